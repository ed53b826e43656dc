/* SPDX-License-Identifier: BSD-2-Clause */
/* libcrypto's private keys. Its error queue is left as found. */
#include "manifests/signing.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <openssl/x509.h>

#include "manifests/public-key.h"

struct rt_key_private {
    EVP_PKEY *pkey;
    OSSL_LIB_CTX *context; /* of its own where the host's configuration is needed, else NULL */
    enum rt_key_algorithm algorithm;
    uint8_t id[RT_KEY_ID_SIZE];
    bool own_id;
};

static int unavailable(enum rt_key_algorithm algorithm, struct romtool_error *err)
{
    return rt_error_set(err, ROMTOOL_E_UNAVAILABLE, ROMTOOL_NO_OFFSET,
                        "this libcrypto does not offer %s", rt_key_algorithm_name(algorithm));
}

static int bad_key(struct romtool_error *err, const char *why)
{
    return rt_error_set(err, ROMTOOL_E_BAD_KEY, ROMTOOL_NO_OFFSET, "%s", why);
}

/* The public half as libcrypto or a provider of it states it. */
static int public_half(EVP_PKEY *pkey, struct rt_key_public *ret, struct romtool_error *err)
{
    unsigned char *der = NULL;
    int n = i2d_PUBKEY(pkey, &der);
    int r = 0;

    *ret = (struct rt_key_public){0};
    if (n <= 0)
        r = rt_error_set(err, ROMTOOL_E_UNAVAILABLE, ROMTOOL_NO_OFFSET,
                         "this libcrypto does not state the public half");
    else if (!rt_key_public_from_spki((struct rt_bytes){der, (size_t)n}, ret))
        r = bad_key(err, "not an Ed25519, P-256 or P-384 key");
    OPENSSL_free(der);
    return r;
}

/* Takes pkey over, whatever happens. */
static int wrap_private(EVP_PKEY *pkey, struct rt_key_private **ret, struct romtool_error *err)
{
    struct rt_key_public public;
    struct rt_key_private *key;
    int r = public_half(pkey, &public, err);

    if (r < 0) {
        EVP_PKEY_free(pkey);
        return r;
    }
    key = calloc(1, sizeof(*key));
    if (key == NULL) {
        EVP_PKEY_free(pkey);
        return rt_error_no_memory(err);
    }
    key->pkey = pkey;
    key->algorithm = public.algorithm;
    *ret = key;
    return 0;
}

int rt_key_generate(enum rt_key_algorithm algorithm, struct rt_key_private **ret,
                    struct romtool_error *err)
{
    EVP_PKEY *pkey;
    int r;

    *ret = NULL;
    (void)ERR_set_mark();
    pkey = algorithm == RT_KEY_ED25519
               ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
               : EVP_PKEY_Q_keygen(NULL, NULL, "EC", algorithm == RT_KEY_P256 ? "P-256" : "P-384");
    r = pkey != NULL ? wrap_private(pkey, ret, err) : unavailable(algorithm, err);
    (void)ERR_pop_to_mark();
    return r;
}

/* What libcrypto cannot read, since it does not offer its algorithm. */
static enum rt_key_algorithm lacking(const PKCS8_PRIV_KEY_INFO *info)
{
    const ASN1_OBJECT *object = NULL;
    int nid = PKCS8_pkey_get0(&object, NULL, NULL, NULL, info) == 1 ? OBJ_obj2nid(object) : 0;

    if (nid == NID_ED25519 && !rt_key_is_available(RT_KEY_ED25519))
        return RT_KEY_ED25519;
    if (nid == NID_X9_62_id_ecPublicKey && !rt_key_is_available(RT_KEY_P256))
        return RT_KEY_P256;
    return RT_KEY_NONE;
}

/*
 * A file of an ECDSA key can state a public half that is another key's: nobody accepts what such a
 * key signs. (Ed25519's is not in the file.)
 */
static bool is_pair(const struct rt_key_private *key)
{
    EVP_PKEY_CTX *ctx;
    bool is;

    if (key->algorithm == RT_KEY_ED25519)
        return true;
    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    is = ctx != NULL && EVP_PKEY_pairwise_check(ctx) == 1;
    EVP_PKEY_CTX_free(ctx);
    return is;
}

/* Takes info over. */
static int from_info(PKCS8_PRIV_KEY_INFO *info, struct rt_key_private **ret,
                     struct romtool_error *err)
{
    EVP_PKEY *pkey = info != NULL ? EVP_PKCS82PKEY(info) : NULL;
    enum rt_key_algorithm algorithm = info != NULL && pkey == NULL ? lacking(info) : RT_KEY_NONE;
    int r;

    PKCS8_PRIV_KEY_INFO_free(info);
    if (algorithm != RT_KEY_NONE)
        return unavailable(algorithm, err);
    if (pkey == NULL)
        return bad_key(err, "not an Ed25519, P-256 or P-384 key");
    r = wrap_private(pkey, ret, err);
    if (r == 0 && !is_pair(*ret)) {
        r = bad_key(err, "its public half is not that of its private one");
        rt_key_private_free(*ret);
        *ret = NULL;
    }
    return r;
}

static int read_plain(struct rt_bytes der, struct rt_bytes passphrase, struct rt_key_private **ret,
                      struct romtool_error *err)
{
    const unsigned char *p = der.data;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)der.len);

    (void)passphrase;
    if (info != NULL && (size_t)(p - der.data) != der.len) {
        PKCS8_PRIV_KEY_INFO_free(info);
        info = NULL;
    }
    return from_info(info, ret, err);
}

static bool has_memory(void)
{
    PKCS8_PRIV_KEY_INFO *info = PKCS8_PRIV_KEY_INFO_new();

    PKCS8_PRIV_KEY_INFO_free(info);
    return info != NULL;
}

/*
 * Out of memory, libcrypto cannot read a key either, and which of its errors are about that is hard
 * to tell. So a bad key has to be one twice, and libcrypto to have memory in between.
 */
static int read_surely(int (*read)(struct rt_bytes der, struct rt_bytes passphrase,
                                   struct rt_key_private **ret, struct romtool_error *err),
                       struct rt_bytes der, struct rt_bytes passphrase, struct rt_key_private **ret,
                       struct romtool_error *err)
{
    struct romtool_error why;
    int r;

    *ret = NULL;
    (void)ERR_set_mark();
    rt_error_clear(&why);
    r = read(der, passphrase, ret, &why);
    if (r == ROMTOOL_E_BAD_KEY) {
        rt_error_clear(&why);
        r = has_memory() ? read(der, passphrase, ret, &why) : rt_error_no_memory(&why);
    }
    (void)ERR_pop_to_mark();
    return r == 0 ? 0 : rt_error_hand_on(err, &why);
}

int rt_key_private_from_pkcs8(struct rt_bytes der, struct rt_key_private **ret,
                              struct romtool_error *err)
{
    return read_surely(read_plain, der, (struct rt_bytes){NULL, 0}, ret, err);
}

enum {
    MOST_ITERATIONS = 10000000, /* of PBKDF2 */
    MOST_SCRYPT = 33554432 / 4, /* N times r times p: what minisign asks for */
};

/* 0 where it is none from 1 to max. */
static uint64_t bounded(const ASN1_INTEGER *value, uint64_t max)
{
    uint64_t n;

    return ASN1_INTEGER_get_uint64(&n, value) == 1 && n <= max ? n : 0;
}

static bool pbkdf2_is_bounded(const void *parameter)
{
    PBKDF2PARAM *pbkdf2 = ASN1_item_unpack(parameter, ASN1_ITEM_rptr(PBKDF2PARAM));
    bool is = pbkdf2 != NULL && bounded(pbkdf2->iter, MOST_ITERATIONS) > 0;

    PBKDF2PARAM_free(pbkdf2);
    return is;
}

/* libcrypto bounds scrypt's memory, but not its time: with a large p that is hours. */
static bool scrypt_is_bounded(const void *parameter)
{
    SCRYPT_PARAMS *scrypt = ASN1_item_unpack(parameter, ASN1_ITEM_rptr(SCRYPT_PARAMS));
    uint64_t work = 0;

    if (scrypt != NULL)
        work = bounded(scrypt->costParameter, MOST_SCRYPT);
    if (work > 0)
        work *= bounded(scrypt->blockSize, MOST_SCRYPT / work);
    if (work > 0)
        work *= bounded(scrypt->parallelizationParameter, MOST_SCRYPT / work);
    SCRYPT_PARAMS_free(scrypt);
    return work > 0;
}

/* What a hostile file may make its reader do: PBES2 with a bound amount of work. */
static bool is_bounded(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *object;
    const void *parameter;
    PBE2PARAM *pbe2 = NULL;
    bool is = false;
    int type;

    X509_ALGOR_get0(&object, &type, &parameter, algorithm);
    if (OBJ_obj2nid(object) != NID_pbes2 || type != V_ASN1_SEQUENCE)
        return false;
    pbe2 = ASN1_item_unpack(parameter, ASN1_ITEM_rptr(PBE2PARAM));
    if (pbe2 == NULL)
        return false;
    X509_ALGOR_get0(&object, &type, &parameter, pbe2->keyfunc);
    if (type == V_ASN1_SEQUENCE && OBJ_obj2nid(object) == NID_id_pbkdf2)
        is = pbkdf2_is_bounded(parameter);
    else if (type == V_ASN1_SEQUENCE && OBJ_obj2nid(object) == NID_id_scrypt)
        is = scrypt_is_bounded(parameter);
    PBE2PARAM_free(pbe2);
    return is;
}

static int read_encrypted(struct rt_bytes der, struct rt_bytes passphrase,
                          struct rt_key_private **ret, struct romtool_error *err)
{
    const unsigned char *p = der.data;
    PKCS8_PRIV_KEY_INFO *info;
    const X509_ALGOR *algorithm;
    X509_SIG *encrypted = d2i_X509_SIG(NULL, &p, (long)der.len);
    int r;

    if (encrypted == NULL || (size_t)(p - der.data) != der.len) {
        r = bad_key(err, "not an encrypted PKCS#8 key");
    } else {
        X509_SIG_get0(encrypted, &algorithm, NULL);
        if (!is_bounded(algorithm)) {
            r = bad_key(err, "not encrypted with PBES2, or with more work than is done for it");
        } else {
            info = PKCS8_decrypt(encrypted, (const char *)passphrase.data, (int)passphrase.len);
            r = info != NULL ? from_info(info, ret, err)
                             : bad_key(err, "the passphrase does not open it");
        }
    }
    X509_SIG_free(encrypted);
    return r;
}

int rt_key_private_from_encrypted(struct rt_bytes der, struct rt_bytes passphrase,
                                  struct rt_key_private **ret, struct romtool_error *err)
{
    return read_surely(read_encrypted, der, passphrase, ret, err);
}

int rt_key_private_from_seed(const uint8_t seed[32], const uint8_t id[RT_KEY_ID_SIZE],
                             struct rt_key_private **ret, struct romtool_error *err)
{
    EVP_PKEY *pkey;
    int r;

    *ret = NULL;
    (void)ERR_set_mark();
    pkey = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, seed, 32);
    r = pkey != NULL ? wrap_private(pkey, ret, err) : unavailable(RT_KEY_ED25519, err);
    (void)ERR_pop_to_mark();
    if (r == 0) {
        memcpy((*ret)->id, id, RT_KEY_ID_SIZE);
        (*ret)->own_id = true;
    }
    return r;
}

/* ------------------------------------------------------------------------- providers */

static int give_pin(char *buf, int size, int rwflag, void *user)
{
    const char *pin = user;
    size_t n = strlen(pin);

    (void)rwflag;
    if (n == 0 || size < 0 || n > (size_t)size)
        return -1;
    memcpy(buf, pin, n);
    return (int)n;
}

/* The first private key of the store. */
static EVP_PKEY *find_in_store(OSSL_STORE_CTX *store)
{
    EVP_PKEY *pkey = NULL;

    while (pkey == NULL && OSSL_STORE_eof(store) == 0) {
        OSSL_STORE_INFO *info = OSSL_STORE_load(store);

        if (info == NULL)
            break;
        if (OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
            pkey = OSSL_STORE_INFO_get1_PKEY(info);
        OSSL_STORE_INFO_free(info);
    }
    return pkey;
}

static EVP_PKEY *load_from_store(OSSL_LIB_CTX *context, const char *uri, const char *pin,
                                 bool *ret_known)
{
    char pin_copy[RT_KEY_PASSPHRASE_MAX + 1] = "";
    UI_METHOD *ui = UI_UTIL_wrap_read_pem_callback(give_pin, 0);
    OSSL_STORE_CTX *store = NULL;
    EVP_PKEY *pkey = NULL;

    strncpy(pin_copy, pin, RT_KEY_PASSPHRASE_MAX);
    if (ui != NULL)
        store = OSSL_STORE_open_ex(uri, context, NULL, ui, pin_copy, NULL, NULL, NULL);
    *ret_known = store != NULL;
    if (store != NULL && OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY) == 1)
        pkey = find_in_store(store);
    (void)OSSL_STORE_close(store);
    UI_destroy_method(ui);
    OPENSSL_cleanse(pin_copy, sizeof(pin_copy));
    return pkey;
}

int rt_key_private_from_uri(const char *uri, const char *pin, struct rt_key_private **ret,
                            struct romtool_error *err)
{
    OSSL_LIB_CTX *context;
    EVP_PKEY *pkey = NULL;
    bool known = false;
    int r;

    *ret = NULL;
    (void)ERR_set_mark();
    context = OSSL_LIB_CTX_new();
    if (context != NULL && OSSL_LIB_CTX_load_config(context, NULL) == 1)
        pkey = load_from_store(context, uri, pin, &known);
    if (!known)
        r = rt_error_set(
            err, ROMTOOL_E_UNAVAILABLE, ROMTOOL_NO_OFFSET,
            "no provider of this libcrypto opens it: is one configured in openssl.cnf?");
    else if (pkey == NULL && ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE)
        r = rt_error_no_memory(err);
    else if (pkey == NULL)
        r = bad_key(err, "no private key there, or the PIN does not open it");
    else
        r = wrap_private(pkey, ret, err);
    if (r == 0)
        (*ret)->context = context;
    else
        OSSL_LIB_CTX_free(context);
    (void)ERR_pop_to_mark();
    return r;
}

void rt_key_private_free(struct rt_key_private *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey); /* libcrypto wipes it */
    OSSL_LIB_CTX_free(key->context);
    free(key);
}

/* Takes n bytes of DER at der over; without any, the key could not be written. */
static int append_der(const struct rt_key_private *key, unsigned char *der, int n,
                      struct rt_buffer *out, struct romtool_error *err)
{
    int r = 0;

    if (n <= 0)
        r = unavailable(key->algorithm, err);
    else
        rt_buffer_append(out, der, (size_t)n);
    OPENSSL_clear_free(der, n > 0 ? (size_t)n : 0);
    return r == 0 && out->failed ? rt_error_no_memory(err) : r;
}

int rt_key_private_to_pkcs8(const struct rt_key_private *key, struct rt_buffer *out,
                            struct romtool_error *err)
{
    PKCS8_PRIV_KEY_INFO *info;
    unsigned char *der = NULL;
    int n = 0, r;

    (void)ERR_set_mark();
    info = EVP_PKEY2PKCS8(key->pkey);
    if (info != NULL)
        n = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    r = append_der(key, der, n, out, err);
    PKCS8_PRIV_KEY_INFO_free(info);
    (void)ERR_pop_to_mark();
    return r;
}

int rt_key_private_to_encrypted(const struct rt_key_private *key, struct rt_bytes passphrase,
                                struct rt_buffer *out, struct romtool_error *err)
{
    enum { ITERATIONS = 600000 }; /* OWASP's advice of 2023 for PBKDF2 with HMAC-SHA-256 */
    PKCS8_PRIV_KEY_INFO *info;
    X509_SIG *encrypted = NULL;
    unsigned char *der = NULL;
    int n = 0, r;

    (void)ERR_set_mark();
    info = EVP_PKEY2PKCS8(key->pkey);
    if (info != NULL)
        encrypted =
            PKCS8_encrypt(NID_hmacWithSHA256, EVP_aes_256_cbc(), (const char *)passphrase.data,
                          (int)passphrase.len, NULL, 0, ITERATIONS, info);
    if (encrypted != NULL)
        n = i2d_X509_SIG(encrypted, &der);
    r = append_der(key, der, n, out, err);
    X509_SIG_free(encrypted);
    PKCS8_PRIV_KEY_INFO_free(info);
    (void)ERR_pop_to_mark();
    return r;
}

int rt_key_private_public(const struct rt_key_private *key, struct rt_key_public *ret,
                          struct romtool_error *err)
{
    int r;

    (void)ERR_set_mark();
    r = public_half(key->pkey, ret, err);
    (void)ERR_pop_to_mark();
    if (r < 0)
        return r;
    if (!key->own_id)
        return rt_key_default_id(ret, err);
    memcpy(ret->id, key->id, RT_KEY_ID_SIZE);
    ret->own_id = true;
    return 0;
}

enum rt_key_algorithm rt_key_private_algorithm(const struct rt_key_private *key)
{
    return key->algorithm;
}

/* ------------------------------------------------------------------------- signing */

static const char *const digest_of[] = {[RT_KEY_P256] = "SHA256", [RT_KEY_P384] = "SHA384"};

int rt_key_sign(const struct rt_key_private *key, struct rt_bytes message,
                struct rt_key_signature *ret, struct romtool_error *err)
{
    static const uint8_t none[1]; /* libcrypto wants a pointer even for no bytes */
    EVP_MD_CTX *ctx;
    int r = 0;

    *ret = (struct rt_key_signature){.len = sizeof(ret->data)};
    (void)ERR_set_mark();
    ctx = EVP_MD_CTX_new();
    if (ctx == NULL)
        r = rt_error_no_memory(err);
    else if (EVP_DigestSignInit_ex(ctx, NULL, digest_of[key->algorithm], key->context, NULL,
                                   key->pkey, NULL) != 1 ||
             EVP_DigestSign(ctx, ret->data, &ret->len, message.len > 0 ? message.data : none,
                            message.len) != 1)
        r = unavailable(key->algorithm, err);
    EVP_MD_CTX_free(ctx);
    (void)ERR_pop_to_mark();
    if (r < 0)
        *ret = (struct rt_key_signature){0};
    return r;
}

bool rt_key_scrypt(struct rt_bytes passphrase, struct rt_bytes salt, uint64_t n, uint64_t r,
                   uint64_t p, uint8_t *ret, size_t ret_len)
{
    enum { MOST_MEMORY = (1 << 30) + (1 << 24) };
    int done;

    (void)ERR_set_mark();
    done = EVP_PBE_scrypt((const char *)passphrase.data, passphrase.len, salt.data, salt.len, n, r,
                          p, MOST_MEMORY, ret, ret_len);
    (void)ERR_pop_to_mark();
    return done == 1;
}
