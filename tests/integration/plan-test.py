#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""`romtool plan` predicts real migrations: what it calls the same restores, what it calls different
does not, and its fix, applied as it is printed, does."""

import json
import os
import tempfile

from guest import Guest, Tap, contains, equal, make_rom, romtool

tap = Tap()
IDS = {"virtio-net-pci": (0x1af4, 0x1000), "e1000": (0x8086, 0x100e), "rtl8139": (0x10ec, 0x8139),
       "ne2k_pci": (0x10ec, 0x8029), "pcnet": (0x1022, 0x2000), "e1000e": (0x8086, 0x10d3)}
K = 1024

# machine type, device, bytes of the ROM file at the source, at the destination
CASES = [
    ("pc-i440fx-2.6", "virtio-net-pci", 60 * K, 80 * K),
    ("pc-i440fx-2.6", "virtio-net-pci", 80 * K, 60 * K),
    ("pc-i440fx-2.6", "e1000", 64 * K, 64 * K + 512),
    ("pc-i440fx-2.6", "rtl8139", 33 * K, 64 * K),
    ("pc-i440fx-7.2", "ne2k_pci", 64 * K, 32 * K),
    ("pc-i440fx-7.2", "pcnet", 32 * K, 64 * K),
    ("pc-q35-2.10", "virtio-net-pci", 128 * K, 16 * K),
    ("pc-q35-2.10", "e1000", 40 * K, 50 * K),
    ("pc-q35-7.2", "virtio-net-pci", 64 * K, 128 * K),
    ("pc-q35-7.2", "virtio-net-pci", 128 * K, 128 * K),
    ("pc-q35-7.2", "e1000e", 120 * K, 60 * K),
    ("pc-q35-7.2", "rtl8139", 16 * K, 127 * K),
    ("pc-i440fx-1.4", "virtio-net-pci", 32 * K, 64 * K),
]


def rom_name(machine, device):
    prefix = "pxe-" if machine.endswith("-1.4") else "efi-"
    return prefix + {"virtio-net-pci": "virtio"}.get(device, device) + ".rom"


def slot_of(size):
    return 1 << (size - 1).bit_length()


class Release:
    """One release of a vendor: a directory with a ROM, and the slot file that mandates its slot."""

    def __init__(self, work, name, machine, device, size):
        self.dir = os.path.join(work, name)
        self.slots = os.path.join(work, name + ".json")
        os.mkdir(self.dir)
        vendor, pci_device = IDS[device]
        # an image states at most 127.5 KiB of itself to firmware; the rest is fill
        image = min(size, 120 * K) // 512 * 512
        make_rom(os.path.join(self.dir, rom_name(machine, device)),
                 "x86:length=%d,vendor=%d,device=%d" % (image, vendor, pci_device),
                 "pad:to=%d" % size)
        with open(self.slots, "w", encoding="ascii") as f:
            json.dump({"schema": "romtool-slots/1", "vendor": name, "series": [{
                "name": "", "qemu": "7.2", "package": "test", "source": "test",
                "search": [self.dir], "machines": [machine]}],
                "mandates": [{"machines": [{"machine": machine}], "device": device,
                              "file": rom_name(machine, device), "slot": slot_of(size),
                              "basis": "measured", "source": "test"}]}, f)


def guest_argv(machine, device, release):
    return ["-L", release.dir, "-M", machine, "-nodefaults", "-m", "16",
            "-device", device + ",id=nic"]


def restores(argv, state, slot=None):
    with Guest([*argv, "-incoming", "exec:cat '%s'" % state]) as g:
        running = g.wait_running()
        if running and slot is not None:
            sizes = [size for name, size in g.blocks().items() if name.startswith("0000:")]
            equal(sizes, [slot], "slot after the move")
        if not running:
            contains(g.errors(), "Size mismatch")
        return running


def judge(machine, device, from_size, to_size):
    with tempfile.TemporaryDirectory() as work:
        source = Release(work, "source", machine, device, from_size)
        target = Release(work, "target", machine, device, to_size)
        state = os.path.join(work, "state")
        with Guest(guest_argv(machine, device, source)) as g:
            g.ask("query-status")
            g.save(state)
        done = romtool("plan", "--from", source.slots, "--to", target.slots, "--json", check=False)
        plan = json.loads(done.stdout)
        equal(len(plan["moves"]), 1, "moves")
        move = plan["moves"][0]
        same = slot_of(from_size) == slot_of(to_size)
        equal((move["verdict"], done.returncode), ("same", 0) if same else ("differs", 1))
        equal(restores(guest_argv(machine, device, target), state), same, "restores as predicted")
        if same:
            return
        fix = move["fix"]["qemu_args"]
        padded = fix[1].split(".romfile=")
        if len(padded) == 2:  # the file that the note says how to make, where QEMU finds it
            romtool("pad", "-s", str(slot_of(from_size)), "-o", os.path.join(target.dir, padded[1]),
                    os.path.join(source.dir, rom_name(machine, device)))
        equal(restores([*guest_argv(machine, device, target), *fix], state, slot_of(from_size)),
              True, "restores with " + " ".join(fix))


for case in CASES:
    with tap.test("%s %s: %d bytes to %d" % case):
        judge(*case)

with tap.test("bookworm to noble, the real profiles: virtio differs, i82559er is the same"):
    done = romtool("plan", "--from", "debian/bookworm", "--to", "ubuntu/noble", "--json", "-m",
                   "pc-q35-7.2", check=False)
    equal(done.returncode, 1)
    moves = {move["device"]: move for move in json.loads(done.stdout)["moves"]}
    equal(moves["virtio-net-pci"]["verdict"], "differs")
    equal((moves["virtio-net-pci"]["from_slot"], moves["virtio-net-pci"]["to_slot"]),
          (262144, 524288))
    equal(moves["virtio-net-pci"]["fix"]["qemu_args"],
          ["-global", "virtio-net-pci.romsize=262144"])
    equal(moves["i82559er"]["verdict"], "same")

tap.end()
