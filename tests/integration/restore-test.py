#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What `romtool state --to` says of a saved guest is what the destination's QEMU then does: it
restores the guest, or it does not and says so in these words."""

import json
import os
import tempfile
import time

from guest import Guest, Tap, equal, make_rom, require, romtool

require("/usr/lib/ipxe/qemu/efi-virtio.rom", "/usr/share/seabios/vgabios-stdvga.bin")
tap = Tap()
K = 1024
Q35, I440 = "pc-q35-7.2", "pc-i440fx-7.2"
VIRTIO, E1000, E1000E = "efi-virtio.rom", "efi-e1000.rom", "efi-e1000e.rom"
RTL, NE2K, PCNET = "efi-rtl8139.rom", "efi-ne2k_pci.rom", "efi-pcnet.rom"
PORT = ["pcie-root-port,id=p,chassis=1"]

# What it is; machine type; devices; the ROM files at the source and at the destination, which come
# before those of the system; the verdict of each ROM by its device, in the stream's order or not.
CASES = [
    ("the same file", Q35, ["virtio-net-pci"], {VIRTIO: 60 * K}, {VIRTIO: 60 * K},
     {"virtio-net-pci": "same"}),
    ("another file, the same slot", Q35, ["virtio-net-pci"], {VIRTIO: 128 * K + 1},
     {VIRTIO: 256 * K}, {"virtio-net-pci": "same"}),
    ("one byte more than a power of two", Q35, ["virtio-net-pci"], {VIRTIO: 256 * K},
     {VIRTIO: 256 * K + 1}, {"virtio-net-pci": "differs"}),
    ("larger", I440, ["e1000"], {E1000: 60 * K}, {E1000: 80 * K}, {"e1000": "differs"}),
    ("smaller", I440, ["e1000"], {E1000: 200 * K}, {E1000: 100 * K}, {"e1000": "differs"}),
    ("to the system's own", Q35, ["virtio-net-pci"], {VIRTIO: 512 * K}, {},
     {"virtio-net-pci": "differs"}),
    ("from the system's own to the same slot", Q35, ["virtio-net-pci"], {}, {VIRTIO: 200 * K},
     {"virtio-net-pci": "same"}),
    ("the second of two NICs", Q35, ["virtio-net-pci", "e1000e"], {VIRTIO: 64 * K, E1000E: 32 * K},
     {VIRTIO: 64 * K, E1000E: 128 * K}, {"virtio-net-pci": "same", "e1000e": "differs"}),
    ("the first and the third", I440, ["virtio-net-pci", "rtl8139", "pcnet"],
     {VIRTIO: 64 * K, RTL: 32 * K, PCNET: 16 * K}, {VIRTIO: 32 * K, RTL: 32 * K, PCNET: 64 * K},
     {"virtio-net-pci": "differs", "rtl8139": "same", "pcnet": "differs"}),
    ("the same device twice", Q35, ["e1000e", "e1000e"], {E1000E: 64 * K}, {E1000E: 65 * K},
     {"e1000e": "differs"}),
    ("a block with another name than its device", I440, ["ne2k_pci"], {NE2K: 16 * K},
     {NE2K: 17 * K}, {"ne2k_pci": "differs"}),
    ("no machine type in the stream, the same", "pc-i440fx-1.7", ["virtio-net-pci"],
     {VIRTIO: 33 * K}, {VIRTIO: 64 * K}, {"virtio-net-pci": "same"}),
    ("no machine type in the stream, another", "pc-i440fx-1.7", ["virtio-net-pci", "e1000"],
     {VIRTIO: 33 * K, E1000: 8 * K}, {VIRTIO: 64 * K, E1000: 9 * K},
     {"virtio-net-pci": "same", "e1000": "differs"}),
    ("the file names of old machine types", "pc-i440fx-1.4", ["virtio-net-pci"],
     {"pxe-virtio.rom": 64 * K, VIRTIO: 32 * K}, {"pxe-virtio.rom": 65 * K, VIRTIO: 32 * K},
     {"virtio-net-pci": "differs"}),
    ("behind a root port, the same", Q35, [*PORT, "virtio-net-pci,bus=p"], {VIRTIO: 64 * K},
     {VIRTIO: 40 * K}, {"virtio-net-pci": "same"}),
    ("behind a root port, another", Q35, [*PORT, "virtio-net-pci,bus=p"], {VIRTIO: 64 * K},
     {VIRTIO: 4 * K}, {"virtio-net-pci": "differs"}),
    ("512 bytes and a page: one RAM block", I440, ["e1000"], {E1000: 512}, {E1000: 4 * K},
     {"e1000": "same"}),
    ("512 bytes and more than a page", I440, ["e1000"], {E1000: 512}, {E1000: 4 * K + 1},
     {"e1000": "differs"}),
    ("transitional", Q35, ["virtio-net-pci-transitional"], {VIRTIO: 64 * K}, {VIRTIO: 128 * K},
     {"virtio-net-pci-transitional": "differs"}),
    ("a block whose name is cut", Q35, ["virtio-net-pci-non-transitional"], {VIRTIO: 64 * K},
     {VIRTIO: 128 * K}, {"virtio-net-pci-non-transitional": "differs"}),
    ("VGA", I440, ["VGA"], {}, {"vgabios-stdvga.bin": 20 * K}, {"VGA": "differs"}),
]

def make_roms(directory, files):
    os.mkdir(directory)
    for name, size in files.items():
        path = os.path.join(directory, name)
        # an image states at most 127.5 KiB of itself to firmware; the rest is fill
        image = max(1024, min(size, 64 * K) // 512 * 512)
        make_rom(path, "x86:length=%d" % image, "pad:to=%d" % max(size, image), "cut:to=%d" % size)
    return directory


def argv(machine, devices, directory):
    words = ["-L", directory, "-M", machine, "-nodefaults", "-m", "16"]
    for device in devices:
        words += ["-device", device]
    return words


def save(machine, devices, directory, path):
    """Once its firmware has placed the BARs, so that they are restored too."""
    with Guest(argv(machine, devices, directory)) as g:
        end = time.monotonic() + 300
        while not any(0 <= region["address"] < 1 << 63 for bus in g.ask("query-pci")
                      for device in bus["devices"] for region in device["regions"]):
            if time.monotonic() > end:
                raise RuntimeError("the firmware places no BAR")
            time.sleep(0.02)
        g.save(path)


def judge(work, machine, devices, source, target, verdicts, source_devices=None):
    state = os.path.join(work, "state")
    save(machine, source_devices or devices, source, state)
    more = ["-m", machine] if machine < "pc-i440fx-2.4" else []
    done = romtool("state", "--to", target, "-p", "debian/bookworm", "--json", *more, state,
                   check=False)
    restore = json.loads(done.stdout)["files"][0]["restore"]
    moves = restore["moves"]
    equal({move["device"]: move["verdict"] for move in moves}, verdicts, "verdicts")
    texts = [move["text"] for move in moves if move["verdict"] != "same"]
    equal([move["text"] for move in moves if move["verdict"] == "same"],
          [None] * (len(moves) - len(texts)), "no text")
    equal((restore["to"], restore["verdict"], done.returncode),
          (target, "refused" if texts else "held", 1 if texts else 0))
    with Guest([*argv(machine, devices, target), "-incoming", "exec:cat '%s'" % state]) as g:
        equal(g.wait_running(), not texts, "restores: " + g.errors())
        if not texts:
            return
        equal(g.ends(), 1, "exit status")
        said = [line.split(": ", 1)[1] for line in g.errors().splitlines()]
    # QEMU stops at the first block that it does not take
    expected = texts[0].splitlines()
    equal([line for line in said if line in expected], expected, "words")
    equal([line for line in said if "ismatch" in line or "ramblock" in line], expected[:1])


for what, machine, devices, source, target, verdicts in CASES:
    with tap.test("%s: %s, %s" % (what, machine, " ".join(devices))):
        with tempfile.TemporaryDirectory() as work:
            judge(work, machine, devices, make_roms(os.path.join(work, "source"), source),
                  make_roms(os.path.join(work, "target"), target), verdicts)

with tap.test("a ROM that the machine type has not there: pc-i440fx-2.6, vmxnet3"):
    with tempfile.TemporaryDirectory() as work:
        source = make_roms(os.path.join(work, "source"), {"explicit.rom": 20 * K})
        judge(work, "pc-i440fx-2.6", ["vmxnet3"], source,
              make_roms(os.path.join(work, "target"), {}), {"vmxnet3": "missing"},
              ["vmxnet3,romfile=%s/explicit.rom" % source])

with tap.test("a ROM that nobody knows of is not predicted: virtio-rng-pci"):
    with tempfile.TemporaryDirectory() as work:
        source = make_roms(os.path.join(work, "source"), {"explicit.rom": 20 * K})
        state = os.path.join(work, "state")
        save(Q35, ["virtio-rng-pci,romfile=%s/explicit.rom" % source], source, state)
        done = romtool("state", "--to", source, "-p", "debian/bookworm", "--json", state,
                       check=False)
        restore = json.loads(done.stdout)["files"][0]["restore"]
        equal([move["verdict"] for move in restore["moves"]], ["unknown"])
        equal((restore["verdict"], done.returncode), ("undecided", 3))

tap.end()
