/* SPDX-License-Identifier: BSD-2-Clause */
/* What domain-build.c and its two parts share: attributes as libvirt reads them, and overrides. */
#ifndef RT_LOADER_DOMAIN_BUILDER_H
#define RT_LOADER_DOMAIN_BUILDER_H

#include "loader/domain-build.h"
#include "loader/domain-place.h"

struct rt_domain_override;
struct rt_domain_property;

struct rt_domain_builder {
    struct rt_domain *domain;
    struct romtool_error *err;
    int code; /* of the first failure, recorded in err */
    enum rt_domain_place
        places[RT_DOMAIN_DEPTH_MAX + 1]; /* of the open elements, RT_AT_OUTSIDE first */
    size_t depth;
    size_t elements;       /* start tags so far */
    struct rt_buffer text; /* of the innermost element whose text is kept */
    bool is_pci;           /* of the open controller, which is the last one */
    struct rt_domain_override *override;
    size_t n_overrides;
    struct rt_domain_property *property; /* of the overrides, in the document's order */
    size_t n_properties;
};

/* The first failure of the document is recorded. */
void rt_domain_out_of_memory(struct rt_domain_builder *builder);
__attribute__((format(printf, 2, 3))) void rt_domain_bad(struct rt_domain_builder *builder,
                                                         const char *fmt, ...);

/* One more item at the end of an array; NULL, and stopped, where there are too many. */
void *rt_domain_one_more(struct rt_domain_builder *builder, void *items, size_t *n, size_t size,
                         const char *what, size_t limit);

/* A copy of an attribute without a namespace; NULL without it, and without memory. */
char *rt_domain_attribute(struct rt_domain_builder *builder, struct rt_domain_attributes attributes,
                          const char *name);

bool rt_domain_attribute_is(struct rt_domain_builder *builder,
                            struct rt_domain_attributes attributes, const char *name,
                            const char *expected);

/* A number up to limit, without a sign; base as for strtoull(). */
bool rt_domain_number_read(const char *text, int base, uint64_t limit, uint64_t *ret);

/* As libvirt reads them: "0x1f", "31", "037". 0 where the attribute is not there. */
unsigned rt_domain_number(struct rt_domain_builder *builder, struct rt_domain_attributes attributes,
                          const char *name, unsigned limit);

enum rt_domain_switch rt_domain_switch_read(struct rt_domain_builder *builder,
                                            struct rt_domain_attributes attributes,
                                            const char *name, const char *on, const char *off);

/* <qemu:override>: its <device>, a <property> of that, and at the end what they do to whom. */
void rt_domain_add_override(struct rt_domain_builder *builder,
                            struct rt_domain_attributes attributes);
void rt_domain_add_property(struct rt_domain_builder *builder,
                            struct rt_domain_attributes attributes);
void rt_domain_apply_overrides(struct rt_domain_builder *builder);
void rt_domain_free_overrides(struct rt_domain_builder *builder);

#endif
