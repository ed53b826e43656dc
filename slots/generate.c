/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Build-time: slots-generate [--alias NAME=MACHINE] OUTPUT PROFILE.json... writes the built-in
 * mandates as constant C tables. It reads with the reader that users' slot files are read with, so
 * that a mistake in a profile fails the build with that reader's sentence. --alias replaces what an
 * alias stands for in every series that has both the alias and the machine type.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slots/index.h"

#define PROFILE_MAX (1024 * 1024) /* bytes of one profile */

static int complain(const char *path, const char *why)
{
    (void)fprintf(stderr, "slots-generate: %s: %s\n", path, why);
    return -1;
}

static int read_profile(const char *path, struct rt_slot_file **ret)
{
    struct romtool_error err;
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(PROFILE_MAX);
    size_t n = 0;
    int r = -1;

    rt_error_clear(&err);
    if (f != NULL && data != NULL)
        n = fread(data, 1, PROFILE_MAX, f);
    if (f == NULL || data == NULL || ferror(f))
        (void)complain(path, strerror(errno));
    else if (n == PROFILE_MAX)
        (void)complain(path, "is too large");
    else if (rt_slot_file_read((struct rt_bytes){data, n}, ret, &err) < 0)
        (void)complain(path, err.text);
    else
        r = 0;
    free(data);
    if (f != NULL)
        (void)fclose(f);
    return r;
}

/* ------------------------------------------------------------------------- tables */

/* Printable ASCII, as the reader guarantees; "\?" because of C11's trigraphs. */
static void put_string(struct rt_buffer *out, const char *text)
{
    rt_buffer_puts(out, "\"");
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\' || *text == '?')
            rt_buffer_puts(out, "\\");
        rt_buffer_append(out, text, 1);
    }
    rt_buffer_puts(out, "\"");
}

/* An array of strings; one that would be empty is left out and put_reference() gives NULL. */
static void put_strings(struct rt_buffer *out, const char *name, const char *const *texts, size_t n)
{
    if (n == 0)
        return;
    rt_buffer_printf(out, "static const char *const %s[] = {\n", name);
    for (size_t i = 0; i < n; i++) {
        rt_buffer_puts(out, "    ");
        put_string(out, texts[i]);
        rt_buffer_puts(out, ",\n");
    }
    rt_buffer_puts(out, "};\n");
}

static void put_reference(struct rt_buffer *out, const char *name, size_t n)
{
    rt_buffer_printf(out, "    %s, %zu,\n", n == 0 ? "NULL" : name, n);
}

static void put_text(struct rt_buffer *out, const char *text)
{
    rt_buffer_puts(out, "    ");
    put_string(out, text);
    rt_buffer_puts(out, ",\n");
}

static void put_aliases(struct rt_buffer *out, const char *name,
                        const struct rt_slot_alias *aliases, size_t n,
                        const struct rt_slot_alias *chosen)
{
    if (n == 0)
        return;
    rt_buffer_printf(out, "static const struct rt_slot_alias %s[] = {\n", name);
    for (size_t i = 0; i < n; i++) {
        bool replaced = chosen != NULL && strcmp(aliases[i].name, chosen->name) == 0;

        rt_buffer_puts(out, "    {");
        put_string(out, aliases[i].name);
        rt_buffer_puts(out, ", ");
        put_string(out, replaced ? chosen->machine : aliases[i].machine);
        rt_buffer_puts(out, "},\n");
    }
    rt_buffer_puts(out, "};\n");
}

static void put_index(struct rt_buffer *out, const char *name, const uint16_t *index, size_t n)
{
    rt_buffer_printf(out, "static const uint16_t %s[] = {", name);
    for (size_t i = 0; i < n; i++)
        rt_buffer_printf(out, "%s%d,", i % 16 == 0 ? "\n    " : " ", index[i]);
    rt_buffer_puts(out, "\n};\n");
}

static void put_ranges(struct rt_buffer *out, const char *name, const struct rt_slot_range *ranges,
                       size_t n)
{
    rt_buffer_printf(out, "static const struct rt_slot_range %s[] = {\n", name);
    for (size_t i = 0; i < n; i++) {
        const struct rt_slot_version *from = &ranges[i].from, *to = &ranges[i].to;

        rt_buffer_puts(out, "    {");
        put_string(out, ranges[i].family);
        rt_buffer_printf(out, ", %s, {%d, %d, %d}, {%d, %d, %d}},\n",
                         ranges[i].versioned ? "true" : "false", from->major, from->minor,
                         from->micro, to->major, to->minor, to->micro);
    }
    rt_buffer_puts(out, "};\n");
}

/* The name of one of the arrays that a series or row refers to: "search_0_3". */
struct array_name {
    char text[64];
};

static struct array_name array_name(const char *what, size_t vendor, size_t i)
{
    struct array_name name;

    (void)snprintf(name.text, sizeof(name.text), "%s_%zu_%zu", what, vendor, i);
    return name;
}

static void put_series(struct rt_buffer *out, size_t v, const struct rt_slot_vendor *vendor,
                       const struct rt_slot_alias *chosen)
{
    for (size_t i = 0; i < vendor->n_series; i++) {
        const struct rt_slot_series *s = &vendor->series[i];
        bool has_chosen = chosen != NULL && rt_slot_series_has(s, chosen->machine);

        put_strings(out, array_name("search", v, i).text, s->search, s->n_search);
        put_strings(out, array_name("types", v, i).text, s->machines, s->n_machines);
        put_aliases(out, array_name("aliases", v, i).text, s->aliases, s->n_aliases,
                    has_chosen ? chosen : NULL);
        put_index(out, array_name("by_name", v, i).text, s->by_name,
                  rt_slot_hash_size(s->n_machines));
    }
    rt_buffer_printf(out, "static const struct rt_slot_series series_%zu[] = {\n", v);
    for (size_t i = 0; i < vendor->n_series; i++) {
        const struct rt_slot_series *s = &vendor->series[i];

        rt_buffer_puts(out, "    {\n");
        put_text(out, s->name);
        put_text(out, s->qemu);
        put_text(out, s->package);
        put_text(out, s->source);
        put_reference(out, array_name("search", v, i).text, s->n_search);
        put_reference(out, array_name("types", v, i).text, s->n_machines);
        put_reference(out, array_name("aliases", v, i).text, s->n_aliases);
        rt_buffer_printf(out, "    %s,\n    },\n", array_name("by_name", v, i).text);
    }
    rt_buffer_puts(out, "};\n");
}

static void put_rows(struct rt_buffer *out, size_t v, const struct rt_slot_vendor *vendor)
{
    for (size_t i = 0; i < vendor->n_rows; i++) {
        const struct rt_slot_row *row = &vendor->rows[i];

        put_ranges(out, array_name("ranges", v, i).text, row->machines, row->n_machines);
        put_strings(out, array_name("only", v, i).text, row->series, row->n_series);
        put_strings(out, array_name("images", v, i).text, row->images, row->n_images);
    }
    rt_buffer_printf(out, "static const struct rt_slot_row rows_%zu[] = {\n", v);
    for (size_t i = 0; i < vendor->n_rows; i++) {
        const struct rt_slot_row *row = &vendor->rows[i];

        rt_buffer_puts(out, "    {\n");
        put_reference(out, array_name("ranges", v, i).text, row->n_machines);
        put_reference(out, array_name("only", v, i).text, row->n_series);
        put_text(out, row->device);
        put_text(out, row->file);
        rt_buffer_printf(out, "    %llu,\n", (unsigned long long)row->slot);
        put_reference(out, array_name("images", v, i).text, row->n_images);
        rt_buffer_printf(out, "    %d,\n", row->fill);
        put_text(out, row->basis);
        put_text(out, row->source);
        rt_buffer_puts(out, "    },\n");
    }
    rt_buffer_puts(out, "};\n");
}

static void put_vendors(struct rt_buffer *out, struct rt_slot_file *const *files, size_t n,
                        const struct rt_slot_alias *chosen)
{
    rt_buffer_puts(out, "/* Made by slots/generate.c from slots/profiles. */\n"
                        "#include \"slots/slots.h\"\n\n");
    for (size_t i = 0; i < n; i++) {
        const struct rt_slot_vendor *vendor = rt_slot_file_vendor(files[i]);

        put_series(out, i, vendor, chosen);
        put_rows(out, i, vendor);
        put_aliases(out, array_name("like", i, 0).text, vendor->like, vendor->n_like, NULL);
        put_index(out, array_name("by_like", i, 0).text, vendor->by_like,
                  rt_slot_hash_size(vendor->n_like));
        put_index(out, array_name("by_device", i, 0).text, vendor->by_device,
                  rt_slot_hash_size(vendor->n_rows));
        put_index(out, array_name("same_device", i, 0).text, vendor->same_device, vendor->n_rows);
    }
    rt_buffer_puts(out, "static const struct rt_slot_vendor vendors[] = {\n");
    for (size_t i = 0; i < n; i++) {
        const struct rt_slot_vendor *vendor = rt_slot_file_vendor(files[i]);

        rt_buffer_puts(out, "    {\n");
        put_text(out, vendor->name);
        rt_buffer_printf(out, "    series_%zu, %zu,\n", i, vendor->n_series);
        rt_buffer_printf(out, "    rows_%zu, %zu,\n", i, vendor->n_rows);
        put_reference(out, array_name("like", i, 0).text, vendor->n_like);
        rt_buffer_printf(out, "    %s,\n    %s,\n    %s,\n    },\n",
                         array_name("by_like", i, 0).text, array_name("by_device", i, 0).text,
                         array_name("same_device", i, 0).text);
    }
    rt_buffer_printf(out,
                     "};\n\n"
                     "const struct rt_slot_vendor *rt_slot_builtin(size_t *ret_n)\n"
                     "{\n"
                     "    *ret_n = %zu;\n"
                     "    return vendors;\n"
                     "}\n",
                     n);
}

/* ------------------------------------------------------------------------- program */

static int by_vendor(const void *a, const void *b)
{
    const struct rt_slot_file *const *x = a, *const *y = b;

    return strcmp(rt_slot_file_vendor(*x)->name, rt_slot_file_vendor(*y)->name);
}

static int write_output(const char *path, const struct rt_buffer *out)
{
    FILE *f = out->failed ? NULL : fopen(path, "wb");
    bool ok = f != NULL && fwrite(out->data, 1, out->len, f) == out->len;

    if (f != NULL && fclose(f) != 0)
        ok = false;
    return ok ? 0 : complain(path, out->failed ? "out of memory" : strerror(errno));
}

/* "--alias", "NAME=MACHINE" before the operands, if it is there. */
static bool take_alias(int *argc, char ***argv, struct rt_slot_alias *ret)
{
    char *equals;

    if (*argc < 3 || strcmp((*argv)[1], "--alias") != 0)
        return false;
    equals = strchr((*argv)[2], '=');
    if (equals == NULL)
        return false;
    *equals = '\0';
    *ret = (struct rt_slot_alias){(*argv)[2], equals + 1};
    *argc -= 2;
    *argv += 2;
    return true;
}

int main(int argc, char **argv)
{
    struct rt_slot_file **files = calloc(argc > 0 ? (size_t)argc : 1, sizeof(*files));
    struct rt_slot_alias alias, *chosen = take_alias(&argc, &argv, &alias) ? &alias : NULL;
    struct rt_buffer out = {0};
    size_t n = 0;
    int r = 0;

    if (files == NULL || argc < 3) {
        (void)fprintf(stderr,
                      "usage: slots-generate [--alias NAME=MACHINE] OUTPUT PROFILE.json...\n");
        free(files);
        return 2;
    }
    for (int i = 2; i < argc && r == 0; i++)
        r = read_profile(argv[i], &files[n++]);
    if (r == 0) {
        qsort(files, n, sizeof(struct rt_slot_file *), by_vendor);
        for (size_t i = 1; i < n && r == 0; i++) {
            if (by_vendor(&files[i - 1], &files[i]) == 0)
                r = complain(rt_slot_file_vendor(files[i])->name,
                             "two profiles are of this vendor");
        }
    }
    if (r == 0) {
        put_vendors(&out, files, n, chosen);
        r = write_output(argv[1], &out);
    }
    rt_buffer_free(&out);
    for (size_t i = 0; i < n; i++)
        rt_slot_file_free(files[i]);
    free(files);
    return r == 0 ? 0 : 1;
}
