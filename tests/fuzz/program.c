/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole ROMs with the programs in them, and what of them can be taken out. */
#include "fuzz.h"

#include "rom/rom.h"

#include <stdlib.h>

struct seen {
    struct rt_bytes file;
    size_t images;
};

static void see_image(void *user, const struct rt_rom_image *image)
{
    struct seen *seen = user;
    struct rt_bytes bytes;
    uint8_t *program;
    size_t size;
    int r;

    FUZZ_CHECK(rt_bytes_slice(seen->file, image->offset, image->length, &bytes));
    FUZZ_CHECK(image->efi.at + image->efi.length <= image->length || image->efi.length == 0);
    r = rt_rom_program(bytes, image, &program, &size, NULL);
    FUZZ_CHECK((r == 0) == (program != NULL));
    if (image->efi.has_pe)
        FUZZ_CHECK(r == 0 && image->efi.pe.size <= size);
    if (image->efi.original > 0)
        FUZZ_CHECK(r == 0 && image->efi.original == size);
    free(program);
    seen->images++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen seen = {.file = {data, size}};
    struct rt_rom rom;

    if (rt_rom_read(seen.file, RT_ROM_PAYLOADS, see_image, &seen, NULL, &rom, NULL) == 0)
        FUZZ_CHECK(rom.images == seen.images);
    return 0;
}
