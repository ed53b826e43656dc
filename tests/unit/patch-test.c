/* SPDX-License-Identifier: BSD-2-Clause */
/* rom/patch: QEMU's id patch, held against QEMU's steps written out one after the other. */
#include "rom/patch.h"
#include "tests/support/rom-words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct rt_rom_patch patch_of(const struct rom_builder *rb, uint16_t vendor, uint16_t device)
{
    uint8_t *copy = malloc(rb->size); /* exactly the file, for the sanitizer */
    struct rt_rom_patch patch;

    assert_non_null(copy);
    memcpy(copy, rb->data, rb->size);
    rt_rom_patch_ids((struct rt_bytes){copy, rb->size}, vendor, device, &patch);
    free(copy);
    return patch;
}

static struct rt_rom_patch patch_words(const char *words, uint16_t vendor, uint16_t device)
{
    struct rom_builder rb = {0};
    struct rt_rom_patch patch;

    rb_words(&rb, words);
    patch = patch_of(&rb, vendor, device);
    rb_free(&rb);
    return patch;
}

/* As measured with Debian's efi-virtio.rom, which carries 1af4:1041, as a transitional device. */
static void test_efi_virtio(void **state)
{
    struct rt_rom_patch patch =
        patch_words("x86:device=0x1041 patch:at=6,bytes=68", 0x1af4, 0x1000);

    (void)state;
    assert_int_equal(patch.n, 2);
    assert_int_equal(patch.bytes[0].offset, 0x06);
    assert_int_equal(patch.bytes[0].from, 0x68);
    assert_int_equal(patch.bytes[0].to, 0xa9);
    assert_int_equal(patch.bytes[1].offset, 0x22);
    assert_int_equal(patch.bytes[1].from, 0x41);
    assert_int_equal(patch.bytes[1].to, 0x00);
}

static void test_first_image_only(void **state)
{
    struct rt_rom_patch patch = patch_words("efi efi", 0x8086, 0x200e);

    (void)state;
    assert_int_equal(patch.n, 5);
    for (size_t i = 0; i < patch.n; i++)
        assert_true(patch.bytes[i].offset < 0x24);
}

static void test_nothing(void **state)
{
    static const struct {
        const char *words;
        uint16_t vendor, device;
    } cases[] = {
        {"x86", 0x1af4, 0x1000}, /* has them */
        {"raw:bytes=55", 0x8086, 0x100e},
        {"raw:bytes=55aa", 0x8086, 0x100e},
        {"x86 patch:at=0,bytes=56", 0x8086, 0x100e},
        {"x86 patch:at=0x1f,bytes=53", 0x8086, 0x100e}, /* "PCIS" */
        {"x86 cut:to=0x24", 0x8086, 0x100e},            /* the ids, and nothing behind */
        {"x86:pcir-pointer=0", 0x8086, 0x100e},
        {"x86:pcir-pointer=0xffff", 0x8086, 0x100e},
        {"isa", 0x8086, 0x100e},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rt_rom_patch patch = patch_words(cases[i].words, cases[i].vendor, cases[i].device);

        if (patch.n != 0)
            fail_msg("%s: %zu bytes", cases[i].words, patch.n);
    }
    assert_int_equal(patch_words("x86 cut:to=0x25", 0x8086, 0x200e).n, 5);
}

/* Ids with the same sum: byte 6 stays. */
static void test_same_sum(void **state)
{
    struct rt_rom_patch patch = patch_words("efi:vendor=0x1234,device=0x5678", 0x3412, 0x7856);

    (void)state;
    assert_int_equal(patch.n, 4);
    assert_int_equal(patch.bytes[0].offset, 0x20);
}

/* ------------------------------------------------------------------------- against the steps */

static void put16(uint8_t *rom, size_t at, unsigned value)
{
    rom[at] = (uint8_t)value;
    rom[at + 1] = (uint8_t)(value >> 8);
}

/* What QEMU does with a ROM whose PCIR it has found at pcir, byte after byte. */
static void patch_in_steps(uint8_t *rom, size_t pcir, unsigned vendor, unsigned device)
{
    unsigned old_vendor = rom[pcir + 4] | (unsigned)rom[pcir + 5] << 8;
    unsigned old_device = rom[pcir + 6] | (unsigned)rom[pcir + 7] << 8;
    unsigned sum = rom[6];

    if (old_vendor != vendor) {
        sum += old_vendor % 256 + old_vendor / 256 - vendor % 256 - vendor / 256;
        rom[6] = (uint8_t)sum;
        put16(rom, pcir + 4, vendor);
    }
    if (old_device != device) {
        sum += old_device % 256 + old_device / 256 - device % 256 - device / 256;
        rom[6] = (uint8_t)sum;
        put16(rom, pcir + 6, device);
    }
}

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 16;
}

static void test_every_place(void **state)
{
    uint32_t seed = 1;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t rom[64], patched[64], expected[64];
        /* at 2 byte 6 is an id's; between 0x10 and 0x1a the pointer would be in the PCIR */
        size_t pcir = round % 4 == 0 ? 2 : round % 4 == 1 ? 3 + round / 4 % 13 : 0x1a + round % 29;
        uint16_t vendor, device;
        struct rt_rom_patch patch;

        for (size_t i = 0; i < sizeof(rom); i++)
            rom[i] = (uint8_t)next(&seed);
        memcpy(rom, "\x55\xaa", 2);
        memcpy(rom + pcir, "PCIR", 4);
        put16(rom, 0x18, (unsigned)pcir);
        vendor =
            (uint16_t)(round % 3 == 0 ? rom[pcir + 4] | (uint32_t)rom[pcir + 5] << 8 : next(&seed));
        device =
            (uint16_t)(round % 5 == 0 ? rom[pcir + 6] | (uint32_t)rom[pcir + 7] << 8 : next(&seed));
        memcpy(patched, rom, sizeof(rom));
        memcpy(expected, rom, sizeof(rom));
        rt_rom_patch_ids((struct rt_bytes){rom, sizeof(rom)}, vendor, device, &patch);
        for (size_t i = 0; i < patch.n; i++) {
            assert_int_equal(patched[patch.bytes[i].offset], patch.bytes[i].from);
            assert_int_not_equal(patch.bytes[i].from, patch.bytes[i].to);
            patched[patch.bytes[i].offset] = patch.bytes[i].to;
        }
        patch_in_steps(expected, pcir, vendor, device);
        assert_memory_equal(patched, expected, sizeof(patched));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_efi_virtio),  cmocka_unit_test(test_first_image_only),
        cmocka_unit_test(test_nothing),     cmocka_unit_test(test_same_sum),
        cmocka_unit_test(test_every_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
