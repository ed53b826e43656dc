/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Build-time: known-generate OUTPUT RELEASE.json... writes the ROM files of the known releases as
 * constant C tables. It reads with the reader that users' manifests are read with, so that a
 * mistake in one of them fails the build with that reader's sentence; and what is not exactly what
 * the writer would write fails it too.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifests/known.h"
#include "manifests/manifest.h"

/* One ROM of one release, before the table's order is known. */
struct entry {
    const struct rt_manifest *release;
    const struct rt_manifest_rom *rom;
    size_t index; /* of the release */
};

struct known {
    struct rt_manifest_doc **docs;
    size_t n_docs;
    struct entry *entries;
    size_t n_entries;
    struct rt_buffer strings; /* the pool, NULs included */
};

static int complain(const char *path, const char *why)
{
    (void)fprintf(stderr, "known-generate: %s: %s\n", path, why);
    return -1;
}

/* ------------------------------------------------------------------------- reading */

/* Is the text what the writer makes of the model? */
static int check_written(const char *path, struct rt_bytes text, const struct rt_manifest *model)
{
    struct romtool_error err;
    struct rt_buffer out = {0};
    int r = 0;

    rt_error_clear(&err);
    if (rt_manifest_write(model, &out, &err) < 0)
        r = complain(path, err.text);
    else if (out.len != text.len || memcmp(out.data, text.data, text.len) != 0)
        r = complain(path, "not as romtool writes it: make it with tools/make-releases");
    rt_buffer_free(&out);
    return r;
}

static int read_text(const char *path, struct rt_bytes text, struct rt_manifest_doc **ret)
{
    struct romtool_error err;

    rt_error_clear(&err);
    if (rt_manifest_read(text, ret, &err) < 0)
        return complain(path, err.text);
    return check_written(path, text, rt_manifest_doc_model(*ret));
}

static int read_release(const char *path, struct rt_manifest_doc **ret)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(RT_MANIFEST_SIZE_MAX + 1);
    size_t n = 0;
    int r;

    if (f != NULL && data != NULL)
        n = fread(data, 1, RT_MANIFEST_SIZE_MAX + 1, f);
    if (f == NULL || data == NULL || ferror(f))
        r = complain(path, strerror(errno));
    else
        r = read_text(path, (struct rt_bytes){data, n}, ret);
    free(data);
    if (f != NULL)
        (void)fclose(f);
    return r;
}

static bool same_release(const struct rt_manifest *a, const struct rt_manifest *b)
{
    return strcmp(a->product, b->product) == 0 && strcmp(a->channel, b->channel) == 0 &&
           (strcmp(a->release, b->release) == 0 || a->serial == b->serial);
}

static int add_release(struct known *known, const char *path)
{
    const struct rt_manifest *model;
    struct entry *grown;

    if (read_release(path, &known->docs[known->n_docs]) < 0)
        return -1;
    model = rt_manifest_doc_model(known->docs[known->n_docs]);
    for (size_t i = 0; i < known->n_docs; i++) {
        if (same_release(rt_manifest_doc_model(known->docs[i]), model))
            return complain(path, "another file has this product, channel and release or serial");
    }
    grown = realloc(known->entries, (known->n_entries + model->n_roms) * sizeof(*grown));
    if (grown == NULL)
        return complain(path, "out of memory");
    known->entries = grown;
    for (size_t i = 0; i < model->n_roms; i++)
        grown[known->n_entries++] = (struct entry){model, &model->roms[i], known->n_docs};
    known->n_docs++;
    return 0;
}

/* The order that rt_known_find() promises; no two are the same. */
static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = memcmp(a->rom->sha256, b->rom->sha256, RT_SHA256_SIZE);

    if (order == 0)
        order = strcmp(a->release->product, b->release->product);
    if (order == 0)
        order =
            (a->release->serial > b->release->serial) - (a->release->serial < b->release->serial);
    if (order == 0)
        order = strcmp(a->rom->file, b->rom->file);
    return order != 0 ? order : strcmp(a->release->channel, b->release->channel);
}

/* ------------------------------------------------------------------------- tables */

/* Its offset in the pool, where it is put if it is not there yet. */
static size_t pool(struct rt_buffer *strings, const char *text)
{
    size_t n = strlen(text) + 1, off = 0;

    while (off < strings->len) {
        const char *there = (const char *)strings->data + off;

        if (strcmp(there, text) == 0)
            return off;
        off += strlen(there) + 1;
    }
    rt_buffer_append(strings, text, n);
    return off;
}

static void put_bytes(struct rt_buffer *out, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        rt_buffer_printf(out, "%s%d", i > 0 ? "," : "", bytes[i]);
}

static void put_releases(struct rt_buffer *out, struct known *known)
{
    rt_buffer_puts(out, "const struct rt_known_release rt_known_releases[] = {\n");
    for (size_t i = 0; i < known->n_docs; i++) {
        const struct rt_manifest *model = rt_manifest_doc_model(known->docs[i]);
        size_t product = pool(&known->strings, model->product);
        size_t channel = pool(&known->strings, model->channel);

        rt_buffer_printf(out, "    {%zu, %zu, %zu},\n", product, channel,
                         pool(&known->strings, model->release));
    }
    rt_buffer_puts(out, "};\n");
}

static void put_roms(struct rt_buffer *out, struct known *known)
{
    rt_buffer_printf(out, "const size_t rt_known_n_roms = %zu;\n", known->n_entries);
    rt_buffer_puts(out, "const struct rt_known_rom rt_known_roms[] = {\n");
    for (size_t i = 0; i < known->n_entries; i++) {
        const struct entry *entry = &known->entries[i];

        rt_buffer_puts(out, "    {{");
        put_bytes(out, entry->rom->sha256, RT_SHA256_SIZE);
        rt_buffer_printf(out, "}, %llu, %zu, %zu},\n", (unsigned long long)entry->rom->size,
                         entry->index, pool(&known->strings, entry->rom->file));
    }
    rt_buffer_puts(out, "};\n");
}

static void put_strings(struct rt_buffer *out, const struct rt_buffer *strings)
{
    rt_buffer_puts(out, "const char rt_known_strings[] = {\n    ");
    put_bytes(out, (const uint8_t *)strings->data, strings->len);
    rt_buffer_puts(out, "\n};\n");
}

static int put_tables(struct rt_buffer *out, struct known *known, const char *path)
{
    qsort(known->entries, known->n_entries, sizeof(*known->entries), compare_entries);
    rt_buffer_puts(out, "/* Made by manifests/generate.c from manifests/releases. */\n"
                        "#include \"manifests/known-table.h\"\n\n");
    put_releases(out, known);
    put_roms(out, known);
    put_strings(out, &known->strings);
    if (known->strings.failed || out->failed)
        return complain(path, "out of memory");
    if (known->strings.len > UINT16_MAX || known->n_docs > UINT16_MAX)
        return complain(path, "too many strings for offsets of 16 bits");
    return 0;
}

static int write_output(const char *path, const struct rt_buffer *out)
{
    FILE *f = fopen(path, "wb");
    bool ok = f != NULL && fwrite(out->data, 1, out->len, f) == out->len;

    if (f != NULL && fclose(f) != 0)
        ok = false;
    return ok ? 0 : complain(path, strerror(errno));
}

int main(int argc, char **argv)
{
    struct known known = {0};
    struct rt_buffer out = {0};
    int r = 0;

    if (argc < 3) {
        (void)fprintf(stderr, "usage: known-generate OUTPUT RELEASE.json...\n");
        return 2;
    }
    known.docs = calloc((size_t)argc, sizeof(struct rt_manifest_doc *));
    if (known.docs == NULL)
        r = complain(argv[1], "out of memory");
    for (int i = 2; i < argc && r == 0; i++)
        r = add_release(&known, argv[i]);
    if (r == 0)
        r = put_tables(&out, &known, argv[1]);
    if (r == 0)
        r = write_output(argv[1], &out);
    rt_buffer_free(&out);
    rt_buffer_free(&known.strings);
    for (int i = 0; known.docs != NULL && i < argc; i++)
        rt_manifest_doc_free(known.docs[i]);
    free(known.docs);
    free(known.entries);
    return r == 0 ? 0 : 1;
}
