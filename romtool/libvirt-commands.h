/* SPDX-License-Identifier: BSD-2-Clause */
/* The subcommands of "libvirt", each in romtool/libvirt-NAME.c: rows of romtool/libvirt.c. */
#ifndef ROMTOOL_LIBVIRT_COMMANDS_H
#define ROMTOOL_LIBVIRT_COMMANDS_H

#include "romtool/command.h"

/* libvirt's, of a hook: the guest's name, operation, sub-operation, and "-" or a reason. */
enum { HOOK_ARGUMENTS = 4 };

enum exit_status command_libvirt_doctor(int argc, char **argv);
enum exit_status command_libvirt_fix(int argc, char **argv);
enum exit_status command_libvirt_hook(int argc, char **argv);

/*
 * Is this process a hook that has nothing to say? argv is main()'s. Asked before all else, so that
 * nothing that is broken can make it fail, romtool's executing of romtool-libvirt neither: libvirt
 * kills a running guest for that.
 */
bool libvirt_hook_is_silent(int argc, char **argv);

#endif
