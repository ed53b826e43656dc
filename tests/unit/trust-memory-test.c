/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom to believe, while memory runs out: keys, settings, envelopes, trust directories, signed
 * manifests. Every allocation fails once, alone or with all that follow; what is good then is never
 * called bad, and never half of it is read. Leaks are a sanitizer's to see.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <sys/stat.h>

#include <openssl/crypto.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "loader/host.h"
#include "loader/stamp.h"
#include "manifests/base64.h"
#include "manifests/dsse.h"
#include "manifests/minisign-sign.h"
#include "manifests/pem.h"
#include "manifests/private-key.h"
#include "manifests/ssh.h"
#include "programs.h"

/* ------------------------------------------------------------------------- failing allocations */

/* Ours and libcrypto's. Not jansson's, which calls some of its own failures a syntax error. */
static long until_failure = -1; /* -1: none fails */
static bool from_then_on;       /* not only that one */
static bool enough;             /* the attempt came to its end before */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t n);

static bool fails(void)
{
    if (until_failure < 0)
        return false;
    if (until_failure > 0)
        return --until_failure == 0;
    return from_then_on;
}

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return fails() ? NULL : __real_realloc(p, n);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t n)
{
    return fails() ? NULL : __real_strndup(text, n);
}

static void *crypto_malloc(size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return malloc(n);
}

static void *crypto_realloc(void *p, size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return realloc(p, n);
}

static void crypto_free(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    free(p);
}

/* Between what is attempted and what is then expected of it. */
static void stop_failing(void)
{
    enough = until_failure != 0;
    until_failure = -1;
}

static struct romtool_error err;

/*
 * Attempts, with the n-th allocation failing for every n, until one needs fewer. Each ends as it
 * does with memory, or undecided; an attempt itself looks at what it has got.
 *
 * To read or to refuse one private key libcrypto allocates four thousand times: behind the first
 * NEAR of them, only every so manieth fails there (with 1 for FAR all do, for two minutes).
 */
enum { NEAR = 100, FAR = 31 };

static void walk(int (*attempt)(void), int expected, long least, long far)
{
    rt_error_clear(&err);
    assert_int_equal(attempt(), expected);
    for (int mode = 0; mode < 2; mode++) {
        long n = 0;
        int r;

        from_then_on = mode == 1;
        do {
            rt_error_clear(&err);
            n += n < NEAR ? 1 : far;
            until_failure = n;
            r = attempt();
            assert_int_equal(until_failure, -1);
            if (r != expected &&
                (enough || (r != ROMTOOL_E_NO_MEMORY && r != ROMTOOL_E_UNAVAILABLE)))
                fail_msg("allocation %ld, mode %d: %d %s", n, mode, r, err.text);
            assert_int_equal(err.code, r);
            assert_int_equal(err.text[0] == '\0', r == 0);
        } while (!enough);
        assert_in_range(n, least, 20000);
    }
}

static void every_failure(int (*attempt)(void), int expected, long least)
{
    walk(attempt, expected, least, 1);
}

static void many_failures(int (*attempt)(void), int expected, long least)
{
    walk(attempt, expected, least, FAR);
}

/* ------------------------------------------------------------------------- what is read */

enum { A, B, C, SIGNERS }; /* Ed25519, P-256, P-384 */

static const enum rt_key_algorithm algorithms[SIGNERS] = {RT_KEY_ED25519, RT_KEY_P256, RT_KEY_P384};

static struct rt_key_private *private_keys[SIGNERS];
static struct rt_key_public public_keys[SIGNERS];
static struct rt_buffer manifest_text, minisign_text, dsse_text, wrong_dsse_text;

static struct rt_bytes bytes_of(const char *text)
{
    return (struct rt_bytes){(const uint8_t *)text, strlen(text)};
}

static struct rt_bytes bytes_in(const struct rt_buffer *buf)
{
    return (struct rt_bytes){(const uint8_t *)buf->data, buf->len};
}

static struct romtool_blob blob_of(const struct rt_buffer *buf)
{
    return (struct romtool_blob){buf->data, buf->len};
}

static const char policy_text[] = "threshold=3\nexpiry=deny\n\n[P]\nrequired-keys=a b\n[Q]\n"
                                  "algorithms=ed25519 ecdsa-p256\nthreshold=2\n";

static const char conf_text[] = "# of a key\nproducts=P\nnot-before=2020-01-01\n"
                                "not-after=2100-01-01\n";

/* ------------------------------------------------------------------------- DSSE */

static int read_dsse(void)
{
    struct rt_dsse *dsse;
    int r = rt_dsse_read(bytes_in(&dsse_text), &dsse, &err);

    stop_failing();
    assert_true((dsse != NULL) == (r == 0));
    if (r == 0) {
        struct rt_bytes payload = rt_dsse_payload(dsse);

        assert_int_equal(rt_dsse_count(dsse), 2);
        assert_int_equal(payload.len, manifest_text.len);
        assert_memory_equal(payload.data, manifest_text.data, payload.len);
    }
    rt_dsse_free(dsse);
    return r;
}

static int write_dsse(void)
{
    static const struct rt_dsse_signature signatures[] = {{"k", {(const uint8_t *)"abcd", 4}},
                                                          {NULL, {(const uint8_t *)"e", 1}}};
    struct rt_buffer out = {0};
    int r = rt_dsse_write(bytes_of("{}"), signatures, 2, &out, &err);

    stop_failing();
    if (r == 0)
        assert_string_equal(
            out.data, "{\"payload\":\"e30=\",\"payloadType\":\"application/vnd.in-toto+json\","
                      "\"signatures\":[{\"keyid\":\"k\",\"sig\":\"YWJjZA==\"},"
                      "{\"sig\":\"ZQ==\"}]}");
    rt_buffer_free(&out);
    return r;
}

static int make_pae(void)
{
    struct rt_buffer out = {0};
    int r = rt_dsse_pae(bytes_of("{}"), &out, &err);

    stop_failing();
    if (r == 0)
        assert_string_equal(out.data, "DSSEv1 28 application/vnd.in-toto+json 2 {}");
    rt_buffer_free(&out);
    return r;
}

static void test_dsse(void **state)
{
    (void)state;
    every_failure(read_dsse, 0, 3);
    every_failure(write_dsse, 0, 4);
    every_failure(make_pae, 0, 2);
}

/* ------------------------------------------------------------------------- settings */

static int read_policy(void)
{
    struct rt_policy *policies = NULL;
    struct rt_settings settings;
    size_t n = 0;
    int r = rt_settings_read(bytes_of(policy_text), &settings, &err);

    if (r == 0)
        r = rt_policy_read(&settings, &policies, &n, &err);
    stop_failing();
    if (r == 0) {
        assert_int_equal(n, 3);
        assert_int_equal(policies[0].threshold, 3);
        assert_int_equal(policies[1].expiry, RT_POLICY_DENY);
        assert_string_equal(policies[1].required, "a b");
        assert_int_equal(policies[2].threshold, 2);
    } else {
        assert_null(policies);
    }
    free(policies);
    rt_settings_free(&settings);
    return r;
}

static int read_conf(void)
{
    struct rt_trusted_key key = {.name = "k"};
    struct rt_settings settings;
    int r = rt_settings_read(bytes_of(conf_text), &settings, &err);

    if (r == 0)
        r = rt_trusted_key_conf(&settings, &key, &err);
    stop_failing();
    if (r == 0) {
        assert_string_equal(key.products, "P");
        assert_int_equal(key.limits.not_before, 1577836800);
        assert_int_equal(key.limits.not_after, 4102531199);
    }
    rt_settings_free(&settings);
    return r;
}

static void test_settings(void **state)
{
    (void)state;
    every_failure(read_policy, 0, 7);
    every_failure(read_conf, 0, 5);
}

/* ------------------------------------------------------------------------- public keys */

static struct rt_buffer key_text;
static const struct rt_key_public *expected_key;

static int read_public(void)
{
    static const struct rt_key_public none;
    struct rt_key_public key;
    struct rt_key_limits limits;
    int r = rt_key_public_read(bytes_in(&key_text), &key, &limits, &err);

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
    int r = rt_private_key_read(bytes_in(&key_text), &passphrase, &key, &err);

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

/* ------------------------------------------------------------------------- signed manifests */

static struct rt_trusted_key trusted[SIGNERS];
static struct rt_policy policy;
static struct romtool_blob blobs[2];

static int verify(void)
{
    struct rt_trust trust = {.keys = trusted, .n_keys = SIGNERS};
    struct rt_manifest_signatures became;
    bool signed_by[SIGNERS];
    size_t n = 0;
    int r =
        rt_manifest_verify(bytes_in(&manifest_text), blobs, 2, &trust, signed_by, &became, &err);

    stop_failing();
    for (size_t i = 0; i < became.n; i++) {
        const struct rt_manifest_signature *one = &became.items[i];

        n += one->valid;
        assert_true(one->valid == (one->code == 0));
        assert_true(one->valid || one->code == ROMTOOL_E_NO_MEMORY ||
                    one->code == ROMTOOL_E_UNAVAILABLE);
    }
    for (size_t i = 0; i < SIGNERS && r == 0; i++)
        n -= signed_by[i];
    if (r == 0)
        assert_int_equal(n, 0);
    free(became.items);
    return r;
}

static int open_manifest(void)
{
    struct rt_trust trust = {
        .keys = trusted, .n_keys = SIGNERS, .policies = &policy, .n_policies = 1};
    struct rt_manifest_source source = {
        .manifest = bytes_in(&manifest_text),
        .signatures = blobs,
        .n_signatures = 2,
        .trust = &trust,
        .at = RT_TRUST_NO_TIME,
    };
    struct romtool_manifest *opened;
    int r = rt_manifest_open(&source, NULL, &opened, &err);

    stop_failing();
    assert_true((opened != NULL) == (r == 0));
    if (r == 0) {
        assert_string_equal(rt_manifest_model(opened)->product, "P");
        for (size_t i = 0; i < SIGNERS; i++)
            assert_true(rt_manifest_counts(opened, i));
    }
    romtool_manifest_free(opened);
    return r;
}

static void test_verify(void **state)
{
    (void)state;
    many_failures(verify, 0, 100);
}

/* That two of three keys have signed is no answer where the third's signature was not judged. */
static void test_open_threshold(void **state)
{
    (void)state;
    policy = rt_policy_default;
    policy.threshold = 3;
    every_failure(open_manifest, 0, 50);
}

static void test_open_required(void **state)
{
    (void)state;
    policy = rt_policy_default;
    policy.required = "a b c";
    many_failures(open_manifest, 0, 100);
}

static int open_wrongly_signed(void)
{
    struct rt_trust trust = {.keys = trusted, .n_keys = SIGNERS};
    struct romtool_blob blob = blob_of(&wrong_dsse_text);
    struct rt_manifest_source source = {
        .manifest = bytes_in(&manifest_text),
        .signatures = &blob,
        .n_signatures = 1,
        .trust = &trust,
        .at = RT_TRUST_NO_TIME,
    };
    struct romtool_manifest *opened;
    int r = rt_manifest_open(&source, NULL, &opened, &err);

    stop_failing();
    assert_null(opened);
    return r;
}

static void test_open_wrongly_signed(void **state)
{
    (void)state;
    many_failures(open_wrongly_signed, ROMTOOL_E_BAD_SIGNATURE, 100);
}

/* ------------------------------------------------------------------------- hosts */

static char manifest_path[PATH_MAX];
static uint8_t trust_digest[RT_SHA256_SIZE];

static void check_trust(const struct rt_trust_dir *dir)
{
    static const struct {
        const char *name;
        size_t key;
        bool revoked;
    } expected[] = {{"a", A, false}, {"b", B, false}, {"c", C, false}, {"old", A, false}};
    const struct rt_trust *trust = rt_trust_dir_trust(dir);

    assert_int_equal(trust->n_keys, 5);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(trust->keys[i].name, expected[i].name);
        assert_true(rt_key_public_equal(&trust->keys[i].key, &public_keys[expected[i].key]) ||
                    i == 3);
        assert_int_equal(trust->keys[i].revoked, i == 3);
    }
    assert_true(trust->keys[4].revoked);
    assert_int_equal(trust->n_revoked, 1);
    assert_string_equal(trust->keys[A].products, "P");
    assert_int_equal(trust->keys[A].limits.not_after, 4102531199);
    assert_int_equal(trust->n_policies, 3);
    assert_int_equal(rt_trust_policy(trust, "P")->threshold, 3);
    assert_memory_equal(rt_trust_dir_digest(dir), trust_digest, RT_SHA256_SIZE);
}

static int read_trust(void)
{
    struct rt_trust_dir *dir;
    int r = rt_trust_dir_read(scratch, &dir, &err);

    stop_failing();
    assert_true((dir != NULL) == (r == 0));
    if (r == 0)
        check_trust(dir);
    rt_trust_dir_free(dir);
    return r;
}

static void test_trust_dir(void **state)
{
    (void)state;
    every_failure(read_trust, 0, 50);
}

static bool may_use_stamp;

static int open_host(void)
{
    struct rt_host_manifest host;
    int r = rt_host_open(scratch, manifest_path, 1800000000, may_use_stamp, NULL, &host, &err);

    stop_failing();
    assert_true((host.manifest != NULL) == (r == 0));
    if (r == 0) {
        check_trust(host.trust);
        assert_string_equal(rt_manifest_model(host.manifest)->product, "P");
        assert_true(may_use_stamp || !host.stamped);
        for (size_t i = 0; i < SIGNERS && !host.stamped; i++)
            assert_true(rt_manifest_counts(host.manifest, i));
    }
    rt_host_free(&host);
    return r;
}

static void test_host(void **state)
{
    (void)state;
    may_use_stamp = false;
    many_failures(open_host, 0, 100);
}

static void test_host_stamped(void **state)
{
    struct rt_host_manifest host;
    struct rt_stamp stamp;

    (void)state;
    assert_int_equal(rt_host_open(scratch, manifest_path, 1800000000, false, NULL, &host, &err), 0);
    assert_int_equal(rt_stamp_make(bytes_in(&manifest_text), host.manifest,
                                   rt_trust_dir_trust(host.trust), rt_trust_dir_digest(host.trust),
                                   &stamp, &err),
                     0);
    assert_int_equal(rt_stamp_write(scratch, &stamp, &err), 0);
    rt_host_free(&host);
    may_use_stamp = true;
    assert_int_equal(rt_host_open(scratch, manifest_path, 1800000000, true, NULL, &host, &err), 0);
    assert_true(host.stamped);
    rt_host_free(&host);
    every_failure(open_host, 0, 50);
}

/* ------------------------------------------------------------------------- the ground */

static bool write_text(const char *name, const struct rt_buffer *text)
{
    return !text->failed && scratch_write(name, text->data, text->len);
}

static bool make_directories(void)
{
    static const char *const names[] = {
        "etc", "etc/romtool", "etc/romtool/trusted.d", "etc/romtool/revoked.d",
        "usr", "usr/lib",     "usr/lib/romtool",       "usr/lib/romtool/trusted.d",
        "var", "var/lib",     "var/lib/romtool",       "var/lib/romtool/stamps",
    };
    char path[PATH_MAX];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (mkdir(scratch_path(path, names[i]), 0755) != 0)
            return false;
    }
    return true;
}

/* Keys of each kind; one that is revoked by its name, one by its file; one that is masked. */
static bool write_trust(void)
{
    struct rt_buffer a = {0}, b = {0}, c = {0}, ssh = {0}, old = {0}, id = {0};
    struct rt_key_private *other[2] = {NULL, NULL};
    char name[2 * RT_SHA256_SIZE + 1] = "";
    struct rt_key_public public[2];
    bool written = true;

    for (size_t i = 0; i < 2; i++)
        written = written && rt_key_generate(RT_KEY_ED25519, &other[i], NULL) == 0 &&
                  rt_key_private_public(other[i], &public[i], NULL) == 0;
    written = written && rt_minisign_key_write(&public_keys[A], &a, NULL) == 0 &&
              rt_key_public_name(&public[0], name, NULL) == 0;
    rt_key_public_write_pem(&public_keys[B], &b);
    rt_key_public_write_pem(&public_keys[C], &c);
    rt_buffer_puts(&ssh, "me ");
    rt_ssh_key_append(&public[0], &ssh);
    rt_key_public_write_pem(&public[1], &old);
    rt_buffer_printf(&id, "%s\n", name);
    written = written && write_text("etc/romtool/trusted.d/a.pub", &a) &&
              write_text("usr/lib/romtool/trusted.d/b.pem", &b) &&
              write_text("etc/romtool/trusted.d/c.pem", &c) &&
              write_text("usr/lib/romtool/trusted.d/old.ssh", &ssh) &&
              write_text("etc/romtool/revoked.d/older.pem", &old) &&
              write_text("etc/romtool/revoked.d/old.id", &id) &&
              write_text("usr/lib/romtool/trusted.d/masked.pem", &old) &&
              scratch_write("etc/romtool/trusted.d/masked.pem", "", 0) &&
              scratch_write("etc/romtool/trusted.d/a.conf", conf_text, sizeof(conf_text) - 1) &&
              scratch_write("etc/romtool/policy.conf", policy_text, sizeof(policy_text) - 1);
    for (size_t i = 0; i < 2; i++)
        rt_key_private_free(other[i]);
    rt_buffer_free(&a);
    rt_buffer_free(&b);
    rt_buffer_free(&c);
    rt_buffer_free(&ssh);
    rt_buffer_free(&old);
    rt_buffer_free(&id);
    return written;
}

static bool sign_dsse(struct rt_bytes payload, struct rt_bytes signed_bytes, struct rt_buffer *ret)
{
    struct rt_dsse_signature signatures[2];
    struct rt_key_signature raw[2];
    struct rt_buffer pae = {0};
    char names[2][2 * RT_SHA256_SIZE + 1];
    bool done = rt_dsse_pae(signed_bytes, &pae, NULL) == 0;

    for (size_t i = 0; i < 2 && done; i++) {
        done = rt_key_sign(private_keys[B + i], bytes_in(&pae), &raw[i], NULL) == 0 &&
               rt_key_public_name(&public_keys[B + i], names[i], NULL) == 0;
        /* only the second says whose it is */
        signatures[i] =
            (struct rt_dsse_signature){i == 0 ? NULL : names[i], {raw[i].data, raw[i].len}};
    }
    done = done && rt_dsse_write(payload, signatures, 2, ret, NULL) == 0;
    rt_buffer_free(&pae);
    return done;
}

static bool make_manifest(void)
{
    static const struct rt_manifest_rom rom = {
        .file = "a.rom", .sha256 = {1}, .size = 1, .slot = 1, .content_length = 1, .fill = -1};
    static const struct rt_manifest model = {.product = "P",
                                             .channel = "C",
                                             .release = "R",
                                             .created = -1,
                                             .profile = "p",
                                             .roms = &rom,
                                             .n_roms = 1};

    return rt_manifest_write(&model, &manifest_text, NULL) == 0 &&
           rt_minisign_sign(private_keys[A], bytes_in(&manifest_text), "c", &minisign_text, NULL) ==
               0 &&
           sign_dsse(bytes_in(&manifest_text), bytes_in(&manifest_text), &dsse_text) &&
           sign_dsse(bytes_in(&manifest_text), bytes_of("{}"), &wrong_dsse_text) &&
           write_text("m.json", &manifest_text) && write_text("m.json.minisig", &minisign_text) &&
           write_text("m.json.dsse", &dsse_text);
}

static int set_up(void **state)
{
    static const char *const names[SIGNERS] = {"a", "b", "c"};
    struct rt_trust_dir *dir;

    (void)state;
    (void)umask(022);
    for (size_t i = 0; i < SIGNERS; i++) {
        if (rt_key_generate(algorithms[i], &private_keys[i], NULL) != 0 ||
            rt_key_private_public(private_keys[i], &public_keys[i], NULL) != 0)
            return -1;
        trusted[i] = (struct rt_trusted_key){.name = names[i], .key = public_keys[i]};
    }
    if (!scratch_make() || !make_directories() || !write_trust() || !make_manifest())
        return -1;
    blobs[0] = blob_of(&minisign_text);
    blobs[1] = blob_of(&dsse_text);
    (void)scratch_path(manifest_path, "m.json");
    if (rt_trust_dir_read(scratch, &dir, NULL) != 0)
        return -1;
    memcpy(trust_digest, rt_trust_dir_digest(dir), sizeof(trust_digest));
    rt_trust_dir_free(dir);
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIGNERS; i++)
        rt_key_private_free(private_keys[i]);
    rt_buffer_free(&manifest_text);
    rt_buffer_free(&minisign_text);
    rt_buffer_free(&dsse_text);
    rt_buffer_free(&wrong_dsse_text);
    return nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dsse),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_public_pem),
        cmocka_unit_test(test_public_minisign),
        cmocka_unit_test(test_public_ssh),
        cmocka_unit_test(test_public_off_curve),
        cmocka_unit_test(test_private_pem),
        cmocka_unit_test(test_private_encrypted_pem),
        cmocka_unit_test(test_private_minisign),
        cmocka_unit_test(test_verify),
        cmocka_unit_test(test_open_threshold),
        cmocka_unit_test(test_open_required),
        cmocka_unit_test(test_open_wrongly_signed),
        cmocka_unit_test(test_trust_dir),
        cmocka_unit_test(test_host),
        cmocka_unit_test(test_host_stamped),
    };

    /* before libcrypto's first allocation, or it keeps the C library's */
    if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1)
        return 1;
    return cmocka_run_group_tests_name("trust-memory", tests, set_up, tear_down);
}
