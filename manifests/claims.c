/* SPDX-License-Identifier: BSD-2-Clause */
#include "manifests/claims.h"

#include <stdlib.h>
#include <string.h>

static struct rt_manifest_claim make_claim(const struct rt_manifest_rom *rom, size_t mandate,
                                           size_t at)
{
    const struct rt_slot_range *range = &rom->mandates[mandate].machines[at];
    struct rt_manifest_claim claim = {
        .device = rom->mandates[mandate].device,
        .range = range,
        .family = strlen(range->family),
        .versioned = range->versioned,
        .from = range->from,
        .to = range->to,
        .rom = rom,
        .mandate = mandate,
        .at = at,
    };
    struct rt_machine_name name;

    if (!range->versioned && rt_machine_name_parse(range->family, &name) && name.versioned) {
        claim.family = strlen(name.family);
        claim.versioned = true;
        claim.from = claim.to = rt_machine_version(&name);
    }
    return claim;
}

static int compare_numbers(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

int rt_manifest_claim_compare_families(const struct rt_manifest_claim *a,
                                       const struct rt_manifest_claim *b)
{
    int order = strcmp(a->device, b->device);

    if (order == 0)
        order = memcmp(a->range->family, b->range->family,
                       a->family < b->family ? a->family : b->family);
    if (order == 0)
        order = compare_numbers(a->family, b->family);
    return order != 0 ? order : a->versioned - b->versioned;
}

static int compare_claims(const void *left, const void *right)
{
    const struct rt_manifest_claim *a = left, *b = right;
    int order = rt_manifest_claim_compare_families(a, b);

    if (order == 0)
        order = rt_slot_version_compare(a->from, b->from);
    if (order == 0)
        order = b->range->versioned - a->range->versioned;
    if (order == 0)
        order = strcmp(a->range->family, b->range->family);
    return order != 0 ? order : (a->rom > b->rom) - (a->rom < b->rom); /* of one array */
}

int rt_manifest_claims(const struct rt_manifest *manifest, struct rt_manifest_claim **ret,
                       size_t *ret_n, struct romtool_error *err)
{
    size_t n = 0;

    *ret = NULL;
    *ret_n = 0;
    for (size_t i = 0; i < manifest->n_roms; i++) {
        for (size_t k = 0; k < manifest->roms[i].n_mandates; k++)
            n += manifest->roms[i].mandates[k].n_machines;
    }
    *ret = calloc(n + 1, sizeof(**ret)); /* none are an array too */
    if (*ret == NULL)
        return rt_error_no_memory(err);
    for (size_t i = 0; i < manifest->n_roms; i++) {
        const struct rt_manifest_rom *rom = &manifest->roms[i];

        for (size_t k = 0; k < rom->n_mandates; k++) {
            for (size_t m = 0; m < rom->mandates[k].n_machines; m++)
                (*ret)[(*ret_n)++] = make_claim(rom, k, m);
        }
    }
    qsort(*ret, n, sizeof(**ret), compare_claims);
    return 0;
}
