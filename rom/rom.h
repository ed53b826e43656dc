/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is inside a ROM file: the chain of images (55 AA ... PCIR) and what reads badly in it.
 * One pass over the bytes, no recursion; every step goes forward. Nothing is allocated but, with
 * RT_ROM_PAYLOADS, one buffer for a decompressed EFI program.
 */
#ifndef RT_ROM_ROM_H
#define RT_ROM_ROM_H

#include "core/bytes.h"
#include "core/error.h"
#include "rom/pe.h"
#include "rom/x86.h"

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

/* An EFI image's header, and the program in it. */
struct rt_rom_efi {
    uint32_t signature;   /* 0x0ef1 */
    uint16_t subsystem;   /* 0x0b boot service driver, 0x0c runtime driver */
    uint16_t machine;     /* 0x8664: x86-64 */
    uint16_t compression; /* 0: none, 1: UEFI's */
    size_t at;            /* where the program is, from the image's start */
    size_t length;        /* bytes of it in the image: up to the end of the initialization size */
    /* what follows is filled with RT_ROM_PAYLOADS only */
    bool has_pe;     /* pe was read */
    size_t original; /* compressed: bytes of the decompressed program; else 0 */
    struct rt_pe pe;
};

struct rt_rom_image {
    size_t index;
    size_t offset;   /* bytes from the start of the file */
    size_t length;   /* bytes, as declared; as far as the file goes where that is less */
    size_t declared; /* bytes, as declared */
    enum rt_rom_type type;
    uint16_t signature; /* its first two bytes: 0xaa55; NVIDIA's 0xbb77 and 0x4e56 */
    size_t init_size;   /* bytes: x86 and EFI; else 0 */
    bool last;
    enum rt_rom_checksum checksum;

    bool has_pcir;
    /* the PCIR; all 0 without one */
    size_t pcir_at;          /* from the image's start */
    uint32_t pcir_signature; /* "PCIR", NVIDIA's "NPDS" and "RGIS", little-endian */
    uint16_t pcir_size;      /* bytes, as it states */
    uint8_t code_type;
    uint8_t revision; /* 0 for PCI 2.x, 3 for PCI 3.0 */
    uint16_t vendor;
    uint16_t device;
    uint32_t class_code; /* base class, subclass, interface: 0x020000 */
    uint16_t code_revision;
    uint8_t indicator;       /* bit 7: last */
    uint16_t vpd;            /* revision 0: pointer to vital product data, 0 for none */
    size_t device_list_at;   /* revision 3: from the image's start; 0 for none */
    size_t device_list_n;    /* ids in it */
    size_t runtime_length;   /* revision 3: bytes */
    uint16_t config_utility; /* revision 3: pointer, 0 for none */
    uint16_t clp;            /* revision 3: pointer to the DMTF CLP entry point, 0 for none */
    size_t npde_at;          /* NVIDIA's extension, in NVIDIA's images; 0 for none */
    size_t npde_length;      /* bytes: the length that it states instead of the PCIR's */

    struct rt_rom_x86 x86; /* of type x86 */
    struct rt_rom_efi efi; /* of type EFI */
};

/* The i-th id of an image's device list; bytes are the image's. False where there is none. */
bool rt_rom_device_id(struct rt_bytes bytes, const struct rt_rom_image *image, size_t i,
                      uint16_t *ret);

/*
 * A copy of an EFI image's program as firmware would load it: decompressed where it is compressed.
 * bytes are the image's. The caller frees *ret. ROMTOOL_E_BAD_EFI_HEADER where there is none,
 * _BAD_COMPRESSION and _TOO_LARGE (offsets from the program's start), _NO_MEMORY.
 */
int rt_rom_program(struct rt_bytes bytes, const struct rt_rom_image *image, uint8_t **ret,
                   size_t *ret_size, struct romtool_error *err);

struct rt_rom {
    size_t size;           /* bytes of the file */
    size_t preamble;       /* bytes before the first image: 0 but in NVIDIA's dumps */
    size_t content_length; /* bytes up to the end of the last image, a preamble included */
    uint64_t slot;         /* bytes: what QEMU makes of this size */
    size_t images;
    int fill; /* the byte that all behind the content is made of; -1: nothing, or several */
};

enum rt_rom_read_flag {
    RT_ROM_PAYLOADS = 1 << 0, /* also read EFI programs: decompress, PE/COFF, certificates */
};

/*
 * Walks a ROM file. Calls image (may be NULL) for each image in order and reports what reads badly
 * as findings: severity error where a consumer would misread or reject the ROM. A file of nothing
 * but 0x00 or 0xff is a blank ROM: no images, finding "blank". The walk stops at an image that is
 * cut, has length 0 (its own length is then 0) or lacks its PCIR (it is then not among the images).
 * flags is 0 or an or of enum rt_rom_read_flag. *ret is filled on success.
 *
 * ROMTOOL_E_EMPTY, ROMTOOL_E_TOO_LARGE, ROMTOOL_E_NOT_A_ROM: there is no first image to read.
 * ROMTOOL_E_NO_MEMORY with RT_ROM_PAYLOADS.
 */
int rt_rom_read(struct rt_bytes file, unsigned flags,
                void (*image)(void *user, const struct rt_rom_image *image), void *user,
                const struct rt_findings *findings, struct rt_rom *ret, struct romtool_error *err);

#endif
