/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One machine type with every device. As many devices as possible come up in one QEMU; one that
 * QEMU refuses beside others (a second primary display, a bus that is full) or altogether (a ROM
 * file that is missing) is tried again alone, and if that fails once more without its ROM, so that
 * it is known whether the ROM is to blame.
 */
#include "romtool/probe.h"

#include "romtool/qmp.h"

#include <stdio.h>
#include <string.h>

enum { TOGETHER = 24 }; /* devices of one start: a PCI bus has 32 slots, some are taken */

#define NO_ROM_SIZE INT64_C(0xffffffff) /* romsize of a device that has none, since 6.0 */

/* The machine type that is being measured. */
struct run {
    struct probe *probe;
    struct probe_machine *machine;
    int cancel;
    bool pcie;     /* with "pcie=on", without which microvm has no PCI bus */
    bool try_pcie; /* for the first time */
};

/* One QEMU, started or not. */
struct start {
    struct child child;
    struct probe_arguments arguments;
    char reason[PROBE_TEXT_SIZE]; /* where it did not come up */
    int about;                    /* the device that it is about, or -1 */
};

/* ------------------------------------------------------------------------- start */

static void note_reason(struct start *start, const struct romtool_error *err)
{
    start->about = -1;
    start->reason[0] = '\0';
    if (start->child.end == CHILD_ENDED) {
        child_stop(&start->child);
        probe_reason(start->child.said, start->reason, &start->about);
        if (start->reason[0] == '\0')
            child_write_end(&start->child, start->reason, sizeof(start->reason));
    } else {
        (void)snprintf(start->reason, sizeof(start->reason), "%.*s", PROBE_TEXT_SIZE - 1,
                       err->text);
    }
}

/* options stand behind each -device; stop() is due whatever comes of it. */
static bool start_qemu(const struct run *run, const size_t *devices, size_t n, const char *options,
                       struct start *ret)
{
    struct romtool_error err;
    int r;

    rt_error_clear(&err);
    *ret = (struct start){.about = -1};
    probe_arguments_begin(&ret->arguments, run->probe, run->machine->name);
    if (run->pcie) {
        probe_argument(&ret->arguments, "-machine");
        probe_argument(&ret->arguments, "pcie=on");
    }
    for (size_t i = 0; i < n; i++) {
        probe_argument(&ret->arguments, "-device");
        probe_argument(&ret->arguments, "%s%s,id=d%zu", run->probe->devices[devices[i]], options,
                       devices[i]);
    }
    r = ret->arguments.failed ? rt_error_no_memory(&err)
                              : child_start(ret->arguments.words, run->cancel, run->probe->seconds,
                                            &ret->child, &err);
    if (r == 0)
        r = qmp_begin(&ret->child, &err);
    if (r < 0)
        note_reason(ret, &err);
    return r == 0;
}

static void stop(struct start *start)
{
    child_stop(&start->child);
    probe_arguments_free(&start->arguments);
}

/* ------------------------------------------------------------------------- read */

static int get_property(struct start *start, size_t device, const char *property,
                        struct rt_json **ret_answer, const struct rt_json **ret_value,
                        struct romtool_error *err)
{
    char path[64];
    const struct qmp_argument arguments[] = {{"path", path}, {"property", property}, {NULL, NULL}};

    (void)snprintf(path, sizeof(path), "/machine/peripheral/d%zu", device);
    return qmp_ask(&start->child, "qom-get", arguments, ret_answer, ret_value, err);
}

/* The size of BAR 6, the ROM's, in one bus of query-pci; -1 where the device is not on it. */
static int64_t rom_bar(const struct rt_json *bus, const char *id)
{
    const struct rt_json *devices = rt_json_get(bus, "devices");

    for (size_t i = 0; i < rt_json_count(devices); i++) {
        const struct rt_json *device = rt_json_at(devices, i);
        const struct rt_json *regions = rt_json_get(device, "regions");
        const char *found = rt_json_string(rt_json_get(device, "qdev_id"));
        int64_t bar, size;

        if (found == NULL || strcmp(found, id) != 0)
            continue;
        for (size_t j = 0; j < rt_json_count(regions); j++) {
            const struct rt_json *region = rt_json_at(regions, j);

            if (rt_json_integer(rt_json_get(region, "bar"), &bar) && bar == 6 &&
                rt_json_integer(rt_json_get(region, "size"), &size))
                return size;
        }
        return 0;
    }
    return -1;
}

/* Before 6.0 a device has no property romsize: the ROM BAR itself is looked at. */
static int read_bar(struct start *start, size_t device, int64_t *ret, struct romtool_error *err)
{
    const struct rt_json *value;
    struct rt_json *answer;
    char id[32];
    int r = qmp_ask(&start->child, "query-pci", NULL, &answer, &value, err);

    *ret = -1;
    (void)snprintf(id, sizeof(id), "d%zu", device);
    for (size_t i = 0; r == 0 && i < rt_json_count(value) && *ret < 0; i++)
        *ret = rom_bar(rt_json_at(value, i), id);
    rt_json_free(answer);
    return r;
}

static int read_slot(struct start *start, size_t device, int64_t *ret, struct romtool_error *err)
{
    const struct rt_json *value;
    struct rt_json *answer;
    int r = get_property(start, device, "romsize", &answer, &value, err);
    bool there = r == 0 && rt_json_integer(value, ret);

    rt_json_free(answer);
    if (there && *ret == NO_ROM_SIZE)
        *ret = 0;
    return r < 0 || there ? r : read_bar(start, device, ret, err);
}

/* The name that QEMU looks for: that of the device's class, or the machine type's own. */
static int read_file(struct start *start, size_t device, char ret[ROMTOOL_NAME_SIZE],
                     struct romtool_error *err)
{
    const struct rt_json *value;
    struct rt_json *answer;
    int r = get_property(start, device, "romfile", &answer, &value, err);
    const char *path = rt_json_string(value), *slash = path != NULL ? strrchr(path, '/') : NULL;

    if (slash != NULL)
        path = slash + 1;
    ret[0] = '\0';
    if (probe_is_name(path) && path[0] != '.')
        (void)snprintf(ret, ROMTOOL_NAME_SIZE, "%s", path);
    rt_json_free(answer);
    return r;
}

/* False where QEMU does not answer any more. What it answers may be no slot. */
static bool read_device(const struct run *run, struct start *start, size_t device)
{
    struct probe_cell *cell = &run->machine->cells[device];
    struct romtool_error err;
    int64_t slot = -1;
    int r;

    rt_error_clear(&err);
    r = read_slot(start, device, &slot, &err);
    if (r == 0 && slot > 0)
        r = read_file(start, device, cell->file, &err);
    if (r < 0) {
        note_reason(start, &err);
        return false;
    }
    cell->state = PROBE_FAILED;
    if (slot < 0)
        (void)snprintf(cell->reason, sizeof(cell->reason),
                       "has neither romsize nor a PCI function");
    else if (slot > 0 && (slot < 512 || (uint64_t)slot > ROMTOOL_SLOT_MAX ||
                          !rt_size_is_power_of_two((uint64_t)slot)))
        (void)snprintf(cell->reason, sizeof(cell->reason), "a slot of %lld bytes", (long long)slot);
    else if (slot > 0 && cell->file[0] == '\0')
        (void)snprintf(cell->reason, sizeof(cell->reason), "a ROM without a file's name");
    else
        cell->state = PROBE_MEASURED;
    cell->slot = cell->state == PROBE_MEASURED ? (uint64_t)slot : 0;
    return true;
}

/* ------------------------------------------------------------------------- alone */

/* Is there no hope for this machine type? */
static bool is_over(const struct start *start)
{
    return start->child.end != CHILD_RUNS && start->child.end != CHILD_ENDED;
}

static void fail_machine(struct run *run, const char *reason)
{
    run->machine->failed = true;
    (void)snprintf(run->machine->reason, sizeof(run->machine->reason), "%s", reason);
}

/* True where it comes up without a ROM. */
static bool comes_up_without_rom(const struct run *run, size_t device)
{
    struct start start;
    bool up = start_qemu(run, &device, 1, ",romfile=", &start);

    stop(&start);
    return up || is_over(&start);
}

/* False where nothing more is to be tried on this machine type. */
static bool measure_alone(const struct run *run, size_t device)
{
    struct probe_cell *cell = &run->machine->cells[device];
    struct start start;
    bool done = start_qemu(run, &device, 1, "", &start) && read_device(run, &start, device);
    bool over = is_over(&start);

    stop(&start);
    if (done)
        return true;
    (void)snprintf(cell->reason, sizeof(cell->reason), "%s", start.reason);
    cell->state = over || comes_up_without_rom(run, device) ? PROBE_FAILED : PROBE_NO_DEVICE;
    return !over;
}

/* ------------------------------------------------------------------------- together */

static bool comes_up_bare(struct run *run)
{
    struct start start;
    bool up = start_qemu(run, NULL, 0, "", &start);

    stop(&start);
    if (!up)
        fail_machine(run, start.reason);
    return up;
}

static void remove_device(size_t *devices, size_t *n, size_t at)
{
    memmove(devices + at, devices + at + 1, (*n - at - 1) * sizeof(*devices));
    --*n;
}

/*
 * After a start that failed: takes the device out that is named, true where it is worth another
 * try.
 */
static bool may_try_again(struct run *run, const struct start *start, size_t *devices, size_t *n)
{
    bool no_bus = strstr(start->reason, " bus found for device ") != NULL;

    if (is_over(start)) {
        fail_machine(run, start->reason);
        return false;
    }
    if (run->try_pcie && (no_bus || start->about < 0)) {
        run->machine->no_bus = true; /* "pcie=on" was not understood, or did not help */
        return false;
    }
    run->try_pcie = false;
    if (no_bus && !run->pcie) {
        run->pcie = run->try_pcie = true;
        return true;
    }
    for (size_t i = 0; i < *n && start->about >= 0; i++) {
        if (devices[i] == (size_t)start->about) {
            atomic_store(&run->probe->alone[devices[i]], true);
            remove_device(devices, n, i);
            return true;
        }
    }
    /* nobody to blame: all of them one by one, if it comes up at all */
    (void)comes_up_bare(run);
    return false;
}

/* Measures those of the devices that come up together; devices is used up. */
static void measure_together(struct run *run, size_t *devices, size_t n)
{
    while (n > 0) {
        struct start start;
        bool up = start_qemu(run, devices, n, "", &start);
        bool again = false;

        for (size_t i = 0; i < n && up; i++)
            up = read_device(run, &start, devices[i]);
        stop(&start);
        if (!up)
            again = may_try_again(run, &start, devices, &n);
        if (!again)
            return;
    }
}

/* Is all said about this machine type as a whole? */
static bool is_settled(const struct probe_machine *machine)
{
    return machine->failed || machine->no_bus;
}

void probe_measure(struct probe *probe, struct probe_machine *machine, int cancel)
{
    struct run run = {.probe = probe, .machine = machine, .cancel = cancel};
    size_t devices[TOGETHER], n = 0;
    bool go_on = true;

    for (size_t i = 0; i < probe->n_devices && !is_settled(machine); i++) {
        if (!atomic_load(&probe->alone[i]))
            devices[n++] = i;
        if (n == TOGETHER || (n > 0 && i + 1 == probe->n_devices)) {
            measure_together(&run, devices, n);
            n = 0;
        }
    }
    for (size_t i = 0; i < probe->n_devices && !is_settled(machine); i++) {
        struct probe_cell *cell = &machine->cells[i];

        if (cell->state == PROBE_UNTRIED && go_on) {
            go_on = measure_alone(&run, i);
        } else if (cell->state == PROBE_UNTRIED) {
            cell->state = PROBE_FAILED;
            (void)snprintf(cell->reason, sizeof(cell->reason),
                           "not tried: another device made QEMU hang");
        }
    }
}
