/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which file a guest's option ROM was loaded from. What the guest has is the file's bytes, for a
 * device's default ROM with QEMU's id patch (rom/patch.h), and zeroes up to the slot, or to the end
 * of the page. The patch is undone by the ids that the file had, which are tried: those that the
 * block has, those of its further images, which QEMU leaves alone, those of every device of QEMU's,
 * and of the known files that have others. A file that is at hand is patched as QEMU does instead,
 * and compared.
 */
#ifndef RT_VERIFY_IDENTIFY_H
#define RT_VERIFY_IDENTIFY_H

#include "core/bytes.h"
#include "core/digest.h"
#include "core/error.h"
#include "manifests/known.h"
#include "manifests/manifest.h"
#include "rom/patch.h"

enum {
    RT_IDENTIFY_VIEWS =
        32, /* itself, at most 8 for further images, 19 for QEMU's devices, 2 more */
    RT_IDENTIFY_SIZES = 512, /* distinct sizes of known files: there are fewer */
};

/* A guest's ROM, and the files that it may have been by their first image's ids. */
struct rt_identifier {
    struct rt_bytes block; /* borrowed: all of the slot */
    size_t used;           /* bytes up to the last that is not zero */
    bool is_blank;         /* nothing but 0x00, or 0xff and then 0x00 */
    struct rt_identify_view {
        uint16_t vendor, device;
        struct rt_rom_patch undo; /* what makes the block such a file; of the first nothing */
    } views[RT_IDENTIFY_VIEWS];
    size_t n_views;          /* at least 1 */
    size_t patch_size;       /* bytes that a file has at least if QEMU patched it */
    uint16_t vendor, device; /* that the block has where a patch could be undone, or 0 */
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
    uint16_t to_vendor, to_device;  /* that the guest reads, where it was patched */
    uint64_t size;                  /* bytes of the file; repadded: of its content */
    uint8_t sha256[RT_SHA256_SIZE]; /* of those; zero where altered */
    uint64_t altered_at;            /* altered: the first byte of the block that is another */
    uint64_t n_altered;             /* altered: how many are */
};

/*
 * The known releases that have the file, as rt_known_find(). Every size of a known file is tried
 * with every view: each view is digested once, up to the largest known file that fits the block,
 * so at most RT_IDENTIFY_VIEWS times its size. Of files that differ in zeroes at their end only,
 * which a guest cannot tell apart, the shortest; of those that differ in what QEMU patches only, as
 * SeaBIOS's display ROMs, the one that has the block's ids. ROMTOOL_E_UNAVAILABLE, _NO_MEMORY.
 */
int rt_identify_known(const struct rt_identifier *identifier, struct rt_identity *ret,
                      const struct rt_known_rom **ret_roms, size_t *ret_n,
                      struct romtool_error *err);

/*
 * Was it this ROM of a release? Of the ids only those that it states are tried, where it states
 * images. Never altered: a digest does not tell. As rt_identify_known().
 */
int rt_identify_stated(const struct rt_identifier *identifier, const struct rt_manifest_rom *stated,
                       struct rt_identity *ret, struct romtool_error *err);

/*
 * Was it this file? Altered where the bytes that are others are no more than a quarter of the
 * file's, its padding not counted; of several files it is altered from, the one with the smallest
 * n_altered is it. Ids that are others are a patch where byte 6 makes up for them exactly as
 * QEMU's does, and altered bytes where it does not. ROMTOOL_E_UNAVAILABLE, _NO_MEMORY.
 */
int rt_identify_file(const struct rt_identifier *identifier, struct rt_bytes file,
                     struct rt_identity *ret, struct romtool_error *err);

#endif
