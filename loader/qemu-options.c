/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Without knowing which options take a value, "-append -device" would read wrongly. From the -help
 * of QEMU 7.2 and the release notes up to 11.1; tests/integration asks the QEMU that is installed.
 */
#include "loader/qemu-options.h"

#include <stddef.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
    const char *name;
    enum rt_qemu_option option;
} deciding[] = {
    {"machine", RT_QEMU_OPTION_MACHINE},
    {"M", RT_QEMU_OPTION_MACHINE},
    {"device", RT_QEMU_OPTION_DEVICE},
    {"nic", RT_QEMU_OPTION_NIC},
    {"net", RT_QEMU_OPTION_NET},
    {"netdev", RT_QEMU_OPTION_NETDEV},
    {"vga", RT_QEMU_OPTION_VGA},
    {"fw_cfg", RT_QEMU_OPTION_FW_CFG},
    {"L", RT_QEMU_OPTION_DATA_DIR},
    {"global", RT_QEMU_OPTION_GLOBAL},
    {"set", RT_QEMU_OPTION_SET},
    {"nodefaults", RT_QEMU_OPTION_NO_DEFAULTS},
    {"option-rom", RT_QEMU_OPTION_REFUSED},
    {"chroot", RT_QEMU_OPTION_REFUSED}, /* where another directory is QEMU's for later devices */
    {"run-with", RT_QEMU_OPTION_RUN_WITH},
    {"runas", RT_QEMU_OPTION_RUN_AS},
    {"readconfig", RT_QEMU_OPTION_CONFIG},
    {"h", RT_QEMU_OPTION_ASKS},
    {"help", RT_QEMU_OPTION_ASKS},
    {"version", RT_QEMU_OPTION_ASKS},
    {"audio-help", RT_QEMU_OPTION_ASKS},
};

/* clang-format off */
static const char *const flags[] = {
    "S", "s", "snapshot", "nographic", "daemonize", "enable-kvm", "no-kvm", "no-acpi", "no-hpet",
    "no-reboot", "no-shutdown", "no-user-config", "nodefconfig", "no-fd-bootchk", "win2k-hack",
    "usb", "full-screen", "portrait", "singlestep", "one-insn-per-tb", "preconfig",
    "mem-prealloc", "only-migratable", "xen-attach", "xen-domid-restrict", "enable-sync-profile",
    "async-teardown", "semihosting", "old-param", "no-quit", "no-frame", "alt-grab", "ctrl-grab",
    "show-cursor", "sdl", "curses", "igd-passthru", "enable-hax", "virtfs_synth",
};

static const char *const with_value[] = {
    "cpu", "accel", "smp", "numa", "add-fd", "boot", "m", "mem-path", "k", "audio", "audiodev",
    "name", "uuid", "fda", "fdb", "hda", "hdb", "hdc", "hdd", "cdrom", "blockdev", "drive",
    "mtdblock", "sd", "pflash", "fsdev", "virtfs", "iscsi", "usbdevice", "display", "spice",
    "rotate", "g", "vnc", "acpitable", "smbios", "chardev", "tpmdev", "bios", "kernel",
    "append", "initrd", "dtb", "shim", "compat", "serial", "parallel", "monitor", "qmp",
    "qmp-pretty", "mon", "debugcon", "pidfile", "overcommit", "gdb", "d", "D", "dfilter", "seed",
    "xen-domid", "action", "loadvm", "rtc", "icount", "watchdog", "watchdog-action", "echr",
    "incoming", "sandbox", "trace", "plugin", "msg",
    "dump-vmstate", "object", "soundhw", "virtioconsole", "prom-env", "semihosting-config", "bt",
    "balloon", "tb-size", "writeconfig", "realtime", "qtest", "qtest-log",
};
/* clang-format on */

static bool is_among(const char *name, const char *const names[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

bool rt_qemu_option_find(const char *argument, enum rt_qemu_option *ret)
{
    const char *name = argument + 1;

    if (*name == '-')
        name++;
    for (size_t i = 0; i < COUNT(deciding); i++) {
        if (strcmp(name, deciding[i].name) == 0) {
            *ret = deciding[i].option;
            return true;
        }
    }
    *ret = RT_QEMU_OPTION_FLAG;
    if (is_among(name, flags, COUNT(flags)))
        return true;
    *ret = RT_QEMU_OPTION_VALUE;
    return is_among(name, with_value, COUNT(with_value));
}

bool rt_qemu_option_has_value(enum rt_qemu_option option)
{
    return option != RT_QEMU_OPTION_FLAG && option != RT_QEMU_OPTION_ASKS &&
           option != RT_QEMU_OPTION_NO_DEFAULTS;
}
