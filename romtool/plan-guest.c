/* SPDX-License-Identifier: BSD-2-Clause */
/* `plan --from` a saved guest: what its own ROMs need, instead of what two profiles say. */
#include "romtool/state-commands.h"

#include "romtool/fix.h"
#include "romtool/state.h"

#include <inttypes.h>
#include <string.h>

enum { OPTION_FROM = OPTION_LONG, OPTION_TO, OPTION_JSON, OPTION_ALIAS };

static const struct option_spec option_specs[] = {
    {OPTION_FROM, "from", "A", "a saved guest"},
    {OPTION_TO, "to", "B", "where it goes: a profile, slot file, manifest or directory"},
    {OPTION_ALIAS, "alias", PROFILE_ALIAS_HELP},
    {'m', "machine", "MACHINE", "the guest's machine type, where the stream does not say"},
    {'d', "device", "DEVICE", "only this device"},
    {'v', "verbose", NULL, "every fix, as always here"},
    {OPTION_JSON, "json", NULL, "print romtool/plan/1"},
    {0},
};

static const struct command_help help = {
    "plan",
    "--from A --to B [-m MACHINE] [-d DEVICE] [--json]",
    "What the option ROMs of a saved guest need to be restored at B.",
    option_specs,
};

struct guest_plan {
    struct state_question question;
    const char *from, *device;
    bool json;
    size_t n_asked; /* ROMs that the question is about */
    struct profile_aliases aliases;
    struct destination destination;
    struct rt_buffer text; /* JSON */
    struct rt_json_writer writer;
    enum exit_status status;
};

static bool is_asked(const struct guest_plan *plan, const struct passage *passage)
{
    return plan->device == NULL ||
           strcmp(rt_slot_device(&plan->destination.ground.profile, plan->device),
                  passage->device) == 0;
}

/* plan's words: what is not known is missing, a ROM that is not there is another slot. */
static const char *outcome_name(const struct passage *passage)
{
    if (!passage->is_known)
        return "missing";
    return passage->outcome == RT_RESTORE_SAME ? "same" : "differs";
}

static void show_json(struct guest_plan *plan, const struct state_guest *guest,
                      const struct passage *passage)
{
    struct rt_json_writer *json = &plan->writer;

    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "machine", guest->machine);
    rt_json_write_string(json, "device", passage->device);
    rt_json_write_string(json, "block", passage->block->name);
    rt_json_write_integer(json, "from_slot",
                          passage->move.from_slot <= INT64_MAX ? (int64_t)passage->move.from_slot
                                                               : INT64_MAX);
    if (passage->is_known)
        rt_json_write_integer(json, "to_slot", (int64_t)passage->move.to_slot);
    else
        rt_json_write_null(json, "to_slot");
    rt_json_write_string(json, "verdict", outcome_name(passage));
    if (passage_status(passage) == EXIT_REFUSED)
        fix_json(&passage->move, json);
    else
        rt_json_write_null(json, "fix");
    rt_json_end_object(json);
}

static void show_text(const struct state_guest *guest, const struct passage *passage)
{
    char shown[RT_STATE_NAME_SIZE];

    (void)printf("\n%s on ", passage->device);
    (void)printf("%s, ", printable(guest->machine, shown, sizeof(shown)));
    (void)printf("%s: ", printable(passage->block->name, shown, sizeof(shown)));
    if (!passage->is_known) {
        (void)printf("not known\n");
    } else if (passage->outcome == RT_RESTORE_SAME) {
        (void)printf("%" PRIu64 ", the same\n", passage->move.from_slot);
    } else {
        (void)printf("%" PRIu64 " -> %" PRIu64 "\n", passage->move.from_slot,
                     passage->move.to_slot);
        fix_print(stdout, &passage->move);
    }
}

static void show_guest(struct guest_plan *plan, const struct state_guest *guest)
{
    char shown[512];

    if (!plan->json) {
        (void)printf("from %s", printable(plan->from, shown, sizeof(shown)));
        (void)printf(" to %s", printable(plan->destination.name, shown, sizeof(shown)));
        if (plan->destination.qemu[0] != '\0')
            (void)printf(" (QEMU %s)", plan->destination.qemu);
        (void)printf(": %zu option ROMs\n", guest->n_roms);
    }
    for (size_t i = 0; guest->passage != NULL && i < guest->n_roms; i++) {
        if (!is_asked(plan, &guest->passage[i]))
            continue;
        plan->n_asked++;
        plan->status = exit_status_of_parts(plan->status, passage_status(&guest->passage[i]));
        if (plan->json)
            show_json(plan, guest, &guest->passage[i]);
        else
            show_text(guest, &guest->passage[i]);
    }
    /* what a difference is called, is said already */
    for (size_t i = 0; i < guest->findings.n; i++) {
        if (guest->findings.items[i].finding.code != ROMTOOL_E_WONT_RESTORE)
            print_finding(stderr, guest->path, &guest->findings.items[i].finding);
    }
    if (guest->passage == NULL) /* it could not be read so far */
        plan->status = exit_status_both(plan->status, guest->status);
}

static int plan_guests(struct guest_plan *plan, struct romtool_error *err)
{
    struct saved saved;
    int r = saved_open(plan->from, -1, &saved, err);

    for (size_t i = 0; r == 0 && i < saved.n; i++) {
        struct state_guest guest = {.question = &plan->question, .path = plan->from};

        state_guest_read(&guest, &saved, i, &plan->destination, NULL);
        show_guest(plan, &guest);
        state_guest_end(&guest);
    }
    saved_close(&saved);
    if (r == 0 && plan->device != NULL && plan->n_asked == 0 && plan->status == EXIT_HELD)
        r = rt_error_set(err, ROMTOOL_E_UNKNOWN_DEVICE, ROMTOOL_NO_OFFSET,
                         "the guest has no ROM of a device '%s'", plan->device);
    return r;
}

static enum exit_status plan_run(struct guest_plan *plan)
{
    struct rt_json_writer *json = &plan->writer;
    const char *path = plan->question.to;
    struct romtool_error err;
    int r;

    rt_error_clear(&err);
    *json = (struct rt_json_writer){.out = &plan->text};
    r = destination_open(plan->question.to, NULL, NULL, &plan->destination, &err);
    profile_use_aliases(&plan->destination.ground.profile, &plan->aliases);
    if (plan->json) {
        rt_json_begin_object(json, NULL);
        rt_json_write_string(json, "schema", "romtool/plan/1");
        rt_json_write_string(json, "from", plan->from);
        rt_json_write_string(json, "to", plan->question.to);
        rt_json_begin_array(json, "moves");
    }
    if (r == 0) {
        path = plan->from;
        r = plan_guests(plan, &err);
    }
    destination_close(&plan->destination);
    if (r < 0) {
        rt_buffer_free(&plan->text);
        return say_error(&err, path, plan->json);
    }
    if (!plan->json)
        return plan->status;
    rt_json_end_array(json);
    rt_json_write_string(json, "verdict", verdict_name(plan->status));
    rt_json_end_object(json);
    return print_json(&plan->text, plan->status);
}

enum exit_status command_plan_guest(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    struct guest_plan plan = {.question.only_blocks = true};
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == OPTION_FROM)
            plan.from = options.value;
        else if (id == OPTION_TO)
            plan.question.to = options.value;
        else if (id == 'm')
            plan.question.machine = options.value;
        else if (id == 'd')
            plan.device = options.value;
        else if (id == OPTION_JSON)
            plan.json = true;
        else if (id == OPTION_HELP || id == OPTION_WRONG)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        else if (id == OPTION_ALIAS && !profile_alias_option(&options, &plan.aliases))
            return EXIT_USAGE;
    }
    if (plan.from == NULL || plan.question.to == NULL || options.first != argc)
        return usage_error(&help, "--from A and --to B are needed, and nothing else");
    return plan_run(&plan);
}
