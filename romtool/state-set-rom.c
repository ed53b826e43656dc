/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/state-set-rom.h"
enum exit_status state_set_rom(const char *save_path, const char *device, const char *rom_path)
{
    (void)save_path;
    (void)device;
    (void)rom_path;
    return EXIT_UNDECIDED;
}
