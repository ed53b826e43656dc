/* SPDX-License-Identifier: BSD-2-Clause */
/* A ROM file's page in the terminal. */
#include "romtool/inspect.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MARGIN "         " /* below an image's number and type */

static void print_first_line(const struct page *page)
{
    char shown[512];

    (void)printf("%s: %zu bytes, slot %" PRIu64 ", headroom %" PRIu64,
                 printable(page->path, shown, sizeof(shown)), page->rom.size, page->rom.slot,
                 page->rom.slot - page->rom.content_length);
    if (page->rom.fill >= 0)
        (void)printf(", fill %02x", (unsigned)page->rom.fill);
    (void)printf(", %s\n", verdict_name(page->status));
}

static void print_map(const struct page *page)
{
    (void)printf("  [%s]", page->map);
    if (strchr(page->map, '.') != NULL)
        (void)printf(page->rom.fill >= 0 ? "  . is fill" : "  . is in no image");
    if (strchr(page->map, '-') != NULL)
        (void)printf("%s - is behind the file and reads as 00",
                     strchr(page->map, '.') != NULL ? "," : " ");
    (void)printf("\n");
}

/* ------------------------------------------------------------------------- images */

static void print_ids(struct rt_bytes bytes, const struct rt_rom_image *image)
{
    uint16_t id;

    if (image->device_list_n == 0)
        return;
    (void)printf("; for");
    for (size_t i = 0; i < 8 && rt_rom_device_id(bytes, image, i, &id); i++)
        (void)printf(" %04x:%04x", image->vendor, id);
    if (image->device_list_n > 8)
        (void)printf(" and %zu more", image->device_list_n - 8);
}

static void print_pcir(struct rt_bytes bytes, const struct rt_rom_image *image)
{
    (void)printf(MARGIN "PCI %s", image->revision >= 3 ? "3.0" : "2.x");
    if (image->type == RT_ROM_UNKNOWN)
        (void)printf(", code type %02x", image->code_type);
    if (image->code_revision != 0)
        (void)printf(", code revision %" PRIu16, image->code_revision);
    if (image->init_size != 0 && image->init_size != image->length)
        (void)printf(", %zu bytes to initialize", image->init_size);
    if (image->runtime_length != 0)
        (void)printf(", %zu at run time", image->runtime_length);
    if (image->npde_at != 0)
        (void)printf(", NPDE at %#zx", image->npde_at);
    print_ids(bytes, image);
    (void)printf("\n");
}

/* A NUL-terminated string of the image, in quotes. */
static void print_string(struct rt_bytes bytes, const char *before, size_t at)
{
    char shown[64];
    size_t n = 0;
    uint8_t c;

    while (n + 1 < sizeof(shown) && rt_bytes_u8(bytes, at + n, &c) && c != 0)
        shown[n++] = c >= 0x20 && c < 0x7f ? (char)c : '?';
    shown[n] = '\0';
    (void)printf("%s\"%s\"", before, shown);
}

static void print_pnp(struct rt_bytes bytes, const struct rt_rom_x86 *x86)
{
    struct rt_rom_pnp pnp;
    size_t at = x86->pnp.at;

    for (size_t i = 0; i < x86->pnp_headers && i < 8 && rt_rom_pnp_read(bytes, at, &pnp); i++) {
        (void)printf(MARGIN "$PnP at %#zx", pnp.at);
        if (pnp.product_at != 0)
            print_string(bytes, ": ", pnp.product_at);
        if (pnp.manufacturer_at != 0)
            print_string(bytes, " by ", pnp.manufacturer_at);
        (void)printf("%s%s\n", pnp.bev != 0 ? ", boots by BEV" : "",
                     pnp.bcv != 0 ? ", boots by BCV" : "");
        at = pnp.next_at;
    }
}

static void print_x86(struct rt_bytes bytes, const struct rt_rom_x86 *x86)
{
    print_pnp(bytes, x86);
    if (x86->undi.at != 0)
        (void)printf(MARGIN "UNDI %u.%u.%u at %#zx, %s\n", x86->undi.version[0],
                     x86->undi.version[1], x86->undi.version[2], x86->undi.at, x86->undi.bus_type);
    if (x86->ipxe.at != 0)
        (void)printf(MARGIN "iPXE build %08" PRIx32 ", %zu bytes once PMM took the rest\n",
                     x86->ipxe.build_id, x86->ipxe.shrunk_length);
    if (x86->bofm_at != 0)
        (void)printf(MARGIN "BOFM at %#x\n", (unsigned)x86->bofm_at);
}

static void print_signers(const struct page *page, const struct rt_rom_image *image)
{
    struct inspect_signer signer;
    struct romtool_error err;
    struct rt_file program;

    if (page->crypto == NULL || image->efi.pe.signatures == 0 ||
        page_program(page, image, &program, NULL) < 0)
        return;
    for (size_t i = 0; i < image->efi.pe.signatures; i++) {
        (void)page->crypto->signer(rt_file_bytes(&program), &image->efi.pe, i, (struct rt_bytes){0},
                                   &signer, &err);
        if (signer.subject[0] != '\0')
            (void)printf(MARGIN "signed by %s\n" MARGIN "%s %s\n", signer.subject, signer.algorithm,
                         signer.digest);
    }
    rt_file_free(&program);
}

static const char *subsystem_name(uint16_t subsystem)
{
    switch (subsystem) {
    case 0x0a:
        return "application";
    case 0x0b:
        return "boot service driver";
    case 0x0c:
        return "runtime driver";
    default:
        return "of no known subsystem";
    }
}

static void print_efi(const struct page *page, const struct rt_rom_image *image)
{
    const struct rt_rom_efi *efi = &image->efi;
    const char *machine = rt_pe_machine_name(efi->machine);
    char number[16];

    (void)snprintf(number, sizeof(number), "machine %04x", efi->machine);
    (void)printf(MARGIN "%s for %s", subsystem_name(efi->subsystem),
                 machine != NULL ? machine : number);
    if (efi->original != 0)
        (void)printf(", compressed from %zu bytes", efi->original);
    if (efi->has_pe)
        (void)printf(", PE32%s of %zu bytes%s", efi->pe.plus ? "+" : "", efi->pe.size,
                     efi->pe.signatures == 0 ? ", unsigned" : "");
    (void)printf("\n");
    print_signers(page, image);
}

static void print_image(void *user, const struct rt_rom_image *image)
{
    const struct page *page = user;
    struct rt_bytes bytes = page_image_bytes(page, image);

    (void)printf("  %5zu  %-12s %8zu %8zu  ", image->index, rt_rom_type_name(image->type),
                 image->offset, image->length);
    if (image->has_pcir)
        (void)printf("%04x:%04x  %06" PRIx32, image->vendor, image->device, image->class_code);
    else
        (void)printf("-          -     ");
    (void)printf("  %-4s  %s\n", image->last ? "yes" : "no", rt_rom_checksum_name(image->checksum));
    if (image->has_pcir)
        print_pcir(bytes, image);
    if (image->type == RT_ROM_X86)
        print_x86(bytes, &image->x86);
    if (image->type == RT_ROM_EFI)
        print_efi(page, image);
}

/* ------------------------------------------------------------------------- what becomes of it */

static void print_digest(const char *what, const uint8_t *sha256)
{
    char hex[65];

    rt_bytes_to_hex((struct rt_bytes){sha256, 32}, hex);
    (void)printf("  sha256 %s  %s\n", hex, what);
}

static void print_device(const struct page *page)
{
    uint8_t as_default[32], as_romfile[32];
    char shown[64];

    (void)printf("for %s, %04x:%04x%s:", printable(page->driver, shown, sizeof(shown)),
                 page->device.vendor, page->device.device,
                 page->driver_by_name ? " by the file's name" : "");
    if (page->patch.n == 0)
        (void)printf(" QEMU patches nothing\n");
    else
        (void)printf(" as a default ROM QEMU patches");
    for (size_t i = 0; i < page->patch.n; i++)
        (void)printf("%s %#zx %02x->%02x%s", i > 0 ? "," : "", page->patch.bytes[i].offset,
                     page->patch.bytes[i].from, page->patch.bytes[i].to,
                     i + 1 == page->patch.n ? "\n" : "");
    if (page->crypto == NULL || page->question->device == NULL ||
        page->crypto->guest(page->file, page->rom.slot, page->device.vendor, page->device.device,
                            as_default, as_romfile, NULL) < 0)
        return;
    print_digest("what the guest reads of the default ROM", as_default);
    print_digest("what it reads of an explicit romfile=", as_romfile);
}

static void print_composition(const struct rt_rom_prospects *prospects)
{
    (void)printf("composed for%s", prospects->has_x86 ? " BIOS (x86)" : "");
    for (size_t i = 0; i < prospects->n_efi_machines; i++) {
        const char *machine = rt_pe_machine_name(prospects->efi_machines[i]);

        (void)printf("%s UEFI (%s)", i > 0 || prospects->has_x86 ? "," : "",
                     machine != NULL ? machine : "an unknown machine");
    }
    (void)printf("%s\n", prospects->has_x86 || prospects->n_efi_machines > 0
                             ? ""
                             : " neither BIOS nor UEFI");
}

static void print_answers(const struct page *page)
{
    for (enum rt_rom_consumer consumer = 0; consumer < RT_CONSUMERS; consumer++) {
        struct rt_rom_answer answer;

        rt_rom_answer(&page->prospects, &page->rom, consumer, &answer);
        (void)printf("  %-11s %-8s %s\n", rt_rom_consumer_name(consumer),
                     rt_rom_outcome_name(answer.outcome), answer.why);
    }
}

static void print_page_finding(void *user, const struct rt_finding *finding)
{
    const struct page *page = user;

    print_finding(stdout, page->path, finding);
}

void page_print(struct page *page)
{
    print_first_line(page);
    if (!page->question->quiet) {
        if (page->file.len > 0)
            print_map(page);
        if (page->images > 0) {
            (void)printf("  image  type           offset   length  ids        class   last  "
                         "checksum\n");
            page_each_image(page, print_image, page);
        }
        if (page->driver != NULL)
            print_device(page);
        if (page->images > 0) {
            print_composition(&page->prospects);
            print_answers(page);
        }
    }
    page_each_finding(page, print_page_finding, page);
}
