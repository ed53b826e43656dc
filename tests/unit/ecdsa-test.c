/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ECDSA: known answers, and what attackers and other encoders make of r and s (the kinds of
 * Wycheproof's ecdsa vectors). One pair of integers has one DER and one raw form here, no other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bn.h>

#include "manifests/public-key.h"
#include "manifests/signing.h"

static struct rt_bytes bytes_of(const char *text)
{
    return (struct rt_bytes){(const uint8_t *)text, strlen(text)};
}

/* RFC 6979, sections A.2.5 and A.2.6: the signatures of "test" */
static const struct curve {
    enum rt_key_algorithm algorithm;
    size_t field;
    const char *x, *y, *r, *s, *order;
} curves[] = {
    {RT_KEY_P256, 32, "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
     "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
     "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
     "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
     "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"},
    {RT_KEY_P384, 48,
     "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64"
     "def8f0ea9055866064a254515480bc13",
     "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1"
     "288b231c3ae0d4fe7344fd2533264720",
     "8203b63d3c853e8d77227fb377bcf7b7b772e97892a80f36ab775d509d7a5feb"
     "0542a7f0812998da8f1dd3ca3cf023db",
     "ddd0760448d42d8a43af45af836fce4de8be06b485e9b61b827c2f13173923e0"
     "6a739f040649a667bf3b828246baa5a5",
     "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
     "581a0db248b0a77aecec196accc52973"},
};

enum { CURVES = sizeof(curves) / sizeof(curves[0]) };

static struct rt_key_public key_of(const struct curve *curve)
{
    struct rt_key_public key = {.algorithm = curve->algorithm};

    key.key[0] = 0x04;
    assert_true(rt_bytes_from_hex(curve->x, key.key + 1, curve->field));
    assert_true(rt_bytes_from_hex(curve->y, key.key + 1 + curve->field, curve->field));
    return key;
}

static int verify(const struct curve *curve, const char *message, const uint8_t *data, size_t n)
{
    struct rt_key_public key = key_of(curve);

    return rt_key_verify(&key, bytes_of(message), (struct rt_bytes){data, n}, NULL);
}

/* ------------------------------------------------------------------------- encodings */

enum { MOST = 400 };

struct text {
    uint8_t data[MOST];
    size_t n;
};

static void put(struct text *t, const void *data, size_t n)
{
    assert_true(t->n + n <= sizeof(t->data));
    memcpy(t->data + t->n, data, n);
    t->n += n;
}

static void put_byte(struct text *t, unsigned byte)
{
    put(t, &(uint8_t){(uint8_t)byte}, 1);
}

/* INTEGER, two's complement, as short as can be. */
static struct text integer(const BIGNUM *value)
{
    struct text t = {0};
    uint8_t bytes[MOST];
    BIGNUM *twos = BN_dup(value);
    size_t n = (size_t)BN_num_bits(value) / 8 + 1; /* with room for the sign */

    assert_non_null(twos);
    if (BN_is_negative(value)) {
        BIGNUM *modulus = BN_new();

        assert_non_null(modulus);
        assert_int_equal(BN_set_bit(modulus, (int)(8 * n)), 1);
        assert_int_equal(BN_add(twos, twos, modulus), 1);
        BN_free(modulus);
    }
    assert_int_equal(BN_bn2binpad(twos, bytes, (int)n), (int)n);
    BN_free(twos);
    put_byte(&t, 0x02);
    put_byte(&t, (unsigned)n);
    put(&t, bytes, n);
    return t;
}

static struct text sequence_of(unsigned tag, struct text content)
{
    struct text t = {0};

    put_byte(&t, tag);
    assert_true(content.n < 0x100);
    if (content.n >= 0x80)
        put_byte(&t, 0x81);
    put_byte(&t, (unsigned)content.n);
    put(&t, content.data, content.n);
    return t;
}

static struct text both(const struct text *a, const struct text *b)
{
    struct text t = *a;

    put(&t, b->data, b->n);
    return t;
}

static struct text der(const BIGNUM *r, const BIGNUM *s)
{
    struct text a = integer(r), b = integer(s);

    return sequence_of(0x30, both(&a, &b));
}

/* False where one of them does not fit. */
static bool raw(const BIGNUM *r, const BIGNUM *s, size_t field, struct text *ret)
{
    *ret = (struct text){.n = 2 * field};
    return !BN_is_negative(r) && !BN_is_negative(s) &&
           BN_bn2binpad(r, ret->data, (int)field) == (int)field &&
           BN_bn2binpad(s, ret->data + field, (int)field) == (int)field;
}

static BIGNUM *number(const char *hex)
{
    BIGNUM *n = NULL;

    assert_true(BN_hex2bn(&n, hex) > 0);
    return n;
}

/* The good pair of this curve. */
struct pair {
    BIGNUM *r, *s, *order;
};

static struct pair pair_of(const struct curve *curve)
{
    return (struct pair){number(curve->r), number(curve->s), number(curve->order)};
}

static void pair_free(struct pair *pair)
{
    BN_free(pair->r);
    BN_free(pair->s);
    BN_free(pair->order);
}

/* ------------------------------------------------------------------------- known answers */

static void test_known_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < CURVES; i++) {
        const struct curve *curve = &curves[i];
        struct pair pair = pair_of(curve);
        struct text d = der(pair.r, pair.s), w;

        assert_true(raw(pair.r, pair.s, curve->field, &w));
        assert_int_equal(verify(curve, "test", d.data, d.n), 0);
        assert_int_equal(verify(curve, "test", w.data, w.n), 0);
        assert_int_equal(verify(curve, "Test", d.data, d.n), ROMTOOL_E_BAD_SIGNATURE);
        assert_int_equal(verify(curve, "", w.data, w.n), ROMTOOL_E_BAD_SIGNATURE);
        pair_free(&pair);
    }
}

/*
 * r is the x of a point modulo the order, and there are points with x above it: Wycheproof's "k*G
 * has a large x-coordinate", and the same with r not reduced.
 */
static void test_r_is_reduced(void **state)
{
    static const struct curve large = {
        RT_KEY_P256,
        32,
        "0ad99500288d466940031d72a9f5445a4d43784640855bf0a69874d2de5fe103",
        "c5011e6ef2c42dcd50d5d3d29f99ae6eba2c80c9244f4c5422f0979ff0c3ba5e",
        "000000000000000000000000000000004319055358e8617b0c46353d039cdaab",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63254e",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"};
    struct pair pair = pair_of(&large);
    struct text t;

    (void)state;
    t = der(pair.r, pair.s);
    assert_int_equal(verify(&large, "123400", t.data, t.n), 0);
    assert_int_equal(BN_add(pair.r, pair.r, pair.order), 1);
    t = der(pair.r, pair.s);
    assert_int_equal(verify(&large, "123400", t.data, t.n), ROMTOOL_E_BAD_SIGNATURE);
    assert_true(raw(pair.r, pair.s, 32, &t));
    assert_int_equal(verify(&large, "123400", t.data, t.n), ROMTOOL_E_BAD_SIGNATURE);
    pair_free(&pair);
}

static void test_own_signatures(void **state)
{
    (void)state;
    for (size_t i = 0; i < CURVES; i++) {
        struct rt_key_private *key;
        struct rt_key_public public;
        struct rt_key_signature one, two;

        assert_int_equal(rt_key_generate(curves[i].algorithm, &key, NULL), 0);
        assert_int_equal(rt_key_private_public(key, &public, NULL), 0);
        assert_int_equal(public.algorithm, curves[i].algorithm);
        assert_int_equal(rt_key_sign(key, bytes_of("m"), &one, NULL), 0);
        assert_int_equal(rt_key_sign(key, bytes_of("m"), &two, NULL), 0);
        assert_false(one.len == two.len && memcmp(one.data, two.data, one.len) == 0);
        assert_int_equal(
            rt_key_verify(&public, bytes_of("m"), (struct rt_bytes){one.data, one.len}, NULL), 0);
        assert_int_equal(verify(&curves[i], "m", one.data, one.len), ROMTOOL_E_BAD_SIGNATURE);
        rt_key_private_free(key);
    }
}

/* ------------------------------------------------------------------------- r and s */

/* In whatever form it can be written. */
static void refuse(const struct curve *curve, const char *what, const BIGNUM *r, const BIGNUM *s)
{
    struct text t = der(r, s);

    if (verify(curve, "test", t.data, t.n) != ROMTOOL_E_BAD_SIGNATURE)
        fail_msg("%zu: %s, DER", curve->field, what);
    if (raw(r, s, curve->field, &t) &&
        verify(curve, "test", t.data, t.n) != ROMTOOL_E_BAD_SIGNATURE)
        fail_msg("%zu: %s, raw", curve->field, what);
}

/* Each of the special values for r, for s, and for both. */
static void test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < CURVES; i++) {
        const struct curve *curve = &curves[i];
        struct pair pair = pair_of(curve);
        BIGNUM *special[12];
        size_t n = 0;

        for (int offset = -1; offset <= 1; offset++) { /* around 0 and around the order */
            special[n] = BN_new();
            assert_non_null(special[n]);
            assert_int_equal(BN_set_word(special[n], offset != 0), 1);
            BN_set_negative(special[n++], offset < 0);
            special[n] = BN_dup(pair.order);
            assert_non_null(special[n]);
            assert_int_equal(offset < 0 ? BN_sub_word(special[n], 1)
                                        : BN_add_word(special[n], (BN_ULONG)offset),
                             1);
            n++;
        }
        for (int more = 0; more < 3; more++) { /* twice the order, all ones, and one bit more */
            special[n] = BN_new();
            assert_non_null(special[n]);
            assert_int_equal(more == 0 ? BN_lshift1(special[n], pair.order)
                                       : BN_set_bit(special[n], (int)(8 * curve->field)),
                             1);
            if (more == 1)
                assert_int_equal(BN_sub_word(special[n], 1), 1);
            n++;
        }
        for (size_t a = 0; a < n; a++) {
            refuse(curve, "special r", special[a], pair.s);
            refuse(curve, "special s", pair.r, special[a]);
            for (size_t b = 0; b < n; b++)
                refuse(curve, "both special", special[a], special[b]);
        }
        refuse(curve, "r and s swapped", pair.s, pair.r);
        refuse(curve, "r twice", pair.r, pair.r);
        for (size_t a = 0; a < n; a++)
            BN_free(special[a]);
        pair_free(&pair);
    }
}

/* The good pair, moved by the order or with another sign: the same modulo the order. */
static void test_congruent(void **state)
{
    (void)state;
    for (size_t i = 0; i < CURVES; i++) {
        const struct curve *curve = &curves[i];
        struct pair pair = pair_of(curve);
        BIGNUM *moved = BN_new();

        assert_non_null(moved);
        assert_int_equal(BN_add(moved, pair.r, pair.order), 1);
        refuse(curve, "r + order", moved, pair.s);
        assert_int_equal(BN_add(moved, pair.s, pair.order), 1);
        refuse(curve, "s + order", pair.r, moved);
        assert_int_equal(BN_sub(moved, pair.r, pair.order), 1);
        refuse(curve, "r - order", moved, pair.s);
        assert_int_equal(BN_sub(moved, pair.s, pair.order), 1);
        refuse(curve, "s - order", pair.r, moved);
        assert_non_null(BN_copy(moved, pair.r));
        BN_set_negative(moved, 1);
        refuse(curve, "-r", moved, pair.s);
        assert_non_null(BN_copy(moved, pair.s));
        BN_set_negative(moved, 1);
        refuse(curve, "-s", pair.r, moved);
        BN_free(moved);
        pair_free(&pair);
    }
}

/* ECDSA's own: (r, order - s) holds where (r, s) does. It is the same key's, and counted once. */
static void test_the_other_s_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < CURVES; i++) {
        struct pair pair = pair_of(&curves[i]);
        struct text t;

        assert_int_equal(BN_sub(pair.s, pair.order, pair.s), 1);
        t = der(pair.r, pair.s);
        assert_int_equal(verify(&curves[i], "test", t.data, t.n), 0);
        pair_free(&pair);
    }
}

/* ------------------------------------------------------------------------- DER */

static void refuse_text(const struct curve *curve, const char *what, struct text t)
{
    int r = verify(curve, "test", t.data, t.n);

    if (r != ROMTOOL_E_BAD_SIGNATURE)
        fail_msg("%zu: %s: %d", curve->field, what, r);
}

/* One byte of a text replaced, or more of them put in its place. */
static struct text replaced(const struct text *t, size_t at, const void *by, size_t n)
{
    struct text ret = {0};

    put(&ret, t->data, at);
    put(&ret, by, n);
    put(&ret, t->data + at + 1, t->n - at - 1);
    return ret;
}

/* The same pair, not as DER has it. */
static void test_not_der(void **state)
{
    (void)state;
    for (size_t i = 0; i < CURVES; i++) {
        const struct curve *curve = &curves[i];
        struct pair pair = pair_of(curve);
        struct text r = integer(pair.r), s = integer(pair.s), rs = both(&r, &s);
        struct text good = sequence_of(0x30, rs), t;
        const uint8_t n = good.data[1], n_r = r.data[1];

        assert_int_equal(verify(curve, "test", good.data, good.n), 0);
        assert_int_equal(r.data[2], 0); /* r has its highest bit set */
        refuse_text(curve, "length in two bytes", replaced(&good, 1, (uint8_t[]){0x81, n}, 2));
        refuse_text(curve, "length in three bytes", replaced(&good, 1, (uint8_t[]){0x82, 0, n}, 3));
        refuse_text(curve, "length in nine bytes",
                    replaced(&good, 1, (uint8_t[]){0x88, 0, 0, 0, 0, 0, 0, 0, n}, 9));
        refuse_text(curve, "length of 2^64",
                    replaced(&good, 1, (uint8_t[]){0x89, 1, 0, 0, 0, 0, 0, 0, 0, n}, 10));
        refuse_text(curve, "length of 4 GiB",
                    replaced(&good, 1, (uint8_t[]){0x85, 1, 0, 0, 0, n}, 6));
        t = replaced(&good, 1, (uint8_t[]){0x80}, 1);
        put(&t, "\0\0", 2);
        refuse_text(curve, "length not defined", t);
        refuse_text(curve, "length one less", replaced(&good, 1, &(uint8_t){(uint8_t)(n - 1)}, 1));
        refuse_text(curve, "length one more", replaced(&good, 1, &(uint8_t){(uint8_t)(n + 1)}, 1));
        refuse_text(curve, "reserved length", replaced(&good, 1, (uint8_t[]){0xff}, 1));
        t = replaced(&rs, 1, (uint8_t[]){0x81, n_r}, 2);
        refuse_text(curve, "length of r in two bytes", sequence_of(0x30, t));
        t = replaced(&rs, r.n + 1, (uint8_t[]){0x81, s.data[1]}, 2);
        refuse_text(curve, "length of s in two bytes", sequence_of(0x30, t));
        t = replaced(&rs, 1, (uint8_t[]){(uint8_t)(n_r + 1), 0}, 2);
        refuse_text(curve, "r with another zero before it", sequence_of(0x30, t));
        t = replaced(&rs, r.n + 1, (uint8_t[]){(uint8_t)(s.data[1] + 1), 0}, 2);
        refuse_text(curve, "s with another zero before it", sequence_of(0x30, t));
        t = (struct text){0};
        put_byte(&t, 0x02);
        put_byte(&t, n_r - 1U);
        put(&t, r.data + 3, r.n - 3);
        put(&t, s.data, s.n);
        refuse_text(curve, "r without its zero: negative", sequence_of(0x30, t));
        t = replaced(&rs, 1, (uint8_t[]){0}, 1);
        refuse_text(curve, "r without bytes", sequence_of(0x30, t));
        refuse_text(curve, "only r", sequence_of(0x30, r));
        refuse_text(curve, "nothing", sequence_of(0x30, (struct text){0}));
        t = both(&rs, &s);
        refuse_text(curve, "a third integer", sequence_of(0x30, t));
        t = rs;
        put(&t, "\5\0", 2);
        refuse_text(curve, "NULL inside", sequence_of(0x30, t));
        t = good;
        put(&t, "\5\0", 2);
        refuse_text(curve, "NULL behind", t);
        for (unsigned c = 0; c < 256; c++) {
            t = good;
            put_byte(&t, c);
            refuse_text(curve, "a byte behind", t);
            refuse_text(curve, "another tag",
                        c == 0x30 ? sequence_of(0x31, rs) : sequence_of(c, rs));
            t = replaced(&rs, 0, &(uint8_t){(uint8_t)(c == 0x02 ? 0x0a : c)}, 1);
            refuse_text(curve, "another tag of r", sequence_of(0x30, t));
        }
        for (t = good; t.n-- > 0;)
            refuse_text(curve, "cut", t);
        t = sequence_of(0x30, good);
        refuse_text(curve, "nested", t);
        refuse_text(curve, "twice", both(&good, &good));
        pair_free(&pair);
    }
}

static void test_every_bit_flip(void **state)
{
    (void)state;
    for (size_t i = 0; i < CURVES; i++) {
        struct pair pair = pair_of(&curves[i]);
        struct text t = der(pair.r, pair.s);

        for (size_t bit = 0; bit < 8 * t.n; bit++) {
            t.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            refuse_text(&curves[i], "a flipped bit", t);
            t.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        pair_free(&pair);
    }
}

/* ------------------------------------------------------------------------- raw */

static void test_raw_of_another_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < CURVES; i++) {
        const struct curve *curve = &curves[i], *other = &curves[1 - i];
        struct pair pair = pair_of(curve);
        struct text good, t = {0};

        assert_true(raw(pair.r, pair.s, curve->field, &good));
        for (t = good; t.n-- > 0;)
            refuse_text(curve, "raw, cut", t);
        t = good;
        put_byte(&t, 0);
        refuse_text(curve, "raw, a zero behind", t);
        assert_true(raw(pair.r, pair.s, curve->field + 1, &t));
        refuse_text(curve, "raw, each with a zero before it", t);
        if (raw(pair.r, pair.s, other->field, &t))
            refuse_text(curve, "raw, of the other curve's size", t);
        refuse_text(curve, "raw, twice", both(&good, &good));
        refuse_text(curve, "raw, all zero", (struct text){.n = 2 * curve->field});
        pair_free(&pair);
    }
}

/* More than any signature has: refused, and nothing is copied where it does not fit. */
static void test_large(void **state)
{
    enum { LARGE = 1 << 20 };
    uint8_t *bytes = malloc(LARGE);
    struct rt_key_signature signature;

    (void)state;
    assert_non_null(bytes);
    memset(bytes, 0x30, LARGE);
    for (size_t i = 0; i < CURVES; i++) {
        assert_int_equal(verify(&curves[i], "test", bytes, LARGE), ROMTOOL_E_BAD_SIGNATURE);
        assert_int_equal(verify(&curves[i], "test", bytes, RT_KEY_SIGNATURE_MAX + 1),
                         ROMTOOL_E_BAD_SIGNATURE);
        assert_false(rt_key_signature_normalize(
            curves[i].algorithm, (struct rt_bytes){bytes, RT_KEY_SIGNATURE_MAX + 1}, &signature));
        assert_false(rt_key_signature_normalize(curves[i].algorithm, (struct rt_bytes){bytes, 0},
                                                &signature));
    }
    free(bytes);
}

/* Raw becomes DER, DER stays, for whoever writes it down. */
static void test_normalize(void **state)
{
    (void)state;
    for (size_t i = 0; i < CURVES; i++) {
        struct pair pair = pair_of(&curves[i]);
        struct text d = der(pair.r, pair.s), w;
        struct rt_key_signature ret;

        assert_true(raw(pair.r, pair.s, curves[i].field, &w));
        assert_true(
            rt_key_signature_normalize(curves[i].algorithm, (struct rt_bytes){w.data, w.n}, &ret));
        assert_int_equal(ret.len, d.n);
        assert_memory_equal(ret.data, d.data, d.n);
        assert_true(
            rt_key_signature_normalize(curves[i].algorithm, (struct rt_bytes){d.data, d.n}, &ret));
        assert_int_equal(ret.len, d.n);
        assert_memory_equal(ret.data, d.data, d.n);
        pair_free(&pair);
    }
}

/* ------------------------------------------------------------------------- keys */

/* The algorithm is the key's, never the signature's. */
static void test_other_algorithm(void **state)
{
    struct rt_key_private *private;
    struct rt_key_public ed25519;
    struct rt_key_signature signature;

    (void)state;
    assert_int_equal(rt_key_generate(RT_KEY_ED25519, &private, NULL), 0);
    assert_int_equal(rt_key_private_public(private, &ed25519, NULL), 0);
    assert_int_equal(rt_key_sign(private, bytes_of("test"), &signature, NULL), 0);
    for (size_t i = 0; i < CURVES; i++) {
        const struct curve *curve = &curves[i];
        struct pair pair = pair_of(curve);
        struct text t;

        assert_int_equal(verify(curve, "test", signature.data, signature.len),
                         ROMTOOL_E_BAD_SIGNATURE);
        assert_true(raw(pair.r, pair.s, curve->field, &t));
        assert_int_equal(
            rt_key_verify(&ed25519, bytes_of("test"), (struct rt_bytes){t.data, t.n}, NULL),
            ROMTOOL_E_BAD_SIGNATURE);
        assert_int_equal(verify(&curves[1 - i], "test", t.data, t.n), ROMTOOL_E_BAD_SIGNATURE);
        t = der(pair.r, pair.s);
        assert_int_equal(
            rt_key_verify(&ed25519, bytes_of("test"), (struct rt_bytes){t.data, t.n}, NULL),
            ROMTOOL_E_BAD_SIGNATURE);
        assert_int_equal(verify(&curves[1 - i], "test", t.data, t.n), ROMTOOL_E_BAD_SIGNATURE);
        pair_free(&pair);
    }
    rt_key_private_free(private);
}

/* A point that is none, in a file: the key is refused before anything is verified with it. */
static void test_points(void **state)
{
    (void)state;
    for (size_t i = 0; i < CURVES; i++) {
        const struct curve *curve = &curves[i];
        size_t field = curve->field;
        static const struct {
            const char *name;
            size_t at;
            unsigned flip;
            bool zero;
        } all[] = {
            {"good", 0, 0, false},
            {"y + 1", SIZE_MAX, 1, false},
            {"x + 1", 1, 0x01, false},
            {"0, 0", 0, 0, true},
            {"hybrid", 0, 0x04 ^ 0x06, false},
            {"hybrid, odd", 0, 0x04 ^ 0x07, false},
            {"compressed", 0, 0x04 ^ 0x02, false},
            {"at infinity", 0, 0x04, false},
        };

        for (size_t j = 0; j < sizeof(all) / sizeof(all[0]); j++) {
            struct rt_key_public key = key_of(curve), again;
            struct rt_buffer text = {0};
            int r;

            key.key[all[j].at == SIZE_MAX ? 2 * field : all[j].at] ^= (uint8_t)all[j].flip;
            if (all[j].zero)
                memset(key.key + 1, 0, 2 * field);
            rt_key_public_write_pem(&key, &text);
            r = rt_key_public_read((struct rt_bytes){(const uint8_t *)text.data, text.len}, &again,
                                   NULL, NULL);
            if (r != (j == 0 ? 0 : ROMTOOL_E_BAD_KEY))
                fail_msg("%zu: %s: %d", field, all[j].name, r);
            if (j == 0)
                assert_true(rt_key_public_equal(&key, &again));
            rt_buffer_free(&text);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_r_is_reduced),
        cmocka_unit_test(test_own_signatures),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_congruent),
        cmocka_unit_test(test_the_other_s_holds),
        cmocka_unit_test(test_not_der),
        cmocka_unit_test(test_every_bit_flip),
        cmocka_unit_test(test_raw_of_another_size),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_normalize),
        cmocka_unit_test(test_other_algorithm),
        cmocka_unit_test(test_points),
    };

    return cmocka_run_group_tests_name("ecdsa", tests, NULL, NULL);
}
