/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loader/qemu: what a command line says about ROMs. Each is given in words, and what is read of it
 * is written back as one line: "q35 device=e1000[romfile=x.rom] builtin".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader/qemu.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------------- one command line */

struct line {
    char *copy;
    char *argv[32];
    int argc;
};

/* The words behind argv[0], separated by one space each. */
static struct line line_of(const char *words)
{
    struct line line = {.copy = strdup(words), .argv = {(char *)(uintptr_t) "qemu"}, .argc = 1};

    assert_non_null(line.copy);
    for (char *word = line.copy; word != NULL && words[0] != '\0';) {
        char *space = strchr(word, ' ');

        assert_true((size_t)line.argc + 1 < COUNT(line.argv));
        line.argv[line.argc++] = word;
        if (space != NULL)
            *space++ = '\0';
        word = space;
    }
    return line;
}

static void print_rom(struct rt_buffer *out, const struct rt_qemu_rom *rom)
{
    static const char *const forms[] = {"",       "json ",  "set ",        "global ",
                                        "value ", "entry ", "entry value "};

    if (rom->romfile != NULL && rom->place.form < RT_QEMU_ENTRY)
        rt_buffer_printf(out, "[%sromfile@%d=%s]", forms[rom->place.form], rom->place.argument,
                         rom->romfile);
    else if (rom->romfile != NULL)
        rt_buffer_printf(out, "[%s%zu.%zu romfile=%s]", forms[rom->place.form], rom->place.config,
                         rom->place.section, rom->romfile);
    if (rom->romsize != 0)
        rt_buffer_printf(out, "[romsize=%llu]", (unsigned long long)rom->romsize);
    if (rom->rombar != RT_QEMU_ROMBAR_UNSTATED)
        rt_buffer_puts(out, rom->rombar == RT_QEMU_ROMBAR_OFF ? "[rombar off]" : "[rombar on]");
}

static void print_device(struct rt_buffer *out, const struct rt_qemu_device *device)
{
    static const char *const origins[] = {"device", "nic", "vga", "builtin", "display", "later"};

    rt_buffer_printf(out, " %s", origins[device->origin]);
    if (device->driver != NULL)
        rt_buffer_printf(out, "=%s", device->driver);
    if (device->id != NULL)
        rt_buffer_printf(out, "#%s", device->id);
    print_rom(out, &device->rom);
    if (device->json)
        rt_buffer_puts(out, "[json]");
}

static struct rt_buffer print(const struct rt_qemu *qemu)
{
    struct rt_buffer out = {0};

    rt_buffer_puts(&out, qemu->machine != NULL ? qemu->machine : "-");
    for (size_t i = 0; i < qemu->n_devices; i++)
        print_device(&out, &qemu->devices[i]);
    for (size_t i = 0; i < qemu->n_globals; i++) {
        rt_buffer_printf(&out, " global=%s.%s", qemu->globals[i].driver, qemu->globals[i].property);
        print_rom(&out, &qemu->globals[i].rom);
    }
    for (size_t i = 0; i < qemu->n_data_dirs; i++)
        rt_buffer_printf(&out, " L=%s", qemu->data_dirs[i]);
    if (qemu->starts_no_guest)
        rt_buffer_puts(&out, " no guest");
    return out;
}

struct reading {
    const char *words;
    const char *expected;
};

static void expect(const struct reading *readings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct line line = line_of(readings[i].words);
        struct romtool_error err;
        struct rt_buffer seen;
        struct rt_qemu qemu;

        rt_error_clear(&err);
        if (rt_qemu_read(line.argc, line.argv, &qemu, &err) != 0)
            fail_msg("'%s': %s", readings[i].words, err.text);
        seen = print(&qemu);
        if (strcmp(seen.data, readings[i].expected) != 0)
            fail_msg("'%s' reads '%s', expected is '%s'", readings[i].words, seen.data,
                     readings[i].expected);
        rt_buffer_free(&seen);
        rt_qemu_free(&qemu);
        free(line.copy);
    }
}

/* ------------------------------------------------------------------------- machine types */

static void test_machines(void **state)
{
    static const struct reading readings[] = {
        {"", "- builtin display"},
        {"-M q35", "q35 builtin display"},
        {"-machine q35", "q35 builtin display"},
        {"--machine q35", "q35 builtin display"},
        {"--M q35", "q35 builtin display"},
        {"-M type=q35", "q35 builtin display"},
        {"-M q35,accel=kvm,usb=off", "q35 builtin display"},
        {"-M accel=kvm,type=q35", "q35 builtin display"},
        {"-M accel=kvm", "- builtin display"},
        {"-M q35 -M accel=kvm", "q35 builtin display"},
        {"-M q35 -machine pc", "pc builtin display"},
        {"-M q35,type=pc", "pc builtin display"},
        {"-M accel=kvm,q35", "- builtin display"}, /* only the first may lack its key */
        {"-M a,,b", "a,b builtin display"},
        {"-M pc -m 1G -smp 2 disk.img -snapshot", "pc builtin display"},
    };

    (void)state;
    expect(readings, COUNT(readings));
}

/* Nothing is checked where QEMU only answers: it must be sure that it does. */
static void test_no_guest(void **state)
{
    static const struct reading readings[] = {
        {"-version", "- builtin display no guest"},
        {"--version", "- builtin display no guest"},
        {"-h", "- builtin display no guest"},
        {"-help", "- builtin display no guest"},
        {"-M help", "help builtin display no guest"},
        {"-M ?", "? builtin display no guest"},
        {"-M type=help", "help builtin display no guest"},
        {"-M help -M accel=kvm", "help builtin display no guest"},
        {"-L help", "- builtin display L=help no guest"},
        {"-device help", "- device=help builtin display no guest"},
        {"-device ?", "- device=? builtin display no guest"},
        {"-device driver=help", "- device=help builtin display no guest"},
        {"-device e1000,help", "- device=e1000 builtin display no guest"},
        {"-device e1000,?", "- device=e1000 builtin display no guest"},
        {"-device e1000,help=on", "- device=e1000 builtin display no guest"}, /* measured on 7.2 */
        {"-device e1000,id=n -set device.n.driver=help",
         "- device=help#n builtin display no guest"},
        {"-device {\"driver\":\"help\"}", "- device=help[json] builtin display"},
        /* measured on 7.2: each of these starts a guest */
        {"-M type=help,type=pc", "pc builtin display"},
        {"-M help -M pc", "pc builtin display"},
        {"-device help,driver=e1000", "- device=e1000 builtin display"},
        {"-device help,id=n -set device.n.driver=e1000", "- device=e1000#n builtin display"},
        {"-nic none,model=help", "- display"},
        {"-nic user,model=help", "- nic=help display"},
        {"-append help", "- builtin display"},
        {"-kernel -version", "- builtin display"},
    };

    (void)state;
    expect(readings, COUNT(readings));
}

/* ------------------------------------------------------------------------- devices */

static void test_devices(void **state)
{
    static const struct reading readings[] = {
        {"-device e1000", "- device=e1000 builtin display"},
        {"--device e1000", "- device=e1000 builtin display"},
        {"-device e1000,id=n,mac=1:2", "- device=e1000#n builtin display"},
        {"-device driver=e1000,id=n", "- device=e1000#n builtin display"},
        {"-device id=n,driver=e1000", "- device=e1000#n builtin display"},
        {"-device e1000,driver=rtl8139", "- device=rtl8139 builtin display"},
        {"-device e1000,multifunction", "- device=e1000 builtin display"},
        {"-device driver=a,,b,id=x,,y", "- device=a,b#x,y builtin display"},
        {"-device e1000,", "- device=e1000 builtin display"},
        {"-device e1000 -device rtl8139", "- device=e1000 device=rtl8139 builtin display"},
        {"-append -device -device e1000", "- device=e1000 builtin display"},
        {"-name -nodefaults -S", "- builtin display"},
        /* romfile */
        {"-device e1000,romfile=x.rom", "- device=e1000[romfile@2=x.rom] builtin display"},
        {"-device romfile=x.rom,driver=e1000", "- device=e1000[romfile@2=x.rom] builtin display"},
        {"-device e1000,romfile=", "- device=e1000[romfile@2=] builtin display"},
        {"-device e1000,romfile=,id=n", "- device=e1000#n[romfile@2=] builtin display"},
        {"-device e1000,romfile=a,,b.rom", "- device=e1000[romfile@2=a,b.rom] builtin display"},
        {"-device e1000,romfile=a,,,id=n", "- device=e1000#n[romfile@2=a,] builtin display"},
        /* a comma twice is one in a value, not behind a key: QEMU 7.2 takes the file "x" */
        {"-device e1000,a,,romfile=x", "- device=e1000[romfile@2=x] builtin display"},
        {"-device e1000,a,,b,,c,id=n", "- device=e1000#n builtin display"},
        {"-device e1000,romfile=a=b", "- device=e1000[romfile@2=a=b] builtin display"},
        {"-device e1000,romfile=a,romfile=b", "- device=e1000[romfile@2=b] builtin display"},
        /* romsize */
        {"-device e1000,romsize=262144", "- device=e1000[romsize=262144] builtin display"},
        {"-device e1000,romsize=0x40000", "- device=e1000[romsize=262144] builtin display"},
        {"-device e1000,romsize=256K", "- device=e1000[romsize=262144] builtin display"},
        {"-device e1000,romsize=1,romsize=2", "- device=e1000[romsize=2] builtin display"},
        /* rombar: QEMU reads all of these as 0 */
        {"-device e1000,rombar=0", "- device=e1000[rombar off] builtin display"},
        {"-device e1000,rombar=00", "- device=e1000[rombar off] builtin display"},
        {"-device e1000,rombar=0x0", "- device=e1000[rombar off] builtin display"},
        {"-device e1000,rombar=off", "- device=e1000[rombar off] builtin display"},
        {"-device e1000,rombar=", "- device=e1000[rombar off] builtin display"},
        {"-device e1000,rombar=1", "- device=e1000[rombar on] builtin display"},
        {"-device e1000,rombar=on", "- device=e1000[rombar on] builtin display"},
        {"-device e1000,rombar=0,rombar=1", "- device=e1000[rombar on] builtin display"},
        {"-device e1000,rombar=1,rombar=0", "- device=e1000[rombar off] builtin display"},
        {"-device e1000,rombar=-1", "- device=e1000[rombar on] builtin display"},
        {"-device e1000,rombar=auto", "- device=e1000[rombar on] builtin display"},
        /* JSON */
        {"-device {\"driver\":\"e1000\"}", "- device=e1000[json] builtin display"},
        {"-device {\"driver\":\"e1000\",\"id\":\"romfile\"}",
         "- device=e1000#romfile[json] builtin display"},
        {"-device {\"romfile\":\"x,y\",\"driver\":\"e1000\",\"romsize\":4096,\"rombar\":0}",
         "- device=e1000[json romfile@2=x,y][romsize=4096][rombar off][json] builtin display"},
        {"-device {\"driver\":\"e1000\",\"romfile\":\"\",\"rombar\":1}",
         "- device=e1000[json romfile@2=][rombar on][json] builtin display"},
        {"-device {\"driver\":\"e1000\",\"deeper\":{\"romfile\":\"x\"}}",
         "- device=e1000[json] builtin display"},
    };

    (void)state;
    expect(readings, COUNT(readings));
}

/* ------------------------------------------------------------------------- NICs */

static void test_nics(void **state)
{
    static const struct reading readings[] = {
        {"-nic user", "- nic display"},
        {"-nic user,model=e1000", "- nic=e1000 display"},
        {"-nic model=e1000", "- nic=e1000 display"},
        {"-nic model=e1000,type=tap", "- nic=e1000 display"},
        {"-nic type=user,model=a,model=b", "- nic=b display"},
        {"-nic none", "- display"},
        {"-nic type=none", "- display"},
        {"-nic none -nic tap,id=x", "- nic display"},
        {"-nic user -nic tap,model=rtl8139", "- nic nic=rtl8139 display"},
        {"-net nic", "- nic display"},
        {"-net nic,model=e1000 -net user", "- nic=e1000 display"},
        {"-net type=nic,model=e1000", "- nic=e1000 display"},
        {"-net nic -net nic,model=a", "- nic nic=a display"},
        {"-net user", "- display"},
        {"-net none", "- display"},
        {"-net tap,model=e1000", "- display"},
        /* the machine's own is taken away */
        {"-nodefaults", "-"},
        {"--nodefaults -device e1000", "- device=e1000"},
        {"-netdev user,id=n", "- display"},
        {"-device e1000,netdev=n -netdev user,id=n", "- device=e1000 display"},
        {"-append -nodefaults", "- builtin display"},
        {"-run-with async-teardown=on", "- builtin display"},
        {"-fw_cfg opt/a.rom,file=x -fw_cfg file=x,name=etc/b", "- builtin display"},
        {"-device e1000 -nic user", "- device=e1000 nic display"},
    };

    (void)state;
    expect(readings, COUNT(readings));
}

static void test_data_dirs(void **state)
{
    static const struct reading readings[] = {
        {"-L /a -L b,c", "- builtin display L=/a L=b,c"},
        {"-append -L -S", "- builtin display"},
    };

    (void)state;
    expect(readings, COUNT(readings));
}

/* ------------------------------------------------------------------------- what is refused */

static void refuse(const char *words, int code, const char *text)
{
    struct line line = line_of(words);
    struct romtool_error err;
    struct rt_qemu qemu;

    memset(&qemu, 0xa5, sizeof(qemu));
    rt_error_clear(&err);
    if (rt_qemu_read(line.argc, line.argv, &qemu, &err) != code || err.code != code)
        fail_msg("'%s' gave %d %s", words, err.code, err.text);
    if (strstr(err.text, text) == NULL)
        fail_msg("'%s' gave '%s', expected is '%s'", words, err.text, text);
    assert_null(qemu.machine);
    assert_null(qemu.devices);
    assert_null(qemu.data_dirs);
    assert_null(qemu.globals);
    assert_null(qemu.configs);
    assert_int_equal(qemu.n_devices + qemu.n_data_dirs + qemu.n_globals + qemu.n_configs, 0);
    free(line.copy);
}

static void test_refused(void **state)
{
    static const struct reading refusals[] = {
        {"-what", "'-what': not an option of QEMU that romtool knows"},
        {"--", "'--': not an option"},
        {"---device e1000", "'---device': not an option"},
        {"-device=e1000", "'-device=e1000': not an option"},
        {"-devic e1000", "'-devic': not an option"},
        {"-M", "'-M': its value is missing"},
        {"-device", "'-device': its value is missing"},
        {"-S -append", "'-append': its value is missing"},
        {"-option-rom x.rom", "'-option-rom x.rom': may load ROMs"},
        {"-M pc -L a -device e1000 -option-rom x", "'-option-rom x'"},
        {"-global e1000", "'-global e1000': not DRIVER.PROPERTY=VALUE"},
        {"-global driver=e1000,property=romfile", "not DRIVER.PROPERTY=VALUE"},
        {"-global .romfile=x", "not DRIVER.PROPERTY=VALUE"},
        {"-global e1000.romsize=x", "'-global e1000.romsize=x': 'romsize' is not a size"},
        {"-global e1000.rombar=x", "'-global e1000.rombar=x': 'rombar' is no number"},
        {"-set device.n.romfile=x", "'-set device.n.romfile=x': no -device"},
        {"-device {\"driver\":\"e1000\",\"id\":\"n\"} -set device.n.romfile=x", "no -device"},
        {"-device e1000,id=no -set device.n.romsize=1", "no -device"},
        {"-set device.n.rombar=0 -device e1000,id=n", "no -device"},
        {"-device e1000,id=n -set device.n.id=m", "state it with -device"},
        /* of which QEMU 7.2 has "a" */
        {"-device e1000,id=a,id=b -device rtl8139,id=b -set device.b.romfile=x",
         "'-device e1000,id=a,id=b': two ids"},
        {"-device id=n,driver=e1000,romfile=x,id=n", "two ids"},
        {"-device e1000,id=a=b -set device.a=b.romfile=x", "not GROUP.ID.PROPERTY=VALUE"},
        {"-set device.n", "not GROUP.ID.PROPERTY=VALUE"},
        {"-set net.n.model=e1000", "state it with its own option"},
        {"-set nic.n.model=e1000", "state it with its own option"},
        {"-set global.n.value=x", "state it with its own option"},
        {"-set machine.n.type=q35", "state it with its own option"},
        {"-set option-rom.n.romfile=x", "state it with its own option"},
        {"-set run-with.r.chroot=/d", "state it with its own option"},
        {"-set fw_cfg.f.name=genroms/x", "state it with its own option"},
        {"-fw_cfg name=genroms/x.rom,file=x",
         "'-fw_cfg name=genroms/x.rom,file=x': fw_cfg's 'genroms/x.rom' may"},
        {"-fw_cfg vgaroms/x.rom,file=x", "may be a ROM"},
        {"-fw_cfg name=opt/x,name=pci1af4,,1000.rom,file=x", "may be a ROM"},
        {"-fw_cfg file=x", "may be a ROM"},
        {"-fw_cfg name=,file=x", "may be a ROM"},
        {"-fw_cfg name=xopt/y,file=x", "may be a ROM"},
        {"-chroot /d", "'-chroot /d': may load ROMs"},
        {"-run-with async-teardown=on,nochroot", "nochroot': may load ROMs"},
        {"-run-with chroot", "chroot': may load ROMs"},
        {"-run-with async-teardown=on,chroot=/d", "chroot=/d': may load ROMs"},
        {"-vga new", "'-vga new': not a display that romtool knows"},
        {"-vga stdx", "'-vga stdx'"},
        {"-vga none,x", "'-vga none,x'"},
        {"-device e1000,rombar=x", "'rombar' is no number"},
        {"-device e1000,rombar=1x", "'rombar' is no number"},
        {"-device id=n", "'-device id=n': no driver"},
        {"-device romfile=x,e1000", "no driver"},
        {"-device e1000,romsize=", "'-device e1000,romsize=': 'romsize' is not a size"},
        {"-device e1000,romsize=0", "'-device e1000,romsize=0': 'romsize' is not a size"},
        {"-device e1000,romsize=-1", "'-device e1000,romsize=-1': 'romsize' is not a size"},
        {"-device e1000,romsize=1G", "'-device e1000,romsize=1G': 'romsize' is not a size"},
        {"-device e1000,romsize=99999999999999999999", "is not a size"},
        /* QEMU 7.2 loads the files "on" and "off" */
        {"-device e1000,romfile",
         "'-device e1000,romfile': id, driver or a ROM property without a value"},
        {"-device e1000,noromfile,id=n", "a ROM property without"},
        {"-device e1000,norombar", "a ROM property without"},
        {"-device driver=e1000,romsize", "a ROM property without"},
        /* QEMU 7.2 has the ids "on" and "off" */
        {"-device e1000,id,id=n -set device.n.romfile=x", "id, driver or"},
        {"-device e1000,noid", "id, driver or"},
        {"-device noid,driver=e1000", "id, driver or"},
        {"-device e1000,,noid,driver=e1000,id=n", "a driver's name with a comma"},
        {"-device e1000,,id=z,driver=e1000,id=n", "a value with an id in it"},
        {"-device virtio-net-pci,failover_pair_id=a,,id=z,id=n", "a value with an id in it"},
        {"-device e1000,driver", "id, driver or"},
        {"-device {\"driver\":\"e1000\",\"romfile\":true}", "romfile is a string"},
        {"-device {\"romsize\":[1],\"driver\":\"e1000\"}", "romfile is a string"},
        {"-device {\"driver\":\"e1000\",\"rombar\":null}", "romfile is a string"},
        {"-device {\"driver\":\"e1000\",\"romsize\":\"4096\"}", "are integers"},
        {"-device {\"driver\":\"e1000\",\"romfile\":1}", "romfile is a string"},
        {"-device {\"driver\":\"e1000\",\"romsize\":-1}", "'romsize' is not a size"},
        {"-device {\"id\":\"n\"}", "no driver"},
        {"-device {\"driver\":1}", "no driver"},
        {"-nic {\"type\":\"user\"}", "JSON is not understood"},
        {"-net {\"type\":\"nic\"}", "JSON is not understood"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(refusals); i++)
        refuse(refusals[i].words, ROMTOOL_E_UNSUPPORTED_ARGUMENT, refusals[i].expected);
    refuse("-device {\"driver\":", ROMTOOL_E_BAD_JSON, "'-device {");
    refuse("-device {'driver':'e1000'}", ROMTOOL_E_BAD_JSON, "line 1");
    refuse("-device {\"driver\":\"a\",\"driver\":\"b\"}", ROMTOOL_E_BAD_JSON, "duplicate");
}

/* However long a word is, the reason is there. */
static void test_long_words(void **state)
{
    static const struct {
        const char *before, *reason;
        int code;
    } cases[] = {
        {"-device e1000,romsize=x,id=", "nnn': 'romsize' is not a size",
         ROMTOOL_E_UNSUPPORTED_ARGUMENT},
        {"-fw_cfg ", "nnn' may be a ROM; names of one's own begin with opt/",
         ROMTOOL_E_UNSUPPORTED_ARGUMENT},
        {"-device {\"", "nnn': line 1, column ", ROMTOOL_E_BAD_JSON},
        {"-", "nnn': not an option of QEMU", ROMTOOL_E_UNSUPPORTED_ARGUMENT},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char words[600] = "";
        size_t len = strlen(cases[i].before);

        memset(words, 'n', sizeof(words) - 1);
        memcpy(words, cases[i].before, len);
        refuse(words, cases[i].code, cases[i].reason);
    }
}

/* An empty value is a value. */
static void test_empty_values(void **state)
{
    char *argv[] = {(char *)(uintptr_t) "qemu", (char *)(uintptr_t) "-M", (char *)(uintptr_t) "",
                    (char *)(uintptr_t) "-device", (char *)(uintptr_t) ""};
    struct rt_qemu qemu;

    (void)state;
    assert_int_equal(rt_qemu_read(3, argv, &qemu, NULL), 0);
    assert_null(qemu.machine);
    rt_qemu_free(&qemu);
    assert_int_equal(rt_qemu_read(5, argv, &qemu, NULL), ROMTOOL_E_UNSUPPORTED_ARGUMENT);
    assert_int_equal(rt_qemu_read(1, argv, &qemu, NULL), 0);
    assert_int_equal(qemu.n_devices, 2);
    rt_qemu_free(&qemu);
    assert_int_equal(rt_qemu_read(0, NULL, &qemu, NULL), 0);
    rt_qemu_free(&qemu);
    rt_qemu_free(&qemu);
}

/* ------------------------------------------------------------------------- the rest */

static void test_default_nic(void **state)
{
    static const struct {
        const char *machine, *nic;
    } cases[] = {
        {"pc-i440fx-7.2", "e1000"},
        {"pc-1.3", "e1000"},
        {"pc-q35-1.4", "e1000"},
        {"pc-q35-2.4", "e1000"},
        {"pc-q35-2.11", "e1000"},
        {"pc-q35-2.12", "e1000e"},
        {"pc-q35-3.0", "e1000e"},
        {"pc-q35-4.0.1", "e1000e"},
        {"pc-q35-10.0", "e1000e"},
        {"virt-7.2", "virtio-net-pci"},
        {"pseries-7.2", NULL}, /* spapr-vlan */
        {"microvm", NULL},
        {"isapc", NULL},
        {"none", NULL},
        {"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *nic = rt_qemu_default_nic(cases[i].machine);

        assert_int_equal(nic == NULL, cases[i].nic == NULL);
        if (nic != NULL)
            assert_string_equal(nic, cases[i].nic);
    }
}

static void test_default_display(void **state)
{
    static const struct {
        const char *machine, *display;
    } cases[] = {
        {"pc-i440fx-7.2", "VGA"},
        {"pc-i440fx-2.2", "VGA"},
        {"pc-i440fx-2.1", "cirrus-vga"},
        {"pc-i440fx-1.4", "cirrus-vga"},
        {"pc-1.3", "cirrus-vga"},
        {"pc-0.14", "cirrus-vga"},
        {"pc-q35-2.1", "cirrus-vga"},
        {"pc-q35-2.2", "VGA"},
        {"pc-q35-10.0", "VGA"},
        {"pc-q35-own", "VGA"},
        {"pc-i440fx-own", "VGA"},
        {"pseries-7.2", "VGA"},
        {"isapc", "isa-cirrus-vga"},
        {"malta", "VGA"},
        {"virt-7.2", NULL},
        {"microvm", NULL},
        {"none", NULL},
        {"s390-ccw-virtio-7.2", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *display = rt_qemu_default_display(cases[i].machine);

        assert_int_equal(display == NULL, cases[i].display == NULL);
        if (display != NULL)
            assert_string_equal(display, cases[i].display);
    }
}

static void test_displays(void **state)
{
    static const struct reading readings[] = {
        {"-vga none", "- builtin"},
        {"-vga std", "- vga=VGA builtin"},
        {"-vga std,retrace=precise", "- vga=VGA builtin"},
        {"-vga cirrus -nodefaults", "- vga=cirrus-vga"},
        {"-nodefaults -vga qxl", "- vga=qxl-vga"},
        {"-vga virtio", "- vga=virtio-vga builtin"},
        {"-vga vmware", "- vga=vmware-svga builtin"},
        {"-vga tcx", "- builtin"},
        {"-vga help", "- builtin no guest"},
        {"-vga std -vga help", "- vga=VGA builtin no guest"},
        {"-vga help -vga std", "- vga=VGA builtin"},
        {"-vga help -vga none", "- builtin"},
        {"-device VGA", "- device=VGA builtin"},
        {"-device {\"driver\":\"qxl-vga\"}", "- device=qxl-vga[json] builtin"},
        {"-device qxl", "- device=qxl builtin display"},
        {"-device VGA,id=n -set device.n.driver=e1000", "- device=e1000#n builtin display"},
        {"-device e1000,id=n -set device.n.driver=VGA", "- device=VGA#n builtin"},
        {"-device bochs-display", "- device=bochs-display builtin display"},
        /* as in QEMU: any -global about one takes the default display away */
        {"-global VGA.vgamem_mb=16", "- builtin"},
        {"-global driver=cirrus-vga,property=x,value=1", "- builtin"},
        {"-global e1000.x=VGA", "- builtin display"},
    };

    (void)state;
    expect(readings, COUNT(readings));
}

static void test_globals(void **state)
{
    static const struct reading readings[] = {
        {"-global e1000.romfile=a=b.c,,d",
         "- builtin display global=e1000.romfile[global romfile@2=a=b.c,,d]"},
        {"-global e1000.romfile=", "- builtin display global=e1000.romfile[global romfile@2=]"},
        {"-global driver=e1000,property=romfile,value=a,,b",
         "- builtin display global=e1000.romfile[value romfile@2=a,b]"},
        {"-global value=0,property=rombar,driver=e1000 -global e1000.romsize=4096",
         "- builtin display global=e1000.rombar[rombar off] global=e1000.romsize[romsize=4096]"},
        {"-global e1000.mac=romfile", "- builtin display"},
        {"-global PIIX4_PM.disable_s3=1", "- builtin display"},
        /* of a device by its id */
        {"-device e1000,id=n -set device.n.romfile=a=b",
         "- device=e1000#n[set romfile@4=a=b] builtin display"},
        {"-device e1000,id=n -set device.n.rombar=0 -set device.n.romsize=512",
         "- device=e1000#n[romsize=512][rombar off] builtin display"},
        {"-device e1000,id=n -device rtl8139,id=m -set device.n.rombar=1",
         "- device=e1000#n[rombar on] device=rtl8139#m builtin display"},
        {"-device e1000,id=n,romfile=a -set device.n.romfile=x",
         "- device=e1000#n[set romfile@4=x] builtin display"},
        {"-device e1000,id=n -set device.n.romfile=a -set device.n.romfile=",
         "- device=e1000#n[set romfile@6=] builtin display"},
        {"-device e1000,id=n -set device.n.driver=rtl8139", "- device=rtl8139#n builtin display"},
        {"-set drive.d.file=x", "- builtin display"},
        {"-device e1000,id=n -set device.n.mac=driver", "- device=e1000#n builtin display"},
    };

    (void)state;
    expect(readings, COUNT(readings));
}

/* ------------------------------------------------------------------------- replacing */

static void expect_replaced(enum rt_qemu_form form, const char *text, const char *expected)
{
    const struct rt_qemu_place place = {.form = form, .argument = 0};
    struct rt_qemu qemu = {0};
    char *argv[] = {strdup(text), NULL};

    assert_int_equal(rt_qemu_replace_romfile(&qemu, &place, "/dev/fd/9", argv, NULL), 0);
    assert_string_equal(argv[0], expected);
    free(argv[0]);
}

static void test_replace_romfile(void **state)
{
    static const struct {
        enum rt_qemu_form form;
        const char *value, *expected;
    } cases[] = {
        {RT_QEMU_PART, "e1000,romfile=x", "e1000,romfile=/dev/fd/9"},
        {RT_QEMU_PART, "e1000,romfile=x,id=n", "e1000,romfile=/dev/fd/9,id=n"},
        {RT_QEMU_PART, "romfile=x,driver=e1000", "romfile=/dev/fd/9,driver=e1000"},
        /* "multifunction" would be a driver in the first place */
        {RT_QEMU_PART, "romfile=x,multifunction,driver=e1000",
         "romfile=/dev/fd/9,multifunction,driver=e1000"},
        {RT_QEMU_PART, "e1000,romfile=a,,b,id=n", "e1000,romfile=/dev/fd/9,id=n"},
        {RT_QEMU_PART, "e1000,romfile=a,romfile=b", "e1000,romfile=/dev/fd/9,romfile=/dev/fd/9"},
        {RT_QEMU_PART, "e1000,,romfile=x,romfile=x", "e1000,,romfile=x,romfile=/dev/fd/9"},
        {RT_QEMU_PART, "e1000,a,,romfile=x", "e1000,a,,romfile=/dev/fd/9"},
        {RT_QEMU_PART, "e1000,romfile=", "e1000,romfile=/dev/fd/9"},
        {RT_QEMU_PART, "e1000,id=a,,b==c,romfile=x,mac=1:2",
         "e1000,id=a,,b==c,romfile=/dev/fd/9,mac=1:2"},
        {RT_QEMU_PART, "e1000,romfile=x,", "e1000,romfile=/dev/fd/9,"},
        {RT_QEMU_PART, "e1000,romfile=x,a,,", "e1000,romfile=/dev/fd/9,a,,"}, /* an empty one */
        {RT_QEMU_PART, "e1000", "e1000"},
        {RT_QEMU_PART, "e1000,flag,romfilex=1,xromfile=2,romfile=x",
         "e1000,flag,romfilex=1,xromfile=2,romfile=/dev/fd/9"},
        {RT_QEMU_GLOBAL_PART, "driver=e1000,value=x,property=romfile",
         "driver=e1000,value=/dev/fd/9,property=romfile"},
        {RT_QEMU_GLOBAL, "e1000.romfile=x=y", "e1000.romfile=/dev/fd/9"},
        {RT_QEMU_SET, "device.n.romfile=x,y", "device.n.romfile=/dev/fd/9"},
        {RT_QEMU_JSON, "{\"driver\":\"e1000\",\"romfile\":\"x\"}",
         "{\"driver\":\"e1000\",\"romfile\":\"/dev/fd/9\"}"},
        {RT_QEMU_JSON, " { \"romfile\" : \"x,}\\\"\" , \"a\" : [1, {\"b\": 2}] }",
         " { \"romfile\" : \"/dev/fd/9\" , \"a\" : [1, {\"b\": 2}] }"},
        {RT_QEMU_JSON, "{\"a\":{\"romfile\":\"x\"},\"b\":\"romfile\",\"romfile\":\"y\",\"c\":null}",
         "{\"a\":{\"romfile\":\"x\"},\"b\":\"romfile\",\"romfile\":\"/dev/fd/9\",\"c\":null}"},
        {RT_QEMU_JSON, "{\"rom\\u0066ile\":\"x\",\"rom\\u0066il\":1}",
         "{\"rom\\u0066ile\":\"/dev/fd/9\",\"rom\\u0066il\":1}"},
        {RT_QEMU_JSON, "{}", "{\"romfile\": \"/dev/fd/9\"}"},
        {RT_QEMU_JSON, "{\"a\":1}", "{\"romfile\": \"/dev/fd/9\", \"a\":1}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_replaced(cases[i].form, cases[i].value, cases[i].expected);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_machines),        cmocka_unit_test(test_no_guest),
        cmocka_unit_test(test_devices),         cmocka_unit_test(test_nics),
        cmocka_unit_test(test_data_dirs),       cmocka_unit_test(test_refused),
        cmocka_unit_test(test_empty_values),    cmocka_unit_test(test_long_words),
        cmocka_unit_test(test_default_nic),     cmocka_unit_test(test_default_display),
        cmocka_unit_test(test_displays),        cmocka_unit_test(test_globals),
        cmocka_unit_test(test_replace_romfile),
    };

    return cmocka_run_group_tests_name("qemu", tests, NULL, NULL);
}
