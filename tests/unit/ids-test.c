/* SPDX-License-Identifier: BSD-2-Clause */
/* PCI ids of QEMU's devices, and whose a ROM file is. The real QEMU: tests/integration. */
#include "slots/ids.h"

#include "slots/slots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_ids(void **state)
{
    uint16_t vendor, device;

    (void)state;
    assert_true(rt_slot_device_ids("e1000", false, &vendor, &device));
    assert_int_equal(vendor, 0x8086);
    assert_int_equal(device, 0x100e);
    assert_true(rt_slot_device_ids("virtio-net-pci-non-transitional", false, &vendor, &device));
    assert_int_equal(device, 0x1041);
    assert_true(rt_slot_device_ids("virtio-net-pci", false, &vendor, &device));
    assert_int_equal(vendor, 0x1af4);
    assert_int_equal(device, 0x1000);
    assert_true(rt_slot_device_ids("virtio-net-pci", true, &vendor, &device));
    assert_int_equal(device, 0x1041);
    assert_false(rt_slot_device_ids("igb", false, &vendor, &device));
    assert_int_equal(vendor | device, 0);
    assert_false(rt_slot_device_ids("", false, &vendor, &device));
}

/* Every device that a profile has a ROM BAR for is in the table, and every file is somebody's. */
static void test_profiles(void **state)
{
    size_t n, rows = 0;
    const struct rt_slot_vendor *vendors = rt_slot_builtin(&n);

    (void)state;
    for (size_t v = 0; v < n; v++) {
        for (size_t i = 0; i < vendors[v].n_rows; i++) {
            const struct rt_slot_row *row = &vendors[v].rows[i];
            const char *driver;
            uint16_t vendor, device;

            if (row->slot == 0)
                continue;
            rows++;
            if (!rt_slot_device_ids(row->device, false, &vendor, &device))
                fail_msg("no ids: %s", row->device);
            driver = rt_slot_driver_of_rom(row->file);
            if (driver == NULL && strcmp(row->file, "pxe-virtio.rom.12.04") != 0)
                fail_msg("nobody's: %s", row->file);
            if (driver != NULL)
                assert_true(rt_slot_device_ids(driver, false, &vendor, &device));
        }
    }
    assert_true(rows > 100);
}

static void test_driver_of_rom(void **state)
{
    static const struct {
        const char *file, *driver;
    } cases[] = {
        {"efi-ne2k_pci.rom", "ne2k_pci"},
        {"efi-virtio.rom", "virtio-net-pci"},
        {"pxe-virtio.rom", "virtio-net-pci"},
        {"pxe-virtio.bin", "virtio-net-pci"},
        {"compat-256k-efi-virtio.rom", "virtio-net-pci"},
        {"efi-e1000.rom", "e1000"},
        {"efi-e1000e.rom", "e1000e"},
        {"pxe-eepro100.rom", "i82559c"},
        {"vgabios-stdvga.bin", "VGA"},
        {"vgabios-virtio.bin", "virtio-vga"},
        {"vgabios-bochs-display.bin", "bochs-display"},
    };
    static const char *const none[] = {
        "",          "efi-",        "efi-e1000",   "efi-e1000.rom2", "xefi-e1000.rom",
        "e1000.rom", "efi-e10.rom", "vgabios.bin", "efi-e1000.bin",  "vgabios-virtio.rom",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_non_null(rt_slot_driver_of_rom(cases[i].file));
        assert_string_equal(rt_slot_driver_of_rom(cases[i].file), cases[i].driver);
    }
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_null(rt_slot_driver_of_rom(none[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_profiles),
        cmocka_unit_test(test_driver_of_rom),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
