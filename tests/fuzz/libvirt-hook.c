/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hook's decision about hostile domain XML: an answer to every document, and what comes out of
 * a rewriting starts, and is not rewritten again.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "loader/libvirt-hook.h"

/* An image of 512 bytes, and what follows is zero: x86, PCI Firmware 3.3, 5.1.2. */
static const uint8_t HEAD[] = {
    0x55, 0xaa, 1, 0xcb, 0, 0,    0, 0, 0, 0,   0,   0,    0,   0,    0,    0,    0,    0, 0,
    0,    0,    0, 0,    0, 0x1c, 0, 0, 0, 'P', 'C', 'I',  'R', 0xf4, 0x1a, 0x00, 0x10, 0, 0,
    0x18, 0,    0, 0,    0, 2,    1, 0, 0, 0,   0,   0x80, 0,   0,    0,    0,    0,    0,
};

static int find(void *user, const char *file, char **ret, struct romtool_error *err)
{
    (void)user;
    *ret = strdup(strstr(file, "virtio") != NULL ? "/q/small" : "/q/large");
    return *ret == NULL ? rt_error_no_memory(err) : 0;
}

/* "/s...": exactly 256 KiB; else a quarter, or twice of that. */
static int read_rom(void *user, const char *path, uint64_t limit, uint64_t *ret_size,
                    struct rt_file *ret, struct romtool_error *err)
{
    uint8_t sum = 0;

    (void)user;
    *ret = (struct rt_file){0};
    *ret_size = path[1] == 's' ? 262144 : strstr(path, "large") != NULL ? 524288 : 65536;
    if (*ret_size > limit)
        return 0;
    ret->len = (size_t)*ret_size;
    ret->data = calloc(1, ret->len);
    if (ret->data == NULL)
        return rt_error_no_memory(err);
    memcpy(ret->data, HEAD, sizeof(HEAD));
    for (size_t i = 0; i < sizeof(HEAD); i++)
        sum = (uint8_t)(sum + HEAD[i]);
    ret->data[511] = (uint8_t)-sum;
    return 0;
}

static int stored(void *user, const char *file, uint64_t slot, size_t index, char **ret,
                  struct romtool_error *err)
{
    (void)user;
    *ret = NULL;
    if (slot != 262144 || index > 0 || strstr(file, "virtio") != NULL)
        return 0;
    *ret = strdup("/s&'<");
    return *ret == NULL ? rt_error_no_memory(err) : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rt_slot_profile profile;
    struct rt_libvirt_ground ground = {
        .profile = &profile, .find = find, .read = read_rom, .stored = stored};
    struct romtool_error err = {0}, again = {0};
    struct rt_buffer out, other;
    int r;

    FUZZ_CHECK(rt_slot_profile_find("debian/bookworm", &profile, NULL) == 0);
    r = rt_libvirt_decide(&ground, RT_LIBVIRT_INCOMING, (struct rt_bytes){data, size}, &out, &err);
    FUZZ_CHECK(r == err.code && r != ROMTOOL_E_INTERNAL);
    FUZZ_CHECK(r == 0 || out.data == NULL);
    if (r == 0) {
        struct rt_bytes xml =
            out.data != NULL ? rt_buffer_bytes(&out) : (struct rt_bytes){data, size};

        FUZZ_CHECK(rt_libvirt_decide(&ground, RT_LIBVIRT_PREPARE, xml, &other, &again) == 0);
        FUZZ_CHECK(other.data == NULL);
        FUZZ_CHECK(rt_libvirt_decide(&ground, RT_LIBVIRT_INCOMING, xml, &other, &again) == 0);
        FUZZ_CHECK(other.data == NULL);
    }
    rt_buffer_free(&out);
    rt_error_clear(&again);
    FUZZ_CHECK(rt_libvirt_decide(&ground, RT_LIBVIRT_PREPARE, (struct rt_bytes){data, size}, &other,
                                 &again) == again.code);
    FUZZ_CHECK(other.data == NULL);
    return 0;
}
