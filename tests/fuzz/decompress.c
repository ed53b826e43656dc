/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UEFI decompression: whatever comes, it writes no more than it was given room for. An input whose
 * first byte is odd is compressed before, and must come back as it was.
 */
#include "fuzz.h"

#include "rom/decompress.h"
#include "tests/support/efi-compress.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 1 << 16 /* bytes: enough for several windows, and fast */ };

static void expand(struct rt_bytes packed)
{
    size_t stream, original;
    struct romtool_error err = {0};
    uint8_t *out;
    int r = rt_rom_packed_sizes(packed, &stream, &original, &err);

    FUZZ_CHECK(r == err.code);
    if (r < 0 || original > ROOM)
        return;
    FUZZ_CHECK(stream <= packed.len - 8);
    out = malloc(original > 0 ? original : 1);
    FUZZ_CHECK(out != NULL);
    r = rt_rom_decompress(packed, out, original, &err);
    FUZZ_CHECK(r == err.code);
    FUZZ_CHECK(r == 0 || (r == ROMTOOL_E_BAD_COMPRESSION && err.offset <= packed.len));
    free(out);
}

static void round_trip(const uint8_t *data, size_t size)
{
    uint8_t *packed, *out = malloc(size);
    size_t n = efi_compress(data, size, &packed);

    FUZZ_CHECK(out != NULL);
    FUZZ_CHECK(rt_rom_decompress((struct rt_bytes){packed, n}, out, size, NULL) == 0);
    FUZZ_CHECK(memcmp(out, data, size) == 0);
    free(packed);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] % 2 != 0)
        round_trip(data, size);
    expand((struct rt_bytes){data, size});
    return 0;
}
