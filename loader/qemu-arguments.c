/* SPDX-License-Identifier: BSD-2-Clause */
/* The values of the options that decide about ROMs, one function each. */
#include "core/json.h"
#include "loader/qemu-reader.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Is it name=..., or the first part, which may lack this key? */
static bool is_stated(const struct rt_qemu_part *part, bool first, const char *name)
{
    return (first && part->key[0] == '\0') || strcmp(part->key, name) == 0;
}

int rt_qemu_read_machine(struct rt_qemu_reader *reader, struct romtool_error *err)
{
    const char *rest = reader->value;
    struct rt_qemu_part part;
    int r;

    for (bool first = true; (r = rt_qemu_part_next(&rest, first, &part, err)) > 0; first = false) {
        if (is_stated(&part, first, "type"))
            rt_qemu_move_string(&reader->qemu->machine, &part.value);
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

static int take_member(const struct rt_qemu_reader *reader, struct rt_qemu_device *device,
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
        r = rt_qemu_refuse_value(reader, "romfile is a string, romsize and rombar are integers",
                                 err);
    else if (text.failed)
        r = rt_error_no_memory(err);
    else
        r = rt_qemu_take_property(reader, &device->rom, name, text.data, &place, err);
    rt_buffer_free(&text);
    return r;
}

static int read_device_json(const struct rt_qemu_reader *reader, struct rt_qemu_device *device,
                            struct romtool_error *err)
{
    const struct rt_bytes text = {(const uint8_t *)reader->value, strlen(reader->value)};
    struct rt_json *root;
    const char *driver, *id;
    int r = rt_json_parse(text, &root, err);

    if (r < 0) {
        rt_error_prefix(err, "'-device %.200s'", reader->value);
        return r;
    }
    device->json = true;
    driver = rt_json_string(rt_json_get(root, "driver"));
    id = rt_json_string(rt_json_get(root, "id"));
    r = driver == NULL ? rt_qemu_refuse_value(reader, "no driver", err)
                       : rt_qemu_copy_string(&device->driver, driver, err);
    if (r == 0 && id != NULL)
        r = rt_qemu_copy_string(&device->id, id, err);
    for (size_t i = 0; i < RT_QEMU_N_ROM_PROPERTIES && r == 0; i++)
        r = take_member(reader, device, root, rt_qemu_rom_properties[i], err);
    rt_json_free(root);
    return r;
}

/* Is the part "NAME" or "noNAME"? Short for NAME=on and NAME=off, which are files' names, ids. */
static bool is_short_form(const struct rt_qemu_part *part, const char *name)
{
    const char *flag = part->value;

    return part->key[0] == '\0' && (strcmp(flag, name) == 0 ||
                                    (strncmp(flag, "no", 2) == 0 && strcmp(flag + 2, name) == 0));
}

static bool lacks_value(const struct rt_qemu_part *part)
{
    bool lacks = is_short_form(part, "id") || is_short_form(part, "driver");

    for (size_t i = 0; i < RT_QEMU_N_ROM_PROPERTIES; i++)
        lacks = lacks || is_short_form(part, rt_qemu_rom_properties[i]);
    return lacks;
}

/*
 * Of two ids the first counts for QEMU, unlike of anything else. It looks for it by itself, and
 * finds one in "a,,id=b" as well, where the driver is "a,id=b".
 */
static int take_id(const struct rt_qemu_reader *reader, struct rt_qemu_device *device,
                   struct rt_qemu_part *part, struct romtool_error *err)
{
    if (device->id != NULL)
        return rt_qemu_refuse_value(reader, "two ids", err);
    rt_qemu_move_string(&device->id, &part->value);
    return 0;
}

/* "id=" behind commas that are a value's: QEMU up to 5.2 looks for ",id=" wherever it is. */
static bool has_id_in_value(const char *text)
{
    size_t commas = 0;

    for (; *text != '\0'; text++) {
        if (commas > 0 && commas % 2 == 0 && strncmp(text, "id=", 3) == 0)
            return true;
        commas = *text == ',' ? commas + 1 : 0;
    }
    return false;
}

static int read_device_parts(struct rt_qemu_reader *reader, struct rt_qemu_device *device,
                             struct romtool_error *err)
{
    const struct rt_qemu_place place = {.form = RT_QEMU_PART, .argument = reader->argument};
    const char *rest = reader->value;
    struct rt_qemu_part part;
    int r;

    if (has_id_in_value(rest))
        return rt_qemu_refuse_value(reader, "a value with an id in it", err);
    for (bool first = true; (r = rt_qemu_part_next(&rest, first, &part, err)) > 0; first = false) {
        if (lacks_value(&part))
            r = rt_qemu_refuse_value(reader, "id, driver or a ROM property without a value", err);
        else if (first && part.key[0] == '\0' && strchr(part.value, ',') != NULL)
            r = rt_qemu_refuse_value(reader, "a driver's name with a comma", err);
        else if (is_stated(&part, first, "driver"))
            rt_qemu_move_string(&device->driver, &part.value);
        else if (strcmp(part.key, "id") == 0)
            r = take_id(reader, device, &part, err);
        else if (rt_qemu_asks_for_help(part.key[0] == '\0' ? part.value : part.key))
            reader->qemu->starts_no_guest = true;
        else if (rt_qemu_rom_property(part.key) != NULL)
            r = rt_qemu_take_property(reader, &device->rom, part.key, part.value, &place, err);
        rt_qemu_part_free(&part);
        if (r < 0)
            return r;
    }
    if (r == 0 && device->driver == NULL)
        return rt_qemu_refuse_value(reader, "no driver", err);
    return r;
}

int rt_qemu_read_device(struct rt_qemu_reader *reader, struct romtool_error *err)
{
    struct rt_qemu_device *device = rt_qemu_add_device(reader->qemu, RT_QEMU_DEVICE);

    if (device == NULL)
        return rt_error_no_memory(err);
    return reader->value[0] == '{' ? read_device_json(reader, device, err)
                                   : read_device_parts(reader, device, err);
}

/* -nic [TYPE][,model=MODEL]...: a NIC unless TYPE is none. -net nic[,model=MODEL]... likewise. */
int rt_qemu_read_nic(struct rt_qemu_reader *reader, bool wants_nic, struct romtool_error *err)
{
    const char *rest = reader->value;
    char *model = NULL;
    struct rt_qemu_part part;
    bool found = !wants_nic;
    int r;

    reader->default_nic = false;
    if (rest[0] == '{')
        return rt_qemu_refuse_value(reader, "JSON is not understood", err);
    for (bool first = true; (r = rt_qemu_part_next(&rest, first, &part, err)) > 0; first = false) {
        if (is_stated(&part, first, "type"))
            found = wants_nic ? strcmp(part.value, "nic") == 0 : strcmp(part.value, "none") != 0;
        else if (strcmp(part.key, "model") == 0)
            rt_qemu_move_string(&model, &part.value);
        rt_qemu_part_free(&part);
    }
    if (r == 0 && found)
        r = rt_qemu_add_driver(reader->qemu, RT_QEMU_NIC, model, err);
    free(model);
    return r;
}

int rt_qemu_read_vga(struct rt_qemu_reader *reader, struct romtool_error *err)
{
    /* no ROM BAR: none, and what is not on a PCI bus */
    static const char *const others[] = {"none", "xenfb", "tcx", "cg3"};
    const char *driver = rt_qemu_vga(reader->value);

    reader->default_display = false;
    reader->vga_asks = rt_qemu_asks_for_help(reader->value);
    if (driver != NULL)
        return rt_qemu_add_driver(reader->qemu, RT_QEMU_VGA, driver, err);
    if (reader->vga_asks)
        return 0;
    for (size_t i = 0; i < COUNT(others); i++) {
        if (strcmp(reader->value, others[i]) == 0)
            return 0;
    }
    return rt_qemu_refuse_value(reader, "not a display that romtool knows", err);
}

/*
 * What firmware takes from fw_cfg by name may be code: SeaBIOS runs genroms/, vgaroms/ and
 * pciVVVV,DDDD.rom. Names of the user's own begin with opt/, and etc/ is data.
 */
int rt_qemu_check_fw_cfg(const struct rt_qemu_reader *reader, const char *name,
                         struct romtool_error *err)
{
    if (name != NULL && (strncmp(name, "opt/", 4) == 0 || strncmp(name, "etc/", 4) == 0))
        return 0;
    return rt_qemu_refuse(err, ROMTOOL_NO_OFFSET, reader->option, reader->value,
                          "fw_cfg's '%.60s' may be a ROM; names of one's own begin with opt/",
                          name != NULL ? name : "");
}

/* -run-with chroot=DIR is -chroot DIR, user=NAME is -runas NAME. */
int rt_qemu_read_run_with(const struct rt_qemu_reader *reader, struct romtool_error *err)
{
    const char *rest = reader->value;
    struct rt_qemu_part part;
    int r;

    while ((r = rt_qemu_part_next(&rest, false, &part, err)) > 0) {
        bool is_chroot = strcmp(part.key, "chroot") == 0 || is_short_form(&part, "chroot");

        if (strcmp(part.key, "user") == 0)
            reader->qemu->changes_user = true;
        rt_qemu_part_free(&part);
        if (is_chroot)
            return rt_qemu_refuse_value(reader, "may load ROMs that nothing has checked", err);
    }
    return r;
}

/* -fw_cfg [name=]NAME,file=...: a later name wins. */
int rt_qemu_read_fw_cfg(const struct rt_qemu_reader *reader, struct romtool_error *err)
{
    const char *rest = reader->value;
    char *name = NULL;
    struct rt_qemu_part part;
    int r;

    for (bool first = true; (r = rt_qemu_part_next(&rest, first, &part, err)) > 0; first = false) {
        if (is_stated(&part, first, "name"))
            rt_qemu_move_string(&name, &part.value);
        rt_qemu_part_free(&part);
    }
    if (r == 0)
        r = rt_qemu_check_fw_cfg(reader, name, err);
    free(name);
    return r;
}

/* -global DRIVER.PROPERTY=VALUE, or the same as three parts, of which a later one wins. */
int rt_qemu_read_global(struct rt_qemu_reader *reader, struct romtool_error *err)
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
        while ((r = rt_qemu_part_next(&text, false, &part, err)) > 0) {
            if (strcmp(part.key, "driver") == 0)
                rt_qemu_move_string(&driver, &part.value);
            else if (strcmp(part.key, "property") == 0)
                rt_qemu_move_string(&property, &part.value);
            else if (strcmp(part.key, "value") == 0)
                rt_qemu_move_string(&value, &part.value);
            rt_qemu_part_free(&part);
        }
    }
    if (r == 0 && driver != NULL && property != NULL && value != NULL)
        r = rt_qemu_take_global(reader, driver, property, value, &place, err);
    else if (r == 0 && place.form == RT_QEMU_GLOBAL)
        r = rt_error_no_memory(err);
    else if (r == 0)
        r = rt_qemu_refuse_value(reader, "not DRIVER.PROPERTY=VALUE", err);
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
int rt_qemu_read_set(struct rt_qemu_reader *reader, struct romtool_error *err)
{
    static const char *const refused[] = {"fw_cfg.", "global.",     "machine.", "net.",
                                          "nic.",    "option-rom.", "run-with."};
    const struct rt_qemu_place place = {.form = RT_QEMU_SET, .argument = reader->argument};
    const char *text = reader->value, *id, *property, *equals;
    struct rt_qemu_device *device;
    char name[16] = "";

    for (size_t i = 0; i < COUNT(refused); i++) {
        if (strncmp(text, refused[i], strlen(refused[i])) == 0)
            return rt_qemu_refuse_value(reader, "state it with its own option", err);
    }
    if (strncmp(text, "device.", 7) != 0)
        return 0;
    id = text + 7;
    property = strchr(id, '.');
    equals = property != NULL ? strchr(property, '=') : NULL;
    if (equals == NULL || memchr(id, '=', (size_t)(property - id)) != NULL)
        return rt_qemu_refuse_value(reader, "not GROUP.ID.PROPERTY=VALUE", err);
    property++;
    if ((size_t)(equals - property) < sizeof(name))
        memcpy(name, property, (size_t)(equals - property));
    if (strcmp(name, "id") == 0)
        return rt_qemu_refuse_value(reader, "state it with -device, where it is checked", err);
    if (rt_qemu_rom_property(name) == NULL && strcmp(name, "driver") != 0)
        return 0;
    device = find_device(reader->qemu, id, (size_t)(property - 1 - id));
    if (device == NULL)
        return rt_qemu_refuse_value(reader, "no -device KEY=VALUE,... with this id before it", err);
    if (strcmp(name, "driver") == 0)
        return rt_qemu_copy_string(&device->driver, equals + 1, err);
    return rt_qemu_take_property(reader, &device->rom, name, equals + 1, &place, err);
}
