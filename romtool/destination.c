/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/destination.h"

#include "core/file.h"
#include "romtool/directory.h"
#include "state/blocks.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int destination_open(const char *name, const char *profile, const char *qemu,
                     struct destination *ret, struct romtool_error *err)
{
    bool is_dir = is_directory(name);
    int r;

    *ret = (struct destination){.name = name, .directory = is_dir ? name : NULL};
    r = ground_open(is_dir ? profile : name, &ret->ground, err);
    if (r == 0)
        ret->qemu = qemu != NULL ? qemu : ret->ground.profile.series->qemu;
    return r;
}

void destination_close(struct destination *destination)
{
    ground_close(&destination->ground);
}

/* ------------------------------------------------------------------------- the slot there */

/* The slot that QEMU gives the file; not found is what QEMU says of it, too. */
static int slot_of_file(const char *path, uint64_t *ret, struct romtool_error *err)
{
    uint64_t size;
    int fd = -1;
    int r = rt_file_open(AT_FDCWD, path, &fd, &size, err);

    if (fd >= 0)
        (void)close(fd);
    return r < 0 ? r : romtool_slot_for_size(size, ret, err);
}

/* What libvirt's XML states for this block's device, or NULL. */
static const struct rt_domain_device *stated(const struct rt_domain *domain, const char *name)
{
    size_t path = rt_state_block_path(name);

    for (size_t i = 0; domain != NULL && i < domain->n_devices; i++) {
        const struct rt_domain_device *device = &domain->device[i];

        if (device->path != NULL && strlen(device->path) == path &&
            strncmp(device->path, name, path) == 0)
            return device;
    }
    return NULL;
}

static int explicit_slot(const struct rt_domain_device *device, bool *ret_is_explicit,
                         uint64_t *ret, struct romtool_error *err)
{
    const char *file = rt_domain_rom_file(device);
    bool is_off = rt_domain_has_no_bar(device) || rt_domain_has_no_rom(device);

    *ret_is_explicit = is_off || file != NULL || device->override_size != 0;
    *ret = is_off ? 0 : device->override_size;
    if (is_off || file == NULL || device->override_size != 0)
        return 0;
    if (file[0] != '/') /* not this directory's */
        return rt_error_set(err, ROMTOOL_E_NOT_FOUND, ROMTOOL_NO_OFFSET,
                            "'%s' is looked for by the QEMU there", file);
    return slot_of_file(file, ret, err);
}

/* As QEMU does with -L: what the directory has not comes from where it came from before. */
static int slot_in_directory(const struct destination *destination, const char *file, uint64_t *ret,
                             struct romtool_error *err)
{
    char *path = path_join(destination->directory, file);
    struct romtool_error why;
    uint64_t slot;
    int r;

    if (path == NULL)
        return rt_error_no_memory(err);
    rt_error_clear(&why);
    r = slot_of_file(path, &slot, &why);
    free(path);
    if (r == 0)
        *ret = slot;
    return r == 0 || r == ROMTOOL_E_NOT_FOUND ? 0 : rt_error_hand_on(err, &why);
}

/* The slot that the device gets there; *ret->file where it is by the profile. */
static int slot_there(const struct destination *destination, const char *machine,
                      const struct rt_domain_device *device, struct passage *ret, uint64_t *slot)
{
    const struct rt_slot_profile *profile = &destination->ground.profile;
    const struct rt_slot_row *row;
    bool is_explicit = false;
    int r = 0;

    if (device != NULL)
        r = explicit_slot(device, &is_explicit, slot, &ret->err);
    if (r < 0 || is_explicit)
        return r;
    r = rt_slot_find(profile, machine, ret->device, &row, &ret->err);
    if (r == ROMTOOL_E_NO_MANDATE && row != NULL) { /* no ROM BAR */
        rt_error_clear(&ret->err);
        return 0;
    }
    if (r < 0)
        return r;
    *slot = row->slot;
    if (row->file != NULL)
        (void)snprintf(ret->file, sizeof(ret->file), "%s", row->file);
    if (destination->directory != NULL && row->slot != 0)
        r = slot_in_directory(destination, ret->file, slot, &ret->err);
    return r;
}

/* ------------------------------------------------------------------------- what becomes of it */

static void say(struct passage *passage, const char *qemu)
{
    struct rt_buffer text = {0};

    rt_restore_text(passage->block, passage->length, qemu, &text);
    (void)snprintf(passage->text, sizeof(passage->text), "%s", text.data != NULL ? text.data : "");
    if (text.failed)
        (void)rt_error_no_memory(&passage->err);
    rt_buffer_free(&text);
}

void destination_pass(const struct destination *destination, const char *machine,
                      const struct rt_state_stream *stream, const struct rt_state_block *block,
                      const struct rt_domain *domain, struct passage *ret)
{
    const struct rt_domain_device *device = stated(domain, block->name);
    char driver[RT_STATE_NAME_SIZE];
    uint64_t slot = 0;
    int r;

    *ret = (struct passage){.block = block};
    (void)rt_state_block_is_rom(block->name, driver);
    (void)snprintf(ret->device, sizeof(ret->device), "%s",
                   rt_slot_device(&destination->ground.profile, driver));
    r = slot_there(destination, machine, device, ret, &slot);
    ret->move = (struct rt_move){
        .device = ret->device,
        .from_slot = block->length,
        .to_slot = slot,
        .file = ret->file[0] != '\0' ? ret->file : NULL,
        .qemu = destination->qemu,
    };
    ret->is_known = r == 0;
    if (r < 0)
        return;
    ret->length = rt_restore_length(slot, stream->page_bits);
    ret->outcome = rt_restore_outcome(block, ret->length);
    say(ret, destination->qemu);
}

enum exit_status passage_status(const struct passage *passage)
{
    if (!passage->is_known)
        return EXIT_UNDECIDED;
    return passage->outcome == RT_RESTORE_SAME ? EXIT_HELD : EXIT_REFUSED;
}
