#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""`romtool load` as the scripts of other VMMs call it: what comes out of a descriptor or lies in a file
is the ROM and zeros up to exactly its slot, or there is an error and nothing else."""

import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading

from guest import MKROM, ROMTOOL, Tap, equal
from tap import SOURCE

PROFILE = os.path.join(SOURCE, "tests", "golden", "files", "acme.json")
QEMU_ROMS = "/usr/lib/ipxe/qemu"
# of debian/bookworm: machine type, device, ROM file, slot
REAL = [("pc-q35-7.2", "virtio-net-pci", "efi-virtio.rom", 262144),
        ("pc-q35-7.2", "virtio", "efi-virtio.rom", 262144),
        ("pc-i440fx-7.2", "e1000", "efi-e1000.rom", 262144),
        ("q35", "e1000e", "efi-e1000e.rom", 262144),
        ("pc", "rtl8139", "efi-rtl8139.rom", 262144)]
SLOT = 1 << 20  # more than a pipe holds
STATED = ["-p", PROFILE, "-m", "pc", "-d", "e1000", "-s", str(SLOT), "-o"]

# A script as a Xen or bhyve host would have it: whoever reads descriptor 5 gets the ROM of one guest.
SCRIPT = """
    set -e
    { "$ROMTOOL" load -p debian/bookworm -m "$1" -d "$2" -o 5 5>&1 >&2; } | sha256sum | cut -d' ' -f1
    "$ROMTOOL" load -p debian/bookworm -m "$1" -d "$2" -o guest.rom
    sha256sum < guest.rom | cut -d' ' -f1
    stat -c %s guest.rom
"""


def load(*argv, **options):
    return subprocess.Popen([ROMTOOL, "load", *argv], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                            text=True, **options)


def end(process):
    said = process.communicate(timeout=300)[1]
    return process.returncode, said


def padded(data, slot):
    return data + bytes(slot - len(data))


def digest(data):
    return hashlib.sha256(data).hexdigest()


def no_wait(fd):
    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_NONBLOCK)


def read_all(fd, chunk=65536):
    data = b""
    while part := os.read(fd, chunk):
        data += part
    return data


def pair(kind):
    """A descriptor to read, one to write; neither holds a whole slot, whatever the host's defaults."""
    if kind == "pipe":
        return os.pipe()
    a, b = socket.socketpair()
    b.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SLOT // 16)
    return a.detach(), b.detach()


tap = Tap()
with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    with open("rom", "wb") as f:
        subprocess.run([MKROM, "x86:length=65536", "efi:length=131072"], check=True, stdout=f)
    with open("rom", "rb") as f:
        ROM = f.read()
    WANTED = padded(ROM, SLOT)

    for machine, device, name, slot in REAL:
        with tap.test("a script gets the real ROM of %s on %s, and zeros" % (device, machine)):
            with open(os.path.join(QEMU_ROMS, name), "rb") as f:
                wanted = digest(padded(f.read(), slot))
            done = subprocess.run(["sh", "-c", SCRIPT, "sh", machine, device], capture_output=True, text=True,
                                  env={**os.environ, "ROMTOOL": ROMTOOL})
            equal((done.stdout.split(), done.stderr), ([wanted, wanted, str(slot)], ""))

    for kind in ("pipe", "socket"):
        for waits in (True, False):
            with tap.test("a %s that %s, and a slow reader" % (kind, "waits" if waits else "does not wait")):
                reader, writer = pair(kind)
                if not waits:
                    no_wait(writer)
                process = load(*STATED, str(writer), "rom", pass_fds=[writer])
                os.close(writer)
                data = read_all(reader, 1000)
                os.close(reader)
                status, said = end(process)
                equal((status, data == WANTED, "as stated" in said), (0, True, True), said)

        with tap.test("a %s whose other end is closed" % kind):
            reader, writer = pair(kind)
            os.close(reader)
            process = load(*STATED, str(writer), "rom", pass_fds=[writer])
            os.close(writer)
            status, said = end(process)
            equal((status, "descriptor %d, 0 of %d bytes went out: " % (writer, SLOT) in said), (3, True), said)

        with tap.test("a %s whose reader goes away in the middle" % kind):
            reader, writer = pair(kind)
            process = load(*STATED, str(writer), "rom", pass_fds=[writer])
            os.close(writer)
            data = os.read(reader, 100)
            os.close(reader)
            status, said = end(process)
            equal((status, WANTED.startswith(data), " of %d bytes went out: " % SLOT in said), (3, True, True), said)

    with tap.test("a memfd that was handed over has the bytes, behind what was there"):
        fd = os.memfd_create("rom")
        os.write(fd, b"before")
        equal(end(load(*STATED, str(fd), "rom", pass_fds=[fd]))[0], 0)
        equal(os.pread(fd, SLOT + 7, 0) == b"before" + WANTED, True)
        os.close(fd)

    with tap.test("a descriptor that nobody handed over is never one of romtool's own"):
        for number in range(3, 20):
            status, said = end(load(*STATED, str(number), "rom"))
            equal((status, said), (3, "romtool: cannot write descriptor %d: Bad file descriptor\n" % number))
        with open("rom", "rb") as f:
            equal(f.read() == ROM, True)

    with tap.test("docs/loaders.md: for bhyve one byte of padding less"):
        with open(os.path.join(SOURCE, "docs", "loaders.md"), encoding="utf-8") as f:
            lines = [line for line in f if line.startswith(("romtool load -m bhyve", "test "))]
        equal(len(lines), 2)
        os.mkdir("bhyve")
        for words, status in ((["x86:length=65536", "efi:length=131072"], 0), (["x86", "pad:to=256K,fill=0xff"], 1)):
            with open("bhyve/vbios.rom", "wb") as f:
                subprocess.run([MKROM, *words], check=True, stdout=f)
            done = subprocess.run(["sh", "-c", "".join(lines).replace("romtool", ROMTOOL)], cwd="bhyve")
            equal(done.returncode, status)
        with open("bhyve/vm1.rom", "rb") as f:
            equal(f.read() == padded(ROM, (256 << 10) - 1), True)
        shutil.rmtree("bhyve")

    with tap.test("many at once into one file: it is always whole"):
        with open("out", "wb") as f:
            f.write(WANTED)
        ends, wrong = [], []

        def watch():
            while not ends:
                with open("out", "rb") as f:
                    if f.read() != WANTED:
                        wrong.append(1)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            for _ in range(5):
                for process in [load(*STATED, "out", "rom") for _ in range(4)]:
                    equal(end(process)[0], 0)
        finally:
            ends.append(1)
            watcher.join()
        equal((wrong, sorted(os.listdir("."))), ([], ["guest.rom", "out", "rom"]))

    with tap.test("a full disk leaves the file that was there"):
        os.mkdir("full")
        script = """
            mount -t tmpfs -o size=%dk none full && echo old > full/out && "$@"
            echo $? >&2; ls -A full >&2; cat full/out >&2"""
        for kib, status in ((64, 3), (SLOT // 1024, 3), (SLOT // 1024 + 64, 0)):
            done = subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-c", script % kib, "sh",
                                   ROMTOOL, "load", *STATED, "full/out", "rom"], capture_output=True)
            said = done.stderr.split(b"\n", 1 if status == 0 else 2)
            expected = b"%d\nout\n%s" % (status, WANTED if status == 0 else b"old\n")
            equal(said[-1] == expected, True, "%d KiB: %r" % (kib, done.stderr[:300]))
            equal(b"No space left on device" in done.stderr, status == 3)
    os.chdir("/")
tap.end()
