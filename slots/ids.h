/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PCI ids of QEMU's devices that own an option ROM, as QEMU 7.2 has them on machine types from
 * 2.7 on. On older ones virtio has its legacy ids behind a PCI Express port too.
 */
#ifndef RT_SLOTS_IDS_H
#define RT_SLOTS_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The ids that a driver's device has by default. express: it is behind a PCI Express port, which
 * makes virtio-net-pci modern-only; disable-legacy=on does the same. False for a driver that owns
 * no option ROM or is not known.
 */
bool rt_slot_device_ids(const char *driver, bool express, uint16_t *ret_vendor,
                        uint16_t *ret_device);

/* All ids that any of these devices has, some more than once: the i-th. False behind the last. */
bool rt_slot_ids_at(size_t i, uint16_t *ret_vendor, uint16_t *ret_device);

/*
 * The driver whose default ROM has this file name: "efi-ne2k_pci.rom" is ne2k_pci's, as are
 * "pxe-ne2k_pci.rom" and Ubuntu's "compat-256k-efi-ne2k_pci.rom". Where devices of different ids
 * share a file, the one that is used most: e1000 of its three, i82559c of eepro100's (8086:1229, as
 * the ROM itself has; i82551 and others have 1209, i82801 2449), virtio-net-pci and virtio-vga.
 * NULL where no device is known for it.
 */
const char *rt_slot_driver_of_rom(const char *file_name);

#endif
