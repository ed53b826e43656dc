/* SPDX-License-Identifier: BSD-2-Clause */
/* For a name that is not known: the known ones nearest to it. Of this room only. */
#ifndef RT_SLOTS_NEAREST_H
#define RT_SLOTS_NEAREST_H

#include "slots/slots.h"

/* Zeroed at start; best first. */
struct rt_slot_nearest {
    struct rt_slot_candidate {
        uint64_t distance; /* lower is nearer */
        uint64_t tie;      /* decides between equal distances */
        char name[ROMTOOL_NAME_SIZE];
    } best[2];
    size_t n;
};

/* Offers a known name; what equals an earlier one in distance comes behind it. */
void rt_slot_nearest_name(struct rt_slot_nearest *nearest, const char *wanted, const char *known);

/*
 * The same for machine types: by the family first, then by the version; the latest where none was
 * asked for.
 */
void rt_slot_nearest_machine(struct rt_slot_nearest *nearest, const char *wanted,
                             const char *known);

/* "unknown WHAT 'WANTED'WHERE; the nearest are A, B", as an error. */
int rt_slot_nearest_error(const struct rt_slot_nearest *nearest, int code, const char *what,
                          const char *wanted, const char *where, struct romtool_error *err);

#endif
