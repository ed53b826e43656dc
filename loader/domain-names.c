/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Aliases: libvirt, qemuAssignDeviceNetAlias(): the next "netN", in the document's order;
 * qemuAssignDeviceVideoAlias(): "video" and how many of them come before.
 *
 * Paths: QEMU, pcibus_get_dev_path(): the root bus, "0000:00" or an expander's number, and
 * ":SLOT.FUNCTION" of every device from there down to this one. libvirt numbers buses as it likes;
 * the controller of this index is the bridge.
 */
#include "loader/domain-names.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------- aliases */

/* N of "netN"; -1 for any other. */
static long long alias_number(const char *alias)
{
    char *end;
    long long n;

    if (alias == NULL || strncmp(alias, "net", 3) != 0 || alias[3] < '0' || alias[3] > '9')
        return -1;
    n = strtoll(alias + 3, &end, 10);
    return *end == '\0' && n <= INT32_MAX ? n : -1;
}

/* Those of type='hostdev' are named as host devices are. */
static bool is_net(const struct rt_domain_device *device)
{
    return device->kind == RT_DOMAIN_INTERFACE &&
           (device->type == NULL || strcmp(device->type, "hostdev") != 0);
}

static int name_device(struct rt_domain_device *device, const char *what, long long n,
                       struct romtool_error *err)
{
    struct rt_buffer alias = {0};

    if (device->alias != NULL)
        return 0;
    rt_buffer_printf(&alias, "%s%lld", what, n);
    if (alias.failed) {
        rt_buffer_free(&alias);
        return rt_error_no_memory(err);
    }
    device->alias = alias.data;
    device->has_libvirts_alias = true;
    return 0;
}

int rt_domain_add_aliases(struct rt_domain *domain, struct romtool_error *err)
{
    long long next = 0, videos = 0;
    int r = 0;

    for (size_t i = 0; i < domain->n_devices; i++) {
        long long n = is_net(&domain->device[i]) ? alias_number(domain->device[i].alias) : -1;

        if (n >= next)
            next = n + 1;
    }
    for (size_t i = 0; i < domain->n_devices && r == 0; i++) {
        struct rt_domain_device *device = &domain->device[i];

        if (device->kind == RT_DOMAIN_VIDEO)
            r = name_device(device, "video", videos++, err);
        else if (is_net(device) && device->alias == NULL)
            r = name_device(device, "net", next++, err);
    }
    return r;
}

/* ------------------------------------------------------------------------- paths */

enum { LEVELS_MAX = 32 }; /* more than 31 bridges in a row no guest could number */

struct way {
    struct rt_domain_address level[LEVELS_MAX]; /* from the device upwards */
    size_t n;
    unsigned root; /* the root bus's number in the name */
};

/* The names of other architectures' root buses are made otherwise (spapr: "pci@800000020000000").
 */
static bool is_known_arch(const char *arch)
{
    static const char *const known[] = {"x86_64",  "i686",    "aarch64",    "armv7l",
                                        "riscv32", "riscv64", "loongarch64"};

    if (arch == NULL)
        return true;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(arch, known[i]) == 0)
            return true;
    return false;
}

/* The one controller of this index; NULL for none, or several. */
static const struct rt_domain_controller *controller_of(const struct rt_domain *domain,
                                                        unsigned bus)
{
    const struct rt_domain_controller *found = NULL;

    for (size_t i = 0; i < domain->n_controllers; i++) {
        if (domain->controller[i].index != bus)
            continue;
        if (found != NULL)
            return NULL;
        found = &domain->controller[i];
    }
    return found;
}

static bool is_model(const struct rt_domain_controller *controller, const char *model)
{
    return controller->model != NULL && strcmp(controller->model, model) == 0;
}

static bool add_level(struct way *way, const struct rt_domain_address *address)
{
    if (way->n == LEVELS_MAX)
        return false;
    way->level[way->n++] = *address;
    return true;
}

/*
 * One bus up, from *at to the bridge that provides its bus. Below pxb, which libvirt calls
 * pci-expander-bus, QEMU puts a bridge of its own at 00.0 (hw/pci-bridge/pci_expander_bridge.c).
 */
static bool climb(const struct rt_domain *domain, struct way *way, struct rt_domain_address *at)
{
    const struct rt_domain_controller *bridge = controller_of(domain, at->bus);
    const struct rt_domain_address inner = {.is_pci = true};
    bool is_pxb, is_expander;

    if (bridge == NULL || !bridge->address.is_pci)
        return false;
    is_pxb = is_model(bridge, "pci-expander-bus");
    is_expander = is_pxb || is_model(bridge, "pcie-expander-bus");
    if (is_expander && (!bridge->has_bus_nr || way->root != 0))
        return false;
    if (is_pxb && !add_level(way, &inner))
        return false;
    if (is_expander)
        way->root = bridge->bus_nr;
    *at = bridge->address;
    return true;
}

static bool find_way(const struct rt_domain *domain, const struct rt_domain_device *device,
                     struct way *way)
{
    struct rt_domain_address at = device->address;

    if (!at.is_pci)
        return false;
    for (;;) {
        if (at.domain != 0 || !add_level(way, &at))
            return false;
        if (at.bus == 0)
            return true;
        if (!climb(domain, way, &at))
            return false;
    }
}

int rt_domain_add_paths(struct rt_domain *domain, struct romtool_error *err)
{
    if (!is_known_arch(domain->arch))
        return 0;
    for (size_t i = 0; i < domain->n_devices; i++) {
        struct way way = {.n = 0};
        struct rt_buffer path = {0};

        if (!find_way(domain, &domain->device[i], &way))
            continue;
        rt_buffer_printf(&path, "0000:%02x", way.root);
        while (way.n-- > 0)
            rt_buffer_printf(&path, ":%02x.%x", way.level[way.n].slot, way.level[way.n].function);
        if (path.failed) {
            rt_buffer_free(&path);
            return rt_error_no_memory(err);
        }
        domain->device[i].path = path.data;
    }
    return 0;
}
