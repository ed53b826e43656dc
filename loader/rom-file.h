/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which ROM file a device gets, by what mandate, and its verified bytes: found where QEMU looks,
 * or, with a release, beside its manifest.
 */
#ifndef RT_LOADER_ROM_FILE_H
#define RT_LOADER_ROM_FILE_H

#include "core/error.h"
#include "romtool.h"
#include "slots/slots.h"

struct rt_rom_source {
    const char *root;                      /* paths are looked for below it; NULL: the host's own */
    const struct rt_slot_profile *profile; /* mandates without a manifest; a search path */
    const struct rt_slot_series *host;     /* NULL, or whose search path is tried last */
    const struct romtool_manifest *manifest; /* or NULL: then only what it states is loaded */
    const char *manifest_dir;                /* where the manifest's ROMs are */
    const char *const *dirs;                 /* -L: tried first, without a manifest */
    size_t n_dirs;
};

/*
 * The manifest's mandate, else the profile's. machine has its aliases resolved. Errors are those of
 * romtool_manifest_mandate() and rt_slot_find().
 */
int rt_rom_mandate(const struct rt_rom_source *source, const char *machine, const char *driver,
                   struct romtool_mandate *ret, struct romtool_error *err);

/* What there is to say where no mandate does: slot 0, and of a file "" where none is known. */
void rt_rom_without_mandate(const struct rt_rom_source *source, const char *machine,
                            const char *driver, const char *file, struct romtool_mandate *ret);

/*
 * The path of a ROM file of this name, without the root; the caller frees it. ROMTOOL_E_NOT_FOUND,
 * _NO_MEMORY, those of rt_file_is_there().
 */
int rt_rom_find(const struct rt_rom_source *source, const char *file, char **ret_path,
                struct romtool_error *err);

/*
 * Opens and loads the file at path, as romtool_load(). Without a slot, a mandate's or a stated one,
 * into the one that QEMU would make of it: the next power of two. The refusal of one that is too
 * large ends on what would allow it: option with the size behind it ("--rom-size e1000=").
 */
int rt_rom_load(const char *path, const struct romtool_mandate *mandate, uint64_t stated_slot,
                const char *option, struct romtool_rom **ret, struct romtool_error *err);

#endif
