/* SPDX-License-Identifier: BSD-2-Clause */
/* `libvirt hook`: what libvirt calls it with, and how it is answered. It never calls libvirt. */
#include "romtool/libvirt-commands.h"

#include "romtool/libvirt-ground.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

/* libvirt's arguments: the guest's name, operation, sub-operation, and "-" or a reason. */
enum { HOOK_ARGUMENTS = 4 };

static const struct option_spec option_specs[] = {
    LIBVIRT_GROUND_OPTIONS,
    RELEASE_TRUST_OPTIONS,
    {0},
};

static const struct command_help help = {
    "libvirt hook",
    "[-p PROFILE] [-M MANIFEST [--trust PATH]...] [-L DIR]... [--] NAME OPERATION SUB EXTRA",
    "libvirt's hook for QEMU guests, with the domain's XML on standard input. 'prepare begin': a "
    "guest\n"
    "starts only where each of its NICs and displays gets a ROM BAR of exactly its slot, with a "
    "ROM\n"
    "that holds.\n"
    "'restore begin', 'migrate begin': prints the domain with which an incoming guest gets slots "
    "of\n"
    "exactly that size; nothing where nothing changes. Every other operation is answered with "
    "exit\n"
    "status 0 before anything is read. A romtool:allow in the domain's metadata states a larger "
    "slot.",
    option_specs,
};

static bool is_for_us(char **argument)
{
    return rt_libvirt_operation(argument[0], argument[1]) != RT_LIBVIRT_NOTHING;
}

/* Operands are libvirt's, and its are the last: a guest may be called like an option. */
bool libvirt_hook_is_silent(int argc, char **argv)
{
    const char *sub;

    if (argc < 3 + HOOK_ARGUMENTS || strcmp(argv[1], "libvirt") != 0 ||
        strcmp(argv[2], "hook") != 0)
        return false;
    sub = argv[argc - 2];
    if (strcmp(sub, "begin") == 0 || strcmp(sub, "end") == 0)
        return !is_for_us(&argv[argc - 3]);
    /* not as libvirt calls it: a script that hands on too few or too many is to be seen */
    for (int i = 3; i + 1 < argc; i++)
        if (is_for_us(&argv[i]))
            return false;
    return true;
}

static void say_allowed(void *user, const char *sentence)
{
    const struct libvirt_ground *ground = user;
    char shown[512], name[128];

    (void)fprintf(stderr, "romtool: allowed %s\n", printable(sentence, shown, sizeof(shown)));
    syslog(LOG_NOTICE, "guest '%s': allowed %s", printable(ground->guest, name, sizeof(name)),
           shown);
}

/* One line, which libvirt shows to whoever asked for the guest. */
static void refuse(const struct romtool_error *err, char **arguments)
{
    bool is_refused = exit_status_of(err->code) == EXIT_REFUSED;
    char name[128];

    (void)fprintf(stderr, "romtool: refused %s%s\n",
                  is_refused ? "" : "because it could not be decided: ", err->text);
    syslog(LOG_WARNING, "guest '%s': %s refused%s: %s", printable(arguments[0], name, sizeof(name)),
           arguments[1], is_refused ? "" : ", it could not be decided", err->text);
}

/* Past stdio: what could not be written is a refusal, too. */
static int answer(const struct rt_buffer *xml, char **arguments, struct romtool_error *err)
{
    char name[128];
    int r;

    if (xml->data == NULL)
        return 0;
    r = rt_file_write_fd(STDOUT_FILENO, "standard output", rt_buffer_bytes(xml), err);
    if (r == 0)
        syslog(LOG_NOTICE, "guest '%s': %s with other ROMs, of exactly its slots",
               printable(arguments[0], name, sizeof(name)), arguments[1]);
    return r;
}

static enum exit_status hook(struct libvirt_ground *ground, char **arguments)
{
    struct rt_buffer xml = {0};
    struct rt_file input = {0};
    struct romtool_error err;
    int r;

    ground->guest = arguments[0];
    openlog("romtool", LOG_PID, LOG_DAEMON);
    rt_error_clear(&err);
    r = rt_file_read("-", RT_DOMAIN_MAX, &input, &err);
    if (r == 0)
        r = libvirt_ground_open(ground, &err);
    ground->rules.allowed = say_allowed;
    if (r == 0)
        r = rt_libvirt_decide(&ground->rules, rt_libvirt_operation(arguments[1], arguments[2]),
                              rt_file_bytes(&input), &xml, &err);
    if (r == 0)
        r = answer(&xml, arguments, &err);
    if (r < 0)
        refuse(&err, arguments);
    rt_buffer_free(&xml);
    rt_file_free(&input);
    libvirt_ground_close(ground);
    return r < 0 ? EXIT_REFUSED : EXIT_HELD;
}

enum exit_status command_libvirt_hook(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv, .stop_at_operand = true};
    struct libvirt_ground ground = LIBVIRT_GROUND_NONE;
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == OPTION_HELP || id == OPTION_WRONG)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        if (!libvirt_ground_option(&ground, &options, id))
            return EXIT_USAGE;
    }
    if (argc - options.first != HOOK_ARGUMENTS)
        return usage_error(&help, "NAME OPERATION SUB EXTRA are needed, as libvirt gives them");
    if (!release_trust_agrees(&ground.trust, ground.manifest_path != NULL, &help))
        return EXIT_USAGE;
    return hook(&ground, argv + options.first);
}
