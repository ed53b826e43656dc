/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/start.h"

#include "core/file.h"
#include "loader/load.h"
#include "loader/qemu.h"
#include "loader/rom-file.h"
#include "loader/rom-names.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(a)               (sizeof(a) / sizeof((a)[0]))

#define ROM_NAME(name, number) {name, number},
static const struct {
    const char *name;
    int number; /* of the descriptor that the link of this name leads to */
} rom_names[] = {RT_ROM_NAMES(ROM_NAME)};

/* Explicit ROMs take free descriptors from here on, above those with a fixed meaning. */
enum { FIRST_FREE_DESCRIPTOR = 800 };

enum { INSERTED_WORDS = 3 };

struct start {
    const struct rt_start_source *source;
    struct rt_rom_source rom;
    struct rt_qemu qemu;
    const char *machine;              /* aliases resolved */
    uint64_t slots[COUNT(rom_names)]; /* behind each name: 0 while nothing is */
    char **argv;
    int argc;
};

/* ------------------------------------------------------------------------- mandates */

static bool is_nic_rom(const char *file, size_t *ret_index)
{
    for (size_t i = 0; i < COUNT(rom_names); i++) {
        if (strcmp(file, rom_names[i].name) == 0) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

static uint64_t stated_slot(const struct rt_start_source *source, const char *driver)
{
    for (size_t i = 0; i < source->n_sizes; i++) {
        if (strcmp(source->sizes[i].device, driver) == 0)
            return source->sizes[i].slot;
    }
    return 0;
}

/* The slot that a device gets: what the caller states comes before the mandate. */
static uint64_t slot_for(const struct rt_start_source *source, const char *driver,
                         const struct romtool_mandate *mandate)
{
    uint64_t stated = stated_slot(source, driver);

    return stated != 0 ? stated : mandate->slot;
}

/*
 * The mandate for a device. 1: found. 0: none, and none is needed: the device has no ROM of its own
 * that QEMU would load (what it would load after all, a closed name refuses).
 */
static int find_mandate(const struct start *start, const struct rt_qemu_device *device,
                        struct romtool_mandate *ret, struct romtool_error *err)
{
    const struct rt_start_source *source = start->source;
    struct romtool_error why;
    int r;

    rt_error_clear(&why);
    r = rt_rom_mandate(&start->rom, start->machine, device->driver, ret, &why);
    if (r == 0)
        return 1;
    if (device->romfile == NULL && device->romsize == 0 &&
        (r == ROMTOOL_E_NO_MANDATE || !rt_slot_has_device(source->profile, device->driver)))
        return 0;
    if (stated_slot(source, device->driver) != 0 && source->manifest == NULL) {
        ret->slot = stated_slot(source, device->driver);
        (void)snprintf(ret->profile, sizeof(ret->profile), "%s", source->profile->name);
        (void)snprintf(ret->machine, sizeof(ret->machine), "%s", start->machine);
        (void)snprintf(ret->device, sizeof(ret->device), "%s", device->driver);
        return 1;
    }
    if (source->manifest != NULL) /* only what it states is loaded */
        return rt_error_hand_on(err, &why);
    return rt_error_set(err, r, why.offset, "%s; --rom-size %s=SIZE would state a slot", why.text,
                        device->driver);
}

/* ------------------------------------------------------------------------- files */

static int load_file(const struct start *start, const char *path, const char *driver,
                     const struct romtool_mandate *mandate, int *ret_fd, uint64_t *ret_slot,
                     struct romtool_error *err)
{
    struct romtool_rom *rom = NULL;
    struct rt_buffer option = {0};
    int r;

    *ret_fd = -1;
    rt_buffer_printf(&option, "--rom-size %s=", driver);
    r = option.failed ? rt_error_no_memory(err)
                      : rt_rom_load(path, mandate, stated_slot(start->source, driver), option.data,
                                    &rom, err);
    rt_buffer_free(&option);
    if (r == 0)
        r = romtool_rom_memfd(rom, ret_fd, err);
    if (r == 0 && start->source->loaded != NULL)
        start->source->loaded(start->source->user, path, mandate, rom);
    if (r == 0)
        *ret_slot = romtool_rom_slot(rom);
    romtool_rom_free(rom);
    return r;
}

/* ------------------------------------------------------------------------- descriptors */

/* Puts fd, which it takes over, behind a ROM name, inherited by QEMU. */
static int place(int fd, size_t index, struct romtool_error *err)
{
    int number = rom_names[index].number;
    int r = 0;

    if (fcntl(number, F_GETFD) >= 0)
        r = rt_error_set(err, ROMTOOL_E_BUSY, ROMTOOL_NO_OFFSET,
                         "descriptor %d is in use, it is needed for '%s'", number,
                         rom_names[index].name);
    else if (dup2(fd, number) < 0) /* dup2 clears close-on-exec */
        r = rt_error_system(err, ROMTOOL_E_IO, errno, "cannot use descriptor %d", number);
    (void)close(fd);
    return r;
}

static int load_default(struct start *start, const struct rt_qemu_device *device,
                        const struct romtool_mandate *mandate, size_t index,
                        struct romtool_error *err)
{
    uint64_t wanted = slot_for(start->source, device->driver, mandate), slot = 0;
    char *path;
    int fd, r;

    if (start->slots[index] == wanted)
        return 0;
    if (start->slots[index] != 0)
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                            "'%s' would need two slots, %" PRIu64 " and %" PRIu64,
                            rom_names[index].name, start->slots[index], wanted);
    r = rt_rom_find(&start->rom, mandate->file, &path, err);
    if (r < 0)
        return r;
    r = load_file(start, path, device->driver, mandate, &fd, &slot, err);
    free(path);
    if (r == 0)
        r = place(fd, index, err);
    if (r == 0)
        start->slots[index] = slot;
    return r;
}

static int load_explicit(struct start *start, const struct rt_qemu_device *device,
                         const struct romtool_mandate *mandate, struct romtool_error *err)
{
    struct rt_buffer value = {0};
    char *path = NULL;
    char link[32] = "/dev/fd/";
    uint64_t slot;
    int fd = -1, inherited = -1, r = 0;

    /* as QEMU: a path as it is, else through the search path */
    if (access(device->romfile, F_OK) != 0 && strchr(device->romfile, '/') == NULL)
        r = rt_rom_find(&start->rom, device->romfile, &path, err);
    if (r == 0)
        r = load_file(start, path != NULL ? path : device->romfile, device->driver, mandate, &fd,
                      &slot, err);
    free(path);
    if (r < 0)
        return r;
    inherited = fcntl(fd, F_DUPFD, FIRST_FREE_DESCRIPTOR);
    (void)close(fd);
    if (inherited < 0)
        return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot keep a descriptor for '%s'",
                               device->romfile);
    (void)snprintf(link, sizeof(link), "/dev/fd/%d", inherited);
    rt_qemu_replace_romfile(start->argv[device->argument], link, &value);
    if (value.failed) {
        rt_buffer_free(&value);
        return rt_error_no_memory(err);
    }
    free(start->argv[device->argument]);
    start->argv[device->argument] = value.data;
    return 0;
}

/* Every name that nothing was verified for leads to an empty file. */
static int close_names(const struct start *start, struct romtool_error *err)
{
    for (size_t i = 0; i < COUNT(rom_names); i++) {
        int fd, r;

        if (start->slots[i] != 0)
            continue;
        r = rt_load_memfd(rom_names[i].name, (struct rt_bytes){NULL, 0}, &fd, err);
        if (r == 0)
            r = place(fd, i, err);
        if (r < 0)
            return r;
    }
    return 0;
}

/* QEMU up to 7.2 at least takes a file in the current directory before any -L (measured). */
static int check_shadows(struct romtool_error *err)
{
    for (size_t i = 0; i < COUNT(rom_names); i++) {
        if (access(rom_names[i].name, F_OK) == 0)
            return rt_error_set(err, ROMTOOL_E_SHADOWED, ROMTOOL_NO_OFFSET,
                                "'%s' in the current directory: QEMU would load it unchecked; "
                                "start it from another directory",
                                rom_names[i].name);
    }
    return 0;
}

/* ------------------------------------------------------------------------- the command line */

static int check_romsize(const struct start *start, const struct rt_qemu_device *device,
                         const struct romtool_mandate *mandate, struct romtool_error *err)
{
    uint64_t slot = slot_for(start->source, device->driver, mandate);

    if (device->rombar_off)
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                            "'rombar=0' of %s: a ROM without a BAR is not understood yet, "
                            "'romfile=' gives the device none",
                            device->driver);
    if (device->romsize != 0 && device->romsize != slot)
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                            "'romsize=%" PRIu64 "' of %s: the slot is %" PRIu64
                            "; --rom-size %s=%" PRIu64 " would change it",
                            device->romsize, device->driver, slot, device->driver, device->romsize);
    return 0;
}

/* The driver that QEMU will take: the machine's default NIC, or what another name stands for. */
static int resolve_driver(const struct start *start, struct rt_qemu_device *device,
                          struct romtool_error *err)
{
    const struct rt_slot_profile *profile = start->source->profile;
    const char *driver = device->driver;
    char *copy;

    if (driver == NULL) /* a vendor's own machine type has that of the version that it is like */
        driver = rt_qemu_default_nic(rt_slot_like(profile->vendor, start->machine));
    if (driver == NULL)
        return 0;
    copy = strdup(rt_slot_device(profile, driver));
    if (copy == NULL)
        return rt_error_no_memory(err);
    free(device->driver);
    device->driver = copy;
    return 0;
}

static int start_device(struct start *start, struct rt_qemu_device *device,
                        struct romtool_error *err)
{
    struct romtool_mandate mandate;
    size_t index;
    int r = resolve_driver(start, device, err);

    if (r < 0 || device->driver == NULL)
        return r;
    if (device->romfile != NULL && device->romfile[0] == '\0')
        return 0;
    r = find_mandate(start, device, &mandate, err);
    if (r <= 0)
        return r;
    r = check_romsize(start, device, &mandate, err);
    if (r < 0)
        return r;
    if (device->romfile != NULL)
        return load_explicit(start, device, &mandate, err);
    /* display ROMs reach the guest as QEMU finds them: their names are not in the directory */
    return is_nic_rom(mandate.file, &index) ? load_default(start, device, &mandate, index, err) : 0;
}

static int copy_argv(struct start *start, int argc, char *const argv[], struct romtool_error *err)
{
    start->argv = calloc((size_t)argc + 1 + INSERTED_WORDS, sizeof(*start->argv));
    if (start->argv == NULL)
        return rt_error_no_memory(err);
    for (int i = 0; i < argc; i++) {
        start->argv[i] = strdup(argv[i]);
        if (start->argv[i] == NULL)
            return rt_error_no_memory(err);
    }
    start->argc = argc;
    return 0;
}

/*
 * What romtool puts before the user's words: the directory of names, first in QEMU's search path,
 * and no qemu.conf, whose devices may name ROM files that nothing has checked (measured on 7.2).
 */
static int insert_words(struct start *start, struct romtool_error *err)
{
    char *words[INSERTED_WORDS] = {strdup("-no-user-config"), strdup("-L"),
                                   strdup(start->source->names_dir)};
    bool all = true;

    for (size_t i = 0; i < INSERTED_WORDS; i++)
        all = all && words[i] != NULL;
    if (!all) {
        for (size_t i = 0; i < INSERTED_WORDS; i++)
            free(words[i]);
        return rt_error_no_memory(err);
    }
    memmove(start->argv + 1 + INSERTED_WORDS, start->argv + 1,
            (size_t)start->argc * sizeof(*start->argv));
    memcpy(start->argv + 1, words, sizeof(words));
    return 0;
}

static int prepare(struct start *start, struct romtool_error *err)
{
    const char *machine = start->qemu.machine != NULL ? start->qemu.machine : "pc";
    int r = 0;

    if (start->qemu.starts_no_guest)
        return 0;
    start->rom = (struct rt_rom_source){
        .profile = start->source->profile,
        .host = start->source->host,
        .manifest = start->source->manifest,
        .manifest_dir = start->source->manifest_dir,
        .dirs = start->qemu.data_dirs,
        .n_dirs = start->qemu.n_data_dirs,
    };
    start->machine = rt_slot_machine(start->source->profile, machine);
    for (size_t i = 0; i < start->qemu.n_devices && r == 0; i++)
        r = start_device(start, &start->qemu.devices[i], err);
    if (r == 0)
        r = close_names(start, err);
    if (r == 0)
        r = check_shadows(err);
    if (r == 0)
        r = insert_words(start, err);
    return r;
}

int rt_start_prepare(const struct rt_start_source *source, int argc, char *const argv[],
                     char ***ret_argv, struct romtool_error *err)
{
    struct start start = {.source = source};
    int r = rt_qemu_read(argc, argv, &start.qemu, err);

    *ret_argv = NULL;
    if (r == 0)
        r = copy_argv(&start, argc, argv, err);
    if (r == 0)
        r = prepare(&start, err);
    rt_qemu_free(&start.qemu);
    if (r < 0) {
        rt_start_free(start.argv);
        return r;
    }
    *ret_argv = start.argv;
    return 0;
}

void rt_start_free(char **argv)
{
    if (argv == NULL)
        return;
    for (size_t i = 0; argv[i] != NULL; i++)
        free(argv[i]);
    free(argv);
}
