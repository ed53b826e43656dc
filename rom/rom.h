/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is inside a ROM file: the chain of images (55 AA ... PCIR) and what reads badly in it.
 * One pass over the bytes, no allocation, no recursion; every step goes forward.
 */
#ifndef RT_ROM_ROM_H
#define RT_ROM_ROM_H

#include "core/bytes.h"
#include "core/error.h"

enum rt_rom_type {
    RT_ROM_X86,          /* code type 0, and ISA ROMs without a PCIR */
    RT_ROM_OPENFIRMWARE, /* 1 */
    RT_ROM_HPPA,         /* 2 */
    RT_ROM_EFI,          /* 3 */
    RT_ROM_UNKNOWN,
};

/* "x86", "openfirmware", "hppa", "efi", "unknown" */
const char *rt_rom_type_name(enum rt_rom_type type);

enum rt_rom_checksum {
    RT_ROM_CHECKSUM_ABSENT, /* the image's type has none */
    RT_ROM_CHECKSUM_OK,
    RT_ROM_CHECKSUM_BAD,
};

/* "absent", "ok", "bad" */
const char *rt_rom_checksum_name(enum rt_rom_checksum checksum);

struct rt_rom_image {
    size_t index;
    size_t offset; /* bytes from the start of the file */
    size_t length; /* bytes, as declared; as far as the file goes where that is less */
    enum rt_rom_type type;
    bool has_pcir;
    uint8_t code_type; /* the rest is 0 without a PCIR */
    uint8_t revision;  /* of the PCIR: 0 for PCI 2.x, 3 for PCI 3.0 */
    uint16_t vendor;
    uint16_t device;
    uint32_t class_code; /* base class, subclass, interface: 0x020000 */
    bool last;
    enum rt_rom_checksum checksum;
};

struct rt_rom {
    size_t size;           /* bytes of the file */
    size_t content_length; /* bytes up to the end of the last image */
    uint64_t slot;         /* bytes: what QEMU makes of this size */
    size_t images;
    int fill; /* the byte that all behind the content is made of; -1: nothing, or several */
};

/*
 * Walks a ROM file. Calls image (may be NULL) for each image in order and reports what reads badly
 * as findings: severity error where a consumer would misread or reject the ROM. A file of nothing
 * but 0x00 or 0xff is a blank ROM: no images, finding "blank". The walk stops at an image that is
 * cut, has length 0 (its own length is then 0) or lacks its PCIR (it is then not among the images).
 * *ret is filled on success.
 *
 * ROMTOOL_E_EMPTY, ROMTOOL_E_TOO_LARGE, ROMTOOL_E_NOT_A_ROM: there is no first image to read.
 */
int rt_rom_read(struct rt_bytes file, void (*image)(void *user, const struct rt_rom_image *image),
                void *user, const struct rt_findings *findings, struct rt_rom *ret,
                struct romtool_error *err);

#endif
