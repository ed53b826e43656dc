/* SPDX-License-Identifier: BSD-2-Clause */
#include "slots/nearest.h"

#include <stdio.h>
#include <string.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance of the first 63 bytes of each. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[ROMTOOL_NAME_SIZE];
    size_t n = strnlen(b, ROMTOOL_NAME_SIZE - 1);

    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 0; i < strnlen(a, ROMTOOL_NAME_SIZE - 1); i++) {
        size_t diagonal = row[0];

        row[0] = i + 1;
        for (size_t j = 0; j < n; j++) {
            size_t replaced = diagonal + (a[i] != b[j]);

            diagonal = row[j + 1];
            row[j + 1] = least(replaced, least(row[j], row[j + 1]) + 1);
        }
    }
    return row[n];
}

static bool nearer(const struct rt_slot_candidate *a, const struct rt_slot_candidate *b)
{
    return a->distance != b->distance ? a->distance < b->distance : a->tie < b->tie;
}

static void offer(struct rt_slot_nearest *nearest, uint64_t distance, uint64_t tie,
                  const char *known)
{
    size_t max = sizeof(nearest->best) / sizeof(nearest->best[0]), at;
    struct rt_slot_candidate candidate = {.distance = distance, .tie = tie};

    (void)snprintf(candidate.name, sizeof(candidate.name), "%s", known);
    for (at = 0; at < nearest->n && !nearer(&candidate, &nearest->best[at]); at++)
        ;
    if (at == max)
        return;
    if (nearest->n < max)
        nearest->n++;
    for (size_t i = nearest->n - 1; i > at; i--)
        nearest->best[i] = nearest->best[i - 1];
    nearest->best[at] = candidate;
}

void rt_slot_nearest_name(struct rt_slot_nearest *nearest, const char *wanted, const char *known)
{
    offer(nearest, edit_distance(wanted, known), 0, known);
}

/* A number that grows with the version. */
static uint64_t version_number(const struct rt_machine_name *name)
{
    return (uint64_t)name->major << 32 | (uint64_t)name->minor << 16 | name->micro;
}

void rt_slot_nearest_machine(struct rt_slot_nearest *nearest, const char *wanted, const char *known)
{
    struct rt_machine_name a, b;
    uint64_t asked, there;

    if (!rt_machine_name_parse(wanted, &a) || !rt_machine_name_parse(known, &b)) {
        rt_slot_nearest_name(nearest, wanted, known);
        return;
    }
    asked = a.versioned ? version_number(&a) : UINT64_MAX;
    there = version_number(&b);
    offer(nearest, edit_distance(a.family, b.family), asked > there ? asked - there : there - asked,
          known);
}

int rt_slot_nearest_error(const struct rt_slot_nearest *nearest, int code, const char *what,
                          const char *wanted, const char *where, struct romtool_error *err)
{
    if (nearest->n == 0)
        return rt_error_set(err, code, ROMTOOL_NO_OFFSET, "unknown %s '%.63s'%s", what, wanted,
                            where);
    if (nearest->n == 1)
        return rt_error_set(err, code, ROMTOOL_NO_OFFSET, "unknown %s '%.63s'%s; the nearest is %s",
                            what, wanted, where, nearest->best[0].name);
    return rt_error_set(err, code, ROMTOOL_NO_OFFSET,
                        "unknown %s '%.63s'%s; the nearest are %s, %s", what, wanted, where,
                        nearest->best[0].name, nearest->best[1].name);
}
