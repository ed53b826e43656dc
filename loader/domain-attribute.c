/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/domain-builder.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rt_domain_out_of_memory(struct rt_domain_builder *builder)
{
    if (builder->code == 0)
        builder->code = rt_error_no_memory(builder->err);
}

void rt_domain_bad(struct rt_domain_builder *builder, const char *fmt, ...)
{
    char why[300];
    va_list args;

    if (builder->code != 0)
        return;
    va_start(args, fmt);
    (void)vsnprintf(why, sizeof(why), fmt, args);
    va_end(args);
    builder->code = rt_error_set(builder->err, ROMTOOL_E_BAD_DOMAIN, ROMTOOL_NO_OFFSET, "%s", why);
}

void *rt_domain_one_more(struct rt_domain_builder *builder, void *items, size_t *n, size_t size,
                         const char *what, size_t limit)
{
    void *grown;

    if (*n == limit) {
        if (builder->code == 0)
            builder->code = rt_error_set(builder->err, ROMTOOL_E_TOO_LARGE, ROMTOOL_NO_OFFSET,
                                         "more than %zu %s", limit, what);
        return NULL;
    }
    grown = realloc(items, (*n + 1) * size);
    if (grown == NULL)
        rt_domain_out_of_memory(builder);
    else
        (*n)++;
    return grown;
}

char *rt_domain_attribute(struct rt_domain_builder *builder, struct rt_domain_attributes attributes,
                          const char *name)
{
    for (size_t i = 0; i < attributes.n; i++) {
        const unsigned char **a = &attributes.list[5 * i];
        char *copy;

        if (a[2] != NULL || strcmp((const char *)a[0], name) != 0)
            continue;
        copy = strndup((const char *)a[3], (size_t)(a[4] - a[3]));
        if (copy == NULL)
            rt_domain_out_of_memory(builder);
        return copy;
    }
    return NULL;
}

bool rt_domain_attribute_is(struct rt_domain_builder *builder,
                            struct rt_domain_attributes attributes, const char *name,
                            const char *expected)
{
    char *value = rt_domain_attribute(builder, attributes, name);
    bool is = value != NULL && strcmp(value, expected) == 0;

    free(value);
    return is;
}

bool rt_domain_number_read(const char *text, int base, uint64_t limit, uint64_t *ret)
{
    char *end;
    unsigned long long n;

    if (text[0] < '0' || text[0] > '9')
        return false;
    n = strtoull(text, &end, base); /* ULLONG_MAX where it does not fit: beyond every limit */
    *ret = n;
    return *end == '\0' && n <= limit;
}

unsigned rt_domain_number(struct rt_domain_builder *builder, struct rt_domain_attributes attributes,
                          const char *name, unsigned limit)
{
    char *text = rt_domain_attribute(builder, attributes, name);
    uint64_t n = 0;

    if (text != NULL && !rt_domain_number_read(text, 0, limit, &n))
        rt_domain_bad(builder, "%s='%.32s' is no number up to %u", name, text, limit);
    free(text);
    return (unsigned)n;
}

enum rt_domain_switch rt_domain_switch_read(struct rt_domain_builder *builder,
                                            struct rt_domain_attributes attributes,
                                            const char *name, const char *on, const char *off)
{
    char *text = rt_domain_attribute(builder, attributes, name);
    enum rt_domain_switch ret = RT_DOMAIN_UNSET;

    if (text != NULL && strcmp(text, on) == 0)
        ret = RT_DOMAIN_ON;
    else if (text != NULL && strcmp(text, off) == 0)
        ret = RT_DOMAIN_OFF;
    else if (text != NULL)
        rt_domain_bad(builder, "%s='%.32s' is neither '%s' nor '%s'", name, text, on, off);
    free(text);
    return ret;
}
