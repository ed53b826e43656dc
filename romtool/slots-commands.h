/* SPDX-License-Identifier: BSD-2-Clause */
/* The subcommands of "slots" that have a file of their own, romtool/slots-NAME.c. */
#ifndef ROMTOOL_SLOTS_COMMANDS_H
#define ROMTOOL_SLOTS_COMMANDS_H

#include "romtool/command.h"

enum exit_status command_slots_list(int argc, char **argv);
enum exit_status command_slots_lint(int argc, char **argv);
enum exit_status command_slots_diff(int argc, char **argv);
enum exit_status command_slots_probe(int argc, char **argv);

#endif
