/* SPDX-License-Identifier: BSD-2-Clause */
/* Naming a file by its digest: the releases of distributions that have it. */
#ifndef ROMTOOL_KNOWN_H
#define ROMTOOL_KNOWN_H

#include "core/digest.h"
#include "core/json.h"
#include "manifests/known.h"

#include <stdio.h>

/* A line for each release that has the file, its channels together; nothing where none has. */
void known_print(const uint8_t sha256[RT_SHA256_SIZE]);

/* The same for entries of the table, each line behind what begins it. */
void known_print_roms(FILE *stream, const char *begin, const struct rt_known_rom *roms, size_t n);

/* The array "known", an object for each; nothing where no release has the file. */
void known_json(const uint8_t sha256[RT_SHA256_SIZE], struct rt_json_writer *json);

#endif
