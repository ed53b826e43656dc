/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the files go that a command makes of those it reads: -o OUT or --in-place. */
#ifndef ROMTOOL_OUTPUT_H
#define ROMTOOL_OUTPUT_H

#include "romtool/command.h"

struct output {
    const char *path; /* -o; NULL without it */
    bool in_place;
    bool is_directory; /* path is one: output_look() */
};

/* The last part of a path. */
const char *file_name(const char *path);

/* Fills is_directory. */
void output_look(struct output *output);

bool output_is_stdout(const struct output *output);

/* Has each input a place of its own? False after a usage error. */
bool output_places_agree(const struct output *output, const struct command_help *help, int n,
                         char **paths);

/* Does -o leave the very files alone that are read? False after a usage error. */
bool output_spares_inputs(const struct output *output, const struct command_help *help, int n,
                          char **paths);

/* Writes what was made of the file at path: whole or not at all, in place with its mode. */
int output_write(const struct output *output, const char *path, struct rt_bytes bytes,
                 struct romtool_error *err);

#endif
