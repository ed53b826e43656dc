/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many jobs in some threads. The threads take no signals: the one that called waits for those that
 * would end romtool, tells the threads by a pipe, and goes on when none runs any more.
 */
#include "romtool/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { MOST_THREADS = 256 };

struct pool {
    const struct probe_jobs *jobs;
    atomic_size_t next, done;
    atomic_bool cancelled;
    int cancel[2]; /* closing the second end cancels */
    int tick[2];   /* a byte for each job that is done */
};

static void *work(void *user)
{
    struct pool *pool = user;
    size_t i;

    while (!atomic_load(&pool->cancelled) &&
           (i = atomic_fetch_add(&pool->next, 1)) < pool->jobs->n) {
        pool->jobs->run(pool->jobs->user, i, pool->cancel[0]);
        (void)atomic_fetch_add(&pool->done, 1);
        while (write(pool->tick[1], "", 1) < 0 && errno == EINTR) {
        }
    }
    return NULL;
}

/* ------------------------------------------------------------------------- progress */

static void draw(const struct pool *pool)
{
    enum { WIDTH = 40 };
    size_t done = atomic_load(&pool->done), full = done * WIDTH / pool->jobs->n;
    char bar[WIDTH + 1];

    if (!pool->jobs->progress)
        return;
    memset(bar, '#', full);
    memset(bar + full, '.', WIDTH - full);
    bar[WIDTH] = '\0';
    (void)fprintf(stderr, "\r[%s] %zu of %zu machine types", bar, done, pool->jobs->n);
}

static void erase(const struct pool *pool)
{
    if (pool->jobs->progress)
        (void)fputs("\r\033[K", stderr);
}

/* ------------------------------------------------------------------------- waiting */

/* Those that end romtool, but not what it was started to ignore (nohup). */
static void ending_signals(sigset_t *ret)
{
    static const int all[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

    (void)sigemptyset(ret);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct sigaction now;

        if (sigaction(all[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            (void)sigaddset(ret, all[i]);
    }
}

/* The signal that came; 0 when all jobs are done. */
static int wait_for_all(struct pool *pool, int signals)
{
    struct pollfd fds[2] = {{.fd = pool->tick[0], .events = POLLIN},
                            {.fd = signals, .events = POLLIN}};
    struct signalfd_siginfo info;
    char bytes[64];

    draw(pool);
    while (atomic_load(&pool->done) < pool->jobs->n) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return SIGTERM;
        if (fds[1].revents != 0 && read(signals, &info, sizeof(info)) == sizeof(info))
            return (int)info.ssi_signo;
        if (fds[0].revents != 0 && read(pool->tick[0], bytes, sizeof(bytes)) > 0)
            draw(pool);
    }
    return 0;
}

static void close_pool(struct pool *pool)
{
    int *fds[] = {&pool->cancel[0], &pool->cancel[1], &pool->tick[0], &pool->tick[1]};

    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        if (*fds[i] >= 0)
            (void)close(*fds[i]);
        *fds[i] = -1;
    }
}

/* Starts what it can; how many threads run. */
static size_t start_threads(struct pool *pool, pthread_t threads[MOST_THREADS])
{
    size_t n = pool->jobs->threads < MOST_THREADS ? pool->jobs->threads : MOST_THREADS;
    size_t i = 0;

    while (i < n && i < pool->jobs->n && pthread_create(&threads[i], NULL, work, pool) == 0)
        i++;
    return i;
}

int probe_jobs_run(const struct probe_jobs *jobs, int *ret_signal, struct romtool_error *err)
{
    struct pool pool = {.jobs = jobs, .cancel = {-1, -1}, .tick = {-1, -1}};
    sigset_t ending, blocked, before;
    pthread_t threads[MOST_THREADS];
    int signals, saved = 0;
    size_t n = 0;

    *ret_signal = 0;
    ending_signals(&ending);
    blocked = ending;
    (void)sigaddset(&blocked, SIGPIPE); /* of a QEMU that ended: the threads inherit it */
    (void)pthread_sigmask(SIG_BLOCK, &blocked, &before);
    signals = signalfd(-1, &ending, SFD_CLOEXEC);
    if (signals >= 0 && pipe2(pool.cancel, O_CLOEXEC) == 0 && pipe2(pool.tick, O_CLOEXEC) == 0) {
        n = start_threads(&pool, threads);
        saved = EAGAIN;
    } else {
        saved = errno;
    }
    if (n > 0)
        *ret_signal = wait_for_all(&pool, signals);
    atomic_store(&pool.cancelled, true);
    if (*ret_signal != 0) {
        (void)close(pool.cancel[1]); /* its other end is readable from now on */
        pool.cancel[1] = -1;
    }
    for (size_t i = 0; i < n; i++)
        (void)pthread_join(threads[i], NULL);
    if (n > 0)
        erase(&pool);
    close_pool(&pool);
    if (signals >= 0)
        (void)close(signals);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return n > 0 ? 0 : rt_error_system(err, ROMTOOL_E_IO, saved, "cannot start a thread");
}
