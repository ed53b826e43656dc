#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The story of 2014: a guest was saved with a ROM just under 64K; the next release's is over 80K."""

import os
import subprocess
import tempfile

from guest import Guest, QEMU, Tap, contains, equal, make_rom, require, romtool

require("/usr/lib/ipxe/qemu/pxe-virtio.rom")
tap = Tap()
# upstream mandates 64K for virtio-net-pci on this machine type, whose ROM is pxe-virtio.rom
MACHINE = ["-M", "pc-i440fx-1.4", "-nodefaults", "-m", "32"]
NIC = ["-device", "virtio-net-pci,id=nic"]

with tempfile.TemporaryDirectory() as work:
    old, new = os.path.join(work, "old"), os.path.join(work, "new")
    state = os.path.join(work, "state")
    os.mkdir(old)
    os.mkdir(new)
    make_rom(os.path.join(old, "pxe-virtio.rom"), "x86:length=65024,vendor=0x1af4,device=0x1000")
    make_rom(os.path.join(new, "pxe-virtio.rom"), "x86:length=82432,vendor=0x1af4,device=0x1000")

    with tap.test("the old release's guest is saved with a slot of 64K"):
        with Guest(["-L", old, *MACHINE, *NIC]) as g:
            equal(g.blocks()["0000:00:02.0/virtio-net-pci.rom"], 65536)
            g.save(state)

    incoming = ["-incoming", "exec:cat '%s'" % state]

    with tap.test("without romtool the new release does not restore it: Size mismatch"):
        with Guest(["-L", new, *MACHINE, *NIC, *incoming]) as g:
            equal(g.ends(), 1, "exit status")
            contains(g.errors(), "Size mismatch: 0000:00:02.0/virtio-net-pci.rom: 0x10000 != 0x20000")

    with tap.test("run refuses the new ROM before QEMU starts, and says what would allow it"):
        done = romtool("run", "-p", "upstream", "--", QEMU, "-L", new, *MACHINE, *NIC, *incoming,
                       check=False, cwd=work)
        equal(done.returncode, 1, "exit status")
        equal(done.stderr,
              "romtool: refused '%s/pxe-virtio.rom': 82432 bytes, the slot of virtio-net-pci on "
              "pc-i440fx-1.4 is 65536: 16896 bytes too many; --rom-size virtio-net-pci=128K would "
              "allow it\n" % new)

    with tap.test("with the pinned ROM run restores it, slot unchanged"):
        with Guest(["-L", old, *MACHINE, *NIC, *incoming], run=["-p", "upstream"]) as g:
            equal(g.wait_running(), True, g.errors())
            equal(g.blocks()["0000:00:02.0/virtio-net-pci.rom"], 65536)

    with tap.test("--rom-size loads the large ROM"):
        with Guest(["-L", new, *MACHINE, *NIC, "-S"],
                   run=["-p", "upstream", "--rom-size", "virtio-net-pci=128K"]) as g:
            equal(g.blocks()["0000:00:02.0/virtio-net-pci.rom"], 131072)

    with tap.test("--rom-size with a slot that does not hold it is refused too"):
        done = romtool("run", "-p", "upstream", "--rom-size", "virtio-net-pci=32K", "--", QEMU,
                       "-L", new, *MACHINE, *NIC, check=False, cwd=work)
        equal(done.returncode, 1, "exit status")
        contains(done.stderr, "refused")

    with tap.test("Debian's real pxe-virtio.rom, 75776 bytes, is refused on upstream's mandate"):
        done = romtool("run", "-p", "upstream", "--", QEMU, *MACHINE, *NIC, check=False, cwd=work)
        equal(done.returncode, 1, "exit status")
        contains(done.stderr, "75776 bytes, the slot of virtio-net-pci on pc-i440fx-1.4 is 65536")

    with tap.test("an explicit romfile= that is too large is refused like a default one"):
        done = romtool("run", "-p", "upstream", "--", QEMU, *MACHINE, "-device",
                       "virtio-net-pci,romfile=%s/pxe-virtio.rom" % new, check=False, cwd=work)
        equal(done.returncode, 1, "exit status")
        contains(done.stderr, "--rom-size virtio-net-pci=128K would allow it")

    with tap.test("a ROM file in the current directory, which QEMU would prefer, is refused"):
        done = romtool("run", "-p", "upstream", "--", QEMU, "-L", old, *MACHINE, *NIC, check=False,
                       cwd=new)
        equal(done.returncode, 1, "exit status")
        contains(done.stderr, "'pxe-virtio.rom' in the current directory")

    with tap.test("control: that QEMU does prefer it"):
        with Guest([*MACHINE, *NIC, "-S", "-L", old]) as g:
            equal(g.blocks()["0000:00:02.0/virtio-net-pci.rom"], 65536)
        listing = subprocess.run(
            [QEMU, "-L", old, *MACHINE, *NIC, "-display", "none", "-monitor", "stdio"], cwd=new,
            input="info ramblock\nquit\n", capture_output=True, text=True).stdout
        line = [l for l in listing.splitlines() if "virtio-net-pci.rom" in l][0]
        equal(int(line.split()[-1], 16), 131072)

tap.end()
