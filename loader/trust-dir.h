/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a host trusts: trusted.d, revoked.d and policy.conf in /etc/romtool, /run/romtool and
 * /usr/lib/romtool. Of one file name the first directory's counts, an empty one (or a link to
 * /dev/null) there masks the later ones.
 */
#ifndef RT_LOADER_TRUST_DIR_H
#define RT_LOADER_TRUST_DIR_H

#include "manifests/trust.h"

struct rt_trust_dir;

/*
 * Reads it all. root is put before each directory, "" for the host's own. No directory at all is a
 * host that trusts nobody. ROMTOOL_E_UNSAFE_TRUST, _BAD_KEY, _BAD_POLICY name the file; _TOO_LARGE,
 * _IO, _NO_MEMORY.
 */
int rt_trust_dir_read(const char *root, struct rt_trust_dir **ret, struct romtool_error *err);

const struct rt_trust *rt_trust_dir_trust(const struct rt_trust_dir *dir);

/* SHA-256 over all that was read, names included: the same for the same trust. */
const uint8_t *rt_trust_dir_digest(const struct rt_trust_dir *dir);

void rt_trust_dir_free(struct rt_trust_dir *dir);

#endif
