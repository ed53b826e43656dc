/* SPDX-License-Identifier: BSD-2-Clause */
/* Passphrases: from a terminal or from a file descriptor, never from the command line. */
#ifndef ROMTOOL_PASSPHRASE_H
#define ROMTOOL_PASSPHRASE_H

#include "manifests/private-key.h"
#include "romtool/command.h"

struct passphrase_source {
    int fd;           /* --passphrase-fd, or -1: ask at the terminal */
    const char *what; /* what it is for, in the question: a key's path */
    bool twice;       /* a new one, asked for twice at a terminal */
};

/* --passphrase-fd N; false after a usage error. */
bool passphrase_fd_option(const struct options *options, int *ret);

#define PASSPHRASE_FD_HELP "read the key's passphrase from this file descriptor, one line"

/*
 * Reads one: the first line of fd, or what is typed at the controlling terminal, which shows
 * nothing. ROMTOOL_E_IO where there is neither, _BAD_KEY where it is empty, too long, or the two
 * differ.
 */
int passphrase_ask(void *source, char ret[RT_KEY_PASSPHRASE_MAX], size_t *ret_len,
                   struct romtool_error *err);

#endif
