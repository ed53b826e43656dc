/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocations that fail, for tests that are linked with --wrap of each function below: every one
 * fails once, alone or with all that follow.
 */
#ifndef TESTS_UNIT_FAILING_H
#define TESTS_UNIT_FAILING_H

#include <stdbool.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "core/error.h"

/* Ours and libcrypto's. Not jansson's, which calls some of its own failures a syntax error. */
static long until_failure = -1; /* -1: none fails */
static bool from_then_on;       /* not only that one */
static bool did_end;            /* the attempt came to its end before */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t n);

static inline bool fails(void)
{
    if (until_failure < 0)
        return false;
    if (until_failure > 0)
        return --until_failure == 0;
    return from_then_on;
}

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return fails() ? NULL : __real_realloc(p, n);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t n)
{
    return fails() ? NULL : __real_strndup(text, n);
}

static inline void *crypto_malloc(size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return malloc(n);
}

static inline void *crypto_realloc(void *p, size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return realloc(p, n);
}

static inline void crypto_free(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    free(p);
}

/* Between what is attempted and what is then expected of it. */
static inline void stop_failing(void)
{
    did_end = until_failure != 0;
    until_failure = -1;
}

static struct romtool_error failure;

/*
 * Attempts, with the n-th allocation failing for every n, until one needs fewer. Each ends as it
 * does with memory, or undecided; an attempt itself looks at what it has got.
 *
 * To read or to refuse one private key libcrypto allocates four thousand times: behind the first
 * NEAR of them, only every so manieth fails there (with 1 for FAR all do, for two minutes).
 */
enum { NEAR = 100, FAR = 31 };

static inline void walk(int (*attempt)(void), int expected, long least, long far)
{
    rt_error_clear(&failure);
    assert_int_equal(attempt(), expected);
    for (int mode = 0; mode < 2; mode++) {
        long n = 0;
        int r;

        from_then_on = mode == 1;
        do {
            rt_error_clear(&failure);
            n += n < NEAR ? 1 : far;
            until_failure = n;
            r = attempt();
            assert_int_equal(until_failure, -1);
            if (r != expected &&
                (did_end || (r != ROMTOOL_E_NO_MEMORY && r != ROMTOOL_E_UNAVAILABLE)))
                fail_msg("allocation %ld, mode %d: %d %s", n, mode, r, failure.text);
            assert_int_equal(failure.code, r);
            assert_int_equal(failure.text[0] == '\0', r == 0);
        } while (!did_end);
        assert_in_range(n, least, 20000);
    }
}

static inline void every_failure(int (*attempt)(void), int expected, long least)
{
    walk(attempt, expected, least, 1);
}

static inline void many_failures(int (*attempt)(void), int expected, long least)
{
    walk(attempt, expected, least, FAR);
}

/* Before libcrypto's first allocation, or it keeps the C library's. */
static inline bool fail_in_libcrypto_too(void)
{
    return CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) == 1;
}

#endif
