/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every bit of a signed release, flipped; every cut; every byte behind the end: refused, through
 * the library's own calls. What nobody signs is named here and nothing else is: the text of
 * minisign's untrusted comment and DSSE's key ids, which only say where to look.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "manifests/dsse.h"
#include "manifests/manifest.h"
#include "manifests/minisign-sign.h"
#include "manifests/public-key.h"

enum {
    ED25519,
    P256,
    P384,
    SECOND, /* another Ed25519 key */
    SIGNERS,
};

static const enum rt_key_algorithm algorithms[SIGNERS] = {
    [ED25519] = RT_KEY_ED25519,
    [P256] = RT_KEY_P256,
    [P384] = RT_KEY_P384,
    [SECOND] = RT_KEY_ED25519,
};

static struct rt_key_private *private_keys[SIGNERS];
static struct rt_buffer key_texts[SIGNERS];
static struct romtool_blob trusted[SIGNERS]; /* in this test, since each key costs its time */
static size_t n_trusted;
static char names[SIGNERS][2 * RT_SHA256_SIZE + 1];
static struct rt_buffer manifest; /* a small one: each of its bits costs a verification */

static struct rt_bytes bytes_in(const struct rt_buffer *buf)
{
    return (struct rt_bytes){(const uint8_t *)buf->data, buf->len};
}

static struct romtool_blob blob_of(const struct rt_buffer *buf)
{
    return (struct romtool_blob){buf->data, buf->len};
}

static struct rt_buffer copy_of(const struct rt_buffer *buf)
{
    struct rt_buffer copy = {0};

    rt_buffer_append(&copy, buf->data, buf->len);
    return copy;
}

static void trust(const int *signers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        trusted[i] = blob_of(&key_texts[signers[i]]);
    n_trusted = n;
}

/* An envelope around the manifest, signed by some of the signers, who alone are trusted. */
static struct rt_buffer envelope(const int *by, size_t n)
{
    struct rt_dsse_signature signatures[SIGNERS];
    struct rt_key_signature made[SIGNERS];
    struct rt_buffer pae = {0}, ret = {0};

    trust(by, n);
    assert_int_equal(rt_dsse_pae(bytes_in(&manifest), &pae, NULL), 0);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(rt_key_sign(private_keys[by[i]], bytes_in(&pae), &made[i], NULL), 0);
        signatures[i] = (struct rt_dsse_signature){names[by[i]], {made[i].data, made[i].len}};
    }
    assert_int_equal(rt_dsse_write(bytes_in(&manifest), signatures, n, &ret, NULL), 0);
    rt_buffer_free(&pae);
    return ret;
}

static struct rt_buffer minisig(int by)
{
    struct rt_buffer ret = {0};

    trust(&by, 1);
    assert_int_equal(rt_minisign_sign(private_keys[by], bytes_in(&manifest), "c", &ret, NULL), 0);
    return ret;
}

static int try_open(struct romtool_blob text, struct romtool_blob signature, size_t threshold)
{
    const struct romtool_policy policy = {.threshold = (uint32_t)threshold};
    struct romtool_manifest *opened = (void *)&opened;
    struct romtool_error err;
    int r = romtool_manifest_open_policy(&text, &signature, 1, trusted, n_trusted, &policy, &opened,
                                         &err);

    assert_true((opened != NULL) == (r == 0));
    assert_int_equal(err.code, r);
    romtool_manifest_free(opened);
    return r;
}

static bool is_refused(int r)
{
    return romtool_error_verdict(r) == ROMTOOL_REFUSED;
}

/* ------------------------------------------------------------------------- what nobody signs */

static bool lies_in(size_t at, const char *begin, size_t n, const struct rt_buffer *text)
{
    size_t start = (size_t)(begin - text->data);

    return at >= start && at < start + n;
}

/* Does the byte belong to the text of the untrusted comment? */
static bool is_comment(const struct rt_buffer *text, size_t at)
{
    static const char prefix[] = "untrusted comment: ";

    return text->data[0] == 'u' && lies_in(at, text->data + strlen(prefix),
                                           strcspn(text->data, "\n") - strlen(prefix), text);
}

/* Does it belong to a key id of an envelope, or to what it is called there? */
static bool is_keyid(const struct rt_buffer *text, size_t at)
{
    static const char member[] = "\"keyid\":";
    const char *found = text->data;

    while (text->data[0] == '{' && (found = strstr(found, member)) != NULL) {
        if (lies_in(at, found + 1, strlen("keyid"), text) ||
            lies_in(at, found + strlen(member) + 1, 2 * RT_SHA256_SIZE, text))
            return true;
        found++;
    }
    return false;
}

/* May the byte stand in a JSON string as it is? */
static bool is_plain(char c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

/* ------------------------------------------------------------------------- damage */

static void every_flip(const struct rt_buffer *signature, size_t threshold)
{
    struct rt_buffer copy = copy_of(signature);
    size_t lost_hints = 0;

    assert_int_equal(try_open(blob_of(&manifest), blob_of(&copy), threshold), 0);
    for (size_t bit = 0; bit < 8 * copy.len; bit++) {
        size_t at = bit / 8;
        bool keyid = is_keyid(&copy, at);
        int r;

        if (is_comment(&copy, at))
            continue;
        copy.data[at] ^= (char)(1 << bit % 8);
        r = try_open(blob_of(&manifest), blob_of(&copy), threshold);
        if (keyid && is_plain(copy.data[at]) ? r != 0 : !is_refused(r))
            fail_msg("bit %zu of byte %zu: %d", bit % 8, at, r);
        lost_hints += r == 0 ? 1 : 0;
        copy.data[at] ^= (char)(1 << bit % 8);
    }
    assert_true((lost_hints > 0) == (copy.data[0] == '{'));
    assert_int_equal(try_open(blob_of(&manifest), blob_of(&copy), threshold), 0);
    rt_buffer_free(&copy);
}

/* Each length in a block of its own, so that nothing behind it can be read unseen. */
static void every_cut(const struct rt_buffer *signature, size_t threshold)
{
    for (size_t n = 0; n < signature->len; n++) {
        char *cut = malloc(n > 0 ? n : 1);
        int r;

        assert_non_null(cut);
        memcpy(cut, signature->data, n);
        r = try_open(blob_of(&manifest), (struct romtool_blob){cut, n}, threshold);
        if (!is_refused(r))
            fail_msg("the first %zu bytes: %d", n, r);
        free(cut);
    }
}

/* One byte more, of each value; JSON may end in its white space. */
static void every_byte_behind(const struct rt_buffer *signature, size_t threshold)
{
    struct rt_buffer copy = copy_of(signature);
    size_t n = copy.len;

    assert_non_null(rt_buffer_extend(&copy, 1));
    for (int c = 0; c < 256; c++) {
        bool space = strchr(" \t\n\r", c) != NULL && c != 0 && signature->data[0] == '{';
        int r;

        copy.data[n] = (char)c;
        r = try_open(blob_of(&manifest), blob_of(&copy), threshold);
        if (space ? r != 0 : !is_refused(r))
            fail_msg("0x%02x behind it: %d", (unsigned)c, r);
    }
    rt_buffer_free(&copy);
}

static void damage(struct rt_buffer signature, size_t threshold)
{
    every_flip(&signature, threshold);
    every_cut(&signature, threshold);
    every_byte_behind(&signature, threshold);
    rt_buffer_free(&signature);
}

static void test_minisig(void **state)
{
    (void)state;
    damage(minisig(ED25519), 1);
}

static void test_dsse_ed25519(void **state)
{
    (void)state;
    damage(envelope((const int[]){ED25519}, 1), 1);
}

static void test_dsse_p256(void **state)
{
    (void)state;
    damage(envelope((const int[]){P256}, 1), 1);
}

static void test_dsse_p384(void **state)
{
    (void)state;
    damage(envelope((const int[]){P384}, 1), 1);
}

/* Where two are needed, neither may be damaged. */
static void test_dsse_two_of_two(void **state)
{
    (void)state;
    damage(envelope((const int[]){ED25519, P256}, 2), 2);
}

/* Where one is enough, the other may be: a bad signature spoils no good one. */
static void test_dsse_one_of_two(void **state)
{
    struct rt_buffer text = envelope((const int[]){SECOND, ED25519}, 2);
    const char *sig = strstr(text.data, "\"sig\":\"") + strlen("\"sig\":\"");

    (void)state;
    for (size_t i = 0; i < 84; i++) { /* the last digits of 64 bytes have bits that must be zero */
        char *c = text.data + (sig - text.data) + i, was = *c;

        *c = was == 'A' ? 'B' : 'A';
        assert_int_equal(try_open(blob_of(&manifest), blob_of(&text), 1), 0);
        assert_int_equal(try_open(blob_of(&manifest), blob_of(&text), 2), ROMTOOL_E_THRESHOLD);
        *c = was;
    }
    assert_int_equal(try_open(blob_of(&manifest), blob_of(&text), 2), 0);
    rt_buffer_free(&text);
}

/* ------------------------------------------------------------------------- the manifest */

static void damage_manifest(struct rt_buffer signature, size_t threshold)
{
    struct rt_buffer copy = copy_of(&manifest);

    for (size_t bit = 0; bit < 8 * copy.len; bit++) {
        int r;

        copy.data[bit / 8] ^= (char)(1 << bit % 8);
        r = try_open(blob_of(&copy), blob_of(&signature), threshold);
        if (!is_refused(r))
            fail_msg("bit %zu of byte %zu: %d", bit % 8, bit / 8, r);
        copy.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    for (size_t n = 0; n < copy.len; n++) {
        int r = try_open((struct romtool_blob){copy.data, n}, blob_of(&signature), threshold);

        if (!is_refused(r))
            fail_msg("the first %zu bytes: %d", n, r);
    }
    assert_int_equal(try_open(blob_of(&copy), blob_of(&signature), threshold), 0);
    assert_non_null(rt_buffer_extend(&copy, 1));
    for (int c = 0; c < 256; c++) {
        copy.data[copy.len - 1] = (char)c;
        assert_true(is_refused(try_open(blob_of(&copy), blob_of(&signature), threshold)));
    }
    rt_buffer_free(&copy);
    rt_buffer_free(&signature);
}

static void test_manifest_minisig(void **state)
{
    (void)state;
    damage_manifest(minisig(ED25519), 1);
}

static void test_manifest_dsse(void **state)
{
    (void)state;
    damage_manifest(envelope((const int[]){ED25519}, 1), 1);
    damage_manifest(envelope((const int[]){P256, P384}, 2), 2);
}

/* The same damage in the manifest and in the envelope's payload: then the signature has to see it.
 */
static void damage_both(int by, size_t step)
{
    struct rt_buffer signed_text = envelope(&by, 1), text = {0}, copy = copy_of(&manifest);
    struct rt_dsse *dsse;
    struct rt_dsse_signature signature;

    assert_int_equal(rt_dsse_read(bytes_in(&signed_text), &dsse, NULL), 0);
    signature = rt_dsse_signature(dsse, 0);
    for (size_t bit = 0; bit < 8 * copy.len; bit += step) {
        copy.data[bit / 8] ^= (char)(1 << bit % 8);
        rt_buffer_free(&text);
        text = (struct rt_buffer){0};
        assert_int_equal(rt_dsse_write(bytes_in(&copy), &signature, 1, &text, NULL), 0);
        if (try_open(blob_of(&copy), blob_of(&text), 1) != ROMTOOL_E_BAD_SIGNATURE)
            fail_msg("bit %zu of byte %zu", bit % 8, bit / 8);
        copy.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    rt_dsse_free(dsse);
    rt_buffer_free(&signed_text);
    rt_buffer_free(&text);
    rt_buffer_free(&copy);
}

static void test_payload_ed25519(void **state)
{
    (void)state;
    damage_both(ED25519, 1);
}

/* ECDSA costs more: one bit of each byte, another one each time. */
static void test_payload_p256(void **state)
{
    (void)state;
    damage_both(P256, 7);
}

static void test_payload_p384(void **state)
{
    (void)state;
    damage_both(P384, 7);
}

static int set_up(void **state)
{
    struct rt_manifest_rom rom = {.file = "a", .sha256 = {1}, .size = 1, .slot = 1, .fill = -1};
    const struct rt_manifest model = {.product = "P",
                                      .channel = "C",
                                      .release = "R",
                                      .serial = 0,
                                      .created = -1,
                                      .profile = "p",
                                      .roms = &rom,
                                      .n_roms = 1};

    (void)state;
    for (int i = 0; i < SIGNERS; i++) {
        struct rt_key_public key;

        if (rt_key_generate(algorithms[i], &private_keys[i], NULL) != 0 ||
            rt_key_private_public(private_keys[i], &key, NULL) != 0 ||
            rt_key_public_name(&key, names[i], NULL) != 0)
            return -1;
        rt_key_public_write_pem(&key, &key_texts[i]);
    }
    return rt_manifest_write(&model, &manifest, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < SIGNERS; i++) {
        rt_key_private_free(private_keys[i]);
        rt_buffer_free(&key_texts[i]);
    }
    rt_buffer_free(&manifest);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_minisig),          cmocka_unit_test(test_dsse_ed25519),
        cmocka_unit_test(test_dsse_p256),        cmocka_unit_test(test_dsse_p384),
        cmocka_unit_test(test_dsse_two_of_two),  cmocka_unit_test(test_dsse_one_of_two),
        cmocka_unit_test(test_manifest_minisig), cmocka_unit_test(test_manifest_dsse),
        cmocka_unit_test(test_payload_ed25519),  cmocka_unit_test(test_payload_p256),
        cmocka_unit_test(test_payload_p384),
    };

    return cmocka_run_group_tests_name("flips", tests, set_up, tear_down);
}
