/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/qemu-words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int rt_qemu_refuse(struct romtool_error *err, uint64_t offset, const char *option,
                   const char *value, const char *why, ...)
{
    char reason[200];
    va_list ap;

    va_start(ap, why);
    (void)vsnprintf(reason, sizeof(reason), why, ap);
    va_end(ap);
    return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, offset, "'%.60s%s%.200s': %s", option,
                        value != NULL ? " " : "", value != NULL ? value : "", reason);
}

/* ------------------------------------------------------------------------- key=value,... */

void rt_qemu_part_free(struct rt_qemu_part *part)
{
    free(part->key);
    free(part->value);
    *part = (struct rt_qemu_part){0};
}

/* Takes a value off *text, up to a comma that stands alone, and that comma. */
static void take_value(const char **text, struct rt_buffer *out)
{
    const char *p = *text;

    rt_buffer_puts(out, "");
    for (; *p != '\0' && (*p != ',' || p[1] == ','); p++) {
        if (*p == ',')
            p++;
        rt_buffer_append(out, p, 1);
    }
    *text = p;
}

int rt_qemu_part_next(const char **text, bool may_lack_key, struct rt_qemu_part *ret,
                      struct romtool_error *err)
{
    const char *p = *text;
    size_t name_len = strcspn(p, "=,");
    bool has_key = p[name_len] == '=';
    struct rt_buffer value = {0};

    *ret = (struct rt_qemu_part){.start = p};
    if (*p == '\0')
        return 0;
    ret->key = strndup(p, has_key ? name_len : 0);
    if (has_key)
        p += name_len + 1;
    if (has_key || may_lack_key) {
        take_value(&p, &value);
    } else {
        rt_buffer_append(&value, p, name_len);
        p += name_len;
    }
    ret->value = value.data;
    ret->len = (size_t)(p - ret->start);
    *text = *p == ',' ? p + 1 : p;
    if (ret->key == NULL || value.failed) {
        rt_qemu_part_free(ret);
        return rt_error_no_memory(err);
    }
    return 1;
}

void rt_qemu_replace_part(const char *text, const char *key, const char *value,
                          struct rt_buffer *out)
{
    const char *rest = text;
    struct rt_qemu_part part;
    int r;

    for (bool first = true; (r = rt_qemu_part_next(&rest, first, &part, NULL)) > 0; first = false) {
        if (strcmp(part.key, key) == 0)
            rt_buffer_printf(out, "%s=%s", key, value);
        else
            rt_buffer_append(out, part.start, part.len);
        rt_buffer_append(out, ",", part.start[part.len] == ',');
        rt_qemu_part_free(&part);
    }
    if (r < 0)
        out->failed = true;
}

/* ------------------------------------------------------------------------- JSON */

static const char *skip_space(const char *p)
{
    return p + strspn(p, " \t\r\n");
}

/* Behind the string that begins at p. */
static const char *skip_string(const char *p)
{
    for (p++; *p != '\0' && *p != '"'; p++) {
        if (*p == '\\' && p[1] != '\0')
            p++;
    }
    return *p != '\0' ? p + 1 : p;
}

/* Behind the value that begins at p. */
static const char *skip_value(const char *p)
{
    unsigned depth = 0;

    for (; *p != '\0'; p++) {
        if (*p == '"') {
            p = skip_string(p) - 1;
        } else if (*p == '{' || *p == '[') {
            depth++;
        } else if (*p == '}' || *p == ']' || *p == ',') {
            if (depth == 0)
                return p;
            depth -= *p != ',';
        }
    }
    return p;
}

/* Is the JSON string that begins at p this name? A letter of it may be written \u00XX. */
static bool is_name(const char *p, const char *name)
{
    for (p++; *name != '\0'; name++) {
        unsigned letter;
        int n = 0;

        if (*p == *name)
            p++;
        else if (sscanf(p, "\\u%4x%n", &letter, &n) == 1 && n == 6 &&
                 letter == (unsigned char)*name)
            p += n;
        else
            return false;
    }
    return *p == '"';
}

void rt_qemu_replace_member(const char *text, const char *key, const char *value,
                            struct rt_buffer *out)
{
    const char *open = strchr(text, '{');
    const char *p = open != NULL ? skip_space(open + 1) : "";

    while (*p == '"') {
        const char *name = p, *start, *end;

        p = skip_space(skip_string(p));
        if (*p != ':')
            break;
        start = skip_space(p + 1);
        p = skip_value(start);
        end = p;
        while (end > start && strchr(" \t\r\n", end[-1]) != NULL)
            end--;
        if (is_name(name, key)) {
            rt_buffer_append(out, text, (size_t)(start - text));
            rt_buffer_printf(out, "\"%s\"%s", value, end);
            return;
        }
        if (*p == ',')
            p = skip_space(p + 1);
    }
    if (open == NULL) {
        out->failed = true;
        return;
    }
    rt_buffer_append(out, text, (size_t)(open + 1 - text));
    rt_buffer_printf(out, "\"%s\": \"%s\"%s%s", key, value,
                     *skip_space(open + 1) == '}' ? "" : ", ", open + 1);
}
