/* SPDX-License-Identifier: BSD-2-Clause */
/* A ROM file's page as a member of romtool/inspect/1. What is long is written out as it grows. */
#include "romtool/inspect.h"

#include <stdlib.h>
#include <string.h>

enum {
    FLUSH = 65536, /* bytes */
    PNP_MOST = 16, /* headers of a chain, as many as are checked */
};

struct document {
    struct page *page;
    struct rt_json_writer *json;
};

/* An out that failed says so at the end. */
static void flush(struct rt_json_writer *json)
{
    if (json->out->failed || json->out->len < FLUSH)
        return;
    (void)fwrite(json->out->data, 1, json->out->len, stdout);
    json->out->len = 0;
}

static void write_size(struct rt_json_writer *json, const char *key, uint64_t value)
{
    rt_json_write_integer(json, key, (int64_t)value);
}

static void write_sha256(struct rt_json_writer *json, const char *key, const uint8_t *sha256)
{
    if (sha256 != NULL)
        rt_json_write_hex(json, key, (struct rt_bytes){sha256, 32});
    else
        rt_json_write_null(json, key);
}

/* ------------------------------------------------------------------------- images */

/* A NUL-terminated string of the image; null where it has none. */
static void write_text(struct rt_json_writer *json, const char *key, struct rt_bytes bytes,
                       size_t at)
{
    char text[128];
    size_t n = 0;
    uint8_t c;

    while (at != 0 && n + 1 < sizeof(text) && rt_bytes_u8(bytes, at + n, &c) && c != 0)
        text[n++] = c >= 0x20 && c < 0x7f ? (char)c : '?';
    text[n] = '\0';
    if (at != 0)
        rt_json_write_string(json, key, text);
    else
        rt_json_write_null(json, key);
}

static void write_pcir(struct rt_json_writer *json, struct rt_bytes bytes,
                       const struct rt_rom_image *image)
{
    uint16_t id;

    if (!image->has_pcir) {
        rt_json_write_null(json, "pcir");
        return;
    }
    rt_json_begin_object(json, "pcir");
    write_size(json, "offset", image->pcir_at);
    write_size(json, "length", image->pcir_size);
    write_size(json, "revision", image->revision);
    write_size(json, "code_type", image->code_type);
    write_size(json, "code_revision", image->code_revision);
    write_size(json, "indicator", image->indicator);
    write_size(json, "vpd", image->vpd);
    write_size(json, "runtime_length", image->runtime_length);
    write_size(json, "config_utility", image->config_utility);
    write_size(json, "clp", image->clp);
    rt_json_begin_array(json, "devices");
    for (size_t i = 0; rt_rom_device_id(bytes, image, i, &id); i++)
        write_size(json, NULL, id);
    rt_json_end_array(json);
    if (image->npde_at != 0) {
        rt_json_begin_object(json, "npde");
        write_size(json, "offset", image->npde_at);
        write_size(json, "length", image->npde_length);
        rt_json_end_object(json);
    }
    rt_json_end_object(json);
}

static void write_pnp(struct rt_json_writer *json, struct rt_bytes bytes,
                      const struct rt_rom_x86 *x86)
{
    struct rt_rom_pnp pnp;
    size_t at = x86->pnp.at;

    rt_json_begin_array(json, "pnp");
    for (size_t i = 0; i < x86->pnp_headers && i < PNP_MOST && rt_rom_pnp_read(bytes, at, &pnp);
         i++) {
        rt_json_begin_object(json, NULL);
        write_size(json, "offset", pnp.at);
        write_size(json, "revision", pnp.revision);
        write_text(json, "manufacturer", bytes, pnp.manufacturer_at);
        write_text(json, "product", bytes, pnp.product_at);
        write_size(json, "device_id", pnp.device_id);
        write_size(json, "bcv", pnp.bcv);
        write_size(json, "dv", pnp.dv);
        write_size(json, "bev", pnp.bev);
        write_size(json, "srv", pnp.srv);
        rt_json_end_object(json);
        at = pnp.next_at;
        flush(json);
    }
    rt_json_end_array(json);
}

static void write_x86(struct rt_json_writer *json, struct rt_bytes bytes,
                      const struct rt_rom_x86 *x86)
{
    char version[16];

    write_pnp(json, bytes, x86);
    if (x86->undi.at != 0) {
        (void)snprintf(version, sizeof(version), "%u.%u.%u", x86->undi.version[0],
                       x86->undi.version[1], x86->undi.version[2]);
        rt_json_begin_object(json, "undi");
        write_size(json, "offset", x86->undi.at);
        rt_json_write_string(json, "version", version);
        rt_json_write_string(json, "bus", x86->undi.bus_type);
        write_size(json, "loader", x86->undi.loader_at);
        write_size(json, "stack", x86->undi.stack_size);
        write_size(json, "data", x86->undi.data_size);
        write_size(json, "code", x86->undi.code_size);
        rt_json_end_object(json);
    }
    if (x86->ipxe.at != 0) {
        rt_json_begin_object(json, "ipxe");
        write_size(json, "offset", x86->ipxe.at);
        write_size(json, "shrunk_length", x86->ipxe.shrunk_length);
        write_size(json, "build_id", x86->ipxe.build_id);
        rt_json_end_object(json);
    }
    if (x86->bofm_at != 0)
        write_size(json, "bofm", x86->bofm_at);
}

static void write_signatures(const struct page *page, struct rt_json_writer *json,
                             const struct rt_rom_image *image)
{
    struct inspect_signer signer;
    struct romtool_error err;
    struct rt_file program;

    rt_json_begin_array(json, "signatures");
    if (image->efi.pe.signatures > 0 && page_program(page, image, &program, NULL) == 0) {
        for (size_t i = 0; i < image->efi.pe.signatures; i++) {
            (void)page->crypto->signer(rt_file_bytes(&program), &image->efi.pe, i,
                                       (struct rt_bytes){0}, &signer, &err);
            if (signer.subject[0] == '\0')
                continue;
            rt_json_begin_object(json, NULL);
            rt_json_write_string(json, "subject", signer.subject);
            rt_json_write_string(json, "issuer", signer.issuer);
            rt_json_write_string(json, "algorithm", signer.algorithm);
            rt_json_write_string(json, "digest", signer.digest);
            rt_json_end_object(json);
        }
        rt_file_free(&program);
    }
    rt_json_end_array(json);
}

static void write_efi(const struct page *page, struct rt_json_writer *json,
                      const struct rt_rom_image *image)
{
    const struct rt_rom_efi *efi = &image->efi;

    rt_json_begin_object(json, "efi");
    write_size(json, "machine", efi->machine);
    write_size(json, "subsystem", efi->subsystem);
    write_size(json, "compression", efi->compression);
    write_size(json, "offset", efi->at);
    write_size(json, "length", efi->length);
    write_size(json, "original", efi->original);
    if (efi->has_pe) {
        rt_json_begin_object(json, "pe");
        write_size(json, "machine", efi->pe.machine);
        write_size(json, "subsystem", efi->pe.subsystem);
        rt_json_write_boolean(json, "pe32_plus", efi->pe.plus);
        write_size(json, "sections", efi->pe.sections);
        write_size(json, "timestamp", efi->pe.timestamp);
        write_size(json, "size", efi->pe.size);
        write_size(json, "certificates", efi->pe.certificates_at);
        write_signatures(page, json, image);
        rt_json_end_object(json);
    } else {
        rt_json_write_null(json, "pe");
    }
    rt_json_end_object(json);
}

static void write_image(void *user, const struct rt_rom_image *image)
{
    const struct document *document = user;
    struct rt_json_writer *json = document->json;
    struct rt_bytes bytes = page_image_bytes(document->page, image);

    rt_json_begin_object(json, NULL);
    write_size(json, "index", image->index);
    write_size(json, "offset", image->offset);
    write_size(json, "length", image->length);
    rt_json_write_string(json, "type", rt_rom_type_name(image->type));
    write_size(json, "vendor", image->vendor);
    write_size(json, "device", image->device);
    write_size(json, "class", image->class_code);
    rt_json_write_boolean(json, "last", image->last);
    rt_json_write_string(json, "checksum", rt_rom_checksum_name(image->checksum));
    write_size(json, "signature", image->signature);
    write_size(json, "init_size", image->init_size);
    write_pcir(json, bytes, image);
    if (image->type == RT_ROM_X86)
        write_x86(json, bytes, &image->x86);
    if (image->type == RT_ROM_EFI)
        write_efi(document->page, json, image);
    rt_json_end_object(json);
    flush(json);
}

/* ------------------------------------------------------------------------- the file */

static void write_device(const struct page *page, struct rt_json_writer *json)
{
    uint8_t as_default[32], as_romfile[32];
    bool known;

    if (page->driver == NULL) {
        rt_json_write_null(json, "guest");
        return;
    }
    known = page->crypto->guest(page->file, page->rom.slot, page->device.vendor,
                                page->device.device, as_default, as_romfile, NULL) == 0;
    rt_json_begin_object(json, "guest");
    rt_json_write_string(json, "device", page->driver);
    rt_json_write_boolean(json, "by_name", page->driver_by_name);
    write_size(json, "vendor_id", page->device.vendor);
    write_size(json, "device_id", page->device.device);
    rt_json_begin_array(json, "patch");
    for (size_t i = 0; i < page->patch.n; i++) {
        rt_json_begin_object(json, NULL);
        write_size(json, "offset", page->patch.bytes[i].offset);
        write_size(json, "from", page->patch.bytes[i].from);
        write_size(json, "to", page->patch.bytes[i].to);
        rt_json_end_object(json);
    }
    rt_json_end_array(json);
    write_sha256(json, "default_sha256", known ? as_default : NULL);
    write_sha256(json, "romfile_sha256", known ? as_romfile : NULL);
    rt_json_end_object(json);
}

static void write_composition(const struct rt_rom_prospects *prospects, struct rt_json_writer *json)
{
    rt_json_begin_object(json, "composition");
    rt_json_write_boolean(json, "x86", prospects->has_x86);
    rt_json_begin_array(json, "efi");
    for (size_t i = 0; i < prospects->n_efi_machines; i++)
        write_size(json, NULL, prospects->efi_machines[i]);
    rt_json_end_array(json);
    rt_json_end_object(json);
}

static void write_answers(const struct page *page, struct rt_json_writer *json)
{
    rt_json_begin_array(json, "consumers");
    for (enum rt_rom_consumer consumer = 0; consumer < RT_CONSUMERS && page->images > 0;
         consumer++) {
        struct rt_rom_answer answer;

        rt_rom_answer(&page->prospects, &page->rom, consumer, &answer);
        rt_json_begin_object(json, NULL);
        rt_json_write_string(json, "name", rt_rom_consumer_name(consumer));
        rt_json_write_string(json, "outcome", rt_rom_outcome_name(answer.outcome));
        rt_json_write_string(json, "why", answer.why);
        rt_json_end_object(json);
    }
    rt_json_end_array(json);
}

static void write_summary(const struct page *page, struct rt_json_writer *json)
{
    uint8_t sha256[32];
    char fill[3];

    write_size(json, "size", page->rom.size);
    write_size(json, "preamble", page->rom.preamble);
    write_size(json, "content_length", page->rom.content_length);
    write_size(json, "slot", page->rom.slot);
    write_size(json, "headroom", page->rom.slot - page->rom.content_length);
    (void)snprintf(fill, sizeof(fill), "%02x", (unsigned)page->rom.fill & 0xffU);
    if (page->rom.fill >= 0)
        rt_json_write_string(json, "fill", fill);
    else
        rt_json_write_null(json, "fill");
    write_sha256(json, "sha256",
                 page->file.data != NULL && page->crypto->sha256(page->file, sha256, NULL) == 0
                     ? sha256
                     : NULL);
    rt_json_write_string(json, "verdict", verdict_name(page->status));
}

static void write_finding(void *user, const struct rt_finding *finding)
{
    const struct document *document = user;

    finding_json(finding, document->json);
    flush(document->json);
}

void page_json(struct page *page, struct rt_json_writer *json)
{
    struct document document = {page, json};

    rt_json_begin_object(json, NULL);
    rt_json_write_string(json, "path", page->path);
    rt_json_begin_array(json, "images");
    page_each_image(page, write_image, &document);
    rt_json_end_array(json);
    write_summary(page, json);
    write_device(page, json);
    write_composition(&page->prospects, json);
    write_answers(page, json);
    rt_json_begin_array(json, "findings");
    page_each_finding(page, write_finding, &document);
    rt_json_end_array(json);
    rt_json_end_object(json);
}
