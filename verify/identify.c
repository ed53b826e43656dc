/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/identify.h"

#include "rom/rom.h"
#include "slots/ids.h"

#include <string.h>

#define HEADER_CHECKSUM 0x06U
#define HEADER_PCIR     0x18U
#define PCIR_VENDOR     0x04U
#define PCIR_DEVICE     0x06U

/* Bytes of a PCIR that must be in the file for QEMU to patch it (rom/patch.c). */
#define PCIR_PATCHED 0x09U

/* So many images' ids are tried: a chain that claims more leaves QEMU's devices their views. */
#define IMAGE_VIEWS 8U

#define PATCHES                                                                                    \
    (sizeof(((struct rt_rom_patch *)NULL)->bytes) / sizeof(((struct rt_rom_patch *)NULL)->bytes[0]))

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

/* The bytes without those at the end that are all this one. */
static struct rt_bytes without_tail(struct rt_bytes bytes, uint8_t fill)
{
    size_t tail = rt_bytes_tail(bytes);
    uint8_t last = 0;

    if (tail > 0 && rt_bytes_u8(bytes, bytes.len - 1, &last) && last == fill)
        bytes.len -= tail;
    return bytes;
}

/* Is all behind the first n bytes padding: nothing but 0x00, or 0xff and then QEMU's zeroes? */
static bool is_padded(struct rt_bytes block, size_t n)
{
    struct rt_bytes rest;

    return rt_bytes_slice(block, n, block.len - n, &rest) &&
           without_tail(without_tail(rest, 0x00), 0xff).len == 0;
}

/*
 * Can the patch be undone by the file's ids alone? Not where it overwrites the pointer to the PCIR
 * or its signature, or an id by byte 6. No ROM has its PCIR there: the header is in the way.
 */
static bool is_exact(size_t pcir)
{
    return pcir > HEADER_CHECKSUM && (pcir + PCIR_PATCHED - 1 <= HEADER_PCIR || pcir > HEADER_PCIR);
}

/*
 * Ids that known files have and no device of QEMU's: iPXE's for ne2k_pci, and vgabios-ati, which is
 * for ati-vga's other model, rv100.
 */
static const struct {
    uint16_t vendor, device;
} further_ids[] = {{0x0000, 0x0000}, {0x1002, 0x5159}};

/* Adds the file that the block was if the file had these ids; each once. */
static void add_view(struct rt_identifier *identifier, uint16_t vendor, uint16_t device)
{
    struct rt_identify_view *view = &identifier->views[identifier->n_views];

    if (identifier->patch_size == 0 || identifier->n_views == RT_IDENTIFY_VIEWS)
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

    if (image->index > 0 && image->has_pcir && identifier->n_views <= IMAGE_VIEWS)
        add_view(identifier, image->vendor, image->device);
}

void rt_identify_begin(struct rt_identifier *identifier, struct rt_bytes block)
{
    uint16_t pcir = 0, vendor, device;
    struct rt_rom rom;

    *identifier = (struct rt_identifier){
        .block = block,
        .used = without_tail(block, 0x00).len,
        .is_blank = is_padded(block, 0),
        .n_views = 1,
    };
    if (rt_bytes_u16le(block, HEADER_PCIR, &pcir) && is_exact(pcir) &&
        rt_bytes_u16le(block, (size_t)pcir + PCIR_VENDOR, &identifier->vendor) &&
        rt_bytes_u16le(block, (size_t)pcir + PCIR_DEVICE, &identifier->device))
        identifier->patch_size = (size_t)pcir + PCIR_PATCHED;
    (void)rt_rom_read(block, 0, add_image, identifier, NULL, &rom, NULL);
    for (size_t i = 0; rt_slot_ids_at(i, &vendor, &device); i++)
        add_view(identifier, vendor, device);
    for (size_t i = 0; i < sizeof(further_ids) / sizeof(further_ids[0]); i++)
        add_view(identifier, further_ids[i].vendor, further_ids[i].device);
}

/* Could a file of n bytes look so? QEMU does not patch one that ends in its PCIR. */
static bool fits(const struct rt_identifier *identifier, const struct rt_identify_view *view,
                 uint64_t n)
{
    return view->undo.n == 0 || n >= identifier->patch_size;
}

/* The block, seen as that file: what is between the patched bytes, and those as they were. */
static size_t pieces_of(const struct rt_identifier *identifier, const struct rt_identify_view *view,
                        struct rt_bytes ret[2 * PATCHES + 1])
{
    size_t at = 0, n = 0;

    for (size_t i = 0; i < view->undo.n && i < PATCHES; i++) {
        size_t offset = view->undo.bytes[i].offset; /* they are in order: is_exact() */

        (void)rt_bytes_slice(identifier->block, at, offset - at, &ret[n++]);
        ret[n++] = (struct rt_bytes){&view->undo.bytes[i].to, 1};
        at = offset + 1;
    }
    (void)rt_bytes_slice(identifier->block, at, identifier->block.len - at, &ret[n++]);
    return n;
}

/* The digests of the first lengths[i] bytes of the block, seen as that file. */
static int digest(const struct rt_identifier *identifier, const struct rt_identify_view *view,
                  const size_t *lengths, size_t n, uint8_t (*ret)[RT_SHA256_SIZE],
                  struct romtool_error *err)
{
    struct rt_bytes pieces[2 * PATCHES + 1];

    return rt_digest_sha256_prefixes(pieces, pieces_of(identifier, view, pieces), lengths, n, ret,
                                     err);
}

static void set_seen(struct rt_identity *ret, enum rt_identity_kind kind,
                     const struct rt_identifier *identifier, const struct rt_identify_view *view,
                     uint64_t size, const uint8_t sha256[RT_SHA256_SIZE])
{
    bool patched = view->undo.n > 0;

    *ret = (struct rt_identity){
        .kind = kind,
        .patched = patched,
        .vendor = patched ? view->vendor : 0,
        .device = patched ? view->device : 0,
        .to_vendor = patched ? identifier->vendor : 0,
        .to_device = patched ? identifier->device : 0,
        .size = size,
    };
    memcpy(ret->sha256, sha256, RT_SHA256_SIZE);
}

/* ------------------------------------------------------------------------- known releases */

/* The sizes that a known file may have had, ascending: the block must be zero behind it. */
static size_t known_sizes(const struct rt_identifier *identifier, size_t ret[RT_IDENTIFY_SIZES])
{
    size_t n_roms, n = 0;
    const struct rt_known_rom *roms = rt_known_all(&n_roms);

    for (size_t k = 0; k < n_roms && n < RT_IDENTIFY_SIZES; k++) {
        size_t i = 0;

        if (roms[k].size < identifier->used || roms[k].size > identifier->block.len)
            continue;
        while (i < n && ret[i] < roms[k].size)
            i++;
        if (i < n && ret[i] == roms[k].size)
            continue;
        memmove(&ret[i + 1], &ret[i], (n - i) * sizeof(ret[0]));
        ret[i] = roms[k].size;
        n++;
    }
    return n;
}

int rt_identify_known(const struct rt_identifier *identifier, struct rt_identity *ret,
                      const struct rt_known_rom **ret_roms, size_t *ret_n,
                      struct romtool_error *err)
{
    uint8_t digests[RT_IDENTIFY_SIZES][RT_SHA256_SIZE];
    size_t sizes[RT_IDENTIFY_SIZES], n_sizes = known_sizes(identifier, sizes);

    rt_error_clear(err);
    *ret = (struct rt_identity){0};
    *ret_roms = NULL;
    *ret_n = 0;
    for (size_t v = 0; v < identifier->n_views; v++) {
        const struct rt_identify_view *view = &identifier->views[v];
        int r = digest(identifier, view, sizes, n_sizes, digests, err);

        if (r < 0)
            return r;
        for (size_t i = 0; i < n_sizes; i++) {
            if (!fits(identifier, view, sizes[i]))
                continue;
            *ret_roms = rt_known_find(digests[i], ret_n);
            if (*ret_roms != NULL) {
                set_seen(ret, RT_IDENTITY_INTACT, identifier, view, sizes[i], digests[i]);
                return 0;
            }
        }
    }
    return 0;
}

/* ------------------------------------------------------------------------- a release */

/* One digest that is stated of so many bytes. */
static int match(const struct rt_identifier *identifier, uint64_t size,
                 const uint8_t stated[RT_SHA256_SIZE], enum rt_identity_kind kind,
                 struct rt_identity *ret, struct romtool_error *err)
{
    uint8_t sha256[1][RT_SHA256_SIZE];
    size_t length = (size_t)size;

    for (size_t v = 0; v < identifier->n_views; v++) {
        const struct rt_identify_view *view = &identifier->views[v];
        int r;

        if (!fits(identifier, view, size))
            continue;
        r = digest(identifier, view, &length, 1, sha256, err);
        if (r < 0)
            return r;
        if (memcmp(sha256[0], stated, RT_SHA256_SIZE) == 0) {
            set_seen(ret, kind, identifier, view, size, sha256[0]);
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

    rt_error_clear(err);
    *ret = (struct rt_identity){0};
    if (stated->n_images > 0) {
        only.n_views = 1;
        add_view(&only, stated->images[0].vendor, stated->images[0].device);
    }
    if (stated->size >= identifier->used && stated->size <= length)
        r = match(&only, stated->size, stated->sha256, RT_IDENTITY_INTACT, ret, err);
    if (r < 0 || ret->kind != RT_IDENTITY_UNKNOWN)
        return r;
    /* content of no bytes is every blank block's */
    if (stated->content_length > 0 && rt_manifest_states(stated->content_sha256) &&
        stated->content_length <= length &&
        is_padded(identifier->block, (size_t)stated->content_length))
        r = match(&only, stated->content_length, stated->content_sha256, RT_IDENTITY_REPADDED, ret,
                  err);
    return r;
}

/* ------------------------------------------------------------------------- a file */

/* What the guest would read at a place if this were its file. */
static uint8_t expected(struct rt_bytes file, const struct rt_rom_patch *patch, size_t at)
{
    uint8_t byte = 0;

    for (size_t i = 0; i < patch->n; i++) {
        if (patch->bytes[i].offset == at)
            return patch->bytes[i].to;
    }
    (void)rt_bytes_u8(file, at, &byte);
    return byte;
}

/* Does the block have byte 6 and the ids as QEMU would have left them? */
static bool has_patch(struct rt_bytes block, struct rt_bytes file, const struct rt_rom_patch *patch,
                      size_t pcir)
{
    const size_t places[] = {HEADER_CHECKSUM, pcir + PCIR_VENDOR, pcir + PCIR_VENDOR + 1,
                             pcir + PCIR_DEVICE, pcir + PCIR_DEVICE + 1};

    for (size_t i = 0; i < PATCHES; i++) {
        uint8_t byte = expected(file, patch, places[i]);

        if (!rt_bytes_equal_at(block, places[i], &byte, 1))
            return false;
    }
    return patch->n > 0;
}

/*
 * The patch that QEMU made to the file: the ids that it wrote stand in the block. Where byte 6 is
 * one of theirs it may be another by now, and each is tried.
 */
static void find_patch(struct rt_bytes block, struct rt_bytes file, struct rt_rom_patch *ret_patch,
                       struct rt_identity *ret)
{
    uint16_t pcir = 0, vendor = 0, device = 0;
    unsigned tries;

    (void)rt_bytes_u16le(file, HEADER_PCIR, &pcir);
    (void)rt_bytes_u16le(block, (size_t)pcir + PCIR_VENDOR, &vendor);
    (void)rt_bytes_u16le(block, (size_t)pcir + PCIR_DEVICE, &device);
    tries = pcir + PCIR_VENDOR == HEADER_CHECKSUM ? 0x100 : 1;
    for (unsigned i = 0; i < tries; i++) {
        uint16_t to = tries == 1 ? vendor : (uint16_t)((vendor & 0xff00U) | i);

        rt_rom_patch_ids(file, to, device, ret_patch);
        if (!has_patch(block, file, ret_patch, pcir))
            continue;
        ret->patched = true;
        (void)rt_bytes_u16le(file, (size_t)pcir + PCIR_VENDOR, &ret->vendor);
        (void)rt_bytes_u16le(file, (size_t)pcir + PCIR_DEVICE, &ret->device);
        ret->to_vendor = to;
        ret->to_device = device;
        return;
    }
    *ret_patch = (struct rt_rom_patch){0};
}

/* How many of the block's first n bytes are others, and which is the first. */
static size_t count_altered(struct rt_bytes block, struct rt_bytes file,
                            const struct rt_rom_patch *patch, size_t n, uint64_t *ret_first)
{
    size_t altered = 0;

    *ret_first = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t byte = 0;

        (void)rt_bytes_u8(block, i, &byte);
        if (byte != expected(file, patch, i) && altered++ == 0)
            *ret_first = i;
    }
    return altered;
}

int rt_identify_file(const struct rt_identifier *identifier, struct rt_bytes file,
                     struct rt_identity *ret, struct romtool_error *err)
{
    struct rt_bytes block = identifier->block, seen = file;
    size_t compared = block.len, n_altered, essence;
    struct rt_identity found = {.kind = RT_IDENTITY_INTACT};
    struct rt_rom_patch patch;
    struct rt_rom rom;
    int r = 0;

    rt_error_clear(err);
    *ret = (struct rt_identity){0};
    find_patch(block, file, &patch, &found);
    n_altered = count_altered(block, file, &patch, block.len, &found.altered_at);
    if (file.len > block.len)
        n_altered++; /* it would not have been loaded */
    if (n_altered > 0 && rt_rom_read(file, 0, NULL, NULL, NULL, &rom, NULL) == 0 &&
        rom.content_length > 0 && is_padded(file, rom.content_length) &&
        is_padded(block, rom.content_length)) {
        seen.len = compared = rom.content_length;
        found.kind = RT_IDENTITY_REPADDED;
        n_altered = count_altered(block, file, &patch, compared, &found.altered_at);
    }
    essence = without_tail(without_tail(seen, 0x00), 0xff).len;
    if (n_altered > 0)
        found.kind = RT_IDENTITY_ALTERED;
    if (file.len == 0 || seen.len > block.len ||
        (n_altered > 0 && (identifier->is_blank || n_altered > essence / 4)))
        return 0;
    found.size = found.kind == RT_IDENTITY_REPADDED ? seen.len : file.len;
    found.n_altered = n_altered;
    if (n_altered == 0)
        r = rt_digest_sha256(seen, found.sha256, err);
    if (r == 0)
        *ret = found;
    return r;
}
