/* SPDX-License-Identifier: BSD-2-Clause */
/* romtool-libvirt: the libvirt hook and what goes with it, by libxml2 and libcrypto. */
#include "romtool/commands.h"
#include "romtool/libvirt-commands.h"

#include <openssl/crypto.h>

#define HERE(id, summary) {#id, summary, NULL, command_##id},

static const struct command commands[] = {COMMANDS_LIBVIRT(HERE)};

int main(int argc, char **argv)
{
    if (libvirt_hook_is_silent(argc, argv))
        return EXIT_HELD;
    /* openssl.cnf could load engines and providers into whoever verifies */
    if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1) {
        (void)fputs("romtool: libcrypto does not start\n", stderr);
        return EXIT_UNDECIDED;
    }
    return dispatch(argc, argv, commands, sizeof(commands) / sizeof(commands[0]));
}
