/* SPDX-License-Identifier: BSD-2-Clause */
/* verify/identify: which known file, and which of a release, a guest's ROM was loaded from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "slots/ids.h"
#include "tests/unit/failing.h"
#include "tests/unit/identify-ground.h"

/* ------------------------------------------------------------------------- by the known */

static void test_known(void **state)
{
    static const size_t slots[] = {2048, 4096, 65536, 4 << 20};
    uint16_t vendor, device;

    (void)state;
    build("x86:vendor=0x8086,device=0x100e efi:vendor=0x1af4,device=0x1000");
    n_known = 0;
    add_others();
    add_known(file(), 1);
    add_known(file(), 2); /* of two releases */
    add_known((struct rt_bytes){rb.data, 1536}, 3);
    for (size_t i = 0; i < COUNT(slots); i++) {
        load(slots[i]);
        assert_int_equal(find_known(), 2);
        expect_bytes(RT_IDENTITY_INTACT, 2048);
        expect_ids(0, 0, 0, 0);
        load_default(slots[i], VENDOR, DEVICE);
        assert_int_equal(find_known(), 2);
        expect_bytes(RT_IDENTITY_INTACT, 2048);
        expect_ids(0x8086, 0x100e, VENDOR, DEVICE);
    }
    for (size_t i = 0; rt_slot_ids_at(i, &vendor, &device); i++) {
        load_default(4096, vendor, device);
        assert_int_equal(find_known(), 2);
        expect_bytes(RT_IDENTITY_INTACT, 2048);
        assert_int_equal(found.patched, vendor != 0x8086 || device != 0x100e);
    }
}

static void test_known_altered(void **state)
{
    static const size_t places[] = {0,    1,    6,    0x18, 0x1c, 0x20, 0x21, 0x22,
                                    0x23, 0x24, 1023, 1030, 2047, 2048, 4095};

    (void)state;
    build("x86:vendor=0x8086,device=0x100e efi");
    n_known = 0;
    add_others();
    add_known(file(), 1);
    for (size_t i = 0; i < COUNT(places); i++) {
        load(4096);
        alter(places[i]);
        assert_int_equal(find_known(), 0);
        load_default(4096, VENDOR, DEVICE);
        alter(places[i]);
        assert_int_equal(find_known(), 0);
    }
}

/* Where nothing but the ids of a further image, or of a device of QEMU's, tells the file's. */
static void test_known_ids(void **state)
{
    static const struct {
        const char *words;
        bool found;
    } cases[] = {
        {"x86:vendor=0x1111,device=0x2222", false},
        {"x86:vendor=0x1111,device=0x2222 efi", false},
        {"x86:vendor=0x1111,device=0x2222 efi:vendor=0x1111,device=0x2222", true},
        {"x86:vendor=0x1111,device=0x2222 efi:vendor=0x1111,device=0x2223", false},
        {"x86:vendor=0x1111,device=0x2222 efi efi efi:vendor=0x1111,device=0x2222", true},
        {"x86:vendor=0x1af4,device=0x1041", true}, /* only behind a PCI Express port */
        {"x86:vendor=0x1002,device=0x5046", true}, /* the last in the table */
        {"x86:vendor=0,device=0", true},           /* no device's */
        {"x86:vendor=0x1002,device=0x5159", true},
        /* more images than are looked at, and still QEMU's devices are */
        {"x86:vendor=0x1002,device=0x5046 efi:vendor=1 efi:vendor=2 efi:vendor=3 efi:vendor=4 "
         "efi:vendor=5 efi:vendor=6 efi:vendor=7 efi:vendor=8 efi:vendor=9 efi:vendor=10 "
         "efi:vendor=11 efi:vendor=12 efi:vendor=13 efi:vendor=14 efi:vendor=15 efi:vendor=16 "
         "efi:vendor=17 efi:vendor=18 efi:vendor=19 efi:vendor=20 efi:vendor=21 efi:vendor=22 "
         "efi:vendor=23 efi:vendor=24 efi:vendor=25 efi:vendor=26 efi:vendor=27 efi:vendor=28 "
         "efi:vendor=29 efi:vendor=30 efi:vendor=31 efi:vendor=32 efi:vendor=33 efi:vendor=34",
         true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        print_message("# %s\n", cases[i].words);
        build(cases[i].words);
        n_known = 0;
        add_known(file(), 1);
        load_default(65536, VENDOR, DEVICE);
        assert_int_equal(find_known(), cases[i].found);
        if (cases[i].found)
            expect_bytes(RT_IDENTITY_INTACT, rb.size);
        load(65536);
        assert_int_equal(find_known(), 1);
    }
}

static void test_known_zeroes(void **state)
{
    (void)state;
    build("x86 pad:to=8K");
    n_known = 0;
    add_known(file(), 1);
    add_known((struct rt_bytes){rb.data, 1024}, 2);
    add_known((struct rt_bytes){rb.data, 4096}, 3);
    load(65536);
    assert_int_equal(find_known(), 1);
    expect_bytes(RT_IDENTITY_INTACT, 1024);
    n_known = 1;
    assert_int_equal(find_known(), 1);
    expect_bytes(RT_IDENTITY_INTACT, 8192);
    known[0].size = 0x20000; /* the digest is one of fewer bytes: it does not fit the block */
    add_known((struct rt_bytes){memory, 65536}, 1);
    known[1].size = 0x20000;
    assert_int_equal(find_known(), 0);
}

/* Every id of QEMU's devices is tried, each once. */
static void test_views(void **state)
{
    struct rt_identifier all;
    uint16_t vendor, device;
    size_t n = 0;

    (void)state;
    build("x86:vendor=0x4321,device=0x8765");
    load(4096);
    all = identifier;
    for (size_t i = 0; rt_slot_ids_at(i, &vendor, &device); i++) {
        size_t v = 0;

        while (v < all.n_views && (all.views[v].vendor != vendor || all.views[v].device != device))
            v++;
        assert_true(v < all.n_views);
    }
    for (size_t v = 1; v < all.n_views; v++) {
        for (size_t w = 1; w < v; w++)
            n += all.views[v].vendor == all.views[w].vendor &&
                 all.views[v].device == all.views[w].device;
    }
    assert_int_equal(n, 0);
    assert_in_range(all.n_views, 2, RT_IDENTIFY_VIEWS - 8); /* room for images, too */
    assert_false(rt_slot_ids_at(SIZE_MAX, &vendor, &device));
    assert_int_equal(vendor + device, 0);
}

/* ------------------------------------------------------------------------- by a release */

static void test_stated(void **state)
{
    (void)state;
    build("x86:vendor=0x1111,device=0x2222 pad:to=3000,fill=0xff");
    state_rom(1024, 0x1111, 0x2222);
    for (size_t slot = 4096; slot <= 65536; slot *= 4) {
        load(slot);
        assert_int_equal(find_stated(), RT_IDENTITY_INTACT);
        expect_bytes(RT_IDENTITY_INTACT, 3000);
        expect_ids(0, 0, 0, 0);
        load_default(slot, VENDOR, DEVICE);
        assert_int_equal(find_stated(), RT_IDENTITY_INTACT);
        expect_bytes(RT_IDENTITY_INTACT, 3000);
        expect_ids(0x1111, 0x2222, VENDOR, DEVICE);
    }
    state_rom(1024, 0, 0); /* ids not stated, and nobody's */
    assert_int_equal(find_stated(), RT_IDENTITY_UNKNOWN);
    load_default(4096, 0x1af4, 0x1000);
    assert_int_equal(find_stated(), RT_IDENTITY_UNKNOWN);
    build("x86:vendor=0x10ec,device=0x8139"); /* nor here, but a device's */
    state_rom(1024, 0, 0);
    load_default(4096, VENDOR, DEVICE);
    assert_int_equal(find_stated(), RT_IDENTITY_INTACT);
    expect_ids(0x10ec, 0x8139, VENDOR, DEVICE);
    state_rom(1024, 0x10ec, 0x8138); /* stated wrongly */
    assert_int_equal(find_stated(), RT_IDENTITY_UNKNOWN);
}

static void test_stated_content(void **state)
{
    /* of what the guest has; the first is stated */
    static const struct {
        const char *words;
        enum rt_identity_kind kind;
    } cases[] = {
        {CONTENT "pad:to=4K,fill=0xff", RT_IDENTITY_INTACT},
        {CONTENT, RT_IDENTITY_REPADDED},
        {CONTENT "pad:to=4K", RT_IDENTITY_REPADDED},
        {CONTENT "pad:to=3K,fill=0xff", RT_IDENTITY_REPADDED},
        {CONTENT "pad:to=64K,fill=0xff", RT_IDENTITY_REPADDED},
        {CONTENT "pad:to=4K,fill=0xfe", RT_IDENTITY_UNKNOWN},
        {CONTENT "pad:to=3K pad:to=4K,fill=0xff", RT_IDENTITY_UNKNOWN},
        {CONTENT "pad:to=4K,fill=0xff raw:bytes=01", RT_IDENTITY_UNKNOWN},
        {CONTENT "patch:at=1100,bytes=ee", RT_IDENTITY_UNKNOWN},
        {CONTENT "patch:at=2047,bytes=ff", RT_IDENTITY_UNKNOWN},
        {CONTENT "cut:to=2047", RT_IDENTITY_UNKNOWN},
        {"x86 cut:to=512", RT_IDENTITY_UNKNOWN},
    };

    (void)state;
    build(cases[0].words);
    state_rom(2048, 0x1af4, 0x1000);
    for (size_t i = 0; i < COUNT(cases); i++) {
        print_message("# %s\n", cases[i].words);
        build(cases[i].words);
        for (int patched = 0; patched < 2; patched++) {
            load_default(65536, patched ? VENDOR : 0x1af4, patched ? DEVICE : 0x1000);
            assert_int_equal(find_stated(), cases[i].kind);
            if (cases[i].kind == RT_IDENTITY_REPADDED)
                expect_bytes(RT_IDENTITY_REPADDED, 2048);
            assert_int_equal(found.patched, patched && cases[i].kind != RT_IDENTITY_UNKNOWN);
        }
    }
    memset(stated.content_sha256, 0, sizeof(stated.content_sha256)); /* not stated */
    build(CONTENT);
    load(4096);
    assert_int_equal(find_stated(), RT_IDENTITY_UNKNOWN);
}

static void test_stated_sizes(void **state)
{
    (void)state;
    build("x86 pad:to=8K");
    state_rom(1024, 0x1af4, 0x1000);
    load(8192);
    assert_int_equal(find_stated(), RT_IDENTITY_INTACT);
    build("x86");
    load(4096); /* too small for that file, not for its content */
    assert_int_equal(find_stated(), RT_IDENTITY_REPADDED);
    load(1024);
    assert_int_equal(find_stated(), RT_IDENTITY_REPADDED);
    expect_bytes(RT_IDENTITY_REPADDED, 1024);
    rt_identify_begin(&identifier, (struct rt_bytes){memory, 1023});
    assert_int_equal(find_stated(), RT_IDENTITY_UNKNOWN);
    build("pad:to=4K"); /* no content is everybody's */
    state_rom(0, 0, 0);
    load(2 * 4096);
    assert_int_equal(find_stated(), RT_IDENTITY_INTACT);
    build("pad:to=4K,fill=0xff");
    load(4096);
    assert_int_equal(find_stated(), RT_IDENTITY_UNKNOWN);
}

/*
 * What QEMU would not have made of the file, though its ids, written back, make the file of it: the
 * file ends in its PCIR; byte 6 is an id's.
 */
static void test_stated_no_patch(void **state)
{
    (void)state;
    build("x86:vendor=0x1111,device=0x2222 cut:to=0x24");
    state_rom(0x24, 0x1111, 0x2222);
    load(4096);
    memory[0x22]++;
    memory[0x06]--;
    rt_identify_begin(&identifier, identifier.block);
    assert_int_equal(find_stated(), RT_IDENTITY_UNKNOWN);
    n_known = 0;
    add_known(file(), 1);
    build("x86:vendor=0x8086,device=0x100e cut:to=0x24");
    add_known(file(), 1);
    load(4096);
    memory[0x22]++;
    memory[0x06]--;
    rt_identify_begin(&identifier, identifier.block);
    assert_int_equal(find_known(), 0);
    build("unknown:pcir-at=2,vendor=0x8086,device=0x100e patch:at=0x18,bytes=0200");
    state_rom(512, 0x8086, 0x100e);
    add_known(file(), 1);
    for (unsigned byte = 0; byte <= 0xff; byte++) {
        load(4096);
        memory[0x06] = (uint8_t)byte;
        memory[0x08] += 2;
        rt_identify_begin(&identifier, identifier.block);
        assert_int_equal(find_stated(), RT_IDENTITY_UNKNOWN);
        assert_int_equal(find_known(), 0);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(rt_identity_name(RT_IDENTITY_UNKNOWN), "unknown");
    assert_string_equal(rt_identity_name(RT_IDENTITY_INTACT), "intact");
    assert_string_equal(rt_identity_name(RT_IDENTITY_REPADDED), "repadded");
    assert_string_equal(rt_identity_name(RT_IDENTITY_ALTERED), "altered");
}

/* ------------------------------------------------------------------------- memory */

static int attempt_known(void)
{
    const struct rt_known_rom *roms;
    size_t n;
    int r = rt_identify_known(&identifier, &found, &roms, &n, &failure);

    stop_failing();
    assert_int_equal(n, r == 0 ? 1 : 0);
    if (r < 0)
        expect_nothing();
    return r;
}

static int attempt_stated(void)
{
    int r = rt_identify_stated(&identifier, &stated, &found, &failure);

    stop_failing();
    if (r < 0)
        expect_nothing();
    return r;
}

static void test_memory(void **state)
{
    (void)state;
    build("x86:vendor=0x8086,device=0x100e efi");
    n_known = 0;
    add_known(file(), 1);
    state_rom(2048, 0x8086, 0x100e);
    memset(stated.sha256, 1, sizeof(stated.sha256)); /* by its content, then */
    load_default(4096, VENDOR, DEVICE);
    every_failure(attempt_known, 0, 2);
    every_failure(attempt_stated, 0, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),           cmocka_unit_test(test_known_altered),
        cmocka_unit_test(test_known_ids),       cmocka_unit_test(test_known_zeroes),
        cmocka_unit_test(test_views),           cmocka_unit_test(test_stated),
        cmocka_unit_test(test_stated_content),  cmocka_unit_test(test_stated_sizes),
        cmocka_unit_test(test_stated_no_patch), cmocka_unit_test(test_names),
        cmocka_unit_test(test_memory),
    };

    if (!fail_in_libcrypto_too())
        return 1;
    return cmocka_run_group_tests(tests, NULL, end_ground);
}
