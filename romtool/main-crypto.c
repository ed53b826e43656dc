/* SPDX-License-Identifier: BSD-2-Clause */
/* romtool-crypto: the subcommands that need libcrypto. */
#include "romtool/commands.h"
#include "romtool/libcrypto.h"

#define HERE(id, summary) {#id, summary, NULL, command_##id},

/* inspect and run start in romtool, and come here for what needs libcrypto */
static const struct command commands[] = {COMMANDS_CRYPTO(HERE) HERE(inspect, "") HERE(run, "")};

int main(int argc, char **argv)
{
    if (!libcrypto_start())
        return EXIT_UNDECIDED;
    return dispatch(argc, argv, commands, sizeof(commands) / sizeof(commands[0]));
}
