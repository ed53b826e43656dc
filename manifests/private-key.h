/* SPDX-License-Identifier: BSD-2-Clause */
/* Private keys in files. What is read and written here is secret: callers wipe it. */
#ifndef RT_MANIFESTS_PRIVATE_KEY_H
#define RT_MANIFESTS_PRIVATE_KEY_H

#include "manifests/signing.h"

/*
 * Whom to ask for a passphrase: writes at most RT_KEY_PASSPHRASE_MAX bytes into ret and their
 * number into *ret_len. Called only for a key that is encrypted.
 */
struct rt_passphrase {
    int (*ask)(void *user, char ret[RT_KEY_PASSPHRASE_MAX], size_t *ret_len,
               struct romtool_error *err);
    void *user;
};

/*
 * Reads one private key and nothing around it: PEM "PRIVATE KEY" or "ENCRYPTED PRIVATE KEY"
 * (PKCS#8: Ed25519, P-256, P-384), or minisign's secret key, encrypted (scrypt within 1 GiB, as
 * minisign makes them) or not. passphrase may be NULL: then an encrypted key is refused.
 * ROMTOOL_E_BAD_KEY (a wrong passphrase too), _UNAVAILABLE, _NO_MEMORY, what ask returns.
 */
int rt_private_key_read(struct rt_bytes text, const struct rt_passphrase *passphrase,
                        struct rt_key_private **ret, struct romtool_error *err);

/* Appends the PEM, PKCS#8; encrypted where the passphrase has bytes. */
int rt_private_key_write(const struct rt_key_private *key, struct rt_bytes passphrase,
                         struct rt_buffer *out, struct romtool_error *err);

#endif
