/* SPDX-License-Identifier: BSD-2-Clause */
/* Of `libvirt doctor`: what is looked at on a host, a point each. */
#ifndef ROMTOOL_LIBVIRT_DOCTOR_H
#define ROMTOOL_LIBVIRT_DOCTOR_H

#include "romtool/libvirt-ground.h"

struct doctor {
    struct libvirt_ground ground; /* its root is the host's */
    struct doctor_point {
        const char *name; /* "hook", "daemon", "domain", "rom" */
        char *path;       /* as on the host */
        char *text, *fix; /* fix is NULL where it holds */
        enum exit_status status;
    } * points;
    size_t n;
    bool failed; /* out of memory */
};

/* A point; fix is borrowed and may be NULL. */
__attribute__((format(printf, 6, 7))) void doctor_add(struct doctor *doctor, const char *name,
                                                      const char *path, enum exit_status status,
                                                      const char *fix, const char *fmt, ...);

/* Reads a file below the host's root, at most limit bytes. As rt_file_read(). */
int doctor_read(const struct doctor *doctor, const char *path, size_t limit, struct rt_file *ret,
                struct romtool_error *err);

/* Is there something at this path below the host's root? */
bool doctor_is_there(const struct doctor *doctor, const char *path);

/* romtool's hook: there, executable, in nobody else's hands, seen by the daemons that run. */
void doctor_hook(struct doctor *doctor);

/* May QEMU, under libvirt's user, AppArmor and SELinux, read this ROM file? Asked once a path. */
void doctor_rom(struct doctor *doctor, const char *path);

/*
 * Do AppArmor's rules for libvirt's guests let one read path? They are those of
 * abstractions/libvirt-qemu below directory, "/etc/apparmor.d" below the host's root, and of what
 * it includes; rules with variables are none.
 */
bool doctor_apparmor_allows(const struct doctor *doctor, const char *path);

#endif
