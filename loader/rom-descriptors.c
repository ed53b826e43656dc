/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/rom-descriptors.h"

#include "core/file.h"
#include "loader/load.h"
#include "loader/rom-names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(a)               (sizeof(a) / sizeof((a)[0]))

#define ROM_NAME(name, number) {name, number},
static const struct {
    const char *name;
    int number; /* of the descriptor that the link of this name leads to */
} rom_names[] = {RT_ROM_NAMES(ROM_NAME)};

_Static_assert(COUNT(rom_names) <= RT_ROM_NAMES_MAX, "each name has a size");

/* Other ROMs take free descriptors from here on, above those with a fixed meaning. */
enum { FIRST_FREE_DESCRIPTOR = 800 };

bool rt_rom_name_find(const char *file, size_t *ret_index)
{
    for (size_t i = 0; i < COUNT(rom_names); i++) {
        if (strcmp(file, rom_names[i].name) == 0) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

int rt_rom_names_check_links(const char *dir, struct romtool_error *err)
{
    for (size_t i = 0; i < COUNT(rom_names); i++) {
        char expected[64], seen[64] = "";
        struct rt_buffer path = {0};
        ssize_t n;

        (void)snprintf(expected, sizeof(expected), "/proc/self/fd/%d", rom_names[i].number);
        rt_buffer_printf(&path, "%s/%s", dir, rom_names[i].name);
        if (path.failed) {
            rt_buffer_free(&path);
            return rt_error_no_memory(err);
        }
        n = readlink(path.data, seen, sizeof(seen) - 1);
        rt_buffer_free(&path);
        if (n < 0 || strcmp(seen, expected) != 0)
            return rt_error_set(err, ROMTOOL_E_NOT_FOUND, ROMTOOL_NO_OFFSET,
                                "'%s/%s' is no link to '%s', as it is installed", dir,
                                rom_names[i].name, expected);
    }
    return 0;
}

int rt_rom_names_check_public(const char *dir, struct romtool_error *err)
{
    char *path = strdup(dir);
    bool is_public = true;

    if (path == NULL)
        return rt_error_no_memory(err);
    for (char *end = path + strlen(path); end > path && is_public; end = strrchr(path, '/')) {
        struct stat st;

        *end = '\0';
        is_public = stat(path, &st) == 0 && (st.st_mode & S_IXOTH) != 0;
    }
    free(path);
    if (!is_public)
        return rt_error_set(err, ROMTOOL_E_SHADOWED, ROMTOOL_NO_OFFSET,
                            "'%s' is not open to everybody: as another user QEMU would load other "
                            "ROMs unchecked, when a device is plugged in",
                            dir);
    return 0;
}

/* Descriptors above the limit cannot be had; no error number says so. */
static int explain(const char *name, int number, int error, struct romtool_error *err)
{
    if (error == EBADF || error == EINVAL || error == EMFILE)
        return rt_error_set(err, ROMTOOL_E_IO, ROMTOOL_NO_OFFSET,
                            "descriptor %d is needed for '%s': more than the limit on open files "
                            "(ulimit -n)",
                            number, name);
    return rt_error_system(err, ROMTOOL_E_IO, error, "cannot use descriptor %d", number);
}

/* fd behind a ROM's name, inherited by QEMU. */
static int place(int fd, size_t index, struct romtool_error *err)
{
    int number = rom_names[index].number;

    if (fcntl(number, F_GETFD) >= 0)
        return rt_error_set(err, ROMTOOL_E_BUSY, ROMTOOL_NO_OFFSET,
                            "descriptor %d is in use, it is needed for '%s'", number,
                            rom_names[index].name);
    if (dup2(fd, number) < 0) /* dup2 clears close-on-exec */
        return explain(rom_names[index].name, number, errno, err);
    return 0;
}

int rt_rom_name_place(struct rt_named_roms *names, size_t index, struct rt_bytes bytes,
                      struct romtool_error *err)
{
    int fd, r = rt_load_memfd(rom_names[index].name, bytes, &fd, err);

    if (r < 0)
        return r;
    r = place(fd, index, err);
    (void)close(fd);
    if (r == 0)
        names->sizes[index] = bytes.len;
    return r;
}

int rt_rom_names_close(const struct rt_named_roms *names, struct romtool_error *err)
{
    int fd, r = rt_load_memfd("no ROM", (struct rt_bytes){NULL, 0}, &fd, err);

    if (r < 0)
        return r;
    for (size_t i = 0; i < COUNT(rom_names) && r == 0; i++) {
        if (names->sizes[i] == 0)
            r = place(fd, i, err);
    }
    (void)close(fd);
    return r;
}

int rt_rom_names_check_shadows(struct romtool_error *err)
{
    struct stat st;

    if (stat(".", &st) < 0)
        return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot read the current directory");
    if ((st.st_mode & S_IWOTH) != 0)
        return rt_error_set(err, ROMTOOL_E_SHADOWED, ROMTOOL_NO_OFFSET,
                            "everybody can write to the current directory, where QEMU would load a "
                            "ROM unchecked; start it from another directory");
    for (size_t i = 0; i < COUNT(rom_names); i++) {
        bool is_there;
        int r = rt_file_is_there(rom_names[i].name, &is_there, err);

        if (r < 0)
            return r;
        if (is_there)
            return rt_error_set(err, ROMTOOL_E_SHADOWED, ROMTOOL_NO_OFFSET,
                                "'%s' in the current directory: QEMU would load it unchecked; "
                                "start it from another directory",
                                rom_names[i].name);
    }
    return 0;
}

int rt_rom_inherit(const char *what, struct rt_bytes bytes, char ret_link[RT_ROM_LINK_SIZE],
                   struct romtool_error *err)
{
    int fd, inherited, r = rt_load_memfd(what, bytes, &fd, err);

    ret_link[0] = '\0';
    if (r < 0)
        return r;
    inherited = fcntl(fd, F_DUPFD, FIRST_FREE_DESCRIPTOR);
    if (inherited < 0)
        r = explain(what, FIRST_FREE_DESCRIPTOR, errno, err);
    else
        (void)snprintf(ret_link, RT_ROM_LINK_SIZE, "/proc/self/fd/%d", inherited);
    (void)close(fd);
    return r;
}
