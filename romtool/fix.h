/* SPDX-License-Identifier: BSD-2-Clause */
/* What gives a device its old slot on a destination, as `plan` and `state` show it. */
#ifndef ROMTOOL_FIX_H
#define ROMTOOL_FIX_H

#include "core/json.h"
#include "slots/move.h"

#include <stdio.h>

/* The object "fix". */
void fix_json(const struct rt_move *move, struct rt_json_writer *json);

/* Three lines: for QEMU, for libvirt, what to mind. */
void fix_print(FILE *stream, const struct rt_move *move);

#endif
