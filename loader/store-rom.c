/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/store-rom.h"

#include "core/digest.h"
#include "loader/store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t slot_of(const struct romtool_mandate *mandate, uint64_t stated_slot)
{
    return stated_slot != 0 ? stated_slot : mandate->slot;
}

/* ------------------------------------------------------------------------- padded */

static int check_stated(const struct romtool_rom *rom, const struct romtool_mandate *mandate,
                        struct romtool_error *err)
{
    struct rt_bytes bytes = {romtool_rom_data(rom), (size_t)romtool_rom_slot(rom)}, stated;
    uint8_t sha256[RT_SHA256_SIZE];
    int r;

    if (romtool_rom_file_size(rom) != bytes.len || mandate->file_size >= bytes.len ||
        !rt_bytes_zero_from(bytes, (size_t)mandate->file_size) ||
        !rt_bytes_slice(bytes, 0, (size_t)mandate->file_size, &stated))
        return ROMTOOL_E_SIZE_MISMATCH;
    r = rt_digest_sha256(stated, sha256, err);
    if (r == 0 && memcmp(sha256, mandate->sha256, sizeof(sha256)) != 0)
        r = ROMTOOL_E_SIZE_MISMATCH;
    return r;
}

/* 0, ROMTOOL_E_SIZE_MISMATCH without a sentence, or another error. */
static int load_with_padding(const char *path, const struct romtool_mandate *mandate,
                             uint64_t stated_slot, struct romtool_rom **ret,
                             struct romtool_error *err)
{
    struct romtool_mandate any = *mandate;
    int r;

    any.file_size = 0;
    any.has_sha256 = 0;
    r = rt_rom_load(path, &any, stated_slot, "", ret, err);
    if (r == 0)
        r = check_stated(*ret, mandate, err);
    if (r < 0) {
        romtool_rom_free(*ret);
        *ret = NULL;
    }
    return r;
}

int rt_rom_load_padded(const char *path, const struct romtool_mandate *mandate,
                       uint64_t stated_slot, const char *option, struct romtool_rom **ret,
                       struct romtool_error *err)
{
    struct romtool_error why, padded;
    int r;

    rt_error_clear(&why);
    r = rt_rom_load(path, mandate, stated_slot, option, ret, &why);
    if (r == 0)
        return 0;
    if (r == ROMTOOL_E_SIZE_MISMATCH && mandate->has_sha256 != 0) {
        rt_error_clear(&padded);
        r = load_with_padding(path, mandate, stated_slot, ret, &padded);
        if (r == 0)
            return 0;
        if (romtool_error_verdict(r) == ROMTOOL_UNDECIDED)
            return rt_error_hand_on(err, &padded);
    }
    return rt_error_hand_on(err, &why);
}

/* ------------------------------------------------------------------------- stored */

/* 1: loaded. 0: this file does not hold. */
static int try_stored(const struct rt_rom_store *store, const char *path,
                      const struct romtool_mandate *mandate, uint64_t stated_slot,
                      struct romtool_rom **ret, char **ret_path, struct romtool_error *err)
{
    struct rt_buffer below = {0};
    struct romtool_error why;
    int r;

    rt_buffer_printf(&below, "%s%s", store->root, path);
    if (below.failed)
        return rt_error_no_memory(err);
    rt_error_clear(&why);
    r = rt_rom_load_padded(below.data, mandate, stated_slot, "", ret, &why);
    if (r == 0) {
        *ret_path = below.data;
        return 1;
    }
    rt_buffer_free(&below);
    return r == ROMTOOL_E_NO_MEMORY || r == ROMTOOL_E_UNAVAILABLE ? rt_error_hand_on(err, &why) : 0;
}

/*
 * Loads the first file of the store that holds for the mandate, in its slot or the stated one.
 * *ret_path, below the store's root, is the caller's. ROMTOOL_E_NOT_FOUND where there is none; what
 * rt_store_list() gives.
 */
static int load_stored(const struct rt_rom_store *store, const struct romtool_mandate *mandate,
                       uint64_t stated_slot, struct romtool_rom **ret, char **ret_path,
                       struct romtool_error *err)
{
    uint64_t slot = slot_of(mandate, stated_slot);
    struct rt_store_list list;
    int r = rt_store_list(store->root, store->path, mandate->file, slot, &list, err);

    *ret = NULL;
    *ret_path = NULL;
    for (size_t i = 0; i < list.n && r == 0; i++)
        r = try_stored(store, list.paths[i], mandate, stated_slot, ret, ret_path, err);
    rt_store_list_free(&list);
    if (r == 0)
        return rt_error_set(err, ROMTOOL_E_NOT_FOUND, ROMTOOL_NO_OFFSET,
                            "no '%s' of %" PRIu64 " bytes that holds in '%s%s'", mandate->file,
                            slot, store->root, store->path);
    return r < 0 ? r : 0;
}

/* ------------------------------------------------------------------------- default */

/* Is another release's file what this may be? */
static bool may_be_stored(int code)
{
    return code == ROMTOOL_E_NOT_FOUND || code == ROMTOOL_E_OVERSIZE ||
           code == ROMTOOL_E_SIZE_MISMATCH || code == ROMTOOL_E_DIGEST_MISMATCH;
}

/* A host may have no store at all, of which there is nothing to say then. */
static bool is_there(const struct rt_rom_store *store)
{
    struct rt_buffer path = {0};
    bool is;

    rt_buffer_printf(&path, "%s%s", store->root, store->path);
    is = path.failed || access(path.data, F_OK) == 0;
    rt_buffer_free(&path);
    return is;
}

int rt_rom_load_default(const struct rt_rom_source *source, const struct rt_rom_store *store,
                        const struct romtool_mandate *mandate, uint64_t stated_slot,
                        const char *option, struct romtool_rom **ret, char **ret_path,
                        struct romtool_error *err)
{
    struct romtool_error found, stored;
    int code, r;

    *ret = NULL;
    rt_error_clear(&found);
    code = rt_rom_find(source, mandate->file, ret_path, &found);
    if (code == 0)
        code = rt_rom_load_padded(*ret_path, mandate, stated_slot, option, ret, &found);
    if (code == 0)
        return 0;
    free(*ret_path);
    *ret_path = NULL;
    if (!may_be_stored(code))
        return rt_error_hand_on(err, &found);
    rt_error_clear(&stored);
    r = load_stored(store, mandate, stated_slot, ret, ret_path, &stored);
    if (r == 0)
        return 0;
    if (r != ROMTOOL_E_NOT_FOUND)
        return rt_error_hand_on(err, &stored);
    if (!is_there(store))
        return rt_error_hand_on(err, &found);
    return rt_error_set(err, code, found.offset, "%s; %s", found.text, stored.text);
}
