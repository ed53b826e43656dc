/* SPDX-License-Identifier: BSD-2-Clause */
/* Eight threads in every function of the library at once, on shared objects and on their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "every-call.h"

enum { THREADS = 8, TIMES = 200 };

struct caller {
    pthread_t thread;
    int line; /* of every-call.h that did not hold; 0: all did */
};

static pthread_barrier_t start;

static void *call(void *user)
{
    struct caller *caller = user;

    (void)pthread_barrier_wait(&start); /* the first use of libcrypto is everybody's */
    caller->line = call_host();
    for (int i = 0; i < TIMES && caller->line == 0; i++)
        caller->line = every_call();
    if (caller->line == 0)
        caller->line = call_host();
    return NULL;
}

static void test_threads(void **state)
{
    struct caller callers[THREADS] = {0};

    (void)state;
    assert_int_equal(pthread_barrier_init(&start, NULL, THREADS), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(callers[i].thread, NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        if (callers[i].line != 0)
            fail_msg("thread %d: every-call.h:%d", i, callers[i].line);
    }
    (void)pthread_barrier_destroy(&start);
}

/* A handle that one thread made is another's to use and to free. */
static void *free_shared(void *user)
{
    int *line = user;

    *line = call_release(ground.release);
    romtool_manifest_free(ground.release);
    romtool_rom_free(ground.loaded);
    romtool_inspection_free(ground.inspection);
    ground.release = NULL;
    ground.loaded = NULL;
    ground.inspection = NULL;
    return NULL;
}

static void test_free_elsewhere(void **state)
{
    pthread_t thread;
    int line = -1;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, free_shared, &line), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(line, 0);
}

static int set_up(void **state)
{
    (void)state;
    return make_ground() && make_shared() ? 0 : -1;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_free_elsewhere),
    };

    return cmocka_run_group_tests_name("threads", tests, set_up, tear_down);
}
