/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules of slots/lint.h, each by the smallest slot file that breaks it and by what lies just
 * beside it and does not; and what the built-in profiles really break.
 */
#include "slots/lint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "slot-text.h"
#include "slots/tag.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------------- allocation failures */

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

static unsigned long fail_at; /* the n-th call fails, from 1; 0: none does */

void *__wrap_calloc(size_t n, size_t size)
{
    return fail_at > 0 && --fail_at == 0 ? NULL : __real_calloc(n, size);
}

/* ------------------------------------------------------------------------- findings as text */

static void put_finding(void *user, const struct rt_finding *finding)
{
    assert_true(finding->offset == ROMTOOL_NO_OFFSET);
    rt_buffer_printf(user, "%s %s: %s\n", rt_severity_name(finding->severity),
                     romtool_error_name(finding->code), finding->text);
}

static int lint(const struct rt_slot_vendor *vendor, const struct rt_slot_lint *options,
                struct rt_buffer *ret, struct romtool_error *err)
{
    struct rt_findings findings = {put_finding, ret};
    int r;

    rt_error_clear(err);
    r = rt_slot_lint(vendor, options, &findings, err);
    rt_buffer_puts(ret, "");
    assert_int_equal(r, err->code);
    return r;
}

static void expect_with(struct slot_text *text, const struct rt_slot_lint *options,
                        const char *expected)
{
    struct rt_slot_file *file = slot_text_read(text);
    struct rt_buffer out = {0};
    struct romtool_error err;

    assert_int_equal(lint(rt_slot_file_vendor(file), options, &out, &err), 0);
    assert_string_equal(out.data, expected);
    rt_buffer_free(&out);
    rt_slot_file_free(file);
}

static void expect(struct slot_text *text, const char *expected)
{
    static const struct rt_slot_lint plain = {0};

    expect_with(text, &plain, expected);
}

/* ------------------------------------------------------------------------- slot-changed */

static void test_slot_changed(void **state)
{
    struct slot_text text = slot_text_begin("acme");

    (void)state;
    slot_text_series(&text, "old", "9.1", "pc-q35-8.2 pc-q35-9.0 pc-q35-9.1 pc-i440fx-9.0");
    slot_text_series(&text, "new", "9.2",
                     "pc-q35-8.2 pc-q35-9.0 pc-q35-9.1 pc-q35-9.2 pc-i440fx-9.0");
    slot_text_row(&text, "", "pc-q35 8.2..8.2", "e1000", "efi-e1000.rom", 262144);
    slot_text_row(&text, "old", "pc-q35 9.0..9.1, pc-i440fx 9.0..9.0", "e1000", "efi-e1000.rom",
                  262144);
    slot_text_row(&text, "new", "pc-q35 9.0..9.2", "e1000", "efi-e1000.rom", 524288);
    slot_text_row(&text, "new", "pc-i440fx 9.0..9.0", "e1000", "other.rom", 262144);
    /* no ROM BAR is a slot too; a device that one series does not know is none */
    slot_text_row(&text, "old", "pc-q35 9.1..9.1", "rtl8139", "", 0);
    slot_text_row(&text, "new", "pc-q35 9.1..9.1", "rtl8139", "efi-rtl8139.rom", 262144);
    slot_text_row(&text, "new", "pc-q35 9.1..9.1", "pcnet", "efi-pcnet.rom", 262144);
    expect(&text, "error slot-changed: mandates[2].slot: 'e1000' on pc-q35 9.0..9.1 is 524288 in "
                  "new, but 262144 in old (mandates[1])\n"
                  "error slot-changed: mandates[5].slot: 'rtl8139' on pc-q35-9.1 is 262144 in new, "
                  "but 0 in old (mandates[4])\n");
}

/* Said once for every change: three and two are compared, two and one, but not three and one. */
static void test_slot_changed_twice(void **state)
{
    struct slot_text text = slot_text_begin("acme");

    (void)state;
    slot_text_series(&text, "one", "9.0", "pc-q35-8.2 pc-q35-9.0");
    slot_text_series(&text, "two", "9.1", "pc-q35-9.0 pc-q35-9.1");
    slot_text_series(&text, "three", "9.2", "pc-q35-8.2 pc-q35-9.0 pc-q35-9.1");
    slot_text_row(&text, "one", "pc-q35 8.2..9.0", "e1000", "efi-e1000.rom", 262144);
    slot_text_row(&text, "two", "pc-q35 9.0..9.1", "e1000", "efi-e1000.rom", 524288);
    slot_text_row(&text, "three", "pc-q35 8.2..9.1", "e1000", "efi-e1000.rom", 1048576);
    expect(&text,
           "error slot-changed: mandates[1].slot: 'e1000' on pc-q35-9.0 is 524288 in two, "
           "but 262144 in one (mandates[0])\n"
           "error slot-changed: mandates[2].slot: 'e1000' on pc-q35-8.2 is 1048576 in three, "
           "but 262144 in one (mandates[0])\n"
           "error slot-changed: mandates[2].slot: 'e1000' on pc-q35 9.0..9.1 is 1048576 in "
           "three, but 524288 in two (mandates[1])\n");
}

/* ------------------------------------------------------------------------- hole */

static void test_hole(void **state)
{
    struct slot_text text = slot_text_begin("acme");

    (void)state;
    slot_text_series(&text, "", "9.2",
                     "pc-q35-8.1 pc-q35-8.2 pc-q35-9.0 pc-q35-9.1 pc-q35-9.2 pc-i440fx-9.0 "
                     "pc-i440fx-9.1 microvm");
    slot_text_row(&text, "", "pc-q35 8.1..8.1, pc-q35 9.1..9.2, pc-i440fx 9.1..9.1", "e1000",
                  "efi-e1000.rom", 262144);
    /* no hole: it ends there, begins there, is in one family only, is whole */
    slot_text_row(&text, "", "pc-q35 8.1..9.0", "rtl8139", "efi-rtl8139.rom", 262144);
    slot_text_row(&text, "", "pc-q35 9.0..9.2", "pcnet", "efi-pcnet.rom", 262144);
    slot_text_row(&text, "", "pc-q35 8.1..9.2, microvm", "e1000e", "efi-e1000e.rom", 262144);
    slot_text_row(&text, "", "pc-i440fx 9.0..9.0", "vmxnet3", "", 0);
    slot_text_row(&text, "", "pc-i440fx 9.1..9.1", "vmxnet3", "efi-vmxnet3.rom", 262144);
    expect(&text, "warning hole: mandates: none is about 'e1000' on pc-q35 8.2..9.0 in acme, "
                  "but on pc-q35-8.1 and pc-q35-9.1\n");
}

/* A machine type that the series does not have is none of its holes. */
static void test_hole_of_a_series(void **state)
{
    struct slot_text text = slot_text_begin("acme");

    (void)state;
    slot_text_series(&text, "one", "9.2", "pc-q35-9.0 pc-q35-9.2");
    slot_text_series(&text, "two", "9.2", "pc-q35-9.0 pc-q35-9.1 pc-q35-9.2");
    slot_text_row(&text, "", "pc-q35 9.0..9.0, pc-q35 9.2..9.2", "e1000", "efi-e1000.rom", 262144);
    slot_text_row(&text, "", "pc-q35 9.0..9.2", "pcnet", "efi-pcnet.rom", 262144);
    expect(&text, "warning hole: mandates: none is about 'e1000' on pc-q35-9.1 in two, but on "
                  "pc-q35-9.0 and pc-q35-9.2\n");
}

/* What has another's rows has no place of its own among its neighbours. */
static void test_hole_of_likes(void **state)
{
    struct slot_text text = slot_text_begin("acme");

    (void)state;
    slot_text_series(
        &text, "", "9.2",
        "pc-q35-8.0 pc-q35-8.0-hpb pc-q35-8.1 pc-q35-8.1-hpb pc-q35-8.2 pc-q35-8.2-hpb "
        "pc-q35-9.0 tiny");
    slot_text_row(&text, "", "pc-q35 8.0..8.0, pc-q35 8.2..9.0", "e1000", "efi-e1000.rom", 262144);
    slot_text_row(&text, "", "pc-q35 8.0..9.0", "rtl8139", "efi-rtl8139.rom", 262144);
    slot_text_row(&text, "", "tiny", "pcnet", "efi-pcnet.rom", 262144);
    slot_text_like(&text, "pc-q35-8.0-hpb", "tiny");
    slot_text_like(&text, "pc-q35-8.1-hpb", "tiny");
    slot_text_like(&text, "pc-q35-8.2-hpb", "tiny");
    expect(&text, "warning hole: mandates: none is about 'e1000' on pc-q35-8.1 in acme, but on "
                  "pc-q35-8.0 and pc-q35-8.2\n");
}

/* ------------------------------------------------------------------------- bug-fix types */

static struct slot_text bugfix_text(const char *stable, const char *master, const char *qemu)
{
    struct slot_text text = slot_text_begin("acme");

    /* the newest series is the one with the newest QEMU, wherever it stands */
    slot_text_series(&text, "sid", qemu, master);
    slot_text_series(&text, "stable", "10.0.4", stable);
    slot_text_row(&text, "", "pc-q35 8.0..20.0", "e1000", "efi-e1000.rom", 262144);
    return text;
}

static void test_not_on_master(void **state)
{
    struct slot_text text =
        bugfix_text("pc-q35-10.0 pc-q35-10.0.4", "pc-q35-10.0 pc-q35-11.0", "11.0");

    (void)state;
    expect(&text,
           "error not-on-master: series[1].machines[1]: bug-fix type pc-q35-10.0.4 of stable "
           "is not in sid, QEMU 11.0, where it is not expired\n");
    text =
        bugfix_text("pc-q35-10.0 pc-q35-10.0.4", "pc-q35-10.0 pc-q35-10.0.4 pc-q35-11.0", "11.0");
    expect(&text, "");
    /* it lives 18 minor releases: until 15.2 it has to be there, in 16.0 it has not */
    text = bugfix_text("pc-q35-10.0 pc-q35-10.0.4", "pc-q35-15.2", "15.2");
    expect(&text,
           "error not-on-master: series[1].machines[1]: bug-fix type pc-q35-10.0.4 of stable "
           "is not in sid, QEMU 15.2, where it is not expired\n");
    text = bugfix_text("pc-q35-10.0 pc-q35-10.0.4", "pc-q35-16.0", "16.0");
    expect(&text, "");
}

/* Where master says nothing of the family, nothing is known. */
static void test_not_on_master_family(void **state)
{
    struct slot_text text = slot_text_begin("acme");

    (void)state;
    slot_text_series(&text, "stable", "10.0.4", "virt-10.0.4 pc-q35-10.0");
    slot_text_series(&text, "sid", "11.0", "pc-q35-10.0");
    slot_text_row(&text, "", "pc-q35 10.0..10.0", "e1000", "efi-e1000.rom", 262144);
    slot_text_row(&text, "", "virt 10.0..10.1", "e1000", "efi-e1000.rom", 262144);
    expect(&text, "");
}

static void test_named_master(void **state)
{
    struct rt_slot_profile upstream;
    struct rt_slot_lint options = {.master = &upstream};
    struct slot_text text = slot_text_begin("acme");

    (void)state;
    assert_int_equal(rt_slot_profile_find("upstream", &upstream, NULL), 0);
    slot_text_series(&text, "", "10.0.4", "pc-q35-10.0 pc-q35-10.0.9 pc-q35-4.0.1");
    slot_text_row(&text, "", "pc-q35 4.0..10.1", "e1000", "efi-e1000.rom", 262144);
    expect_with(&text, &options,
                "error not-on-master: series[0].machines[1]: bug-fix type pc-q35-10.0.9 of acme is "
                "not in upstream, QEMU 11.1, where it is not expired\n");
}

static void test_two_bugfix_types(void **state)
{
    struct slot_text text =
        bugfix_text("pc-q35-10.0 pc-q35-10.0.4 pc-q35-9.2.1",
                    "pc-q35-10.0 pc-q35-10.0.4 pc-q35-10.0.6 pc-q35-9.2.1 pc-q35-11.0", "11.0");

    (void)state;
    expect(&text, "error two-bugfix-types: series[0].machines[2]: pc-q35-10.0.6: the stable series "
                  "10.0 has a bug-fix type already, pc-q35-10.0.4\n");
    /* of one base, over all series of the vendor */
    text = bugfix_text("pc-q35-10.0.4", "pc-q35-10.0.6 pc-q35-10.0.4 pc-q35-11.0", "11.0");
    expect(&text, "error two-bugfix-types: series[0].machines[0]: pc-q35-10.0.6: the stable series "
                  "10.0 has a bug-fix type already, pc-q35-10.0.4\n");
    /* another base, another family */
    text = slot_text_begin("acme");
    slot_text_series(&text, "", "11.0",
                     "pc-q35-10.0.4 pc-q35-10.1.6 pc-i440fx-10.0.6 pc-q35-11.0.4");
    slot_text_row(&text, "", "pc-q35 10.0..11.1, pc-i440fx 10.0..10.1", "e1000", "e.rom", 262144);
    expect(&text, "");
}

/* ------------------------------------------------------------------------- new-tag */

static void test_new_tag(void **state)
{
    struct slot_text text = slot_text_begin("acme");

    (void)state;
    slot_text_series(&text, "one", "9.1", "pseries-2.12-sxxm pc-q35-9.0-fast pc-q35-noble");
    slot_text_series(&text, "two", "9.2", "pc-q35-9.0-fast pc-q35-noble-v2 pc-q35-noble-v3");
    slot_text_row(&text, "",
                  "pc-q35 9.0..9.0, pseries 2.12..2.12, pc-q35-noble, pc-q35-noble-v2, "
                  "pc-q35-noble-v3",
                  "e1000", "efi-e1000.rom", 262144);
    expect(&text,
           "warning new-tag: series[0].machines[1]: 'pc-q35-9.0-fast' has a new tag, 'fast': "
           "a word has no place in the order of versions\n"
           "warning new-tag: series[1].machines[2]: 'pc-q35-noble-v3' has a new tag, 'v3': a "
           "word has no place in the order of versions\n");
}

/* The names that QEMU, Debian and Ubuntu have had (facts: qemu.md, section 5). */
static void test_known_tags(void **state)
{
    static const char *const known[] = {
        "pc-q35-9.1",
        "pc-q35-4.0.1",
        "pseries-2.12-sxxm",
        "pseries-bionic-2.11-sxxm",
        "pc-1.0-qemu-kvm",
        "pc-1.0-qemu-git",
        "pc-1.0-precise",
        "pc-i440fx-trusty",
        "pc-i440fx-xenial",
        "pc-i440fx-bionic-hpb",
        "pc-q35-noble-hpb-maxcpus-v2",
        "pc-q35-noble-v2",
        "pc-q35-rhel9.4.0",
        "rhel6.6.0",
        "virt-rhel9.2.0",
        "s390-ccw-virtio-noble",
        "microvm",
        "isapc",
        "xenfv-4.2",
        "pc-q35",
        "pc-i440fx",
        "pc",
        "virt",
        "pseries",
    };
    static const struct {
        const char *machine, *tag;
    } fresh[] = {
        {"pc-q35-9.1-v9", "v9"},     {"pc-1.0-qemu-fork", "fork"},  {"pc-q35-acme", "acme"},
        {"pc-acme", "acme"},         {"pc-i440fx-noble-x-v2", "x"}, {"virt-nobles", "nobles"},
        {"pseries-2.12-sxx", "sxx"}, {"s390-ccw-virtio-z", "z"},
    };
    size_t n;

    (void)state;
    for (size_t i = 0; i < COUNT(known); i++) {
        if (rt_machine_new_tag(known[i], &n) != NULL || n != 0)
            fail_msg("%s", known[i]);
    }
    for (size_t i = 0; i < COUNT(fresh); i++) {
        const char *tag = rt_machine_new_tag(fresh[i].machine, &n);

        assert_non_null(tag);
        assert_int_equal(n, strlen(fresh[i].tag));
        assert_memory_equal(tag, fresh[i].tag, n);
    }
}

/* ------------------------------------------------------------------------- expired */

static void test_expired(void **state)
{
    struct slot_text text = slot_text_begin("acme");

    (void)state;
    /* 11.1 has 5.2 and later, but not 11.0 only by hand: 10.0 has everything since 2.4 */
    slot_text_series(&text, "new", "11.1",
                     "pc-q35-5.2 pc-q35-5.1 pc-q35-5.0 pc-q35-4.0.1 virt-5.1 microvm pc-q35-noble");
    slot_text_series(&text, "old", "10.0", "pc-q35-5.1 pc-q35-4.0.1 pc-q35-2.4");
    slot_text_row(&text, "", "pc-q35 2.4..5.2, virt 5.1..5.1, microvm, pc-q35-noble", "e1000",
                  "efi-e1000.rom", 262144);
    expect(&text, "warning expired: series[0].machines: pc-q35 4.0.1..5.1: removed from QEMU by "
                  "11.1\n"
                  "warning expired: series[0].machines: virt-5.1: removed from QEMU by 11.1\n");
}

/* ------------------------------------------------------------------------- unknown-driver */

static void test_unknown_driver(void **state)
{
    struct slot_text text = slot_text_begin("acme");

    (void)state;
    slot_text_series(&text, "", "9.1", "pc-q35-9.0 pc-q35-9.1 isapc");
    /* Ubuntu's compat entry, twice; libvirt's model name; a typing error; no ROM; every device */
    slot_text_row(&text, "", "pc-q35 9.0..9.0", "ne2000", "ne.rom", 262144);
    slot_text_row(&text, "", "pc-q35 9.1..9.1", "ne2000", "ne.rom", 262144);
    slot_text_row(&text, "", "pc-q35 9.0..9.1", "virtio", "v.rom", 262144);
    slot_text_row(&text, "", "pc-q35 9.0..9.1", "e1000ee", "e.rom", 262144);
    slot_text_row(&text, "", "pc-q35 9.0..9.1", "igb", "", 0);
    slot_text_row(&text, "", "pc-q35 9.0..9.1", "e1000-82545em", "e.rom", 262144);
    slot_text_row(&text, "", "pc-q35 9.0..9.1", "virtio-net-pci-base", "e.rom", 262144);
    slot_text_row(&text, "", "isapc", "", "", 0);
    expect(&text,
           "error unknown-driver: mandates[0].device: no QEMU has a device 'ne2000', its driver is "
           "ne2k_pci\n"
           "error unknown-driver: mandates[2].device: no QEMU has a device 'virtio', its driver is "
           "virtio-net-pci\n"
           "error unknown-driver: mandates[3].device: unknown device 'e1000ee'; the nearest are "
           "e1000e, e1000\n"
           "error unknown-driver: mandates[6].device: unknown device 'virtio-net-pci-base'; the "
           "nearest are virtio-net-pci, virtio-net-pci-transitional\n");
}

/* ------------------------------------------------------------------------- rom-not-found */

struct looking {
    struct rt_buffer asked;
    const char *missing, *broken;
};

static int find_file(void *user, const struct rt_slot_series *series, const char *file, bool *ret,
                     struct romtool_error *err)
{
    struct looking *looking = user;

    rt_buffer_printf(&looking->asked, "%s:%s ", series->name, file);
    *ret = strcmp(file, looking->missing) != 0;
    if (strcmp(file, looking->broken) == 0)
        return rt_error_set(err, ROMTOOL_E_IO, ROMTOOL_NO_OFFSET, "cannot look");
    return 0;
}

static struct slot_text files_text(void)
{
    struct slot_text text = slot_text_begin("acme");

    slot_text_series(&text, "one", "9.0", "pc-q35-8.2 pc-q35-9.0");
    slot_text_series(&text, "two", "9.1", "pc-q35-9.0 pc-q35-9.1");
    slot_text_row(&text, "", "pc-q35 8.2..8.2", "e1000", "old.rom", 262144);
    slot_text_row(&text, "", "pc-q35 9.0..9.1", "e1000", "new.rom", 262144);
    slot_text_row(&text, "two", "pc-q35 9.0..9.1", "e1000e", "old.rom", 262144);
    slot_text_row(&text, "", "pc-q35 8.2..9.1", "rtl8139", "new.rom", 262144);
    slot_text_row(&text, "", "pc-q35 8.2..9.1", "pcnet", "", 0);
    return text;
}

static void test_rom_not_found(void **state)
{
    struct looking looking = {.missing = "old.rom", .broken = ""};
    struct rt_slot_lint options = {.find_file = find_file, .user = &looking};
    struct slot_text text = files_text();

    (void)state;
    expect_with(&text, &options,
                "error rom-not-found: mandates[0].file: 'old.rom' for 'e1000' on pc-q35-8.2 is in "
                "no search directory of one\n"
                "error rom-not-found: mandates[2].file: 'old.rom' for 'e1000e' on pc-q35-9.0 is in "
                "no search directory of two\n");
    /* once for a series, and only what a machine type of the series needs */
    assert_string_equal(looking.asked.data, "one:old.rom one:new.rom two:new.rom two:old.rom ");
    rt_buffer_free(&looking.asked);
}

static void test_rom_undecided(void **state)
{
    struct looking looking = {.missing = "old.rom", .broken = "new.rom"};
    struct rt_slot_lint options = {.find_file = find_file, .user = &looking};
    struct slot_text text = files_text();
    struct rt_slot_file *file = slot_text_read(&text);
    struct rt_buffer out = {0};
    struct romtool_error err;

    (void)state;
    assert_int_equal(lint(rt_slot_file_vendor(file), &options, &out, &err), ROMTOOL_E_IO);
    assert_string_equal(err.text, "cannot look");
    assert_string_equal(looking.asked.data, "one:old.rom one:new.rom ");
    rt_buffer_free(&looking.asked);
    rt_buffer_free(&out);
    rt_slot_file_free(file);
}

static void test_no_memory(void **state)
{
    struct looking looking = {.missing = "old.rom", .broken = ""};
    struct rt_slot_lint options = {.find_file = find_file, .user = &looking};
    struct slot_text text = files_text();
    struct rt_slot_file *file = slot_text_read(&text);
    struct rt_buffer out = {0};
    struct romtool_error err;
    unsigned long n = 0;
    int r;

    (void)state;
    do {
        fail_at = ++n;
        r = lint(rt_slot_file_vendor(file), &options, &out, &err);
        fail_at = 0;
        assert_true(r == 0 || r == ROMTOOL_E_NO_MEMORY);
    } while (r < 0);
    assert_true(n > 10);
    rt_buffer_free(&looking.asked);
    rt_buffer_free(&out);
    rt_slot_file_free(file);
}

/* ------------------------------------------------------------------------- what is built in */

/* What is really true of the vendors, and nothing else. Rows come and go: without their numbers. */
static const char builtin_findings[] =
    "debian\n"
    /* one series stands for all releases since Fedora 31: what a later QEMU removed was there */
    "fedora\n"
    "warning expired: series[].machines: pc-i440fx 1.5..4.1: removed from QEMU by 10.1\n"
    "warning expired: series[].machines: pc-q35 2.4..4.1: removed from QEMU by 10.1\n"
    "warning expired: series[].machines: pseries 2.1..4.1: removed from QEMU by 10.1\n"
    "warning expired: series[].machines: s390-ccw-virtio 2.4..4.1: removed from QEMU by 10.1\n"
    "warning expired: series[].machines: virt 2.6..4.1: removed from QEMU by 10.1\n"
    "rhel\n"
    /* one series stands for all releases since SLE 11 SP3 */
    "suse\n"
    "warning expired: series[].machines: pc 0.12..1.3: removed from QEMU by 9.0\n"
    "warning expired: series[].machines: pc-i440fx 1.4..1.7: removed from QEMU by 9.0\n"
    "warning expired: series[].machines: pc-q35-1.4: removed from QEMU by 9.0\n"
    /* 18.04's ROMs need 512 KiB; the entries that keep 256 KiB for older types are for the five
     * devices by name: not e1000's variants, not ne2k_pci (they say ne2000, which no QEMU has).
     * What qxl-vga, new in 0.14, has on older types is not known */
    "ubuntu\n"
    "warning hole: mandates: none is about 'qxl-vga' on pc 0.12..0.13 in xenial, but on pc-0.11 "
    "and pc-0.14\n"
    "error slot-changed: mandates[].slot: 'e1000-82544gc' on pc 0.12..1.3 and 22 more is 524288 "
    "in bionic, but 262144 in xenial (mandates[])\n"
    "error slot-changed: mandates[].slot: 'e1000-82545em' on pc 0.12..1.3 and 22 more is 524288 "
    "in bionic, but 262144 in xenial (mandates[])\n"
    "error slot-changed: mandates[].slot: 'ne2k_pci' on pc-i440fx 1.5..2.5 and 6 more is 524288 "
    "in bionic, but 262144 in xenial (mandates[])\n"
    "error slot-changed: mandates[].slot: 'ne2k_pci' on pseries 2.1..2.5 and 1 more is 524288 in "
    "bionic, but 262144 in xenial (mandates[])\n"
    "warning hole: mandates: none is about 'qxl-vga' on pc 0.12..0.13 in bionic, but on pc-0.11 "
    "and pc-0.14\n"
    /* every machine type that ever was, on purpose: there are still guests of them */
    "upstream\n"
    "warning expired: series[].machines: pc 0.10..1.3: removed from QEMU by 11.1\n"
    "warning expired: series[].machines: pc-i440fx 1.4..5.1: removed from QEMU by 11.1\n"
    "warning expired: series[].machines: pc-q35 1.4..5.1: removed from QEMU by 11.1\n"
    "warning expired: series[].machines: pseries 2.1..5.1: removed from QEMU by 11.1\n"
    "warning expired: series[].machines: s390-ccw-virtio 2.4..5.1: removed from QEMU by 11.1\n"
    "warning expired: series[].machines: virt 2.6..5.1: removed from QEMU by 11.1\n";

static void drop_indices(char *text)
{
    char *to = text;
    bool inside = false;

    for (const char *from = text; *from != '\0'; from++) {
        inside = inside && *from != ']';
        if (!inside)
            *to++ = *from;
        inside = inside || *from == '[';
    }
    *to = '\0';
}

static void test_builtin(void **state)
{
    static const struct rt_slot_lint plain = {0};
    size_t n;
    const struct rt_slot_vendor *vendors = rt_slot_builtin(&n);
    struct rt_buffer out = {0};
    struct romtool_error err;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        rt_buffer_printf(&out, "%s\n", vendors[i].name);
        assert_int_equal(lint(&vendors[i], &plain, &out, &err), 0);
    }
    drop_indices(out.data);
    if (strcmp(out.data, builtin_findings) != 0)
        (void)fputs(out.data, stderr);
    assert_string_equal(out.data, builtin_findings);
    rt_buffer_free(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slot_changed),
        cmocka_unit_test(test_slot_changed_twice),
        cmocka_unit_test(test_hole),
        cmocka_unit_test(test_hole_of_a_series),
        cmocka_unit_test(test_hole_of_likes),
        cmocka_unit_test(test_not_on_master),
        cmocka_unit_test(test_not_on_master_family),
        cmocka_unit_test(test_named_master),
        cmocka_unit_test(test_two_bugfix_types),
        cmocka_unit_test(test_new_tag),
        cmocka_unit_test(test_known_tags),
        cmocka_unit_test(test_expired),
        cmocka_unit_test(test_unknown_driver),
        cmocka_unit_test(test_rom_not_found),
        cmocka_unit_test(test_rom_undecided),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_builtin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
