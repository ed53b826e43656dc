/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One romsize of <qemu:override> added, in one place of the document: behind the start tag of the
 * <qemu:override> that is there, else a new one before the document's last tag. The prefix is
 * declared where it is used: the document may use another, or none. What came out is read again and
 * compared.
 */
#include "loader/domain-change.h"
#include "loader/domain-text.h"

#include <inttypes.h>
#include <string.h>

struct place {
    struct rt_xml_tag tag; /* the <qemu:override>, or the root's end tag */
    bool is_override;
};

static bool find_place(struct rt_bytes xml, const struct rt_domain *domain, struct place *ret)
{
    size_t at = 0, n = 0;
    bool any = false;

    *ret = (struct place){.is_override = false};
    while (rt_xml_next_tag(xml, &at, &ret->tag)) {
        any = true;
        if (ret->tag.kind != RT_XML_END && n++ == domain->override_element) {
            ret->is_override = true;
            return true;
        }
    }
    return any && ret->tag.kind == RT_XML_END && domain->override_element == RT_DOMAIN_NO_ELEMENT;
}

static void put_device(struct rt_buffer *out, const char *alias, uint64_t size)
{
    rt_buffer_puts(out, "<qemu:device xmlns:qemu='" RT_DOMAIN_QEMU_NAMESPACE "' alias='");
    rt_xml_put_escaped(out, (struct rt_bytes){(const uint8_t *)alias, strlen(alias)});
    rt_buffer_printf(out,
                     "'><qemu:frontend><qemu:property name='romsize' type='unsigned' "
                     "value='%" PRIu64 "'/></qemu:frontend></qemu:device>",
                     size);
}

static void put_document(struct rt_buffer *out, struct rt_bytes xml, const struct place *place,
                         const char *alias, uint64_t size)
{
    const struct rt_xml_tag *tag = &place->tag;
    size_t done = tag->end;

    if (!place->is_override) {
        rt_xml_put(out, xml, 0, tag->begin);
        rt_buffer_puts(out, "  <qemu:override xmlns:qemu='" RT_DOMAIN_QEMU_NAMESPACE "'>");
        put_device(out, alias, size);
        rt_buffer_puts(out, "</qemu:override>\n");
        done = tag->begin;
    } else if (tag->kind == RT_XML_START) {
        rt_xml_put(out, xml, 0, tag->end);
        put_device(out, alias, size);
    } else {
        rt_xml_put(out, xml, 0, tag->end - 2);
        rt_buffer_puts(out, ">");
        put_device(out, alias, size);
        rt_buffer_puts(out, "</");
        rt_xml_put(out, xml, tag->begin + 1, rt_xml_skip_name(xml, tag->begin + 1));
        rt_buffer_puts(out, ">");
    }
    rt_xml_put(out, xml, done, xml.len);
}

/* ------------------------------------------------------------------------- the whole */

static int check_device(const struct rt_domain_device *device, struct romtool_error *err)
{
    if (device->alias == NULL)
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED, ROMTOOL_NO_OFFSET,
                            "the interface has no alias that a qemu:override could name");
    if (device->has_override)
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED, ROMTOOL_NO_OFFSET,
                            "there is a qemu:override of '%.64s' already", device->alias);
    return 0;
}

int rt_domain_set_romsize(struct rt_bytes xml, const char *device, uint64_t size,
                          struct rt_buffer *out, struct romtool_error *err)
{
    struct rt_domain_change change = {.romsize = size};
    const struct rt_domain_device *found;
    struct rt_domain *domain;
    struct place place;
    int r;

    if (!rt_size_is_power_of_two(size) || size > UINT32_MAX)
        return rt_error_set(err, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET,
                            "a romsize of %" PRIu64 " bytes, which no ROM BAR has", size);
    r = rt_domain_read(xml, &domain, err);
    if (r < 0)
        return r;
    r = rt_domain_find(domain, device, &found, err);
    if (r == 0)
        r = check_device(found, err);
    if (r == 0 && !find_place(xml, domain, &place))
        r = rt_error_set(err, ROMTOOL_E_INTERNAL, ROMTOOL_NO_OFFSET,
                         "the end of the domain XML is not found");
    if (r == 0) {
        put_document(out, xml, &place, found->alias, size);
        change.device = found;
        r = rt_domain_check_change(domain, &change, out, err);
    }
    rt_domain_free(domain);
    return r;
}
