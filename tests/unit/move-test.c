/* SPDX-License-Identifier: BSD-2-Clause */
/* Which fix a move needs, by slots and by the destination's QEMU; tests/integration/plan-test.py
 * applies them to real guests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "slots/move.h"

static const struct {
    uint64_t from, to;
    const char *qemu;
    enum rt_move_fix fix;
    const char *global;
} cases[] = {
    /* before 6.0 there is no romsize */
    {262144, 524288, "5.2", RT_MOVE_ROMFILE, "e1000.romfile=efi-e1000.256K.rom"},
    {262144, 131072, "5.2", RT_MOVE_ROMFILE, "e1000.romfile=efi-e1000.256K.rom"},
    /* from 6.0 it does where the destination's file fits */
    {262144, 131072, "6.0", RT_MOVE_ROMSIZE, "e1000.romsize=262144"},
    {262144, 524288, "6.0", RT_MOVE_ROMFILE, "e1000.romfile=efi-e1000.256K.rom"},
    {262144, 524288, "8.0", RT_MOVE_ROMFILE, "e1000.romfile=efi-e1000.256K.rom"},
    {262144, 524288, "8.0.50", RT_MOVE_ROMFILE, "e1000.romfile=efi-e1000.256K.rom"},
    /* from 8.1 an incoming guest needs no file */
    {262144, 524288, "8.1", RT_MOVE_ROMSIZE_INCOMING, "e1000.romsize=262144"},
    {262144, 524288, "10.0", RT_MOVE_ROMSIZE_INCOMING, "e1000.romsize=262144"},
    {1048576, 2097152, "10.0", RT_MOVE_ROMSIZE_INCOMING, "e1000.romsize=1048576"},
    {2097152, 65536, "10.0", RT_MOVE_ROMSIZE, "e1000.romsize=2097152"},
    /* nothing to give romsize to, and no ROM at all */
    {65536, 0, "10.0", RT_MOVE_ROMFILE, "e1000.romfile=efi-e1000.64K.rom"},
    {0, 65536, "10.0", RT_MOVE_NO_ROM, "e1000.romfile="},
    /* what says no version is taken for old */
    {262144, 131072, "", RT_MOVE_ROMFILE, "e1000.romfile=efi-e1000.256K.rom"},
    {512, 1024, "new", RT_MOVE_ROMFILE, "e1000.romfile=efi-e1000.512.rom"},
    {2097152, 0, "1.0", RT_MOVE_ROMFILE, "e1000.romfile=efi-e1000.2M.rom"},
};

static void expect_text(void (*write)(const struct rt_move *, struct rt_buffer *),
                        const struct rt_move *move, const char *expected)
{
    struct rt_buffer text = {0};

    write(move, &text);
    assert_false(text.failed);
    assert_string_equal(text.data, expected);
    rt_buffer_free(&text);
}

static void test_fix(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct rt_move move = {"e1000", cases[i].from, cases[i].to, "efi-e1000.rom",
                                     cases[i].qemu};

        assert_int_equal(rt_move_fix(&move), cases[i].fix);
        expect_text(rt_move_global, &move, cases[i].global);
    }
}

static void test_libvirt(void **state)
{
    struct rt_move move = {"e1000", 262144, 524288, "efi-e1000.rom", "10.0"};

    (void)state;
    expect_text(rt_move_libvirt, &move, "<rom file='/usr/lib/romtool/roms/efi-e1000.256K.rom'/>");
    move.file = "plain";
    expect_text(rt_move_libvirt, &move, "<rom file='/usr/lib/romtool/roms/plain.256K.rom'/>");
    move.file = NULL;
    expect_text(rt_move_file, &move, "option.256K.rom");
    move.from_slot = 0;
    expect_text(rt_move_libvirt, &move, "<rom enabled='no'/>");
}

/* Every note warns of what must not stay behind, and says how the file that it names is made. */
static void test_note(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct rt_move move = {"e1000", cases[i].from, cases[i].to, "efi-e1000.rom",
                                     cases[i].qemu};
        struct rt_buffer text = {0};

        rt_move_note(&move, &text);
        assert_false(text.failed);
        assert_non_null(strstr(text.data, "not for guests that are started there"));
        assert_int_equal(strstr(text.data, "romtool pad -s") != NULL, cases[i].from != 0);
        assert_int_equal(strstr(text.data, "-incoming") != NULL,
                         cases[i].fix == RT_MOVE_ROMSIZE_INCOMING);
        rt_buffer_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fix),
        cmocka_unit_test(test_libvirt),
        cmocka_unit_test(test_note),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
