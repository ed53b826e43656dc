/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Offsets: Microsoft PE Format. What is an error is what edk2's PE/COFF loader (BasePeCoffLib)
 * refuses, or what its DxeImageVerificationLib then cannot verify.
 */
#include "rom/pe.h"

#include <string.h>

/* From the start of the file, then from "PE\0\0", then from the optional header. */
#define DOS_HEADER_POINTER 0x3cU
#define COFF_MACHINE       0x04U
#define COFF_SECTIONS      0x06U
#define COFF_TIMESTAMP     0x08U
#define COFF_OPTIONAL_SIZE 0x14U
#define COFF_SIZE          0x18U
#define OPTIONAL_HEADERS   0x3cU
#define OPTIONAL_CHECKSUM  0x40U
#define OPTIONAL_SUBSYSTEM 0x44U

#define MAGIC_PE32         0x10bU
#define MAGIC_PE32_PLUS    0x20bU
#define DIRECTORIES_MAX    16U
#define DIRECTORY_SIZE     8U
#define SECURITY_DIRECTORY 4U

/* From a section's header. */
#define SECTION_RAW_SIZE 0x10U
#define SECTION_RAW_AT   0x14U
#define SECTION_SIZE     40U
#define SECTIONS_MAX     96U /* as Windows has it: a signature covers them in order */

/* From a certificate. */
#define CERTIFICATE_REVISION 4U
#define CERTIFICATE_TYPE     6U
#define CERTIFICATE_SIZE     8U
#define REVISION_2           0x0200U
#define TYPE_PKCS            0x0002U

struct reading {
    struct rt_bytes file;
    size_t index;
    size_t base;
    bool compressed;
    const struct rt_findings *findings;
    struct rt_pe *pe;
};

const char *rt_pe_machine_name(uint16_t machine)
{
    static const struct {
        uint16_t machine;
        char name[14];
    } names[] = {
        {0x014c, "ia32"},     {0x0200, "ia64"},    {0x0ebc, "ebc"},         {0x8664, "x86-64"},
        {0x01c2, "arm"},      {0xaa64, "aarch64"}, {0x5032, "riscv32"},     {0x5064, "riscv64"},
        {0x5128, "riscv128"}, {0x6232, "loong32"}, {0x6264, "loongarch64"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].machine == machine)
            return names[i].name;
    }
    return NULL;
}

static uint64_t place(const struct reading *r, size_t at)
{
    return r->compressed ? r->base : r->base + at;
}

static bool bad_pe(const struct reading *r, size_t at, const char *what)
{
    rt_finding_add(r->findings, ROMTOOL_E_BAD_PE, RT_ERROR, place(r, at),
                   "the EFI program of image %zu %s", r->index, what);
    return false;
}

/* ------------------------------------------------------------------------- headers */

static bool read_coff(const struct reading *r, size_t *ret_optional, size_t *ret_optional_size)
{
    struct rt_pe *pe = r->pe;
    uint32_t at = 0;
    uint16_t size = 0;

    if (!rt_bytes_equal_at(r->file, 0, "MZ", 2) ||
        !rt_bytes_u32le(r->file, DOS_HEADER_POINTER, &at))
        return bad_pe(r, 0, "does not begin with an MZ header");
    if (!rt_bytes_has(r->file, at, COFF_SIZE + 2) || !rt_bytes_equal_at(r->file, at, "PE\0\0", 4))
        return bad_pe(r, DOS_HEADER_POINTER, "has no PE header where its MZ header points");
    pe->header_at = at;
    (void)rt_bytes_u16le(r->file, at + COFF_MACHINE, &pe->machine);
    (void)rt_bytes_u16le(r->file, at + COFF_SECTIONS, &pe->sections);
    (void)rt_bytes_u32le(r->file, at + COFF_TIMESTAMP, &pe->timestamp);
    (void)rt_bytes_u16le(r->file, at + COFF_OPTIONAL_SIZE, &size);
    *ret_optional = at + COFF_SIZE;
    *ret_optional_size = size;
    return true;
}

static bool read_optional(const struct reading *r, size_t at, size_t size)
{
    struct rt_pe *pe = r->pe;
    uint32_t directories = 0, headers = 0;
    uint16_t magic = 0;
    size_t first;

    (void)rt_bytes_u16le(r->file, at, &magic);
    if (magic != MAGIC_PE32 && magic != MAGIC_PE32_PLUS)
        return bad_pe(r, at, "is neither PE32 nor PE32+");
    pe->plus = magic == MAGIC_PE32_PLUS;
    first = pe->plus ? 0x70 : 0x60;
    if (!rt_bytes_has(r->file, at, size) || size < first)
        return bad_pe(r, at, "has no room for its optional header");
    (void)rt_bytes_u32le(r->file, at + OPTIONAL_HEADERS, &headers);
    (void)rt_bytes_u16le(r->file, at + OPTIONAL_SUBSYSTEM, &pe->subsystem);
    (void)rt_bytes_u32le(r->file, at + first - 4, &directories);
    if (directories > DIRECTORIES_MAX || size != first + directories * DIRECTORY_SIZE)
        return bad_pe(r, at + first - 4, "has another number of data directories than it states");
    pe->headers_size = headers;
    pe->checksum_at = at + OPTIONAL_CHECKSUM;
    pe->section_table_at = at + size;
    if (directories > SECURITY_DIRECTORY)
        pe->security_at = at + first + SECURITY_DIRECTORY * DIRECTORY_SIZE;
    return true;
}

static bool read_section(struct rt_bytes file, const struct rt_pe *pe, size_t i, size_t *ret_at,
                         size_t *ret_size)
{
    size_t header = pe->section_table_at + i * SECTION_SIZE;
    uint32_t at = 0, size = 0;

    (void)rt_bytes_u32le(file, header + SECTION_RAW_SIZE, &size);
    (void)rt_bytes_u32le(file, header + SECTION_RAW_AT, &at);
    *ret_at = at;
    *ret_size = size;
    return size == 0 || (at != 0 && rt_bytes_has(file, at, size));
}

static bool read_sections(const struct reading *r)
{
    struct rt_pe *pe = r->pe;
    size_t table = pe->sections * SECTION_SIZE, at, size;

    if (pe->sections > SECTIONS_MAX)
        return bad_pe(r, pe->header_at + COFF_SECTIONS, "has more than 96 sections");
    if (!rt_bytes_has(r->file, 0, pe->headers_size) || pe->section_table_at > pe->headers_size ||
        table > pe->headers_size - pe->section_table_at)
        return bad_pe(r, pe->section_table_at, "has headers that do not lie in it as stated");
    pe->size = pe->headers_size;
    for (size_t i = 0; i < pe->sections; i++) {
        if (!read_section(r->file, pe, i, &at, &size))
            return bad_pe(r, pe->section_table_at + i * SECTION_SIZE,
                          "has a section that does not lie in it");
        if (size > 0 && at + size > pe->size)
            pe->size = at + size;
    }
    return true;
}

/* ------------------------------------------------------------------------- certificates */

static void bad_certificate(const struct reading *r, size_t at, enum rt_severity severity,
                            const char *what)
{
    rt_finding_add(r->findings, ROMTOOL_E_BAD_CERTIFICATE, severity, place(r, at),
                   "the certificate table of image %zu %s", r->index, what);
}

/* The certificate at a place of the table, which ends at end; 0 for none. */
static size_t certificate_at(struct rt_bytes file, size_t at, size_t end, uint16_t *ret_revision,
                             uint16_t *ret_type)
{
    uint32_t length = 0;

    *ret_revision = *ret_type = 0;
    if (at >= end || end - at < CERTIFICATE_SIZE)
        return 0;
    (void)rt_bytes_u32le(file, at, &length);
    (void)rt_bytes_u16le(file, at + CERTIFICATE_REVISION, ret_revision);
    (void)rt_bytes_u16le(file, at + CERTIFICATE_TYPE, ret_type);
    return length < CERTIFICATE_SIZE || length > end - at ? 0 : length;
}

static size_t next_certificate(size_t at, size_t length, size_t end)
{
    size_t padding = (8 - length % 8) % 8;

    return end - at - length < padding ? end : at + length + padding;
}

static void read_certificates(const struct reading *r)
{
    struct rt_pe *pe = r->pe;
    size_t end = pe->certificates_at + pe->certificates_size, at = pe->certificates_at;
    uint16_t revision, type;

    if (at % 8 != 0)
        bad_certificate(r, at, RT_ERROR, "does not begin at a multiple of 8");
    if (at < pe->size)
        bad_certificate(r, at, RT_ERROR, "overlaps with what it is to sign");
    while (at < end) {
        size_t length = certificate_at(r->file, at, end, &revision, &type);

        if (length == 0) {
            bad_certificate(r, at, RT_ERROR, "has a certificate that does not lie in it");
            break;
        }
        if (revision != REVISION_2 || type != TYPE_PKCS)
            bad_certificate(r, at, RT_WARNING, "has a certificate that is no PKCS#7 signature");
        else
            pe->signatures++;
        at = next_certificate(at, length, end);
    }
    if (pe->size < end)
        pe->size = end;
    if (end < r->file.len)
        rt_finding_add(r->findings, ROMTOOL_E_CERTIFICATE_NOT_AT_END, RT_ERROR, place(r, end),
                       "%zu bytes behind the certificate table of image %zu: firmware takes them "
                       "for a part of the program, so that its signature fails",
                       r->file.len - end, r->index);
}

static void find_certificates(const struct reading *r)
{
    struct rt_pe *pe = r->pe;
    uint32_t at = 0, size = 0;

    if (pe->security_at == 0)
        return;
    (void)rt_bytes_u32le(r->file, pe->security_at, &at);
    (void)rt_bytes_u32le(r->file, pe->security_at + 4, &size);
    if (at == 0 && size == 0)
        return;
    if (at == 0 || size == 0 || !rt_bytes_has(r->file, at, size)) {
        bad_certificate(r, pe->security_at, RT_ERROR, "does not lie in the program");
        return;
    }
    pe->certificates_at = at;
    pe->certificates_size = size;
    read_certificates(r);
}

bool rt_pe_read(struct rt_bytes file, size_t index, size_t base, bool compressed,
                const struct rt_findings *findings, struct rt_pe *ret)
{
    struct reading r = {file, index, base, compressed, findings, ret};
    size_t optional, size;

    *ret = (struct rt_pe){0};
    if (!read_coff(&r, &optional, &size) || !read_optional(&r, optional, size) ||
        !read_sections(&r)) {
        *ret = (struct rt_pe){0};
        return false;
    }
    find_certificates(&r);
    return true;
}

bool rt_pe_signature(struct rt_bytes file, const struct rt_pe *pe, size_t i, struct rt_bytes *ret)
{
    size_t end = pe->certificates_at + pe->certificates_size, at = pe->certificates_at, length;
    uint16_t revision, type;

    *ret = (struct rt_bytes){NULL, 0};
    while ((length = certificate_at(file, at, end, &revision, &type)) != 0) {
        if (revision == REVISION_2 && type == TYPE_PKCS && i-- == 0)
            return rt_bytes_slice(file, at + CERTIFICATE_SIZE, length - CERTIFICATE_SIZE, ret);
        at = next_certificate(at, length, end);
    }
    return false;
}

/* ------------------------------------------------------------------------- what is signed */

struct piece {
    size_t at, size;
};

/* The sections that have bytes, in the order of the file; how many. */
static size_t sort_sections(struct rt_bytes file, const struct rt_pe *pe,
                            struct piece ret[SECTIONS_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < pe->sections; i++) {
        struct piece piece;
        size_t k = n;

        (void)read_section(file, pe, i, &piece.at, &piece.size);
        if (piece.size == 0)
            continue;
        for (; k > 0 && ret[k - 1].at > piece.at; k--)
            ret[k] = ret[k - 1];
        ret[k] = piece;
        n++;
    }
    return n;
}

static bool add_piece(struct rt_bytes file, size_t from, size_t to,
                      void (*add)(void *user, struct rt_bytes piece), void *user)
{
    struct rt_bytes piece;

    if (from > to || !rt_bytes_slice(file, from, to - from, &piece))
        return false;
    if (piece.len > 0)
        add(user, piece);
    return true;
}

bool rt_pe_signed_pieces(struct rt_bytes file, const struct rt_pe *pe,
                         void (*add)(void *user, struct rt_bytes piece), void *user)
{
    struct piece sections[SECTIONS_MAX];
    size_t n = sort_sections(file, pe, sections);
    size_t after = pe->checksum_at + 4, done = pe->headers_size;
    bool told = add_piece(file, 0, pe->checksum_at, add, user);

    if (pe->security_at != 0) {
        told = told && add_piece(file, after, pe->security_at, add, user);
        after = pe->security_at + DIRECTORY_SIZE;
    }
    told = told && add_piece(file, after, pe->headers_size, add, user);
    for (size_t i = 0; i < n && told; i++) {
        told = add_piece(file, sections[i].at, sections[i].at + sections[i].size, add, user);
        done += sections[i].size;
    }
    if (!told || done > file.len || pe->certificates_size > file.len - done)
        return false;
    return add_piece(file, done, file.len - pe->certificates_size, add, user);
}
