/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UEFI compression for tests (UEFI 2.10, chapter 19): simple, small, written apart from
 * rom/decompress.c, so that neither can be wrong in the other's way. edk2's own is held against it
 * in tests/integration/uefi-compression-test.py.
 */
#ifndef EFI_COMPRESS_H
#define EFI_COMPRESS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Compresses n bytes; returns how many bytes *ret has, header included. The caller frees it. Out of
 * memory ends the program.
 */
size_t efi_compress(const uint8_t *in, size_t n, uint8_t **ret);

#endif
