/* SPDX-License-Identifier: BSD-2-Clause */
/* The one file of core that knows libcrypto. Its error queue is left as found. */
#include "core/digest.h"

#include <openssl/err.h>
#include <openssl/evp.h>

/* What a digest is made of: n pieces, and zero bytes behind them. */
struct input {
    const struct rt_bytes *pieces;
    size_t n;
    uint64_t zeroes;
};

static bool update(EVP_MD_CTX *context, const EVP_MD *md, const struct input *input, uint8_t *ret)
{
    static const uint8_t zero[4096];
    uint64_t left = input->zeroes;

    if (EVP_DigestInit_ex2(context, md, NULL) != 1)
        return false;
    for (size_t i = 0; i < input->n; i++) {
        if (EVP_DigestUpdate(context, input->pieces[i].data, input->pieces[i].len) != 1)
            return false;
    }
    while (left > 0) {
        size_t n = left < sizeof(zero) ? (size_t)left : sizeof(zero);

        if (EVP_DigestUpdate(context, zero, n) != 1)
            return false;
        left -= n;
    }
    return EVP_DigestFinal_ex(context, ret, NULL) == 1;
}

static int digest(const char *algorithm, struct input input, uint8_t *ret, size_t ret_size,
                  struct romtool_error *err)
{
    EVP_MD_CTX *context = NULL;
    EVP_MD *md;
    int r = 0;

    (void)ERR_set_mark();
    md = EVP_MD_fetch(NULL, algorithm, NULL);
    if (md == NULL || EVP_MD_get_size(md) != (int)ret_size)
        r = rt_error_set(err, ROMTOOL_E_UNAVAILABLE, ROMTOOL_NO_OFFSET,
                         "this libcrypto does not offer %s", algorithm);
    else if ((context = EVP_MD_CTX_new()) == NULL)
        r = rt_error_no_memory(err);
    else if (!update(context, md, &input, ret))
        r = rt_error_set(err, ROMTOOL_E_UNAVAILABLE, ROMTOOL_NO_OFFSET, "%s failed", algorithm);
    EVP_MD_CTX_free(context);
    EVP_MD_free(md);
    (void)ERR_pop_to_mark();
    return r;
}

int rt_digest_sha256(struct rt_bytes bytes, uint8_t ret[RT_SHA256_SIZE], struct romtool_error *err)
{
    return digest("SHA256", (struct input){&bytes, 1, 0}, ret, RT_SHA256_SIZE, err);
}

int rt_digest_sha256_pieces(const struct rt_bytes *pieces, size_t n, uint64_t zeroes,
                            uint8_t ret[RT_SHA256_SIZE], struct romtool_error *err)
{
    return digest("SHA256", (struct input){pieces, n, zeroes}, ret, RT_SHA256_SIZE, err);
}

int rt_digest_blake2b512(struct rt_bytes bytes, uint8_t ret[RT_BLAKE2B512_SIZE],
                         struct romtool_error *err)
{
    return digest("BLAKE2B512", (struct input){&bytes, 1, 0}, ret, RT_BLAKE2B512_SIZE, err);
}
