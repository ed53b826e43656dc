/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ROM files of the known releases (manifests/releases, docs/formats.md), by their digest. A
 * constant table, made at build time: nothing is read and nothing allocated, and it takes no
 * libcrypto. That a file is known says whose it is, not that it is right or safe to use.
 */
#ifndef RT_MANIFESTS_KNOWN_H
#define RT_MANIFESTS_KNOWN_H

#include "core/bytes.h"
#include "core/digest.h"

/* One file of one release. Numbers only, so that the table needs no relocations. */
struct rt_known_rom {
    uint8_t sha256[RT_SHA256_SIZE];
    uint32_t size;    /* bytes of the file */
    uint16_t release; /* rt_known_name() */
    uint16_t file;
};

/*
 * The entries with this digest, one for each release that has the file, *ret_n of them: by product,
 * serial, file and channel, so that the channels of one release are neighbours. NULL and 0 where
 * the file is not known. Constant, static.
 */
const struct rt_known_rom *rt_known_find(const uint8_t sha256[RT_SHA256_SIZE], size_t *ret_n);

/* All of them, by digest. */
const struct rt_known_rom *rt_known_all(size_t *ret_n);

/* Static strings, as the release's manifest states them. */
struct rt_known_name {
    const char *product; /* "debian/ipxe-qemu" */
    const char *channel; /* "bookworm" */
    const char *release; /* "1.0.0+git-20190125.36a4c85-5.1" */
    const char *file;    /* "efi-virtio.rom" */
};

/* Of an entry of the table. */
struct rt_known_name rt_known_name(const struct rt_known_rom *rom);

#endif
