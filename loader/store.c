/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/store.h"

#include "slots/move.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    DEPTH_MAX = 6,       /* directories in each other */
    ENTRIES_MAX = 65536, /* that are looked at */
};

struct search {
    const char *root, *store, *file;
    const char *other; /* what the file may be called, too */
    uint64_t slot;
    size_t seen; /* entries so far */
    struct rt_store_list *found;
};

static char *join(const char *dir, const char *separator, const char *name)
{
    struct rt_buffer path = {0};

    rt_buffer_printf(&path, "%s%s%s", dir, separator, name);
    return path.data;
}

static int keep(struct rt_store_list *list, const char *path, struct romtool_error *err)
{
    char **grown = realloc(list->paths, (list->n + 1) * sizeof(*grown));

    if (grown == NULL)
        return rt_error_no_memory(err);
    list->paths = grown;
    grown[list->n] = strdup(path);
    if (grown[list->n] == NULL)
        return rt_error_no_memory(err);
    list->n++;
    return 0;
}

/* The latest release first: a serial, or a version. */
static int later(const struct dirent **a, const struct dirent **b)
{
    return versionsort(b, a);
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int look_in(struct search *search, const char *dir, unsigned depth,
                   struct romtool_error *err);

/* Who could put a file there, or change one, would choose what old machine types load. */
static int check_safe(const char *path, const struct stat *st, struct romtool_error *err)
{
    if ((st->st_mode & S_IWOTH) == 0 && (st->st_uid == 0 || st->st_uid == geteuid()))
        return 0;
    return rt_error_set(err, ROMTOOL_E_UNSAFE_TRUST, ROMTOOL_NO_OFFSET,
                        "others can write to '%s', which chooses ROMs", path);
}

static int look_at(struct search *search, const char *dir, const char *name, unsigned depth,
                   struct romtool_error *err)
{
    bool is_called = strcmp(name, search->file) == 0 || strcmp(name, search->other) == 0;
    char *path = join(dir, "/", name);
    char *below = path != NULL ? join(search->root, "", path) : NULL;
    struct stat st;
    int r = 0;

    if (below == NULL)
        r = rt_error_no_memory(err);
    else if (lstat(below, &st) == 0 && S_ISDIR(st.st_mode)) /* no link leads in a circle */
        r = depth < DEPTH_MAX ? look_in(search, path, depth + 1, err) : 0;
    else if (is_called && stat(below, &st) == 0 && S_ISREG(st.st_mode) &&
             (uint64_t)st.st_size == search->slot) {
        r = check_safe(below, &st, err);
        if (r == 0)
            r = keep(search->found, path, err);
    }
    free(path);
    free(below);
    return r;
}

static int look_at_next(struct search *search, const char *dir, const char *name, unsigned depth,
                        struct romtool_error *err)
{
    if (search->seen++ >= ENTRIES_MAX)
        return rt_error_set(err, ROMTOOL_E_TOO_LARGE, ROMTOOL_NO_OFFSET,
                            "more than %d names below '%s%s'", ENTRIES_MAX, search->root,
                            search->store);
    return look_at(search, dir, name, depth, err);
}

/* A directory that is not there has nothing in it. */
static int look_in(struct search *search, const char *dir, unsigned depth,
                   struct romtool_error *err)
{
    char *below = join(search->root, "", dir);
    struct dirent **entries = NULL;
    struct stat st;
    int n, r = 0;

    if (below == NULL)
        return rt_error_no_memory(err);
    n = scandir(below, &entries, is_shown, later);
    if (n < 0 && errno == ENOMEM)
        r = rt_error_no_memory(err);
    else if (n < 0 && errno != ENOENT)
        r = rt_error_system(err, ROMTOOL_E_IO, errno, "cannot read directory '%s'", below);
    else if (n >= 0 && stat(below, &st) == 0)
        r = check_safe(below, &st, err);
    for (int i = 0; i < n; i++) {
        if (r == 0)
            r = look_at_next(search, dir, entries[i]->d_name, depth, err);
        free(entries[i]);
    }
    free(entries);
    free(below);
    return r;
}

int rt_store_list(const char *root, const char *store, const char *file, uint64_t slot,
                  struct rt_store_list *ret, struct romtool_error *err)
{
    const struct rt_move move = {.from_slot = slot, .file = file};
    struct rt_buffer other = {0};
    struct search search = {.root = root, .store = store, .file = file, .slot = slot, .found = ret};
    int r;

    *ret = (struct rt_store_list){0};
    rt_move_file(&move, &other);
    search.other = other.data;
    r = other.failed ? rt_error_no_memory(err) : look_in(&search, store, 0, err);
    rt_buffer_free(&other);
    return r;
}

void rt_store_list_free(struct rt_store_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->paths[i]);
    free(list->paths);
    *list = (struct rt_store_list){0};
}
