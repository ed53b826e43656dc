/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The manifest's bytes, and the rules that its writer holds: one named case for each. The mandates'
 * are in manifest-mandate-test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "manifests/fields.h"
#include "manifests/manifest.h"

/* ------------------------------------------------------------------------- the sample */

#define SHA_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define SHA_C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

/* Two ROMs: one padded with two images, one that fills its slot. */
/* clang-format off */
static const char golden[] =
    "{\n"
    "  \"_type\": \"https://in-toto.io/Statement/v1\",\n"
    "  \"subject\": [\n"
    "    {\n"
    "      \"name\": \"efi-e1000.rom\",\n"
    "      \"digest\": {\n"
    "        \"sha256\": \"" SHA_A "\"\n"
    "      }\n"
    "    },\n"
    "    {\n"
    "      \"name\": \"vgabios.bin\",\n"
    "      \"digest\": {\n"
    "        \"sha256\": \"" SHA_B "\"\n"
    "      }\n"
    "    }\n"
    "  ],\n"
    "  \"predicateType\": \"urn:romtool:rom-manifest:v1\",\n"
    "  \"predicate\": {\n"
    "    \"product\": \"debian/ipxe-qemu\",\n"
    "    \"channel\": \"bookworm\",\n"
    "    \"release\": \"1.0.0+git-20190125.36a4c85-5.1\",\n"
    "    \"serial\": 2026112200,\n"
    "    \"minSerial\": 2026010100,\n"
    "    \"created\": \"2026-11-22T12:34:56Z\",\n"
    "    \"notAfter\": \"2027-11-22T12:34:56Z\",\n"
    "    \"profile\": \"debian/bookworm\",\n"
    "    \"roms\": [\n"
    "      {\n"
    "        \"file\": \"efi-e1000.rom\",\n"
    "        \"size\": 262144,\n"
    "        \"slot\": 262144,\n"
    "        \"fill\": \"00\",\n"
    "        \"contentLength\": 240640,\n"
    "        \"content\": {\n"
    "          \"sha256\": \"" SHA_C "\"\n"
    "        },\n"
    "        \"fsverity\": \"sha256:" SHA_B "\",\n"
    "        \"images\": [\n"
    "          {\n"
    "            \"type\": \"x86\",\n"
    "            \"length\": 67072,\n"
    "            \"vendor\": 32902,\n"
    "            \"device\": 4110\n"
    "          },\n"
    "          {\n"
    "            \"type\": \"efi\",\n"
    "            \"length\": 173568,\n"
    "            \"vendor\": 32902,\n"
    "            \"device\": 4110\n"
    "          }\n"
    "        ],\n"
    "        \"mandates\": [\n"
    "          {\n"
    "            \"device\": \"e1000\",\n"
    "            \"machines\": [\n"
    "              {\n"
    "                \"machine\": \"microvm\"\n"
    "              },\n"
    "              {\n"
    "                \"family\": \"pc-i440fx\",\n"
    "                \"from\": \"1.5\",\n"
    "                \"to\": \"7.2\"\n"
    "              },\n"
    "              {\n"
    "                \"family\": \"pc-q35\",\n"
    "                \"from\": \"4.0.1\",\n"
    "                \"to\": \"7.2\"\n"
    "              }\n"
    "            ]\n"
    "          },\n"
    "          {\n"
    "            \"device\": \"e1000-82544gc\",\n"
    "            \"machines\": [\n"
    "              {\n"
    "                \"family\": \"pc-q35\",\n"
    "                \"from\": \"7.2\",\n"
    "                \"to\": \"7.2\"\n"
    "              }\n"
    "            ]\n"
    "          }\n"
    "        ]\n"
    "      },\n"
    "      {\n"
    "        \"file\": \"vgabios.bin\",\n"
    "        \"size\": 65536,\n"
    "        \"slot\": 65536,\n"
    "        \"contentLength\": 65536,\n"
    "        \"content\": {\n"
    "          \"sha256\": \"" SHA_B "\"\n"
    "        },\n"
    "        \"images\": [],\n"
    "        \"mandates\": [\n"
    "          {\n"
    "            \"device\": \"VGA\",\n"
    "            \"machines\": [\n"
    "              {\n"
    "                \"family\": \"pc-q35\",\n"
    "                \"from\": \"2.4\",\n"
    "                \"to\": \"7.2\"\n"
    "              }\n"
    "            ]\n"
    "          }\n"
    "        ]\n"
    "      }\n"
    "    ],\n"
    "    \"withdrawn\": [\n"
    "      {\n"
    "        \"sha256\": \"" SHA_C "\",\n"
    "        \"reason\": \"CVE-2026-1234: says \\\"hello\\\"\"\n"
    "      }\n"
    "    ]\n"
    "  }\n"
    "}\n";
/* clang-format on */

static const struct rt_manifest_image sample_images[] = {
    {"x86", 67072, 0x8086, 0x100e},
    {"efi", 173568, 0x8086, 0x100e},
};

static const struct rt_slot_range sample_machines[] = {
    {"microvm", false, {0, 0, 0}, {0, 0, 0}},
    {"pc-i440fx", true, {1, 5, 0}, {7, 2, 0}},
    {"pc-q35", true, {4, 0, 1}, {7, 2, 0}},
};

static const struct rt_slot_range sample_one[] = {{"pc-q35", true, {7, 2, 0}, {7, 2, 0}}};
static const struct rt_slot_range sample_q35[] = {{"pc-q35", true, {2, 4, 0}, {7, 2, 0}}};

static const struct rt_manifest_mandate sample_mandates[] = {
    {"e1000", sample_machines, 3},
    {"e1000-82544gc", sample_one, 1},
};

static const struct rt_manifest_mandate sample_vga[] = {{"VGA", sample_q35, 1}};

static const struct rt_manifest_withdrawn sample_withdrawn = {
    .sha256 = {0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc,
               0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc,
               0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc},
    .reason = "CVE-2026-1234: says \"hello\"",
};

/* Fills the two ROMs and returns the manifest of them. */
static struct rt_manifest sample(struct rt_manifest_rom roms[2])
{
    roms[0] = (struct rt_manifest_rom){
        .file = "efi-e1000.rom",
        .size = 262144,
        .slot = 262144,
        .content_length = 240640,
        .fill = 0,
        .images = sample_images,
        .n_images = 2,
        .mandates = sample_mandates,
        .n_mandates = 2,
    };
    roms[1] = (struct rt_manifest_rom){
        .file = "vgabios.bin",
        .size = 65536,
        .slot = 65536,
        .content_length = 65536,
        .fill = -1,
        .mandates = sample_vga,
        .n_mandates = 1,
    };
    memset(roms[0].sha256, 0xaa, RT_SHA256_SIZE);
    memset(roms[0].content_sha256, 0xcc, RT_SHA256_SIZE);
    memset(roms[0].fsverity, 0xbb, RT_SHA256_SIZE);
    memset(roms[1].sha256, 0xbb, RT_SHA256_SIZE);
    memset(roms[1].content_sha256, 0xbb, RT_SHA256_SIZE);
    return (struct rt_manifest){
        .product = "debian/ipxe-qemu",
        .channel = "bookworm",
        .release = "1.0.0+git-20190125.36a4c85-5.1",
        .serial = 2026112200,
        .min_serial = 2026010100,
        .created = 1795350896,
        .not_after = 1795350896 + 365 * 86400,
        .profile = "debian/bookworm",
        .roms = roms,
        .n_roms = 2,
        .withdrawn = &sample_withdrawn,
        .n_withdrawn = 1,
    };
}

static int read_text(const char *text, struct rt_manifest_doc **ret, struct romtool_error *err)
{
    rt_error_clear(err);
    return rt_manifest_read((struct rt_bytes){(const uint8_t *)text, strlen(text)}, ret, err);
}

/* ------------------------------------------------------------------------- writing and reading */

static void test_write_golden(void **state)
{
    struct rt_manifest_rom roms[2];
    struct rt_manifest manifest = sample(roms);
    struct rt_buffer out = {0};
    struct romtool_error err;

    (void)state;
    rt_error_clear(&err);
    assert_int_equal(rt_manifest_write(&manifest, &out, &err), 0);
    assert_string_equal(out.data, golden);
    assert_int_equal(out.len, sizeof(golden) - 1);
    rt_buffer_free(&out);
}

static void test_read_golden(void **state)
{
    struct rt_manifest_doc *doc;
    const struct rt_manifest *m;
    struct romtool_error err;
    uint8_t sha[RT_SHA256_SIZE];

    (void)state;
    assert_int_equal(read_text(golden, &doc, &err), 0);
    m = rt_manifest_doc_model(doc);
    assert_string_equal(m->product, "debian/ipxe-qemu");
    assert_string_equal(m->channel, "bookworm");
    assert_string_equal(m->release, "1.0.0+git-20190125.36a4c85-5.1");
    assert_string_equal(m->profile, "debian/bookworm");
    assert_int_equal(m->serial, 2026112200);
    assert_int_equal(m->created, 1795350896);
    assert_int_equal(m->min_serial, 2026010100);
    assert_int_equal(m->not_after, 1795350896 + 365 * 86400);
    assert_int_equal(m->n_withdrawn, 1);
    assert_memory_equal(m->withdrawn[0].sha256, sample_withdrawn.sha256, RT_SHA256_SIZE);
    assert_string_equal(m->withdrawn[0].reason, sample_withdrawn.reason);
    assert_ptr_equal(rt_manifest_withdraws(m, m->withdrawn[0].sha256), m->withdrawn);
    assert_null(rt_manifest_withdraws(m, m->roms[0].sha256));
    assert_int_equal(m->n_roms, 2);
    assert_string_equal(m->roms[0].file, "efi-e1000.rom");
    assert_int_equal(m->roms[0].size, 262144);
    assert_int_equal(m->roms[0].slot, 262144);
    assert_int_equal(m->roms[0].content_length, 240640);
    assert_int_equal(m->roms[0].fill, 0);
    assert_int_equal(m->roms[0].n_images, 2);
    assert_string_equal(m->roms[0].images[1].type, "efi");
    assert_int_equal(m->roms[0].images[1].length, 173568);
    assert_int_equal(m->roms[0].images[1].vendor, 0x8086);
    assert_int_equal(m->roms[0].images[1].device, 0x100e);
    assert_int_equal(m->roms[0].n_mandates, 2);
    assert_string_equal(m->roms[0].mandates[1].device, "e1000-82544gc");
    assert_int_equal(m->roms[0].mandates[1].n_machines, 1);
    assert_int_equal(m->roms[0].mandates[0].n_machines, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct rt_slot_range *range = &m->roms[0].mandates[0].machines[i];

        assert_string_equal(range->family, sample_machines[i].family);
        assert_int_equal(range->versioned, sample_machines[i].versioned);
        assert_int_equal(rt_slot_version_compare(range->from, sample_machines[i].from), 0);
        assert_int_equal(rt_slot_version_compare(range->to, sample_machines[i].to), 0);
    }
    memset(sha, 0xaa, sizeof(sha));
    assert_memory_equal(m->roms[0].sha256, sha, sizeof(sha));
    memset(sha, 0xcc, sizeof(sha));
    assert_memory_equal(m->roms[0].content_sha256, sha, sizeof(sha));
    memset(sha, 0xbb, sizeof(sha));
    assert_memory_equal(m->roms[0].fsverity, sha, sizeof(sha));
    assert_false(rt_manifest_states(m->roms[1].fsverity));
    assert_int_equal(m->roms[1].fill, -1);
    assert_int_equal(m->roms[1].n_images, 0);
    assert_int_equal(m->roms[1].n_mandates, 1);
    rt_manifest_doc_free(doc);
}

static void test_round_trip(void **state)
{
    struct rt_manifest_doc *doc;
    struct rt_buffer out = {0};
    struct romtool_error err;

    (void)state;
    assert_int_equal(read_text(golden, &doc, &err), 0);
    assert_int_equal(rt_manifest_write(rt_manifest_doc_model(doc), &out, &err), 0);
    assert_string_equal(out.data, golden);
    rt_buffer_free(&out);
    rt_manifest_doc_free(doc);
}

static void test_write_without_created(void **state)
{
    struct rt_manifest_rom roms[2];
    struct rt_manifest manifest = sample(roms);
    struct rt_manifest_doc *doc;
    struct rt_buffer out = {0};
    struct romtool_error err;

    (void)state;
    rt_error_clear(&err);
    manifest.created = -1;
    assert_int_equal(rt_manifest_write(&manifest, &out, &err), 0);
    assert_null(strstr(out.data, "created"));
    assert_int_equal(read_text(out.data, &doc, &err), 0);
    assert_int_equal(rt_manifest_doc_model(doc)->created, -1);
    rt_manifest_doc_free(doc);
    rt_buffer_free(&out);
}

/* Names that JSON has to escape come back as they were. */
static void test_write_escapes(void **state)
{
    struct rt_manifest_rom roms[2];
    struct rt_manifest manifest = sample(roms);
    struct rt_manifest_doc *doc;
    struct rt_buffer out = {0};
    struct romtool_error err;

    (void)state;
    rt_error_clear(&err);
    manifest.product = "a\"b\\c \xc3\xa9 \xe2\x82\xac \xf0\x9f\x92\xbe";
    assert_int_equal(rt_manifest_write(&manifest, &out, &err), 0);
    assert_int_equal(read_text(out.data, &doc, &err), 0);
    assert_string_equal(rt_manifest_doc_model(doc)->product, manifest.product);
    rt_manifest_doc_free(doc);
    rt_buffer_free(&out);
}

static void test_read_too_large(void **state)
{
    size_t n = RT_MANIFEST_SIZE_MAX + 1;
    char *text = malloc(n);
    struct rt_manifest_doc *doc;
    struct romtool_error err;

    (void)state;
    assert_non_null(text);
    memset(text, ' ', n);
    memcpy(text, golden, sizeof(golden) - 1);
    rt_error_clear(&err);
    assert_int_equal(rt_manifest_read((struct rt_bytes){(uint8_t *)text, n}, &doc, &err),
                     ROMTOOL_E_TOO_LARGE);
    assert_null(doc);
    rt_error_clear(&err);
    assert_int_equal(rt_manifest_read((struct rt_bytes){(uint8_t *)text, n - 1}, &doc, &err), 0);
    rt_manifest_doc_free(doc);
    free(text);
}

/* The writer writes nothing that the reader would not read. */
static void test_write_too_large(void **state)
{
    enum { N = 20000 };
    struct rt_manifest_rom roms[2];
    struct rt_manifest manifest = sample(roms);
    struct rt_slot_range *ranges = calloc(N, sizeof(*ranges));
    struct rt_manifest_mandate mandate = {"e1000", ranges, N};
    char(*names)[24] = calloc(N, sizeof(*names));
    struct rt_manifest_doc *doc;
    struct rt_buffer out = {0};
    struct romtool_error err;

    (void)state;
    assert_non_null(ranges);
    assert_non_null(names);
    for (int i = 0; i < N; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "machine-%05d", i);
        ranges[i].family = names[i];
    }
    roms[0].mandates = &mandate;
    roms[0].n_mandates = 1;
    rt_error_clear(&err);
    assert_int_equal(rt_manifest_write(&manifest, &out, &err), ROMTOOL_E_TOO_LARGE);
    rt_buffer_free(&out);
    /* half as many are read again, every one of them */
    mandate.n_machines = N / 2;
    rt_error_clear(&err);
    assert_int_equal(rt_manifest_write(&manifest, &out, &err), 0);
    assert_int_equal(read_text(out.data, &doc, &err), 0);
    assert_non_null(rt_manifest_find(rt_manifest_doc_model(doc), "machine-09999", "e1000"));
    assert_null(rt_manifest_find(rt_manifest_doc_model(doc), "machine-10000", "e1000"));
    rt_manifest_doc_free(doc);
    rt_buffer_free(&out);
    free(names);
    free(ranges);
}

/* ------------------------------------------------------------------------- the rules */

static const struct rt_manifest_image without_type[] = {{"", 512, 1, 2}, {"efi", 512, 1, 2}};
static const struct rt_manifest_mandate without_device[] = {{"", sample_machines, 3},
                                                            {"e1000", sample_machines, 3}};

/* The sample with one field set to something wrong. */
struct rule {
    const char *name;
    enum {
        TEXT,
        NUMBER,  /* 64 bits */
        FILL,    /* int */
        POINTER, /* to two images or mandates */
    } kind;
    int rom; /* -1: the manifest's own field */
    size_t field;
    const void *pointer;
    int64_t number;
    const char *sentence; /* where it begins */
};

#define HEAD(field)       -1, offsetof(struct rt_manifest, field)
#define ROM(index, field) index, offsetof(struct rt_manifest_rom, field)
#define LONG              "a234567890123456789012345678901234567890123456789012345678901234"

static const struct rule rules[] = {
    {"rule_product_missing", TEXT, HEAD(product), NULL, 0, "predicate.product: empty"},
    {"rule_product_empty", TEXT, HEAD(product), "", 0, "predicate.product: empty"},
    {"rule_product_too_long", TEXT, HEAD(product), LONG, 0, "predicate.product: longer than 63"},
    {"rule_channel_newline", TEXT, HEAD(channel), "a\nb", 0, "predicate.channel: not printable"},
    {"rule_release_escape", TEXT, HEAD(release), "1\033[31m", 0,
     "predicate.release: not printable"},
    {"rule_release_del", TEXT, HEAD(release), "1\x7f", 0, "predicate.release: not printable"},
    {"rule_release_c1", TEXT, HEAD(release), "1\xc2\x9b", 0, "predicate.release: not printable"},
    {"rule_release_bidi", TEXT, HEAD(release), "\xe2\x80\xae", 0, "predicate.release: not print"},
    {"rule_release_isolate", TEXT, HEAD(release), "\xe2\x81\xa6", 0, "predicate.release: not pr"},
    {"rule_profile_no_utf8", TEXT, HEAD(profile), "d\xff", 0, "predicate.profile: not printable"},
    {"rule_profile_tab", TEXT, HEAD(profile), "a\tb", 0, "predicate.profile: not printable"},
    {"rule_serial_negative", NUMBER, HEAD(serial), NULL, -1, "predicate.serial: -1 is negative"},
    {"rule_created_negative", NUMBER, HEAD(created), NULL, -2, "predicate.created: not between"},
    {"rule_created_too_late", NUMBER, HEAD(created), NULL, RT_MANIFEST_CREATED_MAX + 1,
     "predicate.created: not between"},
    {"rule_no_roms", NUMBER, HEAD(n_roms), NULL, 0, "predicate.roms: empty"},
    {"rule_file_empty", TEXT, ROM(1, file), "", 0, "predicate.roms[1].file: empty"},
    {"rule_file_slash", TEXT, ROM(0, file), "a/b", 0,
     "predicate.roms[0].file: 'a/b' is not a plain file name"},
    {"rule_file_absolute", TEXT, ROM(0, file), "/b", 0,
     "predicate.roms[0].file: '/b' is not a plain file name"},
    {"rule_file_parent", TEXT, ROM(0, file), "..", 0,
     "predicate.roms[0].file: '..' is not a plain file name"},
    {"rule_file_itself", TEXT, ROM(0, file), ".", 0,
     "predicate.roms[0].file: '.' is not a plain file name"},
    {"rule_file_control", TEXT, ROM(1, file), "x\001", 0, "predicate.roms[1].file: not printable"},
    {"rule_file_too_long", TEXT, ROM(1, file), LONG, 0, "predicate.roms[1].file: longer than 63"},
    {"rule_files_unsorted", TEXT, ROM(1, file), "a.rom", 0,
     "predicate.roms[1].file: 'a.rom' is not sorted behind 'efi-e1000.rom'"},
    {"rule_files_twice", TEXT, ROM(1, file), "efi-e1000.rom", 0,
     "predicate.roms[1].file: 'efi-e1000.rom' is not sorted behind 'efi-e1000.rom'"},
    {"rule_slot_zero", NUMBER, ROM(0, slot), NULL, 0,
     "predicate.roms[0].slot: 0 is not between 1 and 67108864"},
    {"rule_slot_too_large", NUMBER, ROM(0, slot), NULL, 134217728,
     "predicate.roms[0].slot: 134217728 is not between 1 and 67108864"},
    {"rule_slot_no_power_of_two", NUMBER, ROM(0, slot), NULL, 300000,
     "predicate.roms[0].slot: 300000 is not a power of two"},
    {"rule_slot_not_what_qemu_gives", NUMBER, ROM(1, slot), NULL, 262144,
     "predicate.roms[1].slot: 262144, but a file of 65536 bytes gets a slot of 65536"},
    {"rule_size_zero", NUMBER, ROM(1, size), NULL, 0, "predicate.roms[1].size: 0"},
    {"rule_size_above_slot", NUMBER, ROM(1, size), NULL, 65537,
     "predicate.roms[1].size: 65537 bytes, the slot is 65536"},
    {"rule_content_above_size", NUMBER, ROM(0, content_length), NULL, 262145,
     "predicate.roms[0].contentLength: 262145 bytes, the file has 262144"},
    {"rule_content_is_the_file_not_its_digest", NUMBER, ROM(1, content_sha256), NULL, 1,
     "predicate.roms[1].content.sha256: the content is the whole file"},
    {"rule_fill_too_large", FILL, ROM(0, fill), NULL, 256, "predicate.roms[0].fill: 256 is not"},
    {"rule_fill_negative", FILL, ROM(0, fill), NULL, -2,
     "predicate.roms[0].fill: -2 is not a byte"},
    {"rule_images_above_content", NUMBER, ROM(0, content_length), NULL, 240639,
     "predicate.roms[0].images[1].length: the images are longer than the content"},
    {"rule_image_type_empty", POINTER, ROM(0, images), without_type, 0,
     "predicate.roms[0].images[0].type: empty"},
    {"rule_device_empty", POINTER, ROM(0, mandates), without_device, 0,
     "predicate.roms[0].mandates[0].device: empty"},
};

static void spoil(const struct rule *rule, struct rt_manifest *manifest,
                  struct rt_manifest_rom *roms)
{
    char *field = (rule->rom < 0 ? (char *)manifest : (char *)&roms[rule->rom]) + rule->field;
    int fill = (int)rule->number;

    switch (rule->kind) {
    case TEXT:
        memcpy(field, &rule->pointer, sizeof(rule->pointer));
        break;
    case NUMBER:
        memcpy(field, &rule->number, sizeof(rule->number));
        break;
    case FILL:
        memcpy(field, &fill, sizeof(fill));
        break;
    case POINTER:
        memcpy(field, &rule->pointer, sizeof(rule->pointer));
        break;
    }
}

static void test_rule(void **state)
{
    const struct rule *rule = *state;
    struct rt_manifest_rom roms[2];
    struct rt_manifest manifest = sample(roms);
    struct rt_buffer out = {0};
    struct romtool_error err;

    spoil(rule, &manifest, roms);
    rt_error_clear(&err);
    assert_int_equal(rt_manifest_write(&manifest, &out, &err), ROMTOOL_E_BAD_MANIFEST);
    assert_int_equal(err.code, ROMTOOL_E_BAD_MANIFEST);
    if (strncmp(err.text, rule->sentence, strlen(rule->sentence)) != 0)
        fail_msg("'%s' instead of '%s'", err.text, rule->sentence);
    assert_int_equal(out.len, 0);
    rt_buffer_free(&out);
}

int main(void)
{
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test(test_write_golden),    cmocka_unit_test(test_read_golden),
        cmocka_unit_test(test_round_trip),      cmocka_unit_test(test_write_without_created),
        cmocka_unit_test(test_write_escapes),   cmocka_unit_test(test_read_too_large),
        cmocka_unit_test(test_write_too_large),
    };
    enum {
        N_PLAIN = sizeof(plain) / sizeof(plain[0]),
        N_RULES = sizeof(rules) / sizeof(rules[0]),
    };
    struct CMUnitTest tests[N_PLAIN + N_RULES] = {0};

    memcpy(tests, plain, sizeof(plain));
    for (size_t i = 0; i < N_RULES; i++) {
        tests[N_PLAIN + i].name = rules[i].name;
        tests[N_PLAIN + i].test_func = test_rule;
        tests[N_PLAIN + i].initial_state = (void *)(uintptr_t)&rules[i];
    }
    return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
