/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was measured against a profile, in both directions, as far as the profile speaks of it: the
 * families of machine types and the devices that it has rows for.
 */
#include "romtool/probe.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct comparing {
    const struct probe *probe;
    const struct rt_slot_profile *profile;
    struct probe_comparison *comparison;
};

__attribute__((format(printf, 4, 5))) static void differs(struct comparing *c,
                                                          const struct probe_machine *machine,
                                                          const char *device, const char *fmt, ...)
{
    char text[512];
    const struct probe_difference difference = {machine->name, device, text};
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    c->comparison->differences++;
    c->comparison->differs(c->comparison->user, &difference);
}

static bool has_machine(const struct rt_slot_series *series, const char *name)
{
    for (size_t i = 0; i < series->n_machines; i++) {
        if (strcmp(series->machines[i], name) == 0)
            return true;
    }
    return false;
}

/* Does the profile have other versions of this machine type? */
static bool has_family(const struct rt_slot_series *series, const struct rt_machine_name *name)
{
    for (size_t i = 0; i < series->n_machines; i++) {
        struct rt_machine_name other;

        if (name->versioned && rt_machine_name_parse(series->machines[i], &other) &&
            other.versioned && strcmp(other.family, name->family) == 0)
            return true;
    }
    return false;
}

static const struct rt_slot_row *find_row(const struct rt_slot_profile *profile,
                                          const char *machine, const char *device)
{
    for (size_t i = 0; i < profile->vendor->n_rows; i++) {
        const struct rt_slot_row *row = &profile->vendor->rows[i];

        if ((row->device[0] == '\0' || strcmp(row->device, device) == 0) &&
            rt_slot_row_applies(row, profile, machine))
            return row;
    }
    return NULL;
}

/*
 * Is it a device that cannot be had here at all (its backend or a module is missing), with or
 * without its ROM? Then it is none of this QEMU's.
 */
static bool cannot_be_had(const struct probe *probe, size_t device)
{
    for (size_t i = 0; i < probe->n_machines; i++) {
        const struct probe_machine *machine = &probe->machines[i];

        if (machine->wanted && !machine->failed && !machine->no_bus &&
            machine->cells[device].state != PROBE_NO_DEVICE)
            return false;
    }
    return true;
}

/* "262144 (efi-virtio.rom)", or "no ROM BAR". */
struct slot_text {
    char text[ROMTOOL_NAME_SIZE + 32];
};

static struct slot_text slot_text(uint64_t slot, const char *file)
{
    struct slot_text ret;

    if (slot == 0)
        (void)snprintf(ret.text, sizeof(ret.text), "no ROM BAR");
    else
        (void)snprintf(ret.text, sizeof(ret.text), "%" PRIu64 " (%s)", slot, file);
    return ret;
}

static void compare_device(struct comparing *c, const struct probe_machine *machine, size_t device)
{
    static const struct probe_cell no_rom = {.state = PROBE_MEASURED};
    const struct probe_cell *cell = machine->no_bus ? &no_rom : &machine->cells[device];
    const char *name = c->probe->devices[device];
    const struct rt_slot_row *row = find_row(c->profile, machine->name, name);
    struct slot_text measured = slot_text(cell->slot, cell->file);

    if (row != NULL && (cell->state == PROBE_MEASURED || !cannot_be_had(c->probe, device)))
        c->comparison->compared++;
    if (cell->state != PROBE_MEASURED) {
        if (row != NULL && row->slot != 0 && !cannot_be_had(c->probe, device))
            differs(c, machine, name, "not measured (%s), %s says %s", cell->reason,
                    c->profile->name, slot_text(row->slot, row->file).text);
    } else if (row == NULL) {
        if (cell->slot != 0 && rt_slot_has_device(c->profile, name))
            differs(c, machine, name, "measured %s, %s does not say", measured.text,
                    c->profile->name);
    } else if (row->slot != cell->slot || strcmp(row->file, cell->file) != 0) {
        differs(c, machine, name, "measured %s, %s says %s", measured.text, c->profile->name,
                slot_text(row->slot, row->file).text);
    }
}

/* Does the profile mandate a slot on this machine type, for a device of this QEMU? */
static bool has_slot(const struct comparing *c, const char *machine)
{
    for (size_t i = 0; i < c->probe->n_devices; i++) {
        const struct rt_slot_row *row = find_row(c->profile, machine, c->probe->devices[i]);

        if (row != NULL && row->slot != 0)
            return true;
    }
    return false;
}

static void compare_machine(struct comparing *c, const struct probe_machine *machine)
{
    const struct rt_slot_series *series = c->profile->series;

    if (!has_machine(series, machine->name)) {
        if (has_family(series, &machine->parsed) && probe_machine_measured(c->probe, machine))
            differs(c, machine, NULL, "%s does not have it", c->profile->name);
        return;
    }
    if (machine->failed) {
        if (has_slot(c, machine->name)) {
            c->comparison->compared++;
            differs(c, machine, NULL, "not measured (%s), %s has it", machine->reason,
                    c->profile->name);
        }
        return;
    }
    for (size_t i = 0; i < c->probe->n_devices; i++)
        compare_device(c, machine, i);
}

void probe_compare(const struct probe *probe, const struct rt_slot_profile *profile,
                   struct probe_comparison *comparison)
{
    struct comparing c = {probe, profile, comparison};

    for (size_t i = 0; i < probe->n_machines; i++) {
        if (probe->machines[i].wanted)
            compare_machine(&c, &probe->machines[i]);
    }
}
