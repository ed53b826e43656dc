/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's devices: which own no option ROM, and what -global reaches. */
#include "slots/slots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------------- no ROM */

static const char *const without[] = {
    "igb",
    "igbvf",
    "tulip",
    "sungem",
    "sunhme",
    "secondary-vga",
    "qxl",
    "virtio-gpu-pci",
    "virtio-blk-pci",
    "virtio-blk-pci-transitional",
    "virtio-scsi-pci-non-transitional",
    "virtio-rng-pci",
    "virtio-9p-pci",
    "vhost-user-fs-pci",
    "vhost-user-gpu-pci",
    "vhost-vsock-pci",
    "vhost-user-vsock-pci-non-transitional", /* the longest */
    "virtio-net-device",
    "virtio-net-ccw",
    "usb-net",
    "ne2k_isa",
    "mptsas1068",
    "nvme",
    "qemu-xhci",
    "pcie-root-port",
    "ich9-ahci",
};

static void test_no_rom(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(without); i++) {
        char sentence[100];
        struct romtool_mandate m;
        struct romtool_error err;

        assert_string_equal(rt_slot_no_rom(without[i]), "has no option ROM");
        (void)snprintf(sentence, sizeof(sentence), "'%s' has no option ROM", without[i]);
        assert_int_equal(romtool_mandate_find("upstream", "q35", without[i], &m, &err),
                         ROMTOOL_E_NO_MANDATE);
        assert_string_equal(err.text, sentence);
        assert_int_equal(romtool_mandate_find("fedora", "isapc", without[i], &m, &err),
                         ROMTOOL_E_NO_MANDATE);
        assert_string_equal(err.text, sentence);
    }
    assert_string_equal(rt_slot_no_rom("vfio-pci"),
                        "has no option ROM file: the ROM BAR is the physical device's");
    assert_string_equal(rt_slot_no_rom("isa-vga"), "has no ROM BAR: its ROM goes through fw_cfg");
    assert_string_equal(rt_slot_no_rom("ramfb"), "has no ROM BAR: its ROM goes through fw_cfg");
}

/* Every device that a row gives a slot is none of them, and classes are no devices. */
static void test_with_rom(void **state)
{
    static const char *const classes[] = {"pci-device", "e1000-base", "virtio-net-pci-base", "",
                                          "object"};
    size_t n, rows = 0;
    const struct rt_slot_vendor *vendors = rt_slot_builtin(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < vendors[i].n_rows; j++) {
            assert_null(rt_slot_no_rom(vendors[i].rows[j].device));
            rows++;
        }
    }
    assert_true(rows > 200);
    for (size_t i = 0; i < COUNT(classes); i++)
        assert_null(rt_slot_no_rom(classes[i]));
}

/* ------------------------------------------------------------------------- -global */

/*
 * Measured on QEMU 7.2: -global NAME.romsize=524288 -device DRIVER, then QMP qom-get romsize.
 * "device" and "object" reach everything, where QEMU then refuses what has no such property.
 */
static const struct {
    const char *name, *driver;
    bool reaches;
} globals[] = {
    {"e1000", "e1000", true},
    {"e1000-base", "e1000", true},
    {"e1000-base", "e1000-82545em", true},
    {"e1000-base", "e1000-82544gc", true},
    {"e1000", "e1000-82545em", false},
    {"e1000-base", "e1000e", false},
    {"pci-device", "e1000", true},
    {"pci-device", "virtio-net-pci-transitional", true},
    {"device", "e1000", true},
    {"object", "e1000", true},
    {"conventional-pci-device", "e1000", true},
    {"pci-express-device", "e1000", false},
    {"pci-express-device", "e1000e", true},
    {"conventional-pci-device", "e1000e", false},
    {"virtio-net-pci", "virtio-net-pci", true},
    {"virtio-net-pci", "virtio-net-pci-transitional", false},
    {"virtio-net-pci", "virtio-net-pci-non-transitional", false},
    {"virtio-net-pci-base", "virtio-net-pci", true},
    {"virtio-net-pci-base", "virtio-net-pci-transitional", true},
    {"virtio-net-pci-base", "virtio-net-pci-non-transitional", true},
    {"virtio-pci", "virtio-net-pci", true},
    {"virtio-pci", "virtio-net-pci-transitional", true},
    {"pci-express-device", "virtio-net-pci", true},
    {"conventional-pci-device", "virtio-net-pci", true},
    {"pci-express-device", "virtio-net-pci-transitional", false},
    {"conventional-pci-device", "virtio-net-pci-transitional", true},
    {"virtio-net", "virtio-net-pci", false}, /* another name is no class */
    {"e1000-82540em", "e1000", false},
    {"vga", "VGA", false},
    {"pci-vga", "VGA", true},
    {"pci-vga", "secondary-vga", true},
    {"VGA", "secondary-vga", false},
    {"pci-qxl", "qxl-vga", true},
    {"virtio-vga-base", "virtio-vga", true},
    {"virtio-vga-base-type", "virtio-vga", true},
    {"virtio-gpu-pci-base", "virtio-vga", false},
    {"i82551", "i82551", true},
    {"i82550", "i82551", false}, /* the models have no class in common but PCI's */
    {"eepro100", "i82551", false},
    {"ne2k_isa", "ne2k_pci", false},
    {"cxl-device", "e1000e", false},
    {"pcidevice", "e1000", false},
};

static void test_global(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(globals); i++) {
        if (rt_slot_global_reaches(globals[i].name, globals[i].driver) != globals[i].reaches)
            fail_msg("-global %s: %s", globals[i].name, globals[i].driver);
    }
}

/* On other buses, and what is not known: a PCI device, as far as anyone can tell. */
static void test_global_of_others(void **state)
{
    (void)state;
    assert_false(rt_slot_global_reaches("pci-device", "usb-net"));
    assert_false(rt_slot_global_reaches("conventional-pci-device", "virtio-net-device"));
    assert_true(rt_slot_global_reaches("device", "virtio-net-device"));
    assert_true(rt_slot_global_reaches("new-nic", "new-nic"));
    assert_true(rt_slot_global_reaches("pci-device", "new-nic"));
    assert_true(rt_slot_global_reaches("object", "new-nic"));
    assert_true(rt_slot_global_reaches("pci-express-device", "new-nic"));
    assert_false(rt_slot_global_reaches("virtio-pci", "new-nic"));
    assert_false(rt_slot_global_reaches("", "e1000"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_rom),
        cmocka_unit_test(test_with_rom),
        cmocka_unit_test(test_global),
        cmocka_unit_test(test_global_of_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
