/* SPDX-License-Identifier: BSD-2-Clause */
#include "state/restore.h"

#include "slots/slots.h"

#include <inttypes.h>

#define PAGE_BITS_HOST 12U

uint64_t rt_restore_length(uint64_t slot, unsigned page_bits)
{
    uint64_t page = UINT64_C(1) << (page_bits > PAGE_BITS_HOST ? page_bits : PAGE_BITS_HOST);

    return slot != 0 && slot < page ? page : slot;
}

enum rt_restore_outcome rt_restore_outcome(const struct rt_state_block *block, uint64_t length)
{
    if (length == 0)
        return RT_RESTORE_MISSING;
    return length == block->length ? RT_RESTORE_SAME : RT_RESTORE_DIFFERS;
}

static bool before(const char *qemu, uint16_t major, uint16_t minor)
{
    const struct rt_slot_version limit = {major, minor, 0};
    struct rt_slot_version version;

    return rt_slot_version_parse(qemu, &version) && rt_slot_version_compare(version, limit) < 0;
}

void rt_restore_text(const struct rt_state_block *block, uint64_t length, const char *qemu,
                     struct rt_buffer *out)
{
    switch (rt_restore_outcome(block, length)) {
    case RT_RESTORE_SAME:
        return;
    case RT_RESTORE_MISSING:
        rt_buffer_printf(out, "Unknown ramblock \"%s\", cannot accept migration", block->name);
        return;
    case RT_RESTORE_DIFFERS:
        break;
    }
    if (before(qemu, 1, 6)) /* it returns -EINVAL without a word: what its caller says */
        rt_buffer_puts(out, "error while loading state for instance 0x0 of device 'ram'");
    else if (before(qemu, 2, 2))
        rt_buffer_printf(out, "Length mismatch: %s: %" PRIx64 " in != %" PRIx64, block->name,
                         block->length, length);
    else if (before(qemu, 2, 3))
        rt_buffer_printf(out, "Length mismatch: %s: 0x%" PRIx64 " in != 0x%" PRIx64, block->name,
                         block->length, length);
    else if (before(qemu, 5, 2))
        rt_buffer_printf(out,
                         "Length mismatch: %s: 0x%" PRIx64 " in != 0x%" PRIx64 ": Invalid argument",
                         block->name, block->length, length);
    else
        rt_buffer_printf(out, "Size mismatch: %s: 0x%" PRIx64 " != 0x%" PRIx64 ": Invalid argument",
                         block->name, block->length, length);
}
