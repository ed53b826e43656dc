#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""ROM files and configurations that are replaced between romtool's check and QEMU's opening them: in
the one moment when that matters, by a VMM that does it and then executes the real QEMU; and all the
time, by a process beside many starts. The guest has verified bytes, or there is none."""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time

from guest import QEMU, ROMTOOL, Tap, equal, make_rom, require, romtool
from started import I440FX, PROFILE, Q35, RUN, Started, padded

require("/usr/lib/ipxe/qemu/efi-virtio.rom")
tap = Tap()
SLOT, NAME = 262144, "efi-virtio.rom"
STARTS = 100  # of each loop; a start is short, so that a swap falls into any part of it
PATIENCE = 300  # seconds in which even a process that hardly gets to run swaps files once
work = tempfile.mkdtemp(prefix="race-")
good, evil = os.path.join(work, "good.rom"), os.path.join(work, "evil.rom")
# Of one size and one shape; what is evil shows in the bytes, in the checksum, or in the size.
make_rom(good, "x86:body=0x11", "efi:body=0x11", "pad:to=200000,fill=0x11")
make_rom(evil, "x86:body=0x22,sum=1", "efi:body=0x22", "pad:to=200000,fill=0x22")


def read(path):
    with open(path, "rb") as f:
        return f.read()


GOOD, EVIL = read(good), read(evil)


class Scene:
    """A directory with the files of one start, and a VMM that runs a script, then QEMU."""

    def __init__(self, script):
        self.dir = tempfile.mkdtemp(dir=work)
        self.rom, self.config = self.path(NAME), self.path("guest.cfg")
        shutil.copy(good, self.rom)
        self.configure(self.config, self.rom)
        self.configure(self.path("evil.cfg"), evil)
        os.symlink(good, self.path("link.rom"))
        self.vmm = self.path("vmm")
        with open(self.vmm, "w", encoding="utf-8") as f:
            f.write("#!/bin/sh\nset -e\ncd '%s'\nEVIL='%s'\n%s\n: > replaced\ncd \"$OLDPWD\"\nexec %s \"$@\"\n"
                    % (self.dir, evil, script, QEMU))
        os.chmod(self.vmm, 0o755)

    def path(self, name):
        return os.path.join(self.dir, name)

    @staticmethod
    def configure(path, rom):
        with open(path, "w", encoding="utf-8") as f:
            f.write('[device "nic"]\n  driver = "virtio-net-pci"\n  romfile = "%s"\n' % rom)


RENAME = 'cp "$EVIL" new && mv new %s' % NAME
OVERWRITE = 'cat "$EVIL" > %s' % NAME
REMOVE = 'rm %s' % NAME
DEVICE = "virtio-net-pci,id=nic"
# name: what the VMM does, words of a scene, whether the ROM is a default one
SCENES = {
    "romfile= is replaced": (RENAME, lambda s: ["-device", DEVICE + ",romfile=" + s.rom], False),
    "romfile= is overwritten": (OVERWRITE, lambda s: ["-device", DEVICE + ",romfile=" + s.rom], False),
    "a link in romfile= leads elsewhere": (
        'ln -sfn "$EVIL" link.rom', lambda s: ["-device", DEVICE + ",romfile=" + s.path("link.rom")],
        False),
    "romfile= in JSON is replaced": (RENAME, lambda s: [
        "-device", '{"driver":"virtio-net-pci","id":"nic","romfile":"%s"}' % s.rom], False),
    "-global's file is replaced": (RENAME, lambda s: [
        "-device", DEVICE, "-global", "virtio-net-pci.romfile=" + s.rom], False),
    "-set's file is replaced": (RENAME, lambda s: [
        "-device", DEVICE, "-set", "device.nic.romfile=" + s.rom], False),
    "a default ROM is replaced": (RENAME, lambda s: ["-L", s.dir, "-device", DEVICE], True),
    "a default ROM is overwritten": (OVERWRITE, lambda s: ["-L", s.dir, "-device", DEVICE], True),
    "the ROM of -readconfig is replaced": (RENAME, lambda s: ["-readconfig", s.config], False),
    "-readconfig is replaced": ("mv evil.cfg guest.cfg", lambda s: ["-readconfig", s.config], False),
    "-readconfig is overwritten": ("cat evil.cfg > guest.cfg", lambda s: ["-readconfig", s.config],
                                   False),
}
# Without romtool QEMU finds nothing there: no control is possible.
UNCONTROLLED = {
    "romfile= is removed": (REMOVE, lambda s: ["-device", DEVICE + ",romfile=" + s.rom], False),
    "-readconfig is removed": ("rm guest.cfg", lambda s: ["-readconfig", s.config], False),
}

for name, (script, words, is_default) in {**SCENES, **UNCONTROLLED}.items():
    if name in SCENES:
        with tap.test(name + ": control: QEMU alone takes what is there then"):
            scene = Scene(script)
            with Started([*Q35, *words(scene)], run=None, vmm=scene.vmm) as g:
                g.holds("nic", EVIL, SLOT, is_default)
    with tap.test(name + ": the guest has what was verified"):
        scene = Scene(script)
        with Started([*Q35, *words(scene)], vmm=scene.vmm) as g:
            g.holds("nic", GOOD, SLOT, is_default)
        equal(os.path.exists(scene.path("replaced")), True, "the file was replaced")

with tap.test("a file that is replaced while the guest runs: NICs plugged later have the first"):
    scene = Scene("true")
    with Started([*I440FX, "-L", scene.dir, "-device", DEVICE]) as g:
        g.holds("nic", GOOD, SLOT, True)
        shutil.copy(evil, scene.rom)
        g.ask("device_add", driver="virtio-net-pci", id="late")
        g.holds("late", GOOD, SLOT, True)
with tap.test("a ROM of a model that had none ready, put there later, is not loaded"):
    scene = Scene('cp "$EVIL" efi-e1000.rom')
    with Started([*I440FX, "-L", scene.dir, "-device", DEVICE], vmm=scene.vmm) as g:
        try:
            g.ask("device_add", driver="e1000", id="late")
            raise AssertionError("it was loaded")
        except RuntimeError as why:
            equal("is empty" in str(why), True, str(why))
with tap.test("without a BAR too the guest has what was verified"):
    scene = Scene('cat "$EVIL" > small.rom')
    make_rom(scene.path("small.rom"), "x86:length=2048,body=0x11")
    expected = read(scene.path("small.rom"))
    with Started([*Q35, "-device", DEVICE + ",rombar=0,romfile=" + scene.path("small.rom")],
                 vmm=scene.vmm) as g:
        found = [g.fw_cfg_file(n) for n in g.fw_cfg_roms() if "kvmvapic" not in n]
        equal([rom.rstrip(b"\0") for rom in found], [expected.rstrip(b"\0")])


# ------------------------------------------------------------------------------------ loops

def by_rename(target, other):
    def swap(use_evil):
        os.link(evil if use_evil else good, target + other)
        os.rename(target + other, target)
    return swap


def by_link(target, other):
    def swap(use_evil):
        os.symlink(evil if use_evil else good, target + other)
        os.rename(target + other, target)
    return swap


def in_place(target, _other):
    def swap(use_evil):
        with open(target, "r+b", buffering=0) as f:
            f.write(EVIL if use_evil else GOOD)
    return swap


@contextlib.contextmanager
def swapped(how, target):
    """Until the end of the block, by a process of its own."""
    if os.path.lexists(target):
        os.remove(target)
    shutil.copy(good, target)
    swap = how(target, ".new")
    swap(False)
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            n = 0
            while os.getppid() == parent:
                n += 1
                swap(n % 2 == 1)
        os._exit(0)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with contextlib.suppress(FileNotFoundError):
            os.remove(target + ".new")


parent = os.getpid()
hashing = os.path.join(work, "hashing")
with open(hashing, "w", encoding="ascii") as f:
    f.write("""#!/bin/sh
for word; do
    case $word in
    *romfile=*) exec sha256sum < "${word##*romfile=}" ;;
    esac
done
while [ "$1" != -L ]; do shift; done
exec sha256sum < "$2/%s"
""" % NAME)
os.chmod(hashing, 0o755)
RIGHT = hashlib.sha256(padded(GOOD, SLOT)).hexdigest()
roms = os.path.join(work, "release")
target = os.path.join(roms, NAME)


def release():
    """Options for only the good bytes of a signed release."""
    os.mkdir(roms)
    shutil.copy(good, target)
    key, manifest = os.path.join(work, "k"), os.path.join(roms, "r.json")
    romtool("keygen", "-q", key)
    romtool("manifest", "create", "-q", *PROFILE, "--product", "p", "--channel", "c", "--release", "r",
            "--serial", "1", "-o", manifest, roms)
    romtool("sign", "-q", "-k", key + ".key", manifest)
    return ["-M", manifest, "--trust", key + ".pub"]


def loop(how, options, words):
    """Starts beside the swapping: how many there were with the right bytes; no other one. More than
    STARTS where the process that swaps did not get to run between them."""
    right = refused = 0
    end = time.monotonic() + PATIENCE
    with swapped(how, target):
        while right + refused < STARTS or \
                (how is not in_place and 0 in (right, refused) and time.monotonic() < end):
            done = subprocess.run([ROMTOOL, "run", *options, "--", hashing, *Q35, *words],
                                  capture_output=True, text=True, cwd=work, check=False,
                                  stdin=subprocess.DEVNULL, timeout=300)
            if done.returncode == 0:
                equal(done.stdout.split()[0], RIGHT, "sha256 of what QEMU gets")
                right += 1
            else:
                equal((done.returncode, done.stdout), (1, ""), done.stderr)
                refused += 1
    return right, refused


signed = release()
EXPLICIT, DEFAULT = ["-device", "virtio-net-pci,romfile=" + target], ["-L", roms, "-device", DEVICE]
# A file that is written in place is a mixture, which only a digest tells from another file.
for name, how, options, words in (
        ("renamed, explicit", by_rename, RUN, EXPLICIT),
        ("renamed, default", by_rename, RUN, DEFAULT),
        ("a link, explicit", by_link, RUN, EXPLICIT),
        ("renamed, of a release", by_rename, signed, DEFAULT),
        ("in place, of a release", in_place, signed, DEFAULT),
        ("in place, explicit, of a release", in_place, signed, EXPLICIT)):
    with tap.test("%d starts beside a file that is swapped all the time: %s" % (STARTS, name)):
        right, refused = loop(how, options, words)
        if how is not in_place:  # of which few are whole when they are read
            equal((right > 0, refused > 0), (True, True), "both were met, %d and %d" % (right, refused))
with tap.test("the same with the real QEMU"):
    with swapped(by_rename, target):
        tried = started = 0
        end = time.monotonic() + PATIENCE
        while tried < 30 or (started == 0 and time.monotonic() < end):
            tried += 1
            with Started([*Q35, *DEFAULT]) as g:
                try:
                    g.connect()
                except RuntimeError:
                    equal((g.ends(), target in g.errors()), (1, True), g.errors())
                    continue
                g.holds("nic", GOOD, SLOT, is_default=True)
                started += 1
        equal(started > 0, True)

shutil.rmtree(work)
tap.end()
