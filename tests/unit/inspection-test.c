/* SPDX-License-Identifier: BSD-2-Clause */
/* romtool_inspect(): what the library tells of a ROM, and how it says no. */
#include "core/bytes.h"
#include "core/error.h"
#include "romtool.h"
#include "tests/support/rom-words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static long until_failure = -1; /* allocations until one fails; -1: none does */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static bool fails(void)
{
    return until_failure > 0 && --until_failure == 0;
}

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return fails() ? NULL : __real_realloc(p, n);
}

static struct romtool_inspection *inspect(const char *words, unsigned flags)
{
    struct romtool_inspection *inspection;
    struct rom_builder rb = {0};
    struct romtool_error err;

    rb_words(&rb, words);
    assert_int_equal(romtool_inspect(rb.data, rb.size, flags, &inspection, &err), 0);
    assert_int_equal(err.code, 0);
    memset(rb.data, 0, rb.size); /* nothing may be read from there any more */
    rb_free(&rb);
    return inspection;
}

static void test_images(void **state)
{
    struct romtool_inspection *inspection =
        inspect("x86:device=0x1041 efi:class=0x030000,compression=0 pad:to=4K,fill=0xff", 0);
    struct romtool_rom_summary summary;
    struct romtool_image image;
    struct romtool_error err;

    (void)state;
    romtool_inspection_summary(inspection, &summary);
    assert_int_equal(summary.size, 4096);
    assert_int_equal(summary.content_length, 2048);
    assert_int_equal(summary.slot, 4096);
    assert_int_equal(summary.images, 2);
    assert_int_equal(summary.findings, 0);
    assert_int_equal(summary.fill, 0xff);
    assert_int_equal(summary.worst, ROMTOOL_INFO);
    assert_int_equal(romtool_inspection_image(inspection, 0, &image, &err), 0);
    assert_int_equal(image.type, ROMTOOL_IMAGE_X86);
    assert_int_equal(image.device, 0x1041);
    assert_int_equal(image.checksum, ROMTOOL_CHECKSUM_OK);
    assert_int_equal(image.last, 0);
    assert_int_equal(image.program, 0);
    assert_int_equal(romtool_inspection_image(inspection, 1, &image, &err), 0);
    assert_int_equal(image.type, ROMTOOL_IMAGE_EFI);
    assert_int_equal(image.offset, 1024);
    assert_int_equal(image.length, 1024);
    assert_int_equal(image.class_code, 0x030000);
    assert_int_equal(image.efi_machine, 0x8664);
    assert_int_equal(image.efi_subsystem, 0x0b);
    assert_int_equal(image.program, 1024 + 0x38);
    assert_int_equal(image.program_length, 1024 - 0x38);
    assert_int_equal(image.last, 1);
    assert_int_equal(image.is_signed, 0);
    assert_int_equal(romtool_inspection_image(inspection, 2, &image, &err), ROMTOOL_E_USAGE);
    assert_int_equal(image.length, 0);
    romtool_inspection_free(inspection);
}

static void test_findings(void **state)
{
    struct romtool_inspection *inspection = inspect("x86:sum=1 efi:subsystem=0x0a", 0);
    struct romtool_rom_summary summary;
    struct romtool_finding finding;
    struct romtool_error err;

    (void)state;
    romtool_inspection_summary(inspection, &summary);
    assert_int_equal(summary.findings, 2);
    assert_int_equal(summary.findings_kept, 2);
    assert_int_equal(summary.worst, ROMTOOL_ERROR);
    assert_int_equal(romtool_inspection_finding(inspection, 0, &finding, &err), 0);
    assert_int_equal(finding.code, ROMTOOL_E_BAD_CHECKSUM);
    assert_int_equal(finding.severity, ROMTOOL_ERROR);
    assert_int_equal(finding.offset, 0);
    assert_true(strlen(finding.text) > 0);
    assert_int_equal(romtool_inspection_finding(inspection, 1, &finding, &err), 0);
    assert_int_equal(finding.code, ROMTOOL_E_BAD_EFI_HEADER);
    assert_int_equal(finding.severity, ROMTOOL_WARNING);
    assert_int_equal(finding.offset, 1024 + 8);
    assert_int_equal(romtool_inspection_finding(inspection, 2, &finding, &err), ROMTOOL_E_USAGE);
    assert_int_equal(finding.code, 0);
    romtool_inspection_free(inspection);
}

/* Each image has one finding; the first 256 are kept, all are counted, so is the worst. */
static void test_many(void **state)
{
    struct rb_spec spec = rb_spec(RB_X86), worst = rb_spec(RB_X86);
    struct romtool_inspection *inspection;
    struct romtool_rom_summary summary;
    struct rom_builder rb = {0};
    struct romtool_image image;
    struct romtool_finding finding;

    (void)state;
    spec.length = 512;
    spec.pcir_size = 0x18; /* a warning */
    worst.sum = 1;
    for (int i = 0; i < 20000; i++)
        rb_image(&rb, spec);
    rb_image(&rb, worst);
    assert_int_equal(romtool_inspect(rb.data, rb.size, 0, &inspection, NULL), 0);
    rb_free(&rb);
    romtool_inspection_summary(inspection, &summary);
    assert_int_equal(summary.images, 20001);
    assert_int_equal(summary.findings, 20001);
    assert_int_equal(summary.findings_kept, 256);
    assert_int_equal(summary.worst, ROMTOOL_ERROR);
    assert_int_equal(romtool_inspection_image(inspection, 19999, &image, NULL), 0);
    assert_int_equal(image.offset, 19999 * 512);
    assert_int_equal(romtool_inspection_finding(inspection, 255, &finding, NULL), 0);
    assert_int_equal(finding.offset, 255 * 512 + 0x1c + 0x0a);
    assert_int_equal(romtool_inspection_finding(inspection, 256, &finding, NULL), ROMTOOL_E_USAGE);
    romtool_inspection_free(inspection);
}

/* Programs are not read where the caller does not want it: no finding, nothing known of them. */
static void test_no_programs(void **state)
{
    const char *words = "efi patch:at=0x38,bytes=0000"; /* over "MZ" */
    struct romtool_inspection *all = inspect(words, 0);
    struct romtool_inspection *none = inspect(words, ROMTOOL_INSPECT_NO_PROGRAMS);
    struct romtool_rom_summary summary;
    struct romtool_finding finding;

    (void)state;
    romtool_inspection_summary(all, &summary);
    assert_int_equal(summary.findings, 1);
    assert_int_equal(romtool_inspection_finding(all, 0, &finding, NULL), 0);
    assert_int_equal(finding.code, ROMTOOL_E_BAD_PE);
    romtool_inspection_summary(none, &summary);
    assert_int_equal(summary.findings, 0);
    romtool_inspection_free(all);
    romtool_inspection_free(none);
}

/* The n-th allocation fails, for every n that there is: no inspection then, and no leak. */
static void test_memory(void **state)
{
    struct rb_spec compressed = rb_spec(RB_EFI);
    struct romtool_inspection *inspection = NULL;
    struct rom_builder rb = {0};
    struct romtool_error err;
    long n = 0;
    int r;

    (void)state;
    compressed.compression = 1;
    for (int i = 0; i < 20; i++)
        rb_image(&rb, compressed);
    do {
        until_failure = ++n;
        r = romtool_inspect(rb.data, rb.size, 0, &inspection, &err);
        if (until_failure == 0) {
            assert_int_equal(r, ROMTOOL_E_NO_MEMORY);
            assert_int_equal(err.code, ROMTOOL_E_NO_MEMORY);
            assert_null(inspection);
        }
    } while (until_failure == 0);
    until_failure = -1;
    assert_int_equal(r, 0);
    assert_true(n > 1 + 20 + 3); /* the handle, each program, the images as they grow to 32 */
    romtool_inspection_free(inspection);
    rb_free(&rb);
}

static void test_refusals(void **state)
{
    struct romtool_inspection *inspection = (void *)state;
    struct romtool_rom_summary summary = {.size = 1};
    struct romtool_error err;

    (void)state;
    assert_int_equal(romtool_inspect("MZ", 2, 0, &inspection, &err), ROMTOOL_E_NOT_A_ROM);
    assert_null(inspection);
    assert_int_equal(err.code, ROMTOOL_E_NOT_A_ROM);
    assert_int_equal(romtool_inspect("", 0, 0, &inspection, &err), ROMTOOL_E_EMPTY);
    assert_int_equal(romtool_inspect(NULL, 0, 0, &inspection, &err), ROMTOOL_E_USAGE);
    assert_int_equal(romtool_inspect("x", 1, 2, &inspection, &err), ROMTOOL_E_USAGE);
    assert_int_equal(romtool_inspect("x", 1, 0, NULL, &err), ROMTOOL_E_USAGE);
    romtool_inspection_summary(NULL, &summary);
    assert_int_equal(summary.size, 0);
    assert_int_equal(romtool_inspection_image(NULL, 0, NULL, &err), ROMTOOL_E_USAGE);
    assert_int_equal(romtool_inspection_finding(NULL, 0, NULL, NULL), ROMTOOL_E_USAGE);
    romtool_inspection_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_images),   cmocka_unit_test(test_findings),
        cmocka_unit_test(test_many),     cmocka_unit_test(test_no_programs),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests_name("inspection", tests, NULL, NULL);
}
