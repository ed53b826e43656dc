/* SPDX-License-Identifier: BSD-2-Clause */
/* minisign's files: what is read and what is refused, each with its name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/evp.h>

#include "manifests/base64.h"
#include "manifests/minisign-sign.h"
#include "manifests/private-key.h"
#include "manifests/public-key.h"

static struct rt_bytes bytes_of(const char *text)
{
    return (struct rt_bytes){(const uint8_t *)text, strlen(text)};
}

static struct rt_bytes bytes_in(const struct rt_buffer *buf)
{
    return (struct rt_bytes){(const uint8_t *)buf->data, buf->len};
}

/* A key pair of this run, and a signature by it over MESSAGE. */
#define MESSAGE "the message"
#define COMMENT "the trusted comment"

struct pair {
    struct rt_key_private *private;
    struct rt_key_public public;
};

static struct pair ours, theirs;
static struct rt_buffer signature_text;

static struct pair new_pair(void)
{
    struct pair pair = {0};

    if (rt_key_generate(RT_KEY_ED25519, &pair.private, NULL) == 0)
        (void)rt_key_private_public(pair.private, &pair.public, NULL);
    return pair;
}

/* Both steps of a verifier. */
static int verify(struct rt_bytes text, const struct rt_key_public *key, const char *message,
                  struct romtool_error *err)
{
    struct rt_minisign_signature signature;
    int r;

    if (err != NULL)
        rt_error_clear(err);
    r = rt_minisign_signature_read(text, &signature, err);
    return r < 0 ? r : rt_minisign_verify(&signature, key, bytes_of(message), err);
}

/* The n-th line of a text, from 1, with its end. */
static struct rt_bytes line_of(const struct rt_buffer *text, int n)
{
    const char *at = text->data;

    while (--n > 0)
        at = strchr(at, '\n') + 1;
    return (struct rt_bytes){(const uint8_t *)at, (size_t)(strchr(at, '\n') + 1 - at)};
}

/* The signature's text with one line, its end included, replaced. */
static struct rt_buffer with_line(int n, const char *line)
{
    struct rt_buffer ret = {0};

    for (int i = 1; i <= 4; i++) {
        struct rt_bytes old = line_of(&signature_text, i);

        if (i == n)
            rt_buffer_puts(&ret, line);
        else
            rt_buffer_append(&ret, old.data, old.len);
    }
    return ret;
}

/* Ed25519's signatures have one size. */
static int sign64(const struct rt_key_private *key, struct rt_bytes message,
                  uint8_t ret[RT_KEY_SIGNATURE_SIZE], struct romtool_error *err)
{
    struct rt_key_signature signature;
    int r = rt_key_sign(key, message, &signature, err);

    if (r == 0)
        assert_int_equal(signature.len, RT_KEY_SIGNATURE_SIZE);
    memcpy(ret, signature.data, RT_KEY_SIGNATURE_SIZE);
    return r;
}

/* ------------------------------------------------------------------------- public keys */

static void test_key_round_trip(void **state)
{
    struct rt_buffer text = {0};
    struct rt_key_public again;
    char id[17], line[80];

    (void)state;
    assert_int_equal(rt_minisign_key_write(&ours.public, &text, NULL), 0);
    rt_minisign_key_id(&ours.public, id);
    (void)snprintf(line, sizeof(line), "untrusted comment: minisign public key %s\nRW", id);
    assert_memory_equal(text.data, line, strlen(line));
    assert_int_equal(rt_minisign_key_read(bytes_in(&text), &again, NULL), 0);
    assert_true(again.own_id && rt_key_public_equal(&again, &ours.public));
    assert_memory_equal(again.id, ours.public.id, RT_KEY_ID_SIZE);
    rt_buffer_free(&text);
}

/* minisign-verify's tests, by minisign's author */
#define VECTOR_KEY    "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
#define VECTOR_OPENER "untrusted comment: signature from minisign secret key\n"

static const char vector_key[] =
    "untrusted comment: minisign public key E7620F1842B4E81F\n" VECTOR_KEY "\n";
static const char vector_legacy[] = VECTOR_OPENER
    "RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIas"
    "SSbXxwA=\n"
    "trusted comment: timestamp:1555779966\tfile:test\n"
    "QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA==\n";
static const char vector_prehashed[] = VECTOR_OPENER
    "RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo"
    "8KLzZwo=\n"
    "trusted comment: timestamp:1556193335\tfile:test\n"
    "y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==\n";

static void test_public_vectors(void **state)
{
    struct rt_key_public key;
    struct rt_minisign_signature signature;
    char id[17];

    (void)state;
    assert_int_equal(rt_minisign_key_read(bytes_of(vector_key), &key, NULL), 0);
    rt_minisign_key_id(&key, id);
    assert_string_equal(id, "E7620F1842B4E81F");
    assert_int_equal(verify(bytes_of(vector_prehashed), &key, "test", NULL), 0);
    assert_int_equal(verify(bytes_of(vector_legacy), &key, "test", NULL), 0);
    assert_int_equal(verify(bytes_of(vector_prehashed), &key, "Test", NULL),
                     ROMTOOL_E_BAD_SIGNATURE);
    assert_int_equal(verify(bytes_of(vector_legacy), &key, "Test", NULL), ROMTOOL_E_BAD_SIGNATURE);

    assert_int_equal(rt_minisign_signature_read(bytes_of(vector_prehashed), &signature, NULL), 0);
    assert_true(signature.prehashed);
    assert_int_equal(rt_minisign_signature_read(bytes_of(vector_legacy), &signature, NULL), 0);
    assert_false(signature.prehashed);
    assert_int_equal(signature.trusted_comment.len, strlen("timestamp:1555779966\tfile:test"));
    assert_memory_equal(signature.trusted_comment.data, "timestamp:1555779966\tfile:test",
                        signature.trusted_comment.len);
    rt_minisign_signature_key_id(&signature, id);
    assert_string_equal(id, "E7620F1842B4E81F");
}

#define K "untrusted comment: k\n"

static const struct key_text {
    const char *name, *text;
    int code;
    const char *sentence; /* where it begins */
} key_texts[] = {
    {"key_plain", K VECTOR_KEY "\n", 0, ""},
    {"key_without_last_line_end", K VECTOR_KEY, 0, ""},
    {"key_crlf", "untrusted comment: k\r\n" VECTOR_KEY "\r\n", 0, ""},
    {"key_comment_tab", "untrusted comment: a\tb\n" VECTOR_KEY "\n", 0, ""},
    {"key_comment_utf8", "untrusted comment: \xc3\xa9\n" VECTOR_KEY "\n", 0, ""},
    {"key_comment_empty", "untrusted comment: \n" VECTOR_KEY "\n", 0, ""},
    {"key_empty", "", ROMTOOL_E_BAD_KEY, "line 1: missing"},
    {"key_bare", VECTOR_KEY "\n", ROMTOOL_E_BAD_KEY, "line 1: does not begin with 'untrusted"},
    {"key_only_comment", K, ROMTOOL_E_BAD_KEY, "line 2: missing"},
    {"key_comment_unfinished", "untrusted comment: k", ROMTOOL_E_BAD_KEY, "line 1: missing"},
    {"key_comment_without_space", "untrusted comment:\n" VECTOR_KEY "\n", ROMTOOL_E_BAD_KEY,
     "line 1: does not begin with"},
    {"key_comment_escape", "untrusted comment: \033[31m\n" VECTOR_KEY "\n", ROMTOOL_E_BAD_KEY,
     "line 1: not printable UTF-8"},
    {"key_comment_cr", "untrusted comment: a\rb\n" VECTOR_KEY "\n", ROMTOOL_E_BAD_KEY,
     "line 1: not printable UTF-8"},
    {"key_comment_latin1", "untrusted comment: \xe9\n" VECTOR_KEY "\n", ROMTOOL_E_BAD_KEY,
     "line 1: not printable UTF-8"},
    {"key_two_concatenated", K VECTOR_KEY "\n" K VECTOR_KEY "\n", ROMTOOL_E_BAD_KEY,
     "line 3: nothing may follow"},
    {"key_empty_line_behind", K VECTOR_KEY "\n\n", ROMTOOL_E_BAD_KEY, "line 3: nothing may follow"},
    {"key_space_behind", K VECTOR_KEY " \n", ROMTOOL_E_BAD_KEY, "line 2: not 42 bytes in base64"},
    {"key_short", K "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFM=\n", ROMTOOL_E_BAD_KEY,
     "line 2: not 42 bytes in base64"},
    {"key_is_a_signature",
     K "RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJ"
       "bq71Wi+dP9eKL8OC351vwIasSSbXxwA=\n",
     ROMTOOL_E_BAD_KEY, "line 2: not 42 bytes in base64"},
    {"key_other_algorithm", K "RUQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\n",
     ROMTOOL_E_BAD_KEY, "line 2: not an Ed25519 key"},
    {"key_all_zero", K "RWQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
     ROMTOOL_E_BAD_KEY, "line 2: a key for which anybody can sign"},
};

static void test_key_text(void **state)
{
    static const struct rt_key_public none;
    const struct key_text *c = *state;
    struct rt_key_public key;
    struct romtool_error err;
    char id[17];
    int r;

    rt_error_clear(&err);
    r = rt_minisign_key_read(bytes_of(c->text), &key, &err);
    if (r != c->code || strncmp(err.text, c->sentence, strlen(c->sentence)) != 0)
        fail_msg("%d instead of %d: '%s' instead of '%s'", r, c->code, err.text, c->sentence);
    rt_minisign_key_id(&key, id);
    if (c->code == 0)
        assert_string_equal(id, "E7620F1842B4E81F");
    else
        assert_memory_equal(&key, &none, sizeof(key));
}

/* ------------------------------------------------------------------------- signatures */

static void test_sign_and_verify(void **state)
{
    struct rt_minisign_signature signature;
    struct romtool_error err;

    (void)state;
    assert_int_equal(verify(bytes_in(&signature_text), &ours.public, MESSAGE, &err), 0);
    assert_int_equal(rt_minisign_signature_read(bytes_in(&signature_text), &signature, &err), 0);
    assert_true(signature.prehashed);
    assert_memory_equal(signature.key_id, ours.public.id, RT_KEY_ID_SIZE);
    assert_int_equal(signature.trusted_comment.len, strlen(COMMENT));
    assert_memory_equal(signature.trusted_comment.data, COMMENT, strlen(COMMENT));
}

static void test_signing_is_deterministic(void **state)
{
    struct rt_buffer again = {0};

    (void)state;
    assert_int_equal(rt_minisign_sign(ours.private, bytes_of(MESSAGE), COMMENT, &again, NULL), 0);
    assert_string_equal(again.data, signature_text.data);
    rt_buffer_free(&again);
}

static void test_other_message_or_key(void **state)
{
    struct rt_key_public collision = theirs.public;
    struct romtool_error err;

    (void)state;
    assert_int_equal(verify(bytes_in(&signature_text), &ours.public, MESSAGE " ", &err),
                     ROMTOOL_E_BAD_SIGNATURE);
    assert_int_equal(verify(bytes_in(&signature_text), &theirs.public, MESSAGE, &err),
                     ROMTOOL_E_UNTRUSTED_KEY);
    assert_int_equal(strncmp(err.text, "signed by key ", 14), 0);
    /* another key that calls itself the same */
    memcpy(collision.id, ours.public.id, RT_KEY_ID_SIZE);
    assert_int_equal(verify(bytes_in(&signature_text), &collision, MESSAGE, &err),
                     ROMTOOL_E_BAD_SIGNATURE);
}

/* All bits but those of the untrusted comment's text, which nobody signs. */
static void test_every_bit_flip(void **state)
{
    const size_t first = strlen("untrusted comment: "), last = line_of(&signature_text, 1).len - 1;
    struct romtool_error err;
    size_t flips = 0;

    (void)state;
    for (size_t i = 0; i < signature_text.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            int r;

            if (i >= first && i < last)
                continue;
            signature_text.data[i] ^= (char)(1 << bit);
            r = verify(bytes_in(&signature_text), &ours.public, MESSAGE, &err);
            signature_text.data[i] ^= (char)(1 << bit);
            if (romtool_error_verdict(r) != ROMTOOL_REFUSED)
                fail_msg("bit %u of byte %zu: %d %s", bit, i, r, err.text);
            assert_int_equal(err.code, r);
            flips++;
        }
    }
    assert_int_equal(flips, 8 * (signature_text.len - (last - first)));
    assert_int_equal(verify(bytes_in(&signature_text), &ours.public, MESSAGE, &err), 0);
}

static void test_every_truncation(void **state)
{
    (void)state;
    for (size_t n = 0; n < signature_text.len; n++) {
        uint8_t *copy = malloc(n > 0 ? n : 1);

        assert_non_null(copy);
        memcpy(copy, signature_text.data, n);
        assert_int_equal(verify((struct rt_bytes){copy, n}, &ours.public, MESSAGE, NULL),
                         ROMTOOL_E_BAD_SIGNATURE);
        free(copy);
    }
}

/* One line replaced; "%s" stands for its own text without the line's end. */
static const struct changed_line {
    const char *name;
    int line;
    const char *text;
    int code;
    const char *sentence; /* where it begins */
} changed_lines[] = {
    {"line_1_other_comment", 1, "untrusted comment: x\n", 0, ""},
    {"line_1_crlf", 1, "%s\r\n", 0, ""},
    {"line_2_crlf", 2, "%s\r\n", 0, ""},
    {"line_3_crlf", 3, "%s\r\n", 0, ""},
    {"line_4_crlf", 4, "%s\r\n", 0, ""},
    {"line_1_missing", 1, "", ROMTOOL_E_BAD_SIGNATURE, "line 1: does not begin with"},
    {"line_2_missing", 2, "", ROMTOOL_E_BAD_SIGNATURE, "line 2: not 74 bytes in base64"},
    {"line_3_missing", 3, "", ROMTOOL_E_BAD_SIGNATURE, "line 3: does not begin with 'trusted"},
    {"line_4_missing", 4, "", ROMTOOL_E_BAD_SIGNATURE, "line 4: missing"},
    {"line_5_text", 4, "%s\nx", ROMTOOL_E_BAD_SIGNATURE, "line 5: nothing may follow"},
    {"line_5_empty", 4, "%s\n\n", ROMTOOL_E_BAD_SIGNATURE, "line 5: nothing may follow"},
    {"line_1_escape", 1, "untrusted comment: \033[2J\n", ROMTOOL_E_BAD_SIGNATURE,
     "line 1: not printable UTF-8"},
    {"line_3_escape", 3, "trusted comment: \033[2J\n", ROMTOOL_E_BAD_SIGNATURE,
     "line 3: not printable UTF-8"},
    {"line_3_cr", 3, "%s\r\r\n", ROMTOOL_E_BAD_SIGNATURE, "line 3: not printable UTF-8"},
    {"line_3_replaced", 3, "trusted comment: serial 2\n", ROMTOOL_E_BAD_SIGNATURE,
     "the trusted comment: the signature is not"},
    {"line_3_longer", 3, "%s \n", ROMTOOL_E_BAD_SIGNATURE, "the trusted comment: "},
    {"line_3_empty", 3, "trusted comment: \n", ROMTOOL_E_BAD_SIGNATURE, "the trusted comment: "},
    {"line_3_is_untrusted", 3, "untrusted comment: x\n", ROMTOOL_E_BAD_SIGNATURE,
     "line 3: does not begin with 'trusted comment: '"},
    {"line_2_space", 2, "%s \n", ROMTOOL_E_BAD_SIGNATURE, "line 2: not 74 bytes in base64"},
    {"line_4_space", 4, " %s\n", ROMTOOL_E_BAD_SIGNATURE, "line 4: not 64 bytes in base64"},
    {"line_4_zero", 4,
     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n",
     ROMTOOL_E_BAD_SIGNATURE, "the trusted comment: "},
};

static void test_changed_line(void **state)
{
    const struct changed_line *c = *state;
    struct rt_bytes old = line_of(&signature_text, c->line);
    struct rt_buffer line = {0}, text;
    struct romtool_error err;
    const char *hole = strstr(c->text, "%s");
    int r;

    rt_buffer_append(&line, c->text, hole != NULL ? (size_t)(hole - c->text) : strlen(c->text));
    if (hole != NULL) {
        rt_buffer_append(&line, old.data, old.len - 1);
        rt_buffer_puts(&line, hole + 2);
    }
    text = with_line(c->line, line.data);
    r = verify(bytes_in(&text), &ours.public, MESSAGE, &err);
    if (r != c->code || strncmp(err.text, c->sentence, strlen(c->sentence)) != 0)
        fail_msg("%d instead of %d: '%s' instead of '%s'", r, c->code, err.text, c->sentence);
    rt_buffer_free(&line);
    rt_buffer_free(&text);
}

/* minisign checks the first signature of such a file and stays silent about the rest. */
static void test_concatenated(void **state)
{
    struct rt_buffer second = {0}, both = {0};
    struct romtool_error err;

    (void)state;
    assert_int_equal(rt_minisign_sign(theirs.private, bytes_of(MESSAGE), "", &second, NULL), 0);
    assert_int_equal(verify(bytes_in(&second), &theirs.public, MESSAGE, NULL), 0);
    rt_buffer_puts(&both, signature_text.data);
    rt_buffer_puts(&both, second.data);
    assert_int_equal(verify(bytes_in(&both), &ours.public, MESSAGE, &err), ROMTOOL_E_BAD_SIGNATURE);
    assert_string_equal(err.text, "line 5: nothing may follow");
    assert_int_equal(err.offset, signature_text.len);
    rt_buffer_free(&second);
    rt_buffer_free(&both);
}

/* A comment and its global signature belong to one signature, not to another by the same key. */
static void test_comment_of_another_signature(void **state)
{
    struct rt_buffer other = {0}, mixed = {0};

    (void)state;
    assert_int_equal(rt_minisign_sign(ours.private, bytes_of("other"), "serial 9", &other, NULL),
                     0);
    for (int i = 1; i <= 4; i++) {
        struct rt_bytes line = line_of(i <= 2 ? &signature_text : &other, i);

        rt_buffer_append(&mixed, line.data, line.len);
    }
    assert_int_equal(verify(bytes_in(&mixed), &ours.public, MESSAGE, NULL),
                     ROMTOOL_E_BAD_SIGNATURE);
    rt_buffer_free(&other);
    rt_buffer_free(&mixed);
}

static void test_comment_limits(void **state)
{
    enum {
        /* minisign 0.11: 1023 and 8191 bytes of line, its end included */
        UNTRUSTED_MAX = 1022 - 19,
        TRUSTED_MAX = 8190 - 17,
    };
    char comment[TRUSTED_MAX + 2], line[1100];
    struct rt_buffer text = {0}, other;
    struct romtool_error err;

    (void)state;
    memset(comment, 'x', sizeof(comment));
    comment[TRUSTED_MAX] = '\0';
    assert_int_equal(rt_minisign_sign(ours.private, bytes_of(MESSAGE), comment, &text, NULL), 0);
    assert_int_equal(verify(bytes_in(&text), &ours.public, MESSAGE, NULL), 0);
    rt_buffer_free(&text);
    comment[TRUSTED_MAX] = 'x';
    comment[TRUSTED_MAX + 1] = '\0';
    assert_int_equal(rt_minisign_sign(ours.private, bytes_of(MESSAGE), comment, &text, NULL),
                     ROMTOOL_E_USAGE);
    assert_int_equal(rt_minisign_sign(ours.private, bytes_of(MESSAGE), "a\nb", &text, NULL),
                     ROMTOOL_E_USAGE);
    assert_int_equal(rt_minisign_sign(ours.private, bytes_of(MESSAGE), "\xff", &text, NULL),
                     ROMTOOL_E_USAGE);
    assert_int_equal(text.len, 0);
    for (int extra = 0; extra < 2; extra++) {
        (void)snprintf(line, sizeof(line), "untrusted comment: %.*s\n", UNTRUSTED_MAX + extra,
                       comment);
        other = with_line(1, line);
        assert_int_equal(verify(bytes_in(&other), &ours.public, MESSAGE, &err),
                         extra ? ROMTOOL_E_BAD_SIGNATURE : 0);
        assert_string_equal(err.text, extra ? "line 1: too long" : "");
        rt_buffer_free(&other);
    }
}

/* A signature file put together from parts. */
static struct rt_buffer assemble(const char *algorithm, const uint8_t signature[64],
                                 const char *comment)
{
    uint8_t blob[74], global[64];
    struct rt_buffer ret = {0}, message = {0};

    rt_buffer_append(&message, signature, 64);
    rt_buffer_puts(&message, comment);
    assert_int_equal(sign64(ours.private, bytes_in(&message), global, NULL), 0);
    rt_buffer_free(&message);
    memcpy(blob, algorithm, 2);
    memcpy(blob + 2, ours.public.id, RT_KEY_ID_SIZE);
    memcpy(blob + 10, signature, 64);
    rt_buffer_puts(&ret, "untrusted comment: x\n");
    rt_base64_append(&ret, (struct rt_bytes){blob, sizeof(blob)});
    rt_buffer_printf(&ret, "\ntrusted comment: %s\n", comment);
    rt_base64_append(&ret, (struct rt_bytes){global, sizeof(global)});
    rt_buffer_puts(&ret, "\n");
    return ret;
}

/* The two algorithms sign different bytes: neither passes for the other. */
static void test_legacy(void **state)
{
    uint8_t signature[64];
    struct rt_buffer text;

    (void)state;
    assert_int_equal(sign64(ours.private, bytes_of(MESSAGE), signature, NULL), 0);
    text = assemble("Ed", signature, COMMENT);
    assert_int_equal(verify(bytes_in(&text), &ours.public, MESSAGE, NULL), 0);
    assert_int_equal(verify(bytes_in(&text), &ours.public, "x", NULL), ROMTOOL_E_BAD_SIGNATURE);
    rt_buffer_free(&text);
    text = assemble("ED", signature, COMMENT);
    assert_int_equal(verify(bytes_in(&text), &ours.public, MESSAGE, NULL), ROMTOOL_E_BAD_SIGNATURE);
    rt_buffer_free(&text);
    text = assemble("eD", signature, COMMENT);
    assert_int_equal(verify(bytes_in(&text), &ours.public, MESSAGE, NULL), ROMTOOL_E_BAD_SIGNATURE);
    rt_buffer_free(&text);
}

static void test_unavailable(void **state)
{
    struct rt_buffer none = {0};

    (void)state;
    assert_int_equal(EVP_set_default_properties(NULL, "fips=yes"), 1);
    assert_int_equal(verify(bytes_in(&signature_text), &ours.public, MESSAGE, NULL),
                     ROMTOOL_E_UNAVAILABLE);
    assert_int_equal(verify(bytes_in(&signature_text), &ours.public, "x", NULL),
                     ROMTOOL_E_UNAVAILABLE);
    assert_int_equal(rt_minisign_sign(ours.private, bytes_of(MESSAGE), COMMENT, &none, NULL),
                     ROMTOOL_E_UNAVAILABLE);
    assert_int_equal(EVP_set_default_properties(NULL, ""), 1);
    assert_int_equal(none.len, 0);
}

static int set_up(void **state)
{
    (void)state;
    ours = new_pair();
    theirs = new_pair();
    if (ours.private == NULL || theirs.private == NULL)
        return -1;
    return rt_minisign_sign(ours.private, bytes_of(MESSAGE), COMMENT, &signature_text, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    rt_key_private_free(ours.private);
    rt_key_private_free(theirs.private);
    rt_buffer_free(&signature_text);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test(test_key_round_trip),
        cmocka_unit_test(test_public_vectors),
        cmocka_unit_test(test_sign_and_verify),
        cmocka_unit_test(test_signing_is_deterministic),
        cmocka_unit_test(test_other_message_or_key),
        cmocka_unit_test(test_every_bit_flip),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_concatenated),
        cmocka_unit_test(test_comment_of_another_signature),
        cmocka_unit_test(test_comment_limits),
        cmocka_unit_test(test_legacy),
        cmocka_unit_test(test_unavailable),
    };
    enum {
        N_PLAIN = sizeof(plain) / sizeof(plain[0]),
        N_KEYS = sizeof(key_texts) / sizeof(key_texts[0]),
        N_LINES = sizeof(changed_lines) / sizeof(changed_lines[0]),
    };
    struct CMUnitTest tests[N_PLAIN + N_KEYS + N_LINES] = {0}, *next = tests + N_PLAIN;

    memcpy(tests, plain, sizeof(plain));
    for (size_t i = 0; i < N_KEYS; i++, next++) {
        next->name = key_texts[i].name;
        next->test_func = test_key_text;
        next->initial_state = (void *)(uintptr_t)&key_texts[i];
    }
    for (size_t i = 0; i < N_LINES; i++, next++) {
        next->name = changed_lines[i].name;
        next->test_func = test_changed_line;
        next->initial_state = (void *)(uintptr_t)&changed_lines[i];
    }
    return cmocka_run_group_tests_name("minisign", tests, set_up, tear_down);
}
