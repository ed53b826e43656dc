/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rom/: what is read from ROM files of every shape. ROMs are given in the words of tests/support
 * ("mkrom --help"). Every call reads a heap copy of exactly the file's size, so that a sanitizer
 * sees the first byte beyond it, and every result is held against what must be true of any.
 */
#include "rom/rom.h"
#include "tests/support/rom-shapes.h"
#include "tests/support/rom-words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------------- what always holds */

struct seen {
    int ret;
    struct romtool_error err;
    struct rt_rom rom;
    size_t size; /* of the file */
    size_t images;
    struct rt_rom_image image[8]; /* the first of them */
    size_t end;                   /* of the newest */
    size_t findings;
    size_t errors; /* those of severity error */
    struct rt_finding finding[8];
};

static void see_image(void *user, const struct rt_rom_image *image)
{
    struct seen *seen = user;

    assert_int_equal(image->index, seen->images);
    if (seen->images == 0)
        seen->end = image->offset; /* behind a preamble */
    assert_int_equal(image->offset, seen->end);
    assert_true(image->length <= seen->size - image->offset);
    assert_true(image->has_pcir || (image->vendor | image->device) == 0);
    if (seen->images < COUNT(seen->image))
        seen->image[seen->images] = *image;
    seen->end = image->offset + image->length;
    seen->images++;
}

static void see_finding(void *user, const struct rt_finding *finding)
{
    struct seen *seen = user;
    size_t length = strlen(finding->text);

    assert_true(finding->offset <= seen->size);
    assert_true(length > 0 && length < sizeof(finding->text) - 1);
    assert_true(finding->text[length - 1] != '.');
    if (seen->findings < COUNT(seen->finding))
        seen->finding[seen->findings] = *finding;
    seen->findings++;
    seen->errors += finding->severity == RT_ERROR;
}

static struct seen see(const void *data, size_t size)
{
    struct seen seen = {.size = size, .err = {.code = ROMTOOL_E_INTERNAL}};
    struct rt_findings findings = {see_finding, &seen};
    uint8_t *copy = size > 0 ? malloc(size) : NULL;

    if (size > 0) {
        assert_non_null(copy);
        memcpy(copy, data, size);
    }
    seen.ret = rt_rom_read((struct rt_bytes){copy, size}, 0, see_image, &seen, &findings, &seen.rom,
                           &seen.err);
    free(copy);
    assert_int_equal(seen.ret, seen.err.code);
    assert_int_equal(seen.rom.images, seen.images);
    assert_int_equal(seen.rom.content_length, seen.end);
    if (seen.ret < 0) {
        assert_int_equal(seen.images + seen.findings, 0);
        return seen;
    }
    assert_int_equal(seen.rom.size, size);
    assert_true(seen.rom.slot >= size && seen.rom.slot / 2 < size);
    assert_true(rt_size_is_power_of_two(seen.rom.slot));
    return seen;
}

static struct seen see_words(const char *words)
{
    struct rom_builder rb = {0};
    struct seen seen;

    rb_words(&rb, words);
    seen = see(rb.data, rb.size);
    rb_free(&rb);
    return seen;
}

/* ------------------------------------------------------------------------- one shape, one name */

static void test_shape(void **state)
{
    const struct shape *shape = *state;
    struct seen seen = see_words(shape->words);
    size_t n = 0;

    assert_int_equal(seen.ret, 0);
    assert_int_equal(seen.images, shape->images);
    assert_int_equal(seen.rom.content_length, shape->content);
    assert_int_equal(seen.rom.fill, shape->fill);
    while (n < COUNT(shape->findings) && shape->findings[n].code != 0) {
        assert_true(n < seen.findings);
        assert_string_equal(romtool_error_name(seen.finding[n].code),
                            romtool_error_name(shape->findings[n].code));
        assert_int_equal(seen.finding[n].severity, shape->findings[n].severity);
        assert_int_equal(seen.finding[n].offset, shape->findings[n].offset);
        n++;
    }
    assert_int_equal(seen.findings, n);
}

static void test_refusal(void **state)
{
    const struct refusal *refusal = *state;
    struct seen seen = see_words(refusal->words);

    assert_string_equal(romtool_error_name(seen.ret), romtool_error_name(refusal->code));
    assert_true(seen.err.text[0] != '\0');
}

/* ------------------------------------------------------------------------- what is read */

static void expect_image(const struct rt_rom_image *image, enum rt_rom_type type, uint8_t code_type,
                         uint8_t revision, enum rt_rom_checksum checksum)
{
    assert_int_equal(image->type, type);
    assert_int_equal(image->code_type, code_type);
    assert_int_equal(image->revision, revision);
    assert_int_equal(image->checksum, checksum);
    assert_int_equal(image->has_pcir, true);
    assert_int_equal(image->vendor, 0x8086);
    assert_int_equal(image->device, 0x10d3);
    assert_int_equal(image->class_code, 0x0c0330);
}

static void test_fields(void **state)
{
    struct seen seen = see_words("x86:vendor=0x8086,device=0x10d3,class=0x0c0330 "
                                 "openfirmware:vendor=0x8086,device=0x10d3,class=0x0c0330 "
                                 "hppa:vendor=0x8086,device=0x10d3,class=0x0c0330 "
                                 "unknown:vendor=0x8086,device=0x10d3,class=0x0c0330 "
                                 "efi:vendor=0x8086,device=0x10d3,class=0x0c0330 pad:to=5000");

    (void)state;
    assert_int_equal(seen.images, 5);
    assert_int_equal(seen.findings, 0);
    expect_image(&seen.image[0], RT_ROM_X86, 0, 3, RT_ROM_CHECKSUM_OK);
    expect_image(&seen.image[1], RT_ROM_OPENFIRMWARE, 1, 0, RT_ROM_CHECKSUM_ABSENT);
    expect_image(&seen.image[2], RT_ROM_HPPA, 2, 0, RT_ROM_CHECKSUM_ABSENT);
    expect_image(&seen.image[3], RT_ROM_UNKNOWN, 0xff, 0, RT_ROM_CHECKSUM_ABSENT);
    expect_image(&seen.image[4], RT_ROM_EFI, 3, 0, RT_ROM_CHECKSUM_ABSENT);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(seen.image[i].last, i == 4);
    assert_int_equal(seen.image[4].offset, 1024 + 3 * 512);
    assert_int_equal(seen.image[4].length, 1024);
    assert_int_equal(seen.rom.slot, 8192);
    assert_int_equal(seen.rom.fill, 0x00);
}

static void test_isa_fields(void **state)
{
    struct seen seen = see_words("isa:length=1536");

    (void)state;
    assert_int_equal(seen.images, 1);
    assert_int_equal(seen.image[0].type, RT_ROM_X86);
    assert_int_equal(seen.image[0].length, 1536);
    assert_int_equal(seen.image[0].has_pcir, false);
    assert_int_equal(seen.image[0].last, true);
    assert_int_equal(seen.image[0].checksum, RT_ROM_CHECKSUM_OK);
}

/* What could not be summed must not pass as good. */
static void test_checksum_states(void **state)
{
    (void)state;
    assert_int_equal(see_words("x86:sum=1").image[0].checksum, RT_ROM_CHECKSUM_BAD);
    assert_int_equal(see_words("x86:init-units=0").image[0].checksum, RT_ROM_CHECKSUM_BAD);
    assert_int_equal(see_words("x86:init-units=3").image[0].checksum, RT_ROM_CHECKSUM_BAD);
    assert_int_equal(see_words("x86 cut:to=1023").image[0].checksum, RT_ROM_CHECKSUM_BAD);
    assert_int_equal(see_words("x86:init-units=1 cut:to=600").image[0].checksum,
                     RT_ROM_CHECKSUM_OK);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(rt_rom_type_name(RT_ROM_X86), "x86");
    assert_string_equal(rt_rom_type_name(RT_ROM_OPENFIRMWARE), "openfirmware");
    assert_string_equal(rt_rom_type_name(RT_ROM_HPPA), "hppa");
    assert_string_equal(rt_rom_type_name(RT_ROM_EFI), "efi");
    assert_string_equal(rt_rom_type_name(RT_ROM_UNKNOWN), "unknown");
    assert_string_equal(rt_rom_checksum_name(RT_ROM_CHECKSUM_ABSENT), "absent");
    assert_string_equal(rt_rom_checksum_name(RT_ROM_CHECKSUM_OK), "ok");
    assert_string_equal(rt_rom_checksum_name(RT_ROM_CHECKSUM_BAD), "bad");
}

/* An image without a readable code type is called by what its header shows. */
static void test_types_of_cut_images(void **state)
{
    (void)state;
    assert_int_equal(see_words("x86 cut:to=0x30").image[0].type, RT_ROM_UNKNOWN);
    assert_int_equal(see_words("efi cut:to=0x30").image[0].type, RT_ROM_EFI);
    assert_int_equal(see_words("x86 efi cut:to=1026").image[1].type, RT_ROM_UNKNOWN);
}

static void expect_sentence(const char *words, const char *text)
{
    assert_string_equal(see_words(words).finding[0].text, text);
}

/* Where one code covers several cases, the sentence tells them apart. */
static void test_sentences(void **state)
{
    (void)state;
    expect_sentence("x86 raw:bytes=0001", "2 bytes behind the last image are not fill");
    expect_sentence("x86:indicator=0x80 pad:to=2K efi efi",
                    "what looks like an image starts behind the last one, where no firmware finds "
                    "it (1 of 2)");
    expect_sentence("x86 pad:to=2K,fill=0x5a",
                    "1024 bytes behind the last image are all 0x5a, neither 0x00 nor 0xff");
    expect_sentence("x86 efi cut:to=1500",
                    "the file ends 476 bytes into image 1, which declares 1024: a cut dump");
    expect_sentence(
        "x86 efi cut:to=1030",
        "the file ends 6 bytes into image 1, before its PCI data structure: a cut dump");
}

/* Callbacks and the error object are the caller's choice, the result is the same. */
static void test_nothing_but_the_result(void **state)
{
    struct rom_builder rb = {0};
    struct rt_rom rom;

    (void)state;
    rb_words(&rb, "x86:sum=1 efi pad:to=4K");
    assert_int_equal(
        rt_rom_read((struct rt_bytes){rb.data, rb.size}, 0, NULL, NULL, NULL, &rom, NULL), 0);
    assert_int_equal(rom.images, 2);
    assert_int_equal(rom.content_length, 2048);
    memset(&rom, 0x55, sizeof(rom));
    assert_int_equal(rt_rom_read((struct rt_bytes){NULL, 0}, 0, NULL, NULL, NULL, &rom, NULL),
                     ROMTOOL_E_EMPTY);
    assert_int_equal(rom.size + rom.content_length + rom.slot + rom.images, 0);
    assert_int_equal(rom.fill, -1);
    rb_free(&rb);
}

/* ------------------------------------------------------------------------- hostile bytes */

static void test_every_truncation(void **state)
{
    struct rom_builder rb = {0};

    (void)state;
    rb_words(&rb, "x86 efi pad:to=2100");
    for (size_t n = 2; n <= rb.size; n++) {
        struct seen seen = see(rb.data, n);

        assert_int_equal(seen.ret, 0);
        assert_int_equal(seen.rom.content_length, n < 2048 ? n : 2048);
        assert_int_equal(seen.errors, n < 2048);
        if (n < 2048)
            assert_int_equal(seen.finding[0].code,
                             n == 1024 ? ROMTOOL_E_NO_LAST_IMAGE : ROMTOOL_E_TRUNCATED);
    }
    rb_free(&rb);
}

/* The offset of the code type in the first image: another one need not have a checksum. */
enum { CODE_TYPE_AT = 0x1c + 0x14 };

static void test_every_bit_flip(void **state)
{
    struct rom_builder rb = {0};

    (void)state;
    rb_words(&rb, "x86 efi pad:to=2100");
    for (size_t bit = 0; bit < 8 * 2048; bit++) {
        size_t at = bit / 8;
        struct seen seen;

        rb.data[at] ^= (uint8_t)(1U << bit % 8);
        seen = see(rb.data, rb.size);
        rb.data[at] ^= (uint8_t)(1U << bit % 8);
        assert_int_equal(seen.ret, at < 2 ? ROMTOOL_E_NOT_A_ROM : 0);
        /* The first image has a checksum, so nothing in it changes unnoticed. */
        if (at >= 2 && at < 1024 && at != CODE_TYPE_AT)
            assert_true(seen.errors > 0);
        if (at >= 1024)
            assert_int_equal(seen.image[0].checksum, RT_ROM_CHECKSUM_OK);
    }
    rb_free(&rb);
}

static void test_20000_images(void **state)
{
    struct seen seen = see_words("x86:length=512,count=20000 pad:to=10240100");

    (void)state;
    assert_int_equal(seen.images, 20000);
    assert_int_equal(seen.findings, 0);
    assert_int_equal(seen.rom.content_length, 20000 * 512);
}

/* Each claims 127.5 KiB for its checksum: summed, that would be 8 GiB. */
static void test_checksums_do_not_overlap(void **state)
{
    struct seen seen = see_words("x86:length=512,init-units=255,count=65536");

    (void)state;
    assert_int_equal(seen.images, 65536);
    assert_int_equal(seen.errors, 65536);
    assert_int_equal(seen.finding[0].code, ROMTOOL_E_BAD_LENGTH);
}

static void test_zero_length_chain(void **state)
{
    struct seen seen = see_words("unknown:units=0,indicator=0,count=20000");

    (void)state;
    assert_int_equal(seen.images, 1);
    assert_int_equal(seen.findings, 1);
    assert_int_equal(seen.finding[0].code, ROMTOOL_E_BAD_LENGTH);
}

static void test_largest_image(void **state)
{
    struct seen seen = see_words("unknown:length=33553920 pad:to=64M,fill=0xff");

    (void)state;
    assert_int_equal(seen.findings, 0);
    assert_int_equal(seen.rom.content_length, 65535 * 512);
    assert_int_equal(seen.rom.slot, ROMTOOL_SLOT_MAX);
    assert_int_equal(seen.rom.fill, 0xff);
}

/* ------------------------------------------------------------------------- ROMs that are shipped
 */

struct shipped_image {
    size_t length;
    uint16_t vendor;
    uint16_t device;
};

struct shipped {
    const char *path;
    uint32_t class_code;            /* 0: an ISA ROM */
    struct shipped_image images[2]; /* x86, then EFI where there is one */
};

#define IPXE    "/usr/lib/ipxe/qemu/"
#define SEABIOS "/usr/share/seabios/"
#define QEMU    "/usr/share/qemu/"

/* Debian bookworm: ipxe-qemu 1.0.0+git-20190125.36a4c85-5.1, seabios 1.16.2-1, qemu 7.2. */
static const struct shipped shipped[] = {
    {IPXE "efi-e1000.rom", 0x020000, {{75264, 0x8086, 0x100e}, {174592, 0x8086, 0x100e}}},
    {IPXE "efi-e1000e.rom", 0x020000, {{75264, 0x8086, 0x10d3}, {174592, 0x8086, 0x10d3}}},
    {IPXE "efi-eepro100.rom", 0x020000, {{75264, 0x8086, 0x1229}, {172544, 0x8086, 0x1229}}},
    {IPXE "efi-ne2k_pci.rom", 0x020000, {{74752, 0x0000, 0x0000}, {171008, 0xfff3, 0x0000}}},
    {IPXE "efi-pcnet.rom", 0x020000, {{74752, 0x1022, 0x2000}, {171520, 0x1022, 0x2000}}},
    {IPXE "efi-rtl8139.rom", 0x020000, {{75776, 0x10ec, 0x8139}, {174080, 0x10ec, 0x8139}}},
    {IPXE "efi-virtio.rom", 0x020000, {{75776, 0x1af4, 0x1041}, {173568, 0x1af4, 0x1041}}},
    {IPXE "efi-vmxnet3.rom", 0x020000, {{74240, 0x15ad, 0x07b0}, {169472, 0x15ad, 0x07b0}}},
    {IPXE "pxe-e1000.rom", 0x020000, {{75264, 0x8086, 0x100e}}},
    {IPXE "pxe-e1000e.rom", 0x020000, {{75264, 0x8086, 0x10d3}}},
    {IPXE "pxe-eepro100.rom", 0x020000, {{75264, 0x8086, 0x1229}}},
    {IPXE "pxe-ne2k_pci.rom", 0x020000, {{74752, 0x0000, 0x0000}}},
    {IPXE "pxe-pcnet.rom", 0x020000, {{74752, 0x1022, 0x2000}}},
    {IPXE "pxe-rtl8139.rom", 0x020000, {{75776, 0x10ec, 0x8139}}},
    {IPXE "pxe-virtio.rom", 0x020000, {{75776, 0x1af4, 0x1041}}},
    {IPXE "pxe-vmxnet3.rom", 0x020000, {{74240, 0x15ad, 0x07b0}}},
    {SEABIOS "vgabios-ati.bin", 0x030000, {{39936, 0x1002, 0x5159}}},
    {SEABIOS "vgabios-bochs-display.bin", 0x030000, {{28672, 0x1234, 0x1111}}},
    {SEABIOS "vgabios-cirrus.bin", 0x030000, {{39424, 0x1013, 0x00b8}}},
    {SEABIOS "vgabios-isavga.bin", 0, {{39424, 0, 0}}},
    {SEABIOS "vgabios-qxl.bin", 0x030000, {{39936, 0x1b36, 0x0100}}},
    {SEABIOS "vgabios-ramfb.bin", 0, {{29184, 0, 0}}},
    {SEABIOS "vgabios-stdvga.bin", 0x030000, {{39936, 0x1234, 0x1111}}},
    {SEABIOS "vgabios-virtio.bin", 0x030000, {{39936, 0x1af4, 0x1050}}},
    {SEABIOS "vgabios-vmware.bin", 0x030000, {{39936, 0x15ad, 0x0405}}},
    {QEMU "kvmvapic.bin", 0, {{9216, 0, 0}}},
    {QEMU "linuxboot.bin", 0, {{1024, 0, 0}}},
    {QEMU "linuxboot_dma.bin", 0, {{1536, 0, 0}}},
    {QEMU "multiboot.bin", 0, {{1024, 0, 0}}},
    {QEMU "multiboot_dma.bin", 0, {{1024, 0, 0}}},
    {QEMU "pvh.bin", 0, {{1536, 0, 0}}},
    {QEMU "sgabios.bin", 0, {{4096, 0, 0}}},
};

/* Reads a whole file; 0 where there is none. */
static size_t slurp(const char *path, uint8_t *ret, size_t capacity)
{
    FILE *f = fopen(path, "rb");
    size_t n;

    if (f == NULL)
        return 0;
    n = fread(ret, 1, capacity, f);
    fclose(f);
    return n;
}

static void test_shipped(void **state)
{
    static uint8_t data[1 << 20];
    const struct shipped *rom = *state;
    size_t n_images = rom->images[1].length > 0 ? 2 : 1;
    size_t size = slurp(rom->path, data, sizeof(data));
    struct seen seen;

    if (size != rom->images[0].length + rom->images[1].length)
        skip(); /* not installed, or another version */
    seen = see(data, size);
    assert_int_equal(seen.ret, 0);
    assert_int_equal(seen.images, n_images);
    for (size_t i = 0; i < n_images; i++) {
        assert_int_equal(seen.image[i].type, i == 0 ? RT_ROM_X86 : RT_ROM_EFI);
        assert_int_equal(seen.image[i].length, rom->images[i].length);
        assert_int_equal(seen.image[i].vendor, rom->images[i].vendor);
        assert_int_equal(seen.image[i].device, rom->images[i].device);
        assert_int_equal(seen.image[i].class_code, rom->class_code);
        assert_int_equal(seen.image[i].last, i == n_images - 1);
    }
    assert_int_equal(seen.image[0].checksum, RT_ROM_CHECKSUM_OK);
    assert_int_equal(seen.findings, rom->class_code == 0 ? 1 : 0);
    if (rom->class_code == 0)
        assert_int_equal(seen.finding[0].code, ROMTOOL_E_NO_PCIR);
}

/* ------------------------------------------------------------------------- all of them */

static const struct CMUnitTest others[] = {
    cmocka_unit_test(test_fields),
    cmocka_unit_test(test_isa_fields),
    cmocka_unit_test(test_checksum_states),
    cmocka_unit_test(test_types_of_cut_images),
    cmocka_unit_test(test_sentences),
    cmocka_unit_test(test_names),
    cmocka_unit_test(test_nothing_but_the_result),
    cmocka_unit_test(test_every_truncation),
    cmocka_unit_test(test_every_bit_flip),
    cmocka_unit_test(test_20000_images),
    cmocka_unit_test(test_checksums_do_not_overlap),
    cmocka_unit_test(test_zero_length_chain),
    cmocka_unit_test(test_largest_image),
};

int main(void)
{
    struct CMUnitTest tests[COUNT(shapes) + COUNT(refusals) + COUNT(shipped) + COUNT(others)];
    struct CMUnitTest *test = tests;

    for (size_t i = 0; i < COUNT(shapes); i++)
        *test++ = (struct CMUnitTest){shapes[i].name, test_shape, NULL, NULL, (void *)&shapes[i]};
    for (size_t i = 0; i < COUNT(refusals); i++)
        *test++ =
            (struct CMUnitTest){refusals[i].name, test_refusal, NULL, NULL, (void *)&refusals[i]};
    for (size_t i = 0; i < COUNT(shipped); i++)
        *test++ =
            (struct CMUnitTest){shipped[i].path, test_shipped, NULL, NULL, (void *)&shipped[i]};
    memcpy(test, others, sizeof(others));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
