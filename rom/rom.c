/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk along the image chain. Layout: PCI Firmware 3.0, section 5.1 (header and PCIR of every
 * image), and UEFI 2.10, chapter 14 (header of an EFI image). Where those are silent, what firmware
 * does decides: SeaBIOS src/optionroms.c, edk2 PciBusDxe/PciOptionRomSupport.c.
 *
 * What is reported, and when:
 *
 *   truncated       error    the file ends inside an image; the offset is where it ends
 *   bad-pcir        error    no PCIR where the header points, or one that firmware rejects
 *                   warning  a PCIR of revision 3 without the fields of revision 3
 *   bad-length      error    an image of 0 bytes, or an initialization size of 0 bytes or beyond
 *                            the image
 *   bad-checksum    error    an x86 image whose bytes do not sum to zero
 *   bad-efi-header  error    an EFI image that edk2 does not load
 *                   warning  one that edk2 leaves alone: no driver
 *   no-last-image   error    an image that is not the last, and none follows
 *   trailing-data   warning  bytes behind the last image that are no fill of 0x00 or 0xff
 *   no-pcir         info     an ISA ROM
 *   blank           info     nothing but 0x00 or 0xff
 *
 * The walk stops where it cannot know where the next image is: where the file is cut, where a PCIR
 * is missing, at a length of 0.
 */
#include "rom/rom.h"

/* In 512-byte units: PCIR's image length, and initialization sizes. */
#define UNIT 512U

/* Offsets in an image's header, and its length. */
#define HEADER_INIT_SIZE             0x02 /* u8; EFI: u16 */
#define HEADER_EFI_SIGNATURE         0x04
#define HEADER_EFI_SUBSYSTEM         0x08
#define HEADER_EFI_COMPRESS          0x0c
#define HEADER_EFI_IMAGE             0x16
#define HEADER_PCIR                  0x18
#define HEADER_SIZE                  0x1aU

#define EFI_SIGNATURE                0x0ef1U
#define EFI_COMPRESSED               1
#define EFI_SUBSYSTEM_BOOT_DRIVER    0x0b
#define EFI_SUBSYSTEM_RUNTIME_DRIVER 0x0c

/* Offsets in the PCIR, and its length: of PCI 2.x, and as extended by PCI Firmware 3.0. */
#define PCIR_VENDOR       0x04
#define PCIR_DEVICE       0x06
#define PCIR_STRUCT_SIZE  0x0a
#define PCIR_REVISION     0x0c
#define PCIR_INTERFACE    0x0d
#define PCIR_CLASS        0x0e
#define PCIR_IMAGE_LENGTH 0x10
#define PCIR_CODE_TYPE    0x14
#define PCIR_INDICATOR    0x15
#define PCIR_SIZE         0x18U
#define PCIR_SIZE_3       0x1cU

/* The indicator's other bits are reserved. */
#define INDICATOR_LAST 0x80

/* What an image says about the rest of the file. */
enum step {
    STEP_NEXT, /* another image follows */
    STEP_LAST, /* the chain ends here */
    STEP_STOP, /* no telling: reported */
};

struct walk {
    struct rt_bytes file;
    void (*image)(void *user, const struct rt_rom_image *image);
    void *user;
    const struct rt_findings *findings;
    struct rt_rom *rom;
};

const char *rt_rom_type_name(enum rt_rom_type type)
{
    switch (type) {
    case RT_ROM_X86:
        return "x86";
    case RT_ROM_OPENFIRMWARE:
        return "openfirmware";
    case RT_ROM_HPPA:
        return "hppa";
    case RT_ROM_EFI:
        return "efi";
    case RT_ROM_UNKNOWN:
        break;
    }
    return "unknown";
}

const char *rt_rom_checksum_name(enum rt_rom_checksum checksum)
{
    switch (checksum) {
    case RT_ROM_CHECKSUM_OK:
        return "ok";
    case RT_ROM_CHECKSUM_BAD:
        return "bad";
    case RT_ROM_CHECKSUM_ABSENT:
        break;
    }
    return "absent";
}

static enum rt_rom_type type_of(uint8_t code_type)
{
    switch (code_type) {
    case 0:
        return RT_ROM_X86;
    case 1:
        return RT_ROM_OPENFIRMWARE;
    case 2:
        return RT_ROM_HPPA;
    case 3:
        return RT_ROM_EFI;
    default:
        return RT_ROM_UNKNOWN;
    }
}

static bool has_signature(struct rt_bytes rest)
{
    /* A lone 55 at the end of the file is an image too, cut after its first byte. */
    return rt_bytes_equal_at(rest, 0, "\x55\xaa", rest.len == 1 ? 1 : 2);
}

static bool is_uniform(struct rt_bytes bytes)
{
    return bytes.len > 0 && rt_bytes_tail(bytes) == bytes.len;
}

static bool is_efi(struct rt_bytes rest)
{
    uint32_t signature = 0;

    return rt_bytes_u32le(rest, HEADER_EFI_SIGNATURE, &signature) && signature == EFI_SIGNATURE;
}

/* The initialization size in bytes; 0 where the header is not there. */
static size_t init_size(struct rt_bytes rest, bool efi)
{
    uint8_t units8 = 0;
    uint16_t units16 = 0;

    if (efi)
        (void)rt_bytes_u16le(rest, HEADER_INIT_SIZE, &units16);
    else
        (void)rt_bytes_u8(rest, HEADER_INIT_SIZE, &units8);
    return (size_t)(efi ? units16 : units8) * UNIT;
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
    rt_finding_add(w->findings, ROMTOOL_E_TRUNCATED, RT_ERROR, w->file.len,
                   "image %zu declares %zu bytes, the file ends after %zu of them: cut off, or a "
                   "wrong length",
                   image->index, image->length, rest.len);
    image->length = rest.len;
    return false;
}

/* ------------------------------------------------------------------------- checks by type */

/*
 * Sums what SeaBIOS sums: the initialization size, not the image length. It is at most the image
 * length, so no byte is summed twice however many images there are. What cannot be summed counts as
 * bad. bytes is what the file has of the image, declared its length.
 */
static void check_x86(const struct walk *w, struct rt_bytes bytes, size_t declared,
                      struct rt_rom_image *image)
{
    size_t size = init_size(bytes, false);
    struct rt_bytes summed;
    uint8_t sum;

    image->checksum = RT_ROM_CHECKSUM_BAD;
    if (size == 0 || size > declared) {
        rt_finding_add(w->findings, ROMTOOL_E_BAD_LENGTH, RT_ERROR,
                       image->offset + HEADER_INIT_SIZE,
                       "the initialization size of image %zu is %zu bytes, its length %zu",
                       image->index, size, declared);
        return;
    }
    if (!rt_bytes_slice(bytes, 0, size, &summed))
        return; /* truncated, and reported as that */
    sum = rt_bytes_sum8(summed);
    if (sum == 0) {
        image->checksum = RT_ROM_CHECKSUM_OK;
        return;
    }
    rt_finding_add(w->findings, ROMTOOL_E_BAD_CHECKSUM, RT_ERROR, image->offset,
                   "the %zu bytes of image %zu sum to 0x%02x instead of 0", size, image->index,
                   (unsigned)sum);
}

/* edk2's LocalLoadFile2() loads an image only if all of this holds. */
static void check_efi(const struct walk *w, struct rt_bytes bytes, size_t declared,
                      const struct rt_rom_image *image)
{
    size_t size = init_size(bytes, true);
    uint16_t subsystem = 0, compression = 0, start = 0;

    if (!is_efi(bytes)) {
        rt_finding_add(w->findings, ROMTOOL_E_BAD_EFI_HEADER, RT_ERROR,
                       image->offset + HEADER_EFI_SIGNATURE,
                       "image %zu is of type EFI but lacks EFI's signature 0x0ef1", image->index);
        return;
    }
    if (size == 0 || size > declared) {
        rt_finding_add(w->findings, ROMTOOL_E_BAD_LENGTH, RT_ERROR,
                       image->offset + HEADER_INIT_SIZE,
                       "the initialization size of image %zu is %zu bytes, its length %zu",
                       image->index, size, declared);
    }
    (void)rt_bytes_u16le(bytes, HEADER_EFI_SUBSYSTEM, &subsystem);
    (void)rt_bytes_u16le(bytes, HEADER_EFI_COMPRESS, &compression);
    (void)rt_bytes_u16le(bytes, HEADER_EFI_IMAGE, &start);
    if (subsystem != EFI_SUBSYSTEM_BOOT_DRIVER && subsystem != EFI_SUBSYSTEM_RUNTIME_DRIVER)
        rt_finding_add(w->findings, ROMTOOL_E_BAD_EFI_HEADER, RT_WARNING,
                       image->offset + HEADER_EFI_SUBSYSTEM,
                       "the EFI subsystem of image %zu is 0x%x, no driver: firmware ignores it",
                       image->index, (unsigned)subsystem);
    if (compression > EFI_COMPRESSED)
        rt_finding_add(w->findings, ROMTOOL_E_BAD_EFI_HEADER, RT_ERROR,
                       image->offset + HEADER_EFI_COMPRESS,
                       "the compression type of image %zu is %u, 0 and 1 are defined", image->index,
                       (unsigned)compression);
    if (size != 0 && start >= size)
        rt_finding_add(w->findings, ROMTOOL_E_BAD_EFI_HEADER, RT_ERROR,
                       image->offset + HEADER_EFI_IMAGE,
                       "the EFI program of image %zu would start at 0x%x of %zu bytes",
                       image->index, (unsigned)start, size);
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
        pointer % 4 == 0 && pointer >= HEADER_SIZE && rt_bytes_has(image, pointer, PCIR_SIZE);

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
    size_t declared = init_size(rest, false);

    rt_finding_add(w->findings, ROMTOOL_E_NO_PCIR, RT_INFO, image->offset + HEADER_PCIR,
                   "an ISA ROM: no PCI data structure, no ids, no chain");
    image->type = RT_ROM_X86;
    image->last = true;
    image->length = declared;
    (void)clip(w, rest, image);
    (void)rt_bytes_slice(rest, 0, image->length, &rest);
    check_x86(w, rest, declared, image);
    add_image(w, image);
    return declared > 0 ? STEP_LAST : STEP_STOP;
}

static enum step read_cut(const struct walk *w, struct rt_bytes rest, struct rt_rom_image *image)
{
    rt_finding_add(w->findings, ROMTOOL_E_TRUNCATED, RT_ERROR, w->file.len,
                   "the file ends %zu bytes into image %zu, before its PCI data structure",
                   rest.len, image->index);
    image->type = is_efi(rest) ? RT_ROM_EFI : RT_ROM_UNKNOWN;
    image->length = rest.len;
    add_image(w, image);
    return STEP_STOP;
}

/* Tells an ISA ROM from a PCI ROM that was cut and from one that is broken. */
static enum step read_without_pcir(const struct walk *w, struct rt_bytes rest, uint16_t pointer,
                                   struct rt_rom_image *image)
{
    bool efi = is_efi(rest);
    size_t declared = init_size(rest, efi);
    struct rt_bytes own = {NULL, 0};
    bool whole = declared != 0 && rt_bytes_slice(rest, 0, declared, &own);

    if (image->index == 0 && !efi && (pointer == 0 || (whole && is_isa(own, pointer))))
        return read_isa(w, rest, image);
    if (!whole && !rt_bytes_has(rest, pointer, PCIR_SIZE))
        return read_cut(w, rest, image);
    rt_finding_add(w->findings, ROMTOOL_E_BAD_PCIR, RT_ERROR, image->offset + HEADER_PCIR,
                   "the header of image %zu points at 0x%x, no PCI data structure is there",
                   image->index, (unsigned)pointer);
    return STEP_STOP;
}

/* ------------------------------------------------------------------------- images with PCIR */

/* Is the structure itself as firmware wants it, and inside its image? */
static void check_pcir(const struct walk *w, struct rt_bytes pcir, uint16_t pointer,
                       const struct rt_rom_image *image)
{
    uint64_t at = (uint64_t)image->offset + pointer;
    uint16_t struct_size = 0;

    (void)rt_bytes_u16le(pcir, PCIR_STRUCT_SIZE, &struct_size);
    if (pointer % 4 != 0 || pointer < HEADER_SIZE)
        rt_finding_add(w->findings, ROMTOOL_E_BAD_PCIR, RT_ERROR, at,
                       "the PCI data structure of image %zu is at 0x%x: not at a multiple of 4 "
                       "behind the header",
                       image->index, (unsigned)pointer);
    if (struct_size < PCIR_SIZE)
        rt_finding_add(w->findings, ROMTOOL_E_BAD_PCIR, RT_ERROR, at + PCIR_STRUCT_SIZE,
                       "the PCI data structure of image %zu declares %u bytes, it has at least %u",
                       image->index, (unsigned)struct_size, PCIR_SIZE);
    else if (image->revision >= 3 && struct_size < PCIR_SIZE_3)
        rt_finding_add(w->findings, ROMTOOL_E_BAD_PCIR, RT_WARNING, at + PCIR_STRUCT_SIZE,
                       "the PCI data structure of image %zu declares %u bytes, revision %u has %u",
                       image->index, (unsigned)struct_size, (unsigned)image->revision, PCIR_SIZE_3);
    if (image->length != 0 && (size_t)pointer + struct_size > image->length)
        rt_finding_add(w->findings, ROMTOOL_E_BAD_PCIR, RT_ERROR, at,
                       "the PCI data structure at 0x%x does not lie inside the %zu bytes of image "
                       "%zu",
                       (unsigned)pointer, image->length, image->index);
}

static void read_pcir(struct rt_bytes pcir, struct rt_rom_image *image)
{
    uint16_t units = 0, class16 = 0;
    uint8_t interface = 0, indicator = 0;

    (void)rt_bytes_u16le(pcir, PCIR_VENDOR, &image->vendor);
    (void)rt_bytes_u16le(pcir, PCIR_DEVICE, &image->device);
    (void)rt_bytes_u8(pcir, PCIR_REVISION, &image->revision);
    (void)rt_bytes_u8(pcir, PCIR_INTERFACE, &interface);
    (void)rt_bytes_u16le(pcir, PCIR_CLASS, &class16);
    (void)rt_bytes_u16le(pcir, PCIR_IMAGE_LENGTH, &units);
    (void)rt_bytes_u8(pcir, PCIR_CODE_TYPE, &image->code_type);
    (void)rt_bytes_u8(pcir, PCIR_INDICATOR, &indicator);
    image->has_pcir = true;
    image->class_code = (uint32_t)class16 << 8 | interface;
    image->length = (size_t)units * UNIT;
    image->type = type_of(image->code_type);
    image->last = (indicator & INDICATOR_LAST) != 0;
}

static enum step read_with_pcir(const struct walk *w, struct rt_bytes rest, uint16_t pointer,
                                struct rt_rom_image *image)
{
    struct rt_bytes pcir;
    size_t declared;
    bool whole;

    (void)rt_bytes_slice(rest, pointer, PCIR_SIZE, &pcir);
    read_pcir(pcir, image);
    check_pcir(w, pcir, pointer, image);
    declared = image->length;
    if (declared == 0) {
        rt_finding_add(w->findings, ROMTOOL_E_BAD_LENGTH, RT_ERROR,
                       (uint64_t)image->offset + pointer + PCIR_IMAGE_LENGTH,
                       "image %zu declares a length of 0 bytes", image->index);
        add_image(w, image);
        return STEP_STOP;
    }
    whole = clip(w, rest, image);
    (void)rt_bytes_slice(rest, 0, image->length, &rest);
    if (image->type == RT_ROM_X86)
        check_x86(w, rest, declared, image);
    if (image->type == RT_ROM_EFI)
        check_efi(w, rest, declared, image);
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
    uint16_t pointer = 0;

    if (!rt_bytes_u16le(rest, HEADER_PCIR, &pointer))
        return read_cut(w, rest, &image);
    if (rt_bytes_has(rest, pointer, PCIR_SIZE) && rt_bytes_equal_at(rest, pointer, "PCIR", 4))
        return read_with_pcir(w, rest, pointer, &image);
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
    const char *what =
        has_signature(rest) ? "look like another one that no firmware finds" : "are not fill";

    if (w->rom->fill < 0)
        rt_finding_add(w->findings, ROMTOOL_E_TRAILING_DATA, RT_WARNING, w->rom->content_length,
                       "%zu bytes behind the last image %s", rest.len, what);
    else if (w->rom->fill != 0x00 && w->rom->fill != 0xff)
        rt_finding_add(w->findings, ROMTOOL_E_TRAILING_DATA, RT_WARNING, w->rom->content_length,
                       "%zu bytes behind the last image are all 0x%02x, neither 0x00 nor 0xff",
                       rest.len, (unsigned)w->rom->fill);
}

/* Each round but the last consumes at least one unit. */
static void walk_chain(const struct walk *w)
{
    struct rt_bytes rest = w->file;
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
    if (step == STEP_LAST && rest.len > 0)
        check_trailing(w, rest);
}

int rt_rom_read(struct rt_bytes file, void (*image)(void *user, const struct rt_rom_image *image),
                void *user, const struct rt_findings *findings, struct rt_rom *ret,
                struct romtool_error *err)
{
    struct walk w = {file, image, user, findings, ret};
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
    } else if (!rt_bytes_equal_at(file, 0, "\x55\xaa", 2)) {
        return rt_error_set(err, ROMTOOL_E_NOT_A_ROM, 0, "does not begin with 55 aa");
    } else {
        walk_chain(&w);
    }
    ret->size = file.len;
    ret->slot = rt_size_to_power_of_two(file.len);
    return 0;
}
