/* SPDX-License-Identifier: BSD-2-Clause */
/* loader/libvirt-rom: what else in a domain gives a device a ROM, or another one than <rom> says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/libvirt-ground.h"

#define QEMU "xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'"
#define PROPERTY(name, type, value)                                                                \
    "<q:property name='" name "' type='" type "' value='" value "'/>"
#define REMOVED(name) "<q:property name='" name "' type='remove'/>"
#define OVERRIDE(alias, properties)                                                                \
    "<q:override " QEMU "><q:device alias='" alias "'><q:frontend>" properties                     \
    "</q:frontend></q:device></q:override>"
#define VIDEO(model, inside) "<video><model type='" model "'/>" inside "</video>"

/* Refused on every way in, and nothing is rewritten. */
static void refuse_all(const char *xml, int code, const char *sentence)
{
    static const char *const operations[] = {"prepare", "restore", "migrate", "fix"};

    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        refuse(operations[i], xml, code, sentence);
}

/* ------------------------------------------------------------------------- overrides */

/* What an override sets of romfile= and rombar= wins over <rom>. */
static void test_overrides_win(void **state)
{
    (void)state;
    refuse("prepare",
           WITH(OVERRIDE("net0", PROPERTY("romfile", "string", "/q/efi-virtio.rom")), "e1000",
                "<rom enabled='no'/>"),
           ROMTOOL_E_OVERSIZE, "'/q/efi-virtio.rom'");
    refuse("prepare", WITH(OVERRIDE("net0", REMOVED("romfile")), "rtl8139", "<rom enabled='no'/>"),
           ROMTOOL_E_OVERSIZE, "'/q/efi-rtl8139.rom'");
    refuse(
        "prepare",
        WITH(OVERRIDE("net0", PROPERTY("rombar", "unsigned", "1")), "rtl8139", "<rom bar='off'/>"),
        ROMTOOL_E_OVERSIZE, "'/q/efi-rtl8139.rom'");
    refuse("prepare", WITH(OVERRIDE("net0", REMOVED("rombar")), "rtl8139", "<rom bar='off'/>"),
           ROMTOOL_E_OVERSIZE, "'/q/efi-rtl8139.rom'");
    silent("prepare", WITH(OVERRIDE("net0", PROPERTY("rombar", "unsigned", "0")), "rtl8139", ""));
    silent("prepare", WITH(OVERRIDE("net0", PROPERTY("romfile", "string", "")), "rtl8139",
                           "<rom file='/x'/>"));
    refuse("prepare", WITH(OVERRIDE("net0", PROPERTY("rombar", "unsigned", "x")), "rtl8139", ""),
           ROMTOOL_E_BAD_DOMAIN, "rombar='x' is no number");
    /* of several the last one wins */
    put("/q/efi-virtio.rom", "x86 efi");
    silent("prepare", WITH(OVERRIDE("net0", PROPERTY("romsize", "unsigned", "16384")
                                                PROPERTY("romsize", "unsigned", "8192")),
                           "virtio", ""));
    refuse("prepare",
           WITH(OVERRIDE("net0", PROPERTY("romsize", "unsigned", "8192") REMOVED("romsize")),
                "virtio", ""),
           ROMTOOL_E_UNDERSIZE, "QEMU makes a slot of 2048");
}

static void test_driver(void **state)
{
    (void)state;
    refuse_all(WITH(OVERRIDE("net0", PROPERTY("driver", "string", "rtl8139")), "e1000", ""),
               ROMTOOL_E_UNSUPPORTED_ARGUMENT,
               "net0: 'driver=rtl8139' of a qemu:override: <model> would say it");
    refuse_all(WITH(OVERRIDE("net0", PROPERTY("driver", "string", "rtl8139")), "usb-net",
                    "<rom enabled='no'/>"),
               ROMTOOL_E_UNSUPPORTED_ARGUMENT, "'driver=rtl8139'");
}

/* A controller is a PCI device, too. */
static void test_strays(void **state)
{
    static const char *const properties[][2] = {
        {PROPERTY("romfile", "string", "/x"), "'romfile' of a qemu:override of 'scsi0'"},
        {PROPERTY("x", "string", "y") PROPERTY("romsize", "unsigned", "4096"), "'romsize' of"},
        {PROPERTY("rombar", "unsigned", "0"), "'rombar' of"},
        {PROPERTY("driver", "string", "e1000"), "'driver' of"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
        char xml[1024];

        (void)snprintf(xml, sizeof(xml), WITH(OVERRIDE("scsi0", "%s"), "e1000", ""),
                       properties[i][0]);
        refuse_all(xml, ROMTOOL_E_UNSUPPORTED_ARGUMENT, properties[i][1]);
    }
    silent("prepare", WITH(OVERRIDE("scsi0", PROPERTY("queues", "unsigned", "4")), "e1000", ""));
}

static void test_relative(void **state)
{
    (void)state;
    put("q/efi-e1000.rom", "x86 efi pad:to=4K");
    refuse_all(GUEST("e1000", "<rom file='q/efi-e1000.rom'/>"), ROMTOOL_E_UNSUPPORTED_ARGUMENT,
               "net0: 'q/efi-e1000.rom': a relative path");
}

/* ------------------------------------------------------------------------- no mandate */

/* QEMU has a default ROM for these, of which nobody states the slot or the bytes. */
static void test_unknown_default(void **state)
{
    struct romtool_manifest *manifest = release("x86 efi pad:to=4K", 4096);

    (void)state;
    refuse_all(GUEST("pcnet", ""), ROMTOOL_E_NO_MANDATE, "the slot of 'pcnet' on pc-q35-7.2");
    refuse_all(GUEST("vmxnet3", ""), ROMTOOL_E_UNKNOWN_DEVICE, "unknown device 'vmxnet3'");
    silent("prepare", GUEST("pcnet", "<rom enabled='no'/>"));
    silent("prepare", GUEST("igb", ""));
    silent("prepare", GUEST("lan9118", "")); /* none of QEMU's PCI devices */
    ground.manifest = manifest;
    silent("prepare", GUEST("e1000", ""));
    refuse_all("<domain><os><type machine='pc-q35-5.2'/></os><devices>" NIC("e1000", "") TAIL,
               ROMTOOL_E_UNKNOWN_MACHINE, "manifest P R");
    refuse_all(GUEST("pcnet", ""), ROMTOOL_E_UNKNOWN_DEVICE, "manifest P R");
    silent("prepare", GUEST("ne2k_pci", "")); /* no ROM BAR by the mandates */
    romtool_manifest_free(manifest);
}

/* ------------------------------------------------------------------------- displays */

static void test_displays(void **state)
{
    (void)state;
    put("/q/vgabios-stdvga.bin", "x86:length=2048");
    silent("prepare", HEAD VIDEO("vga", "") TAIL);
    assert_int_equal(n_reads, 1);
    silent("restore", HEAD VIDEO("vga", "") TAIL);
    put("/q/vgabios-stdvga.bin", "x86:length=2560");
    put("/s/0/vgabios-stdvga.bin", "x86:length=2048");
    refuse_all(
        HEAD VIDEO("vga", "") TAIL, ROMTOOL_E_OVERSIZE,
        "video0: '/q/vgabios-stdvga.bin': 2560 bytes, the slot of VGA on pc-q35-7.2 is 2048");
    refuse_all(HEAD VIDEO("qxl", "") VIDEO("vga", "") TAIL, ROMTOOL_E_OVERSIZE, "video1: ");
    /* no <rom> that libvirt would know, but an override of it */
    refuse("prepare", HEAD VIDEO("vga", "<rom enabled='no'/>") TAIL, ROMTOOL_E_OVERSIZE, "video0");
    silent("prepare",
           HEAD VIDEO("vga", "") "</devices>" OVERRIDE(
               "video0", PROPERTY("romfile", "string", "/s/0/vgabios-stdvga.bin")) "</domain>");
    silent("prepare", HEAD VIDEO("vga", "") "</devices>" OVERRIDE(
                          "video0", PROPERTY("romfile", "string", "")) "</domain>");
    silent("prepare", HEAD VIDEO("vga", "") "</devices>" ALLOW("video0", "4096", "r") "</domain>");
    /* none that these mandates know */
    silent("prepare", HEAD VIDEO("bochs", "") VIDEO("none", "") VIDEO("ramfb", "") TAIL);
}

/* With a release the rest of them, too: which driver it is depends on what else there is. */
static void test_release_displays(void **state)
{
    static const char *const refused[][2] = {
        {HEAD VIDEO("qxl", "") TAIL, "'qxl-vga'"},
        {HEAD VIDEO("bochs", "") TAIL, "'bochs-display'"},
        {HEAD VIDEO("virtio", "") TAIL, "'virtio-vga'"},
        {HEAD "<video><model type='qxl'/></video>"
              "<video><model type='virtio' primary='yes'/></video>" TAIL,
         "'virtio-vga'"},
        {HEAD VIDEO("vmvga", "") TAIL, "'vmware-svga'"},
    };
    static const char *const silent_ones[] = {
        HEAD VIDEO("none", "") TAIL,
        HEAD VIDEO("ramfb", "") VIDEO("qxl", "") VIDEO("virtio", "") TAIL,
        HEAD "<video/>" TAIL,
        "<domain><os><type arch='aarch64' machine='pc-q35-7.2'/></os><devices>" VIDEO("virtio", "")
            TAIL,
    };
    struct romtool_manifest *manifest = release("x86 efi pad:to=4K", 4096);

    (void)state;
    ground.manifest = manifest;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        refuse_all(refused[i][0], ROMTOOL_E_UNKNOWN_DEVICE, refused[i][1]);
    for (size_t i = 0; i < sizeof(silent_ones) / sizeof(silent_ones[0]); i++)
        silent("prepare", silent_ones[i]);
    romtool_manifest_free(manifest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_overrides_win),    TEST(test_driver),          TEST(test_strays),
        TEST(test_relative),         TEST(test_unknown_default), TEST(test_displays),
        TEST(test_release_displays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
