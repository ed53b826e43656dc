/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state/pages: the ROMs' bytes out of every kind of page record, in any order and more than once;
 * what cannot be followed is a finding.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "state-reading.h"
#include "state-variants.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_variants(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(variants); i++) {
        const struct sb_spec *spec = &variants[i / 2];
        bool is_pipe = i % 2 == 1;
        struct rt_buffer built = {0};
        struct reading reading;

        sb_stream(&built, spec);
        read_roms(&reading, built.data, built.len, is_pipe);
        assert_int_equal(reading.roms.n, 1);
        assert_int_equal(reading.roms.page_size, spec->page_bits == 0 ? 4096 : SMALL_PAGE);
        if (spec->mapped_ram && is_pipe) { /* the bitmap is behind what was passed */
            assert_false(reading.roms.complete);
            assert_true(has_found(&reading.found, ROMTOOL_E_UNSUPPORTED));
            assert_true(has_found(&reading.found, ROMTOOL_E_ROM_INCOMPLETE));
            check_incomplete(&reading, 0);
        } else {
            if (reading.found.n != (spec->bulk ? 1 : 0))
                fail_msg("variant %zu: %s", i / 2, reading.found.last.text);
            assert_true(!spec->bulk || reading.found.codes[0] == ROMTOOL_E_UNSUPPORTED);
            assert_true(reading.roms.complete);
            check_rom(&reading, 0, rom_data, sizeof(rom_data));
        }
        end_reading(&reading);
        rt_buffer_free(&built);
    }
}

/* ------------------------------------------------------------------------- single records */

#define OTHER_ROM "0000:00:1c.0:00.0/virtio-net-pci.rom"

static const struct sb_block two_roms[] = {
    {.name = "pc.ram", .length = 4 * SMALL_PAGE},
    {.name = ROM_NAME, .length = 2 * SMALL_PAGE},
    {.name = OTHER_ROM, .length = 2 * SMALL_PAGE},
};

/* Up to where the pages of the memory's last section begin. */
static void begin_pages(struct rt_buffer *out)
{
    static const struct sb_spec spec = {.machine = "pc-q35-7.2", BLOCKS(two_roms), .footers = true};

    sb_before_ram(out, &spec);
    sb_list(out, &spec);
    sb_u64(out, SB_EOS);
    sb_footer(out, 2);
    sb_go_on(out, SB_END, 2);
}

static void end_pages(struct rt_buffer *out)
{
    sb_u64(out, SB_EOS);
    sb_footer(out, 2);
}

static void fill_page(uint8_t page[SMALL_PAGE], uint8_t value)
{
    memset(page, value, SMALL_PAGE);
}

/* Pages of all kinds, in no order, over each other, of blocks that alternate. */
static void test_records(void **state)
{
    uint8_t a[SMALL_PAGE], b[SMALL_PAGE], expected[2 * SMALL_PAGE];
    struct rt_buffer built = {0};

    (void)state;
    fill_page(a, 0xaa);
    fill_page(b, 0xbb);
    begin_pages(&built);
    sb_page(&built, OTHER_ROM, SMALL_PAGE, a, SMALL_PAGE, 0);
    sb_page(&built, NULL, 0, b, SMALL_PAGE, SB_CONTINUE);
    sb_page(&built, "pc.ram", 0, a, SMALL_PAGE, 0);
    sb_zero_page(&built, NULL, SMALL_PAGE, SB_CONTINUE);
    sb_compressed_page(&built, NULL, 2 * SMALL_PAGE, a, SMALL_PAGE, SB_CONTINUE);
    sb_xbzrle_page(&built, NULL, 0, a, 100, SB_CONTINUE);
    sb_u64(&built, SB_MULTIFD_FLUSH);
    sb_page(&built, NULL, 3 * SMALL_PAGE, b, SMALL_PAGE, SB_CONTINUE);
    sb_compressed_page(&built, ROM_NAME, 0, a, SMALL_PAGE, 0);
    sb_page_head(&built, NULL, SMALL_PAGE, SB_CONTINUE | SB_ZERO);
    sb_u8(&built, 0xcc); /* a page of one byte, as QEMU up to 2.x wrote it */
    sb_zero_page(&built, OTHER_ROM, 0, 0);
    sb_page(&built, OTHER_ROM, SMALL_PAGE, b, SMALL_PAGE, 0);
    end_pages(&built);
    for (int is_pipe = 0; is_pipe < 2; is_pipe++) {
        struct reading reading;

        read_roms(&reading, built.data, built.len, is_pipe == 1);
        assert_int_equal(reading.found.n, 0);
        assert_true(reading.roms.complete);
        assert_int_equal(reading.roms.n, 2);
        memset(expected, 0xaa, SMALL_PAGE);
        memset(expected + SMALL_PAGE, 0xcc, SMALL_PAGE);
        check_rom(&reading, 0, expected, sizeof(expected));
        memset(expected, 0, SMALL_PAGE);
        memset(expected + SMALL_PAGE, 0xbb, SMALL_PAGE);
        check_rom(&reading, 1, expected, sizeof(expected));
        end_reading(&reading);
    }
    rt_buffer_free(&built);
}

/* A zero page allocates nothing; all of a ROM's may be zero. */
static void test_zeroes(void **state)
{
    struct rt_buffer built = {0};
    struct reading reading;

    (void)state;
    begin_pages(&built);
    for (uint64_t at = 0; at < 2 * SMALL_PAGE; at += SMALL_PAGE) {
        sb_zero_page(&built, ROM_NAME, at, 0);
        sb_zero_page(&built, OTHER_ROM, at, 0);
    }
    end_pages(&built);
    read_roms(&reading, built.data, built.len, false);
    assert_int_equal(reading.found.n, 0);
    assert_int_equal(reading.roms.held, 0);
    check_rom(&reading, 0, NULL, 0);
    check_rom(&reading, 1, NULL, 0);
    end_reading(&reading);
    rt_buffer_free(&built);
}

/* The last page of a ROM whose length is no multiple of a page: no such slot is made by QEMU. */
static void test_odd_length(void **state)
{
    static const struct sb_block blocks[] = {
        {.name = ROM_NAME, .length = SMALL_PAGE + 512},
    };
    static const struct sb_spec spec = {.machine = "pc-q35-7.2", BLOCKS(blocks)};
    uint8_t page[SMALL_PAGE + 512];
    struct rt_buffer built = {0};
    struct reading reading;

    (void)state;
    memset(page, 0x77, sizeof(page));
    /* a length with flags in it: the list's sum cannot say it */
    sb_before_ram(&built, &spec);
    sb_section(&built, SB_START, 2, "ram", 0, 4);
    sb_u64(&built, (2 * SMALL_PAGE) | SB_MEM_SIZE);
    sb_name(&built, ROM_NAME);
    sb_u64(&built, SMALL_PAGE + 512);
    sb_name(&built, "rest");
    sb_u64(&built, 512);
    sb_u64(&built, SB_EOS);
    sb_go_on(&built, SB_END, 2);
    sb_page(&built, ROM_NAME, 0, page, SMALL_PAGE, 0);
    sb_page(&built, ROM_NAME, SMALL_PAGE, page, SMALL_PAGE, 0);
    sb_u64(&built, SB_EOS);
    read_roms(&reading, built.data, built.len, false);
    assert_int_equal(reading.found.n, 0);
    check_rom(&reading, 0, page, sizeof(page));
    end_reading(&reading);
    rt_buffer_free(&built);
}

/* ------------------------------------------------------------------------- what is found */

static uint8_t any_page[SMALL_PAGE] = {1, 2, 3};

static void put_xbzrle(struct rt_buffer *out)
{
    sb_xbzrle_page(out, ROM_NAME, 0, any_page, 5, 0);
}

static void put_hook(struct rt_buffer *out)
{
    sb_u64(out, SB_HOOK);
}

static void put_no_flags(struct rt_buffer *out)
{
    sb_u64(out, SMALL_PAGE);
}

static void put_two_flags(struct rt_buffer *out)
{
    sb_u64(out, SB_PAGE | SB_ZERO);
}

static void put_second_list(struct rt_buffer *out)
{
    sb_u64(out, SMALL_PAGE | SB_MEM_SIZE);
}

static void put_continue_first(struct rt_buffer *out)
{
    sb_zero_page(out, NULL, 0, SB_CONTINUE);
}

static void put_other_block(struct rt_buffer *out)
{
    sb_zero_page(out, "pc.rom", 0, 0);
}

static void put_no_block(struct rt_buffer *out)
{
    sb_zero_page(out, "", 0, 0);
}

static void put_block_and_nul(struct rt_buffer *out)
{
    sb_u64(out, SB_ZERO);
    sb_u8(out, 9);
    rt_buffer_append(out, "pc.ram\0xx", 9);
    sb_u8(out, 0);
}

static void put_page_behind(struct rt_buffer *out)
{
    sb_page(out, ROM_NAME, 2 * SMALL_PAGE, any_page, SMALL_PAGE, 0);
}

static void put_page_far_behind(struct rt_buffer *out)
{
    sb_page(out, ROM_NAME, UINT64_MAX & ~UINT64_C(0x3ff), any_page, SMALL_PAGE, 0);
}

static void put_page_behind_memory(struct rt_buffer *out)
{
    sb_zero_page(out, "pc.ram", 4 * SMALL_PAGE, 0);
}

static void put_no_zlib(struct rt_buffer *out)
{
    sb_page_head(out, ROM_NAME, 0, SB_COMPRESSED);
    sb_u32(out, 8);
    rt_buffer_append(out, "not zlib", 8);
}

static void put_short_zlib(struct rt_buffer *out)
{
    sb_compressed_page(out, ROM_NAME, 0, any_page, SMALL_PAGE - 1, 0);
}

static void put_long_zlib(struct rt_buffer *out)
{
    static const uint8_t pages[2 * SMALL_PAGE];

    sb_compressed_page(out, ROM_NAME, 0, pages, sizeof(pages), 0);
}

static void put_huge_compressed(struct rt_buffer *out)
{
    sb_page_head(out, ROM_NAME, 0, SB_COMPRESSED);
    sb_u32(out, UINT32_MAX);
}

static const struct {
    const char *name;
    void (*put)(struct rt_buffer *out);
    int code;
} wrongs[] = {
    {"a difference", put_xbzrle, ROMTOOL_E_XBZRLE},
    {"RDMA's", put_hook, ROMTOOL_E_BAD_STREAM},
    {"no flags", put_no_flags, ROMTOOL_E_BAD_STREAM},
    {"two flags", put_two_flags, ROMTOOL_E_BAD_STREAM},
    {"a second list", put_second_list, ROMTOOL_E_BAD_STREAM},
    {"continued at first", put_continue_first, ROMTOOL_E_BAD_STREAM},
    {"a block that is not listed", put_other_block, ROMTOOL_E_BAD_STREAM},
    {"a block without a name", put_no_block, ROMTOOL_E_BAD_STREAM},
    {"a block's name, and a NUL", put_block_and_nul, ROMTOOL_E_BAD_STREAM},
    {"behind the ROM", put_page_behind, ROMTOOL_E_BAD_STREAM},
    {"far behind the ROM", put_page_far_behind, ROMTOOL_E_BAD_STREAM},
    {"behind the memory", put_page_behind_memory, ROMTOOL_E_BAD_STREAM},
    {"no zlib", put_no_zlib, ROMTOOL_E_BAD_COMPRESSED},
    {"less than a page", put_short_zlib, ROMTOOL_E_BAD_COMPRESSED},
    {"more than a page", put_long_zlib, ROMTOOL_E_BAD_COMPRESSED},
    {"4 GiB compressed", put_huge_compressed, ROMTOOL_E_BAD_STREAM},
};

/* Each ends the reading, says where, and leaves what was read before it. */
static void test_wrongs(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(wrongs); i++) {
        struct rt_buffer built = {0};
        struct reading reading;
        size_t at;

        begin_pages(&built);
        if (wrongs[i / 2].put != put_continue_first) {
            for (uint64_t page = 0; page < 2; page++)
                sb_page(&built, OTHER_ROM, page * SMALL_PAGE, any_page, SMALL_PAGE, 0);
        }
        at = built.len;
        wrongs[i / 2].put(&built);
        end_pages(&built);
        read_roms(&reading, built.data, built.len, i % 2 == 1);
        assert_false(reading.roms.complete);
        if (reading.found.n < 2 || reading.found.codes[0] != wrongs[i / 2].code)
            fail_msg("%s: %d, %s", wrongs[i / 2].name, reading.found.codes[0],
                     reading.found.last.text);
        assert_true(has_found(&reading.found, ROMTOOL_E_ROM_INCOMPLETE));
        assert_true(at < built.len);
        check_incomplete(&reading, 0);
        if (wrongs[i / 2].put != put_continue_first) {
            uint8_t expected[2 * SMALL_PAGE];

            /* whole, but its pages may come again: that is said of it, last */
            assert_int_equal(reading.found.last.code, ROMTOOL_E_ROM_INCOMPLETE);
            assert_non_null(strstr(reading.found.last.text, OTHER_ROM));

            memcpy(expected, any_page, SMALL_PAGE);
            memcpy(expected + SMALL_PAGE, any_page, SMALL_PAGE);
            check_rom(&reading, 1, expected, sizeof(expected));
        }
        end_reading(&reading);
        rt_buffer_free(&built);
    }
}

/* A page whose record is right but for one that never comes. */
static void test_missing_page(void **state)
{
    struct rt_buffer built = {0};
    struct reading reading;

    (void)state;
    begin_pages(&built);
    sb_zero_page(&built, ROM_NAME, SMALL_PAGE, 0);
    sb_zero_page(&built, ROM_NAME, SMALL_PAGE, 0); /* twice is not two */
    sb_zero_page(&built, OTHER_ROM, 0, 0);
    sb_zero_page(&built, OTHER_ROM, SMALL_PAGE, 0);
    end_pages(&built);
    read_roms(&reading, built.data, built.len, false);
    assert_true(reading.roms.complete);
    assert_int_equal(reading.found.n, 1);
    assert_int_equal(reading.found.codes[0], ROMTOOL_E_ROM_INCOMPLETE);
    assert_non_null(strstr(reading.found.last.text, ROM_NAME));
    check_incomplete(&reading, 0);
    check_rom(&reading, 1, NULL, 0);
    end_reading(&reading);
    rt_buffer_free(&built);
}

/* A section whose footer names another; a section of which nothing tells the length. */
static void test_sections(void **state)
{
    for (int with_footers = 0; with_footers < 2; with_footers++) {
        struct rt_buffer built = {0};
        struct reading reading;

        (void)state;
        sb_header(&built);
        sb_section(&built, SB_START, 2, "ram", 0, 4);
        sb_u64(&built, 4096 | SB_MEM_SIZE);
        sb_name(&built, ROM_NAME);
        sb_u64(&built, 4096);
        sb_u64(&built, SB_EOS);
        if (with_footers == 1)
            sb_footer(&built, 3);
        sb_go_on(&built, SB_PART, 7);
        sb_u64(&built, 0);
        sb_go_on(&built, SB_END, 2);
        sb_zero_page(&built, ROM_NAME, 0, 0);
        sb_u64(&built, SB_EOS);
        read_roms(&reading, built.data, built.len, false);
        assert_int_equal(reading.found.codes[0],
                         with_footers == 1 ? ROMTOOL_E_BAD_STREAM : ROMTOOL_E_UNSUPPORTED);
        check_incomplete(&reading, 0);
        end_reading(&reading);
        rt_buffer_free(&built);
    }
}

/* Between the memory's sections: a command, and another's section with a footer's likeness in it.
 */
static void test_between(void **state)
{
    static const uint8_t like_command[4] = {SB_END, 0, 0, 0};
    struct rt_buffer built = {0};

    (void)state;
    begin_pages(&built);
    built.len -= 5; /* not yet its end */
    sb_command(&built, SB_PING, like_command, sizeof(like_command));
    sb_command(&built, SB_OPEN_RETURN_PATH, NULL, 0);
    sb_section(&built, SB_START, 7, "dirty-bitmap", 0, 1);
    sb_footer(&built, 7);
    sb_u8(&built, 0xff); /* no section begins so */
    sb_footer(&built, 6);
    sb_footer(&built, 7);
    sb_go_on(&built, SB_PART, 2);
    for (uint64_t at = 0; at < 2 * SMALL_PAGE; at += SMALL_PAGE) {
        sb_page(&built, ROM_NAME, at, any_page, SMALL_PAGE, 0);
        sb_zero_page(&built, OTHER_ROM, at, 0);
    }
    end_pages(&built);
    sb_go_on(&built, SB_PART, 7);
    sb_footer(&built, 7);
    sb_go_on(&built, SB_END, 2);
    sb_zero_page(&built, ROM_NAME, 0, 0);
    sb_zero_page(&built, NULL, SMALL_PAGE, SB_CONTINUE);
    end_pages(&built);
    for (int is_pipe = 0; is_pipe < 2; is_pipe++) {
        struct reading reading;

        read_roms(&reading, built.data, built.len, is_pipe == 1);
        /* where the other sections end was guessed, and that is all */
        if (reading.found.n != 1 || reading.found.codes[0] != ROMTOOL_E_UNSUPPORTED)
            fail_msg("%s", reading.found.last.text);
        assert_true(reading.roms.complete);
        check_rom(&reading, 0, NULL, 0);
        check_rom(&reading, 1, NULL, 0);
        end_reading(&reading);
    }
    rt_buffer_free(&built);
}

/* A page of 4 KiB at a place where none begins. */
static void test_odd_address(void **state)
{
    static const uint8_t page[4096] = {1};
    struct rt_buffer built = {0};
    struct reading reading;

    (void)state;
    sb_header(&built);
    sb_section(&built, SB_START, 2, "ram", 0, 4);
    sb_u64(&built, 8192 | SB_MEM_SIZE);
    sb_name(&built, ROM_NAME);
    sb_u64(&built, 8192);
    sb_u64(&built, SB_EOS);
    sb_go_on(&built, SB_END, 2);
    sb_page(&built, ROM_NAME, 1024, page, sizeof(page), 0);
    sb_u64(&built, SB_EOS);
    read_roms(&reading, built.data, built.len, false);
    assert_int_equal(reading.found.codes[0], ROMTOOL_E_BAD_STREAM);
    assert_int_equal(reading.roms.rom[0].seen, 0);
    end_reading(&reading);
    rt_buffer_free(&built);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variants),    cmocka_unit_test(test_records),
        cmocka_unit_test(test_zeroes),      cmocka_unit_test(test_odd_length),
        cmocka_unit_test(test_wrongs),      cmocka_unit_test(test_missing_page),
        cmocka_unit_test(test_sections),    cmocka_unit_test(test_between),
        cmocka_unit_test(test_odd_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
