/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom to believe, and for what: trusted keys with their limits, revoked keys, the policy; and the
 * decision about one manifest. Pure: files are loader/trust-dir.h's, the time is the caller's.
 */
#ifndef RT_MANIFESTS_TRUST_H
#define RT_MANIFESTS_TRUST_H

#include "manifests/manifest.h"
#include "manifests/public-key.h"
#include "manifests/settings.h"

#define RT_TRUST_NO_TIME       INT64_C(-1) /* nobody knows what time it is */
#define RT_TRUST_THRESHOLD_MAX 64

/* Lists are words separated by spaces or commas; NULL: any. */
struct rt_trusted_key {
    const char *name; /* of its file, without the suffix in a trust directory: for sentences */
    struct rt_key_public key;
    struct rt_key_limits limits;
    const char *products, *channels;
    bool revoked;
};

enum rt_policy_action {
    RT_POLICY_WARN,
    RT_POLICY_DENY,
    RT_POLICY_IGNORE,
};

/* Of one product, or (product "") of all that have none of their own. */
struct rt_policy {
    const char *product;
    size_t threshold; /* distinct keys that must have signed, 1 to RT_TRUST_THRESHOLD_MAX */
    enum rt_policy_action expiry, rollback;
    const char *algorithms; /* names of rt_key_algorithm_name(); NULL: all */
    const char *required;   /* names of keys that must be among them */
};

/* What holds without a policy.conf. */
extern const struct rt_policy rt_policy_default;

struct rt_trust {
    const struct rt_trusted_key *keys;
    size_t n_keys;
    const struct rt_policy *policies; /* the first for all products; none: rt_policy_default */
    size_t n_policies;
    const char *const *revoked; /* names (rt_key_public_name()) of keys that are revoked by name */
    size_t n_revoked;
};

/* The policy of a product: its own section, else the one for all. */
const struct rt_policy *rt_trust_policy(const struct rt_trust *trust, const char *product);

/*
 * Reads policy.conf: threshold=, expiry=warn|deny|ignore, rollback=deny|warn, algorithms=,
 * required-keys=; in "[PRODUCT]" what differs for a product. *ret (freed by the caller) has the
 * policy for all first; its strings point into settings. ROMTOOL_E_BAD_POLICY names the line.
 */
int rt_policy_read(const struct rt_settings *settings, struct rt_policy **ret, size_t *ret_n,
                   struct romtool_error *err);

/*
 * Reads a key's NAME.conf into key: products=, channels=, not-before=, not-after= ("2027-11-22" or
 * "2027-11-22T12:00:00Z"; a date is its first or its last second). Narrows what the key's own file
 * says, never widens it. ROMTOOL_E_BAD_POLICY names the line.
 */
int rt_trusted_key_conf(const struct rt_settings *settings, struct rt_trusted_key *key,
                        struct romtool_error *err);

/*
 * Decides about a manifest that at least one of the keys has verifiably signed: signed[i] says
 * whether keys[i] has. Revoked keys, keys outside their limits and algorithms that the policy
 * leaves out do not count; the rest is counted as distinct keys against the policy's threshold. at
 * is seconds since 1970 or RT_TRUST_NO_TIME, when no limit in time is met. counts[i] tells which
 * keys counted; NULL where nobody asks. What is only warned of goes to findings.
 *
 * ROMTOOL_E_REVOKED_KEY, _UNTRUSTED_KEY, _THRESHOLD, _RELEASE_EXPIRED (expiry=deny); the sentence
 * says why.
 */
int rt_trust_decide(const struct rt_trust *trust, const bool *signed_by, bool *counts,
                    const struct rt_manifest *manifest, int64_t at,
                    const struct rt_findings *findings, struct romtool_error *err);

#endif
