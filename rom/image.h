/* SPDX-License-Identifier: BSD-2-Clause */
/* For the walk only: what is checked of an image by its type, and of any. */
#ifndef RT_ROM_IMAGE_H
#define RT_ROM_IMAGE_H

#include "rom/rom.h"

/* The initialization size of an x86 image in bytes; 0 where the header is not there. */
size_t rt_x86_init_size(struct rt_bytes image);

/*
 * Fills image->init_size, checksum and x86. bytes is what the file has of the image, declared its
 * length. Reports length-wrap, bad-length, bad-checksum, and what rt_rom_x86_read() does.
 */
void rt_x86_check(struct rt_bytes bytes, size_t declared, const struct rt_findings *findings,
                  struct rt_rom_image *image);

/* Reports bad-fcode. */
void rt_openfirmware_check(struct rt_bytes bytes, size_t declared,
                           const struct rt_findings *findings, const struct rt_rom_image *image);

/* Reports decoy. */
void rt_decoy_check(struct rt_bytes bytes, const struct rt_findings *findings,
                    const struct rt_rom_image *image);

/*
 * Reports truncated for an image that declares more bytes than rest has: as a cut dump, or as a
 * wrong length where the bytes themselves say that they are all there.
 */
void rt_truncated_report(struct rt_bytes rest, size_t declared, const struct rt_findings *findings,
                         const struct rt_rom_image *image);

#endif
