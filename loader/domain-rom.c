/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One <rom> of a document changed, as text: libxml2 has read the document and says which start tag
 * it is, the n-th; the bytes are found by going over tags, which needs no more than the rules that
 * make a document well-formed (XML 1.0, 2.4 to 2.7, 3.1; there is no document type). What came out
 * is read again and compared.
 */
#include "loader/domain.h"

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

static void put_escaped(struct rt_buffer *out, struct rt_bytes text)
{
    uint8_t c;

    for (size_t at = 0; rt_bytes_u8(text, at, &c); at++) {
        if (c == '&')
            rt_buffer_puts(out, "&amp;");
        else if (c == '<')
            rt_buffer_puts(out, "&lt;");
        else if (c == '>')
            rt_buffer_puts(out, "&gt;");
        else if (c == '"')
            rt_buffer_puts(out, "&quot;");
        else if (c == '\'')
            rt_buffer_puts(out, "&apos;");
        else
            rt_buffer_append(out, &c, 1);
    }
}

/* ------------------------------------------------------------------------- tags */

enum tag_kind { TAG_START, TAG_EMPTY, TAG_END };

struct tag {
    enum tag_kind kind;
    size_t begin, end; /* of its '<', and behind its '>' */
};

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void put(struct rt_buffer *out, struct rt_bytes xml, size_t begin, size_t end)
{
    struct rt_bytes part;

    if (rt_bytes_slice(xml, begin, end - begin, &part))
        rt_buffer_append(out, part.data, part.len);
}

/* Behind the next mark at or after at; the document's end where there is none. */
static size_t behind(struct rt_bytes xml, size_t at, const char *mark)
{
    size_t n = strlen(mark);

    while (rt_bytes_has(xml, at, n) && !rt_bytes_equal_at(xml, at, mark, n))
        at++;
    return rt_bytes_has(xml, at, n) ? at + n : xml.len;
}

/* Behind the '>' of the tag at this offset: not one in a quoted value. */
static size_t behind_tag(struct rt_bytes xml, size_t at)
{
    uint8_t c, quote = 0;

    for (; rt_bytes_u8(xml, at, &c); at++) {
        if (quote != 0)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '>')
            return at + 1;
    }
    return xml.len;
}

/* The next tag at or after *at, which goes behind it; false where there is none. */
static bool next_tag(struct rt_bytes xml, size_t *at, struct tag *ret)
{
    uint8_t c;

    while (rt_bytes_u8(xml, *at, &c)) {
        if (c != '<') {
            (*at)++;
        } else if (rt_bytes_equal_at(xml, *at, "<!--", 4)) {
            *at = behind(xml, *at + 4, "-->");
        } else if (rt_bytes_equal_at(xml, *at, "<![CDATA[", 9)) {
            *at = behind(xml, *at + 9, "]]>");
        } else if (rt_bytes_equal_at(xml, *at, "<?", 2)) {
            *at = behind(xml, *at + 2, "?>");
        } else {
            ret->begin = *at;
            ret->end = *at = behind_tag(xml, *at);
            ret->kind = rt_bytes_equal_at(xml, ret->begin, "</", 2)     ? TAG_END
                        : rt_bytes_equal_at(xml, ret->end - 2, "/>", 2) ? TAG_EMPTY
                                                                        : TAG_START;
            return true;
        }
    }
    return false;
}

/* An element that is to get a <rom>, and the one that it has. */
struct site {
    struct tag tag;                /* its start */
    size_t child_begin, child_end; /* its last child that is an element; both 0: none */
    size_t close;                  /* where its end tag begins */
    struct tag rom;                /* the start of its <rom>, if has_rom */
    bool has_rom;
};

/* Goes over what is inside the element whose start tag was the last; n start tags were before. */
static bool look_inside(struct rt_bytes xml, size_t at, size_t n, size_t rom_element,
                        struct site *site)
{
    struct tag tag;
    size_t depth = 1; /* of open elements */

    while (next_tag(xml, &at, &tag)) {
        if (tag.kind == TAG_END) {
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
            depth += tag.kind == TAG_START ? 1 : 0;
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
    struct tag tag;
    size_t at = 0, n = 0;

    *ret = (struct site){.has_rom = false};
    while (next_tag(xml, &at, &tag)) {
        if (tag.kind == TAG_END)
            continue;
        if (n++ != device->element)
            continue;
        ret->tag = tag;
        return tag.kind == TAG_EMPTY || look_inside(xml, at, n, device->rom_element, ret);
    }
    return false;
}

/* ------------------------------------------------------------------------- the change */

static size_t skip_spaces(struct rt_bytes xml, size_t at)
{
    uint8_t c;

    while (rt_bytes_u8(xml, at, &c) && is_space(c))
        at++;
    return at;
}

static size_t skip_name(struct rt_bytes xml, size_t at)
{
    uint8_t c;

    while (rt_bytes_u8(xml, at, &c) && !is_space(c) && c != '=' && c != '/' && c != '>')
        at++;
    return at;
}

/* The start tag of a <rom> with another file=, and without enabled= where that says no. */
static void put_changed(struct rt_buffer *out, struct rt_bytes xml, struct tag tag,
                        bool is_disabled, struct rt_bytes path)
{
    size_t at = skip_name(xml, tag.begin + 1);
    bool has_file = false;

    put(out, xml, tag.begin, at);
    for (;;) {
        size_t name = skip_spaces(xml, at);
        size_t name_end = skip_name(xml, name);
        size_t quote = skip_spaces(xml, behind(xml, name_end, "="));
        struct rt_bytes quoted;
        size_t end;

        if (name == name_end)
            break; /* "/" or ">" */
        if (!rt_bytes_slice(xml, quote, 1, &quoted))
            break;
        end = behind(xml, quote + 1, quoted.data[0] == '"' ? "\"" : "'");
        if (name_end - name == 4 && rt_bytes_equal_at(xml, name, "file", 4)) {
            has_file = true;
            put(out, xml, at, quote + 1);
            put_escaped(out, path);
            put(out, xml, quote, quote + 1);
        } else if (!is_disabled || name_end - name != 7 ||
                   !rt_bytes_equal_at(xml, name, "enabled", 7)) {
            put(out, xml, at, end);
        }
        at = end;
    }
    if (!has_file) {
        rt_buffer_puts(out, " file='");
        put_escaped(out, path);
        rt_buffer_puts(out, "'");
    }
    put(out, xml, at, tag.end);
}

static void put_rom(struct rt_buffer *out, struct rt_bytes path)
{
    rt_buffer_puts(out, "<rom file='");
    put_escaped(out, path);
    rt_buffer_puts(out, "'/>");
}

/* A <rom> behind the last child, indented as that is. Returns how far the document is written. */
static size_t put_new(struct rt_buffer *out, struct rt_bytes xml, const struct site *site,
                      struct rt_bytes path)
{
    size_t indent = site->child_begin;
    uint8_t c;

    while (indent > 0 && rt_bytes_u8(xml, indent - 1, &c) && is_space(c))
        indent--;
    put(out, xml, 0, site->child_end);
    put(out, xml, indent, site->child_begin);
    put_rom(out, path);
    return site->child_end;
}

/* Into an element without any: "<interface/>", "<interface></interface>". */
static size_t put_only(struct rt_buffer *out, struct rt_bytes xml, const struct site *site,
                       struct rt_bytes path)
{
    if (site->tag.kind == TAG_START) {
        put(out, xml, 0, site->close);
        put_rom(out, path);
        return site->close;
    }
    put(out, xml, 0, site->tag.end - 2);
    rt_buffer_puts(out, ">");
    put_rom(out, path);
    rt_buffer_puts(out, "</");
    put(out, xml, site->tag.begin + 1, skip_name(xml, site->tag.begin + 1));
    rt_buffer_puts(out, ">");
    return site->tag.end;
}

static void put_document(struct rt_buffer *out, struct rt_bytes xml, const struct site *site,
                         bool is_disabled, struct rt_bytes path)
{
    size_t done;

    if (site->has_rom) {
        put(out, xml, 0, site->rom.begin);
        put_changed(out, xml, site->rom, is_disabled, path);
        done = site->rom.end;
    } else if (site->child_end > 0) {
        done = put_new(out, xml, site, path);
    } else {
        done = put_only(out, xml, site, path);
    }
    put(out, xml, done, xml.len);
}

/* ------------------------------------------------------------------------- and the check */

static bool is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool is_same_device(const struct rt_domain_device *a, const struct rt_domain_device *b)
{
    return a->kind == b->kind && is_same(a->alias, b->alias) && is_same(a->mac, b->mac) &&
           is_same(a->model, b->model) && is_same(a->path, b->path) && a->rom_bar == b->rom_bar;
}

/* Does what was written read as the old document, but for this device's ROM? */
static bool is_as_meant(const struct rt_domain *old, const struct rt_domain *new, size_t changed,
                        const char *path)
{
    if (old->n_devices != new->n_devices || !is_same(old->name, new->name) ||
        !is_same(old->uuid, new->uuid) || !is_same(old->machine, new->machine))
        return false;
    for (size_t i = 0; i < old->n_devices; i++) {
        const struct rt_domain_device *a = &old->device[i], *b = &new->device[i];

        if (!is_same_device(a, b))
            return false;
        if (i != changed &&
            (!is_same(a->rom_file, b->rom_file) || a->rom_enabled != b->rom_enabled))
            return false;
    }
    return is_same(new->device[changed].rom_file, path) &&
           new->device[changed].rom_enabled != RT_DOMAIN_OFF;
}

static int check_written(const struct rt_domain *old, size_t changed, const char *path,
                         const struct rt_buffer *out, struct romtool_error *err)
{
    struct rt_domain *new = NULL;
    int r;

    if (out->failed)
        return rt_error_no_memory(err);
    r = rt_domain_read(rt_buffer_bytes(out), &new, err);
    if (r < 0)
        return r;
    if (!is_as_meant(old, new, changed, path))
        r = rt_error_set(err, ROMTOOL_E_INTERNAL, ROMTOOL_NO_OFFSET,
                         "the changed domain XML does not read as it was meant");
    rt_domain_free(new);
    return r;
}

int rt_domain_set_rom(struct rt_bytes xml, const char *device, const char *path,
                      struct rt_buffer *out, struct romtool_error *err)
{
    struct rt_bytes path_bytes = {(const uint8_t *)path, strlen(path)};
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
    r = check_written(domain, (size_t)(found - domain->device), path, out, err);
out:
    rt_domain_free(domain);
    return r;
}
