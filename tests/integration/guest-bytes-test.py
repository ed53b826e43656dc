#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The sha256 of what a guest reads from a ROM BAR, as predicted, is that of the bytes that the real
QEMU shows there: every NIC with its default ROM and with the same file as an explicit romfile=, on
the root bus and behind a root port, and ROMs of odd shapes."""

import hashlib
import json
import os
import subprocess
import tempfile

from guest import ROMTOOL, Tap, equal, make_rom, require
from qtest import Qtest

ROMS, VGABIOS = "/usr/lib/ipxe/qemu", "/usr/share/seabios"
# driver: its default ROM on a current machine type
NICS = {
    **dict.fromkeys(["e1000", "e1000-82544gc", "e1000-82545em"], "efi-e1000.rom"),
    "e1000e": "efi-e1000e.rom",
    **dict.fromkeys("""i82550 i82551 i82557a i82557b i82557c i82558a i82558b i82559a i82559b i82559c
                       i82559er i82562 i82801""".split(), "pxe-eepro100.rom"),
    "ne2k_pci": "efi-ne2k_pci.rom",
    "pcnet": "efi-pcnet.rom",
    "rtl8139": "efi-rtl8139.rom",
    "vmxnet3": "efi-vmxnet3.rom",
    **dict.fromkeys(["virtio-net-pci", "virtio-net-pci-non-transitional",
                     "virtio-net-pci-transitional", "virtio-net-pci,disable-legacy=on"],
                    "efi-virtio.rom"),
}
DISPLAYS = {"VGA": "vgabios-stdvga.bin", "cirrus-vga": "vgabios-cirrus.bin",
            "qxl-vga": "vgabios-qxl.bin", "vmware-svga": "vgabios-vmware.bin",
            "virtio-vga": "vgabios-virtio.bin", "bochs-display": "vgabios-bochs-display.bin",
            "ati-vga": "vgabios-ati.bin"}

require(ROMS + "/efi-virtio.rom", VGABIOS + "/vgabios-ati.bin")
tap = Tap()


def predicted(path, slot, ids):
    """sha256 as default, and as explicit."""
    done = subprocess.run([os.environ["PROSPECTS"], "--guest", path, str(slot),
                           *("0x%04x" % n for n in ids)], capture_output=True, text=True,
                          check=True)
    return done.stdout.split()


def shown(path, device, express):
    """The same, as `romtool inspect` shows it: its slot is the file's own."""
    express = ["--express"] * (express or "disable-legacy" in device)
    done = subprocess.run([ROMTOOL, "inspect", "--json", "-d", device.split(",")[0], *express, path],
                          capture_output=True, text=True)
    guest = json.loads(done.stdout)["files"][0]["guest"]
    return [guest["default_sha256"], guest["romfile_sha256"]]


def stated_ids(driver, express):
    name = driver.split(",")[0]
    done = subprocess.run([os.environ["PROSPECTS"], "--ids", name], capture_output=True, text=True,
                          check=True)
    text = done.stdout.split()[express or "disable-legacy" in driver]
    return tuple(int(n, 16) for n in text.split(":"))


def check(roms, express, explicit, argv=()):
    """roms: {device: path}. How many of them read otherwise than the file."""
    devices = [d + (",romfile=" + roms[d] if explicit else "") for d in roms]
    changed = 0
    with Qtest(devices, express, argv=argv) as g:
        for i, (device, path) in enumerate(roms.items()):
            data = g.rom(i)
            default, as_is = predicted(path, len(data), stated_ids(device, express))
            equal(hashlib.sha256(data).hexdigest(), as_is if explicit else default, device)
            equal(shown(path, device, express), [default, as_is], device + ", by inspect")
            with open(path, "rb") as f:
                changed += not data.startswith(f.read())
            if data.strip(b"\0") == b"":
                raise AssertionError(device + ": nothing there")
    return changed


nics = {d: os.path.join(ROMS, f) for d, f in NICS.items()}
with tap.test("every NIC's default ROM"):
    # the ids differ for 82544gc, 82545em, five of eepro100's, ne2k_pci, virtio's two legacy
    equal(check(nics, False, False), 2 + 5 + 1 + 2, "patched")
with tap.test("every NIC's ROM as an explicit romfile="):
    equal(check(nics, False, True), 0, "patched")
with tap.test("every NIC's default ROM behind a root port"):
    # virtio-net-pci has the ids there that its ROM has
    equal(check(nics, True, False), 2 + 5 + 1 + 1, "patched")
with tap.test("every NIC's ROM as an explicit romfile= behind a root port"):
    equal(check(nics, True, True), 0, "patched")
for name, file in DISPLAYS.items():
    with tap.test(name):
        rom = {name: os.path.join(VGABIOS, file)}
        check(rom, False, False)
        equal(check(rom, False, True), 0, "patched")

SHAPES = {  # words of the builder, and what QEMU patches of it for e1000
    "x86 efi": True,
    "efi x86": True,
    "efi:vendor=0x8086,device=0x100e x86": False,
    "x86 pad:to=70000,fill=0xff": True,
    "x86:pcir-at=0x31": True,  # not at a multiple of 4
    "x86:length=128K,pcir-at=0xff00": True,
    "x86:pcir-pointer=0xfff8 pad:to=128K": False,
    "isa": False,
    "raw:bytes=55aa0002": False,
    "raw:bytes=0102": False,  # of one byte the BAR's size cannot be read
    "x86 cut:to=0x24": False,  # the ids end the file
    "x86 cut:to=0x25": True,
    "x86:vendor=0x8086,device=0x1000": True,
    "x86:vendor=0x1af4,device=0x100e": True,
    # PCIR at 2: byte 6 is the vendor's
    "x86 patch:at=2,bytes=50434952f41a0010 patch:at=0x18,bytes=0200": True,
    "x86 patch:at=2,bytes=5043495286800010 patch:at=0x18,bytes=0200": True,
    "x86 patch:at=2,bytes=50434952f41a0e10 patch:at=0x18,bytes=0200": True,
}
for words, patched in SHAPES.items():
    with tap.test(words), tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "efi-e1000.rom")
        make_rom(path, *words.split())
        # found before the system's: the default ROM of this name
        equal(check({"e1000": path}, False, False, ["-L", d, "-L", "/usr/share/seabios"]), patched)
        equal(check({"e1000": path}, False, True), 0)
tap.end()
