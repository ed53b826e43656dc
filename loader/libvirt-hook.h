/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libvirt's hook answers (libvirt's hooks, "/etc/libvirt/hooks/qemu"): whether a guest's ROMs
 * hold to the mandates of its machine type, and the domain with which an incoming guest gets slots
 * of exactly the size that it has. A decision: no file but through the ground's calls, no printing.
 */
#ifndef RT_LOADER_LIBVIRT_HOOK_H
#define RT_LOADER_LIBVIRT_HOOK_H

#include "loader/libvirt-rom.h"

enum rt_libvirt_operation {
    RT_LIBVIRT_NOTHING,  /* not for us: never refused, nothing is read */
    RT_LIBVIRT_PREPARE,  /* a guest is to start: check */
    RT_LIBVIRT_INCOMING, /* a saved or migrating guest comes in: rewrite */
};

/*
 * The hook's second and third argument: "prepare begin"; "restore begin" and "migrate begin".
 * Everything else is nothing, above all "reconnect": libvirt kills a running guest whose hook
 * fails there.
 */
enum rt_libvirt_operation rt_libvirt_operation(const char *operation, const char *sub);

/*
 * The answer to an operation: 0, and in *out another domain, or nothing where nothing is to change.
 * Negative: refused, where romtool_error_verdict() says so, else not to be decided.
 *
 * An incoming guest's slots are the mandates of its machine type here, or what its romtool:allow
 * state. An interface that would get another gets <rom file> with an installed file of exactly that
 * size, else a <qemu:override> of romsize where its own file fits and QEMU is 6.0 or later.
 *
 * What rt_domain_read(), rt_domain_set_rom(), rt_domain_set_romsize(), rt_libvirt_check_allows(),
 * rt_libvirt_rom_find() and rt_libvirt_rom_check() give; ROMTOOL_E_NO_MEMORY.
 */
int rt_libvirt_decide(const struct rt_libvirt_ground *ground, enum rt_libvirt_operation operation,
                      struct rt_bytes xml, struct rt_buffer *out, struct romtool_error *err);

/*
 * The same rewriting for a domain that is to be defined: with installed files alone, which are
 * right for hotplug, too.
 */
int rt_libvirt_fix(const struct rt_libvirt_ground *ground, struct rt_bytes xml,
                   struct rt_buffer *out, struct romtool_error *err);

#endif
