/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which RAM blocks are option ROMs: by the PCI path before them and the device's name, never by the
 * suffix alone. "pc.rom" is none, and virtio-net-pci-non-transitional's has no suffix. A name that
 * no driver can have is none either.
 */
#ifndef RT_STATE_BLOCKS_H
#define RT_STATE_BLOCKS_H

#include "state/stream.h"

/*
 * If name is an option ROM's block: the driver whose device it is, as QEMU's -device names it, in
 * ret_device. Where several drivers share a block name, the one that is used most: e1000 of its
 * variants. False otherwise; *ret_device is empty then.
 */
bool rt_state_block_is_rom(const char *name, char ret_device[RT_STATE_NAME_SIZE]);

/* Bytes of the PCI path before the device's name: "0000:00:1c.0:00.0" of its block; 0: none. */
size_t rt_state_block_path(const char *name);

#endif
