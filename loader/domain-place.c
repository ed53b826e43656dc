/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/domain-place.h"

#include "loader/domain.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define QEMU_NAMESPACE    RT_DOMAIN_QEMU_NAMESPACE
#define ROMTOOL_NAMESPACE "urn:romtool:libvirt:1"

/* Where an element of this name is, by where its parent is. */
static const struct {
    enum rt_domain_place parent;
    const char *uri; /* NULL: no namespace */
    const char *name;
    enum rt_domain_place place;
} PLACES[] = {
    {RT_AT_OUTSIDE, NULL, "domain", RT_AT_DOMAIN},
    {RT_AT_DOMAIN, NULL, "name", RT_AT_NAME},
    {RT_AT_DOMAIN, NULL, "uuid", RT_AT_UUID},
    {RT_AT_DOMAIN, NULL, "os", RT_AT_OS},
    {RT_AT_OS, NULL, "type", RT_AT_OS_TYPE},
    {RT_AT_DOMAIN, NULL, "devices", RT_AT_DEVICES},
    {RT_AT_DEVICES, NULL, "emulator", RT_AT_EMULATOR},
    {RT_AT_DEVICES, NULL, "interface", RT_AT_INTERFACE},
    {RT_AT_INTERFACE, NULL, "alias", RT_AT_DEVICE_ALIAS},
    {RT_AT_INTERFACE, NULL, "mac", RT_AT_DEVICE_MAC},
    {RT_AT_INTERFACE, NULL, "model", RT_AT_DEVICE_MODEL},
    {RT_AT_INTERFACE, NULL, "rom", RT_AT_DEVICE_ROM},
    {RT_AT_INTERFACE, NULL, "address", RT_AT_DEVICE_ADDRESS},
    {RT_AT_DEVICES, NULL, "hostdev", RT_AT_HOSTDEV},
    {RT_AT_HOSTDEV, NULL, "alias", RT_AT_DEVICE_ALIAS},
    {RT_AT_HOSTDEV, NULL, "rom", RT_AT_DEVICE_ROM},
    {RT_AT_HOSTDEV, NULL, "address", RT_AT_DEVICE_ADDRESS}, /* the host's is inside <source> */
    {RT_AT_DEVICES, NULL, "video", RT_AT_VIDEO},
    {RT_AT_VIDEO, NULL, "alias", RT_AT_DEVICE_ALIAS},
    {RT_AT_VIDEO, NULL, "model", RT_AT_VIDEO_MODEL},
    {RT_AT_VIDEO, NULL, "address", RT_AT_DEVICE_ADDRESS}, /* of a <rom> libvirt knows nothing */
    {RT_AT_DEVICES, NULL, "controller", RT_AT_CONTROLLER},
    {RT_AT_CONTROLLER, NULL, "address", RT_AT_CONTROLLER_ADDRESS},
    {RT_AT_CONTROLLER, NULL, "target", RT_AT_CONTROLLER_TARGET},
    {RT_AT_CONTROLLER_TARGET, NULL, "busNr", RT_AT_CONTROLLER_BUS_NR},
    {RT_AT_DOMAIN, NULL, "metadata", RT_AT_METADATA},
    /* of <metadata>'s children libvirt keeps one of a namespace: several are put into one */
    {RT_AT_METADATA, ROMTOOL_NAMESPACE, "allow", RT_AT_ALLOW},
    {RT_AT_METADATA, ROMTOOL_NAMESPACE, "roms", RT_AT_METADATA_ROMS},
    {RT_AT_METADATA_ROMS, ROMTOOL_NAMESPACE, "allow", RT_AT_ALLOW},
    {RT_AT_DOMAIN, QEMU_NAMESPACE, "commandline", RT_AT_COMMAND_LINE},
    {RT_AT_COMMAND_LINE, QEMU_NAMESPACE, "arg", RT_AT_ARGUMENT},
    {RT_AT_DOMAIN, QEMU_NAMESPACE, "override", RT_AT_OVERRIDE},
    {RT_AT_OVERRIDE, QEMU_NAMESPACE, "device", RT_AT_OVERRIDE_DEVICE},
    {RT_AT_OVERRIDE_DEVICE, QEMU_NAMESPACE, "frontend", RT_AT_OVERRIDE_FRONTEND},
    {RT_AT_OVERRIDE_FRONTEND, QEMU_NAMESPACE, "property", RT_AT_OVERRIDE_PROPERTY},
};

enum rt_domain_place rt_domain_place_of(enum rt_domain_place parent, const char *uri,
                                        const char *name)
{
    for (size_t i = 0; i < sizeof(PLACES) / sizeof(PLACES[0]); i++)
        if (PLACES[i].parent == parent && strcmp(PLACES[i].name, name) == 0 &&
            (PLACES[i].uri == NULL) == (uri == NULL) &&
            (uri == NULL || strcmp(PLACES[i].uri, uri) == 0))
            return PLACES[i].place;
    return RT_AT_ELSEWHERE;
}
