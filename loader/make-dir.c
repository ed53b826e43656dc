/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/make-dir.h"

#include "core/file.h"
#include "loader/safe-dir.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_one(const char *root, const char *path, struct romtool_error *err)
{
    struct rt_buffer whole = {0};
    int r = 0;

    rt_buffer_printf(&whole, "%s%s", root, path);
    if (whole.failed)
        r = rt_error_no_memory(err);
    else if (mkdir(whole.data, 0755) == 0)
        r = rt_file_sync_directory(whole.data, err);
    else if (errno != EEXIST)
        r = rt_error_system(err, ROMTOOL_E_IO, errno, "cannot make '%s'", whole.data);
    rt_buffer_free(&whole);
    return r;
}

int rt_make_dir(const char *root, const char *path, int *ret_fd, struct romtool_error *err)
{
    char *part = strdup(path);
    size_t n = 0;
    int r = part == NULL ? rt_error_no_memory(err) : 0;

    *ret_fd = -1;
    while (r == 0) {
        n += strspn(path + n, "/");
        if (path[n] == '\0')
            break;
        n += strcspn(path + n, "/");
        part[n] = '\0';
        if (*ret_fd >= 0)
            (void)close(*ret_fd);
        r = make_one(root, part, err);
        if (r == 0)
            r = rt_safe_dir_open(root, part, ret_fd, err);
        else
            *ret_fd = -1;
        part[n] = path[n];
    }
    if (r == 0 && *ret_fd < 0) /* the root itself */
        r = rt_safe_dir_open(root, "", ret_fd, err);
    free(part);
    return r;
}
