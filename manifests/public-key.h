/* SPDX-License-Identifier: BSD-2-Clause */
/* Public keys in files, as three tools write them; what names a key. No libcrypto. */
#ifndef RT_MANIFESTS_PUBLIC_KEY_H
#define RT_MANIFESTS_PUBLIC_KEY_H

#include "manifests/keys.h"

/* When and for what a key's own file says it may be used: an allowed-signers line can. */
struct rt_key_limits {
    int64_t not_before; /* seconds since 1970; 0: always */
    int64_t not_after;  /* the last second; 0: for ever */
};

/*
 * Reads a public key: minisign's two lines (manifests/minisign.h); a PEM "PUBLIC KEY"
 * (SubjectPublicKeyInfo, RFC 5280) of Ed25519, P-256 or P-384, points uncompressed; or one line of
 * OpenSSH's allowed signers (ssh-keygen(1), ALLOWED SIGNERS) with an ssh-ed25519 key. A key under
 * which anybody could sign is none. ret_limits may be NULL where they do not matter.
 * ROMTOOL_E_BAD_KEY names the byte, _UNAVAILABLE, _NO_MEMORY.
 *
 * Where the file has no minisign key id, the id is rt_key_default_id()'s.
 */
int rt_key_public_read(struct rt_bytes text, struct rt_key_public *ret,
                       struct rt_key_limits *ret_limits, struct romtool_error *err);

/* "ed25519", "ecdsa-p256", "ecdsa-p384"; NULL for what is none. */
const char *rt_key_algorithm_name(enum rt_key_algorithm algorithm);

/* The inverse; RT_KEY_NONE for what names none. */
enum rt_key_algorithm rt_key_algorithm_find(const char *name);

/* The same key, whatever files it comes from? */
bool rt_key_public_equal(const struct rt_key_public *a, const struct rt_key_public *b);

/* Bytes of key[] that count. */
size_t rt_key_public_size(enum rt_key_algorithm algorithm);

/* SubjectPublicKeyInfo, DER, into ret; its length. */
size_t rt_key_public_spki(const struct rt_key_public *key, uint8_t ret[RT_KEY_SPKI_MAX]);

/* The inverse; false for anything else, but the point is not looked at. */
bool rt_key_public_from_spki(struct rt_bytes der, struct rt_key_public *ret);

/* What names a key of any algorithm: SHA-256 of its SubjectPublicKeyInfo, lower-case hex. */
int rt_key_public_name(const struct rt_key_public *key, char ret[2 * RT_SHA256_SIZE + 1],
                       struct romtool_error *err);

/* A minisign key id for a key that has none: the first 8 bytes of SHA-256 of the raw key. */
int rt_key_default_id(struct rt_key_public *key, struct romtool_error *err);

/* Appends the PEM block. */
void rt_key_public_write_pem(const struct rt_key_public *key, struct rt_buffer *out);

/*
 * False for an Ed25519 encoding that is not canonical, and for the points of small order, under
 * which anybody can sign: the all-zero key is one. libsodium, and so minisign, refuses both. False
 * for a point that is not on its curve, and where libcrypto cannot tell.
 */
bool rt_key_public_is_sound(const struct rt_key_public *key);

#endif
