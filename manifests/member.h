/* SPDX-License-Identifier: BSD-2-Clause */
/* The members of a manifest's objects, strictly: there, of their type, in their bounds. */
#ifndef RT_MANIFESTS_MEMBER_H
#define RT_MANIFESTS_MEMBER_H

#include "core/digest.h"
#include "core/json.h"

struct rt_member_reader {
    struct romtool_error *err;
    char where[128]; /* the object that is being read, with a dot: "predicate.roms[2]." */
};

/* Each of these: ROMTOOL_E_BAD_MANIFEST, the sentence names the member; *ret is 0 or NULL then. */
int rt_member_bad(const struct rt_member_reader *rd, const char *key, const char *what);
int rt_member_value(const struct rt_member_reader *rd, const struct rt_json *object,
                    const char *key, enum rt_json_type type, const struct rt_json **ret);
int rt_member_string(const struct rt_member_reader *rd, const struct rt_json *object,
                     const char *key, const char **ret);
int rt_member_constant(const struct rt_member_reader *rd, const struct rt_json *object,
                       const char *key, const char *expected);

/* From 0 to max. */
int rt_member_integer(const struct rt_member_reader *rd, const struct rt_json *object,
                      const char *key, int64_t max, int64_t *ret);

/* Bytes; the same bound holds for everything that is in a ROM. */
int rt_member_size(const struct rt_member_reader *rd, const struct rt_json *object, const char *key,
                   uint64_t *ret);
int rt_member_id(const struct rt_member_reader *rd, const struct rt_json *object, const char *key,
                 uint16_t *ret);

/* 64 lower-case hex digits; all zero would be "not stated". */
int rt_member_sha256(const struct rt_member_reader *rd, const char *key, const char *hex,
                     uint8_t ret[RT_SHA256_SIZE]);

/* {"sha256": "64 lower-case hex digits"}; digests by other algorithms beside it are ignored. */
int rt_member_digest(const struct rt_member_reader *rd, const struct rt_json *object,
                     const char *key, uint8_t ret[RT_SHA256_SIZE]);

/* The n-th member of an array, which has to be an object; from here on, sentences name it. */
int rt_member_enter(struct rt_member_reader *rd, const char *prefix, const char *key,
                    const struct rt_json *array, size_t n, const struct rt_json **ret);

#endif
