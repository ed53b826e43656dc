/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/commands.h"

#include "loader/start.h"
#include "romtool/profile.h"
#include "romtool/release.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_ROM_SIZE = OPTION_LONG, OPTION_ALIAS };

enum { MOST = 64 }; /* of --rom-size */

static const struct option_spec option_specs[] = {
    {'p', "profile", "PROFILE", "whose mandates: a profile's name or a slot file"},
    {OPTION_ALIAS, "alias", PROFILE_ALIAS_HELP},
    {'M', "manifest", "MANIFEST", "only ROMs of this signed release, from its directory"},
    RELEASE_TRUST_OPTIONS,
    {OPTION_ROM_SIZE, "rom-size", "DEVICE=SIZE", "state a device's slot explicitly"},
    {'v', "verbose", NULL, "say which ROM goes into which slot"},
    {0},
};

static const struct command_help help = {
    "run",
    "[-p PROFILE] [-M MANIFEST [--trust PATH]...] [--rom-size DEVICE=SIZE]... -- VMM ARG...",
    "Start QEMU with option ROMs that were verified against the machine type's mandates, padded "
    "to\n"
    "exactly their slot: the bytes verified are the bytes used. A ROM that is larger than its "
    "slot\n"
    "is refused before QEMU starts, unless --rom-size states a slot that holds it. The host's\n"
    "qemu.conf is not read.",
    option_specs,
};

struct running {
    const char *profile_name, *manifest_path;
    struct release_trust trust;
    struct rt_start_size sizes[MOST];
    char *devices[MOST]; /* owns the names in sizes */
    size_t n_sizes;
    bool verbose;
    struct profile profile;
    struct profile_aliases aliases;
    struct release release;
};

static void say_loaded(void *user, const char *path, const struct romtool_mandate *mandate,
                       const struct romtool_rom *rom)
{
    char shown[512];

    (void)user;
    (void)fprintf(stderr, "romtool: '%s' for %s on %s (%s): %" PRIu64 " bytes, slot %" PRIu64 "\n",
                  printable(path, shown, sizeof(shown)), mandate->device, mandate->machine,
                  mandate->profile, romtool_rom_file_size(rom), romtool_rom_slot(rom));
}

/* DEVICE=SIZE */
static bool take_rom_size(struct running *running, const struct options *options)
{
    const char *equals = strchr(options->value, '=');
    uint64_t slot;
    char *device;

    if (equals == NULL || equals == options->value || !rt_size_parse(equals + 1, &slot) ||
        !rt_size_is_power_of_two(slot)) {
        (void)usage_error(&help, "'%s' is not DEVICE=SIZE with a power of two", options->value);
        return false;
    }
    device = strndup(options->value, (size_t)(equals - options->value));
    if (device == NULL || running->n_sizes == MOST) {
        (void)usage_error(&help, "more than %d --rom-size", MOST);
        free(device);
        return false;
    }
    running->devices[running->n_sizes] = device;
    running->sizes[running->n_sizes++] = (struct rt_start_size){device, slot};
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
        return true;
    case OPTION_TRUST:
    case OPTION_THRESHOLD:
    case OPTION_AT:
    case OPTION_ROOT:
        return release_trust_option(options, id, &running->trust);
    case OPTION_ALIAS:
        return profile_alias_option(options, &running->aliases);
    case OPTION_ROM_SIZE:
        return take_rom_size(running, options);
    default:
        running->verbose = true;
        return true;
    }
}

static void say_finding(void *user, const struct rt_finding *finding)
{
    const struct running *running = user;

    print_finding(stderr, running->manifest_path, finding);
}

/*
 * The manifest, and the profile whose aliases and devices it speaks of: -p where the one that it
 * names is not built in.
 */
static int open_ground(struct running *running, struct romtool_error *err)
{
    const struct rt_findings findings = {say_finding, running};
    const char *profile = running->profile_name;
    int r;

    if (running->manifest_path != NULL) {
        r = release_open(running->manifest_path, &running->trust, true, &findings,
                         &running->release, err);
        if (r < 0)
            return r;
        if (profile == NULL)
            profile = rt_manifest_model(running->release.manifest)->profile;
    }
    r = profile_open(profile, &running->profile, err);
    profile_use_aliases(&running->profile.slots, &running->aliases);
    return r;
}

/* The directory that a path is in; the caller frees it. */
static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static enum exit_status start_vmm(struct running *running, int argc, char **argv)
{
    char *names_dir = installed_path("rom-names");
    char *manifest_dir =
        running->manifest_path != NULL ? directory_of(running->manifest_path) : NULL;
    struct rt_start_source source = {
        .profile = &running->profile.slots,
        .manifest_dir = manifest_dir,
        .names_dir = names_dir,
        .sizes = running->sizes,
        .n_sizes = running->n_sizes,
        .loaded = running->verbose ? say_loaded : NULL,
    };
    enum exit_status status = EXIT_UNDECIDED;
    struct rt_slot_profile host;
    struct romtool_error err;
    char **vmm_argv = NULL;

    rt_error_clear(&err);
    if (open_ground(running, &err) < 0)
        goto out;
    source.manifest = running->release.manifest;
    source.host = profile_of_host(&host) ? host.series : NULL;
    if (names_dir == NULL || (running->manifest_path != NULL && manifest_dir == NULL))
        (void)rt_error_no_memory(&err);
    else if (access(names_dir, F_OK) != 0)
        (void)rt_error_system(&err, ROMTOOL_E_NOT_FOUND, errno, "cannot use '%s'", names_dir);
    else if (rt_start_prepare(&source, argc, argv, &vmm_argv, &err) == 0) {
        (void)execvp(vmm_argv[0], vmm_argv);
        (void)rt_error_system(&err, errno == ENOENT ? ROMTOOL_E_NOT_FOUND : ROMTOOL_E_IO, errno,
                              "cannot execute '%s'", vmm_argv[0]);
    }
out:
    status = say_error(&err, NULL, false);
    rt_start_free(vmm_argv);
    free(names_dir);
    free(manifest_dir);
    release_close(&running->release);
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
    if (!release_trust_agrees(&running->trust, running->manifest_path != NULL, &help))
        return EXIT_USAGE;
    return start_vmm(running, argc - options.first, argv + options.first);
}

enum exit_status command_run(int argc, char **argv)
{
    struct running running = {.trust = RELEASE_TRUST_NONE};
    enum exit_status status = run(&running, argc, argv);

    for (size_t i = 0; i < running.n_sizes; i++)
        free(running.devices[i]);
    return status;
}
