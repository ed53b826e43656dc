/* SPDX-License-Identifier: BSD-2-Clause */
/* rom/edit: what is changed and what is not. The sessions in tests/golden/rom say the rest. */
#include "rom/edit.h"
#include "tests/support/rom-words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct seen {
    size_t n;
    struct rt_rom_change change[16];
};

static void see_change(void *user, const struct rt_rom_change *change)
{
    struct seen *seen = user;

    if (seen->n < 16)
        seen->change[seen->n] = *change;
    seen->n++;
}

static struct rom_builder build(const char *words)
{
    struct rom_builder rb = {0};

    rb_words(&rb, words);
    return rb;
}

/* Byte 6 takes a sum up only where no code runs through it. */
static void test_where_a_sum_is_taken_up(void **state)
{
    static const struct {
        uint8_t entry[3];
        size_t at; /* 0: refused */
    } cases[] = {
        {{0xcb, 0, 0}, 6},    {{0xeb, 2, 0}, 6},       {{0xeb, 1, 0}, 0},
        {{0xeb, 0xfe, 0}, 0}, {{0xe9, 1, 0}, 6},       {{0xe9, 0, 0}, 0},
        {{0xe9, 0, 0x80}, 0}, {{0xe8, 0x40, 0x00}, 0}, {{0x90, 0x90, 0x90}, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (int fill = 0; fill < 2; fill++) {
            struct rom_builder rb = build(fill == 1 ? "x86:body=0xff" : "x86:body=0x90");
            struct seen seen = {0};
            struct rt_rom_changes changes = {see_change, &seen};
            struct romtool_error err;
            size_t at = cases[i].at == 0 && fill == 1 ? 1023 : cases[i].at;
            uint8_t before[1024];
            int r;

            memcpy(rb.data + 3, cases[i].entry, 3);
            rb.data[600] ^= 0x01;
            memcpy(before, rb.data, 1024);
            r = rt_rom_fix_checksums(rb.data, rb.size, RT_ROM_EDIT_AUTO, &changes, &err);
            assert_int_equal(r, at == 0 ? ROMTOOL_E_BAD_CHECKSUM : 0);
            assert_int_equal(err.code, r);
            if (r == 0) {
                assert_int_equal(rt_bytes_sum8((struct rt_bytes){rb.data, 1024}), 0);
                assert_int_equal(seen.n, 1);
                assert_int_equal(seen.change[0].offset, at);
                assert_int_equal(seen.change[0].from, before[at]);
                assert_int_equal(seen.change[0].to, rb.data[at]);
                before[at] = rb.data[at];
            }
            assert_memory_equal(rb.data, before, 1024);
            rb_free(&rb);
        }
    }
}

/* The end of a structure is no fill, whatever its bytes are. */
static void test_structures_are_no_fill(void **state)
{
    struct rom_builder rb = build("x86:body=0 patch:at=0x1a,bytes=e003 "
                                  "patch:at=0x3e0,bytes=24506e500102");
    uint8_t before[1024];

    (void)state;
    rb.data[3] = 0x90;
    memcpy(before, rb.data, 1024);
    assert_int_equal(rt_rom_fix_checksums(rb.data, 1024, RT_ROM_EDIT_AUTO, NULL, NULL),
                     ROMTOOL_E_BAD_CHECKSUM);
    assert_memory_equal(rb.data, before, 1024);
    rb_free(&rb);
}

/* The second image cannot be fixed: the first is not, either. */
static void test_all_or_nothing(void **state)
{
    struct rom_builder rb = build("x86:sum=1 x86:body=0x90,sum=1 patch:at=1027,bytes=90");
    struct seen seen = {0};
    struct rt_rom_changes changes = {see_change, &seen};
    uint8_t before[2048];

    (void)state;
    memcpy(before, rb.data, 2048);
    assert_int_equal(rt_rom_fix_checksums(rb.data, 2048, RT_ROM_EDIT_AUTO, &changes, NULL),
                     ROMTOOL_E_BAD_CHECKSUM);
    assert_memory_equal(rb.data, before, 2048);
    assert_int_equal(seen.n, 0);
    rb_free(&rb);
}

/* Where NVIDIA's extension tells which image is the last, it is the one that is written. */
static void test_npde(void **state)
{
    struct rom_builder a = build("x86:vendor=0x10de,npde=1"), b = build("x86:vendor=0x10de,npde=1");
    struct rt_bytes files[2] = {{a.data, a.size}, {b.data, b.size}};
    struct seen seen = {0};
    struct rt_rom_changes changes = {see_change, &seen};
    struct rt_rom rom;
    uint8_t *joined;
    size_t size, file;

    (void)state;
    assert_int_equal(rt_rom_join(files, 2, &joined, &size, &changes, &file, NULL), 0);
    assert_int_equal(size, a.size + b.size);
    assert_int_equal(seen.n, 2);
    assert_string_equal(seen.change[0].what, "last image");
    assert_int_equal(seen.change[0].offset, 0x40 + 0x0a);
    assert_int_equal(rt_rom_read((struct rt_bytes){joined, size}, 0, NULL, NULL, NULL, &rom, NULL),
                     0);
    assert_int_equal(rom.images, 2);
    free(joined);
    rb_free(&a);
    rb_free(&b);
}

/* An image's own id in its list follows; others of the list stay. */
static void test_device_list(void **state)
{
    struct rom_builder rb = build("x86:device=0x1041,devices=3");
    struct rt_rom_image image = {.device_list_at = 0x140, .device_list_n = 3};
    uint16_t id;

    (void)state;
    rb.data[0x142] = 0x41; /* the second: 1041 */
    rb.data[0x143] = 0x10;
    assert_int_equal(rt_rom_fix_checksums(rb.data, rb.size, RT_ROM_EDIT_AUTO, NULL, NULL), 0);
    assert_int_equal(rt_rom_set_ids(rb.data, rb.size, 0, 0x1234, 0x5678, NULL, NULL), 0);
    assert_true(rt_rom_device_id((struct rt_bytes){rb.data, rb.size}, &image, 0, &id));
    assert_int_equal(id, 0x1042);
    assert_true(rt_rom_device_id((struct rt_bytes){rb.data, rb.size}, &image, 1, &id));
    assert_int_equal(id, 0x5678);
    assert_true(rt_rom_device_id((struct rt_bytes){rb.data, rb.size}, &image, 2, &id));
    assert_int_equal(id, 0x1044);
    assert_int_equal(rt_bytes_sum8((struct rt_bytes){rb.data, rb.size}), 0);
    rb_free(&rb);
}

static int count_part(void *user, const struct rt_rom_image *image, struct rt_bytes bytes)
{
    size_t *n = user;
    struct rt_rom rom;

    assert_int_equal(image->index, *n);
    assert_int_equal(rt_rom_read(bytes, 0, NULL, NULL, NULL, &rom, NULL), 0);
    assert_int_equal(rom.images, 1);
    assert_int_equal(rom.content_length, bytes.len);
    return ++*n == 3 ? ROMTOOL_E_IO : 0;
}

/* What a part's taker says ends it. */
static void test_split_ends(void **state)
{
    struct rom_builder rb = build("x86 efi x86 efi");
    size_t n = 0;

    (void)state;
    assert_int_equal(rt_rom_split((struct rt_bytes){rb.data, rb.size}, count_part, &n, NULL),
                     ROMTOOL_E_IO);
    assert_int_equal(n, 3);
    rb_free(&rb);
}

static void test_too_large(void **state)
{
    struct rt_bytes files[2] = {{NULL, (size_t)ROMTOOL_SLOT_MAX}, {NULL, 1}};
    uint8_t *joined;
    size_t size, file;

    (void)state;
    assert_int_equal(rt_rom_join(files, 2, &joined, &size, NULL, &file, NULL), ROMTOOL_E_TOO_LARGE);
    assert_null(joined);
    assert_int_equal(file, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_where_a_sum_is_taken_up),
        cmocka_unit_test(test_structures_are_no_fill),
        cmocka_unit_test(test_all_or_nothing),
        cmocka_unit_test(test_npde),
        cmocka_unit_test(test_device_list),
        cmocka_unit_test(test_split_ends),
        cmocka_unit_test(test_too_large),
    };

    return cmocka_run_group_tests_name("edit", tests, NULL, NULL);
}
