/* SPDX-License-Identifier: BSD-2-Clause */
/* The clusters of a VM state in a qcow2 image: wrong ones, images cut anywhere, what fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "failing.h"
#include "qcow2-images.h"

static void test_clusters(void **state)
{
    const uint64_t compressed = UINT64_C(1) << 62;

    (void)state;
    build_small();
    ib_patch(&file, l2_at() + 8, 8, compressed | 0x600);
    refuse_state(ROMTOOL_E_UNSUPPORTED, l2_at() + 8, "compressed");
    build_small();
    ib_patch(&file, 4, 4, 2);
    ib_patch(&file, l2_at() + 16, 8, 1);
    refuse_state(ROMTOOL_E_BAD_QCOW2, l2_at() + 16, "version 2");
}

/* Larger clusters: an offset can then be inside of one. */
static void test_misaligned(void **state)
{
    struct ib_snapshot one = snapshot("1", "one", 9000);
    struct ib_qcow2 spec = {.cluster_bits = 12, .snapshots = &one, .n_snapshots = 1};

    (void)state;
    build(&spec);
    ib_patch(&file, l2_at() + 8, 8, ib_peek(&file, l2_at() + 8, 8) | 0x200);
    refuse_state(ROMTOOL_E_BAD_QCOW2, l2_at() + 8, "no start of a cluster");
    build(&spec);
    ib_patch(&file, l1_entry_at(), 8, l2_at() | 0x800);
    refuse_state(ROMTOOL_E_BAD_QCOW2, l1_entry_at(), "no start of a cluster");
}

static void test_far_away(void **state)
{
    const uint64_t far = UINT64_C(0x00fffffffffffe00);

    (void)state;
    build_small();
    ib_patch(&file, l2_at() + 8, 8, UINT64_MAX & ~(UINT64_C(1) << 62) & ~UINT64_C(1));
    refuse_state(ROMTOOL_E_TRUNCATED, far, "VM state");
    build_small();
    ib_patch(&file, l1_entry_at(), 8, UINT64_MAX);
    refuse_state(ROMTOOL_E_TRUNCATED, far, "L2 table");
    build_small();
    ib_patch(&file, table_at(), 8, far);
    refuse_state(ROMTOOL_E_TRUNCATED, far + 16, "L1 table");
}

/* Marked as zeros: what is in its place in the file does not count. */
static void test_cluster_of_zeros(void **state)
{
    struct rt_buffer got = {0};

    (void)state;
    build_small();
    ib_patch(&file, l2_at() + 8, 8, ib_peek(&file, l2_at() + 8, 8) | 1);
    assert_int_equal(open_file(NULL), 0);
    assert_int_equal(read_state(0, 3000, &got, NULL), 0);
    assert_int_equal(got.len, 3000);
    assert_memory_equal(got.data, vm_bytes, 512);
    for (size_t i = 512; i < 1024; i++)
        assert_int_equal(got.data[i], 0);
    assert_memory_equal(got.data + 1024, vm_bytes + 1024, 3000 - 1024);
    rt_buffer_free(&got);
}

static void test_no_l2_table(void **state)
{
    struct rt_buffer got = {0};

    (void)state;
    build_small();
    ib_patch(&file, l1_entry_at(), 8, UINT64_C(1) << 63);
    assert_int_equal(open_file(NULL), 0);
    assert_int_equal(read_state(0, 3000, &got, NULL), 0);
    assert_int_equal(got.len, 3000);
    assert_int_equal(got.data[0], 0);
    assert_int_equal(rt_bytes_tail(rt_buffer_bytes(&got)), 3000);
    rt_buffer_free(&got);
}

static void test_subclusters(void **state)
{
    struct ib_snapshot one = snapshot("1", "one", 40000);
    struct ib_qcow2 spec = {
        .cluster_bits = 14, .extended_l2 = true, .snapshots = &one, .n_snapshots = 1};
    struct rt_buffer got = {0};

    (void)state;
    build(&spec);
    ib_patch(&file, l2_at() + 24, 8, UINT64_C(1) << 32 | UINT32_MAX);
    refuse_state(ROMTOOL_E_BAD_QCOW2, l2_at() + 24, "subcluster 0 is allocated and zeros");
    build(&spec);
    ib_patch(&file, l2_at() + 16, 8, 0);
    refuse_state(ROMTOOL_E_BAD_QCOW2, l2_at() + 24, "subcluster 0 is allocated in no cluster");
    build(&spec);
    ib_patch(&file, l2_at() + 32, 8, UINT64_C(1) << 62);
    refuse_state(ROMTOOL_E_UNSUPPORTED, l2_at() + 32, "compressed");
    build(&spec);
    ib_patch(&file, l2_at() + 8, 8, ~(UINT64_C(1) << 31) & UINT32_MAX); /* the last is not there */
    ib_patch(&file, l2_at(), 8, ib_peek(&file, l2_at(), 8) | 1); /* and this bit says nothing */
    assert_int_equal(open_file(NULL), 0);
    assert_int_equal(read_state(0, 40000, &got, NULL), 0);
    assert_memory_equal(got.data, vm_bytes, 31 * 512);
    for (size_t i = 31 * 512; i < 16384; i++)
        assert_int_equal(got.data[i], 0);
    assert_memory_equal(got.data + 16384, vm_bytes + 16384, 40000 - 16384);
    rt_buffer_free(&got);
}

/* --------------------------------------------------------------------------------- cut, failing */

static void cut_everywhere(void)
{
    size_t whole = file.len, table_end = table_at() + 40 + 16 + 4;

    for (size_t n = 0; n < whole; n++) {
        struct romtool_error err = {0};
        struct rt_buffer got = {0};
        int r;

        file.len = n;
        r = open_file(&err);
        if (r == 0)
            r = read_state(0, 1000, &got, &err);
        if (r == 0) /* what was cut off is not of the state */
            assert_int_equal(got.len, 3000);
        else
            assert_int_equal(r, ROMTOOL_E_TRUNCATED);
        assert_int_equal(err.code, r);
        if (r != 0)
            assert_true(err.offset >= n);
        assert_memory_equal(got.len > 0 ? got.data : (const char *)vm_bytes, vm_bytes, got.len);
        rt_buffer_free(&got);
        if (n < table_end)
            assert_int_equal(r, ROMTOOL_E_TRUNCATED);
    }
    file.len = whole;
}

static void test_every_truncation(void **state)
{
    struct ib_snapshot one = snapshot("1", "one", 3000);
    struct ib_qcow2 spec = {
        .version = 2, .cluster_bits = 9, .disk_size = 65536, .snapshots = &one, .n_snapshots = 1};

    (void)state;
    build_small();
    cut_everywhere();
    build(&spec);
    cut_everywhere();
}

/* A source that fails at its n-th read. */
static long reads_left;

static int read_and_fail(void *user, uint64_t offset, uint8_t *data, size_t n, size_t *ret_n,
                         struct romtool_error *err)
{
    struct rt_source source = rt_source_of_bytes(user);

    *ret_n = 0;
    if (reads_left-- == 0)
        return rt_error_set(err, ROMTOOL_E_IO, offset, "the disk is gone");
    return source.read(source.user, offset, data, n > 100 ? 100 : n, ret_n, err);
}

/* After a read that failed: with the same tables in mind, from there. */
static void read_on(size_t at)
{
    uint8_t data[900];
    size_t got;

    reads_left = 1000;
    assert_int_equal(vm_source.read(vm_source.user, at, data, sizeof(data), &got, NULL), 0);
    assert_in_range(got, 1, sizeof(data));
    assert_memory_equal(data, vm_bytes + at, got);
}

/* Every failed read is told, nothing is kept of it, and the next attempt is right. */
static void test_failing_source(void **state)
{
    struct rt_source source = {read_and_fail, &file_bytes, true};
    long n = 0;
    int r;

    (void)state;
    build_small();
    file_bytes = rt_buffer_bytes(&file);
    do {
        struct romtool_error err = {0};
        struct rt_buffer got = {0};
        bool is_open;

        reads_left = n++;
        rt_qcow2_close(&opened);
        r = rt_qcow2_open(&source, &opened, &err);
        is_open = r == 0;
        if (is_open)
            r = read_state(0, 900, &got, &err);
        if (r != 0)
            assert_int_equal(r, ROMTOOL_E_IO);
        assert_int_equal(err.code, r);
        assert_memory_equal(got.len > 0 ? got.data : (const char *)vm_bytes, vm_bytes, got.len);
        if (r != 0 && is_open)
            read_on(got.len);
        rt_buffer_free(&got);
    } while (r != 0);
    assert_in_range(n, 30, 1000);
}

static int attempt_open(void)
{
    int r = open_file(&failure);

    stop_failing();
    return r;
}

static void test_no_memory(void **state)
{
    (void)state;
    build_small();
    every_failure(attempt_open, 0, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clusters),         cmocka_unit_test(test_misaligned),
        cmocka_unit_test(test_far_away),         cmocka_unit_test(test_cluster_of_zeros),
        cmocka_unit_test(test_no_l2_table),      cmocka_unit_test(test_subclusters),
        cmocka_unit_test(test_every_truncation), cmocka_unit_test(test_failing_source),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, fill, close_all);
}
