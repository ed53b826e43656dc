/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/release.h"

#include "manifests/fields.h"
#include "manifests/minisign.h"
#include "romtool/command.h"
#include "romtool/directory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL_FILE_MAX = 65536 }; /* bytes of a signature or key */

static int read_signature(const char *manifest_path, struct rt_file *ret, struct romtool_error *err)
{
    struct rt_buffer path = {0};
    int r;

    rt_buffer_printf(&path, "%s.minisig", manifest_path);
    if (path.failed)
        return rt_error_no_memory(err);
    r = rt_file_read(path.data, SMALL_FILE_MAX, ret, NULL);
    if (r == ROMTOOL_E_NOT_FOUND)
        r = rt_error_set(err, ROMTOOL_E_UNSIGNED, ROMTOOL_NO_OFFSET,
                         "'%s': no signature, there is no '%s'", manifest_path, path.data);
    else if (r < 0)
        r = rt_file_read(path.data, SMALL_FILE_MAX, ret, err);
    rt_buffer_free(&path);
    return r;
}

static int open_with(const char *path, struct rt_file *manifest, struct rt_file *signature,
                     struct romtool_blob *keys, size_t n_keys, struct romtool_manifest **ret,
                     struct romtool_error *err)
{
    struct romtool_blob manifest_blob = {manifest->data, manifest->len};
    struct romtool_blob signature_blob = {signature->data, signature->len};
    int r = romtool_manifest_open(&manifest_blob, &signature_blob, 1, keys, n_keys, ret, err);

    /* a malformed signature has a place in its own file, one over other bytes has none */
    if (r == ROMTOOL_E_BAD_SIGNATURE && err->offset != ROMTOOL_NO_OFFSET)
        rt_error_prefix(err, "'%s.minisig'", path);
    else if (r < 0)
        rt_error_prefix(err, "'%s'", path);
    return r;
}

/* Reads a public key; one that is none is said to be so by its own name. */
static int read_key(const char *path, struct rt_file *ret, struct romtool_error *err)
{
    struct rt_key_public key;
    int r = rt_file_read(path, SMALL_FILE_MAX, ret, err);

    if (r < 0)
        return r;
    r = rt_minisign_key_read(rt_file_bytes(ret), &key, err);
    if (r < 0)
        rt_error_prefix(err, "'%s'", path);
    return r;
}

int release_open(const char *path, const char *const trust[], size_t n_trust,
                 struct romtool_manifest **ret, struct romtool_error *err)
{
    struct rt_file manifest = {0}, signature = {0};
    struct rt_file *files = calloc(n_trust + 1, sizeof(*files));
    struct romtool_blob *keys = calloc(n_trust + 1, sizeof(*keys));
    int r = 0;

    *ret = NULL;
    if (files == NULL || keys == NULL)
        r = rt_error_no_memory(err);
    for (size_t i = 0; i < n_trust && r == 0; i++) {
        r = read_key(trust[i], &files[i], err);
        keys[i] = (struct romtool_blob){files[i].data, files[i].len};
    }
    if (r == 0)
        r = rt_file_read(path, RT_MANIFEST_SIZE_MAX, &manifest, err);
    if (r == 0)
        r = read_signature(path, &signature, err);
    if (r == 0)
        r = open_with(path, &manifest, &signature, keys, n_trust, ret, err);
    for (size_t i = 0; files != NULL && i < n_trust; i++)
        rt_file_free(&files[i]);
    rt_file_free(&manifest);
    rt_file_free(&signature);
    free(files);
    free(keys);
    return r;
}

int release_read(const char *path, struct rt_file *ret_file, struct rt_manifest_doc **ret_doc,
                 struct romtool_error *err)
{
    int r = rt_file_read(path, RT_MANIFEST_SIZE_MAX, ret_file, err);

    *ret_doc = NULL;
    if (r < 0)
        return r;
    r = rt_manifest_read(rt_file_bytes(ret_file), ret_doc, err);
    if (r < 0)
        rt_error_prefix(err, "'%s'", path);
    else
        say_unverified(path);
    return r;
}

bool release_time(const char *text, int64_t *ret)
{
    char whole[RT_MANIFEST_CREATED_LEN + 1];

    if (strlen(text) != sizeof("2027-11-22") - 1)
        return rt_manifest_created_read(text, ret);
    (void)snprintf(whole, sizeof(whole), "%sT23:59:59Z", text);
    return rt_manifest_created_read(whole, ret);
}

bool release_is_own_file(const char *manifest_path, const char *dir, const char *name)
{
    static const char *const suffixes[] = {"", ".minisig", ".dsse"};
    char *path = path_join(dir, name);
    bool own = false;

    for (size_t i = 0; path != NULL && !own && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        struct rt_buffer other = {0};

        rt_buffer_printf(&other, "%s%s", manifest_path, suffixes[i]);
        own = !other.failed && is_same_file(path, other.data);
        rt_buffer_free(&other);
    }
    free(path);
    return own;
}
