/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/verify.h"

#include <inttypes.h>
#include <string.h>

int rt_verify_stated(struct rt_bytes file, const struct rt_manifest_rom *stated,
                     const struct rt_findings *findings, struct romtool_error *err)
{
    uint8_t sha256[RT_SHA256_SIZE];
    int r;

    if (file.len > stated->slot)
        rt_verify_slot(file.len, stated->slot, findings);
    if (file.len != stated->size) {
        rt_finding_add(findings, ROMTOOL_E_SIZE_MISMATCH, RT_ERROR, ROMTOOL_NO_OFFSET,
                       "%zu bytes, stated are %" PRIu64, file.len, stated->size);
        return 0;
    }
    r = rt_digest_sha256(file, sha256, err);
    if (r < 0)
        return r;
    if (memcmp(sha256, stated->sha256, sizeof(sha256)) != 0)
        rt_finding_add(findings, ROMTOOL_E_DIGEST_MISMATCH, RT_ERROR, ROMTOOL_NO_OFFSET,
                       "other bytes than stated: the sha256 differs");
    return 0;
}

int rt_verify_withdrawn(struct rt_bytes file, const struct rt_manifest *manifest,
                        const struct rt_findings *findings, struct romtool_error *err)
{
    const struct rt_manifest_withdrawn *withdrawn;
    uint8_t sha256[RT_SHA256_SIZE];
    int r;

    if (manifest->n_withdrawn == 0)
        return 0;
    r = rt_digest_sha256(file, sha256, err);
    if (r < 0)
        return r;
    withdrawn = rt_manifest_withdraws(manifest, sha256);
    if (withdrawn != NULL)
        rt_finding_add(findings, ROMTOOL_E_WITHDRAWN, RT_ERROR, ROMTOOL_NO_OFFSET,
                       "this release withdraws it: %s", withdrawn->reason);
    return 0;
}
