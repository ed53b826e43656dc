/* SPDX-License-Identifier: BSD-2-Clause */
/* A gzip file inside of a source, as a source of what it was made of. */
#ifndef RT_STATE_GZIP_H
#define RT_STATE_GZIP_H

#include "core/gz.h"
#include "state/source.h"

struct rt_gzip {
    struct rt_reader in;
    struct rt_gz *gz;
    uint64_t offset; /* of what comes next, decompressed */
};

/*
 * Over a reader that is at the first byte of the gzip file; in is copied, its buffer and source are
 * borrowed. *ret is not seekable; it reads ROMTOOL_E_BAD_COMPRESSED and ROMTOOL_E_TRUNCATED at
 * offsets of in's source. rt_gzip_end() is due after a failure too. ROMTOOL_E_NO_MEMORY.
 */
int rt_gzip_begin(struct rt_gzip *gzip, const struct rt_reader *in, struct rt_source *ret,
                  struct romtool_error *err);
void rt_gzip_end(struct rt_gzip *gzip);

#endif
