/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changing what is inside a ROM: ids, checksums, the chain. Pure functions over a writable copy of
 * a file. What reads so badly that nobody knows where its images are is refused, by the code of the
 * finding: not-a-rom, truncated, bad-pcir, bad-length, length-wrap, no-last-image, bad-npde, blank.
 * A result never reads worse than what it was made from.
 */
#ifndef RT_ROM_EDIT_H
#define RT_ROM_EDIT_H

#include "rom/rom.h"

/* A byte that was changed. */
struct rt_rom_change {
    uint64_t offset; /* from the start of the result */
    uint8_t from, to;
    const char *what; /* "checksum", "vendor id" ... */
};

/* Where changes go as they are made. A NULL sink, or add, drops them. */
struct rt_rom_changes {
    void (*add)(void *user, const struct rt_rom_change *change);
    void *user;
};

#define RT_ROM_EDIT_ALL  SIZE_MAX /* images */
#define RT_ROM_EDIT_AUTO SIZE_MAX /* where a checksum is taken up: where it does no harm */

/*
 * Makes x86 and ISA images sum to zero over their initialization size, their $PnP, UNDI ROM ID and
 * iPXE headers first. at is where an image's sum is taken up, from its start, or RT_ROM_EDIT_AUTO.
 * What sums to zero already is not touched. ROMTOOL_E_BAD_CHECKSUM where no byte is known to be
 * free, _USAGE for an at that is in use; nothing is written then.
 */
int rt_rom_fix_checksums(uint8_t *data, size_t size, size_t at,
                         const struct rt_rom_changes *changes, struct romtool_error *err);

/*
 * Writes ids into the PCIR of one image, or of all, and into the device list where that has the old
 * device id. Sums stay what they were. ROMTOOL_E_NO_PCIR where an image has no ids, _USAGE where
 * there is no such image, _BAD_CHECKSUM as above.
 */
int rt_rom_set_ids(uint8_t *data, size_t size, size_t image, uint16_t vendor, uint16_t device,
                   const struct rt_rom_changes *changes, struct romtool_error *err);

/*
 * The images of several files as one chain: only the last is marked as the last. Fill behind a
 * file's images is dropped; ROMTOOL_E_TRAILING_DATA, _HIDDEN_IMAGE, _PREAMBLE where something else
 * would be lost, _NO_PCIR for an ISA ROM, which cannot be chained. files_at names the file that
 * is at fault. The caller frees *ret. Also _TOO_LARGE, _NO_MEMORY.
 */
int rt_rom_join(const struct rt_bytes *files, size_t n, uint8_t **ret, size_t *ret_size,
                const struct rt_rom_changes *changes, size_t *ret_file, struct romtool_error *err);

/*
 * Calls part with each image of a file as a ROM of its own, until it returns a code: marked as the
 * last. Errors as rt_rom_join().
 */
int rt_rom_split(struct rt_bytes file,
                 int (*part)(void *user, const struct rt_rom_image *image, struct rt_bytes bytes),
                 void *user, struct romtool_error *err);

#endif
