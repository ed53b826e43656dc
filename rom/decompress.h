/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UEFI decompression (UEFI 2.10, chapter 19; also called EFI 1.1 compression): LZ77 over a window
 * of 8 KiB, Huffman-coded. Not edk2's "Tiano" variant.
 */
#ifndef RT_ROM_DECOMPRESS_H
#define RT_ROM_DECOMPRESS_H

#include "core/bytes.h"
#include "core/error.h"

/* The most that is decompressed, in bytes. PCI allows ROMs of 16 MiB. */
#define RT_ROM_DECOMPRESSED_MAX ((size_t)16 << 20)

/*
 * Reads the header: bytes of the compressed stream behind it, bytes of what it becomes.
 * ROMTOOL_E_BAD_COMPRESSION where the stream is not inside packed or the sizes cannot be,
 * ROMTOOL_E_TOO_LARGE beyond RT_ROM_DECOMPRESSED_MAX. Offsets in errors are from packed's start.
 */
int rt_rom_packed_sizes(struct rt_bytes packed, size_t *ret_stream, size_t *ret_original,
                        struct romtool_error *err);

/*
 * Decompresses into exactly size bytes at out: the original size that the header states. Takes time
 * linear in the compressed and the original size. ROMTOOL_E_BAD_COMPRESSION with the offset in
 * packed where the stream breaks.
 */
int rt_rom_decompress(struct rt_bytes packed, uint8_t *out, size_t size, struct romtool_error *err);

#endif
