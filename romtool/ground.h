/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What mandates can be compared by: a profile, a slot file or a release's manifest, each seen as a
 * profile. A manifest is read, not verified: that takes libcrypto, and "romtool verify -M".
 */
#ifndef ROMTOOL_GROUND_H
#define ROMTOOL_GROUND_H

#include "romtool/command.h"
#include "romtool/profile.h"

struct ground {
    struct rt_slot_profile profile; /* borrows from what is below */
    bool is_manifest;               /* its profile.name is "PRODUCT RELEASE" */
    struct profile opened;
    struct manifest_view *view;
};

/*
 * name is what profile_open() takes, or a manifest. A manifest's rows are its ROMs' mandates. Its
 * machine types are those of the built-in profile that it names that have a mandate, or where that
 * profile is not built in the ends of its ranges; its QEMU version is that profile's, or empty; it
 * has no aliases. That it was not verified is said on stderr.
 *
 * Errors as profile_open(), and ROMTOOL_E_BAD_MANIFEST, _TOO_LARGE. ground_close() is due after a
 * failure too.
 */
int ground_open(const char *name, struct ground *ret, struct romtool_error *err);

/*
 * For two that are compared: a manifest of a profile that is not built in has the machine types of
 * the other that its ranges cover, too; each borrows from the other then. ROMTOOL_E_TOO_LARGE,
 * _NO_MEMORY.
 */
int ground_meet(struct ground *a, struct ground *b, struct romtool_error *err);

void ground_close(struct ground *ground);

#endif
