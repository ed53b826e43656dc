/* SPDX-License-Identifier: BSD-2-Clause */
/* The strict reader: what is here is shape and types, the rules are check.c's. */
#include "manifests/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifests/fields.h"
#include "manifests/member.h"

/* Strings point into the JSON tree, which lives as long. */
struct rt_manifest_doc {
    struct rt_json *json;
    struct rt_manifest_rom *roms;
    struct rt_manifest_withdrawn *withdrawn;
    struct rt_manifest model;
};

/* "sha256:" and the digits; other algorithms are not known. */
static int read_fsverity(const struct rt_member_reader *rd, const struct rt_json *object,
                         uint8_t ret[RT_SHA256_SIZE])
{
    static const char prefix[] = RT_MANIFEST_FSVERITY;
    const char *text;
    int r;

    memset(ret, 0, RT_SHA256_SIZE);
    if (rt_json_get(object, "fsverity") == NULL)
        return 0;
    r = rt_member_string(rd, object, "fsverity", &text);
    if (r < 0)
        return r;
    if (strncmp(text, prefix, strlen(prefix)) != 0)
        return rt_member_bad(rd, "fsverity", "does not begin with '" RT_MANIFEST_FSVERITY "'");
    return rt_member_sha256(rd, "fsverity", text + strlen(prefix), ret);
}

/* ------------------------------------------------------------------------- one ROM */

static int read_fill(const struct rt_member_reader *rd, const struct rt_json *object, int *ret)
{
    const char *text;
    uint8_t fill;
    int r;

    *ret = -1;
    if (rt_json_get(object, "fill") == NULL)
        return 0;
    r = rt_member_string(rd, object, "fill", &text);
    if (r < 0)
        return r;
    if (!rt_bytes_from_hex(text, &fill, 1))
        return rt_member_bad(rd, "fill", "not two lower-case hex digits");
    *ret = fill;
    return 0;
}

static int read_images(struct rt_member_reader *rd, const char *prefix, const struct rt_json *array,
                       struct rt_manifest_rom *rom)
{
    struct rt_manifest_image *images;
    const struct rt_json *object;
    size_t n = rt_json_count(array);
    int r = 0;

    if (n == 0)
        return 0;
    images = calloc(n, sizeof(*images));
    if (images == NULL)
        return rt_error_no_memory(rd->err);
    rom->images = images;
    rom->n_images = n;
    for (size_t i = 0; r == 0 && i < n; i++) {
        r = rt_member_enter(rd, prefix, "images", array, i, &object);
        if (r == 0)
            r = rt_member_string(rd, object, "type", &images[i].type);
        if (r == 0)
            r = rt_member_size(rd, object, "length", &images[i].length);
        if (r == 0)
            r = rt_member_id(rd, object, "vendor", &images[i].vendor);
        if (r == 0)
            r = rt_member_id(rd, object, "device", &images[i].device);
    }
    return r;
}

static int read_version(const struct rt_member_reader *rd, const struct rt_json *object,
                        const char *key, struct rt_slot_version *ret)
{
    const char *text;
    int r = rt_member_string(rd, object, key, &text);

    *ret = (struct rt_slot_version){0};
    if (r == 0 && !rt_slot_version_parse(text, ret))
        r = rt_error_set(rd->err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                         "%s%s: '%.63s' is not a version like 7.2 or 4.0.1", rd->where, key, text);
    return r;
}

/* {"family": "pc-q35", "from": "2.4", "to": "7.2"} or {"machine": "microvm"}, never both. */
static int read_range(const struct rt_member_reader *rd, const struct rt_json *object,
                      struct rt_slot_range *range)
{
    static const char *const versioned[] = {"family", "from", "to"};
    int r;

    range->versioned = rt_json_get(object, "machine") == NULL;
    for (size_t i = 0; !range->versioned && i < sizeof(versioned) / sizeof(versioned[0]); i++) {
        if (rt_json_get(object, versioned[i]) != NULL)
            return rt_member_bad(rd, versioned[i], "beside machine");
    }
    r = rt_member_string(rd, object, range->versioned ? "family" : "machine", &range->family);
    if (r < 0 || !range->versioned)
        return r;
    r = read_version(rd, object, "from", &range->from);
    if (r == 0)
        r = read_version(rd, object, "to", &range->to);
    return r;
}

static int read_ranges(struct rt_member_reader *rd, const char *prefix, const struct rt_json *array,
                       struct rt_manifest_mandate *mandate)
{
    struct rt_slot_range *ranges;
    const struct rt_json *object;
    size_t n = rt_json_count(array);
    int r = 0;

    if (n == 0) /* which rt_manifest_check() refuses */
        return 0;
    ranges = calloc(n, sizeof(*ranges));
    if (ranges == NULL)
        return rt_error_no_memory(rd->err);
    mandate->machines = ranges;
    mandate->n_machines = n;
    for (size_t i = 0; r == 0 && i < n; i++) {
        r = rt_member_enter(rd, prefix, "machines", array, i, &object);
        if (r == 0)
            r = read_range(rd, object, &ranges[i]);
    }
    return r;
}

static int read_mandates(struct rt_member_reader *rd, const char *prefix,
                         const struct rt_json *array, struct rt_manifest_rom *rom)
{
    struct rt_manifest_mandate *mandates;
    const struct rt_json *object, *machines = NULL;
    size_t n = rt_json_count(array);
    char mandate[sizeof(rd->where)];
    int r = 0;

    if (n == 0)
        return 0;
    mandates = calloc(n, sizeof(*mandates));
    if (mandates == NULL)
        return rt_error_no_memory(rd->err);
    rom->mandates = mandates;
    rom->n_mandates = n;
    for (size_t i = 0; r == 0 && i < n; i++) {
        r = rt_member_enter(rd, prefix, "mandates", array, i, &object);
        if (r == 0)
            r = rt_member_string(rd, object, "device", &mandates[i].device);
        if (r == 0)
            r = rt_member_value(rd, object, "machines", RT_JSON_ARRAY, &machines);
        memcpy(mandate, rd->where, sizeof(mandate));
        if (r == 0)
            r = read_ranges(rd, mandate, machines, &mandates[i]);
    }
    return r;
}

/* What it allocates hangs on rom, whether it succeeds or not. */
static int read_rom(struct rt_member_reader *rd, const struct rt_json *roms, size_t index,
                    struct rt_manifest_rom *rom)
{
    const struct rt_json *object, *images = NULL, *mandates = NULL;
    char prefix[64];
    int r;

    r = rt_member_enter(rd, "predicate.", "roms", roms, index, &object);
    if (r == 0)
        r = rt_member_string(rd, object, "file", &rom->file);
    if (r == 0)
        r = rt_member_size(rd, object, "size", &rom->size);
    if (r == 0)
        r = rt_member_size(rd, object, "slot", &rom->slot);
    if (r == 0)
        r = read_fill(rd, object, &rom->fill);
    if (r == 0)
        r = rt_member_size(rd, object, "contentLength", &rom->content_length);
    if (r == 0 && rt_json_get(object, "content") != NULL)
        r = rt_member_digest(rd, object, "content", rom->content_sha256);
    if (r == 0)
        r = read_fsverity(rd, object, rom->fsverity);
    if (r == 0)
        r = rt_member_value(rd, object, "images", RT_JSON_ARRAY, &images);
    if (r == 0)
        r = rt_member_value(rd, object, "mandates", RT_JSON_ARRAY, &mandates);
    if (r < 0)
        return r;
    (void)snprintf(prefix, sizeof(prefix), "predicate.roms[%zu].", index);
    r = read_images(rd, prefix, images, rom);
    if (r == 0)
        r = read_mandates(rd, prefix, mandates, rom);
    return r;
}

/* ------------------------------------------------------------------------- the statement */

/* subject[i] is what roms[i] is about: both are sorted by name. */
static int read_subject(struct rt_member_reader *rd, const struct rt_json *subject, size_t index,
                        struct rt_manifest_rom *rom)
{
    const struct rt_json *object;
    const char *name = NULL;
    int r;

    r = rt_member_enter(rd, "", "subject", subject, index, &object);
    if (r == 0)
        r = rt_member_string(rd, object, "name", &name);
    if (r == 0)
        r = rt_member_digest(rd, object, "digest", rom->sha256);
    if (r == 0 && strcmp(name, rom->file) != 0)
        r = rt_error_set(rd->err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                         "%sname: '%.63s', but predicate.roms[%zu].file is '%.63s'", rd->where,
                         name, index, rom->file);
    return r;
}

/* Optional; *ret is left as it is where it is missing. */
static int read_time(const struct rt_member_reader *rd, const struct rt_json *predicate,
                     const char *key, int64_t *ret)
{
    const char *text;
    int r;

    if (rt_json_get(predicate, key) == NULL)
        return 0;
    r = rt_member_string(rd, predicate, key, &text);
    if (r == 0 && !rt_manifest_created_read(text, ret))
        r = rt_member_bad(rd, key, "not a time like 2026-11-22T00:00:00Z");
    return r;
}

static int read_head(struct rt_member_reader *rd, const struct rt_json *predicate,
                     struct rt_manifest *ret)
{
    int r;

    (void)snprintf(rd->where, sizeof(rd->where), "predicate.");
    ret->created = -1;
    r = rt_member_string(rd, predicate, "product", &ret->product);
    if (r == 0)
        r = rt_member_string(rd, predicate, "channel", &ret->channel);
    if (r == 0)
        r = rt_member_string(rd, predicate, "release", &ret->release);
    if (r == 0)
        r = rt_member_integer(rd, predicate, "serial", INT64_MAX, &ret->serial);
    if (r == 0)
        r = rt_member_string(rd, predicate, "profile", &ret->profile);
    if (r == 0 && rt_json_get(predicate, "minSerial") != NULL)
        r = rt_member_integer(rd, predicate, "minSerial", INT64_MAX, &ret->min_serial);
    if (r == 0)
        r = read_time(rd, predicate, "created", &ret->created);
    if (r == 0)
        r = read_time(rd, predicate, "notAfter", &ret->not_after);
    if (r == 0 && ret->not_after == 0 && rt_json_get(predicate, "notAfter") != NULL)
        r = rt_member_bad(rd, "notAfter", "the beginning of 1970");
    return r;
}

static int read_roms(struct rt_member_reader *rd, const struct rt_json *subject,
                     const struct rt_json *roms, struct rt_manifest_doc *doc)
{
    size_t n = rt_json_count(roms);
    int r = 0;

    if (rt_json_count(subject) != n)
        return rt_error_set(rd->err, ROMTOOL_E_BAD_MANIFEST, ROMTOOL_NO_OFFSET,
                            "subject: %zu files, but predicate.roms has %zu",
                            rt_json_count(subject), n);
    if (n == 0) /* which rt_manifest_check() refuses */
        return 0;
    doc->roms = calloc(n, sizeof(*doc->roms));
    if (doc->roms == NULL)
        return rt_error_no_memory(rd->err);
    doc->model.roms = doc->roms;
    doc->model.n_roms = n;
    for (size_t i = 0; r == 0 && i < n; i++) {
        r = read_rom(rd, roms, i, &doc->roms[i]);
        if (r == 0)
            r = read_subject(rd, subject, i, &doc->roms[i]);
    }
    return r;
}

static int read_withdrawn(struct rt_member_reader *rd, const struct rt_json *array,
                          struct rt_manifest_doc *doc)
{
    const struct rt_json *object, *value;
    size_t n = rt_json_count(array);
    int r = 0;

    if (n == 0)
        return 0;
    doc->withdrawn = calloc(n, sizeof(*doc->withdrawn));
    if (doc->withdrawn == NULL)
        return rt_error_no_memory(rd->err);
    doc->model.withdrawn = doc->withdrawn;
    doc->model.n_withdrawn = n;
    for (size_t i = 0; r == 0 && i < n; i++) {
        r = rt_member_enter(rd, "predicate.", "withdrawn", array, i, &object);
        if (r == 0)
            r = rt_member_value(rd, object, "sha256", RT_JSON_STRING, &value);
        if (r == 0)
            r = rt_member_sha256(rd, "sha256", rt_json_string(value), doc->withdrawn[i].sha256);
        if (r == 0)
            r = rt_member_string(rd, object, "reason", &doc->withdrawn[i].reason);
    }
    return r;
}

static int read_statement(struct rt_manifest_doc *doc, struct romtool_error *err)
{
    struct rt_member_reader rd = {.err = err};
    const struct rt_json *subject = NULL, *predicate = NULL, *roms = NULL;
    const struct rt_json *withdrawn = NULL;
    int r;

    if (rt_json_type(doc->json) != RT_JSON_OBJECT)
        return rt_member_bad(&rd, "manifest", "not an object");
    r = rt_member_constant(&rd, doc->json, "_type", RT_MANIFEST_STATEMENT_TYPE);
    if (r == 0)
        r = rt_member_constant(&rd, doc->json, "predicateType", RT_MANIFEST_PREDICATE_TYPE);
    if (r == 0)
        r = rt_member_value(&rd, doc->json, "subject", RT_JSON_ARRAY, &subject);
    if (r == 0)
        r = rt_member_value(&rd, doc->json, "predicate", RT_JSON_OBJECT, &predicate);
    if (r == 0)
        r = read_head(&rd, predicate, &doc->model);
    if (r == 0)
        r = rt_member_value(&rd, predicate, "roms", RT_JSON_ARRAY, &roms);
    if (r == 0)
        r = read_roms(&rd, subject, roms, doc);
    if (r < 0 || rt_json_get(predicate, "withdrawn") == NULL)
        return r;
    (void)snprintf(rd.where, sizeof(rd.where), "predicate.");
    r = rt_member_value(&rd, predicate, "withdrawn", RT_JSON_ARRAY, &withdrawn);
    return r < 0 ? r : read_withdrawn(&rd, withdrawn, doc);
}

int rt_manifest_read(struct rt_bytes text, struct rt_manifest_doc **ret, struct romtool_error *err)
{
    struct rt_manifest_doc *doc;
    int r;

    *ret = NULL;
    if (text.len > RT_MANIFEST_SIZE_MAX)
        return rt_error_set(err, ROMTOOL_E_TOO_LARGE, RT_MANIFEST_SIZE_MAX,
                            "a manifest of %zu bytes, at most %zu are read", text.len,
                            RT_MANIFEST_SIZE_MAX);
    doc = calloc(1, sizeof(*doc));
    if (doc == NULL)
        return rt_error_no_memory(err);
    r = rt_json_parse(text, &doc->json, err);
    if (r == 0)
        r = read_statement(doc, err);
    if (r == 0)
        r = rt_manifest_check(&doc->model, err);
    if (r < 0) {
        rt_manifest_doc_free(doc);
        return r;
    }
    *ret = doc;
    return 0;
}

const struct rt_manifest *rt_manifest_doc_model(const struct rt_manifest_doc *doc)
{
    return &doc->model;
}

static void free_rom(struct rt_manifest_rom *rom)
{
    for (size_t i = 0; i < rom->n_mandates; i++)
        free((void *)(uintptr_t)rom->mandates[i].machines);
    free((void *)(uintptr_t)rom->mandates);
    free((void *)(uintptr_t)rom->images);
}

void rt_manifest_doc_free(struct rt_manifest_doc *doc)
{
    if (doc == NULL)
        return;
    for (size_t i = 0; doc->roms != NULL && i < doc->model.n_roms; i++)
        free_rom(&doc->roms[i]);
    free(doc->roms);
    free(doc->withdrawn);
    rt_json_free(doc->json);
    free(doc);
}
