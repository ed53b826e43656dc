/* SPDX-License-Identifier: BSD-2-Clause */
/* AppArmor's file rules, apparmor.d(5), as far as it takes to know what a guest may read. */
#include "romtool/libvirt-doctor.h"

#include "romtool/directory.h"

#include <stdlib.h>
#include <string.h>

#define APPARMOR "/etc/apparmor.d"

enum {
    RULES_SIZE_MAX = 1 << 20, /* bytes of a file */
    FILES_MAX = 256,          /* that include each other */
    STEPS_MAX = 100000,       /* of one comparison */
};

struct rules {
    const struct doctor *doctor;
    const char *path;       /* that is asked about */
    char *files[FILES_MAX]; /* that were read: none is twice */
    size_t n_files;
    bool allowed, denied;
};

/* ------------------------------------------------------------------------- patterns */

static bool matches(const char *pattern, const char *text, unsigned *steps);

/* "{a,b}REST": each alternative with the rest behind it. */
static bool matches_alternatives(const char *pattern, const char *text, unsigned *steps)
{
    const char *begin = pattern + 1, *at, *end = NULL;
    unsigned depth = 0;

    for (at = begin; *at != '\0' && end == NULL; at++) {
        depth += *at == '{' ? 1 : 0;
        if (*at == '}' && depth-- == 0)
            end = at;
    }
    if (end == NULL)
        return false;
    for (at = begin, depth = 0; at <= end; at++) {
        if ((*at == ',' && depth == 0) || at == end) {
            struct rt_buffer one = {0};
            bool is;

            rt_buffer_append(&one, begin, (size_t)(at - begin));
            rt_buffer_puts(&one, end + 1);
            is = !one.failed && matches(one.data, text, steps);
            rt_buffer_free(&one);
            if (is)
                return true;
            begin = at + 1;
        }
        depth += *at == '{' ? 1 : 0;
        depth -= *at == '}' && depth > 0 ? 1 : 0;
    }
    return false;
}

/* "*" but for slashes, "**" all. */
static bool matches_star(const char *pattern, const char *text, unsigned *steps)
{
    bool is_all = pattern[1] == '*';
    const char *rest = pattern + (is_all ? 2 : 1);

    for (;; text++) {
        if (matches(rest, text, steps))
            return true;
        if (*text == '\0' || (*text == '/' && !is_all))
            return false;
    }
}

/* "[a-c]", "[^a]": *pattern goes to its end. */
static bool matches_class(const char **pattern, char c)
{
    const char *at = *pattern + 1;
    bool is_other = *at == '^', is_in = false;

    at += is_other ? 1 : 0;
    for (; *at != ']' && *at != '\0'; at++) {
        if (at[1] == '-' && at[2] != ']' && at[2] != '\0') {
            is_in = is_in || (c >= at[0] && c <= at[2]);
            at += 2;
        } else {
            is_in = is_in || c == *at;
        }
    }
    *pattern = at;
    return *at == ']' && c != '/' && is_in != is_other;
}

static bool matches(const char *pattern, const char *text, unsigned *steps)
{
    for (; (*steps)++ < STEPS_MAX; pattern++, text++) {
        if (*pattern == '*')
            return matches_star(pattern, text, steps);
        if (*pattern == '{')
            return matches_alternatives(pattern, text, steps);
        if (*pattern == '\0' || *text == '\0')
            return *pattern == *text;
        if (*pattern == '?' && *text != '/')
            continue;
        if (*pattern == '[') {
            if (matches_class(&pattern, *text))
                continue;
            return false;
        }
        if (*pattern == '\\' && pattern[1] != '\0')
            pattern++;
        if (*pattern != *text)
            return false;
    }
    return false;
}

/* ------------------------------------------------------------------------- files */

static void read_path(struct rules *rules, const char *path);

/* "PATH PERMISSIONS,", perhaps behind "owner" and the like. */
static void read_rule(struct rules *rules, char *line)
{
    bool is_denied = false;
    unsigned steps = 0;
    char *rest = NULL, *word = strtok_r(line, " \t", &rest), *permissions;

    while (word != NULL &&
           (strcmp(word, "audit") == 0 || strcmp(word, "owner") == 0 ||
            strcmp(word, "allow") == 0 || strcmp(word, "file") == 0 || strcmp(word, "deny") == 0)) {
        is_denied = is_denied || word[0] == 'd';
        word = strtok_r(NULL, " \t", &rest);
    }
    if (word == NULL || word[0] != '/')
        return;
    permissions = strtok_r(NULL, " \t", &rest);
    if (permissions == NULL || strchr(permissions, 'r') == NULL ||
        !matches(word, rules->path, &steps))
        return;
    if (is_denied)
        rules->denied = true;
    else
        rules->allowed = true;
}

/* "include <abstractions/base>", "#include ...", "include if exists <...>" */
static bool read_include(struct rules *rules, const char *line)
{
    const char *begin = strchr(line, '<'), *end = strchr(line, '>');
    struct rt_buffer path = {0};

    if (strncmp(line + (line[0] == '#' ? 1 : 0), "include", 7) != 0)
        return false;
    if (begin != NULL && end != NULL && begin < end) {
        rt_buffer_printf(&path, APPARMOR "/%.*s", (int)(end - begin - 1), begin + 1);
        if (!path.failed)
            read_path(rules, path.data);
        rt_buffer_free(&path);
    }
    return true;
}

/* Is this file not read yet? It counts as read then. */
static bool is_new(struct rules *rules, const char *path)
{
    for (size_t i = 0; i < rules->n_files; i++)
        if (strcmp(rules->files[i], path) == 0)
            return false;
    if (rules->n_files == FILES_MAX)
        return false;
    rules->files[rules->n_files] = strdup(path);
    return rules->files[rules->n_files] != NULL && ++rules->n_files > 0;
}

static void read_file(struct rules *rules, const char *path)
{
    struct rt_file file;
    char *rest, *line;

    if (!is_new(rules, path) || doctor_read(rules->doctor, path, RULES_SIZE_MAX, &file, NULL) < 0)
        return;
    rest = (char *)file.data;
    while ((line = strsep(&rest, "\n")) != NULL) {
        line += strspn(line, " \t");
        if (!read_include(rules, line) && line[0] != '#')
            read_rule(rules, line);
    }
    rt_file_free(&file);
}

/* A file, or all of a directory. */
static void read_path(struct rules *rules, const char *path)
{
    char *below = libvirt_ground_path(&rules->doctor->ground, path);
    struct file_names names = {0};

    if (below != NULL && is_directory(below))
        (void)directory_list(below, &names, NULL);
    else if (below != NULL)
        read_file(rules, path);
    for (size_t i = 0; i < names.n; i++) {
        char *name = path_join(path, names.names[i]);

        if (name != NULL)
            read_file(rules, name);
        free(name);
    }
    file_names_free(&names);
    free(below);
}

bool doctor_apparmor_allows(const struct doctor *doctor, const char *path)
{
    struct rules rules = {.doctor = doctor, .path = path};

    read_path(&rules, APPARMOR "/abstractions/libvirt-qemu");
    for (size_t i = 0; i < rules.n_files; i++)
        free(rules.files[i]);
    return rules.allowed && !rules.denied;
}
