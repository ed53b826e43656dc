/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stream, most significant bit first, is a row of blocks (UEFI 2.10, section 19.3):
 *
 *   16 bits              how many symbols the block has
 *   the extra set        code lengths of the code that the next set is written in
 *   the character set    literals 0 to 255, match lengths 256 (3 bytes) to 509 (256 bytes)
 *   the position set     the bits of a match's distance
 *   the symbols
 *
 * A set of one symbol needs no bits for it. All other codes are complete: each sequence of bits
 * means something, so that a decoder can neither run out of codes nor have two for one.
 */
#include "rom/decompress.h"

#include <string.h>

enum {
    HEADER_SIZE = 8, /* bytes: two 32-bit sizes */
    CODE_BITS_MAX = 16,
    FAST_BITS = 9, /* looked up at once; longer codes are rare */

    EXTRA_SYMBOLS = 19,
    EXTRA_COUNT_BITS = 5,
    EXTRA_GAP_AT = 3, /* behind so many lengths stands how many more are zero */
    CHARACTERS = 510,
    CHARACTER_COUNT_BITS = 9,
    POSITIONS = 14,
    POSITION_COUNT_BITS = 4,

    FIRST_MATCH = 256, /* the character that stands for a match of */
    SHORTEST_MATCH = 3,
};

struct code {
    uint16_t fast[1 << FAST_BITS];     /* symbol << 4 | bits; 0: a longer code */
    uint16_t count[CODE_BITS_MAX + 1]; /* codes of each length */
    uint16_t symbols[CHARACTERS];      /* by length, then by value */
    bool single;                       /* no bits: symbols[0] */
};

struct stream {
    struct rt_bytes in;
    size_t at;       /* byte of in that is read next */
    uint64_t bits;   /* read, not used: left-aligned */
    unsigned n_bits; /* of bits; zeroes follow behind the end of in */
    size_t unread;   /* bits behind the end that n_bits has */
    bool broken;     /* more bits were used than there are */
};

/* ------------------------------------------------------------------------- bits */

static void refill(struct stream *s)
{
    while (s->n_bits <= 56) {
        uint8_t byte = 0;

        if (rt_bytes_u8(s->in, s->at, &byte))
            s->at++;
        else
            s->unread += 8;
        s->bits |= (uint64_t)byte << (56 - s->n_bits);
        s->n_bits += 8;
    }
}

/* The next n bits, up to 16, without using them. */
static unsigned peek(struct stream *s, unsigned n)
{
    if (s->n_bits < CODE_BITS_MAX)
        refill(s);
    return n == 0 ? 0 : (unsigned)(s->bits >> (64 - n));
}

static void use(struct stream *s, unsigned n)
{
    s->bits <<= n;
    s->n_bits -= n;
    if (s->n_bits < s->unread)
        s->broken = true;
}

static unsigned take(struct stream *s, unsigned n)
{
    unsigned bits = peek(s, n);

    use(s, n);
    return bits;
}

/* Where the bits come from that are used next, from the header's start. */
static size_t place(const struct stream *s)
{
    size_t ahead = s->n_bits > s->unread ? (s->n_bits - s->unread) / 8 : 0;

    return HEADER_SIZE + s->at - ahead;
}

/* ------------------------------------------------------------------------- codes */

static void set_single(struct code *code, unsigned symbol)
{
    code->single = true;
    code->symbols[0] = (uint16_t)symbol;
}

/* Codes of these lengths, shorter ones first, in the order of the symbols. False: not complete. */
static bool set_lengths(struct code *code, const uint8_t *lengths, unsigned n)
{
    uint16_t next[CODE_BITS_MAX + 2] = {0};
    uint32_t used = 0, first = 0;

    memset(code, 0, sizeof(*code));
    for (unsigned i = 0; i < n; i++)
        code->count[lengths[i]]++;
    code->count[0] = 0;
    for (unsigned bits = 1; bits <= CODE_BITS_MAX; bits++) {
        next[bits + 1] = (uint16_t)(next[bits] + code->count[bits]);
        used += (uint32_t)code->count[bits] << (CODE_BITS_MAX - bits);
    }
    if (used != 1U << CODE_BITS_MAX)
        return false;
    for (unsigned i = 0; i < n; i++) {
        if (lengths[i] != 0)
            code->symbols[next[lengths[i]]++] = (uint16_t)i;
    }
    for (unsigned bits = 1, i = 0; bits <= FAST_BITS; bits++) {
        for (unsigned k = 0; k < code->count[bits]; k++, i++) {
            for (unsigned fill = 0; fill < 1U << (FAST_BITS - bits); fill++)
                code->fast[first++] = (uint16_t)((unsigned)code->symbols[i] << 4 | bits);
        }
    }
    return true;
}

/* A complete code has one for whatever bits come. */
static unsigned decode(struct stream *s, const struct code *code)
{
    unsigned ahead, entry, first = 0, index = 0;

    if (code->single)
        return code->symbols[0];
    ahead = peek(s, CODE_BITS_MAX);
    entry = code->fast[ahead >> (CODE_BITS_MAX - FAST_BITS)];
    if (entry != 0) {
        use(s, entry & 15);
        return entry >> 4;
    }
    for (unsigned bits = 1; bits <= CODE_BITS_MAX; bits++) {
        unsigned k = (ahead >> (CODE_BITS_MAX - bits)) - first;

        if (k < code->count[bits]) {
            use(s, bits);
            return code->symbols[index + k];
        }
        index += code->count[bits];
        first = (first + code->count[bits]) << 1;
    }
    s->broken = true;
    return 0;
}

/* ------------------------------------------------------------------------- the sets of a block */

/* Three bits, and for what they cannot hold one more 1 each, ended by a 0. */
static unsigned take_length(struct stream *s)
{
    unsigned length = take(s, 3);

    if (length == 7) {
        while (length <= CODE_BITS_MAX && take(s, 1) == 1)
            length++;
    }
    return length;
}

/* The extra set and the position set. gap_at is 0 for a set without a gap. */
static bool read_set(struct stream *s, unsigned symbols, unsigned count_bits, unsigned gap_at,
                     struct code *ret)
{
    uint8_t lengths[EXTRA_SYMBOLS] = {0};
    unsigned n = take(s, count_bits);

    if (n == 0) {
        set_single(ret, take(s, count_bits));
        return ret->symbols[0] < symbols;
    }
    if (n > symbols)
        return false;
    for (unsigned i = 0; i < n && !s->broken;) {
        unsigned length = take_length(s);

        if (length > CODE_BITS_MAX)
            return false;
        lengths[i++] = (uint8_t)length;
        if (i == gap_at)
            i += take(s, 2);
    }
    return set_lengths(ret, lengths, symbols);
}

/* How many symbols the extra symbol 0, 1 or 2 leaves out. */
static unsigned take_run(struct stream *s, unsigned symbol)
{
    if (symbol == 0)
        return 1;
    return symbol == 1 ? take(s, 4) + 3 : take(s, 9) + 20;
}

static bool read_characters(struct stream *s, const struct code *extra, struct code *ret)
{
    uint8_t lengths[CHARACTERS] = {0};
    unsigned n = take(s, CHARACTER_COUNT_BITS);

    if (n == 0) {
        set_single(ret, take(s, CHARACTER_COUNT_BITS));
        return ret->symbols[0] < CHARACTERS;
    }
    if (n > CHARACTERS)
        return false;
    for (unsigned i = 0; i < n && !s->broken;) {
        unsigned symbol = decode(s, extra);

        if (symbol <= 2)
            i += take_run(s, symbol);
        else
            lengths[i++] = (uint8_t)(symbol - 2);
        if (i > CHARACTERS)
            return false;
    }
    return set_lengths(ret, lengths, CHARACTERS);
}

/* ------------------------------------------------------------------------- the whole stream */

struct block {
    struct code extra, characters, positions;
};

static bool read_block(struct stream *s, struct block *block, unsigned *ret_symbols)
{
    *ret_symbols = take(s, 16);
    return *ret_symbols > 0 &&
           read_set(s, EXTRA_SYMBOLS, EXTRA_COUNT_BITS, EXTRA_GAP_AT, &block->extra) &&
           read_characters(s, &block->extra, &block->characters) &&
           read_set(s, POSITIONS, POSITION_COUNT_BITS, 0, &block->positions) && !s->broken;
}

/* A match's distance, 1 for the byte before. */
static size_t take_distance(struct stream *s, const struct code *positions)
{
    unsigned bits = decode(s, positions);

    return bits <= 1 ? bits + 1 : (1U << (bits - 1)) + take(s, bits - 1) + 1;
}

/* What a block's symbols stand for, from done bytes on; how many there are then, 0 for a fault. */
static size_t expand(struct stream *s, const struct block *block, unsigned symbols, uint8_t *out,
                     size_t done, size_t size)
{
    for (; symbols > 0 && !s->broken; symbols--) {
        unsigned symbol = decode(s, &block->characters);
        size_t length, distance;

        if (done == size)
            return 0;
        if (symbol < FIRST_MATCH) {
            out[done++] = (uint8_t)symbol;
            continue;
        }
        length = symbol - FIRST_MATCH + SHORTEST_MATCH;
        distance = take_distance(s, &block->positions);
        if (distance > done || length > size - done)
            return 0;
        for (; length > 0; length--, done++)
            out[done] = out[done - distance];
    }
    return s->broken ? 0 : done;
}

static int read_stream(struct stream *s, uint8_t *out, size_t size, struct romtool_error *err)
{
    struct block block;
    unsigned symbols;

    for (size_t done = 0; done < size;) {
        if (!read_block(s, &block, &symbols))
            return rt_error_set(err, ROMTOOL_E_BAD_COMPRESSION, place(s),
                                "the compressed stream breaks in the codes of a block, after %zu "
                                "of %zu bytes",
                                done, size);
        done = expand(s, &block, symbols, out, done, size);
        if (done == 0)
            return rt_error_set(err, ROMTOOL_E_BAD_COMPRESSION, place(s),
                                "the compressed stream breaks in the symbols of a block");
    }
    return 0;
}

int rt_rom_packed_sizes(struct rt_bytes packed, size_t *ret_stream, size_t *ret_original,
                        struct romtool_error *err)
{
    uint32_t stream = 0, original = 0;

    *ret_stream = *ret_original = 0;
    if (!rt_bytes_u32le(packed, 0, &stream) || !rt_bytes_u32le(packed, 4, &original))
        return rt_error_set(err, ROMTOOL_E_BAD_COMPRESSION, 0,
                            "%zu bytes, the header of a compressed stream has %d", packed.len,
                            HEADER_SIZE);
    if (!rt_bytes_has(packed, HEADER_SIZE, stream))
        return rt_error_set(err, ROMTOOL_E_BAD_COMPRESSION, 0,
                            "the compressed stream has %zu bytes, %zu are here", (size_t)stream,
                            packed.len - HEADER_SIZE);
    if (original > RT_ROM_DECOMPRESSED_MAX)
        return rt_error_set(err, ROMTOOL_E_TOO_LARGE, 4,
                            "%zu bytes once decompressed, no more than %zu are read",
                            (size_t)original, RT_ROM_DECOMPRESSED_MAX);
    *ret_stream = stream;
    *ret_original = original;
    return 0;
}

int rt_rom_decompress(struct rt_bytes packed, uint8_t *out, size_t size, struct romtool_error *err)
{
    struct stream s = {0};
    size_t stream, original;
    int r = rt_rom_packed_sizes(packed, &stream, &original, err);

    if (r < 0)
        return r;
    if (size != original)
        return rt_error_set(err, ROMTOOL_E_BAD_COMPRESSION, 4,
                            "%zu bytes once decompressed, asked for are %zu", original, size);
    (void)rt_bytes_slice(packed, HEADER_SIZE, stream, &s.in);
    return read_stream(&s, out, size, err);
}
