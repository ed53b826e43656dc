/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What romtool_manifest_open() knows beyond the library's contract: any trust, the model behind a
 * verified manifest, and what became of each signature.
 */
#ifndef RT_MANIFESTS_OPEN_H
#define RT_MANIFESTS_OPEN_H

#include "manifests/manifest.h"
#include "manifests/trust.h"

#define RT_MANIFEST_NO_KEY SIZE_MAX

/* What a signature amounts to. All zero: nothing is known, it is not valid. */
struct rt_manifest_signature {
    size_t blob; /* the index of the file that it was in */
    bool dsse;   /* of an envelope, else minisign's */
    /* who is said to have signed: minisign's key id, or the beginning of DSSE's; may be empty */
    char key_id[2 * RT_SHA256_SIZE + 1];
    bool prehashed;            /* minisign's "ED", else the legacy "Ed" */
    bool trusted;              /* a key of the trust is said to have signed, or has */
    bool valid;                /* one of those verified it: the only ground to believe anything */
    size_t key;                /* the index of that key, or RT_MANIFEST_NO_KEY */
    int code;                  /* 0, or why it is not valid */
    char trusted_comment[256]; /* minisign's, cut; empty unless valid */
};

struct rt_manifest_signatures {
    struct rt_manifest_signature *items; /* freed by the caller */
    size_t n;
};

/*
 * Verifies signatures (minisign files and DSSE envelopes, told apart by how they begin) over a
 * manifest's bytes without looking into them: 0 where one of the trust's keys has signed, a revoked
 * one too. signed_by[i] says whether keys[i] has. What an envelope carries must be these very
 * bytes. Signatures by others are passed over; ret, where it is not NULL, tells about all.
 *
 * Otherwise: ROMTOOL_E_UNSIGNED without signatures; _UNAVAILABLE, _NO_MEMORY where a signature
 * could not be judged; _BAD_SIGNATURE where one is malformed or a trusted key's, but over other
 * bytes; _UNTRUSTED_KEY (the sentence names the keys). The first that applies, in this order.
 */
int rt_manifest_verify(struct rt_bytes manifest, const struct romtool_blob *signatures,
                       size_t n_signatures, const struct rt_trust *trust, bool *signed_by,
                       struct rt_manifest_signatures *ret, struct romtool_error *err);

/* What is opened, by whom, when. */
struct rt_manifest_source {
    struct rt_bytes manifest;
    const struct romtool_blob *signatures;
    size_t n_signatures;
    const struct rt_trust *trust;
    int64_t at;                         /* seconds since 1970, or RT_TRUST_NO_TIME */
    const struct rt_findings *findings; /* what is only warned of; or NULL */
};

/*
 * Verify, then parse, then decide: rt_manifest_verify(), rt_manifest_read(), rt_trust_decide() and
 * their errors. Where keys that count are too few, but a signature could not be judged, why it
 * could not is the error. ret_signatures may be NULL, and is filled on failure too.
 */
int rt_manifest_open(const struct rt_manifest_source *source,
                     struct rt_manifest_signatures *ret_signatures, struct romtool_manifest **ret,
                     struct romtool_error *err);

/* Parses a manifest that was verified before: loader/installed.h says how that is known. */
int rt_manifest_open_verified(struct rt_bytes manifest, struct romtool_manifest **ret,
                              struct romtool_error *err);

/* What a verified manifest says; lives as long as it. */
const struct rt_manifest *rt_manifest_model(const struct romtool_manifest *manifest);

/* The index of the first key that counted, or RT_MANIFEST_NO_KEY: it was verified before. */
size_t rt_manifest_key(const struct romtool_manifest *manifest);

/* Did keys[index] of the trust count? */
bool rt_manifest_counts(const struct romtool_manifest *manifest, size_t index);

#endif
