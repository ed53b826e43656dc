/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/qemu-options.h"
#include "loader/qemu-reader.h"

#include <stdlib.h>
#include <string.h>

static int add_data_dir(struct rt_qemu *qemu, const char *dir, struct romtool_error *err)
{
    const char **grown =
        realloc(qemu->data_dirs, (qemu->n_data_dirs + 1) * sizeof(*qemu->data_dirs));

    if (grown == NULL)
        return rt_error_no_memory(err);
    qemu->data_dirs = grown;
    grown[qemu->n_data_dirs++] = dir;
    if (rt_qemu_asks_for_help(dir))
        qemu->starts_no_guest = true;
    return 0;
}

static int read_option(struct rt_qemu_reader *reader, enum rt_qemu_option kind,
                       struct romtool_error *err)
{
    switch (kind) {
    case RT_QEMU_OPTION_MACHINE:
        return rt_qemu_read_machine(reader, err);
    case RT_QEMU_OPTION_DEVICE:
        return rt_qemu_read_device(reader, err);
    case RT_QEMU_OPTION_NIC:
        return rt_qemu_read_nic(reader, false, err);
    case RT_QEMU_OPTION_NET:
        return rt_qemu_read_nic(reader, true, err);
    case RT_QEMU_OPTION_VGA:
        return rt_qemu_read_vga(reader, err);
    case RT_QEMU_OPTION_NO_DEFAULTS:
        reader->default_display = false;
        reader->default_nic = false;
        return 0;
    case RT_QEMU_OPTION_NETDEV:
        reader->default_nic = false;
        return 0;
    case RT_QEMU_OPTION_DATA_DIR:
        return add_data_dir(reader->qemu, reader->value, err);
    case RT_QEMU_OPTION_FW_CFG:
        return rt_qemu_read_fw_cfg(reader, err);
    case RT_QEMU_OPTION_RUN_WITH:
        return rt_qemu_read_run_with(reader, err);
    case RT_QEMU_OPTION_RUN_AS:
        reader->qemu->changes_user = true;
        return 0;
    case RT_QEMU_OPTION_GLOBAL:
        return rt_qemu_read_global(reader, err);
    case RT_QEMU_OPTION_SET:
        return rt_qemu_read_set(reader, err);
    case RT_QEMU_OPTION_CONFIG:
        return rt_qemu_read_config(reader, err);
    case RT_QEMU_OPTION_ASKS:
        reader->qemu->starts_no_guest = true;
        return 0;
    case RT_QEMU_OPTION_REFUSED:
        return rt_qemu_refuse_value(reader, "may load ROMs that nothing has checked", err);
    case RT_QEMU_OPTION_VALUE:
    case RT_QEMU_OPTION_FLAG:
        break;
    }
    return 0;
}

static int read_options(struct rt_qemu_reader *reader, int argc, char *const argv[],
                        struct romtool_error *err)
{
    int r = 0;

    for (int i = 1; i < argc && r == 0; i++) {
        enum rt_qemu_option kind;

        reader->option = argv[i];
        reader->value = NULL;
        if (argv[i][0] != '-' || argv[i][1] == '\0')
            continue; /* a disk image */
        if (!rt_qemu_option_find(argv[i], &kind))
            return rt_qemu_refuse_value(reader, "not an option of QEMU that romtool knows", err);
        if (rt_qemu_option_has_value(kind)) {
            if (i + 1 >= argc)
                return rt_qemu_refuse_value(reader, "its value is missing", err);
            reader->value = argv[++i];
            reader->argument = i;
        }
        r = read_option(reader, kind, err);
    }
    return r;
}

static bool has_display(const struct rt_qemu *qemu)
{
    for (size_t i = 0; i < qemu->n_devices; i++) {
        const struct rt_qemu_device *device = &qemu->devices[i];

        if (device->origin == RT_QEMU_DEVICE && rt_qemu_replaces_display(device->driver))
            return true;
    }
    return false;
}

/* Of a machine, -vga and a device's driver the last that is stated counts. */
static bool asks_for_names(const struct rt_qemu_reader *reader)
{
    const struct rt_qemu *qemu = reader->qemu;

    for (size_t i = 0; i < qemu->n_devices; i++) {
        const struct rt_qemu_device *device = &qemu->devices[i];

        if (device->origin == RT_QEMU_DEVICE && !device->json &&
            rt_qemu_asks_for_help(device->driver))
            return true;
    }
    return reader->vga_asks || (qemu->machine != NULL && rt_qemu_asks_for_help(qemu->machine));
}

int rt_qemu_read(int argc, char *const argv[], struct rt_qemu *ret, struct romtool_error *err)
{
    struct rt_qemu_reader reader = {.qemu = ret, .default_nic = true, .default_display = true};
    int r;

    *ret = (struct rt_qemu){0};
    r = read_options(&reader, argc, argv, err);
    if (r == 0 && asks_for_names(&reader))
        ret->starts_no_guest = true;
    if (r == 0 && reader.default_nic)
        r = rt_qemu_add_driver(ret, RT_QEMU_DEFAULT_NIC, NULL, err);
    if (r == 0 && reader.default_display && !has_display(ret))
        r = rt_qemu_add_driver(ret, RT_QEMU_DEFAULT_DISPLAY, NULL, err);
    if (r < 0)
        rt_qemu_free(ret);
    return r;
}

void rt_qemu_free(struct rt_qemu *qemu)
{
    for (size_t i = 0; i < qemu->n_devices; i++) {
        free(qemu->devices[i].driver);
        free(qemu->devices[i].id);
        free(qemu->devices[i].rom.romfile);
    }
    for (size_t i = 0; i < qemu->n_globals; i++) {
        free(qemu->globals[i].driver);
        free(qemu->globals[i].rom.romfile);
    }
    for (size_t i = 0; i < qemu->n_configs; i++)
        rt_qemu_config_free(&qemu->configs[i]);
    free(qemu->configs);
    free(qemu->globals);
    free(qemu->devices);
    free(qemu->data_dirs);
    free(qemu->machine);
    *qemu = (struct rt_qemu){0};
}

int rt_qemu_replace_romfile(struct rt_qemu *qemu, const struct rt_qemu_place *place,
                            const char *romfile, char **argv, struct romtool_error *err)
{
    char *text = argv[place->argument];
    struct rt_buffer out = {0};

    switch (place->form) {
    case RT_QEMU_PART:
        rt_qemu_replace_part(text, "romfile", romfile, &out);
        break;
    case RT_QEMU_GLOBAL_PART:
        rt_qemu_replace_part(text, "value", romfile, &out);
        break;
    case RT_QEMU_JSON:
        rt_qemu_replace_member(text, "romfile", romfile, &out);
        break;
    case RT_QEMU_SET:
    case RT_QEMU_GLOBAL:
        rt_buffer_printf(&out, "%.*s=%s", (int)strcspn(text, "="), text, romfile);
        break;
    case RT_QEMU_ENTRY:
    case RT_QEMU_ENTRY_VALUE:
        return rt_qemu_section_replace(&qemu->configs[place->config].sections[place->section],
                                       place->form == RT_QEMU_ENTRY ? "romfile" : "value", romfile,
                                       err);
    }
    if (out.failed) {
        rt_buffer_free(&out);
        return rt_error_no_memory(err);
    }
    free(argv[place->argument]);
    argv[place->argument] = out.data;
    return 0;
}
