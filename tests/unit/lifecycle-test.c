/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lifecycles: against what every release of QEMU registers (tests/data/qemu-machines.tsv), and the
 * rule's own corners.
 */
#include "slots/lifecycle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct rt_lifecycle life(const char *machine, const char *qemu)
{
    struct rt_machine_name name;
    struct rt_lifecycle ret;

    assert_true(rt_machine_name_parse(machine, &name));
    if (!rt_machine_lifecycle(&name, qemu, &ret))
        fail_msg("QEMU %s", qemu);
    return ret;
}

/* "live, deprecated in 11.2" */
static void expect(const char *machine, const char *qemu, const char *wanted)
{
    struct rt_lifecycle l = life(machine, qemu);
    char text[100], version[RT_SLOT_VERSION_SIZE];

    rt_slot_version_write(l.next_in, version);
    if (l.next == RT_LIFECYCLE_NONE)
        (void)snprintf(text, sizeof(text), "%s", rt_lifecycle_name(l.state));
    else
        (void)snprintf(text, sizeof(text), "%s, %s in %s", rt_lifecycle_name(l.state),
                       rt_lifecycle_name(l.next), version);
    if (strcmp(text, wanted) != 0)
        fail_msg("%s in QEMU %s: %s, not %s", machine, qemu, text, wanted);
}

/* ------------------------------------------------------------------------- single cases */

static const struct {
    const char *machine, *qemu, *life;
} cases[] = {
    /* by the rule */
    {"pc-q35-8.2", "11.1", "live, deprecated in 11.2"},
    {"pc-q35-8.1", "11.1.0", "deprecated, removed in 14.1"},
    {"pc-q35-5.2", "11.1.3", "deprecated, removed in 11.2"},
    {"pc-q35-5.1", "11.1", "removed"},
    {"pc-q35-5.1", "11.0.9", "deprecated, removed in 11.1"},
    {"pc-q35-11.1", "11.0", "future, live in 11.1"},
    {"pc-q35-11.1", "11.1", "live, deprecated in 14.1"},
    {"virt-2.12", "9.1.0", "deprecated, removed in 10.1"},
    {"virt-6.1", "9.1.0", "deprecated, removed in 12.1"},
    {"virt-6.2", "9.1.0", "live, deprecated in 9.2"},
    {"virt-6.2", "9.0.0", "live, deprecated in 9.2"},
    {"pc-q35-2.4", "8.2.0", "live, deprecated in 9.1"},
    {"pc-i440fx-4.1", "10.0.0", "deprecated, removed in 10.1"},
    {"pc-i440fx-4.1", "10.1.0", "removed"},
    {"pseries-3.1", "10.1.0", "removed"},
    {"s390-ccw-virtio-2.9", "10.0.0", "deprecated, removed in 10.1"},

    {"virt-9.5", "12.2.0", "live, deprecated in 13.0"}, /* if a year ever had six */

    /* bug-fix types count as their base */
    {"pc-q35-4.0.1", "4.0.0", "future, live in 4.0.1"},
    {"pc-q35-4.0.1", "4.0.1", "live, deprecated in 9.1"},
    {"pc-q35-4.0.1", "10.0", "deprecated, removed in 10.1"},
    {"pc-q35-10.0.4", "10.0.3", "future, live in 10.0.4"},
    {"pc-q35-10.0.4", "10.0.4", "live, deprecated in 13.0"},
    {"pc-q35-10.0.4", "10.1", "live, deprecated in 13.0"},

    /* by hand */
    {"pc-0.10", "3.1.1.1", "live, removed in 4.0"},
    {"pc-0.12", "4.2.1", "deprecated, removed in 5.0"},
    {"pc-0.12", "3.1", "live, deprecated in 4.0"},
    {"pc-1.0-qemu-git", "5.2.0", "deprecated, removed in 6.0"},
    {"pc-1.3", "6.0.0", "removed"},
    {"pc-i440fx-1.4", "8.1.0", "deprecated, removed in 8.2"},
    {"pc-i440fx-2.3", "9.0.0", "deprecated, removed in 9.1"},
    {"pc-q35-2.3", "2.5.1.1", "live, removed in 2.6"},
    {"pseries-2.12", "9.0.0", "live, deprecated in 9.1"},
    {"pseries-2.12-sxxm", "9.1.0", "deprecated, removed in 9.2"},
    {"pseries-2.11", "9.0.0", "deprecated, removed in 9.2"},
    {"s390-ccw-virtio-2.8", "9.2.0", "deprecated, removed in 10.0"},
    {"pc-0.15", "1.0.0", "future, live in 1.0.1"},

    /* development versions and release candidates: the rule looks ahead only since 10.0.50 */
    {"pc-q35-9.1", "9.0.50", "live, deprecated in 12.1"},
    {"pc-q35-9.1", "9.0.49", "future, live in 9.1"},
    {"pc-q35-7.0", "9.2.50", "live, deprecated in 10.0"},
    {"pc-q35-7.0", "10.0.0", "deprecated, removed in 13.0"},
    {"pc-q35-7.1", "10.0.49", "live, deprecated in 10.1"},
    {"pc-q35-7.1", "10.0.50", "deprecated, removed in 13.1"},
    {"pc-q35-7.1", "10.0.90", "deprecated, removed in 13.1"},
    {"pc-q35-4.0", "10.0.50", "removed"},
    {"pc-q35-4.1", "9.2.50", "deprecated, removed in 10.1"},
    {"pc-q35-2.4", "9.0.50", "deprecated, removed in 10.1"},
    {"pc-q35-6.0", "11.2.50", "removed"},
    {"pc-q35-6.0", "11.2.0", "deprecated, removed in 12.0"},
    {"pc-q35-9.0", "11.2.50", "deprecated, removed in 15.0"},
    {"pc-q35-6.0", "11.3.50", "live, deprecated in 9.1"}, /* QEMU's own fall-through */
    {"pc-1.3", "5.2.50", "removed"},
    {"pc-q35-3.0", "2.12.50", "live, deprecated in 9.1"},
    {"pc-q35-3.0", "2.11.50", "future, live in 3.0"},
    {"pc-q35-2.12", "2.11.50", "live, deprecated in 9.1"},
    {"pc-i440fx-2.0", "1.6.50", "future, live in 2.0"},
    {"pc-i440fx-2.0", "1.7.50", "live, deprecated in 8.2"},
    {"pc-1.0-qemu-git", "0.15.50", "live, deprecated in 5.0"},
    {"pc-q35-4.0", "3.1.90", "live, deprecated in 9.1"},

    /* none */
    {"isapc", "11.1", "none"},
    {"microvm", "11.1", "none"},
    {"none", "11.1", "none"},
    {"pc", "11.1", "none"},
    {"", "11.1", "none"},
    {"pc-q35-jammy", "11.1", "none"},
    {"pc-q35-rhel9.4.0", "11.1", "none"},
    {"pc-1.0-qemu-kvm", "11.1", "none"},
    {"pseries-bionic-2.11-sxxm", "11.1", "none"},
    {"xenfv-4.2", "11.1", "none"},
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        expect(cases[i].machine, cases[i].qemu, cases[i].life);
}

static void test_qemu_versions(void **state)
{
    static const char *const bad[] = {"",
                                      "10",
                                      "10.",
                                      "10.1.",
                                      "10.1.0.",
                                      "v10.1",
                                      "10.x",
                                      "10.1-rc1",
                                      "3.1.1.1.1",
                                      "3.1.1.x",
                                      "10.01",
                                      "65536.0",
                                      "1.2.3333333333333333333333.4"};
    struct rt_machine_name name;
    struct rt_lifecycle l;

    (void)state;
    assert_true(rt_machine_name_parse("pc-q35-7.2", &name));
    for (size_t i = 0; i < COUNT(bad); i++) {
        memset(&l, 0xff, sizeof(l));
        if (rt_machine_lifecycle(&name, bad[i], &l))
            fail_msg("'%s' is no version", bad[i]);
        assert_int_equal(l.state, RT_LIFECYCLE_NONE);
        assert_int_equal(l.next, RT_LIFECYCLE_NONE);
    }
}

/* ------------------------------------------------------------------------- every release */

static const char *const releases[] = {
    "0.10.0", "0.10.6", "0.11.0", "0.12.0", "0.12.1", "0.12.2", "0.13.0", "0.14.0", "0.15.0",
    "1.0",    "1.0.1",  "1.1.0",  "1.2.0",  "1.3.0",  "1.4.0",  "1.5.0",  "1.6.0",  "1.7.0",
    "2.0.0",  "2.1.0",  "2.2.0",  "2.3.0",  "2.4.0",  "2.5.0",  "2.6.0",  "2.7.0",  "2.8.0",
    "2.9.0",  "2.10.0", "2.11.0", "2.11.1", "2.12.0", "3.0.0",  "3.1.0",  "4.0.0",  "4.0.1",
    "4.1.0",  "4.2.0",  "5.0.0",  "5.1.0",  "5.2.0",  "6.0.0",  "6.1.0",  "6.2.0",  "7.0.0",
    "7.1.0",  "7.2.0",  "8.0.0",  "8.1.0",  "8.2.0",  "9.0.0",  "9.1.0",  "9.2.0",  "10.0.0",
    "10.1.0", "10.2.0", "11.0.0", "11.1.0",
};

static struct rt_slot_version version(const char *text)
{
    struct rt_slot_version ret;

    if (!rt_slot_version_parse(text, &ret))
        fail_msg("%s", text);
    return ret;
}

/* Is the machine type of this line there in a release, as it says, and does it say it right? */
static size_t compare_line(const char *machine, const char *first, const char *gone)
{
    size_t live = 0;

    for (size_t i = 0; i < COUNT(releases); i++) {
        struct rt_slot_version release = version(releases[i]);
        bool there = rt_slot_version_compare(version(first + 1), release) <= 0 &&
                     (gone[0] == '-' || rt_slot_version_compare(release, version(gone + 1)) < 0);
        enum rt_lifecycle_state state = life(machine, releases[i]).state;

        if ((state == RT_LIFECYCLE_LIVE || state == RT_LIFECYCLE_DEPRECATED) != there)
            fail_msg("%s in QEMU %s: %s", machine, releases[i], rt_lifecycle_name(state));
        live += there;
    }
    return live;
}

static void test_every_release(void **state)
{
    char line[200];
    size_t lines = 0, live = 0;
    FILE *f = fopen(TEST_DATA "/qemu-machines.tsv", "r");

    (void)state;
    assert_non_null(f);
    while (fgets(line, sizeof(line), f) != NULL) {
        char *rest = line;
        const char *board = strtok_r(rest, "\t", &rest), *machine = strtok_r(rest, "\t", &rest);
        const char *first = strtok_r(rest, "\t", &rest), *gone = strtok_r(rest, "\n", &rest);

        /* m68k and loongarch have a virt of their own, xenfv goes when someone removes it */
        if (line[0] == '#' || strcmp(board, "m68k") == 0 || strcmp(board, "misc") == 0 ||
            strncmp(machine, "xenfv", 5) == 0)
            continue;
        if (strcmp(machine, "pc-1.0") == 0)
            machine = "pc-1.0-qemu-git";
        live += compare_line(machine, first, gone);
        lines++;
    }
    (void)fclose(f);
    assert_int_equal(lines, 199);
    assert_true(live > 3000);
}

/* ------------------------------------------------------------------------- properties */

/*
 * Over time a machine type is future, live, deprecated, removed, in this order; and what it is said
 * to become it is in the release with which it is said to.
 */
static void test_order_of_states(void **state)
{
    size_t n;
    const struct rt_slot_vendor *vendors = rt_slot_builtin(&n);
    const struct rt_slot_series *upstream = &vendors[n - 1].series[0];

    (void)state;
    assert_string_equal(vendors[n - 1].name, "upstream");
    for (size_t i = 0; i < upstream->n_machines; i++) {
        enum rt_lifecycle_state before = RT_LIFECYCLE_NONE;

        for (size_t j = 0; j < COUNT(releases); j++) {
            struct rt_lifecycle l = life(upstream->machines[i], releases[j]);
            char next[RT_SLOT_VERSION_SIZE];

            assert_true(l.state >= before);
            before = l.state;
            if (l.next == RT_LIFECYCLE_NONE)
                continue;
            assert_true(l.next > l.state);
            assert_true(rt_slot_version_compare(l.next_in, version(releases[j])) > 0);
            rt_slot_version_write(l.next_in, next);
            assert_int_equal(life(upstream->machines[i], next).state, l.next);
        }
    }
}

/* Since 10.1 every release has 18 types of a family by the rule, half of them deprecated. */
static void test_eighteen(void **state)
{
    static const char *const families[] = {"pc-i440fx", "virt", "pseries", "s390-ccw-virtio"};
    static const char *const recent[] = {"10.1", "10.2", "11.0", "11.1"};
    size_t n;
    const struct rt_slot_vendor *vendors = rt_slot_builtin(&n);
    const struct rt_slot_series *upstream = &vendors[n - 1].series[0];

    (void)state;
    for (size_t i = 0; i < COUNT(families) * COUNT(recent); i++) {
        size_t live = 0, deprecated = 0;

        for (size_t j = 0; j < upstream->n_machines; j++) {
            struct rt_machine_name name;
            struct rt_lifecycle l;

            assert_true(rt_machine_name_parse(upstream->machines[j], &name));
            if (strcmp(name.family, families[i % COUNT(families)]) != 0)
                continue;
            assert_true(rt_machine_lifecycle(&name, recent[i / COUNT(families)], &l));
            live += l.state == RT_LIFECYCLE_LIVE;
            deprecated += l.state == RT_LIFECYCLE_DEPRECATED;
        }
        assert_int_equal(live, 9);
        assert_int_equal(deprecated, 9);
    }
}

/* Versions that no year will see are read all the same. */
static void test_far_versions(void **state)
{
    (void)state;
    expect("virt-65535.0", "11.1", "future, live in 65535.0");
    expect("virt-65520.0", "65520.0", "live, deprecated in 65523.0");
    (void)life("virt-65535.65535", "65535.65535.65535");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),         cmocka_unit_test(test_qemu_versions),
        cmocka_unit_test(test_every_release), cmocka_unit_test(test_order_of_states),
        cmocka_unit_test(test_eighteen),      cmocka_unit_test(test_far_versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
