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

/*
 * A secret key file's second line (minisign's src/minisign.h, SeckeyStruct): "Ed", "Sc" or 00 00,
 * "B2", salt[32], opslimit, memlimit (u64le), then under scrypt's key stream: key id[8], seed[32],
 * public key[32], checksum[32].
 */
enum {
    RT_MINISIGN_SECRET_KDF = 2,
    RT_MINISIGN_SECRET_CHECKSUM = 4,
    RT_MINISIGN_SECRET_SALT = 6,
    RT_MINISIGN_SECRET_OPSLIMIT = 38,
    RT_MINISIGN_SECRET_MEMLIMIT = 46,
    RT_MINISIGN_SECRET_KEY = 54,
    RT_MINISIGN_SECRET_SIZE = 158,
};

/* What is read is as secret as the file: the caller wipes it. ROMTOOL_E_BAD_KEY names the line. */
int rt_minisign_secret_read(struct rt_bytes text, uint8_t ret[RT_MINISIGN_SECRET_SIZE],
                            struct romtool_error *err);

/* "RWQ..." is for people; this is the key id as minisign prints it: 16 upper-case hex digits. */
void rt_minisign_key_id(const struct rt_key_public *key, char ret[17]);

struct rt_minisign_signature {
    uint8_t key_id[RT_KEY_ID_SIZE];
    bool prehashed; /* "ED"; else the legacy "Ed" */
    uint8_t signature[RT_KEY_SIGNATURE_SIZE];
    uint8_t global[RT_KEY_SIGNATURE_SIZE];
    struct rt_bytes trusted_comment; /* points into the text that was read */
};

/*
 * Reads exactly four lines, each with its end (LF or CRLF), canonical base64, comments in printable
 * UTF-8. ROMTOOL_E_BAD_SIGNATURE names the line.
 */
int rt_minisign_signature_read(struct rt_bytes text, struct rt_minisign_signature *ret,
                               struct romtool_error *err);

/* As rt_minisign_key_id(), of the key that is said to have signed. */
void rt_minisign_signature_key_id(const struct rt_minisign_signature *signature, char ret[17]);

/* Appends the four lines. ROMTOOL_E_NO_MEMORY. */
int rt_minisign_signature_write(const struct rt_minisign_signature *signature,
                                struct rt_buffer *out, struct romtool_error *err);

/* Is it one printable line of at most 8173 bytes? ROMTOOL_E_USAGE. */
int rt_minisign_comment_check(const char *trusted_comment, struct romtool_error *err);

/* Appends what the global signature is over: the signature's bytes, then the trusted comment's. */
int rt_minisign_global_message(const uint8_t signature[RT_KEY_SIGNATURE_SIZE],
                               struct rt_bytes trusted_comment, struct rt_buffer *out,
                               struct romtool_error *err);

/*
 * Both signatures, over the message and over the trusted comment, by this key.
 * ROMTOOL_E_UNTRUSTED_KEY where the key id is another's, _BAD_SIGNATURE, _UNAVAILABLE,
 * _NO_MEMORY.
 */
int rt_minisign_verify(const struct rt_minisign_signature *signature,
                       const struct rt_key_public *key, struct rt_bytes message,
                       struct romtool_error *err);

#endif
