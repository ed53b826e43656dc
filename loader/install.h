/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Installing a release's statement on a host: verified in full, no older than what was installed
 * before, kept below /var/lib/romtool, and stamped so that a start only has to hash.
 */
#ifndef RT_LOADER_INSTALL_H
#define RT_LOADER_INSTALL_H

#include "loader/host.h"

struct rt_install_source {
    const char *root; /* "" is the host's own */
    const char *path; /* of the manifest, signatures beside it */
    int64_t at;       /* seconds since 1970 */
    bool allow_fast_forward;
    const struct rt_findings *findings; /* what is only warned of; or NULL */
};

/*
 * Verifies and installs it. Only one at a time works on a host, others wait. The record of what was
 * installed is written before the manifest, the stamp last, each whole or not at all: after a crash
 * anywhere the same call completes it and no older release can slip in.
 *
 * *ret (freed by the caller, on failure too) has what was verified. Errors of rt_host_open();
 * ROMTOOL_E_ROLLBACK, _FAST_FORWARD; _IO.
 */
int rt_install(const struct rt_install_source *source, struct rt_host_manifest *ret,
               struct romtool_error *err);

#endif
