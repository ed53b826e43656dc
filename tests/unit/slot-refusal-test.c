/* SPDX-License-Identifier: BSD-2-Clause */
/* What the reader of slot files refuses: every rule has one case that breaks it in one place. */
#include "slot-file.h"

/* In valid, the first from (behind the first after, if there is one) becomes to. */
struct refusal {
    const char *name;
    const char *after;
    const char *from, *to;
    const char *sentence;
};

static const struct refusal refusals[] = {
    /* the file */
    {"schema-missing", NULL, "\"schema\":\"romtool-slots/1\",", "", "schema: is missing"},
    {"schema-other", NULL, "slots/1", "slots/2",
     "schema: 'romtool-slots/2' is not romtool-slots/1"},
    {"schema-no-string", NULL, "\"romtool-slots/1\"", "1", "schema: is not a string"},
    {"unknown-key", NULL, "\"vendor\"", "\"vendors\"", "vendors: unknown key"},
    {"vendor-missing", NULL, "\"vendor\":\"acme\",", "", "vendor: is missing"},
    {"vendor-empty", NULL, "acme", "", "vendor: is empty"},
    {"vendor-slash", NULL, "acme", "ac/me",
     "vendor: 'ac/me' has more in it than letters, digits, '+-._'"},
    {"vendor-control", NULL, "acme", "\\u001b[2J",
     "vendor: has a byte that is not printable ASCII"},
    {"vendor-not-ascii", NULL, "acme", "acm\\u00e9",
     "vendor: has a byte that is not printable ASCII"},
    {"vendor-long", NULL, "acme",
     "0123456789012345678901234567890123456789012345678901234567890123",
     "vendor: is longer than 63 bytes"},
    {"vendor-and-series-long", NULL, "acme",
     "012345678901234567890123456789012345678901234567890123456789",
     "series[0].name: '012345678901234567890123456789012345678901234567890123456789/one' is longer "
     "than 63 characters"},
    {"series-missing", NULL, "\"series\":[{" ONE, "\"mandates\":[{" ONE,
     NULL /* a duplicate key: jansson's sentence */},
    {"mandates-missing", NULL, ROWS, "\"vendor2\"", "vendor2: unknown key"},

    /* a series */
    {"series-unknown-key", NULL, "\"qemu\"", "\"quemu\"", "series[0].quemu: unknown key"},
    {"series-name-missing", NULL, ONE ",", "", "series[0].name: is missing"},
    {"series-name-empty-beside-others", NULL, ONE, "\"name\":\"\"",
     "series[0].name: is empty beside other series"},
    {"series-name-odd", NULL, ONE, "\"name\":\"o n\"",
     "series[0].name: 'o n' has more in it than letters, digits, '+-._'"},
    {"series-name-again", NULL, "\"name\":\"two\"", ONE, "series[1].name: 'one' is there already"},
    {"qemu-missing", NULL, "\"qemu\":\"7.2\",", "", "series[0].qemu: is missing"},
    {"qemu-no-version", NULL, "\"qemu\":\"7.2\"", "\"qemu\":\"7.02\"",
     "series[0].qemu: '7.02' is not a version like 7.2 or 4.0.1"},
    {"package-missing", NULL, "\"package\":\"ipxe 1\",", "", "series[0].package: is missing"},
    {"package-no-string", NULL, "\"ipxe 1\"", "null", "series[0].package: is not a string"},
    {"source-empty", NULL, "\"a page\"", "\"\"", "series[0].source: is empty"},
    {"search-missing", NULL, "\"search\":[\"/a\",\"/b\"],", "", "series[0].search: is missing"},
    {"search-no-array", NULL, "[\"/a\",\"/b\"]", "\"/a\"", "series[0].search: is not an array"},
    {"search-empty", NULL, "[\"/a\",\"/b\"]", "[]", "series[0].search: is empty"},
    {"search-relative", NULL, "\"/b\"", "\"b\"",
     "series[0].search[1]: 'b' is not an absolute path"},
    {"search-no-string", NULL, "\"/b\"", "2", "series[0].search[1]: is not a string"},
    {"machines-missing", NULL, "\"machines\":[\"pc-q35-7.1\"", "\"aliases\":[\"pc-q35-7.1\"", NULL},
    {"machines-empty", NULL, "[\"pc-q35-7.1\",\"pc-q35-7.2\",\"tiny\"]", "[]",
     "series[0].machines: is empty"},
    {"machine-again", NULL, "\"pc-q35-7.1\",", "\"pc-q35-7.1\",\"pc-q35-7.1\",",
     "series[0].machines[1]: 'pc-q35-7.1' is there already"},
    {"machine-without-mandate", NULL, "\"pc-q35-7.1\",", "\"pc-q35-7.1\",\"pc-q35-7.3\",",
     "series[0].machines[1]: no mandate is about 'pc-q35-7.3'"},
    {"machine-no-name", NULL, "\"pc-q35-7.1\",", "\"pc q35\",",
     "series[0].machines[0]: 'pc q35' has more in it than letters, digits, '+-._'"},
    {"aliases-no-object", NULL, "{\"q35\":\"pc-q35-7.2\"}", "[]",
     "series[0].aliases: is not an object"},
    {"alias-of-nothing", NULL, "{\"q35\":\"pc-q35-7.2\"}", "{\"q35\":\"pc-q35-7.3\"}",
     "series[0].aliases.q35: 'pc-q35-7.3' is no machine type of the series"},
    {"alias-of-an-alias", NULL, "{\"q35\":\"pc-q35-7.2\"}",
     "{\"q35\":\"pc-q35-7.2\",\"pc\":\"q35\"}",
     "series[0].aliases.pc: 'q35' is no machine type of the series"},
    {"alias-is-a-machine", NULL,
     "{\"q35\":", "{\"tiny\":", "series[0].aliases.tiny: is a machine type of the series"},
    {"alias-no-string", NULL, "\"q35\":\"pc-q35-7.2\"", "\"q35\":72",
     "series[0].aliases.q35: is not a string"},
    {"alias-empty", NULL,
     "{\"q35\":", "{\"\":", "series[0].aliases.: a name has 1 to 63 characters"},
    {"alias-odd", NULL, "{\"q35\":", "{\"q 35\":",
     "series[0].aliases.q 35: 'q 35' has more in it than letters, digits, '+-._'"},
    {"alias-long", NULL,
     "{\"q35\":", "{\"0123456789012345678901234567890123456789012345678901234567890123\":",
     "series[0].aliases.012345678901234567890123456789012345678901234567890123456789012: a name "
     "has "
     "1 to 63 characters"},

    /* likes */
    {"like-no-object", NULL, "{\"pc-q35-acme\":\"pc-q35-7.1\"}", "[]", "like: is not an object"},
    {"like-of-nothing", NULL, "{\"pc-q35-acme\":", "{\"pc-q35-acne\":",
     "like.pc-q35-acne: no series has such a machine type"},
    {"like-no-string", NULL, ":\"pc-q35-7.1\"}", ":7.1}", "like.pc-q35-acme: is not a string"},
    {"like-itself", NULL, ":\"pc-q35-7.1\"}", ":\"pc-q35-acme\"}",
     "like.pc-q35-acme: 'pc-q35-acme' is itself like another"},
    {"like-what-is-like", NULL, ":\"pc-q35-7.1\"}", ":\"pc-q35-7.1\",\"tiny\":\"pc-q35-acme\"}",
     "like.tiny: 'pc-q35-acme' is itself like another"},
    {"like-without-mandate", NULL, ":\"pc-q35-7.1\"}", ":\"pc-q35-7.3\"}",
     "series[1].machines[2]: no mandate is about 'pc-q35-acme'"},
    {"like-and-mandate", ROWS, "{\"machine\":\"tiny\"}",
     "{\"machine\":\"tiny\"},{\"machine\":\"pc-q35-acme\"}",
     "mandates[1].machines[1]: no series has such a 'pc-q35-acme' machine type"},
    {"like-odd", NULL, "{\"pc-q35-acme\":", "{\"pc q35\":",
     "like.pc q35: 'pc q35' has more in it than letters, digits, '+-._'"},

    /* a mandate */
    {"mandate-unknown-key", ROWS, "\"device\"", "\"devices\"", "mandates[0].devices: unknown key"},
    {"mandate-machines-missing", ROWS, "\"machines\":[{\"machine\":\"tiny\"}],", "",
     "mandates[1].machines: is missing"},
    {"range-no-object", ROWS, "{\"machine\":\"tiny\"}", "\"tiny\"",
     "mandates[1].machines[0]: is not an object"},
    {"range-unknown-key", ROWS, "\"from\":\"7.1\",", "\"since\":\"7.1\",",
     "mandates[0].machines[0].since: unknown key"},
    {"range-family-missing", ROWS, "\"family\":\"pc-q35\",", "",
     "mandates[0].machines[0].family: is missing"},
    {"range-from-missing", ROWS, "\"from\":\"7.1\",", "",
     "mandates[0].machines[0].from: is missing"},
    {"range-to-missing", ROWS, ",\"to\":\"7.2\"", "", "mandates[0].machines[0].to: is missing"},
    {"range-no-version", ROWS, "\"to\":\"7.2\"", "\"to\":\"9\"",
     "mandates[0].machines[0].to: '9' is not a version like 7.2 or 4.0.1"},
    {"range-family-with-version", ROWS, "\"pc-q35\"", "\"pc-q35-7.2\"",
     "mandates[0].machines[0].family: 'pc-q35-7.2' has a version in it"},
    {"range-backwards", ROWS, "\"from\":\"7.1\"", "\"from\":\"7.10\"",
     "mandates[0].machines[0].from: 7.10 is later than 7.2"},
    {"range-machine-and-version", ROWS, "{\"machine\":\"tiny\"}",
     "{\"machine\":\"tiny\",\"from\":\"1.0\"}", "mandates[1].machines[0].from: unknown key"},
    {"range-about-nothing", ROWS, "\"machine\":\"tiny\"}",
     "\"machine\":\"tiny\"},{\"machine\":\"tinny\"}",
     "mandates[1].machines[1]: no series has such a 'tinny' machine type"},
    {"range-about-no-version", ROWS, "\"to\":\"7.2\"}",
     "\"to\":\"7.2\"},{\"family\":\"pc-q35\",\"from\":\"8.0\",\"to\":\"9.0\"}",
     "mandates[0].machines[1]: no series has such a 'pc-q35' machine type"},
    {"range-again", ROWS, "{\"machine\":\"tiny\"}", "{\"machine\":\"tiny\"},{\"machine\":\"tiny\"}",
     "mandates[1].machines[1]: mandates[1] says the slot of 'nic' there already"},
    {"two-mandates", ROWS, "{\"machine\":\"tiny\"}",
     "{\"machine\":\"tiny\"},{\"machine\":\"pc-q35-7.2\"}",
     "mandates[1].machines[1]: mandates[0] says the slot of 'nic' there already"},
    {"two-mandates-one-for-every-series", ROW_1, "}",
     "},{\"machines\":[{\"machine\":\"tiny\"}],\"device\":\"nic\",\"slot\":0,\"basis\":\"read\","
     "\"source\":\"x\"}",
     "mandates[2].machines[0]: mandates[1] says the slot of 'nic' there already"},
    {"mandate-series-empty", ROWS, "[\"one\",\"two\"]", "[]", "mandates[1].series: is empty"},
    {"mandate-series-unknown", ROWS, "[\"one\",\"two\"]", "[\"one\",\"to\"]",
     "mandates[1].series[1]: there is no series 'to'"},
    {"mandate-not-for-every-series", ROWS, "[\"one\",\"two\"]", "[\"one\"]",
     "series[1].machines[1]: no mandate is about 'tiny'"},
    {"device-missing", ROWS, "\"device\":\"nic\",", "", "mandates[0].device: is missing"},
    {"device-of-all-with-slot", ROW_1, "\"slot\":0", "\"slot\":512",
     "mandates[2].device: is missing"},
    {"device-of-all-empty", ROW_1, "\"slot\":0", "\"slot\":0,\"device\":\"\"",
     "mandates[2].device: is empty"},
    {"device-beside-all", ROWS, "{\"machine\":\"tiny\"}",
     "{\"machine\":\"tiny\"},{\"machine\":\"isapc\"}",
     "mandates[2].machines[0]: mandates[1] says the slot of 'nic' there already"},
    {"device-of-all-beside-one", ROW_1, "{\"machine\":\"isapc\"}",
     "{\"machine\":\"isapc\"},{\"machine\":\"isapc\"}",
     "mandates[2].machines[1]: mandates[2] says the slot of 'every device' there already"},
    {"device-odd", ROWS, "\"device\":\"nic\"", "\"device\":\"n,c\"",
     "mandates[0].device: 'n,c' has more in it than letters, digits, '+-._'"},
    {"file-missing", ROWS, "\"file\":\"nic.rom\",", "", "mandates[0].file: is missing"},
    {"file-path", ROWS, "\"nic.rom\"", "\"../nic.rom\"",
     "mandates[0].file: '../nic.rom' has more in it than letters, digits, '+-._'"},
    {"file-dots", ROWS, "\"nic.rom\"", "\"..\"", "mandates[0].file: '..' begins with a dot"},
    {"slot-missing", ROWS, "\"slot\":262144,", "", "mandates[0].slot: is missing"},
    {"slot-string", ROWS, "262144", "\"256K\"", "mandates[0].slot: is not an integer"},
    {"slot-real", ROWS, "262144", "262144.0", "mandates[0].slot: is not an integer"},
    {"slot-not-power-of-two", ROWS, "262144", "300000",
     "mandates[0].slot: 300000 is not a power of two"},
    {"slot-in-kilobytes", ROWS, "262144", "256",
     "mandates[0].slot: 256 is not within 512 and 67108864 bytes"},
    {"slot-negative", ROWS, "262144", "-262144",
     "mandates[0].slot: -262144 is not within 512 and 67108864 bytes"},
    {"slot-too-large", ROWS, "262144", "134217728",
     "mandates[0].slot: 134217728 is not within 512 and 67108864 bytes"},
    {"slot-zero-with-file", ROWS, "262144", "0",
     "mandates[0].file: the slot is 0, there is no ROM"},
    {"slot-zero-with-images", ROWS, "\"slot\":0", "\"slot\":0,\"images\":[\"x86\"]",
     "mandates[1].images: the slot is 0, there is no ROM"},
    {"slot-zero-with-fill", ROWS, "\"slot\":0", "\"slot\":0,\"fill\":\"00\"",
     "mandates[1].fill: the slot is 0, there is no ROM"},
    {"images-empty", ROWS, "[\"x86\",\"efi\"]", "[]", "mandates[0].images: is empty"},
    {"image-unknown", ROWS, "\"efi\"", "\"uefi\"",
     "mandates[0].images[1]: 'uefi' is none of x86, openfirmware, hppa, efi"},
    {"fill-unknown", ROWS, "\"ff\"", "\"0xff\"", "mandates[0].fill: '0xff' is neither 00 nor ff"},
    {"fill-integer", ROWS, "\"ff\"", "255", "mandates[0].fill: is not a string"},
    {"basis-missing", ROWS, "\"basis\":\"measured\",", "", "mandates[0].basis: is missing"},
    {"basis-unknown", ROWS, "\"measured\"", "\"guessed\"",
     "mandates[0].basis: 'guessed' is none of measured, read, derived"},
    {"mandate-source-missing", ROWS, ",\"source\":\"here\"", "", "mandates[0].source: is missing"},
    {"mandate-source-empty", ROWS, "\"here\"", "\"\"", "mandates[0].source: is empty"},

    /* JSON itself */
    {"duplicate-key", ROWS, "\"fill\":\"ff\"", "\"slot\":131072", NULL},
    {"nul-in-string", NULL, "acme", "ac\\u0000me", NULL},
    {"text-behind", ROW_1, "]}", "]}]", NULL},
};

/* Without a sentence the JSON itself is bad: which byte is, is told by the offset. */
static void test_refusal(void **state)
{
    const struct refusal *refusal = *state;
    size_t size;
    char *text = with(refusal->after, refusal->from, refusal->to, &size);

    if (refusal->sentence == NULL) {
        struct rt_slot_file *file;
        struct romtool_error err;

        assert_int_equal(read_bytes(text, size, &file, &err), ROMTOOL_E_BAD_JSON);
        assert_true(err.offset <= size);
    } else {
        expect_refusal(text, size, ROMTOOL_E_BAD_SLOT_FILE, refusal->sentence);
    }
    free(text);
}

static void test_whole_file(void **state)
{
    static const struct {
        const char *text, *sentence;
    } files[] = {
        {"[]", "the file is not an object"},
        {"{}", "schema: is missing"},
        {"{\"schema\":\"romtool-slots/1\"}", "vendor: is missing"},
        {"{\"schema\":\"romtool-slots/1\",\"vendor\":\"v\"}", "series: is missing"},
        {"{\"schema\":\"romtool-slots/1\",\"vendor\":\"v\",\"series\":{}}",
         "series: is not an array"},
        {"{\"schema\":\"romtool-slots/1\",\"vendor\":\"v\",\"series\":[]}", "series: is empty"},
        {"{\"schema\":\"romtool-slots/1\",\"vendor\":\"v\",\"series\":[7]}",
         "series[0]: is not an object"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(files); i++)
        expect_refusal(files[i].text, strlen(files[i].text), ROMTOOL_E_BAD_SLOT_FILE,
                       files[i].sentence);
}

int main(void)
{
    struct CMUnitTest tests[COUNT(refusals) + 1] = {cmocka_unit_test(test_whole_file)};

    for (size_t i = 0; i < COUNT(refusals); i++)
        tests[i + 1] = (struct CMUnitTest){refusals[i].name, test_refusal, NULL, NULL,
                                           (void *)(uintptr_t)&refusals[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
