/* SPDX-License-Identifier: BSD-2-Clause */
/* The model of a domain, put together from its document's tags and text as a parser meets them. */
#ifndef RT_LOADER_DOMAIN_BUILD_H
#define RT_LOADER_DOMAIN_BUILD_H

#include "loader/domain.h"

enum { RT_DOMAIN_DEPTH_MAX = 256 }; /* elements in each other; libxml2's own limit up to 2.12 */

/* Five of them an attribute, as SAX2 has them: local name, prefix, URI, value, the value's end. */
struct rt_domain_attributes {
    const unsigned char **list;
    size_t n; /* attributes */
};

struct rt_domain_builder;

/* Sentences go to err; NULL without memory. */
struct rt_domain_builder *rt_domain_builder_new(struct romtool_error *err);

/*
 * A start tag (uri is NULL without a namespace), an end tag, a piece of text. ROMTOOL_E_BAD_DOMAIN,
 * ROMTOOL_E_TOO_LARGE, ROMTOOL_E_NO_MEMORY; after any of them only the end is due.
 */
int rt_domain_builder_start(struct rt_domain_builder *builder, const char *uri, const char *name,
                            struct rt_domain_attributes attributes);
int rt_domain_builder_end(struct rt_domain_builder *builder);
int rt_domain_builder_text(struct rt_domain_builder *builder, struct rt_bytes text);

/* The whole, the caller's. As above. */
int rt_domain_builder_finish(struct rt_domain_builder *builder, struct rt_domain **ret);

void rt_domain_builder_free(struct rt_domain_builder *builder);

#endif
