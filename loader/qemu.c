/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/qemu.h"

#include "core/json.h"
#include "loader/qemu-options.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct reader {
    struct rt_qemu *qemu;
    const char *option, *value;        /* that are being read */
    int argument;                      /* index in argv of the value */
    bool default_nic, default_display; /* nothing has taken it away yet */
    bool vga_asks;                     /* the last -vga is "help" */
};

static int refuse(const struct reader *reader, const char *why, struct romtool_error *err)
{
    return rt_qemu_refuse(err, reader->option, reader->value, why);
}

static void move_string(char **to, char **from)
{
    free(*to);
    *to = *from;
    *from = NULL;
}

static int copy_string(char **to, const char *from, struct romtool_error *err)
{
    char *copy = strdup(from);

    if (copy == NULL)
        return rt_error_no_memory(err);
    move_string(to, &copy);
    return 0;
}

static bool asks_for_help(const char *value)
{
    return strcmp(value, "help") == 0 || strcmp(value, "?") == 0;
}

/* ------------------------------------------------------------------------- a ROM's properties */

static const char *const rom_properties[] = {"romfile", "romsize", "rombar"};

/* The table's own string, or NULL. */
static const char *rom_property(const char *name)
{
    for (size_t i = 0; i < COUNT(rom_properties); i++) {
        if (strcmp(name, rom_properties[i]) == 0)
            return rom_properties[i];
    }
    return NULL;
}

/* "romfile" alone is short for romfile=on, "noromfile" for romfile=off: files of these names. */
static bool is_short_form(const char *flag)
{
    return rom_property(strncmp(flag, "no", 2) == 0 ? flag + 2 : flag) != NULL;
}

/* A number as QEMU has it, which reads 0, 00, 0x0 and nothing alike, and from 10.0 on -1 as "auto".
 */
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

/* Takes over one property's value, which was written at place. */
static int take_property(const struct reader *reader, struct rt_qemu_rom *rom, const char *name,
                         const char *value, const struct rt_qemu_place *place,
                         struct romtool_error *err)
{
    if (strcmp(name, "romfile") == 0) {
        rom->place = *place;
        return copy_string(&rom->romfile, value, err);
    }
    if (strcmp(name, "rombar") == 0)
        return read_rombar(value, &rom->rombar) ? 0 : refuse(reader, "'rombar' is no number", err);
    if (!rt_size_parse(value, &rom->romsize) || rom->romsize == 0)
        return refuse(reader, "'romsize' is not a size", err);
    return 0;
}

/* ------------------------------------------------------------------------- what is found */

static struct rt_qemu_device *add_device(struct rt_qemu *qemu, enum rt_qemu_origin origin)
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

static int add_driver(struct rt_qemu *qemu, enum rt_qemu_origin origin, const char *driver,
                      struct romtool_error *err)
{
    struct rt_qemu_device *device = add_device(qemu, origin);

    if (device == NULL)
        return rt_error_no_memory(err);
    return driver != NULL ? copy_string(&device->driver, driver, err) : 0;
}

static int add_global(const struct reader *reader, const char *driver, const char *property,
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
    r = copy_string(&grown->driver, driver, err);
    return r == 0 ? take_property(reader, &grown->rom, property, value, place, err) : r;
}

static int take_global(struct reader *reader, const char *driver, const char *property,
                       const char *value, const struct rt_qemu_place *place,
                       struct romtool_error *err)
{
    const char *known = rom_property(property);

    if (rt_qemu_replaces_display(driver))
        reader->default_display = false;
    return known != NULL ? add_global(reader, driver, known, value, place, err) : 0;
}

/* ------------------------------------------------------------------------- one option each */

static int read_machine(struct reader *reader, struct romtool_error *err)
{
    const char *rest = reader->value;
    struct rt_qemu_part part;
    int r;

    for (bool first = true; (r = rt_qemu_part_next(&rest, &part, err)) > 0; first = false) {
        if ((first && part.key[0] == '\0') || strcmp(part.key, "type") == 0)
            move_string(&reader->qemu->machine, &part.value);
        rt_qemu_part_free(&part);
    }
    return r;
}

/* romfile is a string, the others are numbers, as text; false for anything else. */
static bool json_text(const char *name, const struct rt_json *value, struct rt_buffer *out)
{
    int64_t number;

    if (strcmp(name, "romfile") != 0 && rt_json_integer(value, &number))
        rt_buffer_printf(out, "%lld", (long long)number);
    else if (strcmp(name, "romfile") == 0 && rt_json_string(value) != NULL)
        rt_buffer_puts(out, rt_json_string(value));
    else
        return false;
    return true;
}

static int take_member(const struct reader *reader, struct rt_qemu_device *device,
                       const struct rt_json *root, const char *name, struct romtool_error *err)
{
    const struct rt_qemu_place place = {.form = RT_QEMU_JSON, .argument = reader->argument};
    const struct rt_json *value = rt_json_get(root, name);
    struct rt_buffer text = {0};
    int r;

    if (value == NULL)
        return 0;
    rt_buffer_puts(&text, "");
    if (!json_text(name, value, &text))
        r = refuse(reader, "romfile is a string, romsize and rombar are integers", err);
    else if (text.failed)
        r = rt_error_no_memory(err);
    else
        r = take_property(reader, &device->rom, name, text.data, &place, err);
    rt_buffer_free(&text);
    return r;
}

static int read_device_json(const struct reader *reader, struct rt_qemu_device *device,
                            struct romtool_error *err)
{
    const struct rt_bytes text = {(const uint8_t *)reader->value, strlen(reader->value)};
    struct rt_json *root;
    const char *driver, *id;
    int r = rt_json_parse(text, &root, err);

    if (r < 0) {
        rt_error_prefix(err, "'-device %s'", reader->value);
        return r;
    }
    device->json = true;
    driver = rt_json_string(rt_json_get(root, "driver"));
    id = rt_json_string(rt_json_get(root, "id"));
    r = driver == NULL ? refuse(reader, "no driver", err)
                       : copy_string(&device->driver, driver, err);
    if (r == 0 && id != NULL)
        r = copy_string(&device->id, id, err);
    for (size_t i = 0; i < COUNT(rom_properties) && r == 0; i++)
        r = take_member(reader, device, root, rom_properties[i], err);
    rt_json_free(root);
    return r;
}

static int read_device_parts(struct reader *reader, struct rt_qemu_device *device,
                             struct romtool_error *err)
{
    const struct rt_qemu_place place = {.form = RT_QEMU_PART, .argument = reader->argument};
    const char *rest = reader->value;
    struct rt_qemu_part part;
    int r;

    for (bool first = true; (r = rt_qemu_part_next(&rest, &part, err)) > 0; first = false) {
        if ((first && part.key[0] == '\0') || strcmp(part.key, "driver") == 0)
            move_string(&device->driver, &part.value);
        else if (strcmp(part.key, "id") == 0)
            move_string(&device->id, &part.value);
        else if (asks_for_help(part.key[0] == '\0' ? part.value : part.key))
            reader->qemu->starts_no_guest = true;
        else if (part.key[0] == '\0' && is_short_form(part.value))
            r = refuse(reader, "a ROM property without a value", err);
        else if (rom_property(part.key) != NULL)
            r = take_property(reader, &device->rom, part.key, part.value, &place, err);
        rt_qemu_part_free(&part);
        if (r < 0)
            return r;
    }
    if (r == 0 && device->driver == NULL)
        return refuse(reader, "no driver", err);
    if (r == 0 && asks_for_help(device->driver))
        reader->qemu->starts_no_guest = true;
    return r;
}

static int read_device(struct reader *reader, struct romtool_error *err)
{
    struct rt_qemu_device *device = add_device(reader->qemu, RT_QEMU_DEVICE);
    int r;

    if (device == NULL)
        return rt_error_no_memory(err);
    r = reader->value[0] == '{' ? read_device_json(reader, device, err)
                                : read_device_parts(reader, device, err);
    if (r == 0 && rt_qemu_replaces_display(device->driver))
        reader->default_display = false;
    return r;
}

/* -nic [TYPE][,model=MODEL]...: a NIC unless TYPE is none. -net nic[,model=MODEL]... likewise. */
static int read_nic(struct reader *reader, bool wants_nic, struct romtool_error *err)
{
    const char *rest = reader->value;
    char *model = NULL;
    struct rt_qemu_part part;
    bool found = !wants_nic;
    int r;

    reader->default_nic = false;
    if (rest[0] == '{')
        return refuse(reader, "JSON is not understood", err);
    for (bool first = true; (r = rt_qemu_part_next(&rest, &part, err)) > 0; first = false) {
        if ((first && part.key[0] == '\0') || strcmp(part.key, "type") == 0)
            found = wants_nic ? strcmp(part.value, "nic") == 0 : strcmp(part.value, "none") != 0;
        else if (strcmp(part.key, "model") == 0)
            move_string(&model, &part.value);
        rt_qemu_part_free(&part);
    }
    if (r == 0 && found)
        r = add_driver(reader->qemu, RT_QEMU_NIC, model, err);
    free(model);
    return r;
}

static int read_vga(struct reader *reader, struct romtool_error *err)
{
    /* no ROM BAR: none, and what is not on a PCI bus */
    static const char *const others[] = {"none", "xenfb", "tcx", "cg3"};
    const char *driver = rt_qemu_vga(reader->value);

    reader->default_display = false;
    reader->vga_asks = asks_for_help(reader->value);
    if (driver != NULL)
        return add_driver(reader->qemu, RT_QEMU_VGA, driver, err);
    if (reader->vga_asks)
        return 0;
    for (size_t i = 0; i < COUNT(others); i++) {
        if (strcmp(reader->value, others[i]) == 0)
            return 0;
    }
    return refuse(reader, "not a display that romtool knows", err);
}

/*
 * What firmware takes from fw_cfg by name may be code: SeaBIOS runs genroms/, vgaroms/ and
 * pciVVVV,DDDD.rom. Names of the user's own begin with opt/, and etc/ is data.
 */
static int check_fw_cfg(const struct reader *reader, const char *name, struct romtool_error *err)
{
    if (name != NULL && (strncmp(name, "opt/", 4) == 0 || strncmp(name, "etc/", 4) == 0))
        return 0;
    return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                        "'%s %s': fw_cfg's '%s' may be a ROM; names of one's own begin with opt/",
                        reader->option, reader->value, name != NULL ? name : "");
}

/* -run-with chroot=DIR is -chroot DIR. */
static int read_run_with(const struct reader *reader, struct romtool_error *err)
{
    const char *rest = reader->value;
    struct rt_qemu_part part;
    int r;

    while ((r = rt_qemu_part_next(&rest, &part, err)) > 0) {
        bool is_chroot = strcmp(part.key, "chroot") == 0;

        rt_qemu_part_free(&part);
        if (is_chroot)
            return refuse(reader, "may load ROMs that nothing has checked", err);
    }
    return r;
}

/* -fw_cfg [name=]NAME,file=...: a later name wins. */
static int read_fw_cfg(const struct reader *reader, struct romtool_error *err)
{
    const char *rest = reader->value;
    char *name = NULL;
    struct rt_qemu_part part;
    int r;

    for (bool first = true; (r = rt_qemu_part_next(&rest, &part, err)) > 0; first = false) {
        if ((first && part.key[0] == '\0') || strcmp(part.key, "name") == 0)
            move_string(&name, &part.value);
        rt_qemu_part_free(&part);
    }
    if (r == 0)
        r = check_fw_cfg(reader, name, err);
    free(name);
    return r;
}

/* -global DRIVER.PROPERTY=VALUE, or the same as three parts, of which a later one wins. */
static int read_global(struct reader *reader, struct romtool_error *err)
{
    struct rt_qemu_place place = {.form = RT_QEMU_GLOBAL, .argument = reader->argument};
    const char *text = reader->value;
    size_t driver_len = strcspn(text, ".="), property_len;
    char *driver = NULL, *property = NULL, *value = NULL;
    struct rt_qemu_part part;
    int r = 0;

    property_len = text[driver_len] == '.' ? strcspn(text + driver_len + 1, "=") : 0;
    if (driver_len > 0 && property_len > 0 && text[driver_len + 1 + property_len] == '=') {
        driver = strndup(text, driver_len);
        property = strndup(text + driver_len + 1, property_len);
        value = strdup(text + driver_len + 1 + property_len + 1);
    } else {
        place.form = RT_QEMU_GLOBAL_PART;
        while ((r = rt_qemu_part_next(&text, &part, err)) > 0) {
            if (strcmp(part.key, "driver") == 0)
                move_string(&driver, &part.value);
            else if (strcmp(part.key, "property") == 0)
                move_string(&property, &part.value);
            else if (strcmp(part.key, "value") == 0)
                move_string(&value, &part.value);
            rt_qemu_part_free(&part);
        }
    }
    if (r == 0 && driver != NULL && property != NULL && value != NULL)
        r = take_global(reader, driver, property, value, &place, err);
    else if (r == 0 && place.form == RT_QEMU_GLOBAL)
        r = rt_error_no_memory(err);
    else if (r == 0)
        r = refuse(reader, "not DRIVER.PROPERTY=VALUE", err);
    free(driver);
    free(property);
    free(value);
    return r;
}

/* The last device of this id that -set reaches, or NULL. */
static struct rt_qemu_device *find_device(const struct rt_qemu *qemu, const char *id, size_t len)
{
    for (size_t i = qemu->n_devices; i > 0; i--) {
        struct rt_qemu_device *device = &qemu->devices[i - 1];

        if (device->id != NULL && !device->json && strlen(device->id) == len &&
            strncmp(device->id, id, len) == 0)
            return device;
    }
    return NULL;
}

/*
 * -set GROUP.ID.PROPERTY=VALUE. Of devices the driver and a ROM's properties, of which the last
 * counts; of NICs, machines, -global and fw_cfg it is refused.
 */
static int read_set(struct reader *reader, struct romtool_error *err)
{
    static const char *const refused[] = {"fw_cfg.", "global.", "machine.",
                                          "net.",    "nic.",    "option-rom."};
    const struct rt_qemu_place place = {.form = RT_QEMU_SET, .argument = reader->argument};
    const char *text = reader->value, *id, *property, *equals;
    struct rt_qemu_device *device;
    char name[16] = "";

    for (size_t i = 0; i < COUNT(refused); i++) {
        if (strncmp(text, refused[i], strlen(refused[i])) == 0)
            return refuse(reader, "state it with its own option", err);
    }
    if (strncmp(text, "device.", 7) != 0)
        return 0;
    id = text + 7;
    property = strchr(id, '.');
    equals = property != NULL ? strchr(property, '=') : NULL;
    if (equals == NULL)
        return refuse(reader, "not GROUP.ID.PROPERTY=VALUE", err);
    property++;
    if ((size_t)(equals - property) < sizeof(name))
        memcpy(name, property, (size_t)(equals - property));
    if (strcmp(name, "id") == 0)
        return refuse(reader, "state it with -device, where it is checked", err);
    if (rom_property(name) == NULL && strcmp(name, "driver") != 0)
        return 0;
    device = find_device(reader->qemu, id, (size_t)(property - 1 - id));
    if (device == NULL)
        return refuse(reader, "no -device KEY=VALUE,... with this id before it", err);
    if (strcmp(name, "driver") == 0)
        return copy_string(&device->driver, equals + 1, err);
    return take_property(reader, &device->rom, name, equals + 1, &place, err);
}

/* ------------------------------------------------------------------------- -readconfig */

static int take_device_section(struct reader *reader, const struct rt_qemu_section *section,
                               const struct rt_qemu_place *place, struct romtool_error *err)
{
    struct rt_qemu_device *device = add_device(reader->qemu, RT_QEMU_DEVICE);
    const char *driver = rt_qemu_section_get(section, "driver");
    const char *id = rt_qemu_section_get(section, "id");
    int r;

    if (device == NULL)
        return rt_error_no_memory(err);
    if (driver == NULL)
        return refuse(reader, "a [device] without a driver", err);
    r = copy_string(&device->driver, driver, err);
    if (r == 0 && (id != NULL || section->id != NULL))
        r = copy_string(&device->id, id != NULL ? id : section->id, err);
    for (size_t i = 0; i < COUNT(rom_properties) && r == 0; i++) {
        const char *value = rt_qemu_section_get(section, rom_properties[i]);

        if (value != NULL)
            r = take_property(reader, &device->rom, rom_properties[i], value, place, err);
    }
    if (rt_qemu_replaces_display(driver))
        reader->default_display = false;
    return r;
}

static int take_global_section(struct reader *reader, const struct rt_qemu_section *section,
                               const struct rt_qemu_place *place, struct romtool_error *err)
{
    const char *driver = rt_qemu_section_get(section, "driver");
    const char *property = rt_qemu_section_get(section, "property");
    const char *value = rt_qemu_section_get(section, "value");

    if (driver == NULL || property == NULL || value == NULL)
        return refuse(reader, "a [global] without driver, property or value", err);
    return take_global(reader, driver, property, value, place, err);
}

/* [net] and [nic]: unlike the options, they leave the default NIC where it is. */
static int take_nic_section(struct reader *reader, const struct rt_qemu_section *section,
                            struct romtool_error *err)
{
    const char *type = rt_qemu_section_get(section, "type");
    bool is_nic = strcmp(section->group, "nic") == 0 ? type == NULL || strcmp(type, "none") != 0
                                                     : type != NULL && strcmp(type, "nic") == 0;

    if (!is_nic)
        return 0;
    return add_driver(reader->qemu, RT_QEMU_NIC, rt_qemu_section_get(section, "model"), err);
}

static int take_section(struct reader *reader, const struct rt_qemu_section *section,
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
        return check_fw_cfg(reader, rt_qemu_section_get(section, "name"), err);
    if (strcmp(group, "option-rom") == 0 ||
        (strcmp(group, "run-with") == 0 && rt_qemu_section_get(section, "chroot") != NULL))
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                            "'%s %s': [%s] may load ROMs that nothing has checked", reader->option,
                            reader->value, group);
    type = strcmp(group, "machine") == 0 ? rt_qemu_section_get(section, "type") : NULL;
    return type != NULL ? copy_string(&reader->qemu->machine, type, err) : 0;
}

static int read_config(struct reader *reader, struct romtool_error *err)
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

/* ------------------------------------------------------------------------- all of them */

static int add_data_dir(struct rt_qemu *qemu, const char *dir, struct romtool_error *err)
{
    const char **grown =
        realloc(qemu->data_dirs, (qemu->n_data_dirs + 1) * sizeof(*qemu->data_dirs));

    if (grown == NULL)
        return rt_error_no_memory(err);
    qemu->data_dirs = grown;
    grown[qemu->n_data_dirs++] = dir;
    if (asks_for_help(dir))
        qemu->starts_no_guest = true;
    return 0;
}

static int read_option(struct reader *reader, enum rt_qemu_option kind, struct romtool_error *err)
{
    switch (kind) {
    case RT_QEMU_OPTION_MACHINE:
        return read_machine(reader, err);
    case RT_QEMU_OPTION_DEVICE:
        return read_device(reader, err);
    case RT_QEMU_OPTION_NIC:
        return read_nic(reader, false, err);
    case RT_QEMU_OPTION_NET:
        return read_nic(reader, true, err);
    case RT_QEMU_OPTION_VGA:
        return read_vga(reader, err);
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
        return read_fw_cfg(reader, err);
    case RT_QEMU_OPTION_RUN_WITH:
        return read_run_with(reader, err);
    case RT_QEMU_OPTION_GLOBAL:
        return read_global(reader, err);
    case RT_QEMU_OPTION_SET:
        return read_set(reader, err);
    case RT_QEMU_OPTION_CONFIG:
        return read_config(reader, err);
    case RT_QEMU_OPTION_ASKS:
        reader->qemu->starts_no_guest = true;
        return 0;
    case RT_QEMU_OPTION_REFUSED:
        return refuse(reader, "may load ROMs that nothing has checked", err);
    case RT_QEMU_OPTION_VALUE:
    case RT_QEMU_OPTION_FLAG:
        break;
    }
    return 0;
}

static int read_options(struct reader *reader, int argc, char *const argv[],
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
            return refuse(reader, "not an option of QEMU that romtool knows", err);
        if (rt_qemu_option_has_value(kind)) {
            if (i + 1 >= argc)
                return refuse(reader, "its value is missing", err);
            reader->value = argv[++i];
            reader->argument = i;
        }
        r = read_option(reader, kind, err);
    }
    return r;
}

int rt_qemu_read(int argc, char *const argv[], struct rt_qemu *ret, struct romtool_error *err)
{
    struct reader reader = {.qemu = ret, .default_nic = true, .default_display = true};
    int r;

    *ret = (struct rt_qemu){0};
    r = read_options(&reader, argc, argv, err);
    /* of both the last one counts */
    if (r == 0 && (reader.vga_asks || (ret->machine != NULL && asks_for_help(ret->machine))))
        ret->starts_no_guest = true;
    if (r == 0 && reader.default_nic)
        r = add_driver(ret, RT_QEMU_DEFAULT_NIC, NULL, err);
    if (r == 0 && reader.default_display)
        r = add_driver(ret, RT_QEMU_DEFAULT_DISPLAY, NULL, err);
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
