/* SPDX-License-Identifier: BSD-2-Clause */
#include "state/source.h"

#include <inttypes.h>
#include <string.h>

static int read_bytes(void *user, uint64_t offset, uint8_t *data, size_t n, size_t *ret_n,
                      struct romtool_error *err)
{
    const struct rt_bytes *bytes = user;

    (void)err;
    *ret_n = 0;
    if (offset >= bytes->len)
        return 0;
    *ret_n = n < bytes->len - (size_t)offset ? n : bytes->len - (size_t)offset;
    memcpy(data, bytes->data + (size_t)offset, *ret_n);
    return 0;
}

struct rt_source rt_source_of_bytes(const struct rt_bytes *bytes)
{
    return (struct rt_source){read_bytes, (void *)(uintptr_t)bytes, true};
}

int rt_source_check_place(uint64_t offset, uint64_t at, struct romtool_error *err)
{
    if (offset == at)
        return 0;
    return rt_error_set(err, ROMTOOL_E_INTERNAL, offset,
                        "a pipe is read at 0x%" PRIx64 ", it is at 0x%" PRIx64, offset, at);
}

void rt_reader_begin(struct rt_reader *reader, const struct rt_source *source, uint64_t offset,
                     uint8_t *buffer, size_t capacity)
{
    *reader = (struct rt_reader){
        .source = source, .buffer = buffer, .capacity = capacity, .offset = offset};
}

/* Moves what is not taken to the buffer's start and reads behind it until n bytes are there. */
static int fill(struct rt_reader *reader, size_t n, struct romtool_error *err)
{
    size_t got;
    int r;

    memmove(reader->buffer, reader->buffer + reader->at, reader->len - reader->at);
    reader->offset += reader->at;
    reader->len -= reader->at;
    reader->at = 0;
    while (reader->len < n) {
        r = reader->source->read(reader->source->user, reader->offset + reader->len,
                                 reader->buffer + reader->len, reader->capacity - reader->len, &got,
                                 err);
        if (r < 0)
            return r;
        if (got == 0)
            break;
        reader->len += got;
    }
    return 0;
}

int rt_reader_peek(struct rt_reader *reader, size_t n, struct rt_bytes *ret,
                   struct romtool_error *err)
{
    int r;

    *ret = (struct rt_bytes){0};
    if (n > reader->capacity)
        return rt_error_set(err, ROMTOOL_E_INTERNAL, rt_reader_offset(reader),
                            "a look %zu bytes ahead, the buffer has %zu", n, reader->capacity);
    if (reader->len - reader->at < n) {
        r = fill(reader, n, err);
        if (r < 0)
            return r;
    }
    *ret = (struct rt_bytes){reader->buffer + reader->at,
                             n < reader->len - reader->at ? n : reader->len - reader->at};
    return 0;
}

int rt_reader_some(struct rt_reader *reader, struct rt_bytes *ret, struct romtool_error *err)
{
    int r = rt_reader_peek(reader, 1, ret, err);

    if (r == 0 && ret->len > 0)
        r = rt_reader_peek(reader, reader->len - reader->at, ret, err);
    return r;
}

int rt_reader_take(struct rt_reader *reader, size_t n, const char *what, struct rt_bytes *ret,
                   struct romtool_error *err)
{
    int r = rt_reader_peek(reader, n, ret, err);

    if (r < 0)
        return r;
    if (ret->len < n) {
        uint64_t end = rt_reader_offset(reader) + ret->len;

        *ret = (struct rt_bytes){0};
        return rt_error_set(err, ROMTOOL_E_TRUNCATED, end, "ends inside %s", what);
    }
    reader->at += n;
    return 0;
}

int rt_reader_skip(struct rt_reader *reader, uint64_t n, struct romtool_error *err)
{
    size_t got;
    int r;

    if (n <= reader->len - reader->at) {
        reader->at += (size_t)n;
        return 0;
    }
    n -= reader->len - reader->at;
    reader->offset += reader->len;
    reader->at = 0;
    reader->len = 0;
    if (n > UINT64_MAX - reader->offset)
        n = UINT64_MAX - reader->offset;
    if (reader->source->seekable) {
        reader->offset += n;
        return 0;
    }
    while (n > 0) {
        r = reader->source->read(reader->source->user, reader->offset, reader->buffer,
                                 n < reader->capacity ? (size_t)n : reader->capacity, &got, err);
        if (r < 0)
            return r;
        if (got == 0)
            break;
        reader->offset += got;
        n -= got;
    }
    return 0;
}

static int take_be(struct rt_reader *reader, size_t n, const char *what, uint64_t *ret,
                   struct romtool_error *err)
{
    struct rt_bytes bytes;
    int r = rt_reader_take(reader, n, what, &bytes, err);

    *ret = 0;
    for (size_t i = 0; i < bytes.len; i++)
        *ret = *ret << 8 | bytes.data[i];
    return r;
}

int rt_reader_u8(struct rt_reader *reader, const char *what, uint8_t *ret,
                 struct romtool_error *err)
{
    uint64_t value;
    int r = take_be(reader, sizeof(*ret), what, &value, err);

    *ret = (uint8_t)value;
    return r;
}

int rt_reader_u16be(struct rt_reader *reader, const char *what, uint16_t *ret,
                    struct romtool_error *err)
{
    uint64_t value;
    int r = take_be(reader, sizeof(*ret), what, &value, err);

    *ret = (uint16_t)value;
    return r;
}

int rt_reader_u32be(struct rt_reader *reader, const char *what, uint32_t *ret,
                    struct romtool_error *err)
{
    uint64_t value;
    int r = take_be(reader, sizeof(*ret), what, &value, err);

    *ret = (uint32_t)value;
    return r;
}

int rt_reader_u64be(struct rt_reader *reader, const char *what, uint64_t *ret,
                    struct romtool_error *err)
{
    return take_be(reader, sizeof(*ret), what, ret, err);
}
