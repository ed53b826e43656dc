/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

bool passphrase_fd_option(const struct options *options, int *ret)
{
    uint64_t fd;

    if (strspn(options->value, "0123456789") != strlen(options->value) ||
        !rt_size_parse(options->value, &fd) || fd > 65535) {
        (void)usage_error(options->help, "'%s' is no file descriptor", options->value);
        return false;
    }
    *ret = (int)fd;
    return true;
}

/* The signal that came while a terminal was hidden. */
static volatile sig_atomic_t caught;

static void catch (int number)
{
    caught = number;
}

/*
 * Waits until a line can be read. Signals are blocked but for this very moment, so that none comes
 * between looking and waiting. False where one came.
 */
static bool wait_for_line(int tty, const sigset_t *unblocked)
{
    fd_set set;

    FD_ZERO(&set);
    FD_SET(tty, &set);
    while (pselect(tty + 1, &set, NULL, NULL, NULL, unblocked) < 0 && errno == EINTR) {
        if (caught != 0)
            return false;
        FD_SET(tty, &set);
    }
    return true;
}

/* One byte at a time: what follows the line is for whoever reads next. */
static int read_line(int fd, char ret[RT_KEY_PASSPHRASE_MAX], size_t *ret_len,
                     struct romtool_error *err)
{
    size_t n = 0;
    char c;

    for (;;) {
        ssize_t got = read(fd, &c, 1);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot read the passphrase");
        if (got == 0 || c == '\n')
            break;
        if (n == RT_KEY_PASSPHRASE_MAX)
            return rt_error_set(err, ROMTOOL_E_BAD_KEY, ROMTOOL_NO_OFFSET,
                                "a passphrase of more than %d bytes", RT_KEY_PASSPHRASE_MAX);
        ret[n++] = c;
    }
    *ret_len = n;
    if (n == 0)
        return rt_error_set(err, ROMTOOL_E_BAD_KEY, ROMTOOL_NO_OFFSET, "an empty passphrase");
    return 0;
}

/* What is typed while it is hidden. */
static int ask_hidden(int tty, const sigset_t *unblocked, const char *question, const char *what,
                      char ret[RT_KEY_PASSPHRASE_MAX], size_t *ret_len, struct romtool_error *err)
{
    struct termios shown, hidden;
    char name[512];
    int r;

    if (tcgetattr(tty, &shown) != 0)
        return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot ask for the passphrase");
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    /* hidden before it is asked for: what is typed at once is not lost, and not shown */
    if (tcsetattr(tty, TCSAFLUSH, &hidden) != 0)
        return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot hide the passphrase");
    (void)dprintf(tty, "%s '%s': ", question, printable(what, name, sizeof(name)));
    r = wait_for_line(tty, unblocked)
            ? read_line(tty, ret, ret_len, err)
            : rt_error_set(err, ROMTOOL_E_IO, ROMTOOL_NO_OFFSET, "no passphrase: interrupted");
    (void)tcsetattr(tty, TCSAFLUSH, &shown);
    (void)dprintf(tty, "\n");
    return r;
}

/* The same; whoever ends it with a signal gets the terminal back as it was. */
static int ask_terminal(int tty, const char *question, const char *what,
                        char ret[RT_KEY_PASSPHRASE_MAX], size_t *ret_len, struct romtool_error *err)
{
    static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    struct sigaction ours = {.sa_handler = catch}, theirs[sizeof(signals) / sizeof(signals[0])];
    sigset_t blocked, before;
    int r;

    caught = 0;
    (void)sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        (void)sigaddset(&blocked, signals[i]);
    (void)sigprocmask(SIG_BLOCK, &blocked, &before);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        (void)sigaction(signals[i], &ours, &theirs[i]);
    r = ask_hidden(tty, &before, question, what, ret, ret_len, err);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        (void)sigaction(signals[i], &theirs[i], NULL);
    if (caught != 0)
        (void)raise(caught);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return r;
}

int passphrase_ask(void *user, char ret[RT_KEY_PASSPHRASE_MAX], size_t *ret_len,
                   struct romtool_error *err)
{
    const struct passphrase_source *source = user;
    char again[RT_KEY_PASSPHRASE_MAX];
    size_t n = 0;
    int tty, r;

    *ret_len = 0;
    if (source->fd >= 0)
        return read_line(source->fd, ret, ret_len, err);
    tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty < 0)
        return rt_error_system(err, ROMTOOL_E_IO, errno,
                               "no terminal to ask for the passphrase, and no --passphrase-fd");
    r = ask_terminal(tty, "Passphrase of", source->what, ret, ret_len, err);
    if (r == 0 && source->twice)
        r = ask_terminal(tty, "The same again, of", source->what, again, &n, err);
    if (r == 0 && source->twice && (n != *ret_len || memcmp(ret, again, n) != 0))
        r = rt_error_set(err, ROMTOOL_E_BAD_KEY, ROMTOOL_NO_OFFSET, "the two passphrases differ");
    (void)close(tty);
    rt_bytes_wipe((uint8_t *)again, n);
    return r;
}
