/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/qemu.h"

#include "core/json.h"
#include "loader/qemu-options.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int refuse(struct romtool_error *err, const char *option, const char *value, const char *why)
{
    return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET, "'%s%s%s': %s",
                        option, value != NULL ? " " : "", value != NULL ? value : "", why);
}

/* ------------------------------------------------------------------------- key=value,... */

/* One part of "a=b,c=d" in QEMU's syntax: a comma in a value is written twice. */
struct part {
    const char *start; /* the part as written, without the comma behind it */
    size_t len;
    char *key;   /* "" where the first part has no '=' */
    char *value; /* ",," already undone */
};

static void part_free(struct part *part)
{
    free(part->key);
    free(part->value);
    *part = (struct part){0};
}

/* Takes the next part off *text; 1, 0 at the end, negative on failure. */
static int part_next(const char **text, struct part *ret, struct romtool_error *err)
{
    const char *p = *text, *equals = NULL;
    struct rt_buffer value = {0};

    *ret = (struct part){0};
    if (*p == '\0')
        return 0;
    ret->start = p;
    rt_buffer_puts(&value, "");
    for (; *p != '\0'; p++) {
        if (*p == ',' && p[1] != ',')
            break;
        if (*p == ',')
            p++;
        if (*p == '=' && equals == NULL) {
            equals = p;
            value.len = 0;
        } else {
            rt_buffer_append(&value, p, 1);
        }
    }
    ret->len = (size_t)(p - ret->start);
    *text = *p == ',' ? p + 1 : p;
    ret->key = equals == NULL ? strdup("") : strndup(ret->start, (size_t)(equals - ret->start));
    ret->value = value.data;
    if (equals != NULL && !value.failed)
        ret->value[value.len] = '\0';
    if (ret->key == NULL || value.failed) {
        part_free(ret);
        return rt_error_no_memory(err);
    }
    return 1;
}

static void move_string(char **to, char **from)
{
    free(*to);
    *to = *from;
    *from = NULL;
}

static const char *const rom_properties[] = {"romfile", "romsize", "rombar"};

/* What is on for sure: QEMU reads 0, 00 and 0x0 alike. */
static bool is_on(const char *value)
{
    return strcmp(value, "1") == 0 || strcmp(value, "on") == 0 || strcmp(value, "auto") == 0;
}

/* "romfile" alone is short for romfile=on, "noromfile" for romfile=off: files of these names. */
static bool is_short_form(const char *flag)
{
    const char *name = strncmp(flag, "no", 2) == 0 ? flag + 2 : flag;

    for (size_t i = 0; i < COUNT(rom_properties); i++) {
        if (strcmp(name, rom_properties[i]) == 0)
            return true;
    }
    return false;
}

/* Takes over what one part says of a device's ROM. */
static int take_property(struct rt_qemu_device *device, char *key, char **value,
                         struct romtool_error *err)
{
    if (strcmp(key, "romfile") == 0) {
        move_string(&device->romfile, value);
    } else if (strcmp(key, "rombar") == 0) {
        device->rombar_off = !is_on(*value);
    } else if (strcmp(key, "romsize") == 0) {
        if (!rt_size_parse(*value, &device->romsize) || device->romsize == 0)
            return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                                "'romsize=%s': not a size", *value);
    } else {
        return 0;
    }
    return 0;
}

/* ------------------------------------------------------------------------- one option each */

static struct rt_qemu_device *add_device(struct rt_qemu *qemu, enum rt_qemu_origin origin,
                                         int argument)
{
    struct rt_qemu_device *grown =
        realloc(qemu->devices, (qemu->n_devices + 1) * sizeof(*qemu->devices));

    if (grown == NULL)
        return NULL;
    qemu->devices = grown;
    grown += qemu->n_devices++;
    *grown = (struct rt_qemu_device){.origin = origin, .argument = argument};
    return grown;
}

static bool asks_for_help(const char *value)
{
    return strcmp(value, "help") == 0 || strcmp(value, "?") == 0;
}

static int read_machine(struct rt_qemu *qemu, const char *text, struct romtool_error *err)
{
    struct part part;
    int r;

    for (bool first = true; (r = part_next(&text, &part, err)) > 0; first = false) {
        if ((first && part.key[0] == '\0') || strcmp(part.key, "type") == 0)
            move_string(&qemu->machine, &part.value);
        part_free(&part);
    }
    return r;
}

static int read_device_json(struct rt_qemu_device *device, const char *text,
                            struct romtool_error *err)
{
    struct rt_json *root;
    const char *driver;
    int r = rt_json_parse((struct rt_bytes){(const uint8_t *)text, strlen(text)}, &root, err);

    if (r < 0) {
        rt_error_prefix(err, "'-device %s'", text);
        return r;
    }
    device->json = true;
    driver = rt_json_string(rt_json_get(root, "driver"));
    if (driver == NULL)
        r = refuse(err, "-device", text, "no driver");
    else if (rt_json_get(root, "romfile") != NULL || rt_json_get(root, "romsize") != NULL ||
             rt_json_get(root, "rombar") != NULL)
        r = refuse(err, "-device", text, "ROM properties in JSON are not understood yet");
    else if ((device->driver = strdup(driver)) == NULL)
        r = rt_error_no_memory(err);
    rt_json_free(root);
    return r;
}

static int read_device(struct rt_qemu *qemu, const char *text, int argument,
                       struct romtool_error *err)
{
    struct rt_qemu_device *device = add_device(qemu, RT_QEMU_DEVICE, argument);
    const char *rest = text;
    struct part part;
    int r;

    if (device == NULL)
        return rt_error_no_memory(err);
    if (text[0] == '{')
        return read_device_json(device, text, err);
    for (bool first = true; (r = part_next(&rest, &part, err)) > 0; first = false) {
        if ((first && part.key[0] == '\0') || strcmp(part.key, "driver") == 0)
            move_string(&device->driver, &part.value);
        else if (asks_for_help(part.key[0] == '\0' ? part.value : part.key))
            qemu->starts_no_guest = true;
        else if (part.key[0] == '\0' && is_short_form(part.value))
            r = refuse(err, "-device", text, "a ROM property without a value");
        else
            r = take_property(device, part.key, &part.value, err);
        part_free(&part);
        if (r < 0)
            return r;
    }
    if (r == 0 && device->driver == NULL)
        return refuse(err, "-device", text, "no driver");
    if (r == 0 && asks_for_help(device->driver))
        qemu->starts_no_guest = true;
    return r;
}

/* -nic [TYPE][,model=MODEL]...: a NIC unless TYPE is none. -net nic[,model=MODEL]... likewise. */
static int read_nic(struct rt_qemu *qemu, const char *option, const char *text, bool wants_nic,
                    int argument, struct romtool_error *err)
{
    struct rt_qemu_device nic = {.origin = RT_QEMU_NIC, .argument = argument};
    struct rt_qemu_device *device;
    const char *rest = text;
    struct part part;
    bool found = !wants_nic;
    int r;

    for (bool first = true; (r = part_next(&rest, &part, err)) > 0; first = false) {
        bool is_type = (first && part.key[0] == '\0') || strcmp(part.key, "type") == 0;

        if (is_type)
            found = wants_nic ? strcmp(part.value, "nic") == 0 : strcmp(part.value, "none") != 0;
        else if (strcmp(part.key, "model") == 0)
            move_string(&nic.driver, &part.value);
        part_free(&part);
    }
    if (r < 0 || !found || text[0] == '{') {
        free(nic.driver);
        return r < 0 || text[0] != '{' ? r : refuse(err, option, text, "JSON is not understood");
    }
    device = add_device(qemu, RT_QEMU_NIC, argument);
    if (device == NULL) {
        free(nic.driver);
        return rt_error_no_memory(err);
    }
    *device = nic;
    return 0;
}

/* -global DRIVER.PROPERTY=VALUE reaches devices that are read elsewhere: refused where it is a
 * ROM's. */
static int read_property_of_others(const char *option, const char *text, struct romtool_error *err)
{
    for (size_t i = 0; i < COUNT(rom_properties); i++) {
        if (strstr(text, rom_properties[i]) != NULL)
            return refuse(err, option, text, "state it with -device, where it is checked");
    }
    return 0;
}

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

struct reader {
    struct rt_qemu *qemu;
    bool default_nic; /* nothing has taken it away yet */
};

static int read_option(struct reader *reader, enum rt_qemu_option kind, const char *option,
                       const char *value, int argument, struct romtool_error *err)
{
    switch (kind) {
    case RT_QEMU_OPTION_MACHINE:
        return read_machine(reader->qemu, value, err);
    case RT_QEMU_OPTION_DEVICE:
        return read_device(reader->qemu, value, argument, err);
    case RT_QEMU_OPTION_NIC:
        reader->default_nic = false;
        return read_nic(reader->qemu, option, value, false, argument, err);
    case RT_QEMU_OPTION_NET:
        reader->default_nic = false;
        return read_nic(reader->qemu, option, value, true, argument, err);
    case RT_QEMU_OPTION_NETDEV:
    case RT_QEMU_OPTION_NO_DEFAULTS:
        reader->default_nic = false;
        return 0;
    case RT_QEMU_OPTION_DATA_DIR:
        return add_data_dir(reader->qemu, value, err);
    case RT_QEMU_OPTION_GLOBAL:
    case RT_QEMU_OPTION_SET:
        return read_property_of_others(option, value, err);
    case RT_QEMU_OPTION_ASKS:
        reader->qemu->starts_no_guest = true;
        return 0;
    case RT_QEMU_OPTION_REFUSED:
        return refuse(err, option, value, "may load ROMs that nothing has checked");
    case RT_QEMU_OPTION_VALUE:
    case RT_QEMU_OPTION_FLAG:
        break;
    }
    return 0;
}

int rt_qemu_read(int argc, char *const argv[], struct rt_qemu *ret, struct romtool_error *err)
{
    struct reader reader = {ret, true};
    int r = 0;

    *ret = (struct rt_qemu){0};
    for (int i = 1; i < argc && r == 0; i++) {
        const char *option = argv[i];
        bool has_value;
        enum rt_qemu_option kind;

        if (option[0] != '-' || option[1] == '\0')
            continue; /* a disk image */
        if (!rt_qemu_option_find(option, &kind)) {
            r = refuse(err, option, NULL, "not an option of QEMU that romtool knows");
            break;
        }
        has_value = rt_qemu_option_has_value(kind);
        if (has_value && i + 1 >= argc) {
            r = refuse(err, option, NULL, "its value is missing");
            break;
        }
        if (has_value)
            i++;
        r = read_option(&reader, kind, option, has_value ? argv[i] : NULL, i, err);
    }
    if (r == 0 && ret->machine != NULL && asks_for_help(ret->machine)) /* the last one counts */
        ret->starts_no_guest = true;
    if (r == 0 && reader.default_nic && add_device(ret, RT_QEMU_BUILTIN, -1) == NULL)
        r = rt_error_no_memory(err);
    if (r < 0)
        rt_qemu_free(ret);
    return r;
}

void rt_qemu_free(struct rt_qemu *qemu)
{
    for (size_t i = 0; i < qemu->n_devices; i++) {
        free(qemu->devices[i].driver);
        free(qemu->devices[i].romfile);
    }
    free(qemu->devices);
    free(qemu->data_dirs);
    free(qemu->machine);
    *qemu = (struct rt_qemu){0};
}

const char *rt_qemu_default_nic(const char *machine)
{
    unsigned major = 0, minor = 0;

    /* pc_machine_class: e1000; q35 has e1000e since machine version 2.12; Arm's virt: virtio */
    if (strncmp(machine, "pc-q35-", 7) == 0) {
        char *end;

        major = (unsigned)strtoul(machine + 7, &end, 10);
        minor = *end == '.' ? (unsigned)strtoul(end + 1, NULL, 10) : 0;
        return major > 2 || (major == 2 && minor >= 12) ? "e1000e" : "e1000";
    }
    if (strncmp(machine, "virt-", 5) == 0)
        return "virtio-net-pci";
    return strncmp(machine, "pc-", 3) == 0 ? "e1000" : NULL;
}

void rt_qemu_replace_romfile(const char *value, const char *romfile, struct rt_buffer *out)
{
    const char *rest = value;
    struct part part;
    int r;

    while ((r = part_next(&rest, &part, NULL)) > 0) {
        if (strcmp(part.key, "romfile") != 0) {
            rt_buffer_append(out, part.start, part.len);
            rt_buffer_puts(out, ",");
        }
        part_free(&part);
    }
    rt_buffer_printf(out, "romfile=%s", romfile);
    if (r < 0)
        out->failed = true;
}
