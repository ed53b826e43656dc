/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PE/COFF file that an EFI image carries (Microsoft PE Format; Windows Authenticode Portable
 * Executable Signature Format), read from hostile bytes, without allocation.
 */
#ifndef RT_ROM_PE_H
#define RT_ROM_PE_H

#include "core/bytes.h"
#include "core/error.h"

/* Offsets are from the start of the PE file. */
struct rt_pe {
    uint16_t machine;   /* 0x8664: x86-64 */
    uint16_t subsystem; /* 0x0a application, 0x0b boot service driver, 0x0c runtime driver */
    bool plus;          /* PE32+ */
    uint16_t sections;
    uint32_t timestamp;  /* seconds since 1970, or whatever a reproducible build put there */
    size_t header_at;    /* of "PE\0\0" */
    size_t headers_size; /* bytes that all headers take, as stated */
    size_t section_table_at;
    size_t checksum_at;       /* of the four bytes that a signature leaves out */
    size_t security_at;       /* of the certificate table's directory entry; 0: the PE has none */
    size_t certificates_at;   /* of the certificate table; 0: the PE is unsigned */
    size_t certificates_size; /* bytes, as stated */
    size_t signatures;        /* PKCS#7 SignedData in it */
    size_t size;              /* bytes up to the end of the last section or the certificate table */
};

/* "x86-64", "aa64" ...: what a machine type is called; NULL for an unknown one. */
const char *rt_pe_machine_name(uint16_t machine);

/*
 * Reads a PE. file is all that firmware would hand to its loader, so what follows the PE counts.
 * base is where file is in the ROM file and index the number of its image, for findings (where the
 * program was compressed, base is the place of the compressed bytes and compressed is true: all
 * findings then point there): bad-pe, bad-certificate, certificate-not-at-end. False where it
 * cannot be read as a PE: *ret is zeroed then, and a finding says why.
 */
bool rt_pe_read(struct rt_bytes file, size_t index, size_t base, bool compressed,
                const struct rt_findings *findings, struct rt_pe *ret);

/* The i-th PKCS#7 SignedData (DER) of the certificate table; false where there is none. */
bool rt_pe_signature(struct rt_bytes file, const struct rt_pe *pe, size_t i, struct rt_bytes *ret);

/*
 * Calls add for each piece of the file that a signature covers, in order, as edk2's
 * DxeImageVerificationLib hashes them: all but the checksum, the directory entry and the
 * certificate table. False where the pieces cannot be told.
 */
bool rt_pe_signed_pieces(struct rt_bytes file, const struct rt_pe *pe,
                         void (*add)(void *user, struct rt_bytes piece), void *user);

#endif
