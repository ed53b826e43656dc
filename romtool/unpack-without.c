/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of unpack.c where romtool is built without libarchive. */
#include "romtool/unpack.h"

int unpack_begin(struct rt_reader *in, const char *compression, struct unpack **ret_unpack,
                 struct rt_source *ret, struct romtool_error *err)
{
    *ret_unpack = NULL;
    *ret = (struct rt_source){0};
    return rt_error_set(err, ROMTOOL_E_UNSUPPORTED, rt_reader_offset(in),
                        "this build has no libarchive and does not read %s", compression);
}

void unpack_end(struct unpack *unpack)
{
    (void)unpack;
}
