/* SPDX-License-Identifier: BSD-2-Clause */
/* Other people's programs, run by a test in a directory of its own. */
#ifndef TESTS_UNIT_PROGRAMS_H
#define TESTS_UNIT_PROGRAMS_H

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/bytes.h"

extern char **environ;

static char scratch[PATH_MAX / 2]; /* the test's directory */

static inline bool scratch_make(void)
{
    const char *tmp = getenv("TMPDIR");

    (void)snprintf(scratch, sizeof(scratch), "%s/romtool-test-XXXXXX", tmp != NULL ? tmp : "/tmp");
    return mkdtemp(scratch) != NULL;
}

static inline const char *scratch_path(char ret[PATH_MAX], const char *name)
{
    (void)snprintf(ret, PATH_MAX, "%s/%s", scratch, name);
    return ret;
}

/* With all files in it; tests make no directories there. */
static inline void scratch_remove(void)
{
    char path[PATH_MAX];
    DIR *dir = opendir(scratch);
    struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL)
        (void)unlink(scratch_path(path, entry->d_name));
    if (dir != NULL)
        (void)closedir(dir);
    (void)rmdir(scratch);
}

/* As cmocka sets a test or a group up, and tears it down. */
static inline int scratch_set_up(void **state)
{
    (void)state;
    return scratch_make() ? 0 : -1;
}

static inline int scratch_tear_down(void **state)
{
    (void)state;
    scratch_remove();
    return 0;
}

static inline bool scratch_write(const char *name, const void *data, size_t n)
{
    char path[PATH_MAX];
    FILE *f = fopen(scratch_path(path, name), "wb");
    bool written = f != NULL && fwrite(data, 1, n, f) == n;

    return f != NULL && fclose(f) == 0 && written;
}

/* The file's bytes in a buffer that the caller frees; failed where there is no such file. */
static inline struct rt_buffer scratch_read(const char *name)
{
    struct rt_buffer ret = {0};
    char path[PATH_MAX], bytes[4096];
    FILE *f = fopen(scratch_path(path, name), "rb");
    size_t n;

    ret.failed = f == NULL;
    while (f != NULL && (n = fread(bytes, 1, sizeof(bytes), f)) > 0)
        rt_buffer_append(&ret, bytes, n);
    if (f != NULL)
        (void)fclose(f);
    return ret;
}

/*
 * Runs argv[0] from PATH with nothing to read; what it prints goes into the file "output". Returns
 * its exit status, 128 + the signal that ended it, or -1 where there is no such program.
 */
static inline int run(const char *const argv[])
{
    posix_spawn_file_actions_t actions;
    char output[PATH_MAX];
    int status = 0, r;
    pid_t pid;

    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, 1, scratch_path(output, "output"),
                                           O_WRONLY | O_CREAT | O_TRUNC, 0600);
    (void)posix_spawn_file_actions_adddup2(&actions, 1, 2);
    r = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    if (r != 0 || waitpid(pid, &status, 0) != pid)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif
