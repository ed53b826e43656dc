#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What needs no libcrypto needs no more than 8 MiB of address space, libraries included; beside a
large ROM, no more than the ROM itself and that."""

import os
import resource
import struct
import subprocess
import tempfile

from guest import MKROM, ROMTOOL, Tap, contains, equal, require

ROM = "/usr/lib/ipxe/qemu/efi-virtio.rom"
LIMIT = 8 << 20  # bytes
require(ROM)
tap = Tap()


def limited(limit, *argv):
    return subprocess.run([ROMTOOL, *argv], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))


for argv, shown in ((["inspect", ROM], "249344 bytes"),
                    (["slots", "show", "-p", "upstream", "-m", "q35", "-d", "e1000"], "262144"),
                    (["plan", "--from", "debian/bookworm", "--to", "debian/trixie"], "same")):
    with tap.test(" ".join(argv)):
        done = limited(LIMIT, *argv)
        equal((done.returncode, done.stderr), (0, ""))
        contains(done.stdout, shown)

with tempfile.TemporaryDirectory() as work:
    # 512-byte images, each with something to say: what is said does not pile up
    words = ["x86:length=512,pcir-size=0x18"] * 200
    unit = subprocess.run([MKROM, *words, "x86:length=512,pcir-size=0x18,indicator=0"],
                          capture_output=True, check=True).stdout[:-512]
    many = os.path.join(work, "many.rom")
    with open(many, "wb") as f:
        f.write(unit * 327)  # 65,400 images, 32 MiB
    for option in ((), ("-q",), ("--strict",)):
        with tap.test("inspect %s of 65,400 images" % " ".join(option)):
            done = limited(LIMIT + os.path.getsize(many), "inspect", *option, many)
            equal((done.returncode, done.stderr), (1, ""))
            contains(done.stdout, "no-last-image")
            equal(done.stdout.count("(bad-pcir)"), 65400)

# ------------------------------------------------------------------------- saved guests

SAVED = 16 << 20  # bytes of address space, more than a stream without anything takes


def state_of(data, limit, *argv):
    """What `romtool state` says of this stream in so much address space; None where it ends."""
    with tempfile.NamedTemporaryFile() as f:
        f.write(data)
        f.flush()
        done = limited(limit, "state", *argv, f.name)
    if done.returncode not in (0, 1, 2, 3) or "out of memory" in done.stderr + done.stdout:
        return None
    return done.returncode, done.stdout[:1 << 20].replace(f.name, ""), done.stderr.replace(f.name, "")


def least_of(data):
    """MiB in which the answer is the one in 1 GiB."""
    low, high = 0, 1024
    answer = state_of(data, high << 20)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if state_of(data, middle << 20) == answer else (middle, high)
    return high << 20


def name(text):
    return bytes([len(text)]) + text


def list_of(blocks, pages=b""):
    """A stream of these RAM blocks, [(name, bytes)], and page records."""
    total = sum(length for _, length in blocks) & (1 << 64) - 1
    return (b"QEVM\0\0\0\3\1\0\0\0\2" + name(b"ram") + struct.pack(">IIQ", 0, 4, total | 4)
            + b"".join(name(n) + struct.pack(">Q", length) for n, length in blocks)
            + struct.pack(">Q", 0x10) + b"\3\0\0\0\2" + pages + struct.pack(">Q", 0x10))


def rom_name(i, n=255):
    head = b"0000:%02x:%02x.%x/" % (i >> 8 & 255, i >> 3 & 31, i & 7)
    return head + b"e%d" % i + b"x" * (n - len(head) - 12) + b".rom"


def filled(n, size):
    """Every page of so many ROMs, each full of one byte that is not zero."""
    return b"".join(struct.pack(">Q", at | 2) + name(rom_name(i)) + b"\xff"
                    for i in range(n) for at in range(0, size, 4096))


least = least_of(list_of([(b"pc.ram", 4096)]))
HOSTILE = [
    ("4096 ROMs of 4 KiB", list_of([(rom_name(i), 4096) for i in range(4096)],
                                   filled(4096, 4096))),
    ("4096 ROMs that claim 4 MiB each", list_of([(rom_name(i), 4 << 20) for i in range(4096)])),
    ("five ROMs of 4 MiB", list_of([(rom_name(i), 4 << 20) for i in range(5)],
                                   filled(5, 4 << 20))),
    ("a ROM of 2^62 bytes", list_of([(rom_name(1), 1 << 62)])),
    ("100,000 blocks", list_of([(rom_name(i), 4096) for i in range(100000)])),
    ("2^32-1 capabilities", b"QEVM\0\0\0\3\7\0\0\0\1x\5" + name(b"configuration/capabilities")
     + b"\0\0\0\1\xff\xff\xff\xff" + name(b"c" * 255) * 100000),
    ("100 MiB before the memory", b"QEVM\0\0\0\3\4\0\0\0\1" + name(b"early") + bytes(100 << 20)),
]
for what, data in HOSTILE:
    for option in ((), ("--json",)):
        with tap.test("state %s, %s" % (" ".join(option), what)):
            answer = state_of(data, 1 << 30, *option)
            equal(answer is not None, True, "an answer in 1 GiB")
            equal(state_of(data, least + SAVED, *option) == answer, True, "the same in 16 MiB")

with tap.test("control: a ROM as large as is read does not fit into less"):
    data = list_of([(rom_name(i), 4 << 20) for i in range(2)], filled(2, 4 << 20))
    equal(state_of(data, least + (4 << 20)) == state_of(data, 1 << 30), False)

with tap.test("control: the limit is one"):
    try:
        equal(limited(LIMIT // 8, "inspect", ROM).returncode == 0, False)
    except (OSError, subprocess.SubprocessError):
        pass  # not even started

tap.end()
