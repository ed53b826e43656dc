/* SPDX-License-Identifier: BSD-2-Clause */
/* The members of a slot file: of the right type, within their limits, or refused by name. */
#include "slots/file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rt_slot_block {
    struct rt_slot_block *next;
    max_align_t data[];
};

int rt_slot_file_bad(struct romtool_error *err, const char *fmt, ...)
{
    char text[sizeof(err->text)];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return rt_error_set(err, ROMTOOL_E_BAD_SLOT_FILE, ROMTOOL_NO_OFFSET, "%s", text);
}

struct rt_slot_place rt_slot_place_key(const struct rt_slot_place *parent, const char *key)
{
    struct rt_slot_place place;

    /* the longest parent is "mandates[511].machines[15]", the longest key that is read 63 bytes */
    (void)snprintf(place.text, sizeof(place.text), "%.30s%s%.63s", parent->text,
                   parent->text[0] == '\0' ? "" : ".", key);
    return place;
}

struct rt_slot_place rt_slot_place_index(const struct rt_slot_place *parent, size_t index)
{
    struct rt_slot_place place;

    (void)snprintf(place.text, sizeof(place.text), "%.70s[%zu]", parent->text, index);
    return place;
}

void *rt_slot_allocate(struct rt_slot_reader *r, size_t n, size_t size)
{
    struct rt_slot_block *block = NULL;

    if (n <= (SIZE_MAX - sizeof(*block)) / size)
        block = calloc(1, sizeof(*block) + n * size);
    if (block == NULL) {
        (void)rt_error_no_memory(r->err);
        return NULL;
    }
    block->next = r->file->blocks;
    r->file->blocks = block;
    return block->data;
}

void rt_slot_blocks_free(struct rt_slot_block *blocks)
{
    while (blocks != NULL) {
        struct rt_slot_block *next = blocks->next;

        free(blocks);
        blocks = next;
    }
}

struct known_keys {
    const char *const *keys; /* up to a NULL */
    const struct rt_slot_place *at;
    struct romtool_error *err;
};

static int check_key(void *user, const char *key, const struct rt_json *value)
{
    const struct known_keys *known = user;

    (void)value;
    for (size_t i = 0; known->keys[i] != NULL; i++) {
        if (strcmp(known->keys[i], key) == 0)
            return 0;
    }
    return rt_slot_file_bad(known->err, "%s: unknown key", rt_slot_place_key(known->at, key).text);
}

int rt_slot_check_object(struct rt_slot_reader *r, const struct rt_json *value,
                         const struct rt_slot_place *at, const char *const *keys)
{
    struct known_keys known = {keys, at, r->err};

    if (rt_json_type(value) != RT_JSON_OBJECT)
        return rt_slot_file_bad(r->err, "%s%sis not an object", at->text,
                                at->text[0] == '\0' ? "the file " : ": ");
    return rt_json_each(value, check_key, &known);
}

int rt_slot_take_string(struct rt_slot_reader *r, const struct rt_json *value,
                        const struct rt_slot_place *at, size_t min, size_t size, const char **ret)
{
    const char *text = rt_json_string(value);

    *ret = "";
    if (value == NULL)
        return rt_slot_file_bad(r->err, "%s: is missing", at->text);
    if (text == NULL)
        return rt_slot_file_bad(r->err, "%s: is not a string", at->text);
    if (strlen(text) < min)
        return rt_slot_file_bad(r->err, "%s: is empty", at->text);
    if (strlen(text) >= size)
        return rt_slot_file_bad(r->err, "%s: is longer than %zu bytes", at->text, size - 1);
    for (const char *p = text; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
            return rt_slot_file_bad(r->err, "%s: has a byte that is not printable ASCII", at->text);
    }
    *ret = text;
    return 0;
}

int rt_slot_get_string(struct rt_slot_reader *r, const struct rt_json *object,
                       const struct rt_slot_place *parent, const char *key, size_t min, size_t size,
                       const char **ret)
{
    struct rt_slot_place at = rt_slot_place_key(parent, key);

    return rt_slot_take_string(r, rt_json_get(object, key), &at, min, size, ret);
}

int rt_slot_check_name(struct rt_slot_reader *r, const char *name, const struct rt_slot_place *at)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789+-._";

    if (strspn(name, allowed) == strlen(name))
        return 0;
    return rt_slot_file_bad(r->err, "%s: '%s' has more in it than letters, digits, '+-._'",
                            at->text, name);
}

int rt_slot_take_name(struct rt_slot_reader *r, const struct rt_json *value,
                      const struct rt_slot_place *at, const char **ret)
{
    int e = rt_slot_take_string(r, value, at, 1, ROMTOOL_NAME_SIZE, ret);

    return e < 0 ? e : rt_slot_check_name(r, *ret, at);
}

int rt_slot_get_name(struct rt_slot_reader *r, const struct rt_json *object,
                     const struct rt_slot_place *parent, const char *key, const char **ret)
{
    struct rt_slot_place at = rt_slot_place_key(parent, key);

    return rt_slot_take_name(r, rt_json_get(object, key), &at, ret);
}

int rt_slot_get_array(struct rt_slot_reader *r, const struct rt_json *object,
                      const struct rt_slot_place *parent, const char *key, size_t max,
                      const struct rt_json **ret)
{
    struct rt_slot_place at = rt_slot_place_key(parent, key);
    const struct rt_json *array = rt_json_get(object, key);

    *ret = NULL;
    if (array == NULL)
        return rt_slot_file_bad(r->err, "%s: is missing", at.text);
    if (rt_json_type(array) != RT_JSON_ARRAY)
        return rt_slot_file_bad(r->err, "%s: is not an array", at.text);
    if (rt_json_count(array) == 0)
        return rt_slot_file_bad(r->err, "%s: is empty", at.text);
    if (rt_json_count(array) > max)
        return rt_slot_file_bad(r->err, "%s: has %zu members, %zu at most", at.text,
                                rt_json_count(array), max);
    *ret = array;
    return 0;
}

int rt_slot_get_texts(struct rt_slot_reader *r, const struct rt_json *object,
                      const struct rt_slot_place *parent, const char *key, size_t max,
                      rt_slot_take take, const char *const **ret, size_t *ret_n)
{
    struct rt_slot_place at = rt_slot_place_key(parent, key);
    const struct rt_json *array;
    const char **texts;
    int e = rt_slot_get_array(r, object, parent, key, max, &array);

    if (e < 0)
        return e;
    texts = rt_slot_allocate(r, rt_json_count(array), sizeof(*texts));
    if (texts == NULL)
        return ROMTOOL_E_NO_MEMORY;
    for (size_t i = 0; i < rt_json_count(array); i++) {
        struct rt_slot_place member = rt_slot_place_index(&at, i);

        e = take(r, rt_json_at(array, i), &member, &texts[i]);
        if (e < 0)
            return e;
    }
    *ret = texts;
    *ret_n = rt_json_count(array);
    return 0;
}

int rt_slot_get_objects(struct rt_slot_reader *r, const struct rt_json *object,
                        const struct rt_slot_place *parent, const char *key, size_t max,
                        size_t size, rt_slot_read read, const void **ret, size_t *ret_n)
{
    struct rt_slot_place at = rt_slot_place_key(parent, key);
    const struct rt_json *array;
    char *elements;
    int e = rt_slot_get_array(r, object, parent, key, max, &array);

    if (e < 0)
        return e;
    elements = rt_slot_allocate(r, rt_json_count(array), size);
    if (elements == NULL)
        return ROMTOOL_E_NO_MEMORY;
    for (size_t i = 0; i < rt_json_count(array); i++) {
        struct rt_slot_place member = rt_slot_place_index(&at, i);

        e = read(r, rt_json_at(array, i), &member, elements + i * size);
        if (e < 0)
            return e;
    }
    *ret = elements;
    *ret_n = rt_json_count(array);
    return 0;
}
