/* SPDX-License-Identifier: BSD-2-Clause */
/* minisign's public keys and detached signatures, read and written (docs/formats.md). */
#ifndef RT_MANIFESTS_MINISIGN_H
#define RT_MANIFESTS_MINISIGN_H

#include "manifests/keys.h"

/*
 * Reads a minisign public key file: two lines, an untrusted comment and the key, nothing behind
 * them. Lines may end in CRLF and the last one's end may be missing, as for minisign. A key of
 * small order is none. ROMTOOL_E_BAD_KEY names the line.
 */
int rt_minisign_key_read(struct rt_bytes text, struct rt_key_public *ret,
                         struct romtool_error *err);
int rt_minisign_key_write(const struct rt_key_public *key, struct rt_buffer *out,
                          struct romtool_error *err);

/* "RWQ..." is for people; this is the key id as minisign prints it: 16 upper-case hex digits. */
void rt_minisign_key_id(const struct rt_key_public *key, char ret[17]);

/*
 * Signs message (prehashed, "ED") and appends the four lines to out; trusted_comment is one
 * printable line of at most 8173 bytes, else ROMTOOL_E_USAGE. ROMTOOL_E_UNAVAILABLE, _NO_MEMORY.
 */
int rt_minisign_sign(const struct rt_key_private *key, struct rt_bytes message,
                     const char *trusted_comment, struct rt_buffer *out, struct romtool_error *err);

struct rt_minisign_signature {
    uint8_t key_id[RT_KEY_ID_SIZE];
    bool prehashed; /* "ED"; else the legacy "Ed" */
    uint8_t signature[RT_KEY_SIGNATURE_SIZE];
    uint8_t global[RT_KEY_SIGNATURE_SIZE];
    struct rt_bytes trusted_comment; /* points into the text that was read */
};

/*
 * Reads exactly four lines, canonical base64, comments in printable UTF-8; line ends as for keys.
 * ROMTOOL_E_BAD_SIGNATURE names the line.
 */
int rt_minisign_signature_read(struct rt_bytes text, struct rt_minisign_signature *ret,
                               struct romtool_error *err);

/* As rt_minisign_key_id(), of the key that is said to have signed. */
void rt_minisign_signature_key_id(const struct rt_minisign_signature *signature, char ret[17]);

/*
 * Both signatures, over the message and over the trusted comment, by this key.
 * ROMTOOL_E_UNTRUSTED_KEY where the key id is another's, _BAD_SIGNATURE, _UNAVAILABLE,
 * _NO_MEMORY.
 */
int rt_minisign_verify(const struct rt_minisign_signature *signature,
                       const struct rt_key_public *key, struct rt_bytes message,
                       struct romtool_error *err);

#endif
