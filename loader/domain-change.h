/* SPDX-License-Identifier: BSD-2-Clause */
/* A document that was changed is read again: it must say what was meant, and nothing else. */
#ifndef RT_LOADER_DOMAIN_CHANGE_H
#define RT_LOADER_DOMAIN_CHANGE_H

#include "loader/domain.h"

/* What is meant, of one device: one of the two. */
struct rt_domain_change {
    const struct rt_domain_device *device; /* of the old document */
    const char *rom_file;                  /* path of its <rom>, which is not switched off then */
    uint64_t romsize; /* bytes, of an override: of all devices that have its alias */
};

/*
 * Is out the document that was read as old, but for this change? ROMTOOL_E_INTERNAL where it is
 * not; those of rt_domain_read(); ROMTOOL_E_NO_MEMORY where out has failed.
 */
int rt_domain_check_change(const struct rt_domain *old, const struct rt_domain_change *change,
                           const struct rt_buffer *out, struct romtool_error *err);

#endif
