/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The three ways in which QEMU's command line writes properties, taken apart and with one of them
 * replaced: "key=value,key=value", JSON, and the sections of a file that -readconfig reads.
 */
#ifndef RT_LOADER_QEMU_WORDS_H
#define RT_LOADER_QEMU_WORDS_H

#include "core/bytes.h"
#include "core/error.h"

/*
 * ROMTOOL_E_UNSUPPORTED_ARGUMENT: "'OPTION VALUE': WHY", where value is not NULL. Of a long option
 * or value the beginning is shown, so that there is room for the reason.
 */
__attribute__((format(printf, 5, 6))) int rt_qemu_refuse(struct romtool_error *err, uint64_t offset,
                                                         const char *option, const char *value,
                                                         const char *why, ...);

/* ------------------------------------------------------------------------- key=value,... */

/*
 * One part of "a=b,c=d". A key ends at the first '=' or ','; a comma in a value is written twice,
 * one behind what lacks its key is not in it: "a,,b=c" is "a", "" and "b=c".
 */
struct rt_qemu_part {
    const char *start; /* the part as written, without the comma behind it */
    size_t len;
    char *key;   /* "" where it has no '=' */
    char *value; /* ",," already undone */
};

/*
 * Takes the next part off *text; 1, 0 at the end, negative on failure: ROMTOOL_E_NO_MEMORY.
 * may_lack_key: of an option's first part, where "x" is short for a key's "=x", a value as others.
 */
int rt_qemu_part_next(const char **text, bool may_lack_key, struct rt_qemu_part *ret,
                      struct romtool_error *err);
void rt_qemu_part_free(struct rt_qemu_part *part);

/* The text with every value of key replaced by this one, which has no comma; else to the letter. */
void rt_qemu_replace_part(const char *text, const char *key, const char *value,
                          struct rt_buffer *out);

/* ------------------------------------------------------------------------- JSON */

/*
 * The text of a JSON object, as rt_json_parse() has taken it, with the value of its own member key
 * replaced by this string, which needs no escapes. Where it is not found it is added: twice in one
 * object QEMU refuses it.
 */
void rt_qemu_replace_member(const char *text, const char *key, const char *value,
                            struct rt_buffer *out);

/* ------------------------------------------------------------------------- -readconfig */

struct rt_qemu_entry {
    char *key, *value;
};

struct rt_qemu_section {
    char *group, *id; /* [group "id"]; id NULL: [group] */
    struct rt_qemu_entry *entries;
    size_t n;
};

struct rt_qemu_config {
    int argument; /* index in argv of the file's name */
    struct rt_qemu_section *sections;
    size_t n;
};

/*
 * Reads such a file's text, as strictly as QEMU does and more: what QEMU might read otherwise is
 * refused with the file's name and the line. ROMTOOL_E_UNSUPPORTED_ARGUMENT with the line's offset
 * in bytes; ROMTOOL_E_NO_MEMORY.
 */
int rt_qemu_config_parse(struct rt_bytes text, const char *name, struct rt_qemu_config *ret,
                         struct romtool_error *err);

/* The same of the file itself, of up to 1 MiB; also the errors of rt_file_read(). */
int rt_qemu_config_read(const char *path, struct rt_qemu_config *ret, struct romtool_error *err);
void rt_qemu_config_free(struct rt_qemu_config *config);

/* The value of the last entry with this key, or NULL. */
const char *rt_qemu_section_get(const struct rt_qemu_section *section, const char *key);

/* Gives every entry with this key this value. ROMTOOL_E_NO_MEMORY. */
int rt_qemu_section_replace(struct rt_qemu_section *section, const char *key, const char *value,
                            struct romtool_error *err);

/* The text of a file that says the same. */
void rt_qemu_config_write(const struct rt_qemu_config *config, struct rt_buffer *out);

#endif
