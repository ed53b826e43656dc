/* SPDX-License-Identifier: BSD-2-Clause */
/* What `slots probe` prints. */
#ifndef ROMTOOL_PROBE_SHOW_H
#define ROMTOOL_PROBE_SHOW_H

#include "romtool/command.h"
#include "romtool/probe.h"

struct probe_report {
    const struct probe *probe;
    const struct rt_slot_profile *against; /* NULL: not compared */
    bool quiet;                            /* only differences */
    FILE *out;                             /* for text */
    struct rt_json_writer *json;           /* NULL: text */
};

/* The summary, then the comparison: held, or refused where anything differs. */
enum exit_status probe_show(const struct probe_report *report);

#endif
