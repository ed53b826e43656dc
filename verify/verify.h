/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From findings to verdicts: does a ROM hold by itself, for a slot, for what a release states?
 * A finding of severity error refuses; a warning does where strict.
 */
#ifndef RT_VERIFY_VERIFY_H
#define RT_VERIFY_VERIFY_H

#include "core/bytes.h"
#include "core/digest.h"
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
 * A ROM file by itself: its image chain, each image to image (may be NULL); flags are
 * rt_rom_read()'s. What rt_rom_read() refuses as an error becomes a finding; returns a code only
 * where nothing could be decided.
 */
int rt_verify_rom(struct rt_bytes file, unsigned flags,
                  void (*image)(void *user, const struct rt_rom_image *image), void *user,
                  const struct rt_findings *findings, struct rt_rom *ret,
                  struct romtool_error *err);

/* The same for who wants no findings: the first that refuses is the error. */
int rt_verify_rom_holds(struct rt_bytes file, struct romtool_error *err);

/*
 * A file of size bytes against a slot: "oversize", "undersize". Not padded to exactly the slot is
 * fine: QEMU rounds up.
 */
void rt_verify_slot(uint64_t size, uint64_t slot, const struct rt_findings *findings);

/*
 * A file of size bytes with this digest against what a release states of it: "size-mismatch",
 * "oversize", "digest-mismatch".
 */
void rt_verify_stated(uint64_t size, const uint8_t sha256[RT_SHA256_SIZE],
                      const struct rt_manifest_rom *stated, const struct rt_findings *findings);

/* A file that a release withdraws, whatever its name: "withdrawn". */
void rt_verify_withdrawn(const uint8_t sha256[RT_SHA256_SIZE], const struct rt_manifest *manifest,
                         const struct rt_findings *findings);

/*
 * A ROM file against a device that has these ids: "foreign-ids" where its first image of type x86,
 * or without one of any type, has others, "patch-damages-efi" where QEMU's id patch would change
 * the signature of an EFI image that comes first. Nothing where there is no such image.
 */
void rt_verify_ids(struct rt_bytes file, uint16_t vendor, uint16_t device,
                   const struct rt_findings *findings);

/*
 * The sha256 of what a guest reads from the ROM BAR, all of the slot's bytes: where the file is the
 * default ROM of a device that has these ids (QEMU's id patch), and where it is an explicit
 * romfile= (as it is). Both end in zeroes up to the slot. ROMTOOL_E_OVERSIZE where the file is
 * larger than the slot, ROMTOOL_E_UNAVAILABLE, _NO_MEMORY.
 */
int rt_verify_guest(struct rt_bytes file, uint64_t slot, uint16_t vendor, uint16_t device,
                    uint8_t ret_default[RT_SHA256_SIZE], uint8_t ret_explicit[RT_SHA256_SIZE],
                    struct romtool_error *err);

#endif
