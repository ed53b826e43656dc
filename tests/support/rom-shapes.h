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

    {"clean/device-list", "x86:devices=3 x86:devices=200", 2, 2048, -1, {{0}}},
    {"clean/pnp", "x86:pnp=1", 1, 1024, -1, {{0}}},
    {"clean/pnp-chain", "x86:pnp=20,length=2K", 1, 2048, -1, {{0}}},
    {"clean/pnp-without-a-checksum", "x86:pnp=1,init-units=1,pnp-at=0x260 patch:at=0x269,bytes=00",
     1, 1024, -1, {{0}}},
    {"clean/pnp-on-isa", "isa:pnp=2", 1, 1024, -1, {{ROMTOOL_E_NO_PCIR, RT_INFO, 0x18}}},
    {"clean/ipxe", "x86:pnp=1,undi=0x100,ipxe=0x120,bofm=0x200,devices=1", 1, 1024, -1, {{0}}},
    {"clean/mrom",
     "x86:pnp=1,undi=0x100,ipxe=0x120 unknown:length=64K,revision=3 patch:at=1026,bytes=01", 2,
     66560, -1, {{0}}},
    {"clean/other-bytes-where-ipxe-points",
     "x86:ipxe-pointer=0x3412,undi-pointer=0x5678,bofm=0xffff", 1, 1024, -1, {{0}}},
    {"clean/pnp-of-a-disk-with-other-bytes", "x86:pnp=1,pnp-type=1,undi-pointer=0xfff0", 1, 1024,
     -1, {{0}}},
    {"clean/pointers", "x86:config-utility=0x200,clp=0x3ff efi:vpd=0x300", 2, 2048, -1, {{0}}},
    {"clean/fcode-start0", "openfirmware:fcode-byte=0xf0", 1, 512, -1, {{0}}},
    {"clean/nvidia", "x86:vendor=0x10de,npde=1,indicator=0x80 "
     "efi:vendor=0x10de,npde=1,pcir-at=0x200,indicator=0x80 "
     "unknown:vendor=0x10de,signature=0xbb77,pcir-signature=0x5344504e,code-type=0xe0,npde=1 "
     "unknown:signature=0x4e56,pcir-signature=0x53494752,code-type=0xe0", 4, 3072, -1, {{0}}},
    {"clean/nvidia-first", "unknown:signature=0x4e56", 1, 512, -1, {{0}}},
    {"clean/npde-of-another-vendor", "x86:npde=1,npde-units=1,npde-last=0", 1, 1024, -1, {{0}}},
    {"clean/npde-length-only",
     "x86:vendor=0x10de,npde=1,npde-size=0x0a,npde-last=0", 1, 1024, -1, {{0}}},

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
    {"truncated/without-blame-for-its-structures",
     "x86:pnp=1,pnp-bev=0x3f0,pnp-product=0x300,undi=0x250 cut:to=600", 1, 600, -1,
     {{ROMTOOL_E_TRUNCATED, RT_ERROR, 600}}},
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
    {"trailing-data/signature-alone", "x86 raw:bytes=55aa0000", 1, 1024, -1,
     {{ROMTOOL_E_TRAILING_DATA, RT_WARNING, 1024}}},

    {"length-wrap/to-0", "x86:length=128K,init-units=256", 1, 131072, -1,
     {{ROMTOOL_E_LENGTH_WRAP, RT_ERROR, 2}}},
    {"length-wrap/to-a-part", "x86:length=153600,init-units=44", 1, 153600, -1,
     {{ROMTOOL_E_LENGTH_WRAP, RT_ERROR, 2}}},
    {"length-wrap/to-a-part-with-a-bad-sum", "x86:length=153600,init-units=44,sum=1", 1, 153600,
     -1, {{ROMTOOL_E_LENGTH_WRAP, RT_ERROR, 2}, {ROMTOOL_E_BAD_CHECKSUM, RT_ERROR, 0}}},
    {"length-wrap/not-by-choice", "x86:length=261632,init-units=255", 1, 261632, -1, {{0}}},
    {"length-wrap/to-255-with-a-bad-sum", "x86:length=261632,init-units=255,sum=1", 1, 261632, -1,
     {{ROMTOOL_E_LENGTH_WRAP, RT_ERROR, 2}, {ROMTOOL_E_BAD_CHECKSUM, RT_ERROR, 0}}},

    {"hidden-image/behind-the-last", "x86:indicator=0x80 efi", 1, 1024, -1,
     {{ROMTOOL_E_HIDDEN_IMAGE, RT_WARNING, 1024}}},
    {"hidden-image/behind-fill", "x86:indicator=0x80 pad:to=4K efi", 1, 1024, -1,
     {{ROMTOOL_E_HIDDEN_IMAGE, RT_WARNING, 4096}}},
    {"hidden-image/behind-a-missing-last", "x86:indicator=0 pad:to=4K efi", 1, 1024, -1,
     {{ROMTOOL_E_NO_LAST_IMAGE, RT_ERROR, 1024}, {ROMTOOL_E_HIDDEN_IMAGE, RT_WARNING, 4096}}},
    {"hidden-image/not-between-units", "x86:indicator=0x80 pad:to=4000 efi", 1, 1024, -1,
     {{ROMTOOL_E_TRAILING_DATA, RT_WARNING, 1024}}},
    {"hidden-image/not-without-a-pcir", "x86:indicator=0x80 efi:pcir-signature=0", 1, 1024, -1,
     {{ROMTOOL_E_TRAILING_DATA, RT_WARNING, 1024}}},
    {"hidden-image/not-at-an-odd-pointer", "x86:indicator=0x80 efi:pcir-at=0x1d", 1, 1024, -1,
     {{ROMTOOL_E_TRAILING_DATA, RT_WARNING, 1024}}},

    {"decoy/in-the-middle", "unknown:units=3 efi x86", 2, 2560, -1,
     {{ROMTOOL_E_DECOY, RT_WARNING, 512}}},
    {"decoy/several", "x86 unknown:units=5 efi efi", 2, 3584, -1,
     {{ROMTOOL_E_DECOY, RT_WARNING, 1536}, {ROMTOOL_E_NO_LAST_IMAGE, RT_ERROR, 3584}}},
    {"decoy/not-without-a-pcir", "unknown:units=3 efi:pcir-signature=0 x86", 2, 2560, -1, {{0}}},
    {"decoy/not-between-units",
     "unknown:units=3 pad:to=600 efi raw:bytes=00 cut:to=1536", 1, 1536, -1,
     {{ROMTOOL_E_NO_LAST_IMAGE, RT_ERROR, 1536}}},

    {"truncated/wrong-length-around-another", "unknown:units=5 efi", 1, 1536, -1,
     {{ROMTOOL_E_TRUNCATED, RT_ERROR, 1536}}},
    {"truncated/wrong-length-but-a-whole-program", "x86:units=4", 1, 1024, -1,
     {{ROMTOOL_E_TRUNCATED, RT_ERROR, 1024}}},

    {"preamble/nvgi", "raw:bytes=4e564749 pad:to=1K x86:vendor=0x10de", 1, 2048, -1,
     {{ROMTOOL_E_PREAMBLE, RT_WARNING, 0}}},
    {"preamble/and-fill", "raw:bytes=4e564749 pad:to=512 x86 efi pad:to=4K", 2, 2560, 0,
     {{ROMTOOL_E_PREAMBLE, RT_WARNING, 0}}},
    {"preamble/with-a-cut-image", "raw:bytes=4e564749 pad:to=512 x86 cut:to=1000", 1, 1000, -1,
     {{ROMTOOL_E_PREAMBLE, RT_WARNING, 0}, {ROMTOOL_E_TRUNCATED, RT_ERROR, 1000}}},

    {"bad-device-list/without-end", "x86:devices=2,device-list-end=0xffff", 1, 1024, -1,
     {{ROMTOOL_E_BAD_DEVICE_LIST, RT_WARNING, 0x24}}},
    {"bad-device-list/ends-behind-the-image",
     "x86:devices=1,device-list-at=0x3fe,length=1536,units=2,init-units=2", 1, 1024, -1,
     {{ROMTOOL_E_BAD_DEVICE_LIST, RT_WARNING, 0x24}, {ROMTOOL_E_TRAILING_DATA, RT_WARNING, 1024}}},
    {"bad-device-list/out-of-the-image", "x86:device-list=0xfff0", 1, 1024, -1,
     {{ROMTOOL_E_BAD_DEVICE_LIST, RT_WARNING, 0x24}}},
    {"bad-device-list/not-of-a-cut-image", "x86:device-list=0x200 cut:to=600", 1, 600, -1,
     {{ROMTOOL_E_TRUNCATED, RT_ERROR, 600}}},

    {"bad-pointer/vpd", "efi:vpd=0x400", 1, 1024, -1, {{ROMTOOL_E_BAD_POINTER, RT_WARNING, 0x24}}},
    {"bad-pointer/config-utility", "x86:config-utility=0x400", 1, 1024, -1,
     {{ROMTOOL_E_BAD_POINTER, RT_WARNING, 0x34}}},
    {"bad-pointer/clp", "x86 x86:clp=0xffff", 2, 2048, -1,
     {{ROMTOOL_E_BAD_POINTER, RT_WARNING, 1024 + 0x36}}},
    {"bad-pointer/undi-of-a-network-rom", "x86:pnp=1,undi-pointer=0x200", 1, 1024, -1,
     {{ROMTOOL_E_BAD_POINTER, RT_WARNING, 0x16}}},
    {"bad-pointer/undi-out-of-the-image", "x86:pnp=1,undi-pointer=0xffff", 1, 1024, -1,
     {{ROMTOOL_E_BAD_POINTER, RT_WARNING, 0x16}}},
    {"bad-pointer/bofm", "x86:ipxe=0x100,bofm=0x400", 1, 1024, -1,
     {{ROMTOOL_E_BAD_POINTER, RT_WARNING, 0x14}}},

    {"bad-pnp/checksum", "x86:pnp=1,pnp-sum=1", 1, 1024, -1,
     {{ROMTOOL_E_BAD_PNP, RT_WARNING, 0x60}}},
    {"bad-pnp/length-too-short", "x86:pnp=1,pnp-length=1", 1, 1024, -1,
     {{ROMTOOL_E_BAD_PNP, RT_WARNING, 0x60}}},
    {"bad-pnp/length-out-of-the-image", "x86:pnp=1,pnp-length=255", 1, 1024, -1,
     {{ROMTOOL_E_BAD_PNP, RT_WARNING, 0x60}}},
    {"bad-pnp/header-out-of-the-image",
     "x86 patch:at=0x1a,bytes=fc03 patch:at=0x3fc,bytes=24506e50", 1, 1024, -1,
     {{ROMTOOL_E_BAD_CHECKSUM, RT_ERROR, 0}, {ROMTOOL_E_BAD_PNP, RT_WARNING, 0x3fc}}},
    {"bad-pnp/next-leads-nowhere", "x86:pnp=1,pnp-next=0x200", 1, 1024, -1,
     {{ROMTOOL_E_BAD_PNP, RT_WARNING, 0x66}}},
    {"bad-pnp/manufacturer-out-of-the-image", "x86:pnp=1,pnp-manufacturer=0x400", 1, 1024, -1,
     {{ROMTOOL_E_BAD_PNP, RT_WARNING, 0x6e}}},
    {"bad-pnp/product-without-end", "x86:pnp=1,pnp-product=0x3f0", 1, 1024, -1,
     {{ROMTOOL_E_BAD_PNP, RT_WARNING, 0x70}}},
    {"bad-pnp/bcv", "x86:pnp=1,pnp-bcv=0x400", 1, 1024, -1,
     {{ROMTOOL_E_BAD_PNP, RT_WARNING, 0x76}}},
    {"bad-pnp/dv", "x86:pnp=1,pnp-dv=0x400", 1, 1024, -1,
     {{ROMTOOL_E_BAD_PNP, RT_WARNING, 0x78}}},
    {"bad-pnp/bev-of-the-second", "x86 x86:pnp=1,pnp-bev=0xffff", 2, 2048, -1,
     {{ROMTOOL_E_BAD_PNP, RT_WARNING, 1024 + 0x7a}}},

    {"pnp-loop/to-itself", "x86:pnp=1,pnp-next=0x60", 1, 1024, -1,
     {{ROMTOOL_E_PNP_LOOP, RT_ERROR, 0x60}}},
    {"pnp-loop/of-two", "x86:pnp=2,pnp-next=0x60", 1, 1024, -1,
     {{ROMTOOL_E_PNP_LOOP, RT_ERROR, 0x60}}},
    {"pnp-loop/behind-a-tail", "x86:pnp=5,pnp-next=0xa0", 1, 1024, -1,
     {{ROMTOOL_E_PNP_LOOP, RT_ERROR, 0x60}}},
    {"pnp-loop/of-a-header-cut-by-the-end",
     "x86 patch:at=0x1a,bytes=f003 patch:at=0x3f0,bytes=24506e500102f0030000000000000000", 1, 1024,
     -1, {{ROMTOOL_E_BAD_CHECKSUM, RT_ERROR, 0}, {ROMTOOL_E_BAD_PNP, RT_WARNING, 0x3f0},
          {ROMTOOL_E_PNP_LOOP, RT_ERROR, 0x3f0}}},
    {"pnp-loop/isa", "isa:pnp=1,pnp-next=0x60", 1, 1024, -1,
     {{ROMTOOL_E_NO_PCIR, RT_INFO, 0x18}, {ROMTOOL_E_PNP_LOOP, RT_ERROR, 0x60}}},

    {"bad-undi/checksum", "x86:undi=0x100,undi-sum=7", 1, 1024, -1,
     {{ROMTOOL_E_BAD_UNDI, RT_WARNING, 0x100}}},
    {"bad-undi/too-short", "x86:undi=0x100,undi-length=0x15", 1, 1024, -1,
     {{ROMTOOL_E_BAD_UNDI, RT_WARNING, 0x100}}},
    {"bad-undi/out-of-the-image", "x86:undi=0x3e0,undi-length=0x30", 1, 1024, -1,
     {{ROMTOOL_E_BAD_UNDI, RT_WARNING, 0x3e0}}},

    {"bad-ipxe/checksum", "x86:ipxe=0x100,ipxe-sum=0xff", 1, 1024, -1,
     {{ROMTOOL_E_BAD_IPXE, RT_WARNING, 0x100}}},
    {"bad-ipxe/too-short", "x86:ipxe=0x100,ipxe-length=0x0b", 1, 1024, -1,
     {{ROMTOOL_E_BAD_IPXE, RT_WARNING, 0x100}}},
    {"bad-ipxe/out-of-the-image", "x86:ipxe=0x3f0,ipxe-length=0x20", 1, 1024, -1,
     {{ROMTOOL_E_BAD_IPXE, RT_WARNING, 0x3f0}}},
    {"bad-ipxe/shrinks-to-more", "x86:ipxe=0x100,ipxe-shrunk=3", 1, 1024, -1,
     {{ROMTOOL_E_BAD_IPXE, RT_WARNING, 0x106}}},

    {"bad-npde/revision", "x86:vendor=0x10de,npde=1,npde-revision=0x102", 1, 1024, -1,
     {{ROMTOOL_E_BAD_NPDE, RT_ERROR, 0x40}}},
    {"bad-npde/too-short", "x86:vendor=0x10de,npde=1,npde-size=9", 1, 1024, -1,
     {{ROMTOOL_E_BAD_NPDE, RT_ERROR, 0x40}}},
    {"bad-npde/size-beyond-the-file", "x86:vendor=0x10de,npde=1,npde-size=0x400", 1, 1024, -1,
     {{ROMTOOL_E_BAD_NPDE, RT_ERROR, 0x40}}},
    {"bad-npde/length-0", "x86:vendor=0x10de,npde=1,npde-units=0", 1, 1024, -1,
     {{ROMTOOL_E_BAD_NPDE, RT_ERROR, 0x40}}},
    {"bad-npde/behind-the-image",
     "unknown:length=1024,vendor=0x10de,npde=1,npde-units=1,pcir-at=0x1e0", 1, 512, -1,
     {{ROMTOOL_E_BAD_NPDE, RT_ERROR, 0x200}, {ROMTOOL_E_TRAILING_DATA, RT_WARNING, 512}}},
    {"bad-npde/nvidia-pcir-of-another-vendor", "unknown:pcir-signature=0x5344504e", 0, 0, -1,
     {{ROMTOOL_E_BAD_PCIR, RT_ERROR, 0x18}}},

    {"bad-fcode/out-of-the-image", "openfirmware:fcode-at=0x200", 1, 512, -1,
     {{ROMTOOL_E_BAD_FCODE, RT_WARNING, 2}}},
    {"bad-fcode/nowhere", "openfirmware:fcode-at=0", 1, 512, -1,
     {{ROMTOOL_E_BAD_FCODE, RT_WARNING, 2}}},
    {"bad-fcode/another-byte", "openfirmware:fcode-byte=0xf4", 1, 512, -1,
     {{ROMTOOL_E_BAD_FCODE, RT_WARNING, 2}}},

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
    {"not-a-rom/preamble-alone", "raw:bytes=4e564749 pad:to=4K", ROMTOOL_E_NOT_A_ROM},
    {"not-a-rom/preamble-between-units", "raw:bytes=4e564749 pad:to=600 x86", ROMTOOL_E_NOT_A_ROM},
    {"not-a-rom/preamble-too-long", "raw:bytes=4e564749 pad:to=1M x86", ROMTOOL_E_NOT_A_ROM},
    {"not-a-rom/nvidia-without-a-pcir", "raw:bytes=564e0000 pad:to=512", ROMTOOL_E_NOT_A_ROM},
    {"not-a-rom/behind-a-preamble", "raw:bytes=0000 x86", ROMTOOL_E_NOT_A_ROM},
    {"too-large", "x86 pad:to=0x4000001", ROMTOOL_E_TOO_LARGE},
};

/* clang-format on */

#endif
