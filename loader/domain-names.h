/* SPDX-License-Identifier: BSD-2-Clause */
/* The names that domain XML does not state: libvirt's for an interface, QEMU's for a RAM block. */
#ifndef RT_LOADER_DOMAIN_NAMES_H
#define RT_LOADER_DOMAIN_NAMES_H

#include "loader/domain.h"

/* Gives interfaces that have no alias the one that libvirt will. ROMTOOL_E_NO_MEMORY. */
int rt_domain_add_aliases(struct rt_domain *domain, struct romtool_error *err);

/* Fills path of every device whose way up to a root bus is stated. ROMTOOL_E_NO_MEMORY. */
int rt_domain_add_paths(struct rt_domain *domain, struct romtool_error *err);

#endif
