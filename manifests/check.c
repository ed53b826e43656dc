/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules of a manifest, held by its writer and its reader alike. */
#include "manifests/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifests/claims.h"
#include "manifests/fields.h"

/* "predicate.roms[N]", "predicate.roms[N].mandates[N]" and that with ".machines[N]", N the largest
 */
enum {
    ROM_WHERE_SIZE = 40,
    WHERE_SIZE = 80,
    RANGE_WHERE_SIZE = 120,
};

/* Text that shows what it says. */
static int check_text(const char *where, const char *key, const char *text, size_t max,
                      struct romtool_error *err)
{
    size_t n = text == NULL ? 0 : strlen(text);
    const char *what;

    if (n == 0)
        what = "empty";
    else if (n > max)
        return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                            "%s.%s: longer than %zu bytes", where, key, max);
    else if (!rt_manifest_text_is_printable((struct rt_bytes){(const uint8_t *)text, n}, false))
        what = "not printable UTF-8";
    else
        return 0;
    return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET, "%s.%s: %s", where, key,
                        what);
}

/* A name that fits struct romtool_mandate. */
static int check_name(const char *where, const char *key, const char *text,
                      struct romtool_error *err)
{
    return check_text(where, key, text, ROMTOOL_NAME_SIZE - 1, err);
}

static int check_file(const char *where, const char *file, struct romtool_error *err)
{
    int r = check_name(where, "file", file, err);

    if (r < 0)
        return r;
    if (strchr(file, '/') != NULL || strcmp(file, ".") == 0 || strcmp(file, "..") == 0)
        return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                            "%s.file: '%s' is not a plain file name", where, file);
    return 0;
}

/* size, slot and content against each other; every number is bounded by ROMTOOL_SLOT_MAX. */
static int check_sizes(const char *where, const struct rt_manifest_rom *rom,
                       struct romtool_error *err)
{
    unsigned long long size = rom->size, slot = rom->slot, content = rom->content_length;

    if (slot < 1 || slot > ROMTOOL_SLOT_MAX)
        return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                            "%s.slot: %llu is not between 1 and %llu", where, slot,
                            (unsigned long long)ROMTOOL_SLOT_MAX);
    if (!rt_size_is_power_of_two(slot))
        return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                            "%s.slot: %llu is not a power of two", where, slot);
    if (size == 0)
        return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET, "%s.size: 0", where);
    if (size > slot)
        return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                            "%s.size: %llu bytes, the slot is %llu", where, size, slot);
    if (rt_size_to_power_of_two(size) != slot)
        return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                            "%s.slot: %llu, but a file of %llu bytes gets a slot of %llu", where,
                            slot, size, (unsigned long long)rt_size_to_power_of_two(size));
    if (content > size)
        return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                            "%s.contentLength: %llu bytes, the file has %llu", where, content,
                            size);
    if (content == size && rt_manifest_states(rom->content_sha256) &&
        memcmp(rom->content_sha256, rom->sha256, RT_SHA256_SIZE) != 0)
        return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                            "%s.content.sha256: the content is the whole file, but not its digest",
                            where);
    return 0;
}

static int check_images(const char *where, const struct rt_manifest_rom *rom,
                        struct romtool_error *err)
{
    char image[WHERE_SIZE];
    uint64_t left = rom->content_length;
    int r;

    for (size_t i = 0; i < rom->n_images; i++) {
        (void)snprintf(image, sizeof(image), "%s.images[%zu]", where, i);
        r = check_name(image, "type", rom->images[i].type, err);
        if (r < 0)
            return r;
        if (rom->images[i].length > left)
            return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                                "%s.length: the images are longer than the content", image);
        left -= rom->images[i].length;
    }
    return 0;
}

int rt_manifest_range_compare(const struct rt_slot_range *a, const struct rt_slot_range *b)
{
    int order = strcmp(a->family, b->family);

    if (order != 0)
        return order;
    if (a->versioned != b->versioned)
        return a->versioned ? 1 : -1;
    return a->versioned ? rt_slot_version_compare(a->from, b->from) : 0;
}

static int check_range(const char *where, const struct rt_slot_range *range,
                       struct romtool_error *err)
{
    char from[RT_SLOT_VERSION_SIZE], to[RT_SLOT_VERSION_SIZE];
    struct rt_machine_name name;
    int r = check_name(where, range->versioned ? "family" : "machine", range->family, err);

    if (r < 0 || !range->versioned)
        return r;
    /* no machine type's name could be taken apart like that: the range would be empty */
    if (!rt_machine_name_parse(range->family, &name) || name.versioned)
        return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                            "%s.family: '%s' has a version in it", where, range->family);
    if (rt_slot_version_compare(range->from, range->to) <= 0)
        return 0;
    rt_slot_version_write(range->from, from);
    rt_slot_version_write(range->to, to);
    return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                        "%s.from: %s is later than %s", where, from, to);
}

static int check_ranges(const char *where, const struct rt_manifest_mandate *mandate,
                        struct romtool_error *err)
{
    char range[RANGE_WHERE_SIZE];

    if (mandate->n_machines == 0)
        return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET, "%s.machines: empty",
                            where);
    for (size_t i = 0; i < mandate->n_machines; i++) {
        const struct rt_slot_range *machines = &mandate->machines[i];
        int r;

        (void)snprintf(range, sizeof(range), "%s.machines[%zu]", where, i);
        r = check_range(range, machines, err);
        if (r < 0)
            return r;
        if (i > 0 && rt_manifest_range_compare(machines - 1, machines) >= 0)
            return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                                "%s: not sorted by family and version, or twice", range);
    }
    return 0;
}

static int check_mandates(const char *where, const struct rt_manifest_rom *rom,
                          struct romtool_error *err)
{
    const struct rt_manifest_mandate *mandates = rom->mandates;
    char mandate[WHERE_SIZE];
    int r;

    for (size_t i = 0; i < rom->n_mandates; i++) {
        (void)snprintf(mandate, sizeof(mandate), "%s.mandates[%zu]", where, i);
        r = check_name(mandate, "device", mandates[i].device, err);
        if (r == 0)
            r = check_ranges(mandate, &mandates[i], err);
        if (r < 0)
            return r;
        if (i > 0 && strcmp(mandates[i - 1].device, mandates[i].device) >= 0)
            return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                                "%s.device: '%s' is not sorted behind '%s'", mandate,
                                mandates[i].device, mandates[i - 1].device);
    }
    return 0;
}

static int check_rom(const char *where, const struct rt_manifest_rom *rom,
                     struct romtool_error *err)
{
    int r;

    r = check_file(where, rom->file, err);
    if (r == 0 && !rt_manifest_states(rom->sha256))
        r = rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                         "%s: no sha256 of the file", where);
    if (r == 0)
        r = check_sizes(where, rom, err);
    if (r < 0)
        return r;
    if (rom->fill < -1 || rom->fill > 0xff)
        return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                            "%s.fill: %d is not a byte", where, rom->fill);
    r = check_images(where, rom, err);
    if (r == 0)
        r = check_mandates(where, rom, err);
    return r;
}

/* ------------------------------------------------------------------------- across ROMs */

/* The machine type that b begins with is in a too. */
static int refuse_overlap(const struct rt_manifest *manifest, const struct rt_manifest_claim *a,
                          const struct rt_manifest_claim *b, struct romtool_error *err)
{
    bool in_order = a->rom != b->rom ? a->rom < b->rom : a->at < b->at;
    const struct rt_manifest_claim *first = in_order ? a : b, *last = in_order ? b : a;
    char version[1 + RT_SLOT_VERSION_SIZE] = "";

    if (first->rom == last->rom)
        return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                            "predicate.roms[%zu].mandates[%zu].machines[%zu]: overlaps "
                            "machines[%zu]",
                            last->rom - manifest->roms, last->mandate, last->at, first->at);
    if (b->range->versioned) {
        version[0] = ' ';
        rt_slot_version_write(b->from, version + 1);
    }
    return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                        "predicate.roms[%zu].mandates[%zu].machines[%zu]: '%s' on '%s%s' has two "
                        "ROMs, '%s' and '%s'",
                        last->rom - manifest->roms, last->mandate, last->at, b->device,
                        b->range->family, version, first->rom->file, last->rom->file);
}

/* Each against the range before it, which reaches farthest: up to here none overlap. */
static int check_sorted_claims(const struct rt_manifest *manifest,
                               const struct rt_manifest_claim *claims, size_t n,
                               struct romtool_error *err)
{
    const struct rt_manifest_claim *farthest = NULL;

    for (size_t i = 0; i < n; i++) {
        const struct rt_manifest_claim *claim = &claims[i], *before = i > 0 ? &claims[i - 1] : NULL;

        if (before != NULL && rt_manifest_claim_compare_families(before, claim) != 0)
            before = farthest = NULL;
        if (farthest != NULL && rt_slot_version_compare(claim->from, farthest->range->to) <= 0)
            return refuse_overlap(manifest, farthest, claim, err);
        if (claim->range->versioned)
            farthest = claim;
        else if (before != NULL && strcmp(before->range->family, claim->range->family) == 0)
            return refuse_overlap(manifest, before, claim, err);
    }
    return 0;
}

/* No two ROMs for one machine type and device. Sorted, since a hostile manifest has many ranges. */
static int check_claims(const struct rt_manifest *manifest, struct romtool_error *err)
{
    struct rt_manifest_claim *claims;
    size_t n;
    int r = rt_manifest_claims(manifest, &claims, &n, err);

    if (r == 0)
        r = check_sorted_claims(manifest, claims, n, err);
    free(claims);
    return r;
}

static int check_head(const struct rt_manifest *manifest, struct romtool_error *err)
{
    int r;

    r = check_name("predicate", "product", manifest->product, err);
    if (r == 0)
        r = check_name("predicate", "channel", manifest->channel, err);
    if (r == 0)
        r = check_name("predicate", "release", manifest->release, err);
    if (r == 0)
        r = check_name("predicate", "profile", manifest->profile, err);
    if (r < 0)
        return r;
    if (manifest->serial < 0)
        return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                            "predicate.serial: %lld is negative", (long long)manifest->serial);
    if (manifest->created < -1 || manifest->created > RT_MANIFEST_CREATED_MAX)
        return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                            "predicate.created: not between the years 1970 and 9999");
    if (manifest->min_serial < 0 || manifest->min_serial > manifest->serial)
        return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                            "predicate.minSerial: %lld, the serial itself is %lld",
                            (long long)manifest->min_serial, (long long)manifest->serial);
    if (manifest->not_after < 0 || manifest->not_after > RT_MANIFEST_CREATED_MAX)
        return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                            "predicate.notAfter: not between the years 1970 and 9999");
    if (manifest->not_after > 0 && manifest->not_after < manifest->created)
        return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                            "predicate.notAfter: earlier than predicate.created");
    if (manifest->n_roms == 0)
        return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                            "predicate.roms: empty");
    return 0;
}

/* ------------------------------------------------------------------------- withdrawn */

enum { REASON_MAX = 255 }; /* bytes */

bool rt_manifest_states(const uint8_t digest[RT_SHA256_SIZE])
{
    static const uint8_t none[RT_SHA256_SIZE];

    return memcmp(digest, none, RT_SHA256_SIZE) != 0;
}

static int compare_withdrawn(const void *sha256, const void *entry)
{
    const struct rt_manifest_withdrawn *withdrawn = entry;

    return memcmp(sha256, withdrawn->sha256, RT_SHA256_SIZE);
}

const struct rt_manifest_withdrawn *rt_manifest_withdraws(const struct rt_manifest *manifest,
                                                          const uint8_t sha256[RT_SHA256_SIZE])
{
    if (manifest->n_withdrawn == 0)
        return NULL;
    return bsearch(sha256, manifest->withdrawn, manifest->n_withdrawn, sizeof(*manifest->withdrawn),
                   compare_withdrawn);
}

static int check_withdrawn(const struct rt_manifest *manifest, struct romtool_error *err)
{
    const struct rt_manifest_withdrawn *withdrawn = manifest->withdrawn;
    char where[WHERE_SIZE];
    int r;

    for (size_t i = 0; i < manifest->n_withdrawn; i++) {
        (void)snprintf(where, sizeof(where), "predicate.withdrawn[%zu]", i);
        r = check_text(where, "reason", withdrawn[i].reason, REASON_MAX, err);
        if (r < 0)
            return r;
        if (i > 0 && memcmp(withdrawn[i - 1].sha256, withdrawn[i].sha256, RT_SHA256_SIZE) >= 0)
            return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                                "%s.sha256: not sorted, or twice", where);
    }
    for (size_t i = 0; i < manifest->n_roms; i++) {
        if (rt_manifest_withdraws(manifest, manifest->roms[i].sha256) != NULL)
            return rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                                "predicate.withdrawn: '%s' of this release is among them",
                                manifest->roms[i].file);
    }
    return 0;
}

int rt_manifest_check(const struct rt_manifest *manifest, struct romtool_error *err)
{
    const struct rt_manifest_rom *roms = manifest->roms;
    char where[ROM_WHERE_SIZE];
    int r;

    r = check_head(manifest, err);
    for (size_t i = 0; r == 0 && i < manifest->n_roms; i++) {
        (void)snprintf(where, sizeof(where), "predicate.roms[%zu]", i);
        r = check_rom(where, &roms[i], err);
        if (r == 0 && i > 0 && strcmp(roms[i - 1].file, roms[i].file) >= 0)
            r = rt_error_set(err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                             "%s.file: '%s' is not sorted behind '%s'", where, roms[i].file,
                             roms[i - 1].file);
    }
    if (r == 0)
        r = check_withdrawn(manifest, err);
    return r < 0 ? r : check_claims(manifest, err);
}
