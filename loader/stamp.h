/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stamp of an installed release: a root-owned record that these very bytes were verified under
 * this very trust. Where it holds, a start only has to hash; where it is missing, altered, out of
 * its time or others could have written it, everything is verified anew.
 */
#ifndef RT_LOADER_STAMP_H
#define RT_LOADER_STAMP_H

#include "core/digest.h"
#include "manifests/open.h"

#define RT_STAMP_DIR "/var/lib/romtool/stamps"

struct rt_stamp {
    uint8_t manifest[RT_SHA256_SIZE]; /* of the manifest's bytes */
    uint8_t trust[RT_SHA256_SIZE];    /* rt_trust_dir_digest() */
    int64_t from, until;              /* seconds since 1970: in between no limit in time is met */
};

/* What is to be recorded about a manifest that was just opened under a trust. */
int rt_stamp_make(struct rt_bytes text, const struct romtool_manifest *manifest,
                  const struct rt_trust *trust, const uint8_t trust_digest[RT_SHA256_SIZE],
                  struct rt_stamp *ret, struct romtool_error *err);

/* Writes it below ROOT/var/lib/romtool/stamps, whose directories must be there. */
int rt_stamp_write(const char *root, const struct rt_stamp *stamp, struct romtool_error *err);

/* Is there a stamp for a manifest with this digest that holds at this time? False for any doubt. */
bool rt_stamp_holds(const char *root, const uint8_t manifest[RT_SHA256_SIZE],
                    const uint8_t trust[RT_SHA256_SIZE], int64_t at);

#endif
