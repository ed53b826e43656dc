/* SPDX-License-Identifier: BSD-2-Clause */
/* loader/domain, reading: what libvirt writes, and what no libvirt would. */
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

static int read_bytes(const void *data, size_t n, struct rt_domain **ret)
{
    rt_error_clear(&err);
    *ret = (struct rt_domain *)(uintptr_t)&err; /* to see that it is set */
    return rt_domain_read((struct rt_bytes){data, n}, ret, &err);
}

static struct rt_domain *read_text(const char *xml)
{
    struct rt_domain *domain;

    if (read_bytes(xml, strlen(xml), &domain) != 0)
        fail_msg("%s", err.text);
    return domain;
}

static void refuse_bytes(const void *data, size_t n, int code, const char *sentence)
{
    struct rt_domain *domain;
    int r = read_bytes(data, n, &domain);

    assert_null(domain);
    if (r != code || err.code != code || strstr(err.text, sentence) == NULL)
        fail_msg("%d, not %d: '%s' (expected '%s')", r, code, err.text, sentence);
}

static void refuse(const char *xml, int code, const char *sentence)
{
    refuse_bytes(xml, strlen(xml), code, sentence);
}

/* ------------------------------------------------------------------------- what there is */

static const char GUEST[] =
    "<?xml version='1.0' encoding='UTF-8'?>\n"
    "<!-- <interface type='user'/> -->\n"
    "<domain type='qemu' id='1' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
    "  <name>a &amp; b</name>\n"
    "  <uuid>0b0b3a1e-0000-4000-8000-000000000001</uuid>\n"
    "  <os>\n    <type arch='x86_64' machine='pc-q35-7.2'>hvm</type>\n  </os>\n"
    "  <devices>\n"
    "    <emulator>/usr/bin/qemu-system-x86_64</emulator>\n"
    "    <controller type='usb' index='1' model='none'/>\n"
    "    <controller type='pci' index='0' model='pcie-root'><alias name='pcie.0'/></controller>\n"
    "    <controller type='pci' index='1' model='pcie-root-port'>\n"
    "      <target chassis='1' port='0x8'/>\n"
    "      <address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x0'/>\n"
    "    </controller>\n"
    "    <interface type='user'>\n"
    "      <mac address='52:54:00:00:00:01'/>\n"
    "      <model type='virtio'/>\n"
    "      <rom bar='off' file='/rom/a&amp;b.rom'/>\n"
    "      <alias name='net0'/>\n"
    "      <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>\n"
    "    </interface>\n"
    "    <interface type='user'>\n"
    "      <mac address='52:54:00:00:00:02'/>\n"
    "      <model type='e1000'/>\n"
    "      <rom enabled='no'/>\n"
    "      <alias name='ua-wan'/>\n"
    "      <address type='pci' domain='0' bus='0' slot='31' function='07'/>\n"
    "    </interface>\n"
    "    <hostdev mode='subsystem' type='pci'>\n"
    "      <source><address domain='0x0000' bus='0x06' slot='0x02' function='0x0'/></source>\n"
    "      <rom bar='on' file='/rom/host.rom' enabled='yes'/>\n"
    "      <alias name='hostdev0'/>\n"
    "      <address type='pci' domain='0x0000' bus='0x00' slot='0x09' function='0x1'/>\n"
    "    </hostdev>\n"
    "    <hostdev mode='subsystem' type='usb'><alias name='hostdev1'/></hostdev>\n"
    "  </devices>\n"
    "  <qemu:override>\n"
    "    <qemu:device alias='net0'><qemu:frontend>\n"
    "      <qemu:property name='romfile' type='string' value='/rom/over.rom'/>\n"
    "      <qemu:property name='romsize' type='unsigned' value='524288'/>\n"
    "      <qemu:property name='x' type='bool' value='true'/>\n"
    "    </qemu:frontend></qemu:device>\n"
    "    <qemu:device alias='ua-wan'><qemu:frontend>\n"
    "      <qemu:property name='romfile' type='remove'/>\n"
    "    </qemu:frontend></qemu:device>\n"
    "  </qemu:override>\n"
    "</domain>\n";

/* GUEST with one change. */
static char *guest_with(const char *old, const char *new)
{
    const char *at = strstr(GUEST, old);
    char *ret = malloc(sizeof(GUEST) + strlen(new));

    assert_non_null(at);
    assert_non_null(ret);
    (void)sprintf(ret, "%.*s%s%s", (int)(at - GUEST), GUEST, new, at + strlen(old));
    return ret;
}

static void test_guest(void **state)
{
    char *xml = guest_with("'07'", "'010'"); /* octal */
    struct rt_domain *domain = read_text(GUEST);
    const struct rt_domain_device *device = domain->device;

    (void)state;
    assert_string_equal(domain->name, "a & b");
    assert_string_equal(domain->uuid, "0b0b3a1e-0000-4000-8000-000000000001");
    assert_string_equal(domain->type, "qemu");
    assert_string_equal(domain->arch, "x86_64");
    assert_string_equal(domain->machine, "pc-q35-7.2");
    assert_string_equal(domain->emulator, "/usr/bin/qemu-system-x86_64");
    assert_int_equal(domain->n_controllers, 2);
    assert_string_equal(domain->controller[1].model, "pcie-root-port");
    assert_int_equal(domain->n_devices, 3);

    assert_int_equal(device[0].kind, RT_DOMAIN_INTERFACE);
    assert_string_equal(device[0].type, "user");
    assert_string_equal(device[0].alias, "net0");
    assert_false(device[0].has_libvirts_alias);
    assert_string_equal(device[0].mac, "52:54:00:00:00:01");
    assert_string_equal(device[0].model, "virtio");
    assert_true(device[0].has_rom);
    assert_string_equal(device[0].rom_file, "/rom/a&b.rom");
    assert_int_equal(device[0].rom_bar, RT_DOMAIN_OFF);
    assert_int_equal(device[0].rom_enabled, RT_DOMAIN_UNSET);
    assert_string_equal(device[0].path, "0000:00:01.0:00.0");
    assert_true(device[0].overrides_file);
    assert_string_equal(device[0].override_file, "/rom/over.rom");
    assert_int_equal(device[0].override_size, 524288);

    assert_string_equal(device[1].alias, "ua-wan");
    assert_null(device[1].rom_file);
    assert_int_equal(device[1].rom_bar, RT_DOMAIN_UNSET);
    assert_int_equal(device[1].rom_enabled, RT_DOMAIN_OFF);
    assert_string_equal(device[1].path, "0000:00:1f.7");
    assert_true(device[1].overrides_file);
    assert_null(device[1].override_file);
    assert_int_equal(device[1].override_size, 0);

    assert_int_equal(device[2].kind, RT_DOMAIN_HOSTDEV);
    assert_string_equal(device[2].rom_file, "/rom/host.rom");
    assert_int_equal(device[2].rom_bar, RT_DOMAIN_ON);
    assert_int_equal(device[2].rom_enabled, RT_DOMAIN_ON);
    assert_string_equal(device[2].path, "0000:00:09.1");
    assert_false(device[2].overrides_file);
    rt_domain_free(domain);
    refuse(xml, ROMTOOL_E_BAD_DOMAIN, "line 29: function='010' is no number up to 7");
    free(xml);
}

static void test_nothing_stated(void **state)
{
    struct rt_domain *domain = read_text("<domain><devices><interface/></devices></domain>");

    (void)state;
    assert_null(domain->name);
    assert_null(domain->uuid);
    assert_null(domain->type);
    assert_null(domain->arch);
    assert_null(domain->machine);
    assert_null(domain->emulator);
    assert_int_equal(domain->n_devices, 1);
    assert_null(domain->device[0].type);
    assert_string_equal(domain->device[0].alias, "net0");
    assert_true(domain->device[0].has_libvirts_alias);
    assert_null(domain->device[0].mac);
    assert_null(domain->device[0].model);
    assert_null(domain->device[0].path);
    assert_false(domain->device[0].has_rom);
    assert_int_equal(domain->device[0].element, 2);
    assert_true(domain->device[0].rom_element == RT_DOMAIN_NO_ELEMENT);
    rt_domain_free(domain);
    rt_domain_free(NULL);
}

/* Saves do not state libvirt's own aliases, which overrides name. */
static void test_aliases(void **state)
{
    static const char *const expected[] = {"net6", "ua-x", "net5", "net7", NULL, "net8"};
    struct rt_domain *domain = read_text(
        "<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><devices>"
        "<interface type='user'/><interface><alias name='ua-x'/></interface>"
        "<interface><alias name='net5'/></interface><hostdev><rom/><alias name='net9'/></hostdev>"
        "<interface type='network'><alias/></interface><interface type='hostdev'/>"
        "<interface/></devices><qemu:override><qemu:device alias='net6'><qemu:frontend>"
        "<qemu:property name='romsize' type='unsigned' value='4096'/>"
        "</qemu:frontend></qemu:device></qemu:override></domain>");
    size_t n = 0;

    (void)state;
    assert_int_equal(domain->n_devices, 7);
    for (size_t i = 0; i < domain->n_devices; i++) {
        if (domain->device[i].kind == RT_DOMAIN_HOSTDEV)
            continue;
        if (expected[n] == NULL)
            assert_null(domain->device[i].alias);
        else
            assert_string_equal(domain->device[i].alias, expected[n]);
        assert_int_equal(domain->device[i].override_size, i == 0 ? 4096 : 0);
        n++;
    }
    rt_domain_free(domain);
}

/* Another namespace, another parent, a comment or text: no interface. */
static void test_elsewhere(void **state)
{
    struct rt_domain *domain = read_text(
        "<domain xmlns:x='urn:x' xmlns:qemu='urn:not-qemu'><interface/><name><![CDATA[n]]>2</name>"
        "<metadata><devices><interface/></devices></metadata>"
        "<devices><x:interface/><!-- <interface/> --><![CDATA[<interface/>]]>"
        "<?pi <interface/>?><disk><interface/></disk>"
        "<interface x:type='x'><link><rom file='/x'/></link><x:rom file='/x'/>"
        "<rom x:file='/x'/><alias name='net0'/></interface></devices>"
        "<qemu:override><qemu:device alias='net0'><qemu:frontend>"
        "<qemu:property name='romsize' type='unsigned' value='1'/>"
        "</qemu:frontend></qemu:device></qemu:override></domain>");

    (void)state;
    assert_string_equal(domain->name, "n2");
    assert_int_equal(domain->n_devices, 1);
    assert_true(domain->device[0].has_rom);
    assert_null(domain->device[0].rom_file);
    assert_int_equal(domain->device[0].override_size, 0);
    rt_domain_free(domain);
}

/* ------------------------------------------------------------------------- paths */

#define PCI(bus, slot, function)                                                                   \
    "<address type='pci' bus='" bus "' slot='" slot "' function='" function "'/>"
#define BRIDGE(index, model, inside)                                                               \
    "<controller type='pci' index='" index "' model='" model "'>" inside "</controller>"
#define ROOT "<controller type='pci' index='0' model='pcie-root'/>"

/* The path of an interface at this address, with these controllers. */
static void expect_path(const char *arch, const char *controllers, const char *address,
                        const char *path)
{
    struct rt_buffer xml = {0};
    struct rt_domain *domain;

    rt_buffer_printf(&xml,
                     "<domain><os><type arch='%s'/></os><devices><interface>%s</interface>%s"
                     "</devices></domain>",
                     arch, address, controllers);
    domain = read_text(xml.data);
    if (path == NULL)
        assert_null(domain->device[0].path);
    else
        assert_string_equal(domain->device[0].path, path);
    rt_domain_free(domain);
    rt_buffer_free(&xml);
}

static void test_paths(void **state)
{
    static const char SWITCH[] = ROOT BRIDGE("1", "pcie-root-port", PCI("0x00", "0x02", "0x1"))
        BRIDGE("2", "pcie-switch-upstream-port", PCI("0x01", "0x00", "0x0"))
            BRIDGE("3", "pcie-switch-downstream-port", PCI("0x02", "0x1f", "0x0"));

    (void)state;
    expect_path("x86_64", "", PCI("0x00", "0x03", "0x0"), "0000:00:03.0");
    expect_path("aarch64", ROOT, PCI("0x00", "0x03", "0x0"), "0000:00:03.0");
    expect_path("x86_64", SWITCH, PCI("0x03", "0x00", "0x0"), "0000:00:02.1:00.0:1f.0:00.0");
    expect_path("x86_64", SWITCH, PCI("0x02", "0x05", "0x0"), "0000:00:02.1:00.0:05.0");
    /* as QEMU 7.2 has said for -device pxb-pcie, and for -device pxb with pci-bridge below it */
    expect_path(
        "x86_64",
        BRIDGE("1", "pcie-expander-bus", "<target><busNr>32</busNr></target>" PCI("0", "3", "0"))
            BRIDGE("2", "pcie-root-port", PCI("1", "0", "0")),
        PCI("2", "0", "0"), "0000:20:03.0:00.0:00.0");
    expect_path(
        "x86_64",
        BRIDGE("1", "pci-expander-bus", "<target><busNr>32</busNr></target>" PCI("0", "3", "0"))
            BRIDGE("2", "pci-bridge", PCI("1", "1", "0")),
        PCI("2", "2", "0"), "0000:20:03.0:00.0:01.0:02.0");
}

static void test_no_path(void **state)
{
    (void)state;
    expect_path("x86_64", "", "", NULL);
    expect_path("x86_64", "", "<address type='virtio-mmio'/>", NULL);
    expect_path("x86_64", "", "<address type='pci'/>", NULL);
    expect_path("ppc64", "", PCI("0", "3", "0"), NULL);
    expect_path("x86_64", "", "<address type='pci' domain='1' slot='3'/>", NULL);
    /* missing, without an address, twice, not PCI */
    expect_path("x86_64", ROOT, PCI("1", "0", "0"), NULL);
    expect_path("x86_64", BRIDGE("1", "pcie-root-port", ""), PCI("1", "0", "0"), NULL);
    expect_path("x86_64",
                BRIDGE("1", "pcie-root-port", PCI("0", "1", "0"))
                    BRIDGE("1", "pcie-root-port", PCI("0", "2", "0")),
                PCI("1", "0", "0"), NULL);
    expect_path("x86_64", "<controller type='usb' index='1'>" PCI("0", "1", "0") "</controller>",
                PCI("1", "0", "0"), NULL);
    /* loops */
    expect_path("x86_64", BRIDGE("1", "pci-bridge", PCI("1", "1", "0")), PCI("1", "0", "0"), NULL);
    expect_path("x86_64",
                BRIDGE("1", "pci-bridge", PCI("2", "1", "0"))
                    BRIDGE("2", "pci-bridge", PCI("1", "1", "0")),
                PCI("1", "0", "0"), NULL);
    /* an expander whose number is not stated; one below another */
    expect_path("x86_64", BRIDGE("1", "pcie-expander-bus", PCI("0", "3", "0")), PCI("1", "0", "0"),
                NULL);
    expect_path(
        "x86_64",
        BRIDGE("1", "pci-expander-bus", "<target><busNr>32</busNr></target>" PCI("0", "3", "0"))
            BRIDGE("2", "pci-expander-bus",
                   "<target><busNr>64</busNr></target>" PCI("1", "3", "0")),
        PCI("2", "1", "0"), NULL);
}

/* ------------------------------------------------------------------------- what cannot be */

static void test_not_xml(void **state)
{
    static const char nul[] = "<domain>\0</domain>";
    static const char utf16[] = "\xff\xfe<\0d\0/\0>\0";

    (void)state;
    refuse("", ROMTOOL_E_BAD_DOMAIN, "empty");
    refuse("\xef\xbb\xbf", ROMTOOL_E_BAD_DOMAIN, "empty");
    refuse("hello", ROMTOOL_E_BAD_DOMAIN, "line 1: Start tag expected");
    refuse("<domain>\n<name>\n</domain>", ROMTOOL_E_BAD_DOMAIN, "line 3: Opening and ending tag");
    refuse("<domain/><domain/>", ROMTOOL_E_BAD_DOMAIN, "Extra content");
    refuse("<domain a='1' a='2'/>", ROMTOOL_E_BAD_DOMAIN, "redefined");
    refuse("<domain>", ROMTOOL_E_BAD_DOMAIN, "line 1: ");
    refuse("<!-- -->", ROMTOOL_E_BAD_DOMAIN, "line 1: ");
    refuse("<domain>&nothing;</domain>", ROMTOOL_E_BAD_DOMAIN, "Entity 'nothing' not defined");
    refuse("<domain>&#0;</domain>", ROMTOOL_E_BAD_DOMAIN, "invalid");
    refuse_bytes(nul, sizeof(nul) - 1, ROMTOOL_E_BAD_DOMAIN, "not UTF-8 text");
    assert_int_equal(err.offset, 8);
    refuse_bytes(utf16, sizeof(utf16) - 1, ROMTOOL_E_BAD_DOMAIN, "not UTF-8 text");
    refuse("<domain>\xe4</domain>", ROMTOOL_E_BAD_DOMAIN, "not UTF-8 text");
    refuse("<domain>\xed\xa0\x80</domain>", ROMTOOL_E_BAD_DOMAIN, "not UTF-8 text");
}

static void test_root(void **state)
{
    (void)state;
    refuse("<domainsnapshot><domain/></domainsnapshot>", ROMTOOL_E_BAD_DOMAIN,
           "the root is <domainsnapshot>, not <domain>");
    refuse("<domain xmlns='urn:x'/>", ROMTOOL_E_BAD_DOMAIN, "the root is");
    refuse("<x:domain xmlns:x='urn:x'/>", ROMTOOL_E_BAD_DOMAIN, "the root is");
}

static void test_encodings(void **state)
{
    static const char *const fine[] = {
        "<?xml version='1.0'?><domain/>",
        "<?xml version='1.0' encoding='UTF-8'?><domain/>",
        "<?xml version=\"1.0\" encoding=\"utf-8\" standalone='yes'?><domain/>",
        "<?xml version='1.0' encoding = 'UTF-8'?><domain/>",
        "\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?><domain/>",
        "<domain><name>\xc3\xa4</name></domain>",
    };
    static const char *const others[] = {"ISO-8859-1", "US-ASCII", "UTF-16", "UTF-7",
                                         "EBCDIC-US",  "x",        ""};

    (void)state;
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
        rt_domain_free(read_text(fine[i]));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        char xml[128];

        (void)sprintf(xml, "<?xml version='1.0' encoding='%s'?><domain/>", others[i]);
        refuse(xml, ROMTOOL_E_UNSUPPORTED, "not declared to be UTF-8");
    }
    refuse("<?xml version=\"encoding='UTF-8'\" encoding='UTF-7'?><domain/>", ROMTOOL_E_BAD_DOMAIN,
           "line 1: ");
}

/* Entities: bombs, files, parameters, all before a byte of them is looked at. */
static void test_document_types(void **state)
{
    static const char *const types[] = {
        "<!DOCTYPE domain>",
        "<!DOCTYPE domain SYSTEM 'file:///etc/passwd'>",
        "<!DOCTYPE domain [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>",
        "<!DOCTYPE domain [<!ENTITY % x SYSTEM 'http://127.0.0.1:1/'>%x;]>",
        "<!DOCTYPE domain [<!ATTLIST interface model CDATA 'virtio'>]>",
        "<!DOCTYPE domain [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>"
        "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;&c;'>"
        "<!ENTITY e '&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;'><!ENTITY x '&e;&e;&e;&e;&e;&e;&e;&e;&e;'>]>",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        char xml[1024];

        (void)sprintf(xml, "%s\n<domain><name>&x;</name></domain>", types[i]);
        refuse(xml, ROMTOOL_E_BAD_DOMAIN, "line 1: a document type");
    }
}

static void test_values(void **state)
{
    static const struct {
        const char *inside;
        const char *sentence;
    } cases[] = {
        {"<interface><rom bar='maybe'/></interface>", "bar='maybe' is neither 'on' nor 'off'"},
        {"<interface><rom enabled='on'/></interface>", "enabled='on' is neither 'yes' nor 'no'"},
        {"<interface><rom/><rom file='/x'/></interface>", "a second <rom>"},
        {"<interface><address type='pci' bus='0x100'/></interface>", "bus='0x100' is no number"},
        {"<interface><address type='pci' slot='-1'/></interface>", "slot='-1' is no number"},
        {"<interface><address type='pci' slot=''/></interface>", "slot='' is no number"},
        {"<interface><address type='pci' slot='3x'/></interface>", "slot='3x' is no number"},
        {"<interface><address type='pci' domain='99999999999999999999'/></interface>", "domain="},
        {"<controller type='pci' index='x'/>", "index='x' is no number"},
        {"<controller type='pci'><target><busNr>256</busNr></target></controller>", "busNr"},
        {"<controller type='pci'><target><busNr/></target></controller>", "busNr"},
    };
    static const char *const sizes[] = {"x", "0x10", "", "-1", "4294967296"};
    char xml[512];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void)sprintf(xml, "<domain><devices>\n%s</devices></domain>", cases[i].inside);
        refuse(xml, ROMTOOL_E_BAD_DOMAIN, cases[i].sentence);
        assert_non_null(strstr(err.text, "line 2: "));
    }
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char value[64];
        char *guest;

        (void)sprintf(value, "value='%s'", sizes[i]);
        guest = guest_with("value='524288'", value);
        refuse(guest, ROMTOOL_E_BAD_DOMAIN, "romsize='");
        free(guest);
    }
}

/* ------------------------------------------------------------------------- too much of it */

/* n times text between begin and end. */
static void repeat(struct rt_buffer *out, const char *begin, const char *text, size_t n,
                   const char *end)
{
    *out = (struct rt_buffer){0};
    rt_buffer_puts(out, begin);
    for (size_t i = 0; i < n; i++)
        rt_buffer_puts(out, text);
    rt_buffer_puts(out, end);
    assert_false(out->failed);
}

static void test_depth(void **state)
{
    struct rt_buffer xml;

    (void)state;
    repeat(&xml, "<domain>", "<a>", 200, "");
    for (size_t i = 0; i < 200; i++)
        rt_buffer_puts(&xml, "</a>");
    rt_buffer_puts(&xml, "</domain>");
    rt_domain_free(read_text(xml.data));
    rt_buffer_free(&xml);
    for (size_t n = 256; n <= 100000; n = n * 4) {
        repeat(&xml, "<domain>", "<a>", n, "");
        refuse(xml.data, ROMTOOL_E_BAD_DOMAIN, "line 1: ");
        rt_buffer_free(&xml);
    }
}

static void test_counts(void **state)
{
    static const struct {
        const char *begin, *item, *end;
        size_t limit;
    } cases[] = {
        {"<domain><devices>", "<interface/>", "</devices></domain>", RT_DOMAIN_DEVICES_MAX},
        {"<domain><devices>", "<controller type='pci'/>", "</devices></domain>",
         RT_DOMAIN_BUSES_MAX},
        {"<domain xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><q:override>", "<q:device/>",
         "</q:override></domain>", RT_DOMAIN_DEVICES_MAX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rt_buffer xml;

        repeat(&xml, cases[i].begin, cases[i].item, cases[i].limit, cases[i].end);
        rt_domain_free(read_text(xml.data));
        rt_buffer_free(&xml);
        repeat(&xml, cases[i].begin, cases[i].item, cases[i].limit + 1, cases[i].end);
        refuse(xml.data, ROMTOOL_E_TOO_LARGE, "more than ");
        rt_buffer_free(&xml);
    }
}

/* Host devices without a ROM do not count: there is nothing kept of them. */
static void test_dropped(void **state)
{
    struct rt_buffer xml;

    (void)state;
    repeat(&xml, "<domain><devices>", "<hostdev><alias name='h'/></hostdev>", 5000,
           "<interface/></devices></domain>");
    struct rt_domain *domain = read_text(xml.data);
    assert_int_equal(domain->n_devices, 1);
    assert_int_equal(domain->device[0].kind, RT_DOMAIN_INTERFACE);
    rt_domain_free(domain);
    rt_buffer_free(&xml);
}

static void test_length(void **state)
{
    static const char end[] = "</domain>";
    char *xml = malloc(RT_DOMAIN_MAX + 1);
    struct rt_domain *domain;

    (void)state;
    assert_non_null(xml);
    memset(xml, ' ', RT_DOMAIN_MAX + 1);
    memcpy(xml, "<domain>", 8);
    memcpy(xml + RT_DOMAIN_MAX - strlen(end), end, strlen(end));
    assert_int_equal(read_bytes(xml, RT_DOMAIN_MAX, &domain), 0);
    rt_domain_free(domain);
    refuse_bytes(xml, RT_DOMAIN_MAX + 1, ROMTOOL_E_TOO_LARGE, "more than 16777216");
    free(xml);
}

/* Every truncation of a guest's document is refused. */
static void test_truncations(void **state)
{
    size_t end = sizeof(GUEST) - 2; /* without the last newline it is whole */

    (void)state;
    for (size_t n = strcspn(GUEST, "\n"); n < end; n++)
        refuse_bytes(GUEST, n, ROMTOOL_E_BAD_DOMAIN, "domain XML");
}

/* A sentence is printable whatever the document has in it. */
static void test_unprintable(void **state)
{
    (void)state;
    refuse("<d\xc3\xa4\xc3\xa4/>", ROMTOOL_E_BAD_DOMAIN,
           "the root is <d???"
           "?>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guest),       cmocka_unit_test(test_nothing_stated),
        cmocka_unit_test(test_elsewhere),   cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_paths),       cmocka_unit_test(test_no_path),
        cmocka_unit_test(test_not_xml),     cmocka_unit_test(test_root),
        cmocka_unit_test(test_encodings),   cmocka_unit_test(test_document_types),
        cmocka_unit_test(test_values),      cmocka_unit_test(test_depth),
        cmocka_unit_test(test_counts),      cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_length),      cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_unprintable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
