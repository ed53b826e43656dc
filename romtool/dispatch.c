/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The directory of the running program, '/' included; NULL where /proc does not say. */
static char *own_directory(void)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    char *slash;

    if (n <= 0)
        return NULL;
    path[n] = '\0';
    slash = strrchr(path, '/');
    return slash == NULL ? NULL : strndup(path, (size_t)(slash + 1 - path));
}

char *installed_path(const char *name)
{
    char *own = own_directory();
    struct rt_buffer path = {0};

    if (own != NULL) {
        rt_buffer_printf(&path, "%s%s", own, name);
        free(own);
        if (!path.failed && access(path.data, F_OK) == 0)
            return path.data;
        rt_buffer_free(&path);
    }
    rt_buffer_printf(&path, "%s/%s", ROMTOOL_LIBEXECDIR, name);
    return path.failed ? NULL : path.data;
}

int execute(const char *program, char **argv)
{
    char *path = installed_path(program);

    if (path != NULL)
        (void)execv(path, argv);
    (void)fprintf(stderr, "romtool: cannot execute '%s': %s\n", path != NULL ? path : program,
                  strerror(errno));
    free(path);
    return EXIT_UNDECIDED;
}

enum exit_status execute_command(const char *program, int argc, char **argv)
{
    char **all = calloc((size_t)argc + 2, sizeof(*all));
    enum exit_status status = EXIT_UNDECIDED;

    if (all == NULL) {
        (void)fprintf(stderr, "romtool: out of memory\n");
        return status;
    }
    all[0] = (char *)"romtool";
    memcpy(all + 1, argv, (size_t)argc * sizeof(*argv));
    status = (enum exit_status)execute(program, all);
    free(all);
    return status;
}

static void print_help(FILE *stream, const struct command *commands, size_t n)
{
    (void)fputs("usage: romtool COMMAND [OPTION]... [ARGUMENT]...\n\n", stream);
    for (size_t i = 0; i < n; i++)
        (void)fprintf(stream, "  %-10s %s\n", commands[i].name, commands[i].summary);
    (void)fputs("\n  romtool COMMAND --help\n"
                "\nexit status: 0 held, 1 refused, 2 usage, 3 could not decide\n",
                stream);
}

int dispatch(int argc, char **argv, const struct command *commands, size_t n)
{
    char name[40];

    if (argc < 2) {
        print_help(stderr, commands, n);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout, commands, n);
        return (int)finish_output(EXIT_HELD);
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("romtool %s\n", romtool_version());
        return (int)finish_output(EXIT_HELD);
    }
    for (size_t i = 0; i < n; i++) {
        if (strcmp(argv[1], commands[i].name) != 0)
            continue;
        if (commands[i].run == NULL)
            return execute(commands[i].program, argv);
        return (int)finish_output(commands[i].run(argc - 1, argv + 1));
    }
    (void)fprintf(stderr, "romtool: no command '%s', see 'romtool --help'\n",
                  printable(argv[1], name, sizeof(name)));
    return EXIT_USAGE;
}

enum exit_status run_subcommand(const struct command_help *help, const struct subcommand *commands,
                                size_t n, int argc, char **argv)
{
    struct options options = {.help = help, .argc = argc, .argv = argv, .stop_at_operand = true};
    int id;

    for (size_t i = 0; argc > 1 && i < n; i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    }
    id = options_next(&options);
    if (id != OPTION_END)
        return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
    if (options.first < argc)
        return usage_error(help, "no command '%s %s'", help->name, argv[options.first]);
    return usage_error(help, "a command is missing");
}
