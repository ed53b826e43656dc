/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests of verify/identify: a file, a guest's block that it is loaded into, and what is found.
 * The table of known releases is the test's own: rt_known_find() and rt_known_all() are here.
 */
#ifndef TESTS_UNIT_IDENTIFY_GROUND_H
#define TESTS_UNIT_IDENTIFY_GROUND_H

#include "verify/identify.h"

#include "tests/support/rom-words.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Its last byte is no fill. */
#define CONTENT "x86 efi patch:at=2047,bytes=ee "

/* Ids that no device of QEMU's has, and no image here unless it is said. */
enum { VENDOR = 0x4321, DEVICE = 0x8765 };

/* ------------------------------------------------------------------------- known releases */

static struct rt_known_rom known[16];
static size_t n_known;

const struct rt_known_rom *rt_known_all(size_t *ret_n)
{
    *ret_n = n_known;
    return known;
}

const struct rt_known_rom *rt_known_find(const uint8_t sha256[RT_SHA256_SIZE], size_t *ret_n)
{
    size_t first = 0;

    *ret_n = 0;
    while (first < n_known && memcmp(known[first].sha256, sha256, RT_SHA256_SIZE) != 0)
        first++;
    while (first + *ret_n < n_known &&
           memcmp(known[first + *ret_n].sha256, sha256, RT_SHA256_SIZE) == 0)
        ++*ret_n;
    return *ret_n > 0 ? &known[first] : NULL;
}

static inline void sha256_of(struct rt_bytes bytes, uint8_t ret[RT_SHA256_SIZE])
{
    assert_int_equal(rt_digest_sha256(bytes, ret, NULL), 0);
}

static inline void add_known(struct rt_bytes file, uint16_t release)
{
    assert_true(n_known < COUNT(known));
    known[n_known] = (struct rt_known_rom){.size = (uint32_t)file.len, .release = release};
    sha256_of(file, known[n_known++].sha256);
}

/* Of sizes below, between and beyond, in no order. */
static inline void add_others(void)
{
    static const uint32_t sizes[] = {4096, 100, 65536, 2560, 1536, 3000, 0x1000000};

    for (size_t i = 0; i < COUNT(sizes); i++)
        known[n_known++] = (struct rt_known_rom){.size = sizes[i]};
}

/* ------------------------------------------------------------------------- guests */

static struct rom_builder rb;
static uint8_t *memory;
static struct rt_identifier identifier;
static struct rt_identity found;

static inline struct rt_bytes file(void)
{
    return (struct rt_bytes){rb.data, rb.size};
}

static inline void build(const char *words)
{
    rb_free(&rb);
    rb = (struct rom_builder){0};
    rb_words(&rb, words);
}

/* As explicit romfile=. */
static inline void load(size_t slot)
{
    assert_true(rb.size <= slot);
    free(memory);
    memory = calloc(slot, 1);
    assert_non_null(memory);
    memcpy(memory, rb.data, rb.size);
    rt_identify_begin(&identifier, (struct rt_bytes){memory, slot});
}

/* As the default ROM of a device with these ids. */
static inline void load_default(size_t slot, uint16_t vendor, uint16_t device)
{
    struct rt_rom_patch patch;

    load(slot);
    rt_rom_patch_ids(file(), vendor, device, &patch);
    for (size_t i = 0; i < patch.n; i++)
        memory[patch.bytes[i].offset] = patch.bytes[i].to;
    rt_identify_begin(&identifier, (struct rt_bytes){memory, slot});
}

static inline void alter(size_t at)
{
    assert_true(at < identifier.block.len);
    memory[at] ^= 0x10;
    rt_identify_begin(&identifier, identifier.block);
}

static inline void expect_nothing(void)
{
    static const struct rt_identity nothing;

    assert_memory_equal(&found, &nothing, sizeof(found));
}

/* The first n bytes of the file that was built. */
static inline void expect_bytes(enum rt_identity_kind kind, size_t n)
{
    uint8_t sha256[RT_SHA256_SIZE];

    assert_int_equal(found.kind, kind);
    assert_int_equal(found.size, n);
    sha256_of((struct rt_bytes){rb.data, n}, sha256);
    assert_memory_equal(found.sha256, sha256, sizeof(sha256));
    assert_int_equal(found.altered_at, 0);
    assert_int_equal(found.n_altered, 0);
}

static inline void expect_ids(uint16_t vendor, uint16_t device, uint16_t to_vendor,
                              uint16_t to_device)
{
    assert_int_equal(found.patched, to_vendor != 0);
    assert_int_equal(found.vendor, vendor);
    assert_int_equal(found.device, device);
    assert_int_equal(found.to_vendor, to_vendor);
    assert_int_equal(found.to_device, to_device);
}

static inline void expect_altered(size_t at, size_t n)
{
    static const uint8_t none[RT_SHA256_SIZE];

    assert_int_equal(found.kind, RT_IDENTITY_ALTERED);
    assert_int_equal(found.size, rb.size);
    assert_memory_equal(found.sha256, none, sizeof(none));
    assert_int_equal(found.altered_at, at);
    assert_int_equal(found.n_altered, n);
}

/* ------------------------------------------------------------------------- what is found */

static inline size_t find_known(void)
{
    const struct rt_known_rom *roms;
    struct romtool_error err;
    size_t n;

    assert_int_equal(rt_identify_known(&identifier, &found, &roms, &n, &err), 0);
    assert_int_equal(err.code, 0);
    assert_int_equal(found.kind, n > 0 ? RT_IDENTITY_INTACT : RT_IDENTITY_UNKNOWN);
    assert_int_equal(roms == NULL, n == 0);
    if (n == 0)
        expect_nothing();
    else
        assert_memory_equal(roms->sha256, found.sha256, RT_SHA256_SIZE);
    return n;
}

static struct rt_manifest_image image;
static struct rt_manifest_rom stated;

/* What a manifest states of the file that was built; ids of no image where vendor is 0. */
static inline void state_rom(size_t content_length, uint16_t vendor, uint16_t device)
{
    image = (struct rt_manifest_image){.vendor = vendor, .device = device};
    stated = (struct rt_manifest_rom){
        .size = rb.size,
        .content_length = content_length,
        .images = &image,
        .n_images = vendor != 0 ? 1 : 0,
    };
    sha256_of(file(), stated.sha256);
    if (content_length <= rb.size)
        sha256_of((struct rt_bytes){rb.data, content_length}, stated.content_sha256);
}

static inline enum rt_identity_kind find_stated(void)
{
    struct romtool_error err;

    assert_int_equal(rt_identify_stated(&identifier, &stated, &found, &err), 0);
    assert_int_equal(err.code, 0);
    if (found.kind == RT_IDENTITY_UNKNOWN)
        expect_nothing();
    return found.kind;
}

static inline enum rt_identity_kind find_file(struct rt_bytes given)
{
    struct romtool_error err;

    assert_int_equal(rt_identify_file(&identifier, given, &found, &err), 0);
    assert_int_equal(err.code, 0);
    if (found.kind == RT_IDENTITY_UNKNOWN)
        expect_nothing();
    return found.kind;
}

static inline int end_ground(void **state)
{
    (void)state;
    rb_free(&rb);
    free(memory);
    return 0;
}

#endif
