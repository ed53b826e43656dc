/* SPDX-License-Identifier: BSD-2-Clause */
/* `romtool rom join` and `split`. */
#include "romtool/rom-job.h"

#include "romtool/directory.h"

#include <stdlib.h>
#include <string.h>

static const struct option_spec join_specs[] = {
    {'o', "output", "OUT", "write to this file; '-' is standard output"},
    {'q', "quiet", NULL, "print nothing but what is wrong"},
    {ROM_JSON, "json", NULL, "print romtool/rom/1"},
    {0},
};

static const struct command_help join_help = {
    "rom join",
    "-o OUT FILE...",
    "Chain the images of several ROM files into one: in the order given, the last marked as the\n"
    "last, sums as they were. Fill behind the images of a FILE is dropped; a FILE with anything\n"
    "else beside its images is refused.",
    join_specs,
};

static const struct option_spec split_specs[] = {
    {'o', "output", "DIR", "write into this directory"},
    {'q', "quiet", NULL, "print nothing but what is wrong"},
    {ROM_JSON, "json", NULL, "print romtool/rom/1"},
    {0},
};

static const struct command_help split_help = {
    "rom split",
    "-o DIR FILE...",
    "Write each image of a ROM file as a ROM of its own, DIR/NAME.N.TYPE.rom, marked as the last,\n"
    "sums as they were. A FILE with anything but fill beside its images is refused.",
    split_specs,
};

/* ------------------------------------------------------------------------- join */

static int read_all(char **paths, struct rt_file *files, struct rt_bytes *bytes, size_t n,
                    size_t *ret_file, struct romtool_error *err)
{
    int r = 0;

    for (*ret_file = 0; *ret_file < n; (*ret_file)++) {
        r = rom_job_read(paths[*ret_file], &files[*ret_file], err);
        if (r < 0)
            break;
        bytes[*ret_file] = rt_file_bytes(&files[*ret_file]);
    }
    return r;
}

static int join(struct rom_job *job, char **paths, size_t n, size_t *ret_file,
                struct romtool_error *err)
{
    struct rt_file *files = calloc(n, sizeof(*files));
    struct rt_bytes *bytes = calloc(n, sizeof(*bytes));
    struct rt_rom_changes changes = rom_job_changes(job);
    struct rt_bytes joined = {NULL, 0};
    uint8_t *data = NULL;
    int r;

    if (files == NULL || bytes == NULL) {
        r = rt_error_no_memory(err);
    } else {
        r = read_all(paths, files, bytes, n, ret_file, err);
        if (r == 0) {
            r = rt_rom_join(bytes, n, &data, &joined.len, &changes, ret_file, err);
            if (r < 0 && *ret_file < n)
                rt_error_prefix(err, "'%s'", paths[*ret_file]);
        }
    }
    joined.data = data;
    if (r == 0)
        r = output_write(&job->output, job->output.path, joined, err);
    if (r == 0)
        rom_job_report(job, job->output.path, joined);
    for (size_t i = 0; files != NULL && i < n; i++)
        rt_file_free(&files[i]);
    free(files);
    free(bytes);
    free(data);
    return r;
}

static bool join_agrees(struct rom_job *job, int n, char **paths)
{
    const char *own = NULL;
    int inputs = 0;

    output_look(&job->output);
    for (int i = 0; i < n; i++) {
        inputs += strcmp(paths[i], "-") == 0;
        if (job->output.path != NULL && is_same_file(job->output.path, paths[i]))
            own = paths[i];
    }
    if (n == 0)
        (void)usage_error(job->help, "no FILE");
    else if (job->output.path == NULL)
        (void)usage_error(job->help, "no -o OUT");
    else if (job->output.is_directory)
        (void)usage_error(job->help, "'%s' is a directory, the images go into one file",
                          job->output.path);
    else if (own != NULL)
        (void)usage_error(job->help, "'%s' is a FILE and OUT", own);
    else if (inputs > 1)
        (void)usage_error(job->help, "standard input can be read once");
    else if (job->json && output_is_stdout(&job->output))
        (void)usage_error(job->help, "--json and '-o -' both print to standard output");
    else
        return true;
    return false;
}

enum exit_status command_rom_join(int argc, char **argv)
{
    struct options options = {.help = &join_help, .argc = argc, .argv = argv};
    struct rom_job job = {.help = &join_help};
    struct romtool_error err;
    size_t file = 0;
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (!rom_job_option(&job, &options, id))
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
    }
    if (!join_agrees(&job, argc - options.first, argv + options.first))
        return EXIT_USAGE;
    rt_error_clear(&err);
    rom_job_begin(&job);
    if (join(&job, argv + options.first, (size_t)(argc - options.first), &file, &err) < 0)
        rom_job_error(&job,
                      options.first + (int)file < argc ? argv[options.first + (int)file]
                                                       : job.output.path,
                      &err);
    return rom_job_end(&job);
}

/* ------------------------------------------------------------------------- split */

struct splitting {
    struct rom_job *job;
    const char *path;
    bool write; /* else only judge */
    struct romtool_error *err;
};

static int write_part(void *user, const struct rt_rom_image *image, struct rt_bytes bytes)
{
    const struct splitting *s = user;
    struct rt_buffer out = {0};
    int r;

    if (!s->write)
        return 0;
    rt_buffer_printf(&out, "%s/%s.%zu.%s.rom", s->job->output.path, file_name(s->path),
                     image->index, rt_rom_type_name(image->type));
    if (out.failed)
        return rt_error_no_memory(s->err);
    r = rt_file_write(out.data, 0644, 0, bytes, s->err);
    if (r == 0)
        rom_job_report(s->job, out.data, bytes);
    rt_buffer_free(&out);
    return r;
}

static void split_file(struct rom_job *job, const char *path, bool write)
{
    struct rt_file file = {0};
    struct romtool_error err;
    struct splitting s = {job, path, write, &err};

    rt_error_clear(&err);
    if (rom_job_read(path, &file, &err) == 0 &&
        rt_rom_split(rt_file_bytes(&file), write_part, &s, &err) < 0 &&
        exit_status_of(err.code) == EXIT_REFUSED)
        rt_error_prefix(&err, "'%s'", path);
    if (err.code != 0)
        rom_job_error(job, path, &err);
    rt_file_free(&file);
}

enum exit_status command_rom_split(int argc, char **argv)
{
    struct options options = {.help = &split_help, .argc = argc, .argv = argv};
    struct rom_job job = {.help = &split_help};
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (!rom_job_option(&job, &options, id))
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
    }
    output_look(&job.output);
    if (options.first == argc)
        return usage_error(&split_help, "no FILE");
    if (!job.output.is_directory)
        return usage_error(&split_help, "-o DIR must be a directory that is there");
    if (!output_places_agree(&job.output, &split_help, argc - options.first, argv + options.first))
        return EXIT_USAGE;
    rom_job_begin(&job);
    for (int pass = 0; pass < 2 && job.status == EXIT_HELD; pass++) {
        for (int i = options.first; i < argc; i++)
            split_file(&job, argv[i], pass == 1);
    }
    return rom_job_end(&job);
}
