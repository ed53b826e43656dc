/* SPDX-License-Identifier: BSD-2-Clause */
/* Which machine types a row is about. Of this room only: the reader and the lookup share it. */
#ifndef RT_SLOTS_MATCH_H
#define RT_SLOTS_MATCH_H

#include "slots/slots.h"

/* Is there a machine type that is in both? */
bool rt_slot_range_overlaps(const struct rt_slot_range *a, const struct rt_slot_range *b);

/* Is this machine type in one of the row's ranges, whatever the series? */
bool rt_slot_row_covers(const struct rt_slot_row *row, const char *machine,
                        const struct rt_machine_name *name);

#endif
