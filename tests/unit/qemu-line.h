/* SPDX-License-Identifier: BSD-2-Clause */
/* A command line of QEMU, by its words. */
#ifndef TESTS_UNIT_QEMU_LINE_H
#define TESTS_UNIT_QEMU_LINE_H

#include "loader/qemu.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct line {
    char *copy;
    char *argv[32];
    int argc;
};

/* The words behind argv[0], separated by one space each. */
static inline struct line line_of(const char *words)
{
    struct line line = {.copy = strdup(words), .argv = {(char *)(uintptr_t) "qemu"}, .argc = 1};

    assert_non_null(line.copy);
    for (char *word = line.copy; word != NULL && words[0] != '\0';) {
        char *space = strchr(word, ' ');

        assert_true((size_t)line.argc + 1 < COUNT(line.argv));
        line.argv[line.argc++] = word;
        if (space != NULL)
            *space++ = '\0';
        word = space;
    }
    return line;
}

/* A line, and what it is read as or refused with. */
struct reading {
    const char *words;
    const char *expected;
};

#endif
