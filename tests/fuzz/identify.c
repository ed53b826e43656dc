/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's ROM and the file that it was loaded from: 2 bytes of ids each for vendor and device, 2
 * for how much larger the slot is, 2 for the place of a byte to be changed, 1 for how; then the
 * file. What QEMU makes of it is intact, with a byte changed it is not.
 */
#include "fuzz.h"

#include "rom/rom.h"
#include "verify/identify.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD = 9 };

struct guest {
    struct rt_bytes file;
    uint8_t *memory;
    size_t slot;
    struct rt_rom_patch patch;
    uint16_t pcir;
};

static uint16_t word(const uint8_t *data, size_t at)
{
    return (uint16_t)(data[at] | data[at + 1] << 8);
}

static enum rt_identity_kind find_file(const struct guest *guest, struct rt_identity *ret)
{
    struct rt_identifier identifier;

    rt_identify_begin(&identifier, (struct rt_bytes){guest->memory, guest->slot});
    FUZZ_CHECK(identifier.n_views >= 1 && identifier.n_views <= RT_IDENTIFY_VIEWS);
    FUZZ_CHECK(identifier.used <= guest->slot);
    FUZZ_CHECK(rt_identify_file(&identifier, guest->file, ret, NULL) == 0);
    FUZZ_CHECK(ret->kind == RT_IDENTITY_ALTERED ? ret->n_altered > 0 : ret->n_altered == 0);
    FUZZ_CHECK(ret->n_altered <= guest->file.len / 4 && ret->altered_at < guest->slot);
    return ret->kind;
}

static enum rt_identity_kind find_stated(const struct guest *guest)
{
    struct rt_manifest_image image = {0};
    struct rt_manifest_rom stated = {.size = guest->file.len, .images = &image, .n_images = 1};
    struct rt_identifier identifier;
    struct rt_identity found;

    (void)rt_bytes_u16le(guest->file, (size_t)guest->pcir + 4, &image.vendor);
    (void)rt_bytes_u16le(guest->file, (size_t)guest->pcir + 6, &image.device);
    FUZZ_CHECK(rt_digest_sha256(guest->file, stated.sha256, NULL) == 0);
    rt_identify_begin(&identifier, (struct rt_bytes){guest->memory, guest->slot});
    FUZZ_CHECK(rt_identify_stated(&identifier, &stated, &found, NULL) == 0);
    return found.kind;
}

static void find_known(const struct guest *guest)
{
    const struct rt_known_rom *roms;
    struct rt_identifier identifier;
    struct rt_identity found;
    size_t n;

    rt_identify_begin(&identifier, (struct rt_bytes){guest->memory, guest->slot});
    FUZZ_CHECK(rt_identify_known(&identifier, &found, &roms, &n, NULL) == 0);
    FUZZ_CHECK((found.kind == RT_IDENTITY_INTACT) == (n > 0));
}

/* Is it a byte that the patch may write? */
static bool is_patch(const struct guest *guest, size_t at)
{
    return at == 6 || (at >= (size_t)guest->pcir + 4 && at < (size_t)guest->pcir + 8);
}

/* As QEMU leaves it, with the patch and without. */
static void check_intact(struct guest *guest)
{
    bool exact = guest->pcir > 6 && (guest->pcir <= 0x10 || guest->pcir >= 0x1a);
    struct rt_identity found;

    FUZZ_CHECK(find_file(guest, &found) == RT_IDENTITY_INTACT && !found.patched);
    FUZZ_CHECK(find_stated(guest) == RT_IDENTITY_INTACT);
    for (size_t i = 0; i < guest->patch.n; i++)
        guest->memory[guest->patch.bytes[i].offset] = guest->patch.bytes[i].to;
    FUZZ_CHECK(find_file(guest, &found) == RT_IDENTITY_INTACT);
    FUZZ_CHECK(found.patched == (guest->patch.n > 0) && found.size == guest->file.len);
    if (exact || guest->patch.n == 0)
        FUZZ_CHECK(find_stated(guest) == RT_IDENTITY_INTACT);
}

/* One byte that is another; a digest is never of more blocks than the file itself. */
static void check_altered(struct guest *guest, size_t at, uint8_t change)
{
    enum rt_identity_kind kind, by_digest;
    struct rt_identity found;
    struct rt_rom rom;

    guest->memory[at] ^= change;
    kind = find_file(guest, &found);
    by_digest = find_stated(guest);
    FUZZ_CHECK(kind != RT_IDENTITY_INTACT || is_patch(guest, at));
    FUZZ_CHECK(by_digest != RT_IDENTITY_INTACT || kind == RT_IDENTITY_INTACT);
    if (kind == RT_IDENTITY_ALTERED && !is_patch(guest, at))
        FUZZ_CHECK(found.n_altered == 1 ? found.altered_at == at : found.altered_at <= at);
    if (kind == RT_IDENTITY_REPADDED && !is_patch(guest, at)) {
        FUZZ_CHECK(rt_rom_read(guest->file, 0, NULL, NULL, NULL, &rom, NULL) == 0);
        FUZZ_CHECK(at >= rom.content_length);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct guest guest = {.file = {NULL, 0}};

    if (size <= HEAD || size > 65536)
        return 0;
    guest.file = (struct rt_bytes){data + HEAD, size - HEAD};
    guest.slot = guest.file.len + word(data, 4) % 4096;
    guest.memory = calloc(guest.slot, 1);
    FUZZ_CHECK(guest.memory != NULL);
    memcpy(guest.memory, data + HEAD, guest.file.len);
    (void)rt_bytes_u16le(guest.file, 0x18, &guest.pcir);
    rt_rom_patch_ids(guest.file, word(data, 0), word(data, 2), &guest.patch);
    check_intact(&guest);
    find_known(&guest);
    check_altered(&guest, word(data, 6) % guest.slot, data[8] != 0 ? data[8] : 1);
    find_known(&guest);
    free(guest.memory);
    return 0;
}
