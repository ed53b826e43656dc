/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a guest's ROM came from, for `state`: the releases and files that it is compared with, and
 * what is found.
 */
#ifndef ROMTOOL_ORIGIN_H
#define ROMTOOL_ORIGIN_H

#include "core/digest.h"
#include "core/json.h"
#include "romtool/release.h"

/* What ROMs are compared with, beside the known releases. */
struct origins {
    struct release release; /* -M; manifest NULL: none */
    struct origin_file {
        char *path;
        struct rt_file file;
    } * files; /* --rom, and what lies beside the manifest */
    size_t n_files;
};

struct origin {
    int kind;
};

int origin_find(const struct origins *origins, const char *block, const char *device,
                struct rt_bytes bytes, struct origin *ret, const struct rt_findings *findings,
                struct romtool_error *err);
void origin_print(FILE *stream, const struct origin *origin);
void origin_json(const struct origin *origin, struct rt_json_writer *json);

#endif
