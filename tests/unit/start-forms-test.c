/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loader/start: the other forms in which a command line speaks of ROMs, and devices that it does
 * not name: displays, -global, -set, -readconfig, rombar=0, hotplug. Each case runs in a child.
 */
#define _GNU_SOURCE /* F_GET_SEALS */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "start-ground.h"

static struct rt_start_size sizes[2];

/* Copies a ROM of the ground to a name in the series' directory; the caller unlinks it. */
static void provide(const char *file, const char *name)
{
    struct rt_buffer content = scratch_read(file);

    require(content.len > 0);
    require(scratch_write(name, (const uint8_t *)content.data, content.len));
    rt_buffer_free(&content);
}

static void withdraw(const char *name)
{
    char path[PATH_MAX];

    require(unlink(scratch_path(path, name)) == 0);
}

static void refuse(int code, const char *text)
{
    bool is_refused = err.code == code && strstr(err.text, text) != NULL;

    if (!is_refused)
        print_error("%d %s\n", err.code, err.text);
    require(is_refused);
}

/* ------------------------------------------------------------------------- displays */

static void start_display(const void *argument)
{
    (void)argument;
    require(start("-M q35 -nodefaults -device VGA") == ROMTOOL_E_NOT_FOUND);
    require(start("-M q35 -nodefaults -vga std") == ROMTOOL_E_NOT_FOUND);
    provide("x.rom", "series/vgabios-stdvga.bin");
    require(start("-M q35 -nodefaults -device VGA") == 0);
    withdraw("series/vgabios-stdvga.bin");
    rt_start_free(started);
    expect_names("vgabios-stdvga.bin", "x.rom", 65536);
}

/* Of a model that the profile says nothing about: the slot that QEMU makes of the file. */
static void start_other_display(const void *argument)
{
    (void)argument;
    provide("efi-virtio.rom", "series/vgabios-qxl.bin");
    require(start("-M q35 -nodefaults -vga qxl") == 0);
    withdraw("series/vgabios-qxl.bin");
    rt_start_free(started);
    expect_names("vgabios-qxl.bin", "efi-virtio.rom", 4096);
}

/* Without a ROM BAR, and so without a slot: firmware gets the file as it is. */
static void start_fw_cfg_display(const void *argument)
{
    (void)argument;
    provide("x.rom", "series/vgabios.bin");
    require(start("-M q35 -nodefaults -device isa-vga") == 0);
    rt_start_free(started);
    expect_names("vgabios.bin", "x.rom", 2048);
    for (size_t i = 0; i < COUNT(rom_names); i++)
        (void)close(rom_names[i].number);
    require(start("-M isapc -nodefaults -vga std") == 0);
    withdraw("series/vgabios.bin");
    rt_start_free(started);
    expect_names("vgabios.bin", "x.rom", 2048);
    require(start("-M q35 -nodefaults -device ramfb") == ROMTOOL_E_NOT_FOUND);
}

/* Perhaps there is no such device: its ROM may be missing, but not wrong. */
static void start_default_display(const void *argument)
{
    (void)argument;
    require(start("-M q35 -nic none") == 0);
    rt_start_free(started);
    expect_names(NULL, NULL, 0);
    for (size_t i = 0; i < COUNT(rom_names); i++)
        (void)close(rom_names[i].number);
    provide("text.rom", "series/vgabios-stdvga.bin");
    require(start("-M q35 -nic none") < 0);
    refuse(ROMTOOL_E_NOT_A_ROM, "vgabios-stdvga.bin");
    require(start("-M q35 -nic none -vga none") == 0);
    withdraw("series/vgabios-stdvga.bin");
    rt_start_free(started);
    expect_names(NULL, NULL, 0);
}

/* ------------------------------------------------------------------------- JSON, -set, -global */

static void start_json(const void *argument)
{
    (void)argument;
    require(start("-M q35 -nodefaults -device {\"driver\":\"e1000\",\"romfile\":\"%s/x.rom\"}",
                  scratch) == 0);
    expect_argv("qemu -no-user-config -L /names -M q35 -nodefaults -device "
                "{\"driver\":\"e1000\",\"romfile\":\"/proc/self/fd/800\"}");
    expect_descriptor(800, "x.rom", 4096);
    require(start("-M q35 -nodefaults -device {\"driver\":\"e1000\",\"romfile\":\"%s/large.rom\"}",
                  scratch) == ROMTOOL_E_OVERSIZE);
}

static void start_set(const void *argument)
{
    (void)argument;
    require(start("-M q35 -nodefaults -device e1000,id=n -set device.n.romfile=%s/x.rom",
                  scratch) == 0);
    expect_argv("qemu -no-user-config -L /names -M q35 -nodefaults -device e1000,id=n -set "
                "device.n.romfile=/proc/self/fd/800");
    expect_descriptor(800, "x.rom", 4096);
    require(start("-M q35 -L %s -nodefaults -device e1000,id=n -set device.n.romsize=8192",
                  scratch) < 0);
    refuse(ROMTOOL_E_UNSUPPORTED_ARGUMENT, "'romsize=8192' of e1000: the slot is 4096");
}

/* One file for all devices that it reaches, those that are plugged in later as well. */
static void start_global(const void *argument)
{
    (void)argument;
    require(start("-M q35 -nodefaults -device e1000 -global e1000.romfile=%s/x.rom -device e1000",
                  scratch) == 0);
    expect_argv("qemu -no-user-config -L /names -M q35 -nodefaults -device e1000 -global "
                "e1000.romfile=/proc/self/fd/800 -device e1000");
    expect_descriptor(800, "x.rom", 4096);
    require(fcntl(801, F_GETFD) < 0);
    expect_names(NULL, NULL, 0);
    (void)close(800);
    for (size_t i = 0; i < COUNT(rom_names); i++)
        (void)close(rom_names[i].number);
    require(start("-M q35 -nodefaults -global driver=e1000,property=romfile,value=%s/x.rom",
                  scratch) == 0);
    expect_argv("qemu -no-user-config -L /names -M q35 -nodefaults -global "
                "driver=e1000,property=romfile,value=/proc/self/fd/800");
    expect_descriptor(800, "x.rom", 4096);
}

/* What a device says of itself counts, and of several -global the last. */
static void start_global_order(const void *argument)
{
    (void)argument;
    require(start("-M q35 -nodefaults -global e1000.romfile=%s/large.rom -device e1000,romfile=",
                  scratch) == ROMTOOL_E_OVERSIZE); /* whoever plugs one in gets it */
    require(start("-M q35 -nodefaults -global e1000.romfile= -device e1000,romfile=%s/x.rom",
                  scratch) == 0);
    expect_argv("qemu -no-user-config -L /names -M q35 -nodefaults -global e1000.romfile= -device "
                "e1000,romfile=/proc/self/fd/800");
    (void)close(800);
    for (size_t i = 0; i < COUNT(rom_names); i++)
        (void)close(rom_names[i].number);
    /* what is not used, or not there, is closed all the same */
    require(start("-M q35 -nodefaults -global e1000.romfile=missing.rom -global e1000.romfile= "
                  "-device e1000") == 0);
    expect_argv("qemu -no-user-config -L /names -M q35 -nodefaults -global "
                "e1000.romfile=/proc/self/fd/800 -global e1000.romfile= -device e1000");
    expect_descriptor(800, NULL, 0);
    (void)close(800);
    for (size_t i = 0; i < COUNT(rom_names); i++)
        (void)close(rom_names[i].number);
    require(start("-M q35 -nodefaults -global e1000.romfile=missing.rom -device "
                  "e1000,romfile=%s/x.rom",
                  scratch) == 0);
    expect_argv("qemu -no-user-config -L /names -M q35 -nodefaults -global "
                "e1000.romfile=/proc/self/fd/801 -device e1000,romfile=/proc/self/fd/800");
    expect_descriptor(800, "x.rom", 4096);
    expect_descriptor(801, NULL, 0);
    (void)close(800);
    (void)close(801);
    for (size_t i = 0; i < COUNT(rom_names); i++)
        (void)close(rom_names[i].number);
    require(start("-M q35 -nodefaults -global e1000.romfile=missing.rom -device e1000") < 0);
    refuse(ROMTOOL_E_NOT_FOUND, "'missing.rom'");
    require(start("-M q35 -L %s -nodefaults -global e1000.romsize=8192 -device e1000", scratch) <
            0);
    refuse(ROMTOOL_E_UNSUPPORTED_ARGUMENT, "'romsize=8192' of e1000: the slot is 4096");
    require(start("-M q35 -L %s -nodefaults -global e1000.romsize=8192", scratch) < 0);
    refuse(ROMTOOL_E_UNSUPPORTED_ARGUMENT, "'romsize=8192' of e1000: the slot is 4096");
}

static void start_global_families(const void *argument)
{
    (void)argument;
    require(start("-M q35 -nodefaults -global pci-device.romfile=%s/x.rom", scratch) < 0);
    refuse(ROMTOOL_E_UNSUPPORTED_ARGUMENT,
           "'-global pci-device.romfile': reaches devices that are not named");
    require(start("-M q35 -nodefaults -global pci-device.rombar=0") < 0);
    refuse(ROMTOOL_E_UNSUPPORTED_ARGUMENT, "'-global pci-device.rombar'");
    require(start("-M q35 -nodefaults -global virtio-pci.romsize=4096") < 0);
    refuse(ROMTOOL_E_UNSUPPORTED_ARGUMENT, "'-global virtio-pci.romsize'");
    require(start("-M q35 -nodefaults -global virtio-net-pci-base.romfile=x.rom") < 0);
    refuse(ROMTOOL_E_UNSUPPORTED_ARGUMENT, "'-global virtio-net-pci-base.romfile'");
    require(start("-M q35 -nodefaults -global pci-device.romfile= -device virtio-net-pci") == 0);
    rt_start_free(started);
    expect_names(NULL, NULL, 0);
}

/* Two slots of one file. */
static void start_global_slots(const void *argument)
{
    sizes[0] = (struct rt_start_size){"virtio-net-pci", "n", 16384};
    (void)argument;
    source.sizes = sizes;
    source.n_sizes = 1;
    require(start("-M q35 -nodefaults -global virtio-net-pci.romfile=%s/efi-virtio.rom "
                  "-device virtio-net-pci -device virtio-net-pci,id=n",
                  scratch) < 0);
    refuse(ROMTOOL_E_UNSUPPORTED_ARGUMENT, "would need two slots, 8192 and 16384");
    source.n_sizes = 0;
    (void)close(800);
    require(start("-M q35 -nodefaults -global virtio-net-pci.romfile=%s/efi-virtio.rom "
                  "-device virtio-net-pci,rombar=0 -device virtio-net-pci",
                  scratch) < 0);
    refuse(ROMTOOL_E_UNSUPPORTED_ARGUMENT, "with and without a ROM BAR");
    require(start("-M q35 -nodefaults -device ich9-ahci,romfile= -global ich9-ahci.romfile=x") < 0);
    refuse(ROMTOOL_E_UNSUPPORTED_ARGUMENT, "'-global ich9-ahci.romfile=x': no device");
}

/* ------------------------------------------------------------------------- -readconfig */

static void write_config(const char *text)
{
    require(scratch_write("c.cfg", (const uint8_t *)text, strlen(text)));
}

static void start_config(const void *argument)
{
    char text[PATH_MAX], expected[PATH_MAX];
    struct rt_buffer seen = {0};
    ssize_t n;
    int fd;

    (void)argument;
    (void)snprintf(text, sizeof(text),
                   "# a machine\n[machine]\n  type = \"q35\"\n\n[device \"n\"]\n"
                   "\tdriver = \"e1000\"\n  romfile = \"no\"\n  romfile = \"%s/x.rom\"\n"
                   "[device]\n  driver = \"virtio-net-pci\"\n"
                   "[global]\n driver =\"rtl8139\"\n property = \"romfile\"\n value = \"\"",
                   scratch);
    write_config(text);
    require(start("-nodefaults -L %s -readconfig %s/c.cfg", scratch, scratch) == 0);
    withdraw("c.cfg");
    expect_argv("qemu -no-user-config -L /names -nodefaults -L %s -readconfig /proc/self/fd/801",
                scratch);
    expect_descriptor(800, "x.rom", 4096);
    expect_names("efi-virtio.rom", "efi-virtio.rom", 8192);
    fd = open("/proc/self/fd/801", O_RDONLY);
    require(fd >= 0);
    n = read(fd, text, sizeof(text) - 1);
    require(n > 0);
    text[n] = '\0';
    (void)close(fd);
    (void)snprintf(
        expected, sizeof(expected),
        "[machine]\n  type = \"q35\"\n[device \"n\"]\n  driver = \"e1000\"\n"
        "  romfile = \"/proc/self/fd/800\"\n  romfile = \"/proc/self/fd/800\"\n[device]\n"
        "  driver = \"virtio-net-pci\"\n[global]\n  driver = \"rtl8139\"\n"
        "  property = \"romfile\"\n  value = \"\"\n");
    require_string(text, expected);
    rt_buffer_free(&seen);
}

static void start_config_refused(const void *argument)
{
    static const struct {
        const char *text, *why;
        uint64_t offset;
    } cases[] = {
        {"driver = \"x\"\n", "line 1: before the first [GROUP]", 0},
        {"[device]\nromfile = x\n", "line 2: not KEY = \"VALUE\"", 9},
        {"[device]\nromfile = \"x\n", "line 2: not KEY", 9},
        {"[device]\nromfile = \"x\" \"y\"\n", "line 2: not KEY", 9},
        {"[device]\nromfile \"x\"\n", "line 2: not KEY", 9},
        {"[device]\nromfile=\"x\"\n", "line 2: not KEY", 9}, /* nor QEMU 7.2 */
        {"[device]\n  \n", "line 2: not KEY", 9},
        {"[device \"a]\n", "line 1: not [GROUP]", 0},
        {"[device a]\n", "line 1: not [GROUP", 0},
        {"[device \"\"]\n", "line 1: not [GROUP]", 0},
        {"[device] x\n", "line 1: not [GROUP]", 0},
        {"[dev ice]\n", "line 1: not [GROUP", 0},
        {"[]\n", "line 1: not [GROUP]", 0},
        {"[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\n", "line 1: not", 0},
        {"[device]\nid = \"n\"\n", "a [device] without a driver", ROMTOOL_NO_OFFSET},
        {"[device \"n\"]\ndriver = \"e1000\"\nid = \"m\"\n", "two ids", ROMTOOL_NO_OFFSET},
        {"[device]\ndriver = \"e1000\"\nid = \"n\"\nid = \"m\"\n", "two ids", ROMTOOL_NO_OFFSET},
        {"[global]\ndriver = \"e1000\"\n", "a [global] without", ROMTOOL_NO_OFFSET},
        {"[fw_cfg \"opt/x\"]\nname = \"genroms/x\"\n", "may be a ROM", ROMTOOL_NO_OFFSET},
        {"[option-rom]\nromfile = \"x\"\n", "may load ROMs that", ROMTOOL_NO_OFFSET},
        {"[device]\ndriver = \"e1000\"\nrombar = \"x\"\n", "'rombar' is no number",
         ROMTOOL_NO_OFFSET},
    };
    static const char nul[] = "[device]\0\n";
    char line[1200] = "[device]\nx = \"";

    (void)argument;
    for (size_t i = 0; i < COUNT(cases); i++) {
        write_config(cases[i].text);
        require(start("-nodefaults -readconfig %s/c.cfg", scratch) < 0);
        refuse(ROMTOOL_E_UNSUPPORTED_ARGUMENT, cases[i].why);
        require(err.offset == cases[i].offset);
    }
    require(scratch_write("c.cfg", (const uint8_t *)nul, sizeof(nul) - 1));
    require(start("-readconfig %s/c.cfg", scratch) < 0);
    refuse(ROMTOOL_E_UNSUPPORTED_ARGUMENT, "a NUL byte");
    memset(line + strlen(line), 'y', 1000);
    memcpy(line + 1014, "\"\n", 3);
    write_config(line);
    require(start("-readconfig %s/c.cfg", scratch) < 0);
    refuse(ROMTOOL_E_UNSUPPORTED_ARGUMENT, "line 2: key and value of more than 1000 bytes");
    memset(line + 1014, ' ', 18);
    memcpy(line + 1013, "\"", 1);
    write_config(line);
    require(start("-readconfig %s/c.cfg", scratch) < 0);
    refuse(ROMTOOL_E_UNSUPPORTED_ARGUMENT, "line 2: longer than 1022 bytes");
    withdraw("c.cfg");
    require(start("-readconfig %s/c.cfg", scratch) == ROMTOOL_E_NOT_FOUND);
    require(start("-readconfig -") < 0);
    refuse(ROMTOOL_E_NOT_FOUND, "'./-'");
    require(start("-readconfig /dev/null") == ROMTOOL_E_NOT_REGULAR);
    expect_no_descriptors();
}

/* QEMU only answers, as long as the file says what it said. */
static void start_config_without_guest(const void *argument)
{
    (void)argument;
    write_config("[machine]\n  type = \"help\"\n[device]\n  driver = \"e1000\"\n");
    require(start("-readconfig %s/c.cfg -device e1000,romfile=missing.rom", scratch) == 0);
    expect_argv("qemu -readconfig /proc/self/fd/800 -device e1000,romfile=missing.rom");
}

/* NICs of a file's: unlike -nic and -net they leave the default NIC where it is. */
static void start_config_nics(const void *argument)
{
    (void)argument;
    write_config("[nic]\n  type = \"user\"\n  model = \"virtio\"\n[net]\n  type = \"user\"\n");
    require(start("-M q35 -L %s -nodefaults -readconfig %s/c.cfg", scratch, scratch) == 0);
    rt_start_free(started);
    expect_names("efi-virtio.rom", "efi-virtio.rom", 8192);
    write_config("[net]\n  type = \"nic\"\n  model = \"rtl8139\"\n");
    require(start("-M q35 -L %s -nodefaults -readconfig %s/c.cfg", scratch, scratch) ==
            ROMTOOL_E_OVERSIZE);
    withdraw("c.cfg");
}

/* ------------------------------------------------------------------------- rombar=0 */

/* Firmware gets the file as it is; there is no slot. */
static void start_without_bar(const void *argument)
{
    (void)argument;
    require(start("-M q35 -L %s -nodefaults -device e1000,rombar=0", scratch) == 0);
    rt_start_free(started);
    expect_names("efi-e1000.rom", "efi-e1000.rom", 2048);
    for (size_t i = 0; i < COUNT(rom_names); i++)
        (void)close(rom_names[i].number);
    require(start("-M q35 -L %s -nodefaults -device e1000,rombar=0 -device e1000", scratch) < 0);
    refuse(ROMTOOL_E_UNSUPPORTED_ARGUMENT, "'efi-e1000.rom' would need two slots, 2048 and 4096");
    for (size_t i = 0; i < COUNT(rom_names); i++)
        (void)close(rom_names[i].number);
    require(start("-M q35 -L %s -nodefaults -device e1000 -device e1000,rombar=0", scratch) < 0);
    refuse(ROMTOOL_E_UNSUPPORTED_ARGUMENT, "'efi-e1000.rom' would need two slots, 4096 and 2048");
    for (size_t i = 0; i < COUNT(rom_names); i++)
        (void)close(rom_names[i].number);
    require(start("-M q35 -nodefaults -device rtl8139,rombar=0,romfile=%s/text.rom", scratch) < 0);
    refuse(ROMTOOL_E_NOT_A_ROM, "text.rom");
    require(start("-M q35 -nodefaults -device e1000,rombar=0,romfile=%s/x.rom", scratch) == 0);
    rt_start_free(started);
    expect_descriptor(800, "x.rom", 2048);
}

/* ------------------------------------------------------------------------- one device's slot */

static size_t n_overridden;

static void count_overridden(void *user, const struct romtool_mandate *mandate,
                             const struct rt_start_size *size)
{
    require(user == &n_loaded && mandate->slot != size->slot);
    n_overridden++;
}

static void start_one_size(const void *argument)
{
    sizes[0] = (struct rt_start_size){"e1000", "n", 8192};
    sizes[1] = (struct rt_start_size){"e1000", NULL, 16384};
    (void)argument;
    source.sizes = sizes;
    source.n_sizes = 1;
    source.events.overridden = count_overridden;
    require(start("-M q35 -nodefaults -device e1000,id=n,romfile=%s/x.rom -device "
                  "e1000,id=m,romfile=%s/x.rom",
                  scratch, scratch) == 0);
    rt_start_free(started);
    expect_descriptor(800, "x.rom", 8192);
    expect_descriptor(801, "x.rom", 4096);
    require(n_overridden == 1);
    (void)close(800);
    (void)close(801);
    for (size_t i = 0; i < COUNT(rom_names); i++)
        (void)close(rom_names[i].number);
    require(start("-M q35 -L %s -nodefaults -device e1000,id=m", scratch) < 0);
    refuse(ROMTOOL_E_USAGE, "--rom-size e1000@n: no such device with a ROM and this id");
    for (size_t i = 0; i < COUNT(rom_names); i++)
        (void)close(rom_names[i].number);
    require(start("-M q35 -L %s -nodefaults -device virtio-net-pci,id=n", scratch) < 0);
    refuse(ROMTOOL_E_USAGE, "--rom-size e1000@n");
    for (size_t i = 0; i < COUNT(rom_names); i++)
        (void)close(rom_names[i].number);
    source.n_sizes = 2; /* what is stated for one device counts before what is for its driver */
    require(start("-M q35 -nodefaults -device e1000,id=n,romfile=%s/x.rom -device "
                  "e1000,id=m,romfile=%s/x.rom",
                  scratch, scratch) == 0);
    rt_start_free(started);
    expect_descriptor(800, "x.rom", 8192);
    expect_descriptor(801, "x.rom", 16384);
}

/* ------------------------------------------------------------------------- hotplug */

static size_t n_closed;

static void count_closed(void *user, const char *file, const char *why)
{
    require(user == &n_loaded && strstr(why, file) != NULL);
    require_string(file, "vgabios-stdvga.bin");
    n_closed++;
}

static void start_hotplug(const void *argument)
{
    (void)argument;
    source.hotplug = true;
    source.events.closed = count_closed;
    require(start("-M q35 -L %s -nodefaults", scratch) == ROMTOOL_E_OVERSIZE); /* rtl8139's */
    for (size_t i = 0; i < COUNT(rom_names); i++)
        (void)close(rom_names[i].number);
    require(start("-M q35 -L %s -nodefaults -global rtl8139.romfile=", scratch) == 0);
    rt_start_free(started);
    require(n_closed >= 1);
    for (size_t i = 0; i < COUNT(rom_names); i++) {
        const char *name = rom_names[i].name;
        bool is_there = strcmp(name, "efi-e1000.rom") == 0 || strcmp(name, "efi-e1000e.rom") == 0 ||
                        strcmp(name, "efi-virtio.rom") == 0;

        expect_descriptor(rom_names[i].number, is_there ? name : NULL,
                          !is_there                             ? 0
                          : strcmp(name, "efi-virtio.rom") == 0 ? 8192
                                                                : 4096);
    }
}

/* ------------------------------------------------------------------------- all of them */

static void test_case(void **state)
{
    assert_true(in_child(run_case, *state));
}

int main(void)
{
    static struct start_case cases[] = {
        CASE(start_display),
        CASE(start_other_display),
        CASE(start_default_display),
        CASE(start_fw_cfg_display),
        CASE(start_json),
        CASE(start_set),
        CASE(start_global),
        CASE(start_global_order),
        CASE(start_global_families),
        CASE(start_global_slots),
        CASE(start_config),
        CASE(start_config_refused),
        CASE(start_config_nics),
        CASE(start_config_without_guest),
        CASE(start_without_bar),
        CASE(start_one_size),
        CASE(start_hotplug),
    };
    struct CMUnitTest tests[COUNT(cases)];

    for (size_t i = 0; i < COUNT(cases); i++)
        tests[i] = (struct CMUnitTest){cases[i].name, test_case, NULL, NULL, &cases[i]};
    return cmocka_run_group_tests_name("start-forms", tests, set_up, tear_down);
}
