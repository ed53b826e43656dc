/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files, whole: read up to a limit that is known before anything is allocated, written whole or not
 * at all. Sentences name the file.
 */
#ifndef RT_CORE_FILE_H
#define RT_CORE_FILE_H

#include "core/bytes.h"
#include "core/error.h"

struct rt_file {
    uint8_t *data; /* owned; one NUL follows the last byte */
    size_t len;    /* bytes */
};

static inline struct rt_bytes rt_file_bytes(const struct rt_file *file)
{
    return (struct rt_bytes){file->data, file->len};
}

/*
 * Does something have this path? Only what is known not to be there is not; what cannot be looked
 * for is ROMTOOL_E_IO, and false.
 */
int rt_file_is_there(const char *path, bool *ret, struct romtool_error *err);

/*
 * Opens a regular file for reading, close-on-exec, without waiting for a pipe's writer; dirfd as
 * openat(2). *ret_size is its size in bytes. ROMTOOL_E_NOT_FOUND, _NOT_REGULAR, _IO.
 */
int rt_file_open(int dirfd, const char *path, int *ret_fd, uint64_t *ret_size,
                 struct romtool_error *err);

/*
 * Reads a whole regular file of at most limit bytes; "-" is standard input, which may be a pipe.
 * Also ROMTOOL_E_TOO_LARGE, _CHANGED when it grew or shrank meanwhile, _NO_MEMORY.
 */
int rt_file_read(const char *path, size_t limit, struct rt_file *ret, struct romtool_error *err);

/* The same from an open regular file, from its start, for a caller who names it. */
int rt_file_read_fd(int fd, const char *name, size_t limit, struct rt_file *ret,
                    struct romtool_error *err);

/*
 * Fills n bytes from fd at its start; the file must end there, or it is ROMTOOL_E_CHANGED. The
 * sentence leaves naming the file to the caller.
 */
int rt_file_fill(int fd, uint8_t *data, size_t n, struct romtool_error *err);

/* Writes all of the bytes at fd's position. ROMTOOL_E_IO. */
int rt_file_write_fd(int fd, const char *name, struct rt_bytes bytes, struct romtool_error *err);

enum rt_file_write_flag {
    RT_FILE_KEEP = 1 << 0, /* an existing file is ROMTOOL_E_IO (EEXIST), not replaced */
};

/*
 * Writes a file whole or not at all: a temporary file beside it, fsync, rename, fsync of the
 * directory. mode is the file's, whatever the umask. ROMTOOL_E_NOT_REGULAR where a device, pipe or
 * directory is, ROMTOOL_E_IO.
 */
int rt_file_write(const char *path, unsigned mode, unsigned flags, struct rt_bytes bytes,
                  struct romtool_error *err);

/* Makes a rename to this path durable: fsync of the directory that it is in. ROMTOOL_E_IO. */
int rt_file_sync_directory(const char *path, struct romtool_error *err);

void rt_file_free(struct rt_file *file);

/* Frees a file that held a secret: overwritten first. */
void rt_file_wipe(struct rt_file *file);

#endif
