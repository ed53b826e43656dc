/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measured: QMP query-pci of QEMU 7.2 (tests/integration/ids-test.py), but for virtio-vga-gl and
 * vhost-user-vga, which do not start there without a backend and have virtio-vga's by their class.
 */
#include "slots/ids.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Characters, not pointers: nothing to relocate at start-up. */
struct ids {
    char driver[32];
    uint16_t vendor, device;
    uint16_t express; /* the device id behind a PCI Express port */
};

static const struct ids table[] = {
    {"e1000", 0x8086, 0x100e, 0x100e},
    {"e1000-82544gc", 0x8086, 0x100c, 0x100c},
    {"e1000-82545em", 0x8086, 0x100f, 0x100f},
    {"e1000e", 0x8086, 0x10d3, 0x10d3},
    {"i82550", 0x8086, 0x1209, 0x1209},
    {"i82551", 0x8086, 0x1209, 0x1209},
    {"i82557a", 0x8086, 0x1229, 0x1229},
    {"i82557b", 0x8086, 0x1229, 0x1229},
    {"i82557c", 0x8086, 0x1229, 0x1229},
    {"i82558a", 0x8086, 0x1229, 0x1229},
    {"i82558b", 0x8086, 0x1229, 0x1229},
    {"i82559a", 0x8086, 0x1229, 0x1229},
    {"i82559b", 0x8086, 0x1229, 0x1229},
    {"i82559c", 0x8086, 0x1229, 0x1229},
    {"i82559er", 0x8086, 0x1209, 0x1209},
    {"i82562", 0x8086, 0x1209, 0x1209},
    {"i82801", 0x8086, 0x2449, 0x2449},
    {"ne2k_pci", 0x10ec, 0x8029, 0x8029},
    {"pcnet", 0x1022, 0x2000, 0x2000},
    {"rtl8139", 0x10ec, 0x8139, 0x8139},
    {"vmxnet3", 0x15ad, 0x07b0, 0x07b0},
    {"virtio-net-pci", 0x1af4, 0x1000, 0x1041},
    {"virtio-net-pci-non-transitional", 0x1af4, 0x1041, 0x1041},
    {"virtio-net-pci-transitional", 0x1af4, 0x1000, 0x1000},
    {"VGA", 0x1234, 0x1111, 0x1111},
    {"cirrus-vga", 0x1013, 0x00b8, 0x00b8},
    {"qxl-vga", 0x1b36, 0x0100, 0x0100},
    {"vmware-svga", 0x15ad, 0x0405, 0x0405},
    {"virtio-vga", 0x1af4, 0x1050, 0x1050},
    {"virtio-vga-gl", 0x1af4, 0x1050, 0x1050},
    {"vhost-user-vga", 0x1af4, 0x1050, 0x1050},
    {"bochs-display", 0x1234, 0x1111, 0x1111},
    {"ati-vga", 0x1002, 0x5046, 0x5046},
};

/* What a ROM file's name has between its prefix and its suffix, and the driver. */
static const struct {
    char name[24], driver[24];
} nics[] = {
    {"e1000", "e1000"},     {"e1000e", "e1000e"},         {"eepro100", "i82559c"},
    {"pcnet", "pcnet"},     {"ne2k_pci", "ne2k_pci"},     {"rtl8139", "rtl8139"},
    {"vmxnet3", "vmxnet3"}, {"virtio", "virtio-net-pci"},
};

static const struct {
    char name[24], driver[24];
} displays[] = {
    {"stdvga", "VGA"},         {"cirrus", "cirrus-vga"}, {"qxl", "qxl-vga"},
    {"vmware", "vmware-svga"}, {"virtio", "virtio-vga"}, {"bochs-display", "bochs-display"},
    {"ati", "ati-vga"},
};

bool rt_slot_device_ids(const char *driver, bool express, uint16_t *ret_vendor,
                        uint16_t *ret_device)
{
    *ret_vendor = *ret_device = 0;
    for (size_t i = 0; i < COUNT(table); i++) {
        if (strcmp(table[i].driver, driver) == 0) {
            *ret_vendor = table[i].vendor;
            *ret_device = express ? table[i].express : table[i].device;
            return true;
        }
    }
    return false;
}

bool rt_slot_ids_at(size_t i, uint16_t *ret_vendor, uint16_t *ret_device)
{
    *ret_vendor = *ret_device = 0;
    if (i / 2 >= COUNT(table))
        return false;
    *ret_vendor = table[i / 2].vendor;
    *ret_device = i % 2 == 0 ? table[i / 2].device : table[i / 2].express;
    return true;
}

/* Is file_name PREFIX NAME SUFFIX? */
static bool is_named(const char *file_name, const char *prefix, const char *name,
                     const char *suffix)
{
    size_t n_prefix = strlen(prefix), n_name = strlen(name);

    return strncmp(file_name, prefix, n_prefix) == 0 &&
           strncmp(file_name + n_prefix, name, n_name) == 0 &&
           strcmp(file_name + n_prefix + n_name, suffix) == 0;
}

static bool is_nic_rom(const char *file_name, const char *name)
{
    static const char prefixes[][20] = {"efi-", "pxe-", "compat-256k-efi-"};

    for (size_t i = 0; i < COUNT(prefixes); i++) {
        if (is_named(file_name, prefixes[i], name, ".rom"))
            return true;
    }
    return is_named(file_name, "pxe-", name, ".bin");
}

const char *rt_slot_driver_of_rom(const char *file_name)
{
    for (size_t i = 0; i < COUNT(nics); i++) {
        if (is_nic_rom(file_name, nics[i].name))
            return nics[i].driver;
    }
    for (size_t i = 0; i < COUNT(displays); i++) {
        if (is_named(file_name, "vgabios-", displays[i].name, ".bin"))
            return displays[i].driver;
    }
    return NULL;
}
