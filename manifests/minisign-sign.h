/* SPDX-License-Identifier: BSD-2-Clause */
/* Signing as minisign does. */
#ifndef RT_MANIFESTS_MINISIGN_SIGN_H
#define RT_MANIFESTS_MINISIGN_SIGN_H

#include "manifests/minisign.h"
#include "manifests/signing.h"

/*
 * Signs message (prehashed, "ED") and appends the four lines to out. ROMTOOL_E_USAGE for a trusted
 * comment that rt_minisign_comment_check() refuses or a key that is not Ed25519; _UNAVAILABLE,
 * _NO_MEMORY.
 */
int rt_minisign_sign(const struct rt_key_private *key, struct rt_bytes message,
                     const char *trusted_comment, struct rt_buffer *out, struct romtool_error *err);

#endif
