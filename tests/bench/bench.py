#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Figures, not verdicts: romtool's commands as whole processes, each beside a peer in the same run."""

import os
import shutil
import subprocess
import tempfile

from pairs import pair

ROMTOOL = os.environ["ROMTOOL"]
MKROM = os.environ["MKROM"]
ROM = "/usr/lib/ipxe/qemu/efi-virtio.rom"
ROMS = ["efi-e1000.rom", "efi-e1000e.rom", "efi-ne2k_pci.rom", "efi-pcnet.rom", "efi-rtl8139.rom",
        "efi-virtio.rom", "efi-vmxnet3.rom", "pxe-eepro100.rom"]


with tempfile.TemporaryDirectory() as work, tempfile.TemporaryDirectory() as keys:
    os.chdir(work)
    key = os.path.join(keys, "key")
    run = lambda *argv: subprocess.run([ROMTOOL, *argv], check=True, stdout=subprocess.DEVNULL)
    run("pad", "-p", "debian/bookworm", "-m", "pc-q35-7.2", "-o", ".",
        *[os.path.join(os.path.dirname(ROM), rom) for rom in ROMS])
    for rom in ROMS:  # sixteen: those that machine types know, and as many that none does
        shutil.copy(rom, "other-" + rom)
    run("manifest", "create", "-p", "debian/bookworm", "--product", "bench", "--channel", "bench",
        "--release", "1", "--serial", "1", "-o", "release.json", ".")
    run("keygen", key)
    run("sign", "-k", key + ".key", "release.json")
    host = os.path.join(keys, "host")
    os.makedirs(host + "/etc/romtool/trusted.d")
    shutil.copy(key + ".pub", host + "/etc/romtool/trusted.d")
    run("manifest", "install", "--root", host, "release.json")
    with open(key + ".sums", "wb") as f:
        subprocess.run(["sha256sum", *ROMS, *["other-" + rom for rom in ROMS]], check=True, stdout=f)
    pair("inspect / cat", [ROMTOOL, "inspect", ROM], ["cat", ROM])
    for n in (10000, 20000, 40000):  # linear: twice the images, twice the time
        with open("chain", "wb") as f:
            subprocess.run([MKROM, *["x86:length=512"] * n], check=True, stdout=f)
        pair("inspect of %d images / cksum" % n, [ROMTOOL, "inspect", "chain"], ["cksum", "chain"])
    for mib in (8, 16, 32):
        with open("large", "wb") as f:
            subprocess.run([MKROM, *["unknown:length=512K"] * (2 * mib)], check=True, stdout=f)
        pair("inspect of %d MiB / cksum" % mib, [ROMTOOL, "inspect", "large"], ["cksum", "large"])
    pair("pad --check / cat", [ROMTOOL, "pad", "-s", "256K", "--check", "efi-virtio.rom"],
         ["cat", "efi-virtio.rom"])
    peer = ["sh", "-c", "minisign -Vqm release.json -p %s.pub && sha256sum -c --quiet %s.sums"
            % (key, key)]
    pair("verify -M of 16 ROMs / minisign+sha256sum",
         [ROMTOOL, "verify", "-q", "-M", "release.json", "--trust", key + ".pub", "."], peer)
    pair("the same by the host's trust, stamped",
         [ROMTOOL, "verify", "-q", "-M", "release.json", "--root", host, "."], peer)
