#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every option of the QEMU that is installed is known to `run`, with or without a value as QEMU has
it; what is not understood is refused by name."""

import os
import re
import shutil
import subprocess
import tempfile

from guest import Guest, QEMU, Tap, contains, equal, require, romtool

require("/usr/lib/ipxe/qemu/pxe-virtio.rom")

tap = Tap()
text = subprocess.run([QEMU, "-help"], capture_output=True, text=True, check=True).stdout
options = set()
for line in text.splitlines():
    match = re.match(r"-{1,2}([A-Za-z][\w-]*)(?:/-(\w+)| or -(\w+))?", line)
    if match:
        options.update(name for name in match.groups() if name)


def takes_value(option):
    """As QEMU itself says, which checks for missing values before it does anything else."""
    done = subprocess.run([QEMU, "-version", "-" + option], capture_output=True, text=True,
                          timeout=300, stdin=subprocess.DEVNULL)
    return "requires an argument" in done.stderr


def read_as_taking_value(option):
    """As `run` reads it: a value swallows the "-bogus" behind it, a flag leaves it to be refused."""
    done = romtool("run", "-p", "upstream", "--", "/nonexistent/qemu", "-nodefaults", "-" + option,
                   "-bogus", check=False)
    if "refused '-%s'" % option in done.stderr:
        return "unknown"
    return "refused '-bogus'" not in done.stderr


with tap.test("QEMU lists its options"):
    if len(options) < 100:
        raise AssertionError("only %d: %r" % (len(options), sorted(options)))

with tap.test("each takes a value here if and only if it does in QEMU"):
    wrong = [o for o in sorted(options) if read_as_taking_value(o) != takes_value(o)]
    equal(wrong, [])

for words, why in (
        (["-option-rom", "x.rom"], "'-option-rom x.rom'"),
        (["-readconfig", "/dev/null"], "'/dev/null' is not a regular file"),
        (["-global", "pci-device.romfile=x.rom"], "'-global pci-device.romfile'"),
        (["-set", "device.nic.romfile=x.rom"], "'-set device.nic.romfile=x.rom'"),
        (["-brandnew"], "'-brandnew'"),
        (["-device", '{"driver":"e1000","romfile":"x.rom"}'], "no 'x.rom'"),
        (["-fw_cfg", "name=genroms/x.rom,file=x.rom"], "'-fw_cfg name=genroms/x.rom,file=x.rom'"),
        (["-device", "virtio-net-pci,romsize=524288"], "--rom-size virtio-net-pci=524288"),
        (["-device", "virtio-balloon-pci,romfile=x.rom"], "--rom-size virtio-balloon-pci=SIZE")):
    with tap.test("refused: " + " ".join(words)):
        done = romtool("run", "-p", "debian/bookworm", "--", "/nonexistent/qemu", "-M", "pc-q35-7.2",
                       "-nodefaults", *words, check=False)
        if done.returncode not in (1, 3):
            raise AssertionError("exit status %d" % done.returncode)
        contains(done.stderr, why)

with tap.test("what starts no guest passes through"):
    for words in (["-version"], ["-M", "help"], ["-device", "help"], ["-device", "e1000,help"]):
        plain = subprocess.run([QEMU, *words], capture_output=True, text=True, check=True)
        equal(romtool("run", "--", QEMU, *words).stdout, plain.stdout)

# A qemu.conf of the host's, which QEMU reads unasked, in an /etc that nobody else sees. No copy of
# the host's: in that others may write while it is read.
CONFIG = """[device "unasked"]
  driver = "virtio-net-pci"
  romfile = "/usr/lib/ipxe/qemu/pxe-virtio.rom"
"""
MACHINE = ["-M", "pc-q35-7.2", "-nodefaults", "-S"]
with tempfile.TemporaryDirectory() as etc:
    shutil.copy("/etc/ld.so.cache", etc)
    os.mkdir(etc + "/qemu")
    with open(etc + "/qemu/qemu.conf", "w", encoding="ascii") as f:
        f.write(CONFIG)
    hosted = ["unshare", "-m", "--propagation", "private", "sh", "-c",
              'mount --bind "$0" /etc && exec "$@"', etc]

    def roms(run):
        with Guest(MACHINE, run=run, prefix=hosted) as guest:
            return [name for name in guest.blocks() if name.endswith("virtio-net-pci.rom")]

    with tap.test("a device of the host's qemu.conf, with its own romfile, is kept out"):
        equal(roms(["-p", "debian/bookworm"]), [])
    with tap.test("control: QEMU alone lets it in"):
        equal(len(roms(None)), 1)

tap.end()
