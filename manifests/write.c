/* SPDX-License-Identifier: BSD-2-Clause */
/* The manifest's bytes. The order of the calls is the order of the keys: it never changes. */
#include "manifests/manifest.h"

#include <string.h>

#include "core/json.h"
#include "manifests/fields.h"

static void write_digest(struct rt_json_writer *w, const char *key,
                         const uint8_t sha256[RT_SHA256_SIZE])
{
    rt_json_begin_object(w, key);
    rt_json_write_hex(w, "sha256", (struct rt_bytes){sha256, RT_SHA256_SIZE});
    rt_json_end_object(w);
}

/* As `fsverity digest` prints it. */
static void write_fsverity(struct rt_json_writer *w, const uint8_t digest[RT_SHA256_SIZE])
{
    char text[sizeof(RT_MANIFEST_FSVERITY) + 2 * RT_SHA256_SIZE] = RT_MANIFEST_FSVERITY;

    rt_bytes_to_hex((struct rt_bytes){digest, RT_SHA256_SIZE}, text + strlen(text));
    rt_json_write_string(w, "fsverity", text);
}

static void write_subject(struct rt_json_writer *w, const struct rt_manifest_rom *rom)
{
    rt_json_begin_object(w, NULL);
    rt_json_write_string(w, "name", rom->file);
    write_digest(w, "digest", rom->sha256);
    rt_json_end_object(w);
}

static void write_image(struct rt_json_writer *w, const struct rt_manifest_image *image)
{
    rt_json_begin_object(w, NULL);
    rt_json_write_string(w, "type", image->type);
    rt_json_write_integer(w, "length", (int64_t)image->length);
    rt_json_write_integer(w, "vendor", image->vendor);
    rt_json_write_integer(w, "device", image->device);
    rt_json_end_object(w);
}

void rt_manifest_write_range(struct rt_json_writer *w, const struct rt_slot_range *range)
{
    char version[RT_SLOT_VERSION_SIZE];

    rt_json_write_string(w, range->versioned ? "family" : "machine", range->family);
    if (!range->versioned)
        return;
    rt_slot_version_write(range->from, version);
    rt_json_write_string(w, "from", version);
    rt_slot_version_write(range->to, version);
    rt_json_write_string(w, "to", version);
}

static void write_mandate(struct rt_json_writer *w, const struct rt_manifest_mandate *mandate)
{
    rt_json_begin_object(w, NULL);
    rt_json_write_string(w, "device", mandate->device);
    rt_json_begin_array(w, "machines");
    for (size_t i = 0; i < mandate->n_machines; i++) {
        rt_json_begin_object(w, NULL);
        rt_manifest_write_range(w, &mandate->machines[i]);
        rt_json_end_object(w);
    }
    rt_json_end_array(w);
    rt_json_end_object(w);
}

static void write_rom(struct rt_json_writer *w, const struct rt_manifest_rom *rom)
{
    uint8_t fill = (uint8_t)rom->fill;

    rt_json_begin_object(w, NULL);
    rt_json_write_string(w, "file", rom->file);
    rt_json_write_integer(w, "size", (int64_t)rom->size);
    rt_json_write_integer(w, "slot", (int64_t)rom->slot);
    if (rom->fill >= 0)
        rt_json_write_hex(w, "fill", (struct rt_bytes){&fill, 1});
    rt_json_write_integer(w, "contentLength", (int64_t)rom->content_length);
    if (rt_manifest_states(rom->content_sha256))
        write_digest(w, "content", rom->content_sha256);
    if (rt_manifest_states(rom->fsverity))
        write_fsverity(w, rom->fsverity);

    rt_json_begin_array(w, "images");
    for (size_t i = 0; i < rom->n_images; i++)
        write_image(w, &rom->images[i]);
    rt_json_end_array(w);

    rt_json_begin_array(w, "mandates");
    for (size_t i = 0; i < rom->n_mandates; i++)
        write_mandate(w, &rom->mandates[i]);
    rt_json_end_array(w);
    rt_json_end_object(w);
}

static void write_withdrawn(struct rt_json_writer *w, const struct rt_manifest *manifest)
{
    rt_json_begin_array(w, "withdrawn");
    for (size_t i = 0; i < manifest->n_withdrawn; i++) {
        const struct rt_manifest_withdrawn *withdrawn = &manifest->withdrawn[i];

        rt_json_begin_object(w, NULL);
        rt_json_write_hex(w, "sha256", (struct rt_bytes){withdrawn->sha256, RT_SHA256_SIZE});
        rt_json_write_string(w, "reason", withdrawn->reason);
        rt_json_end_object(w);
    }
    rt_json_end_array(w);
}

static void write_predicate(struct rt_json_writer *w, const struct rt_manifest *manifest)
{
    char time[RT_MANIFEST_CREATED_LEN + 1];

    rt_json_begin_object(w, "predicate");
    rt_json_write_string(w, "product", manifest->product);
    rt_json_write_string(w, "channel", manifest->channel);
    rt_json_write_string(w, "release", manifest->release);
    rt_json_write_integer(w, "serial", manifest->serial);
    if (manifest->min_serial > 0)
        rt_json_write_integer(w, "minSerial", manifest->min_serial);
    if (rt_manifest_created_write(manifest->created, time))
        rt_json_write_string(w, "created", time);
    if (manifest->not_after > 0 && rt_manifest_created_write(manifest->not_after, time))
        rt_json_write_string(w, "notAfter", time);
    rt_json_write_string(w, "profile", manifest->profile);
    rt_json_begin_array(w, "roms");
    for (size_t i = 0; i < manifest->n_roms; i++)
        write_rom(w, &manifest->roms[i]);
    rt_json_end_array(w);
    if (manifest->n_withdrawn > 0)
        write_withdrawn(w, manifest);
    rt_json_end_object(w);
}

int rt_manifest_write(const struct rt_manifest *manifest, struct rt_buffer *out,
                      struct romtool_error *err)
{
    struct rt_json_writer w = {.out = out};
    size_t start = out->len;
    int r;

    r = rt_manifest_check(manifest, err);
    if (r < 0)
        return r;
    rt_json_begin_object(&w, NULL);
    rt_json_write_string(&w, "_type", RT_MANIFEST_STATEMENT_TYPE);
    rt_json_begin_array(&w, "subject");
    for (size_t i = 0; i < manifest->n_roms; i++)
        write_subject(&w, &manifest->roms[i]);
    rt_json_end_array(&w);
    rt_json_write_string(&w, "predicateType", RT_MANIFEST_PREDICATE_TYPE);
    write_predicate(&w, manifest);
    rt_json_end_object(&w);
    rt_buffer_puts(out, "\n");
    if (out->failed)
        return rt_error_no_memory(err);
    if (out->len - start > RT_MANIFEST_SIZE_MAX)
        return rt_error_set(err, ROMTOOL_E_TOO_LARGE, ROMTOOL_NO_OFFSET,
                            "the manifest would have %zu bytes, at most %zu are read",
                            out->len - start, RT_MANIFEST_SIZE_MAX);
    return 0;
}
