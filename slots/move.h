/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What it takes to move a guest whose device has one slot to where the same device would get
 * another: the arguments for the destination's QEMU and the libvirt XML. Facts about QEMU:
 *
 *   before 6.0  no romsize: only a ROM file of exactly the slot helps
 *   since 6.0   romsize= sets the slot, but the file must fit
 *   since 8.1   an incoming migration with romsize= does not open the file at all
 */
#ifndef RT_SLOTS_MOVE_H
#define RT_SLOTS_MOVE_H

#include "core/bytes.h"
#include "slots/slots.h"

/* How the destination is brought to give the device the slot that the guest has. */
enum rt_move_fix {
    RT_MOVE_ROMSIZE,          /* romsize= */
    RT_MOVE_ROMSIZE_INCOMING, /* romsize=, for an incoming migration only: the file does not fit */
    RT_MOVE_ROMFILE,          /* romfile=, a file of exactly the slot */
    RT_MOVE_NO_ROM,           /* romfile= empty: the guest has no ROM BAR */
};

struct rt_move {
    const char *device;
    uint64_t from_slot; /* bytes; 0: no ROM BAR */
    uint64_t to_slot;   /* bytes; 0: no ROM BAR */
    const char *file;   /* the ROM file name at the source, or at the destination; may be NULL */
    const char *qemu;   /* version of the destination's QEMU */
};

/* Which fix is needed where the slots differ. */
enum rt_move_fix rt_move_fix(const struct rt_move *move);

/* The file name that stands for a ROM of exactly the slot in what is printed:
 * "efi-virtio.256K.rom". */
void rt_move_file(const struct rt_move *move, struct rt_buffer *out);

/* The value of -global, behind the option: "virtio-net-pci.romsize=262144". */
void rt_move_global(const struct rt_move *move, struct rt_buffer *out);

/* The libvirt XML for the interface, one element, on one line. */
void rt_move_libvirt(const struct rt_move *move, struct rt_buffer *out);

/* One sentence on what to mind, above all what not to leave on the command line there. */
void rt_move_note(const struct rt_move *move, struct rt_buffer *out);

#endif
