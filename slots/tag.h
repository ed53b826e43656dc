/* SPDX-License-Identifier: BSD-2-Clause */
/* Words in machine type names beside or instead of a version: legacy, read but never proposed. */
#ifndef RT_SLOTS_TAG_H
#define RT_SLOTS_TAG_H

#include "slots/slots.h"

/*
 * The first word of a machine type's name that no QEMU had before: behind the version, or where
 * there is none behind a family that otherwise has them. It points into machine; *ret_n is its
 * length in bytes. NULL where there is none.
 */
const char *rt_machine_new_tag(const char *machine, size_t *ret_n);

#endif
