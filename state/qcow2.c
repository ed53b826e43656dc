/* SPDX-License-Identifier: BSD-2-Clause */
/* Header and snapshot table; the clusters are qcow2-vm-state.c's. */
#include "state/qcow2.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Where the header's fields are, and how long it is at least. */
enum {
    VERSION_AT = 4,
    CLUSTER_BITS_AT = 20,
    CRYPT_METHOD_AT = 32,
    N_SNAPSHOTS_AT = 60,
    SNAPSHOTS_AT = 64,
    HEADER_V2_SIZE = 72,
    INCOMPATIBLE_AT = 72,
    HEADER_LENGTH_AT = 100,
    HEADER_V3_SIZE = 104,
};

/* Incompatible features. */
#define DIRTY            (UINT64_C(1) << 0)
#define CORRUPT          (UINT64_C(1) << 1)
#define EXTERNAL_FILE    (UINT64_C(1) << 2)
#define COMPRESSION_TYPE (UINT64_C(1) << 3)
#define EXTENDED_L2      (UINT64_C(1) << 4)

/* QEMU's limits, block/qcow2.h. */
#define CLUSTER_BITS_MIN          9U
#define CLUSTER_BITS_EXTENDED_MIN 14U
#define CLUSTER_BITS_MAX          21U
#define OFFSET_MAX                (UINT64_C(1) << 56) /* no table entry points further */
#define TABLE_SIZE_MAX            (UINT64_C(64) << 20)
#define EXTRA_SIZE_MAX            1024U

/* A snapshot's entry: this, then extra data, id, name, and fill up to 8. */
#define ENTRY_SIZE      40U
#define ENTRY_ALIGNMENT 8U

static const uint8_t magic[] = {'Q', 'F', 'I', 0xfb};

bool rt_qcow2_is(struct rt_bytes head)
{
    return rt_bytes_equal_at(head, 0, magic, sizeof(magic));
}

/* ----------------------------------------------------------------------------------- the header */

struct header {
    uint32_t version, cluster_bits, crypt_method, n_snapshots, header_length;
    uint64_t disk_size, snapshots_at, incompatible;
};

static int take_header_v3(struct rt_reader *in, struct header *ret, struct romtool_error *err)
{
    static const char what[] = "the header of a qcow2 image";
    int r = rt_reader_u64be(in, what, &ret->incompatible, err);

    if (r == 0) /* compatible and autoclear features, width of the reference counts */
        r = rt_reader_skip(in, HEADER_LENGTH_AT - INCOMPATIBLE_AT - 8, err);
    if (r == 0)
        r = rt_reader_u32be(in, what, &ret->header_length, err);
    return r;
}

static int take_header(struct rt_reader *in, struct header *ret, struct romtool_error *err)
{
    static const char what[] = "the header of a qcow2 image";
    struct rt_bytes bytes;
    int r = rt_reader_take(in, sizeof(magic), what, &bytes, err);

    *ret = (struct header){0};
    if (r == 0 && !rt_qcow2_is(bytes))
        r = rt_error_set(err, ROMTOOL_E_BAD_QCOW2, 0, "does not begin as a qcow2 image");
    if (r == 0)
        r = rt_reader_u32be(in, what, &ret->version, err);
    if (r == 0 && ret->version != 2 && ret->version != 3)
        r = rt_error_set(err, ROMTOOL_E_UNSUPPORTED, VERSION_AT,
                         "a qcow image of version %" PRIu32 ", known are 2 and 3", ret->version);
    if (r == 0) /* the backing file's name */
        r = rt_reader_skip(in, CLUSTER_BITS_AT - 8, err);
    if (r == 0)
        r = rt_reader_u32be(in, what, &ret->cluster_bits, err);
    if (r == 0)
        r = rt_reader_u64be(in, what, &ret->disk_size, err);
    if (r == 0)
        r = rt_reader_u32be(in, what, &ret->crypt_method, err);
    if (r == 0) /* the active L1 table, the reference counts */
        r = rt_reader_skip(in, N_SNAPSHOTS_AT - CRYPT_METHOD_AT - 4, err);
    if (r == 0)
        r = rt_reader_u32be(in, what, &ret->n_snapshots, err);
    if (r == 0)
        r = rt_reader_u64be(in, what, &ret->snapshots_at, err);
    if (r == 0 && ret->version == 3)
        r = take_header_v3(in, ret, err);
    return r;
}

/* What stands in the way, by its name. That an image is dirty or corrupt is nothing to a reader. */
static int check_features(const struct header *header, struct romtool_error *err)
{
    uint64_t unknown =
        header->incompatible & ~(DIRTY | CORRUPT | EXTERNAL_FILE | COMPRESSION_TYPE | EXTENDED_L2);

    if (header->crypt_method != 0)
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED, CRYPT_METHOD_AT,
                            "an encrypted qcow2 image (%s)",
                            header->crypt_method == 1   ? "AES"
                            : header->crypt_method == 2 ? "LUKS"
                                                        : "by an unknown method");
    if ((header->incompatible & EXTERNAL_FILE) != 0)
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED, INCOMPATIBLE_AT,
                            "a qcow2 image with an external data file");
    if (unknown != 0)
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED, INCOMPATIBLE_AT,
                            "a qcow2 image with unknown incompatible features 0x%" PRIx64, unknown);
    return 0;
}

static int check_header(const struct header *header, struct romtool_error *err)
{
    bool extended = (header->incompatible & EXTENDED_L2) != 0;
    uint32_t least = extended ? CLUSTER_BITS_EXTENDED_MIN : CLUSTER_BITS_MIN;
    int r;

    if (header->cluster_bits < least || header->cluster_bits > CLUSTER_BITS_MAX)
        return rt_error_set(err, ROMTOOL_E_BAD_QCOW2, CLUSTER_BITS_AT,
                            "clusters of %" PRIu32 " bits, possible are %" PRIu32 " to %u",
                            header->cluster_bits, least, CLUSTER_BITS_MAX);
    if (header->version == 3 && (header->header_length < HEADER_V3_SIZE ||
                                 header->header_length > UINT32_C(1) << header->cluster_bits))
        return rt_error_set(err, ROMTOOL_E_BAD_QCOW2, HEADER_LENGTH_AT,
                            "a header of %" PRIu32 " bytes", header->header_length);
    r = check_features(header, err);
    if (r < 0)
        return r;
    if (header->n_snapshots == 0)
        return 0;
    if (header->n_snapshots > RT_QCOW2_SNAPSHOTS_MAX)
        return rt_error_set(err, ROMTOOL_E_TOO_LARGE, N_SNAPSHOTS_AT,
                            "%" PRIu32 " snapshots, the limit is %d", header->n_snapshots,
                            RT_QCOW2_SNAPSHOTS_MAX);
    if (header->snapshots_at >= OFFSET_MAX || header->snapshots_at == 0 ||
        (header->snapshots_at & ((UINT64_C(1) << header->cluster_bits) - 1)) != 0)
        return rt_error_set(err, ROMTOOL_E_BAD_QCOW2, SNAPSHOTS_AT,
                            "a snapshot table at 0x%" PRIx64 ": no start of a cluster",
                            header->snapshots_at);
    return 0;
}

/* --------------------------------------------------------------------------- the snapshot table */

static const char table[] = "the snapshot table of a qcow2 image";

/* So many bytes of text; what is kept of them. */
static int take_text(struct rt_reader *in, size_t n, char ret[RT_QCOW2_NAME_SIZE],
                     struct romtool_error *err)
{
    size_t kept = n < RT_QCOW2_NAME_SIZE ? n : RT_QCOW2_NAME_SIZE - 1;
    struct rt_bytes bytes;
    int r = rt_reader_take(in, kept, table, &bytes, err);

    if (r < 0)
        return r;
    memcpy(ret, bytes.data, kept);
    ret[kept] = '\0';
    return rt_reader_skip(in, n - kept, err);
}

/* The extra data that are known: the state's size in 64 bits, the disk's. */
static int take_extra(struct rt_reader *in, uint32_t size, struct rt_qcow2_snapshot *ret,
                      struct romtool_error *err)
{
    int r = 0;

    if (size > EXTRA_SIZE_MAX)
        return rt_error_set(err, ROMTOOL_E_BAD_QCOW2, ret->at + ENTRY_SIZE - 4,
                            "a snapshot with %" PRIu32 " bytes of extra data, the limit is %u",
                            size, EXTRA_SIZE_MAX);
    if (size >= 8) {
        r = rt_reader_u64be(in, table, &ret->vm_state_size, err);
        size -= 8;
        if (r == 0 && size >= 8) {
            r = rt_reader_u64be(in, table, &ret->disk_size, err);
            size -= 8;
        }
    }
    return r < 0 ? r : rt_reader_skip(in, size, err);
}

static int take_snapshot(struct rt_reader *in, struct rt_qcow2_snapshot *ret,
                         struct romtool_error *err)
{
    uint16_t id_size = 0, name_size = 0;
    uint32_t state_size = 0, extra_size = 0;
    int r;

    ret->at = rt_reader_offset(in);
    r = rt_reader_u64be(in, table, &ret->l1_at, err);
    if (r == 0)
        r = rt_reader_u32be(in, table, &ret->l1_entries, err);
    if (r == 0)
        r = rt_reader_u16be(in, table, &id_size, err);
    if (r == 0)
        r = rt_reader_u16be(in, table, &name_size, err);
    if (r == 0)
        r = rt_reader_u32be(in, table, &ret->date_sec, err);
    if (r == 0)
        r = rt_reader_u32be(in, table, &ret->date_nsec, err);
    if (r == 0) /* the guest's clock */
        r = rt_reader_skip(in, 8, err);
    if (r == 0)
        r = rt_reader_u32be(in, table, &state_size, err);
    if (r == 0)
        r = rt_reader_u32be(in, table, &extra_size, err);
    ret->vm_state_size = state_size;
    if (r == 0)
        r = take_extra(in, extra_size, ret, err);
    if (r == 0)
        r = take_text(in, id_size, ret->id, err);
    return r < 0 ? r : take_text(in, name_size, ret->name, err);
}

static int read_table(struct rt_qcow2 *image, struct rt_reader *in, struct romtool_error *err)
{
    uint64_t start = rt_reader_offset(in);
    int r = 0;

    for (size_t i = 0; r == 0 && i < image->n_snapshots; i++) {
        uint64_t past = (rt_reader_offset(in) - start) % ENTRY_ALIGNMENT;

        r = rt_reader_skip(in, past == 0 ? 0 : ENTRY_ALIGNMENT - past, err);
        image->snapshots[i].disk_size = image->disk_size;
        if (r == 0)
            r = take_snapshot(in, &image->snapshots[i], err);
        if (r == 0 && rt_reader_offset(in) - start > TABLE_SIZE_MAX)
            r = rt_error_set(err, ROMTOOL_E_BAD_QCOW2, image->snapshots[i].at,
                             "a snapshot table of more than 0x%" PRIx64 " bytes", TABLE_SIZE_MAX);
    }
    return r;
}

int rt_qcow2_open(const struct rt_source *file, struct rt_qcow2 *ret, struct romtool_error *err)
{
    uint8_t buffer[1024];
    struct rt_reader in;
    struct header header;
    int r;

    *ret = (struct rt_qcow2){.file = *file};
    if (!file->seekable)
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED, ROMTOOL_NO_OFFSET,
                            "a qcow2 image through a pipe: it needs to be a seekable file");
    rt_reader_begin(&in, file, 0, buffer, sizeof(buffer));
    r = take_header(&in, &header, err);
    if (r == 0)
        r = check_header(&header, err);
    if (r < 0)
        return r;
    ret->version = header.version;
    ret->cluster_bits = header.cluster_bits;
    ret->extended_l2 = (header.incompatible & EXTENDED_L2) != 0;
    ret->disk_size = header.disk_size;
    if (header.n_snapshots == 0)
        return 0;
    ret->snapshots = calloc(header.n_snapshots, sizeof(*ret->snapshots));
    if (ret->snapshots == NULL)
        return rt_error_no_memory(err);
    ret->n_snapshots = header.n_snapshots;
    rt_reader_begin(&in, file, header.snapshots_at, buffer, sizeof(buffer));
    return read_table(ret, &in, err);
}

void rt_qcow2_close(struct rt_qcow2 *image)
{
    free(image->snapshots);
    *image = (struct rt_qcow2){0};
}
