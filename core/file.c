/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One descriptor's size in bytes, if it is a regular file. */
static int regular_size(int fd, const char *name, uint64_t *ret_size, struct romtool_error *err)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot read '%s'", name);
    if (!S_ISREG(st.st_mode))
        return rt_error_set(err, ROMTOOL_E_NOT_REGULAR, ROMTOOL_NO_OFFSET,
                            "'%s' is not a regular file", name);
    *ret_size = (uint64_t)st.st_size;
    return 0;
}

int rt_file_open(int dirfd, const char *path, int *ret_fd, uint64_t *ret_size,
                 struct romtool_error *err)
{
    /* O_NONBLOCK: opening a pipe must not wait for its writer */
    int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int ret;

    *ret_fd = -1;
    *ret_size = 0;
    if (fd < 0)
        return rt_error_system(
            err, errno == ENOENT || errno == ENOTDIR ? ROMTOOL_E_NOT_FOUND : ROMTOOL_E_IO, errno,
            "cannot open '%s'", path);
    ret = regular_size(fd, path, ret_size, err);
    if (ret < 0) {
        (void)close(fd);
        return ret;
    }
    *ret_fd = fd;
    return 0;
}

int rt_file_is_there(const char *path, bool *ret, struct romtool_error *err)
{
    *ret = access(path, F_OK) == 0;
    if (*ret || errno == ENOENT || errno == ENOTDIR)
        return 0;
    return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot look for '%s'", path);
}

/* Reads until n bytes are there or the input ends; -1 with errno where it fails. */
static ssize_t read_fully(int fd, uint8_t *data, size_t n, bool positioned)
{
    size_t done = 0;

    while (done < n) {
        ssize_t got = positioned ? pread(fd, data + done, n - done, (off_t)done)
                                 : read(fd, data + done, n - done);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

int rt_file_fill(int fd, uint8_t *data, size_t n, struct romtool_error *err)
{
    ssize_t got = read_fully(fd, data, n, true);
    ssize_t more = 0;
    uint8_t beyond;

    if (got == (ssize_t)n)
        more = pread(fd, &beyond, 1, (off_t)n);
    if (got < 0 || more < 0)
        return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot read");
    if (got != (ssize_t)n || more != 0)
        return rt_error_set(err, ROMTOOL_E_CHANGED, (uint64_t)got,
                            "changed while it was read: it was %zu bytes long", n);
    return 0;
}

static int too_large(const char *name, size_t limit, struct romtool_error *err)
{
    return rt_error_set(err, ROMTOOL_E_TOO_LARGE, limit,
                        "'%s': larger than the %zu bytes that are read", name, limit);
}

int rt_file_read_fd(int fd, const char *name, size_t limit, struct rt_file *ret,
                    struct romtool_error *err)
{
    uint64_t size;
    uint8_t *data;
    int r;

    *ret = (struct rt_file){0};
    r = regular_size(fd, name, &size, err);
    if (r < 0)
        return r;
    if (size > limit)
        return too_large(name, limit, err);
    data = malloc((size_t)size + 1);
    if (data == NULL)
        return rt_error_no_memory(err);
    r = rt_file_fill(fd, data, (size_t)size, err);
    if (r < 0) {
        rt_error_prefix(err, "'%s'", name);
        free(data);
        return r;
    }
    data[size] = '\0';
    *ret = (struct rt_file){data, (size_t)size};
    return 0;
}

/* A pipe says its size only by ending: the buffer grows up to the limit. */
static int read_stream(int fd, const char *name, size_t limit, struct rt_file *ret,
                       struct romtool_error *err)
{
    struct rt_buffer buf = {0};
    uint8_t chunk[16384];
    ssize_t got = 0;

    while (!buf.failed && buf.len <= limit &&
           (got = read_fully(fd, chunk, sizeof(chunk), false)) > 0)
        rt_buffer_append(&buf, chunk, (size_t)got);
    if (got >= 0 && !buf.failed && buf.len <= limit) {
        rt_buffer_append(&buf, "", 0);
        if (!buf.failed) {
            *ret = (struct rt_file){(uint8_t *)buf.data, buf.len};
            return 0;
        }
    }
    int saved = errno;
    size_t len = buf.len;
    rt_buffer_free(&buf);
    if (got < 0)
        return rt_error_system(err, ROMTOOL_E_IO, saved, "cannot read '%s'", name);
    return len > limit ? too_large(name, limit, err) : rt_error_no_memory(err);
}

int rt_file_read(const char *path, size_t limit, struct rt_file *ret, struct romtool_error *err)
{
    uint64_t size;
    int fd, r;

    *ret = (struct rt_file){0};
    if (strcmp(path, "-") == 0)
        return read_stream(STDIN_FILENO, "standard input", limit, ret, err);
    r = rt_file_open(AT_FDCWD, path, &fd, &size, err);
    if (r < 0)
        return r;
    r = rt_file_read_fd(fd, path, limit, ret, err);
    (void)close(fd);
    return r;
}

static int write_fully(int fd, struct rt_bytes bytes)
{
    size_t done = 0;

    while (done < bytes.len) {
        ssize_t put = write(fd, bytes.data + done, bytes.len - done);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        done += (size_t)put;
    }
    return 0;
}

int rt_file_write_fd(int fd, const char *name, struct rt_bytes bytes, struct romtool_error *err)
{
    if (write_fully(fd, bytes) < 0)
        return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot write '%s'", name);
    return 0;
}

/* fsync(2) of the directory; -1 with errno. */
static int sync_directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *dir = slash == NULL   ? strdup(".")
                : slash == path ? strdup("/")
                                : strndup(path, (size_t)(slash - path));
    int fd = -1, r = -1;

    if (dir != NULL)
        fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        r = fsync(fd);
        (void)close(fd);
    }
    free(dir);
    return r;
}

int rt_file_sync_directory(const char *path, struct romtool_error *err)
{
    if (sync_directory_of(path) < 0)
        return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot sync the directory of '%s'", path);
    return 0;
}

/* link(2) refuses to replace, rename(2) replaces; neither ever shows half a file. */
static int publish(const char *temporary, const char *path, unsigned flags)
{
    if ((flags & RT_FILE_KEEP) == 0)
        return rename(temporary, path);
    if (link(temporary, path) < 0)
        return -1;
    return unlink(temporary);
}

/* rename(2) would put a file in the place of /dev/null, too. */
static bool is_irregular(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

int rt_file_write(const char *path, unsigned mode, unsigned flags, struct rt_bytes bytes,
                  struct romtool_error *err)
{
    struct rt_buffer temporary = {0};
    int fd = -1, saved = 0, ret = 0;

    if (is_irregular(path))
        return rt_error_set(err, ROMTOOL_E_NOT_REGULAR, ROMTOOL_NO_OFFSET,
                            "cannot write '%s': not a regular file", path);
    rt_buffer_printf(&temporary, "%s.XXXXXX", path);
    if (temporary.failed) {
        ret = rt_error_no_memory(err);
        goto out;
    }
    fd = mkstemp(temporary.data);
    if (fd < 0) {
        ret = rt_error_system(err, ROMTOOL_E_IO, errno, "cannot write '%s'", path);
        goto out;
    }
    if (write_fully(fd, bytes) < 0 || fchmod(fd, (mode_t)mode) < 0 || fsync(fd) < 0)
        saved = errno;
    if (close(fd) < 0 && saved == 0)
        saved = errno;
    if (saved == 0 && publish(temporary.data, path, flags) < 0)
        saved = errno;
    if (saved != 0) {
        (void)unlink(temporary.data);
        ret = rt_error_system(err, ROMTOOL_E_IO, saved, "cannot write '%s'", path);
    } else {
        ret = rt_file_sync_directory(path, err);
    }
out:
    rt_buffer_free(&temporary);
    return ret;
}

void rt_file_free(struct rt_file *file)
{
    free(file->data);
    *file = (struct rt_file){0};
}

void rt_file_wipe(struct rt_file *file)
{
    if (file->data != NULL)
        rt_bytes_wipe(file->data, file->len);
    rt_file_free(file);
}
