/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/origin.h"

#include "romtool/directory.h"
#include "romtool/known.h"
#include "verify/verify.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------- what there is */

bool origin_rom_option(const struct options *options, struct origin_sources *sources)
{
    if (sources->n_roms == ORIGIN_PATHS_MAX) {
        (void)usage_error(options->help, "more than %d --rom", ORIGIN_PATHS_MAX);
        return false;
    }
    sources->roms[sources->n_roms++] = options->value;
    return true;
}

bool origins_asked(const struct origin_sources *sources)
{
    return sources->manifest != NULL || sources->n_roms > 0;
}

/* Takes over path, which may be NULL: out of memory. */
static int add_path(struct origins *origins, char *path, struct romtool_error *err)
{
    if (path == NULL)
        return rt_error_no_memory(err);
    if (origins->n_paths == ORIGIN_FILES_MAX) {
        free(path);
        return rt_error_set(err, ROMTOOL_E_TOO_LARGE, ROMTOOL_NO_OFFSET,
                            "more than %d files to compare with", ORIGIN_FILES_MAX);
    }
    origins->paths[origins->n_paths++] = path;
    return 0;
}

static int add_directory(struct origins *origins, const char *directory, struct romtool_error *err)
{
    struct file_names names;
    int r = directory_list(directory, &names, err);

    if (r < 0)
        return r;
    for (size_t i = 0; r == 0 && i < names.n; i++) {
        if (is_rom_name(names.names[i]))
            r = add_path(origins, path_join(directory, names.names[i]), err);
    }
    file_names_free(&names);
    return r;
}

/* The release's own files tell where a ROM that is none of them any more was altered. */
static int add_release(struct origins *origins, const char *manifest, struct romtool_error *err)
{
    const char *slash = strrchr(manifest, '/');
    size_t n = slash == NULL ? 0 : slash == manifest ? 1 : (size_t)(slash - manifest);
    char *directory = n > 0 ? strndup(manifest, n) : strdup(".");
    int r = directory == NULL ? rt_error_no_memory(err) : 0;

    for (size_t i = 0; r == 0 && i < origins->manifest->n_roms; i++)
        r = add_path(origins, path_join(directory, origins->manifest->roms[i].file), err);
    free(directory);
    return r;
}

int origins_open(const struct origin_sources *sources, const struct rt_findings *findings,
                 struct origins *ret, struct romtool_error *err)
{
    int r = 0;

    *ret = (struct origins){0};
    for (size_t i = 0; r == 0 && i < sources->n_roms; i++) {
        if (is_directory(sources->roms[i]))
            r = add_directory(ret, sources->roms[i], err);
        else
            r = add_path(ret, strdup(sources->roms[i]), err);
    }
    if (r < 0 || sources->manifest == NULL)
        return r;
    r = release_open(sources->manifest, &sources->trust, true, findings, &ret->release, err);
    if (r < 0)
        return r;
    ret->manifest = rt_manifest_model(ret->release.manifest);
    return add_release(ret, sources->manifest, err);
}

void origins_close(struct origins *origins)
{
    for (size_t i = 0; i < origins->n_paths; i++)
        free(origins->paths[i]);
    origins->n_paths = 0;
    release_close(&origins->release);
}

/* ------------------------------------------------------------------------- one ROM */

static int find_stated(const struct origins *origins, const struct rt_identifier *identifier,
                       struct origin *ret, struct romtool_error *err)
{
    const struct rt_manifest *manifest = origins->manifest;
    int r = 0;

    for (size_t i = 0; manifest != NULL && i < manifest->n_roms; i++) {
        r = rt_identify_stated(identifier, &manifest->roms[i], &ret->identity, err);
        if (r < 0 || ret->identity.kind != RT_IDENTITY_UNKNOWN) {
            ret->manifest = manifest;
            ret->stated = &manifest->roms[i];
            return r;
        }
    }
    return r;
}

/* A file that is not there is one that the ROM is not: the release's need not lie here. */
static int read_file(const char *path, struct rt_file *ret, struct romtool_error *err)
{
    struct romtool_error why;
    int r;

    rt_error_clear(&why);
    r = rt_file_read(path, ORIGIN_FILE_SIZE_MAX, ret, &why);
    return r == 0 || r == ROMTOOL_E_NOT_FOUND ? 0 : rt_error_hand_on(err, &why);
}

/* The file that it is, or else the one that it differs from least. */
static int find_file(const struct origins *origins, const struct rt_identifier *identifier,
                     struct origin *ret, struct romtool_error *err)
{
    struct rt_identity identity;
    struct rt_file file;
    int r = 0;

    for (size_t i = 0; r == 0 && i < origins->n_paths; i++) {
        r = read_file(origins->paths[i], &file, err);
        if (r < 0)
            return r;
        r = rt_identify_file(identifier, rt_file_bytes(&file), &identity, err);
        rt_file_free(&file);
        if (r < 0 || identity.kind == RT_IDENTITY_UNKNOWN)
            continue;
        if (ret->path == NULL || identity.n_altered < ret->identity.n_altered) {
            ret->identity = identity;
            ret->path = origins->paths[i];
        }
    }
    return r;
}

static void report(const struct origins *origins, const char *block, const struct origin *origin,
                   const struct rt_findings *findings)
{
    const struct rt_identity *identity = &origin->identity;
    bool is_asked = origins->manifest != NULL || origins->n_paths > 0;

    if (identity->kind == RT_IDENTITY_ALTERED)
        rt_finding_add(findings, ROMTOOL_E_ALTERED_ROM, RT_ERROR, identity->altered_at,
                       "%.64s: %" PRIu64 " bytes are not those of '%.80s'", block,
                       identity->n_altered, origin->path);
    else if (origins->manifest != NULL && origin->stated == NULL)
        rt_finding_add(findings, ROMTOOL_E_UNKNOWN_ROM, RT_ERROR, ROMTOOL_NO_OFFSET,
                       "%.64s: not a ROM of release %.64s", block, origins->manifest->release);
    else if (identity->kind == RT_IDENTITY_UNKNOWN && !origin->is_blank)
        rt_finding_add(findings, ROMTOOL_E_UNKNOWN_ROM, is_asked ? RT_ERROR : RT_INFO,
                       ROMTOOL_NO_OFFSET, "%.64s: no %s has this ROM", block,
                       is_asked ? "file that was given and no known release" : "known release");
    if (origins->manifest != NULL && identity->size > 0)
        rt_verify_withdrawn(identity->sha256, origins->manifest, findings);
}

int origin_find(const struct origins *origins, const char *block, struct rt_bytes bytes,
                struct origin *ret, const struct rt_findings *findings, struct romtool_error *err)
{
    struct rt_identifier identifier;
    struct rt_identity known;
    int r;

    *ret = (struct origin){0};
    rt_identify_begin(&identifier, bytes);
    ret->is_blank = identifier.is_blank;
    r = find_stated(origins, &identifier, ret, err);
    if (r == 0 && ret->stated == NULL)
        r = find_file(origins, &identifier, ret, err);
    if (r == 0)
        r = rt_identify_known(&identifier, &known, &ret->known, &ret->n_known, err);
    if (r < 0)
        return r;
    /* what is known whole is not an altered other one */
    if (ret->stated == NULL && known.kind == RT_IDENTITY_INTACT &&
        ret->identity.kind != RT_IDENTITY_INTACT) {
        ret->identity = known;
        ret->path = NULL;
    }
    report(origins, block, ret, findings);
    return 0;
}

/* ------------------------------------------------------------------------- showing it */

void origin_print(FILE *stream, const struct origin *origin)
{
    const struct rt_identity *identity = &origin->identity;
    char shown[512];

    if (origin->is_blank && identity->kind == RT_IDENTITY_UNKNOWN) {
        (void)fputs("      blank: no ROM in it\n", stream);
        return;
    }
    (void)fprintf(stream, "      %s", rt_identity_name(identity->kind));
    if (origin->stated != NULL)
        (void)fprintf(stream, ": %s of %s %s", origin->stated->file, origin->manifest->product,
                      origin->manifest->release);
    else if (origin->path != NULL)
        (void)fprintf(stream, ": '%s'", printable(origin->path, shown, sizeof(shown)));
    if (identity->kind == RT_IDENTITY_ALTERED)
        (void)fprintf(stream, " at 0x%" PRIx64 ", %" PRIu64 " bytes", identity->altered_at,
                      identity->n_altered);
    if (identity->patched)
        (void)fprintf(stream, ", its ids %04x:%04x changed by QEMU to %04x:%04x", identity->vendor,
                      identity->device, identity->to_vendor, identity->to_device);
    (void)fputc('\n', stream);
    known_print_roms(stream, "      known: ", origin->known, origin->n_known);
}

static const char *kind_name(const struct origin *origin)
{
    return origin->is_blank && origin->identity.kind == RT_IDENTITY_UNKNOWN
               ? "blank"
               : rt_identity_name(origin->identity.kind);
}

static void json_file(const struct rt_identity *identity, struct rt_json_writer *json)
{
    if (identity->kind == RT_IDENTITY_UNKNOWN) {
        rt_json_write_null(json, "file");
        return;
    }
    rt_json_begin_object(json, "file");
    rt_json_write_integer(json, "size", (int64_t)identity->size);
    if (identity->kind == RT_IDENTITY_ALTERED) {
        rt_json_write_integer(json, "altered_at", (int64_t)identity->altered_at);
        rt_json_write_integer(json, "altered_bytes", (int64_t)identity->n_altered);
    } else {
        rt_json_write_hex(json, "sha256",
                          (struct rt_bytes){identity->sha256, sizeof(identity->sha256)});
    }
    rt_json_write_boolean(json, "patched", identity->patched);
    if (identity->patched) {
        rt_json_write_integer(json, "vendor", identity->vendor);
        rt_json_write_integer(json, "device", identity->device);
        rt_json_write_integer(json, "to_vendor", identity->to_vendor);
        rt_json_write_integer(json, "to_device", identity->to_device);
    }
    rt_json_end_object(json);
}

static void json_stated(const struct origin *origin, struct rt_json_writer *json)
{
    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "kind", "manifest");
    rt_json_write_string(json, "product", origin->manifest->product);
    rt_json_write_string(json, "channel", origin->manifest->channel);
    rt_json_write_string(json, "release", origin->manifest->release);
    rt_json_write_string(json, "file", origin->stated->file);
    rt_json_end_object(json);
}

static void json_known(const struct rt_known_rom *rom, struct rt_json_writer *json)
{
    struct rt_known_name name = rt_known_name(rom);

    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "kind", "known");
    rt_json_write_string(json, "product", name.product);
    rt_json_write_string(json, "channel", name.channel);
    rt_json_write_string(json, "release", name.release);
    rt_json_write_string(json, "file", name.file);
    rt_json_end_object(json);
}

void origin_json(const struct origin *origin, struct rt_json_writer *json)
{
    const struct origin none = {0};

    if (origin != NULL)
        rt_json_write_string(json, "identity", kind_name(origin));
    else
        rt_json_write_null(json, "identity");
    origin = origin != NULL ? origin : &none;
    json_file(&origin->identity, json);
    rt_json_begin_array(json, "matches");
    if (origin->stated != NULL)
        json_stated(origin, json);
    if (origin->path != NULL && origin->identity.kind != RT_IDENTITY_ALTERED) {
        rt_json_begin_object(json, NULL);
        rt_json_write_string(json, "kind", "file");
        rt_json_write_string(json, "path", origin->path);
        rt_json_end_object(json);
    }
    for (size_t i = 0; i < origin->n_known; i++)
        json_known(&origin->known[i], json);
    rt_json_end_array(json);
}
