/* SPDX-License-Identifier: BSD-2-Clause */
/* What is in no row of domain-place.c costs nothing: memory is what is kept of the document. */
#include "loader/domain-builder.h"

#include "loader/domain-names.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------- elements */

/* An attribute into *ret, unless an element before has said it. */
static void keep_attribute(struct rt_domain_builder *builder,
                           struct rt_domain_attributes attributes, const char *name, char **ret)
{
    if (*ret == NULL)
        *ret = rt_domain_attribute(builder, attributes, name);
}

static void add_device(struct rt_domain_builder *builder, enum rt_domain_kind kind,
                       struct rt_domain_attributes attributes)
{
    struct rt_domain *domain = builder->domain;
    void *grown = rt_domain_one_more(builder, domain->device, &domain->n_devices,
                                     sizeof(*domain->device), "devices", RT_DOMAIN_DEVICES_MAX);

    if (grown == NULL)
        return;
    domain->device = grown;
    domain->device[domain->n_devices - 1] = (struct rt_domain_device){
        .kind = kind,
        .type = rt_domain_attribute(builder, attributes, "type"),
        .element = builder->elements,
        .rom_element = RT_DOMAIN_NO_ELEMENT,
    };
}

static void add_controller(struct rt_domain_builder *builder,
                           struct rt_domain_attributes attributes)
{
    struct rt_domain *domain = builder->domain;
    void *grown;

    builder->is_pci = rt_domain_attribute_is(builder, attributes, "type", "pci");
    if (!builder->is_pci || builder->code != 0)
        return;
    grown = rt_domain_one_more(builder, domain->controller, &domain->n_controllers,
                               sizeof(*domain->controller), "PCI controllers", RT_DOMAIN_BUSES_MAX);
    if (grown == NULL) {
        builder->is_pci = false;
        return;
    }
    domain->controller = grown;
    domain->controller[domain->n_controllers - 1] = (struct rt_domain_controller){
        .index = rt_domain_number(builder, attributes, "index", UINT32_MAX),
        .model = rt_domain_attribute(builder, attributes, "model"),
    };
}

static void add_allow(struct rt_domain_builder *builder, struct rt_domain_attributes attributes)
{
    struct rt_domain *domain = builder->domain;
    void *grown =
        rt_domain_one_more(builder, domain->allow, &domain->n_allows, sizeof(*domain->allow),
                           "romtool:allow", RT_DOMAIN_DEVICES_MAX);

    if (grown == NULL)
        return;
    domain->allow = grown;
    domain->allow[domain->n_allows - 1] = (struct rt_domain_allow){
        .device = rt_domain_attribute(builder, attributes, "device"),
        .size = rt_domain_attribute(builder, attributes, "size"),
        .reason = rt_domain_attribute(builder, attributes, "reason"),
    };
}

static void add_argument(struct rt_domain_builder *builder, struct rt_domain_attributes attributes)
{
    struct rt_domain *domain = builder->domain;
    void *grown =
        rt_domain_one_more(builder, domain->argument, &domain->n_arguments,
                           sizeof(*domain->argument), "qemu:arg", RT_DOMAIN_ARGUMENTS_MAX);

    if (grown == NULL)
        return;
    domain->argument = grown;
    domain->argument[domain->n_arguments - 1] = rt_domain_attribute(builder, attributes, "value");
    if (domain->argument[domain->n_arguments - 1] == NULL)
        rt_domain_bad(builder, "a qemu:arg without a value");
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
    char *type = rt_domain_attribute(builder, attributes, "type");
    bool is_pci = type != NULL && strcmp(type, "pci") == 0;

    address.is_other = type != NULL && !is_pci;
    free(type);
    if (!is_pci)
        return address;
    address.domain = rt_domain_number(builder, attributes, "domain", UINT32_MAX);
    address.bus = rt_domain_number(builder, attributes, "bus", 0xff);
    address.slot = rt_domain_number(builder, attributes, "slot", 0x1f);
    address.function = rt_domain_number(builder, attributes, "function", 7);
    address.is_pci =
        address.domain != 0 || address.bus != 0 || address.slot != 0 || address.function != 0;
    return address;
}

static void read_rom(struct rt_domain_builder *builder, struct rt_domain_attributes attributes)
{
    struct rt_domain_device *device = last_device(builder);

    if (device->has_rom) {
        rt_domain_bad(builder, "a second <rom> for one device");
        return;
    }
    device->has_rom = true;
    device->rom_element = builder->elements;
    device->rom_file = rt_domain_attribute(builder, attributes, "file");
    device->rom_bar = rt_domain_switch_read(builder, attributes, "bar", "on", "off");
    device->rom_enabled = rt_domain_switch_read(builder, attributes, "enabled", "yes", "no");
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
    case RT_AT_VIDEO:
        add_device(builder, RT_DOMAIN_VIDEO, attributes);
        break;
    case RT_AT_VIDEO_MODEL:
        keep_attribute(builder, attributes, "type", &last_device(builder)->model);
        last_device(builder)->is_primary =
            rt_domain_attribute_is(builder, attributes, "primary", "yes");
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
    case RT_AT_ARGUMENT:
        add_argument(builder, attributes);
        break;
    case RT_AT_OVERRIDE:
        if (domain->override_element == RT_DOMAIN_NO_ELEMENT)
            domain->override_element = builder->elements;
        break;
    case RT_AT_OVERRIDE_DEVICE:
        rt_domain_add_override(builder, attributes);
        break;
    case RT_AT_OVERRIDE_PROPERTY:
        rt_domain_add_property(builder, attributes);
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
    if (builder->text.len == 0 || !rt_domain_number_read(builder->text.data, 0, 0xff, &n))
        rt_domain_bad(builder, "busNr is no number up to 255");
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
        rt_domain_bad(builder, "the root is <%.64s>, not <domain>", name);
        return builder->code;
    }
    if (builder->depth == RT_DOMAIN_DEPTH_MAX) {
        rt_domain_bad(builder, "elements are nested too deep");
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
        rt_domain_out_of_memory(builder);
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
        rt_domain_bad(builder, "there is no element");
    if (builder->code == 0)
        builder->code = rt_domain_add_aliases(builder->domain, builder->err);
    if (builder->code == 0)
        rt_domain_apply_overrides(builder);
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
    rt_domain_free_overrides(builder);
    rt_buffer_free(&builder->text);
    rt_domain_free(builder->domain);
    free(builder);
}
