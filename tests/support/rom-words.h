/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ROM files in words, the same in C and for mkrom: "x86:vendor=0x8086 efi pad:to=64K". Separated by
 * spaces and applied in their order. The words and their fields: usage[] and fields[] in
 * rom-words.c, printed by "mkrom --help".
 */
#ifndef ROM_WORDS_H
#define ROM_WORDS_H

#include "rom-builder.h"

/* A word that makes no sense ends the program. */
void rb_words(struct rom_builder *rb, const char *words);

/* The help about words, for mkrom. */
void rb_words_help(void);

#endif
