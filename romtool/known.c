/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/known.h"

#include <string.h>

/* How many entries from roms on, of n, are the same file of the same release in other channels. */
static size_t count_channels(const struct rt_known_rom *roms, size_t n)
{
    struct rt_known_name first = rt_known_name(roms);
    size_t i = 1;

    for (; i < n; i++) {
        struct rt_known_name name = rt_known_name(&roms[i]);

        if (strcmp(name.product, first.product) != 0 || strcmp(name.release, first.release) != 0 ||
            strcmp(name.file, first.file) != 0)
            break;
    }
    return i;
}

void known_print_roms(FILE *stream, const char *begin, const struct rt_known_rom *roms, size_t n)
{
    size_t channels;

    for (; n > 0; n -= channels, roms += channels) {
        struct rt_known_name name = rt_known_name(roms);

        channels = count_channels(roms, n);
        (void)fprintf(stream, "%s%s %s (%s", begin, name.product, name.release, name.channel);
        for (size_t i = 1; i < channels; i++)
            (void)fprintf(stream, ", %s", rt_known_name(&roms[i]).channel);
        (void)fprintf(stream, "), %s\n", name.file);
    }
}

void known_print(const uint8_t sha256[RT_SHA256_SIZE])
{
    size_t n;
    const struct rt_known_rom *roms = rt_known_find(sha256, &n);

    known_print_roms(stdout, "  known: ", roms, n);
}

void known_json(const uint8_t sha256[RT_SHA256_SIZE], struct rt_json_writer *json)
{
    size_t n, channels;
    const struct rt_known_rom *rom = rt_known_find(sha256, &n);

    if (n == 0)
        return;
    rt_json_begin_array(json, "known");
    for (; n > 0; n -= channels, rom += channels) {
        struct rt_known_name name = rt_known_name(rom);

        channels = count_channels(rom, n);
        rt_json_begin_object(json, NULL);
        rt_json_write_string(json, "product", name.product);
        rt_json_begin_array(json, "channels");
        for (size_t i = 0; i < channels; i++)
            rt_json_write_string(json, NULL, rt_known_name(&rom[i]).channel);
        rt_json_end_array(json);
        rt_json_write_string(json, "release", name.release);
        rt_json_write_string(json, "file", name.file);
        rt_json_end_object(json);
    }
    rt_json_end_array(json);
}
