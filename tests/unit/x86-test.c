/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rom/: the values that are read from a PCIR, from NVIDIA's extension and from the structures of an
 * x86 image, and that hostile chains of them cost no more than their bytes. What is reported about
 * them: tests/support/rom-shapes.h.
 */
#include "rom/rom.h"
#include "tests/support/rom-words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct seen {
    struct rom_builder file;
    struct rt_rom rom;
    struct rt_rom_image image[4]; /* the first of them */
    size_t images;
    size_t findings;
};

static void see_image(void *user, const struct rt_rom_image *image)
{
    struct seen *seen = user;

    if (seen->images < COUNT(seen->image))
        seen->image[seen->images] = *image;
    seen->images++;
}

static void see_finding(void *user, const struct rt_finding *finding)
{
    struct seen *seen = user;

    (void)finding;
    seen->findings++;
}

/* The caller frees seen.file. */
static struct seen see_file(struct rom_builder file)
{
    struct seen seen = {.file = file};
    struct rt_findings findings = {see_finding, &seen};

    assert_int_equal(rt_rom_read((struct rt_bytes){file.data, file.size}, 0, see_image, &seen,
                                 &findings, &seen.rom, NULL),
                     0);
    return seen;
}

static struct seen see(const char *words)
{
    struct rom_builder file = {0};

    rb_words(&file, words);
    return see_file(file);
}

static struct rt_bytes bytes_of(const struct seen *seen, size_t i)
{
    struct rt_bytes bytes;

    assert_true(rt_bytes_slice((struct rt_bytes){seen->file.data, seen->file.size},
                               seen->image[i].offset, seen->image[i].length, &bytes));
    return bytes;
}

/* ------------------------------------------------------------------------- PCIR */

static void test_pcir_3(void **state)
{
    struct seen seen = see("efi x86:vendor=0x8086,device=0x10d3,config-utility=0x201,clp=0x202,"
                           "runtime-units=1,indicator=0x81,init-units=1");
    const struct rt_rom_image *image = &seen.image[1];

    (void)state;
    assert_int_equal(seen.findings, 0);
    assert_int_equal(image->signature, 0xaa55);
    assert_int_equal(image->init_size, 512);
    assert_int_equal(image->pcir_at, 0x1c);
    assert_int_equal(image->pcir_signature, 0x52494350);
    assert_int_equal(image->pcir_size, 0x1c);
    assert_int_equal(image->code_revision, 1);
    assert_int_equal(image->indicator, 0x81);
    assert_int_equal(image->runtime_length, 512);
    assert_int_equal(image->config_utility, 0x201);
    assert_int_equal(image->clp, 0x202);
    assert_int_equal(image->vpd, 0);
    assert_int_equal(image->device_list_at, 0);
    assert_int_equal(image->npde_at, 0);
    rb_free(&seen.file);
}

/* What only revision 3 has is not read from a structure that is older, or shorter. */
static void test_pcir_0(void **state)
{
    struct seen seen = see("x86:revision=0,vpd=0x123,init-units=1 "
                           "x86:pcir-size=0x18,runtime-units=2,config-utility=0x201,clp=0x202");
    const struct rt_rom_image *image = &seen.image[0];

    (void)state;
    assert_int_equal(seen.findings, 1);
    assert_int_equal(image->vpd, 0x123);
    assert_int_equal(image->pcir_size, 0x18);
    assert_int_equal(image->runtime_length, 0);
    assert_int_equal(image->config_utility | image->clp, 0);
    assert_int_equal(image->device_list_n, 0);
    assert_int_equal(seen.image[1].runtime_length, 1024);
    assert_int_equal(seen.image[1].config_utility | seen.image[1].clp, 0);
    rb_free(&seen.file);
}

static void test_device_list(void **state)
{
    struct seen seen = see("efi x86:device=0x1000,devices=3 x86:devices=1,device-list-end=1");
    uint16_t id = 7;

    (void)state;
    assert_int_equal(seen.image[1].device_list_at, 0x140);
    assert_int_equal(seen.image[1].device_list_n, 3);
    for (uint16_t i = 0; i < 3; i++) {
        assert_true(rt_rom_device_id(bytes_of(&seen, 1), &seen.image[1], i, &id));
        assert_int_equal(id, 0x1001 + i);
    }
    assert_false(rt_rom_device_id(bytes_of(&seen, 1), &seen.image[1], 3, &id));
    assert_int_equal(id, 0);
    /* One that does not end is none. */
    assert_int_equal(seen.image[2].device_list_n, 0);
    assert_int_equal(seen.image[2].device_list_at, 0);
    assert_false(rt_rom_device_id(bytes_of(&seen, 2), &seen.image[2], 0, &id));
    rb_free(&seen.file);
}

static void test_efi(void **state)
{
    struct seen seen =
        see("efi:length=2K,init-units=3,machine=0xaa64,subsystem=0x0c efi:init-units=3 "
            "efi cut:to=4000");

    (void)state;
    assert_int_equal(seen.image[0].init_size, 1536);
    assert_int_equal(seen.image[0].efi.machine, 0xaa64);
    assert_int_equal(seen.image[0].efi.subsystem, 0x0c);
    assert_int_equal(seen.image[0].efi.compression, 0);
    assert_int_equal(seen.image[0].efi.at, 0x38);
    assert_int_equal(seen.image[0].efi.length, 1536 - 0x38);
    /* Never more than the image has, nor the file. */
    assert_int_equal(seen.image[1].efi.length, 1024 - 0x38);
    assert_int_equal(seen.image[2].length, 4000 - 3072);
    assert_int_equal(seen.image[2].efi.length, 4000 - 3072 - 0x38);
    rb_free(&seen.file);
}

/* ------------------------------------------------------------------------- NVIDIA */

static void test_npde(void **state)
{
    struct seen seen = see("raw:bytes=4e564749 pad:to=1536 "
                           "x86:vendor=0x10de,npde=1,units=1,indicator=0x80 "
                           "unknown:signature=0xbb77,pcir-signature=0x5344504e,code-type=0xe0");

    (void)state;
    assert_int_equal(seen.rom.preamble, 1536);
    assert_int_equal(seen.rom.images, 2);
    assert_int_equal(seen.rom.content_length, 1536 + 1024 + 512);
    /* The PCIR says the last, and 512 bytes. */
    assert_int_equal(seen.image[0].offset, 1536);
    assert_int_equal(seen.image[0].length, 1024);
    assert_int_equal(seen.image[0].npde_at, 0x40);
    assert_int_equal(seen.image[0].npde_length, 1024);
    assert_int_equal(seen.image[0].indicator, 0x80);
    assert_false(seen.image[0].last);
    assert_int_equal(seen.image[1].signature, 0xbb77);
    assert_int_equal(seen.image[1].pcir_signature, 0x5344504e);
    assert_int_equal(seen.image[1].code_type, 0xe0);
    assert_int_equal(seen.image[1].npde_at, 0);
    assert_true(seen.image[1].last);
    rb_free(&seen.file);
}

/* A shorter one states the length, but not whether the image is the last. */
static void test_npde_without_last(void **state)
{
    struct seen seen = see("x86:vendor=0x10de,npde=1,npde-size=0x0a,npde-last=0,units=1");

    (void)state;
    assert_int_equal(seen.image[0].length, 1024);
    assert_true(seen.image[0].last);
    rb_free(&seen.file);
}

/* Firmware does not know it: what another vendor's ROM has there changes nothing. */
static void test_npde_of_others(void **state)
{
    struct seen seen = see("x86:npde=1,npde-units=1,npde-last=0");

    (void)state;
    assert_int_equal(seen.image[0].length, 1024);
    assert_int_equal(seen.image[0].npde_at | seen.image[0].npde_length, 0);
    assert_true(seen.image[0].last);
    rb_free(&seen.file);
}

/* ------------------------------------------------------------------------- x86 */

static void expect_text(const struct seen *seen, size_t at, const char *text)
{
    assert_true(rt_bytes_equal_at(bytes_of(seen, 0), at, text, strlen(text) + 1));
}

static void test_pnp(void **state)
{
    struct seen seen = see("x86:pnp=2,pnp-bcv=0x11,pnp-dv=0x22,pnp-bev=0x33,pnp-type=0x030201");
    const struct rt_rom_x86 *x86 = &seen.image[0].x86;
    struct rt_rom_pnp second;

    (void)state;
    assert_int_equal(seen.findings, 0);
    assert_int_equal(x86->pnp_headers, 2);
    assert_false(x86->pnp_loops);
    assert_int_equal(x86->pnp.at, 0x60);
    assert_int_equal(x86->pnp.revision, 1);
    assert_int_equal(x86->pnp.length, 32);
    assert_int_equal(x86->pnp.next_at, 0x80);
    assert_int_equal(x86->pnp.device_id, 0x01020304);
    assert_int_equal(x86->pnp.device_type[0], 1);
    assert_int_equal(x86->pnp.device_type[1], 2);
    assert_int_equal(x86->pnp.device_type[2], 3);
    assert_int_equal(x86->pnp.indicators, 0xf4);
    assert_int_equal(x86->pnp.bcv, 0x11);
    assert_int_equal(x86->pnp.dv, 0x22);
    assert_int_equal(x86->pnp.bev, 0x33);
    assert_int_equal(x86->pnp.srv, 0);
    expect_text(&seen, x86->pnp.manufacturer_at, "Example Ltd");
    expect_text(&seen, x86->pnp.product_at, "Boot");
    assert_true(rt_rom_pnp_read(bytes_of(&seen, 0), x86->pnp.next_at, &second));
    assert_int_equal(second.device_id, 0x01020305);
    assert_int_equal(second.next_at, 0);
    assert_false(rt_rom_pnp_read(bytes_of(&seen, 0), 0, &second));
    assert_false(rt_rom_pnp_read(bytes_of(&seen, 0), 0x61, &second));
    assert_int_equal(second.device_id, 0);
    rb_free(&seen.file);
}

static void test_pnp_strings_that_do_not_end(void **state)
{
    struct seen seen = see("x86:pnp=1,pnp-manufacturer=0x3f0,pnp-product=0x400");

    (void)state;
    assert_int_equal(seen.findings, 2);
    assert_int_equal(seen.image[0].x86.pnp.manufacturer_at, 0);
    assert_int_equal(seen.image[0].x86.pnp.product_at, 0);
    rb_free(&seen.file);
}

static void expect_loop(const char *words, size_t headers)
{
    struct seen seen = see(words);

    assert_true(seen.image[0].x86.pnp_loops);
    assert_int_equal(seen.image[0].x86.pnp_headers, headers);
    assert_int_equal(seen.findings, 1);
    rb_free(&seen.file);
}

/* Each header once, wherever the chain comes back to. */
static void test_pnp_loops(void **state)
{
    (void)state;
    expect_loop("x86:pnp=1,pnp-next=0x60", 1);
    expect_loop("x86:pnp=2,pnp-next=0x60", 2);
    expect_loop("x86:pnp=2,pnp-next=0x80", 2);
    expect_loop("x86:length=4K,pnp=100,pnp-next=0x60", 100);
    expect_loop("x86:length=4K,pnp=100,pnp-next=0x80", 100);
    expect_loop("x86:length=4K,pnp=100,pnp-next=0xcc0", 100);
    expect_loop("x86:length=4K,pnp=99,pnp-next=0x660", 99);
}

static void test_undi_and_ipxe(void **state)
{
    struct seen seen = see("x86:length=2K,undi=0x100,ipxe=0x200,ipxe-shrunk=3,bofm=0x321");
    const struct rt_rom_x86 *x86 = &seen.image[0].x86;

    (void)state;
    assert_int_equal(seen.findings, 0);
    assert_int_equal(x86->undi.at, 0x100);
    assert_int_equal(x86->undi.struct_revision, 0);
    assert_int_equal(x86->undi.version[0], 2);
    assert_int_equal(x86->undi.version[1], 1);
    assert_int_equal(x86->undi.version[2], 0);
    assert_int_equal(x86->undi.loader_at, 0x30);
    assert_int_equal(x86->undi.stack_size, 0x1000);
    assert_int_equal(x86->undi.data_size, 0x2000);
    assert_int_equal(x86->undi.code_size, 0x3000);
    assert_string_equal(x86->undi.bus_type, "PCIR");
    assert_int_equal(x86->ipxe.at, 0x200);
    assert_int_equal(x86->ipxe.shrunk_length, 3 * 512);
    assert_int_equal(x86->ipxe.build_id, 0xcafe0123);
    assert_int_equal(x86->bofm_at, 0x321);
    rb_free(&seen.file);
}

/* Without iPXE's header the bytes are the ROM's own. */
static void test_bofm_is_ipxes(void **state)
{
    struct seen seen = see("x86:bofm=0x321,undi-pointer=0x200,ipxe-pointer=0x300");

    (void)state;
    assert_int_equal(seen.image[0].x86.bofm_at, 0);
    assert_int_equal(seen.image[0].x86.undi.at, 0);
    assert_int_equal(seen.image[0].x86.ipxe.at, 0);
    assert_int_equal(seen.image[0].x86.pnp.at, 0);
    rb_free(&seen.file);
}

static void test_unprintable_bus_type(void **state)
{
    struct seen seen = see("isa:undi=0x100 patch:at=0x112,bytes=1b5b7fff");

    (void)state;
    assert_string_equal(seen.image[0].x86.undi.bus_type, "?[??");
    rb_free(&seen.file);
}

/* ------------------------------------------------------------------------- hostile chains */

static double seconds_of(struct rom_builder *file, size_t *ret_findings)
{
    clock_t start = clock();
    struct seen seen = see_file(*file);

    *ret_findings = seen.findings;
    rb_free(&seen.file);
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

/*
 * 64 KiB of headers that overlap, each 8 bytes behind another, in each of 1000 images. Taken one by
 * one for each header, their checksums would be 32 GiB.
 */
static void test_dense_chains(void **state)
{
    struct rom_builder file = {0};
    size_t findings;

    (void)state;
    rb_words(&file, "x86:length=65024,count=1000");
    for (size_t image = 0; image < 1000; image++) {
        uint8_t *at = file.data + 65024 * image;

        at[0x1a] = 0x40;
        at[0x1b] = 0;
        for (size_t i = 0x40; i + 0x40 < 65024; i += 8) {
            memcpy(at + i, "$PnP\x01\xff", 6);
            at[i + 6] = (uint8_t)(i + 8);
            at[i + 7] = (uint8_t)((i + 8) >> 8);
        }
    }
    assert_true(seconds_of(&file, &findings) < 30);
    assert_true(findings >= 1000);
}

/* An image without a 0 in it, and a list that would end in another. */
static void test_lists_without_end(void **state)
{
    struct rom_builder file = {0};
    size_t findings;

    (void)state;
    rb_words(&file, "x86:length=512,device-list=0x100,count=100000 pad:to=64M");
    assert_true(seconds_of(&file, &findings) < 30);
    assert_int_equal(findings, 100000);
}

static void test_decoys_everywhere(void **state)
{
    struct rom_builder file = {0};
    size_t findings;

    (void)state;
    rb_words(&file, "unknown:units=65535 unknown:indicator=0x80,count=131071");
    assert_true(seconds_of(&file, &findings) < 30);
    assert_int_equal(findings, 2); /* a decoy, and a hidden image: the first of many each */
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_pcir_3),
    cmocka_unit_test(test_pcir_0),
    cmocka_unit_test(test_device_list),
    cmocka_unit_test(test_efi),
    cmocka_unit_test(test_npde),
    cmocka_unit_test(test_npde_without_last),
    cmocka_unit_test(test_npde_of_others),
    cmocka_unit_test(test_pnp),
    cmocka_unit_test(test_pnp_strings_that_do_not_end),
    cmocka_unit_test(test_pnp_loops),
    cmocka_unit_test(test_undi_and_ipxe),
    cmocka_unit_test(test_bofm_is_ipxes),
    cmocka_unit_test(test_unprintable_bus_type),
    cmocka_unit_test(test_dense_chains),
    cmocka_unit_test(test_lists_without_end),
    cmocka_unit_test(test_decoys_everywhere),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
