/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Padding: a plan and a fill, pure functions. A ROM is never made shorter.
 */
#ifndef RT_PAD_PAD_H
#define RT_PAD_PAD_H

#include "core/bytes.h"
#include "core/error.h"

/* What QEMU leaves behind a shorter file: padding with it changes nothing that a guest reads. */
enum { RT_PAD_FILL_DEFAULT = 0x00 };

/* Is this a slot that a BAR can have? ROMTOOL_E_NOT_POWER_OF_TWO, _TOO_LARGE. */
int rt_pad_check_slot(uint64_t slot, struct romtool_error *err);

/*
 * How many bytes of padding a file of size bytes needs for exactly this slot. ROMTOOL_E_EMPTY,
 * ROMTOOL_E_OVERSIZE (both sizes and the bytes that are too many), and those of
 * rt_pad_check_slot().
 */
int rt_pad_plan(uint64_t size, uint64_t slot, uint64_t *ret_padding, struct romtool_error *err);

/* Fills the slot's bytes behind the first size of them. */
void rt_pad_fill(uint8_t *data, size_t size, size_t slot, uint8_t fill);

#endif
