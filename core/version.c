/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool.h"

const char *romtool_version(void)
{
    return ROMTOOL_VERSION;
}
