/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What QEMU puts into a machine unasked, and what takes it away. From hw/i386/pc_piix.c, pc_q35.c
 * and softmmu/vl.c (default_list, vga_interfaces, qemu_disable_default_devices) up to 11.1;
 * tests/integration asks the QEMU that is installed.
 */
#include "loader/qemu.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Is machine PREFIX-MAJOR.MINOR of at least this version? */
static bool is_since(const char *machine, const char *prefix, unsigned major, unsigned minor)
{
    char *end;
    unsigned long is_major, is_minor;

    if (strncmp(machine, prefix, strlen(prefix)) != 0)
        return false;
    is_major = strtoul(machine + strlen(prefix), &end, 10);
    is_minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;
    return is_major > major || (is_major == major && is_minor >= minor);
}

static bool is_pc(const char *machine)
{
    return strncmp(machine, "pc-", 3) == 0;
}

const char *rt_qemu_default_nic(const char *machine)
{
    /* pc_machine_class: e1000; q35 has e1000e since machine version 2.12; Arm's virt: virtio */
    if (is_since(machine, "pc-q35-", 2, 12))
        return "e1000e";
    if (strncmp(machine, "virt-", 5) == 0)
        return "virtio-net-pci";
    return is_pc(machine) ? "e1000" : NULL;
}

const char *rt_qemu_default_display(const char *machine)
{
    static const char *const without[] = {"none", "microvm", "xenpv", "xenpvh"};

    for (size_t i = 0; i < COUNT(without); i++) {
        if (strcmp(machine, without[i]) == 0)
            return NULL;
    }
    if (strncmp(machine, "virt-", 5) == 0 || strncmp(machine, "s390-", 5) == 0)
        return NULL;
    if (strcmp(machine, "isapc") == 0)
        return "isa-cirrus-vga";
    /* pc machine types up to 2.1: cirrus, where there is one */
    if ((strncmp(machine, "pc-i440fx-", 10) == 0 && is_since(machine, "pc-i440fx-", 1, 0) &&
         !is_since(machine, "pc-i440fx-", 2, 2)) ||
        (is_since(machine, "pc-q35-", 1, 0) && !is_since(machine, "pc-q35-", 2, 2)) ||
        is_since(machine, "pc-", 0, 1))
        return "cirrus-vga";
    return "VGA";
}

const char *rt_qemu_vga(const char *name)
{
    static const struct {
        const char *name, *driver;
    } known[] = {
        {"std", "VGA"},           {"cirrus", "cirrus-vga"}, {"vmware", "vmware-svga"},
        {"virtio", "virtio-vga"}, {"qxl", "qxl-vga"},
    };
    size_t len = strcspn(name, ","); /* "std,retrace=precise" */

    for (size_t i = 0; i < COUNT(known); i++) {
        if (strlen(known[i].name) == len && strncmp(name, known[i].name, len) == 0)
            return known[i].driver;
    }
    return NULL;
}

const char *rt_qemu_fw_cfg_rom(const char *driver)
{
    static const struct {
        const char *driver, *file;
    } known[] = {
        {"isa-vga", "vgabios.bin"},
        {"isa-cirrus-vga", "vgabios-cirrus.bin"},
        {"ramfb", "vgabios-ramfb.bin"},
        {"sga", "sgabios.bin"},
    };

    for (size_t i = 0; i < COUNT(known); i++) {
        if (strcmp(driver, known[i].driver) == 0)
            return known[i].file;
    }
    return NULL;
}

bool rt_qemu_replaces_display(const char *driver)
{
    /* that every QEMU has in its list: one too few costs a look at a ROM that is not used */
    static const char *const displays[] = {
        "VGA", "isa-vga", "cirrus-vga", "isa-cirrus-vga", "vmware-svga", "qxl-vga", "virtio-vga",
    };

    for (size_t i = 0; i < COUNT(displays); i++) {
        if (strcmp(driver, displays[i]) == 0)
            return true;
    }
    return false;
}
