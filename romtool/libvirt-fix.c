/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/libvirt-commands.h"

#include "romtool/libvirt-ground.h"
#include "slots/ids.h"
#include "verify/verify.h"

#include <stdlib.h>
#include <string.h>

static const struct option_spec option_specs[] = {
    LIBVIRT_GROUND_OPTIONS,
    RELEASE_TRUST_OPTIONS,
    {0},
};

static const struct command_help help = {
    "libvirt fix",
    "[-p PROFILE] [-M MANIFEST [--trust PATH]...] [-L DIR]... [--store DIR] DOMAIN.xml",
    "Print a domain's XML, corrected: each NIC whose ROM file would not give it exactly its slot\n"
    "gets an installed file of exactly that size by <rom file='...'>. What is changed is said on\n"
    "standard error; all else stays to the letter.",
    option_specs,
};

/* True where it is said: it is another now. */
static bool say_device(const struct rt_domain_device *device, const struct rt_domain_device *fixed)
{
    char alias[128], path[512];

    if (fixed->rom_file == NULL ||
        (device->rom_file != NULL && strcmp(device->rom_file, fixed->rom_file) == 0))
        return false;
    (void)fprintf(stderr, "romtool: %s has the ROM '%s' now\n",
                  printable(device->alias, alias, sizeof(alias)),
                  printable(fixed->rom_file, path, sizeof(path)));
    return true;
}

/* ------------------------------------------------------------------------- foreign ids */

struct ids_seen {
    struct rt_finding finding;
    bool any;
};

static void see_finding(void *user, const struct rt_finding *finding)
{
    struct ids_seen *seen = user;

    if (finding->code == ROMTOOL_E_FOREIGN_IDS)
        *seen = (struct ids_seen){*finding, true};
}

/* The ids that the device has behind an Express port are those that it may have anywhere else but
 * directly on a root bus. */
static bool has_foreign_ids(const struct rt_libvirt_rom *rom, struct rt_bytes bytes,
                            struct ids_seen *seen)
{
    const struct rt_findings findings = {see_finding, seen};
    const char *path = rom->device->path;
    bool is_on_root_bus = path != NULL && strchr(path, '.') == strrchr(path, '.');
    uint16_t vendor, device;

    for (int express = is_on_root_bus ? 0 : 1; express >= 0; express--) {
        seen->any = false;
        if (!rt_slot_device_ids(rom->driver, express != 0, &vendor, &device))
            return false;
        rt_verify_ids(bytes, vendor, device, &findings);
        if (!seen->any)
            return false;
    }
    return true;
}

/* QEMU writes ids into its default ROM only: with others firmware passes over a file. */
static void warn_of_ids(struct libvirt_ground *ground, const struct rt_domain *domain,
                        const struct rt_domain_device *device)
{
    struct ids_seen seen = {.any = false};
    struct rt_file file = {0};
    struct romtool_error why;
    struct rt_libvirt_rom rom;
    uint64_t size;

    rt_error_clear(&why);
    if (rt_libvirt_rom_find(&ground->rules, domain, device, &rom, &why) == 1 &&
        ground->rules.read(ground, device->rom_file, rom.slot, &size, &file, &why) == 0 &&
        has_foreign_ids(&rom, rt_file_bytes(&file), &seen))
        print_finding(stderr, device->rom_file, &seen.finding);
    rt_file_free(&file);
}

/* ------------------------------------------------------------------------- what is said */

static int say_changes(struct libvirt_ground *ground, struct rt_bytes before, struct rt_bytes after,
                       struct romtool_error *err)
{
    struct rt_domain *old, *new = NULL;
    int r = rt_domain_read(before, &old, err);

    if (r == 0)
        r = rt_domain_read(after, &new, err);
    for (size_t i = 0; r == 0 && i < old->n_devices; i++)
        if (old->device[i].kind == RT_DOMAIN_INTERFACE && old->device[i].alias != NULL &&
            say_device(&old->device[i], &new->device[i]))
            warn_of_ids(ground, new, &new->device[i]);
    rt_domain_free(old);
    rt_domain_free(new);
    return r;
}

static void say_allowed(void *user, const char *sentence)
{
    char shown[512];

    (void)user;
    (void)fprintf(stderr, "romtool: allowed %s\n", printable(sentence, shown, sizeof(shown)));
}

static int fix(struct libvirt_ground *ground, const char *path, struct rt_bytes xml,
               struct romtool_error *err)
{
    struct rt_buffer fixed = {0};
    char shown[256];
    int r = rt_libvirt_fix(&ground->rules, xml, &fixed, err);

    if (r == 0 && fixed.data == NULL) {
        (void)fprintf(stderr, "romtool: '%s': nothing to fix\n",
                      printable(path, shown, sizeof(shown)));
        (void)fwrite(xml.data, 1, xml.len, stdout);
    } else if (r == 0) {
        r = say_changes(ground, xml, rt_buffer_bytes(&fixed), err);
    }
    if (r == 0 && fixed.data != NULL)
        (void)fwrite(fixed.data, 1, fixed.len, stdout);
    if (r < 0)
        rt_error_prefix(err, "'%s'", path);
    rt_buffer_free(&fixed);
    return r;
}

enum exit_status command_libvirt_fix(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    struct libvirt_ground ground = LIBVIRT_GROUND_NONE;
    struct rt_file file = {0};
    struct romtool_error err;
    const char *path;
    int id, r;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == OPTION_HELP || id == OPTION_WRONG)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        if (!libvirt_ground_option(&ground, &options, id))
            return EXIT_USAGE;
    }
    if (options.first + 1 != argc)
        return usage_error(&help, "one DOMAIN.xml is needed");
    if (!release_trust_agrees(&ground.trust, ground.manifest_path != NULL, &help))
        return EXIT_USAGE;
    path = argv[options.first];
    rt_error_clear(&err);
    r = rt_file_read(path, RT_DOMAIN_MAX, &file, &err);
    if (r == 0)
        r = libvirt_ground_open(&ground, &err);
    ground.rules.allowed = say_allowed;
    if (r == 0)
        r = fix(&ground, path, rt_file_bytes(&file), &err);
    rt_file_free(&file);
    libvirt_ground_close(&ground);
    return r < 0 ? say_error(&err, path, false) : EXIT_HELD;
}
