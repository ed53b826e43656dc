/* SPDX-License-Identifier: BSD-2-Clause */
/* What is inside a ROM, for callers of the library: numbers, copied out of the walk. */
#include "rom/rom.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(struct romtool_rom_summary) == 72, "frozen");
_Static_assert(sizeof(struct romtool_image) == 96, "frozen");
_Static_assert(sizeof(struct romtool_finding) == 216, "frozen");
_Static_assert((int)ROMTOOL_IMAGE_UNKNOWN == (int)RT_ROM_UNKNOWN, "the same numbers");
_Static_assert((int)ROMTOOL_CHECKSUM_BAD == (int)RT_ROM_CHECKSUM_BAD, "the same numbers");
_Static_assert((int)ROMTOOL_ERROR == (int)RT_ERROR, "the same numbers");

enum { FINDINGS_MAX = 256, IMAGES_AT_FIRST = 8 };

struct romtool_inspection {
    struct romtool_rom_summary summary;
    struct romtool_image *images;
    size_t capacity; /* of images */
    bool failed;     /* out of memory */
    struct romtool_finding findings[FINDINGS_MAX];
};

static struct romtool_image copy_image(const struct rt_rom_image *image)
{
    bool efi = image->type == RT_ROM_EFI;

    return (struct romtool_image){
        .offset = image->offset,
        .length = image->length,
        .init_size = image->init_size,
        .program = efi ? image->offset + image->efi.at : 0,
        .program_length = efi ? image->efi.length : 0,
        .original = efi ? image->efi.original : 0,
        .type = image->type,
        .checksum = image->checksum,
        .class_code = image->class_code,
        .vendor = image->vendor,
        .device = image->device,
        .efi_machine = efi ? image->efi.machine : 0,
        .efi_subsystem = efi ? image->efi.subsystem : 0,
        .code_revision = image->code_revision,
        .code_type = image->code_type,
        .pcir_revision = image->revision,
        .has_pcir = image->has_pcir,
        .last = image->last,
        .is_signed = efi && image->efi.has_pe && image->efi.pe.signatures > 0,
    };
}

static void add_image(void *user, const struct rt_rom_image *image)
{
    struct romtool_inspection *inspection = user;

    if (image->index == inspection->capacity) {
        size_t wanted = inspection->capacity > 0 ? 2 * inspection->capacity : IMAGES_AT_FIRST;
        struct romtool_image *grown = NULL;

        if (!inspection->failed)
            grown = realloc(inspection->images, wanted * sizeof(*grown));
        if (grown == NULL) {
            inspection->failed = true;
            return;
        }
        inspection->images = grown;
        inspection->capacity = wanted;
    }
    if (!inspection->failed)
        inspection->images[image->index] = copy_image(image);
}

static void add_finding(void *user, const struct rt_finding *finding)
{
    struct romtool_inspection *inspection = user;
    struct romtool_rom_summary *summary = &inspection->summary;
    struct romtool_finding *kept;

    summary->findings++;
    if (finding->severity > summary->worst)
        summary->worst = finding->severity;
    if (summary->findings_kept == FINDINGS_MAX)
        return;
    kept = &inspection->findings[summary->findings_kept++];
    kept->code = finding->code;
    kept->severity = finding->severity;
    kept->offset = finding->offset;
    memcpy(kept->text, finding->text, sizeof(kept->text));
}

int romtool_inspect(const void *data, size_t size, unsigned flags,
                    struct romtool_inspection **ret_inspection, struct romtool_error *reterr)
{
    struct romtool_inspection *inspection;
    struct rt_findings findings;
    struct rt_rom rom;
    int r;

    rt_error_clear(reterr);
    if (ret_inspection != NULL)
        *ret_inspection = NULL;
    if (data == NULL || ret_inspection == NULL)
        return rt_error_set(reterr, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET,
                            "romtool_inspect() without a pointer");
    if ((flags & ~(unsigned)ROMTOOL_INSPECT_NO_PROGRAMS) != 0)
        return rt_error_set(reterr, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET,
                            "romtool_inspect() with the flags 0x%x", flags);
    inspection = calloc(1, sizeof(*inspection));
    if (inspection == NULL)
        return rt_error_no_memory(reterr);
    findings = (struct rt_findings){add_finding, inspection};
    r = rt_rom_read((struct rt_bytes){data, size},
                    (flags & ROMTOOL_INSPECT_NO_PROGRAMS) != 0 ? 0 : RT_ROM_PAYLOADS, add_image,
                    inspection, &findings, &rom, reterr);
    if (r == 0 && inspection->failed)
        r = rt_error_no_memory(reterr);
    if (r < 0) {
        romtool_inspection_free(inspection);
        return r;
    }
    inspection->summary.size = rom.size;
    inspection->summary.preamble = rom.preamble;
    inspection->summary.content_length = rom.content_length;
    inspection->summary.slot = rom.slot;
    inspection->summary.images = rom.images;
    inspection->summary.fill = rom.fill;
    *ret_inspection = inspection;
    return 0;
}

void romtool_inspection_summary(const struct romtool_inspection *inspection,
                                struct romtool_rom_summary *ret_summary)
{
    if (ret_summary != NULL)
        *ret_summary = inspection != NULL ? inspection->summary : (struct romtool_rom_summary){0};
}

static int no_such(const char *what, size_t index, struct romtool_error *err)
{
    return rt_error_set(err, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET, "there is no %s %zu", what, index);
}

int romtool_inspection_image(const struct romtool_inspection *inspection, size_t index,
                             struct romtool_image *ret_image, struct romtool_error *reterr)
{
    rt_error_clear(reterr);
    if (ret_image != NULL)
        *ret_image = (struct romtool_image){0};
    if (inspection == NULL || ret_image == NULL || index >= inspection->summary.images)
        return no_such("image", index, reterr);
    *ret_image = inspection->images[index];
    return 0;
}

int romtool_inspection_finding(const struct romtool_inspection *inspection, size_t index,
                               struct romtool_finding *ret_finding, struct romtool_error *reterr)
{
    rt_error_clear(reterr);
    if (ret_finding != NULL)
        *ret_finding = (struct romtool_finding){0};
    if (inspection == NULL || ret_finding == NULL || index >= inspection->summary.findings_kept)
        return no_such("finding", index, reterr);
    *ret_finding = inspection->findings[index];
    return 0;
}

void romtool_inspection_free(struct romtool_inspection *inspection)
{
    if (inspection == NULL)
        return;
    free(inspection->images);
    free(inspection);
}
