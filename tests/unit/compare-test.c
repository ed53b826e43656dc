/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two profiles side by side: which pairs there are, in which order, with which outcome, and which
 * neighbours make a run. What the walk says of all built-in profiles is what the lookup says.
 */
#include "slots/compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "slot-text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------------- allocation failures */

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

static unsigned long fail_at; /* the n-th call fails, from 1; 0: none does */

void *__wrap_calloc(size_t n, size_t size)
{
    return fail_at > 0 && --fail_at == 0 ? NULL : __real_calloc(n, size);
}

/* ------------------------------------------------------------------------- shown as text */

static struct rt_slot_profile series_of(const struct rt_slot_file *file, size_t at)
{
    const struct rt_slot_vendor *vendor = rt_slot_file_vendor(file);

    assert_true(at < vendor->n_series);
    return (struct rt_slot_profile){.vendor = vendor, .series = &vendor->series[at]};
}

static void put_row(struct rt_buffer *out, const struct rt_slot_row *row)
{
    if (row == NULL)
        rt_buffer_puts(out, " -");
    else
        rt_buffer_printf(out, " %llu", (unsigned long long)row->slot);
}

static void put_outcome(struct rt_buffer *out, const struct rt_slot_pair *pair)
{
    static const char *const names[] = {"missing", "same", "differs"};

    put_row(out, pair->a);
    put_row(out, pair->b);
    rt_buffer_printf(out, " %s\n", names[pair->outcome]);
}

static void put_pairs(struct rt_buffer *out, struct rt_slot_compare *compare)
{
    struct rt_slot_pair pair;

    while (rt_slot_compare_next(compare, &pair)) {
        assert_ptr_equal(pair.machine, compare->machines[pair.at]);
        rt_buffer_printf(out, "%s %s", pair.device, pair.machine);
        put_outcome(out, &pair);
    }
    assert_false(rt_slot_compare_next(compare, &pair));
}

static void put_runs(struct rt_buffer *out, struct rt_slot_compare *compare)
{
    struct rt_slot_run run;

    while (rt_slot_compare_next_run(compare, &run)) {
        char range[RT_SLOT_RANGE_TEXT_SIZE];

        rt_slot_range_text(run.first.machine, run.last, range);
        rt_buffer_printf(out, "%s %zu %s", run.first.device, run.n, range);
        put_outcome(out, &run.first);
    }
    assert_false(rt_slot_compare_next_run(compare, &run));
}

/* The walk over two profiles, twice the same. */
static void expect(const struct rt_slot_profile *a, const struct rt_slot_profile *b,
                   void (*put)(struct rt_buffer *out, struct rt_slot_compare *compare),
                   const char *expected)
{
    struct rt_slot_compare compare;

    assert_int_equal(rt_slot_compare_begin(&compare, a, b, NULL), 0);
    for (int i = 0; i < 2; i++) {
        struct rt_buffer out = {0};

        put(&out, &compare);
        rt_buffer_puts(&out, "");
        assert_string_equal(out.data, expected);
        rt_buffer_free(&out);
        rt_slot_compare_rewind(&compare);
    }
    rt_slot_compare_end(&compare);
    rt_slot_compare_end(&compare); /* does no harm */
}

/* ------------------------------------------------------------------------- pairs */

static void test_outcomes(void **state)
{
    struct slot_text text = slot_text_begin("acme");
    struct rt_slot_file *file;
    struct rt_slot_profile a, b;

    (void)state;
    slot_text_series(&text, "one", "9.0", "pc-q35-8.2 pc-q35-9.0 tiny");
    slot_text_series(&text, "two", "9.1", "pc-q35-9.0 pc-q35-9.1 tiny");
    slot_text_row(&text, "one", "pc-q35 8.2..9.0", "same", "s.rom", 4096);
    slot_text_row(&text, "two", "pc-q35 9.0..9.1", "same", "s.rom", 4096);
    slot_text_row(&text, "one", "pc-q35 8.2..9.0", "larger", "l.rom", 4096);
    slot_text_row(&text, "two", "pc-q35 9.0..9.1", "larger", "l.rom", 8192);
    slot_text_row(&text, "one", "pc-q35 8.2..9.0", "dropped", "d.rom", 4096);
    slot_text_row(&text, "two", "pc-q35 9.0..9.1", "added", "a.rom", 4096);
    slot_text_row(&text, "", "pc-q35 8.2..9.1", "never", "", 0);
    slot_text_row(&text, "one", "pc-q35 8.2..9.0", "given", "", 0);
    slot_text_row(&text, "two", "pc-q35 9.0..9.1", "given", "g.rom", 512);
    slot_text_row(&text, "two", "pc-q35 9.1..9.1", "later", "l.rom", 512);
    slot_text_row(&text, "", "tiny", "same", "s.rom", 512);
    file = slot_text_read(&text);
    a = series_of(file, 0);
    b = series_of(file, 1);
    expect(&a, &b, put_pairs,
           "added pc-q35-9.0 - 4096 missing\n"
           "dropped pc-q35-9.0 4096 - missing\n"
           "given pc-q35-9.0 0 512 differs\n"
           "larger pc-q35-9.0 4096 8192 differs\n"
           "never pc-q35-9.0 0 0 same\n"
           "same pc-q35-9.0 4096 4096 same\n"
           "same tiny 512 512 same\n");
    expect(&b, &a, put_pairs,
           "added pc-q35-9.0 4096 - missing\n"
           "dropped pc-q35-9.0 - 4096 missing\n"
           "given pc-q35-9.0 512 0 differs\n"
           "larger pc-q35-9.0 8192 4096 differs\n"
           "never pc-q35-9.0 0 0 same\n"
           "same pc-q35-9.0 4096 4096 same\n"
           "same tiny 512 512 same\n");
    rt_slot_file_free(file);
}

static void test_order(void **state)
{
    struct slot_text text = slot_text_begin("acme");
    struct rt_slot_file *file;
    struct rt_slot_profile a;

    (void)state;
    slot_text_series(&text, "", "10.1",
                     "tiny pc-q35-10.1 pc-q35-10.0.4 pc-q35-9.2 pc-q35-10.0 pseries-2.12-sxxm "
                     "pseries-2.12 pseries-2.9 pc-q35-9.10");
    slot_text_row(&text, "", "pc-q35 9.0..10.1", "b", "b.rom", 512);
    slot_text_row(&text, "", "pseries 2.9..2.12", "a", "a.rom", 512);
    slot_text_row(&text, "", "tiny", "a", "a.rom", 1024);
    file = slot_text_read(&text);
    a = series_of(file, 0);
    expect(&a, &a, put_pairs,
           "a pseries-2.9 512 512 same\n"
           "a pseries-2.12 512 512 same\n"
           "a pseries-2.12-sxxm 512 512 same\n"
           "a tiny 1024 1024 same\n"
           "b pc-q35-9.2 512 512 same\n"
           "b pc-q35-9.10 512 512 same\n"
           "b pc-q35-10.0 512 512 same\n"
           "b pc-q35-10.0.4 512 512 same\n"
           "b pc-q35-10.1 512 512 same\n");
    rt_slot_file_free(file);
}

/* A machine type without a PCI bus has no device's ROM BAR. */
static void test_every_device(void **state)
{
    struct slot_text text = slot_text_begin("acme");
    struct rt_slot_file *file;
    struct rt_slot_profile a, b;

    (void)state;
    slot_text_series(&text, "one", "9.0", "isapc pc-q35-9.0");
    slot_text_series(&text, "two", "9.1", "isapc pc-q35-9.0");
    slot_text_row(&text, "", "isapc", "", "", 0);
    slot_text_row(&text, "", "pc-q35 9.0..9.0", "nic", "n.rom", 512);
    slot_text_row(&text, "two", "pc-q35 9.0..9.0", "vga", "v.rom", 512);
    file = slot_text_read(&text);
    a = series_of(file, 0);
    b = series_of(file, 1);
    expect(&a, &b, put_pairs,
           "nic isapc 0 0 same\n"
           "nic pc-q35-9.0 512 512 same\n"
           "vga isapc 0 0 same\n"
           "vga pc-q35-9.0 - 512 missing\n");
    expect(&a, &b, put_runs,
           "nic 1 isapc 0 0 same\n"
           "nic 1 pc-q35-9.0 512 512 same\n"
           "vga 1 isapc 0 0 same\n"
           "vga 1 pc-q35-9.0 - 512 missing\n");
    rt_slot_file_free(file);
}

static void test_nothing_in_both(void **state)
{
    struct slot_text text = slot_text_begin("acme");
    struct rt_slot_file *file;
    struct rt_slot_profile a, b;

    (void)state;
    slot_text_series(&text, "one", "9.0", "pc-q35-9.0");
    slot_text_series(&text, "two", "9.1", "pc-q35-9.1");
    slot_text_row(&text, "", "pc-q35 9.0..9.1", "nic", "n.rom", 512);
    slot_text_row(&text, "", "pc-q35 9.0..9.1", "vga", "v.rom", 512);
    file = slot_text_read(&text);
    a = series_of(file, 0);
    b = series_of(file, 1);
    expect(&a, &b, put_pairs, "");
    expect(&a, &b, put_runs, "");
    rt_slot_file_free(file);
}

/* ------------------------------------------------------------------------- runs */

static void test_runs(void **state)
{
    struct slot_text text = slot_text_begin("acme");
    struct rt_slot_file *file;
    struct rt_slot_profile a, b;

    (void)state;
    slot_text_series(&text, "one", "9.2",
                     "pc-9.0 pc-9.1 pc-9.2 pc-q35-9.0 pc-q35-9.1 pc-q35-9.2 t u");
    slot_text_series(&text, "two", "9.2",
                     "u t pc-q35-9.2 pc-q35-9.1 pc-q35-9.0 pc-9.2 pc-9.1 pc-9.0");
    /* the middle one differs; the middle one has no row; the same, but for the file's name */
    slot_text_row(&text, "", "pc 9.0..9.0, pc 9.2..9.2, pc-q35 9.0..9.2, t, u", "a", "a.rom", 512);
    slot_text_row(&text, "one", "pc 9.1..9.1", "a", "a.rom", 512);
    slot_text_row(&text, "two", "pc 9.1..9.1", "a", "a.rom", 1024);
    slot_text_row(&text, "", "pc 9.0..9.0, pc 9.2..9.2", "b", "b.rom", 512);
    slot_text_row(&text, "", "pc 9.0..9.1", "c", "old.rom", 512);
    slot_text_row(&text, "", "pc 9.2..9.2", "c", "new.rom", 512);
    slot_text_row(&text, "two", "pc-q35 9.0..9.2", "c", "new.rom", 512);
    file = slot_text_read(&text);
    a = series_of(file, 0);
    b = series_of(file, 1);
    expect(&a, &b, put_runs,
           "a 1 pc-9.0 512 512 same\n"
           "a 1 pc-9.1 512 1024 differs\n"
           "a 1 pc-9.2 512 512 same\n"
           "a 3 pc-q35 9.0..9.2 512 512 same\n"
           "a 1 t 512 512 same\n"
           "a 1 u 512 512 same\n"
           "b 1 pc-9.0 512 512 same\n"
           "b 1 pc-9.2 512 512 same\n"
           "c 2 pc 9.0..9.1 512 512 same\n"
           "c 1 pc-9.2 512 512 same\n"
           "c 3 pc-q35 9.0..9.2 - 512 missing\n");
    rt_slot_file_free(file);
}

static void test_range_text(void **state)
{
    static const struct {
        const char *first, *last, *text;
    } cases[] = {
        {"pc-q35-2.4", "pc-q35-7.2", "pc-q35 2.4..7.2"},
        {"pc-q35-4.0", "pc-q35-4.0.1", "pc-q35 4.0..4.0.1"},
        {"pc-q35-4.0", "pc-q35-4.0", "pc-q35-4.0"},
        {"pc-q35-rhel9.2.0", "pc-q35-rhel9.4.0", "pc-q35-rhel 9.2.0..9.4.0"},
        {"pseries-2.11", "pseries-2.12-sxxm", "pseries 2.11..2.12-sxxm"},
        {"microvm", "microvm", "microvm"},
    };
    char text[RT_SLOT_RANGE_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        rt_slot_range_text(cases[i].first, cases[i].last, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_same_family(void **state)
{
    (void)state;
    assert_true(rt_slot_same_family("pc-q35-2.4", "pc-q35-7.2"));
    assert_false(rt_slot_same_family("pc-q35-2.4", "pc-i440fx-2.4"));
    assert_false(rt_slot_same_family("pc-q35-9.4.0", "pc-q35-rhel9.4.0"));
    assert_false(rt_slot_same_family("microvm", "microvm"));
    assert_false(rt_slot_same_family("pc-q35-noble", "pc-q35-jammy"));
}

/* Images and fill are part of what rows say, their source is not. */
static void test_rows_agree(void **state)
{
    static const char *const both[] = {"x86", "efi"}, *const other[] = {"x86", "hppa"};
    const struct rt_slot_row row = {
        .device = "d", .file = "f", .slot = 512, .images = both, .n_images = 2, .source = "s"};
    struct rt_slot_row changed[5] = {row, row, row, row, row};

    (void)state;
    changed[0].slot = 1024;
    changed[1].file = "g";
    changed[2].fill = 0xff;
    changed[3].n_images = 1;
    changed[4].images = other;
    assert_true(rt_slot_rows_agree(NULL, NULL));
    assert_false(rt_slot_rows_agree(&row, NULL));
    assert_false(rt_slot_rows_agree(NULL, &row));
    for (size_t i = 0; i < COUNT(changed); i++) {
        assert_false(rt_slot_rows_agree(&row, &changed[i]));
        changed[i] = row;
        changed[i].source = "t";
        assert_true(rt_slot_rows_agree(&row, &changed[i]));
    }
}

/* ------------------------------------------------------------------------- everything built in */

static void expect_row(const struct rt_slot_profile *profile, const struct rt_slot_pair *pair,
                       const struct rt_slot_row *row)
{
    const struct rt_slot_row *found;
    int r = rt_slot_find(profile, pair->machine, pair->device, &found, NULL);

    if (row != NULL && row->slot != 0)
        assert_ptr_equal(found, row);
    else
        assert_true(r == ROMTOOL_E_NO_MANDATE || r == ROMTOOL_E_UNKNOWN_DEVICE);
    assert_true(row == NULL || rt_slot_row_applies(row, profile, pair->machine));
}

/* The pairs are those that the lookup answers, and the runs have all of them. */
static void compare_builtin(const struct rt_slot_profile *a, const struct rt_slot_profile *b)
{
    struct rt_slot_compare compare;
    struct rt_slot_pair pair, before = {0};
    struct rt_slot_run run;
    size_t n = 0, in_runs = 0;

    assert_int_equal(rt_slot_compare_begin(&compare, a, b, NULL), 0);
    for (; rt_slot_compare_next(&compare, &pair); n++) {
        expect_row(a, &pair, pair.a);
        expect_row(b, &pair, pair.b);
        if (before.device != NULL && strcmp(before.device, pair.device) == 0)
            assert_true(pair.at > before.at);
        else if (before.device != NULL)
            assert_true(strcmp(before.device, pair.device) < 0);
        before = pair;
    }
    rt_slot_compare_rewind(&compare);
    while (rt_slot_compare_next_run(&compare, &run))
        in_runs += run.n;
    assert_int_equal(n, in_runs);
    assert_true(compare.n_machines == 0 || n > 0);
    rt_slot_compare_end(&compare);
}

static void test_builtin(void **state)
{
    struct rt_slot_profile profiles[64];
    size_t n_vendors, n = 0;
    const struct rt_slot_vendor *vendors = rt_slot_builtin(&n_vendors);

    (void)state;
    for (size_t v = 0; v < n_vendors; v++) {
        for (size_t s = 0; s < vendors[v].n_series; s++) {
            assert_true(n < COUNT(profiles));
            profiles[n++] =
                (struct rt_slot_profile){.vendor = &vendors[v], .series = &vendors[v].series[s]};
        }
    }
    assert_true(n > 1);
    for (size_t i = 0; i < n; i++)
        compare_builtin(&profiles[i], &profiles[(i + 1) % n]);
}

static void test_no_memory(void **state)
{
    struct rt_slot_profile debian, upstream;
    struct rt_slot_compare compare;
    struct romtool_error err;
    unsigned long n = 0;
    int r;

    (void)state;
    assert_int_equal(rt_slot_profile_find("debian/bookworm", &debian, NULL), 0);
    assert_int_equal(rt_slot_profile_find("upstream", &upstream, NULL), 0);
    do {
        rt_error_clear(&err);
        fail_at = ++n;
        r = rt_slot_compare_begin(&compare, &debian, &upstream, &err);
        fail_at = 0;
        assert_int_equal(r, err.code);
        assert_true(r == 0 || r == ROMTOOL_E_NO_MEMORY);
        rt_slot_compare_end(&compare);
    } while (r < 0);
    assert_true(n > 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcomes),     cmocka_unit_test(test_order),
        cmocka_unit_test(test_every_device), cmocka_unit_test(test_nothing_in_both),
        cmocka_unit_test(test_runs),         cmocka_unit_test(test_range_text),
        cmocka_unit_test(test_same_family),  cmocka_unit_test(test_rows_agree),
        cmocka_unit_test(test_builtin),      cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
