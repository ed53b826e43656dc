/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading slot files: what is valid, the limits, hostile bytes, no memory. */
#include "slot-file.h"

#include <jansson.h>

/* ------------------------------------------------------------------------- allocation failures */

/* The linker gives us slots/'s calls (tests/unit/meson.build), jansson is given these functions. */
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

static struct {
    bool active;
    unsigned long fail_at; /* the n-th call fails, from 1 */
    unsigned long calls;
} allocations;

static bool may_allocate(void)
{
    return !allocations.active || ++allocations.calls != allocations.fail_at;
}

void *__wrap_calloc(size_t n, size_t size)
{
    return may_allocate() ? __real_calloc(n, size) : NULL;
}

static void *jansson_malloc(size_t size)
{
    return may_allocate() ? malloc(size) : NULL;
}

/* ------------------------------------------------------------------------- reading */

static void test_valid(void **state)
{
    struct rt_slot_file *file;
    struct romtool_error err;
    const struct rt_slot_vendor *vendor;
    const struct rt_slot_row *row;

    (void)state;
    if (read_bytes(valid, sizeof(valid) - 1, &file, &err) != 0)
        fail_msg("%s", err.text);
    vendor = rt_slot_file_vendor(file);
    assert_string_equal(vendor->name, "acme");
    assert_int_equal(vendor->n_series, 2);
    assert_string_equal(vendor->series[0].name, "one");
    assert_string_equal(vendor->series[0].qemu, "7.2");
    assert_string_equal(vendor->series[0].package, "ipxe 1");
    assert_string_equal(vendor->series[0].source, "a page");
    assert_int_equal(vendor->series[0].n_search, 2);
    assert_string_equal(vendor->series[0].search[1], "/b");
    assert_int_equal(vendor->series[0].n_machines, 3);
    assert_string_equal(vendor->series[0].machines[2], "tiny");
    assert_int_equal(vendor->series[0].n_aliases, 1);
    assert_string_equal(vendor->series[0].aliases[0].name, "q35");
    assert_string_equal(vendor->series[0].aliases[0].machine, "pc-q35-7.2");
    assert_string_equal(vendor->series[1].qemu, "8.0.1");
    assert_int_equal(vendor->series[1].n_aliases, 0);
    assert_int_equal(vendor->n_like, 1);
    assert_string_equal(vendor->like[0].name, "pc-q35-acme");
    assert_string_equal(vendor->like[0].machine, "pc-q35-7.1");
    assert_int_equal(vendor->n_rows, 3);
    row = &vendor->rows[0];
    assert_int_equal(row->n_machines, 1);
    assert_string_equal(row->machines[0].family, "pc-q35");
    assert_true(row->machines[0].versioned);
    assert_int_equal(row->machines[0].from.major * 10 + row->machines[0].from.minor, 71);
    assert_int_equal(row->machines[0].to.major * 10 + row->machines[0].to.minor, 72);
    assert_int_equal(row->n_series, 0);
    assert_string_equal(row->device, "nic");
    assert_string_equal(row->file, "nic.rom");
    assert_int_equal(row->slot, 262144);
    assert_int_equal(row->n_images, 2);
    assert_string_equal(row->images[1], "efi");
    assert_int_equal(row->fill, 0xff);
    assert_string_equal(row->basis, "measured");
    assert_string_equal(row->source, "here");
    row = &vendor->rows[1];
    assert_false(row->machines[0].versioned);
    assert_string_equal(row->machines[0].family, "tiny");
    assert_int_equal(row->n_series, 2);
    assert_string_equal(row->series[1], "two");
    assert_int_equal(row->slot, 0);
    assert_string_equal(row->file, "");
    assert_int_equal(row->n_images | (size_t)row->fill, 0);
    row = &vendor->rows[2];
    assert_string_equal(row->device, "");
    assert_int_equal(row->slot, 0);
    rt_slot_file_free(file);
    rt_slot_file_free(NULL);
}

/* The file is a profile like any built-in one. */
static void test_lookup(void **state)
{
    struct rt_slot_file *file;
    struct romtool_error err;
    struct rt_slot_profile profile = {.name = "acme/one"};
    const struct rt_slot_row *row;

    (void)state;
    assert_int_equal(read_bytes(valid, sizeof(valid) - 1, &file, &err), 0);
    profile.vendor = rt_slot_file_vendor(file);
    profile.series = &profile.vendor->series[0];
    assert_int_equal(rt_slot_find(&profile, "q35", "nic", &row, &err), 0);
    assert_int_equal(row->slot, 262144);
    assert_int_equal(rt_slot_find(&profile, "tiny", "nic", &row, &err), ROMTOOL_E_NO_MANDATE);
    profile.series = &profile.vendor->series[1];
    assert_int_equal(rt_slot_find(&profile, "pc-q35-acme", "nic", &row, NULL), 0);
    assert_int_equal(row->slot, 262144);
    rt_error_clear(&err);
    assert_int_equal(rt_slot_find(&profile, "isapc", "nic", &row, &err), ROMTOOL_E_NO_MANDATE);
    assert_string_equal(err.text, "'nic' has no ROM BAR on isapc in acme/one");
    rt_slot_file_free(file);
}

/* With more names than a small table would hold apart, each is found and nothing else is. */
static void test_index(void **state)
{
    struct rt_buffer text = {0};
    struct rt_slot_file *file;
    struct romtool_error err;
    struct rt_slot_profile profile = {.name = "v"};
    const struct rt_slot_row *row;

    (void)state;
    rt_buffer_puts(&text,
                   "{\"schema\":\"romtool-slots/1\",\"vendor\":\"v\",\"series\":[{\"name\":\"\","
                   "\"qemu\":\"1.0\",\"package\":\"p\",\"source\":\"s\",\"search\":[\"/\"],"
                   "\"machines\":[\"m0\"");
    for (int i = 1; i < 512; i++)
        rt_buffer_printf(&text, ",\"m%d\"", i);
    rt_buffer_puts(&text, "]}],\"mandates\":[");
    for (int i = 0; i < 512; i++)
        rt_buffer_printf(
            &text,
            "%s{\"machines\":[{\"machine\":\"m%d\"}],\"device\":\"d%d\",\"file\":\"f\","
            "\"slot\":%d,\"basis\":\"read\",\"source\":\"s\"}",
            i == 0 ? "" : ",", i, i / 2, i % 2 == 0 ? 512 : 1024);
    rt_buffer_puts(&text, "]}");
    if (read_bytes(text.data, text.len, &file, &err) != 0)
        fail_msg("%s", err.text);
    rt_buffer_free(&text);
    profile.vendor = rt_slot_file_vendor(file);
    profile.series = &profile.vendor->series[0];
    for (int i = 0; i < 520; i++) {
        char machine[16], device[16];
        int r;

        (void)snprintf(machine, sizeof(machine), "m%d", i);
        (void)snprintf(device, sizeof(device), "d%d", i / 2);
        r = rt_slot_find(&profile, machine, device, &row, NULL);
        assert_int_equal(r, i < 512 ? 0 : ROMTOOL_E_UNKNOWN_MACHINE);
        if (r == 0)
            assert_int_equal(row->slot, i % 2 == 0 ? 512 : 1024);
        assert_int_equal(rt_slot_has_device(&profile, device), i < 512);
    }
    assert_int_equal(rt_slot_find(&profile, "m0", "d1", &row, NULL), ROMTOOL_E_NO_MANDATE);
    rt_slot_file_free(file);
}

/* Two mandates for one machine type, each for its own series. */
static void test_disjoint_series(void **state)
{
    struct rt_slot_file *file;
    struct romtool_error err;
    size_t size;
    char *text = with(ROWS, "\"series\":[\"one\",\"two\"],",
                      "\"series\":[\"one\"],\"device\":\"nic\",\"slot\":0,\"basis\":\"read\","
                      "\"source\":\"x\"},{\"machines\":[{\"machine\":\"tiny\"}],"
                      "\"series\":[\"two\"],",
                      &size);

    (void)state;
    if (read_bytes(text, size, &file, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(rt_slot_file_vendor(file)->n_rows, 4);
    rt_slot_file_free(file);
    free(text);
}

/* ------------------------------------------------------------------------- limits */

/* valid with n copies of member, separated, instead of from. */
static void expect_limit(const char *after, const char *from, const char *member, size_t n,
                         const char *sentence)
{
    struct rt_buffer members = {0};
    size_t size;
    char *text;

    for (size_t i = 0; i < n; i++)
        rt_buffer_printf(&members, "%s%s", i == 0 ? "" : ",", member);
    assert_false(members.failed);
    text = with(after, from, members.data, &size);
    rt_buffer_free(&members);
    expect_refusal(text, size, ROMTOOL_E_BAD_SLOT_FILE, sentence);
    free(text);
}

static void test_limits(void **state)
{
    (void)state;
    expect_limit(NULL, "\"/a\",\"/b\"", "\"/a\"", 17,
                 "series[0].search: has 17 members, 16 at most");
    expect_limit(NULL, "\"pc-q35-7.1\"", "\"x\"", 511,
                 "series[0].machines: has 513 members, 512 at most");
    expect_limit(ROWS, "{\"machine\":\"tiny\"}", "{}", 17,
                 "mandates[1].machines: has 17 members, 16 at most");
    expect_limit(ROWS, "\"x86\"", "\"x86\"", 4, "mandates[0].images: has 5 members, 4 at most");
    expect_limit(ROWS, "\"one\",\"two\"", "\"one\"", 17,
                 "mandates[1].series: has 17 members, 16 at most");
    expect_limit(ROW_1, ROW_1, ROW_1 ",{}", 1, "mandates[2].machines: is missing");
}

static void test_array_limits_at_the_top(void **state)
{
    struct rt_buffer text = {0};

    (void)state;
    rt_buffer_puts(&text, "{\"schema\":\"romtool-slots/1\",\"vendor\":\"v\",\"series\":[0");
    for (size_t i = 0; i < 16; i++)
        rt_buffer_puts(&text, ",0");
    rt_buffer_puts(&text, "]}");
    expect_refusal(text.data, text.len, ROMTOOL_E_BAD_SLOT_FILE,
                   "series: has 17 members, 16 at most");
    rt_buffer_free(&text);

    rt_buffer_append(&text, valid, (size_t)(strstr(valid, ROWS) - valid));
    rt_buffer_puts(&text, "\"mandates\":[0");
    for (size_t i = 0; i < 512; i++)
        rt_buffer_puts(&text, ",0");
    rt_buffer_puts(&text, "]}");
    expect_refusal(text.data, text.len, ROMTOOL_E_BAD_SLOT_FILE,
                   "mandates: has 513 members, 512 at most");
    rt_buffer_free(&text);
}

/* ------------------------------------------------------------------------- hostile bytes */

static void test_every_truncation(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof(valid) - 1; size++) {
        struct rt_slot_file *file;
        struct romtool_error err;

        assert_int_equal(read_bytes(valid, size, &file, &err), ROMTOOL_E_BAD_JSON);
        assert_true(err.offset <= size);
    }
}

/* Any one byte becomes another: read, or refused as what it is, and never anything else. */
static void test_every_byte(void **state)
{
    static const char bytes[] = "\"\\{}[],:0-.aZ /\x01\x7f\xff";
    char text[sizeof(valid)];
    size_t accepted = 0, refused = 0;

    (void)state;
    for (size_t at = 0; at < sizeof(valid) - 1; at++) {
        for (size_t i = 0; i < sizeof(bytes); i++) { /* the NUL too */
            struct rt_slot_file *file;
            struct romtool_error err;
            int r;

            memcpy(text, valid, sizeof(valid));
            text[at] = bytes[i];
            r = read_bytes(text, sizeof(valid) - 1, &file, &err);
            if (r != 0 && r != ROMTOOL_E_BAD_JSON && r != ROMTOOL_E_BAD_SLOT_FILE)
                fail_msg("byte %zu: %s", at, err.text);
            accepted += r == 0;
            refused += r != 0;
            rt_slot_file_free(file);
        }
    }
    assert_true(accepted > 0 && refused > accepted);
}

static void test_deep_nesting(void **state)
{
    static char text[1000000];
    struct rt_slot_file *file;
    struct romtool_error err;

    (void)state;
    memset(text, '[', sizeof(text));
    assert_int_equal(read_bytes(text, sizeof(text), &file, &err), ROMTOOL_E_BAD_JSON);
    for (size_t i = 0; i < sizeof(text) - 6; i += 5)
        memcpy(text + i, "{\"a\":", 5);
    assert_int_equal(read_bytes(text, sizeof(text), &file, &err), ROMTOOL_E_BAD_JSON);
}

/* Reads valid; the n-th of the counted allocations fails. */
static int read_without(unsigned long n, bool jansson_too, struct rt_slot_file **ret,
                        struct romtool_error *err)
{
    int r;

    rt_error_clear(err);
    json_set_alloc_funcs(jansson_too ? jansson_malloc : malloc, free);
    memset(&allocations, 0, sizeof(allocations));
    allocations.fail_at = n;
    allocations.active = true;
    r = rt_slot_file_read((struct rt_bytes){(const uint8_t *)valid, sizeof(valid) - 1}, ret, err);
    allocations.active = false;
    json_set_alloc_funcs(malloc, free);
    assert_int_equal(r, err->code);
    assert_true((r == 0) == (*ret != NULL));
    return r;
}

/* For every n: out of memory is said, nothing is kept. */
static void test_every_allocation(void **state)
{
    struct rt_slot_file *file;
    struct romtool_error err;
    unsigned long n = 1;

    (void)state;
    while (read_without(n, false, &file, &err) != 0) {
        assert_int_equal(err.code, ROMTOOL_E_NO_MEMORY);
        assert_int_equal(allocations.calls, n);
        n++;
    }
    rt_slot_file_free(file);
    /* the file; two series, of one search, machines, aliases and index, of the other search,
     * machines and index; likes and their index; three rows, of one machines and images, of one
     * machines and series, of one machines; their index, and the next of each device */
    assert_int_equal(n - 1, 1 + (1 + 4 + 3) + 2 + (1 + 2 + 2 + 1) + 2);
}

/* jansson's own ones too. What it then says is core/json's matter: here, that nothing is lost. */
static void test_every_allocation_of_jansson(void **state)
{
    struct rt_slot_file *file;
    struct romtool_error err;
    unsigned long n = 0;

    (void)state;
    do {
        (void)read_without(++n, true, &file, &err);
        rt_slot_file_free(file);
    } while (allocations.calls >= n);
    assert_true(n > 100);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_lookup),
        cmocka_unit_test(test_index),
        cmocka_unit_test(test_disjoint_series),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_array_limits_at_the_top),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_deep_nesting),
        cmocka_unit_test(test_every_allocation),
        cmocka_unit_test(test_every_allocation_of_jansson),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
