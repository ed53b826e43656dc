/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/manifest-commands.h"

#include "manifests/fields.h"
#include "romtool/manifest-change.h"

#include <inttypes.h>
#include <string.h>

enum { OPTION_JSON = OPTION_LONG };

static const struct option_spec option_specs[] = {
    {OPTION_JSON, "json", NULL, "print romtool/manifest-diff/1"},
    {0},
};

static const struct command_help help = {
    "manifest diff",
    "[--json] OLD NEW",
    "Show what changed from one release to a later one: slots first, then ROM files, mandates and\n"
    "what the release says of itself. Exit status 1 where a ROM file, or a device on a machine\n"
    "type that both speak of, has another slot. Signatures are not verified.",
    option_specs,
};

/* ------------------------------------------------------------------------- words */

/* A manifest's texts are UTF-8: a terminal gets ASCII. */
static void print_text(const char *text)
{
    char shown[256];

    (void)fputs(printable(text, shown, sizeof(shown)), stdout);
}

static void print_label(const char *label)
{
    (void)printf("%-10s", label);
}

/* As git shortens an id. */
static void print_digest(const uint8_t sha256[RT_SHA256_SIZE])
{
    char hex[13];

    rt_bytes_to_hex((struct rt_bytes){sha256, 6}, hex);
    (void)fputs(hex, stdout);
}

static void print_range(const struct rt_slot_range *range, const char *before)
{
    char text[RANGE_TEXT_SIZE];

    range_text(range, text);
    (void)fputs(before, stdout);
    print_text(text);
}

static void print_side(const char *word, const struct release_side *side)
{
    (void)printf("%-5s", word);
    print_text(side->path);
    (void)fputs(": ", stdout);
    print_text(side->model->product);
    (void)fputs(" ", stdout);
    print_text(side->model->release);
    (void)fputs(" (", stdout);
    print_text(side->model->channel);
    (void)printf("), serial %" PRId64 "\n", side->model->serial);
}

/* ------------------------------------------------------------------------- slots */

static void print_slots_of_roms(const struct manifest_changes *changes)
{
    for (size_t i = 0; i < changes->n_roms; i++) {
        const struct rom_change *rom = &changes->roms[i];

        if (rom->from == NULL || rom->to == NULL || rom->from->slot == rom->to->slot)
            continue;
        print_label("slot");
        print_text(rom->from->file);
        (void)printf(": %" PRIu64 " -> %" PRIu64 "\n", rom->from->slot, rom->to->slot);
    }
}

/* How many changes, one behind the other, are of this device; between these two ROMs only? */
static size_t slots_together(const struct manifest_changes *changes, size_t at, bool same_roms)
{
    const struct slot_change *first = &changes->slots[at];
    size_t n = at;

    while (n < changes->n_slots &&
           (same_roms ? slot_changes_together(first, &changes->slots[n])
                      : strcmp(first->device, changes->slots[n].device) == 0))
        n++;
    return n - at;
}

/* Do two devices change in the same way? */
static bool are_twins(const struct manifest_changes *changes, size_t a, size_t b)
{
    size_t n = slots_together(changes, a, false);

    if (n != slots_together(changes, b, false))
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct slot_change *x = &changes->slots[a + i], *y = &changes->slots[b + i];

        if (x->from != y->from || x->to != y->to || !range_equal(&x->range, &y->range))
            return false;
    }
    return true;
}

/* The first device that changes as this one does: itself, where there is none before. */
static size_t twin_of(const struct manifest_changes *changes, size_t at)
{
    size_t first = 0;

    while (first < at && !are_twins(changes, first, at))
        first += slots_together(changes, first, false);
    return first;
}

static void print_slots_of(const struct manifest_changes *changes, size_t at)
{
    size_t all = slots_together(changes, at, false), n;

    for (size_t i = at; i < at + all; i += n) {
        const struct slot_change *slot = &changes->slots[i];
        bool first = true;

        n = slots_together(changes, i, true);
        print_label("slot");
        for (size_t k = at; k < changes->n_slots; k += slots_together(changes, k, false)) {
            if (!are_twins(changes, at, k))
                continue;
            (void)fputs(first ? "" : ", ", stdout);
            print_text(changes->slots[k].device);
            first = false;
        }
        (void)fputs(": ", stdout);
        print_text(slot->from->file);
        (void)printf(" %" PRIu64 " -> ", slot->from->slot);
        if (strcmp(slot->from->file, slot->to->file) != 0) {
            print_text(slot->to->file);
            (void)fputs(" ", stdout);
        }
        (void)printf("%" PRIu64 "\n", slot->to->slot);
        print_label("");
        for (size_t k = 0; k < n; k++)
            print_range(&slot[k].range, k == 0 ? "" : ", ");
        (void)fputs("\n", stdout);
    }
}

static void print_slots(const struct manifest_changes *changes)
{
    print_slots_of_roms(changes);
    for (size_t i = 0; i < changes->n_slots; i += slots_together(changes, i, false)) {
        if (twin_of(changes, i) == i)
            print_slots_of(changes, i);
    }
}

/* ------------------------------------------------------------------------- ROMs */

static void print_images(const struct rt_manifest_rom *rom)
{
    for (size_t i = 0; i < rom->n_images; i++) {
        (void)fputs(i == 0 ? "" : " + ", stdout);
        print_text(rom->images[i].type);
        (void)printf(" %04x:%04x %" PRIu64, rom->images[i].vendor, rom->images[i].device,
                     rom->images[i].length);
    }
    (void)fputs(rom->n_images == 0 ? "none" : "", stdout);
}

static void print_fill(int fill)
{
    if (fill < 0)
        (void)fputs("none", stdout);
    else
        (void)printf("%02x", (unsigned)fill);
}

/* "removed   efi-e1000.rom: size 4096, content 3072, headroom 1024" */
static void print_lone_rom(const char *label, const struct rt_manifest_rom *rom)
{
    print_label(label);
    print_text(rom->file);
    (void)printf(": size %" PRIu64 ", content %" PRIu64 ", headroom %" PRIu64 " of %" PRIu64 "\n",
                 rom->size, rom->content_length, rom->slot - rom->content_length, rom->slot);
}

/* Behind ": " what comes first, behind ", " the rest. */
static const char *comma(bool *first)
{
    const char *text = *first ? ": " : ", ";

    *first = false;
    return text;
}

static void print_number(const char *name, uint64_t a, uint64_t b, bool *first)
{
    if (a != b)
        (void)printf("%s%s %" PRIu64 " -> %" PRIu64, comma(first), name, a, b);
}

static void print_changed_rom(const struct rom_change *change)
{
    const struct rt_manifest_rom *a = change->from, *b = change->to;
    bool first = true;

    print_label("changed");
    print_text(a->file);
    if (rom_change_is_padding(change))
        (void)printf("%spadding only", comma(&first));
    print_number("size", a->size, b->size, &first);
    print_number("content", a->content_length, b->content_length, &first);
    print_number("headroom", a->slot - a->content_length, b->slot - b->content_length, &first);
    if (a->fill != b->fill) {
        (void)printf("%sfill ", comma(&first));
        print_fill(a->fill);
        (void)fputs(" -> ", stdout);
        print_fill(b->fill);
    }
    if (memcmp(a->sha256, b->sha256, RT_SHA256_SIZE) != 0) {
        (void)printf("%ssha256 ", comma(&first));
        print_digest(a->sha256);
        (void)fputs(" -> ", stdout);
        print_digest(b->sha256);
    }
    (void)fputs("\n", stdout);
    if (rom_same_images(a, b))
        return;
    print_label("");
    (void)fputs("images ", stdout);
    print_images(a);
    (void)fputs(" -> ", stdout);
    print_images(b);
    (void)fputs("\n", stdout);
}

static void print_roms(const struct manifest_changes *changes)
{
    for (size_t i = 0; i < changes->n_roms; i++) {
        if (changes->roms[i].to == NULL)
            print_lone_rom("removed", changes->roms[i].from);
    }
    for (size_t i = 0; i < changes->n_roms; i++) {
        if (changes->roms[i].from == NULL)
            print_lone_rom("added", changes->roms[i].to);
    }
    for (size_t i = 0; i < changes->n_roms; i++) {
        if (changes->roms[i].from != NULL && changes->roms[i].to != NULL)
            print_changed_rom(&changes->roms[i]);
    }
}

/* ------------------------------------------------------------------------- mandates */

static bool same_file(const struct rt_manifest_claim *a, const struct rt_manifest_claim *b)
{
    return strcmp(a->rom->file, b->rom->file) == 0;
}

/* "efi-e1000.rom on pc-q35 2.4..7.2, pc-q35 9.0" */
static void print_claims(const struct rt_manifest_claim *claims, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || !same_file(&claims[i - 1], &claims[i])) {
            (void)fputs(i == 0 ? "" : ", ", stdout);
            print_text(claims[i].rom->file);
            print_range(claims[i].range, " on ");
        } else {
            print_range(claims[i].range, ", ");
        }
    }
    (void)fputs(n == 0 ? "none" : "", stdout);
}

static bool same_mandates(const struct mandate_change *a, const struct mandate_change *b)
{
    return claims_equal(a->from, a->n_from, b->from, b->n_from) &&
           claims_equal(a->to, a->n_to, b->to, b->n_to);
}

/* Does an earlier line show this with itself? */
static bool is_shown(const struct manifest_changes *changes, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (same_mandates(&changes->mandates[i], &changes->mandates[at]))
            return true;
    }
    return false;
}

static void print_mandates(const struct manifest_changes *changes)
{
    for (size_t i = 0; i < changes->n_mandates; i++) {
        const struct mandate_change *change = &changes->mandates[i];
        bool first = true;

        if (is_shown(changes, i))
            continue;
        print_label("mandate");
        for (size_t k = i; k < changes->n_mandates; k++) {
            const struct mandate_change *twin = &changes->mandates[k];

            if (!same_mandates(change, twin))
                continue;
            (void)fputs(first ? "" : ", ", stdout);
            print_text(twin->n_from > 0 ? twin->from->device : twin->to->device);
            first = false;
        }
        (void)fputs(": ", stdout);
        print_claims(change->from, change->n_from);
        (void)fputs(" -> ", stdout);
        print_claims(change->to, change->n_to);
        (void)fputs("\n", stdout);
    }
}

/* ------------------------------------------------------------------------- the release itself */

static void print_head_text(const char *name, const char *a, const char *b)
{
    if (strcmp(a, b) == 0)
        return;
    print_label(name);
    print_text(a);
    (void)fputs(" -> ", stdout);
    print_text(b);
    (void)fputs("\n", stdout);
}

static void print_head_number(const char *name, int64_t a, int64_t b)
{
    char x[24], y[24];

    (void)snprintf(x, sizeof(x), "%" PRId64, a);
    (void)snprintf(y, sizeof(y), "%" PRId64, b);
    print_head_text(name, a > 0 ? x : "none", b > 0 ? y : "none");
}

static void print_head_time(const char *name, int64_t a, int64_t b)
{
    char x[RT_MANIFEST_CREATED_LEN + 1] = "none", y[RT_MANIFEST_CREATED_LEN + 1] = "none";

    if (a > 0)
        (void)rt_manifest_created_write(a, x);
    if (b > 0)
        (void)rt_manifest_created_write(b, y);
    print_head_text(name, x, y);
}

/* The name that a file had in the first release, or nothing. */
static const char *name_of(const struct rt_manifest *model, const uint8_t sha256[RT_SHA256_SIZE])
{
    for (size_t i = 0; i < model->n_roms; i++) {
        if (memcmp(model->roms[i].sha256, sha256, RT_SHA256_SIZE) == 0)
            return model->roms[i].file;
    }
    return "";
}

/* "withdrawn 3d212a754364 efi-e1000.rom: CVE-2026-1" */
static void print_withdrawn(const struct rt_manifest_withdrawn *withdrawn, const char *change,
                            void *user)
{
    const struct manifest_changes *changes = user;
    const char *name = name_of(changes->from.model, withdrawn->sha256);

    print_label("withdrawn");
    print_digest(withdrawn->sha256);
    (void)fputs(name[0] != '\0' ? " " : "", stdout);
    print_text(name);
    (void)fputs(strcmp(change, "removed") == 0 ? ": no longer, " : ": ", stdout);
    print_text(withdrawn->reason);
    (void)fputs("\n", stdout);
}

static void print_head(struct manifest_changes *changes)
{
    const struct rt_manifest *a = changes->from.model, *b = changes->to.model;

    print_head_text("product", a->product, b->product);
    print_head_text("channel", a->channel, b->channel);
    print_head_text("release", a->release, b->release);
    if (a->serial != b->serial)
        (void)printf("%-10s%" PRId64 " -> %" PRId64 "\n", "serial", a->serial, b->serial);
    print_head_number("minSerial", a->min_serial, b->min_serial);
    print_head_time("notAfter", a->not_after, b->not_after);
    print_head_text("profile", a->profile, b->profile);
    manifest_changes_withdrawn(changes, print_withdrawn, changes);
}

/* ------------------------------------------------------------------------- the whole */

static void print_findings(const struct finding_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->items[i].finding.severity == RT_WARNING)
            print_finding(stdout, list->items[i].path, &list->items[i].finding);
    }
}

static enum exit_status print_changes(struct manifest_changes *changes, enum exit_status status)
{
    struct finding_list list = {.path = changes->to.path};
    struct rt_findings findings = finding_list_sink(&list);

    manifest_changes_judge(changes, &findings);
    print_side("from", &changes->from);
    print_side("to", &changes->to);
    print_slots(changes);
    print_roms(changes);
    print_mandates(changes);
    print_head(changes);
    print_findings(&list);
    (void)printf("both have %zu ROMs: %zu slots differ, %zu changed, %zu the same; %zu removed, "
                 "%zu added\n",
                 changes->n_both, changes->n_slots_of_roms, changes->n_changed,
                 changes->n_both - changes->n_changed, changes->n_removed, changes->n_added);
    if (list.failed) {
        (void)fputs("romtool: out of memory\n", stderr);
        status = EXIT_UNDECIDED;
    }
    finding_list_clear(&list);
    return status;
}

enum exit_status command_manifest_diff(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    struct manifest_changes changes;
    struct romtool_error err;
    enum exit_status status;
    bool json = false;
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id != OPTION_JSON)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        json = true;
    }
    if (argc - options.first != 2)
        return usage_error(&help, "two manifests to compare: OLD and NEW");
    if (strcmp(argv[options.first], "-") == 0 && strcmp(argv[options.first + 1], "-") == 0)
        return usage_error(&help, "standard input can be only one of them");
    rt_error_clear(&err);
    if (manifest_changes_open(argv[options.first], argv[options.first + 1], &changes, &err) < 0) {
        status = say_error(&err, NULL, json);
    } else {
        status = manifest_changes_slots(&changes) ? EXIT_REFUSED : EXIT_HELD;
        status = json ? manifest_changes_json(&changes, status) : print_changes(&changes, status);
    }
    manifest_changes_close(&changes);
    return status;
}
