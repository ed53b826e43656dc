/* SPDX-License-Identifier: BSD-2-Clause */
/* `romtool inspect` with libcrypto: digests, what a guest reads, who signed. */
#include "romtool/commands.h"
#include "romtool/inspect.h"

#include "core/authenticode.h"
#include "core/digest.h"

#include <string.h>

static void add_piece(void *user, struct rt_bytes piece)
{
    rt_authenticode_hash_add(user, piece);
}

static int digest_program(struct rt_bytes program, const struct rt_pe *pe, const char *algorithm,
                          uint8_t ret[RT_AUTHENTICODE_DIGEST_MAX], size_t *ret_size,
                          struct romtool_error *err)
{
    struct rt_authenticode_hash *hash;
    int r = rt_authenticode_hash_new(algorithm, &hash, err);
    bool told;

    if (r < 0)
        return r;
    told = rt_pe_signed_pieces(program, pe, add_piece, hash);
    r = rt_authenticode_hash_end(hash, ret, ret_size, err);
    if (r == 0 && !told)
        return rt_error_set(err, ROMTOOL_E_BAD_PE, ROMTOOL_NO_OFFSET,
                            "what is signed of the program cannot be told");
    return r;
}

/* Compares what is stated with what is there, then who states it. */
static int judge(struct rt_bytes program, const struct rt_pe *pe, struct rt_bytes signature,
                 const struct rt_authenticode *stated, struct rt_bytes db,
                 struct romtool_error *err)
{
    uint8_t digest[RT_AUTHENTICODE_DIGEST_MAX];
    size_t size;
    int r = digest_program(program, pe, stated->algorithm, digest, &size, err);

    if (r < 0)
        return r;
    if (size != stated->digest_size || memcmp(digest, stated->digest, size) != 0)
        return rt_error_set(err, ROMTOOL_E_DIGEST_MISMATCH, ROMTOOL_NO_OFFSET,
                            "the program is not the one that was signed: its %s differs",
                            stated->algorithm);
    return db.len > 0 ? rt_authenticode_verify(signature, db, err) : 0;
}

static int signer(struct rt_bytes program, const struct rt_pe *pe, size_t i, struct rt_bytes db,
                  struct inspect_signer *ret, struct romtool_error *err)
{
    struct rt_authenticode stated;
    struct rt_bytes signature;
    int r;

    *ret = (struct inspect_signer){0};
    rt_error_clear(err);
    if (!rt_pe_signature(program, pe, i, &signature))
        return rt_error_set(err, ROMTOOL_E_INTERNAL, ROMTOOL_NO_OFFSET, "no signature %zu", i);
    r = rt_authenticode_read(signature, &stated, err);
    if (r < 0)
        return r;
    memcpy(ret->subject, stated.subject, sizeof(ret->subject));
    memcpy(ret->issuer, stated.issuer, sizeof(ret->issuer));
    memcpy(ret->algorithm, stated.algorithm, sizeof(ret->algorithm));
    rt_bytes_to_hex((struct rt_bytes){stated.digest, stated.digest_size}, ret->digest);
    return judge(program, pe, signature, &stated, db, err);
}

enum exit_status command_inspect(int argc, char **argv)
{
    static const struct inspect_crypto crypto = {
        rt_digest_sha256,
        rt_verify_guest,
        rt_authenticode_check_certificate,
        signer,
    };

    return inspect(argc, argv, &crypto);
}
