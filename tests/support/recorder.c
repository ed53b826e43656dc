/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `romtool run` executes in a QEMU's place: writes into the directory $RECORD the words of its
 * command line ("argv"), one a line; each of its descriptors with where it leads, a memfd's size
 * and seals ("descriptors"); the bytes of each memfd that has some, in a file of the descriptor's
 * number; and then "whole".
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 1024 }; /* descriptors */

static FILE *create(const char *directory, const char *name)
{
    char path[4096];
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    f = fopen(path, "w");
    if (f == NULL)
        exit(1);
    return f;
}

static void copy(const char *directory, int fd)
{
    char name[16], chunk[65536];
    off_t at = 0;
    ssize_t n = pread(fd, chunk, 1, 0);
    FILE *f;

    if (n == 0)
        return;
    (void)snprintf(name, sizeof(name), "%d", fd);
    f = create(directory, name);
    while ((n = pread(fd, chunk, sizeof(chunk), at)) > 0) {
        (void)fwrite(chunk, 1, (size_t)n, f);
        at += n;
    }
    (void)fclose(f);
}

/* Before anything else is open: those that were handed on, and whether what they are is a memfd. */
static size_t find_descriptors(int ret[MOST])
{
    DIR *dir = opendir("/proc/self/fd");
    const struct dirent *entry;
    size_t n = 0;

    while (dir != NULL && n < MOST && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(dir))
            ret[n++] = atoi(entry->d_name);
    }
    (void)closedir(dir);
    return n;
}

int main(int argc, char **argv)
{
    const char *directory = getenv("RECORD");
    static int fds[MOST];
    size_t n = find_descriptors(fds);
    FILE *words, *descriptors;

    if (directory == NULL)
        return 1;
    words = create(directory, "argv");
    for (int i = 0; i < argc; i++)
        (void)fprintf(words, "%s\n", argv[i]);
    (void)fclose(words);
    descriptors = create(directory, "descriptors");
    for (size_t i = 0; i < n; i++) {
        char link[64], target[4096] = "";

        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fds[i]);
        if (readlink(link, target, sizeof(target) - 1) < 0)
            exit(1);
        if (strncmp(target, "/memfd:", 7) != 0) {
            (void)fprintf(descriptors, "%d %s\n", fds[i], target);
            continue;
        }
        (void)fprintf(descriptors, "%d memfd %ld %d\n", fds[i], (long)lseek(fds[i], 0, SEEK_END),
                      fcntl(fds[i], F_GET_SEALS));
        copy(directory, fds[i]);
    }
    (void)fclose(descriptors);
    return fclose(create(directory, "whole")) == 0 ? 0 : 1;
}
