/* SPDX-License-Identifier: BSD-2-Clause */
/* `romtool run` as it starts: without libcrypto, and so without releases. */
#include "romtool/commands.h"
#include "romtool/run.h"

#include "core/digest.h"

enum exit_status command_run(int argc, char **argv)
{
    return run_vmm(argc, argv, NULL);
}

/* Without a release no mandate states a digest, and nobody has a handle of one. */
int rt_digest_sha256(struct rt_bytes bytes, uint8_t ret[RT_SHA256_SIZE], struct romtool_error *err)
{
    (void)bytes;
    (void)ret;
    return rt_error_set(err, ROMTOOL_E_UNAVAILABLE, ROMTOOL_NO_OFFSET,
                        "digests are computed in romtool-crypto");
}

const struct rt_manifest *rt_manifest_model(const struct romtool_manifest *manifest)
{
    (void)manifest;
    return NULL;
}
