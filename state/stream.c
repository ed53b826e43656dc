/* SPDX-License-Identifier: BSD-2-Clause */
#include "state/stream.h"

#include "state/wire.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    STREAM_VERSION = 3,
    RAM_VERSION = 4, /* migration/ram.c */
    RAM_VERSION_WITHOUT_LIST = 3,
    MAPPED_VERSION = 1,
    MAPPED_HEADER_SIZE = 28,
    COMMAND_POSTCOPY_ADVISE = 3,
};

#define PAGE_BITS_DEFAULT 12U
#define PAGE_BITS_MIN     10U /* of arm, which says so */
#define PAGE_BITS_MAX     16U
#define UUID_SIZE         16

/* How far the "ram" section is looked for behind a section whose length nothing tells. */
#define SCAN_MAX (UINT64_C(16) << 20)

/* "ram" as the start of a section: type, id, then these. */
static const uint8_t ram_start[] = {3, 'r', 'a', 'm', 0, 0, 0, 0, 0, 0, 0, RAM_VERSION};
#define RAM_START_AT   5 /* of it, behind type and id */
#define RAM_START_SIZE (RAM_START_AT + sizeof(ram_start))

/* Copies a name of the stream; it must be text for C. */
static int take_name(struct rt_reader *reader, size_t n, const char *what,
                     char ret[RT_STATE_NAME_SIZE], struct romtool_error *err)
{
    uint64_t at = rt_reader_offset(reader);
    struct rt_bytes bytes;
    int r;

    if (n == 0 || n >= RT_STATE_NAME_SIZE)
        return rt_error_set(err, ROMTOOL_E_BAD_STREAM, at, "%s with a name of %zu bytes", what, n);
    r = rt_reader_take(reader, n, what, &bytes, err);
    if (r < 0)
        return r;
    if (memchr(bytes.data, 0, n) != NULL)
        return rt_error_set(err, ROMTOOL_E_BAD_STREAM, at, "%s with a NUL in its name", what);
    memcpy(ret, bytes.data, n);
    ret[n] = '\0';
    return 0;
}

static int take_short_name(struct rt_reader *reader, const char *what, char ret[RT_STATE_NAME_SIZE],
                           struct romtool_error *err)
{
    uint8_t n;
    int r = rt_reader_u8(reader, what, &n, err);

    return r < 0 ? r : take_name(reader, n, what, ret, err);
}

/* ------------------------------------------------------------------------- before the memory */

/* The memory begins nearby, behind what cannot be measured: goes to the start of its section. */
static int scan_for_ram(struct rt_reader *reader, const char *behind, struct romtool_error *err)
{
    uint64_t from = rt_reader_offset(reader);
    struct rt_bytes bytes;
    size_t at = 0;
    int r;

    for (;;) {
        r = rt_reader_peek(reader, reader->capacity, &bytes, err);
        if (r < 0)
            return r;
        for (at = 0; rt_bytes_has(bytes, at, RAM_START_SIZE); at++) {
            if (bytes.data[at] == RT_WIRE_START &&
                rt_bytes_equal_at(bytes, at + RAM_START_AT, ram_start, sizeof(ram_start)))
                return rt_reader_skip(reader, at, err);
        }
        if (bytes.len < reader->capacity || rt_reader_offset(reader) - from > SCAN_MAX)
            return rt_error_set(err, ROMTOOL_E_BAD_STREAM, from,
                                "no guest memory is found behind %s", behind);
        r = rt_reader_skip(reader, at, err);
        if (r < 0)
            return r;
    }
}

static int take_page_bits(struct rt_reader *reader, struct rt_state_stream *ret,
                          struct romtool_error *err)
{
    uint64_t at = rt_reader_offset(reader);
    uint32_t bits;
    int r = rt_reader_u32be(reader, "the target's page size", &bits, err);

    if (r < 0)
        return r;
    if (bits < PAGE_BITS_MIN || bits > PAGE_BITS_MAX)
        return rt_error_set(err, ROMTOOL_E_BAD_STREAM, at,
                            "a page of 2^%" PRIu32 " bytes: no target has one", bits);
    ret->page_bits = bits;
    ret->has_page_bits = true;
    return 0;
}

static int take_capabilities(struct rt_reader *reader, struct rt_state_stream *ret,
                             struct romtool_error *err)
{
    char name[RT_STATE_NAME_SIZE];
    uint32_t n;
    int r = rt_reader_u32be(reader, "the capabilities", &n, err);

    for (uint32_t i = 0; r == 0 && i < n; i++) {
        r = take_short_name(reader, "a capability", name, err);
        if (r == 0 && strcmp(name, "x-ignore-shared") == 0)
            ret->ignore_shared = true;
        if (r == 0 && strcmp(name, "mapped-ram") == 0)
            ret->mapped_ram = true;
    }
    return r;
}

/* One subsection of the configuration; *ret_known false where its length is not known. */
static int take_subsection(struct rt_reader *reader, struct rt_state_stream *ret, bool *ret_known,
                           struct romtool_error *err)
{
    char name[RT_STATE_NAME_SIZE];
    struct rt_bytes uuid;
    uint32_t version;
    int r = take_short_name(reader, "a configuration subsection", name, err);

    *ret_known = true;
    if (r == 0)
        r = rt_reader_u32be(reader, "a configuration subsection", &version, err);
    if (r < 0)
        return r;
    if (strcmp(name, "configuration/target-page-bits") == 0)
        return take_page_bits(reader, ret, err);
    if (strcmp(name, "configuration/capabilities") == 0)
        return take_capabilities(reader, ret, err);
    if (strcmp(name, "configuration/uuid") == 0)
        return rt_reader_take(reader, UUID_SIZE, "the guest's UUID", &uuid, err);
    *ret_known = false;
    return 0;
}

static int take_configuration(struct rt_reader *reader, struct rt_state_stream *ret,
                              struct romtool_error *err)
{
    struct rt_bytes type;
    bool known = true;
    uint32_t n;
    int r = rt_reader_u32be(reader, "the machine type", &n, err);

    if (r == 0)
        r = take_name(reader, n, "the machine type", ret->machine, err);
    while (r == 0 && known) {
        r = rt_reader_peek(reader, 1, &type, err);
        if (r < 0 || type.len == 0 || type.data[0] != RT_WIRE_SUBSECTION)
            return r;
        r = rt_reader_take(reader, 1, "a configuration subsection", &type, err);
        if (r == 0)
            r = take_subsection(reader, ret, &known, err);
    }
    return r < 0 ? r : scan_for_ram(reader, "an unknown part of the configuration", err);
}

int rt_wire_command(struct rt_reader *reader, uint16_t *ret_command, struct romtool_error *err)
{
    uint16_t n = 0;
    int r = rt_reader_u16be(reader, "a command", ret_command, err);

    if (r == 0)
        r = rt_reader_u16be(reader, "a command", &n, err);
    return r < 0 ? r : rt_reader_skip(reader, n, err);
}

static int take_command(struct rt_reader *reader, struct rt_state_stream *ret,
                        struct romtool_error *err)
{
    uint16_t command = 0;
    int r = rt_wire_command(reader, &command, err);

    if (r == 0 && command == COMMAND_POSTCOPY_ADVISE)
        ret->postcopy = true;
    return r;
}

/*
 * One section's start; *ret_is_ram where it is the memory's, which it then is behind. Of any other
 * the length is not known.
 */
static int take_section(struct rt_reader *reader, uint8_t type, struct rt_state_stream *ret,
                        bool *ret_is_ram, struct romtool_error *err)
{
    uint64_t at = rt_reader_offset(reader);
    uint32_t instance = 0, version = 0;
    char name[RT_STATE_NAME_SIZE];
    int r = rt_reader_u32be(reader, "a section", &ret->ram_id, err);

    if (r == 0)
        r = take_short_name(reader, "a section", name, err);
    if (r == 0)
        r = rt_reader_u32be(reader, "a section", &instance, err);
    if (r == 0)
        r = rt_reader_u32be(reader, "a section", &version, err);
    if (r < 0)
        return r;
    *ret_is_ram = type == RT_WIRE_START && instance == 0 && strcmp(name, "ram") == 0;
    if (!*ret_is_ram)
        return scan_for_ram(reader, name, err);
    if (version == RAM_VERSION_WITHOUT_LIST)
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED, at,
                            "memory of version 3, as QEMU before 0.13 wrote it: no block is named");
    if (version != RAM_VERSION)
        return rt_error_set(err, ROMTOOL_E_BAD_STREAM, at, "memory of version %" PRIu32, version);
    return 0;
}

/* Everything up to the start of the block list. */
static int take_start(struct rt_reader *reader, struct rt_state_stream *ret,
                      struct romtool_error *err)
{
    bool is_ram = false, is_first = true;

    while (!is_ram) {
        uint64_t at = rt_reader_offset(reader);
        uint8_t type;
        int r = rt_reader_u8(reader, "the stream, before the guest's memory", &type, err);

        if (r < 0)
            return r;
        if (type == RT_WIRE_CONFIGURATION && is_first)
            r = take_configuration(reader, ret, err);
        else if (type == RT_WIRE_COMMAND)
            r = take_command(reader, ret, err);
        else if (type == RT_WIRE_START || type == RT_WIRE_FULL)
            r = take_section(reader, type, ret, &is_ram, err);
        else if (type == RT_WIRE_EOF)
            r = rt_error_set(err, ROMTOOL_E_BAD_STREAM, at, "the stream has no guest memory");
        else
            r = rt_error_set(err, ROMTOOL_E_BAD_STREAM, at, "a section of type 0x%02x", type);
        if (r < 0)
            return r;
        is_first = false;
    }
    return 0;
}

/* ------------------------------------------------------------------------- the block list */

static int new_block(struct rt_state_stream *stream, uint64_t at, struct rt_state_block **ret,
                     struct romtool_error *err)
{
    size_t n = stream->n_blocks;

    if (n == RT_STATE_BLOCKS_MAX)
        return rt_error_set(err, ROMTOOL_E_TOO_LARGE, at, "more than %d RAM blocks",
                            RT_STATE_BLOCKS_MAX);
    if ((n & (n - 1)) == 0) { /* grown at each power of two */
        struct rt_state_block *grown =
            realloc(stream->blocks, (n == 0 ? 1 : 2 * n) * sizeof(*grown));

        if (grown == NULL)
            return rt_error_no_memory(err);
        stream->blocks = grown;
    }
    *ret = &stream->blocks[n];
    **ret = (struct rt_state_block){0};
    return 0;
}

/* The big-endian integer at a place; UINT64_MAX where the bytes end before. */
static uint64_t u64be_at(struct rt_bytes bytes, size_t at)
{
    struct rt_bytes eight;
    uint64_t value = 0;

    if (!rt_bytes_slice(bytes, at, sizeof(value), &eight))
        return UINT64_MAX;
    for (size_t i = 0; i < eight.len; i++)
        value = value << 8 | eight.data[i];
    return value;
}

/*
 * May a block or the end of the list begin here? A block's name is not empty, so its first byte is
 * not 0; the list ends in one of two small integers.
 */
static bool ends_entry(struct rt_bytes bytes, size_t at, bool is_last)
{
    uint64_t value = u64be_at(bytes, at);
    uint8_t first = 0;

    if (is_last)
        return value == RT_WIRE_RAM_EOS || value == RT_WIRE_RAM_MULTIFD_FLUSH;
    return rt_bytes_u8(bytes, at, &first) && first != 0;
}

/*
 * With postcopy a block of huge pages says their size, and nothing says that it does: it does where
 * the entry would not end otherwise. QEMU writes the page size before the address.
 */
static int take_extras(struct rt_reader *reader, const struct rt_state_stream *stream, bool is_last,
                       struct rt_state_block *block, struct romtool_error *err)
{
    size_t address = stream->ignore_shared ? sizeof(uint64_t) : 0;
    size_t mapped = stream->mapped_ram ? MAPPED_HEADER_SIZE : 0;
    struct rt_bytes next;
    bool is_cut;
    int r = rt_reader_peek(reader, address + 2 * sizeof(uint64_t), &next, err);

    if (r < 0)
        return r;
    is_cut = next.len < address + 2 * sizeof(uint64_t);
    if (mapped == 0 && !ends_entry(next, address, is_last)) {
        if (is_cut && !is_last)
            return rt_error_set(err, ROMTOOL_E_TRUNCATED, rt_reader_offset(reader) + next.len,
                                "ends behind a RAM block");
        if (next.len >= address + sizeof(uint64_t) && rt_size_is_power_of_two(u64be_at(next, 0)) &&
            (is_cut || ends_entry(next, address + sizeof(uint64_t), is_last)))
            r = rt_reader_u64be(reader, "a block's page size", &block->page_size, err);
    }
    if (r < 0 || !stream->ignore_shared)
        return r;
    block->has_address = true;
    return rt_reader_u64be(reader, "a block's address", &block->address, err);
}

/*
 * mapped-ram: where bitmap and pages are. QEMU counts from its file's start, which need not be the
 * source's: but the bitmap follows its header, and so the pages are as far behind it as they say.
 */
static int take_mapped(struct rt_reader *reader, struct rt_state_stream *stream,
                       struct rt_state_block *block, struct romtool_error *err)
{
    uint64_t at = rt_reader_offset(reader), page_size = 0, bitmap_at = 0, pages_at = 0;
    uint64_t here, bitmap_size, length = block->length;
    uint32_t version = 0;
    int r = rt_reader_u32be(reader, "a mapped-ram header", &version, err);

    if (r == 0)
        r = rt_reader_u64be(reader, "a mapped-ram header", &page_size, err);
    if (r == 0)
        r = rt_reader_u64be(reader, "a mapped-ram header", &bitmap_at, err);
    if (r == 0)
        r = rt_reader_u64be(reader, "a mapped-ram header", &pages_at, err);
    if (r < 0)
        return r;
    if (version != MAPPED_VERSION)
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED, at, "mapped-ram of version %" PRIu32,
                            version);
    if (page_size < UINT64_C(1) << PAGE_BITS_MIN || page_size > UINT64_C(1) << PAGE_BITS_MAX ||
        !rt_size_is_power_of_two(page_size))
        return rt_error_set(err, ROMTOOL_E_BAD_STREAM, at, "mapped-ram pages of %" PRIu64 " bytes",
                            page_size);
    if (stream->n_blocks > 0 && page_size != UINT64_C(1) << stream->page_bits)
        return rt_error_set(err, ROMTOOL_E_BAD_STREAM, at,
                            "mapped-ram pages of %" PRIu64 " bytes, of the blocks before %" PRIu64,
                            page_size, UINT64_C(1) << stream->page_bits);
    for (stream->page_bits = PAGE_BITS_MIN; UINT64_C(1) << stream->page_bits < page_size;)
        stream->page_bits++;
    block->mapped = true;
    if (bitmap_at == 0 && pages_at == 0)
        return 0;
    here = rt_reader_offset(reader);
    bitmap_size = (length / page_size + 63) / 64 * 8;
    if (pages_at < bitmap_at || pages_at - bitmap_at < bitmap_size)
        return rt_error_set(err, ROMTOOL_E_BAD_STREAM, at,
                            "mapped-ram offsets that cannot be: bitmap 0x%" PRIx64
                            ", pages 0x%" PRIx64,
                            bitmap_at, pages_at);
    if (pages_at - bitmap_at > UINT64_MAX - here ||
        length > UINT64_MAX - here - (pages_at - bitmap_at))
        return rt_error_set(err, ROMTOOL_E_BAD_STREAM, at, "mapped-ram pages at 0x%" PRIx64,
                            pages_at);
    block->bitmap_at = here;
    block->pages_at = here + (pages_at - bitmap_at);
    return rt_reader_skip(reader, pages_at - bitmap_at + length, err);
}

static int take_block(struct rt_reader *reader, struct rt_state_stream *stream, uint64_t *left,
                      struct romtool_error *err)
{
    uint64_t at = rt_reader_offset(reader);
    struct rt_state_block *block = NULL;
    int r = new_block(stream, at, &block, err);

    if (r == 0)
        r = take_short_name(reader, "a RAM block", block->name, err);
    if (r == 0)
        r = rt_reader_u64be(reader, "a RAM block's length", &block->length, err);
    if (r < 0)
        return r;
    if (block->length > *left)
        return rt_error_set(err, ROMTOOL_E_BAD_STREAM, at,
                            "the RAM block '%.64s' has 0x%" PRIx64 " bytes, all that are left have "
                            "0x%" PRIx64,
                            block->name, block->length, *left);
    *left -= block->length;
    r = take_extras(reader, stream, *left == 0, block, err);
    if (r == 0 && stream->mapped_ram)
        r = take_mapped(reader, stream, block, err);
    if (r == 0)
        stream->n_blocks++;
    return r;
}

static int take_list(struct rt_reader *reader, struct rt_state_stream *stream,
                     struct romtool_error *err)
{
    uint64_t at = rt_reader_offset(reader), left = 0;
    int r = rt_reader_u64be(reader, "the size of the guest's memory", &left, err);

    if (r < 0)
        return r;
    if ((left & RT_WIRE_RAM_FLAGS) != RT_WIRE_RAM_MEM_SIZE)
        return rt_error_set(err, ROMTOOL_E_BAD_STREAM, at, "no list of RAM blocks: 0x%" PRIx64,
                            left);
    left -= RT_WIRE_RAM_MEM_SIZE;
    stream->total = left;
    while (r == 0 && left > 0)
        r = take_block(reader, stream, &left, err);
    return r;
}

int rt_state_stream_read(struct rt_reader *reader, struct rt_state_stream *ret,
                         struct romtool_error *err)
{
    uint64_t at = rt_reader_offset(reader);
    struct rt_bytes magic;
    uint32_t version = 0;
    int r;

    *ret = (struct rt_state_stream){.page_bits = PAGE_BITS_DEFAULT};
    r = rt_reader_take(reader, 4, "the stream's magic", &magic, err);
    if (r == 0 && !rt_bytes_equal_at(magic, 0, "QEVM", 4))
        return rt_error_set(err, ROMTOOL_E_BAD_STREAM, at, "no migration stream: no QEVM");
    if (r == 0)
        r = rt_reader_u32be(reader, "the stream's version", &version, err);
    if (r == 0 && version == 2)
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED, at + 4,
                            "a stream of version 2, as QEMU before 0.10 wrote it");
    if (r == 0 && version != STREAM_VERSION)
        return rt_error_set(err, ROMTOOL_E_BAD_STREAM, at + 4, "a stream of version %" PRIu32,
                            version);
    if (r == 0)
        r = take_start(reader, ret, err);
    return r < 0 ? r : take_list(reader, ret, err);
}

void rt_state_stream_free(struct rt_state_stream *stream)
{
    free(stream->blocks);
    *stream = (struct rt_state_stream){0};
}
