/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/commands.h"
#include "romtool/rom-job.h"

static const struct option_spec no_options[] = {{0}};

static const struct command_help help = {
    "rom",
    "join|split|fix-checksum|set-ids ...",
    "Change what is inside ROM files: chain the images of several, take a chain apart, make sums\n"
    "zero again, write other ids. A file that is no ROM, or whose structure cannot be trusted, is\n"
    "refused; nothing is written in place unless asked, and nothing by halves.",
    no_options,
};

static const struct subcommand subcommands[] = {
    {"join", command_rom_join},
    {"split", command_rom_split},
    {"fix-checksum", command_rom_fix_checksum},
    {"set-ids", command_rom_set_ids},
};

enum exit_status command_rom(int argc, char **argv)
{
    return run_subcommand(&help, subcommands, sizeof(subcommands) / sizeof(subcommands[0]), argc,
                          argv);
}
