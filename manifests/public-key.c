/* SPDX-License-Identifier: BSD-2-Clause */
#include "manifests/public-key.h"

#include <string.h>

#include "manifests/base64.h"
#include "manifests/fields.h"
#include "manifests/lines.h"
#include "manifests/minisign.h"
#include "manifests/pem.h"
#include "manifests/ssh.h"

static const struct {
    const char *name;
    size_t size; /* bytes of the raw key */
    /*
     * What stands before it in a SubjectPublicKeyInfo: SEQUENCE { SEQUENCE { OID, for EC the
     * curve's OID }, BIT STRING without unused bits } (RFC 8410, RFC 5480)
     */
    size_t prefix_len;
    uint8_t prefix[26];
} algorithms[] = {
    [RT_KEY_ED25519] = {"ed25519",
                        32,
                        12,
                        {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00}},
    [RT_KEY_P256] = {"ecdsa-p256", 65, 26, {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                            0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                            0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00}},
    [RT_KEY_P384] = {"ecdsa-p384", 97, 23, {0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
                                            0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
                                            0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00}},
};

enum { ALGORITHMS = sizeof(algorithms) / sizeof(algorithms[0]) };

const char *rt_key_algorithm_name(enum rt_key_algorithm algorithm)
{
    return algorithms[algorithm].name;
}

enum rt_key_algorithm rt_key_algorithm_find(const char *name)
{
    for (unsigned i = RT_KEY_ED25519; i < ALGORITHMS; i++) {
        if (strcmp(name, algorithms[i].name) == 0)
            return (enum rt_key_algorithm)i;
    }
    return RT_KEY_NONE;
}

size_t rt_key_public_size(enum rt_key_algorithm algorithm)
{
    return algorithms[algorithm].size;
}

bool rt_key_public_equal(const struct rt_key_public *a, const struct rt_key_public *b)
{
    return a->algorithm == b->algorithm &&
           memcmp(a->key, b->key, rt_key_public_size(a->algorithm)) == 0;
}

size_t rt_key_public_spki(const struct rt_key_public *key, uint8_t ret[RT_KEY_SPKI_MAX])
{
    size_t prefix = algorithms[key->algorithm].prefix_len;
    size_t size = algorithms[key->algorithm].size;

    memcpy(ret, algorithms[key->algorithm].prefix, prefix);
    memcpy(ret + prefix, key->key, size);
    return prefix + size;
}

bool rt_key_public_from_spki(struct rt_bytes der, struct rt_key_public *ret)
{
    *ret = (struct rt_key_public){0};
    for (unsigned i = RT_KEY_ED25519; i < ALGORITHMS; i++) {
        size_t prefix = algorithms[i].prefix_len;

        if (der.len != prefix + algorithms[i].size ||
            !rt_bytes_equal_at(der, 0, algorithms[i].prefix, prefix))
            continue;
        ret->algorithm = (enum rt_key_algorithm)i;
        memcpy(ret->key, der.data + prefix, algorithms[i].size);
        return i == RT_KEY_ED25519 || ret->key[0] == 0x04; /* uncompressed */
    }
    return false;
}

int rt_key_public_name(const struct rt_key_public *key, char ret[2 * RT_SHA256_SIZE + 1],
                       struct romtool_error *err)
{
    uint8_t spki[RT_KEY_SPKI_MAX], digest[RT_SHA256_SIZE];
    size_t n = rt_key_public_spki(key, spki);
    int r = rt_digest_sha256((struct rt_bytes){spki, n}, digest, err);

    ret[0] = '\0';
    if (r == 0)
        rt_bytes_to_hex((struct rt_bytes){digest, sizeof(digest)}, ret);
    return r;
}

int rt_key_default_id(struct rt_key_public *key, struct romtool_error *err)
{
    struct rt_bytes raw = {key->key, rt_key_public_size(key->algorithm)};
    uint8_t digest[RT_SHA256_SIZE];
    int r = rt_digest_sha256(raw, digest, err);

    if (r < 0)
        return r;
    memcpy(key->id, digest, RT_KEY_ID_SIZE);
    key->own_id = false;
    return 0;
}

static bool is_sound_ed25519(const struct rt_key_public *key)
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

static int check_sound(const struct rt_key_public *key, struct romtool_error *err)
{
    if (key->algorithm != RT_KEY_ED25519)
        return rt_key_check_point(key, err);
    return is_sound_ed25519(key)
               ? 0
               : rt_error_set(err, ROMTOOL_E_BAD_KEY, 0, "a key for which anybody can sign");
}

bool rt_key_public_is_sound(const struct rt_key_public *key)
{
    return check_sound(key, NULL) == 0;
}

/* ------------------------------------------------------------------------- files */

static int read_pem(struct rt_bytes text, struct rt_key_public *ret, struct romtool_error *err)
{
    struct rt_buffer der = {0};
    int r = rt_pem_read(text, "PUBLIC KEY", &der, err);

    if (r == 0 && !rt_key_public_from_spki(rt_buffer_bytes(&der), ret))
        r = rt_error_set(err, ROMTOOL_E_BAD_KEY, 0,
                         "not an Ed25519, P-256 or P-384 key with an uncompressed point");
    rt_buffer_free(&der);
    return r;
}

/* What people hand over instead. */
static int not_a_public_key(struct rt_bytes text, struct romtool_error *err)
{
    static const struct {
        const char *begin, *why;
    } others[] = {
        {"-----BEGIN PRIVATE KEY-----", "a private key where a public one is needed"},
        {"-----BEGIN ENCRYPTED PRIVATE KEY-----", "a private key where a public one is needed"},
        {"-----BEGIN OPENSSH PRIVATE KEY-----", "a private key where a public one is needed"},
        {"-----BEGIN CERTIFICATE-----", "a certificate, not a key"},
        {"-----BEGIN PGP", "an OpenPGP key: those are not read"},
    };

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (rt_bytes_equal_at(text, 0, others[i].begin, strlen(others[i].begin)))
            return rt_error_set(err, ROMTOOL_E_BAD_KEY, 0, "%s", others[i].why);
    }
    return rt_error_set(err, ROMTOOL_E_BAD_KEY, 0,
                        "no public key of minisign, PEM or OpenSSH's allowed signers");
}

int rt_key_public_read(struct rt_bytes text, struct rt_key_public *ret,
                       struct rt_key_limits *ret_limits, struct romtool_error *err)
{
    static const char minisign[] = "untrusted comment:";
    struct rt_key_limits limits = {0};
    struct rt_key_public key = {0};
    int r;

    *ret = key;
    if (ret_limits != NULL)
        *ret_limits = limits;
    if (rt_bytes_equal_at(text, 0, minisign, strlen(minisign)))
        r = rt_minisign_key_read(text, &key, err);
    else if (rt_pem_begins(text, "PUBLIC KEY"))
        r = read_pem(text, &key, err);
    else if (rt_ssh_is_signers(text))
        r = rt_ssh_signers_read(text, &key, &limits, err);
    else
        r = not_a_public_key(text, err);
    if (r == 0)
        r = check_sound(&key, err);
    if (r == 0 && !key.own_id)
        r = rt_key_default_id(&key, err);
    if (r < 0)
        return r;
    *ret = key;
    if (ret_limits != NULL)
        *ret_limits = limits;
    return 0;
}

void rt_key_public_write_pem(const struct rt_key_public *key, struct rt_buffer *out)
{
    uint8_t spki[RT_KEY_SPKI_MAX];
    size_t n = rt_key_public_spki(key, spki);

    rt_pem_append(out, "PUBLIC KEY", (struct rt_bytes){spki, n});
}
