/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's state among a qcow2 image's clusters: behind the end of the disk, rounded up to what
 * one entry of the L1 table covers.
 */
#include "state/qcow2.h"

#include <inttypes.h>
#include <string.h>

#define OFFSET_MASK    UINT64_C(0x00fffffffffffe00) /* of an entry of an L1 or L2 table */
#define COMPRESSED     (UINT64_C(1) << 62)
#define READS_AS_ZEROS UINT64_C(1)
#define L1_ENTRY_SIZE  8U
#define L1_ENTRIES_MAX (UINT32_C(4) << 20) /* QEMU's limit of 32 MiB, QCOW_MAX_L1_SIZE */
#define SUBCLUSTERS    32U                 /* of a cluster of an image with extended L2 entries */

/* What is at an offset of the guest's disk, and for how many bytes. */
struct extent {
    bool zeros;
    uint64_t host; /* in the file, unless zeros */
    uint64_t n;
};

static unsigned entry_size(const struct rt_qcow2 *image)
{
    return image->extended_l2 ? 16 : 8;
}

/* log2 of the bytes of the disk that one entry of the L1 table covers. */
static unsigned l1_bits(const struct rt_qcow2 *image)
{
    return image->cluster_bits + image->cluster_bits - (image->extended_l2 ? 4 : 3);
}

static bool is_misaligned(const struct rt_qcow2 *image, uint64_t offset)
{
    return (offset & ((UINT64_C(1) << image->cluster_bits) - 1)) != 0;
}

static int read_all(const struct rt_source *file, uint64_t offset, uint8_t *data, size_t n,
                    const char *what, struct romtool_error *err)
{
    size_t done = 0, got;
    int r;

    while (done < n) {
        r = file->read(file->user, offset + done, data + done, n - done, &got, err);
        if (r < 0)
            return r;
        if (got == 0)
            return rt_error_set(err, ROMTOOL_E_TRUNCATED, offset + done,
                                "ends inside %s of a qcow2 image", what);
        done += got;
    }
    return 0;
}

static uint64_t u64be(const uint8_t *data, size_t at)
{
    uint64_t value = 0;

    for (size_t i = 0; i < 8; i++)
        value = value << 8 | data[at + i];
    return value;
}

/* Where the L2 table for an offset of the disk is; 0: nowhere, all it would cover is zeros. */
static int find_l2(struct rt_qcow2_vm_state *vm, uint64_t offset, uint64_t *ret,
                   struct romtool_error *err)
{
    uint64_t index = offset >> l1_bits(vm->image);
    uint64_t at = vm->snapshot->l1_at + index * L1_ENTRY_SIZE;
    uint8_t entry[L1_ENTRY_SIZE];
    uint64_t l2_at;
    int r;

    *ret = vm->l2_at;
    if (index == vm->l1_index)
        return 0;
    r = read_all(&vm->image->file, at, entry, sizeof(entry), "an L1 table", err);
    if (r < 0)
        return r;
    l2_at = u64be(entry, 0) & OFFSET_MASK;
    if (is_misaligned(vm->image, l2_at))
        return rt_error_set(err, ROMTOOL_E_BAD_QCOW2, at,
                            "an L2 table at 0x%" PRIx64 ": no start of a cluster", l2_at);
    vm->l1_index = index;
    *ret = vm->l2_at = l2_at;
    return 0;
}

/* The entry of that L2 table, and the bitmap behind it where entries are extended. */
static int find_entry(struct rt_qcow2_vm_state *vm, uint64_t at, uint64_t *ret,
                      uint64_t *ret_bitmap, struct romtool_error *err)
{
    uint64_t cluster_size = UINT64_C(1) << vm->image->cluster_bits;
    size_t n = cluster_size < RT_QCOW2_SLICE_SIZE ? (size_t)cluster_size : RT_QCOW2_SLICE_SIZE;
    uint64_t slice_at = at & ~((uint64_t)n - 1); /* inside of the table, which starts a cluster */
    int r;

    if (slice_at != vm->slice_at) {
        vm->slice_at = 0;
        r = read_all(&vm->image->file, slice_at, vm->slice, n, "an L2 table", err);
        if (r < 0)
            return r;
        vm->slice_at = slice_at;
    }
    *ret = u64be(vm->slice, (size_t)(at - slice_at));
    *ret_bitmap = vm->image->extended_l2 ? u64be(vm->slice, (size_t)(at - slice_at) + 8) : 0;
    return 0;
}

static int check_entry(const struct rt_qcow2 *image, uint64_t at, uint64_t entry,
                       struct romtool_error *err)
{
    if ((entry & COMPRESSED) != 0)
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED, at,
                            "a compressed cluster in the VM state of a qcow2 image");
    if (is_misaligned(image, entry & OFFSET_MASK))
        return rt_error_set(err, ROMTOOL_E_BAD_QCOW2, at,
                            "a cluster at 0x%" PRIx64 ": no start of a cluster",
                            entry & OFFSET_MASK);
    if (image->version == 2 && (entry & READS_AS_ZEROS) != 0)
        return rt_error_set(err, ROMTOOL_E_BAD_QCOW2, at,
                            "a cluster of zeros, which version 2 does not have");
    return 0;
}

/* Is this subcluster there, or does it read as zeros? */
static int check_subcluster(uint64_t at, uint64_t entry, uint64_t bitmap, unsigned subcluster,
                            bool *ret_zeros, struct romtool_error *err)
{
    bool is_allocated = (bitmap >> subcluster & 1) != 0;
    bool is_zero = (bitmap >> (SUBCLUSTERS + subcluster) & 1) != 0;

    *ret_zeros = !is_allocated;
    if (is_allocated && (is_zero || (entry & OFFSET_MASK) == 0))
        return rt_error_set(err, ROMTOOL_E_BAD_QCOW2, at + 8, "subcluster %u is allocated %s",
                            subcluster, is_zero ? "and zeros" : "in no cluster");
    return 0;
}

/* What is at an offset of the disk, no further than to the end of its cluster or subcluster. */
static int find_extent(struct rt_qcow2_vm_state *vm, uint64_t offset, struct extent *ret,
                       struct romtool_error *err)
{
    const struct rt_qcow2 *image = vm->image;
    uint64_t cluster_size = UINT64_C(1) << image->cluster_bits;
    uint64_t covered = UINT64_C(1) << l1_bits(image); /* by one L2 table */
    uint64_t piece = image->extended_l2 ? cluster_size / SUBCLUSTERS : cluster_size;
    uint64_t inside = offset & (cluster_size - 1), entry, bitmap, l2_at, at;
    int r = find_l2(vm, offset, &l2_at, err);

    *ret = (struct extent){.zeros = true, .n = covered - (offset & (covered - 1))};
    if (r < 0 || l2_at == 0)
        return r;
    at = l2_at + ((offset & (covered - 1)) >> image->cluster_bits) * entry_size(image);
    r = find_entry(vm, at, &entry, &bitmap, err);
    if (r == 0)
        r = check_entry(image, at, entry, err);
    if (r < 0)
        return r;
    if (image->extended_l2)
        r = check_subcluster(at, entry, bitmap, (unsigned)(inside / piece), &ret->zeros, err);
    else
        ret->zeros = (entry & OFFSET_MASK) == 0 || (entry & READS_AS_ZEROS) != 0;
    ret->n = piece - (inside & (piece - 1));
    ret->host = ret->zeros ? 0 : (entry & OFFSET_MASK) + inside;
    return r;
}

/* The same, grown up to n bytes by what follows in the file just as it does on the disk. */
static int find_extents(struct rt_qcow2_vm_state *vm, uint64_t offset, uint64_t n,
                        struct extent *ret, struct romtool_error *err)
{
    struct romtool_error later = {0}; /* is for who reads there */
    struct extent next;
    int r = find_extent(vm, offset, ret, err);

    while (r == 0 && ret->n < n) {
        if (find_extent(vm, offset + ret->n, &next, &later) < 0 || next.zeros != ret->zeros ||
            (!next.zeros && next.host != ret->host + ret->n))
            break;
        ret->n += next.n;
    }
    if (ret->n > n)
        ret->n = n;
    return r;
}

static int read_vm_state(void *user, uint64_t offset, uint8_t *data, size_t n, size_t *ret_n,
                         struct romtool_error *err)
{
    struct rt_qcow2_vm_state *vm = user;
    const struct rt_source *file = &vm->image->file;
    uint64_t size = vm->snapshot->vm_state_size;
    struct extent extent;
    int r;

    *ret_n = 0;
    if (offset >= size)
        return 0;
    r = find_extents(vm, vm->start + offset, n < size - offset ? n : size - offset, &extent, err);
    if (r < 0)
        return r;
    n = (size_t)extent.n; /* no more than it was */
    if (extent.zeros) {
        memset(data, 0, n);
        *ret_n = n;
        return 0;
    }
    r = file->read(file->user, extent.host, data, n, ret_n, err);
    if (r == 0 && *ret_n == 0)
        return rt_error_set(err, ROMTOOL_E_TRUNCATED, extent.host,
                            "ends inside the VM state of a qcow2 image");
    return r;
}

int rt_qcow2_vm_state(const struct rt_qcow2 *image, size_t i, struct rt_qcow2_vm_state *vm,
                      struct rt_source *ret, struct romtool_error *err)
{
    const struct rt_qcow2_snapshot *snapshot;
    unsigned bits = l1_bits(image); /* at most 39 */
    uint64_t first, reach;

    *vm = (struct rt_qcow2_vm_state){.image = image, .l1_index = UINT64_MAX};
    *ret = (struct rt_source){read_vm_state, vm, true};
    if (i >= image->n_snapshots || image->snapshots[i].vm_state_size == 0)
        return rt_error_set(err, ROMTOOL_E_NO_VM_STATE,
                            i < image->n_snapshots ? image->snapshots[i].at : ROMTOOL_NO_OFFSET,
                            "snapshot %zu has no VM state", i + 1);
    vm->snapshot = snapshot = &image->snapshots[i];
    if (snapshot->l1_entries > L1_ENTRIES_MAX || snapshot->l1_at > OFFSET_MASK ||
        is_misaligned(image, snapshot->l1_at))
        return rt_error_set(err, ROMTOOL_E_BAD_QCOW2, snapshot->at,
                            "a snapshot's L1 table of %" PRIu32 " entries at 0x%" PRIx64,
                            snapshot->l1_entries, snapshot->l1_at);
    first =
        (snapshot->disk_size >> bits) + ((snapshot->disk_size & ((UINT64_C(1) << bits) - 1)) != 0);
    /* QEMU writes all of it: what the table does not reach was never there. */
    reach = first > snapshot->l1_entries ? 0 : (snapshot->l1_entries - first) << bits;
    if (snapshot->vm_state_size > reach)
        return rt_error_set(err, ROMTOOL_E_BAD_QCOW2, snapshot->at,
                            "a VM state of 0x%" PRIx64
                            " bytes that the snapshot's L1 table does not reach",
                            snapshot->vm_state_size);
    vm->start = first << bits;
    return 0;
}
