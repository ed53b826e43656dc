/* SPDX-License-Identifier: BSD-2-Clause */
/* What a destination's QEMU says of a ROM's block: by its version, to the letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "state/restore.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NAME         "0000:00:03.0/virtio-net-pci.rom"

static const struct rt_state_block block = {.name = NAME, .length = 0x40000};

static void check(uint64_t length, const char *qemu, const char *expected)
{
    struct rt_buffer out = {0};

    rt_restore_text(&block, length, qemu, &out);
    assert_false(out.failed);
    assert_string_equal(out.data != NULL ? out.data : "", expected);
    rt_buffer_free(&out);
}

/* The first and the last version of each wording (facts: migration/ram.c of 0.13 to 11.1). */
static void test_differs(void **state)
{
    static const struct {
        const char *first, *last, *text;
    } wordings[] = {
        {"0.13", "1.5", "error while loading state for instance 0x0 of device 'ram'"},
        {"1.6", "2.1", "Length mismatch: " NAME ": 40000 in != 80000"},
        {"2.2", "2.2", "Length mismatch: " NAME ": 0x40000 in != 0x80000"},
        {"2.3", "5.1", "Length mismatch: " NAME ": 0x40000 in != 0x80000: Invalid argument"},
        {"5.2", "11.1", "Size mismatch: " NAME ": 0x40000 != 0x80000: Invalid argument"},
        {"", "unreleased", "Size mismatch: " NAME ": 0x40000 != 0x80000: Invalid argument"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(wordings); i++) {
        check(0x80000, wordings[i].first, wordings[i].text);
        check(0x80000, wordings[i].last, wordings[i].text);
    }
}

static void test_others(void **state)
{
    (void)state;
    check(0x40000, "7.2", "");
    check(0, "7.2", "Unknown ramblock \"" NAME "\", cannot accept migration");
    check(0, "1.5", "Unknown ramblock \"" NAME "\", cannot accept migration");
    assert_int_equal(rt_restore_outcome(&block, 0x40000), RT_RESTORE_SAME);
    assert_int_equal(rt_restore_outcome(&block, 0x20000), RT_RESTORE_DIFFERS);
    assert_int_equal(rt_restore_outcome(&block, 0), RT_RESTORE_MISSING);
}

/* A block has at least a page. */
static void test_length(void **state)
{
    (void)state;
    assert_int_equal(rt_restore_length(0, 12), 0);
    assert_int_equal(rt_restore_length(512, 12), 4096);
    assert_int_equal(rt_restore_length(512, 10), 4096);
    assert_int_equal(rt_restore_length(4096, 12), 4096);
    assert_int_equal(rt_restore_length(8192, 12), 8192);
    assert_int_equal(rt_restore_length(8192, 16), 65536);
    assert_int_equal(rt_restore_length(65536, 16), 65536);
    assert_int_equal(rt_restore_length(262144, 16), 262144);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_differs),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
