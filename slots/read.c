/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The strict reader of slot files (docs/formats.md): every member is known, of the right type and
 * within its limits, or the file is refused by the member's name. The arrays lie in one arena, the
 * strings stay in the parsed JSON, which the arena keeps.
 */
#include "slots/file.h"

#include <stdlib.h>
#include <string.h>

#include "slots/index.h"
#include "slots/match.h"

/* ------------------------------------------------------------------------- names for names */

struct alias_reader {
    struct rt_slot_reader *r;
    const struct rt_slot_place *at;
    struct rt_slot_alias *aliases;
    size_t n;
};

static int read_alias(void *user, const char *key, const struct rt_json *value)
{
    struct alias_reader *a = user;
    struct rt_slot_place at = rt_slot_place_key(a->at, key);
    struct rt_slot_alias *alias = &a->aliases[a->n++];
    int e;

    if (key[0] == '\0' || strlen(key) >= ROMTOOL_NAME_SIZE)
        return rt_slot_file_bad(a->r->err, "%s: a name has 1 to %d characters", at.text,
                                ROMTOOL_NAME_SIZE - 1);
    alias->name = key;
    e = rt_slot_check_name(a->r, key, &at);
    return e < 0 ? e : rt_slot_take_name(a->r, value, &at, &alias->machine);
}

/* {"q35": "pc-q35-7.2"}; may be left out. */
static int read_aliases(struct rt_slot_reader *r, const struct rt_json *object,
                        const struct rt_slot_place *parent, const char *key,
                        struct rt_slot_alias **ret, size_t *ret_n)
{
    struct rt_slot_place at = rt_slot_place_key(parent, key);
    const struct rt_json *aliases = rt_json_get(object, key);
    struct alias_reader a = {.r = r, .at = &at};
    int e;

    if (aliases == NULL)
        return 0;
    if (rt_json_type(aliases) != RT_JSON_OBJECT)
        return rt_slot_file_bad(r->err, "%s: is not an object", at.text);
    if (rt_json_count(aliases) > RT_SLOT_MACHINES_MAX)
        return rt_slot_file_bad(r->err, "%s: has %zu members, %d at most", at.text,
                                rt_json_count(aliases), RT_SLOT_MACHINES_MAX);
    a.aliases = rt_slot_allocate(r, rt_json_count(aliases), sizeof(*a.aliases));
    if (a.aliases == NULL)
        return ROMTOOL_E_NO_MEMORY;
    e = rt_json_each(aliases, read_alias, &a);
    *ret = a.aliases;
    *ret_n = a.n;
    return e;
}

/* ------------------------------------------------------------------------- series */

static int take_directory(struct rt_slot_reader *r, const struct rt_json *value,
                          const struct rt_slot_place *at, const char **ret)
{
    int e = rt_slot_take_string(r, value, at, 1, RT_SLOT_TEXT_SIZE, ret);

    if (e == 0 && (*ret)[0] != '/')
        e = rt_slot_file_bad(r->err, "%s: '%s' is not an absolute path", at->text, *ret);
    return e;
}

static int get_version(struct rt_slot_reader *r, const struct rt_json *object,
                       const struct rt_slot_place *parent, const char *key, const char **ret_text,
                       struct rt_slot_version *ret)
{
    int e = rt_slot_get_string(r, object, parent, key, 1, ROMTOOL_NAME_SIZE, ret_text);

    if (e == 0 && !rt_slot_version_parse(*ret_text, ret))
        e = rt_slot_file_bad(r->err, "%s: '%s' is not a version like 7.2 or 4.0.1",
                             rt_slot_place_key(parent, key).text, *ret_text);
    return e;
}

/* Empty for a vendor that has only one. */
static int get_series_name(struct rt_slot_reader *r, const struct rt_json *object,
                           const struct rt_slot_place *parent, const char **ret)
{
    struct rt_slot_place at = rt_slot_place_key(parent, "name");
    int e = rt_slot_take_string(r, rt_json_get(object, "name"), &at, 0, ROMTOOL_NAME_SIZE, ret);

    return e < 0 ? e : rt_slot_check_name(r, *ret, &at);
}

/* What `slots probe` could not measure: {"machine", "device", "reason"}, one of the first two. */
static int check_unmeasured(struct rt_slot_reader *r, const struct rt_json *value,
                            const struct rt_slot_place *at, void *ret)
{
    static const char *const keys[] = {"machine", "device", "reason", NULL};
    const char *text;
    int e = rt_slot_check_object(r, value, at, keys);
    size_t n = 0;

    (void)ret;
    for (size_t i = 0; i < 2 && e == 0; i++) {
        if (rt_json_get(value, keys[i]) == NULL)
            continue;
        e = rt_slot_get_name(r, value, at, keys[i], &text);
        n++;
    }
    if (e == 0 && n == 0)
        e = rt_slot_file_bad(r->err, "%s: has neither machine nor device", at->text);
    return e < 0 ? e : rt_slot_get_string(r, value, at, "reason", 1, RT_SLOT_TEXT_SIZE, &text);
}

/* What a measurement says beside the mandates is held to the format, and not kept. */
static int check_measurement(struct rt_slot_reader *r, const struct rt_json *object,
                             const struct rt_slot_place *at, const struct rt_slot_series *series)
{
    const char *const *names;
    const void *unmeasured;
    size_t n = 0;
    int e = 0;

    if (rt_json_get(object, "deprecated") != NULL)
        e = rt_slot_get_texts(r, object, at, "deprecated", RT_SLOT_MACHINES_MAX, rt_slot_take_name,
                              &names, &n);
    for (size_t i = 0; i < n && e == 0; i++) {
        if (!rt_slot_series_has(series, names[i]))
            e = rt_slot_file_bad(r->err,
                                 "%s.deprecated[%zu]: '%s' is no machine type of the series",
                                 at->text, i, names[i]);
    }
    if (e == 0 && rt_json_get(object, "unmeasured") != NULL)
        e = rt_slot_get_objects(r, object, at, "unmeasured", RT_SLOT_UNMEASURED_MAX, 1,
                                check_unmeasured, &unmeasured, &n);
    return e;
}

static int read_series(struct rt_slot_reader *r, const struct rt_json *value,
                       const struct rt_slot_place *at, void *ret_series)
{
    static const char *const keys[] = {"name",    "qemu",     "package",    "source",     "search",
                                       "aliases", "machines", "deprecated", "unmeasured", NULL};
    struct rt_slot_series *ret = ret_series;
    struct rt_slot_alias *aliases = NULL;
    struct rt_slot_version version;
    uint16_t *index = NULL;
    int e = rt_slot_check_object(r, value, at, keys);

    if (e == 0)
        e = get_series_name(r, value, at, &ret->name);
    if (e == 0)
        e = get_version(r, value, at, "qemu", &ret->qemu, &version);
    if (e == 0)
        e = rt_slot_get_string(r, value, at, "package", 1, RT_SLOT_TEXT_SIZE, &ret->package);
    if (e == 0)
        e = rt_slot_get_string(r, value, at, "source", 1, RT_SLOT_TEXT_SIZE, &ret->source);
    if (e == 0)
        e = rt_slot_get_texts(r, value, at, "search", RT_SLOT_SEARCH_MAX, take_directory,
                              &ret->search, &ret->n_search);
    if (e == 0)
        e = rt_slot_get_texts(r, value, at, "machines", RT_SLOT_MACHINES_MAX, rt_slot_take_name,
                              &ret->machines, &ret->n_machines);
    if (e == 0)
        e = read_aliases(r, value, at, "aliases", &aliases, &ret->n_aliases);
    ret->aliases = aliases;
    if (e == 0)
        index = rt_slot_allocate(r, rt_slot_hash_size(ret->n_machines), sizeof(*index));
    if (e < 0 || index == NULL)
        return e < 0 ? e : ROMTOOL_E_NO_MEMORY;
    rt_slot_index_machines(ret, index);
    ret->by_name = index;
    return check_measurement(r, value, at, ret);
}

/* ------------------------------------------------------------------------- mandates */

/* {"family": "pc-q35", "from": "2.4", "to": "7.2"} or {"machine": "microvm"}. */
static int read_range(struct rt_slot_reader *r, const struct rt_json *value,
                      const struct rt_slot_place *at, void *ret_range)
{
    static const char *const keys[] = {"family", "from", "to", NULL};
    static const char *const whole_keys[] = {"machine", NULL};
    struct rt_slot_range *ret = ret_range;
    struct rt_machine_name name;
    const char *from, *to;
    int e;

    ret->versioned = rt_json_get(value, "machine") == NULL;
    e = rt_slot_check_object(r, value, at, ret->versioned ? keys : whole_keys);
    if (e < 0 || !ret->versioned)
        return e < 0 ? e : rt_slot_get_name(r, value, at, "machine", &ret->family);
    e = rt_slot_get_name(r, value, at, "family", &ret->family);
    if (e == 0)
        e = get_version(r, value, at, "from", &from, &ret->from);
    if (e == 0)
        e = get_version(r, value, at, "to", &to, &ret->to);
    if (e < 0)
        return e;
    if (!rt_machine_name_parse(ret->family, &name) || name.versioned)
        return rt_slot_file_bad(r->err, "%s.family: '%s' has a version in it", at->text,
                                ret->family);
    if (rt_slot_version_compare(ret->from, ret->to) > 0)
        return rt_slot_file_bad(r->err, "%s.from: %s is later than %s", at->text, from, to);
    return 0;
}

static int read_slot(struct rt_slot_reader *r, const struct rt_json *object,
                     const struct rt_slot_place *parent, uint64_t *ret)
{
    const struct rt_json *value = rt_json_get(object, "slot");
    struct rt_slot_place at = rt_slot_place_key(parent, "slot");
    int64_t slot;

    if (value == NULL)
        return rt_slot_file_bad(r->err, "%s: is missing", at.text);
    if (!rt_json_integer(value, &slot))
        return rt_slot_file_bad(r->err, "%s: is not an integer", at.text);
    if (slot == 0)
        return 0;
    if (slot < RT_SLOT_SIZE_MIN || (uint64_t)slot > ROMTOOL_SLOT_MAX)
        return rt_slot_file_bad(r->err, "%s: %lld is not within %d and %llu bytes", at.text,
                                (long long)slot, RT_SLOT_SIZE_MIN,
                                (unsigned long long)ROMTOOL_SLOT_MAX);
    if (!rt_size_is_power_of_two((uint64_t)slot))
        return rt_slot_file_bad(r->err, "%s: %lld is not a power of two", at.text, (long long)slot);
    *ret = (uint64_t)slot;
    return 0;
}

static bool is_one_of(const char *text, const char *const *words)
{
    while (*words != NULL && strcmp(*words, text) != 0)
        words++;
    return *words != NULL;
}

static int take_image(struct rt_slot_reader *r, const struct rt_json *value,
                      const struct rt_slot_place *at, const char **ret)
{
    static const char *const types[] = {"x86", "openfirmware", "hppa", "efi", NULL};
    int e = rt_slot_take_name(r, value, at, ret);

    if (e == 0 && !is_one_of(*ret, types))
        e = rt_slot_file_bad(r->err, "%s: '%s' is none of x86, openfirmware, hppa, efi", at->text,
                             *ret);
    return e;
}

static int read_fill(struct rt_slot_reader *r, const struct rt_json *object,
                     const struct rt_slot_place *parent, int *ret)
{
    static const char *const fills[] = {"00", "ff", NULL};
    const char *text;
    int e = rt_slot_get_string(r, object, parent, "fill", 1, ROMTOOL_NAME_SIZE, &text);

    if (e == 0 && !is_one_of(text, fills))
        e = rt_slot_file_bad(r->err, "%s: '%s' is neither 00 nor ff",
                             rt_slot_place_key(parent, "fill").text, text);
    *ret = strcmp(text, "ff") == 0 ? 0xff : 0x00;
    return e;
}

/* What only a ROM BAR has: the file that it is made of. */
static int read_rom(struct rt_slot_reader *r, const struct rt_json *value,
                    const struct rt_slot_place *at, struct rt_slot_row *ret)
{
    static const char *const of_a_rom[] = {"file", "images", "fill"};
    int e = 0;

    for (size_t i = 0; i < 3 && ret->slot == 0; i++) {
        if (rt_json_get(value, of_a_rom[i]) != NULL)
            return rt_slot_file_bad(r->err, "%s: the slot is 0, there is no ROM",
                                    rt_slot_place_key(at, of_a_rom[i]).text);
    }
    ret->file = "";
    if (ret->slot == 0)
        return 0;
    e = rt_slot_get_name(r, value, at, "file", &ret->file);
    if (e == 0 && ret->file[0] == '.')
        e = rt_slot_file_bad(r->err, "%s: '%s' begins with a dot",
                             rt_slot_place_key(at, "file").text, ret->file);
    if (e == 0 && rt_json_get(value, "images") != NULL)
        e = rt_slot_get_texts(r, value, at, "images", RT_SLOT_IMAGES_MAX, take_image, &ret->images,
                              &ret->n_images);
    if (e == 0 && rt_json_get(value, "fill") != NULL)
        e = read_fill(r, value, at, &ret->fill);
    return e;
}

/* Empty, for every device, where the key is left out and the slot is 0. */
static int read_device(struct rt_slot_reader *r, const struct rt_json *value,
                       const struct rt_slot_place *at, struct rt_slot_row *ret)
{
    ret->device = "";
    if (ret->slot == 0 && rt_json_get(value, "device") == NULL)
        return 0;
    return rt_slot_get_name(r, value, at, "device", &ret->device);
}

static int read_row(struct rt_slot_reader *r, const struct rt_json *value,
                    const struct rt_slot_place *at, void *ret_row)
{
    static const char *const keys[] = {"machines", "series", "device", "file",   "slot",
                                       "images",   "fill",   "basis",  "source", NULL};
    static const char *const bases[] = {"measured", "read", "derived", NULL};
    struct rt_slot_row *ret = ret_row;
    const void *machines = NULL;
    int e = rt_slot_check_object(r, value, at, keys);

    if (e == 0)
        e = rt_slot_get_objects(r, value, at, "machines", RT_SLOT_RANGES_MAX,
                                sizeof(*ret->machines), read_range, &machines, &ret->n_machines);
    ret->machines = machines;
    if (e == 0 && rt_json_get(value, "series") != NULL)
        e = rt_slot_get_texts(r, value, at, "series", RT_SLOT_SERIES_MAX, rt_slot_take_name,
                              &ret->series, &ret->n_series);
    if (e == 0)
        e = read_slot(r, value, at, &ret->slot);
    if (e == 0)
        e = read_device(r, value, at, ret);
    if (e == 0)
        e = read_rom(r, value, at, ret);
    if (e == 0)
        e = rt_slot_get_name(r, value, at, "basis", &ret->basis);
    if (e == 0 && !is_one_of(ret->basis, bases))
        e = rt_slot_file_bad(r->err, "%s: '%s' is none of measured, read, derived",
                             rt_slot_place_key(at, "basis").text, ret->basis);
    return e < 0 ? e
                 : rt_slot_get_string(r, value, at, "source", 1, RT_SLOT_TEXT_SIZE, &ret->source);
}

/* ------------------------------------------------------------------------- the file */

static int read_like(struct rt_slot_reader *r, const struct rt_json *root,
                     struct rt_slot_vendor *vendor)
{
    const struct rt_slot_place top = {""};
    struct rt_slot_alias *like = NULL;
    uint16_t *index;
    int e = read_aliases(r, root, &top, "like", &like, &vendor->n_like);

    if (e < 0)
        return e;
    vendor->like = like;
    index = rt_slot_allocate(r, rt_slot_hash_size(vendor->n_like), sizeof(*index));
    if (index == NULL)
        return ROMTOOL_E_NO_MEMORY;
    rt_slot_index_like(vendor, index);
    vendor->by_like = index;
    return 0;
}

static int read_mandates(struct rt_slot_reader *r, const struct rt_json *root,
                         struct rt_slot_vendor *vendor)
{
    const struct rt_slot_place top = {""};
    const void *rows = NULL;
    uint16_t *index, *same;
    int e = rt_slot_get_objects(r, root, &top, "mandates", RT_SLOT_ROWS_MAX, sizeof(*vendor->rows),
                                read_row, &rows, &vendor->n_rows);

    if (e < 0)
        return e;
    vendor->rows = rows;
    index = rt_slot_allocate(r, rt_slot_hash_size(vendor->n_rows), sizeof(*index));
    same = index == NULL ? NULL : rt_slot_allocate(r, vendor->n_rows, sizeof(*same));
    if (same == NULL)
        return ROMTOOL_E_NO_MEMORY;
    rt_slot_index_rows(vendor, index, same);
    vendor->by_device = index;
    vendor->same_device = same;
    return 0;
}

static int read_vendor(struct rt_slot_reader *r)
{
    static const char *const keys[] = {"schema", "vendor", "series", "like", "mandates", NULL};
    const struct rt_json *root = r->file->json;
    const struct rt_slot_place top = {""};
    struct rt_slot_vendor *vendor = &r->file->vendor;
    const void *series = NULL;
    const char *schema;
    int e = rt_json_type(root) == RT_JSON_OBJECT
                ? rt_slot_get_string(r, root, &top, "schema", 1, ROMTOOL_NAME_SIZE, &schema)
                : rt_slot_check_object(r, root, &top, keys);

    /* before the keys: a later schema has others, and that is what to say */
    if (e == 0 && strcmp(schema, "romtool-slots/1") != 0)
        e = rt_slot_file_bad(r->err, "schema: '%s' is not romtool-slots/1", schema);
    if (e == 0)
        e = rt_slot_check_object(r, root, &top, keys);
    if (e == 0)
        e = rt_slot_get_name(r, root, &top, "vendor", &vendor->name);
    if (e == 0)
        e = rt_slot_get_objects(r, root, &top, "series", RT_SLOT_SERIES_MAX,
                                sizeof(*vendor->series), read_series, &series, &vendor->n_series);
    vendor->series = series;
    if (e == 0)
        e = read_like(r, root, vendor);
    if (e == 0)
        e = read_mandates(r, root, vendor);
    return e < 0 ? e : rt_slot_vendor_check(vendor, r->err);
}

int rt_slot_file_read(struct rt_bytes text, struct rt_slot_file **ret, struct romtool_error *err)
{
    struct rt_slot_reader r = {.err = err};
    int e;

    *ret = NULL;
    r.file = calloc(1, sizeof(*r.file));
    if (r.file == NULL)
        return rt_error_no_memory(err);
    e = rt_json_parse(text, &r.file->json, err);
    if (e == 0)
        e = read_vendor(&r);
    if (e == 0)
        *ret = r.file;
    else
        rt_slot_file_free(r.file);
    return e;
}

const struct rt_slot_vendor *rt_slot_file_vendor(const struct rt_slot_file *file)
{
    return &file->vendor;
}

void rt_slot_file_free(struct rt_slot_file *file)
{
    if (file == NULL)
        return;
    rt_slot_blocks_free(file->blocks);
    rt_json_free(file->json);
    free(file);
}
