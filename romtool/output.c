/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/output.h"

#include "core/file.h"
#include "romtool/directory.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

void output_look(struct output *output)
{
    output->is_directory = output->path != NULL && is_directory(output->path);
}

bool output_is_stdout(const struct output *output)
{
    return output->path != NULL && strcmp(output->path, "-") == 0;
}

static bool is_regular(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* The caller frees it. */
static char *output_path(const struct output *output, const char *path)
{
    struct rt_buffer out = {0};

    if (output->in_place)
        return realpath(path, NULL); /* a link stays a link: what it leads to is replaced */
    if (!output->is_directory)
        return strdup(output->path);
    rt_buffer_printf(&out, "%s/%s", output->path, file_name(path));
    return out.failed ? NULL : out.data;
}

bool output_places_agree(const struct output *output, const struct command_help *help, int n,
                         char **paths)
{
    bool named = output->in_place || output->is_directory;

    for (int i = 0; i < n; i++) {
        if (named && strcmp(paths[i], "-") == 0) {
            (void)usage_error(help, "standard input has no name, -o OUT must be a file or '-'");
            return false;
        }
        for (int j = 0; j < i && output->is_directory; j++) {
            if (strcmp(file_name(paths[i]), file_name(paths[j])) == 0) {
                (void)usage_error(help, "two files named '%s' go into '%s'", file_name(paths[i]),
                                  output->path);
                return false;
            }
        }
    }
    return true;
}

bool output_spares_inputs(const struct output *output, const struct command_help *help, int n,
                          char **paths)
{
    bool spares = true;

    for (int i = 0; i < n && spares && !output->in_place && output->path != NULL; i++) {
        char *out = output_path(output, paths[i]);

        spares = out == NULL || !is_regular(out) || !is_same_file(out, paths[i]);
        free(out);
        if (!spares)
            (void)usage_error(help, "'%s' would replace itself, that is --in-place", paths[i]);
    }
    return spares;
}

int output_write(const struct output *output, const char *path, struct rt_bytes bytes,
                 struct romtool_error *err)
{
    char *out = output_path(output, path);
    unsigned mode = 0644;
    struct stat st;
    int r;

    if (out == NULL)
        return rt_error_system(err, errno == ENOMEM ? ROMTOOL_E_NO_MEMORY : ROMTOOL_E_IO, errno,
                               "cannot write '%s'", path);
    if (output->in_place && stat(out, &st) == 0)
        mode = (unsigned)st.st_mode & 07777U;
    if (strcmp(out, "-") == 0)
        r = rt_file_write_fd(STDOUT_FILENO, "standard output", bytes, err);
    else
        r = rt_file_write(out, mode, 0, bytes, err);
    free(out);
    return r;
}
