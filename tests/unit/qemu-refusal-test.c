/* SPDX-License-Identifier: BSD-2-Clause */
/* loader/qemu: what could bring in a ROM and is not understood is refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "qemu-line.h"

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

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_empty_values),
        cmocka_unit_test(test_long_words),
    };

    return cmocka_run_group_tests_name("qemu-refusal", tests, NULL, NULL);
}
