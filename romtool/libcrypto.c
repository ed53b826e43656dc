/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/libcrypto.h"

#include <openssl/crypto.h>
#include <stdio.h>

bool libcrypto_start(void)
{
    /* openssl.cnf could load engines and providers into whoever verifies */
    if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1)
        return true;
    (void)fputs("romtool: libcrypto does not start\n", stderr);
    return false;
}
