/* SPDX-License-Identifier: BSD-2-Clause */
/* Of this room only: may a file be edited, and does it read no worse afterwards? */
#ifndef RT_ROM_SOUND_H
#define RT_ROM_SOUND_H

#include "rom/rom.h"

#define RT_ROM_SOUND_CODES 100

struct rt_rom_soundness {
    bool whole; /* nothing may be lost: what lies beside the images forbids editing, too */
    size_t errors[RT_ROM_SOUND_CODES]; /* findings of severity error, by code */
    struct rt_finding first;           /* that forbids it */
};

/* Refuses by the code of the first finding that leaves nobody knowing where the images are. */
int rt_rom_sound(struct rt_bytes file, bool whole, struct rt_rom_soundness *ret,
                 struct rt_rom *ret_rom, struct romtool_error *err);

/* ROMTOOL_E_INTERNAL where the result reads worse than before: a bug of ours. */
int rt_rom_sound_still(struct rt_bytes file, const struct rt_rom_soundness *before,
                       struct romtool_error *err);

#endif
