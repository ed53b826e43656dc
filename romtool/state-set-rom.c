/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/state-set-rom.h"

#include "loader/domain.h"
#include "romtool/rewrite.h"
#include "state/libvirt-save.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct save {
    const char *path;
    struct rewrite file;
    struct rt_save_header header;
    uint8_t *head; /* header and data: what is rewritten; owned */
    struct rt_bytes data, xml;
};

/* The sentences of what knows no files. */
static int named(const struct save *save, int r, struct romtool_error *err)
{
    if (r < 0)
        rt_error_prefix(err, "'%s'", save->path);
    return r;
}

static int read_header(struct save *save, struct romtool_error *err)
{
    uint8_t bytes[RT_SAVE_HEADER_SIZE];
    off_t size = save->file.before.st_size;
    size_t n = size < (off_t)sizeof(bytes) ? (size_t)size : sizeof(bytes);
    int r = rewrite_read(&save->file, bytes, n, err);

    if (r < 0)
        return r;
    r = rt_save_read_header((struct rt_bytes){bytes, n}, &save->header, err);
    if (r == 0 && !save->header.complete)
        r = rt_error_set(err, ROMTOOL_E_INCOMPLETE_SAVE, 0,
                         "the save image was not written to its end, libvirt does not restore it");
    return named(save, r, err);
}

static int read_save(struct save *ret, struct romtool_error *err)
{
    struct rt_bytes head, cookie;
    int r = rewrite_open(ret->path, &ret->file, err);

    if (r < 0)
        return r;
    r = read_header(ret, err);
    if (r < 0)
        return r;
    head.len = RT_SAVE_HEADER_SIZE + ret->header.data_len;
    head.data = ret->head = malloc(head.len);
    if (ret->head == NULL)
        return rt_error_no_memory(err);
    r = rewrite_read(&ret->file, ret->head, head.len, err);
    if (r < 0)
        return r;
    (void)rt_bytes_slice(head, RT_SAVE_HEADER_SIZE, ret->header.data_len, &ret->data);
    return named(ret, rt_save_texts(ret->data, &ret->header, &ret->xml, &cookie, err), err);
}

static void close_save(struct save *save)
{
    rewrite_close(&save->file);
    free(save->head);
}

/* Is it there, and what slot will QEMU make of it? False after a warning. */
static bool look_at_rom(const char *path, uint64_t *ret_slot)
{
    char shown[256];
    struct stat st;
    const char *why = NULL;

    *ret_slot = 0;
    if (stat(path, &st) < 0)
        why = strerror(errno);
    else if (!S_ISREG(st.st_mode))
        why = "not a regular file";
    else if (romtool_slot_for_size((uint64_t)st.st_size, ret_slot, NULL) < 0)
        why = st.st_size == 0 ? "it is empty" : "it is too large";
    if (why == NULL)
        return true;
    (void)fprintf(stderr, "romtool: warning: '%s': its slot is not known on this host: %s\n",
                  printable(path, shown, sizeof(shown)), why);
    return false;
}

static void say_done(const struct rt_domain *domain, const struct rt_domain_device *device,
                     const char *rom_path)
{
    char name[128], alias[128], mac[64], path[512];
    uint64_t slot;

    (void)printf(
        "domain '%s': %s (%s) has the ROM '%s' now",
        printable(domain->name != NULL ? domain->name : "", name, sizeof(name)),
        printable(device->alias != NULL ? device->alias : "interface", alias, sizeof(alias)),
        printable(device->mac != NULL ? device->mac : "no MAC address", mac, sizeof(mac)),
        printable(rom_path, path, sizeof(path)));
    if (look_at_rom(rom_path, &slot))
        (void)printf(", a slot of %#" PRIx64, slot);
    (void)printf("\n");
}

/* Puts the new beginning in its place. */
static int write_save(const struct save *save, struct rt_bytes xml, struct romtool_error *err)
{
    struct rt_buffer head = {0};
    int r = named(save, rt_save_compose(&save->header, save->data, xml, &head, err), err);

    if (r == 0)
        r = rewrite_head(&save->file, rt_buffer_bytes(&head), err);
    rt_buffer_free(&head);
    return r;
}

/* The device is found in what was there before: only its ROM is another afterwards. */
static int set_rom(const struct save *save, const char *device, const char *rom_path,
                   struct romtool_error *err)
{
    const struct rt_domain_device *found;
    struct rt_domain *domain = NULL;
    struct rt_buffer xml = {0};
    int r = rt_domain_read(save->xml, &domain, err);

    if (r == 0)
        r = rt_domain_find(domain, device, &found, err);
    if (r == 0)
        r = rt_domain_set_rom(save->xml, device, rom_path, &xml, err);
    (void)named(save, r, err);
    if (r == 0)
        r = write_save(save, rt_buffer_bytes(&xml), err);
    if (r == 0)
        say_done(domain, found, rom_path);
    rt_buffer_free(&xml);
    rt_domain_free(domain);
    return r;
}

enum exit_status state_set_rom(const char *save_path, const char *device, const char *rom_path)
{
    struct save save = {.path = save_path};
    struct romtool_error err;
    int r;

    rt_error_clear(&err);
    r = read_save(&save, &err);
    if (r == 0)
        r = set_rom(&save, device, rom_path, &err);
    close_save(&save);
    return r < 0 ? say_error(&err, save_path, false) : finish_output(EXIT_HELD);
}
