/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE /* memfd_create, F_ADD_SEALS */
#include "core/file.h"
#include "loader/load.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* of Linux 6.3, and of glibc 2.38 */
#endif

/* Not executable where Linux can say so: it may insist on that (vm.memfd_noexec). */
static int make_memfd(void)
{
    const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int fd = memfd_create("option-rom", flags | MFD_NOEXEC_SEAL);

    return fd < 0 && errno == EINVAL ? memfd_create("option-rom", flags) : fd;
}

int rt_load_memfd(const char *name, struct rt_bytes bytes, int *ret_fd, struct romtool_error *err)
{
    const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    int fd = make_memfd();
    int r;

    *ret_fd = -1;
    if (fd < 0)
        return rt_error_system(err, ROMTOOL_E_IO, errno, "'%s': cannot make a memfd", name);
    r = rt_file_write_fd(fd, name, bytes, err);
    if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
        r = rt_error_system(err, ROMTOOL_E_IO, errno, "'%s': cannot rewind a memfd", name);
    if (r == 0 && fcntl(fd, F_ADD_SEALS, seals) < 0)
        r = rt_error_system(err, ROMTOOL_E_IO, errno, "'%s': cannot seal a memfd", name);
    if (r < 0)
        (void)close(fd);
    else
        *ret_fd = fd;
    return r;
}
