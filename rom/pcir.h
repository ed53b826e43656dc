/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the files of the walk only: where an image starts, and the PCI data structure that says what
 * it is (PCI Firmware 3.0, section 5.1.2), with NVIDIA's extension of it.
 */
#ifndef RT_ROM_PCIR_H
#define RT_ROM_PCIR_H

#include "rom/rom.h"

/* PCIR's image length, and initialization sizes, count units of so many bytes. */
#define RT_ROM_UNIT 512U

/* Offsets in an image's header. */
#define RT_HEADER_INIT_SIZE 0x02 /* u8; EFI: u16 */
#define RT_HEADER_PCIR      0x18
#define RT_HEADER_SIZE      0x1aU

/* In the PCIR, for a finding. */
#define RT_PCIR_IMAGE_LENGTH 0x10

/* The least that a PCIR has: of PCI 2.x. */
#define RT_PCIR_SIZE     0x18U

#define RT_ROM_SIGNATURE 0xaa55

/*
 * Where the header points at a PCI data structure that is there as a whole. NVIDIA's signatures of
 * it count in an image that is NVIDIA's, by its own signature or by the vendor id.
 */
bool rt_pcir_find(struct rt_bytes rest, uint16_t *ret_pointer);

/* An image that nobody mistakes: signature, an aligned pointer behind the header, a PCIR there. */
bool rt_pcir_starts_image(struct rt_bytes bytes);

/*
 * How many images start in bytes, at multiples of a unit and not before from, itself such a
 * multiple; *ret is where the first of them does.
 */
size_t rt_pcir_scan(struct rt_bytes bytes, size_t from, size_t *ret);

/*
 * Reads the structure at a place where rt_pcir_find() found it into image: the length that it (or
 * NVIDIA's extension) declares, whether it is the last, the type. Reports what reads badly without
 * the rest of the image: bad-pcir, bad-npde.
 */
void rt_pcir_read(struct rt_bytes rest, uint16_t pointer, const struct rt_findings *findings,
                  struct rt_rom_image *image);

/*
 * Reads what the structure points at. bytes is what the file has of the image, declared its length.
 * Reports bad-device-list and bad-pointer.
 */
void rt_pcir_follow(struct rt_bytes bytes, size_t declared, const struct rt_findings *findings,
                    struct rt_rom_image *image);

#endif
