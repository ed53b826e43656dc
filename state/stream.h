/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU's migration stream (migration/savevm.c, migration/ram.c, QEMU 0.13 to 11.1) from its start
 * to the end of the list of RAM blocks: what a guest has, before a byte of its memory.
 */
#ifndef RT_STATE_STREAM_H
#define RT_STATE_STREAM_H

#include "state/source.h"

#define RT_STATE_NAME_SIZE  256  /* the stream's names have at most 255 bytes */
#define RT_STATE_BLOCKS_MAX 1024 /* more than guests have: some 15, and one or two a device */

/* What a reader over a stream needs at least. */
#define RT_STATE_BUFFER_SIZE ((size_t)256 << 10) /* bytes */

struct rt_state_block {
    char
        name[RT_STATE_NAME_SIZE]; /* "0000:00:03.0/virtio-net-pci.rom"; may hold any byte but NUL */
    uint64_t length;              /* bytes that are in use */
    uint64_t page_size;           /* bytes; 0 where not stated: only huge pages are, by postcopy */
    bool has_address;             /* x-ignore-shared: */
    uint64_t address;             /* in the guest */
    bool mapped;                  /* mapped-ram: where the source has what */
    uint64_t bitmap_at, pages_at; /* offsets in the source; both 0: the block is not in it */
};

struct rt_state_stream {
    char machine[RT_STATE_NAME_SIZE]; /* empty: it does not say (machine types up to 2.3) */
    unsigned page_bits;               /* of the target's page: 12 where not stated */
    bool has_page_bits;
    bool ignore_shared, mapped_ram; /* capabilities */
    bool postcopy;                  /* postcopy-ram was offered */
    uint32_t ram_id;                /* of the "ram" section */
    uint64_t total;                 /* bytes of all blocks */
    struct rt_state_block *blocks;  /* as QEMU lists them */
    size_t n_blocks;
};

/*
 * Reads from the stream's first byte, "QEVM", to the end of the block list; the reader is then at
 * what follows it. rt_state_stream_free() is due after a failure too.
 *
 * ROMTOOL_E_BAD_STREAM, ROMTOOL_E_TRUNCATED, ROMTOOL_E_UNSUPPORTED (before QEMU 0.13 there was no
 * list), ROMTOOL_E_TOO_LARGE (RT_STATE_BLOCKS_MAX), ROMTOOL_E_NO_MEMORY, and what the source says.
 */
int rt_state_stream_read(struct rt_reader *reader, struct rt_state_stream *ret,
                         struct romtool_error *err);
void rt_state_stream_free(struct rt_state_stream *stream);

#endif
