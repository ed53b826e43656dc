/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/run.h"

#include "loader/rom-descriptors.h"
#include "loader/start.h"
#include "loader/store.h"
#include "romtool/commands.h"
#include "romtool/directory.h"
#include "romtool/profile.h"
#include "romtool/recorded.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    OPTION_ROM_SIZE = OPTION_LONG,
    OPTION_ALIAS,
    OPTION_REASON,
    OPTION_HOTPLUG,
    OPTION_DRY_RUN,
    OPTION_STORE,
};

static const struct option_spec option_specs[] = {
    {'p', "profile", "PROFILE", "whose mandates: a profile's name or a slot file"},
    {OPTION_ALIAS, "alias", PROFILE_ALIAS_HELP},
    {'M', "manifest", "MANIFEST", "only ROMs of this signed release, from its directory"},
    RELEASE_TRUST_OPTIONS,
    {OPTION_ROM_SIZE, "rom-size", "DEVICE=SIZE",
     "state a model's slot explicitly; of one device: DEVICE@ID=SIZE"},
    {OPTION_REASON, "reason", "TEXT", "why a slot is stated: recorded on stderr and in syslog"},
    {OPTION_HOTPLUG, "hotplug", NULL, "verified ROMs for each model that may be plugged in later"},
    {OPTION_STORE, "store", "DIR", "where installed ROMs are (" RT_STORE_DIR ")"},
    {OPTION_DRY_RUN, "dry-run", NULL, "print the command instead of executing it"},
    {'v', "verbose", NULL, "say which ROM goes into which slot"},
    {0},
};

static const struct command_help help = {
    "run",
    "[OPTION]... [--rom-size DEVICE[@ID]=SIZE [--reason TEXT]]... -- QEMU ARG...",
    "Start QEMU with option ROMs that were verified against the machine type's mandates, padded "
    "to\n"
    "exactly their slot: the bytes verified are the bytes used. A ROM that is larger than its "
    "slot\n"
    "is refused before QEMU starts, unless --rom-size states a slot that holds it. What could "
    "bring in\n"
    "a ROM and is not understood is refused by name. The host's qemu.conf is not read.",
    option_specs,
};

struct running {
    const struct run_release *release; /* NULL: in the program that has it */
    const char *profile_name, *manifest_path, *reason;
    struct rt_start_size sizes[RT_START_SIZES_MAX];
    char *devices[RT_START_SIZES_MAX]; /* owns the names in sizes */
    size_t n_sizes;
    struct rt_rom_store store;
    bool hotplug, dry_run, verbose, needs_release;
    struct profile profile;
    struct profile_aliases aliases;
};

static void say_loaded(void *user, const char *path, const struct romtool_mandate *mandate,
                       const struct romtool_rom *rom)
{
    const struct running *running = user;

    if (running->verbose)
        say_rom_loaded(path, mandate, rom);
}

static void say_overridden(void *user, const struct romtool_mandate *mandate,
                           const struct rt_start_size *size)
{
    const struct running *running = user;

    record_stated_slot(mandate, size->id, size->slot, running->reason);
}

static void say_closed(void *user, const char *file, const char *why)
{
    char shown[512];

    (void)user;
    (void)fprintf(stderr, "romtool: '%s' is not there for hotplug: %s\n", file,
                  printable(why, shown, sizeof(shown)));
}

/* DEVICE=SIZE, DEVICE@ID=SIZE */
static bool take_rom_size(struct running *running, const struct options *options)
{
    const char *equals = strrchr(options->value, '=');
    struct rt_start_size *size = &running->sizes[running->n_sizes];
    char *device, *at;

    if (running->n_sizes == RT_START_SIZES_MAX) {
        (void)usage_error(&help, "more than %d --rom-size", RT_START_SIZES_MAX);
        return false;
    }
    *size = (struct rt_start_size){0};
    if (equals == NULL || equals == options->value || !rt_size_parse(equals + 1, &size->slot) ||
        !rt_size_is_power_of_two(size->slot) || options->value[0] == '@' || equals[-1] == '@') {
        (void)usage_error(&help, "'%s' is not DEVICE=SIZE or DEVICE@ID=SIZE with a power of two",
                          options->value);
        return false;
    }
    device = strndup(options->value, (size_t)(equals - options->value));
    if (device == NULL) {
        (void)usage_error(&help, "out of memory");
        return false;
    }
    at = strchr(device, '@');
    if (at != NULL) {
        *at = '\0';
        size->id = at + 1;
    }
    size->device = device;
    running->devices[running->n_sizes++] = device;
    return true;
}

static bool take_option(struct running *running, const struct options *options, int id)
{
    switch (id) {
    case 'p':
        running->profile_name = options->value;
        return true;
    case 'M':
        running->manifest_path = options->value;
        running->needs_release = true;
        return true;
    case OPTION_TRUST:
    case OPTION_THRESHOLD:
    case OPTION_AT:
    case OPTION_ROOT:
        running->needs_release = true;
        return running->release == NULL || running->release->take_option(options, id);
    case OPTION_ALIAS:
        return profile_alias_option(options, &running->aliases);
    case OPTION_ROM_SIZE:
        return take_rom_size(running, options);
    case OPTION_REASON:
        running->reason = options->value;
        return option_reason(options);
    case OPTION_STORE:
        running->store.path = options->value;
        return true;
    case OPTION_HOTPLUG:
        running->hotplug = true;
        return true;
    case OPTION_DRY_RUN:
        running->dry_run = true;
        return true;
    default:
        running->verbose = true;
        return true;
    }
}

/*
 * The manifest, and the profile whose aliases and devices it speaks of: -p where the one that it
 * names is not built in.
 */
static int open_ground(struct running *running, const struct romtool_manifest **ret_manifest,
                       struct romtool_error *err)
{
    int r;

    *ret_manifest = NULL;
    if (running->manifest_path != NULL)
        r = running->release->open(running->manifest_path, running->profile_name, ret_manifest,
                                   &running->profile, err);
    else
        r = profile_open(running->profile_name, &running->profile, err);
    profile_use_aliases(&running->profile.slots, &running->aliases);
    return r;
}

/* The command in one line, for sh: in single quotes what is not plain. */
static void print_command(char *const argv[])
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "%+,-./:=@_";

    for (size_t i = 0; argv[i] != NULL; i++) {
        const char *word = argv[i];
        bool is_plain = word[0] != '\0' && word[strspn(word, plain)] == '\0';

        (void)fputs(i > 0 ? " " : "", stdout);
        (void)fputs(is_plain ? "" : "'", stdout);
        for (; *word != '\0'; word++)
            (void)fprintf(stdout, *word == '\'' ? "'\\''" : "%c", *word);
        (void)fputs(is_plain ? "" : "'", stdout);
    }
    (void)putchar('\n');
}

static void execute_vmm(char **argv, struct romtool_error *err)
{
    (void)execvp(argv[0], argv);
    (void)rt_error_system(err, errno == ENOENT ? ROMTOOL_E_NOT_FOUND : ROMTOOL_E_IO, errno,
                          "cannot execute '%s'", argv[0]);
}

static enum exit_status start_vmm(struct running *running, int argc, char **argv)
{
    char *names_dir = installed_path("rom-names");
    char *manifest_dir =
        running->manifest_path != NULL ? directory_of(running->manifest_path) : NULL;
    struct rt_start_source source = {
        .rom.profile = &running->profile.slots,
        .rom.manifest_dir = manifest_dir,
        .store = running->store,
        .names_dir = names_dir,
        .sizes = running->sizes,
        .n_sizes = running->n_sizes,
        .hotplug = running->hotplug,
        .events = {say_loaded, say_overridden, say_closed, running},
    };
    enum exit_status status = EXIT_HELD;
    struct rt_slot_profile host;
    struct romtool_error err;
    char **vmm_argv = NULL;

    rt_error_clear(&err);
    if (open_ground(running, &source.rom.manifest, &err) < 0)
        goto out;
    source.rom.host = profile_of_host(&host) ? host.series : NULL;
    if (names_dir == NULL || (running->manifest_path != NULL && manifest_dir == NULL))
        (void)rt_error_no_memory(&err);
    else if (rt_rom_names_check_links(names_dir, &err) < 0 ||
             rt_start_prepare(&source, argc, argv, &vmm_argv, &err) < 0)
        goto out;
    else if (running->dry_run)
        print_command(vmm_argv);
    else
        execute_vmm(vmm_argv, &err);
out:
    if (err.code != 0)
        status = say_error(&err, NULL, false);
    rt_start_free(vmm_argv);
    free(names_dir);
    free(manifest_dir);
    if (running->release != NULL)
        running->release->close();
    profile_close(&running->profile);
    return status;
}

static enum exit_status run(struct running *running, int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv, .stop_at_operand = true};
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == OPTION_HELP || id == OPTION_WRONG)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        if (!take_option(running, &options, id))
            return EXIT_USAGE;
    }
    if (options.first == argc)
        return usage_error(&help, "no VMM: end romtool's options with '--'");
    if (running->reason != NULL && running->n_sizes == 0)
        return usage_error(&help, "--reason is for --rom-size");
    if (running->needs_release && running->release == NULL)
        return execute_command("romtool-crypto", argc, argv);
    if (running->needs_release && !running->release->agrees(running->manifest_path != NULL, &help))
        return EXIT_USAGE;
    return start_vmm(running, argc - options.first, argv + options.first);
}

enum exit_status run_vmm(int argc, char **argv, const struct run_release *release)
{
    struct running running = {.release = release, .store = {"", RT_STORE_DIR}};
    enum exit_status status = run(&running, argc, argv);

    for (size_t i = 0; i < running.n_sizes; i++)
        free(running.devices[i]);
    return status;
}
