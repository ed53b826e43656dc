/* SPDX-License-Identifier: BSD-2-Clause */
#include "slots/lifecycle.h"

#include <string.h>

enum {
    DEPRECATED_AFTER = 3, /* major versions, one a year since 4.0 */
    REMOVED_AFTER = 6,
    LAST_MINOR = 2,       /* of every major version since 4 */
    FIRST_UNRELEASED = 50 /* third number of development versions and release candidates */
};

static const struct rt_slot_version rule_deprecates_since = {9, 1, 0};
static const struct rt_slot_version rule_removes_since = {10, 1, 0};
/* until then the rule took 9.2.50 for 9.2, since then for the next release (f59ee044) */
static const struct rt_slot_version rule_looks_ahead_since = {10, 0, FIRST_UNRELEASED};

static const char *const ruled_families[] = {"pc-i440fx", "pc-q35", "virt", "pseries",
                                             "s390-ccw-virtio"};

/*
 * What people did before or beside the rule. Removed: the releases that register the type, v0.10.0
 * to v11.1.0. Deprecated: QEMU's docs/about/deprecated.rst and its predecessors; zero where only
 * the rule says.
 */
static const struct by_hand {
    const char *family;
    struct rt_slot_version from, to, deprecated, removed;
} by_hand[] = {
    {"pc", {0, 10, 0}, {0, 11, 0}, {0, 0, 0}, {4, 0, 0}},
    {"pc", {0, 12, 0}, {0, 15, 0}, {4, 0, 0}, {5, 0, 0}},
    {"pc", {1, 0, 0}, {1, 3, 0}, {5, 0, 0}, {6, 0, 0}},
    {"pc-i440fx", {1, 4, 0}, {1, 7, 0}, {7, 0, 0}, {8, 2, 0}},
    {"pc-i440fx", {2, 0, 0}, {2, 3, 0}, {8, 2, 0}, {9, 1, 0}},
    {"pc-q35", {1, 4, 0}, {2, 3, 0}, {0, 0, 0}, {2, 6, 0}},
    {"pseries", {2, 1, 0}, {2, 11, 0}, {9, 0, 0}, {9, 2, 0}},
    {"pseries", {2, 12, 0}, {2, 12, 0}, {0, 0, 0}, {9, 2, 0}},
    {"s390-ccw-virtio", {2, 4, 0}, {2, 8, 0}, {0, 0, 0}, {10, 0, 0}},
};

/* Types that came with another release than their own. */
static const struct {
    const char *family;
    struct rt_slot_version version, first;
} came_late[] = {
    {"pc", {0, 10, 0}, {0, 11, 0}},
    {"pc", {0, 12, 0}, {0, 12, 2}},
    {"pc", {0, 15, 0}, {1, 0, 1}}, /* QEMU 0.15's own was pc-0.14 */
    {"pseries", {2, 12, 0}, {2, 11, 1}},
};

/* A step in a machine type's life. */
struct step {
    struct rt_slot_version release; /* with which it is taken */
    struct rt_slot_version since;   /* by the rule, which is in QEMU since then; zero: by hand */
};

struct life {
    struct rt_slot_version first;
    struct step deprecated, removed;
};

/* A version of QEMU that is asked about. */
struct qemu {
    struct rt_slot_version becoming; /* itself, or the release that it is on the way to */
    struct rt_slot_version ruled;    /* the release that the rule takes it for */
};

static bool is_before(struct rt_slot_version a, struct rt_slot_version b)
{
    return rt_slot_version_compare(a, b) < 0;
}

static struct rt_slot_version later(struct rt_slot_version a, struct rt_slot_version b)
{
    return is_before(a, b) ? b : a;
}

static uint16_t plus(uint16_t a, unsigned b)
{
    return (uint16_t)(b > (unsigned)(UINT16_MAX - a) ? UINT16_MAX : a + b);
}

/* The release that follows: 0.15 1.0, 1.7 2.0, 2.12 3.0, 3.1 4.0, then x.0 x.1 x.2 every year. */
static struct rt_slot_version next_release(struct rt_slot_version release)
{
    static const uint16_t last[] = {15, 7, 12, 1};
    uint16_t last_minor = release.major < 4 ? last[release.major] : LAST_MINOR;

    if (release.minor < last_minor)
        return (struct rt_slot_version){release.major, plus(release.minor, 1), 0};
    return (struct rt_slot_version){plus(release.major, 1), 0, 0};
}

/* The first release that is so many major versions later, its minor version no smaller. */
static struct rt_slot_version years_later(struct rt_slot_version version, unsigned years)
{
    if (version.minor > LAST_MINOR)
        return (struct rt_slot_version){plus(version.major, years + 1), 0, 0};
    return (struct rt_slot_version){plus(version.major, years), version.minor, 0};
}

static bool is_ruled(const char *family)
{
    for (size_t i = 0; i < sizeof(ruled_families) / sizeof(ruled_families[0]); i++) {
        if (strcmp(ruled_families[i], family) == 0)
            return true;
    }
    return false;
}

static const struct by_hand *find_by_hand(const char *family, struct rt_slot_version version)
{
    for (size_t i = 0; i < sizeof(by_hand) / sizeof(by_hand[0]); i++) {
        if (strcmp(by_hand[i].family, family) == 0 && !is_before(version, by_hand[i].from) &&
            !is_before(by_hand[i].to, version))
            return &by_hand[i];
    }
    return NULL;
}

static struct rt_slot_version first_release(const struct rt_machine_name *machine,
                                            struct rt_slot_version version)
{
    for (size_t i = 0; i < sizeof(came_late) / sizeof(came_late[0]); i++) {
        if (machine->tag[0] == '\0' && strcmp(came_late[i].family, machine->family) == 0 &&
            rt_slot_version_compare(came_late[i].version, version) == 0)
            return came_late[i].first;
    }
    return version;
}

/* False for what upstream never had. */
static bool find_life(const struct rt_machine_name *machine, struct life *ret)
{
    struct rt_slot_version version = rt_machine_version(machine);
    const struct by_hand *hand = find_by_hand(machine->family, version);
    bool upstreams_tag = machine->tag[0] == '\0' || strcmp(machine->tag, "sxxm") == 0 ||
                         strcmp(machine->tag, "qemu-git") == 0;

    if (!machine->versioned || !upstreams_tag || (hand == NULL && !is_ruled(machine->family)))
        return false;
    ret->first = first_release(machine, version);
    ret->deprecated = (struct step){years_later(version, DEPRECATED_AFTER), rule_deprecates_since};
    ret->removed = (struct step){years_later(version, REMOVED_AFTER), rule_removes_since};
    if (hand != NULL)
        ret->removed = (struct step){.release = hand->removed};
    if (hand != NULL && hand->deprecated.major != 0)
        ret->deprecated = (struct step){.release = hand->deprecated};
    return true;
}

/* The release with which a step is taken, whoever takes it. */
static struct rt_slot_version release_of(const struct step *step)
{
    return later(step->release, step->since);
}

static bool is_taken(const struct step *step, const struct qemu *qemu)
{
    if (step->since.major == 0)
        return !is_before(qemu->becoming, step->release);
    return !is_before(qemu->becoming, step->since) && !is_before(qemu->ruled, step->release);
}

static struct rt_lifecycle find_state(const struct life *life, const struct qemu *qemu)
{
    struct rt_slot_version deprecated = release_of(&life->deprecated);
    struct rt_slot_version removed = release_of(&life->removed);

    if (is_before(qemu->becoming, life->first))
        return (struct rt_lifecycle){RT_LIFECYCLE_FUTURE, RT_LIFECYCLE_LIVE, life->first};
    if (is_taken(&life->removed, qemu))
        return (struct rt_lifecycle){.state = RT_LIFECYCLE_REMOVED};
    if (!is_before(deprecated, removed)) /* without a warning */
        return (struct rt_lifecycle){RT_LIFECYCLE_LIVE, RT_LIFECYCLE_REMOVED, removed};
    if (is_taken(&life->deprecated, qemu))
        return (struct rt_lifecycle){RT_LIFECYCLE_DEPRECATED, RT_LIFECYCLE_REMOVED, removed};
    return (struct rt_lifecycle){RT_LIFECYCLE_LIVE, RT_LIFECYCLE_DEPRECATED, deprecated};
}

/* "10.1.0" and so on; the fourth number of "3.1.1.1" says nothing here, but must be one. */
static bool parse_version(const char *text, struct rt_slot_version *ret)
{
    char three[RT_SLOT_VERSION_SIZE];
    const char *dot = strchr(text, '.');
    size_t length, digits;

    for (int i = 1; i < 3 && dot != NULL; i++)
        dot = strchr(dot + 1, '.');
    if (dot == NULL)
        return rt_slot_version_parse(text, ret);
    length = (size_t)(dot - text);
    digits = strspn(dot + 1, "0123456789");
    if (length >= sizeof(three) || digits == 0 || dot[1 + digits] != '\0')
        return false;
    memcpy(three, text, length);
    three[length] = '\0';
    return rt_slot_version_parse(three, ret);
}

static bool parse_qemu(const char *text, struct qemu *ret)
{
    struct rt_slot_version version, release;

    if (!parse_version(text, &version))
        return false;
    release = (struct rt_slot_version){version.major, version.minor, 0};
    ret->becoming = version;
    ret->ruled = release;
    if (version.micro < FIRST_UNRELEASED)
        return true;
    ret->becoming = next_release(release);
    if (!is_before(version, rule_looks_ahead_since))
        ret->ruled = version.minor > LAST_MINOR ? (struct rt_slot_version){0}
                                                /* QEMU's fall-through */
                                                : ret->becoming;
    return true;
}

bool rt_machine_lifecycle(const struct rt_machine_name *machine, const char *qemu,
                          struct rt_lifecycle *ret)
{
    struct qemu asked;
    struct life life;

    *ret = (struct rt_lifecycle){.state = RT_LIFECYCLE_NONE};
    if (!parse_qemu(qemu, &asked))
        return false;
    if (find_life(machine, &life))
        *ret = find_state(&life, &asked);
    return true;
}

const char *rt_lifecycle_name(enum rt_lifecycle_state state)
{
    switch (state) {
    case RT_LIFECYCLE_NONE:
        break;
    case RT_LIFECYCLE_FUTURE:
        return "future";
    case RT_LIFECYCLE_LIVE:
        return "live";
    case RT_LIFECYCLE_DEPRECATED:
        return "deprecated";
    case RT_LIFECYCLE_REMOVED:
        return "removed";
    }
    return "none";
}
