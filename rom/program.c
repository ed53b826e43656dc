/* SPDX-License-Identifier: BSD-2-Clause */
#include "rom/program.h"

#include "rom/decompress.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define EFI_COMPRESSED 1

/* The program's bytes as they are in the image; false where it has none. */
static bool packed(struct rt_bytes bytes, const struct rt_rom_efi *efi, struct rt_bytes *ret)
{
    return efi->length > 0 && rt_bytes_slice(bytes, efi->at, efi->length, ret);
}

static int decompress(struct rt_bytes from, size_t most, uint8_t **ret, size_t *ret_size,
                      struct romtool_error *err)
{
    size_t stream, size;
    int r = rt_rom_packed_sizes(from, &stream, &size, err);

    if (r < 0)
        return r;
    if (size > most)
        return rt_error_set(err, ROMTOOL_E_TOO_LARGE, 4,
                            "%zu bytes once decompressed, %zu are left of what is read", size,
                            most);
    *ret = malloc(size > 0 ? size : 1);
    if (*ret == NULL)
        return rt_error_no_memory(err);
    r = rt_rom_decompress(from, *ret, size, err);
    if (r == 0) {
        *ret_size = size;
        return 0;
    }
    free(*ret);
    *ret = NULL;
    return r;
}

int rt_rom_program(struct rt_bytes bytes, const struct rt_rom_image *image, uint8_t **ret,
                   size_t *ret_size, struct romtool_error *err)
{
    struct rt_bytes from;

    rt_error_clear(err);
    *ret = NULL;
    *ret_size = 0;
    if (image->type != RT_ROM_EFI || !packed(bytes, &image->efi, &from))
        return rt_error_set(err, ROMTOOL_E_BAD_EFI_HEADER, ROMTOOL_NO_OFFSET,
                            "image %zu has no EFI program", image->index);
    if (image->efi.compression == EFI_COMPRESSED)
        return decompress(from, RT_ROM_DECOMPRESSED_MAX, ret, ret_size, err);
    *ret = malloc(from.len);
    if (*ret == NULL)
        return rt_error_no_memory(err);
    memcpy(*ret, from.data, from.len);
    *ret_size = from.len;
    return 0;
}

static void read_pe(struct rt_bytes program, struct rt_rom_image *image,
                    const struct rt_findings *findings)
{
    struct rt_rom_efi *efi = &image->efi;

    efi->has_pe = rt_pe_read(program, image->index, image->offset + efi->at,
                             efi->compression == EFI_COMPRESSED, findings, &efi->pe);
    if (efi->has_pe && efi->pe.machine != efi->machine)
        rt_finding_add(findings, ROMTOOL_E_MACHINE_MISMATCH, RT_WARNING, image->offset + 0x0a,
                       "the header of image %zu names machine type %04x, its PE %04x", image->index,
                       (unsigned)efi->machine, (unsigned)efi->pe.machine);
}

int rt_rom_program_read(struct rt_bytes bytes, struct rt_rom_image *image, size_t *budget,
                        const struct rt_findings *findings, struct romtool_error *err)
{
    struct rt_rom_efi *efi = &image->efi;
    size_t most = *budget < RT_ROM_DECOMPRESSED_MAX ? *budget : RT_ROM_DECOMPRESSED_MAX;
    struct romtool_error why;
    struct rt_bytes from;
    uint8_t *program;
    int r;

    if (efi->compression > EFI_COMPRESSED || !packed(bytes, efi, &from))
        return 0; /* and reported as that */
    if (efi->compression != EFI_COMPRESSED) {
        read_pe(from, image, findings);
        return 0;
    }
    rt_error_clear(&why);
    r = decompress(from, most, &program, &efi->original, &why);
    if (r == ROMTOOL_E_NO_MEMORY)
        return rt_error_no_memory(err);
    if (r < 0) {
        rt_finding_add(findings, r, RT_ERROR, image->offset + efi->at + why.offset,
                       "the program of image %zu: %s", image->index, why.text);
        return 0;
    }
    *budget -= efi->original;
    read_pe((struct rt_bytes){program, efi->original}, image, findings);
    free(program);
    return 0;
}
