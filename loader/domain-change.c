/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/domain-change.h"

#include "loader/domain-text.h"

static bool is_same_device(const struct rt_domain_device *a, const struct rt_domain_device *b)
{
    return a->kind == b->kind && rt_xml_is_same(a->alias, b->alias) &&
           rt_xml_is_same(a->mac, b->mac) && rt_xml_is_same(a->model, b->model) &&
           rt_xml_is_same(a->path, b->path) && a->rom_bar == b->rom_bar &&
           a->overrides_file == b->overrides_file &&
           rt_xml_is_same(a->override_file, b->override_file) &&
           a->override_bar == b->override_bar &&
           rt_xml_is_same(a->override_driver, b->override_driver);
}

static bool has_file(const struct rt_domain_change *change, const struct rt_domain_device *old,
                     const struct rt_domain_device *new)
{
    if (change->rom_file != NULL && old == change->device)
        return rt_xml_is_same(new->rom_file, change->rom_file) && new->rom_enabled != RT_DOMAIN_OFF;
    return rt_xml_is_same(new->rom_file, old->rom_file) && new->rom_enabled == old->rom_enabled;
}

static bool has_size(const struct rt_domain_change *change, const struct rt_domain_device *old,
                     const struct rt_domain_device *new)
{
    bool is_meant = change->romsize != 0 && rt_xml_is_same(old->alias, change->device->alias);

    return new->override_size == (is_meant ? change->romsize : old->override_size);
}

static bool is_as_meant(const struct rt_domain *old, const struct rt_domain_change *change,
                        const struct rt_domain *new)
{
    if (old->n_devices != new->n_devices || old->n_allows != new->n_allows ||
        old->n_arguments != new->n_arguments || !rt_xml_is_same(old->name, new->name) ||
        !rt_xml_is_same(old->uuid, new->uuid) || !rt_xml_is_same(old->machine, new->machine))
        return false;
    for (size_t i = 0; i < old->n_devices; i++) {
        const struct rt_domain_device *a = &old->device[i], *b = &new->device[i];

        if (!is_same_device(a, b) || !has_file(change, a, b) || !has_size(change, a, b))
            return false;
    }
    return true;
}

int rt_domain_check_change(const struct rt_domain *old, const struct rt_domain_change *change,
                           const struct rt_buffer *out, struct romtool_error *err)
{
    struct rt_domain *new;
    int r;

    if (out->failed)
        return rt_error_no_memory(err);
    r = rt_domain_read(rt_buffer_bytes(out), &new, err);
    if (r == 0 && !is_as_meant(old, change, new))
        r = rt_error_set(err, ROMTOOL_E_INTERNAL, ROMTOOL_NO_OFFSET,
                         "the changed domain XML does not read as it was meant");
    rt_domain_free(new);
    return r;
}
