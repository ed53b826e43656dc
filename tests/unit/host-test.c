/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VMM's way to a release, through the library alone: what the host trusts, the stamp of an
 * installation, the ROM; and a policy of the caller's own.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/file.h"
#include "loader/install.h"
#include "manifests/minisign-sign.h"
#include "romtool.h"

#define MANIFEST "r.json"

enum { CREATED = 1795350896, NOT_AFTER = CREATED + 1000, ROM_SIZE = 4096 };

static char root[] = "/tmp/host-XXXXXX", manifest_path[64], rom_path[64];
static struct rt_buffer manifest_text, signature_texts[2], key_texts[2];

static struct rt_bytes bytes_in(const struct rt_buffer *buf)
{
    return (struct rt_bytes){(const uint8_t *)buf->data, buf->len};
}

static struct romtool_blob blob_of(const struct rt_buffer *buf)
{
    return (struct romtool_blob){buf->data, buf->len};
}

static void run(const char *command)
{
    char line[400];

    assert_true(snprintf(line, sizeof(line), "umask 022; cd %s && %s", root, command) <
                (int)sizeof(line));
    assert_int_equal(system(line), 0);
}

static void put(const char *name, struct rt_bytes bytes)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", root, name);
    assert_int_equal(rt_file_write(path, 0644, 0, bytes, NULL), 0);
}

static void put_text(const char *name, const char *text)
{
    put(name, (struct rt_bytes){(const uint8_t *)text, strlen(text)});
}

/* A host that trusts the first key, and a release beside it that both have signed. */
static int begin(void **state)
{
    (void)state;
    run("rm -rf etc var r.json*; mkdir -p etc/romtool/trusted.d etc/romtool/revoked.d");
    put("etc/romtool/trusted.d/a.pub", bytes_in(&key_texts[0]));
    put("b.pub", bytes_in(&key_texts[1])); /* of the same size */
    put(MANIFEST, bytes_in(&manifest_text));
    put(MANIFEST ".minisig", bytes_in(&signature_texts[0]));
    return 0;
}

static int open_host(int64_t at, struct romtool_error *err)
{
    struct romtool_manifest *opened = (void *)&opened;
    int r = romtool_manifest_open_host(manifest_path, root, at, &opened, NULL);

    assert_true((opened != NULL) == (r == 0)); /* the same without an error object */
    romtool_manifest_free(opened);
    assert_int_equal(romtool_manifest_open_host(manifest_path, root, at, &opened, err), r);
    assert_true((opened != NULL) == (r == 0));
    assert_int_equal(err->code, r);
    romtool_manifest_free(opened);
    return r;
}

static int install(int64_t at)
{
    const struct rt_install_source source = {.root = root, .path = manifest_path, .at = at};
    struct rt_host_manifest host;
    size_t n_roms;
    int r = rt_install(&source, &host, &n_roms, NULL);

    rt_host_free(&host);
    return r;
}

/* ------------------------------------------------------------------------- the host */

static void test_host(void **state)
{
    struct romtool_error err;

    (void)state;
    assert_int_equal(open_host(CREATED, &err), 0);
    put_text("etc/romtool/policy.conf", "threshold = 2\n");
    assert_int_equal(open_host(CREATED, &err), ROMTOOL_E_THRESHOLD);
    put_text("etc/romtool/policy.conf", "expiry = deny\n");
    assert_int_equal(open_host(NOT_AFTER, &err), 0);
    assert_int_equal(open_host(NOT_AFTER + 1, &err), ROMTOOL_E_RELEASE_EXPIRED);
    put_text("etc/romtool/policy.conf", "expire = deny\n");
    assert_int_equal(open_host(CREATED, &err), ROMTOOL_E_BAD_POLICY);
    run("rm etc/romtool/policy.conf && chmod o+w etc/romtool");
    assert_int_equal(open_host(CREATED, &err), ROMTOOL_E_UNSAFE_TRUST);
    run("chmod o-w etc/romtool && cp etc/romtool/trusted.d/a.pub etc/romtool/revoked.d");
    assert_int_equal(open_host(CREATED, &err), ROMTOOL_E_REVOKED_KEY);
    run("rm -r etc");
    assert_int_equal(open_host(CREATED, &err), ROMTOOL_E_UNTRUSTED_KEY);
    run("rm r.json.minisig");
    assert_int_equal(open_host(CREATED, &err), ROMTOOL_E_UNSIGNED);
    run("rm r.json");
    assert_int_equal(open_host(CREATED, &err), ROMTOOL_E_NOT_FOUND);
}

/* Without its signature a release is known by the stamp alone, and by nothing else. */
static void test_stamp(void **state)
{
    static const char *const doubts[] = {
        "rm var/lib/romtool/stamps/*",
        "chmod g+w var/lib/romtool/stamps",
        "chmod g+w var/lib/romtool",
        "chmod g+w var/lib/romtool/stamps/*",
        "mv var/lib/romtool/stamps s && ln -s ../../../s var/lib/romtool/stamps",
        "cd var/lib/romtool/stamps && for f in *; do mv $f ../x; ln -s ../x $f; done",
        "cd var/lib/romtool/stamps && for f in *; do : > $f; done",
        "cd var/lib/romtool/stamps && for f in *; do echo >> $f; done",
        "cd var/lib/romtool/stamps && for f in *; do ln -sf /dev/null $f; done",
        "sed -i 's/^until 0/until 1/' var/lib/romtool/stamps/*",
        "sed -i 's/^from ....../from 000000/' var/lib/romtool/stamps/*",
        "sed -i '$d' var/lib/romtool/stamps/*",
        "echo '# other' > etc/romtool/policy.conf",
        "touch etc/romtool/revoked.d/none.pub",
        "cp etc/romtool/trusted.d/a.pub etc/romtool/trusted.d/b.pub",
        "cp b.pub etc/romtool/trusted.d/a.pub",
        "printf ' ' >> r.json",
    };
    struct romtool_error err;

    for (size_t i = 0; i < sizeof(doubts) / sizeof(doubts[0]); i++) {
        (void)begin(state);
        run("rm -rf s");
        assert_int_equal(install(CREATED), 0);
        run("rm r.json.minisig");
        assert_int_equal(open_host(CREATED, &err), 0);
        assert_int_equal(open_host(NOT_AFTER, &err), 0);
        /* out of its time */
        assert_int_equal(open_host(CREATED - 1, &err), ROMTOOL_E_UNSIGNED);
        assert_int_equal(open_host(NOT_AFTER + 1, &err), ROMTOOL_E_UNSIGNED);
        run(doubts[i]);
        if (open_host(CREATED, &err) != ROMTOOL_E_UNSIGNED)
            fail_msg("after '%s': %d %s", doubts[i], err.code, err.text);
    }
}

static void test_stamped_load(void **state)
{
    struct romtool_manifest *opened;
    struct romtool_mandate mandate;
    struct romtool_rom *rom;
    struct romtool_error err;
    int fd;

    (void)state;
    assert_int_equal(install(CREATED), 0);
    run("rm r.json.minisig");
    assert_int_equal(romtool_manifest_open_host(manifest_path, root, CREATED, &opened, &err), 0);
    assert_int_equal(romtool_manifest_mandate(opened, "pc-q35-7.2", "e1000", &mandate, &err), 0);
    assert_int_equal(mandate.has_sha256, 1);
    fd = open(rom_path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(romtool_load(fd, "a.rom", &mandate, 0, ROMTOOL_LOAD_ANY_CONTENT, &rom, &err),
                     0);
    assert_int_equal(romtool_rom_slot(rom), ROM_SIZE);
    romtool_rom_free(rom);
    (void)close(fd);
    run("printf x | dd of=a.rom bs=1 seek=100 conv=notrunc 2>/dev/null");
    fd = open(rom_path, O_RDONLY);
    assert_int_equal(romtool_load(fd, "a.rom", &mandate, 0, ROMTOOL_LOAD_ANY_CONTENT, &rom, &err),
                     ROMTOOL_E_DIGEST_MISMATCH);
    (void)close(fd);
    romtool_manifest_free(opened);
}

/* "-" is standard input to the command; a guest in someone's process does not read his. */
static void test_path_is_a_path(void **state)
{
    struct romtool_manifest *opened;
    int here = open(".", O_RDONLY | O_DIRECTORY);

    (void)state;
    assert_true(here >= 0);
    run("mv r.json ./-; mv r.json.minisig ./-.minisig");
    assert_int_equal(chdir(root), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            romtool_manifest_open_host(i == 0 ? "./-" : "-", root, CREATED, &opened, NULL), 0);
        romtool_manifest_free(opened);
    }
    assert_int_equal(fchdir(here), 0);
    (void)close(here);
    run("rm -f ./-*");
}

static void test_usage(void **state)
{
    struct romtool_manifest *opened;
    struct romtool_error err;

    (void)state;
    assert_int_equal(romtool_manifest_open_host(NULL, root, 0, &opened, &err), ROMTOOL_E_USAGE);
    assert_int_equal(romtool_manifest_open_host(manifest_path, root, 0, NULL, NULL),
                     ROMTOOL_E_USAGE);
    assert_int_equal(romtool_manifest_open_host(manifest_path, root, -1, &opened, &err),
                     ROMTOOL_E_USAGE);
    /* now is the default: nothing here is limited but the release, which is only warned of */
    assert_int_equal(romtool_manifest_open_host(manifest_path, root, 0, &opened, NULL), 0);
    romtool_manifest_free(opened);
}

/* ------------------------------------------------------------------------- a policy */

static int open_policy(size_t n_signatures, size_t n_keys, const struct romtool_policy *policy)
{
    struct romtool_blob manifest = blob_of(&manifest_text);
    struct romtool_blob signatures[] = {blob_of(&signature_texts[0]), blob_of(&signature_texts[1])};
    struct romtool_blob keys[] = {blob_of(&key_texts[0]), blob_of(&key_texts[1])};
    struct romtool_manifest *opened;
    int r = romtool_manifest_open_policy(&manifest, signatures, n_signatures, keys, n_keys, policy,
                                         &opened, NULL);

    romtool_manifest_free(opened);
    return r;
}

static void test_policy(void **state)
{
    struct romtool_policy policy = {0};

    (void)state;
    assert_int_equal(open_policy(1, 1, NULL), 0);
    assert_int_equal(open_policy(1, 1, &policy), 0);
    policy.threshold = 2;
    assert_int_equal(open_policy(2, 2, &policy), 0);
    assert_int_equal(open_policy(1, 2, &policy), ROMTOOL_E_THRESHOLD);
    assert_int_equal(open_policy(2, 1, &policy), ROMTOOL_E_THRESHOLD);
    policy.threshold = 64;
    assert_int_equal(open_policy(2, 2, &policy), ROMTOOL_E_THRESHOLD);
    policy.threshold = 65;
    assert_int_equal(open_policy(2, 2, &policy), ROMTOOL_E_USAGE);
    policy = (struct romtool_policy){.at = NOT_AFTER};
    assert_int_equal(open_policy(1, 1, &policy), 0);
    policy.at++;
    assert_int_equal(open_policy(1, 1, &policy), ROMTOOL_E_RELEASE_EXPIRED);
    policy.flags = ROMTOOL_POLICY_EXPIRED;
    assert_int_equal(open_policy(1, 1, &policy), 0);
    policy.flags = 2;
    assert_int_equal(open_policy(1, 1, &policy), ROMTOOL_E_USAGE);
    for (size_t i = 0; i < 2; i++) {
        policy = (struct romtool_policy){.at = NOT_AFTER};
        policy.reserved[i] = 1;
        assert_int_equal(open_policy(1, 1, &policy), ROMTOOL_E_USAGE);
    }
    policy = (struct romtool_policy){.at = -1};
    assert_int_equal(open_policy(1, 1, &policy), ROMTOOL_E_USAGE);
}

/* A key with a limit in time does not count for who does not say what time it is. */
static void test_limited_key(void **state)
{
    static const char signer[] =
        "me valid-before=\"20270101Z\" ssh-ed25519 "
        "AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea\n";
    struct rt_buffer signature = {0};
    struct romtool_blob manifest = blob_of(&manifest_text), key = {signer, sizeof(signer) - 1};
    struct romtool_policy policy = {0};
    struct romtool_manifest *opened;
    struct rt_key_private *private;
    struct romtool_blob blob;
    uint8_t seed[32];
    struct rt_key_public public;

    (void)state;
    /* RFC 8032, section 7.1, test 1 */
    assert_true(rt_bytes_from_hex(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", seed, sizeof(seed)));
    assert_int_equal(rt_key_private_from_seed(seed, (const uint8_t[8]){0}, &private, NULL), 0);
    assert_int_equal(rt_key_private_public(private, &public, NULL), 0);
    rt_key_private_free(private);
    assert_int_equal(rt_key_default_id(&public, NULL), 0);
    assert_int_equal(rt_key_private_from_seed(seed, public.id, &private, NULL), 0);
    assert_int_equal(rt_minisign_sign(private, bytes_in(&manifest_text), "c", &signature, NULL), 0);
    blob = blob_of(&signature);
    assert_int_equal(romtool_manifest_open(&manifest, &blob, 1, &key, 1, &opened, NULL),
                     ROMTOOL_E_UNTRUSTED_KEY);
    policy.at = CREATED;
    assert_int_equal(
        romtool_manifest_open_policy(&manifest, &blob, 1, &key, 1, &policy, &opened, NULL), 0);
    romtool_manifest_free(opened);
    policy.at = INT64_C(1798761601); /* 2027-01-01T00:00:01Z */
    policy.flags = ROMTOOL_POLICY_EXPIRED;
    assert_int_equal(
        romtool_manifest_open_policy(&manifest, &blob, 1, &key, 1, &policy, &opened, NULL),
        ROMTOOL_E_UNTRUSTED_KEY);
    rt_key_private_free(private);
    rt_buffer_free(&signature);
}

/* ------------------------------------------------------------------------- the ground */

static int make_release(const uint8_t *rom_bytes)
{
    static const struct rt_slot_range machine = {.family = "pc-q35-7.2"};
    static const struct rt_manifest_mandate mandate = {"e1000", &machine, 1};
    struct rt_manifest_rom rom = {.file = "a.rom",
                                  .size = ROM_SIZE,
                                  .slot = ROM_SIZE,
                                  .content_length = ROM_SIZE,
                                  .fill = -1,
                                  .mandates = &mandate,
                                  .n_mandates = 1};
    const struct rt_manifest model = {.product = "P",
                                      .channel = "C",
                                      .release = "R",
                                      .serial = 1,
                                      .created = CREATED,
                                      .not_after = NOT_AFTER,
                                      .profile = "p",
                                      .roms = &rom,
                                      .n_roms = 1};

    if (rt_digest_sha256((struct rt_bytes){rom_bytes, ROM_SIZE}, rom.sha256, NULL) != 0)
        return -1;
    return rt_manifest_write(&model, &manifest_text, NULL);
}

static int set_up(void **state)
{
    static uint8_t rom[ROM_SIZE] = {0x55, 0xaa, 8};

    (void)state;
    if (mkdtemp(root) == NULL || make_release(rom) != 0)
        return -1;
    (void)snprintf(manifest_path, sizeof(manifest_path), "%s/" MANIFEST, root);
    (void)snprintf(rom_path, sizeof(rom_path), "%s/a.rom", root);
    put("a.rom", (struct rt_bytes){rom, sizeof(rom)});
    for (int i = 0; i < 2; i++) {
        struct rt_key_private *key;
        struct rt_key_public public;

        if (rt_key_generate(RT_KEY_ED25519, &key, NULL) != 0 ||
            rt_key_private_public(key, &public, NULL) != 0 ||
            rt_minisign_key_write(&public, &key_texts[i], NULL) != 0 ||
            rt_minisign_sign(key, bytes_in(&manifest_text), "c", &signature_texts[i], NULL) != 0)
            return -1;
        rt_key_private_free(key);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    run("rm -rf \"$PWD\"");
    rt_buffer_free(&manifest_text);
    for (int i = 0; i < 2; i++) {
        rt_buffer_free(&key_texts[i]);
        rt_buffer_free(&signature_texts[i]);
    }
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_host, begin),
        cmocka_unit_test_setup(test_path_is_a_path, begin),
        cmocka_unit_test_setup(test_stamp, begin),
        cmocka_unit_test_setup(test_stamped_load, begin),
        cmocka_unit_test_setup(test_usage, begin),
        cmocka_unit_test(test_policy),
        cmocka_unit_test(test_limited_key),
    };

    return cmocka_run_group_tests_name("host", tests, set_up, tear_down);
}
