/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/safe-dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int unsafe(const char *what, const char *shown, const char *why, struct romtool_error *err)
{
    return rt_error_set(err, ROMTOOL_E_UNSAFE_TRUST, ROMTOOL_NO_OFFSET, "%s '%s': %s", what, shown,
                        why);
}

/* What is open at fd must be root's or the caller's own, and nobody else's to write. */
static int check(int fd, const char *what, const char *shown, struct romtool_error *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot look at '%s'", shown);
    if (st.st_uid != 0 && st.st_uid != geteuid())
        return unsafe(what, shown, "not owned by root", err);
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return unsafe(what, shown, "others can write to it", err);
    return 0;
}

/* One step down; takes fd over. */
static int step(int fd, const char *name, const char *shown, int *ret_fd, struct romtool_error *err)
{
    int next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int r = 0;

    if (next < 0 && errno == ENOENT)
        r = rt_error_set(err, ROMTOOL_E_NOT_FOUND, ROMTOOL_NO_OFFSET, "no '%s'", shown);
    else if (next < 0 && (errno == ELOOP || errno == ENOTDIR))
        r = unsafe("directory", shown, "a link, or no directory", err);
    else if (next < 0)
        r = rt_error_system(err, ROMTOOL_E_IO, errno, "cannot open '%s'", shown);
    else
        r = check(next, "directory", shown, err);
    (void)close(fd);
    if (r < 0 && next >= 0)
        (void)close(next);
    *ret_fd = r < 0 ? -1 : next;
    return r;
}

int rt_safe_dir_open(const char *root, const char *path, int *ret_fd, struct romtool_error *err)
{
    bool own_root = root[0] != '\0' && strcmp(root, "/") != 0;
    char name[256];
    int fd, r = 0;

    *ret_fd = -1;
    fd = open(own_root ? root : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return rt_error_system(err, errno == ENOENT ? ROMTOOL_E_NOT_FOUND : ROMTOOL_E_IO, errno,
                               "cannot open '%s'", own_root ? root : "/");
    if (own_root)
        r = check(fd, "directory", root, err);
    while (r == 0 && *path != '\0') {
        size_t n;

        path += strspn(path, "/");
        n = strcspn(path, "/");
        if (n == 0)
            break;
        if (n >= sizeof(name)) {
            r = rt_error_set(err, ROMTOOL_E_IO, ROMTOOL_NO_OFFSET, "a name of %zu bytes", n);
            break;
        }
        memcpy(name, path, n);
        name[n] = '\0';
        path += n;
        r = step(fd, name, name, &fd, err);
    }
    if (r < 0 && fd >= 0)
        (void)close(fd);
    *ret_fd = r < 0 ? -1 : fd;
    return r;
}

/* Is it a link to /dev/null? */
static bool is_masked(int dirfd, const char *name)
{
    char target[sizeof("/dev/null")];
    ssize_t n = readlinkat(dirfd, name, target, sizeof(target));

    return n == (ssize_t)sizeof(target) - 1 && memcmp(target, "/dev/null", (size_t)n) == 0;
}

int rt_safe_file_read(int dirfd, const char *shown, const char *name, size_t limit,
                      struct rt_file *ret, struct romtool_error *err)
{
    char path[1024];
    int fd, r;

    *ret = (struct rt_file){0};
    if (is_masked(dirfd, name))
        return 0;
    (void)snprintf(path, sizeof(path), "%s/%s", shown, name);
    fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return rt_error_set(err, ROMTOOL_E_NOT_FOUND, ROMTOOL_NO_OFFSET, "no '%s'", path);
    if (fd < 0 && errno == ELOOP)
        return unsafe("file", path, "a link, and not to /dev/null", err);
    if (fd < 0)
        return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot open '%s'", path);
    r = check(fd, "file", path, err);
    if (r == 0)
        r = rt_file_read_fd(fd, path, limit, ret, err);
    (void)close(fd);
    return r;
}

int rt_safe_dir_each(int dirfd, const char *shown,
                     int (*fn)(void *user, const char *name, struct romtool_error *err), void *user,
                     struct romtool_error *err)
{
    int copy = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = copy >= 0 ? fdopendir(copy) : NULL;
    struct dirent *entry;
    int r = 0;

    if (stream == NULL) {
        r = rt_error_system(err, ROMTOOL_E_IO, errno, "cannot read directory '%s'", shown);
        if (copy >= 0)
            (void)close(copy);
        return r;
    }
    errno = 0;
    while (r >= 0 && (entry = readdir(stream)) != NULL) {
        if (entry->d_name[0] != '.')
            r = fn(user, entry->d_name, err);
        errno = 0;
    }
    if (r >= 0 && errno != 0)
        r = rt_error_system(err, ROMTOOL_E_IO, errno, "cannot read directory '%s'", shown);
    (void)closedir(stream);
    return r < 0 ? r : 0;
}
