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

enum { ORIGIN_PATHS_MAX = 64 };

/* What the options say. */
struct origin_sources {
    const char *manifest; /* -M; NULL: none */
    struct release_trust trust;
    const char *roms[ORIGIN_PATHS_MAX]; /* --rom: files and directories */
    size_t n_roms;
};

/* Takes one --rom; false after a usage error. */
bool origin_rom_option(const struct options *options, struct origin_sources *sources);

/* Is a ROM to be compared with anything but the known releases? */
bool origins_asked(const struct origin_sources *sources);

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

/*
 * Opens the release and reads the files. As release_open() and rt_file_read(); origins_close() is
 * due after a failure too.
 */
int origins_open(const struct origin_sources *sources, struct origins *ret,
                 struct romtool_error *err);
void origins_close(struct origins *origins);

int origin_find(const struct origins *origins, const char *block, const char *device,
                struct rt_bytes bytes, struct origin *ret, const struct rt_findings *findings,
                struct romtool_error *err);
void origin_print(FILE *stream, const struct origin *origin);
void origin_json(const struct origin *origin, struct rt_json_writer *json);

#endif
