/* SPDX-License-Identifier: BSD-2-Clause */
/* What a file that may hold a saved guest is, by its first bytes. */
#ifndef ROMTOOL_SAVED_MAGIC_H
#define ROMTOOL_SAVED_MAGIC_H

#include "core/bytes.h"

#define SAVED_MAGIC_SIZE 16U /* bytes of the longest: libvirt's */

/* The compression that these bytes begin as; NULL for none of those that libvirt uses. */
const char *saved_compression(struct rt_bytes head);

/* Do these bytes begin as a migration stream does? */
bool saved_is_stream(struct rt_bytes head);

/* Does this regular file begin as one that holds a saved guest? False where it cannot be read. */
bool saved_is_guest(const char *path);

#endif
