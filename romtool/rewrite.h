/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A large file of which the first bytes are replaced, whole or not at all: a copy beside it gets
 * the new beginning and takes its place once it is complete.
 */
#ifndef ROMTOOL_REWRITE_H
#define ROMTOOL_REWRITE_H

#include "core/bytes.h"
#include "core/error.h"

#include <sys/stat.h>

struct rewrite {
    const char *name;   /* as it was opened, for sentences; borrowed */
    int fd;             /* of the file, for reading */
    char *path;         /* the file itself: symbolic links followed; owned */
    struct stat before; /* as it was opened */
};

/* A regular file. ROMTOOL_E_NOT_FOUND, _NOT_REGULAR, _IO. rewrite_close() is due after success. */
int rewrite_open(const char *path, struct rewrite *ret, struct romtool_error *err);

/* Its first n bytes into data. ROMTOOL_E_TRUNCATED where it is shorter, ROMTOOL_E_IO. */
int rewrite_read(const struct rewrite *rewrite, uint8_t *data, size_t n, struct romtool_error *err);

/*
 * Gives the file another beginning, no longer than it is: all else stays, holes as holes, its mode,
 * and its owner where that is permitted. Until it returns the path has the old file; where it fails
 * or a signal ends the process nothing is left beside it.
 *
 * ROMTOOL_E_CHANGED where somebody has written the file, or another is in its place, since it was
 * opened; ROMTOOL_E_IO; ROMTOOL_E_USAGE for a beginning that is longer than the file.
 */
int rewrite_head(const struct rewrite *rewrite, struct rt_bytes head, struct romtool_error *err);

void rewrite_close(struct rewrite *rewrite);

#endif
