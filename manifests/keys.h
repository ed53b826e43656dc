/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ed25519 keys: the one file of this room that knows libcrypto. Private keys are PEM PKCS#8, public
 * keys are minisign's. OpenSSL's error queue is left as found.
 */
#ifndef RT_MANIFESTS_KEYS_H
#define RT_MANIFESTS_KEYS_H

#include "core/bytes.h"
#include "core/error.h"

enum {
    RT_KEY_ID_SIZE = 8,
    RT_KEY_PUBLIC_SIZE = 32,
    RT_KEY_SIGNATURE_SIZE = 64,
};

struct rt_key_public {
    uint8_t id[RT_KEY_ID_SIZE];
    uint8_t key[RT_KEY_PUBLIC_SIZE];
};

struct rt_key_private; /* wiped when freed */

/* A new key pair from the system's randomness. ROMTOOL_E_UNAVAILABLE, _NO_MEMORY. */
int rt_key_generate(struct rt_key_private **ret, struct romtool_error *err);

/*
 * Reads one unencrypted PEM PKCS#8 Ed25519 private key (RFC 8410) and nothing around it. Asks for
 * no passphrase. ROMTOOL_E_BAD_KEY, _UNAVAILABLE, _NO_MEMORY.
 */
int rt_key_private_read(struct rt_bytes pem, struct rt_key_private **ret,
                        struct romtool_error *err);
/* Appends the PEM to out, which then holds a secret: the caller wipes it. */
int rt_key_private_write(const struct rt_key_private *key, struct rt_buffer *out,
                         struct romtool_error *err);

/* The public half. Its id is the first 8 bytes of SHA-256 of the key: the same pair, the same id.
 */
int rt_key_private_public(const struct rt_key_private *key, struct rt_key_public *ret,
                          struct romtool_error *err);

/*
 * False for an encoding that is not canonical, and for the points of small order, under which
 * anybody can sign: the all-zero key is one. libsodium, and so minisign, refuses both.
 */
bool rt_key_public_is_sound(const struct rt_key_public *key);

int rt_key_sign(const struct rt_key_private *key, struct rt_bytes message,
                uint8_t ret[RT_KEY_SIGNATURE_SIZE], struct romtool_error *err);

/*
 * ROMTOOL_E_BAD_SIGNATURE where the signature is not this key's over these bytes, _UNAVAILABLE
 * where libcrypto cannot tell.
 */
int rt_key_verify(const struct rt_key_public *key, struct rt_bytes message,
                  const uint8_t signature[RT_KEY_SIGNATURE_SIZE], struct romtool_error *err);

void rt_key_private_free(struct rt_key_private *key);

/* Standard base64, canonical only: no other alphabet, no missing padding, no stray bits, no space.
 * Decoding returns false unless exactly n bytes come out. */
bool rt_base64_decode(const char *text, size_t text_len, uint8_t *ret, size_t n);
void rt_base64_append(struct rt_buffer *out, struct rt_bytes bytes);

#endif
