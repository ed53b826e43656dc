/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fuzz target as an ordinary test: NAME CORPUS feeds it every file of the corpus, every beginning
 * of the small ones, and each of these with one bit changed.
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL = 256 /* bytes */ };

static void fail(const char *what, const char *name)
{
    printf("not ok 1 - %s %s\n1..1\n", what, name);
    exit(1);
}

/* On a heap copy of exactly its size, so that a sanitizer sees the first byte beyond it. */
static void feed(const uint8_t *data, size_t size, size_t bit)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);

    if (copy == NULL)
        fail("out of memory", "");
    memcpy(copy, data, size);
    if (bit / 8 < size)
        copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
    (void)LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void replay(const char *directory, const char *name)
{
    static uint8_t data[FUZZ_SIZE_MAX];
    char path[4096];
    size_t size;
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    file = fopen(path, "rb");
    if (file == NULL)
        fail("cannot open", path);
    size = fread(data, 1, sizeof(data), file);
    (void)fclose(file);
    feed(data, size, SIZE_MAX);
    for (size_t n = 0; n < size && n < SMALL; n++)
        feed(data, n, SIZE_MAX);
    for (size_t bit = 0; bit < 8 * size && bit < 8 * (size_t)SMALL; bit++)
        feed(data, size, bit);
}

int main(int argc, char **argv)
{
    const struct dirent *entry;
    unsigned n = 0;
    DIR *directory;

    if (argc != 2)
        fail("usage:", "NAME CORPUS");
    directory = opendir(argv[1]);
    if (directory == NULL)
        fail("cannot open", argv[1]);
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        replay(argv[1], entry->d_name);
        printf("ok %u - %s\n", ++n, entry->d_name);
        (void)fflush(stdout);
    }
    (void)closedir(directory);
    if (n == 0)
        fail("no input in", argv[1]);
    printf("1..%u\n", n);
    return 0;
}
