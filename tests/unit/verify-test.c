/* SPDX-License-Identifier: BSD-2-Clause */
/* verify/: which findings refuse, a size against a slot, a file against what is stated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/rom-words.h"
#include "verify/verify.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------------- a sink that counts */

struct seen {
    size_t n;
    struct rt_finding finding[4];
};

static void see(void *user, const struct rt_finding *finding)
{
    struct seen *seen = user;

    assert_true(seen->n < COUNT(seen->finding));
    seen->finding[seen->n++] = *finding;
}

/* ------------------------------------------------------------------------- judge */

static void test_judge(void **state)
{
    static const struct {
        bool strict;
        enum rt_severity severity;
        bool refused;
    } cases[] = {
        {false, RT_INFO, false}, {false, RT_WARNING, false}, {false, RT_ERROR, true},
        {true, RT_INFO, false},  {true, RT_WARNING, true},   {true, RT_ERROR, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct seen seen = {0};
        struct rt_findings sink = {see, &seen};
        struct rt_verify_judge judge = {.next = &sink, .strict = cases[i].strict};
        struct rt_findings findings = rt_verify_findings(&judge);

        assert_false(judge.refused);
        rt_finding_add(&findings, ROMTOOL_E_BLANK, cases[i].severity, 5, "x");
        assert_int_equal(judge.refused, cases[i].refused);
        assert_int_equal(judge.first.code, cases[i].refused ? ROMTOOL_E_BLANK : 0);
        assert_int_equal(seen.n, 1);
        assert_int_equal(seen.finding[0].offset, 5);
    }
}

/* The first that refused stays; all are passed on; no sink behind it is all right. */
static void test_judge_first(void **state)
{
    struct seen seen = {0};
    struct rt_findings sink = {see, &seen}, deaf = {NULL, NULL}, findings;
    struct rt_verify_judge judge = {.next = &sink}, last = {0}, before_deaf = {.next = &deaf};

    (void)state;
    findings = rt_verify_findings(&judge);
    rt_finding_add(&findings, ROMTOOL_E_TRAILING_DATA, RT_WARNING, 0, "warning");
    rt_finding_add(&findings, ROMTOOL_E_TRUNCATED, RT_ERROR, 1, "first");
    rt_finding_add(&findings, ROMTOOL_E_BAD_PCIR, RT_ERROR, 2, "second");
    assert_true(judge.refused);
    assert_int_equal(judge.first.code, ROMTOOL_E_TRUNCATED);
    assert_string_equal(judge.first.text, "first");
    assert_int_equal(seen.n, 3);
    findings = rt_verify_findings(&last);
    rt_finding_add(&findings, ROMTOOL_E_TRUNCATED, RT_ERROR, 1, "x");
    assert_true(last.refused);
    findings = rt_verify_findings(&before_deaf);
    rt_finding_add(&findings, ROMTOOL_E_TRUNCATED, RT_ERROR, 1, "x");
    assert_true(before_deaf.refused);
}

/* ------------------------------------------------------------------------- a ROM by itself */

static size_t images_seen;

static void see_image(void *user, const struct rt_rom_image *image)
{
    assert_ptr_equal(user, &images_seen);
    assert_int_equal(image->index, images_seen);
    images_seen++;
}

static struct seen verify_words(const char *words, struct rt_rom *ret)
{
    struct romtool_error err;
    struct rom_builder rb = {0};
    struct seen seen = {0};
    struct rt_findings findings = {see, &seen};

    rb_words(&rb, words);
    rt_error_clear(&err);
    images_seen = 0;
    assert_int_equal(rt_verify_rom((struct rt_bytes){rb.data, rb.size}, 0, see_image, &images_seen,
                                   &findings, ret, &err),
                     0);
    assert_int_equal(err.code, 0);
    rb_free(&rb);
    return seen;
}

/* What rt_rom_read() ends on is a finding here: a ROM that is none is refused, not undecided. */
static void test_rom(void **state)
{
    static const struct {
        const char *words;
        size_t images;
        int code; /* of the only finding */
    } cases[] = {
        {"x86 efi", 2, 0},
        {"x86:sum=1", 1, ROMTOOL_E_BAD_CHECKSUM},
        {"raw:bytes=00aa55", 0, ROMTOOL_E_NOT_A_ROM},
        {"", 0, ROMTOOL_E_EMPTY},
        {"x86 pad:to=67108865", 0, ROMTOOL_E_TOO_LARGE},
    };
    struct rt_rom rom;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct seen seen = verify_words(cases[i].words, &rom);

        assert_int_equal(seen.n, cases[i].code != 0);
        assert_int_equal(seen.finding[0].code, cases[i].code);
        if (seen.n > 0)
            assert_int_equal(seen.finding[0].severity, RT_ERROR);
        assert_int_equal(images_seen, cases[i].images);
        assert_int_equal(rom.images, cases[i].images);
    }
    assert_int_equal(
        rt_verify_rom((struct rt_bytes){(const uint8_t *)"x", 1}, 0, NULL, NULL, NULL, &rom, NULL),
        0);
}

/* ------------------------------------------------------------------------- against a slot */

static void test_slot(void **state)
{
    static const struct {
        uint64_t size, slot;
        int code;
        uint64_t offset;
        const char *text;
    } cases[] = {
        {262144, 262144, 0, 0, NULL},
        {262143, 262144, 0, 0, NULL},
        {131073, 262144, 0, 0, NULL}, /* half of it and one: QEMU rounds up */
        {131072, 262144, ROMTOOL_E_UNDERSIZE, 131072,
         "131072 bytes get a slot of 131072, mandated is 262144: pad it"},
        {131071, 262144, ROMTOOL_E_UNDERSIZE, 131071,
         "131071 bytes get a slot of 131072, mandated is 262144: pad it"},
        {1, 262144, ROMTOOL_E_UNDERSIZE, 1, "1 bytes get a slot of 1, mandated is 262144: pad it"},
        {0, 262144, ROMTOOL_E_UNDERSIZE, 0, "0 bytes get a slot of 0, mandated is 262144: pad it"},
        {262145, 262144, ROMTOOL_E_OVERSIZE, 262144,
         "262145 bytes, the slot is 262144: 1 bytes too many"},
        {524288, 262144, ROMTOOL_E_OVERSIZE, 262144,
         "524288 bytes, the slot is 262144: 262144 bytes too many"},
        {UINT64_MAX, 262144, ROMTOOL_E_OVERSIZE, 262144,
         "18446744073709551615 bytes, the slot is 262144: 18446744073709289471 bytes too many"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct seen seen = {0};
        struct rt_findings findings = {see, &seen};

        rt_verify_slot(cases[i].size, cases[i].slot, &findings);
        assert_int_equal(seen.n, cases[i].code != 0);
        if (seen.n == 0)
            continue;
        assert_int_equal(seen.finding[0].code, cases[i].code);
        assert_int_equal(seen.finding[0].severity, RT_ERROR);
        assert_int_equal(seen.finding[0].offset, cases[i].offset);
        assert_string_equal(seen.finding[0].text, cases[i].text);
    }
    rt_verify_slot(1, 262144, NULL);
}

/* ------------------------------------------------------------------------- against a release */

static struct seen verify_stated(const char *text, const struct rt_manifest_rom *stated)
{
    struct seen seen = {0};
    struct rt_findings findings = {see, &seen};
    uint8_t sha256[RT_SHA256_SIZE];
    struct romtool_error err;

    rt_error_clear(&err);
    assert_int_equal(
        rt_digest_sha256((struct rt_bytes){(const uint8_t *)text, strlen(text)}, sha256, &err), 0);
    rt_verify_stated(strlen(text), sha256, stated, &findings);
    assert_int_equal(err.code, 0);
    for (size_t i = 0; i < seen.n; i++)
        assert_int_equal(seen.finding[i].severity, RT_ERROR);
    return seen;
}

static void test_stated(void **state)
{
    struct rt_manifest_rom stated = {.file = "abc.rom", .size = 3, .slot = 4};
    struct seen seen;

    (void)state;
    /* FIPS 180-2, appendix B.1 */
    assert_true(
        rt_bytes_from_hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                          stated.sha256, sizeof(stated.sha256)));
    assert_int_equal(verify_stated("abc", &stated).n, 0);

    seen = verify_stated("abd", &stated);
    assert_int_equal(seen.n, 1);
    assert_int_equal(seen.finding[0].code, ROMTOOL_E_DIGEST_MISMATCH);

    seen = verify_stated("ab", &stated);
    assert_int_equal(seen.n, 1);
    assert_int_equal(seen.finding[0].code, ROMTOOL_E_SIZE_MISMATCH);
    assert_string_equal(seen.finding[0].text, "2 bytes, stated are 3");

    seen = verify_stated("abcd", &stated);
    assert_int_equal(seen.n, 1);
    assert_int_equal(seen.finding[0].code, ROMTOOL_E_SIZE_MISMATCH);

    seen = verify_stated("abcde", &stated);
    assert_int_equal(seen.n, 2);
    assert_int_equal(seen.finding[0].code, ROMTOOL_E_OVERSIZE);
    assert_int_equal(seen.finding[1].code, ROMTOOL_E_SIZE_MISMATCH);

    rt_verify_stated(3, stated.sha256, &stated, NULL);
    rt_verify_stated(4, stated.sha256, &stated, NULL);
}

/* One bit anywhere in the digest that is stated. */
static void test_stated_every_bit(void **state)
{
    struct rt_manifest_rom stated = {.file = "x.rom", .size = 3, .slot = 4};

    (void)state;
    assert_int_equal(
        rt_digest_sha256((struct rt_bytes){(const uint8_t *)"abc", 3}, stated.sha256, NULL), 0);
    for (size_t bit = 0; bit < 8 * sizeof(stated.sha256); bit++) {
        stated.sha256[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_equal(verify_stated("abc", &stated).n, 1);
        stated.sha256[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    assert_int_equal(verify_stated("abc", &stated).n, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge),  cmocka_unit_test(test_judge_first),
        cmocka_unit_test(test_rom),    cmocka_unit_test(test_slot),
        cmocka_unit_test(test_stated), cmocka_unit_test(test_stated_every_bit),
    };

    return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
