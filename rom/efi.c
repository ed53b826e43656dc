/* SPDX-License-Identifier: BSD-2-Clause */
/* What edk2's LocalLoadFile2() (PciBusDxe/PciOptionRomSupport.c) checks before it loads an image.
 */
#include "rom/efi.h"

#include "rom/pcir.h"

#define HEADER_SIGNATURE  0x04
#define HEADER_SUBSYSTEM  0x08
#define HEADER_MACHINE    0x0a
#define HEADER_COMPRESS   0x0c
#define HEADER_IMAGE      0x16

#define EFI_SIGNATURE     0x0ef1U
#define COMPRESSED        1
#define SUBSYSTEM_BOOT    0x0b
#define SUBSYSTEM_RUNTIME 0x0c

bool rt_efi_has_signature(struct rt_bytes image)
{
    uint32_t signature = 0;

    return rt_bytes_u32le(image, HEADER_SIGNATURE, &signature) && signature == EFI_SIGNATURE;
}

size_t rt_efi_init_size(struct rt_bytes image)
{
    uint16_t units = 0;

    (void)rt_bytes_u16le(image, RT_HEADER_INIT_SIZE, &units);
    return (size_t)units * RT_ROM_UNIT;
}

static void check_sizes(size_t declared, const struct rt_findings *findings,
                        const struct rt_rom_image *image)
{
    size_t size = image->init_size;

    if (size == 0 || size > declared)
        rt_finding_add(findings, ROMTOOL_E_BAD_LENGTH, RT_ERROR,
                       image->offset + RT_HEADER_INIT_SIZE,
                       "the initialization size of image %zu is %zu bytes, its length %zu",
                       image->index, size, declared);
    if (size != 0 && image->efi.at >= size)
        rt_finding_add(findings, ROMTOOL_E_BAD_EFI_HEADER, RT_ERROR, image->offset + HEADER_IMAGE,
                       "the EFI program of image %zu would start at 0x%zx of %zu bytes",
                       image->index, image->efi.at, size);
}

static void check_kind(const struct rt_findings *findings, const struct rt_rom_image *image)
{
    const struct rt_rom_efi *efi = &image->efi;

    if (efi->subsystem != SUBSYSTEM_BOOT && efi->subsystem != SUBSYSTEM_RUNTIME)
        rt_finding_add(findings, ROMTOOL_E_BAD_EFI_HEADER, RT_WARNING,
                       image->offset + HEADER_SUBSYSTEM,
                       "the EFI subsystem of image %zu is 0x%x, no driver: firmware ignores it",
                       image->index, (unsigned)efi->subsystem);
    if (efi->compression > COMPRESSED)
        rt_finding_add(findings, ROMTOOL_E_BAD_EFI_HEADER, RT_ERROR,
                       image->offset + HEADER_COMPRESS,
                       "the compression type of image %zu is %u, 0 and 1 are defined", image->index,
                       (unsigned)efi->compression);
}

void rt_efi_read(struct rt_bytes bytes, size_t declared, const struct rt_findings *findings,
                 struct rt_rom_image *image)
{
    struct rt_rom_efi *efi = &image->efi;
    uint16_t start = 0;
    size_t end;

    (void)rt_bytes_u32le(bytes, HEADER_SIGNATURE, &efi->signature);
    if (!rt_efi_has_signature(bytes)) {
        rt_finding_add(findings, ROMTOOL_E_BAD_EFI_HEADER, RT_ERROR,
                       image->offset + HEADER_SIGNATURE,
                       "image %zu is of type EFI but lacks EFI's signature 0x0ef1", image->index);
        return;
    }
    image->init_size = rt_efi_init_size(bytes);
    (void)rt_bytes_u16le(bytes, HEADER_SUBSYSTEM, &efi->subsystem);
    (void)rt_bytes_u16le(bytes, HEADER_MACHINE, &efi->machine);
    (void)rt_bytes_u16le(bytes, HEADER_COMPRESS, &efi->compression);
    (void)rt_bytes_u16le(bytes, HEADER_IMAGE, &start);
    efi->at = start;
    end = image->init_size < bytes.len ? image->init_size : bytes.len;
    efi->length = start < end ? end - start : 0;
    check_sizes(declared, findings, image);
    check_kind(findings, image);
}
