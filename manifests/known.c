/* SPDX-License-Identifier: BSD-2-Clause */
#include "manifests/known.h"

#include <string.h>

#include "manifests/known-table.h"

const struct rt_known_rom *rt_known_all(size_t *ret_n)
{
    *ret_n = rt_known_n_roms;
    return rt_known_roms;
}

/* The first entry whose digest is not below this one; rt_known_n_roms where there is none. */
static size_t lower_bound(const uint8_t sha256[RT_SHA256_SIZE])
{
    size_t low = 0, high = rt_known_n_roms;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (memcmp(rt_known_roms[middle].sha256, sha256, RT_SHA256_SIZE) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct rt_known_rom *rt_known_find(const uint8_t sha256[RT_SHA256_SIZE], size_t *ret_n)
{
    size_t first = lower_bound(sha256), end = first;

    while (end < rt_known_n_roms && memcmp(rt_known_roms[end].sha256, sha256, RT_SHA256_SIZE) == 0)
        end++;
    *ret_n = end - first;
    return end > first ? &rt_known_roms[first] : NULL;
}

struct rt_known_name rt_known_name(const struct rt_known_rom *rom)
{
    const struct rt_known_release *release = &rt_known_releases[rom->release];

    return (struct rt_known_name){
        .product = rt_known_strings + release->product,
        .channel = rt_known_strings + release->channel,
        .release = rt_known_strings + release->release,
        .file = rt_known_strings + rom->file,
    };
}
