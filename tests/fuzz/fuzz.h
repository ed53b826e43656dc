/* SPDX-License-Identifier: BSD-2-Clause */
/* What every fuzz target defines, for libFuzzer (tools/fuzz) and for replay.c. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

#define FUZZ_SIZE_MAX ((size_t)1 << 20) /* bytes of an input of the corpus */

/* Says what must hold of any input; a sanitizer says the rest. */
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            __builtin_trap();                                                                      \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
