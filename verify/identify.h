/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which file a guest's option ROM was loaded from. What the guest has is the file's bytes, for a
 * device's default ROM with QEMU's id patch (rom/patch.h), and zeroes up to the slot. The patch is
 * undone by the ids that the file had, which are tried: those that the block has, those of its
 * further images, which QEMU leaves alone, and those of every device of QEMU's.
 */
#ifndef RT_VERIFY_IDENTIFY_H
#define RT_VERIFY_IDENTIFY_H

#include "core/bytes.h"
#include "core/digest.h"
#include "core/error.h"
#include "manifests/known.h"
#include "manifests/manifest.h"
#include "rom/patch.h"

#define RT_IDENTIFY_VIEWS 32

/* A guest's ROM, and the files that it may have been by their first image's ids. */
struct rt_identifier {
    struct rt_bytes block; /* borrowed: all of the slot */
    size_t used;           /* bytes up to the last that is not zero */
    bool is_blank;         /* nothing but 0x00, or nothing but 0xff */
    struct rt_identify_view {
        uint16_t vendor, device;
        struct rt_rom_patch undo; /* what makes the block such a file; of the first nothing */
    } views[RT_IDENTIFY_VIEWS];
    size_t n_views; /* at least 1 */
};

void rt_identify_begin(struct rt_identifier *identifier, struct rt_bytes block);

enum rt_identity_kind {
    RT_IDENTITY_UNKNOWN,
    RT_IDENTITY_INTACT,
    RT_IDENTITY_REPADDED, /* the content is, the padding behind it is another */
    RT_IDENTITY_ALTERED,
};

/* "unknown", "intact", "repadded", "altered" */
const char *rt_identity_name(enum rt_identity_kind kind);

/* All zero where the kind is unknown. */
struct rt_identity {
    enum rt_identity_kind kind;
    bool patched;                   /* QEMU changed the file's ids to the device's */
    uint16_t vendor, device;        /* that the file has, where it was patched */
    uint64_t size;                  /* bytes of the file */
    uint8_t sha256[RT_SHA256_SIZE]; /* of the file; intact */
    uint64_t altered_at;            /* altered: the first byte of the block that is another */
    uint64_t n_altered;             /* altered: how many are */
};

/*
 * The known releases that have the file, as rt_known_find(). Every size of a known file is tried
 * with every view, at most 128 MiB of bytes all together. ROMTOOL_E_UNAVAILABLE, _NO_MEMORY.
 */
int rt_identify_known(const struct rt_identifier *identifier, struct rt_identity *ret,
                      const struct rt_known_rom **ret_roms, size_t *ret_n,
                      struct romtool_error *err);

/* Was it this ROM of a release? Never altered: a digest does not tell. As rt_identify_known(). */
int rt_identify_stated(const struct rt_identifier *identifier, const struct rt_manifest_rom *stated,
                       struct rt_identity *ret, struct romtool_error *err);

/*
 * Was it this file? Altered where at least three in four of the file's bytes are the same.
 * ROMTOOL_E_UNAVAILABLE, _NO_MEMORY.
 */
int rt_identify_file(const struct rt_identifier *identifier, struct rt_bytes file,
                     struct rt_identity *ret, struct romtool_error *err);

#endif
