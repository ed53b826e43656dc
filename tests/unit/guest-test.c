/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verify/guest, verify/ids: what a guest reads of a ROM, and ids that are not the device's. The
 * real QEMU is the judge in tests/integration/guest-bytes-test.py.
 */
#include "verify/verify.h"

#include "rom/patch.h"
#include "tests/support/rom-words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------------- digests */

/* The sha256 of the slot as QEMU would make it, written out. */
static void expect(const struct rom_builder *rb, size_t slot, uint16_t vendor, uint16_t device)
{
    uint8_t by_default[RT_SHA256_SIZE], by_explicit[RT_SHA256_SIZE], expected[RT_SHA256_SIZE];
    uint8_t *memory = calloc(slot, 1);
    struct rt_bytes file = {rb->data, rb->size};
    struct rt_rom_patch patch;

    assert_non_null(memory);
    assert_int_equal(rt_verify_guest(file, slot, vendor, device, by_default, by_explicit, NULL), 0);
    memcpy(memory, rb->data, rb->size);
    assert_int_equal(rt_digest_sha256((struct rt_bytes){memory, slot}, expected, NULL), 0);
    assert_memory_equal(by_explicit, expected, sizeof(expected));
    rt_rom_patch_ids(file, vendor, device, &patch);
    for (size_t i = 0; i < patch.n; i++)
        memory[patch.bytes[i].offset] = patch.bytes[i].to;
    assert_int_equal(rt_digest_sha256((struct rt_bytes){memory, slot}, expected, NULL), 0);
    assert_memory_equal(by_default, expected, sizeof(expected));
    assert_int_equal(memcmp(by_default, by_explicit, sizeof(by_default)) != 0, patch.n > 0);
    free(memory);
}

static void test_digests(void **state)
{
    struct rom_builder rb = {0};

    (void)state;
    rb_words(&rb, "x86 efi");
    expect(&rb, 2048, 0x1af4, 0x1000); /* nothing to patch */
    expect(&rb, 2048, 0x1af4, 0x1041);
    expect(&rb, 65536, 0x1af5, 0x1000);
    expect(&rb, 65536, 0x8086, 0x100e);
    rb_free(&rb);
    rb_words(&rb, "raw:bytes=01");
    expect(&rb, 1, 0x8086, 0x100e);
    expect(&rb, 4096, 0x8086, 0x100e);
    rb_free(&rb);
    rb_words(&rb, "x86 cut:to=0x25"); /* a patch up to the last byte but one */
    expect(&rb, 64, 0x8086, 0x100e);
    rb_free(&rb);
}

static void test_oversize(void **state)
{
    uint8_t by_default[RT_SHA256_SIZE], by_explicit[RT_SHA256_SIZE];
    struct rom_builder rb = {0};
    struct romtool_error err;

    (void)state;
    rb_words(&rb, "x86 raw:bytes=00");
    assert_int_equal(rt_verify_guest((struct rt_bytes){rb.data, rb.size}, 1024, 1, 1, by_default,
                                     by_explicit, &err),
                     ROMTOOL_E_OVERSIZE);
    assert_string_equal(err.text, "1025 bytes, the slot is 1024");
    rb_free(&rb);
}

/* ------------------------------------------------------------------------- findings */

struct seen {
    size_t n;
    struct rt_finding finding[4];
};

static void see(void *user, const struct rt_finding *finding)
{
    struct seen *seen = user;

    assert_true(seen->n < COUNT(seen->finding));
    seen->finding[seen->n++] = *finding;
}

static void test_ids(void **state)
{
    static const struct {
        const char *words, *foreign, *damaged;
        uint64_t offset; /* of foreign */
    } cases[] = {
        {"x86:vendor=0x8086,device=0x100e", NULL, NULL, 0},
        {"x86:vendor=0x8086,device=0x100e efi", NULL, NULL, 0}, /* edk2 does not look at ids */
        {"efi:vendor=0x8086,device=0x100e", NULL, NULL, 0},
        {"isa", NULL, NULL, 0},
        {"pad:to=4K", NULL, NULL, 0},
        {"raw:bytes=00112233", NULL, NULL, 0},
        {"x86 efi",
         "image 0 is for 1af4:1000, the device is 8086:100e: QEMU patches them in the default ROM, "
         "as an explicit romfile= SeaBIOS skips it",
         NULL, 0x20},
        {"x86:vendor=0x8086,device=0x100f,pcir-at=0x40",
         "image 0 is for 8086:100f, the device is 8086:100e: QEMU patches them in the default ROM, "
         "as an explicit romfile= SeaBIOS skips it",
         NULL, 0x44},
        {"efi:vendor=0x8086,device=0x100e x86",
         "image 1 is for 1af4:1000, the device is 8086:100e: SeaBIOS skips it, QEMU patches the "
         "first image only",
         NULL, 0x420},
        /* 8086:100e and 8680:0e10 have one sum */
        {"efi:vendor=0x8680,device=0x0e10",
         "image 0 is for 8680:0e10, the device is 8086:100e: QEMU patches them in the default ROM, "
         "an explicit romfile= keeps them",
         NULL, 0x20},
        {"efi:vendor=0x8086,device=0x1008",
         "image 0 is for 8086:1008, the device is 8086:100e: QEMU patches them in the default ROM, "
         "an explicit romfile= keeps them",
         "image 0 is EFI, and QEMU's id patch makes its byte 6 0xfa in the default ROM for "
         "8086:100e: edk2 skips it",
         0x20},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct seen seen = {0};
        struct rt_findings findings = {see, &seen};
        struct rom_builder rb = {0};
        size_t n = 0;

        rb_words(&rb, cases[i].words);
        rt_verify_ids((struct rt_bytes){rb.data, rb.size}, 0x8086, 0x100e, &findings);
        rb_free(&rb);
        print_message("# %s\n", cases[i].words);
        if (cases[i].foreign != NULL) {
            assert_int_equal(seen.finding[n].code, ROMTOOL_E_FOREIGN_IDS);
            assert_int_equal(seen.finding[n].severity, RT_WARNING);
            assert_int_equal(seen.finding[n].offset, cases[i].offset);
            assert_string_equal(seen.finding[n++].text, cases[i].foreign);
        }
        if (cases[i].damaged != NULL) {
            assert_int_equal(seen.finding[n].code, ROMTOOL_E_PATCH_DAMAGES_EFI);
            assert_int_equal(seen.finding[n].severity, RT_ERROR);
            assert_int_equal(seen.finding[n].offset, 4);
            assert_string_equal(seen.finding[n++].text, cases[i].damaged);
        }
        assert_int_equal(seen.n, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digests),
        cmocka_unit_test(test_oversize),
        cmocka_unit_test(test_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
