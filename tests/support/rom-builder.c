/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Offsets: PCI Firmware 3.0, section 5.1; UEFI 2.10, chapter 14; the PE: Microsoft's PE format.
 * Written apart from rom/rom.c on purpose, so that neither can be wrong in the other's way.
 */
#include "rom-builder.h"

#include "efi-compress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The whole PE: 0x180 bytes of headers, 0x20 of code. */
enum { PE_SIZE = 0x1a0 };

static void check(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "rom-builder: %s\n", what);
    exit(2);
}

static void put(uint8_t *image, size_t length, int64_t at, unsigned n, int64_t value)
{
    check(at >= 0 && (uint64_t)at + n <= length, "a field is outside of its image");
    for (unsigned i = 0; i < n; i++)
        image[(size_t)at + i] = (uint8_t)((uint64_t)value >> (8 * i));
}

struct rb_spec rb_spec(enum rb_kind kind)
{
    struct rb_spec spec = {
        .kind = kind,
        .length = kind == RB_X86 || kind == RB_EFI || kind == RB_ISA ? 1024 : 512,
        .body = 0xff,
        .vendor = 0x1af4,
        .device = 0x1000,
        .class_code = 0x020000,
        .revision = kind == RB_X86 ? 3 : 0,
        .code_type = RB_AUTO,
        .indicator = RB_AUTO,
        .units = RB_AUTO,
        .init_units = RB_AUTO,
        .pcir_at = 0x1c,
        .pcir_pointer = RB_AUTO,
        .pcir_size = RB_AUTO,
        .pcir_signature = 0x52494350,
        .signature = 0xaa55,
        .device_list_at = 0x140,
        .device_list = RB_AUTO,
        .npde_units = RB_AUTO,
        .npde_last = RB_AUTO,
        .npde_revision = 0x101,
        .npde_size = 0x0b,
        .pnp_at = 0x60,
        .pnp_length = 2,
        .pnp_type = 0x000002,
        .pnp_bev = 3,
        .pnp_manufacturer = RB_AUTO,
        .pnp_product = RB_AUTO,
        .undi_pointer = RB_AUTO,
        .undi_length = 0x16,
        .ipxe_pointer = RB_AUTO,
        .ipxe_length = 0x0c,
        .ipxe_shrunk = 1,
        .fcode_at = 0x40,
        .fcode_byte = 0xfd,
        .efi_signature = 0x0ef1,
        .subsystem = 0x0b,
        .machine = 0x8664,
        .pe_at = 0x38,
    };

    return spec;
}

static int64_t choose(int64_t value, int64_t automatic)
{
    return value == RB_AUTO ? automatic : value;
}

static int64_t code_type(enum rb_kind kind)
{
    switch (kind) {
    case RB_OPENFIRMWARE:
        return 1;
    case RB_HPPA:
        return 2;
    case RB_EFI:
        return 3;
    case RB_UNKNOWN:
        return 0xff;
    case RB_X86:
    case RB_ISA:
        break;
    }
    return 0;
}

static void put_text(uint8_t *image, size_t length, int64_t at, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put(image, length, at + (int64_t)i, 1, text[i]);
}

static int64_t pcir_size(const struct rb_spec *spec)
{
    return choose(spec->pcir_size, spec->revision >= 3 ? 0x1c : 0x18);
}

/* Further devices are the next ids behind that of the PCIR. */
static int64_t write_device_list(uint8_t *image, size_t length, const struct rb_spec *spec)
{
    int64_t at = spec->device_list_at;

    if (spec->devices > 0) {
        for (int64_t i = 0; i < spec->devices; i++)
            put(image, length, at + 2 * i, 2, spec->device + 1 + i);
        put(image, length, at + 2 * spec->devices, 2, spec->device_list_end);
    }
    return choose(spec->device_list, spec->devices > 0 ? at - spec->pcir_at : 0);
}

static void write_pcir_3(uint8_t *image, size_t length, const struct rb_spec *spec)
{
    int64_t at = spec->pcir_at;

    put(image, length, at + 0x08, 2, write_device_list(image, length, spec));
    put(image, length, at + 0x16, 2, spec->runtime_units);
    put(image, length, at + 0x18, 2, spec->config_utility);
    put(image, length, at + 0x1a, 2, spec->clp);
}

static void write_pcir(uint8_t *image, size_t length, const struct rb_spec *spec)
{
    int64_t at = spec->pcir_at;

    put(image, length, 0x18, 2, choose(spec->pcir_pointer, at));
    put(image, length, at + 0x00, 4, spec->pcir_signature);
    put(image, length, at + 0x04, 2, spec->vendor);
    put(image, length, at + 0x06, 2, spec->device);
    put(image, length, at + 0x08, 2, spec->vpd);
    put(image, length, at + 0x0a, 2, pcir_size(spec));
    put(image, length, at + 0x0c, 1, spec->revision);
    put(image, length, at + 0x0d, 3, spec->class_code);
    put(image, length, at + 0x10, 2, choose(spec->units, spec->length / 512));
    put(image, length, at + 0x12, 2, 1); /* revision of the code */
    put(image, length, at + 0x14, 1, choose(spec->code_type, code_type(spec->kind)));
    put(image, length, at + 0x15, 1, choose(spec->indicator, 0x80));
    put(image, length, at + 0x16, 2, 0);
    if (spec->revision >= 3)
        write_pcir_3(image, length, spec);
}

static int64_t npde_at(const struct rb_spec *spec)
{
    return (spec->pcir_at + pcir_size(spec) + 15) / 16 * 16;
}

static void write_npde(uint8_t *image, size_t length, const struct rb_spec *spec)
{
    int64_t at = npde_at(spec);

    put_text(image, length, at, "NPDE", 4);
    put(image, length, at + 0x04, 2, spec->npde_revision);
    put(image, length, at + 0x06, 2, spec->npde_size);
    put(image, length, at + 0x08, 2, choose(spec->npde_units, spec->length / 512));
    put(image, length, at + 0x0a, 1, choose(spec->npde_last, 0x80));
}

/* One section, entered at its start: xor eax, eax; ret, which is EFI_SUCCESS. */
static void write_pe(uint8_t *pe, const struct rb_spec *spec)
{
    static const char code[] = "\x31\xc0\xc3";

    memset(pe, 0, PE_SIZE);
    memcpy(pe, "MZ", 2);
    put(pe, PE_SIZE, 0x3c, 4, 0x40);
    memcpy(pe + 0x40, "PE\0\0", 4);
    put(pe, PE_SIZE, 0x44, 2, spec->machine);
    put(pe, PE_SIZE, 0x46, 2, 1);       /* sections */
    put(pe, PE_SIZE, 0x54, 2, 240);     /* size of the optional header */
    put(pe, PE_SIZE, 0x56, 2, 0x2022);  /* DLL, large addresses, executable */
    put(pe, PE_SIZE, 0x58, 2, 0x20b);   /* PE32+ */
    put(pe, PE_SIZE, 0x5c, 4, 0x20);    /* size of code */
    put(pe, PE_SIZE, 0x68, 4, 0x180);   /* entry */
    put(pe, PE_SIZE, 0x6c, 4, 0x180);   /* base of code */
    put(pe, PE_SIZE, 0x78, 4, 0x20);    /* section alignment */
    put(pe, PE_SIZE, 0x7c, 4, 0x20);    /* file alignment */
    put(pe, PE_SIZE, 0x90, 4, PE_SIZE); /* size of image */
    put(pe, PE_SIZE, 0x94, 4, 0x180);   /* size of headers */
    put(pe, PE_SIZE, 0x9c, 2, spec->subsystem);
    put(pe, PE_SIZE, 0xc4, 4, 16); /* data directories, all empty */
    memcpy(pe + 0x148, ".text", 5);
    put(pe, PE_SIZE, 0x150, 4, 0x20);       /* virtual size */
    put(pe, PE_SIZE, 0x154, 4, 0x180);      /* virtual address */
    put(pe, PE_SIZE, 0x158, 4, 0x20);       /* raw size */
    put(pe, PE_SIZE, 0x15c, 4, 0x180);      /* raw offset */
    put(pe, PE_SIZE, 0x16c, 4, 0x60000020); /* code, execute, read */
    memcpy(pe + 0x180, code, sizeof(code) - 1);
}

/* The PE, compressed where the header says so, if it fits. */
static void write_program(uint8_t *image, size_t length, const struct rb_spec *spec)
{
    uint8_t pe[PE_SIZE], *packed = NULL;
    size_t size = PE_SIZE;

    write_pe(pe, spec);
    if (spec->compression == 1)
        size = efi_compress(pe, PE_SIZE, &packed);
    if ((uint64_t)spec->pe_at + size <= length)
        memcpy(image + spec->pe_at, packed != NULL ? packed : pe, size);
    free(packed);
}

static void write_efi(uint8_t *image, size_t length, const struct rb_spec *spec)
{
    put(image, length, 0x02, 2, choose(spec->init_units, spec->length / 512));
    put(image, length, 0x04, 4, spec->efi_signature);
    put(image, length, 0x08, 2, spec->subsystem);
    put(image, length, 0x0a, 2, spec->machine);
    put(image, length, 0x0c, 2, spec->compression);
    put(image, length, 0x16, 2, spec->pe_at);
    write_program(image, length, spec);
}

static int64_t init_units(const struct rb_spec *spec)
{
    int64_t units = spec->length / 512;

    return choose(spec->init_units, units > 255 ? 255 : units);
}

/* Makes n bytes sum to what is wanted, by the one at checksum_at. What lies outside counts as 0. */
static void sum_part(uint8_t *image, size_t length, int64_t at, int64_t n, int64_t checksum_at,
                     int64_t wanted)
{
    unsigned sum = 0;

    put(image, length, checksum_at, 1, 0);
    for (int64_t i = at; i < at + n && (size_t)i < length; i++)
        sum += image[i];
    put(image, length, checksum_at, 1, wanted - (int64_t)sum);
}

/* Plug and Play BIOS 1.0a, section 3.2. The strings are the same in all. */
static void write_pnp(uint8_t *image, size_t length, const struct rb_spec *spec)
{
    static const char manufacturer[] = "Example Ltd", product[] = "Boot";
    int64_t strings = spec->pnp_at + 32 * spec->pnp;
    int64_t last = spec->pnp - 1;

    put(image, length, 0x1a, 2, spec->pnp_at);
    if (spec->pnp_manufacturer == RB_AUTO)
        put_text(image, length, strings, manufacturer, sizeof(manufacturer));
    if (spec->pnp_product == RB_AUTO)
        put_text(image, length, strings + 16, product, sizeof(product));
    for (int64_t i = 0; i <= last; i++) {
        int64_t at = spec->pnp_at + 32 * i;

        put_text(image, length, at, "$PnP", 4);
        put(image, length, at + 0x04, 1, 1);
        put(image, length, at + 0x05, 1, spec->pnp_length);
        put(image, length, at + 0x06, 2, i < last ? at + 32 : spec->pnp_next);
        put(image, length, at + 0x08, 1, 0);
        put(image, length, at + 0x0a, 4, 0x01020304 + i);
        put(image, length, at + 0x0e, 2, choose(spec->pnp_manufacturer, strings));
        put(image, length, at + 0x10, 2, choose(spec->pnp_product, strings + 16));
        put(image, length, at + 0x12, 3, spec->pnp_type);
        put(image, length, at + 0x15, 1, 0xf4); /* indicators, as iPXE has them */
        put(image, length, at + 0x16, 2, spec->pnp_bcv);
        put(image, length, at + 0x18, 2, spec->pnp_dv);
        put(image, length, at + 0x1a, 2, spec->pnp_bev);
        put(image, length, at + 0x1c, 4, 0);
        sum_part(image, length, at, 16 * spec->pnp_length, at + 9, spec->pnp_sum);
    }
}

/* PXE 2.1, section 3.1 */
static void write_undi(uint8_t *image, size_t length, const struct rb_spec *spec)
{
    int64_t at = spec->undi;

    put_text(image, length, at, "UNDI", 4);
    put(image, length, at + 0x04, 1, spec->undi_length);
    put(image, length, at + 0x06, 1, 0);
    put(image, length, at + 0x07, 3, 0x020100); /* revision 0, minor 1, major 2 */
    put(image, length, at + 0x0a, 2, 0x30);     /* loader */
    put(image, length, at + 0x0c, 2, 0x1000);   /* stack, data, code */
    put(image, length, at + 0x0e, 2, 0x2000);
    put(image, length, at + 0x10, 2, 0x3000);
    put_text(image, length, at + 0x12, spec->kind == RB_ISA ? "ISAR" : "PCIR", 4);
    sum_part(image, length, at, spec->undi_length, at + 5, spec->undi_sum);
}

static void write_ipxe(uint8_t *image, size_t length, const struct rb_spec *spec)
{
    int64_t at = spec->ipxe;

    put_text(image, length, at, "iPXE", 4);
    put(image, length, at + 0x04, 1, spec->ipxe_length);
    put(image, length, at + 0x06, 1, spec->ipxe_shrunk);
    put(image, length, at + 0x07, 1, 0);
    put(image, length, at + 0x08, 4, 0xcafe0123); /* build id */
    sum_part(image, length, at, spec->ipxe_length, at + 5, spec->ipxe_sum);
}

static void write_x86(uint8_t *image, size_t length, const struct rb_spec *spec)
{
    put(image, length, 0x02, 1, init_units(spec));
    put(image, length, 0x03, 1, 0xcb); /* far return */
    put(image, length, 0x10, 2, choose(spec->ipxe_pointer, spec->ipxe));
    put(image, length, 0x14, 2, spec->bofm);
    put(image, length, 0x16, 2, choose(spec->undi_pointer, spec->undi));
    if (spec->pnp > 0)
        write_pnp(image, length, spec);
    if (spec->undi > 0)
        write_undi(image, length, spec);
    if (spec->ipxe > 0)
        write_ipxe(image, length, spec);
}

/* Byte 6 makes up for the rest, by Etherboot's and iPXE's convention. */
static void fix_sum(uint8_t *image, size_t length, const struct rb_spec *spec)
{
    size_t n = (size_t)init_units(spec) * 512;
    unsigned sum = 0;

    if (n == 0 || n > length)
        return;
    image[6] = 0;
    for (size_t i = 0; i < n; i++)
        sum += image[i];
    image[6] = (uint8_t)((uint64_t)spec->sum - sum);
}

static void write_openfirmware(uint8_t *image, size_t length, const struct rb_spec *spec)
{
    /* IEEE 1275: version1, format 8, checksum, length 9, end0. */
    static const char fcode[] = "\xfd\x08\x00\x00\x00\x00\x00\x09";

    put(image, length, 0x02, 2, spec->fcode_at);
    memcpy(image + 0x40, fcode, sizeof(fcode));
    put(image, length, 0x40, 1, spec->fcode_byte);
}

static void write_image(uint8_t *image, const struct rb_spec *spec)
{
    size_t length = (size_t)spec->length;
    int x86 = spec->kind == RB_X86 || spec->kind == RB_ISA;

    memset(image, (int)spec->body, length);
    memset(image, 0, 0x1c);
    put(image, length, 0, 2, spec->signature);
    if (x86)
        write_x86(image, length, spec);
    else if (spec->kind == RB_EFI)
        write_efi(image, length, spec);
    else if (spec->kind == RB_OPENFIRMWARE)
        write_openfirmware(image, length, spec);
    if (spec->kind != RB_ISA)
        write_pcir(image, length, spec);
    else if (spec->pcir_pointer != RB_AUTO)
        put(image, length, 0x18, 2, spec->pcir_pointer);
    if (spec->npde)
        write_npde(image, length, spec);
    if (x86)
        fix_sum(image, length, spec);
}

static uint8_t *grow(struct rom_builder *rb, size_t n)
{
    size_t wanted = rb->capacity > 0 ? rb->capacity : 4096;

    while (wanted - rb->size < n || wanted < rb->size)
        wanted *= 2;
    if (wanted != rb->capacity) {
        rb->data = realloc(rb->data, wanted);
        check(rb->data != NULL, "out of memory");
        rb->capacity = wanted;
    }
    rb->size += n;
    return rb->data + rb->size - n;
}

/*
 * Clears bit 7 of a byte. Byte 6 takes over what the sum loses, so that a patch that was made
 * meanwhile keeps its effect.
 */
static void clear_last(uint8_t *image, const struct rb_spec *spec, int64_t at)
{
    if ((image[at] & 0x80) == 0)
        return;
    image[at] &= 0x7f;
    if (spec->kind == RB_X86 && at < init_units(spec) * 512)
        image[6] = (uint8_t)(image[6] + 0x80);
}

static void unmark_last(struct rom_builder *rb)
{
    const struct rb_spec *spec = &rb->last;
    int indicator = spec->indicator == RB_AUTO;
    int npde = spec->npde && spec->npde_last == RB_AUTO;
    uint8_t *image;

    if (rb->images == 0 || spec->kind == RB_ISA || !(indicator || npde))
        return;
    check(rb->last_at + (size_t)spec->length <= rb->size, "an image behind one that was cut");
    image = rb->data + rb->last_at;
    if (indicator)
        clear_last(image, spec, spec->pcir_at + 0x15);
    if (npde)
        clear_last(image, spec, npde_at(spec) + 0x0a);
}

void rb_image(struct rom_builder *rb, struct rb_spec spec)
{
    uint8_t *image;

    check(spec.length >= 512 && spec.length % 512 == 0, "a length that is no multiple of 512");
    unmark_last(rb);
    image = grow(rb, (size_t)spec.length);
    write_image(image, &spec);
    rb->last_at = rb->size - (size_t)spec.length;
    rb->last = spec;
    rb->images++;
}

void rb_append(struct rom_builder *rb, const void *data, size_t n)
{
    memcpy(grow(rb, n), data, n);
}

void rb_pad(struct rom_builder *rb, size_t to, uint8_t fill)
{
    size_t n = to - rb->size;

    check(to >= rb->size, "padding to less than what is there");
    memset(grow(rb, n), fill, n);
}

void rb_patch(struct rom_builder *rb, size_t at, const void *data, size_t n)
{
    check(at <= rb->size && n <= rb->size - at, "a patch outside of the file");
    memcpy(rb->data + at, data, n);
}

void rb_cut(struct rom_builder *rb, size_t to)
{
    check(to <= rb->size, "a cut behind the end");
    rb->size = to;
}

void rb_free(struct rom_builder *rb)
{
    free(rb->data);
    *rb = (struct rom_builder){0};
}
