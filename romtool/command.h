/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every subcommand stands on: its options and help, how it speaks, how it ends. A subcommand
 * is one file, romtool/NAME.c, and one row of romtool/commands.h.
 */
#ifndef ROMTOOL_COMMAND_H
#define ROMTOOL_COMMAND_H

#include "romtool.h"

#include "core/bytes.h"
#include "core/error.h"
#include "core/json.h"

#include <stdio.h>

enum exit_status {
    EXIT_HELD = 0,
    EXIT_REFUSED = 1,
    EXIT_USAGE = 2,
    EXIT_UNDECIDED = 3,
};

/* What a code means for the whole process. */
enum exit_status exit_status_of(int code);

/* The status of two things together: undecided beats refused beats held. */
enum exit_status exit_status_both(enum exit_status a, enum exit_status b);

/* The status of parts of one answer: a difference is the answer, whatever else is not known. */
enum exit_status exit_status_of_parts(enum exit_status a, enum exit_status b);

const char *verdict_name(enum exit_status status);

/* ------------------------------------------------------------------------- options */

struct option_spec {
    int id;            /* the letter, or OPTION_LONG and up for a long option without one */
    const char *name;  /* long name */
    const char *value; /* what to call its value in the help; NULL: it takes none */
    const char *help;
};

enum {
    OPTION_LONG = 256,
    OPTION_END = -1,   /* no more options: the operands begin at options.first */
    OPTION_HELP = -2,  /* --help was answered */
    OPTION_WRONG = -3, /* a usage error was printed */
};

struct command_help {
    const char *name;                  /* "pad" or "manifest create" */
    const char *usage;                 /* behind the name: "[-o OUT] FILE..." */
    const char *about;                 /* a paragraph */
    const struct option_spec *options; /* ends on id 0 */
};

struct options {
    const struct command_help *help;
    int argc;
    char **argv;
    bool stop_at_operand; /* options end at the first operand: what follows is another's */
    int first;            /* index in argv of the first operand, at OPTION_END */
    const char *value;    /* of the option just returned */
};

/* Returns the next option's id, or one of the above. */
int options_next(struct options *options);

/* "romtool: WHY" and where help is; returns EXIT_USAGE. */
__attribute__((format(printf, 2, 3))) enum exit_status usage_error(const struct command_help *help,
                                                                   const char *fmt, ...);

/* -s SIZE, a slot in bytes; false after a usage error. */
bool option_slot(const struct options *options, uint64_t *ret);

/* Is --reason one, as in a domain's romtool:allow? False after a usage error. */
bool option_reason(const struct options *options);

/* Text for a terminal: unprintable bytes become '?'. Written into ret, cut to n. */
const char *printable(const char *text, char *ret, size_t n);

/* ------------------------------------------------------------------------- speaking */

/* Prints one error as a sentence on stderr; with json its object on stdout. Its exit status. */
enum exit_status say_error(const struct romtool_error *err, const char *path, bool json);

/* Says on stderr of a manifest that nobody looked at its signature. */
void say_unverified(const char *path);

/* Prints one finding below the file that it is about. */
void print_finding(FILE *stream, const char *path, const struct rt_finding *finding);

/* One finding as an object. */
void finding_json(const struct rt_finding *finding, struct rt_json_writer *json);

/* Writes what is in out to stdout, with a final newline, and frees it; what a full disk says. */
enum exit_status print_json(struct rt_buffer *out, enum exit_status status);

/* Flushes stdout: what could not be written is no result. */
enum exit_status finish_output(enum exit_status status);

/* ------------------------------------------------------------------------- findings, kept */

struct finding_list {
    struct kept_finding {
        char *path;
        struct rt_finding finding;
    } * items;
    size_t n;
    bool failed;      /* out of memory */
    const char *path; /* of the file that findings are about just now */
};

/* The sink that keeps what it is given. It borrows list. */
struct rt_findings finding_list_sink(struct finding_list *list);
/* The array "findings", with the path of each where with_path. */
void finding_list_json(const struct finding_list *list, struct rt_json_writer *json,
                       bool with_path);
void finding_list_clear(struct finding_list *list);

#endif
