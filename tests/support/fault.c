/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LD_PRELOAD: what a test's program asks of the system fails, or ends it, at the N-th call.
 *
 *   FAULT_PROGRAM  the name of the program that this is for; others that are executed on the way
 *                  there, or by it, are left alone
 *   FAULT_CALLS    names of calls, with a comma before and behind each; open64 is open
 *   FAULT_AT       which of them, counted from 1; 0 is none
 *   FAULT_FROM     if set: all that follow, too
 *   FAULT          the number of the errno with which it fails; or "short": half is read, written;
 *                  "kill", "kill-after": SIGKILL before it, behind it
 *   FAULT_COUNT    a file that is told how many of each call there were: a name and a number a line
 *
 * What the C library calls within itself is not seen, but for allocations.
 */
#undef _FILE_OFFSET_BITS /* both names of a call are defined here */
#undef _FORTIFY_SOURCE
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum how { FAILS, IS_SHORT, KILLS, KILLS_AFTER };

enum { MOST_NAMES = 64 };

static struct {
    bool armed;
    const char *calls;
    long at, seen;
    bool from_then_on;
    enum how how;
    int number; /* errno */
    const char *count;
    struct {
        const char *name;
        long n;
    } counted[MOST_NAMES];
} fault;

static bool is_meant(void)
{
    const char *program = getenv("FAULT_PROGRAM"), *slash;
    char path[4096];
    long n = syscall(SYS_readlink, "/proc/self/exe", path, sizeof(path) - 1);

    if (program == NULL || n <= 0)
        return false;
    path[n] = '\0';
    slash = strrchr(path, '/');
    return slash != NULL && strcmp(slash + 1, program) == 0;
}

static void read_how(const char *text)
{
    static const char *const names[] = {
        [IS_SHORT] = "short", [KILLS] = "kill", [KILLS_AFTER] = "kill-after"};

    fault.number = atoi(text);
    for (int i = IS_SHORT; i <= KILLS_AFTER; i++) {
        if (strcmp(text, names[i]) == 0)
            fault.how = (enum how)i;
    }
}

/* What this program executes is to see nothing of all this. */
__attribute__((constructor)) static void start(void)
{
    static const char *const ours[] = {"FAULT_PROGRAM", "FAULT_CALLS", "FAULT_AT",  "FAULT_FROM",
                                       "FAULT",         "FAULT_COUNT", "LD_PRELOAD"};
    const char *at = getenv("FAULT_AT"), *how = getenv("FAULT");

    if (!is_meant())
        return;
    fault.calls = getenv("FAULT_CALLS");
    fault.at = at != NULL ? atol(at) : 0;
    fault.from_then_on = getenv("FAULT_FROM") != NULL;
    fault.count = getenv("FAULT_COUNT");
    read_how(how != NULL ? how : "");
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        (void)unsetenv(ours[i]);
    fault.armed = fault.calls != NULL;
}

static void tell_one(long fd, const char *name, long n)
{
    char digits[24];
    size_t i = sizeof(digits);

    digits[--i] = '\n';
    do
        digits[--i] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    digits[--i] = ' ';
    (void)syscall(SYS_write, fd, name, strlen(name));
    (void)syscall(SYS_write, fd, digits + i, sizeof(digits) - i);
}

/* At the end, or where another program takes its place. */
__attribute__((destructor)) static void tell(void)
{
    long fd;

    if (!fault.armed || fault.count == NULL)
        return;
    fd = syscall(SYS_open, fault.count, 01101, 0600); /* O_WRONLY | O_CREAT | O_TRUNC */
    for (size_t i = 0; i < MOST_NAMES && fault.counted[i].name != NULL; i++)
        tell_one(fd, fault.counted[i].name, fault.counted[i].n);
    (void)syscall(SYS_close, fd);
}

static void count(const char *name)
{
    size_t i = 0;

    while (i < MOST_NAMES - 1 && fault.counted[i].name != NULL && fault.counted[i].name != name)
        i++;
    fault.counted[i].name = name;
    fault.counted[i].n++;
}

static bool strikes(const char *name)
{
    const char *found;
    size_t n;

    if (!fault.armed)
        return false;
    n = strlen(name);
    found = fault.calls;
    while ((found = strstr(found, name)) != NULL && (found[-1] != ',' || found[n] != ','))
        found++;
    if (found == NULL)
        return false;
    fault.seen++;
    if (fault.count != NULL)
        count(name);
    return fault.at > 0 &&
           (fault.seen == fault.at || (fault.from_then_on && fault.seen > fault.at));
}

static void die(void)
{
    (void)kill(getpid(), SIGKILL);
}

/* A call, its name to the test, what makes it short, and what it returns where it fails. */
#define WRAP_AS(type, symbol, name, params, args, cut, failure)                                    \
    __attribute__((visibility("default"))) type symbol params;                                     \
    type symbol params                                                                             \
    {                                                                                              \
        static type(*real) params;                                                                 \
        bool struck = strikes(name);                                                               \
        type r;                                                                                    \
        if (real == NULL)                                                                          \
            *(void **)&real = dlsym(RTLD_NEXT, #symbol);                                           \
        if (struck && fault.how == FAILS) {                                                        \
            errno = fault.number;                                                                  \
            return failure;                                                                        \
        }                                                                                          \
        if (struck && fault.how == KILLS)                                                          \
            die();                                                                                 \
        if (struck && fault.how == IS_SHORT)                                                       \
            cut;                                                                                   \
        r = real args;                                                                             \
        if (struck && fault.how == KILLS_AFTER)                                                    \
            die();                                                                                 \
        return r;                                                                                  \
    }
#define WRAP(type, name, params, args, failure)                                                    \
    WRAP_AS(type, name, #name, params, args, (void)0, failure)
#define WRAP_BOTH(type, name, params, args, failure)                                               \
    WRAP_AS(type, name, #name, params, args, (void)0, failure)                                     \
    WRAP_AS(type, name##64, #name, params, args, (void)0, failure)

/* Without the headers of most: a call with a variable argument is one with it, to the ABI. */
struct stat;
struct stat64;
struct dirent;

WRAP(void *, malloc, (size_t n), (n), NULL)
WRAP(void *, calloc, (size_t n, size_t size), (n, size), NULL)
WRAP(void *, realloc, (void *p, size_t n), (p, n), NULL)

WRAP_BOTH(int, open, (const char *p, int flags, unsigned mode), (p, flags, mode), -1)
WRAP_BOTH(int, openat, (int at, const char *p, int flags, unsigned mode), (at, p, flags, mode), -1)
WRAP_BOTH(FILE *, fopen, (const char *p, const char *mode), (p, mode), NULL)
WRAP(void *, opendir, (const char *p), (p), NULL)
WRAP(void *, fdopendir, (int f), (f), NULL)
WRAP_BOTH(int, scandir,
          (const char *p, struct dirent ***e, int (*f)(const struct dirent *),
           int (*c)(const struct dirent **, const struct dirent **)),
          (p, e, f, c), -1)
WRAP_BOTH(struct dirent *, readdir, (void *d), (d), NULL)
WRAP(int, memfd_create, (const char *name, unsigned flags), (name, flags), -1)
WRAP_BOTH(int, mkstemp, (char *p), (p), -1)
WRAP(int, dup, (int f), (f), -1)
WRAP(int, dup2, (int f, int to), (f, to), -1)
WRAP_BOTH(int, fcntl, (int f, int what, long value), (f, what, value), -1)

/* At least one byte stays, so that what is short comes to an end. */
#define HALF n = (n + 1) / 2
WRAP_AS(ssize_t, read, "read", (int f, void *d, size_t n), (f, d, n), HALF, -1)
WRAP_AS(ssize_t, pread, "pread", (int f, void *d, size_t n, off_t o), (f, d, n, o), HALF, -1)
WRAP_AS(ssize_t, pread64, "pread", (int f, void *d, size_t n, off_t o), (f, d, n, o), HALF, -1)
WRAP_AS(ssize_t, write, "write", (int f, const void *d, size_t n), (f, d, n), HALF, -1)

WRAP_BOTH(int, stat, (const char *p, struct stat *s), (p, s), -1)
WRAP_BOTH(int, lstat, (const char *p, struct stat *s), (p, s), -1)
WRAP_BOTH(int, fstat, (int f, struct stat *s), (f, s), -1)
WRAP(int, access, (const char *p, int mode), (p, mode), -1)
WRAP(ssize_t, readlink, (const char *p, char *d, size_t n), (p, d, n), -1)
WRAP(ssize_t, readlinkat, (int at, const char *p, char *d, size_t n), (at, p, d, n), -1)
WRAP_BOTH(off_t, lseek, (int f, off_t o, int from), (f, o, from), -1)

WRAP(int, mkdir, (const char *p, unsigned mode), (p, mode), -1)
WRAP(int, mkdirat, (int at, const char *p, unsigned mode), (at, p, mode), -1)
WRAP(int, renameat, (int at, const char *a, int to, const char *b), (at, a, to, b), -1)
WRAP(int, renameat2, (int at, const char *a, int to, const char *b, unsigned n), (at, a, to, b, n),
     -1)
WRAP(int, unlinkat, (int at, const char *p, int flags), (at, p, flags), -1)
WRAP(int, rename, (const char *a, const char *b), (a, b), -1)
WRAP(int, link, (const char *a, const char *b), (a, b), -1)
WRAP(int, unlink, (const char *p), (p), -1)
WRAP(int, fchmod, (int f, unsigned mode), (f, mode), -1)
WRAP(int, fsync, (int f), (f), -1)
WRAP_BOTH(int, ftruncate, (int f, off_t n), (f, n), -1)
WRAP(int, close, (int f), (f), -1)

#define WRAP_EXEC(symbol)                                                                          \
    __attribute__((visibility("default"))) int symbol(const char *p, char *const argv[]);          \
    int symbol(const char *p, char *const argv[])                                                  \
    {                                                                                              \
        static int (*real)(const char *, char *const[]);                                           \
        if (strikes(#symbol)) {                                                                    \
            if (fault.how != FAILS)                                                                \
                die();                                                                             \
            errno = fault.number;                                                                  \
            return -1;                                                                             \
        }                                                                                          \
        *(void **)&real = dlsym(RTLD_NEXT, #symbol);                                               \
        tell();                                                                                    \
        return real(p, argv);                                                                      \
    }
WRAP_EXEC(execv)
WRAP_EXEC(execvp)
