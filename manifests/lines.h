/* SPDX-License-Identifier: BSD-2-Clause */
/* Key and signature files are text in lines. */
#ifndef RT_MANIFESTS_LINES_H
#define RT_MANIFESTS_LINES_H

#include <string.h>

#include "core/bytes.h"

/*
 * Takes the next line off *rest, its end ("\n", or "\r\n" as minisign reads it too) excluded.
 * *ret_ended: that end was there. False where nothing is left.
 */
static inline bool rt_line_next(struct rt_bytes *rest, struct rt_bytes *ret_line, bool *ret_ended)
{
    struct rt_bytes all = *rest;
    size_t n = 0, len;

    *ret_line = (struct rt_bytes){NULL, 0};
    *ret_ended = false;
    if (all.len == 0)
        return false;
    while (n < all.len && all.data[n] != '\n')
        n++;
    *ret_ended = n < all.len;
    len = *ret_ended && n > 0 && all.data[n - 1] == '\r' ? n - 1 : n;
    if (*ret_ended)
        n++;
    return rt_bytes_slice(all, 0, len, ret_line) && rt_bytes_slice(all, n, all.len - n, rest);
}

static inline bool rt_line_is(struct rt_bytes line, const char *text)
{
    return line.len == strlen(text) && rt_bytes_equal_at(line, 0, text, line.len);
}

#endif
