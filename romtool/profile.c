/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/profile.h"

#include "romtool/dropins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    OS_RELEASE_MAX = 65536, /* bytes */
    HOST_NAME_SIZE = 82,    /* "ID/CODENAME" */
};

/* The value of KEY= in an os-release(5) file, without quotes; cut to n. */
static bool os_release_value(const char *text, const char *key, char *ret, size_t n)
{
    size_t key_len = strlen(key), len;

    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        if (*line == '\n')
            line++;
        if (strncmp(line, key, key_len) != 0 || line[key_len] != '=')
            continue;
        line += key_len + 1;
        line += *line == '"' || *line == '\'' ? 1 : 0;
        len = strcspn(line, "\"'\n");
        if (len >= n)
            return false;
        memcpy(ret, line, len);
        ret[len] = '\0';
        return true;
    }
    return false;
}

/*
 * "debian/bookworm" on Debian 12; 1 where the host does not say. What cannot be read may name a
 * profile whose slots are others than upstream's.
 */
static int host_name(char ret[HOST_NAME_SIZE], struct romtool_error *err)
{
    char id[40], codename[40];
    struct romtool_error why;
    struct rt_file file;
    bool known;
    int r;

    rt_error_clear(&why);
    r = rt_file_read("/etc/os-release", OS_RELEASE_MAX, &file, &why);
    if (r == ROMTOOL_E_NOT_FOUND || r == ROMTOOL_E_NOT_REGULAR)
        return 1;
    if (r < 0)
        return rt_error_hand_on(err, &why);
    known =
        os_release_value((const char *)file.data, "ID", id, sizeof(id)) &&
        os_release_value((const char *)file.data, "VERSION_CODENAME", codename, sizeof(codename));
    rt_file_free(&file);
    if (known)
        (void)snprintf(ret, HOST_NAME_SIZE, "%s/%s", id, codename);
    return known ? 0 : 1;
}

bool profile_of_host(struct rt_slot_profile *ret)
{
    char name[HOST_NAME_SIZE];

    return host_name(name, NULL) == 0 && rt_slot_profile_find(name, ret, NULL) == 0;
}

bool profile_alias_option(const struct options *options, struct profile_aliases *aliases)
{
    const size_t most = sizeof(aliases->items) / sizeof(aliases->items[0]);
    const char *equals = strchr(options->value, '=');
    size_t len = equals != NULL ? (size_t)(equals - options->value) : 0;

    if (len == 0 || len >= ROMTOOL_NAME_SIZE || equals[1] == '\0') {
        (void)usage_error(options->help, "'%s' is not NAME=MACHINE", options->value);
        return false;
    }
    if (aliases->n == most) {
        (void)usage_error(options->help, "more than %zu --alias", most);
        return false;
    }
    memcpy(aliases->names[aliases->n], options->value, len);
    aliases->names[aliases->n][len] = '\0';
    aliases->items[aliases->n].name = aliases->names[aliases->n];
    aliases->items[aliases->n++].machine = equals + 1;
    return true;
}

void profile_use_aliases(struct rt_slot_profile *slots, const struct profile_aliases *aliases)
{
    slots->overrides = aliases->items;
    slots->n_overrides = aliases->n;
}

static bool is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

static int choose_series(struct profile *profile, const char *path, const char *wanted,
                         struct romtool_error *err)
{
    const struct rt_slot_vendor *vendor = rt_slot_file_vendor(profile->file);
    const struct rt_slot_series *found = NULL;

    for (size_t i = 0; i < vendor->n_series; i++) {
        if (wanted != NULL ? strcmp(vendor->series[i].name, wanted) == 0 : vendor->n_series == 1)
            found = &vendor->series[i];
    }
    if (found == NULL && wanted == NULL)
        return rt_error_set(err, ROMTOOL_E_UNKNOWN_PROFILE, ROMTOOL_NO_OFFSET,
                            "'%s' has %zu series, say which: '%s/%s'", path, vendor->n_series, path,
                            vendor->n_series > 0 ? vendor->series[0].name : "SERIES");
    if (found == NULL)
        return rt_error_set(err, ROMTOOL_E_UNKNOWN_PROFILE, ROMTOOL_NO_OFFSET,
                            "'%s' has no series '%s'", path, wanted);
    rt_slot_profile_make(&profile->slots, vendor, found);
    return 0;
}

static int open_slot_file(const char *path, const char *series, struct profile *ret,
                          struct romtool_error *err)
{
    struct rt_file file;
    int r = rt_file_read(path, RT_SLOT_FILE_SIZE_MAX, &file, err);

    if (r < 0)
        return r;
    r = rt_slot_file_read(rt_file_bytes(&file), &ret->file, err);
    rt_file_free(&file);
    if (r < 0)
        rt_error_prefix(err, "'%s'", path);
    else
        r = choose_series(ret, path, series, err);
    return r;
}

/* "FILE" or "FILE/SERIES"; 1 where there is no such file. */
static int open_path(const char *name, struct profile *ret, struct romtool_error *err)
{
    const char *slash = strrchr(name, '/');
    char *path;
    int r = 1;

    if (is_file(name))
        return open_slot_file(name, NULL, ret, err);
    if (slash == NULL)
        return 1;
    path = strndup(name, (size_t)(slash - name));
    if (path == NULL)
        return rt_error_no_memory(err);
    if (is_file(path))
        r = open_slot_file(path, slash + 1, ret, err);
    free(path);
    return r;
}

/* By name, dropped in before built in; 1 where there is no such profile. */
static int open_name(const char *name, struct profile *ret, struct romtool_error *err)
{
    const char *slash = strchr(name, '/');
    char *path;
    int r = dropins_find("", name, &path, err);

    if (r == 0 && path != NULL)
        r = open_slot_file(path, slash != NULL ? slash + 1 : NULL, ret, err);
    else if (r == 0)
        r = rt_slot_profile_find(name, &ret->slots, NULL) == 0 ? 0 : 1;
    free(path);
    return r;
}

int profile_open(const char *name, struct profile *ret, struct romtool_error *err)
{
    char host[HOST_NAME_SIZE];
    int r = 1;

    *ret = (struct profile){0};
    if (name == NULL)
        r = host_name(host, err);
    if (name == NULL && r == 0)
        r = open_name(host, ret, err);
    if (name == NULL && r == 1)
        r = open_name("upstream", ret, err);
    if (name != NULL)
        r = open_name(name, ret, err);
    if (name != NULL && r == 1)
        r = open_path(name, ret, err);
    if (r == 1)
        r = rt_slot_profile_find(name, &ret->slots, err); /* which names the nearest */
    if (r < 0)
        profile_close(ret);
    return r;
}

void profile_print(const struct profile *profile, const char *machine)
{
    (void)printf("profile %s", profile->slots.name);
    if (machine != NULL)
        (void)printf(", machine type %s", rt_slot_machine(&profile->slots, machine));
    (void)printf("\n");
}

void profile_json(const struct profile *profile, const char *machine, struct rt_json_writer *json)
{
    if (profile->slots.vendor != NULL)
        rt_json_write_string(json, "profile", profile->slots.name);
    else
        rt_json_write_null(json, "profile");
    if (profile->slots.vendor != NULL && machine != NULL)
        rt_json_write_string(json, "machine", rt_slot_machine(&profile->slots, machine));
    else
        rt_json_write_null(json, "machine");
}

void profile_close(struct profile *profile)
{
    rt_slot_file_free(profile->file);
    *profile = (struct profile){0};
}
