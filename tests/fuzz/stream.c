/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A migration stream's block list, from a file and from a pipe that gives a few bytes at a time:
 * the same list or the same error; what is in it adds up; nothing is an option ROM by its suffix.
 */
#include "fuzz.h"

#include "state/blocks.h"
#include "state/stream.h"

#include <stdlib.h>
#include <string.h>

struct pipe_end {
    struct rt_bytes bytes;
    size_t at;
};

static int read_pipe(void *user, uint64_t offset, uint8_t *data, size_t n, size_t *ret_n,
                     struct romtool_error *err)
{
    struct pipe_end *end = user;

    (void)err;
    FUZZ_CHECK(n > 0 && offset == end->at);
    *ret_n = n < 7 ? n : 7;
    if (*ret_n > end->bytes.len - end->at)
        *ret_n = end->bytes.len - end->at;
    memcpy(data, end->bytes.data + end->at, *ret_n);
    end->at += *ret_n;
    return 0;
}

static int read_list(const struct rt_source *source, struct rt_state_stream *ret,
                     struct romtool_error *err)
{
    static uint8_t buffer[RT_STATE_BUFFER_SIZE];
    struct rt_reader reader;

    rt_reader_begin(&reader, source, 0, buffer, sizeof(buffer));
    return rt_state_stream_read(&reader, ret, err);
}

static void check_blocks(const struct rt_state_stream *stream, bool is_whole)
{
    char device[RT_STATE_NAME_SIZE];
    uint64_t sum = 0;

    FUZZ_CHECK(stream->n_blocks <= RT_STATE_BLOCKS_MAX);
    for (size_t i = 0; i < stream->n_blocks; i++) {
        const struct rt_state_block *block = &stream->blocks[i];
        size_t path = rt_state_block_path(block->name);

        FUZZ_CHECK(block->length <= stream->total - sum);
        sum += block->length;
        FUZZ_CHECK(path < sizeof(block->name) && path < strlen(block->name) + 1);
        if (rt_state_block_is_rom(block->name, device))
            FUZZ_CHECK(path > 0 && device[0] != '\0');
        else
            FUZZ_CHECK(device[0] == '\0');
    }
    FUZZ_CHECK(!is_whole || sum == stream->total);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rt_bytes bytes = {data, size};
    struct rt_source file = rt_source_of_bytes(&bytes);
    struct pipe_end end = {bytes, 0};
    struct rt_source pipe = {read_pipe, &end, false};
    struct romtool_error err = {0}, pipe_err = {0};
    struct rt_state_stream stream, piped;
    int r = read_list(&file, &stream, &err);

    check_blocks(&stream, r == 0);
    /* a pipe is read to where a file is only gone to */
    FUZZ_CHECK(read_list(&pipe, &piped, &pipe_err) == r);
    FUZZ_CHECK(err.code == r && pipe_err.code == r);
    FUZZ_CHECK(piped.n_blocks == stream.n_blocks);
    FUZZ_CHECK(stream.n_blocks == 0 ||
               memcmp(piped.blocks, stream.blocks, stream.n_blocks * sizeof(*stream.blocks)) == 0);
    rt_state_stream_free(&stream);
    rt_state_stream_free(&piped);
    return 0;
}
