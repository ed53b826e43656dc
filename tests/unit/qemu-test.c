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

#include "qemu-line.h"

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

/* ------------------------------------------------------------------------- displays, -global */

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

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_machines),  cmocka_unit_test(test_no_guest),
        cmocka_unit_test(test_devices),   cmocka_unit_test(test_nics),
        cmocka_unit_test(test_data_dirs), cmocka_unit_test(test_displays),
        cmocka_unit_test(test_globals),
    };

    return cmocka_run_group_tests_name("qemu", tests, NULL, NULL);
}
