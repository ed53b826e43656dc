/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files that hold a saved guest: a migration stream, compressed or not; libvirt's save image; a
 * qcow2 image's snapshots. Told apart by their first bytes.
 */
#ifndef ROMTOOL_SAVED_H
#define ROMTOOL_SAVED_H

#include "romtool/input.h"
#include "romtool/unpack.h"
#include "state/gzip.h"
#include "state/libvirt-save.h"
#include "state/qcow2.h"
#include "state/stream.h"

enum saved_container {
    SAVED_QEMU_STREAM,
    SAVED_LIBVIRT,
    SAVED_QCOW2,
};

/* "qemu-stream", "libvirt-save", "qcow2" */
const char *saved_container_name(enum saved_container container);

struct saved {
    enum saved_container container;
    size_t n;                     /* guests in it: snapshots with a VM state; else 1 */
    struct rt_save_header header; /* libvirt's */
    struct rt_buffer data;        /* what follows it: XML and cookie */
    struct rt_bytes xml;          /* in data; empty where there is none */
    const char *compression;      /* of the stream: "gzip"; NULL: none */

    /* what the stream is read through, from the file up */
    struct input input;
    struct rt_reader file;
    uint8_t *file_buffer;
    struct rt_qcow2 image;
    struct rt_qcow2_vm_state vm_state;
    struct rt_gzip gzip;
    struct unpack *unpack;
    struct rt_source source; /* decompressed bytes, or those of a snapshot's state */
    struct rt_reader stream;
    uint8_t *stream_buffer;
};

/*
 * Opens a file, "-" for standard input; tee as input_open(). saved_close() is due after a failure
 * too. ROMTOOL_E_BAD_STREAM where it is none of these, and what the containers' readers say.
 */
int saved_open(const char *path, int tee, struct saved *ret, struct romtool_error *err);

/*
 * A reader at the first byte of the i-th guest's stream, until the next call. Offsets are those of
 * the file, of the decompressed bytes or of the snapshot's state. ROMTOOL_E_UNSUPPORTED for a
 * compression that this build does not read.
 */
int saved_stream(struct saved *saved, size_t i, struct rt_reader **ret, struct romtool_error *err);

/* The i-th guest's snapshot; NULL where it is none. */
const struct rt_qcow2_snapshot *saved_snapshot(const struct saved *saved, size_t i);

void saved_close(struct saved *saved);

#endif
