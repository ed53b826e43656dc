/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom to believe, while memory runs out: settings, envelopes, trust directories, signed manifests.
 * (Keys are key-memory-test.c's.) Every allocation fails once, alone or with all that follow; what
 * is good then is never called bad, and never half of it is read. Leaks are a sanitizer's to see.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <sys/stat.h>

#include "failing.h"
#include "loader/host.h"
#include "loader/stamp.h"
#include "manifests/dsse.h"
#include "manifests/minisign-sign.h"
#include "manifests/ssh.h"
#include "programs.h"

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
    int r = rt_dsse_read(bytes_in(&dsse_text), &dsse, &failure);

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
    int r = rt_dsse_write(bytes_of("{}"), signatures, 2, &out, &failure);

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
    int r = rt_dsse_pae(bytes_of("{}"), &out, &failure);

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
    int r = rt_settings_read(bytes_of(policy_text), &settings, &failure);

    if (r == 0)
        r = rt_policy_read(&settings, &policies, &n, &failure);
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
    int r = rt_settings_read(bytes_of(conf_text), &settings, &failure);

    if (r == 0)
        r = rt_trusted_key_conf(&settings, &key, &failure);
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
    int r = rt_manifest_verify(bytes_in(&manifest_text), blobs, 2, &trust, signed_by, &became,
                               &failure);

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
    int r = rt_manifest_open(&source, NULL, &opened, &failure);

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
    int r = rt_manifest_open(&source, NULL, &opened, &failure);

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
    int r = rt_trust_dir_read(scratch, &dir, &failure);

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
    int r = rt_host_open(scratch, manifest_path, 1800000000, may_use_stamp, NULL, &host, &failure);

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
    assert_int_equal(rt_host_open(scratch, manifest_path, 1800000000, false, NULL, &host, &failure),
                     0);
    assert_int_equal(rt_stamp_make(bytes_in(&manifest_text), host.manifest,
                                   rt_trust_dir_trust(host.trust), rt_trust_dir_digest(host.trust),
                                   &stamp, &failure),
                     0);
    assert_int_equal(rt_stamp_write(scratch, &stamp, &failure), 0);
    rt_host_free(&host);
    may_use_stamp = true;
    assert_int_equal(rt_host_open(scratch, manifest_path, 1800000000, true, NULL, &host, &failure),
                     0);
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
        cmocka_unit_test(test_dsse),          cmocka_unit_test(test_settings),
        cmocka_unit_test(test_verify),        cmocka_unit_test(test_open_threshold),
        cmocka_unit_test(test_open_required), cmocka_unit_test(test_open_wrongly_signed),
        cmocka_unit_test(test_trust_dir),     cmocka_unit_test(test_host),
        cmocka_unit_test(test_host_stamped),
    };

    if (!fail_in_libcrypto_too())
        return 1;
    return cmocka_run_group_tests_name("trust-memory", tests, set_up, tear_down);
}
