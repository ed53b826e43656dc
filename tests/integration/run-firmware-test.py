#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""ROMs still run after `romtool run`: firmware is the judge, each time with its control. A ROM whose
ids are not the device's is skipped; QEMU makes them so in a default ROM, not in a romfile=."""

import os
import shutil
import tempfile

from guest import Guest, Tap, equal, require, romtool

BANNER = "iPXE (http"
NO_ROM = "No bootable device"
OVMF_CODE, OVMF_VARS = "/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"
ROMS = "/usr/lib/ipxe/qemu"
RUN = ["-p", "debian/bookworm", "--store", "/nonexistent"]

require(ROMS + "/efi-virtio.rom", ROMS + "/efi-e1000.rom", OVMF_CODE, OVMF_VARS)
tap = Tap()
work = tempfile.TemporaryDirectory()
# Debian's ROM has the ids of a virtio NIC without legacy, 1af4:1041. In this one they are foreign there.
legacy = os.path.join(work.name, "efi-virtio.rom")
romtool("rom", "set-ids", "--ids", "1af4:1000", "-o", legacy, ROMS + "/efi-virtio.rom")


def seabios(*words, machine="pc-i440fx-2.0", run=()):
    """What SeaBIOS does with a NIC's ROM: the banner, or the end of booting without it."""
    argv = ["-M", machine + ",graphics=off", "-nographic", "-monitor", "none", "-nodefaults", *words]
    with Guest(argv, run=[*RUN, *run]) as g:
        return g.serial_says([BANNER, NO_ROM], 300)


with tap.test("SeaBIOS runs the default ROM of virtio-net-pci: its ids are patched still"):
    equal(seabios("-device", "virtio-net-pci"), BANNER)
with tap.test("control: the same file as an explicit romfile has the wrong ids and is skipped"):
    equal(seabios("-device", "virtio-net-pci,romfile=%s/efi-virtio.rom" % ROMS), NO_ROM)
with tap.test("SeaBIOS runs the default ROM of e1000"):
    equal(seabios("-device", "e1000"), BANNER)
with tap.test("control: without a ROM there is no banner"):
    equal(seabios("-device", "e1000,romfile="), NO_ROM)

# Where a NIC's ids are 1af4:1041: what is before it on the command line, and behind it.
MODERN = {
    "disable-legacy=on": ("pc-i440fx-7.2", [], ",disable-legacy=on"),
    "q35, behind a root port": ("pc-q35-7.2", ["-device", "pcie-root-port,id=rp,chassis=1"],
                                ",bus=rp"),
}
for name, (machine, before, behind) in MODERN.items():
    device = [*before, "-device", "virtio-net-pci" + behind]
    with tap.test(name + ": SeaBIOS runs the default ROM"):
        equal(seabios(*device, machine=machine), BANNER)
    with tap.test(name + ": and one whose ids QEMU must patch"):
        equal(seabios("-L", work.name, *device, machine=machine), BANNER)
    with tap.test(name + ": control: as an explicit romfile that one is skipped"):
        equal(seabios(*before, "-device", "virtio-net-pci,romfile=" + legacy + behind,
                      machine=machine), NO_ROM)
with tap.test("pc-i440fx-2.6: SeaBIOS runs the default ROM"):
    equal(seabios("-device", "virtio-net-pci", machine="pc-i440fx-2.6"), BANNER)
with tap.test("pc-i440fx-2.6: control: not the same file as an explicit romfile"):
    equal(seabios("-device", "virtio-net-pci,romfile=%s/efi-virtio.rom" % ROMS,
                  machine="pc-i440fx-2.6"), NO_ROM)
with tap.test("the machine's own NIC"):
    with Guest(["-M", "pc-q35-7.2,graphics=off", "-nographic", "-monitor", "none", "-vga", "none"],
               run=RUN) as g:
        equal(g.serial_says([BANNER, NO_ROM], 300), BANNER)
with tap.test("a NIC from -readconfig, in JSON, of -nic"):
    with open(os.path.join(work.name, "nic.cfg"), "w", encoding="ascii") as f:
        f.write('[device "nic"]\n  driver = "virtio-net-pci"\n')
    for words in (["-readconfig", f.name], ["-device", '{"driver":"virtio-net-pci"}'],
                  ["-nic", "user,model=virtio"]):
        equal(seabios(*words), BANNER, " ".join(words))
with tap.test("without a BAR, by fw_cfg"):
    equal(seabios("-device", "e1000,rombar=0,romfile=%s/pxe-e1000.rom" % ROMS), BANNER)
with tap.test("with a larger slot that was stated"):
    equal(seabios("-device", "virtio-net-pci", run=["--rom-size", "virtio-net-pci=512K"]), BANNER)


def vga_bios(*words):
    """Whether a display's ROM has run: it says so on the port of SeaBIOS's debug output."""
    with Guest(["-M", "pc-q35-7.2", "-nodefaults", "-debugcon", "file:debug",
                "-global", "isa-debugcon.iobase=0x402", *words], run=RUN) as g:
        g.serial_path = os.path.join(g.dir, "debug")
        return g.serial_says(["Start SeaVGABIOS", NO_ROM], 300)


for model in ("std", "cirrus", "virtio"):
    with tap.test("SeaBIOS runs the default ROM of -vga " + model):
        equal(vga_bios("-vga", model), "Start SeaVGABIOS")
with tap.test("control: of none without one"):
    equal(vga_bios("-device", "VGA,romfile="), NO_ROM)


def ovmf(device):
    with tempfile.TemporaryDirectory() as d:
        variables = os.path.join(d, "vars.fd")
        shutil.copy(OVMF_VARS, variables)
        argv = ["-M", "pc-q35-7.2", "-m", "256", "-nodefaults",
                "-drive", "if=pflash,format=raw,readonly=on,file=" + OVMF_CODE,
                "-drive", "if=pflash,format=raw,file=" + variables,
                "-netdev", "user,id=n", "-device", device + ",netdev=n"]
        with Guest(argv, run=RUN) as g:
            return g.serial_says(["UEFI PXEv4", "Shell>", "UEFI Interactive Shell"], 600)


with tap.test("OVMF runs the EFI image of e1000's ROM"):
    equal(ovmf("e1000"), "UEFI PXEv4")
with tap.test("control: without a ROM OVMF has no driver for e1000"):
    got = ovmf("e1000,romfile=")
    if got not in ("Shell>", "UEFI Interactive Shell"):
        raise AssertionError("got %r, expected the shell" % got)

work.cleanup()
tap.end()
