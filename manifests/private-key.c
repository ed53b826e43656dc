/* SPDX-License-Identifier: BSD-2-Clause */
#include "manifests/private-key.h"

#include <string.h>

#include "manifests/minisign.h"
#include "manifests/pem.h"
#include "manifests/public-key.h"

static const char pkcs8_label[] = "PRIVATE KEY";
static const char encrypted_label[] = "ENCRYPTED PRIVATE KEY";

static int bad_key(struct romtool_error *err, const char *why)
{
    return rt_error_set(err, ROMTOOL_E_BAD_KEY, ROMTOOL_NO_OFFSET, "%s", why);
}

static int ask(const struct rt_passphrase *passphrase, char ret[RT_KEY_PASSPHRASE_MAX],
               size_t *ret_len, struct romtool_error *err)
{
    *ret_len = 0;
    if (passphrase == NULL)
        return bad_key(err, "an encrypted key, and no passphrase for it");
    return passphrase->ask(passphrase->user, ret, ret_len, err);
}

/* ------------------------------------------------------------------------- PKCS#8 */

static int read_pkcs8(struct rt_bytes text, const struct rt_passphrase *passphrase,
                      struct rt_key_private **ret, struct romtool_error *err)
{
    bool encrypted = rt_pem_begins(text, encrypted_label);
    char phrase[RT_KEY_PASSPHRASE_MAX];
    struct rt_buffer out = {0};
    struct rt_bytes der;
    size_t n = 0;
    int r = rt_pem_read(text, encrypted ? encrypted_label : pkcs8_label, &out, err);

    der = rt_buffer_bytes(&out);
    if (r == 0 && encrypted)
        r = ask(passphrase, phrase, &n, err);
    if (r == 0)
        r = encrypted ? rt_key_private_from_encrypted(
                            der, (struct rt_bytes){(const uint8_t *)phrase, n}, ret, err)
                      : rt_key_private_from_pkcs8(der, ret, err);
    rt_bytes_wipe((uint8_t *)phrase, n);
    rt_buffer_wipe(&out);
    return r;
}

int rt_private_key_write(const struct rt_key_private *key, struct rt_bytes passphrase,
                         struct rt_buffer *out, struct romtool_error *err)
{
    bool encrypted = passphrase.len > 0;
    struct rt_buffer der = {0};
    int r = encrypted ? rt_key_private_to_encrypted(key, passphrase, &der, err)
                      : rt_key_private_to_pkcs8(key, &der, err);

    if (r == 0)
        rt_pem_append(out, encrypted ? encrypted_label : pkcs8_label, rt_buffer_bytes(&der));
    if (r == 0 && out->failed)
        r = rt_error_no_memory(err);
    rt_buffer_wipe(&der);
    return r;
}

/* ------------------------------------------------------------------------- minisign */

enum {
    BOX_ID = 0, /* of what scrypt's key stream covers */
    BOX_SEED = 8,
    BOX_PUBLIC = 40,
    BOX_SIZE = RT_MINISIGN_SECRET_SIZE - RT_MINISIGN_SECRET_KEY,
    BLOCK_SIZE_R = 8, /* scrypt's r, as libsodium has it */
};

/* The limits of libsodium's "sensitive", which are minisign's own. */
static const uint64_t most_operations = UINT64_C(33554432);
static const uint64_t most_memory = UINT64_C(1) << 30;

static uint64_t read_u64le(const uint8_t *p)
{
    uint64_t value = 0;

    for (size_t i = 8; i > 0; i--)
        value = value << 8 | p[i - 1];
    return value;
}

/*
 * scrypt's N and p from libsodium's two limits (its documentation, "scrypt"): as much memory as the
 * operations allow. False beyond what minisign asks for.
 */
static bool scrypt_parameters(uint64_t operations, uint64_t memory, uint64_t *ret_n,
                              uint64_t *ret_p)
{
    bool by_operations;
    uint64_t most, n = 2;

    if (operations > most_operations || memory > most_memory)
        return false;
    if (operations < 32768)
        operations = 32768;
    by_operations = operations < memory / 32;
    most = by_operations ? operations / (BLOCK_SIZE_R * 4) : memory / (BLOCK_SIZE_R * 128);
    while (n <= most / 2)
        n *= 2;
    *ret_n = n;
    *ret_p = by_operations ? 1 : operations / 4 / n / BLOCK_SIZE_R;
    return *ret_p > 0;
}

static int decrypt(const uint8_t *secret, const struct rt_passphrase *passphrase,
                   uint8_t box[BOX_SIZE], struct romtool_error *err)
{
    struct rt_bytes salt = {secret + RT_MINISIGN_SECRET_SALT, 32};
    char phrase[RT_KEY_PASSPHRASE_MAX];
    uint8_t stream[BOX_SIZE];
    uint64_t n, p;
    size_t len = 0;
    int r;

    if (!scrypt_parameters(read_u64le(secret + RT_MINISIGN_SECRET_OPSLIMIT),
                           read_u64le(secret + RT_MINISIGN_SECRET_MEMLIMIT), &n, &p))
        return bad_key(err, "encrypted with more work than minisign asks for");
    r = ask(passphrase, phrase, &len, err);
    if (r == 0 && !rt_key_scrypt((struct rt_bytes){(const uint8_t *)phrase, len}, salt, n,
                                 BLOCK_SIZE_R, p, stream, sizeof(stream)))
        r = rt_error_set(err, ROMTOOL_E_UNAVAILABLE, ROMTOOL_NO_OFFSET,
                         "this libcrypto, or this host's memory, does not allow scrypt");
    for (size_t i = 0; r == 0 && i < BOX_SIZE; i++)
        box[i] ^= stream[i];
    rt_bytes_wipe((uint8_t *)phrase, len);
    rt_bytes_wipe(stream, sizeof(stream));
    return r;
}

/* Instead of the checksum (an unkeyed BLAKE2b-256), the public key must be the seed's. */
static int from_box(const uint8_t box[BOX_SIZE], bool encrypted, struct rt_key_private **ret,
                    struct romtool_error *err)
{
    struct rt_key_public public;
    int r = rt_key_private_from_seed(box + BOX_SEED, box + BOX_ID, ret, err);

    if (r == 0)
        r = rt_key_private_public(*ret, &public, err);
    if (r == 0 && memcmp(public.key, box + BOX_PUBLIC, RT_KEY_PUBLIC_SIZE) != 0)
        r = bad_key(err, encrypted ? "the passphrase does not open it"
                                   : "its public half is not that of its seed");
    if (r < 0) {
        rt_key_private_free(*ret);
        *ret = NULL;
    }
    return r;
}

static int read_minisign(struct rt_bytes text, const struct rt_passphrase *passphrase,
                         struct rt_key_private **ret, struct romtool_error *err)
{
    uint8_t secret[RT_MINISIGN_SECRET_SIZE] = {0};
    struct rt_key_public public;
    bool encrypted;
    int r;

    if (rt_minisign_key_read(text, &public, NULL) == 0)
        return bad_key(err, "a public key where a private one is needed");
    r = rt_minisign_secret_read(text, secret, err);
    encrypted = memcmp(secret + RT_MINISIGN_SECRET_KDF, "Sc", 2) == 0;
    if (r == 0 && (memcmp(secret, "Ed", 2) != 0 ||
                   (!encrypted && memcmp(secret + RT_MINISIGN_SECRET_KDF, "\0\0", 2) != 0) ||
                   memcmp(secret + RT_MINISIGN_SECRET_CHECKSUM, "B2", 2) != 0))
        r = bad_key(err, "not a secret key of minisign");
    if (r == 0 && encrypted)
        r = decrypt(secret, passphrase, secret + RT_MINISIGN_SECRET_KEY, err);
    if (r == 0)
        r = from_box(secret + RT_MINISIGN_SECRET_KEY, encrypted, ret, err);
    rt_bytes_wipe(secret, sizeof(secret));
    return r;
}

/* ------------------------------------------------------------------------- any */

/* What people hand over instead. */
static int not_a_private_key(struct rt_bytes text, struct romtool_error *err)
{
    static const struct {
        const char *begin, *why;
    } others[] = {
        {"-----BEGIN PUBLIC KEY-----", "a public key where a private one is needed"},
        {"-----BEGIN OPENSSH PRIVATE KEY-----", "an OpenSSH key, not PKCS#8"},
        {"-----BEGIN EC PRIVATE KEY-----",
         "a SEC1 key, not PKCS#8: 'openssl pkcs8 -topk8' converts it"},
        {"-----BEGIN EC PARAMETERS-----",
         "a SEC1 key, not PKCS#8: 'openssl pkcs8 -topk8' converts it"},
    };

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (rt_bytes_equal_at(text, 0, others[i].begin, strlen(others[i].begin)))
            return bad_key(err, others[i].why);
    }
    return rt_error_set(err, ROMTOOL_E_BAD_KEY, 0, "does not begin with '-----BEGIN %s-----'",
                        pkcs8_label);
}

int rt_private_key_read(struct rt_bytes text, const struct rt_passphrase *passphrase,
                        struct rt_key_private **ret, struct romtool_error *err)
{
    static const char minisign[] = "untrusted comment:";

    *ret = NULL;
    if (rt_pem_begins(text, pkcs8_label) || rt_pem_begins(text, encrypted_label))
        return read_pkcs8(text, passphrase, ret, err);
    if (rt_bytes_equal_at(text, 0, minisign, strlen(minisign)))
        return read_minisign(text, passphrase, ret, err);
    return not_a_private_key(text, err);
}
