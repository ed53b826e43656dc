/* SPDX-License-Identifier: BSD-2-Clause */
#include "manifests/minisign-sign.h"

#include <string.h>

#include "core/digest.h"

static int sign_raw(const struct rt_key_private *key, struct rt_bytes message,
                    uint8_t ret[RT_KEY_SIGNATURE_SIZE], struct romtool_error *err)
{
    struct rt_key_signature signature;
    int r = rt_key_sign(key, message, &signature, err);

    if (r == 0)
        memcpy(ret, signature.data, RT_KEY_SIGNATURE_SIZE);
    return r;
}

int rt_minisign_sign(const struct rt_key_private *key, struct rt_bytes message,
                     const char *trusted_comment, struct rt_buffer *out, struct romtool_error *err)
{
    struct rt_minisign_signature signature = {
        .prehashed = true,
        .trusted_comment = {(const uint8_t *)trusted_comment, strlen(trusted_comment)},
    };
    uint8_t digest[RT_BLAKE2B512_SIZE];
    struct rt_buffer comment = {0};
    struct rt_key_public public;
    int r = rt_minisign_comment_check(trusted_comment, err);

    if (r == 0 && rt_key_private_algorithm(key) != RT_KEY_ED25519)
        r = rt_error_set(err, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET,
                         "minisign has no ECDSA: --format dsse has");
    if (r == 0)
        r = rt_key_private_public(key, &public, err);
    if (r == 0)
        r = rt_digest_blake2b512(message, digest, err);
    if (r < 0)
        return r;
    memcpy(signature.key_id, public.id, RT_KEY_ID_SIZE);
    r = sign_raw(key, (struct rt_bytes){digest, sizeof(digest)}, signature.signature, err);
    if (r == 0)
        r = rt_minisign_global_message(signature.signature, signature.trusted_comment, &comment,
                                       err);
    if (r == 0)
        r = sign_raw(key, rt_buffer_bytes(&comment), signature.global, err);
    if (r == 0)
        r = rt_minisign_signature_write(&signature, out, err);
    rt_buffer_free(&comment);
    return r;
}
