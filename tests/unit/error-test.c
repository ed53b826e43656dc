/* SPDX-License-Identifier: BSD-2-Clause */
/* core/error: the error object, findings, and one name for every code in header and document. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/error.h"

#define SOURCE_ROOT TEST_DATA "/../../"

/* An object full of what was there before. */
static struct romtool_error dirty(void)
{
    struct romtool_error err;

    memset(&err, 0xa5, sizeof(err));
    return err;
}

static struct romtool_error clean(void)
{
    struct romtool_error err = dirty();

    rt_error_clear(&err);
    return err;
}

/* ------------------------------------------------------------------------- errors */

static void test_clear(void **state)
{
    struct romtool_error err = dirty();

    (void)state;
    rt_error_clear(&err);
    assert_int_equal(err.code, ROMTOOL_OK);
    assert_int_equal(err.sys_errno, 0);
    assert_true(err.offset == ROMTOOL_NO_OFFSET);
    assert_string_equal(err.text, "");
}

static void test_set(void **state)
{
    struct romtool_error err = clean();

    (void)state;
    assert_int_equal(rt_error_set(&err, ROMTOOL_E_OVERSIZE, 7, "%d too %s", 3, "many"),
                     ROMTOOL_E_OVERSIZE);
    assert_int_equal(err.code, ROMTOOL_E_OVERSIZE);
    assert_int_equal(err.offset, 7);
    assert_int_equal(err.sys_errno, 0);
    assert_string_equal(err.text, "3 too many");
}

static void test_first_wins(void **state)
{
    struct romtool_error err = clean();
    struct romtool_error first;

    (void)state;
    (void)rt_error_set(&err, ROMTOOL_E_EMPTY, 1, "first");
    first = err;
    assert_int_equal(rt_error_set(&err, ROMTOOL_E_IO, 2, "second"), ROMTOOL_E_IO);
    assert_int_equal(rt_error_system(&err, ROMTOOL_E_BUSY, EIO, "third"), ROMTOOL_E_BUSY);
    assert_int_equal(rt_error_no_memory(&err), ROMTOOL_E_NO_MEMORY);
    assert_memory_equal(&err, &first, sizeof(err));
}

static void test_system(void **state)
{
    struct romtool_error err = clean();

    (void)state;
    assert_int_equal(rt_error_system(&err, ROMTOOL_E_IO, ENOSPC, "cannot write '%s'", "x"),
                     ROMTOOL_E_IO);
    assert_int_equal(err.sys_errno, ENOSPC);
    assert_true(err.offset == ROMTOOL_NO_OFFSET);
    assert_string_equal(err.text, "cannot write 'x': No space left on device");
    err = clean();
    (void)rt_error_system(&err, ROMTOOL_E_IO, 123456, "odd");
    assert_non_null(strstr(err.text, "123456"));
}

static void test_no_memory(void **state)
{
    struct romtool_error err = clean();

    (void)state;
    assert_int_equal(rt_error_no_memory(&err), ROMTOOL_E_NO_MEMORY);
    assert_int_equal(err.code, ROMTOOL_E_NO_MEMORY);
    assert_string_equal(err.text, "out of memory");
}

static void test_null(void **state)
{
    (void)state;
    rt_error_clear(NULL);
    assert_int_equal(rt_error_set(NULL, ROMTOOL_E_EMPTY, 0, "x"), ROMTOOL_E_EMPTY);
    assert_int_equal(rt_error_system(NULL, ROMTOOL_E_IO, EIO, "x"), ROMTOOL_E_IO);
    assert_int_equal(rt_error_no_memory(NULL), ROMTOOL_E_NO_MEMORY);
    rt_error_prefix(NULL, "%s", "x");
}

static void test_prefix(void **state)
{
    struct romtool_error err = clean();

    (void)state;
    rt_error_prefix(&err, "nothing is recorded");
    assert_string_equal(err.text, "");
    (void)rt_error_set(&err, ROMTOOL_E_EMPTY, 9, "0 bytes");
    rt_error_prefix(&err, "'%s'", "x.rom");
    rt_error_prefix(&err, "row %d", 3);
    assert_string_equal(err.text, "row 3: 'x.rom': 0 bytes");
    assert_int_equal(err.code, ROMTOOL_E_EMPTY);
    assert_int_equal(err.offset, 9);
    rt_error_prefix(&err, "\x1b[31m");
    assert_string_equal(err.text, "?[31m: row 3: 'x.rom': 0 bytes");
}

/* Whatever the lengths, the sentence is cut to fit and ends on its NUL. */
static void test_lengths(void **state)
{
    static char name[1000];
    struct romtool_error err;

    (void)state;
    for (size_t n = 480; n < 520; n++) {
        size_t whole = n < sizeof(err.text) ? n : sizeof(err.text) - 1;

        memset(name, 'n', n);
        name[n] = '\0';
        err = clean();
        (void)rt_error_set(&err, ROMTOOL_E_EMPTY, 0, "%s", name);
        assert_int_equal(strnlen(err.text, sizeof(err.text)), whole);
        err = clean();
        (void)rt_error_system(&err, ROMTOOL_E_IO, EIO, "%s", name);
        assert_int_equal(strnlen(err.text, sizeof(err.text)), sizeof(err.text) - 1);
        err = clean();
        (void)rt_error_set(&err, ROMTOOL_E_EMPTY, 0, "why");
        rt_error_prefix(&err, "%s", name);
        whole = n + 5 < sizeof(err.text) ? n + 5 : sizeof(err.text) - 1;
        assert_int_equal(strnlen(err.text, sizeof(err.text)), whole);
        assert_memory_equal(err.text, name, n < whole ? n : whole);
        assert_int_equal(err.code, ROMTOOL_E_EMPTY);
    }
}

static bool is_printable(const char *text)
{
    while (*text != '\0' && *text >= 0x20 && *text < 0x7f)
        text++;
    return *text == '\0';
}

/* Every byte but NUL, through every way into a sentence. */
static void test_unprintable(void **state)
{
    char all[256], expected[256];
    struct romtool_error err = clean();

    (void)state;
    for (unsigned i = 1; i < 256; i++) {
        all[i - 1] = (char)i;
        expected[i - 1] = i >= 0x20 && i < 0x7f ? (char)i : '?';
    }
    all[255] = expected[255] = '\0';
    (void)rt_error_set(&err, ROMTOOL_E_EMPTY, 0, "%s", all);
    assert_string_equal(err.text, expected);
    err = clean();
    (void)rt_error_system(&err, ROMTOOL_E_IO, EIO, "%s", all);
    assert_true(is_printable(err.text));
    err = clean();
    (void)rt_error_set(&err, ROMTOOL_E_EMPTY, 0, "x");
    rt_error_prefix(&err, "%s", all);
    assert_true(is_printable(err.text));
}

/* ------------------------------------------------------------------------- findings */

struct seen {
    int count;
    struct rt_finding last;
};

static void see(void *user, const struct rt_finding *finding)
{
    struct seen *seen = user;

    seen->count++;
    seen->last = *finding;
}

static void test_findings(void **state)
{
    struct seen seen = {0};
    const struct rt_findings sink = {see, &seen}, deaf = {NULL, &seen};
    char name[300];

    (void)state;
    rt_finding_add(&sink, ROMTOOL_E_BLANK, RT_INFO, 12, "%s\n%d", "a", 7);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.last.code, ROMTOOL_E_BLANK);
    assert_int_equal(seen.last.severity, RT_INFO);
    assert_int_equal(seen.last.offset, 12);
    assert_string_equal(seen.last.text, "a?7");
    rt_finding_add(NULL, ROMTOOL_E_BLANK, RT_ERROR, 0, "x");
    rt_finding_add(&deaf, ROMTOOL_E_BLANK, RT_ERROR, 0, "x");
    assert_int_equal(seen.count, 1);
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    rt_finding_add(&sink, ROMTOOL_E_BLANK, RT_ERROR, ROMTOOL_NO_OFFSET, "%s", name);
    assert_int_equal(seen.count, 2);
    assert_int_equal(strnlen(seen.last.text, sizeof(seen.last.text)), sizeof(seen.last.text) - 1);
}

static void test_severity_names(void **state)
{
    (void)state;
    assert_string_equal(rt_severity_name(RT_INFO), "info");
    assert_string_equal(rt_severity_name(RT_WARNING), "warning");
    assert_string_equal(rt_severity_name(RT_ERROR), "error");
    assert_true(RT_INFO < RT_WARNING && RT_WARNING < RT_ERROR);
}

/* ------------------------------------------------------------------------- codes and names */

static void test_verdicts(void **state)
{
    (void)state;
    assert_int_equal(romtool_error_verdict(0), ROMTOOL_HELD);
    for (int code = -99; code < 0; code++)
        assert_int_equal(romtool_error_verdict(code), ROMTOOL_UNDECIDED);
    for (int code = -199; code <= -100; code++)
        assert_int_equal(romtool_error_verdict(code), ROMTOOL_REFUSED);
    for (int code = -400; code <= -200; code++)
        assert_int_equal(romtool_error_verdict(code), ROMTOOL_UNDECIDED);
    assert_int_equal(romtool_error_verdict(1), ROMTOOL_UNDECIDED);
    assert_int_equal(romtool_error_verdict(101), ROMTOOL_UNDECIDED);
    assert_int_equal(romtool_error_verdict(INT32_MIN), ROMTOOL_UNDECIDED);
    assert_int_equal(romtool_error_verdict(INT32_MAX), ROMTOOL_UNDECIDED);
}

static FILE *open_source(const char *path)
{
    FILE *f = fopen(path, "r");

    assert_non_null(f);
    return f;
}

/* "NOT_A_ROM" to "not-a-rom" */
static void name_of_constant(const char *constant, char *ret)
{
    while (isupper((unsigned char)*constant) || isdigit((unsigned char)*constant) ||
           *constant == '_') {
        *ret++ = *constant == '_' ? '-' : (char)tolower((unsigned char)*constant);
        constant++;
    }
    *ret = '\0';
}

/* The header's enum: a code's name is its constant, the number is nobody else's. */
static void test_header(void **state)
{
    FILE *f = open_source(SOURCE_ROOT "include/romtool.h");
    bool taken[400] = {false};
    char line[200], name[200];
    int codes = 0, known = 0;

    (void)state;
    while (fgets(line, sizeof(line), f) != NULL) {
        const char *constant = strstr(line, "    ROMTOOL_E_"), *equals = strstr(line, " = -");
        long number;

        if (constant != line || equals == NULL)
            continue;
        number = strtol(equals + 4, NULL, 10);
        name_of_constant(line + strlen("    ROMTOOL_E_"), name);
        assert_in_range(number, 101, 399);
        assert_false(taken[number]);
        taken[number] = true;
        assert_string_equal(romtool_error_name(-(int)number), name);
        codes++;
    }
    (void)fclose(f);
    assert_true(codes > 40);
    assert_string_equal(romtool_error_name(0), "ok");
    for (int code = -1000; code <= 1000; code++)
        known += strcmp(romtool_error_name(code), "unknown") != 0;
    assert_int_equal(known, codes + 1);
}

/* docs/errors.md has one row "| `name` | number | ..." for each, and no other. */
static void test_document(void **state)
{
    FILE *f = open_source(SOURCE_ROOT "docs/errors.md");
    char line[1000];
    int rows = 0, known = 0;

    (void)state;
    while (fgets(line, sizeof(line), f) != NULL) {
        char *end = strstr(line, "` | -");

        if (strncmp(line, "| `", 3) != 0 || end == NULL)
            continue;
        *end = '\0';
        assert_string_equal(romtool_error_name((int)strtol(end + 4, NULL, 10)), line + 3);
        rows++;
    }
    (void)fclose(f);
    for (int code = -1000; code < 0; code++)
        known += strcmp(romtool_error_name(code), "unknown") != 0;
    assert_int_equal(rows, known);
}

/* Whole, the system's reason included; but the first one still wins. */
static void test_hand_on(void **state)
{
    struct romtool_error why, err;

    (void)state;
    rt_error_clear(&why);
    rt_error_clear(&err);
    (void)rt_error_system(&why, ROMTOOL_E_IO, EACCES, "cannot open 'x'");
    assert_int_equal(rt_error_hand_on(&err, &why), ROMTOOL_E_IO);
    assert_memory_equal(&err, &why, sizeof(err));
    assert_int_equal(err.sys_errno, EACCES);
    rt_error_clear(&why);
    (void)rt_error_set(&why, ROMTOOL_E_EMPTY, 7, "empty");
    assert_int_equal(rt_error_hand_on(&err, &why), ROMTOOL_E_EMPTY);
    assert_int_equal(err.code, ROMTOOL_E_IO);
    assert_int_equal(rt_error_hand_on(NULL, &why), ROMTOOL_E_EMPTY);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hand_on),  cmocka_unit_test(test_clear),
        cmocka_unit_test(test_set),      cmocka_unit_test(test_first_wins),
        cmocka_unit_test(test_system),   cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_null),     cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_lengths),  cmocka_unit_test(test_unprintable),
        cmocka_unit_test(test_findings), cmocka_unit_test(test_severity_names),
        cmocka_unit_test(test_verdicts), cmocka_unit_test(test_header),
        cmocka_unit_test(test_document),
    };

    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
