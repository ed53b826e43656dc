/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is true of QEMU's devices whoever the vendor is: which own an option ROM, and the classes
 * that they are made from. Classes and interfaces: QMP qom-list-types of QEMU 7.2. That a device
 * has no ROM: its romsize reads back as unset there, and for what does not start without a backend
 * or came later (igb, igbvf, sungem, sunhme) its class has no romfile in QEMU's source up to 11.1.
 */
#include "slots/slots.h"

#include <string.h>

enum rom {
    CLASS,    /* of devices, none itself */
    ROM,      /* a file of its own, in a ROM BAR */
    NO_ROM,   /* none by default */
    FW_CFG,   /* a file of its own, but no ROM BAR */
    PHYSICAL, /* the ROM BAR is the physical device's, unless romfile= is given */
};

enum interface {
    PCI = 1 << 0,  /* conventional-pci-device */
    PCIE = 1 << 1, /* pci-express-device */
};

/* Characters, not pointers: nothing to relocate at start-up. */
struct driver {
    char name[40], parent[36];
    enum rom rom;
    unsigned interfaces; /* an or of enum interface */
};

static const struct driver drivers[] = {
    {"pci-device", "device", CLASS, 0},
    {"device", "object", CLASS, 0},

    /* owners of an option ROM, and the classes that they are made from */
    {"e1000", "e1000-base", ROM, PCI},
    {"e1000-82544gc", "e1000-base", ROM, PCI},
    {"e1000-82545em", "e1000-base", ROM, PCI},
    {"e1000e", "pci-device", ROM, PCIE},
    {"i82550", "pci-device", ROM, PCI},
    {"i82551", "pci-device", ROM, PCI},
    {"i82557a", "pci-device", ROM, PCI},
    {"i82557b", "pci-device", ROM, PCI},
    {"i82557c", "pci-device", ROM, PCI},
    {"i82558a", "pci-device", ROM, PCI},
    {"i82558b", "pci-device", ROM, PCI},
    {"i82559a", "pci-device", ROM, PCI},
    {"i82559b", "pci-device", ROM, PCI},
    {"i82559c", "pci-device", ROM, PCI},
    {"i82559er", "pci-device", ROM, PCI},
    {"i82562", "pci-device", ROM, PCI},
    {"i82801", "pci-device", ROM, PCI},
    {"ne2k_pci", "pci-device", ROM, PCI},
    {"pcnet", "pci-device", ROM, PCI},
    {"rtl8139", "pci-device", ROM, PCI},
    {"vmxnet3", "pci-device", ROM, PCI | PCIE},
    {"virtio-net-pci", "virtio-net-pci-base", ROM, PCI | PCIE},
    {"virtio-net-pci-non-transitional", "virtio-net-pci-base", ROM, PCI | PCIE},
    {"virtio-net-pci-transitional", "virtio-net-pci-base", ROM, PCI},
    {"VGA", "pci-vga", ROM, PCI},
    {"cirrus-vga", "pci-device", ROM, PCI},
    {"qxl-vga", "pci-qxl", ROM, PCI},
    {"vmware-svga", "pci-device", ROM, PCI},
    {"virtio-vga", "virtio-vga-base-type", ROM, PCI | PCIE},
    {"virtio-vga-gl", "virtio-vga-gl-base-type", ROM, PCI | PCIE},
    {"vhost-user-vga", "vhost-user-vga-base-type", ROM, PCI | PCIE},
    {"bochs-display", "pci-device", ROM, PCI | PCIE},
    {"ati-vga", "pci-device", ROM, PCI},
    {"e1000-base", "pci-device", CLASS, 0},
    {"pci-qxl", "pci-device", CLASS, 0},
    {"pci-vga", "pci-device", CLASS, 0},
    {"vhost-user-vga-base-type", "virtio-vga-base", CLASS, 0},
    {"virtio-net-pci-base", "virtio-pci", CLASS, 0},
    {"virtio-pci", "pci-device", CLASS, 0},
    {"virtio-vga-base", "virtio-pci", CLASS, 0},
    {"virtio-vga-base-type", "virtio-vga-base", CLASS, 0},
    {"virtio-vga-gl-base-type", "virtio-vga-base", CLASS, 0},

    /* no option ROM, and their classes */
    {"AC97", "pci-device", NO_ROM, PCI},
    {"acpi-erst", "pci-device", NO_ROM, PCI},
    {"am53c974", "pci-device", NO_ROM, PCI},
    {"AMDVI-PCI", "pci-device", NO_ROM, PCI},
    {"base-pci-bridge", "pci-device", CLASS, 0},
    {"cxl-downstream", "pcie-slot", NO_ROM, PCIE},
    {"cxl-rp", "pcie-root-port-base", NO_ROM, PCIE},
    {"cxl-type3", "pci-device", NO_ROM, PCIE},
    {"cxl-upstream", "pcie-port", NO_ROM, PCIE},
    {"dc390", "am53c974", NO_ROM, PCI},
    {"edu", "pci-device", NO_ROM, PCI},
    {"ES1370", "pci-device", NO_ROM, PCI},
    {"i6300esb", "pci-device", NO_ROM, PCI},
    {"i82801b11-bridge", "base-pci-bridge", NO_ROM, PCI},
    {"ich9-ahci", "pci-device", NO_ROM, PCI},
    {"ich9-intel-hda", "intel-hda-generic", NO_ROM, PCI},
    {"ich9-usb-ehci1", "pci-ehci-usb", NO_ROM, PCI},
    {"ich9-usb-ehci2", "pci-ehci-usb", NO_ROM, PCI},
    {"ich9-usb-uhci1", "pci-uhci-usb", NO_ROM, PCI},
    {"ich9-usb-uhci2", "pci-uhci-usb", NO_ROM, PCI},
    {"ich9-usb-uhci3", "pci-uhci-usb", NO_ROM, PCI},
    {"ich9-usb-uhci4", "pci-uhci-usb", NO_ROM, PCI},
    {"ich9-usb-uhci5", "pci-uhci-usb", NO_ROM, PCI},
    {"ich9-usb-uhci6", "pci-uhci-usb", NO_ROM, PCI},
    {"igb", "pci-device", NO_ROM, PCIE},
    {"igbvf", "pci-device", NO_ROM, PCIE},
    {"intel-hda", "intel-hda-generic", NO_ROM, PCI},
    {"intel-hda-generic", "pci-device", CLASS, 0},
    {"ioh3420", "pcie-root-port-base", NO_ROM, PCIE},
    {"ivshmem-common", "pci-device", CLASS, 0},
    {"ivshmem-doorbell", "ivshmem-common", NO_ROM, PCI},
    {"ivshmem-plain", "ivshmem-common", NO_ROM, PCI},
    {"kvaser_pci", "pci-device", NO_ROM, PCI},
    {"lsi53c810", "lsi53c895a", NO_ROM, PCI},
    {"lsi53c895a", "pci-device", NO_ROM, PCI},
    {"megasas", "megasas-base", NO_ROM, PCI},
    {"megasas-base", "pci-device", CLASS, 0},
    {"megasas-gen2", "megasas-base", NO_ROM, PCIE},
    {"mptsas1068", "pci-device", NO_ROM, PCI},
    {"nec-usb-xhci", "pci-xhci", NO_ROM, PCI | PCIE},
    {"nvme", "pci-device", NO_ROM, PCIE},
    {"pci-bridge", "base-pci-bridge", NO_ROM, PCI},
    {"pci-bridge-seat", "pci-bridge", NO_ROM, PCI},
    {"pci-ehci-usb", "pci-device", CLASS, 0},
    {"pci-ide", "pci-device", CLASS, 0},
    {"pci-ipmi-bt", "pci-device", NO_ROM, PCI},
    {"pci-ipmi-kcs", "pci-device", NO_ROM, PCI},
    {"pci-ohci", "pci-device", NO_ROM, PCI},
    {"pci-serial", "pci-device", NO_ROM, PCI},
    {"pci-serial-2x", "pci-device", NO_ROM, PCI},
    {"pci-serial-4x", "pci-device", NO_ROM, PCI},
    {"pci-testdev", "pci-device", NO_ROM, PCI},
    {"pci-uhci-usb", "pci-device", CLASS, 0},
    {"pci-xhci", "pci-device", CLASS, 0},
    {"pcie-pci-bridge", "base-pci-bridge", NO_ROM, PCIE},
    {"pcie-port", "base-pci-bridge", CLASS, 0},
    {"pcie-root-port", "pcie-root-port-base", NO_ROM, PCIE},
    {"pcie-root-port-base", "pcie-slot", CLASS, 0},
    {"pcie-slot", "pcie-port", CLASS, 0},
    {"piix3-ide", "pci-ide", NO_ROM, PCI},
    {"piix3-usb-uhci", "pci-uhci-usb", NO_ROM, PCI},
    {"piix4-ide", "pci-ide", NO_ROM, PCI},
    {"piix4-usb-uhci", "pci-uhci-usb", NO_ROM, PCI},
    {"pvpanic-pci", "pci-device", NO_ROM, PCI},
    {"pvscsi", "pci-device", NO_ROM, PCI | PCIE},
    {"pxb", "pci-device", NO_ROM, PCI},
    {"pxb-pcie", "pci-device", NO_ROM, PCI},
    {"qemu-xhci", "pci-xhci", NO_ROM, PCI | PCIE},
    {"qxl", "pci-qxl", NO_ROM, PCI},
    {"rocker", "pci-device", NO_ROM, PCI},
    {"sdhci-pci", "pci-device", NO_ROM, PCI},
    {"secondary-vga", "pci-vga", NO_ROM, PCI},
    {"sungem", "pci-device", NO_ROM, PCI},
    {"sunhme", "pci-device", NO_ROM, PCI},
    {"tpci200", "pci-device", NO_ROM, PCI},
    {"tulip", "pci-device", NO_ROM, PCI},
    {"usb-ehci", "pci-ehci-usb", NO_ROM, PCI},
    {"vfio-pci", "pci-device", PHYSICAL, PCI | PCIE},
    {"vfio-pci-nohotplug", "vfio-pci", PHYSICAL, PCI | PCIE},
    {"vhost-scsi-pci", "vhost-scsi-pci-base", NO_ROM, PCI | PCIE},
    {"vhost-scsi-pci-base", "virtio-pci", CLASS, 0},
    {"vhost-scsi-pci-non-transitional", "vhost-scsi-pci-base", NO_ROM, PCI | PCIE},
    {"vhost-scsi-pci-transitional", "vhost-scsi-pci-base", NO_ROM, PCI},
    {"vhost-user-blk-pci", "vhost-user-blk-pci-base", NO_ROM, PCI | PCIE},
    {"vhost-user-blk-pci-base", "virtio-pci", CLASS, 0},
    {"vhost-user-blk-pci-non-transitional", "vhost-user-blk-pci-base", NO_ROM, PCI | PCIE},
    {"vhost-user-blk-pci-transitional", "vhost-user-blk-pci-base", NO_ROM, PCI},
    {"vhost-user-fs-pci", "vhost-user-fs-pci-base", NO_ROM, PCI | PCIE},
    {"vhost-user-fs-pci-base", "virtio-pci", CLASS, 0},
    {"vhost-user-gpio-pci", "vhost-user-gpio-pci-base", NO_ROM, PCI | PCIE},
    {"vhost-user-gpio-pci-base", "virtio-pci", CLASS, 0},
    {"vhost-user-gpu-pci", "vhost-user-gpu-pci-base-type", NO_ROM, PCI | PCIE},
    {"vhost-user-gpu-pci-base-type", "virtio-gpu-pci-base", CLASS, 0},
    {"vhost-user-i2c-pci", "vhost-user-i2c-pci-base", NO_ROM, PCI | PCIE},
    {"vhost-user-i2c-pci-base", "virtio-pci", CLASS, 0},
    {"vhost-user-input-pci", "vhost-user-input-pci-base-type", NO_ROM, PCI | PCIE},
    {"vhost-user-input-pci-base-type", "virtio-input-pci", CLASS, 0},
    {"vhost-user-rng-pci", "vhost-user-rng-pci-base", NO_ROM, PCI | PCIE},
    {"vhost-user-rng-pci-base", "virtio-pci", CLASS, 0},
    {"vhost-user-scsi-pci", "vhost-user-scsi-pci-base", NO_ROM, PCI | PCIE},
    {"vhost-user-scsi-pci-base", "virtio-pci", CLASS, 0},
    {"vhost-user-scsi-pci-non-transitional", "vhost-user-scsi-pci-base", NO_ROM, PCI | PCIE},
    {"vhost-user-scsi-pci-transitional", "vhost-user-scsi-pci-base", NO_ROM, PCI},
    {"vhost-user-vsock-pci", "vhost-user-vsock-pci-base", NO_ROM, PCI | PCIE},
    {"vhost-user-vsock-pci-base", "virtio-pci", CLASS, 0},
    {"vhost-user-vsock-pci-non-transitional", "vhost-user-vsock-pci-base", NO_ROM, PCI | PCIE},
    {"vhost-vsock-pci", "vhost-vsock-pci-base", NO_ROM, PCI | PCIE},
    {"vhost-vsock-pci-base", "virtio-pci", CLASS, 0},
    {"vhost-vsock-pci-non-transitional", "vhost-vsock-pci-base", NO_ROM, PCI | PCIE},
    {"virtio-9p-pci", "virtio-9p-pci-base", NO_ROM, PCI | PCIE},
    {"virtio-9p-pci-base", "virtio-pci", CLASS, 0},
    {"virtio-9p-pci-non-transitional", "virtio-9p-pci-base", NO_ROM, PCI | PCIE},
    {"virtio-9p-pci-transitional", "virtio-9p-pci-base", NO_ROM, PCI},
    {"virtio-balloon-pci", "virtio-balloon-pci-base", NO_ROM, PCI | PCIE},
    {"virtio-balloon-pci-base", "virtio-pci", CLASS, 0},
    {"virtio-balloon-pci-non-transitional", "virtio-balloon-pci-base", NO_ROM, PCI | PCIE},
    {"virtio-balloon-pci-transitional", "virtio-balloon-pci-base", NO_ROM, PCI},
    {"virtio-blk-pci", "virtio-blk-pci-base", NO_ROM, PCI | PCIE},
    {"virtio-blk-pci-base", "virtio-pci", CLASS, 0},
    {"virtio-blk-pci-non-transitional", "virtio-blk-pci-base", NO_ROM, PCI | PCIE},
    {"virtio-blk-pci-transitional", "virtio-blk-pci-base", NO_ROM, PCI},
    {"virtio-crypto-pci", "virtio-crypto-pci-base-type", NO_ROM, PCI | PCIE},
    {"virtio-crypto-pci-base-type", "virtio-pci", CLASS, 0},
    {"virtio-gpu-gl-pci", "virtio-gpu-gl-pci-base-type", NO_ROM, PCI | PCIE},
    {"virtio-gpu-gl-pci-base-type", "virtio-gpu-pci-base", CLASS, 0},
    {"virtio-gpu-pci", "virtio-gpu-pci-base-type", NO_ROM, PCI | PCIE},
    {"virtio-gpu-pci-base", "virtio-pci", CLASS, 0},
    {"virtio-gpu-pci-base-type", "virtio-gpu-pci-base", CLASS, 0},
    {"virtio-input-hid-pci", "virtio-input-pci", CLASS, 0},
    {"virtio-input-host-pci", "virtio-input-host-pci-base-type", NO_ROM, PCI | PCIE},
    {"virtio-input-host-pci-base-type", "virtio-input-pci", CLASS, 0},
    {"virtio-input-pci", "virtio-pci", CLASS, 0},
    {"virtio-iommu-pci", "virtio-iommu-pci-base-type", NO_ROM, PCI | PCIE},
    {"virtio-iommu-pci-base-type", "virtio-pci", CLASS, 0},
    {"virtio-keyboard-pci", "virtio-keyboard-pci-base-type", NO_ROM, PCI | PCIE},
    {"virtio-keyboard-pci-base-type", "virtio-input-hid-pci", CLASS, 0},
    {"virtio-mem-pci", "virtio-mem-pci-base", NO_ROM, PCI | PCIE},
    {"virtio-mem-pci-base", "virtio-pci", CLASS, 0},
    {"virtio-mouse-pci", "virtio-mouse-pci-base-type", NO_ROM, PCI | PCIE},
    {"virtio-mouse-pci-base-type", "virtio-input-hid-pci", CLASS, 0},
    {"virtio-pmem-pci", "virtio-pmem-pci-base", NO_ROM, PCI | PCIE},
    {"virtio-pmem-pci-base", "virtio-pci", CLASS, 0},
    {"virtio-rng-pci", "virtio-rng-pci-base", NO_ROM, PCI | PCIE},
    {"virtio-rng-pci-base", "virtio-pci", CLASS, 0},
    {"virtio-rng-pci-non-transitional", "virtio-rng-pci-base", NO_ROM, PCI | PCIE},
    {"virtio-rng-pci-transitional", "virtio-rng-pci-base", NO_ROM, PCI},
    {"virtio-scsi-pci", "virtio-scsi-pci-base", NO_ROM, PCI | PCIE},
    {"virtio-scsi-pci-base", "virtio-pci", CLASS, 0},
    {"virtio-scsi-pci-non-transitional", "virtio-scsi-pci-base", NO_ROM, PCI | PCIE},
    {"virtio-scsi-pci-transitional", "virtio-scsi-pci-base", NO_ROM, PCI},
    {"virtio-serial-pci", "virtio-serial-pci-base", NO_ROM, PCI | PCIE},
    {"virtio-serial-pci-base", "virtio-pci", CLASS, 0},
    {"virtio-serial-pci-non-transitional", "virtio-serial-pci-base", NO_ROM, PCI | PCIE},
    {"virtio-serial-pci-transitional", "virtio-serial-pci-base", NO_ROM, PCI},
    {"virtio-tablet-pci", "virtio-tablet-pci-base-type", NO_ROM, PCI | PCIE},
    {"virtio-tablet-pci-base-type", "virtio-input-hid-pci", CLASS, 0},
    {"x3130-upstream", "pcie-port", NO_ROM, PCIE},
    {"xio3130-downstream", "pcie-slot", NO_ROM, PCIE},

    /* on other buses than PCI */
    {"virtio-net-device", "device", NO_ROM, 0},
    {"virtio-net-ccw", "device", NO_ROM, 0},
    {"usb-net", "device", NO_ROM, 0},
    {"ne2k_isa", "device", NO_ROM, 0},
    {"isa-vga", "device", FW_CFG, 0},
    {"isa-cirrus-vga", "device", FW_CFG, 0},
    {"ramfb", "device", FW_CFG, 0},
};

static const struct driver *find_driver(const char *name)
{
    for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
        if (strcmp(drivers[i].name, name) == 0)
            return &drivers[i];
    }
    return NULL;
}

const char *rt_slot_no_rom(const char *driver)
{
    const struct driver *found = find_driver(driver);

    switch (found == NULL ? CLASS : found->rom) {
    case NO_ROM:
        return "has no option ROM";
    case FW_CFG:
        return "has no ROM BAR: its ROM goes through fw_cfg";
    case PHYSICAL:
        return "has no option ROM file: the ROM BAR is the physical device's";
    case CLASS:
    case ROM:
        break;
    }
    return NULL;
}

bool rt_slot_owns_rom(const char *driver)
{
    const struct driver *found = find_driver(driver);

    return found != NULL && found->rom == ROM;
}

/* The interface of this name, 0 where it is none. */
static unsigned interface_of(const char *name)
{
    if (strcmp(name, "conventional-pci-device") == 0)
        return PCI;
    return strcmp(name, "pci-express-device") == 0 ? PCIE : 0;
}

bool rt_slot_global_reaches(const char *name, const char *driver)
{
    const struct driver *at = find_driver(driver);
    const char *parent = at == NULL ? "pci-device" : at->parent;

    if (strcmp(name, driver) == 0)
        return true;
    if (interface_of(name) != 0)
        return at == NULL || (at->interfaces & interface_of(name)) != 0;
    while (strcmp(parent, name) != 0) {
        at = find_driver(parent);
        if (at == NULL)
            return false;
        parent = at->parent;
    }
    return true;
}
