/* SPDX-License-Identifier: BSD-2-Clause */
#include "state/gzip.h"

static int read_some(struct rt_gzip *gzip, uint8_t *data, size_t n, size_t *ret_n, bool *ret_ended,
                     struct romtool_error *err)
{
    struct romtool_error why = {0};
    uint64_t at = rt_reader_offset(&gzip->in);
    struct rt_bytes in;
    size_t used;
    int r = rt_reader_some(&gzip->in, &in, err);

    if (r < 0)
        return r;
    r = rt_gz_step(gzip->gz, in, &used, data, n, ret_n, ret_ended, &why);
    if (r < 0)
        return rt_error_set(err, why.code, why.code == ROMTOOL_E_BAD_COMPRESSED ? at : why.offset,
                            "%s", why.text);
    if (in.len == 0 && *ret_n == 0 && !*ret_ended)
        return rt_error_set(err, ROMTOOL_E_TRUNCATED, at, "ends inside the gzip data");
    *ret_ended = *ret_ended && (in.len == 0 || (used == 0 && *ret_n == 0));
    return rt_reader_skip(&gzip->in, used, err);
}

static int read_gzip(void *user, uint64_t offset, uint8_t *data, size_t n, size_t *ret_n,
                     struct romtool_error *err)
{
    struct rt_gzip *gzip = user;
    bool ended = false;
    int r = rt_source_check_place(offset, gzip->offset, err);

    *ret_n = 0;
    while (r == 0 && *ret_n == 0 && !ended)
        r = read_some(gzip, data, n, ret_n, &ended, err);
    gzip->offset += *ret_n;
    return r;
}

int rt_gzip_begin(struct rt_gzip *gzip, const struct rt_reader *in, struct rt_source *ret,
                  struct romtool_error *err)
{
    *gzip = (struct rt_gzip){.in = *in};
    *ret = (struct rt_source){read_gzip, gzip, false};
    return rt_gz_new(&gzip->gz, err);
}

void rt_gzip_end(struct rt_gzip *gzip)
{
    rt_gz_free(gzip->gz);
    gzip->gz = NULL;
}
