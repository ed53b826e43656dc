/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream that is read with its ROMs. */
#ifndef TESTS_UNIT_STATE_READING_H
#define TESTS_UNIT_STATE_READING_H

#include "state-source.h"
#include "state/pages.h"

struct reading {
    struct input in;
    struct rt_state_stream stream;
    struct rt_state_roms roms;
    struct found found;
};

static inline void read_roms(struct reading *ret, const void *data, size_t n, bool is_pipe)
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

static inline void end_reading(struct reading *reading)
{
    rt_state_roms_free(&reading->roms);
    rt_state_stream_free(&reading->stream);
}

/* The i-th ROM has exactly these bytes, and zeroes behind them. */
static inline void check_rom(const struct reading *reading, size_t i, const uint8_t *data, size_t n)
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
static inline void check_incomplete(const struct reading *reading, size_t i)
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

#endif
