/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside `romtool inspect`: what is asked, one file on its way through, and how it is shown. The
 * command is in both programs: in romtool it starts fast; romtool-crypto adds digests and signers,
 * and is executed for what needs them.
 */
#ifndef ROMTOOL_INSPECT_H
#define ROMTOOL_INSPECT_H

#include "romtool/command.h"

#include "core/file.h"
#include "rom/consumers.h"
#include "rom/patch.h"
#include "rom/rom.h"
#include "verify/verify.h"

struct inspect_question {
    bool json;
    bool ndjson; /* one object a file */
    bool strict; /* warnings refuse too */
    bool quiet;
    const char *device;  /* -d: the ROM is for this device; NULL: its name tells */
    bool express;        /* the device is behind a PCI Express port */
    const char *extract; /* a directory */
    struct rt_file db;   /* a certificate that signatures must lead to */
};

/* Who signed an EFI program, and over what. */
struct inspect_signer {
    char subject[256];
    char issuer[256];
    char algorithm[16]; /* of the digest */
    char digest[129];   /* of the program, lower-case hex */
};

/* What needs libcrypto. */
struct inspect_crypto {
    int (*sha256)(struct rt_bytes bytes, uint8_t ret[32], struct romtool_error *err);
    int (*guest)(struct rt_bytes file, uint64_t slot, uint16_t vendor, uint16_t device,
                 uint8_t ret_default[32], uint8_t ret_explicit[32], struct romtool_error *err);
    /* ROMTOOL_E_BAD_KEY where these bytes are no certificate. */
    int (*check_db)(struct rt_bytes db, struct romtool_error *err);
    /*
     * Reads and checks the i-th signature of a program; db may be empty. Leaves ret->subject empty
     * where it cannot be read.
     */
    int (*signer)(struct rt_bytes program, const struct rt_pe *pe, size_t i, struct rt_bytes db,
                  struct inspect_signer *ret, struct romtool_error *err);
};

enum {
    PAGE_IMAGES = 16,   /* kept; more are read again when they are shown */
    PAGE_FINDINGS = 64, /* the same */
    MAP_WIDTH = 64,     /* characters */
};

/* One file on its way through. */
struct page {
    const struct inspect_question *question;
    const struct inspect_crypto *crypto; /* NULL: this program has no libcrypto */
    const char *path;
    struct rt_bytes file;
    struct rt_rom rom;
    enum exit_status status;
    struct rt_rom_prospects prospects;

    const char *driver;  /* that the ROM is for; NULL: not known */
    bool driver_by_name; /* nobody stated it: the file's name tells */
    struct rt_rom_device device;
    struct rt_rom_patch patch; /* what QEMU does to the driver's default ROM */

    size_t images;
    struct rt_rom_image image[PAGE_IMAGES];
    size_t findings;
    struct rt_finding finding[PAGE_FINDINGS];
    char map[MAP_WIDTH + 1];
    bool is_signed;
};

/*
 * Reads a file's page; false where this program cannot tell all that was asked, for want of
 * libcrypto.
 */
bool page_read(struct page *page, struct romtool_error *err);

/* Calls fn for each image, for each finding, in order. */
void page_each_image(const struct page *page,
                     void (*fn)(void *user, const struct rt_rom_image *image), void *user);
void page_each_finding(const struct page *page,
                       void (*fn)(void *user, const struct rt_finding *finding), void *user);

/* The bytes of an image; its program, decompressed, which the caller frees. */
struct rt_bytes page_image_bytes(const struct page *page, const struct rt_rom_image *image);
bool page_has_program(const struct rt_rom_image *image);
int page_program(const struct page *page, const struct rt_rom_image *image, struct rt_file *ret,
                 struct romtool_error *err);

/* Shows a page: as text on stdout, as a member of the document. */
void page_print(struct page *page);
void page_json(struct page *page, struct rt_json_writer *json);

/* The sink that keeps a page's findings. It borrows page. */
struct rt_findings page_sink(struct page *page);

/* Writes a page's images and EFI programs as files of the directory. */
int page_extract(const struct page *page, const char *directory, struct romtool_error *err);

/* The command, in either program. */
enum exit_status inspect(int argc, char **argv, const struct inspect_crypto *crypto);

#endif
