#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What SeaBIOS and OVMF are said to do with a ROM, and what the real ones do: ROMs whose code writes
one letter to a port, many of them in one guest. A hang is told by a control in the same guest that
runs whenever the machine does not hang."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time

from guest import Guest, Tap, equal, require

OVMF_CODE, OVMF_VARS = "/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"
ROMS = "/usr/lib/ipxe/qemu"
E1000 = ("0x8086", "0x100e")  # the ids of the device that every ROM is for
IDS = "vendor=0x8086,device=0x100e"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXY"  # Z is the control's

require(ROMS + "/efi-e1000.rom", OVMF_CODE, OVMF_VARS)
tap = Tap()


def put(data, at, hexadecimal):
    new = bytes.fromhex(hexadecimal)
    data[at:at + len(new)] = new


class Rom:
    """words of the builder. x86 and efi are where images start that are given code which says the
    letter; what an x86 image's first 512 bytes sum to stays. edit: {offset: bytes} on top, and the
    same holds. packed: the program of the first image, EFI, is compressed at last."""

    def __init__(self, words, x86=(), efi=(), edit=None, packed=False):
        self.words, self.x86, self.efi, self.edit = words, x86, efi, edit or {}
        self.packed = packed

    def build(self, letter):
        data = bytearray(subprocess.run([os.environ["MKROM"], *self.words.split()],
                                        stdout=subprocess.PIPE, check=True).stdout)
        before = [sum(data[at:at + 512]) for at in self.x86]
        say = "b0%02xe6e9" % ord(letter)  # mov al, letter; out 0xe9, al
        for at in self.x86:
            put(data, at + 0x03, "eb7b")  # jmp to 0x80
            put(data, at + 0x80, say + "cb")  # retf
        for at in self.efi:
            put(data, at + 0x38 + 0x180, say + "31c0c3")  # xor eax, eax; ret: EFI_SUCCESS
        for at, new in self.edit.items():
            put(data, at, new)
        for at, wanted in zip(self.x86, before):
            data[at + 6] = (data[at + 6] + wanted - sum(data[at:at + 512])) % 256
        if self.packed:
            data[0x0c] = 1
            program = subprocess.run([os.environ["EFICOMP"], "c"], input=data[0x38:0x38 + 0x1a0],
                                     stdout=subprocess.PIPE, check=True).stdout
            data[0x38:1024] = program + bytes(1024 - 0x38 - len(program))
        return bytes(data)


def predict(path, consumer, ids=E1000, default=False):
    done = subprocess.run([os.environ["PROSPECTS"], path, *ids, *["default"] * default],
                          capture_output=True, text=True, check=True)
    lines = {line.split(" ")[0]: line.split(" ")[1:] for line in done.stdout.splitlines()}
    return lines[consumer][0], " ".join(lines[consumer][1:])


class Machine(Guest):
    """e1000s with these ROM files. What was said to port 0xe9 is said()."""

    def __init__(self, paths, argv):
        command = [*argv, "-nodefaults", "-chardev", "file,id=e9,path=e9", "-device",
                   "isa-debugcon,iobase=0xe9,chardev=e9"]
        for i, path in enumerate(paths):
            command += ["-device", "e1000,addr=%#x,romfile=%s" % (i + 2, path)]
        super().__init__(command)
        self.started = time.monotonic()

    def said(self, name="e9"):
        path = os.path.join(self.dir, name)
        if not os.path.exists(path):
            return ""
        with open(path, "rb") as f:
            return f.read().decode("latin-1")

    def says(self, text, seconds, name="e9"):
        return self.shows(lambda: text in self.said(name), seconds)

    def shows(self, is_there, seconds):
        """Waits for that, from its start on; it is looked for once at least."""
        end = self.started + seconds
        while True:
            ended = self.process.poll() is not None  # before it is looked at for the last time
            if is_there():
                return True
            if ended or time.monotonic() > end:
                return False
            time.sleep(0.1)


def seabios(paths, _directory):
    return Machine(paths, ["-M", "pc-i440fx-7.2", "-m", "64", "-chardev", "file,id=log,path=log",
                           "-device", "isa-debugcon,iobase=0x402,chardev=log"])


def ovmf(paths, directory):
    variables = tempfile.mkstemp(dir=directory)[1]
    shutil.copy(OVMF_VARS, variables)
    return Machine(paths, ["-M", "pc-q35-7.2", "-m", "256",
                           "-drive", "if=pflash,format=raw,readonly=on,file=" + OVMF_CODE,
                           "-drive", "if=pflash,format=raw,file=" + variables])


def write(directory, roms):
    """Paths of the ROMs, and of the control behind them: {path: letter}."""
    paths = {}
    for rom, letter in zip([*roms, CONTROL], [*LETTERS[:len(roms)], "Z"]):
        path = os.path.join(directory, "rom-%d-%s" % (len(os.listdir(directory)), letter))
        with open(path, "wb") as f:
            f.write(rom.build(letter))
        paths[path] = letter
    return paths


def judge(consumer, start, cases, done, seconds):
    """cases: {name: (outcome, rom)}, all in one guest; done(guest) waits until it is done."""
    with tempfile.TemporaryDirectory() as d:
        paths = write(d, [rom for _, rom in cases.values()])
        with start(list(paths), d) as g:
            with tap.test(consumer + " runs the control"):
                equal(done(g, seconds) and "Z" in g.said(), True, g.said())
            said = g.said()
        for (name, (outcome, _)), (path, letter) in zip(cases.items(), paths.items()):
            with tap.test("%s %s %s" % (consumer, outcome, name)):
                predicted, why = predict(path, consumer)
                equal(predicted, outcome, "predicted: " + why)
                equal("loads" if letter in said else "skips", outcome, "seen: %r" % said)


def judge_hangs(consumer, start, cases, done, seconds, reached=None):
    """Each in a guest of its own, all at once, given so many seconds once the log of each says what it
    says when that is reached."""
    with tempfile.TemporaryDirectory() as d, contextlib.ExitStack() as stack:
        guests = []
        for name, rom in cases.items():
            paths = write(d, [rom])
            guests.append((name, list(paths)[0], stack.enter_context(start(list(paths), d))))
        on_their_way = [reached is None or g.says(reached, 300, "log") for _, _, g in guests]
        time.sleep(seconds)
        for (name, path, g), on_its_way in zip(guests, on_their_way):
            with tap.test("%s hangs %s" % (consumer, name)):
                predicted, why = predict(path, consumer)
                equal(predicted, "hangs", "predicted: " + why)
                equal(on_its_way, True, "on its way")
                equal(done(g, 0), False, "done: " + g.said())
                equal(g.process.poll(), None, "ended: " + g.errors())


# ------------------------------------------------------------------------------------ SeaBIOS

X86 = "x86:" + IDS
FOREIGN = "x86:vendor=0x8086,device=0x100f"
EFI = "efi:" + IDS
CONTROL = Rom(X86 + " efi pad:to=4K", x86=[0], efi=[1024])


def pnp(next_at, bcv, bev):
    """A $PnP header: where the next one is, connection and boot vector."""
    words = [n.to_bytes(2, "little").hex() for n in (next_at, bcv, bev)]
    return "24506e500102" + words[0] + "00" * 14 + words[1] + "0000" + words[2] + "00000000"


def seabios_done(g, seconds):
    return g.says("No bootable device", seconds, "log")


judge("SeaBIOS", seabios, {
    "an image with the device's ids": ("loads", Rom(X86, x86=[0])),
    "an image behind an EFI one": ("loads", Rom(EFI + " " + X86, x86=[1024])),
    "the second x86 image, whose ids fit": ("loads", Rom(FOREIGN + " " + X86, x86=[1024])),
    "an image whose PCIR is at no multiple of 4":
        ("loads", Rom(X86 + ",pcir-at=0x2a", x86=[0])),
    "an image that initializes more than its length":
        ("loads", Rom(X86 + ",units=1,length=1024", x86=[0])),
    "an image with a $PnP header": ("loads", Rom(X86, x86=[0], edit={
        0x1a: "6000", 0x60: pnp(0, 0x84, 0)})),
    "a loop of $PnP headers without an entry": ("loads", Rom(X86, x86=[0], edit={
        0x1a: "6000", 0x60: pnp(0x60, 0, 0)})),
    "foreign ids": ("skips", Rom(FOREIGN, x86=[0])),
    "a bad checksum": ("skips", Rom(X86 + ",sum=1", x86=[0])),
    "the good image behind one of the same ids with a bad checksum":
        ("skips", Rom(X86 + ",sum=1 " + X86, x86=[0, 1024])),
    "an initialization size of 0": ("skips", Rom(X86 + ",init-units=0", x86=[0])),
    "an EFI image alone, whatever its first bytes": ("skips", Rom(EFI, x86=[0], efi=[0])),
    "an ISA ROM": ("skips", Rom("isa", x86=[0])),
    "an image of another code type": ("skips", Rom(X86 + ",code-type=1", x86=[0])),
    "an image behind the last": ("skips", Rom(FOREIGN + ",indicator=0x80 " + X86, x86=[1024])),
}, seabios_done, 300)

judge_hangs("SeaBIOS", seabios, {
    "on a first image of length 0 with foreign ids":
        Rom(FOREIGN + ",units=0,indicator=0 " + X86, x86=[1024]),
    "on an EFI image of length 0": Rom(EFI + ",units=0,indicator=0 " + X86, x86=[1024]),
    "on a second image of length 0": Rom(EFI + " " + FOREIGN + ",units=0,indicator=0"),
    "on a $PnP header that is its own next": Rom(X86, x86=[0], edit={
        0x1a: "6000", 0x60: pnp(0x60, 0x84, 0)}),
    "on a $PnP header with a boot vector that is its own next": Rom(X86, x86=[0], edit={
        0x1a: "6000", 0x60: pnp(0x60, 0x84, 0x84)}),
    "on two $PnP headers that follow each other": Rom(X86, x86=[0], edit={
        0x1a: "6000", 0x60: pnp(0xa0, 0x84, 0), 0xa0: pnp(0x60, 0x84, 0)}),
}, seabios_done, 15, "Scan for option roms")


def real(device, default):
    """What SeaBIOS makes of Debian's ROM of a NIC: as predicted?"""
    driver, rom, ids = device
    path = os.path.join(ROMS, rom)
    outcome, why = predict(path, "SeaBIOS", ids, default)
    with Guest(["-M", "pc-i440fx-7.2,graphics=off", "-nodefaults", "-device",
                driver + ("" if default else ",romfile=" + path)]) as g:
        seen = g.serial_says(["iPXE (http", "No bootable device"], 300)
    equal("loads" if seen == "iPXE (http" else "skips", outcome, why)
    return outcome


for nic, default, explicit in [
        (("e1000", "efi-e1000.rom", E1000), "loads", "loads"),
        (("virtio-net-pci", "efi-virtio.rom", ("0x1af4", "0x1000")), "loads", "skips"),
        (("ne2k_pci", "efi-ne2k_pci.rom", ("0x10ec", "0x8029")), "loads", "skips"),
        (("i82551", "pxe-eepro100.rom", ("0x8086", "0x1209")), "loads", "skips")]:
    with tap.test("SeaBIOS %s the default ROM of %s" % (default, nic[0])):
        equal(real(nic, True), default)
    with tap.test("SeaBIOS %s the same as an explicit romfile=" % explicit):
        equal(real(nic, False), explicit)

# ------------------------------------------------------------------------------------ OVMF

FULL = " pad:to=4K"


def ovmf_done(g, seconds):
    """Z is the last; then OVMF gets to its shell."""
    return g.shows(lambda: "Shell" in g.serial(), seconds)


judge("edk2", ovmf, {
    "a boot service driver": ("loads", Rom(EFI + FULL, efi=[0])),
    "a compressed driver": ("loads", Rom(EFI + FULL, efi=[0], packed=True)),
    "a runtime driver": ("loads", Rom(EFI + ",subsystem=0x0c" + FULL, efi=[0])),
    "a driver with foreign ids": ("loads", Rom("efi:vendor=0x1234" + FULL, efi=[0])),
    "a driver behind an x86 image with a bad checksum":
        ("loads", Rom(X86 + ",sum=1 " + EFI + FULL, efi=[1024])),
    "a driver behind one for another machine":
        ("loads", Rom(EFI + ",machine=0xaa64 " + EFI + FULL, efi=[1024])),
    "a driver that is not the last and followed by nothing":
        ("loads", Rom(EFI + ",indicator=0" + FULL, efi=[0])),
    "the second of two, for the first's program is for another machine":
        ("loads", Rom(EFI + " " + EFI + FULL, efi=[1024], edit={0x38 + 0x44: "64aa"})),
    "a program for x86-64 whatever its header says":
        ("loads", Rom(EFI + FULL, efi=[0], edit={0x0a: "64aa"})),
    "an application in a driver's image": ("loads", Rom(EFI + FULL, efi=[0],
                                                        edit={0x38 + 0x9c: "0a00"})),
    "a driver whose zeroes at the end were cut":
        ("loads", Rom(EFI + ",body=0,length=4096 cut:to=3K", efi=[0])),
    "a program for another machine":
        ("skips", Rom(EFI + FULL, efi=[0], edit={0x38 + 0x44: "64aa"})),
    "a program of another subsystem":
        ("skips", Rom(EFI + FULL, efi=[0], edit={0x38 + 0x9c: "0100"})),
    "what is said to be compressed and is not":
        ("skips", Rom(EFI + FULL, efi=[0], edit={0x0c: "0100"})),
    "what is no program": ("skips", Rom(EFI + FULL, efi=[0], edit={0x38: "0000"})),
    "an application": ("skips", Rom(EFI + ",subsystem=0x0a" + FULL, efi=[0])),
    "compression 2": ("skips", Rom(EFI + ",compression=2" + FULL, efi=[0])),
    "an initialization size beyond the image":
        ("skips", Rom(EFI + ",init-units=3" + FULL, efi=[0])),
    "a wrong EFI signature": ("skips", Rom(EFI + ",efi-signature=0x60ef1" + FULL, efi=[0])),
    "a ROM BAR of 2 KiB": ("skips", Rom(EFI + " pad:to=2K", efi=[0])),
    "a PCIR at no multiple of 4": ("skips", Rom(EFI + ",pcir-at=0x1e" + FULL, efi=[0])),
    "an image longer than the ROM BAR": ("skips", Rom(EFI + ",units=16" + FULL, efi=[0])),
    "an image for another machine": ("skips", Rom(EFI + ",machine=0xaa64" + FULL, efi=[0])),
    "an image of another code type": ("skips", Rom(EFI + ",code-type=2" + FULL, efi=[0])),
    "an image behind the last": ("skips", Rom(X86 + ",indicator=0x80 " + EFI + FULL, efi=[1024])),
}, ovmf_done, 600)

judge_hangs("edk2", ovmf, {
    "on a first image of length 0": Rom(EFI + ",units=0,indicator=0 " + EFI + FULL, efi=[1024]),
    "on a second image of length 0": Rom(EFI + " " + EFI + ",units=0,indicator=0" + FULL, efi=[0]),
}, ovmf_done, 40)
tap.end()
