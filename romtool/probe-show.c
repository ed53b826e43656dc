/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/probe-show.h"

#include <inttypes.h>
#include <string.h>

/* ------------------------------------------------------------------------- text */

static void print_unmeasured(void *user, const char *machine, const char *device,
                             const char *reason)
{
    FILE **out = user;

    (void)fprintf(*out, "not measured: %s%s%s: %s\n", machine != NULL ? machine : "",
                  machine != NULL && device != NULL ? " " : "", device != NULL ? device : "",
                  reason);
}

static const char *device_name(const struct probe *probe, const struct probe_group *group)
{
    return group->device < probe->n_devices ? probe->devices[group->device] : "(no PCI bus)";
}

static void print_summary(const struct probe *probe, FILE *out)
{
    struct probe_group group = {0};
    size_t wanted = 0, measured = probe_count_measured(probe);

    for (size_t i = 0; i < probe->n_machines; i++)
        wanted += probe->machines[i].wanted;
    (void)fprintf(out, "QEMU %s%s%s%s: %zu machine types measured, %zu not\n\n", probe->version,
                  probe->package[0] != '\0' ? " (" : "", probe->package,
                  probe->package[0] != '\0' ? ")" : "", measured, wanted - measured);
    (void)fprintf(out, "%-32s %10s  %-26s %s\n", "device", "slot", "ROM file", "machine types");
    while (probe_next_group(probe, &group))
        (void)fprintf(out, "%-32s %10" PRIu64 "  %-26s %zu\n", device_name(probe, &group),
                      group.cell->slot, group.cell->slot != 0 ? group.cell->file : "none", group.n);
    probe_each_unmeasured(probe, print_unmeasured, &out);
}

static void print_difference(void *user, const struct probe_difference *difference)
{
    FILE **out = user;

    (void)fprintf(*out, "%s%s%s: %s\n", difference->machine, difference->device != NULL ? " " : "",
                  difference->device != NULL ? difference->device : "", difference->text);
}

/* ------------------------------------------------------------------------- JSON */

static void write_or_null(struct rt_json_writer *json, const char *key, const char *value)
{
    if (value != NULL)
        rt_json_write_string(json, key, value);
    else
        rt_json_write_null(json, key);
}

static void write_unmeasured(void *user, const char *machine, const char *device,
                             const char *reason)
{
    struct rt_json_writer *json = user;

    rt_json_begin_object(json, NULL);
    write_or_null(json, "machine", machine);
    write_or_null(json, "device", device);
    rt_json_write_string(json, "reason", reason);
    rt_json_end_object(json);
}

static void write_difference(void *user, const struct probe_difference *difference)
{
    struct rt_json_writer *json = user;

    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "machine", difference->machine);
    write_or_null(json, "device", difference->device);
    rt_json_write_string(json, "text", difference->text);
    rt_json_end_object(json);
}

static void write_summary(const struct probe_report *report)
{
    const struct probe *probe = report->probe;
    struct rt_json_writer *json = report->json;
    struct probe_group group = {0};

    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "schema", "romtool/probe/1");
    rt_json_write_string(json, "qemu", probe->version);
    rt_json_write_string(json, "package", probe->package);
    rt_json_begin_array(json, "machines");
    for (size_t i = 0; i < probe->n_machines; i++) {
        const struct probe_machine *machine = &probe->machines[i];

        if (!probe_machine_measured(probe, machine))
            continue;
        rt_json_begin_object(json, NULL);
        rt_json_write_string(json, "machine", machine->name);
        write_or_null(json, "alias", machine->alias[0] != '\0' ? machine->alias : NULL);
        rt_json_write_boolean(json, "deprecated", machine->deprecated);
        rt_json_end_object(json);
    }
    rt_json_end_array(json);
    rt_json_begin_array(json, "slots");
    while (probe_next_group(probe, &group)) {
        rt_json_begin_object(json, NULL);
        write_or_null(json, "device",
                      group.device < probe->n_devices ? probe->devices[group.device] : NULL);
        rt_json_write_string(json, "file", group.cell->file);
        rt_json_write_integer(json, "slot", (int64_t)group.cell->slot);
        rt_json_begin_array(json, "machines");
        for (size_t i = 0; i < probe->n_machines; i++) {
            if (probe_in_group(probe, &group, &probe->machines[i]))
                rt_json_write_string(json, NULL, probe->machines[i].name);
        }
        rt_json_end_array(json);
        rt_json_end_object(json);
    }
    rt_json_end_array(json);
    rt_json_begin_array(json, "unmeasured");
    probe_each_unmeasured(probe, write_unmeasured, json);
    rt_json_end_array(json);
}

/* ------------------------------------------------------------------------- both */

/* The comparison's outcome, said as a whole. */
static enum exit_status say_outcome(const struct probe_report *report,
                                    const struct probe_comparison *comparison)
{
    const char *profile = report->against->name;

    if (comparison->differences > 0) {
        (void)fprintf(stderr, "romtool: refused '%s': %zu difference%s from %s\n",
                      report->probe->binary, comparison->differences,
                      comparison->differences == 1 ? "" : "s", profile);
        return EXIT_REFUSED;
    }
    if (comparison->compared == 0) {
        (void)fprintf(stderr, "romtool: '%s': %s says nothing about what was measured\n",
                      report->probe->binary, profile);
        return EXIT_UNDECIDED;
    }
    if (!report->quiet && report->json == NULL)
        (void)fprintf(report->out, "held: %zu slots are as %s says\n", comparison->compared,
                      profile);
    return EXIT_HELD;
}

enum exit_status probe_show(const struct probe_report *report)
{
    FILE *out = report->out;
    struct probe_comparison comparison = {.differs = print_difference, .user = &out};
    enum exit_status status = EXIT_HELD;

    if (report->json != NULL) {
        comparison.differs = write_difference;
        comparison.user = report->json;
        write_summary(report);
        rt_json_begin_array(report->json, "differences");
    } else if (!report->quiet) {
        print_summary(report->probe, out);
    }
    if (report->against != NULL) {
        if (report->json == NULL && !report->quiet)
            (void)fputs("\n", out);
        probe_compare(report->probe, report->against, &comparison);
        status = say_outcome(report, &comparison);
    }
    if (report->json == NULL)
        return status;
    rt_json_end_array(report->json);
    write_or_null(report->json, "against", report->against != NULL ? report->against->name : NULL);
    rt_json_write_integer(report->json, "compared", (int64_t)comparison.compared);
    rt_json_write_string(report->json, "verdict", verdict_name(status));
    rt_json_end_object(report->json);
    return status;
}
