/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The release statement: the model, its deterministic writer and its strict reader. The bytes are
 * an in-toto Statement v1 (docs/formats.md); signatures over them are manifests/minisign.h.
 */
#ifndef RT_MANIFESTS_MANIFEST_H
#define RT_MANIFESTS_MANIFEST_H

#include "core/bytes.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/json.h"
#include "slots/slots.h"

#define RT_MANIFEST_SIZE_MAX       ((size_t)1 << 20) /* bytes */

#define RT_MANIFEST_STATEMENT_TYPE "https://in-toto.io/Statement/v1"
#define RT_MANIFEST_PREDICATE_TYPE "urn:romtool:rom-manifest:v1"
#define RT_MANIFEST_FSVERITY       "sha256:" /* stands before the hex digits */

/* One image of a ROM, as stated. */
struct rt_manifest_image {
    const char *type; /* rt_rom_type_name() */
    uint64_t length;  /* bytes */
    uint16_t vendor, device;
};

/* On these machine types this release mandates a ROM for the device. */
struct rt_manifest_mandate {
    const char *device;                   /* "virtio-net-pci" */
    const struct rt_slot_range *machines; /* at least one, by rt_manifest_range_compare() */
    size_t n_machines;
};

/*
 * <0, 0, >0: by family, bytewise; what names a machine type whole before what has versions; then by
 * the first version.
 */
int rt_manifest_range_compare(const struct rt_slot_range *a, const struct rt_slot_range *b);

struct rt_manifest_rom {
    const char *file; /* file name without a directory */
    uint8_t sha256[RT_SHA256_SIZE];
    uint64_t size;           /* bytes */
    uint64_t slot;           /* bytes */
    uint64_t content_length; /* bytes */
    uint8_t
        content_sha256[RT_SHA256_SIZE]; /* of the first content_length bytes; zero: not stated */
    uint8_t fsverity[RT_SHA256_SIZE];   /* rt_digest_fsverity() of the file; zero: not stated */
    int fill;                           /* 0..255, or -1: no padding */
    const struct rt_manifest_image *images;
    size_t n_images;
    const struct rt_manifest_mandate *mandates; /* sorted by device, bytewise */
    size_t n_mandates;
};

/* A ROM file of an earlier release that must not be used any more. */
struct rt_manifest_withdrawn {
    uint8_t sha256[RT_SHA256_SIZE];
    const char *reason; /* "CVE-2026-1234": 1 to 255 bytes of printable UTF-8 */
};

struct rt_manifest {
    const char *product;                /* "debian/ipxe-qemu" */
    const char *channel;                /* "bookworm" */
    const char *release;                /* "1.0.0+git-20190125.36a4c85-5.1" */
    int64_t serial;                     /* grows with every release of a product and channel */
    int64_t min_serial;                 /* releases with a lower serial are withdrawn; 0: none is */
    int64_t created;                    /* seconds since 1970, or -1: not stated */
    int64_t not_after;                  /* the last second of its validity; 0: it does not expire */
    const char *profile;                /* whose mandates these are: "debian/bookworm" */
    const struct rt_manifest_rom *roms; /* sorted by file, bytewise */
    size_t n_roms;
    const struct rt_manifest_withdrawn *withdrawn; /* sorted by digest */
    size_t n_withdrawn;
};

/* Is a digest stated, that is, not all zero? */
bool rt_manifest_states(const uint8_t digest[RT_SHA256_SIZE]);

/* The entry that withdraws a file with this digest, or NULL. */
const struct rt_manifest_withdrawn *rt_manifest_withdraws(const struct rt_manifest *manifest,
                                                          const uint8_t sha256[RT_SHA256_SIZE]);

/*
 * Appends the manifest's bytes to out: fixed key order, sorted arrays, one final newline. Nothing
 * is written of what rt_manifest_check() refuses. ROMTOOL_E_BAD_MANIFEST, _TOO_LARGE (beyond
 * RT_MANIFEST_SIZE_MAX), _NO_MEMORY.
 */
int rt_manifest_write(const struct rt_manifest *manifest, struct rt_buffer *out,
                      struct romtool_error *err);

/* The members of a range in the object that is open: {"machine"} or {"family", "from", "to"}. */
void rt_manifest_write_range(struct rt_json_writer *w, const struct rt_slot_range *range);

/*
 * The rules that both a writer and a reader hold a manifest to: names of 1 to 63 bytes of printable
 * UTF-8; file names without a path, sorted, no two the same; at least one ROM; slots that QEMU
 * gives a file of this size; images no longer than the content, content no longer than the file;
 * mandates and their ranges sorted, no range empty, no two for one machine type and device;
 * min_serial no larger than serial, not_after no earlier than created, withdrawn digests sorted and
 * none of them that of a ROM of this release.
 * ROMTOOL_E_BAD_MANIFEST, the sentence names the field
 * ("predicate.roms[2].slot: 300000 is not a power of two"); _NO_MEMORY.
 */
int rt_manifest_check(const struct rt_manifest *manifest, struct romtool_error *err);

struct rt_manifest_doc; /* owns what a read manifest points at */

/*
 * Reads a manifest strictly; additive unknown keys are ignored. ROMTOOL_E_BAD_JSON,
 * _BAD_MANIFEST (the sentence names the field), _TOO_LARGE, _NO_MEMORY.
 */
int rt_manifest_read(struct rt_bytes text, struct rt_manifest_doc **ret, struct romtool_error *err);
const struct rt_manifest *rt_manifest_doc_model(const struct rt_manifest_doc *doc);
void rt_manifest_doc_free(struct rt_manifest_doc *doc);

/*
 * The ROM that the manifest mandates for a machine type (no alias) and device, or NULL. As in slot
 * files a tag takes no part: "pseries-2.12-sxxm" has what 2.12 has.
 */
const struct rt_manifest_rom *rt_manifest_find(const struct rt_manifest *manifest,
                                               const char *machine, const char *device);

#endif
