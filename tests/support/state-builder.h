/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU's migration streams for tests, as migration/savevm.c and migration/ram.c lay them out. Each
 * function appends one part to a buffer; a test writes the parts in the order that it is about, or
 * what no QEMU would write. sb_stream() writes a whole one from a description.
 *
 *   static const struct sb_block blocks[] = {{.name = "pc.ram", .length = 1 << 20}};
 *   struct sb_spec spec = {.machine = "pc-q35-7.2", .footers = true, .blocks = blocks, .n = 1};
 *   struct rt_buffer out = {0};
 *
 *   sb_stream(&out, &spec);
 *
 * Independent of state/, which it is there to test. Out of memory ends the program.
 */
#ifndef STATE_BUILDER_H
#define STATE_BUILDER_H

#include "core/bytes.h"

/* Of the section types, as a stream's bytes. */
enum sb_type {
    SB_EOF = 0x00,
    SB_START = 0x01,
    SB_PART = 0x02,
    SB_END = 0x03,
    SB_FULL = 0x04,
    SB_SUBSECTION = 0x05,
    SB_VMDESCRIPTION = 0x06,
    SB_CONFIGURATION = 0x07,
    SB_COMMAND = 0x08,
    SB_FOOTER = 0x7e,
};

enum sb_command {
    SB_OPEN_RETURN_PATH = 1,
    SB_PING = 2,
    SB_POSTCOPY_ADVISE = 3,
};

/* In the low bits of a page's address. */
enum sb_flag {
    SB_ZERO = 0x02,
    SB_MEM_SIZE = 0x04,
    SB_PAGE = 0x08,
    SB_EOS = 0x10,
    SB_CONTINUE = 0x20,
    SB_XBZRLE = 0x40,
    SB_HOOK = 0x80,
    SB_COMPRESSED = 0x100,
    SB_MULTIFD_FLUSH = 0x200,
};

void sb_u8(struct rt_buffer *out, uint8_t value);
void sb_u16(struct rt_buffer *out, uint16_t value);
void sb_u32(struct rt_buffer *out, uint32_t value);
void sb_u64(struct rt_buffer *out, uint64_t value);

/* Its length in a byte, and the text; no NUL. */
void sb_name(struct rt_buffer *out, const char *name);

/* "QEVM" and the version: 3. */
void sb_header(struct rt_buffer *out);

/* The configuration section; its subsections follow it. */
void sb_machine(struct rt_buffer *out, const char *machine);
void sb_subsection(struct rt_buffer *out, const char *name); /* its body is the caller's */
void sb_page_bits(struct rt_buffer *out, uint32_t bits);
void sb_capabilities(struct rt_buffer *out, const char *const *names, size_t n);
void sb_uuid(struct rt_buffer *out);

void sb_command(struct rt_buffer *out, uint16_t command, const void *data, uint16_t n);

/* type is SB_START or SB_FULL; the body is the caller's. */
void sb_section(struct rt_buffer *out, enum sb_type type, uint32_t id, const char *name,
                uint32_t instance, uint32_t version);
/* type is SB_PART or SB_END. */
void sb_go_on(struct rt_buffer *out, enum sb_type type, uint32_t id);
void sb_footer(struct rt_buffer *out, uint32_t id);

/* Behind the last section: EOF, and a description of the devices unless it is NULL. */
void sb_end(struct rt_buffer *out, const char *description);

/*
 * A page record's address, its flags, and the block's name unless SB_CONTINUE is among them.
 */
void sb_page_head(struct rt_buffer *out, const char *block, uint64_t address, unsigned flags);
void sb_zero_page(struct rt_buffer *out, const char *block, uint64_t address, unsigned flags);
void sb_page(struct rt_buffer *out, const char *block, uint64_t address, const uint8_t *data,
             size_t n, unsigned flags);
/* By zlib. */
void sb_compressed_page(struct rt_buffer *out, const char *block, uint64_t address,
                        const uint8_t *data, size_t n, unsigned flags);
void sb_xbzrle_page(struct rt_buffer *out, const char *block, uint64_t address, const uint8_t *data,
                    uint16_t n, unsigned flags);

/* How a block's pages are in the stream. Those that are zero are zero pages, but for SB_NONE. */
enum sb_pages {
    SB_NORMAL = 0,
    SB_DEFLATED,   /* compressed pages */
    SB_DIFFERENCE, /* XBZRLE: each page twice, first as it is, then an empty difference */
    SB_NONE,
};

struct sb_block {
    const char *name;
    uint64_t length;     /* bytes that are in use */
    const uint8_t *data; /* what it begins with; the rest is zero */
    size_t data_len;
    uint64_t page_size; /* not 0: stated, as postcopy does of huge pages */
    uint64_t address;   /* x-ignore-shared */
    bool ignored;       /* x-ignore-shared: its memory is not in the stream */
    enum sb_pages pages;
};

struct sb_spec {
    const char *machine; /* NULL: no configuration section */
    unsigned page_bits;  /* 0: not stated, and 12 */
    bool ignore_shared;  /* capabilities */
    bool mapped_ram;
    bool uuid;
    const char *subsection; /* another one, of 4 bytes */

    bool return_path; /* commands before the sections */
    bool ping;
    int advise; /* 0: none; else POSTCOPY_ADVISE, of 16 bytes; < 0: of none */

    bool early; /* a virtio-mem device's section before the memory */
    bool bulk;  /* block migration beside the memory, and a dirty bitmap */

    bool address_first; /* an address before a page size, as QEMU reads and does not write it */
    bool flush;         /* MULTIFD_FLUSH behind the list and each pass */
    bool footers;
    /*
     * How often the memory is gone over; 0: once. In all passes but the last the odd pages are
     * inverted; only the first has the even ones.
     */
    size_t passes;
    bool whole; /* the device state's end behind the memory: EOF and a description */

    uint32_t ram_id; /* 0: 2 */
    uint64_t base;   /* what mapped-ram's offsets count besides the stream: where it is in a file */

    const struct sb_block *blocks;
    size_t n;
};

/* A whole stream. */
void sb_stream(struct rt_buffer *out, const struct sb_spec *spec);

/* Its parts: up to the list's start; the list with the section's start, without its end. */
void sb_before_ram(struct rt_buffer *out, const struct sb_spec *spec);
void sb_list(struct rt_buffer *out, const struct sb_spec *spec);
/* The i-th pass over the memory. */
void sb_pass(struct rt_buffer *out, const struct sb_spec *spec, size_t i);

#endif
