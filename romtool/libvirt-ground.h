/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a libvirt host's guests are held to, from options: a profile, perhaps a signed release, the
 * directories in which QEMU looks for ROMs, and the store of installed ROMs.
 */
#ifndef ROMTOOL_LIBVIRT_GROUND_H
#define ROMTOOL_LIBVIRT_GROUND_H

#include "loader/libvirt-hook.h"
#include "loader/store.h"
#include "romtool/profile.h"
#include "romtool/release.h"

enum { LIBVIRT_DIRS_MAX = 16 };

struct libvirt_ground {
    /* what the options say */
    const char *profile_name, *manifest_path;
    const char *store; /* NULL: RT_STORE_DIR */
    const char *dirs[LIBVIRT_DIRS_MAX];
    size_t n_dirs;
    struct release_trust trust;
    const char *root;         /* the host lies below it; "" is the host's own */
    const char *guest;        /* whose hook this is; or NULL */
    struct rt_buffer allowed; /* the doctor's: what the domain that is looked at was allowed */

    /* once it is open */
    struct rt_libvirt_ground rules; /* allowed is the caller's, and gets this struct as its user */
    struct profile profile;
    struct release release;
    struct rt_slot_profile host;
    bool has_host;
    struct rt_store_list stored; /* what was last looked up in the store */
};

#define LIBVIRT_GROUND_NONE                                                                        \
    {                                                                                              \
        .trust = RELEASE_TRUST_NONE, .root = ""                                                    \
    }

enum { OPTION_STORE = OPTION_LONG + 200 };

/* Rows of a table of options; each command has its own --root. */
#define LIBVIRT_GROUND_OPTIONS                                                                     \
    {'p', "profile", "PROFILE", "whose mandates: a profile's name or a slot file"},                \
        {'M', "manifest", "MANIFEST", "only ROMs that this signed release states"},                \
        {'L', "rom-dir", "DIR", "where QEMU looks first for ROM files; may be repeated"},          \
    {                                                                                              \
        OPTION_STORE, "store", "DIR", "padded ROMs, instead of " RT_STORE_DIR                      \
    }

/* Takes one of these, or one of RELEASE_TRUST_OPTIONS; false after a usage error. */
bool libvirt_ground_option(struct libvirt_ground *ground, const struct options *options, int id);

/*
 * Opens what the options name. As release_open() and profile_open(). libvirt_ground_close() is due
 * after a failure too.
 */
int libvirt_ground_open(struct libvirt_ground *ground, struct romtool_error *err);
void libvirt_ground_close(struct libvirt_ground *ground);

/* ROOT/PATH; NULL when out of memory. The caller frees it. */
char *libvirt_ground_path(const struct libvirt_ground *ground, const char *path);

#endif
