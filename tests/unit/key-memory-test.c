/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys, while memory runs out: of each kind of file, each algorithm, plain and encrypted. A good
 * one is never called bad then. Leaks are a sanitizer's to see.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "failing.h"
#include "manifests/base64.h"
#include "manifests/minisign.h"
#include "manifests/pem.h"
#include "manifests/private-key.h"
#include "manifests/public-key.h"
#include "manifests/ssh.h"

enum { A, B, C, SIGNERS }; /* Ed25519, P-256, P-384 */

static const enum rt_key_algorithm algorithms[SIGNERS] = {RT_KEY_ED25519, RT_KEY_P256, RT_KEY_P384};

static struct rt_key_private *private_keys[SIGNERS];
static struct rt_key_public public_keys[SIGNERS];

static struct rt_bytes bytes_of(const char *text)
{
    return (struct rt_bytes){(const uint8_t *)text, strlen(text)};
}

/* ------------------------------------------------------------------------- public keys */

static struct rt_buffer key_text;
static const struct rt_key_public *expected_key;

static int read_public(void)
{
    static const struct rt_key_public none;
    struct rt_key_public key;
    struct rt_key_limits limits;
    int r = rt_key_public_read(rt_buffer_bytes(&key_text), &key, &limits, &failure);

    stop_failing();
    if (r == 0) {
        assert_true(rt_key_public_equal(&key, expected_key));
        assert_memory_equal(key.id, expected_key->id, RT_KEY_ID_SIZE);
    } else {
        assert_memory_equal(&key, &none, sizeof(key));
    }
    return r;
}

static void test_public_pem(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIGNERS; i++) {
        rt_key_public_write_pem(&public_keys[i], &key_text);
        expected_key = &public_keys[i];
        every_failure(read_public, 0, 3);
        rt_buffer_free(&key_text);
    }
}

static void test_public_minisign(void **state)
{
    (void)state;
    assert_int_equal(rt_minisign_key_write(&public_keys[A], &key_text, NULL), 0);
    expected_key = &public_keys[A];
    every_failure(read_public, 0, 1);
    rt_buffer_free(&key_text);
}

static void test_public_ssh(void **state)
{
    (void)state;
    rt_buffer_puts(&key_text, "me namespaces=\"romtool\" ");
    rt_ssh_key_append(&public_keys[A], &key_text);
    expected_key = &public_keys[A];
    every_failure(read_public, 0, 2);
    rt_buffer_free(&key_text);
}

/* A point that is none: never taken for one. */
static void test_public_off_curve(void **state)
{
    (void)state;
    for (size_t i = B; i < SIGNERS; i++) {
        struct rt_key_public key = public_keys[i];

        key.key[rt_key_public_size(key.algorithm) - 1] ^= 1;
        rt_key_public_write_pem(&key, &key_text);
        every_failure(read_public, ROMTOOL_E_BAD_KEY, 10);
        rt_buffer_free(&key_text);
    }
}

/* ------------------------------------------------------------------------- private keys */

static int ask(void *user, char ret[RT_KEY_PASSPHRASE_MAX], size_t *ret_len,
               struct romtool_error *reterr)
{
    (void)user;
    (void)reterr;
    ret[0] = 'x';
    *ret_len = 1;
    return 0;
}

static int read_private(void)
{
    static const struct rt_passphrase passphrase = {ask, NULL};
    struct rt_key_public public;
    struct rt_key_private *key;
    int r = rt_private_key_read(rt_buffer_bytes(&key_text), &passphrase, &key, &failure);

    stop_failing();
    assert_true((key != NULL) == (r == 0));
    if (r == 0) {
        assert_int_equal(rt_key_private_public(key, &public, NULL), 0);
        assert_true(rt_key_public_equal(&public, expected_key));
    }
    rt_key_private_free(key);
    return r;
}

static void test_private_pem(void **state)
{
    static const struct rt_bytes no_passphrase;

    (void)state;
    for (size_t i = 0; i < SIGNERS; i++) {
        assert_int_equal(rt_private_key_write(private_keys[i], no_passphrase, &key_text, NULL), 0);
        expected_key = &public_keys[i];
        many_failures(read_private, 0, 100);
        rt_buffer_wipe(&key_text);
    }
}

/* With next to no work (PBKDF2's or scrypt's), which rt_private_key_write() would not do: there are
 * many attempts. */
static void write_encrypted(size_t which, bool scrypt)
{
    static const unsigned char salt[] = "saltsalt";
    struct rt_buffer pkcs8 = {0};
    const unsigned char *p;
    unsigned char *der = NULL;
    PKCS8_PRIV_KEY_INFO *info;
    X509_SIG *encrypted;
    X509_ALGOR *pbe;
    int n;

    assert_int_equal(rt_key_private_to_pkcs8(private_keys[which], &pkcs8, NULL), 0);
    p = (const unsigned char *)pkcs8.data;
    info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)pkcs8.len);
    assert_non_null(info);
    pbe = scrypt ? PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), salt, 8, NULL, 2, 1, 1)
                 : PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), 1, NULL, 0, NULL, NID_hmacWithSHA256);
    encrypted = PKCS8_set0_pbe("x", 1, info, pbe);
    n = i2d_X509_SIG(encrypted, &der);
    assert_true(n > 0);
    rt_pem_append(&key_text, "ENCRYPTED PRIVATE KEY", (struct rt_bytes){der, (size_t)n});
    OPENSSL_free(der);
    X509_SIG_free(encrypted);
    PKCS8_PRIV_KEY_INFO_free(info);
    rt_buffer_wipe(&pkcs8);
}

static void test_private_encrypted_pem(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIGNERS; i++) {
        write_encrypted(i, i == A);
        expected_key = &public_keys[i];
        many_failures(read_private, 0, 100);
        rt_buffer_wipe(&key_text);
    }
}

/* What minisign keeps of the first key, encrypted as little as scrypt's parameters allow or not. */
static void write_minisign_secret(bool encrypted)
{
    uint8_t secret[RT_MINISIGN_SECRET_SIZE] = "Ed\0\0B2", *box = secret + RT_MINISIGN_SECRET_KEY;
    uint8_t stream[RT_MINISIGN_SECRET_SIZE - RT_MINISIGN_SECRET_KEY];
    struct rt_bytes salt = {secret + RT_MINISIGN_SECRET_SALT, 32};
    struct rt_buffer pkcs8 = {0};

    assert_int_equal(rt_key_private_to_pkcs8(private_keys[A], &pkcs8, NULL), 0);
    memcpy(box, public_keys[A].id, RT_KEY_ID_SIZE);
    memcpy(box + RT_KEY_ID_SIZE, pkcs8.data + pkcs8.len - 32, 32);
    memcpy(box + RT_KEY_ID_SIZE + 32, public_keys[A].key, RT_KEY_PUBLIC_SIZE);
    if (encrypted) {
        memcpy(secret + RT_MINISIGN_SECRET_KDF, "Sc", 2);
        secret[RT_MINISIGN_SECRET_OPSLIMIT + 1] = 0x80;
        secret[RT_MINISIGN_SECRET_MEMLIMIT + 3] = 1; /* so that N is 1024 and p 1 */
        assert_true(rt_key_scrypt(bytes_of("x"), salt, 1024, 8, 1, stream, sizeof(stream)));
        for (size_t i = 0; i < sizeof(stream); i++)
            box[i] ^= stream[i];
    }
    rt_buffer_puts(&key_text, "untrusted comment: x\n");
    rt_base64_append(&key_text, (struct rt_bytes){secret, sizeof(secret)});
    rt_buffer_puts(&key_text, "\n");
    rt_buffer_wipe(&pkcs8);
}

static void test_private_minisign(void **state)
{
    (void)state;
    for (int encrypted = 0; encrypted < 2; encrypted++) {
        write_minisign_secret(encrypted == 1);
        expected_key = &public_keys[A];
        many_failures(read_private, 0, 100);
        rt_buffer_wipe(&key_text);
    }
}

/* ------------------------------------------------------------------------- the ground */

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIGNERS; i++) {
        if (rt_key_generate(algorithms[i], &private_keys[i], NULL) != 0 ||
            rt_key_private_public(private_keys[i], &public_keys[i], NULL) != 0)
            return -1;
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIGNERS; i++)
        rt_key_private_free(private_keys[i]);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_public_pem),       cmocka_unit_test(test_public_minisign),
        cmocka_unit_test(test_public_ssh),       cmocka_unit_test(test_public_off_curve),
        cmocka_unit_test(test_private_pem),      cmocka_unit_test(test_private_encrypted_pem),
        cmocka_unit_test(test_private_minisign),
    };

    if (!fail_in_libcrypto_too())
        return 1;
    return cmocka_run_group_tests_name("key-memory", tests, set_up, tear_down);
}
