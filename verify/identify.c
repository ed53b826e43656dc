/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/identify.h"

#include "rom/rom.h"
#include "slots/ids.h"

#include <string.h>

/* Distinct sizes of known files that are tried; there are fewer. */
#define SIZES_MAX 512

/* Bytes that are digested for one block before it is unknown. */
#define WORK_MAX ((size_t)128 << 20)

const char *rt_identity_name(enum rt_identity_kind kind)
{
    switch (kind) {
    case RT_IDENTITY_INTACT:
        return "intact";
    case RT_IDENTITY_REPADDED:
        return "repadded";
    case RT_IDENTITY_ALTERED:
        return "altered";
    case RT_IDENTITY_UNKNOWN:
        break;
    }
    return "unknown";
}

/* ------------------------------------------------------------------------- views */

/* Adds the file that the block was if the file had these ids; each once. */
static void add_view(struct rt_identifier *identifier, uint16_t vendor, uint16_t device)
{
    struct rt_identify_view *view = &identifier->views[identifier->n_views];

    if (identifier->n_views == RT_IDENTIFY_VIEWS)
        return;
    *view = (struct rt_identify_view){.vendor = vendor, .device = device};
    rt_rom_patch_ids(identifier->block, vendor, device, &view->undo);
    if (view->undo.n == 0) /* that is how it is */
        return;
    for (size_t i = 1; i < identifier->n_views; i++) {
        if (identifier->views[i].vendor == vendor && identifier->views[i].device == device)
            return;
    }
    identifier->n_views++;
}

static void add_image(void *user, const struct rt_rom_image *image)
{
    struct rt_identifier *identifier = user;

    if (image->index > 0 && image->has_pcir)
        add_view(identifier, image->vendor, image->device);
}

void rt_identify_begin(struct rt_identifier *identifier, struct rt_bytes block)
{
    size_t tail = rt_bytes_tail(block);
    uint8_t last = 0;
    uint16_t vendor, device;
    struct rt_rom rom;

    *identifier = (struct rt_identifier){.block = block, .used = block.len, .n_views = 1};
    (void)rt_bytes_u8(block, block.len - (block.len > 0), &last);
    if (last == 0)
        identifier->used -= tail;
    identifier->is_blank = tail == block.len && (last == 0x00 || last == 0xff);
    (void)rt_rom_read(block, 0, add_image, identifier, NULL, &rom, NULL);
    for (size_t i = 0; rt_slot_ids_at(i, &vendor, &device); i++)
        add_view(identifier, vendor, device);
}

/* The digest of the block's first n bytes, seen as that file. */
static int digest(const struct rt_identifier *identifier, const struct rt_identify_view *view,
                  size_t n, uint8_t ret[RT_SHA256_SIZE], struct romtool_error *err)
{
    const size_t changes = sizeof(view->undo.bytes) / sizeof(view->undo.bytes[0]);
    struct rt_bytes pieces[2 * (sizeof(view->undo.bytes) / sizeof(view->undo.bytes[0])) + 1];
    size_t at = 0, n_pieces = 0;

    for (size_t i = 0; i < view->undo.n && i < changes && view->undo.bytes[i].offset < n; i++) {
        size_t offset = view->undo.bytes[i].offset;

        (void)rt_bytes_slice(identifier->block, at, offset - at, &pieces[n_pieces++]);
        pieces[n_pieces++] = (struct rt_bytes){&view->undo.bytes[i].to, 1};
        at = offset + 1;
    }
    (void)rt_bytes_slice(identifier->block, at, n - at, &pieces[n_pieces++]);
    return rt_digest_sha256_pieces(pieces, n_pieces, 0, ret, err);
}

static void set_file(struct rt_identity *ret, enum rt_identity_kind kind,
                     const struct rt_identify_view *view, uint64_t size)
{
    *ret = (struct rt_identity){
        .kind = kind,
        .patched = view->undo.n > 0,
        .vendor = view->undo.n > 0 ? view->vendor : 0,
        .device = view->undo.n > 0 ? view->device : 0,
        .size = size,
    };
}

/* ------------------------------------------------------------------------- known releases */

/* The sizes that a known file may have had, each once: the block must be zero behind it. */
static size_t known_sizes(const struct rt_identifier *identifier, size_t ret[SIZES_MAX])
{
    size_t n_roms, n = 0, i;
    const struct rt_known_rom *roms = rt_known_all(&n_roms);

    for (size_t k = 0; k < n_roms && n < SIZES_MAX; k++) {
        if (roms[k].size < identifier->used || roms[k].size > identifier->block.len)
            continue;
        for (i = 0; i < n && ret[i] != roms[k].size; i++) {
        }
        if (i == n)
            ret[n++] = roms[k].size;
    }
    return n;
}

int rt_identify_known(const struct rt_identifier *identifier, struct rt_identity *ret,
                      const struct rt_known_rom **ret_roms, size_t *ret_n,
                      struct romtool_error *err)
{
    size_t sizes[SIZES_MAX], n_sizes = known_sizes(identifier, sizes), work = 0;
    uint8_t sha256[RT_SHA256_SIZE];

    *ret = (struct rt_identity){0};
    *ret_roms = NULL;
    *ret_n = 0;
    for (size_t v = 0; v < identifier->n_views; v++) {
        const struct rt_identify_view *view = &identifier->views[v];

        for (size_t i = 0; i < n_sizes; i++) {
            int r;

            work += sizes[i];
            if (work > WORK_MAX)
                return 0;
            r = digest(identifier, view, sizes[i], sha256, err);
            if (r < 0)
                return r;
            *ret_roms = rt_known_find(sha256, ret_n);
            if (*ret_roms != NULL) {
                set_file(ret, RT_IDENTITY_INTACT, view, sizes[i]);
                memcpy(ret->sha256, sha256, sizeof(sha256));
                return 0;
            }
        }
    }
    return 0;
}

/* ------------------------------------------------------------------------- a release */

/* Is all behind the first n bytes one fill? */
static bool is_padded(struct rt_bytes block, size_t n)
{
    struct rt_bytes rest;
    uint8_t fill = 0;

    if (!rt_bytes_slice(block, n, block.len - n, &rest))
        return false;
    (void)rt_bytes_u8(rest, 0, &fill);
    return rt_bytes_tail(rest) == rest.len && (fill == 0x00 || fill == 0xff);
}

/* One digest that is stated of so many bytes, whatever ids the file had. */
static int match(const struct rt_identifier *identifier, uint64_t size,
                 const uint8_t stated[RT_SHA256_SIZE], enum rt_identity_kind kind,
                 struct rt_identity *ret, struct romtool_error *err)
{
    uint8_t sha256[RT_SHA256_SIZE];

    for (size_t v = 0; v < identifier->n_views; v++) {
        int r = digest(identifier, &identifier->views[v], (size_t)size, sha256, err);

        if (r < 0)
            return r;
        if (memcmp(sha256, stated, sizeof(sha256)) == 0) {
            set_file(ret, kind, &identifier->views[v], size);
            memcpy(ret->sha256, sha256, sizeof(sha256));
            return 0;
        }
    }
    return 0;
}

int rt_identify_stated(const struct rt_identifier *identifier, const struct rt_manifest_rom *stated,
                       struct rt_identity *ret, struct romtool_error *err)
{
    size_t length = identifier->block.len;
    struct rt_identifier only = *identifier;
    int r = 0;

    *ret = (struct rt_identity){0};
    if (stated->n_images > 0) { /* its ids are stated, too; beside them only those it has */
        only.n_views = 1;
        add_view(&only, stated->images[0].vendor, stated->images[0].device);
    }
    if (stated->size >= identifier->used && stated->size <= length)
        r = match(&only, stated->size, stated->sha256, RT_IDENTITY_INTACT, ret, err);
    if (r == 0 && ret->kind == RT_IDENTITY_UNKNOWN && rt_manifest_states(stated->content_sha256) &&
        stated->content_length <= length &&
        is_padded(identifier->block, (size_t)stated->content_length))
        r = match(&only, stated->content_length, stated->content_sha256, RT_IDENTITY_REPADDED, ret,
                  err);
    return r;
}

/* ------------------------------------------------------------------------- a file */

/* What the block has at a place, seen as that file. */
static uint8_t byte_at(const struct rt_identifier *identifier, const struct rt_rom_patch *undo,
                       size_t at)
{
    uint8_t byte = 0;

    for (size_t i = 0; i < undo->n; i++) {
        if (undo->bytes[i].offset == at)
            return undo->bytes[i].to;
    }
    (void)rt_bytes_u8(identifier->block, at, &byte);
    return byte;
}

/* The file's own ids make the view; as it is where they are those of the block, or it has none. */
static struct rt_identify_view view_of(const struct rt_identifier *identifier, struct rt_bytes file)
{
    struct rt_identify_view view = {0};
    uint16_t pcir = 0;

    (void)rt_bytes_u16le(file, 0x18, &pcir);
    if (!rt_bytes_equal_at(file, pcir, "PCIR", 4) ||
        !rt_bytes_u16le(file, (size_t)pcir + 4, &view.vendor) ||
        !rt_bytes_u16le(file, (size_t)pcir + 6, &view.device))
        return view;
    rt_rom_patch_ids(identifier->block, view.vendor, view.device, &view.undo);
    return view;
}

int rt_identify_file(const struct rt_identifier *identifier, struct rt_bytes file,
                     struct rt_identity *ret, struct romtool_error *err)
{
    struct rt_identify_view view = view_of(identifier, file);
    size_t n_altered = 0, in_file = 0, first = 0;

    *ret = (struct rt_identity){0};
    if (file.len == 0 || file.len > identifier->block.len)
        return 0;
    for (size_t i = 0; i < identifier->block.len; i++) {
        uint8_t expected = 0;

        (void)rt_bytes_u8(file, i, &expected);
        if (byte_at(identifier, &view.undo, i) == expected)
            continue;
        if (n_altered++ == 0)
            first = i;
        in_file += i < file.len;
    }
    if (in_file > file.len / 4)
        return 0;
    set_file(ret, n_altered == 0 ? RT_IDENTITY_INTACT : RT_IDENTITY_ALTERED, &view, file.len);
    ret->altered_at = first;
    ret->n_altered = n_altered;
    return n_altered > 0 ? 0 : rt_digest_sha256(file, ret->sha256, err);
}
