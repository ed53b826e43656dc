/* SPDX-License-Identifier: BSD-2-Clause */
/* The program that an EFI image carries. Of this room only. */
#ifndef RT_ROM_PROGRAM_H
#define RT_ROM_PROGRAM_H

#include "rom/rom.h"

/* Bytes that the programs of one file may have together once they are decompressed. */
#define RT_ROM_PROGRAMS_MAX ((size_t)64 << 20)

/*
 * Reads the program of an EFI image, of which bytes are here: fills has_pe, original and pe.
 * *budget is how many bytes may still be decompressed. Findings: bad-compression, too-large,
 * machine-mismatch, and those of rt_pe_read(). ROMTOOL_E_NO_MEMORY.
 */
int rt_rom_program_read(struct rt_bytes bytes, struct rt_rom_image *image, size_t *budget,
                        const struct rt_findings *findings, struct romtool_error *err);

#endif
