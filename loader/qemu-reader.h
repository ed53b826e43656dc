/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the reading of QEMU's command line: option by option, in order. Every call gives
 * ROMTOOL_E_NO_MEMORY, and where it refuses ROMTOOL_E_UNSUPPORTED_ARGUMENT by the option's name.
 */
#ifndef RT_LOADER_QEMU_READER_H
#define RT_LOADER_QEMU_READER_H

#include "loader/qemu.h"

struct rt_qemu_reader {
    struct rt_qemu *qemu;
    const char *option, *value;        /* that are being read */
    int argument;                      /* index in argv of the value */
    bool default_nic, default_display; /* nothing has taken it away yet */
    bool vga_asks;                     /* the last -vga is "help" */
};

int rt_qemu_refuse_value(const struct rt_qemu_reader *reader, const char *why,
                         struct romtool_error *err);

/* Each frees what *to had. */
void rt_qemu_move_string(char **to, char **from);
int rt_qemu_copy_string(char **to, const char *from, struct romtool_error *err);

bool rt_qemu_asks_for_help(const char *value);

/* ------------------------------------------------------------------------- qemu-take.c */

enum { RT_QEMU_N_ROM_PROPERTIES = 3 };
extern const char *const rt_qemu_rom_properties[RT_QEMU_N_ROM_PROPERTIES];

/* The table's own string, or NULL. */
const char *rt_qemu_rom_property(const char *name);

/* Takes over one property's value, which was written at place. */
int rt_qemu_take_property(const struct rt_qemu_reader *reader, struct rt_qemu_rom *rom,
                          const char *name, const char *value, const struct rt_qemu_place *place,
                          struct romtool_error *err);

/* NULL: out of memory. */
struct rt_qemu_device *rt_qemu_add_device(struct rt_qemu *qemu, enum rt_qemu_origin origin);
int rt_qemu_add_driver(struct rt_qemu *qemu, enum rt_qemu_origin origin, const char *driver,
                       struct romtool_error *err);
int rt_qemu_take_global(struct rt_qemu_reader *reader, const char *driver, const char *property,
                        const char *value, const struct rt_qemu_place *place,
                        struct romtool_error *err);

/* ------------------------------------------------------------------------- qemu-arguments.c */

int rt_qemu_read_machine(struct rt_qemu_reader *reader, struct romtool_error *err);
int rt_qemu_read_device(struct rt_qemu_reader *reader, struct romtool_error *err);
int rt_qemu_read_nic(struct rt_qemu_reader *reader, bool wants_nic, struct romtool_error *err);
int rt_qemu_read_vga(struct rt_qemu_reader *reader, struct romtool_error *err);
int rt_qemu_read_fw_cfg(const struct rt_qemu_reader *reader, struct romtool_error *err);
int rt_qemu_read_run_with(const struct rt_qemu_reader *reader, struct romtool_error *err);
int rt_qemu_read_global(struct rt_qemu_reader *reader, struct romtool_error *err);
int rt_qemu_read_set(struct rt_qemu_reader *reader, struct romtool_error *err);

int rt_qemu_check_fw_cfg(const struct rt_qemu_reader *reader, const char *name,
                         struct romtool_error *err);

/* ------------------------------------------------------------------------- qemu-section.c */

int rt_qemu_read_config(struct rt_qemu_reader *reader, struct romtool_error *err);

#endif
