/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside `romtool state`: what is asked, one saved guest on its way through, how it is shown. */
#ifndef ROMTOOL_STATE_H
#define ROMTOOL_STATE_H

#include "romtool/destination.h"
#include "romtool/origin.h"
#include "romtool/saved.h"
#include "state/pages.h"

struct state_question {
    const char *to, *profile, *machine, *qemu;
    const char *extract; /* a directory */
    bool only_blocks;    /* no page is read */
    bool needs_roms;     /* to be extracted or compared: one that is not whole is an error */
    bool json, ndjson, quiet;
};

/* One option ROM of a guest. */
struct state_rom {
    size_t block;                    /* index in the stream's blocks */
    char device[RT_STATE_NAME_SIZE]; /* QEMU's driver name */
    bool has_bytes;                  /* all of it is in the stream, and what follows is known */
    uint8_t sha256[RT_SHA256_SIZE];  /* of what the guest reads, all of the slot */
    struct origin origin;            /* the file that it was loaded from */
};

/* One guest on its way through. */
struct state_guest {
    const struct state_question *question;
    const char *path;
    const struct saved *saved; /* NULL: the file could not be opened */
    size_t index;              /* of the guest in the file */
    struct rt_state_stream stream;
    bool truncated;
    struct rt_domain *domain; /* what libvirt knows of it, or NULL */
    const char *machine;      /* by the stream, libvirt or -m; NULL: nobody says */
    struct state_rom *rom;
    size_t n_roms;
    struct passage *passage;  /* of each ROM, with --to; else NULL */
    enum exit_status restore; /* of all passages together */
    struct finding_list findings;
    enum exit_status status;
};

/* Reads the i-th guest of a file and judges it. state_guest_end() is due afterwards. */
void state_guest_read(struct state_guest *guest, struct saved *saved, size_t i,
                      const struct destination *destination, const struct origins *origins);
void state_guest_end(struct state_guest *guest);

/* Findings, which also decide the guest's status. */
struct rt_findings state_guest_sink(struct state_guest *guest);

/* Writes what is asked of one ROM to the directory of --extract. */
int state_extract(const struct state_guest *guest, const struct state_rom *rom,
                  struct rt_bytes bytes, struct romtool_error *err);

void state_print(FILE *stream, const struct state_guest *guest);

/* Writes to stream what of the document does not stay in the writer's buffer. */
void state_json(const struct state_guest *guest, struct rt_json_writer *json, FILE *stream);

#endif
