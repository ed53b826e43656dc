/* SPDX-License-Identifier: BSD-2-Clause */
/* core/bytes: every accessor at and beyond every edge; hex; sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------------- accessors */

enum { N = 8 };

/* Exactly N bytes on the heap, so that a sanitizer sees the first one beyond. */
static struct rt_bytes some_bytes(void)
{
    static const uint8_t content[N] = {0xf0, 0xe1, 0xd2, 0xc3, 0xb4, 0xa5, 0x96, 0x87};
    uint8_t *data = malloc(N);

    assert_non_null(data);
    memcpy(data, content, N);
    return (struct rt_bytes){data, N};
}

static void free_bytes(struct rt_bytes b)
{
    free((void *)(uintptr_t)b.data);
}

/* Offsets at which nothing can be read, whatever the width. */
static const size_t beyond[] = {N,
                                N + 1,
                                SIZE_MAX / 2,
                                SIZE_MAX / 2 + 1,
                                SIZE_MAX - 8,
                                SIZE_MAX - 4,
                                SIZE_MAX - 3,
                                SIZE_MAX - 2,
                                SIZE_MAX - 1,
                                SIZE_MAX};

static void test_has(void **state)
{
    static const struct {
        size_t len, off, n;
        bool has;
    } cases[] = {
        {0, 0, 0, true},
        {0, 0, 1, false},
        {0, 1, 0, false},
        {N, 0, 0, true},
        {N, 0, N, true},
        {N, 0, N + 1, false},
        {N, 1, N - 1, true},
        {N, 1, N, false},
        {N, N, 0, true},
        {N, N, 1, false},
        {N, N + 1, 0, false},
        {N, 0, SIZE_MAX, false},
        {N, 1, SIZE_MAX, false},
        {N, N, SIZE_MAX, false},
        {N, N + 1, SIZE_MAX, false},
        {N, SIZE_MAX, 0, false},
        {N, SIZE_MAX, 1, false},
        {N, SIZE_MAX, N, false},
        {N, SIZE_MAX, SIZE_MAX, false},
        {N, SIZE_MAX - N + 1, N, false},
        {SIZE_MAX, SIZE_MAX, 0, true},
        {SIZE_MAX, SIZE_MAX, 1, false},
        {SIZE_MAX, 1, SIZE_MAX - 1, true},
        {SIZE_MAX, 1, SIZE_MAX, false},
        {SIZE_MAX, 0, SIZE_MAX, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(
            rt_bytes_has((struct rt_bytes){NULL, cases[i].len}, cases[i].off, cases[i].n),
            cases[i].has);
}

static void test_slice(void **state)
{
    struct rt_bytes b = some_bytes(), slice;

    (void)state;
    for (size_t off = 0; off <= N; off++) {
        for (size_t n = 0; n <= N + 1; n++) {
            slice = (struct rt_bytes){b.data, 99};
            assert_int_equal(rt_bytes_slice(b, off, n, &slice), n <= N - off);
            assert_int_equal(slice.len, n <= N - off ? n : 0);
            assert_ptr_equal(slice.data, slice.len > 0 ? b.data + off : NULL);
        }
    }
    assert_false(rt_bytes_slice(b, 1, SIZE_MAX, &slice));
    assert_false(rt_bytes_slice(b, SIZE_MAX, 1, &slice));
    assert_true(rt_bytes_slice((struct rt_bytes){NULL, 0}, 0, 0, &slice));
    free_bytes(b);
}

static void test_u8(void **state)
{
    struct rt_bytes b = some_bytes();
    uint8_t value;

    (void)state;
    for (size_t off = 0; off < N; off++) {
        assert_true(rt_bytes_u8(b, off, &value));
        assert_int_equal(value, b.data[off]);
    }
    for (size_t i = 0; i < COUNT(beyond); i++) {
        value = 0x55;
        assert_false(rt_bytes_u8(b, beyond[i], &value));
        assert_int_equal(value, 0);
    }
    assert_false(rt_bytes_u8((struct rt_bytes){NULL, 0}, 0, &value));
    free_bytes(b);
}

static void test_u16le(void **state)
{
    struct rt_bytes b = some_bytes();
    uint16_t value;

    (void)state;
    for (size_t off = 0; off <= N - 2; off++) {
        assert_true(rt_bytes_u16le(b, off, &value));
        assert_int_equal(value, b.data[off] + 256 * b.data[off + 1]);
    }
    value = 0x5555;
    assert_false(rt_bytes_u16le(b, N - 1, &value));
    assert_int_equal(value, 0);
    for (size_t i = 0; i < COUNT(beyond); i++) {
        value = 0x5555;
        assert_false(rt_bytes_u16le(b, beyond[i], &value));
        assert_int_equal(value, 0);
    }
    assert_false(rt_bytes_u16le((struct rt_bytes){b.data, 1}, 0, &value));
    free_bytes(b);
}

static void test_u32le(void **state)
{
    static const uint32_t expected[] = {0xc3d2e1f0, 0xb4c3d2e1, 0xa5b4c3d2, 0x96a5b4c3, 0x8796a5b4};
    struct rt_bytes b = some_bytes();
    uint32_t value;

    (void)state;
    for (size_t off = 0; off < COUNT(expected); off++) {
        assert_true(rt_bytes_u32le(b, off, &value));
        assert_int_equal(value, expected[off]);
    }
    for (size_t off = COUNT(expected); off < N; off++) {
        value = 0x55555555;
        assert_false(rt_bytes_u32le(b, off, &value));
        assert_int_equal(value, 0);
    }
    for (size_t i = 0; i < COUNT(beyond); i++) {
        value = 0x55555555;
        assert_false(rt_bytes_u32le(b, beyond[i], &value));
        assert_int_equal(value, 0);
    }
    assert_false(rt_bytes_u32le((struct rt_bytes){b.data, 3}, 0, &value));
    free_bytes(b);
}

static void test_equal_at(void **state)
{
    struct rt_bytes b = some_bytes();

    (void)state;
    assert_true(rt_bytes_equal_at(b, 0, b.data, N));
    assert_false(rt_bytes_equal_at(b, 0, b.data, N + 1));
    assert_true(rt_bytes_equal_at(b, 6, "\x96\x87", 2));
    assert_false(rt_bytes_equal_at(b, 6, "\x96\x88", 2));
    assert_false(rt_bytes_equal_at(b, 7, "\x87\x00", 2));
    assert_true(rt_bytes_equal_at(b, N, NULL, 0));
    assert_false(rt_bytes_equal_at(b, N + 1, NULL, 0));
    assert_false(rt_bytes_equal_at(b, SIZE_MAX, "\x87", 1));
    assert_false(rt_bytes_equal_at(b, SIZE_MAX - 1, "\x87\x87", 2));
    assert_true(rt_bytes_equal_at((struct rt_bytes){NULL, 0}, 0, NULL, 0));
    free_bytes(b);
}

static void test_sum8(void **state)
{
    static uint8_t many[70000];

    (void)state;
    memset(many, 0xff, sizeof(many));
    assert_int_equal(rt_bytes_sum8((struct rt_bytes){NULL, 0}), 0);
    assert_int_equal(rt_bytes_sum8((struct rt_bytes){many, 1}), 0xff);
    assert_int_equal(rt_bytes_sum8((struct rt_bytes){many, 2}), 0xfe);
    assert_int_equal(rt_bytes_sum8((struct rt_bytes){many, 256}), 0);
    assert_int_equal(rt_bytes_sum8((struct rt_bytes){many, sizeof(many)}), (255U * 70000U) & 0xff);
}

/* Many at a time, of any length, from any address. */
static void test_sum8_every_length(void **state)
{
    uint8_t bytes[2200];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 167 + (i >> 8) * 31);
    for (size_t off = 0; off < 8; off++) {
        unsigned sum = 0;

        for (size_t n = 0; off + n < sizeof(bytes); n++) {
            assert_int_equal(rt_bytes_sum8((struct rt_bytes){bytes + off, n}), sum & 0xff);
            sum += bytes[off + n];
        }
    }
}

static size_t tail_of(const char *bytes, size_t n)
{
    return rt_bytes_tail((struct rt_bytes){(const uint8_t *)bytes, n});
}

static void test_tail(void **state)
{
    (void)state;
    assert_int_equal(tail_of(NULL, 0), 0);
    assert_int_equal(tail_of("a", 1), 1);
    assert_int_equal(tail_of("aaaa", 4), 4);
    assert_int_equal(tail_of("baaa", 4), 3);
    assert_int_equal(tail_of("aaab", 4), 1);
    assert_int_equal(tail_of("a\0\0", 3), 2);
}

static void test_zero_from(void **state)
{
    static const uint8_t bytes[] = {1, 0, 0, 2, 0, 0, 0};
    const struct rt_bytes all = {bytes, sizeof(bytes)}, ends = {bytes, 4};

    (void)state;
    for (size_t off = 0; off < 10; off++) {
        assert_int_equal(rt_bytes_zero_from(all, off), off >= 4);
        assert_int_equal(rt_bytes_zero_from(ends, off), off >= 4);
    }
    assert_true(rt_bytes_zero_from((struct rt_bytes){NULL, 0}, 0));
}

static void test_tail_every_length(void **state)
{
    char bytes[300];

    (void)state;
    for (size_t n = 1; n <= sizeof(bytes); n++) {
        for (size_t tail = 1; tail <= n; tail++) {
            memset(bytes, 'b', n);
            memset(bytes + n - tail, 'a', tail);
            assert_int_equal(tail_of(bytes, n), tail);
        }
    }
}

/* ------------------------------------------------------------------------- UTF-8 */

static size_t utf8(const uint8_t *bytes, size_t n)
{
    return rt_bytes_utf8((struct rt_bytes){bytes, n}, 0);
}

/* Every code point in its one form, and cut off after each of its bytes. */
static void test_utf8_every_code_point(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x110000; c++) {
        bool is_character = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
        uint8_t bytes[4];
        size_t n;

        if (c < 0x80) {
            n = 1;
            bytes[0] = (uint8_t)c;
        } else if (c < 0x800) {
            n = 2;
            bytes[0] = (uint8_t)(0xc0 | c >> 6);
        } else if (c < 0x10000) {
            n = 3;
            bytes[0] = (uint8_t)(0xe0 | c >> 12);
        } else {
            n = 4;
            bytes[0] = (uint8_t)(0xf0 | c >> 18);
        }
        for (size_t i = 1; i < n; i++)
            bytes[i] = (uint8_t)(0x80 | (c >> 6 * (n - 1 - i) & 0x3f));
        if (utf8(bytes, n) != (is_character ? n : 0))
            fail_msg("U+%04X", c);
        for (size_t cut = 1; cut < n; cut++)
            assert_int_equal(utf8(bytes, cut), 0);
    }
}

static bool within(uint8_t byte, uint8_t low, uint8_t high)
{
    return byte >= low && byte <= high;
}

/* The Unicode Standard 15.0, table 3-7, row by row. */
static size_t by_the_table(const uint8_t b[4])
{
    bool tail2 = within(b[2], 0x80, 0xbf), tail3 = tail2 && within(b[3], 0x80, 0xbf);

    if (b[0] <= 0x7f)
        return 1;
    if (within(b[0], 0xc2, 0xdf) && within(b[1], 0x80, 0xbf))
        return 2;
    if ((b[0] == 0xe0 && within(b[1], 0xa0, 0xbf) && tail2) ||
        (within(b[0], 0xe1, 0xec) && within(b[1], 0x80, 0xbf) && tail2) ||
        (b[0] == 0xed && within(b[1], 0x80, 0x9f) && tail2) ||
        (within(b[0], 0xee, 0xef) && within(b[1], 0x80, 0xbf) && tail2))
        return 3;
    if ((b[0] == 0xf0 && within(b[1], 0x90, 0xbf) && tail3) ||
        (within(b[0], 0xf1, 0xf3) && within(b[1], 0x80, 0xbf) && tail3) ||
        (b[0] == 0xf4 && within(b[1], 0x80, 0x8f) && tail3))
        return 4;
    return 0;
}

/* Overlong forms, surrogates, too large, stray and missing continuations: all of them. */
static void test_utf8_every_edge(void **state)
{
    static const uint8_t edges[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
                                    0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed,
                                    0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff};
    const size_t n = COUNT(edges);

    (void)state;
    for (size_t i = 0; i < n * n * n * n; i++) {
        const uint8_t bytes[4] = {edges[i % n], edges[i / n % n], edges[i / n / n % n],
                                  edges[i / n / n / n]};

        if (utf8(bytes, 4) != by_the_table(bytes))
            fail_msg("%02x %02x %02x %02x", bytes[0], bytes[1], bytes[2], bytes[3]);
    }
}

static void test_utf8_places(void **state)
{
    struct rt_bytes text = {(const uint8_t *)"a\xc3\xa4z", 4};

    (void)state;
    assert_int_equal(rt_bytes_utf8(text, 0), 1);
    assert_int_equal(rt_bytes_utf8(text, 1), 2);
    assert_int_equal(rt_bytes_utf8(text, 2), 0);
    assert_int_equal(rt_bytes_utf8(text, 3), 1);
    assert_int_equal(rt_bytes_utf8(text, 4), 0);
    assert_int_equal(rt_bytes_utf8(text, SIZE_MAX), 0);
    assert_int_equal(rt_bytes_utf8((struct rt_bytes){NULL, 0}, 0), 0);
}

/* ------------------------------------------------------------------------- hex */

static void test_hex_round_trip(void **state)
{
    uint8_t bytes[256], again[256];
    char hex[513];

    (void)state;
    for (unsigned i = 0; i < 256; i++) {
        char expected[3];

        bytes[i] = (uint8_t)i;
        rt_bytes_to_hex((struct rt_bytes){&bytes[i], 1}, hex);
        (void)snprintf(expected, sizeof(expected), "%02x", i);
        assert_string_equal(hex, expected);
    }
    rt_bytes_to_hex((struct rt_bytes){bytes, 256}, hex);
    assert_int_equal(strlen(hex), 512);
    assert_true(rt_bytes_from_hex(hex, again, 256));
    assert_memory_equal(bytes, again, 256);
    rt_bytes_to_hex((struct rt_bytes){NULL, 0}, hex);
    assert_string_equal(hex, "");
}

static void test_hex_refused(void **state)
{
    static const char *const refused[] = {
        "",     "0",    "00",   "000",  "00000", "000000", "0A00",
        "000A", "g000", "000g", " 000", "000 ",  "0x00",   "00\n0",
        "-100", "00:0", "0/00", "0:00", "0`00",  "00 00",  "\xff\xff\xff\xff"};
    uint8_t bytes[2];

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        if (rt_bytes_from_hex(refused[i], bytes, 2))
            fail_msg("'%s' was taken", refused[i]);
    }
    assert_true(rt_bytes_from_hex("0a9f", bytes, 2));
    assert_int_equal(bytes[0], 0x0a);
    assert_int_equal(bytes[1], 0x9f);
    assert_true(rt_bytes_from_hex("", bytes, 0));
    assert_false(rt_bytes_from_hex("a", bytes, 0));
}

/* ------------------------------------------------------------------------- sizes */

static void test_powers_of_two(void **state)
{
    (void)state;
    assert_false(rt_size_is_power_of_two(0));
    assert_int_equal(rt_size_to_power_of_two(0), 0);
    for (unsigned k = 0; k < 64; k++) {
        uint64_t power = UINT64_C(1) << k;

        assert_true(rt_size_is_power_of_two(power));
        assert_true(rt_size_to_power_of_two(power) == power);
        if (k > 1) {
            assert_false(rt_size_is_power_of_two(power - 1));
            assert_false(rt_size_is_power_of_two(power + 1));
            assert_true(rt_size_to_power_of_two(power - 1) == power);
            assert_true(rt_size_to_power_of_two(power + 1) == (k < 63 ? power << 1 : 0));
        }
    }
    assert_false(rt_size_is_power_of_two(UINT64_MAX));
    assert_true(rt_size_to_power_of_two((UINT64_C(1) << 63) + 1) == 0);
    assert_true(rt_size_to_power_of_two(UINT64_MAX) == 0);
}

static void test_size_accepted(void **state)
{
    static const struct {
        const char *text;
        uint64_t size;
    } cases[] = {
        {"0", 0},
        {"1", 1},
        {"00", 0},
        {"010", 10},
        {"262144", 262144},
        {"0x40000", 262144},
        {"0xAbCdEf", 0xabcdef},
        {"0x0", 0},
        {"256K", 262144},
        {"1M", 1048576},
        {"0K", 0},
        {"64M", 67108864},
        {"18446744073709551615", UINT64_MAX},
        {"0xffffffffffffffff", UINT64_MAX},
        {"18014398509481983K", UINT64_MAX - 1023},
        {"17592186044415M", UINT64_MAX - 1048575},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t size = 77;

        if (!rt_size_parse(cases[i].text, &size) || size != cases[i].size)
            fail_msg("'%s' is not %llu", cases[i].text, (unsigned long long)cases[i].size);
    }
}

static void refuse_size(const char *text)
{
    uint64_t size = 77;

    if (rt_size_parse(text, &size) || size != 0)
        fail_msg("'%s' gave %llu", text, (unsigned long long)size);
}

static void test_size_refused(void **state)
{
    static const char *const refused[] = {
        "",     "K",    "M",     "x",     "0x",  "0X10", "0xK", "0x10K", "0x10M", "0x1g",
        "1G",   "1k",   "1m",    "1B",    "1KB", "1Ki",  "1KK", "1KM",   "K1",    "1.5M",
        "1.",   "1e3",  "-1",    "+1",    " 1",  "1 ",   "\t1", "1\n",   "1 K",   "0x 1",
        "0x1 ", "0x-1", "1,000", "1_000", "a",   "1a",   "1/",  "1:",    "0b1",   "--1"};

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++)
        refuse_size(refused[i]);
}

/* One more than UINT64_MAX in every notation, and much more. */
static void test_size_overflow(void **state)
{
    (void)state;
    refuse_size("18446744073709551616");
    refuse_size("18446744073709551620");
    refuse_size("99999999999999999999999999");
    refuse_size("0x10000000000000000");
    refuse_size("18014398509481984K");
    refuse_size("17592186044416M");
    refuse_size("18446744073709551615M");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_has),
        cmocka_unit_test(test_slice),
        cmocka_unit_test(test_u8),
        cmocka_unit_test(test_u16le),
        cmocka_unit_test(test_u32le),
        cmocka_unit_test(test_equal_at),
        cmocka_unit_test(test_sum8),
        cmocka_unit_test(test_sum8_every_length),
        cmocka_unit_test(test_tail),
        cmocka_unit_test(test_zero_from),
        cmocka_unit_test(test_tail_every_length),
        cmocka_unit_test(test_utf8_every_code_point),
        cmocka_unit_test(test_utf8_every_edge),
        cmocka_unit_test(test_utf8_places),
        cmocka_unit_test(test_hex_round_trip),
        cmocka_unit_test(test_hex_refused),
        cmocka_unit_test(test_powers_of_two),
        cmocka_unit_test(test_size_accepted),
        cmocka_unit_test(test_size_refused),
        cmocka_unit_test(test_size_overflow),
    };

    return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
