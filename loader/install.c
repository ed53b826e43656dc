/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/install.h"

#include "loader/installed.h"
#include "loader/make-dir.h"
#include "loader/stamp.h"
#include "loader/store-fill.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* ------------------------------------------------------------------------- directories */

static int make_directories(const char *root, struct romtool_error *err)
{
    static const char *const paths[] = {
        RT_INSTALLED_DIR "/state",
        RT_INSTALLED_DIR "/manifests",
        RT_STAMP_DIR,
    };
    int fd, r = 0;

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]) && r == 0; i++) {
        r = rt_make_dir(root, paths[i], &fd, err);
        if (fd >= 0)
            (void)close(fd);
    }
    return r;
}

/* Held until *ret_fd is closed, and by nobody who crashed. */
static int lock(const char *root, int *ret_fd, struct romtool_error *err)
{
    struct rt_buffer path = {0};
    int r = 0;

    *ret_fd = -1;
    rt_buffer_printf(&path, "%s" RT_INSTALLED_DIR "/lock", root);
    if (path.failed)
        return rt_error_no_memory(err);
    *ret_fd = open(path.data, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (*ret_fd < 0)
        r = rt_error_system(err, ROMTOOL_E_IO, errno, "cannot open '%s'", path.data);
    while (r == 0 && flock(*ret_fd, LOCK_EX) != 0) {
        if (errno != EINTR)
            r = rt_error_system(err, ROMTOOL_E_IO, errno, "cannot lock '%s'", path.data);
    }
    rt_buffer_free(&path);
    return r;
}

/* ------------------------------------------------------------------------- files */

static int copy_file(const struct rt_install_source *source, const char *name, int64_t serial,
                     const char *suffix, struct rt_bytes bytes, struct romtool_error *err)
{
    struct rt_buffer path = {0};
    int r;

    rt_buffer_printf(&path, "%s" RT_INSTALLED_DIR "/manifests/%s@%" PRId64 ".json%s", source->root,
                     name, serial, suffix);
    r = path.failed ? rt_error_no_memory(err) : rt_file_write(path.data, 0644, 0, bytes, err);
    rt_buffer_free(&path);
    return r;
}

/* The signatures first: a manifest that is there is complete. */
static int copy_files(const struct rt_install_source *source, const char *name,
                      const struct rt_host_manifest *host, struct romtool_error *err)
{
    const struct rt_manifest_file *file = &host->file;
    int64_t serial = rt_manifest_model(host->manifest)->serial;
    int r = 0;

    for (size_t i = 0; i < file->n_signatures && r == 0; i++)
        r = copy_file(source, name, serial, file->suffixes[i], rt_file_bytes(&file->signatures[i]),
                      err);
    return r < 0 ? r : copy_file(source, name, serial, "", rt_file_bytes(&file->manifest), err);
}

/* ------------------------------------------------------------------------- ROMs */

/* *ret_dir is the directory of its ROM files, the caller's; NULL: none go into a store. */
static int find_roms(const struct rt_install_source *source, struct rt_store_release *release,
                     char **ret_dir, struct romtool_error *err)
{
    const char *slash = strrchr(source->path, '/');
    size_t n = slash == NULL ? 0 : slash == source->path ? 1 : (size_t)(slash - source->path);

    *ret_dir = NULL;
    if (source->store == NULL || rt_store_count(release->manifest) == 0)
        return 0;
    if (source->roms != NULL)
        *ret_dir = strdup(source->roms);
    else
        *ret_dir = n > 0 ? strndup(source->path, n) : strdup(".");
    if (*ret_dir == NULL)
        return rt_error_no_memory(err);
    release->roms = *ret_dir;
    if (source->roms != NULL || rt_store_has_files(release))
        return rt_store_check(release, err);
    release->roms = NULL;
    return 0;
}

/* The record, and then the ROMs that wait for it: what cannot be written changes nothing. */
static int write_record(const struct rt_install_source *source, const char *name,
                        const struct rt_installed *installed,
                        const struct rt_store_release *release, struct romtool_error *err)
{
    int staged = 0, r = 0;

    if (release->roms != NULL)
        r = staged = rt_store_stage(release, err);
    if (r >= 0)
        r = rt_installed_write(source->root, name, installed, err);
    if (r == 0 && staged == 1)
        r = rt_store_publish(release, err);
    if (r < 0 && staged == 1)
        rt_store_discard(release);
    return r;
}

/* ------------------------------------------------------------------------- the whole */

static int check_order(const struct rt_install_source *source, const struct rt_host_manifest *host,
                       const struct rt_installed *installed, const uint8_t *sha256,
                       struct romtool_error *err)
{
    const struct rt_manifest *model = rt_manifest_model(host->manifest);
    const struct rt_policy *policy =
        rt_trust_policy(rt_trust_dir_trust(host->trust), model->product);
    struct romtool_error why;
    int r;

    rt_error_clear(&why);
    r = rt_installed_check(installed, model, sha256, &why);
    if (r == ROMTOOL_E_ROLLBACK && policy->rollback == RT_POLICY_WARN) {
        rt_finding_add(source->findings, r, RT_WARNING, ROMTOOL_NO_OFFSET, "%s", why.text);
        rt_error_clear(&why); /* or the next one would be said in its words */
        r = 0;
    }
    if (r == 0 && !source->allow_fast_forward)
        r = rt_installed_check_date(model, source->at, &why);
    if (r == 0)
        return 0;
    (void)rt_error_hand_on(err, &why);
    rt_error_prefix(err, "'%s'", source->path);
    return r;
}

static int install_locked(const struct rt_install_source *source,
                          const struct rt_host_manifest *host, const char *name,
                          const struct rt_store_release *release, struct romtool_error *err)
{
    const struct rt_trust *trust = rt_trust_dir_trust(host->trust);
    struct rt_installed installed = {0};
    struct rt_stamp stamp;
    int r = rt_stamp_make(rt_file_bytes(&host->file.manifest), host->manifest, trust,
                          rt_trust_dir_digest(host->trust), &stamp, err);

    if (r == 0)
        r = rt_installed_read(source->root, name, &installed, err);
    if (r == 0)
        r = rt_installed_drop_revoked(&installed, trust, err);
    if (r == 0)
        r = check_order(source, host, &installed, stamp.manifest, err);
    if (r == 0)
        r = rt_installed_add(&installed, host->manifest, trust, stamp.manifest, err);
    if (r == 0)
        r = write_record(source, name, &installed, release, err);
    if (r == 0)
        r = copy_files(source, name, host, err);
    if (r == 0)
        r = rt_stamp_write(source->root, &stamp, err);
    rt_installed_free(&installed);
    return r;
}

int rt_install(const struct rt_install_source *source, struct rt_host_manifest *ret,
               size_t *ret_roms, struct romtool_error *err)
{
    struct rt_store_release release = {.root = source->root, .store = source->store};
    struct rt_buffer name = {0};
    char *roms = NULL;
    int fd = -1;
    int r = rt_host_open(source->root, source->path, source->at, false, source->findings, ret, err);

    *ret_roms = 0;
    if (r == 0) {
        release.manifest = rt_manifest_model(ret->manifest);
        r = rt_installed_name(release.manifest, &name, err);
    }
    if (r == 0)
        r = find_roms(source, &release, &roms, err);
    if (r == 0)
        r = make_directories(source->root, err);
    if (r == 0)
        r = lock(source->root, &fd, err);
    if (r == 0)
        r = install_locked(source, ret, name.data, &release, err);
    if (r == 0 && release.roms != NULL)
        *ret_roms = rt_store_count(release.manifest);
    if (fd >= 0)
        (void)close(fd);
    free(roms);
    rt_buffer_free(&name);
    return r;
}
