/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding names in constant tables: hash tables that the reader makes and the generator writes out.
 * A vendor put together by hand may do without; it is searched from its first name on then. Of this
 * room only.
 */
#ifndef RT_SLOTS_INDEX_H
#define RT_SLOTS_INDEX_H

#include "slots/slots.h"

/* How many entries the hash table of n names has: a power of two, at most half of them used. */
size_t rt_slot_hash_size(size_t n);

/* Fills series->by_name, which has room for rt_slot_hash_size(series->n_machines) entries. */
void rt_slot_index_machines(const struct rt_slot_series *series, uint16_t *ret);

/*
 * Fills vendor->by_device, which has room for rt_slot_hash_size(vendor->n_rows) entries, and
 * vendor->same_device, which has vendor->n_rows.
 */
void rt_slot_index_rows(const struct rt_slot_vendor *vendor, uint16_t *ret, uint16_t *ret_same);

/* Fills vendor->by_like, which has room for rt_slot_hash_size(vendor->n_like) entries. */
void rt_slot_index_like(const struct rt_slot_vendor *vendor, uint16_t *ret);

/* Index of the first row about a device, of the next about the same; n_rows where there is none. */
size_t rt_slot_first_row(const struct rt_slot_vendor *vendor, const char *device);
size_t rt_slot_next_row(const struct rt_slot_vendor *vendor, size_t at);

#endif
