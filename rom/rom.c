/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk along the image chain. Layout: PCI Firmware 3.0, section 5.1 (header and PCIR of every
 * image), and UEFI 2.10, chapter 14 (header of an EFI image). Where those are silent, what firmware
 * does decides: SeaBIOS src/optionroms.c, edk2 PciBusDxe/PciOptionRomSupport.c.
 *
 * What is reported, and when:
 *
 *   truncated        error    the file ends inside an image; the offset is where it ends
 *   bad-pcir         error    no PCIR where the header points, or one that firmware rejects
 *                    warning  a PCIR of revision 3 without the fields of revision 3
 *   bad-length       error    an image of 0 bytes, or an initialization size of 0 bytes or beyond
 *                             the image
 *   length-wrap      error    an x86 image whose initialization size lost its upper bits
 *   bad-checksum     error    an x86 image whose bytes do not sum to zero
 *   bad-efi-header   error    an EFI image that edk2 does not load
 *                    warning  one that edk2 leaves alone: no driver
 *   bad-compression, bad-pe, machine-mismatch, bad-certificate, certificate-not-at-end
 *                             rom/program.c, rom/pe.c
 *   bad-npde         error    NVIDIA's extension of the PCIR, where it cannot be believed
 *   no-last-image    error    an image that is not the last, and none follows
 *   hidden-image     warning  images behind the last one
 *   decoy            warning  what looks like an image inside of one
 *   trailing-data    warning  bytes behind the last image that are no fill of 0x00 or 0xff
 *   preamble         warning  NVIDIA's bytes before the first image
 *   bad-device-list, bad-pointer, bad-fcode
 *                    warning  pointers that lead out of their image, or to nothing
 *   bad-pnp, pnp-loop, bad-undi, bad-ipxe
 *                             rom/x86.c
 *   no-pcir          info     an ISA ROM
 *   blank            info     nothing but 0x00 or 0xff
 *
 * The walk stops where it cannot know where the next image is: where the file is cut, where a PCIR
 * is missing, at a length of 0.
 */
#include "rom/rom.h"

#include "rom/efi.h"
#include "rom/image.h"
#include "rom/pcir.h"
#include "rom/program.h"

/* Only in the first bytes is the first image looked for, behind NVIDIA's preamble. */
#define PREAMBLE_MAX ((size_t)1 << 20)

/* What an image says about the rest of the file. */
enum step {
    STEP_NEXT, /* another image follows */
    STEP_LAST, /* the chain ends here */
    STEP_STOP, /* no telling: reported */
};

/* The programs of EFI images, where they are asked for. */
struct programs {
    size_t budget; /* bytes that may still be decompressed */
    int r;
    struct romtool_error *err;
};

struct walk {
    struct rt_bytes file;
    struct programs *programs; /* NULL: they are not read */
    void (*image)(void *user, const struct rt_rom_image *image);
    void *user;
    const struct rt_findings *findings;
    struct rt_rom *rom;
};

/* Does the chain go on here? NVIDIA's own signatures count only with a PCIR. */
static bool has_signature(struct rt_bytes rest)
{
    /* A lone 55 at the end of the file is an image too, cut after its first byte. */
    return rt_bytes_equal_at(rest, 0, "\x55\xaa", rest.len == 1 ? 1 : 2) ||
           rt_pcir_starts_image(rest);
}

static bool is_uniform(struct rt_bytes bytes)
{
    return bytes.len > 0 && rt_bytes_tail(bytes) == bytes.len;
}

/* The initialization size in bytes, as the header's own kind has it. */
static size_t init_size(struct rt_bytes rest)
{
    return rt_efi_has_signature(rest) ? rt_efi_init_size(rest) : rt_x86_init_size(rest);
}

static void add_image(const struct walk *w, const struct rt_rom_image *image)
{
    w->rom->images++;
    w->rom->content_length = image->offset + image->length;
    if (w->image != NULL)
        w->image(w->user, image);
}

/* Cuts an image down to what the file has of it. False where something is missing. */
static bool clip(const struct walk *w, struct rt_bytes rest, struct rt_rom_image *image)
{
    if (image->length <= rest.len)
        return true;
    rt_truncated_report(rest, image->length, w->findings, image);
    image->length = rest.len;
    return false;
}

/* ------------------------------------------------------------------------- images without PCIR */

/*
 * QEMU's kvmvapic.bin has code where a PCI ROM has its pointer. An ISA ROM is believed where
 * nothing speaks for PCI: whole, with a good sum, the pointer nowhere that a PCIR could be, and
 * none around.
 */
static bool is_isa(struct rt_bytes image, uint16_t pointer)
{
    bool plausible =
        pointer % 4 == 0 && pointer >= RT_HEADER_SIZE && rt_bytes_has(image, pointer, RT_PCIR_SIZE);

    if (plausible || rt_bytes_sum8(image) != 0)
        return false;
    for (size_t off = 0; off < image.len; off += 4) {
        if (rt_bytes_equal_at(image, off, "PCIR", 4))
            return false;
    }
    return true;
}

static enum step read_isa(const struct walk *w, struct rt_bytes rest, struct rt_rom_image *image)
{
    size_t declared = rt_x86_init_size(rest);

    rt_finding_add(w->findings, ROMTOOL_E_NO_PCIR, RT_INFO, image->offset + RT_HEADER_PCIR,
                   "an ISA ROM: no PCI data structure, no ids, no chain");
    image->type = RT_ROM_X86;
    image->last = true;
    image->declared = image->length = declared;
    (void)clip(w, rest, image);
    (void)rt_bytes_slice(rest, 0, image->length, &rest);
    rt_x86_check(rest, declared, w->findings, image);
    rt_decoy_check(rest, w->findings, image);
    add_image(w, image);
    return declared > 0 ? STEP_LAST : STEP_STOP;
}

static enum step read_cut(const struct walk *w, struct rt_bytes rest, struct rt_rom_image *image)
{
    rt_finding_add(w->findings, ROMTOOL_E_TRUNCATED, RT_ERROR, w->file.len,
                   "the file ends %zu bytes into image %zu, before its PCI data structure: a "
                   "cut dump",
                   rest.len, image->index);
    image->type = rt_efi_has_signature(rest) ? RT_ROM_EFI : RT_ROM_UNKNOWN;
    image->declared = image->length = rest.len;
    add_image(w, image);
    return STEP_STOP;
}

/* Tells an ISA ROM from a PCI ROM that was cut and from one that is broken. */
static enum step read_without_pcir(const struct walk *w, struct rt_bytes rest, uint16_t pointer,
                                   struct rt_rom_image *image)
{
    bool efi = rt_efi_has_signature(rest);
    size_t declared = init_size(rest);
    struct rt_bytes own = {NULL, 0};
    bool whole = declared != 0 && rt_bytes_slice(rest, 0, declared, &own);

    if (image->index == 0 && !efi && (pointer == 0 || (whole && is_isa(own, pointer))))
        return read_isa(w, rest, image);
    if (!whole && !rt_bytes_has(rest, pointer, RT_PCIR_SIZE))
        return read_cut(w, rest, image);
    rt_finding_add(w->findings, ROMTOOL_E_BAD_PCIR, RT_ERROR, image->offset + RT_HEADER_PCIR,
                   "the header of image %zu points at 0x%x, no PCI data structure is there",
                   image->index, (unsigned)pointer);
    return STEP_STOP;
}

/* ------------------------------------------------------------------------- images with PCIR */

/* What the image's type asks for. bytes is what the file has of it. */
static void read_by_type(const struct walk *w, struct rt_bytes bytes, size_t declared,
                         struct rt_rom_image *image)
{
    switch (image->type) {
    case RT_ROM_X86:
        if (image->signature == RT_ROM_SIGNATURE) /* no BIOS sums what only NVIDIA's driver finds */
            rt_x86_check(bytes, declared, w->findings, image);
        break;
    case RT_ROM_OPENFIRMWARE:
        rt_openfirmware_check(bytes, declared, w->findings, image);
        break;
    case RT_ROM_EFI:
        rt_efi_read(bytes, declared, w->findings, image);
        if (w->programs != NULL && w->programs->r == 0 && bytes.len == declared)
            w->programs->r = rt_rom_program_read(bytes, image, &w->programs->budget, w->findings,
                                                 w->programs->err);
        break;
    case RT_ROM_HPPA:
    case RT_ROM_UNKNOWN:
        break;
    }
}

static enum step read_with_pcir(const struct walk *w, struct rt_bytes rest, uint16_t pointer,
                                struct rt_rom_image *image)
{
    size_t declared;
    bool whole;

    rt_pcir_read(rest, pointer, w->findings, image);
    declared = image->declared = image->length;
    if (declared == 0) {
        rt_finding_add(w->findings, ROMTOOL_E_BAD_LENGTH, RT_ERROR,
                       (uint64_t)image->offset + pointer + RT_PCIR_IMAGE_LENGTH,
                       "image %zu declares a length of 0 bytes", image->index);
        add_image(w, image);
        return STEP_STOP;
    }
    whole = clip(w, rest, image);
    (void)rt_bytes_slice(rest, 0, image->length, &rest);
    rt_pcir_follow(rest, declared, w->findings, image);
    read_by_type(w, rest, declared, image);
    if (whole)
        rt_decoy_check(rest, w->findings, image);
    add_image(w, image);
    if (!whole)
        return STEP_STOP;
    return image->last ? STEP_LAST : STEP_NEXT;
}

/* Reads the image behind those read so far. */
static enum step read_image(const struct walk *w, struct rt_bytes rest)
{
    struct rt_rom_image image = {
        .index = w->rom->images,
        .offset = w->rom->content_length,
        .type = RT_ROM_UNKNOWN,
    };
    uint16_t pointer = 0, found;

    (void)rt_bytes_u16le(rest, 0, &image.signature);
    if (!rt_bytes_u16le(rest, RT_HEADER_PCIR, &pointer))
        return read_cut(w, rest, &image);
    if (rt_pcir_find(rest, &found))
        return read_with_pcir(w, rest, found, &image);
    return read_without_pcir(w, rest, pointer, &image);
}

/* ------------------------------------------------------------------------- the whole file */

static struct rt_bytes rest_of(const struct walk *w)
{
    struct rt_bytes rest;

    (void)rt_bytes_slice(w->file, w->rom->content_length, w->file.len - w->rom->content_length,
                         &rest);
    return rest;
}

/*
 * Is what lies behind the last image fill? Any one byte counts as fill in struct rt_rom, but only
 * 0x00 and 0xff are what someone pads with.
 */
static void check_trailing(const struct walk *w, struct rt_bytes rest)
{
    if (w->rom->fill < 0)
        rt_finding_add(w->findings, ROMTOOL_E_TRAILING_DATA, RT_WARNING, w->rom->content_length,
                       "%zu bytes behind the last image are not fill", rest.len);
    else if (w->rom->fill != 0x00 && w->rom->fill != 0xff)
        rt_finding_add(w->findings, ROMTOOL_E_TRAILING_DATA, RT_WARNING, w->rom->content_length,
                       "%zu bytes behind the last image are all 0x%02x, neither 0x00 nor 0xff",
                       rest.len, (unsigned)w->rom->fill);
}

/* Images that the chain does not reach, at once behind it or behind fill. */
static bool has_hidden(const struct walk *w, struct rt_bytes rest)
{
    size_t first, n = rt_pcir_scan(rest, 0, &first);

    if (n > 0)
        rt_finding_add(w->findings, ROMTOOL_E_HIDDEN_IMAGE, RT_WARNING,
                       (uint64_t)w->rom->content_length + first,
                       "what looks like an image starts behind the last one, where no firmware "
                       "finds it (1 of %zu)",
                       n);
    return n > 0;
}

/* Each round but the last consumes at least one unit. */
static void walk_chain(const struct walk *w)
{
    struct rt_bytes rest = rest_of(w);
    enum step step = STEP_NEXT;
    uint8_t fill = 0;

    while (step == STEP_NEXT && has_signature(rest)) {
        step = read_image(w, rest);
        rest = rest_of(w);
    }
    if (is_uniform(rest) && rt_bytes_u8(rest, 0, &fill))
        w->rom->fill = fill;
    if (step == STEP_NEXT)
        rt_finding_add(w->findings, ROMTOOL_E_NO_LAST_IMAGE, RT_ERROR, w->rom->content_length,
                       "image %zu is not marked as the last, but no image follows it",
                       w->rom->images - 1);
    if (step == STEP_STOP || rest.len == 0)
        return;
    if (!has_hidden(w, rest) && step == STEP_LAST)
        check_trailing(w, rest);
}

/*
 * NVIDIA's dumps may begin with tables of the card's own, "NVGI", in front of what the BIOS finds:
 * the first image is where the first 55 AA with a PCIR is.
 */
static bool skip_preamble(const struct walk *w)
{
    struct rt_bytes rest;

    if (!rt_bytes_equal_at(w->file, 0, "NVGI", 4))
        return false;
    for (size_t at = RT_ROM_UNIT; at < w->file.len && at < PREAMBLE_MAX; at += RT_ROM_UNIT) {
        (void)rt_bytes_slice(w->file, at, w->file.len - at, &rest);
        if (!rt_bytes_equal_at(rest, 0, "\x55\xaa", 2) || !rt_pcir_starts_image(rest))
            continue;
        w->rom->preamble = at;
        w->rom->content_length = at;
        rt_finding_add(w->findings, ROMTOOL_E_PREAMBLE, RT_WARNING, 0,
                       "%zu bytes of NVIDIA's are before the first image: firmware looks for it "
                       "at the start",
                       at);
        return true;
    }
    return false;
}

int rt_rom_read(struct rt_bytes file, unsigned flags,
                void (*image)(void *user, const struct rt_rom_image *image), void *user,
                const struct rt_findings *findings, struct rt_rom *ret, struct romtool_error *err)
{
    struct programs programs = {RT_ROM_PROGRAMS_MAX, 0, err};
    struct walk w = {
        file, (flags & RT_ROM_PAYLOADS) != 0 ? &programs : NULL, image, user, findings, ret,
    };
    uint8_t first = 0;

    rt_error_clear(err);
    *ret = (struct rt_rom){.fill = -1};
    if (!rt_bytes_u8(file, 0, &first))
        return rt_error_set(err, ROMTOOL_E_EMPTY, 0, "the file is empty");
    if (file.len > ROMTOOL_SLOT_MAX)
        return rt_error_set(err, ROMTOOL_E_TOO_LARGE, ROMTOOL_SLOT_MAX,
                            "%zu bytes, no ROM is larger than %zu", file.len,
                            (size_t)ROMTOOL_SLOT_MAX);
    if ((first == 0x00 || first == 0xff) && is_uniform(file)) {
        ret->fill = first;
        rt_finding_add(findings, ROMTOOL_E_BLANK, RT_INFO, 0,
                       "nothing but 0x%02x: a slot without a ROM", (unsigned)first);
    } else if (!(rt_bytes_equal_at(file, 0, "\x55\xaa", 2) || rt_pcir_starts_image(file) ||
                 skip_preamble(&w))) {
        return rt_error_set(err, ROMTOOL_E_NOT_A_ROM, 0, "does not begin with 55 aa");
    } else {
        walk_chain(&w);
    }
    ret->size = file.len;
    ret->slot = rt_size_to_power_of_two(file.len);
    return programs.r;
}
