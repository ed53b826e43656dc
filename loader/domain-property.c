/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What <qemu:override> does to a device's ROM. Overrides name devices that may only follow: they
 * are kept until the end, and the last that is said wins, as libvirt applies them.
 */
#include "loader/domain-builder.h"

#include <stdlib.h>
#include <string.h>

struct rt_domain_override {
    char *alias;
};

enum name { ROMFILE, ROMSIZE, ROMBAR, DRIVER, NAMES };

static const char *const names[NAMES] = {"romfile", "romsize", "rombar", "driver"};

struct rt_domain_property {
    size_t override;
    enum name name;
    bool is_removed; /* QEMU's default, then */
    char *value;     /* as it is written */
    uint64_t number; /* of romsize and rombar */
};

void rt_domain_add_override(struct rt_domain_builder *builder,
                            struct rt_domain_attributes attributes)
{
    struct rt_domain_override *grown =
        rt_domain_one_more(builder, builder->override, &builder->n_overrides, sizeof(*grown),
                           "overrides", RT_DOMAIN_DEVICES_MAX);

    if (grown == NULL)
        return;
    builder->override = grown;
    grown[builder->n_overrides - 1] =
        (struct rt_domain_override){.alias = rt_domain_attribute(builder, attributes, "alias")};
}

/* NAMES for a property that has nothing to do with ROMs. */
static enum name name_of(struct rt_domain_builder *builder, struct rt_domain_attributes attributes)
{
    char *name = rt_domain_attribute(builder, attributes, "name");
    int i = 0;

    while (name != NULL && i < NAMES && strcmp(name, names[i]) != 0)
        i++;
    free(name);
    return name != NULL ? (enum name)i : NAMES;
}

/* Overrides without an alias are nobody's. */
void rt_domain_add_property(struct rt_domain_builder *builder,
                            struct rt_domain_attributes attributes)
{
    struct rt_domain_property property = {.override = builder->n_overrides - 1};
    struct rt_domain_property *grown;

    property.name = name_of(builder, attributes);
    if (property.name == NAMES)
        return;
    grown = rt_domain_one_more(builder, builder->property, &builder->n_properties, sizeof(*grown),
                               "properties of overrides", RT_DOMAIN_DEVICES_MAX);
    if (grown == NULL)
        return;
    builder->property = grown;
    property.is_removed = rt_domain_attribute_is(builder, attributes, "type", "remove");
    property.value = rt_domain_attribute(builder, attributes, "value");
    grown[builder->n_properties - 1] = property;
    if (property.is_removed || property.name == ROMFILE || property.name == DRIVER)
        return;
    if (property.value == NULL || !rt_domain_number_read(property.value, 10, UINT32_MAX,
                                                         &grown[builder->n_properties - 1].number))
        rt_domain_bad(builder, "%s='%.32s' is no number", names[property.name],
                      property.value != NULL ? property.value : "");
}

/* ------------------------------------------------------------------------- what they do */

static void set(struct rt_domain_builder *builder, char **ret, const char *value)
{
    free(*ret);
    *ret = value != NULL ? strdup(value) : NULL;
    if (value != NULL && *ret == NULL)
        rt_domain_out_of_memory(builder);
}

static void apply(struct rt_domain_builder *builder, const struct rt_domain_property *property,
                  struct rt_domain_device *device)
{
    switch (property->name) {
    case ROMFILE:
        device->overrides_file = true;
        set(builder, &device->override_file, property->is_removed ? NULL : property->value);
        break;
    case ROMSIZE:
        device->override_size = property->number;
        break;
    case ROMBAR: /* QEMU's default is on */
        device->override_bar =
            property->is_removed || property->number != 0 ? RT_DOMAIN_ON : RT_DOMAIN_OFF;
        break;
    case DRIVER:
        set(builder, &device->override_driver, property->value != NULL ? property->value : "");
        break;
    case NAMES:
        break;
    }
}

static bool is_alias(const struct rt_domain_device *device, const char *alias)
{
    return device->alias != NULL && alias != NULL && strcmp(device->alias, alias) == 0;
}

/* One for a device that is none of the domain's here is said of the domain. */
static void apply_property(struct rt_domain_builder *builder,
                           const struct rt_domain_property *property)
{
    const char *alias = builder->override[property->override].alias;
    struct rt_domain *domain = builder->domain;
    bool is_stray = alias != NULL;

    for (size_t i = 0; i < domain->n_devices; i++) {
        if (!is_alias(&domain->device[i], alias))
            continue;
        apply(builder, property, &domain->device[i]);
        is_stray = false;
    }
    if (is_stray && domain->stray_property == NULL) {
        domain->stray_property = names[property->name];
        set(builder, &domain->stray_alias, alias);
    }
}

void rt_domain_apply_overrides(struct rt_domain_builder *builder)
{
    struct rt_domain *domain = builder->domain;

    for (size_t i = 0; i < builder->n_overrides; i++)
        for (size_t k = 0; k < domain->n_devices; k++)
            if (is_alias(&domain->device[k], builder->override[i].alias))
                domain->device[k].has_override = true;
    for (size_t i = 0; i < builder->n_properties && builder->code == 0; i++)
        apply_property(builder, &builder->property[i]);
}

void rt_domain_free_overrides(struct rt_domain_builder *builder)
{
    for (size_t i = 0; i < builder->n_overrides; i++)
        free(builder->override[i].alias);
    for (size_t i = 0; i < builder->n_properties; i++)
        free(builder->property[i].value);
    free(builder->override);
    free(builder->property);
}
