/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A release on disk: a directory of ROM files, NAME.json, its signatures NAME.json.minisig and
 * NAME.json.dsse; and whom to believe about it: the keys that --trust names, or what the host
 * trusts.
 */
#ifndef ROMTOOL_RELEASE_H
#define ROMTOOL_RELEASE_H

#include "loader/host.h"
#include "romtool/command.h"
#include "romtool/profile.h"

enum { RELEASE_KEYS_MAX = 64 };

/* What the options say. Zeroed, but at is RT_TRUST_NO_TIME: now. */
struct release_trust {
    const char *paths[RELEASE_KEYS_MAX]; /* none: what the host trusts */
    size_t n_paths;
    size_t threshold; /* 0: not given */
    int64_t at;
    const char *root; /* NULL: not given */
};

#define RELEASE_TRUST_NONE                                                                         \
    {                                                                                              \
        .at = RT_TRUST_NO_TIME                                                                     \
    }

enum {
    OPTION_TRUST = OPTION_LONG + 100,
    OPTION_THRESHOLD,
    OPTION_AT,
    OPTION_ROOT,
};

/* Rows of a table of options. */
#define RELEASE_TRUST_OPTIONS                                                                      \
    {OPTION_TRUST, "trust", "PATH",                                                                \
     "a public key to trust, instead of the host's; may be repeated"},                             \
        {OPTION_THRESHOLD, "threshold", "N", "of the --trust keys, so many must have signed"},     \
        {OPTION_AT, "at", "TIME", "judge limits in time as of then, not now"},                     \
    {                                                                                              \
        OPTION_ROOT, "root", "DIR", "what the host trusts lies below DIR"                          \
    }

/* Takes one of these options; false after a usage error. */
bool release_trust_option(const struct options *options, int id, struct release_trust *ret);

/* Do the options agree with each other, and with there being a manifest? False after an error. */
bool release_trust_agrees(const struct release_trust *trust, bool has_manifest,
                          const struct command_help *help);

struct release {
    struct romtool_manifest *manifest;        /* NULL: none was opened */
    struct rt_manifest_signatures signatures; /* also where it could not be opened */
    const struct rt_trust *trust;
    bool stamped;
    struct rt_manifest_file *file;
    struct release_owned {
        struct rt_host_manifest host;
        struct rt_manifest_file file;
        struct rt_trust trust;
        struct rt_policy policy;
        struct rt_trusted_key keys[RELEASE_KEYS_MAX];
    } * owned;
};

/*
 * Reads a manifest and opens it by the signatures beside it. Errors name the file. findings, or
 * NULL, gets what is only warned of. *ret is closed by the caller, on failure too.
 */
int release_open(const char *path, const struct release_trust *trust, bool may_use_stamp,
                 const struct rt_findings *findings, struct release *ret,
                 struct romtool_error *err);
void release_close(struct release *release);

/*
 * Opens the release, where path is not NULL, and the profile of this name; where that is NULL the
 * one that the release speaks of, else the host's. What is only warned of is said on stderr. As
 * release_open() and profile_open(); both are the caller's to close, after a failure too.
 */
int release_and_profile_open(const char *path, const struct release_trust *trust,
                             const char *profile_name, struct release *ret_release,
                             struct profile *ret_profile, struct romtool_error *err);

/* The name of the first key that counted, or what stands for it. */
const char *release_signer(const struct release *release);

/*
 * Reads a manifest strictly, "-" from standard input, and does not verify it, which is said on
 * stderr. *ret_file has its bytes. Errors name the file: as rt_file_read() and rt_manifest_read().
 * Both are the caller's to free, after a failure too.
 */
int release_read(const char *path, struct rt_file *ret_file, struct rt_manifest_doc **ret_doc,
                 struct romtool_error *err);

/*
 * A time as people give it, in UTC: "2027-11-22T12:00:00Z", or "2027-11-22" for the last second of
 * that day. *ret is seconds since 1970.
 */
bool release_time(const char *text, int64_t *ret);

/* Is this file in the directory the manifest itself or one of its signatures? */
bool release_is_own_file(const char *manifest_path, const char *dir, const char *name);

#endif
