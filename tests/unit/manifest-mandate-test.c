/* SPDX-License-Identifier: BSD-2-Clause */
/* Mandates of a manifest: the rules for ranges, one named case for each, and who is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "manifests/manifest.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { ROMS = 3 };

/* A manifest of three ROMs, a.rom to c.rom, that are there for their mandates. */
static struct rt_manifest of_roms(struct rt_manifest_rom roms[ROMS])
{
    static const char *const files[ROMS] = {"a.rom", "b.rom", "c.rom"};

    for (size_t i = 0; i < ROMS; i++)
        roms[i] = (struct rt_manifest_rom){.file = files[i],
                                           .sha256 = {1},
                                           .size = 512,
                                           .slot = 512,
                                           .content_length = 512,
                                           .fill = -1};
    return (struct rt_manifest){.product = "P",
                                .channel = "C",
                                .release = "R",
                                .serial = 1,
                                .created = -1,
                                .profile = "p",
                                .roms = roms,
                                .n_roms = ROMS};
}

/* ------------------------------------------------------------------------- the rules */

#define WHOLE(name)                                                                                \
    {                                                                                              \
        name, false, {0, 0, 0},                                                                    \
        {                                                                                          \
            0, 0, 0                                                                                \
        }                                                                                          \
    }
#define FROM_TO(family, a, b, c, d)                                                                \
    {                                                                                              \
        family, true, {a, b, 0},                                                                   \
        {                                                                                          \
            c, d, 0                                                                                \
        }                                                                                          \
    }
#define LONG "a234567890123456789012345678901234567890123456789012345678901234"

/* Up to three ranges for one device. */
struct one {
    const char *device; /* NULL: no mandate */
    struct rt_slot_range ranges[3];
    size_t n;
};

/* Two mandates of a.rom and one of b.rom. */
struct rule {
    const char *name;
    struct one a[2], b;
    const char *sentence; /* where it begins; "" for what holds */
};

#define A0 "predicate.roms[0].mandates[0]"

static const struct rule rules[] = {
    {"ranges_of_every_kind",
     {{"d",
       {WHOLE("microvm"), FROM_TO("pc-i440fx", 1, 5, 7, 2), FROM_TO("pc-q35", 2, 4, 7, 2)},
       3}},
     {0},
     ""},
    {"one_version", {{"d", {FROM_TO("pc-q35", 7, 2, 7, 2)}, 1}}, {0}, ""},
    {"no_range", {{"d", {WHOLE("x")}, 0}}, {0}, A0 ".machines: empty"},
    {"machine_empty", {{"d", {WHOLE("")}, 1}}, {0}, A0 ".machines[0].machine: empty"},
    {"machine_too_long", {{"d", {WHOLE(LONG)}, 1}}, {0}, A0 ".machines[0].machine: longer than 63"},
    {"machine_not_printable",
     {{"d", {WHOLE("a\033[m")}, 1}},
     {0},
     A0 ".machines[0].machine: not printable UTF-8"},
    {"family_empty",
     {{"d", {WHOLE("a"), FROM_TO("", 1, 0, 2, 0)}, 2}},
     {0},
     A0 ".machines[1].family: empty"},
    {"family_too_long",
     {{"d", {FROM_TO(LONG, 1, 0, 2, 0)}, 1}},
     {0},
     A0 ".machines[0].family: longer than 63"},
    {"family_not_printable",
     {{"d", {FROM_TO("a\n", 1, 0, 2, 0)}, 1}},
     {0},
     A0 ".machines[0].family: not printable UTF-8"},
    {"family_with_a_version",
     {{"d", {FROM_TO("pc-q35-7.2", 7, 2, 7, 2)}, 1}},
     {0},
     A0 ".machines[0].family: 'pc-q35-7.2' has a version in it"},
    {"family_with_a_vendors_version",
     {{"d", {FROM_TO("pc-q35-rhel9.4.0", 9, 4, 9, 4)}, 1}},
     {0},
     A0 ".machines[0].family: 'pc-q35-rhel9.4.0' has a version in it"},
    {"from_later_than_to",
     {{"d", {FROM_TO("pc-q35", 7, 10, 7, 9)}, 1}},
     {0},
     A0 ".machines[0].from: 7.10 is later than 7.9"},
    {"micro_later_than_to",
     {{"d", {{"pc-q35", true, {4, 0, 1}, {4, 0, 0}}}, 1}},
     {0},
     A0 ".machines[0].from: 4.0.1 is later than 4.0"},
    {"families_unsorted",
     {{"d", {FROM_TO("pc-q35", 2, 4, 7, 2), FROM_TO("pc-i440fx", 1, 5, 7, 2)}, 2}},
     {0},
     A0 ".machines[1]: not sorted by family and version, or twice"},
    {"versions_unsorted",
     {{"d", {FROM_TO("pc-q35", 2, 10, 7, 2), FROM_TO("pc-q35", 2, 4, 2, 9)}, 2}},
     {0},
     A0 ".machines[1]: not sorted"},
    {"versions_sorted_by_number",
     {{"d", {FROM_TO("pc-q35", 2, 4, 2, 9), FROM_TO("pc-q35", 2, 10, 7, 2)}, 2}},
     {0},
     ""},
    {"machine_behind_versions_of_its_name",
     {{"d", {FROM_TO("microvm", 1, 0, 2, 0), WHOLE("microvm")}, 2}},
     {0},
     A0 ".machines[1]: not sorted"},
    {"machine_before_versions_of_its_name",
     {{"d", {WHOLE("microvm"), FROM_TO("microvm", 0, 0, 2, 0)}, 2}},
     {0},
     ""},
    {"range_twice",
     {{"d", {FROM_TO("pc-q35", 2, 4, 7, 2), FROM_TO("pc-q35", 2, 4, 7, 2)}, 2}},
     {0},
     A0 ".machines[1]: not sorted"},
    {"machine_twice",
     {{"d", {WHOLE("microvm"), WHOLE("microvm")}, 2}},
     {0},
     A0 ".machines[1]: not sorted"},
    {"ranges_that_meet",
     {{"d", {FROM_TO("pc-q35", 2, 4, 5, 0), FROM_TO("pc-q35", 5, 0, 7, 2)}, 2}},
     {0},
     A0 ".machines[1]: overlaps machines[0]"},
    {"range_in_a_range",
     {{"d", {FROM_TO("pc-q35", 2, 4, 7, 2), FROM_TO("pc-q35", 2, 5, 2, 6)}, 2}},
     {0},
     A0 ".machines[1]: overlaps machines[0]"},
    {"range_in_the_one_before_the_last",
     {{"d", {FROM_TO("pc-q35", 2, 4, 7, 2), WHOLE("pc-q35-1.0"), WHOLE("pc-q35-3.0")}, 3}},
     {0},
     A0 ".machines[2]: overlaps machines[0]"},
    {"ranges_with_a_bug_fix_version_between",
     {{"d", {FROM_TO("pc-q35", 2, 4, 4, 0), {"pc-q35", true, {4, 0, 1}, {4, 0, 1}}}, 2}},
     {0},
     ""},
    {"machine_with_a_tag_in_a_range",
     {{"d", {FROM_TO("pseries", 2, 1, 5, 2), WHOLE("pseries-2.12-sxxm")}, 2}},
     {0},
     A0 ".machines[1]: overlaps machines[0]"},
    {"machine_with_a_version_behind_a_range",
     {{"d", {FROM_TO("pc-q35", 2, 4, 7, 1), WHOLE("pc-q35-7.2")}, 2}},
     {0},
     ""},
    {"machines_that_differ_in_their_tag",
     {{"d", {WHOLE("pc-1.0"), WHOLE("pc-1.0-qemu-git"), WHOLE("pc-1.0-qemu-kvm")}, 3}},
     {0},
     ""},
    {"device_too_long", {{LONG, {WHOLE("microvm")}, 1}}, {0}, A0 ".device: longer than 63 bytes"},
    {"devices_unsorted",
     {{"e1000", {WHOLE("microvm")}, 1}, {"VGA", {WHOLE("microvm")}, 1}},
     {0},
     "predicate.roms[0].mandates[1].device: 'VGA' is not sorted behind 'e1000'"},
    {"device_twice",
     {{"VGA", {WHOLE("microvm")}, 1}, {"VGA", {WHOLE("pc")}, 1}},
     {0},
     "predicate.roms[0].mandates[1].device: 'VGA' is not sorted behind 'VGA'"},
    {"devices_on_the_same_machines",
     {{"d", {FROM_TO("pc-q35", 2, 4, 7, 2)}, 1}, {"e", {FROM_TO("pc-q35", 2, 4, 7, 2)}, 1}},
     {0},
     ""},
    {"two_roms_for_two_devices",
     {{"d", {FROM_TO("pc-q35", 2, 4, 7, 2)}, 1}},
     {"e", {FROM_TO("pc-q35", 2, 4, 7, 2)}, 1},
     ""},
    {"two_roms_for_one_range",
     {{"d", {FROM_TO("pc-q35", 2, 4, 7, 2)}, 1}},
     {"d", {FROM_TO("pc-q35", 2, 4, 7, 2)}, 1},
     "predicate.roms[1].mandates[0].machines[0]: 'd' on 'pc-q35 2.4' has two ROMs, 'a.rom' and "
     "'b.rom'"},
    {"two_roms_where_ranges_meet",
     {{"c", {WHOLE("x")}, 1}, {"d", {WHOLE("microvm"), FROM_TO("pc-q35", 5, 0, 7, 2)}, 2}},
     {"d", {FROM_TO("pc-q35", 2, 4, 5, 0)}, 1},
     "predicate.roms[1].mandates[0].machines[0]: 'd' on 'pc-q35 5.0' has two ROMs, 'a.rom' and "
     "'b.rom'"},
    {"two_roms_for_adjoining_ranges",
     {{"d", {FROM_TO("pc-q35", 5, 0, 7, 2)}, 1}},
     {"d", {FROM_TO("pc-q35", 2, 4, 4, 2)}, 1},
     ""},
    {"two_roms_one_within_the_other",
     {{"d", {{"pc-q35", true, {4, 0, 1}, {4, 0, 1}}}, 1}},
     {"d", {FROM_TO("pc-q35", 2, 4, 7, 2)}, 1},
     "predicate.roms[1].mandates[0].machines[0]: 'd' on 'pc-q35 4.0.1' has two ROMs"},
    {"two_roms_for_one_machine",
     {{"d", {WHOLE("microvm")}, 1}},
     {"d", {WHOLE("isapc"), WHOLE("microvm")}, 2},
     "predicate.roms[1].mandates[0].machines[1]: 'd' on 'microvm' has two ROMs, 'a.rom' and "
     "'b.rom'"},
    {"two_roms_for_one_machine_with_a_version",
     {{"d", {WHOLE("pc-1.0"), WHOLE("pc-1.0-b")}, 2}},
     {"d", {WHOLE("pc-1.0-a"), WHOLE("pc-1.0-b")}, 2},
     "predicate.roms[1].mandates[0].machines[1]: 'd' on 'pc-1.0-b' has two ROMs"},
    {"two_roms_for_machines_that_differ_in_their_tag",
     {{"d", {WHOLE("pc-1.0-qemu-git")}, 1}},
     {"d", {WHOLE("pc-1.0-qemu-kvm")}, 1},
     ""},
    {"two_roms_for_a_machine_and_its_range",
     {{"d", {WHOLE("pc-q35-7.2")}, 1}},
     {"d", {FROM_TO("pc-q35", 2, 4, 7, 2)}, 1},
     "predicate.roms[1].mandates[0].machines[0]: 'd' on 'pc-q35-7.2' has two ROMs"},
    {"two_roms_for_a_machine_that_begins_a_range",
     {{"d", {WHOLE("pc-q35-2.4-tag")}, 1}},
     {"d", {FROM_TO("pc-q35", 2, 4, 7, 2)}, 1},
     "predicate.roms[1].mandates[0].machines[0]: 'd' on 'pc-q35-2.4-tag' has two ROMs"},
    {"two_roms_for_a_range_and_its_machine",
     {{"d", {FROM_TO("pc-q35", 2, 4, 7, 2)}, 1}},
     {"d", {WHOLE("pc-q35-1.4"), WHOLE("pc-q35-4.0.1")}, 2},
     "predicate.roms[1].mandates[0].machines[1]: 'd' on 'pc-q35-4.0.1' has two ROMs"},
    {"two_roms_for_families_that_begin_alike",
     {{"d", {FROM_TO("pc", 1, 0, 9, 0), FROM_TO("pc-q35-rhel", 7, 0, 9, 0)}, 2}},
     {"d", {FROM_TO("pc-q35", 1, 0, 9, 0), WHOLE("pc-q35-trusty")}, 2},
     ""},
    {"two_roms_for_a_vendors_version",
     {{"d", {FROM_TO("pc-q35-rhel", 7, 0, 9, 4)}, 1}},
     {"d", {WHOLE("pc-q35-rhel9.4.0")}, 1},
     "predicate.roms[1].mandates[0].machines[0]: 'd' on 'pc-q35-rhel9.4.0' has two ROMs"},
};

static void take(const struct one *from, struct rt_manifest_mandate *mandates,
                 struct rt_manifest_rom *rom)
{
    if (from->device == NULL)
        return;
    mandates[rom->n_mandates++] = (struct rt_manifest_mandate){from->device, from->ranges, from->n};
    rom->mandates = mandates;
}

static void test_rule(void **state)
{
    const struct rule *rule = *state;
    struct rt_manifest_mandate of_a[2], of_b[1];
    struct rt_manifest_rom roms[ROMS];
    struct rt_manifest manifest = of_roms(roms);
    struct romtool_error err;
    int r;

    take(&rule->a[0], of_a, &roms[0]);
    take(&rule->a[1], of_a, &roms[0]);
    take(&rule->b, of_b, &roms[1]);
    rt_error_clear(&err);
    r = rt_manifest_check(&manifest, &err);
    assert_int_equal(err.code, r);
    if (strncmp(err.text, rule->sentence, strlen(rule->sentence)) != 0)
        fail_msg("'%s' instead of '%s'", err.text, rule->sentence);
    assert_int_equal(r, rule->sentence[0] == '\0' ? 0 : ROMTOOL_E_BAD_MANIFEST);
}

/* As many ranges as there are major versions, for two ROMs in turn: sorted, that is no work. */
static void test_many_ranges(void **state)
{
    enum { N = 65536 };
    struct rt_slot_range *ranges[2] = {calloc(N, sizeof(**ranges)), calloc(N, sizeof(**ranges))};
    struct rt_manifest_mandate mandates[2];
    struct rt_manifest_rom roms[ROMS];
    struct rt_manifest manifest = of_roms(roms);
    struct romtool_error err;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_non_null(ranges[i]);
        for (size_t k = 0; k < N; k++) {
            struct rt_slot_version version = {(uint16_t)k, (uint16_t)i, 0};

            ranges[i][k] = (struct rt_slot_range){"virt", true, version, version};
        }
        mandates[i] = (struct rt_manifest_mandate){"d", ranges[i], N};
        roms[i].mandates = &mandates[i];
        roms[i].n_mandates = 1;
    }
    rt_error_clear(&err);
    assert_int_equal(rt_manifest_check(&manifest, &err), 0);
    assert_ptr_equal(rt_manifest_find(&manifest, "virt-65535.1", "d"), &roms[1]);
    ranges[0][N - 1].to.minor = 1;
    assert_int_equal(rt_manifest_check(&manifest, &err), ROMTOOL_E_BAD_MANIFEST);
    assert_string_equal(err.text, "predicate.roms[1].mandates[0].machines[65535]: 'd' on "
                                  "'virt 65535.1' has two ROMs, 'a.rom' and 'b.rom'");
    free(ranges[0]);
    free(ranges[1]);
}

/* ------------------------------------------------------------------------- who is found */

static void test_find(void **state)
{
    static const struct rt_slot_range a_d[] = {
        WHOLE("microvm"),
        FROM_TO("pc-q35", 2, 4, 4, 0),
        FROM_TO("pseries", 2, 1, 2, 12),
    };
    static const struct rt_slot_range b_d[] = {
        WHOLE("pc-1.0-qemu-kvm"),
        {"pc-q35", true, {4, 0, 1}, {4, 0, 1}},
        FROM_TO("pc-q35", 4, 2, 10, 0),
    };
    static const struct rt_slot_range b_e[] = {WHOLE("microvm"), FROM_TO("virt", 2, 6, 7, 2)};
    static const struct rt_manifest_mandate a[] = {{"d", a_d, 3}};
    static const struct rt_manifest_mandate b[] = {{"d", b_d, 3}, {"e", b_e, 2}};
    static const struct {
        const char *machine, *device;
        int rom; /* -1: none */
    } all[] = {
        {"pc-q35-2.3", "d", -1},
        {"pc-q35-2.4", "d", 0},
        {"pc-q35-2.10", "d", 0},
        {"pc-q35-4.0", "d", 0},
        {"pc-q35-4.0-tag", "d", 0},
        {"pc-q35-4.0.1", "d", 1},
        {"pc-q35-4.0.2", "d", -1},
        {"pc-q35-4.1", "d", -1},
        {"pc-q35-4.1.9", "d", -1},
        {"pc-q35-4.2", "d", 1},
        {"pc-q35-4.10", "d", 1},
        {"pc-q35-10.0", "d", 1},
        {"pc-q35-10.0.1", "d", -1},
        {"pc-q35-10.1", "d", -1},
        {"pc-q35-04.2", "d", -1},
        {"pc-q35-rhel9.4.0", "d", -1},
        {"pc-q35", "d", -1},
        {"q35", "d", -1},
        {"microvm", "d", 0},
        {"microvm", "e", 1},
        {"microvm-1.0", "d", -1},
        {"microv", "d", -1},
        {"pseries-2.12-sxxm", "d", 0},
        {"pseries-2.12.1", "d", -1},
        {"pc-1.0-qemu-kvm", "d", 1},
        {"pc-1.0", "d", -1},
        {"virt-2.6", "e", 1},
        {"virt-2.6", "d", -1},
        {"virt-7.2", "f", -1},
        {"virt-7.2", "", -1},
        {"", "d", -1},
        {"virt-7.2-012345678901234567890123456789012345678901234567890123", "e", 1},
        {"virt-7.2-0123456789012345678901234567890123456789012345678901234", "e", -1},
    };
    struct rt_manifest_rom roms[ROMS];
    struct rt_manifest manifest = of_roms(roms);

    (void)state;
    roms[0].mandates = a;
    roms[0].n_mandates = COUNT(a);
    roms[1].mandates = b;
    roms[1].n_mandates = COUNT(b);
    assert_int_equal(rt_manifest_check(&manifest, NULL), 0);
    for (size_t i = 0; i < COUNT(all); i++) {
        const struct rt_manifest_rom *rom =
            rt_manifest_find(&manifest, all[i].machine, all[i].device);

        if (rom != (all[i].rom < 0 ? NULL : &roms[all[i].rom]))
            fail_msg("%s on %s has %s", all[i].device, all[i].machine,
                     rom != NULL ? rom->file : "none");
    }
}

/* ------------------------------------------------------------------------- a naive reference */

/*
 * Every machine type of a small world, written down with its number instead of being parsed. Ranges
 * begin and end in it, so that what overlaps does so in one of them.
 */
enum { MAJORS = 3, MINORS = 3, MICROS = 2, VERSIONS = MAJORS * MINORS * MICROS, DEVICES = 2 };

static const char *const families[] = {"pc", "pc-q35", "virt"};
static const char *const tags[] = {"", "-a", "-b"};
static const char *const others[] = {"microvm", "pc", "pc-trusty"};

enum { WORLD = 3 * 3 * VERSIONS + 3 };

static struct machine {
    char name[32];
    const char *family; /* NULL: no version */
    int version;        /* 0 to VERSIONS - 1 */
} world[WORLD];

static struct rt_slot_version version_at(int i)
{
    return (struct rt_slot_version){(uint16_t)(i / (MINORS * MICROS)),
                                    (uint16_t)(i / MICROS % MINORS), (uint16_t)(i % MICROS)};
}

static void make_world(void)
{
    size_t n = 0;

    for (size_t f = 0; f < COUNT(families); f++) {
        for (size_t t = 0; t < COUNT(tags); t++) {
            for (int v = 0; v < VERSIONS; v++) {
                struct machine *m = &world[n++];
                struct rt_slot_version version = version_at(v);
                char micro[8] = "";

                if (version.micro > 0)
                    (void)snprintf(micro, sizeof(micro), ".%d", version.micro);
                (void)snprintf(m->name, sizeof(m->name), "%s-%d.%d%s%s", families[f], version.major,
                               version.minor, micro, tags[t]);
                m->family = families[f];
                m->version = v;
            }
        }
    }
    for (size_t i = 0; i < COUNT(others); i++)
        (void)snprintf(world[n++].name, sizeof(world[0].name), "%s", others[i]);
    assert_int_equal(n, WORLD);
}

/* A range of the world, beside it what it covers by numbers. */
struct sample {
    struct rt_slot_range range;
    const struct machine *whole;
    int from, to;
};

static uint64_t random_state;

static size_t random_below(size_t n)
{
    random_state ^= random_state << 13; /* xorshift64: the same on every machine */
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state >> 20) % n;
}

static struct sample random_sample(void)
{
    struct sample s = {0};
    int a = (int)random_below(VERSIONS), b = (int)random_below(VERSIONS);

    if (random_below(3) == 0) {
        s.whole = &world[random_below(WORLD)];
        s.range.family = s.whole->name;
        return s;
    }
    s.from = a < b ? a : b;
    s.to = a < b ? b : a;
    if (random_below(2) == 0) /* else most would overlap */
        s.to = s.from;
    s.range = (struct rt_slot_range){families[random_below(COUNT(families))], true,
                                     version_at(s.from), version_at(s.to)};
    return s;
}

static bool naively_covers(const struct sample *s, const struct machine *m)
{
    if (s->whole != NULL)
        return s->whole == m;
    return m->family != NULL && strcmp(m->family, s->range.family) == 0 && s->from <= m->version &&
           m->version <= s->to;
}

enum { MOST = 3 }; /* ranges of a mandate */

/* A manifest of random ranges, and which ROM each (machine type, device) of the world then has. */
struct round {
    struct rt_manifest_rom roms[ROMS];
    struct rt_manifest_mandate mandates[ROMS][DEVICES];
    struct rt_slot_range ranges[ROMS][DEVICES][MOST];
    int owner[DEVICES][WORLD]; /* -1: none */
    bool twice;                /* a range covers what another does */
};

static const char *const devices[DEVICES] = {"d", "e"};

static int compare_ranges(const void *a, const void *b)
{
    return rt_manifest_range_compare(a, b);
}

static void add_random_mandate(struct round *round, int rom, int device)
{
    struct rt_slot_range *ranges = round->ranges[rom][device];
    size_t n = random_below(MOST + 1);

    for (size_t i = 0; i < n; i++) {
        struct sample sample = random_sample();

        ranges[i] = sample.range;
        for (size_t m = 0; m < WORLD; m++) {
            if (!naively_covers(&sample, &world[m]))
                continue;
            round->twice = round->twice || round->owner[device][m] >= 0;
            round->owner[device][m] = rom;
        }
    }
    if (n == 0)
        return;
    qsort(ranges, n, sizeof(*ranges), compare_ranges);
    round->mandates[rom][round->roms[rom].n_mandates++] =
        (struct rt_manifest_mandate){devices[device], ranges, n};
}

static void compare_with_owners(const struct rt_manifest *manifest, const struct round *round)
{
    for (size_t d = 0; d < DEVICES; d++) {
        for (size_t m = 0; m < WORLD; m++) {
            const struct rt_manifest_rom *rom =
                rt_manifest_find(manifest, world[m].name, devices[d]);
            int owner = round->owner[d][m];

            if (rom != (owner < 0 ? NULL : &manifest->roms[owner]))
                fail_msg("%s on %s has %s, not %d", devices[d], world[m].name,
                         rom != NULL ? rom->file : "none", owner);
        }
    }
}

/* Written and read it is the same. */
static void compare_after_reading(const struct rt_manifest *manifest, const struct round *round)
{
    struct rt_buffer first = {0}, second = {0};
    struct rt_manifest_doc *doc;

    assert_int_equal(rt_manifest_write(manifest, &first, NULL), 0);
    assert_int_equal(
        rt_manifest_read((struct rt_bytes){(uint8_t *)first.data, first.len}, &doc, NULL), 0);
    compare_with_owners(rt_manifest_doc_model(doc), round);
    assert_int_equal(rt_manifest_write(rt_manifest_doc_model(doc), &second, NULL), 0);
    assert_string_equal(first.data, second.data);
    rt_manifest_doc_free(doc);
    rt_buffer_free(&first);
    rt_buffer_free(&second);
}

static void test_naive_reference(void **state)
{
    enum { ROUNDS = 20000 };
    size_t held = 0;

    (void)state;
    random_state = 20261122;
    make_world();
    for (size_t i = 0; i < ROUNDS; i++) {
        struct round round = {0};
        struct rt_manifest manifest = of_roms(round.roms);
        struct romtool_error err;

        memset(round.owner, -1, sizeof(round.owner));
        for (int rom = 0; rom < ROMS; rom++) {
            round.roms[rom].mandates = round.mandates[rom];
            for (int d = 0; d < DEVICES; d++)
                add_random_mandate(&round, rom, d);
        }
        rt_error_clear(&err);
        if (rt_manifest_check(&manifest, &err) != (round.twice ? ROMTOOL_E_BAD_MANIFEST : 0))
            fail_msg("round %zu: '%s'", i, err.text);
        if (round.twice)
            continue;
        held++;
        compare_with_owners(&manifest, &round);
        if (held % 8 == 0)
            compare_after_reading(&manifest, &round);
    }
    assert_in_range(held, ROUNDS / 20, ROUNDS - ROUNDS / 4);
}

int main(void)
{
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test(test_many_ranges),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_naive_reference),
    };
    enum {
        N_PLAIN = COUNT(plain),
        N_RULES = COUNT(rules),
    };
    struct CMUnitTest tests[N_PLAIN + N_RULES] = {0};

    memcpy(tests, plain, sizeof(plain));
    for (size_t i = 0; i < N_RULES; i++) {
        tests[N_PLAIN + i].name = rules[i].name;
        tests[N_PLAIN + i].test_func = test_rule;
        tests[N_PLAIN + i].initial_state = (void *)(uintptr_t)&rules[i];
    }
    return cmocka_run_group_tests_name("manifest-mandate", tests, NULL, NULL);
}
