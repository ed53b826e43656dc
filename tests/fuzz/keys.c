/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys and settings in files. The first byte says what the rest is:
 *   p  a public key's text            k  the DER of a PEM "PUBLIC KEY"
 *   s  a private key's text           d  the DER of a PEM "PRIVATE KEY"
 *                                     e  the DER of a PEM "ENCRYPTED PRIVATE KEY"
 *                                     m  the bytes of a secret key of minisign
 *   c  policy.conf or a key's NAME.conf
 * DER and bytes are put into their files here, so that a fuzzer need not hit base64. The passphrase
 * is "x". It is told only where a file asks for little work: what the most costly ones may cost is
 * a unit test's matter.
 */
#include "fuzz.h"

#include "manifests/base64.h"
#include "manifests/minisign.h"
#include "manifests/pem.h"
#include "manifests/private-key.h"
#include "manifests/public-key.h"
#include "manifests/trust.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#define WORK_MAX INT64_C(16384) /* PBKDF2's iterations; scrypt's N times r times p */

static struct rt_bytes bytes_of(const char *text)
{
    return (struct rt_bytes){(const uint8_t *)text, strlen(text)};
}

static struct rt_bytes bytes_in(const struct rt_buffer *buf)
{
    return (struct rt_bytes){(const uint8_t *)buf->data, buf->len};
}

/* ------------------------------------------------------------------------- public keys */

static void check_public(const struct rt_key_public *key)
{
    char name[2 * RT_SHA256_SIZE + 1];
    struct rt_key_public again;
    struct rt_buffer pem = {0};
    uint8_t spki[RT_KEY_SPKI_MAX];
    size_t n;

    FUZZ_CHECK(key->algorithm != RT_KEY_NONE && rt_key_public_is_sound(key));
    FUZZ_CHECK(rt_key_algorithm_find(rt_key_algorithm_name(key->algorithm)) == key->algorithm);
    FUZZ_CHECK(rt_key_public_name(key, name, NULL) == 0 && strlen(name) == sizeof(name) - 1);
    for (size_t i = rt_key_public_size(key->algorithm); i < sizeof(key->key); i++)
        FUZZ_CHECK(key->key[i] == 0);
    n = rt_key_public_spki(key, spki);
    FUZZ_CHECK(n <= sizeof(spki));
    FUZZ_CHECK(rt_key_public_from_spki((struct rt_bytes){spki, n}, &again));
    FUZZ_CHECK(rt_key_public_equal(key, &again));
    rt_key_public_write_pem(key, &pem);
    FUZZ_CHECK(rt_key_public_read(bytes_in(&pem), &again, NULL, NULL) == 0);
    FUZZ_CHECK(rt_key_public_equal(key, &again));
    rt_buffer_free(&pem);
}

static void read_public(struct rt_bytes text)
{
    static const struct rt_key_limits no_limits;
    struct rt_key_public key;
    struct rt_key_limits limits;
    struct romtool_error err;
    int r;

    rt_error_clear(&err);
    r = rt_key_public_read(text, &key, &limits, &err);
    FUZZ_CHECK(err.code == r && (err.text[0] != '\0') == (r < 0));
    FUZZ_CHECK(r == 0 || (r == ROMTOOL_E_BAD_KEY &&
                          (err.offset <= text.len || err.offset == ROMTOOL_NO_OFFSET)));
    FUZZ_CHECK((key.algorithm != RT_KEY_NONE) == (r == 0));
    FUZZ_CHECK(limits.not_before >= 0 && limits.not_after >= 0);
    if (r < 0) {
        FUZZ_CHECK(memcmp(&limits, &no_limits, sizeof(limits)) == 0);
        return;
    }
    check_public(&key);
}

/* ------------------------------------------------------------------------- private keys */

static int64_t number(const ASN1_INTEGER *value)
{
    int64_t n;

    return ASN1_INTEGER_get_int64(&n, value) == 1 && n >= 0 && n <= WORK_MAX ? n : WORK_MAX + 1;
}

static bool asks_little(const X509_ALGOR *algorithm)
{
    int64_t work = WORK_MAX + 1;
    const ASN1_OBJECT *object;
    const void *parameter;
    int type;

    X509_ALGOR_get0(&object, &type, &parameter, algorithm);
    if (type == V_ASN1_SEQUENCE && OBJ_obj2nid(object) == NID_id_pbkdf2) {
        PBKDF2PARAM *pbkdf2 = ASN1_item_unpack(parameter, ASN1_ITEM_rptr(PBKDF2PARAM));

        if (pbkdf2 != NULL)
            work = number(pbkdf2->iter);
        PBKDF2PARAM_free(pbkdf2);
    } else if (type == V_ASN1_SEQUENCE && OBJ_obj2nid(object) == NID_id_scrypt) {
        SCRYPT_PARAMS *scrypt = ASN1_item_unpack(parameter, ASN1_ITEM_rptr(SCRYPT_PARAMS));

        if (scrypt != NULL) /* three factors of at most 2^14 + 1 fit */
            work = number(scrypt->costParameter) * number(scrypt->blockSize) *
                   number(scrypt->parallelizationParameter);
        SCRYPT_PARAMS_free(scrypt);
    }
    return work <= WORK_MAX;
}

/* What cannot be taken apart asks for nothing. */
static bool encrypted_asks_little(struct rt_bytes der)
{
    const unsigned char *p = der.data;
    X509_SIG *encrypted = d2i_X509_SIG(NULL, &p, (long)der.len);
    const X509_ALGOR *algorithm;
    const ASN1_OBJECT *object;
    const void *parameter;
    PBE2PARAM *pbe2 = NULL;
    bool little = true;
    int type;

    if (encrypted != NULL) {
        X509_SIG_get0(encrypted, &algorithm, NULL);
        X509_ALGOR_get0(&object, &type, &parameter, algorithm);
        if (type == V_ASN1_SEQUENCE)
            pbe2 = ASN1_item_unpack(parameter, ASN1_ITEM_rptr(PBE2PARAM));
        if (pbe2 != NULL)
            little = asks_little(pbe2->keyfunc);
    }
    PBE2PARAM_free(pbe2);
    X509_SIG_free(encrypted);
    ERR_clear_error();
    return little;
}

static bool text_asks_little(struct rt_bytes text)
{
    uint8_t secret[RT_MINISIGN_SECRET_SIZE];
    struct rt_buffer der = {0};
    bool little = true;

    if (rt_pem_read(text, "ENCRYPTED PRIVATE KEY", &der, NULL) == 0)
        little = encrypted_asks_little(bytes_in(&der));
    else if (rt_minisign_secret_read(text, secret, NULL) == 0)
        little = secret[RT_MINISIGN_SECRET_OPSLIMIT + 2] < 4 &&
                 memcmp(secret + RT_MINISIGN_SECRET_OPSLIMIT + 3, "\0\0\0\0\0", 5) == 0;
    rt_buffer_free(&der);
    return little;
}

static int ask(void *user, char ret[RT_KEY_PASSPHRASE_MAX], size_t *ret_len,
               struct romtool_error *err)
{
    const bool *little = user;

    if (!*little)
        return rt_error_set(err, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET, "no passphrase");
    ret[0] = 'x';
    *ret_len = 1;
    return 0;
}

/* It signs for the public key that it names, and so does what is written of it. */
static void check_private(const struct rt_key_private *key)
{
    struct rt_bytes message = bytes_of("message");
    struct rt_key_signature signature;
    struct rt_key_public public, again_public;
    struct rt_key_private *again;
    struct rt_buffer pem = {0};

    FUZZ_CHECK(rt_key_private_public(key, &public, NULL) == 0);
    FUZZ_CHECK(public.algorithm == rt_key_private_algorithm(key));
    check_public(&public);
    FUZZ_CHECK(rt_key_sign(key, message, &signature, NULL) == 0);
    FUZZ_CHECK(rt_key_verify(&public, message, (struct rt_bytes){signature.data, signature.len},
                             NULL) == 0);
    FUZZ_CHECK(rt_private_key_write(key, (struct rt_bytes){NULL, 0}, &pem, NULL) == 0);
    FUZZ_CHECK(rt_private_key_read(bytes_in(&pem), NULL, &again, NULL) == 0);
    FUZZ_CHECK(rt_key_private_public(again, &again_public, NULL) == 0);
    FUZZ_CHECK(rt_key_public_equal(&public, &again_public));
    rt_key_private_free(again);
    rt_buffer_wipe(&pem);
}

static void read_private(struct rt_bytes text)
{
    bool little = text_asks_little(text);
    struct rt_passphrase passphrase = {ask, &little};
    struct rt_key_private *key;
    struct romtool_error err;
    int r;

    rt_error_clear(&err);
    r = rt_private_key_read(text, &passphrase, &key, &err);
    FUZZ_CHECK(err.code == r && (err.text[0] != '\0') == (r < 0) && (key != NULL) == (r == 0));
    FUZZ_CHECK(r == 0 || r == ROMTOOL_E_BAD_KEY || (r == ROMTOOL_E_USAGE && !little));
    FUZZ_CHECK(ERR_peek_error() == 0);
    if (r == 0)
        check_private(key);
    rt_key_private_free(key);
}

/* ------------------------------------------------------------------------- settings */

static bool is_trimmed(const char *text)
{
    size_t n = strlen(text);

    return n > 0 && strchr(" \t\n", text[0]) == NULL && strchr(" \t\n", text[n - 1]) == NULL;
}

/* Written plainly and read again they are the same. */
static void check_settings(const struct rt_settings *settings)
{
    struct rt_buffer text = {0};
    struct rt_settings again;
    const char *section = "";
    size_t line = 0;

    for (size_t i = 0; i < settings->n; i++) {
        const struct rt_setting *setting = &settings->items[i];

        FUZZ_CHECK(setting->line > line);
        FUZZ_CHECK(is_trimmed(setting->key) && is_trimmed(setting->value));
        FUZZ_CHECK(setting->section[0] == '\0' ? section[0] == '\0' : is_trimmed(setting->section));
        if (strcmp(setting->section, section) != 0)
            rt_buffer_printf(&text, "[%s]\n", setting->section);
        rt_buffer_printf(&text, "%s=%s\n", setting->key, setting->value);
        section = setting->section;
        line = setting->line;
    }
    if (text.len > RT_SETTINGS_SIZE_MAX) { /* with line ends in it that were not there */
        rt_buffer_free(&text);
        return;
    }
    FUZZ_CHECK(rt_settings_read(bytes_in(&text), &again, NULL) == 0 && again.n == settings->n);
    for (size_t i = 0; i < settings->n; i++) {
        FUZZ_CHECK(strcmp(again.items[i].section, settings->items[i].section) == 0);
        FUZZ_CHECK(strcmp(again.items[i].key, settings->items[i].key) == 0);
        FUZZ_CHECK(strcmp(again.items[i].value, settings->items[i].value) == 0);
    }
    rt_settings_free(&again);
    rt_buffer_free(&text);
}

static void check_policy(const struct rt_settings *settings)
{
    struct rt_trust trust = {0};
    struct rt_policy *policies;
    struct romtool_error err;
    size_t n;
    int r;

    rt_error_clear(&err);
    r = rt_policy_read(settings, &policies, &n, &err);
    FUZZ_CHECK(err.code == r && (policies != NULL) == (r == 0));
    FUZZ_CHECK(r == 0 ? n >= 1 && n <= settings->n + 1 : r == ROMTOOL_E_BAD_POLICY && n == 0);
    FUZZ_CHECK((strncmp(err.text, "line ", 5) == 0) == (r < 0));
    trust.policies = policies;
    trust.n_policies = n;
    for (size_t i = 0; i < n; i++) {
        const struct rt_policy *policy = &policies[i];

        FUZZ_CHECK((policy->product[0] == '\0') == (i == 0));
        FUZZ_CHECK(policy->threshold >= 1 && policy->threshold <= RT_TRUST_THRESHOLD_MAX);
        FUZZ_CHECK(policy->rollback != RT_POLICY_IGNORE);
        FUZZ_CHECK(rt_trust_policy(&trust, policy->product) == policy);
    }
    free(policies);
}

/* What is said of a key makes its limits no wider. */
static void check_conf(const struct rt_settings *settings)
{
    struct rt_trusted_key key = {.name = "k", .limits = {1000000000, 2000000000}};
    struct romtool_error err;
    int r;

    rt_error_clear(&err);
    r = rt_trusted_key_conf(settings, &key, &err);
    FUZZ_CHECK(err.code == r && (r == 0 || r == ROMTOOL_E_BAD_POLICY));
    FUZZ_CHECK((strncmp(err.text, "line ", 5) == 0) == (r < 0));
    FUZZ_CHECK(key.limits.not_before >= 1000000000);
    FUZZ_CHECK(key.limits.not_after > 0 && key.limits.not_after <= 2000000000);
    if (key.products != NULL)
        (void)rt_settings_lists(key.products, "debian/ipxe-qemu");
}

static void read_settings(struct rt_bytes text)
{
    struct rt_settings settings;
    struct romtool_error err;
    int r;

    rt_error_clear(&err);
    r = rt_settings_read(text, &settings, &err);
    FUZZ_CHECK(err.code == r && (err.text[0] != '\0') == (r < 0));
    FUZZ_CHECK(r == 0 || r == ROMTOOL_E_BAD_POLICY || r == ROMTOOL_E_TOO_LARGE);
    if (r == 0) {
        check_settings(&settings);
        check_policy(&settings);
        check_conf(&settings);
    }
    rt_settings_free(&settings);
}

/* ------------------------------------------------------------------------- any */

static void read_pem(struct rt_bytes der, const char *label, void (*fn)(struct rt_bytes text))
{
    struct rt_buffer pem = {0};

    rt_pem_append(&pem, label, der);
    fn(bytes_in(&pem));
    rt_buffer_free(&pem);
}

static void read_minisign(struct rt_bytes secret)
{
    struct rt_buffer text = {0};

    rt_buffer_puts(&text, "untrusted comment: x\n");
    rt_base64_append(&text, secret);
    rt_buffer_puts(&text, "\n");
    read_private(bytes_in(&text));
    rt_buffer_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rt_bytes rest;

    if (!rt_bytes_slice((struct rt_bytes){data, size}, 1, size - 1, &rest))
        return 0;
    switch (data[0]) {
    case 'p':
        read_public(rest);
        break;
    case 'k':
        read_pem(rest, "PUBLIC KEY", read_public);
        break;
    case 's':
        read_private(rest);
        break;
    case 'd':
        read_pem(rest, "PRIVATE KEY", read_private);
        break;
    case 'e':
        read_pem(rest, "ENCRYPTED PRIVATE KEY", read_private);
        break;
    case 'm':
        read_minisign(rest);
        break;
    case 'c':
        read_settings(rest);
        break;
    default:
        break;
    }
    return 0;
}
