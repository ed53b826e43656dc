/* SPDX-License-Identifier: BSD-2-Clause */
/* Ed25519 keys: alone, and against the openssl program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "core/digest.h"
#include "manifests/base64.h"
#include "manifests/minisign.h"
#include "manifests/private-key.h"
#include "manifests/public-key.h"
#include "programs.h"

static struct rt_bytes bytes_of(const char *text)
{
    return (struct rt_bytes){(const uint8_t *)text, strlen(text)};
}

static struct rt_bytes bytes_in(const struct rt_buffer *buf)
{
    return (struct rt_bytes){(const uint8_t *)buf->data, buf->len};
}

static void from_hex(const char *hex, uint8_t *ret, size_t n)
{
    assert_true(rt_bytes_from_hex(hex, ret, n));
}

static struct rt_key_private *new_key(void)
{
    struct rt_key_private *key;
    struct romtool_error err;

    rt_error_clear(&err);
    assert_int_equal(rt_key_generate(RT_KEY_ED25519, &key, &err), 0);
    return key;
}

static struct rt_key_public public_of(const struct rt_key_private *key)
{
    struct rt_key_public ret;
    struct romtool_error err;

    rt_error_clear(&err);
    assert_int_equal(rt_key_private_public(key, &ret, &err), 0);
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

static int verify64(const struct rt_key_public *key, struct rt_bytes message,
                    const uint8_t signature[RT_KEY_SIGNATURE_SIZE], struct romtool_error *err)
{
    return rt_key_verify(key, message, (struct rt_bytes){signature, RT_KEY_SIGNATURE_SIZE}, err);
}

static int read_pem(const char *pem, struct rt_key_private **ret, struct romtool_error *err)
{
    rt_error_clear(err);
    return rt_private_key_read(bytes_of(pem), NULL, ret, err);
}

/* ------------------------------------------------------------------------- signatures */

/* RFC 8032, section 7.1 */
static const struct {
    const char *seed, *key, *signature, *message;
    size_t message_len;
} rfc8032[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "4"
     "6bd25bf5f0595bbe24655141438e7a100b",
     "", 0},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d"
     "8c387b2eaeb4302aeeb00d291612bb0c00",
     "72", 1},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6"
     "594a7c15e9716ed28dc027beceea1ec40a",
     "af82", 2},
};

/* A seed as PEM PKCS#8, made here without the code under test but its base64. */
static void pem_of_seed(const uint8_t seed[32], struct rt_buffer *ret)
{
    uint8_t der[48];

    from_hex("302e020100300506032b657004220420", der, 16);
    memcpy(der + 16, seed, 32);
    rt_buffer_puts(ret, "-----BEGIN PRIVATE KEY-----\n");
    rt_base64_append(ret, (struct rt_bytes){der, sizeof(der)});
    rt_buffer_puts(ret, "\n-----END PRIVATE KEY-----\n");
}

static void test_rfc8032(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rfc8032) / sizeof(rfc8032[0]); i++) {
        uint8_t seed[32], key[32], expected[64], signature[64], message[2];
        struct rt_bytes bytes = {message, rfc8032[i].message_len};
        struct rt_buffer pem = {0};
        struct rt_key_private *private;
        struct rt_key_public public;
        struct romtool_error err;

        from_hex(rfc8032[i].seed, seed, sizeof(seed));
        from_hex(rfc8032[i].key, key, sizeof(key));
        from_hex(rfc8032[i].signature, expected, sizeof(expected));
        from_hex(rfc8032[i].message, message, rfc8032[i].message_len);
        pem_of_seed(seed, &pem);
        assert_int_equal(read_pem(pem.data, &private, &err), 0);
        public = public_of(private);
        assert_memory_equal(public.key, key, sizeof(key));
        assert_int_equal(sign64(private, bytes, signature, &err), 0);
        assert_memory_equal(signature, expected, sizeof(expected));
        assert_int_equal(verify64(&public, bytes, expected, &err), 0);
        rt_key_private_free(private);
        rt_buffer_free(&pem);
    }
}

static void test_verify_refuses(void **state)
{
    struct rt_key_private *key = new_key(), *other = new_key();
    struct rt_key_public public = public_of(key), wrong = public_of(other);
    struct rt_bytes message = bytes_of("message");
    uint8_t signature[RT_KEY_SIGNATURE_SIZE], zero[RT_KEY_SIGNATURE_SIZE] = {0};
    struct romtool_error err;

    (void)state;
    rt_error_clear(&err);
    assert_int_equal(sign64(key, message, signature, &err), 0);
    assert_int_equal(verify64(&public, message, signature, &err), 0);
    assert_int_equal(verify64(&wrong, message, signature, &err), ROMTOOL_E_BAD_SIGNATURE);
    assert_int_equal(verify64(&public, bytes_of("Message"), signature, NULL),
                     ROMTOOL_E_BAD_SIGNATURE);
    assert_int_equal(verify64(&public, bytes_of(""), signature, NULL), ROMTOOL_E_BAD_SIGNATURE);
    assert_int_equal(verify64(&public, message, zero, NULL), ROMTOOL_E_BAD_SIGNATURE);
    for (size_t i = 0; i < RT_KEY_SIGNATURE_SIZE; i++) {
        signature[i] ^= 0x10;
        assert_int_equal(verify64(&public, message, signature, NULL), ROMTOOL_E_BAD_SIGNATURE);
        signature[i] ^= 0x10;
    }
    rt_key_private_free(key);
    rt_key_private_free(other);
}

/* S and S + the group's order verify alike unless S is held below the order (RFC 8032, 5.1.7). */
static void test_verify_refuses_malleable(void **state)
{
    static const uint8_t order[32] = {
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
        0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
        0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10,
    };
    struct rt_key_private *key = new_key();
    struct rt_key_public public = public_of(key);
    uint8_t signature[RT_KEY_SIGNATURE_SIZE];
    unsigned carry = 0;

    (void)state;
    assert_int_equal(sign64(key, bytes_of("m"), signature, NULL), 0);
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)signature[32 + i] + order[i];
        signature[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    assert_int_equal(verify64(&public, bytes_of("m"), signature, NULL), ROMTOOL_E_BAD_SIGNATURE);
    rt_key_private_free(key);
}

static void test_unsound_keys(void **state)
{
    static const char *const unsound[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* p */
        "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", /* p + 3 */
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    static const char *const sound[] = {
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* p - 2 */
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f7f",
        "edfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe",
    };
    struct rt_key_public key = {.algorithm = RT_KEY_ED25519};

    (void)state;
    for (size_t i = 0; i < sizeof(unsound) / sizeof(unsound[0]); i++) {
        from_hex(unsound[i], key.key, RT_KEY_PUBLIC_SIZE);
        if (rt_key_public_is_sound(&key))
            fail_msg("%s passes", unsound[i]);
    }
    for (size_t i = 0; i < sizeof(sound) / sizeof(sound[0]); i++) {
        from_hex(sound[i], key.key, RT_KEY_PUBLIC_SIZE);
        if (!rt_key_public_is_sound(&key))
            fail_msg("%s does not pass", sound[i]);
    }
}

/* ------------------------------------------------------------------------- PEM */

static void test_pem_round_trip(void **state)
{
    struct rt_key_private *key = new_key(), *again;
    struct rt_key_public a = public_of(key), b;
    struct rt_buffer pem = {0}, second = {0};
    uint8_t digest[RT_SHA256_SIZE];
    struct romtool_error err;

    (void)state;
    rt_error_clear(&err);
    assert_int_equal(rt_private_key_write(key, (struct rt_bytes){NULL, 0}, &pem, &err), 0);
    assert_int_equal(read_pem(pem.data, &again, &err), 0);
    b = public_of(again);
    assert_memory_equal(a.key, b.key, sizeof(a.key));
    assert_memory_equal(a.id, b.id, sizeof(a.id));
    assert_int_equal(rt_digest_sha256((struct rt_bytes){a.key, RT_KEY_PUBLIC_SIZE}, digest, &err),
                     0);
    assert_memory_equal(a.id, digest, sizeof(a.id));
    assert_int_equal(rt_private_key_write(again, (struct rt_bytes){NULL, 0}, &second, &err), 0);
    assert_string_equal(pem.data, second.data);
    rt_key_private_free(key);
    rt_key_private_free(again);
    rt_buffer_free(&pem);
    rt_buffer_free(&second);
}

#define PEM_BEGIN  "-----BEGIN PRIVATE KEY-----\n"
#define PEM_END    "-----END PRIVATE KEY-----\n"
#define PEM_SEED   "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"
#define PEM_X25519 "MC4CAQAwBQYDK2VuBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"

static void test_pem_accepted(void **state)
{
    static const char *const accepted[] = {
        PEM_BEGIN PEM_SEED "\n" PEM_END,
        PEM_BEGIN PEM_SEED "\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\r\n" PEM_SEED "\r\n-----END PRIVATE KEY-----\r\n",
        PEM_BEGIN "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/Vpg\n"
                  "uoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n" PEM_END,
    };
    struct rt_key_private *key;
    struct romtool_error err;

    (void)state;
    for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
        uint8_t expected[RT_KEY_PUBLIC_SIZE];
        struct rt_key_public public;

        if (read_pem(accepted[i], &key, &err) != 0)
            fail_msg("%zu: %s", i, err.text);
        public = public_of(key);
        from_hex(rfc8032[0].key, expected, sizeof(expected));
        assert_memory_equal(public.key, expected, sizeof(expected));
        rt_key_private_free(key);
    }
}

static const struct refused_pem {
    const char *name, *pem, *sentence;
} refused_pems[] = {
    {"pem_empty", "", "does not begin with '-----BEGIN PRIVATE KEY-----'"},
    {"pem_text_before", "key:\n" PEM_BEGIN PEM_SEED "\n" PEM_END, "does not begin with"},
    {"pem_empty_line_before", "\n" PEM_BEGIN PEM_SEED "\n" PEM_END, "does not begin with"},
    {"pem_text_after", PEM_BEGIN PEM_SEED "\n" PEM_END "x\n", "something follows the key"},
    {"pem_two_keys", PEM_BEGIN PEM_SEED "\n" PEM_END PEM_BEGIN PEM_SEED "\n" PEM_END,
     "something follows the key"},
    {"pem_without_end", PEM_BEGIN PEM_SEED "\n", "ends without"},
    {"pem_only_begin", PEM_BEGIN, "ends without"},
    {"pem_without_key", PEM_BEGIN PEM_END, "no base64 in it"},
    {"pem_encrypted", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", "ends without"},
    {"pem_public", "-----BEGIN PUBLIC KEY-----\n", "a public key where a private one"},
    {"pem_openssh", "-----BEGIN OPENSSH PRIVATE KEY-----\n", "an OpenSSH key"},
    {"pem_minisign", "untrusted comment: minisign secret key\n", "line 2: missing"},
    {"pem_rsa", "-----BEGIN RSA PRIVATE KEY-----\n", "does not begin with"},
    {"pem_headers", PEM_BEGIN "Proc-Type: 4,ENCRYPTED\n\n" PEM_SEED "\n" PEM_END,
     "not base64 in lines"},
    {"pem_x25519", PEM_BEGIN PEM_X25519 "\n" PEM_END, "not an Ed25519, P-256 or P-384 key"},
    {"pem_not_base64", PEM_BEGIN "!" PEM_SEED "\n" PEM_END, "not base64 in lines"},
    {"pem_space", PEM_BEGIN " " PEM_SEED "\n" PEM_END, "not base64 in lines"},
    {"pem_empty_line", PEM_BEGIN "\n" PEM_SEED "\n" PEM_END, "not base64 in lines"},
    {"pem_longer", PEM_BEGIN PEM_SEED "\nMC4=\n" PEM_END, "not an Ed25519, P-256"},
    {"pem_shorter", PEM_BEGIN "MC4=\n" PEM_END, "not an Ed25519, P-256"},
};

static void test_refused_pem(void **state)
{
    const struct refused_pem *c = *state;
    struct rt_key_private *key;
    struct romtool_error err;

    assert_int_equal(read_pem(c->pem, &key, &err), ROMTOOL_E_BAD_KEY);
    assert_null(key);
    if (strncmp(err.text, c->sentence, strlen(c->sentence)) != 0)
        fail_msg("'%s' instead of '%s'", err.text, c->sentence);
}

/* RFC 6979, A.2.5, as PKCS#8, with a y of its public half. */
static int read_p256(const char *y, struct romtool_error *err)
{
    static const char before_y[] =
        "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420"
        "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721a14403420004"
        "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
    uint8_t der[138];
    struct rt_key_private *key;
    int r;

    from_hex(before_y, der, sizeof(der) - 32);
    from_hex(y, der + sizeof(der) - 32, 32);
    rt_error_clear(err);
    r = rt_key_private_from_pkcs8((struct rt_bytes){der, sizeof(der)}, &key, err);
    assert_true((key != NULL) == (r == 0));
    rt_key_private_free(key);
    return r;
}

/* The point with the negative y is on the curve, but it is another key's. */
static void test_other_public_half(void **state)
{
    struct romtool_error err;

    (void)state;
    assert_int_equal(
        read_p256("7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299", &err), 0);
    assert_int_equal(
        read_p256("86fc01eef74743675be51616a9d7439b0d0e4df4d28160ae885c3d6b2bb9dd66", &err),
        ROMTOOL_E_BAD_KEY);
    assert_string_equal(err.text, "its public half is not that of its private one");
}

/* scrypt with little memory for hours: it is not even begun. */
static void test_costly_scrypt(void **state)
{
    uint8_t der[153];
    struct rt_key_private *key;
    struct romtool_error err;

    (void)state;
    from_hex("308196305206092a864886f70d01050d3045302406092b06010401da47040b30"
             "17040873737373737373730203010000020102020300ea60301d060960864801"
             "650304012a041069696969696969696969696969696969044000000000000000"
             "0000000000000000000000000000000000000000000000000000000000000000"
             "00000000000000000000000000000000000000000000000000",
             der, sizeof(der));
    rt_error_clear(&err);
    assert_int_equal(rt_key_private_from_encrypted((struct rt_bytes){der, sizeof(der)},
                                                   bytes_of("x"), &key, &err),
                     ROMTOOL_E_BAD_KEY);
    assert_null(key);
    assert_string_equal(err.text,
                        "not encrypted with PBES2, or with more work than is done for it");
}

/* ------------------------------------------------------------------------- libcrypto */

/* An error that the process has queued is still there, and nothing else is. */
static void test_error_queue_is_left_as_found(void **state)
{
    struct rt_key_private *key, *none;
    struct rt_key_public public;
    uint8_t signature[RT_KEY_SIGNATURE_SIZE];
    struct romtool_error err;

    (void)state;
    for (int queued = 0; queued < 2; queued++) {
        ERR_clear_error();
        if (queued)
            ERR_raise(ERR_LIB_USER, 42);
        key = new_key();
        public = public_of(key);
        rt_error_clear(&err);
        assert_int_equal(sign64(key, bytes_of("a"), signature, &err), 0);
        assert_int_equal(verify64(&public, bytes_of("b"), signature, &err),
                         ROMTOOL_E_BAD_SIGNATURE);
        memset(public.key, 2, sizeof(public.key)); /* no point of the curve */
        assert_int_equal(verify64(&public, bytes_of("a"), signature, NULL),
                         ROMTOOL_E_BAD_SIGNATURE);
        assert_int_equal(read_pem(PEM_BEGIN PEM_X25519 "\n" PEM_END, &none, &err),
                         ROMTOOL_E_BAD_KEY);
        assert_int_equal(EVP_set_default_properties(NULL, "fips=yes"), 1);
        assert_int_equal(rt_key_generate(RT_KEY_ED25519, &none, NULL), ROMTOOL_E_UNAVAILABLE);
        assert_int_equal(EVP_set_default_properties(NULL, ""), 1);
        if (queued)
            assert_int_equal(ERR_GET_REASON(ERR_get_error()), 42);
        assert_int_equal(ERR_get_error(), 0);
        rt_key_private_free(key);
    }
}

/* Where libcrypto has no Ed25519, nothing is said about a signature, right or wrong. */
static void test_unavailable(void **state)
{
    struct rt_key_private *key = new_key(), *none;
    struct rt_key_public public = public_of(key);
    uint8_t signature[RT_KEY_SIGNATURE_SIZE];
    struct romtool_error err;

    (void)state;
    rt_error_clear(&err);
    assert_int_equal(sign64(key, bytes_of("a"), signature, &err), 0);
    assert_int_equal(EVP_set_default_properties(NULL, "fips=yes"), 1);
    assert_int_equal(verify64(&public, bytes_of("a"), signature, &err), ROMTOOL_E_UNAVAILABLE);
    assert_string_equal(err.text, "this libcrypto does not offer ed25519");
    assert_int_equal(verify64(&public, bytes_of("b"), signature, NULL), ROMTOOL_E_UNAVAILABLE);
    assert_int_equal(read_pem(PEM_BEGIN PEM_SEED "\n" PEM_END, &none, &err), ROMTOOL_E_UNAVAILABLE);
    assert_null(none);
    assert_int_equal(rt_key_generate(RT_KEY_ED25519, &none, NULL), ROMTOOL_E_UNAVAILABLE);
    assert_null(none);
    assert_int_equal(EVP_set_default_properties(NULL, ""), 1);
    assert_int_equal(verify64(&public, bytes_of("a"), signature, NULL), 0);
    rt_key_private_free(key);
}

/* ------------------------------------------------------------------------- openssl(1) */

static void need_openssl(void)
{
    if (run((const char *const[]){"openssl", "version", NULL}) < 0)
        skip();
}

/* What openssl makes of our private key is our public key, and it verifies our signature. */
static void test_openssl_reads_ours(void **state)
{
    struct rt_key_private *key;
    struct rt_key_public public;
    uint8_t signature[RT_KEY_SIGNATURE_SIZE];
    char a[PATH_MAX], b[PATH_MAX], c[PATH_MAX];
    struct rt_buffer pem = {0}, der;

    (void)state;
    need_openssl();
    key = new_key();
    public = public_of(key);
    assert_int_equal(rt_private_key_write(key, (struct rt_bytes){NULL, 0}, &pem, NULL), 0);
    assert_true(scratch_write("key.pem", pem.data, pem.len));
    assert_int_equal(
        run((const char *const[]){"openssl", "pkey", "-in", scratch_path(a, "key.pem"), "-pubout",
                                  "-outform", "DER", "-out", scratch_path(b, "pub.der"), NULL}),
        0);
    der = scratch_read("pub.der");
    assert_int_equal(der.len, 12 + RT_KEY_PUBLIC_SIZE);
    assert_memory_equal(der.data + 12, public.key, RT_KEY_PUBLIC_SIZE);

    assert_int_equal(sign64(key, bytes_of("message"), signature, NULL), 0);
    for (int wrong = 0; wrong < 2; wrong++) {
        signature[40] ^= (uint8_t)wrong;
        assert_true(scratch_write("sig", signature, sizeof(signature)));
        assert_true(scratch_write("message", "message", 7));
        assert_int_equal(run((const char *const[]){
                             "openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey",
                             scratch_path(a, "pub.der"), "-rawin", "-in",
                             scratch_path(b, "message"), "-sigfile", scratch_path(c, "sig"), NULL}),
                         wrong);
    }
    rt_buffer_free(&der);
    rt_buffer_free(&pem);
    rt_key_private_free(key);
}

/* The other way round. */
static void test_openssl_makes_a_key(void **state)
{
    char a[PATH_MAX], b[PATH_MAX], c[PATH_MAX];
    struct rt_key_private *key;
    struct rt_key_public public;
    struct rt_buffer pem, signature, again = {0};
    struct romtool_error err;

    (void)state;
    need_openssl();
    assert_int_equal(run((const char *const[]){"openssl", "genpkey", "-algorithm", "ed25519",
                                               "-out", scratch_path(a, "made.pem"), NULL}),
                     0);
    assert_true(scratch_write("message", "message", 7));
    assert_int_equal(run((const char *const[]){"openssl", "pkeyutl", "-sign", "-inkey", a, "-rawin",
                                               "-in", scratch_path(b, "message"), "-out",
                                               scratch_path(c, "made.sig"), NULL}),
                     0);
    pem = scratch_read("made.pem");
    signature = scratch_read("made.sig");
    assert_int_equal(signature.len, RT_KEY_SIGNATURE_SIZE);
    assert_int_equal(read_pem(pem.data, &key, &err), 0);
    public = public_of(key);
    assert_int_equal(verify64(&public, bytes_of("message"), bytes_in(&signature).data, &err), 0);
    assert_int_equal(rt_private_key_write(key, (struct rt_bytes){NULL, 0}, &again, &err), 0);
    assert_string_equal(again.data, pem.data);
    rt_key_private_free(key);
    rt_buffer_free(&pem);
    rt_buffer_free(&signature);
    rt_buffer_free(&again);
}

/* Keys of other kinds, as openssl writes them. */
static void test_openssl_makes_another_key(void **state)
{
    static const char *const kinds[][10] = {
        {"openssl", "genpkey", "-algorithm", "x25519"},
        {"openssl", "genpkey", "-algorithm", "ed448"},
        {"openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"},
        {"openssl", "genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:x"},
    };
    struct rt_key_private *key;
    struct romtool_error err;
    struct rt_buffer pem;

    (void)state;
    need_openssl();
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        assert_int_equal(run(kinds[i]), 0);
        pem = scratch_read("output");
        assert_non_null(strstr(pem.data, "PRIVATE KEY-----"));
        assert_int_equal(read_pem(strstr(pem.data, "-----BEGIN"), &key, &err), ROMTOOL_E_BAD_KEY);
        assert_string_equal(err.text, i == 3 ? "an encrypted key, and no passphrase for it"
                                             : "not an Ed25519, P-256 or P-384 key");
        rt_buffer_free(&pem);
    }
}

int main(void)
{
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test(test_rfc8032),
        cmocka_unit_test(test_verify_refuses),
        cmocka_unit_test(test_verify_refuses_malleable),
        cmocka_unit_test(test_unsound_keys),
        cmocka_unit_test(test_pem_round_trip),
        cmocka_unit_test(test_pem_accepted),
        cmocka_unit_test(test_other_public_half),
        cmocka_unit_test(test_costly_scrypt),
        cmocka_unit_test(test_error_queue_is_left_as_found),
        cmocka_unit_test(test_unavailable),
        cmocka_unit_test(test_openssl_reads_ours),
        cmocka_unit_test(test_openssl_makes_a_key),
        cmocka_unit_test(test_openssl_makes_another_key),
    };
    enum {
        N_PLAIN = sizeof(plain) / sizeof(plain[0]),
        N_PEMS = sizeof(refused_pems) / sizeof(refused_pems[0]),
    };
    struct CMUnitTest tests[N_PLAIN + N_PEMS] = {0};

    memcpy(tests, plain, sizeof(plain));
    for (size_t i = 0; i < N_PEMS; i++) {
        tests[N_PLAIN + i].name = refused_pems[i].name;
        tests[N_PLAIN + i].test_func = test_refused_pem;
        tests[N_PLAIN + i].initial_state = (void *)(uintptr_t)&refused_pems[i];
    }
    return cmocka_run_group_tests_name("key", tests, scratch_set_up, scratch_tear_down);
}
