/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The known releases: what manifests/releases states and the table finds is what was measured
 * (tests/data/distro-roms.tsv explains its lines) and what the slot profiles mandate. TEST_DATA is
 * where tests/data lies.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "manifests/known.h"
#include "manifests/manifest.h"
#include "verify/identify.h"

#define RELEASES TEST_DATA "/../../manifests/releases"

/* ------------------------------------------------------------------------- all manifests */

enum { MOST_RELEASES = 256 };

static struct {
    struct rt_manifest_doc *docs[MOST_RELEASES];
    size_t n;
} all;

/* The whole file, *ret_len bytes, to be freed. */
static uint8_t *read_file(const char *name, size_t *ret_len)
{
    uint8_t *data = malloc(RT_MANIFEST_SIZE_MAX + 1);
    char path[1024];
    FILE *f;

    assert_non_null(data);
    assert_true((size_t)snprintf(path, sizeof(path), RELEASES "/%s", name) < sizeof(path));
    f = fopen(path, "rb");
    assert_non_null(f);
    *ret_len = fread(data, 1, RT_MANIFEST_SIZE_MAX + 1, f);
    assert_false(ferror(f));
    (void)fclose(f);
    return data;
}

/* docs/formats.md: VENDOR-CHANNEL_PACKAGE_RELEASE.json, the release without its epoch. */
static void assert_named(const char *name, const struct rt_manifest *m)
{
    const char *package = strchr(m->product, '/'), *colon = strchr(m->release, ':');
    char expected[512];

    assert_non_null(package);
    (void)snprintf(expected, sizeof(expected), "%.*s-%s_%s_%s.json", (int)(package - m->product),
                   m->product, m->channel, package + 1, colon != NULL ? colon + 1 : m->release);
    assert_string_equal(name, expected);
}

static void read_one(const char *name)
{
    const struct rt_manifest *model;
    struct rt_buffer written = {0};
    struct romtool_error err;
    size_t len;
    uint8_t *data = read_file(name, &len);

    assert_true(all.n < MOST_RELEASES);
    if (rt_manifest_read((struct rt_bytes){data, len}, &all.docs[all.n], &err) < 0)
        fail_msg("%s: %s", name, err.text);
    model = rt_manifest_doc_model(all.docs[all.n++]);
    assert_int_equal(rt_manifest_write(model, &written, &err), 0);
    assert_int_equal(written.len, len);
    assert_memory_equal(written.data, data, len);
    assert_named(name, model);
    rt_buffer_free(&written);
    free(data);
}

/* Each is read by the strict reader, and is what the writer makes of it again. */
static int read_all(void **state)
{
    DIR *dir = opendir(RELEASES);
    const struct dirent *entry;

    (void)state;
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        if (strstr(entry->d_name, ".json") != NULL)
            read_one(entry->d_name);
    }
    (void)closedir(dir);
    return 0;
}

static int free_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < all.n; i++)
        rt_manifest_doc_free(all.docs[i]);
    return 0;
}

/* What the manifest of this release states of a file; NULL where there is none. */
static const struct rt_manifest_rom *find_stated(const struct rt_known_name *name)
{
    for (size_t i = 0; i < all.n; i++) {
        const struct rt_manifest *m = rt_manifest_doc_model(all.docs[i]);

        if (strcmp(m->product, name->product) != 0 || strcmp(m->channel, name->channel) != 0 ||
            strcmp(m->release, name->release) != 0)
            continue;
        for (size_t k = 0; k < m->n_roms; k++) {
            if (strcmp(m->roms[k].file, name->file) == 0)
                return &m->roms[k];
        }
    }
    return NULL;
}

/* ------------------------------------------------------------------------- as measured */

enum { SUITES, PACKAGE, VERSION, PATH, SIZE, SLOT, CONTENT, PAD, PADBYTE, IMAGES, SHA256, COLUMNS };

/* Cuts the text at the first separator; what is behind it goes to *rest, NULL at the end. */
static char *cut(char **rest, char separator)
{
    char *text = *rest, *end = text == NULL ? NULL : strchr(text, separator);

    *rest = end == NULL ? NULL : end + 1;
    if (end != NULL)
        *end = '\0';
    return text;
}

static uint64_t number(const char *text)
{
    return text[0] == '\0' ? 0 : strtoull(text, NULL, 10);
}

/* "ct3:1af4:1000:164352", or "legacy-nopcir" */
static void assert_image(const struct rt_manifest_image *image, const char *text, uint64_t content)
{
    const char *const types[] = {"x86", "openfirmware", "hppa", "efi"};
    unsigned code, vendor, device;
    unsigned long long length;

    if (strcmp(text, "legacy-nopcir") == 0) {
        code = vendor = device = 0;
        length = content;
    } else {
        assert_int_equal(sscanf(text, "ct%1u:%4x:%4x:%llu", &code, &vendor, &device, &length), 4);
    }
    assert_true(code < 4);
    assert_string_equal(image->type, types[code]);
    assert_int_equal(image->vendor, vendor);
    assert_int_equal(image->device, device);
    assert_int_equal(image->length, length);
}

static void assert_measured(const struct rt_manifest_rom *rom, char *const *column)
{
    char *rest = strlen(column[IMAGES]) > 0 ? column[IMAGES] : NULL;
    char images[256];
    size_t n = 0;

    assert_int_equal(rom->size, number(column[SIZE]));
    assert_int_equal(rom->slot, number(column[SLOT]));
    assert_int_equal(rom->content_length, number(column[CONTENT]));
    assert_int_equal(rom->fill, number(column[PAD]) > 0 ? strtol(column[PADBYTE], NULL, 16) : -1);
    assert_int_equal(rt_manifest_states(rom->content_sha256), rom->content_length == rom->size);
    if (rest != NULL) { /* cut() writes, and there is one more suite to come */
        (void)snprintf(images, sizeof(images), "%s", rest);
        rest = images;
    }
    while (rest != NULL) {
        const char *text = cut(&rest, ';');

        assert_true(n < rom->n_images);
        assert_image(&rom->images[n++], text, rom->content_length);
    }
    assert_int_equal(rom->n_images, n);
}

/* The file is found as this suite's. */
static void assert_found(const struct rt_known_rom *found, size_t n, const char *vendor,
                         const char *suite, char *const *column)
{
    const char *file = strrchr(column[PATH], '/') + 1;
    const struct rt_manifest_rom *stated;
    char product[ROMTOOL_NAME_SIZE];

    (void)snprintf(product, sizeof(product), "%s/%s", vendor, column[PACKAGE]);
    for (size_t i = 0; i < n; i++) {
        struct rt_known_name name = rt_known_name(&found[i]);

        if (strcmp(name.product, product) != 0 || strcmp(name.channel, suite) != 0)
            continue;
        assert_string_equal(name.release, column[VERSION]);
        assert_string_equal(name.file, file);
        assert_int_equal(found[i].size, number(column[SIZE]));
        stated = find_stated(&name);
        assert_non_null(stated);
        assert_memory_equal(stated->sha256, found[i].sha256, RT_SHA256_SIZE);
        assert_measured(stated, column);
        return;
    }
    fail_msg("%s of %s (%s) is not found", file, product, suite);
}

/* How many suites the row is of: "debian trixie; ubuntu noble,plucky,questing" is four. */
static size_t check_row(char *const *column)
{
    const struct rt_known_rom *found;
    uint8_t sha256[RT_SHA256_SIZE];
    char *vendors = column[SUITES];
    size_t n, suites = 0;

    assert_true(rt_bytes_from_hex(column[SHA256], sha256, RT_SHA256_SIZE));
    found = rt_known_find(sha256, &n);
    assert_non_null(found);
    while (vendors != NULL) {
        char *names = cut(&vendors, ';');
        const char *vendor;

        names += names[0] == ' ';
        vendor = cut(&names, ' ');
        for (; names != NULL; suites++)
            assert_found(found, n, vendor, cut(&names, ','), column);
    }
    return suites;
}

/* Every measured file, in every suite; and no others. */
static void as_measured(void **state)
{
    FILE *f = fopen(TEST_DATA "/distro-roms.tsv", "r");
    char line[1024], *column[COLUMNS];
    size_t rows = 0, suites = 0, n;

    (void)state;
    assert_non_null(f);
    while (fgets(line, sizeof(line), f) != NULL) {
        char *rest = line;

        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#' || strncmp(line, "suites\t", 7) == 0)
            continue;
        for (size_t i = 0; i < COLUMNS; i++) {
            column[i] = cut(&rest, '\t');
            assert_non_null(column[i]);
        }
        assert_null(rest);
        suites += check_row(column);
        rows++;
    }
    (void)fclose(f);
    assert_true(rows >= 395);
    (void)rt_known_all(&n);
    assert_int_equal(n, suites);
}

/* ------------------------------------------------------------------------- the table */

static void as_stated(void **state)
{
    const struct rt_known_rom *roms;
    size_t n, stated = 0;

    (void)state;
    roms = rt_known_all(&n);
    for (size_t i = 0; i < all.n; i++)
        stated += rt_manifest_doc_model(all.docs[i])->n_roms;
    assert_int_equal(n, stated);
    for (size_t i = 1; i < n; i++)
        assert_true(memcmp(roms[i - 1].sha256, roms[i].sha256, RT_SHA256_SIZE) <= 0);
}

/* All entries of a digest, whichever it is: the first and the last of the table too. */
static void every_entry_is_found(void **state)
{
    size_t n, found, i = 0;
    const struct rt_known_rom *roms = rt_known_all(&n);

    (void)state;
    assert_true(n > 1);
    while (i < n) {
        assert_ptr_equal(rt_known_find(roms[i].sha256, &found), &roms[i]);
        assert_true(found >= 1 && found <= n - i);
        for (size_t k = 0; k < found; k++)
            assert_memory_equal(roms[i + k].sha256, roms[i].sha256, RT_SHA256_SIZE);
        i += found;
    }
    assert_int_equal(i, n);
}

static void assert_unknown(const uint8_t sha256[RT_SHA256_SIZE])
{
    size_t n = 1;

    assert_null(rt_known_find(sha256, &n));
    assert_int_equal(n, 0);
}

static void others_are_unknown(void **state)
{
    uint8_t sha256[RT_SHA256_SIZE] = {0};
    size_t n;
    const struct rt_known_rom *roms = rt_known_all(&n);

    (void)state;
    assert_unknown(sha256);
    memset(sha256, 0xff, sizeof(sha256));
    assert_unknown(sha256);
    for (size_t i = 0; i < n; i++) { /* one bit beside each, at either end */
        memcpy(sha256, roms[i].sha256, sizeof(sha256));
        sha256[RT_SHA256_SIZE - 1] ^= 1;
        assert_unknown(sha256);
        memcpy(sha256, roms[i].sha256, sizeof(sha256));
        sha256[0] ^= 0x80;
        assert_unknown(sha256);
    }
}

/* One build for four suites of two vendors: each is named, the channels of a product together. */
static void every_release_of_a_file(void **state)
{
    static const char *const expected[] = {"trixie", "noble", "plucky", "questing"};
    size_t n, found, i = 0;
    const struct rt_known_rom *roms = rt_known_all(&n), *rom;

    (void)state;
    while (i < n && (strcmp(rt_known_name(&roms[i]).release, "1.16.3-2") != 0 ||
                     strcmp(rt_known_name(&roms[i]).file, "vgabios-stdvga.bin") != 0))
        i++;
    assert_true(i < n);
    rom = rt_known_find(roms[i].sha256, &found);
    assert_int_equal(found, 4);
    for (size_t k = 0; k < found; k++) {
        assert_string_equal(rt_known_name(&rom[k]).channel, expected[k]);
        assert_string_equal(rt_known_name(&rom[k]).product,
                            k == 0 ? "debian/seabios" : "ubuntu/seabios");
    }
}

/* ------------------------------------------------------------------------- mandates */

/* Has the release this file with this slot, and images in it? */
static bool has_rom(const struct rt_manifest *m, const struct rt_slot_row *row)
{
    for (size_t i = 0; i < m->n_roms; i++) {
        if (strcmp(m->roms[i].file, row->file) == 0)
            return m->roms[i].slot == row->slot && m->roms[i].n_images > 0;
    }
    return false;
}

/* On one machine type: what the profile mandates, where the release has it, and nothing else. */
static size_t compare_mandates(const struct rt_manifest *m, const struct rt_slot_profile *profile,
                               const char *machine)
{
    size_t mandated = 0;

    for (size_t i = 0; i < profile->vendor->n_rows; i++) {
        const char *device = profile->vendor->rows[i].device;
        const struct rt_manifest_rom *stated = rt_manifest_find(m, machine, device);
        const struct rt_slot_row *row;
        bool has = rt_slot_find(profile, machine, device, &row, NULL) == 0 && has_rom(m, row);

        if (has != (stated != NULL))
            fail_msg("%s %s (%s): %s on %s", m->product, m->release, m->channel, device, machine);
        if (has)
            assert_string_equal(stated->file, row->file);
        mandated += has;
    }
    return mandated;
}

/* tools/make-releases has to run again where the profiles have changed. */
static void as_mandated(void **state)
{
    size_t mandated = 0;

    (void)state;
    for (size_t i = 0; i < all.n; i++) {
        const struct rt_manifest *m = rt_manifest_doc_model(all.docs[i]);
        struct rt_slot_profile profile;

        if (rt_slot_profile_find(m->profile, &profile, NULL) < 0) {
            for (size_t k = 0; k < m->n_roms; k++)
                assert_int_equal(m->roms[k].n_mandates, 0);
            continue;
        }
        for (size_t k = 0; k < profile.series->n_machines; k++)
            mandated += compare_mandates(m, &profile, profile.series->machines[k]);
    }
    assert_true(mandated > 1000);
}

/* verify/identify tries every size of a known file: there is room for all of them. */
static void sizes_to_identify(void **state)
{
    size_t n_roms, n_sizes = 0;
    const struct rt_known_rom *roms = rt_known_all(&n_roms);

    (void)state;
    for (size_t i = 0; i < n_roms; i++) {
        size_t before = 0;

        while (before < i && roms[before].size != roms[i].size)
            before++;
        n_sizes += before == i;
    }
    assert_in_range(n_sizes, 10, RT_IDENTIFY_SIZES);
}

/* Whatever ids a known file had before QEMU wrote a device's, verify/identify tries them. */
static void ids_to_identify(void **state)
{
    static const uint8_t patched[64] = {0x55, 0xaa, 1,    [0x18] = 0x1c, [0x1c] = 'P', 'C',
                                        'I',  'R',  0x21, 0x43,          0x65,         0x87};
    struct rt_identifier identifier;
    size_t n = 0;

    (void)state;
    rt_identify_begin(&identifier, (struct rt_bytes){patched, sizeof(patched)});
    for (size_t d = 0; d < all.n; d++) {
        const struct rt_manifest *m = rt_manifest_doc_model(all.docs[d]);

        for (size_t i = 0; i < m->n_roms; i++) {
            const struct rt_manifest_rom *rom = &m->roms[i];
            size_t v = 1;

            if (rom->n_images == 0)
                continue;
            while (v < identifier.n_views && (identifier.views[v].vendor != rom->images[0].vendor ||
                                              identifier.views[v].device != rom->images[0].device))
                v++;
            if (v == identifier.n_views)
                fail_msg("%s: %04x:%04x", rom->file, (unsigned)rom->images[0].vendor,
                         (unsigned)rom->images[0].device);
            n++;
        }
    }
    assert_in_range(n, 100, 10000);
    assert_true(identifier.n_views <= RT_IDENTIFY_VIEWS - 8); /* the images of a block */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_measured),
        cmocka_unit_test(as_stated),
        cmocka_unit_test(every_entry_is_found),
        cmocka_unit_test(others_are_unknown),
        cmocka_unit_test(every_release_of_a_file),
        cmocka_unit_test(as_mandated),
        cmocka_unit_test(sizes_to_identify),
        cmocka_unit_test(ids_to_identify),
    };

    return cmocka_run_group_tests(tests, read_all, free_all);
}
