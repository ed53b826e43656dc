/* SPDX-License-Identifier: BSD-2-Clause */
/* Options by getopt_long(), from a table that is the help too. */
#include "romtool/command.h"

#include <getopt.h>
#include <stdarg.h>
#include <string.h>

enum { MOST_OPTIONS = 32 };

static void print_help(const struct command_help *help)
{
    (void)printf("usage: romtool %s%s%s\n\n%s\n\n", help->name, help->usage[0] != '\0' ? " " : "",
                 help->usage, help->about);
    for (const struct option_spec *o = help->options; o->id != 0; o++) {
        char left[40];

        (void)snprintf(left, sizeof(left), "%c%c%s --%s%s%s", o->id < OPTION_LONG ? '-' : ' ',
                       o->id < OPTION_LONG ? o->id : ' ', o->id < OPTION_LONG ? "," : " ", o->name,
                       o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
        (void)printf("  %-26s %s\n", left, o->help);
    }
    (void)printf("  %-26s %s\n", "    --help", "show this help");
}

enum exit_status usage_error(const struct command_help *help, const char *fmt, ...)
{
    char text[256], shown[256];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    (void)fprintf(stderr, "romtool: %s, see 'romtool %s --help'\n",
                  printable(text, shown, sizeof(shown)), help->name);
    return EXIT_USAGE;
}

/* Both forms that getopt_long() wants, from the one table. */
static bool make_tables(const struct options *options, char *letters, struct option *names)
{
    const struct option_spec *o = options->help->options;
    size_t n = 0;

    if (options->stop_at_operand)
        *letters++ = '+';
    *letters++ = ':';
    for (; o->id != 0 && n < MOST_OPTIONS; o++, n++) {
        names[n] = (struct option){o->name, o->value != NULL ? required_argument : no_argument,
                                   NULL, o->id};
        if (o->id < OPTION_LONG) {
            *letters++ = (char)o->id;
            if (o->value != NULL)
                *letters++ = ':';
        }
    }
    names[n] = (struct option){"help", no_argument, NULL, 'h'};
    names[n + 1] = (struct option){0};
    *letters = '\0';
    return o->id == 0;
}

int options_next(struct options *options)
{
    struct option names[MOST_OPTIONS + 2];
    char letters[2 * MOST_OPTIONS + 3];
    int id;

    if (!make_tables(options, letters, names))
        return OPTION_WRONG;
    opterr = 0;
    id = getopt_long(options->argc, options->argv, letters, names, NULL);
    options->value = optarg;
    options->first = optind;
    switch (id) {
    case -1:
        return OPTION_END;
    case 'h':
        print_help(options->help);
        return OPTION_HELP;
    case ':':
        (void)usage_error(options->help, "option '%s' needs a value", options->argv[optind - 1]);
        return OPTION_WRONG;
    case '?':
        if (strncmp(options->argv[optind - 1], "--", 2) != 0)
            (void)usage_error(options->help, "unknown option '-%c'", optopt);
        else if (optopt != 0) /* --quiet=1 */
            (void)usage_error(options->help, "'%s': this option takes no value",
                              options->argv[optind - 1]);
        else
            (void)usage_error(options->help, "unknown option '%s'", options->argv[optind - 1]);
        return OPTION_WRONG;
    default:
        return id;
    }
}

bool option_reason(const struct options *options)
{
    struct rt_bytes text = {(const uint8_t *)options->value, strlen(options->value)};
    bool is_print = text.len > 0 && text.len <= 255;

    for (size_t i = 0, n; i < text.len && is_print; i += n) {
        n = rt_bytes_utf8(text, i);
        is_print = n > 0 && text.data[i] >= 0x20 && text.data[i] != 0x7f &&
                   !(text.data[i] == 0xc2 && text.data[i + 1] < 0xa0); /* control characters */
    }
    if (!is_print)
        (void)usage_error(options->help, "a reason is 1 to 255 printable bytes");
    return is_print;
}

bool option_slot(const struct options *options, uint64_t *ret)
{
    if (!rt_size_parse(options->value, ret))
        (void)usage_error(options->help, "'%s' is not a size: 262144, 0x40000, 256K or 1M",
                          options->value);
    else if (!rt_size_is_power_of_two(*ret) || *ret > ROMTOOL_SLOT_MAX)
        (void)usage_error(options->help, "'%s' is not a slot: a power of two, at most 64M",
                          options->value);
    else
        return true;
    return false;
}
