/* SPDX-License-Identifier: BSD-2-Clause */
/* eficomp c|d < IN > OUT: the tests' compression, and rom/decompress.c, for tests in Python. */
#include "efi-compress.h"

#include "rom/decompress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t in[1 << 24];

static int decompress(size_t n, uint8_t **ret, size_t *ret_size)
{
    struct rt_bytes packed = {in, n};
    struct romtool_error err = {0};
    size_t stream;

    if (rt_rom_packed_sizes(packed, &stream, ret_size, &err) == 0) {
        *ret = malloc(*ret_size + 1);
        if (*ret != NULL && rt_rom_decompress(packed, *ret, *ret_size, &err) == 0)
            return 0;
    }
    fprintf(stderr, "eficomp: %s\n", err.text);
    return 1;
}

int main(int argc, char **argv)
{
    size_t n = fread(in, 1, sizeof(in), stdin), size = 0;
    uint8_t *out = NULL;

    if (argc != 2 || (strcmp(argv[1], "c") != 0 && strcmp(argv[1], "d") != 0)) {
        fputs("usage: eficomp c|d < IN > OUT\n", stderr);
        return 2;
    }
    if (argv[1][0] == 'c')
        size = efi_compress(in, n, &out);
    else if (decompress(n, &out, &size) != 0)
        return 1;
    if (size > 0 && fwrite(out, size, 1, stdout) != 1)
        return 3;
    free(out);
    return fclose(stdout) == 0 ? 0 : 3;
}
