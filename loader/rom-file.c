/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/rom-file.h"

#include "core/file.h"
#include "pad/pad.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

int rt_rom_mandate(const struct rt_rom_source *source, const char *machine, const char *driver,
                   struct romtool_mandate *ret, struct romtool_error *err)
{
    const struct rt_slot_row *row;
    int r;

    *ret = (struct romtool_mandate){0};
    if (source->manifest != NULL)
        return romtool_manifest_mandate(source->manifest, machine, driver, ret, err);
    r = rt_slot_find(source->profile, machine, driver, &row, err);
    if (r == 0)
        rt_slot_mandate(source->profile, machine, row, ret);
    return r;
}

void rt_rom_without_mandate(const struct rt_rom_source *source, const char *machine,
                            const char *driver, const char *file, struct romtool_mandate *ret)
{
    *ret = (struct romtool_mandate){0};
    (void)snprintf(ret->profile, sizeof(ret->profile), "%s", source->profile->name);
    (void)snprintf(ret->machine, sizeof(ret->machine), "%s", machine);
    (void)snprintf(ret->device, sizeof(ret->device), "%s", driver);
    (void)snprintf(ret->file, sizeof(ret->file), "%s", file);
}

/* Is this path there, below the source's root? */
static int is_there(const struct rt_rom_source *source, const char *path, bool *ret,
                    struct romtool_error *err)
{
    struct rt_buffer below = {0};
    int r;

    if (source->root == NULL)
        return rt_file_is_there(path, ret, err);
    rt_buffer_printf(&below, "%s%s", source->root, path);
    r = below.failed ? rt_error_no_memory(err) : rt_file_is_there(below.data, ret, err);
    rt_buffer_free(&below);
    return r;
}

/* Sets *ret_path to DIR/FILE when it is there. */
static int try_directory(const struct rt_rom_source *source, const char *dir, const char *file,
                         char **ret_path, struct romtool_error *err)
{
    struct rt_buffer path = {0};
    bool found = false;
    int r;

    rt_buffer_printf(&path, "%s/%s", dir, file);
    r = path.failed ? rt_error_no_memory(err) : is_there(source, path.data, &found, err);
    if (found)
        *ret_path = path.data;
    else
        rt_buffer_free(&path);
    return r;
}

static int try_directories(const struct rt_rom_source *source, const char *const dirs[], size_t n,
                           const char *file, char **ret_path, struct romtool_error *err)
{
    int r = 0;

    for (size_t i = 0; i < n && r == 0 && *ret_path == NULL; i++)
        r = try_directory(source, dirs[i], file, ret_path, err);
    return r;
}

int rt_rom_find(const struct rt_rom_source *source, const char *file, char **ret_path,
                struct romtool_error *err)
{
    const struct rt_slot_series *series = source->profile->series;
    int r;

    *ret_path = NULL;
    if (source->manifest != NULL)
        r = try_directory(source, source->manifest_dir, file, ret_path, err);
    else
        r = try_directories(source, source->dirs, source->n_dirs, file, ret_path, err);
    if (r == 0 && source->manifest == NULL)
        r = try_directories(source, series->search, series->n_search, file, ret_path, err);
    if (r == 0 && source->manifest == NULL && source->host != NULL)
        r = try_directories(source, source->host->search, source->host->n_search, file, ret_path,
                            err);
    if (r == 0 && *ret_path == NULL && source->manifest != NULL)
        r = rt_error_set(err, ROMTOOL_E_NOT_FOUND, ROMTOOL_NO_OFFSET, "no '%s' in '%s'", file,
                         source->manifest_dir);
    else if (r == 0 && *ret_path == NULL)
        r = rt_error_set(err, ROMTOOL_E_NOT_FOUND, ROMTOOL_NO_OFFSET,
                         "no '%s' in the search path of %s; -L DIR would add a directory", file,
                         source->profile->name);
    return r;
}

static int explain_oversize(const char *path, const struct romtool_mandate *mandate, uint64_t size,
                            uint64_t slot, const char *option, struct romtool_error *err)
{
    return rt_error_set(err, ROMTOOL_E_OVERSIZE, slot,
                        "'%s': %" PRIu64 " bytes, the slot of %s on %s is %" PRIu64 ": %" PRIu64
                        " bytes too many; %s%" PRIu64 "K would allow it",
                        path, size, mandate->device, mandate->machine, slot, size - slot, option,
                        rt_size_to_power_of_two(size) / 1024);
}

int rt_rom_load(const char *path, const struct romtool_mandate *mandate, uint64_t stated_slot,
                const char *option, struct romtool_rom **ret, struct romtool_error *err)
{
    uint64_t slot = stated_slot != 0 ? stated_slot : mandate->slot;
    uint64_t size;
    int fd, r;

    *ret = NULL;
    r = rt_file_open(AT_FDCWD, path, &fd, &size, err);
    if (r < 0)
        return r;
    if (slot == 0)
        slot = stated_slot = size > 0 ? rt_size_to_power_of_two(size) : 1;
    if (size > slot && size <= ROMTOOL_SLOT_MAX && rt_pad_check_slot(slot, NULL) == 0)
        r = explain_oversize(path, mandate, size, slot, option, err);
    else
        r = romtool_load(fd, path, mandate, stated_slot, 0, ret, err);
    (void)close(fd);
    return r;
}
