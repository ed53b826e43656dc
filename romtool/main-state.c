/* SPDX-License-Identifier: BSD-2-Clause */
/* romtool-state: the subcommands that read saved guests, by zlib, libarchive and libxml2. */
#include "romtool/libcrypto.h"
#include "romtool/state-commands.h"

#define HERE(id, summary) {#id, summary, NULL, command_##id},

/* plan starts in romtool, and comes here for a saved guest */
static const struct command commands[] = {
    COMMANDS_STATE(HERE){"plan", "", NULL, command_plan_guest}};

int main(int argc, char **argv)
{
    if (!libcrypto_start())
        return EXIT_UNDECIDED;
    return dispatch(argc, argv, commands, sizeof(commands) / sizeof(commands[0]));
}
