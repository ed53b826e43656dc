/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "slots/index.h"
#include "slots/match.h"
#include "slots/nearest.h"

/* ------------------------------------------------------------------------- profiles */

/* What fits of the text, with its NUL; snprintf takes as long as a whole lookup. */
static void copy_text(char *ret, size_t size, const char *text)
{
    size_t n = strnlen(text, size - 1);

    memcpy(ret, text, n);
    ret[n] = '\0';
}

void rt_slot_profile_make(struct rt_slot_profile *ret, const struct rt_slot_vendor *vendor,
                          const struct rt_slot_series *series)
{
    size_t n = strlen(vendor->name); /* the reader sees to it that both together fit */

    *ret = (struct rt_slot_profile){.vendor = vendor, .series = series};
    copy_text(ret->name, sizeof(ret->name), vendor->name);
    if (series->name[0] == '\0')
        return;
    copy_text(ret->name + n, sizeof(ret->name) - n, "/");
    copy_text(ret->name + n + 1, sizeof(ret->name) - n - 1, series->name);
}

/* The series of a vendor that the name behind the vendor's names; NULL where none is. */
static const struct rt_slot_series *find_series(const struct rt_slot_vendor *vendor,
                                                const char *name)
{
    size_t length = strlen(vendor->name);
    const char *wanted = name + length;

    if (strncmp(vendor->name, name, length) != 0 || (*wanted != '\0' && *wanted != '/'))
        return NULL;
    for (size_t i = 0; i < vendor->n_series; i++) {
        const char *series = vendor->series[i].name;

        /* "upstream" has no name, "debian/bookworm" has one */
        if (*wanted == '\0' ? *series == '\0' : *series != '\0' && strcmp(series, wanted + 1) == 0)
            return &vendor->series[i];
    }
    return NULL;
}

static int unknown_profile(const char *name, struct romtool_error *err)
{
    struct rt_slot_nearest nearest = {0};
    size_t n;
    const struct rt_slot_vendor *vendors = rt_slot_builtin(&n);

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < vendors[i].n_series; j++) {
            struct rt_slot_profile known;

            rt_slot_profile_make(&known, &vendors[i], &vendors[i].series[j]);
            rt_slot_nearest_name(&nearest, name, known.name);
        }
    }
    return rt_slot_nearest_error(&nearest, ROMTOOL_E_UNKNOWN_PROFILE, "profile", name, "", err);
}

int rt_slot_profile_find(const char *name, struct rt_slot_profile *ret, struct romtool_error *err)
{
    size_t n;
    const struct rt_slot_vendor *vendors = rt_slot_builtin(&n);

    *ret = (struct rt_slot_profile){0};
    for (size_t i = 0; i < n; i++) {
        const struct rt_slot_series *series = find_series(&vendors[i], name);

        if (series == NULL)
            continue;
        rt_slot_profile_make(ret, &vendors[i], series);
        return 0;
    }
    return unknown_profile(name, err);
}

/* ------------------------------------------------------------------------- machine types */

/* What the name stands for; itself where it is no alias. */
static const char *follow(const struct rt_slot_alias *aliases, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(aliases[i].name, name) == 0)
            return aliases[i].machine;
    }
    return name;
}

/* Of a name that is no machine type of the series. */
static const char *follow_aliases(const struct rt_slot_profile *profile, const char *name)
{
    const char *named = follow(profile->overrides, profile->n_overrides, name);

    return follow(profile->series->aliases, profile->series->n_aliases, named);
}

const char *rt_slot_machine(const struct rt_slot_profile *profile, const char *machine)
{
    if (rt_slot_series_has(profile->series, machine))
        return machine;
    return follow_aliases(profile, machine);
}

/* " in debian/bookworm", for sentences. */
struct where {
    char text[ROMTOOL_NAME_SIZE + 8];
};

static struct where where(const struct rt_slot_profile *profile)
{
    struct where w;

    (void)snprintf(w.text, sizeof(w.text), " in %s", profile->name);
    return w;
}

static int unknown_machine(const struct rt_slot_profile *profile, const char *machine,
                           struct romtool_error *err)
{
    const struct rt_slot_series *series = profile->series;
    struct rt_slot_nearest nearest = {0};

    for (size_t i = 0; i < series->n_machines; i++)
        rt_slot_nearest_machine(&nearest, machine, series->machines[i]);
    for (size_t i = 0; i < series->n_aliases; i++)
        rt_slot_nearest_name(&nearest, machine, series->aliases[i].name);
    return rt_slot_nearest_error(&nearest, ROMTOOL_E_UNKNOWN_MACHINE, "machine type", machine,
                                 where(profile).text, err);
}

/* Resolves an alias and refuses what the series does not have. */
static int find_machine(const struct rt_slot_profile *profile, const char *machine,
                        const char **ret, struct romtool_error *err)
{
    *ret = machine;
    if (rt_slot_series_has(profile->series, machine))
        return 0;
    *ret = follow_aliases(profile, machine);
    if (rt_slot_series_has(profile->series, *ret))
        return 0;
    return unknown_machine(profile, *ret, err);
}

/* ------------------------------------------------------------------------- devices */

/*
 * Other names of QEMU's drivers: libvirt's models (formatdomain, <interface> and <video>) where
 * they differ, and the aliases in QEMU's -device help. libvirt's video model "qxl" is not among
 * them: QEMU's qxl is another device than qxl-vga.
 */
static const struct {
    const char *name, *device;
} other_names[] = {
    {"virtio", "virtio-net-pci"},
    {"virtio-net", "virtio-net-pci"},
    {"virtio-transitional", "virtio-net-pci-transitional"},
    {"virtio-non-transitional", "virtio-net-pci-non-transitional"},
    {"e1000-82540em", "e1000"},
    {"vga", "VGA"},
    {"cirrus", "cirrus-vga"},
    {"vmvga", "vmware-svga"},
    {"bochs", "bochs-display"},
};

bool rt_slot_has_device(const struct rt_slot_profile *profile, const char *driver)
{
    const struct rt_slot_vendor *vendor = profile->vendor;
    size_t i = rt_slot_first_row(vendor, driver);

    while (i < vendor->n_rows && !rt_slot_row_in_series(&vendor->rows[i], profile->series->name))
        i = rt_slot_next_row(vendor, i);
    return i < vendor->n_rows && driver[0] != '\0';
}

const char *rt_slot_device(const struct rt_slot_profile *profile, const char *device)
{
    if (rt_slot_has_device(profile, device))
        return device;
    for (size_t i = 0; i < sizeof(other_names) / sizeof(other_names[0]); i++) {
        if (strcmp(other_names[i].name, device) == 0 &&
            rt_slot_has_device(profile, other_names[i].device))
            return other_names[i].device;
    }
    return device;
}

/* No row is about it: QEMU has no ROM for it, or it is not known at all. */
static int unknown_device(const struct rt_slot_profile *profile, const char *device,
                          struct romtool_error *err)
{
    struct rt_slot_nearest nearest = {0};
    const char *no_rom = rt_slot_no_rom(device);

    if (no_rom != NULL)
        return rt_error_set(err, ROMTOOL_E_NO_MANDATE, ROMTOOL_NO_OFFSET, "'%s' %s", device,
                            no_rom);
    for (size_t i = 0; i < profile->vendor->n_rows; i++) {
        const struct rt_slot_row *row = &profile->vendor->rows[i];
        bool again = row->device[0] == '\0';

        for (size_t j = 0; j < nearest.n; j++)
            again = again || strcmp(nearest.best[j].name, row->device) == 0;
        if (!again && rt_slot_row_in_series(row, profile->series->name))
            rt_slot_nearest_name(&nearest, device, row->device);
    }
    return rt_slot_nearest_error(&nearest, ROMTOOL_E_UNKNOWN_DEVICE, "device", device,
                                 where(profile).text, err);
}

/* ------------------------------------------------------------------------- rows */

/* A machine type of the profile's series, ready for its rows. */
struct type {
    const char *like;
    struct rt_machine_name name; /* like, taken apart */
};

/*
 * The row that says the slot of a device, or with "" of every device; NULL where none does. Notes
 * whether the series has a row about the device at all.
 */
static const struct rt_slot_row *find_row(const struct rt_slot_profile *profile,
                                          const struct type *type, const char *device,
                                          bool *ret_known)
{
    const struct rt_slot_vendor *vendor = profile->vendor;

    *ret_known = false;
    for (size_t i = rt_slot_first_row(vendor, device); i < vendor->n_rows;
         i = rt_slot_next_row(vendor, i)) {
        const struct rt_slot_row *row = &vendor->rows[i];

        if (!rt_slot_row_in_series(row, profile->series->name))
            continue;
        *ret_known = device[0] != '\0';
        if (rt_slot_row_covers(row, type->like, &type->name))
            return row;
    }
    return NULL;
}

/* As rt_slot_find(), with the machine type that an alias stands for. */
static int find(const struct rt_slot_profile *profile, const char *machine, const char *device,
                const struct rt_slot_row **ret, const char **ret_machine, struct romtool_error *err)
{
    const char *driver = device;
    const struct rt_slot_row *row;
    struct type type;
    bool known, any;
    int r;

    *ret = NULL;
    r = find_machine(profile, machine, ret_machine, err);
    if (r < 0)
        return r;
    type.like = rt_slot_like(profile->vendor, *ret_machine);
    (void)rt_machine_name_parse(type.like, &type.name); /* none in a series is too long */
    row = find_row(profile, &type, driver, &known);
    if (!known) {
        driver = rt_slot_device(profile, device);
        row = find_row(profile, &type, driver, &known);
    }
    if (!known)
        return unknown_device(profile, driver, err);
    if (row == NULL)
        row = find_row(profile, &type, "", &any);
    if (row == NULL)
        return rt_error_set(err, ROMTOOL_E_NO_MANDATE, ROMTOOL_NO_OFFSET,
                            "the slot of '%s' on %s is not known%s", driver, *ret_machine,
                            where(profile).text);
    *ret = row;
    if (row->slot == 0)
        return rt_error_set(err, ROMTOOL_E_NO_MANDATE, ROMTOOL_NO_OFFSET,
                            "'%s' has no ROM BAR on %s%s", driver, *ret_machine,
                            where(profile).text);
    return 0;
}

int rt_slot_find(const struct rt_slot_profile *profile, const char *machine, const char *device,
                 const struct rt_slot_row **ret, struct romtool_error *err)
{
    const char *found;

    return find(profile, machine, device, ret, &found, err);
}

/* A machine type on which the row holds: the given one, or with NULL the series' first such. */
static const char *machine_of_row(const struct rt_slot_row *row,
                                  const struct rt_slot_profile *profile, const char *machine)
{
    const struct rt_slot_series *series = profile->series;

    if (machine != NULL)
        return rt_slot_row_applies(row, profile, machine) ? machine : NULL;
    for (size_t i = 0; i < series->n_machines; i++) {
        if (rt_slot_row_applies(row, profile, series->machines[i]))
            return series->machines[i];
    }
    return NULL;
}

int rt_slot_find_file(const struct rt_slot_profile *profile, const char *machine, const char *file,
                      const struct rt_slot_row **ret, struct romtool_error *err)
{
    const struct rt_slot_row *found = NULL;
    const char *type = NULL, *first_on = "";
    int r = machine == NULL ? 0 : find_machine(profile, machine, &type, err);

    *ret = NULL;
    for (size_t i = 0; i < profile->vendor->n_rows && r == 0; i++) {
        const struct rt_slot_row *row = &profile->vendor->rows[i];
        const char *on = NULL;

        if (row->slot != 0 && strcmp(row->file, file) == 0)
            on = machine_of_row(row, profile, type);
        if (on == NULL)
            continue;
        if (found == NULL) {
            found = row;
            first_on = on;
        } else if (row->slot != found->slot) {
            return rt_error_set(err, ROMTOOL_E_NO_MANDATE, ROMTOOL_NO_OFFSET,
                                "the slot of '%.63s' is %llu bytes for %s on %s and %llu for %s on "
                                "%s%s: name the machine type and device",
                                file, (unsigned long long)found->slot, found->device, first_on,
                                (unsigned long long)row->slot, row->device, on,
                                where(profile).text);
        }
    }
    if (r == 0 && found == NULL)
        r = rt_error_set(err, ROMTOOL_E_NO_MANDATE, ROMTOOL_NO_OFFSET,
                         "no device loads '%.63s'%s%s%s", file, type == NULL ? "" : " on ",
                         type == NULL ? "" : type, where(profile).text);
    *ret = r == 0 ? found : NULL;
    return r;
}

/* ------------------------------------------------------------------------- mandates */

/* machine is resolved. */
static void fill_mandate(const struct rt_slot_profile *profile, const char *machine,
                         const struct rt_slot_row *row, struct romtool_mandate *ret)
{
    *ret = (struct romtool_mandate){.slot = row->slot};
    copy_text(ret->profile, sizeof(ret->profile), profile->name);
    copy_text(ret->machine, sizeof(ret->machine), machine);
    copy_text(ret->device, sizeof(ret->device), row->device);
    copy_text(ret->file, sizeof(ret->file), row->file);
    copy_text(ret->source, sizeof(ret->source), row->source);
}

void rt_slot_mandate(const struct rt_slot_profile *profile, const char *machine,
                     const struct rt_slot_row *row, struct romtool_mandate *ret)
{
    fill_mandate(profile, rt_slot_machine(profile, machine), row, ret);
}

int romtool_mandate_find(const char *profile, const char *machine, const char *device,
                         struct romtool_mandate *ret_mandate, struct romtool_error *reterr)
{
    struct rt_slot_profile found;
    const struct rt_slot_row *row;
    const char *type;
    int r;

    rt_error_clear(reterr);
    if (ret_mandate != NULL)
        *ret_mandate = (struct romtool_mandate){0};
    if (profile == NULL || machine == NULL || device == NULL || ret_mandate == NULL)
        return rt_error_set(reterr, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET,
                            "a profile, machine type, device and mandate are needed");
    r = rt_slot_profile_find(profile, &found, reterr);
    if (r == 0)
        r = find(&found, machine, device, &row, &type, reterr);
    if (r == 0)
        fill_mandate(&found, type, row, ret_mandate);
    return r;
}
