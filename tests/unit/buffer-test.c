/* SPDX-License-Identifier: BSD-2-Clause */
/* core/bytes: the output buffer, and how secrets go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"

static void test_buffer_growth(void **state)
{
    struct rt_buffer buf = {0};

    (void)state;
    rt_buffer_append(&buf, NULL, 0);
    assert_string_equal(buf.data, "");
    for (size_t i = 0; i < 5000; i++) {
        char c = (char)('a' + i % 26);

        rt_buffer_append(&buf, &c, 1);
        assert_int_equal(buf.len, i + 1);
        assert_true(buf.capacity > buf.len);
        assert_int_equal(buf.data[buf.len], '\0');
    }
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(buf.data[i], 'a' + i % 26);
    rt_buffer_append(&buf, "a\0b", 3);
    assert_memory_equal(buf.data + 5000, "a\0b", 4);
    assert_false(buf.failed);
    rt_buffer_free(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.len + buf.capacity, 0);
}

/* Each length around the first capacity, in one go. */
static void test_buffer_edges(void **state)
{
    static char text[600];

    (void)state;
    for (size_t n = 0; n < sizeof(text); n++) {
        struct rt_buffer appended = {0}, printed = {0};

        memset(text, 'x', n);
        text[n] = '\0';
        rt_buffer_puts(&appended, text);
        rt_buffer_printf(&printed, "%s", text);
        assert_int_equal(appended.len, n);
        assert_string_equal(appended.data, text);
        assert_int_equal(printed.len, n);
        assert_string_equal(printed.data, text);
        rt_buffer_free(&appended);
        rt_buffer_free(&printed);
    }
}

static void test_buffer_printf(void **state)
{
    struct rt_buffer buf = {0};

    (void)state;
    rt_buffer_printf(&buf, "%d-%s", 42, "x");
    rt_buffer_printf(&buf, "|%05u|%c", 7U, '%');
    assert_string_equal(buf.data, "42-x|00007|%");
    rt_buffer_printf(&buf, "%4000s", "end");
    assert_int_equal(buf.len, 12 + 4000);
    assert_string_equal(buf.data + buf.len - 4, " end");
    rt_buffer_free(&buf);
}

/* What cannot be allocated: what was there stays, nothing is added any more. */
static void test_buffer_failed(void **state)
{
    struct rt_buffer buf = {0}, never = {0};

    (void)state;
    rt_buffer_puts(&buf, "kept");
    rt_buffer_append(&buf, "", SIZE_MAX);
    assert_true(buf.failed);
    rt_buffer_puts(&buf, "more");
    rt_buffer_printf(&buf, "%d", 1);
    assert_int_equal(buf.len, 4);
    assert_string_equal(buf.data, "kept");
    rt_buffer_free(&buf);
    assert_false(buf.failed);
    rt_buffer_append(&never, "", SIZE_MAX / 4 + 1);
    assert_true(never.failed);
    assert_null(never.data);
    rt_buffer_free(&never);
}

static void test_wipe(void **state)
{
    uint8_t secret[5] = {1, 2, 3, 4, 5};
    struct rt_buffer buf = {0};

    (void)state;
    rt_bytes_wipe(secret + 1, 3);
    assert_memory_equal(secret, "\x01\0\0\0\x05", 5);
    rt_bytes_wipe(secret, 0);
    assert_int_equal(secret[0], 1);
    rt_bytes_wipe(NULL, 0);
    rt_buffer_wipe(&buf);
    rt_buffer_puts(&buf, "secret");
    rt_buffer_wipe(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.len + buf.capacity, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buffer_growth), cmocka_unit_test(test_buffer_edges),
        cmocka_unit_test(test_buffer_printf), cmocka_unit_test(test_buffer_failed),
        cmocka_unit_test(test_wipe),
    };

    return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
