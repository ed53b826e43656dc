/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LD_PRELOAD: a libcrypto without BLAKE2, as FIPS hosts have it; all else is the host's. romtool
 * does not load openssl.cnf, so no configuration can take the algorithm away from it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>

#include <openssl/evp.h>

__attribute__((visibility("default"))) EVP_MD *
EVP_MD_fetch(OSSL_LIB_CTX *ctx, const char *algorithm, const char *properties)
{
    EVP_MD *(*fetch)(OSSL_LIB_CTX *, const char *, const char *);

    *(void **)&fetch = dlsym(RTLD_NEXT, "EVP_MD_fetch");
    return fetch == NULL || strncmp(algorithm, "BLAKE2", 6) == 0
               ? NULL
               : fetch(ctx, algorithm, properties);
}
