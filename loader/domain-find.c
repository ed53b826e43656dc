/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/domain.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void rt_domain_free(struct rt_domain *domain)
{
    if (domain == NULL)
        return;
    for (size_t i = 0; i < domain->n_devices; i++) {
        struct rt_domain_device *device = &domain->device[i];

        free(device->type);
        free(device->alias);
        free(device->mac);
        free(device->model);
        free(device->rom_file);
        free(device->path);
        free(device->override_file);
        free(device->override_driver);
    }
    for (size_t i = 0; i < domain->n_controllers; i++)
        free(domain->controller[i].model);
    for (size_t i = 0; i < domain->n_allows; i++) {
        free(domain->allow[i].device);
        free(domain->allow[i].size);
        free(domain->allow[i].reason);
    }
    for (size_t i = 0; i < domain->n_arguments; i++)
        free(domain->argument[i]);
    free(domain->argument);
    free(domain->stray_alias);
    free(domain->allow);
    free(domain->device);
    free(domain->controller);
    free(domain->name);
    free(domain->uuid);
    free(domain->type);
    free(domain->arch);
    free(domain->machine);
    free(domain->emulator);
    free(domain);
}

const char *rt_domain_rom_file(const struct rt_domain_device *device)
{
    return device->overrides_file ? device->override_file : device->rom_file;
}

/* enabled='no' is romfile="" for QEMU, which an override of romfile replaces. */
bool rt_domain_has_no_rom(const struct rt_domain_device *device)
{
    const char *file = rt_domain_rom_file(device);

    return (device->rom_enabled == RT_DOMAIN_OFF && !device->overrides_file) ||
           (file != NULL && file[0] == '\0');
}

bool rt_domain_has_no_bar(const struct rt_domain_device *device)
{
    enum rt_domain_switch bar = device->override_bar;

    return (bar != RT_DOMAIN_UNSET ? bar : device->rom_bar) == RT_DOMAIN_OFF;
}

static bool is_named(const struct rt_domain_device *device, const char *name)
{
    return (device->alias != NULL && strcmp(device->alias, name) == 0) ||
           (device->mac != NULL && strcasecmp(device->mac, name) == 0) ||
           (device->model != NULL && strcmp(device->model, name) == 0);
}

static const char *or_dash(const char *text)
{
    return text != NULL ? text : "-";
}

/* "net0 52:54:00:00:00:01 virtio, ...": as much of it as a sentence holds */
static void list_interfaces(const struct rt_domain *domain, struct rt_buffer *list)
{
    for (size_t i = 0; i < domain->n_devices && list->len < 400; i++) {
        const struct rt_domain_device *device = &domain->device[i];

        if (device->kind == RT_DOMAIN_INTERFACE)
            rt_buffer_printf(list, "%s%s %s %s", list->len > 0 ? ", " : "", or_dash(device->alias),
                             or_dash(device->mac), or_dash(device->model));
    }
    if (list->len == 0)
        rt_buffer_puts(list, "none");
}

int rt_domain_find(const struct rt_domain *domain, const char *device,
                   const struct rt_domain_device **ret, struct romtool_error *err)
{
    struct rt_buffer list = {0};
    size_t n = 0;
    int r;

    *ret = NULL;
    for (size_t i = 0; i < domain->n_devices; i++) {
        if (domain->device[i].kind != RT_DOMAIN_INTERFACE || !is_named(&domain->device[i], device))
            continue;
        *ret = &domain->device[i];
        n++;
    }
    if (n == 1)
        return 0;
    *ret = NULL;
    list_interfaces(domain, &list);
    r = list.failed ? rt_error_no_memory(err)
                    : rt_error_set(err, ROMTOOL_E_UNKNOWN_DEVICE, ROMTOOL_NO_OFFSET,
                                   "%s interface of the domain is '%.64s'; there are: %s",
                                   n == 0 ? "no" : "more than one", device, list.data);
    rt_buffer_free(&list);
    return r;
}
