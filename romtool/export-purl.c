/* SPDX-License-Identifier: BSD-2-Clause */
/* How SBOMs name what they speak of: package URLs (ECMA-427) and UUIDs (RFC 9562). */
#include "romtool/manifest-export.h"

#include <string.h>

void export_uuid(const struct release_export *release, char ret[EXPORT_UUID_SIZE])
{
    static const size_t groups[] = {4, 2, 2, 2, 6}; /* bytes */
    uint8_t bytes[16];
    size_t at = 0;

    memcpy(bytes, release->sha256, sizeof(bytes));
    bytes[6] = (uint8_t)(0x80 | (bytes[6] & 0x0f)); /* version 8 */
    bytes[8] = (uint8_t)(0x80 | (bytes[8] & 0x3f)); /* variant 10 */
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); at += groups[i++]) {
        if (i > 0)
            *ret++ = '-';
        rt_bytes_to_hex((struct rt_bytes){bytes + at, groups[i]}, ret);
        ret += 2 * groups[i];
    }
}

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool is_made_of(const char *text, const char *characters)
{
    return text[strspn(text, characters)] == '\0';
}

/* Debian Policy 5.6.1 */
static bool is_package_name(const char *text)
{
    return strlen(text) >= 2 && strspn(text, LOWER DIGITS) > 0 &&
           is_made_of(text, LOWER DIGITS "+-.");
}

/* Debian Policy 5.6.12 */
static bool is_package_version(const char *text)
{
    return strspn(text, DIGITS) > 0 && is_made_of(text, LOWER UPPER DIGITS ".+-~:");
}

/* ECMA-427: all but letters, digits, ".-_~" and the colon. */
static void put_encoded(struct rt_buffer *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr(LOWER UPPER DIGITS ".-_~:", *text) != NULL)
            rt_buffer_append(out, text, 1);
        else
            rt_buffer_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

/* The package of "debian/ipxe-qemu", or NULL. */
static const char *package_of(const char *product, const char **ret_vendor)
{
    static const char *const vendors[] = {"debian", "ubuntu"};

    for (size_t i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++) {
        size_t n = strlen(vendors[i]);

        *ret_vendor = vendors[i];
        if (strncmp(product, vendors[i], n) == 0 && product[n] == '/')
            return product + n + 1;
    }
    return NULL;
}

void export_purl(const struct release_export *release, struct rt_buffer *out)
{
    const struct rt_manifest *model = release->model;
    const char *vendor, *package = package_of(model->product, &vendor);

    if (package == NULL || !is_package_name(package) || !is_package_version(model->release))
        return;
    rt_buffer_printf(out, "pkg:deb/%s/", vendor);
    put_encoded(out, package);
    rt_buffer_puts(out, "@");
    put_encoded(out, model->release);
    rt_buffer_puts(out, "?distro=");
    put_encoded(out, model->channel);
}
