/* SPDX-License-Identifier: BSD-2-Clause */
/* `romtool state --set-rom`: another ROM file for one interface of a libvirt save image. */
#ifndef ROMTOOL_STATE_SET_ROM_H
#define ROMTOOL_STATE_SET_ROM_H

#include "romtool/command.h"

/*
 * Rewrites the domain XML of the save image at save_path so that the interface device, by its
 * alias, MAC address or model, has <rom file='rom_path'/>: whole or not at all, within the slack
 * that libvirt left. Says what it did on stdout, what is wrong or doubtful on stderr.
 */
enum exit_status state_set_rom(const char *save_path, const char *device, const char *rom_path);

#endif
