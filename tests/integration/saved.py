# SPDX-License-Identifier: BSD-2-Clause
"""Guests of any machine type that are saved, and asked for what `romtool state` says of them: their
RAM blocks by QEMU itself, their ROMs by reading the BARs."""

import base64
import os
import re
import socket
import threading

from guest import Guest
from qtest import ROM_BAR, Qtest

WINDOW = 0xe0000000  # where ROM BARs are put: above memory, below the chipsets' own
BRIDGE = 1           # a header type


class Answering(threading.Thread):
    """A destination with a return path, which QEMU asks for before it calls a migration done: takes
    the stream into a file and says that all is well behind the description that ends it."""

    def __init__(self, address, path):
        super().__init__(daemon=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(address)
        self.listener.listen()
        self.path = path
        self.start()

    @staticmethod
    def is_ended(data):
        at = data.rfind(b"\0\6")  # EOF, VMDESCRIPTION, its length; JSON has no such bytes
        # any bytes may be the last that have come so far, "\0\6\0\0\0\0" too
        return at >= 0 and data[at + 6:at + 7] == b"{" and \
            at + 6 + int.from_bytes(data[at + 2:at + 6], "big") == len(data)

    def run(self):
        data = b""
        connection, _ = self.listener.accept()
        with connection, self.listener:
            while not self.is_ended(data):
                got = connection.recv(1 << 20)
                if not got:
                    return
                data += got
            with open(self.path, "wb") as f:
                f.write(data)
            connection.sendall(b"\0\1\0\4\0\0\0\0")  # MIG_RP_MSG_SHUT, no error
            connection.recv(1)


class Source(Qtest):
    """A QEMU with a qtest socket, whose processor is stopped unless told otherwise."""

    def __init__(self, machine, *argv, running=False):
        self.sock = None
        self.next_bus = 1
        Guest.__init__(self, ["-M", machine, "-nodefaults", "-qtest",
                              "unix:qtest,server=on,wait=off", "-qtest-log", "none",
                              *(() if running else ("-S",)),
                              *(() if "-m" in argv else ("-m", "16")), *argv])

    def used_blocks(self):
        """[(RAM block's name, bytes in use)] in QEMU's order, which is the stream's."""
        text = self.ask("human-monitor-command", **{"command-line": "info ramblock"})
        found = re.findall(r"^ *(\S+) +\d+ .iB +0x\S+ (0x[0-9a-f]+) 0x\S+", text, re.M)
        return [(name, int(used, 16)) for name, used in found]

    def capability(self, *names):
        self.ask("migrate-set-capabilities",
                 capabilities=[{"capability": name, "state": True} for name in names])

    def save_answering(self, path):
        """Saves to a destination that answers."""
        address = os.path.join(self.dir, "destination")
        answering = Answering(address, path)
        self.ask("migrate", uri="unix:" + address)
        self.end_save()
        answering.join(60)

    def config_address(self, bus, slot, function, offset):
        return 1 << 31 | bus << 16 | slot << 11 | function << 8 | offset

    def get(self, place, offset):
        self.say("outl 0xcf8 %#x" % self.config_address(*place, offset))
        return int(self.say("inl 0xcfc")[0], 16)

    def set(self, place, offset, value):
        self.say("outl 0xcf8 %#x" % self.config_address(*place, offset))
        self.say("outl 0xcfc %#x" % value)

    def rom_of(self, block):
        """What a guest reads from the ROM BAR of the device whose RAM block this is."""
        levels = re.findall(r"([0-9a-f]{2})\.([0-7])", block.split("/")[0])
        path = [(int(slot, 16), int(function)) for slot, function in levels]
        bus, bridges = 0, []
        for slot, function in path[:-1]:
            bridge = (bus, slot, function)
            bus = self.next_bus
            self.next_bus += 1
            self.set(bridge, 0x18, 0xff << 16 | bus << 8 | bridge[0])
            self.set(bridge, 0x20, (WINDOW >> 16 & 0xfff0) | ((WINDOW + 0x0ff00000) & 0xfff00000))
            self.set(bridge, 0x04, 6)
            bridges.append(bridge)
        device = (bus, *path[-1])
        was = self.get(device, 0x04)
        self.set(device, ROM_BAR, 0xfffffffe)
        size = -(self.get(device, ROM_BAR) & 0xfffff800) & 0xffffffff
        if size == 0:
            raise RuntimeError("no ROM BAR: " + block)
        self.set(device, ROM_BAR, self.window() | 1)
        self.set(device, 0x04, 2)
        data = base64.b64decode(self.say("b64read %#x %#x" % (self.window(), size))[0])
        self.set(device, ROM_BAR, 0)
        self.set(device, 0x04, was & 0xffff)
        for bridge in bridges:  # its window is the next one's
            self.set(bridge, 0x04, 0)
            self.set(bridge, 0x18, 0)
        return data

    def window(self):
        return WINDOW


class ArmSource(Source):
    """The virt machine: PCI's configuration space is memory."""
    qemu = "qemu-system-aarch64"
    ECAM, MMIO = 0x4010000000, 0x10000000

    def get(self, place, offset):
        bus, slot, function = place
        return int(self.say("readl %#x" % (self.ECAM + (bus << 20 | slot << 15 | function << 12)
                                           + offset))[0], 16)

    def set(self, place, offset, value):
        bus, slot, function = place
        self.say("writel %#x %#x" % (self.ECAM + (bus << 20 | slot << 15 | function << 12) + offset,
                                     value))

    def window(self):
        return self.MMIO


def file_of(block):
    """What `romtool state --extract` calls a block's ROM."""
    return block.replace(":", "_").replace("/", "-")
