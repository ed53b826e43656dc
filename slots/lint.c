/* SPDX-License-Identifier: BSD-2-Clause */
#include "slots/lint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slots/compare.h"
#include "slots/index.h"
#include "slots/lifecycle.h"
#include "slots/nearest.h"
#include "slots/tag.h"

struct lint {
    const struct rt_slot_vendor *vendor;
    const struct rt_slot_lint *options;
    const struct rt_findings *findings;
    struct romtool_error *err;
    const char **machines; /* of all series, sorted, each once */
    size_t n_machines;
};

static struct rt_slot_profile profile_of(const struct lint *l, size_t series)
{
    return (struct rt_slot_profile){.vendor = l->vendor, .series = &l->vendor->series[series]};
}

/* What a series is called in sentences: the only one of a vendor may have no name. */
static const char *series_name(const struct lint *l, const struct rt_slot_series *series)
{
    return series->name[0] != '\0' ? series->name : l->vendor->name;
}

static size_t index_of(const struct lint *l, const struct rt_slot_row *row)
{
    return (size_t)(row - l->vendor->rows);
}

/* "series[1].machines[40]", where a machine type stands first. */
struct place {
    char text[64];
    const struct rt_slot_series *series;
};

static struct place place_of(const struct lint *l, const char *machine)
{
    struct place place = {.series = l->vendor->series};
    size_t at = 0;

    while (!rt_slot_series_has(place.series, machine)) /* it is in one of them */
        place.series++;
    while (strcmp(place.series->machines[at], machine) != 0)
        at++;
    (void)snprintf(place.text, sizeof(place.text), "series[%zu].machines[%zu]",
                   (size_t)(place.series - l->vendor->series), at);
    return place;
}

static enum rt_lifecycle_state state_of(const char *qemu, const char *machine)
{
    struct rt_machine_name name;
    struct rt_lifecycle life;

    if (!rt_machine_name_parse(machine, &name) || !rt_machine_lifecycle(&name, qemu, &life))
        return RT_LIFECYCLE_NONE;
    return life.state;
}

/* ------------------------------------------------------------------------- slots that change */

/* One row against one: the machine types for which both hold. */
struct changed {
    struct rt_slot_run run; /* the first ones */
    size_t more;            /* and so many others */
    size_t before;          /* the earlier series */
};

static void add_changed(const struct lint *l, size_t series, const struct changed *changed)
{
    const struct rt_slot_pair *first = &changed->run.first;
    char range[RT_SLOT_RANGE_TEXT_SIZE], more[32] = "";

    if (changed->run.n == 0)
        return;
    rt_slot_range_text(first->machine, changed->run.last, range);
    if (changed->more > 0)
        (void)snprintf(more, sizeof(more), " and %zu more", changed->more);
    rt_finding_add(l->findings, ROMTOOL_E_SLOT_CHANGED, RT_ERROR, ROMTOOL_NO_OFFSET,
                   "mandates[%zu].slot: '%s' on %s%s is %" PRIu64 " in %s, but %" PRIu64
                   " in %s (mandates[%zu])",
                   index_of(l, first->b), first->device, range, more, first->b->slot,
                   series_name(l, &l->vendor->series[series]), first->a->slot,
                   series_name(l, &l->vendor->series[changed->before]), index_of(l, first->a));
}

static const struct rt_slot_row *row_about(const struct lint *l, size_t series, const char *machine,
                                           const char *device)
{
    struct rt_slot_profile profile = profile_of(l, series);
    size_t at = rt_slot_first_row(l->vendor, device);

    for (; at < l->vendor->n_rows; at = rt_slot_next_row(l->vendor, at)) {
        if (rt_slot_row_applies(&l->vendor->rows[at], &profile, machine))
            return &l->vendor->rows[at];
    }
    return NULL;
}

/* The row of the nearest earlier series that has the machine type and says the device's slot. */
static const struct rt_slot_row *row_before(const struct lint *l, const struct rt_slot_pair *pair,
                                            size_t *series)
{
    const struct rt_slot_row *row = NULL;

    while (row == NULL && (*series)-- > 0) {
        if (!rt_slot_series_has(&l->vendor->series[*series], pair->machine))
            continue;
        row = row_about(l, *series, pair->machine, pair->device);
        if (row == NULL)
            row = row_about(l, *series, pair->machine, ""); /* every device */
    }
    return row;
}

/* compare is of the series with itself: each of its slots is held against the one before. */
static void lint_changes(const struct lint *l, size_t series, struct rt_slot_compare *compare)
{
    struct changed changed = {0};
    struct rt_slot_pair pair;

    while (rt_slot_compare_next(compare, &pair)) {
        const struct rt_slot_pair *first = &changed.run.first;
        size_t before = series;

        pair.a = row_before(l, &pair, &before);
        if (pair.a == NULL || pair.a->slot == pair.b->slot)
            continue;
        if (before != changed.before || pair.a != first->a || pair.b != first->b ||
            strcmp(pair.device, first->device) != 0) { /* a row may be about every device */
            add_changed(l, series, &changed);
            changed = (struct changed){.run = rt_slot_run_of(&pair), .before = before};
        } else if (changed.more > 0 || !rt_slot_run_add(&changed.run, &pair)) {
            changed.more++;
        }
    }
    add_changed(l, series, &changed);
}

/* ------------------------------------------------------------------------- one series */

/*
 * Between two machine types of one family that have a row for the device, those that have none,
 * sorted. What is like another machine type has no place of its own among them.
 */
static void add_hole(const struct lint *l, size_t series, const struct rt_slot_pair *before,
                     const struct rt_slot_pair *behind, const char *const *machines)
{
    size_t first = before->at + 1, last = behind->at - 1;
    char range[RT_SLOT_RANGE_TEXT_SIZE];

    while (first <= last && rt_slot_like(l->vendor, machines[first]) != machines[first])
        first++;
    while (first < last && rt_slot_like(l->vendor, machines[last]) != machines[last])
        last--;
    if (first > last)
        return;
    rt_slot_range_text(machines[first], machines[last], range);
    rt_finding_add(l->findings, ROMTOOL_E_HOLE, RT_WARNING, ROMTOOL_NO_OFFSET,
                   "mandates: none is about '%s' on %s in %s, but on %s and %s", before->device,
                   range, series_name(l, &l->vendor->series[series]), before->machine,
                   behind->machine);
}

static void lint_holes(const struct lint *l, size_t series, struct rt_slot_compare *compare)
{
    struct rt_slot_pair before = {0}, pair;

    while (rt_slot_compare_next(compare, &pair)) {
        if (rt_slot_like(l->vendor, pair.machine) != pair.machine)
            continue;
        if (before.device != NULL && strcmp(before.device, pair.device) == 0 &&
            pair.at > before.at + 1 && rt_slot_same_family(before.machine, pair.machine))
            add_hole(l, series, &before, &pair, compare->machines);
        before = pair;
    }
}

static void add_expired(const struct lint *l, size_t series, const char *first, const char *last)
{
    char range[RT_SLOT_RANGE_TEXT_SIZE];

    if (first == NULL)
        return;
    rt_slot_range_text(first, last, range);
    rt_finding_add(l->findings, ROMTOOL_E_EXPIRED, RT_WARNING, ROMTOOL_NO_OFFSET,
                   "series[%zu].machines: %s: removed from QEMU by %s", series, range,
                   l->vendor->series[series].qemu);
}

/* Machine types of the series, sorted, that the series' QEMU has no more. */
static void lint_expired(const struct lint *l, size_t series, const char *const *machines, size_t n)
{
    const char *first = NULL, *last = NULL;

    for (size_t i = 0; i < n; i++) {
        enum rt_lifecycle_state state = state_of(l->vendor->series[series].qemu, machines[i]);
        bool goes_on = first != NULL && rt_slot_same_family(first, machines[i]);

        if (first != NULL &&
            (!goes_on || (state != RT_LIFECYCLE_REMOVED && state != RT_LIFECYCLE_NONE))) {
            add_expired(l, series, first, last);
            first = NULL;
        }
        if (state != RT_LIFECYCLE_REMOVED)
            continue;
        if (first == NULL)
            first = machines[i];
        last = machines[i];
    }
    add_expired(l, series, first, last);
}

static int lint_series(const struct lint *l, size_t series)
{
    struct rt_slot_profile profile = profile_of(l, series);
    struct rt_slot_compare compare;
    int r = rt_slot_compare_begin(&compare, &profile, &profile, l->err);

    if (r == 0) {
        lint_changes(l, series, &compare);
        rt_slot_compare_rewind(&compare);
        lint_holes(l, series, &compare);
        lint_expired(l, series, compare.machines, compare.n_machines);
    }
    rt_slot_compare_end(&compare);
    return r;
}

/* ------------------------------------------------------------------------- machine types */

/* The series with the latest QEMU, the last of equals. */
static const struct rt_slot_series *newest_series(const struct rt_slot_vendor *vendor)
{
    const struct rt_slot_series *newest = NULL;
    struct rt_slot_version latest = {0}, version;

    for (size_t i = 0; i < vendor->n_series; i++) {
        if (rt_slot_version_parse(vendor->series[i].qemu, &version) &&
            rt_slot_version_compare(version, latest) >= 0) {
            newest = &vendor->series[i];
            latest = version;
        }
    }
    return newest;
}

static bool has_family(const struct rt_slot_series *series, const char *machine)
{
    for (size_t i = 0; i < series->n_machines; i++) {
        if (rt_slot_same_family(series->machines[i], machine))
            return true;
    }
    return false;
}

static void lint_master(const struct lint *l, const char *machine,
                        const struct rt_machine_name *name)
{
    const struct rt_slot_series *master =
        l->options->master != NULL ? l->options->master->series : newest_series(l->vendor);
    struct place place;

    if (name->micro == 0 || master == NULL || rt_slot_series_has(master, machine) ||
        !has_family(master, machine) || state_of(master->qemu, machine) == RT_LIFECYCLE_REMOVED)
        return;
    place = place_of(l, machine);
    rt_finding_add(l->findings, ROMTOOL_E_NOT_ON_MASTER, RT_ERROR, ROMTOOL_NO_OFFSET,
                   "%s: bug-fix type %s of %s is not in %s, QEMU %s, where it is not expired",
                   place.text, machine, series_name(l, place.series),
                   l->options->master != NULL ? l->options->master->name : series_name(l, master),
                   master->qemu);
}

/* At most one bug-fix type stands behind its base; before is the machine type sorted before. */
static void lint_bugfix(const struct lint *l, const char *before, const char *machine,
                        const struct rt_machine_name *name)
{
    struct rt_machine_name other;

    if (name->micro == 0 || before == NULL || !rt_slot_same_family(before, machine) ||
        !rt_machine_name_parse(before, &other) || other.micro == 0 || other.micro == name->micro ||
        other.major != name->major || other.minor != name->minor)
        return;
    rt_finding_add(l->findings, ROMTOOL_E_TWO_BUGFIX_TYPES, RT_ERROR, ROMTOOL_NO_OFFSET,
                   "%s: %s: the stable series %d.%d has a bug-fix type already, %s",
                   place_of(l, machine).text, machine, name->major, name->minor, before);
}

static void lint_tag(const struct lint *l, const char *machine)
{
    size_t n;
    const char *tag = rt_machine_new_tag(machine, &n);

    if (tag != NULL)
        rt_finding_add(l->findings, ROMTOOL_E_NEW_TAG, RT_WARNING, ROMTOOL_NO_OFFSET,
                       "%s: '%s' has a new tag, '%.*s': a word has no place in the order of "
                       "versions",
                       place_of(l, machine).text, machine, (int)n, tag);
}

/* All series' machine types, sorted, each once. */
static int collect_machines(struct lint *l)
{
    const struct rt_slot_vendor *vendor = l->vendor;
    size_t n = 0, kept = 0;

    for (size_t i = 0; i < vendor->n_series; i++)
        n += vendor->series[i].n_machines;
    l->machines = calloc(n + 1, sizeof(*l->machines));
    if (l->machines == NULL)
        return rt_error_no_memory(l->err);
    n = 0;
    for (size_t i = 0; i < vendor->n_series; i++) {
        for (size_t k = 0; k < vendor->series[i].n_machines; k++)
            l->machines[n++] = vendor->series[i].machines[k];
    }
    rt_slot_machines_sort(l->machines, n);
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || strcmp(l->machines[kept - 1], l->machines[i]) != 0)
            l->machines[kept++] = l->machines[i];
    }
    l->n_machines = kept;
    return 0;
}

static int lint_machines(struct lint *l)
{
    int r = collect_machines(l);

    for (size_t i = 0; i < l->n_machines; i++) {
        const char *machine = l->machines[i];
        struct rt_machine_name name;

        if (!rt_machine_name_parse(machine, &name))
            continue;
        lint_master(l, machine, &name);
        lint_bugfix(l, i > 0 ? l->machines[i - 1] : NULL, machine, &name);
        lint_tag(l, machine);
    }
    free(l->machines);
    return r;
}

/* ------------------------------------------------------------------------- devices */

/* What RAM blocks are called (vmstate) is no driver's name. */
static const struct {
    const char *name, *driver;
} vmstate_names[] = {
    {"ne2000", "ne2k_pci"},
    {"cirrus_vga", "cirrus-vga"},
    {"vmware_vga", "vmware-svga"},
};

/* The driver that is meant by a name from elsewhere, libvirt's too, or the name itself. */
static const char *driver_meant(const struct rt_slot_profile *upstream, const char *device)
{
    for (size_t i = 0; i < sizeof(vmstate_names) / sizeof(vmstate_names[0]); i++) {
        if (strcmp(vmstate_names[i].name, device) == 0)
            return vmstate_names[i].driver;
    }
    return rt_slot_device(upstream, device);
}

/* Once, though it may have many rows. */
static void offer_driver(struct rt_slot_nearest *nearest, const char *wanted, const char *known)
{
    for (size_t i = 0; i < nearest->n; i++) {
        if (strcmp(nearest->best[i].name, known) == 0)
            return;
    }
    if (known[0] != '\0')
        rt_slot_nearest_name(nearest, wanted, known);
}

static void add_unknown_driver(const struct lint *l, size_t at,
                               const struct rt_slot_profile *upstream)
{
    const char *device = l->vendor->rows[at].device, *meant = driver_meant(upstream, device);
    struct rt_slot_nearest nearest = {0};
    struct romtool_error why;

    if (meant != device) {
        rt_finding_add(l->findings, ROMTOOL_E_UNKNOWN_DRIVER, RT_ERROR, ROMTOOL_NO_OFFSET,
                       "mandates[%zu].device: no QEMU has a device '%s', its driver is %s", at,
                       device, meant);
        return;
    }
    for (size_t i = 0; i < upstream->vendor->n_rows; i++)
        offer_driver(&nearest, device, upstream->vendor->rows[i].device);
    rt_error_clear(&why);
    (void)rt_slot_nearest_error(&nearest, ROMTOOL_E_UNKNOWN_DRIVER, "device", device, "", &why);
    rt_finding_add(l->findings, ROMTOOL_E_UNKNOWN_DRIVER, RT_ERROR, ROMTOOL_NO_OFFSET,
                   "mandates[%zu].device: %s", at, why.text);
}

/* Each device once: upstream's rows name those that have an option ROM. */
static int lint_devices(const struct lint *l)
{
    const struct rt_slot_row *rows = l->vendor->rows;
    struct rt_slot_profile upstream;
    int r = rt_slot_profile_find("upstream", &upstream, l->err);

    for (size_t i = 0; i < l->vendor->n_rows && r == 0; i++) {
        bool again = rows[i].device[0] == '\0'; /* every device */

        for (size_t k = 0; k < i && !again; k++)
            again = strcmp(rows[k].device, rows[i].device) == 0;
        if (!again && !rt_slot_has_device(&upstream, rows[i].device) &&
            rt_slot_no_rom(rows[i].device) == NULL)
            add_unknown_driver(l, i, &upstream);
    }
    return r;
}

/* ------------------------------------------------------------------------- ROM files */

/* The series' first machine type on which the row names a ROM file, or NULL. */
static const char *needed_on(const struct rt_slot_row *row, const struct rt_slot_profile *profile)
{
    const struct rt_slot_series *series = profile->series;

    for (size_t i = 0; i < series->n_machines && row->slot != 0; i++) {
        if (rt_slot_row_applies(row, profile, series->machines[i]))
            return series->machines[i];
    }
    return NULL;
}

/* Has an earlier row that is needed the same file? */
static bool is_asked(const struct lint *l, const char *const *needed, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (needed[i] != NULL && strcmp(l->vendor->rows[i].file, l->vendor->rows[at].file) == 0)
            return true;
    }
    return false;
}

static int lint_file(const struct lint *l, const struct rt_slot_series *series, size_t at,
                     const char *machine)
{
    const struct rt_slot_row *row = &l->vendor->rows[at];
    bool found = false;
    int r = l->options->find_file(l->options->user, series, row->file, &found, l->err);

    if (r == 0 && !found)
        rt_finding_add(l->findings, ROMTOOL_E_ROM_NOT_FOUND, RT_ERROR, ROMTOOL_NO_OFFSET,
                       "mandates[%zu].file: '%s' for '%s' on %s is in no search directory of %s",
                       at, row->file, row->device, machine, series_name(l, series));
    return r;
}

static int lint_files(const struct lint *l, size_t series)
{
    struct rt_slot_profile profile = profile_of(l, series);
    const char **needed = calloc(l->vendor->n_rows + 1, sizeof(*needed));
    int r = needed == NULL ? rt_error_no_memory(l->err) : 0;

    for (size_t i = 0; i < l->vendor->n_rows && r == 0; i++) {
        needed[i] = needed_on(&l->vendor->rows[i], &profile);
        if (needed[i] != NULL && !is_asked(l, needed, i))
            r = lint_file(l, profile.series, i, needed[i]);
    }
    free(needed);
    return r;
}

/* ------------------------------------------------------------------------- the whole */

int rt_slot_lint(const struct rt_slot_vendor *vendor, const struct rt_slot_lint *options,
                 const struct rt_findings *findings, struct romtool_error *err)
{
    struct lint l = {.vendor = vendor, .options = options, .findings = findings, .err = err};
    int r = 0;

    for (size_t i = 0; i < vendor->n_series && r == 0; i++)
        r = lint_series(&l, i);
    if (r == 0)
        r = lint_machines(&l);
    if (r == 0)
        r = lint_devices(&l);
    for (size_t i = 0; i < vendor->n_series && r == 0 && options->find_file != NULL; i++)
        r = lint_files(&l, i);
    return r;
}
