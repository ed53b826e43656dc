/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loader/store-rom: padded files, and which file stands for a mandate's ROM; while allocations
 * fail, too: no other file than with memory, never one that does not hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/digest.h"
#include "failing.h"
#include "loader/store-rom.h"
#include "programs.h"
#include "tests/support/rom-words.h"

#define ROM "efi-e1000.rom"

enum { SLOT = 4096 };

static const struct rt_slot_series series = {.qemu = "7.2"};
static const struct rt_slot_profile profile = {.series = &series, .name = "acme/one"};
static const char *dirs[] = {scratch};
static const struct rt_rom_source source = {.profile = &profile, .dirs = dirs, .n_dirs = 1};
static const struct rt_rom_store store = {"", scratch};
static struct romtool_mandate mandate;
static struct romtool_error err;
static const char *expected_file;

static void put(const char *name, const char *words)
{
    struct rom_builder rb = {0};

    rb_words(&rb, words);
    assert_true(scratch_write(name, rb.data, rb.size));
    rb_free(&rb);
}

/* States the bytes of a ROM, as a release does. */
static void state(const char *words)
{
    struct rom_builder rb = {0};

    rb_words(&rb, words);
    mandate.file_size = rb.size;
    mandate.has_sha256 = 1;
    assert_int_equal(rt_digest_sha256((struct rt_bytes){rb.data, rb.size}, mandate.sha256, NULL),
                     0);
    rb_free(&rb);
}

static int begin(void **state_)
{
    (void)state_;
    mandate = (struct romtool_mandate){
        .slot = SLOT, .profile = "acme/one", .machine = "pc", .device = "e1000", .file = ROM};
    rt_error_clear(&err);
    return !scratch_make();
}

/* ------------------------------------------------------------------------- padded */

static void expect_padded(const char *name, int expected)
{
    struct romtool_rom *rom = NULL;
    char path[PATH_MAX];

    rt_error_clear(&err);
    assert_int_equal(rt_rom_load_padded(scratch_path(path, name), &mandate, 0, "-s ", &rom, &err),
                     expected);
    assert_int_equal(err.code, expected);
    assert_int_equal(rom != NULL, expected == 0);
    assert_int_equal(romtool_rom_slot(rom), expected == 0 ? SLOT : 0);
    romtool_rom_free(rom);
}

static void test_padded(void **state_)
{
    (void)state_;
    state("x86:length=2560");
    put("file", "x86:length=2560");
    put("padded", "x86:length=2560 pad:to=4K");
    put("other", "x86:length=2560,device=9 pad:to=4K");
    put("half", "x86:length=2560 pad:to=3K");
    put("ff", "x86:length=2560 pad:to=4K,fill=0xff");
    put("larger", "x86:length=2560 pad:to=8K");
    put("same size", "x86:length=2560,device=9");
    expect_padded("file", 0);
    expect_padded("padded", 0);
    expect_padded("other", ROMTOOL_E_SIZE_MISMATCH);
    expect_padded("half", ROMTOOL_E_SIZE_MISMATCH);
    expect_padded("ff", ROMTOOL_E_SIZE_MISMATCH);
    expect_padded("larger", ROMTOOL_E_OVERSIZE);
    expect_padded("same size", ROMTOOL_E_DIGEST_MISMATCH);
    expect_padded("nothing", ROMTOOL_E_NOT_FOUND);
    mandate.slot = 2048;
    expect_padded("padded", ROMTOOL_E_OVERSIZE);
}

/* ------------------------------------------------------------------------- which file */

static int attempt(void)
{
    struct romtool_rom *rom;
    char *path, expected[PATH_MAX];
    int r = rt_rom_load_default(&source, &store, &mandate, 0, "-s ", &rom, &path, &failure);

    stop_failing();
    assert_int_equal(rom != NULL, r == 0);
    assert_int_equal(path != NULL, r == 0);
    if (r == 0)
        assert_string_equal(path, scratch_path(expected, expected_file));
    romtool_rom_free(rom);
    free(path);
    return r;
}

static void expect(const char *file, int expected)
{
    expected_file = file;
    every_failure(attempt, expected, 4);
}

static void test_found(void **state_)
{
    (void)state_;
    put(ROM, "x86");
    put("efi-e1000.4K.rom", "x86 pad:to=4K");
    expect(ROM, 0);
}

static void test_too_large(void **state_)
{
    (void)state_;
    put(ROM, "x86:length=5120");
    expect(NULL, ROMTOOL_E_OVERSIZE);
    put("efi-e1000.4K.rom", "x86 pad:to=4K");
    expect("efi-e1000.4K.rom", 0);
    put("efi-e1000.4K.rom", "x86:sum=1 pad:to=4K");
    expect(NULL, ROMTOOL_E_OVERSIZE);
}

static void test_not_there(void **state_)
{
    (void)state_;
    expect(NULL, ROMTOOL_E_NOT_FOUND);
    put("efi-e1000.4K.rom", "x86 pad:to=4K");
    expect("efi-e1000.4K.rom", 0);
}

/* Another ROM would hide that this one is damaged. */
static void test_damaged(void **state_)
{
    (void)state_;
    put(ROM, "x86:sum=1");
    put("efi-e1000.4K.rom", "x86 pad:to=4K");
    expect(NULL, ROMTOOL_E_BAD_CHECKSUM);
}

static void test_of_a_release(void **state_)
{
    (void)state_;
    state("x86:length=2560");
    put("efi-e1000.4K.rom", "x86:length=2560 pad:to=4K");
    expect("efi-e1000.4K.rom", 0);
    put(ROM, "x86:length=3072");
    expect("efi-e1000.4K.rom", 0);
    put(ROM, "x86:length=2560,device=9");
    expect("efi-e1000.4K.rom", 0);
    put("efi-e1000.4K.rom", "x86:length=2560,device=9 pad:to=4K");
    expect(NULL, ROMTOOL_E_DIGEST_MISMATCH);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, scratch_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_padded),    TEST(test_found),   TEST(test_too_large),
        TEST(test_not_there), TEST(test_damaged), TEST(test_of_a_release),
    };

    if (!fail_in_libcrypto_too())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
