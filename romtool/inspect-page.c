/* SPDX-License-Identifier: BSD-2-Clause */
/* One ROM file of `romtool inspect`: read once, and again for what is too much to keep. */
#include "romtool/inspect.h"

#include "slots/ids.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------- the map of the slot */

/* The first and the last character that stand for some bytes of the slot. */
static void mark(struct page *page, uint64_t offset, uint64_t length, char with)
{
    uint64_t slot = page->rom.slot;

    if (length == 0 || slot == 0)
        return;
    for (uint64_t i = offset * MAP_WIDTH / slot; i <= (offset + length - 1) * MAP_WIDTH / slot; i++)
        page->map[i] = with;
}

/* An image that is smaller than a character still shows, unless the next begins there too. */
static void draw_map(struct page *page, size_t size)
{
    page->rom.slot = rt_size_to_power_of_two(size);
    memset(page->map, '-', MAP_WIDTH);
    mark(page, 0, size, '.');
}

/* ------------------------------------------------------------------------- reading */

static void keep_image(void *user, const struct rt_rom_image *image)
{
    struct page *page = user;

    rt_rom_prospects_add(&page->prospects, image, page->driver != NULL ? &page->device : NULL);
    mark(page, image->offset, image->length, (char)('0' + image->index % 10));
    if (image->efi.has_pe && image->efi.pe.signatures > 0)
        page->is_signed = true;
    if (page->images < PAGE_IMAGES)
        page->image[page->images] = *image;
    page->images++;
}

static void keep_finding(void *user, const struct rt_finding *finding)
{
    struct page *page = user;

    if (page->findings < PAGE_FINDINGS)
        page->finding[page->findings] = *finding;
    page->findings++;
}

struct rt_findings page_sink(struct page *page)
{
    return (struct rt_findings){keep_finding, page};
}

struct signed_image {
    const struct page *page;
    const struct rt_findings *findings;
};

/*
 * Of an image's signatures each must be over the program that is here; where a certificate is
 * given, one of them must lead to it, as firmware has it.
 */
static void find_in_signatures(void *user, const struct rt_rom_image *image)
{
    const struct signed_image *s = user;
    struct rt_bytes db = rt_file_bytes(&s->page->question->db);
    uint64_t program_at = image->offset + image->efi.at;
    uint64_t offset = program_at + (image->efi.original == 0 ? image->efi.pe.certificates_at : 0);
    struct inspect_signer signer;
    struct romtool_error err;
    struct rt_file program;
    bool trusted = false;

    if (!image->efi.has_pe || page_program(s->page, image, &program, NULL) < 0)
        return;
    for (size_t i = 0; i < image->efi.pe.signatures; i++) {
        int r =
            s->page->crypto->signer(rt_file_bytes(&program), &image->efi.pe, i, db, &signer, &err);

        trusted = trusted || r == 0;
        if (r < 0 && r != ROMTOOL_E_UNTRUSTED_KEY)
            rt_finding_add(s->findings, r, RT_ERROR, offset, "signature %zu of image %zu: %s", i,
                           image->index, err.text);
    }
    rt_file_free(&program);
    if (db.len == 0 || trusted)
        return;
    if (image->efi.pe.signatures == 0)
        rt_finding_add(s->findings, ROMTOOL_E_UNSIGNED, RT_ERROR, program_at,
                       "the program of image %zu is not signed", image->index);
    else
        rt_finding_add(s->findings, ROMTOOL_E_UNTRUSTED_KEY, RT_ERROR, offset,
                       "no signature of image %zu leads to the certificate given", image->index);
}

static bool asks_signatures(const struct page *page)
{
    return page->is_signed || page->question->db.len > 0;
}

/* All that reads badly, however often it is asked. */
static int find_all(const struct page *page,
                    void (*image)(void *user, const struct rt_rom_image *image), void *user,
                    const struct rt_findings *findings, struct rt_rom *ret,
                    struct romtool_error *err)
{
    int r = rt_verify_rom(page->file, RT_ROM_PAYLOADS, image, user, findings, ret, err);

    if (r == 0 && page->driver != NULL)
        rt_verify_ids(page->file, page->device.vendor, page->device.device, findings);
    return r;
}

/* The device that the ROM is for: as stated, else as the file's name tells. */
static int find_device(struct page *page, struct romtool_error *err)
{
    const char *slash = strrchr(page->path, '/');
    const struct inspect_question *question = page->question;

    page->driver = question->device;
    if (page->driver == NULL) {
        page->driver = rt_slot_driver_of_rom(slash != NULL ? slash + 1 : page->path);
        page->driver_by_name = true;
    }
    if (page->driver == NULL)
        return 0;
    if (!rt_slot_device_ids(page->driver, question->express, &page->device.vendor,
                            &page->device.device))
        return rt_error_set(err, ROMTOOL_E_UNKNOWN_DEVICE, ROMTOOL_NO_OFFSET,
                            "the ids of '%s' are not known: no device of QEMU that has a ROM",
                            page->driver);
    page->device.patched = true;
    rt_rom_patch_ids(page->file, page->device.vendor, page->device.device, &page->patch);
    return 0;
}

bool page_read(struct page *page, struct romtool_error *err)
{
    struct rt_findings kept = page_sink(page);
    struct rt_verify_judge judge = {.next = &kept, .strict = page->question->strict};
    struct rt_findings findings = rt_verify_findings(&judge);
    struct signed_image s = {page, &findings};
    struct rt_rom rom = {.fill = -1};

    draw_map(page, page->file.len);
    page->prospects.file = page->file;
    page->prospects.payloads = true;
    if (find_device(page, err) == 0 &&
        find_all(page, keep_image, page, &findings, &rom, err) == 0 && asks_signatures(page)) {
        if (page->crypto == NULL)
            return false;
        page_each_image(page, find_in_signatures, &s);
    }
    page->rom = rom;
    page->rom.size = page->file.len;
    page->rom.slot = rt_size_to_power_of_two(page->file.len);
    page->status = judge.refused ? EXIT_REFUSED : EXIT_HELD;
    if (err->code != 0)
        page->status = exit_status_of(err->code);
    return true;
}

/* ------------------------------------------------------------------------- reading again */

void page_each_image(const struct page *page,
                     void (*fn)(void *user, const struct rt_rom_image *image), void *user)
{
    struct rt_rom rom;

    if (page->images > PAGE_IMAGES) {
        (void)rt_rom_read(page->file, RT_ROM_PAYLOADS, fn, user, NULL, &rom, NULL);
        return;
    }
    for (size_t i = 0; i < page->images; i++)
        fn(user, &page->image[i]);
}

void page_each_finding(const struct page *page,
                       void (*fn)(void *user, const struct rt_finding *finding), void *user)
{
    struct rt_findings findings = {fn, user};
    struct signed_image s = {page, &findings};
    struct rt_rom rom;

    if (page->findings > PAGE_FINDINGS) {
        (void)find_all(page, NULL, NULL, &findings, &rom, NULL);
        if (asks_signatures(page))
            page_each_image(page, find_in_signatures, &s);
        return;
    }
    for (size_t i = 0; i < page->findings; i++)
        fn(user, &page->finding[i]);
}

struct rt_bytes page_image_bytes(const struct page *page, const struct rt_rom_image *image)
{
    struct rt_bytes bytes = {NULL, 0};

    (void)rt_bytes_slice(page->file, image->offset, image->length, &bytes);
    return bytes;
}

bool page_has_program(const struct rt_rom_image *image)
{
    return image->type == RT_ROM_EFI && image->efi.length > 0 &&
           (image->efi.compression == 0 || image->efi.original > 0);
}

int page_program(const struct page *page, const struct rt_rom_image *image, struct rt_file *ret,
                 struct romtool_error *err)
{
    *ret = (struct rt_file){0};
    return rt_rom_program(page_image_bytes(page, image), image, &ret->data, &ret->len, err);
}
