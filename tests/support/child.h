/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A test in a process of its own: descriptors, limits and the current directory end with it. In
 * there cmocka's assertions would go on with the next test; require() ends the process instead. It
 * ends by exit(), so that a sanitizer looks for leaks.
 */
#ifndef TESTS_SUPPORT_CHILD_H
#define TESTS_SUPPORT_CHILD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define require(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "# %s:%d: %s\n", __FILE__, __LINE__, #condition);                \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* The two strings in full where they differ: a sentence is the thing that changes. */
#define require_string(actual, expected)                                                           \
    do {                                                                                           \
        if (strcmp(actual, expected) != 0) {                                                       \
            (void)fprintf(stderr, "# %s:%d: '%s' is not '%s'\n", __FILE__, __LINE__, actual,       \
                          expected);                                                               \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* Runs fn(argument) in a child; true where it came to its end. */
static inline bool in_child(void (*fn)(const void *argument), const void *argument)
{
    int status = 0;
    pid_t pid;

    (void)fflush(NULL);
    pid = fork();
    if (pid == 0) {
        fn(argument);
        exit(0);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

#endif
