/* SPDX-License-Identifier: BSD-2-Clause */
/* libcrypto's PKCS#7 and X.509. Its error queue is left as found. */
#include "core/authenticode.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

/* SPC_INDIRECT_DATA_OBJID */
static const char indirect_data[] = "1.3.6.1.4.1.311.2.1.4";

struct rt_authenticode_hash {
    EVP_MD *md;
    EVP_MD_CTX *context;
    bool failed;
};

static int bad(struct romtool_error *err, const char *what)
{
    return rt_error_set(err, ROMTOOL_E_BAD_CERTIFICATE, 0, "the signature %s", what);
}

/* ------------------------------------------------------------------------- the signature */

static PKCS7 *parse(struct rt_bytes signature, struct romtool_error *err)
{
    const unsigned char *at = signature.data;
    PKCS7 *pkcs7 = NULL;

    if (signature.len <= LONG_MAX)
        pkcs7 = d2i_PKCS7(NULL, &at, (long)signature.len);
    if (pkcs7 != NULL && PKCS7_type_is_signed(pkcs7) && pkcs7->d.sign != NULL &&
        pkcs7->d.sign->contents != NULL)
        return pkcs7;
    PKCS7_free(pkcs7);
    (void)bad(err, "is no PKCS#7 SignedData");
    return NULL;
}

/*
 * SpcIndirectDataContent, a SEQUENCE of what is signed and its digest; ret_value is what is in the
 * SEQUENCE, which is what the signature is over.
 */
static bool content_of(const PKCS7 *pkcs7, const unsigned char **ret_value, long *ret_size)
{
    const PKCS7 *contents = pkcs7->d.sign->contents;
    const ASN1_STRING *sequence;
    int tag, class;
    char oid[64];

    if (OBJ_obj2txt(oid, sizeof(oid), contents->type, 1) <= 0 || strcmp(oid, indirect_data) != 0 ||
        contents->d.other == NULL || contents->d.other->type != V_ASN1_SEQUENCE)
        return false;
    sequence = contents->d.other->value.sequence;
    *ret_value = ASN1_STRING_get0_data(sequence);
    return (ASN1_get_object(ret_value, ret_size, &tag, &class, ASN1_STRING_length(sequence)) &
            0x80) == 0 &&
           tag == V_ASN1_SEQUENCE;
}

/* The digest stands behind what it is of: AlgorithmIdentifier and OCTET STRING, as in X509_SIG. */
static bool read_digest(const PKCS7 *pkcs7, struct rt_authenticode *ret)
{
    const unsigned char *at = NULL;
    const ASN1_OCTET_STRING *digest;
    const X509_ALGOR *algorithm;
    const ASN1_OBJECT *object;
    long size = 0, inner = 0;
    int tag, class;
    X509_SIG *info;
    bool read;

    if (!content_of(pkcs7, &at, &size))
        return false;
    const unsigned char *end = at + size;

    if ((ASN1_get_object(&at, &inner, &tag, &class, size) & 0x80) != 0)
        return false;
    at += inner;
    info = d2i_X509_SIG(NULL, &at, end - at);
    if (info == NULL)
        return false;
    X509_SIG_get0(info, &algorithm, &digest);
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    ret->digest_size = (size_t)ASN1_STRING_length(digest);
    read = ret->digest_size > 0 && ret->digest_size <= sizeof(ret->digest) &&
           OBJ_obj2nid(object) != NID_undef;
    if (read) {
        memcpy(ret->digest, ASN1_STRING_get0_data(digest), ret->digest_size);
        (void)strncat(ret->algorithm, OBJ_nid2sn(OBJ_obj2nid(object)), sizeof(ret->algorithm) - 1);
    }
    X509_SIG_free(info);
    return read;
}

/* RFC 2253 escapes all that is not printable ASCII. */
static bool name_text(const X509_NAME *name, char *ret, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int n = -1;

    if (bio != NULL && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0)
        n = BIO_read(bio, ret, (int)size - 1);
    BIO_free(bio);
    ret[n > 0 ? n : 0] = '\0';
    return n > 0;
}

static int read_signer(PKCS7 *pkcs7, struct rt_authenticode *ret, struct romtool_error *err)
{
    STACK_OF(X509) *signers = PKCS7_get0_signers(pkcs7, NULL, 0);
    const X509 *signer = sk_X509_num(signers) > 0 ? sk_X509_value(signers, 0) : NULL;
    int r = 0;

    if (signer == NULL)
        r = bad(err, "does not bring its signer's certificate along");
    else if (!name_text(X509_get_subject_name(signer), ret->subject, sizeof(ret->subject)) ||
             !name_text(X509_get_issuer_name(signer), ret->issuer, sizeof(ret->issuer)))
        r = bad(err, "has a signer without a name");
    ret->certificates = pkcs7->d.sign->cert != NULL ? (size_t)sk_X509_num(pkcs7->d.sign->cert) : 0;
    sk_X509_free(signers);
    return r;
}

int rt_authenticode_read(struct rt_bytes signature, struct rt_authenticode *ret,
                         struct romtool_error *err)
{
    PKCS7 *pkcs7;
    int r;

    *ret = (struct rt_authenticode){0};
    (void)ERR_set_mark();
    pkcs7 = parse(signature, err);
    if (pkcs7 == NULL)
        r = ROMTOOL_E_BAD_CERTIFICATE;
    else if (!read_digest(pkcs7, ret))
        r = bad(err, "does not state the digest of a program");
    else
        r = read_signer(pkcs7, ret, err);
    PKCS7_free(pkcs7);
    (void)ERR_pop_to_mark();
    if (r < 0)
        *ret = (struct rt_authenticode){0};
    return r;
}

/* ------------------------------------------------------------------------- the program's digest */

int rt_authenticode_hash_new(const char *algorithm, struct rt_authenticode_hash **ret,
                             struct romtool_error *err)
{
    struct rt_authenticode_hash *hash = calloc(1, sizeof(*hash));

    *ret = NULL;
    if (hash == NULL)
        return rt_error_no_memory(err);
    (void)ERR_set_mark();
    hash->md = EVP_MD_fetch(NULL, algorithm, NULL);
    hash->context = EVP_MD_CTX_new();
    hash->failed = hash->md == NULL || hash->context == NULL ||
                   EVP_MD_get_size(hash->md) > RT_AUTHENTICODE_DIGEST_MAX ||
                   EVP_DigestInit_ex2(hash->context, hash->md, NULL) != 1;
    (void)ERR_pop_to_mark();
    if (!hash->failed) {
        *ret = hash;
        return 0;
    }
    EVP_MD_CTX_free(hash->context);
    EVP_MD_free(hash->md);
    free(hash);
    return rt_error_set(err, ROMTOOL_E_UNAVAILABLE, ROMTOOL_NO_OFFSET,
                        "this libcrypto does not offer %s", algorithm);
}

void rt_authenticode_hash_add(struct rt_authenticode_hash *hash, struct rt_bytes piece)
{
    (void)ERR_set_mark();
    if (!hash->failed && EVP_DigestUpdate(hash->context, piece.data, piece.len) != 1)
        hash->failed = true;
    (void)ERR_pop_to_mark();
}

int rt_authenticode_hash_end(struct rt_authenticode_hash *hash,
                             uint8_t ret[RT_AUTHENTICODE_DIGEST_MAX], size_t *ret_size,
                             struct romtool_error *err)
{
    unsigned size = 0;
    bool failed;

    (void)ERR_set_mark();
    failed = hash->failed || EVP_DigestFinal_ex(hash->context, ret, &size) != 1;
    (void)ERR_pop_to_mark();
    EVP_MD_CTX_free(hash->context);
    EVP_MD_free(hash->md);
    free(hash);
    *ret_size = size;
    return failed ? rt_error_set(err, ROMTOOL_E_UNAVAILABLE, ROMTOOL_NO_OFFSET,
                                 "the digest of a program failed")
                  : 0;
}

/* ------------------------------------------------------------------------- whom to believe */

static X509 *parse_certificate(struct rt_bytes db)
{
    const unsigned char *at = db.data;
    X509 *certificate = NULL;
    BIO *bio;

    if (db.len > INT_MAX)
        return NULL;
    bio = BIO_new_mem_buf(db.data, (int)db.len);
    if (bio != NULL)
        certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    if (certificate == NULL) {
        certificate = d2i_X509(NULL, &at, (long)db.len);
        if (certificate != NULL && at != db.data + db.len) {
            X509_free(certificate);
            certificate = NULL;
        }
    }
    return certificate;
}

static int not_a_certificate(struct romtool_error *err)
{
    return rt_error_set(err, ROMTOOL_E_BAD_KEY, 0, "no certificate, neither PEM nor DER");
}

int rt_authenticode_check_certificate(struct rt_bytes db, struct romtool_error *err)
{
    X509 *certificate;

    (void)ERR_set_mark();
    certificate = parse_certificate(db);
    (void)ERR_pop_to_mark();
    if (certificate == NULL)
        return not_a_certificate(err);
    X509_free(certificate);
    return 0;
}

static X509_STORE *make_store(X509 *certificate)
{
    X509_STORE *store = X509_STORE_new();

    if (store != NULL && X509_STORE_add_cert(store, certificate) == 1 &&
        X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME) == 1 &&
        X509_STORE_set_purpose(store, X509_PURPOSE_ANY) == 1)
        return store;
    X509_STORE_free(store);
    return NULL;
}

/* Can libcrypto start on this? PKCS7_verify() of 3.0 leaks where it cannot. */
static bool can_start(PKCS7 *pkcs7, const unsigned char *value, int size)
{
    BIO *content = BIO_new_mem_buf(value, size);
    BIO *chain = content != NULL ? PKCS7_dataInit(pkcs7, content) : NULL;

    BIO_free_all(chain != NULL ? chain : content); /* the chain ends in the content */
    return chain != NULL;
}

static int verify(PKCS7 *pkcs7, X509_STORE *store, struct romtool_error *err)
{
    const unsigned char *value = NULL;
    BIO *content = NULL;
    long size = 0;
    int r;

    if (!content_of(pkcs7, &value, &size) || size > INT_MAX)
        return bad(err, "does not state the digest of a program");
    if (can_start(pkcs7, value, (int)size))
        content = BIO_new_mem_buf(value, (int)size);
    if (content != NULL && PKCS7_verify(pkcs7, NULL, store, content, NULL, PKCS7_BINARY) == 1)
        r = 0;
    else if (content != NULL &&
             ERR_GET_REASON(ERR_peek_last_error()) == PKCS7_R_CERTIFICATE_VERIFY_ERROR)
        r = rt_error_set(err, ROMTOOL_E_UNTRUSTED_KEY, ROMTOOL_NO_OFFSET,
                         "signed by a certificate that does not lead to the one given");
    else
        r = rt_error_set(err, ROMTOOL_E_BAD_SIGNATURE, ROMTOOL_NO_OFFSET,
                         "the signature does not hold");
    BIO_free(content);
    return r;
}

int rt_authenticode_verify(struct rt_bytes signature, struct rt_bytes db, struct romtool_error *err)
{
    X509_STORE *store = NULL;
    PKCS7 *pkcs7 = NULL;
    X509 *certificate;
    int r = 0;

    (void)ERR_set_mark();
    certificate = parse_certificate(db);
    if (certificate == NULL)
        r = not_a_certificate(err);
    if (r == 0)
        store = make_store(certificate);
    if (r == 0 && store == NULL)
        r = rt_error_no_memory(err);
    if (r == 0)
        pkcs7 = parse(signature, err);
    if (r == 0)
        r = pkcs7 != NULL ? verify(pkcs7, store, err) : ROMTOOL_E_BAD_CERTIFICATE;
    PKCS7_free(pkcs7);
    X509_STORE_free(store);
    X509_free(certificate);
    (void)ERR_pop_to_mark();
    return r;
}
