/* SPDX-License-Identifier: BSD-2-Clause */
/* UEFI decompression: there and back again, and every way in which a stream can lie. */
#include "rom/decompress.h"
#include "tests/support/efi-compress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Decompresses a heap copy of exactly its size into a heap buffer of exactly the size asked for. */
static int expand(const uint8_t *packed, size_t n, uint8_t *out, size_t size)
{
    uint8_t *copy = malloc(n > 0 ? n : 1), *room = malloc(size > 0 ? size : 1);
    struct romtool_error err = {0};
    int r;

    assert_non_null(copy);
    assert_non_null(room);
    memcpy(copy, packed, n);
    r = rt_rom_decompress((struct rt_bytes){copy, n}, room, size, &err);
    assert_int_equal(r, err.code);
    if (r == 0)
        memcpy(out, room, size);
    else
        assert_true(err.offset <= n && err.text[0] != '\0');
    free(copy);
    free(room);
    return r;
}

static void round_trip(const uint8_t *data, size_t n)
{
    uint8_t *packed, *out = malloc(n + 1);
    size_t size = efi_compress(data, n, &packed), stream, original;
    struct romtool_error err = {0};

    assert_non_null(out);
    assert_int_equal(rt_rom_packed_sizes((struct rt_bytes){packed, size}, &stream, &original, &err),
                     0);
    assert_int_equal(stream, size - 8);
    assert_int_equal(original, n);
    assert_int_equal(expand(packed, size, out, n), 0);
    assert_memory_equal(out, data, n);
    free(out);
    free(packed);
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 16;
}

/* ------------------------------------------------------------------------- there and back */

static void test_sizes(void **state)
{
    static const size_t sizes[] = {0,    1,    2,    3,    4,     255,   256,   257,    258,
                                   8191, 8192, 8193, 8448, 16384, 65535, 65536, 200000, 1000000};
    static uint8_t data[1000000];
    uint32_t seed = 1;

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (unsigned kind = 0; kind < 5; kind++) {
            for (size_t k = 0; k < sizes[i]; k++) {
                uint32_t r = next_random(&seed);

                data[k] = kind == 0   ? 0
                          : kind == 1 ? (uint8_t)r
                          : kind == 2 ? (uint8_t)(k * k >> 7)
                          : kind == 3 ? (uint8_t)(r % 3 == 0 ? r : data[k > 99 ? k - 99 : 0])
                                      : (uint8_t)("romtool "[k % 8]);
            }
            round_trip(data, sizes[i]);
        }
    }
}

static void test_distances(void **state)
{
    static const size_t distances[] = {1,    2,    3,    4,    5,    100, 4095,
                                       4096, 4097, 8190, 8191, 8192, 8193};
    static uint8_t data[20000];
    uint32_t seed = 7;

    (void)state;
    for (size_t i = 0; i < sizeof(distances) / sizeof(distances[0]); i++) {
        for (size_t k = 0; k < sizeof(data); k++)
            data[k] = k < distances[i] ? (uint8_t)next_random(&seed) : data[k - distances[i]];
        round_trip(data, sizeof(data));
    }
}

/*
 * Each byte is rarer than the one before by the same factor, in blocks as large as can be: codes of
 * 14 to 16 bits. At 64 % one block would want 17.
 */
static void test_long_codes(void **state)
{
    static uint8_t data[400000];

    (void)state;
    for (unsigned percent = 60; percent <= 92; percent += 4) {
        uint32_t seed = percent + sizeof(data);

        for (size_t i = 0; i < sizeof(data); i++) {
            for (data[i] = 0; data[i] < 255 && next_random(&seed) % 100 < percent;)
                data[i]++;
        }
        round_trip(data, sizeof(data));
    }
}

/* ------------------------------------------------------------------------- lies */

static void test_truncated(void **state)
{
    static const char text[] =
        "the rest of a slot behind a shorter file reads as zero, the rest of";
    uint8_t *packed, out[sizeof(text)];
    size_t size = efi_compress((const uint8_t *)text, sizeof(text), &packed);

    (void)state;
    for (size_t n = 0; n < size; n++) { /* the file ends before the stream does */
        assert_int_equal(expand(packed, n, out, sizeof(text)), ROMTOOL_E_BAD_COMPRESSION);
    }
    for (size_t n = 0; n < size - 8; n++) { /* the stream says that it is shorter */
        packed[0] = (uint8_t)n;
        assert_int_equal(expand(packed, size, out, sizeof(text)), ROMTOOL_E_BAD_COMPRESSION);
    }
    free(packed);
}

static void test_wrong_original_size(void **state)
{
    static const char text[] = "sixteen letters, and then some more of them";
    uint8_t *packed, out[256];
    size_t size = efi_compress((const uint8_t *)text, sizeof(text), &packed);

    (void)state;
    assert_int_equal(expand(packed, size, out, sizeof(text)), 0);
    assert_int_equal(expand(packed, size, out, sizeof(text) - 1), ROMTOOL_E_BAD_COMPRESSION);
    assert_int_equal(expand(packed, size, out, sizeof(text) + 1), ROMTOOL_E_BAD_COMPRESSION);
    for (size_t n = 0; n < 256; n++) {
        packed[4] = (uint8_t)n;
        assert_int_equal(expand(packed, size, out, n),
                         n == 0 || n == sizeof(text) ? 0 : ROMTOOL_E_BAD_COMPRESSION);
    }
    free(packed);
}

static void test_headers(void **state)
{
    static const struct {
        uint8_t header[8];
        int code;
    } cases[] = {
        {{0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0}, ROMTOOL_E_BAD_COMPRESSION},
        {{0xf8, 0xff, 0xff, 0xff, 1, 0, 0, 0}, ROMTOOL_E_BAD_COMPRESSION},
        {{1, 0, 0, 0, 1, 0, 0, 0}, ROMTOOL_E_BAD_COMPRESSION},
        {{0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}, ROMTOOL_E_TOO_LARGE},
        {{0, 0, 0, 0, 1, 0, 0, 1}, ROMTOOL_E_TOO_LARGE},
        {{0, 0, 0, 0, 0, 0, 0, 1}, 0}, /* 16 MiB: as much as is read */
    };
    size_t stream, original;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct romtool_error err = {0};

        assert_int_equal(
            rt_rom_packed_sizes((struct rt_bytes){cases[i].header, 8}, &stream, &original, &err),
            cases[i].code);
        assert_int_equal(err.code, cases[i].code);
    }
}

/* ------------------------------------------------------------------------- streams by hand */

struct bits {
    uint8_t data[64];
    size_t n; /* bits of the stream, behind the header */
};

static void put(struct bits *b, unsigned n, unsigned value)
{
    while (n-- > 0) {
        if (value >> n & 1)
            b->data[8 + b->n / 8] |= (uint8_t)(0x80 >> b->n % 8);
        b->n++;
    }
}

static int expand_bits(struct bits *b, size_t size, uint8_t *out)
{
    size_t n = (b->n + 7) / 8;

    b->data[0] = (uint8_t)n;
    b->data[4] = (uint8_t)size;
    return expand(b->data, 8 + n, out, size);
}

/* A block of so many symbols, each of them this character, at this position: no bits for either. */
static struct bits single(unsigned symbols, unsigned character, unsigned position)
{
    struct bits b = {.n = 0};

    put(&b, 16, symbols);
    put(&b, 5, 0);
    put(&b, 5, 0);
    put(&b, 9, 0);
    put(&b, 9, character);
    put(&b, 4, 0);
    put(&b, 4, position);
    return b;
}

static void test_single_symbols(void **state)
{
    struct bits b = single(5, 'A', 0);
    uint8_t out[256];

    (void)state;
    assert_int_equal(expand_bits(&b, 5, out), 0);
    assert_memory_equal(out, "AAAAA", 5);
    b = single(0xffff, 'A', 0); /* a block may promise more than there is room for */
    assert_int_equal(expand_bits(&b, 5, out), ROMTOOL_E_BAD_COMPRESSION);
    b = single(0, 'A', 0); /* none: no progress */
    assert_int_equal(expand_bits(&b, 5, out), ROMTOOL_E_BAD_COMPRESSION);
    b = single(1, 510, 0); /* no such character */
    assert_int_equal(expand_bits(&b, 5, out), ROMTOOL_E_BAD_COMPRESSION);
    b = single(1, 'A', 14); /* no such position */
    assert_int_equal(expand_bits(&b, 1, out), ROMTOOL_E_BAD_COMPRESSION);
    b = single(1, 256, 0); /* a match for what is before the first byte */
    assert_int_equal(expand_bits(&b, 3, out), ROMTOOL_E_BAD_COMPRESSION);
}

static void append(struct bits *b, const struct bits *more)
{
    for (size_t i = 0; i < more->n; i++)
        put(b, 1, more->data[8 + i / 8] >> (7 - i % 8) & 1);
}

/* What a later block says is believed no more than what the first does. */
static void test_second_block(void **state)
{
    struct bits letter = single(1, 'A', 0), none = single(0, 'A', 0);
    struct bits longest = single(1, 509, 0), longer = single(1, 510, 0);
    struct bits b;
    uint8_t out[600];

    (void)state;
    b = letter;
    append(&b, &letter);
    assert_int_equal(expand_bits(&b, 2, out), 0);
    b.data[4] = 2; /* two bytes, of which one is asked for */
    assert_int_equal(expand(b.data, 8 + (b.n + 7) / 8, out, 1), ROMTOOL_E_BAD_COMPRESSION);
    b = letter;
    append(&b, &none);
    append(&b, &letter);
    assert_int_equal(expand_bits(&b, 2, out), ROMTOOL_E_BAD_COMPRESSION);
    b = letter;
    append(&b, &longest);
    b.data[0] = (uint8_t)((b.n + 7) / 8);
    b.data[5] = 1;
    b.data[4] = 1; /* 257 bytes: the letter, and 256 times again */
    assert_int_equal(expand(b.data, 8 + (b.n + 7) / 8, out, 257), 0);
    b = letter;
    append(&b, &longer);
    b.data[0] = (uint8_t)((b.n + 7) / 8);
    b.data[4] = 2;
    b.data[5] = 1;
    assert_int_equal(expand(b.data, 8 + (b.n + 7) / 8, out, 258), ROMTOOL_E_BAD_COMPRESSION);
}

/* A match that is longer than the room that is left. */
static void test_match_beyond_the_end(void **state)
{
    (void)state;
    for (size_t size = 1; size < 8; size++) {
        struct bits b = {.n = 0};
        uint8_t out[8];

        put(&b, 16, 2); /* two characters of one bit each: 'A', and a match of 3 */
        put(&b, 5, 4);
        for (int i = 0; i < 3; i++) /* extra symbols 2 and 3, the lengths of 2 and 1 bits */
            put(&b, 3, i == 0 ? 0 : i == 1 ? 0 : 1);
        put(&b, 2, 0);
        put(&b, 3, 1);
        put(&b, 9, 257);
        put(&b, 1, 0), put(&b, 9, 65 - 20); /* 65 zeroes */
        put(&b, 1, 1);                      /* 'A': 1 bit */
        put(&b, 1, 0), put(&b, 9, 190 - 20);
        put(&b, 1, 1); /* 256: 1 bit */
        put(&b, 4, 0);
        put(&b, 4, 0); /* distance 1 */
        put(&b, 2, 1); /* 'A', match */
        assert_int_equal(expand_bits(&b, size, out), size == 4 ? 0 : ROMTOOL_E_BAD_COMPRESSION);
        if (size == 4)
            assert_memory_equal(out, "AAAA", 4);
    }
}

/* Codes that leave bits without a meaning, or give them two. */
static void test_incomplete_codes(void **state)
{
    static const unsigned lengths[][3] = {{1, 2, 0}, {1, 1, 1}, {2, 2, 2}, {0, 0, 1},
                                          {0, 0, 0}, {3, 3, 3}, {7, 1, 0}, {1, 2, 2}};

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct bits b = {.n = 0};
        uint8_t out[4];

        put(&b, 16, 1);
        put(&b, 5, 3);
        for (int k = 0; k < 3; k++) {
            put(&b, 3, lengths[i][k]);
            if (lengths[i][k] == 7)
                put(&b, 1, 0);
        }
        put(&b, 2, 0); /* the gap */
        put(&b, 9, 0);
        put(&b, 9, 'A');
        put(&b, 4, 0);
        put(&b, 4, 0);
        assert_int_equal(expand_bits(&b, 1, out), i == 7 ? 0 : ROMTOOL_E_BAD_COMPRESSION);
    }
}

/* A block of as many symbols as 16 bits can say. */
static void test_the_largest_block(void **state)
{
    static uint8_t out[0xffff];
    struct bits b = single(0xffff, 'A', 0);

    (void)state;
    b.data[0] = (uint8_t)((b.n + 7) / 8);
    b.data[4] = b.data[5] = 0xff;
    assert_int_equal(expand(b.data, 8 + (b.n + 7) / 8, out, sizeof(out)), 0);
    for (size_t i = 0; i < sizeof(out); i++)
        assert_int_equal(out[i], 'A');
}

/* One 'A', with an extra set that is not used, of n lengths: these, then zeroes. */
static int expand_extra(unsigned n, const unsigned *lengths, unsigned given)
{
    struct bits b = {.n = 0};
    uint8_t out[1];

    put(&b, 16, 1);
    put(&b, 5, n);
    for (unsigned i = 0; i < n; i++) {
        unsigned length = i < given ? lengths[i] : 0;

        put(&b, 3, length < 7 ? length : 7);
        for (unsigned k = 7; k <= length && k < 17; k++) /* behind 17, none is waited for */
            put(&b, 1, k < length);
        if (i == 2)
            put(&b, 2, 0); /* the gap */
    }
    put(&b, 9, 0);
    put(&b, 9, 'A');
    put(&b, 4, 0);
    put(&b, 4, 0);
    return expand_bits(&b, 1, out);
}

/* Complete codes all, so that nothing but what is wrong here can be what is refused. */
static void test_limits_of_a_set(void **state)
{
    static const unsigned longest[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 16};
    static const unsigned two[] = {1, 1}, too_long[] = {1, 1, 17};

    (void)state;
    assert_int_equal(expand_extra(17, longest, 17), 0);
    assert_int_equal(expand_extra(3, too_long, 3), ROMTOOL_E_BAD_COMPRESSION);
    assert_int_equal(expand_extra(19, two, 2), 0);
    for (unsigned n = 20; n < 32; n++) /* there are 19 */
        assert_int_equal(expand_extra(n, two, 2), ROMTOOL_E_BAD_COMPRESSION);
    for (unsigned n = 14; n < 16; n++) { /* positions: there are 14 */
        struct bits b = single(1, 'A', 0);
        uint8_t out[1];

        b.n -= 8;
        put(&b, 4, n);
        for (unsigned i = 0; i < n; i++)
            put(&b, 3, i < 2);
        assert_int_equal(expand_bits(&b, 1, out), n == 14 ? 0 : ROMTOOL_E_BAD_COMPRESSION);
    }
}

/* One byte 0, in a set of n: so many lengths of 1, a run of zeroes, so many lengths of 1 again. */
static int expand_characters(unsigned n, unsigned before, unsigned zeroes, unsigned after)
{
    struct bits b = {.n = 0};
    uint8_t out[1];

    put(&b, 16, 1);
    put(&b, 5, 4); /* extra symbols 2 (zeroes) and 3 (length 1), of 1 bit each */
    put(&b, 3, 0), put(&b, 3, 0), put(&b, 3, 1);
    put(&b, 2, 0);
    put(&b, 3, 1);
    put(&b, 9, n);
    put(&b, before, 0xff);
    put(&b, 1, 0), put(&b, 9, zeroes - 20);
    put(&b, after, 0xff);
    put(&b, 4, 0);
    put(&b, 4, 0);
    put(&b, 1, 0);
    return expand_bits(&b, 1, out);
}

static void test_limits_of_the_characters(void **state)
{
    (void)state;
    assert_int_equal(expand_characters(510, 1, 508, 1), 0);
    assert_int_equal(expand_characters(510, 2, 508, 0), 0);
    assert_int_equal(expand_characters(510, 2, 509, 0), ROMTOOL_E_BAD_COMPRESSION); /* a run out */
    assert_int_equal(expand_characters(511, 1, 509, 1), ROMTOOL_E_BAD_COMPRESSION); /* 510 are */
}

/* The shortest blocks that there are: building their codes must cost next to nothing. */
static void test_a_million_blocks(void **state)
{
    enum { BLOCKS = 1 << 20, BITS = 52 };
    size_t n = 8 + BLOCKS * (size_t)BITS / 8;
    uint8_t *packed = calloc(n, 1), *out = malloc(BLOCKS);
    struct bits b = single(1, 'A', 0);

    (void)state;
    assert_non_null(packed);
    assert_non_null(out);
    assert_int_equal(b.n, BITS);
    for (size_t i = 0; i < BLOCKS * (size_t)BITS; i++) {
        size_t at = i % BITS;

        if (b.data[8 + at / 8] & 0x80 >> at % 8)
            packed[8 + i / 8] |= (uint8_t)(0x80 >> i % 8);
    }
    for (unsigned i = 0; i < 4; i++) {
        packed[i] = (uint8_t)((n - 8) >> (8 * i));
        packed[4 + i] = (uint8_t)((size_t)BLOCKS >> (8 * i));
    }
    assert_int_equal(expand(packed, n, out, BLOCKS), 0);
    for (size_t i = 0; i < BLOCKS; i++)
        assert_int_equal(out[i], 'A');
    free(packed);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_distances),
        cmocka_unit_test(test_long_codes),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_wrong_original_size),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_single_symbols),
        cmocka_unit_test(test_second_block),
        cmocka_unit_test(test_match_beyond_the_end),
        cmocka_unit_test(test_incomplete_codes),
        cmocka_unit_test(test_the_largest_block),
        cmocka_unit_test(test_limits_of_a_set),
        cmocka_unit_test(test_limits_of_the_characters),
        cmocka_unit_test(test_a_million_blocks),
    };

    return cmocka_run_group_tests_name("decompress", tests, NULL, NULL);
}
