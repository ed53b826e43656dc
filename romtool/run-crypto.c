/* SPDX-License-Identifier: BSD-2-Clause */
/* `romtool run` by a signed release. */
#include "romtool/commands.h"
#include "romtool/run.h"

static struct release_trust trust = RELEASE_TRUST_NONE;
static struct release release;

static bool take_option(const struct options *options, int id)
{
    return release_trust_option(options, id, &trust);
}

static bool agrees(bool has_manifest, const struct command_help *help)
{
    return release_trust_agrees(&trust, has_manifest, help);
}

static int open_release(const char *path, const char *profile_name,
                        const struct romtool_manifest **ret, struct profile *ret_profile,
                        struct romtool_error *err)
{
    int r = release_and_profile_open(path, &trust, profile_name, &release, ret_profile, err);

    *ret = release.manifest;
    return r;
}

static void close_release(void)
{
    release_close(&release);
}

enum exit_status command_run(int argc, char **argv)
{
    static const struct run_release releases = {take_option, agrees, open_release, close_release};

    return run_vmm(argc, argv, &releases);
}
