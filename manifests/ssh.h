/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenSSH's Ed25519 keys in text: allowed signers (ssh-keygen(1)) and NAME.pub. */
#ifndef RT_MANIFESTS_SSH_H
#define RT_MANIFESTS_SSH_H

#include "manifests/public-key.h"

/* What the namespaces= of an allowed signer must have, where it has one. */
#define RT_SSH_NAMESPACE "romtool"

/* Is there a key of OpenSSH's on the first line that is no comment? */
bool rt_ssh_is_signers(struct rt_bytes text);

/*
 * Reads the one key, comments and empty lines around it: "PRINCIPALS [OPTIONS] ssh-ed25519 BASE64
 * [COMMENT]", or the same from the type on. Times must be in UTC ("20270101Z", "202701011200Z").
 * ROMTOOL_E_BAD_KEY names the byte.
 */
int rt_ssh_signers_read(struct rt_bytes text, struct rt_key_public *ret,
                        struct rt_key_limits *ret_limits, struct romtool_error *err);

/* Appends "ssh-ed25519 BASE64", no line end. */
void rt_ssh_key_append(const struct rt_key_public *key, struct rt_buffer *out);

#endif
