/* SPDX-License-Identifier: BSD-2-Clause */
/* Decompressing by libarchive what gzip is not: bzip2, xz, lzop, zstd. */
#ifndef ROMTOOL_UNPACK_H
#define ROMTOOL_UNPACK_H

#include "state/source.h"

struct unpack; /* one compressed file on its way */

/*
 * Over a reader that is at the first byte of the compressed file and stays borrowed. *ret is a
 * pipe. Reads ROMTOOL_E_BAD_COMPRESSED and what in's source says. ROMTOOL_E_UNSUPPORTED where this
 * build has no libarchive or libarchive has not this compression, ROMTOOL_E_NO_MEMORY. The caller
 * ends *ret_unpack, after a failure too.
 */
int unpack_begin(struct rt_reader *in, const char *compression, struct unpack **ret_unpack,
                 struct rt_source *ret, struct romtool_error *err);
void unpack_end(struct unpack *unpack);

#endif
