/* SPDX-License-Identifier: BSD-2-Clause */
/* Decompressing what gzip (RFC 1952) and zlib (RFC 1950) wrote, by zlib. */
#ifndef RT_CORE_GZ_H
#define RT_CORE_GZ_H

#include "core/bytes.h"
#include "core/error.h"

struct rt_gz; /* one gzip file on its way: some 40 KiB */

/* Begins with a file's first byte; the caller frees it. ROMTOOL_E_NO_MEMORY. */
int rt_gz_new(struct rt_gz **ret, struct romtool_error *err);

/*
 * Decompresses what fits into n bytes of out: *ret_made of them. *ret_used is how much of in was
 * taken; where both are 0 it needs more. Members that follow each other are one; *ret_ended says
 * that a member has ended and none goes on behind it in what was given: the file may end here.
 * ROMTOOL_E_BAD_COMPRESSED, _NO_MEMORY; no offset.
 */
int rt_gz_step(struct rt_gz *gz, struct rt_bytes in, size_t *ret_used, uint8_t *out, size_t n,
               size_t *ret_made, bool *ret_ended, struct romtool_error *err);

void rt_gz_free(struct rt_gz *gz);

/* Decompresses zlib's bytes to exactly n. ROMTOOL_E_BAD_COMPRESSED, _NO_MEMORY; no offset. */
int rt_gz_inflate(struct rt_bytes in, uint8_t *out, size_t n, struct romtool_error *err);

#endif
