/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/saved-magic.h"

#include "core/file.h"
#include "state/libvirt-save.h"
#include "state/qcow2.h"

#include <fcntl.h>
#include <unistd.h>

const char *saved_compression(struct rt_bytes head)
{
    static const struct {
        const char *name, *magic;
        size_t n;
    } known[] = {
        {"gzip", "\x1f\x8b", 2},         {"bzip2", "BZh", 3},
        {"xz", "\xfd\x37\x7aXZ\0", 6},   {"lzop", "\x89LZO\0", 5},
        {"zstd", "\x28\xb5\x2f\xfd", 4},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (rt_bytes_equal_at(head, 0, known[i].magic, known[i].n))
            return known[i].name;
    }
    return NULL;
}

bool saved_is_stream(struct rt_bytes head)
{
    return rt_bytes_equal_at(head, 0, "QEVM", 4);
}

bool saved_is_guest(const char *path)
{
    uint8_t bytes[SAVED_MAGIC_SIZE];
    struct rt_bytes head = {bytes, 0};
    uint64_t size;
    ssize_t n;
    int fd;

    if (rt_file_open(AT_FDCWD, path, &fd, &size, NULL) < 0)
        return false;
    n = pread(fd, bytes, sizeof(bytes), 0);
    (void)close(fd);
    head.len = n > 0 ? (size_t)n : 0;
    return saved_is_stream(head) || rt_save_is(head) || rt_qcow2_is(head) ||
           saved_compression(head) != NULL;
}
