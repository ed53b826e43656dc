/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams as a file and as a pipe that gives one byte at a time, and the findings about them. */
#ifndef TESTS_UNIT_STATE_SOURCE_H
#define TESTS_UNIT_STATE_SOURCE_H

#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "state/stream.h"
#include "tests/support/state-builder.h"

struct drip {
    struct rt_bytes bytes;
    size_t at;
    size_t fails_at; /* the source says ROMTOOL_E_IO there; 0: never */
};

static inline int drip_read(void *user, uint64_t offset, uint8_t *data, size_t n, size_t *ret_n,
                            struct romtool_error *err)
{
    struct drip *drip = user;

    assert_int_equal(offset, drip->at);
    assert_true(n > 0);
    *ret_n = 0;
    if (drip->fails_at != 0 && drip->at >= drip->fails_at)
        return rt_error_set(err, ROMTOOL_E_IO, offset, "the source fails");
    if (drip->at < drip->bytes.len) {
        data[0] = drip->bytes.data[drip->at++];
        *ret_n = 1;
    }
    return 0;
}

/* A reader over bytes, either way. */
struct input {
    struct rt_bytes bytes;
    struct drip drip;
    struct rt_source source;
    struct rt_reader reader;
};

static uint8_t input_buffer[RT_STATE_BUFFER_SIZE]; /* of the one input that is open */

static inline void open_input(struct input *in, const void *data, size_t n, bool is_pipe)
{
    *in = (struct input){.bytes = {data, n}};
    in->drip.bytes = in->bytes;
    in->source =
        is_pipe ? (struct rt_source){drip_read, &in->drip, false} : rt_source_of_bytes(&in->bytes);
    rt_reader_begin(&in->reader, &in->source, 0, input_buffer, sizeof(input_buffer));
}

/* Reads a stream; is_pipe says how. The stream is freed by the caller. */
static inline int read_stream(const struct rt_buffer *built, size_t n, bool is_pipe,
                              struct rt_state_stream *ret, uint64_t *ret_at,
                              struct romtool_error *err)
{
    struct input in;
    int r;

    rt_error_clear(err);
    open_input(&in, built->data, n, is_pipe);
    r = rt_state_stream_read(&in.reader, ret, err);
    *ret_at = rt_reader_offset(&in.reader);
    assert_int_equal(r, err->code);
    return r;
}

/* What was found, by its code. */
struct found {
    size_t n;
    int codes[64];
    struct rt_finding last;
};

static inline void add_found(void *user, const struct rt_finding *finding)
{
    struct found *found = user;

    assert_true(finding->text[0] != '\0');
    if (found->n < sizeof(found->codes) / sizeof(found->codes[0]))
        found->codes[found->n] = finding->code;
    found->n++;
    found->last = *finding;
}

static inline bool has_found(const struct found *found, int code)
{
    for (size_t i = 0; i < found->n; i++) {
        if (found->codes[i] == code)
            return true;
    }
    return false;
}

#endif
