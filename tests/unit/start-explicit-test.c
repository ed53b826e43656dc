/* SPDX-License-Identifier: BSD-2-Clause */
/* loader/start, what the command line states: romfile=, romsize=, --rom-size. */
#define _GNU_SOURCE /* F_GET_SEALS */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "start-ground.h"

/* ------------------------------------------------------------------------- explicit ROMs */

static void start_explicit(const void *argument)
{
    (void)argument;
    require(start("-M q35 -nodefaults -device e1000,romfile=%s/x.rom,id=n -S", scratch) == 0);
    expect_argv("qemu -no-user-config -L /names -M q35 -nodefaults -device "
                "e1000,romfile=/proc/self/fd/800,id=n -S");
    expect_descriptor(800, "x.rom", 4096);
    expect_names(NULL, NULL, 0);
}

/* By a bare name, as QEMU: here if it is here, else through the search path. */
static void start_explicit_names(const void *argument)
{
    char path[PATH_MAX];

    (void)argument;
    require(start("-M q35 -nodefaults -L %s -device e1000,romfile=a,,b.rom"
                  " -device virtio-net-pci,romfile=x.rom,romsize=8192",
                  scratch) == 0);
    expect_argv("qemu -no-user-config -L /names -M q35 -nodefaults -L %s -device "
                "e1000,romfile=/proc/self/fd/800"
                " -device virtio-net-pci,romfile=/proc/self/fd/801,romsize=8192",
                scratch);
    expect_descriptor(800, "a,b.rom", 4096);
    expect_descriptor(801, "x.rom", 8192);
    for (size_t i = 0; i < COUNT(rom_names); i++)
        (void)close(rom_names[i].number);
    require(chdir(scratch_path(path, "series")) == 0);
    require(symlink("../a,b.rom", "x.rom") == 0);
    require(start("-M q35 -nodefaults -L %s -device e1000,romfile=x.rom", scratch) == 0);
    (void)unlink("x.rom");
    rt_start_free(started);
    expect_descriptor(802, "a,b.rom", 4096);
}

static void start_explicit_refused(const void *argument)
{
    (void)argument;
    require(start("-M q35 -nodefaults -device e1000,romfile=%s/large.rom", scratch) < 0);
    expect_error(ROMTOOL_E_OVERSIZE,
                 "'%s/large.rom': 5120 bytes, the slot of e1000 on pc-q35-7.2 is 4096: 1024 bytes "
                 "too many; --rom-size e1000=8K would allow it",
                 scratch);
    require(start("-M q35 -nodefaults -device e1000,romfile=%s/text.rom", scratch) ==
            ROMTOOL_E_NOT_A_ROM);
    require(start("-M q35 -nodefaults -device e1000,romfile=%s/missing.rom", scratch) < 0);
    expect_error(ROMTOOL_E_NOT_FOUND, "cannot open '%s/missing.rom': No such file or directory",
                 scratch);
    require(start("-M q35 -nodefaults -device e1000,romfile=missing.rom -L %s", scratch) ==
            ROMTOOL_E_NOT_FOUND);
    require(start("-M q35 -nodefaults -device e1000,romfile=%s", scratch) == ROMTOOL_E_NOT_REGULAR);
    require(start("-M q35 -nodefaults -device ne2k_pci,romfile=%s/x.rom", scratch) ==
            ROMTOOL_E_NO_MANDATE);
    require(start("-M pc-q35-9.9 -nodefaults -device e1000,romfile=%s/x.rom", scratch) ==
            ROMTOOL_E_UNKNOWN_MACHINE);
    expect_no_descriptors();
}

static void start_unknown_device(const void *argument)
{
    static const struct rt_start_size sizes[] = {{"what", NULL, 16384}};
    const char *hint = "; --rom-size what=SIZE would state a slot";

    (void)argument;
    require(start("-M q35 -nodefaults -device what,romfile=%s/x.rom", scratch) ==
            ROMTOOL_E_UNKNOWN_DEVICE);
    require(strstr(err.text, "'what'") != NULL && strstr(err.text, hint) != NULL);
    require(start("-M q35 -nodefaults -device what,romsize=4096") == ROMTOOL_E_UNKNOWN_DEVICE);
    source.sizes = sizes;
    source.n_sizes = 1;
    require(start("-M q35 -nodefaults -device what,romfile=%s/x.rom", scratch) == 0);
    rt_start_free(started);
    expect_descriptor(800, "x.rom", 16384);
}

/* ------------------------------------------------------------------------- sizes */

static void start_oversize(const void *argument)
{
    (void)argument;
    require(start("-M q35 -L %s -nodefaults -device rtl8139", scratch) < 0);
    expect_error(ROMTOOL_E_OVERSIZE,
                 "'%s/efi-rtl8139.rom': 2560 bytes, the slot of rtl8139 on pc-q35-7.2 is 2048: 512 "
                 "bytes too many; --rom-size rtl8139=4K would allow it",
                 scratch);
    expect_no_descriptors();
}

static void start_rom_size(const void *argument)
{
    struct rt_start_size sizes[] = {{"e1000", NULL, 1024}, {"rtl8139", NULL, 4096}};

    (void)argument;
    source.sizes = sizes;
    source.n_sizes = 2;
    require(start("-M q35 -L %s -nodefaults -device rtl8139,romsize=2048", scratch) < 0);
    expect_error(ROMTOOL_E_UNSUPPORTED_ARGUMENT,
                 "'romsize=2048' of rtl8139: the slot is 4096; --rom-size rtl8139=2048 would "
                 "change it");
    require(start("-M q35 -L %s -nodefaults -device e1000", scratch) < 0);
    expect_error(ROMTOOL_E_OVERSIZE,
                 "'%s/efi-e1000.rom': 2048 bytes, the slot of e1000 on pc-q35-7.2 is 1024: 1024 "
                 "bytes too many; --rom-size e1000=2K would allow it",
                 scratch);
    sizes[1].slot = 3000;
    require(start("-M q35 -L %s -nodefaults -device rtl8139", scratch) ==
            ROMTOOL_E_NOT_POWER_OF_TWO);
    expect_no_descriptors();
    sizes[1].slot = 4096;
    require(start("-M q35 -L %s -nodefaults -device rtl8139,romsize=4096", scratch) == 0);
    rt_start_free(started);
    expect_names("efi-rtl8139.rom", "efi-rtl8139.rom", 4096);
}

static void start_rom_properties(const void *argument)
{
    (void)argument;
    require(start("-M q35 -L %s -nodefaults -device e1000,romsize=8192", scratch) ==
            ROMTOOL_E_UNSUPPORTED_ARGUMENT);
    expect_no_descriptors();
    require(start("-M q35 -L %s -nodefaults -device e1000,rombar=1,romsize=4096", scratch) == 0);
    rt_start_free(started);
    expect_names("efi-e1000.rom", "efi-e1000.rom", 4096);
}

/* ------------------------------------------------------------------------- all of them */

static void test_case(void **state)
{
    assert_true(in_child(run_case, *state));
}

int main(void)
{
    static struct start_case cases[] = {
        CASE(start_explicit),       CASE(start_explicit_names), CASE(start_explicit_refused),
        CASE(start_unknown_device), CASE(start_oversize),       CASE(start_rom_size),
        CASE(start_rom_properties),
    };
    struct CMUnitTest tests[COUNT(cases)];

    for (size_t i = 0; i < COUNT(cases); i++)
        tests[i] = (struct CMUnitTest){cases[i].name, test_case, NULL, NULL, &cases[i]};
    return cmocka_run_group_tests_name("start-explicit", tests, set_up, tear_down);
}
