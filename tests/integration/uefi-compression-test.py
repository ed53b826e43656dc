#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""UEFI compression: edk2 is the judge. Its shell compresses files that rom/decompress.c expands, and
expands what the tests' own compressor wrote."""

import os
import random
import shutil
import subprocess
import tempfile

from guest import Guest, Tap, equal, require

EFICOMP = os.environ["EFICOMP"]
OVMF_CODE, OVMF_VARS = "/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"
ROM = "/usr/lib/ipxe/qemu/efi-virtio.rom"
require(OVMF_CODE, OVMF_VARS, ROM, shutil.which("mformat") or "mformat")


def eficomp(mode, data):
    return subprocess.run([EFICOMP, mode], input=data, capture_output=True, check=True).stdout


def inputs():
    r = random.Random(1)
    with open(ROM, "rb") as f:
        rom = f.read()
    return {
        "one": b"x",
        "run": b"\0" * 100000,
        "random": r.randbytes(80000),  # more than one block can hold
        "long": bytes(min(255, int(r.expovariate(0.174))) for _ in range(200000)),  # codes of 16 bits
        "text": b"".join(b"%d bottles of beer on the wall\n" % n for n in range(3000)),
        "far": r.randbytes(8191) * 4,
        "efi": rom[75776 + 0x38:],  # the very kind of program that ROMs carry
    }


tap = Tap()
with tempfile.TemporaryDirectory() as work:
    disk, variables = os.path.join(work, "disk"), os.path.join(work, "vars.fd")
    shutil.copy(OVMF_VARS, variables)
    with open(disk, "wb") as f:
        f.truncate(16 << 20)
    files = inputs()
    script = ["fs0:"]
    for name in files:
        script += ["eficompress %s.in %s.z" % (name, name), "efidecompress %s.our %s.out" % (name, name)]
    script.append("reset -s")
    contents = {"startup.nsh": "\r\n".join(script).encode() + b"\r\n"}
    for name, data in files.items():
        contents[name + ".in"] = data
        contents[name + ".our"] = eficomp("c", data)
    subprocess.run(["mformat", "-i", disk, "::"], check=True)
    for name, data in contents.items():
        subprocess.run(["mcopy", "-i", disk, "-", "::" + name], input=data, check=True)
    argv = ["-M", "pc-q35-7.2", "-m", "256", "-nodefaults",
            "-drive", "if=pflash,format=raw,readonly=on,file=" + OVMF_CODE,
            "-drive", "if=pflash,format=raw,file=" + variables,
            "-drive", "if=none,id=d,format=raw,file=" + disk, "-device", "virtio-blk-pci,drive=d"]
    with Guest(argv) as g:
        equal(g.ends(300), 0, "edk2's shell")

    def made(name):
        return subprocess.run(["mtype", "-i", disk, "::" + name], capture_output=True, check=True).stdout

    for name, data in files.items():
        with tap.test("%s: what edk2 compressed is expanded" % name):
            packed = made(name + ".z")
            equal(packed[4:8], len(data).to_bytes(4, "little"), "edk2's header")
            equal(eficomp("d", packed) == data, True)
        with tap.test("%s: edk2 expands what the tests compress" % name):
            equal(made(name + ".out") == data, True)
    with tap.test("control: another byte of edk2's stream is seen"):
        packed = bytearray(made("text.z"))
        packed[len(packed) // 2] ^= 1
        done = subprocess.run([EFICOMP, "d"], input=bytes(packed), capture_output=True)
        equal(done.returncode != 0 or done.stdout != files["text"], True)
tap.end()
