/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nothing announces these structures: a pointer in the header leads to a signature, or to anything
 * where the ROM has other bytes there. So a pointer alone is no reason for a finding; the signature
 * is, or what else says that the pointer is meant.
 */
#include "rom/x86.h"

#include <string.h>

#define UNIT 512U

/* What a pointer of 16 bits reaches. */
#define SEGMENT          65536U

#define HEADER_INIT_SIZE 0x02 /* u8, units */
#define HEADER_IPXE      0x10
#define HEADER_BOFM      0x14
#define HEADER_UNDI      0x16
#define HEADER_PNP       0x1a

/* $PnP expansion header: Plug and Play BIOS 1.0a, section 3.2. */
#define PNP_SIGNATURE    "$PnP"
#define PNP_REVISION     0x04
#define PNP_LENGTH       0x05 /* u8, in 16 bytes */
#define PNP_NEXT         0x06
#define PNP_CHECKSUM     0x09
#define PNP_DEVICE_ID    0x0a
#define PNP_MANUFACTURER 0x0e
#define PNP_PRODUCT      0x10
#define PNP_DEVICE_TYPE  0x12
#define PNP_INDICATORS   0x15
#define PNP_BCV          0x16
#define PNP_DV           0x18
#define PNP_BEV          0x1a
#define PNP_SRV          0x1e
#define PNP_SIZE         0x20U
#define PNP_UNIT         16U
#define PNP_LINK_SIZE    0x08U /* what SeaBIOS needs to follow the chain: a shorter one can loop */
#define PNP_NETWORK      0x02  /* base type: network interface controller */

/* So many headers of a chain are looked into: one costs up to 4 KiB of summing. */
#define PNP_CHECKED 16U

/* UNDI ROM ID: PXE 2.1, section 3.1. */
#define UNDI_SIGNATURE       "UNDI"
#define UNDI_LENGTH          0x04
#define UNDI_STRUCT_REVISION 0x06
#define UNDI_VERSION         0x07 /* revision, minor, major */
#define UNDI_LOADER          0x0a
#define UNDI_STACK           0x0c
#define UNDI_DATA            0x0e
#define UNDI_CODE            0x10
#define UNDI_BUS_TYPE        0x12
#define UNDI_SIZE            0x16U

/* iPXE's header: arch/x86/prefix/romprefix.S. */
#define IPXE_SIGNATURE "iPXE"
#define IPXE_LENGTH    0x04
#define IPXE_SHRUNK    0x06 /* u8, units */
#define IPXE_BUILD_ID  0x08
#define IPXE_SIZE      0x0cU

/* What is read, and for the findings where it stands. */
struct source {
    struct rt_bytes image;
    size_t index;
    size_t offset; /* in the file */
    const struct rt_findings *findings;
};

static uint16_t u16(struct rt_bytes image, size_t at)
{
    uint16_t value = 0;

    (void)rt_bytes_u16le(image, at, &value);
    return value;
}

/* Where the pointer at a place of the header leads, if it leads to this signature; else 0. */
static size_t follow(struct rt_bytes image, size_t pointer_at, const char *signature)
{
    size_t at = u16(image, pointer_at);

    return at != 0 && rt_bytes_equal_at(image, at, signature, 4) ? at : 0;
}

static const char bad_checksum[] = "has a bad checksum";

/*
 * The fault of a structure that states its own length and sums to zero over it, or NULL. Both UNDI
 * and iPXE state it in one byte behind the signature.
 */
static const char *length_fault(struct rt_bytes image, size_t at, size_t length, size_t least)
{
    struct rt_bytes bytes;

    if (length < least)
        return "is shorter than it can be";
    if (!rt_bytes_slice(image, at, length, &bytes))
        return "does not lie inside the image";
    return rt_bytes_sum8(bytes) != 0 ? bad_checksum : NULL;
}

/* ------------------------------------------------------------------------- $PnP */

/* Where a NUL-terminated string starts that ends inside the image's segment; else 0. */
static size_t string_at(struct rt_bytes image, size_t pointer_at)
{
    size_t at = u16(image, pointer_at);
    size_t end = image.len < SEGMENT ? image.len : SEGMENT;
    struct rt_bytes rest;

    if (at >= end || !rt_bytes_slice(image, at, end - at, &rest))
        return 0;
    return memchr(rest.data, '\0', rest.len) != NULL ? at : 0;
}

bool rt_rom_pnp_read(struct rt_bytes image, size_t at, struct rt_rom_pnp *ret)
{
    uint8_t units = 0;

    *ret = (struct rt_rom_pnp){0};
    if (at == 0 || !rt_bytes_equal_at(image, at, PNP_SIGNATURE, 4) ||
        !rt_bytes_has(image, at, PNP_LINK_SIZE))
        return false;
    ret->at = at;
    (void)rt_bytes_u8(image, at + PNP_REVISION, &ret->revision);
    (void)rt_bytes_u8(image, at + PNP_LENGTH, &units);
    ret->length = (size_t)units * PNP_UNIT;
    ret->next_at = u16(image, at + PNP_NEXT);
    (void)rt_bytes_u32le(image, at + PNP_DEVICE_ID, &ret->device_id);
    ret->manufacturer_at = string_at(image, at + PNP_MANUFACTURER);
    ret->product_at = string_at(image, at + PNP_PRODUCT);
    for (size_t i = 0; i < 3; i++)
        (void)rt_bytes_u8(image, at + PNP_DEVICE_TYPE + i, &ret->device_type[i]);
    (void)rt_bytes_u8(image, at + PNP_INDICATORS, &ret->indicators);
    ret->bcv = u16(image, at + PNP_BCV);
    ret->dv = u16(image, at + PNP_DV);
    ret->bev = u16(image, at + PNP_BEV);
    ret->srv = u16(image, at + PNP_SRV);
    return true;
}

/* The header behind one of the chain; 0 where SeaBIOS ends it, too: at a pointer to nothing. */
static size_t next_of(struct rt_bytes image, size_t at)
{
    size_t next = u16(image, at + PNP_NEXT);

    if (next == 0 || !rt_bytes_equal_at(image, next, PNP_SIGNATURE, 4) ||
        !rt_bytes_has(image, next, PNP_LINK_SIZE))
        return 0;
    return next;
}

/*
 * Counts a chain, a loop's headers once, in steps proportional to their number and without memory
 * (Brent's way of finding cycles): a mark is moved to where the walk is after 1, 2, 4 ... steps,
 * until the walk comes by it again.
 */
static size_t count_chain(struct rt_bytes image, size_t first, bool *ret_loops)
{
    size_t mark = first, at = next_of(image, first);
    size_t steps = 1, limit = 1, total = 1, before = 0;

    *ret_loops = false;
    while (at != 0 && at != mark) {
        if (steps == limit) {
            mark = at;
            limit *= 2;
            steps = 0;
        }
        at = next_of(image, at);
        steps++;
        total++;
    }
    if (at == 0)
        return total;
    /* steps is the loop's length: two walks, that far apart, meet where it begins. */
    *ret_loops = true;
    at = first;
    for (size_t i = 0; i < steps; i++)
        at = next_of(image, at);
    for (mark = first; mark != at; before++) {
        mark = next_of(image, mark);
        at = next_of(image, at);
    }
    return before + steps;
}

static void bad_pnp(const struct source *s, size_t at, size_t field, const char *what)
{
    rt_finding_add(s->findings, ROMTOOL_E_BAD_PNP, RT_WARNING, (uint64_t)s->offset + at + field,
                   "the $PnP header at 0x%zx of image %zu %s", at, s->index, what);
}

static bool leads_out(struct rt_bytes image, uint16_t vector)
{
    return vector != 0 && vector >= image.len;
}

static void check_pnp(const struct source *s, const struct rt_rom_pnp *pnp)
{
    struct rt_bytes image = s->image;
    size_t at = pnp->at;
    const char *fault = length_fault(image, at, pnp->length, PNP_SIZE);
    uint8_t checksum = 0;

    /* QEMU's own ROMs leave it 0 and no firmware looks: that is no checksum, not a bad one. */
    (void)rt_bytes_u8(image, at + PNP_CHECKSUM, &checksum);
    if (fault != NULL && (fault != bad_checksum || checksum != 0))
        bad_pnp(s, at, 0, fault);
    if (pnp->next_at != 0 && next_of(image, at) == 0)
        bad_pnp(s, at, PNP_NEXT, "points at a next header that is not there");
    if (pnp->manufacturer_at == 0 && u16(image, at + PNP_MANUFACTURER) != 0)
        bad_pnp(s, at, PNP_MANUFACTURER,
                "has a manufacturer string that does not end inside the image");
    if (pnp->product_at == 0 && u16(image, at + PNP_PRODUCT) != 0)
        bad_pnp(s, at, PNP_PRODUCT, "has a product string that does not end inside the image");
    if (leads_out(image, pnp->bcv))
        bad_pnp(s, at, PNP_BCV, "has a boot connection vector that leads out of the image");
    if (leads_out(image, pnp->dv))
        bad_pnp(s, at, PNP_DV, "has a disconnect vector that leads out of the image");
    if (leads_out(image, pnp->bev))
        bad_pnp(s, at, PNP_BEV, "has a bootstrap entry vector that leads out of the image");
}

static void read_pnp(const struct source *s, struct rt_rom_x86 *ret)
{
    size_t at = follow(s->image, HEADER_PNP, PNP_SIGNATURE);
    struct rt_rom_pnp pnp;

    if (at == 0)
        return;
    if (!rt_rom_pnp_read(s->image, at, &ret->pnp)) {
        bad_pnp(s, at, 0, "does not lie inside the image");
        return;
    }
    ret->pnp_headers = count_chain(s->image, at, &ret->pnp_loops);
    for (size_t i = 0; i < ret->pnp_headers && i < PNP_CHECKED; i++) {
        if (rt_rom_pnp_read(s->image, at, &pnp))
            check_pnp(s, &pnp);
        at = next_of(s->image, at);
    }
    if (ret->pnp_loops)
        rt_finding_add(s->findings, ROMTOOL_E_PNP_LOOP, RT_ERROR, (uint64_t)s->offset + ret->pnp.at,
                       "the chain of $PnP headers of image %zu comes back to itself after %zu: "
                       "SeaBIOS hangs",
                       s->index, ret->pnp_headers);
}

/* ------------------------------------------------------------------------- UNDI */

static void fill_undi(struct rt_bytes image, size_t at, struct rt_rom_undi *ret)
{
    ret->at = at;
    (void)rt_bytes_u8(image, at + UNDI_STRUCT_REVISION, &ret->struct_revision);
    for (size_t i = 0; i < 3; i++)
        (void)rt_bytes_u8(image, at + UNDI_VERSION + i, &ret->version[2 - i]);
    ret->loader_at = u16(image, at + UNDI_LOADER);
    ret->stack_size = u16(image, at + UNDI_STACK);
    ret->data_size = u16(image, at + UNDI_DATA);
    ret->code_size = u16(image, at + UNDI_CODE);
    for (size_t i = 0; i < 4; i++) {
        uint8_t byte = 0;

        (void)rt_bytes_u8(image, at + UNDI_BUS_TYPE + i, &byte);
        ret->bus_type[i] = (char)(byte >= 0x20 && byte < 0x7f ? byte : '?');
    }
}

/*
 * Plain PCI leaves the place of the pointer to the ROM. Only a network boot ROM, by its first $PnP
 * header, means an UNDI ROM ID with it.
 */
static bool expects_undi(const struct rt_rom_x86 *x86)
{
    return x86->pnp.at != 0 && x86->pnp.device_type[0] == PNP_NETWORK && x86->pnp.bev != 0;
}

static void read_undi(const struct source *s, struct rt_rom_x86 *ret)
{
    size_t at = follow(s->image, HEADER_UNDI, UNDI_SIGNATURE);
    uint16_t pointer = u16(s->image, HEADER_UNDI);
    const char *fault;
    uint8_t length = 0;

    if (at == 0) {
        if (pointer != 0 && expects_undi(ret))
            rt_finding_add(s->findings, ROMTOOL_E_BAD_POINTER, RT_WARNING,
                           (uint64_t)s->offset + HEADER_UNDI,
                           "image %zu boots from a network and points at 0x%x, no UNDI ROM ID is "
                           "there",
                           s->index, (unsigned)pointer);
        return;
    }
    (void)rt_bytes_u8(s->image, at + UNDI_LENGTH, &length);
    fault = length_fault(s->image, at, length, UNDI_SIZE);
    if (rt_bytes_has(s->image, at, UNDI_SIZE))
        fill_undi(s->image, at, &ret->undi);
    if (fault != NULL)
        rt_finding_add(s->findings, ROMTOOL_E_BAD_UNDI, RT_WARNING, (uint64_t)s->offset + at,
                       "the UNDI ROM ID at 0x%zx of image %zu %s", at, s->index, fault);
}

/* ------------------------------------------------------------------------- iPXE */

static void read_ipxe(const struct source *s, struct rt_rom_x86 *ret)
{
    size_t at = follow(s->image, HEADER_IPXE, IPXE_SIGNATURE);
    uint8_t length = 0, shrunk = 0, init_units = 0;
    const char *fault;

    if (at == 0)
        return;
    (void)rt_bytes_u8(s->image, at + IPXE_LENGTH, &length);
    (void)rt_bytes_u8(s->image, at + IPXE_SHRUNK, &shrunk);
    (void)rt_bytes_u8(s->image, HEADER_INIT_SIZE, &init_units);
    fault = length_fault(s->image, at, length, IPXE_SIZE);
    if (rt_bytes_has(s->image, at, IPXE_SIZE)) {
        ret->ipxe.at = at;
        ret->ipxe.shrunk_length = (size_t)shrunk * UNIT;
        (void)rt_bytes_u32le(s->image, at + IPXE_BUILD_ID, &ret->ipxe.build_id);
    }
    if (fault != NULL)
        rt_finding_add(s->findings, ROMTOOL_E_BAD_IPXE, RT_WARNING, (uint64_t)s->offset + at,
                       "the iPXE header at 0x%zx of image %zu %s", at, s->index, fault);
    if (shrunk > init_units)
        rt_finding_add(s->findings, ROMTOOL_E_BAD_IPXE, RT_WARNING,
                       (uint64_t)s->offset + at + IPXE_SHRUNK,
                       "image %zu would shrink to %zu bytes, its initialization size is %zu",
                       s->index, (size_t)shrunk * UNIT, (size_t)init_units * UNIT);
    ret->bofm_at = u16(s->image, HEADER_BOFM);
    if (ret->bofm_at >= s->image.len) {
        rt_finding_add(s->findings, ROMTOOL_E_BAD_POINTER, RT_WARNING,
                       (uint64_t)s->offset + HEADER_BOFM,
                       "the BOFM pointer of image %zu is 0x%x, behind its %zu bytes", s->index,
                       (unsigned)ret->bofm_at, s->image.len);
        ret->bofm_at = 0;
    }
}

void rt_rom_x86_read(struct rt_bytes image, size_t index, size_t offset,
                     const struct rt_findings *findings, struct rt_rom_x86 *ret)
{
    struct source s = {image, index, offset, findings};

    *ret = (struct rt_rom_x86){0};
    read_pnp(&s, ret);
    read_undi(&s, ret);
    read_ipxe(&s, ret);
}
