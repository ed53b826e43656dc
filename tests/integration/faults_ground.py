# SPDX-License-Identifier: BSD-2-Clause
"""ROMs, a release and hosts that trust it or do not, in the current directory."""

import os
import shutil
import subprocess

from tap import SOURCE, equal

ROMTOOL, MKROM = os.environ["ROMTOOL"], os.environ["MKROM"]
SLOT = 262144  # of virtio-net-pci on pc-q35-7.2


def make_rom(path, size, *words):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        subprocess.run([MKROM, *(words or ("x86", "efi")), "pad:to=%d" % size], stdout=f,
                       check=True)


def spoil(path, offset):
    """Another byte there."""
    with open(path, "r+b") as f:
        f.seek(offset)
        byte = f.read(1)[0]
        f.seek(offset)
        f.write(bytes([byte ^ 0xff]))


def romtool(*argv):
    done = subprocess.run([ROMTOOL, *argv], capture_output=True, text=True, check=False)
    equal(done.returncode, 0, done.stderr)


def make_stores():
    """One with a ROM, and one whose later one is spoiled."""
    make_rom("store/acme/1/efi-virtio.rom", SLOT)
    make_rom("stores/acme/1/efi-virtio.rom", SLOT)
    make_rom("stores/acme/2/efi-virtio.rom", SLOT)
    spoil("stores/acme/2/efi-virtio.rom", 100)


def make_release():
    """release/r.json states the ROM beside it; the one in other has another byte of padding."""
    make_rom("release/efi-virtio.rom", SLOT)
    make_rom("other/efi-virtio.rom", SLOT)
    spoil("other/efi-virtio.rom", SLOT - 1)
    romtool("keygen", "-q", "k")
    romtool("manifest", "create", "-q", "-p", "debian/bookworm", "--product", "acme/roms",
            "--channel", "one", "--release", "1", "--serial", "1", "-o", "release/r.json",
            "release")
    romtool("sign", "-q", "-k", "k.key", "release/r.json")


def make_host(name, revoked=False, threshold=1, install=False):
    """A root whose keys and policy decide about the release."""
    home = name + "/etc/romtool"
    os.makedirs(home + "/trusted.d")
    shutil.copy("k.pub", home + "/trusted.d")
    if revoked:
        os.mkdir(home + "/revoked.d")
        shutil.copy("k.pub", home + "/revoked.d")
    if threshold != 1:
        with open(home + "/policy.conf", "w", encoding="ascii") as f:
            f.write("threshold = %d\n" % threshold)
    if install:
        romtool("manifest", "install", "-q", "--root", name, "release/r.json")


def make_hosts():
    """One that trusts the release, one that has it installed, and two that refuse it."""
    make_host("host")
    make_host("stamped", install=True)
    make_host("revoked", revoked=True)
    make_host("strict", threshold=2)


def make_etc(work):
    """An /etc whose host has a profile of its own, with smaller slots than upstream's."""
    os.makedirs("etc/romtool/slots.d")
    shutil.copy(os.path.join(SOURCE, "tests", "golden", "files", "acme.json"),
                "etc/romtool/slots.d")
    shutil.copy("/etc/ld.so.cache", "etc")
    with open("etc/os-release", "w", encoding="ascii") as f:
        f.write("ID=acme\nVERSION_CODENAME=one\n")
    work.mount("--bind", "etc", "/etc")
