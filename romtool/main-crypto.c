/* SPDX-License-Identifier: BSD-2-Clause */
/* romtool-crypto: the subcommands that need libcrypto. */
#include "romtool/commands.h"

#include <openssl/crypto.h>

#define HERE(id, summary) {#id, summary, NULL, command_##id},

/* inspect starts in romtool, and comes here for what needs libcrypto */
static const struct command commands[] = {COMMANDS_CRYPTO(HERE) HERE(inspect, "")};

int main(int argc, char **argv)
{
    /* openssl.cnf could load engines and providers into whoever verifies */
    if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1) {
        (void)fputs("romtool: libcrypto does not start\n", stderr);
        return EXIT_UNDECIDED;
    }
    return dispatch(argc, argv, commands, sizeof(commands) / sizeof(commands[0]));
}
