/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/release.h"

#include "core/file.h"
#include "manifests/fields.h"
#include "romtool/directory.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEY_FILE_MAX = 65536 };

/* ------------------------------------------------------------------------- options */

static bool take_threshold(const struct options *options, size_t *ret)
{
    uint64_t value;

    if (strspn(options->value, "0123456789") != strlen(options->value) ||
        !rt_size_parse(options->value, &value) || value < 1 || value > RELEASE_KEYS_MAX) {
        (void)usage_error(options->help, "'%s' is not a number from 1 to %d", options->value,
                          RELEASE_KEYS_MAX);
        return false;
    }
    *ret = (size_t)value;
    return true;
}

bool release_trust_option(const struct options *options, int id, struct release_trust *ret)
{
    switch (id) {
    case OPTION_TRUST:
        if (ret->n_paths == RELEASE_KEYS_MAX) {
            (void)usage_error(options->help, "more than %d --trust", RELEASE_KEYS_MAX);
            return false;
        }
        ret->paths[ret->n_paths++] = options->value;
        return true;
    case OPTION_THRESHOLD:
        return take_threshold(options, &ret->threshold);
    case OPTION_AT:
        if (release_time(options->value, &ret->at))
            return true;
        (void)usage_error(options->help, "'%s' is no time like 2027-11-22 or 2027-11-22T12:00:00Z",
                          options->value);
        return false;
    default:
        ret->root = options->value;
        return true;
    }
}

bool release_trust_agrees(const struct release_trust *trust, bool has_manifest,
                          const struct command_help *help)
{
    bool any = trust->n_paths > 0 || trust->threshold > 0 || trust->root != NULL ||
               trust->at != RT_TRUST_NO_TIME;

    if (any && !has_manifest)
        (void)usage_error(help, "--trust, --threshold, --at and --root are for -M");
    else if (trust->n_paths > 0 && trust->root != NULL)
        (void)usage_error(help, "--trust names keys, --root has its own");
    else if (trust->threshold > 0 && trust->n_paths == 0)
        (void)usage_error(help, "--threshold is for --trust; policy.conf has the host's");
    else
        return true;
    return false;
}

int release_read(const char *path, struct rt_file *ret_file, struct rt_manifest_doc **ret_doc,
                 struct romtool_error *err)
{
    int r = rt_file_read(path, RT_MANIFEST_SIZE_MAX, ret_file, err);

    *ret_doc = NULL;
    if (r < 0)
        return r;
    r = rt_manifest_read(rt_file_bytes(ret_file), ret_doc, err);
    if (r < 0)
        rt_error_prefix(err, "'%s'", path);
    else
        say_unverified(path);
    return r;
}

bool release_time(const char *text, int64_t *ret)
{
    char whole[RT_MANIFEST_CREATED_LEN + 1];

    if (strlen(text) != sizeof("2027-11-22") - 1)
        return rt_manifest_created_read(text, ret);
    (void)snprintf(whole, sizeof(whole), "%sT23:59:59Z", text);
    return rt_manifest_created_read(whole, ret);
}

/* ------------------------------------------------------------------------- opening */

/* Reads a public key; one that is none is said to be so by its own name. */
static int read_key(const char *path, struct rt_trusted_key *ret, struct romtool_error *err)
{
    struct rt_file file;
    int r = rt_file_read(path, KEY_FILE_MAX, &file, err);

    if (r < 0)
        return r;
    ret->name = path;
    r = rt_key_public_read(rt_file_bytes(&file), &ret->key, &ret->limits, err);
    if (r < 0)
        rt_error_prefix(err, "'%s'", path);
    rt_file_free(&file);
    return r;
}

static int open_by_paths(const char *path, const struct release_trust *trust, int64_t at,
                         const struct rt_findings *findings, struct release *ret,
                         struct romtool_error *err)
{
    struct release_owned *owned = ret->owned;
    int r = 0;

    for (size_t i = 0; i < trust->n_paths && r == 0; i++)
        r = read_key(trust->paths[i], &owned->keys[i], err);
    owned->policy = rt_policy_default;
    if (trust->threshold > 0)
        owned->policy.threshold = trust->threshold;
    owned->trust = (struct rt_trust){
        .keys = owned->keys, .n_keys = trust->n_paths, .policies = &owned->policy, .n_policies = 1};
    ret->trust = &owned->trust;
    ret->file = &owned->file;
    if (r == 0)
        r = rt_manifest_file_read(path, &owned->file, err);
    if (r == 0)
        r = rt_manifest_file_read_signatures(path, &owned->file, err);
    if (r == 0)
        r = rt_manifest_file_open(path, &owned->file, &owned->trust, at, findings, &ret->signatures,
                                  &ret->manifest, err);
    return r;
}

static int open_by_host(const char *path, const struct release_trust *trust, int64_t at,
                        bool may_use_stamp, const struct rt_findings *findings, struct release *ret,
                        struct romtool_error *err)
{
    struct rt_host_manifest *host = &ret->owned->host;
    int r = rt_host_open(trust->root != NULL ? trust->root : "", path, at, may_use_stamp, findings,
                         host, err);

    ret->manifest = host->manifest;
    ret->signatures = host->signatures;
    ret->trust = host->trust != NULL ? rt_trust_dir_trust(host->trust) : NULL;
    ret->file = &host->file;
    ret->stamped = host->stamped;
    host->manifest = NULL; /* ret's now */
    host->signatures = (struct rt_manifest_signatures){NULL, 0};
    return r;
}

int release_open(const char *path, const struct release_trust *trust, bool may_use_stamp,
                 const struct rt_findings *findings, struct release *ret, struct romtool_error *err)
{
    int64_t at = trust->at != RT_TRUST_NO_TIME ? trust->at : (int64_t)time(NULL);

    *ret = (struct release){.owned = calloc(1, sizeof(*ret->owned))};
    if (ret->owned == NULL)
        return rt_error_no_memory(err);
    if (trust->n_paths > 0)
        return open_by_paths(path, trust, at, findings, ret, err);
    return open_by_host(path, trust, at, may_use_stamp, findings, ret, err);
}

static void say_finding(void *user, const struct rt_finding *finding)
{
    print_finding(stderr, user, finding);
}

int release_and_profile_open(const char *path, const struct release_trust *trust,
                             const char *profile_name, struct release *ret_release,
                             struct profile *ret_profile, struct romtool_error *err)
{
    const struct rt_findings findings = {say_finding, (void *)(uintptr_t)path};
    int r = path != NULL ? release_open(path, trust, true, &findings, ret_release, err) : 0;

    if (r < 0)
        return r;
    if (profile_name == NULL && path != NULL)
        profile_name = rt_manifest_model(ret_release->manifest)->profile;
    return profile_open(profile_name, ret_profile, err);
}

void release_close(struct release *release)
{
    romtool_manifest_free(release->manifest);
    free(release->signatures.items);
    if (release->owned != NULL) {
        rt_host_free(&release->owned->host);
        rt_manifest_file_free(&release->owned->file);
        free(release->owned);
    }
    *release = (struct release){0};
}

const char *release_signer(const struct release *release)
{
    size_t key = rt_manifest_key(release->manifest);

    return key < release->trust->n_keys ? release->trust->keys[key].name
                                        : "the stamp of its installation";
}

bool release_is_own_file(const char *manifest_path, const char *dir, const char *name)
{
    char *path = path_join(dir, name);
    bool own = path != NULL && is_same_file(path, manifest_path);

    for (size_t i = 0; path != NULL && !own && i < RT_MANIFEST_FILE_SIGNATURES; i++) {
        struct rt_buffer other = {0};

        rt_buffer_printf(&other, "%s%s", manifest_path, rt_manifest_file_suffixes[i]);
        own = !other.failed && is_same_file(path, other.data);
        rt_buffer_free(&other);
    }
    free(path);
    return own;
}
