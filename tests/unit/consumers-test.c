/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rom/consumers: what each consumer is said to do, for ROMs in the words of tests/support. The real
 * SeaBIOS and OVMF are the judges in tests/integration/prospects-test.py.
 */
#include "rom/consumers.h"
#include "tests/support/rom-words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct reading {
    struct rt_rom_prospects prospects;
    const struct rt_rom_device *device;
    void (*change)(struct rt_rom_image *image); /* what the builder does not build */
    struct rt_rom rom;
};

static void see(void *user, const struct rt_rom_image *image)
{
    struct reading *reading = user;
    struct rt_rom_image changed = *image;

    if (reading->change != NULL)
        reading->change(&changed);
    rt_rom_prospects_add(&reading->prospects, &changed, reading->device);
}

static struct reading read_words(const char *words, const struct rt_rom_device *device,
                                 void (*change)(struct rt_rom_image *image))
{
    struct reading reading = {.device = device, .change = change};
    struct rom_builder rb = {0};

    rb_words(&rb, words);
    reading.prospects.file = (struct rt_bytes){rb.data, rb.size};
    assert_int_equal(rt_rom_read((struct rt_bytes){rb.data, rb.size}, 0, see, &reading, NULL,
                                 &reading.rom, NULL),
                     0);
    rb_free(&rb);
    return reading;
}

static struct rt_rom_answer ask(const struct reading *reading, enum rt_rom_consumer consumer)
{
    struct rt_rom_answer answer;
    size_t length;

    memset(&answer, 'x', sizeof(answer));
    rt_rom_answer(&reading->prospects, &reading->rom, consumer, &answer);
    length = strlen(answer.why);
    assert_true(length > 0 && length < sizeof(answer.why) - 1);
    assert_int_not_equal(answer.why[length - 1], '.');
    return answer;
}

static const struct rt_rom_device virtio = {0x1af4, 0x1000, false};
static const struct rt_rom_device other = {0x8086, 0x100e, false};
static const struct rt_rom_device other_default = {0x8086, 0x100e, true};
static const struct rt_rom_device same_sum = {0xf41a, 0x0010, true}; /* as 1af4:1000 */

struct expected {
    const char *words;
    const struct rt_rom_device *device;
    enum rt_rom_outcome outcome;
    const char *why;
};

static void expect_all(enum rt_rom_consumer consumer, const struct expected *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct reading reading = read_words(cases[i].words, cases[i].device, NULL);
        struct rt_rom_answer answer = ask(&reading, consumer);

        if (answer.outcome != cases[i].outcome || strcmp(answer.why, cases[i].why) != 0)
            fail_msg("%s: %s: %s", cases[i].words, rt_rom_outcome_name(answer.outcome), answer.why);
    }
}

static void test_seabios(void **state)
{
    static const struct expected cases[] = {
        {"x86", &virtio, RT_OUTCOME_LOADS, "runs image 0"},
        {"x86", NULL, RT_OUTCOME_LOADS, "runs image 0"},
        {"efi x86", &virtio, RT_OUTCOME_LOADS, "runs image 1"},
        {"x86", &other_default, RT_OUTCOME_LOADS, "runs image 0"},
        {"x86:device=0x1041 x86", &virtio, RT_OUTCOME_LOADS, "runs image 1"},
        {"x86", &other, RT_OUTCOME_SKIPS, "image 0: its ids are 1af4:1000, the device's 8086:100e"},
        /* only the first image is patched */
        {"efi x86", &other_default, RT_OUTCOME_SKIPS,
         "image 1: its ids are 1af4:1000, the device's 8086:100e"},
        {"x86:sum=1", &virtio, RT_OUTCOME_SKIPS, "image 0: its checksum is wrong"},
        /* the ids match, so it looks no further */
        {"x86:sum=1 x86", &virtio, RT_OUTCOME_SKIPS, "image 0: its checksum is wrong"},
        {"x86:init-units=0", &virtio, RT_OUTCOME_SKIPS, "image 0: its initialization size is 0"},
        {"x86:units=1", &virtio, RT_OUTCOME_LOADS, "runs image 0"},
        {"x86:units=1,sum=1", &virtio, RT_OUTCOME_SKIPS, "image 0: its checksum is wrong"},
        {"x86:units=1,init-units=3 patch:at=6,bytes=00", &virtio, RT_OUTCOME_SKIPS,
         "image 0: its checksum is wrong"},
        {"x86:length=4096,init-units=1,pcir-at=0x400", &other_default, RT_OUTCOME_SKIPS,
         "image 0: its checksum is wrong"},
        {"x86:length=4096,init-units=1,pcir-at=0x400", &virtio, RT_OUTCOME_LOADS, "runs image 0"},
        {"efi", &virtio, RT_OUTCOME_SKIPS, "there is no x86 image"},
        {"pad:to=4K", &virtio, RT_OUTCOME_SKIPS, "there is no x86 image"},
        {"isa", &virtio, RT_OUTCOME_SKIPS,
         "image 0: it is no image with 55 aa and PCIR, and ends the search"},
        {"efi:units=0,indicator=0 x86", &virtio, RT_OUTCOME_HANGS,
         "image 0 has length 0 and is not the last"},
        {"x86:units=0,indicator=0", &other, RT_OUTCOME_HANGS,
         "image 0 has length 0 and is not the last"},
        {"efi x86:units=0,indicator=0", &other, RT_OUTCOME_HANGS,
         "image 1 has length 0 and is not the last"},
        {"efi:units=0", &virtio, RT_OUTCOME_SKIPS, "there is no x86 image"},
    };

    (void)state;
    expect_all(RT_CONSUMER_SEABIOS, cases, COUNT(cases));
}

static void test_edk2(void **state)
{
    static const struct expected cases[] = {
        {"efi pad:to=4K", &virtio, RT_OUTCOME_LOADS, "starts the EFI driver in image 0"},
        {"efi pad:to=4K", &other, RT_OUTCOME_LOADS, "starts the EFI driver in image 0"},
        {"x86:sum=1 efi raw:bytes=00", NULL, RT_OUTCOME_LOADS, "starts the EFI driver in image 1"},
        {"efi:subsystem=0x0c pad:to=4K", NULL, RT_OUTCOME_LOADS,
         "starts the EFI driver in image 0"},
        {"efi:machine=0x14c efi pad:to=4K", NULL, RT_OUTCOME_LOADS,
         "starts the EFI driver in image 1"},
        {"efi:units=2,init-units=2,indicator=0 pad:to=4K", NULL, RT_OUTCOME_LOADS,
         "starts the EFI driver in image 0"},
        {"x86 efi", NULL, RT_OUTCOME_SKIPS, "a ROM BAR of 2048 bytes counts as none"},
        {"x86 pad:to=4K", NULL, RT_OUTCOME_SKIPS, "there is no EFI image"},
        {"isa pad:to=4K", NULL, RT_OUTCOME_SKIPS,
         "image 0: it is no image with 55 aa and PCIR, and ends the search"},
        {"efi:machine=0xaa64 pad:to=4K", NULL, RT_OUTCOME_SKIPS,
         "image 0: its program is for machine 0xaa64"},
        {"efi:subsystem=0x0a pad:to=4K", NULL, RT_OUTCOME_SKIPS,
         "image 0: its subsystem is 0x0a, no driver"},
        {"efi:compression=2 pad:to=4K", NULL, RT_OUTCOME_SKIPS,
         "image 0: its compression type is 2"},
        {"efi:init-units=3 pad:to=4K", NULL, RT_OUTCOME_SKIPS,
         "image 0: its initialization size is beyond its length"},
        {"efi:pe-at=0x400 pad:to=4K", NULL, RT_OUTCOME_SKIPS,
         "image 0: its program starts beyond its initialization size"},
        {"efi:efi-signature=0x60ef1 pad:to=4K", NULL, RT_OUTCOME_SKIPS,
         "image 0: its EFI signature is 0x00060ef1"},
        {"efi pad:to=4K", &other_default, RT_OUTCOME_SKIPS,
         "image 0: QEMU's id patch breaks its EFI signature"},
        {"efi pad:to=4K", &same_sum, RT_OUTCOME_LOADS, "starts the EFI driver in image 0"},
        {"x86 efi raw:bytes=00", &other_default, RT_OUTCOME_LOADS,
         "starts the EFI driver in image 1"},
        {"efi:pcir-at=0x2a,pe-at=0x50 pad:to=4K", NULL, RT_OUTCOME_SKIPS,
         "image 0: its PCIR is not at a multiple of 4, and ends the search"},
        {"efi:units=16 pad:to=4K", NULL, RT_OUTCOME_SKIPS,
         "image 0 goes beyond the ROM BAR of 4096 bytes"},
        {"efi:length=4096 cut:to=3K", NULL, RT_OUTCOME_LOADS, "starts the EFI driver in image 0"},
        {"efi:units=0,indicator=0 pad:to=4K", NULL, RT_OUTCOME_HANGS,
         "image 0 has length 0 and is not the last (since 2023 edk2 skips the ROM instead)"},
        {"efi x86:units=0,indicator=0 pad:to=4K", NULL, RT_OUTCOME_HANGS,
         "image 1 has length 0 and is not the last"},
        {"x86 efi:units=0 pad:to=4K", NULL, RT_OUTCOME_SKIPS, "image 1: its length is 0"},
    };

    (void)state;
    expect_all(RT_CONSUMER_EDK2, cases, COUNT(cases));
}

static void test_others(void **state)
{
    static const struct expected qemu[] = {
        {"x86", &virtio, RT_OUTCOME_LOADS, "into a slot of 1024 bytes, as it is"},
        {"x86 pad:to=3K", &other, RT_OUTCOME_LOADS, "into a slot of 4096 bytes, as it is"},
        {"x86 efi", &other_default, RT_OUTCOME_LOADS,
         "into a slot of 2048 bytes, with ids 8086:100e instead of 1af4:1000 and another byte 6"},
        {"x86 efi", &same_sum, RT_OUTCOME_LOADS,
         "into a slot of 2048 bytes, with ids f41a:0010 instead of 1af4:1000"},
        {"isa", &other_default, RT_OUTCOME_LOADS, "into a slot of 1024 bytes, as it is"},
        {"pad:to=4K", &other_default, RT_OUTCOME_LOADS, "into a slot of 4096 bytes, as it is"},
    };
    static const struct expected on_linux[] = {
        {"x86 efi pad:to=64K", &virtio, RT_OUTCOME_LOADS, "hands out 2048 bytes"},
        {"efi efi:units=0,indicator=0", &virtio, RT_OUTCOME_LOADS, "hands out 1024 bytes"},
        {"efi:units=16", &virtio, RT_OUTCOME_LOADS, "hands out 1024 bytes"},
        {"efi:units=0", &virtio, RT_OUTCOME_SKIPS,
         "finds no image with 55 aa, PCIR and a length: reading fails"},
        {"isa", &virtio, RT_OUTCOME_SKIPS,
         "finds no image with 55 aa, PCIR and a length: reading fails"},
        {"pad:to=4K", &virtio, RT_OUTCOME_SKIPS,
         "finds no image with 55 aa, PCIR and a length: reading fails"},
    };
    static const struct expected virtualbox[] = {
        {"x86", &other, RT_OUTCOME_LOADS, "as LanBootRom, in BIOS guests"},
        {"isa", &other, RT_OUTCOME_LOADS, "as LanBootRom, in BIOS guests"},
        {"x86 pad:to=57344", &virtio, RT_OUTCOME_LOADS, "as LanBootRom, in BIOS guests"},
        {"x86 pad:to=57345", &virtio, RT_OUTCOME_SKIPS,
         "57345 bytes, more than the 57344 of a LanBootRom: it silently runs its own"},
        {"efi x86", &virtio, RT_OUTCOME_SKIPS,
         "its BIOS runs only an x86 image with a good checksum, at the start"},
        {"x86:sum=1", &virtio, RT_OUTCOME_SKIPS,
         "its BIOS runs only an x86 image with a good checksum, at the start"},
    };

    (void)state;
    expect_all(RT_CONSUMER_QEMU, qemu, COUNT(qemu));
    expect_all(RT_CONSUMER_LINUX, on_linux, COUNT(on_linux));
    expect_all(RT_CONSUMER_VIRTUALBOX, virtualbox, COUNT(virtualbox));
}

/* ------------------------------------------------------------------------- not built */

static void preamble(struct rt_rom_image *image)
{
    image->offset = 512;
}

static void nvidia(struct rt_rom_image *image)
{
    image->signature = 0xbb77;
}

static void other_pe(struct rt_rom_image *image)
{
    image->efi.has_pe = true;
    image->efi.pe.machine = 0xaa64;
}

static void test_changed(void **state)
{
    static const char words[] = "x86 efi pad:to=4K";
    struct reading reading;

    (void)state;
    reading = read_words(words, &virtio, other_pe);
    assert_string_equal(ask(&reading, RT_CONSUMER_EDK2).why,
                        "image 1: its program is for machine 0xaa64");
    assert_false(reading.prospects.has_efi_x64);
    for (size_t i = 0; i < RT_CONSUMERS; i++) {
        reading = read_words(words, &virtio, preamble);
        if (i != RT_CONSUMER_QEMU)
            assert_int_equal(ask(&reading, (enum rt_rom_consumer)i).outcome, RT_OUTCOME_SKIPS);
        reading = read_words("x86", &virtio, nvidia);
        if (i != RT_CONSUMER_QEMU)
            assert_int_equal(ask(&reading, (enum rt_rom_consumer)i).outcome, RT_OUTCOME_SKIPS);
    }
}

/* ------------------------------------------------------------------------- $PnP */

struct pnp {
    uint8_t next_at, bcv, bev; /* their low bytes: enough */
};

/* An x86 image with these headers, at 0x60, 0x80 and 0xa0. */
static struct rt_rom_answer ask_pnp(const struct pnp pnp[3])
{
    struct reading reading = {.device = &virtio};
    struct rom_builder rb = {0};

    rb_words(&rb, "x86:body=0");
    rb.data[0x1a] = 0x60;
    for (size_t i = 0; i < 3; i++) {
        uint8_t *header = rb.data + 0x60 + 0x20 * i;

        memcpy(header, "$PnP", 4);
        header[0x06] = pnp[i].next_at;
        header[0x16] = pnp[i].bcv;
        header[0x1a] = pnp[i].bev;
    }
    for (size_t i = 0x60; i < 0xc0; i++)
        rb.data[6] = (uint8_t)(rb.data[6] - rb.data[i]);
    rb.data[6] = (uint8_t)(rb.data[6] - 0x60);
    reading.prospects.file = (struct rt_bytes){rb.data, rb.size};
    assert_int_equal(
        rt_rom_read(reading.prospects.file, 0, see, &reading, NULL, &reading.rom, NULL), 0);
    rb_free(&rb);
    return ask(&reading, RT_CONSUMER_SEABIOS);
}

static void test_pnp(void **state)
{
    static const struct {
        struct pnp pnp[3];
        bool hangs;
    } cases[] = {
        {{{0, 1, 0}}, false},
        {{{0x60, 1, 0}}, true},               /* its own next */
        {{{0x80, 1, 0}, {0x60, 1, 0}}, true}, /* two */
        {{{0x80, 1, 0}, {0xa0, 1, 0}, {0x80, 1, 0}}, true},
        {{{0x80, 1, 0}, {0xa0, 1, 0}, {0, 1, 0}}, false},
        {{{0x60, 1, 1}}, true},
        {{{0x60, 0, 1}}, true},
        {{{0x60, 0, 0}}, false}, /* no entry: the chain's end */
        {{{0x80, 1, 0}, {0x60, 0, 0}}, false},
        {{{0x80, 1, 0}, {0x60, 0, 1}}, true},
        {{{0x70, 1, 0}}, false}, /* no header there */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rt_rom_answer answer = ask_pnp(cases[i].pnp);

        if (answer.outcome != (cases[i].hangs ? RT_OUTCOME_HANGS : RT_OUTCOME_LOADS))
            fail_msg("%zu: %s", i, answer.why);
        if (cases[i].hangs)
            assert_string_equal(answer.why, "the $PnP headers of image 0 form a loop");
    }
}

/* A program that was looked at and could not be read will not start. */
static void test_unreadable_program(void **state)
{
    struct reading reading = {.prospects = {.payloads = true}};
    struct rt_rom_image image = {.declared = 1024,
                                 .length = 1024,
                                 .type = RT_ROM_EFI,
                                 .signature = 0xaa55,
                                 .has_pcir = true,
                                 .pcir_signature = 0x52494350,
                                 .pcir_at = 0x1c,
                                 .init_size = 1024,
                                 .last = true,
                                 .efi = {.signature = 0xef1, .machine = 0x8664, .subsystem = 0x0b}};

    (void)state;
    reading.rom.slot = 4096;
    rt_rom_prospects_add(&reading.prospects, &image, NULL);
    assert_string_equal(ask(&reading, RT_CONSUMER_EDK2).why, "image 0: its program cannot be read");
    reading.prospects = (struct rt_rom_prospects){.payloads = true};
    image.efi.has_pe = true;
    image.efi.pe.machine = 0x8664;
    image.efi.pe.subsystem = 0x0a;
    image.efi.machine = 0xaa64; /* the program's counts */
    rt_rom_prospects_add(&reading.prospects, &image, NULL);
    assert_int_equal(ask(&reading, RT_CONSUMER_EDK2).outcome, RT_OUTCOME_LOADS);
    reading.prospects = (struct rt_rom_prospects){.payloads = true};
    image.efi.pe.subsystem = 0x01;
    rt_rom_prospects_add(&reading.prospects, &image, NULL);
    assert_string_equal(ask(&reading, RT_CONSUMER_EDK2).why,
                        "image 0: its program's subsystem is 0x01");
}

static void test_composition(void **state)
{
    struct reading reading =
        read_words("x86 efi:machine=0x14c efi efi:machine=0x14c efi:machine=0xaa64", NULL, NULL);

    (void)state;
    assert_int_equal(reading.prospects.images, 5);
    assert_true(reading.prospects.has_x86);
    assert_true(reading.prospects.has_efi_x64);
    assert_int_equal(reading.prospects.n_efi_machines, 3);
    assert_int_equal(reading.prospects.efi_machines[0], 0x14c);
    assert_int_equal(reading.prospects.efi_machines[1], 0x8664);
    assert_int_equal(reading.prospects.efi_machines[2], 0xaa64);
    assert_false(reading.prospects.stopped);
    reading = read_words("openfirmware efi:machine=0xaa64", NULL, NULL);
    assert_false(reading.prospects.has_x86);
    assert_false(reading.prospects.has_efi_x64);
    assert_true(read_words("x86 efi cut:to=1500", NULL, NULL).prospects.stopped);
    assert_true(read_words("x86 efi:units=0", NULL, NULL).prospects.stopped);
}

/* More machines than there is room for. */
static void test_many_machines(void **state)
{
    char words[1000] = "";
    struct reading reading;

    (void)state;
    for (size_t i = 0; i < 2 * RT_ROM_EFI_MACHINES; i++)
        (void)snprintf(words + strlen(words), sizeof(words) - strlen(words), "efi:machine=%zu ",
                       i + 1);
    (void)snprintf(words + strlen(words), sizeof(words) - strlen(words), "efi");
    reading = read_words(words, NULL, NULL);
    assert_int_equal(reading.prospects.n_efi_machines, RT_ROM_EFI_MACHINES);
    assert_true(reading.prospects.has_efi_x64);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(rt_rom_consumer_name(RT_CONSUMER_SEABIOS), "SeaBIOS");
    assert_string_equal(rt_rom_consumer_name(RT_CONSUMER_VIRTUALBOX), "VirtualBox");
    assert_string_equal(rt_rom_outcome_name(RT_OUTCOME_LOADS), "loads");
    assert_string_equal(rt_rom_outcome_name(RT_OUTCOME_HANGS), "hangs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seabios),       cmocka_unit_test(test_edk2),
        cmocka_unit_test(test_others),        cmocka_unit_test(test_changed),
        cmocka_unit_test(test_composition),   cmocka_unit_test(test_unreadable_program),
        cmocka_unit_test(test_many_machines), cmocka_unit_test(test_names),
        cmocka_unit_test(test_pnp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
