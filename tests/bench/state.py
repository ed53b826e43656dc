#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Saved guests of 1 and 4 GiB: the block list beside itself, the ROMs beside cat, a gzip save beside
gzip -dc. Needs some 6 GiB of disk, and as much memory for a warm cache; BENCH_DIR says where."""

import os
import random
import struct
import subprocess
import tempfile

from pairs import pair

ROMTOOL = os.environ["ROMTOOL"]
PAGE = 4096
ROM = ("0000:00:03.0/virtio-net-pci.rom", 256 << 10)


def write_stream(path, ram, pages):
    """A stream in which no page is zero; its RAM's pages are taken from pages, in turn."""
    blocks = [("pc.ram", ram), ROM]
    with open(path, "wb") as f:
        f.write(b"QEVM" + struct.pack(">I", 3) + b"\7" + struct.pack(">I", 10) + b"pc-q35-7.2")
        f.write(b"\1" + struct.pack(">I", 2) + b"\3ram" + struct.pack(">II", 0, 4))
        f.write(struct.pack(">Q", sum(length for _, length in blocks) | 4))
        for name, length in blocks:
            f.write(bytes([len(name)]) + name.encode() + struct.pack(">Q", length))
        f.write(struct.pack(">Q", 0x10) + b"\x7e" + struct.pack(">I", 2))
        f.write(b"\3" + struct.pack(">I", 2))
        for name, length in blocks:
            f.write(struct.pack(">Q", 0x08) + bytes([len(name)]) + name.encode() + pages[0])
            for at in range(PAGE, length, PAGE):
                f.write(struct.pack(">Q", at | 0x28) + pages[at // PAGE % len(pages)])
        f.write(struct.pack(">Q", 0x10) + b"\x7e" + struct.pack(">I", 2) + b"\0")


def pages_like_a_guest():
    """Half of it is text that compresses, half of it is not."""
    dice = random.Random(1)
    words = [bytes(dice.randrange(97, 123) for _ in range(dice.randrange(2, 9))) for _ in range(500)]
    text = [b" ".join(dice.choice(words) for _ in range(1000))[:PAGE].ljust(PAGE) for _ in range(256)]
    return [page for pair in zip(text, (dice.randbytes(PAGE) for _ in text)) for page in pair]


with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as work:
    os.chdir(work)
    pages = pages_like_a_guest()
    write_stream("1", 1 << 30, pages)
    write_stream("4", 4 << 30, pages)
    for path in "14":
        subprocess.run(["cat", path], stdout=subprocess.DEVNULL, check=True)
    pair("blocks of 4 GiB / of 1 GiB", [ROMTOOL, "state", "--blocks", "4"],
         [ROMTOOL, "state", "--blocks", "1"])
    pair("ROMs in 4 GiB / cat", [ROMTOOL, "state", "-q", "4"], ["cat", "4"], 9)
    subprocess.run("head -c 512M 1 > part && gzip -1 part", shell=True, check=True)
    pair("gzip, 512 MiB / gzip -dc", [ROMTOOL, "state", "-q", "part.gz"], ["gzip", "-dc", "part.gz"],
         9)
