#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What needs no libcrypto needs no more than 8 MiB of address space, libraries included; beside a
large ROM, no more than the ROM itself and that."""

import os
import resource
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

with tap.test("control: the limit is one"):
    try:
        equal(limited(LIMIT // 8, "inspect", ROM).returncode == 0, False)
    except (OSError, subprocess.SubprocessError):
        pass  # not even started

tap.end()
