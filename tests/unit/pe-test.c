/* SPDX-License-Identifier: BSD-2-Clause */
/* PE/COFF files, built here field by field, and what is said of them. */
#include "rom/pe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    HEADER = 0x80, /* "PE\0\0" */
    OPTIONAL = HEADER + 0x18,
    HEADERS = 0x200, /* bytes of all headers */
    SECTION = 0x100, /* bytes of each section */
    MOST = 0x2000,
};

/* A PE in the making: two sections, and behind them what a test appends. */
struct pe {
    uint8_t data[MOST];
    size_t size;
    bool plus;
};

static void put(struct pe *pe, size_t at, unsigned n, uint64_t value)
{
    assert_true(at + n <= MOST);
    for (unsigned i = 0; i < n; i++)
        pe->data[at + i] = (uint8_t)(value >> (8 * i));
}

static size_t directories_at(const struct pe *pe)
{
    return OPTIONAL + (pe->plus ? 0x70 : 0x60);
}

static size_t security_at(const struct pe *pe)
{
    return directories_at(pe) + 4 * 8;
}

static size_t sections_at(const struct pe *pe)
{
    return directories_at(pe) + 16 * 8;
}

static struct pe make(bool plus)
{
    struct pe pe = {.plus = plus, .size = HEADERS + 2 * SECTION};

    memcpy(pe.data, "MZ", 2);
    put(&pe, 0x3c, 4, HEADER);
    memcpy(pe.data + HEADER, "PE\0\0", 4);
    put(&pe, HEADER + 0x04, 2, plus ? 0x8664 : 0x014c);
    put(&pe, HEADER + 0x06, 2, 2);
    put(&pe, HEADER + 0x08, 4, 0x12345678);
    put(&pe, HEADER + 0x14, 2, sections_at(&pe) - OPTIONAL);
    put(&pe, OPTIONAL, 2, plus ? 0x20b : 0x10b);
    put(&pe, OPTIONAL + 0x3c, 4, HEADERS);
    put(&pe, OPTIONAL + 0x40, 4, 0xaabbccdd); /* checksum */
    put(&pe, OPTIONAL + 0x44, 2, 0x0b);
    put(&pe, directories_at(&pe) - 4, 4, 16);
    for (size_t i = 0; i < 2; i++) {
        put(&pe, sections_at(&pe) + 40 * i + 0x10, 4, SECTION);
        put(&pe, sections_at(&pe) + 40 * i + 0x14, 4, HEADERS + SECTION * i);
        memset(pe.data + HEADERS + SECTION * i, (int)('a' + i), SECTION);
    }
    return pe;
}

/* Appends a certificate of so many bytes, header included, and makes the table hold it. */
static void certify(struct pe *pe, uint32_t length, uint16_t revision, uint16_t type)
{
    size_t at = pe->size;

    put(pe, at, 4, length);
    put(pe, at + 4, 2, revision);
    put(pe, at + 6, 2, type);
    memset(pe->data + at + 8, 0x30, length > 8 ? length - 8 : 0);
    pe->size += (length + 7U) / 8 * 8;
    if (pe->data[security_at(pe) + 4] == 0 && pe->data[security_at(pe) + 5] == 0)
        put(pe, security_at(pe), 4, at);
    put(pe, security_at(pe) + 4, 4,
        pe->size - (pe->data[security_at(pe)] | (size_t)pe->data[security_at(pe) + 1] << 8));
}

/* ------------------------------------------------------------------------- reading */

struct seen {
    size_t n;
    struct rt_finding finding[4];
};

static void see_finding(void *user, const struct rt_finding *finding)
{
    struct seen *seen = user;

    assert_true(finding->text[0] != '\0');
    if (seen->n < 4)
        seen->finding[seen->n] = *finding;
    seen->n++;
}

/* Reads a heap copy of exactly its size. */
static bool read_pe(const struct pe *pe, struct rt_pe *ret, struct seen *seen)
{
    struct rt_findings findings = {see_finding, seen};
    uint8_t *copy = malloc(pe->size > 0 ? pe->size : 1);
    bool read;

    assert_non_null(copy);
    memcpy(copy, pe->data, pe->size);
    *seen = (struct seen){0};
    read = rt_pe_read((struct rt_bytes){copy, pe->size}, 7, 1000, false, &findings, ret);
    free(copy);
    return read;
}

static void expect(const struct pe *pe, bool read, int code, enum rt_severity severity,
                   uint64_t offset)
{
    struct seen seen;
    struct rt_pe ret;

    assert_int_equal(read_pe(pe, &ret, &seen), read);
    assert_int_equal(seen.n, code != 0);
    if (code == 0)
        return;
    assert_string_equal(romtool_error_name(seen.finding[0].code), romtool_error_name(code));
    assert_int_equal(seen.finding[0].severity, severity);
    assert_int_equal(seen.finding[0].offset, 1000 + offset);
    if (!read)
        assert_int_equal(ret.size, 0);
}

static void test_fields(void **state)
{
    (void)state;
    for (int plus = 0; plus < 2; plus++) {
        struct pe pe = make(plus == 1);
        struct seen seen;
        struct rt_pe ret;

        assert_true(read_pe(&pe, &ret, &seen));
        assert_int_equal(seen.n, 0);
        assert_int_equal(ret.machine, plus == 1 ? 0x8664 : 0x014c);
        assert_int_equal(ret.subsystem, 0x0b);
        assert_int_equal(ret.plus, plus);
        assert_int_equal(ret.sections, 2);
        assert_int_equal(ret.timestamp, 0x12345678);
        assert_int_equal(ret.header_at, HEADER);
        assert_int_equal(ret.headers_size, HEADERS);
        assert_int_equal(ret.checksum_at, OPTIONAL + 0x40);
        assert_int_equal(ret.security_at, security_at(&pe));
        assert_int_equal(ret.certificates_at, 0);
        assert_int_equal(ret.signatures, 0);
        assert_int_equal(ret.size, HEADERS + 2 * SECTION);
    }
    assert_string_equal(rt_pe_machine_name(0x8664), "x86-64");
    assert_string_equal(rt_pe_machine_name(0xaa64), "aarch64");
    assert_null(rt_pe_machine_name(0));
}

static void test_bad_pe(void **state)
{
    static const struct {
        size_t at;
        unsigned n;
        uint64_t value;
        size_t offset;
    } cases[] = {
        {0, 1, 'N', 0},
        {0x3c, 4, 0xffffffff, 0x3c},
        {0x3c, 4, HEADER + 1, 0x3c},
        {0x3c, 4, HEADERS + 2 * SECTION - 0x18, 0x3c},
        {HEADER, 1, 'X', 0x3c},
        {HEADER + 6, 2, 97, HEADER + 6},
        {HEADER + 6, 2, 9, OPTIONAL + 0xf0}, /* more than the headers have room for */
        {HEADER + 0x14, 2, 0x6f, OPTIONAL},
        {HEADER + 0x14, 2, 0xffff, OPTIONAL},
        {HEADER + 0x14, 2, 0xf8, OPTIONAL + 0x6c},
        {OPTIONAL, 2, 0x107, OPTIONAL},
        {OPTIONAL + 0x6c, 4, 17, OPTIONAL + 0x6c},
        {OPTIONAL + 0x6c, 4, 15, OPTIONAL + 0x6c},
        {OPTIONAL + 0x3c, 4, 0xffffffff, OPTIONAL + 0xf0},
        {OPTIONAL + 0x3c, 4, OPTIONAL, OPTIONAL + 0xf0},
        {OPTIONAL + 0xf0 + 0x10, 4, 0xffffffff, OPTIONAL + 0xf0},
        {OPTIONAL + 0xf0 + 0x14, 4, 0, OPTIONAL + 0xf0},
        {OPTIONAL + 0xf0 + 40 + 0x14, 4, HEADERS + SECTION + 1, OPTIONAL + 0xf0 + 40},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pe pe = make(true);

        put(&pe, cases[i].at, cases[i].n, cases[i].value);
        expect(&pe, false, ROMTOOL_E_BAD_PE, RT_ERROR, cases[i].offset);
    }
}

/* One directory more than there are, and room for it. */
static void test_too_many_directories(void **state)
{
    struct pe pe = make(true);

    (void)state;
    put(&pe, OPTIONAL + 0x6c, 4, 17);
    put(&pe, HEADER + 0x14, 2, 0xf8);
    put(&pe, HEADER + 0x06, 2, 0);
    expect(&pe, false, ROMTOOL_E_BAD_PE, RT_ERROR, OPTIONAL + 0x6c);
}

static void test_every_truncation(void **state)
{
    struct pe pe = make(true);

    (void)state;
    certify(&pe, 40, 0x0200, 2);
    for (size_t size = pe.size; pe.size > 0;) {
        struct seen seen;
        struct rt_pe ret;

        pe.size--;
        /* without its certificates it is a PE still, but says that it has them */
        assert_int_equal(read_pe(&pe, &ret, &seen), pe.size >= HEADERS + 2 * SECTION);
        assert_true(pe.size < size && seen.n == 1);
    }
}

/* Neither empty sections nor a short table of directories are faults. */
static void test_unusual(void **state)
{
    struct pe pe = make(true);
    struct seen seen;
    struct rt_pe ret;

    (void)state;
    put(&pe, sections_at(&pe) + 40 + 0x10, 4, 0);
    put(&pe, sections_at(&pe) + 40 + 0x14, 4, 0xffffffff);
    expect(&pe, true, 0, RT_INFO, 0);
    pe = make(true);
    put(&pe, directories_at(&pe) - 4, 4, 2);
    put(&pe, HEADER + 0x14, 2, 0x70 + 2 * 8);
    put(&pe, HEADER + 0x06, 2, 0);
    assert_true(read_pe(&pe, &ret, &seen));
    assert_int_equal(ret.security_at, 0);
    assert_int_equal(ret.size, HEADERS);
}

/* ------------------------------------------------------------------------- certificates */

static void test_certificates(void **state)
{
    struct pe pe = make(true);
    struct rt_bytes signature;
    struct seen seen;
    struct rt_pe ret;

    (void)state;
    certify(&pe, 43, 0x0200, 2);
    certify(&pe, 16, 0x0200, 2);
    assert_true(read_pe(&pe, &ret, &seen));
    assert_int_equal(seen.n, 0);
    assert_int_equal(ret.certificates_at, HEADERS + 2 * SECTION);
    assert_int_equal(ret.certificates_size, 48 + 16);
    assert_int_equal(ret.signatures, 2);
    assert_int_equal(ret.size, pe.size);
    assert_true(rt_pe_signature((struct rt_bytes){pe.data, pe.size}, &ret, 0, &signature));
    assert_int_equal(signature.len, 43 - 8);
    assert_ptr_equal(signature.data, pe.data + HEADERS + 2 * SECTION + 8);
    assert_true(rt_pe_signature((struct rt_bytes){pe.data, pe.size}, &ret, 1, &signature));
    assert_int_equal(signature.len, 8);
    assert_false(rt_pe_signature((struct rt_bytes){pe.data, pe.size}, &ret, 2, &signature));
    pe = make(true);
    certify(&pe, 40, 0x0200, 1); /* X.509, not PKCS#7 */
    expect(&pe, true, ROMTOOL_E_BAD_CERTIFICATE, RT_WARNING, HEADERS + 2 * SECTION);
    pe = make(true);
    certify(&pe, 40, 0x0100, 2);
    expect(&pe, true, ROMTOOL_E_BAD_CERTIFICATE, RT_WARNING, HEADERS + 2 * SECTION);
}

static void test_bad_certificate(void **state)
{
    static const struct {
        uint64_t at, size; /* the directory entry; 0: as it is */
        uint64_t length;   /* of the certificate; 0: as it is */
        bool in_entry;     /* the fault is there */
    } cases[] = {
        {0xffffff00, 0, 0, true},
        {0, 0xffffffff, 0, true},
        {HEADERS + 2 * SECTION + 8, 0, 0, true}, /* it would end behind the file */
        {0, 0, 7, false},
        {0, 0, 41, false},
        {0, 0, 0xffffffff, false},
        {0, 4, 0, false}, /* also bytes behind the table */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pe pe = make(true);
        size_t at = pe.size;
        struct seen seen;
        struct rt_pe ret;

        certify(&pe, 40, 0x0200, 2);
        if (cases[i].at != 0)
            put(&pe, security_at(&pe), 4, cases[i].at);
        if (cases[i].size != 0)
            put(&pe, security_at(&pe) + 4, 4, cases[i].size);
        if (cases[i].length != 0)
            put(&pe, at, 4, cases[i].length);
        assert_true(read_pe(&pe, &ret, &seen));
        assert_true(seen.n >= 1);
        assert_int_equal(seen.finding[0].code, ROMTOOL_E_BAD_CERTIFICATE);
        assert_int_equal(seen.finding[0].severity, RT_ERROR);
        assert_int_equal(seen.finding[0].offset,
                         1000 + (cases[i].in_entry ? security_at(&pe) : at));
        assert_int_equal(ret.signatures, 0);
    }
}

static void test_misplaced_certificates(void **state)
{
    struct pe pe = make(true);

    (void)state;
    pe.size += 4; /* no multiple of 8 */
    certify(&pe, 40, 0x0200, 2);
    expect(&pe, true, ROMTOOL_E_BAD_CERTIFICATE, RT_ERROR, HEADERS + 2 * SECTION + 4);
    pe = make(true);
    certify(&pe, 40, 0x0200, 2);
    put(&pe, HEADERS + SECTION, 4, SECTION + 40); /* over the second section */
    put(&pe, HEADERS + SECTION + 4, 4, 0x00020200);
    put(&pe, security_at(&pe), 4, HEADERS + SECTION);
    put(&pe, security_at(&pe) + 4, 4, SECTION + 40);
    expect(&pe, true, ROMTOOL_E_BAD_CERTIFICATE, RT_ERROR, HEADERS + SECTION);
    pe = make(true);
    certify(&pe, 40, 0x0200, 2); /* by eight bytes only */
    put(&pe, HEADERS + 2 * SECTION - 8, 4, 48);
    put(&pe, HEADERS + 2 * SECTION - 4, 4, 0x00020200);
    put(&pe, security_at(&pe), 4, HEADERS + 2 * SECTION - 8);
    put(&pe, security_at(&pe) + 4, 4, 48);
    expect(&pe, true, ROMTOOL_E_BAD_CERTIFICATE, RT_ERROR, HEADERS + 2 * SECTION - 8);
}

static void test_not_at_the_end(void **state)
{
    struct pe pe = make(true);

    (void)state;
    certify(&pe, 40, 0x0200, 2);
    expect(&pe, true, 0, RT_INFO, 0);
    pe.size++;
    expect(&pe, true, ROMTOOL_E_CERTIFICATE_NOT_AT_END, RT_ERROR, pe.size - 1);
    pe = make(true);
    pe.size += 64; /* unsigned, nobody cares */
    expect(&pe, true, 0, RT_INFO, 0);
}

/* ------------------------------------------------------------------------- what is signed */

struct pieces {
    uint8_t data[MOST];
    size_t size, n;
};

static void add_piece(void *user, struct rt_bytes piece)
{
    struct pieces *pieces = user;

    assert_true(piece.len > 0 && piece.len <= MOST - pieces->size);
    memcpy(pieces->data + pieces->size, piece.data, piece.len);
    pieces->size += piece.len;
    pieces->n++;
}

static bool collect(const struct pe *pe, struct pieces *ret)
{
    struct seen seen;
    struct rt_pe read;

    *ret = (struct pieces){.n = 0};
    assert_true(read_pe(pe, &read, &seen));
    return rt_pe_signed_pieces((struct rt_bytes){pe->data, pe->size}, &read, add_piece, ret);
}

static void drop(struct pe *pe, size_t at, size_t n)
{
    memmove(pe->data + at, pe->data + at + n, pe->size - at - n);
    pe->size -= n;
}

/* All but the checksum, the directory entry and the certificates. */
static void test_signed_pieces(void **state)
{
    (void)state;
    for (int plus = 0; plus < 2; plus++) {
        struct pe pe = make(plus == 1), expected;
        struct pieces pieces;

        memset(pe.data + pe.size, 't', 24); /* data behind the sections */
        pe.size += 24;
        expected = pe;
        certify(&pe, 40, 0x0200, 2);
        memcpy(expected.data, pe.data, HEADERS);
        drop(&expected, security_at(&pe), 8);
        drop(&expected, OPTIONAL + 0x40, 4);
        assert_true(collect(&pe, &pieces));
        assert_int_equal(pieces.size, expected.size);
        assert_memory_equal(pieces.data, expected.data, expected.size);
    }
}

/* In the order of the file, whatever the order of their headers. */
static void test_sections_in_another_order(void **state)
{
    struct pe pe = make(true), swapped = make(true);
    struct pieces in_order, pieces;

    (void)state;
    put(&swapped, sections_at(&pe) + 0x14, 4, HEADERS + SECTION);
    put(&swapped, sections_at(&pe) + 40 + 0x14, 4, HEADERS);
    assert_true(collect(&pe, &in_order));
    assert_true(collect(&swapped, &pieces));
    assert_int_equal(pieces.size, in_order.size);
    assert_memory_equal(pieces.data + HEADERS - 12, in_order.data + HEADERS - 12, 2 * SECTION);
}

/* Sections that share bytes leave nothing to tell what is behind them. */
static void test_sections_that_overlap(void **state)
{
    struct pe pe = make(true);
    struct pieces pieces;

    (void)state;
    put(&pe, sections_at(&pe) + 0x10, 4, 2 * SECTION);
    assert_false(collect(&pe, &pieces));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_bad_pe),
        cmocka_unit_test(test_too_many_directories),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_unusual),
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_bad_certificate),
        cmocka_unit_test(test_misplaced_certificates),
        cmocka_unit_test(test_not_at_the_end),
        cmocka_unit_test(test_signed_pieces),
        cmocka_unit_test(test_sections_in_another_order),
        cmocka_unit_test(test_sections_that_overlap),
    };

    return cmocka_run_group_tests_name("pe", tests, NULL, NULL);
}
