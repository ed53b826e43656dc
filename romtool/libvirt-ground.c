/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/libvirt-ground.h"

#include "romtool/directory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static int stored(void *user, const char *file, uint64_t slot, size_t index, char **ret,
                  struct romtool_error *err)
{
    struct libvirt_ground *ground = user;
    struct rt_store_list *list = &ground->stored;
    int r = 0;

    *ret = NULL;
    if (index == 0) {
        rt_store_list_free(list);
        r = rt_store_list(ground->root, ground->store, file, slot, list, err);
    }
    if (r < 0 || index >= list->n)
        return r;
    *ret = strdup(list->paths[index]);
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
        ground->store = RT_STORE_DIR;
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
    rt_store_list_free(&ground->stored);
    rt_buffer_free(&ground->allowed);
    release_close(&ground->release);
    profile_close(&ground->profile);
}
