/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/slots-commands.h"

#include "romtool/dropins.h"
#include "romtool/profile.h"
#include "slots/lifecycle.h"

#include <string.h>

enum { OPTION_QEMU = OPTION_LONG, OPTION_JSON };

static const struct option_spec option_specs[] = {
    {'p', "profile", "PROFILE", "of which profile: its name or a slot file"},
    {OPTION_QEMU, "qemu", "VERSION", "lifecycle as of this QEMU (9.2.50), not the profile's"},
    {OPTION_JSON, "json", NULL, "print romtool/profiles/1, machines/1 or devices/1"},
    {0},
};

static const struct command_help help = {
    "slots list",
    "[profiles | machines | devices] [-p PROFILE] [--qemu VERSION] [--json]",
    "List the profiles, built in and dropped in; or a profile's machine types, each with where it\n"
    "is in its life and what it becomes with which release of QEMU; or a profile's devices.",
    option_specs,
};

struct list {
    const char *profile_name, *qemu;
    struct profile profile;
    struct rt_json_writer *json; /* NULL: text */
};

/* ------------------------------------------------------------------------- profiles */

static void list_profile(void *user, const struct rt_slot_profile *profile, const char *path)
{
    const struct list *list = user;
    char shown[512];

    if (list->json == NULL) {
        (void)printf("%-20s QEMU %-6s %4zu machine types  %s\n", profile->name,
                     profile->series->qemu, profile->series->n_machines,
                     path != NULL ? printable(path, shown, sizeof(shown)) : "built in");
        return;
    }
    rt_json_begin_object(list->json, NULL);
    rt_json_write_string(list->json, "profile", profile->name);
    rt_json_write_string(list->json, "qemu", profile->series->qemu);
    rt_json_write_integer(list->json, "machines", (int64_t)profile->series->n_machines);
    if (path != NULL)
        rt_json_write_string(list->json, "path", path);
    else
        rt_json_write_null(list->json, "path");
    rt_json_end_object(list->json);
}

static int list_profiles(struct list *list, struct romtool_error *err)
{
    return dropins_each("", list_profile, list, err);
}

/* ------------------------------------------------------------------------- machine types */

static void lifecycle_text(const struct rt_lifecycle *life)
{
    char version[RT_SLOT_VERSION_SIZE];

    (void)printf("  %s", rt_lifecycle_name(life->state));
    if (life->next != RT_LIFECYCLE_NONE) {
        rt_slot_version_write(life->next_in, version);
        (void)printf(", %s in %s", rt_lifecycle_name(life->next), version);
    }
}

static void lifecycle_json(struct rt_json_writer *json, const struct rt_lifecycle *life)
{
    char version[RT_SLOT_VERSION_SIZE];

    rt_json_write_string(json, "state", rt_lifecycle_name(life->state));
    if (life->next == RT_LIFECYCLE_NONE) {
        rt_json_write_null(json, "next");
        rt_json_write_null(json, "next_in");
        return;
    }
    rt_slot_version_write(life->next_in, version);
    rt_json_write_string(json, "next", rt_lifecycle_name(life->next));
    rt_json_write_string(json, "next_in", version);
}

/* The series' alias that stands for a machine type, or NULL. */
static const char *alias_of(const struct rt_slot_series *series, const char *machine)
{
    for (size_t i = 0; i < series->n_aliases; i++) {
        if (strcmp(series->aliases[i].machine, machine) == 0)
            return series->aliases[i].name;
    }
    return NULL;
}

static int list_machine(const struct list *list, const char *machine, const char *qemu,
                        struct romtool_error *err)
{
    const char *alias = alias_of(list->profile.slots.series, machine);
    struct rt_machine_name name;
    struct rt_lifecycle life = {0};

    if (rt_machine_name_parse(machine, &name) && !rt_machine_lifecycle(&name, qemu, &life))
        return rt_error_set(err, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET,
                            "'%s' is not a version of QEMU", qemu);
    if (list->json == NULL) {
        (void)printf("%-24s %-16s", machine, alias != NULL ? alias : "");
        lifecycle_text(&life);
        (void)printf("\n");
        return 0;
    }
    rt_json_begin_object(list->json, NULL);
    rt_json_write_string(list->json, "machine", machine);
    if (alias != NULL)
        rt_json_write_string(list->json, "alias", alias);
    else
        rt_json_write_null(list->json, "alias");
    lifecycle_json(list->json, &life);
    rt_json_end_object(list->json);
    return 0;
}

static int list_machines(struct list *list, struct romtool_error *err)
{
    const struct rt_slot_series *series = list->profile.slots.series;
    const char *qemu = list->qemu != NULL ? list->qemu : series->qemu;
    int r = 0;

    for (size_t i = 0; i < series->n_machines && r == 0; i++)
        r = list_machine(list, series->machines[i], qemu, err);
    return r;
}

/* ------------------------------------------------------------------------- devices */

static int list_devices(struct list *list, struct romtool_error *err)
{
    const struct rt_slot_vendor *vendor = list->profile.slots.vendor;
    const char *series = list->profile.slots.series->name;

    (void)err;
    for (size_t i = 0; i < vendor->n_rows; i++) {
        const struct rt_slot_row *row = &vendor->rows[i];
        bool again = row->device[0] == '\0' || !rt_slot_row_in_series(row, series);

        for (size_t k = 0; k < i && !again; k++)
            again = strcmp(vendor->rows[k].device, row->device) == 0 &&
                    rt_slot_row_in_series(&vendor->rows[k], series);
        if (again)
            continue;
        if (list->json != NULL)
            rt_json_write_string(list->json, NULL, row->device);
        else
            (void)printf("%s\n", row->device);
    }
    return 0;
}

/* ------------------------------------------------------------------------- the whole */

static const struct {
    const char *name, *schema;
    int (*list)(struct list *list, struct romtool_error *err);
    bool of_profile;
} kinds[] = {
    {"profiles", "romtool/profiles/1", list_profiles, false},
    {"machines", "romtool/machines/1", list_machines, true},
    {"devices", "romtool/devices/1", list_devices, true},
};

static enum exit_status list_kind(struct list *list, size_t kind, bool json)
{
    struct rt_buffer out = {0};
    struct rt_json_writer writer = {.out = &out};
    enum exit_status status = EXIT_HELD;
    struct romtool_error err;
    int r = 0;

    rt_error_clear(&err);
    if (kinds[kind].of_profile)
        r = profile_open(list->profile_name, &list->profile, &err);
    if (r == 0 && json) {
        list->json = &writer;
        rt_json_begin_object(&writer, NULL);
        rt_json_write_string(&writer, "schema", kinds[kind].schema);
        if (kinds[kind].of_profile)
            rt_json_write_string(&writer, "profile", list->profile.slots.name);
        rt_json_begin_array(&writer, kinds[kind].name);
    } else if (r == 0 && kinds[kind].of_profile) {
        profile_print(&list->profile, NULL);
    }
    if (r == 0)
        r = kinds[kind].list(list, &err);
    if (r < 0) {
        status = say_error(&err, NULL, json);
    } else if (json) {
        rt_json_end_array(&writer);
        rt_json_end_object(&writer);
        status = print_json(&out, EXIT_HELD);
    }
    rt_buffer_free(&out);
    profile_close(&list->profile);
    return status;
}

enum exit_status command_slots_list(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    struct list list = {0};
    bool json = false;
    const char *what;
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == 'p')
            list.profile_name = options.value;
        else if (id == OPTION_QEMU)
            list.qemu = options.value;
        else if (id == OPTION_JSON)
            json = true;
        else
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
    }
    what = options.first < argc ? argv[options.first] : "profiles";
    if (options.first + 1 < argc)
        return usage_error(&help, "unexpected '%s'", argv[options.first + 1]);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].name, what) == 0)
            return list_kind(&list, i, json);
    }
    return usage_error(&help, "'%s' is none of profiles, machines and devices", what);
}
