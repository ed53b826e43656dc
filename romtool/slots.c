/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/commands.h"

#include "romtool/profile.h"
#include "romtool/slots-commands.h"
#include "slots/slots.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_JSON = OPTION_LONG, OPTION_ALIAS };

static const struct option_spec option_specs[] = {
    {'p', "profile", "PROFILE", "whose mandates: a profile's name or a slot file"},
    {OPTION_ALIAS, "alias", PROFILE_ALIAS_HELP},
    {'m', "machine", "MACHINE", "only this machine type or alias"},
    {'d', "device", "DEVICE", "only this device"},
    {OPTION_JSON, "json", NULL, "print romtool/slots/1"},
    {0},
};

static const struct command_help show_help = {
    "slots show",
    "[-p PROFILE] [-m MACHINE] [-d DEVICE] [--json]",
    "Show the mandates of a profile: machine type, device, ROM file name, slot in bytes, and "
    "where\n"
    "it is known from.",
    option_specs,
};

static const struct command_help slots_help = {
    "slots",
    "list|show|lint|diff|probe ...",
    "List the profiles, show the mandates of one, check a slot file, compare two, measure a QEMU.",
    option_specs + sizeof(option_specs) / sizeof(option_specs[0]) - 1,
};

struct show {
    const struct rt_slot_profile *profile;
    const char *machine; /* only this one, resolved; or NULL */
    const char *device;  /* only this one; or NULL */
    struct rt_json_writer *json;
    size_t shown;
};

static void show_row(struct show *show, const char *machine, const struct rt_slot_row *row)
{
    show->shown++;
    if (show->json == NULL) {
        (void)printf("%-18s %-28s %-26s %8" PRIu64 "  %s\n", machine, row->device, row->file,
                     row->slot, row->source);
        return;
    }
    rt_json_begin_object(show->json, NULL);
    rt_json_write_string(show->json, "machine", machine);
    rt_json_write_string(show->json, "device", row->device);
    rt_json_write_string(show->json, "file", row->file);
    rt_json_write_integer(show->json, "slot", (int64_t)row->slot);
    rt_json_write_string(show->json, "basis", row->basis);
    rt_json_write_string(show->json, "source", row->source);
    rt_json_end_object(show->json);
}

static void show_machine(struct show *show, const char *machine)
{
    const struct rt_slot_vendor *vendor = show->profile->vendor;

    for (size_t i = 0; i < vendor->n_rows; i++) {
        const struct rt_slot_row *row = &vendor->rows[i];

        if ((show->device == NULL || strcmp(show->device, row->device) == 0) &&
            rt_slot_row_applies(row, show->profile, machine))
            show_row(show, machine, row);
    }
}

/*
 * The lookup's own answer for one machine type and device: unknown names are said to be so, and
 * libvirt's model name becomes the driver's.
 */
static int ask(struct show *show, const char *machine, const char *device,
               struct romtool_error *err)
{
    const struct rt_slot_row *row;
    int r = rt_slot_find(show->profile, machine, device, &row, err);

    if (r == 0 && show->device != NULL)
        show->device = row->device;
    return r;
}

static int check_question(struct show *show, struct romtool_error *err)
{
    const struct rt_slot_series *series = show->profile->series;
    int r = 0;

    if (show->machine != NULL && show->device != NULL)
        return ask(show, show->machine, show->device, err);
    if (show->machine != NULL) {
        r = ask(show, show->machine, show->profile->vendor->rows[0].device, err);
        return r == ROMTOOL_E_UNKNOWN_MACHINE ? r : 0; /* that device was not asked about */
    }
    for (size_t i = 0; i < series->n_machines; i++) {
        rt_error_clear(err);
        r = ask(show, series->machines[i], show->device, err);
        if (r != ROMTOOL_E_NO_MANDATE)
            break;
    }
    return r;
}

static int show_profile(struct show *show, struct romtool_error *err)
{
    const struct rt_slot_series *series = show->profile->series;
    int r = 0;

    if (show->machine != NULL)
        show->machine = rt_slot_machine(show->profile, show->machine);
    if (show->machine != NULL || show->device != NULL)
        r = check_question(show, err);
    if (r < 0)
        return r;
    if (show->json != NULL) {
        rt_json_begin_object(show->json, NULL);
        rt_json_write_string(show->json, "schema", "romtool/slots/1");
        rt_json_write_string(show->json, "profile", show->profile->name);
        rt_json_begin_array(show->json, "mandates");
    } else {
        (void)printf("profile %s, QEMU %s\n", show->profile->name, series->qemu);
    }
    if (show->machine != NULL)
        show_machine(show, show->machine);
    else
        for (size_t i = 0; i < series->n_machines; i++)
            show_machine(show, series->machines[i]);
    if (show->json != NULL) {
        rt_json_end_array(show->json);
        rt_json_end_object(show->json);
    }
    return 0;
}

static enum exit_status command_show(int argc, char **argv)
{
    struct options options = {.help = &show_help, .argc = argc, .argv = argv};
    const char *profile_name = NULL;
    struct rt_buffer out = {0};
    struct rt_json_writer writer = {.out = &out};
    struct romtool_error err;
    struct profile_aliases aliases = {0};
    struct profile profile;
    struct show show = {0};
    enum exit_status status = EXIT_HELD;
    int id, r;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == 'p')
            profile_name = options.value;
        else if (id == 'm')
            show.machine = options.value;
        else if (id == 'd')
            show.device = options.value;
        else if (id == OPTION_JSON)
            show.json = &writer;
        else if (id != OPTION_ALIAS)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        else if (!profile_alias_option(&options, &aliases))
            return EXIT_USAGE;
    }
    if (options.first != argc)
        return usage_error(&show_help, "unexpected '%s'", argv[options.first]);
    rt_error_clear(&err);
    r = profile_open(profile_name, &profile, &err);
    if (r == 0) {
        profile_use_aliases(&profile.slots, &aliases);
        show.profile = &profile.slots;
        r = show_profile(&show, &err);
    }
    if (r < 0)
        status = say_error(&err, NULL, show.json != NULL);
    else if (show.json != NULL)
        status = print_json(&out, EXIT_HELD);
    rt_buffer_free(&out);
    profile_close(&profile);
    return status;
}

static const struct subcommand subcommands[] = {
    {"list", command_slots_list}, {"show", command_show},         {"lint", command_slots_lint},
    {"diff", command_slots_diff}, {"probe", command_slots_probe},
};

enum exit_status command_slots(int argc, char **argv)
{
    return run_subcommand(&slots_help, subcommands, sizeof(subcommands) / sizeof(subcommands[0]),
                          argc, argv);
}
