/* SPDX-License-Identifier: BSD-2-Clause */
/* How a QEMU is called, and what it says when it gives up. Pure. */
#include "romtool/probe.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool probe_is_name(const char *text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789+-._";

    return text != NULL && text[0] != '\0' && strlen(text) < ROMTOOL_NAME_SIZE &&
           strspn(text, allowed) == strlen(text);
}

/* ------------------------------------------------------------------------- arguments */

void probe_argument(struct probe_arguments *arguments, const char *fmt, ...)
{
    char *word = NULL;
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vasprintf(&word, fmt, ap);
    va_end(ap);
    if (n < 0)
        word = NULL;
    /* a NULL stays at the end */
    if (n < 0 || arguments->n + 1 >= sizeof(arguments->words) / sizeof(arguments->words[0])) {
        free(word);
        arguments->failed = true;
        return;
    }
    arguments->words[arguments->n++] = word;
}

void probe_arguments_begin(struct probe_arguments *arguments, const struct probe *probe,
                           const char *machine)
{
    /*
     * TCG needs no privilege; a QEMU without it takes KVM, and where that is not allowed the
     * accelerator of QEMU's own tests: no guest code is run.
     */
    static const char *const quiet[] = {"-no-user-config", "-nodefaults", "-display", "none", "-S"};

    *arguments = (struct probe_arguments){0};
    probe_argument(arguments, "%s", probe->program);
    for (size_t i = 0; i < probe->n_dirs; i++) {
        probe_argument(arguments, "-L");
        probe_argument(arguments, "%s", probe->dirs[i]);
    }
    probe_argument(arguments, "-machine");
    probe_argument(arguments, "%s,accel=tcg:kvm:qtest", machine);
    for (size_t i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++)
        probe_argument(arguments, "%s", quiet[i]);
    probe_argument(arguments, "-qmp");
    probe_argument(arguments, "stdio");
}

void probe_arguments_free(struct probe_arguments *arguments)
{
    for (size_t i = 0; i < arguments->n; i++)
        free(arguments->words[i]);
    *arguments = (struct probe_arguments){0};
}

/* ------------------------------------------------------------------------- reasons */

/* "-device VGA,id=d3: REASON": the number, and where the reason begins; NULL for other lines. */
static const char *about_device(const char *line, int *ret)
{
    const char *option = strstr(line, "-device ");
    const char *id = option != NULL ? strstr(option, ",id=d") : NULL;
    unsigned number;
    int n = 0;

    if (id == NULL || sscanf(id, ",id=d%3u: %n", &number, &n) != 1 || n == 0)
        return NULL;
    *ret = (int)number;
    return id + n;
}

/* Behind "qemu-system-x86_64: ", the name by which QEMU calls itself. */
static const char *behind_name(const char *line)
{
    const char *colon = strstr(line, ": ");

    return colon != NULL && memchr(line, ' ', (size_t)(colon - line)) == NULL ? colon + 2 : NULL;
}

static bool is_warning(const char *line)
{
    return strstr(line, ": warning: ") != NULL || strstr(line, ": info: ") != NULL;
}

static void keep(char ret[PROBE_TEXT_SIZE], const char *text)
{
    size_t i;

    for (i = 0; i + 1 < PROBE_TEXT_SIZE && text[i] != '\0'; i++)
        ret[i] = (unsigned char)text[i] >= 0x20 && (unsigned char)text[i] < 0x7f ? text[i] : '?';
    ret[i] = '\0';
}

void probe_reason(const char *said, char ret[PROBE_TEXT_SIZE], int *ret_device)
{
    enum { NOTHING, A_LINE, AN_ERROR, A_DEVICE } best = NOTHING;

    ret[0] = '\0';
    *ret_device = -1;
    while (*said != '\0') {
        char line[512];
        size_t n = strcspn(said, "\r\n"), kept = n < sizeof(line) ? n : sizeof(line) - 1;
        const char *reason;
        int device;

        memcpy(line, said, kept);
        line[kept] = '\0';
        said += said[n] == '\0' ? n : n + 1;
        if (line[0] == '\0' || is_warning(line))
            continue;
        /* of equal ones the last: what was said before, it survived */
        if ((reason = about_device(line, &device)) != NULL) {
            best = A_DEVICE;
            *ret_device = device;
            keep(ret, reason);
        } else if ((reason = behind_name(line)) != NULL && best <= AN_ERROR) {
            best = AN_ERROR;
            keep(ret, reason);
        } else if (best <= A_LINE) {
            best = A_LINE;
            keep(ret, line);
        }
    }
}
