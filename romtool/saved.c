/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/saved.h"

#include "romtool/saved-magic.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *saved_container_name(enum saved_container container)
{
    switch (container) {
    case SAVED_LIBVIRT:
        return "libvirt-save";
    case SAVED_QCOW2:
        return "qcow2";
    case SAVED_QEMU_STREAM:
        break;
    }
    return "qemu-stream";
}

/* ------------------------------------------------------------------------- containers */

/* XML and cookie: as many bytes as the header says, and no more memory than there are bytes. */
static int take_data(struct saved *saved, struct romtool_error *err)
{
    size_t left = saved->header.data_len;
    struct rt_bytes bytes, cookie;
    int r = 0;

    while (r == 0 && left > 0 && !saved->data.failed) {
        size_t n = left < RT_STATE_BUFFER_SIZE ? left : RT_STATE_BUFFER_SIZE;

        r = rt_reader_take(&saved->file, n, "the domain's XML", &bytes, err);
        rt_buffer_append(&saved->data, bytes.data, bytes.len);
        left -= n;
    }
    if (r == 0 && saved->data.failed)
        r = rt_error_no_memory(err);
    return r < 0 ? r
                 : rt_save_texts(rt_buffer_bytes(&saved->data), &saved->header, &saved->xml,
                                 &cookie, err);
}

static int open_libvirt(struct saved *saved, struct romtool_error *err)
{
    struct rt_bytes head;
    int r = rt_reader_take(&saved->file, RT_SAVE_HEADER_SIZE, "libvirt's header", &head, err);

    saved->container = SAVED_LIBVIRT;
    if (r == 0)
        r = rt_save_read_header(head, &saved->header, err);
    if (r == 0)
        r = take_data(saved, err);
    if (r == 0 && saved->header.format > RT_SAVE_SPARSE)
        r = rt_error_set(err, ROMTOOL_E_UNSUPPORTED, 0x1c, "a save image of format %" PRIu32,
                         saved->header.format);
    if (r == 0 && saved->header.format != RT_SAVE_RAW && saved->header.format != RT_SAVE_SPARSE)
        saved->compression = rt_save_format_name(saved->header.format);
    return r;
}

/* Snapshots of the disk alone do not count. */
static int open_qcow2(struct saved *saved, struct romtool_error *err)
{
    int r = rt_qcow2_open(&saved->input.source, &saved->image, err);

    saved->container = SAVED_QCOW2;
    saved->n = 0;
    for (size_t i = 0; r == 0 && i < saved->image.n_snapshots; i++)
        saved->n += saved->image.snapshots[i].vm_state_size > 0;
    if (r == 0 && saved->n == 0)
        return rt_error_set(err, ROMTOOL_E_NO_VM_STATE, ROMTOOL_NO_OFFSET,
                            "no snapshot in it holds a guest's state (%zu of the disk alone)",
                            saved->image.n_snapshots);
    return r;
}

static int open_container(struct saved *saved, struct romtool_error *err)
{
    struct rt_bytes head;
    int r = rt_reader_peek(&saved->file, SAVED_MAGIC_SIZE, &head, err);

    if (r < 0)
        return r;
    if (head.len == 0)
        return rt_error_set(err, ROMTOOL_E_EMPTY, 0, "empty");
    if (rt_save_is(head))
        return open_libvirt(saved, err);
    if (rt_qcow2_is(head))
        return open_qcow2(saved, err);
    saved->compression = saved_compression(head);
    if (saved->compression == NULL && !saved_is_stream(head))
        return rt_error_set(err, ROMTOOL_E_BAD_STREAM, 0,
                            "no migration stream, libvirt save image or qcow2 image");
    return 0;
}

int saved_open(const char *path, int tee, struct saved *ret, struct romtool_error *err)
{
    int r;

    *ret = (struct saved){.n = 1};
    r = input_open(path, tee, &ret->input, err);
    if (r < 0)
        return r;
    ret->file_buffer = malloc(RT_STATE_BUFFER_SIZE);
    ret->stream_buffer = malloc(RT_STATE_BUFFER_SIZE);
    if (ret->file_buffer == NULL || ret->stream_buffer == NULL)
        return rt_error_no_memory(err);
    rt_reader_begin(&ret->file, &ret->input.source, 0, ret->file_buffer, RT_STATE_BUFFER_SIZE);
    r = open_container(ret, err);
    if (r < 0)
        rt_error_prefix(err, "'%s'", ret->input.path);
    return r;
}

/* ------------------------------------------------------------------------- streams */

/* Which snapshot the i-th guest is in. */
static size_t snapshot_index(const struct saved *saved, size_t i)
{
    size_t at = 0;

    for (; at < saved->image.n_snapshots; at++) {
        if (saved->image.snapshots[at].vm_state_size > 0 && i-- == 0)
            break;
    }
    return at;
}

const struct rt_qcow2_snapshot *saved_snapshot(const struct saved *saved, size_t i)
{
    return saved->container != SAVED_QCOW2 || i >= saved->n
               ? NULL
               : &saved->image.snapshots[snapshot_index(saved, i)];
}

int saved_stream(struct saved *saved, size_t i, struct rt_reader **ret, struct romtool_error *err)
{
    int r;

    *ret = &saved->file;
    if (saved->container == SAVED_QCOW2)
        r = rt_qcow2_vm_state(&saved->image, snapshot_index(saved, i), &saved->vm_state,
                              &saved->source, err);
    else if (saved->compression == NULL)
        return 0;
    else if (strcmp(saved->compression, "gzip") == 0)
        r = rt_gzip_begin(&saved->gzip, &saved->file, &saved->source, err);
    else
        r = unpack_begin(&saved->file, saved->compression, &saved->unpack, &saved->source, err);
    if (r < 0)
        return r;
    rt_reader_begin(&saved->stream, &saved->source, 0, saved->stream_buffer, RT_STATE_BUFFER_SIZE);
    *ret = &saved->stream;
    return 0;
}

void saved_close(struct saved *saved)
{
    rt_gzip_end(&saved->gzip);
    unpack_end(saved->unpack);
    rt_qcow2_close(&saved->image);
    rt_buffer_free(&saved->data);
    free(saved->file_buffer);
    free(saved->stream_buffer);
    input_close(&saved->input);
}
