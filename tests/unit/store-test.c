/* SPDX-License-Identifier: BSD-2-Clause */
/* loader/store: which files of a store may be a ROM in a slot, and in which order. */
#define _GNU_SOURCE /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/bytes.h"
#include "failing.h"
#include "loader/store.h"

enum { SLOT = 4096 };

static char root[] = "/tmp/store-XXXXXX";
static struct romtool_error err;

/* ------------------------------------------------------------------------- the ground */

static void below(char ret[512], const char *path)
{
    (void)snprintf(ret, 512, "%s/s/%s", root, path);
}

/* With the directories above it. */
static void put(const char *path, long size)
{
    char whole[512];
    FILE *f;

    below(whole, path);
    for (char *p = strchr(whole + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
        *p = '\0';
        (void)mkdir(whole, 0755);
        *p = '/';
    }
    f = fopen(whole, "wb");
    assert_non_null(f);
    assert_int_equal(ftruncate(fileno(f), size), 0);
    assert_int_equal(fclose(f), 0);
}

static int drop(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    return ftw->level == 0 ? 0 : remove(path);
}

static int empty(void **state)
{
    (void)state;
    return nftw(root, drop, 16, FTW_DEPTH | FTW_PHYS);
}

static int make_root(void **state)
{
    (void)state;
    return mkdtemp(root) == NULL;
}

static int remove_root(void **state)
{
    return empty(state) != 0 || rmdir(root) != 0;
}

/* What is found, a line each. */
static void expect(const char *file, uint64_t slot, const char *expected)
{
    struct rt_buffer text = {0};
    struct rt_store_list list;

    rt_error_clear(&err);
    assert_int_equal(rt_store_list(root, "/s", file, slot, &list, &err), 0);
    rt_buffer_puts(&text, "");
    for (size_t i = 0; i < list.n; i++)
        rt_buffer_printf(&text, "%s\n", list.paths[i]);
    assert_string_equal(text.data, expected);
    rt_buffer_free(&text);
    rt_store_list_free(&list);
}

/* ------------------------------------------------------------------------- what is found */

static void test_none(void **state)
{
    (void)state;
    expect("efi-e1000.rom", SLOT, "");
    put("x/other.rom", SLOT);
    expect("efi-e1000.rom", SLOT, "");
}

static void test_names(void **state)
{
    (void)state;
    put("a/efi-e1000.rom", SLOT);
    put("b/efi-e1000.4K.rom", SLOT);
    put("c/efi-e1000.8K.rom", SLOT);
    put("d/efi-e1000.rom.4K", SLOT);
    put("e/xefi-e1000.rom", SLOT);
    put("f/.efi-e1000.rom", SLOT);
    put(".g/efi-e1000.rom", SLOT);
    put("h/efi-e1000", SLOT);
    expect("efi-e1000.rom", SLOT, "/s/b/efi-e1000.4K.rom\n/s/a/efi-e1000.rom\n");
    expect("efi-e1000", SLOT, "/s/h/efi-e1000\n/s/b/efi-e1000.4K.rom\n");
}

static void test_sizes(void **state)
{
    (void)state;
    put("a/efi-e1000.rom", SLOT - 1);
    put("b/efi-e1000.rom", SLOT + 1);
    put("c/efi-e1000.rom", 0);
    put("d/efi-e1000.rom", 2 * (long)SLOT);
    expect("efi-e1000.rom", SLOT, "");
    expect("efi-e1000.rom", (uint64_t)2 * SLOT, "/s/d/efi-e1000.rom\n");
}

static void test_order(void **state)
{
    (void)state;
    put("debian/one/9/efi-e1000.rom", SLOT);
    put("debian/one/10/efi-e1000.rom", SLOT);
    put("debian/one/2026112801/efi-e1000.rom", SLOT);
    put("debian/two/1.2~rc1/efi-e1000.rom", SLOT);
    put("efi-e1000.rom", SLOT);
    expect("efi-e1000.rom", SLOT,
           "/s/efi-e1000.rom\n/s/debian/two/1.2~rc1/efi-e1000.rom\n"
           "/s/debian/one/2026112801/efi-e1000.rom\n/s/debian/one/10/efi-e1000.rom\n"
           "/s/debian/one/9/efi-e1000.rom\n");
}

/* A file may be a link; a directory may not, or it would lead in a circle. */
static void test_links(void **state)
{
    char from[512], to[512];

    (void)state;
    put("a/efi-e1000.rom", SLOT);
    put("b/x", 0);
    below(to, "a/efi-e1000.rom");
    below(from, "b/efi-e1000.rom");
    assert_int_equal(symlink(to, from), 0);
    below(to, "a");
    below(from, "c");
    assert_int_equal(symlink(to, from), 0);
    below(from, "a/efi-e1000.4K.rom");
    assert_int_equal(symlink("nowhere", from), 0);
    below(from, "d");
    assert_int_equal(mkdir(from, 0755), 0);
    below(from, "d/efi-e1000.rom");
    assert_int_equal(mkdir(from, 0755), 0);
    below(from, "b/efi-e1000.4K.rom");
    assert_int_equal(mkfifo(from, 0644), 0);
    expect("efi-e1000.rom", SLOT, "/s/b/efi-e1000.rom\n/s/a/efi-e1000.rom\n");
}

/* ------------------------------------------------------------------------- limits */

static void test_depth(void **state)
{
    (void)state;
    put("1/2/3/4/5/6/efi-e1000.rom", SLOT);
    put("1/2/3/4/5/6/7/efi-e1000.rom", SLOT);
    expect("efi-e1000.rom", SLOT, "/s/1/2/3/4/5/6/efi-e1000.rom\n");
}

static void test_most(void **state)
{
    struct rt_store_list list;
    char path[512], first[512];

    (void)state;
    put("z.rom", SLOT);
    for (int i = 0; i < 65534; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "a/%05d", i);
        below(path, name);
        if (i % 60000 == 0) { /* ext4 has at most 65000 links to a file */
            put(name, 0);
            (void)memcpy(first, path, sizeof(first));
        } else {
            assert_int_equal(link(first, path), 0);
        }
    }
    expect("z.rom", SLOT, "/s/z.rom\n");
    put("b", 0);
    rt_error_clear(&err);
    assert_int_equal(rt_store_list(root, "/s", "z.rom", SLOT, &list, &err), ROMTOOL_E_TOO_LARGE);
    assert_non_null(strstr(err.text, "more than 65536 names below '/tmp/store-"));
    rt_store_list_free(&list);
}

static void test_unreadable(void **state)
{
    struct rt_store_list list;

    (void)state;
    put("file", 0);
    rt_error_clear(&err);
    assert_int_equal(rt_store_list(root, "/s/file", "z.rom", SLOT, &list, &err), ROMTOOL_E_IO);
    assert_non_null(strstr(err.text, "cannot read directory"));
    rt_store_list_free(&list);
}

static int attempt(void)
{
    struct rt_store_list list;
    int r = rt_store_list(root, "/s", "efi-e1000.rom", SLOT, &list, &failure);

    stop_failing();
    assert_int_equal(list.n == 3, r == 0);
    rt_store_list_free(&list);
    return r;
}

/* A candidate is never left out for want of memory. */
static void test_memory(void **state)
{
    (void)state;
    put("a/1/efi-e1000.4K.rom", SLOT);
    put("a/2/efi-e1000.rom", SLOT);
    put("a/3/efi-e1000.rom", SLOT);
    every_failure(attempt, 0, 15);
}

/* Who could write there would choose what is loaded. */
static void test_unsafe(void **state)
{
    static const char *const places[] = {"", "a", "a/1", "a/1/efi-e1000.rom"};
    struct rt_store_list list;
    char path[512];

    (void)state;
    put("a/1/efi-e1000.rom", SLOT);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        below(path, places[i]);
        assert_int_equal(chmod(path, 0757), 0);
        rt_error_clear(&err);
        assert_int_equal(rt_store_list(root, "/s", "efi-e1000.rom", SLOT, &list, &err),
                         ROMTOOL_E_UNSAFE_TRUST);
        rt_store_list_free(&list);
        assert_int_equal(chmod(path, 0775), 0);
        expect("efi-e1000.rom", SLOT, "/s/a/1/efi-e1000.rom\n");
        if (geteuid() != 0)
            continue;
        assert_int_equal(chown(path, 12345, 0), 0);
        rt_error_clear(&err);
        assert_int_equal(rt_store_list(root, "/s", "efi-e1000.rom", SLOT, &list, &err),
                         ROMTOOL_E_UNSAFE_TRUST);
        assert_non_null(strstr(err.text, root));
        rt_store_list_free(&list);
        assert_int_equal(chown(path, 0, 0), 0);
    }
}

#define TEST(name) cmocka_unit_test_teardown(name, empty)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_none),  TEST(test_names),  TEST(test_sizes),      TEST(test_order),
        TEST(test_links), TEST(test_depth),  TEST(test_unreadable), TEST(test_memory),
        TEST(test_most),  TEST(test_unsafe),
    };

    return cmocka_run_group_tests(tests, make_root, remove_root);
}
