/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/difference.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------- what changed */

static enum change change_of(const struct diff *diff, const struct rt_slot_run *run)
{
    const struct rt_slot_row *a = run->first.a, *b = run->first.b;

    /* a manifest states ROMs: of a device without one it says nothing */
    if ((a == NULL && b->slot == 0 && diff->from.is_manifest) ||
        (b == NULL && a->slot == 0 && diff->to.is_manifest))
        return CHANGE_NONE;
    if (a == NULL || b == NULL)
        return a == NULL ? CHANGE_ADDED : CHANGE_REMOVED;
    if (a->slot != b->slot)
        return CHANGE_SLOT;
    if (strcmp(a->file, b->file) != 0)
        return CHANGE_FILE;
    /* what a manifest states of a ROM is not what a slot file requires of it */
    if (rt_slot_rows_agree(a, b) || diff->from.is_manifest || diff->to.is_manifest)
        return CHANGE_NONE;
    return CHANGE_CONTENT;
}

bool diff_same_change(const struct rt_slot_run *a, const struct rt_slot_run *b)
{
    return rt_slot_rows_agree(a->first.a, b->first.a) && rt_slot_rows_agree(a->first.b, b->first.b);
}

static bool are_twins(const struct diff *diff, const struct block *a, const struct block *b)
{
    if (a->to - a->from != b->to - b->from)
        return false;
    for (size_t i = 0; i < a->to - a->from; i++) {
        const struct rt_slot_run *x = &diff->runs[a->from + i], *y = &diff->runs[b->from + i];

        if (x->first.at != y->first.at || x->n != y->n || !diff_same_change(x, y))
            return false;
    }
    return true;
}

static int collect_blocks(struct diff *diff, struct romtool_error *err)
{
    diff->blocks = calloc(diff->n_runs + 1, sizeof(*diff->blocks));
    if (diff->blocks == NULL)
        return rt_error_no_memory(err);
    for (size_t i = 0; i < diff->n_runs; diff->n_blocks++) {
        struct block *block = &diff->blocks[diff->n_blocks];

        *block = (struct block){.from = i};
        while (i < diff->n_runs &&
               strcmp(diff->runs[i].first.device, diff->runs[block->from].first.device) == 0)
            i++;
        block->to = i;
        while (block->twin < diff->n_blocks && !are_twins(diff, &diff->blocks[block->twin], block))
            block->twin++;
    }
    return 0;
}

static int collect_runs(struct diff *diff, struct romtool_error *err)
{
    struct rt_slot_run run, *grown;

    while (rt_slot_compare_next_run(&diff->compare, &run)) {
        enum change change = change_of(diff, &run);

        if (change == CHANGE_REMOVED || change == CHANGE_ADDED)
            diff->n_missing += run.n;
        else if (change == CHANGE_SLOT)
            diff->n_differs += run.n;
        else if (run.first.outcome == RT_SLOT_SAME)
            diff->n_same += run.n;
        if (change == CHANGE_NONE)
            continue;
        grown = realloc(diff->runs, (diff->n_runs + 1) * sizeof(*grown));
        if (grown == NULL)
            return rt_error_no_memory(err);
        diff->runs = grown;
        grown[diff->n_runs++] = run;
    }
    return 0;
}

static int sort_machines(const struct rt_slot_series *series, const char ***ret,
                         struct romtool_error *err)
{
    *ret = calloc(series->n_machines + 1, sizeof(**ret));
    if (*ret == NULL)
        return rt_error_no_memory(err);
    for (size_t i = 0; i < series->n_machines; i++)
        (*ret)[i] = series->machines[i];
    rt_slot_machines_sort(*ret, series->n_machines);
    return 0;
}

static int collect(struct diff *diff, struct romtool_error *err)
{
    const struct rt_slot_series *a = diff->from.profile.series, *b = diff->to.profile.series;
    int r = rt_slot_compare_begin(&diff->compare, &diff->from.profile, &diff->to.profile, err);

    if (r == 0)
        r = collect_runs(diff, err);
    if (r == 0)
        r = collect_blocks(diff, err);
    if (r == 0)
        r = sort_machines(a, &diff->machines[0], err);
    if (r == 0)
        r = sort_machines(b, &diff->machines[1], err);
    return r;
}

/* ------------------------------------------------------------------------- aliases */

static const char *target_of(const struct rt_slot_series *series, const char *name)
{
    for (size_t i = 0; i < series->n_aliases; i++) {
        if (strcmp(series->aliases[i].name, name) == 0)
            return series->aliases[i].machine;
    }
    return NULL;
}

void diff_each_alias(const struct diff *diff, diff_alias_fn fn, void *user)
{
    const struct rt_slot_series *a = diff->from.profile.series, *b = diff->to.profile.series;

    if (diff->from.is_manifest || diff->to.is_manifest)
        return;
    for (size_t i = 0; i < a->n_aliases; i++) {
        const char *to = target_of(b, a->aliases[i].name);

        if (to == NULL || strcmp(to, a->aliases[i].machine) != 0)
            fn(user, a->aliases[i].name, a->aliases[i].machine, to);
    }
    for (size_t i = 0; i < b->n_aliases; i++) {
        if (target_of(a, b->aliases[i].name) == NULL)
            fn(user, b->aliases[i].name, NULL, b->aliases[i].machine);
    }
}

/* ------------------------------------------------------------------------- walks */

/* Has an earlier run of the block shown this one with itself? */
static bool is_shown(const struct diff *diff, size_t block, size_t at)
{
    for (size_t i = diff->blocks[block].from; i < at; i++) {
        if (diff_same_change(&diff->runs[i], &diff->runs[at]))
            return true;
    }
    return false;
}

void diff_each_change(const struct diff *diff, diff_change_fn fn, void *user)
{
    for (enum change change = CHANGE_SLOT; change < CHANGE_NONE; change++) {
        for (size_t block = 0; block < diff->n_blocks; block++) {
            for (size_t i = diff->blocks[block].from; i < diff->blocks[block].to; i++) {
                if (change_of(diff, &diff->runs[i]) == change && !is_shown(diff, block, i))
                    fn(diff, block, i, change, user);
            }
        }
    }
}

bool diff_next_machines(const struct diff *diff, size_t side, size_t *first, size_t *last)
{
    const struct rt_slot_series *a = diff->from.profile.series, *b = diff->to.profile.series;
    const struct rt_slot_series *other = side == 0 ? b : a;
    const char *const *machines = diff->machines[side];
    size_t n = side == 0 ? a->n_machines : b->n_machines;

    while (*first < n && rt_slot_series_has(other, machines[*first]))
        (*first)++;
    for (*last = *first; *last + 1 < n; (*last)++) {
        if (rt_slot_series_has(other, machines[*last + 1]) ||
            !rt_slot_same_family(machines[*first], machines[*last + 1]))
            break;
    }
    return *first < n;
}

/* ------------------------------------------------------------------------- the whole */

int diff_open(const char *from, const char *to, struct diff *ret, struct romtool_error *err)
{
    int r;

    *ret = (struct diff){.from_name = from, .to_name = to};
    r = ground_open(from, &ret->from, err);
    if (r == 0)
        r = ground_open(to, &ret->to, err);
    if (r == 0)
        r = ground_meet(&ret->from, &ret->to, err);
    return r < 0 ? r : collect(ret, err);
}

void diff_close(struct diff *diff)
{
    rt_slot_compare_end(&diff->compare);
    free(diff->runs);
    free(diff->blocks);
    free(diff->machines[0]);
    free(diff->machines[1]);
    ground_close(&diff->from);
    ground_close(&diff->to);
}
