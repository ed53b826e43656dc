/* SPDX-License-Identifier: BSD-2-Clause */
/* The subcommands of "manifest", each in romtool/manifest-NAME.c: rows of romtool/manifest.c. */
#ifndef ROMTOOL_MANIFEST_COMMANDS_H
#define ROMTOOL_MANIFEST_COMMANDS_H

#include "romtool/command.h"

enum exit_status command_manifest_create(int argc, char **argv);
enum exit_status command_manifest_diff(int argc, char **argv);
enum exit_status command_manifest_export(int argc, char **argv);
enum exit_status command_manifest_install(int argc, char **argv);
enum exit_status command_manifest_show(int argc, char **argv);

#endif
