/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/commands.h"

#include "loader/install.h"
#include "romtool/manifest-commands.h"
#include "romtool/release.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

enum { OPTION_ALLOW_FAST_FORWARD = OPTION_LONG };

static const struct option_spec option_specs[] = {
    {OPTION_ROOT, "root", "DIR", "the host lies below DIR"},
    {OPTION_AT, "at", "TIME", "judge limits in time as of then, not now"},
    {OPTION_ALLOW_FAST_FORWARD, "allow-fast-forward", NULL,
     "also a serial that is dated more than 30 days ahead"},
    {'q', "quiet", NULL, "print nothing about what holds"},
    {0},
};

static const struct command_help help = {
    "manifest install",
    "[--root DIR] [--at TIME] [--allow-fast-forward] MANIFEST",
    "Install a release's statement on this host: verified under what the host trusts, refused "
    "where\n"
    "it is older than what was installed of its product and channel, or withdrawn. It is kept "
    "below\n"
    "/var/lib/romtool, with a stamp by which `run -M` and `verify -M` know these bytes again "
    "without\n"
    "verifying signatures. The ROM files are not touched.",
    option_specs,
};

static void say_finding(void *user, const struct rt_finding *finding)
{
    print_finding(stderr, user, finding);
}

static enum exit_status install(struct rt_install_source *source, bool quiet)
{
    const struct rt_findings findings = {say_finding, (void *)(uintptr_t)source->path};
    struct rt_host_manifest host;
    const struct rt_manifest *model;
    struct romtool_error err;
    enum exit_status status = EXIT_HELD;

    source->findings = &findings;
    rt_error_clear(&err);
    if (rt_install(source, &host, &err) < 0) {
        status = say_error(&err, source->path, false);
    } else if (!quiet) {
        model = rt_manifest_model(host.manifest);
        (void)printf("installed: release %s of %s (%s), serial %" PRId64 "\n", model->release,
                     model->product, model->channel, model->serial);
    }
    rt_host_free(&host);
    return status;
}

enum exit_status command_manifest_install(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    struct release_trust trust = RELEASE_TRUST_NONE;
    struct rt_install_source source = {.root = ""};
    bool quiet = false;
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == OPTION_HELP || id == OPTION_WRONG)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        if (id == 'q')
            quiet = true;
        else if (id == OPTION_ALLOW_FAST_FORWARD)
            source.allow_fast_forward = true;
        else if (!release_trust_option(&options, id, &trust))
            return EXIT_USAGE;
    }
    if (options.first + 1 != argc)
        return usage_error(&help, "one MANIFEST is needed");
    source.path = argv[options.first];
    source.at = trust.at != RT_TRUST_NO_TIME ? trust.at : (int64_t)time(NULL);
    if (trust.root != NULL)
        source.root = trust.root;
    return install(&source, quiet);
}
