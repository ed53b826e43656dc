/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `manifest diff` shows: all that changed from one release to a later one. By what the two
 * manifests say alone: no profile and no list of machine types is asked.
 */
#ifndef ROMTOOL_MANIFEST_CHANGE_H
#define ROMTOOL_MANIFEST_CHANGE_H

#include "manifests/claims.h"
#include "romtool/command.h"
#include "romtool/release.h"

struct release_side {
    const char *path; /* as it was asked for */
    struct rt_file file;
    struct rt_manifest_doc *doc;
    const struct rt_manifest *model;
    struct rt_manifest_claim *claims;
    size_t n_claims;
};

/* A ROM file of which something changed; NULL: is not there. */
struct rom_change {
    const struct rt_manifest_rom *from, *to;
};

/* A device that has another slot in the second, on machine types that both speak of. */
struct slot_change {
    const char *device;
    const struct rt_manifest_rom *from, *to;
    struct rt_slot_range range;
};

/* A device and family of machine types of which other ranges, or another ROM file, are stated. */
struct mandate_change {
    const struct rt_manifest_claim *from, *to; /* the first of n_from, of n_to */
    size_t n_from, n_to;
};

struct manifest_changes {
    struct release_side from, to;
    struct rom_change *roms; /* by file */
    size_t n_roms;
    struct slot_change *slots; /* by device, then the two ROMs */
    size_t n_slots;
    struct mandate_change *mandates; /* by device, then family */
    size_t n_mandates;
    size_t n_both, n_slots_of_roms, n_changed, n_removed, n_added; /* ROM files */
};

/* Errors as release_read(). manifest_changes_close() is due after a failure too. */
int manifest_changes_open(const char *from, const char *to, struct manifest_changes *ret,
                          struct romtool_error *err);
void manifest_changes_close(struct manifest_changes *changes);

/* Is the slot of a ROM file, or of a device on some machine type, another one? */
bool manifest_changes_slots(const struct manifest_changes *changes);

/* Are the bytes of a ROM the same up to the end of its last image, and not behind it? */
bool rom_change_is_padding(const struct rom_change *change);
bool rom_same_images(const struct rt_manifest_rom *a, const struct rt_manifest_rom *b);

/* Are they of one device and between the same two ROMs? */
bool slot_changes_together(const struct slot_change *a, const struct slot_change *b);

/* Each file that only one of them withdraws, or for another reason: "added", "changed", "removed".
 */
typedef void (*withdrawn_fn)(const struct rt_manifest_withdrawn *withdrawn, const char *change,
                             void *user);
void manifest_changes_withdrawn(const struct manifest_changes *changes, withdrawn_fn fn,
                                void *user);

bool claims_equal(const struct rt_manifest_claim *a, size_t n_a, const struct rt_manifest_claim *b,
                  size_t n_b);
bool range_equal(const struct rt_slot_range *a, const struct rt_slot_range *b);

/* Changed slots as errors; as warnings a serial that does not grow, and mandates without a ROM. */
void manifest_changes_judge(const struct manifest_changes *changes,
                            const struct rt_findings *findings);

#define RANGE_TEXT_SIZE (ROMTOOL_NAME_SIZE + 2 * RT_SLOT_VERSION_SIZE + sizeof(" .."))

/* "pc-q35 2.4..7.2" or "microvm". */
void range_text(const struct rt_slot_range *range, char ret[RANGE_TEXT_SIZE]);

/* "romtool/manifest-diff/1" */
enum exit_status manifest_changes_json(const struct manifest_changes *changes,
                                       enum exit_status status);

#endif
