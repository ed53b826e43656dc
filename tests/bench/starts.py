#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Figures, not verdicts: what `run` adds to a QEMU's start until QMP answers, and what libvirt's hook
adds to a guest's, beside the same QEMU without `run` and a hook that does nothing."""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from pairs import pair, pair_of

ROMTOOL = os.environ["ROMTOOL"]
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROMS = "/usr/lib/ipxe/qemu"
RUNS = int(os.environ.get("RUNS", "100"))
NICS = ["virtio-net-pci", "e1000e", "e1000", "rtl8139"]

GUEST = """<domain type='qemu'><name>guest</name>
  <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
  <devices><interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/>
    <rom file='%s'/></interface></devices></domain>
"""


def start(command):
    """Seconds from a QEMU's start until it has answered over QMP; then it is ended."""
    ours, its = socket.socketpair()
    with ours:
        begin = time.perf_counter()
        qemu = subprocess.Popen(
            [*command, "-chardev", "socket,id=qmp,fd=%d" % its.fileno(), "-mon",
             "chardev=qmp,mode=control"], pass_fds=[its.fileno()], stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        its.close()
        with ours.makefile("rwb", buffering=0) as qmp:
            said = [qmp.readline()]
            qmp.write(b'{"execute": "qmp_capabilities"}')
            said.append(qmp.readline())
        seconds = time.perf_counter() - begin
    qemu.kill()
    qemu.wait()
    if not said[1] or "return" not in json.loads(said[1]):
        sys.exit("%s: no QMP" % " ".join(command))
    return seconds


def starts(nics):
    devices = [word for nic in nics for word in ("-device", nic)]
    qemu = ["qemu-system-x86_64", "-M", "pc-q35-7.2", "-nodefaults", "-S", "-display", "none", "-L",
            "/usr/share/seabios", "-L", ROMS, *devices]
    run = [ROMTOOL, "run", "-p", "debian/bookworm", "--"]
    # what executes at once, in QEMU's place: run by itself
    pair("%d NICs, run of no QEMU / none" % len(nics), [*run, "true", *qemu[1:]],
         ["true", *qemu[1:]], RUNS)
    samples = pair_of("%d NICs, QEMU by run / without" % len(nics),
                      lambda: start([*run, *qemu]),
                      lambda: start(qemu), RUNS)
    added = sorted(1e3 * (a - b) for a, b in samples)
    print("%42s adds %.2f ms (%.2f-%.2f), %.1f %%" % (
        "", statistics.median(added), added[len(added) // 10], added[len(added) * 9 // 10],
        100 * (statistics.median(a / b for a, b in samples) - 1)), flush=True)


def script(name, text):
    with open(name, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(name, 0o755)


def hooks():
    with open(os.path.join(SOURCE, "packaging", "50-romtool.in"), encoding="utf-8") as f:
        script("romtool", f.read().replace("@romtool@", ROMTOOL))
    script("empty", "#!/bin/sh\nexit 0\n")
    subprocess.run([ROMTOOL, "pad", "-q", "-s", "256K", "-o", "padded.rom",
                    ROMS + "/efi-virtio.rom"], check=True)
    with open("guest.xml", "w", encoding="ascii") as f:
        f.write(GUEST % os.path.abspath("padded.rom"))
    for operation in ("prepare", "reconnect"):
        arguments = ["guest", operation, "begin", "-"]
        pair("hook, %s / an empty hook" % operation, ["./romtool", *arguments],
             ["./empty", *arguments], RUNS, "guest.xml")


with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    hooks()
    starts(NICS[:1])
    starts(NICS)
