/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libcrypto's verification. Its error queue is left as found, its configuration is the process's
 * own and not touched.
 */
#include "manifests/keys.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "manifests/public-key.h"

/* What libcrypto calls them; and a signature that it must be able to find good. */
struct algorithm {
    const char *type, *group, *digest;
    size_t field; /* ECDSA: bytes of r and of s */
    const char *key, *signature;
    const char *message;
};

static const struct algorithm algorithms[] = {
    /* RFC 8032, section 7.1, test 2 */
    [RT_KEY_ED25519] = {"ED25519", NULL, NULL, 0,
                        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
                        "r"},
    /* RFC 6979, section A.2.5 */
    [RT_KEY_P256] = {"EC", "P-256", "SHA256", 32,
                     "04"
                     "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                     "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
                     "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
                     "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
                     "sample"},
    /* RFC 6979, section A.2.6 */
    [RT_KEY_P384] = {"EC", "P-384", "SHA384", 48,
                     "04"
                     "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64"
                     "def8f0ea9055866064a254515480bc138015d9b72d7d57244ea8ef9ac0c62189"
                     "6708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720",
                     "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c"
                     "81a648152e44acf96e36dd1e80fabe4699ef4aeb15f178cea1fe40db2603138f"
                     "130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8",
                     "sample"},
};

static int unavailable(enum rt_key_algorithm algorithm, struct romtool_error *err)
{
    return rt_error_set(err, ROMTOOL_E_UNAVAILABLE, ROMTOOL_NO_OFFSET,
                        "this libcrypto does not offer %s", rt_key_algorithm_name(algorithm));
}

static struct rt_bytes key_bytes(const struct rt_key_public *key)
{
    return (struct rt_bytes){key->key, rt_key_public_size(key->algorithm)};
}

/* ------------------------------------------------------------------------- signatures */

/* libcrypto's one-shot calls want a pointer even for no bytes. */
static const uint8_t *pointer_to(struct rt_bytes bytes)
{
    static const uint8_t none[1];

    return bytes.len > 0 ? bytes.data : none;
}

/* NULL too where an ECDSA key is no point of the curve. */
static EVP_PKEY *load_public(enum rt_key_algorithm algorithm, struct rt_bytes key)
{
    const struct algorithm *a = &algorithms[algorithm];
    EVP_PKEY_CTX *ctx = NULL;
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM params[3];

    if (a->group == NULL)
        return EVP_PKEY_new_raw_public_key_ex(NULL, a->type, NULL, key.data, key.len);
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                                 (char *)(uintptr_t)a->group, 0);
    params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
                                                  (void *)(uintptr_t)key.data, key.len);
    params[2] = OSSL_PARAM_construct_end();
    ctx = EVP_PKEY_CTX_new_from_name(NULL, a->type, NULL);
    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
        pkey = NULL;
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

/* True only where libcrypto says so. False is "no" or "cannot": it does not tell which. */
static bool verifies(enum rt_key_algorithm algorithm, struct rt_bytes key, struct rt_bytes message,
                     struct rt_bytes signature)
{
    EVP_PKEY *pkey = load_public(algorithm, key);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool yes =
        pkey != NULL && ctx != NULL &&
        EVP_DigestVerifyInit_ex(ctx, NULL, algorithms[algorithm].digest, NULL, NULL, pkey, NULL) ==
            1 &&
        EVP_DigestVerify(ctx, signature.data, signature.len, pointer_to(message), message.len) == 1;

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return yes;
}

/* r and s, one behind the other, as DER. False where they are not of that form. */
static bool raw_to_der(enum rt_key_algorithm algorithm, struct rt_bytes raw,
                       struct rt_key_signature *ret)
{
    size_t field = algorithms[algorithm].field;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = NULL, *s = NULL;
    unsigned char *p = ret->data;
    int n = 0;

    ret->len = 0;
    if (field > 0 && raw.len == 2 * field && pair != NULL) {
        r = BN_bin2bn(raw.data, (int)field, NULL);
        s = BN_bin2bn(raw.data + field, (int)field, NULL);
    }
    if (r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = s = NULL; /* pair's */
        n = i2d_ECDSA_SIG(pair, NULL);
        if (n > 0 && n <= RT_KEY_SIGNATURE_MAX)
            n = i2d_ECDSA_SIG(pair, &p);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    ret->len = n > 0 && n <= RT_KEY_SIGNATURE_MAX ? (size_t)n : 0;
    return ret->len > 0;
}

static bool verifies_any_form(enum rt_key_algorithm algorithm, struct rt_bytes key,
                              struct rt_bytes message, struct rt_bytes signature)
{
    struct rt_key_signature der;

    if (raw_to_der(algorithm, signature, &der) &&
        verifies(algorithm, key, message, (struct rt_bytes){der.data, der.len}))
        return true;
    return verifies(algorithm, key, message, signature);
}

bool rt_key_signature_normalize(enum rt_key_algorithm algorithm, struct rt_bytes signature,
                                struct rt_key_signature *ret)
{
    bool raw;

    (void)ERR_set_mark();
    raw = raw_to_der(algorithm, signature, ret);
    (void)ERR_pop_to_mark();
    if (raw)
        return true;
    if (signature.len == 0 || signature.len > RT_KEY_SIGNATURE_MAX)
        return false;
    memcpy(ret->data, signature.data, signature.len);
    ret->len = signature.len;
    return true;
}

/* Can libcrypto still say yes? */
static bool verifies_known_answer(enum rt_key_algorithm algorithm)
{
    const struct algorithm *a = &algorithms[algorithm];
    uint8_t key[RT_KEY_POINT_MAX], signature[RT_KEY_SIGNATURE_MAX];
    size_t n_key = strlen(a->key) / 2, n_signature = strlen(a->signature) / 2;
    struct rt_bytes message = {(const uint8_t *)a->message, strlen(a->message)};

    return rt_bytes_from_hex(a->key, key, n_key) &&
           rt_bytes_from_hex(a->signature, signature, n_signature) &&
           verifies_any_form(algorithm, (struct rt_bytes){key, n_key}, message,
                             (struct rt_bytes){signature, n_signature});
}

bool rt_key_is_available(enum rt_key_algorithm algorithm)
{
    bool is;

    (void)ERR_set_mark();
    is = verifies_known_answer(algorithm);
    (void)ERR_pop_to_mark();
    return is;
}

int rt_key_verify(const struct rt_key_public *key, struct rt_bytes message,
                  struct rt_bytes signature, struct romtool_error *err)
{
    enum rt_key_algorithm algorithm = key->algorithm;
    int r;

    if (algorithm == RT_KEY_NONE)
        return rt_error_set(err, ROMTOOL_E_INTERNAL, ROMTOOL_NO_OFFSET, "a key without algorithm");
    (void)ERR_set_mark();
    /*
     * A "no" counts as one only from a libcrypto that was able to say yes just then: out of memory
     * or without the algorithm, it says no to everything.
     */
    if (verifies_any_form(algorithm, key_bytes(key), message, signature))
        r = 0;
    else if (!verifies_known_answer(algorithm))
        r = unavailable(algorithm, err);
    else if (verifies_any_form(algorithm, key_bytes(key), message, signature))
        r = 0;
    else
        r = rt_error_set(err, ROMTOOL_E_BAD_SIGNATURE, ROMTOOL_NO_OFFSET,
                         "the signature is not this key's over these bytes");
    (void)ERR_pop_to_mark();
    return r;
}

static bool loads(const struct rt_key_public *key)
{
    EVP_PKEY *pkey = load_public(key->algorithm, key_bytes(key));

    EVP_PKEY_free(pkey);
    return pkey != NULL;
}

int rt_key_check_point(const struct rt_key_public *key, struct romtool_error *err)
{
    int r;

    if (key->algorithm == RT_KEY_NONE)
        return rt_error_set(err, ROMTOOL_E_INTERNAL, ROMTOOL_NO_OFFSET, "a key without algorithm");
    (void)ERR_set_mark();
    /* a "no" counts only from a libcrypto that was able to say yes, as for signatures */
    if (loads(key))
        r = 0;
    else if (!verifies_known_answer(key->algorithm))
        r = unavailable(key->algorithm, err);
    else
        r = loads(key) ? 0 : rt_error_set(err, ROMTOOL_E_BAD_KEY, 0, "no point of its curve");
    (void)ERR_pop_to_mark();
    return r;
}
