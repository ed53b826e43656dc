/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `romtool run`, in two programs: romtool starts a VMM by a profile's mandates without libcrypto,
 * romtool-crypto also by a signed release's.
 */
#ifndef ROMTOOL_RUN_H
#define ROMTOOL_RUN_H

#include "romtool/release.h"

/* What needs libcrypto. There is one release in a process. */
struct run_release {
    /* Takes one of RELEASE_TRUST_OPTIONS; false after a usage error. */
    bool (*take_option)(const struct options *options, int id);
    /* Do the options agree with each other? False after an error. */
    bool (*agrees)(bool has_manifest, const struct command_help *help);
    /* As release_and_profile_open(); the manifest lives until close. */
    int (*open)(const char *path, const char *profile_name, const struct romtool_manifest **ret,
                struct profile *ret_profile, struct romtool_error *err);
    void (*close)(void);
};

/* release NULL: what needs one is executed in romtool-crypto. */
enum exit_status run_vmm(int argc, char **argv, const struct run_release *release);

#endif
