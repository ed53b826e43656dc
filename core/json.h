/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON: a strict reader (jansson behind it, duplicate keys rejected) and a deterministic writer of
 * our own: the same calls give the same bytes.
 */
#ifndef RT_CORE_JSON_H
#define RT_CORE_JSON_H

#include "core/bytes.h"
#include "core/error.h"

struct rt_json; /* a value; all but the root are borrowed from the root */

enum rt_json_type {
    RT_JSON_NULL,
    RT_JSON_BOOLEAN,
    RT_JSON_INTEGER,
    RT_JSON_REAL,
    RT_JSON_STRING,
    RT_JSON_ARRAY,
    RT_JSON_OBJECT,
};

/* ROMTOOL_E_BAD_JSON with the byte offset; the sentence gives line and column. */
int rt_json_parse(struct rt_bytes text, struct rt_json **ret, struct romtool_error *err);
void rt_json_free(struct rt_json *root);

/* All accessors take NULL for "not there" and pass it on. */
enum rt_json_type rt_json_type(const struct rt_json *value);
const struct rt_json *rt_json_get(const struct rt_json *object, const char *key);
size_t rt_json_count(const struct rt_json *array_or_object);
const struct rt_json *rt_json_at(const struct rt_json *array, size_t index);

/* The string, or NULL where the value is none. Never has a NUL inside. */
const char *rt_json_string(const struct rt_json *value);

/* False where the value is no integer. */
bool rt_json_integer(const struct rt_json *value, int64_t *ret);

/* False where the value is not the boolean true. */
bool rt_json_is_true(const struct rt_json *value);

/* Calls fn for each member of an object, in the order of the text, until it returns non-zero. */
int rt_json_each(const struct rt_json *object,
                 int (*fn)(void *user, const char *key, const struct rt_json *value), void *user);

/* ------------------------------------------------------------------------- writer */

/*
 * Writes into out: two spaces of indent, or everything on one line when compact. A key is NULL
 * inside an array. Errors show in out->failed.
 */
struct rt_json_writer {
    struct rt_buffer *out;
    bool compact;
    unsigned depth;
    bool filled; /* the open object or array has a member already */
};

void rt_json_begin_object(struct rt_json_writer *w, const char *key);
void rt_json_end_object(struct rt_json_writer *w);
void rt_json_begin_array(struct rt_json_writer *w, const char *key);
void rt_json_end_array(struct rt_json_writer *w);
void rt_json_write_string(struct rt_json_writer *w, const char *key, const char *value);
void rt_json_write_integer(struct rt_json_writer *w, const char *key, int64_t value);
void rt_json_write_boolean(struct rt_json_writer *w, const char *key, bool value);
void rt_json_write_null(struct rt_json_writer *w, const char *key);
/* n bytes as a lower-case hex string. */
void rt_json_write_hex(struct rt_json_writer *w, const char *key, struct rt_bytes value);

#endif
