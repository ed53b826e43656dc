/* SPDX-License-Identifier: BSD-2-Clause */
/* `romtool state`: a guest as text, as JSON, and its ROMs as files. */
#include "romtool/state.h"

#include "core/file.h"
#include "romtool/fix.h"
#include "state/blocks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------- extraction */

/* "0000:00:03.0/e1000.rom" is 0000_00_03.0-e1000.rom: what no file name may have, and tools trip
 * on. */
static void file_name_of(const char *block, char *ret, size_t n)
{
    (void)printable(block, ret, n);
    for (char *at = ret; *at != '\0'; at++) {
        if (*at == ':')
            *at = '_';
        else if (*at == '/')
            *at = '-';
    }
}

/* As `inspect --extract`: never over something. */
int state_extract(const struct state_guest *guest, const struct state_rom *rom,
                  struct rt_bytes bytes, struct romtool_error *err)
{
    const struct rt_qcow2_snapshot *snapshot = saved_snapshot(guest->saved, guest->index);
    char name[RT_STATE_NAME_SIZE], id[RT_STATE_NAME_SIZE];
    struct rt_buffer path = {0};
    int r;

    file_name_of(guest->stream.blocks[rom->block].name, name, sizeof(name));
    rt_buffer_printf(&path, "%s/", guest->question->extract);
    if (snapshot != NULL) {
        file_name_of(snapshot->id, id, sizeof(id));
        rt_buffer_printf(&path, "%s-", id);
    }
    rt_buffer_puts(&path, name);
    r = path.failed ? rt_error_no_memory(err)
                    : rt_file_write(path.data, 0644, RT_FILE_KEEP, bytes, err);
    rt_buffer_free(&path);
    return r;
}

/* ------------------------------------------------------------------------- text */

static void print_head(FILE *stream, const struct state_guest *guest)
{
    const struct rt_qcow2_snapshot *snapshot = saved_snapshot(guest->saved, guest->index);
    char shown[512];

    (void)fprintf(stream, "%s: %s", printable(guest->path, shown, sizeof(shown)),
                  saved_container_name(guest->saved->container));
    if (guest->saved->compression != NULL)
        (void)fprintf(stream, " (%s)", guest->saved->compression);
    if (snapshot != NULL) {
        (void)fprintf(stream, ", snapshot %s", printable(snapshot->id, shown, sizeof(shown)));
        (void)fprintf(stream, " '%s'", printable(snapshot->name, shown, sizeof(shown)));
    }
    if (guest->domain != NULL && guest->domain->name != NULL)
        (void)fprintf(stream, ", domain '%s'",
                      printable(guest->domain->name, shown, sizeof(shown)));
    (void)fprintf(stream, ", %s%s\n",
                  guest->machine != NULL ? printable(guest->machine, shown, sizeof(shown))
                                         : "machine type not stated",
                  guest->truncated ? ", cut" : "");
}

static const struct state_rom *rom_of(const struct state_guest *guest, size_t block)
{
    for (size_t i = 0; i < guest->n_roms; i++) {
        if (guest->rom[i].block == block)
            return &guest->rom[i];
    }
    return NULL;
}

static void print_blocks(FILE *stream, const struct state_guest *guest)
{
    char shown[RT_STATE_NAME_SIZE];

    for (size_t i = 0; i < guest->stream.n_blocks; i++) {
        const struct rt_state_block *block = &guest->stream.blocks[i];
        const struct state_rom *rom = rom_of(guest, i);

        (void)fprintf(stream, "  %-44s %12" PRIu64, printable(block->name, shown, sizeof(shown)),
                      block->length);
        if (rom != NULL)
            (void)fprintf(stream, "  ROM of %s", printable(rom->device, shown, sizeof(shown)));
        (void)fputc('\n', stream);
        if (rom != NULL && rom->has_bytes)
            origin_print(stream, &rom->origin);
    }
}

static void print_nics(FILE *stream, const struct rt_domain *domain)
{
    char shown[512];

    for (size_t i = 0; i < domain->n_devices; i++) {
        const struct rt_domain_device *device = &domain->device[i];

        if (device->kind == RT_DOMAIN_VIDEO)
            continue;
        (void)fprintf(stream, "  libvirt: %s",
                      device->alias != NULL ? printable(device->alias, shown, sizeof(shown)) : "?");
        if (device->model != NULL)
            (void)fprintf(stream, " %s", printable(device->model, shown, sizeof(shown)));
        if (device->path != NULL)
            (void)fprintf(stream, " at %s", printable(device->path, shown, sizeof(shown)));
        if (device->rom_bar != RT_DOMAIN_UNSET)
            (void)fprintf(stream, ", rom bar %s", device->rom_bar == RT_DOMAIN_ON ? "on" : "off");
        if (device->rom_enabled == RT_DOMAIN_OFF)
            (void)fputs(", rom disabled", stream);
        if (device->rom_file != NULL)
            (void)fprintf(stream, ", rom file %s",
                          printable(device->rom_file, shown, sizeof(shown)));
        if (device->overrides_file)
            (void)fprintf(stream, ", overridden: %s",
                          device->override_file != NULL
                              ? printable(device->override_file, shown, sizeof(shown))
                              : "QEMU's own");
        if (device->override_size != 0)
            (void)fprintf(stream, ", romsize %" PRIu64, device->override_size);
        (void)fputc('\n', stream);
    }
}

static void print_passages(FILE *stream, const struct state_guest *guest)
{
    const char *to = guest->question->to;
    char shown[RT_STATE_NAME_SIZE];

    (void)fprintf(stream, "  to %s: %s\n", printable(to, shown, sizeof(shown)),
                  guest->restore == EXIT_REFUSED     ? "will not restore"
                  : guest->restore == EXIT_UNDECIDED ? "not known whether it will restore"
                                                     : "will restore, as far as ROMs go");
    for (size_t i = 0; i < guest->n_roms; i++) {
        const struct passage *passage = &guest->passage[i];

        if (passage_status(passage) != EXIT_REFUSED)
            continue;
        (void)fprintf(stream, "  %s: %" PRIu64 " -> %" PRIu64 "\n",
                      printable(passage->block->name, shown, sizeof(shown)), passage->block->length,
                      passage->length);
        fix_print(stream, &passage->move);
    }
}

void state_print(FILE *stream, const struct state_guest *guest)
{
    print_head(stream, guest);
    print_blocks(stream, guest);
    if (guest->domain != NULL)
        print_nics(stream, guest->domain);
    if (guest->passage != NULL)
        print_passages(stream, guest);
}
