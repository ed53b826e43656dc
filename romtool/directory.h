/* SPDX-License-Identifier: BSD-2-Clause */
/* Directories that are given where files are read. */
#ifndef ROMTOOL_DIRECTORY_H
#define ROMTOOL_DIRECTORY_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>

/* False for what is not there, too: whoever reads it says so. */
bool is_directory(const char *path);

/* The same directory entry, however the two paths are written? */
bool is_same_file(const char *a, const char *b);

struct file_names {
    char **names;
    size_t n;
};

/* The names of the files (not directories, not hidden) in a directory, sorted bytewise. */
int directory_list(const char *dir, struct file_names *ret, struct romtool_error *err);
void file_names_free(struct file_names *names);

/* Is a file called like a ROM: *.rom or *.bin? */
bool is_rom_name(const char *name);

/* The directory that a path is in; NULL when out of memory. The caller frees it. */
char *directory_of(const char *path);

/* DIR/NAME; NULL when out of memory. The caller frees it. */
char *path_join(const char *dir, const char *name);

#endif
