/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A release on disk: a directory of ROM files, NAME.json, its signature NAME.json.minisig, and the
 * keys that --trust names.
 */
#ifndef ROMTOOL_RELEASE_H
#define ROMTOOL_RELEASE_H

#include "core/error.h"
#include "core/file.h"
#include "manifests/manifest.h"
#include "manifests/open.h"
#include "romtool.h"

/*
 * Reads a manifest and opens it by the signature beside it and the trusted public keys. Errors name
 * the file. Limits: the manifest 4 MiB, a signature or key 64 KiB.
 */
int release_open(const char *path, const char *const trust[], size_t n_trust,
                 struct romtool_manifest **ret, struct romtool_error *err);

/*
 * Reads a manifest strictly, "-" from standard input, and does not verify it, which is said on
 * stderr. *ret_file has its bytes. Errors name the file: as rt_file_read() and rt_manifest_read().
 * Both are the caller's to free, after a failure too.
 */
int release_read(const char *path, struct rt_file *ret_file, struct rt_manifest_doc **ret_doc,
                 struct romtool_error *err);

/*
 * A time as people give it, in UTC: "2027-11-22T12:00:00Z", or "2027-11-22" for the last second of
 * that day. *ret is seconds since 1970.
 */
bool release_time(const char *text, int64_t *ret);

/* Is this file in the directory the manifest itself or one of its signatures? */
bool release_is_own_file(const char *manifest_path, const char *dir, const char *name);

#endif
