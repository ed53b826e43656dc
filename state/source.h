/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a saved guest's bytes come from: a file, a pipe, a decompressor, a snapshot inside an
 * image; and the one reader over it. Of what is read no more is kept than one buffer.
 */
#ifndef RT_STATE_SOURCE_H
#define RT_STATE_SOURCE_H

#include "core/bytes.h"
#include "core/error.h"

struct rt_source {
    /*
     * Fills up to n bytes (n is not 0) from this offset of the source; *ret_n is how many, 0 only
     * at its end. Unless seekable each call begins where the one before ended.
     */
    int (*read)(void *user, uint64_t offset, uint8_t *data, size_t n, size_t *ret_n,
                struct romtool_error *err);
    void *user;
    bool seekable;
};

/*
 * May a source that is not seekable and has come to at be read at offset? ROMTOOL_E_INTERNAL where
 * not: whoever reads it so has a bug.
 */
int rt_source_check_place(uint64_t offset, uint64_t at, struct romtool_error *err);

/* A source of bytes that are in memory: seekable. They are borrowed by what user points at. */
struct rt_source rt_source_of_bytes(const struct rt_bytes *bytes);

/* Goes forward over a source. Zeroed but for what rt_reader_begin() sets. */
struct rt_reader {
    const struct rt_source *source;
    uint8_t *buffer;
    size_t capacity;
    size_t at, len;  /* of the buffer: what is not taken yet */
    uint64_t offset; /* in the source, of the buffer's first byte */
};

/* Begins at an offset of the source; 0 where it is not seekable. source and buffer are borrowed. */
void rt_reader_begin(struct rt_reader *reader, const struct rt_source *source, uint64_t offset,
                     uint8_t *buffer, size_t capacity);

/* In the source, of the next byte that is not taken. */
static inline uint64_t rt_reader_offset(const struct rt_reader *reader)
{
    return reader->offset + reader->at;
}

/*
 * The next n bytes, n no more than the buffer's capacity, until the next call; fewer only where the
 * source ends before. Returns what the source does.
 */
int rt_reader_peek(struct rt_reader *reader, size_t n, struct rt_bytes *ret,
                   struct romtool_error *err);

/* All that is there without waiting for more than one read: at least a byte, unless at the end. */
int rt_reader_some(struct rt_reader *reader, struct rt_bytes *ret, struct romtool_error *err);

/*
 * The next n bytes, and goes behind them. ROMTOOL_E_TRUNCATED at their offset where the source ends
 * before; what is in the sentence.
 */
int rt_reader_take(struct rt_reader *reader, size_t n, const char *what, struct rt_bytes *ret,
                   struct romtool_error *err);

/*
 * Goes n bytes forward; a seekable source is not read. That the source ends before is seen by who
 * reads on: nothing is there then.
 */
int rt_reader_skip(struct rt_reader *reader, uint64_t n, struct romtool_error *err);

/* Big-endian integers, as in a migration stream, taken. As rt_reader_take(). */
int rt_reader_u8(struct rt_reader *reader, const char *what, uint8_t *ret,
                 struct romtool_error *err);
int rt_reader_u16be(struct rt_reader *reader, const char *what, uint16_t *ret,
                    struct romtool_error *err);
int rt_reader_u32be(struct rt_reader *reader, const char *what, uint32_t *ret,
                    struct romtool_error *err);
int rt_reader_u64be(struct rt_reader *reader, const char *what, uint64_t *ret,
                    struct romtool_error *err);

#endif
