/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * x86: what SeaBIOS checks (src/optionroms.c). Open Firmware: IEEE 1275's PCI Bus Binding 2.1,
 * section 9, and the FCode that it points at: IEEE 1275-1994, section 5.2.2.5.
 */
#include "rom/image.h"

#include "rom/pcir.h"

/* Lengths that the one byte of the initialization size cannot hold begin here. */
#define WRAP_UNITS 256U

/* "as much as can be said", in the initialization size of a longer image */
#define MOST_UNITS 255U

/* No expansion ROM is larger (PCI 3.0, section 6.2.5.2). */
#define PCI_MAX      ((size_t)16 << 20)

#define HEADER_FCODE 0x02 /* u16 */

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

/* ------------------------------------------------------------------------- x86 */

size_t rt_x86_init_size(struct rt_bytes image)
{
    uint8_t units = 0;

    (void)rt_bytes_u8(image, RT_HEADER_INIT_SIZE, &units);
    return (size_t)units * RT_ROM_UNIT;
}

static bool sums_to_zero(struct rt_bytes bytes, size_t size)
{
    struct rt_bytes summed;

    return size > 0 && rt_bytes_slice(bytes, 0, size, &summed) && rt_bytes_sum8(summed) == 0;
}

/*
 * Is the initialization size what remains of the image's length in one byte? Not where it is the
 * most that can be said and the sum is made for it: that is a choice.
 */
static bool is_wrapped(struct rt_bytes bytes, size_t declared, size_t init_size)
{
    size_t units = declared / RT_ROM_UNIT, init_units = init_size / RT_ROM_UNIT;

    if (units < WRAP_UNITS || units % WRAP_UNITS != init_units)
        return false;
    return init_units != MOST_UNITS || !sums_to_zero(bytes, init_size);
}

/* False where nothing can be summed. */
static bool check_init_size(struct rt_bytes bytes, size_t declared,
                            const struct rt_findings *findings, const struct rt_rom_image *image)
{
    size_t size = image->init_size;
    uint64_t at = (uint64_t)image->offset + RT_HEADER_INIT_SIZE;

    if (is_wrapped(bytes, declared, size)) {
        rt_finding_add(findings, ROMTOOL_E_LENGTH_WRAP, RT_ERROR, at,
                       "the %zu bytes of image %zu do not fit its initialization size, which "
                       "wrapped to %zu: no more would be loaded",
                       declared, image->index, size);
        return size > 0;
    }
    if (size > 0 && size <= declared)
        return true;
    rt_finding_add(findings, ROMTOOL_E_BAD_LENGTH, RT_ERROR, at,
                   "the initialization size of image %zu is %zu bytes, its length %zu",
                   image->index, size, declared);
    return false;
}

/*
 * Sums what SeaBIOS sums: the initialization size, not the image length. It is at most the image
 * length, so no byte is summed twice however many images there are. What cannot be summed counts as
 * bad.
 */
static void check_sum(struct rt_bytes bytes, size_t declared, const struct rt_findings *findings,
                      struct rt_rom_image *image)
{
    struct rt_bytes summed;
    uint8_t sum;

    image->checksum = RT_ROM_CHECKSUM_BAD;
    if (!check_init_size(bytes, declared, findings, image))
        return;
    if (!rt_bytes_slice(bytes, 0, image->init_size, &summed))
        return; /* truncated, and reported as that */
    sum = rt_bytes_sum8(summed);
    if (sum == 0) {
        image->checksum = RT_ROM_CHECKSUM_OK;
        return;
    }
    rt_finding_add(findings, ROMTOOL_E_BAD_CHECKSUM, RT_ERROR, image->offset,
                   "the %zu bytes of image %zu sum to 0x%02x instead of 0", image->init_size,
                   image->index, (unsigned)sum);
}

void rt_x86_check(struct rt_bytes bytes, size_t declared, const struct rt_findings *findings,
                  struct rt_rom_image *image)
{
    image->init_size = rt_x86_init_size(bytes);
    check_sum(bytes, declared, findings, image);
    /* What a cut image lacks is no fault of its structures. */
    rt_rom_x86_read(bytes, image->index, image->offset, bytes.len < declared ? NULL : findings,
                    &image->x86);
}

/* ------------------------------------------------------------------------- Open Firmware */

/* start0, start1, start2, start4, version1 */
static bool starts_fcode(uint8_t byte)
{
    return (byte >= 0xf0 && byte <= 0xf3) || byte == 0xfd;
}

void rt_openfirmware_check(struct rt_bytes bytes, size_t declared,
                           const struct rt_findings *findings, const struct rt_rom_image *image)
{
    uint64_t at = (uint64_t)image->offset + HEADER_FCODE;
    uint16_t start = 0;
    uint8_t first = 0;

    (void)rt_bytes_u16le(bytes, HEADER_FCODE, &start);
    if (start == 0 || start >= declared)
        rt_finding_add(findings, ROMTOOL_E_BAD_FCODE, RT_WARNING, at,
                       "the FCode program of image %zu would start at 0x%x of its %zu bytes",
                       image->index, (unsigned)start, declared);
    else if (rt_bytes_u8(bytes, start, &first) && !starts_fcode(first))
        rt_finding_add(findings, ROMTOOL_E_BAD_FCODE, RT_WARNING, at,
                       "image %zu has 0x%02x at 0x%x, where its FCode program should start",
                       image->index, (unsigned)first, (unsigned)start);
}

/* ------------------------------------------------------------------------- any */

void rt_decoy_check(struct rt_bytes bytes, const struct rt_findings *findings,
                    const struct rt_rom_image *image)
{
    size_t first, n = rt_pcir_scan(bytes, RT_ROM_UNIT, &first);

    if (n > 0)
        rt_finding_add(findings, ROMTOOL_E_DECOY, RT_WARNING, (uint64_t)image->offset + first,
                       "inside of image %zu, 0x%zx into it, starts what looks like an image (1 of "
                       "%zu)",
                       image->index, first, n);
}

/* Is an x86 program there as a whole, sum and all, with nothing but fill behind it? */
static bool is_whole_x86(struct rt_bytes rest, const struct rt_rom_image *image)
{
    size_t size = rt_x86_init_size(rest);

    return image->type == RT_ROM_X86 && sums_to_zero(rest, size) &&
           rt_bytes_tail(rest) >= rest.len - size;
}

void rt_truncated_report(struct rt_bytes rest, size_t declared, const struct rt_findings *findings,
                         const struct rt_rom_image *image)
{
    uint64_t end = (uint64_t)image->offset + rest.len;
    size_t next;

    if (image->offset + declared > PCI_MAX)
        rt_finding_add(findings, ROMTOOL_E_TRUNCATED, RT_ERROR, end,
                       "image %zu declares %zu bytes, the file has %zu of them: a wrong length, no "
                       "PCI ROM is larger than 16 MiB",
                       image->index, declared, rest.len);
    else if (rt_pcir_scan(rest, RT_ROM_UNIT, &next) > 0)
        rt_finding_add(findings, ROMTOOL_E_TRUNCATED, RT_ERROR, end,
                       "image %zu declares %zu bytes, the file has %zu of them: a wrong length, "
                       "another image starts 0x%zx into it",
                       image->index, declared, rest.len, next);
    else if (is_whole_x86(rest, image))
        rt_finding_add(findings, ROMTOOL_E_TRUNCATED, RT_ERROR, end,
                       "image %zu declares %zu bytes, the file has %zu of them: a wrong length, "
                       "the program is there with a good checksum",
                       image->index, declared, rest.len);
    else
        rt_finding_add(findings, ROMTOOL_E_TRUNCATED, RT_ERROR, end,
                       "the file ends %zu bytes into image %zu, which declares %zu: a cut dump",
                       rest.len, image->index, declared);
}
