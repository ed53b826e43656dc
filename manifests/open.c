/* SPDX-License-Identifier: BSD-2-Clause */
/* Verify, then parse, then decide: the one way to a struct romtool_manifest. */
#include "manifests/open.h"

#include <stdlib.h>
#include <string.h>

struct romtool_manifest {
    struct rt_manifest_doc *doc;
    bool *counts; /* one for each key of the trust, or NULL */
    size_t n_counts;
};

static struct rt_bytes blob_bytes(const struct romtool_blob *blob)
{
    return (struct rt_bytes){blob->data, blob->size};
}

/* Fewer have signed than are needed, but a signature could not be judged: that is no "no". */
static int might_have_been(const struct rt_manifest_signatures *signatures, int r,
                           struct romtool_error *err)
{
    size_t i = 0;

    while (i < signatures->n &&
           romtool_error_verdict(signatures->items[i].code) != ROMTOOL_UNDECIDED)
        i++;
    if (i == signatures->n)
        return r;
    if (err != NULL)
        err->code = signatures->items[i].code;
    rt_error_prefix(err, "a signature could not be judged");
    return signatures->items[i].code;
}

static int open_source(const struct rt_manifest_source *source, bool *signed_by,
                       struct rt_manifest_signatures *ret_signatures,
                       struct romtool_manifest *opened, struct romtool_error *err)
{
    int r = rt_manifest_verify(source->manifest, source->signatures, source->n_signatures,
                               source->trust, signed_by, ret_signatures, err);

    if (r == 0)
        r = rt_manifest_read(source->manifest, &opened->doc, err);
    if (r == 0) {
        r = rt_trust_decide(source->trust, signed_by, opened->counts,
                            rt_manifest_doc_model(opened->doc), source->at, source->findings, err);
        if (r == ROMTOOL_E_THRESHOLD || r == ROMTOOL_E_UNTRUSTED_KEY || r == ROMTOOL_E_REVOKED_KEY)
            r = might_have_been(ret_signatures, r, err);
    }
    return r;
}

int rt_manifest_open(const struct rt_manifest_source *source,
                     struct rt_manifest_signatures *ret_signatures, struct romtool_manifest **ret,
                     struct romtool_error *err)
{
    struct romtool_manifest *opened = calloc(1, sizeof(*opened));
    struct rt_manifest_signatures signatures = {NULL, 0};
    size_t n = source->trust->n_keys;
    bool *signed_by = calloc(n + 1, sizeof(*signed_by));
    int r;

    *ret = NULL;
    if (opened != NULL) {
        opened->counts = calloc(n + 1, sizeof(*opened->counts));
        opened->n_counts = n;
    }
    if (opened == NULL || opened->counts == NULL || signed_by == NULL)
        r = rt_error_no_memory(err);
    else if (source->manifest.len > RT_MANIFEST_SIZE_MAX)
        r = rt_error_set(err, ROMTOOL_E_TOO_LARGE, RT_MANIFEST_SIZE_MAX,
                         "a manifest of %zu bytes, at most %zu are read", source->manifest.len,
                         RT_MANIFEST_SIZE_MAX);
    else
        r = open_source(source, signed_by, &signatures, opened, err);
    free(signed_by);
    if (ret_signatures != NULL)
        *ret_signatures = signatures;
    else
        free(signatures.items);
    if (r < 0)
        romtool_manifest_free(opened);
    else
        *ret = opened;
    return r;
}

int rt_manifest_open_verified(struct rt_bytes manifest, struct romtool_manifest **ret,
                              struct romtool_error *err)
{
    struct romtool_manifest *opened = calloc(1, sizeof(*opened));
    int r;

    *ret = NULL;
    if (opened == NULL)
        return rt_error_no_memory(err);
    r = rt_manifest_read(manifest, &opened->doc, err);
    if (r < 0)
        romtool_manifest_free(opened);
    else
        *ret = opened;
    return r;
}

const struct rt_manifest *rt_manifest_model(const struct romtool_manifest *manifest)
{
    return rt_manifest_doc_model(manifest->doc);
}

bool rt_manifest_counts(const struct romtool_manifest *manifest, size_t index)
{
    return index < manifest->n_counts && manifest->counts[index];
}

size_t rt_manifest_key(const struct romtool_manifest *manifest)
{
    for (size_t i = 0; i < manifest->n_counts; i++) {
        if (manifest->counts[i])
            return i;
    }
    return RT_MANIFEST_NO_KEY;
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

static int read_keys(const struct romtool_blob *blobs, size_t n, struct rt_trusted_key **ret,
                     struct romtool_error *err)
{
    struct rt_trusted_key *keys = calloc(n + 1, sizeof(*keys));
    int r = 0;

    *ret = keys;
    if (keys == NULL)
        return rt_error_no_memory(err);
    for (size_t i = 0; i < n && r == 0; i++) {
        keys[i].name = "given";
        r = rt_key_public_read(blob_bytes(&blobs[i]), &keys[i].key, &keys[i].limits, err);
        if (r < 0)
            rt_error_prefix(err, "key %zu of %zu", i + 1, n);
    }
    return r;
}

/* Flags only relax. */
static bool take_policy(const struct romtool_policy *policy, struct rt_policy *ret, int64_t *ret_at)
{
    static const struct romtool_policy none = {0};

    if (policy == NULL)
        policy = &none;
    *ret = rt_policy_default;
    if (policy->threshold > 0)
        ret->threshold = policy->threshold;
    ret->expiry = (policy->flags & ROMTOOL_POLICY_EXPIRED) != 0 ? RT_POLICY_IGNORE : RT_POLICY_DENY;
    *ret_at = policy->at > 0 ? policy->at : RT_TRUST_NO_TIME;
    return policy->threshold <= RT_TRUST_THRESHOLD_MAX && policy->at >= 0 &&
           (policy->flags & ~(uint32_t)ROMTOOL_POLICY_EXPIRED) == 0 && policy->reserved[0] == 0 &&
           policy->reserved[1] == 0;
}

int romtool_manifest_open_policy(const struct romtool_blob *manifest,
                                 const struct romtool_blob *signatures, size_t n_signatures,
                                 const struct romtool_blob *keys, size_t n_keys,
                                 const struct romtool_policy *policy,
                                 struct romtool_manifest **ret_manifest,
                                 struct romtool_error *reterr)
{
    struct rt_manifest_source source = {.signatures = signatures, .n_signatures = n_signatures};
    struct rt_trusted_key *trusted = NULL;
    struct rt_trust trust = {.n_keys = n_keys};
    struct rt_policy decided;
    int r;

    rt_error_clear(reterr);
    if (ret_manifest != NULL)
        *ret_manifest = NULL;
    if (ret_manifest == NULL || manifest == NULL || !blobs_are_usable(manifest, 1) ||
        !blobs_are_usable(signatures, n_signatures) || !blobs_are_usable(keys, n_keys))
        return rt_error_set(reterr, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET, "a pointer is NULL");
    if (!take_policy(policy, &decided, &source.at))
        return rt_error_set(reterr, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET,
                            "a threshold above %d, a time before 1970, an unknown flag or a "
                            "reserved number that is not 0",
                            RT_TRUST_THRESHOLD_MAX);
    if (n_signatures == 0)
        return rt_error_set(reterr, ROMTOOL_E_UNSIGNED, ROMTOOL_NO_OFFSET, "not signed");
    r = read_keys(keys, n_keys, &trusted, reterr);
    trust.keys = trusted;
    trust.policies = &decided;
    trust.n_policies = 1;
    source.manifest = blob_bytes(manifest);
    source.trust = &trust;
    if (r == 0)
        r = rt_manifest_open(&source, NULL, ret_manifest, reterr);
    free(trusted);
    return r;
}

int romtool_manifest_open(const struct romtool_blob *manifest,
                          const struct romtool_blob *signatures, size_t n_signatures,
                          const struct romtool_blob *keys, size_t n_keys,
                          struct romtool_manifest **ret_manifest, struct romtool_error *reterr)
{
    return romtool_manifest_open_policy(manifest, signatures, n_signatures, keys, n_keys, NULL,
                                        ret_manifest, reterr);
}

void romtool_manifest_free(struct romtool_manifest *manifest)
{
    if (manifest == NULL)
        return;
    rt_manifest_doc_free(manifest->doc);
    free(manifest->counts);
    free(manifest);
}
