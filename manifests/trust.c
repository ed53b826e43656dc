/* SPDX-License-Identifier: BSD-2-Clause */
#include "manifests/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifests/fields.h"

const struct rt_policy rt_policy_default = {
    .product = "",
    .threshold = 1,
    .expiry = RT_POLICY_WARN,
    .rollback = RT_POLICY_DENY,
};

const struct rt_policy *rt_trust_policy(const struct rt_trust *trust, const char *product)
{
    for (size_t i = 1; i < trust->n_policies; i++) {
        if (strcmp(trust->policies[i].product, product) == 0)
            return &trust->policies[i];
    }
    return trust->n_policies > 0 ? &trust->policies[0] : &rt_policy_default;
}

/* ------------------------------------------------------------------------- reading */

static int bad(const struct rt_setting *setting, const char *what, struct romtool_error *err)
{
    return rt_error_set(err, ROMTOOL_E_BAD_POLICY, ROMTOOL_NO_OFFSET, "line %zu: %s: %s",
                        setting->line, setting->key, what);
}

static int read_threshold(const struct rt_setting *setting, size_t *ret, struct romtool_error *err)
{
    uint64_t value;

    if (strspn(setting->value, "0123456789") != strlen(setting->value) ||
        !rt_size_parse(setting->value, &value) || value < 1 || value > RT_TRUST_THRESHOLD_MAX)
        return bad(setting, "not a number from 1 to 64", err);
    *ret = (size_t)value;
    return 0;
}

static int read_action(const struct rt_setting *setting, bool may_ignore,
                       enum rt_policy_action *ret, struct romtool_error *err)
{
    if (strcmp(setting->value, "warn") == 0)
        *ret = RT_POLICY_WARN;
    else if (strcmp(setting->value, "deny") == 0)
        *ret = RT_POLICY_DENY;
    else if (may_ignore && strcmp(setting->value, "ignore") == 0)
        *ret = RT_POLICY_IGNORE;
    else
        return bad(setting, may_ignore ? "not warn, deny or ignore" : "not warn or deny", err);
    return 0;
}

/* Every word names an algorithm: a misspelt one would forbid what was to be allowed. */
static int read_algorithms(const struct rt_setting *setting, const char **ret,
                           struct romtool_error *err)
{
    const char *word = setting->value;

    while (*word != '\0') {
        size_t n = strcspn(word, " \t,");
        char name[16];

        (void)snprintf(name, sizeof(name), "%.*s", n < sizeof(name) ? (int)n : 0, word);
        if (rt_key_algorithm_find(name) == RT_KEY_NONE)
            return bad(setting, "not a list of ed25519, ecdsa-p256, ecdsa-p384", err);
        word += n;
        word += strspn(word, " \t,");
    }
    *ret = setting->value;
    return 0;
}

static int read_policy_setting(const struct rt_setting *setting, struct rt_policy *policy,
                               struct romtool_error *err)
{
    if (strcmp(setting->key, "threshold") == 0)
        return read_threshold(setting, &policy->threshold, err);
    if (strcmp(setting->key, "expiry") == 0)
        return read_action(setting, true, &policy->expiry, err);
    if (strcmp(setting->key, "rollback") == 0)
        return read_action(setting, false, &policy->rollback, err);
    if (strcmp(setting->key, "algorithms") == 0)
        return read_algorithms(setting, &policy->algorithms, err);
    if (strcmp(setting->key, "required-keys") == 0) {
        policy->required = setting->value;
        return 0;
    }
    return bad(setting, "not known in policy.conf", err);
}

static struct rt_policy *section_of(struct rt_policy *policies, size_t *n, const char *product)
{
    for (size_t i = 0; i < *n; i++) {
        if (strcmp(policies[i].product, product) == 0)
            return &policies[i];
    }
    policies[*n] = policies[0]; /* what a section does not say is as for all */
    policies[*n].product = product;
    return &policies[(*n)++];
}

int rt_policy_read(const struct rt_settings *settings, struct rt_policy **ret, size_t *ret_n,
                   struct romtool_error *err)
{
    struct rt_policy *policies = calloc(settings->n + 1, sizeof(*policies));
    size_t n = 1;
    int r = 0;

    *ret = NULL;
    *ret_n = 0;
    if (policies == NULL)
        return rt_error_no_memory(err);
    policies[0] = rt_policy_default;
    for (size_t i = 0; i < settings->n && r == 0; i++) {
        const struct rt_setting *setting = &settings->items[i];

        r = read_policy_setting(setting, section_of(policies, &n, setting->section), err);
    }
    if (r < 0) {
        free(policies);
        return r;
    }
    *ret = policies;
    *ret_n = n;
    return 0;
}

static int read_day(const struct rt_setting *setting, const char *rest_of_day, int64_t *ret,
                    struct romtool_error *err)
{
    char text[RT_MANIFEST_CREATED_LEN + 1];

    if (strlen(setting->value) == sizeof("2027-11-22") - 1)
        (void)snprintf(text, sizeof(text), "%s%s", setting->value, rest_of_day);
    else
        (void)snprintf(text, sizeof(text), "%.*s", RT_MANIFEST_CREATED_LEN, setting->value);
    if (strlen(setting->value) > RT_MANIFEST_CREATED_LEN || !rt_manifest_created_read(text, ret) ||
        *ret <= 0)
        return bad(setting, "not a time like 2027-11-22 or 2027-11-22T12:00:00Z", err);
    return 0;
}

static int read_key_setting(const struct rt_setting *setting, struct rt_trusted_key *key,
                            struct romtool_error *err)
{
    int64_t time;
    int r;

    if (setting->section[0] != '\0')
        return bad(setting, "a key's settings have no sections", err);
    if (strcmp(setting->key, "products") == 0) {
        key->products = setting->value;
        return 0;
    }
    if (strcmp(setting->key, "channels") == 0) {
        key->channels = setting->value;
        return 0;
    }
    if (strcmp(setting->key, "not-before") == 0) {
        r = read_day(setting, "T00:00:00Z", &time, err);
        if (r == 0 && time > key->limits.not_before)
            key->limits.not_before = time;
        return r;
    }
    if (strcmp(setting->key, "not-after") == 0) {
        r = read_day(setting, "T23:59:59Z", &time, err);
        if (r == 0 && (key->limits.not_after == 0 || time < key->limits.not_after))
            key->limits.not_after = time;
        return r;
    }
    return bad(setting, "not known for a key", err);
}

int rt_trusted_key_conf(const struct rt_settings *settings, struct rt_trusted_key *key,
                        struct romtool_error *err)
{
    int r = 0;

    for (size_t i = 0; i < settings->n && r == 0; i++)
        r = read_key_setting(&settings->items[i], key, err);
    return r;
}

/* ------------------------------------------------------------------------- deciding */

/* Why a key that signed does not count, or NULL. */
static const char *objection(const struct rt_trusted_key *key, const struct rt_policy *policy,
                             const struct rt_manifest *manifest, int64_t at)
{
    const struct rt_key_limits *limits = &key->limits;

    if (key->revoked)
        return "is revoked";
    if (key->products != NULL && !rt_settings_lists(key->products, manifest->product))
        return "is not for this product";
    if (key->channels != NULL && !rt_settings_lists(key->channels, manifest->channel))
        return "is not for this channel";
    if ((limits->not_before > 0 || limits->not_after > 0) && at < 0)
        return "is limited in time, which nobody told";
    if (limits->not_before > 0 && at < limits->not_before)
        return "is not valid yet";
    if (limits->not_after > 0 && at > limits->not_after)
        return "is not valid any more";
    if (policy->algorithms != NULL &&
        !rt_settings_lists(policy->algorithms, rt_key_algorithm_name(key->key.algorithm)))
        return "is of an algorithm that policy.conf leaves out";
    return NULL;
}

static bool is_new(const struct rt_trust *trust, const bool *counts, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (counts[i] && rt_key_public_equal(&trust->keys[i].key, &trust->keys[index].key))
            return false;
    }
    return true;
}

/* Is the same key revoked under another name? */
static bool is_revoked(const struct rt_trust *trust, size_t index)
{
    for (size_t i = 0; i < trust->n_keys; i++) {
        if (trust->keys[i].revoked &&
            rt_key_public_equal(&trust->keys[i].key, &trust->keys[index].key))
            return true;
    }
    return false;
}

static int check_required(const struct rt_trust *trust, const struct rt_policy *policy,
                          const bool *counts, struct romtool_error *err)
{
    const char *word = policy->required;

    while (word != NULL && *word != '\0') {
        size_t n = strcspn(word, " \t,");
        bool there = false;

        for (size_t i = 0; i < trust->n_keys; i++)
            there = there || (counts[i] && strlen(trust->keys[i].name) == n &&
                              strncmp(trust->keys[i].name, word, n) == 0);
        if (!there)
            return rt_error_set(err, ROMTOOL_E_THRESHOLD, ROMTOOL_NO_OFFSET,
                                "policy.conf requires a signature by '%.*s'", (int)n, word);
        word += n;
        word += strspn(word, " \t,");
    }
    return 0;
}

static int check_expiry(const struct rt_policy *policy, const struct rt_manifest *manifest,
                        int64_t at, const struct rt_findings *findings, struct romtool_error *err)
{
    char time[RT_MANIFEST_CREATED_LEN + 1];

    if (at < 0)
        return 0;
    if (manifest->created > at && policy->expiry != RT_POLICY_IGNORE) {
        (void)rt_manifest_created_write(manifest->created, time);
        rt_finding_add(findings, ROMTOOL_E_NOT_YET_CREATED, RT_WARNING, ROMTOOL_NO_OFFSET,
                       "created %s, which is still to come: a wrong clock?", time);
    }
    if (manifest->not_after == 0 || at <= manifest->not_after || policy->expiry == RT_POLICY_IGNORE)
        return 0;
    (void)rt_manifest_created_write(manifest->not_after, time);
    if (policy->expiry == RT_POLICY_DENY)
        return rt_error_set(err, ROMTOOL_E_RELEASE_EXPIRED, ROMTOOL_NO_OFFSET,
                            "expired: it was valid until %s", time);
    rt_finding_add(findings, ROMTOOL_E_RELEASE_EXPIRED, RT_WARNING, ROMTOOL_NO_OFFSET,
                   "expired: it was valid until %s", time);
    return 0;
}

static int decide(const struct rt_trust *trust, const bool *signed_by, bool *counts,
                  const struct rt_manifest *manifest, int64_t at,
                  const struct rt_findings *findings, struct romtool_error *err)
{
    const struct rt_policy *policy = rt_trust_policy(trust, manifest->product);
    const struct rt_trusted_key *refused = NULL;
    const char *why = NULL;
    bool revoked = false;
    size_t n = 0;
    int r;

    for (size_t i = 0; i < trust->n_keys; i++) {
        const char *but = NULL;

        if (!signed_by[i])
            continue;
        but =
            is_revoked(trust, i) ? "is revoked" : objection(&trust->keys[i], policy, manifest, at);
        if (but == NULL) {
            n += is_new(trust, counts, i) ? 1 : 0;
            counts[i] = true;
        } else if (!revoked) {
            refused = &trust->keys[i];
            why = but;
            revoked = is_revoked(trust, i);
        }
    }
    if (n == 0 && refused != NULL)
        return rt_error_set(err, revoked ? ROMTOOL_E_REVOKED_KEY : ROMTOOL_E_UNTRUSTED_KEY,
                            ROMTOOL_NO_OFFSET, "signed by '%s', which %s", refused->name, why);
    if (n == 0)
        return rt_error_set(err, ROMTOOL_E_UNTRUSTED_KEY, ROMTOOL_NO_OFFSET,
                            "no key that is trusted has signed");
    if (n < policy->threshold)
        return rt_error_set(err, ROMTOOL_E_THRESHOLD, ROMTOOL_NO_OFFSET,
                            "signed by %zu trusted %s, %zu are needed%s%s%s%s", n,
                            n == 1 ? "key" : "keys", policy->threshold,
                            refused != NULL ? "; '" : "", refused != NULL ? refused->name : "",
                            refused != NULL ? "' " : "", why != NULL ? why : "");
    r = check_required(trust, policy, counts, err);
    return r < 0 ? r : check_expiry(policy, manifest, at, findings, err);
}

int rt_trust_decide(const struct rt_trust *trust, const bool *signed_by, bool *counts,
                    const struct rt_manifest *manifest, int64_t at,
                    const struct rt_findings *findings, struct romtool_error *err)
{
    bool *own = calloc(trust->n_keys + 1, sizeof(*own));
    int r;

    if (own == NULL)
        return rt_error_no_memory(err);
    r = decide(trust, signed_by, own, manifest, at, findings, err);
    if (r == 0 && counts != NULL)
        memcpy(counts, own, trust->n_keys * sizeof(*own));
    free(own);
    return r;
}
