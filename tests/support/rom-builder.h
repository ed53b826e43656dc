/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ROM files for tests, of any shape. What rb_spec() returns makes a valid image; a test changes the
 * one field that it is about. The checksum is fixed after the fields are written, so a broken field
 * alone does not break it; rb_patch() writes over what was built and does.
 *
 *   struct rom_builder rb = {0};
 *   struct rb_spec efi = rb_spec(RB_EFI);
 *
 *   efi.compression = 2;
 *   rb_image(&rb, rb_spec(RB_X86));
 *   rb_image(&rb, efi);
 *   rb_pad(&rb, 65536, 0x00);
 *   ... rb.data, rb.size ...
 *   rb_free(&rb);
 *
 * Out of memory, and places outside of what was built, end the program: the test is wrong.
 */
#ifndef ROM_BUILDER_H
#define ROM_BUILDER_H

#include <stddef.h>
#include <stdint.h>

enum rb_kind {
    RB_X86,          /* 1024 bytes, PCIR revision 3; its entry returns at once */
    RB_EFI,          /* 1024 bytes, PCIR revision 0; an x86-64 PE32+ driver that returns 0 */
    RB_OPENFIRMWARE, /* 512 bytes, an empty FCode program */
    RB_HPPA,         /* 512 bytes */
    RB_UNKNOWN,      /* 512 bytes, code type 0xff as in iPXE's .mrom */
    RB_ISA,          /* 1024 bytes, no PCIR */
};

/* Stands for "what is right here". */
#define RB_AUTO (-1)

struct rb_spec {
    enum rb_kind kind;
    int64_t signature; /* 0xaa55; NVIDIA's 0xbb77 and 0x4e56 */
    int64_t length;    /* bytes that the image really has; a multiple of 512 */
    int64_t body;      /* the byte that fills what nothing else does */
    int64_t vendor;
    int64_t device;
    int64_t class_code; /* 0x020000: base class, subclass, interface */
    int64_t revision;   /* of the PCIR: 0 or 3 */
    int64_t code_type;  /* RB_AUTO: as the kind has it */
    int64_t indicator;  /* RB_AUTO: 0x80 in the last image of the file, else 0 */
    int64_t units;      /* the length that the PCIR states, in 512 bytes; RB_AUTO: the real one */
    int64_t init_units; /* initialization size; RB_AUTO: the whole image, or 255 for x86 and ISA */
    int64_t sum;        /* x86, ISA: what the bytes of the initialization size sum to */

    int64_t pcir_at;        /* where the PCIR is, from the image's start */
    int64_t pcir_pointer;   /* where the header says that it is; RB_AUTO: there */
    int64_t pcir_size;      /* the size that it states; RB_AUTO: 0x18, 0x1c for revision 3 */
    int64_t pcir_signature; /* "PCIR", read as a little-endian number */

    int64_t
        runtime_units; /* revision 3: maximum run-time length in 512 bytes; RB_AUTO: the image */
    int64_t vpd;       /* revision 0: pointer to vital product data, 0 for none */
    int64_t config_utility; /* revision 3, as clp: pointers, 0 for none */
    int64_t clp;
    int64_t devices;         /* revision 3: so many further device ids are listed, counted up */
    int64_t device_list_at;  /* where the list is, from the image's start */
    int64_t device_list;     /* the pointer to it, from the PCIR; RB_AUTO: there, or 0 */
    int64_t device_list_end; /* what ends it: 0 */

    int64_t npde;          /* 1: NVIDIA's extension is behind the PCIR, at a multiple of 16 */
    int64_t npde_units;    /* the length that it states; RB_AUTO: the real one */
    int64_t npde_last;     /* RB_AUTO: 0x80 in the last image of the file, else 0 */
    int64_t npde_revision; /* 0x101 */
    int64_t npde_size;     /* 0x0b */

    /* x86 and ISA only. A structure is there where its place is not 0 (pnp: at least 1). */
    int64_t pnp;        /* so many chained $PnP headers of 32 bytes, one behind another */
    int64_t pnp_at;     /* where the first is */
    int64_t pnp_next;   /* the pointer in the last of them, 0 */
    int64_t pnp_length; /* in 16 bytes; 2 */
    int64_t pnp_sum;    /* what the bytes of each sum to */
    int64_t pnp_type;   /* device type: 0x000002, base type first, a network adapter */
    int64_t pnp_bcv, pnp_dv, pnp_bev;
    int64_t pnp_manufacturer, pnp_product; /* pointers; RB_AUTO: to strings behind the headers */
    int64_t undi;                          /* where the UNDI ROM ID is */
    int64_t undi_pointer;                  /* where the header says that it is; RB_AUTO: there */
    int64_t undi_length;                   /* 0x16 */
    int64_t undi_sum;
    int64_t ipxe; /* where the iPXE header is */
    int64_t ipxe_pointer;
    int64_t ipxe_length; /* 0x0c */
    int64_t ipxe_sum;
    int64_t ipxe_shrunk; /* in 512 bytes; 1 */
    int64_t bofm;        /* the pointer, 0 */

    int64_t fcode_at;   /* openfirmware: where the header says that the program starts */
    int64_t fcode_byte; /* and its first byte, at 0x40: 0xfd */

    int64_t efi_signature; /* 0x0ef1 */
    int64_t subsystem;     /* 0x0b: boot service driver */
    int64_t machine;       /* 0x8664: x86-64 */
    int64_t compression;   /* 0; 1: the PE is compressed */
    int64_t pe_at; /* where the header says that the PE starts, and where it is if it fits */
};

struct rb_spec rb_spec(enum rb_kind kind);

/* Zeroed at start. */
struct rom_builder {
    uint8_t *data;
    size_t size;
    size_t capacity;
    size_t last_at;      /* where the newest image starts */
    struct rb_spec last; /* and what it is */
    size_t images;
};

/* Appends an image. The one before it is no longer the last, unless its indicator says so. */
void rb_image(struct rom_builder *rb, struct rb_spec spec);

/* Appends bytes up to a size of to bytes. */
void rb_pad(struct rom_builder *rb, size_t to, uint8_t fill);

void rb_append(struct rom_builder *rb, const void *data, size_t n);

/* Writes over n bytes at an offset from the start of the file. No checksum is fixed. */
void rb_patch(struct rom_builder *rb, size_t at, const void *data, size_t n);

/* Drops everything behind the first to bytes. */
void rb_cut(struct rom_builder *rb, size_t to);

void rb_free(struct rom_builder *rb);

#endif
