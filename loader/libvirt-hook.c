/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/libvirt-hook.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------- a check */

/* What is to hold whatever becomes of the devices. */
static int check_whole(const struct rt_libvirt_ground *ground, const struct rt_domain *domain,
                       struct romtool_error *err)
{
    int r = rt_libvirt_check_allows(domain, err);

    if (r == 0)
        r = rt_libvirt_check_overrides(domain, err);
    return r == 0 ? rt_libvirt_check_arguments(ground, domain, err) : r;
}

static int check_domain(const struct rt_libvirt_ground *ground, const struct rt_domain *domain,
                        struct romtool_error *err)
{
    int r = check_whole(ground, domain, err);

    for (size_t i = 0; i < domain->n_devices && r == 0; i++) {
        struct rt_libvirt_rom rom;

        r = rt_libvirt_rom_find(ground, domain, &domain->device[i], &rom, err);
        if (r == 1)
            r = rt_libvirt_rom_check(ground, &rom, err);
    }
    return r;
}

/* ------------------------------------------------------------------------- a change */

struct rewriting {
    const struct rt_libvirt_ground *ground;
    bool may_set_romsize;
    struct rt_bytes xml;   /* as it is so far: the caller's, or what is in text */
    struct rt_buffer text; /* once it is another */
};

/* Takes over what was written in the place of what there was. */
static void take(struct rewriting *rewriting, struct rt_buffer *text)
{
    rt_buffer_free(&rewriting->text);
    rewriting->text = *text;
    rewriting->xml = rt_buffer_bytes(&rewriting->text);
}

static int set_rom(struct rewriting *rewriting, const struct rt_libvirt_rom *rom, const char *path,
                   struct romtool_error *err)
{
    struct rt_buffer text = {0};
    int r = rt_domain_set_rom(rewriting->xml, rom->device->alias, path, &text, err);

    if (r < 0)
        rt_buffer_free(&text);
    else
        take(rewriting, &text);
    return r;
}

/* Since 6.0 QEMU knows romsize=. */
static bool has_romsize(const struct rt_slot_profile *profile)
{
    const struct rt_slot_version since = {6, 0, 0};
    struct rt_slot_version version;

    return rt_slot_version_parse(profile->series->qemu, &version) &&
           rt_slot_version_compare(version, since) >= 0;
}

static int set_romsize(struct rewriting *rewriting, const struct rt_libvirt_rom *rom,
                       struct romtool_error *err)
{
    struct rt_buffer text = {0};
    int r = rt_domain_set_romsize(rewriting->xml, rom->device->alias, rom->slot, &text, err);

    if (r < 0)
        rt_buffer_free(&text);
    else
        take(rewriting, &text);
    return r;
}

/* 1: an installed file takes the place of the device's. 0: there is none that holds. */
static int set_stored(struct rewriting *rewriting, const struct rt_libvirt_rom *rom,
                      struct romtool_error *err)
{
    const struct rt_libvirt_ground *ground = rewriting->ground;

    for (size_t i = 0; rom->mandate.file[0] != '\0'; i++) {
        struct romtool_error why;
        char *path;
        int r = ground->stored(ground->user, rom->mandate.file, rom->slot, i, &path, err);

        if (r < 0 || path == NULL)
            return r;
        rt_error_clear(&why);
        r = rt_libvirt_rom_check_file(ground, rom, path, &why);
        if (r == 0) {
            r = set_rom(rewriting, rom, path, err);
            free(path);
            return r < 0 ? r : 1;
        }
        free(path);
        if (r == ROMTOOL_E_NO_MEMORY)
            return rt_error_hand_on(err, &why);
    }
    return 0;
}

static int rewrite_device(struct rewriting *rewriting, const struct rt_libvirt_rom *rom,
                          struct romtool_error *err)
{
    const struct rt_libvirt_ground *ground = rewriting->ground;
    struct romtool_error why;
    int r, code;

    rt_error_clear(&why);
    code = rt_libvirt_rom_check(ground, rom, &why);
    if (code == 0)
        return 0;
    /* another file does not help against a romsize= or a missing BAR that is stated */
    if (code == ROMTOOL_E_NO_MEMORY || code == ROMTOOL_E_UNSUPPORTED_ARGUMENT || rom->slot == 0 ||
        rom->device->kind != RT_DOMAIN_INTERFACE) /* libvirt knows no <rom> of a <video> */
        return rt_error_hand_on(err, &why);
    r = set_stored(rewriting, rom, err);
    if (r != 0)
        return r < 0 ? r : 0;
    if (code == ROMTOOL_E_UNDERSIZE && rewriting->may_set_romsize && has_romsize(ground->profile))
        return set_romsize(rewriting, rom, err);
    return rt_error_set(err, code, why.offset,
                        "%s; no file for it of %" PRIu64 " bytes is installed", why.text,
                        rom->slot);
}

static int rewrite(struct rewriting *rewriting, const struct rt_domain *domain,
                   struct romtool_error *err)
{
    int r = check_whole(rewriting->ground, domain, err);

    for (size_t i = 0; i < domain->n_devices && r == 0; i++) {
        struct rt_libvirt_rom rom;

        r = rt_libvirt_rom_find(rewriting->ground, domain, &domain->device[i], &rom, err);
        if (r == 1)
            r = rewrite_device(rewriting, &rom, err);
    }
    return r;
}

static int rewrite_into(const struct rt_libvirt_ground *ground, bool may_set_romsize,
                        struct rt_bytes xml, const struct rt_domain *domain, struct rt_buffer *out,
                        struct romtool_error *err)
{
    struct rewriting rewriting = {.ground = ground, .may_set_romsize = may_set_romsize, .xml = xml};
    int r = rewrite(&rewriting, domain, err);

    if (r < 0)
        rt_buffer_free(&rewriting.text);
    else
        *out = rewriting.text;
    return r;
}

/* ------------------------------------------------------------------------- the whole */

int rt_libvirt_decide(const struct rt_libvirt_ground *ground, enum rt_libvirt_operation operation,
                      struct rt_bytes xml, struct rt_buffer *out, struct romtool_error *err)
{
    struct rt_domain *domain;
    int r;

    *out = (struct rt_buffer){0};
    if (operation == RT_LIBVIRT_NOTHING)
        return 0;
    r = rt_domain_read(xml, &domain, err);
    if (r == 0 && operation == RT_LIBVIRT_PREPARE)
        r = check_domain(ground, domain, err);
    else if (r == 0)
        r = rewrite_into(ground, true, xml, domain, out, err);
    rt_domain_free(domain);
    return r;
}

int rt_libvirt_fix(const struct rt_libvirt_ground *ground, struct rt_bytes xml,
                   struct rt_buffer *out, struct romtool_error *err)
{
    struct rt_domain *domain;
    int r = rt_domain_read(xml, &domain, err);

    *out = (struct rt_buffer){0};
    if (r == 0)
        r = rewrite_into(ground, false, xml, domain, out, err);
    rt_domain_free(domain);
    return r;
}
