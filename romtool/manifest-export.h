/* SPDX-License-Identifier: BSD-2-Clause */
/* What `manifest export` makes of a release: pure functions, the same bytes for the same manifest.
 */
#ifndef ROMTOOL_MANIFEST_EXPORT_H
#define ROMTOOL_MANIFEST_EXPORT_H

#include "core/json.h"
#include "manifests/manifest.h"

struct release_export {
    const struct rt_manifest *model;
    uint8_t sha256[RT_SHA256_SIZE]; /* of the manifest's bytes */
};

/* Each appends to out; errors show in out->failed. */
void export_sha256sums(const struct release_export *release, struct rt_buffer *out);
void export_cyclonedx(const struct release_export *release, struct rt_buffer *out);
void export_spdx(const struct release_export *release, struct rt_buffer *out);

#define EXPORT_UUID_SIZE sizeof("00000000-0000-8000-8000-000000000000")

/*
 * RFC 9562, version 8: the first 16 bytes of the manifest's digest, but for the six bits that say
 * version and variant.
 */
void export_uuid(const struct release_export *release, char ret[EXPORT_UUID_SIZE]);

/*
 * Appends the package URL of a product VENDOR/PACKAGE of a distribution with .deb packages, where
 * package and release are a name and a version by Debian Policy 5.6:
 * "pkg:deb/debian/ipxe-qemu@1.0.0%2Bgit-1?distro=bookworm". Nothing for any other product.
 */
void export_purl(const struct release_export *release, struct rt_buffer *out);

#endif
