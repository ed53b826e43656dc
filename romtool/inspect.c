/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/commands.h"

#include "core/file.h"
#include "verify/verify.h"

#include <inttypes.h>
#include <stdlib.h>

enum { OPTION_JSON = OPTION_LONG, OPTION_STRICT };

static const struct option_spec option_specs[] = {
    {OPTION_JSON, "json", NULL, "print romtool/inspect/1"},
    {OPTION_STRICT, "strict", NULL, "warnings refuse too"},
    {0},
};

static const struct command_help help = {
    "inspect",
    "[--json] [--strict] FILE...",
    "Show the images of ROM files: type, ids, length, checksum; what the slot of each file is and\n"
    "what fills it; and what reads badly. FILE may be '-' for standard input.",
    option_specs,
};

/* One file on its way through: images and findings are written as they are met. */
struct inspection {
    bool json;
    bool strict;
    struct rt_json_writer writer; /* json: the document */
    struct rt_buffer images;      /* text: the table of images */
    struct finding_list findings;
};

static void image_text(struct rt_buffer *out, const struct rt_rom_image *image)
{
    rt_buffer_printf(out, "  %5zu  %-12s %8zu %8zu  ", image->index, rt_rom_type_name(image->type),
                     image->offset, image->length);
    if (image->has_pcir)
        rt_buffer_printf(out, "%04x:%04x  %06" PRIx32, image->vendor, image->device,
                         image->class_code);
    else
        rt_buffer_puts(out, "-          -     ");
    rt_buffer_printf(out, "  %-4s  %s\n", image->last ? "yes" : "no",
                     rt_rom_checksum_name(image->checksum));
}

static void image_json(struct rt_json_writer *json, const struct rt_rom_image *image)
{
    rt_json_begin_object(json, NULL);
    rt_json_write_integer(json, "index", (int64_t)image->index);
    rt_json_write_integer(json, "offset", (int64_t)image->offset);
    rt_json_write_integer(json, "length", (int64_t)image->length);
    rt_json_write_string(json, "type", rt_rom_type_name(image->type));
    rt_json_write_integer(json, "vendor", image->vendor);
    rt_json_write_integer(json, "device", image->device);
    rt_json_write_integer(json, "class", image->class_code);
    rt_json_write_boolean(json, "last", image->last);
    rt_json_write_string(json, "checksum", rt_rom_checksum_name(image->checksum));
    rt_json_end_object(json);
}

static void add_image(void *user, const struct rt_rom_image *image)
{
    struct inspection *inspection = user;

    if (inspection->json)
        image_json(&inspection->writer, image);
    else
        image_text(&inspection->images, image);
}

static void print_text(const char *path, const struct rt_rom *rom, enum exit_status status,
                       struct inspection *inspection)
{
    char shown[512];

    (void)printf("%s: %zu bytes, slot %" PRIu64 ", headroom %" PRIu64, printable(path, shown, 512),
                 rom->size, rom->slot, rom->slot - rom->content_length);
    if (rom->fill >= 0)
        (void)printf(", fill %02x", (unsigned)rom->fill);
    (void)printf(", %s\n", verdict_name(status));
    if (inspection->images.len > 0)
        (void)printf("  image  type           offset   length  ids        class   last  checksum\n"
                     "%s",
                     inspection->images.data);
    for (size_t i = 0; i < inspection->findings.n; i++)
        print_finding(stdout, path, &inspection->findings.items[i].finding);
}

static void json_summary(struct rt_json_writer *json, const struct rt_rom *rom,
                         enum exit_status status)
{
    char fill[3];

    rt_json_write_integer(json, "size", (int64_t)rom->size);
    rt_json_write_integer(json, "content_length", (int64_t)rom->content_length);
    rt_json_write_integer(json, "slot", (int64_t)rom->slot);
    rt_json_write_integer(json, "headroom", (int64_t)(rom->slot - rom->content_length));
    (void)snprintf(fill, sizeof(fill), "%02x", (unsigned)rom->fill & 0xffU);
    if (rom->fill >= 0)
        rt_json_write_string(json, "fill", fill);
    else
        rt_json_write_null(json, "fill");
    rt_json_write_string(json, "verdict", verdict_name(status));
}

static enum exit_status inspect_file(const char *path, struct inspection *inspection)
{
    struct rt_findings kept = finding_list_sink(&inspection->findings);
    struct rt_verify_judge judge = {.next = &kept, .strict = inspection->strict};
    struct rt_findings findings = rt_verify_findings(&judge);
    struct rt_json_writer *json = &inspection->writer;
    enum exit_status status = EXIT_HELD;
    struct romtool_error err;
    struct rt_file file;
    struct rt_rom rom = {.fill = -1};

    rt_error_clear(&err);
    if (inspection->json) {
        rt_json_begin_object(json, NULL);
        rt_json_write_string(json, "path", path);
        rt_json_begin_array(json, "images");
    }
    if (rt_file_read(path, (size_t)ROMTOOL_SLOT_MAX, &file, &err) == 0) {
        (void)rt_verify_rom(rt_file_bytes(&file), add_image, inspection, &findings, &rom, &err);
        rom.size = file.len;
        rom.slot = rt_size_to_power_of_two(file.len);
        rt_file_free(&file);
        status = judge.refused ? EXIT_REFUSED : EXIT_HELD;
    }
    if (err.code != 0)
        status = say_error(&err, path, false);
    if (inspection->json) {
        rt_json_end_array(json);
        json_summary(json, &rom, status);
        if (err.code != 0)
            rt_finding_add(&kept, err.code, RT_ERROR, err.offset, "%s", err.text);
        finding_list_json(&inspection->findings, json, false);
        rt_json_end_object(json);
    } else if (err.code == 0) {
        print_text(path, &rom, status, inspection);
    }
    if (inspection->findings.failed)
        status = EXIT_UNDECIDED;
    rt_buffer_free(&inspection->images);
    finding_list_clear(&inspection->findings);
    return status;
}

enum exit_status command_inspect(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    enum exit_status status = EXIT_HELD;
    struct inspection inspection = {0};
    struct rt_buffer out = {0};
    int id;

    inspection.writer.out = &out;
    while ((id = options_next(&options)) != OPTION_END) {
        if (id == OPTION_JSON)
            inspection.json = true;
        else if (id == OPTION_STRICT)
            inspection.strict = true;
        else
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
    }
    if (options.first == argc)
        return usage_error(&help, "no FILE");
    if (inspection.json) {
        rt_json_begin_object(&inspection.writer, NULL);
        rt_json_write_string(&inspection.writer, "schema", "romtool/inspect/1");
        rt_json_begin_array(&inspection.writer, "files");
    }
    for (int i = options.first; i < argc; i++)
        status = exit_status_both(status, inspect_file(argv[i], &inspection));
    if (!inspection.json)
        return status;
    rt_json_end_array(&inspection.writer);
    rt_json_end_object(&inspection.writer);
    return print_json(&out, status);
}
