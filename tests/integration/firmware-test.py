#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""ROMs still run after `romtool run`: firmware is the judge, each time with its control."""

import os
import shutil
import tempfile

from guest import Guest, Tap, equal, require

BANNER = "iPXE (http"
NO_ROM = "No bootable device"
OVMF_CODE, OVMF_VARS = "/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"
ROMS = "/usr/lib/ipxe/qemu"

require(ROMS + "/efi-virtio.rom", ROMS + "/efi-e1000.rom", OVMF_CODE, OVMF_VARS)
tap = Tap()


def seabios(device):
    """What SeaBIOS does with a NIC's ROM: the banner, or the end of booting without it."""
    argv = ["-M", "pc-i440fx-2.0,graphics=off", "-nographic", "-monitor", "none", "-nodefaults",
            "-device", device]
    with Guest(argv, run=["-p", "debian/bookworm"]) as g:
        return g.serial_says([BANNER, NO_ROM], 60)


with tap.test("SeaBIOS runs the default ROM of virtio-net-pci: its ids are patched still"):
    equal(seabios("virtio-net-pci"), BANNER)
with tap.test("control: the same file as an explicit romfile has the wrong ids and is skipped"):
    equal(seabios("virtio-net-pci,romfile=%s/efi-virtio.rom" % ROMS), NO_ROM)
with tap.test("SeaBIOS runs the default ROM of e1000"):
    equal(seabios("e1000"), BANNER)
with tap.test("control: without a ROM there is no banner"):
    equal(seabios("e1000,romfile="), NO_ROM)


def ovmf(device):
    with tempfile.TemporaryDirectory() as d:
        variables = os.path.join(d, "vars.fd")
        shutil.copy(OVMF_VARS, variables)
        argv = ["-M", "pc-q35-7.2", "-m", "256", "-nodefaults",
                "-drive", "if=pflash,format=raw,readonly=on,file=" + OVMF_CODE,
                "-drive", "if=pflash,format=raw,file=" + variables,
                "-netdev", "user,id=n", "-device", device + ",netdev=n"]
        with Guest(argv, run=["-p", "debian/bookworm"]) as g:
            return g.serial_says(["UEFI PXEv4", "Shell>", "UEFI Interactive Shell"], 240)


with tap.test("OVMF runs the EFI image of e1000's ROM"):
    equal(ovmf("e1000"), "UEFI PXEv4")
with tap.test("control: without a ROM OVMF has no driver for e1000"):
    got = ovmf("e1000,romfile=")
    if got not in ("Shell>", "UEFI Interactive Shell"):
        raise AssertionError("got %r, expected the shell" % got)

tap.end()
