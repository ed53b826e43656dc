/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loader/start, default ROMs: what QEMU will find behind each ROM name, or why it is not started.
 * Each case runs in a child.
 */
#define _GNU_SOURCE /* F_GET_SEALS */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "start-ground.h"

/* ------------------------------------------------------------------------- default ROMs */

static void start_default(const void *argument)
{
    (void)argument;
    require(start("-M q35 -L %s -nodefaults -device e1000,id=n -m 1G disk.img", scratch) == 0);
    expect_argv(
        "qemu -no-user-config -L /names -M q35 -L %s -nodefaults -device e1000,id=n -m 1G disk.img",
        scratch);
    expect_names("efi-e1000.rom", "efi-e1000.rom", 4096);
    require(n_loaded == 1);
}

/* Nothing names it, and QEMU loads its ROM all the same. */
static void start_builtin(const void *argument)
{
    (void)argument;
    require(start("-L %s", scratch) == 0);
    expect_argv("qemu -no-user-config -L /names -L %s", scratch);
    expect_names("efi-e1000.rom", "efi-e1000.rom", 4096);
}

static void start_builtin_q35(const void *argument)
{
    (void)argument;
    require(start("-M q35 -L %s", scratch) == 0);
    rt_start_free(started);
    expect_names("efi-e1000e.rom", "efi-e1000e.rom", 4096);
}

/* A vendor's own machine type, which is like pc-q35-7.2. */
static void start_builtin_own(const void *argument)
{
    (void)argument;
    require(start("-M pc-q35-own -L %s", scratch) == 0);
    rt_start_free(started);
    expect_names("efi-e1000e.rom", "efi-e1000e.rom", 4096);
}

/* By another name of the driver's, of -nic. */
static void start_nic(const void *argument)
{
    (void)argument;
    require(start("-M q35 -nic user,model=virtio -L %s", scratch) == 0);
    rt_start_free(started);
    expect_names("efi-virtio.rom", "efi-virtio.rom", 8192);
}

static void start_shared(const void *argument)
{
    (void)argument;
    require(start("-M q35 -L %s -nodefaults -device virtio-net-pci -device virtio-net-pci"
                  " -device virtio-net-pci-transitional",
                  scratch) == 0);
    rt_start_free(started);
    expect_names("efi-virtio.rom", "efi-virtio.rom", 8192);
    require(n_loaded == 1);
}

static void start_two_slots(const void *argument)
{
    static const struct rt_start_size sizes[] = {{"virtio-net-pci-transitional", NULL, 16384}};

    (void)argument;
    source.sizes = sizes;
    source.n_sizes = 1;
    require(start("-M q35 -L %s -nodefaults -device virtio-net-pci"
                  " -device virtio-net-pci-transitional",
                  scratch) < 0);
    expect_error(ROMTOOL_E_UNSUPPORTED_ARGUMENT,
                 "'efi-virtio.rom' would need two slots, 8192 and 16384");
}

/* What has no ROM to check: no device, unknown devices, devices without a BAR. */
static void start_without(const void *argument)
{
    static const char words[] = "-M q35 -nodefaults -device what -device ne2k_pci"
                                " -device rtl8139,romfile= -device {\"driver\":\"what\"}";

    (void)argument;
    require(start("%s", words) == 0);
    expect_argv("qemu -no-user-config -L /names %s", words);
    expect_names(NULL, NULL, 0);
    require(n_loaded == 0);
}

/* -L before the profile's directories, those before the host's. */
static void start_search(const void *argument)
{
    char path[PATH_MAX], link_path[PATH_MAX];

    (void)argument;
    require(start("-M q35 -nodefaults -device e1000") < 0);
    expect_error(ROMTOOL_E_NOT_FOUND,
                 "no 'efi-e1000.rom' in the search path of test/a; -L DIR would add a directory");
    source.rom.host = &profile.vendor->series[1];
    require(start("-M q35 -nodefaults -device e1000 -L %s/none", scratch) == 0);
    expect_names("efi-e1000.rom", "efi-e1000.rom", 4096);
    rt_start_free(started);
    for (size_t i = 0; i < COUNT(rom_names); i++)
        (void)close(rom_names[i].number);
    require(symlink(scratch_path(path, "x.rom"), scratch_path(link_path, "series/efi-e1000.rom")) ==
            0);
    require(start("-M q35 -nodefaults -device e1000") == 0);
    (void)unlink(link_path);
    expect_names("efi-e1000.rom", "x.rom", 4096);
    rt_start_free(started);
}

/* ------------------------------------------------------------------------- what is in the way */

static void start_busy(const void *argument)
{
    int number = rom_names[COUNT(rom_names) - 1].number;

    (void)argument;
    require(dup2(2, number) == number);
    require(start("-M q35 -nodefaults") < 0);
    expect_error(ROMTOOL_E_BUSY, "descriptor %d is in use, it is needed for '%s'", number,
                 rom_names[COUNT(rom_names) - 1].name);
}

/* QEMU 7.2 would take them from here before it looks anywhere else. */
static void start_shadowed(const void *argument)
{
    (void)argument;
    require(chdir(scratch) == 0);
    require(start("-M q35 -nodefaults") < 0);
    expect_error(ROMTOOL_E_SHADOWED,
                 "'efi-e1000.rom' in the current directory: QEMU would load it unchecked; start it "
                 "from another directory");
}

/* One link that is missing, or another: QEMU would look on for the file. */
static void start_links(const void *argument)
{
    char dir[PATH_MAX], path[PATH_MAX + 64], target[64];

    (void)argument;
    require(mkdir(scratch_path(dir, "links"), 0700) == 0);
    for (size_t i = 0; i < COUNT(rom_names); i++) {
        require(rt_rom_names_check_links(dir, &err) == ROMTOOL_E_NOT_FOUND);
        (void)snprintf(path, sizeof(path), "%s/%s", dir, rom_names[i].name);
        require(strstr(err.text, path) != NULL);
        rt_error_clear(&err);
        (void)snprintf(target, sizeof(target), "/proc/self/fd/%d", rom_names[i].number);
        require(symlink(target, path) == 0);
    }
    require(rt_rom_names_check_links(dir, &err) == 0);
    (void)snprintf(target, sizeof(target), "/proc/self/fd/%d0", rom_names[3].number);
    (void)snprintf(path, sizeof(path), "%s/%s", dir, rom_names[3].name);
    require(unlink(path) == 0 && symlink(target, path) == 0);
    require(rt_rom_names_check_links(dir, &err) == ROMTOOL_E_NOT_FOUND);
    require(unlink(path) == 0 && mkdir(path, 0700) == 0);
    require(rt_rom_names_check_links(dir, NULL) == ROMTOOL_E_NOT_FOUND && rmdir(path) == 0);
    for (size_t i = 0; i < COUNT(rom_names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", dir, rom_names[i].name);
        (void)unlink(path);
    }
    require(rmdir(dir) == 0);
}

/* As another user QEMU would pass over a directory that it may not enter. */
static void start_as_another(const void *argument)
{
    static const char *const words[] = {"-runas nobody", "-run-with user=nobody",
                                        "-readconfig c.cfg"};
    static const char config[] = "[run-with]\nuser = \"nobody\"\n";
    char dir[PATH_MAX];

    (void)argument;
    require(chdir(scratch_path(dir, "series")) == 0);
    require(scratch_write("series/c.cfg", config, sizeof(config) - 1));
    source.names_dir = scratch_path(dir, "series");
    for (size_t i = 0; i < COUNT(words); i++) {
        require(chmod(scratch, 0700) == 0 && chmod(dir, 0755) == 0);
        require(start("-M q35 -nodefaults %s", words[i]) < 0);
        expect_error(ROMTOOL_E_SHADOWED,
                     "'%s' is not open to everybody: as another user QEMU would load other ROMs "
                     "unchecked, when a device is plugged in",
                     dir);
        for (size_t k = 0; k < COUNT(rom_names); k++)
            (void)close(rom_names[k].number);
        require(chmod(scratch, 0711) == 0 && chmod(dir, 0700) == 0);
        require(start("-M q35 -nodefaults %s", words[i]) == ROMTOOL_E_SHADOWED);
        for (size_t k = 0; k < COUNT(rom_names); k++)
            (void)close(rom_names[k].number);
        require(chmod(dir, 0755) == 0);
        require(start("-M q35 -nodefaults %s", words[i]) == 0);
        rt_start_free(started);
        for (size_t k = 0; k < COUNT(rom_names); k++)
            (void)close(rom_names[k].number);
    }
    require(chmod(scratch, 0700) == 0);
    require(start("-M q35 -nodefaults -run-with async-teardown=on") == 0);
    rt_start_free(started);
    require(unlink("c.cfg") == 0);
}

/* Somebody else could put one there, between this look and QEMU's. */
static void start_from_everybodys(const void *argument)
{
    char path[PATH_MAX];

    (void)argument;
    require(chdir(scratch_path(path, "series")) == 0 && chmod(".", 01777) == 0);
    require(start("-M q35 -nodefaults") < 0);
    require(chmod(".", 0775) == 0);
    expect_error(ROMTOOL_E_SHADOWED,
                 "everybody can write to the current directory, where QEMU would load a ROM "
                 "unchecked; start it from another directory");
    for (size_t i = 0; i < COUNT(rom_names); i++)
        (void)close(rom_names[i].number);
    require(start("-M q35 -nodefaults") == 0);
    rt_start_free(started);
}

static void start_no_guest(const void *argument)
{
    (void)argument;
    require(start("-device e1000,romfile=missing.rom -device help") == 0);
    expect_argv("qemu -device e1000,romfile=missing.rom -device help");
    expect_no_descriptors();
}

static void start_refused(const void *argument)
{
    (void)argument;
    require(start("-M q35 -option-rom x.rom") == ROMTOOL_E_UNSUPPORTED_ARGUMENT);
    require(start("-M pc-q35-9.9 -L %s -nodefaults -device e1000", scratch) ==
            ROMTOOL_E_UNKNOWN_MACHINE);
    require(strstr(err.text, "'pc-q35-9.9'") != NULL);
    expect_no_descriptors();
}

/* ------------------------------------------------------------------------- all of them */

static void test_case(void **state)
{
    assert_true(in_child(run_case, *state));
}

int main(void)
{
    static struct start_case cases[] = {
        CASE(start_default),     CASE(start_builtin),
        CASE(start_builtin_q35), CASE(start_builtin_own),
        CASE(start_nic),         CASE(start_shared),
        CASE(start_two_slots),   CASE(start_without),
        CASE(start_search),      CASE(start_busy),
        CASE(start_shadowed),    CASE(start_no_guest),
        CASE(start_refused),     CASE(start_links),
        CASE(start_as_another),  CASE(start_from_everybodys),
    };
    struct CMUnitTest tests[COUNT(cases)];

    for (size_t i = 0; i < COUNT(cases); i++)
        tests[i] = (struct CMUnitTest){cases[i].name, test_case, NULL, NULL, &cases[i]};
    return cmocka_run_group_tests_name("start", tests, set_up, tear_down);
}
