/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/libvirt-ground.h"

#include "loader/rom-file.h"

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

/* As `romtool run` without a release: what is given, the profile's directories, the host's. */
static int find(void *user, const char *file, char **ret, struct romtool_error *err)
{
    const struct libvirt_ground *ground = user;
    const struct rt_rom_source source = {
        .root = ground->root,
        .profile = &ground->profile.slots,
        .host = ground->has_host ? ground->host.series : NULL,
        .dirs = ground->dirs,
        .n_dirs = ground->n_dirs,
    };

    return rt_rom_find(&source, file, ret, err);
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

int libvirt_ground_open(struct libvirt_ground *ground, struct romtool_error *err)
{
    int r;

    if (ground->store == NULL)
        ground->store = RT_STORE_DIR;
    r = release_and_profile_open(ground->manifest_path, &ground->trust, ground->profile_name,
                                 &ground->release, &ground->profile, err);
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
