/* SPDX-License-Identifier: BSD-2-Clause */
/* The one file that knows jansson. A struct rt_json is a json_t that nobody else looks into. */
#include "core/json.h"

#include <string.h>

#include <jansson.h>

static const json_t *unwrap(const struct rt_json *value)
{
    return (const json_t *)(const void *)value;
}

static const struct rt_json *wrap(const json_t *value)
{
    return (const struct rt_json *)(const void *)value;
}

int rt_json_parse(struct rt_bytes text, struct rt_json **ret, struct romtool_error *err)
{
    const char *data = text.len > 0 ? (const char *)text.data : "";
    json_error_t why;
    json_t *root;

    *ret = NULL;
    /* JSON_ALLOW_NUL is not given: no string has a NUL inside. */
    root = json_loadb(data, text.len, JSON_REJECT_DUPLICATES, &why);
    if (root != NULL) {
        *ret = (struct rt_json *)(void *)root;
        return 0;
    }
    /* jansson 2.14 says nothing of an allocation that failed, and then sets no code either */
    if (why.text[0] == '\0' || json_error_code(&why) == json_error_out_of_memory)
        return rt_error_no_memory(err);
    return rt_error_set(err, ROMTOOL_E_BAD_JSON, why.position < 0 ? 0 : (uint64_t)why.position,
                        "line %d, column %d: %s", why.line, why.column, why.text);
}

void rt_json_free(struct rt_json *root)
{
    json_decref((json_t *)(void *)root);
}

enum rt_json_type rt_json_type(const struct rt_json *value)
{
    if (value == NULL)
        return RT_JSON_NULL;
    switch (json_typeof(unwrap(value))) {
    case JSON_OBJECT:
        return RT_JSON_OBJECT;
    case JSON_ARRAY:
        return RT_JSON_ARRAY;
    case JSON_STRING:
        return RT_JSON_STRING;
    case JSON_INTEGER:
        return RT_JSON_INTEGER;
    case JSON_REAL:
        return RT_JSON_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return RT_JSON_BOOLEAN;
    case JSON_NULL:
        break;
    }
    return RT_JSON_NULL;
}

const struct rt_json *rt_json_get(const struct rt_json *object, const char *key)
{
    return wrap(json_object_get(unwrap(object), key));
}

size_t rt_json_count(const struct rt_json *array_or_object)
{
    const json_t *value = unwrap(array_or_object);

    return json_is_array(value) ? json_array_size(value) : json_object_size(value);
}

const struct rt_json *rt_json_at(const struct rt_json *array, size_t index)
{
    return wrap(json_array_get(unwrap(array), index));
}

const char *rt_json_string(const struct rt_json *value)
{
    return json_string_value(unwrap(value));
}

bool rt_json_integer(const struct rt_json *value, int64_t *ret)
{
    *ret = 0;
    if (!json_is_integer(unwrap(value)))
        return false;
    *ret = (int64_t)json_integer_value(unwrap(value));
    return true;
}

bool rt_json_is_true(const struct rt_json *value)
{
    return json_is_true(unwrap(value));
}

int rt_json_each(const struct rt_json *object,
                 int (*fn)(void *user, const char *key, const struct rt_json *value), void *user)
{
    /* jansson's iterators take a mutable object that they do not change */
    json_t *value = (json_t *)(void *)(uintptr_t)unwrap(object);

    for (void *i = json_object_iter(value); i != NULL; i = json_object_iter_next(value, i)) {
        int r = fn(user, json_object_iter_key(i), wrap(json_object_iter_value(i)));

        if (r != 0)
            return r;
    }
    return 0;
}

/* ------------------------------------------------------------------------- writer */

/* U+0000 to U+001F and U+007F to U+009F: a terminal would act upon them. */
static bool is_control(struct rt_bytes text, size_t at)
{
    unsigned char c = text.data[at];

    return c < 0x20 || c == 0x7f ||
           (c == 0xc2 && rt_bytes_utf8(text, at) == 2 && text.data[at + 1] < 0xa0);
}

/* What is no UTF-8 (a path may hold anything) becomes U+FFFD: the output is always JSON. */
static void write_quoted(struct rt_buffer *out, const char *text)
{
    struct rt_bytes bytes = {(const uint8_t *)text, strlen(text)};

    rt_buffer_puts(out, "\"");
    for (size_t i = 0; i < bytes.len;) {
        unsigned char c = bytes.data[i];
        size_t n = rt_bytes_utf8(bytes, i);

        if (c == '"' || c == '\\')
            rt_buffer_printf(out, "\\%c", c);
        else if (is_control(bytes, i))
            rt_buffer_printf(out, "\\u%04x", n == 2 ? bytes.data[i + 1] : c);
        else if (n > 0)
            rt_buffer_append(out, bytes.data + i, n);
        else
            rt_buffer_puts(out, "\\ufffd");
        i += n > 0 ? n : 1;
    }
    rt_buffer_puts(out, "\"");
}

static void new_line(struct rt_json_writer *w)
{
    if (w->compact)
        return;
    rt_buffer_puts(w->out, "\n");
    for (unsigned i = 0; i < w->depth; i++)
        rt_buffer_puts(w->out, "  ");
}

/* Everything that stands before a value: comma, line, key. */
static void begin_value(struct rt_json_writer *w, const char *key)
{
    if (w->filled)
        rt_buffer_puts(w->out, ",");
    if (w->depth > 0)
        new_line(w);
    w->filled = true;
    if (key == NULL)
        return;
    write_quoted(w->out, key);
    rt_buffer_puts(w->out, w->compact ? ":" : ": ");
}

static void begin_container(struct rt_json_writer *w, const char *key, const char *bracket)
{
    begin_value(w, key);
    rt_buffer_puts(w->out, bracket);
    w->depth++;
    w->filled = false;
}

static void end_container(struct rt_json_writer *w, const char *bracket)
{
    w->depth--;
    if (w->filled)
        new_line(w);
    w->filled = true;
    rt_buffer_puts(w->out, bracket);
}

void rt_json_begin_object(struct rt_json_writer *w, const char *key)
{
    begin_container(w, key, "{");
}

void rt_json_end_object(struct rt_json_writer *w)
{
    end_container(w, "}");
}

void rt_json_begin_array(struct rt_json_writer *w, const char *key)
{
    begin_container(w, key, "[");
}

void rt_json_end_array(struct rt_json_writer *w)
{
    end_container(w, "]");
}

void rt_json_write_string(struct rt_json_writer *w, const char *key, const char *value)
{
    begin_value(w, key);
    write_quoted(w->out, value);
}

void rt_json_write_integer(struct rt_json_writer *w, const char *key, int64_t value)
{
    begin_value(w, key);
    rt_buffer_printf(w->out, "%lld", (long long)value);
}

void rt_json_write_boolean(struct rt_json_writer *w, const char *key, bool value)
{
    begin_value(w, key);
    rt_buffer_puts(w->out, value ? "true" : "false");
}

void rt_json_write_null(struct rt_json_writer *w, const char *key)
{
    begin_value(w, key);
    rt_buffer_puts(w->out, "null");
}

void rt_json_write_hex(struct rt_json_writer *w, const char *key, struct rt_bytes value)
{
    begin_value(w, key);
    rt_buffer_puts(w->out, "\"");
    for (size_t i = 0; i < value.len; i++)
        rt_buffer_printf(w->out, "%02x", value.data[i]);
    rt_buffer_puts(w->out, "\"");
}
