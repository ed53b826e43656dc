/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/manifest-commands.h"

#include "core/file.h"
#include "romtool/profile.h"
#include "romtool/directory.h"
#include "romtool/release.h"
#include "verify/verify.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    OPTION_PRODUCT = OPTION_LONG,
    OPTION_CHANNEL,
    OPTION_RELEASE,
    OPTION_SERIAL,
    OPTION_MIN_SERIAL,
    OPTION_NOT_AFTER,
    OPTION_WITHDRAW,
};

static const struct option_spec option_specs[] = {
    {'p', "profile", "PROFILE", "whose mandates: a profile's name or a slot file"},
    {OPTION_PRODUCT, "product", "NAME", "what is released: debian/ipxe-qemu"},
    {OPTION_CHANNEL, "channel", "NAME", "for whom: bookworm"},
    {OPTION_RELEASE, "release", "NAME", "which: 1.0.0+git-20190125.36a4c85-5.1"},
    {OPTION_SERIAL, "serial", "N", "a number that grows with every release"},
    {OPTION_MIN_SERIAL, "min-serial", "N", "releases with a lower serial are withdrawn"},
    {OPTION_NOT_AFTER, "not-after", "TIME", "when it expires: 2027-11-22 or 2027-11-22T12:00:00Z"},
    {OPTION_WITHDRAW, "withdraw", "S=REASON",
     "a ROM file, by SHA-256, that must not be used any more"},
    {'o', "output", "OUT", "the manifest, NAME.json; '-' is standard output"},
    {'q', "quiet", NULL, "print no summary"},
    {0},
};

static const struct command_help help = {
    "manifest create",
    "[-p PROFILE] --product P --channel C --release R --serial N [--min-serial N]\n"
    "       [--not-after TIME] [--withdraw SHA256=REASON]... -o OUT DIR",
    "State a release: every ROM file in DIR, with its digest, its images and the slot that it has "
    "on\n"
    "each machine type. A ROM whose slot is not the mandated one is refused. The bytes are the "
    "same\n"
    "for the same input; the time is SOURCE_DATE_EPOCH's or none.",
    option_specs,
};

enum { MOST_WITHDRAWN = 256 };

/* A manifest in the making: owns what its model points at. */
struct making {
    const char *profile_name, *output, *dir;
    bool quiet;
    struct profile profile;
    struct file_names names;
    struct rt_manifest model;
    struct rt_manifest_rom *roms;     /* one for each of names */
    struct rt_slot_range **ranges;    /* of each ROM's mandates */
    struct rt_manifest_image *images; /* of the ROM just being read */
    struct rt_manifest_withdrawn withdrawn[MOST_WITHDRAWN];
    bool failed; /* out of memory */
};

/* ------------------------------------------------------------------------- one ROM */

static void add_image(void *user, const struct rt_rom_image *image)
{
    struct making *making = user;
    struct rt_manifest_rom *rom = &making->roms[making->model.n_roms];
    struct rt_manifest_image *grown =
        realloc(making->images, (rom->n_images + 1) * sizeof(*making->images));

    if (grown == NULL) {
        making->failed = true;
        return;
    }
    making->images = grown;
    rom->images = grown;
    grown[rom->n_images++] = (struct rt_manifest_image){
        .type = rt_rom_type_name(image->type),
        .length = image->length,
        .vendor = image->vendor,
        .device = image->device,
    };
}

/* The row that names this ROM for a machine type must give it the slot that it has. */
static int check_slot(const struct making *making, const char *machine,
                      const struct rt_slot_row *row, uint64_t size, struct romtool_error *err)
{
    struct rt_verify_judge judge = {0};
    struct rt_findings findings = rt_verify_findings(&judge);

    rt_verify_slot(size, row->slot, &findings);
    if (!judge.refused)
        return 0;
    return rt_error_set(err, judge.first.code, judge.first.offset, "%s (%s on %s, %s)",
                        judge.first.text, row->device, machine, making->profile.slots.name);
}

/* One range of a row, as far as the profile's series has machine types in it. */
struct stated {
    const char *device;
    struct rt_slot_range range;
    const char *first; /* its first machine type */
};

/* False where the series has none. What is there by being like another is none of the range's. */
static bool clip(const struct rt_slot_profile *profile, const struct rt_slot_range *range,
                 struct stated *ret)
{
    const struct rt_slot_series *series = profile->series;
    struct rt_slot_version from = {0}, to = {0};

    ret->range = *range;
    ret->first = NULL;
    for (size_t i = 0; i < series->n_machines; i++) {
        const char *machine = series->machines[i];
        struct rt_slot_version version;
        struct rt_machine_name name;

        if (!rt_machine_name_parse(machine, &name) ||
            !rt_slot_range_covers(range, machine, &name) ||
            rt_slot_like(profile->vendor, machine) != machine)
            continue;
        version = rt_machine_version(&name);
        if (ret->first == NULL || rt_slot_version_compare(version, from) < 0) {
            ret->first = machine;
            from = version;
        }
        if (rt_slot_version_compare(version, to) > 0)
            to = version;
    }
    if (range->versioned) {
        ret->range.from = from;
        ret->range.to = to;
    }
    return ret->first != NULL;
}

/* What a row says: its ranges, then by their names the machine types that are like one of them. */
static size_t find_ranges(const struct rt_slot_profile *profile, const struct rt_slot_row *row,
                          struct stated *stated)
{
    size_t n = 0;

    for (size_t i = 0; i < row->n_machines; i++) {
        if (clip(profile, &row->machines[i], &stated[n]))
            n++;
    }
    for (size_t i = 0; i < profile->series->n_machines; i++) {
        const char *machine = profile->series->machines[i];

        if (rt_slot_like(profile->vendor, machine) == machine ||
            !rt_slot_row_applies(row, profile, machine))
            continue;
        stated[n].range = (struct rt_slot_range){.family = machine};
        stated[n++].first = machine;
    }
    for (size_t i = 0; i < n; i++)
        stated[i].device = row->device;
    return n;
}

static int compare_stated(const void *a, const void *b)
{
    const struct stated *x = a, *y = b;
    int order = strcmp(x->device, y->device);

    return order != 0 ? order : rt_manifest_range_compare(&x->range, &y->range);
}

/* All that the profile's series says about this ROM file's name. */
static int find_stated(const struct making *making, const struct rt_manifest_rom *rom,
                       struct stated *stated, size_t *ret_n, struct romtool_error *err)
{
    const struct rt_slot_profile *profile = &making->profile.slots;

    *ret_n = 0;
    for (size_t i = 0; i < profile->vendor->n_rows; i++) {
        const struct rt_slot_row *row = &profile->vendor->rows[i];
        size_t n;
        int r;

        if (row->slot == 0 || strcmp(row->file, rom->file) != 0 ||
            !rt_slot_row_in_series(row, profile->series->name))
            continue;
        n = find_ranges(profile, row, &stated[*ret_n]);
        r = n == 0 ? 0 : check_slot(making, stated[*ret_n].first, row, rom->size, err);
        if (r < 0)
            return r;
        *ret_n += n;
    }
    qsort(stated, *ret_n, sizeof(*stated), compare_stated);
    return 0;
}

/* What belongs to one device becomes one mandate. Both arrays have room for n. */
static void fill_mandates(const struct stated *stated, size_t n, struct rt_slot_range *ranges,
                          struct rt_manifest_mandate *mandates, struct rt_manifest_rom *rom)
{
    for (size_t i = 0; i < n; i++) {
        ranges[i] = stated[i].range;
        if (i == 0 || strcmp(stated[i - 1].device, stated[i].device) != 0)
            mandates[rom->n_mandates++] =
                (struct rt_manifest_mandate){.device = stated[i].device, .machines = &ranges[i]};
        mandates[rom->n_mandates - 1].n_machines++;
    }
}

static int add_mandates(struct making *making, struct rt_manifest_rom *rom,
                        struct romtool_error *err)
{
    const struct rt_slot_profile *profile = &making->profile.slots;
    struct rt_manifest_mandate *mandates;
    struct rt_slot_range *ranges;
    struct stated *stated;
    size_t n = 0, most = 1;
    int r;

    for (size_t i = 0; i < profile->vendor->n_rows; i++)
        most += profile->vendor->rows[i].n_machines + profile->series->n_machines;
    stated = calloc(most, sizeof(*stated));
    ranges = calloc(most, sizeof(*ranges));
    mandates = calloc(most, sizeof(*mandates));
    rom->mandates = mandates;
    making->ranges[making->model.n_roms] = ranges;
    if (stated == NULL || ranges == NULL || mandates == NULL)
        r = rt_error_no_memory(err);
    else
        r = find_stated(making, rom, stated, &n, err);
    if (r == 0)
        fill_mandates(stated, n, ranges, mandates, rom);
    free(stated);
    return r;
}

static int state_rom(struct making *making, struct rt_manifest_rom *rom, struct rt_bytes file,
                     struct romtool_error *err)
{
    struct rt_verify_judge judge = {0};
    struct rt_findings findings = rt_verify_findings(&judge);
    struct rt_bytes content;
    struct rt_rom read;
    int r = rt_verify_rom(file, RT_ROM_PAYLOADS, add_image, making, &findings, &read, err);

    if (r == 0 && judge.refused)
        r = rt_error_set(err, judge.first.code, judge.first.offset, "%s", judge.first.text);
    if (r == 0 && making->failed)
        r = rt_error_no_memory(err);
    if (r < 0)
        return r;
    rom->size = file.len;
    rom->slot = read.slot;
    rom->content_length = read.content_length;
    rom->fill = read.fill;
    (void)rt_bytes_slice(file, 0, read.content_length, &content);
    r = rt_digest_sha256(file, rom->sha256, err);
    if (r == 0)
        r = rt_digest_sha256(content, rom->content_sha256, err);
    if (r == 0)
        r = rt_digest_fsverity(file, rom->fsverity, err);
    if (r == 0)
        r = add_mandates(making, rom, err);
    return r;
}

static int add_rom(struct making *making, const char *name, struct romtool_error *err)
{
    struct rt_manifest_rom *rom = &making->roms[making->model.n_roms];
    char *path = path_join(making->dir, name);
    struct rt_file file = {0};
    int r;

    if (path == NULL)
        return rt_error_no_memory(err);
    *rom = (struct rt_manifest_rom){.file = name, .fill = -1};
    making->images = NULL;
    r = rt_file_read(path, (size_t)ROMTOOL_SLOT_MAX, &file, err);
    if (r == 0) {
        r = state_rom(making, rom, rt_file_bytes(&file), err);
        if (r < 0)
            rt_error_prefix(err, "'%s'", path);
    }
    making->model.n_roms++; /* also on failure: what it owns is freed with the rest */
    rt_file_free(&file);
    free(path);
    return r;
}

/* ------------------------------------------------------------------------- the manifest */

/* SOURCE_DATE_EPOCH, -1 where it is not set. */
static int read_epoch(int64_t *ret, struct romtool_error *err)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    uint64_t seconds;

    *ret = -1;
    if (text == NULL)
        return 0;
    if (!rt_size_parse(text, &seconds) || strspn(text, "0123456789") != strlen(text) ||
        seconds > INT32_MAX * UINT64_C(100))
        return rt_error_set(err, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET,
                            "SOURCE_DATE_EPOCH is '%s', not a number of seconds", text);
    *ret = (int64_t)seconds;
    return 0;
}

static bool is_stdout(const char *output)
{
    return strcmp(output, "-") == 0;
}

static int write_manifest(struct making *making, struct romtool_error *err)
{
    struct rt_buffer out = {0};
    struct rt_bytes bytes;
    int r = rt_manifest_check(&making->model, err);

    if (r < 0)
        rt_error_prefix(err, "'%s'", making->dir);
    else
        r = rt_manifest_write(&making->model, &out, err);
    bytes = rt_buffer_bytes(&out);
    if (r == 0 && is_stdout(making->output))
        r = rt_file_write_fd(STDOUT_FILENO, "standard output", bytes, err);
    else if (r == 0)
        r = rt_file_write(making->output, 0644, 0, bytes, err);
    rt_buffer_free(&out);
    return r;
}

static int make_manifest(struct making *making, struct romtool_error *err)
{
    int r = read_epoch(&making->model.created, err);

    if (r == 0)
        r = profile_open(making->profile_name, &making->profile, err);
    if (r == 0)
        r = directory_list(making->dir, &making->names, err);
    if (r < 0)
        return r;
    making->model.profile = making->profile.slots.name;
    making->roms = calloc(making->names.n + 1, sizeof(*making->roms));
    making->ranges = calloc(making->names.n + 1, sizeof(*making->ranges));
    if (making->roms == NULL || making->ranges == NULL)
        return rt_error_no_memory(err);
    making->model.roms = making->roms;
    for (size_t i = 0; i < making->names.n && r == 0; i++) {
        if (!release_is_own_file(making->output, making->dir, making->names.names[i]))
            r = add_rom(making, making->names.names[i], err);
    }
    if (r == 0 && making->model.n_roms == 0)
        r = rt_error_set(err, ROMTOOL_E_MISSING, ROMTOOL_NO_OFFSET, "'%s': no ROM file in it",
                         making->dir);
    return r == 0 ? write_manifest(making, err) : r;
}

static void free_making(struct making *making)
{
    for (size_t i = 0; i < making->model.n_roms; i++) {
        free((void *)(uintptr_t)making->roms[i].images);
        free((void *)(uintptr_t)making->roms[i].mandates);
        free(making->ranges[i]);
    }
    free(making->roms);
    free(making->ranges);
    file_names_free(&making->names);
    profile_close(&making->profile);
}

static void summarize(const struct making *making)
{
    char shown[512];

    (void)printf("%s: release %s of %s (%s), serial %" PRId64 ", %zu ROMs, profile %s\n",
                 printable(making->output, shown, sizeof(shown)), making->model.release,
                 making->model.product, making->model.channel, making->model.serial,
                 making->model.n_roms, making->model.profile);
}

/* ------------------------------------------------------------------------- options */

static bool take_serial(const char *text, int64_t *ret)
{
    uint64_t serial;

    if (strspn(text, "0123456789") != strlen(text) || !rt_size_parse(text, &serial) ||
        serial > INT64_MAX) {
        (void)usage_error(&help, "'%s' is no serial number", text);
        return false;
    }
    *ret = (int64_t)serial;
    return true;
}

static bool take_not_after(struct making *making, const char *text)
{
    if (release_time(text, &making->model.not_after) && making->model.not_after > 0)
        return true;
    (void)usage_error(&help, "'%s' is no time like 2027-11-22 or 2027-11-22T12:00:00Z", text);
    return false;
}

/* SHA256=REASON, kept sorted */
static bool take_withdrawn(struct making *making, const char *text)
{
    const char *equals = strchr(text, '=');
    struct rt_manifest_withdrawn entry = {.reason = equals != NULL ? equals + 1 : ""};
    size_t i = making->model.n_withdrawn;
    char hex[2 * RT_SHA256_SIZE + 1] = "";

    if (equals != NULL && (size_t)(equals - text) == 2 * RT_SHA256_SIZE)
        memcpy(hex, text, 2 * RT_SHA256_SIZE);
    if (!rt_bytes_from_hex(hex, entry.sha256, RT_SHA256_SIZE) || entry.reason[0] == '\0') {
        (void)usage_error(&help, "'%s' is not SHA256=REASON, 64 lower-case hex digits", text);
        return false;
    }
    if (i == MOST_WITHDRAWN) {
        (void)usage_error(&help, "more than %d --withdraw", MOST_WITHDRAWN);
        return false;
    }
    for (; i > 0 && memcmp(making->withdrawn[i - 1].sha256, entry.sha256, RT_SHA256_SIZE) > 0; i--)
        making->withdrawn[i] = making->withdrawn[i - 1];
    making->withdrawn[i] = entry;
    making->model.withdrawn = making->withdrawn;
    making->model.n_withdrawn++;
    return true;
}

static bool take_option(struct making *making, const struct options *options, int id)
{
    switch (id) {
    case 'p':
        making->profile_name = options->value;
        return true;
    case OPTION_PRODUCT:
        making->model.product = options->value;
        return true;
    case OPTION_CHANNEL:
        making->model.channel = options->value;
        return true;
    case OPTION_RELEASE:
        making->model.release = options->value;
        return true;
    case OPTION_SERIAL:
        return take_serial(options->value, &making->model.serial);
    case OPTION_MIN_SERIAL:
        return take_serial(options->value, &making->model.min_serial);
    case OPTION_NOT_AFTER:
        return take_not_after(making, options->value);
    case OPTION_WITHDRAW:
        return take_withdrawn(making, options->value);
    case 'o':
        making->output = options->value;
        return true;
    default:
        making->quiet = true;
        return true;
    }
}

enum exit_status command_manifest_create(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    struct making making = {.model = {.serial = -1}};
    enum exit_status status = EXIT_HELD;
    struct romtool_error err;
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == OPTION_HELP || id == OPTION_WRONG)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        if (!take_option(&making, &options, id))
            return EXIT_USAGE;
    }
    if (making.model.product == NULL || making.model.channel == NULL ||
        making.model.release == NULL || making.model.serial < 0 || making.output == NULL)
        return usage_error(&help, "--product, --channel, --release, --serial and -o are all "
                                  "needed");
    if (options.first + 1 != argc)
        return usage_error(&help, "one DIR is needed");
    making.dir = argv[options.first];
    rt_error_clear(&err);
    if (make_manifest(&making, &err) < 0)
        status = say_error(&err, making.dir, false);
    else if (!making.quiet && !is_stdout(making.output))
        summarize(&making);
    free_making(&making);
    return status;
}
