/* SPDX-License-Identifier: BSD-2-Clause */
/* "libvirt": its subcommands, one row and one file each. */
#include "romtool/commands.h"

#include "romtool/libvirt-commands.h"

static const struct option_spec option_specs[] = {{0}};

static const struct command_help help = {
    "libvirt",
    "doctor|fix|hook ...",
    "Let libvirt start guests only with ROMs that hold; correct a domain's XML; look\n"
    "whether a host is set up for it.",
    option_specs,
};

static const struct subcommand subcommands[] = {
    {"doctor", command_libvirt_doctor},
    {"fix", command_libvirt_fix},
    {"hook", command_libvirt_hook},
};

enum exit_status command_libvirt(int argc, char **argv)
{
    return run_subcommand(&help, subcommands, sizeof(subcommands) / sizeof(subcommands[0]), argc,
                          argv);
}
