/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Installing a release's statement on a host: verified in full, no older than what was installed
 * before, kept below /var/lib/romtool, and stamped so that a start only has to hash; and its ROMs,
 * in the store.
 */
#ifndef RT_LOADER_INSTALL_H
#define RT_LOADER_INSTALL_H

#include "loader/host.h"

struct rt_install_source {
    const char *root;  /* "" is the host's own */
    const char *path;  /* of the manifest, signatures beside it */
    int64_t at;        /* seconds since 1970 */
    const char *store; /* where its ROMs go, below root, an absolute path; NULL: nowhere */
    /* The directory of its ROM files, which must all be there; NULL: the manifest's own, where they
     * must all be there unless none is. */
    const char *roms;
    bool allow_fast_forward;
    const struct rt_findings *findings; /* what is only warned of; or NULL */
};

/*
 * Verifies and installs it. Only one at a time works on a host, others wait. All ROMs are verified
 * before anything is written, and written beside the store before the record of what was installed
 * is; then they are put in place, then the manifest, the stamp last, each whole or not at all:
 * after a crash anywhere the same call completes it, no older release can slip in, and a manifest
 * that is there has its ROMs.
 *
 * *ret (freed by the caller, on failure too) has what was verified, *ret_roms how many ROMs of it
 * the store has now; 0: it was left alone. Errors of rt_host_open(), rt_store_check(),
 * rt_store_stage() and rt_store_publish(); ROMTOOL_E_ROLLBACK, _FAST_FORWARD; _IO.
 */
int rt_install(const struct rt_install_source *source, struct rt_host_manifest *ret,
               size_t *ret_roms, struct romtool_error *err);

#endif
