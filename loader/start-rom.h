/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the preparation of a start: one device after the other. Errors are those of
 * rt_start_prepare().
 */
#ifndef RT_LOADER_START_ROM_H
#define RT_LOADER_START_ROM_H

#include "loader/qemu.h"
#include "loader/rom-descriptors.h"
#include "loader/start.h"

/* What -global makes of the devices that it reaches. */
struct rt_global_rom {
    uint64_t slot; /* that its romfile was loaded for; 0: not yet */
    bool has_bar;  /* and whether all of the slot was given */
};

struct rt_start {
    const struct rt_start_source *source;
    struct rt_rom_source rom;
    struct rt_qemu qemu;
    const char *machine; /* aliases resolved */
    struct rt_named_roms names;
    struct rt_global_rom *globals; /* one for each of qemu.globals */
    bool used[RT_START_SIZES_MAX];
    char **argv;
    int argc;
};

/* A device, and what its ROM is to be by all that was said of it. */
struct rt_wanted_rom {
    const char *driver, *id;
    enum rt_qemu_origin origin;
    struct rt_qemu_rom rom; /* borrowed */
    size_t global;          /* that romfile is from, where by_global */
    bool by_global;
    const struct rt_start_size *size; /* what was stated of its slot, or NULL */
    struct romtool_mandate mandate;   /* slot 0: none */
};

/* In bytes; 0: there is none, the file's size makes it. */
static inline uint64_t rt_wanted_slot(const struct rt_wanted_rom *wanted)
{
    return wanted->size != NULL ? wanted->size->slot : wanted->mandate.slot;
}

/* ------------------------------------------------------------------------- start-mandate.c */

/* What --rom-size states of it, or NULL. */
const struct rt_start_size *rt_start_find_size(struct rt_start *start,
                                               const struct rt_wanted_rom *wanted);

/* What a device says of itself comes before what -global says of it, the last of which counts. */
void rt_start_apply_globals(const struct rt_start *start, struct rt_wanted_rom *wanted);

/* The driver that QEMU will take, or NULL: the machine's default, or what a name stands for. */
const char *rt_start_driver(const struct rt_start *start, const struct rt_qemu_device *device);

/* The name of a display's ROM, or NULL for what is none. */
const char *rt_start_display_file(const char *driver);

/*
 * 1: found. 0: none, and none is needed: the device has no ROM of its own that QEMU would load
 * (what it would load after all, a closed name refuses).
 */
int rt_start_find_mandate(const struct rt_start *start, struct rt_wanted_rom *wanted,
                          struct romtool_error *err);

/* A ROM BAR is exactly the slot, however it is written. */
int rt_start_check_romsize(const struct rt_wanted_rom *wanted, struct romtool_error *err);

/* ------------------------------------------------------------------------- start-rom.c */

/* Loads the ROM of a device on the command line, and hands it to QEMU. */
int rt_start_device(struct rt_start *start, const struct rt_qemu_device *device,
                    struct romtool_error *err);

/*
 * The same for a model that is not on the command line. Its explicit ROM, by -global, is there for
 * whoever plugs it in; its default ROM where hotplug is asked for.
 */
int rt_start_later(struct rt_start *start, const char *driver, struct romtool_error *err);

#endif
