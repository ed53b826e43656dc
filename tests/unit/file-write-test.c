/* SPDX-License-Identifier: BSD-2-Clause */
/* core/file, writing: whole or not at all, and nothing left beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "core/file.h"
#include "programs.h"
#include "tests/support/child.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct rt_bytes bytes_of(const char *text)
{
    return (struct rt_bytes){(const uint8_t *)text, strlen(text)};
}

static int write_text(const char *name, unsigned mode, unsigned flags, const char *text,
                      struct romtool_error *err)
{
    char path[PATH_MAX];

    rt_error_clear(err);
    return rt_file_write(scratch_path(path, name), mode, flags, bytes_of(text), err);
}

static void expect_content(const char *name, const char *text)
{
    struct rt_buffer content = scratch_read(name);

    assert_false(content.failed);
    assert_int_equal(content.len, strlen(text));
    if (content.len > 0)
        assert_string_equal(content.data, text);
    rt_buffer_free(&content);
}

/* How many files the test's directory holds: a temporary file that stayed behind is one more. */
static int count_files(void)
{
    DIR *dir = opendir(scratch);
    int n = 0;

    assert_non_null(dir);
    while (readdir(dir) != NULL)
        n++;
    (void)closedir(dir);
    return n - 2;
}

/* ------------------------------------------------------------------------- what is written */

static void test_new(void **state)
{
    struct romtool_error err;

    (void)state;
    assert_int_equal(write_text("new", 0644, 0, "hello", &err), 0);
    expect_content("new", "hello");
    assert_int_equal(write_text("kept", 0644, RT_FILE_KEEP, "hello", &err), 0);
    expect_content("kept", "hello");
    assert_int_equal(write_text("empty", 0644, 0, "", &err), 0);
    expect_content("empty", "");
    assert_int_equal(err.code, 0);
    assert_int_equal(count_files(), 3);
}

static void test_large(void **state)
{
    static uint8_t bytes[3 << 20];
    struct romtool_error err;
    struct rt_file file;
    char path[PATH_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 3 + i / 253);
    (void)scratch_path(path, "large");
    assert_int_equal(rt_file_write(path, 0600, 0, (struct rt_bytes){bytes, sizeof(bytes)}, &err),
                     0);
    assert_int_equal(rt_file_read(path, sizeof(bytes), &file, &err), 0);
    assert_int_equal(file.len, sizeof(bytes));
    assert_memory_equal(file.data, bytes, sizeof(bytes));
    rt_file_free(&file);
}

static void test_mode(void **state)
{
    static const mode_t umasks[] = {0, 022, 077, 0777};
    static const mode_t modes[] = {0600, 0644, 0640, 0755, 0400};
    struct romtool_error err;
    char path[PATH_MAX];
    struct stat st;

    (void)state;
    (void)scratch_path(path, "f");
    for (size_t i = 0; i < COUNT(umasks) * COUNT(modes); i++) {
        mode_t saved = umask(umasks[i % COUNT(umasks)]), mode = modes[i / COUNT(umasks)];
        int r = write_text("f", mode, 0, "x", &err);

        (void)umask(saved);
        assert_int_equal(r, 0);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, mode);
    }
}

/* Replaced, not written into: who has the old file open, or linked, keeps it. */
static void test_replace(void **state)
{
    char path[PATH_MAX], link_path[PATH_MAX];
    struct romtool_error err;

    (void)state;
    assert_true(scratch_write("f", "old", 3));
    assert_int_equal(link(scratch_path(path, "f"), scratch_path(link_path, "old")), 0);
    assert_int_equal(write_text("f", 0644, 0, "new content", &err), 0);
    expect_content("f", "new content");
    expect_content("old", "old");
    assert_int_equal(count_files(), 2);
}

/* A link is replaced as any file; what it points at is not written to. */
static void test_replace_link(void **state)
{
    struct romtool_error err;
    char path[PATH_MAX];
    struct stat st;

    (void)state;
    assert_true(scratch_write("f", "old", 3));
    assert_int_equal(symlink("f", scratch_path(path, "link")), 0);
    assert_int_equal(write_text("link", 0644, RT_FILE_KEEP, "new", &err), ROMTOOL_E_IO);
    assert_int_equal(write_text("link", 0644, 0, "new", &err), 0);
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISREG(st.st_mode));
    expect_content("link", "new");
    expect_content("f", "old");
}

static void test_keep(void **state)
{
    struct romtool_error err;

    (void)state;
    assert_true(scratch_write("f", "old", 3));
    assert_int_equal(write_text("f", 0644, RT_FILE_KEEP, "new", &err), ROMTOOL_E_IO);
    assert_int_equal(err.code, ROMTOOL_E_IO);
    assert_int_equal(err.sys_errno, EEXIST);
    expect_content("f", "old");
    assert_int_equal(count_files(), 1);
}

/* Without a directory in its name: the current one. */
static void write_here(const void *argument)
{
    struct romtool_error err;

    (void)argument;
    require(chdir(scratch) == 0);
    require(rt_file_write("here", 0644, 0, bytes_of("x"), &err) == 0);
}

static void test_here(void **state)
{
    (void)state;
    assert_true(in_child(write_here, NULL));
    expect_content("here", "x");
}

/* ------------------------------------------------------------------------- what is not */

static void expect_failure(const char *name, int sys_errno)
{
    static const unsigned flags[] = {0, RT_FILE_KEEP};
    struct romtool_error err;

    for (size_t i = 0; i < COUNT(flags); i++) {
        int files = count_files();

        assert_int_equal(write_text(name, 0644, flags[i], "new", &err), ROMTOOL_E_IO);
        assert_int_equal(err.code, ROMTOOL_E_IO);
        if (flags[i] == 0)
            assert_int_equal(err.sys_errno, sys_errno);
        assert_non_null(strstr(err.text, name));
        assert_int_equal(count_files(), files);
    }
}

static void test_no_such_directory(void **state)
{
    (void)state;
    expect_failure("missing/f", ENOENT);
    assert_true(scratch_write("f", "old", 3));
    expect_failure("f/below", ENOTDIR);
    expect_content("f", "old");
}

/* What is no file is not replaced by one. */
static void expect_irregular(const char *path)
{
    static const unsigned flags[] = {0, RT_FILE_KEEP};
    struct stat before, after;
    struct romtool_error err;

    assert_int_equal(stat(path, &before), 0);
    for (size_t i = 0; i < COUNT(flags); i++) {
        rt_error_clear(&err);
        assert_int_equal(rt_file_write(path, 0644, flags[i], bytes_of("new"), &err),
                         ROMTOOL_E_NOT_REGULAR);
        assert_non_null(strstr(err.text, path));
    }
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(after.st_ino, before.st_ino);
    assert_int_equal(after.st_mode, before.st_mode);
}

static void test_irregular(void **state)
{
    char path[PATH_MAX], link[PATH_MAX];

    (void)state;
    /* never a device of the machine's: a fault in the code under test would replace it */
    assert_int_equal(mkfifo(scratch_path(path, "fifo"), 0600), 0);
    expect_irregular(path);
    assert_int_equal(symlink("fifo", scratch_path(link, "link")), 0);
    expect_irregular(link);
    assert_int_equal(mkdir(scratch_path(path, "dir"), 0700), 0);
    expect_irregular(path);
    assert_int_equal(count_files(), 3);
    assert_int_equal(rmdir(path), 0); /* which says that it is still empty, too */
}

/* The file system is full in the middle of the file: what setrlimit(2) makes of EFBIG. */
static void write_too_much(const void *argument)
{
    static uint8_t bytes[100000];
    const struct rlimit limit = {5000, 5000};
    const unsigned *flags = argument;
    struct romtool_error err;
    char path[PATH_MAX];

    rt_error_clear(&err);
    (void)signal(SIGXFSZ, SIG_IGN);
    require(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    require(rt_file_write(scratch_path(path, "f"), 0644, *flags,
                          (struct rt_bytes){bytes, sizeof(bytes)}, &err) == ROMTOOL_E_IO);
    require(err.sys_errno == EFBIG);
}

static void test_no_room(void **state)
{
    static const unsigned replace = 0, keep = RT_FILE_KEEP;

    (void)state;
    assert_true(in_child(write_too_much, &replace));
    assert_true(in_child(write_too_much, &keep));
    assert_int_equal(count_files(), 0);
    assert_true(scratch_write("f", "old", 3));
    assert_true(in_child(write_too_much, &replace));
    expect_content("f", "old");
    assert_int_equal(count_files(), 1);
}

/* ------------------------------------------------------------------------- to a descriptor */

static void test_descriptor(void **state)
{
    struct romtool_error err;
    char text[20] = "";
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    rt_error_clear(&err);
    assert_int_equal(rt_file_write_fd(ends[1], "the pipe", bytes_of("hello"), &err), 0);
    assert_int_equal(read(ends[0], text, sizeof(text)), 5);
    assert_string_equal(text, "hello");
    assert_int_equal(rt_file_write_fd(ends[0], "the pipe", bytes_of("x"), &err), ROMTOOL_E_IO);
    assert_int_equal(err.sys_errno, EBADF);
    assert_non_null(strstr(err.text, "'the pipe'"));
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* A pipe takes what it has room for: the rest follows when there is room again. */
static void test_slow_reader(void **state)
{
    static uint8_t bytes[300000], chunk[1000];
    struct romtool_error err;
    size_t seen = 0;
    int ends[2];
    ssize_t n;
    pid_t pid;

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i / 7);
    assert_int_equal(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        (void)close(ends[0]);
        _exit(rt_file_write_fd(ends[1], "p", (struct rt_bytes){bytes, sizeof(bytes)}, &err) != 0);
    }
    (void)close(ends[1]);
    while ((n = read(ends[0], chunk, sizeof(chunk))) > 0) {
        assert_true(seen + (size_t)n <= sizeof(bytes));
        assert_memory_equal(chunk, bytes + seen, (size_t)n);
        seen += (size_t)n;
    }
    (void)close(ends[0]);
    assert_int_equal(seen, sizeof(bytes));
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, scratch_set_up, scratch_tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        EACH(test_new),
        EACH(test_large),
        EACH(test_mode),
        EACH(test_replace),
        EACH(test_replace_link),
        EACH(test_keep),
        EACH(test_here),
        EACH(test_no_such_directory),
        EACH(test_irregular),
        EACH(test_no_room),
        cmocka_unit_test(test_descriptor),
        cmocka_unit_test(test_slow_reader),
    };

    return cmocka_run_group_tests_name("file-write", tests, NULL, NULL);
}
