/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/probe-child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { AFTER_THE_END = 1000 }; /* ms, for a program that closed its output to say why and to end */

static int64_t now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ------------------------------------------------------------------------- start */

/* Where standard input, output or error are closed, a pipe must not take their place. */
static int above_standard(int fd)
{
    int moved;

    if (fd > STDERR_FILENO)
        return fd;
    moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    (void)close(fd);
    return moved;
}

static void close_all(int fds[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (fds[i] >= 0)
            (void)close(fds[i]);
        fds[i] = -1;
    }
}

/* n pipes, 2 * n descriptors: the end to read from, the end to write to. */
static bool make_pipes(int fds[], size_t n)
{
    for (size_t i = 0; i < 2 * n; i++)
        fds[i] = -1;
    for (size_t i = 0; i < n; i++) {
        if (pipe2(&fds[2 * i], O_CLOEXEC) < 0)
            return false;
        fds[2 * i] = above_standard(fds[2 * i]);
        fds[2 * i + 1] = above_standard(fds[2 * i + 1]);
        if (fds[2 * i] < 0 || fds[2 * i + 1] < 0)
            return false;
    }
    return true;
}

enum { PIPE_IN, PIPE_OUT, PIPE_ERR, PIPE_WHY, PIPES };

/* In the child, with other threads gone: only calls that are safe in a signal handler. */
static _Noreturn void become(char *const argv[], const int fds[], pid_t parent)
{
    sigset_t none;
    int why;

    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    /* QEMU looks for ROM files in its current directory first */
    if (getppid() == parent && dup2(fds[2 * PIPE_IN], STDIN_FILENO) >= 0 &&
        dup2(fds[2 * PIPE_OUT + 1], STDOUT_FILENO) >= 0 &&
        dup2(fds[2 * PIPE_ERR + 1], STDERR_FILENO) >= 0 && chdir("/") == 0)
        (void)execvp(argv[0], argv);
    why = errno;
    if (write(fds[2 * PIPE_WHY + 1], &why, sizeof(why)) < 0)
        _exit(126);
    _exit(127);
}

/* The errno of an execvp(3) that failed; 0 where it went well. */
static int read_why(int fd)
{
    int why = 0;
    ssize_t got;

    do
        got = read(fd, &why, sizeof(why));
    while (got < 0 && errno == EINTR);
    return got == sizeof(why) ? why : 0;
}

int child_start(char *const argv[], int cancel_fd, unsigned seconds, struct child *ret,
                struct romtool_error *err)
{
    pid_t parent = getpid();
    int fds[2 * PIPES], why;

    *ret = (struct child){.in = -1, .out = -1, .err = -1, .cancel = cancel_fd, .seconds = seconds};
    ret->deadline = now() + (int64_t)seconds * 1000;
    ret->end = CHILD_BROKEN;
    if (!make_pipes(fds, PIPES) || (ret->pid = fork()) < 0) {
        why = errno;
        ret->pid = 0;
        close_all(fds, (size_t)2 * PIPES);
        return rt_error_system(err, ROMTOOL_E_IO, why, "cannot start a process");
    }
    if (ret->pid == 0)
        become(argv, fds, parent);
    (void)setpgid(ret->pid, ret->pid); /* whichever of the two comes first */
    ret->in = fds[2 * PIPE_IN + 1];
    ret->out = fds[2 * PIPE_OUT];
    ret->err = fds[2 * PIPE_ERR];
    fds[2 * PIPE_IN + 1] = fds[2 * PIPE_OUT] = fds[2 * PIPE_ERR] = -1;
    (void)close(fds[2 * PIPE_WHY + 1]);
    fds[2 * PIPE_WHY + 1] = -1;
    why = read_why(fds[2 * PIPE_WHY]);
    close_all(fds, (size_t)2 * PIPES);
    if (why != 0)
        return rt_error_system(err, why == ENOENT ? ROMTOOL_E_NOT_FOUND : ROMTOOL_E_IO, why,
                               "cannot execute it");
    (void)fcntl(ret->in, F_SETFL, O_NONBLOCK);
    (void)fcntl(ret->out, F_SETFL, O_NONBLOCK);
    (void)fcntl(ret->err, F_SETFL, O_NONBLOCK);
    ret->end = CHILD_RUNS;
    return 0;
}

/* ------------------------------------------------------------------------- talk */

/* Reads what is there into buf: > 0 bytes, 0 at the end, < 0 where nothing is there just now. */
static ssize_t read_some(int fd, char *buf, size_t n)
{
    ssize_t got;

    do
        got = read(fd, buf, n);
    while (got < 0 && errno == EINTR);
    return got < 0 && errno != EAGAIN ? 0 : got;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

/* Keeps the end of what it says on its standard error. */
static void listen_to_errors(struct child *child)
{
    char chunk[2048];
    ssize_t got = read_some(child->err, chunk, sizeof(chunk));
    size_t n = got > 0 ? (size_t)got : 0, room = sizeof(child->said) - 1 - child->n_said;

    if (got == 0)
        close_fd(&child->err);
    if (n > room) {
        memmove(child->said, child->said + (n - room), child->n_said - (n - room));
        child->n_said -= n - room;
    }
    memcpy(child->said + child->n_said, chunk, n);
    child->n_said += n;
    child->said[child->n_said] = '\0';
}

static void listen_to_output(struct child *child)
{
    char chunk[16384];
    ssize_t got = read_some(child->out, chunk, sizeof(chunk));

    if (got > 0)
        rt_buffer_append(&child->out_bytes, chunk, (size_t)got);
    if (child->out_bytes.failed)
        child->end = CHILD_BROKEN;
    else if (got == 0)
        child->end = CHILD_ENDED;
}

/* Waits until it says something or a reason to give up comes. */
static void wait_for(struct child *child, int64_t deadline)
{
    struct pollfd fds[3] = {
        {.fd = child->out, .events = POLLIN},
        {.fd = child->err, .events = POLLIN},
        {.fd = child->cancel, .events = POLLIN},
    };
    int64_t left = deadline - now();
    int n = poll(fds, 3, left < 0 ? 0 : (int)left);

    if (n < 0 && errno != EINTR)
        child->end = CHILD_BROKEN;
    if (n > 0 && fds[2].revents != 0)
        child->end = CHILD_CANCELLED;
    else if (left <= 0)
        child->end = CHILD_LATE;
    if (n <= 0 || child->end == CHILD_CANCELLED)
        return;
    if (fds[1].revents != 0)
        listen_to_errors(child);
    if (fds[0].revents != 0)
        listen_to_output(child);
}

/* It closed its output, so it will end by itself, saying why on its standard error. */
static void wait_for_its_end(struct child *child)
{
    int64_t deadline = now() + AFTER_THE_END;

    close_fd(&child->out);
    close_fd(&child->in);
    while (child->err >= 0 && child->end == CHILD_ENDED)
        wait_for(child, deadline);
    child->end = CHILD_ENDED;
}

int child_write(struct child *child, const char *text, size_t n, struct romtool_error *err)
{
    ssize_t put;

    if (child->end != CHILD_RUNS)
        return rt_error_set(err, ROMTOOL_E_IO, ROMTOOL_NO_OFFSET, "does not run");
    do
        put = write(child->in, text, n);
    while (put < 0 && errno == EINTR);
    if (put == (ssize_t)n || (put < 0 && errno == EPIPE))
        return 0; /* one that ended says why when it is listened to */
    child->end = CHILD_BROKEN;
    return rt_error_set(err, ROMTOOL_E_IO, ROMTOOL_NO_OFFSET, "does not read what it is asked");
}

static int say_end(const struct child *child, struct romtool_error *err)
{
    switch (child->end) {
    case CHILD_LATE:
        return rt_error_set(err, ROMTOOL_E_IO, ROMTOOL_NO_OFFSET, "no answer within %u seconds",
                            child->seconds);
    case CHILD_CANCELLED:
        return rt_error_set(err, ROMTOOL_E_IO, ROMTOOL_NO_OFFSET, "interrupted");
    case CHILD_BABBLES:
        return rt_error_set(err, ROMTOOL_E_IO, ROMTOOL_NO_OFFSET, "a line of more than %d bytes",
                            CHILD_LINE_MAX);
    case CHILD_ENDED:
        return rt_error_set(err, ROMTOOL_E_IO, ROMTOOL_NO_OFFSET, "no answer");
    case CHILD_RUNS:
    case CHILD_BROKEN:
        break;
    }
    return rt_error_set(err, ROMTOOL_E_IO, ROMTOOL_NO_OFFSET, "cannot be listened to");
}

/* Gives a line that has arrived; false where none has. */
static bool take_line(struct child *child, const char **ret, size_t *ret_len)
{
    struct rt_buffer *bytes = &child->out_bytes;
    char *newline = NULL;

    if (child->looked < bytes->len)
        newline = memchr(bytes->data + child->looked, '\n', bytes->len - child->looked);
    if (newline == NULL) {
        child->looked = bytes->len;
        return false;
    }
    *newline = '\0';
    *ret = bytes->data;
    *ret_len = (size_t)(newline - bytes->data);
    child->taken = child->looked = *ret_len + 1;
    return true;
}

int child_line(struct child *child, const char **ret, size_t *ret_len, struct romtool_error *err)
{
    struct rt_buffer *bytes = &child->out_bytes;

    *ret = "";
    *ret_len = 0;
    if (child->taken > 0) {
        bytes->len -= child->taken;
        memmove(bytes->data, bytes->data + child->taken, bytes->len);
        child->taken = child->looked = 0;
    }
    while (!take_line(child, ret, ret_len)) {
        if (child->end == CHILD_RUNS && bytes->len > CHILD_LINE_MAX)
            child->end = CHILD_BABBLES;
        if (child->end == CHILD_RUNS)
            wait_for(child, child->deadline);
        if (child->end == CHILD_ENDED)
            wait_for_its_end(child);
        if (child->end != CHILD_RUNS)
            return say_end(child, err);
    }
    return 0;
}

/* ------------------------------------------------------------------------- stop */

void child_stop(struct child *child)
{
    close_fd(&child->in);
    close_fd(&child->out);
    close_fd(&child->err);
    if (child->pid > 0) {
        /* the group's number is not free again before its leader was waited for */
        if (kill(-child->pid, SIGKILL) < 0)
            (void)kill(child->pid, SIGKILL);
        while (waitpid(child->pid, &child->status, 0) < 0 && errno == EINTR) {
        }
    }
    child->pid = 0;
    rt_buffer_free(&child->out_bytes);
}

void child_write_end(const struct child *child, char *ret, size_t n)
{
    if (WIFEXITED(child->status))
        (void)snprintf(ret, n, "ended with status %d", WEXITSTATUS(child->status));
    else if (WTERMSIG(child->status) != SIGKILL)
        (void)snprintf(ret, n, "was killed by signal %d", WTERMSIG(child->status));
    else
        (void)snprintf(ret, n, "ended"); /* it may have been child_stop() */
}
