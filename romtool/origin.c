/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/origin.h"

int origin_find(const struct origins *origins, const char *block, const char *device,
                struct rt_bytes bytes, struct origin *ret, const struct rt_findings *findings,
                struct romtool_error *err)
{
    (void)origins;
    (void)block;
    (void)device;
    (void)bytes;
    (void)ret;
    (void)findings;
    (void)err;
    return 0;
}
void origin_print(FILE *stream, const struct origin *origin)
{
    (void)stream;
    (void)origin;
}
void origin_json(const struct origin *origin, struct rt_json_writer *json)
{
    (void)origin;
    rt_json_begin_array(json, "matches");
    rt_json_end_array(json);
}
