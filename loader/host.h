/* SPDX-License-Identifier: BSD-2-Clause */
/* A manifest under what this host trusts. */
#ifndef RT_LOADER_HOST_H
#define RT_LOADER_HOST_H

#include "loader/manifest-file.h"
#include "loader/trust-dir.h"

struct rt_host_manifest {
    struct romtool_manifest *manifest;
    struct rt_trust_dir *trust;
    struct rt_manifest_file file;
    struct rt_manifest_signatures signatures; /* none where the stamp held */
    bool stamped;                             /* a stamp held: no signature was verified now */
};

/*
 * Opens the manifest at path by the stamp of its installation, else by the signatures beside it and
 * the keys below root ("" is the host's own). at is seconds since 1970. Errors of
 * rt_trust_dir_read() and rt_manifest_file_open(). *ret is freed by the caller, on failure too.
 */
int rt_host_open(const char *root, const char *path, int64_t at, bool may_use_stamp,
                 const struct rt_findings *findings, struct rt_host_manifest *ret,
                 struct romtool_error *err);
void rt_host_free(struct rt_host_manifest *host);

#endif
