/* SPDX-License-Identifier: BSD-2-Clause */
/* What was measured, in order: groups of machine types that agree, their ranges, the slot file. */
#include "romtool/probe.h"

#include <stdio.h>
#include <string.h>

enum { RANGES_MAX = 16 }; /* of one row of a slot file */

/* ------------------------------------------------------------------------- groups */

static const struct probe_cell *cell_of(const struct probe *probe,
                                        const struct probe_machine *machine, size_t device)
{
    static const struct probe_cell no_rom = {.state = PROBE_MEASURED}, unknown = {0};

    if (device < probe->n_devices)
        return &machine->cells[device];
    return machine->no_bus ? &no_rom : &unknown;
}

bool probe_in_group(const struct probe *probe, const struct probe_group *group,
                    const struct probe_machine *machine)
{
    const struct probe_cell *cell = cell_of(probe, machine, group->device);

    return cell->state == PROBE_MEASURED && cell->slot == group->cell->slot &&
           strcmp(cell->file, group->cell->file) == 0;
}

/* Is machine type i the first of its group? */
static bool is_first(const struct probe *probe, const struct probe_group *group, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (probe_in_group(probe, group, &probe->machines[j]))
            return false;
    }
    return true;
}

bool probe_next_group(const struct probe *probe, struct probe_group *group)
{
    for (; group->device <= probe->n_devices; group->device++, group->next = 0) {
        for (size_t i = group->next; i < probe->n_machines; i++) {
            group->cell = cell_of(probe, &probe->machines[i], group->device);
            if (group->cell->state != PROBE_MEASURED || !is_first(probe, group, i))
                continue;
            group->next = i + 1;
            group->n = 0;
            for (size_t j = i; j < probe->n_machines; j++)
                group->n += probe_in_group(probe, group, &probe->machines[j]);
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------------- counting */

bool probe_machine_measured(const struct probe *probe, const struct probe_machine *machine)
{
    for (size_t i = 0; i < probe->n_devices; i++) {
        if (machine->cells[i].state == PROBE_MEASURED)
            return true;
    }
    return machine->no_bus;
}

/* Are there devices on it that could have been measured? */
static bool was_tried(const struct probe_machine *machine)
{
    return machine->wanted && !machine->failed && !machine->no_bus;
}

size_t probe_count_measured(const struct probe *probe)
{
    size_t n = 0;

    for (size_t i = 0; i < probe->n_machines; i++)
        n += probe_machine_measured(probe, &probe->machines[i]);
    return n;
}

/* The reason for which a device was measured nowhere; NULL: it was, or there are several. */
static const char *common_reason(const struct probe *probe, size_t device)
{
    const char *reason = NULL;

    for (size_t i = 0; i < probe->n_machines; i++) {
        const struct probe_machine *machine = &probe->machines[i];

        if (!was_tried(machine))
            continue;
        if (machine->cells[device].state == PROBE_MEASURED ||
            (reason != NULL && strcmp(reason, machine->cells[device].reason) != 0))
            return NULL;
        reason = machine->cells[device].reason;
    }
    return reason;
}

void probe_each_unmeasured(const struct probe *probe,
                           void (*fn)(void *user, const char *machine, const char *device,
                                      const char *reason),
                           void *user)
{
    for (size_t i = 0; i < probe->n_machines; i++) {
        if (probe->machines[i].wanted && probe->machines[i].failed)
            fn(user, probe->machines[i].name, NULL, probe->machines[i].reason);
    }
    for (size_t d = 0; d < probe->n_devices; d++) {
        const char *reason = common_reason(probe, d);

        if (reason != NULL)
            fn(user, NULL, probe->devices[d], reason);
        for (size_t i = 0; i < probe->n_machines && reason == NULL; i++) {
            const struct probe_machine *machine = &probe->machines[i];

            if (was_tried(machine) && machine->cells[d].state != PROBE_MEASURED)
                fn(user, machine->name, probe->devices[d], machine->cells[d].reason);
        }
    }
}

/* ------------------------------------------------------------------------- ranges */

static bool same_family(const struct probe_machine *a, const struct probe_machine *b)
{
    return a->parsed.versioned && b->parsed.versioned &&
           strcmp(a->parsed.family, b->parsed.family) == 0;
}

/* One range covers both or none of them: they differ only by their tags. */
static bool same_version(const struct probe_machine *a, const struct probe_machine *b)
{
    return same_family(a, b) && rt_machine_version_compare(&a->parsed, &b->parsed) == 0;
}

/*
 * How many machine types from i on, of the group all of them, one range of versions covers; 0 where
 * it would cover one that is not in the group.
 */
static size_t in_range(const struct probe *probe, const struct probe_group *group, size_t i)
{
    const struct probe_machine *machines = probe->machines;
    size_t end = i;

    if (!machines[i].parsed.versioned || (i > 0 && same_version(&machines[i - 1], &machines[i])))
        return 0;
    while (end < probe->n_machines && same_family(&machines[i], &machines[end])) {
        size_t begin = end;

        for (; end < probe->n_machines && same_version(&machines[begin], &machines[end]); end++) {
            if (!probe_in_group(probe, group, &machines[end]))
                return begin - i;
        }
    }
    return end - i;
}

static void write_range(struct rt_json_writer *json, const struct probe *probe, size_t i, size_t n)
{
    const struct rt_machine_name *first = &probe->machines[i].parsed;
    char version[RT_SLOT_VERSION_SIZE];

    rt_json_begin_object(json, NULL);
    if (n == 0) {
        rt_json_write_string(json, "machine", probe->machines[i].name);
    } else {
        rt_json_write_string(json, "family", first->family);
        rt_slot_version_write(rt_machine_version(first), version);
        rt_json_write_string(json, "from", version);
        rt_slot_version_write(rt_machine_version(&probe->machines[i + n - 1].parsed), version);
        rt_json_write_string(json, "to", version);
    }
    rt_json_end_object(json);
}

/* ------------------------------------------------------------------------- rows */

static void begin_row(struct rt_json_writer *json)
{
    rt_json_begin_object(json, NULL);
    rt_json_begin_array(json, "machines");
}

static void end_row(struct rt_json_writer *json, const struct probe *probe,
                    const struct probe_group *group, const char *source)
{
    rt_json_end_array(json);
    if (group->device < probe->n_devices)
        rt_json_write_string(json, "device", probe->devices[group->device]);
    if (group->cell->slot != 0)
        rt_json_write_string(json, "file", group->cell->file);
    rt_json_write_integer(json, "slot", (int64_t)group->cell->slot);
    rt_json_write_string(json, "basis", "measured");
    rt_json_write_string(json, "source", source);
    rt_json_end_object(json);
}

static void write_rows(struct rt_json_writer *json, const struct probe *probe, const char *source)
{
    struct probe_group group = {0};

    while (probe_next_group(probe, &group)) {
        size_t ranges = 0;

        begin_row(json);
        for (size_t i = 0; i < probe->n_machines;) {
            size_t n = in_range(probe, &group, i);

            if (n > 0 || probe_in_group(probe, &group, &probe->machines[i])) {
                if (ranges > 0 && ranges % RANGES_MAX == 0) {
                    end_row(json, probe, &group, source);
                    begin_row(json);
                }
                write_range(json, probe, i, n);
                ranges++;
            }
            i += n > 0 ? n : 1;
        }
        end_row(json, probe, &group, source);
    }
}

/* ------------------------------------------------------------------------- series */

static void write_unmeasured(void *user, const char *machine, const char *device,
                             const char *reason)
{
    struct rt_json_writer *json = user;

    rt_json_begin_object(json, NULL);
    if (machine != NULL)
        rt_json_write_string(json, "machine", machine);
    if (device != NULL)
        rt_json_write_string(json, "device", device);
    rt_json_write_string(json, "reason", reason);
    rt_json_end_object(json);
}

static void count_unmeasured(void *user, const char *machine, const char *device,
                             const char *reason)
{
    size_t *n = user;

    (void)machine, (void)device, (void)reason;
    ++*n;
}

static void write_names(struct rt_json_writer *json, const struct probe *probe)
{
    size_t n_deprecated = 0;

    rt_json_begin_object(json, "aliases");
    for (size_t i = 0; i < probe->n_machines; i++) {
        const struct probe_machine *machine = &probe->machines[i];

        if (machine->alias[0] != '\0' && probe_machine_measured(probe, machine))
            rt_json_write_string(json, machine->alias, machine->name);
    }
    rt_json_end_object(json);
    rt_json_begin_array(json, "machines");
    for (size_t i = 0; i < probe->n_machines; i++) {
        if (!probe_machine_measured(probe, &probe->machines[i]))
            continue;
        rt_json_write_string(json, NULL, probe->machines[i].name);
        n_deprecated += probe->machines[i].deprecated;
    }
    rt_json_end_array(json);
    if (n_deprecated == 0)
        return;
    rt_json_begin_array(json, "deprecated");
    for (size_t i = 0; i < probe->n_machines; i++) {
        if (probe->machines[i].deprecated && probe_machine_measured(probe, &probe->machines[i]))
            rt_json_write_string(json, NULL, probe->machines[i].name);
    }
    rt_json_end_array(json);
}

static void write_series(struct rt_json_writer *json, const struct probe *probe, const char *name,
                         const char *source)
{
    char package[PROBE_TEXT_SIZE], of_series[PROBE_TEXT_SIZE];
    size_t n_unmeasured = 0;

    if (probe->package[0] != '\0')
        memcpy(package, probe->package, sizeof(package));
    else
        (void)snprintf(package, sizeof(package), "QEMU %s", probe->version);
    (void)snprintf(of_series, sizeof(of_series), "%.*s%s", PROBE_TEXT_SIZE - 30, source,
                   probe->search_assumed ? "; search path assumed" : "");
    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "name", name);
    rt_json_write_string(json, "qemu", probe->version);
    rt_json_write_string(json, "package", package);
    rt_json_write_string(json, "source", of_series);
    rt_json_begin_array(json, "search");
    for (size_t i = 0; i < probe->n_search; i++)
        rt_json_write_string(json, NULL, probe->search[i]);
    rt_json_end_array(json);
    write_names(json, probe);
    probe_each_unmeasured(probe, count_unmeasured, &n_unmeasured);
    if (n_unmeasured > 0) {
        rt_json_begin_array(json, "unmeasured");
        probe_each_unmeasured(probe, write_unmeasured, json);
        rt_json_end_array(json);
    }
    rt_json_end_object(json);
}

/* ------------------------------------------------------------------------- the file */

/* What the reader refuses must not leave this program. */
static int read_back(const struct rt_buffer *text, struct romtool_error *err)
{
    struct rt_slot_file *file;
    int r;

    if (text->failed)
        return rt_error_no_memory(err);
    r = rt_slot_file_read(rt_buffer_bytes(text), &file, err);
    rt_slot_file_free(file);
    if (r == 0 || r == ROMTOOL_E_NO_MEMORY)
        return r;
    rt_error_prefix(err, "what was measured makes no slot file");
    if (err != NULL)
        err->code = ROMTOOL_E_INTERNAL;
    return ROMTOOL_E_INTERNAL;
}

int probe_write(const struct probe *probe, const char *vendor, const char *series,
                struct rt_buffer *out, struct romtool_error *err)
{
    struct rt_json_writer json = {.out = out};
    char source[PROBE_TEXT_SIZE];

    (void)snprintf(source, sizeof(source), "romtool slots probe: QEMU %s%s%.50s%s", probe->version,
                   probe->package[0] != '\0' ? " (" : "", probe->package,
                   probe->package[0] != '\0' ? ")" : "");
    rt_json_begin_object(&json, NULL);
    rt_json_write_string(&json, "schema", "romtool-slots/1");
    rt_json_write_string(&json, "vendor", vendor);
    rt_json_begin_array(&json, "series");
    write_series(&json, probe, series, source);
    rt_json_end_array(&json);
    rt_json_begin_array(&json, "mandates");
    write_rows(&json, probe, source);
    rt_json_end_array(&json);
    rt_json_end_object(&json);
    rt_buffer_puts(out, "\n");
    return read_back(out, err);
}
