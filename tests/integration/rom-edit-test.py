#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""`romtool rom` on real ROMs, and SeaBIOS as the judge of what comes out."""

import os
import subprocess
import tempfile

from guest import ROMTOOL, Guest, Tap, equal, require

ROMS = "/usr/lib/ipxe/qemu"
BANNER, NO_ROM = "iPXE (http", "No bootable device"
require(ROMS + "/efi-virtio.rom", ROMS + "/pxe-virtio.rom")


def rom(*argv):
    subprocess.run([ROMTOOL, "rom", *argv], check=True, stdout=subprocess.DEVNULL)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def seabios(romfile):
    """What SeaBIOS does with a NIC whose ROM is an explicit one: nobody patches its ids."""
    argv = ["-M", "pc-i440fx-2.0,graphics=off", "-nographic", "-monitor", "none", "-nodefaults",
            "-device", "virtio-net-pci,romfile=" + romfile]
    with Guest(argv) as g:
        return g.serial_says([BANNER, NO_ROM], 300)


tap = Tap()
with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    os.mkdir("parts")
    x86, efi = "parts/efi-virtio.rom.0.x86.rom", "parts/efi-virtio.rom.1.efi.rom"
    rom("split", "-o", "parts", ROMS + "/efi-virtio.rom")
    with tap.test("a ROM taken apart and joined again is the same"):
        rom("join", "-o", "joined.rom", x86, efi)
        equal(read("joined.rom") == read(ROMS + "/efi-virtio.rom"), True)
    with tap.test("the x86 part of efi-virtio.rom is marked as the last, its sum zero"):
        part = read(x86)
        equal((len(part), sum(part) & 0xff, part[0x1c + 0x15]), (75776, 0, 0x80))
    with tap.test("pxe-virtio.rom with the EFI image of efi-virtio.rom holds"):
        rom("join", "-o", "both.rom", ROMS + "/pxe-virtio.rom", efi)
        done = subprocess.run([ROMTOOL, "inspect", "-q", "both.rom"], capture_output=True, text=True)
        equal((done.returncode, done.stdout.count("\n")), (0, 1), done.stdout)
    with tap.test("control: SeaBIOS skips efi-virtio.rom as it is, as an explicit romfile="):
        equal(seabios(ROMS + "/efi-virtio.rom"), NO_ROM)
    with tap.test("SeaBIOS runs it with the device's ids"):
        rom("set-ids", "--ids", "1af4:1000", "-o", "ids.rom", ROMS + "/efi-virtio.rom")
        equal(seabios(os.path.join(work, "ids.rom")), BANNER)
    damaged = bytearray(read("ids.rom"))
    size = 512 * damaged[2]
    damaged[size - 1] ^= 0xff  # the last byte of its fill
    with open("damaged.rom", "wb") as f:
        f.write(damaged)
    with tap.test("control: SeaBIOS skips it with a bad sum"):
        equal(seabios(os.path.join(work, "damaged.rom")), NO_ROM)
    with tap.test("SeaBIOS runs it with the sum fixed, by byte 6 alone"):
        rom("fix-checksum", "--in-place", "damaged.rom")
        fixed = read("damaged.rom")
        equal(sum(fixed[:size]) & 0xff, 0)
        equal([i for i in range(len(fixed)) if fixed[i] != damaged[i]], [6])
        equal(seabios(os.path.join(work, "damaged.rom")), BANNER)
    os.chdir("/")
tap.end()
