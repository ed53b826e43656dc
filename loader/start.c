/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/start.h"

#include "core/file.h"
#include "loader/qemu.h"
#include "loader/rom-descriptors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INSERTED_WORDS = 3 };

/* What -global makes of the devices that it reaches. */
struct global_rom {
    uint64_t slot; /* that its romfile was loaded for; 0: not yet */
    bool has_bar;  /* and whether all of the slot was given */
};

struct start {
    const struct rt_start_source *source;
    struct rt_rom_source rom;
    struct rt_qemu qemu;
    const char *machine; /* aliases resolved */
    struct rt_named_roms names;
    struct global_rom *globals; /* one for each of qemu.globals */
    bool used[RT_START_SIZES_MAX];
    char **argv;
    int argc;
};

/* A device, and what its ROM is to be by all that was said of it. */
struct wanted {
    const char *driver, *id;
    enum rt_qemu_origin origin;
    struct rt_qemu_rom rom; /* borrowed */
    size_t global;          /* that romfile is from, where by_global */
    bool by_global;
    const struct rt_start_size *size; /* what was stated of its slot, or NULL */
    struct romtool_mandate mandate;   /* slot 0: none */
};

static uint64_t wanted_slot(const struct wanted *wanted)
{
    return wanted->size != NULL ? wanted->size->slot : wanted->mandate.slot;
}

static bool has_bar(const struct wanted *wanted)
{
    return wanted->rom.rombar != RT_QEMU_ROMBAR_OFF;
}

/* ------------------------------------------------------------------------- what was said */

/* What is stated for one device comes before what is stated for its driver. */
static const struct rt_start_size *find_size(struct start *start, const struct wanted *wanted)
{
    const struct rt_start_source *source = start->source;
    const struct rt_start_size *found = NULL;

    for (size_t i = 0; i < source->n_sizes; i++) {
        const struct rt_start_size *size = &source->sizes[i];
        const char *driver = rt_slot_device(source->rom.profile, size->device);

        if (strcmp(driver, wanted->driver) != 0 ||
            (size->id != NULL && (wanted->id == NULL || strcmp(size->id, wanted->id) != 0)))
            continue;
        start->used[i] = true;
        if (found == NULL || size->id != NULL)
            found = size;
    }
    return found;
}

/* What a device says of itself comes before what -global says of it, the last of which counts. */
static void apply_globals(const struct start *start, struct wanted *wanted)
{
    const struct rt_qemu *qemu = &start->qemu;
    struct rt_qemu_rom own = wanted->rom;

    for (size_t i = 0; i < qemu->n_globals; i++) {
        const struct rt_qemu_rom *rom = &qemu->globals[i].rom;

        if (!rt_slot_global_reaches(qemu->globals[i].driver, wanted->driver))
            continue;
        if (rom->romfile != NULL && own.romfile == NULL) {
            wanted->rom.romfile = rom->romfile;
            wanted->rom.place = rom->place;
            wanted->global = i;
            wanted->by_global = true;
        }
        if (rom->romsize != 0 && own.romsize == 0)
            wanted->rom.romsize = rom->romsize;
        if (rom->rombar != RT_QEMU_ROMBAR_UNSTATED && own.rombar == RT_QEMU_ROMBAR_UNSTATED)
            wanted->rom.rombar = rom->rombar;
    }
}

/* The driver that QEMU will take, or NULL: the machine's default, or what a name stands for. */
static const char *resolve_driver(const struct start *start, const struct rt_qemu_device *device)
{
    const struct rt_slot_profile *profile = start->rom.profile;
    /* a vendor's own machine type has that of the version that it is like */
    const char *like = rt_slot_like(profile->vendor, start->machine);

    if (device->origin == RT_QEMU_VGA && strcmp(start->machine, "isapc") == 0) {
        if (strcmp(device->driver, "VGA") == 0)
            return "isa-vga";
        if (strcmp(device->driver, "cirrus-vga") == 0)
            return "isa-cirrus-vga";
    }
    if (device->driver != NULL)
        return rt_slot_device(profile, device->driver);
    return device->origin == RT_QEMU_DEFAULT_DISPLAY ? rt_qemu_default_display(like)
                                                     : rt_qemu_default_nic(like);
}

/* ------------------------------------------------------------------------- mandates */

/* The name of a display's ROM, by upstream's rows: not every vendor has rows about displays. */
static const char *display_file(const char *driver)
{
    struct rt_slot_profile upstream;
    const struct rt_slot_vendor *vendor;

    if (rt_qemu_fw_cfg_rom(driver) != NULL)
        return rt_qemu_fw_cfg_rom(driver);
    if (rt_slot_profile_find("upstream", &upstream, NULL) < 0)
        return NULL;
    vendor = upstream.vendor;
    for (size_t i = 0; i < vendor->n_rows; i++) {
        const struct rt_slot_row *row = &vendor->rows[i];

        if (strcmp(row->device, driver) == 0 && row->file != NULL &&
            strncmp(row->file, "vgabios-", 8) == 0)
            return row->file;
    }
    return NULL;
}

static void make_mandate(const struct start *start, const struct wanted *wanted, const char *file,
                         struct romtool_mandate *ret)
{
    *ret = (struct romtool_mandate){0};
    (void)snprintf(ret->profile, sizeof(ret->profile), "%s", start->rom.profile->name);
    (void)snprintf(ret->machine, sizeof(ret->machine), "%s", start->machine);
    (void)snprintf(ret->device, sizeof(ret->device), "%s", wanted->driver);
    (void)snprintf(ret->file, sizeof(ret->file), "%s", file);
}

/*
 * A display's ROM comes with the firmware, of which a release of NIC ROMs says nothing: by the
 * profile then, and where that has no mandate, in the slot that QEMU makes of the file.
 */
static int find_display(const struct start *start, const char *file, struct wanted *wanted)
{
    struct rt_rom_source source = start->rom;

    source.manifest = NULL;
    if (rt_rom_mandate(&source, start->machine, wanted->driver, &wanted->mandate, NULL) < 0)
        make_mandate(start, wanted, file, &wanted->mandate);
    return 1;
}

/*
 * 1: found. 0: none, and none is needed: the device has no ROM of its own that QEMU would load
 * (what it would load after all, a closed name refuses).
 */
static int find_mandate(const struct start *start, struct wanted *wanted, struct romtool_error *err)
{
    const struct rt_slot_profile *profile = start->rom.profile;
    const char *display = display_file(wanted->driver);
    struct romtool_error why;
    int r;

    rt_error_clear(&why);
    r = rt_rom_mandate(&start->rom, start->machine, wanted->driver, &wanted->mandate, &why);
    if (r == 0)
        return 1;
    if (wanted->rom.romfile == NULL && display != NULL && r != ROMTOOL_E_NO_MEMORY)
        return find_display(start, display, wanted);
    if (wanted->rom.romfile == NULL && wanted->rom.romsize == 0 &&
        (r == ROMTOOL_E_NO_MANDATE || !rt_slot_has_device(profile, wanted->driver)))
        return 0;
    if (wanted->size != NULL && start->rom.manifest == NULL) {
        make_mandate(start, wanted, "", &wanted->mandate);
        return 1;
    }
    if (start->rom.manifest != NULL) /* only what it states is loaded */
        return rt_error_hand_on(err, &why);
    return rt_error_set(err, r, why.offset, "%s; --rom-size %s=SIZE would state a slot", why.text,
                        wanted->driver);
}

/* A ROM BAR is exactly the slot, however it is written. */
static int check_romsize(const struct wanted *wanted, struct romtool_error *err)
{
    uint64_t slot = wanted_slot(wanted);

    if (wanted->rom.romsize == 0 || wanted->rom.romsize == slot)
        return 0;
    return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                        "'romsize=%" PRIu64 "' of %s: the slot is %" PRIu64
                        "; --rom-size %s=%" PRIu64 " would change it",
                        wanted->rom.romsize, wanted->driver, slot, wanted->driver,
                        wanted->rom.romsize);
}

/* ------------------------------------------------------------------------- loading */

/* What QEMU is given: the whole slot; without a ROM BAR the file, which firmware gets as it is. */
static struct rt_bytes given_bytes(const struct wanted *wanted, const struct romtool_rom *rom)
{
    bool whole = wanted->rom.rombar != RT_QEMU_ROMBAR_OFF;

    return (struct rt_bytes){romtool_rom_data(rom),
                             (size_t)(whole ? romtool_rom_slot(rom) : romtool_rom_file_size(rom))};
}

static void record(const struct start *start, const char *path, const struct wanted *wanted,
                   const struct romtool_rom *rom)
{
    const struct rt_start_events *events = &start->source->events;

    if (wanted->size != NULL && wanted->size->slot != wanted->mandate.slot &&
        events->overridden != NULL)
        events->overridden(events->user, &wanted->mandate, wanted->size);
    if (events->loaded != NULL)
        events->loaded(events->user, path, &wanted->mandate, rom);
}

/*
 * The ROM of a device, by *path; where that is NULL its default ROM, of which *path becomes the
 * caller's to free.
 */
static int load_rom(const struct start *start, char **path, const struct wanted *wanted,
                    struct romtool_rom **ret, struct romtool_error *err)
{
    const struct rt_rom_store *store = &start->source->store;
    uint64_t stated = wanted->size != NULL ? wanted->size->slot : 0;
    bool has_store = store->path != NULL && wanted_slot(wanted) != 0;
    struct rt_buffer option = {0};
    int r;

    *ret = NULL;
    rt_buffer_printf(&option, "--rom-size %s=", wanted->driver);
    if (option.failed)
        r = rt_error_no_memory(err);
    else if (*path == NULL && has_store)
        r = rt_rom_load_default(&start->rom, store, &wanted->mandate, stated, option.data, ret,
                                path, err);
    else {
        r = *path == NULL ? rt_rom_find(&start->rom, wanted->mandate.file, path, err) : 0;
        if (r == 0)
            r = rt_rom_load(*path, &wanted->mandate, stated, option.data, ret, err);
    }
    rt_buffer_free(&option);
    if (r == 0)
        record(start, *path, wanted, *ret);
    return r;
}

/* Behind a name there is one file for all devices that QEMU looks it up for. */
static int check_shared(const struct start *start, const struct wanted *wanted, size_t index,
                        uint64_t size, struct romtool_error *err)
{
    if (start->names.sizes[index] == size)
        return 0;
    return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                        "'%s' would need two slots, %" PRIu64 " and %" PRIu64, wanted->mandate.file,
                        start->names.sizes[index], size);
}

static int load_default(struct start *start, const struct wanted *wanted, struct romtool_error *err)
{
    struct romtool_rom *rom;
    char *path = NULL;
    size_t index;
    int r;

    if (!rt_rom_name_find(wanted->mandate.file, &index))
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                            "'%s' of %s is no name that romtool can stand behind; romfile= would "
                            "state the file",
                            wanted->mandate.file, wanted->driver);
    if (start->names.sizes[index] != 0 && has_bar(wanted) && wanted_slot(wanted) != 0)
        return check_shared(start, wanted, index, wanted_slot(wanted), err);
    r = load_rom(start, &path, wanted, &rom, err);
    free(path);
    if (r < 0)
        return r;
    if (start->names.sizes[index] != 0)
        r = check_shared(start, wanted, index, given_bytes(wanted, rom).len, err);
    else
        r = rt_rom_name_place(&start->names, index, given_bytes(wanted, rom), err);
    romtool_rom_free(rom);
    return r;
}

/* A file that -global names is one for all devices that it reaches. */
static int check_global_slot(const struct start *start, const struct wanted *wanted,
                             struct romtool_error *err)
{
    const struct global_rom *global = &start->globals[wanted->global];
    const char *driver = start->qemu.globals[wanted->global].driver;
    uint64_t slot = wanted_slot(wanted);

    if (global->slot == 0 || (global->slot == slot && global->has_bar == has_bar(wanted)))
        return 0;
    if (global->slot == slot)
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                            "'%s' of -global %s is for devices with and without a ROM BAR",
                            wanted->rom.romfile, driver);
    return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                        "'%s' of -global %s would need two slots, %" PRIu64 " and %" PRIu64,
                        wanted->rom.romfile, driver, global->slot, slot);
}

static int load_explicit(struct start *start, const struct wanted *wanted,
                         struct romtool_error *err)
{
    const char *romfile = wanted->rom.romfile;
    struct romtool_rom *rom = NULL;
    char link[RT_ROM_LINK_SIZE], *path = NULL;
    bool is_there = false;
    int r = wanted->by_global ? check_global_slot(start, wanted, err) : 0;

    if (r < 0 || (wanted->by_global && start->globals[wanted->global].slot != 0))
        return r;
    /* as QEMU: a path as it is, else through the search path */
    r = rt_file_is_there(romfile, &is_there, err);
    if (r == 0 && !is_there && romfile[0] != '/')
        r = rt_rom_find(&start->rom, romfile, &path, err);
    else if (r == 0 && (path = strdup(romfile)) == NULL)
        r = rt_error_no_memory(err);
    if (r == 0)
        r = load_rom(start, &path, wanted, &rom, err);
    free(path);
    if (r == 0)
        r = rt_rom_inherit(romfile, given_bytes(wanted, rom), link, err);
    romtool_rom_free(rom);
    if (r == 0)
        r = rt_qemu_replace_romfile(&start->qemu, &wanted->rom.place, link, start->argv, err);
    if (r == 0 && wanted->by_global)
        start->globals[wanted->global] = (struct global_rom){wanted_slot(wanted), has_bar(wanted)};
    return r;
}

/* ------------------------------------------------------------------------- devices */

static bool is_default(enum rt_qemu_origin origin)
{
    return origin == RT_QEMU_DEFAULT_DISPLAY || origin == RT_QEMU_LATER;
}

static void say_closed(const struct start *start, const struct wanted *wanted,
                       const struct romtool_error *why)
{
    const struct rt_start_events *events = &start->source->events;

    if (wanted->origin == RT_QEMU_LATER && events->closed != NULL)
        events->closed(events->user,
                       wanted->rom.romfile != NULL ? wanted->rom.romfile : wanted->mandate.file,
                       why->text);
}

static int start_rom(struct start *start, struct wanted *wanted, struct romtool_error *err)
{
    struct romtool_error why;
    int r;

    if (wanted->rom.romfile != NULL && wanted->rom.romfile[0] == '\0')
        return 0;
    wanted->size = find_size(start, wanted);
    r = find_mandate(start, wanted, err);
    if (r <= 0)
        return r;
    r = check_romsize(wanted, err);
    if (r < 0)
        return r;
    rt_error_clear(&why);
    r = wanted->rom.romfile != NULL ? load_explicit(start, wanted, &why)
                                    : load_default(start, wanted, &why);
    /* where perhaps no device asks for it, it may be missing, but not wrong */
    if (!is_default(wanted->origin))
        return r < 0 ? rt_error_hand_on(err, &why) : 0;
    if (r == ROMTOOL_E_NOT_FOUND) {
        say_closed(start, wanted, &why);
        return 0;
    }
    return r < 0 ? rt_error_hand_on(err, &why) : 0;
}

static int start_device(struct start *start, const struct rt_qemu_device *device,
                        struct romtool_error *err)
{
    struct wanted wanted = {
        .driver = resolve_driver(start, device),
        .id = device->id,
        .origin = device->origin,
        .rom = device->rom,
    };

    if (wanted.driver == NULL)
        return 0;
    apply_globals(start, &wanted);
    if (rt_qemu_fw_cfg_rom(wanted.driver) != NULL)
        wanted.rom.rombar = RT_QEMU_ROMBAR_OFF;
    return start_rom(start, &wanted, err);
}

/* ------------------------------------------------------------------------- later devices */

/*
 * A model that is not on the command line. Its explicit ROM, by -global, is there for whoever plugs
 * it in; its default ROM where hotplug is asked for.
 */
static int start_later(struct start *start, const char *driver, struct romtool_error *err)
{
    struct wanted wanted = {.driver = driver, .origin = RT_QEMU_LATER};
    struct rt_qemu_rom *rom = &wanted.rom;

    apply_globals(start, &wanted);
    if (rom->rombar == RT_QEMU_ROMBAR_OFF) /* QEMU refuses to plug such a ROM in */
        return 0;
    if (!start->source->hotplug && rom->romfile == NULL && rom->romsize == 0)
        return 0;
    if (rom->romfile == NULL && !start->source->hotplug) { /* only what romsize= would make of it */
        int r = find_mandate(start, &wanted, err);

        return r <= 0 ? r : check_romsize(&wanted, err);
    }
    return start_rom(start, &wanted, err);
}

static int start_later_devices(struct start *start, struct romtool_error *err)
{
    const struct rt_slot_profile *profile = start->rom.profile;
    const struct rt_slot_vendor *vendor = profile->vendor;
    int r = 0;

    for (size_t i = 0; i < vendor->n_rows && r == 0; i++) {
        const struct rt_slot_row *row = &vendor->rows[i];

        if (row->slot != 0 && rt_slot_row_applies(row, profile, start->machine))
            r = start_later(start, row->device, err);
    }
    return r;
}

/* Does the profile, or upstream, know a ROM of this very driver? */
static bool owns_rom(const struct start *start, const char *driver)
{
    return rt_slot_has_device(start->rom.profile, driver) || display_file(driver) != NULL;
}

/* Is it a driver's name, of a device on the command line or of one that owns a ROM? */
static bool is_driver(const struct start *start, const char *driver)
{
    for (size_t i = 0; i < start->qemu.n_devices; i++) {
        const char *name = start->qemu.devices[i].driver;

        if (name != NULL && strcmp(name, driver) == 0)
            return true;
    }
    return owns_rom(start, driver);
}

/* What -global says of other classes reaches devices that nobody named: the machine's own. */
static int check_globals(const struct start *start, struct romtool_error *err)
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
static int close_globals(struct start *start, struct romtool_error *err)
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

static int copy_argv(struct start *start, int argc, char *const argv[], struct romtool_error *err)
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
static int replace_configs(struct start *start, struct romtool_error *err)
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

static int check_sizes_used(const struct start *start, struct romtool_error *err)
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

static int prepare(struct start *start, struct romtool_error *err)
{
    const char *machine = start->qemu.machine != NULL ? start->qemu.machine : "pc";
    int r;

    if (start->qemu.starts_no_guest)
        return 0;
    start->rom = start->source->rom;
    start->rom.dirs = start->qemu.data_dirs;
    start->rom.n_dirs = start->qemu.n_data_dirs;
    start->machine = rt_slot_machine(start->rom.profile, machine);
    r = check_globals(start, err);
    for (size_t i = 0; i < start->qemu.n_devices && r == 0; i++)
        r = start_device(start, &start->qemu.devices[i], err);
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
    if (r == 0)
        r = replace_configs(start, err);
    if (r == 0)
        r = insert_words(start, err);
    return r;
}

int rt_start_prepare(const struct rt_start_source *source, int argc, char *const argv[],
                     char ***ret_argv, struct romtool_error *err)
{
    struct start start = {.source = source};
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
