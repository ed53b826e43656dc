/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * core/ and loader/ while allocations fail: the first, the second, and so on, alone or with all
 * that follow. Each call ends in "no memory" or as it does with memory, and leaks nothing, neither
 * memory (a sanitizer sees that) nor descriptors. Secrets are gone before their memory is.
 */
#define _GNU_SOURCE /* F_GET_SEALS */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include <jansson.h>
#include <openssl/crypto.h>

#include "core/digest.h"
#include "core/file.h"
#include "core/json.h"
#include "loader/qemu.h"
#include "start-ground.h"

/* ------------------------------------------------------------------------- failing allocations */

static long until_failure = -1; /* -1: none fails */
static bool from_then_on;       /* not only that one */

/* What is freed is looked at where it is this. */
static const uint8_t *watched;
static size_t watched_size, watched_left; /* bytes; those that were not 0 when it was freed */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t n);
void __wrap_free(void *p);

static bool fails(void)
{
    bool failing = until_failure == 0 && from_then_on;

    if (until_failure > 0)
        failing = --until_failure == 0;
    if (failing)
        errno = ENOMEM;
    return failing;
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

void __wrap_free(void *p)
{
    for (size_t i = 0; p != NULL && p == watched && i < watched_size; i++)
        watched_left += watched[i] != 0;
    if (p != NULL && p == watched)
        watched = NULL;
    __real_free(p);
}

static int count_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int n = 0;

    assert_non_null(dir);
    while (readdir(dir) != NULL)
        n++;
    (void)closedir(dir);
    return n;
}

/*
 * Attempts until one needs fewer than n allocations. Before that all end in "no memory", but where
 * a library's allocations are among them: it may do without one, or make foreign_code of it.
 */
static int foreign_code; /* 0: no library's are */

static bool foreign(int code)
{
    return foreign_code != 0 && (code == 0 || code == foreign_code);
}

static void every_failure(int (*attempt)(void), int foreign_to, long least)
{
    foreign_code = foreign_to;
    for (int mode = 0; mode < 2; mode++) {
        int descriptors = count_descriptors(), r = 0;
        bool enough = false;
        long n;

        from_then_on = mode == 1;
        for (n = 1; !enough; n++) {
            rt_error_clear(&err);
            until_failure = n;
            r = attempt();
            enough = until_failure > 0;
            until_failure = -1;
            if (enough ? r != 0 : r != ROMTOOL_E_NO_MEMORY && !foreign(r))
                fail_msg("allocation %ld: %d %s", n, r, err.text);
            assert_int_equal(err.code, r);
            assert_int_equal(count_descriptors(), descriptors);
        }
        assert_true(n > least);
    }
}

/* ------------------------------------------------------------------------- core */

static char path[PATH_MAX];

static int read_file(void)
{
    struct rt_file file;
    int r = rt_file_read(path, 10000, &file, &err);

    assert_int_equal(file.data != NULL, r == 0);
    rt_file_free(&file);
    return r;
}

static void test_file(void **state)
{
    (void)state;
    (void)scratch_path(path, "efi-e1000.rom");
    every_failure(read_file, 0, 1);
}

/* A pipe that never ends ends where there is no more memory for it. */
static void test_endless(void **state)
{
    int saved = dup(0), zero = open("/dev/zero", O_RDONLY);
    struct rt_file file;
    int r;

    (void)state;
    assert_true(saved >= 0 && dup2(zero, 0) == 0);
    (void)alarm(300);
    for (until_failure = 1; until_failure < 8;) {
        long n = until_failure;

        rt_error_clear(&err);
        from_then_on = true;
        r = rt_file_read("-", SIZE_MAX, &file, &err);
        until_failure = n + 1;
        assert_int_equal(r, ROMTOOL_E_NO_MEMORY);
        assert_null(file.data);
    }
    until_failure = -1;
    (void)alarm(0);
    assert_int_equal(dup2(saved, 0), 0);
    (void)close(saved);
    (void)close(zero);
}

static int write_file(void)
{
    int r = rt_file_write(path, 0600, 0, (struct rt_bytes){(const uint8_t *)"x", 1}, &err);

    if (r == ROMTOOL_E_IO)
        assert_int_equal(err.sys_errno, ENOMEM);
    return r;
}

static void test_write(void **state)
{
    (void)state;
    (void)scratch_path(path, "written");
    every_failure(write_file, ROMTOOL_E_IO, 2);
}

static int print(void)
{
    struct rt_buffer out = {0};
    struct rt_json_writer w = {.out = &out};
    int r;

    rt_json_begin_array(&w, NULL);
    for (int i = 0; i < 200; i++)
        rt_json_write_integer(&w, NULL, i);
    rt_json_end_array(&w);
    r = out.failed ? rt_error_no_memory(&err) : 0;
    rt_buffer_free(&out);
    return r;
}

static void test_buffer(void **state)
{
    (void)state;
    every_failure(print, 0, 3);
}

static void *json_malloc(size_t n)
{
    return malloc(n);
}

static void json_free(void *p)
{
    free(p);
}

static int parse_json(void)
{
    static const char text[] = "{\"a\": [1, 2.5, {\"b\": null}], \"c\": \"text\", \"d\": true}";
    struct rt_json *root;
    int r = rt_json_parse((struct rt_bytes){(const uint8_t *)text, sizeof(text) - 1}, &root, &err);

    assert_int_equal(root != NULL, r == 0);
    if (r == 0)
        assert_string_equal(rt_json_string(rt_json_get(root, "c")), "text");
    rt_json_free(root);
    return r;
}

static int parse_json_without_strings(void)
{
    static const char text[] = "[1, [2, [], {}], 3.5, null, 4, 5, 6, 7, 8, 9, 10]";
    struct rt_json *root;
    int r = rt_json_parse((struct rt_bytes){(const uint8_t *)text, sizeof(text) - 1}, &root, &err);

    assert_int_equal(rt_json_count(root), r == 0 ? 11 : 0);
    rt_json_free(root);
    return r;
}

/*
 * jansson 2.14 calls a key that it has no memory for a syntax error, and loses bytes of a string
 * beyond its first 15 without a word; nothing outside of it can tell.
 */
static void test_json(void **state)
{
    json_malloc_t saved_malloc;
    json_free_t saved_free;

    (void)state;
    json_get_alloc_funcs(&saved_malloc, &saved_free);
    json_set_alloc_funcs(json_malloc, json_free);
    every_failure(parse_json_without_strings, 0, 10);
    every_failure(parse_json, ROMTOOL_E_BAD_JSON, 10);
    json_set_alloc_funcs(saved_malloc, saved_free);
}

static void test_wiped(void **state)
{
    struct rt_buffer buf = {0};
    struct rt_file file;

    (void)state;
    rt_buffer_puts(&buf, "secret");
    watched = (const uint8_t *)buf.data;
    watched_size = buf.len;
    watched_left = 0;
    rt_buffer_wipe(&buf);
    assert_null(watched);
    assert_int_equal(watched_left, 0);

    assert_int_equal(rt_file_read(scratch_path(path, "efi-e1000.rom"), 10000, &file, NULL), 0);
    watched = file.data;
    watched_size = file.len;
    rt_file_wipe(&file);
    assert_null(watched);
    assert_int_equal(watched_left, 0);
}

/* ------------------------------------------------------------------------- romtool_load() */

static int rom_fd;
static struct romtool_mandate mandate;

static int load(void)
{
    struct romtool_rom *rom;
    int r = romtool_load(rom_fd, "x.rom", &mandate, 0, 0, &rom, &err);

    assert_int_equal(rom != NULL, r == 0);
    romtool_rom_free(rom);
    return r;
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

static void test_load(void **state)
{
    struct rt_file file;

    (void)state;
    rom_fd = open(scratch_path(path, "efi-e1000.rom"), O_RDONLY);
    assert_true(rom_fd >= 0);
    mandate = (struct romtool_mandate){.slot = 4096};
    every_failure(load, 0, 2);
    assert_int_equal(rt_file_read(path, 10000, &file, NULL), 0);
    assert_int_equal(rt_digest_sha256(rt_file_bytes(&file), mandate.sha256, NULL), 0);
    rt_file_free(&file);
    mandate.has_sha256 = 1;
    every_failure(load, ROMTOOL_E_UNAVAILABLE, 3);
    (void)close(rom_fd);
}

/* ------------------------------------------------------------------------- starting QEMU */

static char rom_file[PATH_MAX], config_file[PATH_MAX];
static char *line[] = {
    (char *)(uintptr_t) "qemu",
    (char *)(uintptr_t) "-M",
    (char *)(uintptr_t) "q35,accel=tcg",
    (char *)(uintptr_t) "-L",
    scratch,
    (char *)(uintptr_t) "-device",
    (char *)(uintptr_t) "e1000e,id=a",
    (char *)(uintptr_t) "-nic",
    (char *)(uintptr_t) "user,model=e1000",
    (char *)(uintptr_t) "-device",
    rom_file,
    (char *)(uintptr_t) "-device",
    (char *)(uintptr_t) "{\"driver\":\"virtio-balloon-pci\",\"id\":\"c\"}",
    (char *)(uintptr_t) "-global",
    (char *)(uintptr_t) "driver=rtl8139,property=romfile,value=",
    (char *)(uintptr_t) "-global",
    (char *)(uintptr_t) "e1000.romsize=4096",
    (char *)(uintptr_t) "-set",
    (char *)(uintptr_t) "device.a.rombar=1",
    (char *)(uintptr_t) "-readconfig",
    config_file,
    NULL,
};
enum { LINE = COUNT(line) - 1, ROM_FILE_AT = 10 };

static int read_line(void)
{
    struct rt_qemu qemu;
    int r = rt_qemu_read(LINE, line, &qemu, &err);

    assert_int_equal(qemu.n_devices, r == 0 ? 7 : 0);
    rt_qemu_free(&qemu);
    return r;
}

static int replace_romfile(void)
{
    static const struct {
        struct rt_qemu_place place;
        const char *text, *expected;
    } places[] = {
        {{.form = RT_QEMU_PART}, "e1000,id=n,romfile=x,mac=1", "e1000,id=n,romfile=y,mac=1"},
        {{.form = RT_QEMU_JSON}, "{\"romfile\":\"x\"}", "{\"romfile\":\"y\"}"},
        {{.form = RT_QEMU_SET}, "device.n.romfile=x", "device.n.romfile=y"},
    };
    struct rt_qemu qemu = {0};
    int r = 0;

    for (size_t i = 0; i < COUNT(places) && r == 0; i++) {
        char *words[] = {strdup(places[i].text), NULL};

        if (words[0] == NULL)
            return rt_error_no_memory(&err);
        r = rt_qemu_replace_romfile(&qemu, &places[i].place, "y", words, &err);
        if (r == 0)
            assert_string_equal(words[0], places[i].expected);
        free(words[0]);
    }
    return r;
}

static void test_qemu(void **state)
{
    (void)state;
    static const char config[] = "[device \"d\"]\n driver = \"e1000\"\n romfile = \"\"\n"
                                 "[global]\ndriver = \"rtl8139\"\nproperty = \"romsize\"\nvalue = "
                                 "\"2048\"\n[nic]\nmodel = \"e1000\"\n";

    assert_true(scratch_write("c.cfg", config, sizeof(config) - 1));
    (void)scratch_path(config_file, "c.cfg");
    (void)snprintf(rom_file, sizeof(rom_file), "virtio-net-pci,id=b");
    every_failure(read_line, 0, 20);
    every_failure(replace_romfile, 0, 8);
}

static int start_line(void)
{
    char **prepared;
    int r = rt_start_prepare(&source, LINE, line, &prepared, &err);

    assert_int_equal(prepared != NULL, r == 0);
    if (r == 0)
        assert_string_equal(prepared[ROM_FILE_AT + 3], "virtio-net-pci,id=b,romfile=/proc/self/fd/800");
    rt_start_free(prepared);
    for (size_t i = 0; i < COUNT(rom_names); i++)
        (void)close(rom_names[i].number);
    (void)close(800);
    (void)close(801);
    return r;
}

static void test_start(void **state)
{
    (void)state;
    (void)snprintf(rom_file, sizeof(rom_file), "virtio-net-pci,id=b,romfile=%s/x.rom", scratch);
    assert_int_equal(chdir("/"), 0);
    every_failure(start_line, 0, 40);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),   cmocka_unit_test(test_endless), cmocka_unit_test(test_write),
        cmocka_unit_test(test_buffer), cmocka_unit_test(test_json),    cmocka_unit_test(test_wiped),
        cmocka_unit_test(test_load),   cmocka_unit_test(test_qemu),    cmocka_unit_test(test_start),
    };

    /* before libcrypto's first allocation, or it keeps the C library's */
    if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1)
        return 1;
    return cmocka_run_group_tests_name("memory", tests, set_up, tear_down);
}
