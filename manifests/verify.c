/* SPDX-License-Identifier: BSD-2-Clause */
/* Who has signed these bytes: both containers, one answer. */
#include "manifests/open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifests/dsse.h"
#include "manifests/minisign.h"

enum {
    NAMED_KEYS_MAX = 8, /* trusted keys that a sentence names */
};

/* The work on one manifest. */
struct verification {
    struct rt_bytes manifest;
    const struct rt_trust *trust;
    bool *signed_by;
    struct rt_manifest_signatures *ret; /* or NULL */
    struct romtool_error worst;
    bool any; /* a key of the trust has signed */
};

/* Which of several failures is the answer: what could not be judged might have been a yes. */
static int weight(int code)
{
    switch (code) {
    case ROMTOOL_OK:
        return 0;
    case ROMTOOL_E_UNTRUSTED_KEY:
        return 1;
    case ROMTOOL_E_BAD_SIGNATURE:
    case ROMTOOL_E_TOO_LARGE:
        return 2;
    default:
        return 3;
    }
}

static int note(struct verification *v, struct rt_manifest_signature *signature,
                const struct romtool_error *why, struct romtool_error *err)
{
    struct rt_manifest_signature *grown;

    signature->code = signature->valid ? 0 : why->code;
    if (signature->valid) {
        v->signed_by[signature->key] = true;
        v->any = true;
    } else if (weight(why->code) > weight(v->worst.code)) {
        v->worst = *why;
    }
    if (v->ret == NULL)
        return 0;
    grown = realloc(v->ret->items, (v->ret->n + 1) * sizeof(*grown));
    if (grown == NULL)
        return rt_error_no_memory(err);
    v->ret->items = grown;
    grown[v->ret->n++] = *signature;
    return 0;
}

/* ------------------------------------------------------------------------- minisign */

static void untrusted(const struct rt_trust *trust, const char *key_id, struct romtool_error *err)
{
    char list[NAMED_KEYS_MAX * sizeof(", C1DCB861EE059FDB") + sizeof(" and others")] = "";
    char id[17];
    size_t used = 0;

    for (size_t i = 0; i < trust->n_keys && i < NAMED_KEYS_MAX; i++) {
        rt_minisign_key_id(&trust->keys[i].key, id);
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i > 0 ? ", " : "", id);
    }
    if (trust->n_keys > NAMED_KEYS_MAX)
        (void)snprintf(list + used, sizeof(list) - used, " and others");
    if (trust->n_keys == 0)
        (void)rt_error_set(err, ROMTOOL_E_UNTRUSTED_KEY, ROMTOOL_NO_OFFSET,
                           "signed by key %s, but no key is trusted", key_id);
    else
        (void)rt_error_set(err, ROMTOOL_E_UNTRUSTED_KEY, ROMTOOL_NO_OFFSET,
                           "signed by key %s, trusted is %s", key_id, list);
}

/* Two keys may have the same id, so each key that has it is tried. */
static void try_minisign(const struct verification *v,
                         const struct rt_minisign_signature *signature,
                         struct rt_manifest_signature *ret, struct romtool_error *why)
{
    for (size_t i = 0; i < v->trust->n_keys; i++) {
        const struct rt_key_public *key = &v->trust->keys[i].key;
        struct romtool_error one;
        int r;

        if (key->algorithm != RT_KEY_ED25519 ||
            memcmp(key->id, signature->key_id, RT_KEY_ID_SIZE) != 0)
            continue;
        ret->trusted = true;
        rt_error_clear(&one);
        r = rt_minisign_verify(signature, key, v->manifest, &one);
        if (r == 0) {
            ret->valid = true;
            ret->key = i;
            return;
        }
        rt_error_clear(why); /* of the key before */
        (void)rt_error_set(why, r, ROMTOOL_NO_OFFSET, "key %s: %s", ret->key_id, one.text);
        if (r != ROMTOOL_E_BAD_SIGNATURE)
            return;
    }
    if (why->code == 0)
        untrusted(v->trust, ret->key_id, why);
}

static int judge_minisign(struct verification *v, struct rt_bytes text, size_t blob,
                          struct romtool_error *err)
{
    struct rt_manifest_signature became = {.blob = blob, .key = RT_MANIFEST_NO_KEY};
    struct rt_minisign_signature signature;
    struct romtool_error why;

    rt_error_clear(&why);
    if (rt_minisign_signature_read(text, &signature, &why) == 0) {
        rt_minisign_signature_key_id(&signature, became.key_id);
        became.prehashed = signature.prehashed;
        try_minisign(v, &signature, &became, &why);
    }
    if (became.valid)
        (void)snprintf(became.trusted_comment, sizeof(became.trusted_comment), "%.*s",
                       (int)signature.trusted_comment.len,
                       (const char *)signature.trusted_comment.data);
    return note(v, &became, &why, err);
}

/* ------------------------------------------------------------------------- DSSE */

/* One key against one signature. False where the search may end. */
static bool try_dsse(const struct verification *v, size_t index, struct rt_bytes pae,
                     struct rt_bytes bytes, struct rt_manifest_signature *ret,
                     struct romtool_error *why)
{
    struct romtool_error one;
    int r;

    rt_error_clear(&one);
    r = rt_key_verify(&v->trust->keys[index].key, pae, bytes, &one);
    if (r == 0) {
        ret->trusted = ret->valid = true;
        ret->key = index;
        return false;
    }
    if (r == ROMTOOL_E_BAD_SIGNATURE)
        return true;
    rt_error_clear(why);
    (void)rt_error_set(why, r, ROMTOOL_NO_OFFSET, "key '%s': %s", v->trust->keys[index].name,
                       one.text);
    return true; /* another key may still be the one */
}

/* A key id is a hint that nobody has signed: it only says which key to try first. */
static int judge_dsse_signature(struct verification *v, const struct rt_dsse_signature *signature,
                                struct rt_bytes pae, struct rt_manifest_signature *became,
                                struct romtool_error *err)
{
    size_t hinted = RT_MANIFEST_NO_KEY;
    struct romtool_error why;
    bool is_named = signature->keyid != NULL && signature->keyid[0] != '\0';
    bool go_on = true;
    int r = 0;

    rt_error_clear(&why);
    for (size_t i = 0; r == 0 && signature->keyid != NULL && i < v->trust->n_keys; i++) {
        char name[2 * RT_SHA256_SIZE + 1];

        r = rt_key_public_name(&v->trust->keys[i].key, name, err);
        if (r == 0 && hinted == RT_MANIFEST_NO_KEY && strcmp(name, signature->keyid) == 0)
            hinted = i;
    }
    if (r < 0)
        return r;
    became->trusted = hinted != RT_MANIFEST_NO_KEY;
    if (became->trusted)
        go_on = try_dsse(v, hinted, pae, signature->bytes, became, &why);
    for (size_t i = 0; go_on && i < v->trust->n_keys; i++) {
        if (i != hinted)
            go_on = try_dsse(v, i, pae, signature->bytes, became, &why);
    }
    if (became->trusted && !became->valid)
        (void)rt_error_set(&why, ROMTOOL_E_BAD_SIGNATURE, ROMTOOL_NO_OFFSET,
                           "key '%s': the signature is not this key's over these bytes",
                           v->trust->keys[hinted].name);
    else if (!became->valid)
        (void)rt_error_set(&why, ROMTOOL_E_UNTRUSTED_KEY, ROMTOOL_NO_OFFSET,
                           "signed by key %.64s, which is not trusted",
                           is_named ? signature->keyid : "(not named)");
    return note(v, became, &why, err);
}

static int judge_dsse(struct verification *v, struct rt_bytes text, size_t blob,
                      struct romtool_error *err)
{
    struct rt_manifest_signature became = {.blob = blob, .dsse = true, .key = RT_MANIFEST_NO_KEY};
    struct rt_dsse *dsse = NULL;
    struct rt_buffer pae = {0};
    struct romtool_error why;
    struct rt_bytes payload;
    int r = 0;

    rt_error_clear(&why);
    if (rt_dsse_read(text, &dsse, &why) < 0)
        return note(v, &became, &why, err);
    payload = rt_dsse_payload(dsse);
    if (!rt_bytes_equal(payload, v->manifest)) {
        (void)rt_error_set(&why, ROMTOOL_E_BAD_SIGNATURE, ROMTOOL_NO_OFFSET,
                           "the envelope is about other bytes");
        r = note(v, &became, &why, err);
    } else {
        r = rt_dsse_pae(payload, &pae, err);
        for (size_t i = 0; r == 0 && i < rt_dsse_count(dsse); i++) {
            struct rt_dsse_signature signature = rt_dsse_signature(dsse, i);
            struct rt_manifest_signature one = became;

            if (signature.keyid != NULL)
                (void)snprintf(one.key_id, sizeof(one.key_id), "%s", signature.keyid);
            r = judge_dsse_signature(v, &signature, rt_buffer_bytes(&pae), &one, err);
        }
    }
    rt_buffer_free(&pae);
    rt_dsse_free(dsse);
    return r;
}

/* ------------------------------------------------------------------------- both */

int rt_manifest_verify(struct rt_bytes manifest, const struct romtool_blob *signatures,
                       size_t n_signatures, const struct rt_trust *trust, bool *signed_by,
                       struct rt_manifest_signatures *ret, struct romtool_error *err)
{
    struct verification v = {
        .manifest = manifest, .trust = trust, .signed_by = signed_by, .ret = ret};
    int r = 0;

    if (ret != NULL)
        *ret = (struct rt_manifest_signatures){NULL, 0};
    for (size_t i = 0; i < trust->n_keys; i++)
        signed_by[i] = false;
    if (n_signatures == 0)
        return rt_error_set(err, ROMTOOL_E_UNSIGNED, ROMTOOL_NO_OFFSET, "not signed");
    rt_error_clear(&v.worst);
    for (size_t i = 0; i < n_signatures && r == 0; i++) {
        struct rt_bytes text = {signatures[i].data, signatures[i].size};

        r = rt_dsse_begins(text) ? judge_dsse(&v, text, i, err) : judge_minisign(&v, text, i, err);
    }
    if (r < 0 || v.any)
        return r;
    return rt_error_hand_on(err, &v.worst);
}
