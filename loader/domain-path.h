/* SPDX-License-Identifier: BSD-2-Clause */
/* The name that QEMU gives a PCI device's RAM block, from the buses of the domain XML. */
#ifndef RT_LOADER_DOMAIN_PATH_H
#define RT_LOADER_DOMAIN_PATH_H

#include "loader/domain.h"

/* Fills path of every device whose way up to a root bus is stated. ROMTOOL_E_NO_MEMORY. */
int rt_domain_add_paths(struct rt_domain *domain, struct romtool_error *err);

#endif
