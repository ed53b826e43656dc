/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A release's ROMs in the store: STORE/PRODUCT/CHANNEL/SERIAL/FILE, each file verified against the
 * manifest and padded with zeros to exactly its slot. A release's directory is there whole or not
 * at all: it is made as STORE/.installing and renamed. Only one process may call these at a time;
 * what one that was killed left, the next one removes.
 */
#ifndef RT_LOADER_STORE_FILL_H
#define RT_LOADER_STORE_FILL_H

#include "core/bytes.h"
#include "manifests/manifest.h"

struct rt_store_release {
    const char *root, *store; /* ROOT/STORE; root is "" for the host itself */
    const struct rt_manifest *manifest;
    const char *roms; /* the directory of its ROM files */
};

/* How many ROMs a store has of the release: those that it mandates for a device. */
size_t rt_store_count(const struct rt_manifest *manifest);

/* Is a file there for any of them? */
bool rt_store_has_files(const struct rt_store_release *release);

/*
 * Appends "STORE/PRODUCT/CHANNEL/SERIAL", without the root. Names are escaped as in
 * rt_installed_name(), and no part begins with a dot, so that they lead nowhere else.
 */
void rt_store_path(const struct rt_store_release *release, struct rt_buffer *out);

/*
 * Is each ROM what the manifest states, and one that holds? Nothing is written. As romtool_load()
 * for a mandate with size and digest; ROMTOOL_E_NOT_FOUND.
 */
int rt_store_check(const struct rt_store_release *release, struct romtool_error *err);

/*
 * Verifies them anew and writes them, durably, where nobody looks for them. 1: that is done. 0: the
 * store has exactly these files already. As rt_store_check(); ROMTOOL_E_UNSAFE_TRUST (others can
 * write to the store), _IO.
 */
int rt_store_stage(const struct rt_store_release *release, struct romtool_error *err);

/*
 * Puts what rt_store_stage() wrote in its place, at once; other files that were there under the
 * same serial are gone then. ROMTOOL_E_UNSAFE_TRUST, _IO.
 */
int rt_store_publish(const struct rt_store_release *release, struct romtool_error *err);

/* Removes what rt_store_stage() wrote, after a failure. */
void rt_store_discard(const struct rt_store_release *release);

#endif
