/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a guest's ROM came from, for `state`: the release and the files that it is compared with,
 * the known releases, and what is found.
 */
#ifndef ROMTOOL_ORIGIN_H
#define ROMTOOL_ORIGIN_H

#include "core/json.h"
#include "romtool/release.h"
#include "verify/identify.h"

enum {
    ORIGIN_PATHS_MAX = 64,
    ORIGIN_FILES_MAX = 256,
    ORIGIN_FILE_SIZE_MAX = 4 << 20, /* bytes: a guest's larger ROM is not read either */
};

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
    struct release release;
    const struct rt_manifest *manifest; /* NULL: without -M */
    char *paths[ORIGIN_FILES_MAX];      /* of files: --rom, and the release's own beside it */
    size_t n_paths;
};

/*
 * Opens the release and lists the files. As release_open() and directory_list(); findings gets what
 * release_open() only warns of. origins_close() is due after a failure too.
 */
int origins_open(const struct origin_sources *sources, const struct rt_findings *findings,
                 struct origins *ret, struct romtool_error *err);
void origins_close(struct origins *origins);

/* What is known of one ROM. Strings are borrowed from the origins. */
struct origin {
    bool is_blank;
    struct rt_identity identity;
    const struct rt_manifest_rom *stated; /* of the release; NULL: none */
    const struct rt_manifest *manifest;   /* that release */
    const char *path;                     /* the file that it is, or that it differs from */
    const struct rt_known_rom *known;     /* of known releases, NULL: of none */
    size_t n_known;
};

/*
 * bytes are all of the ROM's block, block its name. Findings: unknown-rom, altered-rom, withdrawn.
 * Errors as rt_identify_known() and rt_file_read().
 */
int origin_find(const struct origins *origins, const char *block, struct rt_bytes bytes,
                struct origin *ret, const struct rt_findings *findings, struct romtool_error *err);

/* Below the ROM's line. */
void origin_print(FILE *stream, const struct origin *origin);

/* Members "identity", "file" and "matches"; origin NULL: nothing is known. */
void origin_json(const struct origin *origin, struct rt_json_writer *json);

#endif
