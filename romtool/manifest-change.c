/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/manifest-change.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* How many claims of one device and family begin here. */
static size_t family_of(const struct release_side *side, size_t at)
{
    size_t n = at;

    while (n < side->n_claims &&
           rt_manifest_claim_compare_families(&side->claims[at], &side->claims[n]) == 0)
        n++;
    return n - at;
}

/* ------------------------------------------------------------------------- slots, mandates */

bool range_equal(const struct rt_slot_range *a, const struct rt_slot_range *b)
{
    return a->versioned == b->versioned && strcmp(a->family, b->family) == 0 &&
           (!a->versioned || (rt_slot_version_compare(a->from, b->from) == 0 &&
                              rt_slot_version_compare(a->to, b->to) == 0));
}

/* What two claims of one device and family are both about; false where that is nothing. */
static bool meet(const struct rt_manifest_claim *a, const struct rt_manifest_claim *b,
                 struct rt_slot_range *ret)
{
    *ret = a->range->versioned ? *b->range : *a->range;
    if (!a->range->versioned && !b->range->versioned)
        return strcmp(a->range->family, b->range->family) == 0;
    if (rt_slot_version_compare(a->from, b->to) > 0 || rt_slot_version_compare(b->from, a->to) > 0)
        return false;
    if (ret->versioned) {
        ret->from = rt_slot_version_compare(a->from, b->from) > 0 ? a->from : b->from;
        ret->to = rt_slot_version_compare(a->to, b->to) < 0 ? a->to : b->to;
    }
    return true;
}

static int add_slot(struct manifest_changes *changes, const struct rt_manifest_claim *a,
                    const struct rt_manifest_claim *b, const struct rt_slot_range *range,
                    struct romtool_error *err)
{
    struct slot_change *grown =
        realloc(changes->slots, (changes->n_slots + 1) * sizeof(*changes->slots));

    if (grown == NULL)
        return rt_error_no_memory(err);
    changes->slots = grown;
    grown[changes->n_slots++] = (struct slot_change){a->device, a->rom, b->rom, *range};
    return 0;
}

/* Whole names of one version come by name, and none of one side is in a range of that side. */
static int compare_whole(const struct rt_manifest_claim *a, const struct rt_manifest_claim *b)
{
    if (a->range->versioned || b->range->versioned ||
        rt_slot_version_compare(a->from, b->from) != 0)
        return 0;
    return strcmp(a->range->family, b->range->family);
}

static bool is_before(const struct rt_manifest_claim *a, const struct rt_manifest_claim *b)
{
    return rt_slot_version_compare(a->to, b->from) < 0 || compare_whole(a, b) < 0;
}

/* Both are sorted, and what is in one does not overlap: few are looked at twice. */
static int find_slots(struct manifest_changes *changes, const struct rt_manifest_claim *a,
                      size_t n_a, const struct rt_manifest_claim *b, size_t n_b,
                      struct romtool_error *err)
{
    size_t start = 0;
    int r = 0;

    for (size_t i = 0; i < n_a; i++) {
        while (start < n_b && is_before(&b[start], &a[i]))
            start++;
        for (size_t k = start; r == 0 && k < n_b && !is_before(&a[i], &b[k]); k++) {
            struct rt_slot_range range;

            if (a[i].rom->slot != b[k].rom->slot && meet(&a[i], &b[k], &range))
                r = add_slot(changes, &a[i], &b[k], &range, err);
        }
    }
    return r;
}

bool claims_equal(const struct rt_manifest_claim *a, size_t n_a, const struct rt_manifest_claim *b,
                  size_t n_b)
{
    if (n_a != n_b)
        return false;
    for (size_t i = 0; i < n_a; i++) {
        if (!range_equal(a[i].range, b[i].range) || strcmp(a[i].rom->file, b[i].rom->file) != 0)
            return false;
    }
    return true;
}

bool slot_changes_together(const struct slot_change *a, const struct slot_change *b)
{
    return a->from == b->from && a->to == b->to && strcmp(a->device, b->device) == 0;
}

/* By device, then the ROMs, which lie by their files; of one pair as the claims were. */
static int compare_slots(const void *left, const void *right)
{
    const struct slot_change *a = left, *b = right;
    int order = strcmp(a->device, b->device);

    if (order == 0)
        order = strcmp(a->from->file, b->from->file);
    if (order == 0)
        order = strcmp(a->to->file, b->to->file);
    return order != 0 ? order : rt_manifest_range_compare(&a->range, &b->range);
}

static int compare_mandates(struct manifest_changes *changes, struct romtool_error *err)
{
    const struct release_side *a = &changes->from, *b = &changes->to;
    size_t i = 0, k = 0, n_a, n_b;
    int r = 0;

    changes->mandates = calloc(a->n_claims + b->n_claims + 1, sizeof(*changes->mandates));
    if (changes->mandates == NULL)
        return rt_error_no_memory(err);
    for (; r == 0 && (i < a->n_claims || k < b->n_claims); i += n_a, k += n_b) {
        int order = i == a->n_claims ? 1
                    : k == b->n_claims
                        ? -1
                        : rt_manifest_claim_compare_families(&a->claims[i], &b->claims[k]);

        n_a = order <= 0 ? family_of(a, i) : 0;
        n_b = order >= 0 ? family_of(b, k) : 0;
        r = find_slots(changes, &a->claims[i], n_a, &b->claims[k], n_b, err);
        if (!claims_equal(&a->claims[i], n_a, &b->claims[k], n_b))
            changes->mandates[changes->n_mandates++] =
                (struct mandate_change){&a->claims[i], &b->claims[k], n_a, n_b};
    }
    if (changes->n_slots > 0)
        qsort(changes->slots, changes->n_slots, sizeof(*changes->slots), compare_slots);
    return r;
}

/* ------------------------------------------------------------------------- ROMs */

bool rom_same_images(const struct rt_manifest_rom *a, const struct rt_manifest_rom *b)
{
    if (a->n_images != b->n_images)
        return false;
    for (size_t i = 0; i < a->n_images; i++) {
        const struct rt_manifest_image *x = &a->images[i], *y = &b->images[i];

        if (strcmp(x->type, y->type) != 0 || x->length != y->length || x->vendor != y->vendor ||
            x->device != y->device)
            return false;
    }
    return true;
}

static bool same_rom(const struct rt_manifest_rom *a, const struct rt_manifest_rom *b)
{
    return memcmp(a->sha256, b->sha256, RT_SHA256_SIZE) == 0 && a->size == b->size &&
           a->slot == b->slot && a->content_length == b->content_length && a->fill == b->fill &&
           rom_same_images(a, b);
}

bool rom_change_is_padding(const struct rom_change *change)
{
    const struct rt_manifest_rom *a = change->from, *b = change->to;

    return a != NULL && b != NULL && memcmp(a->sha256, b->sha256, RT_SHA256_SIZE) != 0 &&
           rt_manifest_states(a->content_sha256) && a->content_length == b->content_length &&
           memcmp(a->content_sha256, b->content_sha256, RT_SHA256_SIZE) == 0;
}

static int compare_roms(struct manifest_changes *changes, struct romtool_error *err)
{
    const struct rt_manifest *a = changes->from.model, *b = changes->to.model;
    size_t i = 0, k = 0;

    changes->roms = calloc(a->n_roms + b->n_roms, sizeof(*changes->roms));
    if (changes->roms == NULL)
        return rt_error_no_memory(err);
    while (i < a->n_roms || k < b->n_roms) {
        int order = i == a->n_roms   ? 1
                    : k == b->n_roms ? -1
                                     : strcmp(a->roms[i].file, b->roms[k].file);
        struct rom_change change = {order <= 0 ? &a->roms[i++] : NULL,
                                    order >= 0 ? &b->roms[k++] : NULL};

        changes->n_removed += order < 0;
        changes->n_added += order > 0;
        changes->n_both += order == 0;
        if (order == 0 && same_rom(change.from, change.to))
            continue;
        changes->n_changed += order == 0;
        changes->n_slots_of_roms += order == 0 && change.from->slot != change.to->slot;
        changes->roms[changes->n_roms++] = change;
    }
    return 0;
}

void manifest_changes_withdrawn(const struct manifest_changes *changes, withdrawn_fn fn, void *user)
{
    const struct rt_manifest *a = changes->from.model, *b = changes->to.model;

    for (size_t i = 0; i < b->n_withdrawn; i++) {
        const struct rt_manifest_withdrawn *before =
            rt_manifest_withdraws(a, b->withdrawn[i].sha256);

        if (before == NULL || strcmp(before->reason, b->withdrawn[i].reason) != 0)
            fn(&b->withdrawn[i], before == NULL ? "added" : "changed", user);
    }
    for (size_t i = 0; i < a->n_withdrawn; i++) {
        if (rt_manifest_withdraws(b, a->withdrawn[i].sha256) == NULL)
            fn(&a->withdrawn[i], "removed", user);
    }
}

/* ------------------------------------------------------------------------- findings */

void range_text(const struct rt_slot_range *range, char ret[RANGE_TEXT_SIZE])
{
    char from[RT_SLOT_VERSION_SIZE], to[RT_SLOT_VERSION_SIZE];
    bool one = rt_slot_version_compare(range->from, range->to) == 0;

    rt_slot_version_write(range->from, from);
    rt_slot_version_write(range->to, to);
    if (range->versioned)
        (void)snprintf(ret, RANGE_TEXT_SIZE, "%s %s%s%s", range->family, from, one ? "" : "..",
                       one ? "" : to);
    else
        (void)snprintf(ret, RANGE_TEXT_SIZE, "%s", range->family);
}

static void judge_slots(const struct manifest_changes *changes, const struct rt_findings *findings)
{
    char range[RANGE_TEXT_SIZE];

    for (size_t i = 0; i < changes->n_roms; i++) {
        const struct rom_change *rom = &changes->roms[i];

        if (rom->from != NULL && rom->to != NULL && rom->from->slot != rom->to->slot)
            rt_finding_add(findings, ROMTOOL_E_SLOT_CHANGED, RT_ERROR, ROMTOOL_NO_OFFSET,
                           "'%s' has a slot of %" PRIu64 ", but %" PRIu64 " in '%s'",
                           rom->from->file, rom->from->slot, rom->to->slot,
                           changes->to.model->release);
    }
    for (size_t i = 0; i < changes->n_slots; i++) {
        const struct slot_change *slot = &changes->slots[i];

        range_text(&slot->range, range);
        rt_finding_add(findings, ROMTOOL_E_SLOT_CHANGED, RT_ERROR, ROMTOOL_NO_OFFSET,
                       "'%s' on %s is %" PRIu64 ", but %" PRIu64 " in '%s'", slot->device, range,
                       slot->from->slot, slot->to->slot, changes->to.model->release);
    }
}

static void judge_serial(const struct manifest_changes *changes, const struct rt_findings *findings)
{
    const struct rt_manifest *a = changes->from.model, *b = changes->to.model;

    if (strcmp(a->product, b->product) != 0 || strcmp(a->channel, b->channel) != 0 ||
        a->serial < b->serial ||
        rt_bytes_equal(rt_file_bytes(&changes->from.file), rt_file_bytes(&changes->to.file)))
        return;
    rt_finding_add(findings, ROMTOOL_E_SERIAL_NOT_GROWN, RT_WARNING, ROMTOOL_NO_OFFSET,
                   "serial %" PRId64 " is no larger than %" PRId64 " of '%s'", b->serial, a->serial,
                   a->release);
}

void manifest_changes_judge(const struct manifest_changes *changes,
                            const struct rt_findings *findings)
{
    judge_slots(changes, findings);
    for (size_t i = 0; i < changes->n_roms; i++) {
        const struct rt_manifest_rom *rom = changes->roms[i].from;

        if (changes->roms[i].to == NULL && rom->n_mandates > 0)
            rt_finding_add(findings, ROMTOOL_E_MISSING, RT_WARNING, ROMTOOL_NO_OFFSET,
                           "'%s' is removed, '%s' mandates it for %zu device%s, '%s' is the first",
                           rom->file, changes->from.model->release, rom->n_mandates,
                           rom->n_mandates == 1 ? "" : "s", rom->mandates[0].device);
    }
    judge_serial(changes, findings);
}

/* ------------------------------------------------------------------------- the whole */

static int open_side(const char *path, struct release_side *side, struct romtool_error *err)
{
    int r = release_read(path, &side->file, &side->doc, err);

    side->path = path;
    if (r < 0)
        return r;
    side->model = rt_manifest_doc_model(side->doc);
    return rt_manifest_claims(side->model, &side->claims, &side->n_claims, err);
}

int manifest_changes_open(const char *from, const char *to, struct manifest_changes *ret,
                          struct romtool_error *err)
{
    int r;

    *ret = (struct manifest_changes){0};
    r = open_side(from, &ret->from, err);
    if (r == 0)
        r = open_side(to, &ret->to, err);
    if (r == 0)
        r = compare_roms(ret, err);
    return r < 0 ? r : compare_mandates(ret, err);
}

bool manifest_changes_slots(const struct manifest_changes *changes)
{
    return changes->n_slots_of_roms > 0 || changes->n_slots > 0;
}

static void close_side(struct release_side *side)
{
    free(side->claims);
    rt_manifest_doc_free(side->doc);
    rt_file_free(&side->file);
}

void manifest_changes_close(struct manifest_changes *changes)
{
    close_side(&changes->from);
    close_side(&changes->to);
    free(changes->roms);
    free(changes->slots);
    free(changes->mandates);
    *changes = (struct manifest_changes){0};
}
