/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ROMTOOL_STATE_SET_ROM_H
#define ROMTOOL_STATE_SET_ROM_H
#include "romtool/command.h"
enum exit_status state_set_rom(const char *save_path, const char *device, const char *rom_path);
#endif
