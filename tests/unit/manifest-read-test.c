/* SPDX-License-Identifier: BSD-2-Clause */
/* What the manifest's reader refuses and what it leaves alone: one named case for each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "manifests/fields.h"
#include "manifests/manifest.h"

#define SHA_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA_0 "0000000000000000000000000000000000000000000000000000000000000000"
#define SHA_E "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
#define SHA_F "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
#define SHA_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static const char base[] =
    "{\"_type\":\"https://in-toto.io/Statement/v1\","
    "\"subject\":[{\"name\":\"a.rom\",\"digest\":{\"sha256\":\"" SHA_A "\"}},"
    "{\"name\":\"b.rom\",\"digest\":{\"sha256\":\"" SHA_B "\"}}],"
    "\"predicateType\":\"urn:romtool:rom-manifest:v1\","
    "\"predicate\":{\"product\":\"P\",\"channel\":\"C\",\"release\":\"R\",\"serial\":7,"
    "\"created\":\"2026-11-22T12:34:56Z\",\"profile\":\"upstream\",\"roms\":["
    "{\"file\":\"a.rom\",\"size\":3000,\"slot\":4096,\"fill\":\"ff\",\"contentLength\":2048,"
    "\"content\":{\"sha256\":\"" SHA_B "\"},"
    "\"images\":[{\"type\":\"x86\",\"length\":2048,\"vendor\":32902,\"device\":4110}],"
    "\"mandates\":[{\"device\":\"e1000\",\"machines\":[{\"machine\":\"microvm\"},"
    "{\"family\":\"pc-q35\",\"from\":\"2.4\",\"to\":\"7.2\"}]}]},"
    "{\"file\":\"b.rom\",\"size\":512,\"slot\":512,\"contentLength\":512,"
    "\"content\":{\"sha256\":\"" SHA_B "\"},\"images\":[],\"mandates\":[]}]}}";

/* The base with the first occurrence of "from" replaced. */
struct reading {
    const char *name, *from, *to;
    int code;
    const char *sentence; /* where it begins; "" for what is read */
};

static const struct reading readings[] = {
    {"base", "{", "{", 0, ""},
    {"type_other", "Statement/v1", "Statement/v2", ROMTOOL_E_BAD_MANIFEST,
     "_type: 'https://in-toto.io/Statement/v2' is not 'https://in-toto.io/Statement/v1'"},
    {"type_missing", "\"_type\"", "\"_typ\"", ROMTOOL_E_BAD_MANIFEST, "_type: missing"},
    {"type_not_a_string", "\"https://in-toto.io/Statement/v1\"", "1", ROMTOOL_E_BAD_MANIFEST,
     "_type: not a string"},
    {"predicate_type_other", "rom-manifest:v1", "rom-manifest:v2", ROMTOOL_E_BAD_MANIFEST,
     "predicateType: 'urn:romtool:rom-manifest:v2' is not"},
    {"predicate_type_missing", "\"predicateType\"", "\"predicatetype\"", ROMTOOL_E_BAD_MANIFEST,
     "predicateType: missing"},
    {"subject_missing", "\"subject\"", "\"subjects\"", ROMTOOL_E_BAD_MANIFEST, "subject: missing"},
    {"subject_not_an_array", "\"subject\":[", "\"subject\":{},\"x\":[", ROMTOOL_E_BAD_MANIFEST,
     "subject: not an array"},
    {"subject_not_an_object", "{\"name\":\"a.rom\",\"digest\":{\"sha256\":\"" SHA_A "\"}}", "1",
     ROMTOOL_E_BAD_MANIFEST, "subject[0]: not an object"},
    {"subject_without_name", "\"name\":", "\"nam\":", ROMTOOL_E_BAD_MANIFEST,
     "subject[0].name: missing"},
    {"subject_without_digest", "\"digest\":", "\"digests\":", ROMTOOL_E_BAD_MANIFEST,
     "subject[0].digest: missing"},
    {"sha256_missing", "\"sha256\":", "\"sha512\":", ROMTOOL_E_BAD_MANIFEST,
     "subject[0].digest: sha256 is missing"},
    {"sha256_upper_case", "\"aaaa", "\"AAAA", ROMTOOL_E_BAD_MANIFEST,
     "subject[0].digest: sha256 is not 64 lower-case hex digits"},
    {"sha256_short", "\"aaaa", "\"aaa", ROMTOOL_E_BAD_MANIFEST,
     "subject[0].digest: sha256 is not 64"},
    {"sha256_long", "\"aaaa", "\"aaaaa", ROMTOOL_E_BAD_MANIFEST,
     "subject[0].digest: sha256 is not 64"},
    {"sha256_empty", "\"" SHA_A "\"", "\"\"", ROMTOOL_E_BAD_MANIFEST,
     "subject[0].digest: sha256 is not 64"},
    {"sha256_not_hex", "\"aaaa", "\"aaag", ROMTOOL_E_BAD_MANIFEST,
     "subject[0].digest: sha256 is not 64"},
    {"sha256_number", "\"" SHA_A "\"", "1", ROMTOOL_E_BAD_MANIFEST,
     "subject[0].digest: sha256 is not 64"},
    {"subject_more_than_roms", "\"subject\":[", "\"subject\":[{},", ROMTOOL_E_BAD_MANIFEST,
     "subject: 3 files, but predicate.roms has 2"},
    {"roms_more_than_subject", ",{\"name\":\"b.rom\",\"digest\":{\"sha256\":\"" SHA_B "\"}}", "",
     ROMTOOL_E_BAD_MANIFEST, "subject: 1 files, but predicate.roms has 2"},
    {"subject_other_name", "\"name\":\"b.rom\"", "\"name\":\"c.rom\"", ROMTOOL_E_BAD_MANIFEST,
     "subject[1].name: 'c.rom', but predicate.roms[1].file is 'b.rom'"},
    {"predicate_missing", "\"predicate\":", "\"predicat\":", ROMTOOL_E_BAD_MANIFEST,
     "predicate: missing"},
    {"predicate_not_an_object", "\"predicate\":{", "\"predicate\":[],\"x\":{",
     ROMTOOL_E_BAD_MANIFEST, "predicate: not an object"},
    {"product_missing", "\"product\":", "\"x\":", ROMTOOL_E_BAD_MANIFEST,
     "predicate.product: missing"},
    {"channel_missing", "\"channel\":", "\"x\":", ROMTOOL_E_BAD_MANIFEST,
     "predicate.channel: missing"},
    {"release_missing", "\"release\":", "\"x\":", ROMTOOL_E_BAD_MANIFEST,
     "predicate.release: missing"},
    {"profile_missing", "\"profile\":", "\"x\":", ROMTOOL_E_BAD_MANIFEST,
     "predicate.profile: missing"},
    {"product_null", "\"P\"", "null", ROMTOOL_E_BAD_MANIFEST, "predicate.product: not a string"},
    {"product_empty", "\"P\"", "\"\"", ROMTOOL_E_BAD_MANIFEST, "predicate.product: empty"},
    {"serial_missing", "\"serial\":", "\"x\":", ROMTOOL_E_BAD_MANIFEST,
     "predicate.serial: missing"},
    {"serial_text", "\"serial\":7", "\"serial\":\"7\"", ROMTOOL_E_BAD_MANIFEST,
     "predicate.serial: not an integer"},
    {"serial_real", "\"serial\":7", "\"serial\":7.0", ROMTOOL_E_BAD_MANIFEST,
     "predicate.serial: not an integer"},
    {"serial_negative", "\"serial\":7", "\"serial\":-7", ROMTOOL_E_BAD_MANIFEST,
     "predicate.serial: -7 is not between 0 and 9223372036854775807"},
    {"serial_largest", "\"serial\":7", "\"serial\":9223372036854775807", 0, ""},
    {"serial_beyond_64_bits", "\"serial\":7", "\"serial\":9223372036854775808", ROMTOOL_E_BAD_JSON,
     "line 1, column"},
    {"created_missing", "\"created\":", "\"x\":", 0, ""},
    {"created_no_time", "2026-11-22T", "2026-13-22T", ROMTOOL_E_BAD_MANIFEST,
     "predicate.created: not a time like"},
    {"created_number", "\"2026-11-22T12:34:56Z\"", "1795350896", ROMTOOL_E_BAD_MANIFEST,
     "predicate.created: not a string"},
    {"roms_missing", "\"roms\":", "\"rom\":", ROMTOOL_E_BAD_MANIFEST, "predicate.roms: missing"},
    {"roms_not_an_array", "\"roms\":[", "\"roms\":{},\"x\":[", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms: not an array"},
    {"rom_not_an_object", "{\"file\":\"b.rom\"", "1,{\"file\":\"b.rom\"", ROMTOOL_E_BAD_MANIFEST,
     "subject: 2 files, but predicate.roms has 3"},
    {"rom_without_file", "\"file\":", "\"x\":", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].file: missing"},
    {"rom_without_size", "\"size\":", "\"x\":", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].size: missing"},
    {"rom_without_slot", "\"slot\":", "\"x\":", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].slot: missing"},
    {"rom_without_contentLength", "\"contentLength\":", "\"x\":", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].contentLength: missing"},
    {"rom_without_content", "\"content\":", "\"x\":", 0, ""},
    {"fsverity_known", "\"size\":", "\"fsverity\":\"sha256:" SHA_F "\",\"size\":", 0, ""},
    {"fsverity_other_algorithm", "\"size\":", "\"fsverity\":\"sha512:" SHA_F "\",\"size\":",
     ROMTOOL_E_BAD_MANIFEST, "predicate.roms[0].fsverity: does not begin with 'sha256:'"},
    {"fsverity_short", "\"size\":", "\"fsverity\":\"sha256:ff\",\"size\":", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].fsverity: sha256 is not 64 lower-case hex digits"},
    {"fsverity_all_zero", "\"size\":", "\"fsverity\":\"sha256:" SHA_0 "\",\"size\":",
     ROMTOOL_E_BAD_MANIFEST, "predicate.roms[0].fsverity: sha256 is not 64 lower-case hex digits"},
    {"fsverity_number", "\"size\":", "\"fsverity\":1,\"size\":", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].fsverity: not a string"},
    {"min_serial", "\"serial\":7", "\"minSerial\":7,\"serial\":7", 0, ""},
    {"min_serial_above_serial", "\"serial\":7", "\"minSerial\":8,\"serial\":7",
     ROMTOOL_E_BAD_MANIFEST, "predicate.minSerial: 8, the serial itself is 7"},
    {"min_serial_negative", "\"serial\":7", "\"minSerial\":-1,\"serial\":7", ROMTOOL_E_BAD_MANIFEST,
     "predicate.minSerial: -1 is not between 0 and"},
    {"min_serial_text", "\"serial\":7", "\"minSerial\":\"7\",\"serial\":7", ROMTOOL_E_BAD_MANIFEST,
     "predicate.minSerial: not an integer"},
    {"not_after", "\"serial\":7", "\"notAfter\":\"2026-11-22T12:34:56Z\",\"serial\":7", 0, ""},
    {"not_after_before_created", "\"serial\":7",
     "\"notAfter\":\"2026-11-22T12:34:55Z\",\"serial\":7", ROMTOOL_E_BAD_MANIFEST,
     "predicate.notAfter: earlier than predicate.created"},
    {"not_after_no_time", "\"serial\":7", "\"notAfter\":\"2027\",\"serial\":7",
     ROMTOOL_E_BAD_MANIFEST, "predicate.notAfter: not a time like"},
    {"not_after_null", "\"serial\":7", "\"notAfter\":null,\"serial\":7", ROMTOOL_E_BAD_MANIFEST,
     "predicate.notAfter: not a string"},
    {"not_after_epoch", "\"serial\":7", "\"notAfter\":\"1970-01-01T00:00:00Z\",\"serial\":7",
     ROMTOOL_E_BAD_MANIFEST, "predicate.notAfter: the beginning of 1970"},
    {"withdrawn_empty", "\"roms\":[", "\"withdrawn\":[],\"roms\":[", 0, ""},
    {"withdrawn", "\"roms\":[",
     "\"withdrawn\":[{\"sha256\":\"" SHA_E "\",\"reason\":\"r\"},{\"sha256\":\"" SHA_F
     "\",\"reason\":\"r\"}],\"roms\":[",
     0, ""},
    {"withdrawn_not_sorted", "\"roms\":[",
     "\"withdrawn\":[{\"sha256\":\"" SHA_F "\",\"reason\":\"r\"},{\"sha256\":\"" SHA_E
     "\",\"reason\":\"r\"}],\"roms\":[",
     ROMTOOL_E_BAD_MANIFEST, "predicate.withdrawn[1].sha256: not sorted, or twice"},
    {"withdrawn_twice", "\"roms\":[",
     "\"withdrawn\":[{\"sha256\":\"" SHA_F "\",\"reason\":\"r\"},{\"sha256\":\"" SHA_F
     "\",\"reason\":\"s\"}],\"roms\":[",
     ROMTOOL_E_BAD_MANIFEST, "predicate.withdrawn[1].sha256: not sorted, or twice"},
    {"withdrawn_without_reason", "\"roms\":[",
     "\"withdrawn\":[{\"sha256\":\"" SHA_F "\"}],\"roms\":[", ROMTOOL_E_BAD_MANIFEST,
     "predicate.withdrawn[0].reason: missing"},
    {"withdrawn_empty_reason", "\"roms\":[",
     "\"withdrawn\":[{\"sha256\":\"" SHA_F "\",\"reason\":\"\"}],\"roms\":[",
     ROMTOOL_E_BAD_MANIFEST, "predicate.withdrawn[0].reason: empty"},
    {"withdrawn_without_sha256", "\"roms\":[", "\"withdrawn\":[{\"reason\":\"r\"}],\"roms\":[",
     ROMTOOL_E_BAD_MANIFEST, "predicate.withdrawn[0].sha256: missing"},
    {"withdrawn_a_number", "\"roms\":[", "\"withdrawn\":[1],\"roms\":[", ROMTOOL_E_BAD_MANIFEST,
     "predicate.withdrawn[0]: not an object"},
    {"withdrawn_not_an_array", "\"roms\":[", "\"withdrawn\":{},\"roms\":[", ROMTOOL_E_BAD_MANIFEST,
     "predicate.withdrawn: not an array"},
    {"withdraws_itself", "\"roms\":[",
     "\"withdrawn\":[{\"sha256\":\"" SHA_A "\",\"reason\":\"r\"}],\"roms\":[",
     ROMTOOL_E_BAD_MANIFEST, "predicate.withdrawn: 'a.rom' of this release is among them"},
    {"rom_without_images", "\"images\":", "\"x\":", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].images: missing"},
    {"rom_without_mandates", "\"mandates\":", "\"x\":", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates: missing"},
    {"rom_a_number", "\"roms\":[", "\"roms\":[1,2],\"x\":[", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0]: not an object"},
    {"file_other_than_subject", "\"file\":\"a.rom\"", "\"file\":\"A.rom\"", ROMTOOL_E_BAD_MANIFEST,
     "subject[0].name: 'a.rom', but predicate.roms[0].file is 'A.rom'"},
    {"file_number", "\"file\":\"a.rom\"", "\"file\":1", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].file: not a string"},
    {"size_real", "\"size\":3000", "\"size\":3e3", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].size: not an integer"},
    {"size_text", "\"size\":3000", "\"size\":\"3000\"", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].size: not an integer"},
    {"size_negative", "\"size\":3000", "\"size\":-1", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].size: -1 is not between 0 and 67108864"},
    {"size_4_gib", "\"size\":3000", "\"size\":4294970296", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].size: 4294970296 is not between"},
    {"slot_4_gib", "\"slot\":4096", "\"slot\":4294967296", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].slot: 4294967296 is not between"},
    {"size_zero", "\"size\":3000", "\"size\":0", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].size: 0"},
    {"slot_no_power_of_two", "\"slot\":4096", "\"slot\":4095", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].slot: 4095 is not a power of two"},
    {"slot_below_size", "\"slot\":4096", "\"slot\":2048", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].size: 3000 bytes, the slot is 2048"},
    {"slot_above_what_qemu_gives", "\"slot\":4096", "\"slot\":8192", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].slot: 8192, but a file of 3000 bytes gets a slot of 4096"},
    {"content_4_gib", "\"contentLength\":2048", "\"contentLength\":4294969344",
     ROMTOOL_E_BAD_MANIFEST, "predicate.roms[0].contentLength: 4294969344 is not between"},
    {"content_above_size", "\"contentLength\":2048", "\"contentLength\":3001",
     ROMTOOL_E_BAD_MANIFEST, "predicate.roms[0].contentLength: 3001 bytes"},
    {"content_not_an_object", "\"content\":{", "\"content\":[],\"x\":{", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].content: not an object"},
    {"content_without_sha256", "\"content\":{\"sha256\"", "\"content\":{\"sha1\"",
     ROMTOOL_E_BAD_MANIFEST, "predicate.roms[0].content: sha256 is missing"},
    {"fill_number", "\"fill\":\"ff\"", "\"fill\":255", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].fill: not a string"},
    {"fill_upper_case", "\"fill\":\"ff\"", "\"fill\":\"FF\"", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].fill: not two lower-case hex digits"},
    {"fill_long", "\"fill\":\"ff\"", "\"fill\":\"ff0\"", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].fill: not two"},
    {"fill_empty", "\"fill\":\"ff\"", "\"fill\":\"\"", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].fill: not two"},
    {"images_not_an_array", "\"images\":[", "\"images\":{},\"x\":[", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].images: not an array"},
    {"image_not_an_object", "\"images\":[", "\"images\":[[],", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].images[0]: not an object"},
    {"image_without_type", "\"type\":", "\"x\":", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].images[0].type: missing"},
    {"image_without_length", "\"length\":", "\"x\":", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].images[0].length: missing"},
    {"image_without_vendor", "\"vendor\":", "\"x\":", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].images[0].vendor: missing"},
    {"image_without_device", "\"device\":", "\"x\":", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].images[0].device: missing"},
    {"image_vendor_17_bits", "\"vendor\":32902", "\"vendor\":98438", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].images[0].vendor: 98438 is not between 0 and 65535"},
    {"image_vendor_text", "\"vendor\":32902", "\"vendor\":\"8086\"", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].images[0].vendor: not an integer"},
    {"image_length_4_gib", "\"length\":2048", "\"length\":4294969344", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].images[0].length: 4294969344 is not between"},
    {"mandates_not_an_array", "\"mandates\":[", "\"mandates\":null,\"x\":[", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates: not an array"},
    {"mandate_not_an_object", "\"mandates\":[", "\"mandates\":[\"pc\",", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates[0]: not an object"},
    {"mandate_without_device", "\"device\":\"e1000\"", "\"x\":1", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates[0].device: missing"},
    {"mandate_device_number", "\"device\":\"e1000\"", "\"device\":1", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates[0].device: not a string"},
    {"mandate_without_machines", "\"machines\":", "\"x\":", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates[0].machines: missing"},
    {"mandate_machines_not_an_array", "\"machines\":[", "\"machines\":\"pc\",\"x\":[",
     ROMTOOL_E_BAD_MANIFEST, "predicate.roms[0].mandates[0].machines: not an array"},
    {"mandate_machines_empty", "\"machines\":[", "\"machines\":[],\"x\":[", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates[0].machines: empty"},
    {"range_not_an_object", "{\"machine\":\"microvm\"}", "\"microvm\"", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates[0].machines[0]: not an object"},
    {"range_empty", "{\"machine\":\"microvm\"}", "{}", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates[0].machines[0].family: missing"},
    {"range_machine_number", "\"machine\":\"microvm\"", "\"machine\":7", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates[0].machines[0].machine: not a string"},
    {"range_machine_null", "\"machine\":\"microvm\"", "\"machine\":null", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates[0].machines[0].machine: not a string"},
    {"range_machine_empty", "\"machine\":\"microvm\"", "\"machine\":\"\"", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates[0].machines[0].machine: empty"},
    {"range_family_beside_machine", "\"family\":", "\"machine\":\"pc\",\"family\":",
     ROMTOOL_E_BAD_MANIFEST, "predicate.roms[0].mandates[0].machines[1].family: beside machine"},
    {"range_from_beside_machine", "\"machine\":\"microvm\"",
     "\"machine\":\"microvm\",\"from\":\"1.0\"", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates[0].machines[0].from: beside machine"},
    {"range_to_beside_machine", "\"machine\":\"microvm\"", "\"machine\":\"microvm\",\"to\":null",
     ROMTOOL_E_BAD_MANIFEST, "predicate.roms[0].mandates[0].machines[0].to: beside machine"},
    {"range_without_from", "\"from\":", "\"x\":", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates[0].machines[1].from: missing"},
    {"range_without_to", "\"to\":", "\"x\":", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates[0].machines[1].to: missing"},
    {"range_from_number", "\"2.4\"", "2.4", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates[0].machines[1].from: not a string"},
    {"range_from_no_version", "\"2.4\"", "\"2\"", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates[0].machines[1].from: '2' is not a version like 7.2 or 4.0.1"},
    {"range_from_empty", "\"2.4\"", "\"\"", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates[0].machines[1].from: '' is not a version"},
    {"range_to_leading_zero", "\"7.2\"", "\"7.02\"", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates[0].machines[1].to: '7.02' is not a version"},
    {"range_to_17_bits", "\"7.2\"", "\"65536.0\"", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates[0].machines[1].to: '65536.0' is not a version"},
    {"range_to_with_tag", "\"7.2\"", "\"7.2-sxxm\"", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates[0].machines[1].to: '7.2-sxxm' is not a version"},
    {"range_micro_version", "\"2.4\"", "\"4.0.1\"", 0, ""},
    {"range_from_later_than_to", "\"2.4\"", "\"7.2.1\"", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates[0].machines[1].from: 7.2.1 is later than 7.2"},
    {"range_by_string_order", "\"2.4\"", "\"7.10\"", ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[0].mandates[0].machines[1].from: 7.10 is later than 7.2"},
    {"mandate_of_two_roms", "\"mandates\":[]",
     "\"mandates\":[{\"device\":\"e1000\",\"machines\":[{\"machine\":\"pc-q35-7.0\"}]}]",
     ROMTOOL_E_BAD_MANIFEST,
     "predicate.roms[1].mandates[0].machines[0]: 'e1000' on 'pc-q35-7.0' has two ROMs, 'a.rom' and "
     "'b.rom'"},
    {"duplicate_key_head", "\"serial\":7", "\"serial\":7,\"serial\":7", ROMTOOL_E_BAD_JSON,
     "line 1"},
    {"duplicate_key_sha256", "\"sha256\":", "\"sha256\":\"\",\"sha256\":", ROMTOOL_E_BAD_JSON,
     "line 1"},
    {"duplicate_key_escaped", "\"serial\":7", "\"serial\":7,\"\\u0073erial\":8", ROMTOOL_E_BAD_JSON,
     "line 1"},
    {"trailing_object", "\"images\":[],\"mandates\":[]}]}}", "\"images\":[],\"mandates\":[]}]}}{}",
     ROMTOOL_E_BAD_JSON, "line 1"},
    {"trailing_byte", "\"images\":[],\"mandates\":[]}]}}", "\"images\":[],\"mandates\":[]}]}}x",
     ROMTOOL_E_BAD_JSON, "line 1"},
    {"trailing_newline", "\"images\":[],\"mandates\":[]}]}}", "\"images\":[],\"mandates\":[]}]}}\n",
     0, ""},
    {"single_quotes", "\"P\"", "'P'", ROMTOOL_E_BAD_JSON, "line 1"},
    {"trailing_comma", "\"mandates\":[]}", "\"mandates\":[],}", ROMTOOL_E_BAD_JSON, "line 1"},
    {"comment", "\"P\"", "\"P\"/* */", ROMTOOL_E_BAD_JSON, "line 1"},
    {"leading_zero", "\"serial\":7", "\"serial\":07", ROMTOOL_E_BAD_JSON, "line 1"},
    {"not_a_number", "\"serial\":7", "\"serial\":NaN", ROMTOOL_E_BAD_JSON, "line 1"},
    {"bad_utf8", "\"P\"", "\"\xff\"", ROMTOOL_E_BAD_JSON, "line 1"},
    {"escaped_nul", "\"P\"", "\"\\u0000\"", ROMTOOL_E_BAD_JSON, "line 1"},
    {"escaped_control", "\"P\"", "\"\\u001b\"", ROMTOOL_E_BAD_MANIFEST,
     "predicate.product: not printable UTF-8"},
    {"lone_surrogate", "\"P\"", "\"\\ud800\"", ROMTOOL_E_BAD_JSON, "line 1"},
    {"unknown_key_head", "\"_type\"", "\"x\":[{\"y\":null}],\"_type\"", 0, ""},
    {"unknown_key_subject", "\"name\":", "\"uri\":\"u\",\"name\":", 0, ""},
    {"unknown_key_digest", "\"sha256\":", "\"sha512\":\"zz\",\"sha256\":", 0, ""},
    {"unknown_key_predicate", "\"serial\":7", "\"minSerial\":1,\"serial\":7", 0, ""},
    {"unknown_key_rom", "\"fill\":", "\"pci\":{\"class\":1.5},\"fill\":", 0, ""},
    {"unknown_key_image", "\"vendor\":", "\"class\":131072,\"vendor\":", 0, ""},
    {"unknown_key_mandate", "\"device\":", "\"since\":\"7.2\",\"device\":", 0, ""},
    {"unknown_key_range", "\"machine\":", "\"since\":\"7.2\",\"machine\":", 0, ""},
};

static int read_bytes(const void *text, size_t n, struct rt_manifest_doc **ret,
                      struct romtool_error *err)
{
    rt_error_clear(err);
    return rt_manifest_read((struct rt_bytes){text, n}, ret, err);
}

static void test_reading(void **state)
{
    const struct reading *c = *state;
    const char *at = strstr(base, c->from);
    struct rt_buffer text = {0};
    struct rt_manifest_doc *doc;
    struct romtool_error err;
    int r;

    assert_non_null(at);
    rt_buffer_append(&text, base, (size_t)(at - base));
    rt_buffer_puts(&text, c->to);
    rt_buffer_puts(&text, at + strlen(c->from));
    assert_false(text.failed);
    r = read_bytes(text.data, text.len, &doc, &err);
    if (r != c->code)
        fail_msg("%d instead of %d: %s", r, c->code, err.text);
    assert_int_equal(err.code, c->code);
    if (strncmp(err.text, c->sentence, strlen(c->sentence)) != 0)
        fail_msg("'%s' instead of '%s'", err.text, c->sentence);
    assert_true((doc != NULL) == (c->code == 0));
    if (doc != NULL)
        assert_int_equal(rt_manifest_doc_model(doc)->roms[0].size, 3000);
    rt_manifest_doc_free(doc);
    rt_buffer_free(&text);
}

static void test_every_truncation(void **state)
{
    struct rt_manifest_doc *doc;
    struct romtool_error err;

    (void)state;
    for (size_t n = 0; n < sizeof(base) - 1; n++) {
        /* a copy of exactly that size, so that a sanitizer sees a byte too far */
        char *text = malloc(n > 0 ? n : 1);

        assert_non_null(text);
        memcpy(text, base, n);
        assert_int_equal(read_bytes(text, n, &doc, &err), ROMTOOL_E_BAD_JSON);
        assert_null(doc);
        free(text);
    }
}

static void test_deep_nesting(void **state)
{
    size_t n = RT_MANIFEST_SIZE_MAX;
    struct rt_manifest_doc *doc;
    struct romtool_error err;
    char *text = malloc(n);

    (void)state;
    assert_non_null(text);
    memset(text, '[', n);
    assert_int_equal(read_bytes(text, n, &doc, &err), ROMTOOL_E_BAD_JSON);
    for (size_t i = 0; i < n; i++)
        text[i] = "{\"a\":"[i % 5];
    assert_int_equal(read_bytes(text, n, &doc, &err), ROMTOOL_E_BAD_JSON);
    free(text);
}

static void test_other_values(void **state)
{
    static const char *const values[] = {"[]", "{}", "1", "null", "\"x\"", "[{}]"};
    struct rt_manifest_doc *doc;
    struct romtool_error err;
    int r;

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        r = read_bytes(values[i], strlen(values[i]), &doc, &err);
        assert_int_equal(romtool_error_verdict(r), ROMTOOL_REFUSED);
        assert_null(doc);
    }
    assert_int_equal(read_bytes(NULL, 0, &doc, &err), ROMTOOL_E_BAD_JSON);
}

/* ------------------------------------------------------------------------- times */

static void test_created(void **state)
{
    /* by GNU date */
    static const struct {
        int64_t seconds;
        const char *text;
    } times[] = {
        {0, "1970-01-01T00:00:00Z"},          {951782400, "2000-02-29T00:00:00Z"},
        {951868800, "2000-03-01T00:00:00Z"},  {1709164800, "2024-02-29T00:00:00Z"},
        {1795350896, "2026-11-22T12:34:56Z"}, {4107542400, "2100-03-01T00:00:00Z"},
        {4107542399, "2100-02-28T23:59:59Z"}, {253402300799, "9999-12-31T23:59:59Z"},
    };
    static const char *const refused[] = {
        "",
        "2026-11-22",
        "2026-11-22T12:34:56",
        "2026-11-22T12:34:56z",
        "2026-11-22 12:34:56Z",
        "2026-11-22T12:34:56.0Z",
        "2026-11-22T12:34:56+00:00",
        "2026-02-29T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T12:60:00Z",
        "2016-12-31T23:59:60Z",
        "1969-12-31T23:59:59Z",
        "0000-01-01T00:00:00Z",
        "+026-11-22T12:34:56Z",
    };
    char text[RT_MANIFEST_CREATED_LEN + 1];
    int64_t seconds;

    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        assert_true(rt_manifest_created_write(times[i].seconds, text));
        assert_string_equal(text, times[i].text);
        assert_true(rt_manifest_created_read(times[i].text, &seconds));
        assert_int_equal(seconds, times[i].seconds);
    }
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (rt_manifest_created_read(refused[i], &seconds))
            fail_msg("'%s' is read as a time", refused[i]);
    }
    assert_false(rt_manifest_created_write(-1, text));
    assert_false(rt_manifest_created_write(RT_MANIFEST_CREATED_MAX + 1, text));
}

/* As the C library counts, a few times in every month of 8030 years. */
static void test_created_calendar(void **state)
{
    enum {
        STEP = 9 * 86400 + 12345,
    };
    char text[RT_MANIFEST_CREATED_LEN + 1], expected[64];
    int64_t seconds, again;

    (void)state;
    for (seconds = 0; seconds <= RT_MANIFEST_CREATED_MAX; seconds += STEP) {
        time_t t = (time_t)seconds;
        struct tm tm;

        assert_non_null(gmtime_r(&t, &tm));
        assert_int_equal(strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%SZ", &tm),
                         RT_MANIFEST_CREATED_LEN);
        assert_true(rt_manifest_created_write(seconds, text));
        assert_string_equal(text, expected);
        assert_true(rt_manifest_created_read(text, &again));
        assert_int_equal(again, seconds);
    }
}

int main(void)
{
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test(test_every_truncation), cmocka_unit_test(test_deep_nesting),
        cmocka_unit_test(test_other_values),     cmocka_unit_test(test_created),
        cmocka_unit_test(test_created_calendar),
    };
    enum {
        N_PLAIN = sizeof(plain) / sizeof(plain[0]),
        N_READINGS = sizeof(readings) / sizeof(readings[0]),
    };
    struct CMUnitTest tests[N_PLAIN + N_READINGS] = {0};

    memcpy(tests, plain, sizeof(plain));
    for (size_t i = 0; i < N_READINGS; i++) {
        tests[N_PLAIN + i].name = readings[i].name;
        tests[N_PLAIN + i].test_func = test_reading;
        tests[N_PLAIN + i].initial_state = (void *)(uintptr_t)&readings[i];
    }
    return cmocka_run_group_tests_name("manifest-read", tests, NULL, NULL);
}
