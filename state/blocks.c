/* SPDX-License-Identifier: BSD-2-Clause */
#include "state/blocks.h"

#include <stdio.h>
#include <string.h>

/*
 * QEMU names a ROM's block "%s.rom" into 32 bytes (hw/pci/pci.c, pci_add_option_rom()): what is
 * longer is cut.
 */
#define ROM_NAME_MAX 31U
#define ROM_SUFFIX   ".rom"

/* Where the block has the name of the device's VMState instead of the driver's. */
static const struct {
    const char *state, *driver;
} renamed[] = {
    {"ne2000", "ne2k_pci"},        {"vga", "VGA"},
    {"cirrus_vga", "cirrus-vga"},  {"qxl", "qxl-vga"},
    {"vmware_vga", "vmware-svga"}, {"vfio-cpr-pci", "vfio-pci"},
};

/* Drivers whose names, with the suffix, are longer than a block's. */
static const char *const long_drivers[] = {
    "virtio-net-pci-non-transitional",       "virtio-blk-pci-non-transitional",
    "virtio-scsi-pci-non-transitional",      "virtio-serial-pci-non-transitional",
    "virtio-balloon-pci-non-transitional",   "virtio-rng-pci-non-transitional",
    "virtio-9p-pci-non-transitional",        "virtio-input-host-pci-non-transitional",
    "virtio-input-host-pci-transitional",    "virtio-balloon-pci-transitional",
    "vhost-scsi-pci-non-transitional",       "vhost-user-blk-pci-non-transitional",
    "vhost-user-blk-pci-transitional",       "vhost-user-scsi-pci-non-transitional",
    "vhost-user-scsi-pci-transitional",      "vhost-vsock-pci-non-transitional",
    "vhost-user-fs-pci-non-transitional",    "virtio-scsi-pci-transitional",
    "vhost-user-vsock-pci-non-transitional", "virtio-serial-pci-transitional",
};

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* ":SS.F", slot and function. */
static bool is_level(const char *text)
{
    return text[0] == ':' && is_hex(text[1]) && is_hex(text[2]) && text[3] == '.' &&
           text[4] >= '0' && text[4] <= '7';
}

enum { LEVEL_SIZE = 5 };

/*
 * hw/pci/pci.c, pcibus_get_dev_path(): the root bus ("0000:00", or what a host bridge calls itself)
 * and a level for each bridge and the device.
 */
size_t rt_state_block_path(const char *name)
{
    const char *slash = strrchr(name, '/');
    size_t n = slash != NULL ? (size_t)(slash - name) : 0;

    if (n <= LEVEL_SIZE || !is_level(name + n - LEVEL_SIZE) || memchr(name, '/', n) != NULL)
        return 0;
    return n;
}

/* What QEMU's drivers have in their names. Others would go into the arguments of a fix. */
static bool is_driver_name(const char *name, size_t n)
{
    static const char known[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+-";

    return strspn(name, known) >= n;
}

static void copy(const char *driver, size_t n, char ret[RT_STATE_NAME_SIZE])
{
    (void)snprintf(ret, RT_STATE_NAME_SIZE, "%.*s", (int)n, driver);
}

static bool is_cut(const char *name, char ret[RT_STATE_NAME_SIZE])
{
    char whole[RT_STATE_NAME_SIZE];

    for (size_t i = 0; i < sizeof(long_drivers) / sizeof(long_drivers[0]); i++) {
        (void)snprintf(whole, sizeof(whole), "%s%s", long_drivers[i], ROM_SUFFIX);
        if (strlen(whole) > ROM_NAME_MAX && strlen(name) == ROM_NAME_MAX &&
            strncmp(name, whole, ROM_NAME_MAX) == 0) {
            copy(long_drivers[i], strlen(long_drivers[i]), ret);
            return true;
        }
    }
    return false;
}

bool rt_state_block_is_rom(const char *name, char ret_device[RT_STATE_NAME_SIZE])
{
    size_t path = rt_state_block_path(name);
    const char *rom = name + path + 1;
    size_t n, suffix = strlen(ROM_SUFFIX);

    ret_device[0] = '\0';
    if (path == 0)
        return false;
    n = strlen(rom);
    if (n <= suffix || strcmp(rom + n - suffix, ROM_SUFFIX) != 0)
        return is_cut(rom, ret_device);
    n -= suffix;
    if (!is_driver_name(rom, n))
        return false;
    for (size_t i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++) {
        if (strlen(renamed[i].state) == n && strncmp(rom, renamed[i].state, n) == 0) {
            copy(renamed[i].driver, strlen(renamed[i].driver), ret_device);
            return true;
        }
    }
    copy(rom, n, ret_device);
    return true;
}
