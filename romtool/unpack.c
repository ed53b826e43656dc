/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct unpack {
    struct archive *archive;
    struct rt_reader *in;
    const char *compression;
    uint64_t offset;          /* of what comes next, decompressed */
    size_t given;             /* bytes of in that libarchive looks at until its next call */
    struct romtool_error why; /* what in's source said */
};

static ssize_t give(struct archive *archive, void *user, const void **ret)
{
    struct unpack *unpack = user;
    struct rt_bytes bytes = {0};

    *ret = NULL;
    if (rt_reader_skip(unpack->in, unpack->given, &unpack->why) < 0 ||
        rt_reader_some(unpack->in, &bytes, &unpack->why) < 0) {
        archive_set_error(archive, EIO, "input");
        return -1;
    }
    unpack->given = bytes.len;
    *ret = bytes.data;
    return (ssize_t)bytes.len;
}

/* What went wrong: the input's own error, or what libarchive says of its bytes. */
static int failure(const struct unpack *unpack, struct romtool_error *err)
{
    if (unpack->why.code != 0)
        return rt_error_hand_on(err, &unpack->why);
    if (archive_errno(unpack->archive) == ENOMEM) /* or beyond libarchive's own limit */
        return rt_error_no_memory(err);
    if (archive_errno(unpack->archive) == EINVAL) /* the program is not here: see unpack_begin() */
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED, rt_reader_offset(unpack->in), "%s: %s",
                            unpack->compression, archive_error_string(unpack->archive));
    return rt_error_set(err, ROMTOOL_E_BAD_COMPRESSED, rt_reader_offset(unpack->in),
                        "bad %s data: %s", unpack->compression,
                        archive_error_string(unpack->archive) != NULL
                            ? archive_error_string(unpack->archive)
                            : "not what it should be");
}

static int read_unpacked(void *user, uint64_t offset, uint8_t *data, size_t n, size_t *ret_n,
                         struct romtool_error *err)
{
    struct unpack *unpack = user;
    la_ssize_t got;

    *ret_n = 0;
    if (rt_source_check_place(offset, unpack->offset, err) < 0)
        return ROMTOOL_E_INTERNAL;
    got = archive_read_data(unpack->archive, data, n);
    if (got < 0)
        return failure(unpack, err);
    *ret_n = (size_t)got;
    unpack->offset += (size_t)got;
    return 0;
}

static int support(struct archive *archive, const char *compression)
{
    if (strcmp(compression, "bzip2") == 0)
        return archive_read_support_filter_bzip2(archive);
    if (strcmp(compression, "xz") == 0)
        return archive_read_support_filter_xz(archive);
    if (strcmp(compression, "lzop") == 0)
        return archive_read_support_filter_lzop(archive);
    if (strcmp(compression, "zstd") == 0)
        return archive_read_support_filter_zstd(archive);
    return ARCHIVE_FATAL;
}

int unpack_begin(struct rt_reader *in, const char *compression, struct unpack **ret_unpack,
                 struct rt_source *ret, struct romtool_error *err)
{
    struct unpack *unpack = *ret_unpack = calloc(1, sizeof(*unpack));
    struct archive_entry *entry;

    if (unpack == NULL)
        return rt_error_no_memory(err);
    *ret = (struct rt_source){read_unpacked, unpack, false};
    unpack->in = in;
    unpack->compression = compression;
    unpack->archive = archive_read_new();
    if (unpack->archive == NULL)
        return rt_error_no_memory(err);
    /* a warning: libarchive runs the program of that name */
    if (support(unpack->archive, compression) < ARCHIVE_WARN)
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED, rt_reader_offset(in),
                            "this build does not read %s", compression);
    if (archive_read_support_format_raw(unpack->archive) != ARCHIVE_OK ||
        archive_read_open(unpack->archive, unpack, NULL, give, NULL) != ARCHIVE_OK ||
        archive_read_next_header(unpack->archive, &entry) != ARCHIVE_OK)
        return failure(unpack, err);
    return 0;
}

void unpack_end(struct unpack *unpack)
{
    if (unpack != NULL && unpack->archive != NULL)
        (void)archive_read_free(unpack->archive);
    free(unpack);
}
