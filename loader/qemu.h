/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU's command line, as far as it decides which option ROM is loaded into which slot. What
 * could bring in a ROM and is not understood is refused by name, never passed unchecked.
 */
#ifndef RT_LOADER_QEMU_H
#define RT_LOADER_QEMU_H

#include "core/bytes.h"
#include "core/error.h"

enum rt_qemu_origin {
    RT_QEMU_DEVICE,  /* -device */
    RT_QEMU_NIC,     /* -nic, -net nic */
    RT_QEMU_BUILTIN, /* the machine's default NIC, which nothing on the command line names */
};

/* A PCI device that may have an option ROM. */
struct rt_qemu_device {
    enum rt_qemu_origin origin;
    int argument;     /* index in argv of what names it; -1: nothing does */
    char *driver;     /* NULL: the machine's default NIC model */
    char *romfile;    /* NULL: the default; "": none */
    uint64_t romsize; /* bytes; 0: not stated */
    bool rombar_off;  /* rombar=0: no BAR, so no slot */
    bool json;        /* -device '{...}' */
};

struct rt_qemu {
    char *machine; /* NULL: QEMU's default */
    struct rt_qemu_device *devices;
    size_t n_devices;
    const char **data_dirs; /* of -L, in order; they point into argv */
    size_t n_data_dirs;
    bool starts_no_guest; /* -version, -device help: QEMU answers and exits */
};

/*
 * Reads argv[1..argc-1]; argv[0] is QEMU itself. ROMTOOL_E_UNSUPPORTED_ARGUMENT and _BAD_JSON name
 * the argument; ROMTOOL_E_NO_MEMORY.
 */
int rt_qemu_read(int argc, char *const argv[], struct rt_qemu *ret, struct romtool_error *err);
void rt_qemu_free(struct rt_qemu *qemu);

/* The default NIC's driver for a resolved machine type, or NULL where it has none. */
const char *rt_qemu_default_nic(const char *machine);

/* A -device value with its romfile= replaced; what else it says stays to the letter. */
void rt_qemu_replace_romfile(const char *value, const char *romfile, struct rt_buffer *out);

#endif
