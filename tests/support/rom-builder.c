/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Offsets: PCI Firmware 3.0, section 5.1; UEFI 2.10, chapter 14; the PE: Microsoft's PE format.
 * Written apart from rom/rom.c on purpose, so that neither can be wrong in the other's way.
 */
#include "rom-builder.h"

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

static void write_pcir(uint8_t *image, size_t length, const struct rb_spec *spec)
{
    int64_t at = spec->pcir_at;

    put(image, length, 0x18, 2, choose(spec->pcir_pointer, at));
    put(image, length, at + 0x00, 4, spec->pcir_signature);
    put(image, length, at + 0x04, 2, spec->vendor);
    put(image, length, at + 0x06, 2, spec->device);
    put(image, length, at + 0x08, 2, 0); /* VPD, device list */
    put(image, length, at + 0x0a, 2, choose(spec->pcir_size, spec->revision >= 3 ? 0x1c : 0x18));
    put(image, length, at + 0x0c, 1, spec->revision);
    put(image, length, at + 0x0d, 3, spec->class_code);
    put(image, length, at + 0x10, 2, choose(spec->units, spec->length / 512));
    put(image, length, at + 0x12, 2, 1); /* revision of the code */
    put(image, length, at + 0x14, 1, choose(spec->code_type, code_type(spec->kind)));
    put(image, length, at + 0x15, 1, choose(spec->indicator, 0x80));
    put(image, length, at + 0x16, 2, 0);
    if (spec->revision >= 3)
        put(image, length, at + 0x18, 4, 0); /* configuration utility, DMTF CLP */
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

static void write_efi(uint8_t *image, size_t length, const struct rb_spec *spec)
{
    put(image, length, 0x02, 2, choose(spec->init_units, spec->length / 512));
    put(image, length, 0x04, 4, spec->efi_signature);
    put(image, length, 0x08, 2, spec->subsystem);
    put(image, length, 0x0a, 2, spec->machine);
    put(image, length, 0x0c, 2, spec->compression);
    put(image, length, 0x16, 2, spec->pe_at);
    if ((uint64_t)spec->pe_at + PE_SIZE <= length)
        write_pe(image + spec->pe_at, spec);
}

static int64_t init_units(const struct rb_spec *spec)
{
    int64_t units = spec->length / 512;

    return choose(spec->init_units, units > 255 ? 255 : units);
}

static void write_x86(uint8_t *image, size_t length, const struct rb_spec *spec)
{
    put(image, length, 0x02, 1, init_units(spec));
    put(image, length, 0x03, 1, 0xcb); /* far return */
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

static void write_openfirmware(uint8_t *image, size_t length)
{
    /* IEEE 1275: version1, format 8, checksum, length 9, end0. */
    static const char fcode[] = "\xfd\x08\x00\x00\x00\x00\x00\x09";

    put(image, length, 0x02, 2, 0x40); /* where it starts */
    memcpy(image + 0x40, fcode, sizeof(fcode));
}

static void write_image(uint8_t *image, const struct rb_spec *spec)
{
    size_t length = (size_t)spec->length;
    int x86 = spec->kind == RB_X86 || spec->kind == RB_ISA;

    memset(image, (int)spec->body, length);
    memset(image, 0, 0x1c);
    memcpy(image, "\x55\xaa", 2);
    if (x86)
        write_x86(image, length, spec);
    else if (spec->kind == RB_EFI)
        write_efi(image, length, spec);
    else if (spec->kind == RB_OPENFIRMWARE)
        write_openfirmware(image, length);
    if (spec->kind != RB_ISA)
        write_pcir(image, length, spec);
    else if (spec->pcir_pointer != RB_AUTO)
        put(image, length, 0x18, 2, spec->pcir_pointer);
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

/* Byte 6 takes over what the sum loses, so that a patch that was made meanwhile keeps its effect.
 */
static void unmark_last(struct rom_builder *rb)
{
    const struct rb_spec *spec = &rb->last;
    int64_t indicator = spec->pcir_at + 0x15;
    uint8_t *image;

    if (rb->images == 0 || spec->kind == RB_ISA || spec->indicator != RB_AUTO)
        return;
    check(rb->last_at + (size_t)spec->length <= rb->size, "an image behind one that was cut");
    image = rb->data + rb->last_at;
    image[indicator] &= 0x7f;
    if (spec->kind == RB_X86 && indicator < init_units(spec) * 512)
        image[6] = (uint8_t)(image[6] + 0x80);
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
