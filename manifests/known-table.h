/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables that manifests/generate.c makes and manifests/known.c looks into. */
#ifndef RT_MANIFESTS_KNOWN_TABLE_H
#define RT_MANIFESTS_KNOWN_TABLE_H

#include "manifests/known.h"

/* Offsets of the strings in rt_known_strings. */
struct rt_known_release {
    uint16_t product, channel, release;
};

extern const struct rt_known_rom rt_known_roms[]; /* sorted by digest, see rt_known_find() */
extern const size_t rt_known_n_roms;
extern const struct rt_known_release rt_known_releases[];
extern const char rt_known_strings[]; /* each ends on a NUL, none is there twice */

#endif
