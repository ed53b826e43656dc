/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Read from SeaBIOS src/optionroms.c (1.16), edk2 PciBusDxe/PciOptionRomSupport.c (edk2-stable2022
 * to 2025), Linux drivers/pci/rom.c (4.0 and later), VirtualBox DevPcBios.cpp (4.1 and later) and
 * QEMU hw/pci/pci.c; what SeaBIOS and OVMF of Debian 12 do is judged by
 * tests/integration/prospects-test.py.
 *
 * Not predicted: Secure Boot, which asks for signatures; room that other ROMs have taken; what the
 * code in a ROM does once it runs.
 */
#include "rom/consumers.h"

#include <stdarg.h>
#include <stdio.h>

#define SIGNATURE                    0xaa55
#define PCIR                         0x52494350U

#define HEADER_EFI_SIGNATURE         0x04U
#define HEADER_CHECKSUM              0x06U
#define HEADER_PNP                   0x1a
#define PNP_NEXT                     0x06
#define PNP_BCV                      0x16
#define PNP_BEV                      0x1a

#define EFI_SIGNATURE                0x0ef1U
#define EFI_SUBSYSTEM_APPLICATION    0x0a
#define EFI_SUBSYSTEM_BOOT_DRIVER    0x0b
#define EFI_SUBSYSTEM_RUNTIME_DRIVER 0x0c
#define EFI_SUBSYSTEM_SAL_DRIVER     0x0d
#define EFI_COMPRESSED               1
#define MACHINE_X64                  0x8664

/* A ROM BAR reads back as this or less than what edk2 takes for "no ROM": bytes. */
#define EDK2_BAR_MAX_IGNORED 2048

/* VirtualBox maps the ROM from 0xe2000 to 0xeffff: bytes. */
#define VIRTUALBOX_MAX 57344

const char *rt_rom_consumer_name(enum rt_rom_consumer consumer)
{
    switch (consumer) {
    case RT_CONSUMER_SEABIOS:
        return "SeaBIOS";
    case RT_CONSUMER_EDK2:
        return "edk2";
    case RT_CONSUMER_QEMU:
        return "QEMU";
    case RT_CONSUMER_LINUX:
        return "Linux";
    case RT_CONSUMER_VIRTUALBOX:
        return "VirtualBox";
    case RT_CONSUMERS:
        break;
    }
    return "unknown";
}

const char *rt_rom_outcome_name(enum rt_rom_outcome outcome)
{
    switch (outcome) {
    case RT_OUTCOME_LOADS:
        return "loads";
    case RT_OUTCOME_SKIPS:
        return "skips";
    case RT_OUTCOME_REFUSES:
        return "refuses";
    case RT_OUTCOME_HANGS:
        return "hangs";
    }
    return "unknown";
}

/* ------------------------------------------------------------------------- images */

/* As all but VirtualBox look for it: the first one at the very start, whatever is before it. */
static bool is_pci(const struct rt_rom_image *image)
{
    return (image->index > 0 || image->offset == 0) && image->signature == SIGNATURE &&
           image->has_pcir && image->pcir_signature == PCIR;
}

static uint16_t machine_of(const struct rt_rom_image *image)
{
    return image->efi.has_pe ? image->efi.pe.machine : image->efi.machine;
}

/* The first reason stays: it is about the image that was most likely meant. */
__attribute__((format(printf, 3, 4))) static void
skip(struct rt_rom_pursuit *pursuit, const struct rt_rom_image *image, const char *fmt, ...)
{
    va_list args;

    if (pursuit->skipped || pursuit->found)
        return;
    pursuit->skipped = true;
    pursuit->index = image->index;
    va_start(args, fmt);
    (void)vsnprintf(pursuit->why, sizeof(pursuit->why), fmt, args);
    va_end(args);
}

static void hang(struct rt_rom_pursuit *pursuit, const struct rt_rom_image *image)
{
    pursuit->hangs = pursuit->ended = true;
    pursuit->index = image->index;
}

static void find(struct rt_rom_pursuit *pursuit, const struct rt_rom_image *image)
{
    if (pursuit->found)
        return;
    pursuit->found = true;
    pursuit->index = image->index;
    pursuit->end = image->offset + image->declared;
}

/* ------------------------------------------------------------------------- composition */

static void compose(struct rt_rom_prospects *p, const struct rt_rom_image *image)
{
    uint16_t machine = machine_of(image);
    size_t i = 0;

    p->has_x86 |= image->type == RT_ROM_X86;
    if (image->type != RT_ROM_EFI || image->efi.signature != EFI_SIGNATURE)
        return;
    p->has_efi_x64 |= machine == MACHINE_X64;
    while (i < p->n_efi_machines && p->efi_machines[i] != machine)
        i++;
    if (i == p->n_efi_machines && i < RT_ROM_EFI_MACHINES)
        p->efi_machines[p->n_efi_machines++] = machine;
}

/* ------------------------------------------------------------------------- QEMU */

/* Does QEMU change EFI's signature, if the first image has one? */
static bool damages_efi(const struct rt_rom_prospects *p)
{
    for (size_t i = 0; i < p->patch.n; i++) {
        if (p->patch.bytes[i].offset >= HEADER_EFI_SIGNATURE &&
            p->patch.bytes[i].offset < HEADER_EFI_SIGNATURE + 4)
            return true;
    }
    return false;
}

/* The sum of n bytes at off as the guest reads them: patched, zeroes behind the file. */
static uint8_t guest_sum(const struct rt_rom_prospects *p, size_t off, size_t n)
{
    struct rt_bytes bytes = {NULL, 0};
    unsigned sum;

    if (off < p->file.len)
        (void)rt_bytes_slice(p->file, off, n < p->file.len - off ? n : p->file.len - off, &bytes);
    sum = rt_bytes_sum8(bytes);
    for (size_t i = 0; i < p->patch.n; i++) {
        size_t at = p->patch.bytes[i].offset;

        if (at >= off && at - off < n)
            sum += (unsigned)p->patch.bytes[i].to - p->patch.bytes[i].from;
    }
    return (uint8_t)sum;
}

/* ------------------------------------------------------------------------- SeaBIOS */

/*
 * Does SeaBIOS follow the $PnP headers without end? It stops at one that has neither a bootstrap
 * nor a connection entry.
 */
static bool pnp_never_ends(const struct rt_rom_prospects *p, const struct rt_rom_image *image)
{
    size_t rest = p->file.len - image->offset, steps = 0;
    uint16_t at = 0, bev = 0, bcv = 0;
    struct rt_bytes bytes;

    if (!rt_bytes_slice(p->file, image->offset, image->init_size < rest ? image->init_size : rest,
                        &bytes))
        return false;
    (void)rt_bytes_u16le(bytes, HEADER_PNP, &at);
    /* A chain without a loop has fewer headers than the image has bytes. */
    while (steps <= bytes.len && rt_bytes_equal_at(bytes, at, "$PnP", 4)) {
        (void)rt_bytes_u16le(bytes, (size_t)at + PNP_BCV, &bcv);
        (void)rt_bytes_u16le(bytes, (size_t)at + PNP_BEV, &bev);
        if ((bev | bcv) == 0 || !rt_bytes_u16le(bytes, (size_t)at + PNP_NEXT, &at) || at == 0)
            return false;
        steps++;
    }
    return steps > bytes.len;
}

/* Of an x86 image with the right ids: is_valid_rom(), and optionrom_setup() with its $PnP headers.
 */
static void seabios_take(struct rt_rom_prospects *p, const struct rt_rom_image *image)
{
    struct rt_rom_pursuit *s = &p->seabios;

    s->ended = true;
    if (image->init_size == 0)
        skip(s, image, "its initialization size is 0");
    else if (guest_sum(p, image->offset, image->init_size) != 0)
        skip(s, image, "its checksum is wrong"); /* whatever the image's length is */
    else
        find(s, image);
    s->hangs = s->found && pnp_never_ends(p, image);
}

static void seabios_add(struct rt_rom_prospects *p, const struct rt_rom_image *image,
                        const struct rt_rom_device *device)
{
    struct rt_rom_pursuit *s = &p->seabios;
    bool patched = image->index == 0 && p->patch.n > 0;
    bool match = device == NULL || patched ||
                 (image->vendor == device->vendor && image->device == device->device);

    if (s->ended)
        return;
    if (!is_pci(image)) {
        skip(s, image, "it is no image with 55 aa and PCIR, and ends the search");
        s->ended = true;
        return;
    }
    if (match && image->type == RT_ROM_X86) {
        s->skipped = false;
        seabios_take(p, image);
        return;
    }
    if (image->type == RT_ROM_X86)
        skip(s, image, "its ids are %04x:%04x, the device's %04x:%04x", (unsigned)image->vendor,
             (unsigned)image->device, (unsigned)device->vendor, (unsigned)device->device);
    s->ended = image->last;
    if (!image->last && image->declared == 0)
        hang(s, image);
}

static void seabios_answer(const struct rt_rom_prospects *p, struct rt_rom_answer *ret)
{
    const struct rt_rom_pursuit *s = &p->seabios;

    if (s->hangs) {
        ret->outcome = RT_OUTCOME_HANGS;
        (void)snprintf(ret->why, sizeof(ret->why),
                       s->found ? "the $PnP headers of image %zu form a loop"
                                : "image %zu has length 0 and is not the last",
                       s->index);
    } else if (s->found) {
        ret->outcome = RT_OUTCOME_LOADS;
        (void)snprintf(ret->why, sizeof(ret->why), "runs image %zu", s->index);
    } else if (s->skipped) {
        (void)snprintf(ret->why, sizeof(ret->why), "image %zu: %s", s->index, s->why);
    } else {
        (void)snprintf(ret->why, sizeof(ret->why), "there is no x86 image");
    }
}

/* ------------------------------------------------------------------------- edk2 */

/* Of the program itself: LoadImage() takes an application too. */
static bool is_efi_subsystem(uint16_t subsystem)
{
    return subsystem >= EFI_SUBSYSTEM_APPLICATION && subsystem <= EFI_SUBSYSTEM_SAL_DRIVER;
}

/* LocalLoadFile2() and LoadImage() of one EFI image: the machine is the program's, and only where
 * that was not read the header's stands for it. */
static void edk2_take(struct rt_rom_prospects *p, const struct rt_rom_image *image)
{
    struct rt_rom_pursuit *e = &p->edk2;
    const struct rt_rom_efi *efi = &image->efi;
    unsigned machine = machine_of(image);

    if (efi->signature != EFI_SIGNATURE)
        skip(e, image, "its EFI signature is 0x%08x", (unsigned)efi->signature);
    else if (image->index == 0 && damages_efi(p))
        skip(e, image, "QEMU's id patch breaks its EFI signature");
    else if (machine != MACHINE_X64)
        skip(e, image, "its program is for machine 0x%04x", machine);
    else if (efi->subsystem != EFI_SUBSYSTEM_BOOT_DRIVER &&
             efi->subsystem != EFI_SUBSYSTEM_RUNTIME_DRIVER)
        skip(e, image, "its subsystem is 0x%02x, no driver", (unsigned)efi->subsystem);
    else if (efi->compression > EFI_COMPRESSED)
        skip(e, image, "its compression type is %u", (unsigned)efi->compression);
    else if (image->init_size > image->declared)
        skip(e, image, "its initialization size is beyond its length");
    else if (efi->at >= image->init_size)
        skip(e, image, "its program starts beyond its initialization size");
    else if (p->payloads && !efi->has_pe && image->declared <= image->length)
        skip(e, image, "its program cannot be read");
    else if (efi->has_pe && !is_efi_subsystem(efi->pe.subsystem))
        skip(e, image, "its program's subsystem is 0x%02x", (unsigned)efi->pe.subsystem);
    else
        find(e, image);
}

static void edk2_add(struct rt_rom_prospects *p, const struct rt_rom_image *image)
{
    struct rt_rom_pursuit *e = &p->edk2;

    if (e->ended)
        return;
    if (image->index > 0 && image->signature != SIGNATURE)
        return; /* it goes on looking behind it */
    if (!is_pci(image) || image->pcir_at % 4 != 0) {
        skip(e, image,
             is_pci(image) ? "its PCIR is not at a multiple of 4, and ends the search"
                           : "it is no image with 55 aa and PCIR, and ends the search");
        e->ended = true;
        return;
    }
    e->ended = image->last;
    if (image->declared == 0 && !image->last)
        hang(e, image);
    else if (image->declared == 0)
        skip(e, image, "its length is 0");
    else if (image->type == RT_ROM_EFI)
        edk2_take(p, image);
}

static void edk2_answer(const struct rt_rom_prospects *p, const struct rt_rom *rom,
                        struct rt_rom_answer *ret)
{
    const struct rt_rom_pursuit *e = &p->edk2;

    if (rom->slot <= EDK2_BAR_MAX_IGNORED) {
        (void)snprintf(ret->why, sizeof(ret->why), "a ROM BAR of %llu bytes counts as none",
                       (unsigned long long)rom->slot);
    } else if (e->hangs) {
        ret->outcome = RT_OUTCOME_HANGS;
        (void)snprintf(ret->why, sizeof(ret->why), "image %zu has length 0 and is not the last%s",
                       e->index, e->index == 0 ? " (since 2023 edk2 skips the ROM instead)" : "");
    } else if (e->found && e->end > rom->slot) {
        (void)snprintf(ret->why, sizeof(ret->why),
                       "image %zu goes beyond the ROM BAR of %llu bytes", e->index,
                       (unsigned long long)rom->slot);
    } else if (e->found) {
        ret->outcome = RT_OUTCOME_LOADS;
        (void)snprintf(ret->why, sizeof(ret->why), "starts the EFI driver in image %zu", e->index);
    } else if (e->skipped) {
        (void)snprintf(ret->why, sizeof(ret->why), "image %zu: %s", e->index, e->why);
    } else {
        (void)snprintf(ret->why, sizeof(ret->why), "there is no EFI image");
    }
}

/* ------------------------------------------------------------------------- the others */

static void linux_add(struct rt_rom_prospects *p, const struct rt_rom_image *image)
{
    if (p->linux_ended)
        return;
    p->linux_ended = !is_pci(image) || image->last || image->declared == 0;
    if (is_pci(image))
        p->linux_size = image->offset + image->declared;
}

static void linux_answer(const struct rt_rom_prospects *p, const struct rt_rom *rom,
                         struct rt_rom_answer *ret)
{
    uint64_t size = p->linux_size < rom->slot ? p->linux_size : rom->slot;

    if (size == 0) {
        (void)snprintf(ret->why, sizeof(ret->why),
                       "finds no image with 55 aa, PCIR and a length: reading fails");
        return;
    }
    ret->outcome = RT_OUTCOME_LOADS;
    (void)snprintf(ret->why, sizeof(ret->why), "hands out %llu bytes", (unsigned long long)size);
}

static void qemu_answer(const struct rt_rom_prospects *p, const struct rt_rom *rom,
                        struct rt_rom_answer *ret)
{
    ret->outcome = RT_OUTCOME_LOADS;
    if (p->patch.n > 0)
        (void)snprintf(ret->why, sizeof(ret->why),
                       "into a slot of %llu bytes, with ids %04x:%04x instead of %04x:%04x%s",
                       (unsigned long long)rom->slot, (unsigned)p->device.vendor,
                       (unsigned)p->device.device, (unsigned)p->rom_vendor, (unsigned)p->rom_device,
                       p->patch.bytes[0].offset == HEADER_CHECKSUM ? " and another byte 6" : "");
    else
        (void)snprintf(ret->why, sizeof(ret->why), "into a slot of %llu bytes, as it is",
                       (unsigned long long)rom->slot);
}

static void virtualbox_answer(const struct rt_rom_prospects *p, const struct rt_rom *rom,
                              struct rt_rom_answer *ret)
{
    if (rom->size > VIRTUALBOX_MAX) {
        (void)snprintf(ret->why, sizeof(ret->why),
                       "%zu bytes, more than the %d of a LanBootRom: it silently runs its own",
                       rom->size, VIRTUALBOX_MAX);
    } else if (!p->virtualbox_runs) {
        (void)snprintf(ret->why, sizeof(ret->why),
                       "its BIOS runs only an x86 image with a good checksum, at the start");
    } else {
        ret->outcome = RT_OUTCOME_LOADS;
        (void)snprintf(ret->why, sizeof(ret->why), "as LanBootRom, in BIOS guests");
    }
}

/* ------------------------------------------------------------------------- all */

/* Of the first image: what QEMU changes before any firmware sees it, and VirtualBox. */
static void start(struct rt_rom_prospects *p, const struct rt_rom_image *image,
                  const struct rt_rom_device *device)
{
    struct rt_bytes summed;

    if (device != NULL)
        p->device = *device;
    if (p->device.patched)
        rt_rom_patch_ids(p->file, device->vendor, device->device, &p->patch);
    p->rom_vendor = image->vendor;
    p->rom_device = image->device;
    p->virtualbox_runs = image->offset == 0 && image->type == RT_ROM_X86 &&
                         image->signature == SIGNATURE && image->init_size > 0 &&
                         rt_bytes_slice(p->file, 0, image->init_size, &summed) &&
                         rt_bytes_sum8(summed) == 0;
}

void rt_rom_prospects_add(struct rt_rom_prospects *prospects, const struct rt_rom_image *image,
                          const struct rt_rom_device *device)
{
    prospects->images++;
    prospects->stopped = image->declared == 0 || image->declared > image->length ||
                         (!image->has_pcir && image->type != RT_ROM_X86);
    compose(prospects, image);
    if (image->index == 0)
        start(prospects, image, device);
    seabios_add(prospects, image, device);
    edk2_add(prospects, image);
    linux_add(prospects, image);
}

void rt_rom_answer(const struct rt_rom_prospects *prospects, const struct rt_rom *rom,
                   enum rt_rom_consumer consumer, struct rt_rom_answer *ret)
{
    *ret = (struct rt_rom_answer){.outcome = RT_OUTCOME_SKIPS};
    switch (consumer) {
    case RT_CONSUMER_SEABIOS:
        seabios_answer(prospects, ret);
        break;
    case RT_CONSUMER_EDK2:
        edk2_answer(prospects, rom, ret);
        break;
    case RT_CONSUMER_QEMU:
        qemu_answer(prospects, rom, ret);
        break;
    case RT_CONSUMER_LINUX:
        linux_answer(prospects, rom, ret);
        break;
    case RT_CONSUMER_VIRTUALBOX:
        virtualbox_answer(prospects, rom, ret);
        break;
    case RT_CONSUMERS:
        break;
    }
}
