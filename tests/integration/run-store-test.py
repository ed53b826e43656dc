#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The host's ROM has outgrown an old machine type; the one that fits is in the store. `romtool run`
gives it to a real QEMU under the default name: the guest of then is restored, its slot unchanged, and
firmware runs the ROM, whose ids are patched still."""

import os
import shutil
import tempfile

from guest import Guest, Tap, contains, equal, make_rom, require, romtool
from started import I440FX, PROFILE, Q35, Refusal, Started

IPXE, NAME, SLOT = "/usr/lib/ipxe/qemu", "efi-virtio.rom", 262144
BANNER, NO_ROM = "iPXE (http", "No bootable device"
require(IPXE + "/" + NAME)
tap = Tap()
work = tempfile.TemporaryDirectory()
refusal = Refusal(work.name)


def place(*names):
    path = os.path.join(work.name, *names)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def read(path):
    with open(path, "rb") as f:
        return f.read()


# What the host ships now: the same ROM, too long for the slot; and what the store has of before.
grown, stored = place("host", NAME), place("store", "acme", "1", NAME)
with open(grown, "wb") as host:
    host.write(read(os.path.join(IPXE, NAME)).ljust(300000, b"\0"))
romtool("pad", "-s", "256K", "-o", stored, os.path.join(IPXE, NAME))
OPTIONS = [*PROFILE, "--store", place("store")]
HOST = ["-L", os.path.dirname(grown)]
VIRTIO = "virtio-net-pci,id=nic"

with tap.test("control: without a store the start is refused"):
    refusal.refused([*Q35, *HOST, "-device", VIRTIO], grown, status=[1])
with tap.test("the stored ROM is the default ROM: its slot, its bytes, its ids patched"), \
        Started([*Q35, *HOST, "-device", VIRTIO, "-device", "pcie-root-port,id=rp,chassis=1",
                 "-device", "virtio-net-pci,id=behind,bus=rp"], run=OPTIONS) as g:
    equal((g.ids("nic"), g.ids("behind")), ((0x1af4, 0x1000), (0x1af4, 0x1041)))
    for name in ("nic", "behind"):
        g.holds(name, read(stored), SLOT, is_default=True)
with tap.test("the machine's own NIC, one of -nic, one that is plugged have it too"):
    romtool("pad", "-s", "256K", "-o", place("store", "acme", "1", "efi-e1000.rom"),
            IPXE + "/efi-e1000.rom")
    shutil.copy(grown, place("host", "efi-e1000.rom"))
    own = [w for w in I440FX if w != "-nodefaults"]
    for words in ([*own, "-vga", "none"], [*I440FX, "-nic", "user,model=e1000"]):
        with Started([*words, *HOST], run=OPTIONS) as g:
            g.holds("8086:100e", read(IPXE + "/efi-e1000.rom"), SLOT, is_default=True)
    with Started([*I440FX, *HOST], run=[*OPTIONS, "--hotplug"]) as g:
        g.ask("device_add", driver="e1000", id="late")
        g.holds("late", read(IPXE + "/efi-e1000.rom"), SLOT, is_default=True)


def seabios(words, run):
    argv = ["-M", "pc-i440fx-7.2,graphics=off", "-nographic", "-monitor", "none", "-nodefaults",
            *HOST, *words]
    with Guest(argv, run=run) as guest:
        return guest.serial_says([BANNER, NO_ROM], 300)


with tap.test("SeaBIOS runs the stored ROM"):
    equal(seabios(["-device", VIRTIO], OPTIONS), BANNER)
with tap.test("control: as an explicit romfile it has foreign ids and is skipped"):
    equal(seabios(["-device", VIRTIO + ",romfile=" + stored], OPTIONS), NO_ROM)
with tap.test("an explicit romfile is what it is: too large it is refused, whatever the store has"):
    refusal.refused([*Q35, "-device", VIRTIO + ",romfile=" + grown], grown, run=OPTIONS, status=[1])
with tap.test("a slot that was stated comes before the store"), \
        Started([*Q35, *HOST, "-device", VIRTIO],
                run=[*OPTIONS, "--rom-size", "virtio-net-pci=512K"]) as g:
    g.holds("nic", read(grown), 2 * SLOT, is_default=True)

# ------------------------------------------------------------------------------------ what does not help

data = read(stored)
BAD = {
    "one byte less": lambda path: open(path, "wb").write(data[:-1]),
    "another slot": lambda path: open(path, "wb").write(data.ljust(2 * SLOT, b"\0")),
    "a damaged one": lambda path: open(path, "wb").write(data[:100] + b"\xff" + data[101:]),
    "a FIFO": os.mkfifo,
    "a directory": os.mkdir,
}
for name, make in BAD.items():
    with tap.test("%s in the store: is refused" % name), tempfile.TemporaryDirectory() as store:
        os.mkdir(os.path.join(store, "acme"))
        make(os.path.join(store, "acme", NAME))
        refusal.refused([*Q35, *HOST, "-device", VIRTIO], grown,
                        run=[*PROFILE, "--store", store], status=[1, 3])
with tap.test("a store that others can write to is refused"), tempfile.TemporaryDirectory() as store:
    shutil.copy(stored, store)
    os.chmod(store, 0o777)
    refusal.refused([*Q35, *HOST, "-device", VIRTIO], run=[*PROFILE, "--store", store])
with tap.test("a damaged ROM of the host's is refused: the store hides nothing"):
    bad = place("bad", NAME)
    BAD["a damaged one"](bad)
    refusal.refused([*Q35, "-L", os.path.dirname(bad), "-device", VIRTIO], bad, run=OPTIONS,
                    status=[1])
with tap.test("a stored ROM that is replaced behind the check changes nothing"):
    copy = place("copy", "acme", NAME)
    shutil.copy(stored, copy)
    with open(place("vmm"), "w", encoding="utf-8") as f:
        f.write("#!/bin/sh\nhead -c %d /dev/zero > '%s'\nexec qemu-system-x86_64 \"$@\"\n"
                % (SLOT, copy))
    os.chmod(f.name, 0o755)
    with Started([*Q35, *HOST, "-device", VIRTIO], vmm=f.name,
                 run=[*PROFILE, "--store", place("copy")]) as g:
        g.holds("nic", data, SLOT, is_default=True)
    equal(read(copy) == bytes(SLOT), True, "it was replaced")

# ------------------------------------------------------------------------------------ the story of 2014

MACHINE = ["-M", "pc-i440fx-1.4", "-nodefaults", "-m", "32", "-device", "virtio-net-pci,id=nic"]
old, new, state = place("old", "pxe-virtio.rom"), place("new", "pxe-virtio.rom"), place("state")
make_rom(old, "x86:length=65024")
make_rom(new, "x86:length=82432")
romtool("pad", "-s", "64K", "-o", place("store", "acme", "1", "pxe-virtio.rom"), old)
UPSTREAM = ["-p", "upstream", "--store", place("store")]
RESTORE = ["-L", os.path.dirname(new), *MACHINE, "-incoming", "exec:cat '%s'" % state]
with tap.test("a guest with a slot of 64K is saved; the host's next ROM does not restore it"):
    with Guest(["-L", os.path.dirname(old), *MACHINE]) as guest:
        guest.save(state)
    with Guest(RESTORE) as guest:
        equal(guest.ends(), 1)
        contains(guest.errors(), "Size mismatch: 0000:00:02.0/virtio-net-pci.rom: 0x10000 != 0x20000")
with tap.test("with the store it is restored, by the same words"):
    with Guest(RESTORE, run=UPSTREAM) as guest:
        equal(guest.wait_running(), True, guest.errors())
        equal(guest.blocks()["0000:00:02.0/virtio-net-pci.rom"], 65536)

work.cleanup()
tap.end()
