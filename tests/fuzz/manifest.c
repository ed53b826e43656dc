/* SPDX-License-Identifier: BSD-2-Clause */
/* The release statement: what is read keeps the rules, and is written as it was read. */
#include "fuzz.h"

#include "manifests/manifest.h"

#include <stdio.h>
#include <string.h>

#define RANGES_MAX 64U /* that are looked up: each look-up goes over all of them */

static struct rt_manifest_doc *read_text(struct rt_bytes text)
{
    struct rt_manifest_doc *doc;
    struct romtool_error err;
    int r;

    rt_error_clear(&err);
    r = rt_manifest_read(text, &doc, &err);
    FUZZ_CHECK(err.code == r && (doc != NULL) == (r == 0));
    FUZZ_CHECK(r == 0 || r == ROMTOOL_E_BAD_JSON || r == ROMTOOL_E_BAD_MANIFEST ||
               r == ROMTOOL_E_TOO_LARGE);
    FUZZ_CHECK((err.text[0] != '\0') == (r < 0));
    return doc;
}

/* The same text again, but for one that does not fit when it is written in full. */
static void check_writing(const struct rt_manifest *manifest)
{
    struct rt_buffer text = {0}, again = {0};
    struct rt_manifest_doc *doc;
    int r = rt_manifest_write(manifest, &text, NULL);

    FUZZ_CHECK(r == 0 || r == ROMTOOL_E_TOO_LARGE);
    if (r == 0) {
        doc = read_text((struct rt_bytes){(const uint8_t *)text.data, text.len});
        FUZZ_CHECK(doc != NULL);
        FUZZ_CHECK(rt_manifest_write(rt_manifest_doc_model(doc), &again, NULL) == 0);
        FUZZ_CHECK(again.len == text.len && memcmp(again.data, text.data, text.len) == 0);
        rt_manifest_doc_free(doc);
    }
    rt_buffer_free(&text);
    rt_buffer_free(&again);
}

/* A machine type of the range has this ROM and no other. */
static void check_found(const struct rt_manifest *manifest, const struct rt_manifest_rom *rom,
                        const char *device, const struct rt_slot_range *range,
                        struct rt_slot_version version)
{
    char machine[2 * ROMTOOL_NAME_SIZE], text[RT_SLOT_VERSION_SIZE] = "";
    struct rt_machine_name name;

    rt_slot_version_write(version, text);
    (void)snprintf(machine, sizeof(machine), "%s%s%s", range->family, range->versioned ? "-" : "",
                   range->versioned ? text : "");
    if (!rt_machine_name_parse(machine, &name)) /* no machine type has so long a name */
        FUZZ_CHECK(rt_manifest_find(manifest, machine, device) == NULL);
    else if (!range->versioned || (name.versioned && strcmp(name.family, range->family) == 0))
        FUZZ_CHECK(rt_manifest_find(manifest, machine, device) == rom);
    else
        (void)rt_manifest_find(manifest, machine, device);
}

static void check_finding(const struct rt_manifest *manifest)
{
    size_t n = 0;

    for (size_t i = 0; i < manifest->n_roms; i++) {
        const struct rt_manifest_rom *rom = &manifest->roms[i];

        for (size_t k = 0; k < rom->n_mandates; k++) {
            const struct rt_manifest_mandate *mandate = &rom->mandates[k];

            for (size_t m = 0; m < mandate->n_machines && n < RANGES_MAX; m++, n++) {
                const struct rt_slot_range *range = &mandate->machines[m];

                check_found(manifest, rom, mandate->device, range, range->from);
                check_found(manifest, rom, mandate->device, range, range->to);
            }
        }
    }
    FUZZ_CHECK(rt_manifest_find(manifest, "pc-q35-7.2", "") == NULL);
}

static void check_withdrawing(const struct rt_manifest *manifest)
{
    for (size_t i = 0; i < manifest->n_withdrawn; i++)
        FUZZ_CHECK(rt_manifest_withdraws(manifest, manifest->withdrawn[i].sha256) ==
                   &manifest->withdrawn[i]);
    for (size_t i = 0; i < manifest->n_roms; i++)
        FUZZ_CHECK(rt_manifest_withdraws(manifest, manifest->roms[i].sha256) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rt_manifest_doc *doc = read_text((struct rt_bytes){data, size});
    const struct rt_manifest *manifest;

    if (doc == NULL)
        return 0;
    manifest = rt_manifest_doc_model(doc);
    FUZZ_CHECK(rt_manifest_check(manifest, NULL) == 0);
    check_writing(manifest);
    check_finding(manifest);
    check_withdrawing(manifest);
    rt_manifest_doc_free(doc);
    return 0;
}
