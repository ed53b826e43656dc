/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What romtool_manifest_open() knows beyond the library's contract, for the command: the model
 * behind a verified manifest, and what became of each signature.
 */
#ifndef RT_MANIFESTS_OPEN_H
#define RT_MANIFESTS_OPEN_H

#include "manifests/manifest.h"

#define RT_MANIFEST_NO_KEY SIZE_MAX

/* What a signature amounts to. All zero: nothing is known, it is not valid. */
struct rt_manifest_signature {
    char key_id[17]; /* of the key that is said to have signed; empty: the signature is malformed */
    bool prehashed;  /* minisign's "ED", else the legacy "Ed" */
    bool trusted;    /* one of the keys has this id */
    bool valid;      /* and one of those verified it: the only ground to believe anything */
    size_t key;      /* the index of that key, or RT_MANIFEST_NO_KEY */
    int code;        /* 0, or why it is not valid */
    struct rt_bytes trusted_comment; /* points into the signature; empty unless valid */
};

/*
 * Verifies signatures over a manifest's bytes without looking into them. One valid signature by one
 * of the keys is enough; *ret_key is the index of the first such key, or RT_MANIFEST_NO_KEY.
 * ret_signatures is NULL (then the first valid signature ends the work) or takes n_signatures.
 *
 * Otherwise: ROMTOOL_E_UNSIGNED without signatures; _BAD_KEY where any key is malformed;
 * _UNAVAILABLE, _NO_MEMORY where a signature could not be judged; _BAD_SIGNATURE where one is
 * malformed or a trusted key's, but over other bytes; _UNTRUSTED_KEY (the sentence names the keys).
 * The first that applies, in this order.
 */
int rt_manifest_verify(struct rt_bytes manifest, const struct romtool_blob *signatures,
                       size_t n_signatures, const struct romtool_blob *keys, size_t n_keys,
                       struct rt_manifest_signature *ret_signatures, size_t *ret_key,
                       struct romtool_error *err);

/* What a verified manifest says; lives as long as it. */
const struct rt_manifest *rt_manifest_model(const struct romtool_manifest *manifest);

/* The index of the key that it was verified with. */
size_t rt_manifest_key(const struct romtool_manifest *manifest);

#endif
