/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state/blocks: which RAM block is an option ROM, of which device. The names are those that QEMU
 * 7.2 has for its devices (tests/integration/state-test.py asks it), and what looks like them.
 */
#include "state/blocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const char *name, *device;
    size_t path;
} roms[] = {
    {"0000:00:03.0/virtio-net-pci.rom", "virtio-net-pci", 12},
    {"0000:00:02.0/e1000.rom", "e1000", 12},
    {"0000:00:02.0/e1000e.rom", "e1000e", 12},
    {"0000:00:02.0/rtl8139.rom", "rtl8139", 12},
    {"0000:00:02.0/ne2000.rom", "ne2k_pci", 12},
    {"0000:00:02.0/pcnet.rom", "pcnet", 12},
    {"0000:00:02.0/vmxnet3.rom", "vmxnet3", 12},
    {"0000:00:02.0/i82551.rom", "i82551", 12},
    {"0000:00:02.0/i82559er.rom", "i82559er", 12},
    {"0000:00:02.0/vga.rom", "VGA", 12},
    {"0000:00:02.0/cirrus_vga.rom", "cirrus-vga", 12},
    {"0000:00:02.0/qxl.rom", "qxl-vga", 12},
    {"0000:00:02.0/vmware_vga.rom", "vmware-svga", 12},
    {"0000:00:02.0/bochs-display.rom", "bochs-display", 12},
    {"0000:00:02.0/virtio-vga.rom", "virtio-vga", 12},
    {"0000:00:02.0/virtio-net-pci-transitional.rom", "virtio-net-pci-transitional", 12},
    /* cut by QEMU */
    {"0000:00:02.0/virtio-net-pci-non-transitional", "virtio-net-pci-non-transitional", 12},
    {"0000:00:02.0/virtio-blk-pci-non-transitional", "virtio-blk-pci-non-transitional", 12},
    {"0000:00:02.0/virtio-scsi-pci-non-transitiona", "virtio-scsi-pci-non-transitional", 12},
    {"0000:00:02.0/virtio-balloon-pci-transitional", "virtio-balloon-pci-transitional", 12},
    {"0000:00:02.0/virtio-scsi-pci-transitional.ro", "virtio-scsi-pci-transitional", 12},
    /* behind bridges, and another root */
    {"0000:00:1c.0:00.0/virtio-net-pci.rom", "virtio-net-pci", 17},
    {"0000:00:1c.0:00.0:1f.7/e1000.rom", "e1000", 22},
    {"pci@800000020000000:00:01.0/virtio-net-pci.rom", "virtio-net-pci", 27},
    /* what is not known is still a device's */
    {"0000:00:02.0/tomorrow.rom", "tomorrow", 12},
    {"0000:00:02.0/vg.rom", "vg", 12},
    {"0000:00:02.0/vgas.rom", "vgas", 12},
};

static const char *const others[] = {
    "",
    "/",
    ".rom",
    "pc.rom",
    "pc.bios",
    "pc.ram",
    "isa-bios",
    "/rom@etc/acpi/tables",
    "/rom@genroms/kvmvapic.bin",
    "e1000.rom",
    "/e1000.rom",
    "0000:00:02.0/vga.vram",
    "0000:00:02.0/qxl.vgavram",
    "0000:00:02.0/.rom",
    "0000:00:02.0/",
    "0000:00:02.0",
    "0000:00:02.8/e1000.rom",
    "0000:00:0g.0/e1000.rom",
    "0000:00:02:0/e1000.rom",
    "0000:00:02.0x/e1000.rom",
    "02.0/e1000.rom",
    ":02.0/e1000.rom",
    "a/0000:00:02.0/e1000.rom",
    "0000:00:02.0/e1000.rom2",
    "0000:00:02.0/e1000",
    /* no driver's name: what a fix quotes must not end the argument, the element, the line */
    "0000:00:02.0/e1000 -monitor stdio.rom",
    "0000:00:02.0/e1000';reboot;'.rom",
    "0000:00:02.0/<e1000>.rom",
    "0000:00:02.0/e1000\x1b[2J.rom",
    "0000:00:02.0/e1000\n.rom",
    "0000:00:02.0/e1000,x=y.rom",
    /* as long as a name that was cut, but another; the cut names, one shorter and one longer */
    "0000:00:02.0/virtio-net-pci-non-transitionax",
    "0000:00:02.0/virtio-net-pci-non-transitiona",
    "0000:00:02.0/virtio-net-pci-non-transitional.r",
    "0000:00:02.0/virtio-scsi-pci-transitional.r",
};

static void test_roms(void **state)
{
    char device[RT_STATE_NAME_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(roms); i++) {
        memset(device, 'x', sizeof(device));
        if (!rt_state_block_is_rom(roms[i].name, device))
            fail_msg("%s is no ROM", roms[i].name);
        assert_string_equal(device, roms[i].device);
        assert_int_equal(rt_state_block_path(roms[i].name), roms[i].path);
    }
}

static void test_others(void **state)
{
    char device[RT_STATE_NAME_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        memset(device, 'x', sizeof(device));
        if (rt_state_block_is_rom(others[i], device))
            fail_msg("%s is a ROM", others[i]);
        assert_string_equal(device, "");
    }
}

static bool is_of_names(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c < 128 && strchr("_.+-", c) != NULL);
}

/* Names as long as they may be, of any bytes. */
static void test_longest(void **state)
{
    char name[RT_STATE_NAME_SIZE], device[RT_STATE_NAME_SIZE];

    (void)state;
    for (int c = 1; c < 256; c++) {
        memset(name, c, sizeof(name) - 1);
        name[sizeof(name) - 1] = '\0';
        (void)rt_state_block_is_rom(name, device);
        memcpy(name, "0000:00:02.0/", 13);
        memcpy(name + 251, ".rom", 5);
        assert_int_equal(rt_state_block_is_rom(name, device), is_of_names(c));
        assert_int_equal(strlen(device), is_of_names(c) ? 238 : 0);
        memset(name, c, sizeof(name) - 1);
        memcpy(name + 250, "/.rom", 6);
        assert_false(rt_state_block_is_rom(name, device));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roms),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_longest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
