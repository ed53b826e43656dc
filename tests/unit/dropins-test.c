/* SPDX-License-Identifier: BSD-2-Clause */
/* Drop-in slot files below a root of the test's own: which one counts, and which contradict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "romtool/dropins.h"

#define ETC "etc/romtool/slots.d"
#define RUN "run/romtool/slots.d"
#define LIB "usr/lib/romtool/slots.d"

static char root[] = "/tmp/dropins-XXXXXX";

static void run(const char *command)
{
    char line[400];

    assert_true(snprintf(line, sizeof(line), "cd %s && %s", root, command) < (int)sizeof(line));
    assert_int_equal(system(line), 0);
}

static int begin(void **state)
{
    (void)state;
    run("rm -rf etc run usr && mkdir -p " ETC " " RUN " " LIB);
    return 0;
}

/* A slot file of one vendor with one series, "one". */
static void put(const char *path, const char *vendor)
{
    char full[200];
    FILE *file;

    assert_true(snprintf(full, sizeof(full), "%s/%s", root, path) < (int)sizeof(full));
    file = fopen(full, "w");
    assert_non_null(file);
    assert_true(fprintf(file,
                        "{\"schema\": \"romtool-slots/1\", \"vendor\": \"%s\", \"series\": [{"
                        "\"name\": \"one\", \"qemu\": \"7.2\", \"package\": \"p\", "
                        "\"source\": \"s\", \"search\": [\"/roms\"], "
                        "\"machines\": [\"pc-q35-7.2\"]}], \"mandates\": [{"
                        "\"machines\": [{\"machine\": \"pc-q35-7.2\"}], \"device\": \"e1000\", "
                        "\"file\": \"e.rom\", \"slot\": 65536, \"basis\": \"read\", "
                        "\"source\": \"s\"}]}",
                        vendor) > 0);
    assert_int_equal(fclose(file), 0);
}

/* Where the profile is found: a path below root, or NULL where it is not. */
static void expect_found(const char *profile, const char *path)
{
    struct romtool_error err = {.offset = ROMTOOL_NO_OFFSET};
    char full[200], *found;

    assert_int_equal(dropins_find(root, profile, &found, &err), 0);
    if (path == NULL) {
        assert_null(found);
        return;
    }
    assert_true(snprintf(full, sizeof(full), "%s/%s", root, path) < (int)sizeof(full));
    assert_non_null(found);
    assert_string_equal(found, full);
    free(found);
}

static void expect_failure(const char *profile, int code, const char *first, const char *second)
{
    struct romtool_error err = {.offset = ROMTOOL_NO_OFFSET};
    char *found;

    assert_int_equal(dropins_find(root, profile, &found, &err), code);
    assert_null(found);
    assert_non_null(strstr(err.text, first));
    assert_non_null(strstr(err.text, second));
}

static void test_precedence(void **state)
{
    (void)state;
    expect_found("acme/one", NULL);
    put(LIB "/a.json", "acme");
    expect_found("acme/one", LIB "/a.json");
    put(RUN "/a.json", "acme");
    expect_found("acme/one", RUN "/a.json");
    put(ETC "/a.json", "acme");
    expect_found("acme/one", ETC "/a.json");
    expect_found("acme/two", NULL);
}

static void test_mask(void **state)
{
    (void)state;
    put(LIB "/a.json", "acme");
    run(": > " ETC "/a.json");
    expect_found("acme/one", NULL);
    run("rm " ETC "/a.json");
    expect_found("acme/one", LIB "/a.json");
}

static void test_what_is_no_slot_file(void **state)
{
    (void)state;
    put(ETC "/a.json.bak", "acme");
    put(ETC "/.a.json", "acme");
    put(ETC "/.json", "acme");
    expect_found("acme/one", NULL);
    run("rm -r run && rm -r usr"); /* directories that are not there have no files */
    put(ETC "/a.json", "acme");
    expect_found("acme/one", ETC "/a.json");
}

static void test_contradiction(void **state)
{
    (void)state;
    put(ETC "/a.json", "acme");
    put(LIB "/b.json", "acme");
    expect_failure("acme/one", ROMTOOL_E_BAD_SLOT_FILE, ETC "/a.json", LIB "/b.json");
    /* whatever is asked: which of them is meant, nobody knows */
    expect_failure("upstream", ROMTOOL_E_BAD_SLOT_FILE, ETC "/a.json", LIB "/b.json");
}

static void test_unreadable(void **state)
{
    (void)state;
    run("echo '{' > " RUN "/bad.json");
    expect_failure("upstream", ROMTOOL_E_BAD_JSON, RUN "/bad.json", "line");
    run("rm " RUN "/bad.json && mkdir " RUN "/dir.json");
    expect_failure("upstream", ROMTOOL_E_NOT_REGULAR, RUN "/dir.json", "regular");
}

struct seen {
    size_t built_in, dropped_in, named;
    char path[200];
};

static void note(void *user, const struct rt_slot_profile *profile, const char *path)
{
    struct seen *seen = user;

    seen->built_in += path == NULL;
    seen->dropped_in += path != NULL;
    if (strcmp(profile->name, "debian/bookworm") != 0)
        return;
    seen->named++;
    (void)snprintf(seen->path, sizeof(seen->path), "%s", path != NULL ? path : "");
}

/* A drop-in comes before what is built in, and is listed in its place. */
static void test_replaces_what_is_built_in(void **state)
{
    struct romtool_error err = {.offset = ROMTOOL_NO_OFFSET};
    struct seen before = {0}, after = {0};

    (void)state;
    assert_int_equal(dropins_each(root, note, &before, &err), 0);
    assert_int_equal(before.dropped_in, 0);
    assert_true(before.built_in >= 5);
    assert_string_equal(before.path, "");
    put(ETC "/d.json", "debian");
    run("sed -i 's/\"one\"/\"bookworm\"/' " ETC "/d.json");
    assert_int_equal(dropins_each(root, note, &after, &err), 0);
    assert_int_equal(after.dropped_in, 1);
    assert_int_equal(after.built_in, before.built_in - 1);
    assert_int_equal(after.named, 1);
    assert_non_null(strstr(after.path, ETC "/d.json"));
}

static int make_root(void **state)
{
    (void)state;
    return mkdtemp(root) == NULL ? -1 : 0;
}

static int remove_root(void **state)
{
    (void)state;
    run("rm -rf etc run usr");
    return remove(root);
}

#define CASE(test) cmocka_unit_test_setup(test, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_precedence),    CASE(test_mask),       CASE(test_what_is_no_slot_file),
        CASE(test_contradiction), CASE(test_unreadable), CASE(test_replaces_what_is_built_in),
    };

    return cmocka_run_group_tests(tests, make_root, remove_root);
}
