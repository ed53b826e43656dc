/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/commands.h"

#include "core/file.h"
#include "pad/pad.h"
#include "rom/rom.h"
#include "romtool/output.h"
#include "romtool/profile.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    OPTION_FILL = OPTION_LONG,
    OPTION_IN_PLACE,
    OPTION_CHECK,
    OPTION_BLANK,
    OPTION_JSON,
    OPTION_ALIAS
};

static const struct option_spec option_specs[] = {
    {'p', "profile", "PROFILE", "whose mandates: a profile's name or a slot file"},
    {OPTION_ALIAS, "alias", PROFILE_ALIAS_HELP},
    {'m', "machine", "MACHINE", "the mandate of this machine type or alias"},
    {'d', "device", "DEVICE", "the mandate of this device; without it by FILE's name"},
    {'s', "size", "SIZE", "this slot, instead of a mandate"},
    {OPTION_FILL, "fill", "BYTE", "00 (as QEMU leaves it, the default) or ff"},
    {'o', "output", "OUT", "write to this file or directory; '-' is standard output"},
    {OPTION_IN_PLACE, "in-place", NULL, "replace each FILE"},
    {OPTION_CHECK, "check", NULL, "write nothing: is each FILE exactly its slot already?"},
    {OPTION_BLANK, "blank", NULL, "no FILE: make an empty ROM of exactly the slot"},
    {'q', "quiet", NULL, "print no line per FILE"},
    {OPTION_JSON, "json", NULL, "print romtool/pad/1"},
    {0},
};

static const struct command_help help = {
    "pad",
    "[-p PROFILE] [-m MACHINE] [-d DEVICE] | -s SIZE\n"
    "                   -o OUT | --in-place | --check FILE...",
    "Pad ROM files to exactly their slot, so that the next build of a ROM cannot change it. A ROM\n"
    "that is larger than its slot is refused, never cut. Either every FILE is written or none.",
    option_specs,
};

struct pad {
    struct profile profile;
    struct profile_aliases aliases;
    const char *profile_name, *machine, *device;
    struct output output;
    uint64_t size; /* -s, or 0 */
    uint8_t fill;
    bool fill_stated, check, blank, quiet, json;
    struct rt_json_writer *writer; /* with json: the document */
    struct finding_list *findings; /* and what is wrong with the files */
};

/* ------------------------------------------------------------------------- one file */

/* The slot for a file: stated, or its device's mandate, or that of its own name. */
static int find_slot(const struct pad *pad, const char *path, uint64_t *ret_slot,
                     struct romtool_error *err)
{
    const struct rt_slot_row *row;
    int r;

    *ret_slot = pad->size;
    if (pad->size != 0)
        return 0;
    if (pad->device != NULL)
        r = rt_slot_find(&pad->profile.slots, pad->machine, pad->device, &row, err);
    else
        r = rt_slot_find_file(&pad->profile.slots, pad->machine, file_name(path), &row, err);
    if (r == 0)
        *ret_slot = row->slot;
    return r;
}

/* What --check asks, beyond what every padding asks. */
static int check_padded(const struct pad *pad, struct rt_bytes file, const struct rt_rom *rom,
                        uint64_t slot, struct romtool_error *err)
{
    struct rt_bytes tail;

    if (file.len != slot)
        return rt_error_set(err, ROMTOOL_E_NOT_PADDED, file.len,
                            "%zu bytes, the slot is %" PRIu64 ": %" PRIu64 " bytes short", file.len,
                            slot, slot - file.len);
    (void)rt_bytes_slice(file, rom->content_length, file.len - rom->content_length, &tail);
    for (size_t i = 0; pad->fill_stated && i < tail.len; i++) {
        if (tail.data[i] != pad->fill)
            return rt_error_set(err, ROMTOOL_E_WRONG_FILL, rom->content_length + i,
                                "filled with %02x at byte %zu, asked is %02x", tail.data[i],
                                rom->content_length + i, pad->fill);
    }
    return 0;
}

static bool prints_text(const struct pad *pad)
{
    return !pad->json && !pad->quiet && !output_is_stdout(&pad->output);
}

static void report(const struct pad *pad, const char *path, size_t size, uint64_t slot)
{
    char shown[512];

    if (pad->json) {
        rt_json_begin_object(pad->writer, NULL);
        rt_json_write_string(pad->writer, "path", path);
        rt_json_write_integer(pad->writer, "size", (int64_t)size);
        rt_json_write_integer(pad->writer, "slot", (int64_t)slot);
        rt_json_write_integer(pad->writer, "padding", (int64_t)(slot - size));
        rt_json_write_string(pad->writer, "verdict", "held");
        rt_json_end_object(pad->writer);
    } else if (prints_text(pad)) {
        (void)printf("%s: %zu bytes, slot %" PRIu64 ", %s\n", printable(path, shown, sizeof(shown)),
                     size, slot,
                     size == slot     ? "exact"
                     : pad->fill != 0 ? "padded with ff"
                                      : "padded with 00");
    }
}

/* Opens, measures, reads: the size is judged before anything is read. */
static int read_rom(const char *path, uint64_t slot, struct rt_file *ret, struct romtool_error *err)
{
    uint64_t padding, size;
    int fd, r;

    if (strcmp(path, "-") == 0)
        return rt_file_read(path, (size_t)ROMTOOL_SLOT_MAX, ret, err);
    r = rt_file_open(AT_FDCWD, path, &fd, &size, err);
    if (r < 0)
        return r;
    r = rt_pad_plan(size, slot, &padding, err);
    if (r < 0)
        rt_error_prefix(err, "'%s'", path);
    else
        r = rt_file_read_fd(fd, path, (size_t)slot, ret, err);
    (void)close(fd);
    return r;
}

/* What is no ROM is not padded. What reads badly in it, inspect and verify say. */
static int judge_rom(const struct pad *pad, struct rt_bytes file, uint64_t slot,
                     struct romtool_error *err)
{
    struct rt_rom rom;
    uint64_t padding;
    int r = rt_pad_plan(file.len, slot, &padding, err);

    if (r == 0)
        r = rt_rom_read(file, 0, NULL, NULL, NULL, &rom, err);
    if (r == 0 && pad->check)
        r = check_padded(pad, file, &rom, slot, err);
    return r;
}

static int write_padded(const struct pad *pad, const char *path, struct rt_file *file,
                        uint64_t slot, struct romtool_error *err)
{
    uint8_t *padded = realloc(file->data, (size_t)slot);

    if (padded == NULL)
        return rt_error_no_memory(err);
    file->data = padded;
    rt_pad_fill(padded, file->len, (size_t)slot, pad->fill);
    return output_write(&pad->output, path, (struct rt_bytes){padded, (size_t)slot}, err);
}

/* One file: with write false only judged. */
static int pad_file(const struct pad *pad, const char *path, bool write, struct romtool_error *err)
{
    struct rt_file file = {0};
    uint64_t slot;
    int r = find_slot(pad, path, &slot, err);

    if (r == 0)
        r = read_rom(path, slot, &file, err);
    if (r == 0) {
        r = judge_rom(pad, rt_file_bytes(&file), slot, err);
        if (r < 0)
            rt_error_prefix(err, "'%s'", path);
    }
    if (r == 0 && write && !pad->check)
        r = write_padded(pad, path, &file, slot, err);
    if (r == 0 && write)
        report(pad, path, file.len, slot);
    rt_file_free(&file);
    return r;
}

static int make_blank(const struct pad *pad, struct romtool_error *err)
{
    uint8_t *data;
    uint64_t slot;
    int r = find_slot(pad, NULL, &slot, err);

    if (r < 0)
        return r;
    data = malloc((size_t)slot);
    if (data == NULL)
        return rt_error_no_memory(err);
    rt_pad_fill(data, 0, (size_t)slot, pad->fill);
    r = output_write(&pad->output, "blank.rom", (struct rt_bytes){data, (size_t)slot}, err);
    free(data);
    if (r == 0)
        report(pad, pad->output.path, (size_t)slot, slot);
    return r;
}

/* ------------------------------------------------------------------------- all files */

/* What is wrong with a file is said at once, and is a finding of the document too. */
static enum exit_status add_error(const struct pad *pad, const char *path,
                                  const struct romtool_error *err)
{
    struct rt_findings keep = finding_list_sink(pad->findings);

    pad->findings->path = path;
    if (pad->json)
        rt_finding_add(&keep, err->code, RT_ERROR, err->offset, "%s", err->text);
    return say_error(err, path, false);
}

/* Every file is judged before the first is written. */
static enum exit_status pad_files(const struct pad *pad, int n, char **paths)
{
    enum exit_status status = EXIT_HELD;

    for (int pass = 0; pass < 2 && status == EXIT_HELD; pass++) {
        /* standard input can be read once; a check writes nothing */
        if (pass == 0 && (n == 1 || pad->check))
            continue;
        for (int i = 0; i < n; i++) {
            struct romtool_error err;

            rt_error_clear(&err);
            if (pad_file(pad, paths[i], pass == 1, &err) < 0)
                status = exit_status_both(status, add_error(pad, paths[i], &err));
        }
    }
    return status;
}

static enum exit_status pad_run(struct pad *pad, int n, char **paths)
{
    enum exit_status status;
    struct romtool_error err;
    struct rt_buffer out = {0};
    struct rt_json_writer writer = {.out = &out};
    struct finding_list findings = {0};

    rt_error_clear(&err);
    pad->findings = &findings;
    if (pad->size == 0 && profile_open(pad->profile_name, &pad->profile, &err) < 0)
        return say_error(&err, NULL, pad->json);
    profile_use_aliases(&pad->profile.slots, &pad->aliases);
    if (pad->json) {
        pad->writer = &writer;
        rt_json_begin_object(&writer, NULL);
        rt_json_write_string(&writer, "schema", "romtool/pad/1");
        profile_json(&pad->profile, pad->machine, &writer);
        rt_json_begin_array(&writer, "files");
    } else if (pad->size == 0 && prints_text(pad)) {
        profile_print(&pad->profile, pad->machine);
    }
    if (pad->blank)
        status = make_blank(pad, &err) < 0 ? add_error(pad, pad->output.path, &err) : EXIT_HELD;
    else
        status = pad_files(pad, n, paths);
    profile_close(&pad->profile);
    if (!pad->json)
        return status;
    rt_json_end_array(&writer);
    status = findings.failed ? EXIT_UNDECIDED : status;
    rt_json_write_string(&writer, "verdict", verdict_name(status));
    finding_list_json(&findings, &writer, true);
    rt_json_end_object(&writer);
    finding_list_clear(&findings);
    return print_json(&out, status);
}

/* ------------------------------------------------------------------------- options */

static bool take_option(struct pad *pad, struct options *options, int id)
{
    switch (id) {
    case 'p':
        pad->profile_name = options->value;
        return true;
    case 'm':
        pad->machine = options->value;
        return true;
    case 'd':
        pad->device = options->value;
        return true;
    case OPTION_ALIAS:
        return profile_alias_option(options, &pad->aliases);
    case 's':
        return option_slot(options, &pad->size);
    case 'o':
        pad->output.path = options->value;
        return true;
    case OPTION_FILL:
        pad->fill = strcmp(options->value, "ff") == 0 ? 0xff : 0x00;
        pad->fill_stated = true;
        if (pad->fill == 0xff || strcmp(options->value, "00") == 0)
            return true;
        (void)usage_error(&help, "'%s' is no fill: 00 or ff", options->value);
        return false;
    case OPTION_IN_PLACE:
        pad->output.in_place = true;
        return true;
    case OPTION_CHECK:
        pad->check = true;
        return true;
    case OPTION_BLANK:
        pad->blank = true;
        return true;
    case OPTION_JSON:
        pad->json = true;
        return true;
    default:
        pad->quiet = true;
        return true;
    }
}

static bool options_agree(struct pad *pad, int n, char **paths)
{
    const struct output *output = &pad->output;
    int targets = (output->path != NULL) + output->in_place + pad->check;

    output_look(&pad->output);
    if (pad->size != 0 && (pad->machine != NULL || pad->device != NULL || pad->profile_name))
        (void)usage_error(&help, "-s takes the place of -p, -m and -d");
    else if (pad->device != NULL && pad->machine == NULL)
        (void)usage_error(&help, "-d needs -m");
    else if (pad->blank && (n != 0 || output->path == NULL || targets != 1))
        (void)usage_error(&help, "--blank takes -o OUT and no FILE");
    else if (pad->blank && pad->size == 0 && pad->device == NULL)
        (void)usage_error(&help, "--blank needs -s, or -m and -d");
    else if (!pad->blank && n == 0)
        (void)usage_error(&help, "no FILE");
    else if (targets != 1)
        (void)usage_error(&help, "one of -o, --in-place and --check");
    else if (n > 1 && output->path != NULL && !output->is_directory)
        (void)usage_error(&help, "several files go into a directory, '%s' is none", output->path);
    else if (pad->json && output_is_stdout(&pad->output))
        (void)usage_error(&help, "--json and '-o -' both print to standard output");
    else
        return output_places_agree(output, &help, n, paths) &&
               output_spares_inputs(output, &help, n, paths);
    return false;
}

enum exit_status command_pad(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    struct pad pad = {.fill = RT_PAD_FILL_DEFAULT};
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == OPTION_HELP || id == OPTION_WRONG)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        if (!take_option(&pad, &options, id))
            return EXIT_USAGE;
    }
    if (!options_agree(&pad, argc - options.first, argv + options.first))
        return EXIT_USAGE;
    return pad_run(&pad, argc - options.first, argv + options.first);
}
