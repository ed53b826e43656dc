/* SPDX-License-Identifier: BSD-2-Clause */
/* Directories that an installation needs. */
#ifndef RT_LOADER_MAKE_DIR_H
#define RT_LOADER_MAKE_DIR_H

#include "core/error.h"

/*
 * Makes ROOT/PATH and what is missing above it, mode 0755 less the umask, and opens it as
 * rt_safe_dir_open() does: nothing is made in a directory that others can write to. What was made
 * is there after a crash. path is absolute. ROMTOOL_E_UNSAFE_TRUST, _IO, _NO_MEMORY.
 */
int rt_make_dir(const char *root, const char *path, int *ret_fd, struct romtool_error *err);

#endif
