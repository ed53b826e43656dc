/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * minisign's two text files, as minisign 0.11 writes them and more strictly than it reads them:
 * what it ignores (lines behind the last one, a public key's first line) is refused here.
 */
#include "manifests/minisign.h"

#include <stdio.h>
#include <string.h>

#include "core/digest.h"
#include "manifests/fields.h"
#include "manifests/base64.h"
#include "manifests/lines.h"
#include "manifests/public-key.h"

/*
 * minisign reads a comment line with fgets() into 1024 bytes, a trusted one into 8192: its end and
 * a NUL included, prefix included.
 */
enum {
    COMMENT_LINE_MAX = 1024 - 2,
    TRUSTED_LINE_MAX = 8192 - 2,

    ALGORITHM_SIZE = 2,
    KEY_OFFSET = ALGORITHM_SIZE + RT_KEY_ID_SIZE, /* of a key and of a signature, behind the id */
    KEY_BLOB_SIZE = KEY_OFFSET + RT_KEY_PUBLIC_SIZE,
    SIGNATURE_BLOB_SIZE = KEY_OFFSET + RT_KEY_SIGNATURE_SIZE,
};

static const char untrusted_prefix[] = "untrusted comment: ";
static const char trusted_prefix[] = "trusted comment: ";

static const char algorithm_legacy[] = "Ed";    /* keys, and signatures over the message itself */
static const char algorithm_prehashed[] = "ED"; /* signatures over the message's BLAKE2b-512 */

/* One of the two files, line by line. */
struct lines {
    struct rt_bytes text, rest;
    unsigned number; /* of the line that was read last */
    size_t offset;   /* of its first byte */
    int code;        /* what a malformed line is: ROMTOOL_E_BAD_KEY or _BAD_SIGNATURE */
    struct romtool_error *err;
};

static int bad_line(const struct lines *in, const char *what)
{
    return rt_error_set(in->err, in->code, in->offset, "line %u: %s", in->number, what);
}

/* A line that another one has to follow unless it is the last. */
static int next_line(struct lines *in, bool last, struct rt_bytes *ret)
{
    bool there, ended;

    in->number++;
    in->offset = in->text.len - in->rest.len;
    there = rt_line_next(&in->rest, ret, &ended);
    if (!there || (!ended && !last))
        return bad_line(in, "missing");
    return 0;
}

/* A comment line; what follows its prefix. */
static int read_comment(struct lines *in, const char *prefix, size_t max, struct rt_bytes *ret)
{
    size_t n = strlen(prefix);
    struct rt_bytes line;
    int r;

    *ret = (struct rt_bytes){NULL, 0};
    r = next_line(in, false, &line);
    if (r < 0)
        return r;
    if (!rt_bytes_equal_at(line, 0, prefix, n))
        return rt_error_set(in->err, in->code, in->offset, "line %u: does not begin with '%s'",
                            in->number, prefix);
    if (line.len > max)
        return bad_line(in, "too long");
    if (!rt_manifest_text_is_printable(line, true))
        return bad_line(in, "not printable UTF-8");
    (void)rt_bytes_slice(line, n, line.len - n, ret);
    return 0;
}

/* A base64 line that holds exactly n bytes. */
static int read_blob(struct lines *in, bool last, uint8_t *ret, size_t n)
{
    struct rt_bytes line;
    int r;

    r = next_line(in, last, &line);
    if (r < 0)
        return r;
    if (!rt_base64_decode((const char *)line.data, line.len, ret, n))
        return rt_error_set(in->err, in->code, in->offset, "line %u: not %zu bytes in base64",
                            in->number, n);
    return 0;
}

static int read_end(struct lines *in)
{
    in->number++;
    in->offset = in->text.len - in->rest.len;
    return in->rest.len > 0 ? bad_line(in, "nothing may follow") : 0;
}

/* ------------------------------------------------------------------------- keys */

int rt_minisign_key_read(struct rt_bytes text, struct rt_key_public *ret, struct romtool_error *err)
{
    struct lines in = {.text = text, .rest = text, .code = ROMTOOL_E_BAD_KEY, .err = err};
    uint8_t blob[KEY_BLOB_SIZE];
    struct rt_bytes comment;
    int r;

    *ret = (struct rt_key_public){0};
    r = read_comment(&in, untrusted_prefix, COMMENT_LINE_MAX, &comment);
    if (r == 0)
        r = read_blob(&in, true, blob, sizeof(blob));
    if (r < 0)
        return r;
    if (memcmp(blob, algorithm_legacy, ALGORITHM_SIZE) != 0)
        return bad_line(&in, "not an Ed25519 key");
    ret->algorithm = RT_KEY_ED25519;
    ret->own_id = true;
    memcpy(ret->id, blob + ALGORITHM_SIZE, RT_KEY_ID_SIZE);
    memcpy(ret->key, blob + KEY_OFFSET, RT_KEY_PUBLIC_SIZE);
    if (!rt_key_public_is_sound(ret))
        r = bad_line(&in, "a key for which anybody can sign");
    if (r == 0)
        r = read_end(&in);
    if (r < 0)
        *ret = (struct rt_key_public){0};
    return r;
}

/* minisign prints the id's eight bytes as one little-endian number. */
static void id_text(const uint8_t id[RT_KEY_ID_SIZE], char ret[17])
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < RT_KEY_ID_SIZE; i++) {
        ret[2 * i] = digits[id[RT_KEY_ID_SIZE - 1 - i] >> 4];
        ret[2 * i + 1] = digits[id[RT_KEY_ID_SIZE - 1 - i] & 15];
    }
    ret[16] = '\0';
}

void rt_minisign_key_id(const struct rt_key_public *key, char ret[17])
{
    id_text(key->id, ret);
}

void rt_minisign_signature_key_id(const struct rt_minisign_signature *signature, char ret[17])
{
    id_text(signature->key_id, ret);
}

int rt_minisign_key_write(const struct rt_key_public *key, struct rt_buffer *out,
                          struct romtool_error *err)
{
    uint8_t blob[KEY_BLOB_SIZE];
    char id[17];

    memcpy(blob, algorithm_legacy, ALGORITHM_SIZE);
    memcpy(blob + ALGORITHM_SIZE, key->id, RT_KEY_ID_SIZE);
    memcpy(blob + KEY_OFFSET, key->key, RT_KEY_PUBLIC_SIZE);
    id_text(key->id, id);
    rt_buffer_printf(out, "%sminisign public key %s\n", untrusted_prefix, id);
    rt_base64_append(out, (struct rt_bytes){blob, sizeof(blob)});
    rt_buffer_puts(out, "\n");
    return out->failed ? rt_error_no_memory(err) : 0;
}

int rt_minisign_secret_read(struct rt_bytes text, uint8_t ret[RT_MINISIGN_SECRET_SIZE],
                            struct romtool_error *err)
{
    struct lines in = {.text = text, .rest = text, .code = ROMTOOL_E_BAD_KEY, .err = err};
    struct rt_bytes comment;
    int r;

    r = read_comment(&in, untrusted_prefix, COMMENT_LINE_MAX, &comment);
    if (r == 0)
        r = read_blob(&in, true, ret, RT_MINISIGN_SECRET_SIZE);
    return r < 0 ? r : read_end(&in);
}

/* ------------------------------------------------------------------------- signatures */

int rt_minisign_global_message(const uint8_t signature[RT_KEY_SIGNATURE_SIZE],
                               struct rt_bytes trusted_comment, struct rt_buffer *out,
                               struct romtool_error *err)
{
    rt_buffer_append(out, signature, RT_KEY_SIGNATURE_SIZE);
    rt_buffer_append(out, trusted_comment.data, trusted_comment.len);
    return out->failed ? rt_error_no_memory(err) : 0;
}

int rt_minisign_comment_check(const char *trusted_comment, struct romtool_error *err)
{
    struct rt_bytes comment = {(const uint8_t *)trusted_comment, strlen(trusted_comment)};

    if (comment.len <= TRUSTED_LINE_MAX - strlen(trusted_prefix) &&
        rt_manifest_text_is_printable(comment, true))
        return 0;
    return rt_error_set(err, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET,
                        "the trusted comment is not one printable line of at most %zu bytes",
                        TRUSTED_LINE_MAX - strlen(trusted_prefix));
}

int rt_minisign_signature_write(const struct rt_minisign_signature *signature,
                                struct rt_buffer *out, struct romtool_error *err)
{
    uint8_t blob[SIGNATURE_BLOB_SIZE];
    char id[17];

    memcpy(blob, signature->prehashed ? algorithm_prehashed : algorithm_legacy, ALGORITHM_SIZE);
    memcpy(blob + ALGORITHM_SIZE, signature->key_id, RT_KEY_ID_SIZE);
    memcpy(blob + KEY_OFFSET, signature->signature, RT_KEY_SIGNATURE_SIZE);
    id_text(signature->key_id, id);
    rt_buffer_printf(out, "%ssignature by key %s\n", untrusted_prefix, id);
    rt_base64_append(out, (struct rt_bytes){blob, sizeof(blob)});
    rt_buffer_printf(out, "\n%s", trusted_prefix);
    rt_buffer_append(out, signature->trusted_comment.data, signature->trusted_comment.len);
    rt_buffer_puts(out, "\n");
    rt_base64_append(out, (struct rt_bytes){signature->global, RT_KEY_SIGNATURE_SIZE});
    rt_buffer_puts(out, "\n");
    return out->failed ? rt_error_no_memory(err) : 0;
}

int rt_minisign_signature_read(struct rt_bytes text, struct rt_minisign_signature *ret,
                               struct romtool_error *err)
{
    struct lines in = {.text = text, .rest = text, .code = ROMTOOL_E_BAD_SIGNATURE, .err = err};
    struct rt_minisign_signature signature = {0};
    uint8_t blob[SIGNATURE_BLOB_SIZE];
    struct rt_bytes comment;
    int r;

    *ret = signature;
    r = read_comment(&in, untrusted_prefix, COMMENT_LINE_MAX, &comment);
    if (r == 0)
        r = read_blob(&in, false, blob, sizeof(blob));
    if (r < 0)
        return r;
    signature.prehashed = memcmp(blob, algorithm_prehashed, ALGORITHM_SIZE) == 0;
    if (!signature.prehashed && memcmp(blob, algorithm_legacy, ALGORITHM_SIZE) != 0)
        return bad_line(&in, "not an Ed25519 signature");
    memcpy(signature.key_id, blob + ALGORITHM_SIZE, RT_KEY_ID_SIZE);
    memcpy(signature.signature, blob + KEY_OFFSET, RT_KEY_SIGNATURE_SIZE);
    r = read_comment(&in, trusted_prefix, TRUSTED_LINE_MAX, &signature.trusted_comment);
    if (r == 0)
        r = read_blob(&in, false, signature.global, sizeof(signature.global));
    if (r == 0)
        r = read_end(&in);
    if (r == 0)
        *ret = signature;
    return r;
}

int rt_minisign_verify(const struct rt_minisign_signature *signature,
                       const struct rt_key_public *key, struct rt_bytes message,
                       struct romtool_error *err)
{
    uint8_t digest[RT_BLAKE2B512_SIZE];
    struct rt_bytes signed_bytes = message;
    struct rt_buffer signed_comment = {0};
    char id[17], key_id[17];
    int r;

    if (memcmp(signature->key_id, key->id, RT_KEY_ID_SIZE) != 0) {
        id_text(signature->key_id, id);
        id_text(key->id, key_id);
        return rt_error_set(err, ROMTOOL_E_UNTRUSTED_KEY, ROMTOOL_NO_OFFSET,
                            "signed by key %s, not by key %s", id, key_id);
    }
    if (signature->prehashed) {
        r = rt_digest_blake2b512(message, digest, err);
        if (r < 0)
            return r;
        signed_bytes = (struct rt_bytes){digest, sizeof(digest)};
    }
    r = rt_key_verify(key, signed_bytes,
                      (struct rt_bytes){signature->signature, RT_KEY_SIGNATURE_SIZE}, err);
    if (r < 0)
        return r;
    r = rt_minisign_global_message(signature->signature, signature->trusted_comment,
                                   &signed_comment, err);
    if (r == 0) {
        r = rt_key_verify(key, rt_buffer_bytes(&signed_comment),
                          (struct rt_bytes){signature->global, RT_KEY_SIGNATURE_SIZE}, err);
        if (r == ROMTOOL_E_BAD_SIGNATURE)
            rt_error_prefix(err, "the trusted comment");
    }
    rt_buffer_free(&signed_comment);
    return r;
}
