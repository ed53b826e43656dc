# SPDX-License-Identifier: BSD-2-Clause
"""What `romtool run` let through: whether it executed QEMU at all, and what a real QEMU then shows
its guest: ROM BARs, their bytes, ROMs in fw_cfg. QEMU is asked over QMP and qtest."""

import os
import subprocess

from guest import Guest, ROMTOOL, equal
from qtest import ROM_BAR, WINDOW, Qtest

PROFILE = ["-p", "debian/bookworm"]
RUN = [*PROFILE, "--store", "/nonexistent"]  # whatever this host has in its own
Q35 = ["-M", "pc-q35-7.2", "-nodefaults", "-S", "-m", "16"]
I440FX = ["-M", "pc-i440fx-7.2", "-nodefaults", "-S", "-m", "16"]
PCI_BRIDGE = 0x0604
FW_CFG_DIRECTORY = 0x19  # docs/specs/fw_cfg of QEMU: what is selected at port 0x510 is read at 0x511


def patched(rom, vendor, device):
    """What QEMU's pci_patch_ids() makes of a default ROM: the ids in its first image become the
    device's, and the byte at 6 keeps the image's sum."""
    rom = bytearray(rom)
    pcir = int.from_bytes(rom[0x18:0x1a], "little")
    if rom[:2] != b"\x55\xaa" or rom[pcir:pcir + 4] != b"PCIR":
        return bytes(rom)
    old = sum(rom[pcir + 4:pcir + 8])
    rom[pcir + 4:pcir + 8] = vendor.to_bytes(2, "little") + device.to_bytes(2, "little")
    rom[6] = (rom[6] + old - sum(rom[pcir + 4:pcir + 8])) & 0xff
    return bytes(rom)


def padded(rom, slot):
    return rom.ljust(slot, b"\0")


class Started(Qtest):
    """argv is all that follows QEMU's name; run and prefix are as Guest has them, vmm what is executed
    in QEMU's place."""

    def __init__(self, argv, run=RUN, prefix=(), vmm=None):
        self.sock = None
        if vmm is not None:
            self.qemu = vmm
        Guest.__init__(self, [*argv, "-qtest", "unix:qtest,server=on,wait=off", "-qtest-log", "none"],
                       run=run, prefix=prefix)

    def functions(self):
        """(bus, device, the slot of the bridge that it is behind or None) of every PCI function."""
        def first_bus():
            return next((bus["devices"] for bus in self.ask("query-pci")), [])

        found = []
        for device in first_bus():
            if device["class_info"]["class"] == PCI_BRIDGE:  # as firmware would: a bus is behind it
                bus = device["slot"]
                self.set_config(0, bus, 0x18, bus << 16 | bus << 8)
        for device in first_bus():
            found.append((0, device, None))
            for behind in device.get("pci_bridge", {}).get("devices", []):
                found.append((device["slot"], behind, device["slot"]))
        return found

    def slots(self):
        """{device: bytes of its ROM BAR}, a device by its id, or by what it is where it has none."""
        found = {}
        for _, device, _ in self.functions():
            for region in device["regions"]:
                if region["bar"] == 6:
                    found[device["qdev_id"] or "%04x:%04x" % self._ids(device)] = region["size"]
        return found

    @staticmethod
    def _ids(device):
        return device["id"]["vendor"], device["id"]["device"]

    def find(self, name):
        for bus, device, bridge in self.functions():
            if name in (device["qdev_id"], "%04x:%04x" % self._ids(device)):
                return bus, device, bridge
        raise AssertionError("no device %r" % name)

    def ids(self, name):
        return self._ids(self.find(name)[1])

    def rom(self, name):
        """What the guest reads from a device's ROM BAR, all of it."""
        bus, device, bridge = self.find(name)
        slot = device["slot"]
        if bridge is not None:  # it forwards this megabyte
            self.set_config(0, bridge, 0x20, WINDOW >> 16 | WINDOW)
            self.set_config(0, bridge, 0x04, 6)
        self.set_config(bus, slot, ROM_BAR, WINDOW | 1)
        self.set_config(bus, slot, 0x04, 2)
        data = self.read_memory(WINDOW, self.slots()[name])
        self.set_config(bus, slot, ROM_BAR, 0)
        if bridge is not None:
            self.set_config(0, bridge, 0x04, 0)
        return data

    def holds(self, name, rom, slot, is_default=False):
        """The device's BAR is the slot, and the guest reads these bytes and zeroes behind them."""
        equal(self.slots().get(name), slot, "slot of " + name)
        expected = patched(rom, *self.ids(name)) if is_default else rom
        equal(self.rom(name) == padded(expected, slot), True, "the bytes of " + name)

    def _fw_cfg(self, key, n):
        self.say("outw 0x510 %#x" % key)
        return bytes(int(self.say("inb 0x511")[0], 16) for _ in range(n))

    def fw_cfg(self):
        """{file name: (its key, bytes)}"""
        n = int.from_bytes(self._fw_cfg(FW_CFG_DIRECTORY, 4), "big")
        text = self._fw_cfg(FW_CFG_DIRECTORY, 4 + n * 64)[4:]
        rows = [text[i * 64:i * 64 + 64] for i in range(n)]
        return {row[8:].split(b"\0")[0].decode(): (int.from_bytes(row[4:6], "big"),
                                                   int.from_bytes(row[:4], "big")) for row in rows}

    def fw_cfg_file(self, name):
        key, size = self.fw_cfg()[name]
        return self._fw_cfg(key, size)

    def fw_cfg_roms(self):
        """Those that firmware runs as option ROMs."""
        return {name: size for name, (_, size) in self.fw_cfg().items()
                if name.startswith(("genroms/", "vgaroms/"))}


class Refusal:
    """`romtool run` with a VMM that does nothing but leave its command line in a file."""

    def __init__(self, work):
        self.work = os.path.join(work, "refusals")
        os.makedirs(self.work, exist_ok=True)
        self.vmm = os.path.join(self.work, "qemu-system-x86_64")
        self.mark = os.path.join(self.work, "executed")
        with open(self.vmm, "w", encoding="ascii") as f:
            f.write("#!/bin/sh\nprintf '%%s\\n' \"$@\" > '%s'\n" % self.mark)
        os.chmod(self.vmm, 0o755)

    def run(self, argv, run=None, **more):
        """CompletedProcess, with text, and the words that the VMM was executed with, or None."""
        if os.path.exists(self.mark):
            os.remove(self.mark)
        more.setdefault("stdin", subprocess.DEVNULL)
        done = subprocess.run([ROMTOOL, "run", *(RUN if run is None else run), "--", self.vmm,
                               *argv], capture_output=True, text=True, cwd=self.work, check=False,
                              timeout=300, **more)
        done.executed = None
        if os.path.exists(self.mark):
            with open(self.mark, encoding="utf-8") as f:
                done.executed = f.read().split("\n")[:-1]
        return done

    def refused(self, argv, words=(), status=(1, 3), run=None, **more):
        """It was not executed, by this exit status, in one sentence with all of these words."""
        done = self.run(argv, run, **more)
        equal(done.executed, None, "executed")
        equal(done.returncode in status, True, "exit status %d, %s" % (done.returncode, done.stderr))
        equal(done.stdout, "", "stdout")
        equal(done.stderr.count("\n"), 1, done.stderr)
        for word in [words] if isinstance(words, str) else words:
            equal(word in done.stderr, True, "%r in %r" % (word, done.stderr))
        return done
