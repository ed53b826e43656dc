/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tiny QMP client (QEMU's docs/interop/qmp-spec): one question at a time to a QEMU that was
 * started with "-qmp stdio".
 */
#ifndef ROMTOOL_QMP_H
#define ROMTOOL_QMP_H

#include "core/json.h"
#include "romtool/probe-child.h"

/* Takes the greeting and leaves the negotiation. ROMTOOL_E_IO: no QMP, or child->end says why. */
int qmp_begin(struct child *child, struct romtool_error *err);

struct qmp_argument {
    const char *key, *value;
};

/*
 * Asks and waits for the answer; events are dropped. arguments end on a NULL key and may be NULL.
 * The caller frees *ret_answer; *ret_value is what was returned, borrowed from it, or NULL where
 * QEMU answered by an error. ROMTOOL_E_IO.
 */
int qmp_ask(struct child *child, const char *command, const struct qmp_argument *arguments,
            struct rt_json **ret_answer, const struct rt_json **ret_value,
            struct romtool_error *err);

#endif
