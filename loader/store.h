/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The installed ROM store: files of exactly a slot, of several releases side by side, so that an
 * older machine type gets its older ROM. `manifest install` puts a release's ROMs below
 * PRODUCT/CHANNEL/SERIAL (loader/store-fill.h); an administrator may put others anywhere.
 */
#ifndef RT_LOADER_STORE_H
#define RT_LOADER_STORE_H

#include "core/error.h"

#include <stddef.h>
#include <stdint.h>

#define RT_STORE_DIR "/usr/lib/romtool/roms"

struct rt_store_list {
    char **paths; /* each begins with the store's own path, without the root */
    size_t n;
};

/*
 * The files below ROOT/STORE that may be the ROM of this file name ("efi-virtio.rom") in a slot of
 * slot bytes: called like it, or like rt_move_file() calls it ("efi-virtio.256K.rom"), of exactly
 * slot bytes, the later release first as far as names tell. They are candidates: nothing has been
 * read of them. root is "" for the host itself; a store that is not there has none. Hidden names,
 * and directories more than six deep, are passed over.
 *
 * *ret is freed by the caller, on failure too. ROMTOOL_E_IO, _UNSAFE_TRUST (others can write
 * to one of them, or to its directory), _TOO_LARGE (more than 65536 names in
 * it), _NO_MEMORY.
 */
int rt_store_list(const char *root, const char *store, const char *file, uint64_t slot,
                  struct rt_store_list *ret, struct romtool_error *err);

void rt_store_list_free(struct rt_store_list *list);

#endif
