/* SPDX-License-Identifier: BSD-2-Clause */
#include "manifests/settings.h"

#include <stdlib.h>
#include <string.h>

#include "manifests/fields.h"
#include "manifests/lines.h"

enum { MOST_SETTINGS = 512 };

static int bad(size_t line, const char *what, struct romtool_error *err)
{
    return rt_error_set(err, ROMTOOL_E_BAD_POLICY, ROMTOOL_NO_OFFSET, "line %zu: %s", line, what);
}

/* Cuts white space off both ends; the text is ours. */
static char *trim(char *text)
{
    size_t n;

    text += strspn(text, " \t");
    n = strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        text[--n] = '\0';
    return text;
}

static bool has(const struct rt_settings *settings, const struct rt_setting *setting)
{
    for (size_t i = 0; i < settings->n; i++) {
        if (strcmp(settings->items[i].section, setting->section) == 0 &&
            strcmp(settings->items[i].key, setting->key) == 0)
            return true;
    }
    return false;
}

static int add(struct rt_settings *settings, const struct rt_setting *setting,
               struct romtool_error *err)
{
    struct rt_setting *grown;

    if (settings->n == MOST_SETTINGS)
        return bad(setting->line, "too many settings", err);
    if (has(settings, setting))
        return bad(setting->line, "a setting that is there already", err);
    grown = realloc(settings->items, (settings->n + 1) * sizeof(*grown));
    if (grown == NULL)
        return rt_error_no_memory(err);
    settings->items = grown;
    grown[settings->n++] = *setting;
    return 0;
}

/* A line that is neither empty nor a comment. */
static int read_line(struct rt_settings *settings, char *line, const char **section, size_t number,
                     struct romtool_error *err)
{
    size_t n = strlen(line);
    char *equals;
    struct rt_setting setting;

    if (line[0] == '[') {
        if (n < 3 || line[n - 1] != ']')
            return bad(number, "not a [section]", err);
        line[n - 1] = '\0';
        *section = trim(line + 1);
        return **section != '\0' ? 0 : bad(number, "not a [section]", err);
    }
    equals = strchr(line, '=');
    if (equals == NULL)
        return bad(number, "not key=value", err);
    *equals = '\0';
    setting = (struct rt_setting){*section, trim(line), trim(equals + 1), number};
    if (setting.key[0] == '\0' || setting.value[0] == '\0')
        return bad(number, "not key=value", err);
    return add(settings, &setting, err);
}

static int read_text(struct rt_bytes text, struct rt_settings *ret, struct romtool_error *err)
{
    const char *section = "";
    struct rt_bytes line, rest = text;
    char *next = ret->text;
    size_t number = 0;
    bool ended;
    int r = 0;

    while (r == 0 && rt_line_next(&rest, &line, &ended)) {
        char *words;

        number++;
        if (!rt_manifest_text_is_printable(line, true))
            return bad(number, "not printable UTF-8", err);
        if (line.len > 0) /* else its data may be NULL */
            memcpy(next, line.data, line.len);
        next[line.len] = '\0';
        words = trim(next);
        next += line.len + 1;
        if (words[0] != '\0' && words[0] != '#')
            r = read_line(ret, words, &section, number, err);
    }
    return r;
}

int rt_settings_read(struct rt_bytes text, struct rt_settings *ret, struct romtool_error *err)
{
    int r;

    *ret = (struct rt_settings){0};
    if (text.len > RT_SETTINGS_SIZE_MAX)
        return rt_error_set(err, ROMTOOL_E_TOO_LARGE, RT_SETTINGS_SIZE_MAX,
                            "%zu bytes, at most %zu are read", text.len, RT_SETTINGS_SIZE_MAX);
    ret->text = malloc(text.len + 2); /* a line end, or what stands for the last one's, is a NUL */
    if (ret->text == NULL)
        return rt_error_no_memory(err);
    r = read_text(text, ret, err);
    if (r < 0)
        rt_settings_free(ret);
    return r;
}

void rt_settings_free(struct rt_settings *settings)
{
    free(settings->items);
    free(settings->text);
    *settings = (struct rt_settings){0};
}

bool rt_settings_lists(const char *value, const char *word)
{
    size_t n = strlen(word);

    while (*value != '\0') {
        size_t len = strcspn(value, " \t,");

        if (len == n && n > 0 && strncmp(value, word, n) == 0)
            return true;
        value += len;
        value += strspn(value, " \t,");
    }
    return false;
}
