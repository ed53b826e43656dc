/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directories whose contents decide whom to believe: opened step by step, each step owned by root
 * or by whoever asks, writable by nobody else, no symbolic link. What is a link may lead anywhere.
 */
#ifndef RT_LOADER_SAFE_DIR_H
#define RT_LOADER_SAFE_DIR_H

#include "core/error.h"
#include "core/file.h"

/*
 * Opens ROOT/PATH, where path is absolute ("/etc/romtool/trusted.d"); root itself is checked unless
 * it is "" or "/". *ret_fd is close-on-exec. ROMTOOL_E_NOT_FOUND, _UNSAFE_TRUST (the sentence names
 * the directory), _IO.
 */
int rt_safe_dir_open(const char *root, const char *path, int *ret_fd, struct romtool_error *err);

/*
 * Reads a file of such a directory, which must be as safe; a link to /dev/null reads as empty, as
 * other tools mask files. shown is the directory in sentences. As rt_file_read() but _UNSAFE_TRUST.
 */
int rt_safe_file_read(int dirfd, const char *shown, const char *name, size_t limit,
                      struct rt_file *ret, struct romtool_error *err);

/* Calls fn for each name in the directory but hidden ones, until it returns less than 0. */
int rt_safe_dir_each(int dirfd, const char *shown,
                     int (*fn)(void *user, const char *name, struct romtool_error *err), void *user,
                     struct romtool_error *err);

#endif
