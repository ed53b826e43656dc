/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Private keys and signing: what libcrypto does for the command alone; libromtool has none of it.
 * Its error queue is left as found. Files of private keys are manifests/private-key.h.
 */
#ifndef RT_MANIFESTS_SIGNING_H
#define RT_MANIFESTS_SIGNING_H

#include "manifests/keys.h"

enum { RT_KEY_PASSPHRASE_MAX = 1024 }; /* bytes */

struct rt_key_private; /* wiped when freed */

/* A new key pair from the system's randomness. ROMTOOL_E_UNAVAILABLE, _NO_MEMORY. */
int rt_key_generate(enum rt_key_algorithm algorithm, struct rt_key_private **ret,
                    struct romtool_error *err);

/*
 * From a PKCS#8 PrivateKeyInfo (RFC 5208), DER. ROMTOOL_E_BAD_KEY, _UNAVAILABLE, _NO_MEMORY.
 */
int rt_key_private_from_pkcs8(struct rt_bytes der, struct rt_key_private **ret,
                              struct romtool_error *err);

/*
 * From an EncryptedPrivateKeyInfo: PBES2 with PBKDF2 of at most 10 million iterations, or scrypt
 * within 32 MiB and N * r * p of 2^23. ROMTOOL_E_BAD_KEY also for a wrong passphrase.
 */
int rt_key_private_from_encrypted(struct rt_bytes der, struct rt_bytes passphrase,
                                  struct rt_key_private **ret, struct romtool_error *err);

/* From Ed25519's seed, with minisign's key id. */
int rt_key_private_from_seed(const uint8_t seed[32], const uint8_t id[RT_KEY_ID_SIZE],
                             struct rt_key_private **ret, struct romtool_error *err);

/*
 * What a provider of libcrypto has under a URI ("pkcs11:token=..."). This reads the host's
 * openssl.cnf, where providers are configured. pin may be empty. ROMTOOL_E_UNAVAILABLE where no
 * provider knows the scheme, _BAD_KEY, _NO_MEMORY.
 */
int rt_key_private_from_uri(const char *uri, const char *pin, struct rt_key_private **ret,
                            struct romtool_error *err);

/* Appends the PKCS#8 DER to out, which then holds a secret: the caller wipes it. */
int rt_key_private_to_pkcs8(const struct rt_key_private *key, struct rt_buffer *out,
                            struct romtool_error *err);

/*
 * The same as EncryptedPrivateKeyInfo: PBES2, AES-256-CBC, PBKDF2 with HMAC-SHA-256. ROMTOOL_E_
 * UNAVAILABLE, _NO_MEMORY.
 */
int rt_key_private_to_encrypted(const struct rt_key_private *key, struct rt_bytes passphrase,
                                struct rt_buffer *out, struct romtool_error *err);

/* The public half. Its id is the key file's, or rt_key_default_id(). */
int rt_key_private_public(const struct rt_key_private *key, struct rt_key_public *ret,
                          struct romtool_error *err);

enum rt_key_algorithm rt_key_private_algorithm(const struct rt_key_private *key);

void rt_key_private_free(struct rt_key_private *key);

/* ECDSA signs the message's SHA-256 or SHA-384; two signatures of one message differ. */
int rt_key_sign(const struct rt_key_private *key, struct rt_bytes message,
                struct rt_key_signature *ret, struct romtool_error *err);

/* scrypt (RFC 7914) in at most 1 GiB and a little; true only where it was done. */
bool rt_key_scrypt(struct rt_bytes passphrase, struct rt_bytes salt, uint64_t n, uint64_t r,
                   uint64_t p, uint8_t *ret, size_t ret_len);

#endif
