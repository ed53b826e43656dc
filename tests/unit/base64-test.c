/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64, of which every value has exactly one text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "manifests/base64.h"

/* RFC 4648, section 10 */
static const struct {
    const char *text, *base64;
} base64_vectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xff", "+/8="},
};

static void test_base64(void **state)
{
    uint8_t bytes[16];

    (void)state;
    for (size_t i = 0; i < sizeof(base64_vectors) / sizeof(base64_vectors[0]); i++) {
        const char *base64 = base64_vectors[i].base64, *text = base64_vectors[i].text;
        struct rt_buffer out = {0};

        rt_buffer_puts(&out, "");
        rt_base64_append(&out, (struct rt_bytes){(const uint8_t *)text, strlen(text)});
        assert_string_equal(out.data, base64);
        rt_buffer_free(&out);
        assert_true(rt_base64_decode(base64, strlen(base64), bytes, strlen(text)));
        assert_memory_equal(bytes, text, strlen(text));
        assert_false(rt_base64_decode(base64, strlen(base64), bytes, strlen(text) + 1));
        if (text[0] != '\0')
            assert_false(rt_base64_decode(base64, strlen(base64), bytes, strlen(text) - 1));
    }
}

static void test_base64_refused(void **state)
{
    static const struct {
        const char *base64;
        size_t n;
    } refused[] = {
        {"Zg=", 1},      {"Zg", 1},       {"Zg===", 1},    {"Z===", 1},   {"====", 1},
        {"Zh==", 1}, /* bits that no byte takes */
        {"Zm9=", 2},     {"Zm8", 2},      {"Zg==Zg==", 2}, {"Zm 8", 3},   {"Zm8=\n", 2},
        {" Zm8=", 2},    {"-_8=", 2}, /* the alphabet of URLs */
        {"Zm9vYg==", 5}, {"Zm9vYg==", 3}, {"Zm=v", 3},     {"Zm9v\n", 3}, {"Zm9\xfa", 3},
    };
    uint8_t bytes[16];

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        const char *base64 = refused[i].base64;

        if (rt_base64_decode(base64, strlen(base64), bytes, refused[i].n))
            fail_msg("'%s' is read as %zu bytes", base64, refused[i].n);
    }
}

/* One text for each value: what decodes, encodes to itself. */
static void test_base64_is_canonical(void **state)
{
    char text[4];
    uint8_t bytes[3];
    size_t read = 0;

    (void)state;
    for (unsigned i = 0; i < 1U << 16; i++) {
        text[0] = 'A';
        text[1] = (char)(i >> 8);
        text[2] = (char)(i & 0xff);
        text[3] = '=';
        if (rt_base64_decode(text, 4, bytes, 2)) {
            struct rt_buffer out = {0};

            rt_base64_append(&out, (struct rt_bytes){bytes, 2});
            assert_memory_equal(out.data, text, 4);
            rt_buffer_free(&out);
            read++;
        }
    }
    assert_int_equal(read, 64 * 16);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_base64_refused),
        cmocka_unit_test(test_base64_is_canonical),
    };

    return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
