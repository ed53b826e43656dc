/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/host.h"

#include "loader/stamp.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static int open_stamped(const char *root, int64_t at, struct rt_host_manifest *host,
                        struct romtool_error *err)
{
    struct rt_bytes text = rt_file_bytes(&host->file.manifest);
    uint8_t digest[RT_SHA256_SIZE];
    int r = rt_digest_sha256(text, digest, err);

    if (r < 0 || !rt_stamp_holds(root, digest, rt_trust_dir_digest(host->trust), at))
        return r;
    host->stamped = true;
    return rt_manifest_open_verified(text, &host->manifest, err);
}

int rt_host_open(const char *root, const char *path, int64_t at, bool may_use_stamp,
                 const struct rt_findings *findings, struct rt_host_manifest *ret,
                 struct romtool_error *err)
{
    int r;

    *ret = (struct rt_host_manifest){0};
    r = rt_trust_dir_read(root, &ret->trust, err);
    if (r == 0)
        r = rt_manifest_file_read(path, &ret->file, err);
    if (r == 0 && may_use_stamp)
        r = open_stamped(root, at, ret, err);
    if (r < 0 || ret->stamped)
        return r;
    r = rt_manifest_file_read_signatures(path, &ret->file, err);
    if (r == 0)
        r = rt_manifest_file_open(path, &ret->file, rt_trust_dir_trust(ret->trust), at, findings,
                                  &ret->signatures, &ret->manifest, err);
    return r;
}

void rt_host_free(struct rt_host_manifest *host)
{
    romtool_manifest_free(host->manifest);
    rt_trust_dir_free(host->trust);
    rt_manifest_file_free(&host->file);
    free(host->signatures.items);
    *host = (struct rt_host_manifest){0};
}

int romtool_manifest_open_host(const char *path, const char *root, int64_t at,
                               struct romtool_manifest **ret_manifest, struct romtool_error *reterr)
{
    struct rt_host_manifest host;
    int r;

    rt_error_clear(reterr);
    if (ret_manifest != NULL)
        *ret_manifest = NULL;
    if (path == NULL || ret_manifest == NULL || at < 0)
        return rt_error_set(reterr, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET,
                            "a pointer is NULL, or a time before 1970");
    if (strcmp(path, "-") == 0)
        path = "./-"; /* standard input is the command's: here it may be anything */
    r = rt_host_open(root != NULL ? root : "", path, at > 0 ? at : (int64_t)time(NULL), true, NULL,
                     &host, reterr);
    if (r == 0) {
        *ret_manifest = host.manifest;
        host.manifest = NULL;
    }
    rt_host_free(&host);
    return r;
}
