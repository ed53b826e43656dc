/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/fix.h"

static void json_text(struct rt_json_writer *json, const char *key,
                      void (*write)(const struct rt_move *, struct rt_buffer *),
                      const struct rt_move *move)
{
    struct rt_buffer text = {0};

    write(move, &text);
    if (text.failed)
        json->out->failed = true;
    else
        rt_json_write_string(json, key, text.data);
    rt_buffer_free(&text);
}

void fix_json(const struct rt_move *move, struct rt_json_writer *json)
{
    rt_json_begin_object(json, "fix");
    rt_json_begin_array(json, "qemu_args");
    rt_json_write_string(json, NULL, "-global");
    json_text(json, NULL, rt_move_global, move);
    rt_json_end_array(json);
    rt_json_begin_array(json, "libvirt");
    json_text(json, NULL, rt_move_libvirt, move);
    rt_json_end_array(json);
    json_text(json, "note", rt_move_note, move);
    rt_json_end_object(json);
}

static void print_line(FILE *stream, const char *what,
                       void (*write)(const struct rt_move *, struct rt_buffer *),
                       const struct rt_move *move)
{
    struct rt_buffer text = {0};

    write(move, &text);
    (void)fprintf(stream, "    %s%s\n", what, text.failed ? "(out of memory)" : text.data);
    rt_buffer_free(&text);
}

void fix_print(FILE *stream, const struct rt_move *move)
{
    print_line(stream, "QEMU:    -global ", rt_move_global, move);
    print_line(stream, "libvirt: ", rt_move_libvirt, move);
    print_line(stream, "note:    ", rt_move_note, move);
}
