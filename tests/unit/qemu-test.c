/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loader/qemu: what a command line says about ROMs. Each is given in words, and what is read of it
 * is written back as one line: "q35 device@2=e1000[romfile=x.rom] builtin".
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

static void print_device(struct rt_buffer *out, const struct rt_qemu_device *device)
{
    static const char *const origins[] = {"device", "nic", "builtin"};

    rt_buffer_printf(out, " %s", origins[device->origin]);
    if (device->argument >= 0)
        rt_buffer_printf(out, "@%d", device->argument);
    if (device->driver != NULL)
        rt_buffer_printf(out, "=%s", device->driver);
    if (device->romfile != NULL)
        rt_buffer_printf(out, "[romfile=%s]", device->romfile);
    if (device->romsize != 0)
        rt_buffer_printf(out, "[romsize=%llu]", (unsigned long long)device->romsize);
    if (device->rombar_off)
        rt_buffer_puts(out, "[rombar off]");
    if (device->json)
        rt_buffer_puts(out, "[json]");
}

static struct rt_buffer print(const struct rt_qemu *qemu)
{
    struct rt_buffer out = {0};

    rt_buffer_puts(&out, qemu->machine != NULL ? qemu->machine : "-");
    for (size_t i = 0; i < qemu->n_devices; i++)
        print_device(&out, &qemu->devices[i]);
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
        {"", "- builtin"},
        {"-M q35", "q35 builtin"},
        {"-machine q35", "q35 builtin"},
        {"--machine q35", "q35 builtin"},
        {"--M q35", "q35 builtin"},
        {"-M type=q35", "q35 builtin"},
        {"-M q35,accel=kvm,usb=off", "q35 builtin"},
        {"-M accel=kvm,type=q35", "q35 builtin"},
        {"-M accel=kvm", "- builtin"},
        {"-M q35 -M accel=kvm", "q35 builtin"},
        {"-M q35 -machine pc", "pc builtin"},
        {"-M q35,type=pc", "pc builtin"},
        {"-M accel=kvm,q35", "- builtin"}, /* only the first may lack its key */
        {"-M a,,b", "a,b builtin"},
        {"-M pc -m 1G -smp 2 disk.img -snapshot", "pc builtin"},
    };

    (void)state;
    expect(readings, COUNT(readings));
}

/* Nothing is checked where QEMU only answers: it must be sure that it does. */
static void test_no_guest(void **state)
{
    static const struct reading readings[] = {
        {"-version", "- builtin no guest"},
        {"--version", "- builtin no guest"},
        {"-h", "- builtin no guest"},
        {"-help", "- builtin no guest"},
        {"-M help", "help builtin no guest"},
        {"-M ?", "? builtin no guest"},
        {"-M type=help", "help builtin no guest"},
        {"-M help -M accel=kvm", "help builtin no guest"},
        {"-L help", "- builtin L=help no guest"},
        {"-device help", "- device@2=help builtin no guest"},
        {"-device ?", "- device@2=? builtin no guest"},
        {"-device driver=help", "- device@2=help builtin no guest"},
        {"-device e1000,help", "- device@2=e1000 builtin no guest"},
        {"-device e1000,?", "- device@2=e1000 builtin no guest"},
        {"-device e1000,help=on", "- device@2=e1000 builtin no guest"}, /* measured on 7.2 */
        /* measured on 7.2: each of these starts a guest */
        {"-M type=help,type=pc", "pc builtin"},
        {"-M help -M pc", "pc builtin"},
        {"-device help,driver=e1000", "- device@2=e1000 builtin"},
        {"-nic none,model=help", "-"},
        {"-nic user,model=help", "- nic@2=help"},
        {"-append help", "- builtin"},
        {"-kernel -version", "- builtin"},
    };

    (void)state;
    expect(readings, COUNT(readings));
}

/* ------------------------------------------------------------------------- devices */

static void test_devices(void **state)
{
    static const struct reading readings[] = {
        {"-device e1000", "- device@2=e1000 builtin"},
        {"--device e1000", "- device@2=e1000 builtin"},
        {"-device e1000,id=n,mac=1:2", "- device@2=e1000 builtin"},
        {"-device driver=e1000,id=n", "- device@2=e1000 builtin"},
        {"-device id=n,driver=e1000", "- device@2=e1000 builtin"},
        {"-device e1000,driver=rtl8139", "- device@2=rtl8139 builtin"},
        {"-device e1000,multifunction", "- device@2=e1000 builtin"},
        {"-device a,,b,id=x,,y", "- device@2=a,b builtin"},
        {"-device e1000,", "- device@2=e1000 builtin"},
        {"-device e1000 -device rtl8139", "- device@2=e1000 device@4=rtl8139 builtin"},
        {"-append -device -device e1000", "- device@4=e1000 builtin"},
        {"-name -nodefaults -S", "- builtin"},
        /* romfile */
        {"-device e1000,romfile=x.rom", "- device@2=e1000[romfile=x.rom] builtin"},
        {"-device romfile=x.rom,driver=e1000", "- device@2=e1000[romfile=x.rom] builtin"},
        {"-device e1000,romfile=", "- device@2=e1000[romfile=] builtin"},
        {"-device e1000,romfile=,id=n", "- device@2=e1000[romfile=] builtin"},
        {"-device e1000,romfile=a,,b.rom", "- device@2=e1000[romfile=a,b.rom] builtin"},
        {"-device e1000,romfile=a,,,id=n", "- device@2=e1000[romfile=a,] builtin"},
        {"-device e1000,romfile=a=b", "- device@2=e1000[romfile=a=b] builtin"},
        {"-device e1000,romfile=a,romfile=b", "- device@2=e1000[romfile=b] builtin"},
        /* romsize */
        {"-device e1000,romsize=262144", "- device@2=e1000[romsize=262144] builtin"},
        {"-device e1000,romsize=0x40000", "- device@2=e1000[romsize=262144] builtin"},
        {"-device e1000,romsize=256K", "- device@2=e1000[romsize=262144] builtin"},
        {"-device e1000,romsize=1,romsize=2", "- device@2=e1000[romsize=2] builtin"},
        /* rombar: QEMU reads all of these as 0 */
        {"-device e1000,rombar=0", "- device@2=e1000[rombar off] builtin"},
        {"-device e1000,rombar=00", "- device@2=e1000[rombar off] builtin"},
        {"-device e1000,rombar=0x0", "- device@2=e1000[rombar off] builtin"},
        {"-device e1000,rombar=off", "- device@2=e1000[rombar off] builtin"},
        {"-device e1000,rombar=", "- device@2=e1000[rombar off] builtin"},
        {"-device e1000,rombar=1", "- device@2=e1000 builtin"},
        {"-device e1000,rombar=on", "- device@2=e1000 builtin"},
        {"-device e1000,rombar=0,rombar=1", "- device@2=e1000 builtin"},
        {"-device e1000,rombar=1,rombar=0", "- device@2=e1000[rombar off] builtin"},
        /* JSON */
        {"-device {\"driver\":\"e1000\"}", "- device@2=e1000[json] builtin"},
        {"-device {\"driver\":\"e1000\",\"id\":\"romfile\"}", "- device@2=e1000[json] builtin"},
    };

    (void)state;
    expect(readings, COUNT(readings));
}

/* ------------------------------------------------------------------------- NICs */

static void test_nics(void **state)
{
    static const struct reading readings[] = {
        {"-nic user", "- nic@2"},
        {"-nic user,model=e1000", "- nic@2=e1000"},
        {"-nic model=e1000", "- nic@2=e1000"},
        {"-nic model=e1000,type=tap", "- nic@2=e1000"},
        {"-nic type=user,model=a,model=b", "- nic@2=b"},
        {"-nic none", "-"},
        {"-nic type=none", "-"},
        {"-nic none -nic tap,id=x", "- nic@4"},
        {"-nic user -nic tap,model=rtl8139", "- nic@2 nic@4=rtl8139"},
        {"-net nic", "- nic@2"},
        {"-net nic,model=e1000 -net user", "- nic@2=e1000"},
        {"-net type=nic,model=e1000", "- nic@2=e1000"},
        {"-net nic -net nic,model=a", "- nic@2 nic@4=a"},
        {"-net user", "-"},
        {"-net none", "-"},
        {"-net tap,model=e1000", "-"},
        /* the machine's own is taken away */
        {"-nodefaults", "-"},
        {"--nodefaults -device e1000", "- device@3=e1000"},
        {"-netdev user,id=n", "-"},
        {"-device e1000,netdev=n -netdev user,id=n", "- device@2=e1000"},
        {"-append -nodefaults", "- builtin"},
        {"-device e1000 -nic user", "- device@2=e1000 nic@4"},
    };

    (void)state;
    expect(readings, COUNT(readings));
}

static void test_data_dirs(void **state)
{
    static const struct reading readings[] = {
        {"-L /a -L b,c", "- builtin L=/a L=b,c"},
        {"-append -L -S", "- builtin"},
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
    assert_int_equal(qemu.n_devices + qemu.n_data_dirs, 0);
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
        {"-readconfig x", "'-readconfig x': may load ROMs"},
        {"-M pc -L a -device e1000 -readconfig x", "'-readconfig x'"},
        {"-global e1000.romfile=x", "'-global e1000.romfile=x': state it with -device"},
        {"-global driver=e1000,property=romsize,value=1", "'-global driver="},
        {"-global e1000.rombar=0", "'-global e1000.rombar=0'"},
        {"-set device.n.romfile=x", "'-set device.n.romfile=x'"},
        {"-device id=n", "'-device id=n': no driver"},
        {"-device romfile=x,e1000", "no driver"},
        {"-device e1000,romsize=", "'romsize=': not a size"},
        {"-device e1000,romsize=0", "'romsize=0': not a size"},
        {"-device e1000,romsize=-1", "'romsize=-1': not a size"},
        {"-device e1000,romsize=1G", "'romsize=1G': not a size"},
        {"-device e1000,romsize=99999999999999999999", "not a size"},
        /* QEMU 7.2 loads the files "on" and "off" */
        {"-device e1000,romfile", "'-device e1000,romfile': a ROM property without a value"},
        {"-device e1000,noromfile,id=n", "a ROM property without a value"},
        {"-device e1000,norombar", "a ROM property without a value"},
        {"-device driver=e1000,romsize", "a ROM property without a value"},
        {"-device {\"driver\":\"e1000\",\"romfile\":\"\"}", "ROM properties in JSON"},
        {"-device {\"romsize\":1,\"driver\":\"e1000\"}", "ROM properties in JSON"},
        {"-device {\"driver\":\"e1000\",\"rombar\":null}", "ROM properties in JSON"},
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
    assert_int_equal(qemu.n_devices, 1);
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

static void test_replace_romfile(void **state)
{
    static const struct {
        const char *value, *expected;
    } cases[] = {
        {"e1000,romfile=x", "e1000,romfile=/dev/fd/9"},
        {"e1000,romfile=x,id=n", "e1000,id=n,romfile=/dev/fd/9"},
        {"romfile=x,driver=e1000", "driver=e1000,romfile=/dev/fd/9"},
        {"e1000,romfile=a,,b,id=n", "e1000,id=n,romfile=/dev/fd/9"},
        {"e1000,romfile=a,romfile=b", "e1000,romfile=/dev/fd/9"},
        {"e1000,romfile=", "e1000,romfile=/dev/fd/9"},
        {"e1000,id=a,,b==c,romfile=x,mac=1:2", "e1000,id=a,,b==c,mac=1:2,romfile=/dev/fd/9"},
        {"e1000,romfile=x,", "e1000,romfile=/dev/fd/9"},
        {"e1000", "e1000,romfile=/dev/fd/9"},
        {"e1000,flag,romfilex=1,xromfile=2,romfile=x",
         "e1000,flag,romfilex=1,xromfile=2,romfile=/dev/fd/9"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rt_buffer out = {0};

        rt_qemu_replace_romfile(cases[i].value, "/dev/fd/9", &out);
        assert_false(out.failed);
        assert_string_equal(out.data, cases[i].expected);
        rt_buffer_free(&out);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_machines),        cmocka_unit_test(test_no_guest),
        cmocka_unit_test(test_devices),         cmocka_unit_test(test_nics),
        cmocka_unit_test(test_data_dirs),       cmocka_unit_test(test_refused),
        cmocka_unit_test(test_empty_values),    cmocka_unit_test(test_default_nic),
        cmocka_unit_test(test_replace_romfile),
    };

    return cmocka_run_group_tests_name("qemu", tests, NULL, NULL);
}
