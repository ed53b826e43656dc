/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The option ROM that a NIC or display of a libvirt domain gets: which file, which slot QEMU makes
 * of it, and whether that holds to the mandate. By the rules of loader/start, but that nothing is
 * loaded here: libvirt starts QEMU with the file itself, so its size must make exactly the slot.
 */
#ifndef RT_LOADER_LIBVIRT_ROM_H
#define RT_LOADER_LIBVIRT_ROM_H

#include "core/file.h"
#include "loader/domain.h"
#include "slots/slots.h"

/* What domains are held to, and what is asked of the host. Paths that are given are the caller's.
 */
struct rt_libvirt_ground {
    const struct rt_slot_profile *profile;   /* mandates without a manifest; QEMU's version */
    const struct romtool_manifest *manifest; /* a trusted one, or NULL */

    /* Where QEMU finds a ROM file of this name. ROMTOOL_E_NOT_FOUND. */
    int (*find)(void *user, const char *file, char **ret_path, struct romtool_error *err);
    /* A file's size in bytes, and where that is at most limit its bytes; else *ret is zeroed. */
    int (*read)(void *user, const char *path, uint64_t limit, uint64_t *ret_size,
                struct rt_file *ret, struct romtool_error *err);
    /* The index-th file of exactly slot bytes that is installed for a ROM of this name; NULL: there
     * are no more. */
    int (*stored)(void *user, const char *file, uint64_t slot, size_t index, char **ret_path,
                  struct romtool_error *err);
    /* A sentence on a slot that only a romtool:allow made hold. May be NULL. */
    void (*allowed)(void *user, const char *sentence);
    void *user;
};

/* One device's ROM. Borrows from the domain and the ground. */
struct rt_libvirt_rom {
    const struct rt_domain_device *device;
    const char *machine, *driver; /* as the profile calls them */
    const char *file;             /* path or name; NULL: QEMU's default */
    struct romtool_mandate mandate;
    uint64_t slot;                       /* bytes that the guest's BAR must have; 0: no BAR */
    const struct rt_domain_allow *allow; /* that states this slot; NULL: the mandate does */
};

/* Is every romtool:allow of the domain one? ROMTOOL_E_BAD_DOMAIN. */
int rt_libvirt_check_allows(const struct rt_domain *domain, struct romtool_error *err);

/*
 * Does no <qemu:override> give a ROM to what is looked at here? ROMTOOL_E_UNSUPPORTED_ARGUMENT: to
 * a controller, say, or a driver= that makes a NIC of one.
 */
int rt_libvirt_check_overrides(const struct rt_domain *domain, struct romtool_error *err);

/*
 * Do the words of <qemu:commandline> leave ROMs alone? ROMTOOL_E_UNSUPPORTED_ARGUMENT names the
 * first that does not, or that is not understood; as rt_qemu_read().
 */
int rt_libvirt_check_arguments(const struct rt_libvirt_ground *ground,
                               const struct rt_domain *domain, struct romtool_error *err);

/*
 * 1: *ret is a ROM that must hold. 0: the device has none, or none that a mandate could be about:
 * no PCI device, a host's own, switched off. Negative: ROMTOOL_E_NO_MACHINE, _BAD_DOMAIN (two
 * romtool:allow that differ, one that is smaller than the mandate), _UNSUPPORTED_ARGUMENT (a
 * driver= that is overridden), and the mandate's lookup's.
 */
int rt_libvirt_rom_find(const struct rt_libvirt_ground *ground, const struct rt_domain *domain,
                        const struct rt_domain_device *device, struct rt_libvirt_rom *ret,
                        struct romtool_error *err);

/*
 * The file that QEMU opens: an explicit path as it is; a name, and QEMU's default, where QEMU looks
 * for it. The caller frees it. ROMTOOL_E_NO_MANDATE where the default is not known, what find
 * gives.
 */
int rt_libvirt_rom_path(const struct rt_libvirt_ground *ground, const struct rt_libvirt_rom *rom,
                        char **ret, struct romtool_error *err);

/*
 * Does it hold? ROMTOOL_E_UNDERSIZE only where all but the slot that QEMU would make does.
 * ROMTOOL_E_OVERSIZE, _UNSUPPORTED_ARGUMENT (a romsize= that is another), _EMPTY, those of a ROM's
 * content, with a manifest _SIZE_MISMATCH, _DIGEST_MISMATCH; what the ground's calls give.
 */
int rt_libvirt_rom_check(const struct rt_libvirt_ground *ground, const struct rt_libvirt_rom *rom,
                         struct romtool_error *err);

/* Does this file hold in the place of the device's? As above. */
int rt_libvirt_rom_check_file(const struct rt_libvirt_ground *ground,
                              const struct rt_libvirt_rom *rom, const char *path,
                              struct romtool_error *err);

#endif
