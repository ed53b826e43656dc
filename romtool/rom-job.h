/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the subcommands of "rom" share: every FILE is read and judged before the first is written;
 * each has its line, and its changes below it, or its object in romtool/rom/1.
 */
#ifndef ROMTOOL_ROM_JOB_H
#define ROMTOOL_ROM_JOB_H

#include "core/file.h"
#include "rom/edit.h"
#include "romtool/output.h"

struct rom_job {
    const struct command_help *help;
    struct output output;
    bool json, quiet;
    bool changes_only;         /* a FILE without changes is one with nothing to change */
    struct rt_buffer document; /* json: all of it */
    struct rt_json_writer writer;
    struct finding_list findings;
    struct rt_rom_change *changes; /* of the file at hand */
    size_t n_changes, capacity;
    bool failed; /* out of memory */
    enum exit_status status;
};

/* -o, --in-place, --json, -q: true where id was one of them. */
bool rom_job_option(struct rom_job *job, const struct options *options, int id);
enum { ROM_IN_PLACE = OPTION_LONG, ROM_JSON, ROM_OPTION };

/* Is there a FILE, and a place for what is made of each? False after a usage error. */
bool rom_job_agrees(struct rom_job *job, int n, char **paths);

void rom_job_begin(struct rom_job *job);
enum exit_status rom_job_end(struct rom_job *job);

/* Reads a ROM file; the caller frees it. */
int rom_job_read(const char *path, struct rt_file *ret, struct romtool_error *err);

/* The sink for the changes of the file that is reported next. */
struct rt_rom_changes rom_job_changes(struct rom_job *job);

/* A file that was made of path, or changed, with the changes since the last. */
void rom_job_report(struct rom_job *job, const char *path, struct rt_bytes bytes);

/* What is wrong with a file. */
void rom_job_error(struct rom_job *job, const char *path, struct romtool_error *err);

/* The subcommands with a file of their own. */
enum exit_status command_rom_join(int argc, char **argv);
enum exit_status command_rom_split(int argc, char **argv);
enum exit_status command_rom_fix_checksum(int argc, char **argv);
enum exit_status command_rom_set_ids(int argc, char **argv);

#endif
