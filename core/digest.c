/* SPDX-License-Identifier: BSD-2-Clause */
/* The one file of core that knows libcrypto. Its error queue is left as found. */
#include "core/digest.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

/* What a digest is made of: n pieces, and zero bytes behind them. Or those of its prefixes. */
struct input {
    const struct rt_bytes *pieces;
    size_t n;
    uint64_t zeroes;
    const size_t *lengths; /* NULL: one digest, of all */
    size_t n_lengths;
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

/* The pieces' bytes from *at to to: of the *piece-th, which starts at *start, and of those behind.
 */
static bool advance(EVP_MD_CTX *context, const struct input *input, size_t *piece, size_t *start,
                    size_t *at, size_t to)
{
    while (*at < to && *piece < input->n) {
        struct rt_bytes whole = input->pieces[*piece], part;
        size_t left = *start + whole.len - *at, n = to - *at < left ? to - *at : left;

        (void)rt_bytes_slice(whole, *at - *start, n, &part);
        if (EVP_DigestUpdate(context, part.data, part.len) != 1)
            return false;
        *at += n;
        if (n == left) {
            *start = *at;
            (*piece)++;
        }
    }
    return true;
}

/* One digest behind the other. */
static bool update_prefixes(EVP_MD_CTX *context, const EVP_MD *md, const struct input *input,
                            size_t size, uint8_t *ret)
{
    size_t piece = 0, start = 0, at = 0;
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    bool ok = copy != NULL && EVP_DigestInit_ex2(context, md, NULL) == 1;

    for (size_t i = 0; ok && i < input->n_lengths; i++)
        ok = advance(context, input, &piece, &start, &at, input->lengths[i]) &&
             EVP_MD_CTX_copy_ex(copy, context) == 1 &&
             EVP_DigestFinal_ex(copy, ret + i * size, NULL) == 1;
    EVP_MD_CTX_free(copy);
    return ok;
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
    else if (input.lengths != NULL ? !update_prefixes(context, md, &input, ret_size, ret)
                                   : !update(context, md, &input, ret))
        r = rt_error_set(err, ROMTOOL_E_UNAVAILABLE, ROMTOOL_NO_OFFSET, "%s failed", algorithm);
    EVP_MD_CTX_free(context);
    EVP_MD_free(md);
    (void)ERR_pop_to_mark();
    return r;
}

int rt_digest_sha256(struct rt_bytes bytes, uint8_t ret[RT_SHA256_SIZE], struct romtool_error *err)
{
    return digest("SHA256", (struct input){&bytes, 1, 0, NULL, 0}, ret, RT_SHA256_SIZE, err);
}

int rt_digest_sha256_pieces(const struct rt_bytes *pieces, size_t n, uint64_t zeroes,
                            uint8_t ret[RT_SHA256_SIZE], struct romtool_error *err)
{
    return digest("SHA256", (struct input){pieces, n, zeroes, NULL, 0}, ret, RT_SHA256_SIZE, err);
}

int rt_digest_sha256_prefixes(const struct rt_bytes *pieces, size_t n, const size_t *lengths,
                              size_t n_lengths, uint8_t (*ret)[RT_SHA256_SIZE],
                              struct romtool_error *err)
{
    struct input input = {pieces, n, 0, lengths, n_lengths};

    return n_lengths == 0 ? 0 : digest("SHA256", input, *ret, RT_SHA256_SIZE, err);
}

/* ------------------------------------------------------------------------- fs-verity */

enum {
    VERITY_LOG_BLOCK = 12,
    VERITY_BLOCK = 1 << VERITY_LOG_BLOCK,
    VERITY_DESCRIPTOR = 256,
    VERITY_SHA256 = 1, /* its number there */
};

/* The digests of all blocks of level, the last one filled up with zeroes, one behind the other. */
static int verity_level(struct rt_bytes level, struct rt_buffer *ret, struct romtool_error *err)
{
    int r = 0;

    for (size_t at = 0; at < level.len && r == 0; at += VERITY_BLOCK) {
        size_t n = level.len - at < VERITY_BLOCK ? level.len - at : VERITY_BLOCK;
        uint8_t sha256[RT_SHA256_SIZE];
        struct rt_bytes block;

        (void)rt_bytes_slice(level, at, n, &block);
        r = rt_digest_sha256_pieces(&block, 1, VERITY_BLOCK - n, sha256, err);
        rt_buffer_append(ret, sha256, sizeof(sha256));
    }
    return r == 0 && ret->failed ? rt_error_no_memory(err) : r;
}

int rt_digest_fsverity(struct rt_bytes file, uint8_t ret[RT_SHA256_SIZE], struct romtool_error *err)
{
    uint8_t descriptor[VERITY_DESCRIPTOR] = {1, VERITY_SHA256, VERITY_LOG_BLOCK};
    struct rt_buffer level = {0};
    uint64_t size = file.len;
    int r = 0;

    memset(ret, 0, RT_SHA256_SIZE);
    if (file.len > 0)
        r = verity_level(file, &level, err);
    while (r == 0 && level.len > RT_SHA256_SIZE) {
        struct rt_buffer above = {0};

        r = verity_level(rt_buffer_bytes(&level), &above, err);
        rt_buffer_free(&level);
        level = above;
    }
    for (size_t i = 0; i < 8; i++)
        descriptor[8 + i] = (uint8_t)(size >> (8 * i));
    if (r == 0 && level.len == RT_SHA256_SIZE)
        memcpy(descriptor + 16, level.data, RT_SHA256_SIZE);
    rt_buffer_free(&level);
    return r < 0 ? r
                 : rt_digest_sha256((struct rt_bytes){descriptor, sizeof(descriptor)}, ret, err);
}

/* ------------------------------------------------------------------------- BLAKE2 */

int rt_digest_blake2b512(struct rt_bytes bytes, uint8_t ret[RT_BLAKE2B512_SIZE],
                         struct romtool_error *err)
{
    return digest("BLAKE2B512", (struct input){&bytes, 1, 0, NULL, 0}, ret, RT_BLAKE2B512_SIZE,
                  err);
}
