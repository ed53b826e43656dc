/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Public keys and raw signatures: Ed25519 (RFC 8032), ECDSA with P-256 and SHA-256, with P-384 and
 * SHA-384 (FIPS 186-4). What libcrypto does for a verifier, and so for libromtool; its error queue
 * is left as found. Files of keys are manifests/public-key.h, private keys manifests/signing.h.
 */
#ifndef RT_MANIFESTS_KEYS_H
#define RT_MANIFESTS_KEYS_H

#include "core/bytes.h"
#include "core/digest.h"
#include "core/error.h"

enum rt_key_algorithm {
    RT_KEY_NONE, /* of a zeroed key: verifies nothing */
    RT_KEY_ED25519,
    RT_KEY_P256,
    RT_KEY_P384,
};

enum {
    RT_KEY_ID_SIZE = 8,         /* minisign's */
    RT_KEY_PUBLIC_SIZE = 32,    /* Ed25519 */
    RT_KEY_POINT_MAX = 97,      /* P-384: 04, x, y */
    RT_KEY_SIGNATURE_SIZE = 64, /* Ed25519 */
    RT_KEY_SIGNATURE_MAX = 104, /* P-384, DER */
    RT_KEY_SPKI_MAX = 23 + RT_KEY_POINT_MAX,
};

struct rt_key_public {
    enum rt_key_algorithm algorithm;
    uint8_t id[RT_KEY_ID_SIZE];    /* minisign's; see rt_key_public_read() */
    bool own_id;                   /* the id stood in the key's file */
    uint8_t key[RT_KEY_POINT_MAX]; /* Ed25519: 32 bytes; P-256 and P-384: 04, x, y; zeroes behind */
};

struct rt_key_signature {
    uint8_t data[RT_KEY_SIGNATURE_MAX]; /* Ed25519: 64 bytes; ECDSA: DER */
    size_t len;
};

/*
 * ROMTOOL_E_BAD_SIGNATURE where the signature is not this key's over these bytes, _UNAVAILABLE
 * where libcrypto cannot tell. ECDSA: DER, or r and s of the field's size one behind the other.
 */
int rt_key_verify(const struct rt_key_public *key, struct rt_bytes message,
                  struct rt_bytes signature, struct romtool_error *err);

/*
 * A signature as it is kept in files: Ed25519 as it is, ECDSA as DER where it was r and s. False
 * where it can be none of this algorithm's.
 */
bool rt_key_signature_normalize(enum rt_key_algorithm algorithm, struct rt_bytes signature,
                                struct rt_key_signature *ret);

/* Can libcrypto verify signatures of this algorithm just now? */
bool rt_key_is_available(enum rt_key_algorithm algorithm);

/*
 * Is an ECDSA key a point of its curve? 0, ROMTOOL_E_BAD_KEY, or _UNAVAILABLE where libcrypto
 * cannot tell.
 */
int rt_key_check_point(const struct rt_key_public *key, struct romtool_error *err);

#endif
