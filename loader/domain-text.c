/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/domain-text.h"

#include <string.h>

bool rt_xml_is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

void rt_xml_put_escaped(struct rt_buffer *out, struct rt_bytes text)
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

bool rt_xml_is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void rt_xml_put(struct rt_buffer *out, struct rt_bytes xml, size_t begin, size_t end)
{
    struct rt_bytes part;

    if (rt_bytes_slice(xml, begin, end - begin, &part))
        rt_buffer_append(out, part.data, part.len);
}

size_t rt_xml_behind(struct rt_bytes xml, size_t at, const char *mark)
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

bool rt_xml_next_tag(struct rt_bytes xml, size_t *at, struct rt_xml_tag *ret)
{
    uint8_t c;

    while (rt_bytes_u8(xml, *at, &c)) {
        if (c != '<') {
            (*at)++;
        } else if (rt_bytes_equal_at(xml, *at, "<!--", 4)) {
            *at = rt_xml_behind(xml, *at + 4, "-->");
        } else if (rt_bytes_equal_at(xml, *at, "<![CDATA[", 9)) {
            *at = rt_xml_behind(xml, *at + 9, "]]>");
        } else if (rt_bytes_equal_at(xml, *at, "<?", 2)) {
            *at = rt_xml_behind(xml, *at + 2, "?>");
        } else {
            ret->begin = *at;
            ret->end = *at = behind_tag(xml, *at);
            ret->kind = rt_bytes_equal_at(xml, ret->begin, "</", 2)     ? RT_XML_END
                        : rt_bytes_equal_at(xml, ret->end - 2, "/>", 2) ? RT_XML_EMPTY
                                                                        : RT_XML_START;
            return true;
        }
    }
    return false;
}

size_t rt_xml_skip_spaces(struct rt_bytes xml, size_t at)
{
    uint8_t c;

    while (rt_bytes_u8(xml, at, &c) && rt_xml_is_space(c))
        at++;
    return at;
}

size_t rt_xml_skip_name(struct rt_bytes xml, size_t at)
{
    uint8_t c;

    while (rt_bytes_u8(xml, at, &c) && !rt_xml_is_space(c) && c != '=' && c != '/' && c != '>')
        at++;
    return at;
}
