/* SPDX-License-Identifier: BSD-2-Clause */
/* The members of a manifest's objects, strictly: there, of their type, in their bounds. */
#ifndef RT_MANIFESTS_MEMBER_H
#define RT_MANIFESTS_MEMBER_H

#include "core/digest.h"
#include "core/json.h"

struct rt_field_reader {
    struct romtool_error *err;
    char where[128]; /* the object that is being read, with a dot: "predicate.roms[2]." */
};

/* Each of these: ROMTOOL_E_BAD_MANIFEST, the sentence names the member; *ret is 0 or NULL then. */
int rt_field_bad(const struct rt_field_reader *rd, const char *key, const char *what);
int rt_field_value(const struct rt_field_reader *rd, const struct rt_json *object, const char *key,
                   enum rt_json_type type, const struct rt_json **ret);
int rt_field_string(const struct rt_field_reader *rd, const struct rt_json *object, const char *key,
                    const char **ret);
int rt_field_constant(const struct rt_field_reader *rd, const struct rt_json *object,
                      const char *key, const char *expected);

/* From 0 to max. */
int rt_field_integer(const struct rt_field_reader *rd, const struct rt_json *object,
                     const char *key, int64_t max, int64_t *ret);

/* Bytes; the same bound holds for everything that is in a ROM. */
int rt_field_size(const struct rt_field_reader *rd, const struct rt_json *object, const char *key,
                  uint64_t *ret);
int rt_field_id(const struct rt_field_reader *rd, const struct rt_json *object, const char *key,
                uint16_t *ret);

/* 64 lower-case hex digits; all zero would be "not stated". */
int rt_field_sha256(const struct rt_field_reader *rd, const char *key, const char *hex,
                    uint8_t ret[RT_SHA256_SIZE]);

/* {"sha256": "64 lower-case hex digits"}; digests by other algorithms beside it are ignored. */
int rt_field_digest(const struct rt_field_reader *rd, const struct rt_json *object, const char *key,
                    uint8_t ret[RT_SHA256_SIZE]);

/* The n-th member of an array, which has to be an object; from here on, sentences name it. */
int rt_field_enter(struct rt_field_reader *rd, const char *prefix, const char *key,
                   const struct rt_json *array, size_t n, const struct rt_json **ret);

#endif
