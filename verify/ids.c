/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/verify.h"

#include "rom/patch.h"

/* Byte 6 of the file: what QEMU's patch changes beside the ids. It is in EFI's signature. */
#define EFI_SIGNATURE_AT  4U
#define EFI_SIGNATURE_END 8U

struct seen {
    bool any, x86;
    struct rt_rom_image first, first_x86; /* of the images that state ids */
};

static void see(void *user, const struct rt_rom_image *image)
{
    struct seen *seen = user;

    if (!image->has_pcir)
        return;
    if (!seen->any)
        seen->first = *image;
    seen->any = true;
    if (image->type == RT_ROM_X86 && !seen->x86) {
        seen->first_x86 = *image;
        seen->x86 = true;
    }
}

/* What becomes of ids that are not the device's. */
static const char *consequence(const struct rt_rom_image *image, const struct rt_rom_patch *patch)
{
    if (image->type == RT_ROM_X86 && patch->n > 0 && image->index == 0)
        return "QEMU patches them in the default ROM, as an explicit romfile= SeaBIOS skips it";
    if (image->type == RT_ROM_X86)
        return "SeaBIOS skips it, QEMU patches the first image only";
    if (patch->n > 0)
        return "QEMU patches them in the default ROM, an explicit romfile= keeps them";
    return "QEMU leaves them";
}

/* The new value of a byte of EFI's signature; -1 where the patch leaves the signature alone. */
static int damage(const struct rt_rom_patch *patch)
{
    for (size_t i = 0; i < patch->n; i++) {
        if (patch->bytes[i].offset >= EFI_SIGNATURE_AT &&
            patch->bytes[i].offset < EFI_SIGNATURE_END)
            return patch->bytes[i].to;
    }
    return -1;
}

void rt_verify_ids(struct rt_bytes file, uint16_t vendor, uint16_t device,
                   const struct rt_findings *findings)
{
    struct seen seen = {0};
    const struct rt_rom_image *image;
    struct rt_rom_patch patch;
    struct rt_rom rom;

    if (rt_rom_read(file, 0, see, &seen, NULL, &rom, NULL) < 0 || !seen.any)
        return;
    rt_rom_patch_ids(file, vendor, device, &patch);
    image = seen.x86 ? &seen.first_x86 : &seen.first;
    if (image->vendor != vendor || image->device != device)
        rt_finding_add(findings, ROMTOOL_E_FOREIGN_IDS, RT_WARNING,
                       (uint64_t)image->offset + image->pcir_at + 4,
                       "image %zu is for %04x:%04x, the device is %04x:%04x: %s", image->index,
                       (unsigned)image->vendor, (unsigned)image->device, (unsigned)vendor,
                       (unsigned)device, consequence(image, &patch));
    if (seen.first.type == RT_ROM_EFI && seen.first.offset == 0 && damage(&patch) >= 0)
        rt_finding_add(findings, ROMTOOL_E_PATCH_DAMAGES_EFI, RT_ERROR, EFI_SIGNATURE_AT,
                       "image 0 is EFI, and QEMU's id patch makes its byte 6 0x%02x in the default "
                       "ROM for %04x:%04x: edk2 skips it",
                       (unsigned)damage(&patch), (unsigned)vendor, (unsigned)device);
}
