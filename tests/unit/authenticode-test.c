/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * core/authenticode: signatures made here by libcrypto, read, believed and not believed. Those of
 * real tools are in tests/integration/signed-programs-test.py.
 */
#include "core/authenticode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cmocka.h>

struct identity {
    EVP_PKEY *key;
    X509 *certificate;
};

/* Valid for a day, seven days ago: firmware has no clock that it could believe. */
static struct identity make_identity(const char *name, const struct identity *issuer)
{
    struct identity made = {EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), X509_new()};
    BASIC_CONSTRAINTS *authority = BASIC_CONSTRAINTS_new();
    X509_NAME *subject = X509_get_subject_name(made.certificate);

    assert_non_null(made.key);
    assert_int_equal(X509_set_version(made.certificate, 2), 1);
    ASN1_INTEGER_set(X509_get_serialNumber(made.certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.certificate), -7 * 86400);
    X509_gmtime_adj(X509_getm_notAfter(made.certificate), -6 * 86400);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1,
                               0);
    X509_set_issuer_name(made.certificate,
                         issuer != NULL ? X509_get_subject_name(issuer->certificate) : subject);
    X509_set_pubkey(made.certificate, made.key);
    authority->ca = 0xff;
    assert_int_equal(X509_add1_ext_i2d(made.certificate, NID_basic_constraints, authority, 1,
                                       X509V3_ADD_DEFAULT),
                     1);
    BASIC_CONSTRAINTS_free(authority);
    assert_true(X509_sign(made.certificate, issuer != NULL ? issuer->key : made.key, EVP_sha256()) >
                0);
    return made;
}

static void free_identity(struct identity *identity)
{
    EVP_PKEY_free(identity->key);
    X509_free(identity->certificate);
}

/* SpcIndirectDataContent: SEQUENCE { SEQUENCE {}, DigestInfo(SHA-256) }; the digest is all d1. */
static uint8_t content[23 + 32] = {0x30, 0x35, 0x30, 0x00, 0x30, 0x31, 0x30, 0x0d,
                                   0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
                                   0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

/* A signature over these bytes of a SEQUENCE; the caller frees it. */
static struct rt_bytes sign(const struct identity *signer, const struct identity *extra,
                            const uint8_t *data, size_t n, const char *type)
{
    PKCS7 *pkcs7 = PKCS7_new(), *inner = PKCS7_new();
    PKCS7_SIGNER_INFO *info;
    ASN1_STRING *sequence = ASN1_STRING_new();
    unsigned char *der = NULL;
    BIO *bio;
    int size;

    assert_int_equal(PKCS7_set_type(pkcs7, NID_pkcs7_signed), 1);
    info = PKCS7_add_signature(pkcs7, signer->certificate, signer->key, EVP_sha256());
    assert_non_null(info);
    assert_int_equal(PKCS7_add_certificate(pkcs7, signer->certificate), 1);
    if (extra != NULL)
        assert_int_equal(PKCS7_add_certificate(pkcs7, extra->certificate), 1);
    assert_int_equal(PKCS7_content_new(pkcs7, NID_pkcs7_data), 1);
    bio = PKCS7_dataInit(pkcs7, NULL);
    assert_non_null(bio);
    (void)BIO_write(bio, data + 2, (int)n - 2); /* without tag and length */
    assert_int_equal(PKCS7_dataFinal(pkcs7, bio), 1);
    BIO_free_all(bio);
    inner->type = OBJ_txt2obj(type, 1);
    inner->d.other = ASN1_TYPE_new();
    assert_int_equal(ASN1_STRING_set(sequence, data, (int)n), 1);
    ASN1_TYPE_set(inner->d.other, V_ASN1_SEQUENCE, sequence);
    assert_int_equal(PKCS7_set_content(pkcs7, inner), 1);
    size = i2d_PKCS7(pkcs7, &der);
    assert_true(size > 0);
    PKCS7_free(pkcs7);
    return (struct rt_bytes){der, (size_t)size};
}

static const char spc[] = "1.3.6.1.4.1.311.2.1.4";

static struct rt_bytes pem_of(const X509 *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());
    struct rt_bytes ret = {NULL, 0};
    char *data;
    long n;

    PEM_write_bio_X509(bio, (X509 *)(uintptr_t)certificate);
    n = BIO_get_mem_data(bio, &data);
    ret.data = OPENSSL_memdup(data, (size_t)n);
    ret.len = (size_t)n;
    BIO_free(bio);
    return ret;
}

static void free_bytes(struct rt_bytes bytes)
{
    OPENSSL_free((void *)(uintptr_t)bytes.data);
}

static int verify(struct rt_bytes signature, const struct identity *db)
{
    struct romtool_error err = {0};
    struct rt_bytes pem = pem_of(db->certificate);
    int r = rt_authenticode_verify(signature, pem, &err);

    assert_int_equal(err.code, r);
    free_bytes(pem);
    return r;
}

/* ------------------------------------------------------------------------- tests */

static struct identity root, middle, signer, other;

static int set_up(void **state)
{
    (void)state;
    memset(content + 23, 0xd1, 32);
    root = make_identity("root", NULL);
    middle = make_identity("middle", &root);
    signer = make_identity("a \x1b signer", &middle);
    other = make_identity("root", NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free_identity(&root);
    free_identity(&middle);
    free_identity(&signer);
    free_identity(&other);
    return 0;
}

static void test_read(void **state)
{
    struct rt_bytes signature = sign(&signer, &middle, content, sizeof(content), spc);
    struct rt_authenticode read;
    struct romtool_error err = {0};

    (void)state;
    assert_int_equal(rt_authenticode_read(signature, &read, &err), 0);
    assert_string_equal(read.algorithm, "SHA256");
    assert_int_equal(read.digest_size, 32);
    assert_memory_equal(read.digest, content + sizeof(content) - 32, 32);
    assert_string_equal(read.issuer, "CN=middle");
    assert_int_equal(read.certificates, 2);
    assert_int_equal(strncmp(read.subject, "CN=a ", 5), 0);
    assert_null(strchr(read.subject, '\x1b'));
    free_bytes(signature);
}

static void test_whom_to_believe(void **state)
{
    struct rt_bytes chained = sign(&signer, &middle, content, sizeof(content), spc);
    struct rt_bytes alone = sign(&signer, NULL, content, sizeof(content), spc);
    uint8_t *der = NULL, *longer;
    int n = i2d_X509(root.certificate, &der);
    struct romtool_error err = {0};

    (void)state;
    assert_int_equal(verify(chained, &root), 0);
    assert_int_equal(verify(chained, &middle), 0);
    assert_int_equal(verify(chained, &signer), 0);
    assert_int_equal(verify(chained, &other), ROMTOOL_E_UNTRUSTED_KEY);
    assert_int_equal(verify(alone, &signer), 0);
    assert_int_equal(verify(alone, &middle), 0);
    assert_int_equal(verify(alone, &root), ROMTOOL_E_UNTRUSTED_KEY);
    assert_int_equal(rt_authenticode_verify(chained, (struct rt_bytes){der, (size_t)n}, &err), 0);
    assert_int_equal(rt_authenticode_check_certificate((struct rt_bytes){der, (size_t)n}, &err), 0);
    assert_int_equal(rt_authenticode_check_certificate((struct rt_bytes){der, (size_t)n - 1}, &err),
                     ROMTOOL_E_BAD_KEY);
    err = (struct romtool_error){0};
    assert_int_equal(rt_authenticode_verify(chained, chained, &err), ROMTOOL_E_BAD_KEY);
    longer = malloc((size_t)n + 1);
    assert_non_null(longer);
    memcpy(longer, der, (size_t)n);
    longer[n] = 0;
    assert_int_equal(
        rt_authenticode_check_certificate((struct rt_bytes){longer, (size_t)n + 1}, &err),
        ROMTOOL_E_BAD_KEY);
    free(longer);
    OPENSSL_free(der);
    free_bytes(chained);
    free_bytes(alone);
}

static void test_not_authenticode(void **state)
{
    static const uint8_t short_content[] = {0x30, 0x02, 0x30, 0x00};
    static const uint8_t no_digest[] = {0x30, 0x06, 0x30, 0x00, 0x30, 0x02, 0x05, 0x00};
    static const uint8_t beyond[] = {0x30, 0x04, 0x30, 0x7f, 0x05, 0x00};
    const struct {
        const uint8_t *data;
        size_t n;
        const char *type;
    } cases[] = {
        {content, sizeof(content), "1.3.6.1.4.1.311.2.1.5"},
        {short_content, sizeof(short_content), spc},
        {no_digest, sizeof(no_digest), spc},
        {beyond, sizeof(beyond), spc},
    };
    struct rt_authenticode read;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rt_bytes signature = sign(&signer, NULL, cases[i].data, cases[i].n, cases[i].type);
        struct romtool_error err = {0};

        assert_int_equal(rt_authenticode_read(signature, &read, &err), ROMTOOL_E_BAD_CERTIFICATE);
        assert_int_equal(err.code, ROMTOOL_E_BAD_CERTIFICATE);
        assert_int_equal(read.digest_size, 0);
        free_bytes(signature);
    }
}

/* Whatever is cut off or changed: no crash, and never another digest that is believed. */
static void test_every_byte(void **state)
{
    struct rt_bytes signature = sign(&signer, &middle, content, sizeof(content), spc);
    uint8_t *copy = malloc(signature.len);
    struct rt_authenticode read;
    struct romtool_error err;

    (void)state;
    assert_non_null(copy);
    for (size_t n = 0; n < signature.len; n++) {
        uint8_t *cut = malloc(n > 0 ? n : 1);

        assert_non_null(cut);
        memcpy(cut, signature.data, n);
        err = (struct romtool_error){0};
        assert_int_equal(rt_authenticode_read((struct rt_bytes){cut, n}, &read, &err),
                         ROMTOOL_E_BAD_CERTIFICATE);
        free(cut);
    }
    for (size_t i = 0; i < signature.len; i++) {
        memcpy(copy, signature.data, signature.len);
        copy[i] ^= 0x11;
        err = (struct romtool_error){0};
        if (rt_authenticode_read((struct rt_bytes){copy, signature.len}, &read, &err) == 0 &&
            verify((struct rt_bytes){copy, signature.len}, &root) == 0)
            assert_memory_equal(read.digest, content + sizeof(content) - 32, 32);
    }
    free(copy);
    free_bytes(signature);
}

static void test_hash(void **state)
{
    static const char expected[] =
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    struct rt_authenticode_hash *hash;
    struct romtool_error err = {0};
    uint8_t digest[RT_AUTHENTICODE_DIGEST_MAX];
    char hex[2 * RT_AUTHENTICODE_DIGEST_MAX + 1];
    size_t size;

    (void)state;
    assert_int_equal(rt_authenticode_hash_new("SHA256", &hash, &err), 0);
    rt_authenticode_hash_add(hash, (struct rt_bytes){(const uint8_t *)"a", 1});
    rt_authenticode_hash_add(hash, (struct rt_bytes){(const uint8_t *)"bc", 2});
    assert_int_equal(rt_authenticode_hash_end(hash, digest, &size, &err), 0);
    assert_int_equal(size, 32);
    rt_bytes_to_hex((struct rt_bytes){digest, size}, hex);
    assert_string_equal(hex, expected);
    assert_int_equal(rt_authenticode_hash_new("no-such-digest", &hash, &err),
                     ROMTOOL_E_UNAVAILABLE);
    assert_null(hash);
}

/* libcrypto's error queue is the caller's: what was there is there still, and nothing else. */
static void test_error_queue(void **state)
{
    static const uint8_t garbage[] = {0x30, 0x82, 0x01};
    struct rt_authenticode read;
    struct romtool_error err = {0};

    (void)state;
    ERR_clear_error();
    ERR_raise(ERR_LIB_USER, 77);
    (void)rt_authenticode_read((struct rt_bytes){garbage, sizeof(garbage)}, &read, &err);
    (void)rt_authenticode_check_certificate((struct rt_bytes){garbage, sizeof(garbage)}, &err);
    (void)rt_authenticode_verify((struct rt_bytes){garbage, sizeof(garbage)},
                                 (struct rt_bytes){garbage, sizeof(garbage)}, &err);
    assert_int_equal(ERR_GET_REASON(ERR_get_error()), 77);
    assert_int_equal(ERR_get_error(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_whom_to_believe),
        cmocka_unit_test(test_not_authenticode),
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_error_queue),
    };

    return cmocka_run_group_tests_name("authenticode", tests, set_up, tear_down);
}
