/* SPDX-License-Identifier: BSD-2-Clause */
/* What was said of a device's ROM, and what it is held to. */
#include "loader/start-rom.h"

#include <inttypes.h>
#include <string.h>

/* What is stated for one device comes before what is stated for its driver. */
const struct rt_start_size *rt_start_find_size(struct rt_start *start,
                                               const struct rt_wanted_rom *wanted)
{
    const struct rt_start_source *source = start->source;
    const struct rt_start_size *found = NULL;

    for (size_t i = 0; i < source->n_sizes; i++) {
        const struct rt_start_size *size = &source->sizes[i];
        const char *driver = rt_slot_device(source->rom.profile, size->device);

        if (strcmp(driver, wanted->driver) != 0 ||
            (size->id != NULL && (wanted->id == NULL || strcmp(size->id, wanted->id) != 0)))
            continue;
        start->used[i] = true;
        if (found == NULL || size->id != NULL)
            found = size;
    }
    return found;
}

void rt_start_apply_globals(const struct rt_start *start, struct rt_wanted_rom *wanted)
{
    const struct rt_qemu *qemu = &start->qemu;
    struct rt_qemu_rom own = wanted->rom;

    for (size_t i = 0; i < qemu->n_globals; i++) {
        const struct rt_qemu_rom *rom = &qemu->globals[i].rom;

        if (!rt_slot_global_reaches(qemu->globals[i].driver, wanted->driver))
            continue;
        if (rom->romfile != NULL && own.romfile == NULL) {
            wanted->rom.romfile = rom->romfile;
            wanted->rom.place = rom->place;
            wanted->global = i;
            wanted->by_global = true;
        }
        if (rom->romsize != 0 && own.romsize == 0)
            wanted->rom.romsize = rom->romsize;
        if (rom->rombar != RT_QEMU_ROMBAR_UNSTATED && own.rombar == RT_QEMU_ROMBAR_UNSTATED)
            wanted->rom.rombar = rom->rombar;
    }
}

const char *rt_start_driver(const struct rt_start *start, const struct rt_qemu_device *device)
{
    const struct rt_slot_profile *profile = start->rom.profile;
    /* a vendor's own machine type has that of the version that it is like */
    const char *like = rt_slot_like(profile->vendor, start->machine);

    if (device->origin == RT_QEMU_VGA && strcmp(start->machine, "isapc") == 0) {
        if (strcmp(device->driver, "VGA") == 0)
            return "isa-vga";
        if (strcmp(device->driver, "cirrus-vga") == 0)
            return "isa-cirrus-vga";
    }
    if (device->driver != NULL)
        return rt_slot_device(profile, device->driver);
    return device->origin == RT_QEMU_DEFAULT_DISPLAY ? rt_qemu_default_display(like)
                                                     : rt_qemu_default_nic(like);
}

/* ------------------------------------------------------------------------- mandates */

/* The name of a display's ROM, by upstream's rows: not every vendor has rows about displays. */
const char *rt_start_display_file(const char *driver)
{
    struct rt_slot_profile upstream;
    const struct rt_slot_vendor *vendor;

    if (rt_qemu_fw_cfg_rom(driver) != NULL)
        return rt_qemu_fw_cfg_rom(driver);
    if (rt_slot_profile_find("upstream", &upstream, NULL) < 0)
        return NULL;
    vendor = upstream.vendor;
    for (size_t i = 0; i < vendor->n_rows; i++) {
        const struct rt_slot_row *row = &vendor->rows[i];

        if (strcmp(row->device, driver) == 0 && row->file != NULL &&
            strncmp(row->file, "vgabios-", 8) == 0)
            return row->file;
    }
    return NULL;
}

/*
 * A display's ROM comes with the firmware, of which a release of NIC ROMs says nothing: by the
 * profile then, and where that has no mandate, in the slot that QEMU makes of the file.
 */
static int find_display(const struct rt_start *start, const char *file,
                        struct rt_wanted_rom *wanted)
{
    struct rt_rom_source source = start->rom;

    source.manifest = NULL;
    if (rt_rom_mandate(&source, start->machine, wanted->driver, &wanted->mandate, NULL) < 0)
        rt_rom_without_mandate(&start->rom, start->machine, wanted->driver, file, &wanted->mandate);
    return 1;
}

int rt_start_find_mandate(const struct rt_start *start, struct rt_wanted_rom *wanted,
                          struct romtool_error *err)
{
    const struct rt_slot_profile *profile = start->rom.profile;
    const char *display = rt_start_display_file(wanted->driver);
    struct romtool_error why;
    int r;

    rt_error_clear(&why);
    r = rt_rom_mandate(&start->rom, start->machine, wanted->driver, &wanted->mandate, &why);
    if (r == 0)
        return 1;
    if (wanted->rom.romfile == NULL && display != NULL && r != ROMTOOL_E_NO_MEMORY)
        return find_display(start, display, wanted);
    if (wanted->rom.romfile == NULL && wanted->rom.romsize == 0 &&
        (r == ROMTOOL_E_NO_MANDATE || !rt_slot_has_device(profile, wanted->driver)))
        return 0;
    if (wanted->size != NULL && start->rom.manifest == NULL) {
        rt_rom_without_mandate(&start->rom, start->machine, wanted->driver, "", &wanted->mandate);
        return 1;
    }
    if (start->rom.manifest != NULL) /* only what it states is loaded */
        return rt_error_hand_on(err, &why);
    return rt_error_set(err, r, why.offset, "%s; --rom-size %s=SIZE would state a slot", why.text,
                        wanted->driver);
}

int rt_start_check_romsize(const struct rt_wanted_rom *wanted, struct romtool_error *err)
{
    uint64_t slot = rt_wanted_slot(wanted);

    if (wanted->rom.romsize == 0 || wanted->rom.romsize == slot)
        return 0;
    return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                        "'romsize=%" PRIu64 "' of %s: the slot is %" PRIu64
                        "; --rom-size %s=%" PRIu64 " would change it",
                        wanted->rom.romsize, wanted->driver, slot, wanted->driver,
                        wanted->rom.romsize);
}
