/* SPDX-License-Identifier: BSD-2-Clause */
/* The migration stream's numbers, and what stands in it anywhere. Of this room only. */
#ifndef RT_STATE_WIRE_H
#define RT_STATE_WIRE_H

#include "state/source.h"

/* Types of sections (migration/savevm.c, migration/qemu-file-types.h). */
enum {
    RT_WIRE_EOF = 0x00,
    RT_WIRE_START = 0x01,
    RT_WIRE_PART = 0x02,
    RT_WIRE_END = 0x03,
    RT_WIRE_FULL = 0x04,
    RT_WIRE_SUBSECTION = 0x05,
    RT_WIRE_CONFIGURATION = 0x07,
    RT_WIRE_COMMAND = 0x08,
    RT_WIRE_FOOTER = 0x7e,
};

/* In the low bits of what the "ram" section has (migration/ram.c). */
enum {
    RT_WIRE_RAM_ZERO = 0x02,
    RT_WIRE_RAM_MEM_SIZE = 0x04,
    RT_WIRE_RAM_PAGE = 0x08,
    RT_WIRE_RAM_EOS = 0x10,
    RT_WIRE_RAM_CONTINUE = 0x20,
    RT_WIRE_RAM_XBZRLE = 0x40,
    RT_WIRE_RAM_HOOK = 0x80,
    RT_WIRE_RAM_COMPRESSED = 0x100,
    RT_WIRE_RAM_MULTIFD_FLUSH = 0x200,
    RT_WIRE_RAM_FLAGS = 0x3ff, /* all of them: below any target's page */
};

/* A command behind its type, gone behind; *ret_command is which (migration/savevm.h). */
int rt_wire_command(struct rt_reader *reader, uint16_t *ret_command, struct romtool_error *err);

#endif
