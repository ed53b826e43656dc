/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Images are edited while the walk passes them: behind it nothing is read again. Whatever is done
 * to an x86 image, its sum stays what it was: one byte makes up for the others.
 */
#include "rom/edit.h"

#include "rom/sound.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_ENTRY        3
#define HEADER_CHECKSUM     6
#define HEADER_POINTERS     0x10 /* up to and with the $PnP pointer */
#define HEADER_POINTERS_END 0x1c

#define PCIR_VENDOR         0x04
#define PCIR_DEVICE         0x06
#define PCIR_INDICATOR      0x15
#define NPDE_SIZE           0x06
#define NPDE_LAST           0x0a
#define LAST                0x80

#define PNP_CHECKSUM        9
#define UNDI_CHECKSUM       5
#define IPXE_CHECKSUM       5
#define UNDI_IPXE_LENGTH    4

/* Shorter runs of equal bytes are as likely code or data. */
#define FILL_LEAST 16

enum { PNP_MOST = 16 };

struct edit {
    uint8_t *data; /* the whole file, writable */
    size_t size;
    const struct rt_rom_changes *changes;
    struct romtool_error *err;
    int r;
    /* fix-checksum: */
    size_t at;
    /* set-ids: */
    size_t image;
    uint16_t vendor, device;
};

/* ------------------------------------------------------------------------- bytes */

static struct rt_bytes bytes_of(const struct edit *e, const struct rt_rom_image *image)
{
    struct rt_bytes bytes = {NULL, 0};

    (void)rt_bytes_slice((struct rt_bytes){e->data, e->size}, image->offset, image->length, &bytes);
    return bytes;
}

static void set_byte(const struct edit *e, size_t offset, uint8_t to, const char *what)
{
    struct rt_rom_change change = {offset, 0, to, what};

    if (!rt_bytes_u8((struct rt_bytes){e->data, e->size}, offset, &change.from) ||
        change.from == to)
        return;
    e->data[offset] = to;
    if (e->changes != NULL && e->changes->add != NULL)
        e->changes->add(e->changes->user, &change);
}

static void set_u16(const struct edit *e, size_t offset, uint16_t to, const char *what)
{
    set_byte(e, offset, (uint8_t)(to & 0xff), what);
    set_byte(e, offset + 1, (uint8_t)(to >> 8), what);
}

/* ------------------------------------------------------------------------- checksums */

/* Does an image have a sum at all, and all the bytes that it is over? */
static bool summed_bytes(const struct edit *e, const struct rt_rom_image *image,
                         struct rt_bytes *ret)
{
    return image->checksum != RT_ROM_CHECKSUM_ABSENT &&
           rt_bytes_slice(bytes_of(e, image), 0, image->init_size, ret);
}

/* The entry leaves at once, and not for byte 6: a return, or a jump forward over it. */
static bool entry_spares_checksum(struct rt_bytes image)
{
    uint16_t rel16 = 0;
    uint8_t op = 0, rel8 = 0;

    (void)rt_bytes_u8(image, HEADER_ENTRY, &op);
    (void)rt_bytes_u8(image, HEADER_ENTRY + 1, &rel8);
    (void)rt_bytes_u16le(image, HEADER_ENTRY + 1, &rel16);
    switch (op) {
    case 0xcb: /* retf */
        return true;
    case 0xeb: /* jmp to 5 + rel8 */
        return rel8 >= 2 && rel8 < 0x80;
    case 0xe9: /* jmp to 6 + rel16 */
        return rel16 >= 1 && rel16 < 0x8000;
    default:
        return false;
    }
}

/*
 * Where a sum is taken up: byte 6 by the convention of Etherboot, iPXE and QEMU, unless code may
 * run through it; else the last byte that is summed, where all before it is fill: it may have taken
 * up a sum already.
 */
static bool find_free_byte(struct rt_bytes summed, size_t *ret)
{
    struct rt_bytes before;
    uint8_t fill = 0;

    *ret = HEADER_CHECKSUM;
    if (entry_spares_checksum(summed))
        return true;
    *ret = summed.len - 1;
    return rt_bytes_slice(summed, 0, *ret, &before) && rt_bytes_tail(before) >= FILL_LEAST &&
           rt_bytes_u8(before, before.len - 1, &fill) && (fill == 0x00 || fill == 0xff);
}

static bool within(size_t at, size_t from, size_t length)
{
    return at >= from && at - from < length;
}

/* What of the image's structures has this byte; NULL for none. */
static const char *user_of(struct rt_bytes bytes, const struct rt_rom_image *image, size_t at)
{
    struct rt_rom_pnp pnp;
    size_t pnp_at = image->x86.pnp.at;

    if (at < HEADER_CHECKSUM)
        return "the signature, the size and the entry";
    if (within(at, HEADER_POINTERS, HEADER_POINTERS_END - HEADER_POINTERS))
        return "the header's pointers";
    if (image->has_pcir && within(at, image->pcir_at, image->pcir_size))
        return "the PCI data structure";
    if (image->npde_at != 0 && within(at, image->npde_at, NPDE_LAST + 1))
        return "the NPDE extension";
    if (image->device_list_at != 0 &&
        within(at, image->device_list_at, 2 * image->device_list_n + 2))
        return "the device list";
    for (size_t i = 0; i < image->x86.pnp_headers && i < PNP_MOST; i++) {
        if (!rt_rom_pnp_read(bytes, pnp_at, &pnp))
            break;
        if (within(at, pnp.at, pnp.length))
            return "a $PnP header";
        pnp_at = pnp.next_at;
    }
    if (image->x86.undi.at != 0 && within(at, image->x86.undi.at, 0x16))
        return "the UNDI ROM ID";
    if (image->x86.ipxe.at != 0 && within(at, image->x86.ipxe.at, 0x0c))
        return "the iPXE header";
    return NULL;
}

/* Makes the image's sum what is wanted again. */
static int take_up(const struct edit *e, const struct rt_rom_image *image, uint8_t wanted)
{
    struct rt_bytes summed;
    const char *used;
    size_t at = e->at;
    uint8_t sum;

    if (!summed_bytes(e, image, &summed) || (sum = rt_bytes_sum8(summed)) == wanted)
        return 0;
    if (at == RT_ROM_EDIT_AUTO) {
        if (!find_free_byte(summed, &at) || user_of(summed, image, at) != NULL)
            return rt_error_set(e->err, ROMTOOL_E_BAD_CHECKSUM, image->offset,
                                "no byte of image %zu is known to be free for its checksum",
                                image->index);
    } else {
        used = at < summed.len ? user_of(summed, image, at) : "what is not summed";
        if (used != NULL)
            return rt_error_set(e->err, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET,
                                "byte %zu of image %zu is in %s: not free for its checksum", at,
                                image->index, used);
    }
    set_byte(e, image->offset + at, (uint8_t)(summed.data[at] - sum + wanted), "checksum");
    return 0;
}

/* A structure inside an image that states its length and sums to zero by one byte of its own. */
static void fix_structure(const struct edit *e, const struct rt_rom_image *image, size_t at,
                          size_t length, size_t checksum, const char *what)
{
    struct rt_bytes structure;

    if (length > checksum && rt_bytes_slice(bytes_of(e, image), at, length, &structure))
        set_byte(e, image->offset + at + checksum,
                 (uint8_t)(structure.data[checksum] - rt_bytes_sum8(structure)), what);
}

static void fix_structures(const struct edit *e, const struct rt_rom_image *image)
{
    const struct rt_rom_x86 *x86 = &image->x86;
    struct rt_rom_pnp pnp;
    size_t at = x86->pnp.at;
    uint8_t value = 0;

    for (size_t i = 0; i < x86->pnp_headers && i < PNP_MOST; i++) {
        if (!rt_rom_pnp_read(bytes_of(e, image), at, &pnp))
            break;
        /* 0 stands for none, as in QEMU's own ROMs */
        if (rt_bytes_u8(bytes_of(e, image), at + PNP_CHECKSUM, &value) && value != 0)
            fix_structure(e, image, at, pnp.length, PNP_CHECKSUM, "$PnP checksum");
        at = pnp.next_at;
    }
    if (x86->undi.at != 0 &&
        rt_bytes_u8(bytes_of(e, image), x86->undi.at + UNDI_IPXE_LENGTH, &value))
        fix_structure(e, image, x86->undi.at, value, UNDI_CHECKSUM, "UNDI checksum");
    if (x86->ipxe.at != 0 &&
        rt_bytes_u8(bytes_of(e, image), x86->ipxe.at + UNDI_IPXE_LENGTH, &value))
        fix_structure(e, image, x86->ipxe.at, value, IPXE_CHECKSUM, "iPXE checksum");
}

static void fix_image(void *user, const struct rt_rom_image *image)
{
    struct edit *e = user;

    if (e->r < 0 || image->checksum == RT_ROM_CHECKSUM_ABSENT)
        return;
    fix_structures(e, image);
    e->r = take_up(e, image, 0);
}

/* ------------------------------------------------------------------------- ids */

static void set_device_list(const struct edit *e, const struct rt_rom_image *image)
{
    uint16_t id;

    for (size_t i = 0; rt_rom_device_id(bytes_of(e, image), image, i, &id); i++) {
        if (id == image->device) {
            set_u16(e, image->offset + image->device_list_at + 2 * i, e->device, "device list");
            return;
        }
    }
}

static void set_image_ids(void *user, const struct rt_rom_image *image)
{
    struct edit *e = user;
    size_t at = image->offset + image->pcir_at;
    struct rt_bytes summed;
    uint8_t sum = 0;

    if (e->r < 0 || (e->image != RT_ROM_EDIT_ALL && image->index != e->image))
        return;
    if (!image->has_pcir) {
        e->r = rt_error_set(e->err, ROMTOOL_E_NO_PCIR, image->offset,
                            "image %zu is an ISA ROM, it has no ids", image->index);
        return;
    }
    if (summed_bytes(e, image, &summed))
        sum = rt_bytes_sum8(summed);
    set_device_list(e, image);
    set_u16(e, at + PCIR_VENDOR, e->vendor, "vendor id");
    set_u16(e, at + PCIR_DEVICE, e->device, "device id");
    e->r = take_up(e, image, sum);
}

/* ------------------------------------------------------------------------- editing a copy */

/* Edits a copy of data, then data itself: a failure leaves it as it was. */
static int edit_all(struct edit *e, void (*image)(void *user, const struct rt_rom_image *image))
{
    const struct rt_rom_changes *changes = e->changes;
    uint8_t *data = e->data, *copy;
    struct rt_rom_soundness before;
    struct rt_rom rom;
    int r = rt_rom_sound((struct rt_bytes){data, e->size}, false, &before, &rom, e->err);

    if (r < 0)
        return r;
    if (e->image != RT_ROM_EDIT_ALL && e->image >= rom.images)
        return rt_error_set(e->err, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET,
                            "there is no image %zu, the last is image %zu", e->image,
                            rom.images - 1);
    copy = malloc(e->size);
    if (copy == NULL)
        return rt_error_no_memory(e->err);
    memcpy(copy, data, e->size);
    for (int pass = 0; pass < 2 && r == 0; pass++) {
        e->data = pass == 0 ? copy : data;
        e->changes = pass == 0 ? NULL : changes;
        r = rt_rom_read((struct rt_bytes){e->data, e->size}, 0, image, e, NULL, &rom, e->err);
        if (r == 0)
            r = e->r;
        if (r == 0 && pass == 0)
            r = rt_rom_sound_still((struct rt_bytes){copy, e->size}, &before, e->err);
    }
    free(copy);
    return r;
}

int rt_rom_fix_checksums(uint8_t *data, size_t size, size_t at,
                         const struct rt_rom_changes *changes, struct romtool_error *err)
{
    struct edit e = {
        .data = data,
        .size = size,
        .changes = changes,
        .err = err,
        .at = at,
        .image = RT_ROM_EDIT_ALL,
    };

    rt_error_clear(err);
    return edit_all(&e, fix_image);
}

int rt_rom_set_ids(uint8_t *data, size_t size, size_t image, uint16_t vendor, uint16_t device,
                   const struct rt_rom_changes *changes, struct romtool_error *err)
{
    struct edit e = {
        .data = data,
        .size = size,
        .changes = changes,
        .err = err,
        .at = RT_ROM_EDIT_AUTO,
        .image = image,
        .vendor = vendor,
        .device = device,
    };

    rt_error_clear(err);
    return edit_all(&e, set_image_ids);
}

/* ------------------------------------------------------------------------- the chain */

static void set_last(struct edit *e, const struct rt_rom_image *image, bool last)
{
    size_t at = image->offset + image->pcir_at + PCIR_INDICATOR;
    struct rt_bytes file = {e->data, e->size}, summed;
    uint8_t indicator = 0, sum = 0;
    uint16_t size = 0;

    if (summed_bytes(e, image, &summed))
        sum = rt_bytes_sum8(summed);
    /* of NVIDIA's images the extension tells; their indicator is firmware's business */
    if (image->npde_at != 0 &&
        rt_bytes_u16le(file, image->offset + image->npde_at + NPDE_SIZE, &size) && size > NPDE_LAST)
        at = image->offset + image->npde_at + NPDE_LAST;
    if (!rt_bytes_u8(file, at, &indicator))
        return;
    set_byte(e, at, (uint8_t)(last ? indicator | LAST : indicator & ~LAST), "last image");
    e->r = take_up(e, image, sum);
}

static void clear_last(void *user, const struct rt_rom_image *image)
{
    struct edit *e = user;

    if (e->r == 0 && image->index + 1 == e->image && image->last)
        set_last(e, image, false);
}

/* Appends the images of one file; the chain goes on behind them unless it is the last file. */
static int append(struct rt_bytes file, bool last, uint8_t *data, size_t *size,
                  const struct rt_rom_changes *changes, struct rt_rom_soundness *before,
                  struct romtool_error *err)
{
    struct rt_rom_soundness own;
    struct rt_rom rom;
    struct edit e = {.changes = changes, .err = err, .at = RT_ROM_EDIT_AUTO};
    int r = rt_rom_sound(file, true, &own, &rom, err);

    if (r < 0)
        return r;
    for (size_t i = 0; i < RT_ROM_SOUND_CODES; i++)
        before->errors[i] += own.errors[i];
    e.data = data + *size;
    e.size = rom.content_length;
    e.image = rom.images;
    memcpy(e.data, file.data, rom.content_length);
    *size += rom.content_length;
    if (last)
        return 0;
    r = rt_rom_read((struct rt_bytes){e.data, e.size}, 0, clear_last, &e, NULL, &rom, err);
    return r < 0 ? r : e.r;
}

/* Offsets of changes are from the start of the result. */
struct shifted {
    const struct rt_rom_changes *changes;
    uint64_t by;
};

static void add_shifted(void *user, const struct rt_rom_change *change)
{
    const struct shifted *shifted = user;
    struct rt_rom_change moved = *change;

    moved.offset += shifted->by;
    if (shifted->changes != NULL && shifted->changes->add != NULL)
        shifted->changes->add(shifted->changes->user, &moved);
}

int rt_rom_join(const struct rt_bytes *files, size_t n, uint8_t **ret, size_t *ret_size,
                const struct rt_rom_changes *changes, size_t *ret_file, struct romtool_error *err)
{
    struct rt_rom_soundness before = {.whole = true};
    struct shifted shifted = {changes, 0};
    struct rt_rom_changes sink = {add_shifted, &shifted};
    size_t total = 0, size = 0;
    uint8_t *data;
    int r = 0;

    rt_error_clear(err);
    *ret = NULL;
    *ret_size = 0;
    for (*ret_file = 0; *ret_file < n; (*ret_file)++) {
        if (files[*ret_file].len > ROMTOOL_SLOT_MAX - total)
            return rt_error_set(err, ROMTOOL_E_TOO_LARGE, ROMTOOL_NO_OFFSET,
                                "the files have more than %zu bytes together",
                                (size_t)ROMTOOL_SLOT_MAX);
        total += files[*ret_file].len;
    }
    data = malloc(total > 0 ? total : 1);
    if (data == NULL)
        return rt_error_no_memory(err);
    for (*ret_file = 0; *ret_file < n && r == 0; (*ret_file)++) {
        shifted.by = size;
        r = append(files[*ret_file], *ret_file + 1 == n, data, &size, &sink, &before, err);
        if (r < 0)
            break;
    }
    if (r == 0)
        r = rt_rom_sound_still((struct rt_bytes){data, size}, &before, err);
    if (r < 0) {
        free(data);
        return r;
    }
    *ret = data;
    *ret_size = size;
    return 0;
}

struct splitting {
    struct rt_bytes file;
    int (*part)(void *user, const struct rt_rom_image *image, struct rt_bytes bytes);
    void *user;
    struct rt_rom_soundness before;
    struct romtool_error *err;
    int r;
};

static void split_image(void *user, const struct rt_rom_image *image)
{
    struct splitting *s = user;
    struct edit e = {.err = s->err, .at = RT_ROM_EDIT_AUTO, .size = image->length};
    struct rt_rom_image alone = *image;
    struct rt_bytes bytes;

    if (s->r < 0 || !rt_bytes_slice(s->file, image->offset, image->length, &bytes))
        return;
    e.data = malloc(bytes.len);
    if (e.data == NULL) {
        s->r = rt_error_no_memory(s->err);
        return;
    }
    memcpy(e.data, bytes.data, bytes.len);
    alone.offset = 0;
    if (!image->last)
        set_last(&e, &alone, true);
    bytes.data = e.data;
    s->r = e.r < 0 ? e.r : rt_rom_sound_still(bytes, &s->before, s->err);
    if (s->r == 0)
        s->r = s->part(s->user, image, bytes);
    free(e.data);
}

int rt_rom_split(struct rt_bytes file,
                 int (*part)(void *user, const struct rt_rom_image *image, struct rt_bytes bytes),
                 void *user, struct romtool_error *err)
{
    struct splitting s = {.file = file, .part = part, .user = user, .err = err};
    struct rt_rom rom;
    int r;

    rt_error_clear(err);
    r = rt_rom_sound(file, true, &s.before, &rom, err);
    if (r == 0)
        r = rt_rom_read(file, 0, split_image, &s, NULL, &rom, err);
    return r < 0 ? r : s.r;
}
