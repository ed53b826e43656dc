/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening a manifest while memory runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

#include "core/json.h"
#include "failing.h"
#include "manifests/minisign-sign.h"
#include "manifests/private-key.h"
#include "manifests/public-key.h"
#include "manifests/open.h"

/* A small manifest, signed by a key of this run, and a signature by it over other bytes. */
static struct rt_key_private *private_key;
static struct rt_buffer manifest_text, key_text, right_text, wrong_text;

static struct romtool_blob blob_of(const struct rt_buffer *buf)
{
    return (struct romtool_blob){buf->data, buf->len};
}

/*
 * Opens the manifest with the n-th allocation failing, for every n, alone or with all that follow,
 * until one attempt needs fewer than n. Each has to end as it does with memory, or undecided.
 */
static void open_without_memory(const struct rt_buffer *signature_text, int expected)
{
    struct romtool_blob manifest = blob_of(&manifest_text), key = blob_of(&key_text);
    struct romtool_blob signature = blob_of(signature_text);
    struct romtool_manifest *opened;
    struct romtool_error err;
    bool enough = false;
    long n;
    int r = 0;

    for (n = 1; !enough; n++) {
        until_failure = n;
        r = romtool_manifest_open(&manifest, &signature, 1, &key, 1, &opened, &err);
        enough = until_failure > 0;
        until_failure = -1;
        if (r != expected && r != ROMTOOL_E_NO_MEMORY && r != ROMTOOL_E_UNAVAILABLE)
            fail_msg("allocation %ld: %d %s", n, r, err.text);
        assert_int_equal(err.code, r);
        assert_true((opened != NULL) == (r == 0));
        romtool_manifest_free(opened);
    }
    assert_int_equal(r, expected);
    assert_in_range(n, 10, 10000);
}

static void test_open(void **state)
{
    (void)state;
    from_then_on = false;
    open_without_memory(&right_text, 0);
    from_then_on = true;
    open_without_memory(&right_text, 0);
}

static void test_open_wrongly_signed(void **state)
{
    (void)state;
    from_then_on = false;
    open_without_memory(&wrong_text, ROMTOOL_E_BAD_SIGNATURE);
    from_then_on = true;
    open_without_memory(&wrong_text, ROMTOOL_E_BAD_SIGNATURE);
}

/*
 * JSON without strings: the tree of one is refused for want of memory, not for what is in it. (What
 * a string's own allocation fails with jansson 2.14 does not tell from a syntax error.)
 */
static void test_json(void **state)
{
    static const char text[] = "[1, [2, {}], [[], 3.5, true]]";
    struct rt_bytes bytes = {(const uint8_t *)text, sizeof(text) - 1};
    json_malloc_t old_malloc;
    json_free_t old_free;
    bool enough = false;
    long n;

    (void)state;
    from_then_on = false;
    json_get_alloc_funcs(&old_malloc, &old_free);
    json_set_alloc_funcs(malloc, free);
    for (n = 1; !enough; n++) {
        struct rt_json *json;
        struct romtool_error err;
        int r;

        rt_error_clear(&err);
        until_failure = n;
        r = rt_json_parse(bytes, &json, &err);
        enough = until_failure > 0;
        until_failure = -1;
        if (r != (enough ? 0 : ROMTOOL_E_NO_MEMORY))
            fail_msg("allocation %ld: %d %s", n, r, err.text);
        assert_int_equal(err.code, r);
        assert_true((json != NULL) == enough);
        rt_json_free(json);
    }
    json_set_alloc_funcs(old_malloc, old_free);
    assert_in_range(n, 8, 100);
}

/* Everything that makes a signed release: never a wrong byte, never another code. */
static void test_make(void **state)
{
    static const char comment[] = "c";
    struct rt_bytes bytes = {(const uint8_t *)manifest_text.data, manifest_text.len};
    struct rt_manifest_doc *doc;
    bool enough = false;

    (void)state;
    from_then_on = false;
    assert_int_equal(rt_manifest_read(bytes, &doc, NULL), 0);
    for (long n = 1; !enough; n++) {
        struct rt_buffer manifest = {0}, pem = {0}, public_text = {0}, signature = {0};
        struct rt_key_private *key = NULL;
        struct rt_key_public public;
        int r;

        until_failure = n;
        r = rt_manifest_write(rt_manifest_doc_model(doc), &manifest, NULL);
        if (r == 0)
            r = rt_key_generate(RT_KEY_ED25519, &key, NULL);
        if (r == 0)
            r = rt_private_key_write(key, (struct rt_bytes){NULL, 0}, &pem, NULL);
        if (r == 0)
            r = rt_key_private_public(key, &public, NULL);
        if (r == 0)
            r = rt_minisign_key_write(&public, &public_text, NULL);
        if (r == 0)
            r = rt_minisign_sign(key, bytes, comment, &signature, NULL);
        enough = until_failure > 0;
        until_failure = -1;
        assert_true(r == 0 || r == ROMTOOL_E_NO_MEMORY || r == ROMTOOL_E_UNAVAILABLE);
        assert_true(r == 0 || !enough);
        if (r == 0)
            assert_memory_equal(manifest.data, manifest_text.data, manifest_text.len);
        rt_key_private_free(key);
        rt_buffer_free(&manifest);
        rt_buffer_free(&pem);
        rt_buffer_free(&public_text);
        rt_buffer_free(&signature);
    }
    rt_manifest_doc_free(doc);
}

static int set_up(void **state)
{
    static const struct rt_manifest_image image = {"x86", 1, 1, 1};
    static const struct rt_slot_range machines[] = {{.family = "microvm"},
                                                    {"pc-q35", true, {2, 4, 0}, {7, 2, 0}}};
    static const struct rt_manifest_mandate mandate = {"e1000", machines, 2};
    const struct rt_manifest_rom rom = {
        .file = "a.rom",
        .sha256 = {1},
        .fsverity = {1},
        .size = 1,
        .slot = 1,
        .content_length = 1,
        .fill = -1,
        .images = &image,
        .n_images = 1,
        .mandates = &mandate,
        .n_mandates = 1,
    };
    static const struct rt_manifest_withdrawn withdrawn = {.sha256 = {2}, .reason = "r"};
    const struct rt_manifest model = {
        .product = "P",
        .channel = "C",
        .release = "R",
        .created = -1,
        .profile = "p",
        .roms = &rom,
        .n_roms = 1,
        .withdrawn = &withdrawn,
        .n_withdrawn = 1,
    };
    struct rt_key_public public;

    (void)state;
    if (rt_manifest_write(&model, &manifest_text, NULL) != 0 ||
        rt_key_generate(RT_KEY_ED25519, &private_key, NULL) != 0 ||
        rt_key_private_public(private_key, &public, NULL) != 0 ||
        rt_minisign_key_write(&public, &key_text, NULL) != 0)
        return -1;
    if (rt_minisign_sign(private_key, (struct rt_bytes){(const uint8_t *)"x", 1}, "c", &wrong_text,
                         NULL) != 0)
        return -1;
    return rt_minisign_sign(
        private_key, (struct rt_bytes){(const uint8_t *)manifest_text.data, manifest_text.len}, "c",
        &right_text, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    rt_key_private_free(private_key);
    rt_buffer_free(&manifest_text);
    rt_buffer_free(&key_text);
    rt_buffer_free(&right_text);
    rt_buffer_free(&wrong_text);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_open_wrongly_signed),
        cmocka_unit_test(test_make),
        cmocka_unit_test(test_json),
    };

    if (!fail_in_libcrypto_too())
        return 1;
    return cmocka_run_group_tests_name("manifest-memory", tests, set_up, tear_down);
}
