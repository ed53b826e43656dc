/* SPDX-License-Identifier: BSD-2-Clause */
#include "manifests/member.h"

#include <stdio.h>
#include <string.h>

#include "manifests/manifest.h"

int rt_member_bad(const struct rt_member_reader *rd, const char *key, const char *what)
{
    return rt_error_set(rd->err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET, "%s%s: %s", rd->where,
                        key, what);
}

int rt_member_value(const struct rt_member_reader *rd, const struct rt_json *object,
                    const char *key, enum rt_json_type type, const struct rt_json **ret)
{
    static const char *const wrong[] = {
        [RT_JSON_INTEGER] = "not an integer",
        [RT_JSON_STRING] = "not a string",
        [RT_JSON_ARRAY] = "not an array",
        [RT_JSON_OBJECT] = "not an object",
    };

    *ret = rt_json_get(object, key);
    if (*ret == NULL)
        return rt_member_bad(rd, key, "missing");
    if (rt_json_type(*ret) != type)
        return rt_member_bad(rd, key, wrong[type]);
    return 0;
}

int rt_member_string(const struct rt_member_reader *rd, const struct rt_json *object,
                     const char *key, const char **ret)
{
    const struct rt_json *value;
    int r = rt_member_value(rd, object, key, RT_JSON_STRING, &value);

    *ret = r < 0 ? NULL : rt_json_string(value);
    return r;
}

int rt_member_constant(const struct rt_member_reader *rd, const struct rt_json *object,
                       const char *key, const char *expected)
{
    const char *text;
    int r = rt_member_string(rd, object, key, &text);

    if (r < 0)
        return r;
    if (strcmp(text, expected) != 0)
        return rt_error_set(rd->err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                            "%s%s: '%.100s' is not '%s'", rd->where, key, text, expected);
    return 0;
}

int rt_member_integer(const struct rt_member_reader *rd, const struct rt_json *object,
                      const char *key, int64_t max, int64_t *ret)
{
    const struct rt_json *value;
    int r = rt_member_value(rd, object, key, RT_JSON_INTEGER, &value);

    *ret = 0;
    if (r < 0)
        return r;
    if (!rt_json_integer(value, ret) || *ret < 0 || *ret > max)
        return rt_error_set(rd->err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                            "%s%s: %lld is not between 0 and %lld", rd->where, key, (long long)*ret,
                            (long long)max);
    return 0;
}

int rt_member_size(const struct rt_member_reader *rd, const struct rt_json *object, const char *key,
                   uint64_t *ret)
{
    int64_t value;
    int r = rt_member_integer(rd, object, key, (int64_t)ROMTOOL_SLOT_MAX, &value);

    *ret = r < 0 ? 0 : (uint64_t)value;
    return r;
}

int rt_member_id(const struct rt_member_reader *rd, const struct rt_json *object, const char *key,
                 uint16_t *ret)
{
    int64_t value;
    int r = rt_member_integer(rd, object, key, UINT16_MAX, &value);

    *ret = r < 0 ? 0 : (uint16_t)value;
    return r;
}

int rt_member_sha256(const struct rt_member_reader *rd, const char *key, const char *hex,
                     uint8_t ret[RT_SHA256_SIZE])
{
    if (hex == NULL || !rt_bytes_from_hex(hex, ret, RT_SHA256_SIZE) || !rt_manifest_states(ret))
        return rt_member_bad(rd, key, "sha256 is not 64 lower-case hex digits");
    return 0;
}

int rt_member_digest(const struct rt_member_reader *rd, const struct rt_json *object,
                     const char *key, uint8_t ret[RT_SHA256_SIZE])
{
    const struct rt_json *digest, *value;
    int r = rt_member_value(rd, object, key, RT_JSON_OBJECT, &digest);

    memset(ret, 0, RT_SHA256_SIZE);
    if (r < 0)
        return r;
    value = rt_json_get(digest, "sha256");
    if (value == NULL)
        return rt_member_bad(rd, key, "sha256 is missing");
    return rt_member_sha256(rd, key, rt_json_string(value), ret);
}

int rt_member_enter(struct rt_member_reader *rd, const char *prefix, const char *key,
                    const struct rt_json *array, size_t n, const struct rt_json **ret)
{
    rd->where[0] = '\0';
    *ret = rt_json_at(array, n);
    (void)snprintf(rd->where, sizeof(rd->where), "%s%s[%zu]", prefix, key, n);
    if (rt_json_type(*ret) != RT_JSON_OBJECT)
        return rt_member_bad(rd, "", "not an object");
    (void)snprintf(rd->where, sizeof(rd->where), "%s%s[%zu].", prefix, key, n);
    return 0;
}
