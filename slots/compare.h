/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two profiles side by side: every machine type that both have, and every device that at least one
 * of them has a row for there. Devices come by name, within one the machine types by family, then
 * version, so that neighbours with the same outcome make a range. A profile beside itself shows its
 * holes: the indices that are left out.
 */
#ifndef RT_SLOTS_COMPARE_H
#define RT_SLOTS_COMPARE_H

#include "slots/slots.h"

enum rt_slot_outcome {
    RT_SLOT_MISSING, /* one of the two has no row */
    RT_SLOT_SAME,    /* both have the same slot, or both no ROM BAR */
    RT_SLOT_DIFFERS,
};

/* One device on one machine type. */
struct rt_slot_pair {
    size_t at; /* index of the machine type among those that are compared */
    const char *machine;
    const char *device;
    const struct rt_slot_row *a, *b; /* NULL: has no row; never both */
    enum rt_slot_outcome outcome;
};

/* One device on neighbouring machine types of one family, for which the rows say the same. */
struct rt_slot_run {
    struct rt_slot_pair first;
    const char *last; /* machine type */
    size_t n;         /* machine types */
};

/* A walk. The first two members may be read, the rest is its own. */
struct rt_slot_compare {
    const char **machines; /* that both have, in order */
    size_t n_machines;
    struct rt_slot_side {
        const struct rt_slot_row **rows; /* of the series, by device */
        size_t n_rows;
        size_t n_every;  /* the first ones, which are about every device */
        size_t from, to; /* those of the device that the walk is at */
        struct rt_slot_type {
            const char *machine; /* the one whose rows it has */
            struct rt_machine_name name;
        } * types; /* of each machine type */
    } sides[2];
    const char *device;
    size_t at; /* the next machine type for that device */
    struct rt_slot_pair ahead;
    bool has_ahead;
};

/*
 * Begins a walk; a and b are borrowed until rt_slot_compare_end(), which is due after a failure
 * too. Allocates here and nowhere else: some pointers a row, some names a machine type.
 * ROMTOOL_E_NO_MEMORY.
 */
int rt_slot_compare_begin(struct rt_slot_compare *compare, const struct rt_slot_profile *a,
                          const struct rt_slot_profile *b, struct romtool_error *err);
void rt_slot_compare_end(struct rt_slot_compare *compare);

/* Begins again with the first pair. */
void rt_slot_compare_rewind(struct rt_slot_compare *compare);

/* The next pair, or the next run of pairs; false at the end. One walk takes the one or the other.
 */
bool rt_slot_compare_next(struct rt_slot_compare *compare, struct rt_slot_pair *ret);
bool rt_slot_compare_next_run(struct rt_slot_compare *compare, struct rt_slot_run *ret);

/* Begins a run, and adds the pair behind it if it goes on with it. For walks that leave pairs out.
 */
struct rt_slot_run rt_slot_run_of(const struct rt_slot_pair *pair);
bool rt_slot_run_add(struct rt_slot_run *run, const struct rt_slot_pair *pair);

/* Do two rows say the same of a device: slot, file, images and fill? NULL is no row. */
bool rt_slot_rows_agree(const struct rt_slot_row *a, const struct rt_slot_row *b);

/* Sorts machine types by family, then version, then name. */
void rt_slot_machines_sort(const char **machines, size_t n);

/* Are both versions of one family? One that has no version is alone in its own. */
bool rt_slot_same_family(const char *a, const char *b);

#define RT_SLOT_RANGE_TEXT_SIZE ((size_t)3 * ROMTOOL_NAME_SIZE)

/* Machine types of one family as a person writes them: "pc-q35 2.4..7.2", or one by its name. */
void rt_slot_range_text(const char *first, const char *last, char ret[RT_SLOT_RANGE_TEXT_SIZE]);

#endif
