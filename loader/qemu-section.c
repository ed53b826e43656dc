/* SPDX-License-Identifier: BSD-2-Clause */
/* -readconfig: what the sections of its file say. */
#include "loader/qemu-reader.h"

#include <stdlib.h>
#include <string.h>

static size_t count_ids(const struct rt_qemu_section *section)
{
    size_t n = section->id != NULL;

    for (size_t i = 0; i < section->n; i++)
        n += strcmp(section->entries[i].key, "id") == 0;
    return n;
}

static int take_device_section(struct rt_qemu_reader *reader, const struct rt_qemu_section *section,
                               const struct rt_qemu_place *place, struct romtool_error *err)
{
    struct rt_qemu_device *device = rt_qemu_add_device(reader->qemu, RT_QEMU_DEVICE);
    const char *driver = rt_qemu_section_get(section, "driver");
    const char *id = rt_qemu_section_get(section, "id");
    int r;

    if (device == NULL)
        return rt_error_no_memory(err);
    if (driver == NULL)
        return rt_qemu_refuse_value(reader, "a [device] without a driver", err);
    r = rt_qemu_copy_string(&device->driver, driver, err);
    if (r == 0 && count_ids(section) > 1) /* which one counts is another in other versions */
        return rt_qemu_refuse_value(reader, "a [device] with two ids", err);
    if (r == 0 && (id != NULL || section->id != NULL))
        r = rt_qemu_copy_string(&device->id, id != NULL ? id : section->id, err);
    for (size_t i = 0; i < RT_QEMU_N_ROM_PROPERTIES && r == 0; i++) {
        const char *value = rt_qemu_section_get(section, rt_qemu_rom_properties[i]);

        if (value != NULL)
            r = rt_qemu_take_property(reader, &device->rom, rt_qemu_rom_properties[i], value, place,
                                      err);
    }
    return r;
}

static int take_global_section(struct rt_qemu_reader *reader, const struct rt_qemu_section *section,
                               const struct rt_qemu_place *place, struct romtool_error *err)
{
    const char *driver = rt_qemu_section_get(section, "driver");
    const char *property = rt_qemu_section_get(section, "property");
    const char *value = rt_qemu_section_get(section, "value");

    if (driver == NULL || property == NULL || value == NULL)
        return rt_qemu_refuse_value(reader, "a [global] without driver, property or value", err);
    return rt_qemu_take_global(reader, driver, property, value, place, err);
}

/* [net] and [nic]: unlike the options, they leave the default NIC where it is. */
static int take_nic_section(struct rt_qemu_reader *reader, const struct rt_qemu_section *section,
                            struct romtool_error *err)
{
    const char *type = rt_qemu_section_get(section, "type");
    bool is_nic = strcmp(section->group, "nic") == 0 ? type == NULL || strcmp(type, "none") != 0
                                                     : type != NULL && strcmp(type, "nic") == 0;

    if (!is_nic)
        return 0;
    return rt_qemu_add_driver(reader->qemu, RT_QEMU_NIC, rt_qemu_section_get(section, "model"),
                              err);
}

static int take_section(struct rt_qemu_reader *reader, const struct rt_qemu_section *section,
                        struct rt_qemu_place place, struct romtool_error *err)
{
    const char *group = section->group, *type;

    if (strcmp(group, "device") == 0)
        return take_device_section(reader, section, &place, err);
    if (strcmp(group, "global") == 0) {
        place.form = RT_QEMU_ENTRY_VALUE;
        return take_global_section(reader, section, &place, err);
    }
    if (strcmp(group, "net") == 0 || strcmp(group, "nic") == 0)
        return take_nic_section(reader, section, err);
    if (strcmp(group, "fw_cfg") == 0)
        return rt_qemu_check_fw_cfg(reader, rt_qemu_section_get(section, "name"), err);
    if (strcmp(group, "option-rom") == 0 ||
        (strcmp(group, "run-with") == 0 && rt_qemu_section_get(section, "chroot") != NULL))
        return rt_qemu_refuse(err, ROMTOOL_NO_OFFSET, reader->option, reader->value,
                              "[%s] may load ROMs that nothing has checked", group);
    if (strcmp(group, "run-with") == 0 && rt_qemu_section_get(section, "user") != NULL)
        reader->qemu->changes_user = true;
    type = strcmp(group, "machine") == 0 ? rt_qemu_section_get(section, "type") : NULL;
    return type != NULL ? rt_qemu_copy_string(&reader->qemu->machine, type, err) : 0;
}

int rt_qemu_read_config(struct rt_qemu_reader *reader, struct romtool_error *err)
{
    struct rt_qemu *qemu = reader->qemu;
    struct rt_qemu_config *grown =
        realloc(qemu->configs, (qemu->n_configs + 1) * sizeof(*qemu->configs));
    struct rt_qemu_place place = {.form = RT_QEMU_ENTRY, .config = qemu->n_configs};
    int r;

    if (grown == NULL)
        return rt_error_no_memory(err);
    qemu->configs = grown;
    grown += qemu->n_configs;
    r = rt_qemu_config_read(reader->value, grown, err);
    if (r < 0)
        return r;
    grown->argument = reader->argument;
    qemu->n_configs++;
    for (place.section = 0; place.section < grown->n && r == 0; place.section++)
        r = take_section(reader, &grown->sections[place.section], place, err);
    return r;
}
