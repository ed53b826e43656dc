/* SPDX-License-Identifier: BSD-2-Clause */
/* One saved guest, from its container to its verdict. */
#include "romtool/state.h"

#include "state/blocks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------- findings */

static void add_finding(void *user, const struct rt_finding *finding)
{
    struct state_guest *guest = user;
    struct rt_findings keep = finding_list_sink(&guest->findings);
    struct rt_finding judged = *finding;

    /* whoever asks for the ROMs has no answer without them */
    if (guest->question->needs_roms &&
        (judged.code == ROMTOOL_E_ROM_INCOMPLETE || judged.code == ROMTOOL_E_TOO_LARGE))
        judged.severity = RT_ERROR;
    /* nor whoever asks whether it restores */
    if (guest->question->to != NULL && judged.code == ROMTOOL_E_INCOMPLETE_SAVE)
        judged.severity = RT_ERROR;
    keep.add(keep.user, &judged);
    if (guest->findings.failed) /* one is lost */
        guest->status = exit_status_both(guest->status, EXIT_UNDECIDED);
    if (judged.severity == RT_ERROR)
        guest->status = exit_status_both(guest->status, exit_status_of(judged.code));
    if (finding->code == ROMTOOL_E_TRUNCATED)
        guest->truncated = true;
}

struct rt_findings state_guest_sink(struct state_guest *guest)
{
    return (struct rt_findings){add_finding, guest};
}

static void add_error(struct state_guest *guest, const struct romtool_error *err)
{
    struct rt_findings findings = state_guest_sink(guest);

    rt_finding_add(&findings, err->code, RT_ERROR, err->offset, "%s", err->text);
}

/* ------------------------------------------------------------------------- the container */

/* What libvirt knows of it: without it the stream still tells what the guest has. */
static void read_domain(struct state_guest *guest)
{
    struct rt_findings findings = state_guest_sink(guest);
    struct romtool_error err;

    rt_error_clear(&err);
    if (guest->saved->container != SAVED_LIBVIRT)
        return;
    if (!guest->saved->header.complete)
        rt_finding_add(&findings, ROMTOOL_E_INCOMPLETE_SAVE, RT_WARNING, 0,
                       "the save image was not written to its end, libvirt refuses it");
    if (rt_domain_read(guest->saved->xml, &guest->domain, &err) < 0)
        rt_finding_add(&findings, err.code, RT_WARNING, ROMTOOL_NO_OFFSET, "%s", err.text);
}

static void tell_machine(struct state_guest *guest)
{
    if (guest->question->machine != NULL)
        guest->machine = guest->question->machine;
    else if (guest->stream.machine[0] != '\0')
        guest->machine = guest->stream.machine;
    else if (guest->domain != NULL)
        guest->machine = guest->domain->machine;
}

/* ------------------------------------------------------------------------- the ROMs */

static int find_roms(struct state_guest *guest, struct romtool_error *err)
{
    const struct rt_state_stream *stream = &guest->stream;
    char device[RT_STATE_NAME_SIZE];

    guest->rom = calloc(stream->n_blocks + 1, sizeof(*guest->rom));
    if (guest->rom == NULL)
        return rt_error_no_memory(err);
    for (size_t i = 0; i < stream->n_blocks; i++) {
        if (!rt_state_block_is_rom(stream->blocks[i].name, device))
            continue;
        guest->rom[guest->n_roms].block = i;
        memcpy(guest->rom[guest->n_roms].device, device, sizeof(device));
        guest->n_roms++;
    }
    return 0;
}

static int judge_rom(struct state_guest *guest, const struct rt_state_roms *roms, size_t i,
                     const struct origins *origins, struct romtool_error *err)
{
    struct rt_findings findings = state_guest_sink(guest);
    struct state_rom *rom = &guest->rom[i];
    struct romtool_error failed;
    struct rt_bytes bytes;
    uint8_t *data;
    int r = rt_state_rom_bytes(roms, &guest->stream, i, &data, &bytes.len, err);

    if (r == ROMTOOL_E_ROM_INCOMPLETE) { /* a finding says so */
        rt_error_clear(err);
        return 0;
    }
    if (r < 0)
        return r;
    bytes.data = data;
    r = rt_digest_sha256(bytes, rom->sha256, err);
    if (r == 0)
        r = origin_find(origins, guest->stream.blocks[rom->block].name, bytes, &rom->origin,
                        &findings, err);
    rom->has_bytes = r == 0;
    /* what cannot be written is said, the other ROMs are read all the same */
    rt_error_clear(&failed);
    if (r == 0 && guest->question->extract != NULL && state_extract(guest, rom, bytes, &failed) < 0)
        add_error(guest, &failed);
    free(data);
    return r;
}

static int read_roms(struct state_guest *guest, struct rt_reader *reader,
                     const struct origins *origins, struct romtool_error *err)
{
    struct rt_findings findings = state_guest_sink(guest);
    struct rt_state_roms roms;
    int r = rt_state_roms_read(reader, &guest->stream, &findings, &roms, err);

    for (size_t i = 0; r == 0 && i < roms.n; i++)
        r = judge_rom(guest, &roms, i, origins, err);
    rt_state_roms_free(&roms);
    return r;
}

/* ------------------------------------------------------------------------- the destination */

/* QEMU stops at the first block that differs: what it says of a later one is said some day. */
static void report_passage(struct state_guest *guest, const struct passage *passage, bool is_first,
                           bool is_known)
{
    const char *will = is_known ? "QEMU will say: " : "QEMU will say, if it comes so far: ";
    struct rt_findings findings = state_guest_sink(guest);

    if (!passage->is_known) {
        rt_finding_add(&findings, passage->err.code, RT_WARNING, ROMTOOL_NO_OFFSET, "%s: %s",
                       passage->block->name, passage->err.text);
        return;
    }
    if (passage->outcome != RT_RESTORE_SAME)
        rt_finding_add(&findings, ROMTOOL_E_WONT_RESTORE, RT_ERROR, ROMTOOL_NO_OFFSET, "%s%s",
                       is_first ? will : "and then: ", passage->text);
}

static int judge_destination(struct state_guest *guest, const struct destination *destination,
                             struct romtool_error *err)
{
    bool is_known = true;

    if (guest->machine == NULL)
        return rt_error_set(err, ROMTOOL_E_NO_MACHINE, ROMTOOL_NO_OFFSET,
                            "the stream does not say its machine type: -m MACHINE does");
    guest->passage = calloc(guest->n_roms + 1, sizeof(*guest->passage));
    if (guest->passage == NULL)
        return rt_error_no_memory(err);
    for (size_t i = 0; i < guest->n_roms; i++) {
        struct passage *passage = &guest->passage[i];

        destination_pass(destination, guest->machine, &guest->stream,
                         &guest->stream.blocks[guest->rom[i].block], guest->domain, passage);
        is_known &= passage->is_known;
        report_passage(guest, passage, guest->restore != EXIT_REFUSED, is_known);
        guest->restore = exit_status_of_parts(guest->restore, passage_status(passage));
    }
    if (guest->restore == EXIT_UNDECIDED)
        guest->status = exit_status_both(guest->status, EXIT_UNDECIDED);
    return 0;
}

/* ------------------------------------------------------------------------- the whole */

static int read_guest(struct state_guest *guest, struct saved *saved,
                      const struct destination *destination, const struct origins *origins,
                      struct romtool_error *err)
{
    struct rt_reader *reader;
    int found, r = saved_stream(saved, guest->index, &reader, err);

    if (r < 0)
        return r;
    r = rt_state_stream_read(reader, &guest->stream, err);
    tell_machine(guest);
    found = find_roms(guest, r == 0 ? err : NULL); /* of a list that is cut, too */
    if (r == 0)
        r = found;
    if (r == 0 && destination != NULL)
        r = judge_destination(guest, destination, err);
    if (r == 0 && !guest->question->only_blocks)
        r = read_roms(guest, reader, origins, err);
    return r;
}

void state_guest_read(struct state_guest *guest, struct saved *saved, size_t i,
                      const struct destination *destination, const struct origins *origins)
{
    struct romtool_error err;

    rt_error_clear(&err);
    guest->saved = saved;
    guest->index = i;
    read_domain(guest);
    if (read_guest(guest, saved, destination, origins, &err) < 0)
        add_error(guest, &err);
}

void state_guest_end(struct state_guest *guest)
{
    rt_state_stream_free(&guest->stream);
    rt_domain_free(guest->domain);
    free(guest->rom);
    free(guest->passage);
    finding_list_clear(&guest->findings);
}
