/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking mandates up: other names, what is said about names that nobody knows, and every kind of
 * row. PC_1_0 is what pc-1.0 was configured to stand for.
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

/* ------------------------------------------------------------------------- other names */

static void test_aliases(void **state)
{
    static const struct {
        const char *profile, *alias, *machine;
    } aliases[] = {
        {"debian/bullseye", "pc", "pc-i440fx-5.2"},
        {"debian/bullseye", "q35", "pc-q35-5.2"},
        {"debian/bookworm", "pc", "pc-i440fx-7.2"},
        {"debian/bookworm", "q35", "pc-q35-7.2"},
        {"debian/trixie", "pc", "pc-i440fx-10.0"},
        {"debian/trixie", "q35", "pc-q35-10.0"},
        {"debian/sid", "pc", "pc-i440fx-11.1"},
        {"debian/sid", "q35", "pc-q35-11.1"},
        {"upstream", "pc", "pc-i440fx-11.1"},
        {"upstream", "q35", "pc-q35-11.1"},
        {"upstream", "virt", "virt-11.1"},
        {"upstream", "pseries", "pseries-11.1"},
        {"upstream", "s390-ccw-virtio", "s390-ccw-virtio-11.1"},
        {"rhel/9", "q35", "pc-q35-rhel9.8.0"},
        {"rhel/7", "pc", "pc-i440fx-rhel7.6.0"},
        {"fedora", "q35", "pc-q35-10.1"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(aliases); i++) {
        struct rt_slot_profile p = profile(aliases[i].profile);
        struct romtool_mandate m;

        assert_string_equal(rt_slot_machine(&p, aliases[i].alias), aliases[i].machine);
        assert_int_equal(romtool_mandate_find(p.name, aliases[i].alias, "virtio-net-pci", &m, NULL),
                         0);
        assert_string_equal(m.machine, aliases[i].machine);
        assert_int_equal(m.slot, 256 * K);
    }
    {
        struct rt_slot_profile p = profile("upstream");

        assert_string_equal(rt_slot_machine(&p, "pc-q35-7.2"), "pc-q35-7.2");
        assert_string_equal(rt_slot_machine(&p, "never heard of"), "never heard of");
    }
}

static void test_search_path(void **state)
{
    struct rt_slot_profile bookworm = profile("debian/bookworm"), sid = profile("debian/sid");

    (void)state;
    assert_int_equal(bookworm.series->n_search, 3);
    assert_string_equal(bookworm.series->search[0], "/usr/share/qemu");
    assert_string_equal(bookworm.series->search[1], "/usr/share/seabios");
    assert_string_equal(bookworm.series->search[2], "/usr/lib/ipxe/qemu");
    assert_int_equal(sid.series->n_search, 2);
}

static void test_ubuntu_aliases(void **state)
{
    static const struct {
        const char *profile, *alias, *machine;
    } aliases[] = {
        {"ubuntu/precise", "pc", "pc-1.0-qemu-kvm"},
        {"ubuntu/precise", "pc-1.0", "pc-1.0-qemu-kvm"},
        {"ubuntu/trusty", "pc-1.0-precise", "pc-1.0-qemu-kvm"},
        {"ubuntu/bionic", "ubuntu", "pc-i440fx-bionic"},
        {"ubuntu/focal", "ubuntu-q35", "pc-q35-focal"},
        {"ubuntu/jammy", "q35", "pc-q35-6.2"},
        {"ubuntu/noble", "ubuntu-q35", "pc-q35-noble-v2"},
        {"ubuntu/resolute", "ubuntu", "pc-i440fx-resolute"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(aliases); i++) {
        struct rt_slot_profile p = profile(aliases[i].profile);

        assert_string_equal(rt_slot_machine(&p, aliases[i].alias), aliases[i].machine);
    }
}

/* The ambiguous name by what was configured, the full names by what they say. */
static void test_pc_1_0(void **state)
{
    static const char *const both[] = {"upstream", "ubuntu/trusty"};
    struct rt_slot_profile bullseye = profile("debian/bullseye");

    (void)state;
    for (size_t i = 0; i < COUNT(both); i++) {
        struct rt_slot_profile p = profile(both[i]);
        struct romtool_mandate m;

        assert_string_equal(rt_slot_machine(&p, "pc-1.0"), "pc-1.0-" PC_1_0);
        assert_string_equal(rt_slot_machine(&p, "pc-1.0-qemu-git"), "pc-1.0-qemu-git");
        assert_string_equal(rt_slot_machine(&p, "pc-1.0-qemu-kvm"), "pc-1.0-qemu-kvm");
        assert_int_equal(romtool_mandate_find(both[i], "pc-1.0", "virtio-net-pci", &m, NULL), 0);
        assert_string_equal(m.machine, "pc-1.0-" PC_1_0);
    }
    /* what has only one of them means it */
    assert_string_equal(rt_slot_machine(&bullseye, "pc-1.0"), "pc-1.0-qemu-git");
}

static void test_overrides(void **state)
{
    static const struct rt_slot_alias overrides[] = {
        {"pc-1.0", "pc-1.0-qemu-kvm"},
        {"pc-1.1", "pc-1.2"},
        {"mine", "q35"},
        {"q35", "pc-q35-9.9"},
    };
    struct rt_slot_profile trusty = profile("ubuntu/trusty"), upstream = profile("upstream");
    const struct rt_slot_row *row;
    struct romtool_error err;

    (void)state;
    trusty.overrides = upstream.overrides = overrides;
    trusty.n_overrides = upstream.n_overrides = 3;
    assert_string_equal(rt_slot_machine(&trusty, "pc-1.0"), "pc-1.0-qemu-kvm");
    assert_int_equal(rt_slot_find(&trusty, "pc-1.0", "virtio", &row, NULL), 0);
    assert_int_equal(row->slot, 64 * K);
    /* a machine type's own name is not to be had */
    assert_string_equal(rt_slot_machine(&upstream, "pc-1.1"), "pc-1.1");
    /* an alias of an alias; names that are not overridden */
    assert_string_equal(rt_slot_machine(&upstream, "mine"), "pc-q35-11.1");
    assert_string_equal(rt_slot_machine(&upstream, "q35"), "pc-q35-11.1");
    /* what it stands for is said, also where that is not there */
    upstream.n_overrides = 4;
    rt_error_clear(&err);
    assert_int_equal(rt_slot_find(&upstream, "q35", "virtio", &row, &err),
                     ROMTOOL_E_UNKNOWN_MACHINE);
    assert_non_null(strstr(err.text, "unknown machine type 'pc-q35-9.9' in upstream"));
}

/* Names of libvirt's models, and QEMU's own aliases. */
static void test_other_device_names(void **state)
{
    static const struct {
        const char *name, *device;
    } names[] = {
        {"virtio", "virtio-net-pci"},
        {"virtio-net", "virtio-net-pci"},
        {"virtio-transitional", "virtio-net-pci-transitional"},
        {"virtio-non-transitional", "virtio-net-pci-non-transitional"},
        {"e1000", "e1000"},
        {"e1000-82540em", "e1000"},
        {"i82551", "i82551"},
        {"vga", "VGA"},
        {"cirrus", "cirrus-vga"},
        {"vmvga", "vmware-svga"},
        {"bochs", "bochs-display"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        struct romtool_mandate m;

        assert_int_equal(romtool_mandate_find("upstream", "q35", names[i].name, &m, NULL), 0);
        assert_string_equal(m.device, names[i].device);
    }
}

/* ------------------------------------------------------------------------- what is not */

static const struct {
    const char *profile, *machine, *device;
    int code;
    const char *text;
} unknown[] = {
    {"debian/bookwurm", "q35", "e1000", ROMTOOL_E_UNKNOWN_PROFILE,
     "unknown profile 'debian/bookwurm'; the nearest are debian/bookworm, debian/bullseye"},
    {"bookworm", "q35", "e1000", ROMTOOL_E_UNKNOWN_PROFILE, NULL},
    {"", "q35", "e1000", ROMTOOL_E_UNKNOWN_PROFILE, NULL},
    {"debian/", "q35", "e1000", ROMTOOL_E_UNKNOWN_PROFILE, NULL},
    {"debian", "q35", "e1000", ROMTOOL_E_UNKNOWN_PROFILE, NULL},
    {"upstream/", "q35", "e1000", ROMTOOL_E_UNKNOWN_PROFILE, NULL},
    {"debian/bookworm", "pc-q35-7.3", "e1000", ROMTOOL_E_UNKNOWN_MACHINE,
     "unknown machine type 'pc-q35-7.3' in debian/bookworm; the nearest are pc-q35-7.2, "
     "pc-q35-7.1"},
    {"debian/bookworm", "pc-q35-2.3", "e1000", ROMTOOL_E_UNKNOWN_MACHINE,
     "unknown machine type 'pc-q35-2.3' in debian/bookworm; the nearest are pc-q35-2.4, "
     "pc-q35-2.5"},
    {"debian/trixie", "pc-q53-9.1", "e1000", ROMTOOL_E_UNKNOWN_MACHINE,
     "unknown machine type 'pc-q53-9.1' in debian/trixie; the nearest are pc-q35-9.1, pc-q35-9.0"},
    {"debian/sid", "pc-q35-noble", "e1000", ROMTOOL_E_UNKNOWN_MACHINE,
     "unknown machine type 'pc-q35-noble' in debian/sid; the nearest are pc-q35-11.1, pc-q35-11.0"},
    {"upstream", "pc-i440fx-2.13", "e1000", ROMTOOL_E_UNKNOWN_MACHINE,
     "unknown machine type 'pc-i440fx-2.13' in upstream; the nearest are pc-i440fx-2.12, "
     "pc-i440fx-2.11"},
    {"debian/trixie", "Q35", "e1000", ROMTOOL_E_UNKNOWN_MACHINE,
     "unknown machine type 'Q35' in debian/trixie; the nearest are q35, pc"},
    {"debian/sid", "pc-q35-4.2", "e1000", ROMTOOL_E_UNKNOWN_MACHINE, NULL},
    {"debian/bookworm", "x-remote", "e1000", ROMTOOL_E_UNKNOWN_MACHINE, NULL},
    {"debian/bookworm", "isapc", "e1000", ROMTOOL_E_NO_MANDATE,
     "'e1000' has no ROM BAR on isapc in debian/bookworm"},
    {"debian/bookworm", "isapc", "e10000", ROMTOOL_E_UNKNOWN_DEVICE,
     "unknown device 'e10000' in debian/bookworm; the nearest are e1000, e1000e"},
    {"upstream", "isapc", "virtio", ROMTOOL_E_NO_MANDATE,
     "'virtio-net-pci' has no ROM BAR on isapc in upstream"},
    {"debian/bookworm", "q35", "igb", ROMTOOL_E_NO_MANDATE, "'igb' has no option ROM"},
    {"debian/bookworm", "q36", "igb", ROMTOOL_E_UNKNOWN_MACHINE, NULL},
    {"ubuntu/noble", "pc-q35-resolute", "e1000", ROMTOOL_E_UNKNOWN_MACHINE, NULL},
    {"ubuntu/bionic", "q35", "e1000e", ROMTOOL_E_UNKNOWN_DEVICE, NULL},
    {"ubuntu/xenial", "pc-i440fx-trusty", "vmxnet3", ROMTOOL_E_NO_MANDATE,
     "'vmxnet3' has no ROM BAR on pc-i440fx-trusty in ubuntu/xenial"},
    {"ubuntu/trusty", "pc", "virtio-net-pci", ROMTOOL_E_NO_MANDATE,
     "the slot of 'virtio-net-pci' on pc-i440fx-trusty is not known in ubuntu/trusty"},
    {"fedora", "q35", "i82559er", ROMTOOL_E_UNKNOWN_DEVICE, NULL},
    {"suse", "q35", "virtio-net-pci", ROMTOOL_E_NO_MANDATE,
     "the slot of 'virtio-net-pci' on pc-q35-9.0 is not known in suse"},
    {"upstream", "s390-ccw-virtio", "virtio-net-ccw", ROMTOOL_E_NO_MANDATE,
     "'virtio-net-ccw' has no option ROM"},
    {"upstream", "s390-ccw-virtio", "e1000", ROMTOOL_E_NO_MANDATE,
     "the slot of 'e1000' on s390-ccw-virtio-11.1 is not known in upstream"},
    {"rhel/9", "virt-rhel9.2.0", "virtio", ROMTOOL_E_NO_MANDATE,
     "'virtio-net-pci' has no ROM BAR on virt-rhel9.2.0 in rhel/9"},
    {"debian/bookworm", "", "e1000", ROMTOOL_E_UNKNOWN_MACHINE, NULL},
    {"debian/bookworm", "pc-q35-7.2 ", "e1000", ROMTOOL_E_UNKNOWN_MACHINE, NULL},
    {"debian/bookworm", "q35", "virtio-net-pcl", ROMTOOL_E_UNKNOWN_DEVICE,
     "unknown device 'virtio-net-pcl' in debian/bookworm; the nearest are virtio-net-pci, "
     "virtio-vga-gl"},
    {"debian/bookworm", "q35", "ne2000", ROMTOOL_E_UNKNOWN_DEVICE, NULL},
    {"debian/bookworm", "q35", "", ROMTOOL_E_UNKNOWN_DEVICE, NULL},
    {"debian/bookworm", "pc-i440fx-2.6", "vmxnet3", ROMTOOL_E_NO_MANDATE,
     "'vmxnet3' has no ROM BAR on pc-i440fx-2.6 in debian/bookworm"},
    {"upstream", "pc-0.11", "virtio", ROMTOOL_E_NO_MANDATE,
     "'virtio-net-pci' has no ROM BAR on pc-0.11 in upstream"},
    {"upstream", "virt-2.6", "vmxnet3", ROMTOOL_E_NO_MANDATE,
     "the slot of 'vmxnet3' on virt-2.6 is not known in upstream"},
};

static void test_unknown(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(unknown); i++) {
        struct romtool_mandate m, zero;
        struct romtool_error err;

        memset(&m, 0xff, sizeof(m));
        memset(&zero, 0, sizeof(zero));
        memset(&err, 0xff, sizeof(err));
        assert_int_equal(romtool_mandate_find(unknown[i].profile, unknown[i].machine,
                                              unknown[i].device, &m, &err),
                         unknown[i].code);
        assert_int_equal(err.code, unknown[i].code);
        assert_true(err.offset == ROMTOOL_NO_OFFSET);
        if (unknown[i].text != NULL)
            assert_string_equal(err.text, unknown[i].text);
        else if (unknown[i].code != ROMTOOL_E_NO_MANDATE)
            assert_non_null(strstr(err.text, "the nearest are"));
        assert_memory_equal(&m, &zero, sizeof(m));
    }
}

/* A name that is too long is unknown, and cut in the sentence. */
static void test_long_names(void **state)
{
    static char name[100000];
    struct romtool_mandate m;
    struct romtool_error err;

    (void)state;
    for (size_t length = ROMTOOL_NAME_SIZE - 2; length < sizeof(name);
         length = length < 70 ? length + 1 : 2 * length) {
        memset(name, 'x', length);
        name[length] = '\0';
        assert_int_equal(romtool_mandate_find(name, "q35", "e1000", &m, &err),
                         ROMTOOL_E_UNKNOWN_PROFILE);
        assert_true(strlen(err.text) < 200);
        assert_int_equal(romtool_mandate_find("upstream", name, "e1000", &m, &err),
                         ROMTOOL_E_UNKNOWN_MACHINE);
        assert_true(strlen(err.text) < 200);
        assert_int_equal(romtool_mandate_find("upstream", "q35", name, &m, &err),
                         ROMTOOL_E_UNKNOWN_DEVICE);
        assert_true(strlen(err.text) < 200);
    }
}

static void test_null(void **state)
{
    struct romtool_mandate m;
    struct romtool_error err;

    (void)state;
    assert_int_equal(romtool_mandate_find(NULL, "q35", "e1000", &m, &err), ROMTOOL_E_USAGE);
    assert_int_equal(romtool_mandate_find("upstream", NULL, "e1000", &m, &err), ROMTOOL_E_USAGE);
    assert_int_equal(romtool_mandate_find("upstream", "q35", NULL, &m, &err), ROMTOOL_E_USAGE);
    assert_int_equal(m.slot, 0);
    assert_int_equal(romtool_mandate_find("upstream", "q35", "e1000", NULL, &err), ROMTOOL_E_USAGE);
    assert_int_equal(err.code, ROMTOOL_E_USAGE);
    assert_int_equal(romtool_mandate_find("upstream", "q35", "e1000", NULL, NULL), ROMTOOL_E_USAGE);
    assert_int_equal(romtool_mandate_find("upstream", "q36", "e1000", &m, NULL),
                     ROMTOOL_E_UNKNOWN_MACHINE);
    assert_int_equal(romtool_mandate_find("upstream", "q35", "e1000", &m, &err), 0);
    assert_int_equal(err.code, 0);
    assert_string_equal(err.text, "");
}

/* ------------------------------------------------------------------------- by file name */

static int find_file(const char *of, const char *machine, const char *file, uint64_t *ret_slot,
                     struct romtool_error *err)
{
    struct rt_slot_profile p = profile(of);
    const struct rt_slot_row *row;
    int r;

    rt_error_clear(err);
    r = rt_slot_find_file(&p, machine, file, &row, err);
    assert_true((r == 0) == (row != NULL));
    *ret_slot = row == NULL ? 0 : row->slot;
    if (row != NULL)
        assert_string_equal(row->file, file);
    return r;
}

static void test_find_file(void **state)
{
    static const struct {
        const char *profile, *machine, *file;
        uint64_t slot;
    } files[] = {
        {"debian/bookworm", NULL, "efi-virtio.rom", 256 * K},
        {"debian/bookworm", "q35", "efi-virtio.rom", 256 * K},
        {"debian/bookworm", NULL, "pxe-virtio.rom", 128 * K},
        {"debian/bookworm", "pc-i440fx-1.4", "pxe-virtio.rom", 128 * K},
        {"debian/sid", NULL, "pxe-eepro100.rom", 128 * K},
        {"upstream", NULL, "pxe-eepro100.rom", 64 * K},
        {"upstream", NULL, "pxe-e1000.rom", 128 * K},
        {"upstream", NULL, "vgabios-bochs-display.bin", 32 * K},
    };
    struct romtool_error err;
    uint64_t slot;

    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        if (find_file(files[i].profile, files[i].machine, files[i].file, &slot, &err) < 0)
            fail_msg("%s", err.text);
        assert_int_equal(slot, files[i].slot);
    }
    /* no machine type of trixie's is old enough */
    assert_int_equal(find_file("debian/trixie", NULL, "pxe-virtio.rom", &slot, &err),
                     ROMTOOL_E_NO_MANDATE);
    assert_string_equal(err.text, "no device loads 'pxe-virtio.rom' in debian/trixie");
    assert_int_equal(find_file("debian/bookworm", "q35", "pxe-virtio.rom", &slot, &err),
                     ROMTOOL_E_NO_MANDATE);
    assert_string_equal(err.text,
                        "no device loads 'pxe-virtio.rom' on pc-q35-7.2 in debian/bookworm");
    assert_int_equal(find_file("upstream", NULL, "", &slot, &err), ROMTOOL_E_NO_MANDATE);
    assert_int_equal(find_file("upstream", "q36", "efi-virtio.rom", &slot, &err),
                     ROMTOOL_E_UNKNOWN_MACHINE);
}

/*
 * A vendor of our own, put together by hand and so without an index: two rows that disagree about a
 * file, rows for one series only, a machine type that is like another, one without ROM BARs.
 */
static const struct rt_slot_range in_old = {"old", false, {0, 0, 0}, {0, 0, 0}};
static const struct rt_slot_range in_new = {"new", false, {0, 0, 0}, {0, 0, 0}};
static const struct rt_slot_range in_bare = {"bare", false, {0, 0, 0}, {0, 0, 0}};
static const char *const only_b[] = {"b"};
static const struct rt_slot_row own_rows[] = {
    {&in_old, 1, NULL, 0, "nic", "nic.rom", 65536, NULL, 0, 0, "read", "-"},
    {&in_new, 1, only_b, 1, "nic", "nic.rom", 131072, NULL, 0, 0, "read", "-"},
    {&in_new, 1, only_b, 1, "other", "other.rom", 4096, NULL, 0, 0, "read", "-"},
    {&in_bare, 1, NULL, 0, "", "", 0, NULL, 0, 0, "read", "-"},
};
static const char *const own_machines[] = {"old", "new", "newish", "bare"};
static const struct rt_slot_alias own_like[] = {{"newish", "new"}};
static const struct rt_slot_series own_series[] = {
    {.name = "a", .qemu = "1.0", .machines = own_machines, .n_machines = COUNT(own_machines)},
    {.name = "b", .qemu = "2.0", .machines = own_machines, .n_machines = COUNT(own_machines)},
};
static const struct rt_slot_vendor own = {.name = "own",
                                          .series = own_series,
                                          .n_series = COUNT(own_series),
                                          .rows = own_rows,
                                          .n_rows = COUNT(own_rows),
                                          .like = own_like,
                                          .n_like = COUNT(own_like)};
static const struct rt_slot_profile own_a = {
    .vendor = &own, .series = &own_series[0], .name = "own/a"};
static const struct rt_slot_profile own_b = {
    .vendor = &own, .series = &own_series[1], .name = "own/b"};

static void test_series_filter(void **state)
{
    const struct rt_slot_row *row;
    struct romtool_error err;

    (void)state;
    rt_error_clear(&err);
    assert_int_equal(rt_slot_find(&own_a, "new", "nic", &row, &err), ROMTOOL_E_NO_MANDATE);
    assert_string_equal(err.text, "the slot of 'nic' on new is not known in own/a");
    assert_null(row);
    assert_int_equal(rt_slot_find(&own_b, "new", "nic", &row, NULL), 0);
    assert_int_equal(row->slot, 131072);
    rt_error_clear(&err);
    assert_int_equal(rt_slot_find(&own_a, "new", "other", &row, &err), ROMTOOL_E_UNKNOWN_DEVICE);
    assert_string_equal(err.text, "unknown device 'other' in own/a; the nearest is nic");
    assert_false(rt_slot_row_applies(&own_rows[1], &own_a, "new"));
    assert_true(rt_slot_row_applies(&own_rows[1], &own_b, "new"));
    assert_false(rt_slot_row_applies(&own_rows[1], &own_b, "old"));
}

static void test_file_with_two_slots(void **state)
{
    const struct rt_slot_row *row;
    struct romtool_error err;

    (void)state;
    rt_error_clear(&err);
    assert_int_equal(rt_slot_find_file(&own_b, NULL, "nic.rom", &row, &err), ROMTOOL_E_NO_MANDATE);
    assert_string_equal(err.text, "the slot of 'nic.rom' is 65536 bytes for nic on old and 131072 "
                                  "for nic on new in own/b: name the machine type and device");
    assert_null(row);
    assert_int_equal(rt_slot_find_file(&own_b, "new", "nic.rom", &row, NULL), 0);
    assert_int_equal(row->slot, 131072);
    assert_int_equal(rt_slot_find_file(&own_a, NULL, "nic.rom", &row, NULL), 0);
    assert_int_equal(row->slot, 65536);
}

static void test_like(void **state)
{
    const struct rt_slot_row *row;
    struct romtool_error err;

    (void)state;
    assert_int_equal(rt_slot_find(&own_b, "newish", "nic", &row, NULL), 0);
    assert_int_equal(row->slot, 131072);
    assert_true(rt_slot_row_applies(&own_rows[1], &own_b, "newish"));
    assert_string_equal(rt_slot_like(&own, "newish"), "new");
    assert_string_equal(rt_slot_like(&own, "new"), "new");
    assert_string_equal(rt_slot_like(&own, "nowhere"), "nowhere");
    rt_error_clear(&err);
    assert_int_equal(rt_slot_find(&own_a, "newish", "nic", &row, &err), ROMTOOL_E_NO_MANDATE);
    assert_string_equal(err.text, "the slot of 'nic' on newish is not known in own/a");
}

static void test_every_device(void **state)
{
    const struct rt_slot_row *row;
    struct romtool_error err;

    (void)state;
    rt_error_clear(&err);
    assert_int_equal(rt_slot_find(&own_b, "bare", "other", &row, &err), ROMTOOL_E_NO_MANDATE);
    assert_string_equal(err.text, "'other' has no ROM BAR on bare in own/b");
    assert_non_null(row);
    assert_int_equal(row->slot, 0);
    /* in a there is no such device, and none has no name */
    rt_error_clear(&err);
    assert_int_equal(rt_slot_find(&own_a, "bare", "other", &row, &err), ROMTOOL_E_UNKNOWN_DEVICE);
    assert_string_equal(err.text, "unknown device 'other' in own/a; the nearest is nic");
    assert_int_equal(rt_slot_find(&own_a, "bare", "", &row, NULL), ROMTOOL_E_UNKNOWN_DEVICE);
    assert_false(rt_slot_has_device(&own_a, ""));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aliases),       cmocka_unit_test(test_ubuntu_aliases),
        cmocka_unit_test(test_pc_1_0),        cmocka_unit_test(test_overrides),
        cmocka_unit_test(test_search_path),   cmocka_unit_test(test_other_device_names),
        cmocka_unit_test(test_unknown),       cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_null),          cmocka_unit_test(test_find_file),
        cmocka_unit_test(test_series_filter), cmocka_unit_test(test_file_with_two_slots),
        cmocka_unit_test(test_like),          cmocka_unit_test(test_every_device),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
