/* SPDX-License-Identifier: BSD-2-Clause */
/* core/json: what is read strictly, the accessors, and the writer's bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* From a copy without a NUL behind it, so that a sanitizer sees who relies on one. */
static int parse_bytes(const char *text, size_t n, struct rt_json **ret, struct romtool_error *err)
{
    uint8_t *copy = malloc(n > 0 ? n : 1);
    int r;

    assert_non_null(copy);
    memcpy(copy, text, n);
    *ret = (struct rt_json *)(uintptr_t)err; /* to be cleared */
    rt_error_clear(err);
    r = rt_json_parse((struct rt_bytes){copy, n}, ret, err);
    free(copy);
    return r;
}

static struct rt_json *parse(const char *text)
{
    struct romtool_error err;
    struct rt_json *root;

    if (parse_bytes(text, strlen(text), &root, &err) != 0)
        fail_msg("'%s': %s", text, err.text);
    return root;
}

/* ------------------------------------------------------------------------- what is refused */

static void refuse_bytes(const char *text, size_t n)
{
    struct romtool_error err;
    struct rt_json *root;

    if (parse_bytes(text, n, &root, &err) != ROMTOOL_E_BAD_JSON || root != NULL)
        fail_msg("'%s' was taken", text);
    assert_int_equal(err.code, ROMTOOL_E_BAD_JSON);
    assert_true(err.offset <= n);
    assert_int_equal(strncmp(err.text, "line ", 5), 0);
}

static void test_refused(void **state)
{
    static const char *const refused[] = {
        "", " ", "{", "[", "}", "[1", "[1,]", "[,1]", "{\"a\":1,}", "{\"a\"}", "{\"a\":}", "{a:1}",
        "['a']", "[1]x", "[1] [2]", "[1],", "// c\n[1]", "[1] /* c */", "\xef\xbb\xbf[1]", "1",
        "\"a\"", "true", "null", "[01]", "[+1]", "[.5]", "[1.]", "[0x10]", "[1e]", "[-]", "[NaN]",
        "[Infinity]", "[nul]", "[True]", "[\"a]", "[\"\\x\"]", "[\"\\u12g4\"]", "[\"a\nb\"]",
        "[\"a\tb\"]", "[\"\x1f\"]",
        /* twice the same key, wherever */
        "{\"a\":1,\"a\":1}", "[{\"b\":{\"a\":1,\"c\":2,\"a\":3}}]", "{\"a\":1,\"\\u0061\":2}",
        /* a NUL, which would end the string for whoever reads it */
        "[\"a\\u0000b\"]", "{\"a\\u0000\":1}", "[\"\\u0000\"]",
        /* no UTF-8 */
        "[\"\xff\"]", "[\"\xc0\x80\"]", "[\"\xed\xa0\x80\"]", "[\"\xf4\x90\x80\x80\"]",
        "[\"\xe2\x82\"]", "{\"\x80\":1}", "[\"\\ud800\"]", "[\"\\udc00\\ud800\"]",
        /* beyond 64 bits, signed */
        "[9223372036854775808]", "[-9223372036854775809]", "[18446744073709551616]", "[1e400]"};

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++)
        refuse_bytes(refused[i], strlen(refused[i]));
}

static void test_raw_nul(void **state)
{
    (void)state;
    refuse_bytes("[1]\0", 4);
    refuse_bytes("[1]\0[2]", 7);
    refuse_bytes("[\"a\0b\"]", 7);
    refuse_bytes("\0", 1);
    refuse_bytes("{\"a\0b\":1}", 9);
}

/* Every beginning of a text that is all right. */
static void test_truncated(void **state)
{
    static const char text[] = "{\"a\": [1, -2.5, true, null, \"\xc3\xa4\\n\"], \"b\": {}}";

    (void)state;
    for (size_t n = 0; n < sizeof(text) - 1; n++)
        refuse_bytes(text, n);
    rt_json_free(parse(text));
}

static void test_nesting(void **state)
{
    static char text[200000];
    struct romtool_error err;
    struct rt_json *root;

    (void)state;
    memset(text, '[', 100000);
    memset(text + 100000, ']', 100000);
    refuse_bytes(text, sizeof(text));
    refuse_bytes(text, 100000);
    assert_int_equal(parse_bytes(text + 99000, 2000, &root, &err), 0);
    rt_json_free(root);
}

static void test_error(void **state)
{
    struct romtool_error err;
    struct rt_json *root;

    (void)state;
    assert_int_equal(parse_bytes("[\n  1,\n  x]", 11, &root, &err), ROMTOOL_E_BAD_JSON);
    assert_int_equal(err.offset, 10);
    assert_int_equal(strncmp(err.text, "line 3, column 3: ", 18), 0);
    rt_error_clear(&err);
    assert_int_equal(rt_json_parse((struct rt_bytes){NULL, 0}, &root, &err), ROMTOOL_E_BAD_JSON);
    assert_int_equal(err.offset, 0);
    assert_int_equal(strncmp(err.text, "line 1, column 0: ", 18), 0);
    assert_null(root);
    assert_int_equal(rt_json_parse((struct rt_bytes){NULL, 0}, &root, NULL), ROMTOOL_E_BAD_JSON);
}

/* ------------------------------------------------------------------------- accessors */

static void test_accessors(void **state)
{
    struct rt_json *root = parse("{\"z\": \"text\", \"a\": [1, 9223372036854775807, "
                                 "-9223372036854775808, 1.0, 1e2, true, false, null, {}]}");
    const struct rt_json *array = rt_json_get(root, "a");
    static const enum rt_json_type types[] = {RT_JSON_INTEGER, RT_JSON_INTEGER, RT_JSON_INTEGER,
                                              RT_JSON_REAL,    RT_JSON_REAL,    RT_JSON_BOOLEAN,
                                              RT_JSON_BOOLEAN, RT_JSON_NULL,    RT_JSON_OBJECT};
    static const int64_t integers[] = {1, INT64_MAX, INT64_MIN};

    (void)state;
    assert_int_equal(rt_json_type(root), RT_JSON_OBJECT);
    assert_int_equal(rt_json_count(root), 2);
    assert_int_equal(rt_json_type(array), RT_JSON_ARRAY);
    assert_int_equal(rt_json_type(rt_json_get(root, "z")), RT_JSON_STRING);
    assert_string_equal(rt_json_string(rt_json_get(root, "z")), "text");
    assert_null(rt_json_get(root, "b"));
    assert_null(rt_json_get(array, "z"));
    assert_null(rt_json_string(root));
    assert_int_equal(rt_json_count(array), COUNT(types));
    assert_int_equal(rt_json_count(rt_json_get(root, "z")), 0);
    assert_null(rt_json_at(array, COUNT(types)));
    assert_null(rt_json_at(array, SIZE_MAX));
    assert_null(rt_json_at(root, 0));
    for (size_t i = 0; i < COUNT(types); i++) {
        int64_t value = 77;

        assert_int_equal(rt_json_type(rt_json_at(array, i)), types[i]);
        assert_int_equal(rt_json_integer(rt_json_at(array, i), &value),
                         types[i] == RT_JSON_INTEGER);
        assert_true(value == (types[i] == RT_JSON_INTEGER ? integers[i] : 0));
        assert_null(rt_json_string(rt_json_at(array, i)));
        assert_int_equal(rt_json_is_true(rt_json_at(array, i)), i == 5);
    }
    rt_json_free(root);
}

static int never_called(void *user, const char *key, const struct rt_json *value)
{
    (void)user;
    (void)value;
    fail_msg("'%s' is a member of nothing", key);
    return 1;
}

/* What is not there is passed on through every accessor. */
static void test_null(void **state)
{
    int64_t value = 77;

    (void)state;
    assert_int_equal(rt_json_type(NULL), RT_JSON_NULL);
    assert_null(rt_json_get(NULL, "a"));
    assert_null(rt_json_at(NULL, 0));
    assert_int_equal(rt_json_count(NULL), 0);
    assert_null(rt_json_string(NULL));
    assert_false(rt_json_is_true(NULL));
    assert_false(rt_json_integer(NULL, &value));
    assert_int_equal(value, 0);
    assert_int_equal(rt_json_each(NULL, never_called, NULL), 0);
    rt_json_free(NULL);
}

struct keys {
    char text[20];
    char last; /* stops behind it */
};

static int collect(void *user, const char *key, const struct rt_json *value)
{
    struct keys *keys = user;

    assert_non_null(value);
    (void)strncat(keys->text, key, 1);
    return key[0] == keys->last ? 42 : 0;
}

static void test_each(void **state)
{
    struct rt_json *root = parse("{\"z\": 1, \"b\": 2, \"a\": 3, \"y\": 4, \"c\": 5, \"x\": 6,"
                                 " \"d\": 7, \"w\": 8, \"e\": 9, \"v\": 10}");
    struct keys all = {0}, some = {.last = 'y'};

    (void)state;
    assert_int_equal(rt_json_each(root, collect, &all), 0);
    assert_string_equal(all.text, "zbaycxdwev");
    assert_int_equal(rt_json_each(root, collect, &some), 42);
    assert_string_equal(some.text, "zbay");
    assert_int_equal(rt_json_each(rt_json_get(root, "a"), never_called, NULL), 0);
    rt_json_free(root);
}

/* ------------------------------------------------------------------------- writer */

static struct rt_buffer write_sample(bool compact)
{
    static const uint8_t bytes[] = {0x00, 0x1f, 0xff};
    struct rt_buffer out = {0};
    struct rt_json_writer w = {.out = &out, .compact = compact};

    rt_json_begin_object(&w, NULL);
    rt_json_write_string(&w, "string", "text");
    rt_json_write_integer(&w, "smallest", INT64_MIN);
    rt_json_write_integer(&w, "largest", INT64_MAX);
    rt_json_write_boolean(&w, "yes", true);
    rt_json_write_boolean(&w, "no", false);
    rt_json_write_null(&w, "null");
    rt_json_write_hex(&w, "hex", (struct rt_bytes){bytes, sizeof(bytes)});
    rt_json_write_hex(&w, "nothing", (struct rt_bytes){NULL, 0});
    rt_json_begin_object(&w, "empty object");
    rt_json_end_object(&w);
    rt_json_begin_array(&w, "empty array");
    rt_json_end_array(&w);
    rt_json_begin_array(&w, "array");
    rt_json_write_integer(&w, NULL, 0);
    rt_json_begin_array(&w, NULL);
    rt_json_write_string(&w, NULL, "");
    rt_json_end_array(&w);
    rt_json_begin_object(&w, NULL);
    rt_json_write_null(&w, "");
    rt_json_end_object(&w);
    rt_json_end_array(&w);
    rt_json_write_integer(&w, "last", -1);
    rt_json_end_object(&w);
    assert_false(out.failed);
    assert_int_equal(w.depth, 0);
    return out;
}

static const char compact_sample[] =
    "{\"string\":\"text\",\"smallest\":-9223372036854775808,\"largest\":9223372036854775807,"
    "\"yes\":true,\"no\":false,\"null\":null,\"hex\":\"001fff\",\"nothing\":\"\","
    "\"empty object\":{},\"empty array\":[],\"array\":[0,[\"\"],{\"\":null}],\"last\":-1}";

static const char pretty_sample[] = "{\n"
                                    "  \"string\": \"text\",\n"
                                    "  \"smallest\": -9223372036854775808,\n"
                                    "  \"largest\": 9223372036854775807,\n"
                                    "  \"yes\": true,\n"
                                    "  \"no\": false,\n"
                                    "  \"null\": null,\n"
                                    "  \"hex\": \"001fff\",\n"
                                    "  \"nothing\": \"\",\n"
                                    "  \"empty object\": {},\n"
                                    "  \"empty array\": [],\n"
                                    "  \"array\": [\n"
                                    "    0,\n"
                                    "    [\n"
                                    "      \"\"\n"
                                    "    ],\n"
                                    "    {\n"
                                    "      \"\": null\n"
                                    "    }\n"
                                    "  ],\n"
                                    "  \"last\": -1\n"
                                    "}";

static void test_writer(void **state)
{
    struct rt_buffer compact = write_sample(true), pretty = write_sample(false);

    (void)state;
    assert_string_equal(compact.data, compact_sample);
    assert_string_equal(pretty.data, pretty_sample);
    rt_buffer_free(&compact);
    rt_buffer_free(&pretty);
}

/* ["TEXT"] as the writer writes it, key and value alike. */
static struct rt_buffer write_text(const char *text)
{
    struct rt_buffer out = {0};
    struct rt_json_writer w = {.out = &out, .compact = true};

    rt_json_begin_object(&w, NULL);
    rt_json_write_string(&w, text, text);
    rt_json_end_object(&w);
    return out;
}

static void expect_quoted(const char *text, const char *quoted)
{
    struct rt_buffer out = write_text(text);
    char expected[200];

    (void)snprintf(expected, sizeof(expected), "{\"%s\":\"%s\"}", quoted, quoted);
    assert_string_equal(out.data, expected);
    rt_buffer_free(&out);
}

static void test_escapes(void **state)
{
    (void)state;
    expect_quoted("\"\\/", "\\\"\\\\/");
    expect_quoted("\b\f\n\r\t", "\\u0008\\u000c\\u000a\\u000d\\u0009");
    expect_quoted("\x01\x1b\x1f\x20\x7e\x7f", "\\u0001\\u001b\\u001f ~\\u007f");
    expect_quoted("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", "\\u0080\\u009b\\u009f\xc2\xa0");
    expect_quoted("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
    /* no UTF-8: one U+FFFD a byte */
    expect_quoted("a\xffz", "a\\ufffdz");
    expect_quoted("\xc0\x80", "\\ufffd\\ufffd");
    expect_quoted("\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd");
    expect_quoted("\xe2\x82", "\\ufffd\\ufffd");
    expect_quoted("\xc2", "\\ufffd");
}

/* Every character but NUL comes back as it was. */
static void test_round_trip(void **state)
{
    (void)state;
    for (uint32_t c = 1; c < 0x110000; c += c < 0x3000 ? 1 : 97) {
        char text[5] = {0};
        struct rt_buffer out;
        struct rt_json *root;

        if (c < 0x80) {
            text[0] = (char)c;
        } else if (c < 0x800) {
            text[0] = (char)(0xc0 | c >> 6);
            text[1] = (char)(0x80 | (c & 0x3f));
        } else if (c < 0x10000) {
            text[0] = (char)(0xe0 | c >> 12);
            text[1] = (char)(0x80 | (c >> 6 & 0x3f));
            text[2] = (char)(0x80 | (c & 0x3f));
        } else {
            text[0] = (char)(0xf0 | c >> 18);
            text[1] = (char)(0x80 | (c >> 12 & 0x3f));
            text[2] = (char)(0x80 | (c >> 6 & 0x3f));
            text[3] = (char)(0x80 | (c & 0x3f));
        }
        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        out = write_text(text);
        root = parse(out.data);
        assert_string_equal(rt_json_string(rt_json_get(root, text)), text);
        rt_json_free(root);
        rt_buffer_free(&out);
    }
}

static void test_reader_reads_writer(void **state)
{
    struct rt_buffer pretty = write_sample(false);
    struct rt_json *root = parse(pretty.data);
    int64_t value;

    (void)state;
    assert_int_equal(rt_json_count(root), 12);
    assert_true(rt_json_integer(rt_json_get(root, "smallest"), &value) && value == INT64_MIN);
    assert_true(rt_json_integer(rt_json_get(root, "largest"), &value) && value == INT64_MAX);
    assert_string_equal(rt_json_string(rt_json_get(root, "hex")), "001fff");
    assert_int_equal(rt_json_count(rt_json_get(root, "array")), 3);
    assert_non_null(rt_json_get(rt_json_at(rt_json_get(root, "array"), 2), ""));
    rt_json_free(root);
    rt_buffer_free(&pretty);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),    cmocka_unit_test(test_raw_nul),
        cmocka_unit_test(test_truncated),  cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_error),      cmocka_unit_test(test_accessors),
        cmocka_unit_test(test_null),       cmocka_unit_test(test_each),
        cmocka_unit_test(test_writer),     cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_reader_reads_writer),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
