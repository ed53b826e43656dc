/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU's command line, as far as it decides which option ROM is loaded into which slot. What
 * could bring in a ROM and is not understood is refused by name, never passed unchecked.
 */
#ifndef RT_LOADER_QEMU_H
#define RT_LOADER_QEMU_H

#include "loader/qemu-words.h"

enum rt_qemu_origin {
    RT_QEMU_DEVICE,          /* -device, a [device] section */
    RT_QEMU_NIC,             /* -nic, -net nic */
    RT_QEMU_VGA,             /* -vga */
    RT_QEMU_DEFAULT_NIC,     /* the machine's own, which nothing on the command line names */
    RT_QEMU_DEFAULT_DISPLAY, /* likewise */
    RT_QEMU_LATER,           /* none yet: a model that may be plugged in while the guest runs */
};

/* Where a romfile= is written. */
struct rt_qemu_place {
    enum rt_qemu_form {
        RT_QEMU_PART,        /* argv[argument] has a part "romfile=" */
        RT_QEMU_JSON,        /* argv[argument] is JSON */
        RT_QEMU_SET,         /* argv[argument] is "device.ID.romfile=..." */
        RT_QEMU_GLOBAL,      /* argv[argument] is "DRIVER.romfile=..." */
        RT_QEMU_GLOBAL_PART, /* argv[argument] has a part "value=" */
        RT_QEMU_ENTRY,       /* in configs[config].sections[section] */
        RT_QEMU_ENTRY_VALUE, /* likewise, as "value" */
    } form;
    int argument;
    size_t config, section;
};

enum rt_qemu_rombar { RT_QEMU_ROMBAR_UNSTATED, RT_QEMU_ROMBAR_ON, RT_QEMU_ROMBAR_OFF };

/* What is stated of a ROM. */
struct rt_qemu_rom {
    char *romfile; /* NULL: nothing; "": none is wanted */
    struct rt_qemu_place place;
    uint64_t romsize; /* bytes; 0: not stated */
    enum rt_qemu_rombar rombar;
};

/* A PCI device that may have an option ROM. */
struct rt_qemu_device {
    enum rt_qemu_origin origin;
    char *driver; /* NULL: the machine's default model */
    char *id;     /* or NULL */
    struct rt_qemu_rom rom;
    bool json; /* -set does not reach it */
};

/* -global DRIVER.PROPERTY=VALUE of one ROM property: of every device that is a DRIVER. */
struct rt_qemu_global {
    char *driver;
    const char *property;
    struct rt_qemu_rom rom;
};

struct rt_qemu {
    char *machine; /* NULL: QEMU's default */
    struct rt_qemu_device *devices;
    size_t n_devices;
    struct rt_qemu_global *globals; /* a later one wins */
    size_t n_globals;
    struct rt_qemu_config *configs; /* of -readconfig */
    size_t n_configs;
    const char **data_dirs; /* of -L, in order; they point into argv */
    size_t n_data_dirs;
    bool changes_user; /* -runas: ROMs of devices that are plugged in later are opened by another */
    bool starts_no_guest; /* -version, -device help: QEMU answers and exits */
};

/*
 * Reads argv[1..argc-1]; argv[0] is QEMU itself. ROMTOOL_E_UNSUPPORTED_ARGUMENT and _BAD_JSON name
 * the argument; those of rt_qemu_config_read(); ROMTOOL_E_NO_MEMORY.
 */
int rt_qemu_read(int argc, char *const argv[], struct rt_qemu *ret, struct romtool_error *err);
void rt_qemu_free(struct rt_qemu *qemu);

/*
 * Writes another romfile, which has no comma and needs no quoting, at a place: into argv, whose
 * words are from malloc(), or into the file that -readconfig reads. ROMTOOL_E_NO_MEMORY.
 */
int rt_qemu_replace_romfile(struct rt_qemu *qemu, const struct rt_qemu_place *place,
                            const char *romfile, char **argv, struct romtool_error *err);

/* The default NIC's driver for a resolved machine type, or NULL where it has none. */
const char *rt_qemu_default_nic(const char *machine);

/* The default display's driver for one, or NULL. Where that is not known, the commonest. */
const char *rt_qemu_default_display(const char *machine);

/* The driver that -vga names, or NULL where it names none that has a ROM here. */
const char *rt_qemu_vga(const char *name);

/* The ROM's name of a device on no PCI bus, which firmware gets by fw_cfg; or NULL. */
const char *rt_qemu_fw_cfg_rom(const char *driver);

/* Does a device of this driver, or -global about it, take the default display away? */
bool rt_qemu_replaces_display(const char *driver);

#endif
