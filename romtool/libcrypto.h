/* SPDX-License-Identifier: BSD-2-Clause */
/* Of the programs that use libcrypto: how it starts. */
#ifndef ROMTOOL_LIBCRYPTO_H
#define ROMTOOL_LIBCRYPTO_H

#include <stdbool.h>

/* Without openssl.cnf. False where it does not start, which is said. */
bool libcrypto_start(void);

#endif
