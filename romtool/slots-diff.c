/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/slots-commands.h"

#include "romtool/difference.h"

#include <inttypes.h>
#include <string.h>

enum { OPTION_JSON = OPTION_LONG };

static const struct option_spec option_specs[] = {
    {OPTION_JSON, "json", NULL, "print romtool/slots-diff/1"},
    {0},
};

static const struct command_help help = {
    "slots diff",
    "[--json] A B",
    "Show what changed from A to B, each a profile, a slot file or a manifest: slots first, then\n"
    "ROM file names, mandates that only one has, machine types and aliases. Exit status 1 where a\n"
    "machine type and device that both have has another slot.",
    option_specs,
};

static const char *const change_names[CHANGE_NONE] = {"slot", "file", "content", "removed",
                                                      "added"};

/* ------------------------------------------------------------------------- text */

/* A manifest's names are UTF-8: a terminal gets ASCII. */
static void print_text(const char *text)
{
    char shown[RT_SLOT_RANGE_TEXT_SIZE];

    (void)fputs(printable(text, shown, sizeof(shown)), stdout);
}

static void print_row(const struct rt_slot_row *row, bool content)
{
    if (row->slot == 0) {
        (void)fputs("no ROM BAR", stdout);
        return;
    }
    print_text(row->file);
    (void)printf(" %" PRIu64, row->slot);
    if (!content)
        return;
    for (size_t i = 0; i < row->n_images; i++)
        (void)printf("%s%s", i == 0 ? " images " : ",", row->images[i]);
    (void)printf(" fill %02x", (unsigned)row->fill);
}

static void print_range(const char *first, const char *last, bool is_first)
{
    char range[RT_SLOT_RANGE_TEXT_SIZE];

    rt_slot_range_text(first, last, range);
    (void)fputs(is_first ? "" : ", ", stdout);
    print_text(range);
}

/* Devices of which all is the same stand together: QEMU's i82550 and its twelve relatives. */
static void print_devices(const struct diff *diff, size_t block)
{
    bool any = false;

    for (size_t i = block; i < diff->n_blocks; i++) {
        if (diff->blocks[i].twin != block)
            continue;
        (void)fputs(any ? ", " : "", stdout);
        print_text(diff->runs[diff->blocks[i].from].first.device);
        any = true;
    }
}

/* A change, and below it the machine types on which it is the same. */
static void print_change(const struct diff *diff, size_t block, size_t at, enum change change,
                         void *user)
{
    const struct rt_slot_run *run = &diff->runs[at];

    (void)user;
    if (diff->blocks[block].twin != block) /* shown with that one */
        return;
    (void)printf("%-9s", change_names[change]);
    print_devices(diff, block);
    (void)fputs(": ", stdout);
    if (run->first.a != NULL)
        print_row(run->first.a, change == CHANGE_CONTENT);
    if (run->first.a != NULL && run->first.b != NULL)
        (void)fputs(" -> ", stdout);
    if (run->first.b != NULL)
        print_row(run->first.b, change == CHANGE_CONTENT);
    (void)printf("\n%-9s", "");
    for (size_t i = at; i < diff->blocks[block].to; i++) {
        if (diff_same_change(run, &diff->runs[i]))
            print_range(diff->runs[i].first.machine, diff->runs[i].last, i == at);
    }
    (void)fputs("\n", stdout);
}

static void print_machines(const char *what, const struct diff *diff, size_t side)
{
    bool any = false;
    size_t first = 0, last;

    for (; diff_next_machines(diff, side, &first, &last); first = last + 1) {
        if (!any)
            (void)printf("%-9smachine types ", what);
        print_range(diff->machines[side][first], diff->machines[side][last], !any);
        any = true;
    }
    if (any)
        (void)fputs("\n", stdout);
}

static void print_alias(void *user, const char *name, const char *from, const char *to)
{
    (void)user;
    (void)printf("%-9s%s: %s -> %s\n", "alias", name, from != NULL ? from : "none",
                 to != NULL ? to : "none");
}

/* "from a.json/sid: acme/sid, QEMU 11.0" */
static void print_ground(const char *word, const char *name, const struct rt_slot_profile *profile)
{
    char shown[256];

    (void)printf("%-5s%s", word, printable(name, shown, sizeof(shown)));
    if (strcmp(name, profile->name) != 0) {
        (void)fputs(": ", stdout);
        print_text(profile->name);
    }
    if (profile->series->qemu[0] != '\0')
        (void)printf(", QEMU %s", profile->series->qemu);
    (void)fputs("\n", stdout);
}

static void print_diff(const struct diff *diff)
{
    print_ground("from", diff->from_name, &diff->from.profile);
    print_ground("to", diff->to_name, &diff->to.profile);
    diff_each_change(diff, print_change, NULL);
    print_machines("removed", diff, 0);
    print_machines("added", diff, 1);
    diff_each_alias(diff, print_alias, NULL);
    if (diff->compare.n_machines == 0)
        (void)printf("no machine type is in both\n");
    else
        (void)printf("%zu machine types in both: %zu slots differ, %zu are the same, %zu are known "
                     "to one only\n",
                     diff->compare.n_machines, diff->n_differs, diff->n_same, diff->n_missing);
}

/* ------------------------------------------------------------------------- json */

static void json_side(struct rt_json_writer *json, const char *slot, const char *file,
                      const struct rt_slot_row *row)
{
    if (row == NULL) {
        rt_json_write_null(json, slot);
        rt_json_write_null(json, file);
    } else {
        rt_json_write_integer(json, slot, (int64_t)row->slot);
        rt_json_write_string(json, file, row->file);
    }
}

static void json_change(const struct diff *diff, size_t block, size_t at, enum change change,
                        void *user)
{
    const struct rt_slot_run *run = &diff->runs[at];
    struct rt_json_writer *json = user;

    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "change", change_names[change]);
    rt_json_write_string(json, "device", run->first.device);
    json_side(json, "from_slot", "from_file", run->first.a);
    json_side(json, "to_slot", "to_file", run->first.b);
    rt_json_begin_array(json, "machines");
    for (size_t i = at; i < diff->blocks[block].to; i++) {
        for (size_t k = 0; k < diff->runs[i].n && diff_same_change(run, &diff->runs[i]); k++)
            rt_json_write_string(json, NULL, diff->compare.machines[diff->runs[i].first.at + k]);
    }
    rt_json_end_array(json);
    rt_json_end_object(json);
}

static void json_machines(struct rt_json_writer *json, const char *key, const struct diff *diff,
                          size_t side)
{
    size_t first = 0, last;

    rt_json_begin_array(json, key);
    for (; diff_next_machines(diff, side, &first, &last); first = last + 1) {
        for (size_t i = first; i <= last; i++)
            rt_json_write_string(json, NULL, diff->machines[side][i]);
    }
    rt_json_end_array(json);
}

static void json_text(struct rt_json_writer *json, const char *key, const char *text)
{
    if (text != NULL)
        rt_json_write_string(json, key, text);
    else
        rt_json_write_null(json, key);
}

static void json_alias(void *user, const char *name, const char *from, const char *to)
{
    struct rt_json_writer *json = user;

    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "name", name);
    json_text(json, "from", from);
    json_text(json, "to", to);
    rt_json_end_object(json);
}

/* A changed slot is a finding as "slots lint" has it. */
static void find_changed(const struct diff *diff, struct finding_list *list)
{
    struct rt_findings findings = finding_list_sink(list);
    char range[RT_SLOT_RANGE_TEXT_SIZE];

    for (size_t i = 0; i < diff->n_runs; i++) {
        const struct rt_slot_pair *pair = &diff->runs[i].first;

        if (pair->outcome != RT_SLOT_DIFFERS)
            continue;
        rt_slot_range_text(pair->machine, diff->runs[i].last, range);
        rt_finding_add(&findings, ROMTOOL_E_SLOT_CHANGED, RT_ERROR, ROMTOOL_NO_OFFSET,
                       "'%s' on %s is %" PRIu64 ", but %" PRIu64 " in %s", pair->device, range,
                       pair->a->slot, pair->b->slot, diff->to.profile.name);
    }
}

static enum exit_status json_diff(const struct diff *diff, enum exit_status status)
{
    struct finding_list list = {0};
    struct rt_buffer out = {0};
    struct rt_json_writer json = {.out = &out};

    find_changed(diff, &list);
    rt_json_begin_object(&json, NULL);
    rt_json_write_string(&json, "schema", "romtool/slots-diff/1");
    rt_json_write_string(&json, "from", diff->from.profile.name);
    rt_json_write_string(&json, "to", diff->to.profile.name);
    rt_json_write_string(&json, "verdict", verdict_name(status));
    rt_json_begin_array(&json, "changes");
    diff_each_change(diff, json_change, &json);
    rt_json_end_array(&json);
    json_machines(&json, "machines_removed", diff, 0);
    json_machines(&json, "machines_added", diff, 1);
    rt_json_begin_array(&json, "aliases");
    diff_each_alias(diff, json_alias, &json);
    rt_json_end_array(&json);
    finding_list_json(&list, &json, false);
    rt_json_end_object(&json);
    out.failed = out.failed || list.failed;
    finding_list_clear(&list);
    return print_json(&out, status);
}

/* ------------------------------------------------------------------------- the whole */

static enum exit_status diff_names(const char *from, const char *to, bool json)
{
    struct diff diff;
    struct romtool_error err;
    enum exit_status status;

    rt_error_clear(&err);
    if (diff_open(from, to, &diff, &err) < 0) {
        status = say_error(&err, NULL, json);
    } else {
        status = diff.n_differs > 0 ? EXIT_REFUSED : EXIT_HELD;
        if (json)
            status = json_diff(&diff, status);
        else
            print_diff(&diff);
    }
    diff_close(&diff);
    return status;
}

enum exit_status command_slots_diff(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    bool json = false;
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id != OPTION_JSON)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        json = true;
    }
    if (argc - options.first != 2)
        return usage_error(&help, "two to compare: A and B");
    return diff_names(argv[options.first], argv[options.first + 1], json);
}
