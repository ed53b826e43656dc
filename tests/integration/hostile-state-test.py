#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Hostile saved guests: counts, lengths and names of any size take no more than 16 MiB of memory, the
program and its libraries included, and end in an answer or a clear error."""

import gzip
import os
import struct
import subprocess
import sys
import tempfile

from guest import ROMTOOL, Tap, contains, equal

LIMIT = 16 << 20  # bytes
STATE = os.path.join(os.path.dirname(ROMTOOL), "romtool-state")


def u32(value):
    return struct.pack(">I", value)


def u64(value):
    return struct.pack(">Q", value)


HEAD = b"QEVM" + u32(3)
MACHINE = b"\7" + u32(10) + b"pc-q35-7.2"
RAM = b"\1" + u32(2) + b"\3ram" + u32(0) + u32(4)
FOOTER = b"\x7e" + u32(2)


def block(name, length):
    return bytes([len(name)]) + name + u64(length)


def rom(i):
    """A name of 255 bytes."""
    return b"0000:00:%02x.%x/" % (i // 8 % 32, i % 8) + b"x" * 234 + b"%04d.rom" % i


def stream(names, length, pages, total=None):
    body = b"".join(block(name, length) for name in names)
    memory = b"".join(u64(at | 8) + bytes([len(name)]) + name + bytes([1]) * 4096
                      for at in range(0, pages * 4096, 4096) for name in names)
    return (HEAD + MACHINE + RAM + u64((len(names) * length if total is None else total) | 4) + body + u64(16)
            + FOOTER + b"\3" + u32(2) + memory + u64(16))


def qcow2(clusters, l1_entries):
    """An image whose snapshot states a VM state of 2^60 bytes, all in one cluster."""
    header = b"QFI\xfb" + u32(3) + u64(0) + u32(0) + u32(16) + u64(1 << 30) + u32(0) + u32(1) + u64(0x10000)
    header += u64(0x20000) + u64(0x20000) + u32(1) + u32(clusters) + u64(0x30000) + u64(0) * 3 + u32(4) + u32(104)
    image = bytearray(0x60000)
    image[:len(header)] = header
    entry = u64(0x40000) + u32(l1_entries) + struct.pack(">HH", 1, 1) + u32(0) * 2 + u64(0) + u32(0xffffffff)
    entry += u32(24) + u64(1 << 60) + u64(1 << 29) + u64(0) + b"1" + b"x"
    image[0x30000:0x30000 + len(entry)] = entry
    image[0x40000:0x50000] = u64(0x50000 | 1 << 63) * 0x2000
    image[0x50000:0x60000] = u64(0x10000 | 1 << 63) * 0x2000
    image[0x10000:0x10000 + 8] = HEAD
    return bytes(image)


def libvirt(data_len, cookie=0):
    return b"LibvirtQemudSave" + struct.pack("<IIIII", 2, data_len, 1, 0, cookie) + bytes(56)


many = [rom(i) for i in range(1024)]
CASES = {  # name: (bytes, exit statuses, words of stderr)
    "1024 ROMs of 4 MiB, with pages": (stream(many, 4 << 20, 3), {0}, "too-large"),
    "1024 names that JSON makes three times as long": (stream([rom(i).replace(b"x", b"\x80") for i in range(1024)],
                                                              4096, 0), {0}, ""),
    "1025 RAM blocks": (stream([*many, rom(1025)], 4096, 0), {1}, "too-large"),
    "1024 ROMs that are not there": (stream(many, 4 << 20, 0), {0}, "rom-incomplete"),
    "a ROM of 2^62 bytes": (stream([rom(0)], 1 << 62, 1), {0}, "too-large"),
    "more than all memory": (stream([rom(0)], 1 << 63, 1, 1 << 62), {1}, "bad-stream"),
    "blocks of no bytes, without end": (HEAD + MACHINE + RAM + u64(4096 | 4) + block(rom(0), 0) * 5000, {1}, "too-large"),
    "a machine type of 2^32 bytes": (HEAD + b"\7" + u32(0xffffffff) + bytes(100), {1}, "bad-stream"),
    "2^32 capabilities": (HEAD + MACHINE + b"\5\x1aconfiguration/capabilities" + u32(1) + u32(0xffffffff)
                          + b"\1x" * 1000000, {1}, "truncated"),
    "a page of 2^31 bytes": (HEAD + MACHINE + b"\5\x1econfiguration/target-page-bits" + u32(1) + u32(31), {1},
                             "bad-stream"),
    "a section that never ends": (HEAD + MACHINE + b"\1" + u32(1) + b"\5block" + u32(0) + u32(1) + bytes(40 << 20),
                                  {1}, "bad-stream"),
    "a compressed page of 2^32 bytes": (stream([rom(0)], 8192, 0)[:-8] + u64(0x100) + bytes([255]) + rom(0)
                                        + u32(0xffffffff), {1}, "bad-stream"),
    "zeroes that gzip made small": (gzip.compress(HEAD + MACHINE + b"\4" + u32(1) + b"\1x" + u32(0) + u32(1)
                                                  + bytes(200 << 20), 1), {1}, "bad-stream"),
    "a VM state of 2^60 bytes": (qcow2(1, 0x2000), {1}, ""),
    "2^32 snapshots": (qcow2(0xffffffff, 0x2000), {1}, ""),
    "an L1 table of 2^32 entries": (qcow2(1, 0xffffffff), {1}, ""),
    "domain XML of 4 GiB": (libvirt(0xffffffff), {1}, ""),
    "domain XML of 16 MiB that is not there": (libvirt(16 << 20), {1}, ""),
    "a cookie behind it": (libvirt(4096, 8192) + bytes(8192), {1}, ""),
}

tap = Tap()


# A process of its own, small, since what a child had before its exec counts as its memory, too.
MEASURE = """
import os, sys
devnull = os.open("/dev/null", os.O_RDWR)
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], {}, file_actions=[
    (os.POSIX_SPAWN_DUP2, devnull, 0), (os.POSIX_SPAWN_DUP2, devnull, 1)])
_, status, usage = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss << 10)
"""


def run(program, *argv):
    """(status, stderr, bytes of memory at most)"""
    done = subprocess.run([sys.executable, "-ISc", MEASURE, program, *argv], capture_output=True, text=True,
                          check=True)
    status, memory = map(int, done.stdout.split())
    return status, done.stderr, memory


with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    for name, (data, statuses, words) in CASES.items():
        with open("g", "wb") as f:
            f.write(data)
        for options in ([], ["--json"]):
            with tap.test("%s %s" % (name, " ".join(options))):
                status, said, memory = run(STATE, "state", *options, "g")
                equal(status in statuses, True, said[:500])
                if not options:
                    contains(said, words)
                equal(memory <= LIMIT, True, "%d KiB" % (memory >> 10))
        if name.startswith("1024 ROMs"):
            with tap.test("%s --to" % name):
                status, said, memory = run(STATE, "state", "--json", "--to", "debian/bookworm", "g")
                equal((status, memory <= LIMIT), (3, True), "%d KiB" % (memory >> 10))

    with tap.test("control: what takes more is seen"):
        status, said, memory = run(sys.executable, "-ISc", "bytearray(b'x') * (32 << 20)")
        equal((status, said, memory > 32 << 20), (0, "", True), "%d KiB" % (memory >> 10))

tap.end()
