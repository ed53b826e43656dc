/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool.h"

#include "core/file.h"
#include "manifests/dsse.h"
#include "manifests/minisign-sign.h"
#include "romtool/sign.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* FILE.SUFFIX */
static int write_beside(const struct signing *signing, const char *suffix,
                        const struct rt_buffer *text, struct romtool_error *err)
{
    struct rt_buffer path = {0};
    int r;

    rt_buffer_printf(&path, "%s%s", signing->path, suffix);
    r = path.failed || text->failed ? rt_error_no_memory(err)
                                    : rt_file_write(path.data, 0644, 0, rt_buffer_bytes(text), err);
    rt_buffer_free(&path);
    return r;
}

/* A signature that was made elsewhere: its bytes alone. */
static int read_attached(const char *path, enum rt_key_algorithm algorithm,
                         struct rt_key_signature *ret, struct romtool_error *err)
{
    struct rt_file file;
    int r = rt_file_read(path, RT_KEY_SIGNATURE_MAX, &file, err);

    if (r < 0)
        return r;
    if (!rt_key_signature_normalize(algorithm, rt_file_bytes(&file), ret) ||
        (algorithm == RT_KEY_ED25519 && ret->len != RT_KEY_SIGNATURE_SIZE))
        r = rt_error_set(err, ROMTOOL_E_BAD_SIGNATURE, ROMTOOL_NO_OFFSET,
                         "'%s': %zu bytes, which is no signature of this algorithm", path,
                         file.len);
    rt_file_free(&file);
    return r;
}

static int verify_attached(const char *path, const struct rt_key_public *key,
                           struct rt_bytes message, const struct rt_key_signature *signature,
                           struct romtool_error *err)
{
    int r = rt_key_verify(key, message, (struct rt_bytes){signature->data, signature->len}, err);

    if (r < 0)
        rt_error_prefix(err, "'%s'", path);
    return r;
}

/* ------------------------------------------------------------------------- minisign */

/* Both times the same: the second signature is over it. */
static int trusted_comment(const struct signing *signing, struct rt_buffer *ret,
                           struct romtool_error *err)
{
    const char *slash = strrchr(signing->path, '/');

    rt_buffer_printf(ret, "file:%s", slash != NULL ? slash + 1 : signing->path);
    if (ret->failed)
        return rt_error_no_memory(err);
    return rt_minisign_comment_check(ret->data, err);
}

int sign_minisign(const struct signing *signing, const struct rt_key_private *key,
                  struct romtool_error *err)
{
    struct rt_buffer comment = {0}, text = {0};
    int r = trusted_comment(signing, &comment, err);

    if (r == 0)
        r = rt_minisign_sign(key, signing->manifest, comment.data, &text, err);
    if (r == 0)
        r = write_beside(signing, ".minisig", &text, err);
    rt_buffer_free(&comment);
    rt_buffer_free(&text);
    return r;
}

/* What the first signature is over, and what the second one: it, then the comment. */
static int minisign_messages(const struct signing *signing, uint8_t digest[RT_BLAKE2B512_SIZE],
                             const struct rt_key_signature *first, struct rt_buffer *comment,
                             struct rt_buffer *ret_second, struct romtool_error *err)
{
    int r = rt_digest_blake2b512(signing->manifest, digest, err);

    if (r == 0)
        r = trusted_comment(signing, comment, err);
    if (r == 0 && first != NULL)
        r = rt_minisign_global_message(first->data, rt_buffer_bytes(comment), ret_second, err);
    return r;
}

int attach_minisign(const struct signing *signing, const struct rt_key_public *key,
                    struct romtool_error *err)
{
    struct rt_minisign_signature signature = {.prehashed = true};
    struct rt_buffer comment = {0}, second_message = {0}, text = {0};
    uint8_t digest[RT_BLAKE2B512_SIZE];
    struct rt_key_signature first, second;
    int r = 0;

    if (key->algorithm != RT_KEY_ED25519)
        return rt_error_set(err, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET,
                            "minisign has no ECDSA: --format dsse has");
    r = read_attached(signing->attached[0], key->algorithm, &first, err);
    if (r == 0)
        r = read_attached(signing->attached[1], key->algorithm, &second, err);
    if (r == 0)
        r = minisign_messages(signing, digest, &first, &comment, &second_message, err);
    if (r == 0)
        r = verify_attached(signing->attached[0], key, (struct rt_bytes){digest, sizeof(digest)},
                            &first, err);
    if (r == 0)
        r = verify_attached(signing->attached[1], key, rt_buffer_bytes(&second_message), &second,
                            err);
    if (r == 0) {
        memcpy(signature.key_id, key->id, RT_KEY_ID_SIZE);
        memcpy(signature.signature, first.data, RT_KEY_SIGNATURE_SIZE);
        memcpy(signature.global, second.data, RT_KEY_SIGNATURE_SIZE);
        signature.trusted_comment = rt_buffer_bytes(&comment);
        r = rt_minisign_signature_write(&signature, &text, err);
    }
    if (r == 0)
        r = write_beside(signing, ".minisig", &text, err);
    rt_buffer_free(&comment);
    rt_buffer_free(&second_message);
    rt_buffer_free(&text);
    return r;
}

/* ------------------------------------------------------------------------- DSSE */

/*
 * What others have signed so far. What is there but about other bytes helps nobody any more: it is
 * replaced, and said so.
 */
static int read_envelope(const struct signing *signing, struct rt_dsse **ret,
                         struct romtool_error *err)
{
    struct rt_buffer path = {0};
    struct rt_file file = {0};
    struct romtool_error why;
    int r;

    *ret = NULL;
    rt_buffer_printf(&path, "%s.dsse", signing->path);
    if (path.failed)
        return rt_error_no_memory(err);
    rt_error_clear(&why);
    r = rt_file_read(path.data, RT_DSSE_SIZE_MAX, &file, &why);
    if (r == 0) {
        r = rt_dsse_read(rt_file_bytes(&file), ret, err);
        if (r < 0)
            rt_error_prefix(err, "'%s'", path.data);
    } else if (r == ROMTOOL_E_NOT_FOUND) {
        r = 0;
    } else {
        (void)rt_error_hand_on(err, &why);
    }
    if (*ret != NULL && !rt_bytes_equal(rt_dsse_payload(*ret), signing->manifest)) {
        (void)fprintf(stderr, "romtool: '%s.dsse' was about other bytes: it is replaced\n",
                      signing->path);
        rt_dsse_free(*ret);
        *ret = NULL;
    }
    rt_file_free(&file);
    rt_buffer_free(&path);
    return r;
}

/* Adds a signature to those of others; an earlier one by the same key is replaced. */
static int add_to_envelope(const struct signing *signing, const struct rt_key_public *key,
                           const struct rt_key_signature *signature, struct romtool_error *err)
{
    struct rt_dsse_signature all[RT_DSSE_SIGNATURES_MAX + 1];
    char name[2 * RT_SHA256_SIZE + 1];
    struct rt_dsse *others = NULL;
    struct rt_buffer text = {0};
    size_t n = 0;
    int r = rt_key_public_name(key, name, err);

    if (r == 0)
        r = read_envelope(signing, &others, err);
    for (size_t i = 0; r == 0 && others != NULL && i < rt_dsse_count(others); i++) {
        all[n] = rt_dsse_signature(others, i);
        if (all[n].keyid == NULL || strcmp(all[n].keyid, name) != 0)
            n++;
    }
    if (r == 0 && n == RT_DSSE_SIGNATURES_MAX)
        r = rt_error_set(err, ROMTOOL_E_TOO_LARGE, ROMTOOL_NO_OFFSET,
                         "'%s.dsse': %zu signatures already", signing->path, n);
    if (r == 0) {
        all[n++] = (struct rt_dsse_signature){name, {signature->data, signature->len}};
        r = rt_dsse_write(signing->manifest, all, n, &text, err);
    }
    if (r == 0)
        r = write_beside(signing, ".dsse", &text, err);
    rt_buffer_free(&text);
    rt_dsse_free(others);
    return r;
}

int sign_dsse(const struct signing *signing, const struct rt_key_private *key,
              struct romtool_error *err)
{
    struct rt_key_signature signature;
    struct rt_key_public public;
    struct rt_buffer pae = {0};
    int r = rt_key_private_public(key, &public, err);

    if (r == 0)
        r = rt_dsse_pae(signing->manifest, &pae, err);
    if (r == 0)
        r = rt_key_sign(key, rt_buffer_bytes(&pae), &signature, err);
    if (r == 0)
        r = add_to_envelope(signing, &public, &signature, err);
    rt_buffer_free(&pae);
    return r;
}

int attach_dsse(const struct signing *signing, const struct rt_key_public *key,
                struct romtool_error *err)
{
    struct rt_key_signature signature;
    struct rt_buffer pae = {0};
    int r = read_attached(signing->attached[0], key->algorithm, &signature, err);

    if (r == 0)
        r = rt_dsse_pae(signing->manifest, &pae, err);
    if (r == 0)
        r = verify_attached(signing->attached[0], key, rt_buffer_bytes(&pae), &signature, err);
    if (r == 0)
        r = add_to_envelope(signing, key, &signature, err);
    rt_buffer_free(&pae);
    return r;
}

/* ------------------------------------------------------------------------- to be signed */

static int tbs(const struct signing *signing, struct rt_buffer *ret, struct romtool_error *err)
{
    uint8_t digest[RT_BLAKE2B512_SIZE];
    struct rt_key_signature first;
    struct rt_buffer comment = {0};
    int r = 0;

    if (signing->tbs == SIGN_DSSE)
        return rt_dsse_pae(signing->manifest, ret, err);
    if (signing->tbs == SIGN_MINISIGN_COMMENT)
        r = read_attached(signing->attached[0], RT_KEY_ED25519, &first, err);
    if (r == 0)
        r = minisign_messages(signing, digest,
                              signing->tbs == SIGN_MINISIGN_COMMENT ? &first : NULL, &comment, ret,
                              err);
    if (r == 0 && signing->tbs == SIGN_MINISIGN)
        rt_buffer_append(ret, digest, sizeof(digest));
    rt_buffer_free(&comment);
    return r == 0 && ret->failed ? rt_error_no_memory(err) : r;
}

int write_tbs(const struct signing *signing, struct romtool_error *err)
{
    struct rt_buffer bytes = {0};
    int r = tbs(signing, &bytes, err);

    if (r == 0 && strcmp(signing->output, "-") == 0)
        r = rt_file_write_fd(STDOUT_FILENO, "standard output", rt_buffer_bytes(&bytes), err);
    else if (r == 0)
        r = rt_file_write(signing->output, 0644, 0, rt_buffer_bytes(&bytes), err);
    rt_buffer_free(&bytes);
    return r;
}
