/* SPDX-License-Identifier: BSD-2-Clause */
#include "state/keep.h"

#include "state/blocks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int begin_rom(struct rt_state_roms *roms, const struct rt_state_block *block, size_t i,
                     const struct rt_findings *findings, struct romtool_error *err)
{
    struct rt_state_rom *rom = &roms->rom[roms->n++];

    rom->block = i;
    rom->kept = block->length > 0 && block->length <= RT_STATE_ROM_MAX;
    if (!rom->kept) {
        rt_finding_add(findings, ROMTOOL_E_TOO_LARGE, RT_WARNING, ROMTOOL_NO_OFFSET,
                       "the ROM '%.64s' of 0x%" PRIx64 " bytes is not read, the limit is 0x%zx",
                       block->name, block->length, (size_t)RT_STATE_ROM_MAX);
        return 0;
    }
    rom->pages = (size_t)((block->length + roms->page_size - 1) / roms->page_size);
    rom->is_seen = calloc(1, (rom->pages + 7) / 8);
    return rom->is_seen == NULL ? rt_error_no_memory(err) : 0;
}

int rt_state_keep_begin(struct rt_state_roms *roms, const struct rt_state_stream *stream,
                        const struct rt_findings *findings, struct romtool_error *err)
{
    char device[RT_STATE_NAME_SIZE];
    size_t n = 0;
    int r = 0;

    *roms = (struct rt_state_roms){.page_size = (size_t)1 << stream->page_bits};
    for (size_t i = 0; i < stream->n_blocks; i++)
        n += rt_state_block_is_rom(stream->blocks[i].name, device);
    roms->rom = calloc(n + 1, sizeof(*roms->rom));
    if (roms->rom == NULL)
        return rt_error_no_memory(err);
    for (size_t i = 0; r == 0 && i < stream->n_blocks; i++) {
        if (rt_state_block_is_rom(stream->blocks[i].name, device))
            r = begin_rom(roms, &stream->blocks[i], i, findings, err);
    }
    return r;
}

struct rt_state_rom *rt_state_keep_find(const struct rt_state_roms *roms, size_t block)
{
    size_t low = 0, high = roms->n;

    while (low < high) { /* they are in the order of the blocks */
        size_t middle = low + (high - low) / 2;

        if (roms->rom[middle].block == block)
            return roms->rom[middle].kept ? &roms->rom[middle] : NULL;
        if (roms->rom[middle].block < block)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

void rt_state_keep_see(struct rt_state_rom *rom, size_t page)
{
    uint8_t bit = (uint8_t)(1U << (page % 8));

    if ((rom->is_seen[page / 8] & bit) == 0)
        rom->seen++;
    rom->is_seen[page / 8] |= bit;
}

void rt_state_keep_forget(struct rt_state_rom *rom, size_t page)
{
    uint8_t bit = (uint8_t)(1U << (page % 8));

    if ((rom->is_seen[page / 8] & bit) != 0)
        rom->seen--;
    rom->is_seen[page / 8] &= (uint8_t)~bit;
}

int rt_state_keep_page(struct rt_state_roms *roms, struct rt_state_rom *rom, size_t page,
                       uint64_t at, uint8_t **ret, struct romtool_error *err)
{
    size_t table = rom->bytes == NULL ? rom->pages * sizeof(*rom->bytes) : 0;

    *ret = rom->bytes != NULL ? rom->bytes[page] : NULL;
    if (*ret != NULL)
        return 0;
    if (table + roms->page_size > RT_STATE_ROMS_MAX - roms->held)
        return rt_error_set(err, ROMTOOL_E_TOO_LARGE, at,
                            "the guest's ROMs have more than %zu bytes", (size_t)RT_STATE_ROMS_MAX);
    if (rom->bytes == NULL) {
        rom->bytes = calloc(rom->pages, sizeof(*rom->bytes));
        if (rom->bytes == NULL)
            return rt_error_no_memory(err);
    }
    *ret = rom->bytes[page] = calloc(1, roms->page_size);
    if (*ret == NULL)
        return rt_error_no_memory(err);
    roms->held += table + roms->page_size;
    return 0;
}

int rt_state_keep_fill(struct rt_state_roms *roms, struct rt_state_rom *rom, size_t page,
                       uint64_t at, uint8_t fill, struct romtool_error *err)
{
    uint8_t *bytes = rom->bytes != NULL ? rom->bytes[page] : NULL;
    int r = 0;

    if (fill != 0)
        r = rt_state_keep_page(roms, rom, page, at, &bytes, err);
    if (r < 0)
        return r;
    if (bytes != NULL)
        memset(bytes, fill, roms->page_size);
    rt_state_keep_see(rom, page);
    return 0;
}

int rt_state_rom_bytes(const struct rt_state_roms *roms, const struct rt_state_stream *stream,
                       size_t i, uint8_t **ret, size_t *ret_n, struct romtool_error *err)
{
    const struct rt_state_rom *rom = &roms->rom[i];
    const struct rt_state_block *block = &stream->blocks[rom->block];
    size_t length = (size_t)block->length;

    *ret = NULL;
    *ret_n = 0;
    if (!rom->kept || rom->seen < rom->pages)
        return rt_error_set(err, ROMTOOL_E_ROM_INCOMPLETE, ROMTOOL_NO_OFFSET,
                            "not all pages of '%.64s' are here", block->name);
    *ret = calloc(1, length);
    if (*ret == NULL)
        return rt_error_no_memory(err);
    *ret_n = length;
    for (size_t page = 0; rom->bytes != NULL && page < rom->pages; page++) {
        size_t at = page * roms->page_size;

        if (rom->bytes[page] != NULL)
            memcpy(*ret + at, rom->bytes[page],
                   roms->page_size < length - at ? roms->page_size : length - at);
    }
    return 0;
}

void rt_state_roms_free(struct rt_state_roms *roms)
{
    for (size_t i = 0; i < roms->n; i++) {
        struct rt_state_rom *rom = &roms->rom[i];

        for (size_t page = 0; rom->bytes != NULL && page < rom->pages; page++)
            free(rom->bytes[page]);
        free(rom->bytes);
        free(rom->is_seen);
    }
    free(roms->rom);
    *roms = (struct rt_state_roms){0};
}
