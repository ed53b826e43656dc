#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What needs no libcrypto needs no more than 8 MiB of address space, libraries included."""

import resource
import subprocess

from guest import ROMTOOL, Tap, contains, equal, require

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

with tap.test("control: the limit is one"):
    try:
        equal(limited(LIMIT // 8, "inspect", ROM).returncode == 0, False)
    except (OSError, subprocess.SubprocessError):
        pass  # not even started

tap.end()
