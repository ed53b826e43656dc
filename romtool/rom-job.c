/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/rom-job.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool rom_job_option(struct rom_job *job, const struct options *options, int id)
{
    switch (id) {
    case 'o':
        job->output.path = options->value;
        return true;
    case 'q':
        job->quiet = true;
        return true;
    case ROM_IN_PLACE:
        job->output.in_place = true;
        return true;
    case ROM_JSON:
        job->json = true;
        return true;
    default:
        return false;
    }
}

bool rom_job_agrees(struct rom_job *job, int n, char **paths)
{
    const struct output *output = &job->output;

    output_look(&job->output);
    if (n == 0)
        (void)usage_error(job->help, "no FILE");
    else if ((output->path != NULL) == output->in_place)
        (void)usage_error(job->help, "one of -o and --in-place");
    else if (n > 1 && output->path != NULL && !output->is_directory)
        (void)usage_error(job->help, "several files go into a directory, '%s' is none",
                          output->path);
    else if (job->json && output_is_stdout(output))
        (void)usage_error(job->help, "--json and '-o -' both print to standard output");
    else
        return output_places_agree(output, job->help, n, paths) &&
               output_spares_inputs(output, job->help, n, paths);
    return false;
}

void rom_job_begin(struct rom_job *job)
{
    job->writer.out = &job->document;
    rt_json_begin_object(&job->writer, NULL);
    rt_json_write_string(&job->writer, "schema", "romtool/rom/1");
    rt_json_write_string(&job->writer, "operation", strchr(job->help->name, ' ') + 1);
    rt_json_begin_array(&job->writer, "files");
}

enum exit_status rom_job_end(struct rom_job *job)
{
    rt_json_end_array(&job->writer);
    if (job->findings.failed || job->failed)
        job->status = exit_status_both(job->status, EXIT_UNDECIDED);
    rt_json_write_string(&job->writer, "verdict", verdict_name(job->status));
    finding_list_json(&job->findings, &job->writer, true);
    rt_json_end_object(&job->writer);
    finding_list_clear(&job->findings);
    free(job->changes);
    if (job->json)
        return print_json(&job->document, job->status);
    rt_buffer_free(&job->document);
    return job->status;
}

int rom_job_read(const char *path, struct rt_file *ret, struct romtool_error *err)
{
    return rt_file_read(path, (size_t)ROMTOOL_SLOT_MAX, ret, err);
}

static void add_change(void *user, const struct rt_rom_change *change)
{
    struct rom_job *job = user;

    if (job->n_changes == job->capacity) {
        size_t wanted = job->capacity > 0 ? 2 * job->capacity : 16;
        struct rt_rom_change *grown = realloc(job->changes, wanted * sizeof(*grown));

        if (grown == NULL) {
            job->failed = true;
            return;
        }
        job->changes = grown;
        job->capacity = wanted;
    }
    job->changes[job->n_changes++] = *change;
}

struct rt_rom_changes rom_job_changes(struct rom_job *job)
{
    return (struct rt_rom_changes){add_change, job};
}

static void report_text(const struct rom_job *job, const char *path, const struct rt_rom *rom)
{
    char shown[512];

    if (job->quiet || output_is_stdout(&job->output))
        return;
    (void)printf("%s: %zu bytes, %zu image%s%s\n", printable(path, shown, sizeof(shown)), rom->size,
                 rom->images, rom->images == 1 ? "" : "s",
                 job->changes_only && job->n_changes == 0 ? ", nothing to change" : "");
    for (size_t i = 0; i < job->n_changes; i++)
        (void)printf("  %#" PRIx64 ": %02x -> %02x (%s)\n", job->changes[i].offset,
                     job->changes[i].from, job->changes[i].to, job->changes[i].what);
}

static void report_json(struct rom_job *job, const char *path, const struct rt_rom *rom)
{
    struct rt_json_writer *json = &job->writer;

    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "path", path);
    rt_json_write_integer(json, "size", (int64_t)rom->size);
    rt_json_write_integer(json, "images", (int64_t)rom->images);
    rt_json_begin_array(json, "changes");
    for (size_t i = 0; i < job->n_changes; i++) {
        rt_json_begin_object(json, NULL);
        rt_json_write_integer(json, "offset", (int64_t)job->changes[i].offset);
        rt_json_write_integer(json, "from", job->changes[i].from);
        rt_json_write_integer(json, "to", job->changes[i].to);
        rt_json_write_string(json, "what", job->changes[i].what);
        rt_json_end_object(json);
    }
    rt_json_end_array(json);
    rt_json_end_object(json);
}

void rom_job_report(struct rom_job *job, const char *path, struct rt_bytes bytes)
{
    struct rt_rom rom;

    (void)rt_rom_read(bytes, 0, NULL, NULL, NULL, &rom, NULL);
    if (job->json)
        report_json(job, path, &rom);
    else
        report_text(job, path, &rom);
    job->n_changes = 0;
}

void rom_job_error(struct rom_job *job, const char *path, struct romtool_error *err)
{
    struct rt_findings keep = finding_list_sink(&job->findings);

    job->findings.path = path;
    if (job->json)
        rt_finding_add(&keep, err->code, RT_ERROR, err->offset, "%s", err->text);
    job->status = exit_status_both(job->status, say_error(err, path, false));
    job->n_changes = 0;
}
