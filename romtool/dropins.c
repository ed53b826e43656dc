/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/dropins.h"

#include "core/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const directories[] = {
    "/etc/romtool/slots.d",
    "/run/romtool/slots.d",
    "/usr/lib/romtool/slots.d",
};

enum { DIRECTORIES = sizeof(directories) / sizeof(directories[0]) };

/* The file names of all directories, each once, where it counts. */
struct dropins {
    struct dropin {
        char *name; /* "site.json" */
        char *path;
    } * items;
    size_t n;
};

static void dropins_free(struct dropins *dropins)
{
    for (size_t i = 0; i < dropins->n; i++) {
        free(dropins->items[i].name);
        free(dropins->items[i].path);
    }
    free(dropins->items);
    *dropins = (struct dropins){0};
}

static int add(struct dropins *dropins, const char *dir, const char *name,
               struct romtool_error *err)
{
    struct dropin *grown = realloc(dropins->items, (dropins->n + 1) * sizeof(*dropins->items));
    struct rt_buffer path = {0};

    if (grown == NULL)
        return rt_error_no_memory(err);
    dropins->items = grown;
    rt_buffer_printf(&path, "%s/%s", dir, name);
    grown[dropins->n] = (struct dropin){strdup(name), path.data};
    dropins->n++;
    return path.failed || grown[dropins->n - 1].name == NULL ? rt_error_no_memory(err) : 0;
}

static bool is_hidden(const struct dropins *dropins, const char *name)
{
    for (size_t i = 0; i < dropins->n; i++) {
        if (strcmp(dropins->items[i].name, name) == 0)
            return true;
    }
    return false;
}

static bool is_slot_file(const char *name)
{
    size_t n = strlen(name);

    return name[0] != '.' && n > 5 && strcmp(name + n - 5, ".json") == 0;
}

/* A directory that is not there has no files. */
static int add_directory(struct dropins *dropins, const char *dir, struct romtool_error *err)
{
    DIR *stream = opendir(dir);
    struct dirent *entry;
    int r = 0;

    if (stream == NULL && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (stream == NULL)
        return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot read directory '%s'", dir);
    errno = 0;
    while (r == 0 && (entry = readdir(stream)) != NULL) {
        if (is_slot_file(entry->d_name) && !is_hidden(dropins, entry->d_name))
            r = add(dropins, dir, entry->d_name, err);
        errno = 0;
    }
    if (r == 0 && errno != 0)
        r = rt_error_system(err, ROMTOOL_E_IO, errno, "cannot read directory '%s'", dir);
    (void)closedir(stream);
    return r;
}

static int compare_dropins(const void *a, const void *b)
{
    const struct dropin *x = a, *y = b;

    return strcmp(x->name, y->name);
}

static int collect(const char *root, struct dropins *ret, struct romtool_error *err)
{
    int r = 0;

    *ret = (struct dropins){0};
    for (size_t i = 0; i < DIRECTORIES && r == 0; i++) {
        struct rt_buffer dir = {0};

        rt_buffer_printf(&dir, "%s%s", root, directories[i]);
        r = dir.failed ? rt_error_no_memory(err) : add_directory(ret, dir.data, err);
        rt_buffer_free(&dir);
    }
    if (r == 0 && ret->n > 0)
        qsort(ret->items, ret->n, sizeof(*ret->items), compare_dropins);
    return r;
}

/* What one drop-in has; *ret is NULL where it only masks. */
static int read_dropin(const char *path, struct rt_slot_file **ret, struct romtool_error *err)
{
    struct rt_file text;
    int r = rt_file_read(path, RT_SLOT_FILE_SIZE_MAX, &text, err);

    *ret = NULL;
    if (r < 0 || text.len == 0) {
        rt_file_free(&text);
        return r;
    }
    r = rt_slot_file_read(rt_file_bytes(&text), ret, err);
    if (r < 0)
        rt_error_prefix(err, "'%s'", path);
    rt_file_free(&text);
    return r;
}

struct walk {
    void (*fn)(void *user, const struct rt_slot_profile *profile, const char *path);
    void *user;
    struct seen {
        char name[ROMTOOL_NAME_SIZE]; /* of a profile */
        const char *path;
    } * seen;
    size_t n_seen;
};

static const char *seen_in(const struct walk *walk, const char *profile)
{
    for (size_t i = 0; i < walk->n_seen; i++) {
        if (strcmp(walk->seen[i].name, profile) == 0)
            return walk->seen[i].path;
    }
    return NULL;
}

static int take_series(struct walk *walk, const struct rt_slot_vendor *vendor, size_t series,
                       const char *path, struct romtool_error *err)
{
    struct rt_slot_profile profile;
    struct seen *grown;

    rt_slot_profile_make(&profile, vendor, &vendor->series[series]);
    if (seen_in(walk, profile.name) != NULL)
        return rt_error_set(err, ROMTOOL_E_BAD_SLOT_FILE, ROMTOOL_NO_OFFSET,
                            "'%s' and '%s' both have the profile %s", seen_in(walk, profile.name),
                            path, profile.name);
    grown = realloc(walk->seen, (walk->n_seen + 1) * sizeof(*walk->seen));
    if (grown == NULL)
        return rt_error_no_memory(err);
    walk->seen = grown;
    grown[walk->n_seen].path = path;
    memcpy(grown[walk->n_seen++].name, profile.name, sizeof(profile.name));
    walk->fn(walk->user, &profile, path);
    return 0;
}

static int walk_dropins(struct walk *walk, const struct dropins *dropins, struct romtool_error *err)
{
    int r = 0;

    for (size_t i = 0; i < dropins->n && r == 0; i++) {
        const char *path = dropins->items[i].path;
        const struct rt_slot_vendor *vendor;
        struct rt_slot_file *file;

        r = read_dropin(path, &file, err);
        if (r < 0 || file == NULL)
            continue;
        vendor = rt_slot_file_vendor(file);
        for (size_t s = 0; s < vendor->n_series && r == 0; s++)
            r = take_series(walk, vendor, s, path, err);
        rt_slot_file_free(file);
    }
    return r;
}

int dropins_each(const char *root,
                 void (*fn)(void *user, const struct rt_slot_profile *profile, const char *path),
                 void *user, struct romtool_error *err)
{
    struct walk walk = {.fn = fn, .user = user};
    struct dropins dropins;
    size_t n;
    const struct rt_slot_vendor *vendors = rt_slot_builtin(&n);
    int r = collect(root, &dropins, err);

    if (r == 0)
        r = walk_dropins(&walk, &dropins, err);
    for (size_t v = 0; v < n && r == 0; v++) {
        for (size_t s = 0; s < vendors[v].n_series; s++) {
            struct rt_slot_profile profile;

            rt_slot_profile_make(&profile, &vendors[v], &vendors[v].series[s]);
            if (seen_in(&walk, profile.name) == NULL)
                fn(user, &profile, NULL);
        }
    }
    free(walk.seen);
    dropins_free(&dropins);
    return r;
}

struct search {
    const char *profile;
    char *path;
    bool failed;
};

static void match(void *user, const struct rt_slot_profile *profile, const char *path)
{
    struct search *search = user;

    if (path == NULL || strcmp(profile->name, search->profile) != 0)
        return;
    search->path = strdup(path);
    search->failed = search->path == NULL;
}

int dropins_find(const char *root, const char *profile, char **ret_path, struct romtool_error *err)
{
    struct search search = {.profile = profile};
    int r = dropins_each(root, match, &search, err);

    if (r == 0 && search.failed)
        r = rt_error_no_memory(err);
    if (r < 0) {
        free(search.path);
        search.path = NULL;
    }
    *ret_path = search.path;
    return r;
}
