# SPDX-License-Identifier: BSD-2-Clause
"""PCI configuration space and memory of a QEMU that runs no guest: its qtest protocol, beside a
stopped processor. Devices are on pc-q35's root bus or behind a root port."""

import base64
import os
import socket
import time

from guest import Guest

MACHINE = "pc-q35-7.2"
WINDOW = 0xd0000000  # where ROM BARs are put: above memory, below the chipset's
ROM_BAR = 0x30


class Qtest(Guest):
    """devices are what follows -device, each a root bus device at slot 2 and up, or (express) each
    behind a root port of its own; how is Guest's."""

    def __init__(self, devices, express=False, argv=(), **how):
        command = ["-M", MACHINE, "-nodefaults", "-S", "-m", "16"]
        for i, device in enumerate(devices):
            if express:
                command += ["-device", "pcie-root-port,id=p%d,chassis=%d,addr=%#x" % (i, i, i + 2)]
            command += ["-device", device + (",bus=p%d" % i if express else ",addr=%#x" % (i + 2))]
        self.express = express
        self.sock = None
        super().__init__([*command, "-qtest", "unix:qtest,server=on,wait=off",
                          "-qtest-log", "none", *argv], **how)

    def __exit__(self, *_):
        if self.sock is not None:
            self.answers.close()
            self.sock.close()
        super().__exit__()

    def connect_qtest(self, seconds=300):
        end = time.monotonic() + seconds
        sock = socket.socket(socket.AF_UNIX)
        while True:
            try:
                sock.connect(os.path.join(self.dir, "qtest"))
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError("no QEMU: " + self.errors()) from None
                time.sleep(0.02)
        self.sock, self.answers = sock, sock.makefile("rb")

    def say(self, line):
        """The words behind OK."""
        if self.sock is None:
            self.connect_qtest()
        self.sock.sendall(line.encode() + b"\n")  # of which nothing is left behind where QEMU has ended
        while True:
            answer = self.answers.readline()
            if not answer.endswith(b"\n"):
                raise RuntimeError("QEMU ended: " + self.errors())
            answer = answer.split()
            if answer[0] == b"OK":
                return answer[1:]
            if answer[0] == b"FAIL":
                raise RuntimeError("qtest: %s: %r" % (line, answer))

    def _select(self, bus, slot, offset):
        self.say("outl 0xcf8 %#x" % (1 << 31 | bus << 16 | slot << 11 | offset))

    def config(self, bus, slot, offset):
        self._select(bus, slot, offset)
        return int(self.say("inl 0xcfc")[0], 16)

    def set_config(self, bus, slot, offset, value):
        self._select(bus, slot, offset)
        self.say("outl 0xcfc %#x" % value)

    def read_memory(self, address, size):
        return base64.b64decode(self.say("b64read %#x %#x" % (address, size))[0])

    def place(self, i):
        """Bus and slot of the i-th device; its port forwards to it."""
        if not self.express:
            return 0, i + 2
        bus = i + 1
        self.set_config(0, i + 2, 0x18, bus << 16 | bus << 8)
        self.set_config(0, i + 2, 0x20, (WINDOW >> 16 & 0xfff0) | ((WINDOW + 0x0ff00000) & 0xfff00000))
        self.set_config(0, i + 2, 0x04, 6)
        return bus, 0

    def ids(self, i):
        """Vendor and device id of the i-th device."""
        word = self.config(*self.place(i), 0)
        return word & 0xffff, word >> 16

    def rom(self, i):
        """What a guest reads from the ROM BAR of the i-th device: all of its bytes."""
        bus, slot = self.place(i)
        self.set_config(bus, slot, ROM_BAR, 0xfffffffe)
        size = -(self.config(bus, slot, ROM_BAR) & ~1) & 0xffffffff
        if size == 0:
            raise RuntimeError("no ROM BAR")
        self.set_config(bus, slot, ROM_BAR, WINDOW | 1)
        self.set_config(bus, slot, 0x04, 2)
        data = self.read_memory(WINDOW, size)
        self.set_config(bus, slot, ROM_BAR, 0)
        if self.express:  # the next device's port is to be the only one
            self.set_config(0, i + 2, 0x04, 0)
        return data
