/* SPDX-License-Identifier: BSD-2-Clause */
/* All that a manifest says about devices on machine types, side by side. */
#ifndef RT_MANIFESTS_CLAIMS_H
#define RT_MANIFESTS_CLAIMS_H

#include "manifests/manifest.h"

/* One range of a mandate, by the family and versions that it is about: a whole name's too. */
struct rt_manifest_claim {
    const char *device;
    const struct rt_slot_range *range;
    size_t family; /* bytes of range->family, up to its version */
    bool versioned;
    struct rt_slot_version from, to;
    const struct rt_manifest_rom *rom;
    size_t mandate, at; /* range is rom->mandates[mandate].machines[at] */
};

/*
 * All of them, by device, family and version, ranges before whole names: what a range covers stands
 * behind it. *ret is freed by the caller. ROMTOOL_E_NO_MEMORY.
 */
int rt_manifest_claims(const struct rt_manifest *manifest, struct rt_manifest_claim **ret,
                       size_t *ret_n, struct romtool_error *err);

/* <0, 0, >0. Only claims of one device and family can be about one machine type. */
int rt_manifest_claim_compare_families(const struct rt_manifest_claim *a,
                                       const struct rt_manifest_claim *b);

#endif
