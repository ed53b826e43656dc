/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/trust-dir.h"

#include "core/digest.h"
#include "loader/safe-dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FILE_MAX = 65536, /* bytes of a key or of settings */
    MOST_FILES = 512,
    MOST_KEYS = 64, /* each costs a verification */
};

static const char *const homes[] = {"/etc/romtool", "/run/romtool", "/usr/lib/romtool"};

enum { HOMES = sizeof(homes) / sizeof(homes[0]) };

/* What was read below one name of directory: each file name once, where it counts. */
struct tree {
    const char *name; /* "trusted.d"; "" for policy.conf */
    struct entry {
        char *name;
        char *path; /* for sentences */
        struct rt_file file;
    } * entries;
    size_t n;
};

enum { TRUSTED, REVOKED, POLICY, TREES };

struct rt_trust_dir {
    struct tree trees[TREES];
    struct rt_trusted_key *keys;
    char **key_names;
    struct rt_settings *confs; /* one for each key, maybe empty */
    size_t n_keys;
    char **revoked; /* names */
    size_t n_revoked;
    struct rt_settings policy;
    struct rt_policy *policies;
    struct rt_trust trust;
    uint8_t digest[RT_SHA256_SIZE];
};

/* ------------------------------------------------------------------------- files */

static const struct entry *find(const struct tree *tree, const char *name)
{
    for (size_t i = 0; i < tree->n; i++) {
        if (strcmp(tree->entries[i].name, name) == 0)
            return &tree->entries[i];
    }
    return NULL;
}

struct adding {
    struct tree *tree;
    int dirfd;
    const char *dir;
    const char *only; /* NULL: every file */
};

static int add_file(void *user, const char *name, struct romtool_error *err)
{
    struct adding *adding = user;
    struct tree *tree = adding->tree;
    struct rt_buffer path = {0};
    struct entry *grown;
    int r;

    if ((adding->only != NULL && strcmp(name, adding->only) != 0) || find(tree, name) != NULL)
        return 0;
    if (tree->n == MOST_FILES)
        return rt_error_set(err, ROMTOOL_E_TOO_LARGE, ROMTOOL_NO_OFFSET, "'%s': more than %d files",
                            adding->dir, MOST_FILES);
    grown = realloc(tree->entries, (tree->n + 1) * sizeof(*grown));
    if (grown == NULL)
        return rt_error_no_memory(err);
    tree->entries = grown;
    rt_buffer_printf(&path, "%s/%s", adding->dir, name);
    grown[tree->n] = (struct entry){.name = strdup(name), .path = path.data};
    r = path.failed || grown[tree->n].name == NULL
            ? rt_error_no_memory(err)
            : rt_safe_file_read(adding->dirfd, adding->dir, name, FILE_MAX, &grown[tree->n].file,
                                err);
    tree->n++;
    return r;
}

static int add_directory(struct tree *tree, const char *root, const char *home,
                         struct romtool_error *err)
{
    struct adding adding = {.tree = tree, .only = tree->name[0] == '\0' ? "policy.conf" : NULL};
    struct romtool_error why;
    char path[64], shown[1024];
    int r;

    (void)snprintf(path, sizeof(path), "%s/%s", home, tree->name);
    (void)snprintf(shown, sizeof(shown), "%s%s%s%s", root, home, tree->name[0] != '\0' ? "/" : "",
                   tree->name);
    rt_error_clear(&why);
    r = rt_safe_dir_open(root, path, &adding.dirfd, &why);
    if (r == ROMTOOL_E_NOT_FOUND)
        return 0;
    if (r < 0) {
        (void)rt_error_hand_on(err, &why);
        rt_error_prefix(err, "'%s'", shown);
        return r;
    }
    adding.dir = shown;
    r = rt_safe_dir_each(adding.dirfd, shown, add_file, &adding, err);
    (void)close(adding.dirfd);
    return r;
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    return strcmp(x->name, y->name);
}

static int read_trees(struct rt_trust_dir *dir, const char *root, struct romtool_error *err)
{
    static const char *const names[TREES] = {
        [TRUSTED] = "trusted.d", [REVOKED] = "revoked.d", [POLICY] = ""};
    int r = 0;

    for (size_t i = 0; i < TREES && r == 0; i++) {
        struct tree *tree = &dir->trees[i];

        tree->name = names[i];
        for (size_t k = 0; k < HOMES && r == 0; k++)
            r = add_directory(tree, root, homes[k], err);
        if (r == 0 && tree->n > 0) /* else the last one may have no name */
            qsort(tree->entries, tree->n, sizeof(*tree->entries), compare_entries);
    }
    return r;
}

/* Names, lengths and bytes, so that nothing can move from one file into another. */
static int digest_trees(struct rt_trust_dir *dir, struct romtool_error *err)
{
    struct rt_buffer all = {0};
    int r;

    for (size_t i = 0; i < TREES; i++) {
        const struct tree *tree = &dir->trees[i];

        for (size_t k = 0; k < tree->n; k++) {
            rt_buffer_printf(&all, "%zu %zu ", i, tree->entries[k].file.len);
            rt_buffer_append(&all, tree->entries[k].name, strlen(tree->entries[k].name) + 1);
            rt_buffer_append(&all, tree->entries[k].file.data, tree->entries[k].file.len);
        }
    }
    r = all.failed ? rt_error_no_memory(err)
                   : rt_digest_sha256(rt_buffer_bytes(&all), dir->digest, err);
    rt_buffer_free(&all);
    return r;
}

/* ------------------------------------------------------------------------- keys */

static bool has_suffix(const char *name, const char *suffix)
{
    size_t n = strlen(name), len = strlen(suffix);

    return n > len && strcmp(name + n - len, suffix) == 0;
}

static bool is_key(const struct entry *entry)
{
    return entry->file.len > 0 &&
           (has_suffix(entry->name, ".pub") || has_suffix(entry->name, ".pem") ||
            has_suffix(entry->name, ".ssh"));
}

/* What NAME.conf says of NAME.pub. */
static int read_conf(struct rt_trust_dir *dir, size_t index, struct romtool_error *err)
{
    struct rt_buffer name = {0};
    const struct entry *conf;
    int r;

    rt_buffer_printf(&name, "%s.conf", dir->key_names[index]);
    if (name.failed)
        return rt_error_no_memory(err);
    conf = find(&dir->trees[TRUSTED], name.data);
    rt_buffer_free(&name);
    if (conf == NULL)
        return 0;
    r = rt_settings_read(rt_file_bytes(&conf->file), &dir->confs[index], err);
    if (r == 0)
        r = rt_trusted_key_conf(&dir->confs[index], &dir->keys[index], err);
    if (r < 0)
        rt_error_prefix(err, "'%s'", conf->path);
    return r;
}

static int add_key(struct rt_trust_dir *dir, const struct entry *entry, bool revoked,
                   struct romtool_error *err)
{
    struct rt_trusted_key *key = &dir->keys[dir->n_keys];
    int r;

    if (dir->n_keys == MOST_KEYS)
        return rt_error_set(err, ROMTOOL_E_TOO_LARGE, ROMTOOL_NO_OFFSET, "'%s': more than %d keys",
                            entry->path, MOST_KEYS);
    r = rt_key_public_read(rt_file_bytes(&entry->file), &key->key, &key->limits, err);
    if (r < 0) {
        rt_error_prefix(err, "'%s'", entry->path);
        return r;
    }
    dir->key_names[dir->n_keys] = strndup(entry->name, strlen(entry->name) - 4);
    if (dir->key_names[dir->n_keys] == NULL)
        return rt_error_no_memory(err);
    key->name = dir->key_names[dir->n_keys];
    key->revoked = revoked;
    dir->n_keys++;
    return revoked ? 0 : read_conf(dir, dir->n_keys - 1, err);
}

/* NAME.id: 64 lower-case hex digits and a line end, a key's rt_key_public_name(). */
static int revoke_id(struct rt_trust_dir *dir, const struct entry *entry, struct romtool_error *err)
{
    uint8_t id[RT_SHA256_SIZE];
    char hex[2 * RT_SHA256_SIZE + 1] = "", name[2 * RT_SHA256_SIZE + 1];

    if (entry->file.len >= sizeof(hex) - 1)
        memcpy(hex, entry->file.data, sizeof(hex) - 1);
    if (entry->file.len > sizeof(hex) || !rt_bytes_from_hex(hex, id, sizeof(id)) ||
        (entry->file.len == sizeof(hex) && entry->file.data[sizeof(hex) - 1] != '\n'))
        return rt_error_set(err, ROMTOOL_E_BAD_KEY, 0,
                            "'%s': not a key's name, 64 lower-case hex digits", entry->path);
    dir->revoked[dir->n_revoked] = strdup(hex);
    if (dir->revoked[dir->n_revoked] == NULL)
        return rt_error_no_memory(err);
    dir->n_revoked++;
    for (size_t i = 0; i < dir->n_keys; i++) {
        int r = rt_key_public_name(&dir->keys[i].key, name, err);

        if (r < 0)
            return r;
        if (strcmp(name, hex) == 0)
            dir->keys[i].revoked = true;
    }
    return 0;
}

static int read_keys(struct rt_trust_dir *dir, struct romtool_error *err)
{
    const struct tree *trusted = &dir->trees[TRUSTED], *revoked = &dir->trees[REVOKED];
    int r = 0;

    dir->keys = calloc(MOST_KEYS, sizeof(*dir->keys));
    dir->key_names = calloc(MOST_KEYS, sizeof(*dir->key_names));
    dir->confs = calloc(MOST_KEYS, sizeof(*dir->confs));
    dir->revoked = calloc(MOST_FILES, sizeof(*dir->revoked));
    if (dir->revoked == NULL || dir->keys == NULL || dir->key_names == NULL || dir->confs == NULL)
        return rt_error_no_memory(err);
    for (size_t i = 0; i < trusted->n && r == 0; i++) {
        if (is_key(&trusted->entries[i]))
            r = add_key(dir, &trusted->entries[i], false, err);
    }
    for (size_t i = 0; i < revoked->n && r == 0; i++) {
        const struct entry *entry = &revoked->entries[i];

        if (is_key(entry))
            r = add_key(dir, entry, true, err);
        else if (entry->file.len > 0 && has_suffix(entry->name, ".id"))
            r = revoke_id(dir, entry, err);
    }
    return r;
}

static int read_policy(struct rt_trust_dir *dir, struct romtool_error *err)
{
    const struct tree *tree = &dir->trees[POLICY];
    int r;

    if (tree->n == 0 || tree->entries[0].file.len == 0)
        return 0;
    r = rt_settings_read(rt_file_bytes(&tree->entries[0].file), &dir->policy, err);
    if (r == 0)
        r = rt_policy_read(&dir->policy, &dir->policies, &dir->trust.n_policies, err);
    if (r < 0)
        rt_error_prefix(err, "'%s'", tree->entries[0].path);
    return r;
}

/* ------------------------------------------------------------------------- the whole */

int rt_trust_dir_read(const char *root, struct rt_trust_dir **ret, struct romtool_error *err)
{
    struct rt_trust_dir *dir = calloc(1, sizeof(*dir));
    int r;

    *ret = NULL;
    if (dir == NULL)
        return rt_error_no_memory(err);
    r = read_trees(dir, root, err);
    if (r == 0)
        r = digest_trees(dir, err);
    if (r == 0)
        r = read_policy(dir, err);
    if (r == 0)
        r = read_keys(dir, err);
    if (r < 0) {
        rt_trust_dir_free(dir);
        return r;
    }
    dir->trust.keys = dir->keys;
    dir->trust.n_keys = dir->n_keys;
    dir->trust.policies = dir->policies;
    dir->trust.revoked = (const char *const *)dir->revoked;
    dir->trust.n_revoked = dir->n_revoked;
    *ret = dir;
    return 0;
}

const struct rt_trust *rt_trust_dir_trust(const struct rt_trust_dir *dir)
{
    return &dir->trust;
}

const uint8_t *rt_trust_dir_digest(const struct rt_trust_dir *dir)
{
    return dir->digest;
}

void rt_trust_dir_free(struct rt_trust_dir *dir)
{
    if (dir == NULL)
        return;
    for (size_t i = 0; i < TREES; i++) {
        for (size_t k = 0; k < dir->trees[i].n; k++) {
            free(dir->trees[i].entries[k].name);
            free(dir->trees[i].entries[k].path);
            rt_file_free(&dir->trees[i].entries[k].file);
        }
        free(dir->trees[i].entries);
    }
    for (size_t i = 0; i < dir->n_keys; i++) {
        free(dir->key_names[i]);
        rt_settings_free(&dir->confs[i]);
    }
    for (size_t i = 0; i < dir->n_revoked; i++)
        free(dir->revoked[i]);
    free(dir->revoked);
    free(dir->keys);
    free(dir->key_names);
    free(dir->confs);
    rt_settings_free(&dir->policy);
    free(dir->policies);
    free(dir);
}
