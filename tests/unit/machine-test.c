/* SPDX-License-Identifier: BSD-2-Clause */
/* Machine type names: taken apart, ordered, in ranges. */
#include "slots/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct rt_machine_name parsed(const char *name)
{
    struct rt_machine_name ret;

    assert_true(rt_machine_name_parse(name, &ret));
    return ret;
}

/* ------------------------------------------------------------------------- names */

static const struct {
    const char *name;
    const char *family;
    unsigned major, minor, micro;
    const char *tag;
} versioned[] = {
    {"pc-0.12", "pc", 0, 12, 0, ""},
    {"pc-1.0", "pc", 1, 0, 0, ""},
    {"pc-1.0-qemu-kvm", "pc", 1, 0, 0, "qemu-kvm"},
    {"pc-1.0-qemu-git", "pc", 1, 0, 0, "qemu-git"},
    {"pc-1.0-precise", "pc", 1, 0, 0, "precise"},
    {"pc-i440fx-2.0", "pc-i440fx", 2, 0, 0, ""},
    {"pc-q35-4.0.1", "pc-q35", 4, 0, 1, ""},
    {"pc-q35-10.0.4", "pc-q35", 10, 0, 4, ""},
    {"pc-q35-rhel9.4.0", "pc-q35-rhel", 9, 4, 0, ""},
    {"pc-i440fx-rhel7.6.0", "pc-i440fx-rhel", 7, 6, 0, ""},
    {"rhel6.6.0", "rhel", 6, 6, 0, ""},
    {"virt-7.2", "virt", 7, 2, 0, ""},
    {"virt-rhel9.2.0", "virt-rhel", 9, 2, 0, ""},
    {"pseries-2.12-sxxm", "pseries", 2, 12, 0, "sxxm"},
    {"pseries-bionic-2.11-sxxm", "pseries-bionic", 2, 11, 0, "sxxm"},
    {"s390-ccw-virtio-2.4", "s390-ccw-virtio", 2, 4, 0, ""},
    {"xenfv-4.2", "xenfv", 4, 2, 0, ""},
    {"pc-65535.65535.65535", "pc", 65535, 65535, 65535, ""},
};

static void test_versioned(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(versioned); i++) {
        struct rt_machine_name name = parsed(versioned[i].name);

        assert_string_equal(name.family, versioned[i].family);
        assert_true(name.versioned);
        assert_int_equal(name.major, versioned[i].major);
        assert_int_equal(name.minor, versioned[i].minor);
        assert_int_equal(name.micro, versioned[i].micro);
        assert_string_equal(name.tag, versioned[i].tag);
    }
}

/* Families of their own: no version, or nothing that is one to the letter. */
static const char *const unversioned[] = {
    "isapc",
    "microvm",
    "pc",
    "q35",
    "pc-i440fx-trusty",
    "none",
    "",
    "-",
    "1.0",
    "-1.0",
    "pc-",
    "pc-1",
    "pc-1.",
    "pc-.1",
    "pc-1.x",
    "pc-1.0x",
    "pc-01.0",
    "pc-1.00",
    "pc-65536.0",
    "pc-0.65536",
    "pc-1.0.",
    "pc-1.0-",
    "pc-1.2.04",
    "pc-1.2.3.4",
    "pc-1.0.99999999999999999999",
    "pc-+1.0",
    "pc- 1.0",
    "pc-1 .0",
    "pc_1.0",
    "pc1.0x-y",
    "pc-i440fx-questing-v2",
    "pc-q35-jammy-hpb-maxcpus",
    "s390-ccw-virtio-noble",
};

static void test_unversioned(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(unversioned); i++) {
        struct rt_machine_name name = parsed(unversioned[i]);

        assert_string_equal(name.family, unversioned[i]);
        assert_false(name.versioned);
        assert_int_equal(name.major | name.minor | name.micro, 0);
        assert_string_equal(name.tag, "");
    }
}

static void test_length(void **state)
{
    char name[ROMTOOL_NAME_SIZE + 1];
    struct rt_machine_name ret;

    (void)state;
    memset(name, 'a', sizeof(name));
    memcpy(name, "pc-1.0-", 7);
    name[ROMTOOL_NAME_SIZE - 1] = '\0';
    assert_true(rt_machine_name_parse(name, &ret));
    assert_int_equal(strlen(ret.tag), ROMTOOL_NAME_SIZE - 1 - 7);
    name[ROMTOOL_NAME_SIZE - 1] = 'a';
    name[ROMTOOL_NAME_SIZE] = '\0';
    assert_false(rt_machine_name_parse(name, &ret));
    assert_string_equal(ret.family, "");
    assert_false(ret.versioned);
}

/* ------------------------------------------------------------------------- order */

static const char *const ascending[] = {
    "pc-0.10",     "pc-0.15",     "pc-1.0",        "pc-1.3",         "pc-i440fx-1.4", "pc-q35-2.9",
    "pc-q35-2.10", "pc-q35-2.12", "pc-q35-3.0",    "pc-q35-4.0",     "pc-q35-4.0.1",  "pc-q35-4.1",
    "pc-q35-9.2",  "pc-q35-10.0", "pc-q35-10.0.4", "pc-q35-10.0.10", "pc-q35-10.1",   "pc-q35-11.0",
};

static void test_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ascending); i++) {
        for (size_t j = 0; j < COUNT(ascending); j++) {
            struct rt_machine_name a = parsed(ascending[i]), b = parsed(ascending[j]);
            int order = rt_machine_version_compare(&a, &b);

            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
}

static void test_order_ignores_tag_and_family(void **state)
{
    struct rt_machine_name a = parsed("pseries-2.12"), b = parsed("pseries-2.12-sxxm"),
                           c = parsed("pc-q35-2.12");

    (void)state;
    assert_int_equal(rt_machine_version_compare(&a, &b), 0);
    assert_int_equal(rt_machine_version_compare(&a, &c), 0);
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

/* A total order over names made of numbers around every border: and the order of the numbers. */
static void test_order_is_total(void **state)
{
    static const unsigned majors[] = {0, 1, 2, 9, 10, 65535};
    static const unsigned minors[] = {0, 1, 9, 10, 12, 65535};
    static const unsigned micros[] = {0, 1, 4, 10};
    enum { N = COUNT(majors) * COUNT(minors) * COUNT(micros) };
    static struct rt_machine_name names[N];
    static int order[N][N];

    (void)state;
    for (size_t i = 0; i < N; i++) { /* i counts up in version order */
        char text[ROMTOOL_NAME_SIZE];
        unsigned micro = micros[i % COUNT(micros)];

        (void)snprintf(text, sizeof(text), micro == 0 ? "virt-%u.%u" : "virt-%u.%u.%u",
                       majors[i / (COUNT(minors) * COUNT(micros))],
                       minors[i / COUNT(micros) % COUNT(minors)], micro);
        names[i] = parsed(text);
        assert_true(names[i].versioned);
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++)
            order[i][j] = sign(rt_machine_version_compare(&names[i], &names[j]));
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++) {
            assert_int_equal(order[i][j], (i > j) - (i < j));
            assert_int_equal(order[i][j], -order[j][i]);
            for (size_t k = 0; k < N; k++) {
                if (order[i][j] < 0 && order[j][k] < 0 && order[i][k] >= 0)
                    fail_msg("%zu < %zu < %zu, but not %zu < %zu", i, j, k, i, k);
            }
        }
    }
}

/* ------------------------------------------------------------------------- ranges */

static const struct rt_slot_range q35_to_4_0 = {"pc-q35", true, {2, 4, 0}, {4, 0, 0}};
static const struct rt_slot_range q35_from_4_1 = {"pc-q35", true, {4, 1, 0}, {11, 1, 0}};
static const struct rt_slot_range q35_all = {"pc-q35", true, {1, 4, 0}, {11, 1, 0}};
static const struct rt_slot_range i440fx_all = {"pc-i440fx", true, {1, 4, 0}, {11, 1, 0}};
static const struct rt_slot_range pc_all = {"pc", true, {0, 12, 0}, {1, 3, 0}};
static const struct rt_slot_range pseries_all = {"pseries", true, {2, 1, 0}, {11, 1, 0}};
static const struct rt_slot_range microvm = {"microvm", false, {0, 0, 0}, {0, 0, 0}};
static const struct rt_slot_range q35_4_0_1 = {"pc-q35-4.0.1", false, {0, 0, 0}, {0, 0, 0}};
static const struct rt_slot_range pc_1_0_kvm = {"pc-1.0-qemu-kvm", false, {0, 0, 0}, {0, 0, 0}};

static bool covers(const struct rt_slot_range *range, const char *machine)
{
    struct rt_machine_name name = parsed(machine);

    return rt_slot_range_covers(range, machine, &name);
}

static void test_covers(void **state)
{
    (void)state;
    assert_true(covers(&q35_to_4_0, "pc-q35-2.4"));
    assert_true(covers(&q35_to_4_0, "pc-q35-2.10"));
    assert_true(covers(&q35_to_4_0, "pc-q35-4.0"));
    assert_false(covers(&q35_to_4_0, "pc-q35-2.3"));
    assert_false(covers(&q35_to_4_0, "pc-q35-4.0.1"));
    assert_false(covers(&q35_from_4_1, "pc-q35-4.0.1"));
    assert_true(covers(&q35_all, "pc-q35-4.0.1"));
    assert_true(covers(&q35_all, "pc-q35-10.0.4"));
    assert_false(covers(&q35_all, "pc-q35-11.1.1"));
    assert_false(covers(&q35_all, "pc-i440fx-4.0"));
    assert_false(covers(&q35_all, "pc-q35-rhel9.4.0"));
    assert_false(covers(&q35_all, "pc-q35"));
    assert_false(covers(&q35_all, "q35"));
    assert_false(covers(&pc_all, "pc-i440fx-1.0"));
    assert_true(covers(&pc_all, "pc-1.0-qemu-kvm"));
    assert_true(covers(&pseries_all, "pseries-2.12-sxxm"));
    assert_true(covers(&microvm, "microvm"));
    assert_false(covers(&microvm, "microvm-1.0"));
    assert_true(covers(&pc_1_0_kvm, "pc-1.0-qemu-kvm"));
    assert_false(covers(&pc_1_0_kvm, "pc-1.0"));
}

static void test_overlaps(void **state)
{
    static const struct rt_slot_range *const ranges[] = {
        &q35_to_4_0,  &q35_from_4_1, &q35_all,   &i440fx_all, &pc_all,
        &pseries_all, &microvm,      &q35_4_0_1, &pc_1_0_kvm,
    };
    static const char *const machines[] = {"pc-q35-2.4",    "pc-q35-4.0.1",    "pc-q35-4.1",
                                           "pc-i440fx-2.0", "pc-1.0-qemu-kvm", "pc-1.1",
                                           "pseries-2.12",  "microvm"};
    size_t overlapping = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(ranges); i++) {
        for (size_t j = 0; j < COUNT(ranges); j++) {
            bool both = false;

            for (size_t k = 0; k < COUNT(machines); k++)
                both = both || (covers(ranges[i], machines[k]) && covers(ranges[j], machines[k]));
            assert_int_equal(rt_slot_range_overlaps(ranges[i], ranges[j]), both);
            overlapping += both && i < j;
        }
    }
    /* q35_all with q35_to_4_0, q35_from_4_1 and q35_4_0_1; pc_all with pc_1_0_kvm */
    assert_int_equal(overlapping, 4);
}

static void test_versions(void **state)
{
    struct rt_slot_version v;

    (void)state;
    assert_true(rt_slot_version_parse("4.0.1", &v));
    assert_int_equal(v.major * 100 + v.minor * 10 + v.micro, 401);
    assert_true(rt_slot_version_parse("2.12", &v));
    assert_int_equal(v.major * 100 + v.minor, 212);
    assert_false(rt_slot_version_parse("2.12-sxxm", &v));
    assert_int_equal(v.major, 0);
    assert_false(rt_slot_version_parse("2", &v));
    assert_false(rt_slot_version_parse("", &v));
    assert_false(rt_slot_version_parse(" 2.1", &v));
}

static void test_versions_written(void **state)
{
    static const char *const texts[] = {"0.0", "2.12", "4.0.1", "65535.65535.65535"};
    char text[RT_SLOT_VERSION_SIZE];
    struct rt_slot_version v;

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_true(rt_slot_version_parse(texts[i], &v));
        rt_slot_version_write(v, text);
        assert_string_equal(text, texts[i]);
    }
    assert_true(rt_slot_version_parse("4.2.0", &v));
    rt_slot_version_write(v, text);
    assert_string_equal(text, "4.2");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versioned),
        cmocka_unit_test(test_unversioned),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_order_ignores_tag_and_family),
        cmocka_unit_test(test_order_is_total),
        cmocka_unit_test(test_covers),
        cmocka_unit_test(test_overlaps),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_versions_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
