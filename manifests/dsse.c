/* SPDX-License-Identifier: BSD-2-Clause */
#include "manifests/dsse.h"

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "manifests/base64.h"

struct rt_dsse {
    struct rt_json *json; /* the key ids point into it */
    struct rt_buffer payload;
    size_t n;
    struct one {
        const char *keyid;
        struct rt_buffer bytes;
    } signatures[RT_DSSE_SIGNATURES_MAX];
};

static int bad(struct romtool_error *err, const char *what)
{
    return rt_error_set(err, ROMTOOL_E_BAD_SIGNATURE, ROMTOOL_NO_OFFSET, "%s", what);
}

static bool decode_text(const char *text, size_t len, struct rt_buffer *ret)
{
    size_t n = rt_base64_size(text, len);
    uint8_t *bytes = rt_buffer_extend(ret, n);

    /* no memory is said by ret->failed */
    return bytes == NULL || rt_base64_decode(text, len, bytes, n) ||
           rt_base64_decode_as(RT_BASE64_URL, text, len, bytes, n);
}

static bool decode(const struct rt_json *value, struct rt_buffer *ret)
{
    const char *text = rt_json_string(value);

    return decode_text(text, strlen(text), ret);
}

/* ------------------------------------------------------------------------- a payload ahead */

static size_t skip_space(struct rt_bytes text, size_t at)
{
    while (at < text.len && (text.data[at] == ' ' || text.data[at] == '\t' ||
                             text.data[at] == '\n' || text.data[at] == '\r'))
        at++;
    return at;
}

/* The text that must come next, white space before it; false where it does not. */
static bool take(struct rt_bytes text, size_t *at, const char *expected)
{
    size_t n = strlen(expected);

    *at = skip_space(text, *at);
    if (!rt_bytes_equal_at(text, *at, expected, n))
        return false;
    *at += n;
    return true;
}

bool rt_dsse_begins(struct rt_bytes text)
{
    size_t at = 0;

    return take(text, &at, "{");
}

static bool is_base64(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '-' || c == '_' || c == '=';
}

/*
 * Where the payload is the first member, as we write it, its base64 need not go through a JSON
 * reader, which takes far longer over it than the signature does: *ret is that slice of text, and
 * what is left has the same members with an empty payload. A slice without an end is none.
 */
static bool find_payload(struct rt_bytes text, struct rt_bytes *ret)
{
    size_t at = 0, end;

    if (!take(text, &at, "{") || !take(text, &at, "\"payload\"") || !take(text, &at, ":") ||
        !take(text, &at, "\""))
        return false;
    for (end = at; end < text.len && is_base64(text.data[end]); end++)
        ;
    return end < text.len && text.data[end] == '"' && end > at &&
           rt_bytes_slice(text, at, end - at, ret);
}

/* Parses the text, the slice (empty: none) left out; what is wrong has its place in the whole. */
static int parse_without(struct rt_bytes text, struct rt_bytes slice, struct rt_json **ret,
                         struct romtool_error *err)
{
    size_t start = slice.len > 0 ? (size_t)(slice.data - text.data) : 0;
    struct rt_buffer rest = {0};
    int r;

    if (slice.len == 0)
        return rt_json_parse(text, ret, err);
    rt_buffer_append(&rest, text.data, start);
    rt_buffer_append(&rest, text.data + start + slice.len, text.len - start - slice.len);
    r = rest.failed ? rt_error_no_memory(err) : rt_json_parse(rt_buffer_bytes(&rest), ret, NULL);
    if (r < 0 && !rest.failed)
        r = rt_json_parse(text, ret, err);
    rt_buffer_free(&rest);
    return r;
}

/* ------------------------------------------------------------------------- reading */

static int read_signature(const struct rt_json *object, struct one *ret, struct romtool_error *err)
{
    const struct rt_json *keyid = rt_json_get(object, "keyid"), *sig = rt_json_get(object, "sig");

    if (rt_json_type(object) != RT_JSON_OBJECT)
        return bad(err, "signatures: not an array of objects");
    if (keyid != NULL && rt_json_type(keyid) != RT_JSON_STRING)
        return bad(err, "signatures: a keyid that is no string");
    if (rt_json_type(sig) != RT_JSON_STRING)
        return bad(err, "signatures: no sig, or none that is a string");
    if (!decode(sig, &ret->bytes) || (ret->bytes.len == 0 && !ret->bytes.failed))
        return bad(err, "signatures: a sig that is not canonical base64");
    ret->keyid = rt_json_string(keyid);
    return ret->bytes.failed ? rt_error_no_memory(err) : 0;
}

/* ahead is the payload's base64 where it was not left in the JSON. */
static int read_envelope(struct rt_dsse *dsse, struct rt_bytes ahead, struct romtool_error *err)
{
    const struct rt_json *type = rt_json_get(dsse->json, "payloadType");
    const struct rt_json *payload = rt_json_get(dsse->json, "payload");
    const struct rt_json *signatures = rt_json_get(dsse->json, "signatures");
    size_t n = rt_json_count(signatures);
    int r = 0;

    if (rt_json_type(dsse->json) != RT_JSON_OBJECT)
        return bad(err, "not an object");
    if (rt_json_type(type) != RT_JSON_STRING)
        return bad(err, "payloadType: missing, or no string");
    if (strcmp(rt_json_string(type), RT_DSSE_PAYLOAD_TYPE) != 0)
        return rt_error_set(err, ROMTOOL_E_BAD_SIGNATURE, ROMTOOL_NO_OFFSET,
                            "payloadType: '%.100s' is not '%s'", rt_json_string(type),
                            RT_DSSE_PAYLOAD_TYPE);
    if (rt_json_type(payload) != RT_JSON_STRING)
        return bad(err, "payload: missing, or no string");
    if (ahead.len > 0 ? !decode_text((const char *)ahead.data, ahead.len, &dsse->payload)
                      : !decode(payload, &dsse->payload))
        return bad(err, "payload: not canonical base64");
    if (dsse->payload.failed)
        return rt_error_no_memory(err);
    if (rt_json_type(signatures) != RT_JSON_ARRAY || n == 0)
        return bad(err, "signatures: missing, no array, or empty");
    if (n > RT_DSSE_SIGNATURES_MAX)
        return rt_error_set(err, ROMTOOL_E_BAD_SIGNATURE, ROMTOOL_NO_OFFSET,
                            "signatures: %zu, at most %zu are read", n, RT_DSSE_SIGNATURES_MAX);
    for (size_t i = 0; r == 0 && i < n; i++) {
        dsse->n++;
        r = read_signature(rt_json_at(signatures, i), &dsse->signatures[i], err);
    }
    return r;
}

int rt_dsse_read(struct rt_bytes text, struct rt_dsse **ret, struct romtool_error *err)
{
    struct rt_bytes ahead = {NULL, 0};
    struct romtool_error why;
    struct rt_dsse *dsse;
    int r;

    *ret = NULL;
    if (text.len > RT_DSSE_SIZE_MAX)
        return rt_error_set(err, ROMTOOL_E_TOO_LARGE, RT_DSSE_SIZE_MAX,
                            "an envelope of %zu bytes, at most %zu are read", text.len,
                            RT_DSSE_SIZE_MAX);
    dsse = calloc(1, sizeof(*dsse));
    if (dsse == NULL)
        return rt_error_no_memory(err);
    rt_error_clear(&why);
    if (!find_payload(text, &ahead))
        ahead = (struct rt_bytes){NULL, 0};
    r = parse_without(text, ahead, &dsse->json, &why);
    if (r == ROMTOOL_E_BAD_JSON)
        r = rt_error_set(err, ROMTOOL_E_BAD_SIGNATURE, why.offset, "%s", why.text);
    else if (r < 0)
        r = rt_error_hand_on(err, &why);
    else
        r = read_envelope(dsse, ahead, err);
    if (r < 0)
        rt_dsse_free(dsse);
    else
        *ret = dsse;
    return r;
}

struct rt_bytes rt_dsse_payload(const struct rt_dsse *dsse)
{
    return rt_buffer_bytes(&dsse->payload);
}

size_t rt_dsse_count(const struct rt_dsse *dsse)
{
    return dsse->n;
}

struct rt_dsse_signature rt_dsse_signature(const struct rt_dsse *dsse, size_t index)
{
    const struct one *one = &dsse->signatures[index];

    return (struct rt_dsse_signature){one->keyid, rt_buffer_bytes(&one->bytes)};
}

void rt_dsse_free(struct rt_dsse *dsse)
{
    if (dsse == NULL)
        return;
    for (size_t i = 0; i < dsse->n; i++)
        rt_buffer_free(&dsse->signatures[i].bytes);
    rt_buffer_free(&dsse->payload);
    rt_json_free(dsse->json);
    free(dsse);
}

/* ------------------------------------------------------------------------- writing */

int rt_dsse_pae(struct rt_bytes payload, struct rt_buffer *out, struct romtool_error *err)
{
    rt_buffer_printf(out, "DSSEv1 %zu %s %zu ", strlen(RT_DSSE_PAYLOAD_TYPE), RT_DSSE_PAYLOAD_TYPE,
                     payload.len);
    rt_buffer_append(out, payload.data, payload.len);
    return out->failed ? rt_error_no_memory(err) : 0;
}

static bool write_base64(struct rt_json_writer *w, const char *key, struct rt_bytes bytes)
{
    struct rt_buffer text = {0};
    bool written;

    rt_base64_append(&text, bytes);
    written = !text.failed;
    if (written)
        rt_json_write_string(w, key, text.data != NULL ? text.data : "");
    rt_buffer_free(&text);
    return written;
}

int rt_dsse_write(struct rt_bytes payload, const struct rt_dsse_signature *signatures, size_t n,
                  struct rt_buffer *out, struct romtool_error *err)
{
    struct rt_json_writer w = {.out = out, .compact = true};
    bool written;

    rt_json_begin_object(&w, NULL);
    written = write_base64(&w, "payload", payload);
    rt_json_write_string(&w, "payloadType", RT_DSSE_PAYLOAD_TYPE);
    rt_json_begin_array(&w, "signatures");
    for (size_t i = 0; i < n; i++) {
        rt_json_begin_object(&w, NULL);
        if (signatures[i].keyid != NULL)
            rt_json_write_string(&w, "keyid", signatures[i].keyid);
        written = write_base64(&w, "sig", signatures[i].bytes) && written;
        rt_json_end_object(&w);
    }
    rt_json_end_array(&w);
    rt_json_end_object(&w);
    return !written || out->failed ? rt_error_no_memory(err) : 0;
}
