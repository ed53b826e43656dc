/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was installed on a host, by product and channel: for each set of keys that signed, the
 * highest serial. Pure but for reading and writing its one file.
 */
#ifndef RT_LOADER_INSTALLED_H
#define RT_LOADER_INSTALLED_H

#include "loader/host.h"

#define RT_INSTALLED_DIR "/var/lib/romtool"

enum { RT_INSTALLED_MOST = 64 }; /* sets of keys; the oldest entry goes first */

struct rt_installed_entry {
    int64_t serial, min_serial;
    uint8_t sha256[RT_SHA256_SIZE]; /* of the manifest with this serial */
    /* names of the distinct keys that counted, sorted */
    char keys[RT_TRUST_THRESHOLD_MAX][2 * RT_SHA256_SIZE + 1];
    size_t n_keys;
};

struct rt_installed {
    struct rt_installed_entry *entries;
    size_t n;
};

/* Appends a name as a part of a path: bytes other than letters, digits and +-._~ become %XX. */
void rt_installed_escape(const char *text, struct rt_buffer *out);

/* "debian%2Fipxe-qemu@bookworm": a file name for a product and channel. ROMTOOL_E_NO_MEMORY. */
int rt_installed_name(const struct rt_manifest *manifest, struct rt_buffer *out,
                      struct romtool_error *err);

/*
 * Reads ROOT/var/lib/romtool/state/NAME.json; nothing installed yet is no entries. A file that is
 * none is ROMTOOL_E_BAD_JSON, one that others can write to _UNSAFE_TRUST.
 */
int rt_installed_read(const char *root, const char *name, struct rt_installed *ret,
                      struct romtool_error *err);
int rt_installed_write(const char *root, const char *name, const struct rt_installed *installed,
                       struct romtool_error *err);
void rt_installed_free(struct rt_installed *installed);

/* Drops what a key that is revoked now has signed: it may have run ahead. */
int rt_installed_drop_revoked(struct rt_installed *installed, const struct rt_trust *trust,
                              struct romtool_error *err);

/*
 * May this manifest follow what is installed? ROMTOOL_E_ROLLBACK for a lower serial, a withdrawn
 * one, or other bytes under the same serial.
 */
int rt_installed_check(const struct rt_installed *installed, const struct rt_manifest *manifest,
                       const uint8_t sha256[RT_SHA256_SIZE], struct romtool_error *err);

/* Records it for the keys that counted. */
int rt_installed_add(struct rt_installed *installed, const struct romtool_manifest *manifest,
                     const struct rt_trust *trust, const uint8_t sha256[RT_SHA256_SIZE],
                     struct romtool_error *err);

/*
 * ROMTOOL_E_FAST_FORWARD where the serial is a date, YYYYMMDDNN, more than 30 days later than at
 * and than created.
 */
int rt_installed_check_date(const struct rt_manifest *manifest, int64_t at,
                            struct romtool_error *err);

#endif
