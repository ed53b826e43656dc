/* SPDX-License-Identifier: BSD-2-Clause */
/* What is found on a command line, put into struct rt_qemu. */
#include "loader/qemu-reader.h"

#include <stdlib.h>
#include <string.h>

int rt_qemu_refuse_value(const struct rt_qemu_reader *reader, const char *why,
                         struct romtool_error *err)
{
    return rt_qemu_refuse(err, ROMTOOL_NO_OFFSET, reader->option, reader->value, "%s", why);
}

void rt_qemu_move_string(char **to, char **from)
{
    free(*to);
    *to = *from;
    *from = NULL;
}

int rt_qemu_copy_string(char **to, const char *from, struct romtool_error *err)
{
    char *copy = strdup(from);

    if (copy == NULL)
        return rt_error_no_memory(err);
    rt_qemu_move_string(to, &copy);
    return 0;
}

bool rt_qemu_asks_for_help(const char *value)
{
    return strcmp(value, "help") == 0 || strcmp(value, "?") == 0;
}

/* ------------------------------------------------------------------------- a ROM's properties */

const char *const rt_qemu_rom_properties[RT_QEMU_N_ROM_PROPERTIES] = {"romfile", "romsize",
                                                                      "rombar"};

const char *rt_qemu_rom_property(const char *name)
{
    for (size_t i = 0; i < RT_QEMU_N_ROM_PROPERTIES; i++) {
        if (strcmp(name, rt_qemu_rom_properties[i]) == 0)
            return rt_qemu_rom_properties[i];
    }
    return NULL;
}

/* As QEMU, which reads 0, 00, 0x0 and nothing alike, and from 10.0 on -1 as "auto". */
static bool read_rombar(const char *value, enum rt_qemu_rombar *ret)
{
    char *end;
    long number = strtol(value, &end, 0);

    if (strcmp(value, "on") == 0 || strcmp(value, "auto") == 0 || strcmp(value, "off") == 0)
        *ret = value[1] == 'f' ? RT_QEMU_ROMBAR_OFF : RT_QEMU_ROMBAR_ON;
    else if ((end == value && *value != '\0') || *end != '\0')
        return false;
    else
        *ret = number == 0 ? RT_QEMU_ROMBAR_OFF : RT_QEMU_ROMBAR_ON;
    return true;
}

int rt_qemu_take_property(const struct rt_qemu_reader *reader, struct rt_qemu_rom *rom,
                          const char *name, const char *value, const struct rt_qemu_place *place,
                          struct romtool_error *err)
{
    if (strcmp(name, "romfile") == 0) {
        rom->place = *place;
        return rt_qemu_copy_string(&rom->romfile, value, err);
    }
    if (strcmp(name, "rombar") == 0)
        return read_rombar(value, &rom->rombar)
                   ? 0
                   : rt_qemu_refuse_value(reader, "'rombar' is no number", err);
    if (!rt_size_parse(value, &rom->romsize) || rom->romsize == 0)
        return rt_qemu_refuse_value(reader, "'romsize' is not a size", err);
    return 0;
}

/* ------------------------------------------------------------------------- what is found */

struct rt_qemu_device *rt_qemu_add_device(struct rt_qemu *qemu, enum rt_qemu_origin origin)
{
    struct rt_qemu_device *grown =
        realloc(qemu->devices, (qemu->n_devices + 1) * sizeof(*qemu->devices));

    if (grown == NULL)
        return NULL;
    qemu->devices = grown;
    grown += qemu->n_devices++;
    *grown = (struct rt_qemu_device){.origin = origin};
    return grown;
}

int rt_qemu_add_driver(struct rt_qemu *qemu, enum rt_qemu_origin origin, const char *driver,
                       struct romtool_error *err)
{
    struct rt_qemu_device *device = rt_qemu_add_device(qemu, origin);

    if (device == NULL)
        return rt_error_no_memory(err);
    return driver != NULL ? rt_qemu_copy_string(&device->driver, driver, err) : 0;
}

static int add_global(const struct rt_qemu_reader *reader, const char *driver, const char *property,
                      const char *value, const struct rt_qemu_place *place,
                      struct romtool_error *err)
{
    struct rt_qemu *qemu = reader->qemu;
    struct rt_qemu_global *grown =
        realloc(qemu->globals, (qemu->n_globals + 1) * sizeof(*qemu->globals));
    int r;

    if (grown == NULL)
        return rt_error_no_memory(err);
    qemu->globals = grown;
    grown += qemu->n_globals++;
    *grown = (struct rt_qemu_global){.property = property};
    r = rt_qemu_copy_string(&grown->driver, driver, err);
    return r == 0 ? rt_qemu_take_property(reader, &grown->rom, property, value, place, err) : r;
}

int rt_qemu_take_global(struct rt_qemu_reader *reader, const char *driver, const char *property,
                        const char *value, const struct rt_qemu_place *place,
                        struct romtool_error *err)
{
    const char *known = rt_qemu_rom_property(property);

    if (rt_qemu_replaces_display(driver))
        reader->default_display = false;
    return known != NULL ? add_global(reader, driver, known, value, place, err) : 0;
}
