/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What those who read ROMs would do with this one: load it, skip it, or hang. Each answer says why.
 * Read from their sources and judged by the real firmware in tests/integration.
 */
#ifndef RT_ROM_CONSUMERS_H
#define RT_ROM_CONSUMERS_H

#include "rom/patch.h"
#include "rom/rom.h"

enum rt_rom_consumer {
    RT_CONSUMER_SEABIOS,
    RT_CONSUMER_EDK2, /* OVMF and other UEFI firmware made from it, x86-64 */
    RT_CONSUMER_QEMU,
    RT_CONSUMER_LINUX, /* pci_map_rom(), sysfs "rom" */
    RT_CONSUMER_VIRTUALBOX,
    RT_CONSUMERS,
};

enum rt_rom_outcome {
    RT_OUTCOME_LOADS,
    RT_OUTCOME_SKIPS,
    RT_OUTCOME_REFUSES, /* the machine does not start */
    RT_OUTCOME_HANGS,
};

/* "SeaBIOS", "edk2", "QEMU", "Linux", "VirtualBox"; "loads", "skips", "refuses", "hangs". */
const char *rt_rom_consumer_name(enum rt_rom_consumer consumer);
const char *rt_rom_outcome_name(enum rt_rom_outcome outcome);

struct rt_rom_answer {
    enum rt_rom_outcome outcome;
    char why[160]; /* one printable sentence without a full stop, consumer not named in it */
};

/* The device that the ROM is for. */
struct rt_rom_device {
    uint16_t vendor, device;
    bool patched; /* the device's default ROM: QEMU writes the device's ids into the first image */
};

/* As much of a consumer's own walk as it takes to answer for it. */
struct rt_rom_pursuit {
    bool ended;   /* it looks at no further image */
    bool found;   /* an image that it loads: index, end */
    bool hangs;   /* at image index */
    bool skipped; /* an image that it might have loaded: index, why */
    size_t index;
    size_t end; /* bytes from the start of the file to the end of the image */
    char why[96];
};

#define RT_ROM_EFI_MACHINES 8

/*
 * What is remembered of the images while rt_rom_read() walks: constant in size. Zeroed at start but
 * for file and payloads; rt_rom_prospects_add() for each image, then rt_rom_answer().
 */
struct rt_rom_prospects {
    /* set by the caller */
    struct rt_bytes file; /* what rt_rom_read() reads */
    bool payloads;        /* it is told RT_ROM_PAYLOADS */

    size_t images;
    bool stopped; /* the chain broke off: what follows is not known */

    /* what the ROM is composed of */
    bool has_x86;                               /* also an ISA ROM */
    bool has_efi_x64;                           /* by the header, or by the PE where it was read */
    uint16_t efi_machines[RT_ROM_EFI_MACHINES]; /* each once, in the order of the images */
    size_t n_efi_machines;

    /* for the answers */
    struct rt_rom_pursuit seabios, edk2;
    size_t linux_size; /* bytes that Linux hands out */
    bool linux_ended;
    bool virtualbox_runs;            /* the first image, if it is small enough */
    struct rt_rom_patch patch;       /* what QEMU changes */
    uint16_t rom_vendor, rom_device; /* the first image's */
    struct rt_rom_device device;     /* zero where none was given */
};

/* device may be NULL: then ids are taken to match. It must be the same for every image. */
void rt_rom_prospects_add(struct rt_rom_prospects *prospects, const struct rt_rom_image *image,
                          const struct rt_rom_device *device);

void rt_rom_answer(const struct rt_rom_prospects *prospects, const struct rt_rom *rom,
                   enum rt_rom_consumer consumer, struct rt_rom_answer *ret);

#endif
