/* SPDX-License-Identifier: BSD-2-Clause */
/* romtool/manifest-diff/1 */
#include "romtool/manifest-change.h"

#include "manifests/fields.h"

static void json_time(struct rt_json_writer *json, const char *key, int64_t time, bool stated)
{
    char text[RT_MANIFEST_CREATED_LEN + 1];

    if (stated && rt_manifest_created_write(time, text))
        rt_json_write_string(json, key, text);
    else
        rt_json_write_null(json, key);
}

static void json_release(struct rt_json_writer *json, const char *key,
                         const struct release_side *side)
{
    const struct rt_manifest *model = side->model;

    rt_json_begin_object(json, key);
    rt_json_write_string(json, "path", side->path);
    rt_json_write_string(json, "product", model->product);
    rt_json_write_string(json, "channel", model->channel);
    rt_json_write_string(json, "release", model->release);
    rt_json_write_integer(json, "serial", model->serial);
    rt_json_write_integer(json, "min_serial", model->min_serial);
    json_time(json, "created", model->created, model->created >= 0);
    json_time(json, "not_after", model->not_after, model->not_after > 0);
    rt_json_write_string(json, "profile", model->profile);
    rt_json_end_object(json);
}

static void json_slots(struct rt_json_writer *json, const struct manifest_changes *changes)
{
    rt_json_begin_array(json, "slots");
    for (size_t i = 0, n; i < changes->n_slots; i = n) {
        const struct slot_change *slot = &changes->slots[i];

        rt_json_begin_object(json, NULL);
        rt_json_write_string(json, "device", slot->device);
        rt_json_write_integer(json, "from_slot", (int64_t)slot->from->slot);
        rt_json_write_string(json, "from_file", slot->from->file);
        rt_json_write_integer(json, "to_slot", (int64_t)slot->to->slot);
        rt_json_write_string(json, "to_file", slot->to->file);
        rt_json_begin_array(json, "machines");
        for (n = i; n < changes->n_slots && slot_changes_together(slot, &changes->slots[n]); n++) {
            rt_json_begin_object(json, NULL);
            rt_manifest_write_range(json, &changes->slots[n].range);
            rt_json_end_object(json);
        }
        rt_json_end_array(json);
        rt_json_end_object(json);
    }
    rt_json_end_array(json);
}

static void json_rom(struct rt_json_writer *json, const char *key,
                     const struct rt_manifest_rom *rom)
{
    if (rom == NULL) {
        rt_json_write_null(json, key);
        return;
    }
    rt_json_begin_object(json, key);
    rt_json_write_hex(json, "sha256", (struct rt_bytes){rom->sha256, RT_SHA256_SIZE});
    rt_json_write_integer(json, "size", (int64_t)rom->size);
    rt_json_write_integer(json, "slot", (int64_t)rom->slot);
    rt_json_write_integer(json, "content_length", (int64_t)rom->content_length);
    rt_json_write_integer(json, "headroom", (int64_t)(rom->slot - rom->content_length));
    if (rom->fill >= 0)
        rt_json_write_hex(json, "fill", (struct rt_bytes){&(uint8_t){(uint8_t)rom->fill}, 1});
    else
        rt_json_write_null(json, "fill");
    rt_json_begin_array(json, "images");
    for (size_t i = 0; i < rom->n_images; i++) {
        rt_json_begin_object(json, NULL);
        rt_json_write_string(json, "type", rom->images[i].type);
        rt_json_write_integer(json, "length", (int64_t)rom->images[i].length);
        rt_json_write_integer(json, "vendor", rom->images[i].vendor);
        rt_json_write_integer(json, "device", rom->images[i].device);
        rt_json_end_object(json);
    }
    rt_json_end_array(json);
    rt_json_end_object(json);
}

static const char *change_name(bool has_from, bool has_to)
{
    if (has_from && has_to)
        return "changed";
    return has_from ? "removed" : "added";
}

static void json_roms(struct rt_json_writer *json, const struct manifest_changes *changes)
{
    rt_json_begin_array(json, "roms");
    for (size_t i = 0; i < changes->n_roms; i++) {
        const struct rom_change *rom = &changes->roms[i];

        rt_json_begin_object(json, NULL);
        rt_json_write_string(json, "file", rom->from != NULL ? rom->from->file : rom->to->file);
        rt_json_write_string(json, "change", change_name(rom->from != NULL, rom->to != NULL));
        rt_json_write_boolean(json, "padding_only", rom_change_is_padding(rom));
        json_rom(json, "from", rom->from);
        json_rom(json, "to", rom->to);
        rt_json_end_object(json);
    }
    rt_json_end_array(json);
}

static void json_claims(struct rt_json_writer *json, const char *key,
                        const struct rt_manifest_claim *claims, size_t n)
{
    rt_json_begin_array(json, key);
    for (size_t i = 0; i < n; i++) {
        rt_json_begin_object(json, NULL);
        rt_json_write_string(json, "file", claims[i].rom->file);
        rt_manifest_write_range(json, claims[i].range);
        rt_json_end_object(json);
    }
    rt_json_end_array(json);
}

static void json_mandates(struct rt_json_writer *json, const struct manifest_changes *changes)
{
    rt_json_begin_array(json, "mandates");
    for (size_t i = 0; i < changes->n_mandates; i++) {
        const struct mandate_change *change = &changes->mandates[i];

        rt_json_begin_object(json, NULL);
        rt_json_write_string(json, "device",
                             change->n_from > 0 ? change->from->device : change->to->device);
        rt_json_write_string(json, "change", change_name(change->n_from > 0, change->n_to > 0));
        json_claims(json, "from", change->from, change->n_from);
        json_claims(json, "to", change->to, change->n_to);
        rt_json_end_object(json);
    }
    rt_json_end_array(json);
}

static void json_withdrawn(const struct rt_manifest_withdrawn *withdrawn, const char *change,
                           void *user)
{
    struct rt_json_writer *json = user;

    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "change", change);
    rt_json_write_hex(json, "sha256", (struct rt_bytes){withdrawn->sha256, RT_SHA256_SIZE});
    rt_json_write_string(json, "reason", withdrawn->reason);
    rt_json_end_object(json);
}

enum exit_status manifest_changes_json(const struct manifest_changes *changes,
                                       enum exit_status status)
{
    struct finding_list list = {0};
    struct rt_findings findings = finding_list_sink(&list);
    struct rt_buffer out = {0};
    struct rt_json_writer json = {.out = &out};

    manifest_changes_judge(changes, &findings);
    rt_json_begin_object(&json, NULL);
    rt_json_write_string(&json, "schema", "romtool/manifest-diff/1");
    json_release(&json, "from", &changes->from);
    json_release(&json, "to", &changes->to);
    rt_json_write_string(&json, "verdict", verdict_name(status));
    json_slots(&json, changes);
    json_roms(&json, changes);
    json_mandates(&json, changes);
    rt_json_begin_array(&json, "withdrawn");
    manifest_changes_withdrawn(changes, json_withdrawn, &json);
    rt_json_end_array(&json);
    finding_list_json(&list, &json, false);
    rt_json_end_object(&json);
    out.failed = out.failed || list.failed;
    finding_list_clear(&list);
    return print_json(&out, status);
}
