/* SPDX-License-Identifier: BSD-2-Clause */
/* core/file, reading: limits, what is no file, and files that change meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/stat.h>

#include "core/file.h"
#include "programs.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------------- with limits */

/* The file "f" holds n bytes of this pattern. */
static uint8_t pattern(size_t i)
{
    return (uint8_t)(i * 7 + i / 251);
}

static void make_file(size_t n)
{
    static uint8_t bytes[1 << 17];

    for (size_t i = 0; i < n; i++)
        bytes[i] = pattern(i);
    assert_true(scratch_write("f", bytes, n));
}

static void expect_pattern(const struct rt_file *file, size_t n)
{
    assert_non_null(file->data);
    assert_int_equal(file->len, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(file->data[i], pattern(i));
    assert_int_equal(file->data[n], 0);
}

static int read_path(const char *path, size_t limit, struct rt_file *ret, struct romtool_error *err)
{
    memset(ret, 0xa5, sizeof(*ret));
    rt_error_clear(err);
    return rt_file_read(path, limit, ret, err);
}

static int read_f(size_t limit, struct rt_file *ret, struct romtool_error *err)
{
    char path[PATH_MAX];

    return read_path(scratch_path(path, "f"), limit, ret, err);
}

static void expect_nothing(const struct rt_file *file, const struct romtool_error *err, int code)
{
    assert_int_equal(err->code, code);
    assert_null(file->data);
    assert_int_equal(file->len, 0);
}

static void test_limits(void **state)
{
    static const size_t sizes[] = {0, 1, 4096, 100000};
    struct romtool_error err;
    struct rt_file file;

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        make_file(sizes[i]);
        assert_int_equal(read_f(SIZE_MAX, &file, &err), 0);
        expect_pattern(&file, sizes[i]);
        rt_file_free(&file);
        assert_int_equal(read_f(sizes[i], &file, &err), 0);
        expect_pattern(&file, sizes[i]);
        rt_file_free(&file);
        assert_null(file.data);
        if (sizes[i] == 0)
            continue;
        assert_int_equal(read_f(sizes[i] - 1, &file, &err), ROMTOOL_E_TOO_LARGE);
        expect_nothing(&file, &err, ROMTOOL_E_TOO_LARGE);
        assert_int_equal(err.offset, sizes[i] - 1);
    }
}

/* The limit counts before anything is allocated: 1 TiB of a hole is refused at once. */
static void test_huge(void **state)
{
    struct romtool_error err;
    char path[PATH_MAX];
    struct rt_file file;

    (void)state;
    make_file(0);
    assert_int_equal(truncate(scratch_path(path, "f"), (off_t)1 << 40), 0);
    assert_int_equal(read_f((size_t)64 << 20, &file, &err), ROMTOOL_E_TOO_LARGE);
    expect_nothing(&file, &err, ROMTOOL_E_TOO_LARGE);
    assert_int_equal(unlink(path), 0);
}

/* ------------------------------------------------------------------------- standard input */

/* Reads "-" while standard input is what fd is, which it takes over. */
static int read_stdin(int fd, size_t limit, struct rt_file *ret, struct romtool_error *err)
{
    int saved = dup(0), r;

    assert_true(saved >= 0 && dup2(fd, 0) == 0);
    (void)close(fd);
    r = read_path("-", limit, ret, err);
    assert_int_equal(dup2(saved, 0), 0);
    (void)close(saved);
    return r;
}

/* A pipe into which a child writes n bytes of the pattern, a few at a time. */
static int pipe_of(size_t n, pid_t *ret_pid)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    *ret_pid = fork();
    if (*ret_pid == 0) {
        for (size_t i = 0; i < n; i += 999) {
            uint8_t bytes[999];

            for (size_t j = 0; j < 999; j++)
                bytes[j] = pattern(i + j);
            if (write(ends[1], bytes, n - i < 999 ? n - i : 999) < 0)
                break;
        }
        _exit(0);
    }
    (void)close(ends[1]);
    return ends[0];
}

static int read_pipe(size_t n, size_t limit, struct rt_file *ret, struct romtool_error *err)
{
    pid_t pid;
    int fd = pipe_of(n, &pid);
    int r = read_stdin(fd, limit, ret, err);

    assert_int_equal(waitpid(pid, NULL, 0), pid);
    return r;
}

static void test_pipe(void **state)
{
    static const size_t sizes[] = {0, 1, 16383, 16384, 16385, 32768, 100000};
    struct romtool_error err;
    struct rt_file file;

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        assert_int_equal(read_pipe(sizes[i], SIZE_MAX, &file, &err), 0);
        expect_pattern(&file, sizes[i]);
        rt_file_free(&file);
        assert_int_equal(read_pipe(sizes[i], sizes[i], &file, &err), 0);
        expect_pattern(&file, sizes[i]);
        rt_file_free(&file);
        if (sizes[i] == 0)
            continue;
        assert_int_equal(read_pipe(sizes[i], sizes[i] - 1, &file, &err), ROMTOOL_E_TOO_LARGE);
        expect_nothing(&file, &err, ROMTOOL_E_TOO_LARGE);
        assert_non_null(strstr(err.text, "'standard input'"));
    }
}

/* What never ends ends at the limit. */
static void test_endless(void **state)
{
    struct romtool_error err;
    struct rt_file file;

    (void)state;
    assert_int_equal(read_stdin(open("/dev/zero", O_RDONLY), 1000000, &file, &err),
                     ROMTOOL_E_TOO_LARGE);
    expect_nothing(&file, &err, ROMTOOL_E_TOO_LARGE);
}

static void test_unreadable_stdin(void **state)
{
    struct romtool_error err;
    struct rt_file file;

    (void)state;
    assert_int_equal(read_stdin(open(scratch, O_RDONLY), 100, &file, &err), ROMTOOL_E_IO);
    expect_nothing(&file, &err, ROMTOOL_E_IO);
    assert_int_equal(err.sys_errno, EISDIR);
    assert_non_null(strstr(err.text, "'standard input'"));
}

/* ------------------------------------------------------------------------- what is no file */

static void expect_refused(const char *path, int code, int sys_errno)
{
    struct romtool_error err;
    struct rt_file file;
    uint64_t size = 77;
    int fd = 77;

    assert_int_equal(read_path(path, 100, &file, &err), code);
    expect_nothing(&file, &err, code);
    assert_int_equal(err.sys_errno, sys_errno);
    assert_non_null(strstr(err.text, strlen(path) < 200 ? path : "cannot open"));
    rt_error_clear(&err);
    assert_int_equal(rt_file_open(AT_FDCWD, path, &fd, &size, &err), code);
    assert_int_equal(fd, -1);
    assert_int_equal(size, 0);
}

static void test_not_regular(void **state)
{
    char path[PATH_MAX];

    (void)state;
    expect_refused(scratch, ROMTOOL_E_NOT_REGULAR, 0);
    expect_refused("/dev/null", ROMTOOL_E_NOT_REGULAR, 0);
    assert_int_equal(mkfifo(scratch_path(path, "fifo"), 0600), 0);
    (void)alarm(300); /* it would wait for a writer for ever */
    expect_refused(path, ROMTOOL_E_NOT_REGULAR, 0);
    (void)alarm(0);
    assert_int_equal(unlink(path), 0);
}

static void test_not_there(void **state)
{
    char path[PATH_MAX], link[PATH_MAX], long_name[400];

    (void)state;
    make_file(1);
    expect_refused(scratch_path(path, "missing"), ROMTOOL_E_NOT_FOUND, ENOENT);
    expect_refused("", ROMTOOL_E_NOT_FOUND, ENOENT);
    expect_refused(scratch_path(path, "f/below"), ROMTOOL_E_NOT_FOUND, ENOTDIR);
    assert_int_equal(symlink("loop", scratch_path(link, "loop")), 0);
    expect_refused(link, ROMTOOL_E_IO, ELOOP);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(symlink("nowhere", scratch_path(link, "dangling")), 0);
    expect_refused(link, ROMTOOL_E_NOT_FOUND, ENOENT);
    assert_int_equal(unlink(link), 0);
    memset(long_name, 'n', sizeof(long_name));
    long_name[sizeof(long_name) - 1] = '\0';
    expect_refused(long_name, ROMTOOL_E_IO, ENAMETOOLONG);
}

static bool is_there(const char *path, int expected, int sys_errno)
{
    struct romtool_error err;
    bool ret = true;

    rt_error_clear(&err);
    assert_int_equal(rt_file_is_there(path, &ret, &err), expected);
    assert_int_equal(err.code, expected);
    assert_int_equal(err.sys_errno, sys_errno);
    return ret;
}

/* What is not known to be absent is an error: it may be what someone else would open. */
static void test_is_there(void **state)
{
    char path[PATH_MAX], link[PATH_MAX];

    (void)state;
    make_file(1);
    assert_true(is_there(scratch_path(path, "f"), 0, 0));
    assert_true(is_there("/", 0, 0));
    assert_false(is_there(scratch_path(path, "missing"), 0, 0));
    assert_false(is_there(scratch_path(path, "f/below"), 0, 0));
    assert_false(is_there("", 0, 0));
    assert_int_equal(symlink("loop", scratch_path(link, "loop")), 0);
    assert_false(is_there(link, ROMTOOL_E_IO, ELOOP));
    assert_int_equal(unlink(link), 0);
}

static void test_open(void **state)
{
    struct romtool_error err;
    char link[PATH_MAX];
    uint64_t size;
    int dir, fd;

    (void)state;
    make_file(1234);
    assert_int_equal(symlink("f", scratch_path(link, "link")), 0);
    dir = open(scratch, O_RDONLY | O_DIRECTORY);
    assert_true(dir >= 0);
    assert_int_equal(rt_file_open(dir, "link", &fd, &size, &err), 0);
    assert_int_equal(size, 1234);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
    (void)close(fd);
    (void)close(dir);
    assert_int_equal(unlink(link), 0);
}

/* ------------------------------------------------------------------------- from a descriptor */

static int open_f(int flags)
{
    char path[PATH_MAX];
    int fd = open(scratch_path(path, "f"), flags);

    assert_true(fd >= 0);
    return fd;
}

/* From its start whatever the position is, which stays. */
static void test_position(void **state)
{
    struct romtool_error err;
    struct rt_file file;
    int fd;

    (void)state;
    make_file(5000);
    fd = open_f(O_RDONLY);
    assert_int_equal(lseek(fd, 1000, SEEK_SET), 1000);
    rt_error_clear(&err);
    assert_int_equal(rt_file_read_fd(fd, "f", 5000, &file, &err), 0);
    expect_pattern(&file, 5000);
    rt_file_free(&file);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 1000);
    (void)close(fd);
}

static void expect_fd_refused(int fd, int code)
{
    struct romtool_error err;
    struct rt_file file;

    memset(&file, 0xa5, sizeof(file));
    rt_error_clear(&err);
    assert_int_equal(rt_file_read_fd(fd, "the file", 5000, &file, &err), code);
    expect_nothing(&file, &err, code);
    assert_non_null(strstr(err.text, "'the file'"));
}

static void test_bad_descriptors(void **state)
{
    int fd, ends[2];

    (void)state;
    make_file(5000);
    expect_fd_refused(-1, ROMTOOL_E_IO);
    fd = open_f(O_WRONLY);
    expect_fd_refused(fd, ROMTOOL_E_IO);
    (void)close(fd);
    assert_int_equal(pipe(ends), 0);
    expect_fd_refused(ends[0], ROMTOOL_E_NOT_REGULAR);
    (void)close(ends[0]);
    (void)close(ends[1]);
    make_file(5001);
    fd = open_f(O_RDONLY);
    expect_fd_refused(fd, ROMTOOL_E_TOO_LARGE);
    (void)close(fd);
}

/* A wrong size is what a file that changed since its size was asked for looks like. */
static void test_changed(void **state)
{
    static const struct {
        size_t was, is;
        int code;
        size_t offset;
    } cases[] = {
        {5000, 5000, 0, 0},
        {5000, 4999, ROMTOOL_E_CHANGED, 4999},
        {5000, 0, ROMTOOL_E_CHANGED, 0},
        {5000, 5001, ROMTOOL_E_CHANGED, 5000},
        {5000, 90000, ROMTOOL_E_CHANGED, 5000},
        {0, 0, 0, 0},
        {0, 1, ROMTOOL_E_CHANGED, 0},
    };
    uint8_t data[5001];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct romtool_error err;
        int fd;

        make_file(cases[i].is);
        fd = open_f(O_RDONLY);
        memset(data, 0xa5, sizeof(data));
        rt_error_clear(&err);
        assert_int_equal(rt_file_fill(fd, data, cases[i].was, &err), cases[i].code);
        if (cases[i].code != 0)
            assert_int_equal(err.offset, cases[i].offset);
        assert_int_equal(data[cases[i].was], 0xa5);
        (void)close(fd);
    }
}

static void test_fill_fails(void **state)
{
    struct romtool_error err;
    uint8_t data[10];
    int fd;

    (void)state;
    make_file(10);
    fd = open_f(O_WRONLY);
    rt_error_clear(&err);
    assert_int_equal(rt_file_fill(fd, data, 10, &err), ROMTOOL_E_IO);
    assert_int_equal(err.sys_errno, EBADF);
    (void)close(fd);
}

static void test_freed(void **state)
{
    struct romtool_error err;
    struct rt_file file;

    (void)state;
    make_file(100);
    assert_int_equal(read_f(100, &file, &err), 0);
    assert_int_equal(rt_file_bytes(&file).len, 100);
    assert_ptr_equal(rt_file_bytes(&file).data, file.data);
    rt_file_wipe(&file);
    assert_null(file.data);
    assert_int_equal(file.len, 0);
    rt_file_wipe(&file);
    rt_file_free(&file);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_huge),
        cmocka_unit_test(test_pipe),
        cmocka_unit_test(test_endless),
        cmocka_unit_test(test_unreadable_stdin),
        cmocka_unit_test(test_not_regular),
        cmocka_unit_test(test_not_there),
        cmocka_unit_test(test_is_there),
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_position),
        cmocka_unit_test(test_bad_descriptors),
        cmocka_unit_test(test_changed),
        cmocka_unit_test(test_fill_fails),
        cmocka_unit_test(test_freed),
    };

    return cmocka_run_group_tests_name("file", tests, scratch_set_up, scratch_tear_down);
}
