/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of romtool-state: those that read saved guests. */
#ifndef ROMTOOL_STATE_COMMANDS_H
#define ROMTOOL_STATE_COMMANDS_H

#include "romtool/commands.h"

/* `plan --from` a saved guest: romtool's plan comes here for it. */
enum exit_status command_plan_guest(int argc, char **argv);

#endif
