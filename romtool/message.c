/* SPDX-License-Identifier: BSD-2-Clause */
/* How romtool speaks: sentences on stderr in git's manner, results on stdout. */
#include "romtool/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum exit_status exit_status_of(int code)
{
    if (code == ROMTOOL_E_USAGE)
        return EXIT_USAGE;
    switch (romtool_error_verdict(code)) {
    case ROMTOOL_HELD:
        return EXIT_HELD;
    case ROMTOOL_REFUSED:
        return EXIT_REFUSED;
    case ROMTOOL_UNDECIDED:
        break;
    }
    return EXIT_UNDECIDED;
}

enum exit_status exit_status_both(enum exit_status a, enum exit_status b)
{
    return a > b ? a : b;
}

enum exit_status exit_status_of_parts(enum exit_status a, enum exit_status b)
{
    return a == EXIT_REFUSED || b == EXIT_REFUSED ? EXIT_REFUSED : exit_status_both(a, b);
}

const char *verdict_name(enum exit_status status)
{
    switch (status) {
    case EXIT_HELD:
        return "held";
    case EXIT_REFUSED:
        return "refused";
    case EXIT_USAGE:
    case EXIT_UNDECIDED:
        break;
    }
    return "undecided";
}

const char *printable(const char *text, char *ret, size_t n)
{
    size_t i;

    for (i = 0; i + 1 < n && text[i] != '\0'; i++) {
        unsigned char c = (unsigned char)text[i];

        ret[i] = c >= 0x20 && c < 0x7f ? text[i] : '?';
    }
    ret[i] = '\0';
    return ret;
}

enum exit_status say_error(const struct romtool_error *err, const char *path, bool json)
{
    enum exit_status status = exit_status_of(err->code);
    struct rt_buffer out = {0};
    struct rt_json_writer writer = {.out = &out};

    (void)fprintf(stderr, "romtool: %s%s\n", status == EXIT_REFUSED ? "refused " : "", err->text);
    if (!json)
        return status;
    rt_json_begin_object(&writer, NULL);
    rt_json_write_string(&writer, "schema", "romtool/error/1");
    rt_json_write_string(&writer, "code", romtool_error_name(err->code));
    if (path != NULL)
        rt_json_write_string(&writer, "path", path);
    else
        rt_json_write_null(&writer, "path");
    if (err->offset != ROMTOOL_NO_OFFSET)
        rt_json_write_integer(&writer, "offset", (int64_t)err->offset);
    else
        rt_json_write_null(&writer, "offset");
    rt_json_write_string(&writer, "text", err->text);
    rt_json_end_object(&writer);
    return print_json(&out, status);
}

void say_unverified(const char *path)
{
    char shown[256];

    (void)fprintf(stderr, "romtool: '%s': used without verifying its signature\n",
                  printable(path, shown, sizeof(shown)));
}

void print_finding(FILE *stream, const char *path, const struct rt_finding *finding)
{
    char shown[256];

    (void)fprintf(stream, "%s: %s: ", printable(path, shown, sizeof(shown)),
                  rt_severity_name(finding->severity));
    if (finding->offset != ROMTOOL_NO_OFFSET)
        (void)fprintf(stream, "at %#llx: ", (unsigned long long)finding->offset);
    (void)fprintf(stream, "%s (%s)\n", finding->text, romtool_error_name(finding->code));
}

enum exit_status print_json(struct rt_buffer *out, enum exit_status status)
{
    rt_buffer_puts(out, "\n");
    if (out->failed) {
        (void)fputs("romtool: out of memory\n", stderr);
        status = EXIT_UNDECIDED;
    } else {
        (void)fwrite(out->data, 1, out->len, stdout);
    }
    rt_buffer_free(out);
    return status;
}

enum exit_status finish_output(enum exit_status status)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    /* the reason of an earlier write, whose bytes are not buffered any more, is not known here */
    (void)fprintf(stderr, "romtool: cannot write to standard output%s%s\n", errno != 0 ? ": " : "",
                  errno != 0 ? strerror(errno) : "");
    return EXIT_UNDECIDED;
}

/* ------------------------------------------------------------------------- findings, kept */

static void keep_finding(void *user, const struct rt_finding *finding)
{
    struct finding_list *list = user;
    struct kept_finding *grown = realloc(list->items, (list->n + 1) * sizeof(*list->items));
    char *path = strdup(list->path != NULL ? list->path : "");

    if (grown != NULL)
        list->items = grown;
    if (grown == NULL || path == NULL) {
        free(path);
        list->failed = true;
        return;
    }
    list->items[list->n++] = (struct kept_finding){path, *finding};
}

struct rt_findings finding_list_sink(struct finding_list *list)
{
    return (struct rt_findings){keep_finding, list};
}

/* The members of a finding's object. */
static void finding_members(const struct rt_finding *finding, struct rt_json_writer *json)
{
    rt_json_write_string(json, "name", romtool_error_name(finding->code));
    rt_json_write_string(json, "severity", rt_severity_name(finding->severity));
    if (finding->offset != ROMTOOL_NO_OFFSET)
        rt_json_write_integer(json, "offset", (int64_t)finding->offset);
    else
        rt_json_write_null(json, "offset");
    rt_json_write_string(json, "text", finding->text);
}

void finding_json(const struct rt_finding *finding, struct rt_json_writer *json)
{
    rt_json_begin_object(json, NULL);
    finding_members(finding, json);
    rt_json_end_object(json);
}

void finding_list_json(const struct finding_list *list, struct rt_json_writer *json, bool with_path)
{
    rt_json_begin_array(json, "findings");
    for (size_t i = 0; i < list->n; i++) {
        rt_json_begin_object(json, NULL);
        if (with_path)
            rt_json_write_string(json, "path", list->items[i].path);
        finding_members(&list->items[i].finding, json);
        rt_json_end_object(json);
    }
    rt_json_end_array(json);
}

void finding_list_clear(struct finding_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->items[i].path);
    free(list->items);
    *list = (struct finding_list){0};
}
