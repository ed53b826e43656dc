/* SPDX-License-Identifier: BSD-2-Clause */
/* romtool-state: the subcommands that read saved guests, by zlib, libarchive and libxml2. */
#include "romtool/state-commands.h"

#include <openssl/crypto.h>

#define HERE(id, summary) {#id, summary, NULL, command_##id},

/* plan starts in romtool, and comes here for a saved guest */
static const struct command commands[] = {
    COMMANDS_STATE(HERE){"plan", "", NULL, command_plan_guest}};

int main(int argc, char **argv)
{
    /* openssl.cnf could load engines and providers into whoever verifies */
    if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1) {
        (void)fputs("romtool: libcrypto does not start\n", stderr);
        return EXIT_UNDECIDED;
    }
    return dispatch(argc, argv, commands, sizeof(commands) / sizeof(commands[0]));
}
