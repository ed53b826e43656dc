/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * <qemu:commandline>: words that libvirt puts behind all others on QEMU's command line. They are
 * read as `romtool run` reads that; a ROM that is no default, or of no <interface> or <video>, is
 * refused rather than checked: nothing here could make it another in an incoming guest.
 */
#include "loader/libvirt-rom.h"

#include "loader/qemu.h"

#include <stdlib.h>
#include <string.h>

static int refuse(const char *what, const char *value, const char *why, struct romtool_error *err)
{
    return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                        "'%s%.64s' of the qemu:commandline: %s", what, value, why);
}

/* Neither the default NIC nor display: libvirt says -nodefaults. */
static int check_device(const struct rt_libvirt_ground *ground, const struct rt_qemu_device *device,
                        struct romtool_error *err)
{
    const char *driver;

    if (device->origin == RT_QEMU_DEFAULT_NIC || device->origin == RT_QEMU_DEFAULT_DISPLAY)
        return 0;
    if (device->driver == NULL)
        return refuse("-nic", "", "an <interface> would be checked", err);
    driver = rt_slot_device(ground->profile, device->driver);
    if (device->rom.romfile != NULL || device->rom.romsize != 0 ||
        device->rom.rombar != RT_QEMU_ROMBAR_UNSTATED || rt_slot_owns_rom(driver) ||
        rt_slot_has_device(ground->profile, driver))
        return refuse("", device->driver, "the ROM of an <interface> or <video> would be checked",
                      err);
    return 0;
}

static int check(const struct rt_libvirt_ground *ground, const struct rt_qemu *qemu,
                 struct romtool_error *err)
{
    int r = 0;

    if (qemu->machine != NULL)
        return refuse("-machine ", qemu->machine, "<os> states the machine type", err);
    if (qemu->n_data_dirs > 0)
        return refuse("-L ", qemu->data_dirs[0], "ROMs would be looked for elsewhere", err);
    if (qemu->n_globals > 0)
        return refuse("-global ", qemu->globals[0].driver, "ROMs would be others than <rom> states",
                      err);
    for (size_t i = 0; i < qemu->n_devices && r == 0; i++)
        r = check_device(ground, &qemu->devices[i], err);
    return r;
}

/* Before they are read: that would open the file. */
static int check_configs(const struct rt_domain *domain, struct romtool_error *err)
{
    for (size_t i = 0; i < domain->n_arguments; i++)
        if (strcmp(domain->argument[i], "-readconfig") == 0 ||
            strcmp(domain->argument[i], "--readconfig") == 0)
            return refuse("-readconfig", "", "the file may be another when QEMU reads it", err);
    return 0;
}

int rt_libvirt_check_arguments(const struct rt_libvirt_ground *ground,
                               const struct rt_domain *domain, struct romtool_error *err)
{
    char qemu_name[] = "qemu";
    struct rt_qemu qemu;
    char **argv;
    int r;

    r = check_configs(domain, err);
    if (r < 0 || domain->n_arguments == 0)
        return r;
    argv = calloc(domain->n_arguments + 2, sizeof(*argv));
    if (argv == NULL)
        return rt_error_no_memory(err);
    argv[0] = qemu_name;
    for (size_t i = 0; i < domain->n_arguments; i++)
        argv[i + 1] = domain->argument[i];
    r = rt_qemu_read((int)domain->n_arguments + 1, argv, &qemu, err);
    if (r == 0) {
        r = check(ground, &qemu, err);
        rt_qemu_free(&qemu);
    }
    free(argv);
    return r;
}
