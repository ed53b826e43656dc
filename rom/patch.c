/* SPDX-License-Identifier: BSD-2-Clause */
#include "rom/patch.h"

#define HEADER_CHECKSUM 0x06
#define HEADER_PCIR     0x18
#define PCIR_VENDOR     0x04U
#define PCIR_DEVICE     0x06U

/* Bytes up to the end of the two ids. */
#define PCIR_IDS_SIZE 0x08U

static void change(struct rt_rom_patch *patch, size_t offset, uint8_t from, uint8_t to)
{
    if (from == to)
        return;
    patch->bytes[patch->n].offset = offset;
    patch->bytes[patch->n].from = from;
    patch->bytes[patch->n].to = to;
    patch->n++;
}

static uint8_t low(uint16_t id)
{
    return (uint8_t)(id & 0xff);
}

static uint8_t high(uint16_t id)
{
    return (uint8_t)(id >> 8);
}

/* What byte 6 gains where one id replaces another: the sum of all bytes stays what it was. */
static unsigned gain(uint16_t from, uint16_t to)
{
    return (unsigned)low(from) + high(from) - low(to) - high(to);
}

/*
 * QEMU takes the pointer as it is, a multiple of 4 or not. Where the vendor's low byte is byte 6
 * itself, what QEMU writes last stays.
 */
void rt_rom_patch_ids(struct rt_bytes file, uint16_t vendor, uint16_t device,
                      struct rt_rom_patch *ret)
{
    uint16_t pcir = 0, rom_vendor = 0, rom_device = 0;
    uint8_t sum = 0, new_sum;
    size_t at;

    *ret = (struct rt_rom_patch){0};
    if (!rt_bytes_equal_at(file, 0, "\x55\xaa", 2) || !rt_bytes_u16le(file, HEADER_PCIR, &pcir))
        return;
    /* One byte must follow the ids: QEMU asks for more than it needs. */
    if (!rt_bytes_has(file, pcir, PCIR_IDS_SIZE + 1) || !rt_bytes_equal_at(file, pcir, "PCIR", 4))
        return;
    at = pcir;
    (void)rt_bytes_u16le(file, at + PCIR_VENDOR, &rom_vendor);
    (void)rt_bytes_u16le(file, at + PCIR_DEVICE, &rom_device);
    (void)rt_bytes_u8(file, HEADER_CHECKSUM, &sum);
    new_sum = (uint8_t)(sum + gain(rom_vendor, vendor) + gain(rom_device, device));
    if (at + PCIR_VENDOR != HEADER_CHECKSUM) {
        change(ret, HEADER_CHECKSUM, sum, new_sum);
        change(ret, at + PCIR_VENDOR, low(rom_vendor), low(vendor));
    } else {
        change(ret, HEADER_CHECKSUM, sum, rom_device != device ? new_sum : low(vendor));
    }
    change(ret, at + PCIR_VENDOR + 1, high(rom_vendor), high(vendor));
    change(ret, at + PCIR_DEVICE, low(rom_device), low(device));
    change(ret, at + PCIR_DEVICE + 1, high(rom_device), high(device));
}
