/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/libvirt-rom.h"

#include "verify/verify.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { REASON_MAX = 255 }; /* bytes */

/* ------------------------------------------------------------------------- romtool:allow */

static bool is_reason(const char *text)
{
    size_t n = text != NULL ? strlen(text) : 0;

    for (size_t i = 0; i < n; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    return n > 0 && n <= REASON_MAX;
}

static uint64_t allowed_slot(const struct rt_domain_allow *allow)
{
    uint64_t slot = 0;

    if (allow->size == NULL || !rt_size_parse(allow->size, &slot) ||
        !rt_size_is_power_of_two(slot) || slot > ROMTOOL_SLOT_MAX)
        return 0;
    return slot;
}

int rt_libvirt_check_allows(const struct rt_domain *domain, struct romtool_error *err)
{
    for (size_t i = 0; i < domain->n_allows; i++) {
        const struct rt_domain_allow *allow = &domain->allow[i];
        const char *wrong = NULL;

        if (allow->device == NULL || allow->device[0] == '\0')
            wrong = "has no device";
        else if (allowed_slot(allow) == 0)
            wrong = "has no size that is a power of two up to 64M";
        else if (!is_reason(allow->reason))
            wrong = "has no reason of 1 to 255 printable bytes";
        if (wrong != NULL)
            return rt_error_set(err, ROMTOOL_E_BAD_DOMAIN, ROMTOOL_NO_OFFSET,
                                "domain XML, metadata: romtool:allow of '%.64s' %s",
                                allow->device != NULL ? allow->device : "", wrong);
    }
    return 0;
}

int rt_libvirt_check_overrides(const struct rt_domain *domain, struct romtool_error *err)
{
    if (domain->stray_property == NULL)
        return 0;
    return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                        "'%s' of a qemu:override of '%.64s', which is no <interface> or <video>",
                        domain->stray_property,
                        domain->stray_alias != NULL ? domain->stray_alias : "");
}

static bool is_about(const struct rt_domain_allow *allow, const struct rt_libvirt_rom *rom)
{
    const struct rt_domain_device *device = rom->device;
    const char *name = allow->device;

    return (device->alias != NULL && strcmp(device->alias, name) == 0) ||
           (device->mac != NULL && strcasecmp(device->mac, name) == 0) ||
           (device->model != NULL && strcmp(device->model, name) == 0) ||
           strcmp(rom->driver, name) == 0;
}

static const char *shown_alias(const struct rt_domain_device *device)
{
    if (device->alias != NULL)
        return device->alias;
    return device->mac != NULL ? device->mac : "interface";
}

static int find_allow(const struct rt_domain *domain, struct rt_libvirt_rom *rom,
                      struct romtool_error *err)
{
    for (size_t i = 0; i < domain->n_allows; i++) {
        const struct rt_domain_allow *allow = &domain->allow[i];

        if (!is_about(allow, rom))
            continue;
        if (rom->allow != NULL && allowed_slot(rom->allow) != allowed_slot(allow))
            return rt_error_set(err, ROMTOOL_E_BAD_DOMAIN, ROMTOOL_NO_OFFSET,
                                "domain XML, metadata: two romtool:allow for '%.64s' differ",
                                shown_alias(rom->device));
        if (rom->allow == NULL)
            rom->allow = allow;
    }
    return 0;
}

/* ------------------------------------------------------------------------- mandates */

static bool is_x86(const struct rt_domain *domain)
{
    return domain->arch == NULL || strcmp(domain->arch, "x86_64") == 0 ||
           strcmp(domain->arch, "i686") == 0;
}

static bool is_primary(const struct rt_domain *domain, const struct rt_domain_device *device)
{
    const struct rt_domain_device *first = NULL;

    for (size_t i = 0; i < domain->n_devices; i++) {
        if (domain->device[i].kind != RT_DOMAIN_VIDEO)
            continue;
        if (domain->device[i].is_primary)
            return device->is_primary;
        if (first == NULL)
            first = &domain->device[i];
    }
    return device == first;
}

/*
 * libvirt, qemuDeviceVideoGetModel(): NULL for what is no PCI device. With acceleration, or a
 * process of its own, virtio is another driver that has the same ROM.
 */
static const char *video_driver(const struct rt_domain *domain,
                                const struct rt_domain_device *device)
{
    static const struct {
        const char *model, *primary, *other;
    } drivers[] = {
        {"vga", "VGA", "VGA"},
        {"cirrus", "cirrus-vga", "cirrus-vga"},
        {"vmvga", "vmware-svga", "vmware-svga"},
        {"qxl", "qxl-vga", "qxl"},
        {"virtio", "virtio-vga", "virtio-gpu-pci"},
        {"bochs", "bochs-display", "bochs-display"},
    };
    bool is_vga = is_primary(domain, device);

    for (size_t i = 0; device->model != NULL && i < sizeof(drivers) / sizeof(drivers[0]); i++) {
        if (strcmp(device->model, drivers[i].model) != 0)
            continue;
        if (strcmp(device->model, "virtio") == 0 && !is_x86(domain))
            is_vga = false;
        return is_vga ? drivers[i].primary : drivers[i].other;
    }
    return NULL;
}

/* libvirt, qemuDomainDefaultNetModel(): only XML that it has not read itself states none. */
static const char *driver_of(const struct rt_domain *domain, const struct rt_domain_device *device)
{
    if (device->kind == RT_DOMAIN_VIDEO)
        return video_driver(domain, device);
    if (device->model != NULL)
        return device->model;
    return is_x86(domain) ? "rtl8139" : "virtio";
}

/* A host's device has the ROM of its own hardware, or one that no mandate is about. */
static bool has_no_rom(const struct rt_domain_device *device)
{
    return device->kind == RT_DOMAIN_HOSTDEV ||
           (device->type != NULL && strcmp(device->type, "hostdev") == 0) ||
           device->address.is_other || rt_domain_has_no_rom(device);
}

static int state_slot(struct rt_libvirt_rom *rom, struct romtool_error *err)
{
    uint64_t stated = rom->allow != NULL ? allowed_slot(rom->allow) : 0;

    if (stated != 0 && stated < rom->mandate.slot)
        return rt_error_set(err, ROMTOOL_E_BAD_DOMAIN, ROMTOOL_NO_OFFSET,
                            "romtool:allow states %" PRIu64 " for %s, the slot on %s is %" PRIu64
                            ": it can only be larger",
                            stated, rom->driver, rom->machine, rom->mandate.slot);
    rom->slot = stated != 0 ? stated : rom->mandate.slot;
    return 1;
}

/*
 * Does QEMU load no ROM for it unless one is stated? By the profile, and by what is known of QEMU's
 * devices. Of displays not every vendor's mandates are known: they are held where they are known.
 */
static bool has_no_default(const struct rt_libvirt_ground *ground, const struct rt_libvirt_rom *rom)
{
    const struct rt_slot_row *row;

    if (rom->file != NULL || rom->device->override_size != 0 || rom->allow != NULL)
        return false;
    if (rt_slot_no_rom(rom->driver) != NULL || rom->device->kind == RT_DOMAIN_VIDEO)
        return true;
    if (rt_slot_find(ground->profile, rom->machine, rom->driver, &row, NULL) ==
            ROMTOOL_E_NO_MANDATE &&
        row != NULL)
        return true; /* no ROM BAR */
    return !rt_slot_owns_rom(rom->driver) && !rt_slot_has_device(ground->profile, rom->driver);
}

static int find_by_profile(const struct rt_libvirt_ground *ground, struct rt_libvirt_rom *rom,
                           struct romtool_error *err)
{
    const struct rt_slot_row *row;
    int r = rt_slot_find(ground->profile, rom->machine, rom->driver, &row, err);

    if (r == 0)
        rt_slot_mandate(ground->profile, rom->machine, row, &rom->mandate);
    return r;
}

/* As loader/start: a display's ROM comes with the firmware, of which releases may say nothing. */
static int find_mandate(const struct rt_libvirt_ground *ground, struct rt_libvirt_rom *rom,
                        struct romtool_error *err)
{
    struct romtool_error why;
    int r;

    rt_error_clear(&why);
    if (ground->manifest != NULL)
        r = romtool_manifest_mandate(ground->manifest, rom->machine, rom->driver, &rom->mandate,
                                     &why);
    else
        r = find_by_profile(ground, rom, &why);
    if (r < 0 && ground->manifest != NULL && rom->device->kind == RT_DOMAIN_VIDEO &&
        rom->file == NULL)
        r = find_by_profile(ground, rom, NULL);
    if (r == 0 || (rom->allow != NULL && ground->manifest == NULL))
        return state_slot(rom, err);
    if (has_no_default(ground, rom))
        return 0;
    if (ground->manifest != NULL) /* only what it states is loaded */
        return rt_error_hand_on(err, &why);
    return rt_error_set(err, r, why.offset, "%s; a romtool:allow would state a slot", why.text);
}

int rt_libvirt_rom_find(const struct rt_libvirt_ground *ground, const struct rt_domain *domain,
                        const struct rt_domain_device *device, struct rt_libvirt_rom *ret,
                        struct romtool_error *err)
{
    const char *driver = driver_of(domain, device);
    bool has_no_bar = rt_domain_has_no_bar(device);
    int r;

    *ret = (struct rt_libvirt_rom){.device = device, .file = rt_domain_rom_file(device)};
    if (device->override_driver != NULL)
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                            "%s: 'driver=%.64s' of a qemu:override: <model> would say it",
                            shown_alias(device), device->override_driver);
    if (has_no_rom(device) || driver == NULL)
        return 0;
    if (has_no_bar && ground->manifest == NULL)
        return 0; /* nobody states the bytes */
    if (domain->machine == NULL)
        return rt_error_set(err, ROMTOOL_E_NO_MACHINE, ROMTOOL_NO_OFFSET,
                            "the domain XML names no machine type");
    ret->machine = rt_slot_machine(ground->profile, domain->machine);
    ret->driver = rt_slot_device(ground->profile, driver);
    r = find_allow(domain, ret, err);
    if (r == 0)
        r = find_mandate(ground, ret, err);
    if (r == 1 && has_no_bar)
        ret->slot = 0;
    return r;
}

/* ------------------------------------------------------------------------- the file */

/* What the release states, or that with zeroes up to its slot: the guest reads the same. */
static int check_stated(const struct rt_libvirt_rom *rom, struct rt_bytes bytes,
                        struct romtool_error *err)
{
    const struct romtool_mandate *mandate = &rom->mandate;
    uint8_t sha256[RT_SHA256_SIZE];
    bool is_padded = bytes.len > mandate->file_size && bytes.len == rom->slot &&
                     rt_bytes_zero_from(bytes, (size_t)mandate->file_size);
    int r;

    if (mandate->has_sha256 == 0)
        return 0;
    if (bytes.len != mandate->file_size && !is_padded)
        return rt_error_set(err, ROMTOOL_E_SIZE_MISMATCH, ROMTOOL_NO_OFFSET,
                            "%zu bytes, stated are %" PRIu64, bytes.len, mandate->file_size);
    r = rt_digest_sha256((struct rt_bytes){bytes.data, (size_t)mandate->file_size}, sha256, err);
    if (r == 0 && memcmp(sha256, mandate->sha256, sizeof(sha256)) != 0)
        r = rt_error_set(err, ROMTOOL_E_DIGEST_MISMATCH, ROMTOOL_NO_OFFSET,
                         "other bytes than stated: the sha256 differs");
    return r;
}

static int check_bytes(const struct rt_libvirt_rom *rom, struct rt_bytes bytes,
                       struct romtool_error *err)
{
    int r = check_stated(rom, bytes, err);

    return r == 0 ? rt_verify_rom_holds(bytes, err) : r;
}

static int oversize(const struct rt_libvirt_rom *rom, uint64_t size, struct romtool_error *err)
{
    return rt_error_set(err, ROMTOOL_E_OVERSIZE, rom->slot,
                        "%" PRIu64 " bytes, the slot of %s on %s is %" PRIu64 ": %" PRIu64
                        " bytes too many; a romtool:allow of %" PRIu64 " in the domain's metadata "
                        "would allow it",
                        size, rom->driver, rom->machine, rom->slot, size - rom->slot,
                        rt_size_to_power_of_two(size));
}

/* The slot that QEMU makes: romsize=, else the file's size rounded up. */
static int check_made(const struct rt_libvirt_rom *rom, uint64_t romsize, uint64_t size,
                      struct romtool_error *err)
{
    uint64_t made = romsize != 0 ? romsize : rt_size_to_power_of_two(size);

    if (rom->slot == 0 || made == rom->slot)
        return 0;
    return rt_error_set(err, ROMTOOL_E_UNDERSIZE, ROMTOOL_NO_OFFSET,
                        "%" PRIu64 " bytes, of which QEMU makes a slot of %" PRIu64
                        ": the slot of %s on %s is %" PRIu64
                        "; 'romtool pad' makes a file of exactly that",
                        size, made, rom->driver, rom->machine, rom->slot);
}

static int check_path(const struct rt_libvirt_ground *ground, const struct rt_libvirt_rom *rom,
                      const char *path, uint64_t romsize, struct romtool_error *err)
{
    uint64_t limit = rom->slot != 0 ? rom->slot : ROMTOOL_SLOT_MAX, size = 0;
    struct rt_file file = {0};
    struct romtool_error why;
    int r = ground->read(ground->user, path, limit, &size, &file, err);

    if (r < 0)
        return r;
    rt_error_clear(&why);
    if (size == 0)
        r = rt_error_set(&why, ROMTOOL_E_EMPTY, ROMTOOL_NO_OFFSET, "0 bytes, not a ROM");
    else if (size > limit && rom->slot == 0)
        r = rt_error_set(&why, ROMTOOL_E_TOO_LARGE, ROMTOOL_NO_OFFSET,
                         "%" PRIu64 " bytes, more than any ROM has", size);
    else if (size > limit)
        r = oversize(rom, size, &why);
    else
        r = check_bytes(rom, rt_file_bytes(&file), &why);
    if (r == 0)
        r = check_made(rom, romsize, size, &why);
    rt_file_free(&file);
    if (r < 0) {
        (void)rt_error_hand_on(err, &why);
        rt_error_prefix(err, "'%s'", path);
    }
    return r;
}

static int check_romsize(const struct rt_libvirt_rom *rom, struct romtool_error *err)
{
    uint64_t romsize = rom->device->override_size;

    if (rom->slot == 0 || romsize == 0 || romsize == rom->slot)
        return 0;
    return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                        "'romsize=%" PRIu64 "' of a qemu:override: the slot of %s on %s is %" PRIu64
                        "; a romtool:allow of %" PRIu64 " would change it",
                        romsize, rom->driver, rom->machine, rom->slot, romsize);
}

int rt_libvirt_rom_path(const struct rt_libvirt_ground *ground, const struct rt_libvirt_rom *rom,
                        char **ret, struct romtool_error *err)
{
    const char *file = rom->file != NULL ? rom->file : rom->mandate.file;

    *ret = NULL;
    if (file[0] == '\0')
        return rt_error_set(err, ROMTOOL_E_NO_MANDATE, ROMTOOL_NO_OFFSET,
                            "the default ROM of %s on %s is not known: <rom file> would state one",
                            rom->driver, rom->machine);
    if (strchr(file, '/') == NULL)
        return ground->find(ground->user, file, ret, err);
    if (file[0] != '/')
        return rt_error_set(err, ROMTOOL_E_UNSUPPORTED_ARGUMENT, ROMTOOL_NO_OFFSET,
                            "'%s': a relative path, and QEMU's directory is another", file);
    *ret = strdup(file);
    return *ret == NULL ? rt_error_no_memory(err) : 0;
}

static void say_allowed(const struct rt_libvirt_ground *ground, const struct rt_libvirt_rom *rom)
{
    struct rt_buffer text = {0};

    if (ground->allowed == NULL || rom->allow == NULL || rom->slot == rom->mandate.slot)
        return;
    rt_buffer_printf(&text, "%s: a slot of %" PRIu64 " for %s on %s by romtool:allow",
                     shown_alias(rom->device), rom->slot, rom->driver, rom->machine);
    if (rom->mandate.slot != 0)
        rt_buffer_printf(&text, ", %" PRIu64 " by the mandate", rom->mandate.slot);
    rt_buffer_printf(&text, ": %s", rom->allow->reason);
    ground->allowed(ground->user, text.failed ? "a romtool:allow" : text.data);
    rt_buffer_free(&text);
}

static int check_device(const struct rt_libvirt_ground *ground, const struct rt_libvirt_rom *rom,
                        struct romtool_error *err)
{
    char *path = NULL;
    int r = check_romsize(rom, err);

    if (r == 0)
        r = rt_libvirt_rom_path(ground, rom, &path, err);
    if (r == 0)
        r = check_path(ground, rom, path, rom->device->override_size, err);
    free(path);
    return r;
}

int rt_libvirt_rom_check(const struct rt_libvirt_ground *ground, const struct rt_libvirt_rom *rom,
                         struct romtool_error *err)
{
    struct romtool_error why;
    int r;

    rt_error_clear(&why);
    r = check_device(ground, rom, &why);
    if (r == 0) {
        say_allowed(ground, rom);
        return 0;
    }
    (void)rt_error_hand_on(err, &why);
    rt_error_prefix(err, "%s", shown_alias(rom->device));
    return r;
}

int rt_libvirt_rom_check_file(const struct rt_libvirt_ground *ground,
                              const struct rt_libvirt_rom *rom, const char *path,
                              struct romtool_error *err)
{
    int r = check_path(ground, rom, path, 0, err);

    if (r == 0)
        say_allowed(ground, rom);
    return r;
}
