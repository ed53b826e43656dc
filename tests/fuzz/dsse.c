/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DSSE envelopes, read and written again; and any file of signatures beside one manifest. Nothing
 * but the signatures below is ever valid. The keys are those of RFC 8032 (7.1, test 2) and RFC 6979
 * (A.2.5, A.2.6), which everybody has.
 */
#include "fuzz.h"

#include "manifests/dsse.h"
#include "manifests/open.h"

#include <stdlib.h>
#include <string.h>

static const char manifest[] =
    "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":\"a.rom\",\"digest\":{"
    "\"sha256\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}}],"
    "\"predicateType\":\"urn:romtool:rom-manifest:v1\",\"predicate\":{\"product\":\"P\","
    "\"channel\":\"C\",\"release\":\"R\",\"serial\":7,\"profile\":\"p\",\"roms\":[{\"file\":"
    "\"a.rom\",\"size\":1,\"slot\":1,\"contentLength\":1,\"images\":[],\"mandates\":[]}]}}";

enum { KEYS = 3 };

/* The signature of each key over that manifest in the corpus; s or n - s: ECDSA has two. */
static const struct {
    const char *name;
    enum rt_key_algorithm algorithm;
    const char *key, *signatures[2];
} signers[KEYS] = {
    {"ed25519",
     RT_KEY_ED25519,
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
     {"53f0f94e2cc6ee0a0de0b7c289c5e9674ba90eb58d7543ce31c9205bd197442d"
      "c79c5c120b491591c957ffcb45623388841895738ba5fbba3f57922ce7d24c05",
      ""}},
    {"p256",
     RT_KEY_P256,
     "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
     "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
     {"3044022059f50b479124d2db480f26d7382d0f480d5bad2bc6afdaf59e6c6d01437aec63"
      "022050e8a57bffb4e093cd5bfcf0cfbf2825a6a453f9755523a23ab1cc5635e14e1f",
      "3045022059f50b479124d2db480f26d7382d0f480d5bad2bc6afdaf59e6c6d01437aec63"
      "022100af175a83004b1f6d32a4030f3040d7da1642a6b431c27ae2b907fe6cc681d732"}},
    {"p384",
     RT_KEY_P384,
     "04ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64"
     "def8f0ea9055866064a254515480bc138015d9b72d7d57244ea8ef9ac0c62189"
     "6708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720",
     {"3064023033c9e3a0d568a0378f7ec9ac8e28761143458268818f77f2c9f342e9f716f230"
      "0501c6071d414b94431e8dc734e91025023015fe404414119a4830e245278e2d27f2cc77"
      "4653c47d32ddc7aed3b1ce707a8d6fcb29ad330147762cf2829f45cd3a59",
      "3065023033c9e3a0d568a0378f7ec9ac8e28761143458268818f77f2c9f342e9f716f230"
      "0501c6071d414b94431e8dc734e91025023100ea01bfbbebee65b7cf1dbad871d2d80d33"
      "88b9ac3b82cd21ffb479d025c6b351e84ee40515af6004bff996cb86f7ef1a"}},
};

static const char minisign_comment[] = "c"; /* of the one of minisign's by the first key */

static bool is_signature_of(size_t key, struct rt_bytes signature)
{
    struct rt_key_signature normal;
    char hex[2 * RT_KEY_SIGNATURE_MAX + 1];

    if (!rt_key_signature_normalize(signers[key].algorithm, signature, &normal))
        return false;
    rt_bytes_to_hex((struct rt_bytes){normal.data, normal.len}, hex);
    return strcmp(hex, signers[key].signatures[0]) == 0 ||
           strcmp(hex, signers[key].signatures[1]) == 0;
}

/* ------------------------------------------------------------------------- the envelope */

static bool are_equal(struct rt_bytes a, struct rt_bytes b)
{
    return a.len == b.len && rt_bytes_equal_at(a, 0, b.data, b.len);
}

static void check_equal(const struct rt_dsse *a, const struct rt_dsse *b)
{
    FUZZ_CHECK(are_equal(rt_dsse_payload(a), rt_dsse_payload(b)));
    FUZZ_CHECK(rt_dsse_count(a) == rt_dsse_count(b));
    for (size_t i = 0; i < rt_dsse_count(a); i++) {
        struct rt_dsse_signature x = rt_dsse_signature(a, i), y = rt_dsse_signature(b, i);

        FUZZ_CHECK(x.bytes.len > 0 && are_equal(x.bytes, y.bytes));
        FUZZ_CHECK((x.keyid == NULL) == (y.keyid == NULL));
        FUZZ_CHECK(x.keyid == NULL || strcmp(x.keyid, y.keyid) == 0);
    }
}

static void check_writing(const struct rt_dsse *dsse)
{
    struct rt_dsse_signature signatures[RT_DSSE_SIGNATURES_MAX];
    struct rt_buffer text = {0};
    struct rt_bytes bytes;
    struct rt_dsse *again;
    size_t n = rt_dsse_count(dsse);

    FUZZ_CHECK(n >= 1 && n <= RT_DSSE_SIGNATURES_MAX);
    for (size_t i = 0; i < n; i++)
        signatures[i] = rt_dsse_signature(dsse, i);
    FUZZ_CHECK(rt_dsse_write(rt_dsse_payload(dsse), signatures, n, &text, NULL) == 0);
    bytes = (struct rt_bytes){(const uint8_t *)text.data, text.len};
    FUZZ_CHECK(rt_dsse_begins(bytes));
    if (text.len <= RT_DSSE_SIZE_MAX) { /* control characters take more room than they had */
        FUZZ_CHECK(rt_dsse_read(bytes, &again, NULL) == 0);
        check_equal(dsse, again);
        rt_dsse_free(again);
    }
    rt_buffer_free(&text);
}

static void check_pae(struct rt_bytes payload)
{
    static const char begin[] = "DSSEv1 28 application/vnd.in-toto+json ";
    struct rt_buffer pae = {0};
    struct rt_bytes bytes;

    FUZZ_CHECK(rt_dsse_pae(payload, &pae, NULL) == 0);
    bytes = (struct rt_bytes){(const uint8_t *)pae.data, pae.len};
    FUZZ_CHECK(rt_bytes_equal_at(bytes, 0, begin, strlen(begin)));
    FUZZ_CHECK(strtoul(pae.data + strlen(begin), NULL, 10) == payload.len);
    FUZZ_CHECK(rt_bytes_equal_at(bytes, bytes.len - payload.len, payload.data, payload.len));
    rt_buffer_free(&pae);
}

/* ------------------------------------------------------------------------- what it is believed */

static void check_valid(const struct rt_manifest_signature *became, const struct rt_dsse *dsse,
                        size_t index, bool *ret_signed)
{
    FUZZ_CHECK(became->trusted && became->key < KEYS && became->dsse == (dsse != NULL));
    ret_signed[became->key] = true;
    if (dsse != NULL)
        FUZZ_CHECK(is_signature_of(became->key, rt_dsse_signature(dsse, index).bytes));
    else
        FUZZ_CHECK(became->key == 0 && strcmp(became->trusted_comment, minisign_comment) == 0);
}

static void check_verifying(struct rt_bytes text, const struct rt_dsse *dsse,
                            const struct rt_trust *trust)
{
    struct romtool_blob blob = {text.data, text.len};
    struct rt_bytes bytes = {(const uint8_t *)manifest, sizeof(manifest) - 1};
    struct rt_manifest_signatures became;
    bool signed_by[KEYS], valid[KEYS] = {false}, any = false;
    struct romtool_error err;
    int r;

    rt_error_clear(&err);
    r = rt_manifest_verify(bytes, &blob, 1, trust, signed_by, &became, &err);
    FUZZ_CHECK(err.code == r && (err.text[0] != '\0') == (r < 0));
    FUZZ_CHECK(r == 0 || r == ROMTOOL_E_BAD_SIGNATURE || r == ROMTOOL_E_UNTRUSTED_KEY ||
               r == ROMTOOL_E_TOO_LARGE);
    FUZZ_CHECK(became.n >= 1 && became.n <= RT_DSSE_SIGNATURES_MAX);
    for (size_t i = 0; i < became.n; i++) {
        FUZZ_CHECK((became.items[i].code == 0) == became.items[i].valid);
        if (became.items[i].valid)
            check_valid(&became.items[i], dsse, i, valid);
        else
            FUZZ_CHECK(became.items[i].key == RT_MANIFEST_NO_KEY);
    }
    for (size_t i = 0; i < KEYS; i++) {
        FUZZ_CHECK(signed_by[i] == valid[i]);
        any = any || valid[i];
    }
    FUZZ_CHECK(any == (r == 0));
    free(became.items);
}

static void make_trust(struct rt_trusted_key keys[KEYS])
{
    for (size_t i = 0; i < KEYS; i++) {
        struct rt_key_public *key = &keys[i].key;

        keys[i] = (struct rt_trusted_key){.name = signers[i].name};
        key->algorithm = signers[i].algorithm;
        FUZZ_CHECK(rt_bytes_from_hex(signers[i].key, key->key, rt_key_public_size(key->algorithm)));
        FUZZ_CHECK(rt_key_default_id(key, NULL) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rt_trusted_key keys[KEYS];
    struct rt_trust trust = {.keys = keys, .n_keys = KEYS};
    struct rt_bytes text = {data, size};
    struct romtool_error err;
    struct rt_dsse *dsse;
    int r;

    rt_error_clear(&err);
    r = rt_dsse_read(text, &dsse, &err);
    FUZZ_CHECK(err.code == r && (err.text[0] != '\0') == (r < 0) && (dsse != NULL) == (r == 0));
    FUZZ_CHECK(r == 0 || r == ROMTOOL_E_BAD_SIGNATURE || r == ROMTOOL_E_TOO_LARGE);
    if (r == 0) {
        check_writing(dsse);
        check_pae(rt_dsse_payload(dsse));
    }
    make_trust(keys);
    check_verifying(text, rt_dsse_begins(text) ? dsse : NULL, &trust);
    rt_dsse_free(dsse);
    return 0;
}
