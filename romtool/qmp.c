/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/qmp.h"

#include <stdio.h>
#include <string.h>

enum { FOREIGN_MAX = 1000 }; /* lines */

/*
 * The object in a line; NULL where there is none. Some devices print to the standard output
 * (vmxnet3 does), with or without a newline.
 */
static struct rt_json *find_object(const char *line, size_t len)
{
    const char *brace = line[0] == '{' ? line : strstr(line, "{\"");
    struct rt_json *object = NULL;

    if (brace != NULL)
        (void)rt_json_parse((struct rt_bytes){(const uint8_t *)brace, len - (size_t)(brace - line)},
                            &object, NULL);
    if (rt_json_type(object) == RT_JSON_OBJECT)
        return object;
    rt_json_free(object);
    return NULL;
}

/* The next object that it says, whatever it is about. */
static int take_object(struct child *child, struct rt_json **ret, struct romtool_error *err)
{
    char foreign[64] = "";
    const char *line;
    size_t len;
    int r = 0;

    *ret = NULL;
    for (int i = 0; i < FOREIGN_MAX && r == 0; i++) {
        r = child_line(child, &line, &len, foreign[0] == '\0' ? err : NULL);
        if (r == 0 && (*ret = find_object(line, len)) != NULL)
            return 0;
        if (r == 0 && foreign[0] == '\0')
            (void)snprintf(foreign, sizeof(foreign), "%s", line);
    }
    return foreign[0] == '\0' && r < 0 ? r
                                       : rt_error_set(err, ROMTOOL_E_IO, ROMTOOL_NO_OFFSET,
                                                      "no QMP: it says '%s'", foreign);
}

int qmp_begin(struct child *child, struct romtool_error *err)
{
    const struct rt_json *value;
    struct rt_json *object;
    int r = take_object(child, &object, err);

    if (r == 0 && rt_json_get(object, "QMP") == NULL)
        r = rt_error_set(err, ROMTOOL_E_IO, ROMTOOL_NO_OFFSET, "no QMP: it does not greet");
    rt_json_free(object);
    if (r < 0)
        return r;
    r = qmp_ask(child, "qmp_capabilities", NULL, &object, &value, err);
    rt_json_free(object);
    return r;
}

static int send_command(struct child *child, const char *command,
                        const struct qmp_argument *arguments, struct romtool_error *err)
{
    struct rt_buffer text = {0};
    struct rt_json_writer json = {.out = &text, .compact = true};
    int r;

    rt_json_begin_object(&json, NULL);
    rt_json_write_string(&json, "execute", command);
    if (arguments != NULL) {
        rt_json_begin_object(&json, "arguments");
        for (; arguments->key != NULL; arguments++)
            rt_json_write_string(&json, arguments->key, arguments->value);
        rt_json_end_object(&json);
    }
    rt_json_end_object(&json);
    rt_buffer_puts(&text, "\n");
    r = text.failed ? rt_error_no_memory(err) : child_write(child, text.data, text.len, err);
    rt_buffer_free(&text);
    return r;
}

int qmp_ask(struct child *child, const char *command, const struct qmp_argument *arguments,
            struct rt_json **ret_answer, const struct rt_json **ret_value,
            struct romtool_error *err)
{
    int r = send_command(child, command, arguments, err);

    *ret_answer = NULL;
    *ret_value = NULL;
    while (r == 0) {
        r = take_object(child, ret_answer, err);
        if (r < 0 || rt_json_get(*ret_answer, "return") != NULL ||
            rt_json_get(*ret_answer, "error") != NULL)
            break;
        rt_json_free(*ret_answer);
        *ret_answer = NULL;
    }
    *ret_value = rt_json_get(*ret_answer, "return");
    return r;
}
