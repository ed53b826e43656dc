/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/libvirt-commands.h"

#include "loader/libvirt-hook.h"

#include <string.h>

/* Operands are libvirt's, and its are the last: a guest may be called like an option. */
bool libvirt_hook_is_silent(int argc, char **argv)
{
    if (argc < 3 + HOOK_ARGUMENTS || strcmp(argv[1], "libvirt") != 0 ||
        strcmp(argv[2], "hook") != 0)
        return false;
    return rt_libvirt_operation(argv[argc - 3], argv[argc - 2]) == RT_LIBVIRT_NOTHING;
}
