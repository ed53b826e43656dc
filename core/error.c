/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(struct romtool_error) == 512, "frozen");
_Static_assert(sizeof(struct romtool_mandate) == 440, "frozen");
_Static_assert(sizeof(struct romtool_policy) == 32, "frozen");

/* No default: the compiler names the code that lacks a name. */
const char *romtool_error_name(int code)
{
    switch ((enum romtool_code)code) {
    case ROMTOOL_OK:
        return "ok";
    case ROMTOOL_E_OVERSIZE:
        return "oversize";
    case ROMTOOL_E_UNDERSIZE:
        return "undersize";
    case ROMTOOL_E_NOT_POWER_OF_TWO:
        return "not-power-of-two";
    case ROMTOOL_E_NOT_PADDED:
        return "not-padded";
    case ROMTOOL_E_WRONG_FILL:
        return "wrong-fill";
    case ROMTOOL_E_TOO_LARGE:
        return "too-large";
    case ROMTOOL_E_EMPTY:
        return "empty";
    case ROMTOOL_E_NOT_A_ROM:
        return "not-a-rom";
    case ROMTOOL_E_TRUNCATED:
        return "truncated";
    case ROMTOOL_E_BAD_PCIR:
        return "bad-pcir";
    case ROMTOOL_E_BAD_LENGTH:
        return "bad-length";
    case ROMTOOL_E_BAD_CHECKSUM:
        return "bad-checksum";
    case ROMTOOL_E_BAD_EFI_HEADER:
        return "bad-efi-header";
    case ROMTOOL_E_NO_LAST_IMAGE:
        return "no-last-image";
    case ROMTOOL_E_TRAILING_DATA:
        return "trailing-data";
    case ROMTOOL_E_NO_PCIR:
        return "no-pcir";
    case ROMTOOL_E_BLANK:
        return "blank";
    case ROMTOOL_E_LENGTH_WRAP:
        return "length-wrap";
    case ROMTOOL_E_HIDDEN_IMAGE:
        return "hidden-image";
    case ROMTOOL_E_DECOY:
        return "decoy";
    case ROMTOOL_E_PREAMBLE:
        return "preamble";
    case ROMTOOL_E_BAD_DEVICE_LIST:
        return "bad-device-list";
    case ROMTOOL_E_BAD_POINTER:
        return "bad-pointer";
    case ROMTOOL_E_BAD_PNP:
        return "bad-pnp";
    case ROMTOOL_E_PNP_LOOP:
        return "pnp-loop";
    case ROMTOOL_E_BAD_UNDI:
        return "bad-undi";
    case ROMTOOL_E_BAD_IPXE:
        return "bad-ipxe";
    case ROMTOOL_E_BAD_JSON:
        return "bad-json";
    case ROMTOOL_E_BAD_MANIFEST:
        return "bad-manifest";
    case ROMTOOL_E_BAD_SLOT_FILE:
        return "bad-slot-file";
    case ROMTOOL_E_BAD_KEY:
        return "bad-key";
    case ROMTOOL_E_BAD_SIGNATURE:
        return "bad-signature";
    case ROMTOOL_E_UNTRUSTED_KEY:
        return "untrusted-key";
    case ROMTOOL_E_UNSIGNED:
        return "unsigned";
    case ROMTOOL_E_DIGEST_MISMATCH:
        return "digest-mismatch";
    case ROMTOOL_E_SIZE_MISMATCH:
        return "size-mismatch";
    case ROMTOOL_E_MISSING:
        return "missing";
    case ROMTOOL_E_EXTRA:
        return "extra";
    case ROMTOOL_E_THRESHOLD:
        return "threshold";
    case ROMTOOL_E_REVOKED_KEY:
        return "revoked-key";
    case ROMTOOL_E_RELEASE_EXPIRED:
        return "release-expired";
    case ROMTOOL_E_ROLLBACK:
        return "rollback";
    case ROMTOOL_E_FAST_FORWARD:
        return "fast-forward";
    case ROMTOOL_E_WITHDRAWN:
        return "withdrawn";
    case ROMTOOL_E_UNSAFE_TRUST:
        return "unsafe-trust";
    case ROMTOOL_E_BAD_POLICY:
        return "bad-policy";
    case ROMTOOL_E_NOT_YET_CREATED:
        return "not-yet-created";
    case ROMTOOL_E_UNSUPPORTED_ARGUMENT:
        return "unsupported-argument";
    case ROMTOOL_E_SHADOWED:
        return "shadowed";
    case ROMTOOL_E_SLOT_CHANGED:
        return "slot-changed";
    case ROMTOOL_E_HOLE:
        return "hole";
    case ROMTOOL_E_NOT_ON_MASTER:
        return "not-on-master";
    case ROMTOOL_E_TWO_BUGFIX_TYPES:
        return "two-bugfix-types";
    case ROMTOOL_E_NEW_TAG:
        return "new-tag";
    case ROMTOOL_E_EXPIRED:
        return "expired";
    case ROMTOOL_E_UNKNOWN_DRIVER:
        return "unknown-driver";
    case ROMTOOL_E_ROM_NOT_FOUND:
        return "rom-not-found";
    case ROMTOOL_E_SERIAL_NOT_GROWN:
        return "serial-not-grown";
    case ROMTOOL_E_BAD_NPDE:
        return "bad-npde";
    case ROMTOOL_E_BAD_FCODE:
        return "bad-fcode";
    case ROMTOOL_E_BAD_COMPRESSION:
        return "bad-compression";
    case ROMTOOL_E_BAD_PE:
        return "bad-pe";
    case ROMTOOL_E_MACHINE_MISMATCH:
        return "machine-mismatch";
    case ROMTOOL_E_BAD_CERTIFICATE:
        return "bad-certificate";
    case ROMTOOL_E_CERTIFICATE_NOT_AT_END:
        return "certificate-not-at-end";
    case ROMTOOL_E_FOREIGN_IDS:
        return "foreign-ids";
    case ROMTOOL_E_PATCH_DAMAGES_EFI:
        return "patch-damages-efi";
    case ROMTOOL_E_BAD_STREAM:
        return "bad-stream";
    case ROMTOOL_E_BAD_SAVE:
        return "bad-save";
    case ROMTOOL_E_INCOMPLETE_SAVE:
        return "incomplete-save";
    case ROMTOOL_E_BAD_QCOW2:
        return "bad-qcow2";
    case ROMTOOL_E_BAD_COMPRESSED:
        return "bad-compressed";
    case ROMTOOL_E_BAD_DOMAIN:
        return "bad-domain";
    case ROMTOOL_E_NO_VM_STATE:
        return "no-vm-state";
    case ROMTOOL_E_XBZRLE:
        return "xbzrle";
    case ROMTOOL_E_ROM_INCOMPLETE:
        return "rom-incomplete";
    case ROMTOOL_E_UNKNOWN_ROM:
        return "unknown-rom";
    case ROMTOOL_E_ALTERED_ROM:
        return "altered-rom";
    case ROMTOOL_E_WONT_RESTORE:
        return "wont-restore";
    case ROMTOOL_E_NO_ROOM:
        return "no-room";
    case ROMTOOL_E_IO:
        return "io";
    case ROMTOOL_E_NOT_FOUND:
        return "not-found";
    case ROMTOOL_E_NOT_REGULAR:
        return "not-regular";
    case ROMTOOL_E_CHANGED:
        return "changed";
    case ROMTOOL_E_NO_MEMORY:
        return "no-memory";
    case ROMTOOL_E_UNAVAILABLE:
        return "unavailable";
    case ROMTOOL_E_UNKNOWN_PROFILE:
        return "unknown-profile";
    case ROMTOOL_E_UNKNOWN_MACHINE:
        return "unknown-machine";
    case ROMTOOL_E_UNKNOWN_DEVICE:
        return "unknown-device";
    case ROMTOOL_E_NO_MANDATE:
        return "no-mandate";
    case ROMTOOL_E_BUSY:
        return "busy";
    case ROMTOOL_E_UNSUPPORTED:
        return "unsupported";
    case ROMTOOL_E_NO_MACHINE:
        return "no-machine";
    case ROMTOOL_E_INTERNAL:
        return "internal";
    case ROMTOOL_E_USAGE:
        return "usage";
    }
    return "unknown";
}

enum romtool_verdict romtool_error_verdict(int code)
{
    if (code == ROMTOOL_OK)
        return ROMTOOL_HELD;
    return code <= -100 && code > -200 ? ROMTOOL_REFUSED : ROMTOOL_UNDECIDED;
}

const char *rt_severity_name(enum rt_severity severity)
{
    switch (severity) {
    case RT_INFO:
        return "info";
    case RT_WARNING:
        return "warning";
    case RT_ERROR:
        break;
    }
    return "error";
}

/* Sentences quote untrusted names: what a terminal would act upon does not get through. */
static void make_printable(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f)
            *text = '?';
    }
}

void rt_error_clear(struct romtool_error *err)
{
    if (err == NULL)
        return;
    *err = (struct romtool_error){.offset = ROMTOOL_NO_OFFSET};
}

static bool may_record(const struct romtool_error *err)
{
    return err != NULL && err->code == ROMTOOL_OK;
}

int rt_error_set(struct romtool_error *err, int code, uint64_t offset, const char *fmt, ...)
{
    va_list ap;

    if (!may_record(err))
        return code;
    err->code = code;
    err->sys_errno = 0;
    err->offset = offset;
    va_start(ap, fmt);
    (void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
    va_end(ap);
    make_printable(err->text);
    return code;
}

int rt_error_system(struct romtool_error *err, int code, int sys_errno, const char *fmt, ...)
{
    char reason[80];
    size_t used;
    va_list ap;

    if (!may_record(err))
        return code;
    err->code = code;
    err->sys_errno = sys_errno;
    err->offset = ROMTOOL_NO_OFFSET;
    va_start(ap, fmt);
    (void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
    va_end(ap);
    if (strerror_r(sys_errno, reason, sizeof(reason)) != 0)
        (void)snprintf(reason, sizeof(reason), "errno %d", sys_errno);
    used = strlen(err->text);
    (void)snprintf(err->text + used, sizeof(err->text) - used, ": %s", reason);
    make_printable(err->text);
    return code;
}

int rt_error_hand_on(struct romtool_error *err, const struct romtool_error *why)
{
    if (may_record(err))
        *err = *why;
    return why->code;
}

int rt_error_no_memory(struct romtool_error *err)
{
    return rt_error_set(err, ROMTOOL_E_NO_MEMORY, ROMTOOL_NO_OFFSET, "out of memory");
}

void rt_error_prefix(struct romtool_error *err, const char *fmt, ...)
{
    char text[sizeof(err->text)];
    size_t used;
    va_list ap;

    if (err == NULL || err->code == ROMTOOL_OK)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    used = strlen(text);
    if (snprintf(text + used, sizeof(text) - used, ": %s", err->text) < 0) /* cut to fit */
        text[used] = '\0';
    memcpy(err->text, text, sizeof(text));
    make_printable(err->text);
}

void rt_finding_add(const struct rt_findings *findings, int code, enum rt_severity severity,
                    uint64_t offset, const char *fmt, ...)
{
    struct rt_finding finding = {.code = code, .severity = severity, .offset = offset};
    va_list ap;

    if (findings == NULL || findings->add == NULL)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(finding.text, sizeof(finding.text), fmt, ap);
    va_end(ap);
    make_printable(finding.text);
    findings->add(findings->user, &finding);
}
