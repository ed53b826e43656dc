/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/commands.h"

#include "loader/install.h"
#include "loader/store-fill.h"
#include "loader/store.h"
#include "romtool/manifest-commands.h"
#include "romtool/release.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

enum { OPTION_ALLOW_FAST_FORWARD = OPTION_LONG, OPTION_ROMS, OPTION_NO_ROMS, OPTION_STORE };

static const struct option_spec option_specs[] = {
    {OPTION_ROOT, "root", "DIR", "the host lies below DIR"},
    {OPTION_AT, "at", "TIME", "judge limits in time as of then, not now"},
    {OPTION_ALLOW_FAST_FORWARD, "allow-fast-forward", NULL,
     "also a serial that is dated more than 30 days ahead"},
    {OPTION_ROMS, "roms", "DIR", "its ROM files, instead of those beside the manifest"},
    {OPTION_NO_ROMS, "no-roms", NULL, "leave the store as it is"},
    {OPTION_STORE, "store", "DIR", "the store, below --root, instead of " RT_STORE_DIR},
    {'q', "quiet", NULL, "print nothing about what holds"},
    {0},
};

static const struct command_help help = {
    "manifest install",
    "[--root DIR] [--at TIME] [--allow-fast-forward] [--roms DIR | --no-roms] [--store DIR] "
    "MANIFEST",
    "Install a release's statement on this host: verified under what the host trusts, refused "
    "where\n"
    "it is older than what was installed of its product and channel, or withdrawn. It is kept "
    "below\n"
    "/var/lib/romtool, with a stamp by which `run -M` and `verify -M` know these bytes again "
    "without\n"
    "verifying signatures. Its ROMs, verified and padded to exactly their slots, go into the "
    "store, "
    "all\n"
    "or none; where none is beside the manifest only it is installed.",
    option_specs,
};

static void say_finding(void *user, const struct rt_finding *finding)
{
    print_finding(stderr, user, finding);
}

static void say_installed(const struct rt_install_source *source, const struct rt_manifest *model,
                          size_t n_roms)
{
    const struct rt_store_release release = {source->root, source->store, model, NULL};
    struct rt_buffer path = {0};
    char shown[512];

    (void)printf("installed: release %s of %s (%s), serial %" PRId64 "\n", model->release,
                 model->product, model->channel, model->serial);
    if (source->store == NULL || rt_store_count(model) == 0)
        return;
    rt_buffer_puts(&path, source->root);
    rt_store_path(&release, &path);
    if (n_roms == 0)
        (void)printf("not installed: its ROMs, none of them is beside the manifest\n");
    else
        (void)printf("installed: %zu ROMs in '%s'\n", n_roms,
                     printable(path.failed ? source->store : path.data, shown, sizeof(shown)));
    rt_buffer_free(&path);
}

static enum exit_status install(struct rt_install_source *source, bool quiet)
{
    const struct rt_findings findings = {say_finding, (void *)(uintptr_t)source->path};
    struct rt_host_manifest host;
    struct romtool_error err;
    enum exit_status status = EXIT_HELD;
    size_t n_roms;

    source->findings = &findings;
    (void)umask(022); /* what is installed is for all to read */
    rt_error_clear(&err);
    if (rt_install(source, &host, &n_roms, &err) < 0)
        status = say_error(&err, source->path, false);
    else if (!quiet)
        say_installed(source, rt_manifest_model(host.manifest), n_roms);
    rt_host_free(&host);
    return status;
}

enum exit_status command_manifest_install(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    struct release_trust trust = RELEASE_TRUST_NONE;
    struct rt_install_source source = {.root = "", .store = RT_STORE_DIR};
    bool quiet = false, no_roms = false;
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == OPTION_HELP || id == OPTION_WRONG)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        if (id == 'q')
            quiet = true;
        else if (id == OPTION_ALLOW_FAST_FORWARD)
            source.allow_fast_forward = true;
        else if (id == OPTION_ROMS)
            source.roms = options.value;
        else if (id == OPTION_NO_ROMS)
            no_roms = true;
        else if (id == OPTION_STORE)
            source.store = options.value;
        else if (!release_trust_option(&options, id, &trust))
            return EXIT_USAGE;
    }
    if (options.first + 1 != argc)
        return usage_error(&help, "one MANIFEST is needed");
    if (no_roms && source.roms != NULL)
        return usage_error(&help, "--roms and --no-roms contradict each other");
    if (source.store[0] != '/')
        return usage_error(&help, "--store '%s' is not an absolute path", source.store);
    if (no_roms)
        source.store = NULL;
    source.path = argv[options.first];
    source.at = trust.at != RT_TRUST_NO_TIME ? trust.at : (int64_t)time(NULL);
    if (trust.root != NULL)
        source.root = trust.root;
    return install(&source, quiet);
}
