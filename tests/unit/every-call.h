/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every function of romtool.h, called once, on objects of one's own and on some that others use
 * too: what threads-test does at once and sandbox-test where nothing can be opened.
 * tests/contract/symbols-test.py sees to it that none is left out.
 */
#ifndef TESTS_UNIT_EVERY_CALL_H
#define TESTS_UNIT_EVERY_CALL_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/file.h"
#include "core/digest.h"
#include "manifests/manifest.h"
#include "manifests/minisign-sign.h"
#include "romtool.h"
#include "tests/support/rom-words.h"

#define TRAILING "x86 efi raw:bytes=0102" /* a warning: something for a finding */

enum { RELEASED = 1795350896, SLOT = 4096 };

/* What is there before the first call; and handles that every caller shares. */
static struct ground {
    char root[32], manifest_path[64];
    struct rom_builder rom;
    int fd; /* of the ROM */
    struct rt_file files[3];
    struct romtool_blob manifest, signature, key;
    struct romtool_manifest *release;
    struct romtool_rom *loaded;
    struct romtool_inspection *inspection;
} ground = {.root = "/tmp/every-call-XXXXXX"};

#define OR_LINE(holds)                                                                             \
    if (!(holds))                                                                                  \
    return __LINE__

/* ------------------------------------------------------------------------- the calls */

/* Each of these returns 0, or the line that does not hold. */
static inline int call_plain(void)
{
    struct romtool_error err;
    uint64_t slot;

    OR_LINE(romtool_version()[0] != '\0');
    OR_LINE(strcmp(romtool_error_name(ROMTOOL_E_OVERSIZE), "oversize") == 0);
    OR_LINE(romtool_error_verdict(ROMTOOL_E_OVERSIZE) == ROMTOOL_REFUSED);
    OR_LINE(romtool_slot_for_size(SLOT - 1, &slot, &err) == 0 && slot == SLOT);
    OR_LINE(romtool_slot_for_size(0, &slot, &err) == ROMTOOL_E_EMPTY && slot == 0);
    return 0;
}

static inline int call_mandate_find(void)
{
    struct romtool_mandate mandate;
    struct romtool_error err;

    OR_LINE(romtool_mandate_find("debian/bookworm", "q35", "virtio", &mandate, &err) == 0);
    OR_LINE(mandate.slot == 262144 && strcmp(mandate.machine, "pc-q35-7.2") == 0);
    OR_LINE(romtool_mandate_find("debian/bookwurm", "q35", "virtio", &mandate, &err) ==
            ROMTOOL_E_UNKNOWN_PROFILE);
    OR_LINE(strstr(err.text, "debian/bookworm") != NULL);
    return 0;
}

static inline int call_accessors(const struct romtool_rom *rom)
{
    struct romtool_error err;
    uint8_t beginning[2];
    int memfd;

    OR_LINE(romtool_rom_slot(rom) == SLOT && romtool_rom_file_size(rom) == ground.rom.size);
    OR_LINE(memcmp(romtool_rom_data(rom), ground.rom.data, ground.rom.size) == 0);
    OR_LINE(romtool_rom_memfd(rom, &memfd, &err) == 0);
    OR_LINE(pread(memfd, beginning, 2, 0) == 2 && beginning[0] == 0x55 && beginning[1] == 0xaa);
    OR_LINE(close(memfd) == 0);
    return 0;
}

static inline int call_load(const struct romtool_mandate *mandate)
{
    struct romtool_error err;
    struct romtool_rom *rom;
    int line;

    OR_LINE(romtool_load(ground.fd, "x.rom", mandate, 512, 0, &rom, &err) == ROMTOOL_E_OVERSIZE);
    OR_LINE(romtool_load(ground.fd, "x.rom", mandate, 0, 0, &rom, &err) == 0);
    line = call_accessors(rom);
    romtool_rom_free(rom);
    return line;
}

static inline int call_inspection(const struct romtool_inspection *inspection)
{
    struct romtool_rom_summary summary;
    struct romtool_finding finding;
    struct romtool_error err;
    struct romtool_image image;

    romtool_inspection_summary(inspection, &summary);
    OR_LINE(summary.images == 2 && summary.findings_kept > 0 && summary.slot == SLOT);
    OR_LINE(romtool_inspection_image(inspection, 1, &image, &err) == 0);
    OR_LINE(image.type == ROMTOOL_IMAGE_EFI);
    OR_LINE(romtool_inspection_image(inspection, 2, &image, &err) == ROMTOOL_E_USAGE);
    OR_LINE(romtool_inspection_finding(inspection, summary.findings_kept - 1, &finding, &err) == 0);
    OR_LINE(finding.code == ROMTOOL_E_TRAILING_DATA);
    return 0;
}

static inline int call_inspect(void)
{
    struct romtool_inspection *inspection;
    struct romtool_error err;
    int line;

    OR_LINE(romtool_inspect(ground.rom.data, ground.rom.size, 0, &inspection, &err) == 0);
    line = call_inspection(inspection);
    romtool_inspection_free(inspection);
    return line;
}

static inline int call_release(const struct romtool_manifest *release)
{
    struct romtool_mandate mandate;
    struct romtool_error err;

    OR_LINE(romtool_manifest_mandate(release, "pc-q35-7.2", "e1001", &mandate, &err) ==
            ROMTOOL_E_UNKNOWN_DEVICE);
    OR_LINE(romtool_manifest_mandate(release, "pc-q35-7.2", "e1000", &mandate, &err) == 0);
    OR_LINE(mandate.has_sha256 == 1);
    return call_load(&mandate);
}

static inline int call_manifest(void)
{
    const struct romtool_policy policy = {.threshold = 2, .at = RELEASED};
    struct romtool_manifest *release;
    struct romtool_error err;
    int line;

    OR_LINE(romtool_manifest_open_policy(&ground.manifest, &ground.signature, 1, &ground.key, 1,
                                         &policy, &release, &err) == ROMTOOL_E_THRESHOLD);
    OR_LINE(romtool_manifest_open(&ground.manifest, &ground.signature, 1, &ground.key, 1, &release,
                                  &err) == 0);
    line = call_release(release);
    romtool_manifest_free(release);
    return line;
}

/* The one that opens. */
static inline int call_host(void)
{
    struct romtool_manifest *release;
    struct romtool_error err;
    int line;

    OR_LINE(romtool_manifest_open_host(ground.manifest_path, ground.root, RELEASED, &release,
                                       &err) == 0);
    line = call_release(release);
    romtool_manifest_free(release);
    return line;
}

/* All but call_host(). */
static inline int every_call(void)
{
    int line = call_plain();

    line = line == 0 ? call_mandate_find() : line;
    line = line == 0 ? call_inspect() : line;
    line = line == 0 ? call_manifest() : line;
    line = line == 0 ? call_release(ground.release) : line;
    line = line == 0 ? call_accessors(ground.loaded) : line;
    line = line == 0 ? call_inspection(ground.inspection) : line;
    return line;
}

/* ------------------------------------------------------------------------- the ground */

static inline bool put(const char *name, struct rt_bytes bytes)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", ground.root, name);
    return rt_file_write(path, 0644, 0, bytes, NULL) == 0;
}

static inline struct rt_bytes buffer_bytes(const struct rt_buffer *buf)
{
    return (struct rt_bytes){(const uint8_t *)buf->data, buf->len};
}

/* A release of the one ROM, signed by a key of its own, on a host that trusts it. */
static inline bool make_release(void)
{
    static const struct rt_slot_range machine = {.family = "pc-q35-7.2"};
    static const struct rt_manifest_mandate mandate = {"e1000", &machine, 1};
    struct rt_manifest_rom rom = {.file = "x.rom",
                                  .size = ground.rom.size,
                                  .slot = SLOT,
                                  .content_length = ground.rom.size,
                                  .fill = -1,
                                  .mandates = &mandate,
                                  .n_mandates = 1};
    const struct rt_manifest model = {.product = "P",
                                      .channel = "C",
                                      .release = "R",
                                      .serial = 1,
                                      .created = RELEASED,
                                      .profile = "p",
                                      .roms = &rom,
                                      .n_roms = 1};
    struct rt_buffer text = {0}, signature = {0}, trusted = {0};
    struct rt_key_private *key;
    struct rt_key_public public;

    return rt_digest_sha256((struct rt_bytes){ground.rom.data, ground.rom.size}, rom.sha256,
                            NULL) == 0 &&
           rt_manifest_write(&model, &text, NULL) == 0 &&
           rt_key_generate(RT_KEY_ED25519, &key, NULL) == 0 &&
           rt_key_private_public(key, &public, NULL) == 0 &&
           rt_minisign_key_write(&public, &trusted, NULL) == 0 &&
           rt_minisign_sign(key, buffer_bytes(&text), "c", &signature, NULL) == 0 &&
           put("r.json", buffer_bytes(&text)) && put("r.json.minisig", buffer_bytes(&signature)) &&
           put("etc/romtool/trusted.d/a.pub", buffer_bytes(&trusted));
}

static inline bool in_root(const char *command)
{
    char line[160];

    (void)snprintf(line, sizeof(line), "umask 022; cd %s && %s", ground.root, command);
    return system(line) == 0;
}

/* Without a call of libcrypto in this process: its first one is the tests'. */
static inline bool make_ground(void)
{
    static const char *const names[] = {"r.json", "r.json.minisig", "etc/romtool/trusted.d/a.pub"};
    struct romtool_blob *const blobs[] = {&ground.manifest, &ground.signature, &ground.key};
    char path[128];
    int status;
    pid_t child;

    rb_words(&ground.rom, TRAILING);
    if (mkdtemp(ground.root) == NULL || !in_root("mkdir -p etc/romtool/trusted.d") ||
        !put("x.rom", (struct rt_bytes){ground.rom.data, ground.rom.size}))
        return false;
    child = fork();
    if (child == 0)
        _exit(make_release() ? 0 : 1);
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        return false;
    for (int i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", ground.root, names[i]);
        if (rt_file_read(path, 65536, &ground.files[i], NULL) != 0)
            return false;
        *blobs[i] = (struct romtool_blob){ground.files[i].data, ground.files[i].len};
    }
    (void)snprintf(ground.manifest_path, sizeof(ground.manifest_path), "%s/r.json", ground.root);
    (void)snprintf(path, sizeof(path), "%s/x.rom", ground.root);
    ground.fd = open(path, O_RDONLY | O_CLOEXEC);
    return ground.fd >= 0;
}

/* What is shared by all callers; libcrypto is used. */
static inline bool make_shared(void)
{
    const struct romtool_mandate mandate = {.slot = SLOT};

    return romtool_manifest_open(&ground.manifest, &ground.signature, 1, &ground.key, 1,
                                 &ground.release, NULL) == 0 &&
           romtool_load(ground.fd, NULL, &mandate, 0, 0, &ground.loaded, NULL) == 0 &&
           romtool_inspect(ground.rom.data, ground.rom.size, 0, &ground.inspection, NULL) == 0;
}

static inline void free_ground(void)
{
    romtool_manifest_free(ground.release);
    romtool_rom_free(ground.loaded);
    romtool_inspection_free(ground.inspection);
    for (int i = 0; i < 3; i++)
        rt_file_free(&ground.files[i]);
    rb_free(&ground.rom);
    (void)close(ground.fd);
    (void)in_root("rm -rf \"$PWD\"");
}

static inline int tear_down(void **state)
{
    (void)state;
    free_ground();
    return 0;
}

#endif
