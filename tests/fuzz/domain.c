/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domain XML: what one reader (libxml2) says of a document the other, which goes over its tags to
 * change one <rom>, must find, and what it writes reads as it was meant.
 */
#include "fuzz.h"

#include <string.h>

#include "loader/domain.h"

static const char PATH[] = "/a&b'<\">";

static void check_changed(struct rt_bytes xml, const struct rt_domain *domain, size_t i)
{
    const struct rt_domain_device *device = &domain->device[i];
    struct rt_buffer out = {0};
    struct rt_domain *changed;
    struct romtool_error err = {0};
    int r = rt_domain_set_rom(xml, device->alias, PATH, &out, &err);

    FUZZ_CHECK(r != ROMTOOL_E_INTERNAL && r != ROMTOOL_E_BAD_DOMAIN);
    FUZZ_CHECK(r == err.code);
    if (r == 0) {
        FUZZ_CHECK(rt_domain_read(rt_buffer_bytes(&out), &changed, NULL) == 0);
        FUZZ_CHECK(changed->n_devices == domain->n_devices);
        FUZZ_CHECK(strcmp(changed->device[i].rom_file, PATH) == 0);
        FUZZ_CHECK(changed->device[i].rom_enabled != RT_DOMAIN_OFF);
        FUZZ_CHECK(changed->device[i].rom_bar == device->rom_bar);
        rt_domain_free(changed);
    }
    rt_buffer_free(&out);
}

static void check_sized(struct rt_bytes xml, const struct rt_domain *domain, size_t i)
{
    struct rt_buffer out = {0};
    struct rt_domain *changed;
    struct romtool_error err = {0};
    int r = rt_domain_set_romsize(xml, domain->device[i].alias, 4096, &out, &err);

    FUZZ_CHECK(r != ROMTOOL_E_INTERNAL && r != ROMTOOL_E_BAD_DOMAIN);
    FUZZ_CHECK(r == err.code);
    if (r == 0) {
        FUZZ_CHECK(rt_domain_read(rt_buffer_bytes(&out), &changed, NULL) == 0);
        FUZZ_CHECK(changed->n_devices == domain->n_devices);
        FUZZ_CHECK(changed->device[i].override_size == 4096);
        rt_domain_free(changed);
    }
    rt_buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rt_bytes xml = {data, size};
    struct romtool_error err = {0};
    struct rt_domain *domain;
    int r = rt_domain_read(xml, &domain, &err);

    FUZZ_CHECK((r == 0) == (domain != NULL));
    FUZZ_CHECK(r == err.code);
    for (size_t i = 0; r == 0 && i < domain->n_devices && i < 4; i++)
        if (domain->device[i].kind == RT_DOMAIN_INTERFACE && domain->device[i].alias != NULL) {
            check_changed(xml, domain, i);
            check_sized(xml, domain, i);
        }
    rt_domain_free(domain);
    return 0;
}
