/* SPDX-License-Identifier: BSD-2-Clause */
#include "manifests/pem.h"

#include <stdio.h>
#include <string.h>

#include "manifests/base64.h"
#include "manifests/lines.h"

enum {
    LINE_LEN = 64, /* RFC 7468, section 2: what is written */
    LABEL_LINE_SIZE = 64,
};

static void label_line(const char *which, const char *label, char ret[LABEL_LINE_SIZE])
{
    (void)snprintf(ret, LABEL_LINE_SIZE, "-----%s %s-----", which, label);
}

bool rt_pem_begins(struct rt_bytes text, const char *label)
{
    char begin[LABEL_LINE_SIZE];

    label_line("BEGIN", label, begin);
    return rt_bytes_equal_at(text, 0, begin, strlen(begin));
}

static int bad(struct romtool_error *err, size_t offset, const char *why)
{
    return rt_error_set(err, ROMTOOL_E_BAD_KEY, offset, "%s", why);
}

/* The base64 between the two lines, without its line ends. */
static int read_lines(struct rt_bytes text, const char *label, struct rt_buffer *ret,
                      struct romtool_error *err)
{
    char begin[LABEL_LINE_SIZE], end[LABEL_LINE_SIZE];
    struct rt_bytes line, rest = text;
    bool ended;

    label_line("BEGIN", label, begin);
    label_line("END", label, end);
    if (!rt_line_next(&rest, &line, &ended) || !rt_line_is(line, begin))
        return rt_error_set(err, ROMTOOL_E_BAD_KEY, 0, "does not begin with '%s'", begin);
    for (;;) {
        size_t at = text.len - rest.len;

        if (!rt_line_next(&rest, &line, &ended))
            return rt_error_set(err, ROMTOOL_E_BAD_KEY, text.len, "ends without '%s'", end);
        if (rt_line_is(line, end))
            break;
        if (line.len == 0 || line.len > LINE_LEN)
            return bad(err, at, "not base64 in lines of at most 64 characters");
        rt_buffer_append(ret, line.data, line.len);
    }
    if (rest.len > 0)
        return bad(err, text.len - rest.len, "something follows the key");
    return ret->failed ? rt_error_no_memory(err) : 0;
}

int rt_pem_read(struct rt_bytes text, const char *label, struct rt_buffer *out,
                struct romtool_error *err)
{
    struct rt_buffer base64 = {0};
    size_t n;
    int r = read_lines(text, label, &base64, err);

    n = base64.len > 0 ? rt_base64_size(base64.data, base64.len) : 0;
    if (r == 0 && n == 0)
        r = bad(err, strlen("-----BEGIN -----\n") + strlen(label), "no base64 in it");
    if (r == 0) {
        uint8_t *bytes = rt_buffer_extend(out, n);

        if (bytes == NULL)
            r = rt_error_no_memory(err);
        else if (!rt_base64_decode(base64.data, base64.len, bytes, n))
            r = bad(err, strlen("-----BEGIN -----\n") + strlen(label), "not canonical base64");
    }
    rt_buffer_wipe(&base64);
    return r;
}

void rt_pem_append(struct rt_buffer *out, const char *label, struct rt_bytes bytes)
{
    char line[LABEL_LINE_SIZE];

    label_line("BEGIN", label, line);
    rt_buffer_printf(out, "%s\n", line);
    for (size_t at = 0; at < bytes.len; at += LINE_LEN / 4 * 3) {
        size_t n = bytes.len - at < LINE_LEN / 4 * 3 ? bytes.len - at : LINE_LEN / 4 * 3;
        struct rt_bytes piece;

        (void)rt_bytes_slice(bytes, at, n, &piece);
        rt_base64_append(out, piece);
        rt_buffer_puts(out, "\n");
    }
    label_line("END", label, line);
    rt_buffer_printf(out, "%s\n", line);
}
