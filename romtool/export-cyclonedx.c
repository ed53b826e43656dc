/* SPDX-License-Identifier: BSD-2-Clause */
/* CycloneDX 1.6 (ECMA-424): the release is the component that the BOM is about, its ROM files are
 * the components. */
#include "romtool/manifest-export.h"

#include "manifests/fields.h"

#include <inttypes.h>
#include <stdio.h>

#define RELEASE_REF "release"
#define ROM_REF     "rom/" /* and the file's name, which is there once */

static void write_property(struct rt_json_writer *json, const char *name, const char *value)
{
    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "name", name);
    rt_json_write_string(json, "value", value);
    rt_json_end_object(json);
}

static void write_number(struct rt_json_writer *json, const char *name, uint64_t value)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%" PRIu64, value);
    write_property(json, name, text);
}

static void write_digest(struct rt_json_writer *json, const char *name, const char *prefix,
                         const uint8_t digest[RT_SHA256_SIZE])
{
    char text[sizeof(RT_MANIFEST_FSVERITY) + (size_t)2 * RT_SHA256_SIZE];
    int n = snprintf(text, sizeof(text), "%s", prefix);

    if (!rt_manifest_states(digest))
        return;
    rt_bytes_to_hex((struct rt_bytes){digest, RT_SHA256_SIZE}, text + n);
    write_property(json, name, text);
}

static void write_rom_ref(struct rt_json_writer *json, const char *key,
                          const struct rt_manifest_rom *rom)
{
    char ref[sizeof(ROM_REF) + ROMTOOL_NAME_SIZE];

    (void)snprintf(ref, sizeof(ref), "%s%s", ROM_REF, rom->file);
    rt_json_write_string(json, key, ref);
}

static void write_properties_of(struct rt_json_writer *json, const struct rt_manifest_rom *rom)
{
    char fill[3];

    rt_json_begin_array(json, "properties");
    write_number(json, "romtool:size", rom->size);
    write_number(json, "romtool:slot", rom->slot);
    write_number(json, "romtool:contentLength", rom->content_length);
    if (rom->fill >= 0) {
        (void)snprintf(fill, sizeof(fill), "%02x", (unsigned)rom->fill & 0xff);
        write_property(json, "romtool:fill", fill);
    }
    write_digest(json, "romtool:content:sha256", "", rom->content_sha256);
    write_digest(json, "romtool:fsverity", RT_MANIFEST_FSVERITY, rom->fsverity);
    rt_json_end_array(json);
}

static void write_purl(struct rt_json_writer *json, const struct rt_buffer *purl)
{
    if (purl->len > 0)
        rt_json_write_string(json, "purl", purl->data);
}

static void write_rom(struct rt_json_writer *json, const struct rt_manifest *model,
                      const struct rt_manifest_rom *rom, const struct rt_buffer *purl)
{
    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "type", "firmware");
    write_rom_ref(json, "bom-ref", rom);
    rt_json_write_string(json, "name", rom->file);
    rt_json_write_string(json, "version", model->release);
    rt_json_begin_array(json, "hashes");
    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "alg", "SHA-256");
    rt_json_write_hex(json, "content", (struct rt_bytes){rom->sha256, RT_SHA256_SIZE});
    rt_json_end_object(json);
    rt_json_end_array(json);
    write_purl(json, purl);
    write_properties_of(json, rom);
    rt_json_end_object(json);
}

static void write_metadata(struct rt_json_writer *json, const struct rt_manifest *model,
                           const struct rt_buffer *purl)
{
    char time[RT_MANIFEST_CREATED_LEN + 1];

    rt_json_begin_object(json, "metadata");
    if (rt_manifest_created_write(model->created, time))
        rt_json_write_string(json, "timestamp", time);
    rt_json_begin_object(json, "tools");
    rt_json_begin_array(json, "components");
    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "type", "application");
    rt_json_write_string(json, "name", "romtool"); /* its version would change the bytes */
    rt_json_end_object(json);
    rt_json_end_array(json);
    rt_json_end_object(json);
    rt_json_begin_object(json, "component");
    rt_json_write_string(json, "type", "firmware");
    rt_json_write_string(json, "bom-ref", RELEASE_REF);
    rt_json_write_string(json, "name", model->product);
    rt_json_write_string(json, "version", model->release);
    write_purl(json, purl);
    rt_json_begin_array(json, "properties");
    write_property(json, "romtool:channel", model->channel);
    write_number(json, "romtool:serial", (uint64_t)model->serial);
    write_property(json, "romtool:profile", model->profile);
    rt_json_end_array(json);
    rt_json_end_object(json);
    rt_json_end_object(json);
}

static void write_dependencies(struct rt_json_writer *json, const struct rt_manifest *model)
{
    rt_json_begin_array(json, "dependencies");
    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "ref", RELEASE_REF);
    rt_json_begin_array(json, "dependsOn");
    for (size_t i = 0; i < model->n_roms; i++)
        write_rom_ref(json, NULL, &model->roms[i]);
    rt_json_end_array(json);
    rt_json_end_object(json);
    rt_json_end_array(json);
}

void export_cyclonedx(const struct release_export *release, struct rt_buffer *out)
{
    const struct rt_manifest *model = release->model;
    char serial[sizeof("urn:uuid:") + EXPORT_UUID_SIZE] = "urn:uuid:";
    struct rt_json_writer json = {.out = out};
    struct rt_buffer purl = {0};

    export_purl(release, &purl);
    export_uuid(release, serial + sizeof("urn:uuid:") - 1);
    rt_json_begin_object(&json, NULL);
    rt_json_write_string(&json, "bomFormat", "CycloneDX");
    rt_json_write_string(&json, "specVersion", "1.6");
    rt_json_write_string(&json, "serialNumber", serial);
    rt_json_write_integer(&json, "version", 1);
    write_metadata(&json, model, &purl);
    rt_json_begin_array(&json, "components");
    for (size_t i = 0; i < model->n_roms; i++)
        write_rom(&json, model, &model->roms[i], &purl);
    rt_json_end_array(&json);
    write_dependencies(&json, model);
    rt_json_end_object(&json);
    rt_buffer_puts(out, "\n");
    out->failed = out->failed || purl.failed;
    rt_buffer_free(&purl);
}
