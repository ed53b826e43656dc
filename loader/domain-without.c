/* SPDX-License-Identifier: BSD-2-Clause */
/* In the place of loader/domain.c where romtool is built without libxml2. */
#include "loader/domain.h"

int rt_domain_read(struct rt_bytes xml, struct rt_domain **ret, struct romtool_error *err)
{
    (void)xml;
    *ret = NULL;
    return rt_error_set(err, ROMTOOL_E_UNSUPPORTED, ROMTOOL_NO_OFFSET,
                        "domain XML cannot be read: this romtool is built without libxml2");
}
