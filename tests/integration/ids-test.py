#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The PCI ids that slots/ids.c states are those that the real QEMU's devices have."""

import os
import subprocess

from guest import Tap, equal, require
from qtest import Qtest

# every device of slots/device.c that owns an option ROM, but for virtio-vga-gl and vhost-user-vga,
# which do not start without a display or a backend
NICS = """
    e1000 e1000-82544gc e1000-82545em e1000e i82550 i82551 i82557a i82557b i82557c i82558a i82558b
    i82559a i82559b i82559c i82559er i82562 i82801 ne2k_pci pcnet rtl8139 vmxnet3 virtio-net-pci
    virtio-net-pci-non-transitional virtio-net-pci-transitional
""".split()
DISPLAYS = "VGA cirrus-vga qxl-vga vmware-svga virtio-vga bochs-display ati-vga".split()


def stated(driver):
    done = subprocess.run([os.environ["PROSPECTS"], "--ids", driver], capture_output=True,
                          text=True, check=True)
    return done.stdout.split()


def measured(drivers, express):
    with Qtest(drivers, express) as g:
        return ["%04x:%04x" % g.ids(i) for i in range(len(drivers))]


def check(drivers, express):
    got = dict(zip(drivers, measured(drivers, express)))
    equal(got, {d: stated(d)[express] for d in drivers})


require("/usr/lib/ipxe/qemu/efi-virtio.rom", "/usr/share/seabios/vgabios-ati.bin")
tap = Tap()
with tap.test("NICs on the root bus"):
    check(NICS, False)
with tap.test("NICs behind a PCI Express root port"):
    check(NICS, True)
with tap.test("disable-legacy=on makes virtio-net-pci's id what it is behind a root port"):
    equal(measured(["virtio-net-pci,disable-legacy=on"], False), stated("virtio-net-pci")[1:])
for name in DISPLAYS:
    with tap.test(name):
        check([name], False)
        check([name], True)
tap.end()
