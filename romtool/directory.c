/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/directory.h"

#include "core/bytes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

char *path_join(const char *dir, const char *name)
{
    struct rt_buffer path = {0};

    rt_buffer_printf(&path, "%s/%s", dir, name);
    return path.failed ? NULL : path.data;
}

char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

bool is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool is_same_file(const char *a, const char *b)
{
    struct stat sa, sb;

    return stat(a, &sa) == 0 && stat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
           sa.st_ino == sb.st_ino;
}

bool is_rom_name(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot != NULL && (strcmp(dot, ".rom") == 0 || strcmp(dot, ".bin") == 0);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_name(struct file_names *names, const char *name)
{
    char **grown = realloc(names->names, (names->n + 1) * sizeof(*names->names));

    if (grown == NULL)
        return -1;
    names->names = grown;
    grown[names->n] = strdup(name);
    if (grown[names->n] == NULL)
        return -1;
    names->n++;
    return 0;
}

int directory_list(const char *dir, struct file_names *ret, struct romtool_error *err)
{
    DIR *stream = opendir(dir);
    struct dirent *entry;
    int r = 0;

    *ret = (struct file_names){0};
    if (stream == NULL)
        return rt_error_system(err, errno == ENOENT ? ROMTOOL_E_NOT_FOUND : ROMTOOL_E_IO, errno,
                               "cannot read directory '%s'", dir);
    while (r == 0) {
        struct stat st;

        errno = 0;
        entry = readdir(stream);
        if (entry == NULL)
            break;
        if (entry->d_name[0] == '.')
            continue;
        /* a dangling link is listed too: whoever reads it says so */
        if (fstatat(dirfd(stream), entry->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode))
            continue;
        if (add_name(ret, entry->d_name) < 0)
            r = rt_error_no_memory(err);
    }
    if (r == 0 && errno != 0)
        r = rt_error_system(err, ROMTOOL_E_IO, errno, "cannot read directory '%s'", dir);
    (void)closedir(stream);
    if (r < 0)
        file_names_free(ret);
    else if (ret->n > 0)
        qsort(ret->names, ret->n, sizeof(*ret->names), compare_names);
    return r;
}

void file_names_free(struct file_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->names[i]);
    free(names->names);
    *names = (struct file_names){0};
}
