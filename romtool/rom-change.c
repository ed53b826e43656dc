/* SPDX-License-Identifier: BSD-2-Clause */
/* `romtool rom fix-checksum` and `set-ids`. */
#include "romtool/rom-job.h"

#include <stdlib.h>
#include <string.h>

enum { OPTION_AT = ROM_OPTION, OPTION_IDS, OPTION_IMAGE };

static const struct option_spec fix_specs[] = {
    {'o', "output", "OUT", "write to this file or directory; '-' is standard output"},
    {ROM_IN_PLACE, "in-place", NULL, "replace each FILE"},
    {OPTION_AT, "at", "OFFSET", "the byte of an image that makes its sum zero"},
    {'q', "quiet", NULL, "print nothing but what is wrong"},
    {ROM_JSON, "json", NULL, "print romtool/rom/1"},
    {0},
};

static const struct command_help fix_help = {
    "rom fix-checksum",
    "[--at OFFSET] -o OUT | --in-place FILE...",
    "Make x86 images sum to zero again, and their $PnP, UNDI and iPXE headers. The sum is taken "
    "up\n"
    "by byte 6 of an image, where its entry jumps over that, or by the last of its fill; --at "
    "says\n"
    "where else. What sums to zero already stays as it is.",
    fix_specs,
};

static const struct option_spec ids_specs[] = {
    {OPTION_IDS, "ids", "IDS", "vendor and device id, as in 1af4:1041"},
    {OPTION_IMAGE, "image", "N", "of this image only, counted from 0"},
    {'o', "output", "OUT", "write to this file or directory; '-' is standard output"},
    {ROM_IN_PLACE, "in-place", NULL, "replace each FILE"},
    {'q', "quiet", NULL, "print nothing but what is wrong"},
    {ROM_JSON, "json", NULL, "print romtool/rom/1"},
    {0},
};

static const struct command_help ids_help = {
    "rom set-ids",
    "--ids IDS [--image N] -o OUT | --in-place FILE...",
    "Write a vendor and a device id into the images of ROM files, and into their device lists "
    "where\n"
    "those have the old device id. Sums stay as they were.",
    ids_specs,
};

struct change {
    struct rom_job job;
    bool ids;  /* set-ids, else fix-checksum */
    size_t at; /* of fix-checksum */
    bool stated;
    uint16_t vendor, device;
    size_t image;
};

static int change_bytes(struct change *change, struct rt_file *file,
                        const struct rt_rom_changes *changes, struct romtool_error *err)
{
    if (change->ids)
        return rt_rom_set_ids(file->data, file->len, change->image, change->vendor, change->device,
                              changes, err);
    return rt_rom_fix_checksums(file->data, file->len, change->at, changes, err);
}

static void change_file(struct change *change, const char *path, bool write)
{
    struct rom_job *job = &change->job;
    struct rt_rom_changes changes = rom_job_changes(job);
    struct rt_file file = {0};
    struct romtool_error err;
    int r;

    rt_error_clear(&err);
    r = rom_job_read(path, &file, &err);
    if (r == 0) {
        r = change_bytes(change, &file, write ? &changes : NULL, &err);
        if (r < 0)
            rt_error_prefix(&err, "'%s'", path);
    }
    /* a file in its place that has nothing to change is not touched */
    if (r == 0 && write && (job->n_changes > 0 || !job->output.in_place))
        r = output_write(&job->output, path, rt_file_bytes(&file), &err);
    if (r == 0 && write)
        rom_job_report(job, path, rt_file_bytes(&file));
    if (r < 0)
        rom_job_error(job, path, &err);
    rt_file_free(&file);
}

static enum exit_status change_files(struct change *change, int n, char **paths)
{
    struct rom_job *job = &change->job;

    if (!rom_job_agrees(job, n, paths))
        return EXIT_USAGE;
    rom_job_begin(job);
    for (int pass = 0; pass < 2 && job->status == EXIT_HELD; pass++) {
        if (pass == 0 && n == 1) /* standard input can be read once */
            continue;
        for (int i = 0; i < n; i++)
            change_file(change, paths[i], pass == 1);
    }
    return rom_job_end(job);
}

enum exit_status command_rom_fix_checksum(int argc, char **argv)
{
    struct options options = {.help = &fix_help, .argc = argc, .argv = argv};
    struct change change = {.job = {.help = &fix_help, .changes_only = true},
                            .at = RT_ROM_EDIT_AUTO};
    uint64_t at;
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (rom_job_option(&change.job, &options, id))
            continue;
        if (id != OPTION_AT)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        if (!rt_size_parse(options.value, &at) || at > ROMTOOL_SLOT_MAX)
            return usage_error(&fix_help, "'%s' is no offset of a ROM", options.value);
        change.at = (size_t)at;
    }
    return change_files(&change, argc - options.first, argv + options.first);
}

/* Exactly "VVVV:DDDD", hexadecimal. */
static bool parse_ids(const char *text, uint16_t *ret_vendor, uint16_t *ret_device)
{
    static const char digits[] = "0123456789abcdefABCDEF";

    if (strlen(text) != 9 || strspn(text, digits) != 4 || text[4] != ':' ||
        strspn(text + 5, digits) != 4)
        return false;
    *ret_vendor = (uint16_t)strtoul(text, NULL, 16);
    *ret_device = (uint16_t)strtoul(text + 5, NULL, 16);
    return true;
}

enum exit_status command_rom_set_ids(int argc, char **argv)
{
    struct options options = {.help = &ids_help, .argc = argc, .argv = argv};
    struct change change = {
        .job = {.help = &ids_help, .changes_only = true}, .ids = true, .image = RT_ROM_EDIT_ALL};
    uint64_t image;
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (rom_job_option(&change.job, &options, id))
            continue;
        if (id == OPTION_IDS) {
            if (!parse_ids(options.value, &change.vendor, &change.device))
                return usage_error(&ids_help, "'%s' are no ids as in 1af4:1041", options.value);
            change.stated = true;
        } else if (id == OPTION_IMAGE) {
            if (!rt_size_parse(options.value, &image) || image > ROMTOOL_SLOT_MAX)
                return usage_error(&ids_help, "'%s' is no number of an image", options.value);
            change.image = (size_t)image;
        } else {
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        }
    }
    if (!change.stated)
        return usage_error(&ids_help, "no --ids");
    return change_files(&change, argc - options.first, argv + options.first);
}
