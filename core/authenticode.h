/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authenticode signatures (Windows Authenticode Portable Executable Signature Format): the PKCS#7
 * SignedData of a PE's certificate table, by libcrypto. What is signed is the digest of a program,
 * which the caller feeds in pieces.
 */
#ifndef RT_CORE_AUTHENTICODE_H
#define RT_CORE_AUTHENTICODE_H

#include "core/bytes.h"
#include "core/error.h"

enum { RT_AUTHENTICODE_DIGEST_MAX = 64 };

struct rt_authenticode {
    char subject[256]; /* of the signer's certificate, RFC 2253, printable */
    char issuer[256];
    char algorithm[16];                         /* of the digest: "SHA256" */
    uint8_t digest[RT_AUTHENTICODE_DIGEST_MAX]; /* of the program, as the signature states it */
    size_t digest_size;                         /* bytes */
    size_t certificates;                        /* that the signature brings along */
};

/*
 * Reads one signature (DER). It is not verified. ROMTOOL_E_BAD_CERTIFICATE where it is none of
 * Authenticode's, _NO_MEMORY.
 */
int rt_authenticode_read(struct rt_bytes signature, struct rt_authenticode *ret,
                         struct romtool_error *err);

struct rt_authenticode_hash;

/* ROMTOOL_E_UNAVAILABLE where this libcrypto does not offer the algorithm, _NO_MEMORY. */
int rt_authenticode_hash_new(const char *algorithm, struct rt_authenticode_hash **ret,
                             struct romtool_error *err);
void rt_authenticode_hash_add(struct rt_authenticode_hash *hash, struct rt_bytes piece);

/* Writes the digest; ROMTOOL_E_UNAVAILABLE where anything failed on the way. Frees hash. */
int rt_authenticode_hash_end(struct rt_authenticode_hash *hash,
                             uint8_t ret[RT_AUTHENTICODE_DIGEST_MAX], size_t *ret_size,
                             struct romtool_error *err);

/* Are these bytes a certificate, PEM or DER? ROMTOOL_E_BAD_KEY. */
int rt_authenticode_check_certificate(struct rt_bytes db, struct romtool_error *err);

/*
 * Does the signature hold, by a certificate that leads to the one in db (PEM or DER)? As firmware's
 * db has it: that one is believed whoever issued it and whatever the date. The digest that is
 * signed is the caller's to compare. ROMTOOL_E_BAD_KEY where db is no certificate,
 * _BAD_CERTIFICATE, _BAD_SIGNATURE, _UNTRUSTED_KEY where it leads elsewhere, _NO_MEMORY.
 */
int rt_authenticode_verify(struct rt_bytes signature, struct rt_bytes db,
                           struct romtool_error *err);

#endif
