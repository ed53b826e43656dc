/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A document that libxml2 has read, gone over as text to change one place of it: tags are found by
 * the rules that make a document well-formed (XML 1.0, 2.4 to 2.7, 3.1; there is no document type).
 */
#ifndef RT_LOADER_DOMAIN_TEXT_H
#define RT_LOADER_DOMAIN_TEXT_H

#include "loader/domain.h"

enum rt_xml_tag_kind { RT_XML_START, RT_XML_EMPTY, RT_XML_END };

struct rt_xml_tag {
    enum rt_xml_tag_kind kind;
    size_t begin, end; /* of its '<', and behind its '>' */
};

/* The next tag at or after *at, which goes behind it; false where there is none. */
bool rt_xml_next_tag(struct rt_bytes xml, size_t *at, struct rt_xml_tag *ret);

/* Behind the next mark at or after at; the document's end where there is none. */
size_t rt_xml_behind(struct rt_bytes xml, size_t at, const char *mark);

bool rt_xml_is_space(uint8_t c);
size_t rt_xml_skip_spaces(struct rt_bytes xml, size_t at);
size_t rt_xml_skip_name(struct rt_bytes xml, size_t at);

/* Copies a part of the document; writes text as an attribute's value. */
void rt_xml_put(struct rt_buffer *out, struct rt_bytes xml, size_t begin, size_t end);
void rt_xml_put_escaped(struct rt_buffer *out, struct rt_bytes text);

/* Equal, or both NULL? */
bool rt_xml_is_same(const char *a, const char *b);

#endif
