/* SPDX-License-Identifier: BSD-2-Clause */
#include "slots/index.h"

#include <string.h>

/* ------------------------------------------------------------------------- hash tables */

/* n names. An entry of the table is a name's index plus one; 0 is a free one. */
struct names {
    const void *in;
    const char *(*at)(const void *in, size_t i);
    size_t n;
    const uint16_t *table; /* NULL: none */
};

size_t rt_slot_hash_size(size_t n)
{
    return (size_t)rt_size_to_power_of_two(n < 1 ? 1 : n) * 2;
}

/* FNV-1a, 32 bits */
static uint32_t hash(const char *name)
{
    uint32_t h = UINT32_C(2166136261);

    for (; *name != '\0'; name++)
        h = (h ^ (unsigned char)*name) * UINT32_C(16777619);
    return h ^ h >> 16;
}

/* The entry in which the name is, or the free one in which it would be. */
static size_t find_entry(const struct names *names, const char *name)
{
    size_t mask = rt_slot_hash_size(names->n) - 1;
    size_t entry = hash(name) & mask;

    while (names->table[entry] != 0 &&
           strcmp(names->at(names->in, names->table[entry] - (size_t)1), name) != 0)
        entry = (entry + 1) & mask;
    return entry;
}

/* Index of a name; n where it is not there. */
static size_t find(const struct names *names, const char *name)
{
    size_t i = 0, entry;

    if (names->table != NULL) {
        entry = names->table[find_entry(names, name)];
        return entry == 0 ? names->n : entry - 1;
    }
    while (i < names->n && strcmp(names->at(names->in, i), name) != 0)
        i++;
    return i;
}

/* ret is names->table. */
static void fill(const struct names *names, uint16_t *ret)
{
    memset(ret, 0, rt_slot_hash_size(names->n) * sizeof(*ret));
    for (size_t i = 0; i < names->n; i++)
        ret[find_entry(names, names->at(names->in, i))] = (uint16_t)(i + 1);
}

/* ------------------------------------------------------------------------- machine types */

static const char *machine_at(const void *in, size_t i)
{
    const struct rt_slot_series *series = in;

    return series->machines[i];
}

void rt_slot_index_machines(const struct rt_slot_series *series, uint16_t *ret)
{
    const struct names names = {series, machine_at, series->n_machines, ret};

    fill(&names, ret);
}

bool rt_slot_series_has(const struct rt_slot_series *series, const char *machine)
{
    const struct names names = {series, machine_at, series->n_machines, series->by_name};

    return find(&names, machine) < names.n;
}

/* ------------------------------------------------------------------------- rows */

static const char *device_at(const void *in, size_t i)
{
    const struct rt_slot_vendor *vendor = in;

    return vendor->rows[i].device;
}

/* From the last row to the first, so that each finds the next one of its device in the table. */
void rt_slot_index_rows(const struct rt_slot_vendor *vendor, uint16_t *ret, uint16_t *ret_same)
{
    const struct names names = {vendor, device_at, vendor->n_rows, ret};

    memset(ret, 0, rt_slot_hash_size(names.n) * sizeof(*ret));
    for (size_t i = names.n; i-- > 0;) {
        size_t entry = find_entry(&names, vendor->rows[i].device);

        ret_same[i] = ret[entry];
        ret[entry] = (uint16_t)(i + 1);
    }
}

size_t rt_slot_first_row(const struct rt_slot_vendor *vendor, const char *device)
{
    const struct names names = {vendor, device_at, vendor->n_rows, vendor->by_device};

    return find(&names, device);
}

size_t rt_slot_next_row(const struct rt_slot_vendor *vendor, size_t at)
{
    size_t next = at + 1;

    if (vendor->same_device != NULL)
        return vendor->same_device[at] == 0 ? vendor->n_rows : vendor->same_device[at] - (size_t)1;
    while (next < vendor->n_rows && strcmp(vendor->rows[next].device, vendor->rows[at].device) != 0)
        next++;
    return next;
}

/* ------------------------------------------------------------------------- likes */

static const char *like_at(const void *in, size_t i)
{
    const struct rt_slot_vendor *vendor = in;

    return vendor->like[i].name;
}

void rt_slot_index_like(const struct rt_slot_vendor *vendor, uint16_t *ret)
{
    const struct names names = {vendor, like_at, vendor->n_like, ret};

    fill(&names, ret);
}

const char *rt_slot_like(const struct rt_slot_vendor *vendor, const char *machine)
{
    const struct names names = {vendor, like_at, vendor->n_like, vendor->by_like};
    size_t at = names.n == 0 ? 0 : find(&names, machine);

    return at < names.n ? vendor->like[at].machine : machine;
}
