/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting QEMU with verified ROMs: reads its command line, loads each device's ROM for its
 * mandate, and puts the bytes into sealed memfds that QEMU will open instead of the files.
 *
 * A default ROM stays default: QEMU finds it under its own name in a directory of links to
 * /proc/self/fd/N (loader/rom-names.h) that comes first in its search path, so that it still
 * patches the ROM's ids; one that does not fit comes from the store. Every name without a verified
 * ROM leads to an empty file. An explicit romfile= becomes /proc/self/fd/N, a file that -readconfig
 * reads as well.
 */
#ifndef RT_LOADER_START_H
#define RT_LOADER_START_H

#include "loader/store-rom.h"

/* --rom-size DEVICE[@ID]=SIZE */
struct rt_start_size {
    const char *device;
    const char *id; /* NULL: every device of this driver */
    uint64_t slot;  /* bytes */
};

/* What happens on the way. Each call may be NULL. */
struct rt_start_events {
    /* a ROM was verified and loaded; mandate->slot 0: there is none, and no stated slot */
    void (*loaded)(void *user, const char *path, const struct romtool_mandate *mandate,
                   const struct romtool_rom *rom);
    /* a device gets another slot than the mandate's, or one without a mandate: as was stated */
    void (*overridden)(void *user, const struct romtool_mandate *mandate,
                       const struct rt_start_size *size);
    /* a ROM's name stays closed, though hotplug was asked for: why */
    void (*closed)(void *user, const char *file, const char *why);
    void *user;
};

enum { RT_START_SIZES_MAX = 64 };

struct rt_start_source {
    struct rt_rom_source rom;  /* without dirs: the command line's -L are taken */
    struct rt_rom_store store; /* path NULL: none */
    const char *names_dir;     /* the directory of links */
    const struct rt_start_size *sizes;
    size_t n_sizes;
    bool hotplug; /* ROMs for all models of the machine type, not only those that are named */
    struct rt_start_events events;
};

/*
 * Prepares the command line argv (argv[0] is QEMU, NULL-terminated) for execvp(): *ret_argv is a
 * new one, freed by the caller with rt_start_free(). The descriptors that it needs are open and
 * inherited. Refusals are those of romtool_load() and rt_qemu_read(), ROMTOOL_E_SHADOWED,
 * ROMTOOL_E_BUSY, the mandate's lookup's; ROMTOOL_E_USAGE where a size names a device that is not
 * there.
 */
int rt_start_prepare(const struct rt_start_source *source, int argc, char *const argv[],
                     char ***ret_argv, struct romtool_error *err);
void rt_start_free(char **argv);

#endif
