/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program that is not trusted with anything: not to answer, not to end, not to stop talking. It
 * runs in a process group of its own that does not outlive romtool, in the directory "/", and every
 * wait for it ends at its deadline or when the whole run is cancelled. Safe to use from any thread
 * in which SIGPIPE is blocked.
 */
#ifndef ROMTOOL_PROBE_CHILD_H
#define ROMTOOL_PROBE_CHILD_H

#include "core/bytes.h"
#include "core/error.h"

#include <sys/types.h>

enum {
    CHILD_LINE_MAX = 1 << 20, /* bytes of a line on its standard output */
    CHILD_SAID_SIZE = 8192,   /* what is kept of its standard error: the end of it */
};

/* Why nothing more comes from it. */
enum child_end {
    CHILD_RUNS,
    CHILD_ENDED,     /* its standard output did */
    CHILD_LATE,      /* the deadline passed */
    CHILD_CANCELLED, /* the run was interrupted */
    CHILD_BABBLES,   /* a line that is too long */
    CHILD_BROKEN,    /* the system failed */
};

struct child {
    pid_t pid; /* 0: none */
    int in, out, err, cancel;
    int64_t deadline; /* in milliseconds of the monotonic clock */
    unsigned seconds; /* that the deadline was away at the start */
    enum child_end end;
    int status; /* as wait(2), once it was stopped */
    struct rt_buffer out_bytes;
    size_t taken, looked; /* of out_bytes: bytes of lines given, bytes known to have no newline */
    char said[CHILD_SAID_SIZE];
    size_t n_said;
};

/*
 * Starts argv[0], found as execvp(3) does. cancel_fd becomes readable when the run is cancelled.
 * *ret is to be stopped also after a failure. ROMTOOL_E_NOT_FOUND where there is no such program,
 * ROMTOOL_E_IO.
 */
int child_start(char *const argv[], int cancel_fd, unsigned seconds, struct child *ret,
                struct romtool_error *err);

/* Never waits: what the pipe does not take at once is a failure. */
int child_write(struct child *child, const char *text, size_t n, struct romtool_error *err);

/*
 * The next line of its standard output, without the newline, NUL-terminated, borrowed until the
 * next call. ROMTOOL_E_IO where there is none: child->end says why.
 */
int child_line(struct child *child, const char **ret, size_t *ret_len, struct romtool_error *err);

/* Kills the whole group if it still runs, and frees what it took; said and status stay. */
void child_stop(struct child *child);

/* How a stopped one ended: "ended with status 1", "was killed by signal 11". */
void child_write_end(const struct child *child, char *ret, size_t n);

#endif
