/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Machine type names. QEMU's own macros (MACHINE_VER_*, include/hw/boards.h since 9.1) make
 * FAMILY-MAJOR.MINOR[.MICRO][-TAG]. Vendors put a word before the version: pc-q35-rhel9.4.0 is
 * version 9.4.0 of the family pc-q35-rhel, so that it never is in a range of upstream's pc-q35.
 * A code name instead of a version (pc-i440fx-trusty) makes a family of its own.
 */
#include "slots/match.h"

#include <stdio.h>
#include <string.h>

/* One decimal number without leading zeros; moves *p behind it. */
static bool take_number(const char **p, uint16_t *ret)
{
    const char *first = *p;
    unsigned value = 0;

    *ret = 0;
    for (; **p >= '0' && **p <= '9'; (*p)++) {
        value = value * 10 + (unsigned)(**p - '0');
        if (value > UINT16_MAX)
            return false;
    }
    if (*p == first || (*first == '0' && *p - first > 1))
        return false;
    *ret = (uint16_t)value;
    return true;
}

/* MAJOR.MINOR[.MICRO]; moves *p behind it, wherever that is. */
static bool take_version(const char **p, struct rt_slot_version *ret)
{
    *ret = (struct rt_slot_version){0};
    if (!take_number(p, &ret->major) || **p != '.')
        return false;
    (*p)++;
    if (!take_number(p, &ret->minor))
        return false;
    if (**p != '.')
        return true;
    (*p)++;
    return take_number(p, &ret->micro);
}

bool rt_slot_version_parse(const char *text, struct rt_slot_version *ret)
{
    const char *p = text;

    if (take_version(&p, ret) && *p == '\0')
        return true;
    *ret = (struct rt_slot_version){0};
    return false;
}

/*
 * Reads "rhel9.4.0" or "2.12", a part between hyphens, up to the next hyphen or the end.
 * *ret_family is where the family ends, *ret_end where the version does.
 */
static bool parse_part(const char *part, const char **ret_family, const char **ret_end,
                       struct rt_slot_version *ret)
{
    const char *p = part;

    while ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'))
        p++;
    *ret_family = p;
    if (!take_version(&p, ret) || (*p != '\0' && *p != '-'))
        return false;
    *ret_end = p;
    return true;
}

bool rt_machine_name_parse(const char *name, struct rt_machine_name *ret)
{
    *ret = (struct rt_machine_name){0};
    if (strlen(name) >= ROMTOOL_NAME_SIZE)
        return false;
    memcpy(ret->family, name, strlen(name));
    for (const char *part = name; part != NULL; part = strchr(part, '-')) {
        struct rt_slot_version version;
        const char *family, *end;

        if (*part == '-')
            part++;
        if (!parse_part(part, &family, &end, &version))
            continue;
        if (family == part && part > name)
            family--; /* the hyphen before the version is no part of the family */
        if (family == name || strcmp(end, "-") == 0)
            continue;
        ret->versioned = true;
        ret->major = version.major;
        ret->minor = version.minor;
        ret->micro = version.micro;
        ret->family[family - name] = '\0';
        if (*end == '-')
            memcpy(ret->tag, end + 1, strlen(end + 1));
        break;
    }
    return true;
}

void rt_slot_version_write(struct rt_slot_version version, char ret[RT_SLOT_VERSION_SIZE])
{
    int n = snprintf(ret, RT_SLOT_VERSION_SIZE, "%d.%d", version.major, version.minor);

    if (version.micro != 0)
        (void)snprintf(ret + n, RT_SLOT_VERSION_SIZE - (size_t)n, ".%d", version.micro);
}

static int compare_number(uint16_t a, uint16_t b)
{
    return (a > b) - (a < b);
}

int rt_slot_version_compare(struct rt_slot_version a, struct rt_slot_version b)
{
    if (a.major != b.major)
        return compare_number(a.major, b.major);
    if (a.minor != b.minor)
        return compare_number(a.minor, b.minor);
    return compare_number(a.micro, b.micro);
}

struct rt_slot_version rt_machine_version(const struct rt_machine_name *name)
{
    return (struct rt_slot_version){name->major, name->minor, name->micro};
}

int rt_machine_version_compare(const struct rt_machine_name *a, const struct rt_machine_name *b)
{
    return rt_slot_version_compare(rt_machine_version(a), rt_machine_version(b));
}

bool rt_slot_range_covers(const struct rt_slot_range *range, const char *machine,
                          const struct rt_machine_name *name)
{
    if (!range->versioned)
        return strcmp(range->family, machine) == 0;
    return name->versioned && strcmp(range->family, name->family) == 0 &&
           rt_slot_version_compare(range->from, rt_machine_version(name)) <= 0 &&
           rt_slot_version_compare(rt_machine_version(name), range->to) <= 0;
}

static bool covers_whole_name(const struct rt_slot_range *range, const char *machine)
{
    struct rt_machine_name name;

    return rt_machine_name_parse(machine, &name) && rt_slot_range_covers(range, machine, &name);
}

bool rt_slot_range_overlaps(const struct rt_slot_range *a, const struct rt_slot_range *b)
{
    if (!a->versioned)
        return covers_whole_name(b, a->family);
    if (!b->versioned)
        return covers_whole_name(a, b->family);
    return strcmp(a->family, b->family) == 0 && rt_slot_version_compare(a->from, b->to) <= 0 &&
           rt_slot_version_compare(b->from, a->to) <= 0;
}

bool rt_slot_row_covers(const struct rt_slot_row *row, const char *machine,
                        const struct rt_machine_name *name)
{
    for (size_t i = 0; i < row->n_machines; i++) {
        if (rt_slot_range_covers(&row->machines[i], machine, name))
            return true;
    }
    return false;
}

bool rt_slot_row_in_series(const struct rt_slot_row *row, const char *series)
{
    for (size_t i = 0; i < row->n_series; i++) {
        /* most names differ in their first character, which saves the lookup most calls */
        if (row->series[i][0] == series[0] && strcmp(row->series[i], series) == 0)
            return true;
    }
    return row->n_series == 0;
}

bool rt_slot_row_applies(const struct rt_slot_row *row, const struct rt_slot_profile *profile,
                         const char *machine)
{
    const char *like = rt_slot_like(profile->vendor, machine);
    struct rt_machine_name name;

    return rt_slot_row_in_series(row, profile->series->name) &&
           rt_machine_name_parse(like, &name) && rt_slot_row_covers(row, like, &name);
}
