/* SPDX-License-Identifier: BSD-2-Clause */
/* What a QEMU says about itself: version, machine types, devices, where it looks for ROM files. */
#include "romtool/probe.h"

#include "romtool/qmp.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------- devices */

static int by_text(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

static void add_devices(struct probe *probe, const struct rt_slot_vendor *vendor)
{
    for (size_t i = 0; i < vendor->n_rows; i++) {
        const char *device = vendor->rows[i].device;
        bool there = device[0] == '\0'; /* a row about every device */

        for (size_t j = 0; j < probe->n_devices && !there; j++)
            there = strcmp(probe->devices[j], device) == 0;
        if (!there && probe->n_devices < PROBE_DEVICES_MAX)
            probe->devices[probe->n_devices++] = device;
    }
}

void probe_choose_devices(struct probe *probe, const struct rt_slot_profile *profile)
{
    size_t n;
    const struct rt_slot_vendor *vendors = rt_slot_builtin(&n);

    if (profile != NULL)
        add_devices(probe, profile->vendor); /* first: these fit in any case */
    for (size_t i = 0; i < n; i++)
        add_devices(probe, &vendors[i]);
    qsort(probe->devices, probe->n_devices, sizeof(probe->devices[0]), by_text);
}

/* Leaves the devices that this QEMU has. types is the answer of qom-list-types. */
static void keep_devices(struct probe *probe, const struct rt_json *types)
{
    size_t n = 0;

    for (size_t i = 0; i < probe->n_devices; i++) {
        bool there = false;

        for (size_t j = 0; j < rt_json_count(types) && !there; j++) {
            const char *name = rt_json_string(rt_json_get(rt_json_at(types, j), "name"));

            there = name != NULL && strcmp(name, probe->devices[i]) == 0;
        }
        if (there)
            probe->devices[n++] = probe->devices[i];
    }
    probe->n_devices = n;
}

/* ------------------------------------------------------------------------- version */

static int wrong(const char *command, const char *what, struct romtool_error *err)
{
    return rt_error_set(err, ROMTOOL_E_IO, ROMTOOL_NO_OFFSET, "no QEMU: %s without %s", command,
                        what);
}

static bool get_number(const struct rt_json *object, const char *key, uint16_t *ret)
{
    int64_t value;
    bool there = rt_json_integer(rt_json_get(object, key), &value);

    *ret = there && value >= 0 && value <= UINT16_MAX ? (uint16_t)value : 0;
    return there && *ret == value;
}

static int take_version(struct probe *probe, const struct rt_json *value, struct romtool_error *err)
{
    const struct rt_json *qemu = rt_json_get(value, "qemu");
    const char *package = rt_json_string(rt_json_get(value, "package"));
    struct rt_slot_version version;
    size_t n = 0;

    if (!get_number(qemu, "major", &version.major) || !get_number(qemu, "minor", &version.minor) ||
        !get_number(qemu, "micro", &version.micro))
        return wrong("query-version", "a version", err);
    rt_slot_version_write(version, probe->version);
    /* " (Debian 1:5.2+dfsg-11)" before 6.0, where the parentheses are part of it */
    for (const char *p = package != NULL ? package : ""; *p != '\0'; p++) {
        if ((n > 0 || (*p != ' ' && *p != '(')) && n + 1 < sizeof(probe->package))
            probe->package[n++] = (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f ? *p : '?';
    }
    if (n > 0 && probe->package[n - 1] == ')' && strchr(probe->package, '(') == NULL)
        probe->package[--n] = '\0';
    return 0;
}

/* ------------------------------------------------------------------------- machine types */

static int by_machine(const void *a, const void *b)
{
    const struct probe_machine *x = a, *y = b;
    int r = strcmp(x->parsed.family, y->parsed.family);

    if (r == 0)
        r = rt_machine_version_compare(&x->parsed, &y->parsed);
    return r != 0 ? r : strcmp(x->name, y->name);
}

static int take_machine(struct probe_machine *ret, const struct rt_json *value,
                        struct romtool_error *err)
{
    const char *name = rt_json_string(rt_json_get(value, "name"));
    const char *alias = rt_json_string(rt_json_get(value, "alias"));

    if (!probe_is_name(name) || (alias != NULL && !probe_is_name(alias)) ||
        !rt_machine_name_parse(name, &ret->parsed))
        return wrong("query-machines", "names that can be written", err);
    (void)snprintf(ret->name, sizeof(ret->name), "%s", name);
    (void)snprintf(ret->alias, sizeof(ret->alias), "%s", alias != NULL ? alias : "");
    ret->deprecated = rt_json_is_true(rt_json_get(value, "deprecated"));
    ret->wanted = true;
    return 0;
}

static int take_machines(struct probe *probe, const struct rt_json *value,
                         struct romtool_error *err)
{
    size_t n = rt_json_count(value);
    int r = 0;

    if (rt_json_type(value) != RT_JSON_ARRAY || n == 0 || n > PROBE_MACHINES_MAX)
        return wrong("query-machines", "machine types", err);
    probe->machines = calloc(n, sizeof(*probe->machines));
    if (probe->machines == NULL)
        return rt_error_no_memory(err);
    for (size_t i = 0; i < n && r == 0; i++)
        r = take_machine(&probe->machines[probe->n_machines++], rt_json_at(value, i), err);
    qsort(probe->machines, probe->n_machines, sizeof(*probe->machines), by_machine);
    for (size_t i = 1; i < probe->n_machines && r == 0; i++) {
        if (strcmp(probe->machines[i - 1].name, probe->machines[i].name) == 0)
            r = wrong("query-machines", "each name once", err);
    }
    return r;
}

static int make_cells(struct probe *probe, struct romtool_error *err)
{
    probe->cells =
        calloc(probe->n_machines * probe->n_devices + 1, sizeof(*probe->cells)); /* not 0 */
    if (probe->cells == NULL)
        return rt_error_no_memory(err);
    for (size_t i = 0; i < probe->n_machines; i++)
        probe->machines[i].cells = probe->cells + i * probe->n_devices;
    return 0;
}

/* ------------------------------------------------------------------------- search path */

/*
 * A directory of "-L help", as a slot file has it. One that is not there counts as it is written:
 * QEMU looks there too.
 */
static void add_directory(struct probe *probe, const char *dir)
{
    char path[PATH_MAX];

    if (realpath(dir, path) == NULL)
        (void)snprintf(path, sizeof(path), "%s", dir);
    if (path[0] != '/' || strlen(path) >= PROBE_TEXT_SIZE || probe->n_search == PROBE_DIRS_MAX)
        return;
    for (const char *p = path; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
            return;
    }
    memcpy(probe->search[probe->n_search++], path, strlen(path) + 1);
}

/* "-L help" lists them and ends; a QEMU that is too old for it greets instead. */
static int ask_directories(struct probe *probe, int cancel, struct romtool_error *err)
{
    struct probe_arguments arguments;
    struct child child = {0};
    const char *line;
    size_t len;
    int r;

    probe_arguments_begin(&arguments, probe, "none");
    probe_argument(&arguments, "-L");
    probe_argument(&arguments, "help");
    r = arguments.failed ? rt_error_no_memory(err)
                         : child_start(arguments.words, cancel, probe->seconds, &child, err);
    if (r == 0) {
        while (child_line(&child, &line, &len, NULL) == 0 && line[0] != '{')
            add_directory(probe, line);
        if (child.end == CHILD_LATE)
            r = rt_error_set(err, ROMTOOL_E_IO, ROMTOOL_NO_OFFSET,
                             "-L help: no end within %u seconds", probe->seconds);
    }
    for (size_t i = 0; i < probe->n_dirs && probe->n_search == 0; i++)
        add_directory(probe, probe->dirs[i]);
    if (probe->n_search == 0) {
        probe->search_assumed = true;
        add_directory(probe, "/usr/share/qemu");
    }
    child_stop(&child);
    probe_arguments_free(&arguments);
    return r;
}

/* ------------------------------------------------------------------------- all of it */

static int ask_questions(struct probe *probe, struct child *child, struct romtool_error *err)
{
    static const struct qmp_argument pci_devices[] = {{"implements", "pci-device"}, {NULL, NULL}};
    const struct rt_json *value;
    struct rt_json *answer;
    int r = qmp_begin(child, err);

    if (r < 0)
        return r;
    r = qmp_ask(child, "query-version", NULL, &answer, &value, err);
    if (r == 0)
        r = take_version(probe, value, err);
    rt_json_free(answer);
    if (r < 0)
        return r;
    r = qmp_ask(child, "query-machines", NULL, &answer, &value, err);
    if (r == 0)
        r = take_machines(probe, value, err);
    rt_json_free(answer);
    if (r < 0)
        return r;
    r = qmp_ask(child, "qom-list-types", pci_devices, &answer, &value, err);
    if (r == 0 && rt_json_type(value) != RT_JSON_ARRAY)
        r = wrong("qom-list-types", "types", err);
    if (r == 0)
        keep_devices(probe, value);
    rt_json_free(answer);
    return r;
}

int probe_ask(struct probe *probe, int cancel, struct romtool_error *err)
{
    struct probe_arguments arguments;
    char reason[PROBE_TEXT_SIZE];
    struct child child = {0};
    int about, r;

    probe_arguments_begin(&arguments, probe, "none");
    r = arguments.failed ? rt_error_no_memory(err)
                         : child_start(arguments.words, cancel, probe->seconds, &child, err);
    if (r == 0)
        r = ask_questions(probe, &child, err);
    child_stop(&child);
    probe_arguments_free(&arguments);
    if (r < 0 && child.end == CHILD_ENDED) {
        probe_reason(child.said, reason, &about);
        if (reason[0] != '\0') {
            rt_error_clear(err);
            r = rt_error_set(err, ROMTOOL_E_IO, ROMTOOL_NO_OFFSET, "no QEMU: it says '%s'", reason);
        } else {
            child_write_end(&child, reason, sizeof(reason));
            rt_error_prefix(err, "%s", reason);
        }
    }
    if (r == 0)
        r = make_cells(probe, err);
    if (r == 0)
        r = ask_directories(probe, cancel, err);
    if (r < 0)
        rt_error_prefix(err, "'%s'", probe->binary);
    return r;
}

int probe_want(struct probe *probe, const char *machine, struct romtool_error *err)
{
    for (size_t i = 0; i < probe->n_machines; i++) {
        struct probe_machine *m = &probe->machines[i];

        if (strcmp(m->name, machine) == 0 || strcmp(m->alias, machine) == 0) {
            m->wanted = true;
            return 0;
        }
    }
    return rt_error_set(err, ROMTOOL_E_UNKNOWN_MACHINE, ROMTOOL_NO_OFFSET,
                        "'%s' has no machine type '%.63s'", probe->binary, machine);
}

void probe_free(struct probe *probe)
{
    free(probe->machines);
    free(probe->cells);
    probe->machines = NULL;
    probe->cells = NULL;
}
