/* SPDX-License-Identifier: BSD-2-Clause */
#include "state/pages.h"

#include "core/gz.h"
#include "state/keep.h"
#include "state/wire.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FOOTER_SIZE = 5 /* bytes: its type, the section's id */ };

/* How far another device's section is followed: a file's holes have no end. */
#define SECTION_MAX (UINT64_C(256) << 20)

struct walk {
    struct rt_reader *reader;
    const struct rt_state_stream *stream;
    struct rt_state_roms *roms;
    const struct rt_state_block **by_name;
    const struct rt_state_block *block; /* of the page before; NULL: none */
    struct rt_state_rom *rom;           /* of that block; NULL: not kept */
    bool has_footers;                   /* the "ram" section's start had one */
    bool is_ended;                      /* the memory's end was seen */
    bool has_guessed;                   /* where a section of another device ends */
};

/* ------------------------------------------------------------------------- pages of a stream */

static int compare_names(const void *a, const void *b)
{
    const struct rt_state_block *const *left = a, *const *right = b;

    return strcmp((*left)->name, (*right)->name);
}

static int compare_name(const void *name, const void *block)
{
    const struct rt_state_block *const *right = block;

    return strcmp(name, (*right)->name);
}

static int sort_blocks(struct walk *walk, struct romtool_error *err)
{
    const struct rt_state_stream *stream = walk->stream;

    walk->by_name = calloc(stream->n_blocks + 1, sizeof(struct rt_state_block *));
    if (walk->by_name == NULL)
        return rt_error_no_memory(err);
    for (size_t i = 0; i < stream->n_blocks; i++)
        walk->by_name[i] = &stream->blocks[i];
    qsort(walk->by_name, stream->n_blocks, sizeof(struct rt_state_block *), compare_names);
    return 0;
}

/* The block that a page names, or goes on with. */
static int take_block(struct walk *walk, uint64_t at, unsigned flags, struct romtool_error *err)
{
    const struct rt_state_stream *stream = walk->stream;
    const struct rt_state_block **found = NULL;
    char name[RT_STATE_NAME_SIZE];
    struct rt_bytes bytes;
    uint8_t n = 0;
    int r;

    if ((flags & RT_WIRE_RAM_CONTINUE) != 0) {
        if (walk->block == NULL)
            return rt_error_set(err, ROMTOOL_E_BAD_STREAM, at, "the first page names no block");
        return 0;
    }
    r = rt_reader_u8(walk->reader, "a page's block", &n, err);
    if (r == 0)
        r = rt_reader_take(walk->reader, n, "a page's block", &bytes, err);
    if (r < 0)
        return r;
    memcpy(name, bytes.data, n);
    name[n] = '\0';
    if (strlen(name) == n)
        found = bsearch(name, walk->by_name, stream->n_blocks, sizeof(struct rt_state_block *),
                        compare_name);
    if (found == NULL)
        return rt_error_set(err, ROMTOOL_E_BAD_STREAM, at,
                            "a page of '%.64s', which is not among the RAM blocks", name);
    walk->block = *found;
    walk->rom = rt_state_keep_find(walk->roms, (size_t)(*found - stream->blocks));
    return 0;
}

static int keep_bytes(struct walk *walk, struct rt_state_rom *rom, size_t page, uint64_t at,
                      struct rt_bytes bytes, struct romtool_error *err)
{
    uint8_t *kept = NULL;
    int r = rt_state_keep_page(walk->roms, rom, page, at, &kept, err);

    if (r < 0)
        return r;
    memcpy(kept, bytes.data, bytes.len);
    rt_state_keep_see(rom, page);
    return 0;
}

static int take_compressed(struct walk *walk, struct rt_state_rom *rom, size_t page,
                           struct romtool_error *err)
{
    uint64_t at = rt_reader_offset(walk->reader);
    struct romtool_error why = {0};
    struct rt_bytes bytes;
    uint8_t *kept = NULL;
    uint32_t n;
    int r = rt_reader_u32be(walk->reader, "a compressed page", &n, err);

    if (r < 0 || rom == NULL)
        return r < 0 ? r : rt_reader_skip(walk->reader, n, err);
    if (n > 2 * walk->roms->page_size)
        return rt_error_set(err, ROMTOOL_E_BAD_STREAM, at,
                            "a page that has %" PRIu32 " bytes compressed", n);
    r = rt_reader_take(walk->reader, n, "a compressed page", &bytes, err);
    if (r == 0)
        r = rt_state_keep_page(walk->roms, rom, page, at, &kept, err);
    if (r < 0)
        return r;
    r = rt_gz_inflate(bytes, kept, walk->roms->page_size, &why);
    if (r < 0) {
        rt_state_keep_forget(rom, page); /* zlib has written into it */
        return rt_error_set(err, why.code, at, "%s", why.text);
    }
    rt_state_keep_see(rom, page);
    return 0;
}

/*
 * A difference to what the page was before: of what is not kept it is passed over, a ROM's page is
 * not known any more.
 */
static int take_xbzrle(struct walk *walk, struct rt_state_rom *rom, size_t page, uint64_t at,
                       struct romtool_error *err)
{
    uint16_t n = 0;
    uint8_t kind;
    int r;

    if (rom != NULL) {
        rt_state_keep_forget(rom, page);
        return rt_error_set(err, ROMTOOL_E_XBZRLE, at,
                            "a page of '%.64s' is a difference to an earlier one (XBZRLE)",
                            walk->stream->blocks[rom->block].name);
    }
    r = rt_reader_u8(walk->reader, "an XBZRLE page", &kind, err);
    if (r == 0)
        r = rt_reader_u16be(walk->reader, "an XBZRLE page", &n, err);
    return r < 0 ? r : rt_reader_skip(walk->reader, n, err);
}

/* What stands behind a page's address, by its flags. */
static int take_page(struct walk *walk, uint64_t at, uint64_t address, unsigned flags,
                     struct romtool_error *err)
{
    struct rt_state_rom *rom;
    struct rt_bytes bytes;
    uint8_t fill;
    size_t page;
    int r = take_block(walk, at, flags, err);

    if (r < 0)
        return r;
    if (address >= walk->block->length || address % walk->roms->page_size != 0)
        return rt_error_set(err, ROMTOOL_E_BAD_STREAM, at,
                            "a page at 0x%" PRIx64 " of '%.64s', which has 0x%" PRIx64 " bytes",
                            address, walk->block->name, walk->block->length);
    rom = walk->rom;
    page = (size_t)(address / walk->roms->page_size);
    if ((flags & RT_WIRE_RAM_XBZRLE) != 0)
        return take_xbzrle(walk, rom, page, at, err);
    if ((flags & RT_WIRE_RAM_COMPRESSED) != 0)
        return take_compressed(walk, rom, page, err);
    if ((flags & RT_WIRE_RAM_ZERO) != 0) {
        r = rt_reader_u8(walk->reader, "a zero page", &fill, err);
        return r < 0 || rom == NULL ? r : rt_state_keep_fill(walk->roms, rom, page, at, fill, err);
    }
    if (rom == NULL)
        return rt_reader_skip(walk->reader, walk->roms->page_size, err);
    r = rt_reader_take(walk->reader, walk->roms->page_size, "a page", &bytes, err);
    return r < 0 ? r : keep_bytes(walk, rom, page, at, bytes, err);
}

/* All pages of one section of the memory, up to its end. */
static int take_pages(struct walk *walk, struct romtool_error *err)
{
    for (;;) {
        uint64_t at = rt_reader_offset(walk->reader), address;
        unsigned flags;
        int r = rt_reader_u64be(walk->reader, "the guest's memory", &address, err);

        if (r < 0)
            return r;
        flags = (unsigned)(address & RT_WIRE_RAM_FLAGS);
        address -= flags;
        switch (flags & ~(unsigned)RT_WIRE_RAM_CONTINUE) {
        case RT_WIRE_RAM_EOS:
            return 0;
        case RT_WIRE_RAM_MULTIFD_FLUSH:
            break;
        case RT_WIRE_RAM_ZERO:
        case RT_WIRE_RAM_PAGE:
        case RT_WIRE_RAM_XBZRLE:
        case RT_WIRE_RAM_COMPRESSED:
            r = take_page(walk, at, address, flags, err);
            break;
        default:
            r = rt_error_set(err, ROMTOOL_E_BAD_STREAM, at, "a page with the flags 0x%x%s", flags,
                             (flags & RT_WIRE_RAM_HOOK) != 0 ? ": RDMA's, which no file can have"
                                                             : "");
        }
        if (r < 0)
            return r;
    }
}

/* ------------------------------------------------------------------------- sections */

/* Passes a section's footer, where there is one. */
static int take_footer(struct walk *walk, bool *ret_has, struct romtool_error *err)
{
    uint64_t at = rt_reader_offset(walk->reader);
    struct rt_bytes bytes;
    uint32_t id = 0;
    uint8_t type;
    int r = rt_reader_peek(walk->reader, 1, &bytes, err);

    *ret_has = r == 0 && bytes.len == 1 && bytes.data[0] == RT_WIRE_FOOTER;
    if (r < 0 || !*ret_has)
        return r;
    (void)rt_reader_u8(walk->reader, "a section's footer", &type, err);
    r = rt_reader_u32be(walk->reader, "a section's footer", &id, err);
    if (r == 0 && id != walk->stream->ram_id)
        return rt_error_set(err, ROMTOOL_E_BAD_STREAM, at,
                            "the footer of section %" PRIu32 " behind section %" PRIu32, id,
                            walk->stream->ram_id);
    return r;
}

/* May a section begin with this byte? */
static bool begins_section(uint8_t type)
{
    return type <= RT_WIRE_FULL || type == RT_WIRE_COMMAND;
}

/*
 * Of another device's section nothing tells the length: goes behind its footer, which names it.
 * What a guest has on its disk can look like one (block migration), so that it was so is said.
 */
static int pass_section(struct walk *walk, uint32_t id, uint64_t begin, struct romtool_error *err)
{
    uint8_t footer[FOOTER_SIZE] = {RT_WIRE_FOOTER, (uint8_t)(id >> 24), (uint8_t)(id >> 16),
                                   (uint8_t)(id >> 8), (uint8_t)id};
    struct rt_bytes bytes;
    size_t at;
    int r;

    if (!walk->has_footers)
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED, begin,
                            "section %" PRIu32 " is another device's and nothing tells its length",
                            id);
    for (;;) {
        r = rt_reader_peek(walk->reader, walk->reader->capacity, &bytes, err);
        if (r < 0)
            return r;
        for (at = 0; rt_bytes_has(bytes, at, FOOTER_SIZE + 1); at++) {
            if (bytes.data[at] == RT_WIRE_FOOTER &&
                rt_bytes_equal_at(bytes, at, footer, FOOTER_SIZE) &&
                begins_section(bytes.data[at + FOOTER_SIZE])) {
                walk->has_guessed = true;
                return rt_reader_skip(walk->reader, at + FOOTER_SIZE, err);
            }
        }
        if (bytes.len < walk->reader->capacity)
            return rt_error_set(err, ROMTOOL_E_TRUNCATED,
                                rt_reader_offset(walk->reader) + bytes.len,
                                "ends inside section %" PRIu32, id);
        if (rt_reader_offset(walk->reader) - begin > SECTION_MAX)
            return rt_error_set(err, ROMTOOL_E_UNSUPPORTED, begin,
                                "section %" PRIu32 " has more than 0x%" PRIx64 " bytes", id,
                                SECTION_MAX);
        r = rt_reader_skip(walk->reader, at, err);
        if (r < 0)
            return r;
    }
}

/* One section behind the block list's own. */
static int take_section(struct walk *walk, struct romtool_error *err)
{
    uint64_t at = rt_reader_offset(walk->reader);
    uint16_t command;
    bool has_footer;
    uint8_t type;
    uint32_t id;
    int r = rt_reader_u8(walk->reader, "the stream, before the memory's end", &type, err);

    if (r < 0)
        return r;
    if (type == RT_WIRE_COMMAND)
        return rt_wire_command(walk->reader, &command, err);
    if (type == RT_WIRE_EOF || !begins_section(type))
        return rt_error_set(err, ROMTOOL_E_BAD_STREAM, at,
                            "a section of type 0x%02x before the memory's end", type);
    r = rt_reader_u32be(walk->reader, "a section", &id, err);
    if (r < 0)
        return r;
    if (id != walk->stream->ram_id || type == RT_WIRE_START || type == RT_WIRE_FULL)
        return pass_section(walk, id, at, err);
    r = take_pages(walk, err);
    if (r < 0)
        return r;
    walk->is_ended = type == RT_WIRE_END;
    return walk->is_ended ? 0 : take_footer(walk, &has_footer, err);
}

static int read_stream(struct walk *walk, struct romtool_error *err)
{
    int r = take_pages(walk, err); /* what is left of the section with the block list */

    if (r == 0)
        r = take_footer(walk, &walk->has_footers, err);
    while (r == 0 && !walk->is_ended)
        r = take_section(walk, err);
    return r;
}

/* ------------------------------------------------------------------------- mapped-ram */

/* Which pages the file has; the others are zero. The words are little-endian, as x86 has them. */
static int read_mapped_rom(struct walk *walk, struct rt_state_rom *rom, struct romtool_error *err)
{
    const struct rt_state_block *block = &walk->stream->blocks[rom->block];
    const struct rt_source *source = walk->reader->source;
    struct rt_reader reader = *walk->reader;
    uint8_t bitmap[RT_STATE_ROM_MAX >> 10 >> 3]; /* the smallest page has 1 KiB */
    struct rt_bytes bytes;
    int r;

    rt_reader_begin(&reader, source, block->bitmap_at, reader.buffer, reader.capacity);
    r = rt_reader_take(&reader, (rom->pages + 7) / 8, "a block's bitmap", &bytes, err);
    if (r < 0)
        return r;
    memcpy(bitmap, bytes.data, bytes.len);
    rt_reader_begin(&reader, source, block->pages_at, reader.buffer, reader.capacity);
    for (size_t i = 0; r == 0 && i < rom->pages; i++) {
        uint64_t at = rt_reader_offset(&reader);

        if ((bitmap[i / 8] >> (i % 8) & 1) == 0) {
            r = rt_state_keep_fill(walk->roms, rom, i, 0, 0, err);
            if (r == 0)
                r = rt_reader_skip(&reader, walk->roms->page_size, err);
            continue;
        }
        r = rt_reader_take(&reader, walk->roms->page_size, "a page", &bytes, err);
        if (r == 0)
            r = keep_bytes(walk, rom, i, at, bytes, err);
    }
    return r;
}

/*
 * Until the memory's section ends nobody has written a bitmap: all would read as zeroes. What is
 * left of the stream begins behind the list.
 */
static int read_mapped(struct walk *walk, struct romtool_error *err)
{
    struct rt_reader *in = walk->reader;
    uint64_t at = rt_reader_offset(in);
    int r = 0;

    if (!walk->reader->source->seekable)
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED, rt_reader_offset(walk->reader),
                            "a mapped-ram stream: its ROMs are read from a file, not from a pipe");
    for (size_t i = 0; r == 0 && i < walk->roms->n; i++) {
        struct rt_state_rom *rom = &walk->roms->rom[i];

        if (rom->kept && walk->stream->blocks[rom->block].bitmap_at != 0)
            r = read_mapped_rom(walk, rom, err);
    }
    rt_reader_begin(in, in->source, at, in->buffer, in->capacity); /* they had its buffer */
    return r < 0 ? r : read_stream(walk, err);
}

/* ------------------------------------------------------------------------- the whole */

/* What the input is to blame for ends the walk, not the call. */
static bool is_input(int code)
{
    return romtool_error_verdict(code) == ROMTOOL_REFUSED || code == ROMTOOL_E_UNSUPPORTED;
}

static void report(const struct walk *walk, const struct romtool_error *why,
                   const struct rt_findings *findings)
{
    bool is_malformed = why->code != ROMTOOL_E_TRUNCATED && why->code != ROMTOOL_E_TOO_LARGE &&
                        why->code != ROMTOOL_E_UNSUPPORTED;

    if (walk->has_guessed)
        rt_finding_add(findings, ROMTOOL_E_UNSUPPORTED, RT_WARNING, ROMTOOL_NO_OFFSET,
                       "other devices' sections lie between the memory's: where they end was "
                       "guessed, and a guest could have made it look so");
    if (why->code != 0)
        rt_finding_add(findings, why->code, is_malformed ? RT_ERROR : RT_WARNING, why->offset, "%s",
                       why->text);
    for (size_t i = 0; i < walk->roms->n; i++) {
        const struct rt_state_rom *rom = &walk->roms->rom[i];

        if (rom->kept && rom->seen < rom->pages)
            rt_finding_add(findings, ROMTOOL_E_ROM_INCOMPLETE, RT_WARNING, ROMTOOL_NO_OFFSET,
                           "of the ROM '%.64s' %zu of %zu pages are not here",
                           walk->stream->blocks[rom->block].name, rom->pages - rom->seen,
                           rom->pages);
        else if (rom->kept && !walk->roms->complete)
            rt_finding_add(findings, ROMTOOL_E_ROM_INCOMPLETE, RT_WARNING, ROMTOOL_NO_OFFSET,
                           "of the ROM '%.64s' all pages are here, but not the memory's end: they "
                           "may be sent again",
                           walk->stream->blocks[rom->block].name);
    }
}

int rt_state_roms_read(struct rt_reader *reader, const struct rt_state_stream *stream,
                       const struct rt_findings *findings, struct rt_state_roms *ret,
                       struct romtool_error *err)
{
    struct walk walk = {
        .reader = reader,
        .stream = stream,
        .roms = ret,
    };
    struct romtool_error why = {0};
    int r;

    r = rt_state_keep_begin(ret, stream, findings, &why);
    if (r == 0)
        r = sort_blocks(&walk, &why);
    if (r == 0 && ret->n > 0)
        r = stream->mapped_ram ? read_mapped(&walk, &why) : read_stream(&walk, &why);
    free(walk.by_name);
    if (r < 0 && !is_input(r))
        return rt_error_hand_on(err, &why);
    ret->complete = ret->n == 0 || walk.is_ended;
    report(&walk, &why, findings);
    return 0;
}
