/* SPDX-License-Identifier: BSD-2-Clause */
/* What is no part of the table below costs nothing: memory is what is kept of the document. */
#include "loader/domain-build.h"

#include "loader/domain-names.h"
#include "loader/domain-place.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Overrides name devices that may only follow: kept until the end. */
struct override {
    char *alias;
    bool has_file;
    char *file;
    uint64_t size;
};

struct rt_domain_builder {
    struct rt_domain *domain;
    struct romtool_error *err;
    int code; /* of the first failure, recorded in err */
    enum rt_domain_place
        places[RT_DOMAIN_DEPTH_MAX + 1]; /* of the open elements, RT_AT_OUTSIDE first */
    size_t depth;
    size_t elements;       /* start tags so far */
    struct rt_buffer text; /* of the innermost element whose text is kept */
    bool is_pci;           /* of the open controller, which is the last one */
    struct override *override;
    size_t n_overrides;
};

/* ------------------------------------------------------------------------- failures */

static void out_of_memory(struct rt_domain_builder *builder)
{
    if (builder->code == 0)
        builder->code = rt_error_no_memory(builder->err);
}

__attribute__((format(printf, 2, 3))) static void bad(struct rt_domain_builder *builder,
                                                      const char *fmt, ...)
{
    char why[300];
    va_list args;

    if (builder->code != 0)
        return;
    va_start(args, fmt);
    (void)vsnprintf(why, sizeof(why), fmt, args);
    va_end(args);
    builder->code = rt_error_set(builder->err, ROMTOOL_E_BAD_DOMAIN, ROMTOOL_NO_OFFSET, "%s", why);
}

static void too_many(struct rt_domain_builder *builder, const char *what, size_t limit)
{
    if (builder->code == 0)
        builder->code = rt_error_set(builder->err, ROMTOOL_E_TOO_LARGE, ROMTOOL_NO_OFFSET,
                                     "more than %zu %s", limit, what);
}

/* ------------------------------------------------------------------------- attributes */

/* A copy of an attribute without a namespace; NULL without it, and without memory. */
static char *attribute(struct rt_domain_builder *builder, struct rt_domain_attributes attributes,
                       const char *name)
{
    for (size_t i = 0; i < attributes.n; i++) {
        const unsigned char **a = &attributes.list[5 * i];
        char *copy;

        if (a[2] != NULL || strcmp((const char *)a[0], name) != 0)
            continue;
        copy = strndup((const char *)a[3], (size_t)(a[4] - a[3]));
        if (copy == NULL)
            out_of_memory(builder);
        return copy;
    }
    return NULL;
}

/* The same into *ret, unless an element before has said it. */
static void keep_attribute(struct rt_domain_builder *builder,
                           struct rt_domain_attributes attributes, const char *name, char **ret)
{
    if (*ret == NULL)
        *ret = attribute(builder, attributes, name);
}

static bool attribute_is(struct rt_domain_builder *builder, struct rt_domain_attributes attributes,
                         const char *name, const char *expected)
{
    char *value = attribute(builder, attributes, name);
    bool is = value != NULL && strcmp(value, expected) == 0;

    free(value);
    return is;
}

/* As libvirt reads them: "0x1f", "31", "037". */
static bool parse_number(const char *text, int base, uint64_t limit, uint64_t *ret)
{
    char *end;
    unsigned long long n;

    if (text[0] < '0' || text[0] > '9')
        return false;
    n = strtoull(text, &end, base); /* ULLONG_MAX where it does not fit: beyond every limit */
    *ret = n;
    return *end == '\0' && n <= limit;
}

/* 0 where the attribute is not there. */
static unsigned number(struct rt_domain_builder *builder, struct rt_domain_attributes attributes,
                       const char *name, unsigned limit)
{
    char *text = attribute(builder, attributes, name);
    uint64_t n = 0;

    if (text != NULL && !parse_number(text, 0, limit, &n))
        bad(builder, "%s='%.32s' is no number up to %u", name, text, limit);
    free(text);
    return (unsigned)n;
}

static enum rt_domain_switch switch_of(struct rt_domain_builder *builder,
                                       struct rt_domain_attributes attributes, const char *name,
                                       const char *on, const char *off)
{
    char *text = attribute(builder, attributes, name);
    enum rt_domain_switch ret = RT_DOMAIN_UNSET;

    if (text != NULL && strcmp(text, on) == 0)
        ret = RT_DOMAIN_ON;
    else if (text != NULL && strcmp(text, off) == 0)
        ret = RT_DOMAIN_OFF;
    else if (text != NULL)
        bad(builder, "%s='%.32s' is neither '%s' nor '%s'", name, text, on, off);
    free(text);
    return ret;
}

/* ------------------------------------------------------------------------- elements */

/* One more item at the end of an array; NULL, and stopped, where there are too many. */
static void *one_more(struct rt_domain_builder *builder, void *items, size_t *n, size_t size,
                      const char *what, size_t limit)
{
    void *grown;

    if (*n == limit) {
        too_many(builder, what, limit);
        return NULL;
    }
    grown = realloc(items, (*n + 1) * size);
    if (grown == NULL)
        out_of_memory(builder);
    else
        (*n)++;
    return grown;
}

static void add_device(struct rt_domain_builder *builder, enum rt_domain_kind kind,
                       struct rt_domain_attributes attributes)
{
    struct rt_domain *domain = builder->domain;
    void *grown = one_more(builder, domain->device, &domain->n_devices, sizeof(*domain->device),
                           "devices", RT_DOMAIN_DEVICES_MAX);

    if (grown == NULL)
        return;
    domain->device = grown;
    domain->device[domain->n_devices - 1] = (struct rt_domain_device){
        .kind = kind,
        .type = attribute(builder, attributes, "type"),
        .element = builder->elements,
        .rom_element = RT_DOMAIN_NO_ELEMENT,
    };
}

static void add_controller(struct rt_domain_builder *builder,
                           struct rt_domain_attributes attributes)
{
    struct rt_domain *domain = builder->domain;
    void *grown;

    builder->is_pci = attribute_is(builder, attributes, "type", "pci");
    if (!builder->is_pci || builder->code != 0)
        return;
    grown = one_more(builder, domain->controller, &domain->n_controllers,
                     sizeof(*domain->controller), "PCI controllers", RT_DOMAIN_BUSES_MAX);
    if (grown == NULL) {
        builder->is_pci = false;
        return;
    }
    domain->controller = grown;
    domain->controller[domain->n_controllers - 1] = (struct rt_domain_controller){
        .index = number(builder, attributes, "index", UINT32_MAX),
        .model = attribute(builder, attributes, "model"),
    };
}

static void add_override(struct rt_domain_builder *builder, struct rt_domain_attributes attributes)
{
    void *grown = one_more(builder, builder->override, &builder->n_overrides,
                           sizeof(*builder->override), "overrides", RT_DOMAIN_DEVICES_MAX);

    if (grown == NULL)
        return;
    builder->override = grown;
    builder->override[builder->n_overrides - 1] =
        (struct override){.alias = attribute(builder, attributes, "alias")};
}

static void add_allow(struct rt_domain_builder *builder, struct rt_domain_attributes attributes)
{
    struct rt_domain *domain = builder->domain;
    void *grown = one_more(builder, domain->allow, &domain->n_allows, sizeof(*domain->allow),
                           "romtool:allow", RT_DOMAIN_DEVICES_MAX);

    if (grown == NULL)
        return;
    domain->allow = grown;
    domain->allow[domain->n_allows - 1] = (struct rt_domain_allow){
        .device = attribute(builder, attributes, "device"),
        .size = attribute(builder, attributes, "size"),
        .reason = attribute(builder, attributes, "reason"),
    };
}

static struct rt_domain_device *last_device(struct rt_domain_builder *builder)
{
    return &builder->domain->device[builder->domain->n_devices - 1];
}

static struct rt_domain_controller *last_controller(struct rt_domain_builder *builder)
{
    return &builder->domain->controller[builder->domain->n_controllers - 1];
}

/* 0000:00:00.0 is the host bridge's: for libvirt an address that is to be assigned. */
static struct rt_domain_address read_address(struct rt_domain_builder *builder,
                                             struct rt_domain_attributes attributes)
{
    struct rt_domain_address address = {.is_pci = false};
    char *type = attribute(builder, attributes, "type");
    bool is_pci = type != NULL && strcmp(type, "pci") == 0;

    address.is_other = type != NULL && !is_pci;
    free(type);
    if (!is_pci)
        return address;
    address.domain = number(builder, attributes, "domain", UINT32_MAX);
    address.bus = number(builder, attributes, "bus", 0xff);
    address.slot = number(builder, attributes, "slot", 0x1f);
    address.function = number(builder, attributes, "function", 7);
    address.is_pci =
        address.domain != 0 || address.bus != 0 || address.slot != 0 || address.function != 0;
    return address;
}

static void read_rom(struct rt_domain_builder *builder, struct rt_domain_attributes attributes)
{
    struct rt_domain_device *device = last_device(builder);

    if (device->has_rom) {
        bad(builder, "a second <rom> for one device");
        return;
    }
    device->has_rom = true;
    device->rom_element = builder->elements;
    device->rom_file = attribute(builder, attributes, "file");
    device->rom_bar = switch_of(builder, attributes, "bar", "on", "off");
    device->rom_enabled = switch_of(builder, attributes, "enabled", "yes", "no");
}

/* The last that is said wins, as among the properties of QEMU's -device. */
static void read_property(struct rt_domain_builder *builder, struct rt_domain_attributes attributes)
{
    struct override *override = &builder->override[builder->n_overrides - 1];
    bool removes = attribute_is(builder, attributes, "type", "remove");
    char *value = attribute(builder, attributes, "value");

    if (attribute_is(builder, attributes, "name", "romfile")) {
        free(override->file);
        override->file = removes ? NULL : value;
        override->has_file = true;
        if (!removes)
            value = NULL;
    } else if (attribute_is(builder, attributes, "name", "romsize")) {
        override->size = 0;
        if (!removes && (value == NULL || !parse_number(value, 10, UINT32_MAX, &override->size)))
            bad(builder, "romsize='%.32s' is no number of bytes", value != NULL ? value : "");
    }
    free(value);
}

static void read_element(struct rt_domain_builder *builder, enum rt_domain_place place,
                         struct rt_domain_attributes attributes)
{
    struct rt_domain *domain = builder->domain;

    switch (place) {
    case RT_AT_DOMAIN:
        keep_attribute(builder, attributes, "type", &domain->type);
        break;
    case RT_AT_OS_TYPE:
        keep_attribute(builder, attributes, "arch", &domain->arch);
        keep_attribute(builder, attributes, "machine", &domain->machine);
        break;
    case RT_AT_INTERFACE:
        add_device(builder, RT_DOMAIN_INTERFACE, attributes);
        break;
    case RT_AT_HOSTDEV:
        add_device(builder, RT_DOMAIN_HOSTDEV, attributes);
        break;
    case RT_AT_DEVICE_ALIAS:
        keep_attribute(builder, attributes, "name", &last_device(builder)->alias);
        break;
    case RT_AT_DEVICE_MAC:
        keep_attribute(builder, attributes, "address", &last_device(builder)->mac);
        break;
    case RT_AT_DEVICE_MODEL:
        keep_attribute(builder, attributes, "type", &last_device(builder)->model);
        break;
    case RT_AT_DEVICE_ROM:
        read_rom(builder, attributes);
        break;
    case RT_AT_DEVICE_ADDRESS:
        last_device(builder)->address = read_address(builder, attributes);
        break;
    case RT_AT_CONTROLLER:
        add_controller(builder, attributes);
        break;
    case RT_AT_CONTROLLER_ADDRESS:
        if (builder->is_pci)
            last_controller(builder)->address = read_address(builder, attributes);
        break;
    case RT_AT_ALLOW:
        add_allow(builder, attributes);
        break;
    case RT_AT_OVERRIDE:
        if (domain->override_element == RT_DOMAIN_NO_ELEMENT)
            domain->override_element = builder->elements;
        break;
    case RT_AT_OVERRIDE_DEVICE:
        add_override(builder, attributes);
        break;
    case RT_AT_OVERRIDE_PROPERTY:
        read_property(builder, attributes);
        break;
    default:
        break; /* its text says it, or nothing */
    }
}

/* The text of an element is kept unless an element before has said it. */
static void keep_text(struct rt_domain_builder *builder, char **ret)
{
    if (*ret != NULL || builder->text.len == 0)
        return;
    *ret = builder->text.data;
    builder->text = (struct rt_buffer){0};
}

static void read_bus_nr(struct rt_domain_builder *builder)
{
    uint64_t n = 0;

    if (!builder->is_pci)
        return;
    if (builder->text.len == 0 || !parse_number(builder->text.data, 0, 0xff, &n))
        bad(builder, "busNr is no number up to 255");
    last_controller(builder)->has_bus_nr = true;
    last_controller(builder)->bus_nr = (unsigned)n;
}

/* Of host devices only those matter that have a ROM. */
static void drop_without_rom(struct rt_domain_builder *builder)
{
    struct rt_domain_device *device = last_device(builder);

    if (device->has_rom)
        return;
    free(device->type);
    free(device->alias);
    builder->domain->n_devices--;
}

static void end_element(struct rt_domain_builder *builder, enum rt_domain_place place)
{
    switch (place) {
    case RT_AT_NAME:
        keep_text(builder, &builder->domain->name);
        break;
    case RT_AT_UUID:
        keep_text(builder, &builder->domain->uuid);
        break;
    case RT_AT_EMULATOR:
        keep_text(builder, &builder->domain->emulator);
        break;
    case RT_AT_CONTROLLER_BUS_NR:
        read_bus_nr(builder);
        break;
    case RT_AT_HOSTDEV:
        drop_without_rom(builder);
        break;
    default:
        break;
    }
}

/* ------------------------------------------------------------------------- the document */

int rt_domain_builder_start(struct rt_domain_builder *builder, const char *uri, const char *name,
                            struct rt_domain_attributes attributes)
{
    enum rt_domain_place place;

    if (builder->code != 0)
        return builder->code;
    place = rt_domain_place_of(builder->places[builder->depth], uri, name);
    if (builder->depth == 0 && place != RT_AT_DOMAIN) {
        bad(builder, "the root is <%.64s>, not <domain>", name);
        return builder->code;
    }
    if (builder->depth == RT_DOMAIN_DEPTH_MAX) {
        bad(builder, "elements are nested too deep");
        return builder->code;
    }
    builder->places[++builder->depth] = place;
    rt_buffer_free(&builder->text);
    builder->text = (struct rt_buffer){0};
    read_element(builder, place, attributes);
    builder->elements++;
    return builder->code;
}

int rt_domain_builder_end(struct rt_domain_builder *builder)
{
    if (builder->text.failed)
        out_of_memory(builder);
    if (builder->code == 0)
        end_element(builder, builder->places[builder->depth--]);
    return builder->code;
}

int rt_domain_builder_text(struct rt_domain_builder *builder, struct rt_bytes text)
{
    switch (builder->places[builder->depth]) {
    case RT_AT_NAME:
    case RT_AT_UUID:
    case RT_AT_EMULATOR:
    case RT_AT_CONTROLLER_BUS_NR:
        rt_buffer_append(&builder->text, text.data, text.len);
        break;
    default:
        break;
    }
    return builder->code;
}

/* An override counts for the devices of its alias. */
static void apply_override(struct rt_domain_builder *builder, struct override *override)
{
    for (size_t i = 0; i < builder->domain->n_devices && override->alias != NULL; i++) {
        struct rt_domain_device *device = &builder->domain->device[i];

        if (device->alias == NULL || strcmp(device->alias, override->alias) != 0)
            continue;
        device->has_override = true;
        if (override->size != 0)
            device->override_size = override->size;
        if (!override->has_file)
            continue;
        device->overrides_file = true;
        free(device->override_file);
        device->override_file = NULL;
        if (override->file != NULL) {
            device->override_file = strdup(override->file);
            if (device->override_file == NULL)
                builder->code = rt_error_no_memory(builder->err);
        }
    }
}

struct rt_domain_builder *rt_domain_builder_new(struct romtool_error *err)
{
    struct rt_domain_builder *builder = calloc(1, sizeof(*builder));

    if (builder == NULL)
        return NULL;
    builder->err = err;
    builder->domain = calloc(1, sizeof(*builder->domain));
    if (builder->domain != NULL) {
        builder->domain->override_element = RT_DOMAIN_NO_ELEMENT;
        return builder;
    }
    free(builder);
    return NULL;
}

int rt_domain_builder_finish(struct rt_domain_builder *builder, struct rt_domain **ret)
{
    *ret = NULL;
    if (builder->elements == 0)
        bad(builder, "there is no element");
    if (builder->code == 0)
        builder->code = rt_domain_add_aliases(builder->domain, builder->err);
    for (size_t i = 0; i < builder->n_overrides && builder->code == 0; i++)
        apply_override(builder, &builder->override[i]);
    if (builder->code == 0)
        builder->code = rt_domain_add_paths(builder->domain, builder->err);
    if (builder->code != 0)
        return builder->code;
    *ret = builder->domain;
    builder->domain = NULL;
    return 0;
}

void rt_domain_builder_free(struct rt_domain_builder *builder)
{
    if (builder == NULL)
        return;
    for (size_t i = 0; i < builder->n_overrides; i++) {
        free(builder->override[i].alias);
        free(builder->override[i].file);
    }
    free(builder->override);
    rt_buffer_free(&builder->text);
    rt_domain_free(builder->domain);
    free(builder);
}
