/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The built-in profiles: what upstream's history says, what distributions do on their own, and what
 * must be true of them all. TEST_DATA is where tests/data lies.
 */
#include "slots/slots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define K            UINT64_C(1024)

static struct rt_slot_profile profile(const char *name)
{
    struct rt_slot_profile ret;
    struct romtool_error err;

    rt_error_clear(&err);
    if (rt_slot_profile_find(name, &ret, &err) != 0)
        fail_msg("%s", err.text);
    assert_string_equal(ret.name, name);
    return ret;
}

/* The slot that the public call gives; 0 where it says that there is none, or that none is known.
 */
static uint64_t slot_of(const char *of, const char *machine, const char *device)
{
    struct romtool_mandate mandate;
    struct romtool_error err;
    int r = romtool_mandate_find(of, machine, device, &mandate, &err);

    if (r != 0 && r != ROMTOOL_E_NO_MANDATE)
        fail_msg("%s", err.text);
    assert_int_equal(r, err.code);
    assert_true((r == 0) == (mandate.slot != 0));
    return mandate.slot;
}

/* ------------------------------------------------------------------------- what is known */

/* Upstream: QEMU's history. */
static const struct {
    const char *machine, *device, *file;
    uint64_t slot;
} upstreams[] = {
    {"pc-0.12", "virtio-net-pci", "pxe-virtio.rom", 64 * K},
    {"pc-1.3", "virtio-net-pci", "pxe-virtio.rom", 64 * K},
    {"pc-i440fx-1.4", "virtio-net-pci", "pxe-virtio.rom", 64 * K},
    {"pc-q35-1.4", "virtio-net-pci", "pxe-virtio.rom", 64 * K},
    {"pc-i440fx-1.5", "virtio-net-pci", "efi-virtio.rom", 256 * K},
    {"pc-q35-11.1", "virtio-net-pci", "efi-virtio.rom", 256 * K},
    {"virt-2.6", "virtio-net-pci", "efi-virtio.rom", 256 * K},
    {"pseries-2.12-sxxm", "virtio-net-pci", "efi-virtio.rom", 256 * K},
    {"pc-1.3", "e1000", "pxe-e1000.rom", 128 * K},
    {"pc-i440fx-1.4", "e1000", "pxe-e1000.rom", 128 * K},
    {"pc-i440fx-1.4", "e1000-82544gc", "efi-e1000.rom", 256 * K},
    {"pc-i440fx-1.4", "e1000-82545em", "efi-e1000.rom", 256 * K},
    {"pc-i440fx-1.4", "e1000e", "efi-e1000e.rom", 256 * K},
    {"pc-i440fx-1.4", "virtio-net-pci-transitional", "efi-virtio.rom", 256 * K},
    {"pc-i440fx-1.4", "virtio-net-pci-non-transitional", "efi-virtio.rom", 256 * K},
    {"pc-i440fx-1.4", "rtl8139", "pxe-rtl8139.rom", 64 * K},
    {"pc-i440fx-1.4", "ne2k_pci", "pxe-ne2k_pci.rom", 64 * K},
    {"pc-i440fx-1.4", "pcnet", "pxe-pcnet.rom", 64 * K},
    {"pc-q35-4.0.1", "rtl8139", "efi-rtl8139.rom", 256 * K},
    {"pc-q35-7.2", "i82559er", "pxe-eepro100.rom", 64 * K},
    {"pc-0.12", "i82551", "pxe-eepro100.rom", 64 * K},
    {"pc-i440fx-2.7", "vmxnet3", "efi-vmxnet3.rom", 256 * K},
    {"pc-0.14", "VGA", "vgabios-stdvga.bin", 64 * K},
    {"pc-q35-7.2", "bochs-display", "vgabios-bochs-display.bin", 32 * K},
    {"pc-0.12", "cirrus-vga", "vgabios-cirrus.bin", 64 * K},
};

static void test_upstream(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(upstreams); i++) {
        struct romtool_mandate m;
        struct romtool_error err;

        if (romtool_mandate_find("upstream", upstreams[i].machine, upstreams[i].device, &m, &err) <
            0)
            fail_msg("%s", err.text);
        assert_int_equal(m.slot, upstreams[i].slot);
        assert_string_equal(m.file, upstreams[i].file);
        assert_string_equal(m.machine, upstreams[i].machine);
        assert_string_equal(m.device, upstreams[i].device);
        assert_string_equal(m.profile, "upstream");
        assert_true(m.source[0] != '\0');
        assert_int_equal(m.file_size | m.has_sha256 | m.reserved, 0);
    }
}

/* Of the same machine type and device, another vendor's slot is another. */
static void test_vendors_differ(void **state)
{
    (void)state;
    assert_int_equal(slot_of("upstream", "pc-i440fx-1.4", "virtio-net-pci"), 64 * K);
    assert_int_equal(slot_of("debian/bookworm", "pc-i440fx-1.4", "virtio-net-pci"), 128 * K);
    assert_int_equal(slot_of("upstream", "pc-q35-7.2", "i82559er"), 64 * K);
    assert_int_equal(slot_of("debian/sid", "pc-q35-7.2", "i82559er"), 128 * K);
}

/* Debian's rows that nobody measured: from the sizes of its files. */
static const struct {
    const char *profile, *machine, *device, *file;
    uint64_t slot;
} derived[] = {
    {"debian/bullseye", "pc-1.0", "e1000", "pxe-e1000.rom", 128 * K},
    {"debian/bullseye", "pc-1.1", "ne2k_pci", "pxe-ne2k_pci.rom", 128 * K},
    {"debian/bullseye", "pc-1.2", "pcnet", "pxe-pcnet.rom", 128 * K},
    {"debian/bullseye", "pc-1.3", "rtl8139", "pxe-rtl8139.rom", 128 * K},
    {"debian/bullseye", "pc-1.3", "virtio-net-pci", "pxe-virtio.rom", 128 * K},
    {"debian/bullseye", "pc-1.3", "virtio-net-pci-transitional", "efi-virtio.rom", 256 * K},
    {"debian/bullseye", "pc-1.3", "e1000-82545em", "efi-e1000.rom", 256 * K},
    {"debian/bullseye", "pc-1.3", "i82801", "pxe-eepro100.rom", 128 * K},
    {"debian/bullseye", "virt", "virtio-net-pci", "efi-virtio.rom", 256 * K},
    {"debian/trixie", "pc-q35-9.2", "i82550", "pxe-eepro100.rom", 128 * K},
    {"debian/sid", "pseries", "e1000", "efi-e1000.rom", 256 * K},
    {"debian/sid", "pc-q35-11.1", "bochs-display", "vgabios-bochs-display.bin", 32 * K},
    {"debian/sid", "pc-q35-11.1", "virtio-vga-gl", "vgabios-virtio.bin", 64 * K},
};

static void test_derived(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(derived); i++) {
        struct romtool_mandate m;
        struct romtool_error err;

        if (romtool_mandate_find(derived[i].profile, derived[i].machine, derived[i].device, &m,
                                 &err) < 0)
            fail_msg("%s", err.text);
        assert_int_equal(m.slot, derived[i].slot);
        assert_string_equal(m.file, derived[i].file);
    }
    assert_int_equal(slot_of("debian/bullseye", "pc-1.3", "vmxnet3"), 0);
}

/* What distributions do on their own, by what their packages and machine types say. */
static const struct {
    const char *profile, *machine, *device, *file;
    uint64_t slot;
} vendors_own[] = {
    {"ubuntu/precise", "pc-1.0", "virtio", "pxe-virtio.rom", 64 * K},
    {"ubuntu/trusty", "pc-1.0-precise", "virtio", "pxe-virtio.rom.12.04", 64 * K},
    {"ubuntu/trusty", "pc-1.0-qemu-git", "virtio", "pxe-virtio.rom", 128 * K},
    {"ubuntu/xenial", "pc-i440fx-xenial", "virtio", "efi-virtio.rom", 256 * K},
    {"ubuntu/xenial", "pc-i440fx-2.5", "ne2k_pci", "efi-ne2k_pci.rom", 256 * K},
    {"ubuntu/xenial", "pc-q35-1.4", "e1000", "pxe-e1000.rom", 128 * K},
    {"ubuntu/bionic", "pc-i440fx-xenial", "virtio", "compat-256k-efi-virtio.rom", 256 * K},
    {"ubuntu/bionic", "pc-i440fx-bionic-hpb", "virtio", "efi-virtio.rom", 512 * K},
    {"ubuntu/bionic", "pc-i440fx-2.10", "virtio", "compat-256k-efi-virtio.rom", 256 * K},
    {"ubuntu/bionic", "pc-i440fx-2.11", "virtio", "efi-virtio.rom", 512 * K},
    {"ubuntu/bionic", "pc-i440fx-2.10", "ne2k_pci", "efi-ne2k_pci.rom", 512 * K},
    {"ubuntu/focal", "pc-q35-artful", "vmxnet3", "efi-vmxnet3.rom", 512 * K},
    {"ubuntu/focal", "virt-2.10", "virtio", "compat-256k-efi-virtio.rom", 256 * K},
    {"ubuntu/focal", "virt-4.2", "virtio", "efi-virtio.rom", 512 * K},
    {"ubuntu/jammy", "pc-q35-artful", "e1000e", "efi-e1000e.rom", 512 * K},
    {"ubuntu/jammy", "pc-i440fx-2.10", "virtio-transitional", "efi-virtio.rom", 512 * K},
    {"ubuntu/jammy", "pseries-focal", "virtio", "efi-virtio.rom", 512 * K},
    {"ubuntu/jammy", "s390-ccw-virtio-xenial", "virtio", "compat-256k-efi-virtio.rom", 256 * K},
    {"ubuntu/noble", "pc-q35-noble-v2", "virtio", "efi-virtio.rom", 512 * K},
    {"ubuntu/questing", "pc-q35-zesty", "virtio", "compat-256k-efi-virtio.rom", 256 * K},
    {"ubuntu/resolute", "pc-q35-jammy-hpb-maxcpus", "i82559er", "pxe-eepro100.rom", 128 * K},
    {"ubuntu/resolute", "pc-q35-resolute", "bochs-display", "vgabios-bochs-display.bin", 32 * K},
    {"rhel/7", "pc-i440fx-rhel7.0.0", "virtio", "pxe-virtio.rom", 256 * K},
    {"rhel/8", "pc-i440fx-rhel7.6.0", "virtio", "efi-virtio.rom", 256 * K},
    {"rhel/8", "pc-q35-rhel8.6.0", "pcnet", "efi-pcnet.rom", 256 * K},
    {"rhel/9", "pc-q35-rhel9.4.0", "e1000e", "efi-e1000e.rom", 256 * K},
    {"rhel/8.5-av", "pc-i440fx-2.11", "virtio", "efi-virtio.rom", 512 * K},
    {"fedora", "pc-q35-10.1", "virtio", "efi-virtio.rom", 256 * K},
    {"fedora", "s390-ccw-virtio", "virtio", "efi-virtio.rom", 256 * K},
    {"suse", "pc-i440fx-1.4", "virtio", "pxe-virtio.rom", 64 * K},
    {"suse", "pc-i440fx-1.4", "rtl8139", "pxe-rtl8139.rom", 128 * K},
    {"suse", "pc-1.0", "e1000", "pxe-e1000.rom", 128 * K},
    {"suse", "pc-q35-9.0", "i82551", "pxe-eepro100.rom", 128 * K},
    {"upstream", "s390-ccw-virtio-2.4", "virtio", "efi-virtio.rom", 256 * K},
    {"upstream", "pc-1.0-qemu-kvm", "virtio", "pxe-virtio.rom", 64 * K},
};

static void test_vendors_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vendors_own); i++) {
        struct romtool_mandate m;
        struct romtool_error err;

        if (romtool_mandate_find(vendors_own[i].profile, vendors_own[i].machine,
                                 vendors_own[i].device, &m, &err) < 0)
            fail_msg("%s", err.text);
        if (m.slot != vendors_own[i].slot || strcmp(m.file, vendors_own[i].file) != 0)
            fail_msg("%s %s %s: %s", m.profile, m.machine, m.device, m.file);
    }
}

/* SUSE pads with 0xff what must be over 64K. */
static void test_fill(void **state)
{
    static const char *const padded[] = {"e1000", "rtl8139", "ne2k_pci", "pcnet", "i82551"};
    struct rt_slot_profile suse = profile("suse"), upstream = profile("upstream");
    const struct rt_slot_row *row;

    (void)state;
    for (size_t i = 0; i < COUNT(padded); i++) {
        assert_int_equal(rt_slot_find(&suse, "pc-1.3", padded[i], &row, NULL), 0);
        assert_int_equal(row->fill, 0xff);
        assert_int_equal(rt_slot_find(&upstream, "pc-1.3", padded[i], &row, NULL), 0);
        assert_int_equal(row->fill, 0x00);
    }
    assert_int_equal(rt_slot_find(&suse, "pc-1.3", "virtio", &row, NULL), 0);
    assert_int_equal(row->fill, 0x00);
}

/* Every versioned machine type that QEMU ever registered for these boards is upstream's. */
static void test_every_machine_type(void **state)
{
    struct rt_slot_profile upstream = profile("upstream");
    char line[200];
    size_t types = 0;
    FILE *f = fopen(TEST_DATA "/qemu-machines.tsv", "r");

    (void)state;
    assert_non_null(f);
    while (fgets(line, sizeof(line), f) != NULL) {
        char *rest = line;
        const char *board = strtok_r(rest, "\t", &rest), *machine = strtok_r(rest, "\t", &rest);
        const char *type;
        bool found = false;

        if (line[0] == '#' || strcmp(board, "misc") == 0 || strncmp(machine, "xenfv", 5) == 0)
            continue;
        type = rt_slot_machine(&upstream, machine);
        for (size_t i = 0; i < upstream.series->n_machines && !found; i++)
            found = strcmp(upstream.series->machines[i], type) == 0;
        if (!found)
            fail_msg("%s", machine);
        types++;
    }
    (void)fclose(f);
    assert_int_equal(types, 216);
}

/* ------------------------------------------------------------------------- all built-in rows */

/* What must be true of every vendor, series, machine type and row. Counts what it has seen. */
static void test_builtin(void **state)
{
    size_t n, lookups = 0;
    const struct rt_slot_vendor *vendors = rt_slot_builtin(&n);

    (void)state;
    assert_int_equal(n, 6);
    for (size_t v = 1; v < n; v++)
        assert_true(strcmp(vendors[v - 1].name, vendors[v].name) < 0);
    for (size_t v = 0; v < n; v++) {
        for (size_t s = 0; s < vendors[v].n_series; s++) {
            const struct rt_slot_series *series = &vendors[v].series[s];
            char name[2 * ROMTOOL_NAME_SIZE];
            struct rt_slot_profile p;

            (void)snprintf(name, sizeof(name), series->name[0] ? "%s/%s" : "%s", vendors[v].name,
                           series->name);
            p = profile(name);
            assert_ptr_equal(p.series, series);
            for (size_t m = 0; m < series->n_machines; m++) {
                for (size_t r = 0; r < vendors[v].n_rows; r++) {
                    const struct rt_slot_row *row = &vendors[v].rows[r];
                    bool applies = rt_slot_row_applies(row, &p, series->machines[m]);
                    struct romtool_mandate mandate;

                    if (!applies || row->slot == 0)
                        continue;
                    assert_int_equal(slot_of(name, series->machines[m], row->device), row->slot);
                    rt_slot_mandate(&p, series->machines[m], row, &mandate);
                    assert_string_equal(mandate.source, row->source);
                    assert_string_equal(mandate.file, row->file);
                    lookups++;
                }
            }
        }
    }
    assert_true(lookups > 45000);
}

/* ------------------------------------------------------------------------- one slot for good */

/* "debian/bookworm" */
static struct rt_slot_profile profile_at(const struct rt_slot_vendor *vendor, size_t series)
{
    char name[2 * ROMTOOL_NAME_SIZE];

    (void)snprintf(name, sizeof(name), vendor->series[series].name[0] ? "%s/%s" : "%s",
                   vendor->name, vendor->series[series].name);
    return profile(name);
}

/* Is it known, and which: 0 is no ROM BAR. */
static bool known_slot(const struct rt_slot_profile *of, const char *machine, const char *device,
                       uint64_t *ret)
{
    const struct rt_slot_row *row;
    struct romtool_error err;
    int r;

    rt_error_clear(&err);
    r = rt_slot_find(of, machine, device, &row, &err);
    *ret = r == 0 ? row->slot : 0;
    return r == 0 || strstr(err.text, "has no ROM BAR on") != NULL;
}

/*
 * Where the world breaks it: Ubuntu's efi-*.rom grew over 256K in bionic, and its compat entries
 * reach neither ne2k_pci (they say ne2000) nor the other models of e1000.
 */
static bool is_known_break(const struct rt_slot_profile *a, const char *device)
{
    return strcmp(a->name, "ubuntu/xenial") == 0 &&
           (strcmp(device, "ne2k_pci") == 0 || strcmp(device, "e1000-82544gc") == 0 ||
            strcmp(device, "e1000-82545em") == 0);
}

struct agreement {
    size_t compared, broken;
};

static void compare_series(const struct rt_slot_vendor *vendor, size_t i, size_t j,
                           struct agreement *seen)
{
    struct rt_slot_profile a = profile_at(vendor, i), b = profile_at(vendor, j);

    for (size_t m = 0; m < a.series->n_machines; m++) {
        const char *machine = a.series->machines[m];
        bool both = false;

        for (size_t k = 0; k < b.series->n_machines && !both; k++)
            both = strcmp(b.series->machines[k], machine) == 0;
        for (size_t r = 0; both && r < vendor->n_rows; r++) {
            const char *device = vendor->rows[r].device;
            uint64_t x, y;

            if ((r > 0 && strcmp(device, vendor->rows[r - 1].device) == 0) ||
                !known_slot(&a, machine, device, &x) || !known_slot(&b, machine, device, &y))
                continue;
            if (x != y && !is_known_break(&a, device))
                fail_msg("%s on %s: %s and %s", device, machine, a.name, b.name);
            seen->compared++;
            seen->broken += x != y;
        }
    }
}

/* Design section 2.1: what two series both have is the same in both. */
static void test_series_agree(void **state)
{
    struct agreement seen = {0};
    size_t n;
    const struct rt_slot_vendor *vendors = rt_slot_builtin(&n);

    (void)state;
    for (size_t v = 0; v < n; v++) {
        for (size_t i = 0; i < vendors[v].n_series; i++) {
            for (size_t j = i + 1; j < vendors[v].n_series; j++)
                compare_series(&vendors[v], i, j, &seen);
        }
    }
    assert_true(seen.compared > 30000);
    assert_int_equal(seen.broken, 281);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_upstream), cmocka_unit_test(test_vendors_differ),
        cmocka_unit_test(test_derived),  cmocka_unit_test(test_vendors_own),
        cmocka_unit_test(test_fill),     cmocka_unit_test(test_every_machine_type),
        cmocka_unit_test(test_builtin),  cmocka_unit_test(test_series_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
