/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No function of the library opens what it was not given: each is called where opening ends the
 * process. romtool_manifest_open_host() is the exception, and what libcrypto and jansson open by
 * themselves, once a process: romtool.h says how a caller lets that come before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <jansson.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <openssl/crypto.h>

#include "every-call.h"

#define KILL(number)                                                                               \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),                                             \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)

/* Everything that opens, asks for or makes a name, or reaches another process. */
static bool enter_sandbox(void)
{
    static struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#ifdef __NR_open /* not on newer architectures */
        KILL(__NR_open),
        KILL(__NR_creat),
        KILL(__NR_access),
        KILL(__NR_readlink),
        KILL(__NR_fork),
        KILL(__NR_vfork),
#endif
        KILL(__NR_openat),
        KILL(__NR_openat2),
        KILL(__NR_open_by_handle_at),
        KILL(__NR_faccessat),
        KILL(__NR_readlinkat),
        KILL(__NR_getdents64),
        KILL(__NR_socket),
        KILL(__NR_connect),
        KILL(__NR_clone),
        KILL(__NR_clone3),
        KILL(__NR_execve),
        KILL(__NR_execveat),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

enum { NO_SANDBOX = 100, NOT_PREPARED = 101, DOES_NOT_HOLD = 102 };

/* Runs prepare, enters the sandbox, runs calls: how a child that does so ended, as waitpid() says.
 */
static int sandboxed(bool (*prepare)(void), int (*calls)(void))
{
    int status = -1, line;
    pid_t child = fork();

    if (child == 0) {
        if (prepare != NULL && !prepare())
            _exit(NOT_PREPARED);
        if (!enter_sandbox())
            _exit(NO_SANDBOX);
        line = calls();
        if (line != 0)
            (void)dprintf(STDERR_FILENO, "every-call.h:%d does not hold\n", line);
        _exit(line != 0 ? DOES_NOT_HOLD : 0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static bool is_killed(int status)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

/* ------------------------------------------------------------------------- what is called */

static int call_open(void)
{
    return open("/dev/null", O_RDONLY) >= 0 ? 0 : __LINE__;
}

/* What needs no libcrypto, as a VMM without a manifest does it. */
static int calls_without_digest(void)
{
    const struct romtool_mandate mandate = {.slot = SLOT};
    int line = call_plain();

    line = line == 0 ? call_mandate_find() : line;
    line = line == 0 ? call_load(&mandate) : line;
    line = line == 0 ? call_inspect() : line;
    return line;
}

static bool start_libraries(void)
{
    json_object_seed(0);
    return OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1;
}

static int make_and_call(void)
{
    return make_shared() ? every_call() : __LINE__;
}

static void test_control(void **state)
{
    (void)state;
    assert_true(is_killed(sandboxed(NULL, call_open)));
    assert_true(is_killed(sandboxed(make_shared, call_host)));
}

static void test_nothing_is_opened(void **state)
{
    (void)state;
    assert_int_equal(sandboxed(make_shared, every_call), 0);
}

static void test_without_libcrypto(void **state)
{
    (void)state;
    assert_int_equal(sandboxed(NULL, calls_without_digest), 0);
}

static void test_libraries_started_by_the_caller(void **state)
{
    (void)state;
    assert_int_equal(sandboxed(start_libraries, make_and_call), 0);
}

static int set_up(void **state)
{
    (void)state;
    return make_ground() ? 0 : -1;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_control),
        cmocka_unit_test(test_nothing_is_opened),
        cmocka_unit_test(test_without_libcrypto),
        cmocka_unit_test(test_libraries_started_by_the_caller),
    };

    return cmocka_run_group_tests_name("sandbox", tests, set_up, tear_down);
}
