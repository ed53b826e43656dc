/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/commands.h"
#include "romtool/rom-job.h"

#include <string.h>

static const struct option_spec no_options[] = {{0}};

static const struct command_help help = {
    "rom",
    "join|split|fix-checksum|set-ids ...",
    "Change what is inside ROM files: chain the images of several, take a chain apart, make sums\n"
    "zero again, write other ids. A file that is no ROM, or whose structure cannot be trusted, is\n"
    "refused; nothing is written in place unless asked, and nothing by halves.",
    no_options,
};

static const struct {
    const char *name;
    enum exit_status (*run)(int argc, char **argv);
} subcommands[] = {
    {"join", command_rom_join},
    {"split", command_rom_split},
    {"fix-checksum", command_rom_fix_checksum},
    {"set-ids", command_rom_set_ids},
};

enum exit_status command_rom(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv, .stop_at_operand = true};
    int id;

    for (size_t i = 0; argc > 1 && i < sizeof(subcommands) / sizeof(subcommands[0]); i++) {
        if (strcmp(argv[1], subcommands[i].name) == 0)
            return subcommands[i].run(argc - 1, argv + 1);
    }
    id = options_next(&options);
    if (id != OPTION_END)
        return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
    if (options.first < argc)
        return usage_error(&help, "no command 'rom %s'", argv[options.first]);
    return usage_error(&help, "a command is missing");
}
