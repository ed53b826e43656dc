/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What QEMU inherits: a sealed memfd behind every name under which it looks for a ROM
 * (loader/rom-names.h), and behind /proc/self/fd/N what it is told to open there.
 */
#ifndef RT_LOADER_ROM_DESCRIPTORS_H
#define RT_LOADER_ROM_DESCRIPTORS_H

#include "core/bytes.h"
#include "core/error.h"

enum { RT_ROM_NAMES_MAX = 64 };

/* How many bytes are behind each name; 0: none yet. Zeroed at start. */
struct rt_named_roms {
    uint64_t sizes[RT_ROM_NAMES_MAX];
};

/*
 * Is dir the directory of links as it is installed? With one of them missing QEMU would find
 * another file, further on in its search path. ROMTOOL_E_NOT_FOUND.
 */
int rt_rom_names_check_links(const char *dir, struct romtool_error *err);

/*
 * May everybody, and so whomever QEMU becomes by -runas, open what is in dir, an absolute path?
 * Else QEMU would find other files for devices that are plugged in later. ROMTOOL_E_SHADOWED.
 */
int rt_rom_names_check_public(const char *dir, struct romtool_error *err);

/* The index of a ROM's name; false where it is none of them. */
bool rt_rom_name_find(const char *file, size_t *ret_index);

/* Puts these bytes behind a name. ROMTOOL_E_BUSY, _IO, _NO_MEMORY. */
int rt_rom_name_place(struct rt_named_roms *names, size_t index, struct rt_bytes bytes,
                      struct romtool_error *err);

/*
 * Every name that has no bytes leads to an empty file, which QEMU refuses; it would go on searching
 * if nothing were there. ROMTOOL_E_BUSY, _IO.
 */
int rt_rom_names_close(const struct rt_named_roms *names, struct romtool_error *err);

/*
 * QEMU 7.2 takes a file in the current directory before any -L: none may be there, and nobody may
 * put one there who is not trusted anyway. ROMTOOL_E_SHADOWED, _IO.
 */
int rt_rom_names_check_shadows(struct romtool_error *err);

#define RT_ROM_LINK_SIZE sizeof("/proc/self/fd/-2147483648")

/*
 * A descriptor of these bytes for QEMU to open as *ret_link, which also the /dev that libvirt makes
 * for its guests does without. what names them. ROMTOOL_E_IO.
 */
int rt_rom_inherit(const char *what, struct rt_bytes bytes, char ret_link[RT_ROM_LINK_SIZE],
                   struct romtool_error *err);

#endif
