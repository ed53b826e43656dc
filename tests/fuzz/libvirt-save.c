/* SPDX-License-Identifier: BSD-2-Clause */
/* libvirt's save images: every place lies inside; what is composed reads as what was asked for. */
#include "fuzz.h"

#include "state/libvirt-save.h"

#include <string.h>

/* The same image with this XML: everything else is as it was. */
static void compose(const struct rt_save_header *header, struct rt_bytes data, struct rt_bytes xml,
                    struct rt_bytes cookie)
{
    struct rt_bytes tail, new_xml, new_cookie;
    struct rt_save_header after;
    struct rt_buffer out = {0};
    int r = rt_save_compose(header, data, xml, &out, NULL);

    if (r < 0) {
        FUZZ_CHECK(r == ROMTOOL_E_NO_ROOM || r == ROMTOOL_E_BAD_DOMAIN);
        FUZZ_CHECK(out.len == 0);
        FUZZ_CHECK(r != ROMTOOL_E_BAD_DOMAIN || xml.len == 0);
        rt_buffer_free(&out);
        return;
    }
    FUZZ_CHECK(out.len == RT_SAVE_HEADER_SIZE + (size_t)header->data_len);
    FUZZ_CHECK(rt_save_read_header(rt_buffer_bytes(&out), &after, NULL) == 0);
    FUZZ_CHECK(rt_bytes_slice(rt_buffer_bytes(&out), RT_SAVE_HEADER_SIZE, header->data_len, &tail));
    FUZZ_CHECK(rt_save_texts(tail, &after, &new_xml, &new_cookie, NULL) == 0);
    FUZZ_CHECK(rt_bytes_equal(new_xml, xml));
    FUZZ_CHECK(rt_bytes_equal(new_cookie, cookie));
    FUZZ_CHECK(after.complete == header->complete && after.big_endian == header->big_endian);
    FUZZ_CHECK(after.format == header->format && after.state_at == header->state_at);
    FUZZ_CHECK(memcmp(after.bytes, header->bytes, 0x20) == 0);
    FUZZ_CHECK(memcmp(after.bytes + 0x24, header->bytes + 0x24, RT_SAVE_HEADER_SIZE - 0x24) == 0);
    rt_buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rt_bytes file = {data, size}, behind, xml, cookie, piece;
    struct romtool_error err = {0};
    struct rt_save_header header;
    int r = rt_save_read_header(file, &header, &err);

    if (r < 0) {
        FUZZ_CHECK(err.code == r && err.offset <= size && err.text[0] != '\0');
        return 0;
    }
    FUZZ_CHECK(header.data_len > 0 && header.data_len <= RT_SAVE_DATA_MAX);
    FUZZ_CHECK(header.cookie_offset < header.data_len && header.version <= 2);
    FUZZ_CHECK(header.state_at == header.xml_at + header.data_len);
    FUZZ_CHECK(header.cookie_at < header.state_at);
    FUZZ_CHECK(rt_save_format_name(header.format) != NULL);
    FUZZ_CHECK(rt_bytes_slice(file, RT_SAVE_HEADER_SIZE, size - RT_SAVE_HEADER_SIZE, &behind));
    r = rt_save_texts(behind, &header, &xml, &cookie, &err);
    if (r < 0) {
        FUZZ_CHECK(err.code == r && err.offset <= size);
        FUZZ_CHECK(xml.len == 0 && cookie.len == 0);
        return 0;
    }
    FUZZ_CHECK(xml.len < header.data_len && cookie.len < header.data_len);
    FUZZ_CHECK(xml.data >= behind.data && memchr(xml.data, 0, xml.len + 1) == xml.data + xml.len);
    compose(&header, behind, xml, cookie);
    for (size_t n = 1; n < 5 && rt_bytes_slice(xml, 0, xml.len / n, &piece); n++)
        compose(&header, behind, piece, cookie);
    compose(&header, behind,
            (struct rt_bytes){(const uint8_t *)"<domain><os>a longer one</os></domain>", 38},
            cookie);
    return 0;
}
