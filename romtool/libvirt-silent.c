/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/libvirt-commands.h"

#include "loader/libvirt-hook.h"

#include <string.h>

static bool is_for_us(char **argument)
{
    return rt_libvirt_operation(argument[0], argument[1]) != RT_LIBVIRT_NOTHING;
}

/* Operands are libvirt's, and its are the last: a guest may be called like an option. */
bool libvirt_hook_is_silent(int argc, char **argv)
{
    const char *sub;

    if (argc < 3 + HOOK_ARGUMENTS || strcmp(argv[1], "libvirt") != 0 ||
        strcmp(argv[2], "hook") != 0)
        return false;
    sub = argv[argc - 2];
    if (strcmp(sub, "begin") == 0 || strcmp(sub, "end") == 0)
        return !is_for_us(&argv[argc - 3]);
    /* not as libvirt calls it: a script that hands on too few or too many is to be seen */
    for (int i = 3; i + 1 < argc; i++)
        if (is_for_us(&argv[i]))
            return false;
    return true;
}
