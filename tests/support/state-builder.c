/* SPDX-License-Identifier: BSD-2-Clause */
#include "state-builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

static void check(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "state-builder: %s\n", what);
    exit(2);
}

static void append(struct rt_buffer *out, const void *data, size_t n)
{
    rt_buffer_append(out, data, n);
    check(!out->failed, "out of memory");
}

static void append_zeroes(struct rt_buffer *out, size_t n)
{
    check(n == 0 || rt_buffer_extend(out, n) != NULL, "out of memory");
}

static void append_be(struct rt_buffer *out, uint64_t value, unsigned n)
{
    while (n-- > 0) {
        uint8_t byte = (uint8_t)(value >> (8 * n));

        append(out, &byte, 1);
    }
}

void sb_u8(struct rt_buffer *out, uint8_t value)
{
    append_be(out, value, 1);
}

void sb_u16(struct rt_buffer *out, uint16_t value)
{
    append_be(out, value, 2);
}

void sb_u32(struct rt_buffer *out, uint32_t value)
{
    append_be(out, value, 4);
}

void sb_u64(struct rt_buffer *out, uint64_t value)
{
    append_be(out, value, 8);
}

void sb_name(struct rt_buffer *out, const char *name)
{
    size_t n = strlen(name);

    check(n <= UINT8_MAX, "a name of more than 255 bytes");
    sb_u8(out, (uint8_t)n);
    append(out, name, n);
}

/* ------------------------------------------------------------------------- sections */

void sb_header(struct rt_buffer *out)
{
    append(out, "QEVM", 4);
    sb_u32(out, 3);
}

void sb_machine(struct rt_buffer *out, const char *machine)
{
    sb_u8(out, SB_CONFIGURATION);
    sb_u32(out, (uint32_t)strlen(machine));
    append(out, machine, strlen(machine));
}

void sb_subsection(struct rt_buffer *out, const char *name)
{
    sb_u8(out, SB_SUBSECTION);
    sb_name(out, name);
    sb_u32(out, 1); /* version */
}

void sb_page_bits(struct rt_buffer *out, uint32_t bits)
{
    sb_subsection(out, "configuration/target-page-bits");
    sb_u32(out, bits);
}

void sb_capabilities(struct rt_buffer *out, const char *const *names, size_t n)
{
    sb_subsection(out, "configuration/capabilities");
    sb_u32(out, (uint32_t)n);
    for (size_t i = 0; i < n; i++)
        sb_name(out, names[i]);
}

void sb_uuid(struct rt_buffer *out)
{
    static const uint8_t uuid[16] = {7, 8, 1, 4}; /* begins like sections do, and a command */

    sb_subsection(out, "configuration/uuid");
    append(out, uuid, sizeof(uuid));
}

void sb_command(struct rt_buffer *out, uint16_t command, const void *data, uint16_t n)
{
    sb_u8(out, SB_COMMAND);
    sb_u16(out, command);
    sb_u16(out, n);
    append(out, data, n);
}

void sb_section(struct rt_buffer *out, enum sb_type type, uint32_t id, const char *name,
                uint32_t instance, uint32_t version)
{
    sb_u8(out, (uint8_t)type);
    sb_u32(out, id);
    sb_name(out, name);
    sb_u32(out, instance);
    sb_u32(out, version);
}

void sb_go_on(struct rt_buffer *out, enum sb_type type, uint32_t id)
{
    sb_u8(out, (uint8_t)type);
    sb_u32(out, id);
}

void sb_footer(struct rt_buffer *out, uint32_t id)
{
    sb_u8(out, SB_FOOTER);
    sb_u32(out, id);
}

void sb_end(struct rt_buffer *out, const char *description)
{
    sb_u8(out, SB_EOF);
    if (description == NULL)
        return;
    sb_u8(out, SB_VMDESCRIPTION);
    sb_u32(out, (uint32_t)strlen(description));
    append(out, description, strlen(description));
}

/* ------------------------------------------------------------------------- pages */

void sb_page_head(struct rt_buffer *out, const char *block, uint64_t address, unsigned flags)
{
    sb_u64(out, address | flags);
    if ((flags & SB_CONTINUE) == 0)
        sb_name(out, block);
}

void sb_zero_page(struct rt_buffer *out, const char *block, uint64_t address, unsigned flags)
{
    sb_page_head(out, block, address, flags | SB_ZERO);
    sb_u8(out, 0);
}

void sb_page(struct rt_buffer *out, const char *block, uint64_t address, const uint8_t *data,
             size_t n, unsigned flags)
{
    sb_page_head(out, block, address, flags | SB_PAGE);
    append(out, data, n);
}

void sb_compressed_page(struct rt_buffer *out, const char *block, uint64_t address,
                        const uint8_t *data, size_t n, unsigned flags)
{
    uLongf made = compressBound((uLong)n);
    uint8_t *compressed = malloc(made);

    check(compressed != NULL, "out of memory");
    check(compress(compressed, &made, data, (uLong)n) == Z_OK, "zlib does not compress");
    sb_page_head(out, block, address, flags | SB_COMPRESSED);
    sb_u32(out, (uint32_t)made);
    append(out, compressed, made);
    free(compressed);
}

void sb_xbzrle_page(struct rt_buffer *out, const char *block, uint64_t address, const uint8_t *data,
                    uint16_t n, unsigned flags)
{
    sb_page_head(out, block, address, flags | SB_XBZRLE);
    sb_u8(out, 1);
    sb_u16(out, n);
    append(out, data, n);
}

/* ------------------------------------------------------------------------- a whole stream */

#define PAGES_ALIGNMENT ((uint64_t)1 << 20) /* of mapped-ram */

static uint32_t ram_id(const struct sb_spec *spec)
{
    return spec->ram_id == 0 ? 2 : spec->ram_id;
}

static size_t page_size(const struct sb_spec *spec)
{
    return (size_t)1 << (spec->page_bits == 0 ? 12 : spec->page_bits);
}

static size_t pages_of(const struct sb_spec *spec, const struct sb_block *block)
{
    return (size_t)(block->length / page_size(spec));
}

/* Copies the i-th page of a block; true where it has a byte that is not zero. */
static bool get_page(const struct sb_spec *spec, const struct sb_block *block, size_t i,
                     uint8_t *ret)
{
    size_t n = page_size(spec), at = i * n;
    bool any = false;

    memset(ret, 0, n);
    if (at < block->data_len)
        memcpy(ret, block->data + at, n < block->data_len - at ? n : block->data_len - at);
    for (size_t j = 0; j < n; j++)
        any = any || ret[j] != 0;
    return any;
}

static uint8_t *page_buffer(const struct sb_spec *spec)
{
    uint8_t *page = malloc(page_size(spec));

    check(page != NULL, "out of memory");
    return page;
}

static void end_section(struct rt_buffer *out, const struct sb_spec *spec, uint32_t id)
{
    if (spec->footers)
        sb_footer(out, id);
}

static void end_ram(struct rt_buffer *out, const struct sb_spec *spec)
{
    if (spec->flush)
        sb_u64(out, SB_MULTIFD_FLUSH);
    sb_u64(out, SB_EOS);
    end_section(out, spec, ram_id(spec));
}

static void put_configuration(struct rt_buffer *out, const struct sb_spec *spec)
{
    const char *names[2];
    size_t n = 0;

    sb_machine(out, spec->machine);
    if (spec->page_bits != 0)
        sb_page_bits(out, spec->page_bits);
    if (spec->ignore_shared)
        names[n++] = "x-ignore-shared";
    if (spec->mapped_ram)
        names[n++] = "mapped-ram";
    if (n > 0)
        sb_capabilities(out, names, n);
    if (spec->uuid)
        sb_uuid(out);
    if (spec->subsection != NULL) {
        sb_subsection(out, spec->subsection);
        sb_u32(out, 0x07080104);
    }
}

void sb_before_ram(struct rt_buffer *out, const struct sb_spec *spec)
{
    static const uint8_t ping[4] = {0, 0, 0, 1};
    static const uint8_t advise[16] = {[5] = 0x20, [6] = 0x10, [14] = 0x10}; /* 4K and 2M pages */

    sb_header(out);
    if (spec->machine != NULL)
        put_configuration(out, spec);
    if (spec->return_path)
        sb_command(out, SB_OPEN_RETURN_PATH, NULL, 0);
    if (spec->ping)
        sb_command(out, SB_PING, ping, sizeof(ping));
    if (spec->advise != 0)
        sb_command(out, SB_POSTCOPY_ADVISE, advise, spec->advise < 0 ? 0 : sizeof(advise));
    if (spec->early) {
        sb_section(out, SB_FULL, 40, "0000:00:04.0/virtio-mem-device-early", 0, 1);
        sb_u64(out, 0x0102030405060708);
        end_section(out, spec, 40);
    }
    if (spec->bulk) {
        sb_section(out, SB_START, 1, "block", 0, 1);
        sb_u64(out, 2); /* BLK_MIG_FLAG_EOS */
        end_section(out, spec, 1);
    }
}

/* The header of a mapped-ram block, and its bitmap and pages. */
static void put_mapped(struct rt_buffer *out, const struct sb_spec *spec,
                       const struct sb_block *block)
{
    size_t n = pages_of(spec, block), bitmap_size = (n + 63) / 64 * 8, bitmap_at, pages_at;
    uint8_t *page = page_buffer(spec);

    sb_u32(out, 1); /* version */
    sb_u64(out, page_size(spec));
    if (block->ignored) {
        sb_u64(out, 0);
        sb_u64(out, 0);
        free(page);
        return;
    }
    bitmap_at = out->len + 16;
    pages_at = (size_t)((spec->base + bitmap_at + bitmap_size + PAGES_ALIGNMENT - 1) /
                            PAGES_ALIGNMENT * PAGES_ALIGNMENT -
                        spec->base);
    sb_u64(out, spec->base + bitmap_at);
    sb_u64(out, spec->base + pages_at);
    append_zeroes(out, pages_at - bitmap_at + (size_t)block->length);
    for (size_t i = 0; i < n; i++) {
        if (!get_page(spec, block, i, page))
            continue;
        out->data[bitmap_at + i / 8] = (char)(out->data[bitmap_at + i / 8] | 1 << i % 8);
        memcpy(out->data + pages_at + i * page_size(spec), page, page_size(spec));
    }
    free(page);
}

void sb_list(struct rt_buffer *out, const struct sb_spec *spec)
{
    uint64_t total = 0;

    for (size_t i = 0; i < spec->n; i++)
        total += spec->blocks[i].length;
    sb_section(out, SB_START, ram_id(spec), "ram", 0, 4);
    sb_u64(out, total | SB_MEM_SIZE);
    for (size_t i = 0; i < spec->n; i++) {
        const struct sb_block *block = &spec->blocks[i];

        sb_name(out, block->name);
        sb_u64(out, block->length);
        if (spec->ignore_shared && spec->address_first)
            sb_u64(out, block->address);
        if (block->page_size != 0)
            sb_u64(out, block->page_size);
        if (spec->ignore_shared && !spec->address_first)
            sb_u64(out, block->address);
        if (spec->mapped_ram)
            put_mapped(out, spec, block);
    }
}

static void put_page(struct rt_buffer *out, const struct sb_spec *spec,
                     const struct sb_block *block, uint64_t address, const uint8_t *page,
                     unsigned flags)
{
    static const uint8_t difference[] = {0, 1, 0x5a}; /* nothing is the same, one byte is not */
    size_t n = page_size(spec);

    switch (block->pages) {
    case SB_DEFLATED:
        sb_compressed_page(out, block->name, address, page, n, flags);
        break;
    case SB_DIFFERENCE:
        sb_page(out, block->name, address, page, n, flags);
        sb_xbzrle_page(out, block->name, address, difference, sizeof(difference), SB_CONTINUE);
        break;
    case SB_NORMAL:
    case SB_NONE:
        sb_page(out, block->name, address, page, n, flags);
        break;
    }
}

static void put_block(struct rt_buffer *out, const struct sb_spec *spec,
                      const struct sb_block *block, size_t pass, size_t passes)
{
    uint8_t *page = page_buffer(spec);
    unsigned flags = 0; /* the first page of a block names it */

    for (size_t i = 0; i < pages_of(spec, block); i++) {
        uint64_t address = (uint64_t)i * page_size(spec);
        bool is_odd = i % 2 != 0, any = get_page(spec, block, i, page);

        if (!is_odd && pass > 0)
            continue;
        if (is_odd && pass + 1 < passes) {
            for (size_t j = 0; j < page_size(spec); j++)
                page[j] = (uint8_t)~page[j];
            any = true;
        }
        if (any)
            put_page(out, spec, block, address, page, flags);
        else
            sb_zero_page(out, block->name, address, flags);
        flags = SB_CONTINUE;
    }
    free(page);
}

static size_t passes_of(const struct sb_spec *spec)
{
    return spec->passes == 0 ? 1 : spec->passes;
}

void sb_pass(struct rt_buffer *out, const struct sb_spec *spec, size_t i)
{
    for (size_t j = 0; j < spec->n && !spec->mapped_ram; j++) {
        const struct sb_block *block = &spec->blocks[j];

        if (block->pages != SB_NONE && !block->ignored)
            put_block(out, spec, block, i, passes_of(spec));
    }
}

/* Of the sections that live beside the memory: a part of each, between its passes. */
static void put_bulk(struct rt_buffer *out, const struct sb_spec *spec)
{
    sb_go_on(out, SB_PART, 1);
    sb_u64(out, 2);
    end_section(out, spec, 1);
    sb_section(out, SB_START, 3, "dirty-bitmap", 0, 1);
    sb_u8(out, 1);
    end_section(out, spec, 3);
    sb_go_on(out, SB_PART, 3);
    sb_u32(out, 0x7e000000); /* what looks like a footer's beginning */
    end_section(out, spec, 3);
}

void sb_stream(struct rt_buffer *out, const struct sb_spec *spec)
{
    size_t passes = passes_of(spec);

    sb_before_ram(out, spec);
    sb_list(out, spec);
    end_ram(out, spec);
    for (size_t i = 0; i < passes; i++) {
        if (spec->bulk)
            put_bulk(out, spec);
        sb_go_on(out, i + 1 < passes ? SB_PART : SB_END, ram_id(spec));
        sb_pass(out, spec, i);
        end_ram(out, spec);
    }
    if (!spec->whole)
        return;
    sb_section(out, SB_FULL, 5, "timer", 0, 2);
    sb_u64(out, 0);
    sb_u64(out, 0);
    sb_u64(out, 0);
    end_section(out, spec, 5);
    sb_end(out, "{\"page_size\": 4096, \"devices\": []}");
}
