/* SPDX-License-Identifier: BSD-2-Clause */
/* What `run` and `load` say of a ROM that goes into a slot. */
#ifndef ROMTOOL_RECORDED_H
#define ROMTOOL_RECORDED_H

#include "romtool/command.h"

/* One line on stderr: which file, for whom, into which slot. */
void say_rom_loaded(const char *path, const struct romtool_mandate *mandate,
                    const struct romtool_rom *rom);

/*
 * One line on stderr, the same in syslog (daemon): a slot of so many bytes was stated that is not
 * the mandate's, or where there is none. id is the device's, reason why, each or NULL.
 */
void record_stated_slot(const struct romtool_mandate *mandate, const char *id, uint64_t slot,
                        const char *reason);

#endif
