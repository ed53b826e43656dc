/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a destination's QEMU makes of a stream's option ROM, without starting it: its RAM block must
 * have the length that the stream states, and the sentence in which QEMU says that it has not.
 */
#ifndef RT_STATE_RESTORE_H
#define RT_STATE_RESTORE_H

#include "core/bytes.h"
#include "state/stream.h"

enum rt_restore_outcome {
    RT_RESTORE_SAME,
    RT_RESTORE_DIFFERS,
    RT_RESTORE_MISSING, /* the destination has no such block */
};

/*
 * Bytes of the RAM block that a slot gets: no less than a page, of 4 KiB or the target's larger
 * one. On hosts whose pages are larger than the target's QEMU rounds up to those.
 */
uint64_t rt_restore_length(uint64_t slot, unsigned page_bits);

/* length: of the destination's block, bytes; 0: it has none. */
enum rt_restore_outcome rt_restore_outcome(const struct rt_state_block *block, uint64_t length);

/*
 * The line that a destination's QEMU of this version ("7.2"; what is none is taken as the newest)
 * prints for this block, behind its own name; nothing where the outcome is the same. QEMU stops at
 * the first block that differs, in the order of the list. From migration/ram.c, 0.13 to 11.1.
 */
void rt_restore_text(const struct rt_state_block *block, uint64_t length, const char *qemu,
                     struct rt_buffer *out);

#endif
