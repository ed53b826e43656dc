/* SPDX-License-Identifier: BSD-2-Clause */
/* What a slot file's parts must have in common. Each is well-formed already (read.c). */
#include "slots/file.h"

#include <string.h>

#include "slots/index.h"
#include "slots/match.h"

static int check_series_names(const struct rt_slot_vendor *vendor, struct romtool_error *err)
{
    for (size_t i = 0; i < vendor->n_series; i++) {
        const char *name = vendor->series[i].name;

        if (name[0] == '\0' && vendor->n_series > 1)
            return rt_slot_file_bad(err, "series[%zu].name: is empty beside other series", i);
        if (strlen(vendor->name) + 1 + strlen(name) >= ROMTOOL_NAME_SIZE)
            return rt_slot_file_bad(err, "series[%zu].name: '%s/%s' is longer than %d characters",
                                    i, vendor->name, name, ROMTOOL_NAME_SIZE - 1);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(vendor->series[j].name, name) == 0)
                return rt_slot_file_bad(err, "series[%zu].name: '%s' is there already", i, name);
        }
    }
    return 0;
}

static bool has_machine(const struct rt_slot_series *series, size_t n, const char *machine)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(series->machines[i], machine) == 0)
            return true;
    }
    return false;
}

/* A machine type is there once; an alias names one that is there and is none itself. */
static int check_names(const struct rt_slot_series *series, size_t at, struct romtool_error *err)
{
    for (size_t i = 0; i < series->n_machines; i++) {
        if (has_machine(series, i, series->machines[i]))
            return rt_slot_file_bad(err, "series[%zu].machines[%zu]: '%s' is there already", at, i,
                                    series->machines[i]);
    }
    for (size_t i = 0; i < series->n_aliases; i++) {
        const struct rt_slot_alias *alias = &series->aliases[i];

        if (has_machine(series, series->n_machines, alias->name))
            return rt_slot_file_bad(err, "series[%zu].aliases.%s: is a machine type of the series",
                                    at, alias->name);
        if (!has_machine(series, series->n_machines, alias->machine))
            return rt_slot_file_bad(err,
                                    "series[%zu].aliases.%s: '%s' is no machine type of the series",
                                    at, alias->name, alias->machine);
    }
    return 0;
}

/*
 * What is like another is a machine type of some series; what it is like needs to be in none, but
 * is no such itself.
 */
static int check_like(const struct rt_slot_vendor *vendor, struct romtool_error *err)
{
    for (size_t i = 0; i < vendor->n_like; i++) {
        const struct rt_slot_alias *like = &vendor->like[i];
        bool found = false;

        for (size_t j = 0; j < vendor->n_series && !found; j++)
            found = rt_slot_series_has(&vendor->series[j], like->name);
        if (!found)
            return rt_slot_file_bad(err, "like.%s: no series has such a machine type", like->name);
        if (strcmp(like->name, like->machine) == 0 ||
            rt_slot_like(vendor, like->machine) != like->machine)
            return rt_slot_file_bad(err, "like.%s: '%s' is itself like another", like->name,
                                    like->machine);
    }
    return 0;
}

/* Without a row a machine type has nothing to say: it is a typing error here or there. */
static int check_machines_have_rows(const struct rt_slot_vendor *vendor, size_t at,
                                    struct romtool_error *err)
{
    const struct rt_slot_series *series = &vendor->series[at];

    for (size_t i = 0; i < series->n_machines; i++) {
        const char *machine = series->machines[i], *like = rt_slot_like(vendor, machine);
        struct rt_machine_name name;
        bool found = false;

        if (!rt_machine_name_parse(like, &name))
            return rt_error_set(err, ROMTOOL_E_INTERNAL, ROMTOOL_NO_OFFSET,
                                "series[%zu].machines[%zu]: was not checked", at, i);
        for (size_t j = 0; j < vendor->n_rows && !found; j++)
            found = rt_slot_row_in_series(&vendor->rows[j], series->name) &&
                    rt_slot_row_covers(&vendor->rows[j], like, &name);
        if (!found)
            return rt_slot_file_bad(err, "series[%zu].machines[%zu]: no mandate is about '%s'", at,
                                    i, machine);
    }
    return 0;
}

/* Notes in found which of the row's ranges have a machine type of the series. */
static void find_ranges(const struct rt_slot_vendor *vendor, const struct rt_slot_row *row,
                        const struct rt_slot_series *series, bool *found)
{
    for (size_t i = 0; i < series->n_machines; i++) {
        const char *like = rt_slot_like(vendor, series->machines[i]);
        struct rt_machine_name name;

        if (!rt_machine_name_parse(like, &name))
            continue;
        for (size_t j = 0; j < row->n_machines; j++)
            found[j] = found[j] || rt_slot_range_covers(&row->machines[j], like, &name);
    }
}

/* The inverse: a range in which no series has a machine type is a typing error too. */
static int check_ranges_have_machines(const struct rt_slot_vendor *vendor, size_t at,
                                      struct romtool_error *err)
{
    const struct rt_slot_row *row = &vendor->rows[at];
    bool found[RT_SLOT_RANGES_MAX] = {false};

    for (size_t i = 0; i < vendor->n_series; i++) {
        if (rt_slot_row_in_series(row, vendor->series[i].name))
            find_ranges(vendor, row, &vendor->series[i], found);
    }
    for (size_t i = 0; i < row->n_machines; i++) {
        if (!found[i])
            return rt_slot_file_bad(err,
                                    "mandates[%zu].machines[%zu]: no series has such a '%s' "
                                    "machine type",
                                    at, i, row->machines[i].family);
    }
    return 0;
}

static int check_row_series(const struct rt_slot_vendor *vendor, size_t at,
                            struct romtool_error *err)
{
    const struct rt_slot_row *row = &vendor->rows[at];

    for (size_t i = 0; i < row->n_series; i++) {
        bool found = false;

        for (size_t j = 0; j < vendor->n_series && !found; j++)
            found = strcmp(vendor->series[j].name, row->series[i]) == 0;
        if (!found)
            return rt_slot_file_bad(err, "mandates[%zu].series[%zu]: there is no series '%s'", at,
                                    i, row->series[i]);
    }
    return 0;
}

static bool share_a_series(const struct rt_slot_row *a, const struct rt_slot_row *b)
{
    if (a->n_series == 0 || b->n_series == 0)
        return true;
    for (size_t i = 0; i < a->n_series; i++) {
        if (rt_slot_row_in_series(b, a->series[i]))
            return true;
    }
    return false;
}

/* Does row's range at reach into other? In the row itself, into an earlier range. */
static bool overlaps(const struct rt_slot_row *row, size_t at, const struct rt_slot_row *other)
{
    size_t n = row == other ? at : other->n_machines;

    for (size_t i = 0; i < n; i++) {
        if (rt_slot_range_overlaps(&row->machines[at], &other->machines[i]))
            return true;
    }
    return false;
}

/* Of every device is also of this one. */
static bool share_a_device(const struct rt_slot_row *a, const struct rt_slot_row *b)
{
    return a->device[0] == '\0' || b->device[0] == '\0' || strcmp(a->device, b->device) == 0;
}

/* One machine type, one device, one series: one row says the slot. */
static int check_row_is_alone(const struct rt_slot_vendor *vendor, size_t at,
                              struct romtool_error *err)
{
    const struct rt_slot_row *row = &vendor->rows[at];

    for (size_t i = 0; i <= at; i++) {
        const struct rt_slot_row *other = &vendor->rows[i];

        if (!share_a_device(row, other) || !share_a_series(row, other))
            continue;
        for (size_t j = 0; j < row->n_machines; j++) {
            if (!overlaps(row, j, other))
                continue;
            return rt_slot_file_bad(err,
                                    "mandates[%zu].machines[%zu]: mandates[%zu] says the slot of "
                                    "'%s' there already",
                                    at, j, i,
                                    other->device[0] == '\0' ? "every device" : other->device);
        }
    }
    return 0;
}

int rt_slot_vendor_check(const struct rt_slot_vendor *vendor, struct romtool_error *err)
{
    int r = check_series_names(vendor, err);

    for (size_t i = 0; i < vendor->n_series && r == 0; i++)
        r = check_names(&vendor->series[i], i, err);
    if (r == 0)
        r = check_like(vendor, err);
    for (size_t i = 0; i < vendor->n_rows && r == 0; i++) {
        r = check_row_series(vendor, i, err);
        if (r == 0)
            r = check_ranges_have_machines(vendor, i, err);
        if (r == 0)
            r = check_row_is_alone(vendor, i, err);
    }
    for (size_t i = 0; i < vendor->n_series && r == 0; i++)
        r = check_machines_have_rows(vendor, i, err);
    return r;
}
