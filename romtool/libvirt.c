/* SPDX-License-Identifier: BSD-2-Clause */
/* "libvirt": its subcommands, one row and one file each. */
#include "romtool/commands.h"

#include "romtool/libvirt-commands.h"

#include <string.h>

static const struct option_spec option_specs[] = {{0}};

static const struct command_help help = {
    "libvirt",
    "doctor|fix|hook ...",
    "Let libvirt start guests only with ROMs that hold; correct a domain's XML; look\n"
    "whether a host is set up for it.",
    option_specs,
};

static const struct {
    const char *name;
    enum exit_status (*run)(int argc, char **argv);
} subcommands[] = {
    {"doctor", command_libvirt_doctor},
    {"fix", command_libvirt_fix},
    {"hook", command_libvirt_hook},
};

enum exit_status command_libvirt(int argc, char **argv)
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
        return usage_error(&help, "no command 'libvirt %s'", argv[options.first]);
    return usage_error(&help, "a command is missing");
}
