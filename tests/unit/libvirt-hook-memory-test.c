/* SPDX-License-Identifier: BSD-2-Clause */
/* loader/libvirt-hook where allocations fail, libxml2's too: no guest passes for want of memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/xmlmemory.h>

#include "failing.h"
#include "loader/libvirt-hook.h"
#include "tests/support/rom-words.h"

#define GUEST(behind)                                                                              \
    "<domain><os><type arch='x86_64' machine='pc-q35-7.2'/></os><devices><interface>"              \
    "<model type='virtio'/></interface></devices>" behind "</domain>"
#define EXPLICIT                                                                                   \
    "<domain><os><type arch='x86_64' machine='pc-q35-7.2'/></os><devices><interface>"              \
    "<model type='virtio'/><rom file='/q/x'/></interface></devices></domain>"
#define WORDS                                                                                      \
    "<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><q:arg value='-device'/>" \
    "<q:arg value='virtio-scsi-pci,id=a'/></q:commandline>"                                        \
    "<q:override xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><q:device alias='net0'>"     \
    "<q:frontend><q:property name='romfile' type='string' value='/q/x'/>"                          \
    "<q:property name='rombar' type='unsigned' value='1'/></q:frontend></q:device></q:override>"
#define STRAY                                                                                      \
    "<q:override xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><q:device alias='scsi0'>"    \
    "<q:frontend><q:property name='driver' type='string' value='e1000'/>"                          \
    "</q:frontend></q:device></q:override>"
#define ALLOW                                                                                      \
    "<metadata><r:allow xmlns:r='urn:romtool:libvirt:1' device='net0' size='512K' reason='r'/>"    \
    "</metadata>"

static struct rom_builder rom, padded;
static size_t size; /* bytes of the ROM file that QEMU finds */
static bool has_stored;
static struct rt_slot_profile profile;

static int find(void *user, const char *file, char **ret, struct romtool_error *err)
{
    (void)user;
    (void)file;
    *ret = strdup("/q");
    return *ret == NULL ? rt_error_no_memory(err) : 0;
}

static int read_rom(void *user, const char *path, uint64_t limit, uint64_t *ret_size,
                    struct rt_file *ret, struct romtool_error *err)
{
    bool is_stored = strcmp(path, "/s") == 0;

    (void)user;
    *ret = (struct rt_file){0};
    *ret_size = is_stored ? padded.size : size;
    if (*ret_size > limit)
        return 0;
    ret->len = (size_t)*ret_size;
    ret->data = malloc(ret->len);
    if (ret->data == NULL)
        return rt_error_no_memory(err);
    memcpy(ret->data, is_stored ? padded.data : rom.data, ret->len);
    return 0;
}

static int stored(void *user, const char *file, uint64_t slot, size_t index, char **ret,
                  struct romtool_error *err)
{
    (void)user;
    (void)file;
    (void)slot;
    *ret = NULL;
    if (!has_stored || index > 0)
        return 0;
    *ret = strdup("/s");
    return *ret == NULL ? rt_error_no_memory(err) : 0;
}

static void allowed(void *user, const char *sentence)
{
    (void)user;
    assert_non_null(strstr(sentence, "romtool:allow"));
}

static const struct rt_libvirt_ground ground = {
    .profile = &profile, .find = find, .read = read_rom, .stored = stored, .allowed = allowed};

/* libxml2 calls some of its own failures an error of syntax, with another sentence. */
static int as_memory(int r)
{
    if (r != ROMTOOL_E_BAD_DOMAIN || did_end)
        return r;
    rt_error_clear(&failure);
    return rt_error_no_memory(&failure);
}

static int decide(enum rt_libvirt_operation operation, const char *xml, const char *expected)
{
    struct rt_bytes bytes = {(const uint8_t *)xml, strlen(xml)};
    struct rt_buffer out;
    int r = rt_libvirt_decide(&ground, operation, bytes, &out, &failure);

    stop_failing();
    if (r == 0 && expected != NULL)
        assert_non_null(strstr(out.data, expected));
    else
        assert_null(out.data);
    rt_buffer_free(&out);
    return as_memory(r);
}

static int attempt_holds(void)
{
    return decide(RT_LIBVIRT_PREPARE, GUEST(""), NULL);
}

static int attempt_explicit(void)
{
    return decide(RT_LIBVIRT_PREPARE, EXPLICIT, NULL);
}

static int attempt_words(void)
{
    return decide(RT_LIBVIRT_PREPARE, GUEST(WORDS), NULL);
}

static int attempt_stray(void)
{
    return decide(RT_LIBVIRT_PREPARE, GUEST(STRAY), NULL);
}

static int attempt_unchanged(void)
{
    return decide(RT_LIBVIRT_INCOMING, GUEST(""), NULL);
}

static int attempt_allowed(void)
{
    return decide(RT_LIBVIRT_PREPARE, GUEST(ALLOW), NULL);
}

static int attempt_stored(void)
{
    return decide(RT_LIBVIRT_INCOMING, GUEST(""), "<rom file='/s'/>");
}

static int attempt_romsize(void)
{
    return decide(RT_LIBVIRT_INCOMING, GUEST(""), "value='262144'");
}

static int attempt_incoming_refused(void)
{
    return decide(RT_LIBVIRT_INCOMING, GUEST(""), NULL);
}

static void test_holds(void **state)
{
    (void)state;
    size = 200000;
    every_failure(attempt_holds, 0, 20);
    every_failure(attempt_explicit, 0, 20);
    every_failure(attempt_words, 0, 30);
    has_stored = true; /* which must not take its place */
    every_failure(attempt_unchanged, 0, 20);
    has_stored = false;
}

static void test_refused(void **state)
{
    (void)state;
    size = 300000;
    every_failure(attempt_holds, ROMTOOL_E_OVERSIZE, 20);
    size = 100000;
    every_failure(attempt_holds, ROMTOOL_E_UNDERSIZE, 20);
    every_failure(attempt_stray, ROMTOOL_E_UNSUPPORTED_ARGUMENT, 20);
}

static void test_allowed(void **state)
{
    (void)state;
    size = 300000;
    every_failure(attempt_allowed, 0, 20);
    size = 600000;
    every_failure(attempt_allowed, ROMTOOL_E_OVERSIZE, 20);
}

static void test_incoming(void **state)
{
    (void)state;
    size = 300000;
    every_failure(attempt_incoming_refused, ROMTOOL_E_OVERSIZE, 20);
    has_stored = true;
    every_failure(attempt_stored, 0, 40);
    has_stored = false;
    size = 100000;
    every_failure(attempt_romsize, 0, 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_holds),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_incoming),
    };
    int r;

    if (xmlMemSetup(free, malloc, realloc, strdup) != 0 ||
        rt_slot_profile_find("debian/bookworm", &profile, NULL) != 0)
        return 1;
    rb_words(&rom, "x86 efi pad:to=600000");
    rb_words(&padded, "x86 efi pad:to=256K");
    xmlInitParser(); /* what libxml2 allocates once is not what is tested */
    r = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    rb_free(&rom);
    rb_free(&padded);
    return r;
}
