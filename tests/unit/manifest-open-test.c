/* SPDX-License-Identifier: BSD-2-Clause */
/* Signed manifests through the library's own calls: who is believed, and what is then said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/evp.h>

#include "manifests/minisign-sign.h"
#include "manifests/private-key.h"
#include "manifests/public-key.h"
#include "manifests/open.h"

#define SHA_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static const char text[] =
    "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":["
    "{\"name\":\"a.rom\",\"digest\":{\"sha256\":\"" SHA_A "\"}},"
    "{\"name\":\"b.rom\",\"digest\":{\"sha256\":\"" SHA_B "\"}}],"
    "\"predicateType\":\"urn:romtool:rom-manifest:v1\",\"predicate\":{"
    "\"product\":\"P\",\"channel\":\"C\",\"release\":\"R 1\",\"serial\":7,\"profile\":\"debian/x\","
    "\"roms\":[{\"file\":\"a.rom\",\"size\":3000,\"slot\":4096,\"contentLength\":2048,"
    "\"content\":{\"sha256\":\"" SHA_B "\"},\"images\":[],\"mandates\":["
    "{\"device\":\"e1000\",\"machines\":[{\"machine\":\"microvm\"},"
    "{\"family\":\"pc-q35\",\"from\":\"2.4\",\"to\":\"3.0\"},"
    "{\"family\":\"pc-q35\",\"from\":\"5.0\",\"to\":\"7.2\"}]}]},"
    "{\"file\":\"b.rom\",\"size\":512,\"slot\":512,\"contentLength\":512,"
    "\"content\":{\"sha256\":\"" SHA_B "\"},\"images\":[],\"mandates\":["
    "{\"device\":\"VGA\",\"machines\":[{\"family\":\"pc-i440fx\",\"from\":\"1.5\",\"to\":\"7.2\"}]}"
    "]}]}}";

static const struct romtool_blob manifest = {text, sizeof(text) - 1};

/* Two signers of this run, their public keys and their signatures over the manifest. */
enum {
    A,
    B,
    SIGNERS,
};

static struct rt_key_private *private_keys[SIGNERS];
static struct rt_buffer key_texts[SIGNERS], signature_texts[SIGNERS];
static struct romtool_blob keys[SIGNERS], signatures[SIGNERS];

static struct romtool_blob blob_of(const struct rt_buffer *buf)
{
    return (struct romtool_blob){buf->data, buf->len};
}

/* A signature by signer over other bytes. */
static void sign(int signer, const void *data, size_t n, struct rt_buffer *ret)
{
    assert_int_equal(
        rt_minisign_sign(private_keys[signer], (struct rt_bytes){data, n}, "c", ret, NULL), 0);
}

/* Opens the manifest with what is given, and closes it. */
static int try_open(const struct romtool_blob *sigs, size_t n_sigs, const struct romtool_blob *ks,
                    size_t n_ks, struct romtool_error *err)
{
    struct romtool_manifest *opened = (void *)&opened; /* which the call has to replace */
    int r = romtool_manifest_open(&manifest, sigs, n_sigs, ks, n_ks, &opened, err);

    assert_true((opened != NULL) == (r == 0));
    if (err != NULL)
        assert_int_equal(err->code, r);
    romtool_manifest_free(opened);
    return r;
}

/* ------------------------------------------------------------------------- trust */

static void test_one_of_each(void **state)
{
    struct romtool_manifest *opened;
    struct romtool_error err;

    (void)state;
    assert_int_equal(romtool_manifest_open(&manifest, signatures, 1, keys, 1, &opened, &err), 0);
    assert_int_equal(rt_manifest_key(opened), 0);
    assert_string_equal(rt_manifest_model(opened)->product, "P");
    assert_int_equal(rt_manifest_model(opened)->n_roms, 2);
    romtool_manifest_free(opened);
    romtool_manifest_free(NULL);
    assert_int_equal(try_open(signatures, 1, keys, 1, NULL), 0);
}

static void test_unsigned(void **state)
{
    struct romtool_error err;

    (void)state;
    assert_int_equal(try_open(NULL, 0, keys, 2, &err), ROMTOOL_E_UNSIGNED);
    assert_int_equal(try_open(NULL, 0, NULL, 0, &err), ROMTOOL_E_UNSIGNED);
}

static void test_untrusted(void **state)
{
    struct romtool_error err;
    struct rt_key_public key;
    char id[SIGNERS][17];

    (void)state;
    for (int i = 0; i < SIGNERS; i++) {
        assert_int_equal(rt_key_private_public(private_keys[i], &key, NULL), 0);
        rt_minisign_key_id(&key, id[i]);
    }
    assert_int_equal(try_open(&signatures[A], 1, &keys[B], 1, &err), ROMTOOL_E_UNTRUSTED_KEY);
    assert_non_null(strstr(err.text, id[A]));
    assert_non_null(strstr(err.text, id[B]));
    assert_int_equal(try_open(&signatures[A], 1, NULL, 0, &err), ROMTOOL_E_UNTRUSTED_KEY);
    assert_non_null(strstr(err.text, id[A]));
}

/* The sentence stays one, however many keys there are. */
static void test_untrusted_among_many(void **state)
{
    struct romtool_blob many[50];
    struct romtool_error err;

    (void)state;
    for (size_t i = 0; i < 50; i++)
        many[i] = keys[B];
    assert_int_equal(try_open(&signatures[A], 1, many, 50, &err), ROMTOOL_E_UNTRUSTED_KEY);
    assert_int_equal(strcmp(err.text + strlen(err.text) - 11, " and others"), 0);
}

static void test_any_of_several(void **state)
{
    struct romtool_blob both[] = {signatures[A], signatures[B]};
    struct romtool_manifest *opened;
    struct romtool_error err;

    (void)state;
    assert_int_equal(try_open(both, 2, &keys[B], 1, &err), 0);
    assert_int_equal(try_open(both, 2, &keys[A], 1, &err), 0);
    assert_int_equal(romtool_manifest_open(&manifest, &signatures[B], 1, keys, 2, &opened, &err),
                     0);
    assert_int_equal(rt_manifest_key(opened), B);
    romtool_manifest_free(opened);
}

static void test_other_bytes(void **state)
{
    struct rt_buffer other = {0};
    struct romtool_blob both[2];
    struct romtool_error err;

    (void)state;
    sign(A, text, sizeof(text) - 2, &other);
    both[0] = blob_of(&other);
    both[1] = signatures[B];
    assert_int_equal(try_open(both, 1, keys, 2, &err), ROMTOOL_E_BAD_SIGNATURE);
    /* a bad one neither spoils a good one nor hides behind an unknown one */
    assert_int_equal(try_open(both, 2, keys, 2, &err), 0);
    assert_int_equal(try_open(both, 2, &keys[A], 1, &err), ROMTOOL_E_BAD_SIGNATURE);
    both[1] = both[0];
    both[0] = signatures[B];
    assert_int_equal(try_open(both, 2, &keys[A], 1, &err), ROMTOOL_E_BAD_SIGNATURE);
    rt_buffer_free(&other);
}

static void test_malformed_signature(void **state)
{
    struct romtool_blob both[] = {{"x", 1}, signatures[B]};
    struct romtool_error err;

    (void)state;
    assert_int_equal(try_open(both, 1, keys, 2, &err), ROMTOOL_E_BAD_SIGNATURE);
    assert_int_equal(try_open(both, 2, &keys[A], 1, &err), ROMTOOL_E_BAD_SIGNATURE);
    assert_int_equal(try_open(both, 2, keys, 2, &err), 0);
    both[0] = (struct romtool_blob){NULL, 0};
    assert_int_equal(try_open(both, 1, keys, 2, &err), ROMTOOL_E_BAD_SIGNATURE);
}

/* A key that cannot be read is the caller's mistake, whatever the others say. */
static void test_malformed_key(void **state)
{
    struct romtool_blob two[] = {keys[A], {"x", 1}};
    struct romtool_error err;

    (void)state;
    assert_int_equal(try_open(signatures, 1, two, 2, &err), ROMTOOL_E_BAD_KEY);
    assert_int_equal(strncmp(err.text, "key 2 of 2: no public key of ", 29), 0);
}

/* Two keys that call themselves the same: each is tried, and the right one is enough. */
static void test_key_id_collision(void **state)
{
    struct rt_buffer impostor = {0};
    struct rt_key_public a, b;
    struct romtool_blob both[2];
    struct romtool_manifest *opened;
    struct romtool_error err;

    (void)state;
    assert_int_equal(rt_key_private_public(private_keys[A], &a, NULL), 0);
    assert_int_equal(rt_key_private_public(private_keys[B], &b, NULL), 0);
    memcpy(b.id, a.id, RT_KEY_ID_SIZE);
    assert_int_equal(rt_minisign_key_write(&b, &impostor, NULL), 0);
    both[0] = blob_of(&impostor);
    both[1] = keys[A];
    assert_int_equal(try_open(&signatures[A], 1, both, 1, &err), ROMTOOL_E_BAD_SIGNATURE);
    assert_int_equal(romtool_manifest_open(&manifest, &signatures[A], 1, both, 2, &opened, &err),
                     0);
    assert_int_equal(rt_manifest_key(opened), 1);
    romtool_manifest_free(opened);
    rt_buffer_free(&impostor);
}

/* The trust that two public keys make. */
static struct rt_trust trust_in(const struct romtool_blob *blobs, size_t n,
                                struct rt_trusted_key trusted[SIGNERS])
{
    for (size_t i = 0; i < n; i++) {
        trusted[i] = (struct rt_trusted_key){.name = "given"};
        assert_int_equal(rt_key_public_read((struct rt_bytes){blobs[i].data, blobs[i].size},
                                            &trusted[i].key, NULL, NULL),
                         0);
    }
    return (struct rt_trust){.keys = trusted, .n_keys = n};
}

static void test_what_became_of_each(void **state)
{
    struct rt_buffer other = {0};
    struct romtool_blob four[] = {{"x", 1}, signatures[A], {NULL, 0}, signatures[B]};
    struct rt_manifest_signatures became;
    struct rt_bytes bytes = {manifest.data, manifest.size};
    struct rt_trusted_key trusted[SIGNERS];
    struct rt_trust trust = trust_in(&keys[B], 1, trusted);
    bool by[SIGNERS] = {false};

    (void)state;
    sign(B, "x", 1, &other);
    four[2] = blob_of(&other);
    assert_int_equal(rt_manifest_verify(bytes, four, 4, &trust, by, &became, NULL), 0);
    assert_true(by[0]);
    assert_int_equal(became.n, 4);
    assert_int_equal(became.items[0].code, ROMTOOL_E_BAD_SIGNATURE);
    assert_string_equal(became.items[0].key_id, "");
    assert_false(became.items[0].trusted || became.items[0].valid);
    assert_int_equal(became.items[1].code, ROMTOOL_E_UNTRUSTED_KEY);
    assert_int_equal(strlen(became.items[1].key_id), 16);
    assert_true(became.items[1].prehashed);
    assert_false(became.items[1].trusted || became.items[1].valid);
    assert_string_equal(became.items[1].trusted_comment, "");
    assert_int_equal(became.items[2].code, ROMTOOL_E_BAD_SIGNATURE);
    assert_true(became.items[2].trusted);
    assert_false(became.items[2].valid);
    assert_string_equal(became.items[2].trusted_comment, "");
    assert_true(became.items[2].key == RT_MANIFEST_NO_KEY);
    assert_int_equal(became.items[3].code, 0);
    assert_true(became.items[3].trusted && became.items[3].valid);
    assert_int_equal(became.items[3].key, 0);
    assert_int_equal(became.items[3].blob, 3);
    assert_string_equal(became.items[3].trusted_comment, "serial 7");
    free(became.items);
    assert_int_equal(rt_manifest_verify(bytes, four, 3, &trust, by, &became, NULL),
                     ROMTOOL_E_BAD_SIGNATURE);
    assert_false(by[0]);
    free(became.items);
    trust = trust_in(keys, 2, trusted);
    assert_int_equal(rt_manifest_verify(bytes, signatures, 2, &trust, by, &became, NULL), 0);
    assert_true(by[A] && by[B]);
    assert_int_equal(became.items[0].key, A);
    assert_int_equal(became.items[1].key, B);
    free(became.items);
    rt_buffer_free(&other);
}

static void test_unavailable(void **state)
{
    struct romtool_blob both[] = {{"x", 1}, signatures[A]};
    struct romtool_error err;

    (void)state;
    assert_int_equal(EVP_set_default_properties(NULL, "fips=yes"), 1);
    assert_int_equal(try_open(both, 2, keys, 2, &err), ROMTOOL_E_UNAVAILABLE);
    assert_int_equal(EVP_set_default_properties(NULL, ""), 1);
    assert_int_equal(try_open(both, 2, keys, 2, &err), 0);
}

/* Signed is not sound: what a trusted key signed is read as strictly. */
static void test_signed_nonsense(void **state)
{
    static const struct {
        const char *text;
        int code;
    } all[] = {{"", ROMTOOL_E_BAD_JSON}, {"{", ROMTOOL_E_BAD_JSON}, {"{}", ROMTOOL_E_BAD_MANIFEST}};

    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct romtool_blob nonsense = {all[i].text, strlen(all[i].text)}, signature;
        struct romtool_manifest *opened;
        struct rt_buffer by_a = {0};

        sign(A, nonsense.data, nonsense.size, &by_a);
        signature = blob_of(&by_a);
        assert_int_equal(romtool_manifest_open(&nonsense, &signature, 1, keys, 1, &opened, NULL),
                         all[i].code);
        assert_null(opened);
        rt_buffer_free(&by_a);
    }
}

/* Verify, then parse: bytes that are no JSON are not looked at unless they are signed. */
static void test_unsigned_nonsense(void **state)
{
    struct romtool_blob nonsense = {"{", 1}, large = {text, RT_MANIFEST_SIZE_MAX + 1};
    struct romtool_manifest *opened;

    (void)state;
    assert_int_equal(romtool_manifest_open(&nonsense, signatures, 2, keys, 2, &opened, NULL),
                     ROMTOOL_E_BAD_SIGNATURE);
    assert_int_equal(romtool_manifest_open(&nonsense, NULL, 0, keys, 2, &opened, NULL),
                     ROMTOOL_E_UNSIGNED);
    /* nor are more bytes than are read: these are not there */
    assert_int_equal(romtool_manifest_open(&large, signatures, 2, keys, 2, &opened, NULL),
                     ROMTOOL_E_TOO_LARGE);
}

static void test_null_pointers(void **state)
{
    struct romtool_blob none = {NULL, 1};
    struct romtool_mandate mandate;
    struct romtool_manifest *m;

    (void)state;
    assert_int_equal(romtool_manifest_open(NULL, signatures, 1, keys, 1, &m, NULL),
                     ROMTOOL_E_USAGE);
    assert_int_equal(romtool_manifest_open(&manifest, signatures, 1, keys, 1, NULL, NULL),
                     ROMTOOL_E_USAGE);
    assert_int_equal(romtool_manifest_open(&manifest, NULL, 1, keys, 1, &m, NULL), ROMTOOL_E_USAGE);
    assert_int_equal(romtool_manifest_open(&manifest, signatures, 1, NULL, 1, &m, NULL),
                     ROMTOOL_E_USAGE);
    assert_int_equal(romtool_manifest_open(&none, signatures, 1, keys, 1, &m, NULL),
                     ROMTOOL_E_USAGE);
    assert_int_equal(romtool_manifest_mandate(NULL, "pc", "e1000", &mandate, NULL),
                     ROMTOOL_E_USAGE);
    assert_int_equal(romtool_manifest_open(&manifest, signatures, 1, keys, 1, &m, NULL), 0);
    assert_int_equal(romtool_manifest_mandate(m, NULL, "e1000", &mandate, NULL), ROMTOOL_E_USAGE);
    assert_int_equal(romtool_manifest_mandate(m, "microvm", NULL, &mandate, NULL), ROMTOOL_E_USAGE);
    assert_int_equal(romtool_manifest_mandate(m, "microvm", "e1000", NULL, NULL), ROMTOOL_E_USAGE);
    romtool_manifest_free(m);
}

/* ------------------------------------------------------------------------- damage */

/* The smallest manifest, since each of its bits costs a verification. */
static void test_every_bit_flip(void **state)
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
    struct rt_buffer small = {0}, by_a = {0};
    struct romtool_blob flipped, signature;
    struct romtool_manifest *opened;
    struct romtool_error err;
    int r;

    (void)state;
    assert_int_equal(rt_manifest_write(&model, &small, NULL), 0);
    flipped = blob_of(&small);
    sign(A, small.data, small.len, &by_a);
    signature = blob_of(&by_a);
    assert_int_equal(romtool_manifest_open(&flipped, &signature, 1, keys, 2, &opened, &err), 0);
    romtool_manifest_free(opened);
    for (size_t bit = 0; bit < 8 * small.len; bit++) {
        small.data[bit / 8] ^= (char)(1 << bit % 8);
        r = romtool_manifest_open(&flipped, &signature, 1, keys, 2, &opened, &err);
        small.data[bit / 8] ^= (char)(1 << bit % 8);
        if (r != ROMTOOL_E_BAD_SIGNATURE || opened != NULL)
            fail_msg("bit %zu: %d %s", bit, r, err.text);
    }
    rt_buffer_free(&small);
    rt_buffer_free(&by_a);
}

static void test_every_truncation(void **state)
{
    (void)state;
    for (size_t n = 0; n < manifest.size; n++) {
        char *copy = malloc(n > 0 ? n : 1);
        struct romtool_blob cut = {copy, n};
        struct romtool_manifest *opened;

        assert_non_null(copy);
        memcpy(copy, text, n);
        assert_int_equal(romtool_manifest_open(&cut, signatures, 2, keys, 2, &opened, NULL),
                         ROMTOOL_E_BAD_SIGNATURE);
        assert_null(opened);
        free(copy);
    }
}

/* A damaged signature never opens anything, and it is refused, not undecided. */
static void test_every_signature_bit_flip(void **state)
{
    struct rt_buffer copy = {0};
    struct romtool_blob signature;
    size_t first = strlen("untrusted comment: ");
    size_t last = (size_t)(strchr(signature_texts[A].data, '\n') - signature_texts[A].data);

    (void)state;
    rt_buffer_puts(&copy, signature_texts[A].data);
    signature = blob_of(&copy);
    for (size_t i = 0; i < copy.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            struct romtool_error err;
            int r;

            if (i >= first && i < last)
                continue;
            copy.data[i] ^= (char)(1 << bit);
            r = try_open(&signature, 1, keys, 2, &err);
            copy.data[i] ^= (char)(1 << bit);
            if (r != ROMTOOL_E_BAD_SIGNATURE && r != ROMTOOL_E_UNTRUSTED_KEY)
                fail_msg("bit %u of byte %zu: %d %s", bit, i, r, err.text);
        }
    }
    rt_buffer_free(&copy);
}

/* ------------------------------------------------------------------------- mandates */

static void test_mandate(void **state)
{
    struct romtool_manifest *opened;
    struct romtool_mandate m;
    struct romtool_error err;
    uint8_t sha[32];

    (void)state;
    assert_int_equal(romtool_manifest_open(&manifest, signatures, 1, keys, 1, &opened, &err), 0);
    assert_int_equal(romtool_manifest_mandate(opened, "pc-q35-7.2", "e1000", &m, &err), 0);
    memset(sha, 0xaa, sizeof(sha));
    assert_int_equal(m.slot, 4096);
    assert_int_equal(m.file_size, 3000);
    assert_int_equal(m.has_sha256, 1);
    assert_int_equal(m.reserved, 0);
    assert_memory_equal(m.sha256, sha, sizeof(sha));
    assert_string_equal(m.profile, "debian/x");
    assert_string_equal(m.machine, "pc-q35-7.2");
    assert_string_equal(m.device, "e1000");
    assert_string_equal(m.file, "a.rom");
    assert_string_equal(m.source, "manifest P R 1");
    assert_int_equal(romtool_manifest_mandate(opened, "pc-i440fx-7.2", "VGA", &m, &err), 0);
    assert_string_equal(m.file, "b.rom");
    romtool_manifest_free(opened);
}

static void test_no_mandate(void **state)
{
    static const struct romtool_mandate none;
    static const struct {
        const char *machine, *device;
        int code;
        const char *part;
    } all[] = {
        {"q35", "e1000", ROMTOOL_E_UNKNOWN_MACHINE, "aliases are not resolved"},
        {"q35", "e1000", ROMTOOL_E_UNKNOWN_MACHINE, "'q35'"},
        {"q35", "e1000", ROMTOOL_E_UNKNOWN_MACHINE, "nearest is pc-q35 5.0 to 7.2"},
        {"pc-q35-9.0", "e1000", ROMTOOL_E_UNKNOWN_MACHINE, "nearest is pc-q35 5.0 to 7.2"},
        {"pc-q35-4.2", "e1000", ROMTOOL_E_UNKNOWN_MACHINE, "nearest is pc-q35 5.0 to 7.2"},
        {"pc-q35-3.0.1", "e1000", ROMTOOL_E_UNKNOWN_MACHINE, "nearest is pc-q35 2.4 to 3.0"},
        {"pc-q35-1.0", "e1000", ROMTOOL_E_UNKNOWN_MACHINE, "nearest is pc-q35 2.4 to 3.0"},
        {"pc-i440fx-8.0", "e1000", ROMTOOL_E_UNKNOWN_MACHINE, "nearest is pc-i440fx 1.5 to 7.2"},
        {"i440fx", "e1000", ROMTOOL_E_UNKNOWN_MACHINE, "nearest is pc-i440fx 1.5 to 7.2"},
        {"microvm-1.0", "e1000", ROMTOOL_E_UNKNOWN_MACHINE, "nearest is microvm"},
        {"", "e1000", ROMTOOL_E_UNKNOWN_MACHINE, "''"},
        {"\033[2J", "e1000", ROMTOOL_E_UNKNOWN_MACHINE, "'?[2J'"},
        {"pc-q35-7.2", "e1000e", ROMTOOL_E_UNKNOWN_DEVICE, "nearest is e1000"},
        {"pc-q35-7.2", "VGA", ROMTOOL_E_NO_MANDATE, "states no ROM for VGA on pc-q35-7.2"},
        {"pc-i440fx-1.5", "e1000", ROMTOOL_E_NO_MANDATE, "no ROM for e1000 on pc-i440fx-1.5"},
        {"pc-q35-7.20", "VGA", ROMTOOL_E_UNKNOWN_MACHINE, "'pc-q35-7.20'"},
        /* longer than any name of a machine type that is known, though it begins like one */
        {"pc-q35-7.2-"
         "4567890123456789012345678901234567890123456789012345678901234567890123456789",
         "e1000", ROMTOOL_E_UNKNOWN_MACHINE, "nearest is pc-q35"},
    };
    struct romtool_manifest *opened;
    struct romtool_mandate m;
    struct romtool_error err;

    (void)state;
    assert_int_equal(romtool_manifest_open(&manifest, signatures, 1, keys, 1, &opened, &err), 0);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        memset(&m, 0xff, sizeof(m));
        assert_int_equal(romtool_manifest_mandate(opened, all[i].machine, all[i].device, &m, &err),
                         all[i].code);
        assert_int_equal(err.code, all[i].code);
        if (strstr(err.text, all[i].part) == NULL)
            fail_msg("'%s' without '%s'", err.text, all[i].part);
        assert_memory_equal(&m, &none, sizeof(m));
    }
    romtool_manifest_free(opened);
}

/* The longest names fit a mandate; its source is cut between two characters. */
static void test_mandate_of_long_names(void **state)
{
    static const char long_name[] =
        "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
        "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
        "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
        "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9x";
    const struct rt_slot_range machine = {.family = long_name};
    const struct rt_manifest_mandate mandate = {long_name, &machine, 1};
    struct rt_manifest_rom rom = {
        .file = long_name, .sha256 = {1}, .size = 1, .slot = 1, .fill = -1};
    /* the release's characters of two bytes begin at an even byte of the source */
    static const char product[] = "12345678901234567890123456789012345678901234567890123456789012";
    const struct rt_manifest model = {.product = product,
                                      .channel = long_name,
                                      .release = long_name,
                                      .serial = 0,
                                      .created = -1,
                                      .profile = long_name,
                                      .roms = &rom,
                                      .n_roms = 1};
    struct rt_buffer out = {0}, by_a = {0};
    struct romtool_blob bytes, signature;
    struct romtool_manifest *opened;
    struct romtool_mandate m;

    (void)state;
    rom.mandates = &mandate;
    rom.n_mandates = 1;
    assert_int_equal(strlen(long_name), ROMTOOL_NAME_SIZE - 1);
    assert_int_equal(rt_manifest_write(&model, &out, NULL), 0);
    bytes = blob_of(&out);
    sign(A, bytes.data, bytes.size, &by_a);
    signature = blob_of(&by_a);
    assert_int_equal(romtool_manifest_open(&bytes, &signature, 1, keys, 1, &opened, NULL), 0);
    assert_int_equal(romtool_manifest_mandate(opened, long_name, long_name, &m, NULL), 0);
    assert_string_equal(m.machine, long_name);
    assert_string_equal(m.device, long_name);
    assert_string_equal(m.file, long_name);
    assert_string_equal(m.profile, long_name);
    /* 9 + 62 + 1 bytes, then 27 characters of two: 126, and one more does not fit */
    assert_int_equal(strlen(m.source), 126);
    assert_int_equal((unsigned char)m.source[125], 0xa9);
    romtool_manifest_free(opened);
    rt_buffer_free(&out);
    rt_buffer_free(&by_a);
}

static int set_up(void **state)
{
    (void)state;
    for (int i = 0; i < SIGNERS; i++) {
        struct rt_key_public key;
        struct rt_bytes bytes = {manifest.data, manifest.size};

        if (rt_key_generate(RT_KEY_ED25519, &private_keys[i], NULL) != 0 ||
            rt_key_private_public(private_keys[i], &key, NULL) != 0 ||
            rt_minisign_key_write(&key, &key_texts[i], NULL) != 0 ||
            rt_minisign_sign(private_keys[i], bytes, "serial 7", &signature_texts[i], NULL) != 0)
            return -1;
        keys[i] = blob_of(&key_texts[i]);
        signatures[i] = blob_of(&signature_texts[i]);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < SIGNERS; i++) {
        rt_key_private_free(private_keys[i]);
        rt_buffer_free(&key_texts[i]);
        rt_buffer_free(&signature_texts[i]);
    }
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_of_each),
        cmocka_unit_test(test_unsigned),
        cmocka_unit_test(test_untrusted),
        cmocka_unit_test(test_untrusted_among_many),
        cmocka_unit_test(test_any_of_several),
        cmocka_unit_test(test_other_bytes),
        cmocka_unit_test(test_malformed_signature),
        cmocka_unit_test(test_malformed_key),
        cmocka_unit_test(test_key_id_collision),
        cmocka_unit_test(test_what_became_of_each),
        cmocka_unit_test(test_unavailable),
        cmocka_unit_test(test_signed_nonsense),
        cmocka_unit_test(test_unsigned_nonsense),
        cmocka_unit_test(test_null_pointers),
        cmocka_unit_test(test_every_bit_flip),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_every_signature_bit_flip),
        cmocka_unit_test(test_mandate),
        cmocka_unit_test(test_no_mandate),
        cmocka_unit_test(test_mandate_of_long_names),
    };

    return cmocka_run_group_tests_name("manifest-open", tests, set_up, tear_down);
}
