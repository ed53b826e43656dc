/* SPDX-License-Identifier: BSD-2-Clause */
/* romtool: what needs no more than libc and jansson. */
#include "romtool/commands.h"
#include "romtool/libvirt-commands.h"

#define HERE(id, summary)       {#id, summary, NULL, command_##id},
#define IN_CRYPTO(id, summary)  {#id, summary, "romtool-crypto", NULL},
#define IN_STATE(id, summary)   {#id, summary, "romtool-state", NULL},
#define IN_LIBVIRT(id, summary) {#id, summary, "romtool-libvirt", NULL},

static const struct command commands[] = {COMMANDS_ROMTOOL(HERE) COMMANDS_CRYPTO(
    IN_CRYPTO) COMMANDS_STATE(IN_STATE) COMMANDS_LIBVIRT(IN_LIBVIRT)};

int main(int argc, char **argv)
{
    if (libvirt_hook_is_silent(argc, argv))
        return EXIT_HELD;
    return dispatch(argc, argv, commands, sizeof(commands) / sizeof(commands[0]));
}
