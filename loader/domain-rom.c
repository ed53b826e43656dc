/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One <rom> of a document changed, as text: libxml2 has read the document and says which start tag
 * it is, the n-th; loader/domain-text finds the bytes. What came out is read again and compared.
 */
#include "loader/domain-change.h"
#include "loader/domain-text.h"

#include <string.h>

/* ------------------------------------------------------------------------- the path */

/* XML 1.0, 2.2: U+FFFE and U+FFFF are no characters; C0, DEL and C1 are no text for a path. */
static bool is_character(struct rt_bytes text, size_t at)
{
    uint8_t first = 0, second = 0, third = 0;

    (void)rt_bytes_u8(text, at, &first);
    (void)rt_bytes_u8(text, at + 1, &second);
    (void)rt_bytes_u8(text, at + 2, &third);
    if (first < 0x20 || first == 0x7f || (first == 0xc2 && second < 0xa0))
        return false;
    return first != 0xef || second != 0xbf || third < 0xbe;
}

static int check_path(struct rt_bytes path, struct romtool_error *err)
{
    size_t n;

    if (!rt_bytes_equal_at(path, 0, "/", 1))
        return rt_error_set(err, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET,
                            "the path of a ROM for libvirt must begin with '/'");
    for (size_t at = 0; at < path.len; at += n) {
        n = rt_bytes_utf8(path, at);
        if (n == 0 || !is_character(path, at))
            return rt_error_set(err, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET,
                                "the path of a ROM for libvirt must be UTF-8 without control "
                                "characters");
    }
    return 0;
}

/* An element that is to get a <rom>, and the one that it has. */
struct site {
    struct rt_xml_tag tag;         /* its start */
    size_t child_begin, child_end; /* its last child that is an element; both 0: none */
    size_t close;                  /* where its end tag begins */
    struct rt_xml_tag rom;         /* the start of its <rom>, if has_rom */
    bool has_rom;
};

/* Goes over what is inside the element whose start tag was the last; n start tags were before. */
static bool look_inside(struct rt_bytes xml, size_t at, size_t n, size_t rom_element,
                        struct site *site)
{
    struct rt_xml_tag tag;
    size_t depth = 1; /* of open elements */

    while (rt_xml_next_tag(xml, &at, &tag)) {
        if (tag.kind == RT_XML_END) {
            depth--;
            site->close = tag.begin;
        } else {
            if (depth == 1)
                site->child_begin = tag.begin;
            if (n == rom_element) {
                site->has_rom = true;
                site->rom = tag;
            }
            n++;
            depth += tag.kind == RT_XML_START ? 1 : 0;
        }
        if (depth == 0)
            return true;
        if (depth == 1)
            site->child_end = tag.end;
    }
    return false;
}

static bool find_site(struct rt_bytes xml, const struct rt_domain_device *device, struct site *ret)
{
    struct rt_xml_tag tag;
    size_t at = 0, n = 0;

    *ret = (struct site){.has_rom = false};
    while (rt_xml_next_tag(xml, &at, &tag)) {
        if (tag.kind == RT_XML_END)
            continue;
        if (n++ != device->element)
            continue;
        ret->tag = tag;
        return tag.kind == RT_XML_EMPTY || look_inside(xml, at, n, device->rom_element, ret);
    }
    return false;
}

/* ------------------------------------------------------------------------- the change */

/* The start tag of a <rom> with another file=, and without enabled= where that says no. */
static void put_changed(struct rt_buffer *out, struct rt_bytes xml, struct rt_xml_tag tag,
                        bool is_disabled, struct rt_bytes path)
{
    size_t at = rt_xml_skip_name(xml, tag.begin + 1);
    bool has_file = false;

    rt_xml_put(out, xml, tag.begin, at);
    for (;;) {
        size_t name = rt_xml_skip_spaces(xml, at);
        size_t name_end = rt_xml_skip_name(xml, name);
        size_t quote = rt_xml_skip_spaces(xml, rt_xml_behind(xml, name_end, "="));
        struct rt_bytes quoted;
        size_t end;

        if (name == name_end)
            break; /* "/" or ">" */
        if (!rt_bytes_slice(xml, quote, 1, &quoted))
            break;
        end = rt_xml_behind(xml, quote + 1, quoted.data[0] == '"' ? "\"" : "'");
        if (name_end - name == 4 && rt_bytes_equal_at(xml, name, "file", 4)) {
            has_file = true;
            rt_xml_put(out, xml, at, quote + 1);
            rt_xml_put_escaped(out, path);
            rt_xml_put(out, xml, quote, quote + 1);
        } else if (!is_disabled || name_end - name != 7 ||
                   !rt_bytes_equal_at(xml, name, "enabled", 7)) {
            rt_xml_put(out, xml, at, end);
        }
        at = end;
    }
    if (!has_file) {
        rt_buffer_puts(out, " file='");
        rt_xml_put_escaped(out, path);
        rt_buffer_puts(out, "'");
    }
    rt_xml_put(out, xml, at, tag.end);
}

static void put_rom(struct rt_buffer *out, struct rt_bytes path)
{
    rt_buffer_puts(out, "<rom file='");
    rt_xml_put_escaped(out, path);
    rt_buffer_puts(out, "'/>");
}

/* A <rom> behind the last child, indented as that is. Returns how far the document is written. */
static size_t put_new(struct rt_buffer *out, struct rt_bytes xml, const struct site *site,
                      struct rt_bytes path)
{
    size_t indent = site->child_begin;
    uint8_t c;

    while (indent > 0 && rt_bytes_u8(xml, indent - 1, &c) && rt_xml_is_space(c))
        indent--;
    rt_xml_put(out, xml, 0, site->child_end);
    rt_xml_put(out, xml, indent, site->child_begin);
    put_rom(out, path);
    return site->child_end;
}

/* Into an element without any: "<interface/>", "<interface></interface>". */
static size_t put_only(struct rt_buffer *out, struct rt_bytes xml, const struct site *site,
                       struct rt_bytes path)
{
    if (site->tag.kind == RT_XML_START) {
        rt_xml_put(out, xml, 0, site->close);
        put_rom(out, path);
        return site->close;
    }
    rt_xml_put(out, xml, 0, site->tag.end - 2);
    rt_buffer_puts(out, ">");
    put_rom(out, path);
    rt_buffer_puts(out, "</");
    rt_xml_put(out, xml, site->tag.begin + 1, rt_xml_skip_name(xml, site->tag.begin + 1));
    rt_buffer_puts(out, ">");
    return site->tag.end;
}

static void put_document(struct rt_buffer *out, struct rt_bytes xml, const struct site *site,
                         bool is_disabled, struct rt_bytes path)
{
    size_t done;

    if (site->has_rom) {
        rt_xml_put(out, xml, 0, site->rom.begin);
        put_changed(out, xml, site->rom, is_disabled, path);
        done = site->rom.end;
    } else if (site->child_end > 0) {
        done = put_new(out, xml, site, path);
    } else {
        done = put_only(out, xml, site, path);
    }
    rt_xml_put(out, xml, done, xml.len);
}

/* ------------------------------------------------------------------------- the whole */

int rt_domain_set_rom(struct rt_bytes xml, const char *device, const char *path,
                      struct rt_buffer *out, struct romtool_error *err)
{
    struct rt_bytes path_bytes = {(const uint8_t *)path, strlen(path)};
    struct rt_domain_change change = {.rom_file = path};
    const struct rt_domain_device *found;
    struct rt_domain *domain;
    struct site site;
    int r;

    r = check_path(path_bytes, err);
    if (r == 0)
        r = rt_domain_read(xml, &domain, err);
    if (r < 0)
        return r;
    r = rt_domain_find(domain, device, &found, err);
    if (r < 0)
        goto out;
    if (found->overrides_file) {
        r = rt_error_set(err, ROMTOOL_E_UNSUPPORTED, ROMTOOL_NO_OFFSET,
                         "a qemu:override of '%.64s' sets its romfile, which would win over <rom>",
                         found->alias);
        goto out;
    }
    if (!find_site(xml, found, &site)) {
        r = rt_error_set(err, ROMTOOL_E_INTERNAL, ROMTOOL_NO_OFFSET,
                         "the device's element is not found in the domain XML");
        goto out;
    }
    put_document(out, xml, &site, found->rom_enabled == RT_DOMAIN_OFF, path_bytes);
    change.device = found;
    r = rt_domain_check_change(domain, &change, out, err);
out:
    rt_domain_free(domain);
    return r;
}
