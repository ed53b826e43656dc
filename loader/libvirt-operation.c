/* SPDX-License-Identifier: BSD-2-Clause */
/* By itself: romtool needs it, too, and nothing else of the hook's. */
#include "loader/libvirt-hook.h"

#include <string.h>

enum rt_libvirt_operation rt_libvirt_operation(const char *operation, const char *sub)
{
    if (operation == NULL || sub == NULL || strcmp(sub, "begin") != 0)
        return RT_LIBVIRT_NOTHING;
    if (strcmp(operation, "prepare") == 0)
        return RT_LIBVIRT_PREPARE;
    if (strcmp(operation, "restore") == 0 || strcmp(operation, "migrate") == 0)
        return RT_LIBVIRT_INCOMING;
    return RT_LIBVIRT_NOTHING;
}
