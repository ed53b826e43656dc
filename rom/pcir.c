/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pointers are from the image's start, but that to the device list, which is from the PCIR's.
 * NVIDIA's signatures and its NPDE are not documented: read from nouveau (pcir.c, npde.c, image.c)
 * and NVIDIA's open kernel modules. They are believed in NVIDIA's images only, so that no other ROM
 * is read in another way than firmware reads it.
 */
#include "rom/pcir.h"

/* Offsets in the PCIR, and its length as extended by PCI Firmware 3.0. */
#define PCIR_VENDOR         0x04
#define PCIR_DEVICE         0x06
#define PCIR_VPD            0x08 /* revision 0 */
#define PCIR_DEVICE_LIST    0x08 /* revision 3 */
#define PCIR_STRUCT_SIZE    0x0a
#define PCIR_REVISION       0x0c
#define PCIR_INTERFACE      0x0d
#define PCIR_CLASS          0x0e
#define PCIR_CODE_REVISION  0x12
#define PCIR_CODE_TYPE      0x14
#define PCIR_INDICATOR      0x15
#define PCIR_RUNTIME_LENGTH 0x16
#define PCIR_CONFIG_UTILITY 0x18
#define PCIR_CLP            0x1a
#define PCIR_SIZE_3         0x1cU

/* The indicator's other bits are reserved. */
#define INDICATOR_LAST 0x80

#define SIGNATURE_PCIR 0x52494350U /* "PCIR" */
#define SIGNATURE_NPDS 0x5344504eU /* "NPDS", NVIDIA */
#define SIGNATURE_RGIS 0x53494752U /* "RGIS", NVIDIA */
#define VENDOR_NVIDIA  0x10de

/* NVIDIA's extension: at the next multiple of 16 behind the PCIR. */
#define NPDE_ALIGN    16U
#define NPDE_REVISION 0x04
#define NPDE_SIZE     0x06
#define NPDE_LENGTH   0x08
#define NPDE_LAST     0x0a

/* ------------------------------------------------------------------------- where images start */

static bool is_nvidias(uint16_t signature)
{
    return signature == 0xbb77 || signature == 0x4e56;
}

bool rt_pcir_find(struct rt_bytes rest, uint16_t *ret_pointer)
{
    uint16_t signature = 0, pointer = 0, vendor = 0;
    uint32_t pcir = 0;

    if (!rt_bytes_u16le(rest, 0, &signature) || !rt_bytes_u16le(rest, RT_HEADER_PCIR, &pointer) ||
        !rt_bytes_has(rest, pointer, RT_PCIR_SIZE))
        return false;
    *ret_pointer = pointer;
    (void)rt_bytes_u32le(rest, pointer, &pcir);
    (void)rt_bytes_u16le(rest, (size_t)pointer + PCIR_VENDOR, &vendor);
    if (pcir == SIGNATURE_PCIR)
        return true;
    return (pcir == SIGNATURE_NPDS || pcir == SIGNATURE_RGIS) &&
           (is_nvidias(signature) || vendor == VENDOR_NVIDIA);
}

bool rt_pcir_starts_image(struct rt_bytes bytes)
{
    uint16_t signature = 0, pointer;

    return rt_bytes_u16le(bytes, 0, &signature) &&
           (signature == RT_ROM_SIGNATURE || is_nvidias(signature)) &&
           rt_pcir_find(bytes, &pointer) && pointer % 4 == 0 && pointer >= RT_HEADER_SIZE;
}

size_t rt_pcir_scan(struct rt_bytes bytes, size_t from, size_t *ret)
{
    struct rt_bytes rest;
    size_t n = 0;

    *ret = 0;
    for (size_t at = from; at < bytes.len; at += RT_ROM_UNIT) {
        (void)rt_bytes_slice(bytes, at, bytes.len - at, &rest);
        if (!rt_pcir_starts_image(rest))
            continue;
        if (n++ == 0)
            *ret = at;
    }
    return n;
}

/* ------------------------------------------------------------------------- the structure itself */

static enum rt_rom_type type_of(uint8_t code_type)
{
    switch (code_type) {
    case 0:
        return RT_ROM_X86;
    case 1:
        return RT_ROM_OPENFIRMWARE;
    case 2:
        return RT_ROM_HPPA;
    case 3:
        return RT_ROM_EFI;
    default:
        return RT_ROM_UNKNOWN;
    }
}

static void read_fields(struct rt_bytes pcir, struct rt_rom_image *image)
{
    uint16_t units = 0, class16 = 0;
    uint8_t interface = 0;

    (void)rt_bytes_u32le(pcir, 0, &image->pcir_signature);
    (void)rt_bytes_u16le(pcir, PCIR_VENDOR, &image->vendor);
    (void)rt_bytes_u16le(pcir, PCIR_DEVICE, &image->device);
    (void)rt_bytes_u16le(pcir, PCIR_STRUCT_SIZE, &image->pcir_size);
    (void)rt_bytes_u8(pcir, PCIR_REVISION, &image->revision);
    (void)rt_bytes_u8(pcir, PCIR_INTERFACE, &interface);
    (void)rt_bytes_u16le(pcir, PCIR_CLASS, &class16);
    (void)rt_bytes_u16le(pcir, RT_PCIR_IMAGE_LENGTH, &units);
    (void)rt_bytes_u16le(pcir, PCIR_CODE_REVISION, &image->code_revision);
    (void)rt_bytes_u8(pcir, PCIR_CODE_TYPE, &image->code_type);
    (void)rt_bytes_u8(pcir, PCIR_INDICATOR, &image->indicator);
    image->class_code = (uint32_t)class16 << 8 | interface;
    image->length = (size_t)units * RT_ROM_UNIT;
    image->type = type_of(image->code_type);
    image->last = (image->indicator & INDICATOR_LAST) != 0;
}

/* Fields that the revision decides about. The last two only where the structure has them. */
static void read_revised(struct rt_bytes pcir, struct rt_rom_image *image)
{
    uint16_t units = 0;

    if (image->revision < 3) {
        (void)rt_bytes_u16le(pcir, PCIR_VPD, &image->vpd);
        return;
    }
    (void)rt_bytes_u16le(pcir, PCIR_RUNTIME_LENGTH, &units);
    image->runtime_length = (size_t)units * RT_ROM_UNIT;
    if (image->pcir_size < PCIR_SIZE_3)
        return;
    (void)rt_bytes_u16le(pcir, PCIR_CONFIG_UTILITY, &image->config_utility);
    (void)rt_bytes_u16le(pcir, PCIR_CLP, &image->clp);
}

/* Is the structure itself as firmware wants it, and inside its image? */
static void check(const struct rt_findings *findings, const struct rt_rom_image *image)
{
    uint64_t at = (uint64_t)image->offset + image->pcir_at;

    if (image->pcir_at % 4 != 0 || image->pcir_at < RT_HEADER_SIZE)
        rt_finding_add(findings, ROMTOOL_E_BAD_PCIR, RT_ERROR, at,
                       "the PCI data structure of image %zu is at 0x%zx: not at a multiple of 4 "
                       "behind the header",
                       image->index, image->pcir_at);
    if (image->pcir_size < RT_PCIR_SIZE)
        rt_finding_add(findings, ROMTOOL_E_BAD_PCIR, RT_ERROR, at + PCIR_STRUCT_SIZE,
                       "the PCI data structure of image %zu declares %u bytes, it has at least %u",
                       image->index, (unsigned)image->pcir_size, RT_PCIR_SIZE);
    else if (image->revision >= 3 && image->pcir_size < PCIR_SIZE_3)
        rt_finding_add(findings, ROMTOOL_E_BAD_PCIR, RT_WARNING, at + PCIR_STRUCT_SIZE,
                       "the PCI data structure of image %zu declares %u bytes, revision %u has %u",
                       image->index, (unsigned)image->pcir_size, (unsigned)image->revision,
                       PCIR_SIZE_3);
    if (image->length != 0 && image->pcir_at + image->pcir_size > image->length)
        rt_finding_add(findings, ROMTOOL_E_BAD_PCIR, RT_ERROR, at,
                       "the PCI data structure at 0x%zx does not lie inside the %zu bytes of image "
                       "%zu",
                       image->pcir_at, image->length, image->index);
}

/* ------------------------------------------------------------------------- NVIDIA's extension */

/* What is wrong with it, or NULL. */
static const char *npde_fault(struct rt_bytes npde)
{
    uint16_t revision = 0, size = 0, units = 0;

    if (!rt_bytes_u16le(npde, NPDE_REVISION, &revision) ||
        !rt_bytes_u16le(npde, NPDE_SIZE, &size) || !rt_bytes_u16le(npde, NPDE_LENGTH, &units))
        return "does not lie inside the file";
    if (revision != 0x100 && revision != 0x101)
        return "is of an unknown revision";
    if (size < NPDE_LAST || !rt_bytes_has(npde, 0, size))
        return "states a size that it cannot have";
    return units == 0 ? "declares a length of 0 bytes" : NULL;
}

/* It goes before the PCIR: NVIDIA marks an image as the last for firmware, and has more behind. */
static void read_npde(struct rt_bytes rest, const struct rt_findings *findings,
                      struct rt_rom_image *image)
{
    size_t end = image->pcir_at + image->pcir_size;
    size_t at = (end + NPDE_ALIGN - 1) / NPDE_ALIGN * NPDE_ALIGN;
    uint16_t size = 0, units = 0, signature = 0;
    struct rt_bytes npde;
    const char *fault;
    uint8_t last = 0;

    (void)rt_bytes_u16le(rest, 0, &signature);
    if (image->vendor != VENDOR_NVIDIA && !is_nvidias(signature))
        return;
    if (!rt_bytes_equal_at(rest, at, "NPDE", 4))
        return;
    (void)rt_bytes_slice(rest, at, rest.len - at, &npde);
    fault = npde_fault(npde);
    if (fault != NULL) {
        rt_finding_add(findings, ROMTOOL_E_BAD_NPDE, RT_ERROR, (uint64_t)image->offset + at,
                       "the NPDE extension of image %zu %s", image->index, fault);
        return;
    }
    (void)rt_bytes_u16le(npde, NPDE_SIZE, &size);
    (void)rt_bytes_u16le(npde, NPDE_LENGTH, &units);
    image->npde_at = at;
    image->npde_length = (size_t)units * RT_ROM_UNIT;
    image->length = image->npde_length;
    if (size > NPDE_LAST && rt_bytes_u8(npde, NPDE_LAST, &last))
        image->last = (last & INDICATOR_LAST) != 0;
    if (at + size > image->length)
        rt_finding_add(findings, ROMTOOL_E_BAD_NPDE, RT_ERROR, (uint64_t)image->offset + at,
                       "the NPDE extension at 0x%zx does not lie inside the %zu bytes of image %zu",
                       at, image->length, image->index);
}

void rt_pcir_read(struct rt_bytes rest, uint16_t pointer, const struct rt_findings *findings,
                  struct rt_rom_image *image)
{
    struct rt_bytes pcir;

    (void)rt_bytes_slice(rest, pointer, rest.len - pointer, &pcir);
    image->has_pcir = true;
    image->pcir_at = pointer;
    read_fields(pcir, image);
    read_revised(pcir, image);
    read_npde(rest, findings, image);
    check(findings, image);
}

/* ------------------------------------------------------------------------- what it points at */

/* How many ids stand before the 0 that ends the list; false where the bytes end before it. */
static bool count_ids(struct rt_bytes bytes, size_t at, size_t *ret)
{
    uint16_t id = 0;

    for (size_t n = 0; rt_bytes_u16le(bytes, at + 2 * n, &id); n++) {
        if (id == 0) {
            *ret = n;
            return true;
        }
    }
    return false;
}

static void follow_device_list(struct rt_bytes bytes, size_t declared,
                               const struct rt_findings *findings, struct rt_rom_image *image)
{
    uint16_t pointer = 0;
    size_t at, n = 0;

    (void)rt_bytes_u16le(bytes, image->pcir_at + PCIR_DEVICE_LIST, &pointer);
    if (image->revision < 3 || pointer == 0)
        return;
    at = image->pcir_at + pointer;
    if (count_ids(bytes, at, &n)) {
        image->device_list_at = at;
        image->device_list_n = n;
    } else if (bytes.len == declared || at >= declared) { /* else it is the file that ends */
        rt_finding_add(findings, ROMTOOL_E_BAD_DEVICE_LIST, RT_WARNING,
                       (uint64_t)image->offset + image->pcir_at + PCIR_DEVICE_LIST,
                       "the device list of image %zu, at 0x%zx, does not end inside its %zu bytes",
                       image->index, at, declared);
    }
}

static void check_pointer(const struct rt_findings *findings, const struct rt_rom_image *image,
                          size_t declared, size_t field, uint16_t pointer, const char *what)
{
    if (pointer == 0 || pointer < declared)
        return;
    rt_finding_add(findings, ROMTOOL_E_BAD_POINTER, RT_WARNING,
                   (uint64_t)image->offset + image->pcir_at + field,
                   "the pointer to the %s of image %zu is 0x%x, behind its %zu bytes", what,
                   image->index, (unsigned)pointer, declared);
}

void rt_pcir_follow(struct rt_bytes bytes, size_t declared, const struct rt_findings *findings,
                    struct rt_rom_image *image)
{
    follow_device_list(bytes, declared, findings, image);
    check_pointer(findings, image, declared, PCIR_VPD, image->vpd, "vital product data");
    check_pointer(findings, image, declared, PCIR_CONFIG_UTILITY, image->config_utility,
                  "configuration utility");
    check_pointer(findings, image, declared, PCIR_CLP, image->clp, "DMTF CLP entry");
}

bool rt_rom_device_id(struct rt_bytes bytes, const struct rt_rom_image *image, size_t i,
                      uint16_t *ret)
{
    *ret = 0;
    return i < image->device_list_n && rt_bytes_u16le(bytes, image->device_list_at + 2 * i, ret);
}
