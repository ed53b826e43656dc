/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From findings to verdicts: does a ROM hold by itself, for a slot, for what a release states?
 * A finding of severity error refuses; a warning does where strict.
 */
#ifndef RT_VERIFY_VERIFY_H
#define RT_VERIFY_VERIFY_H

#include "core/bytes.h"
#include "core/error.h"
#include "manifests/manifest.h"
#include "rom/rom.h"

/* Wraps a sink: passes every finding on and remembers the worst. Zeroed but for the first two. */
struct rt_verify_judge {
    const struct rt_findings *next;
    bool strict;
    bool refused;
    struct rt_finding first; /* the first finding that refused */
};

/* The sink to hand to whoever finds. It borrows judge. */
struct rt_findings rt_verify_findings(struct rt_verify_judge *judge);

/*
 * A ROM file by itself: its image chain, each image to image (may be NULL). What rt_rom_read()
 * refuses as an error becomes a finding; returns a code only where nothing could be decided.
 */
int rt_verify_rom(struct rt_bytes file, void (*image)(void *user, const struct rt_rom_image *image),
                  void *user, const struct rt_findings *findings, struct rt_rom *ret,
                  struct romtool_error *err);

/*
 * A file of size bytes against a slot: "oversize", "undersize". Not padded to exactly the slot is
 * fine: QEMU rounds up.
 */
void rt_verify_slot(uint64_t size, uint64_t slot, const struct rt_findings *findings);

/*
 * A file against what a release states of it: "size-mismatch", "oversize", "digest-mismatch".
 * Returns a code only where nothing could be decided (ROMTOOL_E_UNAVAILABLE).
 */
int rt_verify_stated(struct rt_bytes file, const struct rt_manifest_rom *stated,
                     const struct rt_findings *findings, struct romtool_error *err);

#endif
