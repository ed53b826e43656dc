/* SPDX-License-Identifier: BSD-2-Clause */
/* `romtool inspect` as it starts: without libcrypto. */
#include "romtool/commands.h"
#include "romtool/inspect.h"

enum exit_status command_inspect(int argc, char **argv)
{
    return inspect(argc, argv, NULL);
}
