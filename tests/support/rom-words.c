/* SPDX-License-Identifier: BSD-2-Clause */
#include "rom-words.h"

#include "core/bytes.h"
#include "romtool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Builds a ROM file. Each word appends something or changes what is there:\n"
    "\n"
    "  x86 | efi | openfirmware | hppa | unknown | isa [:FIELD=VALUE,...]\n"
    "                               an image, valid unless a field says otherwise\n"
    "  pad:to=SIZE[,fill=BYTE]      fill up to SIZE bytes (default 0x00)\n"
    "  raw:bytes=HEX                these bytes\n"
    "  patch:at=OFFSET,bytes=HEX    write over what is there; fixes no checksum\n"
    "  cut:to=SIZE                  drop everything behind SIZE bytes\n"
    "\n"
    "Numbers as romtool takes them: 1024, 0x400, 1K. Fields of an image:\n"
    "\n";

struct field {
    const char *name;
    size_t offset; /* in struct rb_spec */
    const char *help;
};

#define FIELD(name, member, help)                                                                  \
    {                                                                                              \
        name, offsetof(struct rb_spec, member), help                                               \
    }

static const struct field fields[] = {
    FIELD("length", length, "bytes of the image, a multiple of 512"),
    FIELD("body", body, "the byte that fills the rest of it (default 0xff)"),
    FIELD("vendor", vendor, "default 0x1af4"),
    FIELD("device", device, "default 0x1000"),
    FIELD("class", class_code, "default 0x020000"),
    FIELD("revision", revision, "of the PCIR: 0 or 3"),
    FIELD("code-type", code_type, "default as the image has it"),
    FIELD("indicator", indicator, "default 0x80 in the last image, else 0"),
    FIELD("units", units, "the length that the PCIR states, in 512 bytes"),
    FIELD("init-units", init_units, "the initialization size, in 512 bytes"),
    FIELD("sum", sum, "what an x86 or ISA image sums to (default 0)"),
    FIELD("pcir-at", pcir_at, "where the PCIR is (default 0x1c)"),
    FIELD("pcir-pointer", pcir_pointer, "where the header says that it is"),
    FIELD("pcir-size", pcir_size, "the size that it states"),
    FIELD("pcir-signature", pcir_signature, "default 0x52494350, \"PCIR\""),
    FIELD("signature", signature, "of the header (default 0xaa55)"),
    FIELD("runtime-units", runtime_units, "revision 3: run-time length, in 512 bytes"),
    FIELD("vpd", vpd, "revision 0: pointer to vital product data"),
    FIELD("config-utility", config_utility, "revision 3: pointer to configuration code"),
    FIELD("clp", clp, "revision 3: pointer to the DMTF CLP entry"),
    FIELD("devices", devices, "revision 3: so many further device ids (default 0)"),
    FIELD("device-list-at", device_list_at, "where they are (default 0x140)"),
    FIELD("device-list", device_list, "the PCIR's pointer to them, from itself"),
    FIELD("device-list-end", device_list_end, "what is behind them (default 0)"),
    FIELD("npde", npde, "1: NVIDIA's NPDE is behind the PCIR"),
    FIELD("npde-units", npde_units, "the length that it states, in 512 bytes"),
    FIELD("npde-last", npde_last, "its indicator"),
    FIELD("npde-revision", npde_revision, "default 0x101"),
    FIELD("npde-size", npde_size, "the size that it states (default 0x0b)"),
    FIELD("pnp", pnp, "so many chained $PnP headers (default 0)"),
    FIELD("pnp-at", pnp_at, "where the first is (default 0x60)"),
    FIELD("pnp-next", pnp_next, "where the last points at"),
    FIELD("pnp-length", pnp_length, "in 16 bytes (default 2)"),
    FIELD("pnp-sum", pnp_sum, "what each sums to"),
    FIELD("pnp-type", pnp_type, "default 0x000002, base type lowest"),
    FIELD("pnp-bcv", pnp_bcv, "boot connection vector"),
    FIELD("pnp-dv", pnp_dv, "disconnect vector"),
    FIELD("pnp-bev", pnp_bev, "bootstrap entry vector (default 3)"),
    FIELD("pnp-manufacturer", pnp_manufacturer, "pointer to a string"),
    FIELD("pnp-product", pnp_product, "pointer to a string"),
    FIELD("undi", undi, "where the UNDI ROM ID is"),
    FIELD("undi-pointer", undi_pointer, "where the header says that it is"),
    FIELD("undi-length", undi_length, "default 0x16"),
    FIELD("undi-sum", undi_sum, "what it sums to"),
    FIELD("ipxe", ipxe, "where the iPXE header is"),
    FIELD("ipxe-pointer", ipxe_pointer, "where the header says that it is"),
    FIELD("ipxe-length", ipxe_length, "default 0x0c"),
    FIELD("ipxe-sum", ipxe_sum, "what it sums to"),
    FIELD("ipxe-shrunk", ipxe_shrunk, "shrunk length, in 512 bytes (default 1)"),
    FIELD("bofm", bofm, "the BOFM pointer"),
    FIELD("fcode-at", fcode_at, "where the FCode is said to start (default 0x40)"),
    FIELD("fcode-byte", fcode_byte, "its first byte (default 0xfd)"),
    FIELD("efi-signature", efi_signature, "default 0x0ef1"),
    FIELD("subsystem", subsystem, "default 0x0b, a boot service driver"),
    FIELD("machine", machine, "default 0x8664, x86-64"),
    FIELD("compression", compression, "default 0; 1: the program is compressed"),
    FIELD("pe-at", pe_at, "where the EFI program starts (default 0x38)"),
};

static const struct {
    const char *name;
    enum rb_kind kind;
} kinds[] = {
    {"x86", RB_X86},   {"efi", RB_EFI},         {"openfirmware", RB_OPENFIRMWARE},
    {"hppa", RB_HPPA}, {"unknown", RB_UNKNOWN}, {"isa", RB_ISA},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct word {
    const char *words; /* for the error message: where it stands */
    char *rest;        /* what is left of its "KEY=VALUE,..." */
};

static _Noreturn void fail(const struct word *word, const char *what)
{
    fprintf(stderr, "rom-words: '%s': %s\n", word->words, what);
    exit(2);
}

/* The next KEY=VALUE of the word, or false. */
static bool next(struct word *word, const char **ret_key, char **ret_value)
{
    char *pair = word->rest, *comma, *equals;

    if (pair == NULL)
        return false;
    comma = strchr(pair, ',');
    word->rest = comma != NULL ? comma + 1 : NULL;
    if (comma != NULL)
        *comma = '\0';
    equals = strchr(pair, '=');
    if (equals == NULL)
        fail(word, "KEY=VALUE expected");
    *equals = '\0';
    *ret_key = pair;
    *ret_value = equals + 1;
    return true;
}

static int64_t number(const struct word *word, const char *text)
{
    uint64_t value;

    if (!rt_size_parse(text, &value) || value > ROMTOOL_SLOT_MAX * 64)
        fail(word, "not a number, or too large");
    return (int64_t)value;
}

/* Hex digits to bytes, in place. */
static size_t hex(const struct word *word, char *text)
{
    size_t n = strlen(text) / 2;
    uint8_t *bytes = malloc(n + 1);

    if (bytes == NULL || !rt_bytes_from_hex(text, bytes, n))
        fail(word, "not lower-case hex digits");
    memcpy(text, bytes, n);
    free(bytes);
    return n;
}

static void add_image(struct rom_builder *rb, struct word *word, enum rb_kind kind)
{
    struct rb_spec spec = rb_spec(kind);
    const char *key;
    int64_t count = 1;
    char *value;

    while (next(word, &key, &value)) {
        const struct field *field = NULL;
        int64_t n = number(word, value);

        for (size_t i = 0; i < COUNT(fields); i++)
            field = strcmp(key, fields[i].name) == 0 ? &fields[i] : field;
        if (field != NULL)
            memcpy((char *)&spec + field->offset, &n, sizeof(n));
        else if (strcmp(key, "count") == 0)
            count = n;
        else
            fail(word, "no such field");
    }
    while (count-- > 0)
        rb_image(rb, spec);
}

/* pad, raw, patch and cut: their keys are few enough to read them all first. */
static void apply(struct rom_builder *rb, struct word *word, const char *verb)
{
    int64_t to = -1, at = -1, fill = 0;
    char *bytes = NULL, *value;
    const char *key;
    size_t n = 0;

    while (next(word, &key, &value)) {
        if (strcmp(key, "bytes") == 0) {
            bytes = value;
            n = hex(word, value);
        } else if (strcmp(key, "to") == 0) {
            to = number(word, value);
        } else if (strcmp(key, "at") == 0) {
            at = number(word, value);
        } else if (strcmp(key, "fill") == 0) {
            fill = number(word, value);
        } else {
            fail(word, "no such key");
        }
    }
    if (strcmp(verb, "pad") == 0 && to >= 0)
        rb_pad(rb, (size_t)to, (uint8_t)fill);
    else if (strcmp(verb, "cut") == 0 && to >= 0)
        rb_cut(rb, (size_t)to);
    else if (strcmp(verb, "raw") == 0 && bytes != NULL)
        rb_append(rb, bytes, n);
    else if (strcmp(verb, "patch") == 0 && bytes != NULL && at >= 0)
        rb_patch(rb, (size_t)at, bytes, n);
    else
        fail(word, "no such word, or something is missing");
}

/* verb is a word, and taken apart. */
static void read_word(struct rom_builder *rb, const char *words, char *verb)
{
    struct word word = {.words = words};
    char *colon = strchr(verb, ':');
    size_t i = 0;

    if (colon != NULL) {
        *colon = '\0';
        word.rest = colon + 1;
    }
    while (i < COUNT(kinds) && strcmp(verb, kinds[i].name) != 0)
        i++;
    if (i < COUNT(kinds))
        add_image(rb, &word, kinds[i].kind);
    else
        apply(rb, &word, verb);
}

void rb_words(struct rom_builder *rb, const char *words)
{
    char *copy = malloc(strlen(words) + 1), *word, *end;

    if (copy == NULL)
        fail(&(struct word){.words = words}, "out of memory");
    strcpy(copy, words);
    for (word = copy; *word != '\0'; word = end) {
        end = word + strcspn(word, " ");
        if (*end != '\0')
            *end++ = '\0';
        if (*word != '\0')
            read_word(rb, words, word);
    }
    free(copy);
}

void rb_words_help(void)
{
    fputs(usage, stdout);
    for (size_t i = 0; i < COUNT(fields); i++)
        printf("  %-16s %s\n", fields[i].name, fields[i].help);
    printf("  %-16s %s\n", "count", "so many of this image (default 1)");
}
