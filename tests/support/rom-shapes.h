/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every shape of a ROM file that is told from the others, in the words of rom-words.h, and what
 * rt_rom_read() says of it. Data only: for the unit test, and as seeds.
 */
#ifndef ROM_SHAPES_H
#define ROM_SHAPES_H

#include "core/error.h"

/* clang-format off */

struct expected_finding {
    int code;
    enum rt_severity severity;
    uint64_t offset;
};

/* Exactly these findings, in this order. */
struct shape {
    const char *name;
    const char *words;
    size_t images;
    size_t content;
    int fill;
    struct expected_finding findings[3];
};

static const struct shape shapes[] = {
    {"clean/x86", "x86", 1, 1024, -1, {{0}}},
    {"clean/efi", "efi", 1, 1024, -1, {{0}}},
    {"clean/x86-efi", "x86 efi", 2, 2048, -1, {{0}}},
    {"clean/every-type", "x86 openfirmware hppa efi unknown", 5, 3584, -1, {{0}}},
    {"clean/filled-00", "x86 pad:to=4K", 1, 1024, 0x00, {{0}}},
    {"clean/filled-ff", "x86 efi pad:to=64K,fill=0xff", 2, 2048, 0xff, {{0}}},
    {"clean/one-byte-of-fill", "x86 raw:bytes=00", 1, 1024, 0x00, {{0}}},
    {"clean/last-and-reserved-bits", "x86:indicator=0xff", 1, 1024, -1, {{0}}},
    {"clean/pcir-at-the-end", "x86:length=39936,pcir-at=0x9be4", 1, 39936, -1, {{0}}},
    {"clean/revision-0", "x86:revision=0", 1, 1024, -1, {{0}}},
    {"clean/longer-than-its-init-size", "x86:length=128K,init-units=255", 1, 131072, -1, {{0}}},
    {"clean/efi-beyond-64k", "efi:length=1M", 1, 1048576, -1, {{0}}},
    {"clean/efi-runtime-driver", "efi:subsystem=0x0c", 1, 1024, -1, {{0}}},
    {"clean/efi-compressed", "efi:compression=1", 1, 1024, -1, {{0}}},

    {"truncated/in-the-last-image", "x86 efi cut:to=1500", 2, 1500, -1,
     {{ROMTOOL_E_TRUNCATED, RT_ERROR, 1500}}},
    {"truncated/in-the-first-image", "x86 efi cut:to=1000", 1, 1000, -1,
     {{ROMTOOL_E_TRUNCATED, RT_ERROR, 1000}}},
    {"truncated/in-the-pcir", "x86 cut:to=0x30", 1, 0x30, -1,
     {{ROMTOOL_E_TRUNCATED, RT_ERROR, 0x30}}},
    {"truncated/in-the-header", "x86 cut:to=25", 1, 25, -1,
     {{ROMTOOL_E_TRUNCATED, RT_ERROR, 25}}},
    {"truncated/to-its-signature", "x86 cut:to=2", 1, 2, -1,
     {{ROMTOOL_E_TRUNCATED, RT_ERROR, 2}}},
    {"truncated/within-the-next-signature", "x86 efi cut:to=1025", 2, 1025, -1,
     {{ROMTOOL_E_TRUNCATED, RT_ERROR, 1025}}},
    {"truncated/before-a-far-pcir", "x86:length=39936,pcir-at=0x9b00 cut:to=30000", 1, 30000, -1,
     {{ROMTOOL_E_TRUNCATED, RT_ERROR, 30000}}},
    {"truncated/efi-before-its-pcir", "efi cut:to=0x20", 1, 0x20, -1,
     {{ROMTOOL_E_TRUNCATED, RT_ERROR, 0x20}}},
    {"truncated/declares-too-much", "unknown:units=0xffff", 1, 512, -1,
     {{ROMTOOL_E_TRUNCATED, RT_ERROR, 512}}},
    {"truncated/isa", "isa cut:to=600", 1, 600, -1,
     {{ROMTOOL_E_NO_PCIR, RT_INFO, 0x18}, {ROMTOOL_E_TRUNCATED, RT_ERROR, 600}}},

    {"bad-pcir/other-signature", "x86:pcir-signature=0x50434952", 0, 0, -1,
     {{ROMTOOL_E_BAD_PCIR, RT_ERROR, 0x18}}},
    {"bad-pcir/pointer-beside-it", "x86:pcir-pointer=0xffff", 0, 0, -1,
     {{ROMTOOL_E_BAD_PCIR, RT_ERROR, 0x18}}},
    {"bad-pcir/efi-without-pointer", "efi:pcir-pointer=0", 0, 0, -1,
     {{ROMTOOL_E_BAD_PCIR, RT_ERROR, 0x18}}},
    {"bad-pcir/isa-behind-the-first", "x86 isa", 1, 1024, -1,
     {{ROMTOOL_E_BAD_PCIR, RT_ERROR, 1024 + 0x18}}},
    {"bad-pcir/unaligned", "x86:pcir-at=0x1d", 1, 1024, -1,
     {{ROMTOOL_E_BAD_PCIR, RT_ERROR, 0x1d}}},
    {"bad-pcir/inside-the-header", "unknown:pcir-at=4,code-type=4,indicator=0", 1, 512, -1,
     {{ROMTOOL_E_BAD_PCIR, RT_ERROR, 4}, {ROMTOOL_E_NO_LAST_IMAGE, RT_ERROR, 512}}},
    {"bad-pcir/size-0", "x86:pcir-size=0", 1, 1024, -1,
     {{ROMTOOL_E_BAD_PCIR, RT_ERROR, 0x1c + 0x0a}}},
    {"bad-pcir/size-beyond-the-image", "x86:pcir-size=1000", 1, 1024, -1,
     {{ROMTOOL_E_BAD_PCIR, RT_ERROR, 0x1c}}},
    {"bad-pcir/behind-the-image", "unknown:length=1024,units=1,pcir-at=0x200", 1, 512, -1,
     {{ROMTOOL_E_BAD_PCIR, RT_ERROR, 0x200}, {ROMTOOL_E_TRAILING_DATA, RT_WARNING, 512}}},
    {"bad-pcir/revision-3-too-short", "x86:pcir-size=0x18", 1, 1024, -1,
     {{ROMTOOL_E_BAD_PCIR, RT_WARNING, 0x1c + 0x0a}}},

    {"bad-length/0", "x86:units=0", 1, 0, -1, {{ROMTOOL_E_BAD_LENGTH, RT_ERROR, 0x2c}}},
    {"bad-length/0-behind-the-first", "x86 efi:units=0 x86", 2, 1024, -1,
     {{ROMTOOL_E_BAD_LENGTH, RT_ERROR, 1024 + 0x2c}}},
    {"bad-length/init-size-0", "x86:init-units=0", 1, 1024, -1,
     {{ROMTOOL_E_BAD_LENGTH, RT_ERROR, 2}}},
    {"bad-length/init-size-wrapped", "x86:length=128K,init-units=256", 1, 131072, -1,
     {{ROMTOOL_E_BAD_LENGTH, RT_ERROR, 2}}},
    {"bad-length/init-size-beyond-the-image", "x86:init-units=3", 1, 1024, -1,
     {{ROMTOOL_E_BAD_LENGTH, RT_ERROR, 2}}},
    {"bad-length/efi-init-size-0", "efi:init-units=0", 1, 1024, -1,
     {{ROMTOOL_E_BAD_LENGTH, RT_ERROR, 2}}},
    {"bad-length/efi-init-size-beyond", "efi:init-units=0x102", 1, 1024, -1,
     {{ROMTOOL_E_BAD_LENGTH, RT_ERROR, 2}}},
    {"bad-length/isa-init-size-0", "isa:init-units=0", 1, 0, -1,
     {{ROMTOOL_E_NO_PCIR, RT_INFO, 0x18}, {ROMTOOL_E_BAD_LENGTH, RT_ERROR, 2}}},

    {"bad-checksum/x86", "x86:sum=1", 1, 1024, -1, {{ROMTOOL_E_BAD_CHECKSUM, RT_ERROR, 0}}},
    {"bad-checksum/second-image", "efi x86:sum=0x80", 2, 2048, -1,
     {{ROMTOOL_E_BAD_CHECKSUM, RT_ERROR, 1024}}},
    {"bad-checksum/one-byte-changed", "x86 patch:at=1023,bytes=fe", 1, 1024, -1,
     {{ROMTOOL_E_BAD_CHECKSUM, RT_ERROR, 0}}},
    {"bad-checksum/isa", "isa:sum=0xff", 1, 1024, -1,
     {{ROMTOOL_E_NO_PCIR, RT_INFO, 0x18}, {ROMTOOL_E_BAD_CHECKSUM, RT_ERROR, 0}}},

    {"bad-efi-header/signature", "efi:efi-signature=0x60ef1", 1, 1024, -1,
     {{ROMTOOL_E_BAD_EFI_HEADER, RT_ERROR, 4}}},
    {"bad-efi-header/x86-called-efi", "x86 x86:code-type=3", 2, 2048, -1,
     {{ROMTOOL_E_BAD_EFI_HEADER, RT_ERROR, 1024 + 4}}},
    {"bad-efi-header/compression", "efi:compression=2", 1, 1024, -1,
     {{ROMTOOL_E_BAD_EFI_HEADER, RT_ERROR, 0x0c}}},
    {"bad-efi-header/program-behind-it", "efi:pe-at=1024", 1, 1024, -1,
     {{ROMTOOL_E_BAD_EFI_HEADER, RT_ERROR, 0x16}}},
    {"bad-efi-header/no-driver", "efi:subsystem=0x0a", 1, 1024, -1,
     {{ROMTOOL_E_BAD_EFI_HEADER, RT_WARNING, 8}}},

    {"no-last-image/end-of-file", "x86 efi:indicator=0", 2, 2048, -1,
     {{ROMTOOL_E_NO_LAST_IMAGE, RT_ERROR, 2048}}},
    {"no-last-image/reserved-bits-only", "x86:indicator=0x7f", 1, 1024, -1,
     {{ROMTOOL_E_NO_LAST_IMAGE, RT_ERROR, 1024}}},
    {"no-last-image/fill", "x86:indicator=0 pad:to=4K,fill=0xff", 1, 1024, 0xff,
     {{ROMTOOL_E_NO_LAST_IMAGE, RT_ERROR, 1024}}},
    {"no-last-image/data", "x86:indicator=0 raw:bytes=55a9", 1, 1024, -1,
     {{ROMTOOL_E_NO_LAST_IMAGE, RT_ERROR, 1024}}},

    {"trailing-data/mixed", "x86 raw:bytes=000001", 1, 1024, -1,
     {{ROMTOOL_E_TRAILING_DATA, RT_WARNING, 1024}}},
    {"trailing-data/another-fill", "x86 pad:to=4K,fill=0x5a", 1, 1024, 0x5a,
     {{ROMTOOL_E_TRAILING_DATA, RT_WARNING, 1024}}},
    {"trailing-data/hidden-image", "x86:indicator=0x80 efi", 1, 1024, -1,
     {{ROMTOOL_E_TRAILING_DATA, RT_WARNING, 1024}}},

    {"no-pcir/isa", "isa", 1, 1024, -1, {{ROMTOOL_E_NO_PCIR, RT_INFO, 0x18}}},
    {"no-pcir/isa-filled", "isa pad:to=2K", 1, 1024, 0, {{ROMTOOL_E_NO_PCIR, RT_INFO, 0x18}}},
    {"no-pcir/code-at-the-pointer", "isa:pcir-pointer=0x8dcb", 1, 1024, -1,
     {{ROMTOOL_E_NO_PCIR, RT_INFO, 0x18}}},
    {"no-pcir/code-at-the-pointer-unaligned", "isa:pcir-pointer=0x1d", 1, 1024, -1,
     {{ROMTOOL_E_NO_PCIR, RT_INFO, 0x18}}},
    {"no-pcir/code-at-the-pointer-low", "isa:pcir-pointer=0x10", 1, 1024, -1,
     {{ROMTOOL_E_NO_PCIR, RT_INFO, 0x18}}},
    {"bad-pcir/nothing-at-the-pointer", "isa:pcir-pointer=0x20", 0, 0, -1,
     {{ROMTOOL_E_BAD_PCIR, RT_ERROR, 0x18}}},
    {"bad-pcir/not-believed-with-a-bad-sum", "isa:pcir-pointer=0x8dcb,sum=1", 0, 0, -1,
     {{ROMTOOL_E_BAD_PCIR, RT_ERROR, 0x18}}},

    {"blank/00", "pad:to=4K", 0, 0, 0x00, {{ROMTOOL_E_BLANK, RT_INFO, 0}}},
    {"blank/ff", "pad:to=4K,fill=0xff", 0, 0, 0xff, {{ROMTOOL_E_BLANK, RT_INFO, 0}}},
    {"blank/one-byte", "raw:bytes=00", 0, 0, 0x00, {{ROMTOOL_E_BLANK, RT_INFO, 0}}},
};

struct refusal {
    const char *name;
    const char *words;
    int code;
};

static const struct refusal refusals[] = {
    {"empty", "", ROMTOOL_E_EMPTY},
    {"not-a-rom/text", "raw:bytes=52454144", ROMTOOL_E_NOT_A_ROM},
    {"not-a-rom/half-a-signature", "raw:bytes=55", ROMTOOL_E_NOT_A_ROM},
    {"not-a-rom/uniform-but-no-fill", "pad:to=64,fill=0x55", ROMTOOL_E_NOT_A_ROM},
    {"not-a-rom/blank-but-for-the-end", "pad:to=64 raw:bytes=01", ROMTOOL_E_NOT_A_ROM},
    {"not-a-rom/behind-a-preamble", "raw:bytes=0000 x86", ROMTOOL_E_NOT_A_ROM},
    {"too-large", "x86 pad:to=0x4000001", ROMTOOL_E_TOO_LARGE},
};

/* clang-format on */

#endif
