/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/commands.h"

#include "romtool/directory.h"
#include "romtool/inspect.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

enum {
    OPTION_JSON = OPTION_LONG,
    OPTION_NDJSON,
    OPTION_STRICT,
    OPTION_EXPRESS,
    OPTION_DB,
    OPTION_EXTRACT,
    CERTIFICATE_MAX = 65536, /* bytes */
};

static const struct option_spec option_specs[] = {
    {'d', "device", "DEVICE", "the QEMU device that the ROM is for (else its name tells)"},
    {OPTION_EXPRESS, "express", NULL, "the device is behind a PCI Express port"},
    {OPTION_DB, "db", "CERT", "a certificate (PEM or DER) that signatures must lead to"},
    {OPTION_EXTRACT, "extract", "DIR", "write images and EFI programs into DIR"},
    {OPTION_JSON, "json", NULL, "print romtool/inspect/1"},
    {OPTION_NDJSON, "ndjson", NULL, "the same, one object a file as it goes"},
    {OPTION_STRICT, "strict", NULL, "warnings refuse too"},
    {'q', "quiet", NULL, "only what each file is as a whole, and what reads badly"},
    {0},
};

static const struct command_help help = {
    "inspect",
    "[OPTION]... PATH...",
    "Show what is inside ROM files: the slot and what fills it, every image with its ids, lengths\n"
    "and checksum, what is in an image, who would load it and who would not, what QEMU changes in\n"
    "it; and what reads badly. PATH is a file, a directory (its *.rom and *.bin), or '-' for\n"
    "standard input.",
    option_specs,
};

/* The whole run. */
struct inspection {
    struct inspect_question question;
    const struct inspect_crypto *crypto;
    const char *db_path;
    struct rt_json_writer writer;
    enum exit_status status;
};

/* ------------------------------------------------------------------------- one file */

/* Reads the file anew in the program that has libcrypto. */
static enum exit_status delegate(const struct inspect_question *question, const char *path)
{
    char *program = installed_path("romtool-crypto");
    const char *argv[10] = {"romtool", "inspect"};
    int n = 2, status = 0, error;
    pid_t pid;

    if (question->strict)
        argv[n++] = "--strict";
    if (question->quiet)
        argv[n++] = "-q";
    if (question->extract != NULL) {
        argv[n++] = "--extract";
        argv[n++] = question->extract;
    }
    argv[n++] = "--";
    argv[n++] = path;
    (void)fflush(stdout);
    error =
        program == NULL ? ENOMEM : posix_spawn(&pid, program, NULL, NULL, (char **)argv, environ);
    if (error != 0)
        (void)fprintf(stderr, "romtool: cannot execute '%s': %s\n",
                      program != NULL ? program : "romtool-crypto", strerror(error));
    free(program);
    if (error != 0)
        return EXIT_UNDECIDED;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return EXIT_UNDECIDED;
    }
    return WIFEXITED(status) ? (enum exit_status)WEXITSTATUS(status) : EXIT_UNDECIDED;
}

static void begin_document(struct rt_json_writer *json)
{
    json->filled = false;
    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "schema", "romtool/inspect/1");
    rt_json_begin_array(json, "files");
}

static void end_document(struct inspection *inspection)
{
    rt_json_end_array(&inspection->writer);
    rt_json_end_object(&inspection->writer);
    inspection->status = print_json(inspection->writer.out, inspection->status);
}

/* err is what kept the page from being read, if anything did. */
static void show(struct inspection *inspection, struct page *page, const struct romtool_error *err)
{
    const struct inspect_question *question = &inspection->question;

    if (err->code != 0)
        page->status = say_error(err, page->path, false);
    if (!question->json && !question->ndjson) {
        if (err->code == 0)
            page_print(page);
        return;
    }
    if (err->code != 0) {
        struct rt_findings findings = page_sink(page);

        rt_finding_add(&findings, err->code, RT_ERROR, err->offset, "%s", err->text);
    }
    if (question->ndjson)
        begin_document(&inspection->writer);
    page_json(page, &inspection->writer);
    if (question->ndjson) {
        end_document(inspection);
        (void)fflush(stdout);
    }
}

static struct page empty_page(const struct inspection *inspection, const char *path)
{
    return (struct page){
        .question = &inspection->question,
        .crypto = inspection->crypto,
        .path = path,
        .rom.fill = -1,
        .prospects.payloads = true,
    };
}

static void inspect_file(struct inspection *inspection, const char *path)
{
    const char *extract = inspection->question.extract;
    struct page page = empty_page(inspection, path);
    struct romtool_error err;
    struct rt_file file = {0};
    bool told = true;

    rt_error_clear(&err);
    if (rt_file_read(path, (size_t)ROMTOOL_SLOT_MAX, &file, &err) == 0) {
        page.file = rt_file_bytes(&file);
        told = page_read(&page, &err);
    }
    if (told)
        show(inspection, &page, &err);
    else
        page.status = delegate(&inspection->question, path);
    if (told && err.code == 0 && extract != NULL && page_extract(&page, extract, &err) < 0)
        page.status = say_error(&err, path, false);
    inspection->status = exit_status_both(inspection->status, page.status);
    rt_file_free(&file);
}

/* ------------------------------------------------------------------------- all of them */

static void inspect_directory(struct inspection *inspection, const char *directory)
{
    struct romtool_error err;
    struct file_names names;
    bool any = false;

    rt_error_clear(&err);
    if (directory_list(directory, &names, &err) == 0) {
        for (size_t i = 0; i < names.n && err.code == 0; i++) {
            char *path = path_join(directory, names.names[i]);

            if (path == NULL)
                (void)rt_error_no_memory(&err);
            else if (is_rom_name(names.names[i])) {
                inspect_file(inspection, path);
                any = true;
            }
            free(path);
        }
        file_names_free(&names);
        if (!any && err.code == 0)
            (void)rt_error_set(&err, ROMTOOL_E_NOT_FOUND, ROMTOOL_NO_OFFSET,
                               "'%s': no ROM file in it, *.rom or *.bin", directory);
    }
    if (err.code != 0) {
        struct page page = empty_page(inspection, directory);

        show(inspection, &page, &err);
        inspection->status = exit_status_both(inspection->status, page.status);
    }
}

/* Can this be told only with libcrypto, whatever the files are? Standard input is read only once.
 */
static bool needs_crypto(const struct inspection *inspection, char **paths)
{
    const struct inspect_question *question = &inspection->question;

    for (size_t i = 0; paths[i] != NULL; i++) {
        if (strcmp(paths[i], "-") == 0)
            return true;
    }
    return question->json || question->ndjson || question->device != NULL || question->express ||
           inspection->db_path != NULL;
}

static enum exit_status inspect_all(struct inspection *inspection, char **paths)
{
    struct rt_buffer out = {0};

    inspection->writer =
        (struct rt_json_writer){.out = &out, .compact = inspection->question.ndjson};
    if (inspection->question.json)
        begin_document(&inspection->writer);
    for (size_t i = 0; paths[i] != NULL; i++) {
        if (is_directory(paths[i]))
            inspect_directory(inspection, paths[i]);
        else
            inspect_file(inspection, paths[i]);
    }
    if (inspection->question.json)
        end_document(inspection);
    rt_buffer_free(&out);
    return inspection->status;
}

static bool take_option(struct inspection *inspection, const struct options *options, int id)
{
    struct inspect_question *question = &inspection->question;

    switch (id) {
    case 'd':
        question->device = options->value;
        return true;
    case OPTION_EXPRESS:
        question->express = true;
        return true;
    case OPTION_DB:
        inspection->db_path = options->value;
        return true;
    case OPTION_EXTRACT:
        question->extract = options->value;
        return true;
    case OPTION_JSON:
        question->json = true;
        return true;
    case OPTION_NDJSON:
        question->ndjson = true;
        return true;
    case OPTION_STRICT:
        question->strict = true;
        return true;
    case 'q':
        question->quiet = true;
        return true;
    default:
        return false;
    }
}

enum exit_status inspect(int argc, char **argv, const struct inspect_crypto *crypto)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    struct inspection inspection = {.crypto = crypto, .status = EXIT_HELD};
    struct inspect_question *question = &inspection.question;
    struct romtool_error err;
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (!take_option(&inspection, &options, id))
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
    }
    if (options.first == argc)
        return usage_error(&help, "no PATH");
    if (question->json && question->ndjson)
        return usage_error(&help, "--json and --ndjson exclude each other");
    if (crypto == NULL && needs_crypto(&inspection, argv + options.first))
        return execute_command("romtool-crypto", argc, argv);
    rt_error_clear(&err);
    if (inspection.db_path != NULL &&
        rt_file_read(inspection.db_path, CERTIFICATE_MAX, &question->db, &err) < 0)
        return say_error(&err, inspection.db_path, question->json || question->ndjson);
    if (inspection.db_path != NULL && crypto->check_db(rt_file_bytes(&question->db), &err) < 0) {
        rt_error_prefix(&err, "'%s'", inspection.db_path);
        rt_file_free(&question->db);
        return say_error(&err, inspection.db_path, question->json || question->ndjson);
    }
    (void)inspect_all(&inspection, argv + options.first);
    rt_file_free(&question->db);
    return inspection.status;
}
