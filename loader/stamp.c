/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/stamp.h"

#include "loader/safe-dir.h"
#include "manifests/fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    STAMP_MAX = 512, /* bytes */
    HEX_SIZE = 2 * RT_SHA256_SIZE + 1,
    TIME_DIGITS = 12, /* seconds since 1970 up to the year 9999 */
};

int rt_stamp_make(struct rt_bytes text, const struct romtool_manifest *manifest,
                  const struct rt_trust *trust, const uint8_t trust_digest[RT_SHA256_SIZE],
                  struct rt_stamp *ret, struct romtool_error *err)
{
    const struct rt_manifest *model = rt_manifest_model(manifest);

    *ret = (struct rt_stamp){.until = RT_MANIFEST_CREATED_MAX};
    memcpy(ret->trust, trust_digest, RT_SHA256_SIZE);
    if (model->created > 0) /* before that the full check warns */
        ret->from = model->created;
    if (model->not_after > 0)
        ret->until = model->not_after;
    for (size_t i = 0; i < trust->n_keys; i++) {
        const struct rt_key_limits *limits = &trust->keys[i].limits;

        if (!rt_manifest_counts(manifest, i))
            continue;
        if (limits->not_before > ret->from)
            ret->from = limits->not_before;
        if (limits->not_after > 0 && limits->not_after < ret->until)
            ret->until = limits->not_after;
    }
    return rt_digest_sha256(text, ret->manifest, err);
}

/* The last line is the digest of those above it: what was altered is seen. */
static int write_text(const struct rt_stamp *stamp, char ret[STAMP_MAX], struct romtool_error *err)
{
    char manifest[HEX_SIZE], trust[HEX_SIZE], hex[HEX_SIZE];
    uint8_t digest[RT_SHA256_SIZE];
    int n, r;

    rt_bytes_to_hex((struct rt_bytes){stamp->manifest, RT_SHA256_SIZE}, manifest);
    rt_bytes_to_hex((struct rt_bytes){stamp->trust, RT_SHA256_SIZE}, trust);
    n = snprintf(ret, STAMP_MAX,
                 "romtool-stamp 1\nmanifest %s\ntrust %s\nfrom %012" PRId64 "\nuntil %012" PRId64
                 "\n",
                 manifest, trust, stamp->from, stamp->until);
    r = rt_digest_sha256((struct rt_bytes){(const uint8_t *)ret, (size_t)n}, digest, err);
    rt_bytes_to_hex((struct rt_bytes){digest, sizeof(digest)}, hex);
    (void)snprintf(ret + n, STAMP_MAX - (size_t)n, "sha256 %s\n", hex);
    return r;
}

/* TIME_DIGITS digits. */
static bool read_time(const char *text, int64_t *ret)
{
    *ret = 0;
    for (size_t i = 0; i < TIME_DIGITS; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *ret = *ret * 10 + (text[i] - '0');
    }
    return true;
}

/* What a file says if it is, byte for byte, a stamp for these two digests. */
static bool read_text(const struct rt_file *file, struct rt_stamp *stamp)
{
    char text[STAMP_MAX];
    const char *said = (const char *)file->data;
    size_t n, until, from;

    if (write_text(stamp, text, NULL) < 0)
        return false;
    n = strlen(text);
    until = n - strlen("\nsha256 \n") - (HEX_SIZE - 1) - TIME_DIGITS;
    from = until - strlen("\nuntil ") - TIME_DIGITS;
    return file->len == n && read_time(said + from, &stamp->from) &&
           read_time(said + until, &stamp->until) && write_text(stamp, text, NULL) == 0 &&
           memcmp(said, text, n) == 0;
}

bool rt_stamp_holds(const char *root, const uint8_t manifest[RT_SHA256_SIZE],
                    const uint8_t trust[RT_SHA256_SIZE], int64_t at)
{
    char name[HEX_SIZE];
    struct rt_stamp stamp = {.from = 0};
    struct rt_file file = {0};
    bool holds = false;
    int fd;

    memcpy(stamp.manifest, manifest, RT_SHA256_SIZE);
    memcpy(stamp.trust, trust, RT_SHA256_SIZE);
    rt_bytes_to_hex((struct rt_bytes){manifest, RT_SHA256_SIZE}, name);
    if (rt_safe_dir_open(root, RT_STAMP_DIR, &fd, NULL) < 0)
        return false;
    if (rt_safe_file_read(fd, RT_STAMP_DIR, name, STAMP_MAX, &file, NULL) == 0 && file.len > 0)
        holds = read_text(&file, &stamp) && stamp.from <= at && at <= stamp.until;
    (void)close(fd);
    rt_file_free(&file);
    return holds;
}

int rt_stamp_write(const char *root, const struct rt_stamp *stamp, struct romtool_error *err)
{
    char name[HEX_SIZE], text[STAMP_MAX];
    struct rt_buffer path = {0};
    int r;

    rt_bytes_to_hex((struct rt_bytes){stamp->manifest, RT_SHA256_SIZE}, name);
    r = write_text(stamp, text, err);
    rt_buffer_printf(&path, "%s" RT_STAMP_DIR "/%s", root, name);
    if (r == 0)
        r = path.failed
                ? rt_error_no_memory(err)
                : rt_file_write(path.data, 0644, 0,
                                (struct rt_bytes){(const uint8_t *)text, strlen(text)}, err);
    rt_buffer_free(&path);
    return r;
}
