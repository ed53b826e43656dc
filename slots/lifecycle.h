/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long upstream's versioned machine types live: deprecated after 3 years, removed after 6, by
 * their version alone (MACHINE_VER_DEPRECATION and _DELETION, include/hw/boards.h since QEMU 9.1);
 * what was deprecated or removed before that was so by hand. Vendors remove when they like.
 */
#ifndef RT_SLOTS_LIFECYCLE_H
#define RT_SLOTS_LIFECYCLE_H

#include "slots/slots.h"

enum rt_lifecycle_state {
    RT_LIFECYCLE_NONE,       /* has no lifecycle: no version, or no family of upstream's */
    RT_LIFECYCLE_FUTURE,     /* not there yet */
    RT_LIFECYCLE_LIVE,       /* there */
    RT_LIFECYCLE_DEPRECATED, /* there, with a warning */
    RT_LIFECYCLE_REMOVED,    /* not there any more */
};

struct rt_lifecycle {
    enum rt_lifecycle_state state;
    enum rt_lifecycle_state next;   /* what it becomes; RT_LIFECYCLE_NONE where it stays */
    struct rt_slot_version next_in; /* with this release of QEMU */
};

/* "live" and so on; "none" for RT_LIFECYCLE_NONE. Static. */
const char *rt_lifecycle_name(enum rt_lifecycle_state state);

/*
 * What a machine type is in a version of upstream's QEMU: a release ("10.1", "10.1.0", "3.1.1.1")
 * or a development version or release candidate, whose third number is 50 or more ("9.2.50").
 * False, and RT_LIFECYCLE_NONE, where that is no version. An alias has no lifecycle: resolve it.
 */
bool rt_machine_lifecycle(const struct rt_machine_name *machine, const char *qemu,
                          struct rt_lifecycle *ret);

#endif
