/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/verify.h"

#include <inttypes.h>
#include <string.h>

void rt_verify_stated(uint64_t size, const uint8_t sha256[RT_SHA256_SIZE],
                      const struct rt_manifest_rom *stated, const struct rt_findings *findings)
{
    if (size > stated->slot)
        rt_verify_slot(size, stated->slot, findings);
    if (size != stated->size)
        rt_finding_add(findings, ROMTOOL_E_SIZE_MISMATCH, RT_ERROR, ROMTOOL_NO_OFFSET,
                       "%" PRIu64 " bytes, stated are %" PRIu64, size, stated->size);
    else if (memcmp(sha256, stated->sha256, RT_SHA256_SIZE) != 0)
        rt_finding_add(findings, ROMTOOL_E_DIGEST_MISMATCH, RT_ERROR, ROMTOOL_NO_OFFSET,
                       "other bytes than stated: the sha256 differs");
}

void rt_verify_withdrawn(const uint8_t sha256[RT_SHA256_SIZE], const struct rt_manifest *manifest,
                         const struct rt_findings *findings)
{
    const struct rt_manifest_withdrawn *withdrawn = rt_manifest_withdraws(manifest, sha256);

    if (withdrawn != NULL)
        rt_finding_add(findings, ROMTOOL_E_WITHDRAWN, RT_ERROR, ROMTOOL_NO_OFFSET,
                       "this release withdraws it: %s", withdrawn->reason);
}
