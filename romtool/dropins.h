/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slot files that a site or a package drops in: *.json in /etc/romtool/slots.d,
 * /run/romtool/slots.d and /usr/lib/romtool/slots.d. Of one file name the first directory's counts,
 * an empty file there masks the later ones. What a drop-in says comes before what is built in; two
 * drop-ins that have the same profile contradict each other.
 */
#ifndef ROMTOOL_DROPINS_H
#define ROMTOOL_DROPINS_H

#include "core/error.h"
#include "slots/slots.h"

/*
 * Finds the drop-in that has a profile ("VENDOR/SERIES"): *ret_path, freed by the caller, is NULL
 * where none has. root is put before each directory, "" but in tests. ROMTOOL_E_BAD_SLOT_FILE names
 * both files where two have it; what a file that cannot be read is.
 */
int dropins_find(const char *root, const char *profile, char **ret_path, struct romtool_error *err);

/* Calls fn for every profile, dropped in (path is its file) or built in (NULL) and not replaced. */
int dropins_each(const char *root,
                 void (*fn)(void *user, const struct rt_slot_profile *profile, const char *path),
                 void *user, struct romtool_error *err);

#endif
