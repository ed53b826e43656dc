/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that a saved guest's stream lies in, for tests: qcow2 images with internal snapshots, the
 * front of a libvirt save image. Written apart from state/ on purpose, so that neither can be wrong
 * in the other's way. Each appends to a buffer; impossible wishes end the program.
 */
#ifndef TESTS_SUPPORT_IMAGE_BUILDER_H
#define TESTS_SUPPORT_IMAGE_BUILDER_H

#include "core/bytes.h"

enum ib_zeros {
    IB_WRITTEN,     /* zeros are clusters like any other */
    IB_UNALLOCATED, /* clusters (with extended L2 entries: subclusters) of zeros are not there */
    IB_FLAGGED,     /* they are marked as zeros; not in version 2 */
};

struct ib_snapshot {
    const char *id, *name;
    struct rt_bytes state;        /* the VM state; empty: none */
    uint32_t date_sec, date_nsec; /* since 1970 */
    unsigned extra_size;          /* bytes: 0, 8 (state's size), 16 (disk's size) or more (zeros) */
    uint64_t disk_size;           /* bytes of the disk by then; 0: as now */
    enum ib_zeros zeros;
    bool backwards; /* the clusters of the state lie in the file in reverse order */
};

/* Zeroed but for what is wanted. */
struct ib_qcow2 {
    unsigned version;      /* 2 or 3; 0: 3 */
    unsigned cluster_bits; /* 0: 16 */
    bool extended_l2;      /* version 3, at least 14 bits */
    uint64_t disk_size;    /* bytes, a multiple of 512; 0: 1 MiB. Nothing is on the disk */
    const struct ib_snapshot *snapshots;
    size_t n_snapshots;
};

/* Appends a whole image, of which "qemu-img check" has nothing to say. */
void ib_qcow2(struct rt_buffer *out, const struct ib_qcow2 *spec);

struct ib_save {
    bool partial;             /* "LibvirtQemudPart" */
    bool big_endian;          /* written by a host of that order */
    uint32_t version;         /* 0: 2 */
    uint32_t was_running;     /* 0 or 1 */
    uint32_t format;          /* 0 raw, 1 gzip, 2 bzip2, 3 xz, 4 lzop, 5 zstd, 6 sparse */
    const char *xml, *cookie; /* NULL: none */
    size_t slack;             /* zeros behind them; libvirt has 65536 */
};

/* Appends what is before the stream: header, XML, cookie, slack. */
void ib_save(struct rt_buffer *out, const struct ib_save *spec);

/* Writes a number of n bytes over what is at an offset of the buffer, big-endian. */
void ib_patch(struct rt_buffer *out, size_t at, unsigned n, uint64_t value);

/* What is there. */
uint64_t ib_peek(const struct rt_buffer *out, size_t at, unsigned n);

#endif
