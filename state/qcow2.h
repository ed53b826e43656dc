/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The internal snapshots ("savevm") of a qcow2 image, versions 2 and 3, and the guest's state in
 * each. Layout: docs/interop/qcow2.txt of QEMU; where that leaves room, what QEMU's block/qcow2*.c
 * read. Of the image no table is kept, only one piece of one.
 */
#ifndef RT_STATE_QCOW2_H
#define RT_STATE_QCOW2_H

#include "state/source.h"

#define RT_QCOW2_NAME_SIZE     256  /* with its NUL; longer ones (QEMU's have up to 255) are cut */
#define RT_QCOW2_SNAPSHOTS_MAX 1024 /* the format's limit is 65536 */
#define RT_QCOW2_SLICE_SIZE    4096 /* bytes of an L2 table that are read at once */

struct rt_qcow2_snapshot {
    char id[RT_QCOW2_NAME_SIZE], name[RT_QCOW2_NAME_SIZE]; /* may hold any byte but NUL */
    uint64_t vm_state_size;                                /* bytes; 0: it has none */
    uint64_t disk_size;                                    /* bytes of the disk by then */
    uint32_t date_sec, date_nsec;                          /* since 1970 */
    uint64_t at;                                           /* of its entry in the file */
    uint64_t l1_at;                                        /* of its L1 table in the file */
    uint32_t l1_entries;
};

struct rt_qcow2 {
    struct rt_source file;
    unsigned version;
    unsigned cluster_bits;
    bool extended_l2;   /* clusters of 32 subclusters */
    uint64_t disk_size; /* bytes, now */
    struct rt_qcow2_snapshot *snapshots;
    size_t n_snapshots;
};

/* Do these bytes begin as a qcow (any version) does? 4 are enough. */
bool rt_qcow2_is(struct rt_bytes head);

/*
 * Reads header and snapshot table. file is copied, what its user points at is borrowed.
 * rt_qcow2_close() is due after a failure too.
 *
 * ROMTOOL_E_BAD_QCOW2, ROMTOOL_E_TRUNCATED, ROMTOOL_E_UNSUPPORTED (a source that is not seekable,
 * another version, encryption, an external data file, a feature that is not known),
 * ROMTOOL_E_TOO_LARGE (RT_QCOW2_SNAPSHOTS_MAX), ROMTOOL_E_NO_MEMORY, and what the source says.
 */
int rt_qcow2_open(const struct rt_source *file, struct rt_qcow2 *ret, struct romtool_error *err);
void rt_qcow2_close(struct rt_qcow2 *image);

/* The place of one snapshot's state, and what was read last of its tables: a plain value. */
struct rt_qcow2_vm_state {
    const struct rt_qcow2 *image;
    const struct rt_qcow2_snapshot *snapshot;
    uint64_t start;    /* of the state, as an offset of the guest's disk */
    uint64_t l1_index; /* of the entry below; UINT64_MAX: none is read */
    uint64_t l2_at;    /* what it says */
    uint64_t slice_at; /* in the file, of the bytes below; 0: none are read */
    uint8_t slice[RT_QCOW2_SLICE_SIZE];
};

/*
 * The i-th snapshot's state as a source of vm_state_size bytes, "QEVM" first; seekable. vm and
 * image are borrowed by it.
 *
 * ROMTOOL_E_NO_VM_STATE (there is none, or no such snapshot), ROMTOOL_E_BAD_QCOW2. The source reads
 * ROMTOOL_E_BAD_QCOW2, ROMTOOL_E_TRUNCATED, ROMTOOL_E_UNSUPPORTED (a compressed cluster), at
 * offsets of the file, and what the file's source says.
 */
int rt_qcow2_vm_state(const struct rt_qcow2 *image, size_t i, struct rt_qcow2_vm_state *vm,
                      struct rt_source *ret, struct romtool_error *err);

#endif
