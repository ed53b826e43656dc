/* SPDX-License-Identifier: BSD-2-Clause */
/* loader/libvirt-hook: which guests may start, and what incoming guests become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/libvirt-ground.h"

/* ------------------------------------------------------------------------- operations */

static void test_nothing(void **state)
{
    static const char *const none[][2] = {
        {"reconnect", "begin"}, {"stopped", "end"},    {"release", "end"},
        {"start", "begin"},     {"started", "begin"},  {"attach", "begin"},
        {"prepare", "end"},     {"restore", "-"},      {"", ""},
        {"Prepare", "begin"},   {"prepare", "begin "}, {"migrate", NULL},
        {NULL, "begin"},        {"prepare ", "begin"}, {"frobnicate", "begin"},
    };
    struct rt_buffer out;

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_int_equal(rt_libvirt_operation(none[i][0], none[i][1]), RT_LIBVIRT_NOTHING);
    assert_int_equal(rt_libvirt_operation("prepare", "begin"), RT_LIBVIRT_PREPARE);
    assert_int_equal(rt_libvirt_operation("restore", "begin"), RT_LIBVIRT_INCOMING);
    assert_int_equal(rt_libvirt_operation("migrate", "begin"), RT_LIBVIRT_INCOMING);
    /* and nothing is read: there is no ground to stand on */
    assert_int_equal(
        rt_libvirt_decide(NULL, RT_LIBVIRT_NOTHING, (struct rt_bytes){NULL, 0}, &out, &err), 0);
    assert_null(out.data);
}

static void test_bad_xml(void **state)
{
    static const char *const operations[] = {"prepare", "restore", "migrate", "fix"};

    (void)state;
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        refuse(operations[i], "", ROMTOOL_E_BAD_DOMAIN, "empty");
        refuse(operations[i], "<a/>", ROMTOOL_E_BAD_DOMAIN, "the root is");
        refuse(operations[i], HEAD, ROMTOOL_E_BAD_DOMAIN, "line");
        refuse(operations[i], "<domain><devices>" NIC("e1000", "") TAIL, ROMTOOL_E_NO_MACHINE,
               "no machine type");
    }
}

/* ------------------------------------------------------------------------- prepare */

static void test_holds(void **state)
{
    (void)state;
    silent("prepare", "<domain/>");
    silent("prepare", GUEST("virtio", ""));
    assert_int_equal(n_reads, 1);
    assert_int_equal(limit_seen, 8192);
    silent("prepare", GUEST("e1000", "") "<!-- -->");
    silent("prepare", HEAD NIC("virtio", "") NIC("e1000", "<rom bar='on'/>") TAIL);
    assert_int_equal(n_reads, 2);
    put("/r/own.rom", "x86:length=5120");
    silent("prepare", GUEST("virtio", "<rom file='/r/own.rom'/>"));
    assert_string_equal(said, "");
}

/* What gets no ROM, or one that is no mandate's: nothing is looked at. */
static void test_none(void **state)
{
    static const char *const guests[] = {
        GUEST("rtl8139", "<rom enabled='no'/>"),
        GUEST("rtl8139", "<rom bar='off'/>"),
        GUEST("rtl8139", "<rom file=''/>"),
        GUEST("virtio", "<address type='ccw'/>"),
        GUEST("ne2k_pci", ""),
        GUEST("usb-net", ""),
        HEAD "<interface type='hostdev'><rom file='/x'/></interface>" TAIL,
        HEAD "<hostdev><rom file='/x'/></hostdev>" TAIL,
        "<domain><devices><hostdev><rom file='/x'/></hostdev></devices></domain>",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(guests) / sizeof(guests[0]); i++) {
        silent("prepare", guests[i]);
        silent("restore", guests[i]);
        assert_int_equal(n_reads, 0);
    }
}

static void test_oversize(void **state)
{
    (void)state;
    refuse("prepare", GUEST("rtl8139", ""), ROMTOOL_E_OVERSIZE,
           "net0: '/q/efi-rtl8139.rom': 2560 bytes, the slot of rtl8139 on pc-q35-7.2 is 2048: 512 "
           "bytes too many; a romtool:allow of 4096 in");
    /* the default model, an alias of the machine type, the second NIC */
    refuse("prepare", HEAD "<interface/>" TAIL, ROMTOOL_E_OVERSIZE, "rtl8139 on pc-q35-7.2");
    refuse("prepare", "<domain><os><type machine='q35'/></os><devices>" NIC("rtl8139", "") TAIL,
           ROMTOOL_E_OVERSIZE, "on pc-q35-7.2");
    refuse("prepare", HEAD NIC("virtio", "") NIC("e1000", "<rom file='/q/efi-virtio.rom'/>") TAIL,
           ROMTOOL_E_OVERSIZE, "net1: '/q/efi-virtio.rom': 6144 bytes");
    refuse(
        "prepare",
        HEAD NIC("e1000",
                 "<rom file='/q/efi-e1000.rom'/>") "</devices>"
                                                   "<q:override "
                                                   "xmlns:q='http://libvirt.org/schemas/domain/"
                                                   "qemu/1.0'>"
                                                   "<q:device alias='net0'><q:frontend><q:property "
                                                   "name='romfile' type='string' "
                                                   "value='/q/efi-virtio.rom'/></q:frontend></"
                                                   "q:device></q:override></domain>",
        ROMTOOL_E_OVERSIZE, "'/q/efi-virtio.rom'");
}

static void test_undersize(void **state)
{
    (void)state;
    put("/q/efi-virtio.rom", "x86 efi"); /* 2048 */
    refuse("prepare", GUEST("virtio", ""), ROMTOOL_E_UNDERSIZE,
           "of which QEMU makes a slot of 2048: the slot of virtio-net-pci on pc-q35-7.2 is 8192");
    silent("prepare", HEAD NIC("virtio", "") "</devices>" ROMSIZE("net0", "8192") "</domain>");
    refuse("prepare", HEAD NIC("virtio", "") "</devices>" ROMSIZE("net0", "16384") "</domain>",
           ROMTOOL_E_UNSUPPORTED_ARGUMENT, "'romsize=16384'");
    refuse("prepare", HEAD NIC("virtio", "") "</devices>" ROMSIZE("net0", "2048") "</domain>",
           ROMTOOL_E_UNSUPPORTED_ARGUMENT, "a romtool:allow of 2048 would");
}

static void test_content(void **state)
{
    (void)state;
    put("/q/efi-e1000.rom", "raw:bytes=68656c6c6f pad:to=4K");
    refuse("prepare", GUEST("e1000", ""), ROMTOOL_E_NOT_A_ROM, "net0: '/q/efi-e1000.rom': ");
    put("/q/efi-e1000.rom", "x86:sum=1 pad:to=4K");
    refuse("prepare", GUEST("e1000", ""), ROMTOOL_E_BAD_CHECKSUM, "sum to");
    put("/q/efi-e1000.rom", "");
    refuse("prepare", GUEST("e1000", ""), ROMTOOL_E_EMPTY, "0 bytes");
}

/* Fails closed: the start is refused, in words that say that it could not be decided. */
static void test_undecided(void **state)
{
    (void)state;
    refuse("prepare", GUEST("e1000", "<rom file='/none'/>"), ROMTOOL_E_NOT_FOUND, "no '/none'");
    n_files = 0;
    refuse("prepare", GUEST("e1000", ""), ROMTOOL_E_NOT_FOUND, "no 'efi-e1000.rom'");
    refuse("prepare", "<domain><os><type machine='pc-q35-99'/></os><devices>" NIC("e1000", "") TAIL,
           ROMTOOL_E_UNKNOWN_MACHINE, "a romtool:allow would state a slot");
    refuse("prepare", GUEST("vmxnet3", "<rom file='/x'/>"), ROMTOOL_E_UNKNOWN_DEVICE, "vmxnet3");
    refuse("restore", GUEST("e1000", ""), ROMTOOL_E_NOT_FOUND, "no file for it of 4096 bytes");
}

/* ------------------------------------------------------------------------- overrides */

static void test_allow(void **state)
{
    static const char *const names[] = {"net0", "52:54:00:00:00:01", "rtl8139"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char xml[1024];

        (void)snprintf(xml, sizeof(xml), WITH(ALLOW("%s", "4K", "old guest"), "rtl8139", ""),
                       names[i]);
        said[0] = '\0';
        silent("prepare", xml);
        assert_string_equal(said, "net0: a slot of 4096 for rtl8139 on pc-q35-7.2 by "
                                  "romtool:allow, 2048 by the mandate: old guest\n");
    }
    /* exactly that slot, no other */
    refuse("prepare", WITH(ALLOW("net0", "8192", "r"), "rtl8139", ""), ROMTOOL_E_UNDERSIZE,
           "is 8192");
    refuse("prepare", WITH(ALLOW("net1", "4096", "r"), "rtl8139", ""), ROMTOOL_E_OVERSIZE, "2048");
    refuse("prepare", WITH(ALLOW("net0", "4096", "r"), "virtio", ""), ROMTOOL_E_BAD_DOMAIN,
           "can only be larger");
    /* one that is not needed is not spoken of */
    said[0] = '\0';
    silent("prepare", WITH(ALLOW("e1000", "4096", "r"), "e1000", ""));
    assert_string_equal(said, "");
    /* by QEMU's name; where the mandates know nothing */
    put("/r/own.rom", "x86 efi");
    silent("prepare", WITH(ALLOW("vmxnet3", "2048", "r"), "vmxnet3", "<rom file='/r/own.rom'/>"));
    assert_non_null(strstr(said, "for vmxnet3 on pc-q35-7.2 by romtool:allow: r"));
    put("/r/16K.rom", "x86 efi pad:to=16K");
    silent("prepare",
           WITH(ALLOW("virtio-net-pci", "16K", "r"), "virtio", "<rom file='/r/16K.rom'/>"));
    refuse("prepare", WITH(ALLOW("vmxnet3", "2048", "r"), "vmxnet3", ""), ROMTOOL_E_NO_MANDATE,
           "the default ROM of vmxnet3");
}

static void test_bad_allow(void **state)
{
    static const char *const bad[][2] = {
        {ALLOW("", "4096", "r"), "of '' has no device"},
        {ALLOW("net0", "4095", "r"), "power of two"},
        {ALLOW("net0", "0", "r"), "power of two"},
        {ALLOW("net0", "", "r"), "power of two"},
        {ALLOW("net0", "128M", "r"), "power of two"},
        {ALLOW("net0", "4096", ""), "no reason"},
        {ALLOW("net7", "4096", "a&#10;b"), "of 'net7' has no reason"},
        {ALLOW("net0", "4096", "\xc3\xa4"), "printable"},
        {"<metadata><allow xmlns='urn:romtool:libvirt:1'/></metadata>", "no device"},
        {"<metadata><allow xmlns='urn:romtool:libvirt:1' device='a'/></metadata>", "no size"},
        {"<metadata><allow xmlns='urn:romtool:libvirt:1' device='a' size='1'/></metadata>",
         "no reason"},
        {"<metadata><roms xmlns='urn:romtool:libvirt:1'>"
         "<allow device='net0' size='4096' reason='r'/>"
         "<allow device='rtl8139' size='8192' reason='r'/></roms></metadata>",
         "two romtool:allow for 'net0' differ"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char xml[1024];

        (void)snprintf(xml, sizeof(xml), WITH("%s", "rtl8139", ""), bad[i][0]);
        refuse("prepare", xml, ROMTOOL_E_BAD_DOMAIN, bad[i][1]);
        refuse("migrate", xml, ROMTOOL_E_BAD_DOMAIN, bad[i][1]);
    }
}

static void test_reason_length(void **state)
{
    char reason[257] = "", xml[2048];

    (void)state;
    memset(reason, 'x', 255);
    (void)snprintf(xml, sizeof(xml), WITH(ALLOW("net0", "4096", "%s"), "rtl8139", ""), reason);
    silent("prepare", xml);
    reason[255] = 'x';
    (void)snprintf(xml, sizeof(xml), WITH(ALLOW("net0", "4096", "%s"), "rtl8139", ""), reason);
    refuse("prepare", xml, ROMTOOL_E_BAD_DOMAIN, "no reason");
}

/* ------------------------------------------------------------------------- incoming */

static void test_unchanged(void **state)
{
    (void)state;
    put("/s/0/efi-virtio.rom", "x86 efi pad:to=8K");
    silent("restore", GUEST("virtio", ""));
    silent("migrate", GUEST("virtio", ""));
    silent("fix", GUEST("virtio", ""));
    silent("restore", "<domain/>");
}

static void test_stored(void **state)
{
    static const char *const operations[] = {"restore", "migrate", "fix"};

    (void)state;
    put("/s/0/efi-rtl8139.rom", "x86 efi"); /* 2048 */
    put("/s/0/efi-virtio.rom", "x86 efi pad:to=8K");
    put("/q/efi-virtio.rom", "x86 efi");
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        becomes(operations[i], GUEST("rtl8139", ""),
                GUEST("rtl8139", "<rom file='/s/0/efi-rtl8139.rom'/>"));
        becomes(operations[i], HEAD NIC("rtl8139", "") NIC("e1000", "") NIC("virtio", "") TAIL,
                HEAD NIC("rtl8139", "<rom file='/s/0/efi-rtl8139.rom'/>") NIC("e1000", "")
                    NIC("virtio", "<rom file='/s/0/efi-virtio.rom'/>") TAIL);
        /* a file that is not on this host */
        becomes(operations[i], GUEST("virtio", "<rom bar='on' file='/gone'/>"),
                GUEST("virtio", "<rom bar='on' file='/s/0/efi-virtio.rom'/>"));
    }
}

/* What is installed is looked at as all else is. */
static void test_stored_is_checked(void **state)
{
    (void)state;
    put("/s/0/efi-rtl8139.rom", "raw:bytes=68656c6c6f pad:to=2K");
    put("/s/1/efi-rtl8139.rom", "x86:length=1024"); /* another slot */
    refuse("restore", GUEST("rtl8139", ""), ROMTOOL_E_OVERSIZE, "no file for it of 2048 bytes");
    put("/s/2/efi-rtl8139.rom", "x86 efi");
    becomes("restore", GUEST("rtl8139", ""),
            GUEST("rtl8139", "<rom file='/s/2/efi-rtl8139.rom'/>"));
}

static void test_romsize(void **state)
{
    const char *guest = GUEST("virtio", "");
    const char *other = HEAD NIC("virtio", "") "</devices>"
                                               "<q:override xmlns:q='http://libvirt.org/schemas/"
                                               "domain/qemu/1.0'><q:device alias='net0'/>"
                                               "</q:override></domain>";

    (void)state;
    put("/q/efi-virtio.rom", "x86 efi");
    becomes(
        "restore", guest,
        HEAD NIC(
            "virtio",
            "") "</devices>  "
                "<qemu:override xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
                "<qemu:device xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0' alias='net0'>"
                "<qemu:frontend><qemu:property name='romsize' type='unsigned' value='8192'/>"
                "</qemu:frontend></qemu:device></qemu:override>\n</domain>");
    refuse("fix", guest, ROMTOOL_E_UNDERSIZE, "no file for it of 8192 bytes is installed");
    refuse("restore", other, ROMTOOL_E_UNSUPPORTED, "a qemu:override of 'net0' already");
    /* 5.2 has no romsize= */
    rt_slot_profile_make(&profile, rt_slot_file_vendor(slots),
                         &rt_slot_file_vendor(slots)->series[1]);
    refuse("restore", guest, ROMTOOL_E_UNDERSIZE, "no file for it of 8192 bytes is installed");
}

static void test_incoming_refused(void **state)
{
    (void)state;
    refuse("migrate", GUEST("rtl8139", ""), ROMTOOL_E_OVERSIZE, "no file for it of 2048 bytes");
    put("/s/0/efi-rtl8139.rom", "x86 efi");
    refuse("migrate", HEAD NIC("rtl8139", "") "</devices>" ROMSIZE("net0", "4096") "</domain>",
           ROMTOOL_E_UNSUPPORTED_ARGUMENT, "'romsize=4096'");
    refuse(
        "restore",
        HEAD NIC("rtl8139",
                 "") "</devices>"
                     "<q:override xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'>"
                     "<q:device alias='net0'><q:frontend><q:property name='romfile' type='string' "
                     "value='/q/efi-virtio.rom'/></q:frontend></q:device></q:override></domain>",
        ROMTOOL_E_UNSUPPORTED, "sets its romfile");
}

/* The slot that a guest was allowed is the one that it has. */
static void test_incoming_allowed(void **state)
{
    (void)state;
    put("/s/0/efi-virtio.rom", "x86 efi pad:to=16K");
    put("/r/16K.rom", "x86 efi pad:to=16K");
    silent("restore", WITH(ALLOW("net0", "16384", "r"), "virtio", "<rom file='/r/16K.rom'/>"));
    becomes("restore", WITH(ALLOW("net0", "16384", "r"), "virtio", ""),
            WITH(ALLOW("net0", "16384", "r"), "virtio", "<rom file='/s/0/efi-virtio.rom'/>"));
    assert_non_null(strstr(said, "16384 for virtio-net-pci on pc-q35-7.2 by romtool:allow"));
}

/* ------------------------------------------------------------------------- a release */

static void test_release(void **state)
{
    struct romtool_manifest *manifest = release("x86:length=1536 efi", 4096); /* 2560 */

    (void)state;
    ground.manifest = manifest;
    put("/q/efi-e1000.rom", "x86:length=1536 efi");
    silent("prepare", GUEST("e1000", ""));
    put("/q/efi-e1000.rom", "x86:length=1536 efi pad:to=4K"); /* the guest reads the same */
    silent("prepare", GUEST("e1000", ""));
    put("/q/efi-e1000.rom", "x86:length=1536 efi pad:to=3K");
    refuse("prepare", GUEST("e1000", ""), ROMTOOL_E_SIZE_MISMATCH, "3072 bytes, stated are 2560");
    put("/q/efi-e1000.rom", "x86:length=1536 efi pad:to=4K,fill=0xff");
    refuse("prepare", GUEST("e1000", ""), ROMTOOL_E_SIZE_MISMATCH, "4096 bytes, stated are 2560");
    put("/q/efi-e1000.rom", "x86:length=1536,device=0x7777 efi");
    refuse("prepare", GUEST("e1000", ""), ROMTOOL_E_DIGEST_MISMATCH, "the sha256 differs");
    put("/q/efi-e1000.rom", "x86:length=1536,device=0x7777 efi pad:to=4K");
    refuse("prepare", GUEST("e1000", ""), ROMTOOL_E_DIGEST_MISMATCH, "the sha256 differs");
    /* no stated slot makes other bytes hold, or a ROM that is not stated */
    put("/r/8K.rom", "x86 efi pad:to=8K");
    refuse("prepare", WITH(ALLOW("net0", "8192", "r"), "e1000", "<rom file='/r/8K.rom'/>"),
           ROMTOOL_E_DIGEST_MISMATCH, "'/r/8K.rom': other bytes than stated");
    refuse("prepare", GUEST("virtio", ""), ROMTOOL_E_UNKNOWN_DEVICE, "manifest P R");
    refuse("prepare", WITH(ALLOW("net0", "8192", "r"), "virtio", ""), ROMTOOL_E_UNKNOWN_DEVICE,
           "manifest P R");
    silent("prepare", GUEST("usb-net", ""));
    /* without a BAR QEMU still runs it: what is stated is stated of its bytes */
    put("/q/efi-e1000.rom", "x86:length=1536,device=0x7777 efi");
    refuse("prepare", GUEST("e1000", "<rom bar='off'/>"), ROMTOOL_E_DIGEST_MISMATCH, "sha256");
    refuse("restore", GUEST("e1000", "<rom bar='off'/>"), ROMTOOL_E_DIGEST_MISMATCH, "sha256");
    put("/q/efi-e1000.rom", "x86:length=1536 efi");
    silent("prepare", GUEST("e1000", "<rom bar='off'/>"));
    romtool_manifest_free(manifest);
}

/* Of what is installed only the release's own ROM is taken. */
static void test_release_stored(void **state)
{
    struct romtool_manifest *manifest = release("x86 efi", 2048);

    (void)state;
    ground.manifest = manifest;
    put("/s/0/efi-e1000.rom", "x86:device=0x7777 efi");
    refuse("restore", GUEST("e1000", ""), ROMTOOL_E_OVERSIZE, "no file for it of 2048 bytes");
    put("/s/1/efi-e1000.rom", "x86 efi");
    becomes("restore", GUEST("e1000", ""), GUEST("e1000", "<rom file='/s/1/efi-e1000.rom'/>"));
    romtool_manifest_free(manifest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nothing),
        TEST(test_bad_xml),
        TEST(test_holds),
        TEST(test_none),
        TEST(test_oversize),
        TEST(test_undersize),
        TEST(test_content),
        TEST(test_undecided),
        TEST(test_allow),
        TEST(test_bad_allow),
        TEST(test_reason_length),
        TEST(test_unchanged),
        TEST(test_stored),
        TEST(test_stored_is_checked),
        TEST(test_romsize),
        TEST(test_incoming_refused),
        TEST(test_incoming_allowed),
        TEST(test_release),
        TEST(test_release_stored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
