/* SPDX-License-Identifier: BSD-2-Clause */
/* A file or standard input as a source for state/, and what is passed on of it: --tee. */
#ifndef ROMTOOL_INPUT_H
#define ROMTOOL_INPUT_H

#include "state/source.h"

struct input {
    struct rt_source source; /* seekable where a regular file is read and nothing passed on */
    const char *path;
    int fd;
    int tee;         /* what is read is written to this descriptor; -1: to none */
    uint64_t passed; /* bytes that were read of what is no regular file */
    bool tee_failed; /* nothing more is written */
};

/*
 * Opens a regular file, or "-" for standard input, which may be a pipe. tee is a descriptor or -1.
 * The source borrows input. As rt_file_open().
 */
int input_open(const char *path, int tee, struct input *ret, struct romtool_error *err);

/* Passes on all that is left, whatever became of what was read of it. ROMTOOL_E_IO. */
int input_drain(struct input *input, struct romtool_error *err);

void input_close(struct input *input);

#endif
