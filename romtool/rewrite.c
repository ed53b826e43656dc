/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/rewrite.h"

#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CHUNK = 16 << 20, /* bytes between two looks at signals */
    BUFFER = 1 << 20, /* bytes, where the kernel does not copy */
};

int rewrite_open(const char *path, struct rewrite *ret, struct romtool_error *err)
{
    uint64_t size;
    int r;

    *ret = (struct rewrite){.name = path, .fd = -1};
    r = rt_file_open(AT_FDCWD, path, &ret->fd, &size, err);
    if (r < 0)
        return r;
    ret->path = realpath(path, NULL);
    if (ret->path == NULL || fstat(ret->fd, &ret->before) < 0) {
        r = rt_error_system(err, ROMTOOL_E_IO, errno, "cannot read '%s'", path);
        rewrite_close(ret);
    }
    return r;
}

void rewrite_close(struct rewrite *rewrite)
{
    if (rewrite->fd >= 0)
        (void)close(rewrite->fd);
    free(rewrite->path);
    *rewrite = (struct rewrite){.fd = -1};
}

static int cannot_read(const struct rewrite *rewrite, struct romtool_error *err)
{
    return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot read '%s'", rewrite->name);
}

static int cannot_write(const struct rewrite *rewrite, struct romtool_error *err)
{
    return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot write '%s'", rewrite->name);
}

static int changed(const struct rewrite *rewrite, struct romtool_error *err)
{
    return rt_error_set(err, ROMTOOL_E_CHANGED, ROMTOOL_NO_OFFSET,
                        "'%s' changed while it was rewritten", rewrite->name);
}

/* pread(2) and pwrite(2) of all n bytes; 0 only where the file ends before; -1 with errno. */
static ssize_t read_at(int fd, uint8_t *data, size_t n, off_t at)
{
    size_t done = 0;

    while (done < n) {
        ssize_t got = pread(fd, data + done, n - done, at + (off_t)done);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got;
        done += (size_t)got;
    }
    return (ssize_t)n;
}

static int write_at(int fd, const uint8_t *data, size_t n, off_t at)
{
    size_t done = 0;

    while (done < n) {
        ssize_t put = pwrite(fd, data + done, n - done, at + (off_t)done);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        done += (size_t)put;
    }
    return 0;
}

int rewrite_read(const struct rewrite *rewrite, uint8_t *data, size_t n, struct romtool_error *err)
{
    ssize_t got = read_at(rewrite->fd, data, n, 0);

    if (got < 0)
        return cannot_read(rewrite, err);
    if (got == 0 && n > 0)
        return rt_error_set(err, ROMTOOL_E_TRUNCATED, (uint64_t)rewrite->before.st_size,
                            "'%s': it ends within its first %zu bytes", rewrite->name, n);
    return 0;
}

/* ------------------------------------------------------------------------- signals */

/* Those that end a process from outside: held back, so that a temporary file can be removed. */
static void block_signals(sigset_t *ret_blocked, sigset_t *ret_before)
{
    static const int ending[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXFSZ};

    (void)sigemptyset(ret_blocked);
    for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
        struct sigaction action;

        if (sigaction(ending[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            (void)sigaddset(ret_blocked, ending[i]);
    }
    (void)sigprocmask(SIG_BLOCK, ret_blocked, ret_before);
}

static bool is_interrupted(const sigset_t *blocked)
{
    sigset_t pending;

    (void)sigpending(&pending);
    for (int signal = 1; signal < NSIG; signal++)
        if (sigismember(blocked, signal) == 1 && sigismember(&pending, signal) == 1)
            return true;
    return false;
}

/* ------------------------------------------------------------------------- the copy */

struct copy {
    const struct rewrite *rewrite;
    int fd;
    uint8_t *buffer;
    bool by_hand; /* this kernel, or file system, has no copy_file_range(2) for these */
    sigset_t blocked;
};

/* How many bytes; 0: the file ends; -1 with errno. */
static ssize_t copy_some(struct copy *copy, off_t at, size_t n)
{
    ssize_t got;

    if (!copy->by_hand) {
        off_t from = at, to = at;

        got = copy_file_range(copy->rewrite->fd, &from, copy->fd, &to, n, 0);
        if (got > 0 || (got < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)))
            return got;
        copy->by_hand = true; /* also where it gives 0: some file systems do so wrongly */
    }
    n = n < BUFFER ? n : BUFFER;
    got = read_at(copy->rewrite->fd, copy->buffer, n, at);
    return got > 0 && write_at(copy->fd, copy->buffer, n, at) < 0 ? -1 : got;
}

/* What is between two offsets. */
static int copy_range(struct copy *copy, off_t at, off_t end, struct romtool_error *err)
{
    while (at < end) {
        off_t n = end - at < CHUNK ? end - at : CHUNK;
        ssize_t done = copy_some(copy, at, (size_t)n);

        if (done < 0)
            return cannot_write(copy->rewrite, err);
        if (done == 0)
            return changed(copy->rewrite, err);
        if (is_interrupted(&copy->blocked)) {
            errno = EINTR;
            return cannot_write(copy->rewrite, err);
        }
        at += done;
    }
    return 0;
}

/* All of the file, holes left out: they are there by the new file's length. */
static int copy_all(struct copy *copy, struct romtool_error *err)
{
    off_t size = copy->rewrite->before.st_size, at = 0;

    if (ftruncate(copy->fd, size) < 0)
        return cannot_write(copy->rewrite, err);
    while (at < size) {
        off_t data = lseek(copy->rewrite->fd, at, SEEK_DATA);
        off_t hole = data < 0 ? -1 : lseek(copy->rewrite->fd, data, SEEK_HOLE);
        int r;

        if (data < 0 && errno == ENXIO)
            return 0; /* a hole to the end */
        if (data < at || hole <= data) {
            data = at; /* no such holes here */
            hole = size;
        }
        r = copy_range(copy, data, hole < size ? hole : size, err);
        if (r < 0)
            return r;
        at = hole;
    }
    return 0;
}

/* ------------------------------------------------------------------------- its place */

static bool is_same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           is_same_time(a->st_mtim, b->st_mtim);
}

/* Is at the path what was opened, as it was then? */
static int check_unchanged(const struct rewrite *rewrite, struct romtool_error *err)
{
    struct stat now;

    if (stat(rewrite->path, &now) < 0 || !is_same_file(&now, &rewrite->before))
        return changed(rewrite, err);
    return 0;
}

/* Mode and owner; who may not give a file away keeps it. */
static int dress(const struct copy *copy, struct romtool_error *err)
{
    const struct stat *before = &copy->rewrite->before;

    if (fchown(copy->fd, before->st_uid, before->st_gid) < 0 && errno != EPERM)
        return cannot_write(copy->rewrite, err);
    if (fchmod(copy->fd, before->st_mode & 07777) < 0)
        return cannot_write(copy->rewrite, err);
    return 0;
}

static int fill_copy(struct copy *copy, struct rt_bytes head, struct romtool_error *err)
{
    int r = copy_all(copy, err);

    if (r < 0)
        return r;
    if (write_at(copy->fd, head.data, head.len, 0) < 0)
        return cannot_write(copy->rewrite, err);
    r = dress(copy, err);
    if (r == 0 && fsync(copy->fd) < 0)
        return cannot_write(copy->rewrite, err);
    if (r == 0 && is_interrupted(&copy->blocked)) {
        errno = EINTR;
        return cannot_write(copy->rewrite, err);
    }
    return r;
}

/* With signals held back. */
static int replace(struct copy *copy, char *temporary, struct rt_bytes head,
                   struct romtool_error *err)
{
    int r;

    copy->fd = mkstemp(temporary);
    if (copy->fd < 0)
        return cannot_write(copy->rewrite, err);
    r = fill_copy(copy, head, err);
    if (close(copy->fd) < 0 && r == 0)
        r = cannot_write(copy->rewrite, err);
    if (r == 0)
        r = check_unchanged(copy->rewrite, err);
    if (r == 0 && rename(temporary, copy->rewrite->path) < 0)
        r = cannot_write(copy->rewrite, err);
    if (r < 0) {
        (void)unlink(temporary);
        return r;
    }
    return rt_file_sync_directory(copy->rewrite->path, err);
}

int rewrite_head(const struct rewrite *rewrite, struct rt_bytes head, struct romtool_error *err)
{
    struct copy copy = {.rewrite = rewrite, .buffer = malloc(BUFFER)};
    struct rt_buffer temporary = {0};
    sigset_t before;
    int r;

    rt_buffer_printf(&temporary, "%s.XXXXXX", rewrite->path);
    if (copy.buffer == NULL || temporary.failed) {
        r = rt_error_no_memory(err);
    } else if (head.len > (uint64_t)rewrite->before.st_size) {
        r = rt_error_set(err, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET,
                         "'%s' is shorter than its new beginning", rewrite->name);
    } else {
        block_signals(&copy.blocked, &before);
        r = replace(&copy, temporary.data, head, err);
        (void)sigprocmask(SIG_SETMASK, &before, NULL); /* one that came ends the process here */
    }
    free(copy.buffer);
    rt_buffer_free(&temporary);
    return r;
}
