/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Figures, not verdicts: nanoseconds a lookup that hits, among all built-in profiles, in an order
 * that no cache knows. The peer gets the same answers from bsearch(3) over a flat table of names.
 */
#include "slots/slots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 7, ENOUGH = 200000 };

struct cell {
    const struct rt_slot_profile *profile;
    const char *machine, *device;
    const struct rt_slot_row *row;
};

static struct cell *cells;
static size_t n_cells;

static int compare_cells(const void *a, const void *b)
{
    const struct cell *x = a, *y = b;
    int order = strcmp(x->profile->name, y->profile->name);

    if (order == 0)
        order = strcmp(x->machine, y->machine);
    return order != 0 ? order : strcmp(x->device, y->device);
}

static void add_cells(const struct rt_slot_profile *profile)
{
    for (size_t i = 0; i < profile->series->n_machines; i++) {
        for (size_t j = 0; j < profile->vendor->n_rows; j++) {
            const struct rt_slot_row *row = &profile->vendor->rows[j];

            if (row->slot == 0 || !rt_slot_row_applies(row, profile, profile->series->machines[i]))
                continue;
            cells = realloc(cells, (n_cells + 1) * sizeof(*cells));
            if (cells == NULL)
                exit(1);
            cells[n_cells++] =
                (struct cell){profile, profile->series->machines[i], row->device, row};
        }
    }
}

static void add_profiles(void)
{
    size_t n;
    const struct rt_slot_vendor *vendors = rt_slot_builtin(&n);
    char name[2 * ROMTOOL_NAME_SIZE];

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < vendors[i].n_series; j++) {
            const char *series = vendors[i].series[j].name;
            struct rt_slot_profile *profile = malloc(sizeof(*profile));

            (void)snprintf(name, sizeof(name), "%s%s%s", vendors[i].name, *series ? "/" : "",
                           series);
            if (profile == NULL || rt_slot_profile_find(name, profile, NULL) < 0)
                exit(1);
            add_cells(profile);
        }
    }
}

static const struct rt_slot_row *ours(const struct cell *cell)
{
    const struct rt_slot_row *row;

    return rt_slot_find(cell->profile, cell->machine, cell->device, &row, NULL) == 0 ? row : NULL;
}

static const struct rt_slot_row *public_call(const struct cell *cell)
{
    struct romtool_mandate mandate;

    return romtool_mandate_find(cell->profile->name, cell->machine, cell->device, &mandate, NULL) ==
                       0 &&
                   mandate.slot == cell->row->slot
               ? cell->row
               : NULL;
}

static const struct rt_slot_row *peer(const struct cell *cell)
{
    const struct cell *found = bsearch(cell, cells, n_cells, sizeof(*cells), compare_cells);

    return found == NULL ? NULL : found->row;
}

/* Nanoseconds a call, the least of some rounds; *order is the same for everyone. */
static double measure(const struct rt_slot_row *(*find)(const struct cell *cell),
                      const size_t *order)
{
    double least = 0;

    for (int round = 0; round < ROUNDS; round++) {
        struct timespec from, to;
        double ns;

        (void)clock_gettime(CLOCK_MONOTONIC, &from);
        for (size_t i = 0; i < ENOUGH; i++) {
            const struct cell *cell = &cells[order[i]];

            if (find(cell) != cell->row)
                exit(1);
        }
        (void)clock_gettime(CLOCK_MONOTONIC, &to);
        ns = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) /
             ENOUGH;
        least = round == 0 || ns < least ? ns : least;
    }
    return least;
}

int main(void)
{
    static size_t order[ENOUGH];
    uint64_t random = 1;
    double flat;

    add_profiles();
    qsort(cells, n_cells, sizeof(*cells), compare_cells);
    for (size_t i = 0; i < ENOUGH; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        order[i] = (size_t)(random >> 33) % n_cells;
    }
    flat = measure(peer, order);
    (void)printf("%-22s %6.0f ns of %zu cells\n", "peer: bsearch", flat, n_cells);
    (void)printf("%-22s %6.0f ns; ratio %.2f\n", "rt_slot_find", measure(ours, order),
                 measure(ours, order) / flat);
    (void)printf("%-22s %6.0f ns; ratio %.2f\n", "romtool_mandate_find",
                 measure(public_call, order), measure(public_call, order) / flat);
    return 0;
}
