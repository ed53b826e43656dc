/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/input.h"

#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int pass_on(struct input *input, struct rt_bytes bytes, struct romtool_error *err)
{
    int r;

    if (input->tee < 0)
        return 0;
    r = rt_file_write_fd(input->tee, "standard output", bytes, err);
    input->tee_failed = r < 0;
    return r;
}

static int read_input(void *user, uint64_t offset, uint8_t *data, size_t n, size_t *ret_n,
                      struct romtool_error *err)
{
    struct input *input = user;
    ssize_t got = 0;

    *ret_n = 0;
    if (input->source.seekable && offset > INT64_MAX)
        return 0; /* behind any file's end */
    if (!input->source.seekable && rt_source_check_place(offset, input->passed, err) < 0)
        return ROMTOOL_E_INTERNAL;
    do {
        got = input->source.seekable ? pread(input->fd, data, n, (off_t)offset)
                                     : read(input->fd, data, n);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot read '%s'", input->path);
    *ret_n = (size_t)got;
    input->passed += (size_t)got;
    return pass_on(input, (struct rt_bytes){data, (size_t)got}, err);
}

int input_open(const char *path, int tee, struct input *ret, struct romtool_error *err)
{
    struct stat st;
    uint64_t size;
    int r;

    *ret = (struct input){.source = {read_input, ret, false}, .path = path, .fd = -1, .tee = tee};
    if (strcmp(path, "-") != 0) {
        r = rt_file_open(AT_FDCWD, path, &ret->fd, &size, err);
        ret->source.seekable = r == 0 && tee < 0;
        return r;
    }
    ret->path = "standard input";
    ret->fd = STDIN_FILENO;
    /* what was read of it before is not there any more: a file is then read as a pipe is */
    ret->source.seekable = tee < 0 && fstat(ret->fd, &st) == 0 && S_ISREG(st.st_mode) &&
                           lseek(ret->fd, 0, SEEK_CUR) == 0;
    return 0;
}

int input_drain(struct input *input, struct romtool_error *err)
{
    uint8_t buffer[65536];
    size_t n = 1;
    int r = 0;

    while (r == 0 && n > 0 && !input->tee_failed)
        r = read_input(input, input->passed, buffer, sizeof(buffer), &n, err);
    return r;
}

void input_close(struct input *input)
{
    if (input->fd > STDIN_FILENO)
        (void)close(input->fd);
    input->fd = -1;
}
