/* SPDX-License-Identifier: BSD-2-Clause */
/* loader/qemu: what QEMU puts into a machine unasked; a romfile replaced where it is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "qemu-line.h"

/* ------------------------------------------------------------------------- defaults */

struct default_case {
    const char *machine, *device; /* device: or NULL */
};

static void expect_defaults(const struct default_case cases[], size_t n,
                            const char *(*default_of)(const char *machine))
{
    for (size_t i = 0; i < n; i++) {
        const char *device = default_of(cases[i].machine);

        assert_int_equal(device == NULL, cases[i].device == NULL);
        if (device != NULL)
            assert_string_equal(device, cases[i].device);
    }
}

static void test_default_nic(void **state)
{
    static const struct default_case cases[] = {
        {"pc-i440fx-7.2", "e1000"},
        {"pc-1.3", "e1000"},
        {"pc-q35-1.4", "e1000"},
        {"pc-q35-2.4", "e1000"},
        {"pc-q35-2.11", "e1000"},
        {"pc-q35-2.12", "e1000e"},
        {"pc-q35-3.0", "e1000e"},
        {"pc-q35-4.0.1", "e1000e"},
        {"pc-q35-10.0", "e1000e"},
        {"virt-7.2", "virtio-net-pci"},
        {"pseries-7.2", NULL}, /* spapr-vlan */
        {"microvm", NULL},
        {"isapc", NULL},
        {"none", NULL},
        {"", NULL},
    };

    (void)state;
    expect_defaults(cases, COUNT(cases), rt_qemu_default_nic);
}

static void test_default_display(void **state)
{
    static const struct default_case cases[] = {
        {"pc-i440fx-7.2", "VGA"},
        {"pc-i440fx-2.2", "VGA"},
        {"pc-i440fx-2.1", "cirrus-vga"},
        {"pc-i440fx-1.4", "cirrus-vga"},
        {"pc-1.3", "cirrus-vga"},
        {"pc-0.14", "cirrus-vga"},
        {"pc-q35-2.1", "cirrus-vga"},
        {"pc-q35-2.2", "VGA"},
        {"pc-q35-10.0", "VGA"},
        {"pc-q35-own", "VGA"},
        {"pc-i440fx-own", "VGA"},
        {"pseries-7.2", "VGA"},
        {"isapc", "isa-cirrus-vga"},
        {"malta", "VGA"},
        {"virt-7.2", NULL},
        {"microvm", NULL},
        {"none", NULL},
        {"s390-ccw-virtio-7.2", NULL},
    };

    (void)state;
    expect_defaults(cases, COUNT(cases), rt_qemu_default_display);
}

/* ------------------------------------------------------------------------- replacing */

static void expect_replaced(enum rt_qemu_form form, const char *text, const char *expected)
{
    const struct rt_qemu_place place = {.form = form, .argument = 0};
    struct rt_qemu qemu = {0};
    char *argv[] = {strdup(text), NULL};

    assert_int_equal(rt_qemu_replace_romfile(&qemu, &place, "/dev/fd/9", argv, NULL), 0);
    assert_string_equal(argv[0], expected);
    free(argv[0]);
}

static void test_replace_romfile(void **state)
{
    static const struct {
        enum rt_qemu_form form;
        const char *value, *expected;
    } cases[] = {
        {RT_QEMU_PART, "e1000,romfile=x", "e1000,romfile=/dev/fd/9"},
        {RT_QEMU_PART, "e1000,romfile=x,id=n", "e1000,romfile=/dev/fd/9,id=n"},
        {RT_QEMU_PART, "romfile=x,driver=e1000", "romfile=/dev/fd/9,driver=e1000"},
        /* "multifunction" would be a driver in the first place */
        {RT_QEMU_PART, "romfile=x,multifunction,driver=e1000",
         "romfile=/dev/fd/9,multifunction,driver=e1000"},
        {RT_QEMU_PART, "e1000,romfile=a,,b,id=n", "e1000,romfile=/dev/fd/9,id=n"},
        {RT_QEMU_PART, "e1000,romfile=a,romfile=b", "e1000,romfile=/dev/fd/9,romfile=/dev/fd/9"},
        {RT_QEMU_PART, "e1000,,romfile=x,romfile=x", "e1000,,romfile=x,romfile=/dev/fd/9"},
        {RT_QEMU_PART, "e1000,a,,romfile=x", "e1000,a,,romfile=/dev/fd/9"},
        {RT_QEMU_PART, "e1000,romfile=", "e1000,romfile=/dev/fd/9"},
        {RT_QEMU_PART, "e1000,id=a,,b==c,romfile=x,mac=1:2",
         "e1000,id=a,,b==c,romfile=/dev/fd/9,mac=1:2"},
        {RT_QEMU_PART, "e1000,romfile=x,", "e1000,romfile=/dev/fd/9,"},
        {RT_QEMU_PART, "e1000,romfile=x,a,,", "e1000,romfile=/dev/fd/9,a,,"}, /* an empty one */
        {RT_QEMU_PART, "e1000", "e1000"},
        {RT_QEMU_PART, "e1000,flag,romfilex=1,xromfile=2,romfile=x",
         "e1000,flag,romfilex=1,xromfile=2,romfile=/dev/fd/9"},
        {RT_QEMU_GLOBAL_PART, "driver=e1000,value=x,property=romfile",
         "driver=e1000,value=/dev/fd/9,property=romfile"},
        {RT_QEMU_GLOBAL, "e1000.romfile=x=y", "e1000.romfile=/dev/fd/9"},
        {RT_QEMU_SET, "device.n.romfile=x,y", "device.n.romfile=/dev/fd/9"},
        {RT_QEMU_JSON, "{\"driver\":\"e1000\",\"romfile\":\"x\"}",
         "{\"driver\":\"e1000\",\"romfile\":\"/dev/fd/9\"}"},
        {RT_QEMU_JSON, " { \"romfile\" : \"x,}\\\"\" , \"a\" : [1, {\"b\": 2}] }",
         " { \"romfile\" : \"/dev/fd/9\" , \"a\" : [1, {\"b\": 2}] }"},
        {RT_QEMU_JSON, "{\"a\":{\"romfile\":\"x\"},\"b\":\"romfile\",\"romfile\":\"y\",\"c\":null}",
         "{\"a\":{\"romfile\":\"x\"},\"b\":\"romfile\",\"romfile\":\"/dev/fd/9\",\"c\":null}"},
        {RT_QEMU_JSON, "{\"rom\\u0066ile\":\"x\",\"rom\\u0066il\":1}",
         "{\"rom\\u0066ile\":\"/dev/fd/9\",\"rom\\u0066il\":1}"},
        {RT_QEMU_JSON, "{}", "{\"romfile\": \"/dev/fd/9\"}"},
        {RT_QEMU_JSON, "{\"a\":1}", "{\"romfile\": \"/dev/fd/9\", \"a\":1}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_replaced(cases[i].form, cases[i].value, cases[i].expected);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default_nic),
        cmocka_unit_test(test_default_display),
        cmocka_unit_test(test_replace_romfile),
    };

    return cmocka_run_group_tests_name("qemu-default", tests, NULL, NULL);
}
