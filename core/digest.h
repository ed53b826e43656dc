/* SPDX-License-Identifier: BSD-2-Clause */
/* Digests, by libcrypto. */
#ifndef RT_CORE_DIGEST_H
#define RT_CORE_DIGEST_H

#include "core/bytes.h"
#include "core/error.h"

enum {
    RT_SHA256_SIZE = 32,
    RT_BLAKE2B512_SIZE = 64,
};

/* Each of these: ROMTOOL_E_UNAVAILABLE where this libcrypto does not offer the algorithm,
 * _NO_MEMORY. */
int rt_digest_sha256(struct rt_bytes bytes, uint8_t ret[RT_SHA256_SIZE], struct romtool_error *err);

/* Of n pieces, one behind the other, and zeroes bytes of 0x00 behind them. */
int rt_digest_sha256_pieces(const struct rt_bytes *pieces, size_t n, uint64_t zeroes,
                            uint8_t ret[RT_SHA256_SIZE], struct romtool_error *err);

/*
 * Of the first lengths[i] bytes of the n pieces, one behind the other, for each i, in one pass.
 * lengths ascend, and none is beyond the last piece's end.
 */
int rt_digest_sha256_prefixes(const struct rt_bytes *pieces, size_t n, const size_t *lengths,
                              size_t n_lengths, uint8_t (*ret)[RT_SHA256_SIZE],
                              struct romtool_error *err);

/*
 * What the kernel measures of a file under fs-verity (Documentation/filesystems/fsverity.rst,
 * "Merkle tree" and "fs-verity descriptor"): SHA-256, blocks of 4096 bytes, no salt.
 */
int rt_digest_fsverity(struct rt_bytes file, uint8_t ret[RT_SHA256_SIZE],
                       struct romtool_error *err);

int rt_digest_blake2b512(struct rt_bytes bytes, uint8_t ret[RT_BLAKE2B512_SIZE],
                         struct romtool_error *err);

#endif
