/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mandates: (profile, machine type, device) -> ROM file name and slot. A vendor's slot file
 * (slots/profiles/VENDOR.json, docs/formats.md) is read into struct rt_slot_vendor; the built-in
 * ones are the same structs, made at build time by slots/generate.c with the same reader.
 */
#ifndef RT_SLOTS_SLOTS_H
#define RT_SLOTS_SLOTS_H

#include "core/bytes.h"
#include "core/error.h"

/* A machine type's name, taken apart: "pc-q35-4.0.1" is pc-q35, 4, 0, 1. */
struct rt_machine_name {
    char family[ROMTOOL_NAME_SIZE]; /* the whole name where there is no version */
    bool versioned;
    uint16_t major, minor, micro; /* micro 0: none */
    char tag[ROMTOOL_NAME_SIZE];  /* "sxxm" of "pseries-2.12-sxxm", else empty */
};

/* Total: a name that has no version is a family of its own. False only where it is too long. */
bool rt_machine_name_parse(const char *name, struct rt_machine_name *ret);

/* Version order, <0, 0, >0: 2.9 < 2.10 < 3.0, 10.0 < 10.0.4 < 10.1. Families are not compared. */
int rt_machine_version_compare(const struct rt_machine_name *a, const struct rt_machine_name *b);

struct rt_slot_version {
    uint16_t major, minor, micro;
};

#define RT_SLOT_VERSION_SIZE sizeof("65535.65535.65535")

/* "1.5" or "4.0.1", nothing around it and no leading zeros; false for anything else. */
bool rt_slot_version_parse(const char *text, struct rt_slot_version *ret);

/* The inverse: a micro version of 0 is left out. */
void rt_slot_version_write(struct rt_slot_version version, char ret[RT_SLOT_VERSION_SIZE]);

/* <0, 0, >0 */
int rt_slot_version_compare(struct rt_slot_version a, struct rt_slot_version b);

/* All zero where the name has none. */
struct rt_slot_version rt_machine_version(const struct rt_machine_name *name);

/* Machine types of one family from a version to a version, both included. */
struct rt_slot_range {
    const char *family;
    bool versioned; /* false: the family is the whole machine type's name ("isapc") */
    struct rt_slot_version from, to;
};

/* Is this machine type in the range? name is machine, taken apart. */
bool rt_slot_range_covers(const struct rt_slot_range *range, const char *machine,
                          const struct rt_machine_name *name);

/* One row: on these machine types, and on those that are like them, this device has this slot. */
struct rt_slot_row {
    const struct rt_slot_range *machines;
    size_t n_machines;
    const char *const
        *series; /* names of the series that it holds for; none: all of the vendor's */
    size_t n_series;
    const char *device; /* empty: every device; the slot is 0 then (isapc has no PCI bus) */
    const char *file;
    uint64_t slot;             /* bytes; 0: on these machine types the device has no ROM BAR */
    const char *const *images; /* required image types: "x86", "efi" */
    size_t n_images;
    int fill;           /* 0x00 or 0xff */
    const char *basis;  /* "measured", "read", "derived" */
    const char *source; /* where it is known from */
};

struct rt_slot_alias {
    const char *name;    /* "q35" */
    const char *machine; /* "pc-q35-7.2" */
};

struct rt_slot_series {
    const char *name; /* "bookworm"; empty where the vendor has only one ("upstream") */
    const char *qemu; /* "7.2" */
    const char *package;
    const char *source;
    const char *const *search; /* directories in which QEMU looks for ROM files, in order */
    size_t n_search;
    const char *const *machines; /* every machine type that this QEMU has and that has a row */
    size_t n_machines;
    const struct rt_slot_alias *aliases;
    size_t n_aliases;
    const uint16_t *by_name; /* hash table (slots/index.h); NULL: none */
};

struct rt_slot_vendor {
    const char *name;
    const struct rt_slot_series *series;
    size_t n_series;
    const struct rt_slot_row *rows;
    size_t n_rows;
    const struct rt_slot_alias *like; /* "pc-q35-jammy" has the rows of "pc-q35-6.2" */
    size_t n_like;
    const uint16_t *by_like;     /* hash table (slots/index.h); NULL: none */
    const uint16_t *by_device;   /* hash table (slots/index.h); NULL: none */
    const uint16_t *same_device; /* of each row, where the next of its device is */
};

/* All built-in vendors, by name. Constant, static. */
const struct rt_slot_vendor *rt_slot_builtin(size_t *ret_n);

/* Is this a machine type of the series? */
bool rt_slot_series_has(const struct rt_slot_series *series, const char *machine);

/* One vendor's one series: what -p names. */
struct rt_slot_profile {
    const struct rt_slot_vendor *vendor;
    const struct rt_slot_series *series;
    char name[ROMTOOL_NAME_SIZE];          /* "debian/bookworm", "upstream" */
    const struct rt_slot_alias *overrides; /* the caller's aliases, before the series' own */
    size_t n_overrides;
};

/* The profile of a vendor's series; both are borrowed. */
void rt_slot_profile_make(struct rt_slot_profile *ret, const struct rt_slot_vendor *vendor,
                          const struct rt_slot_series *series);

/*
 * Finds a built-in profile by name. ROMTOOL_E_UNKNOWN_PROFILE names the nearest.
 */
int rt_slot_profile_find(const char *name, struct rt_slot_profile *ret, struct romtool_error *err);

/*
 * "q35" to "pc-q35-7.2" by the profile's overrides and aliases; a name that is none comes back as
 * it is. A machine type's own name always means itself.
 */
const char *rt_slot_machine(const struct rt_slot_profile *profile, const char *machine);

/* "pc-q35-jammy" to "pc-q35-6.2", whose rows it has; another machine type comes back as it is. */
const char *rt_slot_like(const struct rt_slot_vendor *vendor, const char *machine);

/*
 * libvirt's model name or QEMU's other name to the driver's name that the profile has ("virtio" to
 * "virtio-net-pci"); a name that is none comes back as it is.
 */
const char *rt_slot_device(const struct rt_slot_profile *profile, const char *device);

/* Does any row of this profile's series name this driver? */
bool rt_slot_has_device(const struct rt_slot_profile *profile, const char *driver);

/*
 * Finds the row for a machine type or alias and a device. Allocates nothing.
 * ROMTOOL_E_UNKNOWN_MACHINE, _UNKNOWN_DEVICE (both name the nearest known ones), _NO_MANDATE where
 * both are known and no row says the slot, or the row says that there is no ROM BAR (and is in
 * *ret), or no row is about the device and QEMU has no option ROM for it.
 */
int rt_slot_find(const struct rt_slot_profile *profile, const char *machine, const char *device,
                 const struct rt_slot_row **ret, struct romtool_error *err);

/*
 * The one slot that a profile mandates for a ROM file name, on one machine type or, with machine
 * NULL, on all that the profile has. ROMTOOL_E_NO_MANDATE where no row names the file or two rows
 * disagree; the sentence says which.
 */
int rt_slot_find_file(const struct rt_slot_profile *profile, const char *machine, const char *file,
                      const struct rt_slot_row **ret, struct romtool_error *err);

/* Does the row hold for the series of this name? */
bool rt_slot_row_in_series(const struct rt_slot_row *row, const char *series);

/* Does this row hold for this profile and (resolved) machine type? */
bool rt_slot_row_applies(const struct rt_slot_row *row, const struct rt_slot_profile *profile,
                         const char *machine);

/* Fills a public mandate from a row; machine as the caller named it, aliases resolved. */
void rt_slot_mandate(const struct rt_slot_profile *profile, const char *machine,
                     const struct rt_slot_row *row, struct romtool_mandate *ret);

/* ------------------------------------------------------------------------- QEMU's devices */

/*
 * Why a device owns no option ROM that a vendor could ship, whoever the vendor is: "has no option
 * ROM", behind the driver's name. NULL for one that has one, or that is not known.
 */
const char *rt_slot_no_rom(const char *driver);

/* Is it known that a device of this driver owns an option ROM, whoever the vendor is? */
bool rt_slot_owns_rom(const char *driver);

/*
 * Does QEMU's "-global NAME.property=..." reach a device of this driver? It reaches the driver, the
 * classes that it is made from and the interfaces that it has, but no other names of it. A driver
 * that is not known is taken for a PCI device.
 */
bool rt_slot_global_reaches(const char *name, const char *driver);

/* ------------------------------------------------------------------------- slot files */

#define RT_SLOT_FILE_SIZE_MAX ((size_t)10 << 20) /* bytes */

struct rt_slot_file; /* an arena: everything in vendor points into it */

/*
 * Reads a slot file, schema romtool-slots/1. ROMTOOL_E_BAD_JSON, _BAD_SLOT_FILE (the sentence names
 * the field: "mandates[3].slot: 300000 is not a power of two"), _NO_MEMORY.
 */
int rt_slot_file_read(struct rt_bytes text, struct rt_slot_file **ret, struct romtool_error *err);
const struct rt_slot_vendor *rt_slot_file_vendor(const struct rt_slot_file *file);
void rt_slot_file_free(struct rt_slot_file *file);

#endif
