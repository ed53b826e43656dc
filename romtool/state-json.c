/* SPDX-License-Identifier: BSD-2-Clause */
/* `romtool state --json`: one guest as an object of romtool/state/1. */
#include "romtool/state.h"

#include "romtool/fix.h"

#include <string.h>

enum { FLUSH = 65536 /* bytes */ };

/* Of a document with hostile lists no more is kept than a piece. */
static void flush(struct rt_json_writer *json, FILE *stream)
{
    if (json->out->failed || json->out->len < FLUSH)
        return;
    (void)fwrite(json->out->data, 1, json->out->len, stream);
    json->out->len = 0;
}

static void write_size(struct rt_json_writer *json, const char *key, uint64_t value)
{
    rt_json_write_integer(json, key, value <= INT64_MAX ? (int64_t)value : INT64_MAX);
}

static void write_text(struct rt_json_writer *json, const char *key, const char *text)
{
    if (text == NULL)
        rt_json_write_null(json, key);
    else
        rt_json_write_string(json, key, text);
}

static void write_container(const struct state_guest *guest, struct rt_json_writer *json)
{
    const struct rt_qcow2_snapshot *snapshot;

    write_text(json, "container",
               guest->saved != NULL ? saved_container_name(guest->saved->container) : NULL);
    write_text(json, "compression", guest->saved != NULL ? guest->saved->compression : NULL);
    snapshot = guest->saved != NULL ? saved_snapshot(guest->saved, guest->index) : NULL;
    if (snapshot == NULL) {
        rt_json_write_null(json, "snapshot");
        return;
    }
    rt_json_begin_object(json, "snapshot");
    rt_json_write_string(json, "id", snapshot->id);
    rt_json_write_string(json, "name", snapshot->name);
    rt_json_end_object(json);
}

static void write_stream(const struct state_guest *guest, struct rt_json_writer *json)
{
    const struct rt_state_stream *stream = &guest->stream;

    write_text(json, "machine", guest->machine);
    if (stream->page_bits > 0)
        write_size(json, "page_size", UINT64_C(1) << stream->page_bits);
    else
        rt_json_write_null(json, "page_size"); /* nothing was read */
    rt_json_begin_array(json, "capabilities");
    if (stream->ignore_shared)
        rt_json_write_string(json, NULL, "x-ignore-shared");
    if (stream->mapped_ram)
        rt_json_write_string(json, NULL, "mapped-ram");
    if (stream->postcopy)
        rt_json_write_string(json, NULL, "postcopy-ram");
    rt_json_end_array(json);
    rt_json_write_boolean(json, "truncated", guest->truncated);
}

static void write_blocks(const struct state_guest *guest, struct rt_json_writer *json, FILE *stream)
{
    size_t rom = 0;

    rt_json_begin_array(json, "blocks");
    for (size_t i = 0; i < guest->stream.n_blocks; i++) {
        const struct rt_state_block *block = &guest->stream.blocks[i];
        bool is_rom = rom < guest->n_roms && guest->rom[rom].block == i;

        rom += is_rom;
        rt_json_begin_object(json, NULL);
        rt_json_write_string(json, "name", block->name);
        write_size(json, "length", block->length);
        rt_json_write_boolean(json, "rom", is_rom);
        if (block->page_size != 0)
            write_size(json, "page_size", block->page_size);
        rt_json_end_object(json);
        flush(json, stream);
    }
    rt_json_end_array(json);
}

static void write_roms(const struct state_guest *guest, struct rt_json_writer *json, FILE *stream)
{
    rt_json_begin_array(json, "roms");
    for (size_t i = 0; i < guest->n_roms; i++) {
        const struct state_rom *rom = &guest->rom[i];

        rt_json_begin_object(json, NULL);
        rt_json_write_string(json, "block", guest->stream.blocks[rom->block].name);
        rt_json_write_string(json, "device", rom->device);
        write_size(json, "slot", guest->stream.blocks[rom->block].length);
        if (rom->has_bytes)
            rt_json_write_hex(json, "sha256", (struct rt_bytes){rom->sha256, sizeof(rom->sha256)});
        else
            rt_json_write_null(json, "sha256");
        origin_json(rom->has_bytes ? &rom->origin : NULL, json);
        rt_json_end_object(json);
        flush(json, stream);
    }
    rt_json_end_array(json);
}

static const char *switch_name(enum rt_domain_switch value)
{
    switch (value) {
    case RT_DOMAIN_ON:
        return "on";
    case RT_DOMAIN_OFF:
        return "off";
    case RT_DOMAIN_UNSET:
        break;
    }
    return NULL;
}

static void write_domain(const struct rt_domain *domain, struct rt_json_writer *json)
{
    if (domain == NULL) {
        rt_json_write_null(json, "domain");
        return;
    }
    rt_json_begin_object(json, "domain");
    write_text(json, "name", domain->name);
    write_text(json, "uuid", domain->uuid);
    write_text(json, "machine", domain->machine);
    rt_json_begin_array(json, "devices");
    for (size_t i = 0; i < domain->n_devices; i++) {
        const struct rt_domain_device *device = &domain->device[i];

        if (device->kind == RT_DOMAIN_VIDEO)
            continue;
        rt_json_begin_object(json, NULL);
        rt_json_write_string(json, "kind",
                             device->kind == RT_DOMAIN_HOSTDEV ? "hostdev" : "interface");
        write_text(json, "alias", device->alias);
        write_text(json, "mac", device->mac);
        write_text(json, "model", device->model);
        write_text(json, "pci_path", device->path);
        write_text(json, "rom_file", device->rom_file);
        write_text(json, "rom_bar", switch_name(device->rom_bar));
        write_text(json, "rom_enabled", switch_name(device->rom_enabled));
        if (device->overrides_file)
            write_text(json, "override_romfile", device->override_file);
        if (device->override_size != 0)
            write_size(json, "override_romsize", device->override_size);
        rt_json_end_object(json);
    }
    rt_json_end_array(json);
    rt_json_end_object(json);
}

static const char *outcome_name(const struct passage *passage)
{
    if (!passage->is_known)
        return "unknown";
    switch (passage->outcome) {
    case RT_RESTORE_SAME:
        return "same";
    case RT_RESTORE_DIFFERS:
        return "differs";
    case RT_RESTORE_MISSING:
        break;
    }
    return "missing";
}

static void write_passage(const struct passage *passage, struct rt_json_writer *json)
{
    bool needs_fix = passage_status(passage) == EXIT_REFUSED;

    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "block", passage->block->name);
    rt_json_write_string(json, "device", passage->device);
    write_size(json, "length", passage->block->length);
    if (passage->is_known)
        write_size(json, "to_length", passage->length);
    else
        rt_json_write_null(json, "to_length");
    rt_json_write_string(json, "verdict", outcome_name(passage));
    write_text(json, "text", needs_fix ? passage->text : NULL);
    if (needs_fix)
        fix_json(&passage->move, json);
    else
        rt_json_write_null(json, "fix");
    rt_json_end_object(json);
}

static void write_restore(const struct state_guest *guest, struct rt_json_writer *json,
                          FILE *stream)
{
    if (guest->passage == NULL) {
        rt_json_write_null(json, "restore");
        return;
    }
    rt_json_begin_object(json, "restore");
    rt_json_write_string(json, "to", guest->question->to);
    rt_json_begin_array(json, "moves");
    for (size_t i = 0; i < guest->n_roms; i++) {
        write_passage(&guest->passage[i], json);
        flush(json, stream);
    }
    rt_json_end_array(json);
    rt_json_write_string(json, "verdict", verdict_name(guest->restore));
    rt_json_end_object(json);
}

void state_json(const struct state_guest *guest, struct rt_json_writer *json, FILE *stream)
{
    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "path", guest->path);
    write_container(guest, json);
    write_stream(guest, json);
    write_blocks(guest, json, stream);
    write_roms(guest, json, stream);
    write_domain(guest->domain, json);
    write_restore(guest, json, stream);
    finding_list_json(&guest->findings, json, false);
    rt_json_write_string(json, "verdict", verdict_name(guest->status));
    rt_json_end_object(json);
}
