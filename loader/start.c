/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/start.h"

#include "loader/start-rom.h"

#include <stdlib.h>
#include <string.h>

enum { INSERTED_WORDS = 3 };

/* ------------------------------------------------------------------------- what nobody named */

static int start_later_devices(struct rt_start *start, struct romtool_error *err)
{
    const struct rt_slot_profile *profile = start->rom.profile;
    const struct rt_slot_vendor *vendor = profile->vendor;
    int r = 0;

    for (size_t i = 0; i < vendor->n_rows && r == 0; i++) {
        const struct rt_slot_row *row = &vendor->rows[i];

        if (row->slot != 0 && rt_slot_row_applies(row, profile, start->machine))
            r = rt_start_later(start, row->device, err);
    }
    return r;
}

/* Does the profile, or upstream, know a ROM of this very driver? */
static bool owns_rom(const struct rt_start *start, const char *driver)
{
    return rt_slot_has_device(start->rom.profile, driver) || rt_start_display_file(driver) != NULL;
}

/* Is it a driver's name, of a device on the command line or of one that owns a ROM? */
static bool is_driver(const struct rt_start *start, const char *driver)
{
    for (size_t i = 0; i < start->qemu.n_devices; i++) {
        const char *name = start->qemu.devices[i].driver;

        if (name != NULL && strcmp(name, driver) == 0)
            return true;
    }
    return owns_rom(start, driver);
}

/* What -global says of other classes reaches devices that nobody named: the machine's own. */
static int check_globals(const struct rt_start *start, struct romtool_error *err)
{
    for (size_t i = 0; i < start->qemu.n_globals; i++) {
        const struct rt_qemu_global *global = &start->qemu.globals[i];
        bool takes_away = global->rom.romfile != NULL && global->rom.romfile[0] == '\0';

        if (!takes_away && !is_driver(start, global->driver))
            return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                                "'-global %s.%s': reaches devices that are not named; state it of "
                                "their drivers",
                                global->driver, global->property);
    }
    return 0;
}

/*
 * A romfile of -global that no device on the command line uses, or that is not there: whatever is
 * there by the time that one is plugged in, QEMU finds an empty file, and refuses it.
 */
static int close_globals(struct rt_start *start, struct romtool_error *err)
{
    int r = 0;

    for (size_t i = 0; i < start->qemu.n_globals && r == 0; i++) {
        const char *driver = start->qemu.globals[i].driver;
        const struct rt_qemu_rom *rom = &start->qemu.globals[i].rom;
        char link[RT_ROM_LINK_SIZE];

        if (rom->romfile == NULL || rom->romfile[0] == '\0' || start->globals[i].slot != 0)
            continue;
        if (!owns_rom(start, driver)) /* the machine may have such a device of its own */
            return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                                "'-global %s.romfile=%s': no device that it is for, by which it "
                                "could be checked",
                                driver, rom->romfile);
        r = rt_rom_inherit(rom->romfile, (struct rt_bytes){NULL, 0}, link, err);
        if (r == 0)
            r = rt_qemu_replace_romfile(&start->qemu, &rom->place, link, start->argv, err);
    }
    return r;
}

/* ------------------------------------------------------------------------- the command line */

static int copy_argv(struct rt_start *start, int argc, char *const argv[],
                     struct romtool_error *err)
{
    start->argv = calloc((size_t)argc + 1 + INSERTED_WORDS, sizeof(*start->argv));
    start->globals = calloc(start->qemu.n_globals + 1, sizeof(*start->globals));
    if (start->argv == NULL || start->globals == NULL)
        return rt_error_no_memory(err);
    for (int i = 0; i < argc; i++) {
        start->argv[i] = strdup(argv[i]);
        if (start->argv[i] == NULL)
            return rt_error_no_memory(err);
    }
    start->argc = argc;
    return 0;
}

/* QEMU reads what was checked, not the file that may be another by then. */
static int replace_configs(struct rt_start *start, struct romtool_error *err)
{
    int r = 0;

    for (size_t i = 0; i < start->qemu.n_configs && r == 0; i++) {
        const struct rt_qemu_config *config = &start->qemu.configs[i];
        char link[RT_ROM_LINK_SIZE], *copy;
        struct rt_buffer text = {0};

        rt_buffer_puts(&text, "");
        rt_qemu_config_write(config, &text);
        r = text.failed ? rt_error_no_memory(err)
                        : rt_rom_inherit("-readconfig", rt_buffer_bytes(&text), link, err);
        rt_buffer_free(&text);
        copy = r == 0 ? strdup(link) : NULL;
        if (r == 0 && copy == NULL)
            r = rt_error_no_memory(err);
        if (r < 0)
            return r;
        free(start->argv[config->argument]);
        start->argv[config->argument] = copy;
    }
    return r;
}

/*
 * What romtool puts before the user's words: the directory of names, first in QEMU's search path,
 * and no qemu.conf, whose devices may name ROM files that nothing has checked (measured on 7.2).
 */
static int insert_words(struct rt_start *start, struct romtool_error *err)
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

static int check_sizes_used(const struct rt_start *start, struct romtool_error *err)
{
    if (strcmp(start->machine, "none") == 0) /* a VMM's manager asks what QEMU can do */
        return 0;
    for (size_t i = 0; i < start->source->n_sizes; i++) {
        const struct rt_start_size *size = &start->source->sizes[i];

        if (size->id != NULL && !start->used[i])
            return rt_error_set(err, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET,
                                "--rom-size %s@%s: no such device with a ROM and this id",
                                size->device, size->id);
    }
    return 0;
}

static int prepare(struct rt_start *start, struct romtool_error *err)
{
    const char *machine = start->qemu.machine != NULL ? start->qemu.machine : "pc";
    int r;

    if (start->qemu.starts_no_guest) /* as long as its files say what they said */
        return replace_configs(start, err);
    start->rom = start->source->rom;
    start->rom.dirs = start->qemu.data_dirs;
    start->rom.n_dirs = start->qemu.n_data_dirs;
    start->machine = rt_slot_machine(start->rom.profile, machine);
    r = check_globals(start, err);
    for (size_t i = 0; i < start->qemu.n_devices && r == 0; i++)
        r = rt_start_device(start, &start->qemu.devices[i], err);
    if (r == 0 && (start->source->hotplug || start->qemu.n_globals > 0))
        r = start_later_devices(start, err);
    if (r == 0)
        r = close_globals(start, err);
    if (r == 0)
        r = check_sizes_used(start, err);
    if (r == 0)
        r = rt_rom_names_close(&start->names, err);
    if (r == 0)
        r = rt_rom_names_check_shadows(err);
    if (r == 0 && start->qemu.changes_user)
        r = rt_rom_names_check_public(start->source->names_dir, err);
    if (r == 0)
        r = replace_configs(start, err);
    if (r == 0)
        r = insert_words(start, err);
    return r;
}

int rt_start_prepare(const struct rt_start_source *source, int argc, char *const argv[],
                     char ***ret_argv, struct romtool_error *err)
{
    struct rt_start start = {.source = source};
    int r = source->n_sizes > RT_START_SIZES_MAX
                ? rt_error_set(err, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET, "more than %d --rom-size",
                               RT_START_SIZES_MAX)
                : rt_qemu_read(argc, argv, &start.qemu, err);

    *ret_argv = NULL;
    if (r == 0)
        r = copy_argv(&start, argc, argv, err);
    if (r == 0)
        r = prepare(&start, err);
    rt_qemu_free(&start.qemu);
    free(start.globals);
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
