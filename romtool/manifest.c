/* SPDX-License-Identifier: BSD-2-Clause */
/* "manifest": its subcommands, one row and one file each. */
#include "romtool/commands.h"

#include "romtool/manifest-commands.h"

static const struct option_spec option_specs[] = {{0}};

static const struct command_help help = {
    "manifest",
    "create|show|diff|export|install ...",
    "State a release, show it, compare two, say one in the words of others, install it on a host.",
    option_specs,
};

static const struct subcommand subcommands[] = {
    /* clang-format off: a row a line */
    {"create", command_manifest_create}, {"diff", command_manifest_diff},
    {"export", command_manifest_export}, {"install", command_manifest_install},
    {"show", command_manifest_show},
    /* clang-format on */
};

enum exit_status command_manifest(int argc, char **argv)
{
    return run_subcommand(&help, subcommands, sizeof(subcommands) / sizeof(subcommands[0]), argc,
                          argv);
}
