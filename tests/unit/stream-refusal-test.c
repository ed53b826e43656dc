/* SPDX-License-Identifier: BSD-2-Clause */
/* state/stream: what is refused, and at which byte; numbers that no QEMU writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "state-source.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { FILL_SIZE = 400 }; /* more than any name */

/* A stream that is refused; is built by put. */
struct refusal {
    const char *name;
    void (*put)(struct rt_buffer *out);
    int code;
    uint64_t offset;
};

static void put_start(struct rt_buffer *out)
{
    sb_header(out);
    sb_section(out, SB_START, 2, "ram", 0, 4);
}

static void put_no_magic(struct rt_buffer *out)
{
    rt_buffer_append(out, "QEVN\0\0\0\3", 8);
}

static void put_version_2(struct rt_buffer *out)
{
    rt_buffer_append(out, "QEVM\0\0\0\2", 8);
}

static void put_version_4(struct rt_buffer *out)
{
    rt_buffer_append(out, "QEVM\0\0\0\4", 8);
}

static void put_end_at_once(struct rt_buffer *out)
{
    sb_header(out);
    sb_end(out, NULL);
}

static void put_odd_type(struct rt_buffer *out)
{
    sb_header(out);
    sb_u8(out, 0x09);
}

static void put_part_first(struct rt_buffer *out)
{
    sb_header(out);
    sb_go_on(out, SB_PART, 2);
}

static void put_late_configuration(struct rt_buffer *out)
{
    sb_header(out);
    sb_machine(out, "pc-q35-7.2");
    sb_machine(out, "pc-q35-7.2");
}

static void put_machine_of(struct rt_buffer *out, uint32_t n)
{
    sb_header(out);
    sb_u8(out, SB_CONFIGURATION);
    sb_u32(out, n);
    for (int i = 0; i < FILL_SIZE; i++)
        sb_u8(out, 'x');
}

static void put_empty_machine(struct rt_buffer *out)
{
    put_machine_of(out, 0);
}

static void put_long_machine(struct rt_buffer *out)
{
    put_machine_of(out, 256);
}

static void put_huge_machine(struct rt_buffer *out)
{
    put_machine_of(out, UINT32_MAX);
}

static void put_nul_machine(struct rt_buffer *out)
{
    sb_header(out);
    sb_u8(out, SB_CONFIGURATION);
    sb_u32(out, 4);
    rt_buffer_append(out, "a\0bc", 4);
}

static void put_bits(struct rt_buffer *out, uint32_t bits)
{
    sb_header(out);
    sb_machine(out, "virt-7.2");
    sb_page_bits(out, bits);
}

static void put_few_bits(struct rt_buffer *out)
{
    put_bits(out, 9);
}

static void put_many_bits(struct rt_buffer *out)
{
    put_bits(out, 17);
}

static void put_most_bits(struct rt_buffer *out)
{
    put_bits(out, UINT32_MAX);
}

static void put_many_capabilities(struct rt_buffer *out)
{
    sb_header(out);
    sb_machine(out, "pc-q35-7.2");
    sb_subsection(out, "configuration/capabilities");
    sb_u32(out, UINT32_MAX);
    sb_name(out, "x-ignore-shared");
    sb_u8(out, 0);
}

static void put_unknown_alone(struct rt_buffer *out)
{
    sb_header(out);
    sb_machine(out, "pc-q35-7.2");
    sb_subsection(out, "configuration/other");
    assert_non_null(rt_buffer_extend(out, FILL_SIZE));
}

static void put_unnamed_section(struct rt_buffer *out)
{
    sb_header(out);
    sb_section(out, SB_FULL, 1, "", 0, 1);
}

static void put_ram_3(struct rt_buffer *out)
{
    sb_header(out);
    sb_section(out, SB_START, 2, "ram", 0, 3);
    sb_u64(out, 1 << 20);
}

static void put_ram_5(struct rt_buffer *out)
{
    sb_header(out);
    sb_section(out, SB_START, 2, "ram", 0, 5);
}

static void put_no_list(struct rt_buffer *out)
{
    put_start(out);
    sb_u64(out, 4096 | SB_PAGE);
}

static void put_list_with_more(struct rt_buffer *out)
{
    put_start(out);
    sb_u64(out, 4096 | SB_MEM_SIZE | SB_EOS);
}

static void put_too_long_block(struct rt_buffer *out)
{
    put_start(out);
    sb_u64(out, 4096 | SB_MEM_SIZE);
    sb_name(out, "pc.ram");
    sb_u64(out, 4097);
}

static void put_sum_that_wraps(struct rt_buffer *out)
{
    put_start(out);
    sb_u64(out, 8192 | SB_MEM_SIZE);
    sb_name(out, "a");
    sb_u64(out, 4096);
    sb_name(out, "b");
    sb_u64(out, UINT64_MAX - 4095);
}

static void put_unnamed_block(struct rt_buffer *out)
{
    put_start(out);
    sb_u64(out, 4096 | SB_MEM_SIZE);
    sb_name(out, "");
    sb_u64(out, 4096);
}

static void put_nul_block(struct rt_buffer *out)
{
    put_start(out);
    sb_u64(out, 4096 | SB_MEM_SIZE);
    rt_buffer_append(out, "\3a\0b", 4);
    sb_u64(out, 4096);
}

/* A mapped-ram block's header, with the offsets counted from itself. */
static void put_mapped(struct rt_buffer *out, uint32_t version, uint64_t page_size, uint64_t length,
                       uint64_t bitmap, uint64_t pages)
{
    static const char *const names[] = {"mapped-ram"};

    sb_header(out);
    sb_machine(out, "pc-q35-9.0");
    sb_capabilities(out, names, 1);
    sb_section(out, SB_START, 2, "ram", 0, 4);
    sb_u64(out, (length & ~UINT64_C(0x3ff)) | SB_MEM_SIZE);
    sb_name(out, "pc.ram");
    sb_u64(out, length);
    sb_u32(out, version);
    sb_u64(out, page_size);
    sb_u64(out, bitmap);
    sb_u64(out, pages);
}

static void put_mapped_2(struct rt_buffer *out)
{
    put_mapped(out, 2, 4096, 4096, 128, 1 << 20);
}

static void put_mapped_odd_page(struct rt_buffer *out)
{
    put_mapped(out, 1, 4095, 4096, 128, 1 << 20);
}

static void put_mapped_no_page(struct rt_buffer *out)
{
    put_mapped(out, 1, 0, 4096, 128, 1 << 20);
}

static void put_mapped_huge_page(struct rt_buffer *out)
{
    put_mapped(out, 1, UINT64_C(1) << 63, 4096, 128, 1 << 20);
}

/* A block of no pages, and one whose pages have another size. */
static void put_mapped_two_sizes(struct rt_buffer *out)
{
    put_mapped(out, 1, 4096, 4096, 0, 0); /* not in the stream: the next one follows at once */
    out->len -= 5 * sizeof(uint64_t) - sizeof(uint32_t);
    sb_u64(out, 2048);
    sb_u32(out, 1);
    sb_u64(out, 4096);
    sb_u64(out, 0);
    sb_u64(out, 0);
    sb_name(out, "b");
    sb_u64(out, 2048);
    sb_u32(out, 1);
    sb_u64(out, 8192);
    sb_u64(out, 0);
    sb_u64(out, 0);
}

static void put_mapped_crossed(struct rt_buffer *out)
{
    put_mapped(out, 1, 4096, 4096, 128, 127);
}

static void put_mapped_overlapping(struct rt_buffer *out)
{
    put_mapped(out, 1, 4096, 4096, 128, 135); /* one word of bits has 8 bytes */
}

static void put_mapped_beyond(struct rt_buffer *out)
{
    put_mapped(out, 1, 4096, 4096, 8, UINT64_MAX - 4096);
}

static void put_mapped_wrapped(struct rt_buffer *out)
{
    put_mapped(out, 1, 4096, 4096, UINT64_C(1) << 63, 4096);
}

static void put_mapped_last(struct rt_buffer *out)
{
    put_mapped(out, 1, 4096, 4096, 8, UINT64_MAX);
}

static void put_mapped_huge(struct rt_buffer *out)
{
    put_mapped(out, 1, 4096, UINT64_MAX & ~UINT64_C(0x3ff), 8, UINT64_C(1) << 62);
}

#define NO ROMTOOL_NO_OFFSET /* not looked at */

static const struct refusal refusals[] = {
    {"no magic", put_no_magic, ROMTOOL_E_BAD_STREAM, 0},
    {"version 2", put_version_2, ROMTOOL_E_UNSUPPORTED, 4},
    {"version 4", put_version_4, ROMTOOL_E_BAD_STREAM, 4},
    {"the end at once", put_end_at_once, ROMTOOL_E_BAD_STREAM, 8},
    {"an unknown type", put_odd_type, ROMTOOL_E_BAD_STREAM, 8},
    {"a part of nothing", put_part_first, ROMTOOL_E_BAD_STREAM, 8},
    {"two configurations", put_late_configuration, ROMTOOL_E_BAD_STREAM, 23},
    {"an empty machine", put_empty_machine, ROMTOOL_E_BAD_STREAM, 13},
    {"a machine of 256 bytes", put_long_machine, ROMTOOL_E_BAD_STREAM, 13},
    {"a machine of 4 GiB", put_huge_machine, ROMTOOL_E_BAD_STREAM, 13},
    {"a NUL in the machine", put_nul_machine, ROMTOOL_E_BAD_STREAM, 13},
    {"9 bits", put_few_bits, ROMTOOL_E_BAD_STREAM, NO},
    {"17 bits", put_many_bits, ROMTOOL_E_BAD_STREAM, NO},
    {"2^32-1 bits", put_most_bits, ROMTOOL_E_BAD_STREAM, NO},
    {"2^32-1 capabilities", put_many_capabilities, ROMTOOL_E_BAD_STREAM, NO},
    {"an unknown subsection, then nothing", put_unknown_alone, ROMTOOL_E_BAD_STREAM, NO},
    {"a section without a name", put_unnamed_section, ROMTOOL_E_BAD_STREAM, 14},
    {"memory of version 3", put_ram_3, ROMTOOL_E_UNSUPPORTED, NO},
    {"memory of version 5", put_ram_5, ROMTOOL_E_BAD_STREAM, NO},
    {"pages instead of a list", put_no_list, ROMTOOL_E_BAD_STREAM, 25},
    {"a list and its end at once", put_list_with_more, ROMTOOL_E_BAD_STREAM, 25},
    {"a block of more than all", put_too_long_block, ROMTOOL_E_BAD_STREAM, 33},
    {"lengths that wrap", put_sum_that_wraps, ROMTOOL_E_BAD_STREAM, NO},
    {"a block without a name", put_unnamed_block, ROMTOOL_E_BAD_STREAM, 34},
    {"a NUL in a block's name", put_nul_block, ROMTOOL_E_BAD_STREAM, 34},
    {"mapped-ram of version 2", put_mapped_2, ROMTOOL_E_UNSUPPORTED, NO},
    {"mapped-ram, pages of 4095", put_mapped_odd_page, ROMTOOL_E_BAD_STREAM, NO},
    {"mapped-ram, pages of 0", put_mapped_no_page, ROMTOOL_E_BAD_STREAM, NO},
    {"mapped-ram, pages of 2^63", put_mapped_huge_page, ROMTOOL_E_BAD_STREAM, NO},
    {"mapped-ram, pages of two sizes", put_mapped_two_sizes, ROMTOOL_E_BAD_STREAM, NO},
    {"mapped-ram, pages before the bitmap", put_mapped_crossed, ROMTOOL_E_BAD_STREAM, NO},
    {"mapped-ram, pages in the bitmap", put_mapped_overlapping, ROMTOOL_E_BAD_STREAM, NO},
    {"mapped-ram, pages far before the bitmap", put_mapped_wrapped, ROMTOOL_E_BAD_STREAM, NO},
    {"mapped-ram, pages at the last byte", put_mapped_last, ROMTOOL_E_BAD_STREAM, NO},
    {"mapped-ram, pages beyond all", put_mapped_beyond, ROMTOOL_E_BAD_STREAM, NO},
    {"mapped-ram, a block beyond all", put_mapped_huge, ROMTOOL_E_BAD_STREAM, NO},
};

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(refusals); i++) {
        const struct refusal *refusal = &refusals[i / 2];
        struct rt_state_stream stream;
        struct rt_buffer built = {0};
        struct romtool_error err;
        uint64_t at;

        refusal->put(&built);
        (void)read_stream(&built, built.len, i % 2 == 1, &stream, &at, &err);
        if (err.code != refusal->code || (refusal->offset != NO && err.offset != refusal->offset))
            fail_msg("%s: %d at %llu: %s", refusal->name, err.code, (unsigned long long)err.offset,
                     err.text);
        assert_true(err.text[0] != '\0');
        assert_true(stream.n_blocks <= 2);
        rt_state_stream_free(&stream);
        rt_buffer_free(&built);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
