/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every slot that was measured in a distribution's QEMU equals what the lookup says.
 * tests/data/measured-slots.tsv explains its lines; TEST_DATA is where it lies.
 */
#include "slots/slots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define K UINT64_C(1024)

/* "debian/bookworm" for the file's "bookworm" */
struct profile_name {
    char text[ROMTOOL_NAME_SIZE];
};

static struct profile_name profile_of(const char *series)
{
    bool ubuntus = strcmp(series, "noble") == 0 || strcmp(series, "resolute") == 0;
    struct profile_name name;

    (void)snprintf(name.text, sizeof(name.text), "%s/%s", ubuntus ? "ubuntu" : "debian", series);
    return name;
}

/* Some devices have their RAM blocks' names. */
static const char *driver_of(const char *name)
{
    if (strcmp(name, "ne2000") == 0)
        return "ne2k_pci";
    return strcmp(name, "vga") == 0 ? "VGA" : name;
}

/* The slot that the public call gives; 0 where it says that there is no ROM BAR. */
static uint64_t slot_of(const char *of, const char *machine, const char *device,
                        struct romtool_mandate *ret)
{
    struct romtool_error err;
    int r = romtool_mandate_find(of, machine, device, ret, &err);

    if (r != 0 && (r != ROMTOOL_E_NO_MANDATE || strstr(err.text, "has no ROM BAR") == NULL))
        fail_msg("%s", err.text);
    assert_true((r == 0) == (ret->slot != 0));
    return ret->slot;
}

struct measured {
    size_t lines, cells, without_vmxnet3, not_started;
};

/*
 * A machine type that did not start: QEMU's sentence names the ROM file that the series' search
 * path does not hold. What is mandated there is the slot of that file all the same.
 */
static void compare_failure(const char *of, const char *machine, const char *sentence)
{
    struct rt_slot_profile profile;
    struct romtool_mandate mandate;
    char quoted[2 * ROMTOOL_NAME_SIZE];

    assert_int_equal(slot_of(of, machine, "virtio-net-pci", &mandate), 256 * K);
    (void)snprintf(quoted, sizeof(quoted), "failed to find romfile \"%s\"", mandate.file);
    assert_non_null(strstr(sentence, quoted));
    assert_int_equal(rt_slot_profile_find(of, &profile, NULL), 0);
    for (size_t i = 0; i < profile.series->n_search; i++)
        assert_string_not_equal(profile.series->search[i], "/usr/lib/ipxe/qemu");
}

/* Compares one line and counts what it compared. */
static void compare_line(char *line, struct measured *seen)
{
    char *rest = line;
    const char *series = strtok_r(rest, "\t", &rest), *machine = strtok_r(rest, "\t", &rest);
    struct profile_name of = profile_of(series);
    bool incomplete = rest[0] == '(', has_vmxnet3 = false;
    struct romtool_mandate mandate;

    seen->lines++;
    if (strncmp(rest, "ERR ", 4) == 0) {
        compare_failure(of.text, machine, rest);
        seen->not_started++;
        return;
    }
    for (char *cell = strtok_r(rest, " ()", &rest); cell != NULL;
         cell = strtok_r(rest, " ()", &rest)) {
        char *value = strchr(cell, '='), *end;
        uint64_t slot;

        if (value == NULL) /* the words behind an incomplete line's cells */
            continue;
        *value++ = '\0';
        slot = strtoul(value, &end, 10) * K;
        assert_true(end > value && (strcmp(end, "K") == 0 || strcmp(end, "K;") == 0 ||
                                    (slot == 0 && *end == '\0')));
        if (slot_of(of.text, machine, driver_of(cell), &mandate) != slot)
            fail_msg("%s %s %s", of.text, machine, cell);
        has_vmxnet3 = has_vmxnet3 || strcmp(cell, "vmxnet3") == 0;
        seen->cells++;
    }
    if (!incomplete && !has_vmxnet3) {
        assert_int_equal(slot_of(of.text, machine, "vmxnet3", &mandate), 0);
        seen->without_vmxnet3++;
    }
}

static void test_measured(void **state)
{
    static char line[4096];
    struct measured seen = {0};
    size_t cells = 0;
    FILE *f = fopen(TEST_DATA "/measured-slots.tsv", "r");

    (void)state;
    if (f == NULL)
        fail_msg("cannot open %s", TEST_DATA "/measured-slots.tsv");
    while (fgets(line, sizeof(line), f) != NULL) {
        char *end = strchr(line, '\n');

        assert_non_null(end); /* no line is longer */
        *end = '\0';
        if (line[0] == '#')
            continue;
        for (const char *p = line; (p = strchr(p, '=')) != NULL; p++)
            cells += strstr(line, "\tERR ") == NULL;
        compare_line(line, &seen);
    }
    assert_int_equal(ferror(f), 0);
    (void)fclose(f);
    assert_int_equal(seen.cells, cells);
    /* as measured: 152, 56 and 238 lines; 55 + 61 + 36 + 127 + 111 machine types; vmxnet3 none on
     * 13 + 6 + 16 of them, no start on 6 */
    assert_int_equal(seen.lines, 446);
    assert_int_equal(seen.cells, 3078 + 111 * 9 + 16 * 8 + 105 * 9);
    assert_int_equal(seen.without_vmxnet3, 35);
    assert_int_equal(seen.not_started, 6);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_measured)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
