/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU's id patch (hw/pci/pci.c, pci_patch_ids()): in a device's default ROM, but not in an
 * explicit romfile=, it writes the device's ids into the first image's PCIR and makes up for it in
 * byte 6.
 */
#ifndef RT_ROM_PATCH_H
#define RT_ROM_PATCH_H

#include "core/bytes.h"

/* The bytes that QEMU changes, in the order of the file: at most five. */
struct rt_rom_patch {
    size_t n;
    struct {
        size_t offset;
        uint8_t from, to;
    } bytes[5];
};

/*
 * What QEMU changes in this ROM file for a device with these ids; nothing where it has them, or
 * where QEMU finds no 55 AA and PCIR. As QEMU 6.0 and later look at the file's size: before, a PCIR
 * whose last byte is the file's was found too. The guest reads the file's bytes, so changed, and
 * zeroes up to the slot.
 */
void rt_rom_patch_ids(struct rt_bytes file, uint16_t vendor, uint16_t device,
                      struct rt_rom_patch *ret);

#endif
