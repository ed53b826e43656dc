/* SPDX-License-Identifier: BSD-2-Clause */
/* loader/domain: a romsize of <qemu:override> added; <romtool:allow> of the metadata read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "loader/domain.h"

#define Q "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'"
#define DEVICE(alias)                                                                              \
    "<qemu:device " Q " alias='" alias "'><qemu:frontend>"                                         \
    "<qemu:property name='romsize' type='unsigned' value='262144'/></qemu:frontend></qemu:device>"

static struct romtool_error err;

static struct rt_bytes bytes_of(const char *xml)
{
    return (struct rt_bytes){(const uint8_t *)xml, strlen(xml)};
}

static int set(const char *xml, const char *device, uint64_t size, struct rt_buffer *out)
{
    *out = (struct rt_buffer){0};
    rt_error_clear(&err);
    return rt_domain_set_romsize(bytes_of(xml), device, size, out, &err);
}

static void expect(const char *xml, const char *device, const char *expected)
{
    struct rt_buffer out;

    if (set(xml, device, 262144, &out) != 0)
        fail_msg("%s", err.text);
    assert_string_equal(out.data, expected);
    rt_buffer_free(&out);
}

static void refuse(const char *xml, const char *device, uint64_t size, int code,
                   const char *sentence)
{
    struct rt_buffer out;
    int r = set(xml, device, size, &out);

    rt_buffer_free(&out);
    if (r != code || err.code != code || strstr(err.text, sentence) == NULL)
        fail_msg("%d, not %d: '%s' (expected '%s')", r, code, err.text, sentence);
}

#define HEAD                                                                                       \
    "<?xml version='1.0'?>\n<!-- </domain> -->\n<domain >\n <devices>\n  <interface>"              \
    "<alias name='ua-a&amp;b'/></interface>\n  <interface><model type='e1000'/></interface>\n"     \
    "  <hostdev><rom/><alias name='net0'/></hostdev>\n </devices>\n"

static void test_a_new_one(void **state)
{
    (void)state;
    expect(HEAD "</domain >\n<!-- <domain> -->\n", "e1000",
           HEAD "  <qemu:override " Q ">" DEVICE("net0") "</qemu:override>\n"
                                                         "</domain >\n<!-- <domain> -->\n");
    expect(HEAD "</domain>", "ua-a&b",
           HEAD "  <qemu:override " Q ">" DEVICE("ua-a&amp;b") "</qemu:override>\n</domain>");
}

static void test_one_is_there(void **state)
{
    (void)state;
    expect(HEAD "<q:override xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0' a='>'>\n"
                "<q:device alias='x'/></q:override><override/></domain>",
           "net0",
           HEAD "<q:override xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0' a='>'>" DEVICE(
               "net0") "\n<q:device alias='x'/></q:override><override/></domain>");
    expect(HEAD "<override/><qemu:override " Q "/></domain>", "net0",
           HEAD "<override/><qemu:override " Q ">" DEVICE("net0") "</qemu:override></domain>");
}

/* Two NICs, one behind the other. */
static void test_two(void **state)
{
    struct rt_buffer first, second;
    struct rt_domain *domain;

    (void)state;
    assert_int_equal(set(HEAD "</domain>", "net0", 4096, &first), 0);
    assert_int_equal(set(first.data, "ua-a&b", 8192, &second), 0);
    assert_int_equal(rt_domain_read(rt_buffer_bytes(&second), &domain, &err), 0);
    assert_int_equal(domain->device[0].override_size, 8192);
    assert_int_equal(domain->device[1].override_size, 4096);
    rt_domain_free(domain);
    rt_buffer_free(&second);
    refuse(first.data, "net0", 4096, ROMTOOL_E_UNSUPPORTED, "a qemu:override of 'net0' already");
    rt_buffer_free(&first);
}

static void test_refusals(void **state)
{
    (void)state;
    refuse(HEAD "</domain>", "net0", 3000, ROMTOOL_E_USAGE, "3000 bytes");
    refuse(HEAD "</domain>", "net0", 0, ROMTOOL_E_USAGE, "0 bytes");
    refuse(HEAD "</domain>", "net0", UINT64_C(1) << 32, ROMTOOL_E_USAGE, "bytes");
    refuse(HEAD "</domain>", "net1", 4096, ROMTOOL_E_UNKNOWN_DEVICE, "there are: ua-a&b");
    refuse(HEAD, "net0", 4096, ROMTOOL_E_BAD_DOMAIN, "line");
    refuse("<domain><devices><interface type='hostdev'><mac address='1'/></interface></devices>"
           "</domain>",
           "1", 4096, ROMTOOL_E_UNSUPPORTED, "has no alias");
    refuse("<domain><devices><interface/></devices><q:override "
           "xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><q:device alias='net0'/>"
           "</q:override></domain>",
           "net0", 4096, ROMTOOL_E_UNSUPPORTED, "already");
}

/* ------------------------------------------------------------------------- metadata */

#define R "xmlns:r='urn:romtool:libvirt:1'"

static void test_allow(void **state)
{
    struct rt_domain *domain;

    (void)state;
    assert_int_equal(
        rt_domain_read(
            bytes_of("<domain><allow device='0'/><r:allow " R " device='0'/><metadata>"
                     "<r:allow " R " device='net0' size='524288' reason='a &lt; b'/>"
                     "<x:allow xmlns:x='urn:x' device='0'/><allow device='0'/>"
                     "<x:roms xmlns:x='urn:x'><r:allow " R " device='0'/></x:roms>"
                     "<r:roms " R "><r:allow device='virtio'/><r:allow r:device='x' size=''/>"
                     "<r:roms><r:allow device='0'/></r:roms></r:roms></metadata></domain>"),
            &domain, &err),
        0);
    assert_int_equal(domain->n_allows, 3);
    assert_string_equal(domain->allow[0].device, "net0");
    assert_string_equal(domain->allow[0].size, "524288");
    assert_string_equal(domain->allow[0].reason, "a < b");
    assert_string_equal(domain->allow[1].device, "virtio");
    assert_null(domain->allow[1].size);
    assert_null(domain->allow[1].reason);
    assert_null(domain->allow[2].device);
    assert_string_equal(domain->allow[2].size, "");
    rt_domain_free(domain);
}

static void test_buses(void **state)
{
    struct rt_domain *domain;

    (void)state;
    assert_int_equal(rt_domain_read(bytes_of("<domain><devices><interface><address type='ccw'/>"
                                             "</interface><interface><address type='pci'/>"
                                             "</interface><interface/></devices></domain>"),
                                    &domain, &err),
                     0);
    assert_true(domain->device[0].address.is_other);
    assert_false(domain->device[1].address.is_other);
    assert_false(domain->device[2].address.is_other);
    rt_domain_free(domain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_one), cmocka_unit_test(test_one_is_there),
        cmocka_unit_test(test_two),       cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_allow),     cmocka_unit_test(test_buses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
