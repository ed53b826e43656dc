/* SPDX-License-Identifier: BSD-2-Clause */
/* libvirt's save images: what is read of them, what is refused, another XML in the same room. */
#include "state/libvirt-save.h"
#include "tests/support/image-builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "failing.h"

#define XML    "<domain type='kvm'><name>guest</name></domain>"
#define COOKIE "<cookie><cpu/></cookie>"

enum { VERSION = 0x10, DATA_LEN = 0x14, FORMAT = 0x1c, COOKIE_OFFSET = 0x20, HEADER = 92 };

static struct rt_buffer image;

static struct ib_save ordinary(void)
{
    return (struct ib_save){.was_running = 1, .xml = XML, .cookie = COOKIE, .slack = 100};
}

static void build(const struct ib_save *spec)
{
    rt_buffer_free(&image);
    ib_save(&image, spec);
    rt_buffer_puts(&image, "QEVM");
}

static struct rt_bytes behind_header(void)
{
    struct rt_bytes ret;

    assert_true(rt_bytes_slice(rt_buffer_bytes(&image), HEADER, image.len - HEADER, &ret));
    return ret;
}

static struct rt_save_header header_of_image(void)
{
    struct rt_save_header header;

    assert_int_equal(rt_save_read_header(rt_buffer_bytes(&image), &header, NULL), 0);
    return header;
}

static void expect_text(struct rt_bytes text, const char *expected)
{
    assert_int_equal(text.len, strlen(expected));
    assert_true(text.len == 0 || memcmp(text.data, expected, text.len) == 0);
}

static void refuse_header(int code, uint64_t offset, const char *text)
{
    struct rt_save_header header;
    struct romtool_error err = {0};

    memset(&header, 0xff, sizeof(header));
    assert_int_equal(rt_save_read_header(rt_buffer_bytes(&image), &header, &err), code);
    assert_int_equal(err.code, code);
    assert_int_equal(err.offset, offset);
    if (strstr(err.text, text) == NULL)
        fail_msg("'%s' is not in '%s'", text, err.text);
    assert_int_equal(header.data_len, 0);
    assert_false(header.complete);
}

static void refuse_texts(const struct rt_save_header *header, struct rt_bytes data, int code,
                         uint64_t offset)
{
    struct rt_bytes xml = data, cookie = data;
    struct romtool_error err = {0};

    assert_int_equal(rt_save_texts(data, header, &xml, &cookie, &err), code);
    assert_int_equal(err.code, code);
    assert_int_equal(err.offset, offset);
    assert_int_equal(xml.len, 0);
    assert_int_equal(cookie.len, 0);
}

/* -------------------------------------------------------------------------------------- reading */

static void read_back(struct ib_save spec)
{
    size_t data_len = sizeof(XML) + (spec.cookie != NULL ? sizeof(COOKIE) : 0) + spec.slack;
    struct rt_bytes xml, cookie;
    struct rt_save_header header;

    build(&spec);
    assert_true(rt_save_is(rt_buffer_bytes(&image)));
    header = header_of_image();
    assert_int_equal(header.complete, !spec.partial);
    assert_int_equal(header.big_endian, spec.big_endian);
    assert_int_equal(header.version, 2);
    assert_int_equal(header.data_len, data_len);
    assert_int_equal(header.was_running, spec.was_running);
    assert_int_equal(header.format, spec.format);
    assert_int_equal(header.cookie_offset, spec.cookie != NULL ? sizeof(XML) : 0);
    assert_int_equal(header.xml_at, HEADER);
    assert_int_equal(header.cookie_at, spec.cookie != NULL ? HEADER + sizeof(XML) : 0);
    assert_int_equal(header.state_at, image.len - 4);
    assert_memory_equal(header.bytes, image.data, HEADER);
    assert_int_equal(rt_save_texts(behind_header(), &header, &xml, &cookie, NULL), 0);
    expect_text(xml, XML);
    expect_text(cookie, spec.cookie != NULL ? COOKIE : "");
}

static void test_read(void **state)
{
    struct ib_save spec = ordinary();

    (void)state;
    for (unsigned i = 0; i < 16; i++) {
        spec.big_endian = (i & 1) != 0;
        spec.partial = (i & 2) != 0;
        spec.cookie = (i & 4) != 0 ? COOKIE : NULL;
        spec.slack = (i & 8) != 0 ? 65536 : 0;
        spec.was_running = i % 3 == 0;
        spec.format = i;
        read_back(spec);
    }
}

static void test_formats(void **state)
{
    static const char *const names[] = {"raw",  "gzip", "bzip2",  "xz",
                                        "lzop", "zstd", "sparse", "unknown"};
    (void)state;
    for (uint32_t i = 0; i < 8; i++)
        assert_string_equal(rt_save_format_name(i), names[i]);
    assert_string_equal(rt_save_format_name(UINT32_MAX), "unknown");
}

/* Before version 2 there was no format: what is there means nothing. */
static void test_version_1(void **state)
{
    struct ib_save spec = ordinary();

    (void)state;
    spec.version = 1;
    spec.format = 1;
    build(&spec);
    assert_int_equal(header_of_image().version, 1);
    assert_int_equal(header_of_image().format, RT_SAVE_RAW);
    spec.big_endian = true;
    build(&spec);
    assert_int_equal(header_of_image().version, 1);
    assert_true(header_of_image().big_endian);
}

static void test_other_magic(void **state)
{
    struct ib_save spec = ordinary();

    (void)state;
    build(&spec);
    image.data[15] = 'x';
    assert_false(rt_save_is(rt_buffer_bytes(&image)));
    refuse_header(ROMTOOL_E_BAD_SAVE, 0, "does not begin");
    build(&spec);
    image.len = 15;
    assert_false(rt_save_is(rt_buffer_bytes(&image)));
}

static void test_later_version(void **state)
{
    struct ib_save spec = ordinary();

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        spec.big_endian = i == 1;
        spec.version = 3;
        build(&spec);
        refuse_header(ROMTOOL_E_UNSUPPORTED, VERSION, "version 3,");
    }
}

static void test_lengths(void **state)
{
    struct ib_save spec = ordinary();

    (void)state;
    spec.big_endian = true; /* so that ib_patch() can write it */
    build(&spec);
    ib_patch(&image, DATA_LEN, 4, 0);
    refuse_header(ROMTOOL_E_BAD_SAVE, DATA_LEN, "no domain XML");
    ib_patch(&image, DATA_LEN, 4, RT_SAVE_DATA_MAX + 1);
    refuse_header(ROMTOOL_E_TOO_LARGE, DATA_LEN, "the limit is 16777216");
    ib_patch(&image, DATA_LEN, 4, UINT32_MAX);
    refuse_header(ROMTOOL_E_TOO_LARGE, DATA_LEN, "the limit is 16777216");
    ib_patch(&image, DATA_LEN, 4, RT_SAVE_DATA_MAX);
    assert_int_equal(header_of_image().data_len, RT_SAVE_DATA_MAX);
    ib_patch(&image, DATA_LEN, 4, sizeof(XML) - 1);
    refuse_header(ROMTOOL_E_BAD_SAVE, COOKIE_OFFSET, "the cookie is at");
    ib_patch(&image, DATA_LEN, 4, sizeof(XML)); /* a cookie of no bytes: none */
    assert_int_equal(header_of_image().cookie_offset, 0);
    assert_int_equal(header_of_image().cookie_at, 0);
    ib_patch(&image, COOKIE_OFFSET, 4, UINT32_MAX);
    refuse_header(ROMTOOL_E_BAD_SAVE, COOKIE_OFFSET, "the cookie is at");
}

static void test_texts_that_do_not_end(void **state)
{
    struct ib_save spec = ordinary();
    struct rt_save_header header;

    (void)state;
    build(&spec);
    header = header_of_image();
    image.data[HEADER + sizeof(XML) - 1] = 'x';
    refuse_texts(&header, behind_header(), ROMTOOL_E_BAD_SAVE, HEADER + sizeof(XML));
    spec.slack = 0;
    build(&spec);
    header = header_of_image();
    image.data[image.len - 5] = 'x';
    refuse_texts(&header, behind_header(), ROMTOOL_E_BAD_SAVE, image.len - 4);
    spec.cookie = NULL;
    build(&spec);
    header = header_of_image();
    image.data[image.len - 5] = 'x';
    refuse_texts(&header, behind_header(), ROMTOOL_E_BAD_SAVE, image.len - 4);
}

static void test_every_truncation(void **state)
{
    struct ib_save spec = ordinary();
    struct rt_save_header header;
    size_t whole;

    (void)state;
    build(&spec);
    header = header_of_image();
    whole = image.len - 4;
    for (size_t n = 0; n < whole; n++) {
        struct rt_bytes data = {NULL, 0};

        image.len = n;
        if (n < HEADER) {
            refuse_header(ROMTOOL_E_TRUNCATED, n, "ends inside the header");
            continue;
        }
        data = behind_header();
        refuse_texts(&header, data, ROMTOOL_E_TRUNCATED, n);
    }
}

/* ------------------------------------------------------------------------------------ composing */

/* Another XML, and what is then read; the rest as it was. */
static void compose(const char *xml, const char *cookie)
{
    struct rt_save_header before = header_of_image(), after;
    struct rt_bytes text = {(const uint8_t *)xml, strlen(xml)}, new_xml, new_cookie, tail;
    struct rt_buffer out = {0};
    size_t used = strlen(xml) + 1 + (cookie != NULL ? strlen(cookie) + 1 : 0);

    rt_buffer_puts(&out, "before");
    assert_int_equal(rt_save_compose(&before, behind_header(), text, &out, NULL), 0);
    assert_int_equal(out.len, 6 + before.state_at);
    memmove(out.data, out.data + 6, out.len - 6);
    out.len -= 6;
    assert_int_equal(rt_save_read_header(rt_buffer_bytes(&out), &after, NULL), 0);
    assert_int_equal(after.cookie_offset, cookie != NULL ? strlen(xml) + 1 : 0);
    assert_memory_equal(after.bytes, before.bytes, COOKIE_OFFSET);
    assert_memory_equal(after.bytes + COOKIE_OFFSET + 4, before.bytes + COOKIE_OFFSET + 4,
                        HEADER - COOKIE_OFFSET - 4);
    assert_true(rt_bytes_slice(rt_buffer_bytes(&out), HEADER, out.len - HEADER, &tail));
    assert_int_equal(rt_save_texts(tail, &after, &new_xml, &new_cookie, NULL), 0);
    expect_text(new_xml, xml);
    expect_text(new_cookie, cookie != NULL ? cookie : "");
    assert_int_equal(out.data[HEADER + strlen(xml)], 0);
    for (size_t i = HEADER + used; i < out.len; i++)
        assert_int_equal(out.data[i], 0);
    rt_buffer_free(&out);
}

static void refuse_to_compose(struct rt_bytes xml, int code, const char *text)
{
    struct rt_save_header header = header_of_image();
    struct romtool_error err = {0};
    struct rt_buffer out = {0};

    rt_buffer_puts(&out, "before");
    assert_int_equal(rt_save_compose(&header, behind_header(), xml, &out, &err), code);
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.text, text));
    assert_int_equal(out.len, 6);
    rt_buffer_free(&out);
}

static void test_compose(void **state)
{
    struct ib_save spec = ordinary();
    char xml[256];

    (void)state;
    memset(xml, 'x', sizeof(xml));
    for (unsigned i = 0; i < 4; i++) {
        size_t room = sizeof(XML) - 1 + spec.slack;

        spec.big_endian = (i & 1) != 0;
        spec.cookie = (i & 2) != 0 ? COOKIE : NULL;
        build(&spec);
        ib_patch(&image, 0x24 + 4 * 5, 4, 0x12345678); /* not used, but not ours to lose */
        compose(XML, spec.cookie);
        compose("<domain/>", spec.cookie);
        xml[room] = '\0'; /* to the last byte */
        compose(xml, spec.cookie);
        xml[room] = 'x';
        refuse_to_compose((struct rt_bytes){(const uint8_t *)xml, room + 1}, ROMTOOL_E_NO_ROOM,
                          " 1 bytes are missing");
        refuse_to_compose((struct rt_bytes){(const uint8_t *)xml, room + 77}, ROMTOOL_E_NO_ROOM,
                          " 77 bytes are missing");
    }
}

/* A cookie that begins where the data end: there is none, and its field is left alone. */
static void test_compose_empty_cookie(void **state)
{
    struct ib_save spec = ordinary();

    (void)state;
    spec.cookie = NULL;
    spec.slack = 0;
    spec.big_endian = true;
    build(&spec);
    ib_patch(&image, COOKIE_OFFSET, 4, sizeof(XML));
    compose(XML, NULL);
    compose("<domain/>", NULL);
}

static void test_compose_refusals(void **state)
{
    struct ib_save spec = ordinary();

    (void)state;
    build(&spec);
    refuse_to_compose((struct rt_bytes){(const uint8_t *)"a\0b", 3}, ROMTOOL_E_BAD_DOMAIN,
                      "not text");
    refuse_to_compose((struct rt_bytes){NULL, 0}, ROMTOOL_E_BAD_DOMAIN, "empty");
    image.data[HEADER + sizeof(XML) - 1] = 'x';
    refuse_to_compose((struct rt_bytes){(const uint8_t *)"a", 1}, ROMTOOL_E_BAD_SAVE, "XML");
    build(&spec);
    image.len = HEADER + 10;
    refuse_to_compose((struct rt_bytes){(const uint8_t *)"a", 1}, ROMTOOL_E_TRUNCATED, "ends");
}

static int attempt_compose(void)
{
    struct rt_save_header header;
    struct rt_buffer out = {0};
    int r = rt_save_read_header(rt_buffer_bytes(&image), &header, &failure);

    if (r == 0)
        r = rt_save_compose(&header, behind_header(),
                            (struct rt_bytes){(const uint8_t *)"<domain/>", 9}, &out, &failure);
    stop_failing();
    assert_int_equal(out.len, r == 0 ? header.state_at : 0);
    rt_buffer_free(&out);
    return r;
}

static void test_no_memory(void **state)
{
    struct ib_save spec = ordinary();

    (void)state;
    spec.slack = 65536;
    build(&spec);
    every_failure(attempt_compose, 0, 2);
}

static int free_image(void **state)
{
    (void)state;
    rt_buffer_free(&image);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_version_1),
        cmocka_unit_test(test_other_magic),
        cmocka_unit_test(test_later_version),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_texts_that_do_not_end),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_compose),
        cmocka_unit_test(test_compose_empty_cookie),
        cmocka_unit_test(test_compose_refusals),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, free_image);
}
