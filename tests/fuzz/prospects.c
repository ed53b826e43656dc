/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What consumers do with a ROM, with QEMU's id patch predicted and with it really made: the same.
 * The first four bytes are the device's ids.
 */
#include "fuzz.h"

#include "rom/consumers.h"
#include "verify/verify.h"

#include <stdlib.h>
#include <string.h>

#define IDS_SIZE 4U

struct reading {
    struct rt_rom_prospects prospects;
    struct rt_rom_device device;
    struct rt_rom rom;
};

static void see(void *user, const struct rt_rom_image *image)
{
    struct reading *reading = user;

    rt_rom_prospects_add(&reading->prospects, image, &reading->device);
}

static bool read_prospects(struct rt_bytes file, const uint8_t ids[IDS_SIZE], bool patched,
                           struct reading *ret)
{
    *ret = (struct reading){.prospects = {.file = file, .payloads = true}};
    ret->device.vendor = (uint16_t)(ids[0] | ids[1] << 8);
    ret->device.device = (uint16_t)(ids[2] | ids[3] << 8);
    ret->device.patched = patched;
    return rt_rom_read(file, RT_ROM_PAYLOADS, see, ret, NULL, &ret->rom, NULL) == 0;
}

static enum rt_rom_outcome outcome(const struct reading *reading, enum rt_rom_consumer consumer)
{
    struct rt_rom_answer answer;
    size_t length;

    rt_rom_answer(&reading->prospects, &reading->rom, consumer, &answer);
    length = strlen(answer.why);
    FUZZ_CHECK(length > 0 && length < sizeof(answer.why) - 1 && answer.why[length - 1] != '.');
    return answer.outcome;
}

static void patch(uint8_t *file, const struct rt_rom_patch *made, size_t size)
{
    for (size_t i = 0; i < made->n; i++) {
        FUZZ_CHECK(made->bytes[i].offset < size);
        FUZZ_CHECK(i == 0 || made->bytes[i].offset > made->bytes[i - 1].offset);
        FUZZ_CHECK(file[made->bytes[i].offset] == made->bytes[i].from);
        file[made->bytes[i].offset] = made->bytes[i].to;
    }
}

static void see_finding(void *user, const struct rt_finding *finding)
{
    const size_t *size = user;

    FUZZ_CHECK(finding->offset < *size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reading predicted, made;
    struct rt_findings findings = {see_finding, &size};
    struct rt_rom_patch change;
    struct rt_bytes file;
    uint8_t *copy;

    if (size <= IDS_SIZE)
        return 0;
    file = (struct rt_bytes){data + IDS_SIZE, size - IDS_SIZE};
    if (!read_prospects(file, data, true, &predicted))
        return 0;
    rt_verify_ids(file, predicted.device.vendor, predicted.device.device, &findings);
    rt_rom_patch_ids(file, predicted.device.vendor, predicted.device.device, &change);
    copy = malloc(file.len);
    if (copy == NULL)
        return 0;
    memcpy(copy, file.data, file.len);
    patch(copy, &change, file.len);
    for (int i = 0; i < RT_CONSUMERS; i++)
        (void)outcome(&predicted, (enum rt_rom_consumer)i);
    /* Where the ids are in the header they change more than themselves. */
    if ((change.n == 0 || change.bytes[change.n - 1].offset >= 0x20) &&
        read_prospects((struct rt_bytes){copy, file.len}, data, false, &made)) {
        FUZZ_CHECK(outcome(&predicted, RT_CONSUMER_SEABIOS) == outcome(&made, RT_CONSUMER_SEABIOS));
        FUZZ_CHECK(outcome(&predicted, RT_CONSUMER_EDK2) == outcome(&made, RT_CONSUMER_EDK2));
        FUZZ_CHECK(outcome(&predicted, RT_CONSUMER_LINUX) == outcome(&made, RT_CONSUMER_LINUX));
    }
    free(copy);
    return 0;
}
