/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slot files made in a test from few words:
 *
 *   struct slot_text text = slot_text_begin("acme");
 *   slot_text_series(&text, "one", "9.1", "pc-q35-9.0 pc-q35-9.1 microvm");
 *   slot_text_row(&text, "one", "pc-q35 9.0..9.1, microvm", "e1000", "efi-e1000.rom", 262144);
 *   file = slot_text_read(&text);
 *
 * All series come before the rows. An empty series of a row is all series, an empty device every
 * device, a slot of 0 no ROM BAR.
 */
#ifndef TESTS_UNIT_SLOT_TEXT_H
#define TESTS_UNIT_SLOT_TEXT_H

#include "core/bytes.h"
#include "slots/slots.h"

#include <stdio.h>
#include <string.h>

struct slot_text {
    struct rt_buffer out, like;
    size_t n_series, n_rows;
};

static inline struct slot_text slot_text_begin(const char *vendor)
{
    struct slot_text text = {0};

    rt_buffer_printf(&text.out, "{\"schema\":\"romtool-slots/1\",\"vendor\":\"%s\",\"series\":[",
                     vendor);
    return text;
}

/* "a b" to "a","b" */
static inline void slot_text_words(struct slot_text *text, const char *words)
{
    rt_buffer_puts(&text->out, "\"");
    for (; *words != '\0'; words++)
        rt_buffer_puts(&text->out, *words == ' ' ? "\",\"" : (char[]){*words, '\0'});
    rt_buffer_puts(&text->out, "\"");
}

static inline void slot_text_series(struct slot_text *text, const char *name, const char *qemu,
                                    const char *machines)
{
    rt_buffer_printf(&text->out,
                     "%s{\"name\":\"%s\",\"qemu\":\"%s\",\"package\":\"p\",\"source\":\"s\","
                     "\"search\":[\"/roms\",\"/usr/roms\"],\"machines\":[",
                     text->n_series++ > 0 ? "," : "", name, qemu);
    slot_text_words(text, machines);
    rt_buffer_puts(&text->out, "]}");
}

/* "pc-q35 9.0..9.1" or "microvm" */
static inline void slot_text_range(struct slot_text *text, const char *range)
{
    char family[64], versions[64];
    char *dots;

    if (sscanf(range, "%63s %63s", family, versions) != 2) {
        rt_buffer_printf(&text->out, "{\"machine\":\"%s\"}", range);
        return;
    }
    dots = strstr(versions, "..");
    assert_non_null(dots);
    *dots = '\0';
    rt_buffer_printf(&text->out, "{\"family\":\"%s\",\"from\":\"%s\",\"to\":\"%s\"}", family,
                     versions, dots + 2);
}

/* "pc-q35 9.0..9.1, microvm" */
static inline void slot_text_ranges(struct slot_text *text, const char *ranges)
{
    for (const char *at = ranges; *at != '\0';) {
        char range[128];
        size_t n = strcspn(at, ",");

        (void)snprintf(range, sizeof(range), "%.*s", (int)n, at);
        rt_buffer_puts(&text->out, at == ranges ? "" : ",");
        slot_text_range(text, range);
        at += n;
        at += strspn(at, ", ");
    }
}

static inline void slot_text_row(struct slot_text *text, const char *series, const char *ranges,
                                 const char *device, const char *file, uint64_t slot)
{
    rt_buffer_puts(&text->out,
                   text->n_rows++ > 0 ? ",{\"machines\":[" : "],\"mandates\":[{\"machines\":[");
    slot_text_ranges(text, ranges);
    rt_buffer_puts(&text->out, "],");
    if (series[0] != '\0') {
        rt_buffer_puts(&text->out, "\"series\":[");
        slot_text_words(text, series);
        rt_buffer_puts(&text->out, "],");
    }
    if (device[0] != '\0')
        rt_buffer_printf(&text->out, "\"device\":\"%s\",", device);
    if (slot != 0)
        rt_buffer_printf(&text->out, "\"file\":\"%s\",", file);
    rt_buffer_printf(&text->out, "\"slot\":%llu,\"basis\":\"read\",\"source\":\"s\"}",
                     (unsigned long long)slot);
}

/* machine has the rows of the other. */
static inline void slot_text_like(struct slot_text *text, const char *machine, const char *other)
{
    rt_buffer_printf(&text->like, "%s\"%s\":\"%s\"", text->like.len > 0 ? "," : "", machine, other);
}

/* The test fails where it is none. Frees the text. */
static inline struct rt_slot_file *slot_text_read(struct slot_text *text)
{
    struct rt_slot_file *file = NULL;
    struct romtool_error err;

    rt_error_clear(&err);
    rt_buffer_puts(&text->out, "]");
    if (text->like.len > 0)
        rt_buffer_printf(&text->out, ",\"like\":{%s}", text->like.data);
    rt_buffer_puts(&text->out, "}");
    assert_false(text->out.failed);
    if (rt_slot_file_read((struct rt_bytes){(const uint8_t *)text->out.data, text->out.len}, &file,
                          &err) < 0)
        fail_msg("%s", err.text);
    rt_buffer_free(&text->out);
    rt_buffer_free(&text->like);
    return file;
}

#endif
