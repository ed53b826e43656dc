/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/rom-descriptors.h"

#include "core/file.h"
#include "loader/load.h"
#include "loader/rom-names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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

/* fd behind a ROM's name, inherited by QEMU. */
static int place(int fd, size_t index, struct romtool_error *err)
{
    int number = rom_names[index].number;

    if (fcntl(number, F_GETFD) >= 0)
        return rt_error_set(err, ROMTOOL_E_BUSY, ROMTOOL_NO_OFFSET,
                            "descriptor %d is in use, it is needed for '%s'", number,
                            rom_names[index].name);
    if (dup2(fd, number) < 0) /* dup2 clears close-on-exec */
        return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot use descriptor %d", number);
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
        r = rt_error_system(err, ROMTOOL_E_IO, errno, "cannot keep a descriptor for '%s'", what);
    else
        (void)snprintf(ret_link, RT_ROM_LINK_SIZE, "/dev/fd/%d", inherited);
    (void)close(fd);
    return r;
}
