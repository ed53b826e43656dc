/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libvirt's save image (virsh save, managed saves, external memory snapshots): a header, the
 * domain's XML and a cookie, and behind them QEMU's migration stream, as it is or compressed.
 * Layout: src/qemu/qemu_saveimage.[ch] of libvirt 9.0 to 11.
 */
#ifndef RT_STATE_LIBVIRT_SAVE_H
#define RT_STATE_LIBVIRT_SAVE_H

#include "core/bytes.h"
#include "core/error.h"

#define RT_SAVE_HEADER_SIZE 92U                  /* bytes */
#define RT_SAVE_DATA_MAX    ((uint32_t)16 << 20) /* bytes of XML, cookie and slack */

enum rt_save_format {
    RT_SAVE_RAW = 0,
    RT_SAVE_GZIP = 1,
    RT_SAVE_BZIP2 = 2,
    RT_SAVE_XZ = 3,
    RT_SAVE_LZOP = 4,
    RT_SAVE_ZSTD = 5,   /* since libvirt 9.9 */
    RT_SAVE_SPARSE = 6, /* since libvirt 11.2: QEMU's mapped-ram */
};

struct rt_save_header {
    uint8_t bytes[RT_SAVE_HEADER_SIZE]; /* as they are in the file */
    bool complete;                      /* false: "LibvirtQemudPart", still written or aborted */
    bool big_endian;                    /* its integers; libvirt writes its host's order */
    uint32_t version;                   /* 0 to 2 */
    uint32_t data_len;                  /* bytes of XML, cookie and slack: never 0 */
    uint32_t was_running;               /* not 0: it runs on when it is restored */
    uint32_t format;                    /* enum rt_save_format, or a number that is not known */
    uint32_t cookie_offset;             /* bytes behind xml_at; 0: there is no cookie */
    uint64_t xml_at, state_at;          /* offsets in the file */
    uint64_t cookie_at;                 /* 0: there is no cookie */
};

/* Do these bytes begin as a save image does? 16 are enough. */
bool rt_save_is(struct rt_bytes head);

/*
 * The header, from the file's first 92 bytes. One that is not complete, or in a format that is not
 * known, is read as any other: what follows from that is for the caller to say.
 *
 * ROMTOOL_E_BAD_SAVE (other magic, no data, a cookie behind the data), ROMTOOL_E_TRUNCATED,
 * ROMTOOL_E_UNSUPPORTED (a later version), ROMTOOL_E_TOO_LARGE (RT_SAVE_DATA_MAX); offsets are of
 * the file.
 */
int rt_save_read_header(struct rt_bytes head, struct rt_save_header *ret,
                        struct romtool_error *err);

/* "raw", "gzip", ...; "unknown" for any other number. */
const char *rt_save_format_name(uint32_t format);

/*
 * The texts inside the data_len bytes behind the header, without the NULs that end them; borrowed
 * from data. The cookie is empty where there is none.
 *
 * ROMTOOL_E_BAD_SAVE (a text that does not end), ROMTOOL_E_TRUNCATED (data is shorter than
 * data_len); offsets are of the file.
 */
int rt_save_texts(struct rt_bytes data, const struct rt_save_header *header,
                  struct rt_bytes *ret_xml, struct rt_bytes *ret_cookie, struct romtool_error *err);

/*
 * Appends header and data with another XML, which has no NUL, to out: as many bytes as before, the
 * cookie behind the XML, then zeros; what is behind them in the file stays where it is. data is
 * what the image has now. Nothing is appended where it fails.
 *
 * As rt_save_texts(), and ROMTOOL_E_NO_ROOM (the sentence says how many bytes are missing),
 * ROMTOOL_E_BAD_DOMAIN (an XML that is empty or has a NUL), ROMTOOL_E_NO_MEMORY.
 */
int rt_save_compose(const struct rt_save_header *header, struct rt_bytes data, struct rt_bytes xml,
                    struct rt_buffer *out, struct romtool_error *err);

#endif
