/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state/stream: from "QEVM" to the end of the RAM block list, in every form that QEMU 0.13 to 11.1
 * writes; every place where a stream may be cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "failing.h"
#include "state-source.h"
#include "state-variants.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------------- what is read */

static void check_blocks(const struct rt_state_stream *stream, const struct sb_spec *spec)
{
    uint64_t total = 0;

    assert_int_equal(stream->n_blocks, spec->n);
    for (size_t i = 0; i < spec->n; i++) {
        const struct rt_state_block *got = &stream->blocks[i];

        assert_string_equal(got->name, spec->blocks[i].name);
        assert_int_equal(got->length, spec->blocks[i].length);
        assert_int_equal(got->page_size, spec->blocks[i].page_size);
        assert_int_equal(got->has_address, spec->ignore_shared);
        assert_int_equal(got->address, spec->ignore_shared ? spec->blocks[i].address : 0);
        assert_int_equal(got->mapped, spec->mapped_ram);
        total += got->length;
    }
    assert_int_equal(stream->total, total);
}

/* Everything that a description says is read back, from a file and from a pipe. */
static void check_stream(const struct sb_spec *spec)
{
    struct rt_buffer built = {0}, list = {0};

    sb_stream(&built, spec);
    sb_before_ram(&list, spec);
    sb_list(&list, spec);
    for (int is_pipe = 0; is_pipe < 2; is_pipe++) {
        struct rt_state_stream stream;
        struct romtool_error err;
        uint64_t at;
        int r = read_stream(&built, built.len, is_pipe == 1, &stream, &at, &err);

        if (r < 0)
            fail_msg("%s: %s at %llu", spec->machine, err.text, (unsigned long long)err.offset);
        assert_string_equal(stream.machine, spec->machine == NULL ? "" : spec->machine);
        assert_int_equal(stream.page_bits, spec->page_bits == 0 ? 12 : spec->page_bits);
        assert_int_equal(stream.has_page_bits, spec->page_bits != 0);
        assert_int_equal(stream.ignore_shared, spec->ignore_shared);
        assert_int_equal(stream.mapped_ram, spec->mapped_ram);
        assert_int_equal(stream.postcopy, spec->advise != 0);
        assert_int_equal(stream.ram_id, spec->ram_id == 0 ? 2 : spec->ram_id);
        assert_int_equal(at, list.len);
        check_blocks(&stream, spec);
        rt_state_stream_free(&stream);
    }
    rt_buffer_free(&built);
    rt_buffer_free(&list);
}

static void test_variants(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(variants); i++)
        check_stream(&variants[i]);
}

/* Where mapped-ram has what, counted from the source's start and not from QEMU's file. */
static void test_mapped(void **state)
{
    const struct sb_spec *spec = &variants[VARIANT_MAPPED];

    (void)state;
    for (uint64_t base = 0; base < 3 << 20; base += 1048573) {
        struct sb_spec moved = *spec;
        struct rt_state_stream stream;
        struct rt_buffer built = {0};
        struct romtool_error err;
        uint64_t at;

        moved.base = base;
        sb_stream(&built, &moved);
        assert_int_equal(read_stream(&built, built.len, false, &stream, &at, &err), 0);
        for (size_t i = 0; i < stream.n_blocks; i++) {
            const struct rt_state_block *block = &stream.blocks[i];

            if (spec->blocks[i].ignored) {
                assert_int_equal(block->bitmap_at, 0);
                assert_int_equal(block->pages_at, 0);
                continue;
            }
            assert_true(block->bitmap_at > 0);
            assert_int_equal((block->pages_at + base) % (1 << 20), 0);
            assert_memory_equal(built.data + block->pages_at, spec->blocks[i].data,
                                spec->blocks[i].data_len);
        }
        rt_state_stream_free(&stream);
        rt_buffer_free(&built);
    }
}

/* Names of any bytes but NUL, of up to 255; as many blocks as a list may have. */
static void test_names(void **state)
{
    char longest[256];
    const struct sb_block blocks[] = {
        {.name = longest, .length = 4096},
        {.name = "\xff\x01\n", .length = 4096},
        {.name = "empty", .length = 0},
        {.name = "a", .length = UINT64_C(1) << 62},
    };
    const struct sb_spec spec = {.machine = longest, .blocks = blocks, .n = COUNT(blocks)};
    struct rt_buffer built = {0};
    struct rt_state_stream stream;
    struct romtool_error err;
    uint64_t at;

    (void)state;
    memset(longest, 'x', 255);
    longest[255] = '\0';
    sb_before_ram(&built, &spec);
    sb_list(&built, &spec);
    assert_int_equal(read_stream(&built, built.len, true, &stream, &at, &err), 0);
    assert_string_equal(stream.machine, longest);
    check_blocks(&stream, &spec);
    rt_state_stream_free(&stream);
    rt_buffer_free(&built);
}

static void put_many(struct rt_buffer *out, size_t n)
{
    sb_header(out);
    sb_section(out, SB_START, 2, "ram", 0, 4);
    sb_u64(out, (uint64_t)n * 1024 | SB_MEM_SIZE);
    for (size_t i = 0; i < n; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "%zu", i);
        sb_name(out, name);
        sb_u64(out, 1024);
    }
    sb_u64(out, SB_EOS);
}

static void test_many_blocks(void **state)
{
    struct rt_state_stream stream;
    struct romtool_error err;
    uint64_t at;

    (void)state;
    for (size_t n = RT_STATE_BLOCKS_MAX - 1; n <= RT_STATE_BLOCKS_MAX + 1; n++) {
        struct rt_buffer built = {0};
        char last[24];

        (void)snprintf(last, sizeof(last), "%zu", n - 1);
        put_many(&built, n);
        assert_int_equal(read_stream(&built, built.len, false, &stream, &at, &err),
                         n <= RT_STATE_BLOCKS_MAX ? 0 : ROMTOOL_E_TOO_LARGE);
        if (err.code == 0) {
            assert_int_equal(stream.n_blocks, n);
            assert_string_equal(stream.blocks[n - 1].name, last);
        }
        rt_state_stream_free(&stream);
        rt_buffer_free(&built);
    }
}

/* A section before the memory that has in it what looks like the memory's beginning, nearly. */
static void test_scan(void **state)
{
    static const char *const near[] = {"ra", "ram2", "rbm", "rom"};
    struct rt_state_stream stream;
    struct rt_buffer built = {0};
    struct romtool_error err;
    uint64_t at;

    (void)state;
    sb_header(&built);
    sb_section(&built, SB_FULL, 1, "early", 0, 1);
    for (size_t i = 0; i < COUNT(near); i++)
        sb_section(&built, SB_START, 2, near[i], 0, 4);
    sb_section(&built, SB_START, 2, "ram", 1, 4);
    sb_section(&built, SB_START, 2, "ram", 0, 5);
    sb_section(&built, SB_FULL, 2, "ram", 0, 4);
    assert_non_null(rt_buffer_extend(&built, 600000)); /* more than the reader's buffer */
    sb_section(&built, SB_START, 9, "ram", 0, 4);
    sb_u64(&built, 4096 | SB_MEM_SIZE);
    sb_name(&built, "pc.ram");
    sb_u64(&built, 4096);
    sb_u64(&built, SB_EOS);
    for (int is_pipe = 0; is_pipe < 2; is_pipe++) {
        assert_int_equal(read_stream(&built, built.len, is_pipe == 1, &stream, &at, &err), 0);
        assert_int_equal(stream.ram_id, 9);
        assert_int_equal(stream.n_blocks, 1);
        rt_state_stream_free(&stream);
    }
    rt_buffer_free(&built);
}

/* Sections that are called "ram" and are not the memory. */
static void test_other_ram(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct rt_state_stream stream;
        struct rt_buffer built = {0};
        struct romtool_error err;
        uint64_t at;

        sb_header(&built);
        sb_section(&built, i == 0 ? SB_FULL : SB_START, 7, "ram", i == 0 ? 0 : 1, 4);
        sb_u64(&built, 8192 | SB_MEM_SIZE);
        sb_section(&built, SB_START, 9, "ram", 0, 4);
        sb_u64(&built, 4096 | SB_MEM_SIZE);
        sb_name(&built, "pc.ram");
        sb_u64(&built, 4096);
        sb_u64(&built, SB_EOS);
        assert_int_equal(read_stream(&built, built.len, false, &stream, &at, &err), 0);
        assert_int_equal(stream.ram_id, 9);
        assert_int_equal(stream.total, 4096);
        rt_state_stream_free(&stream);
        rt_buffer_free(&built);
    }
}

/* The memory must begin somewhere: an early section is not gone through for ever. */
static void test_scan_ends(void **state)
{
    struct rt_state_stream stream;
    struct rt_buffer built = {0};
    struct romtool_error err;
    uint64_t at;

    (void)state;
    sb_header(&built);
    sb_section(&built, SB_FULL, 1, "early", 0, 1);
    assert_non_null(rt_buffer_extend(&built, 32 << 20));
    assert_int_equal(read_stream(&built, built.len, false, &stream, &at, &err),
                     ROMTOOL_E_BAD_STREAM);
    assert_true(at < 20 << 20);
    rt_state_stream_free(&stream);
    rt_buffer_free(&built);
}

/* ------------------------------------------------------------------------- cut, failing */

/* May a list be cut here and nothing of its last block be missed? A page size is no part of it. */
static void check_cut(const struct sb_spec *spec, const struct rt_buffer *built, size_t n,
                      size_t list, bool is_pipe)
{
    struct rt_state_stream stream;
    struct romtool_error err;
    uint64_t at;
    int r = read_stream(built, n, is_pipe, &stream, &at, &err);

    if (r == 0) {
        bool is_odd = spec->blocks[spec->n - 1].page_size != 0;

        assert_true(n >= list - (is_odd ? 8 : 0) || spec->mapped_ram);
        assert_int_equal(stream.n_blocks, spec->n);
        for (size_t i = 0; i < spec->n; i++) {
            assert_string_equal(stream.blocks[i].name, spec->blocks[i].name);
            assert_int_equal(stream.blocks[i].length, spec->blocks[i].length);
        }
    } else {
        assert_true(n < list);
        /* a memory that is looked for and not found is not said to be cut off */
        if (r != ROMTOOL_E_TRUNCATED && (r != ROMTOOL_E_BAD_STREAM ||
                                         (!spec->early && !spec->bulk && spec->subsection == NULL)))
            fail_msg("%s cut at %zu: %s", spec->machine, n, err.text);
        assert_true(err.text[0] != '\0');
        /* a file is not asked where it ends: a command's 16 bytes may be passed over */
        assert_true(err.offset <= n + (is_pipe ? 0 : 16) || spec->mapped_ram);
    }
    rt_state_stream_free(&stream);
}

static void test_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(variants); i++) {
        struct rt_buffer built = {0}, list = {0};

        sb_stream(&built, &variants[i]);
        sb_before_ram(&list, &variants[i]);
        sb_list(&list, &variants[i]);
        /* mapped-ram has megabytes of nothing */
        for (size_t n = 0; n < built.len; n += variants[i].mapped_ram && n > 400 ? 10007 : 1) {
            check_cut(&variants[i], &built, n, list.len, false);
            if (n < 700)
                check_cut(&variants[i], &built, n, list.len, true);
        }
        rt_buffer_free(&built);
        rt_buffer_free(&list);
    }
}

/* What the source says is what is said. */
static void test_source_fails(void **state)
{
    struct rt_buffer built = {0}, list = {0};

    (void)state;
    sb_stream(&built, &variants[VARIANT_ALL]);
    sb_before_ram(&list, &variants[VARIANT_ALL]);
    sb_list(&list, &variants[VARIANT_ALL]);
    for (size_t n = 1; n < list.len; n++) {
        struct rt_state_stream stream;
        struct romtool_error err = {0};
        struct input in;

        open_input(&in, built.data, built.len, true);
        in.drip.fails_at = n;
        assert_int_equal(rt_state_stream_read(&in.reader, &stream, &err), ROMTOOL_E_IO);
        assert_int_equal(err.code, ROMTOOL_E_IO);
        rt_state_stream_free(&stream);
    }
    rt_buffer_free(&built);
    rt_buffer_free(&list);
}

static struct rt_buffer attempted;

static int attempt(void)
{
    struct rt_state_stream stream;
    struct input in;
    int r;

    open_input(&in, attempted.data, attempted.len, false);
    r = rt_state_stream_read(&in.reader, &stream, &failure);
    stop_failing();
    rt_state_stream_free(&stream);
    return r;
}

static void test_no_memory(void **state)
{
    (void)state;
    put_many(&attempted, 100);
    every_failure(attempt, 0, 7);
    rt_buffer_free(&attempted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variants),     cmocka_unit_test(test_mapped),
        cmocka_unit_test(test_names),        cmocka_unit_test(test_many_blocks),
        cmocka_unit_test(test_scan),         cmocka_unit_test(test_scan_ends),
        cmocka_unit_test(test_other_ram),    cmocka_unit_test(test_cut),
        cmocka_unit_test(test_source_fails), cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
