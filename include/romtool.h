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
 * and may be NULL. The library keeps no state, prints nothing, reads no environment, and opens no
 * path but in romtool_manifest_open_host(): calls from any thread need no lock as long as they do
 * not share an object that one of them frees.
 *
 * Two libraries below it open a file once a process: libcrypto its configuration (OPENSSL_CONF), at
 * the first digest or signature, and jansson /dev/urandom, at the first manifest. Who has a sandbox
 * lets that come before: by opening his manifest there, or by OPENSSL_init_crypto() and
 * json_object_seed(). A mandate without a digest needs neither.
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
    ROMTOOL_E_TRUNCATED = -112,      /* ends before what it declares */
    ROMTOOL_E_BAD_PCIR = -113,       /* no PCI data structure where the header points */
    ROMTOOL_E_BAD_LENGTH = -114,     /* an image length that cannot be */
    ROMTOOL_E_BAD_CHECKSUM = -115,   /* an x86 image whose bytes do not sum to zero */
    ROMTOOL_E_BAD_EFI_HEADER = -116, /* an EFI image without EFI's signature */
    ROMTOOL_E_NO_LAST_IMAGE = -117,  /* the chain goes on where no image follows */
    ROMTOOL_E_TRAILING_DATA = -118,  /* bytes behind the last image that are not fill */
    ROMTOOL_E_NO_PCIR = -119,        /* an ISA ROM: no ids, no chain */
    ROMTOOL_E_BLANK = -120,          /* nothing but fill: a slot without a ROM */
    ROMTOOL_E_LENGTH_WRAP = -121,    /* an initialization size of 128 KiB or more in its one byte */
    ROMTOOL_E_HIDDEN_IMAGE = -122,   /* an image behind the last one: no firmware finds it */
    ROMTOOL_E_DECOY = -123,          /* what looks like an image inside of another */
    ROMTOOL_E_PREAMBLE = -124,       /* bytes before the first image, as in NVIDIA's dumps */
    ROMTOOL_E_BAD_DEVICE_LIST = -125, /* a device list that does not end inside its image */
    ROMTOOL_E_BAD_POINTER = -126,     /* a pointer out of its image, or to nothing that it names */
    ROMTOOL_E_BAD_PNP = -127,         /* a $PnP header that reads badly */
    ROMTOOL_E_PNP_LOOP = -128,        /* a chain of $PnP headers that never ends */
    ROMTOOL_E_BAD_UNDI = -129,        /* an UNDI ROM ID that reads badly */
    ROMTOOL_E_BAD_IPXE = -130,        /* an iPXE header that reads badly */

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
    ROMTOOL_E_THRESHOLD = -142,       /* signed by too few of the keys that count */
    ROMTOOL_E_REVOKED_KEY = -143,     /* signed by a key that is revoked */
    ROMTOOL_E_RELEASE_EXPIRED = -144, /* beyond its notAfter */
    ROMTOOL_E_ROLLBACK = -145,        /* a lower serial than was installed, or a withdrawn one */
    ROMTOOL_E_FAST_FORWARD = -146,    /* a serial that is dated in the future */
    ROMTOOL_E_WITHDRAWN = -147,       /* a ROM file that must not be used any more */
    ROMTOOL_E_UNSAFE_TRUST = -148,    /* keys, policy or stamps that others can write to */
    ROMTOOL_E_BAD_POLICY = -149,      /* policy.conf, or a key's, that is not understood */
    ROMTOOL_E_NOT_YET_CREATED = -150, /* created later than now: a wrong clock? */

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
    ROMTOOL_E_SERIAL_NOT_GROWN = -169, /* a later release whose serial is no larger */

    /* what is inside a ROM file, continued */
    ROMTOOL_E_BAD_NPDE = -171,               /* an NPDE extension of NVIDIA's that reads badly */
    ROMTOOL_E_BAD_FCODE = -172,              /* an Open Firmware image without its program */
    ROMTOOL_E_BAD_COMPRESSION = -173,        /* an EFI program that cannot be decompressed */
    ROMTOOL_E_BAD_PE = -174,                 /* an EFI program that is no PE/COFF image */
    ROMTOOL_E_MACHINE_MISMATCH = -175,       /* the image's header and its PE name two machines */
    ROMTOOL_E_BAD_CERTIFICATE = -176,        /* a malformed Authenticode certificate table */
    ROMTOOL_E_CERTIFICATE_NOT_AT_END = -177, /* bytes behind the table: the signature fails */
    ROMTOOL_E_FOREIGN_IDS = -178,            /* ids that the device does not have */
    ROMTOOL_E_PATCH_DAMAGES_EFI = -179,      /* QEMU's id patch would break this EFI-first ROM */

    /* saved and migrating guests */
    ROMTOOL_E_BAD_STREAM = -181,      /* no migration stream of QEMU's, or one that cannot be */
    ROMTOOL_E_BAD_SAVE = -182,        /* a libvirt save image whose header cannot be */
    ROMTOOL_E_INCOMPLETE_SAVE = -183, /* one that was not written to its end */
    ROMTOOL_E_BAD_QCOW2 = -184,       /* a qcow2 image whose tables cannot be */
    ROMTOOL_E_BAD_COMPRESSED = -185,  /* compressed bytes that cannot be decompressed */
    ROMTOOL_E_BAD_DOMAIN = -186,      /* no domain XML, or one that cannot be */
    ROMTOOL_E_NO_VM_STATE = -187,     /* an image without a snapshot that holds a guest's state */
    ROMTOOL_E_XBZRLE = -188,          /* a ROM's page sent as a difference to an earlier one */
    ROMTOOL_E_ROM_INCOMPLETE = -189,  /* a ROM of which not all pages are in the stream */
    ROMTOOL_E_UNKNOWN_ROM = -190,     /* a ROM that no release and no file that was given has */
    ROMTOOL_E_ALTERED_ROM = -191,     /* a known ROM with other bytes in it */
    ROMTOOL_E_WONT_RESTORE = -192,    /* a ROM's slot is another, or none, where the guest goes */
    ROMTOOL_E_NO_ROOM = -193,         /* more than fits where it would be written */

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
    ROMTOOL_E_UNSUPPORTED = -212,     /* a known form of input that is not read here */
    ROMTOOL_E_NO_MACHINE = -213,      /* the machine type is needed and nothing states it */
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
 * ROMTOOL_E_EMPTY for 0, _TOO_LARGE beyond ROMTOOL_SLOT_MAX; _USAGE where ret_slot is NULL.
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
    char machine[ROMTOOL_NAME_SIZE]; /* "pc-q35-7.2" */
    char device[ROMTOOL_NAME_SIZE];  /* QEMU's driver name: "virtio-net-pci" */
    char file[ROMTOOL_NAME_SIZE];    /* ROM file name that QEMU looks for: "efi-virtio.rom" */
    char source[128];                /* where the slot is known from */
};

/*
 * Looks a mandate up in the built-in table: file_size and has_sha256 are 0. Aliases of machine
 * types ("pc", "q35") and libvirt's names of devices ("virtio") are resolved. Neither allocates nor
 * needs libcrypto.
 *
 * ROMTOOL_E_UNKNOWN_PROFILE, _UNKNOWN_MACHINE, _UNKNOWN_DEVICE (the sentence names the
 * nearest known ones), _NO_MANDATE (also for a device that has no ROM BAR); _USAGE where a pointer
 * other than reterr is NULL.
 */
ROMTOOL_API int romtool_mandate_find(const char *profile, const char *machine, const char *device,
                                     struct romtool_mandate *ret_mandate,
                                     struct romtool_error *reterr);

/* ------------------------------------------------------------------------- what is inside a ROM */

struct romtool_inspection;

enum romtool_inspect_flag {
    ROMTOOL_INSPECT_NO_PROGRAMS = 1 << 0, /* do not decompress and read EFI programs */
};

enum romtool_image_type {
    ROMTOOL_IMAGE_X86 = 0, /* and ISA ROMs without a PCI data structure */
    ROMTOOL_IMAGE_OPENFIRMWARE = 1,
    ROMTOOL_IMAGE_HPPA = 2,
    ROMTOOL_IMAGE_EFI = 3,
    ROMTOOL_IMAGE_UNKNOWN = 4, /* code_type tells */
};

enum romtool_image_checksum {
    ROMTOOL_CHECKSUM_ABSENT = 0, /* images of this type have none */
    ROMTOOL_CHECKSUM_OK = 1,
    ROMTOOL_CHECKSUM_BAD = 2,
};

enum romtool_severity {
    ROMTOOL_INFO = 0,
    ROMTOOL_WARNING = 1,
    ROMTOOL_ERROR = 2, /* a consumer would misread or reject the ROM */
};

/* 72 bytes, frozen. A ROM file as a whole. */
struct romtool_rom_summary {
    uint64_t size;           /* bytes of the file */
    uint64_t preamble;       /* bytes before the first image */
    uint64_t content_length; /* bytes up to the end of the last image */
    uint64_t slot;           /* bytes: what QEMU makes of this size without romsize= */
    uint64_t images;
    uint64_t findings;      /* all that there were */
    uint64_t findings_kept; /* the first of them: romtool_inspection_finding() */
    int32_t fill;           /* the byte that all behind the content is; -1: nothing, or several */
    uint32_t worst;         /* enum romtool_severity of the worst finding; 0 without any */
    uint64_t reserved;      /* 0 */
};

/* 96 bytes, frozen. Offsets and lengths are bytes; offset is from the start of the file. */
struct romtool_image {
    uint64_t offset;
    uint64_t length;         /* as declared; as far as the file goes where that is less */
    uint64_t init_size;      /* x86 and EFI: what firmware copies; else 0 */
    uint64_t program;        /* EFI: where the program is, from the start of the file; else 0 */
    uint64_t program_length; /* EFI: bytes of it in the file */
    uint64_t original;       /* EFI: bytes once decompressed; 0 for a program that is not */
    uint32_t type;           /* enum romtool_image_type */
    uint32_t checksum;       /* enum romtool_image_checksum */
    uint32_t class_code;     /* 0x020000: base class, subclass, interface */
    uint16_t vendor;
    uint16_t device;
    uint16_t efi_machine;   /* 0x8664: x86-64 */
    uint16_t efi_subsystem; /* 0x0b: boot service driver */
    uint16_t code_revision;
    uint8_t code_type;
    uint8_t pcir_revision; /* 0: PCI 2.x; 3: PCI 3.0 */
    uint8_t has_pcir;      /* 0: an ISA ROM, or cut before it; ids, class and types are 0 */
    uint8_t last;          /* 1: the chain ends here */
    uint8_t is_signed;     /* EFI: 1: there is an Authenticode signature; nothing says it holds */
    uint8_t reserved[21];  /* 0 */
};

/* 216 bytes, frozen. Something that reads badly. */
struct romtool_finding {
    int32_t code;      /* enum romtool_code */
    uint32_t severity; /* enum romtool_severity */
    uint64_t offset;   /* byte of the file, or ROMTOOL_NO_OFFSET */
    char text[200];    /* one printable sentence without a full stop */
};

/*
 * Reads what is inside the ROM file of size bytes at data, which is only borrowed: the inspection
 * keeps numbers, no pointer into it. It takes time linear in size, and memory for the images: at
 * most the size of the file, and 64 KiB. flags is 0 or an or of enum romtool_inspect_flag: flags
 * only relax. Badly formed is no error here: that is what the findings tell.
 *
 * ROMTOOL_E_EMPTY, _TOO_LARGE (beyond ROMTOOL_SLOT_MAX), _NOT_A_ROM, _NO_MEMORY; _USAGE where data
 * or ret_inspection is NULL, or for a flag that is none.
 */
ROMTOOL_API int romtool_inspect(const void *data, size_t size, unsigned flags,
                                struct romtool_inspection **ret_inspection,
                                struct romtool_error *reterr);

/* The whole; zeroed where inspection is NULL. */
ROMTOOL_API void romtool_inspection_summary(const struct romtool_inspection *inspection,
                                            struct romtool_rom_summary *ret_summary);

/*
 * The image, the finding of this index, counted from 0 in the file's order: below images and below
 * findings_kept of the summary. ROMTOOL_E_USAGE where there is none, or a pointer other than reterr
 * is NULL.
 */
ROMTOOL_API int romtool_inspection_image(const struct romtool_inspection *inspection, size_t index,
                                         struct romtool_image *ret_image,
                                         struct romtool_error *reterr);
ROMTOOL_API int romtool_inspection_finding(const struct romtool_inspection *inspection,
                                           size_t index, struct romtool_finding *ret_finding,
                                           struct romtool_error *reterr);

/* NULL is fine. */
ROMTOOL_API void romtool_inspection_free(struct romtool_inspection *inspection);

/* ------------------------------------------------------------------------- release manifests */

struct romtool_manifest;

struct romtool_blob {
    const void *data;
    size_t size; /* bytes */
};

/*
 * Opens a manifest: at least one of the signatures must be by one of the keys over exactly these
 * bytes, checked before a byte of them is parsed. Signatures are minisign files or DSSE envelopes,
 * keys are minisign public keys, PEM public keys (Ed25519, P-256, P-384) or lines of OpenSSH's
 * allowed signers (Ed25519). ROMTOOL_E_UNSIGNED without signatures, _UNTRUSTED_KEY, _BAD_SIGNATURE,
 * _BAD_KEY, _BAD_JSON, _BAD_MANIFEST, _TOO_LARGE, _UNAVAILABLE, _NO_MEMORY; _USAGE where a needed
 * pointer is NULL.
 */
ROMTOOL_API int romtool_manifest_open(const struct romtool_blob *manifest,
                                      const struct romtool_blob *signatures, size_t n_signatures,
                                      const struct romtool_blob *keys, size_t n_keys,
                                      struct romtool_manifest **ret_manifest,
                                      struct romtool_error *reterr);

enum romtool_policy_flag {
    ROMTOOL_POLICY_EXPIRED = 1 << 0, /* also a release that says it has expired */
};

/* 32 bytes, frozen. All zero is what romtool_manifest_open() has. */
struct romtool_policy {
    uint32_t threshold;   /* how many distinct keys must have signed, up to 64; 0 is 1 */
    uint32_t flags;       /* an or of enum romtool_policy_flag: flags only relax */
    int64_t at;           /* seconds since 1970; 0: no limit in time can be judged, and so a key
                             that has one does not count and no release expires */
    uint64_t reserved[2]; /* 0 */
};

/*
 * The same under a policy, which may be NULL. Also ROMTOOL_E_THRESHOLD, _RELEASE_EXPIRED; _USAGE
 * for a policy that cannot be.
 */
ROMTOOL_API int romtool_manifest_open_policy(const struct romtool_blob *manifest,
                                             const struct romtool_blob *signatures,
                                             size_t n_signatures, const struct romtool_blob *keys,
                                             size_t n_keys, const struct romtool_policy *policy,
                                             struct romtool_manifest **ret_manifest,
                                             struct romtool_error *reterr);

/*
 * Opens the manifest at path under what this host trusts: /etc/romtool/trusted.d, revoked.d and
 * policy.conf, and the same in /run and /usr/lib (docs/formats.md). Where `romtool manifest
 * install` left a stamp for these very bytes and this very trust, only digests are computed; else
 * the signatures beside the manifest are verified. root is put before the host's directories, but
 * not before path; NULL is "". at is seconds since 1970, 0: now. This call opens paths and, for at
 * 0, asks the clock.
 *
 * As romtool_manifest_open(), and ROMTOOL_E_NOT_FOUND, _IO, _NOT_REGULAR, _CHANGED, _THRESHOLD,
 * _REVOKED_KEY, _RELEASE_EXPIRED, _UNSAFE_TRUST, _BAD_POLICY; _USAGE where path or ret_manifest is
 * NULL, or for a time before 1970.
 */
ROMTOOL_API int romtool_manifest_open_host(const char *path, const char *root, int64_t at,
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

/* NULL is fine. Mandates that came of it stay. */
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
 * then replaces the mandate's: the only way to load a ROM that outgrew it. It replaces neither the
 * mandate's file size nor its digest. name is what to call the file in sentences, or NULL. flags is
 * 0 or an or of enum romtool_load_flag: flags only relax. fd stays open, at its position. A file of
 * nothing but fill is well-formed: an empty slot.
 *
 * ROMTOOL_E_OVERSIZE, _NOT_POWER_OF_TWO (a slot of 0, too), _TOO_LARGE (a slot beyond
 * ROMTOOL_SLOT_MAX), _EMPTY, _SIZE_MISMATCH, _DIGEST_MISMATCH; of what is no well-formed ROM
 * _NOT_A_ROM, _TRUNCATED, _BAD_PCIR, _BAD_LENGTH, _LENGTH_WRAP, _BAD_CHECKSUM, _BAD_EFI_HEADER,
 * _NO_LAST_IMAGE, _PNP_LOOP, _BAD_NPDE; _NOT_REGULAR, _CHANGED, _IO, _UNAVAILABLE, _NO_MEMORY;
 * _USAGE where fd is negative, mandate or ret_rom is NULL, the mandate's has_sha256 or reserved is
 * out of range, or for a flag that is none.
 */
ROMTOOL_API int romtool_load(int fd, const char *name, const struct romtool_mandate *mandate,
                             uint64_t stated_slot, unsigned flags, struct romtool_rom **ret_rom,
                             struct romtool_error *reterr);

/*
 * The verified bytes, zero-filled to exactly the slot. They live as long as rom, in memory
 * that need not begin at a page: romtool_rom_memfd() is for who maps. NULL for NULL.
 */
ROMTOOL_API const void *romtool_rom_data(const struct romtool_rom *rom);

/* The slot in bytes: how many bytes romtool_rom_data() points at. 0 for NULL. */
ROMTOOL_API uint64_t romtool_rom_slot(const struct romtool_rom *rom);

/* The size of the file in bytes: what follows up to the slot is padding. 0 for NULL. */
ROMTOOL_API uint64_t romtool_rom_file_size(const struct romtool_rom *rom);

/*
 * A new memfd with these bytes, close-on-exec and fully sealed (no write, grow, shrink or further
 * seal), positioned at its start. The caller closes it; it outlives rom. Map it PROT_READ and
 * MAP_PRIVATE: Linux before 6.7 maps no write-sealed memfd MAP_SHARED. A memfd is a file to
 * RLIMIT_FSIZE: below the slot that ends the process by SIGXFSZ, unless the caller ignores it.
 * ROMTOOL_E_IO; _USAGE where rom or ret_fd is NULL.
 */
ROMTOOL_API int romtool_rom_memfd(const struct romtool_rom *rom, int *ret_fd,
                                  struct romtool_error *reterr);

/* NULL is fine. */
ROMTOOL_API void romtool_rom_free(struct romtool_rom *rom);

#ifdef __cplusplus
}
#endif

#endif
