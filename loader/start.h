/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting QEMU with verified ROMs: reads its command line, loads each device's ROM for its
 * mandate, and puts the bytes into sealed memfds that QEMU will open instead of the files.
 *
 * A default ROM stays default: QEMU finds it under its own name in a directory of links to
 * /proc/self/fd/N (loader/rom-names.h) that comes first in its search path, so that it still
 * patches the ROM's ids. Every name without a verified ROM leads to an empty file, which QEMU
 * refuses; it would go on searching if nothing were there. An explicit romfile= becomes /dev/fd/N.
 */
#ifndef RT_LOADER_START_H
#define RT_LOADER_START_H

#include "core/error.h"
#include "romtool.h"
#include "slots/slots.h"

/* --rom-size DEVICE=SIZE */
struct rt_start_size {
    const char *device;
    uint64_t slot; /* bytes */
};

struct rt_start_source {
    const struct rt_slot_profile *profile;   /* aliases, search path; mandates without a manifest */
    const struct rt_slot_series *host;       /* NULL, or whose search path is tried last */
    const struct romtool_manifest *manifest; /* or NULL */
    const char *manifest_dir;                /* where the manifest's ROMs are */
    const char *names_dir;                   /* the directory of links */
    const struct rt_start_size *sizes;
    size_t n_sizes;
    /* Called for each ROM that was verified and loaded; may be NULL. */
    void (*loaded)(void *user, const char *path, const struct romtool_mandate *mandate,
                   const struct romtool_rom *rom);
    void *user;
};

/*
 * Prepares the command line argv (argv[0] is QEMU, NULL-terminated) for execvp(): *ret_argv is a
 * new one, freed by the caller with rt_start_free(). The descriptors that it needs are open and
 * inherited. Refusals are those of romtool_load() and rt_qemu_read(), ROMTOOL_E_SHADOWED,
 * ROMTOOL_E_BUSY, and the mandate's lookup's.
 */
int rt_start_prepare(const struct rt_start_source *source, int argc, char *const argv[],
                     char ***ret_argv, struct romtool_error *err);
void rt_start_free(char **argv);

#endif
