/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ROMs inside a migration stream: read twice they are the same, what is said to be whole can be
 * had, memory stays within its limit. The stream may be inside a gzip file.
 */
#include "fuzz.h"

#include "state/gzip.h"
#include "state/pages.h"

#include <stdlib.h>
#include <string.h>

static void read_roms(struct rt_reader *reader, struct rt_state_stream *stream,
                      struct rt_state_roms *roms)
{
    struct romtool_error err = {0};
    int r = rt_state_stream_read(reader, stream, &err);

    *roms = (struct rt_state_roms){0};
    if (r < 0)
        return;
    r = rt_state_roms_read(reader, stream, NULL, roms, &err);
    FUZZ_CHECK(r == err.code);
    FUZZ_CHECK(roms->held <= RT_STATE_ROMS_MAX);
}

static void check_rom(const struct rt_state_stream *stream, const struct rt_state_roms *roms,
                      const struct rt_state_roms *again, size_t i)
{
    uint8_t *bytes, *other;
    size_t n, n_other;
    int r = rt_state_rom_bytes(roms, stream, i, &bytes, &n, NULL);

    FUZZ_CHECK(roms->rom[i].seen <= roms->rom[i].pages);
    FUZZ_CHECK((r == 0) == (roms->rom[i].kept && roms->rom[i].seen == roms->rom[i].pages));
    FUZZ_CHECK(r == 0 || (bytes == NULL && n == 0));
    FUZZ_CHECK(rt_state_rom_bytes(again, stream, i, &other, &n_other, NULL) == r && n == n_other);
    if (r == 0) {
        FUZZ_CHECK(n == stream->blocks[roms->rom[i].block].length);
        FUZZ_CHECK(memcmp(bytes, other, n) == 0);
    }
    free(bytes);
    free(other);
}

static void read_twice(struct rt_source *first, struct rt_source *second)
{
    static uint8_t buffer[RT_STATE_BUFFER_SIZE];
    struct rt_state_stream stream, same;
    struct rt_state_roms roms, again;
    struct rt_reader reader;

    rt_reader_begin(&reader, first, 0, buffer, sizeof(buffer));
    read_roms(&reader, &stream, &roms);
    rt_reader_begin(&reader, second, 0, buffer, sizeof(buffer));
    read_roms(&reader, &same, &again);
    FUZZ_CHECK(roms.n == again.n && roms.complete == again.complete);
    for (size_t i = 0; i < roms.n; i++)
        check_rom(&stream, &roms, &again, i);
    rt_state_roms_free(&roms);
    rt_state_roms_free(&again);
    rt_state_stream_free(&stream);
    rt_state_stream_free(&same);
}

static void read_gzip(const struct rt_source *file)
{
    static uint8_t buffers[2][4096];
    struct rt_source source[2];
    struct rt_gzip gzip[2];
    struct rt_reader reader;

    for (size_t i = 0; i < 2; i++) {
        rt_reader_begin(&reader, file, 0, buffers[i], sizeof(buffers[i]));
        FUZZ_CHECK(rt_gzip_begin(&gzip[i], &reader, &source[i], NULL) == 0);
    }
    read_twice(&source[0], &source[1]);
    for (size_t i = 0; i < 2; i++)
        rt_gzip_end(&gzip[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rt_bytes bytes = {data, size};
    struct rt_source file = rt_source_of_bytes(&bytes);

    if (rt_bytes_equal_at(bytes, 0, "\x1f\x8b", 2))
        read_gzip(&file);
    else
        read_twice(&file, &file);
    return 0;
}
