/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/ground.h"

#include "manifests/manifest.h"

#include <stdlib.h>
#include <string.h>

enum {
    /* bound the work of a comparison as the slot file reader's limits do */
    ROWS_MAX = 512,
    RANGES_MAX = 8192,
    MACHINES_MAX = 1024,
};

struct manifest_view {
    struct rt_manifest_doc *doc;
    struct rt_slot_vendor vendor;
    struct rt_slot_series series;
    struct rt_slot_row *rows;
    const char **machines;
    struct name {
        char text[ROMTOOL_NAME_SIZE];
    } * made; /* names of machine types that only ranges name */
    size_t n_made;
    bool profile_known; /* the machine types are that profile's */
};

/* ------------------------------------------------------------------------- rows */

static int by_device(const void *a, const void *b)
{
    const struct rt_slot_row *x = a, *y = b;

    return strcmp(x->device, y->device);
}

static int count_rows(const struct rt_manifest *model, size_t *ret, struct romtool_error *err)
{
    size_t ranges = 0;

    *ret = 0;
    for (size_t i = 0; i < model->n_roms; i++) {
        *ret += model->roms[i].n_mandates;
        for (size_t k = 0; k < model->roms[i].n_mandates; k++)
            ranges += model->roms[i].mandates[k].n_machines;
    }
    if (*ret > ROWS_MAX || ranges > RANGES_MAX)
        return rt_error_set(err, ROMTOOL_E_TOO_LARGE, ROMTOOL_NO_OFFSET,
                            "%zu mandates of %zu ranges: no more than %d of %d are compared", *ret,
                            ranges, ROWS_MAX, RANGES_MAX);
    return 0;
}

static int make_rows(struct manifest_view *view, const struct rt_manifest *model,
                     struct romtool_error *err)
{
    size_t n;
    int r = count_rows(model, &n, err);

    if (r < 0)
        return r;
    view->rows = calloc(n + 1, sizeof(*view->rows));
    if (view->rows == NULL)
        return rt_error_no_memory(err);
    n = 0;
    for (size_t i = 0; i < model->n_roms; i++) {
        const struct rt_manifest_rom *rom = &model->roms[i];

        for (size_t k = 0; k < rom->n_mandates; k++)
            view->rows[n++] = (struct rt_slot_row){
                .machines = rom->mandates[k].machines,
                .n_machines = rom->mandates[k].n_machines,
                .device = rom->mandates[k].device,
                .file = rom->file,
                .slot = rom->slot,
                .basis = "read",
                .source = model->release,
            };
    }
    if (n > 0)
        qsort(view->rows, n, sizeof(*view->rows), by_device);
    view->vendor.rows = view->rows;
    view->vendor.n_rows = n;
    return 0;
}

/* ------------------------------------------------------------------------- machine types */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int add_machine(struct manifest_view *view, const char *machine, struct romtool_error *err)
{
    const char **grown;

    if (rt_slot_series_has(&view->series, machine))
        return 0;
    if (view->series.n_machines == MACHINES_MAX)
        return rt_error_set(err, ROMTOOL_E_TOO_LARGE, ROMTOOL_NO_OFFSET,
                            "more than %d machine types", MACHINES_MAX);
    grown = realloc(view->machines, (view->series.n_machines + 1) * sizeof(*grown));
    if (grown == NULL)
        return rt_error_no_memory(err);
    view->machines = grown;
    view->series.machines = grown;
    grown[view->series.n_machines++] = machine;
    return 0;
}

/* Those of the series that a mandate is about. */
static int add_covered(struct ground *ground, const struct rt_slot_series *series,
                       struct romtool_error *err)
{
    struct manifest_view *view = ground->view;
    int r = 0;

    for (size_t i = 0; i < series->n_machines && r == 0; i++) {
        bool covered = false;

        for (size_t k = 0; k < view->vendor.n_rows && !covered; k++)
            covered = rt_slot_row_applies(&view->rows[k], &ground->profile, series->machines[i]);
        if (covered)
            r = add_machine(view, series->machines[i], err);
    }
    return r;
}

/* Vendors put no hyphen between a word and a version: "pc-q35-rhel" 9.4.0 is pc-q35-rhel9.4.0. */
static const char *hyphen_of(const char *family)
{
    size_t n = strlen(family);

    return n >= 4 && strcmp(family + n - 4, "rhel") == 0 ? "" : "-";
}

static int add_end(struct manifest_view *view, const char *family, struct rt_slot_version version,
                   struct romtool_error *err)
{
    char text[ROMTOOL_NAME_SIZE + RT_SLOT_VERSION_SIZE + 1], number[RT_SLOT_VERSION_SIZE];
    struct name *made = &view->made[view->n_made];

    rt_slot_version_write(version, number);
    (void)snprintf(text, sizeof(text), "%s%s%s", family, hyphen_of(family), number);
    if (strlen(text) >= sizeof(made->text)) /* no machine type has such a name */
        return 0;
    memcpy(made->text, text, strlen(text) + 1);
    if (rt_slot_series_has(&view->series, made->text))
        return 0;
    view->n_made++;
    return add_machine(view, made->text, err);
}

static int add_ends(struct manifest_view *view, struct romtool_error *err)
{
    int r = 0;

    view->made = calloc(MACHINES_MAX + 1, sizeof(*view->made));
    if (view->made == NULL)
        return rt_error_no_memory(err);
    for (size_t i = 0; i < view->vendor.n_rows; i++) {
        for (size_t k = 0; k < view->rows[i].n_machines && r == 0; k++) {
            const struct rt_slot_range *range = &view->rows[i].machines[k];

            if (!range->versioned)
                r = add_machine(view, range->family, err);
            else
                r = add_end(view, range->family, range->from, err);
            if (r == 0 && range->versioned)
                r = add_end(view, range->family, range->to, err);
        }
    }
    return r;
}

/* ------------------------------------------------------------------------- the view */

/* "PRODUCT RELEASE", cut between two characters where it is too long. */
static void write_name(const struct rt_manifest *model, char ret[ROMTOOL_NAME_SIZE])
{
    char text[2 * ROMTOOL_NAME_SIZE];
    struct rt_bytes bytes = {(const uint8_t *)text, 0};
    size_t n = 0;

    (void)snprintf(text, sizeof(text), "%s %s", model->product, model->release);
    bytes.len = strlen(text);
    while (n < bytes.len && n + rt_bytes_utf8(bytes, n) < ROMTOOL_NAME_SIZE)
        n += rt_bytes_utf8(bytes, n);
    memcpy(ret, text, n);
    ret[n] = '\0';
}

static int make_view(struct ground *ground, struct romtool_error *err)
{
    struct manifest_view *view = ground->view;
    const struct rt_manifest *model = rt_manifest_doc_model(view->doc);
    struct rt_slot_profile known;
    int r = make_rows(view, model, err);

    if (r < 0)
        return r;
    view->vendor.name = model->product;
    view->vendor.series = &view->series;
    view->vendor.n_series = 1;
    view->series.name = "";
    view->series.qemu = "";
    view->series.package = model->release;
    view->series.source = model->product;
    ground->profile = (struct rt_slot_profile){.vendor = &view->vendor, .series = &view->series};
    write_name(model, ground->profile.name);
    view->profile_known = rt_slot_profile_find(model->profile, &known, NULL) == 0;
    if (view->profile_known) {
        view->series.qemu = known.series->qemu;
        r = add_covered(ground, known.series, err);
    } else {
        r = add_ends(view, err);
    }
    if (r == 0 && view->series.n_machines > 0)
        qsort(view->machines, view->series.n_machines, sizeof(*view->machines), by_name);
    return r;
}

/* An in-toto Statement says so itself; a slot file has other keys. */
static bool is_manifest(struct rt_bytes text)
{
    struct rt_json *json;
    bool is;

    if (text.len > RT_MANIFEST_SIZE_MAX || rt_json_parse(text, &json, NULL) < 0)
        return false;
    is = rt_json_type(json) == RT_JSON_OBJECT && rt_json_get(json, "_type") != NULL;
    rt_json_free(json);
    return is;
}

static int open_manifest(const char *path, struct rt_bytes text, struct ground *ret,
                         struct romtool_error *err)
{
    int r;

    ret->is_manifest = true;
    ret->view = calloc(1, sizeof(*ret->view));
    if (ret->view == NULL)
        return rt_error_no_memory(err);
    r = rt_manifest_read(text, &ret->view->doc, err);
    if (r == 0)
        r = make_view(ret, err);
    if (r < 0)
        rt_error_prefix(err, "'%s'", path);
    else
        say_unverified(path);
    return r;
}

int ground_open(const char *name, struct ground *ret, struct romtool_error *err)
{
    struct rt_slot_profile builtin;
    struct rt_file file = {0};
    int r;

    *ret = (struct ground){0};
    if (name != NULL && rt_slot_profile_find(name, &builtin, NULL) < 0 &&
        rt_file_read(name, RT_SLOT_FILE_SIZE_MAX, &file, NULL) == 0 &&
        is_manifest(rt_file_bytes(&file))) {
        r = open_manifest(name, rt_file_bytes(&file), ret, err);
    } else {
        r = profile_open(name, &ret->opened, err);
        ret->profile = ret->opened.slots;
    }
    rt_file_free(&file);
    return r;
}

/* ------------------------------------------------------------------------- two */

static int take_machines(struct ground *ground, const struct ground *other,
                         struct romtool_error *err)
{
    struct manifest_view *view = ground->view;
    int r;

    if (!ground->is_manifest || view->profile_known)
        return 0;
    r = add_covered(ground, other->profile.series, err);
    if (view->series.n_machines > 0)
        qsort(view->machines, view->series.n_machines, sizeof(*view->machines), by_name);
    return r;
}

int ground_meet(struct ground *a, struct ground *b, struct romtool_error *err)
{
    int r = take_machines(a, b, err);

    return r < 0 ? r : take_machines(b, a, err);
}

void ground_close(struct ground *ground)
{
    struct manifest_view *view = ground->view;

    if (view != NULL) {
        rt_manifest_doc_free(view->doc);
        free(view->rows);
        free(view->machines);
        free(view->made);
        free(view);
    }
    profile_close(&ground->opened);
    *ground = (struct ground){0};
}
