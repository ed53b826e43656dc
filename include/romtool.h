/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libromtool: option ROM slots that are part of the machine type.
 *
 * A slot is the size in bytes of a PCI expansion ROM BAR. A mandate says which slot a device has on
 * a machine type. romtool_load() hands out a ROM's bytes, padded to exactly that slot, or refuses.
 *
 *   struct romtool_error e;
 *   struct romtool_mandate m;
 *   struct romtool_rom *rom;
 *
 *   if (romtool_mandate_find("debian/bookworm", "pc-q35-7.2", "virtio-net-pci", &m, &e) < 0 ||
 *       romtool_load(fd, "efi-virtio.rom", &m, 0, 0, &rom, &e) < 0)
 *       return fail("%s", e.text);
 *
 * Every function that can fail returns 0 or a negative enum romtool_code, refusals included, and
 * clears its outputs at entry. Inputs are borrowed for the call. The error object is the caller's
 * and may be NULL. The library keeps no state, prints nothing, reads no environment, opens no path:
 * calls from any thread need no lock as long as they do not share an object that one of them frees.
 */
#ifndef ROMTOOL_H
#define ROMTOOL_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define ROMTOOL_API __attribute__((visibility("default")))
#else
#define ROMTOOL_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------- codes and errors */

/*
 * What can be said against an input. The hundred tells whose fault it is and so the verdict:
 * -1xx refused, -2xx could not decide, -3xx the caller's usage. Each has a stable name
 * (romtool_error_name(), docs/errors.md); errors and findings share the list.
 */
enum romtool_code {
    ROMTOOL_OK = 0,

    /* size against slot */
    ROMTOOL_E_OVERSIZE = -101,         /* larger than its slot */
    ROMTOOL_E_UNDERSIZE = -102,        /* so small that QEMU would give it a smaller slot */
    ROMTOOL_E_NOT_POWER_OF_TWO = -103, /* a slot that no BAR can have */
    ROMTOOL_E_NOT_PADDED = -104,       /* shorter than exactly its slot */
    ROMTOOL_E_WRONG_FILL = -105,       /* padded with another byte than asked */
    ROMTOOL_E_TOO_LARGE = -106,        /* beyond the limit up to which this input is read */
    ROMTOOL_E_EMPTY = -107,            /* no bytes at all */

    /* what is inside a ROM file */
    ROMTOOL_E_NOT_A_ROM = -111,      /* does not begin with 55 AA */
    ROMTOOL_E_TRUNCATED = -112,      /* ends before the image it declares */
    ROMTOOL_E_BAD_PCIR = -113,       /* no PCI data structure where the header points */
    ROMTOOL_E_BAD_LENGTH = -114,     /* an image length that cannot be */
    ROMTOOL_E_BAD_CHECKSUM = -115,   /* an x86 image whose bytes do not sum to zero */
    ROMTOOL_E_BAD_EFI_HEADER = -116, /* an EFI image without EFI's signature */
    ROMTOOL_E_NO_LAST_IMAGE = -117,  /* the chain goes on where no image follows */
    ROMTOOL_E_TRAILING_DATA = -118,  /* bytes behind the last image that are not fill */
    ROMTOOL_E_NO_PCIR = -119,        /* an ISA ROM: no ids, no chain */
    ROMTOOL_E_BLANK = -120,          /* nothing but fill: a slot without a ROM */

    /* release statements */
    ROMTOOL_E_BAD_JSON = -131,        /* not strict JSON */
    ROMTOOL_E_BAD_MANIFEST = -132,    /* JSON, but no manifest that can be trusted */
    ROMTOOL_E_BAD_SLOT_FILE = -133,   /* JSON, but no slot file */
    ROMTOOL_E_BAD_KEY = -134,         /* a key file that is none */
    ROMTOOL_E_BAD_SIGNATURE = -135,   /* malformed, or over other bytes */
    ROMTOOL_E_UNTRUSTED_KEY = -136,   /* signed, by a key that is not trusted */
    ROMTOOL_E_UNSIGNED = -137,        /* no signature where one is required */
    ROMTOOL_E_DIGEST_MISMATCH = -138, /* other bytes than were stated */
    ROMTOOL_E_SIZE_MISMATCH = -139,   /* another file size than was stated */
    ROMTOOL_E_MISSING = -140,         /* stated, but not there */
    ROMTOOL_E_EXTRA = -141,           /* there, but not stated */

    /* starting a VMM */
    ROMTOOL_E_UNSUPPORTED_ARGUMENT = -151, /* an argument that would pass unchecked */
    ROMTOOL_E_SHADOWED = -152,             /* another file would be loaded under the ROM's name */

    /* what a vendor's mandates must hold to as a whole */
    ROMTOOL_E_SLOT_CHANGED = -161,     /* one machine type and device, two slots */
    ROMTOOL_E_HOLE = -162,             /* no row, but for earlier and later versions */
    ROMTOOL_E_NOT_ON_MASTER = -163,    /* a bug-fix machine type that the newest series lacks */
    ROMTOOL_E_TWO_BUGFIX_TYPES = -164, /* a second bug-fix machine type of one stable series */
    ROMTOOL_E_NEW_TAG = -165,          /* a machine type named by a new word, not a version */
    ROMTOOL_E_EXPIRED = -166,          /* a machine type that QEMU has removed by then */
    ROMTOOL_E_UNKNOWN_DRIVER = -167,   /* a device name that no QEMU has */
    ROMTOOL_E_ROM_NOT_FOUND = -168,    /* no search directory holds the ROM file */

    /* could not decide */
    ROMTOOL_E_IO = -201,              /* the system failed; see sys_errno */
    ROMTOOL_E_NOT_FOUND = -202,       /* no such file */
    ROMTOOL_E_NOT_REGULAR = -203,     /* a directory, device or pipe where a file is read */
    ROMTOOL_E_CHANGED = -204,         /* the file changed while it was read */
    ROMTOOL_E_NO_MEMORY = -205,       /* out of memory */
    ROMTOOL_E_UNAVAILABLE = -206,     /* an algorithm that this libcrypto does not offer */
    ROMTOOL_E_UNKNOWN_PROFILE = -207, /* no such profile */
    ROMTOOL_E_UNKNOWN_MACHINE = -208, /* the profile does not know this machine type */
    ROMTOOL_E_UNKNOWN_DEVICE = -209,  /* the profile does not know this device */
    ROMTOOL_E_NO_MANDATE = -210,      /* known machine, known device, slot not known or ambiguous */
    ROMTOOL_E_BUSY = -211,            /* a descriptor that is needed is in use */
    ROMTOOL_E_INTERNAL = -299,        /* a bug of ours */

    /* usage */
    ROMTOOL_E_USAGE = -301, /* arguments that contradict the documentation */
};

enum romtool_verdict {
    ROMTOOL_UNDECIDED = 0,
    ROMTOOL_HELD = 1,
    ROMTOOL_REFUSED = 2,
};

#define ROMTOOL_NO_OFFSET UINT64_MAX

/* 512 bytes, frozen. text is one printable sentence without a full stop. */
struct romtool_error {
    int code;        /* enum romtool_code */
    int sys_errno;   /* errno where the system failed, else 0 */
    uint64_t offset; /* byte of the input, or ROMTOOL_NO_OFFSET */
    char text[496];
};

/* "1.2.3". Static. */
ROMTOOL_API const char *romtool_version(void);

/* The stable name of a code ("oversize"); "unknown" for a number that is none. Static. */
ROMTOOL_API const char *romtool_error_name(int code);

/* ROMTOOL_HELD for 0, ROMTOOL_REFUSED for -1xx, ROMTOOL_UNDECIDED for everything else. */
ROMTOOL_API enum romtool_verdict romtool_error_verdict(int code);

/* ------------------------------------------------------------------------- slots and mandates */

/* The largest slot and ROM file that romtool handles, in bytes. PCI itself allows 16 MiB. */
#define ROMTOOL_SLOT_MAX (UINT64_C(64) << 20)

/*
 * The slot that QEMU gives a ROM file of file_size bytes without romsize=: the next power of two.
 * ROMTOOL_E_EMPTY for 0, ROMTOOL_E_TOO_LARGE beyond ROMTOOL_SLOT_MAX.
 */
ROMTOOL_API int romtool_slot_for_size(uint64_t file_size, uint64_t *ret_slot,
                                      struct romtool_error *reterr);

#define ROMTOOL_NAME_SIZE 64

/*
 * A mandate: 440 bytes, frozen. Filled by the calls below, or by hand: zeroed, then slot set.
 * Strings are NUL-terminated and empty where not known.
 */
struct romtool_mandate {
    uint64_t slot;       /* bytes, a power of two */
    uint64_t file_size;  /* bytes that the file must have, or 0: any that fits */
    uint32_t has_sha256; /* 1: the file must have this digest */
    uint32_t reserved;   /* 0 */
    uint8_t sha256[32];
    char profile[ROMTOOL_NAME_SIZE]; /* "debian/bookworm" */
    char machine[ROMTOOL_NAME_SIZE]; /* "pc-q35-7.2": aliases are resolved */
    char device[ROMTOOL_NAME_SIZE];  /* QEMU's driver name: "virtio-net-pci" */
    char file[ROMTOOL_NAME_SIZE];    /* ROM file name that QEMU looks for: "efi-virtio.rom" */
    char source[128];                /* where the slot is known from */
};

/*
 * Looks a mandate up in the built-in table. Neither allocates nor needs libcrypto.
 * ROMTOOL_E_UNKNOWN_PROFILE, _UNKNOWN_MACHINE, _UNKNOWN_DEVICE (the sentence names the nearest
 * known ones), _NO_MANDATE.
 */
ROMTOOL_API int romtool_mandate_find(const char *profile, const char *machine, const char *device,
                                     struct romtool_mandate *ret_mandate,
                                     struct romtool_error *reterr);

/* ------------------------------------------------------------------------- release manifests */

struct romtool_manifest;

struct romtool_blob {
    const void *data;
    size_t size; /* bytes */
};

/*
 * Opens a manifest: at least one of the signatures must be by one of the keys over exactly these
 * bytes, checked before a byte of them is parsed. Signatures are minisign files, keys minisign
 * public keys. ROMTOOL_E_UNSIGNED without signatures, _UNTRUSTED_KEY, _BAD_SIGNATURE, _BAD_KEY,
 * _BAD_JSON, _BAD_MANIFEST, _TOO_LARGE, _UNAVAILABLE, _NO_MEMORY; _USAGE where a needed pointer
 * is NULL.
 */
ROMTOOL_API int romtool_manifest_open(const struct romtool_blob *manifest,
                                      const struct romtool_blob *signatures, size_t n_signatures,
                                      const struct romtool_blob *keys, size_t n_keys,
                                      struct romtool_manifest **ret_manifest,
                                      struct romtool_error *reterr);

/*
 * The manifest's mandate for a device on a machine type, digest and file size included. Aliases of
 * machine types and other names of devices are not resolved. ROMTOOL_E_UNKNOWN_MACHINE,
 * _UNKNOWN_DEVICE (the sentence names the nearest known one), _NO_MANDATE; _USAGE where a pointer
 * other than reterr is NULL.
 */
ROMTOOL_API int romtool_manifest_mandate(const struct romtool_manifest *manifest,
                                         const char *machine, const char *device,
                                         struct romtool_mandate *ret_mandate,
                                         struct romtool_error *reterr);

ROMTOOL_API void romtool_manifest_free(struct romtool_manifest *manifest);

/* ------------------------------------------------------------------------- loading */

struct romtool_rom;

enum romtool_load_flag {
    ROMTOOL_LOAD_ANY_CONTENT = 1 << 0, /* also what is no well-formed option ROM */
};

/*
 * Loads the ROM file open at fd (a regular file, read from its start whatever its position is) for
 * a mandate: size first, before anything is read; then the digest where the mandate has one; then
 * the image chain. stated_slot is 0, or a slot in bytes that the caller states explicitly and that
 * then replaces the mandate's: the only way to load a ROM that outgrew it. name is what to call the
 * file in sentences. flags is 0 or an or of enum romtool_load_flag: flags only relax.
 *
 * ROMTOOL_E_OVERSIZE, _NOT_POWER_OF_TWO, _TOO_LARGE, _EMPTY, _SIZE_MISMATCH, _DIGEST_MISMATCH, the
 * codes of a ROM's content (-11x), _NOT_REGULAR, _CHANGED, _IO, _UNAVAILABLE, _NO_MEMORY, _USAGE.
 */
ROMTOOL_API int romtool_load(int fd, const char *name, const struct romtool_mandate *mandate,
                             uint64_t stated_slot, unsigned flags, struct romtool_rom **ret_rom,
                             struct romtool_error *reterr);

/* The verified bytes, zero-filled to exactly the slot. They live as long as rom. */
ROMTOOL_API const void *romtool_rom_data(const struct romtool_rom *rom);

/* The slot in bytes: how many bytes romtool_rom_data() points at. */
ROMTOOL_API uint64_t romtool_rom_slot(const struct romtool_rom *rom);

/* The size of the file in bytes: what follows up to the slot is padding. */
ROMTOOL_API uint64_t romtool_rom_file_size(const struct romtool_rom *rom);

/*
 * A new memfd with these bytes, close-on-exec and fully sealed (no write, grow, shrink or further
 * seal). The caller closes it. ROMTOOL_E_IO.
 */
ROMTOOL_API int romtool_rom_memfd(const struct romtool_rom *rom, int *ret_fd,
                                  struct romtool_error *reterr);

ROMTOOL_API void romtool_rom_free(struct romtool_rom *rom);

#ifdef __cplusplus
}
#endif

#endif
