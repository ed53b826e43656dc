/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mkrom WORD... > x.rom: the ROM builder for tests that are no C programs. Nothing is written
 * unless all words make sense.
 *
 *   mkrom x86:length=65024,vendor=0x1af4 efi:length=1024 pad:to=128K > x.rom
 */
#include "rom-words.h"

#include <stdio.h>
#include <string.h>

static const char usage[] = "usage: mkrom WORD... > x.rom\n";

int main(int argc, char **argv)
{
    struct rom_builder rb = {0};
    int written;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        printf("%s\n", usage);
        rb_words_help();
        return fclose(stdout) == 0 ? 0 : 3;
    }
    if (argc < 2) {
        fputs(usage, stderr);
        return 2;
    }
    for (int i = 1; i < argc; i++)
        rb_words(&rb, argv[i]);
    written = rb.size == 0 || fwrite(rb.data, rb.size, 1, stdout) == 1;
    rb_free(&rb);
    if (!written || fclose(stdout) != 0) {
        fputs("mkrom: cannot write\n", stderr);
        return 3;
    }
    return 0;
}
