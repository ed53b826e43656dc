/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ROMs of struct rt_state_roms as their pages come in, in any order and more than once. Of this
 * room only.
 */
#ifndef RT_STATE_KEEP_H
#define RT_STATE_KEEP_H

#include "state/pages.h"

/* Makes room for a ROM for each block that is one. Too large a one is a finding. */
int rt_state_keep_begin(struct rt_state_roms *roms, const struct rt_state_stream *stream,
                        const struct rt_findings *findings, struct romtool_error *err);

/* The ROM of a block, if it is one that is kept; else NULL. */
struct rt_state_rom *rt_state_keep_find(const struct rt_state_roms *roms, size_t block);

/*
 * Memory for a page, to be filled by the caller, who says so by rt_state_keep_see(). at is its
 * place in the source. ROMTOOL_E_TOO_LARGE, _NO_MEMORY.
 */
int rt_state_keep_page(struct rt_state_roms *roms, struct rt_state_rom *rom, size_t page,
                       uint64_t at, uint8_t **ret, struct romtool_error *err);
void rt_state_keep_see(struct rt_state_rom *rom, size_t page);

/* It has become something that nobody knows. */
void rt_state_keep_forget(struct rt_state_rom *rom, size_t page);

/* A page all of one byte; of zeroes nothing is allocated. As rt_state_keep_page(). */
int rt_state_keep_fill(struct rt_state_roms *roms, struct rt_state_rom *rom, size_t page,
                       uint64_t at, uint8_t fill, struct romtool_error *err);

#endif
