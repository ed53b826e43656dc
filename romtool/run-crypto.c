/* SPDX-License-Identifier: BSD-2-Clause */
/* `romtool run` by a signed release. */
#include "romtool/commands.h"
#include "romtool/run.h"

static struct release_trust trust = RELEASE_TRUST_NONE;
static struct release release;
static const char *manifest_path;

static bool take_option(const struct options *options, int id)
{
    return release_trust_option(options, id, &trust);
}

static bool agrees(bool has_manifest, const struct command_help *help)
{
    return release_trust_agrees(&trust, has_manifest, help);
}

static void say_finding(void *user, const struct rt_finding *finding)
{
    (void)user;
    print_finding(stderr, manifest_path, finding);
}

static int open_release(const char *path, const struct romtool_manifest **ret,
                        const char **ret_profile, struct romtool_error *err)
{
    const struct rt_findings findings = {say_finding, NULL};
    int r;

    manifest_path = path;
    r = release_open(path, &trust, true, &findings, &release, err);
    if (r < 0)
        return r;
    *ret = release.manifest;
    *ret_profile = rt_manifest_model(release.manifest)->profile;
    return 0;
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
