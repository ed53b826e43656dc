/* SPDX-License-Identifier: BSD-2-Clause */
#include "slots/move.h"

#include <inttypes.h>
#include <string.h>

#include "slots/match.h"

/* Is the destination's QEMU this version or later? One that says nothing readable is taken as old.
 */
static bool at_least(const char *qemu, uint16_t major, uint16_t minor)
{
    const struct rt_slot_version wanted = {major, minor, 0};
    struct rt_slot_version version;

    return rt_slot_version_parse(qemu, &version) && rt_slot_version_compare(version, wanted) >= 0;
}

enum rt_move_fix rt_move_fix(const struct rt_move *move)
{
    if (move->from_slot == 0)
        return RT_MOVE_NO_ROM;
    if (move->to_slot == 0 || !at_least(move->qemu, 6, 0))
        return RT_MOVE_ROMFILE;
    if (move->to_slot < move->from_slot)
        return RT_MOVE_ROMSIZE;
    return at_least(move->qemu, 8, 1) ? RT_MOVE_ROMSIZE_INCOMING : RT_MOVE_ROMFILE;
}

/* 262144 as "256K", the way a person writes a slot. */
static void append_size(struct rt_buffer *out, uint64_t size)
{
    if (size % (1024 * 1024) == 0)
        rt_buffer_printf(out, "%" PRIu64 "M", size / (1024 * 1024));
    else if (size % 1024 == 0)
        rt_buffer_printf(out, "%" PRIu64 "K", size / 1024);
    else
        rt_buffer_printf(out, "%" PRIu64, size);
}

void rt_move_file(const struct rt_move *move, struct rt_buffer *out)
{
    const char *file = move->file != NULL ? move->file : "option.rom";
    const char *dot = strrchr(file, '.');
    size_t stem = dot != NULL ? (size_t)(dot - file) : strlen(file);

    rt_buffer_append(out, file, stem);
    rt_buffer_puts(out, ".");
    append_size(out, move->from_slot);
    rt_buffer_puts(out, dot != NULL ? dot : ".rom");
}

void rt_move_global(const struct rt_move *move, struct rt_buffer *out)
{
    switch (rt_move_fix(move)) {
    case RT_MOVE_NO_ROM:
        rt_buffer_printf(out, "%s.romfile=", move->device);
        return;
    case RT_MOVE_ROMFILE:
        rt_buffer_printf(out, "%s.romfile=", move->device);
        rt_move_file(move, out);
        return;
    case RT_MOVE_ROMSIZE:
    case RT_MOVE_ROMSIZE_INCOMING:
        rt_buffer_printf(out, "%s.romsize=%" PRIu64, move->device, move->from_slot);
        return;
    }
}

void rt_move_libvirt(const struct rt_move *move, struct rt_buffer *out)
{
    if (rt_move_fix(move) == RT_MOVE_NO_ROM) {
        rt_buffer_puts(out, "<rom enabled='no'/>");
        return;
    }
    /*
     * The one thing that is right for cold plug, hotplug, save and migration alike; below /usr/lib,
     * since that is what AppArmor lets a guest read.
     */
    rt_buffer_puts(out, "<rom file='/usr/lib/romtool/roms/");
    rt_move_file(move, out);
    rt_buffer_puts(out, "'/>");
}

void rt_move_note(const struct rt_move *move, struct rt_buffer *out)
{
    switch (rt_move_fix(move)) {
    case RT_MOVE_NO_ROM:
        rt_buffer_puts(out, "the guest has no ROM BAR; ");
        break;
    case RT_MOVE_ROMFILE:
    case RT_MOVE_ROMSIZE_INCOMING:
        rt_buffer_puts(out, "the file is the source's ROM, padded: romtool pad -s ");
        append_size(out, move->from_slot);
        rt_buffer_puts(out, "; ");
        break;
    case RT_MOVE_ROMSIZE:
        rt_buffer_puts(out,
                       "the destination's own ROM fits; the file is it, padded: romtool pad -s ");
        append_size(out, move->from_slot);
        rt_buffer_puts(out, "; ");
        break;
    }
    if (rt_move_fix(move) == RT_MOVE_ROMSIZE_INCOMING)
        rt_buffer_puts(out, "romsize alone holds only with -incoming, a cold start or -loadvm "
                            "needs the file; ");
    rt_buffer_puts(out, "not for guests that are started there: they would not match their peers");
}
