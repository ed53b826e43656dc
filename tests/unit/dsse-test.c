/* SPDX-License-Identifier: BSD-2-Clause */
/* DSSE envelopes: what is signed, what is read, and what is refused, each with its name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "manifests/dsse.h"

static struct rt_bytes bytes_of(const char *text)
{
    return (struct rt_bytes){(const uint8_t *)text, strlen(text)};
}

static struct rt_bytes bytes_in(const struct rt_buffer *buf)
{
    return (struct rt_bytes){(const uint8_t *)buf->data, buf->len};
}

static void assert_bytes(struct rt_bytes got, const void *expected, size_t n)
{
    assert_int_equal(got.len, n);
    if (n > 0)
        assert_memory_equal(got.data, expected, n);
}

/* ------------------------------------------------------------------------- what is signed */

/*
 * protocol.md: "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body, each LEN in decimal without
 * leading zeros. The type is 28 bytes, counted by hand.
 */
#define PAE_HEAD "DSSEv1 28 application/vnd.in-toto+json "

static void test_pae(void **state)
{
    static const struct {
        const char *body;
        size_t n;
        const char *pae;
        size_t n_pae;
    } all[] = {
        {"", 0, PAE_HEAD "0 ", sizeof(PAE_HEAD "0 ") - 1},
        {"hello world", 11, PAE_HEAD "11 hello world", sizeof(PAE_HEAD "11 hello world") - 1},
        {"123456789", 9, PAE_HEAD "9 123456789", sizeof(PAE_HEAD "9 123456789") - 1},
        {"1234567890", 10, PAE_HEAD "10 1234567890", sizeof(PAE_HEAD "10 1234567890") - 1},
        {"\0\xff \n", 4, PAE_HEAD "4 \0\xff \n", sizeof(PAE_HEAD "4 \0\xff \n") - 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct rt_buffer out = {0};

        rt_buffer_puts(&out, "before");
        assert_int_equal(
            rt_dsse_pae((struct rt_bytes){(const uint8_t *)all[i].body, all[i].n}, &out, NULL), 0);
        assert_int_equal(out.len, 6 + all[i].n_pae);
        assert_memory_equal(out.data, "before", 6);
        assert_memory_equal(out.data + 6, all[i].pae, all[i].n_pae);
        rt_buffer_free(&out);
    }
}

/* The length in decimal, whatever its digits, made here without printf(). */
static void test_pae_lengths(void **state)
{
    static const size_t lengths[] = {1, 99, 100, 101, 999, 1000, 9999, 10000, 65535, 1 << 20};

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        size_t n = lengths[i], digits = 0, head = strlen(PAE_HEAD);
        uint8_t *body = malloc(n);
        struct rt_buffer out = {0};
        char number[32];

        assert_non_null(body);
        for (size_t at = 0; at < n; at++)
            body[at] = (uint8_t)(at * 31);
        for (size_t rest = n; rest > 0; rest /= 10)
            digits++;
        for (size_t at = digits, rest = n; at > 0; at--, rest /= 10)
            number[at - 1] = "0123456789"[rest % 10];
        number[digits] = ' ';
        assert_int_equal(rt_dsse_pae((struct rt_bytes){body, n}, &out, NULL), 0);
        assert_int_equal(out.len, head + digits + 1 + n);
        assert_memory_equal(out.data, PAE_HEAD, head);
        assert_memory_equal(out.data + head, number, digits + 1);
        assert_memory_equal(out.data + head + digits + 1, body, n);
        rt_buffer_free(&out);
        free(body);
    }
}

/* ------------------------------------------------------------------------- what is written */

static void test_write(void **state)
{
    static const uint8_t all_ones[] = {0xff, 0xff, 0xff};
    const struct rt_dsse_signature two[] = {{"k\"1", {all_ones, 3}}, {NULL, {all_ones, 1}}};
    struct rt_buffer out = {0};
    struct rt_dsse *dsse;

    (void)state;
    assert_int_equal(rt_dsse_write(bytes_of("hello world"), two, 2, &out, NULL), 0);
    assert_string_equal(
        out.data, "{\"payload\":\"aGVsbG8gd29ybGQ=\","
                  "\"payloadType\":\"application/vnd.in-toto+json\","
                  "\"signatures\":[{\"keyid\":\"k\\\"1\",\"sig\":\"////\"},{\"sig\":\"/w==\"}]}");
    assert_int_equal(rt_dsse_read(bytes_in(&out), &dsse, NULL), 0);
    assert_bytes(rt_dsse_payload(dsse), "hello world", 11);
    assert_int_equal(rt_dsse_count(dsse), 2);
    assert_string_equal(rt_dsse_signature(dsse, 0).keyid, "k\"1");
    assert_bytes(rt_dsse_signature(dsse, 0).bytes, all_ones, 3);
    assert_null(rt_dsse_signature(dsse, 1).keyid);
    assert_bytes(rt_dsse_signature(dsse, 1).bytes, all_ones, 1);
    rt_dsse_free(dsse);
    rt_dsse_free(NULL);
    rt_buffer_free(&out);
}

/* ------------------------------------------------------------------------- what is read */

#define PAYLOAD    "\"payload\":\"aGVsbG8gd29ybGQ=\""
#define TYPE       "\"payloadType\":\"application/vnd.in-toto+json\""
#define SIG        "{\"sig\":\"c2ln\"}"
#define SIGNED(x)  "{" PAYLOAD "," TYPE ",\"signatures\":[" x "]}"
#define GOOD       SIGNED(SIG)
#define OF(base64) "{\"payload\":\"" base64 "\"," TYPE ",\"signatures\":[" SIG "]}"
#define BY(base64) SIGNED("{\"sig\":\"" base64 "\"}")

static const struct envelope {
    const char *name, *text;
    int code;
    const char *sentence; /* where it begins */
} envelopes[] = {
    {"good", GOOD, 0, ""},
    {"good_spaced", " \t\r\n" GOOD "\n \t\r", 0, ""},
    {"good_other_order", "{\"signatures\":[" SIG "]," TYPE "," PAYLOAD "}", 0, ""},
    {"good_unknown_members",
     "{\"a\":{\"b\":[1,2.5,null]}," PAYLOAD "," TYPE
     ",\"signatures\":[{\"sig\":\"c2ln\",\"cert\":\"x\"}]}",
     0, ""},
    {"good_escaped",
     "{\"p\\u0061yload\":\"aGVsbG8gd29ybG\\u0051=\"," TYPE ",\"signatures\":[" SIG "]}", 0, ""},
    {"good_keyid_empty", SIGNED("{\"keyid\":\"\",\"sig\":\"c2ln\"}"), 0, ""},
    {"empty", "", ROMTOOL_E_BAD_SIGNATURE, ""},
    {"spaces", "  ", ROMTOOL_E_BAD_SIGNATURE, ""},
    {"byte_order_mark", "\xef\xbb\xbf" GOOD, ROMTOOL_E_BAD_SIGNATURE, ""},
    {"array", "[" GOOD "]", ROMTOOL_E_BAD_SIGNATURE, "not an object"},
    {"string", "\"x\"", ROMTOOL_E_BAD_SIGNATURE, ""},
    {"two", GOOD GOOD, ROMTOOL_E_BAD_SIGNATURE, ""},
    {"byte_behind", GOOD "x", ROMTOOL_E_BAD_SIGNATURE, ""},
    {"comment", GOOD "//", ROMTOOL_E_BAD_SIGNATURE, ""},
    {"comma_behind", SIGNED(SIG ","), ROMTOOL_E_BAD_SIGNATURE, ""},
    {"single_quotes", "{'payload':''}", ROMTOOL_E_BAD_SIGNATURE, ""},
    {"twice_payload", "{" PAYLOAD "," PAYLOAD "," TYPE ",\"signatures\":[" SIG "]}",
     ROMTOOL_E_BAD_SIGNATURE, ""},
    {"twice_payload_escaped",
     "{" PAYLOAD ",\"p\\u0061yload\":\"eA==\"," TYPE ",\"signatures\":[" SIG "]}",
     ROMTOOL_E_BAD_SIGNATURE, ""},
    {"twice_type", "{" PAYLOAD "," TYPE "," TYPE ",\"signatures\":[" SIG "]}",
     ROMTOOL_E_BAD_SIGNATURE, ""},
    {"twice_signatures", "{" PAYLOAD "," TYPE ",\"signatures\":[" SIG "],\"signatures\":[" SIG "]}",
     ROMTOOL_E_BAD_SIGNATURE, ""},
    {"twice_sig", SIGNED("{\"sig\":\"c2ln\",\"sig\":\"c2ln\"}"), ROMTOOL_E_BAD_SIGNATURE, ""},
    {"twice_keyid", SIGNED("{\"keyid\":\"a\",\"keyid\":\"b\",\"sig\":\"c2ln\"}"),
     ROMTOOL_E_BAD_SIGNATURE, ""},
    {"other_case", "{\"Payload\":\"aGVsbG8gd29ybGQ=\"," TYPE ",\"signatures\":[" SIG "]}",
     ROMTOOL_E_BAD_SIGNATURE, "payload: missing"},
    {"type_missing", "{" PAYLOAD ",\"signatures\":[" SIG "]}", ROMTOOL_E_BAD_SIGNATURE,
     "payloadType: missing"},
    {"type_number", "{" PAYLOAD ",\"payloadType\":1,\"signatures\":[" SIG "]}",
     ROMTOOL_E_BAD_SIGNATURE, "payloadType: missing, or no string"},
    {"type_null", "{" PAYLOAD ",\"payloadType\":null,\"signatures\":[" SIG "]}",
     ROMTOOL_E_BAD_SIGNATURE, "payloadType: missing, or no string"},
    {"type_empty", "{" PAYLOAD ",\"payloadType\":\"\",\"signatures\":[" SIG "]}",
     ROMTOOL_E_BAD_SIGNATURE, "payloadType: '' is not"},
    {"type_other", "{" PAYLOAD ",\"payloadType\":\"text/plain\",\"signatures\":[" SIG "]}",
     ROMTOOL_E_BAD_SIGNATURE, "payloadType: 'text/plain' is not"},
    {"type_upper_case",
     "{" PAYLOAD ",\"payloadType\":\"application/vnd.in-toto+JSON\",\"signatures\":[" SIG "]}",
     ROMTOOL_E_BAD_SIGNATURE, "payloadType: "},
    {"type_longer",
     "{" PAYLOAD ",\"payloadType\":\"application/vnd.in-toto+json \",\"signatures\":[" SIG "]}",
     ROMTOOL_E_BAD_SIGNATURE, "payloadType: "},
    {"type_nul",
     "{" PAYLOAD ",\"payloadType\":\"application/vnd.in-toto+json\\u0000\",\"signatures\":[" SIG
     "]}",
     ROMTOOL_E_BAD_SIGNATURE, ""},
    {"payload_missing", "{" TYPE ",\"signatures\":[" SIG "]}", ROMTOOL_E_BAD_SIGNATURE,
     "payload: missing"},
    {"payload_object", "{\"payload\":{}," TYPE ",\"signatures\":[" SIG "]}",
     ROMTOOL_E_BAD_SIGNATURE, "payload: missing, or no string"},
    {"payload_stray_bits", OF("aGVsbG8gd29ybGR="), ROMTOOL_E_BAD_SIGNATURE,
     "payload: not canonical base64"},
    {"payload_stray_bits_2", OF("c2lnLh=="), ROMTOOL_E_BAD_SIGNATURE,
     "payload: not canonical base64"},
    {"payload_without_padding", OF("aGVsbG8gd29ybGQ"), ROMTOOL_E_BAD_SIGNATURE,
     "payload: not canonical base64"},
    {"payload_more_padding", OF("aGVsbG8gd29ybGQ=="), ROMTOOL_E_BAD_SIGNATURE,
     "payload: not canonical base64"},
    {"payload_padding_inside", OF("aGVsbA==aGVsbA=="), ROMTOOL_E_BAD_SIGNATURE,
     "payload: not canonical base64"},
    {"payload_only_padding", OF("===="), ROMTOOL_E_BAD_SIGNATURE, "payload: not canonical base64"},
    {"payload_one_digit", OF("a"), ROMTOOL_E_BAD_SIGNATURE, "payload: not canonical base64"},
    {"payload_space", OF("aGVsbG8g d29ybGQ="), ROMTOOL_E_BAD_SIGNATURE,
     "payload: not canonical base64"},
    {"payload_line_end", OF("aGVsbG8g\\nd29ybGQ="), ROMTOOL_E_BAD_SIGNATURE,
     "payload: not canonical base64"},
    {"payload_mixed_alphabets", OF("-_+/"), ROMTOOL_E_BAD_SIGNATURE,
     "payload: not canonical base64"},
    {"payload_mixed_late", OF("++++aGVsbG8gd29ybGQt____"), ROMTOOL_E_BAD_SIGNATURE,
     "payload: not canonical base64"},
    {"payload_other_digit", OF("aGV!"), ROMTOOL_E_BAD_SIGNATURE, "payload: not canonical base64"},
    {"payload_latin1", OF("aGV\xc3\xa9"), ROMTOOL_E_BAD_SIGNATURE, "payload: not canonical base64"},
    {"signatures_missing", "{" PAYLOAD "," TYPE "}", ROMTOOL_E_BAD_SIGNATURE,
     "signatures: missing, no array, or empty"},
    {"signatures_empty", SIGNED(""), ROMTOOL_E_BAD_SIGNATURE,
     "signatures: missing, no array, or empty"},
    {"signatures_object", "{" PAYLOAD "," TYPE ",\"signatures\":" SIG "}", ROMTOOL_E_BAD_SIGNATURE,
     "signatures: missing, no array, or empty"},
    {"signatures_strings", SIGNED("\"c2ln\""), ROMTOOL_E_BAD_SIGNATURE,
     "signatures: not an array of objects"},
    {"signatures_nested", SIGNED("[" SIG "]"), ROMTOOL_E_BAD_SIGNATURE,
     "signatures: not an array of objects"},
    {"signatures_null_second", SIGNED(SIG ",null"), ROMTOOL_E_BAD_SIGNATURE,
     "signatures: not an array of objects"},
    {"sig_missing", SIGNED("{\"keyid\":\"a\"}"), ROMTOOL_E_BAD_SIGNATURE, "signatures: no sig"},
    {"sig_number", SIGNED("{\"sig\":1}"), ROMTOOL_E_BAD_SIGNATURE, "signatures: no sig"},
    {"sig_empty", BY(""), ROMTOOL_E_BAD_SIGNATURE, "signatures: a sig that is not"},
    {"sig_stray_bits", BY("c2lnLh=="), ROMTOOL_E_BAD_SIGNATURE, "signatures: a sig that is not"},
    {"sig_without_padding", BY("c2lnLg"), ROMTOOL_E_BAD_SIGNATURE, "signatures: a sig that is not"},
    {"sig_mixed_alphabets", BY("+_=="), ROMTOOL_E_BAD_SIGNATURE, "signatures: a sig that is not"},
    {"sig_of_second_malformed", SIGNED(SIG ",{\"sig\":\"c\"}"), ROMTOOL_E_BAD_SIGNATURE,
     "signatures: a sig that is not"},
    {"keyid_number", SIGNED("{\"keyid\":1,\"sig\":\"c2ln\"}"), ROMTOOL_E_BAD_SIGNATURE,
     "signatures: a keyid that is no string"},
    {"keyid_null", SIGNED("{\"keyid\":null,\"sig\":\"c2ln\"}"), ROMTOOL_E_BAD_SIGNATURE,
     "signatures: a keyid that is no string"},
    {"keyid_bad_utf8", SIGNED("{\"keyid\":\"\xff\",\"sig\":\"c2ln\"}"), ROMTOOL_E_BAD_SIGNATURE,
     ""},
};

static void test_envelope(void **state)
{
    const struct envelope *c = *state;
    struct rt_dsse *dsse = (void *)&dsse;
    struct romtool_error err;
    int r;

    rt_error_clear(&err);
    r = rt_dsse_read(bytes_of(c->text), &dsse, &err);
    if (r != c->code || strncmp(err.text, c->sentence, strlen(c->sentence)) != 0)
        fail_msg("%d instead of %d: '%s' instead of '%s'", r, c->code, err.text, c->sentence);
    assert_int_equal(err.code, r);
    if (r < 0) {
        assert_null(dsse);
        return;
    }
    assert_bytes(rt_dsse_payload(dsse), "hello world", 11);
    assert_int_equal(rt_dsse_count(dsse), 1);
    assert_bytes(rt_dsse_signature(dsse, 0).bytes, "sig", 3);
    rt_dsse_free(dsse);
}

/* Either alphabet, each text for itself. */
static void test_alphabets(void **state)
{
    static const uint8_t bits[] = {0xfb, 0xff, 0xfe};
    static const struct {
        const char *payload, *sig;
    } all[] = {{"+//+", "+//+"}, {"-__-", "-__-"}, {"+//+", "-__-"}, {"-__-", "+//+"}};

    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct rt_buffer text = {0};
        struct rt_dsse *dsse;

        rt_buffer_printf(&text, "{\"payload\":\"%s\"," TYPE ",\"signatures\":[{\"sig\":\"%s\"}]}",
                         all[i].payload, all[i].sig);
        assert_int_equal(rt_dsse_read(bytes_in(&text), &dsse, NULL), 0);
        assert_bytes(rt_dsse_payload(dsse), bits, sizeof(bits));
        assert_bytes(rt_dsse_signature(dsse, 0).bytes, bits, sizeof(bits));
        rt_dsse_free(dsse);
        rt_buffer_free(&text);
    }
}

/* The payload may be empty; it is no manifest, but that is for others to say. */
static void test_empty_payload(void **state)
{
    struct rt_dsse *dsse;

    (void)state;
    assert_int_equal(rt_dsse_read(bytes_of(OF("")), &dsse, NULL), 0);
    assert_int_equal(rt_dsse_payload(dsse).len, 0);
    rt_dsse_free(dsse);
}

static void test_number_of_signatures(void **state)
{
    (void)state;
    for (size_t n = RT_DSSE_SIGNATURES_MAX; n <= RT_DSSE_SIGNATURES_MAX + 1; n++) {
        bool fits = n == RT_DSSE_SIGNATURES_MAX;
        struct rt_buffer text = {0};
        struct rt_dsse *dsse;
        struct romtool_error err;

        rt_buffer_puts(&text, "{" PAYLOAD "," TYPE ",\"signatures\":[" SIG);
        for (size_t i = 1; i < n; i++)
            rt_buffer_puts(&text, "," SIG);
        rt_buffer_puts(&text, "]}");
        rt_error_clear(&err);
        assert_int_equal(rt_dsse_read(bytes_in(&text), &dsse, &err),
                         fits ? 0 : ROMTOOL_E_BAD_SIGNATURE);
        assert_string_equal(err.text, fits ? "" : "signatures: 17, at most 16 are read");
        assert_int_equal(dsse != NULL ? rt_dsse_count(dsse) : 0, fits ? n : 0);
        rt_dsse_free(dsse);
        rt_buffer_free(&text);
    }
}

/* Nothing is looked at beyond the limit: these bytes are not there. */
static void test_too_large(void **state)
{
    static const size_t sizes[] = {RT_DSSE_SIZE_MAX + 1, SIZE_MAX, (size_t)UINT32_MAX + 1};
    struct romtool_error err;
    struct rt_dsse *dsse;

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        if (sizes[i] <= RT_DSSE_SIZE_MAX) /* where size_t has 32 bits */
            continue;
        rt_error_clear(&err);
        assert_int_equal(
            rt_dsse_read((struct rt_bytes){(const uint8_t *)GOOD, sizes[i]}, &dsse, &err),
            ROMTOOL_E_TOO_LARGE);
        assert_null(dsse);
    }
}

/* As deep as the limit allows, open and closed. */
static void test_deep(void **state)
{
    enum { DEPTH = 100000 };
    struct romtool_error err;
    struct rt_dsse *dsse;

    (void)state;
    for (int closed = 0; closed < 2; closed++) {
        struct rt_buffer text = {0};

        rt_buffer_puts(&text, "{" PAYLOAD "," TYPE ",\"signatures\":[" SIG "],\"x\":");
        for (int i = 0; i < DEPTH; i++)
            rt_buffer_puts(&text, "[");
        for (int i = 0; closed && i < DEPTH; i++)
            rt_buffer_puts(&text, "]");
        rt_buffer_puts(&text, closed ? "}" : "");
        rt_error_clear(&err);
        assert_int_equal(rt_dsse_read(bytes_in(&text), &dsse, &err), ROMTOOL_E_BAD_SIGNATURE);
        assert_null(dsse);
        rt_buffer_free(&text);
    }
}

static void test_begins(void **state)
{
    (void)state;
    assert_true(rt_dsse_begins(bytes_of("{")));
    assert_true(rt_dsse_begins(bytes_of(" \t\r\n{")));
    assert_false(rt_dsse_begins(bytes_of("")));
    assert_false(rt_dsse_begins(bytes_of("  ")));
    assert_false(rt_dsse_begins(bytes_of("[{")));
    assert_false(rt_dsse_begins(bytes_of("untrusted comment: {\n")));
    assert_false(rt_dsse_begins(bytes_of("\v{")));
}

int main(void)
{
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test(test_pae),           cmocka_unit_test(test_pae_lengths),
        cmocka_unit_test(test_write),         cmocka_unit_test(test_alphabets),
        cmocka_unit_test(test_empty_payload), cmocka_unit_test(test_number_of_signatures),
        cmocka_unit_test(test_too_large),     cmocka_unit_test(test_deep),
        cmocka_unit_test(test_begins),
    };
    enum {
        N_PLAIN = sizeof(plain) / sizeof(plain[0]),
        N_ENVELOPES = sizeof(envelopes) / sizeof(envelopes[0]),
    };
    struct CMUnitTest tests[N_PLAIN + N_ENVELOPES] = {0};

    memcpy(tests, plain, sizeof(plain));
    for (size_t i = 0; i < N_ENVELOPES; i++) {
        tests[N_PLAIN + i].name = envelopes[i].name;
        tests[N_PLAIN + i].test_func = test_envelope;
        tests[N_PLAIN + i].initial_state = (void *)(uintptr_t)&envelopes[i];
    }
    return cmocka_run_group_tests_name("dsse", tests, NULL, NULL);
}
