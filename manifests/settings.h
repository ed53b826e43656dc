/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * policy.conf and the NAME.conf of a trusted key: lines "key=value" below "[section]" headers,
 * comments after "#" at a line's start. What is not understood is refused: it might have forbidden
 * something.
 */
#ifndef RT_MANIFESTS_SETTINGS_H
#define RT_MANIFESTS_SETTINGS_H

#include "core/bytes.h"
#include "core/error.h"

#define RT_SETTINGS_SIZE_MAX ((size_t)65536) /* bytes of such a file */

/* One setting. section is "" before the first header. Strings live as long as the settings. */
struct rt_setting {
    const char *section, *key, *value;
    size_t line; /* counted from 1 */
};

struct rt_settings {
    char *text; /* owned; cut into the strings below */
    struct rt_setting *items;
    size_t n;
};

/* ROMTOOL_E_BAD_POLICY names the line; _TOO_LARGE, _NO_MEMORY. */
int rt_settings_read(struct rt_bytes text, struct rt_settings *ret, struct romtool_error *err);
void rt_settings_free(struct rt_settings *settings);

/* Is word one of those that a value lists, separated by spaces or commas? */
bool rt_settings_lists(const char *value, const char *word);

#endif
