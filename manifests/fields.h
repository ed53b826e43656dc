/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of which writing and reading must agree: text that is shown to people, and times. */
#ifndef RT_MANIFESTS_FIELDS_H
#define RT_MANIFESTS_FIELDS_H

#include "core/bytes.h"

/*
 * Is this UTF-8 that shows what it says? No control characters (C0, DEL, C1), no line separators,
 * no overrides of the writing direction. A tab only where tabs are allowed.
 */
bool rt_manifest_text_is_printable(struct rt_bytes text, bool tabs);

/* Seconds since 1970 of the last second that four digits of a year can name. */
#define RT_MANIFEST_CREATED_MAX INT64_C(253402300799)

enum {
    RT_MANIFEST_CREATED_LEN = 20, /* "2026-11-22T00:00:00Z" */
};

/* RFC 3339 in UTC, no fractions. False outside 0..RT_MANIFEST_CREATED_MAX. */
bool rt_manifest_created_write(int64_t created, char ret[RT_MANIFEST_CREATED_LEN + 1]);

/* The inverse, and nothing else: no other zone, no fractions, no leap second. */
bool rt_manifest_created_read(const char *text, int64_t *ret);

#endif
