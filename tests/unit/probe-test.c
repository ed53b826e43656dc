/* SPDX-License-Identifier: BSD-2-Clause */
/* `slots probe` without a QEMU: what is made of what one said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "romtool/probe.h"

/* ------------------------------------------------------------------------- reasons */

static void test_reasons(void **state)
{
    static const struct {
        const char *said, *reason;
        int device;
    } cases[] = {
        {"", "", -1},
        {"\n\n", "", -1},
        {"qemu: warning: nic d0 has no peer\n", "", -1},
        {"qemu-system-x86_64: -device virtio-vga-gl,id=d31: opengl is not available\n",
         "opengl is not available", 31},
        {"qemu-system-x86_64: -device e1000,romfile=,id=d0: No 'PCI' bus found\n",
         "No 'PCI' bus found", 0},
        {"qemu: falling back to tcg\nqemu: unsupported machine type\n"
         "Use -machine help to list supported machines\n",
         "unsupported machine type", -1},
        {"qemu: -device a,id=d1: one\nqemu: -device b,id=d2: two\nqemu: three\n", "two", 2},
        {"line one\r\nline two", "line two", -1},
        {"not a name: here\n", "not a name: here", -1},
        {"qemu: -device a,id=dx: x\n", "-device a,id=dx: x", -1},
        {"qemu: -device a,id=d9999: x\n", "-device a,id=d9999: x", -1},
        {"qemu: esc \033[31m \xff\n", "esc ?[31m ?", -1},
    };
    char reason[PROBE_TEXT_SIZE], lines[3000];
    int device;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        probe_reason(cases[i].said, reason, &device);
        assert_string_equal(reason, cases[i].reason);
        assert_int_equal(device, cases[i].device);
    }
    memset(lines, 'x', sizeof(lines) - 1);
    lines[sizeof(lines) - 1] = '\0';
    probe_reason(lines, reason, &device);
    assert_int_equal(strlen(reason), PROBE_TEXT_SIZE - 1);
}

/* ------------------------------------------------------------------------- slot files */

enum { MACHINES = 24, DEVICES = 3, ROUNDS = 300 };

/* In the order in which probe_ask() puts them. */
static const char *const names[MACHINES] = {
    "isapc",
    "microvm",
    "pc-i440fx-1.4",
    "pc-i440fx-2.9",
    "pc-i440fx-2.10",
    "pc-i440fx-x",
    "pc-q35-2.9",
    "pc-q35-4.0",
    "pc-q35-4.0.1",
    "pc-q35-4.1",
    "pc-q35-10.0",
    "pseries-2.9",
    "pseries-2.12",
    "pseries-2.12-sxxm",
    "pseries-3.0",
    "u1",
    "u2",
    "u3",
    "u4",
    "u5",
    "u6",
    "u7",
    "u8",
    "u9",
};

struct made {
    struct probe probe;
    struct probe_machine machines[MACHINES];
    struct probe_cell cells[MACHINES * DEVICES];
};

static struct made *make_probe(void)
{
    struct made *made = calloc(1, sizeof(*made));
    struct probe *probe = &made->probe;

    assert_non_null(made);
    probe->binary = "qemu";
    (void)snprintf(probe->version, sizeof(probe->version), "7.2");
    (void)snprintf(probe->search[0], sizeof(probe->search[0]), "/usr/share/qemu");
    probe->n_search = 1;
    probe->machines = made->machines;
    probe->n_machines = MACHINES;
    probe->devices[0] = "e1000";
    probe->devices[1] = "rtl8139";
    probe->devices[2] = "virtio-net-pci";
    probe->n_devices = DEVICES;
    for (size_t i = 0; i < MACHINES; i++) {
        struct probe_machine *machine = &made->machines[i];

        (void)snprintf(machine->name, sizeof(machine->name), "%s", names[i]);
        assert_true(rt_machine_name_parse(names[i], &machine->parsed));
        machine->wanted = true;
        machine->cells = &made->cells[i * DEVICES];
    }
    return made;
}

static void set(struct made *made, size_t machine, size_t device, uint64_t slot, const char *file)
{
    struct probe_cell *cell = &made->machines[machine].cells[device];

    cell->state = PROBE_MEASURED;
    cell->slot = slot;
    (void)snprintf(cell->file, sizeof(cell->file), "%s", file);
}

/* xorshift: the same on every run */
static unsigned next(unsigned *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void fill(struct made *made, unsigned *seed)
{
    memset(made->cells, 0, sizeof(made->cells));
    for (size_t i = 0; i < MACHINES; i++) {
        struct probe_machine *machine = &made->machines[i];

        machine->failed = next(seed) % 8 == 0;
        machine->no_bus = !machine->failed && next(seed) % 8 == 0;
        machine->deprecated = next(seed) % 4 == 0;
        machine->wanted = machine->failed || machine->no_bus || next(seed) % 8 != 0;
        (void)snprintf(machine->reason, sizeof(machine->reason), "a reason");
        for (size_t d = 0; d < DEVICES && machine->wanted; d++) {
            unsigned kind = next(seed) % 8;

            if (machine->failed || machine->no_bus)
                continue;
            if (kind == 0) {
                machine->cells[d].state = PROBE_FAILED;
                (void)snprintf(machine->cells[d].reason, PROBE_TEXT_SIZE, "reason %u",
                               next(seed) % 2);
            } else {
                set(made, i, d, kind == 1 ? 0 : UINT64_C(65536) << (kind % 3),
                    kind == 1       ? ""
                    : kind % 2 == 0 ? "a.rom"
                                    : "b.rom");
            }
        }
    }
}

static const struct rt_slot_row *row_of(const struct rt_slot_profile *profile, const char *machine,
                                        const char *device)
{
    for (size_t i = 0; i < profile->vendor->n_rows; i++) {
        const struct rt_slot_row *row = &profile->vendor->rows[i];

        if ((row->device[0] == '\0' || strcmp(row->device, device) == 0) &&
            rt_slot_row_applies(row, profile, machine))
            return row;
    }
    return NULL;
}

/* Each cell that was measured is what the slot file says, and nothing else is said. */
static void check_slot_file(const struct made *made, const struct rt_slot_vendor *vendor)
{
    struct rt_slot_profile profile = {.vendor = vendor, .series = vendor->series};
    size_t n = 0;

    for (size_t i = 0; i < MACHINES; i++) {
        const struct probe_machine *machine = &made->machines[i];

        n += probe_machine_measured(&made->probe, machine);
        for (size_t d = 0; d < DEVICES; d++) {
            const struct rt_slot_row *row = row_of(&profile, machine->name, made->probe.devices[d]);

            if (machine->no_bus) {
                assert_non_null(row);
                assert_int_equal(row->slot, 0);
                continue;
            }
            assert_int_equal(row != NULL, machine->cells[d].state == PROBE_MEASURED);
            if (row == NULL)
                continue;
            assert_int_equal(row->slot, machine->cells[d].slot);
            assert_string_equal(row->file, machine->cells[d].file);
        }
    }
    assert_int_equal(vendor->series->n_machines, n);
}

static void test_slot_files(void **state)
{
    struct made *made = make_probe();
    unsigned seed = 2463534242;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct rt_buffer text = {0}, again = {0};
        struct rt_slot_file *file;
        struct romtool_error err;

        fill(made, &seed);
        rt_error_clear(&err);
        if (probe_write(&made->probe, "acme", "x", &text, &err) < 0)
            fail_msg("%s", err.text);
        assert_int_equal(probe_write(&made->probe, "acme", "x", &again, &err), 0);
        assert_string_equal(text.data, again.data);
        assert_int_equal(
            rt_slot_file_read((struct rt_bytes){(uint8_t *)text.data, text.len}, &file, &err), 0);
        check_slot_file(made, rt_slot_file_vendor(file));
        rt_slot_file_free(file);
        rt_buffer_free(&text);
        rt_buffer_free(&again);
    }
    free(made);
}

static void test_ranges(void **state)
{
    struct made *made = make_probe();
    struct rt_buffer text = {0};
    struct rt_slot_file *file;
    const struct rt_slot_row *rows;

    (void)state;
    for (size_t i = 0; i < MACHINES; i++)
        set(made, i, 0, 262144, "a.rom");
    set(made, 8, 0, 131072, "a.rom");                 /* pc-q35-4.0.1 */
    made->machines[13].cells[0].state = PROBE_FAILED; /* pseries-2.12-sxxm */
    (void)snprintf(made->machines[13].cells[0].reason, PROBE_TEXT_SIZE, "why");
    made->probe.n_devices = 1;
    assert_int_equal(probe_write(&made->probe, "acme", "x", &text, NULL), 0);
    assert_int_equal(
        rt_slot_file_read((struct rt_bytes){(uint8_t *)text.data, text.len}, &file, NULL), 0);
    rows = rt_slot_file_vendor(file)->rows;
    assert_int_equal(rt_slot_file_vendor(file)->n_rows, 3); /* 18 ranges need two rows */
    assert_int_equal(rows[0].n_machines, 16);
    assert_int_equal(rows[1].n_machines, 2);
    assert_int_equal(rows[2].slot, 131072);
    assert_string_equal(rows[0].machines[2].family, "pc-i440fx");
    assert_int_equal(rows[0].machines[2].from.minor, 4);
    assert_int_equal(rows[0].machines[2].to.minor, 10);
    /* 2.12 alone by its name: a range of versions would cover 2.12-sxxm */
    assert_false(rows[0].machines[7].versioned);
    assert_string_equal(rows[0].machines[7].family, "pseries-2.12");
    rt_slot_file_free(file);
    rt_buffer_free(&text);
    free(made);
}

static void test_nothing(void **state)
{
    struct made *made = make_probe();
    struct rt_buffer text = {0};
    struct romtool_error err;

    (void)state;
    rt_error_clear(&err);
    assert_int_equal(probe_count_measured(&made->probe), 0);
    assert_int_equal(probe_write(&made->probe, "acme", "x", &text, &err), ROMTOOL_E_INTERNAL);
    assert_int_equal(err.code, ROMTOOL_E_INTERNAL);
    rt_buffer_free(&text);
    free(made);
}

/* What a measurement says beside the mandates is held to the format too. */
static void test_reader(void **state)
{
    static const struct {
        const char *member, *sentence;
    } cases[] = {
        {"\"deprecated\": [\"isapc\"], \"unmeasured\": [{\"machine\": \"none\", \"device\": \"x\","
         "\"reason\": \"why\"}, {\"device\": \"x\", \"reason\": \"why\"}]",
         ""},
        {"\"deprecated\": []", "series[0].deprecated: is empty"},
        {"\"deprecated\": [\"none\"]",
         "series[0].deprecated[0]: 'none' is no machine type of the series"},
        {"\"unmeasured\": {}", "series[0].unmeasured: is not an array"},
        {"\"unmeasured\": [{\"reason\": \"why\"}]",
         "series[0].unmeasured[0]: has neither machine nor device"},
        {"\"unmeasured\": [{\"machine\": \"none\"}]", "series[0].unmeasured[0].reason: is missing"},
        {"\"unmeasured\": [{\"machine\": \"a b\", \"reason\": \"why\"}]",
         "series[0].unmeasured[0].machine: 'a b' has more in it than letters, digits, '+-._'"},
        {"\"unmeasured\": [{\"machine\": \"none\", \"reason\": \"why\", \"x\": 1}]",
         "series[0].unmeasured[0].x: unknown key"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rt_slot_file *file;
        struct romtool_error err;
        char text[1000];
        int n = snprintf(text, sizeof(text),
                         "{\"schema\": \"romtool-slots/1\", \"vendor\": \"acme\", \"series\": [{"
                         "\"name\": \"x\", \"qemu\": \"7.2\", \"package\": \"p\", \"source\":"
                         "\"s\", \"search\": [\"/x\"], \"machines\": [\"isapc\"], %s}],"
                         "\"mandates\": [{\"machines\": [{\"machine\": \"isapc\"}], \"slot\": 0,"
                         "\"basis\": \"read\", \"source\": \"s\"}]}",
                         cases[i].member);

        rt_error_clear(&err);
        (void)rt_slot_file_read((struct rt_bytes){(const uint8_t *)text, (size_t)n}, &file, &err);
        assert_string_equal(err.text, cases[i].sentence);
        assert_int_equal(file != NULL, cases[i].sentence[0] == '\0');
        rt_slot_file_free(file);
    }
}

/* ------------------------------------------------------------------------- comparison */

struct said {
    char text[2000];
};

static void note(void *user, const struct probe_difference *difference)
{
    struct said *said = user;
    size_t n = strlen(said->text);

    (void)snprintf(said->text + n, sizeof(said->text) - n, "%s %s: %s\n", difference->machine,
                   difference->device != NULL ? difference->device : "*", difference->text);
}

static const char profile_text[] =
    "{\"schema\": \"romtool-slots/1\", \"vendor\": \"acme\", \"series\": [{\"name\": \"x\","
    "\"qemu\": \"7.2\", \"package\": \"p\", \"source\": \"s\", \"search\": [\"/x\"], \"machines\":"
    "[\"isapc\", \"pc-q35-4.0\", \"pc-q35-4.1\", \"pc-q35-5.0\"]}], \"mandates\": ["
    "{\"machines\": [{\"family\": \"pc-q35\", \"from\": \"4.0\", \"to\": \"5.0\"}],"
    "\"device\": \"e1000\", \"file\": \"a.rom\", \"slot\": 65536,"
    "\"basis\": \"read\", \"source\": \"s\"},"
    "{\"machines\": [{\"family\": \"pc-q35\", \"from\": \"4.0\", \"to\": \"4.0\"}],"
    "\"device\": \"rtl8139\", \"slot\": 0, \"basis\": \"read\", \"source\": \"s\"},"
    "{\"machines\": [{\"machine\": \"isapc\"}], \"slot\": 0, \"basis\": \"read\","
    "\"source\": \"s\"}]}";

static void expect(const struct made *made, size_t compared, const char *lines)
{
    struct said said = {""};
    struct probe_comparison comparison = {.differs = note, .user = &said};
    struct rt_slot_profile profile = {.name = "acme/x"};
    struct rt_slot_file *file;

    assert_int_equal(rt_slot_file_read(
                         (struct rt_bytes){(const uint8_t *)profile_text, sizeof(profile_text) - 1},
                         &file, NULL),
                     0);
    profile.vendor = rt_slot_file_vendor(file);
    profile.series = profile.vendor->series;
    probe_compare(&made->probe, &profile, &comparison);
    assert_string_equal(said.text, lines);
    assert_int_equal(comparison.compared, compared);
    rt_slot_file_free(file);
}

static void test_comparison(void **state)
{
    enum { ISAPC = 0, Q35_2_9 = 6, Q35_4_0 = 7, Q35_4_1 = 9 };
    struct made *made = make_probe();

    (void)state;
    for (size_t i = 0; i < MACHINES; i++)
        made->machines[i].wanted = i == ISAPC || i == Q35_4_0 || i == Q35_4_1;
    made->machines[ISAPC].no_bus = true;
    for (size_t i = 0; i < MACHINES; i++) {
        set(made, i, 0, 65536, "a.rom");
        set(made, i, 1, 0, "");
        set(made, i, 2, 1024, "v.rom"); /* of which the profile says nothing at all */
    }
    expect(made, 6, "");

    set(made, Q35_4_0, 0, 131072, "a.rom");
    set(made, Q35_4_0, 1, 512, "r.rom");
    set(made, Q35_4_1, 0, 65536, "b.rom");
    set(made, Q35_4_1, 1, 512, "r.rom");
    expect(made, 6,
           "pc-q35-4.0 e1000: measured 131072 (a.rom), acme/x says 65536 (a.rom)\n"
           "pc-q35-4.0 rtl8139: measured 512 (r.rom), acme/x says no ROM BAR\n"
           "pc-q35-4.1 e1000: measured 65536 (b.rom), acme/x says 65536 (a.rom)\n"
           "pc-q35-4.1 rtl8139: measured 512 (r.rom), acme/x does not say\n");

    set(made, Q35_4_0, 0, 65536, "a.rom");
    set(made, Q35_4_0, 1, 0, "");
    made->machines[Q35_4_1].wanted = false;
    made->machines[Q35_2_9].wanted = true;
    expect(made, 5, "pc-q35-2.9 *: acme/x does not have it\n");
    made->machines[Q35_2_9].wanted = false;

    made->machines[Q35_4_0].cells[0].state = PROBE_FAILED;
    (void)snprintf(made->machines[Q35_4_0].cells[0].reason, PROBE_TEXT_SIZE, "why");
    expect(made, 5, "pc-q35-4.0 e1000: not measured (why), acme/x says 65536 (a.rom)\n");
    /* not to be had, ROM or not: nowhere is no difference, here and not there is one */
    made->machines[Q35_4_0].cells[0].state = PROBE_NO_DEVICE;
    expect(made, 4, "");
    made->machines[Q35_4_1].wanted = true;
    set(made, Q35_4_1, 0, 65536, "a.rom");
    set(made, Q35_4_1, 1, 0, "");
    expect(made, 6, "pc-q35-4.0 e1000: not measured (why), acme/x says 65536 (a.rom)\n");

    made->machines[Q35_4_0].failed = true;
    (void)snprintf(made->machines[Q35_4_0].reason, PROBE_TEXT_SIZE, "no firmware");
    made->machines[ISAPC].no_bus = false;
    made->machines[ISAPC].failed = true;
    expect(made, 2, "pc-q35-4.0 *: not measured (no firmware), acme/x has it\n");
    made->machines[Q35_4_0].failed = false;
    made->machines[Q35_4_0].no_bus = true;
    expect(made, 3, "pc-q35-4.0 e1000: measured no ROM BAR, acme/x says 65536 (a.rom)\n");
    free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reasons), cmocka_unit_test(test_slot_files),
        cmocka_unit_test(test_ranges),  cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_reader),  cmocka_unit_test(test_comparison),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
