/* SPDX-License-Identifier: BSD-2-Clause */
/* What a release mandates for a device on a machine type. */
#include "manifests/open.h"

#include <stdio.h>
#include <string.h>

static bool covers(const struct rt_manifest_mandate *mandate, const char *machine,
                   const struct rt_machine_name *name)
{
    for (size_t i = 0; i < mandate->n_machines; i++) {
        if (rt_slot_range_covers(&mandate->machines[i], machine, name))
            return true;
    }
    return false;
}

const struct rt_manifest_rom *rt_manifest_find(const struct rt_manifest *manifest,
                                               const char *machine, const char *device)
{
    struct rt_machine_name name;

    if (!rt_machine_name_parse(machine, &name)) /* too long for any */
        return NULL;
    for (size_t i = 0; i < manifest->n_roms; i++) {
        const struct rt_manifest_rom *rom = &manifest->roms[i];

        for (size_t k = 0; k < rom->n_mandates; k++) {
            if (strcmp(rom->mandates[k].device, device) == 0 &&
                covers(&rom->mandates[k], machine, &name))
                return rom;
        }
    }
    return NULL;
}

/* ------------------------------------------------------------------------- what is not there */

/*
 * What a manifest knows that is most like a name that it does not know: the first of equals. A name
 * that has the wanted one inside ("q35") is nearest, else the longest common beginning; of one
 * family then the range to which the fewest versions lie between.
 */
struct nearest {
    bool known; /* it does know the name */
    bool any;
    size_t likeness;
    uint64_t distance;
    char text[ROMTOOL_NAME_SIZE + sizeof(" 1.2 to 3.4") + 2 * RT_SLOT_VERSION_SIZE];
};

static size_t likeness_of(const char *known, const char *wanted)
{
    size_t n = 0;

    if (strcmp(known, wanted) == 0)
        return SIZE_MAX;
    if (wanted[0] != '\0' && strstr(known, wanted) != NULL)
        return SIZE_MAX - 1;
    while (known[n] != '\0' && known[n] == wanted[n])
        n++;
    return n;
}

/* Is this nearer than all before? Then it is noted, but for its text. */
static bool offer(struct nearest *nearest, size_t likeness, uint64_t distance)
{
    if (nearest->any && (likeness < nearest->likeness ||
                         (likeness == nearest->likeness && distance >= nearest->distance)))
        return false;
    nearest->any = true;
    nearest->likeness = likeness;
    nearest->distance = distance;
    return true;
}

/* A number that grows with the version. */
static uint64_t version_number(struct rt_slot_version version)
{
    return (uint64_t)version.major << 32 | (uint64_t)version.minor << 16 | version.micro;
}

/* How far a version is out of a range; a name without one would have the latest. */
static uint64_t distance_to(const struct rt_slot_range *range, const struct rt_machine_name *name)
{
    uint64_t from = version_number(range->from), to = version_number(range->to);
    uint64_t asked = name->versioned ? version_number(rt_machine_version(name)) : UINT64_MAX;

    if (asked < from)
        return from - asked;
    return asked > to ? asked - to : 0;
}

static void offer_range(struct nearest *nearest, const struct rt_slot_range *range,
                        const char *machine, const struct rt_machine_name *name)
{
    char from[RT_SLOT_VERSION_SIZE], to[RT_SLOT_VERSION_SIZE];

    if (rt_slot_range_covers(range, machine, name))
        nearest->known = true;
    else if (!range->versioned && offer(nearest, likeness_of(range->family, machine), 0))
        (void)snprintf(nearest->text, sizeof(nearest->text), "%s", range->family);
    else if (range->versioned &&
             offer(nearest, likeness_of(range->family, name->family), distance_to(range, name))) {
        rt_slot_version_write(range->from, from);
        rt_slot_version_write(range->to, to);
        (void)snprintf(nearest->text, sizeof(nearest->text), "%s %s to %s", range->family, from,
                       to);
    }
}

static struct nearest nearest_machine(const struct rt_manifest *manifest, const char *machine)
{
    struct nearest nearest = {.text = "none"};
    struct rt_machine_name name;

    if (!rt_machine_name_parse(machine, &name))
        (void)snprintf(name.family, sizeof(name.family), "%s", machine);
    for (size_t i = 0; i < manifest->n_roms; i++) {
        const struct rt_manifest_rom *rom = &manifest->roms[i];

        for (size_t k = 0; k < rom->n_mandates; k++) {
            const struct rt_manifest_mandate *mandate = &rom->mandates[k];

            for (size_t m = 0; m < mandate->n_machines && !nearest.known; m++)
                offer_range(&nearest, &mandate->machines[m], machine, &name);
        }
    }
    return nearest;
}

static struct nearest nearest_device(const struct rt_manifest *manifest, const char *device)
{
    struct nearest nearest = {.text = "none"};

    for (size_t i = 0; i < manifest->n_roms; i++) {
        const struct rt_manifest_rom *rom = &manifest->roms[i];

        for (size_t k = 0; k < rom->n_mandates; k++) {
            const char *known = rom->mandates[k].device;

            if (strcmp(known, device) == 0)
                nearest.known = true;
            else if (offer(&nearest, likeness_of(known, device), 0))
                (void)snprintf(nearest.text, sizeof(nearest.text), "%s", known);
        }
    }
    return nearest;
}

static int no_mandate(const struct rt_manifest *manifest, const char *machine, const char *device,
                      struct romtool_error *err)
{
    struct nearest like_machine = nearest_machine(manifest, machine);
    struct nearest like_device = nearest_device(manifest, device);

    if (!like_machine.known)
        return rt_error_set(err, ROMTOOL_E_UNKNOWN_MACHINE, ROMTOOL_NO_OFFSET,
                            "manifest %s %s does not know machine type '%.63s' (aliases are not "
                            "resolved in a manifest), nearest is %s",
                            manifest->product, manifest->release, machine, like_machine.text);
    if (!like_device.known)
        return rt_error_set(err, ROMTOOL_E_UNKNOWN_DEVICE, ROMTOOL_NO_OFFSET,
                            "manifest %s %s does not know device '%.63s', nearest is %s",
                            manifest->product, manifest->release, device, like_device.text);
    return rt_error_set(err, ROMTOOL_E_NO_MANDATE, ROMTOOL_NO_OFFSET,
                        "manifest %s %s states no ROM for %s on %s", manifest->product,
                        manifest->release, device, machine);
}

/* ------------------------------------------------------------------------- the library's */

/* "manifest PRODUCT RELEASE", cut between two characters where it is too long. */
static void write_source(const struct rt_manifest *manifest, char *ret, size_t size)
{
    char text[sizeof("manifest  ") + (size_t)2 * ROMTOOL_NAME_SIZE];
    struct rt_bytes bytes = {(const uint8_t *)text, 0};
    size_t n = 0;

    (void)snprintf(text, sizeof(text), "manifest %s %s", manifest->product, manifest->release);
    bytes.len = strlen(text);
    while (n < bytes.len && n + rt_bytes_utf8(bytes, n) < size)
        n += rt_bytes_utf8(bytes, n);
    memcpy(ret, text, n);
    ret[n] = '\0';
}

int romtool_manifest_mandate(const struct romtool_manifest *manifest, const char *machine,
                             const char *device, struct romtool_mandate *ret_mandate,
                             struct romtool_error *reterr)
{
    const struct rt_manifest *model;
    const struct rt_manifest_rom *rom;

    rt_error_clear(reterr);
    if (ret_mandate != NULL)
        *ret_mandate = (struct romtool_mandate){0};
    if (manifest == NULL || machine == NULL || device == NULL || ret_mandate == NULL)
        return rt_error_set(reterr, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET, "a pointer is NULL");
    model = rt_manifest_model(manifest);
    rom = rt_manifest_find(model, machine, device);
    if (rom == NULL)
        return no_mandate(model, machine, device, reterr);
    ret_mandate->slot = rom->slot;
    ret_mandate->file_size = rom->size;
    ret_mandate->has_sha256 = 1;
    memcpy(ret_mandate->sha256, rom->sha256, RT_SHA256_SIZE);
    /* rt_manifest_check() holds every name below ROMTOOL_NAME_SIZE */
    (void)snprintf(ret_mandate->profile, ROMTOOL_NAME_SIZE, "%s", model->profile);
    (void)snprintf(ret_mandate->machine, ROMTOOL_NAME_SIZE, "%s", machine);
    (void)snprintf(ret_mandate->device, ROMTOOL_NAME_SIZE, "%s", device);
    (void)snprintf(ret_mandate->file, ROMTOOL_NAME_SIZE, "%s", rom->file);
    write_source(model, ret_mandate->source, sizeof(ret_mandate->source));
    return 0;
}
