/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a saved guest is to go, `state --to` and `plan --from GUEST --to`: a profile, slot file or
 * manifest, or a directory of ROM files; and what becomes of each of its option ROMs there.
 */
#ifndef ROMTOOL_DESTINATION_H
#define ROMTOOL_DESTINATION_H

#include "loader/domain.h"
#include "romtool/ground.h"
#include "slots/move.h"
#include "state/restore.h"

struct destination {
    const char *name;
    const char *directory; /* NULL: the ground's own slots */
    struct ground ground;
    const char *qemu; /* version of the QEMU there */
};

/*
 * name is a directory, or what ground_open() takes. A directory comes before those of a profile, as
 * with QEMU's -L: profile (NULL: the host's own) says which file names are looked for in it, and
 * the slot of what it has not. qemu the version of the QEMU there (NULL: the profile's). As
 * ground_open(); destination_close() is due after a failure too.
 */
int destination_open(const char *name, const char *profile, const char *qemu,
                     struct destination *ret, struct romtool_error *err);
void destination_close(struct destination *destination);

/* One option ROM on its way there. */
struct passage {
    const struct rt_state_block *block;
    char device[RT_STATE_NAME_SIZE]; /* by the profile's name for it */
    char file[ROMTOOL_NAME_SIZE];    /* that QEMU loads there; empty: none, or an explicit one */
    struct rt_move move;             /* borrows from here and from the destination */
    uint64_t length;                 /* bytes of the RAM block there; 0: there is none */
    bool is_known;                   /* false: why it is not, in err */
    enum rt_restore_outcome outcome;
    char text[2 * RT_STATE_NAME_SIZE]; /* what QEMU prints; empty where it is the same */
    struct romtool_error err;
};

/* EXIT_REFUSED where it does not restore, EXIT_UNDECIDED where that is not known. */
enum exit_status passage_status(const struct passage *passage);

/*
 * machine is the guest's. domain is libvirt's XML of the guest, or NULL: an explicit ROM file in it
 * is looked at on this host.
 */
void destination_pass(const struct destination *destination, const char *machine,
                      const struct rt_state_stream *stream, const struct rt_state_block *block,
                      const struct rt_domain *domain, struct passage *ret);

#endif
