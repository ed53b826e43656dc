/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the slot file reader, of this room only: its limits, the members of the JSON (member.c)
 * and what the parts must have in common (check.c).
 */
#ifndef RT_SLOTS_FILE_H
#define RT_SLOTS_FILE_H

#include "core/json.h"
#include "slots/slots.h"

/*
 * The limits bound the work of check.c, rows x ranges x machine types. Of the built-in vendors the
 * largest has 77 rows, and the largest series 243 machine types.
 */
#define RT_SLOT_SERIES_MAX     16    /* series of a vendor */
#define RT_SLOT_MACHINES_MAX   512   /* machine types, or aliases, of a series; likes of a vendor */
#define RT_SLOT_ROWS_MAX       512   /* mandates of a vendor */
#define RT_SLOT_RANGES_MAX     16    /* ranges of a mandate */
#define RT_SLOT_SEARCH_MAX     16    /* directories of a series */
#define RT_SLOT_UNMEASURED_MAX 32768 /* of a series */
#define RT_SLOT_IMAGES_MAX     4     /* image types of a mandate */
#define RT_SLOT_TEXT_SIZE      128 /* a source or path with its NUL: as in struct romtool_mandate */
#define RT_SLOT_SIZE_MIN       512 /* bytes: the unit in which option ROMs count */

struct rt_slot_block;

struct rt_slot_file {
    struct rt_json *json;         /* the strings lie here */
    struct rt_slot_block *blocks; /* and the arrays here */
    struct rt_slot_vendor vendor;
};

struct rt_slot_reader {
    struct rt_slot_file *file;
    struct romtool_error *err;
};

/* Where a member is, for sentences: "mandates[3].machines[0]"; empty at the top. */
struct rt_slot_place {
    char text[96];
};

struct rt_slot_place rt_slot_place_key(const struct rt_slot_place *parent, const char *key);
struct rt_slot_place rt_slot_place_index(const struct rt_slot_place *parent, size_t index);

/* Refuses the file: ROMTOOL_E_BAD_SLOT_FILE with a sentence that begins with a place. */
__attribute__((format(printf, 2, 3))) int rt_slot_file_bad(struct romtool_error *err,
                                                           const char *fmt, ...);

/* n zeroed elements that live as long as the file; NULL with the error set. */
void *rt_slot_allocate(struct rt_slot_reader *r, size_t n, size_t size);

/* An object that has no other members than keys, up to a NULL. */
int rt_slot_check_object(struct rt_slot_reader *r, const struct rt_json *value,
                         const struct rt_slot_place *at, const char *const *keys);

/* A name has letters, digits and "+-._" only, so that it needs no quoting anywhere. */
int rt_slot_check_name(struct rt_slot_reader *r, const char *name, const struct rt_slot_place *at);

/* Take a value, or get a member of an object, that must be there. */
typedef int (*rt_slot_take)(struct rt_slot_reader *r, const struct rt_json *value,
                            const struct rt_slot_place *at, const char **ret);

/* Printable ASCII of at least min and fewer than size bytes. */
int rt_slot_take_string(struct rt_slot_reader *r, const struct rt_json *value,
                        const struct rt_slot_place *at, size_t min, size_t size, const char **ret);
int rt_slot_get_string(struct rt_slot_reader *r, const struct rt_json *object,
                       const struct rt_slot_place *parent, const char *key, size_t min, size_t size,
                       const char **ret);
int rt_slot_take_name(struct rt_slot_reader *r, const struct rt_json *value,
                      const struct rt_slot_place *at, const char **ret);
int rt_slot_get_name(struct rt_slot_reader *r, const struct rt_json *object,
                     const struct rt_slot_place *parent, const char *key, const char **ret);

/* An array of one to max members. */
int rt_slot_get_array(struct rt_slot_reader *r, const struct rt_json *object,
                      const struct rt_slot_place *parent, const char *key, size_t max,
                      const struct rt_json **ret);

/* An array of strings, each taken by take. */
int rt_slot_get_texts(struct rt_slot_reader *r, const struct rt_json *object,
                      const struct rt_slot_place *parent, const char *key, size_t max,
                      rt_slot_take take, const char *const **ret, size_t *ret_n);

/* An array of objects, each read into one of the size-byte elements of *ret. */
typedef int (*rt_slot_read)(struct rt_slot_reader *r, const struct rt_json *value,
                            const struct rt_slot_place *at, void *ret);
int rt_slot_get_objects(struct rt_slot_reader *r, const struct rt_json *object,
                        const struct rt_slot_place *parent, const char *key, size_t max,
                        size_t size, rt_slot_read read, const void **ret, size_t *ret_n);

/* ROMTOOL_E_BAD_SLOT_FILE where two parts of a vendor contradict or one is about nothing. */
int rt_slot_vendor_check(const struct rt_slot_vendor *vendor, struct romtool_error *err);

void rt_slot_blocks_free(struct rt_slot_block *blocks);

#endif
