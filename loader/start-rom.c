/* SPDX-License-Identifier: BSD-2-Clause */
/* The ROM of one device: loaded, and put where QEMU will find it. */
#include "loader/start-rom.h"

#include "core/file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool has_bar(const struct rt_wanted_rom *wanted)
{
    return wanted->rom.rombar != RT_QEMU_ROMBAR_OFF;
}

/* What QEMU is given: the whole slot; without a ROM BAR the file, which firmware gets as it is. */
static struct rt_bytes given_bytes(const struct rt_wanted_rom *wanted,
                                   const struct romtool_rom *rom)
{
    bool whole = has_bar(wanted);

    return (struct rt_bytes){romtool_rom_data(rom),
                             (size_t)(whole ? romtool_rom_slot(rom) : romtool_rom_file_size(rom))};
}

static void record(const struct rt_start *start, const char *path,
                   const struct rt_wanted_rom *wanted, const struct romtool_rom *rom)
{
    const struct rt_start_events *events = &start->source->events;

    if (wanted->size != NULL && wanted->size->slot != wanted->mandate.slot &&
        events->overridden != NULL)
        events->overridden(events->user, &wanted->mandate, wanted->size);
    if (events->loaded != NULL)
        events->loaded(events->user, path, &wanted->mandate, rom);
}

/*
 * The ROM of a device, by *path; where that is NULL its default ROM, of which *path becomes the
 * caller's to free.
 */
static int load_rom(const struct rt_start *start, char **path, const struct rt_wanted_rom *wanted,
                    struct romtool_rom **ret, struct romtool_error *err)
{
    const struct rt_rom_store *store = &start->source->store;
    uint64_t stated = wanted->size != NULL ? wanted->size->slot : 0;
    bool has_store = store->path != NULL && rt_wanted_slot(wanted) != 0;
    struct rt_buffer option = {0};
    int r;

    *ret = NULL;
    rt_buffer_printf(&option, "--rom-size %s=", wanted->driver);
    if (option.failed)
        r = rt_error_no_memory(err);
    else if (*path == NULL && has_store)
        r = rt_rom_load_default(&start->rom, store, &wanted->mandate, stated, option.data, ret,
                                path, err);
    else {
        r = *path == NULL ? rt_rom_find(&start->rom, wanted->mandate.file, path, err) : 0;
        if (r == 0)
            r = rt_rom_load_padded(*path, &wanted->mandate, stated, option.data, ret, err);
    }
    rt_buffer_free(&option);
    if (r == 0)
        record(start, *path, wanted, *ret);
    return r;
}

/* Behind a name there is one file for all devices that QEMU looks it up for. */
static int check_shared(const struct rt_start *start, const struct rt_wanted_rom *wanted,
                        size_t index, uint64_t size, struct romtool_error *err)
{
    if (start->names.sizes[index] == size)
        return 0;
    return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                        "'%s' would need two slots, %" PRIu64 " and %" PRIu64, wanted->mandate.file,
                        start->names.sizes[index], size);
}

static int load_default(struct rt_start *start, const struct rt_wanted_rom *wanted,
                        struct romtool_error *err)
{
    struct romtool_rom *rom;
    char *path = NULL;
    size_t index;
    int r;

    if (!rt_rom_name_find(wanted->mandate.file, &index))
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                            "'%s' of %s is no name that romtool can stand behind; romfile= would "
                            "state the file",
                            wanted->mandate.file, wanted->driver);
    if (start->names.sizes[index] != 0 && has_bar(wanted) && rt_wanted_slot(wanted) != 0)
        return check_shared(start, wanted, index, rt_wanted_slot(wanted), err);
    r = load_rom(start, &path, wanted, &rom, err);
    free(path);
    if (r < 0)
        return r;
    if (start->names.sizes[index] != 0)
        r = check_shared(start, wanted, index, given_bytes(wanted, rom).len, err);
    else
        r = rt_rom_name_place(&start->names, index, given_bytes(wanted, rom), err);
    romtool_rom_free(rom);
    return r;
}

/* A file that -global names is one for all devices that it reaches. */
static int check_global_slot(const struct rt_start *start, const struct rt_wanted_rom *wanted,
                             struct romtool_error *err)
{
    const struct rt_global_rom *global = &start->globals[wanted->global];
    const char *driver = start->qemu.globals[wanted->global].driver;
    uint64_t slot = rt_wanted_slot(wanted);

    if (global->slot == 0 || (global->slot == slot && global->has_bar == has_bar(wanted)))
        return 0;
    if (global->slot == slot)
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                            "'%s' of -global %s is for devices with and without a ROM BAR",
                            wanted->rom.romfile, driver);
    return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                        "'%s' of -global %s would need two slots, %" PRIu64 " and %" PRIu64,
                        wanted->rom.romfile, driver, global->slot, slot);
}

static int load_explicit(struct rt_start *start, const struct rt_wanted_rom *wanted,
                         struct romtool_error *err)
{
    const char *romfile = wanted->rom.romfile;
    struct romtool_rom *rom = NULL;
    char link[RT_ROM_LINK_SIZE], *path = NULL;
    bool is_there = false;
    int r = wanted->by_global ? check_global_slot(start, wanted, err) : 0;

    if (r < 0 || (wanted->by_global && start->globals[wanted->global].slot != 0))
        return r;
    /* as QEMU: a path as it is, else through the search path */
    r = rt_file_is_there(romfile, &is_there, err);
    if (r == 0 && !is_there && romfile[0] != '/')
        r = rt_rom_find(&start->rom, romfile, &path, err);
    else if (r == 0 && (path = strdup(romfile)) == NULL)
        r = rt_error_no_memory(err);
    if (r == 0)
        r = load_rom(start, &path, wanted, &rom, err);
    free(path);
    if (r == 0)
        r = rt_rom_inherit(romfile, given_bytes(wanted, rom), link, err);
    romtool_rom_free(rom);
    if (r == 0)
        r = rt_qemu_replace_romfile(&start->qemu, &wanted->rom.place, link, start->argv, err);
    if (r == 0 && wanted->by_global)
        start->globals[wanted->global] =
            (struct rt_global_rom){rt_wanted_slot(wanted), has_bar(wanted)};
    return r;
}

/* Perhaps no device asks for its ROM: it may be missing then, but not wrong. */
static bool may_be_unused(enum rt_qemu_origin origin)
{
    return origin == RT_QEMU_DEFAULT_DISPLAY || origin == RT_QEMU_LATER;
}

static void say_closed(const struct rt_start *start, const struct rt_wanted_rom *wanted,
                       const struct romtool_error *why)
{
    const struct rt_start_events *events = &start->source->events;

    if (wanted->origin == RT_QEMU_LATER && events->closed != NULL)
        events->closed(events->user,
                       wanted->rom.romfile != NULL ? wanted->rom.romfile : wanted->mandate.file,
                       why->text);
}

static int start_rom(struct rt_start *start, struct rt_wanted_rom *wanted,
                     struct romtool_error *err)
{
    struct romtool_error why;
    int r;

    if (wanted->rom.romfile != NULL && wanted->rom.romfile[0] == '\0')
        return 0;
    wanted->size = rt_start_find_size(start, wanted);
    r = rt_start_find_mandate(start, wanted, err);
    if (r <= 0)
        return r;
    r = rt_start_check_romsize(wanted, err);
    if (r < 0)
        return r;
    rt_error_clear(&why);
    r = wanted->rom.romfile != NULL ? load_explicit(start, wanted, &why)
                                    : load_default(start, wanted, &why);
    if (r == ROMTOOL_E_NOT_FOUND && may_be_unused(wanted->origin)) {
        say_closed(start, wanted, &why);
        return 0;
    }
    return r < 0 ? rt_error_hand_on(err, &why) : 0;
}

int rt_start_device(struct rt_start *start, const struct rt_qemu_device *device,
                    struct romtool_error *err)
{
    struct rt_wanted_rom wanted = {
        .driver = rt_start_driver(start, device),
        .id = device->id,
        .origin = device->origin,
        .rom = device->rom,
    };

    if (wanted.driver == NULL)
        return 0;
    rt_start_apply_globals(start, &wanted);
    if (rt_qemu_fw_cfg_rom(wanted.driver) != NULL)
        wanted.rom.rombar = RT_QEMU_ROMBAR_OFF;
    return start_rom(start, &wanted, err);
}

int rt_start_later(struct rt_start *start, const char *driver, struct romtool_error *err)
{
    struct rt_wanted_rom wanted = {.driver = driver, .origin = RT_QEMU_LATER};
    struct rt_qemu_rom *rom = &wanted.rom;

    rt_start_apply_globals(start, &wanted);
    if (rom->rombar == RT_QEMU_ROMBAR_OFF) /* QEMU refuses to plug such a ROM in */
        return 0;
    if (!start->source->hotplug && rom->romfile == NULL && rom->romsize == 0)
        return 0;
    if (rom->romfile == NULL && !start->source->hotplug) { /* only what romsize= would make of it */
        int r = rt_start_find_mandate(start, &wanted, err);

        return r <= 0 ? r : rt_start_check_romsize(&wanted, err);
    }
    return start_rom(start, &wanted, err);
}
