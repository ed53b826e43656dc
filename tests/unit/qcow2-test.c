/* SPDX-License-Identifier: BSD-2-Clause */
/* Snapshots inside qcow2 images: what is read of them, wrong headers and snapshot tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "qcow2-images.h"

static void expect_state(size_t i, size_t n, size_t piece)
{
    struct romtool_error err = {0};
    struct rt_buffer got = {0};

    assert_int_equal(read_state(i, piece, &got, &err), 0);
    assert_int_equal(got.len, n);
    assert_memory_equal(got.data, vm_bytes, n);
    rt_buffer_free(&got);
}

/* Opening fails, with this code at this offset of the file. */
static void refuse_to_open(int code, uint64_t offset, const char *text)
{
    struct romtool_error err = {0};

    assert_int_equal(open_file(&err), code);
    assert_int_equal(err.code, code);
    assert_int_equal(err.offset, offset);
    if (strstr(err.text, text) == NULL)
        fail_msg("'%s' is not in '%s'", text, err.text);
}

/* -------------------------------------------------------------------------------------- reading */

static void read_back(unsigned version, unsigned cluster_bits, bool extended_l2,
                      enum ib_zeros zeros, bool backwards)
{
    struct ib_snapshot snapshots[] = {
        snapshot("1", "one", STATE_SIZE),
        snapshot("2", "", 0),
        snapshot("37", "another", 70000),
    };
    struct ib_qcow2 spec = {.version = version,
                            .cluster_bits = cluster_bits,
                            .extended_l2 = extended_l2,
                            .snapshots = snapshots,
                            .n_snapshots = 3,
                            .disk_size = (uint64_t)5 << 20};
    struct romtool_error err = {0};
    struct rt_source source;

    snapshots[0].zeros = snapshots[2].zeros = zeros;
    snapshots[0].backwards = backwards;
    snapshots[2].extra_size = 24;
    snapshots[2].disk_size = (uint64_t)3 << 20;
    if (version == 2) {
        snapshots[0].extra_size = 0;
        snapshots[1].extra_size = 8;
    }
    build(&spec);
    assert_int_equal(open_file(&err), 0);
    assert_true(rt_qcow2_is(file_bytes));
    assert_int_equal(opened.version, version);
    assert_int_equal(opened.cluster_bits, cluster_bits);
    assert_int_equal(opened.extended_l2, extended_l2);
    assert_int_equal(opened.disk_size, (uint64_t)5 << 20);
    assert_int_equal(opened.n_snapshots, 3);
    assert_string_equal(opened.snapshots[0].id, "1");
    assert_string_equal(opened.snapshots[0].name, "one");
    assert_int_equal(opened.snapshots[0].vm_state_size, STATE_SIZE);
    assert_int_equal(opened.snapshots[0].disk_size, (uint64_t)5 << 20);
    assert_int_equal(opened.snapshots[0].date_sec, 1700000000);
    assert_int_equal(opened.snapshots[0].date_nsec, 5);
    assert_int_equal(opened.snapshots[0].at, table_at());
    assert_string_equal(opened.snapshots[1].name, "");
    assert_int_equal(opened.snapshots[1].vm_state_size, 0);
    assert_string_equal(opened.snapshots[2].id, "37");
    assert_string_equal(opened.snapshots[2].name, "another");
    assert_int_equal(opened.snapshots[2].disk_size, (uint64_t)3 << 20);
    expect_state(0, STATE_SIZE, STATE_SIZE);
    expect_state(0, STATE_SIZE, 777);
    expect_state(2, 70000, 65536);
    for (size_t i = 1; i < 5; i++) {
        assert_int_equal(rt_qcow2_vm_state(&opened, i, &vm, &source, &err),
                         i == 2 ? 0 : ROMTOOL_E_NO_VM_STATE);
        assert_int_equal(err.code, i == 2 ? 0 : ROMTOOL_E_NO_VM_STATE);
        rt_error_clear(&err);
    }
}

static void test_read(void **state)
{
    (void)state;
    for (unsigned version = 2; version <= 3; version++) {
        for (unsigned bits = 9; bits <= 21; bits += bits == 18 ? 3 : 1) {
            read_back(version, bits, false, IB_WRITTEN, false);
            read_back(version, bits, false, IB_UNALLOCATED, true);
            if (version == 3)
                read_back(version, bits, false, IB_FLAGGED, false);
        }
    }
}

static void test_read_extended(void **state)
{
    (void)state;
    for (unsigned bits = 14; bits <= 17; bits++) {
        read_back(3, bits, true, IB_WRITTEN, true);
        read_back(3, bits, true, IB_UNALLOCATED, false);
        read_back(3, bits, true, IB_FLAGGED, false);
    }
}

/* From anywhere, in any order: what was read before does not show. */
static void test_seek(void **state)
{
    struct ib_snapshot one = snapshot("1", "one", STATE_SIZE);
    struct ib_qcow2 spec = {.cluster_bits = 9, .snapshots = &one, .n_snapshots = 1};
    struct rt_source source;
    uint8_t data[2048];
    uint32_t x = 7;
    size_t got;

    (void)state;
    one.zeros = IB_UNALLOCATED;
    build(&spec);
    assert_int_equal(open_file(NULL), 0);
    assert_int_equal(rt_qcow2_vm_state(&opened, 0, &vm, &source, NULL), 0);
    assert_true(source.seekable);
    for (size_t i = 0; i < 2000; i++) {
        size_t at, n;

        x = x * 1664525 + 1013904223;
        at = (x >> 8) % STATE_SIZE;
        n = 1 + x % sizeof(data);
        assert_int_equal(source.read(source.user, at, data, n, &got, NULL), 0);
        assert_in_range(got, 1, n < STATE_SIZE - at ? n : STATE_SIZE - at);
        assert_memory_equal(data, vm_bytes + at, got);
    }
    assert_int_equal(source.read(source.user, STATE_SIZE, data, 1, &got, NULL), 0);
    assert_int_equal(got, 0);
    assert_int_equal(source.read(source.user, UINT64_MAX, data, 1, &got, NULL), 0);
    assert_int_equal(got, 0);
}

/* What lies together is read together, however small the clusters are. */
static void test_long_reads(void **state)
{
    static uint8_t data[STATE_SIZE];
    struct ib_snapshot one = snapshot("1", "one", STATE_SIZE);
    struct ib_qcow2 spec = {.cluster_bits = 9, .snapshots = &one, .n_snapshots = 1};
    struct rt_source source;
    size_t got;

    (void)state;
    build(&spec);
    assert_int_equal(open_file(NULL), 0);
    assert_int_equal(rt_qcow2_vm_state(&opened, 0, &vm, &source, NULL), 0);
    assert_int_equal(source.read(source.user, 0, data, STATE_SIZE, &got, NULL), 0);
    assert_int_equal(got, STATE_SIZE);
    one.backwards = true;
    build(&spec);
    assert_int_equal(open_file(NULL), 0);
    assert_int_equal(rt_qcow2_vm_state(&opened, 0, &vm, &source, NULL), 0);
    assert_int_equal(source.read(source.user, 0, data, STATE_SIZE, &got, NULL), 0);
    assert_int_equal(got, 512);
}

static void test_names(void **state)
{
    char longest[256], longer[1001];
    struct ib_snapshot snapshots[2];
    struct ib_qcow2 spec = {.cluster_bits = 9, .snapshots = snapshots, .n_snapshots = 2};

    (void)state;
    memset(longest, 'n', sizeof(longest));
    longest[255] = '\0';
    memset(longer, 'm', sizeof(longer));
    longer[1000] = '\0';
    snapshots[0] = snapshot(longer, longest, 100);
    snapshots[1] = snapshot(longest, longer, 600);
    build(&spec);
    assert_int_equal(open_file(NULL), 0);
    assert_string_equal(opened.snapshots[0].name, longest);
    assert_string_equal(opened.snapshots[1].id, longest);
    assert_int_equal(strlen(opened.snapshots[0].id), 255);
    assert_memory_equal(opened.snapshots[1].name, longer, 255);
    expect_state(1, 600, 1000);
}

static void test_no_snapshots(void **state)
{
    struct ib_qcow2 spec = {0};
    struct rt_source source;

    (void)state;
    build(&spec);
    assert_int_equal(open_file(NULL), 0);
    assert_int_equal(opened.n_snapshots, 0);
    assert_int_equal(rt_qcow2_vm_state(&opened, 0, &vm, &source, NULL), ROMTOOL_E_NO_VM_STATE);
}

/* ----------------------------------------------------------------------------------- the header */

static void test_pipe(void **state)
{
    struct romtool_error err = {0};
    struct rt_source source;

    (void)state;
    build_small();
    file_bytes = rt_buffer_bytes(&file);
    source = rt_source_of_bytes(&file_bytes);
    source.seekable = false;
    assert_int_equal(rt_qcow2_open(&source, &opened, &err), ROMTOOL_E_UNSUPPORTED);
    assert_non_null(strstr(err.text, "seekable"));
}

static void test_header(void **state)
{
    static const struct {
        size_t at;
        unsigned n;
        uint64_t value;
        int code;
        const char *text;
    } cases[] = {
        {0, 4, 0x514649fa, ROMTOOL_E_BAD_QCOW2, "does not begin"},
        {4, 4, 1, ROMTOOL_E_UNSUPPORTED, "version 1"},
        {4, 4, 4, ROMTOOL_E_UNSUPPORTED, "version 4"},
        {20, 4, 8, ROMTOOL_E_BAD_QCOW2, "clusters of 8 bits"},
        {20, 4, 22, ROMTOOL_E_BAD_QCOW2, "clusters of 22 bits"},
        {20, 4, UINT32_MAX, ROMTOOL_E_BAD_QCOW2, "bits"},
        {32, 4, 1, ROMTOOL_E_UNSUPPORTED, "encrypted qcow2 image (AES)"},
        {32, 4, 2, ROMTOOL_E_UNSUPPORTED, "encrypted qcow2 image (LUKS)"},
        {32, 4, 3, ROMTOOL_E_UNSUPPORTED, "encrypted"},
        {60, 4, RT_QCOW2_SNAPSHOTS_MAX + 1, ROMTOOL_E_TOO_LARGE, "1025 snapshots"},
        {60, 4, UINT32_MAX, ROMTOOL_E_TOO_LARGE, "snapshots"},
        {64, 8, 0, ROMTOOL_E_BAD_QCOW2, "snapshot table"},
        {64, 8, 511, ROMTOOL_E_BAD_QCOW2, "snapshot table"},
        {64, 8, UINT64_C(1) << 56, ROMTOOL_E_BAD_QCOW2, "snapshot table"},
        {64, 8, UINT64_MAX - 511, ROMTOOL_E_BAD_QCOW2, "snapshot table"},
        {72, 8, 4, ROMTOOL_E_UNSUPPORTED, "external data file"},
        {72, 8, 32, ROMTOOL_E_UNSUPPORTED, "0x20"},
        {72, 8, UINT64_C(1) << 63, ROMTOOL_E_UNSUPPORTED, "0x8000000000000000"},
        {100, 4, 103, ROMTOOL_E_BAD_QCOW2, "header of 103"},
        {100, 4, 513, ROMTOOL_E_BAD_QCOW2, "header of 513"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        build_small();
        ib_patch(&file, cases[i].at, cases[i].n, cases[i].value);
        refuse_to_open(cases[i].code, cases[i].at, cases[i].text);
    }
    build_small();
    ib_patch(&file, 72, 8, 16); /* subclusters need larger clusters */
    refuse_to_open(ROMTOOL_E_BAD_QCOW2, 20, "14 to 21");
}

/* Dirty, corrupt, another compression: nothing to a reader. */
static void test_harmless_features(void **state)
{
    (void)state;
    build_small();
    ib_patch(&file, 72, 8, 1 | 2 | 8);
    ib_patch(&file, 80, 8, UINT64_MAX);
    ib_patch(&file, 88, 8, UINT64_MAX);
    ib_patch(&file, 100, 4, 512);
    assert_int_equal(open_file(NULL), 0);
    expect_state(0, 3000, 3000);
}

/* --------------------------------------------------------------------------- the snapshot table */

static void test_extra_data(void **state)
{
    struct ib_snapshot one = snapshot("1", "one", 3000);
    struct ib_qcow2 spec = {.cluster_bits = 9, .snapshots = &one, .n_snapshots = 1};

    (void)state;
    one.extra_size = 8;
    spec.version = 2;
    build(&spec);
    assert_int_equal(open_file(NULL), 0);
    expect_state(0, 3000, 3000);
    assert_int_equal(opened.snapshots[0].disk_size, opened.disk_size);
    one.extra_size = 1024;
    build(&spec);
    assert_int_equal(open_file(NULL), 0);
    expect_state(0, 3000, 3000);
    ib_patch(&file, table_at() + 36, 4, 1025);
    refuse_to_open(ROMTOOL_E_BAD_QCOW2, table_at() + 36, "1025 bytes of extra data");
    ib_patch(&file, table_at() + 36, 4, UINT32_MAX);
    refuse_to_open(ROMTOOL_E_BAD_QCOW2, table_at() + 36, "extra data");
}

/* A header, and behind it snapshots without end with names as long as their fields can say. */
static int read_endless(void *user, uint64_t offset, uint8_t *data, size_t n, size_t *ret_n,
                        struct romtool_error *err)
{
    struct rt_source source = rt_source_of_bytes(user);

    if (offset < 0x400)
        return source.read(source.user, offset, data, n, ret_n, err);
    for (size_t i = 0; i < n; i++) {
        uint64_t at = (offset + i - 0x400) % (40 + 2 * 65535 + 2);

        data[i] = at >= 12 && at < 16 ? 0xff : 0;
    }
    *ret_n = n;
    return 0;
}

static void test_table_size(void **state)
{
    struct rt_source source = {read_endless, &file_bytes, true};
    struct romtool_error err = {0};

    (void)state;
    build_small();
    ib_patch(&file, 60, 4, 1024);
    ib_patch(&file, 64, 8, 0x400);
    file_bytes = rt_buffer_bytes(&file);
    file_bytes.len = 0x400;
    assert_int_equal(rt_qcow2_open(&source, &opened, &err), ROMTOOL_E_BAD_QCOW2);
    assert_int_equal(err.offset, 0x400 + (64 << 20) / 131112 * 131112);
    assert_non_null(strstr(err.text, "0x4000000"));
    ib_patch(&file, 60, 4, 511);
    rt_qcow2_close(&opened);
    assert_int_equal(rt_qcow2_open(&source, &opened, NULL), 0);
}

static void test_l1_table(void **state)
{
    static const struct {
        size_t at; /* in the snapshot's entry */
        unsigned n;
        uint64_t value;
        const char *text;
    } cases[] = {
        {0, 8, 0x401, "L1 table"},
        {0, 8, UINT64_C(1) << 56, "L1 table"},
        {0, 8, UINT64_MAX - 511, "L1 table"},
        {8, 4, ((uint32_t)4 << 20) + 1, "L1 table of 4194305 entries"},
        {8, 4, 0, "does not reach"},
        {8, 4, 2, "does not reach"},
        {40, 8, 32769, "does not reach"},
        {40, 8, UINT64_MAX, "does not reach"},
        {48, 8, 65537, "does not reach"},
        {48, 8, UINT64_MAX, "does not reach"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        build_small();
        ib_patch(&file, table_at() + cases[i].at, cases[i].n, cases[i].value);
        refuse_state(ROMTOOL_E_BAD_QCOW2, table_at(), cases[i].text);
    }
    build_small();
    ib_patch(&file, table_at() + 40, 8, 32768); /* to the last byte that it reaches */
    assert_int_equal(open_file(NULL), 0);
    {
        struct rt_buffer got = {0};

        assert_int_equal(read_state(0, 4096, &got, NULL), 0);
        assert_int_equal(got.len, 32768);
        rt_buffer_free(&got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_read_extended),
        cmocka_unit_test(test_seek),
        cmocka_unit_test(test_long_reads),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_no_snapshots),
        cmocka_unit_test(test_pipe),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_harmless_features),
        cmocka_unit_test(test_extra_data),
        cmocka_unit_test(test_table_size),
        cmocka_unit_test(test_l1_table),
    };

    return cmocka_run_group_tests(tests, fill, close_all);
}
