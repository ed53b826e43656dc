/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a vendor's mandates must hold to as a whole, beyond what rt_slot_file_read() refuses: the
 * rules of the field, as findings. The sentence begins with the member of the slot file that it is
 * about, where it is about one.
 */
#ifndef RT_SLOTS_LINT_H
#define RT_SLOTS_LINT_H

#include "core/error.h"
#include "slots/slots.h"

/* Zeroed: the vendor's own newest series is the master, no ROM file is looked for. */
struct rt_slot_lint {
    const struct rt_slot_profile *master; /* must have the bug-fix machine types too */
    /*
     * Does a directory of the series' search path hold the file? 0 with *ret, or a code, where that
     * could not be seen. NULL: "rom-not-found" is not asked.
     */
    int (*find_file)(void *user, const struct rt_slot_series *series, const char *file, bool *ret,
                     struct romtool_error *err);
    void *user;
};

/*
 * Errors: "slot-changed", "not-on-master", "two-bugfix-types", "unknown-driver", "rom-not-found".
 * Warnings: "hole", "new-tag", "expired". Allocates no more than some pointers a row and machine
 * type. Returns a code only where something could not be decided: what find_file returned,
 * ROMTOOL_E_NO_MEMORY.
 */
int rt_slot_lint(const struct rt_slot_vendor *vendor, const struct rt_slot_lint *options,
                 const struct rt_findings *findings, struct romtool_error *err);

#endif
