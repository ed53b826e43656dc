/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ROM files that may be padded: a release states a file's bytes, a store has them with zeros behind
 * up to exactly the slot. A guest reads the same of both.
 */
#ifndef RT_LOADER_STORE_ROM_H
#define RT_LOADER_STORE_ROM_H

#include "loader/rom-file.h"

struct rt_rom_store {
    const char *root, *path; /* ROOT/PATH; root is "" for the host itself */
};

/*
 * As rt_rom_load(), but a file of exactly the slot holds, too, that is what the mandate's digest
 * states and zeros behind it.
 */
int rt_rom_load_padded(const char *path, const struct romtool_mandate *mandate,
                       uint64_t stated_slot, const char *option, struct romtool_rom **ret,
                       struct romtool_error *err);

/*
 * Loads the mandate's own ROM: the file that rt_rom_find() finds; where there is none, or it does
 * not fit or is not what is stated, one from the store. A file that is no well-formed ROM is
 * refused: it is damaged, which nothing is to hide. The refusal is that of the file that was found.
 * *ret_path is the caller's.
 */
int rt_rom_load_default(const struct rt_rom_source *source, const struct rt_rom_store *store,
                        const struct romtool_mandate *mandate, uint64_t stated_slot,
                        const char *option, struct romtool_rom **ret, char **ret_path,
                        struct romtool_error *err);

#endif
