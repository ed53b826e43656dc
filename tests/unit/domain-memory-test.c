/* SPDX-License-Identifier: BSD-2-Clause */
/* loader/domain where allocations fail, libxml2's too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/xmlmemory.h>

#include "failing.h"
#include "loader/domain.h"

static const char XML[] =
    "<domain type='qemu' xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><name>n</name>"
    "<uuid>u</uuid><os><type arch='x86_64' machine='pc-q35-7.2'/></os><devices>"
    "<emulator>/e</emulator><controller type='pci' index='1' model='pcie-root-port'>"
    "<target><busNr>3</busNr></target><address type='pci' slot='1'/></controller>"
    "<interface><mac address='52:54:00:00:00:01'/><model type='virtio'/>"
    "<rom bar='on' file='/a&amp;b' enabled='yes'/><alias name='net0'/>"
    "<address type='pci' bus='1'/></interface><hostdev><alias name='h'/></hostdev></devices>"
    "<q:override><q:device alias='net0'><q:frontend>"
    "<q:property name='romsize' type='unsigned' value='1024'/></q:frontend></q:device>"
    "<q:device alias='x'><q:frontend><q:property name='romfile' type='string' value='/x'/>"
    "</q:frontend></q:device></q:override>"
    "<metadata><r:allow xmlns:r='urn:romtool:libvirt:1' device='d' size='1' reason='r'/></metadata>"
    "</domain>";

/* libxml2 calls some of its own failures an error of syntax, with another sentence. */
static int as_memory(int r)
{
    if (r != ROMTOOL_E_BAD_DOMAIN || did_end)
        return r;
    rt_error_clear(&failure);
    return rt_error_no_memory(&failure);
}

static int attempt_read(void)
{
    struct rt_domain *domain;
    int r =
        rt_domain_read((struct rt_bytes){(const uint8_t *)XML, sizeof(XML) - 1}, &domain, &failure);

    stop_failing();
    if (r == 0) {
        assert_int_equal(domain->n_devices, 1);
        assert_string_equal(domain->name, "n");
        assert_string_equal(domain->emulator, "/e");
        assert_string_equal(domain->device[0].path, "0000:00:01.0:00.0");
        assert_string_equal(domain->device[0].rom_file, "/a&b");
        assert_int_equal(domain->device[0].rom_bar, RT_DOMAIN_ON);
        assert_int_equal(domain->device[0].rom_enabled, RT_DOMAIN_ON);
        assert_int_equal(domain->device[0].override_size, 1024);
        assert_int_equal(domain->n_allows, 1);
        assert_string_equal(domain->allow[0].device, "d");
        assert_string_equal(domain->allow[0].size, "1");
        assert_string_equal(domain->allow[0].reason, "r");
    } else {
        assert_null(domain);
    }
    rt_domain_free(domain);
    return as_memory(r);
}

static int attempt_set(void)
{
    struct rt_buffer out = {0};
    int r = rt_domain_set_rom((struct rt_bytes){(const uint8_t *)XML, sizeof(XML) - 1}, "virtio",
                              "/new", &out, &failure);

    stop_failing();
    if (r == 0)
        assert_non_null(strstr(out.data, "<rom bar='on' file='/new' enabled='yes'/>"));
    rt_buffer_free(&out);
    return as_memory(r);
}

static int attempt_romsize(void)
{
    static const char xml[] = "<domain><devices><interface/></devices></domain>";
    struct rt_buffer out = {0};
    int r = rt_domain_set_romsize((struct rt_bytes){(const uint8_t *)xml, sizeof(xml) - 1}, "net0",
                                  2048, &out, &failure);

    stop_failing();
    if (r == 0)
        assert_non_null(strstr(out.data, "value='2048'/></qemu:frontend></qemu:device>"));
    rt_buffer_free(&out);
    return as_memory(r);
}

static int attempt_unknown(void)
{
    struct rt_buffer out = {0};
    int r = rt_domain_set_rom((struct rt_bytes){(const uint8_t *)XML, sizeof(XML) - 1}, "net7",
                              "/new", &out, &failure);

    stop_failing();
    rt_buffer_free(&out);
    return as_memory(r);
}

static void test_read(void **state)
{
    (void)state;
    every_failure(attempt_read, 0, 40);
}

static void test_set(void **state)
{
    (void)state;
    every_failure(attempt_set, 0, 80);
}

static void test_romsize(void **state)
{
    (void)state;
    every_failure(attempt_romsize, 0, 20);
}

static void test_unknown(void **state)
{
    (void)state;
    every_failure(attempt_unknown, ROMTOOL_E_UNKNOWN_DEVICE, 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_romsize),
        cmocka_unit_test(test_unknown),
    };

    if (xmlMemSetup(free, malloc, realloc, strdup) != 0)
        return 1;
    xmlInitParser(); /* what libxml2 allocates once is not what is tested */
    int r = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    return r;
}
