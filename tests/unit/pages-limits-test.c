/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state/pages: every place where the memory may be cut; how much memory hostile numbers take;
 * sources and allocations that fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "failing.h"
#include "state-reading.h"
#include "state-variants.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void check_cut(const struct sb_spec *spec, const struct rt_buffer *built, size_t n,
                      bool is_pipe)
{
    struct reading reading;

    read_roms(&reading, built->data, n, is_pipe);
    assert_int_equal(reading.roms.n, 1);
    if (reading.roms.complete) {
        assert_int_equal(reading.found.n, spec->bulk ? 1 : 0);
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

static const struct sb_block one_rom[] = {{.name = ROM_NAME, .length = 4 * SMALL_PAGE}};

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
    static const struct sb_spec spec = {.machine = "pc-q35-7.2", BLOCKS(one_rom), .footers = true};
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
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_cut_mapped),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_no_roms),
        cmocka_unit_test(test_mapped_without_end),
        cmocka_unit_test(test_endless_section),
        cmocka_unit_test(test_source_fails),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
