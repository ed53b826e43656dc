/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/manifest-file.h"

#include "manifests/dsse.h"

#include <string.h>

const char *const rt_manifest_file_suffixes[RT_MANIFEST_FILE_SIGNATURES] = {".minisig", ".dsse"};

static const size_t limits[RT_MANIFEST_FILE_SIGNATURES] = {65536, RT_DSSE_SIZE_MAX};

int rt_manifest_file_read(const char *path, struct rt_manifest_file *ret, struct romtool_error *err)
{
    *ret = (struct rt_manifest_file){0};
    return rt_file_read(path, RT_MANIFEST_SIZE_MAX, &ret->manifest, err);
}

static int read_signature(const char *path, size_t which, struct rt_manifest_file *file,
                          struct romtool_error *err)
{
    struct rt_file *signature = &file->signatures[file->n_signatures];
    struct rt_buffer name = {0};
    struct romtool_error why;
    int r;

    rt_buffer_printf(&name, "%s%s", path, rt_manifest_file_suffixes[which]);
    if (name.failed)
        return rt_error_no_memory(err);
    rt_error_clear(&why);
    r = rt_file_read(name.data, limits[which], signature, &why);
    rt_buffer_free(&name);
    if (r == ROMTOOL_E_NOT_FOUND)
        return 0;
    if (r < 0)
        return rt_error_hand_on(err, &why);
    file->blobs[file->n_signatures] = (struct romtool_blob){signature->data, signature->len};
    file->suffixes[file->n_signatures++] = rt_manifest_file_suffixes[which];
    return 0;
}

int rt_manifest_file_read_signatures(const char *path, struct rt_manifest_file *file,
                                     struct romtool_error *err)
{
    int r = 0;

    for (size_t i = 0; i < RT_MANIFEST_FILE_SIGNATURES && r == 0; i++)
        r = read_signature(path, i, file, err);
    if (r == 0 && file->n_signatures == 0)
        r = rt_error_set(err, ROMTOOL_E_UNSIGNED, ROMTOOL_NO_OFFSET,
                         "'%s': no signature, there is neither '%s.minisig' nor '%s.dsse'", path,
                         path, path);
    return r;
}

void rt_manifest_file_free(struct rt_manifest_file *file)
{
    rt_file_free(&file->manifest);
    for (size_t i = 0; i < RT_MANIFEST_FILE_SIGNATURES; i++)
        rt_file_free(&file->signatures[i]);
    *file = (struct rt_manifest_file){0};
}

/* A malformed signature has a place in its own file, one over other bytes has none. */
static void name_file(const char *path, const struct rt_manifest_file *file,
                      const struct rt_manifest_signatures *signatures, struct romtool_error *err)
{
    for (size_t i = 0; err != NULL && i < signatures->n; i++) {
        if (signatures->items[i].code == err->code && signatures->items[i].key_id[0] == '\0' &&
            err->code == ROMTOOL_E_BAD_SIGNATURE) {
            rt_error_prefix(err, "'%s%s'", path, file->suffixes[signatures->items[i].blob]);
            return;
        }
    }
    rt_error_prefix(err, "'%s'", path);
}

int rt_manifest_file_open(const char *path, const struct rt_manifest_file *file,
                          const struct rt_trust *trust, int64_t at,
                          const struct rt_findings *findings,
                          struct rt_manifest_signatures *ret_signatures,
                          struct romtool_manifest **ret, struct romtool_error *err)
{
    const struct rt_manifest_source source = {
        .manifest = rt_file_bytes(&file->manifest),
        .signatures = file->blobs,
        .n_signatures = file->n_signatures,
        .trust = trust,
        .at = at,
        .findings = findings,
    };
    int r = rt_manifest_open(&source, ret_signatures, ret, err);

    if (r < 0)
        name_file(path, file, ret_signatures, err);
    return r;
}
