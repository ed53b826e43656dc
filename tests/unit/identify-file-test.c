/* SPDX-License-Identifier: BSD-2-Clause */
/* verify/identify: a guest's ROM against files that are at hand, and what is no ROM at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/failing.h"
#include "tests/unit/identify-ground.h"

/* ------------------------------------------------------------------------- by a file */

static void test_file(void **state)
{
    static const struct {
        const char *words;
        bool patched;
    } cases[] = {
        {"x86", true},
        {"efi efi", true},
        {"x86 pad:to=3000,fill=0xff", true},
        {"x86 pad:to=2K", true},
        {"isa", false},
        {"raw:bytes=010203", false},
        {"x86:pcir-at=0x40 efi", true},
        {"x86 cut:to=0x25", true},
        {"x86 cut:to=0x24", false},
        {"pad:to=2K,fill=0xff", false},
        /* where the patch overwrites what it was found by */
        {"unknown:pcir-at=2 patch:at=0x18,bytes=0200", true},
        {"unknown:pcir-at=3 patch:at=0x18,bytes=0300", true},
        {"unknown:pcir-at=4 patch:at=0x18,bytes=0400", true},
        {"unknown:pcir-at=5 patch:at=0x18,bytes=0500", true},
        {"unknown:pcir-at=6 patch:at=0x18,bytes=0600", true},
        {"unknown:pcir-at=7 patch:at=0x18,bytes=0700", true},
        {"unknown:pcir-at=0x11 patch:at=0x18,bytes=1100", true},
        {"unknown:pcir-at=0x12 patch:at=0x18,bytes=1200", true},
        {"unknown:pcir-at=0x13 patch:at=0x18,bytes=1300", true},
        {"unknown:pcir-at=0x14 patch:at=0x18,bytes=1400", true},
        {"unknown:pcir-at=0x1a", true},
    };
    static const uint16_t ids[][2] = {
        {VENDOR, DEVICE}, {0x1af4, DEVICE}, {VENDOR, 0x1000}, {0x1aff, 0xffff}, {0x0101, 0x0202}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        print_message("# %s\n", cases[i].words);
        build(cases[i].words);
        for (size_t slot = 4096; slot <= 16384; slot *= 2) {
            load(slot);
            assert_int_equal(find_file(file()), RT_IDENTITY_INTACT);
            expect_bytes(RT_IDENTITY_INTACT, rb.size);
            expect_ids(0, 0, 0, 0);
            for (size_t k = 0; k < COUNT(ids); k++) {
                load_default(slot, ids[k][0], ids[k][1]);
                assert_int_equal(find_file(file()), RT_IDENTITY_INTACT);
                expect_bytes(RT_IDENTITY_INTACT, rb.size);
                assert_int_equal(found.patched, cases[i].patched);
                if (found.patched) {
                    assert_int_equal(found.to_vendor, ids[k][0]);
                    assert_int_equal(found.to_device, ids[k][1]);
                }
            }
        }
    }
}

static void test_file_ids(void **state)
{
    (void)state;
    build("x86:vendor=0x1111,device=0x2222 efi");
    load_default(4096, VENDOR, DEVICE);
    assert_int_equal(find_file(file()), RT_IDENTITY_INTACT);
    expect_ids(0x1111, 0x2222, VENDOR, DEVICE);
    load_default(4096, VENDOR, 0x2222);
    assert_int_equal(find_file(file()), RT_IDENTITY_INTACT);
    expect_ids(0x1111, 0x2222, VENDOR, 0x2222);
    alter(1500);
    assert_int_equal(find_file(file()), RT_IDENTITY_ALTERED);
    expect_altered(1500, 1);
    expect_ids(0x1111, 0x2222, VENDOR, 0x2222);
    /* a PCIR that ends the file is not QEMU's to patch, whatever byte 6 says */
    build("x86:vendor=0x1111,device=0x2222 cut:to=0x24");
    load(4096);
    memory[0x22] ^= 1;
    memory[0x06]++;
    assert_int_equal(find_file(file()), RT_IDENTITY_ALTERED);
    expect_altered(0x06, 2);
    build("unknown:pcir-at=2,vendor=0x1111,device=0x2222 patch:at=0x18,bytes=0200"); /* byte 6 is an
                                                                                        id's */
    load_default(4096, VENDOR, DEVICE);
    assert_int_equal(find_file(file()), RT_IDENTITY_INTACT);
    expect_ids(0x1111, 0x2222, VENDOR, DEVICE);
}

static void test_file_altered(void **state)
{
    /* in "x86 efi" of 2048 bytes, padded to 4K, where the slot is 64K */
    static const struct {
        size_t at;
        size_t n_patched; /* where QEMU patched it: what no longer adds up is altered, all of it */
        size_t first;
    } cases[] = {
        {0, 6, 0},       {1, 6, 1},       {2, 1, 2},         {6, 5, 6},       {0x18, 1, 0x18},
        {0x1c, 1, 0x1c}, {0x20, 5, 6},    {0x21, 5, 6},      {0x22, 5, 6},    {0x23, 5, 6},
        {0x24, 1, 0x24}, {1023, 1, 1023}, {1024, 1, 1024},   {2047, 1, 2047}, {2048, 1, 2048},
        {4095, 1, 4095}, {4096, 1, 4096}, {65535, 1, 65535},
    };

    (void)state;
    build("x86 efi pad:to=4K");
    for (size_t i = 0; i < COUNT(cases); i++) {
        print_message("# %zu\n", cases[i].at);
        load(65536);
        alter(cases[i].at);
        assert_int_equal(find_file(file()), RT_IDENTITY_ALTERED);
        expect_altered(cases[i].at, 1);
        expect_ids(0, 0, 0, 0);
        load_default(65536, VENDOR, DEVICE);
        alter(cases[i].at);
        assert_int_equal(find_file(file()), RT_IDENTITY_ALTERED);
        if (cases[i].n_patched == 1) {
            expect_altered(cases[i].at, 1);
            expect_ids(0x1af4, 0x1000, VENDOR, DEVICE);
        } else if (cases[i].at >= 2) {
            expect_altered(cases[i].first, cases[i].n_patched);
            expect_ids(0, 0, 0, 0);
        }
    }
}

/* How much may be another before it is another file. */
static void test_file_quarter(void **state)
{
    (void)state;
    build("x86 efi pad:to=64K,fill=0xff patch:at=2047,bytes=01");
    for (size_t n = 1; n <= 2048; n++) {
        load(65536);
        for (size_t i = 0; i < n; i++)
            memory[2047 - i] ^= 0x55;
        rt_identify_begin(&identifier, identifier.block);
        assert_int_equal(find_file(file()), n <= 512 ? RT_IDENTITY_ALTERED : RT_IDENTITY_UNKNOWN);
        if (n <= 512)
            expect_altered(2048 - n, n);
    }
}

static void test_file_repadded(void **state)
{
    static const struct {
        const char *given, *loaded;
        enum rt_identity_kind kind;
        size_t altered_at, n_altered;
    } cases[] = {
        {CONTENT, CONTENT "pad:to=64K,fill=0xff", RT_IDENTITY_REPADDED, 0, 0},
        {CONTENT "pad:to=64K,fill=0xff", CONTENT, RT_IDENTITY_REPADDED, 0, 0},
        {CONTENT "pad:to=64K", CONTENT, RT_IDENTITY_INTACT, 0, 0},
        {CONTENT "pad:to=128K,fill=0xff", CONTENT, RT_IDENTITY_REPADDED, 0, 0},
        {CONTENT "pad:to=128K", CONTENT, RT_IDENTITY_REPADDED, 0, 0}, /* does not fit */
        {CONTENT, CONTENT "pad:to=64K,fill=0xff patch:at=1500,bytes=3456", RT_IDENTITY_ALTERED,
         1500, 2},
        {CONTENT "pad:to=64K,fill=0xff", CONTENT "pad:to=3K patch:at=1500,bytes=34",
         RT_IDENTITY_ALTERED, 1500, 1},
        {CONTENT, CONTENT "raw:bytes=01", RT_IDENTITY_ALTERED, 2048, 1},
        {CONTENT, CONTENT "pad:to=64K,fill=0xfe", RT_IDENTITY_UNKNOWN, 0, 0},
        {CONTENT "raw:bytes=01", CONTENT, RT_IDENTITY_ALTERED, 2048, 1}, /* no padding */
        {CONTENT "pad:to=64K,fill=0xfe", CONTENT, RT_IDENTITY_UNKNOWN, 0, 0},
        /* what is alike is padding, too where neither reads as a ROM */
        {"raw:bytes=0102030405060708 pad:to=64K", "raw:bytes=1112131415161718 pad:to=64K",
         RT_IDENTITY_UNKNOWN, 0, 0},
        {"x86 pad:to=64K", "efi pad:to=64K", RT_IDENTITY_UNKNOWN, 0, 0},
        {"x86 pad:to=64K,fill=0xff", "efi pad:to=64K,fill=0xff", RT_IDENTITY_UNKNOWN, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rom_builder given = {0};
        uint8_t sha256[RT_SHA256_SIZE];

        print_message("# %s: %s\n", cases[i].given, cases[i].loaded);
        rb_words(&given, cases[i].given);
        build(cases[i].loaded);
        load_default(65536, VENDOR, DEVICE);
        assert_int_equal(find_file((struct rt_bytes){given.data, given.size}), cases[i].kind);
        assert_int_equal(found.altered_at, cases[i].altered_at);
        assert_int_equal(found.n_altered, cases[i].n_altered);
        if (cases[i].kind == RT_IDENTITY_REPADDED) {
            assert_int_equal(found.size, 2048);
            sha256_of((struct rt_bytes){given.data, 2048}, sha256);
            assert_memory_equal(found.sha256, sha256, sizeof(sha256));
        }
        if (cases[i].kind == RT_IDENTITY_ALTERED)
            assert_int_equal(found.size, given.size);
        rb_free(&given);
    }
}

/* ------------------------------------------------------------------------- no ROM at all */

static void test_blank(void **state)
{
    static const struct {
        const char *words;
        bool is_blank;
    } cases[] = {
        {"pad:to=4K", true},
        {"pad:to=4K,fill=0xff", true},
        {"pad:to=2K,fill=0xff", true}, /* and zeroes up to the slot */
        {"pad:to=2K pad:to=4K,fill=0xff", false},
        {"pad:to=4095 raw:bytes=01", false},
        {"raw:bytes=01", false},
        {"pad:to=4K,fill=0xfe", false},
        {"x86", false},
    };
    struct rom_builder sparse = {0};

    (void)state;
    rb_words(&sparse, "x86:length=64K,body=0 patch:at=65535,bytes=01");
    n_known = 0;
    add_others();
    for (size_t i = 0; i < COUNT(cases); i++) {
        build(cases[i].words);
        load(4096);
        assert_int_equal(identifier.is_blank, cases[i].is_blank);
        assert_int_equal(find_known(), 0);
        load(65536);
        assert_int_equal(identifier.is_blank, cases[i].is_blank);
        if (cases[i].is_blank) /* much as there is in common */
            assert_int_equal(find_file((struct rt_bytes){sparse.data, sparse.size}),
                             RT_IDENTITY_UNKNOWN);
    }
    rb_free(&sparse);
}

static void test_garbage(void **state)
{
    uint32_t seed = 1;

    (void)state;
    build("x86 efi");
    n_known = 0;
    add_others();
    add_known(file(), 1);
    state_rom(2048, 0x1af4, 0x1000);
    for (int round = 0; round < 50; round++) {
        load(4096);
        for (size_t i = (size_t)round; i < 4096; i++) {
            seed = seed * 1664525U + 1013904223U;
            memory[i] = (uint8_t)(seed >> 24);
        }
        rt_identify_begin(&identifier, identifier.block);
        assert_int_equal(find_known(), 0);
        assert_int_equal(find_stated(), RT_IDENTITY_UNKNOWN);
        assert_int_equal(find_file(file()), RT_IDENTITY_UNKNOWN);
    }
}

/* A block that is smaller than its file, down to none. The bytes behind it are not there. */
static void test_truncated(void **state)
{
    (void)state;
    build("x86:vendor=0x8086,device=0x100e efi patch:at=2047,bytes=01");
    n_known = 0;
    add_known(file(), 1);
    state_rom(2048, 0x8086, 0x100e);
    for (size_t len = 0; len < 2048; len++) {
        uint8_t *cut = malloc(len > 0 ? len : 1);

        assert_non_null(cut);
        memcpy(cut, rb.data, len);
        rt_identify_begin(&identifier, (struct rt_bytes){cut, len});
        assert_int_equal(find_known(), 0);
        assert_int_equal(find_stated(), RT_IDENTITY_UNKNOWN);
        assert_int_equal(find_file(file()), RT_IDENTITY_UNKNOWN);
        free(cut);
    }
    load(2048);
    assert_int_equal(find_file((struct rt_bytes){NULL, 0}), RT_IDENTITY_UNKNOWN);
}

/* Only the zeroes behind it, or what there is of it. */
static void test_cut_in_the_slot(void **state)
{
    (void)state;
    build("x86 efi patch:at=2047,bytes=01");
    load(4096);
    memset(memory + 1600, 0, 448);
    rt_identify_begin(&identifier, identifier.block);
    assert_int_equal(find_file(file()), RT_IDENTITY_ALTERED);
    expect_altered(found.altered_at, found.n_altered);
    assert_in_range(found.altered_at, 1600, 2047);
    memset(memory + 1024, 0, 1024);
    rt_identify_begin(&identifier, identifier.block);
    assert_int_equal(find_file(file()), RT_IDENTITY_UNKNOWN);
}

/* ------------------------------------------------------------------------- memory */

static int attempt_file(void)
{
    int r = rt_identify_file(&identifier, file(), &found, &failure);

    stop_failing();
    if (r < 0)
        expect_nothing();
    return r;
}

static void test_memory(void **state)
{
    (void)state;
    build("x86 efi");
    load_default(4096, VENDOR, DEVICE);
    every_failure(attempt_file, 0, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_file_ids),
        cmocka_unit_test(test_file_altered),
        cmocka_unit_test(test_file_quarter),
        cmocka_unit_test(test_file_repadded),
        cmocka_unit_test(test_blank),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_cut_in_the_slot),
        cmocka_unit_test(test_memory),
    };

    if (!fail_in_libcrypto_too())
        return 1;
    return cmocka_run_group_tests(tests, NULL, end_ground);
}
