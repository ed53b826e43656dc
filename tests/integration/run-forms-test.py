#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every form in which QEMU takes a ROM, through `romtool run`. A ROM that fits: the guest's BAR is
exactly the slot, its bytes the file's. The same form with a ROM that is too large or damaged is
refused before QEMU is executed; the control is that QEMU alone loads it by that form."""

import json
import os
import re
import subprocess
import tempfile

from guest import QEMU, Tap, equal, make_rom, require, romtool
from started import I440FX, PROFILE, Q35, RUN, Refusal, Started

SEABIOS, IPXE = "/usr/share/seabios", "/usr/lib/ipxe/qemu"
require(SEABIOS + "/vgabios-stdvga.bin", IPXE + "/efi-e1000.rom")
tap = Tap()

NIC_SLOT, VGA_SLOT = 262144, 65536
# Of each size a QEMU makes another slot. The ids are not the device's: what is patched is seen.
KINDS = {"good": ("x86:device=0x1042", "efi", "pad:to=200000"),
         "large": ("x86:device=0x1042", "efi", "pad:to=300000"),
         "damaged": ("x86:device=0x1042,sum=1", "efi", "pad:to=200000")}
VGA_KINDS = {"good": ("x86:length=40448,class=0x030000",),
             "large": ("x86:length=80896,class=0x030000",),
             "damaged": ("x86:length=40448,class=0x030000,sum=1",)}
NIC_FILES = ["efi-virtio.rom", "efi-e1000.rom", "efi-e1000e.rom"]
VGA_FILES = ["vgabios-stdvga.bin", "vgabios-cirrus.bin", "vgabios-qxl.bin", "vgabios-vmware.bin",
             "vgabios-virtio.bin", "vgabios-ati.bin", "vgabios-bochs-display.bin"]


class Place:
    """A directory with a ROM of one kind under every name."""

    def __init__(self, work, kind):
        self.dir = os.path.join(work, kind)
        os.makedirs(self.dir + "/sub")
        self.rom = self.make("x.rom", KINDS[kind])
        self.comma = self.make("a,b.rom", (*KINDS[kind][:2], KINDS[kind][2] + ",fill=0x33"))
        self.sub = self.make("sub/y.rom", KINDS[kind])
        for name in NIC_FILES:
            self.make(name, KINDS[kind])
        for name in VGA_FILES:
            self.make(name, VGA_KINDS[kind])

    def make(self, name, words):
        path = os.path.join(self.dir, name)
        make_rom(path, *words)
        return path

    def config(self, name, text):
        path = os.path.join(self.dir, name + ".cfg")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path


VIRTIO = "virtio-net-pci,id=nic"

# What follows the machine, for a place. The device is "nic", its ROM explicit.
EXPLICIT = {
    "-device": lambda p: ["-device", VIRTIO + ",romfile=" + p.rom],
    "-device, an alias": lambda p: ["-device", "virtio-net,id=nic,romfile=" + p.rom],
    "-device driver=, last": lambda p: ["-device", "romfile=%s,id=nic,driver=virtio-net-pci" % p.rom],
    "--device": lambda p: ["--device", VIRTIO + ",romfile=" + p.rom],
    "-device with commas": lambda p: ["-device", VIRTIO + ",romfile=" + p.comma.replace(",", ",,")],
    "-device, romfile twice": lambda p: ["-device", VIRTIO + ",romfile=,romfile=" + p.rom],
    "-device, driver twice": lambda p: ["-device", "help,id=nic,driver=virtio-net-pci,romfile=" + p.rom],
    "-device, a name in -L": lambda p: ["-L", p.dir, "-device", VIRTIO + ",romfile=x.rom"],
    "-device, a path below -L": lambda p: ["-L", p.dir, "-device", VIRTIO + ",romfile=sub/y.rom"],
    "-device, a default's name": lambda p: ["-L", p.dir, "-device", VIRTIO + ",romfile=efi-e1000.rom"],
    "-device with rombar=1": lambda p: ["-device", VIRTIO + ",rombar=1,romfile=" + p.rom],
    "-device in JSON": lambda p: ["-device", json.dumps(
        {"driver": "virtio-net-pci", "id": "nic", "romfile": p.rom, "rombar": 1})],
    "-global": lambda p: ["-global", "virtio-net-pci.romfile=" + p.rom, "-device", VIRTIO],
    "-global behind the device": lambda p: ["-device", VIRTIO,
                                            "-global", "virtio-net-pci.romfile=" + p.rom],
    "-global with a comma": lambda p: ["-global", "virtio-net-pci.romfile=" + p.comma,
                                       "-device", VIRTIO],
    "-global driver=": lambda p: ["-global", "driver=virtio-net-pci,property=romfile,value="
                                  + p.comma.replace(",", ",,"), "-device", VIRTIO],
    "-global value= first": lambda p: ["-global", "value=%s,property=romfile,driver=virtio-net-pci"
                                       % p.rom, "-device", VIRTIO],
    "-global twice": lambda p: ["-global", "virtio-net-pci.romfile=", "-device", VIRTIO, "-global",
                                "driver=virtio-net-pci,property=romfile,value=" + p.rom],
    "-global for JSON": lambda p: ["-global", "virtio-net-pci.romfile=" + p.rom, "-device",
                                   '{"driver":"virtio-net-pci","id":"nic"}'],
    "-device over -global": lambda p: ["-global", "virtio-net-pci.romfile=" + p.comma,
                                       "-device", VIRTIO + ",romfile=" + p.rom],
    "-set": lambda p: ["-device", VIRTIO, "-set", "device.nic.romfile=" + p.comma],
    "-set over -device": lambda p: ["-device", VIRTIO + ",romfile=" + p.sub,
                                    "-set", "device.nic.romfile=" + p.rom],
    "-set twice": lambda p: ["-device", VIRTIO, "-set", "device.nic.romfile=",
                             "-set", "device.nic.romfile=" + p.rom],
    "-readconfig": lambda p: ["-readconfig", p.config("device", """# a NIC
[device "nic"]
  driver = "virtio-net-pci"
  romfile = "%s"
""" % p.comma)],
    "-readconfig, romfile twice": lambda p: ["-readconfig", p.config("twice", """
[device "nic"]
romfile = "/none"
driver = "e1000"
romfile = "%s"
driver = "virtio-net-pci"
""" % p.rom)],
    "-readconfig and -set": lambda p: ["-readconfig", p.config("set", """
[device "nic"]
  driver = "virtio-net-pci"
"""), "-set", "device.nic.romfile=" + p.rom],
    "-readconfig of a global": lambda p: ["-device", VIRTIO, "-readconfig", p.config("global", """
[global]
  driver = "virtio-net-pci"
  property = "romfile"
  value = "%s"
""" % p.rom)],
    "-readconfig twice": lambda p: ["-readconfig", p.config("first", """
[device "nic"]
  driver = "virtio-net-pci"
"""), "-readconfig", p.config("second", """
[global]
  value = "%s"
  property = "romfile"
  driver = "virtio-net-pci"
""" % p.rom)],
}

EXPLICIT["-readconfig over -global"] = lambda p: [
    "-device", VIRTIO, "-global", "virtio-net-pci.romfile=" + p.comma, *EXPLICIT["-readconfig of a global"](p)[2:]]
EXPLICIT["-global over -readconfig"] = lambda p: [
    "-device", VIRTIO, "-readconfig", p.config("none", """
[global]
  driver = "virtio-net-pci"
  property = "romfile"
  value = "%s"
""" % p.comma), "-global", "virtio-net-pci.romfile=" + p.rom]

# A display, whose ROM is explicit.
DISPLAY = {
    "-device VGA": lambda p: ["-device", "VGA,id=nic,romfile=%s/vgabios-stdvga.bin" % p.dir],
    "-device VGA in JSON": lambda p: ["-device", json.dumps(
        {"driver": "VGA", "id": "nic", "romfile": p.dir + "/vgabios-stdvga.bin"})],
    "-global of VGA": lambda p: ["-device", "VGA,id=nic", "-global",
                                 "VGA.romfile=%s/vgabios-stdvga.bin" % p.dir],
    "-set of a VGA": lambda p: ["-device", "VGA,id=nic", "-set",
                                "device.nic.romfile=%s/vgabios-stdvga.bin" % p.dir],
}

OTHER_FILES = {
    **dict.fromkeys(["-device with commas", "-global with a comma", "-global driver=", "-set",
                     "-readconfig"], "a,b.rom"),
    "-device, a path below -L": "sub/y.rom",
    "-device, a default's name": "efi-e1000.rom",
}

# Its ROM is the default one, found by -L.
DEFAULT = {
    "-device": lambda p: ["-L", p.dir, "-device", VIRTIO],
    "-device in JSON": lambda p: ["-L", p.dir, "-device", '{"id":"nic","driver":"virtio-net-pci"}'],
    "-L twice": lambda p: ["-L", p.dir, "-L", IPXE, "-device", VIRTIO],
    "-L behind the device": lambda p: ["-device", VIRTIO, "-L", p.dir],
    "-readconfig": lambda p: ["-L", p.dir, "-readconfig", p.config("default", """
[device "nic"]
  driver = "virtio-net-pci"
""")],
}

# A device that has no id, by what it is: words behind a machine, the device, a slot.
VGA, E1000, E1000E, VIRTIO_IDS = "1234:1111", "8086:100e", "8086:10d3", "1af4:1000"
OPEN_Q35, OPEN_I440FX = ([w for w in m if w != "-nodefaults"] for m in (Q35, I440FX))
UNNAMED = {
    "-nic model=": (lambda p: [*Q35, "-nic", "user,model=virtio-net-pci"], VIRTIO_IDS, NIC_SLOT),
    "-nic model= of libvirt": (lambda p: [*Q35, "-nic", "model=virtio"], VIRTIO_IDS, NIC_SLOT),
    "-nic without a model": (lambda p: [*I440FX, "-nic", "user"], E1000, NIC_SLOT),
    "-nic with -nic none": (lambda p: [*Q35, "-nic", "user,model=e1000", "-nic", "none"], E1000,
                            NIC_SLOT),
    "-net nic,model=": (lambda p: [*Q35, "-net", "nic,model=e1000"], E1000, NIC_SLOT),
    "-net nic": (lambda p: [*Q35, "-net", "nic", "-net", "user"], E1000E, NIC_SLOT),
    "-net nic from -readconfig": (lambda p: [*Q35, "-readconfig", p.config("net", """
[net]
  type = "nic"
  model = "virtio"
""")], VIRTIO_IDS, NIC_SLOT),
    "q35's own NIC": (lambda p: OPEN_Q35, E1000E, NIC_SLOT),
    "i440fx's own NIC": (lambda p: OPEN_I440FX, E1000, NIC_SLOT),
    "its own NIC beside -readconfig's netdev": (lambda p: [*OPEN_Q35, "-readconfig", p.config("netdev", """
[netdev "n"]
  type = "user"
""")], E1000E, NIC_SLOT),
    "its own NIC beside a device": (lambda p: [*OPEN_Q35, "-device", "virtio-rng-pci"], E1000E,
                                    NIC_SLOT),
    "a machine from -readconfig, its own NIC": (lambda p: [
        "-S", "-m", "16", "-readconfig", p.config("machine", """
[machine]
  type = "pc-q35-7.2"
""")], E1000E, NIC_SLOT),
    "the machine's own display": (lambda p: [*OPEN_Q35, "-nic", "none"], VGA, VGA_SLOT),
    "its own display beside another that is none": (lambda p: [
        *OPEN_Q35, "-nic", "none", "-device", "secondary-vga"], VGA, VGA_SLOT),
    "its own display beside bochs-display": (lambda p: [
        *OPEN_Q35, "-nic", "none", "-device", "bochs-display,romfile="], VGA, VGA_SLOT),
    "-vga std": (lambda p: [*Q35, "-vga", "std"], VGA, VGA_SLOT),
    "-vga std,retrace=": (lambda p: [*Q35, "-vga", "std,retrace=precise"], VGA, VGA_SLOT),
    "-vga cirrus": (lambda p: [*Q35, "-vga", "cirrus"], "1013:00b8", VGA_SLOT),
    "-vga vmware": (lambda p: [*Q35, "-vga", "vmware"], "15ad:0405", VGA_SLOT),
    "-vga virtio": (lambda p: [*Q35, "-vga", "virtio"], "1af4:1050", VGA_SLOT),
    "-vga twice": (lambda p: [*Q35, "-vga", "none", "-vga", "cirrus"], "1013:00b8", VGA_SLOT),
    "-device VGA": (lambda p: [*Q35, "-device", "VGA"], VGA, VGA_SLOT),
    "-device virtio-vga": (lambda p: [*Q35, "-device", "virtio-vga"], "1af4:1050", VGA_SLOT),
    "-device ati-vga": (lambda p: [*Q35, "-device", "ati-vga"], "1002:5046", VGA_SLOT),
}

# The slot is stated as well. A QEMU alone would refuse the large ROM too.
SIZED = {
    "romsize=": lambda p: ["-device", VIRTIO + ",romsize=262144,romfile=" + p.rom],
    "romsize= in hexadecimal": lambda p: ["-device", VIRTIO + ",romsize=0x40000,romfile=" + p.rom],
    "romsize in JSON": lambda p: ["-device", json.dumps(
        {"driver": "virtio-net-pci", "id": "nic", "romfile": p.rom, "romsize": NIC_SLOT})],
    "-global romsize": lambda p: ["-global", "virtio-net-pci.romsize=262144", "-device",
                                  VIRTIO + ",romfile=" + p.rom],
    "-set romsize": lambda p: ["-device", VIRTIO + ",romfile=" + p.rom, "-set",
                               "device.nic.romsize=262144"],
}

# The machine types that count, where several are stated: one with slots of 256K, one with 128K.
NEW_MACHINE = {
    "-M": ["-M", "pc-q35-7.2"],
    "an alias": ["-machine", "q35"],
    "type=": ["-machine", "accel=tcg,type=pc-q35-7.2"],
    "the last of two": ["-M", "pc-i440fx-1.4", "-machine", "pc-q35-7.2"],
    "type= over the first": ["-machine", "pc-i440fx-1.4,type=pc-q35-7.2"],
    "none stated: pc": [],
    "-M over -readconfig": ["-readconfig", ("old", "pc-i440fx-1.4"), "-M", "pc-q35-7.2"],
}
OLD_MACHINE = {
    "-M": ["-M", "pc-i440fx-1.4"],
    "the last of two": ["-M", "pc-q35-7.2", "--machine", "pc-i440fx-1.4"],
    "type= over the first": ["-machine", "pc-q35-7.2,type=pc-i440fx-1.4"],
    "-readconfig over -M": ["-M", "pc-q35-7.2", "-readconfig", ("old", "pc-i440fx-1.4")],
}


def with_machine(place, words):
    words = [w if isinstance(w, str) else
             place.config(w[0], '[machine]\n  type = "%s"\n' % w[1]) for w in words]
    return [*words, "-nodefaults", "-S", "-m", "16", "-device", VIRTIO + ",romfile=" + place.rom]


def read(path):
    with open(path, "rb") as f:
        return f.read()


def rom_of(place, device):
    """The file that a device of UNNAMED has by default."""
    names = {VIRTIO_IDS: "efi-virtio.rom", E1000: "efi-e1000.rom", E1000E: "efi-e1000e.rom",
             VGA: "vgabios-stdvga.bin", "1013:00b8": "vgabios-cirrus.bin",
             "15ad:0405": "vgabios-vmware.bin", "1af4:1050": "vgabios-virtio.bin",
             "1002:5046": "vgabios-ati.bin"}
    return os.path.join(place.dir, names[device])


class Forms:
    def __init__(self, work):
        self.places = {kind: Place(work, kind) for kind in KINDS}
        self.refusal = Refusal(work)

    def check(self, name, words, device, slot, path, is_default, has_control=True):
        """words and path are of a place."""
        good, large = self.places["good"], self.places["large"]
        with tap.test(name + ": the slot and the bytes are right"), Started(words(good)) as g:
            g.holds(device, read(path(good)), slot, is_default)
        with tap.test(name + ": too large or damaged it is refused"):
            self.refusal.refused(words(large), [path(large), "the slot of"], status=[1])
            self.refusal.refused(words(self.places["damaged"]), path(self.places["damaged"]),
                                 status=[1])
        if has_control:
            with tap.test(name + ": control: QEMU alone loads it"), \
                    Started(words(large), run=None) as g:
                equal(g.slots().get(device), 2 * slot)


def mandates():
    text = romtool("slots", "show", *PROFILE, "-m", "pc-i440fx-7.2", "--json").stdout
    return {m["device"]: m["slot"] for m in json.loads(text)["mandates"]}


def every_model():
    """As many as QEMU has, those with an alias by that one too."""
    known = mandates()
    listing = subprocess.run([QEMU, "-device", "help"], capture_output=True, text=True, check=True)
    expected = {}
    for model, alias in re.findall(r'name "([^"]+)", bus PCI(?:, alias "([^"]+)")?', listing.stdout):
        # of displays some want what is not here: a vhost-user process, OpenGL
        if model in known and not model.startswith("vhost-user-") and not model.endswith("-gl"):
            expected.update({name: known[model] for name in (model, alias) if name})
    equal(len(expected) > 30, True, expected)
    ids = {"n-" + name.replace("_", "-"): name for name in expected}
    rows = sorted(ids)
    for part in (rows[:20], rows[20:]):  # a bus has 32 places
        words = [w for i in part for w in ("-device", "%s,id=%s" % (ids[i], i))]
        for run in (RUN, None):
            with Started([*I440FX, *words], run=run) as guest:
                equal(guest.slots(), {i: expected[ids[i]] for i in part}, "run %r" % run)


with tap.test("every NIC and display of QEMU, by its aliases too: the slot is right, as QEMU's own"):
    every_model()
# Each side of where a machine's own NIC or display changes, and those without a PCI bus.
with tap.test("a machine's own NIC and display: their slots, and their ROMs in fw_cfg, are QEMU's own"):
    for machine in ("pc-i440fx-1.4", "pc-i440fx-2.1", "pc-i440fx-2.2", "pc-q35-2.11", "pc-q35-2.12",
                    "pc-q35-7.2", "isapc", "microvm", "none"):
        seen = []
        for run in (RUN, None):
            with Started(["-M", machine, "-S", "-m", "16"], run=run) as guest:
                seen.append((guest.slots(), machine != "none" and guest.fw_cfg_roms()))
        equal(seen[0], seen[1], machine)
with tempfile.TemporaryDirectory() as work:
    forms = Forms(work)
    for form, tail in EXPLICIT.items():
        forms.check("romfile by " + form, lambda p, tail=tail: [*Q35, *tail(p)], "nic", NIC_SLOT,
                    lambda p, file=OTHER_FILES.get(form, "x.rom"): os.path.join(p.dir, file), False)
    for form, tail in DISPLAY.items():
        forms.check("romfile by " + form, lambda p, tail=tail: [*Q35, *tail(p)], "nic", VGA_SLOT,
                    lambda p: os.path.join(p.dir, "vgabios-stdvga.bin"), False)
    for form, tail in SIZED.items():
        forms.check("romfile with " + form, lambda p, tail=tail: [*Q35, *tail(p)], "nic", NIC_SLOT,
                    lambda p: p.rom, False, has_control=False)
    for form, tail in DEFAULT.items():
        forms.check("default ROM by " + form, lambda p, tail=tail: [*Q35, *tail(p)], "nic", NIC_SLOT,
                    lambda p: os.path.join(p.dir, "efi-virtio.rom"), True)
    for form, (tail, what, size) in UNNAMED.items():
        forms.check("default ROM by " + form, lambda p, tail=tail: ["-L", p.dir, *tail(p)], what,
                    size, lambda p, what=what: rom_of(p, what), True)
    for form, tail in NEW_MACHINE.items():
        forms.check("machine by " + form, lambda p, tail=tail: with_machine(p, tail), "nic", NIC_SLOT,
                    lambda p: p.rom, False, has_control=False)
    for form, tail in OLD_MACHINE.items():
        with tap.test("an old machine by %s: its slot is another" % form):
            forms.refusal.refused(with_machine(forms.places["good"], tail),
                                  "the slot of virtio-net-pci on pc-i440fx-1.4 is 131072", status=[1])
        with tap.test("an old machine by %s: control: that one QEMU starts" % form), \
                Started(with_machine(forms.places["good"], tail), run=None) as guest:
            equal(guest.functions()[0][1]["id"]["device"], 0x1237)  # of i440fx; q35's is 29c0
tap.end()
