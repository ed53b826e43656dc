/* SPDX-License-Identifier: BSD-2-Clause */
/* loader/domain, one <rom> changed: which device, what becomes of its element, what stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/domain.h"

static struct romtool_error err;

static int set(const char *xml, const char *device, const char *path, struct rt_buffer *out)
{
    *out = (struct rt_buffer){0};
    rt_error_clear(&err);
    return rt_domain_set_rom((struct rt_bytes){(const uint8_t *)xml, strlen(xml)}, device, path,
                             out, &err);
}

/* In begin + old + end, what old becomes. */
static void expect_change(const char *begin, const char *old, const char *end, const char *device,
                          const char *path, const char *new)
{
    struct rt_buffer xml = {0}, expected = {0}, out;

    rt_buffer_printf(&xml, "%s%s%s", begin, old, end);
    rt_buffer_printf(&expected, "%s%s%s", begin, new, end);
    if (set(xml.data, device, path, &out) != 0)
        fail_msg("%s", err.text);
    assert_string_equal(out.data, expected.data);
    assert_int_equal(out.len, expected.len);
    rt_buffer_free(&xml);
    rt_buffer_free(&expected);
    rt_buffer_free(&out);
}

static void refuse(const char *xml, const char *device, const char *path, int code,
                   const char *sentence)
{
    struct rt_buffer out;
    int r = set(xml, device, path, &out);

    rt_buffer_free(&out);
    if (r != code || err.code != code || strstr(err.text, sentence) == NULL)
        fail_msg("%d, not %d: '%s' (expected '%s')", r, code, err.text, sentence);
}

/* ------------------------------------------------------------------------- the element */

/* What must stay as it is, around the one interface. */
static const char BEGIN[] =
    "<?xml version='1.0'?>\r\n<!-- > <interface> ' -->\n<?pi <interface ' ?>\n"
    "<domain   type=\"qemu\"\n  xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0' >\n"
    "  <title a='>' b=\"'&lt;/>\">\xc3\xa4&#x41;<![CDATA[<interface><rom/>]]></title>\n"
    "  <devices>\n    <controller type='pci' index='0' model='pcie-root'/>\n";
static const char END[] =
    "\n    <interface type='user'>\n      <rom file='/other'/>\n"
    "      <alias name='net1'/>\n    </interface >\n"
    "  </devices>\n\t<qemu:commandline><qemu:arg value='-x'/></qemu:commandline>\n"
    "</domain>\n<!-- end -->\n";

#define OPEN  "    <interface type='user'>\n      <alias name='net0'/>\n"
#define CLOSE "    </interface>"

static void test_there_is_a_rom(void **state)
{
    static const char *const cases[][2] = {
        {"<rom file='/old'/>", "<rom file='/new'/>"},
        {"<rom bar='on' file='/old'/>", "<rom bar='on' file='/new'/>"},
        {"<rom file=\"/o'ld\" bar=\"off\" />", "<rom file=\"/new\" bar=\"off\" />"},
        {"<rom file = '/a>b'></rom>", "<rom file = '/new'></rom>"},
        {"<rom bar='on'/>", "<rom bar='on' file='/new'/>"},
        {"<rom/>", "<rom file='/new'/>"},
        {"<rom></rom>", "<rom file='/new'></rom>"},
        {"<rom\n/>", "<rom file='/new'\n/>"},
        {"<rom enabled='no'/>", "<rom file='/new'/>"},
        {"<rom enabled='&#110;o' bar='on'/>", "<rom bar='on' file='/new'/>"},
        {"<rom file='/old' enabled='no'/>", "<rom file='/new'/>"},
        {"<rom enabled='no' file=''/>", "<rom file='/new'/>"},
        {"<rom enabled='yes' file='/old'/>", "<rom enabled='yes' file='/new'/>"},
        {"<rom xmlns:x='urn:x' x:file='/x' x:enabled='no' enabled='no'>t<!-- </rom> --></rom>",
         "<rom xmlns:x='urn:x' x:file='/x' x:enabled='no' file='/new'>t<!-- </rom> --></rom>"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char old[512], new[512];

        (void)sprintf(old, OPEN "      %s\n" CLOSE, cases[i][0]);
        (void)sprintf(new, OPEN "      %s\n" CLOSE, cases[i][1]);
        expect_change(BEGIN, old, END, "net0", "/new", new);
    }
}

static void test_there_is_none(void **state)
{
    (void)state;
    expect_change(BEGIN, OPEN CLOSE, END, "net0", "/new", OPEN "      <rom file='/new'/>\n" CLOSE);
    expect_change(BEGIN,
                  "<interface><x:rom xmlns:x='urn:x'/><link><rom/></link>"
                  "<alias name='net0'></alias>t</interface>",
                  END, "net0", "/new",
                  "<interface><x:rom xmlns:x='urn:x'/><link><rom/></link>"
                  "<alias name='net0'></alias><rom file='/new'/>t</interface>");
    expect_change("<domain><devices>", "<interface><mac address='aA:0'/> <!-- > -->\n</interface>",
                  "</devices></domain>", "Aa:0", "/new",
                  "<interface><mac address='aA:0'/><rom file='/new'/> <!-- > -->\n</interface>");
}

/* Which device is meant does not matter to where its element is. */
static void test_which(void **state)
{
    static const char *const names[] = {"ua-b", "52:54:00:AA:bb:02", "e1000"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        expect_change(
            "<domain><devices><interface><mac address='52:54:00:aa:bb:01'/><model type='virtio'/>"
            "<alias name='net0'/></interface><hostdev><rom/><alias name='e1000'/></hostdev>"
            "<interface><mac address='52:54:00:aa:bb:02'/><model type='e1000'/>",
            "<rom file='/a'/>", "<alias name='ua-b'/></interface></devices></domain>", names[i],
            "/new", "<rom file='/new'/>");
}

static void test_escapes(void **state)
{
    (void)state;
    expect_change(BEGIN, OPEN "<rom file='/old'/>" CLOSE, END, "net0",
                  "/a&b<c>d'e\"f \xc3\xa4\xf0\x9f\x98\x80&lt;",
                  OPEN "<rom file='/a&amp;b&lt;c&gt;d&apos;e&quot;f \xc3\xa4\xf0\x9f\x98\x80"
                       "&amp;lt;'/>" CLOSE);
}

/* Once done, it is done. */
static void test_twice(void **state)
{
    struct rt_buffer xml = {0}, first, second;

    (void)state;
    rt_buffer_printf(&xml, "%s%s%s", BEGIN, OPEN CLOSE, END);
    assert_int_equal(set(xml.data, "net0", "/new", &first), 0);
    assert_int_equal(set(first.data, "net0", "/new", &second), 0);
    assert_string_equal(first.data, second.data);
    rt_buffer_free(&xml);
    rt_buffer_free(&first);
    rt_buffer_free(&second);
}

/* ------------------------------------------------------------------------- refusals */

static const char TWO[] =
    "<domain xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><devices>"
    "<interface><mac address='52:54:00:00:00:01'/><model type='virtio'/><alias name='net0'/>"
    "</interface>"
    "<interface><mac address='52:54:00:00:00:02'/><model type='virtio'/><alias name='net1'/>"
    "</interface>"
    "<hostdev><rom/><alias name='hostdev0'/></hostdev></devices>"
    "<q:override><q:device alias='net1'><q:frontend>"
    "<q:property name='romfile' type='string' value='/x'/>"
    "</q:frontend></q:device></q:override></domain>";

static void test_unknown(void **state)
{
    (void)state;
    refuse(TWO, "virtio", "/new", ROMTOOL_E_UNKNOWN_DEVICE,
           "more than one interface of the domain is 'virtio'; there are: net0 52:54:00:00:00:01 "
           "virtio, net1 52:54:00:00:00:02 virtio");
    refuse(TWO, "net2", "/new", ROMTOOL_E_UNKNOWN_DEVICE, "no interface of the domain is 'net2'");
    refuse(TWO, "hostdev0", "/new", ROMTOOL_E_UNKNOWN_DEVICE, "no interface");
    refuse(TWO, "", "/new", ROMTOOL_E_UNKNOWN_DEVICE, "no interface");
    refuse("<domain/>", "net0", "/new", ROMTOOL_E_UNKNOWN_DEVICE, "there are: none");
    refuse("<domain><devices><interface/></devices></domain>", "net1", "/new",
           ROMTOOL_E_UNKNOWN_DEVICE, "there are: net0 - -");
    refuse(TWO, "net1", "/new", ROMTOOL_E_UNSUPPORTED, "a qemu:override of 'net1'");
}

static void test_paths(void **state)
{
    static const char *const paths[] = {
        "",          "rom",           "./rom",         "/a\nb",         "/a\tb",
        "/a\x7f",    "/\x01b",        "/\xc2\x85",     "/\xff",         "/\xe4",
        "/\xc0\xaf", "/\xef\xbf\xbe", "/\xef\xbf\xbf", "/\xed\xa0\x80", "/\xf4\x90\x80\x80",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        refuse(TWO, "net0", paths[i], ROMTOOL_E_USAGE, "the path of a ROM");
}

static void test_documents(void **state)
{
    (void)state;
    refuse("", "net0", "/new", ROMTOOL_E_BAD_DOMAIN, "empty");
    refuse("<a/>", "net0", "/new", ROMTOOL_E_BAD_DOMAIN, "the root is");
    refuse("<!DOCTYPE domain><domain/>", "net0", "/new", ROMTOOL_E_BAD_DOMAIN, "document type");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_is_a_rom), cmocka_unit_test(test_there_is_none),
        cmocka_unit_test(test_which),          cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_twice),          cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_paths),          cmocka_unit_test(test_documents),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
