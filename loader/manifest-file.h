/* SPDX-License-Identifier: BSD-2-Clause */
/* A manifest on disk and the signatures beside it: NAME.json, NAME.json.minisig, NAME.json.dsse. */
#ifndef RT_LOADER_MANIFEST_FILE_H
#define RT_LOADER_MANIFEST_FILE_H

#include "core/file.h"
#include "manifests/open.h"

enum { RT_MANIFEST_FILE_SIGNATURES = 2 };

/* What stands behind the manifest's path. */
extern const char *const rt_manifest_file_suffixes[RT_MANIFEST_FILE_SIGNATURES];

struct rt_manifest_file {
    struct rt_file manifest;
    struct rt_file signatures[RT_MANIFEST_FILE_SIGNATURES]; /* those that are there, in order */
    struct romtool_blob blobs[RT_MANIFEST_FILE_SIGNATURES];
    const char *suffixes[RT_MANIFEST_FILE_SIGNATURES]; /* of each */
    size_t n_signatures;
};

/* The manifest alone: at most 1 MiB. As rt_file_read(). */
int rt_manifest_file_read(const char *path, struct rt_manifest_file *ret,
                          struct romtool_error *err);

/* And its signatures: at most 64 KiB and 2 MiB. None is ROMTOOL_E_UNSIGNED. */
int rt_manifest_file_read_signatures(const char *path, struct rt_manifest_file *file,
                                     struct romtool_error *err);

void rt_manifest_file_free(struct rt_manifest_file *file);

/*
 * rt_manifest_open() of both; errors name the file: a malformed signature by its own name.
 * ret_signatures must not be NULL, its items are freed by the caller. The
 * trust must outlive *ret only where its keys are asked for by index.
 */
int rt_manifest_file_open(const char *path, const struct rt_manifest_file *file,
                          const struct rt_trust *trust, int64_t at,
                          const struct rt_findings *findings,
                          struct rt_manifest_signatures *ret_signatures,
                          struct romtool_manifest **ret, struct romtool_error *err);

#endif
