/* SPDX-License-Identifier: BSD-2-Clause */
/* The one file of core that knows libcrypto. Its error queue is left as found. */
#include "core/digest.h"

#include <openssl/err.h>
#include <openssl/evp.h>

static int digest(const char *algorithm, struct rt_bytes bytes, uint8_t *ret, size_t ret_size,
                  struct romtool_error *err)
{
    EVP_MD *md;
    int r = 0;

    (void)ERR_set_mark();
    md = EVP_MD_fetch(NULL, algorithm, NULL);
    if (md == NULL || EVP_MD_get_size(md) != (int)ret_size)
        r = rt_error_set(err, ROMTOOL_E_UNAVAILABLE, ROMTOOL_NO_OFFSET,
                         "this libcrypto does not offer %s", algorithm);
    else if (EVP_Digest(bytes.data, bytes.len, ret, NULL, md, NULL) != 1)
        r = rt_error_set(err, ROMTOOL_E_UNAVAILABLE, ROMTOOL_NO_OFFSET, "%s failed", algorithm);
    EVP_MD_free(md);
    (void)ERR_pop_to_mark();
    return r;
}

int rt_digest_sha256(struct rt_bytes bytes, uint8_t ret[RT_SHA256_SIZE], struct romtool_error *err)
{
    return digest("SHA256", bytes, ret, RT_SHA256_SIZE, err);
}

int rt_digest_blake2b512(struct rt_bytes bytes, uint8_t ret[RT_BLAKE2B512_SIZE],
                         struct romtool_error *err)
{
    return digest("BLAKE2B512", bytes, ret, RT_BLAKE2B512_SIZE, err);
}
