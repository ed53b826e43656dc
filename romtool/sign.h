/* SPDX-License-Identifier: BSD-2-Clause */
/* `sign`: what its options say, and the work on each container. */
#ifndef ROMTOOL_SIGN_H
#define ROMTOOL_SIGN_H

#include "manifests/private-key.h"
#include "manifests/public-key.h"

enum sign_format {
    SIGN_NO_FORMAT,
    SIGN_MINISIGN,
    SIGN_MINISIGN_COMMENT, /* minisign's second signature, --tbs only */
    SIGN_DSSE,
};

enum { SIGN_ATTACHED_MAX = 2 };

struct signing {
    const char *path;         /* of the manifest */
    struct rt_bytes manifest; /* its bytes */
    const char *key_path;     /* a file or a pkcs11: URI */
    const char *output;       /* of --tbs */
    const char *attached[SIGN_ATTACHED_MAX];
    size_t n_attached;
    enum sign_format format, tbs;
    int passphrase_fd; /* or -1 */
    bool quiet;
};

/* Each writes FILE.minisig or FILE.dsse, whole or not at all. */
int sign_minisign(const struct signing *signing, const struct rt_key_private *key,
                  struct romtool_error *err);
int sign_dsse(const struct signing *signing, const struct rt_key_private *key,
              struct romtool_error *err);

/* The same with signatures that were made elsewhere; ROMTOOL_E_BAD_SIGNATURE unless they verify. */
int attach_minisign(const struct signing *signing, const struct rt_key_public *key,
                    struct romtool_error *err);
int attach_dsse(const struct signing *signing, const struct rt_key_public *key,
                struct romtool_error *err);

/* Writes exactly the bytes that are to be signed. */
int write_tbs(const struct signing *signing, struct romtool_error *err);

#endif
