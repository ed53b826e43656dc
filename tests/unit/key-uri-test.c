/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys that libcrypto opens by a URI. Debian 12 has no provider for pkcs11:, so that its own file:
 * stands in for one: the same calls, with a passphrase where a token would have a PIN.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/err.h>

#include "manifests/private-key.h"
#include "manifests/public-key.h"
#include "programs.h"

static void write_key(const struct rt_key_private *key, const char *passphrase, const char *name)
{
    struct rt_bytes phrase = {(const uint8_t *)passphrase, strlen(passphrase)};
    struct rt_buffer pem = {0};

    assert_int_equal(rt_private_key_write(key, phrase, &pem, NULL), 0);
    assert_true(scratch_write(name, pem.data, pem.len));
    rt_buffer_wipe(&pem);
}

static int open_uri(const char *name, const char *pin, struct rt_key_private **ret,
                    struct romtool_error *err)
{
    char path[PATH_MAX], uri[PATH_MAX + 8];

    (void)snprintf(uri, sizeof(uri), "file:%s", scratch_path(path, name));
    rt_error_clear(err);
    return rt_key_private_from_uri(uri, pin, ret, err);
}

static void test_uri(void **state)
{
    static const uint8_t message[] = "message";
    const struct rt_bytes bytes = {message, sizeof(message)};

    (void)state;
    for (unsigned a = RT_KEY_ED25519; a <= RT_KEY_P384; a++) {
        struct rt_key_private *key, *opened;
        struct rt_key_public public, again;
        struct rt_key_signature signature;
        struct romtool_error err;

        assert_int_equal(rt_key_generate((enum rt_key_algorithm)a, &key, NULL), 0);
        assert_int_equal(rt_key_private_public(key, &public, NULL), 0);
        write_key(key, "", "plain.key");
        write_key(key, "secret", "encrypted.key");
        assert_int_equal(open_uri("plain.key", "", &opened, &err), 0);
        assert_int_equal(rt_key_private_public(opened, &again, NULL), 0);
        assert_true(rt_key_public_equal(&public, &again));
        rt_key_private_free(opened);
        assert_int_equal(open_uri("encrypted.key", "secret", &opened, &err), 0);
        assert_int_equal(rt_key_sign(opened, bytes, &signature, NULL), 0);
        assert_int_equal(
            rt_key_verify(&public, bytes, (struct rt_bytes){signature.data, signature.len}, NULL),
            0);
        rt_key_private_free(opened);
        assert_int_equal(open_uri("encrypted.key", "wrong", &opened, &err), ROMTOOL_E_BAD_KEY);
        assert_int_equal(open_uri("encrypted.key", "", &opened, &err), ROMTOOL_E_BAD_KEY);
        assert_null(opened);
        rt_key_private_free(key);
    }
}

static void test_no_provider(void **state)
{
    struct rt_key_private *key;
    struct romtool_error err;

    (void)state;
    ERR_clear_error();
    rt_error_clear(&err);
    assert_int_equal(rt_key_private_from_uri("pkcs11:token=none", "", &key, &err),
                     ROMTOOL_E_UNAVAILABLE);
    assert_null(key);
    assert_int_equal(ERR_peek_error(), 0);
}

static void test_nothing_there(void **state)
{
    struct rt_key_private *key;
    struct romtool_error err;
    int r;

    (void)state;
    r = open_uri("none.key", "", &key, &err);
    assert_true(r == ROMTOOL_E_UNAVAILABLE || r == ROMTOOL_E_BAD_KEY);
    assert_true(scratch_write("text", "no key", 6));
    assert_int_equal(open_uri("text", "", &key, &err), ROMTOOL_E_BAD_KEY);
    assert_null(key);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uri),
        cmocka_unit_test(test_no_provider),
        cmocka_unit_test(test_nothing_there),
    };

    return cmocka_run_group_tests_name("key-uri", tests, scratch_set_up, scratch_tear_down);
}
