/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/libvirt-ground.h"

#include "romtool/directory.h"
#include "slots/move.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    STORE_DEPTH_MAX = 6,      /* directories in each other */
    STORE_ENTRIES_MAX = 4096, /* that are looked at */
};

bool libvirt_ground_option(struct libvirt_ground *ground, const struct options *options, int id)
{
    switch (id) {
    case 'p':
        ground->profile_name = options->value;
        return true;
    case 'M':
        ground->manifest_path = options->value;
        return true;
    case 'L':
        if (ground->n_dirs == LIBVIRT_DIRS_MAX) {
            (void)usage_error(options->help, "more than %d --rom-dir", LIBVIRT_DIRS_MAX);
            return false;
        }
        ground->dirs[ground->n_dirs++] = options->value;
        return true;
    case OPTION_STORE:
        ground->store = options->value;
        return true;
    default:
        return release_trust_option(options, id, &ground->trust);
    }
}

char *libvirt_ground_path(const struct libvirt_ground *ground, const char *path)
{
    struct rt_buffer text = {0};

    rt_buffer_printf(&text, "%s%s", ground->root, path);
    return text.failed ? NULL : text.data;
}

/* ------------------------------------------------------------------------- where QEMU looks */

/* DIR/FILE below the root, into *ret where it is there. */
static int try_directory(const struct libvirt_ground *ground, const char *dir, const char *file,
                         char **ret, struct romtool_error *err)
{
    char *path = path_join(dir, file);
    char *below = path != NULL ? libvirt_ground_path(ground, path) : NULL;
    bool is_there = false;
    int r = path == NULL || below == NULL ? rt_error_no_memory(err)
                                          : rt_file_is_there(below, &is_there, err);

    if (is_there) {
        *ret = path;
        path = NULL;
    }
    free(path);
    free(below);
    return r;
}

static int try_directories(const struct libvirt_ground *ground, const char *const dirs[], size_t n,
                           const char *file, char **ret, struct romtool_error *err)
{
    int r = 0;

    for (size_t i = 0; i < n && r == 0 && *ret == NULL; i++)
        r = try_directory(ground, dirs[i], file, ret, err);
    return r;
}

/* As `romtool run`: what is given, the profile's directories, the host's. */
static int find(void *user, const char *file, char **ret, struct romtool_error *err)
{
    const struct libvirt_ground *ground = user;
    const struct rt_slot_series *series = ground->profile.slots.series;
    int r;

    *ret = NULL;
    r = try_directories(ground, ground->dirs, ground->n_dirs, file, ret, err);
    if (r == 0)
        r = try_directories(ground, series->search, series->n_search, file, ret, err);
    if (r == 0 && ground->has_host)
        r = try_directories(ground, ground->host.series->search, ground->host.series->n_search,
                            file, ret, err);
    if (r == 0 && *ret == NULL)
        r = rt_error_set(err, ROMTOOL_E_NOT_FOUND, ROMTOOL_NO_OFFSET,
                         "no '%s' in the search path of %s; -L DIR would add a directory", file,
                         ground->profile.slots.name);
    return r;
}

static int read_rom(void *user, const char *path, uint64_t limit, uint64_t *ret_size,
                    struct rt_file *ret, struct romtool_error *err)
{
    char *below = libvirt_ground_path(user, path);
    int fd = -1, r;

    *ret = (struct rt_file){0};
    if (below == NULL)
        return rt_error_no_memory(err);
    r = rt_file_open(AT_FDCWD, below, &fd, ret_size, err);
    if (r == 0 && *ret_size <= limit)
        r = rt_file_read_fd(fd, path, (size_t)limit, ret, err);
    if (fd >= 0)
        (void)close(fd);
    free(below);
    return r;
}

/* ------------------------------------------------------------------------- the store */

static void forget(struct stored_files *stored)
{
    for (size_t i = 0; i < stored->n; i++)
        free(stored->paths[i]);
    free(stored->paths);
    free(stored->file);
    *stored = (struct stored_files){0};
}

/* "efi-virtio.rom", or "efi-virtio.256K.rom" as `plan` calls it. */
static bool is_called(const char *name, const char *file, uint64_t slot)
{
    const struct rt_move move = {.from_slot = slot, .file = file};
    struct rt_buffer other = {0};
    bool is;

    if (strcmp(name, file) == 0)
        return true;
    rt_move_file(&move, &other);
    is = !other.failed && strcmp(name, other.data) == 0;
    rt_buffer_free(&other);
    return is;
}

static int keep(struct stored_files *stored, const char *path, struct romtool_error *err)
{
    char **grown = realloc(stored->paths, (stored->n + 1) * sizeof(*grown));

    if (grown == NULL)
        return rt_error_no_memory(err);
    stored->paths = grown;
    grown[stored->n] = strdup(path);
    if (grown[stored->n] == NULL)
        return rt_error_no_memory(err);
    stored->n++;
    return 0;
}

/* The latest release first, as far as names tell. */
static int later(const struct dirent **a, const struct dirent **b)
{
    return versionsort(b, a);
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int look_in(struct libvirt_ground *ground, const char *dir, unsigned depth,
                   struct romtool_error *err);

static int look_at(struct libvirt_ground *ground, const char *dir, const char *name, unsigned depth,
                   struct romtool_error *err)
{
    struct stored_files *stored = &ground->stored;
    char *path = path_join(dir, name);
    char *below = path != NULL ? libvirt_ground_path(ground, path) : NULL;
    struct stat st;
    int r = 0;

    if (below == NULL)
        r = rt_error_no_memory(err);
    else if (lstat(below, &st) == 0 && S_ISDIR(st.st_mode)) /* no link leads in a circle */
        r = depth < STORE_DEPTH_MAX ? look_in(ground, path, depth + 1, err) : 0;
    else if (is_called(name, stored->file, stored->slot) && stat(below, &st) == 0 &&
             S_ISREG(st.st_mode) && (uint64_t)st.st_size == stored->slot)
        r = keep(stored, path, err);
    free(path);
    free(below);
    return r;
}

/* A directory that is not there has nothing in it. */
static int look_in(struct libvirt_ground *ground, const char *dir, unsigned depth,
                   struct romtool_error *err)
{
    char *below = libvirt_ground_path(ground, dir);
    struct dirent **entries = NULL;
    int n, r = 0;

    if (below == NULL)
        return rt_error_no_memory(err);
    n = scandir(below, &entries, is_shown, later);
    if (n < 0 && errno != ENOENT)
        r = rt_error_system(err, ROMTOOL_E_IO, errno, "cannot read '%s'", below);
    for (int i = 0; i < n; i++) {
        if (r == 0 && ground->stored.seen++ < STORE_ENTRIES_MAX)
            r = look_at(ground, dir, entries[i]->d_name, depth, err);
        free(entries[i]);
    }
    free(entries);
    free(below);
    return r;
}

static int stored(void *user, const char *file, uint64_t slot, size_t index, char **ret,
                  struct romtool_error *err)
{
    struct libvirt_ground *ground = user;
    struct stored_files *files = &ground->stored;
    int r = 0;

    *ret = NULL;
    if (index == 0) {
        forget(files);
        files->file = strdup(file);
        files->slot = slot;
        r = files->file == NULL ? rt_error_no_memory(err) : look_in(ground, ground->store, 0, err);
    }
    if (r < 0 || index >= files->n)
        return r;
    *ret = strdup(files->paths[index]);
    return *ret == NULL ? rt_error_no_memory(err) : 0;
}

/* ------------------------------------------------------------------------- open */

static void say_finding(void *user, const struct rt_finding *finding)
{
    const struct libvirt_ground *ground = user;

    print_finding(stderr, ground->manifest_path, finding);
}

/* The release, and the profile whose aliases and devices it speaks of. */
int libvirt_ground_open(struct libvirt_ground *ground, struct romtool_error *err)
{
    const struct rt_findings findings = {say_finding, ground};
    const char *profile = ground->profile_name;
    int r = 0;

    if (ground->store == NULL)
        ground->store = LIBVIRT_STORE;
    if (ground->manifest_path != NULL)
        r = release_open(ground->manifest_path, &ground->trust, true, &findings, &ground->release,
                         err);
    if (r == 0 && ground->manifest_path != NULL && profile == NULL)
        profile = rt_manifest_model(ground->release.manifest)->profile;
    if (r == 0)
        r = profile_open(profile, &ground->profile, err);
    ground->has_host = profile_of_host(&ground->host);
    ground->rules = (struct rt_libvirt_ground){
        .profile = &ground->profile.slots,
        .manifest = ground->release.manifest,
        .find = find,
        .read = read_rom,
        .stored = stored,
        .user = ground,
    };
    return r;
}

void libvirt_ground_close(struct libvirt_ground *ground)
{
    forget(&ground->stored);
    rt_buffer_free(&ground->allowed);
    release_close(&ground->release);
    profile_close(&ground->profile);
}
