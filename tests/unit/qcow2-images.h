/* SPDX-License-Identifier: BSD-2-Clause */
/* qcow2 images for tests of state/qcow2: built, opened, read, refused. */
#ifndef TESTS_UNIT_QCOW2_IMAGES_H
#define TESTS_UNIT_QCOW2_IMAGES_H

#include <string.h>

#include "state/qcow2.h"
#include "tests/support/image-builder.h"

#define STATE_SIZE ((size_t)200000)

static uint8_t vm_bytes[STATE_SIZE];
static struct rt_buffer file;
static struct rt_bytes file_bytes;
static struct rt_qcow2 opened;
static struct rt_qcow2_vm_state vm;
static struct rt_source vm_source; /* what read_state() read */

/* No two clusters alike, with holes of zeros of several sizes. */
static inline int fill(void **state)
{
    uint32_t x = 1;

    (void)state;
    for (size_t i = 0; i < STATE_SIZE; i++) {
        x = x * 1664525 + 1013904223;
        vm_bytes[i] =
            (i / 4096) % 5 == 3 || (i / 512) % 7 == 2 || (i >> 16) == 1 ? 0 : (uint8_t)(x >> 24);
    }
    memcpy(vm_bytes, "QEVM", 4);
    return 0;
}

static inline int close_all(void **state)
{
    (void)state;
    rt_qcow2_close(&opened);
    rt_buffer_free(&file);
    return 0;
}

static inline struct ib_snapshot snapshot(const char *id, const char *name, size_t n)
{
    return (struct ib_snapshot){.id = id,
                                .name = name,
                                .state = {vm_bytes, n},
                                .date_sec = 1700000000,
                                .date_nsec = 5,
                                .extra_size = 16};
}

static inline void build(const struct ib_qcow2 *spec)
{
    rt_qcow2_close(&opened);
    rt_buffer_free(&file);
    ib_qcow2(&file, spec);
}

static inline int open_file(struct romtool_error *err)
{
    struct rt_source source;

    file_bytes = rt_buffer_bytes(&file);
    source = rt_source_of_bytes(&file_bytes);
    rt_qcow2_close(&opened);
    return rt_qcow2_open(&source, &opened, err);
}

/* One snapshot in small clusters: every table is there, and short. */
static inline void build_small(void)
{
    struct ib_snapshot one = snapshot("1", "one", 3000);
    struct ib_qcow2 spec = {
        .cluster_bits = 9, .disk_size = 65536, .snapshots = &one, .n_snapshots = 1};

    build(&spec);
}

static inline size_t table_at(void)
{
    return (size_t)ib_peek(&file, 64, 8);
}

/* Of the first snapshot: its L1 table's entry for the state, and where that points. */
static inline size_t l1_entry_at(void)
{
    return (size_t)ib_peek(&file, table_at(), 8) +
           8 * ((size_t)ib_peek(&file, table_at() + 8, 4) - 1);
}

static inline size_t l2_at(void)
{
    return (size_t)(ib_peek(&file, l1_entry_at(), 8) & ~(UINT64_C(1) << 63));
}

/* Reads it all, in pieces of so many bytes. */
static inline int read_state(size_t i, size_t piece, struct rt_buffer *ret,
                             struct romtool_error *err)
{
    static uint8_t data[STATE_SIZE];
    size_t got = 1;
    int r = rt_qcow2_vm_state(&opened, i, &vm, &vm_source, err);

    while (r == 0 && got > 0) {
        r = vm_source.read(vm_source.user, ret->len, data, piece, &got, err);
        assert_true(got <= piece);
        if (r == 0)
            rt_buffer_append(ret, data, got);
    }
    return r;
}

/* It opens, but not the state of the first snapshot. */
static inline void refuse_state(int code, uint64_t offset, const char *text)
{
    struct romtool_error err = {0};
    struct rt_buffer got = {0};

    assert_int_equal(open_file(NULL), 0);
    assert_int_equal(read_state(0, 100, &got, &err), code);
    assert_int_equal(err.code, code);
    assert_int_equal(err.offset, offset);
    if (strstr(err.text, text) == NULL)
        fail_msg("'%s' is not in '%s'", text, err.text);
    rt_buffer_free(&got);
}

#endif
