/* SPDX-License-Identifier: BSD-2-Clause */
/* What the hook's decision stands on in its tests: mandates, a host's files, a release; and asking.
 */
#ifndef TESTS_UNIT_LIBVIRT_GROUND_H
#define TESTS_UNIT_LIBVIRT_GROUND_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/libvirt-hook.h"
#include "manifests/open.h"
#include "tests/support/rom-words.h"

static const char SLOTS[] =
    "{\"schema\": \"romtool-slots/1\", \"vendor\": \"test\", \"series\": ["
    "{\"name\": \"a\", \"qemu\": \"7.2\", \"package\": \"p\", \"source\": \"s\", "
    "\"search\": [\"/q\"], \"aliases\": {\"q35\": \"pc-q35-7.2\"}, "
    "\"machines\": [\"pc-q35-5.2\", \"pc-q35-7.2\"]},"
    "{\"name\": \"old\", \"qemu\": \"5.2\", \"package\": \"p\", \"source\": \"s\", "
    "\"search\": [\"/q\"], \"aliases\": {}, \"machines\": [\"pc-q35-7.2\"]}"
    "], \"mandates\": ["
    "{\"machines\": [{\"machine\": \"pc-q35-7.2\"}], \"device\": \"virtio-net-pci\", "
    "\"file\": \"efi-virtio.rom\", \"slot\": 8192, \"basis\": \"read\", \"source\": \"s\"},"
    "{\"machines\": [{\"machine\": \"pc-q35-7.2\"}], \"device\": \"e1000\", "
    "\"file\": \"efi-e1000.rom\", \"slot\": 4096, \"basis\": \"read\", \"source\": \"s\"},"
    "{\"machines\": [{\"machine\": \"pc-q35-7.2\"}], \"device\": \"rtl8139\", "
    "\"file\": \"efi-rtl8139.rom\", \"slot\": 2048, \"basis\": \"read\", \"source\": \"s\"},"
    "{\"machines\": [{\"machine\": \"pc-q35-7.2\"}], \"device\": \"ne2k_pci\", "
    "\"slot\": 0, \"basis\": \"read\", \"source\": \"s\"},"
    "{\"machines\": [{\"machine\": \"pc-q35-7.2\"}], \"device\": \"VGA\", "
    "\"file\": \"vgabios-stdvga.bin\", \"slot\": 2048, \"basis\": \"read\", \"source\": \"s\"},"
    "{\"machines\": [{\"machine\": \"pc-q35-5.2\"}], \"device\": \"pcnet\", "
    "\"file\": \"efi-pcnet.rom\", \"slot\": 2048, \"basis\": \"read\", \"source\": \"s\"}]}";

/* ------------------------------------------------------------------------- the host */

enum { FILES_MAX = 16 };

static struct host_file {
    const char *path, *words;
} files[FILES_MAX];
static size_t n_files, n_reads;
static uint64_t limit_seen;
static char said[512];
static struct rt_slot_file *slots;
static struct rt_slot_profile profile;
static struct rt_libvirt_ground ground;
static struct romtool_error err;

static inline void put(const char *path, const char *words)
{
    for (size_t i = 0; i < n_files; i++) {
        if (strcmp(files[i].path, path) == 0) {
            files[i].words = words;
            return;
        }
    }
    assert_in_range(n_files, 0, FILES_MAX - 1);
    files[n_files++] = (struct host_file){path, words};
}

static inline const char *words_of(const char *path)
{
    for (size_t i = 0; i < n_files; i++)
        if (strcmp(files[i].path, path) == 0)
            return files[i].words;
    return NULL;
}

static inline int find(void *user, const char *file, char **ret_path, struct romtool_error *error)
{
    struct rt_buffer path = {0};

    assert_ptr_equal(user, files);
    rt_buffer_printf(&path, "/q/%s", file);
    *ret_path = path.data;
    if (words_of(path.data) != NULL)
        return 0;
    rt_buffer_free(&path);
    *ret_path = NULL;
    return rt_error_set(error, ROMTOOL_E_NOT_FOUND, ROMTOOL_NO_OFFSET, "no '%s'", file);
}

static inline int read_rom(void *user, const char *path, uint64_t limit, uint64_t *ret_size,
                           struct rt_file *ret, struct romtool_error *error)
{
    const char *words = words_of(path);
    struct rom_builder rb = {0};

    assert_ptr_equal(user, files);
    *ret = (struct rt_file){0};
    n_reads++;
    limit_seen = limit;
    if (words == NULL)
        return rt_error_set(error, ROMTOOL_E_NOT_FOUND, ROMTOOL_NO_OFFSET, "no '%s'", path);
    rb_words(&rb, words);
    *ret_size = rb.size;
    if (rb.size <= limit) {
        ret->data = malloc(rb.size + 1);
        assert_non_null(ret->data);
        if (rb.size > 0)
            memcpy(ret->data, rb.data, rb.size);
        ret->len = rb.size;
    }
    rb_free(&rb);
    return 0;
}

/* /s/N/NAME, of any size: that it is exactly the slot is looked at again. */
static inline int stored(void *user, const char *file, uint64_t slot, size_t index, char **ret_path,
                         struct romtool_error *error)
{
    struct rt_buffer path = {0};

    (void)error;
    assert_ptr_equal(user, files);
    assert_true(rt_size_is_power_of_two(slot));
    rt_buffer_printf(&path, "/s/%zu/%s", index, file);
    *ret_path = path.data;
    if (words_of(path.data) != NULL)
        return 0;
    rt_buffer_free(&path);
    *ret_path = NULL;
    return 0;
}

static inline void note(void *user, const char *sentence)
{
    assert_ptr_equal(user, files);
    (void)snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s\n", sentence);
}

static inline int set_up(void **state)
{
    (void)state;
    n_files = 0;
    said[0] = '\0';
    put("/q/efi-virtio.rom", "x86:length=4096 efi:length=2048"); /* 6144 bytes */
    put("/q/efi-e1000.rom", "x86 efi pad:to=4K");
    put("/q/efi-rtl8139.rom", "x86:length=1536 efi:length=1024"); /* 512 too many */
    rt_error_clear(&err);
    if (rt_slot_file_read((struct rt_bytes){(const uint8_t *)SLOTS, sizeof(SLOTS) - 1}, &slots,
                          &err) != 0) {
        print_error("%s\n", err.text);
        return -1;
    }
    rt_slot_profile_make(&profile, rt_slot_file_vendor(slots), rt_slot_file_vendor(slots)->series);
    ground = (struct rt_libvirt_ground){.profile = &profile,
                                        .find = find,
                                        .read = read_rom,
                                        .stored = stored,
                                        .allowed = note,
                                        .user = files};
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    rt_slot_file_free(slots);
    return 0;
}

/* ------------------------------------------------------------------------- one question */

#define HEAD                                                                                       \
    "<domain type='kvm'><name>g</name><os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type>"     \
    "</os><devices>"
#define NIC(model, inside)                                                                         \
    "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='" model "'/>" inside    \
    "</interface>"
#define TAIL              "</devices></domain>"
#define GUEST(model, rom) HEAD NIC(model, rom) TAIL
#define ALLOW(device, size, reason)                                                                \
    "<metadata><romtool:allow xmlns:romtool='urn:romtool:libvirt:1' device='" device               \
    "' size='" size "' reason='" reason "'/></metadata>"
#define WITH(metadata, model, rom) HEAD NIC(model, rom) "</devices>" metadata "</domain>"
#define ROMSIZE(alias, size)                                                                       \
    "<qemu:override xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:device "         \
    "alias='" alias "'><qemu:frontend><qemu:property name='romsize' type='unsigned' value='" size  \
    "'/></qemu:frontend></qemu:device></qemu:override>"

static inline int ask(const char *operation, const char *xml, struct rt_buffer *out)
{
    struct rt_bytes bytes = {(const uint8_t *)xml, strlen(xml)};
    int r;

    rt_error_clear(&err);
    n_reads = 0;
    r = strcmp(operation, "fix") == 0
            ? rt_libvirt_fix(&ground, bytes, out, &err)
            : rt_libvirt_decide(&ground, rt_libvirt_operation(operation, "begin"), bytes, out,
                                &err);
    assert_int_equal(r, err.code);
    assert_true(r == 0 || out->data == NULL);
    return r;
}

static inline void silent(const char *operation, const char *xml)
{
    struct rt_buffer out;

    if (ask(operation, xml, &out) != 0)
        fail_msg("%s: %s", operation, err.text);
    if (out.data != NULL)
        fail_msg("%s: %s", operation, out.data);
}

static inline void refuse(const char *operation, const char *xml, int code, const char *sentence)
{
    struct rt_buffer out;
    int r = ask(operation, xml, &out);

    rt_buffer_free(&out);
    if (r != code || strstr(err.text, sentence) == NULL)
        fail_msg("%s: %d, not %d: '%s' (expected '%s')", operation, r, code, err.text, sentence);
}

static inline void becomes(const char *operation, const char *xml, const char *expected)
{
    struct rt_buffer out;

    if (ask(operation, xml, &out) != 0)
        fail_msg("%s: %s", operation, err.text);
    assert_non_null(out.data);
    assert_string_equal(out.data, expected);
    /* what came out starts, and changes no more */
    silent("prepare", expected);
    silent(operation, expected);
    rt_buffer_free(&out);
}

/* ------------------------------------------------------------------------- a release */

/* A release of these words as efi-e1000.rom, in this slot. */
static inline struct romtool_manifest *release(const char *words, uint64_t slot)
{
    static const struct rt_slot_range machine = {.family = "pc-q35-7.2"};
    static const struct rt_manifest_mandate mandate = {"e1000", &machine, 1};
    struct rom_builder rb = {0};
    struct rt_manifest_rom rom = {
        .file = "efi-e1000.rom", .slot = slot, .fill = -1, .mandates = &mandate, .n_mandates = 1};
    const struct rt_manifest model = {.product = "P",
                                      .channel = "C",
                                      .release = "R",
                                      .serial = 1,
                                      .created = -1,
                                      .profile = "test/a",
                                      .roms = &rom,
                                      .n_roms = 1};
    struct romtool_manifest *manifest = NULL;
    struct rt_buffer text = {0};

    rb_words(&rb, words);
    rom.size = rom.content_length = rb.size;
    assert_int_equal(rt_digest_sha256((struct rt_bytes){rb.data, rb.size}, rom.sha256, &err), 0);
    memcpy(rom.content_sha256, rom.sha256, sizeof(rom.sha256));
    if (rt_manifest_write(&model, &text, &err) != 0 ||
        rt_manifest_open_verified(rt_buffer_bytes(&text), &manifest, &err) != 0)
        fail_msg("%s", err.text);
    rt_buffer_free(&text);
    rb_free(&rb);
    return manifest;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
