/* SPDX-License-Identifier: BSD-2-Clause */
#include "slots/compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slots/index.h"
#include "slots/match.h"

/* ------------------------------------------------------------------------- machine types */

static int compare_machines(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    struct rt_machine_name first, second;
    int order;

    if (!rt_machine_name_parse(*x, &first) || !rt_machine_name_parse(*y, &second))
        return strcmp(*x, *y);
    order = strcmp(first.family, second.family);
    if (order == 0)
        order = rt_machine_version_compare(&first, &second);
    return order != 0 ? order : strcmp(*x, *y);
}

void rt_slot_machines_sort(const char **machines, size_t n)
{
    if (n > 0)
        qsort(machines, n, sizeof(*machines), compare_machines);
}

bool rt_slot_same_family(const char *a, const char *b)
{
    struct rt_machine_name first, second;

    return rt_machine_name_parse(a, &first) && rt_machine_name_parse(b, &second) &&
           first.versioned && second.versioned && strcmp(first.family, second.family) == 0;
}

/* "7.2" of "pc-q35-7.2", "9.4.0" of "pc-q35-rhel9.4.0". */
static const char *behind_family(const char *machine, const struct rt_machine_name *name)
{
    size_t n = strlen(name->family);

    return machine + n + (machine[n] == '-' ? 1 : 0);
}

void rt_slot_range_text(const char *first, const char *last, char ret[RT_SLOT_RANGE_TEXT_SIZE])
{
    struct rt_machine_name a, b;

    if (strcmp(first, last) != 0 && rt_slot_same_family(first, last) &&
        rt_machine_name_parse(first, &a) && rt_machine_name_parse(last, &b))
        (void)snprintf(ret, RT_SLOT_RANGE_TEXT_SIZE, "%s %s..%s", a.family,
                       behind_family(first, &a), behind_family(last, &b));
    else
        (void)snprintf(ret, RT_SLOT_RANGE_TEXT_SIZE, "%s", first);
}

/* ------------------------------------------------------------------------- rows */

bool rt_slot_rows_agree(const struct rt_slot_row *a, const struct rt_slot_row *b)
{
    if (a == b || a == NULL || b == NULL)
        return a == b;
    if (a->slot != b->slot || strcmp(a->file, b->file) != 0 || a->fill != b->fill ||
        a->n_images != b->n_images)
        return false;
    for (size_t i = 0; i < a->n_images; i++) {
        if (strcmp(a->images[i], b->images[i]) != 0)
            return false;
    }
    return true;
}

/* By device; rows of one device keep the order in which they lie in the vendor's array. */
static int compare_rows(const void *a, const void *b)
{
    const struct rt_slot_row *const *x = a, *const *y = b;
    int order = strcmp((*x)->device, (*y)->device);

    return order != 0 ? order : (*x > *y) - (*x < *y);
}

static bool collect_rows(struct rt_slot_side *side, const struct rt_slot_profile *profile)
{
    const struct rt_slot_vendor *vendor = profile->vendor;

    side->rows = calloc(vendor->n_rows + 1, sizeof(*side->rows));
    if (side->rows == NULL)
        return false;
    for (size_t i = 0; i < vendor->n_rows; i++) {
        if (rt_slot_row_in_series(&vendor->rows[i], profile->series->name))
            side->rows[side->n_rows++] = &vendor->rows[i];
    }
    if (side->n_rows > 0)
        qsort(side->rows, side->n_rows, sizeof(*side->rows), compare_rows);
    while (side->n_every < side->n_rows && side->rows[side->n_every]->device[0] == '\0')
        side->n_every++;
    return true;
}

/* ------------------------------------------------------------------------- the walk */

/* Takes the names apart, once for all rows. */
static bool collect_types(struct rt_slot_side *side, const struct rt_slot_vendor *vendor,
                          const char *const *machines, size_t n)
{
    side->types = calloc(n + 1, sizeof(*side->types));
    for (size_t i = 0; i < n && side->types != NULL; i++) {
        side->types[i].machine = rt_slot_like(vendor, machines[i]);
        if (!rt_machine_name_parse(side->types[i].machine, &side->types[i].name))
            side->types[i].machine = ""; /* longer than any row's */
    }
    return side->types != NULL;
}

int rt_slot_compare_begin(struct rt_slot_compare *compare, const struct rt_slot_profile *a,
                          const struct rt_slot_profile *b, struct romtool_error *err)
{
    *compare = (struct rt_slot_compare){0};
    compare->machines = calloc(a->series->n_machines + 1, sizeof(*compare->machines));
    if (compare->machines == NULL || !collect_rows(&compare->sides[0], a) ||
        !collect_rows(&compare->sides[1], b))
        return rt_error_no_memory(err);
    for (size_t i = 0; i < a->series->n_machines; i++) {
        if (a->series == b->series || rt_slot_series_has(b->series, a->series->machines[i]))
            compare->machines[compare->n_machines++] = a->series->machines[i];
    }
    rt_slot_machines_sort(compare->machines, compare->n_machines);
    if (!collect_types(&compare->sides[0], a->vendor, compare->machines, compare->n_machines) ||
        !collect_types(&compare->sides[1], b->vendor, compare->machines, compare->n_machines))
        return rt_error_no_memory(err);
    rt_slot_compare_rewind(compare);
    return 0;
}

void rt_slot_compare_end(struct rt_slot_compare *compare)
{
    free(compare->machines);
    for (size_t i = 0; i < 2; i++) {
        free(compare->sides[i].rows);
        free(compare->sides[i].types);
    }
    *compare = (struct rt_slot_compare){0};
}

void rt_slot_compare_rewind(struct rt_slot_compare *compare)
{
    for (size_t i = 0; i < 2; i++)
        compare->sides[i].from = compare->sides[i].to = compare->sides[i].n_every;
    compare->device = NULL;
    compare->at = compare->n_machines;
    compare->has_ahead = false;
}

/* Moves both sides to the device that is next by name; false where there is none. */
static bool next_device(struct rt_slot_compare *compare)
{
    const char *device = NULL;

    for (size_t i = 0; i < 2; i++) {
        struct rt_slot_side *side = &compare->sides[i];

        side->from = side->to;
        if (side->from < side->n_rows &&
            (device == NULL || strcmp(side->rows[side->from]->device, device) < 0))
            device = side->rows[side->from]->device;
    }
    compare->device = device;
    compare->at = device != NULL ? 0 : compare->n_machines;
    for (size_t i = 0; i < 2 && device != NULL; i++) {
        struct rt_slot_side *side = &compare->sides[i];

        while (side->to < side->n_rows && strcmp(side->rows[side->to]->device, device) == 0)
            side->to++;
    }
    return device != NULL;
}

static const struct rt_slot_row *row_of(const struct rt_slot_side *side, size_t at)
{
    const struct rt_slot_type *type = &side->types[at];

    for (size_t i = side->from; i < side->to; i++) {
        if (rt_slot_row_covers(side->rows[i], type->machine, &type->name))
            return side->rows[i];
    }
    for (size_t i = 0; i < side->n_every; i++) {
        if (rt_slot_row_covers(side->rows[i], type->machine, &type->name))
            return side->rows[i];
    }
    return NULL;
}

static enum rt_slot_outcome outcome_of(const struct rt_slot_row *a, const struct rt_slot_row *b)
{
    if (a == NULL || b == NULL)
        return RT_SLOT_MISSING;
    return a->slot == b->slot ? RT_SLOT_SAME : RT_SLOT_DIFFERS;
}

bool rt_slot_compare_next(struct rt_slot_compare *compare, struct rt_slot_pair *ret)
{
    *ret = (struct rt_slot_pair){0};
    while (compare->at < compare->n_machines || next_device(compare)) {
        size_t at = compare->at;

        if (at == compare->n_machines) /* there is no machine type at all */
            continue;
        compare->at++;
        ret->a = row_of(&compare->sides[0], at);
        ret->b = row_of(&compare->sides[1], at);
        if (ret->a == NULL && ret->b == NULL)
            continue;
        ret->at = at;
        ret->machine = compare->machines[at];
        ret->device = compare->device;
        ret->outcome = outcome_of(ret->a, ret->b);
        return true;
    }
    return false;
}

/* ------------------------------------------------------------------------- runs */

struct rt_slot_run rt_slot_run_of(const struct rt_slot_pair *pair)
{
    return (struct rt_slot_run){*pair, pair->machine, 1};
}

bool rt_slot_run_add(struct rt_slot_run *run, const struct rt_slot_pair *pair)
{
    const struct rt_slot_pair *first = &run->first;

    if (pair->at != first->at + run->n || strcmp(pair->device, first->device) != 0 ||
        !rt_slot_same_family(first->machine, pair->machine) ||
        !rt_slot_rows_agree(first->a, pair->a) || !rt_slot_rows_agree(first->b, pair->b))
        return false;
    run->last = pair->machine;
    run->n++;
    return true;
}

bool rt_slot_compare_next_run(struct rt_slot_compare *compare, struct rt_slot_run *ret)
{
    *ret = (struct rt_slot_run){0};
    if (!compare->has_ahead && !rt_slot_compare_next(compare, &compare->ahead))
        return false;
    *ret = rt_slot_run_of(&compare->ahead);
    for (;;) {
        compare->has_ahead = rt_slot_compare_next(compare, &compare->ahead);
        if (!compare->has_ahead || !rt_slot_run_add(ret, &compare->ahead))
            return true;
    }
}
