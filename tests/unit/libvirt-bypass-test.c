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

/* Which driver a <video> is: by its place among the others, and the architecture. */
static void test_video_drivers(void **state)
{
    static const struct {
        const char *xml, *driver; /* NULL: has no ROM */
    } cases[] = {
        {HEAD VIDEO("vga", "") TAIL, "VGA"},
        {HEAD VIDEO("qxl", "") TAIL, "qxl-vga"},
        {HEAD VIDEO("bochs", "") TAIL, "bochs-display"},
        {HEAD VIDEO("cirrus", "") TAIL, "cirrus-vga"},
        {HEAD VIDEO("vmvga", "") TAIL, "vmware-svga"},
        {HEAD VIDEO("virtio", "") TAIL, "virtio-vga"},
        {HEAD VIDEO("ramfb", "") VIDEO("virtio", "") TAIL, "virtio-gpu-pci"},
        {HEAD VIDEO("ramfb", "") VIDEO("qxl", "") TAIL, "qxl"},
        {HEAD VIDEO("ramfb", "") "<video><model type='qxl' primary='yes'/></video>" TAIL,
         "qxl-vga"},
        {"<domain><os><type arch='aarch64' machine='pc-q35-7.2'/></os><devices>" VIDEO("virtio", "")
             TAIL,
         "virtio-gpu-pci"},
        {HEAD VIDEO("none", "") TAIL, NULL},
        {HEAD VIDEO("vbox", "") TAIL, NULL},
        {HEAD "<video/>" TAIL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rt_bytes bytes = {(const uint8_t *)cases[i].xml, strlen(cases[i].xml)};
        struct rt_domain *domain;
        struct rt_libvirt_rom rom;

        assert_int_equal(rt_domain_read(bytes, &domain, &err), 0);
        assert_true(rt_libvirt_rom_find(&ground, domain, &domain->device[domain->n_devices - 1],
                                        &rom, &err) >= 0);
        if (cases[i].driver == NULL)
            assert_null(rom.driver);
        else
            assert_string_equal(rom.driver, cases[i].driver);
        rt_domain_free(domain);
    }
}

/* A release that says nothing of displays leaves them to the mandates; one file it does not. */
static void test_release_displays(void **state)
{
    struct romtool_manifest *manifest = release("x86 efi pad:to=4K", 4096);

    (void)state;
    ground.manifest = manifest;
    put("/q/vgabios-stdvga.bin", "x86:length=2048");
    silent("prepare", HEAD VIDEO("vga", "") VIDEO("qxl", "") TAIL);
    put("/q/vgabios-stdvga.bin", "x86:length=2560");
    refuse_all(HEAD VIDEO("vga", "") TAIL, ROMTOOL_E_OVERSIZE, "video0");
    refuse_all(HEAD VIDEO("vga", "") "</devices>" OVERRIDE(
                   "video0", PROPERTY("romfile", "string", "/q/vgabios-stdvga.bin")) "</domain>",
               ROMTOOL_E_UNKNOWN_DEVICE, "manifest P R");
    romtool_manifest_free(manifest);
}

/* ------------------------------------------------------------------------- the command line */

#define ARGUMENT(text)   "<q:arg value='" text "'/>"
#define ARGUMENTS(a, b)  "<q:commandline " QEMU ">" ARGUMENT(a) ARGUMENT(b) "</q:commandline>"
#define WITH_WORDS(a, b) WITH(ARGUMENTS(a, b), "e1000", "")

static void test_arguments(void **state)
{
    static const struct {
        const char *xml, *sentence;
    } refused[] = {
        {WITH_WORDS("-device", "virtio-net-pci"), "'virtio-net-pci' of the qemu:commandline: "},
        {WITH_WORDS("--device", "virtio-net"), "'virtio-net' of"},
        {WITH_WORDS("-device", "{&quot;driver&quot;:&quot;pcnet&quot;}"), "'pcnet' of"},
        {WITH_WORDS("-device", "vmxnet3"), "'vmxnet3' of"},
        {WITH_WORDS("-device", "cirrus-vga"), "'cirrus-vga' of"},
        {WITH_WORDS("-device", "virtio-scsi-pci,romfile=/x"), "'virtio-scsi-pci' of"},
        {WITH_WORDS("-device", "virtio-scsi-pci,romsize=4096"), "'virtio-scsi-pci' of"},
        {WITH_WORDS("-device", "virtio-scsi-pci,rombar=1"), "'virtio-scsi-pci' of"},
        {WITH_WORDS("-device", "virtio-scsi-pci,id=a") "<!-- -->", NULL},
        {WITH_WORDS("-nic", "user"), "'-nic' of the qemu:commandline: an <interface>"},
        {WITH_WORDS("-nic", "user,model=rtl8139"), "'rtl8139' of"},
        {WITH_WORDS("-nic", "none"), NULL},
        {WITH_WORDS("-net", "nic"), "'-nic' of"},
        {WITH_WORDS("-vga", "std"), "'VGA' of"},
        {WITH_WORDS("-vga", "none"), NULL},
        {WITH_WORDS("-global", "e1000.romfile=/x"), "'-global e1000' of"},
        {WITH_WORDS("-global", "driver=pci-device,property=rombar,value=0"),
         "'-global pci-device'"},
        {WITH_WORDS("-global", "ICH9-LPC.disable_s3=0"), NULL},
        {WITH_WORDS("-set", "device.net0.romfile=/x"), "'-set device.net0.romfile=/x'"},
        {WITH_WORDS("-L", "/x"), "'-L /x' of the qemu:commandline: ROMs would be looked for"},
        {WITH_WORDS("-M", "pc-q35-5.2"), "'-machine pc-q35-5.2' of"},
        {WITH_WORDS("-machine", "hpet=off"), NULL},
        {WITH_WORDS("-readconfig", "/none"), "'-readconfig' of the qemu:commandline"},
        {WITH_WORDS("--readconfig", "/none"), "'-readconfig' of"},
        {WITH_WORDS("-option-rom", "/x"), "'-option-rom /x'"},
        {WITH_WORDS("-fw_cfg", "name=genroms/a.rom,file=/x"), "may be a ROM"},
        {WITH_WORDS("-fw_cfg", "name=opt/com.coreos/config,file=/x"), NULL},
        {WITH_WORDS("-frobnicate", "x"), "'-frobnicate'"},
        {WITH_WORDS("-cpu", "-device"), NULL},
        {WITH_WORDS("-S", "-device"), "value is missing"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (refused[i].sentence == NULL)
            silent("prepare", refused[i].xml);
        else
            refuse_all(refused[i].xml, ROMTOOL_E_UNSUPPORTED_ARGUMENT, refused[i].sentence);
    }
    refuse_all(WITH("<q:commandline " QEMU "><q:arg/></q:commandline>", "e1000", ""),
               ROMTOOL_E_BAD_DOMAIN, "a qemu:arg without a value");
    /* another namespace, and what QEMU gets in its environment */
    silent("prepare", WITH("<commandline><arg value='-L'/></commandline>"
                           "<q:commandline " QEMU "><q:env name='-L' value='/x'/></q:commandline>",
                           "e1000", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_overrides_win), TEST(test_driver),           TEST(test_strays),
        TEST(test_relative),      TEST(test_unknown_default),  TEST(test_displays),
        TEST(test_video_drivers), TEST(test_release_displays), TEST(test_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
