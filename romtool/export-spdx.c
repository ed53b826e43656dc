/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX 2.3: the document describes the release's ROM files, each a package of one file that is not
 * analyzed further. */
#include "romtool/manifest-export.h"

#include "manifests/fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* SPDX 2.3, 6.5: for those who have no site of their own */
#define NAMESPACE   "https://spdx.org/spdxdocs/rom-manifest-"
#define NOT_STATED  "NOASSERTION"
#define ID_OVERHEAD (sizeof("SPDXRef-rom--") + sizeof("18446744073709551615"))

/* 7.2: letters, digits, '.' and '-'. The number makes it unique, the name readable. */
static void make_id(const struct rt_manifest *model, size_t at,
                    char ret[ID_OVERHEAD + ROMTOOL_NAME_SIZE])
{
    char *c;

    (void)snprintf(ret, ID_OVERHEAD + ROMTOOL_NAME_SIZE, "SPDXRef-rom-%zu-%s", at + 1,
                   model->roms[at].file);
    for (c = ret; *c != '\0'; c++) {
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
              *c == '.'))
            *c = '-';
    }
}

/* 6.9 requires a time: 1970 is said to be none. */
static void write_creation(struct rt_json_writer *json, const struct rt_manifest *model)
{
    char time[RT_MANIFEST_CREATED_LEN + 1];
    bool stated = rt_manifest_created_write(model->created, time);

    if (!stated)
        (void)rt_manifest_created_write(0, time);
    rt_json_begin_object(json, "creationInfo");
    rt_json_write_string(json, "created", time);
    rt_json_begin_array(json, "creators");
    rt_json_write_string(json, NULL, "Tool: romtool"); /* its version would change the bytes */
    rt_json_end_array(json);
    if (!stated)
        rt_json_write_string(json, "comment", "the manifest states no time of creation");
    rt_json_end_object(json);
}

static void write_purl(struct rt_json_writer *json, const struct rt_buffer *purl)
{
    if (purl->len == 0)
        return;
    rt_json_begin_array(json, "externalRefs");
    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "referenceCategory", "PACKAGE-MANAGER");
    rt_json_write_string(json, "referenceType", "purl");
    rt_json_write_string(json, "referenceLocator", purl->data);
    rt_json_end_object(json);
    rt_json_end_array(json);
}

/* What has no field in SPDX. */
static void write_comment(struct rt_json_writer *json, const struct rt_manifest_rom *rom)
{
    char text[160], fill[sizeof(", fill 00")] = "";

    if (rom->fill >= 0)
        (void)snprintf(fill, sizeof(fill), ", fill %02x", (unsigned)rom->fill & 0xff);
    (void)snprintf(text, sizeof(text),
                   "size %" PRIu64 ", slot %" PRIu64 ", content length %" PRIu64 "%s", rom->size,
                   rom->slot, rom->content_length, fill);
    rt_json_write_string(json, "comment", text);
}

static void write_rom(struct rt_json_writer *json, const struct rt_manifest *model, size_t at,
                      const struct rt_buffer *purl)
{
    const struct rt_manifest_rom *rom = &model->roms[at];
    char id[ID_OVERHEAD + ROMTOOL_NAME_SIZE];

    make_id(model, at, id);
    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "SPDXID", id);
    rt_json_write_string(json, "name", rom->file);
    rt_json_write_string(json, "versionInfo", model->release);
    rt_json_write_string(json, "packageFileName", rom->file);
    rt_json_write_string(json, "primaryPackagePurpose", "FIRMWARE");
    rt_json_write_string(json, "downloadLocation", NOT_STATED);
    rt_json_write_boolean(json, "filesAnalyzed", false);
    rt_json_begin_array(json, "checksums");
    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "algorithm", "SHA256");
    rt_json_write_hex(json, "checksumValue", (struct rt_bytes){rom->sha256, RT_SHA256_SIZE});
    rt_json_end_object(json);
    rt_json_end_array(json);
    rt_json_write_string(json, "licenseConcluded", NOT_STATED);
    rt_json_write_string(json, "licenseDeclared", NOT_STATED);
    rt_json_write_string(json, "copyrightText", NOT_STATED);
    write_purl(json, purl);
    write_comment(json, rom);
    rt_json_end_object(json);
}

static void write_relationships(struct rt_json_writer *json, const struct rt_manifest *model)
{
    char id[ID_OVERHEAD + ROMTOOL_NAME_SIZE];

    rt_json_begin_array(json, "relationships");
    for (size_t i = 0; i < model->n_roms; i++) {
        make_id(model, i, id);
        rt_json_begin_object(json, NULL);
        rt_json_write_string(json, "spdxElementId", "SPDXRef-DOCUMENT");
        rt_json_write_string(json, "relationshipType", "DESCRIBES");
        rt_json_write_string(json, "relatedSpdxElement", id);
        rt_json_end_object(json);
    }
    rt_json_end_array(json);
}

void export_spdx(const struct release_export *release, struct rt_buffer *out)
{
    const struct rt_manifest *model = release->model;
    char space[sizeof(NAMESPACE) + EXPORT_UUID_SIZE] = NAMESPACE;
    char name[2 * ROMTOOL_NAME_SIZE];
    struct rt_json_writer json = {.out = out};
    struct rt_buffer purl = {0};

    export_purl(release, &purl);
    export_uuid(release, space + sizeof(NAMESPACE) - 1);
    (void)snprintf(name, sizeof(name), "%s %s", model->product, model->release);
    rt_json_begin_object(&json, NULL);
    rt_json_write_string(&json, "spdxVersion", "SPDX-2.3");
    rt_json_write_string(&json, "dataLicense", "CC0-1.0");
    rt_json_write_string(&json, "SPDXID", "SPDXRef-DOCUMENT");
    rt_json_write_string(&json, "name", name);
    rt_json_write_string(&json, "documentNamespace", space);
    write_creation(&json, model);
    rt_json_begin_array(&json, "packages");
    for (size_t i = 0; i < model->n_roms; i++)
        write_rom(&json, model, i, &purl);
    rt_json_end_array(&json);
    write_relationships(&json, model);
    rt_json_end_object(&json);
    rt_buffer_puts(out, "\n");
    out->failed = out->failed || purl.failed;
    rt_buffer_free(&purl);
}
