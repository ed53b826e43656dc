/* SPDX-License-Identifier: BSD-2-Clause */
#include "state/libvirt-save.h"

#include <inttypes.h>
#include <string.h>

#define MAGIC_SIZE  16
#define VERSION_MAX 2

/* Where the fields are: 32 bits each, then 14 that are not used. */
enum {
    VERSION_AT = 0x10,
    DATA_LEN_AT = 0x14,
    WAS_RUNNING_AT = 0x18,
    FORMAT_AT = 0x1c,
    COOKIE_OFFSET_AT = 0x20,
};

static const char magic_complete[] = "LibvirtQemudSave";
static const char magic_partial[] = "LibvirtQemudPart";

static uint32_t swap(uint32_t value)
{
    return value >> 24 | (value >> 8 & 0xff00) | (value << 8 & 0xff0000) | value << 24;
}

/* A field; inside, for who has looked at the length. */
static uint32_t field(struct rt_bytes head, size_t at, bool big_endian)
{
    uint32_t value;

    (void)rt_bytes_u32le(head, at, &value);
    return big_endian ? swap(value) : value;
}

bool rt_save_is(struct rt_bytes head)
{
    return rt_bytes_equal_at(head, 0, magic_complete, MAGIC_SIZE) ||
           rt_bytes_equal_at(head, 0, magic_partial, MAGIC_SIZE);
}

static int check_header(const struct rt_save_header *header, struct romtool_error *err)
{
    if (header->version > VERSION_MAX)
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED, VERSION_AT,
                            "a save image of version %" PRIu32 ", known are those up to %d",
                            header->version, VERSION_MAX);
    if (header->data_len == 0)
        return rt_error_set(err, ROMTOOL_E_BAD_SAVE, DATA_LEN_AT, "no domain XML: its length is 0");
    if (header->data_len > RT_SAVE_DATA_MAX)
        return rt_error_set(err, ROMTOOL_E_TOO_LARGE, DATA_LEN_AT,
                            "a domain XML of %" PRIu32 " bytes, the limit is %" PRIu32,
                            header->data_len, RT_SAVE_DATA_MAX);
    if (header->cookie_offset > header->data_len)
        return rt_error_set(err, ROMTOOL_E_BAD_SAVE, COOKIE_OFFSET_AT,
                            "the cookie is at 0x%" PRIx32 " of 0x%" PRIx32 " bytes",
                            header->cookie_offset, header->data_len);
    return 0;
}

int rt_save_read_header(struct rt_bytes head, struct rt_save_header *ret, struct romtool_error *err)
{
    struct rt_bytes whole;
    int r;

    *ret = (struct rt_save_header){0};
    if (head.len >= MAGIC_SIZE && !rt_save_is(head))
        return rt_error_set(err, ROMTOOL_E_BAD_SAVE, 0,
                            "does not begin as a save image of libvirt");
    if (!rt_bytes_slice(head, 0, RT_SAVE_HEADER_SIZE, &whole))
        return rt_error_set(err, ROMTOOL_E_TRUNCATED, head.len,
                            "ends inside the header of a save image");
    memcpy(ret->bytes, whole.data, RT_SAVE_HEADER_SIZE);
    ret->complete = rt_bytes_equal_at(head, 0, magic_complete, MAGIC_SIZE);
    /* As libvirt does it: a version that is too large was written in the other order. */
    ret->big_endian = field(head, VERSION_AT, false) > field(head, VERSION_AT, true);
    ret->version = field(head, VERSION_AT, ret->big_endian);
    ret->data_len = field(head, DATA_LEN_AT, ret->big_endian);
    ret->was_running = field(head, WAS_RUNNING_AT, ret->big_endian);
    /* Before version 2 there was no such field, and nothing was compressed. */
    ret->format = ret->version < 2 ? RT_SAVE_RAW : field(head, FORMAT_AT, ret->big_endian);
    ret->cookie_offset = field(head, COOKIE_OFFSET_AT, ret->big_endian);
    r = check_header(ret, err);
    if (r < 0) {
        *ret = (struct rt_save_header){0};
        return r;
    }
    if (ret->cookie_offset == ret->data_len) /* to libvirt a cookie of 0 bytes is none */
        ret->cookie_offset = 0;
    ret->xml_at = RT_SAVE_HEADER_SIZE;
    ret->state_at = ret->xml_at + ret->data_len;
    ret->cookie_at = ret->cookie_offset == 0 ? 0 : ret->xml_at + ret->cookie_offset;
    return 0;
}

const char *rt_save_format_name(uint32_t format)
{
    static const char *const names[] = {
        [RT_SAVE_RAW] = "raw",       [RT_SAVE_GZIP] = "gzip", [RT_SAVE_BZIP2] = "bzip2",
        [RT_SAVE_XZ] = "xz",         [RT_SAVE_LZOP] = "lzop", [RT_SAVE_ZSTD] = "zstd",
        [RT_SAVE_SPARSE] = "sparse",
    };

    return format < sizeof(names) / sizeof(names[0]) ? names[format] : "unknown";
}

/* The text from one place of the data to its NUL, which is before another. */
static int take_text(struct rt_bytes data, size_t from, size_t end, const char *what,
                     struct rt_bytes *ret, struct romtool_error *err)
{
    const uint8_t *nul;
    struct rt_bytes text;

    *ret = (struct rt_bytes){0};
    if (from > end || !rt_bytes_slice(data, from, end - from, &text)) /* not from this reader */
        return rt_error_set(err, ROMTOOL_E_INTERNAL, from, "%s is not in the data", what);
    nul = text.len == 0 ? NULL : memchr(text.data, 0, text.len);
    if (nul == NULL)
        return rt_error_set(err, ROMTOOL_E_BAD_SAVE, RT_SAVE_HEADER_SIZE + (uint64_t)end,
                            "%s does not end before here", what);
    *ret = (struct rt_bytes){text.data, (size_t)(nul - text.data)};
    return 0;
}

int rt_save_texts(struct rt_bytes data, const struct rt_save_header *header,
                  struct rt_bytes *ret_xml, struct rt_bytes *ret_cookie, struct romtool_error *err)
{
    bool has_cookie = header->cookie_offset != 0;
    struct rt_bytes all;
    int r;

    *ret_xml = *ret_cookie = (struct rt_bytes){0};
    if (!rt_bytes_slice(data, 0, header->data_len, &all))
        return rt_error_set(err, ROMTOOL_E_TRUNCATED, RT_SAVE_HEADER_SIZE + (uint64_t)data.len,
                            "ends inside the domain XML of a save image");
    r = take_text(all, 0, has_cookie ? header->cookie_offset : header->data_len, "the domain XML",
                  ret_xml, err);
    if (r == 0 && has_cookie)
        r = take_text(all, header->cookie_offset, header->data_len, "the cookie", ret_cookie, err);
    if (r < 0)
        *ret_xml = (struct rt_bytes){0};
    return r;
}

static void append_header(const struct rt_save_header *header, uint32_t cookie_offset,
                          struct rt_buffer *out)
{
    uint8_t bytes[RT_SAVE_HEADER_SIZE];

    memcpy(bytes, header->bytes, sizeof(bytes));
    for (unsigned i = 0; header->cookie_offset != 0 && i < 4; i++)
        bytes[COOKIE_OFFSET_AT + i] =
            (uint8_t)(cookie_offset >> (header->big_endian ? 24 - 8 * i : 8 * i));
    rt_buffer_append(out, bytes, sizeof(bytes));
}

int rt_save_compose(const struct rt_save_header *header, struct rt_bytes data, struct rt_bytes xml,
                    struct rt_buffer *out, struct romtool_error *err)
{
    struct rt_bytes old_xml, cookie;
    size_t begin = out->len;
    uint64_t need;
    int r;

    if (xml.len == 0 || memchr(xml.data, 0, xml.len) != NULL)
        return rt_error_set(err, ROMTOOL_E_BAD_DOMAIN, ROMTOOL_NO_OFFSET, "a domain XML that is %s",
                            xml.len == 0 ? "empty" : "not text");
    r = rt_save_texts(data, header, &old_xml, &cookie, err);
    if (r < 0)
        return r;
    need = (uint64_t)xml.len + 1 + (header->cookie_offset != 0 ? cookie.len + 1 : 0);
    if (need > header->data_len)
        return rt_error_set(err, ROMTOOL_E_NO_ROOM, DATA_LEN_AT,
                            "the domain XML does not fit: %" PRIu64
                            " bytes are missing of %" PRIu32,
                            need - header->data_len, header->data_len);
    append_header(header, (uint32_t)xml.len + 1, out);
    rt_buffer_append(out, xml.data, xml.len);
    rt_buffer_append(out, "", 1);
    if (header->cookie_offset != 0) {
        rt_buffer_append(out, cookie.data, cookie.len);
        rt_buffer_append(out, "", 1);
    }
    (void)rt_buffer_extend(out, (size_t)(header->data_len - need));
    if (!out->failed)
        return 0;
    out->len = begin;
    return rt_error_no_memory(err);
}
