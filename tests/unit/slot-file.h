/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One small valid slot file, and reading it and what is made of it. The text is read from a heap
 * copy of exactly its size, so that a sanitizer sees the first byte beyond it.
 */
#ifndef UNIT_SLOT_FILE_H
#define UNIT_SLOT_FILE_H

#include "slots/slots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Every kind of member once. */
static const char valid[] =
    "{\"schema\":\"romtool-slots/"
    "1\",\"vendor\":\"acme\",\"series\":[{\"name\":\"one\",\"qemu\":\"7.2\","
    "\"package\":\"ipxe 1\",\"source\":\"a page\",\"search\":[\"/a\",\"/b\"],"
    "\"aliases\":{\"q35\":\"pc-q35-7.2\"},\"machines\":[\"pc-q35-7.1\",\"pc-q35-7.2\",\"tiny\"]},"
    "{\"name\":\"two\",\"qemu\":\"8.0.1\",\"package\":\"ipxe 2\",\"source\":\"a page\","
    "\"search\":[\"/a\"],\"machines\":[\"pc-q35-7.2\",\"tiny\",\"pc-q35-acme\",\"isapc\"]}],"
    "\"like\":{\"pc-q35-acme\":\"pc-q35-7.1\"},"
    "\"mandates\":[{\"machines\":[{\"family\":\"pc-q35\",\"from\":\"7.1\",\"to\":\"7.2\"}],"
    "\"device\":\"nic\",\"file\":\"nic.rom\",\"slot\":262144,\"images\":[\"x86\",\"efi\"],"
    "\"fill\":\"ff\",\"basis\":\"measured\",\"source\":\"here\"},"
    "{\"machines\":[{\"machine\":\"tiny\"}],\"series\":[\"one\",\"two\"],\"device\":\"nic\","
    "\"slot\":0,\"basis\":\"read\",\"source\":\"there\"},"
    "{\"machines\":[{\"machine\":\"isapc\"}],\"slot\":0,\"basis\":\"read\",\"source\":\"bare\"}]}";

#define ONE   "\"name\":\"one\""
#define ROWS  "\"mandates\""
#define ROW_1 "\"there\"}"

static inline int read_bytes(const char *text, size_t size, struct rt_slot_file **ret,
                             struct romtool_error *err)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    int r;

    assert_non_null(copy);
    memcpy(copy, text, size);
    rt_error_clear(err);
    *ret = (struct rt_slot_file *)(void *)copy; /* to see that it is set */
    r = rt_slot_file_read((struct rt_bytes){copy, size}, ret, err);
    free(copy);
    assert_int_equal(r, err->code);
    assert_true((r == 0) == (*ret != NULL));
    assert_true((r == 0) == (err->text[0] == '\0'));
    return r;
}

static inline void expect_refusal(const char *text, size_t size, int code, const char *sentence)
{
    struct rt_slot_file *file;
    struct romtool_error err;

    assert_int_equal(read_bytes(text, size, &file, &err), code);
    assert_string_equal(err.text, sentence);
}

/* valid, in which the first from, behind the first after if there is one, became to. */
static inline char *with(const char *after, const char *from, const char *to, size_t *ret_size)
{
    const char *start = after == NULL ? valid : strstr(valid, after), *at;
    size_t size = sizeof(valid) - 1 - strlen(from) + strlen(to);
    char *text = malloc(size + 1);

    assert_non_null(text);
    assert_non_null(start);
    at = strstr(start, from);
    assert_non_null(at);
    memcpy(text, valid, (size_t)(at - valid));
    strcpy(text + (at - valid), to);
    strcat(text, at + strlen(from));
    assert_int_equal(strlen(text), size);
    *ret_size = size;
    return text;
}

#endif
