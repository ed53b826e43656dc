/* SPDX-License-Identifier: BSD-2-Clause */
/* A small stream in every form that QEMU writes, for what reads one. */
#ifndef TESTS_UNIT_STATE_VARIANTS_H
#define TESTS_UNIT_STATE_VARIANTS_H

#include "tests/support/state-builder.h"

/* Pages of 1 KiB, the smallest: a short stream has several. */
enum { SMALL_PAGE = 1024 };

#define ROM_NAME "0000:00:03.0/virtio-net-pci.rom"

/* Three pages that differ, the third zero; two blocks begin so. */
static const uint8_t rom_data[2 * SMALL_PAGE] = {0x55,
                                                 0xaa,
                                                 0x02,
                                                 0x7e,
                                                 0,
                                                 0,
                                                 0,
                                                 2,
                                                 [SMALL_PAGE - 1] = 0x11,
                                                 [SMALL_PAGE] = 0x22,
                                                 [2 * SMALL_PAGE - 1] = 0x33};

static const struct sb_block plain_blocks[] = {
    {.name = "pc.ram", .length = 2 * SMALL_PAGE, .data = rom_data, .data_len = 9},
    {.name = ROM_NAME, .length = 4 * SMALL_PAGE, .data = rom_data, .data_len = sizeof(rom_data)},
    {.name = "/rom@etc/table-loader", .length = SMALL_PAGE},
};

/* Before QEMU 2.4 nothing said which page it was: 4 KiB. */
static const struct sb_block oldest_blocks[] = {
    {.name = "pc.ram", .length = 8192, .data = rom_data, .data_len = 9},
    {.name = ROM_NAME, .length = 4096, .data = rom_data, .data_len = sizeof(rom_data)},
};

/* The memory's own block is shared with a file, the others are not. */
static const struct sb_block shared_blocks[] = {
    {.name = "pc.ram",
     .length = 2 * SMALL_PAGE,
     .address = 0,
     .data = rom_data,
     .data_len = 9,
     .ignored = true},
    {.name = ROM_NAME,
     .length = 4 * SMALL_PAGE,
     .address = 0xfeb80000,
     .data = rom_data,
     .data_len = sizeof(rom_data)},
    {.name = "pc.rom", .length = SMALL_PAGE, .address = 0xc0000},
};

/* Huge pages: of the first block, of one in the middle, of the last. */
static const struct sb_block huge_blocks[] = {
    {.name = "ram-node0", .length = 2 * SMALL_PAGE, .page_size = 1 << 21},
    {.name = ROM_NAME, .length = 4 * SMALL_PAGE, .data = rom_data, .data_len = sizeof(rom_data)},
    {.name = "mem1", .length = SMALL_PAGE, .page_size = 1 << 30},
    {.name = "pc.rom", .length = SMALL_PAGE},
    {.name = "mem2", .length = SMALL_PAGE, .page_size = UINT64_C(1) << 34},
};

static const struct sb_block huge_shared_blocks[] = {
    {.name = "ram-node0", .length = 2 * SMALL_PAGE, .page_size = 1 << 21, .address = 0},
    {.name = ROM_NAME,
     .length = 4 * SMALL_PAGE,
     .address = 0xfeb80000,
     .data = rom_data,
     .data_len = sizeof(rom_data)},
    {.name = "mem1", .length = SMALL_PAGE, .page_size = 1 << 30, .address = UINT64_C(1) << 32},
};

static const struct sb_block deflated_blocks[] = {
    {.name = "pc.ram",
     .length = 2 * SMALL_PAGE,
     .data = rom_data,
     .data_len = 9,
     .pages = SB_DEFLATED},
    {.name = ROM_NAME,
     .length = 4 * SMALL_PAGE,
     .data = rom_data,
     .data_len = sizeof(rom_data),
     .pages = SB_DEFLATED},
};

/* XBZRLE beside a ROM does it no harm. */
static const struct sb_block difference_blocks[] = {
    {.name = "pc.ram",
     .length = 2 * SMALL_PAGE,
     .data = rom_data,
     .data_len = 9,
     .pages = SB_DIFFERENCE},
    {.name = ROM_NAME, .length = 4 * SMALL_PAGE, .data = rom_data, .data_len = sizeof(rom_data)},
};

enum {
    VARIANT_OLDEST,
    VARIANT_MAPPED,
    VARIANT_ALL,
    VARIANT_FOOTERS, /* and nothing else */
};

#define BLOCKS(array) .page_bits = 10, .blocks = array, .n = sizeof(array) / sizeof((array)[0])

static const struct sb_spec variants[] = {
    [VARIANT_OLDEST] = {.blocks = oldest_blocks, .n = 2, .passes = 2},
    [VARIANT_MAPPED] = {.machine = "pc-q35-9.0",
                        BLOCKS(plain_blocks),
                        .mapped_ram = true,
                        .footers = true,
                        .whole = true},
    [VARIANT_ALL] = {.machine = "pc-i440fx-7.2",
                     BLOCKS(plain_blocks),
                     .uuid = true,
                     .return_path = true,
                     .ping = true,
                     .advise = 1,
                     .early = true,
                     .bulk = true,
                     .flush = true,
                     .footers = true,
                     .passes = 3,
                     .whole = true,
                     .ram_id = 0x7e017e01},
    [VARIANT_FOOTERS] = {.machine = "pc-q35-2.4",
                         BLOCKS(plain_blocks),
                         .footers = true,
                         .whole = true},
    {.machine = "none", BLOCKS(plain_blocks), .passes = 2},
    {.machine = "virt-7.2", BLOCKS(plain_blocks), .uuid = true, .footers = true},
    {.machine = "pc-q35-11.1",
     BLOCKS(plain_blocks),
     .subsection = "configuration/of-tomorrow",
     .footers = true},
    {.machine = "pc-q35-7.2", BLOCKS(plain_blocks), .return_path = true, .footers = true},
    {.machine = "pc-q35-7.2", BLOCKS(plain_blocks), .ping = true, .footers = true},
    {.machine = "pc-q35-7.2", BLOCKS(plain_blocks), .advise = -1, .footers = true},
    {.machine = "pc-q35-7.2", BLOCKS(plain_blocks), .early = true, .footers = true, .whole = true},
    {.machine = "pc-q35-2.8", BLOCKS(plain_blocks), .bulk = true, .footers = true, .passes = 2},
    {.machine = "pc-q35-8.2", BLOCKS(plain_blocks), .flush = true, .footers = true, .passes = 2},
    {.machine = "pc-q35-7.2", BLOCKS(shared_blocks), .ignore_shared = true, .footers = true},
    {.machine = "pc-q35-7.2",
     BLOCKS(huge_blocks),
     .advise = 1,
     .footers = true,
     .whole = true,
     .passes = 2},
    {.machine = "pc-q35-8.2", BLOCKS(huge_blocks), .advise = 1, .flush = true, .footers = true},
    {.machine = "pc-q35-7.2",
     BLOCKS(huge_shared_blocks),
     .ignore_shared = true,
     .advise = 1,
     .footers = true},
    {.machine = "pc-q35-9.0",
     BLOCKS(shared_blocks),
     .ignore_shared = true,
     .mapped_ram = true,
     .footers = true},
    {.machine = "pc-q35-7.2", BLOCKS(deflated_blocks), .footers = true, .passes = 2},
    {.machine = "pc-q35-7.2", BLOCKS(difference_blocks), .footers = true, .passes = 2},
};

#endif
