/* SPDX-License-Identifier: BSD-2-Clause */
/* core/digest: published vectors, and libcrypto's error queue left as found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/err.h>

#include "core/digest.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct rt_bytes bytes_of(const char *text)
{
    return (struct rt_bytes){(const uint8_t *)text, strlen(text)};
}

static void expect_sha256(struct rt_bytes bytes, const char *expected)
{
    char hex[2 * RT_SHA256_SIZE + 1];
    uint8_t digest[RT_SHA256_SIZE];
    struct romtool_error err;

    rt_error_clear(&err);
    assert_int_equal(rt_digest_sha256(bytes, digest, &err), 0);
    assert_int_equal(err.code, 0);
    rt_bytes_to_hex((struct rt_bytes){digest, sizeof(digest)}, hex);
    assert_string_equal(hex, expected);
}

/* FIPS 180-2, appendix B, and NIST's of no bytes and of a million "a" */
static void test_sha256(void **state)
{
    static char million[1000001];

    (void)state;
    memset(million, 'a', 1000000);
    expect_sha256(bytes_of("abc"),
                  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect_sha256(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    expect_sha256(bytes_of(million),
                  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    expect_sha256(bytes_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect_sha256((struct rt_bytes){NULL, 0},
                  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void expect_blake2b512(struct rt_bytes bytes, const char *expected)
{
    char hex[2 * RT_BLAKE2B512_SIZE + 1];
    uint8_t digest[RT_BLAKE2B512_SIZE];
    struct romtool_error err;

    rt_error_clear(&err);
    assert_int_equal(rt_digest_blake2b512(bytes, digest, &err), 0);
    assert_int_equal(err.code, 0);
    rt_bytes_to_hex((struct rt_bytes){digest, sizeof(digest)}, hex);
    assert_string_equal(hex, expected);
}

/* RFC 7693, appendix A, and the BLAKE2 authors' of no bytes */
static void test_blake2b512(void **state)
{
    (void)state;
    expect_blake2b512(bytes_of("abc"),
                      "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                      "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
    expect_blake2b512((struct rt_bytes){NULL, 0},
                      "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419"
                      "d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce");
}

static void test_null_error(void **state)
{
    uint8_t digest[RT_BLAKE2B512_SIZE];

    (void)state;
    assert_int_equal(rt_digest_sha256(bytes_of("x"), digest, NULL), 0);
    assert_int_equal(rt_digest_blake2b512(bytes_of("x"), digest, NULL), 0);
}

/* So many errors of the caller's are in the queue: afterwards they still are, and no others. */
static void test_error_queue(void **state)
{
    static const size_t counts[] = {0, 1, 3};
    uint8_t digest[RT_BLAKE2B512_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(counts); i++) {
        ERR_clear_error();
        for (size_t j = 0; j < counts[i]; j++)
            ERR_raise(ERR_LIB_USER, (int)(100 + j));
        assert_int_equal(rt_digest_sha256(bytes_of("x"), digest, NULL), 0);
        assert_int_equal(rt_digest_blake2b512(bytes_of("x"), digest, NULL), 0);
        for (size_t j = 0; j < counts[i]; j++) {
            unsigned long code = ERR_get_error();

            assert_int_equal(ERR_GET_LIB(code), ERR_LIB_USER);
            assert_int_equal(ERR_GET_REASON(code), 100 + j);
        }
        assert_int_equal(ERR_get_error(), 0);
    }
}

/* A mark of the caller's is still his own. */
static void test_mark(void **state)
{
    uint8_t digest[RT_SHA256_SIZE];

    (void)state;
    ERR_clear_error();
    ERR_raise(ERR_LIB_USER, 100);
    assert_int_equal(ERR_set_mark(), 1);
    ERR_raise(ERR_LIB_USER, 101);
    assert_int_equal(rt_digest_sha256(bytes_of("x"), digest, NULL), 0);
    assert_int_equal(ERR_GET_REASON(ERR_peek_last_error()), 101);
    assert_int_equal(ERR_pop_to_mark(), 1);
    assert_int_equal(ERR_GET_REASON(ERR_get_error()), 100);
    assert_int_equal(ERR_get_error(), 0);
}

/* Pieces and zeroes are as if they were in one buffer. */
static void test_pieces(void **state)
{
    static uint8_t whole[3 + 9000] = "abc";
    const struct rt_bytes pieces[] = {bytes_of("a"), {NULL, 0}, bytes_of("bc")};
    uint8_t digest[RT_SHA256_SIZE], expected[RT_SHA256_SIZE];

    (void)state;
    for (size_t zeroes = 0; zeroes <= 9000; zeroes += 4500) {
        assert_int_equal(rt_digest_sha256_pieces(pieces, COUNT(pieces), zeroes, digest, NULL), 0);
        assert_int_equal(rt_digest_sha256((struct rt_bytes){whole, 3 + zeroes}, expected, NULL), 0);
        assert_memory_equal(digest, expected, sizeof(digest));
    }
}

static void test_prefixes(void **state)
{
    /* every length from each to each, over pieces of which one is empty and one is NULL */
    static const uint8_t text[] = "abcdefghij";
    const struct rt_bytes pieces[] = {
        {text, 3}, {NULL, 0}, {text + 3, 1}, {text, 0}, {text + 4, 6}};
    uint8_t digests[11][RT_SHA256_SIZE], expected[RT_SHA256_SIZE];
    size_t lengths[11];

    (void)state;
    for (size_t first = 0; first <= 10; first++) {
        for (size_t step = 1; step <= 5; step++) {
            size_t n = 0;

            for (size_t length = first; length <= 10; length += step)
                lengths[n++] = length;
            assert_int_equal(
                rt_digest_sha256_prefixes(pieces, COUNT(pieces), lengths, n, digests, NULL), 0);
            for (size_t i = 0; i < n; i++) {
                assert_int_equal(
                    rt_digest_sha256((struct rt_bytes){text, lengths[i]}, expected, NULL), 0);
                assert_memory_equal(digests[i], expected, sizeof(expected));
            }
        }
    }
    assert_int_equal(rt_digest_sha256_prefixes(pieces, COUNT(pieces), lengths, 0, NULL, NULL), 0);
}

/* What Debian's `fsverity digest` 1.5 prints for n bytes, each its index times 7 modulo 251. */
static void test_fsverity(void **state)
{
    static const struct {
        size_t n;
        const char *digest;
    } files[] = {
        {0, "3d248ca542a24fc62d1c43b916eae5016878e2533c88238480b26128a1f1af95"},
        {1, "b803429503d95915829b29fdbc8bbad142f3abfd11b1cadf5526582e685c0551"},
        {4096, "258b680fa93e3bfc1586d9b439d29a2172bd0db550fe7da1272fd8120d801182"},
        {4097, "0328cc6ed983dc0df3103b9651098ab305e4adfae46a1a5814b6602b0630293d"},
        {524288, "e1389416027616e5a91f01961c0d159871f5c6afaf577d6e3b9d815f916fbde0"},
        {524289, "00023924223dbf3c1f1095d9f0fb02546dc2d8ea7032445ad216eab168faa3bb"},
        {1000000, "b58f50ee8cf6108ce2cac9ba93b208f88b3c2fce5e804b6189d2859bc8a1874e"},
    };
    uint8_t *data = malloc(1000000);

    (void)state;
    assert_non_null(data);
    for (size_t i = 0; i < 1000000; i++)
        data[i] = (uint8_t)(i * 7 % 251);
    for (size_t i = 0; i < COUNT(files); i++) {
        uint8_t digest[RT_SHA256_SIZE];
        char hex[2 * RT_SHA256_SIZE + 1];

        assert_int_equal(rt_digest_fsverity((struct rt_bytes){data, files[i].n}, digest, NULL), 0);
        rt_bytes_to_hex((struct rt_bytes){digest, sizeof(digest)}, hex);
        assert_string_equal(hex, files[i].digest);
    }
    free(data);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),      cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_blake2b512),  cmocka_unit_test(test_null_error),
        cmocka_unit_test(test_error_queue), cmocka_unit_test(test_mark),
        cmocka_unit_test(test_fsverity),    cmocka_unit_test(test_prefixes),
    };

    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
