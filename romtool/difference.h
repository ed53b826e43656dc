/* SPDX-License-Identifier: BSD-2-Clause */
/* What `slots diff` shows: all that changed from one ground to another. */
#ifndef ROMTOOL_DIFFERENCE_H
#define ROMTOOL_DIFFERENCE_H

#include "romtool/ground.h"
#include "slots/compare.h"

/* What became of a device on a machine type that both have, in the order in which it is shown. */
enum change {
    CHANGE_SLOT,
    CHANGE_FILE,
    CHANGE_CONTENT, /* images or fill */
    CHANGE_REMOVED, /* only the first says its slot */
    CHANGE_ADDED,   /* only the second */
    CHANGE_NONE,
};

struct diff {
    const char *from_name, *to_name; /* as they were asked for */
    struct ground from, to;
    struct rt_slot_compare compare;
    struct rt_slot_run *runs; /* those in which something changed */
    size_t n_runs;
    struct block {
        size_t from, to; /* the runs of one device */
        size_t twin;     /* the first block that is the same but for the device, or itself */
    } * blocks;
    size_t n_blocks;
    size_t n_same, n_differs, n_missing; /* machine types and devices */
    const char **machines[2];            /* of each, sorted */
};

/* Errors as ground_open(). diff_close() is due after a failure too. */
int diff_open(const char *from, const char *to, struct diff *ret, struct romtool_error *err);
void diff_close(struct diff *diff);

/* Is it the same change, on other machine types or of another device? */
bool diff_same_change(const struct rt_slot_run *a, const struct rt_slot_run *b);

/* Each change of each device once, by its block and the first of its runs. */
typedef void (*diff_change_fn)(const struct diff *diff, size_t block, size_t run,
                               enum change change, void *user);
void diff_each_change(const struct diff *diff, diff_change_fn fn, void *user);

/* Each alias that points elsewhere; NULL: it is none there. A manifest says nothing of aliases. */
typedef void (*diff_alias_fn)(void *user, const char *name, const char *from, const char *to);
void diff_each_alias(const struct diff *diff, diff_alias_fn fn, void *user);

/*
 * The next range of machine types that only one has, side 0 or 1: indices in machines[side]. first
 * is where to look from. False where there is none.
 */
bool diff_next_machines(const struct diff *diff, size_t side, size_t *first, size_t *last);

#endif
