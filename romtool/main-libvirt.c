/* SPDX-License-Identifier: BSD-2-Clause */
/* romtool-libvirt: the libvirt hook and what goes with it, by libxml2 and libcrypto. */
#include "romtool/commands.h"
#include "romtool/libcrypto.h"
#include "romtool/libvirt-commands.h"

#define HERE(id, summary) {#id, summary, NULL, command_##id},

static const struct command commands[] = {COMMANDS_LIBVIRT(HERE)};

int main(int argc, char **argv)
{
    if (libvirt_hook_is_silent(argc, argv))
        return EXIT_HELD;
    if (!libcrypto_start())
        return EXIT_UNDECIDED;
    return dispatch(argc, argv, commands, sizeof(commands) / sizeof(commands[0]));
}
