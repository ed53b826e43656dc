/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/commands.h"

#include "romtool/fix.h"
#include "romtool/ground.h"
#include "romtool/saved-magic.h"
#include "slots/compare.h"
#include "slots/move.h"

#include <inttypes.h>
#include <string.h>

enum { OPTION_FROM = OPTION_LONG, OPTION_TO, OPTION_JSON, OPTION_ALIAS };

static const struct option_spec option_specs[] = {
    {OPTION_FROM, "from", "A",
     "where guests come from: a profile, slot file or manifest; or a saved guest"},
    {OPTION_TO, "to", "B", "where they go: a profile, slot file or manifest"},
    {OPTION_ALIAS, "alias", PROFILE_ALIAS_HELP},
    {'m', "machine", "MACHINE", "only this machine type, with its fixes"},
    {'d', "device", "DEVICE", "only this device, with its fixes"},
    {'v', "verbose", NULL, "every fix"},
    {OPTION_JSON, "json", NULL, "print romtool/plan/1"},
    {0},
};

static const struct command_help help = {
    "plan",
    "--from A --to B [-m MACHINE] [-d DEVICE] [-v] [--json]",
    "What a move of guests from A to B needs: for every machine type that both have and every\n"
    "device, whether the slot is the same, and where it is not, what gives the device its old "
    "slot\n"
    "on the destination. With a saved guest as A: for each option ROM that it has.\n"
    "Exit status 1 where a slot differs, 3 where one is not known.",
    option_specs,
};

struct plan {
    const char *from_name, *to_name, *machine, *device;
    bool verbose, json;
    struct ground from, to;
    struct profile_aliases aliases;
    struct rt_json_writer *writer;
};

/* ------------------------------------------------------------------------- one pair */

static bool is_asked(const struct plan *plan, const struct rt_slot_pair *pair)
{
    return (plan->machine == NULL || strcmp(plan->machine, pair->machine) == 0) &&
           (plan->device == NULL || strcmp(plan->device, pair->device) == 0);
}

static const char *outcome_name(enum rt_slot_outcome outcome)
{
    switch (outcome) {
    case RT_SLOT_SAME:
        return "same";
    case RT_SLOT_DIFFERS:
        return "differs";
    case RT_SLOT_MISSING:
        break;
    }
    return "missing";
}

static struct rt_move move_of(const struct plan *plan, const struct rt_slot_pair *pair)
{
    return (struct rt_move){
        .device = pair->device,
        .from_slot = pair->a->slot,
        .to_slot = pair->b->slot,
        .file = pair->a->slot != 0 ? pair->a->file : pair->b->file,
        .qemu = plan->to.profile.series->qemu,
    };
}

static enum exit_status status_of(enum rt_slot_outcome outcome)
{
    switch (outcome) {
    case RT_SLOT_SAME:
        return EXIT_HELD;
    case RT_SLOT_DIFFERS:
        return EXIT_REFUSED;
    case RT_SLOT_MISSING:
        break;
    }
    return EXIT_UNDECIDED;
}

/* ------------------------------------------------------------------------- json */

static void json_slot(struct rt_json_writer *json, const char *key, const struct rt_slot_row *row)
{
    if (row == NULL)
        rt_json_write_null(json, key);
    else
        rt_json_write_integer(json, key, (int64_t)row->slot);
}

static void json_pair(const struct plan *plan, const struct rt_slot_pair *pair)
{
    struct rt_json_writer *json = plan->writer;
    struct rt_move move;

    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "machine", pair->machine);
    rt_json_write_string(json, "device", pair->device);
    json_slot(json, "from_slot", pair->a);
    json_slot(json, "to_slot", pair->b);
    rt_json_write_string(json, "verdict", outcome_name(pair->outcome));
    if (pair->outcome == RT_SLOT_DIFFERS) {
        move = move_of(plan, pair);
        fix_json(&move, json);
    } else {
        rt_json_write_null(json, "fix");
    }
    rt_json_end_object(json);
}

static enum exit_status plan_json(const struct plan *plan, struct rt_slot_compare *compare)
{
    struct rt_json_writer *json = plan->writer;
    enum exit_status status = EXIT_HELD;
    struct rt_slot_pair pair;

    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "schema", "romtool/plan/1");
    rt_json_write_string(json, "from", plan->from.profile.name);
    rt_json_write_string(json, "to", plan->to.profile.name);
    rt_json_begin_array(json, "moves");
    while (rt_slot_compare_next(compare, &pair)) {
        if (!is_asked(plan, &pair))
            continue;
        json_pair(plan, &pair);
        status = exit_status_of_parts(status, status_of(pair.outcome));
    }
    rt_json_end_array(json);
    rt_json_write_string(json, "verdict", verdict_name(status));
    rt_json_end_object(json);
    return status;
}

/* ------------------------------------------------------------------------- text */

struct tally {
    const char *device;
    size_t n[3]; /* by outcome */
};

static void print_tally(const struct tally *tally)
{
    if (tally->device != NULL)
        (void)printf("%-32s %6zu %8zu %8zu\n", tally->device, tally->n[RT_SLOT_SAME],
                     tally->n[RT_SLOT_DIFFERS], tally->n[RT_SLOT_MISSING]);
}

/* "debian/bookworm (QEMU 7.2)"; a manifest may not say of which QEMU it is. */
static void print_side(const char *what, const struct rt_slot_profile *profile)
{
    (void)printf("%s %s", what, profile->name);
    if (profile->series->qemu[0] != '\0')
        (void)printf(" (QEMU %s)", profile->series->qemu);
}

/* One line a device: on how many machine types the slot is the same, differs, is not known. */
static enum exit_status print_matrix(const struct plan *plan, struct rt_slot_compare *compare)
{
    enum exit_status status = EXIT_HELD;
    struct tally tally = {0};
    struct rt_slot_pair pair;

    print_side("from", &plan->from.profile);
    print_side(" to", &plan->to.profile);
    (void)printf(": %zu machine types in both\n\n%-32s %6s %8s %8s\n", compare->n_machines,
                 "device", "same", "differs", "missing");
    while (rt_slot_compare_next(compare, &pair)) {
        if (!is_asked(plan, &pair))
            continue;
        if (tally.device == NULL || strcmp(tally.device, pair.device) != 0) {
            print_tally(&tally);
            tally = (struct tally){.device = pair.device};
        }
        tally.n[pair.outcome]++;
        status = exit_status_of_parts(status, status_of(pair.outcome));
    }
    print_tally(&tally);
    return status;
}

static void print_run(const struct plan *plan, const struct rt_slot_run *run)
{
    char range[RT_SLOT_RANGE_TEXT_SIZE];
    struct rt_move move;

    rt_slot_range_text(run->first.machine, run->last, range);
    if (run->first.outcome == RT_SLOT_MISSING) {
        (void)printf("\n%s on %s: not known in %s\n", run->first.device, range,
                     run->first.a == NULL ? plan->from.profile.name : plan->to.profile.name);
        return;
    }
    move = move_of(plan, &run->first);
    (void)printf("\n%s on %s: %" PRIu64 " -> %" PRIu64 "\n", run->first.device, range,
                 move.from_slot, move.to_slot);
    fix_print(stdout, &move);
}

/* What is not the same, neighbours together. */
static void print_details(const struct plan *plan, struct rt_slot_compare *compare)
{
    struct rt_slot_run run = {0};
    struct rt_slot_pair pair;

    rt_slot_compare_rewind(compare);
    while (rt_slot_compare_next(compare, &pair)) {
        if (!is_asked(plan, &pair) || pair.outcome == RT_SLOT_SAME)
            continue;
        if (run.n > 0 && rt_slot_run_add(&run, &pair))
            continue;
        if (run.n > 0)
            print_run(plan, &run);
        run = rt_slot_run_of(&pair);
    }
    if (run.n > 0)
        print_run(plan, &run);
}

/* ------------------------------------------------------------------------- the whole */

/* An exact question gets the lookup's own answer where the names are not known. */
static int check_question(struct plan *plan, struct romtool_error *err)
{
    if (plan->device != NULL)
        plan->device = rt_slot_device(&plan->from.profile, plan->device);
    if (plan->device != NULL && !rt_slot_has_device(&plan->from.profile, plan->device) &&
        !rt_slot_has_device(&plan->to.profile, plan->device))
        return rt_error_set(err, ROMTOOL_E_UNKNOWN_DEVICE, ROMTOOL_NO_OFFSET,
                            "neither %s nor %s knows the device '%s'", plan->from.profile.name,
                            plan->to.profile.name, plan->device);
    if (plan->machine == NULL)
        return 0;
    plan->machine = rt_slot_machine(&plan->from.profile, plan->machine);
    if (rt_slot_series_has(plan->from.profile.series, plan->machine) &&
        rt_slot_series_has(plan->to.profile.series, plan->machine))
        return 0;
    return rt_error_set(err, ROMTOOL_E_UNKNOWN_MACHINE, ROMTOOL_NO_OFFSET,
                        "the machine type '%s' is not in both %s and %s", plan->machine,
                        plan->from.profile.name, plan->to.profile.name);
}

static enum exit_status plan_compare(struct plan *plan, struct rt_slot_compare *compare)
{
    struct rt_buffer out = {0};
    struct rt_json_writer writer = {.out = &out};
    enum exit_status status;
    struct romtool_error err;

    rt_error_clear(&err);
    if (check_question(plan, &err) < 0)
        return say_error(&err, NULL, plan->json);
    if (compare->n_machines == 0) {
        (void)rt_error_set(&err, ROMTOOL_E_UNKNOWN_MACHINE, ROMTOOL_NO_OFFSET,
                           "%s and %s have no machine type in common", plan->from.profile.name,
                           plan->to.profile.name);
        return say_error(&err, NULL, plan->json);
    }
    plan->writer = &writer;
    if (plan->json) {
        status = plan_json(plan, compare);
        return print_json(&out, status);
    }
    status = print_matrix(plan, compare);
    if (plan->verbose || plan->machine != NULL || plan->device != NULL)
        print_details(plan, compare);
    return status;
}

static enum exit_status plan_run(struct plan *plan)
{
    struct rt_slot_compare compare = {0};
    enum exit_status status;
    struct romtool_error err;
    int r;

    rt_error_clear(&err);
    r = ground_open(plan->from_name, &plan->from, &err);
    if (r == 0)
        r = ground_open(plan->to_name, &plan->to, &err);
    if (r == 0)
        r = ground_meet(&plan->from, &plan->to, &err);
    profile_use_aliases(&plan->from.profile, &plan->aliases);
    profile_use_aliases(&plan->to.profile, &plan->aliases);
    if (r == 0)
        r = rt_slot_compare_begin(&compare, &plan->from.profile, &plan->to.profile, &err);
    status = r < 0 ? say_error(&err, NULL, plan->json) : plan_compare(plan, &compare);
    rt_slot_compare_end(&compare);
    ground_close(&plan->from);
    ground_close(&plan->to);
    return status;
}

enum exit_status command_plan(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    struct plan plan = {0};
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == OPTION_FROM)
            plan.from_name = options.value;
        else if (id == OPTION_TO)
            plan.to_name = options.value;
        else if (id == 'm')
            plan.machine = options.value;
        else if (id == 'd')
            plan.device = options.value;
        else if (id == 'v')
            plan.verbose = true;
        else if (id == OPTION_JSON)
            plan.json = true;
        else if (id != OPTION_ALIAS)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        else if (!profile_alias_option(&options, &plan.aliases))
            return EXIT_USAGE;
    }
    if (plan.from_name == NULL || plan.to_name == NULL)
        return usage_error(&help, "--from A and --to B are needed");
    if (options.first != argc)
        return usage_error(&help, "unexpected '%s'", argv[options.first]);
    if (saved_is_guest(plan.from_name))
        return execute_command("romtool-state", argc, argv);
    return plan_run(&plan);
}
