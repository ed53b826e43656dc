/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/manifest-export.h"

#include "romtool/directory.h"
#include "romtool/manifest-commands.h"
#include "romtool/release.h"

#include <string.h>
#include <unistd.h>

enum { OPTION_FORMAT = OPTION_LONG };

static const struct option_spec option_specs[] = {
    {OPTION_FORMAT, "format", "FORMAT", "sha256sums, cyclonedx, spdx or intoto"},
    {'o', "output", "OUT", "the file to write; '-' is standard output, as without it"},
    {0},
};

static const struct command_help help = {
    "manifest export",
    "--format sha256sums|cyclonedx|spdx|intoto [-o OUT] MANIFEST",
    "Say what a release consists of in the words of others:\n"
    "\n"
    "  sha256sums  what 'sha256sum -c' checks in the directory of the ROM files\n"
    "  cyclonedx   an SBOM, CycloneDX 1.6 as JSON\n"
    "  spdx        an SBOM, SPDX 2.3 as JSON\n"
    "  intoto      the in-toto Statement: the manifest's own bytes, which are what is signed\n"
    "\n"
    "The same bytes for the same manifest. Its signatures are not verified, and an export has "
    "none.",
    option_specs,
};

void export_sha256sums(const struct release_export *release, struct rt_buffer *out)
{
    char hex[2 * RT_SHA256_SIZE + 1];

    for (size_t i = 0; i < release->model->n_roms; i++) {
        const struct rt_manifest_rom *rom = &release->model->roms[i];
        bool escaped = strchr(rom->file, '\\') != NULL;

        rt_bytes_to_hex((struct rt_bytes){rom->sha256, RT_SHA256_SIZE}, hex);
        /* "-" alone would be standard input */
        rt_buffer_printf(out, "%s%s  %s", escaped ? "\\" : "", hex,
                         strcmp(rom->file, "-") == 0 ? "./" : "");
        for (const char *c = rom->file; *c != '\0'; c++)
            rt_buffer_append(out, *c == '\\' ? "\\\\" : c, *c == '\\' ? 2 : 1);
        rt_buffer_puts(out, "\n");
    }
}

/* "intoto" has none: it is the bytes that were read. */
static const struct export_format {
    const char *name;
    void (*write)(const struct release_export *release, struct rt_buffer *out);
} formats[] = {
    {"sha256sums", export_sha256sums},
    {"cyclonedx", export_cyclonedx},
    {"spdx", export_spdx},
    {"intoto", NULL},
};

static const struct export_format *find_format(const char *name)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    }
    (void)usage_error(&help, "'%s' is not sha256sums, cyclonedx, spdx or intoto", name);
    return NULL;
}

static int write_output(const char *output, struct rt_bytes bytes, struct romtool_error *err)
{
    if (output == NULL || strcmp(output, "-") == 0)
        return rt_file_write_fd(STDOUT_FILENO, "standard output", bytes, err);
    return rt_file_write(output, 0644, 0, bytes, err);
}

static int export_manifest(const char *path, const struct export_format *format, const char *output,
                           struct romtool_error *err)
{
    struct release_export release = {0};
    struct rt_manifest_doc *doc;
    struct rt_buffer out = {0};
    struct rt_file file;
    struct rt_bytes bytes;
    int r = release_read(path, &file, &doc, err);

    bytes = rt_file_bytes(&file);
    if (r == 0)
        r = rt_digest_sha256(bytes, release.sha256, err);
    if (r == 0 && format->write != NULL) {
        release.model = rt_manifest_doc_model(doc);
        format->write(&release, &out);
        bytes = rt_buffer_bytes(&out);
        r = out.failed ? rt_error_no_memory(err) : 0;
    }
    if (r == 0)
        r = write_output(output, bytes, err);
    rt_buffer_free(&out);
    rt_manifest_doc_free(doc);
    rt_file_free(&file);
    return r;
}

enum exit_status command_manifest_export(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    const struct export_format *format = NULL;
    const char *output = NULL, *path;
    struct romtool_error err;
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == 'o')
            output = options.value;
        else if (id != OPTION_FORMAT)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        else if ((format = find_format(options.value)) == NULL)
            return EXIT_USAGE;
    }
    if (format == NULL)
        return usage_error(&help, "--format is needed");
    if (options.first + 1 != argc)
        return usage_error(&help, "one MANIFEST is needed");
    path = argv[options.first];
    if (output != NULL && strcmp(output, "-") != 0 && strcmp(path, "-") != 0 &&
        is_same_file(output, path))
        return usage_error(&help, "-o '%s' would replace the manifest", output);
    rt_error_clear(&err);
    return export_manifest(path, format, output, &err) < 0 ? say_error(&err, path, false)
                                                           : EXIT_HELD;
}
