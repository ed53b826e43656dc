/* SPDX-License-Identifier: BSD-2-Clause */
/* The elements of a domain's document that say something about its ROMs. */
#ifndef RT_LOADER_DOMAIN_PLACE_H
#define RT_LOADER_DOMAIN_PLACE_H

enum rt_domain_place {
    RT_AT_OUTSIDE, /* above the root */
    RT_AT_ELSEWHERE,
    RT_AT_DOMAIN,
    RT_AT_NAME,
    RT_AT_UUID,
    RT_AT_OS,
    RT_AT_OS_TYPE,
    RT_AT_DEVICES,
    RT_AT_EMULATOR,
    RT_AT_INTERFACE,
    RT_AT_HOSTDEV,
    RT_AT_VIDEO,
    RT_AT_VIDEO_MODEL,
    RT_AT_DEVICE_ALIAS,
    RT_AT_DEVICE_MAC,
    RT_AT_DEVICE_MODEL,
    RT_AT_DEVICE_ROM,
    RT_AT_DEVICE_ADDRESS,
    RT_AT_CONTROLLER,
    RT_AT_CONTROLLER_ADDRESS,
    RT_AT_CONTROLLER_TARGET,
    RT_AT_CONTROLLER_BUS_NR,
    RT_AT_METADATA,
    RT_AT_METADATA_ROMS,
    RT_AT_ALLOW,
    RT_AT_COMMAND_LINE,
    RT_AT_ARGUMENT,
    RT_AT_OVERRIDE,
    RT_AT_OVERRIDE_DEVICE,
    RT_AT_OVERRIDE_FRONTEND,
    RT_AT_OVERRIDE_PROPERTY,
};

/* Where an element of this name is, inside a parent; uri is NULL without a namespace. */
enum rt_domain_place rt_domain_place_of(enum rt_domain_place parent, const char *uri,
                                        const char *name);

#endif
