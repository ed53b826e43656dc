/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an x86 image has beside its PCIR: $PnP expansion headers (PnP BIOS 1.0a, BIOS Boot
 * Specification 1.01), the UNDI ROM ID (PXE 2.1), and what iPXE adds to its header.
 */
#ifndef RT_ROM_X86_H
#define RT_ROM_X86_H

#include "core/bytes.h"
#include "core/error.h"

/* One $PnP header. Offsets are from the image's start; 0 stands for none. */
struct rt_rom_pnp {
    size_t at;
    uint8_t revision;
    size_t length; /* bytes */
    size_t next_at;
    uint32_t device_id;
    size_t manufacturer_at; /* NUL-terminated strings; 0 too where they do not end in the image,
                               or not within 64 KiB */
    size_t product_at;
    uint8_t device_type[3]; /* base, sub, interface */
    uint8_t indicators;
    uint16_t bcv; /* boot connection vector */
    uint16_t dv;  /* disconnect vector */
    uint16_t bev; /* bootstrap entry vector: set for a NIC's ROM */
    uint16_t srv; /* static resource information vector */
};

struct rt_rom_undi {
    size_t at; /* 0: there is none, and the rest is 0 */
    uint8_t struct_revision;
    uint8_t version[3]; /* of UNDI: major, minor, revision */
    uint16_t loader_at;
    uint16_t stack_size, data_size, code_size; /* bytes */
    char bus_type[5];                          /* "PCIR", unprintable bytes as '?' */
};

struct rt_rom_ipxe {
    size_t at;            /* 0: there is none, and the rest is 0 */
    size_t shrunk_length; /* bytes: what stays once the rest moved above 1 MiB with PMM */
    uint32_t build_id;
};

struct rt_rom_x86 {
    size_t pnp_headers;    /* how many are chained; of a loop, each once */
    struct rt_rom_pnp pnp; /* the first */
    struct rt_rom_undi undi;
    struct rt_rom_ipxe ipxe;
    uint16_t bofm_at; /* IBM's BladeCenter Open Fabric Manager table; 0 for none */
    bool pnp_loops;
};

/*
 * The $PnP header at a place of an image; false where none is there. Of one that does not lie
 * inside the image, what does: the rest is 0.
 */
bool rt_rom_pnp_read(struct rt_bytes image, size_t at, struct rt_rom_pnp *ret);

/*
 * Reads an x86 image's structures. image are its bytes, index its number and offset its place in
 * the file, for the findings: bad-pnp, pnp-loop, bad-undi, bad-ipxe, bad-pointer.
 */
void rt_rom_x86_read(struct rt_bytes image, size_t index, size_t offset,
                     const struct rt_findings *findings, struct rt_rom_x86 *ret);

#endif
