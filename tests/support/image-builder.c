/* SPDX-License-Identifier: BSD-2-Clause */
/* docs/interop/qcow2.txt of QEMU; src/qemu/qemu_saveimage.h of libvirt. */
#include "image-builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "image-builder: %s\n", what);
    exit(2);
}

void ib_patch(struct rt_buffer *out, size_t at, unsigned n, uint64_t value)
{
    check(at <= out->len && n <= out->len - at, "a patch outside of the file");
    for (unsigned i = 0; i < n; i++)
        out->data[at + i] = (char)(uint8_t)(value >> (8 * (n - 1 - i)));
}

uint64_t ib_peek(const struct rt_buffer *out, size_t at, unsigned n)
{
    uint64_t value = 0;

    check(at <= out->len && n <= out->len - at, "a look outside of the file");
    for (unsigned i = 0; i < n; i++)
        value = value << 8 | (uint8_t)out->data[at + i];
    return value;
}

/* ---------------------------------------------------------------------------------------- qcow2 */

#define ALLOCATED_ONCE (UINT64_C(1) << 63)

/* The image in the making; offsets in it are from its start, base. */
struct image {
    struct rt_buffer *out;
    const struct ib_qcow2 *spec;
    size_t base, cluster;
    unsigned bits, entry, l1_bits;
};

static void put(const struct image *image, size_t at, unsigned n, uint64_t value)
{
    ib_patch(image->out, image->base + at, n, value);
}

/* So many more bytes, in clusters of their own; where they are. */
static size_t allocate(const struct image *image, size_t n)
{
    size_t at = image->out->len - image->base;

    n = (n + image->cluster - 1) / image->cluster * image->cluster;
    check(n == 0 || rt_buffer_extend(image->out, n) != NULL, "out of memory");
    return at;
}

static size_t divide_up(uint64_t size, unsigned bits)
{
    return (size_t)((size >> bits) + ((size & ((UINT64_C(1) << bits) - 1)) != 0));
}

static bool is_zero(struct rt_bytes bytes)
{
    return bytes.len == 0 || (bytes.data[0] == 0 && rt_bytes_tail(bytes) == bytes.len);
}

static struct rt_bytes part(struct rt_bytes bytes, size_t at, size_t n)
{
    struct rt_bytes ret = {NULL, 0};

    if (at < bytes.len)
        (void)rt_bytes_slice(bytes, at, n < bytes.len - at ? n : bytes.len - at, &ret);
    return ret;
}

/* The bitmap of an extended entry. */
static uint64_t subclusters(const struct image *image, struct rt_bytes bytes, enum ib_zeros zeros)
{
    uint64_t bitmap = 0;
    size_t n = image->cluster / 32;

    for (unsigned i = 0; i < 32; i++) {
        if (zeros == IB_WRITTEN || !is_zero(part(bytes, i * n, n)))
            bitmap |= UINT64_C(1) << i;
        else if (zeros == IB_FLAGGED)
            bitmap |= UINT64_C(1) << (32 + i);
    }
    return bitmap;
}

/* One cluster of the state and its entry in an L2 table. */
static void put_cluster(const struct image *image, const struct ib_snapshot *snapshot, size_t i,
                        size_t l2_entry)
{
    struct rt_bytes bytes = part(snapshot->state, i * image->cluster, image->cluster);
    uint64_t entry = 0, bitmap = subclusters(image, bytes, snapshot->zeros);

    if (snapshot->zeros == IB_WRITTEN || !is_zero(bytes)) {
        entry = ALLOCATED_ONCE | allocate(image, image->cluster);
        memcpy(image->out->data + image->base + (size_t)(entry & ~ALLOCATED_ONCE), bytes.data,
               bytes.len);
    } else if (snapshot->zeros == IB_FLAGGED && !image->spec->extended_l2) {
        entry = 1;
    }
    put(image, l2_entry, 8, entry);
    if (image->spec->extended_l2)
        put(image, l2_entry + 8, 8, bitmap);
}

/* The clusters of a snapshot; returns where its L1 table is. */
static size_t put_state(const struct image *image, const struct ib_snapshot *snapshot,
                        size_t *ret_entries)
{
    uint64_t disk_size = snapshot->disk_size > 0 ? snapshot->disk_size : image->spec->disk_size;
    size_t first = divide_up(disk_size, image->l1_bits);
    size_t tables = divide_up(snapshot->state.len, image->l1_bits);
    size_t clusters = divide_up(snapshot->state.len, image->bits);
    size_t l1, l2;

    *ret_entries = first + tables;
    l1 = allocate(image, *ret_entries * 8);
    l2 = allocate(image, tables * image->cluster);
    for (size_t i = 0; i < tables; i++)
        put(image, l1 + (first + i) * 8, 8, ALLOCATED_ONCE | (l2 + i * image->cluster));
    for (size_t i = 0; i < clusters; i++) {
        size_t which = snapshot->backwards ? clusters - 1 - i : i;

        put_cluster(image, snapshot, which, l2 + which * image->entry);
    }
    return l1;
}

/* The entry in the snapshot table, into a buffer of its own. */
static void put_entry(const struct image *image, const struct ib_snapshot *snapshot,
                      struct rt_buffer *table)
{
    size_t at = table->len, n_l1, l1 = put_state(image, snapshot, &n_l1);

    check(rt_buffer_extend(table, 40 + snapshot->extra_size) != NULL, "out of memory");
    ib_patch(table, at, 8, l1);
    ib_patch(table, at + 8, 4, n_l1);
    ib_patch(table, at + 12, 2, strlen(snapshot->id));
    ib_patch(table, at + 14, 2, strlen(snapshot->name));
    ib_patch(table, at + 16, 4, snapshot->date_sec);
    ib_patch(table, at + 20, 4, snapshot->date_nsec);
    /* with the size in 64 bits, this one must not count */
    ib_patch(table, at + 32, 4, snapshot->extra_size >= 8 ? 0 : snapshot->state.len);
    ib_patch(table, at + 36, 4, snapshot->extra_size);
    if (snapshot->extra_size >= 8)
        ib_patch(table, at + 40, 8, snapshot->state.len);
    if (snapshot->extra_size >= 16)
        ib_patch(table, at + 48, 8,
                 snapshot->disk_size > 0 ? snapshot->disk_size : image->spec->disk_size);
    rt_buffer_puts(table, snapshot->id);
    rt_buffer_puts(table, snapshot->name);
    (void)rt_buffer_extend(table, (8 - table->len % 8) % 8);
}

/* At the end of all: every cluster is in use once, these too. */
static void put_reference_counts(const struct image *image)
{
    size_t used = (image->out->len - image->base) / image->cluster, blocks = 0, tables = 0, at;

    for (;;) { /* until they count themselves */
        size_t all = used + blocks + tables;

        if (blocks * (image->cluster / 2) >= all && tables * (image->cluster / 8) >= blocks)
            break;
        blocks = (all + 1 + image->cluster / 2 - 1) / (image->cluster / 2);
        tables = (blocks + image->cluster / 8 - 1) / (image->cluster / 8);
    }
    at = allocate(image, tables * image->cluster);
    put(image, 48, 8, at);
    put(image, 56, 4, tables);
    for (size_t i = 0; i < blocks; i++)
        put(image, at + i * 8, 8, allocate(image, image->cluster));
    for (size_t i = 0; i < used + tables + blocks; i++)
        put(image, at + tables * image->cluster + i * 2, 2, 1);
}

static void put_header(const struct image *image)
{
    const struct ib_qcow2 *spec = image->spec;

    (void)allocate(image, image->cluster);
    put(image, 0, 4, 0x514649fb);
    put(image, 4, 4, spec->version);
    put(image, 20, 4, spec->cluster_bits);
    put(image, 24, 8, spec->disk_size);
    if (spec->version == 3) {
        put(image, 72, 8, spec->extended_l2 ? 16 : 0);
        put(image, 96, 4, 4);
        put(image, 100, 4, 104);
    }
}

void ib_qcow2(struct rt_buffer *out, const struct ib_qcow2 *wish)
{
    struct ib_qcow2 spec = *wish;
    struct image image = {.out = out, .spec = &spec, .base = out->len};
    struct rt_buffer table = {0};
    size_t at, n;

    spec.version = spec.version == 0 ? 3 : spec.version;
    spec.cluster_bits = spec.cluster_bits == 0 ? 16 : spec.cluster_bits;
    spec.disk_size = spec.disk_size == 0 ? (uint64_t)1 << 20 : spec.disk_size;
    check(!spec.extended_l2 || spec.cluster_bits >= 14, "too small clusters for subclusters");
    image.bits = spec.cluster_bits;
    image.cluster = (size_t)1 << spec.cluster_bits;
    image.entry = spec.extended_l2 ? 16 : 8;
    image.l1_bits = 2 * spec.cluster_bits - (spec.extended_l2 ? 4 : 3);

    put_header(&image);
    n = divide_up(spec.disk_size, image.l1_bits);
    at = allocate(&image, n * 8); /* the active L1 table */
    put(&image, 36, 4, n);
    put(&image, 40, 8, at);
    for (size_t i = 0; i < spec.n_snapshots; i++)
        put_entry(&image, &spec.snapshots[i], &table);
    at = allocate(&image, table.len);
    if (table.len > 0)
        memcpy(out->data + image.base + at, table.data, table.len);
    put(&image, 60, 4, spec.n_snapshots);
    put(&image, 64, 8, spec.n_snapshots == 0 ? 0 : at);
    rt_buffer_free(&table);
    put_reference_counts(&image);
    check(!out->failed, "out of memory");
}

/* ---------------------------------------------------------------------------------- save images */

static void put_native(struct rt_buffer *out, bool big_endian, size_t value)
{
    uint8_t bytes[4];

    for (unsigned i = 0; i < 4; i++)
        bytes[big_endian ? 3 - i : i] = (uint8_t)(value >> (8 * i));
    rt_buffer_append(out, bytes, sizeof(bytes));
}

void ib_save(struct rt_buffer *out, const struct ib_save *spec)
{
    size_t xml = spec->xml == NULL ? 0 : strlen(spec->xml) + 1;
    size_t cookie = spec->cookie == NULL ? 0 : strlen(spec->cookie) + 1;
    bool big = spec->big_endian;

    rt_buffer_puts(out, spec->partial ? "LibvirtQemudPart" : "LibvirtQemudSave");
    put_native(out, big, spec->version == 0 ? 2 : spec->version);
    put_native(out, big, xml + cookie + spec->slack);
    put_native(out, big, spec->was_running);
    put_native(out, big, spec->format);
    put_native(out, big, cookie > 0 ? xml : 0);
    (void)rt_buffer_extend(out, (size_t)14 * 4);
    rt_buffer_append(out, spec->xml, xml);
    rt_buffer_append(out, spec->cookie, cookie);
    (void)rt_buffer_extend(out, spec->slack);
    check(!out->failed, "out of memory");
}
