/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Figures, not verdicts: microseconds to verify, and to open, a manifest of 64 ROMs with one
 * Ed25519 signature, warm. The peer is libcrypto alone on the same bytes: the digests and the
 * verifications that the container cannot do without. Rounds of both run in turn; printed are the
 * medians.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#include "manifests/dsse.h"
#include "manifests/minisign-sign.h"
#include "manifests/open.h"
#include "manifests/public-key.h"

enum { ROMS = 64, ROUNDS = 400 };

static struct rt_buffer manifest, minisig, envelope, key_text;
static struct rt_key_public public;

static struct rt_bytes bytes_of(const struct rt_buffer *buf)
{
    return (struct rt_bytes){(const uint8_t *)buf->data, buf->len};
}

static void must(bool held)
{
    if (held)
        return;
    (void)fprintf(stderr, "the bench itself failed\n");
    exit(1);
}

static void make_release(void)
{
    static const struct rt_slot_range machines[] = {{"pc-i440fx", true, {2, 4, 0}, {7, 2, 0}},
                                                    {"pc-q35", true, {2, 4, 0}, {7, 2, 0}}};
    static const struct rt_manifest_image images[] = {{"x86", 75776, 0x1af4, 0x1000},
                                                      {"efi", 173568, 0x1af4, 0x1000}};
    static struct rt_manifest_mandate mandates[ROMS];
    static struct rt_manifest_rom roms[ROMS];
    static char names[ROMS][32], devices[ROMS][32];
    struct rt_manifest model = {.product = "bench/roms",
                                .channel = "bench",
                                .release = "1",
                                .serial = 1,
                                .created = -1,
                                .profile = "bench/bench",
                                .roms = roms,
                                .n_roms = ROMS};

    for (size_t i = 0; i < ROMS; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "efi-%02zu.rom", i);
        (void)snprintf(devices[i], sizeof(devices[i]), "device-%02zu", i);
        mandates[i] = (struct rt_manifest_mandate){devices[i], machines, 2};
        roms[i] = (struct rt_manifest_rom){.file = names[i],
                                           .size = 262144,
                                           .slot = 262144,
                                           .content_length = 249344,
                                           .fill = 0,
                                           .images = images,
                                           .n_images = 2,
                                           .mandates = &mandates[i],
                                           .n_mandates = 1};
        memset(roms[i].sha256, (int)i + 1, RT_SHA256_SIZE);
        memset(roms[i].content_sha256, (int)i + 100, RT_SHA256_SIZE);
        memset(roms[i].fsverity, (int)i + 100, RT_SHA256_SIZE);
    }
    must(rt_manifest_write(&model, &manifest, NULL) == 0);
}

static void sign_release(void)
{
    struct rt_key_private *key;
    struct rt_key_signature signature;
    struct rt_buffer pae = {0};
    struct rt_dsse_signature one;

    must(rt_key_generate(RT_KEY_ED25519, &key, NULL) == 0);
    must(rt_key_private_public(key, &public, NULL) == 0);
    must(rt_minisign_key_write(&public, &key_text, NULL) == 0);
    must(rt_minisign_sign(key, bytes_of(&manifest), "file:bench", &minisig, NULL) == 0);
    must(rt_dsse_pae(bytes_of(&manifest), &pae, NULL) == 0);
    must(rt_key_sign(key, bytes_of(&pae), &signature, NULL) == 0);
    one = (struct rt_dsse_signature){NULL, {signature.data, signature.len}};
    must(rt_dsse_write(bytes_of(&manifest), &one, 1, &envelope, NULL) == 0);
    rt_buffer_free(&pae);
    rt_key_private_free(key);
}

/* ------------------------------------------------------------------------- the two sides */

static void verify_ours(const struct rt_buffer *container)
{
    struct rt_trusted_key trusted = {.name = "bench", .key = public};
    struct rt_trust trust = {.keys = &trusted, .n_keys = 1};
    struct romtool_blob blob = {container->data, container->len};
    bool by;

    must(rt_manifest_verify(bytes_of(&manifest), &blob, 1, &trust, &by, NULL, NULL) == 0 && by);
}

static void open_ours(const struct rt_buffer *container)
{
    struct romtool_blob text = {manifest.data, manifest.len};
    struct romtool_blob blob = {container->data, container->len};
    struct romtool_blob key = {key_text.data, key_text.len};
    struct romtool_manifest *opened;

    must(romtool_manifest_open(&text, &blob, 1, &key, 1, &opened, NULL) == 0);
    romtool_manifest_free(opened);
}

static void verify_bare(struct rt_bytes message, const uint8_t *signature)
{
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, public.key, 32);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    must(EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, key, NULL) == 1);
    must(EVP_DigestVerify(ctx, signature, 64, message.data, message.len) == 1);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
}

/* BLAKE2b-512 of the manifest and both of minisign's signatures. */
static void bare_minisign(const struct rt_buffer *container)
{
    static struct rt_minisign_signature read;
    static struct rt_buffer global;
    uint8_t digest[64];

    if (global.len == 0) {
        must(rt_minisign_signature_read(bytes_of(container), &read, NULL) == 0);
        must(rt_minisign_global_message(read.signature, read.trusted_comment, &global, NULL) == 0);
    }
    must(EVP_Q_digest(NULL, "BLAKE2B512", NULL, manifest.data, manifest.len, digest, NULL) == 1);
    verify_bare((struct rt_bytes){digest, sizeof(digest)}, read.signature);
    verify_bare(bytes_of(&global), read.global);
}

/* The one signature over the pre-authentication encoding, and a SHA-256 of the manifest. */
static void bare_dsse(const struct rt_buffer *container)
{
    static struct rt_dsse *read;
    static struct rt_buffer pae;
    uint8_t digest[32];

    if (read == NULL) {
        must(rt_dsse_read(bytes_of(container), &read, NULL) == 0);
        must(rt_dsse_pae(bytes_of(&manifest), &pae, NULL) == 0);
    }
    must(EVP_Q_digest(NULL, "SHA256", NULL, manifest.data, manifest.len, digest, NULL) == 1);
    verify_bare(bytes_of(&pae), rt_dsse_signature(read, 0).bytes.data);
}

/* ------------------------------------------------------------------------- figures */

static double once(void (*fn)(const struct rt_buffer *), const struct rt_buffer *container)
{
    struct timespec a, b;

    (void)clock_gettime(CLOCK_MONOTONIC, &a);
    fn(container);
    (void)clock_gettime(CLOCK_MONOTONIC, &b);
    return (double)(b.tv_sec - a.tv_sec) * 1e6 + (double)(b.tv_nsec - a.tv_nsec) / 1e3;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void pair(const char *name, void (*ours)(const struct rt_buffer *),
                 void (*bare)(const struct rt_buffer *), const struct rt_buffer *container)
{
    static double a[ROUNDS], b[ROUNDS], ratios[ROUNDS];

    for (size_t i = 0; i < ROUNDS; i++) {
        a[i] = once(ours, container);
        b[i] = once(bare, container);
        ratios[i] = a[i] / b[i];
    }
    qsort(a, ROUNDS, sizeof(*a), compare);
    qsort(b, ROUNDS, sizeof(*b), compare);
    qsort(ratios, ROUNDS, sizeof(*ratios), compare);
    (void)printf("%-28s %7.1f us; libcrypto alone %7.1f us; ratio %.2f\n", name, a[ROUNDS / 2],
                 b[ROUNDS / 2], ratios[ROUNDS / 2]);
}

int main(void)
{
    make_release();
    sign_release();
    (void)printf("a manifest of %d ROMs, %zu bytes\n", ROMS, manifest.len);
    pair("verify, minisign", verify_ours, bare_minisign, &minisig);
    pair("verify, DSSE", verify_ours, bare_dsse, &envelope);
    pair("open (and parse), minisign", open_ours, bare_minisign, &minisig);
    pair("open (and parse), DSSE", open_ours, bare_dsse, &envelope);
    return 0;
}
