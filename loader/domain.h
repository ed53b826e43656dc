/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libvirt's domain XML says about option ROMs (libvirt's formatdomain, "Guest devices"), and
 * the change of one <rom> in it. Bytes in, bytes out: no file, no network, no entity, no DTD.
 */
#ifndef RT_LOADER_DOMAIN_H
#define RT_LOADER_DOMAIN_H

#include "core/bytes.h"
#include "core/error.h"

#define RT_DOMAIN_MAX            ((size_t)16 << 20) /* bytes of XML */
#define RT_DOMAIN_DEVICES_MAX    ((size_t)4096)
#define RT_DOMAIN_ARGUMENTS_MAX  ((size_t)4096)
#define RT_DOMAIN_BUSES_MAX      ((size_t)512) /* libvirt has at most 256 */

#define RT_DOMAIN_QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"

enum rt_domain_kind {
    RT_DOMAIN_INTERFACE,
    RT_DOMAIN_HOSTDEV,
    RT_DOMAIN_VIDEO,
};

enum rt_domain_switch {
    RT_DOMAIN_UNSET,
    RT_DOMAIN_ON,  /* bar='on', enabled='yes' */
    RT_DOMAIN_OFF, /* bar='off', enabled='no' */
};

struct rt_domain_address {
    bool is_pci;   /* false: another bus, or not assigned; the numbers are 0 then */
    bool is_other; /* another bus: "ccw", "virtio-mmio", "usb" */
    unsigned domain, bus, slot, function;
};

#define RT_DOMAIN_NO_ELEMENT SIZE_MAX

/* Strings are UTF-8, owned, and NULL where the XML does not state them. */
struct rt_domain_device {
    enum rt_domain_kind kind;
    char *type;              /* "user", "network", "hostdev" */
    char *alias;             /* "net0", "ua-wan" */
    bool has_libvirts_alias; /* not stated, as in saves: what libvirt calls it once it starts */
    char *mac;               /* as written */
    char *model;             /* libvirt's name: "virtio", "e1000", "qxl" */
    bool is_primary;         /* of the video devices the one that says so */

    bool has_rom; /* there is a <rom> */
    char *rom_file;
    enum rt_domain_switch rom_bar, rom_enabled;

    struct rt_domain_address address;
    char *path; /* before "/" in the RAM block's name: "0000:00:01.0:00.0"; NULL: not known */

    /* what <qemu:override> does to it, behind all that <rom> says */
    bool overrides_file;
    char *override_file;    /* romfile=; NULL: the property is removed, QEMU's own ROM is used */
    uint64_t override_size; /* romsize= in bytes; 0: none */
    enum rt_domain_switch override_bar; /* rombar= */
    char *override_driver;              /* driver=: what the device is, whatever the model says */
    bool has_override;                  /* there is one for it, whatever it sets */

    /* which start tags of the document these are, counted from 0; or RT_DOMAIN_NO_ELEMENT */
    size_t element, rom_element;
};

struct rt_domain_controller { /* of type='pci' */
    unsigned index;           /* the bus that it provides */
    char *model;              /* "pcie-root-port" */
    bool has_bus_nr;          /* expander buses: */
    unsigned bus_nr;          /* the number that the guest sees */
    struct rt_domain_address address;
};

/* <romtool:allow> in the domain's <metadata>, as it is written: its reader judges it. */
struct rt_domain_allow {
    char *device, *size, *reason;
};

struct rt_domain {
    char *name, *uuid;
    char *type;                      /* "kvm", "qemu" */
    char *arch;                      /* "x86_64" */
    char *machine;                   /* "pc-q35-7.2" */
    char *emulator;                  /* path */
    struct rt_domain_device *device; /* each <interface>, <video>, and <hostdev> with a <rom> */
    size_t n_devices;
    struct rt_domain_controller *controller;
    size_t n_controllers;
    struct rt_domain_allow *allow;
    size_t n_allows;
    char **argument; /* of <qemu:commandline>: words that come last on QEMU's command line */
    size_t n_arguments;
    /* the first property about ROMs, or driver=, that an override sets on none of the devices */
    const char *stray_property; /* NULL: there is none */
    char *stray_alias;
    size_t override_element; /* the start tag of its first <qemu:override>, as for a device */
};

/*
 * Reads domain XML: at most RT_DOMAIN_MAX bytes of UTF-8. *ret is NULL after a failure.
 *
 * ROMTOOL_E_BAD_DOMAIN (no XML, a document type, another root, a value that cannot be),
 * ROMTOOL_E_UNSUPPORTED (an encoding that libvirt does not write; built without libxml2),
 * ROMTOOL_E_TOO_LARGE, ROMTOOL_E_NO_MEMORY.
 */
int rt_domain_read(struct rt_bytes xml, struct rt_domain **ret, struct romtool_error *err);

void rt_domain_free(struct rt_domain *domain);

/*
 * The one interface with this alias, MAC address or model. ROMTOOL_E_UNKNOWN_DEVICE where there is
 * none or several; the sentence lists those that there are.
 */
int rt_domain_find(const struct rt_domain *domain, const char *device,
                   const struct rt_domain_device **ret, struct romtool_error *err);

/* Has the device no ROM at all, or none in a BAR, after all that <rom> and <qemu:override> say? */
bool rt_domain_has_no_rom(const struct rt_domain_device *device);
bool rt_domain_has_no_bar(const struct rt_domain_device *device);

/* The ROM's file by the same; NULL: QEMU's default. */
const char *rt_domain_rom_file(const struct rt_domain_device *device);

/*
 * Writes the document into *out with <rom file='PATH'/> for one interface, as rt_domain_find()
 * knows it. Of <rom> all else stays, but for enabled='no'; of the rest of the document every byte.
 *
 * path is absolute and UTF-8 without control characters, or it is ROMTOOL_E_USAGE. Also what
 * rt_domain_read() and rt_domain_find() say; ROMTOOL_E_UNSUPPORTED where <qemu:override> sets the
 * device's romfile, which would win; ROMTOOL_E_NO_MEMORY.
 */
int rt_domain_set_rom(struct rt_bytes xml, const char *device, const char *path,
                      struct rt_buffer *out, struct romtool_error *err);

/*
 * The same with a <qemu:override> that sets the romsize of one interface: size is bytes. It needs
 * libvirt 8.2, and QEMU 6.0. ROMTOOL_E_UNSUPPORTED where there is an override for the device; else
 * as rt_domain_set_rom().
 */
int rt_domain_set_romsize(struct rt_bytes xml, const char *device, uint64_t size,
                          struct rt_buffer *out, struct romtool_error *err);

#endif
