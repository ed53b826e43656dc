/* SPDX-License-Identifier: BSD-2-Clause */
/* state/gzip and core/gz: members, pieces of any size, cuts everywhere, wrong bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "state/gzip.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint8_t plain[30000];

static void fill_plain(void)
{
    for (size_t i = 0; i < sizeof(plain); i++)
        plain[i] = (uint8_t)(i * i / 7);
}

/* One member that holds n bytes of plain. */
static void put_member(struct rt_buffer *out, size_t n)
{
    uint8_t packed[40000];
    z_stream stream = {0};

    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    stream.next_in = plain;
    stream.avail_in = (uInt)n;
    stream.next_out = packed;
    stream.avail_out = sizeof(packed);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    rt_buffer_append(out, packed, sizeof(packed) - stream.avail_out);
    assert_int_equal(deflateEnd(&stream), Z_OK);
    assert_false(out->failed);
}

struct slow {
    struct rt_bytes bytes;
    size_t piece;
};

static int read_slow(void *user, uint64_t offset, uint8_t *data, size_t n, size_t *ret_n,
                     struct romtool_error *err)
{
    const struct slow *slow = user;
    struct rt_source source = rt_source_of_bytes(&slow->bytes);

    return source.read(source.user, offset, data, n < slow->piece ? n : slow->piece, ret_n, err);
}

/* Decompresses in pieces of so many bytes, in and out; how many came before the end or err. */
static size_t read_all(const char *data, size_t n, size_t piece, uint8_t *out, size_t n_out,
                       struct romtool_error *err)
{
    struct slow slow = {{(const uint8_t *)data, n}, piece};
    struct rt_source in = {read_slow, &slow, false}, source;
    static uint8_t buffer[1000];
    struct rt_reader reader;
    struct rt_gzip gzip;
    size_t done = 0, got = 1;

    *err = (struct romtool_error){0};
    rt_reader_begin(&reader, &in, 0, buffer, sizeof(buffer));
    if (rt_gzip_begin(&gzip, &reader, &source, err) == 0) {
        assert_false(source.seekable);
        while (got > 0 && done < n_out &&
               source.read(source.user, done, out + done,
                           piece < n_out - done ? piece : n_out - done, &got, err) == 0)
            done += got;
    }
    rt_gzip_end(&gzip);
    return done;
}

static void test_members(void **state)
{
    static const size_t pieces[] = {1, 7, 1000, 100000};
    static uint8_t out[3 * sizeof(plain)];
    struct rt_buffer file = {0};
    struct romtool_error err;

    (void)state;
    put_member(&file, sizeof(plain));
    put_member(&file, 0);
    put_member(&file, 5);
    for (size_t i = 0; i < COUNT(pieces); i++) {
        memset(out, 0, sizeof(out));
        assert_int_equal(read_all(file.data, file.len, pieces[i], out, sizeof(out), &err),
                         sizeof(plain) + 5);
        assert_int_equal(err.code, 0);
        assert_memory_equal(out, plain, sizeof(plain));
        assert_memory_equal(out + sizeof(plain), plain, 5);
    }
    rt_buffer_free(&file);
}

/* What follows the last member and is none, as blocks of a tape, ends the file. */
static void test_behind(void **state)
{
    static const char behind[][5] = {"\0\0\0\0", "garb", "\x1e\x8b"};
    static uint8_t out[2 * sizeof(plain)];
    struct romtool_error err;

    (void)state;
    for (size_t i = 0; i < COUNT(behind); i++) {
        struct rt_buffer file = {0};

        put_member(&file, 1000);
        rt_buffer_append(&file, behind[i], 4);
        assert_int_equal(read_all(file.data, file.len, 1 + 99 * i, out, sizeof(out), &err), 1000);
        assert_int_equal(err.code, 0);
        rt_buffer_free(&file);
    }
}

/* Cut everywhere: what is there, and then that it ends. */
static void test_cut(void **state)
{
    static uint8_t out[2 * sizeof(plain)];
    struct rt_buffer file = {0};
    struct romtool_error err;

    (void)state;
    put_member(&file, 300);
    for (size_t n = 0; n < file.len; n++) {
        size_t got = read_all(file.data, n, 50, out, sizeof(out), &err);

        assert_true(got <= 300);
        assert_memory_equal(out, plain, got);
        assert_int_equal(err.code, ROMTOOL_E_TRUNCATED);
        assert_int_equal(err.offset, n);
    }
    rt_buffer_free(&file);
}

/* A wrong byte: what came before it is given first. */
static void test_wrong(void **state)
{
    static uint8_t out[2 * sizeof(plain)];
    struct rt_buffer file = {0};
    struct romtool_error err;

    (void)state;
    put_member(&file, sizeof(plain));
    file.data[file.len - 8] ^= 1; /* the sum of all */
    assert_int_equal(read_all(file.data, file.len, 100000, out, sizeof(out), &err), sizeof(plain));
    assert_int_equal(err.code, ROMTOOL_E_BAD_COMPRESSED);
    file.data[2] = 9; /* the method */
    assert_int_equal(read_all(file.data, file.len, 10, out, sizeof(out), &err), 0);
    assert_int_equal(err.code, ROMTOOL_E_BAD_COMPRESSED);
    rt_buffer_free(&file);
}

/* A pipe is read where it is. */
static void test_elsewhere(void **state)
{
    struct rt_bytes none = {0};
    struct rt_source in = rt_source_of_bytes(&none), source;
    struct romtool_error err = {0};
    struct rt_reader reader;
    struct rt_gzip gzip;
    uint8_t buffer[16];
    size_t got = 1;

    (void)state;
    rt_reader_begin(&reader, &in, 0, buffer, sizeof(buffer));
    assert_int_equal(rt_gzip_begin(&gzip, &reader, &source, NULL), 0);
    assert_int_equal(source.read(source.user, 1, buffer, 1, &got, &err), ROMTOOL_E_INTERNAL);
    assert_int_equal(got, 0);
    rt_gzip_end(&gzip);
}

static void test_inflate(void **state)
{
    uint8_t packed[40000], out[sizeof(plain) + 1];
    uLongf n = sizeof(packed);

    (void)state;
    assert_int_equal(compress(packed, &n, plain, sizeof(plain)), Z_OK);
    assert_int_equal(rt_gz_inflate((struct rt_bytes){packed, n}, out, sizeof(plain), NULL), 0);
    assert_memory_equal(out, plain, sizeof(plain));
    /* neither more bytes nor fewer than are due */
    assert_int_equal(rt_gz_inflate((struct rt_bytes){packed, n}, out, sizeof(plain) + 1, NULL),
                     ROMTOOL_E_BAD_COMPRESSED);
    assert_int_equal(rt_gz_inflate((struct rt_bytes){packed, n}, out, sizeof(plain) - 1, NULL),
                     ROMTOOL_E_BAD_COMPRESSED);
    assert_int_equal(rt_gz_inflate((struct rt_bytes){packed, n - 1}, out, sizeof(plain), NULL),
                     ROMTOOL_E_BAD_COMPRESSED);
    assert_int_equal(rt_gz_inflate((struct rt_bytes){0}, out, 1, NULL), ROMTOOL_E_BAD_COMPRESSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),   cmocka_unit_test(test_behind),
        cmocka_unit_test(test_cut),       cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_elsewhere), cmocka_unit_test(test_inflate),
    };

    fill_plain();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
