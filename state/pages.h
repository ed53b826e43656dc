/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of the option ROMs inside a migration stream, put together from its pages: zero pages,
 * normal pages, later passes over earlier ones, compressed pages, mapped-ram. No other memory of
 * the guest is kept.
 */
#ifndef RT_STATE_PAGES_H
#define RT_STATE_PAGES_H

#include "state/stream.h"

#define RT_STATE_ROM_MAX  ((size_t)4 << 20) /* bytes: of a larger block nothing is kept */
#define RT_STATE_ROMS_MAX ((size_t)6 << 20) /* bytes of memory, of all ROMs together */

struct rt_state_rom {
    size_t block;     /* index in stream->blocks */
    size_t pages;     /* that the block has */
    size_t seen;      /* of which the stream has the bytes, or says that they are zero */
    bool kept;        /* false: too large, see the findings */
    uint8_t *is_seen; /* a bit for each page */
    uint8_t **bytes;  /* of each page; NULL: zero. NULL itself: all are */
};

struct rt_state_roms {
    struct rt_state_rom *rom; /* of every block that is an option ROM, as QEMU lists them */
    size_t n;
    size_t page_size; /* bytes */
    size_t held;      /* bytes of memory for what is not zero */
    bool complete;    /* the stream's memory was read to its end */
};

/*
 * Reads on from the end of the block list to the end of the guest's memory, or with mapped-ram what
 * is needed. What ends early or cannot be followed gives what was read so far, and a finding with
 * its offset in the source: errors bad-stream, bad-compressed, xbzrle, warnings truncated,
 * unsupported, too-large, rom-incomplete. That is also said of a ROM whose pages are all here where
 * the memory's end is not: they may have been sent again.
 * rt_state_roms_free() is due after a failure too. ROMTOOL_E_NO_MEMORY, what the source says.
 */
int rt_state_roms_read(struct rt_reader *reader, const struct rt_state_stream *stream,
                       const struct rt_findings *findings, struct rt_state_roms *ret,
                       struct romtool_error *err);

/*
 * A copy of the i-th ROM as the guest's BAR has it, all of the block's bytes; the caller frees it.
 * ROMTOOL_E_ROM_INCOMPLETE where pages are missing, ROMTOOL_E_NO_MEMORY.
 */
int rt_state_rom_bytes(const struct rt_state_roms *roms, const struct rt_state_stream *stream,
                       size_t i, uint8_t **ret, size_t *ret_n, struct romtool_error *err);

void rt_state_roms_free(struct rt_state_roms *roms);

#endif
