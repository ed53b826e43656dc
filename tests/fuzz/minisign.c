/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * minisign's files: what is read is written again as it was read. Nothing verifies but the two
 * signatures of minisign-verify's tests, whose private key nobody here has.
 */
#include "fuzz.h"

#include "manifests/minisign.h"
#include "manifests/public-key.h"

#include <string.h>

#define OPENER "untrusted comment: x\n"

static const char key_text[] = OPENER "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\n";

static const char *const signed_texts[] = {
    /* over the message itself */
    OPENER "RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351"
           "vwIasSSbXxwA=\n"
           "trusted comment: timestamp:1555779966\tfile:test\n"
           "QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/"
           "SfNQUaOAA==\n",
    /* over its digest */
    OPENER "RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/"
           "z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=\n"
           "trusted comment: timestamp:1556193335\tfile:test\n"
           "y/rUw2y8/hOUYjZU71eHp/"
           "Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==\n",
};

enum { SIGNED_TEXTS = sizeof(signed_texts) / sizeof(signed_texts[0]) };

static struct rt_bytes bytes_of(const char *text)
{
    return (struct rt_bytes){(const uint8_t *)text, strlen(text)};
}

static struct rt_bytes bytes_in(const struct rt_buffer *buf)
{
    return (struct rt_bytes){(const uint8_t *)buf->data, buf->len};
}

static bool is_equal(const struct rt_minisign_signature *a, const struct rt_minisign_signature *b)
{
    return memcmp(a->key_id, b->key_id, sizeof(a->key_id)) == 0 && a->prehashed == b->prehashed &&
           memcmp(a->signature, b->signature, sizeof(a->signature)) == 0 &&
           memcmp(a->global, b->global, sizeof(a->global)) == 0 &&
           a->trusted_comment.len == b->trusted_comment.len &&
           rt_bytes_equal_at(a->trusted_comment, 0, b->trusted_comment.data,
                             b->trusted_comment.len);
}

static bool is_one_of_two(const struct rt_minisign_signature *signature)
{
    struct rt_minisign_signature known;
    bool is = false;

    for (int i = 0; i < SIGNED_TEXTS; i++) {
        FUZZ_CHECK(rt_minisign_signature_read(bytes_of(signed_texts[i]), &known, NULL) == 0);
        is = is || is_equal(signature, &known);
    }
    return is;
}

static void check_verifying(const struct rt_minisign_signature *signature)
{
    struct rt_key_public key;
    struct romtool_error err;
    int r;

    FUZZ_CHECK(rt_minisign_key_read(bytes_of(key_text), &key, NULL) == 0);
    rt_error_clear(&err);
    r = rt_minisign_verify(signature, &key, bytes_of("test"), &err);
    FUZZ_CHECK(err.code == r);
    FUZZ_CHECK(r == 0 || r == ROMTOOL_E_UNTRUSTED_KEY || r == ROMTOOL_E_BAD_SIGNATURE);
    FUZZ_CHECK((r == 0) == is_one_of_two(signature));
    /* by whoever it is said to be */
    memcpy(key.id, signature->key_id, RT_KEY_ID_SIZE);
    r = rt_minisign_verify(signature, &key, bytes_of("Test"), NULL);
    FUZZ_CHECK(r == ROMTOOL_E_BAD_SIGNATURE);
}

static void read_signature(struct rt_bytes text)
{
    struct rt_minisign_signature signature, again;
    struct rt_buffer written = {0};
    struct romtool_error err;
    int r;

    rt_error_clear(&err);
    r = rt_minisign_signature_read(text, &signature, &err);
    FUZZ_CHECK(err.code == r && (err.text[0] != '\0') == (r < 0));
    FUZZ_CHECK(r == 0 || (r == ROMTOOL_E_BAD_SIGNATURE && err.offset <= text.len));
    if (r < 0)
        return;
    FUZZ_CHECK(rt_minisign_signature_write(&signature, &written, NULL) == 0);
    FUZZ_CHECK(rt_minisign_signature_read(bytes_in(&written), &again, NULL) == 0);
    FUZZ_CHECK(is_equal(&signature, &again));
    rt_buffer_free(&written);
    check_verifying(&signature);
}

static void read_key(struct rt_bytes text)
{
    struct rt_buffer written = {0};
    struct rt_key_public key, again;
    struct romtool_error err;
    int r;

    rt_error_clear(&err);
    r = rt_minisign_key_read(text, &key, &err);
    FUZZ_CHECK(err.code == r && (err.text[0] != '\0') == (r < 0));
    FUZZ_CHECK(r == 0 || (r == ROMTOOL_E_BAD_KEY && err.offset <= text.len));
    FUZZ_CHECK((key.algorithm == RT_KEY_ED25519) == (r == 0));
    if (r < 0)
        return;
    FUZZ_CHECK(key.own_id && rt_key_public_is_sound(&key));
    FUZZ_CHECK(rt_minisign_key_write(&key, &written, NULL) == 0);
    FUZZ_CHECK(rt_minisign_key_read(bytes_in(&written), &again, NULL) == 0);
    FUZZ_CHECK(memcmp(&key, &again, sizeof(key)) == 0);
    rt_buffer_free(&written);
}

static void read_secret(struct rt_bytes text)
{
    uint8_t secret[RT_MINISIGN_SECRET_SIZE];
    struct romtool_error err;
    int r;

    rt_error_clear(&err);
    r = rt_minisign_secret_read(text, secret, &err);
    FUZZ_CHECK(err.code == r && (err.text[0] != '\0') == (r < 0));
    FUZZ_CHECK(r == 0 || (r == ROMTOOL_E_BAD_KEY && err.offset <= text.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rt_bytes text = {data, size};

    read_signature(text);
    read_key(text);
    read_secret(text);
    return 0;
}
