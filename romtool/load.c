/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/commands.h"

#include "core/file.h"
#include "loader/store-rom.h"
#include "loader/store.h"
#include "romtool/directory.h"
#include "romtool/profile.h"
#include "romtool/recorded.h"
#include "romtool/release.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_ALIAS = OPTION_LONG, OPTION_REASON, OPTION_STORE };

enum { DIRS_MAX = 16, NO_DESCRIPTOR = -1 };

static const struct option_spec option_specs[] = {
    {'p', "profile", "PROFILE", "whose mandates: a profile's name or a slot file"},
    {OPTION_ALIAS, "alias", PROFILE_ALIAS_HELP},
    {'M', "manifest", "MANIFEST", "only a ROM of this signed release, beside it or in the store"},
    RELEASE_TRUST_OPTIONS,
    {'m', "machine", "MACHINE", "the machine type"},
    {'d', "device", "DEVICE", "the device whose ROM it is"},
    {'s', "size", "SIZE", "state its slot, larger than the mandate's"},
    {OPTION_REASON, "reason", "TEXT", "why a slot is stated: recorded on stderr and in syslog"},
    {'L', "rom-dir", "DIR", "where ROM files are looked for first; may be repeated"},
    {OPTION_STORE, "store", "DIR", "the store, instead of " RT_STORE_DIR},
    {'o', "output", "OUT", "a descriptor's number, or a file; '-' is standard output"},
    {'v', "verbose", NULL, "say which ROM goes into which slot"},
    {0},
};

static const struct command_help help = {
    "load",
    "[-p PROFILE | -M MANIFEST [--trust PATH]...] -m MACHINE -d DEVICE [-s SIZE [--reason TEXT]]\n"
    "       [-L DIR]... [--store DIR] -o FD|FILE [ROMFILE]",
    "Write a device's ROM, verified against the machine type's mandate and padded with zeros to "
    "exactly\n"
    "its slot, for scripts and for VMMs that `run` does not start. Without ROMFILE it is the one "
    "that\n"
    "`run` would find, else one from the store. A ROM that is larger than its slot is refused, "
    "unless -s\n"
    "states a slot that holds it. OUT of digits alone is a descriptor that is open for writing; a "
    "FILE is\n"
    "written whole or not at all.",
    option_specs,
};

struct loading {
    const char *profile_name, *manifest_path, *machine, *device, *output, *reason;
    const char *dirs[DIRS_MAX];
    size_t n_dirs;
    uint64_t stated_slot;
    int descriptor; /* NO_DESCRIPTOR: output is a file */
    bool verbose;
    struct rt_rom_store store;
    struct release_trust trust;
    struct profile profile;
    struct profile_aliases aliases;
    struct release release;
};

/* ------------------------------------------------------------------------- options */

static bool take_dir(struct loading *loading, const struct options *options)
{
    if (loading->n_dirs == DIRS_MAX) {
        (void)usage_error(&help, "more than %d --rom-dir", DIRS_MAX);
        return false;
    }
    loading->dirs[loading->n_dirs++] = options->value;
    return true;
}

static bool take_option(struct loading *loading, const struct options *options, int id)
{
    switch (id) {
    case 'p':
        loading->profile_name = options->value;
        return true;
    case 'M':
        loading->manifest_path = options->value;
        return true;
    case 'm':
        loading->machine = options->value;
        return true;
    case 'd':
        loading->device = options->value;
        return true;
    case 's':
        return option_slot(options, &loading->stated_slot);
    case 'L':
        return take_dir(loading, options);
    case 'o':
        loading->output = options->value;
        return true;
    case 'v':
        loading->verbose = true;
        return true;
    case OPTION_ALIAS:
        return profile_alias_option(options, &loading->aliases);
    case OPTION_REASON:
        loading->reason = options->value;
        return option_reason(options);
    case OPTION_STORE:
        loading->store.path = options->value;
        return true;
    default:
        return release_trust_option(options, id, &loading->trust);
    }
}

/* Digits alone are a descriptor; "./3" is a file. False after a usage error. */
static bool read_output(struct loading *loading)
{
    const char *text = loading->output;
    uint64_t number;

    loading->descriptor = NO_DESCRIPTOR;
    if (strcmp(text, "-") == 0)
        loading->descriptor = STDOUT_FILENO;
    else if (text[strspn(text, "0123456789")] != '\0')
        return true;
    else if (rt_size_parse(text, &number) && number <= INT_MAX)
        loading->descriptor = (int)number;
    else
        (void)usage_error(&help, "'%s' is no descriptor; a file of that name is './%s'", text,
                          text);
    return loading->descriptor != NO_DESCRIPTOR;
}

static bool options_agree(struct loading *loading)
{
    if (loading->machine == NULL || loading->device == NULL || loading->output == NULL ||
        loading->output[0] == '\0')
        (void)usage_error(&help, "-m MACHINE, -d DEVICE and -o FD or FILE are needed");
    else if (loading->reason != NULL && loading->stated_slot == 0)
        (void)usage_error(&help, "--reason is for -s");
    else
        return release_trust_agrees(&loading->trust, loading->manifest_path != NULL, &help) &&
               read_output(loading);
    return false;
}

/* ------------------------------------------------------------------------- the mandate */

/* Its slot is 0 where there is none and -s states one. */
static int find_mandate(const struct loading *loading, const struct rt_rom_source *source,
                        struct romtool_mandate *ret, struct romtool_error *err)
{
    const char *machine = rt_slot_machine(&loading->profile.slots, loading->machine);
    const char *driver = rt_slot_device(&loading->profile.slots, loading->device);
    struct romtool_error why;
    int r;

    rt_error_clear(&why);
    r = rt_rom_mandate(source, machine, driver, ret, &why);
    if (r < 0 && loading->stated_slot != 0 && source->manifest == NULL) {
        rt_rom_without_mandate(source, machine, driver, "", ret);
        return 0;
    }
    if (r < 0)
        return source->manifest != NULL
                   ? rt_error_hand_on(err, &why)
                   : rt_error_set(err, r, why.offset, "%s; -s would state a slot", why.text);
    if (loading->stated_slot != 0 && loading->stated_slot < ret->slot)
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                            "'-s %" PRIu64 "': the slot of %s on %s is %" PRIu64
                            ", it can only be larger",
                            loading->stated_slot, driver, machine, ret->slot);
    return 0;
}

/* ------------------------------------------------------------------------- the ROM */

/* As QEMU's romfile=: a path as it is, else a name in the search path. */
static int find_named(const struct rt_rom_source *source, const char *name, char **ret,
                      struct romtool_error *err)
{
    bool is_there = true;
    int r = strchr(name, '/') == NULL ? rt_file_is_there(name, &is_there, err) : 0;

    *ret = NULL;
    if (r < 0)
        return r;
    if (!is_there)
        return rt_rom_find(source, name, ret, err);
    *ret = strdup(name);
    return *ret == NULL ? rt_error_no_memory(err) : 0;
}

static int load_rom(const struct loading *loading, const struct rt_rom_source *source,
                    const char *name, const struct romtool_mandate *mandate,
                    struct romtool_rom **ret, char **ret_path, struct romtool_error *err)
{
    int r;

    *ret = NULL;
    *ret_path = NULL;
    if (name == NULL && mandate->file[0] == '\0')
        return rt_error_set(err, ROMTOOL_E_NO_MANDATE, ROMTOOL_NO_OFFSET,
                            "the ROM of %s on %s is not known: ROMFILE would state one",
                            mandate->device, mandate->machine);
    if (name == NULL)
        return rt_rom_load_default(source, &loading->store, mandate, loading->stated_slot, "-s ",
                                   ret, ret_path, err);
    r = find_named(source, name, ret_path, err);
    if (r == 0)
        r = rt_rom_load_padded(*ret_path, mandate, loading->stated_slot, "-s ", ret, err);
    return r;
}

/* ------------------------------------------------------------------------- the output */

/* Before anything is opened: a number that nobody handed over must not become a file of ours. */
static int check_descriptor(int fd, struct romtool_error *err)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0)
        return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot write descriptor %d", fd);
    if ((flags & O_ACCMODE) == O_RDONLY)
        return rt_error_set(err, ROMTOOL_E_IO, ROMTOOL_NO_OFFSET,
                            "cannot write descriptor %d: it is open for reading only", fd);
    return 0;
}

/* A pipe or socket may be set not to wait. */
static ssize_t write_some(int fd, const uint8_t *data, size_t n)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    ssize_t put;

    while ((put = write(fd, data, n)) < 0) {
        if (errno == EAGAIN && poll(&ready, 1, -1) < 0 && errno != EINTR)
            return -1;
        if (errno != EAGAIN && errno != EINTR)
            return -1;
    }
    return put;
}

static int write_descriptor(int fd, struct rt_bytes bytes, struct romtool_error *err)
{
    size_t done = 0;

    while (done < bytes.len) {
        ssize_t put = write_some(fd, bytes.data + done, bytes.len - done);

        if (put < 0)
            break;
        done += (size_t)put;
    }
    if (done < bytes.len || close(fd) != 0)
        return rt_error_system(err, ROMTOOL_E_IO, errno,
                               "cannot write descriptor %d, %zu of %zu bytes went out", fd, done,
                               bytes.len);
    return 0;
}

static int write_rom(const struct loading *loading, const char *path, const struct romtool_rom *rom,
                     struct romtool_error *err)
{
    const struct rt_bytes bytes = {romtool_rom_data(rom), (size_t)romtool_rom_slot(rom)};

    if (loading->descriptor != NO_DESCRIPTOR)
        return write_descriptor(loading->descriptor, bytes, err);
    if (is_same_file(path, loading->output))
        return rt_error_set(err, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET, "'%s' would replace itself",
                            path);
    return rt_file_write(loading->output, 0644, 0, bytes, err);
}

/* ------------------------------------------------------------------------- the whole */

static int load_and_write(struct loading *loading, const struct rt_rom_source *source,
                          const char *name, struct romtool_error *err)
{
    struct romtool_rom *rom = NULL;
    struct romtool_mandate mandate;
    char *path = NULL;
    int r = find_mandate(loading, source, &mandate, err);

    if (r == 0)
        r = load_rom(loading, source, name, &mandate, &rom, &path, err);
    if (r == 0 && loading->stated_slot != 0 && loading->stated_slot != mandate.slot)
        record_stated_slot(&mandate, NULL, loading->stated_slot, loading->reason);
    if (r == 0)
        r = write_rom(loading, path, rom, err);
    if (r == 0 && loading->verbose)
        say_rom_loaded(path, &mandate, rom);
    romtool_rom_free(rom);
    free(path);
    return r;
}

static enum exit_status load(struct loading *loading, const char *name)
{
    char *manifest_dir =
        loading->manifest_path != NULL ? directory_of(loading->manifest_path) : NULL;
    struct rt_rom_source source = {
        .profile = &loading->profile.slots,
        .manifest_dir = manifest_dir,
        .dirs = loading->dirs,
        .n_dirs = loading->n_dirs,
    };
    struct rt_slot_profile host;
    struct romtool_error err;
    int r = 0;

    rt_error_clear(&err);
    (void)signal(SIGPIPE, SIG_IGN); /* a reader that is gone is an error like others */
    if (loading->trust.root != NULL)
        loading->store.root = loading->trust.root;
    if (loading->descriptor != NO_DESCRIPTOR)
        r = check_descriptor(loading->descriptor, &err);
    if (r == 0 && loading->manifest_path != NULL && manifest_dir == NULL)
        r = rt_error_no_memory(&err);
    if (r == 0)
        r = release_and_profile_open(loading->manifest_path, &loading->trust, loading->profile_name,
                                     &loading->release, &loading->profile, &err);
    if (r == 0) {
        profile_use_aliases(&loading->profile.slots, &loading->aliases);
        source.manifest = loading->release.manifest;
        source.host = profile_of_host(&host) ? host.series : NULL;
        r = load_and_write(loading, &source, name, &err);
    }
    release_close(&loading->release);
    profile_close(&loading->profile);
    free(manifest_dir);
    return r < 0 ? say_error(&err, NULL, false) : EXIT_HELD;
}

enum exit_status command_load(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    struct loading loading = {
        .trust = RELEASE_TRUST_NONE,
        .store = {"", RT_STORE_DIR},
    };
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == OPTION_HELP || id == OPTION_WRONG)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        if (!take_option(&loading, &options, id))
            return EXIT_USAGE;
    }
    if (options.first + 1 < argc)
        return usage_error(&help, "one ROMFILE at most");
    if (!options_agree(&loading))
        return EXIT_USAGE;
    return load(&loading, options.first < argc ? argv[options.first] : NULL);
}
