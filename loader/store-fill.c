/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/store-fill.h"

#include "core/file.h"
#include "loader/installed.h"
#include "loader/make-dir.h"
#include "loader/safe-dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STAGE ".installing"

/* ------------------------------------------------------------------------- names */

static void append_part(const char *text, struct rt_buffer *out)
{
    rt_buffer_puts(out, "/");
    if (*text == '.') {
        rt_buffer_puts(out, "%2E");
        text++;
    }
    rt_installed_escape(text, out);
}

static void append_channel(const struct rt_store_release *release, struct rt_buffer *out)
{
    rt_buffer_puts(out, release->store);
    append_part(release->manifest->product, out);
    append_part(release->manifest->channel, out);
}

void rt_store_path(const struct rt_store_release *release, struct rt_buffer *out)
{
    append_channel(release, out);
    rt_buffer_printf(out, "/%" PRId64, release->manifest->serial);
}

size_t rt_store_count(const struct rt_manifest *manifest)
{
    size_t n = 0;

    for (size_t i = 0; i < manifest->n_roms; i++)
        n += manifest->roms[i].n_mandates > 0;
    return n;
}

bool rt_store_has_files(const struct rt_store_release *release)
{
    const struct rt_manifest *manifest = release->manifest;
    bool has = false;

    for (size_t i = 0; i < manifest->n_roms && !has; i++) {
        struct rt_buffer path = {0};
        struct stat st;

        rt_buffer_printf(&path, "%s/%s", release->roms, manifest->roms[i].file);
        has = manifest->roms[i].n_mandates > 0 && !path.failed && lstat(path.data, &st) == 0;
        rt_buffer_free(&path);
    }
    return has;
}

/* ------------------------------------------------------------------------- the ROMs */

static int load(const struct rt_store_release *release, const struct rt_manifest_rom *rom,
                struct romtool_rom **ret, struct romtool_error *err)
{
    struct romtool_mandate mandate = {.slot = rom->slot, .file_size = rom->size, .has_sha256 = 1};
    struct rt_buffer path = {0};
    uint64_t size;
    int fd = -1, r;

    *ret = NULL;
    memcpy(mandate.sha256, rom->sha256, sizeof(mandate.sha256));
    rt_buffer_printf(&path, "%s/%s", release->roms, rom->file);
    r = path.failed ? rt_error_no_memory(err) : rt_file_open(AT_FDCWD, path.data, &fd, &size, err);
    if (r == 0)
        r = romtool_load(fd, path.data, &mandate, 0, 0, ret, err);
    if (fd >= 0)
        (void)close(fd);
    rt_buffer_free(&path);
    return r;
}

/* What is done with each ROM of a release, at a directory. */
typedef int rom_call(int dirfd, const char *file, struct rt_bytes bytes, struct romtool_error *err);

static int for_each_rom(const struct rt_store_release *release, rom_call *call, int dirfd,
                        struct romtool_error *err)
{
    const struct rt_manifest *manifest = release->manifest;
    int r = 0;

    for (size_t i = 0; i < manifest->n_roms && r == 0; i++) {
        const struct rt_manifest_rom *rom = &manifest->roms[i];
        struct romtool_rom *loaded;

        if (rom->n_mandates == 0)
            continue;
        r = load(release, rom, &loaded, err);
        if (r == 0 && call != NULL)
            r = call(dirfd, rom->file,
                     (struct rt_bytes){romtool_rom_data(loaded), (size_t)romtool_rom_slot(loaded)},
                     err);
        romtool_rom_free(loaded);
    }
    return r;
}

int rt_store_check(const struct rt_store_release *release, struct romtool_error *err)
{
    return for_each_rom(release, NULL, -1, err);
}

/* ------------------------------------------------------------------------- what is there */

/* 0: this file is there as it would be installed. 1: it is not, and is to be. */
static int is_missing(int dirfd, const char *file, struct rt_bytes bytes, struct romtool_error *err)
{
    struct rt_file there = {0};
    struct stat st;
    int fd = openat(dirfd, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int missing = 1;

    (void)err;
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 07777) == 0644 &&
        st.st_uid == geteuid() && rt_file_read_fd(fd, file, bytes.len, &there, NULL) == 0)
        missing = rt_bytes_equal(rt_file_bytes(&there), bytes) ? 0 : 1;
    if (fd >= 0)
        (void)close(fd);
    rt_file_free(&there);
    return missing;
}

/* How many names a directory has; SIZE_MAX where that is not known. Takes fd over. */
static size_t count_names(int fd)
{
    DIR *dir = fdopendir(fd);
    size_t n = 0;

    if (dir == NULL) {
        (void)close(fd);
        return SIZE_MAX;
    }
    while (readdir(dir) != NULL)
        n++;
    (void)closedir(dir);
    return n - 2; /* "." and ".." */
}

/* 1: exactly these files. 0: others, or not all. */
static int is_whole(const struct rt_store_release *release, struct romtool_error *err)
{
    struct rt_buffer path = {0}, whole = {0};
    struct stat st;
    int fd, r;

    rt_store_path(release, &path);
    rt_buffer_printf(&whole, "%s%s", release->root, path.data != NULL ? path.data : "");
    if (path.failed || whole.failed) {
        rt_buffer_free(&path);
        rt_buffer_free(&whole);
        return rt_error_no_memory(err);
    }
    fd = open(whole.data, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    rt_buffer_free(&path);
    rt_buffer_free(&whole);
    if (fd < 0)
        return 0;
    if (fstat(fd, &st) != 0 || (st.st_mode & 07777) != 0755 || st.st_uid != geteuid()) {
        (void)close(fd);
        return 0;
    }
    r = for_each_rom(release, is_missing, fd, err);
    if (count_names(fd) != rt_store_count(release->manifest) && r == 0)
        r = 1;
    return r < 0 ? r : !r;
}

/* ------------------------------------------------------------------------- the stage */

static int cannot(const char *what, struct romtool_error *err)
{
    return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot %s", what);
}

/* A file, or a directory of files. */
static int remove_stage(int store, struct romtool_error *err)
{
    struct dirent *entry;
    int fd = openat(store, STAGE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
        return unlinkat(store, STAGE, 0) != 0 ? cannot("remove the store's " STAGE, err) : 0;
    if (dir == NULL) {
        int r = cannot("read the store's " STAGE, err);

        if (fd >= 0)
            (void)close(fd);
        return r;
    }
    while ((entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)unlinkat(fd, entry->d_name, 0); /* the directory's removal says what is left */
    }
    (void)closedir(dir);
    return unlinkat(store, STAGE, AT_REMOVEDIR) != 0 ? cannot("remove the store's " STAGE, err) : 0;
}

static int write_file(int dirfd, const char *file, struct rt_bytes bytes, struct romtool_error *err)
{
    int fd = openat(dirfd, file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    int r = 0;

    if (fd < 0)
        return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot write '%s' into the store", file);
    r = rt_file_write_fd(fd, file, bytes, err);
    if (r == 0 && (fchmod(fd, 0644) != 0 || fsync(fd) != 0))
        r = rt_error_system(err, ROMTOOL_E_IO, errno, "cannot write '%s' into the store", file);
    if (close(fd) != 0 && r == 0)
        r = rt_error_system(err, ROMTOOL_E_IO, errno, "cannot write '%s' into the store", file);
    return r;
}

static int write_stage(const struct rt_store_release *release, int store, struct romtool_error *err)
{
    int fd = -1, r = 0;

    if (mkdirat(store, STAGE, 0755) == 0)
        fd = openat(store, STAGE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return cannot("make the store's " STAGE, err);
    r = for_each_rom(release, write_file, fd, err);
    if (r == 0 && (fchmod(fd, 0755) != 0 || fsync(fd) != 0))
        r = cannot("write the store's " STAGE, err);
    (void)close(fd);
    return r;
}

/* A directory that could not be used is named whole. */
static int open_directory(const struct rt_store_release *release, const char *path, int *ret_fd,
                          struct romtool_error *err)
{
    struct romtool_error why;
    int r;

    rt_error_clear(&why);
    r = rt_make_dir(release->root, path, ret_fd, &why);
    if (r < 0 && rt_error_hand_on(err, &why) == ROMTOOL_E_UNSAFE_TRUST)
        rt_error_prefix(err, "'%s%s'", release->root, path);
    return r;
}

static int open_channel(const struct rt_store_release *release, int *ret_fd,
                        struct romtool_error *err)
{
    struct rt_buffer path = {0};
    int r;

    *ret_fd = -1;
    append_channel(release, &path);
    r = path.failed ? rt_error_no_memory(err) : open_directory(release, path.data, ret_fd, err);
    rt_buffer_free(&path);
    return r;
}

int rt_store_stage(const struct rt_store_release *release, struct romtool_error *err)
{
    int store = -1, channel = -1, staged = 0;
    int r = open_directory(release, release->store, &store, err);

    if (r == 0)
        r = open_channel(release, &channel, err);
    if (r == 0)
        r = remove_stage(store, err);
    if (r == 0)
        r = is_whole(release, err);
    if (r == 0) {
        staged = 1;
        r = write_stage(release, store, err);
    }
    if (r < 0 && staged == 1)
        (void)remove_stage(store, NULL);
    if (store >= 0)
        (void)close(store);
    if (channel >= 0)
        (void)close(channel);
    return r < 0 ? r : staged;
}

void rt_store_discard(const struct rt_store_release *release)
{
    int fd;

    if (rt_safe_dir_open(release->root, release->store, &fd, NULL) == 0) {
        (void)remove_stage(fd, NULL);
        (void)close(fd);
    }
}

/* ------------------------------------------------------------------------- its place */

/* Where something is in the way the two change places: at no time neither is there. */
static int put_in_place(int store, int channel, const char *serial, struct romtool_error *err)
{
    int r = renameat(store, STAGE, channel, serial);

    if (r != 0 && (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR))
        r = renameat2(store, STAGE, channel, serial, RENAME_EXCHANGE);
    if (r != 0)
        return rt_error_system(err, ROMTOOL_E_IO, errno,
                               "cannot put the ROMs of serial %s into the store", serial);
    if (fsync(channel) != 0 || fsync(store) != 0)
        return cannot("write the store", err);
    return remove_stage(store, err);
}

int rt_store_publish(const struct rt_store_release *release, struct romtool_error *err)
{
    char serial[32];
    int store = -1, channel = -1;
    int r = open_directory(release, release->store, &store, err);

    (void)snprintf(serial, sizeof(serial), "%" PRId64, release->manifest->serial);
    if (r == 0)
        r = open_channel(release, &channel, err);
    if (r == 0)
        r = put_in_place(store, channel, serial, err);
    if (store >= 0)
        (void)close(store);
    if (channel >= 0)
        (void)close(channel);
    return r;
}
