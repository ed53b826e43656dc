/* SPDX-License-Identifier: BSD-2-Clause */
/* loader/start with a signed release: its ROMs from its directory, and nothing else. */
#define _GNU_SOURCE /* F_GET_SEALS */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/digest.h"
#include "manifests/manifest.h"
#include "manifests/minisign-sign.h"
#include "manifests/private-key.h"
#include "manifests/public-key.h"
#include "start-ground.h"

static struct romtool_manifest *manifest;
static char other_dir[PATH_MAX];

/* A release of efi-e1000.rom as it is, for e1000 on pc-q35-7.2, signed by a key of this run. */
static bool open_release(void)
{
    static const struct rt_slot_range machine = {.family = "pc-q35-7.2"};
    static const struct rt_manifest_mandate mandate = {"e1000", &machine, 1};
    struct rt_buffer content = scratch_read("efi-e1000.rom"), text = {0}, public_text = {0};
    struct rt_buffer signature_text = {0};
    struct rt_manifest_rom rom = {.file = "efi-e1000.rom",
                                  .size = content.len,
                                  .slot = content.len,
                                  .content_length = content.len,
                                  .fill = -1,
                                  .mandates = &mandate,
                                  .n_mandates = 1};
    const struct rt_manifest model = {.product = "P",
                                      .channel = "C",
                                      .release = "R",
                                      .serial = 1,
                                      .created = -1,
                                      .profile = "test/a",
                                      .roms = &rom,
                                      .n_roms = 1};
    struct rt_bytes bytes = {(const uint8_t *)content.data, content.len};
    struct rt_key_private *key = NULL;
    struct romtool_blob blobs[3];
    struct rt_key_public public;
    bool opened;

    opened = rt_digest_sha256(bytes, rom.sha256, &err) == 0;
    memcpy(rom.content_sha256, rom.sha256, sizeof(rom.sha256));
    opened = opened && rt_manifest_write(&model, &text, &err) == 0;
    bytes = (struct rt_bytes){(const uint8_t *)text.data, text.len};
    opened = opened && rt_key_generate(RT_KEY_ED25519, &key, &err) == 0 &&
             rt_key_private_public(key, &public, &err) == 0 &&
             rt_minisign_key_write(&public, &public_text, &err) == 0 &&
             rt_minisign_sign(key, bytes, "c", &signature_text, &err) == 0;
    blobs[0] = (struct romtool_blob){text.data, text.len};
    blobs[1] = (struct romtool_blob){signature_text.data, signature_text.len};
    blobs[2] = (struct romtool_blob){public_text.data, public_text.len};
    opened = opened &&
             romtool_manifest_open(&blobs[0], &blobs[1], 1, &blobs[2], 1, &manifest, &err) == 0;
    rt_key_private_free(key);
    rt_buffer_free(&content);
    rt_buffer_free(&text);
    rt_buffer_free(&public_text);
    rt_buffer_free(&signature_text);
    return opened;
}

static int open_ground(void **state)
{
    if (set_up(state) != 0)
        return -1;
    if (!open_release()) {
        print_error("%s\n", err.text);
        return -1;
    }
    (void)scratch_path(other_dir, "series");
    source.rom.manifest = manifest;
    source.rom.manifest_dir = scratch;
    return 0;
}

static int close_ground(void **state)
{
    romtool_manifest_free(manifest);
    return tear_down(state);
}

/* Puts another of the files where the release has its ROM. */
static void replace_rom(const char *file)
{
    char target[PATH_MAX], link_path[PATH_MAX];

    (void)unlink(scratch_path(link_path, "series/efi-e1000.rom"));
    require(symlink(scratch_path(target, file), link_path) == 0);
    source.rom.manifest_dir = other_dir;
}

static void remove_rom(void)
{
    char link_path[PATH_MAX];

    (void)unlink(scratch_path(link_path, "series/efi-e1000.rom"));
}

/* In the slot that it states, not in the profile's, whatever -L says. */
static void start_release(const void *argument)
{
    (void)argument;
    require(start("-M q35 -L %s -nodefaults -device e1000", other_dir) == 0);
    rt_start_free(started);
    expect_names("efi-e1000.rom", "efi-e1000.rom", 2048);
}

static void start_other_bytes(const void *argument)
{
    static const struct rt_start_size sizes[] = {{"e1000", NULL, 4096}};
    int r;

    (void)argument;
    replace_rom("x.rom");
    r = start("-M q35 -L %s -nodefaults -device e1000", scratch);
    remove_rom();
    require(r == ROMTOOL_E_DIGEST_MISMATCH);
    replace_rom("efi-e1000e.rom");
    r = start("-M q35 -L %s -nodefaults -device e1000", scratch);
    require(r == ROMTOOL_E_OVERSIZE);
    /* a larger slot makes no other file the one that was released */
    source.sizes = sizes;
    source.n_sizes = 1;
    r = start("-M q35 -L %s -nodefaults -device e1000", scratch);
    remove_rom();
    require(r == ROMTOOL_E_SIZE_MISMATCH);
    r = start("-M q35 -L %s -nodefaults -device e1000", scratch);
    expect_error(ROMTOOL_E_NOT_FOUND, "no 'efi-e1000.rom' in '%s'", other_dir);
    expect_no_descriptors();
}

static void start_explicit(const void *argument)
{
    (void)argument;
    require(start("-M q35 -nodefaults -device e1000,romfile=%s/x.rom", scratch) ==
            ROMTOOL_E_DIGEST_MISMATCH);
    expect_no_descriptors();
    require(start("-M q35 -nodefaults -device e1000,romfile=%s/efi-e1000.rom", scratch) == 0);
    rt_start_free(started);
    expect_descriptor(800, "efi-e1000.rom", 2048);
    require(start("-M q35 -nodefaults -device e1000,romfile=efi-e1000.rom") == ROMTOOL_E_BUSY);
}

/* A file of the store's: what the release states, with zeros behind it, and nothing else. */
static void start_padded(const void *argument)
{
    static const struct rt_start_size sizes[] = {{"e1000", NULL, 4096}};
    struct rt_buffer content = scratch_read("efi-e1000.rom");
    char path[PATH_MAX];

    (void)argument;
    source.sizes = sizes;
    source.n_sizes = 1;
    require(content.len == 2048 && rt_buffer_extend(&content, 2048) != NULL);
    require(scratch_write("padded.rom", content.data, content.len));
    require(start("-M q35 -nodefaults -device e1000,romfile=%s/padded.rom", scratch) == 0);
    rt_start_free(started);
    expect_descriptor(800, "efi-e1000.rom", 4096);
    for (size_t i = 0; i < COUNT(rom_names); i++)
        (void)close(rom_names[i].number);
    content.data[3000] = 1;
    require(scratch_write("padded.rom", content.data, content.len));
    require(start("-M q35 -nodefaults -device e1000,romfile=%s/padded.rom", scratch) ==
            ROMTOOL_E_SIZE_MISMATCH);
    (void)unlink(scratch_path(path, "padded.rom"));
    rt_buffer_free(&content);
}

/* What the release says nothing of is not loaded, and no --rom-size makes it part of it. */
static void start_unstated(const void *argument)
{
    static const struct rt_start_size sizes[] = {{"rtl8139", NULL, 4096}, {"what", NULL, 4096}};

    (void)argument;
    source.sizes = sizes;
    source.n_sizes = 2;
    require(start("-M q35 -L %s -nodefaults -device rtl8139", scratch) == ROMTOOL_E_UNKNOWN_DEVICE);
    require(strstr(err.text, "--rom-size") == NULL);
    require(start("-M q35 -nodefaults -device what,romfile=%s/x.rom", scratch) ==
            ROMTOOL_E_UNKNOWN_DEVICE);
    require(start("-M pc -L %s -nodefaults -device e1000", scratch) == ROMTOOL_E_UNKNOWN_MACHINE);
    expect_no_descriptors();
    require(start("-M q35 -nodefaults -device what -device rtl8139,romfile=") == 0);
    rt_start_free(started);
    expect_names(NULL, NULL, 0);
}

static void test_case(void **state)
{
    assert_true(in_child(run_case, *state));
}

int main(void)
{
    static struct start_case cases[] = {
        CASE(start_release), CASE(start_other_bytes), CASE(start_explicit),
        CASE(start_padded),  CASE(start_unstated),
    };
    struct CMUnitTest tests[COUNT(cases)];

    for (size_t i = 0; i < COUNT(cases); i++)
        tests[i] = (struct CMUnitTest){cases[i].name, test_case, NULL, NULL, &cases[i]};
    return cmocka_run_group_tests_name("start-manifest", tests, open_ground, close_ground);
}
