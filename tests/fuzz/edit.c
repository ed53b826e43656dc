/* SPDX-License-Identifier: BSD-2-Clause */
/* Edits: what is refused is left alone, what is changed reads no worse, parts joined are the whole.
 */
#include "fuzz.h"

#include "rom/edit.h"

#include <stdlib.h>
#include <string.h>

enum { PARTS = 8 };

struct parts {
    size_t n;
    struct rt_bytes part[PARTS];
};

static int keep_part(void *user, const struct rt_rom_image *image, struct rt_bytes bytes)
{
    struct parts *parts = user;
    uint8_t *copy = malloc(bytes.len);

    FUZZ_CHECK(copy != NULL && image->length == bytes.len);
    memcpy(copy, bytes.data, bytes.len);
    if (parts->n == PARTS) {
        free(copy);
        return ROMTOOL_E_TOO_LARGE;
    }
    parts->part[parts->n++] = (struct rt_bytes){copy, bytes.len};
    return 0;
}

static void split_and_join(struct rt_bytes file)
{
    struct parts parts = {0};
    uint8_t *joined = NULL;
    size_t size, at;
    struct rt_rom rom;

    if (rt_rom_split(file, keep_part, &parts, NULL) == 0) {
        FUZZ_CHECK(rt_rom_read(file, 0, NULL, NULL, NULL, &rom, NULL) == 0);
        FUZZ_CHECK(rt_rom_join(parts.part, parts.n, &joined, &size, NULL, &at, NULL) == 0);
        FUZZ_CHECK(size == rom.content_length);
    }
    free(joined);
    for (size_t i = 0; i < parts.n; i++)
        free((void *)(uintptr_t)parts.part[i].data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy;
    int r;

    if (size == 0)
        return 0;
    copy = malloc(size);
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, data, size);
    r = rt_rom_fix_checksums(copy, size, RT_ROM_EDIT_AUTO, NULL, NULL);
    FUZZ_CHECK(r != ROMTOOL_E_INTERNAL);
    FUZZ_CHECK(r == 0 || memcmp(copy, data, size) == 0);
    if (r == 0) { /* once more there is nothing left to fix */
        uint8_t *again = malloc(size);

        FUZZ_CHECK(again != NULL);
        memcpy(again, copy, size);
        FUZZ_CHECK(rt_rom_fix_checksums(again, size, RT_ROM_EDIT_AUTO, NULL, NULL) == 0);
        FUZZ_CHECK(memcmp(again, copy, size) == 0);
        free(again);
    }
    memcpy(copy, data, size);
    r = rt_rom_set_ids(copy, size, RT_ROM_EDIT_ALL, 0x1234, 0x5678, NULL, NULL);
    FUZZ_CHECK(r != ROMTOOL_E_INTERNAL);
    FUZZ_CHECK(r == 0 || memcmp(copy, data, size) == 0);
    free(copy);
    split_and_join((struct rt_bytes){data, size});
    return 0;
}
