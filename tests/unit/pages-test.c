/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state/pages: the ROMs' bytes out of every kind of page record, in any order and more than once;
 * what cannot be followed is a finding; every place where the memory may be cut; how much memory
 * hostile numbers take.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "state/pages.h"

#include "failing.h"
#include "state-source.h"
#include "state-variants.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A stream that is read, with what was found. */
struct reading {
    struct input in;
    struct rt_state_stream stream;
    struct rt_state_roms roms;
    struct found found;
};

static void read_roms(struct reading *ret, const void *data, size_t n, bool is_pipe)
{
    const struct rt_findings findings = {add_found, &ret->found};
    struct romtool_error err = {0};

    memset(ret, 0, sizeof(*ret));
    open_input(&ret->in, data, n, is_pipe);
    if (rt_state_stream_read(&ret->in.reader, &ret->stream, &err) < 0)
        fail_msg("no list: %s", err.text);
    if (rt_state_roms_read(&ret->in.reader, &ret->stream, &findings, &ret->roms, &err) < 0)
        fail_msg("no ROMs: %s", err.text);
    assert_int_equal(err.code, 0);
    assert_true(ret->roms.held <= RT_STATE_ROMS_MAX);
}

static void end_reading(struct reading *reading)
{
    rt_state_roms_free(&reading->roms);
    rt_state_stream_free(&reading->stream);
}

/* The i-th ROM has exactly these bytes, and zeroes behind them. */
static void check_rom(const struct reading *reading, size_t i, const uint8_t *data, size_t n)
{
    const struct rt_state_rom *rom = &reading->roms.rom[i];
    uint64_t length = reading->stream.blocks[rom->block].length;
    struct romtool_error err = {0};
    uint8_t *got;
    size_t got_n;

    assert_true(i < reading->roms.n);
    assert_true(rom->kept);
    assert_int_equal(rom->seen, rom->pages);
    assert_int_equal(rt_state_rom_bytes(&reading->roms, &reading->stream, i, &got, &got_n, &err),
                     0);
    assert_int_equal(err.code, 0);
    assert_int_equal(got_n, length);
    assert_memory_equal(got, data, n);
    for (size_t at = n; at < got_n; at++)
        assert_int_equal(got[at], 0);
    free(got);
}

/* Of a ROM that is not whole no bytes are given. */
static void check_incomplete(const struct reading *reading, size_t i)
{
    struct romtool_error err = {0};
    uint8_t *got;
    size_t n;

    assert_true(i < reading->roms.n);
    assert_int_equal(rt_state_rom_bytes(&reading->roms, &reading->stream, i, &got, &n, &err),
                     ROMTOOL_E_ROM_INCOMPLETE);
    assert_int_equal(err.code, ROMTOOL_E_ROM_INCOMPLETE);
    assert_null(got);
    assert_int_equal(n, 0);
}

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
            if (reading.found.n != 0)
                fail_msg("variant %zu: %s", i / 2, reading.found.last.text);
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

/* ------------------------------------------------------------------------- cut, large, failing */

static void check_cut(const struct sb_spec *spec, const struct rt_buffer *built, size_t n,
                      bool is_pipe)
{
    struct reading reading;

    read_roms(&reading, built->data, n, is_pipe);
    assert_int_equal(reading.roms.n, 1);
    if (reading.roms.complete) {
        assert_int_equal(reading.found.n, 0);
        check_rom(&reading, 0, rom_data, sizeof(rom_data));
    } else {
        assert_true(reading.found.n > 0);
        if (!has_found(&reading.found, ROMTOOL_E_TRUNCATED) &&
            !(spec->mapped_ram && is_pipe && has_found(&reading.found, ROMTOOL_E_UNSUPPORTED)))
            fail_msg("%s cut at %zu: %s", spec->machine, n, reading.found.last.text);
        if (reading.roms.rom[0].seen < reading.roms.rom[0].pages)
            check_incomplete(&reading, 0);
    }
    end_reading(&reading);
}

static void test_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(variants); i++) {
        struct rt_buffer built = {0}, list = {0};

        sb_stream(&built, &variants[i]);
        sb_before_ram(&list, &variants[i]);
        sb_list(&list, &variants[i]);
        for (size_t n = list.len; n < built.len; n++) {
            check_cut(&variants[i], &built, n, false);
            if (n % 7 == 0 && !variants[i].mapped_ram)
                check_cut(&variants[i], &built, n, true);
        }
        rt_buffer_free(&built);
        rt_buffer_free(&list);
    }
}

/* mapped-ram is cut before its list ends: in the bitmap and the pages of the last block. */
static void test_cut_mapped(void **state)
{
    static const struct sb_block blocks[] = {
        {.name = ROM_NAME,
         .length = 4 * SMALL_PAGE,
         .data = rom_data,
         .data_len = sizeof(rom_data)},
    };
    static const struct sb_spec spec = {
        .machine = "pc-q35-9.0", BLOCKS(blocks), .mapped_ram = true, .footers = true};
    size_t pages_at = 1 << 20, whole = 0;
    struct rt_buffer built = {0}, header = {0};

    (void)state;
    sb_stream(&built, &spec);
    sb_before_ram(&header, &spec);
    sb_section(&header, SB_START, 2, "ram", 0, 4);
    sb_u64(&header, 0);
    sb_name(&header, ROM_NAME);
    for (size_t n = header.len + 8 + 28; n < built.len; n += n < 300 || n >= pages_at ? 1 : 4099) {
        struct reading reading;

        read_roms(&reading, built.data, n, false);
        if (reading.roms.rom[0].seen == 4) {
            assert_true(n >= pages_at + sizeof(rom_data));
            check_rom(&reading, 0, rom_data, sizeof(rom_data));
            whole++;
        } else {
            assert_true(n < pages_at + sizeof(rom_data));
            assert_true(has_found(&reading.found, ROMTOOL_E_TRUNCATED));
            check_incomplete(&reading, 0);
        }
        end_reading(&reading);
    }
    assert_true(whole > 0);
    rt_buffer_free(&header);
    rt_buffer_free(&built);
}

/* A list of ROMs, of these lengths, and all their pages, each of one byte. */
static void put_large(struct rt_buffer *out, size_t n, uint64_t length, bool is_filled)
{
    sb_header(out);
    sb_machine(out, "pc-q35-7.2");
    sb_section(out, SB_START, 2, "ram", 0, 4);
    sb_u64(out, n * length | SB_MEM_SIZE);
    for (size_t i = 0; i < n; i++) {
        char name[64];

        (void)snprintf(name, sizeof(name), "0000:%02zx:%02zx.0/e1000.rom", i / 32, i % 32);
        sb_name(out, name);
        sb_u64(out, length);
    }
    sb_u64(out, SB_EOS);
    sb_footer(out, 2);
    sb_go_on(out, SB_END, 2);
    for (size_t i = 0; i < n && is_filled; i++) {
        char name[64];

        (void)snprintf(name, sizeof(name), "0000:%02zx:%02zx.0/e1000.rom", i / 32, i % 32);
        for (uint64_t at = 0; at < length; at += 4096) {
            sb_page_head(out, name, at, SB_ZERO | (at > 0 ? SB_CONTINUE : 0));
            sb_u8(out, 0xff);
        }
    }
    sb_u64(out, SB_EOS);
}

/* ROMs of any lengths that a list can say: what is kept is bounded. */
static void test_large(void **state)
{
    static const struct {
        size_t n;
        uint64_t length;
        bool is_filled, is_kept;
        int code;
    } cases[] = {
        {1, RT_STATE_ROM_MAX, true, true, 0},
        {1, RT_STATE_ROM_MAX + 4096, true, false, ROMTOOL_E_TOO_LARGE},
        {1, UINT64_C(1) << 62, false, false, ROMTOOL_E_TOO_LARGE},
        {2, UINT64_C(1) << 62, false, false, ROMTOOL_E_TOO_LARGE},
        {RT_STATE_BLOCKS_MAX, RT_STATE_ROM_MAX, false, true, ROMTOOL_E_ROM_INCOMPLETE},
        {3, RT_STATE_ROM_MAX, true, true, ROMTOOL_E_TOO_LARGE},
        {RT_STATE_BLOCKS_MAX, 8192, true, true, ROMTOOL_E_TOO_LARGE},
        {RT_STATE_BLOCKS_MAX, 4096, true, true, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rt_buffer built = {0};
        struct reading reading;

        put_large(&built, cases[i].n, cases[i].length, cases[i].is_filled);
        read_roms(&reading, built.data, built.len, false);
        assert_int_equal(reading.roms.n, cases[i].n);
        for (size_t j = 0; j < reading.roms.n; j++)
            assert_int_equal(reading.roms.rom[j].kept, cases[i].is_kept);
        if (cases[i].code == 0)
            assert_int_equal(reading.found.n, 0);
        else if (!has_found(&reading.found, cases[i].code))
            fail_msg("case %zu: %s", i, reading.found.last.text);
        if (!cases[i].is_kept)
            check_incomplete(&reading, 0);
        end_reading(&reading);
        rt_buffer_free(&built);
    }
}

/* mapped-ram's bitmaps are written at the memory's end: without it nothing is known of a page. */
static void test_mapped_without_end(void **state)
{
    static const struct sb_block blocks[] = {{.name = ROM_NAME, .length = 4 * SMALL_PAGE}};
    static const struct sb_spec spec = {
        .machine = "pc-q35-9.0", BLOCKS(blocks), .mapped_ram = true, .footers = true};
    struct rt_buffer built = {0};
    struct reading reading;

    (void)state;
    sb_before_ram(&built, &spec);
    sb_list(&built, &spec);
    sb_u64(&built, SB_EOS);
    sb_footer(&built, 2);
    read_roms(&reading, built.data, built.len, false);
    assert_false(reading.roms.complete);
    assert_true(has_found(&reading.found, ROMTOOL_E_TRUNCATED));
    assert_int_equal(reading.found.last.code, ROMTOOL_E_ROM_INCOMPLETE);
    end_reading(&reading);
    rt_buffer_free(&built);
}

/* Bytes, and then zeroes up to an end that is far away, as a file with a hole. */
static int read_holes(void *user, uint64_t offset, uint8_t *data, size_t n, size_t *ret_n,
                      struct romtool_error *err)
{
    const struct rt_bytes *bytes = user;

    (void)err;
    assert_true(offset < UINT64_C(1) << 30); /* whoever goes on would not come back */
    memset(data, 0, n);
    for (size_t i = 0; i < n && offset + i < bytes->len; i++)
        data[i] = bytes->data[offset + i];
    *ret_n = n;
    return 0;
}

static void test_endless_section(void **state)
{
    static const struct sb_spec spec = {.machine = "pc-q35-7.2", BLOCKS(two_roms), .footers = true};
    static uint8_t buffer[RT_STATE_BUFFER_SIZE];
    struct found found = {0};
    const struct rt_findings findings = {add_found, &found};
    struct rt_buffer built = {0};
    struct rt_state_stream stream;
    struct rt_state_roms roms;
    struct rt_bytes bytes;
    struct rt_source source = {read_holes, &bytes, true};
    struct rt_reader reader;

    (void)state;
    sb_before_ram(&built, &spec);
    sb_list(&built, &spec);
    sb_u64(&built, SB_EOS);
    sb_footer(&built, 2);
    sb_go_on(&built, SB_PART, 7);
    bytes = (struct rt_bytes){(const uint8_t *)built.data, built.len};
    rt_reader_begin(&reader, &source, 0, buffer, sizeof(buffer));
    assert_int_equal(rt_state_stream_read(&reader, &stream, NULL), 0);
    assert_int_equal(rt_state_roms_read(&reader, &stream, &findings, &roms, NULL), 0);
    assert_false(roms.complete);
    assert_int_equal(found.codes[0], ROMTOOL_E_UNSUPPORTED);
    rt_state_roms_free(&roms);
    rt_state_stream_free(&stream);
    rt_buffer_free(&built);
}

/* A guest without ROMs: nothing is read. */
static void test_no_roms(void **state)
{
    static const struct sb_block blocks[] = {{.name = "pc.ram", .length = SMALL_PAGE}};
    static const struct sb_spec spec = {.machine = "pc-q35-7.2", BLOCKS(blocks)};
    struct rt_buffer built = {0};
    struct reading reading;

    (void)state;
    sb_before_ram(&built, &spec);
    sb_list(&built, &spec);
    read_roms(&reading, built.data, built.len, true);
    assert_true(reading.roms.complete);
    assert_int_equal(reading.roms.n, 0);
    assert_int_equal(reading.found.n, 0);
    end_reading(&reading);
    rt_buffer_free(&built);
}

/* What the source says ends the call. */
static void test_source_fails(void **state)
{
    struct rt_buffer built = {0}, list = {0};

    (void)state;
    sb_stream(&built, &variants[VARIANT_FOOTERS]);
    sb_before_ram(&list, &variants[VARIANT_FOOTERS]);
    sb_list(&list, &variants[VARIANT_FOOTERS]);
    for (size_t n = list.len + 16; n < built.len; n += 13) {
        struct found found = {0};
        const struct rt_findings findings = {add_found, &found};
        struct rt_state_stream stream;
        struct rt_state_roms roms;
        struct romtool_error err = {0};
        struct input in;
        int r;

        open_input(&in, built.data, built.len, true);
        in.drip.fails_at = n;
        assert_int_equal(rt_state_stream_read(&in.reader, &stream, &err), 0);
        r = rt_state_roms_read(&in.reader, &stream, &findings, &roms, &err);
        assert_true(r == ROMTOOL_E_IO || (r == 0 && roms.complete));
        assert_int_equal(err.code, r);
        rt_state_roms_free(&roms);
        rt_state_stream_free(&stream);
    }
    rt_buffer_free(&built);
    rt_buffer_free(&list);
}

static struct rt_buffer attempted;

static int attempt(void)
{
    struct rt_state_stream stream;
    struct rt_state_roms roms = {0};
    struct input in;
    uint8_t *bytes = NULL;
    size_t n;
    int r;

    open_input(&in, attempted.data, attempted.len, false);
    r = rt_state_stream_read(&in.reader, &stream, &failure);
    if (r == 0)
        r = rt_state_roms_read(&in.reader, &stream, NULL, &roms, &failure);
    if (r == 0)
        r = rt_state_rom_bytes(&roms, &stream, 0, &bytes, &n, &failure);
    stop_failing();
    free(bytes);
    rt_state_roms_free(&roms);
    rt_state_stream_free(&stream);
    return r;
}

static void test_no_memory(void **state)
{
    static const struct sb_spec *const specs[] = {&variants[VARIANT_ALL],
                                                  &variants[VARIANT_MAPPED]};

    (void)state;
    for (size_t i = 0; i < COUNT(specs); i++) {
        sb_stream(&attempted, specs[i]);
        every_failure(attempt, 0, 7);
        rt_buffer_free(&attempted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variants),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_zeroes),
        cmocka_unit_test(test_odd_length),
        cmocka_unit_test(test_wrongs),
        cmocka_unit_test(test_missing_page),
        cmocka_unit_test(test_sections),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_mapped_without_end),
        cmocka_unit_test(test_endless_section),
        cmocka_unit_test(test_cut_mapped),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_no_roms),
        cmocka_unit_test(test_source_fails),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
