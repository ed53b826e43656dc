/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/installed.h"

#include "core/json.h"
#include "loader/safe-dir.h"
#include "manifests/fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    STATE_MAX = 1 << 20, /* bytes */
    DAYS_AHEAD = 30,
};

static const char schema[] = "romtool/installed/1";

/* ------------------------------------------------------------------------- names */

void rt_installed_escape(const char *text, struct rt_buffer *out)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-._~";

    for (; *text != '\0'; text++) {
        if (strchr(plain, *text) != NULL)
            rt_buffer_append(out, text, 1);
        else
            rt_buffer_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

int rt_installed_name(const struct rt_manifest *manifest, struct rt_buffer *out,
                      struct romtool_error *err)
{
    rt_installed_escape(manifest->product, out);
    rt_buffer_puts(out, "@");
    rt_installed_escape(manifest->channel, out);
    return out->failed ? rt_error_no_memory(err) : 0;
}

/* ------------------------------------------------------------------------- reading */

static int bad(const char *what, struct romtool_error *err)
{
    return rt_error_set(err, ROMTOOL_E_BAD_JSON, ROMTOOL_NO_OFFSET, "%s", what);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

static int read_keys(const struct rt_json *keys, struct rt_installed_entry *entry,
                     struct romtool_error *err)
{
    size_t n = rt_json_count(keys);

    if (rt_json_type(keys) != RT_JSON_ARRAY || n == 0 || n > RT_TRUST_THRESHOLD_MAX)
        return bad("releases: keys", err);
    for (size_t i = 0; i < n; i++) {
        const char *text = rt_json_string(rt_json_at(keys, i));
        uint8_t digest[RT_SHA256_SIZE];

        if (text == NULL || !rt_bytes_from_hex(text, digest, sizeof(digest)))
            return bad("releases: keys", err);
        memcpy(entry->keys[entry->n_keys++], text, sizeof(entry->keys[0]));
    }
    qsort(entry->keys, entry->n_keys, sizeof(entry->keys[0]), compare_names);
    return 0;
}

static int read_entry(const struct rt_json *object, struct rt_installed_entry *entry,
                      struct romtool_error *err)
{
    const char *sha256 = rt_json_string(rt_json_get(object, "sha256"));

    if (rt_json_type(object) != RT_JSON_OBJECT ||
        !rt_json_integer(rt_json_get(object, "serial"), &entry->serial) ||
        !rt_json_integer(rt_json_get(object, "minSerial"), &entry->min_serial) ||
        entry->serial < 0 || entry->min_serial < 0)
        return bad("releases: serial", err);
    if (sha256 == NULL || !rt_bytes_from_hex(sha256, entry->sha256, RT_SHA256_SIZE))
        return bad("releases: sha256", err);
    return read_keys(rt_json_get(object, "keys"), entry, err);
}

static int read_json(const struct rt_json *root, struct rt_installed *ret,
                     struct romtool_error *err)
{
    const struct rt_json *releases = rt_json_get(root, "releases");
    const char *name = rt_json_string(rt_json_get(root, "schema"));
    size_t n = rt_json_count(releases);
    int r = 0;

    if (rt_json_type(root) != RT_JSON_OBJECT || name == NULL || strcmp(name, schema) != 0)
        return bad("no record of installed releases", err);
    if (rt_json_type(releases) != RT_JSON_ARRAY || n > RT_INSTALLED_MOST)
        return bad("releases", err);
    for (size_t i = 0; r == 0 && i < n; i++)
        r = read_entry(rt_json_at(releases, i), &ret->entries[ret->n++], err);
    return r;
}

int rt_installed_read(const char *root, const char *name, struct rt_installed *ret,
                      struct romtool_error *err)
{
    struct rt_json *json = NULL;
    struct rt_buffer file_name = {0};
    struct rt_file file = {0};
    struct romtool_error why;
    int fd, r;

    /* one more than is ever kept: rt_installed_add() needs the room */
    ret->n = 0;
    ret->entries = calloc(RT_INSTALLED_MOST + 1, sizeof(*ret->entries));
    rt_buffer_printf(&file_name, "%s.json", name);
    if (ret->entries == NULL || file_name.failed) {
        rt_buffer_free(&file_name);
        return rt_error_no_memory(err);
    }
    rt_error_clear(&why);
    r = rt_safe_dir_open(root, RT_INSTALLED_DIR "/state", &fd, &why);
    if (r == 0) {
        r = rt_safe_file_read(fd, RT_INSTALLED_DIR "/state", file_name.data, STATE_MAX, &file,
                              &why);
        (void)close(fd);
    }
    if (r == 0)
        r = rt_json_parse(rt_file_bytes(&file), &json, &why);
    if (r == 0)
        r = read_json(json, ret, &why);
    if (r == ROMTOOL_E_NOT_FOUND) {
        r = 0;
    } else if (r < 0) {
        (void)rt_error_hand_on(err, &why);
        rt_error_prefix(err, "'%s" RT_INSTALLED_DIR "/state/%s'", root, file_name.data);
    }
    rt_json_free(json);
    rt_file_free(&file);
    rt_buffer_free(&file_name);
    return r;
}

void rt_installed_free(struct rt_installed *installed)
{
    free(installed->entries);
    *installed = (struct rt_installed){0};
}

/* ------------------------------------------------------------------------- writing */

int rt_installed_write(const char *root, const char *name, const struct rt_installed *installed,
                       struct romtool_error *err)
{
    struct rt_buffer text = {0}, path = {0};
    struct rt_json_writer w = {.out = &text};
    int r;

    rt_json_begin_object(&w, NULL);
    rt_json_write_string(&w, "schema", schema);
    rt_json_begin_array(&w, "releases");
    for (size_t i = 0; i < installed->n; i++) {
        const struct rt_installed_entry *entry = &installed->entries[i];

        rt_json_begin_object(&w, NULL);
        rt_json_write_integer(&w, "serial", entry->serial);
        rt_json_write_integer(&w, "minSerial", entry->min_serial);
        rt_json_write_hex(&w, "sha256", (struct rt_bytes){entry->sha256, RT_SHA256_SIZE});
        rt_json_begin_array(&w, "keys");
        for (size_t k = 0; k < entry->n_keys; k++)
            rt_json_write_string(&w, NULL, entry->keys[k]);
        rt_json_end_array(&w);
        rt_json_end_object(&w);
    }
    rt_json_end_array(&w);
    rt_json_end_object(&w);
    rt_buffer_puts(&text, "\n");
    rt_buffer_printf(&path, "%s" RT_INSTALLED_DIR "/state/%s.json", root, name);
    r = text.failed || path.failed ? rt_error_no_memory(err)
                                   : rt_file_write(path.data, 0644, 0, rt_buffer_bytes(&text), err);
    rt_buffer_free(&text);
    rt_buffer_free(&path);
    return r;
}

/* ------------------------------------------------------------------------- rules */

static bool has_key(const struct rt_installed_entry *entry, const char *name)
{
    for (size_t i = 0; i < entry->n_keys; i++) {
        if (strcmp(entry->keys[i], name) == 0)
            return true;
    }
    return false;
}

static void drop(struct rt_installed *installed, const char *key)
{
    size_t kept = 0;

    for (size_t i = 0; i < installed->n; i++) {
        if (!has_key(&installed->entries[i], key))
            installed->entries[kept++] = installed->entries[i];
    }
    installed->n = kept;
}

int rt_installed_drop_revoked(struct rt_installed *installed, const struct rt_trust *trust,
                              struct romtool_error *err)
{
    for (size_t k = 0; k < trust->n_keys; k++) {
        char name[2 * RT_SHA256_SIZE + 1];
        int r;

        if (!trust->keys[k].revoked)
            continue;
        r = rt_key_public_name(&trust->keys[k].key, name, err);
        if (r < 0)
            return r;
        drop(installed, name);
    }
    for (size_t k = 0; k < trust->n_revoked; k++)
        drop(installed, trust->revoked[k]);
    return 0;
}

int rt_installed_check(const struct rt_installed *installed, const struct rt_manifest *manifest,
                       const uint8_t sha256[RT_SHA256_SIZE], struct romtool_error *err)
{
    for (size_t i = 0; i < installed->n; i++) {
        const struct rt_installed_entry *entry = &installed->entries[i];

        if (manifest->serial < entry->min_serial)
            return rt_error_set(err, ROMTOOL_E_ROLLBACK, ROMTOOL_NO_OFFSET,
                                "serial %" PRId64 " is withdrawn: that of serial %" PRId64
                                " wants %" PRId64 " at least",
                                manifest->serial, entry->serial, entry->min_serial);
        if (manifest->serial < entry->serial)
            return rt_error_set(err, ROMTOOL_E_ROLLBACK, ROMTOOL_NO_OFFSET,
                                "serial %" PRId64 ", but %" PRId64 " was installed",
                                manifest->serial, entry->serial);
        if (manifest->serial == entry->serial && memcmp(sha256, entry->sha256, RT_SHA256_SIZE) != 0)
            return rt_error_set(err, ROMTOOL_E_ROLLBACK, ROMTOOL_NO_OFFSET,
                                "other bytes than were installed under serial %" PRId64,
                                manifest->serial);
    }
    return 0;
}

static int name_keys(const struct romtool_manifest *manifest, const struct rt_trust *trust,
                     struct rt_installed_entry *ret, struct romtool_error *err)
{
    for (size_t i = 0; i < trust->n_keys; i++) {
        char name[2 * RT_SHA256_SIZE + 1];
        int r;

        if (!rt_manifest_counts(manifest, i))
            continue;
        r = rt_key_public_name(&trust->keys[i].key, name, err);
        if (r < 0)
            return r;
        if (!has_key(ret, name) && ret->n_keys < RT_TRUST_THRESHOLD_MAX)
            memcpy(ret->keys[ret->n_keys++], name, sizeof(name));
    }
    qsort(ret->keys, ret->n_keys, sizeof(ret->keys[0]), compare_names);
    return 0;
}

static bool same_keys(const struct rt_installed_entry *a, const struct rt_installed_entry *b)
{
    return a->n_keys == b->n_keys && memcmp(a->keys, b->keys, a->n_keys * sizeof(a->keys[0])) == 0;
}

int rt_installed_add(struct rt_installed *installed, const struct romtool_manifest *manifest,
                     const struct rt_trust *trust, const uint8_t sha256[RT_SHA256_SIZE],
                     struct romtool_error *err)
{
    const struct rt_manifest *model = rt_manifest_model(manifest);
    struct rt_installed_entry *entry = calloc(1, sizeof(*entry));
    size_t i = 0;
    int r;

    if (entry == NULL)
        return rt_error_no_memory(err);
    entry->serial = model->serial;
    entry->min_serial = model->min_serial;
    memcpy(entry->sha256, sha256, RT_SHA256_SIZE);
    r = name_keys(manifest, trust, entry, err);
    while (r == 0 && i < installed->n && !same_keys(&installed->entries[i], entry))
        i++;
    if (r == 0 && i < installed->n) {
        struct rt_installed_entry *old = &installed->entries[i];

        if (entry->min_serial < old->min_serial)
            entry->min_serial = old->min_serial;
        if (entry->serial >= old->serial)
            *old = *entry;
    } else if (r == 0) {
        installed->entries[installed->n++] = *entry;
        if (installed->n > RT_INSTALLED_MOST) {
            installed->n--;
            memmove(installed->entries, installed->entries + 1,
                    installed->n * sizeof(*installed->entries));
        }
    }
    free(entry);
    return r;
}

int rt_installed_check_date(const struct rt_manifest *manifest, int64_t at,
                            struct romtool_error *err)
{
    int64_t latest = manifest->created > at ? manifest->created : at, date;
    char text[RT_MANIFEST_CREATED_LEN + 1], digits[32];

    (void)snprintf(digits, sizeof(digits), "%" PRId64, manifest->serial);
    if (strlen(digits) != sizeof("YYYYMMDDNN") - 1)
        return 0;
    (void)snprintf(text, sizeof(text), "%.4s-%.2s-%.2sT00:00:00Z", digits, digits + 4, digits + 6);
    if (!rt_manifest_created_read(text, &date) || date <= latest + INT64_C(86400) * DAYS_AHEAD)
        return 0;
    return rt_error_set(err, ROMTOOL_E_FAST_FORWARD, ROMTOOL_NO_OFFSET,
                        "serial %s is a date more than %d days ahead", digits, DAYS_AHEAD);
}
