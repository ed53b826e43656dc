/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one file of this room that knows libcrypto. Its error queue is left as found, its
 * configuration is the process's own and not touched.
 */
#include "manifests/keys.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "core/digest.h"
#include "manifests/lines.h"

#define ALGORITHM "ED25519"

struct rt_key_private {
    EVP_PKEY *pkey;
};

static int unavailable(struct romtool_error *err)
{
    return rt_error_set(err, ROMTOOL_E_UNAVAILABLE, ROMTOOL_NO_OFFSET,
                        "this libcrypto does not offer Ed25519");
}

static int bad_key(struct romtool_error *err, const char *why)
{
    return rt_error_set(err, ROMTOOL_E_BAD_KEY, ROMTOOL_NO_OFFSET, "%s", why);
}

/* Takes pkey over, whatever happens. */
static int wrap_private(EVP_PKEY *pkey, struct rt_key_private **ret, struct romtool_error *err)
{
    struct rt_key_private *key;

    if (pkey == NULL)
        return unavailable(err);
    key = calloc(1, sizeof(*key));
    if (key == NULL) {
        EVP_PKEY_free(pkey);
        return rt_error_no_memory(err);
    }
    key->pkey = pkey;
    *ret = key;
    return 0;
}

int rt_key_generate(struct rt_key_private **ret, struct romtool_error *err)
{
    int r;

    *ret = NULL;
    (void)ERR_set_mark();
    r = wrap_private(EVP_PKEY_Q_keygen(NULL, NULL, ALGORITHM), ret, err);
    (void)ERR_pop_to_mark();
    return r;
}

void rt_key_private_free(struct rt_key_private *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey); /* libcrypto wipes it */
    free(key);
}

int rt_key_private_public(const struct rt_key_private *key, struct rt_key_public *ret,
                          struct romtool_error *err)
{
    uint8_t digest[RT_SHA256_SIZE];
    size_t n = RT_KEY_PUBLIC_SIZE;
    int r = 0;

    *ret = (struct rt_key_public){0};
    (void)ERR_set_mark();
    if (EVP_PKEY_get_raw_public_key(key->pkey, ret->key, &n) != 1 || n != RT_KEY_PUBLIC_SIZE)
        r = unavailable(err);
    (void)ERR_pop_to_mark();
    if (r == 0)
        r = rt_digest_sha256((struct rt_bytes){ret->key, RT_KEY_PUBLIC_SIZE}, digest, err);
    if (r == 0)
        memcpy(ret->id, digest, RT_KEY_ID_SIZE);
    return r;
}

/* ------------------------------------------------------------------------- PEM */

static const char pem_begin[] = "-----BEGIN PRIVATE KEY-----";
static const char pem_end[] = "-----END PRIVATE KEY-----";

enum {
    SEED_SIZE = 32,
    DER_SIZE = 48,
    DER_BASE64_LEN = 64,
    PEM_LINE_LEN = 64, /* RFC 7468: what one line holds, so an Ed25519 key has one */
};

/*
 * What stands before the seed in RFC 8410's OneAsymmetricKey, whose DER is always the same:
 * SEQUENCE { INTEGER 0, SEQUENCE { OID 1.3.101.112 }, OCTET STRING { OCTET STRING of 32 bytes } }
 */
static const uint8_t der_prefix[DER_SIZE - SEED_SIZE] = {
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
};

/* What people hand over instead. */
static int not_a_private_key(struct rt_bytes first_line, struct romtool_error *err)
{
    static const struct {
        const char *begin, *why;
    } others[] = {
        {"-----BEGIN ENCRYPTED PRIVATE KEY-----", "an encrypted key: those are not read yet"},
        {"-----BEGIN PUBLIC KEY-----", "a public key where a private one is needed"},
        {"-----BEGIN OPENSSH PRIVATE KEY-----", "an OpenSSH key, not PKCS#8"},
        {"untrusted comment: ", "a minisign or signify key, not PKCS#8"},
    };

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (rt_bytes_equal_at(first_line, 0, others[i].begin, strlen(others[i].begin)))
            return bad_key(err, others[i].why);
    }
    return rt_error_set(err, ROMTOOL_E_BAD_KEY, 0, "does not begin with '%s'", pem_begin);
}

/* The base64 between the two lines, one block and nothing else. */
static int read_pem(struct rt_bytes pem, char ret[DER_BASE64_LEN], struct romtool_error *err)
{
    struct rt_bytes line, rest = pem;
    size_t n = 0;
    bool ended;

    if (!rt_line_next(&rest, &line, &ended) || !rt_line_is(line, pem_begin))
        return not_a_private_key(line, err);
    for (;;) {
        if (!rt_line_next(&rest, &line, &ended))
            return rt_error_set(err, ROMTOOL_E_BAD_KEY, pem.len, "ends without '%s'", pem_end);
        if (rt_line_is(line, pem_end))
            break;
        if (line.len == 0 || line.len > DER_BASE64_LEN - n)
            return bad_key(err, "not an Ed25519 key");
        memcpy(ret + n, line.data, line.len);
        n += line.len;
    }
    if (n != DER_BASE64_LEN)
        return bad_key(err, "not an Ed25519 key");
    if (rest.len > 0)
        return rt_error_set(err, ROMTOOL_E_BAD_KEY, pem.len - rest.len,
                            "something follows the key");
    return 0;
}

int rt_key_private_read(struct rt_bytes pem, struct rt_key_private **ret, struct romtool_error *err)
{
    char base64[DER_BASE64_LEN];
    uint8_t der[DER_SIZE];
    EVP_PKEY *pkey;
    int r;

    *ret = NULL;
    r = read_pem(pem, base64, err);
    if (r < 0)
        goto out;
    if (!rt_base64_decode(base64, DER_BASE64_LEN, der, DER_SIZE) ||
        memcmp(der, der_prefix, sizeof(der_prefix)) != 0) {
        r = bad_key(err, "not an Ed25519 key");
        goto out;
    }
    (void)ERR_set_mark();
    pkey =
        EVP_PKEY_new_raw_private_key_ex(NULL, ALGORITHM, NULL, der + sizeof(der_prefix), SEED_SIZE);
    r = wrap_private(pkey, ret, err);
    (void)ERR_pop_to_mark();
out:
    OPENSSL_cleanse(base64, sizeof(base64));
    OPENSSL_cleanse(der, sizeof(der));
    return r;
}

int rt_key_private_write(const struct rt_key_private *key, struct rt_buffer *out,
                         struct romtool_error *err)
{
    uint8_t der[DER_SIZE];
    size_t n = SEED_SIZE;
    int r = 0;

    memcpy(der, der_prefix, sizeof(der_prefix));
    (void)ERR_set_mark();
    if (EVP_PKEY_get_raw_private_key(key->pkey, der + sizeof(der_prefix), &n) != 1 ||
        n != SEED_SIZE)
        r = unavailable(err);
    (void)ERR_pop_to_mark();
    if (r == 0) {
        rt_buffer_puts(out, pem_begin);
        rt_buffer_puts(out, "\n");
        rt_base64_append(out, (struct rt_bytes){der, sizeof(der)});
        rt_buffer_puts(out, "\n");
        rt_buffer_puts(out, pem_end);
        rt_buffer_puts(out, "\n");
        if (out->failed)
            r = rt_error_no_memory(err);
    }
    OPENSSL_cleanse(der, sizeof(der));
    return r;
}

/* ------------------------------------------------------------------------- signatures */

/* libcrypto's one-shot calls want a pointer even for no bytes. */
static const uint8_t *pointer_to(struct rt_bytes bytes)
{
    static const uint8_t none[1];

    return bytes.len > 0 ? bytes.data : none;
}

int rt_key_sign(const struct rt_key_private *key, struct rt_bytes message,
                uint8_t ret[RT_KEY_SIGNATURE_SIZE], struct romtool_error *err)
{
    size_t n = RT_KEY_SIGNATURE_SIZE;
    EVP_MD_CTX *ctx;
    int r = 0;

    memset(ret, 0, RT_KEY_SIGNATURE_SIZE);
    (void)ERR_set_mark();
    ctx = EVP_MD_CTX_new();
    if (ctx == NULL)
        r = rt_error_no_memory(err);
    else if (EVP_DigestSignInit_ex(ctx, NULL, NULL, NULL, NULL, key->pkey, NULL) != 1 ||
             EVP_DigestSign(ctx, ret, &n, pointer_to(message), message.len) != 1 ||
             n != RT_KEY_SIGNATURE_SIZE)
        r = unavailable(err);
    EVP_MD_CTX_free(ctx);
    (void)ERR_pop_to_mark();
    return r;
}

/* True only where libcrypto says so. False is "no" or "cannot": it does not tell which. */
static bool verifies(const uint8_t key[RT_KEY_PUBLIC_SIZE], struct rt_bytes message,
                     const uint8_t signature[RT_KEY_SIGNATURE_SIZE])
{
    EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key_ex(NULL, ALGORITHM, NULL, key, RT_KEY_PUBLIC_SIZE);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool yes = pkey != NULL && ctx != NULL &&
               EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, pkey, NULL) == 1 &&
               EVP_DigestVerify(ctx, signature, RT_KEY_SIGNATURE_SIZE, pointer_to(message),
                                message.len) == 1;

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return yes;
}

/* Can libcrypto still say yes? RFC 8032, section 7.1, test 2. */
static bool verifies_known_answer(void)
{
    static const uint8_t key[RT_KEY_PUBLIC_SIZE] = {
        0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7, 0x0a,
        0xa7, 0x4d, 0x1b, 0x7e, 0xbc, 0x9c, 0x98, 0x2c, 0xcf, 0x2e, 0xc4,
        0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4, 0x66, 0x0c,
    };
    static const uint8_t message[] = {0x72};
    static const uint8_t signature[RT_KEY_SIGNATURE_SIZE] = {
        0x92, 0xa0, 0x09, 0xa9, 0xf0, 0xd4, 0xca, 0xb8, 0x72, 0x0e, 0x82, 0x0b, 0x5f,
        0x64, 0x25, 0x40, 0xa2, 0xb2, 0x7b, 0x54, 0x16, 0x50, 0x3f, 0x8f, 0xb3, 0x76,
        0x22, 0x23, 0xeb, 0xdb, 0x69, 0xda, 0x08, 0x5a, 0xc1, 0xe4, 0x3e, 0x15, 0x99,
        0x6e, 0x45, 0x8f, 0x36, 0x13, 0xd0, 0xf1, 0x1d, 0x8c, 0x38, 0x7b, 0x2e, 0xae,
        0xb4, 0x30, 0x2a, 0xee, 0xb0, 0x0d, 0x29, 0x16, 0x12, 0xbb, 0x0c, 0x00,
    };

    return verifies(key, (struct rt_bytes){message, sizeof(message)}, signature);
}

int rt_key_verify(const struct rt_key_public *key, struct rt_bytes message,
                  const uint8_t signature[RT_KEY_SIGNATURE_SIZE], struct romtool_error *err)
{
    int r;

    (void)ERR_set_mark();
    /*
     * A "no" counts as one only from a libcrypto that was able to say yes just then: out of memory
     * or without the algorithm, it says no to everything.
     */
    if (verifies(key->key, message, signature))
        r = 0;
    else if (!verifies_known_answer())
        r = unavailable(err);
    else if (verifies(key->key, message, signature))
        r = 0;
    else
        r = rt_error_set(err, ROMTOOL_E_BAD_SIGNATURE, ROMTOOL_NO_OFFSET,
                         "the signature is not this key's over these bytes");
    (void)ERR_pop_to_mark();
    return r;
}

bool rt_key_public_is_sound(const struct rt_key_public *key)
{
    /*
     * The y of the eight points whose order divides 8 (little-endian): 0, 1, -1 and the two that
     * belong to order 8. Each stands for both signs of x.
     */
    static const uint8_t small[][RT_KEY_PUBLIC_SIZE] = {
        {0},
        {1},
        {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
        {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
         0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
         0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
        {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
         0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
         0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
    };
    uint8_t y[RT_KEY_PUBLIC_SIZE];
    bool below_p;

    memcpy(y, key->key, sizeof(y));
    y[31] &= 0x7f; /* the sign of x */
    /* p = 2^255 - 19: at or above it, all bits but the lowest byte's are set */
    below_p = y[0] < 0xed || y[31] != 0x7f;
    for (size_t i = 1; i < 31; i++)
        below_p = below_p || y[i] != 0xff;
    for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++) {
        if (memcmp(y, small[i], sizeof(y)) == 0)
            return false;
    }
    return below_p;
}

/* ------------------------------------------------------------------------- base64 */

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* 64 for what is no digit. */
static uint32_t base64_value(char c)
{
    uint32_t value = 0;

    while (value < 64 && base64_digits[value] != c)
        value++;
    return value;
}

bool rt_base64_decode(const char *text, size_t text_len, uint8_t *ret, size_t n)
{
    if (text_len / 4 != n / 3 + (n % 3 > 0 ? 1 : 0) || text_len % 4 != 0)
        return false;
    for (size_t in = 0, out = 0; in < text_len; in += 4, out += 3) {
        size_t bytes = n - out < 3 ? n - out : 3;
        uint32_t bits = 0;

        for (size_t i = 0; i < 4; i++) {
            uint32_t value = i <= bytes ? base64_value(text[in + i]) : 0;

            if (value == 64 || (i > bytes && text[in + i] != '='))
                return false;
            bits = bits << 6 | value;
        }
        for (size_t i = 0; i < bytes; i++)
            ret[out + i] = (uint8_t)(bits >> (16 - 8 * i));
        if ((bits & (0xffffffU >> (8 * bytes))) != 0) /* bits that no byte takes */
            return false;
    }
    return true;
}

void rt_base64_append(struct rt_buffer *out, struct rt_bytes bytes)
{
    for (size_t in = 0; in < bytes.len; in += 3) {
        char text[4] = {'=', '=', '=', '='};
        size_t left = bytes.len - in < 3 ? bytes.len - in : 3;
        uint32_t bits = 0;

        for (size_t i = 0; i < 3; i++)
            bits = bits << 8 | (i < left ? bytes.data[in + i] : 0U);
        for (size_t i = 0; i <= left; i++)
            text[i] = base64_digits[bits >> (18 - 6 * i) & 63];
        rt_buffer_append(out, text, sizeof(text));
    }
}
