/* SPDX-License-Identifier: BSD-2-Clause */
/* For the walk only: the header of an EFI image (UEFI 2.10, chapter 14). */
#ifndef RT_ROM_EFI_H
#define RT_ROM_EFI_H

#include "rom/rom.h"

bool rt_efi_has_signature(struct rt_bytes image);

/* The initialization size in bytes; 0 where the header is not there. */
size_t rt_efi_init_size(struct rt_bytes image);

/*
 * Fills image->init_size and image->efi but for its payload. bytes is what the file has of the
 * image, declared its length. Reports bad-efi-header and bad-length.
 */
void rt_efi_read(struct rt_bytes bytes, size_t declared, const struct rt_findings *findings,
                 struct rt_rom_image *image);

#endif
