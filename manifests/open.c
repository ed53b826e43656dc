/* SPDX-License-Identifier: BSD-2-Clause */
/* Verify, then parse: the one way to a struct romtool_manifest. */
#include "manifests/open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifests/minisign.h"

struct romtool_manifest {
    struct rt_manifest_doc *doc;
    size_t key;
};

enum {
    NAMED_KEYS_MAX = 8, /* trusted keys that a sentence names */
};

static struct rt_bytes blob_bytes(const struct romtool_blob *blob)
{
    return (struct rt_bytes){blob->data, blob->size};
}

static int read_keys(const struct romtool_blob *blobs, size_t n, struct rt_key_public **ret,
                     struct romtool_error *err)
{
    struct rt_key_public *keys;
    int r;

    *ret = NULL;
    if (n == 0)
        return 0;
    keys = calloc(n, sizeof(*keys));
    if (keys == NULL)
        return rt_error_no_memory(err);
    for (size_t i = 0; i < n; i++) {
        r = rt_minisign_key_read(blob_bytes(&blobs[i]), &keys[i], err);
        if (r < 0) {
            rt_error_prefix(err, "key %zu of %zu", i + 1, n);
            free(keys);
            return r;
        }
    }
    *ret = keys;
    return 0;
}

static int untrusted(const char *key_id, const struct rt_key_public *keys, size_t n_keys,
                     struct romtool_error *err)
{
    char list[NAMED_KEYS_MAX * sizeof(", C1DCB861EE059FDB") + sizeof(" and others")] = "";
    char id[17];
    size_t used = 0;

    for (size_t i = 0; i < n_keys && i < NAMED_KEYS_MAX; i++) {
        rt_minisign_key_id(&keys[i], id);
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i > 0 ? ", " : "", id);
    }
    if (n_keys > NAMED_KEYS_MAX)
        (void)snprintf(list + used, sizeof(list) - used, " and others");
    if (n_keys == 0)
        return rt_error_set(err, ROMTOOL_E_UNTRUSTED_KEY, ROMTOOL_NO_OFFSET,
                            "signed by key %s, but no key is trusted", key_id);
    return rt_error_set(err, ROMTOOL_E_UNTRUSTED_KEY, ROMTOOL_NO_OFFSET,
                        "signed by key %s, trusted is %s", key_id, list);
}

/* An id is a hint: two keys may have the same, so each key that has it is tried. */
static int judge(struct rt_bytes manifest, const struct romtool_blob *blob,
                 const struct rt_key_public *keys, size_t n_keys, struct rt_manifest_signature *ret,
                 struct romtool_error *err)
{
    struct rt_minisign_signature signature;
    int r;

    *ret = (struct rt_manifest_signature){.key = RT_MANIFEST_NO_KEY};
    r = rt_minisign_signature_read(blob_bytes(blob), &signature, err);
    if (r < 0)
        return r;
    rt_minisign_signature_key_id(&signature, ret->key_id);
    ret->prehashed = signature.prehashed;
    for (size_t i = 0; i < n_keys; i++) {
        struct romtool_error why;

        if (memcmp(keys[i].id, signature.key_id, RT_KEY_ID_SIZE) != 0)
            continue;
        ret->trusted = true;
        rt_error_clear(&why);
        rt_error_clear(err); /* of the key before */
        r = rt_minisign_verify(&signature, &keys[i], manifest, &why);
        if (r == 0) {
            ret->valid = true;
            ret->key = i;
            ret->trusted_comment = signature.trusted_comment;
            return 0;
        }
        (void)rt_error_set(err, r, ROMTOOL_NO_OFFSET, "key %s: %s", ret->key_id, why.text);
        if (r != ROMTOOL_E_BAD_SIGNATURE)
            return r;
    }
    return ret->trusted ? ROMTOOL_E_BAD_SIGNATURE : untrusted(ret->key_id, keys, n_keys, err);
}

/* Which of several failures is the answer: what could not be judged might have been a yes. */
static int weight(int code)
{
    switch (code) {
    case ROMTOOL_OK:
        return 0;
    case ROMTOOL_E_UNTRUSTED_KEY:
        return 1;
    case ROMTOOL_E_BAD_SIGNATURE:
        return 2;
    default:
        return 3;
    }
}

int rt_manifest_verify(struct rt_bytes manifest, const struct romtool_blob *signatures,
                       size_t n_signatures, const struct romtool_blob *keys, size_t n_keys,
                       struct rt_manifest_signature *ret_signatures, size_t *ret_key,
                       struct romtool_error *err)
{
    struct rt_manifest_signature signature;
    struct rt_key_public *trusted = NULL;
    struct romtool_error why, worst;
    int r;

    *ret_key = RT_MANIFEST_NO_KEY;
    for (size_t i = 0; ret_signatures != NULL && i < n_signatures; i++)
        ret_signatures[i] = (struct rt_manifest_signature){.key = RT_MANIFEST_NO_KEY};
    if (n_signatures == 0)
        return rt_error_set(err, ROMTOOL_E_UNSIGNED, ROMTOOL_NO_OFFSET, "not signed");
    r = read_keys(keys, n_keys, &trusted, err);
    if (r < 0)
        return r;
    rt_error_clear(&worst);
    for (size_t i = 0; i < n_signatures; i++) {
        rt_error_clear(&why);
        signature.code = judge(manifest, &signatures[i], trusted, n_keys, &signature, &why);
        if (signature.valid && *ret_key == RT_MANIFEST_NO_KEY)
            *ret_key = signature.key;
        if (weight(signature.code) > weight(worst.code))
            worst = why;
        if (ret_signatures != NULL)
            ret_signatures[i] = signature;
        else if (signature.valid)
            break;
    }
    free(trusted);
    if (*ret_key != RT_MANIFEST_NO_KEY)
        return 0;
    return rt_error_set(err, worst.code, worst.offset, "%s", worst.text);
}

/* ------------------------------------------------------------------------- the library's */

static bool blobs_are_usable(const struct romtool_blob *blobs, size_t n)
{
    if (n > 0 && blobs == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (blobs[i].data == NULL && blobs[i].size > 0)
            return false;
    }
    return true;
}

int romtool_manifest_open(const struct romtool_blob *manifest,
                          const struct romtool_blob *signatures, size_t n_signatures,
                          const struct romtool_blob *keys, size_t n_keys,
                          struct romtool_manifest **ret_manifest, struct romtool_error *reterr)
{
    struct romtool_manifest *opened;
    int r;

    rt_error_clear(reterr);
    if (ret_manifest != NULL)
        *ret_manifest = NULL;
    if (ret_manifest == NULL || manifest == NULL || !blobs_are_usable(manifest, 1) ||
        !blobs_are_usable(signatures, n_signatures) || !blobs_are_usable(keys, n_keys))
        return rt_error_set(reterr, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET, "a pointer is NULL");
    if (manifest->size > RT_MANIFEST_SIZE_MAX)
        return rt_error_set(reterr, ROMTOOL_E_TOO_LARGE, RT_MANIFEST_SIZE_MAX,
                            "a manifest of %zu bytes, at most %zu are read", manifest->size,
                            RT_MANIFEST_SIZE_MAX);
    opened = calloc(1, sizeof(*opened));
    if (opened == NULL)
        return rt_error_no_memory(reterr);
    r = rt_manifest_verify(blob_bytes(manifest), signatures, n_signatures, keys, n_keys, NULL,
                           &opened->key, reterr);
    if (r == 0)
        r = rt_manifest_read(blob_bytes(manifest), &opened->doc, reterr);
    if (r < 0) {
        romtool_manifest_free(opened);
        return r;
    }
    *ret_manifest = opened;
    return 0;
}

void romtool_manifest_free(struct romtool_manifest *manifest)
{
    if (manifest == NULL)
        return;
    rt_manifest_doc_free(manifest->doc);
    free(manifest);
}

const struct rt_manifest *rt_manifest_model(const struct romtool_manifest *manifest)
{
    return rt_manifest_doc_model(manifest->doc);
}

size_t rt_manifest_key(const struct romtool_manifest *manifest)
{
    return manifest->key;
}
