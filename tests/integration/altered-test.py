#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A byte flipped in a ROM, or in the statement about it, after signing stops `verify` and `run`."""

import json
import os
import shutil
import subprocess
import tempfile

from guest import Guest, QEMU, Tap, contains, equal, require, romtool

ROM = "/usr/lib/ipxe/qemu/efi-virtio.rom"
require(ROM, "/usr/bin/minisign")
tap = Tap()
ARGV = ["-M", "pc-q35-7.2", "-nodefaults", "-S", "-device", "virtio-net-pci,id=nic"]


def flip(path, offset):
    with open(path, "r+b") as f:
        f.seek(offset)
        byte = f.read(1)[0]
        f.seek(offset)
        f.write(bytes([byte ^ 1]))


with tempfile.TemporaryDirectory() as work:
    roms = os.path.join(work, "roms")
    rom = os.path.join(roms, "efi-virtio.rom")
    manifest = os.path.join(roms, "release.json")
    key = os.path.join(work, "key")
    os.mkdir(roms)
    romtool("pad", "-p", "debian/bookworm", "-m", "pc-q35-7.2", "-o", roms, ROM)
    romtool("manifest", "create", "-p", "debian/bookworm", "--product", "test", "--channel", "test",
            "--release", "1", "--serial", "1", "-o", manifest, roms)
    romtool("keygen", key)
    romtool("keygen", key + "2")
    romtool("sign", "-k", key + ".key", manifest)
    verify = ["verify", "-M", manifest, "--trust", key + ".pub", roms]
    run = ["-M", manifest, "--trust", key + ".pub"]

    def refused(why):
        done = romtool(*verify, check=False)
        equal(done.returncode, 1, "verify: " + done.stderr)
        contains(done.stderr, why)
        done = romtool("run", *run, "--", QEMU, *ARGV, check=False, cwd=work)
        equal(done.returncode, 1, "run: " + done.stderr)

    with tap.test("the release holds, minisign agrees, and a guest starts with its ROM"):
        romtool(*verify)
        subprocess.run(["minisign", "-Vqm", manifest, "-p", key + ".pub"], check=True)
        with Guest(ARGV, run=run) as g:
            equal(g.blocks()["0000:00:01.0/virtio-net-pci.rom"], 262144)

    for offset in (0x2000, 249344 - 1, 262143):
        with tap.test("a bit flipped at byte %d of the ROM is refused" % offset):
            flip(rom, offset)
            refused("digest-mismatch")
            flip(rom, offset)
            romtool(*verify)

    with tap.test("a bit flipped in the manifest is refused"):
        flip(manifest, 100)
        refused("signature")
        flip(manifest, 100)
        romtool(*verify)

    with tap.test("a ROM that grew is refused"):
        with open(rom, "ab") as f:
            f.write(b"\0" * 512)
        refused("oversize")
        os.truncate(rom, 262144)
        romtool(*verify)

    with tap.test("another key's signature is refused"):
        done = romtool("verify", "-M", manifest, "--trust", key + "2.pub", roms, check=False)
        equal(done.returncode, 1)

    with tap.test("missing and extra files are refused"):
        os.rename(rom, os.path.join(roms, "other.rom"))
        done = romtool(*verify, check=False)
        equal(done.returncode, 1)
        contains(done.stderr, "stated, but not there (missing)")
        contains(done.stderr, "not a file of this release (extra)")
        os.rename(os.path.join(roms, "other.rom"), rom)

    with tap.test("a ROM replaced after run has started QEMU changes nothing"):
        with Guest(ARGV, run=run) as g:
            g.connect()
            shutil.copy("/usr/lib/ipxe/qemu/efi-e1000.rom", rom)
            g.ask("system_reset")
            equal(g.blocks()["0000:00:01.0/virtio-net-pci.rom"], 262144)

with tap.test("a release of one's own slot file starts with that file as the profile"), \
        tempfile.TemporaryDirectory() as work:
    roms, key = os.path.join(work, "roms"), os.path.join(work, "key")
    slots, manifest = os.path.join(work, "mine.json"), os.path.join(roms, "release.json")
    os.mkdir(roms)
    with open(slots, "w", encoding="ascii") as f:
        json.dump({"schema": "romtool-slots/1", "vendor": "mine", "series": [{
            "name": "", "qemu": "7.2", "package": "test", "source": "test", "search": [roms],
            "aliases": {"q35": "pc-q35-7.2"}, "machines": ["pc-q35-7.2"]}],
            "mandates": [{"machines": [{"machine": "pc-q35-7.2"}], "device": "virtio-net-pci",
                          "file": "efi-virtio.rom", "slot": 524288, "basis": "derived",
                          "source": "test"}]}, f)
    romtool("pad", "-p", slots, "-m", "q35", "-o", roms, ROM)
    romtool("manifest", "create", "-p", slots, "--product", "mine", "--channel", "test",
            "--release", "1", "--serial", "1", "-o", manifest, roms)
    romtool("keygen", key)
    romtool("sign", "-k", key + ".key", manifest)
    run = ["-M", manifest, "--trust", key + ".pub"]
    argv = ["-M", "q35", *ARGV[2:]]
    done = romtool("run", *run, "--", QEMU, *argv, check=False, cwd=work)
    equal(done.returncode, 3, "without the profile: " + done.stderr)
    with Guest(argv, run=["-p", slots, *run]) as g:
        equal(g.blocks()["0000:00:01.0/virtio-net-pci.rom"], 524288)

tap.end()
