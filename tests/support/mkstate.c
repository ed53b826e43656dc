/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mkstate stream|libvirt|qcow2 OPTION... > x: saved guests for tests that are no C programs.
 * Nothing is written unless all options make sense.
 *
 *   mkstate stream --machine pc-q35-7.2 --block pc.ram=1M \
 *           --block 0000:00:03.0/virtio-net-pci.rom=256K@efi-virtio.rom > x.stream
 *   mkstate libvirt --xml guest.xml --stream x.stream > x.save
 */
#include "image-builder.h"
#include "state-builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: mkstate stream|libvirt|qcow2 OPTION... > x\n"
    "\n"
    "stream: what QEMU's migration writes\n"
    "  --machine NAME       its machine type (default none, as up to pc-i440fx-2.3)\n"
    "  --block BLOCK        a RAM block: NAME=SIZE[@FILE][,FIELD]...; its bytes are FILE's, then\n"
    "                       zeroes; \\xHH in NAME is a byte. FIELD: page-size=SIZE (of huge "
    "pages,\n"
    "                       with postcopy), address=N, ignored (x-ignore-shared),\n"
    "                       pages=normal|compressed|xbzrle|none\n"
    "  --page-bits N        of the target's page, stated (default not, and 12)\n"
    "  --capability NAME    x-ignore-shared or mapped-ram\n"
    "  --base OFFSET        where mapped-ram's file begins before the stream\n"
    "  --uuid, --subsection NAME    further parts of the configuration\n"
    "  --return-path, --ping, --advise, --advise-empty    commands\n"
    "  --early, --bulk      sections before the memory, and beside it\n"
    "  --flush              multifd's mark behind each pass\n"
    "  --passes N           over the memory (default 1)\n"
    "  --no-footers         as up to pc-i440fx-2.3\n"
    "  --no-end             nothing behind the memory\n"
    "  --ram-id N           of the memory's section (default 2)\n"
    "  --cut N              only the first N bytes\n"
    "\n"
    "libvirt: a save image\n"
    "  --xml FILE           the domain\n"
    "  --cookie FILE        what libvirt keeps beside it\n"
    "  --stream FILE        what follows, compressed or not\n"
    "  --format NAME        what the header calls it: raw, gzip, bzip2, xz, lzop, zstd, sparse, "
    "or\n"
    "                       a number\n"
    "  --big-endian, --partial, --running    of the header\n"
    "  --slack N            zeroes behind the XML (default 65536)\n"
    "\n"
    "qcow2: a disk image with snapshots\n"
    "  --snapshot ID:NAME[=FILE]    one, with this stream\n"
    "  --version 2|3, --cluster-bits N, --extended-l2    of the image\n"
    "\n"
    "Numbers as romtool takes them: 1024, 0x400, 1K.\n";

static _Noreturn void fail(const char *word, const char *what)
{
    fprintf(stderr, "mkstate: '%s': %s\n", word, what);
    exit(2);
}

static uint64_t number(const char *text)
{
    uint64_t value;

    if (strcmp(text, "0") == 0)
        return 0;
    if (!rt_size_parse(text, &value))
        fail(text, "not a number");
    return value;
}

/* Files live as long as the program: from here they can be reached to its end. */
static struct rt_buffer *loaded;

static struct rt_bytes load(const char *path)
{
    struct rt_buffer buf = {0};
    struct loaded {
        struct rt_buffer file;
        struct rt_buffer *before;
    } *file = calloc(1, sizeof(*file));
    char chunk[65536];
    FILE *f = fopen(path, "rb");
    size_t n;

    if (f == NULL)
        fail(path, "cannot be opened");
    while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
        rt_buffer_append(&buf, chunk, n);
    rt_buffer_append(&buf, "", 1); /* a text ends */
    if (ferror(f) || fclose(f) != 0 || buf.failed || file == NULL)
        fail(path, "cannot be read");
    file->file = buf;
    file->before = loaded;
    loaded = &file->file;
    return (struct rt_bytes){(const uint8_t *)buf.data, buf.len - 1};
}

/* What a command line is gone through with. */
struct words {
    char **at; /* the next word; the last is NULL */
    const char *option;
};

static bool is(const struct words *words, const char *option)
{
    return strcmp(words->option, option) == 0;
}

static char *value(struct words *words)
{
    if (*words->at == NULL)
        fail(words->option, "its value is missing");
    return *words->at++;
}

/* ------------------------------------------------------------------------- stream */

#define BLOCKS_MAX 5000 /* more than romtool takes */

/* \xHH becomes that byte, in place. */
static void unescape(char *name)
{
    char *to = name;

    for (const char *from = name; *from != '\0'; to++) {
        unsigned byte;

        if (sscanf(from, "\\x%2x", &byte) == 1) {
            *to = (char)byte;
            from += 4;
        } else {
            *to = *from++;
        }
    }
    *to = '\0';
}

static void read_field(struct sb_block *block, const char *field)
{
    static const char *const pages[] = {"pages=normal", "pages=compressed", "pages=xbzrle",
                                        "pages=none"};

    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        if (strcmp(field, pages[i]) == 0) {
            block->pages = (enum sb_pages)i;
            return;
        }
    }
    if (strncmp(field, "page-size=", 10) == 0)
        block->page_size = number(field + 10);
    else if (strncmp(field, "address=", 8) == 0)
        block->address = number(field + 8);
    else if (strcmp(field, "ignored") == 0)
        block->ignored = true;
    else
        fail(field, "no such field");
}

/* NAME=SIZE[@FILE][,FIELD]... */
static struct sb_block read_block(char *word)
{
    struct sb_block block = {.name = word};
    char *size = strchr(word, '='), *path, *field;

    if (size == NULL)
        fail(word, "NAME=SIZE expected");
    *size++ = '\0';
    unescape(word);
    (void)strtok(size, ",");
    while ((field = strtok(NULL, ",")) != NULL)
        read_field(&block, field);
    path = strchr(size, '@');
    if (path != NULL) {
        struct rt_bytes bytes;

        *path++ = '\0';
        bytes = load(path);
        block.data = bytes.data;
        block.data_len = bytes.len;
    }
    block.length = number(size);
    return block;
}

static bool read_flag(const struct words *words, struct sb_spec *spec)
{
    const struct {
        const char *option;
        bool *flag;
    } flags[] = {
        {"--uuid", &spec->uuid}, {"--return-path", &spec->return_path},
        {"--ping", &spec->ping}, {"--early", &spec->early},
        {"--bulk", &spec->bulk}, {"--flush", &spec->flush},
    };

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (is(words, flags[i].option))
            return *flags[i].flag = true;
    }
    if (is(words, "--advise"))
        spec->advise = 1;
    else if (is(words, "--advise-empty"))
        spec->advise = -1;
    else if (is(words, "--no-footers"))
        spec->footers = false;
    else if (is(words, "--no-end"))
        spec->whole = false;
    else
        return false;
    return true;
}

static void read_capability(struct sb_spec *spec, const char *name)
{
    if (strcmp(name, "x-ignore-shared") == 0)
        spec->ignore_shared = true;
    else if (strcmp(name, "mapped-ram") == 0)
        spec->mapped_ram = true;
    else
        fail(name, "no such capability");
}

static void make_stream(struct words *words, struct rt_buffer *out)
{
    static struct sb_block blocks[BLOCKS_MAX];
    struct sb_spec spec = {.footers = true, .whole = true, .blocks = blocks};
    uint64_t cut = UINT64_MAX;

    while ((words->option = *words->at) != NULL) {
        words->at++;
        if (read_flag(words, &spec))
            continue;
        if (is(words, "--machine"))
            spec.machine = value(words);
        else if (is(words, "--block") && spec.n < BLOCKS_MAX)
            blocks[spec.n++] = read_block(value(words));
        else if (is(words, "--page-bits"))
            spec.page_bits = (unsigned)number(value(words));
        else if (is(words, "--capability"))
            read_capability(&spec, value(words));
        else if (is(words, "--base"))
            spec.base = number(value(words));
        else if (is(words, "--subsection"))
            spec.subsection = value(words);
        else if (is(words, "--passes"))
            spec.passes = (size_t)number(value(words));
        else if (is(words, "--ram-id"))
            spec.ram_id = (uint32_t)number(value(words));
        else if (is(words, "--cut"))
            cut = number(value(words));
        else
            fail(words->option, "no such option");
    }
    sb_stream(out, &spec);
    if (cut < out->len)
        out->len = (size_t)cut;
}

/* ------------------------------------------------------------------------- containers */

static uint32_t read_format(const char *name)
{
    static const char *const names[] = {"raw", "gzip", "bzip2", "xz", "lzop", "zstd", "sparse"};

    for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0)
            return i;
    }
    return (uint32_t)number(name);
}

static void make_libvirt(struct words *words, struct rt_buffer *out)
{
    struct ib_save spec = {.slack = 65536};
    struct rt_bytes stream = {0};

    while ((words->option = *words->at) != NULL) {
        words->at++;
        if (is(words, "--xml"))
            spec.xml = (const char *)load(value(words)).data;
        else if (is(words, "--cookie"))
            spec.cookie = (const char *)load(value(words)).data;
        else if (is(words, "--stream"))
            stream = load(value(words));
        else if (is(words, "--format"))
            spec.format = read_format(value(words));
        else if (is(words, "--big-endian"))
            spec.big_endian = true;
        else if (is(words, "--partial"))
            spec.partial = true;
        else if (is(words, "--running"))
            spec.was_running = 1;
        else if (is(words, "--slack"))
            spec.slack = (size_t)number(value(words));
        else
            fail(words->option, "no such option");
    }
    ib_save(out, &spec);
    rt_buffer_append(out, stream.data, stream.len);
}

#define SNAPSHOTS_MAX 64

/* ID:NAME[=FILE] */
static struct ib_snapshot read_snapshot(char *word)
{
    struct ib_snapshot snapshot = {.id = word, .extra_size = 16};
    char *name = strchr(word, ':'), *path;

    if (name == NULL)
        fail(word, "ID:NAME expected");
    *name++ = '\0';
    snapshot.name = name;
    path = strchr(name, '=');
    if (path != NULL) {
        *path++ = '\0';
        snapshot.state = load(path);
    }
    return snapshot;
}

static void make_qcow2(struct words *words, struct rt_buffer *out)
{
    static struct ib_snapshot snapshots[SNAPSHOTS_MAX];
    struct ib_qcow2 spec = {.snapshots = snapshots};

    while ((words->option = *words->at) != NULL) {
        words->at++;
        if (is(words, "--snapshot") && spec.n_snapshots < SNAPSHOTS_MAX)
            snapshots[spec.n_snapshots++] = read_snapshot(value(words));
        else if (is(words, "--version"))
            spec.version = (unsigned)number(value(words));
        else if (is(words, "--cluster-bits"))
            spec.cluster_bits = (unsigned)number(value(words));
        else if (is(words, "--extended-l2"))
            spec.extended_l2 = true;
        else
            fail(words->option, "no such option");
    }
    ib_qcow2(out, &spec);
}

int main(int argc, char **argv)
{
    struct words words = {.at = argv + 2};
    struct rt_buffer out = {0};
    int written;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return fclose(stdout) == 0 ? 0 : 3;
    }
    if (argc < 2) {
        fputs(usage, stderr);
        return 2;
    }
    if (strcmp(argv[1], "stream") == 0)
        make_stream(&words, &out);
    else if (strcmp(argv[1], "libvirt") == 0)
        make_libvirt(&words, &out);
    else if (strcmp(argv[1], "qcow2") == 0)
        make_qcow2(&words, &out);
    else
        fail(argv[1], "stream, libvirt or qcow2 expected");
    written = !out.failed && (out.len == 0 || fwrite(out.data, out.len, 1, stdout) == 1);
    rt_buffer_free(&out);
    if (!written || fclose(stdout) != 0) {
        fputs("mkstate: cannot write\n", stderr);
        return 3;
    }
    return 0;
}
