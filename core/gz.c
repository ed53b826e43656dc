/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/gz.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define GZIP_ONLY 16 /* added to the window's bits: zlib.h, inflateInit2() */

struct rt_gz {
    z_stream stream;
    enum { GZ_BEFORE_FIRST, GZ_BETWEEN, GZ_INSIDE, GZ_ENDED } place;
};

int rt_gz_new(struct rt_gz **ret, struct romtool_error *err)
{
    struct rt_gz *gz = calloc(1, sizeof(*gz));

    *ret = NULL;
    if (gz == NULL || inflateInit2(&gz->stream, MAX_WBITS + GZIP_ONLY) != Z_OK) {
        free(gz);
        return rt_error_no_memory(err);
    }
    *ret = gz;
    return 0;
}

void rt_gz_free(struct rt_gz *gz)
{
    if (gz != NULL)
        (void)inflateEnd(&gz->stream);
    free(gz);
}

static int failed(int status, const z_stream *stream, struct romtool_error *err)
{
    if (status == Z_MEM_ERROR)
        return rt_error_no_memory(err);
    return rt_error_set(err, ROMTOOL_E_BAD_COMPRESSED, ROMTOOL_NO_OFFSET, "bad gzip data: %s",
                        stream->msg != NULL ? stream->msg : "not what it should be");
}

static int inflate_some(struct rt_gz *gz, struct rt_bytes in, size_t *used, uint8_t *out, size_t n,
                        size_t *made, struct romtool_error *err)
{
    z_stream *stream = &gz->stream;
    int status;

    stream->next_in = (Bytef *)(uintptr_t)in.data;
    stream->avail_in = in.len < UINT_MAX ? (uInt)in.len : UINT_MAX;
    stream->next_out = out;
    stream->avail_out = n < UINT_MAX ? (uInt)n : UINT_MAX;
    *used = stream->avail_in;
    *made = stream->avail_out;
    status = inflate(stream, Z_NO_FLUSH);
    *used -= stream->avail_in;
    *made -= stream->avail_out;
    if (status == Z_STREAM_END)
        gz->place = GZ_BETWEEN;
    else if (status != Z_OK && status != Z_BUF_ERROR && *made == 0)
        return failed(status, stream, err); /* behind what was made it says so again */
    return 0;
}

/* Behind a member: another one begins, or nothing that is ours. */
static void look_on(struct rt_gz *gz, struct rt_bytes in)
{
    if (in.data[0] == 0x1f && inflateReset(&gz->stream) == Z_OK)
        gz->place = GZ_INSIDE;
    else
        gz->place = GZ_ENDED;
}

int rt_gz_step(struct rt_gz *gz, struct rt_bytes in, size_t *ret_used, uint8_t *out, size_t n,
               size_t *ret_made, bool *ret_ended, struct romtool_error *err)
{
    int r = 0;

    *ret_used = 0;
    *ret_made = 0;
    if (gz->place == GZ_BETWEEN && in.len > 0)
        look_on(gz, in);
    if (gz->place == GZ_BEFORE_FIRST && in.len > 0)
        gz->place = GZ_INSIDE;
    if (gz->place == GZ_INSIDE)
        r = inflate_some(gz, in, ret_used, out, n, ret_made, err);
    *ret_ended = gz->place == GZ_ENDED || gz->place == GZ_BETWEEN;
    return r;
}

int rt_gz_inflate(struct rt_bytes in, uint8_t *out, size_t n, struct romtool_error *err)
{
    uLongf made = n;
    int status = uncompress(out, &made, in.data, in.len);

    if (status == Z_MEM_ERROR)
        return rt_error_no_memory(err);
    if (status != Z_OK || made != n)
        return rt_error_set(err, ROMTOOL_E_BAD_COMPRESSED, ROMTOOL_NO_OFFSET,
                            "bad zlib data where %zu bytes are due", n);
    return 0;
}
