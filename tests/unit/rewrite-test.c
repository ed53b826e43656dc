/* SPDX-License-Identifier: BSD-2-Clause */
/* romtool/rewrite: the whole new file or the whole old one, and nothing beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "programs.h"
#include "romtool/rewrite.h"

/* ------------------------------------------------------------------------- a system that fails */

static int copy_errno;   /* 0: copies; -1: says that the file ends */
static size_t copy_most; /* bytes of one call; 0: all */
static int chown_errno, sync_errno, rename_errno;
static void (*on_sync)(void); /* what somebody else does meanwhile */

ssize_t __real_copy_file_range(int in, off_t *from, int out, off_t *to, size_t n, unsigned flags);
ssize_t __wrap_copy_file_range(int in, off_t *from, int out, off_t *to, size_t n, unsigned flags);
int __real_fchown(int fd, uid_t user, gid_t group);
int __wrap_fchown(int fd, uid_t user, gid_t group);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_rename(const char *old, const char *new);
int __wrap_rename(const char *old, const char *new);

ssize_t __wrap_copy_file_range(int in, off_t *from, int out, off_t *to, size_t n, unsigned flags)
{
    if (copy_errno == -1)
        return 0;
    if (copy_errno != 0) {
        errno = copy_errno;
        return -1;
    }
    return __real_copy_file_range(in, from, out, to,
                                  copy_most != 0 && copy_most < n ? copy_most : n, flags);
}

int __wrap_fchown(int fd, uid_t user, gid_t group)
{
    errno = chown_errno;
    return chown_errno != 0 ? -1 : __real_fchown(fd, user, group);
}

int __wrap_fsync(int fd)
{
    if (on_sync != NULL)
        on_sync();
    errno = sync_errno;
    return sync_errno != 0 ? -1 : __real_fsync(fd);
}

int __wrap_rename(const char *old, const char *new)
{
    errno = rename_errno;
    return rename_errno != 0 ? -1 : __real_rename(old, new);
}

/* ------------------------------------------------------------------------- a file with holes */

enum { BLOCK = 1 << 16, SIZE = 40 * BLOCK + 7 }; /* data in blocks 0, 9 and 40 */

static struct romtool_error err;
static const struct rt_bytes HEAD = {(const uint8_t *)"the new beginning", 17};

static uint8_t byte_at(size_t i)
{
    size_t block = i / BLOCK;

    return block == 0 || block == 9 || block == 40 ? (uint8_t)(1 + i % 251) : 0;
}

static int set_up(void **state)
{
    static uint8_t block[BLOCK];
    char path[PATH_MAX];
    int fd;

    (void)state;
    copy_errno = chown_errno = sync_errno = rename_errno = 0;
    copy_most = 0;
    on_sync = NULL;
    if (!scratch_make())
        return -1;
    fd = open(scratch_path(path, "f"), O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0 || ftruncate(fd, SIZE) < 0 || fchmod(fd, 0640) < 0)
        return -1;
    for (size_t i = 0; i < SIZE; i += BLOCK) {
        size_t n = SIZE - i < BLOCK ? SIZE - i : BLOCK;

        for (size_t k = 0; k < n; k++)
            block[k] = byte_at(i + k);
        if (block[0] != 0 && pwrite(fd, block, n, (off_t)i) != (ssize_t)n)
            return -1;
    }
    return close(fd);
}

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

/* The file has this beginning, and all else that it had; nothing is beside it. */
static void expect_file(struct rt_bytes head)
{
    struct rt_buffer content = scratch_read("f");

    assert_false(content.failed);
    assert_int_equal(content.len, SIZE);
    assert_memory_equal(content.data, head.data, head.len);
    for (size_t i = head.len; i < SIZE; i++)
        if ((uint8_t)content.data[i] != byte_at(i))
            fail_msg("byte %zu", i);
    rt_buffer_free(&content);
    assert_int_equal(count_files(), 1);
}

static int rewrite_file(struct rt_bytes head)
{
    struct rewrite rewrite;
    char path[PATH_MAX];
    int r;

    rt_error_clear(&err);
    assert_int_equal(rewrite_open(scratch_path(path, "f"), &rewrite, &err), 0);
    r = rewrite_head(&rewrite, head, &err);
    assert_int_equal(err.code, r);
    rewrite_close(&rewrite);
    return r;
}

static void expect_refusal(int code, int sys_errno)
{
    const struct rt_bytes nothing = {(const uint8_t *)"", 0};

    assert_int_equal(rewrite_file(HEAD), code);
    assert_int_equal(err.sys_errno, sys_errno);
    expect_file(nothing);
}

/* ------------------------------------------------------------------------- done */

static void test_done(void **state)
{
    struct stat st, old;
    char path[PATH_MAX];

    (void)state;
    assert_int_equal(stat(scratch_path(path, "f"), &old), 0);
    assert_int_equal(rewrite_file(HEAD), 0);
    expect_file(HEAD);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(st.st_uid, old.st_uid);
    assert_int_equal(st.st_gid, old.st_gid);
    assert_true(st.st_blocks <= old.st_blocks + BLOCK / 512); /* holes are holes */
    assert_true(st.st_ino != old.st_ino);
}

/* The kernel copies a little at a time, not at all, or says wrongly that there is nothing. */
static void test_kernels(void **state)
{
    static const int errors[] = {-1, ENOSYS, EXDEV, EINVAL, EOPNOTSUPP, EPERM, EIO};

    (void)state;
    copy_most = 1000;
    assert_int_equal(rewrite_file(HEAD), 0);
    expect_file(HEAD);
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        assert_int_equal(scratch_tear_down(NULL), 0);
        assert_int_equal(set_up(NULL), 0);
        copy_errno = errors[i];
        assert_int_equal(rewrite_file(HEAD), 0);
        expect_file(HEAD);
    }
}

static void test_owner(void **state)
{
    (void)state;
    chown_errno = EPERM; /* who may not give it away keeps it */
    assert_int_equal(rewrite_file(HEAD), 0);
    expect_file(HEAD);
}

static void test_link(void **state)
{
    char path[PATH_MAX], link[PATH_MAX];
    struct rewrite rewrite;
    struct stat st;

    (void)state;
    assert_int_equal(symlink("f", scratch_path(link, "link")), 0);
    assert_int_equal(rewrite_open(link, &rewrite, &err), 0);
    assert_string_equal(rewrite.path, scratch_path(path, "f"));
    assert_int_equal(rewrite_head(&rewrite, HEAD, &err), 0);
    rewrite_close(&rewrite);
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(unlink(link), 0);
    expect_file(HEAD);
}

static void test_read(void **state)
{
    static uint8_t bytes[SIZE + 1];
    struct rewrite rewrite;
    char path[PATH_MAX];

    (void)state;
    rt_error_clear(&err);
    assert_int_equal(rewrite_open(scratch_path(path, "f"), &rewrite, &err), 0);
    assert_int_equal(rewrite_read(&rewrite, bytes, 0, &err), 0);
    assert_int_equal(rewrite_read(&rewrite, bytes, SIZE, &err), 0);
    assert_int_equal(bytes[SIZE - 1], byte_at(SIZE - 1));
    assert_int_equal(rewrite_read(&rewrite, bytes, SIZE + 1, &err), ROMTOOL_E_TRUNCATED);
    assert_int_equal(err.offset, SIZE);
    rewrite_close(&rewrite);
}

/* ------------------------------------------------------------------------- not done */

static void test_open(void **state)
{
    struct rewrite rewrite;
    char path[PATH_MAX];

    (void)state;
    rt_error_clear(&err);
    assert_int_equal(rewrite_open(scratch_path(path, "nothing"), &rewrite, &err),
                     ROMTOOL_E_NOT_FOUND);
    rewrite_close(&rewrite);
    rt_error_clear(&err);
    assert_int_equal(rewrite_open(scratch, &rewrite, &err), ROMTOOL_E_NOT_REGULAR);
    rewrite_close(&rewrite);
    assert_int_equal(mkfifo(scratch_path(path, "pipe"), 0600), 0);
    rt_error_clear(&err);
    assert_int_equal(rewrite_open(path, &rewrite, &err), ROMTOOL_E_NOT_REGULAR);
    rewrite_close(&rewrite);
}

static void test_failures(void **state)
{
    (void)state;
    copy_errno = ENOSPC;
    expect_refusal(ROMTOOL_E_IO, ENOSPC);
    copy_errno = EDQUOT;
    expect_refusal(ROMTOOL_E_IO, EDQUOT);
    copy_errno = 0;
    chown_errno = EIO;
    expect_refusal(ROMTOOL_E_IO, EIO);
    chown_errno = 0;
    sync_errno = EIO;
    expect_refusal(ROMTOOL_E_IO, EIO);
    sync_errno = 0;
    rename_errno = EROFS;
    expect_refusal(ROMTOOL_E_IO, EROFS);
}

static void test_too_long(void **state)
{
    static uint8_t bytes[SIZE + 1];

    (void)state;
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(rewrite_file((struct rt_bytes){bytes, SIZE + 1}), ROMTOOL_E_USAGE);
    assert_int_equal(rewrite_file((struct rt_bytes){bytes, SIZE}), 0);
    expect_file((struct rt_bytes){bytes, SIZE});
}

/* A limit that the process has, and a signal that is ignored or would end it. */
static void test_size_limit(void **state)
{
    struct rlimit old, limit;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    limit = old;
    limit.rlim_cur = SIZE / 2;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    expect_refusal(ROMTOOL_E_IO, EFBIG);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    (void)signal(SIGXFSZ, SIG_DFL);
}

static char meanwhile_path[PATH_MAX];

static void somebody_appends(void)
{
    int fd = open(scratch_path(meanwhile_path, "f"), O_WRONLY | O_APPEND);

    on_sync = NULL;
    assert_int_equal(write(fd, "x", 1), 1);
    (void)close(fd);
}

static void somebody_touches(void)
{
    const struct timespec times[2] = {{1, 1}, {1, 1}};

    on_sync = NULL;
    assert_int_equal(utimensat(AT_FDCWD, scratch_path(meanwhile_path, "f"), times, 0), 0);
}

static void somebody_replaces(void)
{
    on_sync = NULL;
    assert_int_equal(unlink(scratch_path(meanwhile_path, "f")), 0);
    assert_true(scratch_write("f", "another", 7));
}

static void somebody_removes(void)
{
    on_sync = NULL;
    assert_int_equal(unlink(scratch_path(meanwhile_path, "f")), 0);
}

static void test_changed(void **state)
{
    static void (*const others[])(void) = {somebody_appends, somebody_touches, somebody_replaces,
                                           somebody_removes};

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        on_sync = others[i];
        assert_int_equal(rewrite_file(HEAD), ROMTOOL_E_CHANGED);
        assert_int_equal(count_files(), others[i] != somebody_removes);
        assert_int_equal(scratch_tear_down(NULL), 0);
        assert_int_equal(set_up(NULL), 0);
    }
}

/* ------------------------------------------------------------------------- signals */

/* A child that is told to end, before or during the copy; how it ended. */
static int ended_by(int which, bool is_ignored, void (*meanwhile)(void))
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        /* whatever these tests were started with */
        (void)signal(which, is_ignored ? SIG_IGN : SIG_DFL);
        on_sync = meanwhile;
        if (rewrite_file(HEAD) != 0)
            _exit(2);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void send_term(void)
{
    on_sync = NULL;
    (void)raise(SIGTERM);
}

static void send_int(void)
{
    on_sync = NULL;
    (void)raise(SIGINT);
}

static void test_signals(void **state)
{
    const struct rt_bytes nothing = {(const uint8_t *)"", 0};
    int status;

    (void)state;
    status = ended_by(SIGTERM, false, send_term);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
    expect_file(nothing);
    status = ended_by(SIGINT, false, send_int);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGINT);
    expect_file(nothing);
    status = ended_by(SIGINT, true, send_int); /* nohup's */
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    expect_file(HEAD);
}

/* One that waits already ends the copy at its first look. */
static void test_pending(void **state)
{
    sigset_t set, old;
    int got;

    (void)state;
    assert_int_equal(sigemptyset(&set), 0);
    assert_int_equal(sigaddset(&set, SIGTERM), 0);
    assert_int_equal(sigprocmask(SIG_BLOCK, &set, &old), 0);
    assert_int_equal(raise(SIGTERM), 0);
    sync_errno = EIO; /* it does not come so far */
    expect_refusal(ROMTOOL_E_IO, EINTR);
    assert_int_equal(sigwait(&set, &got), 0);
    assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, scratch_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(done),       TEST(kernels), TEST(owner),    TEST(link),
        TEST(read),       TEST(open),    TEST(failures), TEST(too_long),
        TEST(size_limit), TEST(changed), TEST(signals),  TEST(pending),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
