/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the library predicts, for tests that let real firmware and a real QEMU judge it.
 *
 *   prospects FILE [VENDOR DEVICE [default]]   a line a consumer: NAME OUTCOME WHY
 *   prospects --guest FILE SLOT VENDOR DEVICE  what the guest reads: sha256 as the device's default
 *                                              ROM, and as an explicit romfile=
 *   prospects --ids DRIVER                     VENDOR:DEVICE on a conventional bus, and behind a
 *                                              PCI Express port
 */
#include "core/file.h"
#include "rom/consumers.h"
#include "slots/ids.h"
#include "verify/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct rt_rom_prospects prospects;
    struct rt_rom_device device;
    bool has_device;
};

static _Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "prospects: %s: %s\n", what, why);
    exit(2);
}

/* Freed when the program ends. */
static struct rt_bytes read_file(const char *path)
{
    static struct rt_file file;
    struct romtool_error err;

    rt_error_clear(&err);
    if (rt_file_read(path, ROMTOOL_SLOT_MAX, &file, &err) < 0)
        fail(path, err.text);
    return rt_file_bytes(&file);
}

static uint64_t number(const char *text, uint64_t max)
{
    uint64_t value;

    if (!rt_size_parse(text, &value) || value > max)
        fail(text, "not a number");
    return value;
}

static void see(void *user, const struct rt_rom_image *image)
{
    struct reading *reading = user;

    rt_rom_prospects_add(&reading->prospects, image, reading->has_device ? &reading->device : NULL);
}

static int answer(int argc, char **argv)
{
    struct reading reading = {0};
    struct rt_bytes file = read_file(argv[1]);
    struct romtool_error err;
    struct rt_rom rom;

    reading.prospects.file = file;
    reading.prospects.payloads = true;
    if (argc > 3) {
        reading.has_device = true;
        reading.device.vendor = (uint16_t)number(argv[2], UINT16_MAX);
        reading.device.device = (uint16_t)number(argv[3], UINT16_MAX);
        reading.device.patched = argc > 4;
    }
    if (rt_rom_read(file, RT_ROM_PAYLOADS, see, &reading, NULL, &rom, &err) < 0)
        fail(argv[1], err.text);
    for (int i = 0; i < RT_CONSUMERS; i++) {
        struct rt_rom_answer ret;

        rt_rom_answer(&reading.prospects, &rom, (enum rt_rom_consumer)i, &ret);
        printf("%s %s %s\n", rt_rom_consumer_name((enum rt_rom_consumer)i),
               rt_rom_outcome_name(ret.outcome), ret.why);
    }
    return 0;
}

static void print_digest(const uint8_t sha256[RT_SHA256_SIZE])
{
    char hex[2 * RT_SHA256_SIZE + 1];

    rt_bytes_to_hex((struct rt_bytes){sha256, RT_SHA256_SIZE}, hex);
    puts(hex);
}

static int guest(char **argv)
{
    uint8_t by_default[RT_SHA256_SIZE], by_explicit[RT_SHA256_SIZE];
    struct rt_bytes file = read_file(argv[2]);
    struct romtool_error err;

    if (rt_verify_guest(file, number(argv[3], ROMTOOL_SLOT_MAX),
                        (uint16_t)number(argv[4], UINT16_MAX),
                        (uint16_t)number(argv[5], UINT16_MAX), by_default, by_explicit, &err) < 0)
        fail(argv[2], err.text);
    print_digest(by_default);
    print_digest(by_explicit);
    return 0;
}

static int ids(const char *driver)
{
    uint16_t vendor, device, express;

    if (!rt_slot_device_ids(driver, false, &vendor, &device) ||
        !rt_slot_device_ids(driver, true, &vendor, &express))
        fail(driver, "no such driver");
    printf("%04x:%04x %04x:%04x\n", vendor, device, vendor, express);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "--guest") == 0)
        return guest(argv);
    if (argc == 3 && strcmp(argv[1], "--ids") == 0)
        return ids(argv[2]);
    if (argc == 2 || argc == 4 || (argc == 5 && strcmp(argv[4], "default") == 0))
        return answer(argc, argv);
    fail("usage", "FILE [VENDOR DEVICE [default]]");
}
