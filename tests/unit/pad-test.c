/* SPDX-License-Identifier: BSD-2-Clause */
/* pad/: which slots can be, what fits, and the slot that QEMU makes of a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pad/pad.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_slots(void **state)
{
    static const struct {
        uint64_t slot;
        int code;
    } cases[] = {
        {0, ROMTOOL_E_NOT_POWER_OF_TWO},
        {1, 0},
        {2, 0},
        {3, ROMTOOL_E_NOT_POWER_OF_TWO},
        {262143, ROMTOOL_E_NOT_POWER_OF_TWO},
        {262144, 0},
        {262145, ROMTOOL_E_NOT_POWER_OF_TWO},
        {ROMTOOL_SLOT_MAX - 1, ROMTOOL_E_NOT_POWER_OF_TWO},
        {ROMTOOL_SLOT_MAX, 0},
        {ROMTOOL_SLOT_MAX + 1, ROMTOOL_E_TOO_LARGE},
        {ROMTOOL_SLOT_MAX * 2, ROMTOOL_E_TOO_LARGE},
        {UINT64_C(1) << 63, ROMTOOL_E_TOO_LARGE},
        {UINT64_MAX, ROMTOOL_E_TOO_LARGE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct romtool_error err;

        rt_error_clear(&err);
        assert_int_equal(rt_pad_check_slot(cases[i].slot, &err), cases[i].code);
        assert_int_equal(err.code, cases[i].code);
        assert_int_equal(rt_pad_check_slot(cases[i].slot, NULL), cases[i].code);
    }
}

static void test_plan(void **state)
{
    static const struct {
        uint64_t size, slot;
        int code;
        uint64_t padding;
    } cases[] = {
        {0, 262144, ROMTOOL_E_EMPTY, 0},
        {1, 1, 0, 0},
        {1, 262144, 0, 262143},
        {131072, 262144, 0, 131072},
        {262143, 262144, 0, 1},
        {262144, 262144, 0, 0},
        {262145, 262144, ROMTOOL_E_OVERSIZE, 0},
        {524288, 262144, ROMTOOL_E_OVERSIZE, 0},
        {UINT64_MAX, 262144, ROMTOOL_E_OVERSIZE, 0},
        {UINT64_MAX, 1, ROMTOOL_E_OVERSIZE, 0},
        {ROMTOOL_SLOT_MAX, ROMTOOL_SLOT_MAX, 0, 0},
        {1, ROMTOOL_SLOT_MAX, 0, ROMTOOL_SLOT_MAX - 1},
        {ROMTOOL_SLOT_MAX + 1, ROMTOOL_SLOT_MAX, ROMTOOL_E_OVERSIZE, 0},
        /* the slot is judged before the size */
        {1, 0, ROMTOOL_E_NOT_POWER_OF_TWO, 0},
        {0, 3, ROMTOOL_E_NOT_POWER_OF_TWO, 0},
        {300000, 300000, ROMTOOL_E_NOT_POWER_OF_TWO, 0},
        {1, ROMTOOL_SLOT_MAX * 2, ROMTOOL_E_TOO_LARGE, 0},
        {UINT64_MAX, UINT64_MAX, ROMTOOL_E_TOO_LARGE, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct romtool_error err;
        uint64_t padding = 77;

        rt_error_clear(&err);
        assert_int_equal(rt_pad_plan(cases[i].size, cases[i].slot, &padding, &err), cases[i].code);
        assert_int_equal(err.code, cases[i].code);
        assert_true(padding == cases[i].padding);
    }
}

static void expect_sentence(uint64_t size, uint64_t slot, uint64_t offset, const char *text)
{
    struct romtool_error err;
    uint64_t padding;

    rt_error_clear(&err);
    assert_true(rt_pad_plan(size, slot, &padding, &err) < 0);
    assert_string_equal(err.text, text);
    assert_true(err.offset == offset);
}

static void test_sentences(void **state)
{
    (void)state;
    expect_sentence(262656, 262144, 262144, "262656 bytes, the slot is 262144: 512 bytes too many");
    expect_sentence(0, 262144, 0, "0 bytes, not a ROM");
    expect_sentence(1, 300000, ROMTOOL_NO_OFFSET, "a slot of 300000 bytes is not a power of two");
    expect_sentence(1, 134217728, ROMTOOL_NO_OFFSET,
                    "a slot of 134217728 bytes, the largest is 67108864");
}

static void test_fill(void **state)
{
    static const uint8_t fills[] = {0x00, 0xff, 0x5a};
    uint8_t data[12];

    (void)state;
    for (size_t i = 0; i < COUNT(fills); i++) {
        for (size_t size = 0; size <= 9; size++) {
            memset(data, 0xa5, sizeof(data));
            rt_pad_fill(data, size, 8, fills[i]);
            for (size_t j = 0; j < sizeof(data); j++)
                assert_int_equal(data[j], j >= size && j < 8 ? fills[i] : 0xa5);
        }
    }
    rt_pad_fill(NULL, 0, 0, 0);
    assert_int_equal(RT_PAD_FILL_DEFAULT, 0);
}

static void test_slot_for_size(void **state)
{
    static const struct {
        uint64_t size, slot;
        int code;
    } cases[] = {
        {0, 0, ROMTOOL_E_EMPTY},
        {1, 1, 0},
        {2, 2, 0},
        {3, 4, 0},
        {65535, 65536, 0},
        {65536, 65536, 0},
        {65537, 131072, 0},
        {249344, 262144, 0}, /* Debian bookworm's efi-virtio.rom */
        {ROMTOOL_SLOT_MAX / 2, ROMTOOL_SLOT_MAX / 2, 0},
        {ROMTOOL_SLOT_MAX / 2 + 1, ROMTOOL_SLOT_MAX, 0},
        {ROMTOOL_SLOT_MAX, ROMTOOL_SLOT_MAX, 0},
        {ROMTOOL_SLOT_MAX + 1, 0, ROMTOOL_E_TOO_LARGE},
        {(UINT64_C(1) << 63) + 1, 0, ROMTOOL_E_TOO_LARGE},
        {UINT64_MAX, 0, ROMTOOL_E_TOO_LARGE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct romtool_error err = {.code = ROMTOOL_E_INTERNAL};
        uint64_t slot = 77;

        assert_int_equal(romtool_slot_for_size(cases[i].size, &slot, &err), cases[i].code);
        assert_int_equal(err.code, cases[i].code);
        assert_true(slot == cases[i].slot);
        slot = 77;
        assert_int_equal(romtool_slot_for_size(cases[i].size, &slot, NULL), cases[i].code);
        assert_true(slot == cases[i].slot);
    }
}

static void test_slot_for_size_usage(void **state)
{
    struct romtool_error err = {.code = ROMTOOL_E_INTERNAL};

    (void)state;
    assert_int_equal(romtool_slot_for_size(1, NULL, &err), ROMTOOL_E_USAGE);
    assert_int_equal(err.code, ROMTOOL_E_USAGE);
    assert_int_equal(romtool_slot_for_size(1, NULL, NULL), ROMTOOL_E_USAGE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slots),         cmocka_unit_test(test_plan),
        cmocka_unit_test(test_sentences),     cmocka_unit_test(test_fill),
        cmocka_unit_test(test_slot_for_size), cmocka_unit_test(test_slot_for_size_usage),
    };

    return cmocka_run_group_tests_name("pad", tests, NULL, NULL);
}
