/* SPDX-License-Identifier: BSD-2-Clause */
/* Naming a file by its digest: the releases of distributions that have it. */
#ifndef ROMTOOL_KNOWN_H
#define ROMTOOL_KNOWN_H

#include "core/digest.h"
#include "core/json.h"

/* A line for each release that has the file, its channels together; nothing where none has. */
void known_print(const uint8_t sha256[RT_SHA256_SIZE]);

/* The array "known", an object for each; nothing where no release has the file. */
void known_json(const uint8_t sha256[RT_SHA256_SIZE], struct rt_json_writer *json);

#endif
